"""How every figure looks: colours, axes, labels beside the lines, and what is saved with a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..arrays import Array, Floats
from ..store.record import write_json
from ..store.summary import ENOUGH_FOR_TAILS, tails
from ..words import MONTHS, commas, innovation_words, listed, plain, wrapped
from .palette import GREY, INK, LINE, PALE

SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "carespread",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.unicode_minus": False,
}
DOTS_AN_INCH = 130
A_LINE = 8.8
"""Letters of a headline to an inch."""


T = TypeVar("T")


class Drawing(NamedTuple):
    """A figure with the words that stand for it and the numbers behind it."""

    name: str
    figure: Figure
    alt: str
    table: pd.DataFrame


def save(drawing: Drawing, folder: Path, kinds: Sequence[str] = ("png", "svg")) -> None:
    """Write a figure as PNG and SVG, each with its text alternative inside, and the CSV behind it."""
    words = {"Title": drawing.name, "Description": drawing.alt}
    # nothing in a file says when it was made, or with what: the same figure is the same file
    settings: dict[str, dict[str, Any]] = {
        "png": {"dpi": DOTS_AN_INCH, "metadata": {**words, "Software": None}},
        "svg": {"metadata": {**words, "Date": None, "Creator": None}},
    }
    with rc_context(SETTINGS):
        for kind in kinds:
            drawing.figure.savefig(folder / f"{drawing.name}.{kind}", **settings[kind])
    drawing.table.to_csv(folder / f"{drawing.name}.csv", index=False, lineterminator="\n", float_format="%.6g")


def save_all(
    drawings: Iterable[Drawing], folder: Path, progress: Callable[[int], None] | None = None
) -> dict[str, str]:
    """Write figures into a folder, and return their text alternatives, which lie beside them as alt.json."""
    folder.mkdir(exist_ok=True)
    words: dict[str, str] = {}
    for number, drawing in enumerate(drawings, start=1):
        save(drawing, folder)
        words |= {f"{drawing.name}.{kind}": drawing.alt for kind in ("png", "svg")}
        if progress is not None:
            progress(number)
    write_json(folder / "alt.json", words)
    return words


def page(width: float, height: float, headline: str, says: str, foot: str) -> Figure:
    """Return an empty figure (inches) with its headline, what it shows, and its footnote."""
    figure = Figure((width, height), facecolor="white")
    edge = 0.25 / width
    lines = wrapped(headline, int(width * A_LINE))
    figure.text(edge, 1 - 0.18 / height, lines, size=13, weight="bold", color=INK, va="top", linespacing=1.25)
    below = 0.18 + 0.25 * (lines.count("\n") + 1) + 0.06
    figure.text(
        edge, 1 - below / height, wrapped(says, int(width * 13)), size=9.5, color=GREY, va="top", linespacing=1.3
    )
    figure.text(
        edge, 0.12 / height, wrapped(foot, int(width * 14.5)), size=8.2, color=GREY, va="bottom", linespacing=1.3
    )
    return figure


def placed(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Return axes whose edges lie so many inches from those of the page."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(length=0, labelsize=9, labelcolor=INK)
    axes.tick_params(axis="x", pad=7)
    return axes


def row_axes(axes: Axes, rows: int) -> None:
    """Give a row an entry, from the top, and a line at 0."""
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_yticks([])
    axes.axvline(0, color=LINE, linewidth=1)


def row_words(axes: Axes, at: float, words: str, size: float = 9.2, beyond: float = 0.02, **about: Any) -> None:
    """Write words to the left of a row; to its right where `beyond` is above 1."""
    x, side = (beyond, "left") if beyond > 1 else (-beyond, "right")
    about = {"color": INK, "ha": side, "va": "center", **about}
    axes.text(x, at, words, transform=axes.get_yaxis_transform(), size=size, **about)


def few_ticks(axes: Axes, most: int = 4, size: float = 8.5, upright: bool = False) -> None:
    """Give the horizontal axis, or the `upright` one, few ticks, none beyond its ends, with plain numbers."""
    low, high = axes.get_ylim() if upright else axes.get_xlim()
    ticks = [tick for tick in MaxNLocator(most).tick_values(low, high) if low <= tick <= high]
    (axes.set_yticks if upright else axes.set_xticks)(ticks, [commas(tick) for tick in ticks], size=size)


def draw_interval(axes: Axes, at: float, ends: tuple[float, float], value: float, colour: str, **about: Any) -> None:
    """Draw a row's interval as a pale bar, and its value as a dot."""
    width, size = about.pop("linewidth", 5), about.pop("markersize", 7)
    axes.plot(ends, [at, at], color=colour, linewidth=width, alpha=0.35, solid_capstyle="butt", zorder=2)
    axes.plot([value], [at], "o", color=colour, markersize=size, zorder=4, **about)


def title(axes: Axes, words: str, up: float = 1.04, size: float = 9.4, colour: str = INK) -> None:
    """Write the title of one panel."""
    axes.text(0, up, words, transform=axes.transAxes, size=size, weight="bold", color=colour)


def panels(
    names: Sequence[T], width: float, panel: float, texts: tuple[str, str, str], *, across: int = 2, above: float = 1.7,
    below: float = 0.6, left: float = 0.65, beside: float = 2.2,
) -> tuple[Figure, list[tuple[T, Axes]]]:  # fmt: skip
    """Return a page of panels, a few in a row, and the axes of each by its name; `texts` are those of `page`."""
    across = min(across, len(names))
    figure = page(width, above + -(-len(names) // across) * panel + below, *texts)
    height, column = figure.get_size_inches()[1], (width - 0.3) / across
    places = []
    for number, name in enumerate(names):
        row, place = divmod(number, across)
        start, edge = above + row * panel, left + place * column
        places.append((name, placed(figure, edge, height - start - panel + 0.5, width - edge - column + beside,
                                    start + 0.3)))  # fmt: skip
    return figure, places


SCALES = ((0.02, 0.005), (0.1, 0.02), (0.3, 0.1), (1.0, 0.25))  # the top of an axis of shares, and its step


def scale(largest: float) -> tuple[float, Floats, list[str]]:
    """Return the top of an axis for shares, its ticks and their words."""
    top, step = next((one for one in SCALES if 1.2 * largest <= one[0]), SCALES[-1])
    ticks = np.arange(0, top + 1e-9, step)
    return top, ticks, [f"{100 * tick:.1f} %" if step < 0.01 else f"{100 * tick:.0f} %" for tick in ticks]


def percent_axis(axes: Axes, largest: float = 1.0) -> None:
    """Give a vertical axis of shares from 0 % to the first of `SCALES` that holds the largest, with lines to read."""
    top, ticks, words = scale(largest)
    axes.set_ylim(0, top)
    axes.set_yticks(ticks, words)
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)


def date_axis(axes: Axes, months: pd.Series | Array, most: int = 7) -> None:
    """Give a horizontal axis of months: Januaries, as many as can be read."""
    dates = pd.DatetimeIndex(months)
    axes.set_xlim(dates[0], dates[-1])
    years = [pd.Timestamp(year, 1, 1) for year in range(dates[0].year, dates[-1].year + 1)]
    ticks = [year for year in years if dates[0] <= year <= dates[-1]]
    if len(ticks) < 2:  # a short run is dated by its own months
        ticks = list(dates[:: -(-len(dates) // (3 if most > 4 else 2))])
        axes.set_xticks(ticks, [f"{MONTHS[tick.month - 1][:3]} {tick.year}" for tick in ticks])
        return
    every = -(-len(ticks) // most)
    axes.set_xticks(ticks[::every], [str(tick.year) for tick in ticks[::every]])


def spaced(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions for labels near their values, `gap` apart and within the limits where there is room.

    Labels that would overlap form a block about the mean of their values; blocks that touch are joined.
    """
    order = np.argsort(values, kind="stable")
    blocks: list[list[int]] = []
    for one in order:
        blocks.append([int(one)])
        while len(blocks) > 1 and _start(blocks[-1], values, gap, low, high) < _end(blocks[-2], values, gap, low, high):
            last = blocks.pop()
            blocks[-1] += last
    made = [0.0] * len(values)
    for block in blocks:
        first = _start(block, values, gap, low, high) + gap / 2
        for place, one in enumerate(block):
            made[one] = first + place * gap
    return made


def _start(block: list[int], values: Sequence[float], gap: float, low: float, high: float) -> float:
    """Return where a block of labels begins: about the mean of its values, inside the limits where it fits."""
    middle = sum(values[one] for one in block) / len(block)
    reach = len(block) * gap
    return max(low, min(middle - reach / 2, high - reach))


def _end(block: list[int], values: Sequence[float], gap: float, low: float, high: float) -> float:
    return _start(block, values, gap, low, high) + len(block) * gap - 1e-12


def end_labels(
    axes: Axes, at: Any, rows: Iterable[tuple[float, str, str]], size: float = 9, gap: float = 0.065
) -> None:
    """Write (value, words, colour) to the right of the axes, without overlap; thin lines lead to moved labels."""
    rows = list(rows)
    low, high = axes.get_ylim()
    reach = high - low
    spots = spaced([value for value, _, _ in rows], gap * reach, low, high + gap * reach / 2)
    for (value, words, colour), spot in zip(rows, spots, strict=True):
        axes.annotate(
            words, (at, value), xytext=(1.035, (spot - low) / reach), textcoords="axes fraction", color=colour,
            size=size, va="center", annotation_clip=False,
            arrowprops=dict(arrowstyle="-", color=colour, linewidth=0.6, shrinkA=1, shrinkB=1, relpos=(0, 0.5)),
        )  # fmt: skip


def bands(runs: int) -> tuple[tuple[float, float], str, str]:
    """Return the outer quantiles for so many runs, and the outer band in words: in a sentence, and beside a number."""
    words = "9 of 10 runs" if runs >= ENOUGH_FOR_TAILS else f"all {runs} runs"
    return tails(runs), words, f"in {words}"


def fan_table(wide: pd.DataFrame) -> pd.DataFrame:
    """Return the median and bands over runs: `wide` has a row a month and a column a run."""
    (low, high), _, _ = bands(wide.shape[1])
    names = {"low_90": low, "low_50": 0.25, "median": 0.5, "high_50": 0.75, "high_90": high}
    made = wide.quantile(list(names.values()), axis=1).T
    made.columns = pd.Index(list(names))
    return made.rename_axis("month").reset_index()


def draw_fan(axes: Axes, fan: pd.DataFrame, colour: str, width: float = 2.2) -> None:
    """Draw bands and median of a `fan_table`."""
    if (fan["high_90"] > fan["low_90"]).any():
        axes.fill_between(fan["month"], fan["low_90"], fan["high_90"], color=colour, alpha=0.16, linewidth=0)
        axes.fill_between(fan["month"], fan["low_50"], fan["high_50"], color=colour, alpha=0.32, linewidth=0)
    axes.plot(fan["month"], fan["median"], color=colour, linewidth=width, solid_capstyle="round")


def runs_words(made_by: dict[str, Any], ended: int) -> str:
    """Return how many runs of what a figure shows, and under which scenario."""
    runs = "1 run" if ended == 1 else f"{ended} runs"
    return f"{runs} of {made_by['providers']:,} organisations, scenario {plain(made_by['scenario'])}"


def bands_words(made_by: dict[str, Any], ended: int) -> str:
    """Return what bands over runs show, and what they leave out."""
    if ended == 1:
        return ""
    fitted = made_by.get("fitted")
    words = "Bands show chance alone: every run has the same parameters and another seed."
    if fitted is not None:
        words = (
            f"Bands show chance, and what published series leave open of {len(fitted['parameters'])} uncertain numbers"
            f" ({listed(map(innovation_words, fitted['innovations']))})."
        )
    return f"{words} They are narrower than what is not known."
