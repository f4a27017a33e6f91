"""Equation (19): money, slack, and what people gain."""

import math

from ..jit import submodel


@submodel
def pence(pounds):
    """Return an amount in whole pence, so that sums balance to the penny in any order."""
    return int(math.floor(pounds * 100.0 + 0.5))


@submodel
def slack_after(slack, revenue, cost, spent, base, relaxation, step):
    """Return (19a): clip(R + (revenue - cost - spending)/cost - .03 (R - R_0), -3, 6), in months of cost.

    Revenue and cost are monthly; `spent` is what went out in the step, net of grants and savings, all in GBP.
    """
    moved = slack + (revenue - cost) / cost * step - spent / cost - relaxation * (slack - base) * step
    return max(-3.0, min(6.0, moved))


@submodel
def true_success(success, former, fit, skill):
    """Return (11b): th' = th0 + (theta - th0)(.5 + .5 w)(.7 + .3 K): poor fit and little skill leave less of the
    difference that the innovation makes, for better or worse.
    """
    return former + (success - former) * (0.5 + 0.5 * fit) * (0.7 + 0.3 * skill)


@submodel
def person_outcome(share, benefit, true, former, persons, implementing, harm):
    """Return (19b), person-months a month: (m/n) q (th' - th0) persons, less d_I q (m/n) persons while implementing."""
    gain = share * benefit * (true - former) * persons
    if implementing:
        gain -= harm * benefit * share * persons
    return gain
