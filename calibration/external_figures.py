"""Draws external series: what was seen, what came, and what the model and simple curves said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from carespread.results.figures.drawing import (
    Drawing,
    date_axis,
    draw_fan,
    end_labels,
    panels,
    percent_axis,
    title,
)
from carespread.results.figures.palette import BLUE, GREEN, INK, LINE, PLUM
from carespread.results.words import capital, listed

from .forecast import MODEL

if TYPE_CHECKING:
    from .external_series import External

CURVES = {"Bass": (PLUM, "--"), "straight line": (GREEN, ":")}
"""Colour and dashes of the curves that are drawn: told apart without colour too."""


def external_drawings(
    every: Sequence[External], fan: pd.DataFrame, scores: pd.DataFrame, foot: str
) -> Iterator[Drawing]:
    """Yield a figure a series, a panel a group."""
    for series in every:
        own, said = (table[table["series"] == series.name] for table in (fan, scores))
        whole = said[said["group"] == "all"]
        crps = 100 * whole.groupby("method", sort=False)["crps"].mean()
        shown = [name for name in (MODEL, *CURVES) if name in crps.index]
        headline = f"{capital(series.title)}, not fitted: error (mean CRPS) of " + listed(
            f"{'the model' if name == MODEL else name} {crps[name]:.1f} points" for name in shown
        )
        says = (
            "Share using. White circles: fitted. Black circles: not seen. Blue: the model, middle 50 % and 90 % of what"
            " fits the first half; dashes and dots: curves fitted to the first half, bars their middle 90 %. "
            + f"Grey lines: {listed(f'{name} from {month}' for name, month in series.levers().items())}."
        )  # fmt: skip
        figure, places = panels(series.groups, 11, 3.6, (headline, says, foot), across=min(2, len(series.groups)),
                                beside=1.5)  # fmt: skip
        for group, axes in places:
            draw_group(axes, group, own[own["group"] == group], said[said["group"] == group], series)
        yield Drawing(f"external_{series.name}", figure, f"{headline}. {foot}", own)


def draw_group(axes: Axes, group: str, fan: pd.DataFrame, scores: pd.DataFrame, series: External) -> None:
    """Draw the points of one group, the model's fan, and each curve from the last fitted point on."""
    fan = fan.assign(month=pd.to_datetime(fan["date"]))
    if len(series.groups) > 1:
        title(axes, group)
    draw_fan(axes, fan, BLUE)
    percent_axis(axes, 1.0)
    date_axis(axes, fan["month"])
    last = fan[fan["fitted"]].iloc[-1]
    labels = [(float(fan["median"].iloc[-1]), "the model", BLUE), (float(fan["observed"].iloc[-1]), "observed", INK)]
    for number, (name, (colour, dashes)) in enumerate(CURVES.items(), start=1):
        part = scores[scores["method"] == name]
        if not len(part):
            continue
        months = pd.to_datetime(part["date"])
        axes.plot([last["month"], *months], [last["observed"], *part["median"]], dashes, color=colour, linewidth=1.8)
        beside = (
            months - number * (fan["month"].iloc[-1] - fan["month"].iloc[0]) / 90
        )  # bars that do not cover each other
        axes.vlines(beside, part["low"], part["high"], color=colour, linewidth=1.2, clip_on=False)
        labels.append((float(part["median"].iloc[-1]), name, colour))
    for fitted, colour in ((True, "white"), (False, INK)):
        part = fan[fan["fitted"] == fitted]
        axes.plot(part["month"], part["observed"], "o", color=INK, markerfacecolor=colour, markersize=5.5,
                  clip_on=False, zorder=5)  # fmt: skip
    for month in dict.fromkeys(series.levers().values()):
        axes.axvline(pd.Timestamp(f"{month}-01"), color=LINE, linewidth=0.9, zorder=0)
    end_labels(axes, fan["month"].iloc[-1], labels, gap=0.075)
