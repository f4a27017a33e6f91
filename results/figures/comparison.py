"""Draws a comparison: what is gained, who pays, who is left behind, and when another option comes first.

Figures are as wide as the text of a printed page, so that no letter in them is smaller than 8 points.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from carespread.model.groups import SELF_FUNDING, SIZES

from ..money import MILLION, headline_of, leading, leads_of, option_words, signed, spread
from ..statistics.comparison import Compared
from ..statistics.worth import ANCHORS
from ..words import capital, commas, in_pounds, plain, rounded, wrapped
from .drawing import A_LINE, Drawing, draw_interval, end_labels, few_ticks, page, placed, row_axes, row_words, title
from .palette import FAINT, GREY, HUES, INK, LINE, PALE

MOST = 8
"""Scenarios that one figure shows."""
OF_A_PAGE = 6
"""Scenarios that a figure of the briefing shows."""
WIDE = 7.1
"""Inches: the text of a page of A4."""
FULL = 10.5
"""The same for what is not printed in a briefing."""
RATINGS = ("outstanding", "good", "requires improvement", "inadequate")
SMALL = 8.5
PUBLIC, PROVIDERS = INK, FAINT
"""Colours of who pays, none of them that of an option."""
TICKS = (0.0, 500.0, 2000.0, 6000.0)
"""GBP a person-month that stand below the curves."""
ORDER = (*SIZES, *RATINGS, *SELF_FUNDING)
"""Levels of what has an order."""
COLUMNS = 3
"""Options whose groups one figure shows."""
LABELS = 2.35
"""Inches for the names of groups."""


def colour_of(made: Compared, name: str) -> str:
    """Return the colour of a scenario, the same in every figure: black for the baseline, grey beyond the best few."""
    if name == made.names[0]:
        return INK
    place = list(made.options["scenario"]).index(name)
    return HUES[place] if place < len(HUES) else GREY


def gained_drawing(made: Compared, foot: str) -> Drawing:
    """Return the figure of what each option gains and who pays for it, with the range of the draws."""
    rows = made.options.sort_values("extra_outcome", ascending=False).head(OF_A_PAGE)
    others = len(made.options) - len(rows)
    best = rows.iloc[0]
    gain, within = spread(best, "extra_outcome")
    headline = (
        f"{capital(plain(best['scenario']))} gains most: about {gain.lstrip('+')} person-months of full benefit"
        f" ({within}) more than doing nothing"
        if best["extra_outcome_low"] > 0
        else "No option gains benefit that is told apart from doing nothing"
    )
    figure = page(
        WIDE, 1.8 + 0.25 * headline_lines(headline) + 0.28 * len(rows), headline,
        "Present values against doing nothing; bars hold 95 % of draws."
        + (f" {others} more in the annex." if others else ""), foot,
    )  # fmt: skip
    bottom, above = foot_height(foot) + 0.3, 0.95 + 0.25 * headline_lines(headline)
    panel = figure.get_size_inches()[1] - bottom - above
    left = placed(figure, 1.5, bottom, WIDE - 4.0, above)
    row_axes(left, len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        ends = (row["extra_outcome_low"] / 1e3, row["extra_outcome_high"] / 1e3)
        draw_interval(left, at, ends, row["extra_outcome"] / 1e3, colour_of(made, row["scenario"]))
        row_words(left, at, wrapped(plain(row["scenario"]), 14), beyond=0.05)
    few_ticks(left)
    title(left, "Person-months of\nfull benefit, thousand", 1.0 + 0.05 / panel)
    right = placed(figure, 4.45, bottom, 0.55, above)
    row_axes(right, len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        for height, who, colour in ((-0.16, "public", PUBLIC), (0.16, "provider", PROVIDERS)):
            right.barh(at + height, row[f"extra_{who}"] / MILLION, 0.28, color=colour)
    few_ticks(right)
    title(right, "Cost, \N{POUND SIGN} million:", 1.0 + 0.19 / panel)
    across = 0.0
    for words, colour in (("public", PUBLIC), ("providers (left of 0: saved)", GREY)):
        right.text(
            across, 1.0 + 0.05 / panel, words, transform=right.transAxes, size=SMALL, weight="bold", color=colour
        )
        across += 0.26
    said = "; ".join(
        f"{plain(row['scenario'])} {' '.join(spread(row, 'extra_outcome'))}, cost in all GBP"
        f" {spread(row, 'extra_total', MILLION)[0]} million"
        for row in rows.to_dict("records")
    )
    return Drawing("gained", figure, in_pounds(f"{headline}. {said}. {foot}"), rows)


def foot_height(foot: str, width: float = WIDE) -> float:
    """Return the inches that a figure's footnote takes."""
    return 0.2 + 0.15 * (wrapped(foot, int(width * 14.5)).count("\n") + 1)


def headline_lines(headline: str, width: float = WIDE) -> int:
    """Return how many lines a figure's headline takes."""
    return wrapped(headline, int(width * A_LINE)).count("\n") + 1


def plane_drawing(made: Compared, foot: str) -> Drawing:
    """Return the cost-effectiveness plane, and the chance of being best for every worth of a person-month."""
    shown = list(made.options["scenario"])[: len(HUES)]
    ahead = leads_of(made)
    headline = (
        "Which option is best depends on what a person-month is worth"
        if len(ahead) > 1
        else f"{capital(option_words(made, ahead[0][1]))} is best at every worth of a person-month"
    )
    says = "Left: dots are draws, rings means. Right: dashed lines are published values; the scale widens towards 0."
    figure = page(WIDE, 2.9 + 0.25 * headline_lines(headline), headline, says, foot)
    above, bottom = 0.95 + 0.25 * headline_lines(headline), foot_height(foot) + 0.45
    axes = placed(figure, 0.65, bottom, WIDE - 3.1, above)
    axes.axhline(0, color=LINE, linewidth=1)
    axes.axvline(0, color=LINE, linewidth=1)
    draws = made.draws.assign(total=made.draws[["extra_programme", "extra_handed_on", "extra_provider"]].sum(axis=1))
    for name in shown:
        part = draws[draws["scenario"] == name]
        axes.plot(part["extra_outcome"] / 1e3, part["total"] / MILLION, "o", color=colour_of(made, name), alpha=0.35,
                  markersize=3, markeredgewidth=0)  # fmt: skip
        axes.plot([part["extra_outcome"].mean() / 1e3], [part["total"].mean() / MILLION], "o", markersize=10,
                  markerfacecolor="none", markeredgecolor=colour_of(made, name), markeredgewidth=2)  # fmt: skip
    axes.set_xlabel("thousand person-months more", size=SMALL, color=GREY)
    few_ticks(axes, 5, upright=True)
    few_ticks(axes)
    axes.tick_params(labelsize=SMALL)
    axes.grid(color=PALE, linewidth=0.6)
    title(axes, "Extra cost in all, \N{POUND SIGN} million")
    curve = placed(figure, 3.75, bottom, 1.45, above)
    curve.set_ylim(0, 1)
    curve.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    curve.grid(axis="y", color=PALE, linewidth=0.6)
    labels = []
    for name in (made.names[0], *shown):
        part = made.acceptability[made.acceptability["scenario"] == name]
        curve.plot(part["worth"], part["chance_best"], color=colour_of(made, name), linewidth=2)
        words = wrapped(option_words(made, name), 18)
        labels.append((float(part["chance_best"].iloc[-1]), words, colour_of(made, name)))
    for anchor in ANCHORS.values():
        curve.axvline(anchor.a_month[1], color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    if made.worth is not None:
        curve.axvline(made.worth, color=INK, linewidth=1)
    # most of what changes does so far below the published values: the root shows both
    curve.set_xscale("function", functions=(lambda worth: np.sqrt(np.maximum(worth, 0)), np.square))
    curve.set_xlim(0, float(made.acceptability["worth"].max()))
    curve.tick_params(labelsize=SMALL)
    curve.set_xticks(TICKS, [commas(tick) for tick in TICKS])
    curve.set_xlabel("\N{POUND SIGN} a person-month", size=SMALL, color=GREY)
    title(curve, "Chance of being best")
    end_labels(curve, curve.get_xlim()[1], labels, size=SMALL, gap=0.14)
    words = "; ".join(
        f"{plain(row['scenario'])}: extra cost GBP {spread(row, 'extra_total', MILLION)[0]} million"
        for row in made.options.to_dict("records")
    )
    return Drawing(
        "cost-effectiveness", figure, in_pounds(f"{headline}. {headline_of(made)} {words}. {foot}"), made.draws
    )


def told_apart(made: Compared, scenario: str) -> pd.DataFrame:
    """Return the levels whose use a scenario changes by what is told apart from nothing, the largest first."""
    table = made.equity[(made.equity["scenario"] == scenario) & (made.equity["dimension"] != "region")]
    clear = table[(table["low"] > 0) | (table["high"] < 0)]
    return clear.loc[clear["extra_points"].abs().sort_values(ascending=False).index]


def pictured_of(made: Compared) -> str:
    """Return the innovation whose use the first option changes most in any group, as far as that is told apart."""
    clear = told_apart(made, first_of(made))
    return str((clear if len(clear) else made.equity).iloc[0]["innovation"])


def first_of(made: Compared) -> str:
    """Return the option that comes first, or the first of the table where none gains."""
    best = leading(made)
    return str(made.options.iloc[0]["scenario"] if best is None else best["scenario"])


def behind_drawing(made: Compared, innovation: str, words: str, foot: str) -> Drawing:
    """Return who gains under each scenario, by size, setting, self-funding and rating."""
    return _behind(made, f"left-behind-{innovation}", innovation, words, foot, ("region",))


def briefly_behind_drawing(made: Compared, titles: Mapping[str, str], foot: str) -> Drawing:
    """Return who gains by size and setting, of the innovation in which the first option makes most difference."""
    innovation = pictured_of(made)
    left_out = ("region", "self-funding", "rating")
    return _behind(made, "left-behind", innovation, capital(titles[innovation]), foot, left_out)


def _behind(made: Compared, name: str, innovation: str, words: str, foot: str, left_out: Collection[str]) -> Drawing:
    table = made.equity[(made.equity["innovation"] == innovation) & ~made.equity["dimension"].isin(left_out)]
    first = first_of(made)
    shown = [first, *(one for one in made.options["scenario"] if one != first)][:COLUMNS]
    seen = list(dict.fromkeys(zip(table["dimension"], table["level"], strict=True)))
    dimensions = list(dict.fromkeys(table["dimension"]))
    levels = sorted(seen, key=lambda one: (dimensions.index(one[0]), ORDER.index(one[1]) if one[1] in ORDER else 0))
    table = table[table["scenario"].isin(shown)]
    headline = f"{words}: {behind_words(table, first)}"
    above, bottom = 0.85 + 0.25 * headline_lines(headline), foot_height(foot) + 0.25
    figure = page(WIDE, above + 0.19 * len(levels) + bottom, headline,
                  "More users at the end than with doing nothing, in points; bars hold 95 % of draws.",
                  foot)  # fmt: skip
    column = (WIDE - LABELS) / len(shown)
    reach = float(np.nanmax(np.abs(table[["low", "high"]].to_numpy()))) if len(table) else 1.0
    for place, scenario in enumerate(shown):
        left = LABELS + place * column
        axes = placed(figure, left, bottom, WIDE - left - column + 0.2, above)
        axes.set_xlim(-(reach or 1.0), reach or 1.0)
        row_axes(axes, len(levels))
        title(axes, wrapped(plain(scenario), int(column * 11)), 1.02, SMALL, colour_of(made, scenario))
        for at, (dimension, level) in enumerate(levels):
            row = table[(table["scenario"] == scenario) & (table["dimension"] == dimension) & (table["level"] == level)]
            if len(row):
                one = row.iloc[0]
                draw_interval(axes, at, (one["low"], one["high"]), one["extra_points"], colour_of(made, scenario),
                              linewidth=4, markersize=4)  # fmt: skip
            if place == 0:
                row_words(axes, at, level, SMALL, 0.06)
        few_ticks(axes, 3)
        axes.tick_params(axis="x", pad=3)
    return Drawing(name, figure, f"{headline}. {foot}", table)


def behind_words(table: pd.DataFrame, scenario: str) -> str:
    """Return who gains most and least among sizes under a scenario, where the draws tell them apart."""
    size = table[(table["scenario"] == scenario) & (table["dimension"] == "size")]
    least, most = (size.loc[getattr(size["extra_points"], which)()] for which in ("idxmin", "idxmax"))
    if least["high"] >= most["low"]:
        return f"{plain(scenario)} adds as much among small as among large organisations, as far as the draws tell"
    more, less = (points_words(row) for row in (most, least))
    return (
        f"{plain(scenario)} adds {more} points among organisations with {most['level']}, {less} among those with"
        f" {least['level']}"
    )


def points_words(row: pd.Series) -> str:
    """Return extra points as exactly as their range allows."""
    return signed(rounded(row["extra_points"], row["low"], row["high"]))


def flips_drawing(made: Compared, foot: str) -> Drawing:
    """Return the rank of each scenario under each structure."""
    ranks = made.structures.pivot(index="structure", columns="scenario", values="rank")
    order = list(dict.fromkeys(made.structures["structure"]))
    names = [name for name in made.ranking["scenario"] if name in ranks][:MOST]
    ranks = ranks.loc[order, names]
    usual = ranks.iloc[0].idxmin()
    turned = turning(made)
    what = "gains most" if made.worth is None else "has the highest net benefit"
    headline = (
        f"{capital(plain(usual))} {what} under every structure, as far as runs tell them apart"
        if not turned
        else f"{capital(plain(usual))} {what} as the model stands, another under {len(turned)} of {len(order) - 1}"
        " structures"
    )
    by = "person-months gained" if made.worth is None else "net benefit"
    says = (
        f"Rank by {by} (1 is best) when one mechanism is taken away or added. A star: better than what is best as it"
        f" stands, told apart with {(len(order) - 1) * (len(names) - 1)} chances of a false alarm allowed for."
    )
    figure = page(FULL, 2.3 + 0.25 * len(order) + foot_height(foot, FULL), headline, says, foot)
    axes = placed(figure, 4.6, foot_height(foot, FULL), 0.4, 1.9)
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
    axes.set_yticks(range(len(order)), list(map(structure_words, order)), size=8.8)
    axes.set_xticks(range(len(names)), [option_words(made, name).replace(" ", "\n") for name in names], size=8.6)
    axes.xaxis.tick_top()
    axes.spines["bottom"].set_visible(False)
    words = "".join(
        f" {capital(structure_words(structure))}: {option_words(made, name)}." for structure, name in turned.items()
    )
    return Drawing("flips", figure, f"{headline}.{words} {foot}", made.structures)


def structure_words(name: str) -> str:
    """Return what a structure changes, without the number of the claim.

    >>> structure_words("without C5: Innovation is a journey"), structure_words("with origination by staff (C2, C19)")
    ('without "Innovation is a journey"', 'with origination by staff')
    """
    words = re.sub(r"\s*\(C\d+(, C\d+)*\)", "", name)
    return re.sub(r"^without C\d+: (.*)$", r'without "\1"', words)


def turning(made: Compared) -> dict[str, str]:
    """Return under which structures another scenario is best, and which: those that the runs tell apart."""
    best = made.structures[(made.structures["rank"] == 1) & made.structures["turns"]]
    return dict(zip(best["structure"], best["scenario"], strict=True))
