"""Equation (19): money, slack, and what people gain.

Basis: Fees, prices and people served from the evidence tables; the number of people in a care home and the gap
between fees and prices are published.

Assumptions: Profits are taken out and losses topped up at 3 % a month. Places of councils stay filled; self-funders
move. Outcomes are person-months of full benefit.
"""

import math

from ..jit import submodel

LEAST_SLACK, MOST_SLACK = -3.0, 6.0
"""Months of running cost: below, owners or councils step in; above, owners take it out."""


@submodel
def pence(pounds):
    """Return an amount in whole pence, so that sums balance to the penny in any order."""
    return int(math.floor(pounds * 100.0 + 0.5))


@submodel
def income(revenue, self_revenue, fee, price, filled):
    """Return [sf price + (1 - sf) council fee] persons, in GBP a month: `self_revenue` of the revenue at the start
    comes from self-funders, whose places are `filled` as often as at the start; councils' places stay as they are.
    """
    return revenue * fee + self_revenue * (price * filled - fee)


@submodel
def cost_index(labour_share, pay, volume):
    """Return running cost over that of the start: labour follows wages and the number of people served."""
    return 1.0 + labour_share * (pay * volume - 1.0)


@submodel
def taken_out(slack, base, relaxation, step, cost, earned):
    """Return what owners take out (put in, where negative), in pence: .03 (R - R_0), and all beyond [-3, 6] months.

    `cost` is the monthly running cost at the start in GBP, `earned` what the month left in pence.
    """
    usual = pence(relaxation * (slack - base) * step * cost)
    after = slack + (earned - usual) / (100.0 * cost)
    if after > MOST_SLACK:
        return usual + int(math.ceil((after - MOST_SLACK) * 100.0 * cost))
    if after < LEAST_SLACK:
        return usual + int(math.floor((after - LEAST_SLACK) * 100.0 * cost))
    return usual


@submodel
def slack_after(slack, left, cost):
    """Return (19a): R + (revenue - cost - spending - taken)/cost, in months of running cost at the start.

    `left` is what remains of the month in pence; only the last digit of a sum is held within [-3, 6].
    """
    return max(LEAST_SLACK, min(MOST_SLACK, slack + left / (100.0 * cost)))


@submodel
def true_success(success, former, fit, skill):
    """Return (11b): theta' = theta_0 + (theta - theta_0)(.5 + .5 w)(.7 + .3 K): poor fit and little skill leave less of
    the difference that the innovation makes, for better or worse.
    """
    return former + (success - former) * (0.5 + 0.5 * fit) * (0.7 + 0.3 * skill)


@submodel
def person_outcome(share, benefit, true, former, persons, implementing, harm):
    """Return (19b), person-months a month: (m/n) ben (theta' - theta_0) persons, less harm ben (m/n) persons while
    implementing.
    """
    gain = share * benefit * (true - former) * persons
    if implementing:
        gain -= harm * benefit * share * persons
    return gain
