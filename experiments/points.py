"""The points of an experiment: every scenario crossed with every point drawn over ranges and priors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from model import BadInputError, Parameters, Policy
from model.declare import entries

from .design import Design
from .run import Plan, planned
from .scenario import Scenario


class Point(NamedTuple):
    """One design: a scenario with values for what is uncertain."""

    name: str
    scenario: Scenario
    values: dict[str, float]


def points_of(design: Design) -> list[Point]:
    """Return every design of an experiment: the same points under each scenario, so that scenarios can be paired."""
    rows = values_of(design)
    alone = len(rows) == 1 and not design.uncertain
    width = len(str(len(rows) - 1))
    return [
        Point(scenario.name if alone else f"{scenario.name}-{number:0{width}d}", scenario, values)
        for scenario in design.scenarios
        for number, values in enumerate(rows)
    ]


def values_of(design: Design) -> list[dict[str, float]]:
    """Return the values of each point: what is fixed, and a Latin hypercube over ranges, priors and a posterior."""
    drawn = latin_hypercube(len(design.uncertain), design.samples, design.seed)
    rows = []
    for unit in drawn:
        row = dict(design.fixed)
        for (name, uncertainty), share in zip(design.uncertain.items(), unit, strict=True):
            row[name] = quantile_of(name, uncertainty, float(share))
        rows.append(row)
    return rows


def latin_hypercube(dimensions: int, samples: int, seed: int) -> np.ndarray:
    """Return points of the unit cube, shape (samples, dimensions), each range cut into as many parts as points."""
    if dimensions == 0:
        return np.zeros((samples, 0))
    from scipy.stats import qmc

    return qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(samples)


def quantile_of(name: str, uncertainty: Any, share: float) -> float:
    """Return the value of a parameter or lever below which `share` of its range or prior lies."""
    known = entries(Parameters) if name in entries(Parameters) else entries(Policy)
    about, kind = known[name].about, known[name].kind
    if uncertainty == "prior":
        if about.prior is None:
            raise BadInputError(f"{name} has no declared prior: give a range such as [low, high].")
        value = float(about.prior.quantile(share, about.low, about.high))
    else:
        low, high = uncertainty
        value = low + share * (high - low)
    return int(round(value)) if kind is int else float(value)


def plan_of(design: Design, point: Point) -> Plan:
    """Return the plan of one design, checked."""
    return planned(
        point.scenario,
        replications=design.replications,
        providers=design.providers,
        months=design.months,
        seed=design.seed,
        changes=point.values,
        innovations=list(design.innovations) or None,
        groups=design.groups,
        gradients=True,
    )
