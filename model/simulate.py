"""The pure engine: parameters, policy, conditions and a seed in; a run out; nothing else touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .attribution.watch import events_of
from .conditions import Conditions, checked_conditions, month_after, scheduled
from .declare import BadInputError
from .groups import groups_of, labels
from .innovations import DEFAULT, Innovation, find, originals, records
from .parameters import Parameters
from .policy import Policy
from .population import start as beginning
from .population.network import checked_network, partnerships, with_slots
from .population.providers import checked_population
from .population.sector import Population, drawn_for, populate
from .record import BIG
from .state import Frame, Record, State, empty_record, one_record
from .step import remember_start, run_months
from .switches import Switches
from .table import events_table, monthly_table

if TYPE_CHECKING:
    import pandas as pd

MOST_MONTHS = 1200


class Prepared(NamedTuple):
    """A run before its first month: what the kernels read, what they change, and what was made for them."""

    frame: Frame
    state: State
    record: Record
    population: Population
    innovations: tuple[Innovation, ...]
    conditions: Conditions
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """The dimensions that are told apart, and the names of each one's levels; record cells are their product."""
    first_stage: np.ndarray
    """Stage of each provider and innovation at the start, int8 of shape (n, J)."""


@dataclass(frozen=True)
class Run:
    """What a run leaves."""

    prepared: Prepared
    seed: int
    months: int
    log: np.ndarray | None = None
    """Changes of stage, EVENT; None where none were asked for."""

    @property
    def record(self) -> Record:
        """The raw record: whole numbers by month, record cell and innovation."""
        return self.prepared.record

    @cached_property
    def dates(self) -> np.ndarray:
        """Month of each row: the first is the month before the start, whose end the start is; datetime64[M]."""
        first = np.datetime64(month_after(self.prepared.conditions.start, -1), "M")
        step = float(self.prepared.frame.settled[0].step)
        return first + np.floor(np.arange(self.months + 1) * step).astype(int)

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """One row a month, innovation and group; columns and units in `table.COLUMNS`."""
        return monthly_table(self)

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row a change of stage, with the terms that decided it (`events.TERMS`).

        Raises BadInputError where the run was made without `events=True`.
        """
        if self.log is None:
            raise BadInputError("This run kept no events: ask for them with simulate(..., events=True).")
        return events_table(self.log, self.dates, [one.name for one in self.prepared.innovations])


def prepare(
    parameters: Parameters,
    policy: Policy,
    *,
    providers: int | str = 2000,
    months: int = 120,
    seed: int = 1,
    innovations: Any = DEFAULT,
    switches: Switches | None = None,
    conditions: Conditions | None = None,
    groups: Iterable[str] = (),
    step: float = 1.0,
    population: Population | None = None,
    network: Any = None,
) -> Prepared:
    """Return a run before its first month; every argument is checked before any work starts (see `simulate`)."""
    for given, kind, name in ((parameters, Parameters, "parameters"), (policy, Policy, "policy")):
        if not isinstance(given, kind):
            raise BadInputError(f"{name} is {given!r}: it must be made by {kind.__name__}.of(...).")
    # `_replace` and the bare constructor do not check; here nothing unchecked passes
    parameters, policy = Parameters.of(**parameters._asdict()), Policy.of(**policy._asdict())
    switches = Switches.of(**(switches or Switches())._asdict())
    months = checked_whole("months", months, 1, MOST_MONTHS, "months")
    seed = checked_whole("seed", seed, 0, 2**63 - 1, "")
    if isinstance(step, (str, bool)) or not 0.001 <= float(step) <= 1:
        raise BadInputError(f"step is {step!r}: it must be from 0.001 to 1 months.")
    found = find(innovations)
    if population is not None:
        population = drawn_for(checked_population(population), parameters, seed)
    with groups_of(population):
        conditions = checked_conditions(conditions or Conditions(), found)
    if switches.origination:
        found = (*found, *originals(found, seed))
    people = populate(parameters, providers, seed) if population is None else population
    made = (
        partnerships(people, parameters.ties, seed)
        if network is None
        else checked_network(network, people.id, people.names)
    )
    tied = with_slots(made)
    schedule, cell = scheduled(conditions, policy, parameters, switches, found, people, months, seed, step)
    group, named = record_cells(tuple(groups), people)
    rows, traits, slack = beginning.providers_at_start(parameters, people, cell, group, seed)
    led = beginning.leads_at_start(parameters, people)
    frame = Frame(
        one_record(parameters),
        one_record(switches),
        beginning.settled(parameters, led, people.frontline, slack, seed, step),
        records(found, parameters),
        traits.copy(),
        beginning.places(people),
        schedule,
    )
    state = beginning.under_way(
        parameters, found, people, rows, traits, tied, schedule, led[0], slack, conditions.start, seed
    )
    cells = int(np.prod([len(levels) for _, levels in named], dtype=int))
    stages = state.pairs["stage"].copy()
    return Prepared(frame, state, empty_record(months, cells, len(found)), people, found, conditions, named, stages)


def simulate(
    parameters: Parameters | None = None, policy: Policy | None = None, *, events: bool = False, **settings: Any
) -> Run:
    """Return a run of the sector: same arguments and seed, same numbers, exactly.

    Settings: `providers` (50 to 1,000,000, or "all"; default 2000), `months` (120), `seed` (1), `innovations`
    (names, paths or innovations), `switches`, `conditions` (start, regimes, dated levers), `groups` (dimensions
    that are told apart, such as "setting", "size", "region"), `step` (months, at most 1), `population` (providers of
    one's own, by `Population.of`, in place of `providers`), `network` (who hears from whom: a networkx graph with one
    node a provider, CSR arrays (indptr, indices), or a `Network`; the model's own where left out).
    With `events` every change of stage is kept with what decided it (`Run.events`); the numbers are the same.
    Raises BadInputError with one sentence where an argument is unknown or out of range.
    """
    prepared = prepare(parameters or Parameters(), policy or Policy(), **settings)
    months, seed = prepared.record.counts.shape[0] - 1, int(prepared.frame.settled[0].seed)
    if events:
        return Run(prepared, seed, months, events_of(prepared))
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_months(prepared.frame, prepared.state, prepared.record, 0, months)
    return Run(prepared, seed, months)


def checked_whole(name: str, value: Any, low: int, high: int, unit: str) -> int:
    """Return a whole number within its limits, or refuse it."""
    limits = f"it must be a whole number from {low} to {high} {unit}".rstrip()
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__") or not low <= int(value) <= high:
        raise BadInputError(f"{name} is {value!r}: {limits}.")
    return int(value)


def record_cells(dimensions: tuple[str, ...], population: Population) -> tuple[np.ndarray, tuple]:
    """Return each provider's record cell, shape (n,), and the dimensions with their levels' names."""
    cell = np.zeros(len(population.id), np.int64)
    named = []
    for dimension in dict.fromkeys(dimensions):
        codes, names = labels(dimension, population)
        cell = cell * len(names) + codes
        named.append((dimension, names))
    return cell, tuple(named)


def totals(prepared: Prepared) -> dict[str, np.ndarray]:
    """Return what does not change in a run, by record cell, shape (cells,): whole numbers."""
    rows = prepared.state.providers
    cells = prepared.record.counts.shape[1]
    people = rows["weight"] * rows["people"]

    def summed(values: np.ndarray) -> np.ndarray:
        made = np.zeros(cells, np.int64)
        np.add.at(made, rows["group"], values)
        return made

    return {
        "providers": summed(np.ones_like(rows["id"])),
        "weight": summed(rows["weight"]),
        "sites": summed(rows["weight"] * rows["sites"]),
        "people": summed(people),
        "ranked": summed(people * rows["rank"]),
        "large": summed((rows["staff"] >= BIG).astype(np.int64)),
    }
