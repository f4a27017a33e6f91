"""Draws when a policy fails: the conditions of the box, and the points in its two leading parameters."""

from __future__ import annotations

from ..statistics.discovery import Discovery, range_words
from ..words import plain
from .drawing import Drawing, page, placed
from .palette import BLUE, FAINT, GREY, INK, LINE, ORANGE, PALE


def box_drawing(made: Discovery, headline: str, foot: str) -> Drawing:
    """Return the first box: which part of each prior it takes, and the points in its two narrowest parameters."""
    box = made.boxes[0]
    shares = {}
    for name, (low, high) in box.limits.items():
        own = made.points[name]
        shares[name] = (float((own < low).mean()), float((own <= high).mean()))
    names = sorted(shares, key=lambda name: shares[name][1] - shares[name][0])
    figure = page(12, 5.9, headline, "Left: which part of each parameter's prior the box takes. Right: all points in"
                  " the two parameters that it narrows most; filled orange fails, the frame is the box.",
                  foot)  # fmt: skip
    axes = placed(figure, 2.3, 1.2, 6.6, 1.7)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_yticks(range(len(names)), [plain(name) for name in names], size=9.2)
    for at, name in enumerate(names):
        low, high = shares[name]
        axes.plot([0, 1], [at, at], color=PALE, linewidth=9, solid_capstyle="butt")
        axes.plot([low, high], [at, at], color=ORANGE, linewidth=9, solid_capstyle="butt")
        axes.text(0.5, at - 0.36, range_words(*box.limits[name]), size=8.6, color=INK, ha="center", va="bottom")
    axes.set_xticks([0, 0.5, 1], ["lowest", "median", "highest"])
    axes = placed(figure, 7.0, 1.2, 0.4, 1.7)
    first, second = (*names, *names, "outcome")[:2] if len(names) > 1 else (names[0], "outcome")
    for failed, colour in ((False, FAINT), (True, ORANGE)):
        rows = made.points[made.points["fails"] == failed]
        axes.plot(rows[first], rows[second], "o", color=colour if failed else "none", markeredgecolor=colour,
                  markersize=4, alpha=0.8)  # fmt: skip
    if second in box.limits:
        (left, right), (bottom, top) = (box.limits[name] for name in (first, second))
        own = made.points[[first, second]]
        left, right = max(left, own[first].min()), min(right, own[first].max())
        bottom, top = max(bottom, own[second].min()), min(top, own[second].max())
        axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=BLUE, linewidth=2)
    axes.set_xlabel(plain(first), size=9.5, color=INK)
    axes.set_ylabel(plain(second), size=9.5, color=INK)
    axes.locator_params(nbins=5)
    axes.grid(color=PALE, linewidth=0.7)
    return Drawing("box", figure, f"{headline}. {foot}", made.points)


def trajectory_drawing(made: Discovery, foot: str) -> Drawing:
    """Return how coverage falls as density rises while PRIM peels."""
    rows, box = made.trajectory, made.boxes[0]
    headline = f"The box holds {100 * box.coverage:.0f} % of the failures; {100 * box.density:.0f} % of its points fail"
    figure = page(8.5, 5.4, headline, "Each dot is a box on the way of PRIM; the ring is the one that is shown."
                  " The cross is what such boxes come to at held-out points.", foot)  # fmt: skip
    axes = placed(figure, 1.0, 1.25, 0.5, 1.6)
    axes.plot(rows["coverage"], rows["density"], "o-", color=BLUE, markersize=4, linewidth=1)
    axes.plot([box.coverage], [box.density], "o", color="none", markeredgecolor=ORANGE, markersize=13,
              markeredgewidth=2)  # fmt: skip
    axes.plot([box.unseen_coverage], [box.unseen_density], "x", color=ORANGE, markersize=11, markeredgewidth=2.5)
    axes.annotate("the box", (box.coverage, box.density), xytext=(9, 9), textcoords="offset points", size=9, color=INK)
    axes.annotate("at held-out points", (box.unseen_coverage, box.unseen_density), xytext=(10, -12),
                  textcoords="offset points", size=9, color=INK)  # fmt: skip
    axes.axhline(made.share, color=LINE, linewidth=1, linestyle="--")
    axes.text(0.02, made.share, " all points", size=8.6, color=GREY, va="bottom")
    axes.set_xlim(0, 1.04)
    axes.set_ylim(0, 1.04)
    for way in (axes.xaxis, axes.yaxis):
        way.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("coverage: share of the failures that it holds", size=9.5, color=INK)
    axes.set_ylabel("density: share of its points that fail", size=9.5, color=INK)
    axes.grid(color=PALE, linewidth=0.7)
    return Drawing("trajectory", figure, f"{headline}. {foot}", rows)
