"""What an innovation is worth to a provider: equations (4), (6) and (14), with the levers of the month."""

from __future__ import annotations

from ..jit import constant, submodel
from ..submodels import belief, institutions, leadership, partners, value
from .seen import exposed

EXPLORE, IMPLEMENT, SUSTAIN = constant(0), constant(1), constant(2)


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
def stance(world, state, month, i, j):
    """Return G_rj of provider i's authority, with the commissioners' requirement, in [0, 1]."""
    cell, authority = world.providers[i].cell, world.providers[i].authority
    required = world.schedule.pulled[month, cell, j].commissioner_requirement
    own = state.stance[authority, j] if world.switches[0].commissioning else state.usual_stance[authority]
    return max(0.0, min(1.0, own * world.schedule.around[month, cell].stance + required))


@submodel
def asked(world, state, j):
    """Return D_j: how much people ask for innovation j."""
    return (
        institutions.demand(world.parameters[0].demand_effect, state.sector[j].movement)
        if world.switches[0].demand
        else 0.0
    )


@submodel
def burden(world, state, month, i, j):
    """Return B_j as provider i meets it, less what a sandbox lifts."""
    regime = world.schedule.regime[month, j]
    own = state.sector[j].burden if world.switches[0].deregulation else regime.burden
    lifted = world.schedule.pulled[month, world.providers[i].cell, j].sandbox
    return own * (1.0 - regime.burden_cut) * (1.0 - lifted)


@submodel
def beliefs(world, state, month, i, j):
    """Return mean and standard deviation of the belief, with what an evidence synthesis adds."""
    trials = world.schedule.pulled[month, world.providers[i].cell, j].evidence_synthesis
    success = world.innovations[j].success
    a = state.pairs[i, j].successes + trials * success
    b = state.pairs[i, j].failures + trials * (1.0 - success)
    return belief.belief_mean(a, b), belief.belief_deviation(a, b)


@submodel
def believed(world, mean, month, i, j):
    """Return what provider i, believing in a share `mean` of successes, expects to gain by innovation j."""
    innovation = world.innovations[j]
    return value.believed_gain(
        mean,
        innovation.former_success,
        world.parameters[0].clear_difference,
        world.schedule.regime[month, j].advantage,
        innovation.compatibility[world.providers[i].setting],
    )


@submodel
def setup(world, state, month, i, j, sites):
    """Return the set-up cost of innovation j for provider i and `sites` of its sites, in GBP."""
    whole = partners.shared_setup_cost(
        world.innovations[j].setup_organisation,
        world.parameters[0].shared_setup,
        world.traits[i].openness,
        helped(world, state, i, j),
    )
    cost = value.setup_cost(whole, world.innovations[j].setup_site, sites)
    return cost * (1.0 - world.schedule.regime[month, j].cost_cut)


@submodel
def helped(world, state, i, j):
    """Return whether a partner of provider i already used innovation j last month."""
    if not world.switches[0].borrowing:
        return False
    first = state.network.first[i]
    for slot in range(int(state.network.ties[i])):
        if state.shares[state.network.partners[first + slot], j] > 0:
            return True
    return False


@submodel
def capable(world, state, i, j):
    """Return (14) for provider i in what innovation j asks for."""
    kind = world.innovations[j].capability
    own = state.capability[i, kind]
    if not world.switches[0].borrowing:
        return own
    best = 0.0
    first = state.network.first[i]
    for slot in range(int(state.network.ties[i])):
        best = max(best, state.capability[state.network.partners[first + slot], kind])
    asked = partners.required(world.innovations[j].complexity)
    return partners.effective_capability(own, own, world.traits[i].openness, asked, best)


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
    whole = setup(world, state, month, i, j, providers[i].sites)
    cost = value.relative_cost(
        whole,
        whole * world.schedule.pulled[month, cell, j].grant,
        world.traits[i].size_factor,
        world.traits[i].revenue,
    )
    against = value.hindrance(
        p.complexity_weight,
        innovations[j].complexity,
        capable(world, state, i, j),
        innovations[j].needs_connection,
        world.traits[i].connectivity,
        p.burden_weight,
        burden(world, state, month, i, j),
        p.uncertainty_weight,
        deviation,
        innovations[j].trialability,
    )
    return mandate + value.perceived_value(
        believed(world, mean, month, i, j),
        p.peer_norm,
        norm,
        p.commissioning_weight,
        stance(world, state, month, i, j),
        p.demand_weight,
        asked(world, state, j),
        value.weighed_cost(p.cost_weight, cost, state.rows[i].slack),
        against,
    )


@submodel
def learning_of(world, month, i):
    """Return lambda of provider i, with a learning collaborative: at most 1."""
    support = world.schedule.supported[month, world.providers[i].cell]
    return min(1.0, world.traits[i].learning + support.learning_collaborative)


@submodel
def turnover_of(world, month, i):
    """Return tau of provider i this month, less what fair pay avoids, in 1/month."""
    cell = world.providers[i].cell
    return world.schedule.around[month, cell].turnover * (1.0 - world.schedule.supported[month, cell].fair_pay)
