"""One month: every submodel in the order of the model's description, fused into one loop over providers.

Updating is synchronous: a provider sees what others used at the end of last month. A stage is left at most once a
month. Each decision first compares its luck with a bound of its chance that costs no exponential; only where luck
falls below the bound is the chance itself computed. That changes no result, since luck >= bound >= chance.
"""

from __future__ import annotations

from . import randomness as rnd
from .jit import kernel, submodel
from .randomness import draw
from .record import book, carry_over, remember_slack, remember_use
from .state import DROPPED, PAID_PROVIDER, PAID_PUBLIC, ROUTINISED, STARTED
from .submodels import (
    accounts,
    attention,
    awareness,
    belief,
    choice,
    churn,
    journey,
    leadership,
    scaling,
    value,
)
from .submodels.hazards import happens, probability
from .submodels.journey import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE

EXPLORE, IMPLEMENT, SUSTAIN = range(3)
ID_STRIDE = 1 << 40
"""Apart by more than any provider's id: further draws of one provider for one decision and month."""


@submodel
def name_draws(world, state, month):
    """Set where the draws of every decision of this month begin."""
    seed, many = world.settled[0].seed, world.innovations.shape[0]
    for decision in range(rnd.DECISIONS):
        for j in range(many):
            state.starts[decision, j] = rnd.stream(seed, decision, month, world.innovations[j].key)
        state.starts[decision, many] = rnd.stream(seed, decision, month, 0)


@submodel
def bound_awareness(world, state, month):
    """Set, for every policy cell and innovation, a bound of (2) times the step: nobody's chance to hear exceeds it."""
    p, schedule = world.parameters[0], world.schedule
    layers = p.partner_layer + p.area_layer + p.setting_layer
    for cell in range(state.most_aware.shape[0]):
        for j in range(world.innovations.shape[0]):
            outside = awareness.outside_hazard(
                p.base_awareness,
                p.broker_awareness,
                schedule.supported[month, cell].brokerage,
                p.commissioner_awareness,
                1.0,
                schedule.pulled[month, cell, j].campaign,
            )
            hazard = awareness.awareness_hazard(outside, p.imitation, world.innovations[j].observability, layers)
            # a sum of shares can exceed its bound by a rounding
            state.most_aware[cell, j] = hazard * world.settled[0].step * (1.0 + 1e-12)


@submodel
def look_around(world, state):
    """Set the shares of use that everyone sees this month, and their weighted sums by area and setting."""
    state.shares[:] = 0
    state.area_use[:] = 0
    state.setting_use[:] = 0
    for i in range(world.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            if state.pairs[i, j].sites_in_use > 0:
                see(world, state, i, j)


@submodel
def see(world, state, i, j):
    """Set what everyone sees of provider i and innovation j to what is in use now."""
    provider = world.providers[i]
    parts = awareness.share_parts(int(state.pairs[i, j].sites_in_use), int(provider.sites))
    weighed = int(provider.weight) * (parts - int(state.shares[i, j]))
    state.shares[i, j] = parts
    state.area_use[provider.area, j] += weighed
    state.setting_use[provider.setting, j] += weighed


@submodel
def exposed(world, state, i, j):
    """Return (2a) for provider i and innovation j, how many partners use it, and whether there is anybody to see."""
    parameters, providers, network = world.parameters[0], world.providers, world.network
    if not world.switches[0].exposure:
        return 0.0, 0, False
    total, users = 0, 0
    first, ties = network.first[i], int(network.ties[i])
    for slot in range(ties):
        parts = int(state.shares[network.partners[first + slot], j])
        total += parts
        users += parts > 0 and parameters.partner_layer > 0.0
    area, setting, weight = providers[i].area, providers[i].setting, int(providers[i].weight)
    own = weight * int(state.shares[i, j])
    neighbours = int(state.area_weight[area]) - weight
    peers = int(state.setting_weight[setting]) - weight
    seen = (
        (parameters.partner_layer > 0.0 and ties > 0)
        or (parameters.area_layer > 0.0 and neighbours > 0)
        or (parameters.setting_layer > 0.0 and peers > 0)
    )
    shown = awareness.exposure(
        awareness.layer_mean(total, ties),
        awareness.layer_mean(int(state.area_use[area, j]) - own, neighbours),
        awareness.layer_mean(int(state.setting_use[setting, j]) - own, peers),
        parameters.partner_layer,
        parameters.area_layer,
        parameters.setting_layer,
    )
    return shown, users, seen


@submodel
def lead(world, state, month, i, stage):
    """Return (4) for provider i and a stage of the journey, with the programmes of the month."""
    p, schedule, cell = world.parameters[0], world.schedule, world.providers[i].cell
    senior = min(1.0, state.rows[i].senior + schedule.supported[month, cell].senior_programme)
    manager = min(1.0, state.rows[i].manager + schedule.supported[month, cell].manager_programme)
    frontline = state.rows[i].frontline
    if stage == EXPLORE:
        weights = p.explore_senior, p.explore_manager, p.explore_frontline
    elif stage == IMPLEMENT:
        weights = p.implement_senior, p.implement_manager, p.implement_frontline
    else:
        weights = p.sustain_senior, p.sustain_manager, p.sustain_frontline
    return leadership.blended(senior, manager, frontline, weights[0], weights[1], weights[2], p.complementarity)


@submodel
def best_lead(world, state, month, i):
    """Return a bound that (4) never exceeds for exploring: the weighted mean, since rho <= 1."""
    p, row, support = (
        world.parameters[0],
        state.rows[i],
        world.schedule.supported[month, world.providers[i].cell],
    )
    senior = min(1.0, row.senior + support.senior_programme)
    manager = min(1.0, row.manager + support.manager_programme)
    mean = leadership.blended(
        senior, manager, row.frontline, p.explore_senior, p.explore_manager, p.explore_frontline, 1.0
    )
    return mean * (1.0 + 1e-12)  # a mean can fall short of itself by a rounding


@submodel
def lead_or_reference(world, state, month, i, stage, reference):
    """Return leadership, or the reference itself where the mechanism is switched off."""
    return lead(world, state, month, i, stage) if world.switches[0].leadership else reference


@submodel
def stance(world, month, i, j):
    """Return G_rj of provider i's authority, with the commissioners' requirement, in [0, 1]."""
    required = world.schedule.pulled[month, world.providers[i].cell, j].commissioner_requirement
    return max(0.0, min(1.0, world.traits[i].stance + required))


@submodel
def burden(world, month, i, j):
    """Return B_j as provider i meets it, less what a sandbox lifts."""
    return world.schedule.regime[month, j].burden * (
        1.0 - world.schedule.pulled[month, world.providers[i].cell, j].sandbox
    )


@submodel
def beliefs(world, state, month, i, j):
    """Return mean and standard deviation of the belief, with what an evidence synthesis adds."""
    trials = world.schedule.pulled[month, world.providers[i].cell, j].evidence_synthesis
    success = world.innovations[j].success
    a = state.pairs[i, j].successes + trials * success
    b = state.pairs[i, j].failures + trials * (1.0 - success)
    return belief.belief_mean(a, b), belief.belief_deviation(a, b)


@submodel
def believed_benefit(world, mean, month, i, j):
    """Return mu RA k: what the provider believes it gains, given its priorities and setting."""
    fits_setting = world.innovations[j].compatibility[world.providers[i].setting]
    return mean * world.schedule.regime[month, j].advantage * fits_setting


@submodel
def setup(world, i, j, sites):
    """Return the set-up cost of innovation j at `sites` sites of provider i, in GBP."""
    return value.setup_cost(world.innovations[j].setup_organisation, world.innovations[j].setup_site, sites)


@submodel
def valued(world, state, month, i, j):
    """Return (6), raised by a mandate: V + s against th is the same as V against th - s."""
    p, innovations, providers, cell = (
        world.parameters[0],
        world.innovations,
        world.providers,
        world.providers[i].cell,
    )
    mandate = world.schedule.pulled[month, cell, j].mandate
    if not world.switches[0].value:
        return world.traits[i].threshold + mandate
    mean, deviation = beliefs(world, state, month, i, j)
    shown, users, seen = exposed(world, state, i, j)
    norm = value.peers(p.norm_form, shown, users, seen, world.traits[i].norm_threshold)
    whole = setup(world, i, j, providers[i].sites)
    cost = value.relative_cost(
        whole,
        whole * world.schedule.pulled[month, cell, j].grant,
        world.traits[i].size_factor,
        world.traits[i].revenue,
    )
    against = value.hindrance(
        p.complexity_weight,
        innovations[j].complexity,
        world.traits[i].capability[innovations[j].capability],
        innovations[j].needs_connection,
        world.traits[i].connectivity,
        p.burden_weight,
        burden(world, month, i, j),
        p.uncertainty_weight,
        deviation,
        innovations[j].trialability,
    )
    return mandate + value.perceived_value(
        believed_benefit(world, mean, month, i, j),
        p.peer_norm,
        norm,
        p.commissioning_weight,
        stance(world, month, i, j),
        value.weighed_cost(p.cost_weight, cost, state.rows[i].slack),
        against,
    )


@submodel
def hears(world, state, month, i, j, luck):
    """Return whether provider i hears of innovation j this month (2)."""
    p, cell, step = world.parameters[0], world.providers[i].cell, world.settled[0].step
    if luck >= state.most_aware[cell, j]:
        return False
    observability = world.innovations[j].observability
    outside = awareness.outside_hazard(
        p.base_awareness,
        p.broker_awareness,
        world.schedule.supported[month, cell].brokerage,
        p.commissioner_awareness,
        stance(world, month, i, j),
        world.schedule.pulled[month, cell, j].campaign,
    )
    shown = exposed(world, state, i, j)[0]
    hazard = awareness.awareness_hazard(outside, p.imitation, observability, shown)
    return happens(luck, hazard, p.hazard_ceiling, step)


@submodel
def looks(world, state, month, i, luck):
    """Return whether provider i looks for something new this month (3)."""
    p, settled = world.parameters[0], world.settled[0]
    if not world.switches[0].search:
        return happens(luck, p.attention, p.hazard_ceiling, settled.step)
    if luck >= settled.most_looks * settled.step:
        return False
    slack = state.rows[i].slack
    shortfall = world.traits[i].aspiration - attention.performance(world.traits[i].rating, slack)
    reference = settled.reference_explore
    leader = reference
    if world.switches[0].leadership:
        best = best_lead(world, state, month, i)
        if luck >= settled.step * attention.look_hazard(
            p.attention,
            p.leadership_weight,
            best,
            reference,
            p.slack_search,
            slack,
            p.aspiration_search,
            shortfall,
        ):
            return False
        leader = lead(world, state, month, i, EXPLORE)
    hazard = attention.look_hazard(
        p.attention,
        p.leadership_weight,
        leader,
        reference,
        p.slack_search,
        slack,
        p.aspiration_search,
        shortfall,
    )
    return happens(luck, hazard, p.hazard_ceiling, settled.step)


@submodel
def chosen(world, state, month, i):
    """Return which of the innovations that provider i is aware of it takes into a pilot (7), or -1 for none."""
    noise, who = world.parameters[0].choice_noise, world.providers[i].id
    best = -1
    best_score = -float("inf")
    best_key = world.innovations.key[0]
    if world.switches[0].choice:
        luck = draw(state.starts[rnd.STAY, state.pairs.shape[1]], who)
        best_score = choice.score(world.traits[i].threshold, noise, luck)
    for j in range(state.pairs.shape[1]):
        if state.pairs[i, j].stage != AWARE or world.schedule.regime[month, j].held:
            continue
        luck = draw(state.starts[rnd.CHOOSE, j], who)
        option = choice.score(valued(world, state, month, i, j), noise, luck) if world.switches[0].choice else luck
        key = world.innovations[j].key
        # a tie goes to doing something, and between innovations to the larger key, never to the row
        if option > best_score or (option == best_score and (best < 0 or key > best_key)):
            best, best_score, best_key = j, option, key
    return best


@submodel
def passes(world, state, month, i, j, luck):
    """Return whether a pilot that has ended is taken further: it is worth it (7), and can be paid."""
    if not world.switches[0].choice:
        return luck < world.parameters[0].chance_to_pass
    whole = setup(world, i, j, world.providers[i].sites)
    grant = whole * world.schedule.pulled[month, world.providers[i].cell, j].grant
    if not choice.affordable(state.rows[i].slack, world.traits[i].cost, whole, grant):
        return False
    worth = valued(world, state, month, i, j)
    return luck < choice.passing(worth, world.traits[i].threshold, world.parameters[0].choice_noise)


@submodel
def routine(world, state, month, i, j):
    """Return the hazard of passing from implementation to routine use (8a), in 1/month."""
    p, innovations = world.parameters[0], world.innovations
    if not world.switches[0].implementation:
        return p.implementation_rate
    reference = world.settled[0].reference_implement
    return journey.routine_hazard(
        p.implementation_rate,
        p.leadership_weight,
        lead_or_reference(world, state, month, i, IMPLEMENT, reference),
        reference,
        state.pairs[i, j].skill,
        p.skill_exponent,
        innovations[j].complexity,
        state.pairs[i, j].fit,
        p.burden_delay,
        burden(world, month, i, j),
    )


@submodel
def reasons_to_drop(world, state, month, i, j):
    """Return psi of (8) as its factor and its exponent; 1 and 0 where the mechanism is switched off."""
    if not world.switches[0].abandonment:
        return 1.0, 0.0
    p, innovations, providers, schedule = (
        world.parameters[0],
        world.innovations,
        world.providers,
        world.schedule,
    )
    cell = providers[i].cell
    slack = attention.bounded_slack(state.rows[i].slack)
    mean = beliefs(world, state, month, i, j)[0]
    yearly = value.running_burden(
        innovations[j].running_cost,
        innovations[j].saving,
        state.pairs[i, j].sites_in_use,
        world.traits[i].revenue,
    )
    factor = journey.circumstances(
        innovations[j].lock_in,
        p.departure_shock,
        state.rows[i].unrest if state.rows[i].unrest_left > 0.0 else 0.0,
        p.strain,
        slack,
        p.grant_cliff,
        schedule.pulled[month, cell, j].grant_ended * state.pairs[i, j].granted,
        p.mandate_resentment,
        schedule.pulled[month, cell, j].mandate,
    )
    exponent = journey.regret(
        p.value_sensitivity,
        believed_benefit(world, mean, month, i, j),
        p.cost_weight * min(2.0, yearly) / 2.0,
        world.traits[i].value_to_keep,
    )
    return factor, exponent


@submodel
def base_drop(world, j):
    """Return h_S0 of innovation j, in 1/month."""
    return world.parameters[0].sustain_hazard * world.innovations[j].abandonment


@submodel
def after_implementing(world, state, month, i, j, luck):
    """Return the stage after a month of implementing: routine, dropped or the same (8)."""
    p, settled = world.parameters[0], world.settled[0]
    base = p.implementation_drop * base_drop(world, j)
    pressed = 1.0 + p.mandate_resentment * world.schedule.pulled[month, world.providers[i].cell, j].mandate
    bound = settled.most_routine + base * pressed * world.providers[i].most_regret
    if luck >= bound * settled.step:
        return IMPLEMENTING
    factor, exponent = reasons_to_drop(world, state, month, i, j)
    forward = routine(world, state, month, i, j)
    away = journey.drop_hazard(base, factor, exponent)
    total = forward + away
    event = probability(total, p.hazard_ceiling, settled.step)
    if luck >= event:
        return IMPLEMENTING
    return SUSTAINED if luck * total < event * forward else ABANDONED


@submodel
def drops(world, state, month, i, j, luck):
    """Return whether provider i drops innovation j from routine use (8c)."""
    p, settled = world.parameters[0], world.settled[0]
    base = base_drop(world, j)
    pressed = 1.0 + p.mandate_resentment * world.schedule.pulled[month, world.providers[i].cell, j].mandate
    bound = base * pressed * world.providers[i].most_regret * settled.best_lead_sustain
    if luck >= bound * settled.step:
        return False
    factor, exponent = reasons_to_drop(world, state, month, i, j)
    if luck >= journey.drop_hazard(base, factor, exponent) * settled.best_lead_sustain * settled.step:
        return False
    reference = settled.reference_sustain
    leader = reference
    if world.switches[0].abandonment:
        leader = lead_or_reference(world, state, month, i, SUSTAIN, reference)
    hazard = journey.sustained_drop_hazard(base, factor, exponent, p.leadership_weight, leader, reference)
    return happens(luck, hazard, p.hazard_ceiling, settled.step)


@submodel
def new_sites(world, state, month, i, j):
    """Return how many further sites take up innovation j this month (8b)."""
    p, settled, sites = world.parameters[0], world.settled[0], int(world.providers[i].sites)
    used = int(state.pairs[i, j].sites_in_use)
    reference = settled.reference_sustain
    hazard = scaling.site_hazard(
        p.site_conversion,
        p.site_imitation,
        used,
        sites,
        p.leadership_weight,
        lead_or_reference(world, state, month, i, SUSTAIN, reference),
        reference,
        state.pairs[i, j].skill,
    )
    luck = draw(state.starts[rnd.SCALE, j], world.providers[i].id)
    return scaling.binomial(sites - used, probability(hazard, p.hazard_ceiling, settled.step), luck)


@submodel
def leaders_change(world, state, month, i):
    """Change leadership as managers, senior leaders and staff of provider i come and go (5)."""
    p, settled, providers, schedule = world.parameters[0], world.settled[0], world.providers, world.schedule
    who, cell, none = providers[i].id, providers[i].cell, state.pairs.shape[1]
    managers = int(providers[i].sites)
    state.rows[i].unrest_left = max(0.0, state.rows[i].unrest_left - settled.step)
    leaving = p.manager_turnover * (1.0 - schedule.supported[month, cell].manager_retention)
    luck = draw(state.starts[rnd.MANAGERS_LEAVE, none], who)
    if luck < managers * leaving * settled.step:
        gone = scaling.binomial(managers, probability(leaving, p.hazard_ceiling, settled.step), 1.0 - luck)
        for departure in range(gone):
            start = state.starts[rnd.NEW_MANAGER, none]
            first, second = who + 2 * departure * ID_STRIDE, who + (2 * departure + 1) * ID_STRIDE
            score = rnd.normal_pair(draw(start, first), draw(start, second))
            level = churn.newcomer(world.traits[i].senior_score, p.trait_correlation, score)
            state.rows[i].manager = churn.manager_level(state.rows[i].manager, level, managers)
        if gone > 0:
            state.rows[i].unrest = min(1.0, gone / managers)
            state.rows[i].unrest_left = churn.MONTHS_OF_UNREST
    luck = draw(state.starts[rnd.SENIOR_LEAVES, none], who)
    if happens(luck, p.senior_turnover, p.hazard_ceiling, settled.step):
        start = state.starts[rnd.NEW_SENIOR, none]
        score = rnd.normal_pair(draw(start, who), draw(start, who + ID_STRIDE))
        state.rows[i].senior = churn.newcomer(world.traits[i].senior_score, p.trait_correlation, score)
        state.rows[i].unrest = 1.0
        state.rows[i].unrest_left = churn.MONTHS_OF_UNREST
    programme = schedule.supported[month, cell].frontline_programme
    home = churn.frontline_home(
        world.traits[i].frontline_start, settled.frontline_mean, world.traits[i].learning, programme
    )
    state.rows[i].frontline = churn.frontline_level(
        state.rows[i].frontline, home, schedule.around[month].turnover, settled.step
    )


@submodel
def next_stage(world, state, month, i, j, stage, pick):
    """Return the stage of provider i and innovation j after this month; `pick` is what it takes into a pilot."""
    p, switches, settled, who = world.parameters[0], world.switches[0], world.settled[0], world.providers[i].id
    if stage == UNAWARE:
        if hears(world, state, month, i, j, draw(state.starts[rnd.AWARE, j], who)):
            return AWARE if switches.journey else SUSTAINED
    elif stage == AWARE:
        if pick == j:
            return EXPLORING if switches.journey else SUSTAINED
    elif stage == EXPLORING:
        luck = draw(state.starts[rnd.PILOT, j], who)
        rate = choice.pilot_hazard(p.pilot_rate, world.innovations[j].trialability)
        ends = probability(rate, p.hazard_ceiling, settled.step)
        if luck < ends:
            return IMPLEMENTING if passes(world, state, month, i, j, luck / ends) else ABANDONED
    elif stage == IMPLEMENTING:
        return after_implementing(world, state, month, i, j, draw(state.starts[rnd.IMPLEMENT, j], who))
    elif stage == SUSTAINED:
        if switches.sustaining and drops(world, state, month, i, j, draw(state.starts[rnd.SUSTAIN, j], who)):
            return ABANDONED if switches.journey else UNAWARE
    elif happens(draw(state.starts[rnd.RECONSIDER, j], who), p.reconsider, p.hazard_ceiling, settled.step):
        return AWARE
    return stage


@submodel
def moves(world, state, record, month, i, j, new_stage, more):
    """Move provider i to a stage of innovation j, or to `more` sites; return what it pays to set them up, in pence."""
    row, group, weight = month + 1, world.providers[i].group, int(world.providers[i].weight)
    stage, used = int(state.pairs[i, j].stage), int(state.pairs[i, j].sites_in_use)
    book(world, record, row, i, j, stage, used, -1)
    paid_sites = more
    gross = world.innovations[j].setup_site * more
    if new_stage != stage:
        if new_stage == IMPLEMENTING or (new_stage == SUSTAINED and stage != IMPLEMENTING):
            # who leaves out the pilot and the first site uses it everywhere at once
            paid_sites = int(world.providers[i].sites) if new_stage == SUSTAINED else 1
            used = paid_sites
            gross = setup(world, i, j, paid_sites)
            record.sums[row, group, j, STARTED] += 1
        elif new_stage == ABANDONED or new_stage == UNAWARE:
            used = 0
            state.pairs[i, j].granted = 0
        if new_stage == SUSTAINED:
            record.sums[row, group, j, ROUTINISED] += 1
        elif stage == IMPLEMENTING or stage == SUSTAINED:
            record.sums[row, group, j, DROPPED] += 1
    state.pairs[i, j].stage, state.pairs[i, j].sites_in_use = new_stage, used + more
    book(world, record, row, i, j, new_stage, used + more, 1)
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
            if not world.schedule.regime[month, j].held:
                cost = accounts.pence(world.schedule.pulled[month, cell, j].lever_cost * step)
                for group in range(state.reach.shape[1]):
                    record.sums[month + 1, group, j, PAID_PUBLIC] += int(state.reach[cell, group]) * cost


@submodel
def advance(world, state, record, month):
    """Advance every provider by one step; what changed is seen by others only afterwards."""
    parameters, switches, settled = world.parameters[0], world.switches[0], world.settled[0]
    providers, schedule = world.providers, world.schedule
    many = state.pairs.shape[1]
    name_draws(world, state, month)
    bound_awareness(world, state, month)
    carry_over(record, month + 1)
    pay_for_levers(world, state, record, month)
    changes = 0
    for i in range(providers.shape[0]):
        who, sites = providers[i].id, int(providers[i].sites)
        projects = 0
        aware = False
        for j in range(many):
            stage = state.pairs[i, j].stage
            if not schedule.regime[month, j].held:
                projects += stage == EXPLORING or stage == IMPLEMENTING
                aware = aware or stage == AWARE
        pick = -1
        if (
            aware
            and projects < attention.projects_allowed(parameters.project_cap, sites)
            and looks(world, state, month, i, draw(state.starts[rnd.LOOK, many], who))
        ):
            pick = chosen(world, state, month, i)
        spent_by_all = 0
        for j in range(many):
            if not schedule.regime[month, j].held:
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
            if state.pairs[i, j].sites_in_use > 0:
                remember_use(world, state, record, month + 1, i, j)
        if switches.churn:
            leaders_change(world, state, month, i)
        if switches.finance:
            state.rows[i].slack = accounts.slack_after(
                state.rows[i].slack,
                world.traits[i].revenue * schedule.around[month].fee,
                world.traits[i].cost,
                spent_by_all / 100.0,
                world.traits[i].slack_base,
                parameters.slack_relaxation,
                settled.step,
            )
            remember_slack(world, state, record, month + 1, i)
    if not switches.finance:
        for group in range(record.slack.shape[1]):
            record.slack[month + 1, group] = record.slack[month, group]
    for change in range(changes):
        see(world, state, state.changed[change, 0], state.changed[change, 1])


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
    for i in range(world.providers.shape[0]):
        for j in range(state.pairs.shape[1]):
            used = int(state.pairs[i, j].sites_in_use)
            book(world, record, 0, i, j, int(state.pairs[i, j].stage), used, 1)
            if used > 0:
                remember_use(world, state, record, 0, i, j)
        remember_slack(world, state, record, 0, i)
