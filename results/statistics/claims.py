"""Weighs the claims of the theory: what each mechanism does to outcomes, and what its own test says.

Runs with and without a mechanism are paired: the same point of the prior, the same random draws. "Unchanged" means
that the 95 % interval of the difference lies inside +-1 % of the value with the mechanism; an interval that is not
inside and contains 0 is undecided. Where a test has several statistics, any of them may carry the claim and all must
be unchanged for it to fail; their intervals are widened for that (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats
from .decision import Interval, paired_interval

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
EFFECTS = {
    "using_share_all": "spread",
    "scaled_share_all": "scale",
    "kept_share_all": "sustainment",
    "outcome_all": "benefit to people",
    "small_provider_gap_all": "equity: gap of small providers",
}
"""Outcomes on which every claim is weighed; a gap that grows is worse."""
MARGIN = 0.01


ALSO: Mapping[str, tuple[str, ...]] = {
    "C2": ("originated_all",),
    "C8": ("ties_ended_all", "skill_all"),
    "C10": ("using_share_all",),
    "C11": ("movement_all",),
    "C12": ("half_time_all",),
    "C13": ("half_time_all",),
    "C14": ("skill_all",),
    "C17": ("outcome_all",),
}
"""Further statistics that a claim names: shown, with no say in the verdict."""


class ClaimTest(NamedTuple):
    """How a claim is tested."""

    kind: str
    """difference, level, loss, elasticity or response."""
    columns: tuple[str, ...]
    limit: float = MARGIN
    """A share of the value with the mechanism (difference), or in the statistic's own unit (others)."""
    absolute: bool = False
    """Whether the limit of a difference is in the statistic's own unit."""
    below: bool = False
    """Whether a level supports the claim below its limit."""


TESTS: Mapping[str, ClaimTest] = {
    "C1": ClaimTest("difference", ("using_share_all",), 0.01, absolute=True),
    "C2": ClaimTest("difference", ("kept_share_all",)),
    "C3": ClaimTest("difference", ("misimplementation_all",)),
    "C4": ClaimTest("difference", ("outcome_per_user_all",)),
    "C5": ClaimTest("level", ("changed_stage_all",), 0.10),
    "C6": ClaimTest("difference", ("kept_share_all",)),
    "C7": ClaimTest("loss", ("outcome_all",), 0.01),
    "C8": ClaimTest("difference", ("using_share_all",)),
    "C9": ClaimTest("difference", ("least_capable_use_all", "least_capable_sustained_all")),
    "C10": ClaimTest("difference", ("gap_closed_all",)),
    "C11": ClaimTest("difference", ("user_ties_all",)),
    "C12": ClaimTest("difference", ("using_share_all",)),
    "C13": ClaimTest("difference", ("using_share_all",)),
    "C14": ClaimTest("elasticity", ("using_share_all",), 0.05),
    "C15": ClaimTest("difference", ("months_to_routine_all",)),
    "C16": ClaimTest("response", ("leadership", "learning", "slack")),
    "C17": ClaimTest("level", ("belief_gap_all",), 0.01),
    "C18": ClaimTest("difference", ("income_gap_all",)),
    "C19": ClaimTest("level", ("curve_correlation_all",), 0.95, below=True),
    "C20": ClaimTest("difference", ("gap_closed_all", "half_time_all")),
}


class Pairs(NamedTuple):
    """Means over replications at each point, by column: with the mechanism, without it, and what a test asks beside."""

    on: pd.DataFrame
    off: pd.DataFrame
    more: pd.DataFrame
    """With more turnover (C14); empty elsewhere."""
    ratio: float
    """How much more."""


def verdict_of(test: ClaimTest, pairs: Pairs) -> tuple[str, list[tuple[str, Interval, float]]]:
    """Return the verdict of a claim's own test, and each statistic with its interval and its limit."""
    many = len(test.columns)
    found: list[tuple[str, Interval, float]] = []
    verdicts = []
    for column in test.columns:
        if test.kind == "level":
            one, limit = paired_interval(pairs.on[column].to_numpy(float)), test.limit
            above, under = one.low > limit, one.high < limit
            good, bad = (under, above) if test.below else (above, under)
            verdicts.append(HOLDS if good else FAILS if bad else UNDECIDED)
        elif test.kind == "loss":
            on, off = (frame[column].to_numpy(float) for frame in (pairs.on, pairs.off))
            one, limit = paired_interval((off - on) / np.nanmean(np.abs(off))), test.limit
            verdicts.append(HOLDS if one.low > limit else FAILS if one.high < limit else UNDECIDED)
        elif test.kind == "elasticity":
            with np.errstate(divide="ignore", invalid="ignore"):
                change = np.log(pairs.more[column].to_numpy(float) / pairs.on[column].to_numpy(float))
            one, limit = paired_interval(change / math.log(pairs.ratio)), test.limit
            verdicts.append(unchanged_or_not(one, limit))
        else:
            on, off = statistic(test, column, pairs.on), statistic(test, column, pairs.off)
            one = paired_interval(on - off, many)
            size = (
                np.nanmean(np.abs(pairs.off["using_share_all"])) if test.kind == "response" else np.nanmean(np.abs(on))
            )
            limit = test.limit if test.absolute else test.limit * float(size)
            verdicts.append(unchanged_or_not(one, limit))
        found.append((column, one, limit))
    if HOLDS in verdicts:
        return HOLDS, found
    return (FAILS if all(one == FAILS for one in verdicts) else UNDECIDED), found


def statistic(test: ClaimTest, column: str, frame: pd.DataFrame) -> Floats:
    """Return a statistic by point; a response is how much more those with most of a trait use than those with least."""
    if test.kind == "response":
        return np.asarray(frame[f"use_{column}_high_all"] - frame[f"use_{column}_low_all"], float)
    return np.asarray(frame[column], float)


def unchanged_or_not(one: Interval, limit: float) -> str:
    """Return fails where the interval lies inside +-limit, holds where it leaves out 0, undecided elsewhere."""
    if one.low > -limit and one.high < limit:
        return FAILS
    return HOLDS if one.clear else UNDECIDED


def effects_of(pairs: Pairs) -> dict[str, tuple[Interval, float]]:
    """Return what the mechanism does to each of EFFECTS (with less without), and the value with it."""
    made = {}
    for column in EFFECTS:
        on, off = (frame[column].to_numpy(float) for frame in (pairs.on, pairs.off))
        made[column] = (paired_interval(on - off), float(np.nanmean(on)))
    return made


def interaction(on: pd.DataFrame, one: pd.DataFrame, other: pd.DataFrame, both: pd.DataFrame, column: str) -> Interval:
    """Return by how much two mechanisms do more together than each by itself: on - one off - other off + both off."""
    parts = [frame[column].to_numpy(float) for frame in (on, one, other, both)]
    return paired_interval(parts[0] - parts[1] - parts[2] + parts[3])
