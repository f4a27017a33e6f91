"""Equation (15): what the sector wants from an innovation drifts.

Basis: None: the priorities of a sector are not measured.

Assumptions: A mean-reverting walk over four priorities (safety, independence, workforce, cost), the same for all;
scenarios set named regimes of priorities.
"""

import math

from ..jit import submodel


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
