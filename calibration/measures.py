"""What a study may have measured: columns of the monthly table, and a few things that it does not hold.

A run of a study books every site by itself, so that a column can be read of all sites, of a group, or of a trial drawn
from them. A site that has closed is lost to follow-up: it counts neither above nor below, whoever opens in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carespread.model.mechanisms import leadership, learning
from carespread.model.population.country import Floats
from carespread.model.simulate import Prepared
from carespread.model.state import STAGES, SUSTAINED, UNAWARE, WEIGHT
from carespread.model.table import COLUMNS, columns_of, divided


class Measure(NamedTuple):
    """What can be measured."""

    says: str
    column: str = ""
    """The column of the monthly table."""
    read: Callable[[Prepared, int], Floats] | None = None
    """How it is read of each site after a month, where the table has no such column."""
    share: bool = False
    """Whether it is a share of organisations, sites or people, so that it has odds and a hazard."""
    flow: bool = False
    """Whether it belongs to a month, so that months can be added."""
    times: str = ""
    """What the column is divided by: "providers", or "country" for what it counts in the whole country."""
    lost: bool = False
    """Whether sites that have left count too."""


class World(NamedTuple):
    """What a world leaves, its sites as they are and as they were."""

    prepared: Prepared
    """Its record has a cell a site."""
    there: NDArray[np.bool_]
    """Which sites of the start are still there, by month, shape (months + 1, n)."""
    weight: Floats
    """Of each site at the start, shape (n,)."""
    own: Mapping[tuple[str, int], Floats]
    """What was read of each site, by measure and month."""


def practice(prepared: Prepared, month: int) -> Floats:
    """Return how much of the practice is delivered: routine use times (.7 + .3 K) of (11b)."""
    pairs = prepared.state.pairs
    made: Floats = (pairs["stage"][:, 0] == SUSTAINED) * (0.7 + 0.3 * pairs["skill"][:, 0])
    return made


def turnover(prepared: Prepared, month: int) -> Floats:
    """Return the turnover of staff, 1/month."""
    frame, state, at = prepared.frame, prepared.state, max(0, month - 1)
    keen = (learning.culture(frame, state, at, i) for i in range(len(state.rows)))
    return np.array([leadership.turnover(frame, state, at, i, one) for i, one in enumerate(keen)])


def left(prepared: Prepared, month: int) -> Floats:
    """Return who has closed, 0 or 1."""
    made: Floats = (prepared.state.providers["id"] != prepared.population.id).astype(float)
    return made


KEYS = ("month", "innovation", "group", "providers")
SHARES = ("using_share", "using_share_weighted", "site_share", "people_share")
FLOWS = ("started", "routinised", "discontinued", "kept", "exits", "ties_made", "ties_ended", "originated")
EACH = ", for each organisation"


def _of_table(name: str, says: str) -> Measure:
    """Return the measure of a column of the monthly table; what it counts is told for each organisation."""
    if name == "outcome" or name.startswith("cost_"):
        return Measure(says.replace(", whole country", EACH), column=name, flow=True, times="country")
    if name == "scaled" or name in FLOWS:
        counted = says.split(", by sampling weight", maxsplit=1)[0].split(";", maxsplit=1)[0] + EACH
        return Measure(counted, column=name, share=name == "scaled", flow=name in FLOWS, times="providers")
    return Measure(says.split(", by sampling weight", maxsplit=1)[0], column=name, share=name in SHARES)


def _stage(stage: str) -> Measure:
    return Measure(f"share of organisations whose stage is {stage}", column=stage, share=True, times="providers")


MEASURES: dict[str, Measure] = {
    **{name: _of_table(name, says) for name, says in COLUMNS.items() if name not in (*KEYS, *STAGES)},
    **{stage: _stage(stage) for stage in STAGES},
    **{f"{stage}_share": _stage(stage) for stage in STAGES},
    "routine_share": Measure(
        "share of organisations that use it routinely", column="sustained", share=True, times="providers"
    ),
    "practice": Measure(
        "share of the practice that is delivered: routine use x (.7 + .3 skill)", read=practice, share=True
    ),
    "awareness": Measure(
        "share of organisations that have heard of it",
        read=lambda prepared, month: (prepared.state.pairs["stage"][:, 0] != UNAWARE).astype(float),
        share=True,
    ),
    "closures": Measure("share of organisations that have closed since the start", read=left, share=True, lost=True),
    "providers": Measure(
        "share of organisations that are still there", read=lambda *at: 1 - left(*at), share=True, lost=True
    ),
    "turnover": Measure("turnover of staff, a month", read=turnover),
    "rated_good": Measure(
        "share of organisations rated good or outstanding",
        read=lambda prepared, month: (prepared.state.rows["rating"] >= 0).astype(float),
        share=True,
    ),
    "leadership": Measure(
        "mean leadership of managers, 0 to 1",
        read=lambda prepared, month: prepared.state.rows["manager"] - prepared.state.rows["worn"],
    ),
}
"""Measures by name."""


def measured(world: World, name: str, month: int, since: int | None, sites: Floats) -> Floats:
    """Return a measure after a month for each row of `sites`, shape (rows, n): how often each site is counted.

    What belongs to a month is added over the months after `since`, or is that of the month alone. NaN where nobody is
    left to measure it of.
    """
    measure = MEASURES[name]
    if measure.read is not None:
        there = measure.lost | world.there[month]
        return divided(sites @ (there * world.own[name, month]), sites @ there.astype(float))
    months = np.arange(since + 1, month + 1) if measure.flow and since is not None else np.array([month])
    # what happens in a month happens to those who were there when it began
    there = world.there[np.maximum(months - measure.flow, 0)]
    record = world.prepared.record
    often = sites * (WEIGHT / world.weight)

    def over(cells: np.ndarray) -> np.ndarray:
        """Return a part of the record, (months, n, k), summed over the sites that are there."""
        made: Floats = often @ np.where(there[:, :, None], cells, 0).astype(float)
        return made

    column = columns_of(
        world.prepared,
        record._replace(
            counts=over(record.counts[months, :, 0])[:, :, None],
            sums=over(record.sums[months, :, 0])[:, :, None],
            flows=over(record.flows[months]),
            sector=record.sector[months],
        ),
    )
    made = column[measure.column][:, :, 0]
    if measure.times:
        stands_for = world.prepared.frame.settled[0].represents if measure.times == "country" else 1.0
        made = divided(made, stands_for * column["providers"][:, :, 0])
    total: Floats = made.sum(axis=0)
    return total


def at_risk(world: World, name: str, since: int) -> Floats:
    """Return how much of each site could still change at the end of month `since`: 1 where nothing has, shape (n,)."""
    had = measured(world, name, since, None, np.eye(len(world.weight)))
    return 1.0 - np.nan_to_num(had)
