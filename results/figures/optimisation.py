"""Draws the portfolios that a search found beside the hand-made ones, on seeds that the search had not seen."""

from __future__ import annotations

import textwrap

import pandas as pd

from ..words import commas, in_pounds, plain, rounded, wrapped
from .drawing import Drawing, few_ticks, page, placed, title
from .labels import Clear
from .palette import BLUE, GREY, INK, LINE, PALE


def optimised_drawing(found: pd.DataFrame, hand: pd.DataFrame, budget: str, foot: str) -> Drawing:
    """Return the Pareto front: extra benefit against the change of the small-provider gap."""
    kept = found[found["on_front"]].sort_values("outcome", ascending=False)
    best = kept.iloc[0] if len(kept) else found.iloc[0]
    headline = in_pounds(
        f"For {budget}, {best['portfolio']} gains most: about"
        f" {commas(rounded(best['outcome'], best['outcome_low'], best['outcome_high']))} person-months"
    )
    says = (
        "Found by the search (blue, with 95 % intervals; filled: no other does better on both) and hand-made within the"
        " budget (grey). Lower is better for small organisations."
    )
    figure = page(12, 6.4, headline, says, foot)
    axes = placed(figure, 1.0, 0.85 + 0.15 * (wrapped(foot, int(12 * 14.5)).count("\n") + 1), 5.4, 1.75)
    axes.axhline(0, color=LINE, linewidth=1)
    axes.axvline(0, color=LINE, linewidth=1)
    affordable = hand[hand["within_budget"]]
    axes.plot(affordable["outcome"] / 1e3, affordable["gap"], "o", color=GREY, alpha=0.6, markersize=6)
    named = {*affordable.nlargest(2, "outcome")["name"], *affordable.nsmallest(1, "gap")["name"]}
    names, marks = [], []
    for number, row in enumerate(found[found["within_budget"]].sort_values("outcome", ascending=False).itertuples(), 1):
        axes.plot(
            [row.outcome_low / 1e3, row.outcome_high / 1e3], [row.gap, row.gap], color=BLUE, alpha=0.3, linewidth=3
        )
        axes.plot([row.outcome / 1e3] * 2, [row.gap_low, row.gap_high], color=BLUE, alpha=0.3, linewidth=3)
        axes.plot([row.outcome / 1e3], [row.gap], "o", color=BLUE, markersize=8,
                  markerfacecolor=BLUE if row.on_front else "white")  # fmt: skip
        if row.on_front:
            marks.append((str(number), row.outcome / 1e3, row.gap, BLUE))
            gained = commas(rounded(row.outcome, row.outcome_low, row.outcome_high))
            paid = f"GBP {row.cost_total / 1e6:,.1f} million in all"
            names.append(in_pounds(f"{number}  {row.portfolio}: {gained} person-months, {paid}"))
    axes.set_xlabel("extra benefit, thousand person-months", size=9, color=GREY)
    axes.grid(color=PALE, linewidth=0.6)
    few_ticks(axes, 6)
    few_ticks(axes, 6, upright=True)
    # where the axes end is known by now, so labels can keep off each other
    clear = Clear(figure, axes)
    for table in (affordable, found[found["within_budget"]]):
        clear.keep_off(table["outcome"] / 1e3, table["gap"])
    for row in affordable[affordable["name"].isin(named)].itertuples():
        marks.append((plain(str(row.name)), row.outcome / 1e3, row.gap, GREY))
    for words, across, up, colour in marks:
        clear.write(words, [(across, up)], colour, 8.5)
    title(axes, "Change of the gap between large and small, points", 1.03)
    lines = [line for name in names[:8] for line in textwrap.wrap(name, 58, subsequent_indent="    ")]
    axes.text(1.04, 1.0, "On the front:\n" + "\n".join(lines), transform=axes.transAxes, size=8.3, color=INK, va="top",
              linespacing=1.35)  # fmt: skip
    table = pd.concat([found.assign(kind="found"), hand.assign(kind="hand-made")], ignore_index=True)
    return Drawing("portfolios", figure, f"{headline}. {'; '.join(names)}. {foot}", table)
