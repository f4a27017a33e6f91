"""Equation (8b): how an innovation passes from site to site inside an organisation.

Basis: Adoption inside chains; spread inside an organisation is not spread between organisations.

Assumptions: Sites of an organisation see each other and nobody else; each takes it up on its own.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from . import hazards, leadership


@submodel
def site_hazard(site_conversion, site_imitation, sites_in_use, sites, leadership_weight, lead, reference, skill):
    """Return (8b): (g_0 + g_1 m/n) exp{beta_L (L^R - Lref)} (K/.5), for each site still without it, in 1/month."""
    factor = math.exp(hazards.clipped(leadership_weight * (lead - reference)))
    return (site_conversion + site_imitation * sites_in_use / sites) * factor * (skill / 0.5)


@submodel
def new_sites(frame, state, month, i, j):
    """Return how many further sites take up innovation j this month (8b)."""
    p, settled, sites = frame.parameters[0], frame.settled[0], int(state.providers[i].sites)
    used = int(state.pairs[i, j].sites_in_use)
    reference = settled.reference_sustain
    hazard = site_hazard(
        p.site_conversion,
        p.site_imitation,
        used,
        sites,
        p.leadership_weight,
        leadership.lead_or_reference(frame, state, month, i, leadership.SUSTAIN, reference),
        reference,
        state.pairs[i, j].skill,
    )
    number = draw(state.starts[rnd.SCALE, j], state.providers[i].id)
    return hazards.binomial(sites - used, hazards.probability(hazard, p.hazard_ceiling, settled.step), number)
