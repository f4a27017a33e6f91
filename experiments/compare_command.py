"""The work of `carespread compare`: runs its parts, keeps them, and writes tables, figures and briefing."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from carespread.model import BadInputError
from carespread.model.innovations import find
from carespread.model.scenario import read_scenario
from carespread.model.simulate import checked_whole
from carespread.results.statistics.comparison import Compared, compared
from carespread.results.store.files import write_text
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table

from .compare import A_POINT, A_STRUCTURE, Comparison, comparison_of
from .experiment import StoppedError
from .experiment_command import run_experiment
from .posterior import fitted_for
from .run_command import shown_folder, whole
from .store import folder_of, is_there, workers_of

MOST_WORTH = 1e6
"""GBP beyond which nobody means what a person-month of full benefit is worth."""
MOST_SAMPLES = 100_000


def compare_command(
    baseline: str,
    scenarios: list[str],
    *,
    replications: str,
    providers: str,
    samples: str,
    seed: str,
    worth: str,
    structures: bool,
    innovations: list[str],
    posterior: Path | None,
    prior: bool,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 if a run failed."""
    pounds = worth_of(worth)
    asked = find(innovations or read_scenario(baseline).innovations)
    fitted, grounds = fitted_for(posterior, prior, asked)
    comparison = comparison_of(
        baseline,
        scenarios,
        replications=checked_whole("replications", whole(replications), 2, 100_000, "runs"),
        providers=whole(providers),
        samples=checked_whole("samples", whole(samples), 0, MOST_SAMPLES, "points"),
        seed=whole(seed),
        innovations=tuple(innovations),
        structural=structures,
        fitted=fitted,
    )
    folder = folder_of(out, resume, f"compare-{comparison.baseline.name}", "comparison")
    many = workers_of(workers)
    failed = 0
    try:
        for part, experiment in comparison.experiments.items():
            there = is_there(folder, f"{part}/made_by.json", resume, "comparison")
            kept = run_experiment(experiment, folder / part, there, many, cluster, quiet, summed_up=False)
            failed += sum(receipt.failed for receipt in kept.values())
    except StoppedError as stopped:
        print(f"{str(stopped).rstrip('.')}: what was made is kept; go on with --resume.", file=sys.stderr)
        return 1
    made = tables_of(comparison, folder, pounds)
    write_all(comparison, made, folder, grounds)
    if as_json:
        print(made.ranking.to_json(orient="records", indent=1))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(screen_of(comparison, made, grounds))
        print(f"Briefing: {shown_folder(folder)}/briefing.html\nFigures: {shown_folder(folder)}/figures")
        print(f"Tables: {shown_folder(folder)}")
    return 1 if failed else 0


def worth_of(text: str) -> float:
    """Return what a person-month is worth, or refuse it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_WORTH:
        raise BadInputError(f"--worth is {text!r}: it must be a number from 0 to {MOST_WORTH:,.0f} GBP a person-month.")
    return value


def tables_of(comparison: Comparison, folder: Path, worth: float) -> Compared:
    """Return the tables of a comparison whose runs are kept."""
    names = [scenario.name for scenario in comparison.scenarios]
    belongs = {}
    for part, experiment in comparison.experiments.items():
        keys = {"luck": lambda point, at: "luck", "parameters": lambda point, at: at % len(comparison.points),
                "structures": lambda point, at: point.name.partition("|")[2]}[part]  # fmt: skip
        belongs[part] = pd.DataFrame(
            [(point.name, point.scenario.name, keys(point, at)) for at, point in enumerate(experiment.points)],
            columns=["design", "scenario", "key"],
        )
    innovations = {one.name: one.file for one in comparison.experiments["luck"].plan(0).innovations}
    return compared(folder, names, innovations, belongs, comparison.points, worth)


def write_all(comparison: Comparison, made: Compared, folder: Path, grounds: str) -> None:
    """Write tables as CSV and Parquet, figures, and the briefing."""
    from carespread.results.briefing import briefing
    from carespread.results.figures.comparison import behind_drawing, flips_drawing, gained_drawing, plane_drawing

    for name in ("differences", "ranking", "draws", "acceptability", "equity", "structures", "information", "sources"):
        table: pd.DataFrame = getattr(made, name)
        if len(table):
            write_table(folder, name, table, digits=None)
            table.to_parquet(folder / f"{name}.parquet", index=False)
    foot = foot_of(comparison, grounds)
    innovations = comparison.experiments["luck"].plan(0).innovations
    drawings = [gained_drawing(made, foot), plane_drawing(made, foot)]
    drawings += [
        behind_drawing(made, one.name, one.file.title[:1].upper() + one.file.title[1:], foot) for one in innovations
    ]
    if len(made.structures):
        drawings.append(flips_drawing(made, foot))
    words = write_figures(folder, drawings)
    about = about_of(comparison, foot, grounds)
    parts = {part: experiment.runs for part, experiment in comparison.experiments.items()}
    write_text(folder / "briefing.html", briefing(made, about, folder / "figures", words))
    write_record(folder, worth=made.worth, **{**about, "parts": parts, "structures": comparison.structures})


def foot_of(comparison: Comparison, grounds: str) -> str:
    """Return how the runs of a comparison were made."""
    luck = comparison.experiments["luck"].design
    parts = [f"{luck.replications} pairs of {luck.providers:,} organisations, {luck.months} months"]
    if "parameters" in comparison.experiments:
        parts.append(f"{len(comparison.points)} draws of the parameters x {A_POINT} runs")
    if comparison.structures:
        parts.append(f"{len(comparison.structures)} structures x {A_STRUCTURE} runs")
    return "; ".join(parts) + f". {grounds} Lever strengths and unit costs are assumptions."


def about_of(comparison: Comparison, foot: str, grounds: str) -> dict[str, Any]:
    """Return what a briefing says of the comparison itself."""
    luck = comparison.experiments["luck"].design
    return {
        "question": luck.question,
        "scenarios": {one.name: one.question for one in comparison.scenarios},
        "start": comparison.baseline.conditions.start,
        "months": luck.months,
        "providers": luck.providers,
        "replications": luck.replications,
        "draws": len(comparison.points),
        "structures": len(comparison.structures),
        "innovations": {one.name: one.file.title for one in comparison.experiments["luck"].plan(0).innovations},
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
    luck = saved["runs_saved"].median()
    needed = saved["pairs_for_a_tenth"].max()
    says = [
        comparison.experiments["luck"].design.question,
        "",
        text_table(head, rows),
        "",
        f"In the order of net benefit at GBP {made.worth:,.0f} a person-month. {foot_of(comparison, grounds)}",
        f"Common luck saved {luck:.0f} times the runs that independent seeds would need (median of scenarios);"
        + (f" {needed:,.0f} pairs give every benefit to a tenth of itself." if not math.isnan(needed) else ""),
    ]
    return "\n".join(says)
