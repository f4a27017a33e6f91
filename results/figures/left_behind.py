"""Who is left behind: use by size and setting, and regions in the order of their use."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carespread.model.groups import SIZES
from carespread.model.population.country import home

from ..store.tables import Results
from ..words import capital, month_words, percent, span
from .drawing import Drawing, bands, draw_interval, page, placed, row_words, runs_words, scale, title
from .palette import BLUE, GREY, INK, LINE, ORANGE, PALE

FEWEST, ENOUGH = 5, 20
"""Organisations that a group needs in the middle run before its share is shown, and before it makes a headline."""
LOWEST = 3
SETTING_WORDS = ("Care homes with nursing", "Care homes without nursing", "Homecare", "Other community")
"""In the order of a country's settings."""


def left_behind_tables(results: Results, innovation: str) -> dict[str, pd.DataFrame]:
    """Return using shares at start and end over runs, by size and setting ("groups") and by region ("regions")."""
    cells = results.cells[results.cells["innovation"] == innovation]
    return {"groups": _shares(cells, ["setting", "size"]), "regions": _shares(cells, ["region"])}


def _shares(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return a row a group: organisations in the middle run, share at the start, and median and band at the end."""
    counted = ["providers", "providers_end", "using_start", "using_end"]
    summed = cells.groupby([*by, "replication"], observed=True)[counted].sum()
    summed["start"] = summed["using_start"] / summed["providers"]
    summed["end"] = summed["using_end"] / summed["providers_end"]
    (low, high), _, _ = bands(int(cells["replication"].nunique()))
    grouped = summed.groupby(by, observed=True)
    return pd.DataFrame(
        {
            "runs": grouped.size(),
            "providers": grouped["providers"].median(),
            "start": grouped["start"].median(),
            "low_90": grouped["end"].quantile(low),
            "median": grouped["end"].median(),
            "high_90": grouped["end"].quantile(high),
        }
    ).reset_index()


def left_behind_drawing(results: Results, innovation: str) -> Drawing:
    """Return the figure of one innovation."""
    made = left_behind_tables(results, innovation)
    name = capital(results.made_by["innovations"][innovation]["title"])
    ended = int((results.runs["status"] == "ok").sum())
    end = pd.Timestamp(results.monthly["month"].max())
    start = pd.Timestamp(results.monthly["month"].min())
    everyone = results.monthly[(results.monthly["innovation"] == innovation) & (results.monthly["group"] == "all")]
    overall = float(everyone.loc[everyone["month"] == end, "using_share"].median())
    shown = made["groups"][made["groups"]["providers"] >= FEWEST].sort_values("median")
    telling = shown[shown["providers"] >= ENOUGH]
    headline = f"{name}: in use at {percent(overall)} of organisations in {month_words(end)}"
    if len(telling) > 1:
        low, high = telling.iloc[0], telling.iloc[-1]
        headline = (
            f"{name}: in use at {percent(low['median'])} of {_group(low)} in {month_words(end)},"
            f" against {percent(high['median'])} of {_group(high)}"
        )
    regions = made["regions"].sort_values("median", ascending=False)
    outer = bands(ended)[1]
    spread = "." if ended == 1 else f"; the bar beside it holds {outer}."
    says = (
        f"Share of organisations that use it. Filled dot: {month_words(end)}, median run{spread}"
        f" Hollow dot: {month_words(start)}. Orange: the {LOWEST} lowest groups."
        f" Vertical line: all organisations, {percent(overall)}."
    )
    hidden = len(made["groups"]) - len(shown)
    foot = (
        f"{runs_words(results.made_by, ended)}. Grey: how many organisations of the group there are in the middle run."
    )
    if hidden:
        foot += " One group" if hidden == 1 else f" {hidden} groups"
        foot += f" of fewer than {FEWEST} {'is' if hidden == 1 else 'are'} not shown."
    listed = "; ".join(f"{row.region} {percent(row.median)}" for row in regions.itertuples())
    groups = "; ".join(
        f"{_group(row)} {percent(row['median'])} ({span(row['low_90'], row['high_90'])})" for _, row in shown.iterrows()
    )
    alt = (
        f"{headline}. All organisations: {percent(overall)}. By size and setting, lowest first: {groups}."
        f" Regions, highest first: {listed}. {runs_words(results.made_by, ended)}."
    )
    table = pd.concat([made["groups"], made["regions"]], ignore_index=True)
    table = table[["setting", "size", "region", *[name for name in table if name not in ("setting", "size", "region")]]]
    return Drawing(f"left-behind-{innovation}", left_behind_figure(made, overall, headline, says, foot), alt, table)


def _group(row: Any) -> str:
    """Return a group in words, such as homecare organisations with 10 to 49 staff."""
    nouns = {
        home().settings[0]: "nursing home organisations",
        home().settings[1]: "residential home organisations",
        home().settings[2]: "homecare organisations",
        home().settings[3]: "other community organisations",
    }
    return f"{nouns[row['setting']]} with {row['size']}"


def left_behind_figure(made: dict[str, pd.DataFrame], overall: float, headline: str, says: str, foot: str) -> Figure:
    """Return the figure of `left_behind_tables`."""
    figure = page(11, 7.3, headline, says, foot)
    rows = _rows(made["groups"][made["groups"]["providers"] >= FEWEST])
    regions = made["regions"].sort_values("median", ascending=False)
    ranked = [(f"{rank}  {row['region']}", row, False) for rank, (_, row) in enumerate(regions.iterrows(), start=1)]
    top, room = 1.5, 4.95
    seen = [row for _, row, _ in [*rows, *ranked] if row is not None]
    largest = max(max(row["high_90"], row["start"]) for row in seen)
    line = room / (max(len(rows), len(ranked)) + 0.6)
    for lines, left, right, heading in (
        (rows, 2.4, 5.8, "By setting and size"),
        (ranked, 8.35, 1.0, "Regions, ranked"),
    ):
        _dots(placed(figure, left, 7.3 - top - line * (len(lines) + 0.6), right, top), lines, overall, heading, largest)
    return figure


def _rows(groups: pd.DataFrame) -> list[tuple[str, Any, bool]]:
    """Return (words, numbers, whether it is among the lowest) for each line of the panel; a heading has no numbers."""
    lowest = set(groups.sort_values("median").index[:LOWEST])
    rows: list[tuple[str, Any, bool]] = []
    for setting, words in zip(home().settings, SETTING_WORDS, strict=True):
        members = groups[groups["setting"] == setting]
        if len(members):
            rows.append((words, None, False))
        for size in SIZES:
            rows += [(size, row, index in lowest) for index, row in members[members["size"] == size].iterrows()]
    return rows


def _dots(axes: Axes, rows: list[tuple[str, Any, bool]], overall: float, heading: str, largest: float) -> None:
    """Draw a row of dots for each group; a row without numbers is a heading."""
    end, ticks, labels = scale(largest)
    axes.set_xlim(0, end)
    every = 1 if len(ticks) < 5 else 2
    axes.set_xticks(ticks[::every], labels[::every])
    axes.set_ylim(len(rows) - 0.4, -1.0)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(overall, color=LINE, linewidth=1.2, zorder=1)
    title(axes, heading, 1.02, 9.8)
    beside = axes.get_yaxis_transform()
    for at, (words, row, marked) in enumerate(rows):
        if row is None:
            row_words(axes, at + 0.12, words, 9.3, 0.025, weight="bold")
            continue
        colour = ORANGE if marked else BLUE
        axes.plot([0, end], [at, at], color=PALE, linewidth=0.7, zorder=0)
        axes.plot([row["start"]], [at], "o", color=GREY, markerfacecolor="white", markersize=5.5, zorder=3,
                  clip_on=False)  # fmt: skip
        draw_interval(axes, at, (row["low_90"], row["high_90"]), row["median"], colour, markersize=7.5, clip_on=False)
        row_words(axes, at, words, 9, 0.025)
        for said, away, size, ink, weight in ((percent(row["median"]), 8, 9, INK, "bold"),
                                              (f"of {row['providers']:,.0f}", 44, 8.3, GREY, "normal")):  # fmt: skip
            axes.annotate(said, (1, at), xytext=(away, 0), textcoords="offset points", xycoords=beside, size=size,
                          color=ink, weight=weight, va="center", annotation_clip=False)  # fmt: skip
