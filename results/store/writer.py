"""What every study leaves beside its runs: tables, figures with text alternatives, and the record of its making."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model.jit import source_hash
from carespread.model.version import RESULTS_VERSION

from .blocks import write_text
from .folder import RECORD, made_on

if TYPE_CHECKING:
    import pandas as pd

    from ..figures.drawing import Drawing

DIGITS = "%.8g"


def write_table(folder: Path, name: str, table: pd.DataFrame, digits: str | None = DIGITS, **about: Any) -> None:
    """Write a table as CSV, whole or not at all; `digits` None keeps every digit, `about` goes to pandas."""
    text = table.to_csv(lineterminator="\n", float_format=digits, **{"index": False, **about})
    write_text(folder / f"{name}.csv", text.rstrip("\n"))


def write_figures(folder: Path, drawings: Iterable[Drawing]) -> dict[str, str]:
    """Write figures below a results folder, and return their text alternatives, which lie beside them as alt.json."""
    from ..figures.drawing import save

    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    words: dict[str, str] = {}
    for drawing in drawings:
        save(drawing, figures)
        words |= {f"{drawing.name}.{kind}": drawing.alt for kind in ("png", "svg")}
    write_text(figures / "alt.json", json.dumps(words, indent=1, ensure_ascii=False))
    return words


def write_record(folder: Path, **about: Any) -> None:
    """Write how a study was made: the command, what it says of itself, versions, hash of the source, time, machine."""
    record = {
        "command": sys.argv,
        **about,
        "results_version": RESULTS_VERSION,
        "source_hash": source_hash(),
        "ended": datetime.now(UTC).isoformat(),
        **made_on(),
    }
    write_text(folder / RECORD, json.dumps(record, indent=1, ensure_ascii=False, default=str))
