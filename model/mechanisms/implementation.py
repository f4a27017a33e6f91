"""Equation (8): from implementation to routine use, and the ways out.

Basis: Stages of implementation and their pace in supported programmes (UniSIC, Implementation Science
Communications 2022, 3:2).

Assumptions: Those rates are of hard programmes in another sector: each innovation scales the hazard of abandonment,
and lock-in, value, leadership, strain, ending grants and mandates move it. Who has abandoned an innovation may come
back, and keeps what it learned.
"""

from __future__ import annotations

import math

from ..jit import submodel
from ..state import ABANDONED, IMPLEMENTING, SUSTAINED
from . import attention, hazards, leadership, learning, movements, value

POWERS = tuple(math.exp(power) * (1.0 + 1e-12) for power in range(-5, 6))


@submodel
def routine_hazard(rate, leadership_weight, lead, reference, skill, exponent, complexity, fit, burden_delay, burden):
    """Return (8a): h_I exp{beta_L (L^I - Lref)} (K/.5)^gamma (1 - X (1 - w)) / (1 + b_B B), in 1/month."""
    led = math.exp(hazards.clipped(leadership_weight * (lead - reference)))
    able = math.exp(exponent * math.log(skill / 0.5))
    return rate * led * able * (1.0 - complexity * (1.0 - fit)) / (1.0 + burden_delay * burden)


@submodel
def most_routine(rate, leadership_weight, reference, exponent):
    """Return a bound that (8a) never exceeds (leadership and skill are at most 1)."""
    return rate * math.exp(hazards.clipped(leadership_weight * (1.0 - reference))) * math.exp(exponent * math.log(2.0))


@submodel
def regret(value_sensitivity, gain, running_cost, value_to_keep):
    """Return the exponent of psi: -beta_V ((mu - th0)/d RA k - beta_C min(2, c_run)/2 - v0), held in [-5, 5]."""
    return hazards.clipped(-value_sensitivity * (gain - running_cost - value_to_keep))


@submodel
def exponential_at_most(exponent):
    """Return a bound of exp for an exponent in [-5, 5] from a table: the next whole power."""
    return POWERS[int(math.ceil(exponent)) + 5]


@submodel
def circumstances(
    lock_in, departure_shock, unrest, strain, slack_bounded, grant_cliff, grant_ended, resentment, mandate
):
    """Return psi without its exponential: lock-in, a leader just gone, strain, a grant just ended, a mandate."""
    return (
        (1.0 - lock_in)
        * (1.0 + departure_shock * unrest)
        * (1.0 + strain * max(0.0, -slack_bounded))
        * (1.0 + grant_cliff * grant_ended)
        * (1.0 + resentment * mandate)
    )


@submodel
def drop_hazard(base, psi_factor, exponent):
    """Return (8b, implementing): r_IX h_S0 psi, with the product r_IX h_S0 given as `base`, in 1/month."""
    return base * psi_factor * math.exp(exponent)


@submodel
def sustained_drop_hazard(base, psi_factor, exponent, leadership_weight, lead, reference):
    """Return (8c): h_S0 psi exp{-beta_L (L^S - Lref)}, in 1/month."""
    return base * psi_factor * math.exp(exponent) * math.exp(hazards.clipped(-leadership_weight * (lead - reference)))


@submodel
def routine(frame, state, month, i, j):
    """Return the hazard of passing from implementation to routine use (8a), in 1/month."""
    p, innovations = frame.parameters[0], frame.innovations
    if not frame.switches[0].implementation:
        return p.implementation_rate
    reference = frame.settled[0].reference_implement
    return routine_hazard(
        p.implementation_rate,
        p.leadership_weight,
        leadership.lead_or_reference(frame, state, month, i, leadership.IMPLEMENT, reference),
        reference,
        state.pairs[i, j].skill,
        p.skill_exponent,
        innovations[j].complexity,
        state.pairs[i, j].fit,
        p.burden_delay,
        movements.burden(frame, state, month, i, j),
    )


@submodel
def reasons_to_drop(frame, state, month, i, j):
    """Return psi of (8) as its factor and its exponent; 1 and 0 where the mechanism is switched off."""
    if not frame.switches[0].abandonment:
        return 1.0, 0.0
    p, innovations, providers, schedule = (
        frame.parameters[0],
        frame.innovations,
        state.providers,
        frame.schedule,
    )
    cell = providers[i].cell
    slack = attention.bounded_slack(state.rows[i].slack)
    mean = learning.belief(frame, state, month, i, j)[0]
    yearly = value.running_burden(
        innovations[j].running_cost,
        innovations[j].saving,
        state.pairs[i, j].sites_in_use,
        state.traits[i].revenue,
    )
    factor = circumstances(
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
    gain = value.believed(frame, state, mean, month, i, j)
    exponent = regret(p.value_sensitivity, gain, p.cost_weight * min(2.0, yearly) / 2.0, state.traits[i].value_to_keep)
    return factor, exponent


@submodel
def after_implementing(frame, state, month, i, j, number):
    """Return the stage after a month of implementing: routine, dropped or the same (8)."""
    p, settled = frame.parameters[0], frame.settled[0]
    base = p.implementation_drop * frame.innovations[j].base_drop
    factor, exponent = reasons_to_drop(frame, state, month, i, j)
    if number >= (settled.most_routine + base * factor * exponential_at_most(exponent)) * settled.step:
        return IMPLEMENTING
    forward = routine(frame, state, month, i, j)
    away = drop_hazard(base, factor, exponent)
    total = forward + away
    event = hazards.probability(total, p.hazard_ceiling, settled.step)
    if number >= event:
        return IMPLEMENTING
    return SUSTAINED if number * total < event * forward else ABANDONED


@submodel
def drop_rate(frame, state, month, i, factor, exponent, base):
    """Return the hazard of dropping a routine (8c), from its reasons, in 1/month."""
    p, reference = frame.parameters[0], frame.settled[0].reference_sustain
    leader = reference
    if frame.switches[0].abandonment:
        leader = leadership.lead_or_reference(frame, state, month, i, leadership.SUSTAIN, reference)
    return sustained_drop_hazard(base, factor, exponent, p.leadership_weight, leader, reference)


@submodel
def drops(frame, state, month, i, j, number):
    """Return whether provider i drops innovation j from routine use (8c)."""
    p, settled = frame.parameters[0], frame.settled[0]
    base = frame.innovations[j].base_drop
    factor, exponent = reasons_to_drop(frame, state, month, i, j)
    if number >= base * factor * exponential_at_most(exponent) * settled.best_lead_sustain * settled.step:
        return False
    hazard = drop_rate(frame, state, month, i, factor, exponent, base)
    return hazards.happens(number, hazard, p.hazard_ceiling, settled.step)
