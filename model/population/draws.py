"""Random draws named by what they decide, and given to providers by their ids."""

from __future__ import annotations

import zlib

import numpy as np

from .country import Integers


def generator(seed: int, trait: str) -> np.random.Generator:
    """Return the generator of one trait: a trait that is added or drawn longer leaves every other as it was."""
    return np.random.default_rng([seed, zlib.crc32(trait.encode())])


def ranks(ids: Integers) -> Integers:
    """Return the rank of each id: draws go with it, so that the order of rows changes nothing."""
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return rank
