"""Compares scenarios with a baseline: run by run with common random numbers, over chance, parameters and structures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.model.claims import CLAIMS, MOVING
from carespread.model.extras import needs
from carespread.model.innovations import Own, find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import Scenario, read_scenario, refuse_unlike
from carespread.results.figures.drawing import Drawing
from carespread.results.statistics.comparison import Compared, compared
from carespread.results.store.summary import text_table

from .compositions import taken_away
from .design import Design
from .experiment import Execution, Experiment, run_experiment
from .factors import uncertain
from .limits import DRAWS, PAIRS, PROVIDERS, SEED, WORKERS, WORTH, checked
from .points import Point, points_of
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .store import Progress, claimed, workspace

REPLICATIONS = 40
SAMPLES, A_POINT = 96, 2
"""Points drawn over the priors, and replications of each."""
A_STRUCTURE = 6
"""Replications of each structure."""
MOST_NAMED = 6
"""Scenarios that a question names one by one."""
AS_IT_IS = "as it is"
RIVAL = {"success_bias": 1.0}


class Comparison(NamedTuple):
    """What is compared, and the experiments that it takes."""

    baseline: Scenario
    scenarios: tuple[Scenario, ...]
    """The baseline first."""
    experiments: dict[str, Experiment]
    """By part: chance alone, parameters over their priors, structures."""
    points: tuple[dict[str, float], ...]
    """Values drawn for the uncertain parameters, point by point."""
    structures: dict[str, dict[str, Any]]
    """What each structure changes, by its name."""


def comparison_of(
    baseline: str,
    others: list[str],
    *,
    replications: int = REPLICATIONS,
    providers: int = 2000,
    samples: int = SAMPLES,
    seed: int = 1,
    months: int | None = None,
    innovations: tuple[str, ...] = (),
    structural: bool = True,
    fitted: Fitted | None = None,
) -> Comparison:
    """Return a comparison, checked; `samples` 0 leaves out parameters, `structural` False the structures.

    What was `fitted` has its posterior median where only chance or the structure differs, and a draw of the posterior
    at each point over the parameters, in place of its prior.

    Raises BadInputError where a scenario is named twice, or begins or ends at another time than the baseline.
    """
    scenarios = [read_scenario(name) for name in (baseline, *others)]
    first = scenarios[0]
    names = [one.name for one in scenarios]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"The scenario {twice!r} was named twice: a scenario is compared with another.")
    if len(scenarios) < 2:
        raise BadInputError("Nothing to compare: name the baseline and at least one scenario.")
    refuse_unlike(scenarios, months)
    length = first.months if months is None else months
    settings: dict[str, Any] = dict(
        path=Path(first.name),
        question=question_of(names),
        scenarios=tuple(scenarios),
        providers=providers,
        months=length,
        seed=seed,
        innovations=innovations or first.innovations,
        groups=(),
        text="",
    )
    names_of = [one.name for one in find(innovations or first.innovations)]

    def settled(scenario: Scenario) -> dict[str, float]:
        return {} if fitted is None else fitted.changes(fitted.middle(), names_of, scenario.changes)

    design = Design(replications=replications, samples=1, parameters={}, **settings)
    experiments = {"pairs": Experiment(design, [Point(one.name, one, settled(one)) for one in scenarios])}
    drawn: tuple[dict[str, float], ...] = ()
    structures = structures_of() if structural else {}
    if samples:
        # what a scenario sets is what it is about: no draw takes its place
        theirs = {name for scenario in scenarios for name in scenario.changes}
        priors: dict[str, Any] = {name: "prior" for name in uncertain() if name not in theirs}
        design = Design(replications=A_POINT, samples=samples, parameters=priors, **settings)
        points, drawn = drawn_points(points_of(design), samples, fitted, names_of, theirs)
        experiments["parameters"] = Experiment(design, points)
    if structures:
        design = Design(replications=A_STRUCTURE, samples=1, parameters={}, **settings)
        points = [
            Point(f"{scenario.name}|{name}", scenario, settled(scenario) | changes)
            for scenario in scenarios
            for name, changes in structures.items()
        ]
        experiments["structures"] = Experiment(design, points)
    return Comparison(first, tuple(scenarios), experiments, drawn, structures)


def drawn_points(
    points: list[Point], samples: int, fitted: Fitted | None, innovations: list[str], taken: set[str]
) -> tuple[list[Point], tuple[dict[str, float], ...]]:
    """Return points with draws of the posterior in place of priors, and what differs between the first `samples`."""
    if fitted is None:
        return points, tuple(point.values for point in points[:samples])
    rows = np.random.default_rng(samples).integers(len(fitted.draws), size=samples)
    # where every innovation has its own number, the sector's moves nothing
    idle = {name for name in Own._fields if all(f"{one}.{name}" in fitted.names for one in innovations)}
    made, differs = [], []
    for at, point in enumerate(points):
        draw = fitted.changes(fitted.draws[rows[at % samples]], innovations, taken)
        made.append(point._replace(values={**point.values, **draw}))
        differs.append({name: value for name, value in made[-1].values.items() if name not in idle})
    return made, tuple(differs[:samples])


def structures_of() -> dict[str, dict[str, Any]]:
    """Return what each structure changes: each claim's mechanism off (or on, where it is off), and the rivals."""
    made: dict[str, dict[str, Any]] = {AS_IT_IS: {}}
    for claim in CLAIMS:
        if not claim.on:
            made[f"without {claim.name}: {claim.says.removeprefix('... ')}"] = taken_away(claim.off)
    made["with origination by staff (C2, C19)"] = {"origination": True}
    made["movement with feedback"] = dict(MOVING)
    made["rival: success bias"] = dict(RIVAL)
    return made


def question_of(names: list[str]) -> str:
    """Return the question that a comparison asks."""
    words = [name.removeprefix("lever_").replace("_", " ") for name in names[1:]]
    if len(words) == 1:
        return f"What does {words[0]} change?"
    if len(words) > MOST_NAMED:
        return f"Which of {len(words)} scenarios does most?"
    return f"Which does most: {', '.join(words[:-1])} or {words[-1]}?"


@checked
def compare(
    baseline: str | Path,
    scenarios: Sequence[str | Path],
    *,
    replications: Annotated[int, PAIRS] = REPLICATIONS,
    providers: Annotated[int | str, PROVIDERS] = 2000,
    samples: Annotated[int, DRAWS] = SAMPLES,
    seed: Annotated[int, SEED] = 1,
    worth: Annotated[float, WORTH] = 1000.0,
    structures: bool = True,
    innovations: Sequence[str] | None = None,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Compare scenarios with a baseline, run by run with common random numbers.

    Parameters
    ----------
    baseline, scenarios : names or files.
    replications : pairs of runs.
    providers : organisations of each run, or "all".
    samples : points drawn over the priors of the parameters, 0 for none.
    worth : GBP that a person-month of full benefit is worth.
    structures : whether to take away each mechanism in turn.
    out : folder to make; None writes nothing. With `resume` it goes on with what is kept there.

    Returns the tables `ranking` (a row a scenario, net benefit first), `differences`, `draws`, `acceptability`,
    `equity`, `structures`, `information` and `sources`. Raises BadInputError where scenarios cannot be paired.

    >>> made = compare("central", ["lever_grant"], replications=4, samples=0, structures=False)  # doctest: +SKIP
    >>> made.tables["ranking"]  # doctest: +SKIP
    """
    needs("scikit-learn", "compare")
    fitted, grounds = asked_posterior(posterior, prior, innovations or read_scenario(str(baseline)).innovations)
    comparison = comparison_of(
        str(baseline),
        [str(one) for one in scenarios],
        replications=replications,
        providers=checked_size(providers),
        samples=samples,
        seed=seed,
        innovations=tuple(innovations or ()),
        structural=structures,
        fitted=fitted,
    )
    folder = claimed(out, "compare", resume)
    with workspace(folder, "compare", comparison.experiments) as place:
        failed = 0
        for part, experiment in comparison.experiments.items():
            receipts = run_experiment(experiment, place / part, True, Execution(workers, cluster, progress), False)
            failed += sum(receipt.failed for receipt in receipts.values())
        made = tables_of(comparison, place, worth)
    result = result_of(comparison, made, grounds, failed)
    tables = dict(result.tables)
    return result if folder is None else kept(result, folder, "compare", exact=tables, parquet=tables)


def result_of(comparison: Comparison, made: Compared, grounds: str, failed: int) -> Result:
    """Return what a comparison came to: tables, figures, the briefing and the record."""
    from carespread.results.briefing import briefing

    names = ("differences", "ranking", "draws", "acceptability", "equity", "structures", "information", "sources")
    tables = {name: table for name in names if len(table := getattr(made, name))}
    about = about_of(comparison, foot_of(comparison, grounds), grounds)
    parts = {part: experiment.runs for part, experiment in comparison.experiments.items()}
    return Result(
        screen_of(comparison, made, grounds),
        rows_of(made.ranking),
        tables,
        lambda: drawings_of(comparison, made, about["foot"]),
        {"briefing.html": lambda figures, words: briefing(made, about, figures, dict(words))},
        {"worth": made.worth, **about, "parts": parts, "structures": comparison.structures},
        runs=sum(parts.values()),
        failed=failed,
    )


def drawings_of(comparison: Comparison, made: Compared, foot: str) -> list[Drawing]:
    """Return the figures: what is gained, at what cost, who is left behind, and when the order turns."""
    from carespread.results.figures.comparison import behind_drawing, flips_drawing, gained_drawing, plane_drawing

    drawings = [gained_drawing(made, foot), plane_drawing(made, foot)]
    for one in comparison.experiments["pairs"].plan(0).innovations:
        drawings.append(behind_drawing(made, one.name, one.file.title[:1].upper() + one.file.title[1:], foot))
    return [*drawings, flips_drawing(made, foot)] if len(made.structures) else drawings


def tables_of(comparison: Comparison, folder: Path, worth: float) -> Compared:
    """Return the tables of a comparison whose runs are kept."""
    names = [scenario.name for scenario in comparison.scenarios]
    belongs = {}
    for part, experiment in comparison.experiments.items():
        keys: dict[str, Callable[[Point, int], str | int]] = {
            "pairs": lambda point, at: "pairs",
            "parameters": lambda point, at: at % len(comparison.points),
            "structures": lambda point, at: point.name.partition("|")[2],
        }
        belongs[part] = pd.DataFrame(
            [(point.name, point.scenario.name, keys[part](point, at)) for at, point in enumerate(experiment.points)],
            columns=["design", "scenario", "key"],
        )
    innovations = {one.name: one.file for one in comparison.experiments["pairs"].plan(0).innovations}
    return compared(folder, names, innovations, belongs, comparison.points, worth)


def foot_of(comparison: Comparison, grounds: str) -> str:
    """Return how the runs of a comparison were made."""
    design = comparison.experiments["pairs"].design
    parts = [f"{design.replications} pairs of {design.providers:,} organisations, {design.months} months"]
    if "parameters" in comparison.experiments:
        parts.append(f"{len(comparison.points)} draws of the parameters x {A_POINT} runs")
    if comparison.structures:
        parts.append(f"{len(comparison.structures)} structures x {A_STRUCTURE} runs")
    return "; ".join(parts) + f". {grounds} Lever strengths and unit costs are assumptions."


def about_of(comparison: Comparison, foot: str, grounds: str) -> dict[str, Any]:
    """Return what a briefing says of the comparison itself."""
    design = comparison.experiments["pairs"].design
    return {
        "question": design.question,
        "scenarios": {one.name: one.question for one in comparison.scenarios},
        "start": comparison.baseline.conditions.start,
        "months": design.months,
        "providers": design.providers,
        "replications": design.replications,
        "draws": len(comparison.points),
        "structures": len(comparison.structures),
        "innovations": {one.name: one.file.title for one in comparison.experiments["pairs"].plan(0).innovations},
        "foot": foot,
        "grounds": grounds,
    }


def screen_of(comparison: Comparison, made: Compared, grounds: str) -> str:
    """Return the ranking as a short table, and what it rests on."""
    rows = []
    for row in made.ranking.itertuples():
        rows.append(
            (
                row.scenario,
                f"{row.extra_users:+,.0f}",
                f"{row.extra_outcome:+,.0f}",
                f"({row.extra_outcome_low:+,.0f} to {row.extra_outcome_high:+,.0f})",
                f"{row.extra_cost_public / 1e6:,.1f}",
                f"{row.extra_cost / 1e6:,.1f}",
                "" if math.isnan(row.cost_per_outcome) else f"{row.cost_per_outcome:,.0f}",
                f"{100 * row.chance_best:.0f} %",
            )
        )
    head = ("scenario", "extra uses", "extra benefit", "(95 % of pairs)", "public GBP m", "total GBP m",
            "GBP a person-month", "best in")  # fmt: skip
    saved = made.differences[(made.differences["outcome"] == "outcome") & (made.differences["innovation"] == "all")]
    fewer = saved["runs_saved"].median()
    needed = saved["pairs_for_a_tenth"].max()
    says = [
        comparison.experiments["pairs"].design.question,
        "",
        text_table(head, rows),
        "",
        f"In the order of net benefit at GBP {made.worth:,.0f} a person-month. {foot_of(comparison, grounds)}",
        f"Common random numbers saved {fewer:.0f} times the runs of independent seeds (median of scenarios);"
        + (f" {needed:,.0f} pairs give every benefit to a tenth of itself." if not math.isnan(needed) else ""),
    ]
    return "\n".join(says)
