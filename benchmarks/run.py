"""Measures the engine beside floors, a plain Mesa model and itself, and what people wait for: `make benchmark`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

from carespread.model.jit import source_hash
from carespread.model.version import RESULTS_VERSION

from . import answers, engine
from .goals import Row
from .performance import PAGE, page

QUESTIONS: dict[str, Callable[[bool], list[Row]]] = {
    "sample": answers.sampled,
    "floors": engine.beside_floors,
    "plain": engine.beside_plain,
    "ndlib": engine.beside_ndlib,
    "events": engine.with_events,
    "memory": engine.memory,
    "starts": answers.starts,
    "pairs": answers.pairs,
    "many": answers.many_runs,
    "answers": answers.answers,
}


def machine() -> dict[str, object]:
    """Return on what it was measured."""
    import numba
    import numpy as np

    return {
        "cores": os.cpu_count(),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "numba": numba.__version__,
        "NumPy": np.__version__,
        "results_version": RESULTS_VERSION,
        "source": source_hash()[:12],
    }


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also a million providers, the first compile, compare, ...")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="one question (repeatable); writes no page")
    asked = parser.parse_args()
    about, rows = machine(), []
    print("  ".join(f"{name} {value}" for name, value in about.items()))
    for name, question in QUESTIONS.items():
        if not asked.only or name in asked.only:
            for row in question(asked.full):
                rows.append(row)
                print(f"{row.what:<66}{row.shown:>28}  {row.goal or ''!s:<14}{row.verdict}".rstrip(), flush=True)
    if not asked.only:
        PAGE.write_text(page(rows, about), encoding="utf-8")


if __name__ == "__main__":
    main()
