"""What no register holds of a provider: leadership, learning, capability and the scores behind its accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..innovations import CAPABILITIES
from ..jit import kernel
from ..mechanisms.leadership import trait_from_normal
from ..parameters import Parameters
from .country import Floats, Integers
from .draws import generator, ranks

LEAST = 0.01
"""The least of a trait; the most is 1."""


@kernel
def set_traits(scores: NDArray[Any], made: NDArray[Any]) -> None:
    """Set `made` to the traits in [.01, 1] of standard normal scores (both 1-D)."""
    for i in range(scores.shape[0]):
        made[i] = trait_from_normal(scores[i])


def trait_column(columns: Mapping[str, Floats], name: str) -> Floats:
    """Return the column of one trait, shape (n,), to be read or written; a capability is a part of its own array."""
    return columns["capability"][:, CAPABILITIES.index(name)] if name in CAPABILITIES else columns[name]


def traits_of(scores: Floats) -> Floats:
    """Return the traits in [.01, 1] of standard normal scores."""
    made = np.empty(len(scores))
    set_traits(scores, made)
    return made


def scores_of(traits: Floats) -> Floats:
    """Return the standard normal scores of traits in [.01, 1]: `traits_of` the other way round."""
    from scipy.special import ndtri

    below = 0.5 - 0.5 * np.sin(3 * np.arcsin(0.5 - (traits - LEAST) / (1 - LEAST)))
    scores: Floats = np.clip(ndtri(below), -6, 6)
    return scores


def drawn_traits(
    parameters: Parameters, seed: int, ids: Integers, size: Floats, authority: Integers, authorities: int
) -> dict[str, Any]:
    """Return the traits of providers, correlated with each other and with size (assumptions, grade D).

    Arguments: permanent `ids`, standardised log `size` and the code of the `authority`, each of shape (n,);
    how many `authorities` there are. Returns columns of `Population` by name.
    """
    from scipy.special import betaincinv, ndtr

    n, rank = len(ids), ranks(ids)

    def normal(trait: str) -> Floats:
        return generator(seed, trait).standard_normal(n)[rank]

    common = normal("common")
    shared_size, shared = parameters.size_correlation, parameters.trait_correlation
    loading = np.sqrt(shared - shared_size**2)

    def score(trait: str, with_size: float = shared_size) -> Floats:
        """Return standard normal scores: one factor common to all traits, a part of size, the rest a trait's own."""
        together = (shared - shared_size * with_size) / loading if loading > 0 else 0.0
        together = min(together, np.sqrt(1 - with_size**2))
        own = np.sqrt(max(0.0, 1 - with_size**2 - together**2))
        scores: Floats = with_size * size + together * common + own * normal(trait)
        return scores

    def by_authority(trait: str) -> Floats:
        return generator(seed, trait).standard_normal(authorities)[authority]

    digital = parameters.size_capability
    with_size = (shared_size, digital, shared_size, digital)
    senior_score = score("senior")
    return {
        "senior": traits_of(senior_score),
        "manager": traits_of(score("manager")),
        "frontline": traits_of(score("frontline")),
        "learning": traits_of(score("learning")),
        "openness": traits_of(score("openness")),
        # Beta(3, 3): most know themselves fairly well, few fully
        "self_knowledge": LEAST + (1 - LEAST) * betaincinv(3, 3, ndtr(score("self_knowledge"))),
        "capability": np.ascontiguousarray(
            np.column_stack(
                [
                    traits_of(score(f"capability {name}", part))
                    for name, part in zip(CAPABILITIES, with_size, strict=True)
                ]
            )
        ),
        # Beta(2.5, 1): most have a usable connection, some have none
        "connectivity": ndtr(score("connectivity", digital)) ** 0.4,
        "senior_score": senior_score,
        "threshold_score": normal("threshold"),
        "keep_score": normal("value to keep"),
        "margin_score": normal("margin"),
        "slack_score": normal("slack"),
        "stance_score": by_authority("stance"),
        "fee_score": by_authority("fee"),
    }
