"""Who works with whom after a month: equation (13), and who was asked."""

import math

from .. import randomness as rnd
from ..jit import constant, submodel
from ..randomness import draw
from ..record import IN, OUT
from ..state import TIES, TIES_ENDED, TIES_MADE
from ..submodels import partners
from ..submodels.hazards import happens
from ..submodels.journey import AWARE, EXPLORING, IMPLEMENTING
from .led import ID_STRIDE

CAPABILITIES = 4
NONE = constant(0)
SEEKER, SOUGHT = constant(0), constant(1)
ENDED, MADE = constant(TIES_ENDED), constant(TIES_MADE)


@submodel
def own_view(world, state, month, i, kind):
    """Return (13a): what provider i thinks it can do; a broker halves the error."""
    support = world.schedule.supported[month, world.providers[i].cell]
    blind = (1.0 - world.traits[i].self_knowledge) * (1.0 - 0.5 * support.brokerage)
    return partners.perceived_own(state.capability[i, kind], 1.0 - blind, world.traits[i].misjudged[kind])


@submodel
def needed(world, state, month, i, side):
    """Return the sum of needs that provider i sees in itself; note them, and its own view, on a side of the table.

    It needs the most that the innovations which it knows, pilots or implements ask for of each capability.
    """
    table = state.table[side]
    for kind in range(CAPABILITIES):
        table[kind].need = 0.0
    for j in range(state.pairs.shape[1]):
        stage = state.pairs[i, j].stage
        if state.sector[j].running and (stage == AWARE or stage == EXPLORING or stage == IMPLEMENTING):
            asked = partners.required(world.innovations[j].complexity)
            elsewhere = world.parameters[0].asked_elsewhere * asked
            for kind in range(CAPABILITIES):
                most = asked if world.innovations[j].capability == kind else elsewhere
                table[kind].need = max(table[kind].need, most)
    total = 0.0
    for kind in range(CAPABILITIES):
        own = own_view(world, state, month, i, kind)
        table[kind].need, table[kind].own = partners.need(table[kind].need, own), own
        total += table[kind].need
    return total


@submodel
def scored(world, state, k, side, known, misjudged, against):
    """Return (13c): what the provider whose needs are noted sees in provider k; `against` is what speaks against it."""
    complement = 0.0
    for kind in range(CAPABILITIES):
        own = state.table[side, kind].own
        other = partners.perceived_other(state.capability[k, kind], known, misjudged)
        complement += partners.closed(state.table[side, kind].need, other, own)
    return partners.score(complement, against)


@submodel
def distance(world, i, k):
    """Return 0 within an authority, .5 within a region, 1 beyond."""
    if world.providers[i].authority == world.providers[k].authority:
        return 0.0
    return 0.5 if world.providers[i].region == world.providers[k].region else 1.0


@submodel
def rivals(world, i, k):
    """Return 1 where both serve the same market."""
    same = (
        world.providers[i].area == world.providers[k].area and world.providers[i].setting == world.providers[k].setting
    )
    return 1.0 if same else 0.0


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
    """Return how many partners i and k share."""
    shared = 0
    first = network.first[i]
    for slot in range(int(network.ties[i])):
        if tied(network, k, int(network.partners[first + slot])):
            shared += 1
    return shared


@submodel
def has_room(network, i):
    """Return whether i has a slot left."""
    return network.ties[i] < network.first[i + 1] - network.first[i]


@submodel
def met(world, i, k):
    """Return by how much i and k, as strangers, misjudge each other: one normal number for each pair, for ever."""
    low, high = min(world.providers[i].id, world.providers[k].id), max(world.providers[i].id, world.providers[k].id)
    start = rnd.stream(world.settled[0].seed, rnd.MET, 0, low)
    return world.parameters[0].stranger_error * rnd.normal_pair(draw(start, high), draw(start, high + ID_STRIDE))


@submodel
def candidate(world, state, month, i, number):
    """Return the row of a candidate: in turn from the area and from the setting."""
    places, none = world.places, state.pairs.shape[1]
    luck = draw(state.starts[rnd.WITH_WHOM, none], world.providers[i].id + number * ID_STRIDE)
    if number % 2 == 0:
        area = world.providers[i].area
        first, last = places.area_first[area], places.area_first[area + 1]
        return places.by_area[first + int(luck * (last - first))]
    setting = world.providers[i].setting
    first, last = places.setting_first[setting], places.setting_first[setting + 1]
    return places.by_setting[first + int(luck * (last - first))]


@submodel
def seek(world, state, month, i, offers):
    """Let provider i look for a partner; note the best whom it wants and who wants it; return how many are noted."""
    p, network = world.parameters[0], state.network
    support = world.schedule.supported[month, world.providers[i].cell]
    if not has_room(network, i):
        return offers
    many = int(p.candidates * (1.0 + support.brokerage + support.learning_collaborative))
    most = needed(world, state, month, i, SEEKER)
    best, best_score = -1, -1.0
    for number in range(many):
        k = candidate(world, state, month, i, number)
        against = partners.obstacles(p.distance_cost, distance(world, i, k), p.rivalry_cost, rivals(world, i, k))
        # nobody meets more than the whole need: what speaks against it settles many cases at once
        if most - against <= p.least_score or k == i or not has_room(network, k) or tied(network, i, k):
            continue
        known = partners.reputation(in_common(network, i, k))
        misjudged = met(world, i, k)
        mine = scored(world, state, k, SEEKER, known, misjudged, against)
        if mine <= p.least_score or needed(world, state, month, k, SOUGHT) - against <= p.least_score:
            continue
        theirs = scored(world, state, i, SOUGHT, known, misjudged, against)
        if theirs <= p.least_score:
            continue
        summed = mine + theirs
        if summed > best_score or (summed == best_score and world.providers[k].id < world.providers[best].id):
            best, best_score = k, summed
    if best < 0:
        return offers
    state.notes[offers].one, state.notes[offers].other = i, best
    state.notes[offers].score = best_score
    return offers + 1


@submodel
def trusted_steps(world, state, month, i, slot):
    """Return for how many steps provider i has worked with the partner in a slot, at most until it is trusted."""
    steps = month - int(state.network.since[state.network.first[i] + slot])
    return max(0, min(int(partners.TRUSTED / world.settled[0].step), steps))


@submodel
def ending(world, month, ties, steps, need):
    """Return the hazard with which a provider in need of so much ends one of `ties`: a side's half of (13d)."""
    p, trusted = world.parameters[0], steps * world.settled[0].step / partners.TRUSTED
    return 0.5 * partners.ending_hazard(p.tie_ending, p.trust, ties, trusted, world.schedule.moved[month], need)


@submodel
def part(world, state, month, i, endings):
    """Let provider i end one of its ties, or none; return how many endings are noted."""
    network, none = state.network, state.pairs.shape[1]
    first, ties = network.first[i], int(network.ties[i])
    steps, need = 0, needed(world, state, month, i, SEEKER)
    for slot in range(ties):
        steps += trusted_steps(world, state, month, i, slot)
    total = ending(world, month, ties, steps, need)
    luck = draw(state.starts[rnd.PART, none], world.providers[i].id)
    if not happens(luck, total, world.parameters[0].hazard_ceiling, world.settled[0].step):
        return endings
    # of several hazards the one that comes first by its own clock: no order of slots matters
    soonest, who = math.inf, -1
    for slot in range(ties):
        k = int(network.partners[first + slot])
        start = rnd.stream(world.settled[0].seed, rnd.PART_WITH, month, world.providers[k].id)
        hazard = ending(world, month, 1, trusted_steps(world, state, month, i, slot), need)
        time = -math.log(draw(start, world.providers[i].id)) / hazard if hazard > 0.0 else math.inf
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
def counts_tie(world, record, row, i, k, what, sign):
    """Count both ends of a tie that begins (sign 1) or ends (sign -1)."""
    for end in (i, k):
        flows = record.flows[row, world.providers[end].group]
        flows[TIES] += sign
        flows[what] += 1


@submodel
def before(world, state, one, other):
    """Return whether one offer comes before another: by summed score, then by the ids of both."""
    if state.notes[one].score != state.notes[other].score:
        return state.notes[one].score > state.notes[other].score
    first, second = world.providers[state.notes[one].one].id, world.providers[state.notes[other].one].id
    if first != second:
        return first < second
    return world.providers[state.notes[one].other].id < world.providers[state.notes[other].other].id


@submodel
def swap(state, one, other):
    """Let two offers change places."""
    first, second = state.notes[one], state.notes[other]
    first.one, second.one = second.one, first.one
    first.other, second.other = second.other, first.other
    first.score, second.score = second.score, first.score


@submodel
def sink(world, state, top, many):
    """Let an offer sink in the heap until none below it comes later."""
    while True:
        last = top
        for below in range(2 * top + 1, min(2 * top + 3, many)):
            if before(world, state, last, below):
                last = below
        if last == top:
            return
        swap(state, top, last)
        top = last


@submodel
def ordered(world, state, many):
    """Put offers in order, the best first (a heap sort: kernels make no arrays)."""
    for top in range(many // 2 - 1, -1, -1):
        sink(world, state, top, many)
    for end in range(many - 1, 0, -1):
        swap(state, 0, end)
        sink(world, state, 0, end)


@submodel
def partner(world, state, record, month, seeking, parting):
    """Let ties begin and end: all judge the network as it was, then it changes."""
    network, row = state.network, month + 1
    offers, endings = NONE, NONE
    for number in range(seeking):
        offers = seek(world, state, month, int(state.notes[number].seeking), offers)
    for number in range(parting):
        endings = part(world, state, month, int(state.notes[number].parting), endings)
    for number in range(endings):
        i, k = int(state.notes[number].ending), int(state.notes[number].ended)
        # where both sides end it at once, it ends once
        if untie(network, i, k):
            untie(network, k, i)
            counts_tie(world, record, row, i, k, ENDED, OUT)
    ordered(world, state, offers)
    for number in range(offers):
        i, k = int(state.notes[number].one), int(state.notes[number].other)
        if has_room(network, i) and has_room(network, k) and not tied(network, i, k):
            tie(network, i, k, month)
            tie(network, k, i, month)
            counts_tie(world, record, row, i, k, MADE, IN)
