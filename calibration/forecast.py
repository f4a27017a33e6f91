"""What a fitted model says of its own data and of later ones, beside simple curves fitted to the same points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.experiments.experiment import Experiment
from carespread.model.conditions import months_between
from carespread.model.population.start import nearest_share
from carespread.results.statistics.inference import Observed

from .diagnostics import LEVEL, foretold_by
from .fit import Fit
from .growth import CURVES, crps, fitted_curve, interval_score
from .observation import DEFINITIONS
from .runs import Setting, design_of, kept_runs, points_at
from .stage_pattern import pattern_at
from .targets import CALIBRATION, Target, dated, innovations_of, observed

PREDICTED = 200
"""Draws of the posterior that are run again, each with random draws of its own."""
MODEL = "carespread"
KEPT = 0.1
"""Of the prior's runs, for a forecast from an early origin."""
Steps = Mapping[str, np.ndarray]
"""Draws of the step of each definition: what is counted by one moves together."""


class Series(NamedTuple):
    """The points of one innovation that simple curves are fitted to."""

    innovation: str
    measure: str
    first: tuple[str, float]
    """Month and share at which they begin."""
    points: tuple[Target, ...]


def series_of(targets: Sequence[Target], start: str) -> Series:
    """Return the longest series of the fitted data: one innovation, one measure, all providers, no limits."""
    every: dict[tuple[str, str], list[Target]] = {}
    for one in dated(targets):
        if one.role == CALIBRATION and one.group == "all" and not one.censored:
            every.setdefault((one.innovation, one.measure), []).append(one)
    (name, measure), points = max(every.items(), key=lambda part: len(part[1]), default=(("", ""), []))
    if not points:
        return Series("", "", (start, 0.0), ())
    innovation = next(one for one in innovations_of(points) if one.name == name)
    share = nearest_share(innovation, "all", start)
    return Series(name, measure, (share.date, share.value), tuple(sorted(points, key=lambda one: one.date)))


def steps_of(many: int, rng: np.random.Generator) -> Steps:
    """Return draws of the step of each definition."""
    return {name: one.step + one.spread * rng.normal(size=many) for name, one in DEFINITIONS.items()}


def with_observation(values: np.ndarray, target: Target, steps: Steps, rng: np.random.Generator) -> np.ndarray:
    """Return draws of what would be counted: with the definition's step, the source's error and the discrepancy."""
    error = float(np.hypot(target.error, target.discrepancy))
    made = values + steps[target.definition] + rng.normal(size=len(values)) * error
    return np.clip(made, 0.0, 1.0)


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


def predicted(fit: Fit, folder: Path) -> pd.DataFrame:
    """Return the monthly shares of runs with draws of the posterior; they are kept in `folder`."""
    setting = fit.setting
    rows = [{str(name): value for name, value in row.items()} for row in fit.draws.head(PREDICTED).to_dict("records")]
    points = points_at(setting, rows, "draw", [setting.seed + 1000 + at for at in range(len(rows))])
    design = design_of(
        setting, "predictive", "What does the fitted model say of data that it has not seen?", len(points), 1, True
    )
    kept_runs(setting, Experiment(design, points), folder)
    return monthly_of(folder)


def monthly_of(folder: Path) -> pd.DataFrame:
    """Return the monthly shares of the runs in a folder, a row a run (`design`), month, innovation and group."""
    from carespread.results.store.query import opened

    with opened(folder) as connection:
        return connection.execute(
            'select design, month, innovation, "group", using_share, site_share, people_share, exits, providers from'
            " monthly order by design"
        ).df()


def said_of(monthly: pd.DataFrame, target: Target) -> np.ndarray:
    """Return what each run says of the quantity of a target."""
    months = pd.to_datetime(monthly["month"]).dt.strftime("%Y-%m")
    wanted = (monthly["innovation"] == target.innovation) & (monthly["group"] == target.group) & (months == target.date)
    return np.asarray(monthly.loc[wanted, target.measure].to_numpy(float))


def checked_against(fit: Fit, monthly: pd.DataFrame) -> pd.DataFrame:
    """Return a row a fitted datum: the middle 90 % of what the posterior would have counted, and whether it holds it.

    Of a limit the interval must reach beyond it.
    """
    rng = np.random.default_rng(fit.setting.seed + 13)
    hazards = fit.draws["sustain_hazard"].to_numpy(float)
    rows = []
    for one in fit.setting.targets:
        values = said_of(monthly, one) if one.date else pattern_at(one.measure, hazards)
        row = scored(MODEL, one, with_observation(values, one, steps_of(len(values), rng), rng), fit.setting.fitted)
        if one.censored:
            row["inside"] = row["high"] >= one.value if one.censored > 0 else row["low"] <= one.value
        rows.append({name: row[name] for name in ("target", "observed", "median", "low", "high", "inside")}
                    | {"censored": one.censored})  # fmt: skip
    return pd.DataFrame(rows)


def fan_of(monthly: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """Return month, quantity and quantiles of the posterior predictive, without the error of the sources."""
    measures = {one.innovation: one.measure for one in reversed(dated(targets))}
    fans = []
    for (innovation, group), part in monthly.groupby(["innovation", "group"], observed=True):
        if str(innovation) not in measures:
            continue
        wide = part.pivot_table(index="month", columns="design", values=measures[str(innovation)])
        fan = pd.DataFrame(np.quantile(wide.to_numpy(), [0.05, 0.25, 0.5, 0.75, 0.95], axis=1).T,
                           columns=["low_90", "low_50", "median", "high_50", "high_90"])  # fmt: skip
        fans.append(fan.assign(month=pd.to_datetime(wide.index), innovation=innovation, group=group))
    return pd.concat(fans, ignore_index=True)


def curve_draws(
    series: Series, points: Sequence[Target], target: Target, rng: np.random.Generator
) -> list[tuple[str, int, np.ndarray]]:
    """Return what each simple curve, fitted to some points, says of another, with the scatter of its residuals and the
    step of the definition.
    """
    if target.innovation != series.innovation or target.group != "all":
        return []
    made, (month, share) = [], series.first
    t = np.array([months_between(month, one.date) for one in points], float)
    values = np.array([one.value - one.defined.step for one in points])
    at = np.array([float(months_between(month, target.date))])
    for curve in CURVES:
        if len(points) < curve.parameters:
            continue
        found, scatter = fitted_curve(curve, t, values, share)
        middle = float(curve.value(at, share, *found)[0])
        drawn = middle + steps_of(4000, rng)[target.definition]
        error = float(np.hypot(scatter, target.error))
        made.append((curve.name, curve.parameters, np.clip(drawn + rng.normal(size=4000) * error, 0.0, 1.0)))
    return made


def rolling_of(fit: Fit, series: Series, name: str = MODEL) -> pd.DataFrame:
    """Return forecasts of each fitted point of a series from fits to the points before it, by the runs of the prior."""
    rng = np.random.default_rng(fit.setting.seed + 11)
    targets, points = fit.setting.targets, series.points
    own = [one.id for one in targets]
    data = fit.prior_wave.values.reshape(-1, len(own))
    rows = []
    for origin in range(1, len(points)):
        seen = [at for at, one in enumerate(targets) if one.date <= points[origin - 1].date]
        part: Observed = observed([targets[at] for at in seen])
        kept = max(3 * (len(seen) + 1), round(KEPT * len(data)))
        later = [own.index(one.id) for one in points[origin:]]
        made = foretold_by(data, seen, later, part, min(kept, len(data)), origin)
        for at, target in enumerate(points[origin:]):
            draws = with_observation(made[:, at], target, steps_of(len(made), rng), rng)
            about = {"origin": points[origin - 1].date, "fitted": origin}
            rows.append(scored(name, target, draws, fit.setting.fitted, **about))
            rows += [
                scored(curve, target, said, free, **about)
                for curve, free, said in curve_draws(series, points[:origin], target, rng)
            ]
    return pd.DataFrame(rows)


def scores_of(name: str, free: int, monthly: pd.DataFrame, held: Sequence[Target], seed: int) -> list[dict[str, Any]]:
    """Return a row a held-out datum: what the runs of a posterior say of it, and scores."""
    rng = np.random.default_rng(seed + 11)
    steps = steps_of(monthly["design"].nunique(), rng)
    return [scored(name, one, with_observation(said_of(monthly, one), one, steps, rng), free) for one in held]


def curve_scores(series: Series, held: Sequence[Target], seed: int) -> list[dict[str, Any]]:
    """Return a row a held-out datum and simple curve."""
    rng = np.random.default_rng(seed + 12)
    return [
        scored(curve, one, draws, free)
        for one in held
        for curve, free, draws in curve_draws(series, series.points, one, rng)
    ]


def start_of(setting: Setting) -> str:
    """Return the month in which runs begin."""
    return setting.scenario.conditions.start
