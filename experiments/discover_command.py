"""The work of `carespread discover`: under which uncertain conditions a policy fails."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np

from carespread.model import BadInputError
from carespread.model.simulate import checked_whole
from carespread.results.figures.discovery import box_drawing, trajectory_drawing
from carespread.results.statistics.discovery import FEWEST, Discovery, box_words, discovered
from carespread.results.store.files import write_text
from carespread.results.store.writer import write_figures, write_record, write_table

from .compare_command import worth_of
from .experiment import StoppedError
from .experiment_command import run_experiment
from .run_command import read_changes, shown_folder, whole
from .sensitivity import Study, measured, study_of
from .sensitivity_command import read_varied
from .store import folder_of, is_there, workers_of

NET = "net_benefit"
"""What a policy gains in pounds: worth x person-months less all that it costs."""


def discover_command(
    scenario: str,
    *,
    against: str,
    outcome: str,
    below: str,
    worth: str,
    parameters: list[str],
    changes: list[str],
    samples: str,
    replications: str,
    providers: str,
    months: str | None,
    seed: str,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 where the disk was full."""
    limit, pounds = threshold_of(below), worth_of(worth)
    names, ranges = read_varied(parameters)
    wanted = ["outcome_all", "cost_total_all"] if outcome == NET else [outcome]
    study = study_of(
        "pawn",
        scenario,
        against=against,
        names=names,
        ranges=ranges,
        changes=read_changes(changes),
        outcomes=wanted,
        samples=checked_whole("--samples", whole(samples), 50, 1_000_000, "points"),
        replications=checked_whole("replications", whole(replications), 1, 1000, "runs"),
        providers=whole(providers),
        months=None if months is None else whole(months),
        seed=whole(seed),
    )
    folder = folder_of(out, resume, f"discover-{scenario}", "study")
    there = is_there(folder, "runs/made_by.json", resume, "study")
    many = workers_of(workers)
    try:
        run_experiment(study.experiment, folder / "runs", there, many, cluster, quiet, summed_up=False)
    except StoppedError as stopped:
        print(f"{str(stopped).rstrip('.')}: what was made is kept; go on with --resume.", file=sys.stderr)
        return 1
    found = measured(study, folder / "runs")
    gain = found[wanted[0]][0].mean(axis=1)
    if outcome == NET:
        gain = pounds * gain - found["cost_total_all"][0].mean(axis=1)
    made = discovered(study.layout.inputs, gain, gain < limit)
    says = words_of(study, made, outcome, limit, pounds)
    write_all(study, made, says, folder)
    if as_json:
        boxes = [one._asdict() for one in made.boxes]
        text = json.dumps(
            {"folder": str(folder.absolute()), "fails": made.share, "boxes": boxes, "says": says}, indent=1
        )
        print(text.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null"))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(f"{says}\n\n{foot_of(study)}")
        print(f"Figures: {shown_folder(folder)}/figures\nTables: {shown_folder(folder)}")
    return 0


def threshold_of(text: str) -> float:
    """Return the level below which a policy fails, or refuse it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInputError(f"--below is {text!r}: it must be a number, in the unit of the outcome.")
    return value


def foot_of(study: Study) -> str:
    """Return how the runs were made."""
    design = study.experiment.design
    return (
        f"{study.experiment.runs:,} runs: {len(study.layout.inputs):,} points of the prior x {design.replications}"
        f" seeds with and without, {design.providers:,} organisations, {design.months} months. Not calibrated."
    )


def words_of(study: Study, made: Discovery, outcome: str, limit: float, pounds: float) -> str:
    """Return in plain words when the policy fails."""
    design = study.experiment.design
    policy, other = (one.name.replace("_", " ") for one in design.scenarios)
    what = f"net benefit at GBP {pounds:,.0f} a person-month" if outcome == NET else outcome.replace("_", " ")
    points = len(made.points)
    failures = round(made.share * points)
    lines = [
        f"{policy} fails (its {what} against {other} lies below {limit:g}) at {failures:,} of {points:,} points of the"
        f" prior ({100 * made.share:.0f} %)."
    ]
    if not made.boxes:
        if failures == 0:
            lines.append(f"So at most {300 / points:.1f} % of the prior fails (95 %).")
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


def write_all(study: Study, made: Discovery, says: str, folder: Path) -> None:
    """Write points, boxes, rules, figures and the record."""
    write_table(folder, "points", made.points, index=True, index_label="point")
    boxes = [
        f"{number},{name},{'' if np.isinf(low) else low},{'' if np.isinf(high) else high},{box.coverage:.6g},"
        f"{box.density:.6g},{box.found_again.get(name, math.nan):.3g}"
        for number, box in enumerate(made.boxes, 1)
        for name, (low, high) in box.limits.items()
    ]
    write_text(folder / "boxes.csv", "\n".join(["box,parameter,above,below,coverage,density,found_again", *boxes]))
    rules = [f'"{rule}",{share:.6g},{size}' for rule, share, size in made.rules]
    write_text(folder / "tree.csv", "\n".join(["where,fails,points", *rules]))
    write_text(folder / "summary.txt", says)
    if made.boxes:
        policy = study.experiment.design.scenarios[0].name.replace("_", " ")
        headline = f"{policy[:1].upper()}{policy[1:]} fails mostly with {box_words(made.boxes[0].limits)}"
        foot = foot_of(study)
        write_figures(folder, [box_drawing(made, headline, foot), trajectory_drawing(made, foot)])
    design = study.experiment.design
    write_record(
        folder,
        scenarios=[one.name for one in design.scenarios],
        points=len(study.layout.inputs),
        replications=design.replications,
        runs=study.experiment.runs,
        seed=design.seed,
    )
