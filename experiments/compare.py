"""Compares scenarios with a baseline: run by run with common random numbers, over chance, parameters and structures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError, Policy
from carespread.model.claims import CLAIMS, MOVING
from carespread.model.conditions import Lever
from carespread.model.extras import needs
from carespread.model.innovations import Own, find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import Scenario, read_scenario, refuse_unlike
from carespread.model.simulate import Prepared, prepare
from carespread.model.state import WEIGHT
from carespread.results.figures.drawing import Drawing
from carespread.results.money import assumed_words, costs_words, headline_of, needs_words, table_of, weights_words
from carespread.results.statistics.appraisal import (
    BENEFIT_RATE,
    COST_RATE,
    OPTIMISM_BIAS,
    Assumptions,
)
from carespread.results.statistics.appraisal import (
    distributional_weight as weight_of,
)
from carespread.results.statistics.comparison import Chance, Compared, Settled, compared
from carespread.results.words import capital, innovation_words, listed, plain

from .compositions import taken_away
from .design import Design
from .experiment import Execution, Experiment, run_experiment
from .factors import uncertain
from .limits import (
    DELAY,
    DRAWS,
    INCOME,
    PAIRS,
    PROVIDERS,
    RATE,
    SEED,
    SHARE,
    TAKE_UP,
    WORKERS,
    WORTH,
    checked,
)
from .limits import (
    WEIGHT as WEIGHTS,
)
from .points import Point, points_of
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .run import Plan, inputs_of
from .store import Progress, claimed, workspace

REPLICATIONS = 10
SAMPLES, A_POINT = 64, 2
"""Points drawn over the priors, and replications of each."""
A_STRUCTURE = 3
"""Replications of each structure: together they tell how much pairs vary."""
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
    fitted: bool = False
    """Whether draws are those of a fit."""


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
        # each draw has seeds of its own, the same under every scenario: else all would share the chance of two runs
        points = [one._replace(seed=seed + A_POINT * (at % samples)) for at, one in enumerate(points)]
        experiments["parameters"] = Experiment(design, points)
    if structures:
        design = Design(replications=A_STRUCTURE, samples=1, parameters={}, **settings)
        points = [
            Point(f"{scenario.name}|{name}", scenario, settled(scenario) | changes)
            for scenario in scenarios
            for name, changes in structures.items()
        ]
        experiments["structures"] = Experiment(design, points)
    return Comparison(first, tuple(scenarios), experiments, drawn, structures, fitted is not None)


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
    worth: Annotated[float | None, WORTH] = None,
    discount_rate: Annotated[float, RATE] = COST_RATE,
    benefit_rate: Annotated[float, RATE] = BENEFIT_RATE,
    optimism_bias: Annotated[float, SHARE] = OPTIMISM_BIAS,
    take_up: Annotated[float | tuple[float, float], TAKE_UP] = 1.0,
    delay: Annotated[int | tuple[int, int], DELAY] = 0,
    distributional_weight: Annotated[float | None, WEIGHTS] = None,
    relative_income: Annotated[float | None, INCOME] = None,
    structures: bool = True,
    analyst: str | None = None,
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
    replications : pairs of runs at one set of numbers, which show chance alone.
    providers : organisations of each run, or "all".
    samples : draws of the uncertain numbers, from which every figure comes; 0 for none.
    worth : GBP that a person-month of full benefit is worth. Without one the order is by what each scenario needs to
        break even, and no verdict hangs on it.
    discount_rate, benefit_rate : of costs, and of benefits, 1/year.
    optimism_bias : share added to the cost of programmes; money that is handed on to providers stays as it is.
    take_up, delay : share of the runs' effect and cost that comes about; whole years by which benefits come later. Two
        numbers are a range, from which every draw has its own (uniform), the same for every scenario.
    distributional_weight, relative_income : weight of benefits, or the income of those who benefit as a share of the
        middle one, which gives the Green Book's weight; weighted figures stand beside the unweighted.
    structures : whether to take away each mechanism in turn.
    analyst : who answers for it, as the briefing says.
    out : folder to make; None writes nothing. With `resume` it goes on with what is kept there.

    Returns the tables `ranking` (a row a scenario, the baseline among them: what is gained, who pays, cost per unit,
    what it needs to break even; present values), `differences`, `draws`, `acceptability`, `equity`, `structures`,
    `information`, `sources` and `accounts`. Raises BadInputError where scenarios cannot be paired.

    >>> made = compare("central", ["lever_grant"], replications=4, samples=0, structures=False)  # doctest: +SKIP
    >>> made.tables["ranking"]  # doctest: +SKIP
    """
    needs("scikit-learn", "compare")
    weight = chosen_weight(distributional_weight, relative_income)
    assumed = Assumptions(discount_rate, benefit_rate, optimism_bias, take_up, delay, weight)
    if assumed.ranges and not samples:
        name = plain(assumed.ranges[0]).replace(" ", "-")
        raise BadInputError(f"The {name} is a range, and samples is 0: a range needs at least 1 draw.")
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
        made = tables_of(comparison, place, worth, assumed)
        result = result_of(comparison, made, grounds, failed, analyst)
        tables = dict(result.tables)
        return result if folder is None else kept(result, folder, "compare", exact=tables, parquet=tables)


def chosen_weight(weight: float | None, income: float | None) -> float:
    """Return the distributional weight of benefits, 1 where none was asked for."""
    if weight is not None and income is not None:
        raise BadInputError(
            f"The distributional weight is {weight:g} and the relative income {income:g}: name one of them, since the"
            " income gives the weight."
        )
    if income is not None:
        return weight_of(income, 1.0)
    return 1.0 if weight is None else weight


def result_of(comparison: Comparison, made: Compared, grounds: str, failed: int, analyst: str | None = None) -> Result:
    """Return what a comparison came to: tables, figures, the briefing and the record."""
    from carespread.results.briefing import briefing_files

    names = ("differences", "ranking", "draws", "acceptability", "equity", "structures", "information", "sources",
             "accounts")  # fmt: skip
    tables = {name: table for name in names if len(table := getattr(made, name))}
    about = about_of(comparison, grounds, analyst)
    parts = {part: experiment.runs for part, experiment in comparison.experiments.items()}
    return Result(
        screen_of(comparison, made, grounds),
        rows_of(made.ranking),
        tables,
        lambda: drawings_of(comparison, made, about["runs"]),
        briefing_files(made, about),
        {
            "worth": made.worth,
            "assumptions": made.settled.assumed._asdict(),
            "chance": made.settled.chance._asdict(),
            **about,
            "parts": parts,
            "structures": comparison.structures,
        },
        runs=sum(parts.values()),
        failed=failed,
    )


def drawings_of(comparison: Comparison, made: Compared, foot: str) -> list[Drawing]:
    """Return the figures: what is gained, at what cost, who is left behind, and when the order turns."""
    from carespread.results.figures.comparison import (
        behind_drawing,
        briefly_behind_drawing,
        flips_drawing,
        gained_drawing,
        plane_drawing,
    )

    titles = {one.name: one.file.title for one in comparison.experiments["pairs"].plan(0).innovations}
    drawings = [gained_drawing(made, foot), plane_drawing(made, foot), briefly_behind_drawing(made, titles, foot)]
    for one in comparison.experiments["pairs"].plan(0).innovations:
        drawings.append(behind_drawing(made, one.name, one.file.title[:1].upper() + one.file.title[1:], foot))
    return [*drawings, flips_drawing(made, foot)] if len(made.structures) else drawings


def tables_of(comparison: Comparison, folder: Path, worth: float | None, assumed: Assumptions) -> Compared:
    """Return the tables of a comparison whose runs are kept."""
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
    pairs = comparison.experiments["pairs"]
    settled = Settled(
        tuple(scenario.name for scenario in comparison.scenarios),
        {one.name: one.file for one in pairs.plan(0).innovations},
        {scenario.name: levers_of(scenario, comparison.baseline) for scenario in comparison.scenarios},
        assumed,
        worth,
        chance_of(pairs.plan(0)),
        pairs.design.seed,
    )
    return compared(folder, settled, belongs, comparison.points)


def levers_of(scenario: Scenario, baseline: Scenario) -> tuple[str, ...]:
    """Return the levers that a scenario pulls and the baseline does not pull in the same way."""
    pulled = {lever.name for lever in scenario.conditions.levers if lever not in baseline.conditions.levers}
    own = {name for name in scenario.changes if name in Policy._fields}
    return tuple(sorted(pulled | {name for name in own if scenario.changes[name] != baseline.changes.get(name)}))


def grounds_words(grounds: str, comparison: Comparison) -> str:
    """Return where the uncertain numbers come from, as somebody reads it who does not run the model."""
    if comparison.fitted:
        return grounds
    drawn = "drawn from what was thought of them before any data" if comparison.points else "at their usual values"
    return f"No fit to published series is used: uncertain numbers are {drawn}."


def done_by(scenario: Scenario, baseline: Scenario) -> str:
    """Return what a scenario does that the baseline does not, in words: levers with their dates and for whom."""
    parts = []
    for lever in scenario.conditions.levers:
        if lever in baseline.conditions.levers:
            continue
        begins, ends = lever.start or scenario.conditions.start, lever.end or "the end"
        who = "all organisations" if lever.group == "all" else f"{lever.group.replace('=', ' ')} organisations"
        what = plain(lever.name) + ("" if lever.innovation is None else f" for {innovation_words(lever.innovation)}")
        parts.append(f"{what} from {begins} to {ends} for {who}{taken_words(lever)}")
    return f"{capital(listed(parts))}." if parts else scenario.question


def taken_words(lever: Lever) -> str:
    """Return how strong a lever is, and how many take part for how long."""
    said = [f"strength {lever.strength:g}"]
    if lever.take_up < 1:
        said.append(f"{100 * lever.take_up:g} % take part")
    if lever.completion < 1:
        said.append(f"{100 * lever.completion:g} % of them to the end")
    if lever.delay:
        said.append(f"felt after {lever.delay} months")
    return f" ({', '.join(said)})"


def prepared_of(plan: Plan) -> Prepared:
    """Return the first run of a plan as it begins."""
    return prepare(inputs_of(plan, plan.seed), plan.seed)


def organisations_of(plan: Plan) -> float:
    """Return how many organisations of the country the sample stands for at the start."""
    prepared = prepared_of(plan)
    return float((prepared.state.providers["weight"] / WEIGHT).sum() * prepared.frame.settled[0].represents)


def chance_of(plan: Plan) -> Chance:
    """Return which share of the variance by chance of a sample's run is left in the whole sector.

    Organisations decide each for itself, so by chance a sum over the sector varies by the sum of squares of what each
    counts; in a sample each counts for as many as it represents. A sample in which the largest are certain to be has
    little left to gain in sums over people.
    """
    prepared = prepared_of(plan)
    weight = prepared.state.providers["weight"] / WEIGHT * prepared.frame.settled[0].represents
    people = np.asarray(prepared.state.providers["people"], float)

    def left(counts: np.ndarray) -> float:
        sample = float(((weight * counts) ** 2).sum())
        return min(1.0, float((weight * counts**2).sum()) / sample) if sample > 0 else 1.0

    return Chance(left(np.ones_like(people)), left(people))


def runs_words(comparison: Comparison) -> str:
    """Return how the runs of a comparison were made."""
    design = comparison.experiments["pairs"].design
    each = f"runs of {design.providers:,} organisations, {design.months} months"
    drawn = f"{len(comparison.points)} draws x {A_POINT} {each}" if comparison.points else ""
    parts = [drawn or f"{design.replications} {each}"]
    if comparison.structures:
        parts.append(f"{len(comparison.structures)} structures x {A_STRUCTURE} runs")
    return "; ".join(parts) + ", for each option."


def about_of(comparison: Comparison, grounds: str, analyst: str | None) -> dict[str, Any]:
    """Return what a briefing says of the comparison itself."""
    pairs = comparison.experiments["pairs"]
    design = pairs.design
    return {
        "question": design.question,
        "scenarios": {one.name: one.question for one in comparison.scenarios},
        "does": {one.name: done_by(one, comparison.baseline) for one in comparison.scenarios},
        "start": comparison.baseline.conditions.start,
        "months": design.months,
        "providers": design.providers,
        "organisations": organisations_of(pairs.plan(0)),
        "replications": design.replications,
        "draws": len(comparison.points),
        "structures": len(comparison.structures),
        "innovations": {one.name: one.file.title for one in pairs.plan(0).innovations},
        "runs": runs_words(comparison),
        "grounds": grounds_words(grounds, comparison),
        "fitted": comparison.fitted,
        "seed": design.seed,
        "version": metadata.version("carespread"),
        "date": datetime.now(UTC).date().isoformat(),
        "analyst": analyst,
    }


def screen_of(comparison: Comparison, made: Compared, grounds: str) -> str:
    """Return what each scenario gains and costs as a short table, what that means, and what it rests on."""
    lines = [
        comparison.experiments["pairs"].design.question,
        "",
        headline_of(made),
        "",
        table_of(made.ranking, made.names[0], made.worth),
        "",
        *needs_words(made),
        *costs_words(made),
        *weights_words(made),
        f"{assumed_words(made.settled.assumed)} Ranges hold 95 % of draws of what is uncertain, unit costs among them.",
        f"{runs_words(comparison)} {grounds} Lever strengths and unit costs are assumptions.",
    ]
    return "\n".join(lines)
