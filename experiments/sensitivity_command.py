"""The work of `carespread sensitivity`: makes the runs of a study, its tables and figures, and says what they mean."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from carespread.model import BadInputError
from carespread.model.innovations import find
from carespread.model.scenario import read_scenario
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
from carespread.results.statistics.sensitivity import DECIDES, METHODS, Analysis, analysed
from carespread.results.store.files import write_text
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table
from carespread.results.words import plain

from .experiment import StoppedError
from .experiment_command import run_experiment
from .posterior import fitted_for
from .run_command import read_changes, shown_folder, whole
from .screen import bar
from .sensitivity import TOP, Study, measured, study_of
from .store import folder_of, is_there, whole_or_none, workers_of

TREATED = {
    "morris": "and that was taken off",
    "sobol": "and that was taken off",
    "pawn": "but PAWN looks at whole distributions of single runs, luck included",
    "emulator": "and the emulator takes it for noise",
}
"""What a method does about luck."""


def sensitivity_command(
    scenario: str,
    *,
    method: str,
    against: str | None,
    outcomes: list[str],
    parameters: list[str],
    changes: list[str],
    samples: str | None,
    replications: str | None,
    providers: str,
    months: str | None,
    top: str | None,
    second: bool,
    by_group: bool,
    innovations: list[str],
    posterior: Path | None,
    prior: bool,
    seed: str,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 where the disk was full."""
    names, ranges = read_varied(parameters)
    fitted, grounds = fitted_for(posterior, prior, find(innovations or read_scenario(scenario).innovations))
    settings: dict[str, Any] = {
        "against": against,
        "changes": read_changes(changes),
        "outcomes": outcomes,
        "providers": whole(providers),
        "months": None if months is None else whole(months),
        "seed": whole(seed),
        "innovations": innovations,
        "fitted": fitted,
    }
    sizes: dict[str, Any] = {
        "samples": whole_or_none("--samples", samples, 1, 1_000_000, ""),
        "replications": whole_or_none("replications", replications, 1, 1000, "runs"),
    }
    most = whole_or_none("--top", top, 2, 1000, "parameters")
    folder = folder_of(out, resume, f"sensitivity-{method}-{scenario}", "study")
    screened = method == "sobol" and not parameters and not by_group
    if most is not None and not screened:
        raise BadInputError("--top chooses parameters for --method sobol where none is named: leave out one of them.")
    own = {**settings, **sizes, "second": second, "by_group": by_group}
    study = study_of(method, scenario, names=names, ranges=ranges, **own)  # refused before any work starts
    many = workers_of(workers)
    try:
        if screened:
            names = screen(study_of("morris", scenario, **settings), folder, most or TOP, resume, many, cluster, quiet)
            study = study_of(method, scenario, names=names, **own)
        analyses = made(study, folder, resume, many, cluster, quiet)
    except StoppedError as stopped:
        print(f"{str(stopped).rstrip('.')}: what was made is kept; go on with --resume.", file=sys.stderr)
        return 1
    says = words_of(study, analyses[0])
    write_all(study, analyses, folder, says)
    if as_json:
        print(json.dumps({"folder": str(folder.absolute()), "says": says, "outcomes": {
            one.outcome: json.loads(one.table.to_json(orient="records")) for one in analyses}}, indent=1))  # fmt: skip
    elif quiet:
        print(shown_folder(folder))
    else:
        print(screen_of(study, analyses[0]) + "\n\n" + says + "\n" + grounds)
        print(f"Figures: {shown_folder(folder)}/figures\nTables: {shown_folder(folder)}")
    return 0


def read_varied(typed: Sequence[str]) -> tuple[list[str], dict[str, tuple[float, float]]]:
    """Return what is varied over its prior (NAME), and over a range (NAME=LOW:HIGH)."""
    names: list[str] = []
    ranges: dict[str, tuple[float, float]] = {}
    for text in typed:
        name, equals, within = (part.strip() for part in text.partition("="))
        if name in names or name in ranges:
            raise BadInputError(f"--parameter names {name} twice: once is enough.")
        if not equals:
            names.append(name)
            continue
        low, _, high = within.partition(":")
        try:
            ranges[name] = (float(low), float(high))
        except ValueError:
            raise BadInputError(
                f"--parameter is {text!r}: it must read NAME, or NAME=LOW:HIGH such as imitation=0.01:0.05."
            ) from None
    return names, ranges


def screen(
    study: Study, folder: Path, top: int, resume: bool, workers: int | None, cluster: str | None, quiet: bool
) -> list[str]:
    """Return the parameters that lead by Morris for the first outcome: they go on to Sobol, the others stay."""
    analyses = made(study, folder / "screening", resume, workers, cluster, quiet)
    write_all(study, analyses, folder / "screening", words_of(study, analyses[0]))
    leading = analyses[0].table
    names = list(leading["parameter"][leading["parameter"] != DUMMY][:top])
    if not quiet:
        print(f"Screened by Morris: {', '.join(plain(name) for name in names)} go on to Sobol.", file=sys.stderr)
    return names


def made(
    study: Study, folder: Path, resume: bool, workers: int | None, cluster: str | None, quiet: bool
) -> list[Analysis]:
    """Return the analyses of a study whose runs are made, or gone on with."""
    there = is_there(folder, "runs/made_by.json", resume, "study")
    run_experiment(study.experiment, folder / "runs", there, workers, cluster, quiet, summed_up=False)
    found = measured(study, folder / "runs")
    analyses = []
    with bar("outcomes", quiet) as progress:
        for done, (outcome, (values, dummy)) in enumerate(found.items(), 1):
            analyses.append(analysed(outcome, study.layout, values, dummy))
            if progress is not None:
                progress(done, len(found))
    if not analyses:
        raise BadInputError("No outcome varies, or all hold runs without a number: there is nothing to analyse.")
    return analyses


def foot_of(study: Study) -> str:
    """Return how the runs of a study were made."""
    design = study.experiment.design
    names = " against ".join(one.name for one in design.scenarios)
    many = sum(bool(factor.fitted) for factor in study.factors)
    # their correlations are left out: methods that share out a variance want inputs that are independent
    within = f" ({many} within what was fitted to published series, each by itself)" if many else " (nothing fitted)"
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
            f"Of the variance of single runs {100 * analysis.noise.runs:.0f} % is luck; of the means that are analysed"
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


def write_all(study: Study, analyses: Sequence[Analysis], folder: Path, says: str) -> None:
    """Write tables, figures, the paragraph and the record."""
    parts = {
        "indices": [(one.outcome, one.table) for one in analyses],
        "dispersion": [(one.outcome, one.dispersion) for one in analyses if len(one.dispersion)],
        "convergence": [(one.outcome, one.convergence) for one in analyses if len(one.convergence)],
        "second_order": [(one.outcome, one.second) for one in analyses if len(one.second)],
        "curves": [(one.outcome, one.curves) for one in analyses if len(one.curves)],
    }
    for name, tables in parts.items():
        if tables:
            whole_table = pd.concat([table.assign(outcome=outcome) for outcome, table in tables], ignore_index=True)
            columns = ["outcome", *(one for one in whole_table.columns if one != "outcome")]
            write_table(folder, name, whole_table[columns])
    luck = pd.DataFrame([(one.outcome, one.noise.runs, one.noise.means) for one in analyses],
                        columns=["outcome", "luck_share_of_runs", "luck_share_of_means"])  # fmt: skip
    write_table(folder, "luck", luck, digits=None)
    write_table(folder, "points", study.layout.inputs, digits=None, index=True, index_label="point")
    write_text(folder / "summary.txt", says)
    write_figures(folder, drawings_of(study, analyses))
    design = study.experiment.design
    varied = {
        one.name: {"members": one.members, "over": "posterior" if one.fitted else str(one.over), "submodel": one.group}
        for one in study.factors
    }
    write_record(
        folder,
        method=study.method,
        scenarios=[one.name for one in design.scenarios],
        against=study.against,
        varied=varied,
        samples=study.layout.samples,
        replications=design.replications,
        runs=study.experiment.runs,
        seed=design.seed,
        outcomes={one.outcome: study.units[one.outcome] for one in analyses},
    )
