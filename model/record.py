"""What a run remembers of each month, as whole numbers added up by cell."""

from __future__ import annotations

import math

from .jit import submodel
from .state import (
    BIG_USING,
    DROPPED,
    OUTCOME,
    PAID_PROVIDER,
    PAID_PUBLIC,
    PEOPLE,
    RANKED,
    ROUTINISED,
    SCALED,
    SITES,
    SKILL,
    STARTED,
    USING,
    USING_WEIGHT,
)
from .submodels import accounts
from .submodels.awareness import WHOLE, share_parts
from .submodels.journey import IMPLEMENTING, SUSTAINED

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
def remember(world, state, record, row, i, j, public, spent, started, routinised, dropped):
    """Add provider i and innovation j to the record's row; money in pence."""
    providers, innovations, parameters = world.providers, world.innovations, world.parameters[0]
    group, weight = providers[i].group, int(providers[i].weight)
    stage = int(state.pairs[i, j].stage)
    record.counts[row, group, j, stage] += 1
    sums = record.sums[row, group, j]
    if started:
        sums[STARTED] += 1
    if routinised:
        sums[ROUTINISED] += 1
    if dropped:
        sums[DROPPED] += 1
    if public != 0:
        sums[PAID_PUBLIC] += weight * public
    if spent != 0:
        sums[PAID_PROVIDER] += weight * spent
    if stage != IMPLEMENTING and stage != SUSTAINED:
        return
    used, sites, people = (
        int(state.pairs[i, j].sites_in_use),
        int(providers[i].sites),
        int(providers[i].people),
    )
    share = share_parts(used, sites)
    sums[USING] += 1
    sums[USING_WEIGHT] += weight
    sums[SITES] += weight * used
    sums[PEOPLE] += weight * people * share
    if stage == SUSTAINED and 5 * used >= 4 * sites:
        sums[SCALED] += 1
    if innovations[j].benefit > 0.0:
        true = accounts.true_success(
            innovations[j].success, innovations[j].former_success, state.pairs[i, j].fit, state.pairs[i, j].skill
        )
        outcome = accounts.person_outcome(
            share / WHOLE,
            innovations[j].benefit,
            true,
            innovations[j].former_success,
            people,
            stage == IMPLEMENTING,
            parameters.implementation_harm,
        )
        sums[OUTCOME] += weight * parts(outcome)
    sums[SKILL] += weight * parts(state.pairs[i, j].skill)
    if providers[i].staff >= BIG:
        sums[BIG_USING] += 1
    sums[RANKED] += weight * people * (share // SHARE_TO_RANKED) * int(providers[i].rank)


@submodel
def remember_slack(world, state, record, row, i):
    """Add the slack of provider i to the record's row."""
    record.slack[row, world.providers[i].group] += int(world.providers[i].weight) * parts(state.rows[i].slack)
