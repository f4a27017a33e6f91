"""Runs the model for a fit: the data of its targets at points of the prior, kept as experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.experiments.design import Design
from carespread.experiments.experiment import Execution, Experiment, run_experiment
from carespread.experiments.points import Point
from carespread.model.scenario import Scenario
from carespread.results.statistics.inference import Observed
from carespread.results.store.query import run_values

from .priors import NAMES, values_of
from .stage_pattern import pattern_at
from .targets import Target, dated


class Setting(NamedTuple):
    """Where a fit runs the model."""

    scenario: Scenario
    targets: tuple[Target, ...]
    observed: Observed
    providers: int
    replications: int
    seed: int
    folder: Path
    execution: Execution
    changes: dict[str, Any]
    """What a rival model sets."""


def kept_runs(setting: Setting, experiment: Experiment, folder: Path) -> None:
    """Make the runs of an experiment that `folder` does not hold yet."""
    run_experiment(experiment, folder, True, setting.execution, summed_up=False)


def summaries_at(setting: Setting, cube: np.ndarray, name: str) -> np.ndarray:
    """Return the data at points of the unit cube, shape (points, K, targets), from a kept experiment.

    What the stage pattern says needs no run of the sector: it rests on the hazards alone.
    """
    rows = values_of(cube)
    points = [
        Point(f"{name}-{at:05d}", setting.scenario, {**row, **setting.changes}, setting.seed)
        for at, row in enumerate(rows)
    ]
    seen = dated(setting.targets)
    design = Design(
        path=Path(name),
        question="Which parameters can have made the data?",
        scenarios=(setting.scenario,),
        providers=setting.providers,
        months=setting.scenario.months,
        replications=setting.replications,
        seed=setting.seed,
        samples=len(points),
        parameters={one: "prior" for one in NAMES},
        innovations=tuple(dict.fromkeys(one.innovation for one in seen)),
        groups=tuple(dict.fromkeys(one.group.partition("=")[0] for one in seen if one.group != "all")),
        text="",
        dates=tuple(sorted({one.date for one in seen})),
        monthly=False,
    )
    folder = setting.folder / name
    kept_runs(setting, Experiment(design, points), folder)
    made = np.empty((len(points), setting.replications, len(setting.targets)))
    places = [at for at, one in enumerate(setting.targets) if one.date]
    made[:, :, places] = run_values(folder, [point.name for point in points], [one.column for one in seen])
    hazards = np.array([row["sustain_hazard"] for row in rows])
    for at, one in enumerate(setting.targets):
        if not one.date:
            made[:, :, at] = pattern_at(one.measure, hazards)[:, None]
    return made
