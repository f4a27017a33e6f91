"""Use over time under each scenario of an experiment, one panel an innovation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..store.query import opened
from ..words import capital, percent, plain
from .drawing import Drawing, date_axis, end_labels, panels, percent_axis, title
from .palette import HUES

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
        f"{titles[widest]}: {percent(last[widest, top])} of organisations under {plain(top)}"
        + (f", {percent(last[widest, bottom])} under {plain(bottom)}" if several else "")
        + f" in {pd.Timestamp(table['month'].max()).year}"
    )
    runs = int(table["runs"].max())
    drawn = "uncertain numbers and chance" if about["uncertain"] else "chance alone"
    says = f"{about['question']} Lines are the median of {runs:,} runs a scenario; bands hold 9 of 10 and show {drawn}."
    words = "; ".join(
        f"{titles[name]}: " + ", ".join(f"{plain(one)} {percent(last[name, one])}" for one in last[name].index)
        for name in names
    )
    foot = f"{about['providers']:,} organisations, {about['replications']} replications of each of"
    foot += f" {len(about['designs']):,} designs. Not calibrated."
    figure, places = panels(names, 12.0, 3.0, (headline, says, foot))
    for name, axes in places:
        mine = table[(table["innovation"] == name) & table["scenario"].isin(shown[name])]
        percent_axis(axes, float(mine["high"].max()))
        date_axis(axes, mine["month"].unique(), most=5)
        labels = []
        for at, scenario in enumerate(shown[name]):
            line = mine[mine["scenario"] == scenario]
            colour = HUES[at % len(HUES)]
            if len(shown[name]) <= BANDED:
                axes.fill_between(line["month"], line["low"], line["high"], color=colour, alpha=0.15, linewidth=0)
            axes.plot(line["month"], line["middle"], color=colour, linewidth=2)
            labels.append((line["middle"].iloc[-1], f"{percent(line['middle'].iloc[-1])} {plain(scenario)}", colour))
        end_labels(axes, mine["month"].max(), labels, size=8.6, gap=0.085)
        title(axes, titles[name], 1.05, 10)
    return Drawing("use-by-scenario", figure, f"{headline}. At the end, median: {words}. {foot}", table)


def spread_out(ends: pd.Series) -> list[str]:
    """Return the scenarios to show, in their order: all, or those that end highest and lowest."""
    if len(ends) <= MOST:
        return list(ends.index)
    ranked = ends.sort_values()
    kept = {*ranked.index[: MOST // 2], *ranked.index[-MOST // 2 :]}
    return [one for one in ends.index if one in kept]
