"""V26, V27: value of information and concentration, whose answers algebra gives."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.stats import norm, qmc

from carespread.results.statistics.decision import evpi, evppi
from carespread.results.statistics.equity import concentration

from .runs import Compared, Runs

POWER, SEED, WITHIN = 20, 1, 0.01
"""2^20 draws, within 1 %. They are evenly spread (Sobol): the mean of a million independent draws of such a net benefit
is itself wrong by 1, which is more than 1 % of what X is worth.
"""
MEAN, DEVIATIONS = 500.0, (600.0, 800.0)


def unit_normal_loss(mean: float, deviation: float) -> float:
    """Return the expected value of knowing a net benefit N(mean, deviation^2) against doing nothing (Raiffa 1968)."""
    ratio = abs(mean) / deviation
    return float(deviation * (norm.pdf(ratio) - ratio * norm.sf(ratio)))


def draws() -> tuple[np.ndarray, np.ndarray]:
    """Return net benefits of doing nothing and of 500 + 600 X + 800 Y, and (X, Y), both standard normal."""
    known = norm.ppf(qmc.Sobol(2, rng=np.random.default_rng(SEED)).random_base2(POWER))
    return np.column_stack([np.zeros(len(known)), MEAN + known @ np.array(DEVIATIONS)]), known


def value_of_knowing(what: int | None) -> float:
    """Return what knowing X (0), Y (1) or both (None) is worth."""
    benefit, known = draws()
    return evpi(benefit) if what is None else evppi(benefit, known[:, what])


def value_of_information(runs: Runs) -> Iterator[Compared]:
    """Return V26: perfect and partial perfect information of two options."""
    known = {"X and Y": (None, math.hypot(*DEVIATIONS)), "X": (0, DEVIATIONS[0]), "Y": (1, DEVIATIONS[1])}
    values = runs.of(value_of_knowing, [(what,) for what, _ in known.values()])
    for (name, (_, deviation)), value in zip(known.items(), values, strict=True):
        exact = unit_normal_loss(MEAN, deviation)
        yield Compared(f"value of knowing {name}", exact, value, WITHIN * exact, "unit normal loss")


def concentration_indices(runs: Runs) -> Iterator[Compared]:
    """Return V27: the bottom half has nothing, the top half all."""
    (made,) = runs.of(concentration, [((0.0,) * 5 + (1.0,) * 5, tuple(range(10)))])
    for name, exact in (("raw", 0.5), ("wagstaff", 1.0), ("erreygers", 1.0)):
        yield Compared(f"concentration index, {name}", exact, getattr(made, name), 1e-12, "Wagstaff 2005")
