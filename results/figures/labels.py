"""Finds a place for a label beside its point where it covers nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..arrays import Floats

LETTER, HEIGHT = 0.54, 1.25
"""Width of a letter and height of a line, in parts of the font's size."""
DISTANCES = (12, 22, 36, 52)
"""How far from its point a label may stand, in points."""


class Clear:
    """What labels must keep off: the lines and marks drawn so far, and each other."""

    def __init__(self, figure: Figure, axes: Axes) -> None:
        self.figure, self.axes = figure, axes
        self.taken: list[Floats] = []
        self.boxes: list[tuple[float, float, float, float]] = []

    def _spots(self, across: Any, up: Any) -> Floats:
        """Return positions in points (1/72 inch) of data coordinates."""
        x = self.axes.convert_xunits(np.asarray(across))
        return self.axes.transData.transform(np.column_stack([x, np.asarray(up, float)])) * 72 / self.figure.dpi

    def keep_off(self, across: Any, up: Any) -> None:
        """Remember a line or marks."""
        self.taken.append(self._spots(across, up))

    def write(self, words: str, points: Iterable[tuple[Any, float]], colour: str, size: float = 8.8) -> None:
        """Write words beside whichever of the points has the most room, with a thin line to it."""
        width = size * LETTER * max(len(line) for line in words.split("\n"))
        height = size * HEIGHT * len(words.split("\n"))
        corners = self.axes.get_window_extent().transformed(self.figure.dpi_scale_trans.inverted()).get_points() * 72
        others = np.concatenate(self.taken) if self.taken else np.empty((0, 2))
        best: tuple[float, Any, tuple[float, float]] | None = None
        for point in points:
            spot = self._spots([point[0]], [point[1]])[0]
            for distance in DISTANCES:
                for way in ((1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1), (1, 1), (-1, -1)):
                    x = spot[0] + distance * way[0] + (width / 2) * way[0]
                    y = spot[1] + distance * way[1] + (height / 2) * way[1]
                    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
                    cost = distance / 100 + self._cost(box, others, corners)
                    if best is None or cost < best[0]:
                        best = (cost, point, (x - spot[0], y - spot[1]))
                        chosen = box
        if best is None:
            return
        self.boxes.append(chosen)
        self.axes.annotate(
            words,
            best[1],
            xytext=best[2],
            textcoords="offset points",
            size=size,
            color=colour,
            ha="center",
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 5},
            zorder=6,
        )

    def _cost(self, box: Sequence[float], others: Floats, corners: Floats) -> float:
        left, bottom, right, top = box
        cost = 0.0
        if left < corners[0, 0] or right > corners[1, 0] or bottom < corners[0, 1] or top > corners[1, 1]:
            cost += 50
        near = (others[:, 0] > left - 3) & (others[:, 0] < right + 3)
        near &= (others[:, 1] > bottom - 3) & (others[:, 1] < top + 3)
        cost += 3 * float(near.sum())
        for one in self.boxes:
            if left < one[2] and one[0] < right and bottom < one[3] and one[1] < top:
                cost += 20
        return cost
