"""How uncertain a package is that was run over few draws, or not at all: from many draws of its options alone.

A draw of the uncertain numbers moves a package as it moves its options, added up. What options gain together is less,
or more, than the sum: the sum's deviations shrink or grow as its mean does. policy.js does the same sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from ..statistics import appraisal, decision
from .runs import MONEY, Part

MEASURES = (*MONEY, "uses")
"""What has draws: sums over all years, and uses at the end."""
NODES = (0.5, 1.0)
"""Levels at which each option was run alone over many draws; between them deviations lie on a line."""
MOST_SCALED = 2.0
"""By how much a package's deviations may be larger than the sum of its options'."""


class Draws(NamedTuple):
    """Options alone, draw by draw."""

    means: Floats
    """Shape (options, nodes, measures)."""
    deviations: Floats
    """From the means, shape (options, nodes, draws, measures)."""

    def at(self, levels: Floats) -> tuple[Floats, Floats]:
        """Return the sums of means, (measures,), and of deviations, (draws, measures), at levels of the options."""
        weights = node_weights(levels)
        return np.einsum("on,onm->m", weights, self.means), np.einsum("on,ondm->dm", weights, self.deviations)

    def of(self, levels: Floats, totals: Floats) -> Floats:
        """Return draws of a package that changes the measures by `totals`, shape (draws, measures)."""
        sums, deviations = self.at(levels)
        scale = np.ones(len(totals))
        same = sums * totals > 0
        scale[same] = np.minimum(totals[same] / sums[same], MOST_SCALED)
        return np.asarray(totals + deviations * scale)


def node_weights(levels: Floats) -> Floats:
    """Return the weights of the nodes of a line from 0 through the nodes, shape (options, nodes).

    >>> node_weights(np.array([0.25, 0.75, 1.0])).tolist()
    [[0.5, 0.0], [0.5, 0.5], [0.0, 1.0]]
    """
    middle, _ = NODES
    low = np.minimum(levels, middle) / middle
    high = np.maximum(levels - middle, 0.0) / (1.0 - middle)
    return np.stack([np.where(levels > middle, 1.0 - high, low), high], axis=1)


def alone(
    parts: Sequence[Part],
    nothing: str,
    designs: Mapping[tuple[int, int], str],
    levers: Sequence[Sequence[str]],
    chance: tuple[float, float],
    seed: int,
) -> Draws:
    """Return the draws of options alone.

    `parts` are one or two sets of runs of the same draws, `designs` the packages by option and node, `levers` what each
    option pulls, `chance` which shares of chance are left in sums over people and over organisations when the whole
    sector is counted, as `compare` has them.
    """
    options, draws = len(levers), parts[0].yearly.shape[1]
    factors = appraisal.unit_cost_factors(sorted({one for own in levers for one in own}), draws, seed)
    made = np.zeros((options, len(NODES), draws, len(MEASURES)))
    kept = [chance[0]] * len(MONEY) + [chance[1]]
    for (option, node), design in designs.items():
        reps = []
        for part in parts:
            at, none = part.rows([design, nothing])
            money = (part.yearly[at] - part.yearly[none]).sum(axis=1)
            reps.append(np.column_stack([money, (part.uses[at] - part.uses[none]).sum(axis=1)]))
        values = np.stack(reps, axis=1)
        own = decision.without_chance(values, kept) if len(parts) > 1 else values[:, 0]
        own[:, MONEY.index("programme")] *= np.mean([factors[one] for one in levers[option]], axis=0)
        made[option, node] = own
    means = made.mean(axis=2)
    return Draws(means, made - means[:, :, None])
