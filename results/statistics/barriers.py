"""Where providers get stuck: the funnel, what holds them back at each stage, and what resets them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model.attribution.barriers import BARRIERS, HEADWINDS, ROCKS, tally
from carespread.model.attribution.watch import months_watched
from carespread.model.groups import SIZES, labels
from carespread.model.population.country import home
from carespread.model.simulate import Prepared
from carespread.model.state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, STAGES, SUSTAINED

from ..arrays import Array

GROUPED = ("setting", "size", "region")
PASSING = ("months aware, then on", "% of pilots taken further", "months implementing, then on",
           "uses dropped by 100")  # fmt: skip
BOTH = " and size="
"""Between setting and size in the name of a type of provider."""
ACTIVE = (EXPLORING, IMPLEMENTING, SUSTAINED)


class Tally(NamedTuple):
    """What one run adds up, by cell of the groups: dimensions in the order of GROUPED, then innovations."""

    months: Array
    """Months that did not move on, by stage, shape (G, J, 6)."""
    stuck: Array
    """The same shared out by barrier, shape (G, J, 6, B)."""
    binding: Array
    """Counted by the barrier that took the largest part of each, shape (G, J, 6, B)."""
    failed: Array
    """Pilots that were not taken further, shared out by barrier, shape (G, J, B)."""
    moves: Array
    """Moves from stage to stage, shape (G, J, 6, 6)."""
    stays: Array
    """Months of those that then moved on, by the stage that they left, shape (G, J, 6)."""
    left: Array
    """How many left each stage after coming to it in the run, shape (G, J, 6)."""
    resets: Array
    """How often a journey under way fell back, and the months that were lost by it, shape (G, J, 2)."""
    providers: Array
    """Shape (G,)."""


def tallied(prepared: Prepared) -> Tally:
    """Return the tallies of a run that this makes."""
    population, many = prepared.population, len(prepared.innovations)
    group = np.zeros(len(population.id), np.int64)
    cells = 1
    for name in GROUPED:
        code, names = labels(name, population)
        group, cells = group * len(names) + code, cells * len(names)
    barriers = len(BARRIERS)
    months = np.zeros((cells, many, 6), np.int64)
    stuck = np.zeros((cells, many, 6, barriers))
    binding = np.zeros((cells, many, 6, barriers), np.int64)
    failed = np.zeros((cells, many, barriers))
    moves = np.zeros((cells, many, 6, 6), np.int64)
    stays, left = np.zeros((cells, many, 6)), np.zeros((cells, many, 6), np.int64)
    resets = np.zeros((cells, many, 2))
    lifted, parts = np.zeros(barriers), np.zeros(barriers)
    since = np.full(prepared.state.pairs.shape, -1, np.int64)
    """Month of coming to the present stage; -1 before the run."""
    begun = np.zeros(prepared.state.pairs.shape, np.int64)
    """Month in which the journey that is under way began; 0 where before the run."""
    for month in months_watched(prepared):
        before, after = month.before.pairs, month.after.pairs
        tally(month.frame, month.before, month.after, month.number, group, lifted, parts, months, stuck, binding,
              failed)  # fmt: skip
        row, which = np.nonzero(before["stage"] != after["stage"])
        old, new = before["stage"][row, which], after["stage"][row, which]
        np.add.at(moves, (group[row], which, old, new), 1)
        came = since[row, which]
        known = came >= 0
        np.add.at(stays, (group[row][known], which[known], old[known]), (month.number - came + 1)[known])
        np.add.at(left, (group[row][known], which[known], old[known]), 1)
        since[row, which] = month.number + 1
        was, now = np.isin(old, ACTIVE), np.isin(new, ACTIVE)
        fell = was & ~now
        np.add.at(resets[..., 0], (group[row][fell], which[fell]), 1)
        np.add.at(resets[..., 1], (group[row][fell], which[fell]), month.number + 1 - begun[row, which][fell])
        starts = ~was & now
        begun[row[starts], which[starts]] = month.number + 1
    return Tally(months, stuck, binding, failed, moves, stays, left, resets, np.bincount(group, minlength=cells))


def joined(parts: list[Tally]) -> Tally:
    """Return the mean of tallies over runs."""
    return Tally(*(np.mean([np.asarray(one, float) for one in column], axis=0) for column in zip(*parts, strict=True)))


def levels_of() -> list[tuple[str, tuple[str, ...]]]:
    """Return the dimensions of the groups with their levels."""
    return list(zip(GROUPED, (home().settings, SIZES, home().geography().regions), strict=True))


def by_level(values: Array, levels: list[tuple[str, tuple[str, ...]]]) -> dict[str, Array]:
    """Return sums over cells for all, each level of each dimension, and each setting with each size."""
    shape = [len(names) for _, names in levels]
    cube = values.reshape(*shape, *values.shape[1:])
    made = {"all": cube.sum(axis=(0, 1, 2))}
    for axis, (name, names) in enumerate(levels):
        rest = tuple(other for other in range(3) if other != axis)
        made |= {f"{name}={level}": part for level, part in zip(names, cube.sum(axis=rest), strict=True)}
    both = cube.sum(axis=2)
    for at, setting in enumerate(levels[0][1]):
        for place, size in enumerate(levels[1][1]):
            made[f"setting={setting}{BOTH}{size}"] = both[at, place]
    return made


def barrier_table(found: Tally, levels: list[Any], names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation, stage and barrier: months lost to it, in how many it bound most, its share."""
    stuck, months, binding = (by_level(one, levels) for one in (found.stuck, found.months, found.binding))
    rows = []
    for group, values in stuck.items():
        for j, name in enumerate(names):
            for code, stage in enumerate(STAGES[:4]):
                total = float(months[group][j, code])
                if total <= 0:
                    continue
                rows += [
                    (
                        group,
                        name,
                        stage,
                        barrier,
                        float(values[j, code, at]),
                        float(binding[group][j, code, at]),
                        float(values[j, code, at]) / total,
                    )
                    for at, barrier in enumerate(BARRIERS)
                ]
    return pd.DataFrame(
        rows, columns=["group", "innovation", "stage", "barrier", "provider_months", "binding_months", "share"]
    )


def funnel_table(found: Tally, levels: list[Any], names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation and move: how many, and the mean months spent in the stage before it is left."""
    moves, stays, left = (by_level(one, levels) for one in (found.moves, found.stays, found.left))
    rows = []
    for group, values in moves.items():
        for j, name in enumerate(names):
            for old, new in zip(*np.nonzero(values[j]), strict=True):
                waits = left[group][j, old]
                rows.append((group, name, STAGES[old], STAGES[new], float(values[j, old, new]),
                             float(stays[group][j, old] / waits) if waits else np.nan))  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "innovation", "stage_from", "stage_to", "moves", "months_in_stage"])


def weather_table(found: Tally, levels: list[Any], names: list[str]) -> pd.DataFrame:
    """Return rocks, headwinds and thunderstorms of each group and innovation, in provider-months lost."""
    stuck, resets = by_level(found.stuck, levels), by_level(found.resets, levels)
    kinds = {"rocks": [BARRIERS.index(one) for one in ROCKS], "headwinds": [BARRIERS.index(one) for one in HEADWINDS]}
    rows = []
    for group, values in stuck.items():
        for j, name in enumerate(names):
            sums = values[j].sum(axis=0)
            rows.append((group, name, *(float(sums[which].sum()) for which in kinds.values()),
                         float(resets[group][j, 1]), float(resets[group][j, 0])))  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "innovation", "rocks", "headwinds", "thunderstorms", "resets"])


def pilots_table(found: Tally, levels: list[Any], names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation and barrier: pilots that were not taken further for it."""
    rows = [
        (group, name, barrier, float(values[j, at]))
        for group, values in by_level(found.failed, levels).items()
        for j, name in enumerate(names)
        for at, barrier in enumerate(BARRIERS)
        if values[j, at] > 0
    ]
    return pd.DataFrame(rows, columns=["group", "innovation", "barrier", "pilots"])


def passing_table(found: Tally, levels: list[Any]) -> pd.DataFrame:
    """Return a row a group with where its journeys get on, over all innovations, in the columns PASSING."""
    moves, stays, left = (by_level(one.sum(axis=1), levels) for one in (found.moves, found.stays, found.left))
    providers = by_level(found.providers, levels)
    rows = []
    for group, own in moves.items():
        ended = own[EXPLORING, IMPLEMENTING] + own[EXPLORING, ABANDONED]
        dropped = own[IMPLEMENTING, ABANDONED] + own[SUSTAINED, ABANDONED]
        rows.append((
            group,
            ratio(stays[group][AWARE], left[group][AWARE]),
            100 * ratio(own[EXPLORING, IMPLEMENTING], ended),
            ratio(stays[group][IMPLEMENTING], left[group][IMPLEMENTING]),
            100 * ratio(dropped, float(providers[group])),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=["group", *PASSING])


def ratio(above: float, below: float) -> float:
    """Return a ratio, NaN where there is nothing below."""
    return float(above / below) if below else float("nan")


def top_three(barriers: pd.DataFrame, group: str) -> list[tuple[str, float]]:
    """Return the three barriers that take most of a group's stuck months on the way into use, with their shares.

    Time is left out: it is what the work takes, not what holds it back.
    """
    own = barriers[(barriers["group"] == group) & (barriers["barrier"] != "time")]
    sums = own.groupby("barrier")["provider_months"].sum().sort_values(ascending=False)
    return [(str(name), float(value / sums.sum())) for name, value in sums.head(3).items()]
