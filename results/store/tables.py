"""Puts the runs of one design side by side: a row a run, a row a month, and who uses what at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from carespread.model.table import COLUMNS, labels_of

from ..arrays import Array
from ..statistics.outcomes import AT_DATE, COSTS, OF_ALL, OUTCOMES, dated_name, outcome_name
from ..statistics.theory import OF_THEORY

if TYPE_CHECKING:
    import pandas as pd


OF_A_RUN = {
    "design": "name",
    "replication": "number from 0",
    "seed": "number",
    "status": "ok or failed",
    "stage": "where it failed, or ended",
    "error": "traceback",
    "started": "time, UTC",
    "ended": "time, UTC",
    "seconds": "seconds",
    "worker": "thread",
    "host": "machine",
}


class OneRun(NamedTuple):
    """What is kept of one run."""

    replication: int
    seed: int
    status: str
    """ok or failed."""
    stage: str
    """Where it failed, or "ended"."""
    error: str | None
    """The traceback."""
    outcomes: dict[str, float]
    arrays: dict[str, Array] | None
    """Columns of the monthly table, each of shape (months + 1, labels, innovations)."""
    cells: dict[str, Array] | None
    """Who uses what in the first and last month; see `outcomes.last_month`."""
    dates: Array | None
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    area_level: str | None
    started: datetime
    ended: datetime
    worker: str
    host: str
    events: pd.DataFrame | None = None
    """Every change of stage, where they were asked for."""


class Results(NamedTuple):
    """What the runs of one design leave."""

    made_by: dict[str, Any]
    runs: pd.DataFrame
    """A row a run."""
    monthly: pd.DataFrame
    """A row a run, month, innovation and group; `model.table.COLUMNS` has the units."""
    cells: pd.DataFrame
    """A row a run, innovation and cell size x setting x region: users at the start and at the end."""
    events: pd.DataFrame | None = None
    """A row a run and change of stage, where they were asked for."""


def tables(made: Sequence[OneRun], made_by: dict[str, Any]) -> Results:
    """Return the tables of the runs of one design."""
    design, innovations = made_by["design"], [*made_by["innovations"], *made_by["local_innovations"]]
    ended = [run for run in made if run.arrays is not None]
    made_by = {
        **made_by,
        "failed": sum(run.status != "ok" for run in made),
        "area_level": ended[0].area_level if ended else None,
    }
    return Results(
        made_by,
        runs_table(made, design),
        monthly_table(ended, design, innovations),
        cells_table(ended, design, innovations),
        all_events(made),
    )


def all_events(made: Sequence[OneRun]) -> pd.DataFrame | None:
    """Return the events of all runs, None where none kept any."""
    import pandas as pd

    kept = [run.events.assign(replication=run.replication) for run in made if run.events is not None]
    return pd.concat(kept, ignore_index=True) if kept else None


FLOWS = ("outcome", *COSTS, "started", "routinised", "discontinued", "exits", "ties_made", "ties_ended", "originated")
"""Columns of the monthly table that count what happens in a month."""


def by_period(arrays: Mapping[str, Array], months: int) -> dict[str, Array]:
    """Return columns of the monthly table, shape (months + 1, ...), with a row every so many months.

    What happens in them is added up, all else is as at their end; the first row is the month before the start.

    >>> by_period({"outcome": np.arange(5.0), "slack": np.arange(5.0)}, 2)
    {'outcome': array([0., 3., 7.]), 'slack': array([0., 2., 4.])}
    """
    size = next(iter(arrays.values())).shape[0]
    starts = np.maximum(np.arange(0, size, months) - months + 1, 0)
    end = (len(starts) - 1) * months + 1
    return {
        name: np.add.reduceat(array[:end], starts, axis=0) if name in FLOWS else array[::months]
        for name, array in arrays.items()
    }


def runs_table(made: Sequence[OneRun], design: str) -> pd.DataFrame:
    """Return a row a run: its seed, whether it failed and why, its outcomes, and how it was made."""
    import pandas as pd

    outcomes = list(dict.fromkeys(name for run in made for name in run.outcomes))
    return pd.DataFrame(
        {
            "design": design,
            "replication": [run.replication for run in made],
            "seed": [run.seed for run in made],
            "status": [run.status for run in made],
            "stage": [run.stage for run in made],
            "error": pd.Series([run.error for run in made], dtype=object),
            **{name: [run.outcomes.get(name, np.nan) for run in made] for name in outcomes},
            "started": pd.Series([run.started for run in made]),
            "ended": pd.Series([run.ended for run in made]),
            "seconds": [(run.ended - run.started).total_seconds() for run in made],
            "worker": [run.worker for run in made],
            "host": [run.host for run in made],
        }
    )


def units_of_runs(made_by: dict[str, Any]) -> dict[str, str]:
    """Return the unit of each column of the runs table of a design."""
    units = {
        outcome_name(name, innovation): unit
        for innovation in (*made_by["innovations"], *made_by["local_innovations"])
        for name, unit in OUTCOMES.items()
    }
    units |= {
        dated_name(name, innovation, date): unit
        for date in made_by["dates"]
        for innovation in made_by["innovations"]
        for name, unit in AT_DATE.items()
    }
    return {**OF_A_RUN, **units, **{f"{name}_all": unit for name, unit in (OF_ALL | OF_THEORY).items()}}


def monthly_table(ended: Sequence[OneRun], design: str, innovations: list[str]) -> pd.DataFrame:
    """Return a row a run, month, innovation and group."""
    import pandas as pd

    if not ended:
        empty = pd.DataFrame({name: pd.Series(dtype=float) for name in ("design", "replication", *COLUMNS)})
        return empty.astype({"month": "datetime64[s]", "innovation": "category", "group": "category"})
    first = ended[0]
    assert first.arrays is not None and first.dates is not None
    names, _ = labels_of(first.groups)
    dates = first.dates.astype("datetime64[s]")
    shape = (len(ended), len(innovations), len(names), len(dates))
    index = np.indices(shape, np.int32).reshape(4, -1)
    # rows run by run, innovation, group, month: what a person reads as one line stays together
    columns = {
        name: np.stack([run.arrays[name].transpose(2, 1, 0) for run in ended if run.arrays]).reshape(-1)
        for name in first.arrays
    }
    return pd.DataFrame(
        {
            "design": pd.Categorical.from_codes(np.zeros(index.shape[1], np.int8), [design]),
            "replication": np.array([run.replication for run in ended])[index[0]],
            "month": dates[index[3]],
            "innovation": pd.Categorical.from_codes(index[1], innovations),
            "group": pd.Categorical.from_codes(index[2], names),
            **columns,
        }
    )


def cells_table(ended: Sequence[OneRun], design: str, innovations: list[str]) -> pd.DataFrame:
    """Return a row a run, innovation and cell of the groups that were told apart."""
    import pandas as pd

    kept = [run for run in ended if run.cells is not None]
    if not kept:
        return pd.DataFrame({"design": [], "replication": [], "innovation": []})
    levels = {"innovation": innovations, **{name: list(names) for name, names in kept[0].groups}}
    sizes = [len(run.cells["providers"]) for run in kept if run.cells]
    joined = {name: np.concatenate([run.cells[name] for run in kept if run.cells]) for name in kept[0].cells or {}}
    return pd.DataFrame(
        {
            "design": pd.Categorical.from_codes(np.zeros(sum(sizes), np.int8), [design]),
            "replication": np.repeat([run.replication for run in kept], sizes),
            **{
                name: pd.Categorical.from_codes(values, levels[name]) if name in levels else values
                for name, values in joined.items()
            },
        }
    )
