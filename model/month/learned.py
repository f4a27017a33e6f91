"""What a month teaches: equations (10), (11) and (12)."""

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..submodels import accounts, fit, learning, skill
from ..submodels.awareness import WHOLE
from ..submodels.journey import EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from .partnered import CAPABILITIES
from .seen import side_of
from .valued import turnover_of


@submodel
def learn(world, state, month, i, j, keen, full_month):
    """Learn from the month's results with innovation j, fit it, and gain or lose skill in it; `keen` is lambda."""
    stage = int(state.pairs[i, j].stage)
    using = stage == IMPLEMENTING or stage == SUSTAINED
    doing = using or stage == EXPLORING
    if world.switches[0].learning and full_month:
        follow_results(world, state, month, i, j, stage, doing, keen)
    if stage == UNAWARE:
        return
    p, innovation, step = world.parameters[0], world.innovations[j], world.settled[0].step
    if using and world.switches[0].fitting:
        state.pairs[i, j].fit = fit.fit_after(state.pairs[i, j].fit, p.adaptation, keen, innovation.adaptability, step)
    if world.switches[0].skill:
        cell = world.providers[i].cell
        around, support = world.schedule.around[month, cell], world.schedule.supported[month, cell]
        gain = skill.skill_gain(
            p.skill_learning,
            keen,
            doing,
            support.training,
            p.broker_skill,
            support.brokerage,
            around.vacancy * (1.0 - support.fair_pay),
        )
        loss = skill.skill_loss(turnover_of(world, month, i), innovation.codification)
        before = state.pairs[i, j].skill
        after = skill.skill_after(before, gain, loss, step)
        if not doing:
            # what the trade brought is not lost by not using an innovation
            after = max(after, min(before, p.starting_skill))
        state.pairs[i, j].skill = after


@submodel
def grow(world, state, i, keen):
    """Set what provider i will be capable of when the month has passed (12b): its best skill of each kind leads.

    Capability is not changed yet: partners, and the other innovations of provider i, still go by last month's.
    """
    p, step = world.parameters[0], world.settled[0].step
    for kind in range(CAPABILITIES):
        state.grown[i, kind] = state.capability[i, kind]
    for j in range(state.pairs.shape[1]):
        stage = state.pairs[i, j].stage
        if state.sector[j].running and (stage == EXPLORING or stage == IMPLEMENTING or stage == SUSTAINED):
            kind = world.innovations[j].capability
            after = skill.capability_after(
                state.capability[i, kind], p.capability_growth, keen, state.pairs[i, j].skill, step
            )
            state.grown[i, kind] = max(state.grown[i, kind], after)


@submodel
def grown_up(state):
    """Let every provider become capable of what it has learned to do."""
    for i in range(state.capability.shape[0]):
        for kind in range(CAPABILITIES):
            state.capability[i, kind] = state.grown[i, kind]


@submodel
def follow_results(world, state, month, i, j, stage, doing, keen):
    """Update the belief of provider i about innovation j (10), and leave what it found for its partners to hear."""
    now = side_of(world, month)
    if not doing:
        state.found[now, i, j, 0] = 0
        state.found[now, i, j, 1] = 0
        if stage == UNAWARE:
            return
    p, innovation, pair = world.parameters[0], world.innovations[j], state.pairs[i, j]
    trials, worked = 0, 0
    if doing:
        true = accounts.true_success(innovation.success, innovation.former_success, pair.fit, pair.skill)
        true *= 1.0 - world.schedule.regime[month, j].outage
        trials = learning.trials_followed(int(pair.sites_in_use), stage == EXPLORING, p.trials)
        chance = learning.chance_of_success(true, learning.reading_error(p.misreading, keen))
        worked = learning.successes_of(trials, chance, draw(state.starts[rnd.LEARN, j], world.providers[i].id))
        state.found[now, i, j, 0] = int(math.floor(keen * worked * WHOLE + 0.5))
        state.found[now, i, j, 1] = int(math.floor(keen * (trials - worked) * WHOLE + 0.5))
    told = learning.from_partners(
        p.partner_evidence, innovation.observability, state.capability[i, innovation.capability], 1.0 / WHOLE
    )
    a = learning.evidence_after(
        pair.successes, innovation.prior_successes, p.evidence_memory, keen, worked, told * int(state.heard[j, 0])
    )
    b = learning.evidence_after(
        pair.failures,
        innovation.prior_failures,
        p.evidence_memory,
        keen,
        trials - worked,
        told * (1.0 - p.success_bias) * int(state.heard[j, 1]),
    )
    within = learning.within_limits(a, b)
    pair.successes, pair.failures = a * within, b * within
