"""Sensitivity indices of a stochastic model: SALib's estimators, corrected for what chance adds to them.

Every point of a sample is run under the same K seeds, so an outcome is an array of shape (points, K). Its mean over
seeds is a deterministic function of the point plus what these seeds happen to do there. That second part is no effect
of a parameter: where runs that differ in one parameter alone are d_k = f(x', s_k) - f(x, s_k), the square of their mean
exceeds the squared effect by var(d)/K on average, and so much is taken off. An inert parameter has d = 0 and an index
of exactly 0; one that does nothing but reshuffle random draws has an index of 0 on average. (Taking the same amount off
every index, as is usual, would push the inert ones below 0.)

A dummy shows what chance alone looks like: the same points under other seeds.

Intervals are estimate +- 1.96 standard deviations of a bootstrap over rows (of Saltelli's design, or trajectories) and
seeds together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats

RESAMPLES = 200
NORMAL = 1.959963984540054
DUMMY = "dummy (other seeds)"


class Noise(NamedTuple):
    """How much of the variance of an outcome is chance."""

    runs: float
    """Share of the variance of single runs."""
    means: float
    """Share of the variance of means over the K seeds."""


def noise_of(values: Floats) -> Noise:
    """Return the shares of variance that are chance, from points drawn at random, shape (points, K); NaN with one seed.

    The variance of what a point does by itself is the covariance between seeds: chance of two seeds has none.
    """
    seeds = values.shape[1]
    if seeds < 2:
        return Noise(np.nan, np.nan)
    total = float(values.mean(axis=1).var(ddof=1))
    within = float(values.var(axis=1, ddof=1).mean())
    single = float(values.var(axis=0, ddof=1).sum())
    effect = max(0.0, (seeds**2 * total - single) / (seeds * (seeds - 1)))
    if effect + within == 0:
        return Noise(np.nan, np.nan)
    return Noise(within / (effect + within), max(0.0, total - effect) / total if total > 0 else np.nan)


class Saltelli(NamedTuple):
    """Outcomes of Saltelli's design, K seeds each."""

    a: Floats
    """Shape (N, K)."""
    b: Floats
    ab: Floats
    """Shape (N, factors, K): A with one factor from B."""
    ba: Floats | None
    """The other way round, for second order."""
    dummy: Floats | None
    """A under other seeds, shape (N, K)."""

    def chosen(self, rows: Any, seeds: Any) -> Saltelli:
        """Return some rows and seeds."""
        return Saltelli(*(None if one is None else one[rows][..., seeds] for one in self))  # type: ignore[arg-type]


def saltelli_of(values: Floats, factors: int, second: bool, dummy: Floats | None = None) -> Saltelli:
    """Return the parts of Saltelli's design from outcomes in SALib's order, shape (points, K)."""
    from SALib.analyze.sobol import separate_output_values

    step = (2 * factors if second else factors) + 2
    many = len(values) // step
    parts = [separate_output_values(seed, factors, many, second) for seed in values.T]
    a, b, ab = (np.stack([part[place] for part in parts], axis=-1) for place in range(3))
    ba = np.stack([part[3] for part in parts], axis=-1) if second else None
    return Saltelli(a, b, ab, ba, dummy)


def sobol_indices(design: Saltelli) -> dict[str, Floats]:
    """Return S1, ST (and S2) of the mean over seeds, corrected for chance, and `ST_raw` as it was; the dummy is last.

    S2 has shape (factors, factors) and is not corrected.
    """
    from SALib.analyze.sobol import first_order, second_order, total_order

    seeds = design.a.shape[-1]
    both = np.concatenate([design.a, design.b])
    middle = both.mean()
    if np.ptp(both) <= 1e-12 * np.abs(both).max():  # but for rounding nothing varies: SALib would return zeros
        nothing = np.full(design.ab.shape[1] + (design.dummy is not None), np.nan)
        return {"S1": nothing, "ST": nothing, "ST_raw": nothing}
    means = Saltelli(*(None if one is None else one.mean(axis=-1) - middle for one in design))  # type: ignore[arg-type]
    raw = float(np.concatenate([means.a, means.b]).var())
    effect = raw * (1.0 - noise) if np.isfinite(noise := noise_of(both).means) else raw
    ab, moved = means.ab, design.ab
    if design.dummy is not None:
        assert means.dummy is not None
        ab = np.concatenate([ab, means.dummy[:, None]], axis=1)
        moved = np.concatenate([moved, design.dummy[:, None]], axis=1)
    first, total, clean_first, clean_total = [], [], [], []
    for place in range(ab.shape[1]):
        s1, st = first_order(means.a, ab[:, place], means.b), total_order(means.a, ab[:, place], means.b)
        apart = moved[:, place] - design.a
        with_b = seed_covariance(design.b, apart) if seeds > 1 else 0.0
        own = seed_covariance(apart, apart) if seeds > 1 else 0.0
        first.append(s1)
        total.append(st)
        clean_first.append((s1 * raw - with_b / seeds) / effect if effect > 0 else np.nan)
        clean_total.append((st * raw - own / (2 * seeds)) / effect if effect > 0 else np.nan)
    made = {"S1": np.array(clean_first), "ST": np.array(clean_total), "ST_raw": np.array(total)}
    if means.ba is not None:
        factors = means.ab.shape[1]
        s2 = np.full((factors, factors), np.nan)
        for one in range(factors):
            for other in range(one + 1, factors):
                s2[one, other] = second_order(means.a, means.ab[:, one], means.ab[:, other], means.ba[:, one], means.b)
        made["S2"] = s2
    return made


def seed_covariance(one: Floats, other: Floats) -> float:
    """Return the covariance between seeds at a point, mean over points."""
    apart = (one - one.mean(axis=-1, keepdims=True)) * (other - other.mean(axis=-1, keepdims=True))
    return float(apart.sum(axis=-1).mean() / (one.shape[-1] - 1))


def spread_of(design: Saltelli) -> Saltelli:
    """Return the same design of the dispersion over seeds: its standard deviation, as if of one seed."""
    return Saltelli(*(None if one is None else one.std(axis=-1, ddof=1)[..., None] for one in design))  # type: ignore[arg-type]


def morris_measures(steps: Floats) -> dict[str, Floats]:
    """Return mu, mu_star, sigma and the noise-free mean square of elementary effects, by factor.

    `steps` has shape (trajectories, factors, K): change of the outcome for a whole move of the factor, by seed. mu is
    only a direction where a factor is one number. `square` estimates the mean squared effect without chance.
    """
    seeds = steps.shape[-1]
    effects = steps.mean(axis=-1)
    noise = steps.var(axis=-1, ddof=1).mean(axis=0) / seeds if seeds > 1 else np.zeros(steps.shape[1])
    return {
        "mu": effects.mean(axis=0),
        "mu_star": np.abs(effects).mean(axis=0),
        "sigma": effects.std(axis=0, ddof=1),
        "square": (effects**2).mean(axis=0) - noise,
    }


def with_intervals(
    measure: Callable[[Any, Any], dict[str, Floats]], rows: int, seeds: int, resamples: int = RESAMPLES
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Return (estimate, low, high) of each measure; `measure` takes indices of rows and of seeds."""
    random = np.random.default_rng(1)
    whole = measure(np.arange(rows), np.arange(seeds))
    drawn: dict[str, list[Floats]] = {name: [] for name in whole}
    for _ in range(resamples):
        for name, value in measure(random.integers(rows, size=rows), random.integers(seeds, size=seeds)).items():
            drawn[name].append(value)
    made = {}
    for name, value in whole.items():
        half = NORMAL * np.std(np.array(drawn[name]), axis=0, ddof=1)
        made[name] = (value, value - half, value + half)
    return made


def index_table(names: Sequence[str], measures: dict[str, tuple[Floats, Floats, Floats]], decides: str) -> pd.DataFrame:
    """Return a row a factor: each measure with its interval, and whether `decides` is told apart from noise.

    It is where its interval lies above 0: it has been corrected for chance.
    """
    table = pd.DataFrame({"parameter": list(names)})
    for name, (value, low, high) in measures.items():
        if value.ndim == 1:
            table[name], table[f"{name}_low"], table[f"{name}_high"] = value, low, high
    table["told_apart"] = table[f"{decides}_low"] > 0
    table.loc[table["parameter"] == DUMMY, "told_apart"] = False
    return table
