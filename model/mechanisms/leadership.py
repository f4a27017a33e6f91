"""Equations (4) and (5): leadership at three levels, and how leaders and staff wear, come and go.

Basis: A mean with constant elasticity of substitution; leadership improved performance in a health system only
where levels were taken together, hence a prior that leans to complements. Leadership sank while clinics implemented
without support (T34 of studies.csv), and staff stayed where culture was worked on (T37). Turnover counted by Skills for
Care (workforce.csv), registered managers apart.

Assumptions: The weight of each level by stage is an assumption: senior leaders open doors, managers implement,
frontline staff sustain. Who comes resembles who leads at the top; frontline leadership returns to half its own start,
a quarter of the sector's and a quarter of the provider's culture of learning. Six months of unrest after a departure
make abandonment likelier.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import constant, submodel
from ..randomness import ID_STRIDE, draw
from ..state import IMPLEMENTING
from . import hazards

EXPLORE, IMPLEMENT, SUSTAIN = constant(0), constant(1), constant(2)


@submodel
def blended(senior, manager, frontline, weight_senior, weight_manager, weight_frontline, complementarity):
    """Return (4): [sum_l omega_l L_l^rho]^(1/rho), omega divided by its sum, leadership in (0, 1].

    rho = 1 is the weighted mean, |rho| < 1e-6 the geometric mean, -inf the minimum; between, by log-sum-exp.
    """
    total = weight_senior + weight_manager + weight_frontline
    if complementarity == 1.0:
        return (weight_senior * senior + weight_manager * manager + weight_frontline * frontline) / total
    if math.isinf(complementarity):
        least = math.inf
        if weight_senior > 0.0:
            least = min(least, senior)
        if weight_manager > 0.0:
            least = min(least, manager)
        if weight_frontline > 0.0:
            least = min(least, frontline)
        return least
    log_senior, log_manager, log_frontline = math.log(senior), math.log(manager), math.log(frontline)
    if abs(complementarity) < 1e-6:
        logs = weight_senior * log_senior + weight_manager * log_manager + weight_frontline * log_frontline
        return math.exp(logs / total)
    top = complementarity * (
        min(log_senior, log_manager, log_frontline)
        if complementarity < 0.0
        else max(log_senior, log_manager, log_frontline)
    )
    summed = (
        weight_senior * math.exp(complementarity * log_senior - top)
        + weight_manager * math.exp(complementarity * log_manager - top)
        + weight_frontline * math.exp(complementarity * log_frontline - top)
    )
    return math.exp((top + math.log(summed / total)) / complementarity)


@submodel
def lead_with(frame, state, month, i, stage, complementarity):
    """Return (4) for provider i and a stage of the journey, with the programmes of the month."""
    p, schedule, cell = frame.parameters[0], frame.schedule, state.providers[i].cell
    support = schedule.supported[month, cell]
    senior = min(1.0, state.rows[i].senior + support.senior_programme)
    manager = manager_now(state.rows[i].manager, state.rows[i].worn, support)
    frontline = state.rows[i].frontline
    if stage == EXPLORE:
        weights = p.explore_senior, p.explore_manager, p.explore_frontline
    elif stage == IMPLEMENT:
        weights = p.implement_senior, p.implement_manager, p.implement_frontline
    else:
        weights = p.sustain_senior, p.sustain_manager, p.sustain_frontline
    return blended(senior, manager, frontline, weights[0], weights[1], weights[2], complementarity)


@submodel
def lead_or_reference(frame, state, month, i, stage, reference):
    """Return leadership, or the reference itself where the mechanism is switched off."""
    if not frame.switches[0].leadership:
        return reference
    return lead_with(frame, state, month, i, stage, frame.parameters[0].complementarity)


@submodel
def most_lead(frame, state, month, i, stage, reference):
    """Return a bound that `lead_or_reference` never exceeds: the weighted mean, since rho <= 1."""
    return lead_with(frame, state, month, i, stage, 1.0) if frame.switches[0].leadership else reference


LEAST_LEADERSHIP = 0.01
MOST_WORN = 0.1
"""Half a standard deviation: nobody is worn down further (assumption)."""


@submodel
def manager_now(level, worn, support):
    """Return the leadership of managers: less what they are worn (4a), more what programme and course add."""
    return min(1.0, max(LEAST_LEADERSHIP, level - worn) + (support.manager_programme + support.leadership_course))


@submodel
def worn_after(worn, wear, implementing, supported, step):
    """Return (4a): worn + om over a step of implementing without a programme, else worn - om, in [0, .1]."""
    change = wear * step if implementing and not supported else -wear * step
    return max(0.0, min(MOST_WORN, worn + change))


@submodel
def wear_down(frame, state, month, i):
    """Wear the managers of provider i down while it implements without support, or let them recover (4a)."""
    implementing = False
    for j in range(state.pairs.shape[1]):
        implementing = implementing or (state.sector[j].running and state.pairs[i, j].stage == IMPLEMENTING)
    supported = frame.schedule.supported[month, state.providers[i].cell].manager_programme > 0.0
    state.rows[i].worn = worn_after(
        state.rows[i].worn, frame.parameters[0].manager_wear, implementing, supported, frame.settled[0].step
    )


MONTHS_OF_UNREST = 6.0
"""How long a departure is felt."""


@submodel
def trait_from_uniform(probability):
    """Return the quantile of the trait distribution, Beta(2, 2) stretched over [.01, 1], in closed form."""
    centred = 0.5 - math.sin(math.asin(1.0 - 2.0 * probability) / 3.0)
    return 0.01 + 0.99 * centred


@submodel
def trait_from_normal(score):
    """Return the trait whose standard normal score is `score`."""
    return trait_from_uniform(0.5 * math.erfc(-score / math.sqrt(2.0)))


@submodel
def newcomer(senior_score, correlation, score):
    """Return the leadership of somebody new, given the normal score of senior leadership at the start."""
    return trait_from_normal(correlation * senior_score + math.sqrt(1.0 - correlation * correlation) * score)


@submodel
def manager_level(level, newcomer_level, managers):
    """Return (5a): L^M + (new - L^M)/n, after one of n managers has been replaced."""
    return level + (newcomer_level - level) / managers


@submodel
def unrest_after(unrest, months_left, departure):
    """Return the unrest once somebody has left: the stronger of that departure's and what is still felt of others."""
    return max(departure, unrest if months_left > 0.0 else 0.0)


@submodel
def frontline_home(start, sector_mean, learning, programme):
    """Return (5b): Lbar = .5 L^F_0 + .25 sector mean at the start + .25 lambda + programmes, at most 1."""
    return min(1.0, 0.5 * start + 0.25 * sector_mean + 0.25 * learning + programme)


@submodel
def frontline_level(level, home, turnover, step):
    """Return (5c): L^F + tau (Lbar - L^F) over a step: newcomers bring it back to its long-run level."""
    return level + min(1.0, turnover * step) * (home - level)


@submodel
def staff_turnover(usual, avoided, culture_turnover, culture, culture_usual, driven_out):
    """Return (5d): tau (1 - s) exp{-k (lambda - lambda*)} + what enforcement drives out, in 1/month; lambda* is such
    that the sector's turnover at the start is the one that was counted.
    """
    leaving = usual * (1.0 - avoided)
    if culture_turnover > 0.0:
        leaving *= math.exp(hazards.clipped(-culture_turnover * (culture - culture_usual)))
    return leaving + driven_out


@submodel
def turnover(frame, state, month, i, keen):
    """Return tau of provider i this month (5d), in 1/month; `keen` is lambda."""
    cell, p, switches = state.providers[i].cell, frame.parameters[0], frame.switches[0]
    support = frame.schedule.supported[month, cell]
    return staff_turnover(
        frame.schedule.around[month, cell].turnover,
        support.fair_pay,
        p.culture_turnover if switches.culture else 0.0,
        keen,
        frame.settled[0].culture_usual,
        p.enforcement_turnover * support.obliged,
    )


@submodel
def is_unsettled(state, i, departure):
    """Let provider i feel a departure for the next six months, beside what it still feels of others."""
    row = state.rows[i]
    row.unrest = unrest_after(row.unrest, row.unrest_left, departure)
    row.unrest_left = MONTHS_OF_UNREST


@submodel
def leaders_change(frame, state, month, i, leaving_staff):
    """Change leadership of provider i as leaders and staff (`leaving_staff` a month) come and go (5)."""
    p, settled, providers, schedule = frame.parameters[0], frame.settled[0], state.providers, frame.schedule
    who, cell, none = providers[i].id, providers[i].cell, state.pairs.shape[1]
    managers = int(providers[i].sites)
    state.rows[i].unrest_left = max(0.0, state.rows[i].unrest_left - settled.step)
    leaving = p.manager_turnover * (1.0 - schedule.supported[month, cell].manager_retention)
    number = draw(state.starts[rnd.MANAGERS_LEAVE, none], who)
    if number < managers * leaving * settled.step:
        gone = hazards.binomial(managers, hazards.probability(leaving, p.hazard_ceiling, settled.step), 1.0 - number)
        for departure in range(gone):
            start = state.starts[rnd.NEW_MANAGER, none]
            first, second = who + 2 * departure * ID_STRIDE, who + (2 * departure + 1) * ID_STRIDE
            score = rnd.normal_pair(draw(start, first), draw(start, second))
            level = newcomer(state.traits[i].senior_score, p.trait_correlation, score)
            state.rows[i].manager = manager_level(state.rows[i].manager, level, managers)
        if gone > 0:
            is_unsettled(state, i, min(1.0, gone / managers))
    number = draw(state.starts[rnd.SENIOR_LEAVES, none], who)
    if hazards.happens(number, p.senior_turnover, p.hazard_ceiling, settled.step):
        start = state.starts[rnd.NEW_SENIOR, none]
        score = rnd.normal_pair(draw(start, who), draw(start, who + ID_STRIDE))
        state.rows[i].senior = newcomer(state.traits[i].senior_score, p.trait_correlation, score)
        is_unsettled(state, i, 1.0)
    programme = schedule.supported[month, cell].frontline_programme
    home = frontline_home(state.traits[i].frontline_start, settled.frontline_mean, state.traits[i].learning, programme)
    state.rows[i].frontline = frontline_level(state.rows[i].frontline, home, leaving_staff, settled.step)
