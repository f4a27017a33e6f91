"""Fits the model to its targets: history matching in waves, then regression-adjusted ABC on the runs that are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.results.statistics.inference import Posterior, regression_abc

from .history_matching import Problem, Wave, matched, not_ruled_out
from .priors import NAMES, values_of
from .runs import Setting, summaries_at

SHARES = (0.35, 0.2, 0.2, 0.25)
"""Of the points by wave; the last wave adds most of what the posterior is made of."""
BUDGET, LEAST_BUDGET = 12_000, 400
KEPT = 0.4
"""Of the runs that no emulator rules out."""
LEAST_KEPT = 100
DRAWS = 500
"""Rows of the posterior that is kept."""


class Fit(NamedTuple):
    """A calibrated posterior and how it came about."""

    setting: Setting
    waves: tuple[Wave, ...]
    posterior: Posterior
    draws: pd.DataFrame
    """DRAWS rows of equal weight, a column a parameter."""
    shares: np.ndarray
    """The same as shares of the prior, shape (DRAWS, 8)."""
    candidates: int
    """Runs that no emulator rules out."""

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
    """Return the posterior of the free parameters, with `budget` runs of the model."""
    if budget < LEAST_BUDGET:
        raise BadInputError(f"--budget is {budget}: fewer than {LEAST_BUDGET} runs say nothing about eight parameters.")
    problem = Problem(setting.observed, len(NAMES), partial(summaries_at, setting), setting.seed)
    waves = matched(problem, sizes_of(budget // setting.replications), told)
    posterior, candidates = posterior_of(problem, waves)
    shares = posterior.sample(DRAWS, setting.seed)
    told(f"posterior: {posterior.effective:,.0f} effective draws of {candidates:,} runs that are not ruled out")
    draws = pd.DataFrame(values_of(shares), columns=list(NAMES))
    return Fit(setting, tuple(waves), posterior, draws, shares, candidates)


def sizes_of(points: int) -> list[int]:
    """Return how many points each wave gets."""
    return [round(points * share) for share in SHARES]


def posterior_of(problem: Problem, waves: Sequence[Wave]) -> tuple[Posterior, int]:
    """Return the posterior from the runs of all waves, and how many of them no emulator rules out."""
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
