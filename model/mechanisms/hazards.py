"""Equation (1): what a hazard becomes within one step.

Basis: Competing risks in continuous time, as in survival analysis.

Assumptions: Hazards stand still within a step, and what happens to a pair in a step happens once. Exponents are
held in [-5, 5], so that no mechanism multiplies a hazard by more than 148.
"""

from __future__ import annotations

import math

from ..jit import submodel


@submodel
def clipped(exponent):
    """Return an exponent held in [-5, 5]: no mechanism multiplies a hazard by more than e^5."""
    return max(-5.0, min(5.0, exponent))


@submodel
def exponential_at_most(exponent, margin):
    """Return a bound of exp for an exponent below 64 at the cost of a division: 1/(1 - x/64)^64, which lies above by
    about x^2/128 of it; `margin` is a little more than 1, for rounding.
    """
    root = 1.0 - exponent / 64.0
    eighth = root * root * root * root * root * root * root * root
    square = eighth * eighth * eighth * eighth * eighth * eighth * eighth * eighth
    return margin / square


@submodel
def probability(hazard, ceiling, step):
    """Return (1): 1 - exp(-min(H, H_max) dt), the chance of an event in a step of `step` months."""
    return -math.expm1(-min(hazard, ceiling) * step)


@submodel
def happens(number, hazard, ceiling, step):
    """Return whether number falls below (1). The bound H dt comes first: it often settles the matter alone."""
    return number < hazard * step and number < probability(hazard, ceiling, step)


@submodel
def binomial(trials, chance, number):
    """Return the number of successes among `trials` with probability `chance` each, by inversion from one uniform."""
    if chance <= 0.0 or trials <= 0:
        return 0
    if chance >= 1.0:
        return trials
    log_odds = math.log(chance) - math.log1p(-chance)
    log_mass = trials * math.log1p(-chance)
    mass = math.exp(log_mass)
    below = mass
    successes = 0
    while number >= below and successes < trials:
        log_mass += math.log((trials - successes) / (successes + 1.0)) + log_odds
        successes += 1
        mass = math.exp(log_mass)
        below += mass
    return successes
