"""Why a provider did not move on: its chance of a month, taken apart into what holds it back.

The negative logarithm of the chance is shared out exactly. Where a chance is a function of a sum of terms, each barrier
gets the part of the change of the logarithm that its term has in the change of the sum when all barriers are lifted at
once (Aumann-Shapley values, which add up by construction); what is left with all of them lifted is attention (of
looking), inertia (of choosing) or time (of pilots and implementation).
"""

from __future__ import annotations

import math

from ..jit import kernel, submodel
from ..mechanisms import attention, choice
from ..mechanisms.attention import look_rate
from ..mechanisms.choice import payable
from ..mechanisms.hazards import probability
from ..mechanisms.implementation import routine
from ..mechanisms.leadership import EXPLORE, IMPLEMENT, lead_or_reference
from ..mechanisms.learning import belief as beliefs
from ..mechanisms.movements import burden
from ..mechanisms.value import believed
from ..mechanisms.value import worth as valued
from ..state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from . import events
from .barrier_names import ATTENTION, AWARENESS, DEMAND, INERTIA, LEADERSHIP, LEARNING, MONEY, REGULATION, SKILLS, TIME
from .terms import chance_of_choice, weighed


@submodel
def lifted_choice(frame, state, month, i, j, terms, lifted):
    """Set by how much value (6) would rise with each barrier lifted, and return the sum."""
    p, innovation = frame.parameters[0], frame.innovations[j]
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if not frame.switches[0].value:
        return 0.0
    weighed(frame, state, month, i, j, terms)
    mean, deviation = beliefs(frame, state, month, i, j)
    short = believed(frame, state, innovation.success, month, i, j) - believed(frame, state, mean, month, i, j)
    lifted[LEARNING] = max(0.0, short) + p.uncertainty_weight * deviation * (1.0 - innovation.trialability)
    lifted[SKILLS] = -terms[events.SKILL]
    lifted[MONEY] = -terms[events.COST]
    lifted[REGULATION] = -terms[events.REGULATION]
    lifted[DEMAND] = max(0.0, p.commissioning_weight + p.demand_weight - terms[events.DEMAND])
    lifted[AWARENESS] = max(0.0, p.peer_norm - terms[events.EXPOSURE])
    total = 0.0
    for barrier in range(lifted.shape[0]):
        total += lifted[barrier]
    return total


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
def looks_back(frame, state, month, i, lifted, parts):
    """Add the parts of the negative logarithm of the chance (3) that provider i looks around this month."""
    p, settled = frame.parameters[0], frame.settled[0]
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if not frame.switches[0].search:
        share_out_hazard(frame, p.attention, 0.0, lifted, parts, ATTENTION)
        return
    leader = lead_or_reference(frame, state, month, i, EXPLORE, settled.reference_explore)
    lifted[LEADERSHIP] = p.leadership_weight * max(0.0, 1.0 - leader)
    lifted[MONEY] = p.slack_search * (1.0 - attention.bounded_slack(state.rows[i].slack))
    total = lifted[LEADERSHIP] + lifted[MONEY]
    share_out_hazard(frame, look_rate(frame, state, i, leader), total, lifted, parts, ATTENTION)


@submodel
def held_back(frame, state, month, i, j, busy, terms, lifted, parts):
    """Set `parts` of the negative logarithm of the chance of provider i to move on with innovation j, by barrier; where
    the way is closed altogether the part is 1, of the barrier that closes it.
    """
    p, settled = frame.parameters[0], frame.settled[0]
    for barrier in range(parts.shape[0]):
        parts[barrier] = 0.0
    stage = state.pairs[i, j].stage
    if stage == UNAWARE:
        parts[AWARENESS] = 1.0
        return
    if stage == ABANDONED or stage == EXPLORING:
        parts[TIME] = 1.0
        return
    if stage == AWARE:
        if busy:
            parts[ATTENTION] = 1.0
            return
        looks_back(frame, state, month, i, lifted, parts)
        chance = chance_of_choice(frame, state, month, i, j)
        gain = lifted_choice(frame, state, month, i, j, terms, lifted)
        share_out(chance, choice_if(frame, chance, gain), gain, lifted, parts, INERTIA)
        return
    total = 0.0
    for barrier in range(lifted.shape[0]):
        lifted[barrier] = 0.0
    if frame.switches[0].implementation:
        pair, innovation = state.pairs[i, j], frame.innovations[j]
        leader = lead_or_reference(frame, state, month, i, IMPLEMENT, settled.reference_implement)
        lifted[LEADERSHIP] = p.leadership_weight * max(0.0, 1.0 - leader)
        lifted[SKILLS] = -p.skill_exponent * math.log(pair.skill)
        lifted[LEARNING] = -math.log(1.0 - innovation.complexity * (1.0 - pair.fit))
        lifted[REGULATION] = math.log(1.0 + p.burden_delay * burden(frame, state, month, i, j))
        total = lifted[LEADERSHIP] + lifted[SKILLS] + lifted[LEARNING] + lifted[REGULATION]
    share_out_hazard(frame, routine(frame, state, month, i, j), total, lifted, parts, TIME)


@submodel
def failed_pilot(frame, state, month, i, j, terms, lifted, parts):
    """Set the parts of a pilot that ended and was not taken further."""
    for barrier in range(parts.shape[0]):
        parts[barrier] = 0.0
    noise = frame.parameters[0].choice_noise
    if not frame.switches[0].choice or noise == 0.0:
        parts[INERTIA] = 1.0
        return
    worth, threshold = valued(frame, state, month, i, j), state.traits[i].threshold
    if not payable(frame, state, month, i, j):
        parts[MONEY] = 1.0
        return
    gain = lifted_choice(frame, state, month, i, j, terms, lifted)
    chance, best = choice.passing(worth, threshold, noise), choice.passing(worth + gain, threshold, noise)
    share_out(chance, best, gain, lifted, parts, INERTIA)


@submodel
def add_shares(parts, sums):
    """Add parts as shares of their sum, one month or one pilot, among barriers; return the barrier that binds most."""
    total, most = 0.0, 0
    for barrier in range(parts.shape[0]):
        total += parts[barrier]
        if parts[barrier] > parts[most]:
            most = barrier
    for barrier in range(parts.shape[0]):
        sums[barrier] += parts[barrier] / total if total > 0.0 else 0.0
    return most


@kernel
def tally(frame, before, after, month, group, terms, lifted, parts, months, stuck, binding, failed):
    """Add a month to the tallies by group, innovation and barrier.

    `months` (G, J, 6) counts months that did not move on by stage, `stuck` (G, J, 6, B) shares them out by barrier,
    `binding` (G, J, 6, B) counts them by the barrier with the largest part, `failed` (G, J, B) shares out pilots that
    were not taken further.
    """
    p, many = frame.parameters[0], before.pairs.shape[1]
    for i in range(before.pairs.shape[0]):
        if after.providers[i].id != before.providers[i].id:
            continue
        projects = 0
        for j in range(many):
            stage = before.pairs[i, j].stage
            if before.sector[j].running:
                projects += stage == EXPLORING or stage == IMPLEMENTING
        busy = projects >= attention.projects_allowed(p.project_cap, int(before.providers[i].sites))
        g = group[i]
        for j in range(many):
            stage, now = int(before.pairs[i, j].stage), after.pairs[i, j].stage
            if not before.sector[j].running or stage == SUSTAINED:
                continue
            if stage == EXPLORING and now == ABANDONED:
                failed_pilot(frame, before, month, i, j, terms, lifted, parts)
                add_shares(parts, failed[g, j])
                continue
            if stage != now:
                continue
            held_back(frame, before, month, i, j, busy, terms, lifted, parts)
            months[g, j, stage] += 1
            binding[g, j, stage, add_shares(parts, stuck[g, j, stage])] += 1
