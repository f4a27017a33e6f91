"""Published results beside what the kernels give: the table behind `carespread verify`.

Every case sets the production kernels to a special case of the model (`model.special_cases`) whose answer
somebody else has published or can derive on paper. Seeds are fixed in advance and never replaced.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import pandas as pd

from carespread.model import BadInputError
from carespread.model.declare import nearest

from .limits import checked
from .references import decisions, diffusion, inference, journeys, levels, mechanisms, thresholds, variance
from .references.runs import Case, Compared, Runs
from .result import Result
from .run import threads
from .store import Progress, counted

HEAD = ("what", "case", "reference", "value", "tolerance", "result", "source")
WIDTHS = (58, 6, 10, 10, 9, 6, 0)
"""Of the columns: rows are told one by one, before the widest is known."""


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


@checked
def verify(
    cases: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
    told: Callable[[str], None] | None = None,
) -> Result:
    """Check the kernels against published results.

    Parameters
    ----------
    cases : names such as V1; None is all, in the order of the table.
    progress : is told how many runs have ended, from any thread but never from two at once.
    told : is told each line of the table as soon as its case has ended.

    Returns the table `cases`, a row a number; the status is 1 where one fails. Raises BadInputError on an unknown case.

    >>> verify(["V27"]).status
    0
    """
    began = time.perf_counter()
    chosen, tell = chosen_cases(cases), told or str
    lines = [line_of(HEAD), "-" * (sum(WIDTHS) + 2 * len(WIDTHS) + 6)]
    for line in lines:
        tell(line)
    found: dict[str, list[Row]] = {}
    for name, made in judged(chosen, counted(progress, "runs")):
        found[name] = made
        for one in made:
            tell(line_of(cells_of(one)))
    rows = [one for name in chosen for one in found[name]]
    lines += [line_of(cells_of(one)) for one in rows]
    failed = sum(not one.passed for one in rows)
    end = f"\n{len(rows) - failed} of {len(rows)} pass, {failed} fail, in {time.perf_counter() - began:.0f} s."
    table = pd.DataFrame(rows, columns=Row._fields)
    return Result(
        "\n".join([*lines, end]), [one._asdict() for one in rows], {"cases": table}, end=end, status=int(failed > 0)
    )


def cells_of(one: Row) -> tuple[str, ...]:
    """Return a row as text, cell by cell."""
    numbers = (f"{one.reference:.6g}", f"{one.value:.6g}", f"{one.tolerance:.3g}")
    return one.what, one.case, *numbers, "pass" if one.passed else "FAIL", one.source


def line_of(cells: Sequence[str]) -> str:
    """Return cells as a line of the table; what is wider than its column moves the others."""
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def chosen_cases(names: Sequence[str] | None) -> list[str]:
    """Return the cases named, all if none is, in the order of the table; an unknown one is refused."""
    for name in names or ():
        if name not in CASES:
            raise BadInputError(f"Unknown case {name!r}: {nearest(str(name), CASES)}")
    return [name for name in CASES if not names or name in names]


def judged(
    chosen: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> Iterator[tuple[str, list[Row]]]:
    """Yield each case with its rows as soon as it has ended.

    `progress` is called with (runs ended, runs in all), from any thread but never from two at once.
    """
    total, done, lock = sum(CASES[name].runs for name in chosen), 0, threading.Lock()

    def ended() -> None:
        nonlocal done
        with lock:
            done += 1
            if progress is not None:
                progress(done, total)

    def case(name: str) -> tuple[str, list[Row]]:
        return name, [row(name, compared) for compared in CASES[name].compared(runs)]

    # cases wait for their runs in threads of their own: no processor idles while a case's last run ends
    with ThreadPoolExecutor(threads()) as pool, ThreadPoolExecutor(len(chosen)) as waiting:
        runs = Runs(chosen, pool, ended)
        for future in as_completed([waiting.submit(case, name) for name in chosen]):
            yield future.result()


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
