"""Equation (6): what an innovation is worth in the eyes of a provider.

Basis: Relative advantage, compatibility, complexity, trialability and observability (Rogers 2003); random utility
(McFadden 1974).

Assumptions: Everything is weighed on one scale, on which 1 is a clear difference to people; decisions follow
believed value, outcomes follow true value (19b).
"""

import math

from ..jit import submodel
from .attention import bounded_slack


@submodel
def believed_gain(mean, former, clear_difference, advantage, compatibility):
    """Return (mu - theta_0)/d RA comp: what use is believed to add to the practice before, 1 for a clear difference.

    The design has mu RA comp, which for what is known to be worthless is still two thirds of what a good innovation
    has: providers that had dropped a fad because it did nothing took it up again.
    """
    return (mean - former) / clear_difference * advantage * compatibility


@submodel
def size_factor(size_penalty, staff):
    """Return 1 + phi sqrt(10/staff): how much dearer an innovation is for a small organisation."""
    return 1.0 + size_penalty * math.sqrt(10.0 / staff)


@submodel
def setup_cost(per_organisation, per_site, sites):
    """Return C0 + C1 n, in GBP."""
    return per_organisation + per_site * sites


@submodel
def relative_cost(setup, grant, factor, revenue):
    """Return rc = (C - grant)+ (1 + phi sqrt(10/staff)) / monthly revenue, in months of revenue."""
    return max(0.0, setup - grant) * factor / revenue


@submodel
def running_burden(running_cost, saving, sites_in_use, revenue):
    """Return rc_run: a year's net running cost in months of revenue, at least 0."""
    return max(0.0, 12.0 * (running_cost - saving) * sites_in_use / revenue)


@submodel
def peers(form, exposed, count, seen, threshold):
    """Return f(x): the share itself (form 0), or 1 once the share (1) or the count (2) of users reaches a threshold.

    `seen` says whether the provider has anybody to look at: without, peers never count.
    """
    if not seen:
        return 0.0
    if form == 0:
        return exposed
    reached = exposed >= threshold if form == 1 else count >= threshold
    return 1.0 if reached else 0.0


@submodel
def weighed_cost(cost_weight, cost, slack):
    """Return beta_C min(2, rc) (1 - Rt)/2: cost weighs less on those who have slack."""
    return cost_weight * min(2.0, cost) * (1.0 - bounded_slack(slack)) / 2.0


# fmt: off
@submodel
def hindrance(
    complexity_weight, complexity, capability, needs_connection, connectivity,
    burden_weight, burden, uncertainty_weight, deviation, trialability,
):
    """Return what speaks against: beta_X X (1 - c) + beta_X needs (1 - connectivity) + beta_B B + beta_U sd (1 - T)."""
    return (
        complexity_weight * complexity * (1.0 - capability)
        + complexity_weight * needs_connection * (1.0 - connectivity)
        + burden_weight * burden
        + uncertainty_weight * deviation * (1.0 - trialability)
    )
# fmt: on


@submodel
def perceived_value(gain, peer_norm, norm, commissioning_weight, stance, demand_weight, demand, cost, against):
    """Return (6): V = gain + beta_N f(x) + beta_G G + beta_D D - cost - hindrance (the coefficient of gain is 1)."""
    asked_for = commissioning_weight * stance + demand_weight * demand
    return gain + peer_norm * norm + asked_for - cost - against
