"""Facts that a fit's own runs do not show: short runs of other innovations and pairs of scenarios, at its draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from carespread.experiments.posterior import Fitted
from carespread.experiments.run import inputs_of, planned
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Run, simulate
from carespread.model.state import IMPLEMENTING, SUSTAINED

RUNS = 5
"""Draws of the posterior, each with random draws of its own."""
ENGLAND, SMALLER = "all", 2000
SOCIAL = ("shared_lives", "homeshare", "local_area_coordination")
GOOD = 0
"""Code of the rating good."""
MONTHS_OF_THE_PANDEMIC = 18


def shares(run: Run, month: int) -> np.ndarray:
    """Return the share of organisations that use each innovation in a month, shape (J,)."""
    counts = run.record.counts[month].sum(axis=0)
    return np.asarray(counts[:, [IMPLEMENTING, SUSTAINED]].sum(axis=1) / counts.sum(axis=1))


def social(fitted: Fitted, seed: int) -> dict[str, float]:
    """Return how wide social innovations stand after the historical window, in percent, and ratings then."""
    plan = planned(read_scenario("historical"), providers=ENGLAND, innovations=SOCIAL, fitted=fitted)
    run = simulate(inputs_of(plan, seed), seed)
    first, last = 100 * shares(run, 0), 100 * shares(run, run.months)
    made = {f"{name} at the end": last[at] for at, name in enumerate(SOCIAL)}
    state, providers = run.prepared.state, run.prepared.state.providers
    using = state.pairs["sites_in_use"][:, 0] > 0
    made["authorities with shared_lives"] = (
        100 * len(np.unique(providers["authority"][using])) / len(run.prepared.population.geography.authorities)
    )
    made["change of shared_lives"] = last[0] - first[0]
    made["rated good"] = 100 * float((state.rows["rating"] == GOOD).mean())
    return made


def incentives(fitted: Fitted, seed: int) -> dict[str, float]:
    """Return what support and terms of contract of 2021 did for the toolkit by June 2024, points of organisations."""
    scenario = read_scenario("historical")
    plan = planned(scenario, providers=SMALLER, innovations=["dspt"], months=39, fitted=fitted)
    # the levers of the event are those of the toolkit alone
    others = tuple(one for one in plan.conditions.levers if one.innovation != "dspt")
    conditions = plan.conditions._replace(levers=others)
    without = plan._replace(inputs=plan.inputs.replaced(conditions=conditions))
    ends = [100 * shares(simulate(inputs_of(one, seed), seed), 39)[0] for one in (plan, without)]
    return {"what the toolkit's incentives add": ends[0] - ends[1]}


def pandemic(fitted: Fitted, seed: int) -> dict[str, float]:
    """Return how many more innovations are begun in a pandemic, of 100 organisations."""
    first = pd.Timestamp(read_scenario("shock_pandemic").conditions.shocks[0].start)
    last = first + pd.DateOffset(months=MONTHS_OF_THE_PANDEMIC)
    begun = []
    for name in ("shock_pandemic", "central"):
        plan = planned(read_scenario(name), providers=SMALLER, fitted=fitted)
        run = simulate(inputs_of(plan, seed), seed)
        within = run.monthly["month"].between(first, last, inclusive="left")
        begun.append(float(run.monthly.loc[within, "started"].sum()))
    return {"begun in a pandemic": 100 * (begun[0] - begun[1]) / SMALLER}


PARTS: tuple[Callable[[Fitted, int], dict[str, float]], ...] = (social, incentives, pandemic)


def sector_runs(fitted: Fitted, told: Callable[[int, int], None] | None = None) -> dict[str, np.ndarray]:
    """Return what the parts measure, by name, one number a draw."""
    found: dict[str, list[float]] = {}
    total = len(PARTS) * RUNS
    for number in range(total):
        part, seed = PARTS[number // RUNS], 1 + number % RUNS
        for name, value in part(fitted, seed).items():
            found.setdefault(name, []).append(value)
        if told is not None:
            told(number + 1, total)
    return {name: np.array(values) for name, values in found.items()}
