"""Draws a sector as it stands: the network of partners by region in the colours of the journey, and use over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from carespread.model.state import STAGES

from ..arrays import Floats
from ..words import capital, stage_words, wrapped
from .drawing import percent_axis
from .palette import GREY, HUES, INK, LINE, PALE, STAGE_COLOURS

CENTRES = {
    "North East": (0.6, 3.3), "North West": (-0.7, 2.7), "Yorkshire and The Humber": (0.8, 2.1),
    "East Midlands": (1.1, 1.0), "West Midlands": (-0.5, 1.1), "East of England": (2.4, 0.6),
    "South West": (-1.2, -0.6), "South East": (1.0, -0.7), "London": (2.6, -0.6),
}  # fmt: skip
"""Where each region of England is drawn: roughly where it lies."""


def centres_of(regions: tuple[str, ...]) -> list[tuple[float, float]]:
    """Return where each region is drawn: where it lies, or on a circle where nobody has said."""
    turns = 2 * np.pi * np.arange(len(regions)) / len(regions)
    circle = [(0.7 + 1.9 * float(np.cos(turn)), 1.3 + 1.9 * float(np.sin(turn))) for turn in turns]
    return [CENTRES.get(name, place) for name, place in zip(regions, circle, strict=True)]


def places_of(care: Any) -> Floats:
    """Return where each provider is drawn, shape (n, 2): its region's providers as a sunflower about its centre."""
    region = care.prepared.population.region
    centres = centres_of(care.prepared.population.geography.regions)
    made = np.empty((len(region), 2))
    for code in np.unique(region):
        rows = np.flatnonzero(region == code)
        at = np.arange(len(rows)) + 0.5
        radius = 0.55 * np.sqrt(at / max(1, len(rows)))
        angle = np.pi * (1 + np.sqrt(5)) * at
        centre = centres[int(code)]
        made[rows] = np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])
    return made


def network_figure(care: Any, innovation: str, wide: float = 6.4) -> Figure:
    """Return the network of partners of a CareSector, each provider in the colour of its stage."""
    places, network = places_of(care), care.prepared.state.network
    stages = care.prepared.state.pairs["stage"][:, care.column_of(innovation)]
    figure = Figure((wide, 0.98 * wide), facecolor="white")
    axes = figure.add_axes((0, 0.1, 1, 0.88))
    ends = [(row, int(network.partners[network.first[row] + tie]))
            for row in range(len(places)) for tie in range(int(network.ties[row]))]  # fmt: skip
    lines = [(places[one], places[other]) for one, other in ends if one < other]
    axes.add_collection(LineCollection(lines, colors=LINE, linewidths=0.35, alpha=0.5))
    for code, stage in enumerate(STAGES):
        own = stages == code
        axes.scatter(places[own, 0], places[own, 1], s=16, color=STAGE_COLOURS[stage], edgecolor="white", linewidth=0.3,
                     zorder=2)  # fmt: skip
    regions = care.prepared.population.geography.regions
    for name, (x, y) in zip(regions, centres_of(regions), strict=True):
        axes.text(x, y + 0.62, name, size=7.5, color=GREY, ha="center")
    axes.set_xlim(-2.0, 3.4)
    axes.set_ylim(-1.4, 4.1)
    axes.axis("off")
    for code, stage in enumerate(STAGES):
        many, left, up = int((stages == code).sum()), 0.06 + 0.32 * (code % 3), 0.075 - 0.04 * (code // 3)
        figure.text(left, up, "■", color=STAGE_COLOURS[stage], size=11, va="center")
        figure.text(left + 0.03, up, f"{stage_words(stage)}: {many}", size=8.4, color=INK, va="center")
    return figure


def shares_figure(care: Any, wide: float = 6.4) -> Figure:
    """Return the share of organisations that use each innovation, month by month until now."""
    table = care.datacollector.get_model_vars_dataframe()
    figure = Figure((wide, 0.55 * wide), facecolor="white")
    axes = figure.add_axes((0.09, 0.12, 0.6, 0.8))
    months = np.arange(len(table))
    ends = []
    for name, colour in zip(care.innovations, HUES * 2, strict=False):
        shares = table[f"using_share_{name}"].to_numpy(float)
        axes.plot(months, shares, color=colour, linewidth=1.8)
        ends.append((float(shares[-1]), name, colour))
    percent_axis(axes)
    axes.set_xlim(0, care.months)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(length=0, labelsize=8)
    axes.set_xlabel("months", size=8)
    titles = {one.name: one.file.title for one in care.prepared.innovations}
    for place, (share, name, colour) in enumerate(sorted(ends, reverse=True)):
        words = f"{100 * share:.0f} %  {wrapped(capital(titles[name]), 24)}"
        axes.text(1.03, 0.95 - 0.16 * place, words, transform=axes.transAxes, size=8, color=colour, va="center")
    return figure
