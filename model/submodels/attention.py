"""Equation (3): how often a provider looks for something new.

Basis: The behavioural theory of the firm: search is driven by slack and by performance below aspiration (Cyert and
March 1963).

Assumptions: One look a month at most, and none while as many projects are under way as can be carried. Performance
is half the regulator's rating and half money.
"""

import math

from ..jit import submodel
from .hazards import clipped


@submodel
def bounded_slack(slack):
    """Return R/(1 + |R|), in (-1, 1): the first month of reserve matters most."""
    return slack / (1.0 + abs(slack))


@submodel
def performance(rating, slack):
    """Return Perf = .5 (rating + 2)/3 + .5 clip((R + 1)/4, 0, 1), in [0, 1]; ratings run from -2 to 1."""
    return 0.5 * (rating + 2.0) / 3.0 + 0.5 * max(0.0, min(1.0, (slack + 1.0) / 4.0))


@submodel
def look_hazard(base, leadership_weight, lead, reference, slack_search, slack, aspiration_search, shortfall):
    """Return (3): h_L exp{beta_L (L^E - Lref) + beta_R Rt} [1 + beta_P (Asp - Perf)+], in 1/month."""
    drive = leadership_weight * (lead - reference) + slack_search * bounded_slack(slack)
    return base * math.exp(clipped(drive)) * (1.0 + aspiration_search * max(0.0, shortfall))


@submodel
def most_looks(base, leadership_weight, reference, slack_search, aspiration_search):
    """Return a bound that (3) never exceeds (leadership, slack and shortfall are at most 1)."""
    return base * math.exp(clipped(leadership_weight * (1.0 - reference) + slack_search)) * (1.0 + aspiration_search)


@submodel
def projects_allowed(cap, sites):
    """Return how many pilots and implementations a provider can carry: one more above ten sites."""
    return cap + 1 if sites > 10 else cap
