"""What is moved and paid for in a month: stages, sites, set-up, running costs, levers and slack."""

from __future__ import annotations

from ..jit import submodel
from ..record import IN, OUT, book, whole_months
from ..state import DROPPED, PAID, PAID_PROVIDER, PAID_PUBLIC, RECEIVED, ROUTINISED, STARTED, TAKEN
from ..submodels import accounts
from ..submodels.journey import ABANDONED, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE
from .seen import occupancy
from .valued import setup


@submodel
def moves(world, state, record, month, i, j, new_stage, more):
    """Move provider i to a stage of innovation j, or to `more` sites; return what it pays to set them up, in pence."""
    row, group, weight = month + 1, world.providers[i].group, int(world.providers[i].weight)
    stage, used = int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
    book(world, state, record, row, i, j, OUT)
    paid_sites = more
    gross = world.innovations[j].setup_site * more * (1.0 - world.schedule.regime[month, j].cost_cut)
    if new_stage != stage:
        if new_stage == IMPLEMENTING or (new_stage == SUSTAINED and stage != IMPLEMENTING):
            # who leaves out the pilot and the first site uses it everywhere at once
            paid_sites = int(world.providers[i].sites) if new_stage == SUSTAINED else 1
            used = paid_sites
            gross = setup(world, state, month, i, j, paid_sites)
            record.sums[row, group, j, STARTED] += 1
            state.pairs[i, j].since = whole_months(world, month)
        elif new_stage == ABANDONED or new_stage == UNAWARE:
            used = 0
            state.pairs[i, j].granted = 0
        if new_stage == SUSTAINED:
            record.sums[row, group, j, ROUTINISED] += 1
        elif stage == IMPLEMENTING or stage == SUSTAINED:
            record.sums[row, group, j, DROPPED] += 1
    state.pairs[i, j].stage, state.pairs[i, j].sites_in_use = new_stage, used + more
    book(world, state, record, row, i, j, IN)
    if paid_sites == 0:
        return 0
    share = world.schedule.pulled[month, world.providers[i].cell, j].grant
    if share > 0.0:
        state.pairs[i, j].granted = 1
    grant = accounts.pence(gross * share)
    spent = accounts.pence(gross) - grant
    record.sums[row, group, j, PAID_PUBLIC] += weight * grant
    record.sums[row, group, j, PAID_PROVIDER] += weight * spent
    return spent


@submodel
def runs(world, state, record, month, i, j):
    """Return what provider i pays to run innovation j, less what it saves, in pence."""
    innovation = world.innovations[j]
    stage, used = state.pairs[i, j].stage, float(state.pairs[i, j].sites_in_use)
    if used == 0.0 and stage != EXPLORING:
        return 0
    saving = innovation.saving * used if stage == SUSTAINED else 0.0
    running = 1.0 if stage == EXPLORING else used
    spent = accounts.pence((innovation.running_cost * running - saving) * world.settled[0].step)
    record.sums[month + 1, world.providers[i].group, j, PAID_PROVIDER] += int(world.providers[i].weight) * spent
    return spent


@submodel
def pay_for_levers(world, state, record, month):
    """Book what levers cost the public this month, grants apart: so much a provider whom they reach."""
    step = world.settled[0].step
    for cell in range(state.reach.shape[0]):
        for j in range(state.pairs.shape[1]):
            if state.sector[j].running:
                cost = accounts.pence(world.schedule.pulled[month, cell, j].lever_cost * step)
                for group in range(state.reach.shape[1]):
                    record.sums[month + 1, group, j, PAID_PUBLIC] += int(state.reach[cell, group]) * cost


@submodel
def close_books(world, state, record, month, i, spent):
    """Settle the month of provider i: what came in, what went out (`spent` pence on innovations), what is left (19)."""
    p, step, cell = world.parameters[0], world.settled[0].step, world.providers[i].cell
    around, traits = world.schedule.around[month, cell], world.traits[i]
    filled = occupancy(world, state, i)
    income = accounts.income(traits.revenue, traits.self_revenue, around.fee, around.price, filled)
    pay = around.wage * (1.0 + p.pay_cost * world.schedule.supported[month, cell].fair_pay)
    volume = 1.0 + traits.self_share * (filled - 1.0)
    outgo = traits.cost * (accounts.cost_index(p.labour_share, pay, volume) + around.drain)
    received = accounts.pence(income * step)
    paid = accounts.pence(outgo * step) + spent
    taken = accounts.taken_out(
        state.rows[i].slack, traits.slack_base, p.slack_relaxation, step, traits.cost, received - paid
    )
    state.rows[i].slack = accounts.slack_after(state.rows[i].slack, received - paid - taken, traits.cost)
    state.rows[i].received, state.rows[i].paid, state.rows[i].taken = received, paid, taken
    flows, weight = record.flows[month + 1, world.providers[i].group], int(world.providers[i].weight)
    flows[RECEIVED] += weight * received
    flows[PAID] += weight * paid
    flows[TAKEN] += weight * taken
