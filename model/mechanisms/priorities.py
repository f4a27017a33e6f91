"""Equation (15): what the sector wants from an innovation drifts, month by month.

Basis: None: the priorities of a sector are not measured.

Assumptions: A mean-reverting walk over four priorities (safety, independence, workforce, cost), the same for all;
scenarios set named regimes of priorities.
"""

from __future__ import annotations

import math

import numpy as np

from ..innovations import PRIORITIES
from ..jit import kernel, submodel
from ..population.draws import generator


@submodel
def drifted(goal, back, deviation, score, step):
    """Return (15a): z - .01 z + sigma_v N over a step; `score` is the standard normal number."""
    return goal - min(1.0, back * step) * goal + deviation * math.sqrt(step) * score


@submodel
def share_of(goal, first, second, third):
    """Return (15b): softmax of one of four log weights, without overflow."""
    return 1.0 / (
        1.0
        + math.exp(min(700.0, first - goal))
        + math.exp(min(700.0, second - goal))
        + math.exp(min(700.0, third - goal))
    )


REGIMES: dict[str, dict[str, float]] = {
    "even": {},
    "austerity": {"cost": 1.0},
    "reform": {"independence": 0.5, "workforce": 0.5},
    "safety first": {"safety": 1.0},
    "independence first": {"independence": 1.0},
}
"""Log weight that a regime adds to a priority (assumptions, grade D)."""
MUCH = 0.1
"""Change of weights within a year, summed over the four, that unsettles partnerships."""


@kernel
def set_weights(scores, regimes, back, deviation, step, goal, weights):
    """Set `weights`, shape (T, 4), from normal scores and regimes of the same shape; `goal`, shape (4,), is scratch."""
    for month in range(weights.shape[0]):
        for one in range(4):
            goal[one] = drifted(goal[one], back, deviation, scores[month, one], step)
        for one in range(4):
            first, second, third = (one + 1) % 4, (one + 2) % 4, (one + 3) % 4
            weights[month, one] = share_of(
                goal[one] + regimes[month, one],
                goal[first] + regimes[month, first],
                goal[second] + regimes[month, second],
                goal[third] + regimes[month, third],
            )


def weights_of(regimes: np.ndarray, back: float, deviation: float, step: float, seed: int) -> np.ndarray:
    """Return the weights of the four priorities in each step, shape (T, 4), for regimes of that shape."""
    weights = np.empty_like(regimes)
    scores = generator(seed, "goals").standard_normal(regimes.shape)
    set_weights(scores, regimes, back, deviation, step, np.zeros(4), weights)
    return weights


def offsets(regime: str) -> list[float]:
    """Return what a regime adds to the log weight of each priority."""
    return [REGIMES[regime].get(name, 0.0) for name in PRIORITIES]


USUAL_SHIFT = 0.1
"""Mean of `shifts` a month where priorities drift about even weights, over sigma_v:
sqrt(12)/12 x .5 x 4 x .25 sqrt(3/4) sqrt(2/pi).
"""


def shifts(weights: np.ndarray, step: float) -> np.ndarray:
    """Return the share of weight by which priorities shift in each step, at the pace of the last year, shape (T,)."""
    back = np.maximum(0, np.arange(len(weights)) - round(12 / step))
    moved: np.ndarray = 0.5 * np.abs(weights - weights[back]).sum(axis=1) * (step / 12)
    return moved


def unsettled(weights: np.ndarray, step: float) -> np.ndarray:
    """Return 1 for the steps in which priorities moved by more than .1 within a year, shape (T,), int8."""
    back = np.maximum(0, np.arange(len(weights)) - round(12 / step))
    return (np.abs(weights - weights[back]).sum(axis=1) > MUCH).astype(np.int8)
