"""Spread against scale: how many organisations use an innovation, and at how many of their sites."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from ..store.tables import Results
from ..words import capital, percent, with_article
from .drawing import (
    Drawing,
    bands,
    bands_words,
    date_axis,
    draw_fan,
    end_labels,
    fan_table,
    panels,
    percent_axis,
    runs_words,
    title,
)
from .palette import BLUE, GREEN, PLUM

LINES = {
    "using_share": ("spread", "organisations that use it", BLUE),
    "site_share": ("sites", "sites where it is in use", GREEN),
    "scaled_share": ("scale", "organisations that keep it going at 80 % of their sites or more", PLUM),
}


def scale_table(results: Results) -> pd.DataFrame:
    """Return the median and bands over runs of the three shares, by innovation and month."""
    monthly = results.monthly[results.monthly["group"] == "all"]
    monthly = monthly.assign(scaled_share=monthly["scaled"] / monthly["providers"])
    made = []
    for innovation in results.made_by["innovations"]:
        rows = monthly[monthly["innovation"] == innovation]
        for quantity in LINES:
            fan = fan_table(rows.pivot(index="month", columns="replication", values=quantity))
            made.append(fan.assign(innovation=innovation, quantity=quantity))
    return pd.concat(made, ignore_index=True)


def scale_drawing(results: Results) -> Drawing:
    """Return the figure of all innovations, as small multiples."""
    table = scale_table(results)
    ended = int((results.runs["status"] == "ok").sum())
    innovations = results.made_by["innovations"]
    last = table[table["month"] == table["month"].max()].set_index(["innovation", "quantity"])["median"]
    gaps = {name: last[name, "using_share"] - last[name, "scaled_share"] for name in innovations}
    widest = max(gaps, key=lambda name: gaps[name])
    headline = (
        f"Spread is not scale: {percent(last[widest, 'using_share'])} of organisations end up using"
        f" {with_article(innovations[widest]['title'])},"
        f" {percent(last[widest, 'scaled_share'])} keep it going at most of their sites"
    )
    words = "; ".join(
        f"{innovations[name]['title']}: " + ", ".join(f"{percent(last[name, key])} {LINES[key][1]}" for key in LINES)
        for name in innovations
    )
    meaning = ". ".join(f"{capital(short)}: {words}" for short, words, _ in LINES.values())
    outer = bands(ended)[1]
    light = "" if ended == 1 else f" Lines are the median run, light bands hold {outer}."
    says = f"{meaning}, as a share of all organisations (of all sites for sites).{light}"
    foot = f"{runs_words(results.made_by, ended)}. {bands_words(results.made_by, ended)}"
    titles = {name: capital(file["title"]) for name, file in innovations.items()}
    alt = f"{headline}. In the last month, median run: {words}. {runs_words(results.made_by, ended)}."
    return Drawing("spread-and-scale", scale_figure(table, titles, headline, says, foot), alt, table)


def scale_figure(table: pd.DataFrame, titles: dict[str, str], headline: str, says: str, foot: str) -> Figure:
    """Return the figure of `scale_table`: one panel an innovation, two a row."""
    figure, places = panels(list(titles), 11.0, 3.0, (headline, says, foot), beside=1.75)
    for innovation, axes in places:
        percent_axis(axes)
        rows_of = table[table["innovation"] == innovation]
        date_axis(axes, rows_of["month"].unique(), most=5)
        labels = []
        for quantity, (short, _, colour) in LINES.items():
            fan = rows_of[rows_of["quantity"] == quantity]
            draw_fan(axes, fan, colour, width=1.8)
            labels.append((fan["median"].iloc[-1], f"{percent(fan['median'].iloc[-1])} {short}", colour))
        end_labels(axes, rows_of["month"].iloc[-1], labels, size=9.2, gap=0.1)
        title(axes, titles[innovation], 1.05, 10)
    return figure
