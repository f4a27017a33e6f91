"""Watches a run month by month: keeps what stood before each month, so that what happened in it can be explained.

The kernel that advances the month knows nothing of this: a run that is watched gives the same numbers, and one that is
not pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..mechanisms.awareness import look_around
from ..state import Frame, State, bytes_of, copied
from ..step import advance, remember_start
from .events import EVENT
from .terms import note_changes

if TYPE_CHECKING:
    from ..simulate import Prepared


class Month(NamedTuple):
    """A month that has passed."""

    number: int
    """Counted from 0; the record's row is one more."""
    frame: Frame
    before: State
    """What stood before the month; its draws are the month's own."""
    after: State
    closed: np.ndarray
    """Rows whose provider closed in the month."""


CHANGING = (
    "providers",
    "traits",
    "pairs",
    "rows",
    "capability",
    "sector",
    "stance",
    "shares",
    "area_use",
    "setting_use",
)
"""What decisions read and a month changes; the scratch of draws is that of the month."""


def months_watched(prepared: Prepared, months: int | None = None, first: int = 0) -> Iterator[Month]:
    """Advance a run from month `first` up to `months` and yield each month; what is yielded is overwritten by the
    next.
    """
    frame, state, record = prepared.frame, prepared.state, prepared.record
    if first == 0:
        remember_start(frame, state, record)
    look_around(frame, state)
    kept = {name: copied(getattr(state, name)) for name in CHANGING}
    before = state._replace(network=copied(state.network), **kept)
    pairs = [(kept[name], getattr(state, name)) for name in CHANGING]
    pairs += zip(before.network, state.network, strict=True)
    each_month = [(bytes_of(old), bytes_of(now)) for old, now in pairs]
    for number in range(first, record.counts.shape[0] - 1 if months is None else months):
        for old, now in each_month:
            np.copyto(old, now)
        advance(frame, state, record, number)
        before.sector["running"] = state.sector["running"]  # which a month settles as it opens
        there = before.providers["weight"] > 0  # who opens beside them has another id than its row had, too
        closed = np.flatnonzero(there & (before.providers["id"] != state.providers["id"]))
        yield Month(number, frame, before, state, closed)


def events_of(prepared: Prepared, months: int | None = None, first: int = 0) -> np.ndarray:
    """Return all changes of stage from month `first` up to `months` of a run that this makes, EVENT, month by month in
    the order of rows.

    Memory: a row for each change, and room for one month of changes of everything.
    """
    room = np.zeros(prepared.state.pairs.size, EVENT).view(np.recarray)
    kept = [room[:0]]
    for month in months_watched(prepared, months, first):
        many = note_changes(month.frame, month.before, month.after, month.number, room)
        kept.append(room[:many].copy())
    return np.concatenate(kept).view(np.ndarray)
