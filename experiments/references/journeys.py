"""V18, V19: the journey as a chain of stages."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from carespread.model.state import IMPLEMENTING, SUSTAINED
from carespread.model.textbook import cases as special_cases

from .runs import STANDARD_ERRORS, Compared, Runs, mean_and_error

JOURNEY = {"U-A": 0.05, "A-E": 0.10, "E-I": 0.15, "E-X": 0.05, "I-S": 0.10, "I-X": 0.03}
CHAIN_SIZE = 200_000


def journeys(start: str, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each provider's last stage and the months that it took to get there, each of shape (size,)."""
    stages = special_cases.stage_chain(JOURNEY, CHAIN_SIZE, months, seed=1, start=start)
    return stages[-1].copy(), (stages < SUSTAINED).sum(axis=0)


def stage_chain(runs: Runs) -> Iterator[Compared]:
    """Return V18: where the journey ends, and when."""
    source = "fundamental matrix"
    # so long that nobody is left on the way: that is checked too
    starts = {("U", 400): (0.576923, 40.7692, 23.23), ("I", 150): (0.769231, 7.6923, None)}
    for ((start, months), known), made in zip(starts.items(), runs.of(journeys, starts), strict=True):
        sustained, mean, deviation = known
        last, taken = made
        providers = len(last)
        share = float((last == SUSTAINED).mean())
        error = math.sqrt(share * (1 - share) / providers)
        yield Compared(f"share sustained, from {start}", sustained, share, STANDARD_ERRORS * error, source)
        average, error = mean_and_error(taken)
        yield Compared(f"mean months to the end, from {start}", mean, average, STANDARD_ERRORS * error, source)
        what = f"providers on their way after {months} months, from {start}"
        yield Compared(what, 0, int((last < SUSTAINED).sum()), 0, source)
        if deviation is not None:
            spread = error * math.sqrt(providers)
            fourth = float(((taken - average) ** 4).mean())
            error = math.sqrt((fourth - spread**4) / providers) / (2 * spread)
            # the reference has two decimals: half of the last one is within the tolerance
            tolerance = STANDARD_ERRORS * error + 0.005
            yield Compared(f"SD of months to the end, from {start}", deviation, spread, tolerance, source)


TO_ROUTINE, GIVEN_UP, ABANDONED = 0.0676, 0.0480, 0.0353
"""Hazards of a hard programme, a month."""
TWO_YEARS, UNTIL_ALL_ARE_THROUGH = 24, 150
"""Months."""


def implementations(
    to_routine: float = TO_ROUTINE, given_up: float = GIVEN_UP, abandoned: float = ABANDONED, size: int = CHAIN_SIZE
) -> tuple[float, float, float]:
    """Return which shares of those that start reach routine use, use it after two years, keep it for two; hazards in
    1/month.
    """
    leaving = -math.expm1(-(to_routine + given_up))
    chances = {
        "I-S": leaving * to_routine / (to_routine + given_up),
        "I-X": leaving * given_up / (to_routine + given_up),
        "S-X": -math.expm1(-abandoned),
    }
    months = UNTIL_ALL_ARE_THROUGH + TWO_YEARS
    stages = special_cases.stage_chain(chances, size, months, seed=1, start="I")
    routine = stages == SUSTAINED
    reached = np.flatnonzero(routine.any(axis=0))
    two_years_later = np.minimum(np.argmax(routine, axis=0)[reached] + TWO_YEARS, months)
    using = (stages[TWO_YEARS] == IMPLEMENTING) | routine[TWO_YEARS]
    return (
        len(reached) / size,
        float(using.mean()),
        routine[two_years_later, reached].sum() / size,
    )


def hard_programme(runs: Runs) -> Iterator[Compared]:
    """Return V19: a hard programme's published success, from hazards that were solved from it."""
    ((reached, using, kept),) = runs.of(implementations, [()])
    source = "Implementation Science Communications 2022, 3:2"
    yield Compared("share that reaches routine use", 0.585, reached, 0.01, source)
    yield Compared("share in use two years after the start", 0.371, using, 0.01, source)
    yield Compared("share in use two years after routine was reached", 0.251, kept, 0.01, source)
