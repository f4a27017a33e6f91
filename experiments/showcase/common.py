"""What every scene uses: runs, their columns, and how a scene is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from carespread.model import Lever
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Prepared
from carespread.model.state import IMPLEMENTING, SUSTAINED
from carespread.model.step import advance_month, remember_start
from carespread.results.figures.drawing import Drawing
from carespread.results.figures.palette import BLUE, GREEN, GREY, ORANGE, PLUM
from carespread.results.store.tables import Results

from ..run import planned, replicate

PROVIDERS, RUNS = 2000, 10
COLOURS = (BLUE, GREEN, ORANGE, PLUM, GREY)


class Scene(NamedTuple):
    """A question, what to see in its figure, and the figure."""

    question: str
    reads: str
    drawing: Drawing


def made(innovations: list[str], scenario: str = "central", levers: tuple[Lever, ...] = (), **settings: Any) -> Results:
    """Return runs of a scenario, with levers beside its own."""
    sizes = {"providers": PROVIDERS, "replications": RUNS} | settings
    read = read_scenario(scenario)
    pulled = read._replace(conditions=read.conditions._replace(levers=(*read.conditions.levers, *levers)))
    return replicate(planned(pulled, innovations=innovations, **sizes))


def column(results: Results, innovation: str, name: str, of: str | None = None, group: str = "all") -> np.ndarray:
    """Return a column of the monthly table, (runs, months + 1), as a share of another where one is named."""
    rows = results.monthly[(results.monthly["innovation"] == innovation) & (results.monthly["group"] == group)]
    values = rows[name] / rows[of] if of else rows[name]
    return np.reshape(values.to_numpy(float), (results.runs.shape[0], -1))


def years(runs: np.ndarray) -> np.ndarray:
    """Return the time axis of monthly columns, in years from the start."""
    return np.arange(runs.shape[1]) / 12


def foot(runs: int = RUNS, providers: int | str = PROVIDERS, scenario: str = "central") -> str:
    """Return how the runs of a scene were made."""
    organisations = providers if isinstance(providers, str) else f"{providers:,}"
    return (
        f"{runs} runs of {organisations} organisations, scenario {scenario}. Lines are the median run, bands hold all"
        " runs. Not calibrated: default assumptions."
    )


def smoothed(monthly: np.ndarray) -> np.ndarray:
    """Return the centred mean over five months, shorter at the ends, of (runs, months)."""
    kernel = np.ones(5)
    weight = np.convolve(np.ones(monthly.shape[1]), kernel, "same")
    return np.array([np.convolve(row, kernel, "same") / weight for row in monthly])


def stage_in_use(prepared: Prepared) -> np.ndarray:
    """Return who implements or routinely uses what, (n, J)."""
    return np.isin(prepared.state.pairs["stage"], (IMPLEMENTING, SUSTAINED))


def months_of(prepared: Prepared) -> Iterator[int]:
    """Advance a run month by month; yield -1 for the start, then the number of every month that has passed."""
    remember_start(prepared.frame, prepared.state, prepared.record)
    yield -1
    for month in range(prepared.record.counts.shape[0] - 1):
        advance_month(prepared.frame, prepared.state, prepared.record, month)
        yield month
