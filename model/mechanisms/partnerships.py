"""Equations (13) and (14): with whom a provider works, and what partners lend each other.

Basis: Complementary capabilities, absorptive capacity (Cohen and Levinthal 1990) and proximity.

Assumptions: Who knows itself badly misjudges what it needs; strangers are misjudged too. Distance and rivalry speak
against a partnership; trust acts where partnerships end, each side ending it with half the hazard.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import constant, submodel
from ..randomness import ID_STRIDE, draw
from ..record import IN, OUT
from ..state import AWARE, CAPABILITIES, EXPLORING, IMPLEMENTING, TIES, TIES_ENDED, TIES_MADE
from . import hazards

TRUSTED = 24.0
"""Months after which a partner is trusted in full: before, as far as they have passed."""
LITTLE_NEED = 0.05
"""Need below which partnerships end twice as fast."""


@submodel
def perceived_own(capability, self_knowledge, misjudged):
    """Return (13a): chat = c + (1 - kappa)(bias + sd xi); `misjudged` is the second bracket."""
    return capability + (1.0 - self_knowledge) * misjudged


@submodel
def reputation(shared_ties):
    """Return rep = 1 - .5^(shared ties + 1)."""
    return 1.0 - 0.5 ** (shared_ties + 1.0)


@submodel
def perceived_other(capability, known, misjudged):
    """Return (13b): chat_k = c_k + (1 - rep) N(0, .2); `misjudged` is the normal number, drawn once a pair."""
    return capability + (1.0 - known) * misjudged


@submodel
def required(complexity):
    """Return how much of its capability an innovation asks for: .5 + .5 X (assumption)."""
    return 0.5 + 0.5 * complexity


@submodel
def need(asked, own):
    """Return ghat = (req - chat)+."""
    return max(0.0, asked - own)


@submodel
def closed(gap, other, own):
    """Return min(ghat, (chat_k - chat_i)+): how much of a need a partner would meet."""
    return min(gap, max(0.0, other - own))


@submodel
def obstacles(distance_cost, distance, rivalry_cost, rival):
    """Return what speaks against a partner: kd distance + kr rival."""
    return distance_cost * distance + rivalry_cost * rival


@submodel
def score(complement, against):
    """Return (13c): S = sum of needs met - kd distance - kr rival; trust acts where partnerships end."""
    return complement - against


@submodel
def ending_hazard(rate, trust, ties, trusted, moved, needed):
    """Return (13d): delta_W (1 - kt trust), doubled when goals moved or little is needed, in 1/month, summed over
    `ties`; `trusted` is the sum of their trust.
    """
    return rate * (ties - trust * trusted) * (2.0 if moved or needed < LITTLE_NEED else 1.0)


@submodel
def effective_capability(own, absorb, openness, asked, best):
    """Return (14): ceff = c + absorb o min(gap, (max over partners c_k - c)+), with the true capabilities."""
    return own + absorb * openness * min(max(0.0, asked - own), max(0.0, best - own))


@submodel
def shared_setup_cost(per_organisation, saved, openness, helped):
    """Return C0 less what a partner that already uses the innovation saves, in GBP."""
    return per_organisation * (1.0 - saved * openness) if helped else per_organisation


@submodel
def helped(frame, state, i, j):
    """Return whether a partner of provider i already used innovation j last month."""
    if not frame.switches[0].borrowing:
        return False
    first = state.network.first[i]
    for slot in range(int(state.network.ties[i])):
        if state.shares[state.network.partners[first + slot], j] > 0:
            return True
    return False


@submodel
def capability(frame, state, i, j):
    """Return (14) for provider i in what innovation j asks for."""
    kind = frame.innovations[j].capability
    own = state.capability[i, kind]
    if not frame.switches[0].borrowing:
        return own
    best = 0.0
    first = state.network.first[i]
    for slot in range(int(state.network.ties[i])):
        best = max(best, state.capability[state.network.partners[first + slot], kind])
    asked = required(frame.innovations[j].complexity)
    return effective_capability(own, own, state.traits[i].openness, asked, best)


NONE = constant(0)
SEEKER, SOUGHT = constant(0), constant(1)
ENDED, MADE = constant(TIES_ENDED), constant(TIES_MADE)


@submodel
def own_view(frame, state, month, i, kind):
    """Return (13a): what provider i thinks it can do; a broker halves the error."""
    support = frame.schedule.supported[month, state.providers[i].cell]
    blind = (1.0 - state.traits[i].self_knowledge) * (1.0 - 0.5 * support.brokerage)
    return perceived_own(state.capability[i, kind], 1.0 - blind, state.traits[i].misjudged[kind])


@submodel
def needed(frame, state, month, i, side):
    """Return the sum of needs that provider i sees in itself; note them, and its own view, on a side of the table.

    It needs the most that the innovations which it knows, pilots or implements ask for of each capability.
    """
    table, most = state.table[side], 0.0
    for kind in range(CAPABILITIES):
        table[kind].need = 0.0
    for j in range(state.pairs.shape[1]):
        stage = state.pairs[i, j].stage
        if state.sector[j].running and (stage == AWARE or stage == EXPLORING or stage == IMPLEMENTING):
            asked, kind = required(frame.innovations[j].complexity), frame.innovations[j].capability
            most, table[kind].need = max(most, asked), max(table[kind].need, asked)
    total, elsewhere = 0.0, frame.parameters[0].asked_elsewhere * most
    for kind in range(CAPABILITIES):
        own = own_view(frame, state, month, i, kind)
        table[kind].need, table[kind].own = need(max(table[kind].need, elsewhere), own), own
        total += table[kind].need
    return total


@submodel
def scored(frame, state, k, side, known, misjudged, against):
    """Return (13c): what the provider whose needs are noted sees in provider k; `against` is what speaks against it."""
    complement = 0.0
    for kind in range(CAPABILITIES):
        own = state.table[side, kind].own
        other = perceived_other(state.capability[k, kind], known, misjudged)
        complement += closed(state.table[side, kind].need, other, own)
    return score(complement, against)


@submodel
def distance(state, i, k):
    """Return 0 within an authority, .5 within a region, 1 beyond."""
    elsewhere = state.providers[i].authority != state.providers[k].authority
    return elsewhere * (0.5 + 0.5 * (state.providers[i].region != state.providers[k].region))


@submodel
def rivals(state, i, k):
    """Return 1 where both serve the same market."""
    same = state.providers[i].area == state.providers[k].area
    return 1.0 * (same & (state.providers[i].setting == state.providers[k].setting))


@submodel
def tied(network, i, k):
    """Return whether i and k are partners."""
    first = network.first[i]
    for slot in range(int(network.ties[i])):
        if network.partners[first + slot] == k:
            return True
    return False


@submodel
def in_common(network, i, k):
    """Return how many partners i and k share: ties are mutual, so only i's partners are asked, whoever k is."""
    shared = 0
    first = network.first[i]
    for slot in range(int(network.ties[i])):
        if tied(network, int(network.partners[first + slot]), k):
            shared += 1
    return shared


@submodel
def has_room(network, i):
    """Return whether i has a slot left."""
    return network.ties[i] < network.first[i + 1] - network.first[i]


@submodel
def met(frame, state, i, k):
    """Return by how much i and k, as strangers, misjudge each other: one normal number for each pair, for ever."""
    low, high = min(state.providers[i].id, state.providers[k].id), max(state.providers[i].id, state.providers[k].id)
    start = rnd.stream(frame.settled[0].seed, rnd.MET, 0, low)
    return frame.parameters[0].stranger_error * rnd.normal_pair(draw(start, high), draw(start, high + ID_STRIDE))


@submodel
def candidate(frame, state, month, i, turn):
    """Return the row of a candidate: in turn from the area and from the setting."""
    places, none = frame.places, state.pairs.shape[1]
    number = draw(state.starts[rnd.WITH_WHOM, none], state.providers[i].id + turn * ID_STRIDE)
    if turn % 2 == 0:
        area = state.providers[i].area
        return places.by_area[places.area_first[area] + int(number * state.area_listed[area])]
    setting = state.providers[i].setting
    return places.by_setting[places.setting_first[setting] + int(number * state.setting_listed[setting])]


@submodel
def speaks_against(frame, state, i, k):
    """Return what speaks against a partnership of i and k."""
    p = frame.parameters[0]
    return obstacles(p.distance_cost, distance(state, i, k), p.rivalry_cost, rivals(state, i, k))


@submodel
def gather(frame, state, month, i, most):
    """Note the candidates of provider i, in need of `most`, that are there and not too far; return how many.

    Nothing here branches on what a candidate is: so the processor fetches all of them at once.
    """
    p, support, near = frame.parameters[0], frame.schedule.supported[month, state.providers[i].cell], NONE
    for number in range(int(p.candidates * (1.0 + support.brokerage + support.learning_collaborative))):
        k = candidate(frame, state, month, i, number)
        state.near[near] = k
        # nobody meets more than the whole need: what speaks against it settles many cases at once
        enough = most - speaks_against(frame, state, i, k) > p.least_score
        near += enough & (k != i) & (state.providers[k].weight > 0)
    return near


@submodel
def seek(frame, state, month, i, offers):
    """Let provider i look for a partner; note the best whom it wants and who wants it; return how many are noted."""
    p, network = frame.parameters[0], state.network
    if not has_room(network, i):
        return offers
    most = needed(frame, state, month, i, SEEKER)
    if most <= p.least_score:
        return offers
    best, best_score = -1, -1.0
    for number in range(gather(frame, state, month, i, most)):
        k = int(state.near[number])
        if tied(network, i, k):
            continue
        against = speaks_against(frame, state, i, k)
        known = reputation(in_common(network, i, k))
        misjudged = met(frame, state, i, k)
        mine = scored(frame, state, k, SEEKER, known, misjudged, against)
        if mine <= p.least_score or needed(frame, state, month, k, SOUGHT) - against <= p.least_score:
            continue
        theirs = scored(frame, state, i, SOUGHT, known, misjudged, against)
        if theirs <= p.least_score:
            continue
        summed = mine + theirs
        better = summed > best_score or (summed == best_score and state.providers[k].id < state.providers[best].id)
        if better and has_room(network, k):
            best, best_score = k, summed
    if best < 0:
        return offers
    state.notes[offers].one, state.notes[offers].other = i, best
    state.notes[offers].score = best_score
    return offers + 1


@submodel
def trusted_steps(frame, state, month, i, slot):
    """Return for how many steps provider i has worked with the partner in a slot, at most until it is trusted."""
    steps = month - int(state.network.since[state.network.first[i] + slot])
    return max(0, min(int(TRUSTED / frame.settled[0].step), steps))


@submodel
def ending(frame, month, ties, steps, need):
    """Return the hazard with which a provider in need of so much ends one of `ties`: a side's half of (13d)."""
    p, trusted = frame.parameters[0], steps * frame.settled[0].step / TRUSTED
    return 0.5 * ending_hazard(p.tie_ending, p.trust, ties, trusted, frame.schedule.moved[month], need)


@submodel
def part(frame, state, month, i, endings):
    """Let provider i end one of its ties, or none; return how many endings are noted."""
    network, none = state.network, state.pairs.shape[1]
    first, ties = network.first[i], int(network.ties[i])
    steps, need = 0, needed(frame, state, month, i, SEEKER)
    for slot in range(ties):
        steps += trusted_steps(frame, state, month, i, slot)
    total = ending(frame, month, ties, steps, need)
    number = draw(state.starts[rnd.PART, none], state.providers[i].id)
    if not hazards.happens(number, total, frame.parameters[0].hazard_ceiling, frame.settled[0].step):
        return endings
    # of several hazards the one that comes first by its own clock: no order of slots matters
    soonest, who = math.inf, -1
    for slot in range(ties):
        k = int(network.partners[first + slot])
        start = rnd.stream(frame.settled[0].seed, rnd.PART_WITH, month, state.providers[k].id)
        hazard = ending(frame, month, 1, trusted_steps(frame, state, month, i, slot), need)
        time = -math.log(draw(start, state.providers[i].id)) / hazard if hazard > 0.0 else math.inf
        if time < soonest:
            soonest, who = time, int(k)
    if who < 0:
        return endings
    state.notes[endings].ending, state.notes[endings].ended = i, who
    return endings + 1


@submodel
def untie(network, i, k):
    """Take k out of i's partners; return whether it was one."""
    first, last = network.first[i], int(network.ties[i]) - 1
    for slot in range(last + 1):
        if network.partners[first + slot] == k:
            network.partners[first + slot] = network.partners[first + last]
            network.since[first + slot] = network.since[first + last]
            network.ties[i] = last
            return True
    return False


@submodel
def tie(network, i, k, month):
    """Put k among i's partners."""
    slot = network.first[i] + network.ties[i]
    network.partners[slot] = k
    network.since[slot] = month
    network.ties[i] += 1


@submodel
def counts_tie(state, record, row, i, k, what, sign):
    """Count both ends of a tie that begins (sign 1) or ends (sign -1), each by the weight of who stands there."""
    for end in (i, k):
        flows, weight = record.flows[row, state.providers[end].group], int(state.providers[end].weight)
        flows[TIES] += sign * weight
        flows[what] += weight


@submodel
def before(frame, state, one, other):
    """Return whether one offer comes before another: by summed score, then by the ids of both."""
    if state.notes[one].score != state.notes[other].score:
        return state.notes[one].score > state.notes[other].score
    first, second = state.providers[state.notes[one].one].id, state.providers[state.notes[other].one].id
    if first != second:
        return first < second
    return state.providers[state.notes[one].other].id < state.providers[state.notes[other].other].id


@submodel
def swap(state, one, other):
    """Let two offers change places."""
    first, second = state.notes[one], state.notes[other]
    first.one, second.one = second.one, first.one
    first.other, second.other = second.other, first.other
    first.score, second.score = second.score, first.score


@submodel
def sink(frame, state, top, many):
    """Let an offer sink in the heap until none below it comes later."""
    while True:
        last = top
        for below in range(2 * top + 1, min(2 * top + 3, many)):
            if before(frame, state, last, below):
                last = below
        if last == top:
            return
        swap(state, top, last)
        top = last


@submodel
def ordered(frame, state, many):
    """Put offers in order, the best first (a heap sort: kernels make no arrays)."""
    for top in range(many // 2 - 1, -1, -1):
        sink(frame, state, top, many)
    for end in range(many - 1, 0, -1):
        swap(state, 0, end)
        sink(frame, state, 0, end)


@submodel
def note_seeker(frame, state, i, seeking):
    """Note provider i where it looks for a partner this month; return how many are noted."""
    p = frame.parameters[0]
    rate = state.traits[i].openness * p.partner_search
    number = draw(state.starts[rnd.SEEK, state.pairs.shape[1]], state.providers[i].id)
    if not hazards.happens(number, rate, p.hazard_ceiling, frame.settled[0].step):
        return seeking
    state.notes[seeking].seeking = i
    return seeking + 1


@submodel
def note_parting(frame, state, i, parting):
    """Note provider i where it may end a tie this month; return how many are noted."""
    # doubled when little is needed, halved since each side acts for itself
    ties, most_endings = float(state.network.ties[i]), frame.parameters[0].tie_ending * frame.settled[0].step
    if ties == 0.0 or draw(state.starts[rnd.PART, state.pairs.shape[1]], state.providers[i].id) >= ties * most_endings:
        return parting
    state.notes[parting].parting = i
    return parting + 1


@submodel
def partner(frame, state, record, month, seeking, parting):
    """Let ties begin and end: all judge the network as it was, then it changes."""
    network, row = state.network, month + 1
    offers, endings = NONE, NONE
    for number in range(seeking):
        offers = seek(frame, state, month, int(state.notes[number].seeking), offers)
    for number in range(parting):
        endings = part(frame, state, month, int(state.notes[number].parting), endings)
    for number in range(endings):
        i, k = int(state.notes[number].ending), int(state.notes[number].ended)
        # where both sides end it at once, it ends once
        if untie(network, i, k):
            untie(network, k, i)
            counts_tie(state, record, row, i, k, ENDED, OUT)
    ordered(frame, state, offers)
    for number in range(offers):
        i, k = int(state.notes[number].one), int(state.notes[number].other)
        if has_room(network, i) and has_room(network, k) and not tied(network, i, k):
            tie(network, i, k, month)
            tie(network, k, i, month)
            counts_tie(state, record, row, i, k, MADE, IN)
