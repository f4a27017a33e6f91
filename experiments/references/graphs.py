"""Graphs on which references are tried, as CSR arrays."""

from __future__ import annotations

import numpy as np


def ring(nodes: int, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ring on which everybody sees the nearest `neighbours` (an even number), as CSR arrays."""
    reach = np.arange(1, neighbours // 2 + 1)
    seen = (np.arange(nodes)[:, None] + np.concatenate([-reach, reach])) % nodes
    return np.arange(nodes + 1) * neighbours, seen.reshape(-1)


def complete_graph(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the graph on which everybody sees everybody else, as CSR arrays."""
    seen = (np.arange(nodes)[:, None] + np.arange(1, nodes)) % nodes
    return np.arange(nodes + 1) * (nodes - 1), seen.reshape(-1)


def poisson_graph(nodes: int, mean_degree: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a graph in which all ties are equally likely (Erdos & Renyi's G(n, p)), as CSR arrays."""
    rng = np.random.default_rng([seed, nodes, round(1000 * mean_degree)])
    wanted = rng.binomial(nodes * (nodes - 1) // 2, mean_degree / (nodes - 1))
    # given their number, the ties are the first so many distinct ones in an endless row of random pairs
    codes = np.empty(0, np.int64)
    while len(codes) < wanted:
        one, other = rng.integers(0, nodes, (2, 2 * wanted + 100))
        codes = np.concatenate([codes, (one * nodes + other)[one < other]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]
    one, other = np.divmod(codes[:wanted], nodes)
    here, there = np.concatenate([one, other]), np.concatenate([other, one])
    ties = np.bincount(here, minlength=nodes)
    return np.concatenate([[0], np.cumsum(ties)]), there[np.argsort(here, kind="stable")]
