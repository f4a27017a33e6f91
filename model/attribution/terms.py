"""Why a provider moved, or did not: the terms of the equation that decided, from the state before the month.

Nothing here decides. Every number is one that a decision of this folder makes (`decided`, `valued`), taken apart into
its terms; a test holds each sum against the decision's own number.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import kernel, submodel
from ..mechanisms import attention, awareness, choice, implementation, value
from ..mechanisms.attention import look_rate
from ..mechanisms.awareness import exposed
from ..mechanisms.choice import chance_to_pass
from ..mechanisms.hazards import clipped, probability
from ..mechanisms.implementation import drop_rate, reasons_to_drop, routine
from ..mechanisms.leadership import EXPLORE, IMPLEMENT, SUSTAIN, lead_or_reference
from ..mechanisms.learning import belief as beliefs
from ..mechanisms.movements import burden, stance
from ..mechanisms.movements import demand_for as asked
from ..mechanisms.partnerships import capability as capable
from ..mechanisms.value import believed, setup
from ..mechanisms.value import worth as valued
from ..randomness import draw
from ..state import AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from .events import (
    ASPIRATION,
    BASE,
    CHANCE,
    CLOSED,
    COST,
    DEMAND,
    EXPOSURE,
    GIVEN_UP,
    HEARD,
    INCENTIVES,
    INVENTED,
    LEADERSHIP,
    LEARNING,
    LUCK,
    NOT_PAID,
    NOT_WORTH,
    PARTNERS,
    PASSED,
    RECONSIDERED,
    REGULATION,
    ROUTINE,
    SKILL,
    SLACK,
    TOOK_UP,
    UNREST,
)


@submodel
def weighed(frame, state, month, i, j, terms):
    """Set the terms of value (6) less the threshold: their sum is V - th; what partners help is in cost and skill."""
    p, cell, innovation = frame.parameters[0], state.providers[i].cell, frame.innovations[j]
    terms[BASE] = -state.traits[i].threshold
    terms[INCENTIVES] = frame.schedule.pulled[month, cell, j].mandate
    if not frame.switches[0].value:
        terms[BASE] = 0.0
        return
    mean, deviation = beliefs(frame, state, month, i, j)
    shown, users, seen = exposed(frame, state, i, j)
    trait = state.traits[i]
    terms[LEARNING] = believed(frame, state, mean, month, i, j) - p.uncertainty_weight * deviation * (
        1.0 - innovation.trialability
    )
    terms[EXPOSURE] = p.peer_norm * value.peers(p.norm_form, shown, users, seen, trait.norm_threshold)
    terms[DEMAND] = p.commissioning_weight * stance(frame, state, month, i, j) + p.demand_weight * asked(
        frame, state, j
    )
    terms[COST] = -weighed_setup(frame, state, month, i, j, setup(frame, state, month, i, j, state.providers[i].sites))
    terms[SKILL] = -p.complexity_weight * (
        innovation.complexity * (1.0 - capable(frame, state, i, j))
        + innovation.needs_connection * (1.0 - trait.connectivity)
    )
    terms[REGULATION] = -p.burden_weight * burden(frame, state, month, i, j)
    alone = value.setup_cost(innovation.setup_organisation, innovation.setup_site, state.providers[i].sites)
    alone *= 1.0 - frame.schedule.regime[month, j].cost_cut
    own = state.capability[i, innovation.capability]
    terms[PARTNERS] = (
        terms[COST]
        + weighed_setup(frame, state, month, i, j, alone)
        + p.complexity_weight * innovation.complexity * (capable(frame, state, i, j) - own)
    )


@submodel
def weighed_setup(frame, state, month, i, j, whole):
    """Return how much a set-up cost of `whole` GBP weighs on provider i (6)."""
    grant = whole * frame.schedule.pulled[month, state.providers[i].cell, j].grant
    cost = value.relative_cost(whole, grant, state.traits[i].size_factor, state.traits[i].revenue)
    return value.weighed_cost(frame.parameters[0].cost_weight, cost, state.rows[i].slack)


@submodel
def looking(frame, state, month, i, terms):
    """Set the terms of the logarithm of (3), and return the hazard of looking, in 1/month."""
    p, settled = frame.parameters[0], frame.settled[0]
    if not frame.switches[0].search:
        return p.attention
    slack = state.rows[i].slack
    shortfall = state.rows[i].aspiration - attention.performance(state.rows[i].rating, slack)
    reference = settled.reference_explore
    leader = lead_or_reference(frame, state, month, i, EXPLORE, reference)
    terms[LEADERSHIP] = p.leadership_weight * (leader - reference)
    terms[SLACK] = p.slack_search * attention.bounded_slack(slack)
    terms[ASPIRATION] = math.log(1.0 + p.aspiration_search * max(0.0, shortfall))
    return look_rate(frame, state, i, leader)


@submodel
def chance_of_choice(frame, state, month, i, j):
    """Return the probability (7) that a provider that looks takes innovation j: against staying, and all it knows."""
    noise = frame.parameters[0].choice_noise
    mine = valued(frame, state, month, i, j)
    if noise == 0.0 or not frame.switches[0].choice:
        return 1.0
    others = math.exp(max(-700.0, min(700.0, (state.traits[i].threshold - mine) / noise)))
    for k in range(state.pairs.shape[1]):
        if k != j and state.pairs[i, k].stage == AWARE and state.sector[k].running:
            others += math.exp(max(-700.0, min(700.0, (valued(frame, state, month, i, k) - mine) / noise)))
    return 1.0 / (1.0 + others)


@submodel
def heard(frame, state, month, i, j, terms):
    """Set the terms of (2), in 1/month: their sum is the hazard; return it."""
    p, cell, innovation = frame.parameters[0], state.providers[i].cell, frame.innovations[j]
    pulled, supported = frame.schedule.pulled[month, cell, j], frame.schedule.supported[month, cell]
    terms[BASE] = innovation.base_awareness
    terms[INCENTIVES] = p.broker_awareness * supported.brokerage + pulled.campaign
    terms[DEMAND] = p.commissioner_awareness * stance(frame, state, month, i, j)
    terms[DEMAND] += p.movement_awareness * state.sector[j].movement
    shown = exposed(frame, state, i, j)[0]
    terms[EXPOSURE] = awareness.awareness_hazard(0.0, innovation.imitation, innovation.observability, shown)
    return terms[BASE] + terms[INCENTIVES] + terms[DEMAND] + terms[EXPOSURE]


@submodel
def routinised(frame, state, month, i, j, terms):
    """Set the terms of the logarithm of (8a): their sum is that of the hazard, in 1/month."""
    p, pair, innovation = frame.parameters[0], state.pairs[i, j], frame.innovations[j]
    terms[BASE] = math.log(p.implementation_rate)
    if frame.switches[0].implementation:
        reference = frame.settled[0].reference_implement
        leader = lead_or_reference(frame, state, month, i, IMPLEMENT, reference)
        terms[LEADERSHIP] = clipped(p.leadership_weight * (leader - reference))
        terms[SKILL] = p.skill_exponent * math.log(pair.skill / 0.5)
        terms[LEARNING] = math.log(1.0 - innovation.complexity * (1.0 - pair.fit))
        terms[REGULATION] = -math.log(1.0 + p.burden_delay * burden(frame, state, month, i, j))


@submodel
def dropped(frame, state, month, i, j, terms):
    """Set the terms of the logarithm of (8b) or (8c): their sum is that of the hazard, in 1/month."""
    p, pair, row, innovation = frame.parameters[0], state.pairs[i, j], state.rows[i], frame.innovations[j]
    base = innovation.base_drop * (p.implementation_drop if pair.stage == IMPLEMENTING else 1.0)
    if base <= 0.0:
        return
    terms[BASE] = math.log(base)
    if frame.switches[0].abandonment:
        pulled = frame.schedule.pulled[month, state.providers[i].cell, j]
        slack = attention.bounded_slack(row.slack)
        yearly = value.running_burden(
            innovation.running_cost, innovation.saving, pair.sites_in_use, state.traits[i].revenue
        )
        running = p.cost_weight * min(2.0, yearly) / 2.0
        gain = believed(frame, state, beliefs(frame, state, month, i, j)[0], month, i, j)
        whole = implementation.regret(p.value_sensitivity, gain, running, state.traits[i].value_to_keep)
        terms[COST] = p.value_sensitivity * running
        # the exponent is held within limits as a whole: what is held back counts with the larger part
        terms[LEARNING] = whole - terms[COST]
        unrest = row.unrest if row.unrest_left > 0.0 else 0.0
        terms[BASE] += math.log(1.0 - innovation.lock_in)
        terms[UNREST] = math.log(1.0 + p.departure_shock * unrest)
        terms[SLACK] = math.log(1.0 + p.strain * max(0.0, -slack))
        terms[INCENTIVES] = math.log(1.0 + p.grant_cliff * pulled.grant_ended * pair.granted)
        terms[INCENTIVES] += math.log(1.0 + p.mandate_resentment * pulled.mandate)
        if pair.stage == SUSTAINED:
            reference = frame.settled[0].reference_sustain
            leader = lead_or_reference(frame, state, month, i, SUSTAIN, reference)
            terms[LEADERSHIP] = clipped(-p.leadership_weight * (leader - reference))


@submodel
def drop_chances(frame, state, month, i, j):
    """Return the hazards of routine use and of dropping, as the decision has them (8), in 1/month."""
    p, base = frame.parameters[0], frame.innovations[j].base_drop
    factor, exponent = reasons_to_drop(frame, state, month, i, j)
    if state.pairs[i, j].stage == IMPLEMENTING:
        return routine(frame, state, month, i, j), implementation.drop_hazard(
            p.implementation_drop * base, factor, exponent
        )
    return 0.0, drop_rate(frame, state, month, i, factor, exponent, base)


@submodel
def explained(frame, state, month, i, j, after, terms):
    """Set the terms of the move of provider i to the stage `after`, from the state before it; return its cause."""
    p, settled, who = frame.parameters[0], frame.settled[0], state.providers[i].id
    ceiling, step, many = p.hazard_ceiling, settled.step, state.pairs.shape[1]
    stage = state.pairs[i, j].stage
    if stage == UNAWARE:
        if not state.sector[j].born:
            return INVENTED
        terms[CHANCE] = probability(heard(frame, state, month, i, j, terms), ceiling, step)
        terms[LUCK] = draw(state.starts[rnd.AWARE, j], who)
        return HEARD
    if stage == AWARE:
        weighed(frame, state, month, i, j, terms)
        terms[CHANCE] = probability(looking(frame, state, month, i, terms), ceiling, step)
        terms[CHANCE] *= chance_of_choice(frame, state, month, i, j)
        terms[LUCK] = draw(state.starts[rnd.LOOK, many], who)
        return TOOK_UP
    if stage == EXPLORING:
        weighed(frame, state, month, i, j, terms)
        rate = choice.pilot_hazard(p.pilot_rate, frame.innovations[j].trialability)
        ends = probability(rate, ceiling, step)
        terms[LUCK] = draw(state.starts[rnd.PILOT, j], who) / ends
        share = chance_to_pass(frame, state, month, i, j)
        if after == IMPLEMENTING:
            terms[CHANCE] = ends * share
            return PASSED
        terms[CHANCE] = ends * (1.0 - share)
        return NOT_WORTH if share > 0.0 else NOT_PAID
    if stage == IMPLEMENTING or stage == SUSTAINED:
        if after == SUSTAINED:
            routinised(frame, state, month, i, j, terms)
        else:
            dropped(frame, state, month, i, j, terms)
        forward, away = drop_chances(frame, state, month, i, j)
        terms[CHANCE] = probability(forward + away, ceiling, step) * (forward if after == SUSTAINED else away)
        terms[CHANCE] /= forward + away
        terms[LUCK] = draw(state.starts[rnd.IMPLEMENT if stage == IMPLEMENTING else rnd.SUSTAIN, j], who)
        return ROUTINE if after == SUSTAINED else GIVEN_UP
    terms[BASE] = p.reconsider
    terms[CHANCE] = probability(p.reconsider, ceiling, step)
    terms[LUCK] = draw(state.starts[rnd.RECONSIDER, j], who)
    return RECONSIDERED


@kernel
def note_changes(frame, before, after, month, log):
    """Write every change of stage between two states into `log`, and return how many there are.

    Who closed in the month did nothing else.
    """
    noted = 0
    for i in range(before.pairs.shape[0]):
        for j in range(before.pairs.shape[1]):
            stage, now = before.pairs[i, j].stage, after.pairs[i, j].stage
            if stage == now:
                continue
            event = log[noted]
            noted += 1
            event.month, event.provider, event.innovation = month + 1, before.providers[i].id, j
            event.stage_from, event.stage_to = stage, now
            for term in range(event.terms.shape[0]):
                event.terms[term] = 0.0
            if after.providers[i].id != before.providers[i].id:
                event.cause = CLOSED
            else:
                event.cause = explained(frame, before, month, i, j, now, event.terms)
    return noted
