"""Equation (3): how often a provider looks for something new.

Basis: The behavioural theory of the firm: search is driven by slack and by performance below aspiration (Cyert and
March 1963); culture acts through the intention to adopt (T36 of studies.csv), and exhaustion and the number of
practices predict stopping (T65). What comes with money, help or a demand is looked at sooner (T05, T13, T14).

Assumptions: One look a month at most, and none while as many projects are under way as can be carried. Performance
is half the regulator's rating and half money. What is in routine use takes attention. One draw settles at which
innovations a provider looks, so that who looks at what is seldom looked at looks at everything else too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..jit import submodel
from ..state import EXPLORING, IMPLEMENTING, SUSTAINED, WHOLE
from . import hazards, leadership, learning


@submodel
def bounded_slack(slack):
    """Return R/(1 + |R|), in (-1, 1): the first month of reserve matters most."""
    return slack / (1.0 + abs(slack))


@submodel
def performance(rating, slack):
    """Return Perf = .5 (rating + 2)/3 + .5 clip((R + 1)/4, 0, 1), in [0, 1]; ratings run from -2 to 1."""
    return 0.5 * (rating + 2.0) / 3.0 + 0.5 * max(0.0, min(1.0, (slack + 1.0) / 4.0))


class LookTerms(NamedTuple):
    """The terms of (3): three add to an exponent, aspiration and upkeep are factors."""

    leadership: float
    """beta_L (L^E - Lref)"""
    culture: float
    """beta_lam (lambda - lambda_ref)"""
    slack: float
    """beta_R Rt"""
    aspiration: float
    """beta_P (Asp - Perf)+"""
    upkeep: float
    """share of attention that upkeep takes"""


@submodel
def look_hazard(base, terms):
    """Return (3): h_Lj exp{beta_L (L^E - Lref) + beta_lam (lambda - lambda_ref) + beta_R Rt}
    [1 + beta_P (Asp - Perf)+] (1 - e_U g_U users)+, in 1/month.
    """
    power = hazards.clipped(terms.leadership + terms.culture + terms.slack)
    return base * math.exp(power) * (1.0 + terms.aspiration) * (1.0 - terms.upkeep)


@submodel
def look_at_most(base, terms, margin):
    """Return a bound of (3)."""
    power = hazards.clipped(terms.leadership + terms.culture + terms.slack)
    return base * hazards.exponential_at_most(power, margin) * (1.0 + terms.aspiration) * (1.0 - terms.upkeep)


@submodel
def look_terms(
    leadership_weight, lead, reference, culture, slack_search, slack_bounded, aspiration_search, shortfall, upkeep
):
    """Return the terms of (3); `slack_bounded` is Rt, `shortfall` Asp - Perf."""
    return LookTerms(
        leadership_weight * (lead - reference),
        culture,
        slack_search * slack_bounded,
        aspiration_search * max(0.0, shortfall),
        upkeep,
    )


@submodel
def invited(looking, offered):
    """Return (3c): 1 + iv o, how many times as often an innovation is looked at that comes with an offer o."""
    return 1.0 + looking * offered


@submodel
def upkeep_share(upkeep, given, users):
    """Return (3b): e_U g_U times how many innovations a provider has in routine use, at most 1."""
    return min(1.0, upkeep * given * users)


@submodel
def most_looks(base, leadership_weight, reference, culture, slack_search, aspiration_search):
    """Return a bound that (3) never exceeds (leadership, slack and shortfall are at most 1, `culture` is its most)."""
    terms = look_terms(leadership_weight, 1.0, reference, culture, slack_search, 1.0, aspiration_search, 1.0, 0.0)
    return look_hazard(base, terms)


@submodel
def projects_allowed(cap, sites):
    """Return how many pilots and implementations a provider can carry: one more above ten sites."""
    return cap + 1 if sites > 10 else cap


@submodel
def projects(state, i):
    """Return how many pilots and implementations provider i has under way."""
    under_way = 0
    for j in range(state.pairs.shape[1]):
        if state.sector[j].running:
            stage = state.pairs[i, j].stage
            under_way += stage == EXPLORING or stage == IMPLEMENTING
    return under_way


@submodel
def has_room(frame, state, i):
    """Return whether provider i can carry a project more than it has under way."""
    return projects(state, i) < projects_allowed(frame.parameters[0].project_cap, int(state.providers[i].sites))


@submodel
def show_performance(state):
    """Set how everyone performed last month: what aspirations are compared with."""
    for i in range(state.rows.shape[0]):
        own = performance(state.rows[i].rating, state.rows[i].slack)
        state.shown[i].performance = int(math.floor(own * WHOLE + 0.5))


@submodel
def taken_up(frame, state, i):
    """Return which share of the attention of provider i upkeep takes (3b); 0 where the mechanism is switched off."""
    p, users = frame.parameters[0], 0
    if not frame.switches[0].upkeep or p.upkeep_effort == 0.0:
        return 0.0
    for j in range(state.pairs.shape[1]):
        users += state.sector[j].running and state.pairs[i, j].stage == SUSTAINED
    return upkeep_share(p.upkeep_effort, p.upkeep_given, users)


@submodel
def attention_to(frame, state, month, i, j):
    """Return h_Lj times (3c), how often an average provider offered what provider i is looks at innovation j, in
    1/month.
    """
    base = frame.innovations[j].attention
    if not frame.switches[0].invitation:
        return base
    offered = frame.schedule.pulled[month, state.providers[i].cell, j].offered
    return base * invited(frame.parameters[0].invited_looking, offered)


@submodel
def most_attention(frame, state, month, i):
    """Return the attention that provider i has for what it looks at most, in 1/month."""
    most = 0.0
    for j in range(state.pairs.shape[1]):
        most = max(most, attention_to(frame, state, month, i, j))
    return most


@submodel
def terms_of(frame, state, month, i, lead):
    """Return the terms of (3) for provider i led as `lead` says."""
    p, row = frame.parameters[0], state.rows[i]
    return look_terms(
        p.leadership_weight,
        lead,
        frame.settled[0].reference_explore,
        learning.culture_term(frame, state, month, i),
        p.slack_search,
        bounded_slack(row.slack),
        p.aspiration_search,
        row.aspiration - performance(row.rating, row.slack),
        taken_up(frame, state, i),
    )


@submodel
def terms_now(frame, state, month, i):
    """Return the terms of (3) for provider i, led as it is."""
    reference = frame.settled[0].reference_explore
    lead = leadership.lead_or_reference(frame, state, month, i, leadership.EXPLORE, reference)
    return terms_of(frame, state, month, i, lead)


@submodel
def look_rate(frame, state, month, i, base):
    """Return (3) for provider i with h_Lj = `base`, or that where the mechanism is switched off, in 1/month."""
    return look_hazard(base, terms_now(frame, state, month, i)) if frame.switches[0].search else base


@submodel
def looks(frame, state, month, i, number):
    """Return whether provider i looks for something new this month, at whatever it looks at most (3)."""
    p, settled, switches = frame.parameters[0], frame.settled[0], frame.switches[0]
    if switches.search and number >= settled.most_looks * settled.step:
        return False
    most = most_attention(frame, state, month, i)
    if switches.search:
        reference = settled.reference_explore
        best = terms_of(
            frame, state, month, i, leadership.most_lead(frame, state, month, i, leadership.EXPLORE, reference)
        )
        if number >= settled.step * look_at_most(most, best, settled.margin):
            return False
    return hazards.happens(number, look_rate(frame, state, month, i, most), p.hazard_ceiling, settled.step)


@submodel
def chance_to_look(frame, state, month, i, j):
    """Return the chance that provider i looks at innovation j this month (3)."""
    rate = look_rate(frame, state, month, i, attention_to(frame, state, month, i, j))
    return hazards.probability(rate, frame.parameters[0].hazard_ceiling, frame.settled[0].step)


@submodel
def looks_at(frame, state, month, i, j, number):
    """Return whether provider i, which looks this month, looks at innovation j too."""
    return number < chance_to_look(frame, state, month, i, j)
