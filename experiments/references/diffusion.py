"""V1, V3, V4, V5: Bass and SI."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from carespread.model.textbook import cases as special_cases

from .graphs import ring
from .runs import SEEDS, STANDARD_ERRORS, Compared, Runs, mean_and_error

SIZE = 100_000
"""Nodes of V1, V3, V4 and V5."""

# V1, V3, V4: Bass

P, Q = 0.03, 0.38
"""Innovation and imitation, a year."""
YEARS = 15
WEEKS = 52


def bass_curve(p: float, q: float, t: float) -> float:
    """Return F(t) = (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})."""
    decay = math.exp(-(p + q) * t)
    return (1 - decay) / (1 + q / p * decay)


def bass_ring_curve(p: float, q: float, t: float) -> float:
    """Return F(t) = 1 - exp{-(p+q)t + q(1 - e^{-pt})/p}: Bass on a ring, each of two neighbours q/2."""
    return 1 - math.exp(-(p + q) * t + q * (1 - math.exp(-p * t)) / p)


def bass_recursion(p: float, q: float, dt: float, steps: int) -> float:
    """Return the share after `steps` of F <- F + (1 - F)(1 - exp{-(p + qF) dt})."""
    share = 0.0
    for _ in range(steps):
        share += (1 - share) * -math.expm1(-(p + q * share) * dt)
    return share


def bass_shares(steps_a_year: int, years: int, seed: int) -> np.ndarray:
    """Return the share of users at every step, everybody seeing everybody."""
    return special_cases.bass(P, Q, SIZE, years * steps_a_year, 1 / steps_a_year, seed=seed) / SIZE


def bass_ring_shares(seed: int) -> np.ndarray:
    """Return the share of users at every week on a ring."""
    return special_cases.bass(P, Q, SIZE, YEARS * WEEKS, 1 / WEEKS, graph=ring(SIZE, 2), seed=seed) / SIZE


def bass_complete(runs: Runs) -> Iterator[Compared]:
    """Return V1: Bass's curve on the complete graph."""
    shares = np.mean(runs.of(bass_shares, [(WEEKS, YEARS, seed) for seed in SEEDS]), axis=0)
    for t in (1, 2, 5, 8, 10, 15):
        what = f"share of users after {t} years"
        yield Compared(what, bass_curve(P, Q, t), shares[t * WEEKS], 0.005, "Bass 1969")


def bass_ring(runs: Runs) -> Iterator[Compared]:
    """Return V3: Bass on a ring."""
    shares = np.mean(runs.of(bass_ring_shares, [(seed,) for seed in SEEDS]), axis=0)
    for t in (5, 10, 15):
        what = f"share of users on a ring after {t} years"
        yield Compared(what, bass_ring_curve(P, Q, t), shares[t * WEEKS], 0.004, "Fibich & Gibori 2010")


def bass_steps(runs: Runs) -> Iterator[Compared]:
    """Return V4: how the share after five years depends on the length of the step."""
    for steps, reference in ((1, 0.2611), (4, 0.3108), (12, 0.3242), (WEEKS, 0.3296)):
        # where V1 is asked for too, its weekly runs serve: they only run on
        years = YEARS if steps == WEEKS and "V1" in runs.cases else 5
        shares = runs.of(bass_shares, [(steps, years, seed) for seed in SEEDS])
        mean, error = mean_and_error([run[5 * steps] for run in shares])
        exact = bass_recursion(P, Q, 1 / steps, 5 * steps)
        what = f"share of users after 5 years, {steps} step{'s' if steps > 1 else ''} a year"
        yield Compared(what, reference, mean, 0.004, "mean field")
        yield Compared(f"{what}: recursion", exact, mean, STANDARD_ERRORS * error, "mean field, 4 SE")


# V5: SI

BETA, FIRST_SHARE = 0.5, 0.01
"""Contagion a unit of time, and the share that starts."""


def logistic(beta: float, start: float, t: float) -> float:
    """Return i(t) = 1 / (1 + (1/i_0 - 1) e^{-beta t})."""
    return 1 / (1 + (1 / start - 1) * math.exp(-beta * t))


def si_recursion(beta: float, start: float, dt: float, steps: int) -> float:
    """Return the share after `steps` of i <- i + (1 - i)(1 - exp(-beta i dt))."""
    share = start
    for _ in range(steps):
        share += (1 - share) * -math.expm1(-beta * share * dt)
    return share


def si_shares(seed: int) -> np.ndarray:
    """Return the share of users at every step of 1/52, everybody seeing everybody."""
    return special_cases.si(SIZE, BETA, round(FIRST_SHARE * SIZE), 15 * WEEKS, 1 / WEEKS, seed) / SIZE


def si_complete(runs: Runs) -> Iterator[Compared]:
    """Return V5: SI on the complete graph."""
    shares = runs.of(si_shares, [(seed,) for seed in SEEDS])
    for t in (5, 10, 15):
        mean, error = mean_and_error([run[t * WEEKS] for run in shares])
        exact = si_recursion(BETA, FIRST_SHARE, 1 / WEEKS, t * WEEKS)
        yield Compared(f"share infected at {t}", logistic(BETA, FIRST_SHARE, t), mean, 0.012, "logistic")
        what = f"share infected at {t}: recursion"
        yield Compared(what, exact, mean, STANDARD_ERRORS * error, "mean field, 4 SE")
