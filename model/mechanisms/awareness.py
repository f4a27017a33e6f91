"""Equation (2): what a provider sees of an innovation, and how it comes to hear of it.

Basis: External and internal influence (Bass 1969; Rogers 2003 on observability); proximity shapes advice networks
in long-term care.

Assumptions: Providers see last month's use by partners, by their area and by their setting, each as a mean share of
sites; whom nobody surrounds sees nothing. Hearing is not believing: awareness opens choice (7), no more.
"""

from __future__ import annotations

from ..jit import submodel
from ..state import WHOLE
from . import hazards, movements


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


@submodel
def hears(frame, state, month, i, j, number):
    """Return whether provider i hears of innovation j this month (2)."""
    p, cell, step = frame.parameters[0], state.providers[i].cell, frame.settled[0].step
    if number >= state.most_aware[cell, j]:
        return False
    observability = frame.innovations[j].observability
    outside = outside_hazard(
        frame.innovations[j].base_awareness,
        p.broker_awareness,
        frame.schedule.supported[month, cell].brokerage,
        p.commissioner_awareness,
        movements.stance(frame, state, month, i, j),
        frame.schedule.pulled[month, cell, j].campaign,
        p.movement_awareness,
        state.sector[j].movement,
    )
    shown = exposed(frame, state, i, j)[0]
    hazard = awareness_hazard(outside, frame.innovations[j].imitation, observability, shown)
    return hazards.happens(number, hazard, p.hazard_ceiling, step)


@submodel
def bound_awareness(frame, state, month):
    """Set, for every policy cell and innovation, a bound of (2) times the step: nobody's chance to hear exceeds it."""
    p, schedule = frame.parameters[0], frame.schedule
    layers = p.partner_layer + p.area_layer + p.setting_layer
    for cell in range(state.most_aware.shape[0]):
        for j in range(frame.innovations.shape[0]):
            outside = outside_hazard(
                frame.innovations[j].base_awareness,
                p.broker_awareness,
                schedule.supported[month, cell].brokerage,
                p.commissioner_awareness,
                1.0,
                schedule.pulled[month, cell, j].campaign,
                p.movement_awareness,
                state.sector[j].movement,
            )
            hazard = awareness_hazard(
                outside, frame.innovations[j].imitation, frame.innovations[j].observability, layers
            )
            # a sum of shares can exceed its bound by a rounding
            state.most_aware[cell, j] = hazard * frame.settled[0].step * (1.0 + 1e-12)


@submodel
def exposed(frame, state, i, j):
    """Return (2a) for provider i and innovation j, how many partners use it, and whether there is anybody to see."""
    parameters, providers, network = frame.parameters[0], state.providers, state.network
    if not frame.switches[0].exposure:
        return 0.0, 0, False
    total, users = 0, 0
    first, ties = network.first[i], int(network.ties[i])
    for slot in range(ties):
        parts = int(state.shares[network.partners[first + slot], j])
        total += parts
        users += parts > 0 and parameters.partner_layer > 0.0
    area, setting, weight = providers[i].area, providers[i].setting, int(providers[i].weight)
    own = weight * int(state.shares[i, j])
    neighbours = int(state.area_weight[area]) - weight
    peers = int(state.setting_weight[setting]) - weight
    seen = (
        (parameters.partner_layer > 0.0 and ties > 0)
        or (parameters.area_layer > 0.0 and neighbours > 0)
        or (parameters.setting_layer > 0.0 and peers > 0)
    )
    shown = exposure(
        layer_mean(total, ties),
        layer_mean(int(state.area_use[area, j]) - own, neighbours),
        layer_mean(int(state.setting_use[setting, j]) - own, peers),
        parameters.partner_layer,
        parameters.area_layer,
        parameters.setting_layer,
    )
    return shown, users, seen


@submodel
def look_around(frame, state):
    """Set the shares of use that everyone sees this month, and their weighted sums by area and setting."""
    state.shares[:] = 0
    state.area_use[:] = 0
    state.setting_use[:] = 0
    for i in range(state.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            if state.pairs[i, j].sites_in_use > 0:
                see(frame, state, i, j)


@submodel
def see(frame, state, i, j):
    """Set what everyone sees of provider i and innovation j to what is in use now."""
    provider = state.providers[i]
    parts = share_parts(int(state.pairs[i, j].sites_in_use), int(provider.sites))
    weighed = int(provider.weight) * (parts - int(state.shares[i, j]))
    state.shares[i, j] = parts
    state.area_use[provider.area, j] += weighed
    state.setting_use[provider.setting, j] += weighed
