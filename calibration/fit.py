"""Fits the model to its targets: history matching in waves, then regression-adjusted ABC on the runs that are left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.results.statistics.inference import Observed, Posterior, regression_abc

from .history_matching import Problem, Wave, matched, not_ruled_out, weights_of
from .priors import values_of
from .runs import Setting, summaries_at

BUDGET, LEAST_BUDGET = 12_000, 400
KEPT = 0.4
"""Of the runs that no emulator rules out."""
LEAST_KEPT = 100
DRAWS = 500
"""Rows of the posterior that is kept."""


class Evidence(NamedTuple):
    """How probable a model makes the data, whatever its numbers: it pays for every number that the data do not need."""

    log: float
    """Natural logarithm of the density of the data under the prior."""
    error: float
    """Its standard error, from the number of runs that come near."""
    effective: float
    """Runs of equal weight that it rests on."""


class Fit(NamedTuple):
    """A calibrated posterior and how it came about."""

    setting: Setting
    waves: tuple[Wave, ...]
    posterior: Posterior
    draws: pd.DataFrame
    """DRAWS rows of equal weight, a column a parameter or INNOVATION.PARAMETER, in single precision."""
    shares: np.ndarray
    """The same as shares of the prior, shape (DRAWS, axes)."""
    candidates: int
    """Runs that no emulator rules out."""
    evidence: Evidence

    @property
    def prior_wave(self) -> Wave:
        """The first wave: its points are draws of the prior."""
        return self.waves[0]

    @property
    def runs(self) -> int:
        """How many runs of the model it took."""
        return sum(wave.values.shape[0] * wave.values.shape[1] for wave in self.waves)

    def misfits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all points of the waves, and the root mean square of their errors in standard deviations."""
        cube = np.concatenate([wave.cube for wave in self.waves])
        data = np.concatenate([wave.values.mean(axis=1) for wave in self.waves])
        observed = self.setting.observed
        apart = (observed.cut(data) - observed.values) / observed.errors
        return cube, np.sqrt((apart**2).mean(axis=1))


def fit(setting: Setting, budget: int, told: Callable[[str], None]) -> Fit:
    """Return the posterior of all that is uncertain, with `budget` runs of the model."""
    if budget < LEAST_BUDGET:
        raise BadInputError(
            f"--budget is {budget}: fewer than {LEAST_BUDGET} runs say nothing about {setting.fitted} parameters."
        )
    problem = Problem(
        setting.observed,
        len(setting.axes),
        setting.fitted,
        partial(summaries_at, setting),
        setting.seed,
        tuple(one.id for one in setting.targets),
    )
    waves = matched(problem, budget // setting.replications, told)
    posterior, candidates = posterior_of(problem, waves)
    shares = posterior.sample(DRAWS, setting.seed)
    told(f"posterior: {posterior.effective:,.0f} effective draws of {candidates:,} runs that are not ruled out")
    draws = pd.DataFrame(values_of(setting.axes, shares), dtype=np.float32)
    return Fit(setting, tuple(waves), posterior, draws, shares, candidates, evidence_of(waves, setting.observed))


def posterior_of(problem: Problem, waves: Sequence[Wave]) -> tuple[Posterior, int]:
    """Return the posterior from the runs of all waves, and how many of them no emulator rules out.

    Where nothing is ruled out the points of all waves together lie as the prior does: there each weighs the same.
    """
    cube = np.concatenate([wave.cube for wave in waves])
    values = np.concatenate([wave.values for wave in waves])
    kept = not_ruled_out(waves, problem.observed, cube)
    # every replication is a draw of its own: chance belongs to the posterior's likelihood
    rows = np.repeat(cube[kept], values.shape[1], axis=0)
    data = values[kept].reshape(-1, values.shape[2])
    if len(rows) < LEAST_KEPT:
        raise BadInputError(
            f"Only {len(rows)} runs are not ruled out: too few for a posterior. Ask for a larger --budget."
        )
    many = max(LEAST_KEPT, round(KEPT * len(rows)))
    return regression_abc(rows, data, problem.observed, kept=many, seed=problem.seed), len(rows)


def evidence_of(waves: Sequence[Wave], observed: Observed) -> Evidence:
    """Return the evidence: the mean, over the prior, of how probable each run makes the data."""
    values = np.concatenate([wave.values for wave in waves])
    each = np.log(weights_of(waves, observed))[:, None] + log_likelihood(observed, values)
    logs = each.ravel()
    top = float(logs.max())
    parts = np.exp(logs - top)
    mean = float(parts.mean())
    error = float(parts.std(ddof=1) / math.sqrt(len(parts)) / mean)
    return Evidence(top + math.log(mean), error, float(parts.sum() ** 2 / (parts**2).sum()))


def log_likelihood(observed: Observed, values: np.ndarray) -> np.ndarray:
    """Return the log density of the observations given what runs say, over the last axis; a limit has a probability."""
    from scipy.stats import norm

    z = (observed.values - values) / observed.errors
    exact = norm.logpdf(z) - np.log(observed.errors)
    limits = norm.logcdf(-z * observed.censored)
    return np.asarray(np.where(observed.censored == 0, exact, limits).sum(axis=-1))
