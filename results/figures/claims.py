"""Draws the table of claims: each effect in units of the smallest effect of interest, and the verdict in words."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ..statistics.claims import BUILT_IN, CONTRADICTED, NO_EFFECT, SUPPORTED, UNDECIDED, VERDICTS
from ..words import digits, listed, wrapped
from .drawing import Drawing, page, placed
from .palette import BLUE, FAINT, GREEN, GREY, INK, LINE, ORANGE, PALE

WIDTH, ROW, TOP, BOTTOM = 16.0, 0.47, 1.45, 0.95
"""Inches: of the page, a claim, and the space above and below the rows."""
LEFT, MIDDLE = 8.6, 4.4
"""Inches of words on the left, and of the intervals beside them."""
REACH = 5.0
"""Units of the smallest effect of interest on either side; what lies beyond has an arrow."""
SHADES = {SUPPORTED: BLUE, CONTRADICTED: ORANGE, NO_EFFECT: GREEN, UNDECIDED: GREY, BUILT_IN: FAINT}


def counted_words(claims: pd.DataFrame) -> str:
    """Return how many claims have which verdict, in a sentence."""
    counts = claims["verdict"].value_counts()
    parts = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict != BUILT_IN and counts.get(verdict, 0)]
    built = counts.get(BUILT_IN, 0)
    many = len(claims) - built
    if not many:
        said = "No claim could fail"
    else:
        said = f"Of {many} claim{'s' if many > 1 else ''} that could fail: {listed(parts)}"
    return f"{said}." + (f" Built in, and not counted: {built}." if built else "")


def claims_drawing(claims: pd.DataFrame, foot: str) -> Drawing:
    """Return the wall chart: a row a claim with what was tested, its interval and its verdict."""
    headline = counted_words(claims).rstrip(".")
    height = TOP + BOTTOM + ROW * len(claims)
    figure = page(
        WIDTH, height, headline,
        "Dot and line: mean effect and 95 % interval of pairs of runs with the same random draws, in units of the"
        " smallest effect of interest; to the right is what the claim expects. Grey band: no effect of interest."
        " Verdicts are corrected for all twenty claims.", foot,
    )  # fmt: skip
    axes = placed(figure, LEFT, BOTTOM, WIDTH - LEFT - MIDDLE, TOP)
    _intervals(axes, claims)
    each = ROW / height
    for at, row in enumerate(claims.to_dict("records")):
        level = 1 - TOP / height - (at + 0.5) * each
        figure.text(0.25 / WIDTH, level, wrapped(row["says"], 38), size=9, weight="bold", color=INK, va="center",
                    linespacing=1.1)  # fmt: skip
        figure.text(3.45 / WIDTH, level, wrapped(row["statistic"], 68), size=8.6, color=GREY, va="center",
                    linespacing=1.1)  # fmt: skip
        left = (LEFT + MIDDLE + 0.15) / WIDTH
        figure.text(left, level + 0.2 * each, row["verdict"], size=9.4, weight="bold", color=SHADES[row["verdict"]],
                    va="center")  # fmt: skip
        figure.text(left, level - 0.22 * each, _numbers(row), size=7.8, color=GREY, va="center")
    heads = ((0.25, "Claim of the theory"), (3.45, "What was measured"), (LEFT + MIDDLE + 0.15, "Verdict"))
    for place, words in heads:
        figure.text(place / WIDTH, 1 - (TOP - 0.2) / height, words, size=9.4, weight="bold", color=INK, va="center")
    said = "; ".join(f"{row.says}: {row.verdict}" for row in claims.itertuples())
    return Drawing("claims", figure, f"{headline}. {said}. {foot}", claims)


def _numbers(row: dict[str, object]) -> str:
    """Return an effect with its interval, in the unit of its statistic."""
    effect, low, high = (digits(float(str(row[name]))) for name in ("effect", "low", "high"))
    return f"{effect} ({low} to {high})"


def _intervals(axes: Axes, claims: pd.DataFrame) -> None:
    """Draw the intervals; an arrow where one leaves the picture."""
    axes.set_xlim(-REACH, REACH)
    axes.set_ylim(len(claims) - 0.5, -0.5)
    axes.set_yticks([])
    axes.axvspan(-1, 1, color=PALE, zorder=0)
    axes.axvline(0, color=LINE, linewidth=1, zorder=1)
    for at, row in enumerate(claims.to_dict("records")):
        axes.axhline(at + 0.5, color=PALE, linewidth=0.6, zorder=0)
        mean, low, high = row["in_smallest"], row["in_smallest_low"], row["in_smallest_high"]
        if pd.isna(mean):
            axes.text(0, at, "none", size=8, color=GREY, ha="center", va="center")
            continue
        colour, edge = SHADES[row["verdict"]], 0.94 * REACH
        spot = max(-edge, min(edge, mean))
        if not pd.isna(low) and low < REACH and high > -REACH:
            axes.plot([max(low, -REACH), min(high, REACH)], [at, at], color=colour, linewidth=2, zorder=2)
        axes.plot([spot], [at], "o" if spot == mean else "<" if mean < 0 else ">", color=colour, markersize=6, zorder=3)
        if spot != mean:
            side = 1 if mean > 0 else -1
            axes.text(spot - side * 0.25, at - 0.26, f"{mean:+,.0f}", size=8, color=colour, va="center",
                      ha="right" if side > 0 else "left")  # fmt: skip
    axes.set_xticks([-4, -2, -1, 0, 1, 2, 4])
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("times the smallest effect of interest: against the claim  |  as the claim expects", size=8.4,
                    color=GREY)  # fmt: skip
