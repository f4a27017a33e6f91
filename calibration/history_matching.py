"""History matching: what cannot be is ruled out wave by wave, with emulators that know how unsure they are.

Each wave runs the model at points that the waves before it could not rule out, fits a Gaussian process to each datum,
and rules out every point whose implausibility exceeds 3: the distance between prediction and datum over the root of
all variances (observation, declared model discrepancy, stochastic variation of the replications, the emulator's own;
Vernon, Goldstein & Bower 2010). Waves are experiments of the experiment layer: they are kept in blocks and go on where
they stopped.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.results.statistics.inference import Observed

CUTOFF = 3.0
"""Three standard deviations: for any unimodal error at least 95 % (Pukelsheim 1994)."""
CANDIDATES = 40_000
MOST_TRAINED = 400
"""Points that an emulator is fitted to: its cost grows with their cube."""
LEAST_LEFT = 20
"""Candidates below which nothing fits."""


class Wave(NamedTuple):
    """One wave: where the model was run, what came out, and what it rules out."""

    cube: np.ndarray
    """Shape (points, dimensions)."""
    values: np.ndarray
    """Shape (points, K, data)."""
    emulators: tuple[Any, ...]
    """One a datum."""
    noise: np.ndarray
    """Variance of the mean over K seeds, by datum."""
    left: float
    """Share of the prior that is not ruled out after this wave."""


class Problem(NamedTuple):
    """What is to be matched: observations, and a simulator on the unit cube of the prior."""

    observed: Observed
    dimensions: int
    simulate: Callable[[np.ndarray, str], np.ndarray]
    """Data at points (n, dimensions), shape (n, K, data); the name of the wave says where they may be kept."""
    seed: int


def emulated(cube: np.ndarray, values: np.ndarray) -> Any:
    """Return a Gaussian process fitted to means over seeds, shape (points,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0, (1e-2, 1e3)) * RBF(np.ones(cube.shape[1]), (0.05, 100.0)) + WhiteKernel(
        0.05, (1e-5, 1.0)
    )
    model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a scale at its end: the parameter does nothing here
        return model.fit(cube[-MOST_TRAINED:], values[-MOST_TRAINED:])


def implausibility(wave: Wave, observed: Observed, cube: np.ndarray) -> np.ndarray:
    """Return the largest implausibility over the data, by point; a limit speaks on one side only."""
    worst = np.zeros(len(cube))
    for place, emulator in enumerate(wave.emulators):
        mean, deviation = emulator.predict(cube, return_std=True)
        apart = observed.values[place] - mean
        if observed.censored[place]:
            apart = np.maximum(apart * observed.censored[place], 0.0)
        variance = observed.errors[place] ** 2 + deviation**2 + wave.noise[place]
        worst = np.maximum(worst, np.abs(apart) / np.sqrt(variance))
    return worst


def not_ruled_out(waves: Sequence[Wave], observed: Observed, cube: np.ndarray) -> np.ndarray:
    """Return which points no wave rules out, shape (points,)."""
    kept = np.ones(len(cube), bool)
    for wave in waves:
        kept[kept] = implausibility(wave, observed, cube[kept]) < CUTOFF
        if not kept.any():
            break
    return kept


def left_of(waves: Sequence[Wave], problem: Problem, seed: int) -> tuple[np.ndarray, float]:
    """Return candidates that no wave rules out, shape (n, dimensions), and which share of the prior they are."""
    from scipy.stats import qmc

    cube = qmc.LatinHypercube(problem.dimensions, rng=np.random.default_rng(seed)).random(CANDIDATES)
    kept = not_ruled_out(waves, problem.observed, cube)
    return cube[kept], float(kept.mean())


def matched(problem: Problem, sizes: Sequence[int], told: Callable[[str], None]) -> list[Wave]:
    """Return the waves of a history matching: `sizes` points in each.

    Raises BadInputError where every point is ruled out: then the model, with the declared discrepancy, cannot make the
    data.
    """
    waves: list[Wave] = []
    candidates, left = left_of(waves, problem, problem.seed)
    for number, size in enumerate(sizes, 1):
        if len(candidates) < LEAST_LEFT:
            raise BadInputError(
                f"After {number - 1} waves {100 * left:.3f} % of the prior is left: the model cannot make these data"
                " within the declared errors."
            )
        cube = candidates[:size]
        if len(cube) < size:  # a small corner of the prior: fill up near what is left
            cube = np.vstack([cube, near(candidates, waves, problem, size - len(cube), number)])
        values = problem.simulate(cube, f"wave{number}")
        means, seeds, data = values.mean(axis=1), values.shape[1], values.shape[2]
        noise = values.var(axis=1, ddof=1).mean(axis=0) / seeds if seeds > 1 else np.zeros(data)
        emulators = tuple(emulated(cube, means[:, place]) for place in range(data))
        waves.append(Wave(cube, values, emulators, noise, 1.0))
        candidates, left = left_of(waves, problem, problem.seed + number)
        waves[-1] = waves[-1]._replace(left=left)
        told(f"wave {number}: {len(cube)} points x {seeds} runs; {100 * left:.2f} % of the prior is left")
    return waves


def near(candidates: np.ndarray, waves: Sequence[Wave], problem: Problem, many: int, seed: int) -> np.ndarray:
    """Return more points that no wave rules out, moved a little from those that are known."""
    rng = np.random.default_rng(seed)
    made: list[np.ndarray] = []
    spread, shape = candidates.std(axis=0) / 2, (CANDIDATES // 4, problem.dimensions)
    for _ in range(50):
        tried = np.clip(
            candidates[rng.integers(len(candidates), size=shape[0])] + rng.normal(size=shape) * spread, 0, 1
        )
        made.append(tried[not_ruled_out(waves, problem.observed, tried)])
        if sum(map(len, made)) >= many:
            break
    return np.vstack(made)[:many]
