"""Draws sensitivity: which numbers matter, how surely, for which outcomes, and whether the sample was large enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..statistics.indices import DUMMY
from ..statistics.sensitivity import DECIDES, MEASURES, Analysis
from ..words import capital, listed, plain, wrapped
from .drawing import Drawing, end_labels, page, placed, row_axes, row_words, title
from .labels import Clear
from .palette import BLUE, FAINT, GREY, HUES, INK, LINE, ORANGE, PALE

SHOWN = 15
"""Parameters that a figure shows, the strongest first."""
CURVES = 6
NAMED = {
    "using_share_all": "spread (organisations using)", "scaled_share_all": "scale (in use at 80 % of sites)",
    "kept_share_all": "sustainment (kept for 2 years)", "outcome_all": "benefit to people",
    "cost_total_all": "total cost", "small_provider_gap_all": "gap of small providers",
    "half_time_all": "months to half", "misimplementation_all": "mis-implementation",
}  # fmt: skip


def outcome_words(outcome: str) -> str:
    """Return an outcome in words."""
    return NAMED.get(outcome, plain(outcome))


def shown_of(analysis: Analysis) -> pd.DataFrame:
    """Return the strongest parameters, and the dummy."""
    table = analysis.table
    last = table["parameter"] == DUMMY
    return pd.concat([table[~last][:SHOWN], table[last]], ignore_index=True)


def headline_of(analysis: Analysis) -> str:
    """Return which parameters lead, or that none is told apart from noise."""
    clear = analysis.table[analysis.table["told_apart"]]
    of = outcome_words(analysis.outcome)
    if not len(clear):
        return f"No parameter stands out from chance for {of}"
    names = [plain(name) for name in clear["parameter"][:3]]
    return f"What matters most for {of}: {listed(names)}"


def ranking_drawing(analysis: Analysis, method: str, unit: str, foot: str) -> Drawing:
    """Return the ranked bars of a method with 95 % intervals: a tornado, mu*, first and total order, or PAWN."""
    rows = shown_of(analysis)
    measure = DECIDES[method]
    headline = headline_of(analysis)
    sobol = method in ("sobol", "emulator")
    what = {
        "range": f"Difference from the medians when one parameter moves from its 5th (open) to its 95th percentile"
        f" (filled). Unit: {unit}",
        "mu_star": f"Morris mu*: {MEASURES['mu_star']}. Unit: {unit}",
        "ST": "Share of the variance of the outcome between points: with all interactions (bar) and by itself (ring)",
        "median": capital(MEASURES["median"]),
    }[measure]
    figure = page(11, 2.1 + 0.34 * len(rows), headline, f"{what}. Lines are 95 % intervals; grey does not stand out"
                  " from chance.", foot)  # fmt: skip
    axes = placed(figure, 2.9, 1.0, 1.3, 1.35)
    row_axes(axes, len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        colour = BLUE if row["told_apart"] else FAINT
        value, low, high = row[measure], row[f"{measure}_low"], row[f"{measure}_high"]
        if method == "oat":
            axes.plot([row["at_low"], row["at_high"]], [at, at], color=colour, linewidth=9, alpha=0.45,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot([row["at_low"]], [at], "o", color="white", markeredgecolor=colour, markersize=6)
            axes.plot([row["at_high"]], [at], "o", color=colour, markersize=6)
        else:
            axes.barh(at, value, 0.62, color=colour, alpha=0.55)
            axes.plot([low, high], [at, at], color=INK, linewidth=1.2)
        if sobol:
            axes.plot([row["S1"]], [at], "o", color="white", markeredgecolor=INK, markersize=6, zorder=5)
        row_words(axes, at, plain(row["parameter"]))
        row_words(axes, at, number(value), beyond=1.02)
    axes.grid(axis="x", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(tick)
    words = "; ".join(f"{plain(row.parameter)} {number(getattr(row, measure))}" for row in rows.itertuples())
    return Drawing(f"ranking-{analysis.outcome}", figure, f"{headline}. {what}: {words}. {foot}", analysis.table)


def number(value: float) -> str:
    """Return a number with as many digits as a reader needs."""
    if not np.isfinite(value):
        return ""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:,.1f} m"
    if size >= 100 or size < 1e-6:
        return f"{abs(value) if size < 1e-6 else value:,.0f}"
    return f"{value:.2f}" if size >= 0.01 else f"{value:.3f}"


def tick(value: float, _: float) -> str:
    """Return a number beside an axis."""
    return number(value) if abs(value) >= 1e4 else f"{value:,.4g}"


def plane_drawing(analysis: Analysis, unit: str, foot: str) -> Drawing:
    """Return the Morris plane: how strong a parameter is, and how much that depends on the others."""
    rows = analysis.table
    headline = headline_of(analysis)
    figure = page(10, 6.4, headline, f"Right: stronger. Up: the effect depends more on the other parameters, or bends."
                  f" Above the dashed line it may turn its sign. Unit of both axes: {unit}.", foot)  # fmt: skip
    axes = placed(figure, 1.0, 1.25, 0.6, 1.5)
    most = 1.12 * max(rows["mu_star_high"].max(), rows["sigma"].max())
    axes.set_xlim(0, most)
    axes.set_ylim(0, 1.12 * rows["sigma"].max() if rows["sigma"].max() > 0 else 1)
    axes.plot([0, most], [0, most], color=LINE, linewidth=1, linestyle="--")
    clear = Clear(figure, axes)
    for row in rows.to_dict("records"):
        colour = ORANGE if row["parameter"] == DUMMY else BLUE if row["told_apart"] else FAINT
        axes.plot([row["mu_star_low"], row["mu_star_high"]], [row["sigma"]] * 2, color=colour, linewidth=1, alpha=0.5)
        mark = "s" if row["parameter"] == DUMMY else "o"
        axes.plot([row["mu_star"]], [row["sigma"]], mark, color=colour, markersize=6)
        clear.keep_off([row["mu_star"]], [row["sigma"]])
    named = pd.concat([rows[rows["told_apart"]][:9], rows[rows["parameter"] == DUMMY]])
    for row in named.to_dict("records"):
        clear.write(plain(row["parameter"]), [(row["mu_star"], row["sigma"])], INK)
    axes.set_xlabel("mu*: mean size of the effect", size=9.5, color=INK)
    title(axes, "sigma: how much the effect varies", 1.02)
    axes.grid(color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)
    for way in (axes.xaxis, axes.yaxis):
        way.set_major_formatter(tick)
    words = "; ".join(f"{plain(row.parameter)} mu* {number(row.mu_star)}" for row in rows[:9].itertuples())
    return Drawing(f"plane-{analysis.outcome}", figure, f"{headline}. {words}. {foot}", rows)


def curves_drawing(analysis: Analysis, unit: str, foot: str) -> Drawing:
    """Return how the outcome moves along the prior of each of the strongest parameters, all others at their medians."""
    names = list(analysis.table["parameter"][analysis.table["parameter"] != DUMMY][:CURVES])
    figure = page(12, 6.6, headline_of(analysis), "Difference from the medians along the prior of each"
                  " parameter, all others at their medians; bands are 95 % intervals of pairs."
                  f" Unit: {unit}.", foot)  # fmt: skip
    own = analysis.curves[analysis.curves["parameter"].isin(names)]
    low, high = own["low"].min(), own["high"].max()
    for place, name in enumerate(names):
        column, line = place % 3, place // 3
        axes = placed(figure, 0.9 + 3.75 * column, 3.55 - 2.5 * line, 12 - 0.9 - 3.75 * column - 3.0,
                      1.65 + 2.5 * line)  # fmt: skip
        rows = own[own["parameter"] == name]
        axes.axhline(0, color=LINE, linewidth=1)
        axes.fill_between(rows["value"], rows["low"], rows["high"], color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(rows["value"], rows["difference"], "o-", color=BLUE, linewidth=2, markersize=4)
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        axes.locator_params(nbins=5)
        axes.yaxis.set_major_formatter(tick)
        title(axes, plain(name), 1.05, 9.8)
        axes.grid(axis="y", color=PALE, linewidth=0.7)
    words = f"Curves of {', '.join(plain(name) for name in names)}"
    return Drawing(f"curves-{analysis.outcome}", figure, f"{words}. {foot}", analysis.curves)


def convergence_drawing(analysis: Analysis, method: str, foot: str) -> Drawing:
    """Return the indices of the strongest parameters against the size of the sample."""
    measure = DECIDES[method]
    names = list(analysis.table["parameter"][:CURVES])
    curve = analysis.convergence[analysis.convergence["parameter"].isin(names)]
    sizes = sorted(curve["samples"].unique())
    settled, widest = settling(analysis, method)
    headline = (
        "Too small a sample to see whether the indices are settled"
        if len(sizes) < 2
        else f"The order is settled: the last step of the sample moved no index by more than {number(widest)}"
        if settled
        else f"Not settled: the last step of the sample moved an index by {number(widest)}, more than its interval"
    )
    figure = page(10, 5.2, headline, f"{capital(plain(measure))} of the strongest parameters against the sample;"
                  " bands are 95 % intervals.", foot)  # fmt: skip
    axes = placed(figure, 0.9, 1.2, 3.0, 1.35)
    ends = []
    for name, colour in zip(names, HUES, strict=False):
        rows = curve[curve["parameter"] == name].sort_values("samples")
        axes.fill_between(rows["samples"], rows[f"{measure}_low"], rows[f"{measure}_high"], color=colour, alpha=0.12,
                          linewidth=0)  # fmt: skip
        axes.plot(rows["samples"], rows[measure], "o-", color=colour, linewidth=2, markersize=4)
        ends.append((float(rows[measure].iloc[-1]), plain(name), colour))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    if len(sizes) > 1:
        axes.set_xlim(sizes[0], sizes[-1])
    axes.set_xlabel(
        "trajectories" if method == "morris" else "base samples" if method == "sobol" else "points", size=9.5
    )
    axes.yaxis.set_major_formatter(tick)
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    end_labels(axes, sizes[-1], ends)
    return Drawing(f"convergence-{analysis.outcome}", figure, f"{headline}. {foot}", curve)


def settling(analysis: Analysis, method: str) -> tuple[bool, float]:
    """Return whether the last step of the sample moved every leading index by less than its interval, and how far."""
    measure = DECIDES[method]
    names = list(analysis.table["parameter"][analysis.table["parameter"] != DUMMY][:CURVES])
    wide = analysis.convergence.pivot_table(index="samples", columns="parameter", values=measure)[names]
    if len(wide) < 2:
        return False, np.nan
    moved = (wide.iloc[-1] - wide.iloc[-2]).abs()
    rows = analysis.table.set_index("parameter").loc[names]
    half = (rows[f"{measure}_high"] - rows[f"{measure}_low"]) / 2
    return bool((moved <= half + 1e-12).all()), float(moved.max())


def heat_drawing(analyses: list[Analysis], method: str, foot: str) -> Drawing:
    """Return outcomes x parameters: each index as a part of the largest of its outcome, by darkness and in figures."""
    measure = DECIDES[method]
    parts = {}
    clear = {}
    for one in analyses:
        rows = one.table[one.table["parameter"] != DUMMY].set_index("parameter")
        sizes = rows[measure].abs()
        parts[one.outcome] = sizes / sizes.max() if sizes.max() > 0 else sizes
        clear[one.outcome] = rows["told_apart"]
    wide, known = pd.DataFrame(parts), pd.DataFrame(clear)
    order = wide.where(known, 0).max(axis=1).sort_values(ascending=False).index[:20]
    wide, known = wide.loc[order], known.loc[order]
    across = 1.28
    width = 2.7 + across * len(wide.columns) + 0.4
    shared = int((wide.where(known, 0) > 0.5).sum(axis=1).max())
    headline = (
        f"{capital(plain(str((wide.where(known, 0) > 0.5).sum(axis=1).idxmax())))} matters for most outcomes"
        f" ({shared} of {len(wide.columns)})"
        if shared > 1
        else "Each outcome has its own drivers"
    )
    figure = page(max(width, 9), 2.6 + 0.29 * len(wide), headline, "Each number is the index as a share of the largest"
                  " of its column (%); empty where it does not stand out from chance.", foot)  # fmt: skip
    axes = placed(figure, 2.7, 0.85, max(width, 9) - 2.7 - across * len(wide.columns), 1.85)
    _cells(axes, wide, known)
    return Drawing("heat", figure, f"{headline}. {foot}", wide.rename_axis("parameter").reset_index())


def _cells(axes: Axes, wide: pd.DataFrame, known: pd.DataFrame) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("blue", ["#FFFFFF", BLUE])
    values = wide.where(known, 0.0).to_numpy(float)
    axes.imshow(values, cmap=shades, vmin=0, vmax=1, aspect="auto")
    axes.spines["bottom"].set_visible(False)
    axes.set_yticks(range(len(wide)), [plain(str(name)) for name in wide.index], size=9)
    axes.set_xticks([])
    for column, name in enumerate(wide.columns):
        axes.text(column, -0.65, wrapped(outcome_words(str(name)), 15), size=8.8, color=INK, ha="center", va="bottom")
        for row in range(len(wide)):
            if known.iloc[row, column]:
                shade = values[row, column]
                axes.text(column, row, f"{100 * shade:.0f}", size=8.5, ha="center", va="center",
                          color="white" if shade > 0.5 else INK)  # fmt: skip
            else:
                axes.text(column, row, "\N{MIDDLE DOT}", size=8.5, ha="center", va="center", color=GREY)
