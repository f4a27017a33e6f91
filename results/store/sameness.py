"""Says in what two results folders differ, apart from who made them and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .files import hash_of
from .query import TABLES, opened, tables_of
from .record import LEDGERS, RECORD

OF_THE_MAKING = frozenset({"started", "ended", "seconds", "worker", "host"})
"""Columns of runs.parquet that tell of the making."""
ROWS = ("design", "replication", "month", "innovation", "group", "provider", "cell")
"""Columns that name a row, as far as a table has them."""


def differences(one: Path, other: Path) -> Iterator[str]:
    """Yield each column or file in which two folders differ; nothing where they are the same.

    Tables are compared column by column whatever the order of their rows and the files that they lie in, all else byte
    by byte. Raises BadInputError where a table cannot be read, or is not as it was written.
    """
    mine, theirs = places(one), places(other)
    for place in sorted(mine | theirs):
        if place not in mine or place not in theirs:
            yield f"{place} is in one folder alone"
        elif place.endswith(RECORD):
            yield from tables_that_differ(one / Path(place).parent, other / Path(place).parent, Path(place).parent)
        elif hash_of(one / place) != hash_of(other / place):
            yield column_that_differs(one / place, other / place, place)


def places(folder: Path) -> set[str]:
    """Return the files of a folder by their place; for those of its tables stands the record beside them.

    Journals of a search are left out: they tell of the making, with the time of each step.
    """
    found: set[str] = set()
    records = {path.parent for path in folder.rglob(RECORD)} | {folder}
    tabled = {Path(name) for within in records for names in tables_of(within).values() for name in names}
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == LEDGERS for part in place.parts)
        if path.is_file() and not hidden and path not in tabled and path.suffix != ".journal":
            found.add(place.as_posix())
    return found


def tables_that_differ(one: Path, other: Path, place: Path) -> Iterator[str]:
    """Yield each column of the tables of two folders that differs."""
    mine, theirs = sums_of(one), sums_of(other)
    for table, column in sorted(set(mine) | set(theirs)):
        if mine.get((table, column)) != theirs.get((table, column)):
            yield f"{(place / table).as_posix()}: {column}"


def sums_of(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, for each column of each table, its rows and a sum over them that knows no order."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    with opened(folder) as connection:
        for (table,) in connection.execute("show tables").fetchall():
            if table not in TABLES:
                continue
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            rows = ", ".join(f'"{name}"' for name in ROWS if name in columns)
            for column in columns:
                if table == "runs" and column in OF_THE_MAKING:
                    continue
                row = connection.execute(
                    f'select count(*), coalesce(bit_xor(hash({rows + ", " if rows else ""}"{column}")), 0) from {table}'
                ).fetchone()
                assert row is not None
                found[table, column] = (int(row[0]), int(row[1]))
    return found


def column_that_differs(one: Path, other: Path, place: str) -> str:
    """Return the name of a file that differs, with its first column that does where it is a table."""
    if not place.endswith(".csv"):
        return place
    import pandas as pd

    mine, theirs = (pd.read_csv(path, dtype=str) for path in (one, other))
    if list(mine) != list(theirs) or len(mine) != len(theirs):
        return f"{place}: its rows or columns"
    return f"{place}: {next((str(name) for name in mine if not mine[name].equals(theirs[name])), 'its text')}"
