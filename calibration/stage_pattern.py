"""The stage pattern V19 as data: what becomes of those who begin to implement a hard programme.

It rests on the hazards of implementation alone, which the production kernel turns into shares (the stage chain of
`model.special_cases`); of the numbers that are fitted only the hazard of abandonment acts on it, so shares are
tabulated once and read off.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from carespread.experiments.references.journeys import implementations
from carespread.model import Parameters

MEASURES = ("reach_routine", "used_after_two_years", "kept_two_years")
"""Shares of those who begin: in the order of `implementations`."""
POINTS, SIZE = 13, 50_000


@cache
def table() -> tuple[np.ndarray, np.ndarray]:
    """Return hazards of abandoning a routine, /month, and the three shares at each, shape (POINTS, 3)."""
    usual = Parameters()
    hazards = np.geomspace(usual.sustain_hazard / 4, 4 * usual.sustain_hazard, POINTS)
    rows = [
        implementations(usual.implementation_rate, usual.implementation_abandonment * hazard, hazard, SIZE)
        for hazard in hazards
    ]
    return hazards, np.array(rows, float)


def pattern_at(measure: str, hazards: np.ndarray) -> np.ndarray:
    """Return a share of the stage pattern at hazards of abandoning a routine (/month)."""
    known, rows = table()
    return np.asarray(np.interp(np.log(hazards), np.log(known), rows[:, MEASURES.index(measure)]))
