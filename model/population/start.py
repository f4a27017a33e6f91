"""The first month: accounts, leadership and innovations under way, from evidence and declared assumptions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..conditions import months_between
from ..innovations import Innovation, StartingShare, compatibility, number_of
from ..jit import kernel
from ..mechanisms import (
    attention,
    finance,
    leadership,
    learning,
    origination,
    outcomes,
    priorities,
    quality_exit,
    skills,
)
from ..mechanisms.hazards import clipped
from ..parameters import Parameters
from ..record import RANK_WHOLE
from ..state import (
    ABANDONED,
    AWARE,
    EXPLORING,
    IMPLEMENTING,
    PROVIDER,
    PULL_WHOLE,
    SETTLED,
    SUSTAINED,
    TRAIT,
    WEIGHT,
    WHOLE,
    Network,
    Places,
    Schedule,
    State,
    blank,
    empty_state,
)
from ..switches import Switches
from .country import Floats, Integers
from .draws import generator, ranks
from .sector import Population

HOMECARE = 2
LEAST_COMPATIBLE = 0.001
"""Compatibility below which use at the start is as rare as can be."""
LEAST_SKILL = 0.01
"""Least skill of long use, as of `starting_skill`: (8a) has its logarithm."""
WEEKS_A_MONTH = 52 / 12
COUNTED_MONTHS = 60
"""Closures of the register are those of five years."""
SELF_WHOLE = 16
"""A self-funder, in whole parts."""


def accounts_at_start(parameters: Parameters, population: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return monthly revenue, what of it self-funders pay, and cost in GBP, shape (n,): revenue is
    [f price + (1 - f) council fee] persons, cost is less by the margin.
    """
    price = np.array(
        [
            parameters.care_home_price * parameters.nursing_premium,
            parameters.care_home_price,
            parameters.homecare_price * parameters.homecare_hours,
            parameters.homecare_price * parameters.homecare_hours,
        ]
    )[population.setting]
    fee_level = np.maximum(0.5, 1 + parameters.fee_spread * population.fee_score)
    council = price / parameters.self_funder_premium * fee_level
    share = population.self_funder_share
    revenue = (share * price + (1 - share) * council) * population.people * WEEKS_A_MONTH
    margin = np.clip(parameters.margin + parameters.margin_spread * population.margin_score, -0.5, 0.5)
    return revenue, share * price * population.people * WEEKS_A_MONTH, revenue * (1 - margin)


def slack_at_start(
    parameters: Parameters, population: Population, revenue: Floats, cost: Floats
) -> tuple[Floats, Floats]:
    """Return the base of slack and slack itself, in months of cost: where (19a) rests without innovations, so that
    the start is no transient.
    """
    base = np.clip(parameters.slack + parameters.slack_spread * population.slack_score, -3, 6)
    return base, np.clip(base + (revenue - cost) / cost / parameters.slack_relaxation, -3, 6)


@kernel
def aspirations(network, rating, slack, parts, made):
    """Set `made` to the aspiration of each provider: half its own performance, half the mean of its partners'.

    `parts` (whole numbers) is scratch.
    """
    n = rating.shape[0]
    for i in range(n):
        parts[i] = int(math.floor(attention.performance(rating[i], slack[i]) * WHOLE + 0.5))
    for i in range(n):
        first, ties = network.first[i], int(network.ties[i])
        total = 0
        for slot in range(ties):
            total += int(parts[network.partners[first + slot]])
        others = total / (ties * WHOLE) if ties > 0 else parts[i] / WHOLE
        made[i] = 0.5 * parts[i] / WHOLE + 0.5 * others


@kernel
def set_protection(exit_slack, slack, made):
    """Set `made` to exp{-x_1 Rt} of (19d) for each provider (both 1-D)."""
    for i in range(slack.shape[0]):
        made[i] = quality_exit.exit_hazard(1.0, exit_slack, attention.bounded_slack(slack[i]), 0.0, 0.0)


@kernel
def set_lead(senior, manager, frontline, weights, complementarity, made):
    """Set `made`, shape (3, n), to (4) of every provider for the three stages."""
    for stage in range(3):
        for i in range(senior.shape[0]):
            made[stage, i] = leadership.blended(
                senior[i],
                manager[i],
                frontline[i],
                weights[stage, 0],
                weights[stage, 1],
                weights[stage, 2],
                complementarity,
            )


def exits_at_start(p: Parameters, switches: Switches, population: Population, slack: Floats) -> Floats:
    """Return h_s of (19d) by setting, shape (4,), in 1/month: such that of those who are there at the start as many
    close within the five years for which the country's closures were counted as at the hazard `exit_rate` times its
    multiple, as far as debt alone does not already make more close.
    """
    protection, made = np.empty(len(slack)), np.zeros(4)
    set_protection(p.exit_slack, slack, protection)
    debt = (p.debt_exit if switches.insolvency else 0.0) * np.maximum(0.0, -slack)
    for setting in np.unique(population.setting):
        here = population.setting == setting
        wanted = p.exit_rate * population.country.closures[setting]
        made[setting] = closing_hazard(wanted, protection[here], debt[here], population.weight[here])
    return made


def closing_hazard(wanted: float, protection: Floats, debt: Floats, weight: Floats) -> float:
    """Return the h at which hazards of h `protection` + `debt` close as many within COUNTED_MONTHS as `wanted` (all in
    1/month), or 0 where debt alone closes more: who is likeliest to close is soon gone, so means at the start mislead.
    """
    made = 0.0
    for _ in range(100):  # Newton's method: from below it never goes too far, for the share that stays is convex in h
        stay = np.exp(-COUNTED_MONTHS * (made * protection + debt))
        beyond = mean_of(stay, weight) - math.exp(-COUNTED_MONTHS * wanted)
        if beyond <= 1e-12:
            break
        made += beyond / (COUNTED_MONTHS * mean_of(protection * stay, weight))
    return made


def mean_of(values: Floats, weight: Floats) -> float:
    """Return the mean by weight; fsum, so that no order of rows can change it."""
    return math.fsum(values * weight) / math.fsum(weight)


def whole_weights(population: Population) -> Integers:
    """Return sampling weights in parts of WEIGHT, at least 1, that add up to the number of those who are there: what
    rounding leaves goes to the largest remainders, ties to the first ids; what the least of 1 takes too much is taken
    off those above it that gained most, one part each, round by round.
    """
    n = np.count_nonzero(population.weight)
    exact = population.weight * (n * WEIGHT / math.fsum(population.weight))
    whole: Integers = np.where(exact > 0, np.maximum(1, np.floor(exact)), 0).astype(np.int64)
    by_remainder = np.lexsort((population.id, whole - exact, exact == 0))
    whole[by_remainder[: max(0, int(n * WEIGHT - whole.sum()))]] += 1
    while (over := int(whole.sum() - n * WEIGHT)) > 0:
        whole[np.lexsort((population.id, exact - whole, whole <= 1))[: min(over, np.count_nonzero(whole > 1))]] -= 1
    return whole


def lead_at_start(p: Parameters, population: Population) -> np.ndarray:
    """Return (4) of every provider for the three stages before any lever, shape (3, n)."""
    weights = np.array(
        [
            [p.explore_senior, p.explore_manager, p.explore_frontline],
            [p.implement_senior, p.implement_manager, p.implement_frontline],
            [p.sustain_senior, p.sustain_manager, p.sustain_frontline],
        ]
    )
    made = np.empty((3, len(population.id)))
    set_lead(population.senior, population.manager, population.frontline, weights, p.complementarity, made)
    return made


def usual_culture(p: Parameters, population: Population) -> float:
    """Return lambda* of (5d): with it the mean of exp{-k (lambda - lambda*)} is 1, so that turnover is as counted."""
    if p.culture_turnover == 0.0:
        return mean_of(population.learning, population.weight)
    mean = mean_of(np.exp(-p.culture_turnover * population.learning), population.weight)
    return -math.log(mean) / p.culture_turnover


def settled(
    p: Parameters,
    switches: Switches,
    lead: np.ndarray,
    population: Population,
    slack: np.ndarray,
    seed: int,
    step: float,
) -> np.ndarray:
    """Return the constants of the run; means are of the country, each provider by its weight."""
    explore, implement, sustain = (mean_of(row, population.weight) for row in lead)
    keen = mean_of(population.learning, population.weight)
    exits = exits_at_start(p, switches, population, slack)
    indebted = p.debt_exit * -finance.LEAST_SLACK if switches.insolvency else 0.0
    made = blank(SETTLED, 1)
    made[0] = (
        seed,
        step,
        explore,
        implement,
        sustain,
        mean_of(population.frontline, population.weight),
        keen,
        usual_culture(p, population),
        0.0,  # depends on the schedule: `most_looks`
        1.0 + 1e-12,
        math.exp(clipped(p.leadership_weight * sustain)),
        exits,
        quality_exit.exit_hazard(exits.max(), p.exit_slack, -1.0, 0.0, 0.0) + indebted,
        origination.origination_hazard(p.origination_rate, 1.0, 1.0, finance.MOST_SLACK),
        math.fsum(population.weight) / np.count_nonzero(population.weight),
    )
    return made


def most_looks(p: Parameters, switches: Switches, known: np.ndarray, schedule: Schedule, settled: np.ndarray) -> float:
    """Return a bound of (3) for every innovation (INNOVATION) and month of the schedule."""
    most = attention.invited(p.invited_looking, schedule.pulled["offered"].max()) if switches.invitation else 1.0
    keen, explore = settled[0].culture_mean, settled[0].reference_explore
    culture = learning.culture_drive(p.culture_weight, 1.0, keen) if switches.culture else 0.0
    base = float(known["attention"].max() * most)
    bound = attention.most_looks(base, p.leadership_weight, explore, culture, p.slack_search, p.aspiration_search)
    return float(bound)


@kernel
def set_long_use(
    around, learning, culture_turnover, usual, speed, codification, success, former, fit, skilled, skill, true
):
    """Set skill, where (12) rests without levers in what surrounds each provider (as it begins where not `skilled`),
    and the share of trials that then work (11b); all 1-D.
    """
    for i in range(learning.shape[0]):
        if skilled:
            gain = skills.skill_gain(speed, learning[i], True, 0.0, 0.0, around[i].vacancy)
            leaving = leadership.staff_turnover(around[i].turnover, 0.0, culture_turnover, learning[i], usual, 0.0)
            loss = skills.skill_loss(leaving, codification)
            if gain + loss > 0.0:
                skill[i] = max(LEAST_SKILL, gain / (gain + loss))
        true[i] = outcomes.true_success(success, former, fit[i], skill[i])


def fits_in_the_end(pace: Floats, lost: float) -> Floats:
    """Return where (11) and (11c) rest, where a share `lost` of fit goes each month and `pace` of the rest is won."""
    rest: Floats = pace / (lost + pace - lost * pace)
    return rest


@kernel
def set_long_learned(misreading, trials, memory, learns, sites, true, allowance, successes, failures):
    """Set evidence, which begins as an innovation's reputation, to where (10) rests with own results; all 1-D from
    `learns` on, but for `allowance`.
    """
    for i in range(learns.shape[0]):
        error = 0.0 if allowance else learning.reading_error(misreading, learns[i])
        found = learning.chance_of_success(true[i], error)
        seen = learns[i] * min(learning.MOST_SITES, sites[i]) * trials
        kept = learning.MOST_TRIALS if seen > 0.0 else 0.0
        if memory < 1.0:
            kept = seen / (1.0 - memory)
        a, b = successes[i] + kept * found, failures[i] + kept * (1.0 - found)
        within = learning.within_limits(a, b)
        successes[i], failures[i] = a * within, b * within


class LongUse(NamedTuple):
    """What users of long standing have come to, each of shape (n,)."""

    skill: Floats
    fit: Floats
    successes: Floats
    failures: Floats


def long_use(
    p: Parameters,
    switches: Switches,
    innovations: tuple[Innovation, ...],
    records: np.ndarray,
    population: Population,
    around: np.ndarray,
) -> list[LongUse]:
    """Return what users of long standing have come to with each innovation, and set the reputation of those whose file
    says that it is confirmed to what such users find, on the average of the country.

    Each comes to the fixed point of (12), (11) and (10) in what surrounds it in the first month (`around`, AROUND of
    shape (n,)), without partners and levers; what a switch holds still stays as it begins.
    """
    made, n, usual = [], len(population.id), usual_culture(p, population)
    for j, innovation in enumerate(innovations):
        of, keen = innovation.attributes, population.learning
        skill, fit, true = np.full(n, p.starting_skill), np.full(n, p.starting_fit), np.empty(n)
        if switches.experience and switches.fitting and p.adaptation * of.adaptability > 0:
            pace = p.adaptation * keen * of.adaptability * learning.renegotiable(of.lock_in)
            lost = p.goal_shift * priorities.USUAL_SHIFT * p.goal_drift if switches.drift else 0.0
            fit[:] = fits_in_the_end(pace, lost)
        skilled = switches.experience and switches.skill
        set_long_use(
            around,
            keen,
            p.culture_turnover if switches.culture else 0.0,
            usual,
            p.skill_learning,
            of.codification,
            of.success,
            of.former_success,
            fit,
            skilled,
            skill,
            true,
        )
        if switches.reputation and innovation.file.reputation == "confirmed":
            mean = mean_of(true, population.weight)
            records["prior_successes"][j], records["prior_failures"][j] = (
                mean * of.prior_trials,
                (1 - mean) * of.prior_trials,
            )
        a, b = np.full(n, records["prior_successes"][j]), np.full(n, records["prior_failures"][j])
        if switches.experience and switches.learning:
            set_long_learned(
                p.misreading, p.trials, p.evidence_memory, keen, population.sites, true, switches.allowance, a, b
            )
        made.append(LongUse(skill, fit, a, b))
    return made


def ranked(staff: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return the fractional rank by staff, weighted by people, ties sharing their mean rank, in parts of 2^16."""
    _, level = np.unique(staff, return_inverse=True)
    held = np.bincount(level, people)
    middle = (np.cumsum(held) - 0.5 * held) / held.sum()
    rank: Integers = np.rint(middle[level] * RANK_WHOLE).astype(np.int64)
    return rank


def providers_at_start(
    parameters: Parameters,
    population: Population,
    cell: np.ndarray,
    group: np.ndarray,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the providers and their traits as the kernel reads them, and their slack."""
    revenue, self_revenue, cost = accounts_at_start(parameters, population)
    base, slack = slack_at_start(parameters, population, revenue, cost)
    providers, traits = blank(PROVIDER, len(population.id)), blank(TRAIT, len(population.id))
    for made in (providers, traits):
        for name in set(made.dtype.names or ()) & set(Population._fields):
            made[name] = getattr(population, name)
    providers["weight"] = whole_weights(population)
    providers["cell"], providers["group"] = cell, group
    providers["rank"] = ranked(population.staff, population.people * population.weight)
    traits["frontline_start"] = population.frontline
    traits["adoption_threshold"] = (
        parameters.adoption_threshold + parameters.threshold_spread * population.threshold_score
    )
    traits["value_to_keep"] = parameters.value_to_keep + parameters.value_to_keep_spread * population.keep_score
    traits["norm_threshold"] = parameters.norm_threshold
    for level in ("senior", "manager", "frontline"):
        traits[f"{level}_start"] = getattr(population, level)
    noise = generator(seed, "misjudged").standard_normal(population.capability.shape)[ranks(population.id)]
    traits["misjudged"] = parameters.self_bias + parameters.self_error * noise
    traits["self_revenue"], traits["self_share"] = self_revenue, population.self_funder_share
    traits["self_funders"] = np.rint(population.self_funder_share * population.people * SELF_WHOLE)
    traits["revenue"], traits["cost"], traits["slack_base"] = revenue, cost, base
    return providers, traits, slack


def under_way(
    parameters: Parameters,
    innovations: tuple[Innovation, ...],
    known: np.ndarray,
    of_long_standing: list[LongUse],
    population: Population,
    rows: np.ndarray,
    traits: np.ndarray,
    network: Network,
    schedule: Schedule,
    lead: np.ndarray,
    slack: np.ndarray,
    start: str,
    seed: int,
) -> State:
    """Return the state of the first month: users by evidence, the rest of the journey by declared shares.

    `known` are the innovations as the kernel reads them, `of_long_standing` what users of long standing have come to.
    """
    n, rank = len(population.id), ranks(population.id)
    present = population.weight > 0  # others open later
    first = np.count_nonzero(present)
    state = empty_state(rows, traits, network, len(innovations), len(population.geography.authorities))
    for name in ("senior", "manager", "frontline"):
        state.rows[name] = getattr(population, name)
    state.rows["slack"], state.rows["rating"] = slack, population.rating
    aspirations(network, population.rating, slack, np.empty(n, np.int64), state.rows["aspiration"])
    state.capability[:] = population.capability
    state.sector["burden"] = schedule.regime["burden"][0]
    state.usual_stance[:] = stances(parameters, population)
    state.stance[:] = state.usual_stance[:, None]
    state.sector["born"] = [not innovation.local for innovation in innovations]
    self_funders = np.rint(population.self_funder_share * population.people * SELF_WHOLE).astype(np.int64)
    np.add.at(state.market["start"], (rows["area"], rows["setting"]), rows["weight"] * self_funders * PULL_WHOLE)
    state.pairs["skill"], state.pairs["fit"] = parameters.starting_skill, parameters.starting_fit
    leaning = parameters.start_size * np.log(population.staff) + parameters.start_leadership * (
        lead - mean_of(lead, population.weight)
    )
    for j, innovation in enumerate(innovations):
        state.pairs["successes"][:, j] = known["prior_successes"][j]
        state.pairs["failures"][:, j] = known["prior_failures"][j]
        if innovation.local:
            continue  # nobody knows of it until somebody has come up with it
        rng = generator(seed, f"start {innovation.name}")
        # who opens later has no part in the start: none of its draws may depend on them
        chance, new, where = (np.append(rng.random(first), np.full(n - first, 0.5))[rank] for _ in range(3))
        recent = new < parameters.start_recent
        # whom it does not suit seldom uses it: the odds go with compatibility
        fitting = compatibility(innovation)[population.setting, population.ownership]
        suits = np.log(np.maximum(LEAST_COMPATIBLE, fitting))
        using = users_at_start(innovation, population, leaning + suits, chance, recent, start)
        # nobody knows how many pilot or have abandoned what is rare: at most as many as use it; in proportion to
        # compatibility, since who has no use for it does not try it
        share = fitting / mean_of(fitting, population.weight)
        used = mean_of(using, population.weight)
        abandoned = min(parameters.start_abandoned, used) * share
        exploring = abandoned + min(parameters.start_exploring, used) * share
        others = np.select([where < abandoned, where < exploring], [ABANDONED, EXPLORING], 0)
        aware = exploring + number_of("start_aware", innovation, parameters)
        others = np.where((others == 0) & (where < aware), AWARE, others)
        using, others = using & present, np.where(present, others, 0)
        state.pairs["stage"][:, j] = np.where(using, np.where(recent, IMPLEMENTING, SUSTAINED), others)
        state.pairs["sites_in_use"][:, j] = np.where(using, np.where(recent, 1, population.sites), 0)
        settled_users = using & ~recent
        for name, values in of_long_standing[j]._asdict().items():
            state.pairs[name][settled_users, j] = values[settled_users]
    return state


def stances(parameters: Parameters, population: Population) -> np.ndarray:
    """Return the usual stance of every authority, shape (authorities,); the mean where the run has no providers."""
    score = np.zeros(len(population.geography.authorities))
    score[population.authority] = population.stance_score
    return np.clip(parameters.stance_mean + parameters.stance_spread * score, 0, 1)


def places(population: Population) -> Places:
    """Return where providers look for partners; each row's first id sets its place, so that order changes nothing."""
    found = []
    for code, codes in ((population.area, int(population.area.max()) + 1), (population.setting, 4)):
        rows = np.lexsort((population.id, code)).astype(np.int64)
        found += [rows, np.concatenate([[0], np.cumsum(np.bincount(code, minlength=codes))]).astype(np.int64)]
    return Places(*found)


def users_at_start(
    innovation: Innovation,
    population: Population,
    leaning: np.ndarray,
    chance: np.ndarray,
    recent: np.ndarray,
    start: str,
) -> np.ndarray:
    """Return who uses it at the start, boolean of shape (n,): logit P = a + leaning, with `a` such that the share of
    the nearest date is met, overall and in homecare where the evidence tells them apart.
    """
    shares = {
        name: nearest_share(innovation, name, start)
        for name in ("all", "homecare")
        if any(share.population == name for share in innovation.file.starting_share)
    }
    score = np.log(chance) - np.log1p(-chance) - leaning
    homecare = population.setting == HOMECARE
    using = np.zeros(len(chance), bool)
    overall = shares["all"]
    by_sites = overall.measure == "sites"
    # what a provider adds to the share if it uses the innovation, and what it adds to the whole
    whole = population.weight * (population.sites if by_sites else 1)
    adds = np.where(recent, population.weight, whole) if by_sites else population.weight
    wanted = overall.value * whole.sum()
    if "homecare" in shares:
        wanted_there = shares["homecare"].value * whole[homecare].sum()
        using |= first_until(score, adds, homecare, wanted_there)
        using |= first_until(score, adds, ~homecare, wanted - wanted_there)
        return using
    return first_until(score, adds, np.ones(len(chance), bool), wanted)


def first_until(score: np.ndarray, adds: np.ndarray, among: np.ndarray, wanted: float) -> np.ndarray:
    """Return those with the lowest score, among some, whose sum comes nearest to what is wanted."""
    rows = np.flatnonzero(among)
    order = rows[np.argsort(score[rows], kind="stable")]
    reached = np.concatenate([[0.0], np.cumsum(adds[order])])
    taken = np.zeros(len(score), bool)
    taken[order[: int(np.argmin(np.abs(reached - wanted)))]] = True
    return taken


def nearest_share(innovation: Innovation, population: str, start: str) -> StartingShare:
    """Return the starting share of a population that is dated nearest to the start of run or innovation, the later."""
    when = max(start, innovation.file.start)
    known = [share for share in innovation.file.starting_share if share.population == population]
    return min(known, key=lambda share: (abs(months_between(when, share.date)), share.date))
