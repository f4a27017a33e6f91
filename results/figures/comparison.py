"""Draws a comparison: what is gained, what it costs, who is left behind, and when the order turns."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from carespread.model.population.country import home

from ..statistics.comparison import Compared
from ..words import capital, percent, plain
from .drawing import Drawing, draw_interval, end_labels, page, placed, row_axes, row_words, title
from .palette import GREY, HUES, INK, LINE, PALE

MOST = 8
"""Scenarios that one figure shows."""


def million(value: float) -> str:
    """Return pounds in millions."""
    return f"{'-' if value < 0 else ''}GBP {abs(value) / 1e6:,.0f} million"


def colour_of(made: Compared, name: str) -> str:
    """Return the colour of a scenario, the same in every figure: black for the baseline, grey beyond the best few."""
    if name == made.names[0]:
        return INK
    others = [one for one in made.ranking["scenario"] if one != made.names[0]]
    place = others.index(name)
    return HUES[place] if place < len(HUES) else GREY


def gained_drawing(made: Compared, foot: str) -> Drawing:
    """Return the figure of extra users and extra benefit, with intervals of the pairs."""
    rows = made.ranking[made.ranking["scenario"] != made.names[0]].sort_values("extra_outcome", ascending=False)
    best = rows.iloc[0]
    headline = (
        f"{capital(plain(best['scenario']))} gains most: {best['extra_outcome']:,.0f} person-months of full benefit"
        f" more than the baseline, {plain(made.names[0])}"
    )
    figure = page(
        12, 2.2 + 0.42 * len(rows), headline,
        "Difference from the baseline with the same random draws; bars are 95 % intervals of the pairs.", foot,
    )  # fmt: skip
    for place, (column, heading) in enumerate(
        (("extra_outcome", f"Person-months of full benefit, ten years, {home().name}"),
         ("extra_users", "Organisations that use an innovation at the end"))
    ):  # fmt: skip
        axes = placed(figure, 2.6 + place * 5.0, 0.75, 12 - 2.6 - place * 5.0 - 3.4, 1.25)
        intervals(axes, rows, column, heading, made, named=place == 0)
    words = "; ".join(
        f"{plain(row.scenario)} {row.extra_outcome:,.0f}"
        f" ({row.extra_outcome_low:,.0f} to {row.extra_outcome_high:,.0f})"
        for row in rows.itertuples()
    )
    return Drawing("gained", figure, f"{headline}. Extra person-months: {words}. {foot}", rows)


def intervals(axes: Axes, rows: pd.DataFrame, column: str, heading: str, made: Compared, named: bool) -> None:
    """Draw a row a scenario: mean and interval."""
    row_axes(axes, len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        ends = (row[f"{column}_low"], row[f"{column}_high"])
        draw_interval(axes, at, ends, row[column], colour_of(made, row["scenario"]))
        if named:
            row_words(axes, at, plain(row["scenario"]), beyond=0.03)
        row_words(axes, at, f"{row[column]:+,.0f}", beyond=1.03, weight="bold")
    axes.locator_params(axis="x", nbins=4)
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    title(axes, heading)


def plane_drawing(made: Compared, foot: str) -> Drawing:
    """Return the cost-effectiveness plane and the acceptability curves."""
    shown = [name for name in made.ranking["scenario"] if name != made.names[0]][: len(HUES)]
    best = made.ranking.iloc[0]
    headline = (
        f"If a person-month of full benefit is worth GBP {made.worth:,.0f}, {plain(best['scenario'])} is best in"
        f" {percent(best['chance_best'])} of draws"
    )
    figure = page(12, 5.6, headline, "Left: each dot is one draw, the ring is the mean; below the line it is worth it."
                  " Right: the chance of being best, by what a person-month is worth.", foot)  # fmt: skip
    axes = placed(figure, 1.0, 1.15, 6.6, 1.6)
    axes.axhline(0, color=LINE, linewidth=1)
    axes.axvline(0, color=LINE, linewidth=1)
    for name in shown:
        part = made.draws[made.draws["scenario"] == name]
        axes.plot(part["extra_outcome"] / 1e3, part["extra_cost"] / 1e6, "o", color=colour_of(made, name), alpha=0.35,
                  markersize=3.5, markeredgewidth=0)  # fmt: skip
        axes.plot([part["extra_outcome"].mean() / 1e3], [part["extra_cost"].mean() / 1e6], "o", markersize=11,
                  markerfacecolor="none", markeredgecolor=colour_of(made, name), markeredgewidth=2.2)  # fmt: skip
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    ends = np.array([low, high])
    axes.plot(ends, made.worth * ends / 1e3, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("extra benefit, thousand person-months", size=9, color=GREY)
    axes.grid(color=PALE, linewidth=0.6)
    axes.text(0, 1.03, "Extra cost, public and providers, GBP million", transform=axes.transAxes, size=9.4,
              weight="bold", color=INK)  # fmt: skip
    curve = placed(figure, 6.4, 1.15, 2.5, 1.6)
    curve.set_ylim(0, 1)
    curve.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    curve.grid(axis="y", color=PALE, linewidth=0.6)
    labels = []
    for name in (made.names[0], *shown):
        part = made.acceptability[made.acceptability["scenario"] == name]
        curve.plot(part["worth"], part["chance_best"], color=colour_of(made, name), linewidth=2)
        labels.append((float(part["chance_best"].iloc[-1]), plain(name), colour_of(made, name)))
    curve.axvline(made.worth, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    curve.set_xlim(0, float(made.acceptability["worth"].max()))
    curve.set_xlabel("GBP a person-month is worth", size=9, color=GREY)
    title(curve, "Chance of being best", 1.03)
    end_labels(curve, curve.get_xlim()[1], labels, size=8.6, gap=0.075)
    words = "; ".join(
        f"{plain(row.scenario)}: extra cost {million(row.extra_cost)}, best in {percent(row.chance_best)}"
        for row in made.ranking.itertuples()
    )
    return Drawing("cost-effectiveness", figure, f"{headline}. {words}. {foot}", made.draws)


def behind_drawing(made: Compared, innovation: str, words: str, foot: str) -> Drawing:
    """Return who gains under each scenario, by size, setting, self-funding and rating."""
    table = made.equity[(made.equity["innovation"] == innovation) & (made.equity["dimension"] != "region")]
    shown = list(made.ranking.loc[made.ranking["scenario"] != made.names[0], "scenario"])[:4]
    levels = list(dict.fromkeys(zip(table["dimension"], table["level"], strict=True)))
    table = table[table["scenario"].isin(shown)]
    size = table[(table["scenario"] == shown[0]) & (table["dimension"] == "size")]
    least, most = size.loc[size["extra_points"].idxmin()], size.loc[size["extra_points"].idxmax()]
    headline = (
        f"{words}: {plain(shown[0])} adds {most['extra_points']:+.1f} points among organisations with {most['level']},"
        f" {least['extra_points']:+.1f} among those with {least['level']}"
    )
    figure = page(12, 1.9 + 0.27 * len(levels) + 0.5, headline,
                  "Extra users at the end, in points of the group, against the baseline with the same random draws;"
                  " bars are 95 % intervals.", foot)  # fmt: skip
    column = 2.2
    reach = float(np.nanmax(np.abs(table[["low", "high"]].to_numpy()))) if len(table) else 1.0
    for place, name in enumerate(shown):
        axes = placed(figure, 3.2 + place * column, 0.75, 12 - 3.2 - place * column - column + 0.25, 1.45)
        axes.set_xlim(-reach, reach)
        row_axes(axes, len(levels))
        title(axes, plain(name), 1.02, 9.2, colour_of(made, name))
        for at, (dimension, level) in enumerate(levels):
            row = table[(table["scenario"] == name) & (table["dimension"] == dimension) & (table["level"] == level)]
            if len(row):
                one = row.iloc[0]
                draw_interval(axes, at, (one["low"], one["high"]), one["extra_points"], colour_of(made, name),
                              linewidth=4, markersize=5)  # fmt: skip
            if place == 0:
                row_words(axes, at, level, 8.6, 0.05)
        axes.locator_params(axis="x", nbins=3)
    return Drawing(f"left-behind-{innovation}", figure, f"{headline}. {foot}", table)


def flips_drawing(made: Compared, foot: str) -> Drawing:
    """Return the rank of each scenario under each structure."""
    ranks = made.structures.pivot(index="structure", columns="scenario", values="rank")
    order = list(dict.fromkeys(made.structures["structure"]))
    names = [name for name in made.ranking["scenario"] if name in ranks][:MOST]
    ranks = ranks.loc[order, names]
    usual = ranks.iloc[0].idxmin()
    turned = turning(made)
    headline = (
        f"{capital(plain(usual))} stays best under every structure, as far as runs tell them apart"
        if not turned
        else f"{capital(plain(usual))} is best as it stands, another under {len(turned)} of {len(order) - 1} structures"
    )
    says = (
        "Rank by net benefit (1 is best) when one mechanism is taken away or added. A star: better than what is best as"
        " it stands, by a 95 % interval of the pairs."
    )
    figure = page(12, 2.3 + 0.25 * len(order), headline, says, foot)
    axes = placed(figure, 4.6, 0.6, 0.4, 1.6)
    shades = ["#12436D", "#5B7FA3", "#A9BDD0", "#DDE5EC", "#EEF1F4"]
    for row, structure in enumerate(order):
        for column, name in enumerate(names):
            rank = int(ranks.loc[structure, name])
            mark = "*" if turned.get(structure) == name else ""
            shade = shades[min(rank, len(shades)) - 1]
            box = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, edgecolor="white", linewidth=1.5)
            axes.add_patch(box)
            ink = "white" if rank < 3 else INK
            axes.text(column, row, f"{rank}{mark}", ha="center", va="center", size=8.8, color=ink)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_yticks(range(len(order)), order, size=8.8)
    axes.set_xticks(range(len(names)), [plain(name).replace(" ", "\n") for name in names], size=8.6)
    axes.xaxis.tick_top()
    axes.spines["bottom"].set_visible(False)
    words = "".join(f" {capital(structure)}: {plain(name)}." for structure, name in turned.items())
    return Drawing("flips", figure, f"{headline}.{words} {foot}", made.structures)


def turning(made: Compared) -> dict[str, str]:
    """Return under which structures another scenario is best, and which: those that the runs tell apart."""
    best = made.structures[(made.structures["rank"] == 1) & made.structures["turns"]]
    return dict(zip(best["structure"], best["scenario"], strict=True))
