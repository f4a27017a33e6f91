"""Equation (19), its other parts: ratings, aspirations, and who closes.

Basis: Inspections and their results (S080, S082), closures of care homes (about 2.5 % a year); aspirations follow
own and partners' performance (Cyert and March 1963).

Assumptions: Leadership and learning tilt the odds of an inspection; good providers are inspected less often. Who
closes is replaced at once in the same place: the sector keeps its size.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import ID_STRIDE, draw
from ..record import IN, OUT, book, book_skill
from ..state import AWARE, CAPABILITIES, EXITS, GENERATION, IMPLEMENTING, WHOLE
from . import attention, awareness, finance, hazards, leadership, learning, partnerships

# What inspections found again (S080), by rating from inadequate to outstanding: share that rises, share that falls.
# Outstanding services that fall are an assumption: as many as among the good ones.
RISES = (0.81, 0.57, 0.01, 0.0)
FALLS = (0.0, 0.05, 0.26, 0.26)
GOOD = 0


@submodel
def inspection_hazard(rate, selection, rating):
    """Return how often a provider is inspected again, in 1/month: those that are good or better less often."""
    return rate * (selection if rating >= GOOD else 1.0)


@submodel
def tilted(share, exponent):
    """Return a probability with its odds multiplied by exp(exponent)."""
    factor = math.exp(hazards.clipped(exponent))
    return share * factor / (1.0 - share + share * factor)


@submodel
def rating_after(rating, tilt, lead, learning, noise, number):
    """Return the rating after an inspection: the shares of S080, odds tilted by +-beta ((L^R + lambda)/2 - .5).

    `noise` is the share of inspections that tell nothing: they raise or lower by the toss of a coin.
    """
    better = tilt * (0.5 * (lead + learning) - 0.5)
    up = (1.0 - noise) * tilted(RISES[rating + 2], better) + (0.5 * noise if rating < 1 else 0.0)
    down = (1.0 - noise) * tilted(FALLS[rating + 2], -better) + (0.5 * noise if rating > -2 else 0.0)
    if number < up:
        return rating + 1
    return rating - 1 if number >= 1.0 - min(down, 1.0 - up) else rating


@submodel
def aspiration_after(aspiration, memory, own, others, step):
    """Return (19c): Asp <- m_A Asp + (1 - m_A)(.5 Perf + .5 partners' mean) over a step."""
    return aspiration + min(1.0, (1.0 - memory) * step) * (0.5 * own + 0.5 * others - aspiration)


@submodel
def exit_hazard(rate, weight, slack_bounded, reference):
    """Return (19d): h_out exp{-beta_out Rt} over its mean at the start: the sector begins with h_out, in 1/month."""
    return rate * math.exp(hazards.clipped(-weight * slack_bounded)) / reference


UNRATED = 0
"""A new provider counts as good until it is inspected (assumption)."""


@submodel
def is_inspected(frame, state, month, i):
    """Let the regulator inspect provider i, or not."""
    p, settled, none = frame.parameters[0], frame.settled[0], state.pairs.shape[1]
    around, who = frame.schedule.around[month, state.providers[i].cell], state.providers[i].id
    rating = int(state.rows[i].rating)
    hazard = inspection_hazard(p.inspection_rate * around.inspection, p.good_inspection, rating)
    if hazards.happens(draw(state.starts[rnd.INSPECT, none], who), hazard, p.hazard_ceiling, settled.step):
        state.rows[i].rating = rating_after(
            rating,
            p.rating_tilt,
            leadership.lead_or_reference(frame, state, month, i, leadership.SUSTAIN, settled.reference_sustain),
            learning.culture(frame, state, month, i),
            around.noise,
            draw(state.starts[rnd.INSPECT, none], who + ID_STRIDE),
        )


@submodel
def aspire(frame, state, i, others):
    """Move the aspiration of provider i (19c); `others` is the mean performance of its partners."""
    state.rows[i].aspiration = aspiration_after(
        state.rows[i].aspiration,
        frame.parameters[0].aspiration_memory,
        state.shown[i].performance / WHOLE,
        others,
        frame.settled[0].step,
    )


@submodel
def closes(frame, state, i):
    """Return whether provider i closes this month (19d)."""
    p, settled, none = frame.parameters[0], frame.settled[0], state.pairs.shape[1]
    number = draw(state.starts[rnd.EXIT, none], state.providers[i].id)
    if number >= settled.most_exits * settled.step:
        return False
    slack = attention.bounded_slack(state.rows[i].slack)
    return hazards.happens(
        number,
        exit_hazard(p.exit_rate, p.exit_slack, slack, settled.exit_reference),
        p.hazard_ceiling,
        settled.step,
    )


@submodel
def is_replaced(frame, state, record, month, i, closing_down):
    """Let provider i, one of `closing_down` that close, make room for another: same setting, size and area.

    Who enters comes from the trade: it believes what somebody of its setting believes, and may open with what its
    setting uses (imprinting: Stinchcombe 1965). The shares are last month's, and from others that close it hears
    nothing, so that the order of closures changes nothing. What it opens with is paid by those who found it.
    """
    row, network = month + 1, state.network
    alike = resembles(frame, state, i)
    teaches = True
    for place in range(closing_down):
        teaches = teaches and state.notes[place].closing != alike
    record.flows[row, state.providers[i].group, EXITS] += 1
    while network.ties[i] > 0:
        k = int(network.partners[network.first[i]])
        partnerships.untie(network, i, k)
        partnerships.untie(network, k, i)
        partnerships.counts_tie(state, record, row, i, k, partnerships.ENDED, OUT)
    for j in range(state.pairs.shape[1]):
        if state.sector[j].running == 0:
            continue  # until its start, an innovation stands as the evidence has it
        pair, innovation = state.pairs[i, j], frame.innovations[j]
        book_skill(frame, state, record, row, i, j, OUT)
        book(frame, state, record, row, i, j, OUT)
        pair.stage, pair.sites_in_use, pair.granted = AWARE, 0, 0
        pair.successes, pair.failures = innovation.prior_successes, innovation.prior_failures
        if teaches:
            pair.successes, pair.failures = state.pairs[alike, j].successes, state.pairs[alike, j].failures
        pair.skill, pair.fit = frame.parameters[0].starting_skill, frame.parameters[0].starting_fit
        book(frame, state, record, row, i, j, IN)
        for side in range(2):
            state.found[side, i, j, 0] = 0
            state.found[side, i, j, 1] = 0
        setting = state.providers[i].setting
        usual = awareness.layer_mean(int(state.setting_use[setting, j]), int(state.setting_weight[setting]))
        if draw(state.starts[rnd.ENTRANT, j], state.providers[i].id) < frame.parameters[0].imprinting * usual:
            finance.moves(frame, state, record, month, i, j, IMPLEMENTING, 0)
            book_skill(frame, state, record, row, i, j, IN)
    open_in_place(frame, state, i, frame.founders[alike])


@submodel
def resembles(frame, state, i):
    """Return the row whom an entrant in row i resembles: a draw from all of its setting."""
    places, none = frame.places, state.pairs.shape[1]
    setting = state.providers[i].setting
    first, last = places.setting_first[setting], places.setting_first[setting + 1]
    number = draw(state.starts[rnd.ENTRANT, none], state.providers[i].id)
    return places.by_setting[first + int(number * (last - first))]


@submodel
def open_in_place(frame, state, i, alike):
    """Give row i an entrant that begins as `alike` began."""
    traits, rows = state.traits[i], state.rows[i]
    traits.learning, traits.openness, traits.self_knowledge = alike.learning, alike.openness, alike.self_knowledge
    for kind in range(CAPABILITIES):
        state.capability[i, kind] = alike.capability[kind]
        traits.misjudged[kind] = alike.misjudged[kind]
    traits.senior_score, traits.frontline_start = alike.senior_score, alike.frontline_start
    traits.adoption_threshold, traits.value_to_keep = alike.adoption_threshold, alike.value_to_keep
    traits.norm_threshold, traits.slack_base = alike.norm_threshold, alike.slack_base
    traits.cost = traits.revenue * (alike.cost / alike.revenue)
    rows.senior, rows.manager, rows.frontline = alike.senior_start, alike.manager_start, alike.frontline_start
    rows.slack, rows.rating = traits.slack_base, UNRATED
    rows.aspiration = attention.performance(rows.rating, rows.slack)
    rows.unrest, rows.unrest_left = 0.0, 0.0
    state.providers[i].id += GENERATION
