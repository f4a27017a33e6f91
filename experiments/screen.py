"""Shows how far long work has come: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds before a bar appears."""


@contextmanager
def bar(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function that is told (done, of all) and draws a bar on stderr; None off a terminal or with `quiet`."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    size = shutil.get_terminal_size()  # a terminal that does not know its size says 0, and tqdm would draw nothing
    wide, high = min(100, size.columns), size.lines
    with tqdm(desc=what, unit="", delay=PATIENCE, leave=False, file=sys.stderr, ncols=wide, nrows=high) as shown:

        def progress(done: int, of: int) -> None:
            shown.total = of
            shown.update(done - shown.n)

        yield progress
