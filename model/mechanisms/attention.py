"""Equation (3): how often a provider looks for something new.

Basis: The behavioural theory of the firm: search is driven by slack and by performance below aspiration (Cyert and
March 1963).

Assumptions: One look a month at most, and none while as many projects are under way as can be carried. Performance
is half the regulator's rating and half money. One draw settles at which innovations a provider looks, so that who looks
at what is seldom looked at looks at everything else too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..jit import submodel
from ..state import WHOLE
from . import hazards, leadership


@submodel
def bounded_slack(slack):
    """Return R/(1 + |R|), in (-1, 1): the first month of reserve matters most."""
    return slack / (1.0 + abs(slack))


@submodel
def performance(rating, slack):
    """Return Perf = .5 (rating + 2)/3 + .5 clip((R + 1)/4, 0, 1), in [0, 1]; ratings run from -2 to 1."""
    return 0.5 * (rating + 2.0) / 3.0 + 0.5 * max(0.0, min(1.0, (slack + 1.0) / 4.0))


class LookTerms(NamedTuple):
    """The terms of (3): leadership and slack add to an exponent, aspiration to a factor."""

    leadership: float
    """beta_L (L^E - Lref)"""
    slack: float
    """beta_R Rt"""
    aspiration: float
    """beta_P (Asp - Perf)+"""


@submodel
def look_hazard(base, terms):
    """Return (3): h_Lj exp{beta_L (L^E - Lref) + beta_R Rt} [1 + beta_P (Asp - Perf)+], in 1/month."""
    return base * math.exp(hazards.clipped(terms.leadership + terms.slack)) * (1.0 + terms.aspiration)


@submodel
def look_terms(leadership_weight, lead, reference, slack_search, slack_bounded, aspiration_search, shortfall):
    """Return the terms of (3); `slack_bounded` is Rt, `shortfall` Asp - Perf."""
    return LookTerms(
        leadership_weight * (lead - reference),
        slack_search * slack_bounded,
        aspiration_search * max(0.0, shortfall),
    )


@submodel
def most_looks(base, leadership_weight, reference, slack_search, aspiration_search):
    """Return a bound that (3) never exceeds (leadership, slack and shortfall are at most 1)."""
    return look_hazard(base, look_terms(leadership_weight, 1.0, reference, slack_search, 1.0, aspiration_search, 1.0))


@submodel
def projects_allowed(cap, sites):
    """Return how many pilots and implementations a provider can carry: one more above ten sites."""
    return cap + 1 if sites > 10 else cap


@submodel
def show_performance(state):
    """Set how everyone performed last month: what aspirations are compared with."""
    for i in range(state.rows.shape[0]):
        own = performance(state.rows[i].rating, state.rows[i].slack)
        state.shown[i].performance = int(math.floor(own * WHOLE + 0.5))


@submodel
def terms_of(frame, state, i, lead):
    """Return the terms of (3) for provider i led as `lead` says."""
    p, row = frame.parameters[0], state.rows[i]
    return look_terms(
        p.leadership_weight,
        lead,
        frame.settled[0].reference_explore,
        p.slack_search,
        bounded_slack(row.slack),
        p.aspiration_search,
        row.aspiration - performance(row.rating, row.slack),
    )


@submodel
def terms_now(frame, state, month, i):
    """Return the terms of (3) for provider i, led as it is."""
    reference = frame.settled[0].reference_explore
    lead = leadership.lead_or_reference(frame, state, month, i, leadership.EXPLORE, reference)
    return terms_of(frame, state, i, lead)


@submodel
def look_rate(frame, state, month, i, base):
    """Return (3) for provider i with h_Lj = `base`, or that where the mechanism is switched off, in 1/month."""
    return look_hazard(base, terms_now(frame, state, month, i)) if frame.switches[0].search else base


@submodel
def looks(frame, state, month, i, number):
    """Return whether provider i looks for something new this month, at whatever is looked at most (3)."""
    p, settled, switches = frame.parameters[0], frame.settled[0], frame.switches[0]
    if switches.search:
        if number >= settled.most_looks * settled.step:
            return False
        if switches.leadership:
            best = terms_of(frame, state, i, leadership.best_lead(frame, state, month, i))
            if number >= settled.step * look_hazard(settled.attention, best):
                return False
    rate = look_rate(frame, state, month, i, settled.attention)
    return hazards.happens(number, rate, p.hazard_ceiling, settled.step)


@submodel
def chance_to_look(frame, state, month, i, j):
    """Return the chance that provider i looks at innovation j this month (3)."""
    rate = look_rate(frame, state, month, i, frame.innovations[j].attention)
    return hazards.probability(rate, frame.parameters[0].hazard_ceiling, frame.settled[0].step)


@submodel
def looks_at(frame, state, month, i, j, number):
    """Return whether provider i, which looks this month, looks at innovation j too."""
    if frame.innovations[j].attention >= frame.settled[0].attention:
        return True
    return number < chance_to_look(frame, state, month, i, j)
