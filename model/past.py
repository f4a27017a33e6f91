"""A past that several runs share: what stands until they differ is made once, and each goes on from there.

Runs with one seed and the same inputs but for what surrounds them are the same, bit for bit, until the first month in
which a provider finds something else in its schedule. Nothing is assumed of levers or shocks: schedules are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .attribution.watch import events_of
from .conditions import Conditions
from .inputs import Inputs
from .population import start as beginning
from .population.country import country_of
from .schedule import scheduled
from .simulate import Prepared, Run, prepare
from .state import Schedule, bytes_of, copied, reach_of
from .step import remember_start, run_months

ALIKE = ("parameters", "switches", "step", "months", "providers", "country", "groups", "innovations")
"""Inputs that must be the same."""


class Ahead(NamedTuple):
    """What a run with the same start finds from its first month on."""

    schedule: Schedule
    cell: np.ndarray
    """Policy cell of each row, shape (n,)."""
    shared: int
    """Months that pass as they do in the run whose past it is."""


@dataclass
class Past:
    """A run under way, from which other runs with its seed can begin.

    >>> from carespread.model import Inputs, simulate
    >>> usual, grant = (Inputs.of(name, providers=100, months=24) for name in ("central", "lever_grant"))
    >>> past = Past.of(usual, seed=1)
    >>> ahead = past.ahead(grant)
    >>> past.advance(ahead.shared)
    >>> forked = past.fork(grant, ahead)
    >>> bool((forked.record.counts == simulate(grant, seed=1).record.counts).all())
    True
    """

    inputs: Inputs
    seed: int
    prepared: Prepared
    month: int = 0
    """Months that have passed."""
    log: tuple[np.ndarray, ...] | None = None
    """Changes of stage so far, EVENT; None where none were asked for."""

    @classmethod
    def of(cls, inputs: Inputs, seed: int, *, events: bool = False) -> Past:
        """Return a run that begins; with `events` changes of stage are kept.

        Raises BadInputError on a seed that cannot be.
        """
        prepared = prepare(inputs, seed)
        if not events:  # whoever watches remembers the start
            remember_start(prepared.frame, prepared.state, prepared.record)
        return cls(inputs, seed, prepared, log=() if events else None)

    def ahead(self, inputs: Inputs) -> Ahead | None:
        """Return what a run with other inputs finds, None where it does not even begin alike."""
        mine, of = self.inputs, self.prepared
        if not (
            all(getattr(mine, name) == getattr(inputs, name) for name in ALIKE)
            and mine.population is inputs.population
            and mine.network is inputs.network
            and begin_alike(mine.conditions, inputs.conditions)
        ):
            return None
        with country_of(inputs.country):
            schedule, cell = scheduled(
                inputs.conditions, inputs.policy, inputs.parameters, inputs.switches, of.innovations, of.population,
                of.net_entry, self.seed, inputs.step,
            )  # fmt: skip
        before, pairs = of.frame.schedule, np.unique(np.column_stack([of.state.providers["cell"], cell]), axis=0).T
        surrounds = same_months(before.around[:, pairs[0]], schedule.around[:, pairs[1]])
        regime = same_months(before.regime, schedule.regime)
        if not (surrounds[0] and regime[0]):  # the first month is where a run begins
            return None
        same = surrounds & regime & same_months(before.no_successor, schedule.no_successor)
        same &= same_months(before.moved, schedule.moved)
        for name in ("pulled", "supported"):
            same &= same_months(getattr(before, name)[:, pairs[0]], getattr(schedule, name)[:, pairs[1]])
        return Ahead(schedule, cell, inputs.months if same.all() else int(same.argmin()))

    def advance(self, month: int) -> None:
        """Advance the run until `month` months have passed; no run forks from a month that has passed."""
        if month <= self.month:
            return
        if self.log is not None:
            self.log += (events_of(self.prepared, month, self.month),)
        else:
            run_months(self.prepared.frame, self.prepared.state, self.prepared.record, self.month, month - self.month)
        self.month = month

    def fork(self, inputs: Inputs, ahead: Ahead | None) -> Run:
        """Return the run with other inputs, from here on; the whole of it where it shares less than has passed."""
        if ahead is None or ahead.shared < self.month:
            return Past.of(inputs, self.seed, events=self.log is not None).end()
        frame, state = self.prepared.frame, copied(self.prepared.state)
        state.providers["cell"] = ahead.cell
        reach = reach_of(state.providers)
        settled = copied(frame.settled)
        settled["most_looks"] = beginning.most_looks(
            inputs.parameters, inputs.switches, frame.innovations, ahead.schedule, settled
        )
        prepared = self.prepared._replace(
            frame=frame._replace(schedule=ahead.schedule, settled=settled),
            state=state._replace(reach=reach, most_aware=np.zeros((len(reach), len(state.sector)))),
            record=copied(self.prepared.record),
            conditions=inputs.conditions,
        )
        return Past(inputs, self.seed, prepared, self.month, self.log).end()

    def end(self) -> Run:
        """Return the run itself, to its end; nothing can fork from it any more."""
        self.advance(self.inputs.months)
        log = None if self.log is None else np.concatenate(self.log)
        return Run(self.prepared, self.seed, self.inputs.months, log)


def begin_alike(one: Conditions, other: Conditions) -> bool:
    """Return whether what the start of a run depends on is the same, its first month apart."""
    declared = one.own_levers or other.own_levers  # these may change numbers and traits from the start
    return (one.start, one.net_entry) == (other.start, other.net_entry) and (not declared or one == other)


def same_months(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return whether two schedules have the same bytes, by month."""
    lumps = [np.ascontiguousarray(bytes_of(part)).view(np.uint8).reshape(len(part), -1) for part in (one, other)]
    return np.asarray((lumps[0] == lumps[1]).all(axis=1))
