"""Equation (8): from implementation to routine use, and the ways out.

Basis: Stages of implementation and their pace in supported programmes (UniSIC, Implementation Science
Communications 2022, 3:2).

Assumptions: Those rates are of hard programmes in another sector: each innovation has a pace and a hazard of
abandonment of its own, as multiples of theirs; what is a yearly return lapses where it is not renewed, and whoever
lets it lapse stays aware of it. Lock-in, value, leadership, strain, ending grants and mandates move both hazards. Who
has abandoned an innovation may come back, and keeps what it learned.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..jit import submodel
from ..state import ABANDONED, IMPLEMENTING, SUSTAINED
from . import attention, hazards, leadership, learning, movements, value

FOUND_OUT = 0.9
"""Share of abandonment that full enforcement prevents (assumption; T11: 96 % in the long run)."""


class RoutineTerms(NamedTuple):
    """The factors of (8a): the first five speed implementation up, the last delays it."""

    leadership: float
    """exp{beta_L (L^I - Lref)}"""
    culture: float
    """exp{beta_lam (lambda - lambda_ref)}"""
    facilitation: float
    """HR_b^broker, where there is room for a project more"""
    skill: float
    """(K/.5)^gamma"""
    fit: float
    """1 - X (1 - w)"""
    burden: float
    """1 + b_B B"""


@submodel
def routine_hazard(rate, terms):
    """Return (8a): h_I exp{beta_L (L^I - Lref)} exp{beta_lam (lambda - lambda_ref)} HR_b^broker (K/.5)^gamma
    (1 - X (1 - w)) / (1 + b_B B), in 1/month.
    """
    people = terms.leadership * terms.culture * terms.facilitation
    return rate * people * terms.skill * terms.fit / terms.burden


@submodel
def routine_terms(
    leadership_weight, lead, reference, culture, facilitation, broker, skill, exponent, complexity, fit, burden_delay,
    burden,
):  # fmt: skip
    """Return the factors of (8a); `culture` is beta_lam (lambda - lambda_ref)."""
    return RoutineTerms(
        math.exp(hazards.clipped(leadership_weight * (lead - reference))),
        math.exp(hazards.clipped(culture)),
        math.exp(broker * math.log(facilitation)) if broker > 0.0 else 1.0,
        math.exp(exponent * math.log(skill / 0.5)) if exponent > 0.0 else 1.0,  # nobody may have any skill
        1.0 - complexity * (1.0 - fit),
        1.0 + burden_delay * burden,
    )


@submodel
def best_routine(leadership_weight, reference, culture, facilitation, exponent):
    """Return the factors of (8a) where nothing holds implementation back: leadership, skill and fit are at most 1,
    `culture` is its most.
    """
    return routine_terms(
        leadership_weight, 1.0, reference, culture, max(1.0, facilitation), 1.0, 1.0, exponent, 0.0, 1.0, 0.0, 0.0
    )


class AbandonTerms(NamedTuple):
    """The terms of psi in (8): seven factors, and three terms on the scale of value."""

    lock_in: float
    """1 less the share that lock-in holds"""
    unrest: float
    """1 + b_D U: leaders have just left"""
    strain: float
    """1 + b_S (-Rt)+: there are no reserves"""
    grant_ended: float
    """1 + b_G, where a grant has just ended"""
    resentment: float
    """1 + b_M s, for a mandate of strength s"""
    duty: float
    """1 - .9 E of enforcement: whoever stops is found out"""
    neglect: float
    """1 + ne (1 - g_U), where upkeep is not done"""
    gain: float
    """(mu - th0)/d RA k"""
    running_cost: float
    """beta_C min(2, c_run)/2"""
    kept: float
    """v0: what a provider asks of an innovation that it keeps"""


@submodel
def circumstances(terms):
    """Return psi without its exponential: lock-in, a leader just gone, strain, a grant just ended, a mandate, a duty
    that is enforced, neglect.
    """
    money = terms.strain * terms.grant_ended
    return terms.lock_in * terms.unrest * money * terms.resentment * terms.duty * terms.neglect


@submodel
def regret(value_sensitivity, terms):
    """Return the exponent of psi: -beta_V (gain - beta_C min(2, rc_run)/2 - V_keep), held in [-5, 5]."""
    return hazards.clipped(-value_sensitivity * (terms.gain - terms.running_cost - terms.kept))


@submodel
def abandon_hazard(base, psi_factor, exponent):
    """Return (8b, implementing): r_IX h_S0 psi, with the product r_IX h_S0 given as `base`, in 1/month."""
    return base * psi_factor * math.exp(exponent)


@submodel
def sustained_abandon_hazard(base, psi_factor, exponent, leadership_term):
    """Return (8c): h_S0 psi exp{-beta_L (L^R - Lref)}, in 1/month."""
    return abandon_hazard(base, psi_factor, exponent) * math.exp(leadership_term)


@submodel
def routine_terms_of(frame, state, month, i, j, room):
    """Return the factors of (8a) for provider i and innovation j; 1 where the mechanism is switched off. A broker
    facilitates only where the provider has `room` for a project more.
    """
    if not frame.switches[0].implementation:
        return RoutineTerms(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    p, pair, reference = frame.parameters[0], state.pairs[i, j], frame.settled[0].reference_implement
    helps = frame.switches[0].facilitation
    return routine_terms(
        p.leadership_weight,
        leadership.lead_or_reference(frame, state, month, i, leadership.IMPLEMENT, reference),
        reference,
        learning.culture_term(frame, state, month, i),
        p.facilitation_ratio,
        frame.schedule.supported[month, state.providers[i].cell].brokerage if room and helps else 0.0,
        pair.skill,
        p.skill_exponent,
        frame.innovations[j].complexity,
        pair.fit,
        p.burden_delay,
        movements.burden(frame, state, month, i, j),
    )


@submodel
def routine(frame, state, month, i, j, room):
    """Return the hazard of passing from implementation to routine use (8a), in 1/month."""
    return routine_hazard(frame.innovations[j].implementation_rate, routine_terms_of(frame, state, month, i, j, room))


@submodel
def routine_at_most(frame, state, month, i, j, room):
    """Return a bound of (8a) for provider i and innovation j, in 1/month: leadership is at most its mean, a logarithm
    at most what it is taken of, less 1.
    """
    p, settled, pair = frame.parameters[0], frame.settled[0], state.pairs[i, j]
    rate = frame.innovations[j].implementation_rate
    if not frame.switches[0].implementation:
        return rate * settled.margin
    reference = settled.reference_implement
    lead = leadership.most_lead(frame, state, month, i, leadership.IMPLEMENT, reference)
    exponent = hazards.clipped(p.leadership_weight * (lead - reference))
    exponent += hazards.clipped(learning.culture_term(frame, state, month, i))
    exponent += p.skill_exponent * (pair.skill / 0.5 - 1.0)
    most = hazards.exponential_at_most(exponent, settled.margin)
    return rate * most * (1.0 - frame.innovations[j].complexity * (1.0 - pair.fit)) * max(1.0, p.facilitation_ratio)


@submodel
def abandon_terms_of(frame, state, month, i, j):
    """Return the terms of psi (8) for provider i and innovation j; none where the mechanism is switched off."""
    if not frame.switches[0].abandonment:
        return AbandonTerms(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    p, innovation, row, pair = frame.parameters[0], frame.innovations[j], state.rows[i], state.pairs[i, j]
    pulled = frame.schedule.pulled[month, state.providers[i].cell, j]
    running = value.running(frame, state, i, j, SUSTAINED, float(pair.sites_in_use)) * (1.0 - innovation.council_share)
    yearly = value.running_burden(running, state.traits[i].revenue)
    mean = learning.belief(frame, state, month, i, j)[0]
    return AbandonTerms(
        1.0 - innovation.lock_in,
        1.0 + p.departure_shock * (row.unrest if row.unrest_left > 0.0 else 0.0),
        1.0 + p.strain * max(0.0, -attention.bounded_slack(row.slack)),
        1.0 + p.grant_cliff * (pulled.grant_ended * pair.granted),
        1.0 + p.mandate_resentment * pulled.mandate,
        1.0 - FOUND_OUT * pulled.enforcement if frame.switches[0].duties else 1.0,
        1.0 + p.neglect * (1.0 - p.upkeep_given) if frame.switches[0].upkeep else 1.0,
        value.believed(frame, state, mean, month, i, j),
        p.cost_weight * min(2.0, yearly) / 2.0,
        state.traits[i].value_to_keep,
    )


@submodel
def leadership_term_of(frame, state, month, i):
    """Return -beta_L (L^S - Lref) of (8c) for provider i, held in [-5, 5]; 0 where the mechanism is switched off."""
    if not frame.switches[0].abandonment:
        return 0.0
    reference = frame.settled[0].reference_sustain
    lead = leadership.lead_or_reference(frame, state, month, i, leadership.SUSTAIN, reference)
    return hazards.clipped(-frame.parameters[0].leadership_weight * (lead - reference))


@submodel
def abandon_rate(frame, state, month, i, j):
    """Return the hazard of abandonment while implementing or in routine use (8), in 1/month."""
    p, base, terms = (
        frame.parameters[0],
        frame.innovations[j].base_abandonment,
        abandon_terms_of(frame, state, month, i, j),
    )
    factor, exponent = circumstances(terms), regret(p.value_sensitivity, terms)
    if state.pairs[i, j].stage == IMPLEMENTING:
        return abandon_hazard(p.implementation_abandonment * base, factor, exponent)
    return sustained_abandon_hazard(base, factor, exponent, leadership_term_of(frame, state, month, i))


@submodel
def after_implementing(frame, state, month, i, j, number, room):
    """Return the stage after a month of implementing: routine, abandoned or the same (8)."""
    p, settled = frame.parameters[0], frame.settled[0]
    base = p.implementation_abandonment * frame.innovations[j].base_abandonment
    terms = abandon_terms_of(frame, state, month, i, j)
    factor, exponent = circumstances(terms), regret(p.value_sensitivity, terms)
    most = routine_at_most(frame, state, month, i, j, room)
    if number >= (most + base * factor * hazards.exponential_at_most(exponent, settled.margin)) * settled.step:
        return IMPLEMENTING
    forward = routine(frame, state, month, i, j, room)
    away = abandon_hazard(base, factor, exponent)
    total = forward + away
    event = hazards.probability(total, p.hazard_ceiling, settled.step)
    if number >= event:
        return IMPLEMENTING
    return SUSTAINED if number * total < event * forward else ABANDONED


@submodel
def abandons(frame, state, month, i, j, number):
    """Return whether provider i abandons innovation j in routine use (8c)."""
    p, settled, base = frame.parameters[0], frame.settled[0], frame.innovations[j].base_abandonment
    terms = abandon_terms_of(frame, state, month, i, j)
    factor, exponent = circumstances(terms), regret(p.value_sensitivity, terms)
    most = factor * hazards.exponential_at_most(exponent, settled.margin) * settled.best_lead_sustain
    if number >= base * most * settled.step:
        return False
    hazard = sustained_abandon_hazard(base, factor, exponent, leadership_term_of(frame, state, month, i))
    return hazards.happens(number, hazard, p.hazard_ceiling, settled.step)


@submodel
def lapse_hazard(lapse, psi_factor, exponent, leadership_term):
    """Return (8d): lapse_j psi exp{-beta_L (L^R - Lref)}, in 1/year: what makes users abandon makes them forget."""
    return sustained_abandon_hazard(lapse, psi_factor, exponent, leadership_term)


@submodel
def lapse_chance(frame, state, month, i, j):
    """Return the chance that provider i fails to renew innovation j, whose yearly return is due this month (8d)."""
    terms = abandon_terms_of(frame, state, month, i, j)
    factor, exponent = circumstances(terms), regret(frame.parameters[0].value_sensitivity, terms)
    hazard = lapse_hazard(frame.innovations[j].lapse, factor, exponent, leadership_term_of(frame, state, month, i))
    return 1.0 - math.exp(-hazard)
