"""Indices of how unequally use is spread over organisations from small to large (or over any other rank).

Wagstaff (2005), Erreygers (2009). Ranks are fractional: the share of the weight below, and half of one's own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError


class Concentration(NamedTuple):
    """One distribution in three indices; above 0, use leans to high ranks."""

    raw: float
    """2 cov(h, r)/mean, in (-1, 1)."""
    wagstaff: float
    """Raw/(1 - mean): for shares, whose bounds move with the mean."""
    erreygers: float
    """4 mean raw: for shares, and the same whether use or its absence is counted."""


def concentration(shares: Any, order: Any, weights: Any = None) -> Concentration:
    """Return the concentration of `shares` in [0, 1], shape (n,), over units from low to high `order`.

    `weights` count units more than once; units of the same `order` share a rank. Raises BadInputError where shares
    leave [0, 1], lengths differ, or nothing has weight.
    """
    shares, order = np.asarray(shares, float), np.asarray(order)
    weights = np.ones(len(shares)) if weights is None else np.asarray(weights, float)
    if not len(shares) == len(order) == len(weights):
        raise BadInputError(f"shares, order and weights have lengths {len(shares)}, {len(order)} and {len(weights)}.")
    if len(shares) == 0 or not np.isfinite(shares).all() or (shares < 0).any() or (shares > 1).any():
        raise BadInputError("shares must be numbers from 0 to 1, at least one of them.")
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise BadInputError("weights must be numbers of at least 0 that do not sum to 0.")
    _, place = np.unique(order, return_inverse=True)
    held = np.bincount(place, weights)
    ranks = ((np.cumsum(held) - held / 2) / weights.sum())[place]
    mean = float(np.average(shares, weights=weights))
    together = float(np.average((shares - mean) * (ranks - np.average(ranks, weights=weights)), weights=weights))
    index = 8 * together
    return Concentration(raw_of_erreygers(index, mean), wagstaff_of_erreygers(index, mean), index)


def raw_of_erreygers(index: float, mean: float) -> float:
    """Return the raw index of a share with this mean; NaN where nobody uses it."""
    return index / (4 * mean) if mean > 0 else np.nan


def wagstaff_of_erreygers(index: float, mean: float) -> float:
    """Return Wagstaff's index of a share with this mean; NaN where nobody or everybody uses it."""
    return raw_of_erreygers(index, mean) / (1 - mean) if 0 < mean < 1 else np.nan
