"""Where providers get stuck: the funnel, what holds them back at each stage, and what resets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model.attribution.barriers import BARRIERS, HEADWINDS, ROCKS, tally
from carespread.model.attribution.watch import months_watched
from carespread.model.groups import SIZES, labels
from carespread.model.population.country import home
from carespread.model.simulate import Prepared
from carespread.model.state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, STAGES, SUSTAINED, WEIGHT

from ..arrays import Array

GROUPED = ("setting", "size", "region")
PASSING = ("months aware, then on", "% of pilots continued", "months implementing, then on",
           "abandoned per 100 providers")  # fmt: skip
BOTH = " and size="
"""Between setting and size in the name of a type of provider."""
Levels = list[tuple[str, tuple[str, ...]]]
"""Dimensions of groups with their levels."""
Row = tuple[Any, ...]
ACTIVE = (EXPLORING, IMPLEMENTING, SUSTAINED)


class Tally(NamedTuple):
    """What one run adds up by sampling weight, by cell of the groups: dimensions as in GROUPED, then innovations."""

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
    """At the start, shape (G,)."""


def tallied(prepared: Prepared) -> Tally:
    """Return the tallies of a run that this makes."""
    population, many = prepared.population, len(prepared.innovations)
    group = np.zeros(len(population.id), np.int64)
    cells = 1
    for name in GROUPED:
        code, names = labels(name, population)
        group, cells = group * len(names) + code, cells * len(names)
    barriers = len(BARRIERS)
    weight = prepared.state.providers["weight"] / WEIGHT
    at_start = np.bincount(group, weight, minlength=cells)
    months = np.zeros((cells, many, 6))
    stuck = np.zeros((cells, many, 6, barriers))
    binding = np.zeros((cells, many, 6, barriers))
    failed = np.zeros((cells, many, barriers))
    moves = np.zeros((cells, many, 6, 6))
    stays, left = np.zeros((cells, many, 6)), np.zeros((cells, many, 6))
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
        by = np.asarray(month.before.providers["weight"] / WEIGHT)[row]  # 0 for those that open
        np.add.at(moves, (group[row], which, old, new), by)
        came = since[row, which]
        known = came >= 0
        np.add.at(stays, (group[row][known], which[known], old[known]), (by * (month.number - came + 1))[known])
        np.add.at(left, (group[row][known], which[known], old[known]), by[known])
        since[row, which] = month.number + 1
        was, now = np.isin(old, ACTIVE), np.isin(new, ACTIVE)
        fell = was & ~now
        np.add.at(resets[..., 0], (group[row][fell], which[fell]), by[fell])
        lost = by * (month.number + 1 - begun[row, which])
        np.add.at(resets[..., 1], (group[row][fell], which[fell]), lost[fell])
        starts = ~was & now
        begun[row[starts], which[starts]] = month.number + 1
    return Tally(months, stuck, binding, failed, moves, stays, left, resets, at_start)


def joined(parts: list[Tally]) -> Tally:
    """Return the mean of tallies over runs."""
    return Tally(*(np.mean([np.asarray(one, float) for one in column], axis=0) for column in zip(*parts, strict=True)))


def levels_of() -> Levels:
    """Return the dimensions of the groups with their levels."""
    return list(zip(GROUPED, (home().settings, SIZES, home().geography().regions), strict=True))


def by_level(values: Array, levels: Levels) -> dict[str, Array]:
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


def table_of(
    columns: list[str], names: list[str], values: list[Array], levels: Levels, rows_of: Callable[..., Iterator[Row]]
) -> pd.DataFrame:
    """Return the rows that `rows_of` makes of each group and innovation from the sums of `values` over the group."""
    sums = [by_level(one, levels) for one in values]
    rows = [
        (group, name, *row)
        for group in sums[0]
        for j, name in enumerate(names)
        for row in rows_of(*(one[group][j] for one in sums))
    ]
    return pd.DataFrame(rows, columns=["group", "innovation", *columns])


def barrier_table(found: Tally, levels: Levels, names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation, stage and barrier: months lost to it, in how many it bound most, its share."""

    def rows(stuck: Array, months: Array, binding: Array) -> Iterator[Row]:
        for code, stage in enumerate(STAGES[:4]):
            if months[code] > 0:
                for barrier, lost, bound in zip(BARRIERS, stuck[code], binding[code], strict=True):
                    yield stage, barrier, float(lost), float(bound), float(lost) / float(months[code])

    columns = ["stage", "barrier", "provider_months", "binding_months", "share"]
    return table_of(columns, names, [found.stuck, found.months, found.binding], levels, rows)


def funnel_table(found: Tally, levels: Levels, names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation and move: how many, and the mean months spent in the stage before it is left."""

    def rows(moves: Array, stays: Array, left: Array) -> Iterator[Row]:
        for old, new in zip(*np.nonzero(moves), strict=True):
            yield STAGES[old], STAGES[new], float(moves[old, new]), ratio(stays[old], left[old])

    columns = ["stage_from", "stage_to", "moves", "months_in_stage"]
    return table_of(columns, names, [found.moves, found.stays, found.left], levels, rows)


def weather_table(found: Tally, levels: Levels, names: list[str]) -> pd.DataFrame:
    """Return rocks, headwinds and thunderstorms of each group and innovation, in provider-months lost."""
    kinds = [[BARRIERS.index(one) for one in kind] for kind in (ROCKS, HEADWINDS)]

    def rows(stuck: Array, resets: Array) -> Iterator[Row]:
        sums = stuck.sum(axis=0)
        yield (*(float(sums[kind].sum()) for kind in kinds), float(resets[1]), float(resets[0]))

    columns = ["rocks", "headwinds", "thunderstorms", "resets"]
    return table_of(columns, names, [found.stuck, found.resets], levels, rows)


def pilots_table(found: Tally, levels: Levels, names: list[str]) -> pd.DataFrame:
    """Return a row a group, innovation and barrier: pilots that were not continued for it."""

    def rows(failed: Array) -> Iterator[Row]:
        yield from ((barrier, float(lost)) for barrier, lost in zip(BARRIERS, failed, strict=True) if lost > 0)

    return table_of(["barrier", "pilots"], names, [found.failed], levels, rows)


def passing_table(found: Tally, levels: Levels) -> pd.DataFrame:
    """Return a row a group with where its journeys get on, over all innovations, in the columns PASSING."""
    moves, stays, left = (by_level(one.sum(axis=1), levels) for one in (found.moves, found.stays, found.left))
    providers = by_level(found.providers, levels)
    rows = []
    for group, own in moves.items():
        ended = own[EXPLORING, [IMPLEMENTING, ABANDONED, AWARE]].sum()  # the last: put off for want of money
        discontinued = own[IMPLEMENTING, ABANDONED] + own[SUSTAINED, ABANDONED]
        rows.append((
            group,
            ratio(stays[group][AWARE], left[group][AWARE]),
            100 * ratio(own[EXPLORING, IMPLEMENTING], ended),
            ratio(stays[group][IMPLEMENTING], left[group][IMPLEMENTING]),
            100 * ratio(discontinued, float(providers[group])),
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
