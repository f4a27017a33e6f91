"""Equation (19), entry: who opens in the place of who closes, and how the number of providers grows or shrinks.

Basis: Net entry by setting from the register's dates; organisations are founded with the practice of their time
(Stinchcombe 1965).

Assumptions: Who closes is replaced in the same place, but where a setting shrinks. Where it grows, organisations with
one site open as fast as the register's number of providers grew. Who enters comes from the trade: it resembles somebody
of its setting, has heard what that one has heard and believes what that one believes, and may open with what suits
it and its setting uses or registration asks for.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..record import IN, OUT, book, book_skill, holds, remember_flows
from ..state import (
    AWARE,
    CAPABILITIES,
    EXITS,
    GENERATION,
    IMPLEMENTING,
    PULL_WHOLE,
    SLACK,
    UNAWARE,
    WHOLE,
)
from . import attention, awareness, finance, partnerships, value

UNRATED = 0
"""A new provider counts as good until it is inspected (assumption)."""


@submodel
def chance_to_begin(imprinting, usual, registration):
    """Return (19e): max(imprinting x use in the setting, what registration asks for), the chance that an entrant opens
    with an innovation.
    """
    return max(imprinting * usual, registration)


@submodel
def chance_of_no_successor(net_entry, closures):
    """Return (19f): min(1, (-g)+/(12 h)), the chance that nobody follows who closes in a setting whose number of
    providers changes by g a year and in which h close a month.
    """
    if closures <= 0.0:
        return 0.0
    return min(1.0, max(0.0, -net_entry) / (12.0 * closures))


@submodel
def grown(net_entry, step):
    """Return exp(g dt/12): how many times as many providers of a setting there are after a step as before."""
    return math.exp(net_entry * step / 12.0)


@submodel
def resembles(frame, state, i):
    """Return the row whom an entrant in row i resembles: a draw from all of its setting."""
    places, none = frame.places, state.pairs.shape[1]
    setting = state.providers[i].setting
    number = draw(state.starts[rnd.ENTRANT, none], state.providers[i].id)
    return places.by_setting[places.setting_first[setting] + int(number * state.setting_listed[setting])]


@submodel
def teaches(state, alike, closing):
    """Return whether an entrant hears what row `alike` knows: not from one that closes this month, so that the order of
    closures changes nothing, nor from a row where nobody is.
    """
    if state.providers[alike].weight == 0:
        return False
    for place in range(closing):
        if state.notes[place].closing == alike:
            return False
    return True


@submodel
def leaves(frame, state, record, month, i):
    """Take out all that provider i, which closes, was part of: its ties, and what it used."""
    row, network = month + 1, state.network
    record.flows[row, state.providers[i].group, EXITS] += int(state.providers[i].weight)
    while network.ties[i] > 0:
        k = int(network.partners[network.first[i]])
        partnerships.untie(network, i, k)
        partnerships.untie(network, k, i)
        partnerships.counts_tie(state, record, row, i, k, partnerships.ENDED, OUT)
    for j in range(state.pairs.shape[1]):
        if state.sector[j].running:  # until its start, an innovation stands as the evidence has it
            book_skill(frame, state, record, row, i, j, OUT)
            begins_afresh(frame, state, record, row, i, j)
        for side in range(2):
            state.found[side, i, j, 0] = 0
            state.found[side, i, j, 1] = 0


@submodel
def begins_afresh(frame, state, record, row, i, j):
    """Let row i know nothing of innovation j."""
    pair, innovation = state.pairs[i, j], frame.innovations[j]
    book(frame, state, record, row, i, j, OUT)
    pair.stage, pair.sites_in_use, pair.granted = UNAWARE, 0, 0
    pair.successes, pair.failures = innovation.prior_successes, innovation.prior_failures
    pair.skill, pair.fit = frame.parameters[0].starting_skill, frame.parameters[0].starting_fit
    book(frame, state, record, row, i, j, IN)


@submodel
def opens(frame, state, record, month, i, closing):
    """Let a provider open in row i, which knows nothing: what it opens with is paid by those who found it. The shares
    of use are last month's.
    """
    row, setting = month + 1, state.providers[i].setting
    alike = resembles(frame, state, i)
    taught = teaches(state, alike, closing)
    for j in range(state.pairs.shape[1]):
        if state.sector[j].running == 0:
            continue
        if taught and state.pairs[alike, j].stage != UNAWARE:
            book(frame, state, record, row, i, j, OUT)
            pair = state.pairs[i, j]
            pair.stage = AWARE
            pair.successes, pair.failures = state.pairs[alike, j].successes, state.pairs[alike, j].failures
            book(frame, state, record, row, i, j, IN)
        usual = awareness.layer_mean(int(state.setting_use[setting, j]), int(state.setting_weight[setting]))
        chance = chance_to_begin(frame.parameters[0].imprinting, usual, frame.innovations[j].registration)
        if value.suits(frame, state, i, j) > 0.0 and draw(state.starts[rnd.ENTRANT, j], state.providers[i].id) < chance:
            finance.moves(frame, state, record, month, i, j, IMPLEMENTING, 0)
            book_skill(frame, state, record, row, i, j, IN)
    founded(frame, state, i, frame.founders[alike])


@submodel
def founded(frame, state, i, alike):
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
    rows.unrest, rows.unrest_left, rows.worn = 0.0, 0.0, 0.0
    state.providers[i].id += GENERATION


@submodel
def has_no_successor(frame, state, month, i):
    """Return whether nobody follows provider i, which closes (19f)."""
    if not frame.switches[0].entry:
        return False
    chance = frame.schedule.no_successor[month, state.providers[i].setting]
    return draw(state.starts[rnd.SUCCESSOR, state.pairs.shape[1]], state.providers[i].id) < chance


@submodel
def counts_in(frame, state, record, row, i, weight):
    """Add `weight` (taken out where negative) to all that is summed over who is there."""
    provider = state.providers[i]
    state.area_weight[provider.area] += weight
    state.setting_weight[provider.setting] += weight
    reached = state.reach[provider.cell, provider.group]
    reached.providers += weight
    reached.managers += weight * provider.sites
    reached.staff += weight * provider.staff
    funders = int(frame.founders[i].self_funders) * PULL_WHOLE
    state.market[provider.area, provider.setting].start += weight * funders
    holds(state, record, row, i, weight)


@submodel
def renew_population(frame, state, record, month, closing):
    """Let others open in the place of the `closing` that close, and newcomers beside them (19e, 19f), and then let
    everybody see it: newcomers stand last in the lists of their area and setting, in the order in which they open.
    """
    newcomers, row = frame.newcomers, month + 1
    first, last = newcomers.first[month], newcomers.first[month + 1]
    for place in range(closing):
        i = state.notes[place].closing
        state.notes[place].gone = 1 if has_no_successor(frame, state, month, i) else 0
        leaves(frame, state, record, month, i)
        if state.notes[place].gone == 0:
            opens(frame, state, record, month, i, closing)
    for place in range(first, last):
        i = newcomers.rows[place]
        state.providers[i].weight = newcomers.weight[place]
        for j in range(state.pairs.shape[1]):
            book(frame, state, record, row, i, j, IN)
        opens(frame, state, record, month, i, closing)
        remember_flows(frame, state, record, row, i)
    for place in range(closing):
        for j in range(state.pairs.shape[1]):
            awareness.see(frame, state, state.notes[place].closing, j)
    for place in range(first, last):
        i = newcomers.rows[place]
        for j in range(state.pairs.shape[1]):
            awareness.see(frame, state, i, j)
        counts_in(frame, state, record, row, i, int(state.providers[i].weight))
        state.area_listed[state.providers[i].area] += 1
        state.setting_listed[state.providers[i].setting] += 1
    for place in range(closing):
        if state.notes[place].gone:
            is_gone(frame, state, record, row, state.notes[place].closing)


@submodel
def is_gone(frame, state, record, row, i):
    """Leave row i without anybody."""
    weight = int(state.providers[i].weight)
    counts_in(frame, state, record, row, i, -weight)
    for j in range(state.pairs.shape[1]):
        book(frame, state, record, row, i, j, OUT)
        state.pairs[i, j].stage, state.pairs[i, j].sites_in_use = UNAWARE, 0
        awareness.see(frame, state, i, j)
    record.flows[row, state.providers[i].group, SLACK] -= weight * int(math.floor(state.rows[i].slack * WHOLE + 0.5))
    state.providers[i].weight = 0
    state.providers[i].id += GENERATION
