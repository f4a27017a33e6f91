"""Draws scenes of the whole model: panels of lines with bands, each line named at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Array, Floats
from .drawing import Drawing, end_labels, page, placed, title
from .palette import GREY, PALE


class Line(NamedTuple):
    """One line: an outcome over one input, in the middle run and between the lowest and highest of the band."""

    words: str
    x: Floats
    middle: Floats
    low: Floats
    high: Floats
    colour: str


class View(NamedTuple):
    """One panel of a scene."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    low: float
    high: float
    """Ends of the vertical axis, in the unit of `y`."""
    marks: tuple[tuple[float, str], ...] = ()
    """Moments to point out on the horizontal axis, and their words."""


def of_runs(words: str, x: Sequence[float] | Array, runs: Array, colour: str) -> Line:
    """Return the line of some runs, of shape (runs, points): the median, and the band that holds all of them."""
    runs = np.asarray(runs, float)
    return Line(words, np.asarray(x, float), np.median(runs, 0), runs.min(0), runs.max(0), colour)


def scene(name: str, headline: str, says: str, foot: str, views: Sequence[View]) -> Drawing:
    """Return the figure of a scene: its panels side by side, the headline above, and the numbers behind it."""
    width, height = 12.0, 5.3
    figure = page(width, height, headline, says, foot)
    column = (width - 0.2) / len(views)
    numbers = []
    for place, view in enumerate(views):
        left = 0.65 + place * column
        axes = placed(figure, left, 1.1, width - left - column + 2.1, 1.75)
        labels = []
        for line in view.lines:
            if (line.high > line.low).any():
                axes.fill_between(line.x, line.low, line.high, color=line.colour, alpha=0.18, linewidth=0)
            axes.plot(line.x, line.middle, color=line.colour, linewidth=2.2, solid_capstyle="round")
            labels.append((float(line.middle[-1]), line.words, line.colour))
            own = {"x": line.x, "middle": line.middle, "low": line.low, "high": line.high}
            numbers.append(pd.DataFrame({"panel": view.title, "line": line.words.replace("\n", " "), **own}))
        first = min(float(line.x[0]) for line in view.lines)
        last = max(float(line.x[-1]) for line in view.lines)
        axes.set_xlim(first, last)
        axes.set_ylim(view.low, view.high)
        axes.locator_params(axis="both", nbins=6)
        axes.grid(axis="y", color=PALE, linewidth=0.7)
        axes.set_xlabel(view.x, size=9, color=GREY)
        for at, words in view.marks:
            axes.axvline(at, color=GREY, linewidth=0.8, linestyle=(0, (3, 3)), zorder=0)
            axes.text(at, view.high, f" {words}", size=8.3, color=GREY, va="top")
        title(axes, view.title, 1.1, 10)
        axes.text(0, 1.03, view.y, transform=axes.transAxes, size=8.8, color=GREY)
        end_labels(axes, last, labels, size=9, gap=0.07 * max(line.words.count("\n") + 1 for line in view.lines))
    return Drawing(name, figure, f"{headline}. {says} {foot}", pd.concat(numbers, ignore_index=True))
