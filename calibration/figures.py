"""Draws what a fit learned: prior against posterior, and what it says of data that it has not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carespread.results.figures.drawing import Drawing, date_axis, draw_fan, page, percent_axis, placed
from carespread.results.figures.palette import BLUE, GREY, INK, LINE, ORANGE, PALE
from carespread.results.words import capital, listed

from .diagnostics import Honesty
from .forecast import FIRST, MODEL
from .targets import CALIBRATION, Target

MUCH, NOTHING = 0.5, 0.1
"""Shares of the prior's variance that must be gone for much to be learned, and for anything at all."""


ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")


def number(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:.3g}"


def learned_drawing(honesty: Honesty, foot: str) -> Drawing:
    """Return prior against posterior for each parameter, the best learned first."""
    rows = honesty.learned
    clear = rows[rows["variance_removed"] > MUCH]["parameter"].str.replace("_", " ")
    none = rows[rows["variance_removed"] < NOTHING]["parameter"].str.replace("_", " ")
    headline = (
        f"The data say something of {listed(clear)}" if len(clear) else "The data say little of any single number"
    ) + (f", and next to nothing of {listed(none)}" if len(none) else "")
    figure = page(11, 2.4 + 0.48 * len(rows), headline, "Grey: the middle 90 % of the prior. Blue: that of the"
                  " posterior. On the right: share of the prior's variance that is gone, and the middle 90 %.",
                  foot)  # fmt: skip
    axes = placed(figure, 2.6, 0.95, 3.6, 1.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    beside = axes.get_yaxis_transform()
    for at, row in enumerate(rows.to_dict("records")):
        axes.plot([0.05, 0.95], [at, at], color=PALE, linewidth=11, solid_capstyle="butt")
        axes.plot([row["share_low"], row["share_high"]], [at, at], color=BLUE, linewidth=6, solid_capstyle="butt")
        axes.text(-0.02, at, row["parameter"].replace("_", " "), transform=beside, size=9.4, color=INK, ha="right",
                  va="center")  # fmt: skip
        span = f"{number(row['posterior_low'])} to {number(row['posterior_high'])}"
        axes.text(1.02, at, f"{100 * row['variance_removed']:.0f} %", transform=beside, size=9.6, color=INK,
                  va="center", weight="bold")  # fmt: skip
        axes.text(1.14, at, span, transform=beside, size=9, color=GREY, va="center")
    axes.set_xticks([0.05, 0.5, 0.95], ["5th percentile\nof the prior", "median", "95th percentile\nof the prior"])
    return Drawing("learned", figure, f"{headline}. {foot}", rows)


def predictive_drawing(fan: pd.DataFrame, targets: tuple[Target, ...], validation: pd.DataFrame, foot: str) -> Drawing:
    """Return the fitted model's shares of records, with the points that it saw and those that were held out."""
    own = fan[(fan["innovation"] == FIRST[0]) & (fan["group"] == "all")]
    model = validation[validation["method"] == MODEL]
    held = ", ".join(
        f"{100 * row.observed:.0f} % ({row.date}) by {100 * row.median:.0f} %" for row in model.itertuples()
    )
    inside = int(model["inside"].sum())
    headline = f"Of {len(model)} points held out {inside} lie in the 90 % interval: the model puts {held}"
    figure = page(11, 5.8, headline, "Share of organisations with digital social care records. Bands: middle 50 %"
                  " and 90 % of the posterior predictive, without the error of the sources.", foot)  # fmt: skip
    axes = placed(figure, 0.8, 1.25, 2.6, 1.65)
    draw_fan(axes, own, BLUE)
    percent_axis(axes, 0.82)
    date_axis(axes, own["month"])
    for target in targets:
        if target.innovation != FIRST[0] or target.measure != "using_share":
            continue
        fitted = target.role == CALIBRATION
        month = pd.Timestamp(f"{target.date}-01")
        span = [target.value - target.error, target.value + target.error]
        axes.plot([month] * 2, span, color=INK, linewidth=1, clip_on=False)
        mark = "^" if target.censored else "o"
        axes.plot([month], [target.value], mark, color=INK if fitted else ORANGE, markersize=6, clip_on=False,
                  markerfacecolor="white" if target.censored else None)  # fmt: skip
    beside = axes.transAxes
    for at, (mark, colour, words) in enumerate(
        (("o", INK, "fitted"), ("^", INK, "fitted: more than this"), ("o", ORANGE, "held out"))
    ):
        axes.plot([1.05], [0.45 - 0.1 * at], mark, color=colour, transform=beside, clip_on=False, markersize=6,
                  markerfacecolor="white" if mark == "^" else None)  # fmt: skip
        axes.text(1.08, 0.45 - 0.1 * at, words, transform=beside, size=9, color=INK, va="center")
    axes.text(1.02, float(own["median"].iloc[-1]), "the fitted model", transform=axes.get_yaxis_transform(), size=9,
              color=BLUE, va="center")  # fmt: skip
    return Drawing("predictive", figure, f"{headline}. {foot}", own)


def errors_drawing(validation: pd.DataFrame, rolling: pd.DataFrame, foot: str) -> Drawing:
    """Return the model beside simple curves: mean CRPS at the points held out, and from rolling origins."""
    parts = [("Points held out", validation), ("Rolling origin", rolling)]
    order = list(validation.groupby("method")["crps"].mean().sort_values().index)
    place = order.index(MODEL) + 1
    headline = (
        "The fitted model says the points held out better than every simple curve"
        if place == 1
        else f"{capital(order[0])} says the points held out best, the model is {ORDINALS[place]} of {len(order)}"
    )
    first = rolling.groupby("method")["crps"].mean().idxmin() if len(rolling) else ""
    headline += f"; from rolling origins {'the model' if first == MODEL else first} is best" if first else ""
    figure = page(11, 2.6 + 0.42 * len(order), headline, "Mean CRPS in points of share: the distance between what was"
                  " said, with its uncertainty, and what came. Short is good.", foot)  # fmt: skip
    for column, (title, table) in enumerate(parts):
        axes = placed(figure, 2.2 + 4.6 * column, 0.95, 11 - 2.2 - 4.6 * column - 3.4, 1.5)
        scores = (100 * table.groupby("method")["crps"].mean()).reindex(order)
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.set_yticks([])
        beside = axes.get_yaxis_transform()
        for at, (name, value) in enumerate(scores.items()):
            axes.barh(at, value, 0.6, color=BLUE if name == MODEL else LINE)
            axes.text(1.02, at, f"{value:.1f}", transform=beside, size=9.2, color=INK, va="center")
            if column == 0:
                axes.text(-0.03, at, str(name), transform=beside, size=9.4, color=INK, ha="right", va="center")
        axes.text(0, 1.04, title, transform=axes.transAxes, size=9.6, weight="bold", color=INK)
        axes.set_xlim(0, float(np.nanmax(scores)) * 1.08)
    table = pd.concat([part.assign(part=title) for title, part in parts], ignore_index=True)
    return Drawing("errors", figure, f"{headline}. {foot}", table)
