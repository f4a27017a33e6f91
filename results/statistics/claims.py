"""Weighs the claims of the theory by tests that were declared beforehand and can fail.

Each test is of a mean over points of the posterior, held against the smallest effect of interest with three one-sided
t tests: beyond it as the claim expects (supported), beyond it the other way (contradicted), and within it on both
sides (no effect of interest: two one-sided tests). At most one of them can be true, and twice the smallest of their
chances is the claim's. Chances are corrected for all claims that are tested at once (Holm 1979). What is none of the
three is undecided; a test that cannot fail is built in, and does not count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from carespread.model.claims import CLAIMS, Claim, Contrast

from ..arrays import Floats
from .decision import CONFIDENCE, Interval, paired_interval

SUPPORTED, CONTRADICTED, NO_EFFECT = "supported", "contradicted", "no effect of interest"
UNDECIDED, BUILT_IN = "undecided", "built in"
VERDICTS = (SUPPORTED, CONTRADICTED, NO_EFFECT, UNDECIDED, BUILT_IN)
EFFECTS = {
    "using_share_all": "spread",
    "scaled_share_all": "scale",
    "kept_share_all": "sustainment",
    "outcome_all": "benefit to people",
    "small_provider_gap_all": "equity: gap of small providers",
}
"""Outcomes on which every claim that compares runs is shown, with no say in its verdict; a gap that grows is worse."""

Frames = Mapping[str, pd.DataFrame]
"""Means over replications, a row a point, by variant: labels of one claim, or names of variants."""


class Tested(NamedTuple):
    """What the test of one claim found, before it is corrected for the others."""

    effect: Interval
    """The contrast, in the unit of its statistic, less what it is held against."""
    movement: float
    smallest: float
    """Smallest effect of interest, in the same unit."""
    outcome: str
    """Which of the three one-sided tests comes nearest: supported, contradicted or no effect of interest."""
    chance: float
    """Twice its chance, at most 1."""
    beyond: float
    """Share of points at which the effect is beyond the smallest of interest, as the claim expects."""


class Weighed(NamedTuple):
    """One claim, weighed."""

    tested: Tested
    verdict: str
    corrected: float
    """Chance corrected for all claims at once; NaN where it is built in."""


def contrast_of(column: str, contrast: Contrast, frames: Frames) -> Floats:
    """Return a contrast of one column by point: variants times their weights, added up."""
    parts = [weight * frames[label][column].to_numpy(float) for label, weight in contrast.items()]
    return np.asarray(np.sum(parts, axis=0), float)


def movement_of(claim: Claim, frames: Frames) -> float:
    """Return the movement of which the smallest effect of interest is a share, in the unit of the statistic."""
    if isinstance(claim.movement, float):
        return claim.movement
    column, label = claim.movement
    return abs(float(frames[label][column].mean()))


def finding_of(claim: Claim, frames: Frames) -> Tested:
    """Return what the test of a claim finds in the runs of its variants, by their labels."""
    effects = contrast_of(claim.column, claim.contrast, frames) - claim.against
    movement = movement_of(claim, frames)
    smallest = claim.smallest * movement
    toward = claim.sign * effects[np.isfinite(effects)]
    chances = {
        SUPPORTED: chance_above(toward, smallest),
        CONTRADICTED: chance_above(-toward, smallest),
        NO_EFFECT: max(chance_above(toward, -smallest), chance_above(-toward, -smallest)),
    }
    outcome = min(chances, key=lambda name: chances[name])
    beyond = float((toward > smallest).mean()) if len(toward) else math.nan
    return Tested(paired_interval(effects), movement, smallest, outcome, min(1.0, 2 * chances[outcome]), beyond)


def chance_above(values: ArrayLike, limit: float) -> float:
    """Return the chance of a mean as high as that of `values` or higher if the true one were `limit` (one-sided t).

    It is 1 where fewer than two values, or no limit, say anything.
    """
    from scipy import stats

    values = np.asarray(values, float)
    if len(values) < 2 or math.isnan(limit):
        return 1.0
    apart, error = float(values.mean()) - limit, float(values.std(ddof=1)) / math.sqrt(len(values))
    if error <= 1e-12 * abs(limit):  # all points say the same
        return 0.0 if apart > 0 else 1.0
    return float(stats.t.sf(apart / error, len(values) - 1))


def holm(chances: Mapping[str, float], tests: int) -> dict[str, float]:
    """Return chances corrected for `tests` at once (Holm 1979); those that are not given count as 1."""
    made: dict[str, float] = {}
    worst = 0.0
    for rank, name in enumerate(sorted(chances, key=lambda one: chances[one])):
        worst = max(worst, min(1.0, (tests - rank) * chances[name]))
        made[name] = worst
    return made


def weighed(claims: Mapping[str, Claim], frames: Mapping[str, Frames]) -> dict[str, Weighed]:
    """Return the verdict of each claim, from the runs of its variants by label; the correction is for all claims of
    the theory that can fail, however few are weighed.
    """
    found = {name: finding_of(claim, frames[name]) for name, claim in claims.items()}
    counted = {name: one.chance for name, one in found.items() if claims[name].can_fail}
    corrected = holm(counted, max(sum(bool(one.can_fail) for one in CLAIMS), len(counted)))
    made = {}
    for name, one in found.items():
        chance = corrected.get(name, math.nan)
        verdict = BUILT_IN if name not in counted else one.outcome if chance < 1 - CONFIDENCE else UNDECIDED
        made[name] = Weighed(one, verdict, chance)
    return made


def interaction(on: pd.DataFrame, one: pd.DataFrame, other: pd.DataFrame, both: pd.DataFrame, column: str) -> Interval:
    """Return by how much two mechanisms do more together than each by itself: on - one off - other off + both off."""
    signs = {"on": 1, "one": -1, "other": -1, "both": 1}
    return paired_interval(contrast_of(column, signs, {"on": on, "one": one, "other": other, "both": both}))
