"""What holds a provider back: its chance of a month to move on, taken apart by barrier.

The negative logarithm of the chance is shared out exactly. Where a chance is a function of a sum of terms, each barrier
gets the part of the change of the logarithm that its term has in the change of the sum when all barriers are lifted at
once (Aumann-Shapley values, which add up by construction); what is left with all of them lifted is attention (of
looking), inertia (of choosing) or time (of pilots and implementation). A barrier is lifted by setting its term of the
equation to its best.
"""

from __future__ import annotations

import math

from ..jit import kernel, submodel
from ..mechanisms import attention, choice, implementation, learning, value
from ..mechanisms.hazards import probability
from ..state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE, WEIGHT

AWARENESS, ATTENTION, LEADERSHIP, LEARNING, SKILLS, MONEY, REGULATION, DEMAND, INERTIA, TIME = range(10)
BARRIERS = (
    "awareness", "attention", "leadership", "learning", "skills", "money", "regulation", "demand", "inertia", "time",
)  # fmt: skip
SAYS = {
    "awareness": "has not heard of it, or sees few others use it",
    "attention": "is not looking, or has its hands full",
    "leadership": "leaders do not push",
    "learning": "believes less of it than is true, or is unsure",
    "skills": "staff lack the skill for it",
    "money": "set-up cost, and thin reserves",
    "regulation": "the burden of rules",
    "demand": "nobody asks for it",
    "inertia": "what it does now is good enough, or something else comes first",
    "time": "pilots and implementation take their time",
}
"""What each barrier means, as said of a provider."""
ROCKS, HEADWINDS = ("money", "regulation", "inertia"), (
    "awareness", "attention", "leadership", "learning", "skills", "demand",
)  # fmt: skip
"""Fixed barriers, and drag that a provider or its surroundings can work off; resets are the thunderstorms."""


@submodel
def lift_value(frame, state, month, i, j, lifted):
    """Set by how much value (6) would rise with each barrier lifted, and return the sum."""
    p, total = frame.parameters[0], 0.0
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if not frame.switches[0].value:
        return total
    of = value.terms_of(frame, state, month, i, j, state.pairs[i, j].stage == EXPLORING)
    true_gain = value.believed(frame, state, frame.innovations[j].success, month, i, j)
    lifted[LEARNING] = max(0.0, true_gain - of.gain) + of.uncertainty
    lifted[SKILLS] = of.complexity + of.connection
    lifted[MONEY] = of.cost
    lifted[REGULATION] = of.burden
    lifted[DEMAND] = max(0.0, p.commissioning_weight + p.demand_weight - (of.commissioners + of.people))
    lifted[AWARENESS] = max(0.0, p.peer_norm - of.peers)
    for barrier in range(lifted.shape[0]):
        total += lifted[barrier]
    return total


@submodel
def lift_look(frame, state, month, i, lifted):
    """Set by how much the exponent of (3) would rise with each barrier lifted, and return the sum."""
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if not frame.switches[0].search:
        return 0.0
    now, best = attention.terms_now(frame, state, month, i), attention.terms_of(frame, state, month, i, 1.0)
    lifted[LEADERSHIP] = max(0.0, best.leadership - now.leadership)
    lifted[LEARNING] = learning.most_culture(frame) - now.culture
    lifted[MONEY] = frame.parameters[0].slack_search - now.slack
    return lifted[LEADERSHIP] + lifted[LEARNING] + lifted[MONEY]


@submodel
def lift_routine(frame, state, month, i, j, lifted):
    """Set by how much the logarithm of (8a) would rise with each barrier lifted, and return the sum."""
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if not frame.switches[0].implementation:
        return 0.0
    room, p = attention.has_room(frame, state, i), frame.parameters[0]
    now = implementation.routine_terms_of(frame, state, month, i, j, room)
    best = implementation.best_routine(
        p.leadership_weight, frame.settled[0].reference_implement, learning.most_culture(frame), 1.0, p.skill_exponent
    )
    lifted[LEADERSHIP] = max(0.0, math.log(best.leadership) - math.log(now.leadership))
    lifted[SKILLS] = math.log(best.skill) - math.log(now.skill)
    lifted[LEARNING] = math.log(best.fit) - math.log(now.fit) + (math.log(best.culture) - math.log(now.culture))
    lifted[REGULATION] = math.log(now.burden) - math.log(best.burden)
    return lifted[LEADERSHIP] + lifted[SKILLS] + lifted[LEARNING] + lifted[REGULATION]


@submodel
def choice_if(frame, chance, gain):
    """Return what a chance of choice (7) becomes if the value rises by `gain`: others' values stay as they are."""
    noise = frame.parameters[0].choice_noise
    if noise == 0.0 or not frame.switches[0].choice:
        return chance
    others = (1.0 / max(1e-300, chance) - 1.0) * math.exp(max(-700.0, -gain / noise))
    return 1.0 / (1.0 + others)


@submodel
def surprise(chance):
    """Return the negative logarithm of a chance."""
    return -math.log(max(1e-300, chance))


@submodel
def share_out(chance, best, total, lifted, parts, rest):
    """Add the parts of -log(chance), which is `best` with all barriers lifted: each as its part of what is lifted, in
    all `total`; what is left to `rest`.
    """
    if total > 0.0:
        each = (surprise(chance) - surprise(best)) / total
        for barrier in range(parts.shape[0]):
            parts[barrier] += each * lifted[barrier]
    parts[rest] += surprise(best)


@submodel
def share_out_hazard(frame, hazard, total, lifted, parts, rest):
    """Add the parts of the chance of an event whose hazard would be exp(total) times as large (1)."""
    ceiling, step = frame.parameters[0].hazard_ceiling, frame.settled[0].step
    best = probability(hazard * math.exp(total), ceiling, step)
    share_out(probability(hazard, ceiling, step), best, total, lifted, parts, rest)


@submodel
def slowed(frame, state, month, i, j, busy, lifted, parts):
    """Set `parts` of the negative logarithm of the chance of provider i to move on with innovation j, by barrier; where
    the way is closed altogether the part is 1, of the barrier that closes it.
    """
    for barrier in range(parts.shape[0]):
        parts[barrier] = 0.0
    stage = state.pairs[i, j].stage
    if stage == UNAWARE:
        parts[AWARENESS] = 1.0
    elif stage == ABANDONED or stage == EXPLORING:
        parts[TIME] = 1.0
    elif stage == AWARE and busy:
        parts[ATTENTION] = 1.0
    elif stage == AWARE:
        total = lift_look(frame, state, month, i, lifted)
        rate = attention.look_rate(frame, state, month, i, attention.attention_to(frame, state, month, i, j))
        share_out_hazard(frame, rate, total, lifted, parts, ATTENTION)
        chance = choice.probability_of(frame, state, month, i, j)
        gain = lift_value(frame, state, month, i, j, lifted)
        share_out(chance, choice_if(frame, chance, gain), gain, lifted, parts, INERTIA)
    else:
        total = lift_routine(frame, state, month, i, j, lifted)
        hazard = implementation.routine(frame, state, month, i, j, attention.has_room(frame, state, i))
        share_out_hazard(frame, hazard, total, lifted, parts, TIME)


@submodel
def failed_pilot(frame, state, month, i, j, lifted, parts):
    """Set the parts of a pilot that ended and was not taken further."""
    for barrier in range(parts.shape[0]):
        parts[barrier] = 0.0
    noise = frame.parameters[0].choice_noise
    if not frame.switches[0].choice or noise == 0.0:
        parts[INERTIA] = 1.0
        return
    worth, adoption_threshold = value.worth(frame, state, month, i, j, True), state.traits[i].adoption_threshold
    if not choice.payable(frame, state, month, i, j):
        parts[MONEY] = 1.0
        return
    gain = lift_value(frame, state, month, i, j, lifted)
    chance, best = (
        choice.passing(worth, adoption_threshold, noise),
        choice.passing(worth + gain, adoption_threshold, noise),
    )
    share_out(chance, best, gain, lifted, parts, INERTIA)


@submodel
def add_shares(parts, sums, weight):
    """Add parts as shares of their sum, one month or one pilot of a provider's weight, among barriers; return the
    barrier that binds most.
    """
    total, most = 0.0, 0
    for barrier in range(parts.shape[0]):
        total += parts[barrier]
        if parts[barrier] > parts[most]:
            most = barrier
    for barrier in range(parts.shape[0]):
        sums[barrier] += weight * parts[barrier] / total if total > 0.0 else 0.0
    return most


@kernel
def tally(frame, before, after, month, group, lifted, parts, months, stuck, binding, failed):
    """Add a month to the tallies by group, innovation and barrier, each provider by its sampling weight.

    `months` (G, J, 6) counts months that did not move on by stage, `stuck` (G, J, 6, B) shares them out by barrier,
    `binding` (G, J, 6, B) counts them by the barrier with the largest part, `failed` (G, J, B) shares out pilots that
    were not taken further.
    """
    p, many = frame.parameters[0], before.pairs.shape[1]
    for i in range(before.pairs.shape[0]):
        if after.providers[i].id != before.providers[i].id or before.providers[i].weight == 0:
            continue
        projects = 0
        for j in range(many):
            stage = before.pairs[i, j].stage
            if before.sector[j].running:
                projects += stage == EXPLORING or stage == IMPLEMENTING
        busy = projects >= attention.projects_allowed(p.project_cap, int(before.providers[i].sites))
        g, weight = group[i], before.providers[i].weight / WEIGHT
        for j in range(many):
            stage, now = int(before.pairs[i, j].stage), after.pairs[i, j].stage
            if not before.sector[j].running or stage == SUSTAINED:
                continue
            if stage == EXPLORING and (now == ABANDONED or now == AWARE):
                failed_pilot(frame, before, month, i, j, lifted, parts)
                add_shares(parts, failed[g, j], weight)
                continue
            if stage != now:
                continue
            slowed(frame, before, month, i, j, busy, lifted, parts)
            months[g, j, stage] += weight
            binding[g, j, stage, add_shares(parts, stuck[g, j, stage], weight)] += weight
