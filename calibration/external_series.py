"""Series of other sectors that nothing was fitted to: the same kernels on populations of their own, beside Bass."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.experiments.limits import SMALL_SEED, Whole, checked
from carespread.experiments.result import Result, kept, rows_of
from carespread.experiments.run import threads
from carespread.experiments.store import Progress, claimed, counted
from carespread.model import BadInputError, Inputs, Population
from carespread.model.conditions import month_after, months_between
from carespread.model.innovations import Innovation, find, month_text
from carespread.model.scenario import Scenario, read_scenario
from carespread.model.simulate import prepare
from carespread.model.step import remember_start, run_months
from carespread.refusal import shown
from carespread.results.store.summary import text_table
from carespread.results.words import capital, listed

from .diagnostics import LEVEL, foretold_by
from .external_figures import external_drawings
from .forecast import KEPT, MODEL, Series, curve_draws, scored, steps_of, with_observation
from .priors import axes_of, values_of
from .targets import CALIBRATION, VALIDATION, Target, observed

FOLDER = Path(__file__).with_name("external")
POINTS, CLASSES = "series.csv", "populations.csv"
RUNS, ORGANISATIONS = 1500, 300
AREAS = 10
"""Areas that the organisations of a sample lie in, in turn: the sources tell of none."""
LEAST = 20
"""Organisations that stand for a class at least, so that few large ones are not left to chance."""
BASS, LINE = "Bass", "straight line"


class External(NamedTuple):
    """One series: its points, and the population on which the model is run."""

    name: str
    scenario: Scenario
    innovation: Innovation
    targets: tuple[Target, ...]
    """Every point; `group` names those who are counted, `role` says whether a method may see it."""
    population: Population
    counted: dict[str, np.ndarray]
    """For how much each organisation counts in each group, shape (n,): 0 for those outside."""
    fixed: Mapping[str, float] = MappingProxyType({})
    """Parameters that are not drawn."""

    @property
    def title(self) -> str:
        """The series in words."""
        return words_of(self.name)

    @property
    def first(self) -> str:
        """Month of the first point: the start of a run."""
        return self.targets[0].date

    @property
    def groups(self) -> tuple[str, ...]:
        """Who is counted, in the order of the file."""
        return tuple(dict.fromkeys(one.group for one in self.targets))

    def levers(self) -> dict[str, str]:
        """Return the month of the series in which each lever begins: the scenario may be dated by another calendar."""
        before = month_after(self.scenario.conditions.start, -1)
        return {
            lever.name.replace("_", " "): month_after(self.first, months_between(before, lever.start))
            for lever in self.scenario.conditions.levers
            if lever.start
        }

    def of(self, group: str) -> list[Target]:
        """Return the points of one group, in their order."""
        return [one for one in self.targets if one.group == group]

    def seen(self) -> list[int]:
        """Return the places of points that are fitted: all groups' first halves, but for the first month."""
        return [at for at, one in enumerate(self.targets) if one.role == CALIBRATION and one.date != self.first]


def words_of(name: str) -> str:
    """Return the name of a series in words."""
    return {"us": "US", "gp": "GP"}.get(name[:2], name[:2]) + name[2:].replace("_", " ")


@checked
def external(
    out: str | Path | None = None,
    *,
    folder: str | Path | None = None,
    runs: Annotated[int, Whole(120, 100_000, "runs")] = RUNS,
    organisations: Annotated[int, Whole(50, 100_000, "organisations")] = ORGANISATIONS,
    seed: Annotated[int, SMALL_SEED] = 1,
    progress: Progress | None = None,
) -> Result:
    """Foretell the second half of series that nothing was fitted to, beside curves fitted to the same first half.

    Each series of `folder` (None: those that ship) has a scenario with its levers and a population of size classes.
    `runs` of the production kernels draw everything uncertain from its prior; regression-adjusted ABC on the first half
    says which of them the rest is read from, as for forecasts from early origins. Curves are fitted to each group's own
    first half. A series that tells groups apart is run again in a world in which size makes no difference. Returns the
    tables `external` (a row a point of the second half and method, shares) and `gradient` (how much less a group uses
    than all, shares, in both worlds), and writes them with a figure a series to `out`. Raises BadInputError where a
    file says what cannot be.

    >>> print(external())  # doctest: +SKIP
    """
    every = read_external(Path(folder or FOLDER), organisations)
    place = claimed(out, "external series")
    count = counted(progress, "runs")

    worlds, before = sum(2 if len(series.groups) > 1 else 1 for series in every), 0

    def drawn(series: External) -> np.ndarray:
        nonlocal before
        data = runs_of(series, runs, seed, partial(told, before=before))
        before += runs
        return data

    def told(done: int, before: int) -> None:
        if count is not None:
            count(before + done, worlds * runs)

    scores, gaps, fans = [], [], []
    for series in every:
        data = drawn(series)
        draws = foretold(series, data, seed)
        scores += scores_of(series, draws, seed)
        if len(series.groups) > 1:
            level = sizeless(series)
            gaps += gradients_of(series, draws, foretold(level, drawn(level), seed))
        fans.append(fan_of(series, data, draws))
    table, gradient, fan = pd.DataFrame(scores), pd.DataFrame(gaps), pd.concat(fans, ignore_index=True)
    tables = {"external": table, "gradient": gradient, "predictive": fan}
    foot = (
        f"{runs:,} runs of {organisations:,} organisations a series, all that is uncertain drawn from priors; levers,"
        " populations and prices are assumptions (grade D)."
    )
    text = "\n\n".join(part for part in (screen_of(table), verdict_of(table), gradient_words(gradient), foot) if part)
    made = Result(
        text,
        {name: rows_of(part) for name, part in tables.items()},
        tables,
        lambda: external_drawings(every, fan, table, foot),
        record={"runs": runs, "organisations": organisations, "seed": seed, "series": [one.name for one in every]},
        runs=runs * worlds,
    )
    return made if place is None else kept(made, place, "external series")


def usual_place() -> Path:
    """Return the folder that external series are kept in where none was named."""
    return Path("results") / "runs" / f"external-{datetime.now():%Y%m%d-%H%M%S}"


def read_external(folder: Path, organisations: int = ORGANISATIONS) -> tuple[External, ...]:
    """Return the series of a folder, each with its scenario and population; what cannot be is refused in a sentence."""
    points = rows_in(folder / POINTS, "series group date value error discrepancy grade source")
    needed = "series class groups organisations counted staff people setting self_funder_share grade source"
    classes = rows_in(folder / CLASSES, needed)
    names = list(dict.fromkeys(row["series"] for row in points))
    if not names:
        raise BadInputError(f"{folder / POINTS} has no rows: a series has at least two points.")
    return tuple(_series(folder, name, points, classes, organisations) for name in names)


def rows_in(path: Path, columns: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file that has these columns, each with its number in `row`."""
    if not path.is_file():
        raise BadInputError(f"{shown(str(path))} is not a file: external series have {POINTS} and {CLASSES}.")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in columns.split() if name not in (reader.fieldnames or ())]
        if missing:
            raise BadInputError(f"{path} lacks the column {missing[0]}.")
        return [{**row, "row": str(number)} for number, row in enumerate(reader, start=1)]


def number_in(file: str, row: dict[str, str], name: str, low: float, high: float, unit: str = "") -> float:
    """Return a cell as a number within limits, or refuse it."""
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if not low <= value <= high:
        limits = f"it must be a number from {low:,g} to {high:,g} {unit}".rstrip()
        raise BadInputError(f"Row {row['row']} of {file}: {name} is {shown(row[name])}: {limits}.")
    return value


def _series(
    folder: Path, name: str, points: list[dict[str, str]], classes: list[dict[str, str]], organisations: int
) -> External:
    """Return one series, checked."""
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise BadInputError(f"The series {shown(name)} has no scenario: {path} is not a file.")
    scenario = read_scenario(path)
    innovation = find(scenario.innovations)[0]
    targets = _targets(name, [row for row in points if row["series"] == name])
    population, groups = _population(name, [row for row in classes if row["series"] == name], organisations)
    unknown = next((one.group for one in targets if one.group not in groups), None)
    if unknown is not None:
        raise BadInputError(f"{POINTS} counts {shown(unknown)} in {name}: no class of {CLASSES} has this group.")
    months = months_between(targets[0].date, max(one.date for one in targets))
    if scenario.months < months:
        raise BadInputError(f"{path} has {scenario.months} months: the points of {name} span {months} months.")
    return External(name, scenario, innovation, targets, population, groups)


def _targets(name: str, rows: list[dict[str, str]]) -> tuple[Target, ...]:
    """Return the points of a series; the first half of each group is there to be fitted, the rest to be foretold."""
    made = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        dates = [month_text(row["date"]) for row in own]
        if len(dates) < 2 or dates != sorted(set(dates)) or dates[0] != rows[0]["date"]:
            raise BadInputError(
                f"The dates of {group} in {name} are {shown(', '.join(dates))}: they must be two or more, one after"
                f" the other, from {rows[0]['date']} on."
            )
        for at, row in enumerate(own):
            made.append(
                Target(
                    id=f"{name}: {group}, {row['date']}",
                    innovation=name,
                    measure="using_share",
                    group=group,
                    date=row["date"],
                    value=number_in(POINTS, row, "value", 0, 1),
                    error=number_in(POINTS, row, "error", 0.001, 0.5),
                    discrepancy=number_in(POINTS, row, "discrepancy", 0, 0.5),
                    censored=0,
                    role=CALIBRATION if at < -(-len(own) // 2) else VALIDATION,
                    source_id="",
                    population=words_of(name),
                    denominator="providers",
                    definition="in-use",
                    note=row.get("note", ""),
                    source=row["source"],
                    file="",
                )
            )
    return tuple(made)


def _population(name: str, rows: list[dict[str, str]], size: int) -> tuple[Population, dict[str, np.ndarray]]:
    """Return a sample of so many organisations (about) and for how much each counts in each group.

    Classes are sampled in proportion to their numbers, at least LEAST of each; weights make up for it.
    """
    if not rows:
        raise BadInputError(f"{CLASSES} has no class of {name}: a series needs a population of its own.")
    many = [number_in(CLASSES, row, "organisations", 1, 1e7, "organisations") for row in rows]
    counted = [number_in(CLASSES, row, "counted", 0.001, 1e6) for row in rows]
    taken = [max(LEAST, round(size * one / sum(many))) for one in many]
    classes = pd.DataFrame(rows)[["staff", "people", "setting", "self_funder_share"]]
    table = classes.assign(weight=np.divide(many, taken)).loc[np.repeat(np.arange(len(rows)), taken)]
    table["area"] = [f"area {at % AREAS + 1}" for at in range(len(table))]
    table = table.astype({"staff": float, "people": float, "self_funder_share": float})
    population = Population.of(table.reset_index(drop=True))
    counts = np.repeat(counted, taken) * population.weight
    groups = [["all", *(part.strip() for part in row["groups"].split(";"))] for row in rows]
    names = dict.fromkeys(part for parts in groups for part in parts if part)
    return population, {one: np.repeat([one in parts for parts in groups], taken) * counts for one in names}


def runs_of(series: External, runs: int, seed: int, told: Callable[[int], None]) -> np.ndarray:
    """Return what runs with draws from the priors say of every point, shape (runs, points); each has its own seed."""
    axes = axes_of([series.innovation.name])
    values = values_of(axes, np.random.default_rng([seed, 71]).random((runs, len(axes))))
    made = np.empty((runs, len(series.targets)))
    with ThreadPoolExecutor(min(threads(), runs)) as pool:
        waiting = pool.map(lambda at: shares(series, values[at], seed + at), range(runs))
        for at, row in enumerate(waiting):
            made[at] = row
            told(at + 1)
    return made


def shares(series: External, values: dict[str, Any], seed: int) -> np.ndarray:
    """Return what a run says of every point: the share that uses it, each organisation for as much as it counts."""
    inputs = Inputs.of(
        series.scenario, set={**values, "net_entry": 0.0, **series.fixed}, innovations=[series.innovation],
        population=series.population,
    )  # fmt: skip
    prepared = prepare(inputs, seed)
    frame, state, record = prepared.frame, prepared.state, prepared.record
    remember_start(frame, state, record)
    dates, month, using = sorted({one.date for one in series.targets}), 0, {}
    for date in dates:
        later = months_between(series.first, date)
        run_months(frame, state, record, month, later - month)
        using[date], month = state.pairs["sites_in_use"][:, 0] > 0, later
    return np.array([np.average(using[one.date], weights=series.counted[one.group]) for one in series.targets])


def sizeless(series: External) -> External:
    """Return the series in a world in which size makes no difference: everybody pays by person what an organisation of
    average size pays, and large organisations are no abler than small ones.
    """
    of, people = series.innovation.attributes, series.population
    mean = float(np.average(people.people, weights=people.weight))
    by_person = of.setup_person + (of.setup_organisation + of.setup_site) / mean
    attributes = of._replace(setup_organisation=0.0, setup_site=0.0, setup_person=by_person)
    fixed = {"size_capability": 0.0, "size_correlation": 0.0}
    return series._replace(innovation=series.innovation._replace(attributes=attributes), fixed=fixed)


def foretold(series: External, data: np.ndarray, seed: int) -> np.ndarray:
    """Return draws of every point given the first halves, shape (draws, points)."""
    seen = series.seen()
    many = max(3 * (len(seen) + 1), round(KEPT * len(data)))
    known = observed([series.targets[at] for at in seen])
    return foretold_by(data, seen, list(range(data.shape[1])), known, min(many, len(data)), seed)


def scores_of(series: External, draws: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """Return a row a point of the second half and method; a curve needs as many points as it has parameters."""
    rng, rows = np.random.default_rng([seed, 73]), []
    free = sum(axis.fitted for axis in axes_of([series.innovation.name]))
    for at, target in enumerate(series.targets):
        if target.role == CALIBRATION:
            continue
        own = [one._replace(group="all") for one in series.of(target.group)]  # curves ask for nothing else
        fitted = [one for one in own[1:] if one.role == CALIBRATION]
        curve = Series(series.name, "using_share", (own[0].date, own[0].value), tuple(fitted))
        said = with_observation(draws[:, at], target, steps_of(len(draws), rng), rng)
        about = {"series": series.name, "group": target.group}
        rows.append(about | scored(MODEL, target, said, free))
        for name, parameters, made in curve_draws(curve, fitted, target._replace(group="all"), rng):
            rows.append(about | scored(name, target, made, parameters))
    return rows


def gradients_of(series: External, draws: np.ndarray, level: np.ndarray) -> list[dict[str, Any]]:
    """Return a row a group and date: how much less it uses than all, observed and by the model, shares.

    `widens` is the share of draws in which that is larger at its observed height than at the first and the last point,
    `widens_sizeless` the same of `level`, the draws of the world in which size makes no difference.
    """
    rows = []
    for group in series.groups:
        places = [
            (at, whole)
            for at, one in enumerate(series.targets)
            for whole, other in enumerate(series.targets)
            if one.group == group != "all" and other.group == "all" and other.date == one.date
        ]
        if not places:
            continue
        gaps, flat = (np.array([one[:, whole] - one[:, at] for at, whole in places]) for one in (draws, level))
        values = [series.targets[whole].value - series.targets[at].value for at, whole in places]
        top = int(np.argmax(values))
        widens, sizeless_widens = (float(((one[top] > one[0]) & (one[top] > one[-1])).mean()) for one in (gaps, flat))
        quantiles = np.quantile(gaps, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], axis=1).T
        for (at, _), value, (low, middle, high) in zip(places, values, quantiles, strict=True):
            one = series.targets[at]
            rows.append({
                "series": series.name, "group": group, "date": one.date, "fitted": one.role == CALIBRATION,
                "observed": value, "median": middle, "low": low, "high": high, "widens": widens,
                "widens_sizeless": sizeless_widens,
            })  # fmt: skip
    return rows


def fan_of(series: External, data: np.ndarray, draws: np.ndarray) -> pd.DataFrame:
    """Return a row a point: quantiles of the model given the first halves, and of the runs before anything was seen."""
    after = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    before = np.quantile(data, [0.05, 0.5, 0.95], axis=0)
    columns = ["low_90", "low_50", "median", "high_50", "high_90", "prior_low", "prior_median", "prior_high"]
    table = pd.DataFrame(np.vstack([after, before]).T, columns=columns)
    return table.assign(
        series=series.name,
        group=[one.group for one in series.targets],
        date=[one.date for one in series.targets],
        observed=[one.value for one in series.targets],
        fitted=[one.role == CALIBRATION for one in series.targets],
    )


def means_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean CRPS and coverage by series, group and method, in the order of the table."""
    by = table.groupby(["series", "group", "method"], sort=False)
    return by.agg(points=("crps", "size"), crps=("crps", "mean"), inside=("inside", "sum"), error=("error", "mean"))


def screen_of(table: pd.DataFrame) -> str:
    """Return a line a series, group and method."""
    rows = [
        (words_of(str(series)), str(group), str(method), str(row.points), f"{100 * row.crps:.1f}",
         f"{row.inside} of {row.points}", f"{100 * row.error:+.1f}")
        for (series, group, method), row in ((part.Index, part) for part in means_of(table).itertuples())
    ]  # fmt: skip
    return text_table(("series", "group", "said by", "points", "CRPS", "in 90 %", "mean error"), rows)


def verdict_of(table: pd.DataFrame) -> str:
    """Return in words where the model is worse than Bass or the straight line, and in which direction it errs."""
    means, said = means_of(table), []
    for series, group in dict.fromkeys((name, part) for name, part, _ in means.index):
        own = means.loc[(series, group)]
        model, rest = own.loc[MODEL], own.drop(index=MODEL)
        rivals = [f"{name} {100 * rest.loc[name].crps:.1f}" for name in (BASS, LINE) if name in rest.index]
        better = [name for name in (BASS, LINE) if name in rest.index and rest.loc[name].crps < model.crps]
        error = 100 * model.error
        way = "too low" if error < 0 else "too high"
        none = "" if BASS in rest.index else " Bass needs two points beyond the first, and has one."
        place = "worse than " + listed(better) if better else "best"
        said.append(
            f"{capital(words_of(series))}, {group}: the model is {place} (mean CRPS {100 * model.crps:.1f}"
            f" points against {listed(rivals)}), {int(model.inside)} of {int(model.points)} points in its 90 %"
            f" interval, on average {abs(error):.1f} points {way}.{none}"
        )  # fmt: skip
    return "\n".join(said)


def gradient_words(gradient: pd.DataFrame) -> str:
    """Return in words whether the gap between all and a group widens and then narrows, as observed and by the model."""
    said = []
    for (series, group), part in gradient.groupby(["series", "group"], sort=False) if len(gradient) else ():
        rows = part.iloc[[0, int(np.argmax(part["observed"])), len(part) - 1]]
        seen, model = ([f"{100 * value:.0f}" for value in rows[name]] for name in ("observed", "median"))
        said.append(
            f"{capital(words_of(str(series)))}: {group} below all by {listed(seen)} points in"
            f" {listed(date[:4] for date in rows['date'])}; the model says {listed(model)}, and in"
            f" {100 * part['widens'].iloc[0]:.0f} of 100 draws the gap widens and narrows so (chance alone: 33; where"
            f" size makes nothing dearer and nobody abler: {100 * part['widens_sizeless'].iloc[0]:.0f})."
        )
    return "\n".join(said)
