"""Weights that share out a whole: they cannot be varied one without the others, so they have a joint prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from carespread.model import Parameters

SURENESS = 10.0
"""How sure the joint prior of leadership weights is of its mean, as so many observations: an assumption, grade D."""


class Composition(NamedTuple):
    """Weights that add to 1, with a Dirichlet prior."""

    name: str
    members: tuple[str, ...]
    """Names of the parameters."""
    concentration: tuple[float, ...]
    equation: str
    says: str

    def quantile(self, shares: np.ndarray) -> np.ndarray:
        """Return weights of shape (n, members) from points of the unit cube, shape (n, members - 1).

        Stick-breaking: each weight takes a Beta-distributed part of what those before it left. Uniform shares give the
        Dirichlet distribution exactly.
        """
        from scipy import stats

        left = np.ones(len(shares))
        made = np.empty((len(shares), len(self.members)))
        for place, own in enumerate(self.concentration[:-1]):
            part = stats.beta.ppf(shares[:, place], own, sum(self.concentration[place + 1 :]))
            made[:, place] = left * part
            left = left * (1.0 - part)
        made[:, -1] = left
        return made

    def with_one_at(self, member: str, share: float) -> dict[str, float]:
        """Return the weights when one is at a quantile of its own distribution and the others share the rest as usual.

        The marginal of a Dirichlet is Beta(a, sum of the others).
        """
        from scipy import stats

        total, place = sum(self.concentration), self.members.index(member)
        own = self.concentration[place]
        weight = float(stats.beta.ppf(share, own, total - own))
        rest = (1.0 - weight) / (total - own)
        return {
            name: weight if name == member else rest * one
            for name, one in zip(self.members, self.concentration, strict=True)
        }


def _leadership(stage: str, equation: str, mean: tuple[float, float, float]) -> Composition:
    members = tuple(f"{stage}_{level}" for level in ("senior", "manager", "frontline"))
    return Composition(
        f"{stage}_leadership",
        members,
        tuple(SURENESS * one for one in mean),
        equation,
        f"Which level of leadership counts to {stage}.",
    )


COMPOSITIONS = (
    Composition(
        "exposure_layers",
        ("partner_layer", "area_layer", "setting_layer"),
        (2.0, 2.0, 1.0),
        "(2)",
        "From whom a provider hears: partners, its area, its setting.",
    ),
    _leadership("explore", "(4)", (0.5, 0.3, 0.2)),
    _leadership("implement", "(4)", (0.25, 0.5, 0.25)),
    _leadership("sustain", "(4)", (0.15, 0.35, 0.5)),
)
"""Every composition of the sector: the layers of (2) and the leadership weights of (4)."""


def taken_away(changes: Mapping[str, Any], values: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return changes in which the weight of what is set to 0 has moved to the rest of its composition.

    `values` are those of the members before (defaults if not given); the rest keep their proportions, and the whole
    keeps its size.

    >>> taken_away({"partner_layer": 0.0})["setting_layer"]  # doctest: +ELLIPSIS
    0.333...
    """
    made = dict(changes)
    values = Parameters()._asdict() if values is None else values
    for one in COMPOSITIONS:
        gone = [name for name in one.members if name in changes and changes[name] == 0]
        rest = [name for name in one.members if name not in changes]
        left = sum(values[name] for name in rest) if gone else 0.0
        if left > 0:
            grown = 1.0 + sum(values[name] for name in gone) / left
            made |= {name: grown * values[name] for name in rest}
    return made
