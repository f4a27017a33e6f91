"""How far a posterior can be trusted: recovery of known parameters, calibration by simulation, what was not learned.

The runs of the first wave are draws of the prior with their data. Each of some two hundred takes its turn as the truth:
its data, with the declared errors, are fitted with all other runs by the same regression (a calibration at a reduced
budget: one wave, no emulators). Its last datum is then foretold from a fit to all others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.results.statistics.inference import (
    BINS,
    EDGE,
    LIMIT,
    RANKED,
    Observed,
    Posterior,
    interval,
    rank_of,
    regression_abc,
    uniformity,
)

from .fit import Fit
from .priors import Axis, values_of

STUDIES = 200
REDUCED = 0.15
"""Share of the prior's runs that a calibration at reduced budget keeps."""
LEVEL = 0.9
MOST_WIDENED = 4.0
NOTHING, SURE = 0.1, 2.5
"""Of a number something is learned where this share of its prior's variance is gone, and so many standard errors."""
THREE = 3
FORETOLD = 500
"""Draws of what is foretold."""


class Honesty(NamedTuple):
    """What checks say of a fit."""

    learned: pd.DataFrame
    """A row an axis: prior and posterior interval, share of variance removed, rank statistics, coverage."""
    correlations: pd.DataFrame
    """Of the posterior draws of the fitted numbers."""
    sloppy: pd.DataFrame
    """Directions of the posterior of the fitted numbers against the prior, the best known first."""
    recovery: pd.DataFrame
    """True and recovered values of the fitted numbers, a row a study and parameter."""
    coverage: float
    """How often the 90 % interval held the truth, over the fitted numbers."""
    coverage_error: float
    carried_coverage: float
    """The same over all that is drawn with them."""
    foretold: float
    """How often the 90 % interval held a datum of synthetic series that the fit had not seen."""
    foretold_error: float
    widen: float
    """Factor by which intervals of numbers are widened so that they hold the truth as often as they say."""
    studies: int
    ranks: pd.DataFrame
    """How often the truth lay in each twentieth of its posterior draws, by fitted number: flat where all is well."""


def names_of(axes: tuple[Axis, ...]) -> list[str]:
    """Return the names of axes."""
    return [axis.name for axis in axes]


def honesty_of(fit: Fit) -> Honesty:
    """Return the checks of a fit."""
    prior, setting = fit.prior_wave, fit.setting
    names, first = names_of(setting.axes), setting.fitted
    points, seeds, _ = prior.values.shape
    cube = np.repeat(prior.cube, seeds, axis=0)
    data = prior.values.reshape(points * seeds, -1)
    rng = np.random.default_rng(setting.seed + 7)
    chosen = rng.permutation(points)[: min(STUDIES, points)]
    kept = max(3 * (data.shape[1] + 1), round(REDUCED * (len(cube) - seeds)))
    ranks, inside, rows, foretold = [], [], [], []
    halves: list[np.ndarray] = []
    for study, point in enumerate(chosen):
        truth = prior.cube[point]
        own = slice(point * seeds, (point + 1) * seeds)
        real = setting.observed
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
        rows += [(study, name, truth[at], middle[at], low[at], high[at]) for at, name in enumerate(names[:first])]
        foretold.append(is_foretold(fit, data[others], datum, kept, rng, study))
    held, known = np.array(inside), np.array([one for one in foretold if one is not None], float)
    widen = float(np.clip(np.quantile(np.array(halves)[:, :first], LEVEL), 1.0, MOST_WIDENED))
    shares = fit.shares[:, :first]
    return Honesty(
        learned_of(fit, np.array(ranks), held, widen),
        pd.DataFrame(np.corrcoef(shares.T), index=names[:first], columns=names[:first]),
        sloppy_of(shares, names),
        pd.DataFrame(rows, columns=["study", "parameter", "true", "recovered", "low", "high"]),
        float(held[:, :first].mean()),
        error_of(held[:, :first].mean(axis=1)),
        float(held[:, first:].mean()),
        float(known.mean()) if len(known) else np.nan,
        error_of(known) if len(known) > 1 else np.nan,
        widen,
        len(chosen),
        ranks_table(np.array(ranks)[:, :first], names[:first]),
    )


def error_of(values: np.ndarray) -> float:
    """Return the standard error of a mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def is_foretold(
    fit: Fit, data: np.ndarray, datum: np.ndarray, kept: int, rng: np.random.Generator, study: int
) -> bool | None:
    """Return whether the last dated datum of a synthetic series lies in the 90 % interval of a fit to all others; None
    where there are too few.
    """
    setting = fit.setting
    dates = [(one.date, at) for at, one in enumerate(setting.targets) if one.date and not one.censored]
    if len(dates) < 2:
        return None
    last = max(dates)[1]
    seen = [at for at in range(data.shape[1]) if at != last]
    real = setting.observed
    part = Observed(real.cut(datum)[seen], real.errors[seen], real.censored[seen])
    made = foretold_by(data, seen, [last], part, min(kept, len(data)), study)
    draws = made[:, 0] + rng.normal(size=len(made)) * real.errors[last]
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bool(low <= datum[last] <= high)


def foretold_by(
    data: np.ndarray, seen: list[int], later: list[int], observed: Observed, kept: int, seed: int
) -> np.ndarray:
    """Return draws of later data, shape (FORETOLD, later), given those that are seen, by what runs say of both."""
    near: Posterior = regression_abc(np.clip(data[:, later], 0, 1), data[:, seen], observed, kept=kept, seed=seed)
    return near.sample(FORETOLD, seed)


def ranks_table(ranks: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return the histogram of ranks, shape (studies, parameters), over BINS bins."""
    table = pd.DataFrame({name: np.bincount(ranks[:, at] * BINS // (RANKED + 1), minlength=BINS)
                          for at, name in enumerate(names)})  # fmt: skip
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
    low, high = np.clip(interval(fit.posterior, LEVEL, widen), EDGE, 1 - EDGE)
    middle = interval(fit.posterior, 1e-9)[0]
    mean = fit.posterior.weights @ fit.posterior.draws
    spread = fit.posterior.weights @ (fit.posterior.draws - mean) ** 2
    # of so many numbers some seem to be learned by chance: the variance of a uniform has a standard error of its own
    clear = max(NOTHING, SURE * float(np.sqrt(0.8 / fit.posterior.effective)))
    rows = []
    for at, axis in enumerate(fit.setting.axes):
        rows.append(
            {
                "parameter": axis.name,
                "says": axis.says,
                "fitted": axis.fitted,
                **{
                    f"prior_{name}": float(axis.value(share))
                    for name, share in (("low", 0.05), ("median", 0.5), ("high", 0.95))
                },
                **{
                    f"posterior_{name}": float(axis.value(share))
                    for name, share in (("low", low[at]), ("median", middle[at]), ("high", high[at]))
                },
                "share_low": low[at],
                "share_high": high[at],
                "variance_removed": max(0.0, 1.0 - 12.0 * float(spread[at])),
                "learned": 1.0 - 12.0 * float(spread[at]) > clear,
                "chi_square": uniformity(ranks[:, at]),
                "uniform": uniformity(ranks[:, at]) < LIMIT,
                "coverage": float(held[:, at].mean()),
            }
        )
    return pd.DataFrame(rows).sort_values("variance_removed", ascending=False, ignore_index=True)


def sloppy_of(shares: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return the directions of the posterior on the scale of the prior: 1 is as ignorant as before."""
    values, vectors = np.linalg.eigh(np.cov(shares.T) * 12.0)
    rows = []
    for value, vector in zip(values, vectors.T, strict=True):
        order = np.argsort(-np.abs(vector))[:THREE]
        words = " ".join(f"{'+' if vector[at] > 0 else '-'}{abs(vector[at]):.2f} {names[at]}" for at in order)
        rows.append((float(np.sqrt(max(0.0, value))), words))
    return pd.DataFrame(rows, columns=["against_prior", "direction"])


def different_sets(fit: Fit) -> pd.DataFrame:
    """Return three draws that fit alike and differ most: equifinality, a row a set.

    Of all points of the waves the twentieth that lies nearest to the data; of these the nearest, and the two farthest
    from it and from each other in the fitted numbers.
    """
    cube, misfit = fit.misfits()
    near = np.argsort(misfit)[: max(20, len(misfit) // 20)]
    chosen, fitted = [int(near[0])], cube[:, : fit.setting.fitted]
    while len(chosen) < THREE:
        distance = np.min([np.abs(fitted[near] - fitted[one]).sum(axis=1) for one in chosen], axis=0)
        chosen.append(int(near[int(distance.argmax())]))
    return pd.DataFrame(values_of(fit.setting.axes, cube[chosen])).assign(
        misfit=misfit[chosen], set=range(1, THREE + 1)
    )
