"""Runs a study as it was done: its sites, its arms as paired worlds, its months, and trials of its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from carespread.experiments.run import threads
from carespread.model import Inputs, Parameters, Switches
from carespread.model.declare import entries
from carespread.model.groups import target
from carespread.model.population.country import Floats
from carespread.model.population.draws import generator, ranks
from carespread.model.population.sector import Population
from carespread.model.population.start import long_use
from carespread.model.simulate import Prepared, prepare
from carespread.model.state import IMPLEMENTING, SUSTAINED, UNAWARE
from carespread.model.step import remember_start, run_months

from .measures import MEASURES
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


def world(
    study: Study, arm: Arm, people: Population, draw: Mapping[str, Any], seed: int
) -> dict[tuple[str, int], Floats]:
    """Return what was measured of every provider in a world in which all are in one arm, by measure and month."""
    known = entries(Parameters)
    changes = {name: value for name, value in draw.items() if name in known} | dict(arm.set)
    parameters = Parameters.of(**changes)
    inputs = Inputs(
        parameters=parameters, innovations=(study.innovation,), conditions=study.conditions(arm),
        providers=len(people.id), months=study.file.time.months, population=people, switches=SWITCHES,
    )  # fmt: skip
    prepared = prepare(inputs, seed)
    placed(prepared, study, parameters, seed)
    remember_start(prepared.frame, prepared.state, prepared.record)
    asked = {(one.measure, month) for one in study.outcomes for month in {0, one.month, one.since} - {None}}
    made: dict[tuple[str, int], Floats] = {}
    now = 0
    for month in sorted({month for _, month in asked}):
        run_months(prepared.frame, prepared.state, prepared.record, now, month - now)
        now = month
        made |= {(name, at): MEASURES[name][1](prepared, month) for name, at in asked if at == month}
    return made


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


def compared(
    study: Study, outcome: Outcome, worlds: Sequence[Mapping[str, Any]], people: Population, seed: int
) -> Compared:
    """Return one published number beside the model's, from the worlds of each draw (arm -> measures of providers)."""
    arms = outcome.contrast or [str(outcome.arm)] * (2 if outcome.groups else 1)
    rows = [np.flatnonzero(target(one, people)) for one in outcome.groups or ["all"] * len(arms)]
    sites = study.file.population.sites
    sizes = [max(1, sites // 2), max(1, sites - sites // 2)] if len(arms) == 2 else [sites]
    chance = np.random.default_rng([seed, sites])
    levels, effects, noises, every = [], [], [], []
    for draw in worlds:
        values = []
        for arm in arms:
            here = draw[arm][outcome.measure, outcome.month]
            values.append(here if outcome.since is None else here - draw[arm][outcome.measure, outcome.since])
        weights = [people.weight[own] for own in rows]
        values = [one[own] for one, own in zip(values, rows, strict=True)]
        means = [np.average(one, weights=own) for one, own in zip(values, weights, strict=True)]
        drawn = [
            one[chance.choice(len(one), (TRIALS, size), p=own / own.sum())].mean(axis=1)
            for one, own, size in zip(values, weights, sizes, strict=True)
        ]
        trials = np.asarray(contrast(outcome, drawn), float)
        levels.append(means)
        effects.append(float(contrast(outcome, means)))
        finite = trials[np.isfinite(trials) & ((trials > 0) | (outcome.scale == "difference"))]
        noises.append(
            float(np.std(finite if outcome.scale == "difference" else np.log(finite))) if len(finite) else 0.0
        )
        every.append(finite)
    middle = np.asarray(effects)
    model = float(np.mean(middle) if outcome.scale == "difference" else np.exp(np.mean(np.log(middle))))
    low, high = np.percentile(np.concatenate(every), [2.5, 97.5])
    noise = float(np.sqrt(np.mean(np.square(noises))))
    level = outcome.since is None and not outcome.compares
    start = float(np.mean([np.average(draw[arms[0]][outcome.measure, 0], weights=people.weight) for draw in worlds]))
    return Compared(
        study, outcome, model, float(low), float(high), float(np.std(middle)), noise,
        tuple(map(float, np.mean(levels, axis=0))), *score(outcome, model, noise, start if level else 0.0),
    )  # fmt: skip


def emulated(
    study: Study,
    everybody: Population,
    draws: Sequence[Mapping[str, Any]],
    providers: int,
    seed: int,
    told: Callable[[], None] = lambda: None,
) -> list[Compared]:
    """Return every published number of a study beside the model's, by one run of each arm for each draw.

    `everybody` are those who pass its filters; `providers` of them at most, drawn by weight, stand for them in every
    arm and draw.
    """
    if len(everybody.id) > providers:
        chance = generator(seed, f"sites of {study.id}").random(len(everybody.id))
        # as many draws of an exponential clock as there are organisations: the first `providers` by weight
        rows = np.sort(np.argsort(np.log(chance) / -everybody.weight)[:providers])
        everybody = those(everybody, rows)
        everybody = everybody._replace(weight=np.ones(providers))
    made: list[dict[str, Any]] = [{} for _ in draws]

    def one(number: int) -> None:
        for arm in study.file.arm:
            made[number][arm.name] = world(study, arm, everybody, draws[number], seed + number)
        told()

    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(one, range(len(draws))))
    return [compared(study, outcome, made, everybody, seed) for outcome in study.outcomes]
