"""Equation (5): leaders and staff leave, and others come.

Basis: Turnover counted by Skills for Care (workforce.csv), registered managers apart.

Assumptions: Who comes resembles who leads at the top; frontline leadership returns to half its own start, a quarter
of the sector's and a quarter of the provider's culture of learning. Six months of unrest after a departure make
dropping likelier.
"""

import math

from ..jit import submodel

MONTHS_OF_UNREST = 6.0
"""How long a departure is felt."""


@submodel
def trait_from_uniform(probability):
    """Return the quantile of the trait distribution, Beta(2, 2) stretched over [.01, 1], in closed form."""
    centred = 0.5 - math.sin(math.asin(1.0 - 2.0 * probability) / 3.0)
    return 0.01 + 0.99 * centred


@submodel
def trait_from_normal(score):
    """Return the trait whose standard normal score is `score`."""
    return trait_from_uniform(0.5 * math.erfc(-score / math.sqrt(2.0)))


@submodel
def newcomer(senior_score, correlation, score):
    """Return the leadership of somebody new, given the normal score of senior leadership at the start."""
    return trait_from_normal(correlation * senior_score + math.sqrt(1.0 - correlation * correlation) * score)


@submodel
def manager_level(level, newcomer_level, managers):
    """Return (5a): L^M + (new - L^M)/n, after one of n managers has been replaced."""
    return level + (newcomer_level - level) / managers


@submodel
def unrest_after(unrest, months_left, departure):
    """Return the unrest once somebody has left: the stronger of that departure's and what is still felt of others."""
    return max(departure, unrest if months_left > 0.0 else 0.0)


@submodel
def frontline_home(start, sector_mean, learning, programme):
    """Return (5b): Lbar = .5 L^F_0 + .25 sector mean at the start + .25 lambda + programmes, at most 1."""
    return min(1.0, 0.5 * start + 0.25 * sector_mean + 0.25 * learning + programme)


@submodel
def frontline_level(level, home, turnover, step):
    """Return (5c): L^F + tau (Lbar - L^F) over a step: newcomers bring it back to its long-run level."""
    return level + min(1.0, turnover * step) * (home - level)
