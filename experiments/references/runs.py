"""What every reference is made of: the numbers compared, and the runs behind them, each made once."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

SEEDS = tuple(range(1, 17))
"""Fixed in advance: a failing seed is never replaced."""
STANDARD_ERRORS = 4.0


class Compared(NamedTuple):
    """A row before it is judged."""

    what: str
    reference: float
    value: float
    tolerance: float
    source: str


class Case(NamedTuple):
    """One published result."""

    says: str
    runs: int
    """How many runs it asks for: what a progress bar counts."""
    compared: Callable[[Runs], Iterator[Compared]]


class Runs:
    """The runs of one verification: spread over threads, each made once, counted as they are asked for."""

    def __init__(self, cases: Sequence[str], pool: ThreadPoolExecutor, ended: Callable[[], None]) -> None:
        self.cases = cases
        self._pool, self._ended = pool, ended
        self._made: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    def of(self, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Return function(*one) for each of `arguments`, in their order."""
        asked = list(arguments)
        with self._lock:
            for one in asked:
                if (function, one) not in self._made:
                    self._made[function, one] = self._pool.submit(function, *one)
        results = []
        for one in asked:
            results.append(self._made[function, one].result())
            self._ended()
        return results


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of independent values and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))
