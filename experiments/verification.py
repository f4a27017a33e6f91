"""Published results beside what the kernels give: the table behind `carespread verify`.

Every case sets the production kernels to a special case of the model (`model.special_cases`) whose answer
somebody else has published or can derive on paper. Seeds are fixed in advance and never replaced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from carespread.model import BadInputError
from carespread.model.declare import nearest

from .references import decisions, diffusion, inference, journeys, levels, mechanisms, thresholds, variance
from .references.runs import Case, Compared, Runs
from .run import threads


class Row(NamedTuple):
    """One number of a published result beside ours."""

    case: str
    what: str
    reference: float
    value: float
    tolerance: float
    """The largest difference that passes."""
    source: str
    passed: bool


def verify(cases: Iterable[str] | None = None, progress: Callable[[int, int], None] | None = None) -> list[Row]:
    """Return the rows of the cases named (none: all), in the order of the table.

    `progress` is called with (runs ended, runs in all), from any thread but never from two at once.
    An unknown case is refused.
    """
    wanted = list(cases or CASES)
    for name in wanted:
        if name not in CASES:
            raise BadInputError(f"Unknown case {name!r}: {nearest(str(name), CASES)}")
    chosen = [name for name in CASES if name in wanted]
    total, done, lock = sum(CASES[name].runs for name in chosen), 0, threading.Lock()

    def ended() -> None:
        nonlocal done
        with lock:
            done += 1
            if progress is not None:
                progress(done, total)

    def judged(name: str) -> list[Row]:
        return [row(name, compared) for compared in CASES[name].compared(runs)]

    # cases wait for their runs in threads of their own: no processor idles while a case's last run ends
    with ThreadPoolExecutor(threads()) as pool, ThreadPoolExecutor(len(chosen)) as waiting:
        runs = Runs(chosen, pool, ended)
        return [made for rows in waiting.map(judged, chosen) for made in rows]


def row(case: str, compared: Compared) -> Row:
    """Return a row with its verdict; NaN never passes."""
    what, reference, value, tolerance, source = compared
    passed = bool(abs(value - reference) <= tolerance)
    return Row(case, what, float(reference), float(value), float(tolerance), source, passed)


CASES = {
    "V1": Case("Bass: everybody sees everybody", 16, diffusion.bass_complete),
    "V3": Case("Bass on a ring", 16, diffusion.bass_ring),
    "V4": Case("Bass: convergence in the step", 64, diffusion.bass_steps),
    "V5": Case("SI: everybody sees everybody", 16, diffusion.si_complete),
    "V6": Case("Granovetter's crowd", 3, thresholds.granovetter),
    "V8": Case("Watts' global cascades", 600, thresholds.watts),
    "V10": Case("Complex contagion on a ring", 3, thresholds.complex_contagion),
    "V16": Case("Learning: Beta-Bernoulli, and a noisy observer", 2, mechanisms.beta_bernoulli),
    "V18": Case("The journey as a chain of stages", 2, journeys.stage_chain),
    "V19": Case("Implementation of a hard programme", 1, journeys.hard_programme),
    "V20": Case("Thresholds in Zachary's club", 2, thresholds.zachary),
    "V23": Case("Shares of variance: Ishigami", 1, variance.ishigami_function),
    "V24": Case("Shares of variance: Sobol's g", 1, variance.g_function),
    "V25": Case("Simulation-based calibration of the inference", 2, inference.simulation_based_calibration),
    "V26": Case("Value of information of two options", 3, decisions.value_of_information),
    "V27": Case("Concentration: nothing below, all above", 1, decisions.concentration_indices),
    "V28": Case("Fixed points of skill and movement; limits of leadership", 20, mechanisms.fixed_points),
    "LEVELS": Case("Each level nests the one below, down to Bass", 10, levels.nested),
}
