"""The random numbers of a run, made from their description (details 2): named draws and the generators of the start."""

from __future__ import annotations

import hashlib
import math
import zlib

import numpy as np

ALL = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
APART = 1 << 40
"""Between the ids of several draws by one provider for one decision and step."""
DECISIONS = {
    name: number
    for number, name in enumerate(
        (
            "aware", "look", "choose", "stay", "pilot", "implement", "sustain", "reconsider", "scale",
            "managers leave", "senior leaves", "new manager", "new senior",
            "learn", "inspect", "seek", "part", "with whom", "met", "unused", "exit", "entrant",
            "originate", "goals", "part with", "renew", "successor", "obey",
        ),
        start=1,
    )
}  # fmt: skip


def mixed(x: int) -> int:
    """Return the finaliser of SplitMix64 of a 64-bit word."""
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & ALL
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & ALL
    return x ^ x >> 31


def stream(seed: int, decision: str, step: int, thing: int = 0) -> int:
    """Return the word at which the draws for a decision, step and innovation (0 for none) begin."""
    start = mixed((seed + GOLDEN) & ALL)
    start = mixed((start + DECISIONS[decision] * GOLDEN) & ALL)
    start = mixed((start + step * GOLDEN) & ALL)
    return mixed((start + thing) & ALL)


def uniform(start: int, who: int) -> float:
    """Return the draw in (0, 1) of a provider's id."""
    return ((mixed((start + who * GOLDEN) & ALL) >> 12) + 0.5) * 2.0**-52


def normal(first: float, second: float) -> float:
    """Return a standard normal number from two draws (Box and Muller)."""
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


def key(name: str) -> int:
    """Return the permanent number of an innovation's name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") >> 1


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the generator of something that is drawn once, at the start."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
