"""Equation (8b): how an innovation passes from site to site inside an organisation.

Basis: Adoption inside chains; spread inside an organisation is not spread between organisations.

Assumptions: Sites of an organisation see each other and nobody else; each takes it up on its own.
"""

import math

from ..jit import submodel
from .hazards import clipped


@submodel
def site_hazard(conversion, imitation, sites_in_use, sites, leadership_weight, lead, reference, skill):
    """Return (8b): (g_0 + g_1 m/n) exp{beta_L (L^R - Lref)} (K/.5), for each site still without it, in 1/month."""
    led = math.exp(clipped(leadership_weight * (lead - reference)))
    return (conversion + imitation * sites_in_use / sites) * led * (skill / 0.5)


@submodel
def binomial(trials, chance, luck):
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
    while luck >= below and successes < trials:
        log_mass += math.log((trials - successes) / (successes + 1.0)) + log_odds
        successes += 1
        mass = math.exp(log_mass)
        below += mass
    return successes
