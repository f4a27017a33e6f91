"""Use over time under each scenario of an experiment, one panel an innovation."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from ..store.query import opened
from ..store.summary import percent
from .drawing import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PLUM,
    Drawing,
    capital,
    date_axis,
    end_labels,
    page,
    percent_axis,
    placed,
)

COLOURS = (BLUE, ORANGE, GREEN, PLUM, GREY)
MOST = 8
"""Scenarios that one figure can tell apart; with more it shows those that end highest and lowest."""
BANDED = 4


def use_by_scenario(folder: Path, designs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return quantiles of use over all runs of a scenario, by innovation and month."""
    belongs = pd.DataFrame({"design": list(designs), "scenario": [one["scenario"] for one in designs.values()]})
    with opened(folder) as connection:
        connection.register("belongs", belongs)
        return connection.execute(
            "select scenario, innovation, month, count(*) as runs, quantile_cont(using_share, 0.05) as low,"
            " median(using_share) as middle, quantile_cont(using_share, 0.95) as high from monthly join belongs"
            " using (design) where \"group\" = 'all' group by all order by all"
        ).df()


def scenarios_drawing(folder: Path, about: dict[str, Any]) -> Drawing:
    """Return the figure of an experiment: how far each innovation spreads under each scenario."""
    table = use_by_scenario(folder, about["designs"])
    titles = {name: capital(file["title"]) for name, file in about["innovations"].items()}
    names = [name for name in titles if name in set(table["innovation"])]
    last = table[table["month"] == table["month"].max()].set_index(["innovation", "scenario"])["middle"]
    shown = {name: spread_out(last[name]) for name in names}
    widest = max(names, key=lambda name: last[name].max() - last[name].min())
    top, bottom = last[widest].idxmax(), last[widest].idxmin()
    several = top != bottom
    headline = (
        f"{titles[widest]}: {percent(last[widest, top])} of organisations under {top}"
        + (f", {percent(last[widest, bottom])} under {bottom}" if several else "")
        + f" in {pd.Timestamp(table['month'].max()).year}"
    )
    runs = int(table["runs"].max())
    drawn = "uncertain numbers and luck" if about["uncertain"] else "luck alone"
    says = f"{about['question']} Lines are the median of {runs:,} runs a scenario; bands hold 9 of 10 and show {drawn}."
    words = "; ".join(
        f"{titles[name]}: " + ", ".join(f"{scenario} {percent(last[name, scenario])}" for scenario in last[name].index)
        for name in names
    )
    foot = f"{about['providers']:,} organisations, {about['replications']} replications of each of"
    foot += f" {len(about['designs']):,} designs. Not calibrated."
    across = min(2, len(names))
    rows = math.ceil(len(names) / across)
    panel, above, below, width = 3.0, 1.75, 0.6, 12.0
    figure = page(width, above + rows * panel + below, headline, says, foot)
    height, column = figure.get_size_inches()[1], (width - 0.2) / across
    for number, name in enumerate(names):
        row, place = divmod(number, across)
        left, start = 0.65 + place * column, above + row * panel
        axes = placed(figure, left, height - start - panel + 0.5, width - left - column + 2.2, start + 0.3)
        mine = table[(table["innovation"] == name) & table["scenario"].isin(shown[name])]
        percent_axis(axes, float(mine["high"].max()))
        date_axis(axes, mine["month"].unique(), most=5)
        labels = []
        for at, scenario in enumerate(shown[name]):
            line = mine[mine["scenario"] == scenario]
            colour = COLOURS[at % len(COLOURS)]
            if len(shown[name]) <= BANDED:
                axes.fill_between(line["month"], line["low"], line["high"], color=colour, alpha=0.15, linewidth=0)
            axes.plot(line["month"], line["middle"], color=colour, linewidth=2)
            labels.append((line["middle"].iloc[-1], f"{percent(line['middle'].iloc[-1])} {scenario}", colour))
        end_labels(axes, mine["month"].max(), labels, size=8.6, gap=0.085)
        axes.text(0, 1.05, titles[name], transform=axes.transAxes, size=10, weight="bold", color=INK)
    return Drawing("use-by-scenario", figure, f"{headline}. At the end, median: {words}. {foot}", table)


def spread_out(ends: pd.Series) -> list[str]:
    """Return the scenarios to show, in their order: all, or those that end highest and lowest."""
    if len(ends) <= MOST:
        return list(ends.index)
    ranked = ends.sort_values()
    kept = {*ranked.index[: MOST // 2], *ranked.index[-MOST // 2 :]}
    return [one for one in ends.index if one in kept]
