"""One row of the comparison between the made register and the evidence, and how many are made at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from .evidence_rows import Margin
from .published import Floats, margin_rows


class MarginRow(NamedTuple):
    """One cell of one margin: what evidence says, what was made, and the difference in `unit`."""

    margin: str
    level: str
    evidence: float | None
    made: float | None
    difference: float | None
    unit: str
    vintage: str
    source_id: str
    note: str


def compared(  # a row of the table is read from left to right
    margin: str,
    levels: Sequence[str] | tuple[Sequence[str], Sequence[str]],
    evidence: ArrayLike,
    made: ArrayLike,
    unit: str,
    taken: tuple[str, str],
    note: str,
) -> list[MarginRow]:
    """Return one row per level, or per pair of levels; `taken` is (vintage, source id) of the evidence."""
    if isinstance(levels[0], str):
        names = list(cast(Sequence[str], levels))
    else:
        names = [" / ".join(pair) for pair in product(*cast(Sequence[Sequence[str]], levels))]
    seen, counted = np.asarray(evidence, dtype=float).ravel(), np.asarray(made, dtype=float).ravel()
    vintage, source_id = taken
    return [
        MarginRow(margin, name, float(one), float(other), float(other - one), unit, vintage, source_id, note)
        for name, one, other in zip(names, seen, counted, strict=True)
    ]


def remarked(row: Margin, unit: str, why: str) -> MarginRow:
    """Return a row of evidence that the register has no counterpart for, with the reason."""
    level = " / ".join(filter(None, (row.level1, row.level2)))
    return MarginRow(row.table, level, row.count, None, None, unit, row.vintage, row.source_id, why)


def in_percent(numbers: ArrayLike, axis: int | None = None) -> Floats:
    """Return the numbers in percent of their sum over `axis` (of all by default)."""
    table = np.asarray(numbers, dtype=float)
    return 100 * table / table.sum(axis=axis, keepdims=axis is not None)


def origin(table: str, dimension1: str, dimension2: str = "") -> tuple[str, str]:
    """Return (vintage, source id) of the first row of a table of margins.csv."""
    first = next(iter(margin_rows(table, dimension1, dimension2).values()))
    return first.vintage, first.source_id
