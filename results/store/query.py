"""Asks questions of a results folder through DuckDB, without loading it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carespread.model import BadInputError

from ..arrays import Floats
from ..statistics.outcomes import OF_ALL, OUTCOMES, outcome_name
from .files import first_line
from .record import LEDGERS, check_files, known_hashes
from .summary import QUANTILES

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@contextmanager
def opened(folder: Path, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that knows the folder's tables (TABLES), as far as they are there, and nothing else.

    It opens no other file, loads no extension, and cannot be set otherwise. An experiment that still runs shows the
    blocks that are whole. With one of `threads`, sums are the same to the last digit each time.
    """
    import duckdb

    tables = tables_of(folder)
    try:
        connection = duckdb.connect()
        try:
            allowed: list[str] = []
            for table, files in tables.items():
                allowed += files
                # DuckDB takes names for patterns; what they find beside these files is not allowed below
                connection.execute(
                    f"create view {table} as select * from read_parquet({texts(files)}, union_by_name = true)"
                )
            settings = {
                "enable_progress_bar": "false",
                **({} if threads is None else {"threads": str(threads)}),
                # what does not fit into memory is refused, not written somewhere
                "temp_directory": "''",
                "python_enable_replacements": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allowed_paths": texts(allowed),
                "enable_external_access": "false",
                "lock_configuration": "true",
            }
            for name, value in settings.items():
                connection.execute(f"set {name} = {value}")
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        raise BadInputError(f"The tables in {folder} cannot be read: {first_line(error)}") from None


TABLES = {
    "runs": ("runs.parquet", "blocks/block-*.parquet"),
    "monthly": ("monthly/*/*.parquet", "monthly/*.parquet"),
    "left_behind": ("left_behind/*/*.parquet", "left_behind/*.parquet", "left_behind.parquet"),
    "events": ("events.parquet",),
}
LONGEST, MOST_BRACKETS = 10_000, 500
"""Of a question: brackets cost the parser memory by the square of their depth."""


def tables_of(folder: Path) -> dict[str, list[str]]:
    """Return the files of each table that a folder holds.

    Raises BadInputError where a file is not as it was written, or a link to somewhere else.
    """
    known, home = known_hashes(folder), folder.resolve()
    blocks = any((folder / LEDGERS).glob("block-*.json"))
    found: dict[str, list[str]] = {}
    for table, places in TABLES.items():
        paths = next(filter(None, (sorted(folder.glob(place)) for place in places)), [])
        away = next((path for path in paths if not path.resolve().is_relative_to(home)), None)
        if away is not None:
            raise BadInputError(f"{away} is a link to a file outside of the folder: copy the file to its place.")
        names = [path.relative_to(folder).as_posix() for path in paths]
        if blocks:  # a block that is being written has no ledger yet
            names = [name for name in names if name in known or name == "runs.parquet"]
        check_files(folder, names, known)
        if names:
            found[table] = [str(folder / name) for name in names]
    return found


def texts(values: Sequence[str]) -> str:
    """Return texts as a list in SQL."""
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def query(folder: Path, sql: str) -> pd.DataFrame:
    """Return the answer to one SELECT about the tables of a folder: `runs`, `monthly` and others.

    Raises BadInputError, with DuckDB's sentence, for anything else and for what cannot be answered.
    """
    import duckdb

    brackets = sum(map(sql.count, "([{"))
    if len(sql) > LONGEST or brackets > MOST_BRACKETS:
        raise BadInputError(f"The query has {len(sql):,} characters and {brackets:,} opening brackets: at most"
                            f" {LONGEST:,} characters and {MOST_BRACKETS} brackets.")  # fmt: skip
    with opened(folder) as connection:
        try:
            sql.encode()
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                kinds = ", ".join(one.type.name for one in statements[:5]) or "nothing"
                raise BadInputError(f"The query must be one SELECT over the tables of the folder; it holds {kinds}.")
            return connection.execute(statements[0]).df()
        except (duckdb.Error, ValueError, RuntimeError, MemoryError, OverflowError) as error:
            if isinstance(error, BadInputError):
                raise
            raise BadInputError(f"The query cannot be answered: {first_line(error)}") from None


def run_values(folder: Path, designs: Sequence[str], columns: Sequence[str]) -> Floats:
    """Return columns of the runs of an experiment, shape (designs, replications, columns).

    Raises BadInputError where a run failed: what is made of all runs needs every one.
    """
    wanted = ", ".join(f'"{column}"' for column in columns)
    with opened(folder) as connection:
        rows = connection.execute(f"select design, replication, status, {wanted} from runs").df()
    failed = int((rows["status"] != "ok").sum())
    if failed:
        raise BadInputError(f"{failed} of {len(rows)} runs in {folder} failed (see runs.parquet): every run is needed.")
    rows = rows[rows["design"].isin(list(designs))]  # some of those that the folder holds
    each = len(rows) // len(designs)
    rows = rows.set_index(["design", "replication"]).loc[[(name, run) for name in designs for run in range(each)]]
    return np.asarray(rows[list(columns)], float).reshape(len(designs), each, len(columns))


def summary(folder: Path, innovations: list[str]) -> pd.DataFrame:
    """Return a row a design, innovation and outcome: runs that count, mean, deviation and quantiles."""
    import pandas as pd

    columns = {
        outcome_name(outcome, innovation): (innovation, outcome, unit)
        for innovation in innovations
        for outcome, unit in OUTCOMES.items()
    } | {f"{outcome}_all": ("all", outcome, unit) for outcome, unit in OF_ALL.items()}
    parts = []
    with opened(folder, threads=1) as connection:
        known = {row[0] for row in connection.execute("describe runs").fetchall()}
        for column, (innovation, outcome, unit) in columns.items():
            if column not in known:
                continue
            quantiles = ", ".join(f"quantile_cont(v, {share}) as q{round(100 * share):02d}" for share in QUANTILES)
            part = connection.execute(
                f"select design, count(v) as runs, avg(v) as mean, stddev_samp(v) as deviation, {quantiles} from"
                f' (select design, case when isnan("{column}") then null else "{column}" end as v from runs'
                " where status = 'ok') group by design order by design"
            ).df()
            part.insert(1, "innovation", innovation)
            part.insert(2, "outcome", outcome)
            part.insert(3, "unit", unit)
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
