"""Equation (1): what a hazard becomes within one step.

Basis: Competing risks in continuous time, as in survival analysis.

Assumptions: Hazards stand still within a step, and what happens to a pair in a step happens once. Exponents are
held in [-5, 5], so that no mechanism multiplies a hazard by more than 148.
"""

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
