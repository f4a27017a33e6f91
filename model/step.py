"""One month: every mechanism in the order of the model's description, fused into one loop over providers.

Updating is synchronous: a provider sees what others used at the end of last month. A stage is left at most once a
month. Each decision first compares its draw with a bound of its chance that costs no exponential; only where the draw
falls below the bound is the chance itself computed. That changes no result, since draw >= bound >= chance.
"""

from __future__ import annotations

from . import randomness as rnd
from .jit import constant, kernel, submodel
from .mechanisms import (
    attention,
    awareness,
    choice,
    entry,
    finance,
    hazards,
    implementation,
    leadership,
    learning,
    movements,
    origination,
    partnerships,
    quality_exit,
    scaling,
    skills,
)
from .randomness import draw
from .record import (
    IN,
    KEPT_MONTHS,
    NEVER,
    book,
    carry_over,
    ends_month,
    holds,
    remember_flows,
    remember_use,
    whole_months,
)
from .state import ABANDONED, AWARE, BURDEN, EXPLORING, IMPLEMENTING, MOVEMENT, SLACK, SUSTAINED, TIES, UNAWARE

NONE = constant(0)
"""How long a list is at first."""


@kernel
def advance(frame, state, record, month):
    """Advance every provider by one step; what changed is seen by others only afterwards."""
    parameters, switches = frame.parameters[0], frame.switches[0]
    n, n_innovations, row = state.providers.shape[0], state.pairs.shape[1], month + 1
    full_month = ends_month(frame, month)
    due = whole_months(frame, month) - KEPT_MONTHS if full_month else NEVER
    has_staff = switches.churn or switches.skill or switches.learning or switches.fitting
    hears_partners = switches.ambition or (switches.learning and parameters.partner_evidence > 0.0)
    changes = seeking = parting = closing = NONE
    inventor, first_draw = -1, 1.0

    # 1. the month opens: what exists, what the levers cost, what everybody showed last month
    open_month(frame, state, month)
    name_draws(frame, state, month)
    awareness.bound_awareness(frame, state, month)
    carry_over(record, row)
    finance.pay_for_levers(frame, state, record, month)
    if switches.ambition:
        attention.show_performance(state)
    if switches.market:
        movements.draw_self_funders(frame, state)

    # 2. every provider, in one pass, from what stood at the end of last month
    for i in range(n):
        if state.providers[i].weight == 0:
            continue  # nobody is there: not yet, or no more
        room = attention.has_room(frame, state, i)
        pick = choice.pilot(frame, state, month, i, room)  # (3) and (7)
        keen = learning.culture(frame, state, month, i) if has_staff else 0.0
        leaving_staff = leadership.turnover(frame, state, month, i, keen) if has_staff else 0.0
        others = learning.listen(frame, state, month, i) if hears_partners else 0.0
        spent = NONE
        for j in range(n_innovations):
            if state.sector[j].running:
                stage, used = int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
                new_stage = next_stage(frame, state, month, i, j, stage, pick, room)  # (2), (7), (8)
                more = 0
                if new_stage == stage and stage == SUSTAINED and switches.scaling and used < state.providers[i].sites:
                    more = scaling.new_sites(frame, state, month, i, j)  # (8b)
                if new_stage != stage or more > 0:
                    spent += finance.moves(frame, state, record, month, i, j, new_stage, more)
                    state.changed[changes, 0], state.changed[changes, 1] = i, j
                    changes += 1
                spent += finance.runs(frame, state, record, month, i, j)
                spent += finance.complies(frame, state, record, month, i, j)
                if switches.learning and full_month:
                    learning.follow_results(frame, state, month, i, j, keen)  # (10)
                if switches.fitting:
                    learning.adapt(frame, state, month, i, j, keen)  # (11)
                if switches.skill:
                    skills.practise(frame, state, month, i, j, keen, leaving_staff)  # (12)
            if state.pairs[i, j].sites_in_use > 0:
                remember_use(frame, state, record, month, i, j, due)  # (19b)
        if switches.skill:
            skills.grow(frame, state, i, keen)  # (12b)
        if switches.churn:
            leadership.leaders_change(frame, state, month, i, leaving_staff)  # (5)
        if switches.wear:
            leadership.wear_down(frame, state, month, i)  # (4a)
        if switches.origination:
            number = origination.originates(frame, state, record, month, i)  # (17)
            if number < first_draw:
                inventor, first_draw = i, number
        if switches.partnering:  # (13)
            seeking = partnerships.note_seeker(frame, state, i, seeking)
            parting = partnerships.note_parting(frame, state, i, parting)
        if switches.inspection:
            quality_exit.is_inspected(frame, state, month, i)
        if switches.finance:
            finance.close_books(frame, state, record, month, i, spent)  # (19a)
        if switches.ambition:
            quality_exit.aspire(frame, state, i, others)  # (19c)
        if switches.exit and quality_exit.closes(frame, state, i):  # (19d)
            state.notes[closing].closing = i
            closing += 1
        if switches.finance or switches.exit or switches.entry:
            remember_flows(frame, state, record, row, i)
    if not switches.finance and not switches.exit and not switches.entry:
        for group in range(record.flows.shape[1]):
            record.flows[row, group, SLACK] = record.flows[month, group, SLACK]

    # 3. what happens between providers; only now is what changed seen
    if switches.skill:
        skills.settle(state)
    if switches.partnering:
        partnerships.partner(frame, state, record, month, seeking, parting)
    entry.renew_population(frame, state, record, month, closing)  # (19e), (19f): by last month's use
    for change in range(changes):
        awareness.see(frame, state, state.changed[change, 0], state.changed[change, 1])
    if inventor >= 0 and state.providers[inventor].weight > 0:
        origination.bring_in(frame, state, record, month, inventor)

    # 4. institutions (16)
    movements.institute(frame, state, record, month)


@submodel
def next_stage(frame, state, month, i, j, stage, pick, room):
    """Return the stage of provider i and innovation j after this month; `pick` is what it takes into a pilot, `room`
    whether it could carry a project more when the month began.
    """
    p, switches, settled, who = frame.parameters[0], frame.switches[0], frame.settled[0], state.providers[i].id
    if stage == UNAWARE:
        if awareness.hears(frame, state, month, i, j, draw(state.starts[rnd.AWARE, j], who)):
            return AWARE if switches.journey else SUSTAINED
    elif stage == AWARE:
        if pick == j:
            return EXPLORING if switches.journey else SUSTAINED
        if choice.obeys(frame, state, month, i, j):  # (7a)
            return IMPLEMENTING if switches.journey else SUSTAINED
    elif stage == EXPLORING:
        return choice.after_pilot(frame, state, month, i, j, draw(state.starts[rnd.PILOT, j], who))
    elif stage == IMPLEMENTING:
        number = draw(state.starts[rnd.IMPLEMENT, j], who)
        return implementation.after_implementing(frame, state, month, i, j, number, room)
    elif stage == SUSTAINED:
        if switches.sustaining and implementation.abandons(
            frame, state, month, i, j, draw(state.starts[rnd.SUSTAIN, j], who)
        ):
            return ABANDONED if switches.journey else UNAWARE
        if switches.renewal and frame.schedule.regime[month, j].renewed:
            number = draw(state.starts[rnd.RENEW, j], who)
            if number < implementation.lapse_chance(frame, state, month, i, j):  # (8d)
                return AWARE if switches.journey else UNAWARE
    elif hazards.happens(draw(state.starts[rnd.RECONSIDER, j], who), p.reconsider, p.hazard_ceiling, settled.step):
        return AWARE
    return stage


@submodel
def name_draws(frame, state, month):
    """Set where the draws of every decision of this month begin."""
    seed, many = frame.settled[0].seed, frame.innovations.shape[0]
    for decision in range(rnd.DECISIONS):
        for j in range(many):
            state.starts[decision, j] = rnd.stream(seed, decision, month, frame.innovations[j].key)
        state.starts[decision, many] = rnd.stream(seed, decision, month, 0)


@submodel
def open_month(frame, state, month):
    """Set which innovations run this month: those that exist and are not held."""
    for j in range(state.sector.shape[0]):
        state.sector[j].running = state.sector[j].born if not frame.schedule.regime[month, j].held else 0


@kernel
def advance_month(frame, state, record, month):
    """Advance every provider by one step and remember it in row `month + 1` of the record (`month` counts from 0)."""
    awareness.look_around(frame, state)
    advance(frame, state, record, month)


@kernel
def run_months(frame, state, record, first, months):
    """Advance by `months` steps from step `first`: the whole-run kernel for ensembles."""
    awareness.look_around(frame, state)
    for month in range(first, first + months):
        advance(frame, state, record, month)


@kernel
def remember_start(frame, state, record):
    """Remember the start in row 0 of the record."""
    for j in range(state.pairs.shape[1]):
        record.sector[0, j, MOVEMENT] = state.sector[j].movement
        record.sector[0, j, BURDEN] = state.sector[j].burden
    for i in range(state.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            used = int(state.pairs[i, j].sites_in_use)
            book(frame, state, record, NONE, i, j, IN)
            if used > 0:
                remember_use(frame, state, record, NONE - 1, i, j, NEVER)
        remember_flows(frame, state, record, NONE, i)
        holds(state, record, NONE, i, int(state.providers[i].weight))
        weight = int(state.providers[i].weight)
        record.flows[0, state.providers[i].group, TIES] += weight * int(state.network.ties[i])
