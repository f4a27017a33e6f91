"""The points of an experiment: every scenario crossed with every point drawn over ranges and priors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError, Parameters, Policy
from carespread.model.declare import entries
from carespread.model.innovations import Innovation, find
from carespread.model.scenario import Scenario

from .design import Design
from .posterior import Fitted
from .run import Plan, planned


class Point(NamedTuple):
    """One design: a scenario with values for what is uncertain."""

    name: str
    scenario: Scenario
    values: dict[str, float]
    seed: int | None = None
    """Seed of its first run, where it is not that of the design."""
    innovations: tuple[Innovation, ...] = ()
    """What its runs hold, where it is not that of the design."""


def points_of(design: Design) -> list[Point]:
    """Return every design of an experiment: the same points under each scenario, so that scenarios can be paired."""
    rows, brought = values_of(design), Fitted("", (), ({},))
    alone = len(rows) == 1 and not design.uncertain and not design.posterior
    width = len(str(len(rows) - 1))
    return [
        Point(
            scenario.name if alone else f"{scenario.name}-{number:0{width}d}",
            scenario,
            # what a posterior says of innovations that are not in the run has nothing to act on
            brought.changes(values, [one.name for one in find(design.innovations or scenario.innovations)]),
        )
        for scenario in design.scenarios
        for number, values in enumerate(rows)
    ]


def values_of(design: Design) -> list[dict[str, float]]:
    """Return the values of each point: what is fixed, and a Latin hypercube over ranges, priors and a posterior."""
    if design.posterior:
        return [{**draw, **design.fixed} for draw in design.posterior]
    drawn = latin_hypercube(len(design.uncertain), design.samples, design.seed)
    columns = {
        name: quantiles_of(name, uncertainty, shares)
        for (name, uncertainty), shares in zip(design.uncertain.items(), drawn.T, strict=True)
    }
    return [
        {**design.fixed, **{name: column[row].item() for name, column in columns.items()}}
        for row in range(design.samples)
    ]


def latin_hypercube(dimensions: int, samples: int, seed: int) -> np.ndarray:
    """Return points of the unit cube, shape (samples, dimensions), each range cut into as many parts as points."""
    if dimensions == 0:
        return np.zeros((samples, 0))
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(samples))


def quantiles_of(name: str, uncertainty: Any, shares: np.ndarray) -> np.ndarray:
    """Return the values of a parameter or lever below which `shares` of its range or prior lie."""
    known = entries(Parameters) if name in entries(Parameters) else entries(Policy)
    about, kind = known[name].about, known[name].kind
    if uncertainty == "prior":
        if about.prior is None:
            raise BadInputError(f"{name} has no declared prior: give a range such as [low, high].")
        values = about.prior.quantile(shares, about.low, about.high)
    else:
        low, high = uncertainty
        values = low + shares * (high - low)
    return np.rint(values).astype(int) if kind is int else np.asarray(values, float)


def plan_of(design: Design, point: Point) -> Plan:
    """Return the plan of one design, checked."""
    return planned(
        point.scenario,
        replications=design.replications,
        providers=design.providers,
        months=design.months,
        seed=design.seed if point.seed is None else point.seed,
        changes=point.values,
        innovations=point.innovations or design.innovations or None,
        groups=design.groups,
        gradients=design.monthly,
        dates=design.dates,
        theory=design.theory,
        monthly=design.monthly,
        period=design.period,
    )
