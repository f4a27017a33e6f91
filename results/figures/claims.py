"""Draws the table of claims: what each mechanism of the theory does, and what its own test says."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..statistics.claims import EFFECTS, FAILS, HOLDS, UNDECIDED
from ..words import wrapped
from .drawing import Drawing, page, placed
from .palette import BLUE, FAINT, GREY, INK, LINE, ORANGE, PALE

ROW = 0.44
"""Inches a claim."""
SIGNS = {HOLDS: "●", FAILS: "○", UNDECIDED: "◐"}
SHADES = {HOLDS: BLUE, FAILS: ORANGE, UNDECIDED: GREY}
HEADS = {"spread": "Spread", "scale": "Scale", "sustainment": "Sustainment", "benefit to people": "Benefit to people",
         "equity: gap of small providers": "Gap of small\nproviders"}  # fmt: skip


def claims_drawing(claims: pd.DataFrame, effects: pd.DataFrame, foot: str) -> Drawing:
    """Return the wall chart: a row a claim, an interval an outcome, the verdict of its own test."""
    counts = claims["verdict"].value_counts()
    headline = (
        f"Of {len(claims)} claims {counts.get(HOLDS, 0)} hold in the model, {counts.get(FAILS, 0)} fail their own test"
        f" and {counts.get(UNDECIDED, 0)} are undecided"
    )
    height = 2.7 + ROW * len(claims)
    figure = page(
        16, height, headline,
        "What each mechanism adds, as a share of the value with it (last column: points). Dot and line: mean and 95 %"
        " interval of pairs with and without the mechanism, with the same random draws, over the prior. Blue adds,"
        " orange takes away, grey: no clear effect.", foot,
    )  # fmt: skip
    names = list(EFFECTS)
    left, width = 4.35, 1.55
    for place, column in enumerate(names):
        axes = placed(figure, left + place * width, 0.75, 16 - left - (place + 1) * width + 0.15, 1.75)
        _effects(axes, claims, effects[effects["outcome"] == column], column == "small_provider_gap_all")
        axes.text(0.5, 1.012, HEADS[EFFECTS[column]], transform=axes.transAxes, size=9.4, weight="bold", ha="center",
                  va="bottom", color=INK)  # fmt: skip
    _words(figure, claims, left + len(names) * width + 0.2, height)
    said = "; ".join(f"{row.says}: {row.verdict}" for row in claims.itertuples())
    return Drawing("claims", figure, f"{headline}. {said}. {foot}", effects)


def _effects(axes: Axes, claims: pd.DataFrame, rows: pd.DataFrame, points: bool) -> None:
    """Draw the effects on one outcome, in percent or points; an arrow where an interval leaves the picture."""
    own = rows.set_index("claim").reindex(claims["claim"])
    scale = 1.0 if points else 100.0 / own["with"].abs()
    mean, low, high = (own[name] * scale for name in ("effect", "low", "high"))
    reach = max(1.0, float(min(30.0, 1.15 * pd.concat([low.abs(), high.abs()]).max())))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(claims) - 0.5, -0.5)
    axes.set_yticks([])
    axes.axvline(0, color=LINE, linewidth=1)
    for at in range(len(claims)):
        if at % 2 == 0:
            axes.axhspan(at - 0.5, at + 0.5, color="#F3F5F6", zorder=0)
        if pd.isna(mean.iloc[at]):
            axes.text(0, at, "none", size=8, color=GREY, ha="center", va="center")
            continue
        clear = low.iloc[at] > 0 or high.iloc[at] < 0
        colour = (BLUE if mean.iloc[at] > 0 else ORANGE) if clear else FAINT
        beyond = abs(mean.iloc[at]) > reach
        spot = max(-0.93 * reach, min(0.93 * reach, mean.iloc[at]))
        axes.plot([max(low.iloc[at], -reach), min(high.iloc[at], reach)], [at, at], color=colour, linewidth=2)
        axes.plot([spot], [at], ("<" if mean.iloc[at] < 0 else ">") if beyond else "o", color=colour, markersize=5.5)
        if clear:
            side = -1 if spot > 0.25 * reach else 1 if spot < -0.25 * reach else (1 if mean.iloc[at] > 0 else -1)
            axes.text(side * 0.97 * reach, at, f"{mean.iloc[at]:+.1f}", size=8, color=INK, va="center",
                      ha="right" if side > 0 else "left")  # fmt: skip
    axes.set_xticks([-round(0.7 * reach), 0, round(0.7 * reach)] if reach > 1.5 else [-0.7, 0, 0.7])
    unit = "" if points else " %"
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}{unit}" if value else "0")
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def _words(figure: Figure, claims: pd.DataFrame, left: float, height: float) -> None:
    """Write the claims on the left, their own tests and verdicts on the right."""
    top, bottom = 1.75, 0.75
    each = (height - top - bottom) / len(claims)

    def line(at: float) -> float:
        return 1 - (top + (at + 0.5) * each) / height

    figure.text(0.25 / 16, line(-0.75), "Claim of the theory", size=9.4, weight="bold", color=INK, va="center")
    figure.text(left / 16, line(-0.75), "Its own test", size=9.4, weight="bold", color=INK, va="center")
    for at, row in enumerate(claims.to_dict("records")):
        figure.text(0.25 / 16, line(at), wrapped(row["says"], 50), size=8.8, color=INK, va="center", linespacing=1.1)
        verdict = row["verdict"]
        figure.text(left / 16, line(at), f"{SIGNS[verdict]} {verdict}", size=9.4, color=SHADES[verdict], va="center",
                    weight="bold")  # fmt: skip
        figure.text((left + 1.05) / 16, line(at), wrapped(row["test"], 40), size=7.6, color=GREY, va="center",
                    linespacing=1.1)  # fmt: skip
