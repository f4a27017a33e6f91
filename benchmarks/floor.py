"""The least that any step must do, and nothing else, in two ways.

The floor looks at partners once an innovation, hears what they found, names a draw and weighs two exponentials. The
fairer limit is what a step could do at best: partners once for all innovations, the draws that a month needs, what a
provider has of its own read and written once, and no exponential.
"""

from __future__ import annotations

import math

import numpy as np

from carespread.model.jit import kernel
from carespread.model.randomness import AWARE, MANAGERS_LEAVE, draw, stream
from carespread.model.simulate import Prepared
from carespread.model.state import WHOLE


@kernel
def floor_months(ids, network, shares, found, keys, seed, months, starts, made):
    """Set `made`, shape (n,), from partners' shares and evidence, one hash and two exponentials a provider, innovation
    and month. What everybody found, `found` of shape (2, n, J, 2), is written anew each month for the next.

    `starts`, shape (J,), is scratch for where the month's draws begin.
    """
    for month in range(months):
        now, last = month % 2, 1 - month % 2
        for j in range(keys.shape[0]):
            starts[j] = stream(seed, AWARE, month, keys[j])
        for i in range(made.shape[0]):
            first, ties, total = network.first[i], int(network.ties[i]), 0.0
            for j in range(shares.shape[1]):
                seen = worked = failed = 0
                for slot in range(ties):
                    partner = network.partners[first + slot]
                    seen += int(shares[partner, j])
                    worked += int(found[last, partner, j, 0])
                    failed += int(found[last, partner, j, 1])
                drawn = draw(starts[j], ids[i])
                found[now, i, j, 0], found[now, i, j, 1] = int(drawn * WHOLE), WHOLE - int(drawn * WHOLE)
                total += math.exp(-seen * 1e-6) * math.exp(drawn) + worked / (worked + failed + 1.0)
            made[i] += total


DRAWS = 8
"""Of a provider in a month, beside one for each innovation: those that decide of staff, managers, ties and closure."""


@kernel
def limit_months(ids, network, shares, found, own, pairs, keys, seed, months, starts, sums):
    """Advance `own`, shape (n, words), and `pairs`, shape (n, words), by draws below a line of what partners show.

    `starts`, shape (J + DRAWS,), and `sums`, shape (J, 3), are scratch.
    """
    many = shares.shape[1]
    for month in range(months):
        now, last = month % 2, 1 - month % 2
        for at in range(starts.shape[0]):
            starts[at] = stream(seed, AWARE, month, keys[at]) if at < many else stream(seed, MANAGERS_LEAVE, month, at)
        for i in range(own.shape[0]):
            first, who, happened = network.first[i], ids[i], 0
            for j in range(many):
                sums[j, 0] = sums[j, 1] = sums[j, 2] = 0
            for slot in range(int(network.ties[i])):
                partner = network.partners[first + slot]
                for j in range(many):
                    sums[j, 0] += int(shares[partner, j])
                    sums[j, 1] += int(found[last, partner, j, 0])
                    sums[j, 2] += int(found[last, partner, j, 1])
            for j in range(many):
                drawn = int(draw(starts[j], who) * WHOLE)
                found[now, i, j, 0], found[now, i, j, 1] = drawn, WHOLE - drawn
                happened += drawn * (sums[j, 1] + sums[j, 2] + 1) < sums[j, 0] + sums[j, 1]
            for at in range(many, starts.shape[0]):
                happened += draw(starts[at], who) < 1e-3
            for part in range(own.shape[1]):
                own[i, part] += happened
            for part in range(pairs.shape[1]):
                pairs[i, part] += happened


def run_limit(prepared: Prepared, months: int) -> None:
    """Do what a step could do at best for the providers, ties and innovations of a prepared run."""
    frame, state = prepared.frame, prepared.state
    n, many = state.shares.shape
    shares = np.where(state.pairs["sites_in_use"] > 0, WHOLE, 0).astype(state.shares.dtype)
    own = np.concatenate(
        [words(state.providers, n), words(state.rows, n), words(state.capability, n), words(state.grown, n)], axis=1
    )
    ids, keys = (np.ascontiguousarray(of) for of in (state.providers["id"], frame.innovations["key"]))
    limit_months(
        ids,
        state.network,
        shares,
        np.zeros_like(state.found),
        own,
        words(state.pairs, n),
        keys,
        int(frame.settled[0].seed),
        months,
        np.zeros(many + DRAWS, np.uint64),
        np.zeros((many, 3), np.int64),
    )


def words(records: np.ndarray, n: int) -> np.ndarray:
    """Return a copy of n records as whole numbers, shape (n, words)."""
    return np.ascontiguousarray(records).reshape(n, -1).view(np.int64).copy()


def run_floor(prepared: Prepared, months: int) -> None:
    """Do the least work for the providers, ties and innovations of a prepared run."""
    frame, state = prepared.frame, prepared.state
    shares = np.where(state.pairs["sites_in_use"] > 0, WHOLE, 0).astype(state.shares.dtype)
    ids, keys = (np.ascontiguousarray(of) for of in (state.providers["id"], frame.innovations["key"]))
    seed, starts, made = int(frame.settled[0].seed), np.zeros(len(keys), np.uint64), np.zeros(len(shares))
    floor_months(ids, state.network, shares, np.zeros_like(state.found), keys, seed, months, starts, made)
