"""The work of `carespread run`: reads what was typed, refuses early, runs, keeps the folder, shows a table."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from carespread.model import BadInputError, Switches
from carespread.model.declare import entries
from carespread.model.innovations import find
from carespread.model.scenario import read_scenario
from carespread.model.simulate import checked_whole

from .posterior import fitted_for
from .run import Plan, planned, replicate
from .screen import bar

MOST_WORKERS = 1024


def run_command(
    scenario: str,
    *,
    providers: str,
    months: str | None,
    replications: str,
    seed: str,
    changes: Sequence[str],
    innovations: Sequence[str],
    posterior: Path | None,
    prior: bool,
    events: bool,
    out: Path | None,
    workers: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 if a run failed; everything typed is checked before any work."""
    plan, grounds = typed_plan(
        scenario,
        providers=providers,
        months=months,
        replications=whole(replications),
        seed=seed,
        changes=changes,
        innovations=innovations,
        posterior=posterior,
        prior=prior,
    )
    asked, plan = plan.scenario, plan._replace(events=events)
    many = None if workers is None else checked_whole("workers", whole(workers), 1, MOST_WORKERS, "threads")

    from carespread.results.store.folder import free_folder, keep

    folder = free_folder(out or usual_folder(asked.name))
    with bar("runs", quiet) as ran:
        results = replicate(plan, many, ran)

    from carespread.results.store.summary import screen_rows, screen_table

    failed = int(results.made_by["failed"])
    with bar("figures", quiet) as drawn:
        keep(results, folder, sys.argv, drawn)
    shown = shown_folder(out or folder)
    if failed:
        where = f"{shown}/runs.parquet"
        print(f"{failed} of {plan.replications} runs failed: their tracebacks stand in {where}.", file=sys.stderr)
    rows = screen_rows(results) if failed < plan.replications else []
    if as_json:
        said = {
            "folder": str(folder),
            "scenario": asked.name,
            "runs": plan.replications,
            "failed": failed,
            "summary": rows,
        }
        print(json.dumps(_plain(said), indent=1, ensure_ascii=False))
    elif quiet:
        print(shown)
    else:
        if rows:
            print(f"{asked.question}\n")
            print(screen_table(results))
            print(
                f"\nShares of organisations; medians of {plan.replications - failed} runs of {plan.providers:,}"
                f" organisations, {plan.months} months from {plan.conditions.start}."
            )
            print(grounds)
        print(f"Figures: {shown}/figures\nAll results: {shown}")
    return 1 if failed else 0


def typed_plan(
    scenario: str,
    *,
    providers: str,
    months: str | None,
    replications: Any,
    seed: str,
    changes: Sequence[str],
    innovations: Sequence[str],
    posterior: Path | None,
    prior: bool,
) -> tuple[Plan, str]:
    """Return the plan of what was typed, and where its fitted numbers come from, in a sentence."""
    asked = read_scenario(scenario)
    fitted, grounds = fitted_for(posterior, prior, find(innovations or asked.innovations))
    plan = planned(
        asked,
        replications=replications,
        providers=whole(providers),
        months=None if months is None else whole(months),
        seed=whole(seed),
        changes=read_changes(changes),
        innovations=innovations or None,
        fitted=fitted,
    )
    return plan, grounds


def whole(text: str) -> Any:
    """Return a whole number, or the text as it is for the refusal that names its limits."""
    try:
        return int(text)
    except ValueError:
        return text


def read_changes(typed: Sequence[str]) -> dict[str, Any]:
    """Return NAME=VALUE pairs as values: numbers, and true or false for switches."""
    changes: dict[str, Any] = {}
    for pair in typed:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not name or not text:
            raise BadInputError(f"--set is {pair!r}: it must read NAME=VALUE, such as leadership_weight=2.")
        if name in changes:
            raise BadInputError(f"--set names {name} twice: once is enough.")
        changes[name] = _value(name, text)
    return changes


def _value(name: str, text: str) -> Any:
    if name in entries(Switches):
        return {"true": True, "on": True, "false": False, "off": False}.get(text.lower(), text)
    try:
        return float(text)
    except ValueError:
        return text


def usual_folder(name: str) -> Path:
    """Return a folder under results/runs that does not exist yet, named after the scenario and the time."""
    first = Path("results") / "runs" / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    number, folder = 2, first
    while folder.exists():
        folder, number = first.with_name(f"{first.name}-{number}"), number + 1
    return folder


def shown_folder(folder: Path) -> str:
    """Return a folder as seen from here, where it lies below."""
    full = folder.absolute()
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else str(full)


def _plain(value: Any) -> Any:
    """Return data that JSON can hold: NaN and infinity become null."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
