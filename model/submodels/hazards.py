"""Equation (1): what a hazard becomes within one step."""

import math

from ..jit import submodel


@submodel
def clipped(exponent):
    """Return an exponent held in [-5, 5]: no mechanism multiplies a hazard by more than e^5."""
    return max(-5.0, min(5.0, exponent))


@submodel
def probability(hazard, ceiling, step):
    """Return (1): 1 - exp(-min(H, H_max) dt), the chance of an event in a step of `step` months."""
    return -math.expm1(-min(hazard, ceiling) * step)


@submodel
def happens(luck, hazard, ceiling, step):
    """Return whether luck falls below (1). The bound H dt comes first: it often settles the matter alone."""
    return luck < hazard * step and luck < probability(hazard, ceiling, step)
