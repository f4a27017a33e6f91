"""Why a provider moved: the terms of the equation that decided, from the state before the month.

Nothing here decides, and no equation stands here: every term is one of which a decision of `mechanisms/` is made, under
the name that the event log has for it.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import kernel, submodel
from ..mechanisms import attention, awareness, choice, implementation, partnerships, value
from ..mechanisms.hazards import probability
from ..randomness import draw
from ..state import AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from .events import (
    ASPIRATION,
    BASE,
    CHANCE,
    CLOSED,
    COST,
    CULTURE,
    DEMAND,
    DRAW,
    EXPOSURE,
    GIVEN_UP,
    HEARD,
    INCENTIVES,
    INVENTED,
    LAPSED,
    LEADERSHIP,
    LEARNING,
    NOT_PAID,
    NOT_WORTH,
    OBEYED,
    OFFER,
    OPENED,
    PARTNERS,
    PASSED,
    PLANNED_ANEW,
    RECONSIDERED,
    REGULATION,
    ROUTINE,
    SKILL,
    SLACK,
    TOOK_UP,
    UNREST,
    UPKEEP,
)


@submodel
def set_value(frame, state, month, i, j, piloted, terms):
    """Set the terms of value (6) less the threshold: their sum is V - th; what partners help is in cost and skill."""
    of = value.terms_of(frame, state, month, i, j, piloted)
    terms[INCENTIVES] = of.mandate
    if not frame.switches[0].value:
        return
    terms[BASE] = -state.traits[i].adoption_threshold
    terms[LEARNING] = of.gain - of.uncertainty
    terms[EXPOSURE] = of.peers
    terms[DEMAND] = of.commissioners + of.people
    terms[COST] = -of.cost
    terms[SKILL] = -(of.complexity + of.connection)
    terms[REGULATION] = -of.burden
    alone = value.setup(frame, state, month, i, j, state.providers[i].sites, False)
    own = state.capability[i, frame.innovations[j].capability]
    lent = partnerships.capability(frame, state, i, j) - own
    terms[PARTNERS] = value.cost_term(frame, state, month, i, j, alone) - of.cost
    terms[PARTNERS] += frame.parameters[0].complexity_weight * frame.innovations[j].complexity * lent


@submodel
def set_look(frame, state, month, i, j, terms):
    """Set the terms of the logarithm of (3) at innovation j beside that of h_Lj, each where its mechanism acts."""
    terms[OFFER] = math.log(attention.attention_to(frame, state, month, i, j) / frame.innovations[j].attention)
    if frame.switches[0].search:
        of = attention.terms_now(frame, state, month, i)
        terms[LEADERSHIP], terms[CULTURE], terms[SLACK] = of.leadership, of.culture, of.slack
        terms[ASPIRATION], terms[UPKEEP] = math.log(1.0 + of.aspiration), math.log(max(1e-300, 1.0 - of.upkeep))


@submodel
def set_awareness(frame, state, month, i, j, terms):
    """Set the terms of (2), in 1/month: their sum is the hazard; return it."""
    of = awareness.terms_of(frame, state, month, i, j)
    terms[BASE], terms[EXPOSURE] = of.base, of.exposure
    terms[INCENTIVES], terms[DEMAND] = of.brokers + of.campaign + of.enforcement, of.commissioners + of.movement
    return awareness.awareness_hazard(of)


@submodel
def set_routine(frame, state, month, i, j, terms):
    """Set the terms of the logarithm of (8a): their sum is that of the hazard, in 1/month."""
    of = implementation.routine_terms_of(frame, state, month, i, j, attention.has_room(frame, state, i))
    terms[BASE] = math.log(frame.innovations[j].implementation_rate)
    terms[LEADERSHIP], terms[SKILL] = math.log(of.leadership), math.log(of.skill)
    terms[CULTURE], terms[INCENTIVES] = math.log(of.culture), math.log(of.facilitation)
    terms[LEARNING], terms[REGULATION] = math.log(of.fit), -math.log(of.burden)


@submodel
def set_abandonment(frame, state, month, i, j, base, terms):
    """Set the terms of the logarithm of (8b), (8c) or (8d), whose base is given: their sum is that of the hazard."""
    p, stage = frame.parameters[0], state.pairs[i, j].stage
    if base <= 0.0:
        return
    of = implementation.abandon_terms_of(frame, state, month, i, j)
    terms[BASE] = math.log(base) + math.log(of.lock_in)
    terms[UNREST], terms[SLACK] = math.log(of.unrest), math.log(of.strain)
    terms[INCENTIVES] = math.log(of.grant_ended) + math.log(of.resentment) + math.log(of.duty)
    terms[UPKEEP] = math.log(of.neglect)
    terms[COST] = p.value_sensitivity * of.running_cost
    # the exponent is held within limits as a whole: what slows it counts with the larger part
    terms[LEARNING] = implementation.regret(p.value_sensitivity, of) - terms[COST]
    if stage == SUSTAINED:
        terms[LEADERSHIP] = implementation.leadership_term_of(frame, state, month, i)


@submodel
def explained(frame, state, month, i, j, after, terms):
    """Set the terms of the move of provider i to the stage `after`, from the state before it; return its cause."""
    p, settled, who = frame.parameters[0], frame.settled[0], state.providers[i].id
    ceiling, step, none = p.hazard_ceiling, settled.step, state.pairs.shape[1]
    stage = state.pairs[i, j].stage
    if stage == UNAWARE:
        if not state.sector[j].born:
            return INVENTED
        terms[CHANCE] = probability(set_awareness(frame, state, month, i, j, terms), ceiling, step)
        terms[DRAW] = draw(state.starts[rnd.AWARE, j], who)
        return HEARD
    if stage == AWARE and after == IMPLEMENTING:
        set_value(frame, state, month, i, j, False, terms)
        enforced = frame.schedule.pulled[month, state.providers[i].cell, j].pressed
        terms[CHANCE] = probability(choice.obeying_hazard(p.enforcement_looking, enforced), ceiling, step)
        terms[DRAW] = draw(state.starts[rnd.OBEY, j], who) / terms[CHANCE]
        terms[CHANCE] *= choice.chance_to_obey(frame, state, month, i, j)
        return OBEYED
    if stage == AWARE:
        set_value(frame, state, month, i, j, False, terms)
        set_look(frame, state, month, i, j, terms)
        terms[CHANCE] = attention.chance_to_look(frame, state, month, i, j)
        terms[CHANCE] *= choice.probability_of(frame, state, month, i, j)
        terms[DRAW] = draw(state.starts[rnd.LOOK, none], who)
        return TOOK_UP
    if stage == EXPLORING:
        set_value(frame, state, month, i, j, True, terms)
        ends = probability(choice.pilot_rate(frame, state, month, i, j), ceiling, step)
        terms[DRAW] = draw(state.starts[rnd.PILOT, j], who) / ends
        share = choice.chance_to_pass(frame, state, month, i, j)
        if after == IMPLEMENTING:
            terms[CHANCE] = ends * share
            return PASSED
        terms[CHANCE] = ends * (1.0 - share)
        if after == AWARE and (share > 0.0 or choice.payable(frame, state, month, i, j)):
            return PLANNED_ANEW
        return NOT_PAID if after == AWARE or share == 0.0 else NOT_WORTH
    if stage == IMPLEMENTING or stage == SUSTAINED:
        forward, away = 0.0, implementation.abandon_rate(frame, state, month, i, j)
        if stage == IMPLEMENTING:
            forward = implementation.routine(frame, state, month, i, j, attention.has_room(frame, state, i))
        if after == SUSTAINED:
            set_routine(frame, state, month, i, j, terms)
        elif stage == SUSTAINED and after == AWARE:
            set_abandonment(frame, state, month, i, j, frame.innovations[j].lapse, terms)
            terms[CHANCE] = implementation.lapse_chance(frame, state, month, i, j)
            terms[DRAW] = draw(state.starts[rnd.RENEW, j], who)
            return LAPSED
        else:
            base = frame.innovations[j].base_abandonment
            base *= p.implementation_abandonment if stage == IMPLEMENTING else 1.0
            set_abandonment(frame, state, month, i, j, base, terms)
        terms[CHANCE] = probability(forward + away, ceiling, step) * (forward if after == SUSTAINED else away)
        terms[CHANCE] /= forward + away
        terms[DRAW] = draw(state.starts[rnd.IMPLEMENT if stage == IMPLEMENTING else rnd.SUSTAIN, j], who)
        return ROUTINE if after == SUSTAINED else GIVEN_UP
    terms[BASE] = p.reconsider
    terms[CHANCE] = probability(p.reconsider, ceiling, step)
    terms[DRAW] = draw(state.starts[rnd.RECONSIDER, j], who)
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
            if before.providers[i].weight == 0:
                event.cause = OPENED
            elif after.providers[i].id != before.providers[i].id:
                event.cause = CLOSED
            else:
                event.cause = explained(frame, before, month, i, j, now, event.terms)
    return noted
