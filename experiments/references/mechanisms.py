"""V16, V28: learning, and the fixed points and limits that algebra gives."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from carespread.model.mechanisms.leadership import blended
from carespread.model.textbook import cases as special_cases

from .graphs import ring
from .runs import STANDARD_ERRORS, Compared, Runs, mean_and_error

# V28: leadership

LEVELS, WEIGHTS = (0.9, 0.4, 0.2), (0.5, 0.3, 0.2)
ALGEBRA = 1e-9


def leadership_limits(runs: Runs) -> Iterator[Compared]:
    """Return V28: equation (4) is the mean, the geometric mean, the minimum ... where algebra says so."""
    pairs = list(zip(WEIGHTS, LEVELS, strict=True))
    known = {
        1.0: ("mean", math.fsum(weight * level for weight, level in pairs)),
        0.5: ("power mean", math.fsum(weight * math.sqrt(level) for weight, level in pairs) ** 2),
        0.0: ("geometric mean", math.prod(level**weight for weight, level in pairs)),
        -1.0: ("harmonic mean", 1 / math.fsum(weight / level for weight, level in pairs)),
        -3.5: ("power mean", math.fsum(weight * level**-3.5 for weight, level in pairs) ** (-1 / 3.5)),
        -math.inf: ("minimum", min(LEVELS)),
    }
    blends = runs.of(blended, [(*LEVELS, *WEIGHTS, rho) for rho in known])
    for (rho, (what, exact)), value in zip(known.items(), blends, strict=True):
        yield Compared(f"leadership, complementarity {rho:g}: {what}", exact, value, ALGEBRA, "algebra")
    equal = runs.of(blended, [(0.6, 0.6, 0.6, 2.0, 1.0, 1.0, rho) for rho in known])
    for rho, value in zip(known, equal, strict=True):
        yield Compared(f"equal levels, complementarity {rho:g}", 0.6, value, ALGEBRA, "algebra")
    (least,) = runs.of(blended, [(*LEVELS, 1.0, 1.0, 0.0, -math.inf)])
    yield Compared("minimum over the levels that have a weight", 0.4, least, ALGEBRA, "algebra")


# V28: fixed points


def fixed_points(runs: Runs) -> Iterator[Compared]:
    """Return V28, its other half: where skill and a movement come to rest."""
    yield from leadership_limits(runs)
    for gain, turnover, codification in ((0.11, 0.0193, 0.35), (0.02, 0.0238, 0.0), (0.2, 0.03, 0.7)):
        (path,) = runs.of(special_cases.skill_path, [(0.3, gain, turnover, codification, 3000)])
        loss = turnover * (1 - codification)
        what = f"skill at rest, gain {gain:g}, turnover {turnover:g}, codification {codification:g}"
        yield Compared(what, gain / (gain + loss), path[-1], ALGEBRA, "algebra: u/(u + tau')")
    for users, density in ((RING, 1.0), (RING // 2, (RING - 2) / (2 * RING))):
        for growth, decay in ((0.1, 0.055), (0.2, 0.01)):
            (path,) = runs.of(movement_on_a_ring, [(users, growth, decay)])
            what = f"movement at rest, ties between users {density:g}, growth {growth:g}, decay {decay:g}"
            rest = growth * density / (growth * density + decay)
            yield Compared(what, rest, path[-1], ALGEBRA, "algebra: chi d/(chi d + delta_M)")


RING = 100


def movement_on_a_ring(users: int, growth: float, decay: float) -> np.ndarray:
    """Return the strength of a movement among the first `users` of a ring, month by month."""
    return special_cases.movement_path(ring(RING, 2), range(users), growth, decay, 3000)


# V16: learning

TRIALS, WORKED = 10, 7
WATCHERS, UNTIL_SURE = 4000, 400
"""Users of the noisy case, and the months after which nothing is left of what they believed at first."""


def beta_bernoulli(runs: Runs) -> Iterator[Compared]:
    """Return V16: what seven successes in ten trials teach, and what a noisy observer believes in the end."""
    source = "textbook"
    (first,) = runs.of(special_cases.beta_bernoulli, [((2.0, 2.0), 0.7, TRIALS, 1, 1000)])
    a, b = first[-1].T
    seven = np.flatnonzero(a - 2 == WORKED)  # one with just this draw; that others exist is checked by the count
    yield Compared("a of Beta(2, 2) after 7 of 10", 9, a[seven[0]], 0, source)
    yield Compared("b of Beta(2, 2) after 7 of 10", 5, b[seven[0]], 0, source)
    total = a + b
    mean, variance = a / total, a * b / (total**2 * (total + 1))
    yield Compared("mean of belief after 7 of 10", 9 / 14, mean[seven[0]], ALGEBRA, source)
    yield Compared("variance of belief after 7 of 10", 45 / 2940, variance[seven[0]], ALGEBRA, source)
    yield Compared("trials that anybody did not count", 0, float(np.abs(total - 14).max()), 0, source)
    expected = math.comb(TRIALS, WORKED) * 0.7**WORKED * 0.3 ** (TRIALS - WORKED)
    error = math.sqrt(expected * (1 - expected) / len(a))
    yield Compared("share of users with 7 of 10", expected, len(seven) / len(a), STANDARD_ERRORS * error, "binomial")
    (last,) = runs.of(special_cases.beta_bernoulli, [((2.0, 2.0), 0.7, TRIALS, UNTIL_SURE, WATCHERS, 0.2)])
    average, error = mean_and_error(last[-1, :, 0] / last[-1].sum(axis=1))
    yield Compared("belief of a noisy observer, theta .7, misreading .2", 0.62, average, 3 * error, source)
