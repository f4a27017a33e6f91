"""What a fit may move: eight numbers, each with its prior, and no others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from carespread.model import Parameters
from carespread.model.declare import Prior, entries, log_uniform, uniform


class Free(NamedTuple):
    """One number that is fitted."""

    name: str
    """The parameter of the model."""
    prior: Prior
    says: str


def _declared(name: str, says: str) -> Free:
    prior = entries(Parameters)[name].about.prior
    assert prior is not None
    return Free(name, prior, says)


HARD = Parameters().sustain_hazard
FREE = (
    _declared("base_awareness", "p_0: hearing of it from outside"),
    _declared("imitation", "q: hearing of it from users in reach"),
    _declared("attention", "a_0: how often a provider looks"),
    # a multiplier of h_S0, 1/3 to 3, on top of what each innovation file says of itself
    Free("sustain_hazard", log_uniform(HARD / 3.0, 3.0 * HARD), "h_S0: how often it is abandoned"),
    Free("start_aware", uniform(0.1, 0.8), "share of those not using that know it at the start"),
    _declared("adoption_threshold", "th: what it must be worth"),
    _declared("cost_weight", "beta_C: how much cost deters"),
    _declared("size_penalty", "phi: how much more it costs the small"),
)
"""Five of an innovation family (digital records and the toolkit that belongs to them) and three of the sector."""
NAMES = tuple(one.name for one in FREE)


def values_of(cube: np.ndarray) -> list[dict[str, Any]]:
    """Return the parameters at points of the unit cube, shape (n, 8): shares of their priors."""
    columns = []
    for place, one in enumerate(FREE):
        about = entries(Parameters)[one.name].about
        columns.append(np.asarray(one.prior.quantile(cube[:, place], about.low, about.high), float))
    return [dict(zip(NAMES, map(float, row), strict=True)) for row in np.array(columns).T]
