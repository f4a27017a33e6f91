"""Equation (6): what an innovation is worth in the eyes of a provider.

Basis: Relative advantage, compatibility, complexity, trialability and observability (Rogers 2003); random utility
(McFadden 1974).

Assumptions: Everything is weighed on one scale, on which 1 is a clear difference to people; decisions follow
believed value, outcomes follow true value (19b).
"""

from __future__ import annotations

import math

from ..jit import submodel
from . import attention, awareness, learning, movements, partnerships


@submodel
def believed_gain(mean, former, clear_difference, advantage, compatibility):
    """Return (mu - th0)/d RA k: what use is believed to add to the practice before, 1 for a clear difference.

    The design has mu RA k, which for what is known to be worthless is still two thirds of what a good innovation has:
    providers that had dropped a fad because it did nothing took it up again.
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
    """Return c_ij = (C - grant)+ (1 + phi sqrt(10/staff)) / monthly revenue, in months of revenue."""
    return max(0.0, setup - grant) * factor / revenue


@submodel
def running_burden(running_cost, saving, sites_in_use, revenue):
    """Return c^run_ij: a year's net running cost in months of revenue, at least 0."""
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
    """Return beta_C min(2, c) (1 - Rt)/2: cost weighs less on those who have slack."""
    return cost_weight * min(2.0, cost) * (1.0 - attention.bounded_slack(slack)) / 2.0


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


@submodel
def believed(frame, state, mean, month, i, j):
    """Return what provider i, believing in a share `mean` of successes, expects to gain by innovation j."""
    innovation = frame.innovations[j]
    return believed_gain(
        mean,
        innovation.former_success,
        frame.parameters[0].clear_difference,
        frame.schedule.regime[month, j].advantage,
        innovation.compatibility[state.providers[i].setting],
    )


@submodel
def setup(frame, state, month, i, j, sites):
    """Return the set-up cost of innovation j for provider i and `sites` of its sites, in GBP."""
    whole = partnerships.shared_setup_cost(
        frame.innovations[j].setup_organisation,
        frame.parameters[0].shared_setup,
        state.traits[i].openness,
        partnerships.helped(frame, state, i, j),
    )
    cost = setup_cost(whole, frame.innovations[j].setup_site, sites)
    return cost * (1.0 - frame.schedule.regime[month, j].cost_cut)


@submodel
def worth(frame, state, month, i, j):
    """Return (6), raised by a mandate: V + s against th is the same as V against th - s."""
    p, innovations, providers, cell = (
        frame.parameters[0],
        frame.innovations,
        state.providers,
        state.providers[i].cell,
    )
    mandate = frame.schedule.pulled[month, cell, j].mandate
    if not frame.switches[0].value:
        return state.traits[i].threshold + mandate
    mean, deviation = learning.belief(frame, state, month, i, j)
    shown, users, seen = awareness.exposed(frame, state, i, j)
    norm = peers(p.norm_form, shown, users, seen, state.traits[i].norm_threshold)
    whole = setup(frame, state, month, i, j, providers[i].sites)
    cost = relative_cost(
        whole,
        whole * frame.schedule.pulled[month, cell, j].grant,
        state.traits[i].size_factor,
        state.traits[i].revenue,
    )
    against = hindrance(
        p.complexity_weight,
        innovations[j].complexity,
        partnerships.capability(frame, state, i, j),
        innovations[j].needs_connection,
        state.traits[i].connectivity,
        p.burden_weight,
        movements.burden(frame, state, month, i, j),
        p.uncertainty_weight,
        deviation,
        innovations[j].trialability,
    )
    return mandate + perceived_value(
        believed(frame, state, mean, month, i, j),
        p.peer_norm,
        norm,
        p.commissioning_weight,
        movements.stance(frame, state, month, i, j),
        p.demand_weight,
        movements.demand_for(frame, state, j),
        weighed_cost(p.cost_weight, cost, state.rows[i].slack),
        against,
    )
