"""One month: every submodel in the order of the model's description, fused into one loop over providers.

Updating is synchronous: a provider sees what others used at the end of last month. A stage is left at most once a
month. Each decision first compares its luck with a bound of its chance that costs no exponential; only where luck
falls below the bound is the chance itself computed. That changes no result, since luck >= bound >= chance.
"""

from __future__ import annotations

from . import randomness as rnd
from .jit import constant, kernel, submodel
from .month.closed import closes, is_inspected, is_replaced
from .month.decided import chosen, looks, new_sites, next_stage
from .month.institutional import institute
from .month.learned import grow, grown_up, learn
from .month.led import leaders_change
from .month.paid import close_books, moves, pay_for_levers, runs
from .month.partnered import partner
from .month.seen import bound_awareness, listen, look_around, look_at_each, name_draws, open_month, see
from .month.valued import learning_of
from .randomness import draw
from .record import (
    IN,
    KEPT_MONTHS,
    NEVER,
    OUT,
    book,
    book_skill,
    carry_over,
    ends_month,
    remember_flows,
    remember_use,
    whole_months,
)
from .state import BURDEN, MOVEMENT, ORIGINATED, SLACK, STARTED, TIES
from .submodels import attention, closing, origination
from .submodels.awareness import WHOLE
from .submodels.hazards import happens
from .submodels.journey import AWARE, EXPLORING, IMPLEMENTING, SUSTAINED

NONE = constant(0)
"""How long a list is at first."""


@kernel
def advance(world, state, record, month):
    """Advance every provider by one step; what changed is seen by others only afterwards."""
    parameters, switches, settled = world.parameters[0], world.switches[0], world.settled[0]
    providers, many = world.providers, state.pairs.shape[1]
    step, row = settled.step, month + 1
    open_month(world, state, month)
    name_draws(world, state, month)
    bound_awareness(world, state, month)
    carry_over(record, row)
    pay_for_levers(world, state, record, month)
    if switches.ambition or switches.market:
        look_at_each(world, state)
    hears_partners = switches.ambition or (switches.learning and parameters.partner_evidence > 0.0)
    learns = switches.learning or switches.fitting or switches.skill
    full_month = ends_month(world, month)
    due = whole_months(world, month) - KEPT_MONTHS if full_month else NEVER
    most_endings = parameters.tie_ending * step
    changes = seeking = parting = closing_down = NONE
    inventor, inventor_luck = -1, 1.0
    for i in range(providers.shape[0]):
        who, sites = providers[i].id, int(providers[i].sites)
        projects = 0
        aware = False
        for j in range(many):
            stage = state.pairs[i, j].stage
            if state.sector[j].running:
                projects += stage == EXPLORING or stage == IMPLEMENTING
                aware = aware or stage == AWARE
        pick = -1
        if (
            aware
            and projects < attention.projects_allowed(parameters.project_cap, sites)
            and looks(world, state, month, i, draw(state.starts[rnd.LOOK, many], who))
        ):
            pick = chosen(world, state, month, i)
        keen = learning_of(world, month, i)
        others = listen(world, state, month, i) if hears_partners else 0.0
        spent_by_all = NONE
        for j in range(many):
            if state.sector[j].running:
                stage, used = int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
                new_stage = next_stage(world, state, month, i, j, stage, pick)
                more = 0
                if new_stage == stage and stage == SUSTAINED and switches.scaling and used < sites:
                    more = new_sites(world, state, month, i, j)
                if new_stage != stage or more > 0:
                    spent_by_all += moves(world, state, record, month, i, j, new_stage, more)
                    state.changed[changes, 0], state.changed[changes, 1] = i, j
                    changes += 1
                spent_by_all += runs(world, state, record, month, i, j)
                if learns:
                    learn(world, state, month, i, j, keen, full_month)
            if state.pairs[i, j].sites_in_use > 0:
                remember_use(world, state, record, month, i, j, due)
        if switches.skill:
            grow(world, state, i, keen)
        if switches.churn:
            leaders_change(world, state, month, i)
        if switches.origination:
            luck = originates(world, state, record, month, i)
            if luck < inventor_luck:
                inventor, inventor_luck = i, luck
        if switches.partnering:
            rate = world.traits[i].openness * parameters.partner_search
            if happens(draw(state.starts[rnd.SEEK, many], who), rate, parameters.hazard_ceiling, step):
                state.notes[seeking].seeking = i
                seeking += 1
            # doubled when little is needed, halved since each side acts for itself
            ties = float(state.network.ties[i])
            if ties > 0.0 and draw(state.starts[rnd.PART, many], who) < ties * most_endings:
                state.notes[parting].parting = i
                parting += 1
        if switches.inspection:
            is_inspected(world, state, month, i)
        if switches.finance:
            close_books(world, state, record, month, i, spent_by_all)
        if switches.ambition:
            own = state.shown[i].performance / WHOLE
            state.rows[i].aspiration = closing.aspiration_after(
                state.rows[i].aspiration, parameters.aspiration_memory, own, others, step
            )
        if switches.exit and closes(world, state, i):
            state.notes[closing_down].closing = i
            closing_down += 1
        if switches.finance or switches.exit:
            remember_flows(world, state, record, row, i)
    if not switches.finance and not switches.exit:
        for group in range(record.flows.shape[1]):
            record.flows[row, group, SLACK] = record.flows[month, group, SLACK]
    if switches.skill:
        grown_up(state)
    if switches.partnering:
        partner(world, state, record, month, seeking, parting)
    for place in range(closing_down):
        is_replaced(world, state, record, month, state.notes[place].closing, closing_down)
    for change in range(changes):
        see(world, state, state.changed[change, 0], state.changed[change, 1])
    for place in range(closing_down):
        for j in range(many):
            see(world, state, state.notes[place].closing, j)
    if inventor >= 0:
        bring_in(world, state, record, month, inventor)
    institute(world, state, record, month)


@submodel
def originates(world, state, record, month, i):
    """Return the luck with which provider i comes up with something of its own this month (17), 1 where it does not."""
    p, settled, none = world.parameters[0], world.settled[0], state.pairs.shape[1]
    luck = draw(state.starts[rnd.ORIGINATE, none], world.providers[i].id)
    if luck >= settled.most_originations * settled.step:
        return 1.0
    hazard = origination.origination_hazard(
        p.origination_rate, state.rows[i].frontline, learning_of(world, month, i), state.rows[i].slack
    )
    if not happens(luck, hazard, p.hazard_ceiling, settled.step):
        return 1.0
    record.flows[month + 1, world.providers[i].group, ORIGINATED] += 1
    return luck


@submodel
def bring_in(world, state, record, month, i):
    """Let provider i implement the next innovation that nobody has yet, if there is room for one more."""
    free = -1
    for j in range(state.sector.shape[0]):
        if state.sector[j].born == 0 and (free < 0 or world.innovations[j].key < world.innovations[free].key):
            free = j
    if free >= 0:
        state.sector[free].born = 1
        book(world, state, record, month + 1, i, free, OUT)
        state.pairs[i, free].stage, state.pairs[i, free].sites_in_use = IMPLEMENTING, 1
        state.pairs[i, free].since = whole_months(world, month)
        book(world, state, record, month + 1, i, free, IN)
        book_skill(world, state, record, month + 1, i, free, IN)
        record.sums[month + 1, world.providers[i].group, free, STARTED] += 1
        see(world, state, i, free)


@kernel
def advance_month(world, state, record, month):
    """Advance every provider by one step and remember it in row `month + 1` of the record (`month` counts from 0)."""
    look_around(world, state)
    advance(world, state, record, month)


@kernel
def run_months(world, state, record, first, months):
    """Advance by `months` steps from step `first`: the whole-run kernel for ensembles."""
    look_around(world, state)
    for month in range(first, first + months):
        advance(world, state, record, month)


@kernel
def remember_start(world, state, record):
    """Remember the start in row 0 of the record."""
    for j in range(state.pairs.shape[1]):
        record.sector[0, j, MOVEMENT] = state.sector[j].movement
        record.sector[0, j, BURDEN] = state.sector[j].burden
    for i in range(world.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            used = int(state.pairs[i, j].sites_in_use)
            book(world, state, record, NONE, i, j, IN)
            if used > 0:
                remember_use(world, state, record, NONE - 1, i, j, NEVER)
        remember_flows(world, state, record, NONE, i)
        record.flows[0, world.providers[i].group, TIES] += int(state.network.ties[i])
