"""How settings grow: weights at the start, and who opens when beside those that are there (details 3, 19f)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .draws import generator
from .equations import summed
from .schedule import months_between

Series = Iterable[tuple[str, str, float]]
"""(first month, setting, net entry a year as a share)."""


def rates(series: Series, settings: tuple[str, ...], start: str, length: int, step: float) -> list[list[float]]:
    """Return net entry a year by step and setting."""
    made = [[0.0] * len(settings) for _ in range(length)]
    for month, setting, value in sorted(series):
        for t in range(max(0, round(months_between(start, month) / step)), length):
            made[t][settings.index(setting)] = value
    return made


def at_the_start(population: Any, series: Series, start: str) -> Any:
    """Return the population with its settings as large, by weight, as they were in the month of the start."""
    country = population.country
    first, last = sorted((country.register_date, start))
    monthly = rates(series, country.settings, first, months_between(first, last), 1.0)
    factors = [math.exp(summed(now[setting] for now in monthly) / 12) for setting in range(len(country.settings))]
    if start < country.register_date:
        factors = [1 / factor for factor in factors]
    return population._replace(weight=population.weight * np.array(factors)[population.setting])


def newcomers(population: Any, growth: list[list[float]], step: float, seed: int) -> list[tuple[int, int, int]]:
    """Return (step, row of whom it is like, whole weight) of everybody who opens, in the order of their rows."""
    made: list[tuple[int, int, int, int]] = []
    weights, sites = population.weight, population.sites
    for setting, name in enumerate(population.country.settings):
        rng = generator(seed, f"newcomers {name}")
        u = float(rng.random())
        there = population.setting == setting
        alike = np.flatnonzero(there & (sites == 1))
        if not len(alike):
            continue
        of_setting, usual = float(np.sum(weights[there])), float(np.median(weights[alike]))
        grown, opened, steps = 1.0, 0, []
        for t, now in enumerate(growth):
            grown *= math.exp(max(0.0, now[setting]) * step / 12)
            by_now = math.floor(of_setting * (grown - 1.0) / usual + u)
            steps += [t] * (by_now - opened)
            opened = by_now
        whole = max(1, round(usual * (len(weights) * 1024 / float(np.sum(weights)))))
        rows = rng.choice(alike, opened).tolist()
        made += [(t, setting, row, whole) for t, row in zip(steps, rows, strict=True)]
    return [(t, row, whole) for t, _, row, whole in sorted(made, key=lambda one: one[:2])]
