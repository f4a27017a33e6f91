"""Checks a scenario, design or innovation file, and says what it would run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carespread.model.files import read_text, toml_of
from carespread.model.innovations import read_innovation
from carespread.model.scenario import Scenario, read_scenario
from carespread.model.shocks import checked_strength

from .design import Design, read_design
from .limits import checked
from .result import Result
from .run import REPLICATIONS


@checked
def check_file(file: Path, country: str | None = None) -> Result:
    """Return what a sound scenario, design or innovation file holds; a faulty one is refused with its line."""
    path, kind = file, kind_of(file)
    if kind == "innovation":
        innovation = read_innovation(path)
        graded = [ground.grade for ground in innovation.file.attributes.values()]
        counts = ", ".join(f"{graded.count(grade)} of grade {grade}" for grade in sorted(set(graded)))
        about: dict[str, Any] = {"kind": kind, "name": innovation.name, "title": innovation.file.title}
        says = f"{path} is a sound innovation: {innovation.file.title}, {len(graded)} attributes ({counts})."
        says += f"\nRun it with: carespread run --innovation {path}"
    elif kind == "design":
        about, says = _about_design(read_design(path))
    else:
        about, says = _about_scenario(read_scenario(str(path)))
    return Result(says, {"file": str(path), "sound": True, **about})


def kind_of(path: Path) -> str:
    """Return whether a file is an innovation, a design or a scenario, by the keys that only one of them has."""
    keys = toml_of(read_text(path), path)
    if {"attributes", "starting_share", "title", "journey_type"} & set(keys):
        return "innovation"
    if {"scenarios", "samples", "replications", "providers", "seed"} & set(keys):
        return "design"
    return "scenario"


def _about_design(design: Design) -> tuple[dict[str, Any], str]:
    from .experiment import Experiment, estimate
    from .run import threads

    experiment = Experiment(design)
    would = estimate(experiment)
    names = [scenario.name for scenario in design.scenarios]
    about = {
        "kind": "design",
        "question": design.question,
        "scenarios": names,
        "providers": design.providers,
        "months": design.months,
        "replications": design.replications,
        "samples": design.samples,
        "designs": design.points,
        "runs": design.runs,
        "monthly": design.monthly,
        "seconds_a_run": would.seconds_a_run,
        "seconds": would.seconds,
        "bytes": would.bytes,
        "threads": threads(),
    }
    ranges = [f"{name} {value}" for name, value in design.parameters.items()]
    says = (
        f"{design.path} is a sound design: {design.question}\n"
        f"It would make {design.runs:,} runs of {design.providers:,} providers and {design.months} months:"
        f" {len(names)} scenarios ({', '.join(names)}) x {design.samples} points x {design.replications} replications,"
        f" seeds {design.seed} to {design.seed + design.replications - 1}."
    )
    says += f"\nParameters: {'; '.join(ranges)}." if ranges else ""
    says += "" if design.monthly else "\nIt would keep a row a run, no monthly tables (monthly = true keeps them)."
    says += (
        f"\nA pilot run took {would.seconds_a_run:.3g} s: about {time_words(would.seconds)} on {threads()} threads, and"
        f" {size_words(would.bytes)} of disk.\nRun it with: carespread experiment {design.path}"
    )
    return about, says


def time_words(seconds: float) -> str:
    """Return a time as people say it."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1, round(seconds))} seconds"


def size_words(size: float) -> str:
    """Return a size on the disk as people say it."""
    for unit, length in (("GB", 1e9), ("MB", 1e6)):
        if size >= length:
            return f"{size / length:.2g} {unit}"
    return f"{size / 1e3:.0f} kB"


def _about_scenario(scenario: Scenario) -> tuple[dict[str, Any], str]:
    conditions = scenario.conditions
    about = {
        "kind": "scenario",
        "name": scenario.name,
        "question": scenario.question,
        "start": conditions.start,
        "months": scenario.months,
        "regulatory": conditions.regulatory,
        "economic": conditions.economic,
        "levers": [lever._asdict() for lever in conditions.levers],
        "own_levers": [lever._asdict() for lever in conditions.own_levers],
        "shocks": [shock._asdict() for shock in conditions.shocks],
        "priorities": list(conditions.priorities),
        "turnover": list(conditions.turnover),
        "vacancy": list(conditions.vacancy),
        "parameters": scenario.parameters,
        "switches": scenario.switches,
        "innovations": list(scenario.innovations),
        "runs": REPLICATIONS,
    }
    lines = [
        f"{scenario.path} is a sound scenario: {scenario.question}",
        f"{scenario.months} months from {conditions.start}, regulation {conditions.regulatory},"
        f" economy {conditions.economic}.",
        f"Innovations: {', '.join(scenario.innovations)}.",
    ]
    for own in conditions.own_levers:
        lines.append(f"Own lever {own.name} ({own.low:g} to {own.high:g} {own.unit}): {own.description.rstrip('.')};"
                     f" each adds {own.by:g} to {own.moves}, GBP {own.unit_cost:g} a provider-month.")  # fmt: skip
    for lever in conditions.levers:
        reach = f"{lever.start or conditions.start} to {lever.end or 'the end'}, {lever.group}"
        lines.append(f"Lever {lever.name} {lever.strength:g}: {reach}, {lever.innovation or 'every innovation'}.")
    for shock in conditions.shocks:
        strength = checked_strength(shock)
        reach = f"{shock.start} to {shock.end or 'the end'}, {shock.group}"
        lines.append(f"Shock {shock.kind} {strength:g}: {reach}{f', {shock.innovation}' if shock.innovation else ''}.")
    lines += [f"Priorities from {start}: {regime}." for start, regime in conditions.priorities]
    for series, unit in (("turnover", "of staff a month"), ("vacancy", "of posts")):
        points = [f"{value:.2%} from {start}" for start, value in getattr(conditions, series)]
        lines += [f"{series.capitalize()} ({unit}): {'; '.join(points)}."] if points else []
    lines += [f"Sets {name} to {value}." for name, value in scenario.changes.items()]
    lines.append(f"`carespread run {scenario.path}` would make {REPLICATIONS} runs.")
    return about, "\n".join(lines)
