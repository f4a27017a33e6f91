"""What a provider decides in a month: equations (2), (3), (7) and (8)."""

from __future__ import annotations

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..submodels import attention, awareness, choice, journey, scaling, value
from ..submodels.hazards import happens, probability
from ..submodels.journey import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from .seen import exposed
from .valued import (
    EXPLORE,
    IMPLEMENT,
    SUSTAIN,
    beliefs,
    believed,
    best_lead,
    burden,
    lead,
    lead_or_reference,
    setup,
    stance,
    valued,
)


@submodel
def hears(world, state, month, i, j, luck):
    """Return whether provider i hears of innovation j this month (2)."""
    p, cell, step = world.parameters[0], world.providers[i].cell, world.settled[0].step
    if luck >= state.most_aware[cell, j]:
        return False
    observability = world.innovations[j].observability
    outside = awareness.outside_hazard(
        world.innovations[j].base_awareness,
        p.broker_awareness,
        world.schedule.supported[month, cell].brokerage,
        p.commissioner_awareness,
        stance(world, state, month, i, j),
        world.schedule.pulled[month, cell, j].campaign,
        p.movement_awareness,
        state.sector[j].movement,
    )
    shown = exposed(world, state, i, j)[0]
    hazard = awareness.awareness_hazard(outside, world.innovations[j].imitation, observability, shown)
    return happens(luck, hazard, p.hazard_ceiling, step)


@submodel
def look_rate(world, state, i, leader):
    """Return (3) for provider i led as `leader` says, in 1/month."""
    p, row = world.parameters[0], state.rows[i]
    return attention.look_hazard(
        p.attention,
        p.leadership_weight,
        leader,
        world.settled[0].reference_explore,
        p.slack_search,
        row.slack,
        p.aspiration_search,
        row.aspiration - attention.performance(row.rating, row.slack),
    )


@submodel
def looks(world, state, month, i, luck):
    """Return whether provider i looks for something new this month (3)."""
    p, settled = world.parameters[0], world.settled[0]
    if not world.switches[0].search:
        return happens(luck, p.attention, p.hazard_ceiling, settled.step)
    if luck >= settled.most_looks * settled.step:
        return False
    leader = settled.reference_explore
    if world.switches[0].leadership:
        if luck >= settled.step * look_rate(world, state, i, best_lead(world, state, month, i)):
            return False
        leader = lead(world, state, month, i, EXPLORE)
    return happens(luck, look_rate(world, state, i, leader), p.hazard_ceiling, settled.step)


@submodel
def chosen(world, state, month, i):
    """Return which of the innovations that provider i is aware of it takes into a pilot (7), or -1 for none."""
    noise, who = world.parameters[0].choice_noise, world.providers[i].id
    best = -1
    best_score = -float("inf")
    best_key = world.innovations.key[0]
    if world.switches[0].choice:
        luck = draw(state.starts[rnd.STAY, state.pairs.shape[1]], who)
        best_score = choice.score(world.traits[i].threshold, noise, luck)
    for j in range(state.pairs.shape[1]):
        if state.pairs[i, j].stage != AWARE or not state.sector[j].running:
            continue
        luck = draw(state.starts[rnd.CHOOSE, j], who)
        option = choice.score(valued(world, state, month, i, j), noise, luck) if world.switches[0].choice else luck
        key = world.innovations[j].key
        # a tie goes to doing something, and between innovations to the larger key, never to the row
        if option > best_score or (option == best_score and (best < 0 or key > best_key)):
            best, best_score, best_key = j, option, key
    return best


@submodel
def payable(world, state, month, i, j):
    """Return whether the reserve of provider i pays what is left of the set-up cost of innovation j after a grant."""
    whole = setup(world, state, month, i, j, world.providers[i].sites)
    grant = whole * world.schedule.pulled[month, world.providers[i].cell, j].grant
    return choice.affordable(state.rows[i].slack, world.traits[i].cost, whole, grant)


@submodel
def chance_to_pass(world, state, month, i, j):
    """Return the chance that a pilot that has ended is taken further (7): 0 where it cannot be paid."""
    if not world.switches[0].choice:
        return world.parameters[0].chance_to_pass
    if not payable(world, state, month, i, j):
        return 0.0
    worth = valued(world, state, month, i, j)
    return choice.passing(worth, world.traits[i].threshold, world.parameters[0].choice_noise)


@submodel
def routine(world, state, month, i, j):
    """Return the hazard of passing from implementation to routine use (8a), in 1/month."""
    p, innovations = world.parameters[0], world.innovations
    if not world.switches[0].implementation:
        return p.implementation_rate
    reference = world.settled[0].reference_implement
    return journey.routine_hazard(
        p.implementation_rate,
        p.leadership_weight,
        lead_or_reference(world, state, month, i, IMPLEMENT, reference),
        reference,
        state.pairs[i, j].skill,
        p.skill_exponent,
        innovations[j].complexity,
        state.pairs[i, j].fit,
        p.burden_delay,
        burden(world, state, month, i, j),
    )


@submodel
def reasons_to_drop(world, state, month, i, j):
    """Return psi of (8) as its factor and its exponent; 1 and 0 where the mechanism is switched off."""
    if not world.switches[0].abandonment:
        return 1.0, 0.0
    p, innovations, providers, schedule = (
        world.parameters[0],
        world.innovations,
        world.providers,
        world.schedule,
    )
    cell = providers[i].cell
    slack = attention.bounded_slack(state.rows[i].slack)
    mean = beliefs(world, state, month, i, j)[0]
    yearly = value.running_burden(
        innovations[j].running_cost,
        innovations[j].saving,
        state.pairs[i, j].sites_in_use,
        world.traits[i].revenue,
    )
    factor = journey.circumstances(
        innovations[j].lock_in,
        p.departure_shock,
        state.rows[i].unrest if state.rows[i].unrest_left > 0.0 else 0.0,
        p.strain,
        slack,
        p.grant_cliff,
        schedule.pulled[month, cell, j].grant_ended * state.pairs[i, j].granted,
        p.mandate_resentment,
        schedule.pulled[month, cell, j].mandate,
    )
    gain = believed(world, mean, month, i, j)
    exponent = journey.regret(
        p.value_sensitivity, gain, p.cost_weight * min(2.0, yearly) / 2.0, world.traits[i].value_to_keep
    )
    return factor, exponent


@submodel
def after_implementing(world, state, month, i, j, luck):
    """Return the stage after a month of implementing: routine, dropped or the same (8)."""
    p, settled = world.parameters[0], world.settled[0]
    base = p.implementation_drop * world.innovations[j].base_drop
    factor, exponent = reasons_to_drop(world, state, month, i, j)
    if luck >= (settled.most_routine + base * factor * journey.exponential_at_most(exponent)) * settled.step:
        return IMPLEMENTING
    forward = routine(world, state, month, i, j)
    away = journey.drop_hazard(base, factor, exponent)
    total = forward + away
    event = probability(total, p.hazard_ceiling, settled.step)
    if luck >= event:
        return IMPLEMENTING
    return SUSTAINED if luck * total < event * forward else ABANDONED


@submodel
def drop_rate(world, state, month, i, factor, exponent, base):
    """Return the hazard of dropping a routine (8c), from its reasons, in 1/month."""
    p, reference = world.parameters[0], world.settled[0].reference_sustain
    leader = reference
    if world.switches[0].abandonment:
        leader = lead_or_reference(world, state, month, i, SUSTAIN, reference)
    return journey.sustained_drop_hazard(base, factor, exponent, p.leadership_weight, leader, reference)


@submodel
def drops(world, state, month, i, j, luck):
    """Return whether provider i drops innovation j from routine use (8c)."""
    p, settled = world.parameters[0], world.settled[0]
    base = world.innovations[j].base_drop
    factor, exponent = reasons_to_drop(world, state, month, i, j)
    if luck >= base * factor * journey.exponential_at_most(exponent) * settled.best_lead_sustain * settled.step:
        return False
    hazard = drop_rate(world, state, month, i, factor, exponent, base)
    return happens(luck, hazard, p.hazard_ceiling, settled.step)


@submodel
def new_sites(world, state, month, i, j):
    """Return how many further sites take up innovation j this month (8b)."""
    p, settled, sites = world.parameters[0], world.settled[0], int(world.providers[i].sites)
    used = int(state.pairs[i, j].sites_in_use)
    reference = settled.reference_sustain
    hazard = scaling.site_hazard(
        p.site_conversion,
        p.site_imitation,
        used,
        sites,
        p.leadership_weight,
        lead_or_reference(world, state, month, i, SUSTAIN, reference),
        reference,
        state.pairs[i, j].skill,
    )
    luck = draw(state.starts[rnd.SCALE, j], world.providers[i].id)
    return scaling.binomial(sites - used, probability(hazard, p.hazard_ceiling, settled.step), luck)


@submodel
def next_stage(world, state, month, i, j, stage, pick):
    """Return the stage of provider i and innovation j after this month; `pick` is what it takes into a pilot."""
    p, switches, settled, who = world.parameters[0], world.switches[0], world.settled[0], world.providers[i].id
    if stage == UNAWARE:
        if hears(world, state, month, i, j, draw(state.starts[rnd.AWARE, j], who)):
            return AWARE if switches.journey else SUSTAINED
    elif stage == AWARE:
        if pick == j:
            return EXPLORING if switches.journey else SUSTAINED
    elif stage == EXPLORING:
        luck = draw(state.starts[rnd.PILOT, j], who)
        rate = choice.pilot_hazard(p.pilot_rate, world.innovations[j].trialability)
        ends = probability(rate, p.hazard_ceiling, settled.step)
        if luck < ends:
            return IMPLEMENTING if luck / ends < chance_to_pass(world, state, month, i, j) else ABANDONED
    elif stage == IMPLEMENTING:
        return after_implementing(world, state, month, i, j, draw(state.starts[rnd.IMPLEMENT, j], who))
    elif stage == SUSTAINED:
        if switches.sustaining and drops(world, state, month, i, j, draw(state.starts[rnd.SUSTAIN, j], who)):
            return ABANDONED if switches.journey else UNAWARE
    elif happens(draw(state.starts[rnd.RECONSIDER, j], who), p.reconsider, p.hazard_ceiling, settled.step):
        return AWARE
    return stage
