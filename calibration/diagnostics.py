"""How far a posterior can be trusted: recovery of known parameters, calibration by simulation, what was not learned.

The runs of the first wave are draws of the prior with their data. Each of some two hundred takes its turn as the truth:
its data, with the declared errors, are fitted with all other runs by the same regression (a calibration at a reduced
budget: one wave, no emulators).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.results.statistics.inference import BINS, LIMIT, RANKED, interval, rank_of, regression_abc, uniformity

from .fit import Fit
from .priors import FREE, NAMES, values_of

STUDIES = 200
REDUCED = 0.15
"""Share of the prior's runs that a calibration at reduced budget keeps."""
LEVEL = 0.9
MOST_WIDENED = 4.0
THREE = 3


class Honesty(NamedTuple):
    """What checks say of a fit."""

    learned: pd.DataFrame
    """A row a parameter: prior and posterior interval, share of variance removed, rank statistics, coverage."""
    correlations: pd.DataFrame
    """Of the posterior draws."""
    sloppy: pd.DataFrame
    """Directions of the posterior against the prior, the best known first."""
    recovery: pd.DataFrame
    """True and recovered values, a row a study and parameter."""
    coverage: float
    """How often the 90 % interval held the truth, over all parameters."""
    coverage_error: float
    widen: float
    """Factor by which intervals are widened so that they hold the truth as often as they say."""
    studies: int
    ranks: pd.DataFrame
    """How often the truth lay in each twentieth of its posterior draws, by parameter: flat where all is well."""


def honesty_of(fit: Fit) -> Honesty:
    """Return the checks of a fit."""
    prior = fit.prior_wave
    points, seeds, _ = prior.values.shape
    cube = np.repeat(prior.cube, seeds, axis=0)
    data = prior.values.reshape(points * seeds, -1)
    rng = np.random.default_rng(fit.setting.seed + 7)
    chosen = rng.permutation(points)[: min(STUDIES, points)]
    kept = max(3 * (data.shape[1] + 1), round(REDUCED * (len(cube) - seeds)))
    ranks, inside, rows = [], [], []
    halves: list[np.ndarray] = []
    for study, point in enumerate(chosen):
        truth = prior.cube[point]
        own = slice(point * seeds, (point + 1) * seeds)
        real = fit.setting.observed
        datum = data[own][0] + rng.normal(size=data.shape[1]) * real.errors
        # where only a limit is known it stays the limit, as far as the synthetic truth keeps to it
        observed = real._replace(values=real.cut(datum))
        others = np.ones(len(cube), bool)
        others[own] = False
        posterior = regression_abc(cube[others], data[others], observed, kept=min(kept, int(others.sum())), seed=study)
        ranks.append(rank_of(truth, posterior, study))
        low, high = interval(posterior, LEVEL)
        inside.append((truth >= low) & (truth <= high))
        middle = interval(posterior, 1e-9)[0]
        reach = np.where(truth > middle, high - middle, middle - low)
        halves.append(np.abs(truth - middle) / np.maximum(reach, 1e-9))
        rows += [(study, name, truth[at], middle[at], low[at], high[at]) for at, name in enumerate(NAMES)]
    held = np.array(inside)
    widen = float(np.clip(np.quantile(np.array(halves), LEVEL), 1.0, MOST_WIDENED))
    return Honesty(
        learned_of(fit, np.array(ranks), held, widen),
        pd.DataFrame(np.corrcoef(fit.shares.T), index=NAMES, columns=NAMES),
        sloppy_of(fit),
        pd.DataFrame(rows, columns=["study", "parameter", "true", "recovered", "low", "high"]),
        float(held.mean()),
        float(held.mean(axis=1).std(ddof=1) / np.sqrt(len(held))),
        widen,
        len(chosen),
        ranks_table(np.array(ranks)),
    )


def ranks_table(ranks: np.ndarray) -> pd.DataFrame:
    """Return the histogram of ranks, shape (studies, parameters), over BINS bins."""
    table = pd.DataFrame({name: np.bincount(ranks[:, at] * BINS // (RANKED + 1), minlength=BINS)
                          for at, name in enumerate(NAMES)})  # fmt: skip
    table.insert(0, "bin", np.arange(1, BINS + 1))
    return table


def prior_predictive(fit: Fit) -> pd.DataFrame:
    """Return a row a datum: what runs of the prior give, before anything was fitted, and whether they reach it."""
    values = fit.prior_wave.values.reshape(-1, len(fit.setting.targets))
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
    rows = []
    for one, at, half, up in zip(fit.setting.targets, low, middle, high, strict=True):
        # a limit is reached from one side alone
        reached = (one.censored < 0 or up >= one.value - one.error) and (
            one.censored > 0 or at <= one.value + one.error
        )
        rows.append((one.id, one.value, at, half, up, bool(reached)))
    return pd.DataFrame(rows, columns=["target", "observed", "low", "median", "high", "reached"])


def learned_of(fit: Fit, ranks: np.ndarray, held: np.ndarray, widen: float) -> pd.DataFrame:
    """Return prior against posterior: widened intervals in the parameter's unit, and the share of variance removed."""
    low, high = interval(fit.posterior, LEVEL, widen)
    ends_of = values_of(np.array([low, high]))
    rows = []
    for at, one in enumerate(FREE):
        ends = [float(one.prior.quantile(share)) for share in (0.05, 0.5, 0.95)]
        values = fit.draws[one.name]
        removed = 1.0 - float(fit.shares[:, at].var()) * 12.0
        rows.append(
            {
                "parameter": one.name,
                "says": one.says,
                "prior_low": ends[0],
                "prior_median": ends[1],
                "prior_high": ends[2],
                "posterior_low": ends_of[0][one.name],
                "posterior_median": float(values.median()),
                "posterior_high": ends_of[1][one.name],
                "share_low": low[at],
                "share_high": high[at],
                "variance_removed": max(0.0, removed),
                "chi_square": uniformity(ranks[:, at]),
                "uniform": uniformity(ranks[:, at]) < LIMIT,
                "coverage": float(held[:, at].mean()),
            }
        )
    return pd.DataFrame(rows).sort_values("variance_removed", ascending=False, ignore_index=True)


def sloppy_of(fit: Fit) -> pd.DataFrame:
    """Return the directions of the posterior on the scale of the prior: 1 is as ignorant as before."""
    values, vectors = np.linalg.eigh(np.cov(fit.shares.T) * 12.0)
    rows = []
    for value, vector in zip(values, vectors.T, strict=True):
        order = np.argsort(-np.abs(vector))[:THREE]
        words = " ".join(f"{'+' if vector[at] > 0 else '-'}{abs(vector[at]):.2f} {NAMES[at]}" for at in order)
        rows.append((float(np.sqrt(max(0.0, value))), words))
    return pd.DataFrame(rows, columns=["against_prior", "direction"])


def different_sets(fit: Fit) -> pd.DataFrame:
    """Return three draws that fit alike and differ most: equifinality, a row a set.

    Of all points of the waves the twentieth that lies nearest to the data; of these the nearest, and the two farthest
    from it and from each other.
    """
    cube, misfit = fit.misfits()
    near = np.argsort(misfit)[: max(20, len(misfit) // 20)]
    chosen = [int(near[0])]
    while len(chosen) < THREE:
        distance = np.min([np.abs(cube[near] - cube[one]).sum(axis=1) for one in chosen], axis=0)
        chosen.append(int(near[int(distance.argmax())]))
    return pd.DataFrame(values_of(cube[chosen])).assign(misfit=misfit[chosen], set=range(1, THREE + 1))
