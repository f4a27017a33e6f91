"""Equation (16): movements, and what they do to demand, commissioners and regulation.

Basis: None: no estimate exists of any of these effects, so all are 0 by default and scenarios with a movement also
show the zero case.

Assumptions: A movement grows with ties between users. Self-funders choose by change of rating and by visible
innovation against the start, so that shares begin as the evidence has them; prices do not move them.
"""

from __future__ import annotations

import math

from ..jit import submodel
from ..state import BURDEN, DENSITY, MOVEMENT, PULL_WHOLE, WHOLE
from . import hazards


@submodel
def movement_after(movement, growth, density, building, decay, step):
    """Return (16a): M + chi dens (1 - M) + building (1 - M) - delta_M M over a step, in [0, 1]."""
    moved = movement + ((growth * density + building) * (1.0 - movement) - decay * movement) * step
    return max(0.0, min(1.0, moved))


@submodel
def demand(effect, movement):
    """Return (16b): D = e_D M, in value."""
    return effect * movement


@submodel
def appeal(rating_pull, rating, rating_at_start, innovation_pull, asked_for):
    """Return exp{beta_Q (rating - rating at the start) + beta_I sum_j D_j m/n}: what draws self-funders, 1 at first.

    The provider's share of its market is its self-funders at the start times this, over the market's sum.
    """
    drawn = rating_pull * (rating - rating_at_start) + innovation_pull * asked_for
    return 1.0 if drawn == 0.0 else math.exp(hazards.clipped(drawn))


@submodel
def stance_after(stance, effect, movement, usual, back, step):
    """Return (16c): G + e_G M (1 - G) + .02 (usual - G) over a step, in [0, 1]; policy adds to it where it acts."""
    moved = stance + (effect * movement * (1.0 - stance) + back * (usual - stance)) * step
    return max(0.0, min(1.0, moved))


@submodel
def burden_after(burden, effect, movement, least, usual, back, step):
    """Return (16d): B - e_B M (B - B_min)+ + rev (usual - B) over a step, in [0, 1]; reform lowers the usual."""
    moved = burden + (back * (usual - burden) - effect * movement * max(0.0, burden - least)) * step
    return max(0.0, min(1.0, moved))


@submodel
def stance(frame, state, month, i, j):
    """Return G_rj of provider i's authority, with the commissioners' requirement, in [0, 1]."""
    cell, authority = state.providers[i].cell, state.providers[i].authority
    required = frame.schedule.pulled[month, cell, j].commissioner_requirement
    own = state.stance[authority, j] if frame.switches[0].commissioning else state.usual_stance[authority]
    return max(0.0, min(1.0, own * frame.schedule.around[month, cell].stance + required))


@submodel
def demand_for(frame, state, j):
    """Return D_j: how much people ask for innovation j."""
    return demand(frame.parameters[0].demand_effect, state.sector[j].movement) if frame.switches[0].demand else 0.0


@submodel
def burden(frame, state, month, i, j):
    """Return B_j as provider i meets it, less what a sandbox lifts."""
    regime = frame.schedule.regime[month, j]
    own = state.sector[j].burden if frame.switches[0].deregulation else regime.burden
    lifted = frame.schedule.pulled[month, state.providers[i].cell, j].sandbox
    return own * (1.0 - regime.burden_cut) * (1.0 - lifted)


@submodel
def demand_met(frame, state, i):
    """Return sum_j D_j m/n: how much of what people ask for provider i offered last month."""
    total = 0
    if frame.switches[0].demand and frame.parameters[0].demand_effect > 0.0:
        for j in range(state.shares.shape[1]):
            asked = demand(frame.parameters[0].demand_effect, state.sector[j].movement)
            # whole parts, so that the order of innovations changes nothing
            total += int(math.floor(asked * int(state.shares[i, j]) + 0.5))
    return total / WHOLE


@submodel
def draw_self_funders(frame, state):
    """Set how each market's self-funders were drawn to its providers last month."""
    p = frame.parameters[0]
    for area in range(state.market.shape[0]):
        for setting in range(state.market.shape[1]):
            state.market[area, setting].now = 0
    for i in range(state.rows.shape[0]):
        drawn = appeal(
            p.rating_pull,
            state.rows[i].rating,
            frame.founders[i].rating,
            p.innovation_pull,
            demand_met(frame, state, i),
        )
        state.shown[i].appeal = int(math.floor(drawn * PULL_WHOLE + 0.5))
        weight = int(state.providers[i].weight) * int(frame.founders[i].self_funders)
        state.market[state.providers[i].area, state.providers[i].setting].now += weight * int(state.shown[i].appeal)


@submodel
def occupancy(frame, state, i):
    """Return provider i's self-funders over those at the start: its share of a market that keeps its size."""
    area, setting = state.providers[i].area, state.providers[i].setting
    now = int(state.market[area, setting].now)
    if not frame.switches[0].market or now == 0:
        return 1.0
    return int(state.shown[i].appeal) / PULL_WHOLE * (int(state.market[area, setting].start) / now)


@submodel
def density(frame, state, j):
    """Return the share of ties that join two users of innovation j, by weight."""
    network, ends, joined = state.network, 0, 0
    for i in range(state.pairs.shape[0]):
        weight, first, ties = int(state.providers[i].weight), network.first[i], int(network.ties[i])
        ends += weight * ties
        if state.pairs[i, j].sites_in_use > 0:
            users = 0
            for slot in range(ties):
                users += state.pairs[network.partners[first + slot], j].sites_in_use > 0
            joined += weight * users
    return joined / ends if ends > 0 else 0.0


@submodel
def institute(frame, state, record, month):
    """Move movements, commissioners' stances and burdens at the end of a month, from where the next one reads them."""
    p, switches, step = frame.parameters[0], frame.switches[0], frame.settled[0].step
    for j in range(state.sector.shape[0]):
        regime, row = frame.schedule.regime[month, j], record.sector[month + 1, j]
        before = state.sector[j].movement
        if state.sector[j].running:
            if switches.movement:
                dense = density(frame, state, j) if p.movement_growth > 0.0 else 0.0
                row[DENSITY] = dense
                state.sector[j].movement = movement_after(
                    before, p.movement_growth, dense, regime.building, p.movement_decay, step
                )
            if switches.commissioning:
                for authority in range(state.stance.shape[0]):
                    state.stance[authority, j] = stance_after(
                        state.stance[authority, j],
                        p.stance_effect,
                        before,
                        state.usual_stance[authority],
                        p.stance_return,
                        step,
                    )
            if switches.deregulation:
                state.sector[j].burden = burden_after(
                    state.sector[j].burden,
                    p.burden_effect,
                    before,
                    p.burden_least,
                    regime.burden,
                    p.burden_return,
                    step,
                )
        row[MOVEMENT] = state.sector[j].movement
        row[BURDEN] = (state.sector[j].burden if switches.deregulation else regime.burden) * (1.0 - regime.burden_cut)
