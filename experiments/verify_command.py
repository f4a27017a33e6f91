"""The work of `carespread verify`: a table of published results beside ours, pass or fail."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from carespread.results.store.summary import text_table

from .screen import bar
from .verification import verify


def verify_command(cases: Sequence[str], *, as_json: bool, quiet: bool) -> int:
    """Return the exit status: 0, or 1 if a row fails."""
    began = time.perf_counter()
    with bar("runs", quiet) as progress:
        rows = verify(cases or None, progress)
    failed = sum(not row.passed for row in rows)
    if as_json:
        print(json.dumps([row._asdict() for row in rows], indent=1, ensure_ascii=False))
    elif not quiet:
        head = ("what", "case", "reference", "value", "tolerance", "result", "source")
        made = [
            (
                row.what,
                row.case,
                f"{row.reference:.6g}",
                f"{row.value:.6g}",
                f"{row.tolerance:.3g}",
                "pass" if row.passed else "FAIL",
                row.source,
            )
            for row in rows
        ]
        print(text_table(head, made))
        print(f"\n{len(rows) - failed} of {len(rows)} pass, {failed} fail, in {time.perf_counter() - began:.0f} s.")
    return 1 if failed else 0
