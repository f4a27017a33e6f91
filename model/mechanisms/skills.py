"""Equation (12): skill grows by doing, training and help, and goes with those who leave.

Basis: Learning curves with forgetting through turnover (Argote 2013).

Assumptions: Codified skill stays when people leave. Nobody has time to learn where 30 % of posts are vacant. The
provider's capability follows its best skill of that kind, after the month.
"""

from __future__ import annotations

from ..jit import submodel
from ..state import CAPABILITIES, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE


@submodel
def skill_gain(learning_rate, learning, doing, training, complexity, vacancy):
    """Return u_K = [l_K lambda 1(in use or pilot) + training (1 - X)] (1 - vacancy/.3)+, in 1/month: courses do little
    for what is complex (T20).
    """
    busy = max(0.0, 1.0 - vacancy / 0.3)
    return (learning_rate * learning * (1.0 if doing else 0.0) + training * (1.0 - complexity)) * busy


@submodel
def skill_loss(turnover, codification):
    """Return tau' = tau (1 - cod): skill that leaves with staff, in 1/month."""
    return turnover * (1.0 - codification)


@submodel
def skill_after(skill, gain, loss, step):
    """Return (12): K + u_K (1 - K) - tau' K over a step; it rests at u_K/(u_K + tau')."""
    # faster than whole, a step would overshoot: then it goes to where it rests
    pace = min(1.0, (gain + loss) * step)
    rest = gain / (gain + loss) if gain + loss > 0.0 else skill
    return skill + pace * (rest - skill)


@submodel
def capability_after(capability, growth, learning, skill, step):
    """Return (12b): c + .01 lambda (K - c)+ over a step: what staff do best, of what
    asks for a capability, becomes what the provider can do.
    """
    return capability + min(1.0, growth * learning * step) * max(0.0, skill - capability)


@submodel
def practise(frame, state, month, i, j, keen, leaving_staff):
    """Gain or lose skill of provider i in innovation j over a month (12); `keen` is lambda, `leaving_staff` tau."""
    stage = int(state.pairs[i, j].stage)
    if stage == UNAWARE:
        return
    p, innovation, step = frame.parameters[0], frame.innovations[j], frame.settled[0].step
    cell = state.providers[i].cell
    doing = stage == EXPLORING or stage == IMPLEMENTING or stage == SUSTAINED
    around, support = frame.schedule.around[month, cell], frame.schedule.supported[month, cell]
    gain = skill_gain(
        p.skill_learning,
        keen,
        doing,
        support.training,
        innovation.complexity,
        around.vacancy * (1.0 - support.fair_pay),
    )
    loss = skill_loss(leaving_staff, innovation.codification)
    before = state.pairs[i, j].skill
    after = skill_after(before, gain, loss, step)
    if not doing:
        # what the trade brought is not lost by not using an innovation
        after = max(after, min(before, p.starting_skill))
    state.pairs[i, j].skill = after


@submodel
def grow(frame, state, i, keen):
    """Set what provider i will be capable of when the month has passed (12b): its best skill of each kind leads.

    Capability is not changed yet: partners, and the other innovations of provider i, still go by last month's.
    """
    p, step = frame.parameters[0], frame.settled[0].step
    for kind in range(CAPABILITIES):
        state.grown[i, kind] = state.capability[i, kind]
    for j in range(state.pairs.shape[1]):
        stage = state.pairs[i, j].stage
        if state.sector[j].running and (stage == EXPLORING or stage == IMPLEMENTING or stage == SUSTAINED):
            kind = frame.innovations[j].capability
            after = capability_after(
                state.capability[i, kind], p.capability_growth, keen, state.pairs[i, j].skill, step
            )
            state.grown[i, kind] = max(state.grown[i, kind], after)


@submodel
def settle(state):
    """Let every provider become capable of what it has learned to do."""
    for i in range(state.capability.shape[0]):
        for kind in range(CAPABILITIES):
            state.capability[i, kind] = state.grown[i, kind]
