"""What a fitted model says of data that it has not seen, beside simple curves fitted to the same points."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.experiments.design import Design
from carespread.experiments.experiment import Experiment
from carespread.experiments.points import Point
from carespread.model.conditions import months_between
from carespread.results.statistics.inference import Observed, regression_abc

from .fit import Fit
from .growth import CURVES, crps, fitted_curve, interval_score
from .runs import kept_runs
from .targets import CALIBRATION, VALIDATION, Target, dated, observed

PREDICTED = 200
"""Draws of the posterior that are rerun, each with random draws of its own."""
STEP_DATE, STEP = "2025-02", 0.03
"""The definition of a record changed (S018): later shares may stand higher or lower by this, one standard deviation."""
LEVEL = 0.9
FIRST = ("dscr", "2021-12", 0.40)
"""The first point of the records' series sets the starting share and is no fitted point."""
MODEL = "carespread"


class Forecast(NamedTuple):
    """What is said of data that were held out, and of later points from earlier ones."""

    validation: pd.DataFrame
    """A row a datum and method: observed, median, interval, scores."""
    rolling: pd.DataFrame
    """The same for later fitted points, from fits to the points before each origin."""
    fan: pd.DataFrame
    """Month, quantity, quantiles of the posterior predictive."""


def predicted_runs(fit: Fit, targets: tuple[Target, ...], folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the data at all targets and the monthly shares of runs with draws of the posterior, a row a draw."""
    from carespread.results.store.query import opened

    setting, seen = fit.setting, dated(targets)
    rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()}
                                  for row in fit.draws.head(PREDICTED).to_dict("records")]  # fmt: skip
    points = [
        Point(
            f"draw-{at:04d}",
            setting.scenario,
            {**row, **setting.changes},
            setting.seed + 1000 + at,
        )
        for at, row in enumerate(rows)
    ]
    design = Design(
        path=Path("predictive"),
        question="What does the fitted model say of data that it has not seen?",
        scenarios=(setting.scenario,),
        providers=setting.providers,
        months=setting.scenario.months,
        replications=1,
        seed=setting.seed,
        samples=len(points),
        parameters={},
        innovations=tuple(dict.fromkeys(one.innovation for one in seen)),
        groups=tuple(dict.fromkeys(one.group.partition("=")[0] for one in seen if one.group != "all")),
        text="",
        dates=tuple(sorted({one.date for one in seen})),
    )
    kept_runs(setting, Experiment(design, points), folder)
    with opened(folder) as connection:
        runs = connection.execute("select * from runs where status = 'ok' order by design").df()
        monthly = connection.execute(
            'select design, month, innovation, "group", using_share, site_share from monthly where "group" in'
            " ('all', 'setting=homecare')"
        ).df()
    return runs, monthly


def widened(values: np.ndarray, widen: float) -> np.ndarray:
    """Return draws (the last axis) stretched about their median."""
    middle = np.median(values, axis=-1, keepdims=True)
    return np.asarray(np.clip(middle + widen * (values - middle), 0.0, 1.0))


def scored(method: str, target: Target, draws: np.ndarray, free: int, **about: Any) -> dict[str, Any]:
    """Return a row: the datum, what was said of it, and scores (small is good)."""
    low, middle, high = np.quantile(draws, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    return {
        "target": target.id,
        "date": target.date,
        "method": method,
        "parameters": free,
        "observed": target.value,
        "median": float(middle),
        "low": float(low),
        "high": float(high),
        "inside": bool(low <= target.value <= high),
        "error": float(middle - target.value),
        "interval_score": interval_score(target.value, float(low), float(high)),
        "crps": crps(draws, target.value),
        **about,
    }


def with_observation(values: np.ndarray, target: Target, rng: np.random.Generator) -> np.ndarray:
    """Return draws of what would be observed: with the source's error, the discrepancy, and the changed definition."""
    error = float(np.hypot(target.error, target.discrepancy))
    if target.innovation == FIRST[0] and target.date >= STEP_DATE:
        error = float(np.hypot(error, STEP))
    return np.clip(values + rng.normal(size=len(values)) * error, 0.0, 1.0)


def curve_draws(points: list[Target], target: Target, rng: np.random.Generator) -> list[tuple[str, int, np.ndarray]]:
    """Return what each simple curve, fitted to some points, says of another, with the scatter of its residuals."""
    made = []
    t = np.array([months_between(FIRST[1], one.date) for one in points], float)
    values = np.array([one.value for one in points])
    at = np.array([float(months_between(FIRST[1], target.date))])
    for curve in CURVES:
        if len(points) < curve.parameters:
            continue
        found, scatter = fitted_curve(curve, t, values, FIRST[2])
        middle = float(curve.value(at, FIRST[2], *found)[0])
        error = float(np.hypot(scatter, target.error))
        made.append((curve.name, curve.parameters, np.clip(middle + rng.normal(size=4000) * error, 0.0, 1.0)))
    return made


def plain_series(targets: tuple[Target, ...], role: str) -> list[Target]:
    """Return the points of the records' series that are no limits."""
    return [one for one in targets if one.innovation == FIRST[0] and one.measure == "using_share"
            and one.role == role and one.censored == 0]  # fmt: skip


def validated(fit: Fit, targets: tuple[Target, ...], widen: float, folder: Path) -> Forecast:
    """Return the forecasts of a fit; runs of the posterior are kept in `folder`."""
    runs, monthly = predicted_runs(fit, targets, folder)
    rng = np.random.default_rng(fit.setting.seed + 11)
    points, rows = plain_series(targets, CALIBRATION), []
    for target in [one for one in targets if one.role == VALIDATION]:
        draws = with_observation(widened(runs[target.column].to_numpy(float), widen), target, rng)
        rows.append(scored(MODEL, target, draws, 8))
        rows += [scored(name, target, draws, free) for name, free, draws in curve_draws(points, target, rng)]
    fans = []
    for (innovation, group), part in monthly.groupby(["innovation", "group"], observed=True):
        measure = "using_share" if innovation == FIRST[0] else "site_share"
        wide = part.pivot_table(index="month", columns="design", values=measure)
        fan = pd.DataFrame(np.quantile(widened(wide.to_numpy(), widen), [0.05, 0.25, 0.5, 0.75, 0.95], axis=1).T,
                           columns=["low_90", "low_50", "median", "high_50", "high_90"])  # fmt: skip
        fans.append(fan.assign(month=pd.to_datetime(wide.index), innovation=innovation, group=group))
    return Forecast(pd.DataFrame(rows), rolling_of(fit, points, rng), pd.concat(fans, ignore_index=True))


def rolling_of(fit: Fit, points: list[Target], rng: np.random.Generator) -> pd.DataFrame:
    """Return forecasts of each fitted point from fits to the points before it, by the runs that there are."""
    own = [one.id for one in fit.setting.targets]
    data = fit.prior_wave.values.reshape(-1, len(own))
    rows = []
    for origin in range(1, len(points)):
        seen = [at for at, one in enumerate(fit.setting.targets) if one.date <= points[origin - 1].date]
        part: Observed = observed([fit.setting.targets[at] for at in seen])
        kept = max(3 * (len(seen) + 1), len(data) // 10)
        # the drawn values of a run that made the earlier points are its own forecast of the later ones
        near = regression_abc(np.clip(data, 0, 1), data[:, seen], part, kept=kept, seed=origin)
        for target in points[origin:]:
            place = own.index(target.id)
            draws = near.sample(2000, origin)[:, place]
            draws = with_observation(draws, target, rng)
            about = {"origin": points[origin - 1].date, "fitted": origin}
            rows.append(scored(MODEL, target, draws, 8, **about))
            rows += [
                scored(name, target, made, free, **about)
                for name, free, made in curve_draws(points[:origin], target, rng)
            ]
    return pd.DataFrame(rows)
