"""Equation (2): what a provider sees of an innovation, and how it comes to hear of it.

Basis: External and internal influence (Bass 1969; Rogers 2003 on observability); proximity shapes advice networks
in long-term care.

Assumptions: Providers see last month's use by partners, by their area and by their setting, each as a mean share of
sites; whom nobody surrounds sees nothing. Hearing is not believing: awareness opens choice (7), no more.
"""

from __future__ import annotations

from typing import NamedTuple

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


class AwarenessTerms(NamedTuple):
    """The terms of (2), in 1/month: the hazard is their sum."""

    base: float
    """p_0"""
    brokers: float
    """p_b broker"""
    commissioners: float
    """p_c G"""
    campaign: float
    movement: float
    """p_m M"""
    enforcement: float
    """h_E' E"""
    exposure: float
    """q O_j x_ij"""


@submodel
def awareness_hazard(terms):
    """Return (2): h_UA = p_j(t) + q O_j x_ij with (2b): p_j(t) = p_0 + p_b broker + p_c G + campaign + p_m M
    + h_E' E.
    """
    outside = terms.base + (terms.brokers + terms.commissioners) + terms.campaign + terms.movement + terms.enforcement
    return outside + terms.exposure


@submodel
def awareness_terms(frame, state, month, cell, j, stance, shown):
    """Return the terms of (2) for providers of a policy cell whose authority has this stance, who see so much use."""
    p, innovation, pulled = frame.parameters[0], frame.innovations[j], frame.schedule.pulled[month, cell, j]
    return AwarenessTerms(
        innovation.base_awareness,
        p.broker_awareness * frame.schedule.supported[month, cell].brokerage,
        p.commissioner_awareness * stance,
        pulled.campaign,
        p.movement_awareness * state.sector[j].movement,
        p.enforcement_looking * pulled.pressed,
        innovation.imitation * innovation.observability * shown,
    )


@submodel
def terms_of(frame, state, month, i, j):
    """Return the terms of (2) for provider i and innovation j."""
    stance, shown = movements.stance(frame, state, month, i, j), exposed(frame, state, i, j)[0]
    return awareness_terms(frame, state, month, state.providers[i].cell, j, stance, shown)


@submodel
def hears(frame, state, month, i, j, number):
    """Return whether provider i hears of innovation j this month (2)."""
    if number >= state.most_aware[state.providers[i].cell, j]:
        return False
    hazard = awareness_hazard(terms_of(frame, state, month, i, j))
    return hazards.happens(number, hazard, frame.parameters[0].hazard_ceiling, frame.settled[0].step)


@submodel
def bound_awareness(frame, state, month):
    """Set, for every policy cell and innovation, a bound of (2) times the step: nobody's chance to hear exceeds it."""
    p = frame.parameters[0]
    layers = p.partner_layer + p.area_layer + p.setting_layer
    for cell in range(state.most_aware.shape[0]):
        for j in range(frame.innovations.shape[0]):
            hazard = awareness_hazard(awareness_terms(frame, state, month, cell, j, 1.0, layers))
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
