"""Runs a scenario many times, from what a person asks for, and keeps the runs with their figures."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from carespread.model import Policy
from carespread.model.innovations import find
from carespread.model.scenario import read_scenario
from carespread.results.money import assumed_words, idle_words, payer_words, table_of
from carespread.results.statistics.appraisal import PAYERS, TOTALS, Appraised, Assumptions
from carespread.results.statistics.comparison import Settled, draws_of, ranking_table, with_uses
from carespread.results.store.folder import keep
from carespread.results.store.summary import screen_rows, screen_table, summary_table
from carespread.results.store.tables import Results

from .limits import MONTHS, PROVIDERS, RUNS, SEED, WORKERS, checked
from .posterior import Fitted, fitted_for
from .result import Result, rows_of
from .run import Plan, planned, replicate
from .store import Progress, claimed, counted

if TYPE_CHECKING:
    import pandas as pd

    from carespread.results.figures.drawing import Drawing

AGAINST, NOTHING = "against_nothing", "do nothing"
"""The table of a run with levers, and the name of the other side."""


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
    figures: bool = True,
    out: str | Path | None = None,
    workers: Annotated[int | None, WORKERS] = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario many times, each run with its own seed.

    Returns `runs` (a row a run), `monthly` (a row a month, run, innovation and group), `left_behind`, `summary`,
    `events` where they were asked for, and `against_nothing` where levers are pulled: what they gain and cost against
    the same runs without any, as `compare` has it. Nothing is written without `out`;
    `figures` says whether they are drawn. Raises BadInputError on what cannot be.
    """
    asked = Asked(scenario, providers, months, replications, seed, set, innovations, posterior, prior)
    plan, grounds = asked.plan()
    folder = claimed(out, "run")
    results = replicate(plan._replace(events=events), workers, counted(progress, "runs"))
    against = against_nothing(plan, results, workers, progress)
    if folder is not None:
        more = {} if against is None else {AGAINST: against}
        keep(results, folder, sys.argv, counted(progress, "figures"), more, figures)
    failed, text, rows = int(results.made_by["failed"]), "", []
    if failed < replications:
        rows = screen_rows(results)
        text = (
            f"{plan.scenario.question}\n\n{screen_table(results)}\n\nShares of organisations; medians of"
            f" {replications - failed} runs of {plan.providers:,} organisations, {plan.months} months from"
            f" {plan.conditions.start}.\n{grounds}"
        )
        if against is not None:
            text += f"\n\n{against_words(against)}"
    tables = {"runs": results.runs, "monthly": results.monthly, "left_behind": results.cells}
    if failed < replications:
        tables["summary"] = summary_table(results)
    if results.events is not None:
        tables["events"] = results.events
    data = {"scenario": plan.scenario.name, "runs": replications, "failed": failed, "summary": rows}
    if against is not None:
        tables[AGAINST] = against
        data[AGAINST] = rows_of(against)

    def drawn() -> Iterable[Drawing]:
        from carespread.results.figures.run import drawings

        return drawings(results) if rows else ()

    return Result(text, data, tables, drawn, folder=folder, runs=replications, failed=failed)


def levers_pulled(plan: Plan) -> tuple[str, ...]:
    """Return the levers that a plan pulls, by name."""
    usual = Policy()
    all_the_time = {name for name in Policy._fields if getattr(plan.policy, name) != getattr(usual, name)}
    return tuple(sorted(all_the_time | {lever.name for lever in plan.conditions.levers}))


def against_nothing(
    plan: Plan, results: Results, workers: int | None = None, progress: Progress | None = None
) -> pd.DataFrame | None:
    """Return what the levers of some runs gain and cost against the same runs without any: the same seeds and draws.

    A row for doing nothing and one for the scenario, with the columns of the ranking of `compare`. None where no lever
    is pulled, or all runs of a side failed.
    """
    levers = levers_pulled(plan)
    if not levers:
        return None
    idle = plan.inputs.replaced(conditions=plan.conditions._replace(levers=()), policy=Policy())
    others = replicate(plan._replace(inputs=idle, events=False), workers, counted(progress, "runs without levers"))
    added = [name for name in levers if name not in {lever.name for lever in plan.scenario.conditions.levers}]
    own = plan.scenario.name + (f" with {' and '.join(added)}" if added else "")
    options = options_of({NOTHING: others, own: results}, plan, {own: levers})
    return ranking_table(options, None) if options else None


def options_of(named: Mapping[str, Results], plan: Plan, levers: Mapping[str, tuple[str, ...]]) -> dict[str, Appraised]:
    """Return what runs of several options gain and cost against those of the first, run by run: the same seeds and
    draws. Empty where all runs of an option failed.
    """
    import pandas as pd

    innovations = {one.name: one.file for one in plan.innovations}
    runs, months = [], []
    for name, made in named.items():
        ended = made.runs[made.runs["status"] == "ok"]
        if not len(ended):
            return {}
        # each run is a draw of its own
        runs.append(with_uses(ended, innovations).assign(scenario=name, key=ended["replication"], replication=0))
        parts = ["outcome", *(part for part in (*PAYERS, *TOTALS) if part in made.monthly)]
        whole = made.monthly[made.monthly["group"] == "all"].groupby(["replication", "month"], observed=True)[parts]
        summed = whole.sum().reset_index()
        months.append(summed.assign(scenario=name, key=summed["replication"], replication=0))
    settled = Settled(tuple(named), innovations, levers, seed=plan.seed)
    options, _ = draws_of(pd.concat(runs), pd.concat(months), settled)
    return options


def against_words(against: pd.DataFrame) -> str:
    """Return what levers gain and cost, as a table and in words."""
    options = against[against["scenario"] != NOTHING]
    lines = [
        "Against doing nothing, with the same random draws:",
        "",
        table_of(against, NOTHING),
        "",
        *payer_words(options),
        *idle_words(options[options["idle"]]["scenario"]),
        f"{assumed_words(Assumptions())} In brackets: what holds 95 % of the runs.",
    ]
    return "\n".join(lines)


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
