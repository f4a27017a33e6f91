"""Draws published effects beside those of the model, a row a published number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from carespread.results.figures.drawing import Drawing, page, placed
from carespread.results.figures.palette import BLUE, GREY, ORANGE, PALE

from .emulation import Compared

MOST = 60.0
"""Points at either end of the axis of differences; what lies beyond is drawn at the edge."""


def studies_drawing(rows: Sequence[Compared], foot: str) -> Drawing:
    """Return the figure of all studies: differences and levels in points above, ratios below, each as published and as
    the model has it.
    """
    points = [one for one in rows if one.outcome.scale == "difference"]
    ratios = [one for one in rows if one.outcome.scale != "difference"]
    height = 2.6 + 0.36 * (len(points) + len(ratios)) + (1.0 if points and ratios else 0.0)
    near = sum(abs(one.z) <= 2 for one in rows)
    headline = f"{near} of {len(rows)} published numbers lie within two standard errors of what the model says"
    says = (
        "Orange: published, with its interval where one was. Blue: the model, with that of a trial of the study's size."
    )
    figure = page(12.0, height, headline, says, foot)
    bottom = 1.0
    kinds = ((ratios, np.log, "ratio, treated over control"), (points, lambda x: 100 * x, "points of organisations"))
    for part, scale, words in kinds:
        if not part:
            continue
        tall = 0.36 * len(part)
        axes = placed(figure, 4.6, bottom, 1.3, height - bottom - tall)
        for number, one in enumerate(reversed(part)):
            for value, low, high, up, colour in (
                (one.outcome.effect, one.outcome.low, one.outcome.high, 0.16, ORANGE),
                (one.model, one.low, one.high, -0.16, BLUE),
            ):
                if low is not None and high is not None:
                    axes.plot(scale(np.array([max(low, 1e-3) if part is ratios else low, high])), [number + up] * 2,
                              color=colour, linewidth=2, solid_capstyle="butt")  # fmt: skip
                axes.plot(scale(np.array([value])), [number + up], "o", color=colour, markersize=5)
            axes.text(
                -0.02, number, label(one), transform=axes.get_yaxis_transform(), ha="right", va="center", size=8.5
            )
            near_enough = abs(one.z) <= 2
            axes.text(
                1.02, number, f"z {one.z:+.1f}", transform=axes.get_yaxis_transform(), va="center", size=8.5,
                color=GREY if near_enough else "black", weight="normal" if near_enough else "bold",
            )  # fmt: skip
        axes.set_ylim(-0.6, len(part) - 0.4)
        axes.set_yticks([])
        if part is ratios:
            ticks = np.array([0.25, 0.5, 1, 2, 4])
            axes.set_xticks(np.log(ticks), [f"{tick:g}" for tick in ticks])
            axes.set_xlim(np.log(0.2), np.log(5))
        else:
            axes.set_xlim(-MOST, 100)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.grid(axis="x", color=PALE, linewidth=0.7)
        axes.set_xlabel(words, size=9, color=GREY)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        bottom += tall + 1.0
    table = pd.DataFrame({
        "study": one.study.id, "label": label(one), "published": one.outcome.effect, "low": one.outcome.low,
        "high": one.outcome.high, "model": one.model, "model_low": one.low, "model_high": one.high, "z": one.z,
    } for one in rows)  # fmt: skip
    return Drawing("studies", figure, f"{headline}. {says} {foot}", table)


def label(one: Compared) -> str:
    """Return what a row of the figure is called."""
    about = one.study.about if len(one.study.about) <= 34 else one.study.about[:33].rstrip(", ") + "..."
    level = "" if one.outcome.compares else " (level)"
    return f"{one.study.id}  {about}, month {one.outcome.month}{level}"
