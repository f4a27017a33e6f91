"""Runs the model for a fit: the data of its targets at points of the prior, kept as experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.experiments.design import Design
from carespread.experiments.experiment import Execution, Experiment, run_experiment
from carespread.experiments.points import Point
from carespread.model.scenario import Scenario
from carespread.results.statistics.inference import Observed
from carespread.results.store.query import run_values

from .priors import Axis, values_of
from .stage_pattern import pattern_at
from .targets import Target, dated

MOST_POINTS = 4000
"""Points of one experiment: its record names every value of each."""


class Setting(NamedTuple):
    """Where a fit runs the model."""

    scenario: Scenario
    targets: tuple[Target, ...]
    """Those that are fitted; a fit knows no others."""
    observed: Observed
    axes: tuple[Axis, ...]
    providers: int
    replications: int
    seed: int
    folder: Path
    execution: Execution
    changes: dict[str, Any]
    """What a rival model sets."""

    @property
    def fitted(self) -> int:
        """How many of the axes the data are there for: the first ones."""
        return sum(axis.fitted for axis in self.axes)


def design_of(
    setting: Setting, name: str, question: str, samples: int, replications: int, monthly: bool = False
) -> Design:
    """Return the design of runs that show the data of a fit."""
    seen = dated(setting.targets)
    return Design(
        path=Path(name),
        question=question,
        scenarios=(setting.scenario,),
        providers=setting.providers,
        months=setting.scenario.months,
        replications=replications,
        seed=setting.seed,
        samples=samples,
        parameters={},
        innovations=tuple(dict.fromkeys(one.file or one.innovation for one in seen)),
        groups=tuple(dict.fromkeys(one.group.partition("=")[0] for one in seen if one.group != "all")),
        text="",
        dates=tuple(sorted({one.date for one in seen})),
        monthly=monthly,
    )


def kept_runs(setting: Setting, experiment: Experiment, folder: Path) -> None:
    """Make the runs of an experiment that `folder` does not hold yet."""
    run_experiment(experiment, folder, True, setting.execution, summed_up=False)


def points_at(
    setting: Setting, rows: Iterable[Mapping[str, Any]], name: str, seeds: Sequence[int] | None = None
) -> list[Point]:
    """Return the points of an experiment at these values; without `seeds` each has the seed of the fit."""
    return [
        Point(f"{name}-{at:05d}", setting.scenario, {**row, **setting.changes}, seeds[at] if seeds else setting.seed)
        for at, row in enumerate(rows)
    ]


def summaries_at(setting: Setting, cube: np.ndarray, name: str) -> np.ndarray:
    """Return the data at points of the unit cube, shape (points, K, targets), from kept experiments.

    Each point has seeds of its own: chance belongs to what a run says. What the stage pattern says needs no run of the
    sector: it rests on the hazards alone.
    """
    rows, seen = values_of(setting.axes, cube), dated(setting.targets)
    made = np.empty((len(rows), setting.replications, len(setting.targets)))
    places = [at for at, one in enumerate(setting.targets) if one.date]
    for first in range(0, len(rows), MOST_POINTS):
        part = rows[first : first + MOST_POINTS]
        seeds = [setting.seed + setting.replications * (first + at) for at in range(len(part))]
        points = points_at(setting, part, name, seeds)
        question = "Which parameters can have made the data?"
        design = design_of(setting, name, question, len(part), setting.replications)
        folder = setting.folder / (name if first == 0 else f"{name}-{first}")
        kept_runs(setting, Experiment(design, points), folder)
        values = run_values(folder, [point.name for point in points], [one.column for one in seen])
        made[first : first + len(part), :, places] = values
    hazards = np.array([row["sustain_hazard"] for row in rows])
    for at, one in enumerate(setting.targets):
        if not one.date:
            made[:, :, at] = pattern_at(one.measure, hazards)[:, None]
    return made
