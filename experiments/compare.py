"""Compares scenarios with a baseline: the same runs under the same luck, over luck, parameters and structures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.claims import CLAIMS, MOVING
from carespread.model.innovations import Own, find
from carespread.model.scenario import Scenario, read_scenario, refuse_unlike

from .design import Design
from .experiment import Experiment
from .factors import uncertain
from .points import Point, points_of
from .posterior import Fitted

REPLICATIONS = 40
SAMPLES, A_POINT = 96, 2
"""Points drawn over the priors, and replications of each."""
A_STRUCTURE = 6
"""Replications of each structure."""
MOST_NAMED = 6
"""Scenarios that a question names one by one."""
AS_IT_IS = "as it is"
RIVAL = {"success_bias": 1.0}


class Comparison(NamedTuple):
    """What is compared, and the experiments that it takes."""

    baseline: Scenario
    scenarios: tuple[Scenario, ...]
    """The baseline first."""
    experiments: dict[str, Experiment]
    """By part: luck alone, parameters over their priors, structures."""
    points: tuple[dict[str, float], ...]
    """Values drawn for the uncertain parameters, point by point."""
    structures: dict[str, dict[str, Any]]
    """What each structure changes, by its name."""


def comparison_of(
    baseline: str,
    others: list[str],
    *,
    replications: int = REPLICATIONS,
    providers: int = 2000,
    samples: int = SAMPLES,
    seed: int = 1,
    months: int | None = None,
    innovations: tuple[str, ...] = (),
    structural: bool = True,
    fitted: Fitted | None = None,
) -> Comparison:
    """Return a comparison, checked; `samples` 0 leaves out parameters, `structural` False the structures.

    What was `fitted` has its posterior median where only luck or the structure differs, and a draw of the posterior at
    each point over the parameters, in place of its prior.

    Raises BadInputError where a scenario is named twice, or begins or ends at another time than the baseline.
    """
    scenarios = [read_scenario(name) for name in (baseline, *others)]
    first = scenarios[0]
    names = [one.name for one in scenarios]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"The scenario {twice!r} was named twice: a scenario is compared with another.")
    if len(scenarios) < 2:
        raise BadInputError("Nothing to compare: name the baseline and at least one scenario.")
    refuse_unlike(scenarios, months)
    length = first.months if months is None else months
    settings: dict[str, Any] = dict(
        path=Path(first.name),
        question=question_of(names),
        scenarios=tuple(scenarios),
        providers=providers,
        months=length,
        seed=seed,
        innovations=innovations or first.innovations,
        groups=(),
        text="",
    )
    names_of = [one.name for one in find(innovations or first.innovations)]

    def settled(scenario: Scenario) -> dict[str, float]:
        return {} if fitted is None else fitted.changes(fitted.middle(), names_of, scenario.changes)

    design = Design(replications=replications, samples=1, parameters={}, **settings)
    experiments = {"luck": Experiment(design, [Point(one.name, one, settled(one)) for one in scenarios])}
    drawn: tuple[dict[str, float], ...] = ()
    structures = structures_of() if structural else {}
    if samples:
        # what a scenario sets is what it is about: no draw takes its place
        theirs = {name for scenario in scenarios for name in scenario.changes}
        priors: dict[str, Any] = {name: "prior" for name in uncertain() if name not in theirs}
        design = Design(replications=A_POINT, samples=samples, parameters=priors, **settings)
        points, drawn = drawn_points(points_of(design), samples, fitted, names_of, theirs)
        experiments["parameters"] = Experiment(design, points)
    if structures:
        design = Design(replications=A_STRUCTURE, samples=1, parameters={}, **settings)
        points = [
            Point(f"{scenario.name}|{name}", scenario, settled(scenario) | changes)
            for scenario in scenarios
            for name, changes in structures.items()
        ]
        experiments["structures"] = Experiment(design, points)
    return Comparison(first, tuple(scenarios), experiments, drawn, structures)


def drawn_points(
    points: list[Point], samples: int, fitted: Fitted | None, innovations: list[str], taken: set[str]
) -> tuple[list[Point], tuple[dict[str, float], ...]]:
    """Return points with draws of the posterior in place of priors, and what differs between the first `samples`."""
    if fitted is None:
        return points, tuple(point.values for point in points[:samples])
    own = fitted.own(innovations)
    rows = np.random.default_rng(samples).integers(len(fitted.draws), size=samples)
    # where every innovation has its own number, the sector's moves nothing
    idle = set(Own._fields) if len(own) == len(innovations) else set()
    made, differs = [], []
    for at, point in enumerate(points):
        draw = fitted.changes(fitted.draws[rows[at % samples]], innovations, taken)
        made.append(point._replace(values={**point.values, **draw}))
        # the fitted innovations share their numbers: the first stands for all
        alike = {f"{one}.{name}" for one in own[1:] for name in Own._fields}
        differs.append({name: value for name, value in made[-1].values.items() if name not in alike | idle})
    return made, tuple(differs[:samples])


def structures_of() -> dict[str, dict[str, Any]]:
    """Return what each structure changes: each claim's mechanism off (or on, where it is off), and the rivals."""
    made: dict[str, dict[str, Any]] = {AS_IT_IS: {}}
    for claim in CLAIMS:
        if not claim.on:
            made[f"without {claim.name}: {claim.says.removeprefix('... ')}"] = dict(claim.off)
    made["with origination by staff (C2, C19)"] = {"origination": True}
    made["movement with feedback"] = dict(MOVING)
    made["rival: success bias"] = dict(RIVAL)
    return made


def question_of(names: list[str]) -> str:
    """Return the question that a comparison asks."""
    words = [name.removeprefix("lever_").replace("_", " ") for name in names[1:]]
    if len(words) == 1:
        return f"What does {words[0]} change?"
    if len(words) > MOST_NAMED:
        return f"Which of {len(words)} scenarios does most?"
    return f"Which does most: {', '.join(words[:-1])} or {words[-1]}?"
