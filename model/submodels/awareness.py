"""Equation (2): what a provider sees of an innovation, and how it comes to hear of it.

Basis: External and internal influence (Bass 1969; Rogers 2003 on observability); proximity shapes advice networks
in long-term care.

Assumptions: Providers see last month's use by partners, by their area and by their setting, each as a mean share of
sites; whom nobody surrounds sees nothing. Hearing is not believing: awareness opens choice (7), no more.
"""

from ..jit import submodel

WHOLE = 1 << 20
"""A share of 1: shares are counted in parts per 2^20, so that their sums do not depend on order."""


@submodel
def share_parts(sites_in_use, sites):
    """Return m/n in parts per 2^20 (whole numbers)."""
    if sites_in_use <= 0:
        return 0
    if sites_in_use >= sites:
        return WHOLE
    return (sites_in_use * WHOLE) // sites


@submodel
def layer_mean(total, members):
    """Return the mean share of use in a layer from the sum of parts; an empty layer gives 0."""
    if members <= 0:
        return 0.0
    return total / (members * WHOLE)


@submodel
def exposure(partners, area, setting, partner_layer, area_layer, setting_layer):
    """Return (2a): x = w_P x^P + w_R x^R + w_S x^S, each the mean share of use in its layer."""
    return partner_layer * partners + area_layer * area + setting_layer * setting


@submodel
def outside_hazard(
    base, broker_awareness, broker, commissioner_awareness, stance, campaign, movement_awareness, movement
):
    """Return (2b): p_j(t) = p_0 + p_b broker + p_c G + campaign + p_m M, in 1/month."""
    asked = broker_awareness * broker + commissioner_awareness * stance
    return base + asked + campaign + movement_awareness * movement


@submodel
def awareness_hazard(outside, imitation, observability, exposed):
    """Return (2): h_UA = p_j(t) + q O_j x_ij, in 1/month."""
    return outside + imitation * observability * exposed
