"""History matching: what cannot be is ruled out wave by wave, with emulators that know how unsure they are.

Each wave runs the model at points that the waves before it could not rule out, fits a Gaussian process to each datum,
and rules out every point whose implausibility exceeds 3: the distance between prediction and datum over the root of
all variances (observation, declared model discrepancy, luck of the replications, the emulator's own; Vernon, Goldstein
& Bower 2010). Waves are experiments of the experiment layer: they are kept in blocks and go on where they stopped.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.design import Design
from experiments.experiment import Experiment
from experiments.experiment_command import run_experiment
from experiments.keeping import is_there
from experiments.points import Point
from experiments.scenario import Scenario
from model import BadInputError
from results.inference import Observed
from results.query import run_values

from .free import NAMES, values_of
from .targets import Target

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
    """Shape (points, 8)."""
    values: np.ndarray
    """Shape (points, K, data)."""
    emulators: tuple[Any, ...]
    """One a datum."""
    noise: np.ndarray
    """Variance of the mean over K seeds, by datum."""
    left: float
    """Share of the prior that is not ruled out after this wave."""


class Setting(NamedTuple):
    """Where a fit runs the model."""

    scenario: Scenario
    targets: tuple[Target, ...]
    observed: Observed
    providers: int
    replications: int
    seed: int
    folder: Path
    resume: bool
    workers: int | None
    cluster: str | None
    quiet: bool
    changes: dict[str, Any]
    """What a rival model sets."""


def summaries_at(setting: Setting, cube: np.ndarray, name: str, seed: int, columns: Sequence[str]) -> np.ndarray:
    """Return the data at points of the unit cube, shape (points, K, columns), from a kept experiment."""
    points = [
        Point(f"{name}-{at:05d}", setting.scenario, {**row, **setting.changes}, seed)
        for at, row in enumerate(values_of(cube))
    ]
    design = Design(
        path=Path(name),
        question="Which parameters can have made the data?",
        scenarios=(setting.scenario,),
        providers=setting.providers,
        months=setting.scenario.months,
        replications=setting.replications,
        seed=seed,
        samples=len(points),
        parameters={one: "prior" for one in NAMES},
        innovations=tuple(dict.fromkeys(one.innovation for one in setting.targets)),
        groups=tuple(dict.fromkeys(one.group.partition("=")[0] for one in setting.targets if one.group != "all")),
        text="",
        dates=tuple(sorted({one.date for one in setting.targets})),
        monthly=False,
    )
    folder = setting.folder / name
    there = is_there(setting.folder, f"{name}/made_by.json", setting.resume, "fit")
    run_experiment(Experiment(design, points), folder, there, setting.workers, setting.cluster, setting.quiet, False)
    return run_values(folder, [point.name for point in points], columns)


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


def left_of(waves: Sequence[Wave], observed: Observed, seed: int) -> tuple[np.ndarray, float]:
    """Return candidates that no wave rules out, shape (n, 8), and which share of the prior they are."""
    from scipy.stats import qmc

    cube = qmc.LatinHypercube(len(NAMES), rng=np.random.default_rng(seed)).random(CANDIDATES)
    kept = not_ruled_out(waves, observed, cube)
    return cube[kept], float(kept.mean())


def matched(setting: Setting, sizes: Sequence[int], told: Callable[[str], None]) -> list[Wave]:
    """Return the waves of a history matching: `sizes` points in each.

    Raises BadInputError where every point is ruled out: then the model, with the declared discrepancy, cannot make the
    data.
    """
    columns = [one.column for one in setting.targets]
    waves: list[Wave] = []
    for number, size in enumerate(sizes, 1):
        candidates, left = left_of(waves, setting.observed, setting.seed + number)
        if len(candidates) < LEAST_LEFT:
            raise BadInputError(
                f"After {number - 1} waves {100 * left:.3f} % of the prior is left: the model cannot make these data"
                " within the declared errors."
            )
        cube = candidates[:size]
        if len(cube) < size:  # a small corner of the prior: fill up near what is left
            cube = np.vstack([cube, near(candidates, waves, setting, size - len(cube), number)])
        values = summaries_at(setting, cube, f"wave{number}", setting.seed, columns)
        means = values.mean(axis=1)
        noise = (
            values.var(axis=1, ddof=1).mean(axis=0) / values.shape[1] if values.shape[1] > 1 else np.zeros(len(columns))
        )
        emulators = tuple(emulated(cube, means[:, place]) for place in range(len(columns)))
        wave = Wave(cube, values, emulators, noise, 1.0)
        waves.append(wave)
        _, left = left_of(waves, setting.observed, setting.seed + 100 + number)
        waves[-1] = wave._replace(left=left)
        told(f"wave {number}: {len(cube)} points x {values.shape[1]} runs; {100 * left:.2f} % of the prior is left")
    return waves


def near(candidates: np.ndarray, waves: Sequence[Wave], setting: Setting, many: int, seed: int) -> np.ndarray:
    """Return more points that no wave rules out, moved a little from those that are known."""
    luck = np.random.default_rng(seed)
    made: list[np.ndarray] = []
    spread = candidates.std(axis=0) / 2
    for _ in range(50):
        tried = np.clip(candidates[luck.integers(len(candidates), size=CANDIDATES // 4)]
                        + luck.normal(size=(CANDIDATES // 4, len(NAMES))) * spread, 0, 1)  # fmt: skip
        made.append(tried[not_ruled_out(waves, setting.observed, tried)])
        if sum(map(len, made)) >= many:
            break
    return np.vstack(made)[:many]
