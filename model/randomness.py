"""The one number that settles a decision: named by who decides what and when, never drawn in turn.

A draw is a hash of (seed, decision, month, innovation, provider). So every policy meets the same draws, nothing
depends on order or on threads, and a mechanism that is switched off leaves every other draw as it was.
The hash is SplitMix64 (Steele, Lea & Flood 2014): a named start, the provider's id times the golden step, one mix.
"""

from __future__ import annotations

import hashlib
import math

from .jit import submodel, word

ALL = word(0xFFFFFFFFFFFFFFFF)
GOLDEN = word(0x9E3779B97F4A7C15)
FIRST = word(0xBF58476D1CE4E5B9)
SECOND = word(0x94D049BB133111EB)
SHIFT_30 = word(30)
SHIFT_27 = word(27)
SHIFT_31 = word(31)
SHIFT_12 = word(12)

# What is decided. A number, once given, is never used for something else.
AWARE, LOOK, CHOOSE, STAY, PILOT, IMPLEMENT, SUSTAIN, RECONSIDER, SCALE = range(1, 10)
MANAGERS_LEAVE, SENIOR_LEAVES, NEW_MANAGER, NEW_SENIOR = range(10, 14)
LEARN, INSPECT, SEEK, PART, WITH_WHOM, MET, MISJUDGED, EXIT, ENTRANT, ORIGINATE, GOALS = range(14, 25)
PART_WITH, RENEW, SUCCESSOR, OBEY = range(25, 29)
DECISIONS = 29
ID_STRIDE = 1 << 40
"""Apart by more than any provider's id: further draws of one provider for one decision and month."""


@submodel
def mixed(x):
    """Return the 64 bits of `x` stirred until every bit depends on all (the finaliser of SplitMix64)."""
    x = ((x ^ (x >> SHIFT_30)) * FIRST) & ALL
    x = ((x ^ (x >> SHIFT_27)) * SECOND) & ALL
    return x ^ (x >> SHIFT_31)


@submodel
def stream(seed, decision, month, innovation):
    """Return where the draws of one decision, month and innovation (0 for none) begin."""
    start = mixed((word(seed) + GOLDEN) & ALL)
    start = mixed((start + word(decision) * GOLDEN) & ALL)
    start = mixed((start + word(month) * GOLDEN) & ALL)
    return mixed((start + word(innovation)) & ALL)


@submodel
def draw(start, who):
    """Return the uniform number in (0, 1), never 0 or 1, that settles the decision of `who` (a permanent id)."""
    bits = mixed((word(start) + word(who) * GOLDEN) & ALL)
    # 52 bits and a half: the middle of its cell, so that its logarithm is always finite
    return (float(bits >> SHIFT_12) + 0.5) * 2.220446049250313e-16


@submodel
def normal_pair(first, second):
    """Return a standard normal number from two uniform ones (Box & Muller 1958)."""
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


def innovation_key(name: str) -> int:
    """Return the permanent number of an innovation: a hash of its name, so that order means nothing."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") >> 1
