"""Runs one scenario with many seeds, on all cores; a failed run is a row and the others go on."""

from __future__ import annotations

import os
import platform
import threading
import traceback
from bdb import BdbQuit
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from carespread.model import BadInputError, Conditions, Inputs, Parameters, Policy, Scenario, Switches
from carespread.model.conditions import described as conditions_described
from carespread.model.conditions import month_after
from carespread.model.declare import checked_whole
from carespread.model.equations import replacements
from carespread.model.innovations import LOCAL_NAMES, Innovation, find
from carespread.model.inputs import checked_changes, with_own
from carespread.model.jit import JIT
from carespread.model.past import Ahead, Past
from carespread.model.population.country import country_of, home
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Run, simulate
from carespread.results.statistics.outcomes import CELLS, arrays_of, gradients, last_month, outcomes_at, run_outcomes
from carespread.results.statistics.theory import theory_outcomes
from carespread.results.store.tables import OneRun, Results, by_period, tables

from .posterior import Fitted

MOST_REPLICATIONS = 100_000
REPLICATIONS, SEED = 20, 1
Progress = Callable[[int, int], None]


class Plan(NamedTuple):
    """Runs of one design, checked: what each is given, how many there are, and what is kept of them."""

    scenario: Scenario
    inputs: Inputs
    """What runs are given; with draws of a posterior, at their medians."""
    replications: int
    seed: int
    """Seed of the first run; the others follow."""
    changes: Mapping[str, Any]
    """What a person sets by name, on top of the scenario: no draw takes its place."""
    gradients: bool
    """Whether to keep who uses what at the end by level of several dimensions, instead of by cell of the groups."""
    dates: tuple[str, ...] = ()
    """Months (YYYY-MM) whose shares stand in the row of each run."""
    theory: bool = False
    """Whether to measure what the claims of the theory speak of."""
    monthly: bool = True
    """Whether to keep months and levels, or the row of each run alone."""
    fitted: Fitted | None = None
    """Draws that the runs take one after the other."""
    events: bool = False
    """Whether to keep every change of stage."""
    period: int = 1
    """Months of a row of the monthly table: what is added up in them, and how things stand at their end."""

    @property
    def parameters(self) -> Parameters:
        """The parameters of the inputs."""
        return self.inputs.parameters

    @property
    def policy(self) -> Policy:
        """The levers that act on everybody all the time."""
        return self.inputs.policy

    @property
    def switches(self) -> Switches:
        """Which mechanisms are on."""
        return self.inputs.switches

    @property
    def conditions(self) -> Conditions:
        """What surrounds the runs."""
        return self.inputs.conditions

    @property
    def innovations(self) -> tuple[Innovation, ...]:
        """The innovations of the inputs."""
        return self.inputs.innovations

    @property
    def providers(self) -> int:
        """How many organisations a run has."""
        return self.inputs.providers

    @property
    def months(self) -> int:
        """How many months a run has."""
        return self.inputs.months

    @property
    def groups(self) -> tuple[str, ...]:
        """The dimensions that are told apart."""
        return self.inputs.groups


def planned(
    scenario: str | Path | Conditions | Scenario,
    *,
    replications: int = REPLICATIONS,
    seed: int = SEED,
    changes: Mapping[str, Any] | None = None,
    innovations: Sequence[str | Innovation] | str | None = None,
    groups: Sequence[str] = CELLS,
    gradients: bool = False,
    dates: Sequence[str] = (),
    theory: bool = False,
    monthly: bool = True,
    fitted: Fitted | None = None,
    events: bool = False,
    period: int = 1,
    **others: Any,
) -> Plan:
    """Return the plan of runs, or refuse what they cannot do before any work starts.

    `changes` is what `Inputs.of` calls `set`, and `others` are its other arguments: providers, months, parameters, ...
    With `fitted` every run has a draw of its own of what is fitted and neither set nor given with `parameters`.
    """
    read = read_scenario(scenario)
    found = find(innovations or read.innovations)
    asked = checked_changes(changes)
    draw = {} if fitted is None or others.get("parameters") is not None else fitted.middle()
    usual = {} if fitted is None else fitted.changes(draw, [one.name for one in found], {*read.changes, *asked})
    inputs = Inputs.of(
        scenario if isinstance(scenario, Conditions) else read,
        set=asked, usual=usual, innovations=found, groups=groups, **others,
    )  # fmt: skip
    checked_dates(dates, inputs.conditions.start, inputs.months)
    return Plan(
        read,
        inputs,
        checked_whole("replications", replications, 1, MOST_REPLICATIONS, "runs"),
        # every replication has a seed of its own, the last is seed + replications - 1
        checked_whole("seed", seed, 0, 2**63 - MOST_REPLICATIONS, ""),
        asked,
        gradients,
        tuple(dates),
        theory,
        monthly,
        fitted if draw else None,
        events,
        period,
    )


def inputs_of(plan: Plan, seed: int) -> Inputs:
    """Return what the run with a seed is given: its own draw of what is fitted."""
    if plan.fitted is None:
        return plan.inputs
    settled = {*plan.scenario.changes, *plan.changes}
    changes = plan.fitted.changes(plan.fitted.of_seed(seed), [one.name for one in plan.innovations], settled)
    innovations, sector = with_own(plan.innovations, changes)
    return plan.inputs.replaced(
        parameters=Parameters.of(**{**plan.parameters._asdict(), **sector}), innovations=innovations
    )


def checked_dates(dates: Sequence[str], start: str, months: int) -> None:
    """Refuse months that no run from `start` reaches."""
    known = [month_after(start, number) for number in range(-1, months)]
    for date in dates:
        if date not in known:
            raise BadInputError(f"The date is {date!r}: it must be a month (YYYY-MM) from {known[0]} to {known[-1]}.")


def threads() -> int:
    """Return how many threads this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def replicate(plan: Plan, workers: int | None = None, progress: Progress | None = None) -> Results:
    """Return the runs of a plan, the same whatever the number of threads; `progress` is told (runs ended, of all)."""
    return replicate_all([plan], workers, progress)[0]


def replicate_all(plans: Sequence[Plan], workers: int | None = None, progress: Progress | None = None) -> list[Results]:
    """Return the runs of plans that have the same number of them, seed by seed side by side; `progress` is told
    (replications ended, of all).
    """
    started, many = datetime.now(UTC), plans[0].replications
    with country_of(plans[0].inputs.country):
        home().register()  # kept for all threads; without this each would begin by making its own
    made: list[list[OneRun]] = []

    def ended(runs: list[OneRun]) -> None:
        made.append(runs)
        if progress is not None:
            progress(len(made), many)

    if not JIT:  # a debugger sees the thread that it was started in, and no other
        for number in range(many):
            ended(runs_side_by_side([(plan, number) for plan in plans]))
    else:
        pool = ThreadPoolExecutor(max(1, min(workers or threads(), many)), thread_name_prefix="thread")
        waiting = [pool.submit(runs_side_by_side, [(plan, number) for plan in plans]) for number in range(many)]
        try:
            for future in waiting:
                wait([future])
                ended(future.result())
        finally:  # nobody waits for a kernel after Ctrl-C
            pool.shutdown(wait=False, cancel_futures=True)
    return [
        tables(list(runs), described(plan, started)) for plan, runs in zip(plans, zip(*made, strict=True), strict=True)
    ]


def one_run(plan: Plan, number: int) -> OneRun:
    """Return what is kept of replication `number` (0, 1, ...); an error is kept as text."""
    seed = plan.seed + number
    with country_of(plan.inputs.country):
        return _kept_of(plan, number, lambda: simulate(inputs_of(plan, seed), seed, events=plan.events))


def runs_side_by_side(asked: Sequence[tuple[Plan, int]]) -> list[OneRun]:
    """Return what `one_run` returns for replications of several plans, in their order; months that runs of one seed
    have in common are made once.
    """
    if len(asked) == 1:
        return [one_run(*asked[0])]
    alike: dict[Any, dict[int, Inputs]] = {}
    for at, (plan, number) in enumerate(asked):
        with country_of(plan.inputs.country), suppress(Exception):  # by itself, a run says in its row what is wrong
            inputs = inputs_of(plan, plan.seed + number)
            key = plan.seed + number, plan.events, inputs.parameters, inputs.switches
            alike.setdefault(key, {})[at] = inputs
    made: dict[int, OneRun] = {}
    for together in alike.values():
        if len(together) > 1:
            made |= _forked(asked, together)
    return [made.get(at) or one_run(plan, number) for at, (plan, number) in enumerate(asked)]


def _forked(asked: Sequence[tuple[Plan, int]], together: Mapping[int, Inputs]) -> dict[int, OneRun]:
    """Return, of runs with one seed and these inputs, the first and those that begin as it does."""
    (first, given), *others = together.items()
    plan, number = asked[first]
    with country_of(given.country):
        try:
            past = Past.of(given, plan.seed + number, events=plan.events)
            found = [(ahead.shared, at, inputs, ahead) for at, inputs in others if (ahead := past.ahead(inputs))]
        except Exception:  # by itself, each run says in its row what is wrong with it
            return {}

        def fork(inputs: Inputs, ahead: Ahead) -> Run:
            past.advance(ahead.shared)
            return past.fork(inputs, ahead)

        made = {
            at: _kept_of(*asked[at], partial(fork, inputs, ahead))
            for _, at, inputs, ahead in sorted(found, key=itemgetter(0, 1))
        }
        return made | {first: _kept_of(plan, number, past.end)}


def _kept_of(plan: Plan, number: int, make: Callable[[], Run]) -> OneRun:
    started = datetime.now(UTC)
    seed, stage = plan.seed + number, "simulate"
    run: Run | None = None
    arrays, cells, outcomes, error = None, None, {}, None
    try:
        run = make()
        stage = "record"
        arrays = arrays_of(run)
        outcomes = run_outcomes(run, arrays) | outcomes_at(run, arrays, plan.dates)
        if plan.theory:
            outcomes |= theory_outcomes(run, arrays)
        cells = gradients(run) if plan.gradients else last_month(run) if plan.groups else None
        stage = "ended"
        if not plan.monthly:
            arrays = cells = None
        elif plan.period > 1:
            arrays = by_period(arrays, plan.period)
    except BdbQuit:  # somebody leaves the debugger
        raise
    except Exception:
        error = traceback.format_exc()
        arrays = cells = None
    ended = datetime.now(UTC)
    return OneRun(
        replication=number,
        seed=seed,
        status="failed" if error else "ok",
        stage=stage,
        error=error,
        outcomes=outcomes,
        arrays=arrays,
        cells=cells,
        dates=None if run is None else run.dates[:: plan.period],
        groups=() if run is None else run.prepared.groups,
        area_level=None if run is None else run.prepared.population.area_level,
        started=started,
        ended=ended,
        worker=threading.current_thread().name,
        host=platform.node(),
        events=None if run is None or run.log is None else run.events,
    )


def own_of(innovation: Innovation) -> dict[str, float]:
    """Return the numbers that an innovation has of its own."""
    return {name: value for name, value in innovation.own._asdict().items() if value is not None}


def described(plan: Plan, started: datetime) -> dict[str, Any]:
    """Return the plan as plain data, for the record of its making."""
    return {
        "design": plan.scenario.name,
        "question": plan.scenario.question,
        "scenario": plan.scenario.name,
        "scenario_file": str(plan.scenario.path),
        "scenario_text": plan.scenario.text,
        "start": plan.conditions.start,
        "months": plan.months,
        "country": plan.inputs.country,
        "providers": plan.providers,
        "replications": plan.replications,
        "seed": plan.seed,
        "seeds": [plan.seed, plan.seed + plan.replications - 1],
        "changes": dict(plan.changes),
        "parameters": plan.parameters._asdict(),
        "policy": plan.policy._asdict(),
        "switches": plan.switches._asdict(),
        "conditions": conditions_described(plan.conditions),
        "innovations": {one.name: one.file.model_dump(mode="json") for one in plan.innovations},
        "own": {one.name: own for one in plan.innovations if (own := own_of(one))},
        "fitted": None if plan.fitted is None else plan.fitted.described(),
        # what staff come up with differs from run to run: only its names are the same
        "local_innovations": list(LOCAL_NAMES) if plan.switches.origination else [],
        "groups": list(plan.groups),
        "dates": list(plan.dates),
        "replaced": replacements(),
        **({} if plan.period == 1 else {"period": plan.period}),
        "started": started,
    }
