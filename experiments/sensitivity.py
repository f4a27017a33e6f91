"""Studies of sensitivity: a sample of the uncertain parameters, run under the same seeds at every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.declare import nearest
from carespread.model.innovations import find
from carespread.model.scenario import read_scenario, refuse_unlike
from carespread.results.statistics.outcomes import at_date
from carespread.results.statistics.sensitivity import METHODS, Layout
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.query import run_values
from carespread.results.store.tables import OF_A_RUN, units_of_runs

from .design import Design
from .experiment import Experiment
from .factors import Factor, factors_of
from .points import Point
from .posterior import Fitted
from .run import described
from .sampling import checked_samples, layout_of

SAMPLES = {"oat": 1, "morris": 20, "sobol": 512, "pawn": 1000, "emulator": 512}
"""Trajectories, base samples or points, if nothing else is asked for."""
REPLICATIONS = {"oat": 10, "morris": 10, "sobol": 5, "pawn": 2, "emulator": 4}
PROVIDERS = 1000
TOP = 10
"""Parameters that are left for Sobol after a screening."""
OUTCOMES = (
    "using_share_all", "scaled_share_all", "kept_share_all", "outcome_all", "cost_total_all", "small_provider_gap_all",
    "half_time_all", "misimplementation_all",
)  # fmt: skip
"""Spread, scale, sustainment, benefit, cost, equity, pace and error: what a study looks at beside what it is asked."""


class Study(NamedTuple):
    """What is varied, where, and the runs that it takes."""

    method: str
    factors: tuple[Factor, ...]
    layout: Layout
    experiment: Experiment
    against: bool
    """Whether outcomes are differences from a second scenario under the same luck."""
    asked: tuple[str, ...]
    """Columns of runs.parquet that were asked for by name."""
    outcomes: tuple[str, ...]
    """All columns that are analysed, those asked for first."""
    units: dict[str, str]


def study_of(
    method: str,
    scenario: str,
    *,
    against: str | None = None,
    names: Sequence[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    changes: Mapping[str, Any] | None = None,
    outcomes: Sequence[str] = (),
    samples: int | None = None,
    replications: int | None = None,
    providers: int = PROVIDERS,
    months: int | None = None,
    seed: int = 1,
    innovations: Sequence[str] = (),
    second: bool = False,
    by_group: bool = False,
    fitted: Fitted | None = None,
) -> Study:
    """Return a study, checked before any work starts.

    `names` and `ranges` are what is varied (everything uncertain if neither is given), `changes` what has one value.
    What was `fitted` moves over the margin of its posterior, or stands at its median where it is not varied.
    Raises BadInputError on unknown outcomes and parameters, sample sizes that the method cannot use, and scenarios
    that cannot be paired.
    """
    if method not in METHODS:
        raise BadInputError(f"Unknown method {method!r}: {nearest(method, METHODS)}")
    size = checked_samples(method, SAMPLES[method] if samples is None else samples)
    scenarios = [read_scenario(name) for name in (scenario, against) if name is not None]
    first = scenarios[0]
    fixed = dict(changes or {})
    length = first.months if months is None else months
    if against is not None:
        if scenarios[0].name == scenarios[1].name:
            raise BadInputError(
                f"The scenario {first.name!r} is compared with itself: name another one with --against."
            )
        refuse_unlike(scenarios, months)
    taken = [*fixed, *(name for one in scenarios for name in one.changes)]
    own = [one.name for one in find(innovations or first.innovations)]
    factors = factors_of(names, ranges, taken, fitted, own)
    if fitted is not None:
        varied = {factor.name for factor in factors}
        fixed = fitted.changes(fitted.middle(), own, {*taken, *varied}) | fixed
    layout, values = layout_of(method, factors, size, seed, second, by_group)
    columns, dates = zip(*(dated(one) for one in outcomes), strict=True) if outcomes else ((), ())
    design = Design(
        path=Path(first.name),
        question=f"What drives what {first.name.replace('_', ' ')} comes to?",
        scenarios=tuple(scenarios),
        providers=providers,
        months=length,
        replications=REPLICATIONS[method] if replications is None else replications,
        seed=seed,
        samples=len(values),
        parameters={factor.name: "varied" for factor in factors},
        innovations=tuple(innovations) or first.innovations,
        groups=(),
        text="",
        dates=tuple(sorted({date for date in dates if date})),
        theory=any(one in {f"{name}_all" for name in OF_THEORY} for one in columns),
        monthly=False,
    )
    points = []
    for one in scenarios:
        width = len(str(len(values) - 1))
        points += [Point(f"{one.name}-{at:0{width}d}", one, {**fixed, **row}) for at, row in enumerate(values)]
        # seeds that no other point uses
        elsewhere = seed + design.replications
        points += [
            Point(f"{one.name}-{at:0{width}d}-dummy", one, {**fixed, **values[at]}, elsewhere) for at in layout.dummies
        ]
    experiment = Experiment(design, points)
    plan = described(experiment.plan(0), started=None)  # type: ignore[arg-type]
    units = {name: unit for name, unit in units_of_runs(plan).items() if name not in OF_A_RUN}
    for name in columns:
        if name not in units:
            raise BadInputError(f"Unknown outcome {name!r}: {near_outcome(name, units)}")
    every = tuple(dict.fromkeys([*columns, *OUTCOMES]))
    return Study(method, factors, layout, experiment, against is not None, tuple(columns), every, units)


def near_outcome(name: str, known: Mapping[str, str]) -> str:
    """Return the end of a refusal: the nearest column, or a few of the many."""
    said = nearest(name, known)
    return said if said.startswith("did") else f"name a column of runs.parquet, such as {', '.join(OUTCOMES[:4])}."


def dated(outcome: str) -> tuple[str, str]:
    """Return the column of an outcome and its date: using_share_dscr@2028-12 is a share at a date."""
    name, at, date = outcome.partition("@")
    return (at_date(name, date), date) if at else (name, "")


def measured(study: Study, folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Return every outcome as arrays (points, K) and of the dummies, (dummies, K) or None.

    Raises BadInputError where an outcome that was asked for holds a NaN or never varies: SALib would return zeros and
    say nothing. Others that do are left out.
    """
    every = run_values(folder, [point.name for point in study.experiment.points], study.outcomes)
    found = {}
    for place, outcome in enumerate(study.outcomes):
        values = every[:, :, place]
        if study.against:
            half = len(values) // 2
            values = values[:half] - values[half:]
        problem = trouble(values)
        if problem is not None:
            if outcome in study.asked:
                raise BadInputError(f"The outcome {outcome} {problem}: it has no sensitivity.{advice(outcome)}")
            continue
        points = len(study.layout.inputs)
        found[outcome] = (values[:points], values[points:] if len(study.layout.dummies) else None)
    return found


def trouble(values: np.ndarray) -> str | None:
    """Return why an outcome cannot be analysed, None where it can."""
    missing = int(np.isnan(values).sum())
    if missing:
        return f"is empty in {missing:,} of {values.size:,} runs"
    if np.ptp(values) == 0:
        return f"is {values.flat[0]:g} in all {values.size:,} runs"
    return None


def advice(outcome: str) -> str:
    """Return what can be asked for in place of an outcome that is often empty."""
    return (
        " Ask for half_time_all, which counts whole runs where it is never reached." if "months_to" in outcome else ""
    )
