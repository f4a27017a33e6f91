"""What a run remembers of each month, as whole numbers added up by cell."""

from __future__ import annotations

import math

from .jit import constant, submodel
from .mechanisms import outcomes
from .mechanisms.awareness import share_parts
from .state import (
    BIG_USING,
    HELD,
    HELD_LARGE,
    HELD_PEOPLE,
    HELD_RANKED,
    HELD_SITES,
    IMPLEMENTING,
    KEPT,
    OUTCOME,
    PEOPLE,
    RANKED,
    SCALED,
    SITES,
    SKILL,
    SLACK,
    STANDING,
    STOCKS,
    SUSTAINED,
    USING,
    WHOLE,
)

IN, OUT = constant(1), constant(-1)
KEPT_MONTHS = 24
"""What is still in use so long after it was begun counts as kept."""
NEVER = constant(-(1 << 20))
"""No month in which anything began."""
BIG = 50
"""Staff from which an organisation counts as large in the small-provider gap."""
RANK_WHOLE = 1 << 16
SHARE_TO_RANKED = 1 << 10
"""Shares are coarsened by this before they meet ranks, so that the product of all four parts fits into 64 bits."""


@submodel
def parts(number):
    """Return a number in whole parts per 2^20."""
    return int(math.floor(number * WHOLE + 0.5))


@submodel
def carry_over(record, row):
    """Begin a row with what stood in the row before: stages and use change seldom, so only changes are booked."""
    for group in range(record.counts.shape[1]):
        for j in range(record.counts.shape[2]):
            for stage in range(record.counts.shape[3]):
                record.counts[row, group, j, stage] = record.counts[row - 1, group, j, stage]
            for stock in range(STOCKS):
                record.sums[row, group, j, stock] = record.sums[row - 1, group, j, stock]
        for stock in range(STANDING):
            record.flows[row, group, stock] = record.flows[row - 1, group, stock]


@submodel
def holds(state, record, row, i, weight):
    """Add `weight` of provider i to what the sector holds: providers, sites, people, their ranks, the large."""
    provider, flows = state.providers[i], record.flows[row, state.providers[i].group]
    flows[HELD] += weight
    flows[HELD_SITES] += weight * int(provider.sites)
    flows[HELD_PEOPLE] += weight * int(provider.people)
    flows[HELD_RANKED] += weight * int(provider.people) * int(provider.rank)
    if provider.staff >= BIG:
        flows[HELD_LARGE] += weight


@submodel
def book(frame, state, record, row, i, j, sign):
    """Add (IN) or take away (OUT) provider i as it stands with innovation j."""
    providers, stage, used = state.providers, int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
    group, weight = providers[i].group, int(providers[i].weight)
    record.counts[row, group, j, stage] += sign * weight
    if stage != IMPLEMENTING and stage != SUSTAINED:
        return
    sites, people = int(providers[i].sites), int(providers[i].people)
    share = share_parts(used, sites)
    sums = record.sums[row, group, j]
    sums[USING] += sign * weight
    sums[SITES] += sign * weight * used
    sums[PEOPLE] += sign * weight * people * share
    if stage == SUSTAINED and 5 * used >= 4 * sites:
        sums[SCALED] += sign * weight
    if providers[i].staff >= BIG:
        sums[BIG_USING] += sign * weight
    sums[RANKED] += sign * weight * people * (share // SHARE_TO_RANKED) * int(providers[i].rank)


@submodel
def remember_use(frame, state, record, month, i, j, due):
    """Add what the use of innovation j by provider i is worth this month, and the skill in it, to the record's row.

    What was begun in month `due` has been kept for two years.
    """
    providers, innovations, parameters = state.providers, frame.innovations, frame.parameters[0]
    weight = int(providers[i].weight)
    sums = record.sums[month + 1, providers[i].group, j]
    if innovations[j].benefit > 0.0:
        share = share_parts(int(state.pairs[i, j].sites_in_use), int(providers[i].sites))
        true = outcomes.true_success(
            innovations[j].success, innovations[j].former_success, state.pairs[i, j].fit, state.pairs[i, j].skill
        )
        if month >= 0:
            true *= 1.0 - frame.schedule.regime[month, j].outage
        outcome = outcomes.person_outcome(
            share / WHOLE,
            innovations[j].benefit,
            true,
            innovations[j].former_success,
            int(providers[i].people),
            state.pairs[i, j].stage == IMPLEMENTING,
            parameters.implementation_harm,
        )
        sums[OUTCOME] += weight * parts(outcome)
    sums[SKILL] += weight * parts(state.pairs[i, j].skill)
    if state.pairs[i, j].since == due:
        sums[KEPT] += weight


@submodel
def whole_months(frame, month):
    """Return how many months have passed before step `month`."""
    return int(math.floor(month * frame.settled[0].step + 1e-9))


@submodel
def ends_month(frame, month):
    """Return whether this step ends a month: what is followed month by month does not depend on the step."""
    return frame.settled[0].step == 1.0 or whole_months(frame, month + 1) > whole_months(frame, month)


@submodel
def book_skill(frame, state, record, row, i, j, sign):
    """Add (IN) or take away (OUT) the skill of a user that comes or goes when the month's skills have been added."""
    if state.pairs[i, j].sites_in_use > 0:
        held = int(state.providers[i].weight) * parts(state.pairs[i, j].skill)
        record.sums[row, state.providers[i].group, j, SKILL] += sign * held


@submodel
def remember_flows(frame, state, record, row, i):
    """Add the slack of provider i to the record's row."""
    record.flows[row, state.providers[i].group, SLACK] += int(state.providers[i].weight) * parts(state.rows[i].slack)
