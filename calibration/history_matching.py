"""History matching: what cannot be is ruled out wave by wave, with emulators that know how unsure they are.

Each wave runs the model at points that the waves before it could not rule out, emulates each datum, and rules out every
point whose implausibility exceeds 3: the distance between prediction and datum over the root of all variances
(observation, declared model discrepancy, and the prediction's own, in which chance is counted once; Vernon, Goldstein &
Bower 2010). Points are drawn from the prior as far as it is not ruled out, by rejection alone, so it is known how dense
they lie and what each of them weighs. A wave that rules out little more is the last that is emulated: all that is left
of the budget goes to where it stands. Waves are experiments of the experiment layer: they are kept in blocks and go on
where they stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.results.statistics.inference import Observed

from .emulator import Emulator, emulated

CUTOFF = 3.0
"""Three standard deviations: for any unimodal error at least 95 % (Pukelsheim 1994)."""
CANDIDATES = 20_000
MOST_BATCHES = 50
"""Of candidates that are tried for the points of one wave."""
LEAST_LEFT = 10
"""Candidates below which nothing fits."""
FIRST, NEXT, LAST = 0.35, 0.15, 0.25
"""Of the budget: for the first wave, for each that follows, and what is kept for the last."""
WORTH = 0.75
"""A wave is followed by another one where it leaves less than this share of what it found."""


class Wave(NamedTuple):
    """One wave: where the model was run, what came out, and what it rules out."""

    cube: np.ndarray
    """Shape (points, dimensions)."""
    values: np.ndarray
    """Shape (points, K, data)."""
    emulators: tuple[Emulator, ...]
    """One a datum; none in the last wave, which rules out nothing."""
    chance: np.ndarray
    """By datum: variance of a single run beyond that of the mean of K, which the emulators are fitted to."""
    found: float
    """Share of the prior that its points were drawn from."""
    left: float
    """Share of the prior that is not ruled out after it."""


class Problem(NamedTuple):
    """What is to be matched: observations, and a simulator on the unit cube of the prior."""

    observed: Observed
    dimensions: int
    fitted: int
    """How many dimensions come first that the data are there for."""
    simulate: Callable[[np.ndarray, str], np.ndarray]
    """Data at points (n, dimensions), shape (n, K, data); the name of the wave says where they may be kept."""
    seed: int
    names: tuple[str, ...]
    """Of the data."""


def implausible(wave: Wave, observed: Observed, place: int, cube: np.ndarray) -> np.ndarray:
    """Return the implausibility of points by one datum; a limit speaks on one side only."""
    mean, deviation = wave.emulators[place].predict(cube)
    apart = observed.values[place] - mean
    if observed.censored[place]:
        apart = np.maximum(apart * observed.censored[place], 0.0)
    variance = observed.errors[place] ** 2 + deviation**2 + wave.chance[place]
    return np.asarray(np.abs(apart) / np.sqrt(variance))


def not_ruled_out(
    waves: Iterable[Wave], observed: Observed, cube: np.ndarray, without: int | None = None
) -> np.ndarray:
    """Return which points no wave rules out, shape (points,), by all data or all `without` one."""
    kept = np.ones(len(cube), bool)
    for wave in waves:
        for place in range(len(wave.emulators)):
            if place != without and kept.any():
                kept[kept] = implausible(wave, observed, place, cube[kept]) < CUTOFF
    return kept


def candidates_of(problem: Problem, seed: int) -> np.ndarray:
    """Return a batch of points of the prior, shape (CANDIDATES, dimensions)."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(problem.dimensions, rng=np.random.default_rng(seed)).random(CANDIDATES))


def left_of(waves: Sequence[Wave], problem: Problem, many: int, seed: int) -> tuple[np.ndarray, float]:
    """Return up to `many` points of the prior that no wave rules out, and which share of the prior they stand for."""
    found: list[np.ndarray] = []
    for batch in range(MOST_BATCHES):
        cube = candidates_of(problem, seed + 1000 * batch)
        found.append(cube[not_ruled_out(waves, problem.observed, cube)])
        together = sum(map(len, found))
        if together >= many or (batch == 0 and together < LEAST_LEFT):
            break
    return np.vstack(found)[:many], sum(map(len, found)) / (len(found) * CANDIDATES)


def matched(problem: Problem, points: int, told: Callable[[str], None]) -> list[Wave]:
    """Return the waves of a history matching with so many points in all.

    Raises BadInputError where every point is ruled out: the model, with the declared discrepancy, cannot make the data,
    and the datum that stands in the way is named.
    """
    waves: list[Wave] = []
    size = round(points * FIRST)
    while True:
        spent = sum(len(wave.cube) for wave in waves)
        last = bool(waves) and (
            waves[-1].left > WORTH * waves[-1].found or points - spent - size < round(points * LAST)
        )
        size = points - spent if last else size
        number = len(waves) + 1
        cube, found = left_of(waves, problem, size, problem.seed + number)
        if len(cube) < LEAST_LEFT:
            raise BadInputError(in_the_way(waves, problem))
        values = problem.simulate(cube, f"wave{number}")
        seeds, data = values.shape[1:]
        chance = values.var(axis=1, ddof=1).mean(axis=0) * (1 - 1 / seeds) if seeds > 1 else np.zeros(data)
        means = values.mean(axis=1)
        emulators = () if last else tuple(emulated(cube, means[:, place], problem.fitted) for place in range(data))
        waves.append(Wave(cube, values, emulators, chance, found, found))
        if not last:
            waves[-1] = waves[-1]._replace(left=left_of(waves, problem, 1, problem.seed + number)[1])
        told(f"wave {number}: {len(cube)} points x {seeds} runs; {100 * waves[-1].left:.2f} % of the prior is left")
        if last:
            return waves
        size = round(points * NEXT)


def in_the_way(waves: Sequence[Wave], problem: Problem) -> str:
    """Return which datum makes a fit impossible: the one without which most would be left."""
    cube = candidates_of(problem, problem.seed)
    shares = [
        float(not_ruled_out(waves, problem.observed, cube, without=place).mean()) for place in range(len(problem.names))
    ]
    worst = int(np.argmax(shares))
    value = problem.observed.values[worst]
    return (
        f"After {len(waves)} waves nothing of the prior is left: the model cannot make these data within the declared"
        f" errors, above all not {problem.names[worst]} ({value:.3g}); without it {100 * shares[worst]:.2f} % would be"
        " left."
    )


def weights_of(waves: Sequence[Wave], observed: Observed) -> np.ndarray:
    """Return what each point of the waves weighs as a draw of the prior, one after the other, with a mean near 1.

    A wave's points lie 1/found times as dense as the prior where nothing before it rules them out, and nowhere else
    (deterministic mixture of all waves; Veach & Guibas 1995).
    """
    cube = np.concatenate([wave.cube for wave in waves])
    dense, inside = np.zeros(len(cube)), np.ones(len(cube), bool)
    for number, wave in enumerate(waves):
        if number:
            inside[inside] = not_ruled_out(waves[number - 1 : number], observed, cube[inside])
        dense += inside * len(wave.cube) / len(cube) / wave.found
    return np.asarray(1.0 / dense)
