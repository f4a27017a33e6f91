"""Runs a study as it was done: its sites, its arms as paired worlds, its months, and trials of its size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from carespread.experiments.run import threads
from carespread.model import BadInputError, Inputs, Parameters, Switches
from carespread.model.declare import entries
from carespread.model.groups import target
from carespread.model.population.country import Floats
from carespread.model.population.draws import generator, ranks
from carespread.model.population.sector import Population
from carespread.model.population.start import long_use
from carespread.model.simulate import Prepared, prepare
from carespread.model.state import IMPLEMENTING, SUSTAINED, UNAWARE, empty_record, reach_of
from carespread.model.step import remember_start, run_months
from carespread.refusal import shown

from .measures import MEASURES, World, at_risk, measured
from .study_file import Arm, Outcome, Study, those

TRIALS = 200
"""Trials of the study's size that are drawn from the runs of each draw of the parameters."""
TRANSPORT = 0.5
"""How far what was published may be another number in English care, as a share of the effect, or of what a level of
one arm has changed since month 0: a discrepancy that is stated, not fitted, and that no number is spared."""
NORMAL = 1.959964


class Compared(NamedTuple):
    """One published number beside the model's."""

    study: Study
    outcome: Outcome
    model: float
    """The mean over draws of the parameters."""
    low: float
    high: float
    """95 % of trials of the study's size over draws."""
    draws: float
    """Standard deviation between draws of the parameters: what is unknown."""
    noise: float
    """Standard deviation of trials of the study's size within a draw: chance."""
    levels: tuple[float, ...]
    """The level of each arm, the treated one first."""
    z: float
    z_same_place: float
    """The same without the discrepancy of transport."""
    z_strict: float
    """The same without a second count of chance: a published interval holds that of its own trial."""


def placed(prepared: Prepared, study: Study, parameters: Parameters, seed: int) -> None:
    """Put the providers of a run where the study found its sites: shares of weight at each stage, drawn by the seed."""
    state, people = prepared.state, prepared.population
    asked, weight = study.file.start, state.providers["weight"].astype(float)
    order = np.argsort(generator(seed, "study start").random(len(weight))[ranks(people.id)], kind="stable")
    part = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    shares = [share for stage, share in asked.shares().items() if stage != "unaware"]
    stage = np.full(len(weight), UNAWARE, np.int8)
    ends = np.cumsum(shares)
    stage[order] = np.where(part < ends[-1], 1 + np.searchsorted(ends, part, side="right"), UNAWARE)
    pairs = state.pairs
    pairs["stage"][:, 0] = stage
    pairs["sites_in_use"][:, 0] = np.select(
        [stage == SUSTAINED, stage == IMPLEMENTING], [state.providers["sites"], 1], 0
    )
    pairs["skill"], pairs["fit"] = parameters.starting_skill, parameters.starting_fit
    pairs["successes"] = prepared.frame.innovations["prior_successes"]
    pairs["failures"] = prepared.frame.innovations["prior_failures"]
    around = prepared.frame.schedule.around[0, state.providers["cell"]]
    (old,) = long_use(parameters, SWITCHES, prepared.innovations, prepared.frame.innovations.copy(), people, around)
    for name in ("skill", "fit", "successes", "failures"):
        pairs[name][:, 0] = np.where(stage == SUSTAINED, getattr(old, name), pairs[name][:, 0])
    if asked.skill is not None:
        pairs["skill"][:, 0] = np.where(stage == UNAWARE, pairs["skill"][:, 0], asked.skill)
    prepared.first_stage[:] = pairs["stage"]


SWITCHES = Switches()


def world(study: Study, arm: Arm, people: Population, draw: Mapping[str, Any], seed: int) -> World:
    """Return a world in which all sites are in one arm."""
    known = entries(Parameters)
    changes = {name: value for name, value in draw.items() if name in known} | dict(arm.set)
    parameters = Parameters.of(**changes)
    months = study.file.time.months
    inputs = Inputs(
        parameters=parameters, innovations=(study.innovation,), conditions=study.conditions(arm),
        providers=len(people.id), months=months, population=people, switches=SWITCHES,
    )  # fmt: skip
    prepared = by_site(prepare(inputs, seed), months)
    placed(prepared, study, parameters, seed)
    weight = prepared.state.providers["weight"].astype(float)
    remember_start(prepared.frame, prepared.state, prepared.record)
    read = {
        (one.measure, month): how
        for one in study.outcomes
        for month in (0, one.since or 0, one.month)
        if (how := MEASURES[one.measure].read) is not None
    }
    own: dict[tuple[str, int], Floats] = {}
    there = np.ones((months + 1, len(weight)), bool)
    for month in range(max(one.month for one in study.outcomes) + 1):
        if month > 0:
            run_months(prepared.frame, prepared.state, prepared.record, month - 1, 1)
        there[month] = prepared.state.providers["id"] == people.id
        own |= {(name, at): how(prepared, at) for (name, at), how in read.items() if at == month}
    return World(prepared, there, weight, own)


def by_site(prepared: Prepared, months: int) -> Prepared:
    """Return a run before its first month whose record tells every site apart."""
    providers = prepared.state.providers
    providers["group"] = np.arange(len(providers))
    return prepared._replace(
        state=prepared.state._replace(reach=reach_of(providers)), record=empty_record(months, len(providers), 1)
    )


def contrast(outcome: Outcome, levels: Sequence[Any]) -> Any:
    """Return the effect on the outcome's scale from the level of each arm, the treated one first."""
    if not outcome.compares:
        return levels[0]
    treated, control = levels
    if outcome.scale == "difference":
        return treated - control
    with np.errstate(divide="ignore", invalid="ignore"):
        if outcome.scale == "ratio":
            return treated / control
        if outcome.scale == "odds_ratio":
            return treated / (1 - treated) / (control / (1 - control))
        return np.log1p(-treated) / np.log1p(-control)


def score(outcome: Outcome, model: float, noise: float, start: float) -> tuple[float, float, float]:
    """Return z with the discrepancy of transport, without it, and without a second count of chance.

    `start` is the model's level at month 0, which an effect does not have.
    """
    log = outcome.scale != "difference"
    published, said = (np.log(outcome.effect), np.log(model)) if log else (outcome.effect, model)
    error = 0.0
    if outcome.low is not None and outcome.high is not None:
        low, high = (np.log(outcome.low), np.log(outcome.high)) if log else (outcome.low, outcome.high)
        error = (high - low) / (2 * NORMAL)
    apart = float(published - said)
    moved = TRANSPORT * abs(published if outcome.compares else published - start)
    own = error if error > 0 else noise
    scales = np.sqrt([error**2 + noise**2 + moved**2, error**2 + noise**2, own**2 + moved**2])
    with np.errstate(divide="ignore", invalid="ignore"):
        far = [
            0.0 if apart == 0 else apart / scale if scale > 0 else float(np.copysign(np.inf, apart)) for scale in scales
        ]
    return far[0], far[1], far[2]


def beside_nothing(one: Compared) -> float:
    """Return the z that a model without any effect would have, with the same errors; NaN for the level of one arm."""
    if not one.outcome.compares:
        return math.nan
    return score(one.outcome, 0.0 if one.outcome.scale == "difference" else 1.0, one.noise, 0.0)[0]


class Drawn(NamedTuple):
    """One published number in the worlds of one draw of the parameters."""

    levels: list[float]
    """Of each arm, the treated one first."""
    start: float
    """The level of the first arm at month 0, which an effect or a change does not have."""
    effect: float
    trials: Floats
    """The effect in trials of the study's size; what has no value is left out."""


def drawn(outcome: Outcome, sites: int, worlds: Mapping[str, World], people: Population, seed: Sequence[int]) -> Drawn:
    """Return one published number in the worlds of one draw of the parameters, by arm."""
    arms = outcome.contrast or [str(outcome.arm)] * (2 if outcome.groups else 1)
    sizes = [max(1, sites // 2), max(1, sites - sites // 2)] if len(arms) == 2 else [sites]
    chance = np.random.default_rng(seed)
    ratio = outcome.scale != "difference"
    values = []
    for arm, group, size in zip(arms, outcome.groups or ["all"] * len(arms), sizes, strict=True):
        of = np.where(target(group, people), worlds[arm].weight, 0.0)
        found = level(outcome, worlds[arm], np.vstack([of, chance.multinomial(size, of / of.sum(), TRIALS)]))
        if ratio and MEASURES[outcome.measure].share:  # half a site more on either side: nobody is no share of 0
            found[1:] = (size * found[1:] + 0.5) / (size + 1)
        values.append(found)
    effects = np.asarray(contrast(outcome, values), float)
    start = 0.0
    if not outcome.compares and outcome.since is None:
        start = float(measured(worlds[arms[0]], outcome.measure, 0, None, worlds[arms[0]].weight[None])[0])
    trials = effects[1:]
    kept = np.isfinite(trials) & ((trials > 0) | (not ratio))
    return Drawn([float(one[0]) for one in values], start, float(effects[0]), trials[kept])


def level(outcome: Outcome, world: World, sites: Floats) -> Floats:
    """Return what was measured in an arm for each row of `sites`, (rows, n): how often each site is counted.

    For a hazard ratio it is the share of those at risk in month `since` that have it in the month of the outcome.
    """
    name, month, since = outcome.measure, outcome.month, outcome.since
    if outcome.scale == "hazard_ratio":
        return measured(world, name, month, None, sites * at_risk(world, name, since or 0))
    now = measured(world, name, month, since, sites)
    return now if since is None or MEASURES[name].flow else now - measured(world, name, since, None, sites)


def compared(study: Study, outcome: Outcome, draws: Sequence[Drawn]) -> Compared:
    """Return one published number beside the model's, from every draw of the parameters."""
    ratio = outcome.scale != "difference"
    effects = np.array([one.effect for one in draws])
    effects = effects[np.isfinite(effects) & ((effects > 0) | (not ratio))]
    trials = [one.trials for one in draws if len(one.trials)]
    if not len(effects) or not trials:
        raise BadInputError(
            f"{study.path}: the {outcome.scale.replace('_', ' ')} of {outcome.measure} in month {outcome.month} has no"
            " value in any run: nobody is left of whom it could be measured, or it is not above 0."
        )
    middle = np.log(effects) if ratio else effects
    model = float(np.exp(middle.mean()) if ratio else middle.mean())
    low, high = np.percentile(np.concatenate(trials), [2.5, 97.5])
    noise = float(np.sqrt(np.mean([np.var(np.log(one) if ratio else one) for one in trials])))
    start = float(np.mean([one.start for one in draws]))
    return Compared(
        study, outcome, model, float(low), float(high), float(middle.std()), noise,
        tuple(map(float, np.nanmean([one.levels for one in draws], axis=0))), *score(outcome, model, noise, start),
    )  # fmt: skip


def standing_for(study: Study, everybody: Population, providers: int, seed: int) -> Population:
    """Return who stands for those who pass the filters of a study: `providers` of them at most, or as many as an arm
    has sites, drawn by weight.
    """
    many = max(providers, study.file.population.sites // 2)
    if len(everybody.id) > many:
        chance = generator(seed, f"sites of {study.id}").random(len(everybody.id))
        # as many draws of an exponential clock as there are organisations: the first `many` by weight
        rows = np.sort(np.argsort(np.log(chance) / -everybody.weight)[:many])
        everybody = those(everybody, rows)._replace(weight=np.ones(many))
    for group in {name for one in study.outcomes for name in one.groups or ()}:
        if not target(group, everybody).any():
            raise BadInputError(f"{study.path}: no site of the study is in the group {shown(group)}.")
    return everybody


def emulated(
    study: Study,
    sites: Population,
    draws: Sequence[Mapping[str, Any]],
    seed: int,
    told: Callable[[], None] = lambda: None,
) -> list[Compared]:
    """Return every published number of a study beside the model's, by one run of each arm for each draw, in which the
    same `sites` stand for those of the study.
    """

    def one(number: int) -> list[Drawn]:
        worlds = {arm.name: world(study, arm, sites, draws[number], seed + number) for arm in study.file.arm}
        told()
        return [
            drawn(outcome, study.file.population.sites, worlds, sites, (seed, number, place))
            for place, outcome in enumerate(study.outcomes)
        ]

    with ThreadPoolExecutor(threads()) as pool:
        made = list(pool.map(one, range(len(draws))))
    return [
        compared(study, outcome, [of_draw[place] for of_draw in made]) for place, outcome in enumerate(study.outcomes)
    ]
