"""Draws published effects beside those of the model, a row a published number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import shorten
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from carespread.results.figures.drawing import Drawing, draw_interval, page, placed, row_axes, row_words, title
from carespread.results.figures.palette import BLUE, GREY, INK, ORANGE, PALE
from carespread.results.words import plain

from .emulation import Compared
from .measures import MEASURES

ROW = 0.38
"""Inches of a row."""
LONGEST = 56
"""Characters of a row's name."""
COLUMNS = ((1.1, "published", ORANGE), (1.24, "model", BLUE), (1.36, "z", INK))
"""Numbers to the right of the rows: where, what, colour."""


class Part(NamedTuple):
    """Rows that share an axis."""

    title: str
    rows: list[Compared]
    shown: Callable[[float], float]
    """Where a number lies on the axis."""
    words: Callable[[float], str]
    ends: tuple[float, float]
    """The longest that the axis may be."""
    log: bool = False
    """Whether it is one of powers of 2."""


def parts_of(rows: Sequence[Compared]) -> list[Part]:
    """Return the parts of the figure that have rows: effects and levels, ratios, and what has a unit of its own."""

    def points(one: Compared) -> bool:
        return one.outcome.scale == "difference" and MEASURES[one.outcome.measure].share

    def own(one: Compared) -> bool:
        return one.outcome.scale == "difference" and not points(one)

    effects = [one for one in rows if points(one) and one.outcome.compares]
    levels = [one for one in rows if points(one) and not one.outcome.compares]
    ratios = [one for one in rows if one.outcome.scale != "difference"]
    every = [
        Part("Effects, percentage points", effects, lambda x: 100 * x, lambda x: f"{round(100 * x):+d}", (-60, 100)),
        Part("Levels of one arm, per cent", levels, lambda x: 100 * x, lambda x: f"{100 * x:.0f}", (0, 100)),
        Part(
            "Ratios, treated over control",
            ratios,
            lambda x: float(np.log2(x)),
            lambda x: f"{x:.2f}",
            (-3.4, 3.4),
            log=True,
        ),
        *(Part(own_unit(one), [one], float, lambda x: f"{x:.3g}", (-np.inf, np.inf)) for one in rows if own(one)),
    ]
    return [part for part in every if part.rows]


def own_unit(one: Compared) -> str:
    """Return what a number is that is no share, and its unit."""
    name = one.outcome.measure
    return f"{plain(name).capitalize()}: {MEASURES[name].says.partition(':')[0]}"


def studies_drawing(rows: Sequence[Compared], foot: str) -> Drawing:
    """Return the figure of all studies, each number as published and as the model has it."""
    parts = parts_of(rows)
    heights = [ROW * len(part.rows) + 1.0 for part in parts]
    height = 1.0 + sum(heights) + 0.45
    inside = sum(one.low <= one.outcome.effect <= one.high for one in rows)
    headline = f"{inside} of {len(rows)} published numbers lie in the 95 % interval of what the model says"
    says = (
        "Dots are numbers, bars their 95 % intervals: as published (where an interval was), and of trials of the"
        " study's size in the model. An arrow: it goes on beyond. z: standard errors between the two, bold"
        " beyond 2; half of an effect may be lost between places, so too small an effect never is."
    )
    figure = page(12.5, height, headline, says, foot)
    top = 1.0
    for part, tall in zip(parts, heights, strict=True):
        axes = placed(figure, 4.6, height - top - tall + 0.55, 2.8, top + 0.45)
        draw_part(axes, part)
        top += tall
    table = pd.DataFrame({
        "study": one.study.id, "label": label(one), "published": one.outcome.effect, "low": one.outcome.low,
        "high": one.outcome.high, "model": one.model, "model_low": one.low, "model_high": one.high, "z": one.z,
    } for one in rows)  # fmt: skip
    return Drawing("studies", figure, f"{headline}. {says} {foot}", table)


def draw_part(axes: Axes, part: Part) -> None:
    """Draw the rows of a part with their names to the left and their numbers to the right."""
    row_axes(axes, len(part.rows))
    up = 1 + 0.16 / (ROW * len(part.rows))
    title(axes, part.title, up=up)
    for beyond, words, colour in COLUMNS:
        axes.text(beyond, up, words, transform=axes.transAxes, size=9.2, weight="bold", color=colour, ha="center")
    low, high = reach(part)
    axes.set_xlim(low, high)
    for number, one in enumerate(part.rows):
        row_words(axes, number, label(one))
        for value, ends, at, colour in (
            (one.outcome.effect, (one.outcome.low, one.outcome.high), number - 0.17, ORANGE),
            (one.model, (one.low, one.high), number + 0.17, BLUE),
        ):
            shown = [position(part, end) if end is not None else position(part, value) for end in ends]
            inside = float(np.clip(shown[0], low, high)), float(np.clip(shown[1], low, high))
            draw_interval(axes, at, inside, float(np.clip(position(part, value), low, high)), colour, markersize=5,
                          clip_on=False)  # fmt: skip
            for beyond, edge, mark in ((shown[0] < low, low, "<"), (shown[1] > high, high, ">")):
                if beyond:
                    axes.plot([edge], [at], mark, color=colour, markersize=5, clip_on=False)
        said = part.words(one.outcome.effect), part.words(one.model), f"{round(one.z, 1) + 0.0:+.1f}"
        for (beyond, name, colour), words in zip(COLUMNS, said, strict=True):
            far = name == "z" and abs(one.z) > 2
            row_words(axes, number, words, beyond=beyond, ha="center", color=colour if name != "z" or far else GREY,
                      weight="bold" if far else "normal")  # fmt: skip
    if part.log:
        ticks = np.arange(np.ceil(low), np.floor(high) + 1)
        axes.set_xticks(ticks, [f"{2.0**tick:g}" for tick in ticks])
    axes.grid(axis="x", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)


def position(part: Part, value: float) -> float:
    """Return where a number lies on the axis; a ratio of 0 lies beyond its end."""
    with np.errstate(divide="ignore"):
        return part.shown(value)


def reach(part: Part) -> tuple[float, float]:
    """Return the ends of the axis: all that is drawn and 0, up to the longest."""
    drawn = [
        position(part, number)
        for one in part.rows
        for number in (one.outcome.effect, one.outcome.low, one.outcome.high, one.model, one.low, one.high)
        if number is not None
    ]
    low, high = max(min([0.0, *drawn]), part.ends[0]), min(max([0.0, *drawn]), part.ends[1])
    edge = 0.03 * ((high - low) or 1.0)
    return low - edge, high + edge


def label(one: Compared) -> str:
    """Return what a row of the figure is called."""
    measure = "" if MEASURES[one.outcome.measure].share else f"{one.outcome.measure.replace('_', ' ')}, "
    return shorten(f"{one.study.id}: {one.study.about}, {measure}month {one.outcome.month}", LONGEST, placeholder="...")
