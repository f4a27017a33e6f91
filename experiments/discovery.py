"""Under which uncertain conditions a policy fails."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd

from carespread.model import BadInputError
from carespread.model.extras import needs
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario
from carespread.results.figures.discovery import box_drawing, trajectory_drawing
from carespread.results.figures.drawing import Drawing
from carespread.results.statistics.discovery import FEWEST, Discovery, box_words, discovered

from .experiment import Execution, run_experiment
from .limits import BELOW, DISCOVERY_SAMPLES, MONTHS, PROVIDERS, SEED, SEEDS_A_POINT, WORKERS, WORTH, checked
from .replication import asked_posterior
from .result import Result, kept
from .sensitivity import PROVIDERS_OF_A_RUN, Study, Varied, measured, study_of, varied_over
from .store import Progress, claimed, workspace

NET = "net_benefit"
"""What a policy gains in pounds: worth x person-months less all that it costs."""


@checked
def discover(
    scenario: str | Path,
    *,
    against: str | Path = "central",
    outcome: str = NET,
    below: Annotated[float, BELOW] = 0.0,
    worth: Annotated[float | None, WORTH] = None,
    parameters: Varied | Sequence[str] | None = None,
    set: Mapping[str, Any] | None = None,
    samples: Annotated[int, DISCOVERY_SAMPLES] = 500,
    replications: Annotated[int, SEEDS_A_POINT] = 4,
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
    """Find under which uncertain conditions a policy gains less than `below` against another scenario.

    `outcome` is net_benefit (GBP, a person-month of full benefit being `worth` so much; if not given, as much as makes
    the policy break even on the mean of all points) or a column of runs.parquet; `parameters` are what is uncertain, as
    for `sensitivity`. Returns the tables `points`, `boxes` and `tree`; nothing is written without `out`. Raises
    BadInputError on unknown names, and scenarios that cannot be paired.

    >>> print(discover("lever_grant", samples=60, replications=1, providers=100))  # doctest: +SKIP
    """
    needs("SALib", "discover", "sensitivity")
    needs("scikit-learn", "discover", "sensitivity")
    needs("ema_workbench", "discover", "ema")
    names, ranges = varied_over(parameters)
    fitted, grounds = asked_posterior(posterior, prior, read_scenario(str(scenario)).innovations)
    wanted = ["outcome_all", "cost_total_all"] if outcome == NET else [outcome]
    study = study_of(
        "pawn",
        str(scenario),
        against=str(against),
        names=names,
        ranges=ranges,
        changes=set,
        outcomes=wanted,
        samples=samples,
        replications=replications,
        providers=checked_size(providers),
        months=months,
        seed=seed,
        fitted=fitted,
    )
    folder = claimed(out, "discover", resume)
    with workspace(folder, "discover", {"runs": study.experiment}) as place:
        run_experiment(study.experiment, place / "runs", True, Execution(workers, cluster, progress), False)
        found = measured(study, place / "runs")
        gain, pounds, even = found[wanted[0]][0].mean(axis=1), worth, False
        if outcome == NET:
            cost = found["cost_total_all"][0].mean(axis=1)
            even = worth is None
            pounds = breaking_even(float(gain.mean()), float(cost.mean())) if worth is None else worth
            gain = pounds * gain - cost
        made = discovered(study.layout.inputs, gain, gain < below)
        result = result_of(study, made, words_of(study, made, outcome, below, pounds, even), grounds)
        return result if folder is None else kept(result, folder, "discover")


def breaking_even(gain: float, cost: float) -> float:
    """Return what a person-month must be worth for a mean gain to be worth its mean cost, GBP; 0 where it saves money.

    Raises BadInputError where nothing is gained: no worth makes it break even.
    """
    if cost <= 0:
        return 0.0
    if gain <= 0:
        raise BadInputError(
            f"The policy gains {gain:,.0f} person-months on the mean of all points: no worth makes it break even, so"
            " name one (--worth) or another outcome (--outcome)."
        )
    return cost / gain


def result_of(study: Study, made: Discovery, says: str, grounds: str) -> Result:
    """Return points, boxes, rules, figures and the record."""
    boxes = [
        (number, name, low, high, box.coverage, box.density, box.found_again.get(name, math.nan))
        for number, box in enumerate(made.boxes, 1)
        for name, (low, high) in box.limits.items()
    ]
    columns = ["box", "parameter", "above", "below", "coverage", "density", "found_again"]
    foot = f"{foot_of(study)} {grounds}"

    def drawings() -> list[Drawing]:
        if not made.boxes:
            return []
        policy = study.experiment.design.scenarios[0].name.replace("_", " ")
        headline = f"{policy[:1].upper()}{policy[1:]} fails mostly with {box_words(made.boxes[0].limits)}"
        return [box_drawing(made, headline, foot), trajectory_drawing(made, foot)]

    design = study.experiment.design
    return Result(
        f"{says}\n\n{foot}",
        {"fails": made.share, "boxes": [one._asdict() for one in made.boxes], "says": says},
        {
            "points": made.points.rename_axis("point").reset_index(),
            "boxes": pd.DataFrame(boxes, columns=columns).replace([-math.inf, math.inf], math.nan),
            "tree": pd.DataFrame(made.rules, columns=["where", "fails", "points"]),
        },
        drawings,
        {"summary.txt": says},
        {
            "scenarios": [one.name for one in design.scenarios],
            "points": len(study.layout.inputs),
            "replications": design.replications,
            "runs": study.experiment.runs,
            "seed": design.seed,
        },
    )


def foot_of(study: Study) -> str:
    """Return how the runs were made."""
    design = study.experiment.design
    return (
        f"{study.experiment.runs:,} runs: {len(study.layout.inputs):,} points x {design.replications} seeds with and"
        f" without, {design.providers:,} organisations, {design.months} months."
    )


def words_of(
    study: Study, made: Discovery, outcome: str, limit: float, pounds: float | None, even: bool = False
) -> str:
    """Return in plain words when the policy fails; `even` says that it breaks even at so many pounds on the mean."""
    design = study.experiment.design
    policy, other = (one.name.replace("_", " ") for one in design.scenarios)
    what = f"net benefit at GBP {pounds:,.0f} a person-month" if outcome == NET else outcome.replace("_", " ")
    mean = "; at that worth it breaks even on the mean of all points" if even else ""
    points = len(made.points)
    failures = round(made.share * points)
    lines = [
        f"{policy} fails (its {what} against {other} lies below {limit:g}) at {failures:,} of {points:,} points"
        f" ({100 * made.share:.0f} %){mean}."
        + (
            " Costs, public and providers', and benefits are sums at 2025 prices, not discounted."
            if outcome == NET
            else ""
        )
    ]
    if not made.boxes:
        if failures == 0:
            lines.append(f"So at most {300 / points:.1f} % of all points fail (95 %).")
        elif failures < FEWEST or points - failures < FEWEST:
            middle = float(made.points["outcome"].median())
            lines.append(f"That tells nothing of when; the median gain is {middle:,.6g}: name another --below.")
        else:
            lines.append(
                "No parameter differs by itself where it fails: PRIM has nothing to peel, failures are not explained."
            )
    for number, box in enumerate(made.boxes, 1):
        lines.append(
            f"{'Above all' if number == 1 else 'Besides'} it fails where {box_words(box.limits)}:"
            f" {100 * box.density:.0f} % of these points fail, and they are {100 * box.coverage:.0f} % of all failures."
        )
        if box.found_again:
            again = ", ".join(
                f"{name.replace('_', ' ')} {100 * share:.0f} %" for name, share in box.found_again.items()
            )
            lines.append(
                f"Boxes made from random halves come to {100 * box.unseen_density:.0f} % density and"
                f" {100 * box.unseen_coverage:.0f} % coverage in the other halves; found again: {again}."
            )
            if not box.unseen_density > made.share:
                lines.append("At unseen points failures are no denser in such boxes: this box is not confirmed.")
            doubtful = [name.replace("_", " ") for name, share in box.found_again.items() if share < 0.5]
            if doubtful:
                lines.append(f"Not sure: {', '.join(doubtful)} (found again in fewer than half of the halves).")
    if made.rules:
        rule, share, size = made.rules[0]
        lines.append(
            f"A tree agrees in {100 * made.tree_accuracy:.0f} % of unseen cases (50 % is chance); its worst leaf is"
            f" {rule}: {100 * share:.0f} % of {size:,} points fail."
        )
    return "\n".join(lines)
