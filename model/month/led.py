"""Who leads after a month: equation (5)."""

from __future__ import annotations

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..submodels import churn, scaling
from ..submodels.hazards import happens, probability
from .valued import turnover_of

ID_STRIDE = 1 << 40
"""Apart by more than any provider's id: further draws of one provider for one decision and month."""


@submodel
def is_unsettled(state, i, departure):
    """Let provider i feel a departure for the next six months, beside what it still feels of others."""
    row = state.rows[i]
    row.unrest = churn.unrest_after(row.unrest, row.unrest_left, departure)
    row.unrest_left = churn.MONTHS_OF_UNREST


@submodel
def leaders_change(world, state, month, i):
    """Change leadership as managers, senior leaders and staff of provider i come and go (5)."""
    p, settled, providers, schedule = world.parameters[0], world.settled[0], world.providers, world.schedule
    who, cell, none = providers[i].id, providers[i].cell, state.pairs.shape[1]
    managers = int(providers[i].sites)
    state.rows[i].unrest_left = max(0.0, state.rows[i].unrest_left - settled.step)
    leaving = p.manager_turnover * (1.0 - schedule.supported[month, cell].manager_retention)
    luck = draw(state.starts[rnd.MANAGERS_LEAVE, none], who)
    if luck < managers * leaving * settled.step:
        gone = scaling.binomial(managers, probability(leaving, p.hazard_ceiling, settled.step), 1.0 - luck)
        for departure in range(gone):
            start = state.starts[rnd.NEW_MANAGER, none]
            first, second = who + 2 * departure * ID_STRIDE, who + (2 * departure + 1) * ID_STRIDE
            score = rnd.normal_pair(draw(start, first), draw(start, second))
            level = churn.newcomer(world.traits[i].senior_score, p.trait_correlation, score)
            state.rows[i].manager = churn.manager_level(state.rows[i].manager, level, managers)
        if gone > 0:
            is_unsettled(state, i, min(1.0, gone / managers))
    luck = draw(state.starts[rnd.SENIOR_LEAVES, none], who)
    if happens(luck, p.senior_turnover, p.hazard_ceiling, settled.step):
        start = state.starts[rnd.NEW_SENIOR, none]
        score = rnd.normal_pair(draw(start, who), draw(start, who + ID_STRIDE))
        state.rows[i].senior = churn.newcomer(world.traits[i].senior_score, p.trait_correlation, score)
        is_unsettled(state, i, 1.0)
    programme = schedule.supported[month, cell].frontline_programme
    home = churn.frontline_home(
        world.traits[i].frontline_start, settled.frontline_mean, world.traits[i].learning, programme
    )
    state.rows[i].frontline = churn.frontline_level(
        state.rows[i].frontline, home, turnover_of(world, month, i), settled.step
    )
