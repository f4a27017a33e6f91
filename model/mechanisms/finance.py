"""Equation (19): money and slack, month by month.

Basis: Fees, prices and people served from the evidence tables; the number of people in a care home and the gap
between fees and prices are published.

Assumptions: Profits are taken out and losses topped up at 3 % a month. Places of councils stay filled; self-funders
move.
"""

from __future__ import annotations

import math

from ..jit import submodel
from ..record import IN, OUT, book, whole_months
from ..state import (
    ABANDONMENTS,
    ADMINISTRATION,
    AWARE,
    COMPLIANCE,
    EXPLORING,
    IMPLEMENTING,
    PAID,
    PAID_PROVIDER,
    PAID_PUBLIC,
    RECEIVED,
    ROUTINISED,
    SETUP_PROVIDER,
    SETUP_PUBLIC,
    STARTED,
    SUSTAINED,
    TAKEN,
    WAGES,
    WAGES_FUNDED,
)
from . import movements, partnerships, value

MOST_RISE = 9.0
"""Nobody pays more than ten times the usual wage."""
LEAST_SLACK, MOST_SLACK = -3.0, 6.0
"""Months of running cost: below, owners or councils step in; above, owners take it out."""


@submodel
def pence(pounds):
    """Return an amount in whole pence, so that sums balance to the penny in any order."""
    return int(math.floor(pounds * 100.0 + 0.5))


@submodel
def income(revenue, self_revenue, fee, price, filled):
    """Return [sf price + (1 - sf) council fee] persons, in GBP a month: `self_revenue` of the revenue at the start
    comes from self-funders, whose places are `filled` as often as at the start; councils' places stay as they are.
    """
    return revenue * fee + self_revenue * (price * filled - fee)


@submodel
def cost_index(labour_share, pay, volume):
    """Return running cost over that of the start: labour follows wages and the number of people served."""
    return 1.0 + labour_share * (pay * volume - 1.0)


@submodel
def taken_out(slack, base, relaxation, step, cost, earned):
    """Return what owners take out (put in, where negative), in pence: .03 (R - R_0), and all beyond [-3, 6] months.

    `cost` is the monthly running cost at the start in GBP, `earned` what the month left in pence.
    """
    usual = pence(relaxation * (slack - base) * step * cost)
    after = slack + (earned - usual) / (100.0 * cost)
    if after > MOST_SLACK:
        return usual + int(math.ceil((after - MOST_SLACK) * 100.0 * cost))
    if after < LEAST_SLACK:
        return usual + int(math.floor((after - LEAST_SLACK) * 100.0 * cost))
    return usual


@submodel
def slack_after(slack, left, cost):
    """Return (19a): R + (revenue - cost - spending - taken)/cost, in months of running cost at the start.

    `left` is what remains of the month in pence; only the last digit of a sum is held within [-3, 6].
    """
    return max(LEAST_SLACK, min(MOST_SLACK, slack + left / (100.0 * cost)))


@submodel
def moves(frame, state, record, month, i, j, new_stage, more):
    """Move provider i to a stage of innovation j, or to `more` sites; return what it pays to set them up, in pence."""
    row, group, weight = month + 1, state.providers[i].group, int(state.providers[i].weight)
    stage, used = int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
    book(frame, state, record, row, i, j, OUT)
    paid_sites = more
    innovation, people = frame.innovations[j], value.people_at(state, i, more)
    gross = value.setup_cost(0.0, innovation.setup_site, more, innovation.setup_person, people)
    gross *= 1.0 - frame.schedule.regime[month, j].cost_cut
    if new_stage != stage:
        if new_stage == IMPLEMENTING or (new_stage == SUSTAINED and stage != IMPLEMENTING):
            # who leaves out the pilot and the first site uses it everywhere at once
            paid_sites = int(state.providers[i].sites) if new_stage == SUSTAINED else 1
            used = paid_sites
            gross = value.setup(frame, state, month, i, j, paid_sites, partnerships.helped(frame, state, i, j))
            record.sums[row, group, j, STARTED] += weight
            state.pairs[i, j].since = whole_months(frame, month)
        elif new_stage != SUSTAINED:
            used = 0
            state.pairs[i, j].granted = 0
        if new_stage == SUSTAINED:
            record.sums[row, group, j, ROUTINISED] += weight
        elif new_stage != AWARE and (stage == IMPLEMENTING or stage == SUSTAINED):
            record.sums[row, group, j, ABANDONMENTS] += weight
    state.pairs[i, j].stage, state.pairs[i, j].sites_in_use = new_stage, used + more
    book(frame, state, record, row, i, j, IN)
    if paid_sites == 0:
        return 0
    if frame.schedule.pulled[month, state.providers[i].cell, j].grant > 0.0:
        state.pairs[i, j].granted = 1
    public = pence(gross * value.paid_by_others(frame, state, month, i, j))
    spent, sums = pence(gross) - public, record.sums[row, group, j]
    sums[PAID_PUBLIC] += weight * public
    sums[SETUP_PUBLIC] += weight * public
    sums[PAID_PROVIDER] += weight * spent
    sums[SETUP_PROVIDER] += weight * spent
    return spent


@submodel
def runs(frame, state, record, month, i, j):
    """Return what provider i pays to run innovation j, less what it saves and the local authority pays, in pence."""
    stage, used = state.pairs[i, j].stage, float(state.pairs[i, j].sites_in_use)
    if used == 0.0 and stage != EXPLORING:
        return 0
    running = value.running(frame, state, i, j, stage, 1.0 if stage == EXPLORING else used)
    whole = pence(running * frame.settled[0].step)
    public = pence(running * frame.innovations[j].council_share * frame.settled[0].step)
    spent, weight = whole - public, int(state.providers[i].weight)
    record.sums[month + 1, state.providers[i].group, j, PAID_PUBLIC] += weight * public
    record.sums[month + 1, state.providers[i].group, j, PAID_PROVIDER] += weight * spent
    return spent


@submodel
def complies(frame, state, record, month, i, j):
    """Return what provider i pays to show that it obeys what is enforced of innovation j (19h), in pence."""
    enforced = frame.schedule.pulled[month, state.providers[i].cell, j].pressed
    if enforced == 0.0 or value.suits(frame, state, i, j) <= 0.0:
        return 0
    spent = pence(frame.parameters[0].compliance_cost * enforced * frame.settled[0].step)
    sums, weight = record.sums[month + 1, state.providers[i].group, j], int(state.providers[i].weight)
    sums[PAID_PROVIDER] += weight * spent
    sums[COMPLIANCE] += weight * spent
    return spent


@submodel
def pay_for_levers(frame, state, record, month):
    """Book what levers cost the public this month, grants apart: so much a provider, manager or member of staff whom
    they reach.
    """
    step = frame.settled[0].step
    for cell in range(state.reach.shape[0]):
        for j in range(state.pairs.shape[1]):
            if state.sector[j].running:
                pulled = frame.schedule.pulled[month, cell, j]
                each, manager = pence(pulled.lever_cost * step), pence(pulled.manager_cost * step)
                member = pence(pulled.staff_cost * step)
                for group in range(state.reach.shape[1]):
                    of = state.reach[cell, group]
                    cost = int(of.providers) * each + int(of.managers) * manager + int(of.staff) * member
                    record.sums[month + 1, group, j, PAID_PUBLIC] += cost
                    record.sums[month + 1, group, j, ADMINISTRATION] += cost


@submodel
def wage_rise(pay_cost, avoided):
    """Return (19g): (1 - s)^(-pay_cost) - 1, at most 9, by which share wages rise to keep a share s of leavers: the
    last who leave are the dearest to keep (T45: wages nearly doubled kept 17 to 30 %).
    """
    return min(MOST_RISE, math.exp(-pay_cost * math.log(1.0 - avoided)) - 1.0)


@submodel
def rise_of_pay(frame, month, cell):
    """Return by which share fair pay raises wages for providers of a policy cell (19g)."""
    return wage_rise(frame.parameters[0].pay_cost, frame.schedule.supported[month, cell].fair_pay)


@submodel
def close_books(frame, state, record, month, i, spent):
    """Settle the month of provider i: what came in, what went out (`spent` pence on innovations), what is left (19)."""
    p, step, cell = frame.parameters[0], frame.settled[0].step, state.providers[i].cell
    around, traits = frame.schedule.around[month, cell], state.traits[i]
    filled = movements.occupancy(frame, state, i)
    earned = income(traits.revenue, traits.self_revenue, around.fee, around.price, filled)
    rise, volume = rise_of_pay(frame, month, cell), 1.0 + traits.self_share * (filled - 1.0)
    outgo = traits.cost * (cost_index(p.labour_share, around.wage * (1.0 + rise), volume) + around.drain)
    wages = pence(traits.cost * p.labour_share * around.wage * rise * volume * step)
    funded = pence(p.pay_funded * wages / 100.0)
    received = pence(earned * step) + funded
    paid = pence(outgo * step) + spent
    taken = taken_out(state.rows[i].slack, traits.slack_base, p.slack_relaxation, step, traits.cost, received - paid)
    state.rows[i].slack = slack_after(state.rows[i].slack, received - paid - taken, traits.cost)
    state.rows[i].received, state.rows[i].paid, state.rows[i].taken = received, paid, taken
    flows, weight = record.flows[month + 1, state.providers[i].group], int(state.providers[i].weight)
    flows[RECEIVED] += weight * received
    flows[PAID] += weight * paid
    flows[TAKEN] += weight * taken
    flows[WAGES] += weight * wages
    flows[WAGES_FUNDED] += weight * funded
