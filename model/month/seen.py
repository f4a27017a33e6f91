"""What is seen at the beginning of a month: luck's names, use by others, performance and markets."""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..submodels import attention, awareness, institutions
from ..submodels.awareness import WHOLE

PULL_WHOLE = 1 << 16
"""A pull on self-funders of 1, in whole parts."""


@submodel
def name_draws(world, state, month):
    """Set where the draws of every decision of this month begin."""
    seed, many = world.settled[0].seed, world.innovations.shape[0]
    for decision in range(rnd.DECISIONS):
        for j in range(many):
            state.starts[decision, j] = rnd.stream(seed, decision, month, world.innovations[j].key)
        state.starts[decision, many] = rnd.stream(seed, decision, month, 0)


@submodel
def bound_awareness(world, state, month):
    """Set, for every policy cell and innovation, a bound of (2) times the step: nobody's chance to hear exceeds it."""
    p, schedule = world.parameters[0], world.schedule
    layers = p.partner_layer + p.area_layer + p.setting_layer
    for cell in range(state.most_aware.shape[0]):
        for j in range(world.innovations.shape[0]):
            outside = awareness.outside_hazard(
                world.innovations[j].base_awareness,
                p.broker_awareness,
                schedule.supported[month, cell].brokerage,
                p.commissioner_awareness,
                1.0,
                schedule.pulled[month, cell, j].campaign,
                p.movement_awareness,
                state.sector[j].movement,
            )
            hazard = awareness.awareness_hazard(
                outside, world.innovations[j].imitation, world.innovations[j].observability, layers
            )
            # a sum of shares can exceed its bound by a rounding
            state.most_aware[cell, j] = hazard * world.settled[0].step * (1.0 + 1e-12)


@submodel
def open_month(world, state, month):
    """Set which innovations run this month: those that exist and are not held."""
    for j in range(state.sector.shape[0]):
        state.sector[j].running = state.sector[j].born if not world.schedule.regime[month, j].held else 0


@submodel
def look_around(world, state):
    """Set the shares of use that everyone sees this month, and their weighted sums by area and setting."""
    state.shares[:] = 0
    state.area_use[:] = 0
    state.setting_use[:] = 0
    for i in range(world.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            if state.pairs[i, j].sites_in_use > 0:
                see(world, state, i, j)


@submodel
def see(world, state, i, j):
    """Set what everyone sees of provider i and innovation j to what is in use now."""
    provider = world.providers[i]
    parts = awareness.share_parts(int(state.pairs[i, j].sites_in_use), int(provider.sites))
    weighed = int(provider.weight) * (parts - int(state.shares[i, j]))
    state.shares[i, j] = parts
    state.area_use[provider.area, j] += weighed
    state.setting_use[provider.setting, j] += weighed


@submodel
def exposed(world, state, i, j):
    """Return (2a) for provider i and innovation j, how many partners use it, and whether there is anybody to see."""
    parameters, providers, network = world.parameters[0], world.providers, state.network
    if not world.switches[0].exposure:
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
    shown = awareness.exposure(
        awareness.layer_mean(total, ties),
        awareness.layer_mean(int(state.area_use[area, j]) - own, neighbours),
        awareness.layer_mean(int(state.setting_use[setting, j]) - own, peers),
        parameters.partner_layer,
        parameters.area_layer,
        parameters.setting_layer,
    )
    return shown, users, seen


@submodel
def look_at_each(world, state):
    """Set how everyone performed last month, and how each market's self-funders were drawn to its providers."""
    p, switches = world.parameters[0], world.switches[0]
    if switches.ambition:
        for i in range(state.rows.shape[0]):
            own = attention.performance(state.rows[i].rating, state.rows[i].slack)
            state.shown[i].performance = int(math.floor(own * WHOLE + 0.5))
    if not switches.market:
        return
    for area in range(state.market.shape[0]):
        for setting in range(state.market.shape[1]):
            state.market[area, setting].now = 0
    for i in range(state.rows.shape[0]):
        drawn = institutions.appeal(
            p.rating_pull,
            state.rows[i].rating,
            world.founders[i].rating,
            p.innovation_pull,
            asked_of(world, state, i),
        )
        state.shown[i].appeal = int(math.floor(drawn * PULL_WHOLE + 0.5))
        weight = int(world.providers[i].weight) * int(world.founders[i].self_funders)
        state.market[world.providers[i].area, world.providers[i].setting].now += weight * int(state.shown[i].appeal)


@submodel
def asked_of(world, state, i):
    """Return sum_j D_j m/n: how much of what people ask for provider i offered last month."""
    total = 0
    if world.switches[0].demand and world.parameters[0].demand_effect > 0.0:
        for j in range(state.shares.shape[1]):
            asked = institutions.demand(world.parameters[0].demand_effect, state.sector[j].movement)
            # whole parts, so that the order of innovations changes nothing
            total += int(math.floor(asked * int(state.shares[i, j]) + 0.5))
    return total / WHOLE


@submodel
def occupancy(world, state, i):
    """Return provider i's self-funders over those at the start: its share of a market that keeps its size."""
    area, setting = world.providers[i].area, world.providers[i].setting
    now = int(state.market[area, setting].now)
    if not world.switches[0].market or now == 0:
        return 1.0
    return int(state.shown[i].appeal) / PULL_WHOLE * (int(state.market[area, setting].start) / now)


@submodel
def side_of(world, month):
    """Return which side of `found` the results of this month stand on; the other holds last month's."""
    return int(math.floor(month * world.settled[0].step + 1e-9)) % 2


@submodel
def listen(world, state, month, i):
    """Set what partners of provider i found last month, by innovation; return their mean performance, or its own."""
    network, many = state.network, state.pairs.shape[1]
    last = 1 - side_of(world, month)
    for j in range(many):
        state.heard[j, 0] = 0
        state.heard[j, 1] = 0
    first, ties = network.first[i], int(network.ties[i])
    performed = 0
    for slot in range(ties):
        partner = network.partners[first + slot]
        performed += int(state.shown[partner].performance)
        for j in range(many):
            state.heard[j, 0] += state.found[last, partner, j, 0]
            state.heard[j, 1] += state.found[last, partner, j, 1]
    return performed / (ties * WHOLE) if ties > 0 else int(state.shown[i].performance) / WHOLE
