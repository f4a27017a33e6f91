"""Equation (7): choosing between what one knows and doing nothing, obeying, and taking a pilot further.

Basis: Multinomial logit (McFadden 1974), drawn as the largest of values with Gumbel noise.

Assumptions: One choice a look. A pilot that ends is judged by the same value, at what is believed by then, and is
taken further only if reserves and credit pay the set-up cost that grant and council leave. What cannot be paid now is
postponed, not rejected: the provider stays aware of it. What is enforced is taken up without a pilot, however many
projects are under way. Staff who lead judge a pilot by what it showed; who learns may plan anew after a failed one.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING
from . import attention, hazards, learning, partnerships, value


@submodel
def score(value, noise, drawn):
    """Return V + s_C g with g a standard Gumbel number made from `drawn`, a random draw in (0, 1).

    The option with the highest score is option j with probability exp(V_j/s_C) / sum_k exp(V_k/s_C), which is (7)
    (McFadden 1974). Each option has a draw of its own, so neither order nor a further option disturbs the others'.
    """
    if noise == 0.0:
        return value
    return value - noise * math.log(-math.log(drawn))


@submodel
def passing(value, adoption_threshold, noise):
    """Return the probability 1/(1 + exp{(V_stay - V)/s_C}) that a pilot is taken further; 1[V >= V_stay] if s_C = 0."""
    if noise == 0.0:
        return 1.0 if value >= adoption_threshold else 0.0
    return 1.0 / (1.0 + math.exp(max(-700.0, min(700.0, (adoption_threshold - value) / noise))))


@submodel
def affordable(slack, headroom, running_costs, setup, paid_by_others):
    """Return whether (R+ + h) cost pays the set-up cost that grant and council leave: reserves, and what small outlays
    can be paid from without any.
    """
    return (max(0.0, slack) + headroom) * running_costs >= setup - paid_by_others


@submodel
def pilot_hazard(rate, trialability):
    """Return h_E (1 - .5 (1 - T)): what is hard to try takes longer to pilot, in 1/month."""
    return rate * (1.0 - 0.5 * (1.0 - trialability))


@submodel
def considered(frame, state, i, j):
    """Return whether provider i may choose innovation j: it knows of it, it is there, and it is for such providers."""
    known = state.pairs[i, j].stage == AWARE and state.sector[j].running
    return known and value.suits(frame, state, i, j) > 0.0


@submodel
def chosen(frame, state, month, i):
    """Return which of the innovations that provider i is aware of it takes into a pilot (7), or -1 for none."""
    noise, who = frame.parameters[0].choice_noise, state.providers[i].id
    look = draw(state.starts[rnd.LOOK, state.pairs.shape[1]], who)
    best = -1
    best_score = -float("inf")
    best_key = frame.innovations.key[0]
    if frame.switches[0].choice:
        drawn = draw(state.starts[rnd.STAY, state.pairs.shape[1]], who)
        best_score = score(state.traits[i].adoption_threshold, noise, drawn)
    for j in range(state.pairs.shape[1]):
        if not considered(frame, state, i, j):
            continue
        if not attention.looks_at(frame, state, month, i, j, look):
            continue
        drawn = draw(state.starts[rnd.CHOOSE, j], who)
        option = (
            score(value.worth(frame, state, month, i, j, False), noise, drawn) if frame.switches[0].choice else drawn
        )
        key = frame.innovations[j].key
        # a tie goes to doing something, and between innovations to the larger key, never to the row
        if option > best_score or (option == best_score and (best < 0 or key > best_key)):
            best, best_score, best_key = j, option, key
    return best


@submodel
def payable(frame, state, month, i, j):
    """Return whether provider i can pay what grant and council leave of the set-up cost of innovation j (7)."""
    helped = partnerships.helped(frame, state, i, j)
    whole = value.setup(frame, state, month, i, j, state.providers[i].sites, helped)
    others = whole * value.paid_by_others(frame, state, month, i, j)
    headroom = frame.parameters[0].headroom if frame.switches[0].credit else 0.0
    return affordable(state.rows[i].slack, headroom, state.traits[i].cost, whole, others)


@submodel
def chance_to_pass(frame, state, month, i, j):
    """Return the chance that a pilot that has ended is taken further (7): 0 where it cannot be paid."""
    if not frame.switches[0].choice:
        return frame.parameters[0].chance_to_pass
    return chance_alone(frame, state, month, i, j, True)


@submodel
def chance_alone(frame, state, month, i, j, piloted):
    """Return the chance that provider i, which decides on innovation j alone, goes on with it: 0 where it cannot be
    paid; `piloted` as in `value.terms_of`.
    """
    if not payable(frame, state, month, i, j):
        return 0.0
    worth = value.worth(frame, state, month, i, j, piloted)
    return passing(worth, state.traits[i].adoption_threshold, frame.parameters[0].choice_noise)


@submodel
def obeying_hazard(looking, enforced):
    """Return (7a): h_E' E, how often a provider sees to what is enforced, in 1/month."""
    return looking * enforced


@submodel
def chance_to_obey(frame, state, month, i, j):
    """Return the chance that provider i, seeing to innovation j because it is enforced, takes it up at once (7a)."""
    if value.suits(frame, state, i, j) <= 0.0:
        return 0.0
    return chance_alone(frame, state, month, i, j, False) if frame.switches[0].choice else 1.0


@submodel
def obeys(frame, state, month, i, j):
    """Return whether provider i, aware of innovation j, takes it up because it is enforced (7a)."""
    p, enforced = frame.parameters[0], frame.schedule.pulled[month, state.providers[i].cell, j].pressed
    if enforced == 0.0:  # hardly anything is: so the number is drawn only then
        return False
    number = draw(state.starts[rnd.OBEY, j], state.providers[i].id)
    rate = obeying_hazard(p.enforcement_looking, enforced)
    seen_to = hazards.probability(rate, p.hazard_ceiling, frame.settled[0].step)
    return number < seen_to and number / seen_to < chance_to_obey(frame, state, month, i, j)


@submodel
def pilot_rate(frame, state, month, i, j):
    """Return how often a pilot of innovation j ends at provider i (7), sooner where it is enforced (7a), in 1/month."""
    innovation = frame.innovations[j]
    rate = pilot_hazard(innovation.pilot_rate, innovation.trialability)
    enforced = frame.schedule.pulled[month, state.providers[i].cell, j].pressed
    return rate + obeying_hazard(frame.parameters[0].enforcement_looking, enforced)


@submodel
def pilot(frame, state, month, i, room):
    """Return which innovation provider i takes into a pilot this month, or -1: it must be aware of one, have room for
    a further project, and look (3) before it chooses (7).
    """
    aware = False
    for j in range(state.pairs.shape[1]):
        aware = aware or (state.sector[j].running and state.pairs[i, j].stage == AWARE)
    if (
        aware
        and room
        and attention.looks(
            frame, state, month, i, draw(state.starts[rnd.LOOK, state.pairs.shape[1]], state.providers[i].id)
        )
    ):
        return chosen(frame, state, month, i)
    return -1


@submodel
def probability_of(frame, state, month, i, j):
    """Return the probability (7) that a provider that looks at innovation j takes it: against staying, and against all
    that it knows and looks at.
    """
    noise = frame.parameters[0].choice_noise
    mine = value.worth(frame, state, month, i, j, False)
    if noise == 0.0 or not frame.switches[0].choice:
        return 1.0
    looks = attention.chance_to_look(frame, state, month, i, j)
    total, below = 0.0, 0.0
    while below < looks:  # draws from `below` to `level` look at the same innovations
        level = looks
        others = math.exp(max(-700.0, min(700.0, (state.traits[i].adoption_threshold - mine) / noise)))
        for k in range(state.pairs.shape[1]):
            if k != j and considered(frame, state, i, k):
                chance = attention.chance_to_look(frame, state, month, i, k)
                if chance > below:
                    level = min(level, chance)
                    others += math.exp(
                        max(-700.0, min(700.0, (value.worth(frame, state, month, i, k, False) - mine) / noise))
                    )
        total += (level - below) / looks / (1.0 + others)
        below = level
    return total


@submodel
def after_pilot(frame, state, month, i, j, number):
    """Return the stage after a month of piloting (7): the same, implementing, abandoned, or aware where it is postponed
    for want of money or planned anew (7b); `number` settles whether the pilot ends, how, and what follows.
    """
    p, switches = frame.parameters[0], frame.switches[0]
    ends = hazards.probability(pilot_rate(frame, state, month, i, j), p.hazard_ceiling, frame.settled[0].step)
    if number >= ends:
        return EXPLORING
    passes = chance_to_pass(frame, state, month, i, j)
    if number / ends < passes:
        return IMPLEMENTING
    if switches.choice and switches.credit and not payable(frame, state, month, i, j):
        return AWARE
    if switches.replanning:
        again = planned_anew(p.replanning_chance, learning.culture(frame, state, month, i))
        if number / ends < passes + (1.0 - passes) * again:
            return AWARE
    return ABANDONED


@submodel
def planned_anew(replanning, learning):
    """Return (7b): rp lambda, the share of failed pilots after which a provider looks for another way."""
    return replanning * learning
