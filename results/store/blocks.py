"""Keeps the runs of an experiment in blocks: each block is whole or absent, and can be checked and made again.

A block is a range of runs. Its tables are Parquet files, written under a temporary name, synced and renamed; last of
all its ledger, which names the files with their hashes. What has no sound ledger does not count: a killed driver, a
full disk or a corrupted file costs the block that it struck, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from carespread.model.table import COLUMNS

from ..statistics.outcomes import OF_A_LEVEL
from .files import hash_of, model_of_file, whole_file, write_parquet, write_text
from .record import LEDGERS, RUNS_LEDGER
from .tables import Results, units_of_runs

if TYPE_CHECKING:
    import pandas as pd

RUNS, MONTHLY, LEVELS = "blocks", "monthly", "left_behind"
MOST_PARTITIONS = 1000
"""Designs up to which `monthly` has a folder for each; ten thousand small files would be ten times slower to read."""


class Receipt(NamedTuple):
    """What a block leaves in memory: nothing that grows with its runs."""

    block: int
    runs: int
    failed: int
    seconds: float


def write_block(
    folder: Path,
    block: int,
    designs: Mapping[str, Results],
    partitioned: bool,
    seconds: float,
    monthly: bool = True,
    of: Mapping[str, Any] = MappingProxyType({}),
) -> Receipt:
    """Write the runs of a block, by the name of their design, and return its receipt; without `monthly` their rows
    alone. Its ledger says `of` which experiment it is.

    Raises OSError where the disk is full or the folder cannot be written; what was half written is removed.
    """
    import pandas as pd

    runs = pd.concat([one.runs for one in designs.values()], ignore_index=True)
    units = {name: unit for one in designs.values() for name, unit in units_of_runs(one.made_by).items()}
    files: dict[str, str] = {}
    tables = {MONTHLY: (COLUMNS, "monthly"), LEVELS: (OF_A_LEVEL, "cells")}
    for table, (about, attribute) in (tables if monthly else {}).items():
        parts = {design: getattr(one, attribute) for design, one in designs.items()}
        if partitioned:
            for design, part in parts.items():
                place = f"{table}/design={quote(design, safe='')}/block-{block:06d}.parquet"
                files[place] = _write(folder / place, part.drop(columns="design"), about)
        else:
            place = f"{table}/block-{block:06d}.parquet"
            whole = pd.concat([part.astype({"design": str}) for part in parts.values()], ignore_index=True)
            files[place] = _write(folder / place, whole, {"design": "name", **about})
    path = table_of(folder, block)
    files[path.relative_to(folder).as_posix()] = _write(path, runs, units)
    failed = int((runs["status"] != "ok").sum())
    _enter(folder, block, len(runs), failed, files, of)
    return Receipt(block, len(runs), failed, seconds)


def write_found(folder: Path, block: int, found: pd.DataFrame, runs: int, of: Mapping[str, Any]) -> None:
    """Write a block that is one table alone: what so many `runs` came to, where they themselves are not kept."""
    path = table_of(folder, block)
    _enter(folder, block, runs, 0, {path.relative_to(folder).as_posix(): _write(path, found, {})}, of)


def table_of(folder: Path, block: int) -> Path:
    """Return where the runs of a block lie, or what they came to."""
    return folder / RUNS / f"block-{block:06d}.parquet"


def _enter(folder: Path, block: int, runs: int, failed: int, files: Mapping[str, str], of: Mapping[str, Any]) -> None:
    """Write the ledger of a block, last of its files: from now on it counts."""
    ledger = {**of, "block": block, "runs": runs, "failed": failed, "files": files}
    write_text(ledger_of(folder, block), json.dumps(ledger))


def ledger_of(folder: Path, block: int) -> Path:
    """Return where the ledger of a block lies."""
    return folder / LEDGERS / f"block-{block:06d}.json"


def identity_in(folder: Path) -> dict[str, Any] | None:
    """Return what the first ledger that can be read says of its experiment, None where none does."""
    for path in sorted((folder / LEDGERS).glob("block-*.json")):
        with suppress(OSError, ValueError, TypeError):
            ledger = json.loads(path.read_text(encoding="utf-8"))
            if {"fingerprint", "runs_a_block", "results_version"} <= set(ledger):
                return dict(ledger)
    return None


def sound_blocks(folder: Path) -> dict[int, Receipt]:
    """Return the receipts of all blocks that are whole; what is left of others is removed."""
    found: dict[int, Receipt] = {}
    expected: set[Path] = set()
    for path in sorted((folder / LEDGERS).glob("block-*.json")):
        try:
            ledger = json.loads(path.read_text(encoding="utf-8"))
            files = {folder / place: value for place, value in ledger["files"].items()}
            sound = all(file.is_file() and hash_of(file) == value for file, value in files.items())
            receipt = Receipt(ledger["block"], ledger["runs"], ledger["failed"], 0.0)
        except (OSError, ValueError, KeyError, TypeError):
            sound = False
        if sound:
            found[receipt.block] = receipt
            expected |= {path, *files}
        else:
            path.unlink()
    for kept in (MONTHLY, LEVELS, LEDGERS):
        for path in sorted((folder / kept).rglob("*")):
            if path.is_file() and path not in expected:
                path.unlink()
    return found


def join_runs(folder: Path) -> None:
    """Write runs.parquet, a row a run in the order of the design, from all blocks, without holding them all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ledger = folder / LEDGERS / RUNS_LEDGER
    ledger.unlink(missing_ok=True)
    parts = sorted((folder / RUNS).glob("block-*.parquet"))
    # designs need not have the same innovations: a run has no value for what it has not
    schema = pa.unify_schemas([pq.read_schema(part).remove_metadata() for part in parts], promote_options="permissive")
    with whole_file(folder / "runs.parquet") as making:
        with pq.ParquetWriter(making, schema.with_metadata(model_of_file()), compression="zstd") as writer:
            for part in parts:
                table = pq.read_table(part)
                missing = [field for field in schema if field.name not in table.schema.names]
                for field in missing:
                    table = table.append_column(field, pa.nulls(len(table), field.type))
                writer.write_table(table.select(schema.names).cast(schema))
        value = hash_of(making)
    write_text(ledger, json.dumps({"files": {"runs.parquet": value}}))


def _write(path: Path, table: pd.DataFrame, units: Mapping[str, str]) -> str:
    """Write one table, whole or not at all, and return the hash of the file."""
    with whole_file(path) as making:
        write_parquet(table, making, units)
        return hash_of(making)
