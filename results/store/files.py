"""Writes files whole or not at all, with the units of their columns, and knows them by their hash."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from carespread.model.jit import source_hash
from carespread.model.version import RESULTS_VERSION
from carespread.refusal import LONGEST_SHOWN

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path`, safe on the disk, when the block ends well.

    No other process writes to it: two may make one file where a worker was thought dead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield making
        with making.open("rb+") as file:
            os.fsync(file.fileno())
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file and the line's end that `text` lacks."""
    with whole_file(path) as making:
        making.write_text(text + "\n", encoding="utf-8")


def write_parquet(table: pd.DataFrame, path: Path, units: Mapping[str, str]) -> None:
    """Write a table with the unit of each column in its field's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pa.Table.from_pandas(table, preserve_index=False)
    fields = []
    for field in rows.schema:
        kind = pa.date32() if field.name == "month" else field.type
        if pa.types.is_null(kind):
            kind = pa.string()
        unit = units.get(field.name)
        fields.append(pa.field(field.name, kind, metadata=None if unit is None else {"unit": unit}))
    pq.write_table(rows.cast(pa.schema(fields)).replace_schema_metadata(model_of_file()), path, compression="zstd")


def model_of_file() -> dict[str, str]:
    """Return which model a file comes from, for its metadata."""
    return {"results_version": str(RESULTS_VERSION), "source_hash": source_hash()}


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown_path(path: Path) -> str:
    """Return a path as a refusal shows it: control characters escaped, cut at 80 characters."""
    text = repr(str(path))[1:-1]
    return text if len(text) <= LONGEST_SHOWN else f"...{text[3 - LONGEST_SHOWN :]}"


def first_line(error: Exception) -> str:
    """Return what an error says first, in one line of at most 300 characters."""
    return " ".join(str(error).split("\n")[0].split())[:300]
