"""Runs a scenario many times, from what a person asks for, and keeps the runs with their figures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from carespread.model.innovations import find
from carespread.model.scenario import read_scenario
from carespread.results.figures.run import drawings
from carespread.results.store.folder import keep
from carespread.results.store.summary import screen_rows, screen_table, summary_table

from .limits import MONTHS, PROVIDERS, RUNS, SEED, WORKERS, checked
from .posterior import Fitted, fitted_for
from .result import Result
from .run import Plan, planned, replicate
from .store import Progress, claimed, counted


@checked
def run(
    scenario: str | Path = "central",
    *,
    providers: Annotated[int | str, PROVIDERS] = 2000,
    months: Annotated[int | None, MONTHS] = None,
    replications: Annotated[int, RUNS] = 20,
    seed: Annotated[int, SEED] = 1,
    set: Mapping[str, Any] | None = None,
    innovations: Sequence[str] | None = None,
    posterior: str | Path | None = None,
    prior: bool = False,
    events: bool = False,
    out: str | Path | None = None,
    workers: Annotated[int | None, WORKERS] = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario many times, each run with its own seed.

    Returns `runs` (a row a run), `monthly` (a row a month, run, innovation and group), `left_behind`, `summary`, and
    `events` where they were asked for; nothing is written without `out`. Raises BadInputError on what cannot be.
    """
    asked = Asked(scenario, providers, months, replications, seed, set, innovations, posterior, prior)
    plan, grounds = asked.plan()
    folder = claimed(out, "run")
    results = replicate(plan._replace(events=events), workers, counted(progress, "runs"))
    if folder is not None:
        keep(results, folder, sys.argv, counted(progress, "figures"))
    failed, text, rows = int(results.made_by["failed"]), "", []
    if failed < replications:
        rows = screen_rows(results)
        text = (
            f"{plan.scenario.question}\n\n{screen_table(results)}\n\nShares of organisations; medians of"
            f" {replications - failed} runs of {plan.providers:,} organisations, {plan.months} months from"
            f" {plan.conditions.start}.\n{grounds}"
        )
    tables = {"runs": results.runs, "monthly": results.monthly, "left_behind": results.cells}
    if failed < replications:
        tables["summary"] = summary_table(results)
    if results.events is not None:
        tables["events"] = results.events
    data = {"scenario": plan.scenario.name, "runs": replications, "failed": failed, "summary": rows}
    return Result(
        text, data, tables, lambda: drawings(results) if rows else (), folder=folder, runs=replications, failed=failed
    )


class Asked(NamedTuple):
    """What a person asks of the runs of one scenario, as commands and Python functions take it."""

    scenario: str | Path
    providers: int | str
    months: int | None
    replications: int
    seed: int
    changes: Mapping[str, Any] | None
    innovations: Sequence[str] | None
    posterior: str | Path | None
    prior: bool

    def plan(self) -> tuple[Plan, str]:
        """Return the plan of these runs, and where its fitted numbers come from, in a sentence."""
        read = read_scenario(str(self.scenario))
        fitted, grounds = asked_posterior(self.posterior, self.prior, self.innovations or read.innovations)
        plan = planned(
            read,
            replications=self.replications,
            providers=self.providers,
            months=self.months,
            seed=self.seed,
            changes=self.changes,
            innovations=self.innovations or None,
            fitted=fitted,
        )
        return plan, grounds


def asked_posterior(posterior: str | Path | None, prior: bool, innovations: Sequence[str]) -> tuple[Fitted | None, str]:
    """Return the posterior that runs of these innovations take, and why in a sentence; see `posterior.fitted_for`."""
    return fitted_for(None if posterior is None else Path(posterior), prior, find(innovations))
