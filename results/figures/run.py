"""Draws every figure of a results folder, each with its text alternative and the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ..store.tables import Results
from .adoption import adoption_drawing
from .drawing import Drawing, save_all
from .left_behind import left_behind_drawing
from .scale import scale_drawing


def drawings(results: Results) -> Iterator[Drawing]:
    """Yield the figures one by one: adoption of each innovation, spread and scale, who is left behind."""
    innovations = list(results.made_by["innovations"])
    for innovation in innovations:
        yield adoption_drawing(results, innovation)
    yield scale_drawing(results)
    if "setting" in results.cells and "size" in results.cells and "region" in results.cells:
        for innovation in innovations:
            yield left_behind_drawing(results, innovation)


def how_many(results: Results) -> int:
    """Return how many figures there will be."""
    return 2 * len(results.made_by["innovations"]) + 1 if (results.runs["status"] == "ok").any() else 0


def draw(results: Results, folder: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write all figures into a folder, and their text alternatives as alt.json; without a run there are none."""
    every = how_many(results)
    done = None if progress is None else (lambda number: progress(number, every))
    save_all(drawings(results) if every else (), folder, done)
