"""Who hears from whom: a partnership network shaped by proximity, setting and brand, made in linear time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import BadInputError
from ..state import Network
from .england.places import authority_order
from .sector import Population, generator

MOST_TIES = 8
BEFORE = -24_000
"""Step in which the ties of the start began: so long ago that all are trusted, however short a step is."""
ROUNDS = ("near", "near", "near", "setting", "near", "brand", "setting", "brand")
"""Each round pairs every provider at most once: so nobody has more than eight ties."""


def partnerships(population: Population, ties: float, seed: int) -> Network:
    """Return the network: in each of eight rounds, providers that take part are lined up and paired with the next.

    They are lined up by place (near), by setting then place, or by brand (those without a brand by place), in random
    order within. A provider takes part with probability ties/8, so ties are binomial with that mean and at most
    eight, but for the few pairs that meet twice.
    """
    n = len(population.id)
    place = authority_order()[population.authority]
    pairs = []
    for number, kind in enumerate(ROUNDS):
        luck = generator(seed, f"partners {number}")
        taking_part = np.flatnonzero(luck.random(n) < ties / MOST_TIES)
        if kind == "setting":
            keys: tuple[np.ndarray, ...] = (place, population.setting)
        elif kind == "brand":
            keys = (place, population.brand)
        else:
            keys = (place,)
        order = taking_part[np.lexsort((luck.random(len(taking_part)), *(key[taking_part] for key in keys)))]
        even = len(order) // 2 * 2
        pairs.append(np.column_stack([order[0:even:2], order[1:even:2]]))
    return network_of(n, np.concatenate(pairs))


def network_of(n: int, pairs: np.ndarray) -> Network:
    """Return the network of undirected pairs (shape (ties, 2)); repeated pairs count once."""
    low, high = pairs.min(axis=1).astype(np.int64), pairs.max(axis=1).astype(np.int64)
    codes = np.unique(low * n + high)
    low, high = codes // n, codes % n
    one, other = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.argsort(one, kind="stable")
    ties = np.bincount(one, minlength=n)
    first = np.concatenate([[0], np.cumsum(ties)]).astype(np.int64)
    return csr(first, ties, other[order])


def csr(first: np.ndarray, ties: np.ndarray, partners: np.ndarray) -> Network:
    """Return a network whose rows have no slot to spare, and whose ties are as old as trust can be."""
    since = np.full(len(partners), BEFORE, np.int32)
    return Network(first.astype(np.int64), ties.astype(np.int64), partners.astype(np.int64), since)


def with_slots(network: Network) -> Network:
    """Return a copy of the network with room for eight partners in every row."""
    n = len(network.ties)
    room = np.maximum(MOST_TIES, network.ties)
    first = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    partners, since = np.zeros(first[-1], np.int64), np.full(first[-1], BEFORE, np.int32)
    held = np.repeat(np.arange(n), network.ties)
    slot = np.arange(len(held)) - np.repeat(np.concatenate([[0], np.cumsum(network.ties)[:-1]]), network.ties)
    there, here = first[held] + slot, network.first[held] + slot
    partners[there], since[there] = network.partners[here], network.since[here]
    return Network(first, network.ties.copy(), partners, since)


def network_from(graph: Any, n: int | None = None) -> Network:
    """Return a networkx graph with nodes 0..n-1, or CSR arrays (indptr, indices), as the kernels read it.

    A row of a directed graph holds those whom the node sees: its predecessors.
    """
    if hasattr(graph, "number_of_nodes"):
        nodes = graph.number_of_nodes()
        if set(graph.nodes) != set(range(nodes)):
            raise BadInputError(f"The graph's {nodes} nodes must be the whole numbers from 0 to {nodes - 1}.")
        edges = np.array([(a, b) for a, b in graph.edges() if a != b], np.int64).reshape(-1, 2)
        if not graph.is_directed():
            return _checked(network_of(nodes, edges), n)
        # by who sees, then by whom: a repeated edge counts once, as in an undirected graph
        seeing, seen = np.divmod(np.unique(edges[:, 1] * nodes + edges[:, 0]), max(nodes, 1))
        ties = np.bincount(seeing, minlength=nodes)
        first = np.concatenate([[0], np.cumsum(ties)]).astype(np.int64)
        return _checked(csr(first, ties, seen), n)
    try:
        given = [np.asarray(part) for part in graph]
        whole = all(np.issubdtype(part.dtype, np.integer) or part.size == 0 for part in given)
        indptr, indices = (np.ascontiguousarray(part, dtype=np.int64) for part in given)
    except (TypeError, ValueError):
        raise BadInputError("The graph must be a networkx graph or a pair of CSR arrays (indptr, indices).") from None
    if not whole:
        raise BadInputError("The CSR arrays (indptr, indices) must hold whole numbers.")
    nodes = len(indptr) - 1
    if nodes < 0 or indptr[0] != 0 or indptr[-1] != len(indices) or (np.diff(indptr) < 0).any():
        raise BadInputError(f"The CSR arrays do not fit: indptr must rise from 0 to the {len(indices)} indices.")
    if len(indices) and (indices.min() < 0 or indices.max() >= nodes):
        raise BadInputError(f"The CSR indices must be nodes from 0 to {nodes - 1}.")
    return _checked(csr(indptr, np.diff(indptr), indices), n)


def _checked(network: Network, n: int | None) -> Network:
    if n is not None and len(network.ties) != n:
        raise BadInputError(f"The graph has {len(network.ties)} nodes: it must have {n}.")
    return network
