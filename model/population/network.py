"""Who hears from whom: a partnership network shaped by proximity, setting and brand, made in linear time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from carespread.refusal import shown

from ..declare import BadInputError
from ..state import Network
from .country import Integers
from .draws import generator
from .sector import Population

MOST_TIES = 8
BEFORE = -24_000
"""Step in which the ties of the start began: so long ago that all are trusted, however short a step is."""
MOST_AGE = 1 << 20
"""Months before the start in which a tie may have begun."""
KINDS = (np.int64, np.int64, np.int64, np.int32)
"""Of the arrays of a network, as the kernels are compiled for."""
ROUNDS = ("near", "near", "near", "setting", "near", "brand", "setting", "brand")
"""Each round pairs every provider at most once: so nobody has more than eight ties."""


def partnerships(population: Population, ties: float, seed: int) -> Network:
    """Return the network: in each of eight rounds, providers that take part are lined up and paired with the next.

    They are lined up by place (near), by setting then place, or by brand (those without a brand by place), in random
    order within. A provider takes part with probability ties/8, so ties are binomial with that mean and at most
    eight, but for the few pairs that meet twice.
    """
    n, by_id = len(population.id), np.argsort(population.id, kind="stable")
    place = population.geography.path[population.authority]
    pairs = []
    for number, kind in enumerate(ROUNDS):
        rng = generator(seed, f"partners {number}")
        taking_part = by_id[rng.random(n) < ties / MOST_TIES]
        if kind == "setting":
            keys: tuple[np.ndarray, ...] = (place, population.setting)
        elif kind == "brand":
            keys = (place, population.brand)
        else:
            keys = (place,)
        order = taking_part[np.lexsort((rng.random(len(taking_part)), *(key[taking_part] for key in keys)))]
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
        edges = np.fromiter(chain.from_iterable(graph.edges()), np.int64).reshape(-1, 2)
        edges = edges[edges[:, 0] != edges[:, 1]]
        if not graph.is_directed():
            return _sized(network_of(nodes, edges), n)
        # by who sees, then by whom: a repeated edge counts once, as in an undirected graph
        seeing, seen = np.divmod(np.unique(edges[:, 1] * nodes + edges[:, 0]), max(nodes, 1))
        ties = np.bincount(seeing, minlength=nodes)
        first = np.concatenate([[0], np.cumsum(ties)]).astype(np.int64)
        return _sized(csr(first, ties, seen), n)
    try:
        given = [np.asarray(part) for part in graph]
        whole = all(np.issubdtype(part.dtype, np.integer) or part.size == 0 for part in given)
        indptr, indices = (np.ascontiguousarray(part, dtype=np.int64) for part in given)
    except (TypeError, ValueError):
        raise BadInputError("The graph must be a networkx graph or a pair of CSR arrays (indptr, indices).") from None
    if not whole or indptr.ndim != 1 or indices.ndim != 1:
        raise BadInputError("The CSR arrays (indptr, indices) must be rows of whole numbers.")
    nodes = len(indptr) - 1
    if nodes < 0 or indptr[0] != 0 or indptr[-1] != len(indices) or (np.diff(indptr) < 0).any():
        raise BadInputError(f"The CSR arrays do not fit: indptr must rise from 0 to the {len(indices)} indices.")
    if len(indices) and (indices.min() < 0 or indices.max() >= nodes):
        raise BadInputError(f"The CSR indices must be nodes from 0 to {nodes - 1}.")
    return _sized(csr(indptr, np.diff(indptr), indices), n)


def checked_network(given: Any, ids: Integers, names: Sequence[str] = ()) -> Network:
    """Return the network of partners that somebody gives a run of providers with these ids, or refuse it.

    A networkx graph has one node a provider: their `ids` (or `names`, where a table has words for ids), or else the
    numbers 0 to n-1 in the order of the providers. CSR arrays and a `Network` are in that order too. Partners hear from
    each other, so a directed graph must have each tie both ways. Raises BadInputError with one sentence.
    """
    n = len(ids)
    if isinstance(given, Network):
        network = _whole(given, n)
    elif hasattr(given, "number_of_nodes"):
        network = _of_graph(given, ids, names)
    else:
        network = network_from(given, n)
    held = np.repeat(np.arange(n), network.ties)
    slot = np.arange(len(held)) - np.repeat(np.cumsum(network.ties) - network.ties, network.ties)
    met = network.partners[network.first[held] + slot]

    def refuse_first(wrong: np.ndarray[Any, Any], says: str) -> None:
        if wrong.any():
            one, other = (int(ids[part[np.argmax(wrong)]]) for part in (held, met))
            raise BadInputError(f"In the network {says.format(one=one, other=other)}.")

    refuse_first(held == met, "the provider {one} is a partner of itself: it must have others alone")
    there, back = held * n + met, met * n + held
    order = np.argsort(there, kind="stable")
    twice = np.zeros(len(held), bool)
    twice[order[1:]] = np.diff(there[order]) == 0
    refuse_first(twice, "the providers {one} and {other} are tied twice: each pair may have one tie")
    refuse_first(
        ~np.isin(back, there), "the provider {one} hears from {other}, but not {other} from {one}: ties are mutual"
    )
    return network


def _whole(network: Network, n: int) -> Network:
    """Return a network whose arrays fit each other and so many providers, as the kernels index them."""
    parts = {name: np.asarray(part) for name, part in network._asdict().items()}
    for name, part in parts.items():
        if part.ndim != 1 or not np.issubdtype(part.dtype, np.integer):
            raise BadInputError(f"network.{name} must be a row of whole numbers.")
    first, ties, partners, since = parts.values()
    if len(ties) != n:
        raise BadInputError(f"The network has {len(ties)} rows: it must have {n}, one a provider.")
    room = np.diff(first) if len(first) == n + 1 else np.zeros(n)
    if len(first) != n + 1 or first[0] != 0 or (room < 0).any() or (ties < 0).any() or (ties > room).any():
        raise BadInputError(
            "network.first must rise from 0 and leave each row of the network a slot for each of its ties."
        )
    if len(partners) != first[-1] or len(since) != first[-1]:
        raise BadInputError(
            f"network.partners and network.since must each have {first[-1]} slots, as network.first says."
        )
    if len(partners) and (partners.min() < 0 or partners.max() >= n):
        raise BadInputError(f"network.partners must be rows of providers from 0 to {n - 1}.")
    if len(since) and (since.min() < -MOST_AGE or since.max() > 0):
        raise BadInputError(f"network.since must be from {-MOST_AGE} to 0 months: ties begin before the run.")
    return Network(*(part.astype(kind) for part, kind in zip(parts.values(), KINDS, strict=True)))


def _of_graph(graph: Any, ids: Integers, names: Sequence[str]) -> Network:
    """Return a networkx graph between providers; its nodes are ids, or else rows."""
    n, nodes = len(ids), set(graph.nodes)
    if len(nodes) != n:
        raise BadInputError(f"The network has {len(nodes)} nodes: it must have {n}, one a provider.")
    for called in (names or ids.tolist(), range(n)):
        row = {name: number for number, name in enumerate(called)}
        if nodes == row.keys():
            break
    else:
        stranger = next((node for node in graph.nodes if node not in row), None)
        raise BadInputError(
            f"The network has the node {shown(stranger)}: nodes must be the ids of the {n} providers, or 0 to {n - 1}."
        )
    pairs = [(row[one], row[other]) for one, other in graph.edges()]
    ends = np.array(pairs if graph.is_directed() else [*pairs, *((b, a) for a, b in pairs if a != b)], np.int64)
    one, other = ends.reshape(-1, 2).T
    # a row of a directed graph holds those whom the node sees; where all ties are mutual it is the same
    order = np.lexsort((other, one))
    ties = np.bincount(one, minlength=n)
    return csr(np.concatenate([[0], np.cumsum(ties)]), ties, other[order])


def _sized(network: Network, n: int | None) -> Network:
    if n is not None and len(network.ties) != n:
        raise BadInputError(f"The graph has {len(network.ties)} nodes: it must have {n}.")
    return network
