"""Asks questions of a results folder through DuckDB, without loading it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carespread.model import BadInputError

from ..statistics.outcomes import OF_ALL, OUTCOMES, outcome_name
from .folder import RECORD

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that knows the folder's tables (TABLES), as far as they are there.

    An experiment that still runs shows the blocks that are whole.
    """
    import duckdb

    if not (folder / RECORD).is_file():
        raise BadInputError(f"{folder} holds no results: it has no {RECORD}.")
    connection = duckdb.connect()
    try:
        connection.execute("set enable_progress_bar = false")
        for table, places in TABLES.items():
            where = next((str(folder / place) for place in places if any(folder.glob(place))), None)
            if where is not None:
                connection.execute(
                    f"create view {table} as select * from read_parquet({literal(where)}, union_by_name = true)"
                )
        yield connection
    finally:
        connection.close()


TABLES = {
    "runs": ("runs.parquet", "blocks/block-*.parquet"),
    "monthly": ("monthly/*/*.parquet", "monthly/*.parquet"),
    "left_behind": ("left_behind/*/*.parquet", "left_behind/*.parquet", "left_behind.parquet"),
    "events": ("events.parquet",),
}


def literal(text: str) -> str:
    """Return text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def query(folder: Path, sql: str) -> pd.DataFrame:
    """Return the answer to a question in SQL about the tables of a folder: `runs`, `monthly` and others.

    Raises BadInputError with DuckDB's sentence where the question cannot be answered.
    """
    import duckdb

    with opened(folder) as connection:
        try:
            return connection.execute(sql).df()
        except duckdb.Error as error:
            sentence = " ".join(str(error).split("\n")[0].split())
            raise BadInputError(f"The query cannot be answered: {sentence}") from None


def run_values(folder: Path, designs: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """Return columns of the runs of an experiment, shape (designs, replications, columns).

    Raises BadInputError where a run failed: what is made of all runs needs every one.
    """
    wanted = ", ".join(f'"{column}"' for column in columns)
    with opened(folder) as connection:
        rows = connection.execute(f"select design, replication, status, {wanted} from runs").df()
    failed = int((rows["status"] != "ok").sum())
    if failed:
        raise BadInputError(f"{failed} of {len(rows)} runs in {folder} failed (see runs.parquet): every run is needed.")
    each = len(rows) // len(designs)
    rows = rows.set_index(["design", "replication"]).loc[[(name, run) for name in designs for run in range(each)]]
    return rows[list(columns)].to_numpy(float).reshape(len(designs), each, len(columns))


def summary(folder: Path, innovations: list[str]) -> pd.DataFrame:
    """Return a row a design, innovation and outcome: runs that count, mean, deviation and quantiles."""
    import pandas as pd

    columns = {
        outcome_name(outcome, innovation): (innovation, outcome, unit)
        for innovation in innovations
        for outcome, unit in OUTCOMES.items()
    } | {f"{outcome}_all": ("all", outcome, unit) for outcome, unit in OF_ALL.items()}
    parts = []
    with opened(folder) as connection:
        known = {row[0] for row in connection.execute("describe runs").fetchall()}
        for column, (innovation, outcome, unit) in columns.items():
            if column not in known:
                continue
            quantiles = ", ".join(f"quantile_cont(v, {share}) as q{round(100 * share):02d}" for share in QUANTILES)
            part = connection.execute(
                f"select design, count(v) as runs, avg(v) as mean, stddev_samp(v) as deviation, {quantiles} from"
                f" (select design, case when isnan({column}) then null else {column} end as v from runs"
                " where status = 'ok') group by design order by design"
            ).df()
            part.insert(1, "innovation", innovation)
            part.insert(2, "outcome", outcome)
            part.insert(3, "unit", unit)
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
