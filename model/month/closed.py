"""Who is inspected, what is aspired to, who closes and who opens: equation (19)."""

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..record import IN, OUT, book, book_skill
from ..state import EXITS, GENERATION
from ..submodels import attention, awareness, closing, journey
from ..submodels.hazards import happens
from .led import ID_STRIDE
from .paid import moves
from .partnered import CAPABILITIES, ENDED, counts_tie, untie
from .valued import SUSTAIN, lead_or_reference, learning_of

UNRATED = 0
"""A new provider counts as good until it is inspected (assumption)."""


@submodel
def is_inspected(world, state, month, i):
    """Let the regulator inspect provider i, or not."""
    p, settled, none = world.parameters[0], world.settled[0], state.pairs.shape[1]
    around, who = world.schedule.around[month, world.providers[i].cell], world.providers[i].id
    rating = int(state.rows[i].rating)
    hazard = closing.inspection_hazard(p.inspection_rate * around.inspection, p.good_inspection, rating)
    if happens(draw(state.starts[rnd.INSPECT, none], who), hazard, p.hazard_ceiling, settled.step):
        state.rows[i].rating = closing.rating_after(
            rating,
            p.rating_tilt,
            lead_or_reference(world, state, month, i, SUSTAIN, settled.reference_sustain),
            learning_of(world, month, i),
            around.noise,
            draw(state.starts[rnd.INSPECT, none], who + ID_STRIDE),
        )


@submodel
def closes(world, state, i):
    """Return whether provider i closes this month (19d)."""
    p, settled, none = world.parameters[0], world.settled[0], state.pairs.shape[1]
    luck = draw(state.starts[rnd.EXIT, none], world.providers[i].id)
    if luck >= settled.most_exits * settled.step:
        return False
    slack = attention.bounded_slack(state.rows[i].slack)
    return happens(
        luck,
        closing.exit_hazard(p.exit_rate, p.exit_slack, slack, settled.exit_reference),
        p.hazard_ceiling,
        settled.step,
    )


@submodel
def is_replaced(world, state, record, month, i, closing_down):
    """Let provider i, one of `closing_down` that close, make room for another: same setting, size and area.

    Who enters comes from the trade: it believes what somebody of its setting believes, and may open with what its
    setting uses (imprinting: Stinchcombe 1965). The shares are last month's, and from others that close it hears
    nothing, so that the order of closures changes nothing. What it opens with is paid by those who found it.
    """
    row, network = month + 1, state.network
    alike = resembles(world, state, i)
    teaches = True
    for place in range(closing_down):
        teaches = teaches and state.notes[place].closing != alike
    record.flows[row, world.providers[i].group, EXITS] += 1
    while network.ties[i] > 0:
        k = int(network.partners[network.first[i]])
        untie(network, i, k)
        untie(network, k, i)
        counts_tie(world, record, row, i, k, ENDED, OUT)
    for j in range(state.pairs.shape[1]):
        if state.sector[j].running == 0:
            continue  # until its start, an innovation stands as the evidence has it
        pair, innovation = state.pairs[i, j], world.innovations[j]
        book_skill(world, state, record, row, i, j, OUT)
        book(world, state, record, row, i, j, OUT)
        pair.stage, pair.sites_in_use, pair.granted = journey.AWARE, 0, 0
        pair.successes, pair.failures = innovation.prior_successes, innovation.prior_failures
        if teaches:
            pair.successes, pair.failures = state.pairs[alike, j].successes, state.pairs[alike, j].failures
        pair.skill, pair.fit = world.parameters[0].starting_skill, world.parameters[0].starting_fit
        book(world, state, record, row, i, j, IN)
        for side in range(2):
            state.found[side, i, j, 0] = 0
            state.found[side, i, j, 1] = 0
        setting = world.providers[i].setting
        usual = awareness.layer_mean(int(state.setting_use[setting, j]), int(state.setting_weight[setting]))
        if draw(state.starts[rnd.ENTRANT, j], world.providers[i].id) < world.parameters[0].imprinting * usual:
            moves(world, state, record, month, i, j, journey.IMPLEMENTING, 0)
            book_skill(world, state, record, row, i, j, IN)
    open_in_place(world, state, i, world.founders[alike])


@submodel
def resembles(world, state, i):
    """Return the row whom an entrant in row i resembles: a draw from all of its setting."""
    places, none = world.places, state.pairs.shape[1]
    setting = world.providers[i].setting
    first, last = places.setting_first[setting], places.setting_first[setting + 1]
    luck = draw(state.starts[rnd.ENTRANT, none], world.providers[i].id)
    return places.by_setting[first + int(luck * (last - first))]


@submodel
def open_in_place(world, state, i, alike):
    """Give row i an entrant that begins as `alike` began."""
    traits, rows = world.traits[i], state.rows[i]
    traits.learning, traits.openness, traits.self_knowledge = alike.learning, alike.openness, alike.self_knowledge
    for kind in range(CAPABILITIES):
        state.capability[i, kind] = alike.capability[kind]
        traits.misjudged[kind] = alike.misjudged[kind]
    traits.senior_score, traits.frontline_start = alike.senior_score, alike.frontline_start
    traits.threshold, traits.value_to_keep = alike.threshold, alike.value_to_keep
    traits.norm_threshold, traits.slack_base = alike.norm_threshold, alike.slack_base
    traits.cost = traits.revenue * (alike.cost / alike.revenue)
    rows.senior, rows.manager, rows.frontline = alike.senior_start, alike.manager_start, alike.frontline_start
    rows.slack, rows.rating = traits.slack_base, UNRATED
    rows.aspiration = attention.performance(rows.rating, rows.slack)
    rows.unrest, rows.unrest_left = 0.0, 0.0
    world.providers[i].id += GENERATION
