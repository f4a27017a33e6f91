"""What every study leaves beside its runs: tables, figures with text alternatives, and the record of its making."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model.jit import source_hash
from carespread.model.version import RESULTS_VERSION

from .files import write_text
from .record import RECORD, hashes_of, made_on, write_json

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
    from ..figures.drawing import save_all

    return save_all(drawings, folder / "figures")


def write_record(folder: Path, **about: Any) -> None:
    """Write, last of all, how a study was made: command, what it says of itself, versions, hashes, time, machine."""
    record = {
        "command": sys.argv,
        **about,
        "results_version": RESULTS_VERSION,
        "source_hash": source_hash(),
        "ended": datetime.now(UTC).isoformat(),
        **made_on(),
        "files": hashes_of(folder),
    }
    write_json(folder / RECORD, record)
