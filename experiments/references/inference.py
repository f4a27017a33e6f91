"""V25: simulation-based calibration of the inference on a toy whose posterior is known exactly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from carespread.results.statistics.inference import LIMIT, Observed, rank_of, regression_abc, uniformity

from .runs import Compared, Runs

STUDIES, DRAWS, KEPT = 400, 6000, 900
ERROR = 0.5
"""The toy: theta ~ N(0, 1), and one datum theta + N(0, .5^2); the posterior is N(.8 y, .2)."""


def toy_ranks() -> np.ndarray:
    """Return the ranks of the true theta among posterior draws, one a study."""
    rng = np.random.default_rng(25)
    ranks = []
    for study in range(STUDIES):
        cube = rng.random((DRAWS, 1))
        theta = norm.ppf(cube)
        truth = rng.random(1)
        datum = norm.ppf(truth) + ERROR * rng.normal(size=1)
        observed = Observed(datum, np.array([ERROR]), np.zeros(1))
        posterior = regression_abc(cube, theta, observed, kept=KEPT, seed=study)
        ranks.append(int(rank_of(truth, posterior, study)[0]))
    return np.array(ranks)


def toy_moments() -> tuple[float, float]:
    """Return mean and variance of the posterior of theta at y = 1: exactly .8 and .2."""
    cube = np.random.default_rng(26).random((200_000, 1))
    observed = Observed(np.ones(1), np.array([ERROR]), np.zeros(1))
    posterior = regression_abc(cube, norm.ppf(cube), observed, kept=20_000, seed=1)
    theta = norm.ppf(posterior.draws[:, 0])
    mean = float((posterior.weights * theta).sum())
    return mean, float((posterior.weights * (theta - mean) ** 2).sum())


def simulation_based_calibration(runs: Runs) -> Iterator[Compared]:
    """Return V25: chi-square of the ranks, and the posterior's moments beside the exact ones."""
    (ranks,) = runs.of(toy_ranks, [()])
    yield Compared("chi-square of ranks over 20 bins, below 36.19", 0.0, uniformity(ranks), LIMIT, "Talts 2018")
    ((mean, variance),) = runs.of(toy_moments, [()])
    yield Compared("posterior mean of a normal toy", 0.8, mean, 0.02, "conjugate normal")
    yield Compared("posterior variance of a normal toy", 0.2, variance, 0.02, "conjugate normal")
