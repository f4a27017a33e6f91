"""Writes docs/performance.md: what the benchmark measured, beside the goals."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from carespread.model.odd import markdown

from .goals import GOALS, Row

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
SEAL = "<!-- written by make benchmark: "


def page(rows: Sequence[Row], machine: Mapping[str, object]) -> str:
    """Return the page of what was measured."""
    table = [(row.what, row.shown, str(row.goal or ""), row.verdict) for row in rows]
    about = ", ".join(f"{name} {value}" for name, value in machine.items())
    left = [(what, str(goal)) for what, goal in GOALS.items() if what not in {row.what for row in rows}]
    parts = [
        "# Performance",
        "Written by `make benchmark` (under five minutes on two free cores). All of one run: what is compared took"
        " turns, medians are given. Ratios and CPU time say something on a busy machine too; seconds on the clock are"
        " those of this machine with its load. A goal that is not met stands here as such; what was tried stands in"
        " [decisions](decisions.md).",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {about}.",
        markdown(("what", "measured", "goal", "goal met"), table),
        "The *floor* looks at every partner once an innovation, names one draw and weighs two exponentials a provider,"
        " innovation and month. The *fairer limit* is what a step could do at best: partners once for all innovations,"
        " the draws that a month needs, own state read and written once, no exponentials (`benchmarks/floor.py`). The"
        " *plain Mesa model* is the second model of the tests, written for clarity from the description.",
    ]  # fmt: skip
    if left:
        parts += [
            "## Not measured in this run",
            "`python -m benchmarks.run --full` measures these too (a quarter of an hour); many runs on a cluster stand"
            " in [cluster](cluster.md).",
            markdown(("what", "goal"), left),
        ]
    return sealed("\n\n".join(parts) + "\n")


def sealed(text: str) -> str:
    """Return the page with a hash of itself on its last line."""
    return f"{text}\n{SEAL}{hashlib.sha256(text.encode()).hexdigest()[:16]} -->\n"


def unsealed(text: str) -> str:
    """Return the page without its last line."""
    return text.rpartition(f"\n{SEAL}")[0]
