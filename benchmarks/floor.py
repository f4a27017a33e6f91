"""The least that any step must do, and nothing else: look at partners, hear what they found, name the draws, and weigh
two exponentials.
"""

from __future__ import annotations

import math

import numpy as np

from carespread.model.jit import kernel
from carespread.model.randomness import AWARE, draw, stream
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


def run_floor(prepared: Prepared, months: int) -> None:
    """Do the least work for the providers, ties and innovations of a prepared run."""
    frame, state = prepared.frame, prepared.state
    shares = np.where(state.pairs["sites_in_use"] > 0, WHOLE, 0).astype(state.shares.dtype)
    ids, keys = (np.ascontiguousarray(of) for of in (state.providers["id"], frame.innovations["key"]))
    seed, starts, made = int(frame.settled[0].seed), np.zeros(len(keys), np.uint64), np.zeros(len(shares))
    floor_months(ids, state.network, shares, np.zeros_like(state.found), keys, seed, months, starts, made)
