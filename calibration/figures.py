"""Draws what a fit learned: prior against posterior, and what it says of data that it has not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carespread.results.figures.drawing import Drawing, date_axis, draw_fan, page, percent_axis, placed
from carespread.results.figures.palette import BLUE, GREY, INK, LINE, ORANGE, PALE
from carespread.results.words import capital, innovation_words, listed, plain

from .forecast import MODEL, Series
from .targets import CALIBRATION, Target

MUCH = 0.5
"""Share of the prior's variance that must be gone for much to be learned."""


def number(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:.3g}"


def learned_drawing(rows: pd.DataFrame, foot: str) -> Drawing:
    """Return prior against posterior for each parameter, the best learned first."""
    clear = rows[rows["variance_removed"] > MUCH]["parameter"].map(plain)
    none = rows[~rows["learned"]]["parameter"].map(plain)
    headline = (
        f"The data say something of {listed(clear)}" if len(clear) else "The data say little of any single number"
    ) + (f", and next to nothing of {listed(none)}" if len(none) else "")
    figure = page(11, 2.9 + 0.48 * len(rows), headline, "Grey: the middle 90 % of the prior. Blue: that of the"
                  " posterior. On the right: share of the prior's variance that is gone, and the middle 90 %.",
                  foot)  # fmt: skip
    axes = placed(figure, 3.9, 1.25, 3.1, 1.7)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    beside = axes.get_yaxis_transform()
    for at, row in enumerate(rows.to_dict("records")):
        axes.plot([0.05, 0.95], [at, at], color=PALE, linewidth=11, solid_capstyle="butt")
        axes.plot([row["share_low"], row["share_high"]], [at, at], color=BLUE, linewidth=6, solid_capstyle="butt")
        axes.text(-0.02, at, plain(row["parameter"]), transform=beside, size=9.4, color=INK, ha="right",
                  va="center")  # fmt: skip
        span = f"{number(row['posterior_low'])} to {number(row['posterior_high'])}"
        axes.text(1.02, at, f"{100 * row['variance_removed']:.0f} %", transform=beside, size=9.6, color=INK,
                  va="center", weight="bold")  # fmt: skip
        axes.text(1.14, at, span, transform=beside, size=9, color=GREY, va="center")
    axes.set_xticks([0.05, 0.5, 0.95], ["5th percentile\nof the prior", "median", "95th percentile\nof the prior"])
    return Drawing("learned", figure, f"{headline}. {foot}", rows)


def checked_drawing(checked: pd.DataFrame, foot: str) -> Drawing:
    """Return each fitted datum in its own posterior predictive interval."""
    inside = int(checked["inside"].sum())
    headline = f"{inside} of {len(checked)} fitted data lie in their own 90 % interval"
    figure = page(11, 2.2 + 0.36 * len(checked), headline, "Blue: the middle 90 % of what the fitted model would have"
                  " counted, with the declared errors. Points: what was published (arrows: only more than this).",
                  foot)  # fmt: skip
    axes = placed(figure, 2.6, 0.95, 1.2, 1.5)
    axes.set_ylim(len(checked) - 0.4, -0.6)
    axes.set_yticks([])
    for at, row in enumerate(checked.to_dict("records")):
        axes.plot([row["low"], row["high"]], [at, at], color=BLUE, linewidth=6, solid_capstyle="butt", alpha=0.5)
        axes.plot([row["median"]] * 2, [at - 0.22, at + 0.22], color=BLUE, linewidth=2)
        axes.plot([row["observed"]], [at], ">" if row["censored"] else "o", markersize=6, zorder=3,
                  color=INK if row["inside"] else ORANGE)  # fmt: skip
        axes.text(-0.02, at, row["target"], transform=axes.get_yaxis_transform(), size=9.4, color=INK, ha="right",
                  va="center")  # fmt: skip
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    return Drawing("checked", figure, f"{headline}. {foot}", checked)


def predictive_drawing(
    fan: pd.DataFrame, targets: tuple[Target, ...], series: Series, foot: str, scores: pd.DataFrame | None = None
) -> Drawing:
    """Return the fitted model's shares of a series with the points that it saw, and with `scores` those held out."""
    own = fan[(fan["innovation"] == series.innovation) & (fan["group"] == "all")]
    what = innovation_words(series.innovation)
    headline = f"What the fitted model says of {what}, beside the points that it saw"
    if scores is not None:
        model = scores[scores["method"] == MODEL]
        held = ", ".join(
            f"{100 * row.observed:.0f} % ({row.date}) by {100 * row.median:.0f} %" for row in model.itertuples()
        )
        headline = f"Of {len(model)} points held out {int(model['inside'].sum())} lie in the 90 % interval: {held}"
    figure = page(11, 5.8, headline, f"Share with {what}. Bands: middle 50 % and 90 % of the posterior predictive,"
                  " without the error of the sources or the step of a definition.", foot)  # fmt: skip
    axes = placed(figure, 0.8, 1.25, 2.6, 1.65)
    draw_fan(axes, own, BLUE)
    percent_axis(axes, float(max(own["high_90"].max(), *(one.value for one in targets))) + 0.02)
    date_axis(axes, own["month"])
    for target in targets:
        if target.innovation != series.innovation or target.group != "all" or target.denominator == "people":
            continue
        fitted = target.role == CALIBRATION
        month = pd.Timestamp(f"{target.date}-01")
        span = [target.value - target.error, target.value + target.error]
        axes.plot([month] * 2, span, color=INK, linewidth=1, clip_on=False)
        mark = "^" if target.censored else "o"
        axes.plot([month], [target.value], mark, color=INK if fitted else ORANGE, markersize=6, clip_on=False,
                  markerfacecolor="white" if target.censored else None)  # fmt: skip
    beside = axes.transAxes
    legend = [("o", INK, "fitted"), ("^", INK, "fitted: a limit"), ("o", ORANGE, "held out")]
    for at, (mark, colour, words) in enumerate(legend if scores is not None else legend[:2]):
        axes.plot([1.05], [0.45 - 0.1 * at], mark, color=colour, transform=beside, clip_on=False, markersize=6,
                  markerfacecolor="white" if mark == "^" else None)  # fmt: skip
        axes.text(1.08, 0.45 - 0.1 * at, words, transform=beside, size=9, color=INK, va="center")
    axes.text(1.02, float(own["median"].iloc[-1]), "the fitted model", transform=axes.get_yaxis_transform(), size=9,
              color=BLUE, va="center")  # fmt: skip
    return Drawing("predictive" if scores is None else "held_out", figure, f"{headline}. {foot}", own)


def rolling_drawing(rolling: pd.DataFrame, foot: str) -> Drawing:
    """Return the model beside simple curves and other models: mean CRPS from rolling origins."""
    return errors_drawing("rolling", "from rolling origins", rolling, foot)


def scores_drawing(scores: pd.DataFrame, foot: str) -> Drawing:
    """Return the model beside simple curves and other models: mean CRPS at the points held out."""
    return errors_drawing("scores", "at the points held out", scores, foot)


def errors_drawing(name: str, where: str, table: pd.DataFrame, foot: str) -> Drawing:
    """Return a bar a method: its mean CRPS, the best first."""
    means = (100 * table.groupby("method")["crps"].mean()).sort_values()
    place = list(means.index).index(MODEL) + 1
    headline = (
        f"The whole model is best {where}"
        if place == 1
        else f"{capital(str(means.index[0]))} is best {where}, the whole model is number {place} of {len(means)}"
    )
    figure = page(11, 2.3 + 0.36 * len(means), headline, "Mean CRPS in points of share: the distance between what was"
                  " said, with its uncertainty, and what came. Short is good.", foot)  # fmt: skip
    axes = placed(figure, 4.6, 0.95, 1.6, 1.5)
    axes.set_ylim(len(means) - 0.4, -0.6)
    axes.set_yticks([])
    beside = axes.get_yaxis_transform()
    for at, (method, value) in enumerate(means.items()):
        axes.barh(at, value, 0.6, color=BLUE if method == MODEL else LINE)
        axes.text(1.02, at, f"{value:.1f}", transform=beside, size=9.2, color=INK, va="center")
        axes.text(-0.02, at, str(method), transform=beside, size=8.6, color=INK, ha="right", va="center")
    axes.set_xlim(0, float(np.nanmax(means)) * 1.08)
    return Drawing(name, figure, f"{headline}. {foot}", table)
