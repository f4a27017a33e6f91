"""Studies of sensitivity: a sample of the uncertain parameters, run under the same seeds at every point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.model.declare import nearest
from carespread.model.extras import needs
from carespread.model.innovations import find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario, refuse_unlike
from carespread.results.figures.drawing import Drawing
from carespread.results.figures.sensitivity import (
    convergence_drawing,
    curves_drawing,
    headline_of,
    heat_drawing,
    number,
    outcome_words,
    plane_drawing,
    ranking_drawing,
    settling,
)
from carespread.results.statistics.indices import DUMMY
from carespread.results.statistics.outcomes import at_date
from carespread.results.statistics.sensitivity import DECIDES, METHODS, Analysis, Layout, analysed
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.query import run_values
from carespread.results.store.summary import text_table
from carespread.results.store.tables import OF_A_RUN, units_of_runs
from carespread.results.words import plain

from .design import Design
from .experiment import Execution, Experiment, run_experiment
from .factors import Factor, factors_of
from .limits import LEADING, MONTHS, PROVIDERS, SEED, SEEDS_A_POINT, WORKERS, checked
from .limits import SAMPLES as SIZES
from .points import Point
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .run import described
from .sampling import checked_samples, layout_of
from .store import Progress, claimed, workspace

SAMPLES = {"oat": 1, "morris": 20, "sobol": 512, "pawn": 1000, "emulator": 512}
"""Trajectories, base samples or points, if nothing else is asked for."""
REPLICATIONS = {"oat": 10, "morris": 10, "sobol": 5, "pawn": 2, "emulator": 4}
PROVIDERS_OF_A_RUN = 1000
TOP = 10
"""Parameters that are left for Sobol after a screening."""
OUTCOMES = (
    "using_share_all", "scaled_share_all", "kept_share_all", "outcome_all", "cost_total_all", "small_provider_gap_all",
    "half_time_all", "misimplementation_all",
)  # fmt: skip
"""Spread, scale, sustainment, benefit, cost, equity, pace and error: what a study looks at beside what it is asked."""


TREATED = {
    "morris": "and that was taken off",
    "sobol": "and that was taken off",
    "pawn": "but PAWN looks at whole distributions of single runs, chance included",
    "emulator": "and the emulator takes it for noise",
}
"""What a method does about chance."""
Varied = Mapping[str, Literal["prior"] | tuple[float, float]]
"""What is varied over its prior or over a range, by name."""


class Study(NamedTuple):
    """What is varied, where, and the runs that it takes."""

    method: str
    factors: tuple[Factor, ...]
    layout: Layout
    experiment: Experiment
    against: bool
    """Whether outcomes are differences from a second scenario with common random numbers."""
    asked: tuple[str, ...]
    """Columns of runs.parquet that were asked for by name."""
    outcomes: tuple[str, ...]
    """All columns that are analysed, those asked for first."""
    units: dict[str, str]


def study_of(
    method: str,
    scenario: str,
    *,
    against: str | None = None,
    names: Sequence[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    changes: Mapping[str, Any] | None = None,
    outcomes: Sequence[str] = (),
    samples: int | None = None,
    replications: int | None = None,
    providers: int = PROVIDERS_OF_A_RUN,
    months: int | None = None,
    seed: int = 1,
    innovations: Sequence[str] = (),
    second: bool = False,
    by_group: bool = False,
    fitted: Fitted | None = None,
) -> Study:
    """Return a study, checked before any work starts.

    `names` and `ranges` are what is varied (everything uncertain if neither is given), `changes` what has one value.
    What was `fitted` moves over the margin of its posterior, or stands at its median where it is not varied.
    Raises BadInputError on unknown outcomes and parameters, sample sizes that the method cannot use, and scenarios
    that cannot be paired.
    """
    if method not in METHODS:
        raise BadInputError(f"Unknown method {method!r}: {nearest(method, METHODS)}")
    size = checked_samples(method, SAMPLES[method] if samples is None else samples)
    scenarios = [read_scenario(name) for name in (scenario, against) if name is not None]
    first = scenarios[0]
    fixed = dict(changes or {})
    length = first.months if months is None else months
    if against is not None:
        if scenarios[0].name == scenarios[1].name:
            raise BadInputError(
                f"The scenario {first.name!r} is compared with itself: name another one with --against."
            )
        refuse_unlike(scenarios, months)
    taken = [*fixed, *(name for one in scenarios for name in one.changes)]
    own = [one.name for one in find(innovations or first.innovations)]
    factors = factors_of(names, ranges, taken, fitted, own)
    if fitted is not None:
        varied = {member for factor in factors for member in factor.members}
        fixed = fitted.changes(fitted.middle(), own, {*taken, *varied}) | fixed
    layout, values = layout_of(method, factors, size, seed, second, by_group)
    columns, dates = zip(*(dated(one) for one in outcomes), strict=True) if outcomes else ((), ())
    design = Design(
        path=Path(first.name),
        question=f"What drives what {first.name.replace('_', ' ')} comes to?",
        scenarios=tuple(scenarios),
        providers=providers,
        months=length,
        replications=REPLICATIONS[method] if replications is None else replications,
        seed=seed,
        samples=len(values),
        parameters={factor.name: "varied" for factor in factors},
        innovations=tuple(innovations) or first.innovations,
        groups=(),
        text="",
        dates=tuple(sorted({date for date in dates if date})),
        theory=any(one in {f"{name}_all" for name in OF_THEORY} for one in columns),
        monthly=False,
    )
    points = []
    for one in scenarios:
        width = len(str(len(values) - 1))
        points += [Point(f"{one.name}-{at:0{width}d}", one, {**fixed, **row}) for at, row in enumerate(values)]
        # seeds that no other point uses
        elsewhere = seed + design.replications
        points += [
            Point(f"{one.name}-{at:0{width}d}-dummy", one, {**fixed, **values[at]}, elsewhere) for at in layout.dummies
        ]
    experiment = Experiment(design, points)
    plan = described(experiment.plan(0), started=None)  # type: ignore[arg-type]
    units = {name: unit for name, unit in units_of_runs(plan).items() if name not in OF_A_RUN}
    for name in columns:
        if name not in units:
            raise BadInputError(f"Unknown outcome {name!r}: {near_outcome(name, units)}")
    every = tuple(dict.fromkeys([*columns, *OUTCOMES]))
    return Study(method, factors, layout, experiment, against is not None, tuple(columns), every, units)


def near_outcome(name: str, known: Mapping[str, str]) -> str:
    """Return the end of a refusal: the nearest column, or a few of the many."""
    said = nearest(name, known)
    return said if said.startswith("did") else f"name a column of runs.parquet, such as {', '.join(OUTCOMES[:4])}."


def dated(outcome: str) -> tuple[str, str]:
    """Return the column of an outcome and its date: using_share_dscr@2028-12 is a share at a date."""
    name, at, date = outcome.partition("@")
    return (at_date(name, date), date) if at else (name, "")


def measured(study: Study, folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Return every outcome as arrays (points, K) and of the dummies, (dummies, K) or None.

    Raises BadInputError where an outcome that was asked for holds a NaN or never varies: SALib would return zeros and
    say nothing. Others that do are left out.
    """
    every = run_values(folder, [point.name for point in study.experiment.points], study.outcomes)
    found = {}
    for place, outcome in enumerate(study.outcomes):
        values = every[:, :, place]
        if study.against:
            half = len(values) // 2
            values = values[:half] - values[half:]
        problem = trouble(values)
        if problem is not None:
            if outcome in study.asked:
                raise BadInputError(f"The outcome {outcome} {problem}: it has no sensitivity.{advice(outcome)}")
            continue
        points = len(study.layout.inputs)
        found[outcome] = (values[:points], values[points:] if len(study.layout.dummies) else None)
    return found


def trouble(values: np.ndarray) -> str | None:
    """Return why an outcome cannot be analysed, None where it can."""
    missing = int(np.isnan(values).sum())
    if missing:
        return f"is empty in {missing:,} of {values.size:,} runs"
    if np.ptp(values) == 0:
        return f"is {values.flat[0]:g} in all {values.size:,} runs"
    return None


def advice(outcome: str) -> str:
    """Return what can be asked for in place of an outcome that is often empty."""
    return (
        " Ask for half_time_all, which counts whole runs where it is never reached." if "months_to" in outcome else ""
    )


@checked
def sensitivity(
    scenario: str | Path = "central",
    *,
    method: str = "morris",
    outcomes: Sequence[str] | None = None,
    parameters: Varied | Sequence[str] | None = None,
    samples: Annotated[int | None, SIZES] = None,
    replications: Annotated[int | None, SEEDS_A_POINT] = None,
    against: str | Path | None = None,
    set: Mapping[str, Any] | None = None,
    top: Annotated[int | None, LEADING] = None,
    second: bool = False,
    by_group: bool = False,
    innovations: Sequence[str] | None = None,
    providers: Annotated[int | str, PROVIDERS] = PROVIDERS_OF_A_RUN,
    months: Annotated[int | None, MONTHS] = None,
    seed: Annotated[int, SEED] = 1,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Find which uncertain numbers matter.

    Parameters
    ----------
    method : oat, morris, sobol, pawn or emulator; sobol screens by Morris first where no parameter is named.
    outcomes : columns of runs.parquet, or such as using_share_dscr@2028-12; the usual eight are always added.
    parameters : names, or {name: (low, high)} or {name: "prior"}; None is all that is uncertain.
    samples, replications : sizes of the sample and seeds at each point; None is what the method usually has.
    against : study the difference from this scenario.
    top : parameters that the screening leaves for sobol.
    out : folder to make; None writes nothing. With `resume` it goes on with what is kept there.

    Returns the tables `indices`, `stochastic_variation`, `points` and, as the method has them, `dispersion`,
    `convergence`, `second_order` and `curves`. Raises BadInputError on unknown outcomes and parameters, and
    samples that the method cannot use.

    >>> sensitivity(parameters=["imitation", "trust"], samples=4, providers=100, months=12)  # doctest: +SKIP
    """
    needs("SALib", "sensitivity")
    names, ranges = varied_over(parameters)
    asked = read_scenario(str(scenario))
    fitted, grounds = asked_posterior(posterior, prior, innovations or asked.innovations)
    settings: dict[str, Any] = {
        "against": None if against is None else str(against),
        "changes": set,
        "outcomes": outcomes or (),
        "providers": checked_size(providers),
        "months": months,
        "seed": seed,
        "innovations": innovations or (),
        "fitted": fitted,
    }
    screened = method == "sobol" and not parameters and not by_group
    if top is not None and not screened:
        raise BadInputError("--top chooses parameters for --method sobol where none is named: leave out one of them.")
    own = {**settings, "samples": samples, "replications": replications, "second": second, "by_group": by_group}
    study = study_of(method, str(scenario), names=names, ranges=ranges, **own)  # refused before any work starts
    first = study_of("morris", str(scenario), **settings) if screened else study
    folder, execution = claimed(out, "sensitivity", resume), Execution(workers, cluster, progress)
    with workspace(folder, "sensitivity", {"screening/runs" if screened else "runs": first.experiment}) as place:
        if screened:
            found = made(first, place / "screening", execution)
            kept(result_of(first, found), place / "screening", "sensitivity", exact=("stochastic_variation", "points"))
            leading = found[0].table["parameter"]
            names = list(leading[leading != DUMMY][: top or TOP])
            if progress is not None:
                progress(f"Screened by Morris: {', '.join(plain(name) for name in names)} go on to Sobol.")
            study = study_of(method, str(scenario), names=names, **own)
        result = result_of(study, made(study, place, execution), grounds)
        return (
            result if folder is None else kept(result, folder, "sensitivity", exact=("stochastic_variation", "points"))
        )


def varied_over(parameters: Varied | Sequence[str] | None) -> tuple[list[str], dict[str, tuple[float, float]]]:
    """Return what is varied over its prior, and what over a range; a name that stands twice is refused."""
    if parameters is None or isinstance(parameters, Mapping):
        each = dict(parameters or {})
        names = [name for name, over in each.items() if over == "prior"]
        return names, {name: (float(over[0]), float(over[1])) for name, over in each.items() if over != "prior"}
    twice = next((name for name in parameters if list(parameters).count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"parameters names {twice} twice: once is enough.")
    return list(parameters), {}


def made(study: Study, folder: Path, execution: Execution) -> list[Analysis]:
    """Return the analyses of a study whose runs are made, or gone on with."""
    run_experiment(study.experiment, folder / "runs", True, execution, summed_up=False)
    found = measured(study, folder / "runs")
    analyses = []
    for done, (outcome, (values, dummy)) in enumerate(found.items(), 1):
        analyses.append(analysed(outcome, study.layout, values, dummy))
        if execution.progress is not None:
            execution.progress("outcomes", done, len(found))
    if not analyses:
        raise BadInputError("No outcome varies, or all hold runs without a number: there is nothing to analyse.")
    return analyses


def foot_of(study: Study) -> str:
    """Return how the runs of a study were made."""
    design = study.experiment.design
    names = " against ".join(one.name for one in design.scenarios)
    many = sum(bool(factor.fitted or factor.own) for factor in study.factors)
    # their correlations are left out: methods that share out a variance want inputs that are independent
    within = (
        f" ({many} within the posterior fitted to published series, each by itself)" if many else " (nothing fitted)"
    )
    return (
        f"{study.experiment.runs:,} runs: {len(study.experiment.points):,} points x {design.replications} seeds, the"
        f" same at every point; {design.providers:,} organisations, {design.months} months, scenario {names}."
        f" {len(study.factors)} uncertain inputs over their priors or ranges{within}, all else at its default."
    )


def words_of(study: Study, analysis: Analysis) -> str:
    """Return what an analysis says, in one paragraph."""
    table = analysis.table[analysis.table["parameter"] != DUMMY]
    clear, measure = table[table["told_apart"]], DECIDES[study.method]
    parts = [headline_of(analysis) + "."]
    if len(clear):
        leading = ", ".join(f"{plain(row.parameter)} {number(getattr(row, measure))}" for row in clear[:5].itertuples())
        parts.append(f"Largest ({measure}): {leading}.")
    parts.append(f"{len(clear)} of {len(table)} are told apart from noise; the others may still matter a little.")
    if study.method in ("sobol", "emulator") and len(clear):
        alone, whole_share = float(table["S1"].sum()), float(table["ST"].max())
        parts.append(
            f"First-order shares add to {alone:.2f}: the rest is interaction. The largest total is {whole_share:.2f}."
        )
    if not math.isnan(analysis.noise.runs):
        parts.append(
            f"Of the variance of single runs {100 * analysis.noise.runs:.0f} % is chance; of the means analysed"
            f" {100 * analysis.noise.means:.1f} %, {TREATED[study.method]}."
        )
    if analysis.emulator is not None:
        other = ", ".join(f"{name} {share:.2f}" for name, share in analysis.emulator.others.items())
        parts.append(
            f"These are indices of an emulator ({analysis.emulator.kind}) that predicts"
            f" {100 * analysis.emulator.q2:.0f} % of the variance of points it has not seen"
            f" (error {number(analysis.emulator.error)}; {other})."
        )
        if analysis.emulator.q2 < 0.7:
            parts.append("Warning: the emulator misses much of the variance; run the model itself.")
    if len(analysis.convergence):
        settled, moved = settling(analysis, study.method)
        if not settled:
            parts.append(
                f"Warning: the indices are not settled (the last step of the sample moved one by {number(moved)}):"
                " ask for more --samples."
            )
    return " ".join(parts)


def screen_of(study: Study, analysis: Analysis) -> str:
    """Return the strongest parameters as a table."""
    measure = DECIDES[study.method]
    extra = {"sobol": ["S1"], "emulator": ["S1"], "morris": ["sigma"]}.get(study.method, [])
    last = analysis.table["parameter"] == DUMMY
    rows = []
    for row in pd.concat([analysis.table[~last][:12], analysis.table[last]]).to_dict("records"):
        interval = f"({number(row[f'{measure}_low'])} to {number(row[f'{measure}_high'])})"
        rows.append((plain(row["parameter"]), number(row[measure]), interval, *(number(row[one]) for one in extra),
                     "yes" if row["told_apart"] else "no"))  # fmt: skip
    head = ("parameter", measure, "(95 %)", *extra, "told apart")
    unit = study.units[analysis.outcome]
    title = f"{outcome_words(analysis.outcome)} ({unit})\n{METHODS[study.method]}"
    return f"{title}\n\n{text_table(head, rows)}\n\n{foot_of(study)}"


def drawings_of(study: Study, analyses: Sequence[Analysis]) -> list[Drawing]:
    """Return the figures: for each outcome that was asked for (or the first), and all outcomes together."""
    foot = foot_of(study)
    main = [one for one in analyses if one.outcome in study.asked] or list(analyses[:1])
    drawings = []
    for one in main:
        unit = study.units[one.outcome]
        drawings.append(ranking_drawing(one, study.method, unit, foot))
        if study.method == "morris":
            drawings.append(plane_drawing(one, unit, foot))
        if study.method == "oat":
            drawings.append(curves_drawing(one, unit, foot))
        if len(one.convergence):
            drawings.append(convergence_drawing(one, study.method, foot))
    return [*drawings, heat_drawing(list(analyses), study.method, foot)]


def result_of(study: Study, analyses: Sequence[Analysis], grounds: str = "") -> Result:
    """Return the tables of all outcomes, the figures, the paragraph and the record."""
    parts = {
        "indices": [(one.outcome, one.table) for one in analyses],
        "dispersion": [(one.outcome, one.dispersion) for one in analyses if len(one.dispersion)],
        "convergence": [(one.outcome, one.convergence) for one in analyses if len(one.convergence)],
        "second_order": [(one.outcome, one.second) for one in analyses if len(one.second)],
        "curves": [(one.outcome, one.curves) for one in analyses if len(one.curves)],
    }
    tables = {}
    for name, each in parts.items():
        if each:
            together = pd.concat([table.assign(outcome=outcome) for outcome, table in each], ignore_index=True)
            tables[name] = together[["outcome", *(one for one in together.columns if one != "outcome")]]
    tables["stochastic_variation"] = pd.DataFrame(
        [(one.outcome, one.noise.runs, one.noise.means) for one in analyses],
        columns=["outcome", "stochastic_share_of_runs", "stochastic_share_of_means"],
    )
    tables["points"] = study.layout.inputs.rename_axis("point").reset_index()
    design, says = study.experiment.design, words_of(study, analyses[0])
    varied = {
        one.name: {
            "members": one.members,
            "over": "posterior" if one.fitted or one.own else str(one.over),
            "submodel": one.group,
        }
        for one in study.factors
    }
    return Result(
        f"{screen_of(study, analyses[0])}\n\n{says}\n{grounds}",
        {"says": says, "outcomes": {one.outcome: rows_of(one.table) for one in analyses}},
        tables,
        lambda: drawings_of(study, analyses),
        {"summary.txt": says},
        {
            "method": study.method,
            "scenarios": [one.name for one in design.scenarios],
            "against": study.against,
            "varied": varied,
            "samples": study.layout.samples,
            "replications": design.replications,
            "runs": study.experiment.runs,
            "seed": design.seed,
            "outcomes": {one.outcome: study.units[one.outcome] for one in analyses},
        },
    )
