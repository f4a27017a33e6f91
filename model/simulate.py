"""The pure engine: inputs and a seed in; a run out; nothing else touched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .attribution.watch import events_of
from .conditions import Conditions, month_after
from .declare import BadInputError, checked_whole
from .groups import labels
from .innovations import Innovation, judged, originals, records
from .inputs import Inputs, check_kind
from .own_levers import moved_parameters, moved_traits
from .population import start as beginning
from .population.country import country_of
from .population.network import checked_network, partnerships, with_slots
from .population.newcomers import rates, since_register, with_newcomers
from .population.sector import Population, drawn_for, populate
from .schedule import scheduled
from .state import Frame, Record, State, empty_record, one_record
from .step import remember_start, run_months
from .table import dataset, events_table, monthly_table

if TYPE_CHECKING:
    import pandas as pd


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
    net_entry: np.ndarray
    """A year, by step and setting, shape (T, 4)."""


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
        return np.asarray(first + np.floor(np.arange(self.months + 1) * step).astype(int))

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

    def to_xarray(self) -> Any:
        """Return the monthly table as an xarray.Dataset over month, innovation and group, with units.

        Raises BadInputError where xarray is not installed.

        >>> import carespread as cs
        >>> made = cs.simulate("central", providers=100, months=12, seed=1).to_xarray()
        >>> made["using_share"].sel(innovation="dscr", group="all").sizes["month"]  # the start and 12 months
        13
        """
        return dataset(self.monthly, seed=self.seed)


def grown_to(
    conditions: Conditions, people: Population, months: int, step: float, multiple: float, synthetic: bool
) -> tuple[Population, np.ndarray]:
    """Return the population at the start, and net entry a year by step and setting, shape (T, 4).

    The register is of one month: by weight, its settings are made as large as they were at the start. Net entry is a
    `multiple` of what the conditions say, or else the country where the providers are its `synthetic` ones.
    """
    country, start = people.country, conditions.start
    series = tuple(
        (month, setting, multiple * value)
        for month, setting, value in conditions.net_entry or (country.net_entry() if synthetic else ())
    )
    if multiple == 0 or not series:
        return people, np.zeros((months, len(country.settings)))
    if synthetic:
        factors = since_register(series, country.settings, country.register_date, start)
        people = people._replace(weight=people.weight * factors[people.setting])
    return people, rates(series, country.settings, start, months, step)


def prepare(inputs: Inputs, seed: int = 1) -> Prepared:
    """Return the run with a seed (0 to 2**63 - 1) before its first month.

    Raises BadInputError on a seed that cannot be; `inputs` are checked where they are made.
    """
    check_kind("inputs", inputs, Inputs)
    with country_of(inputs.country):
        return _prepared(inputs, seed)


def _prepared(inputs: Inputs, seed: int) -> Prepared:
    seed = checked_whole("seed", seed, 0, 2**63 - 1, "")
    switches, conditions = inputs.switches, inputs.conditions
    parameters = moved_parameters(inputs.parameters, conditions.own_levers, conditions.levers)
    found, months, step = judged(inputs.innovations, parameters), inputs.months, inputs.step
    if switches.origination:
        found = (*found, *originals(found, seed))
    given = inputs.population
    people = populate(parameters, inputs.providers, seed) if given is None else drawn_for(given, parameters, seed)
    people = moved_traits(people, conditions.own_levers, conditions.levers, parameters)
    tied = with_slots(
        partnerships(people, parameters.ties, seed)
        if inputs.network is None
        else checked_network(inputs.network, people.id, people.names)
    )
    people, growth = grown_to(
        conditions, people, months, step, parameters.net_entry if switches.entry else 0.0, given is None
    )
    people, tied, newcomers = with_newcomers(people, tied, growth, step, seed)
    schedule, cell = scheduled(conditions, inputs.policy, parameters, switches, found, people, growth, seed, step)
    group, named = record_cells(inputs.groups, people)
    rows, traits, slack = beginning.providers_at_start(parameters, people, cell, group, seed)
    lead = beginning.lead_at_start(parameters, people)
    known = records(found, parameters, switches)
    old_hands = beginning.long_use(parameters, switches, found, known, people, schedule.around[0, cell])
    settled = beginning.settled(parameters, switches, lead, people, slack, seed, step)
    settled["most_looks"] = beginning.most_looks(parameters, switches, known, schedule, settled)
    frame = Frame(
        one_record(parameters),
        one_record(switches),
        settled,
        known,
        traits.copy(),
        beginning.places(people),
        newcomers,
        schedule,
    )
    state = beginning.under_way(
        parameters,
        found,
        known,
        old_hands,
        people,
        rows,
        traits,
        tied,
        schedule,
        lead[0],
        slack,
        conditions.start,
        seed,
    )
    cells = int(np.prod([len(levels) for _, levels in named], dtype=int))
    stages = state.pairs["stage"].copy()
    record = empty_record(months, cells, len(found))
    return Prepared(frame, state, record, people, found, conditions, named, stages, growth)


def simulate(inputs: Inputs, seed: int = 1, *, events: bool = False) -> Run:
    """Return a run of the sector: same inputs and seed, same numbers, exactly.

    With `events` every change of stage is kept with what decided it (`Run.events`); the numbers are the same. Raises
    BadInputError on a seed that cannot be.
    """
    prepared = prepare(inputs, seed)
    if events:
        return Run(prepared, int(seed), inputs.months, events_of(prepared))
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_months(prepared.frame, prepared.state, prepared.record, 0, inputs.months)
    return Run(prepared, int(seed), inputs.months)


def record_cells(
    dimensions: tuple[str, ...], population: Population
) -> tuple[np.ndarray, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return each provider's record cell, shape (n,), and the dimensions with their levels' names."""
    cell = np.zeros(len(population.id), np.int64)
    named = []
    for dimension in dict.fromkeys(dimensions):
        codes, names = labels(dimension, population)
        cell = cell * len(names) + codes
        named.append((dimension, names))
    return cell, tuple(named)
