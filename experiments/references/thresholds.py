"""V6, V8, V10, V20: thresholds of Granovetter and Watts, and complex contagion."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from carespread.model.textbook import cases as special_cases

from .graphs import complete_graph, poisson_graph, ring
from .runs import Compared, Runs


def crowd(limits: tuple[float, ...]) -> np.ndarray:
    """Return the users at every step in a crowd where everybody sees everybody and nobody has joined."""
    return special_cases.thresholds(complete_graph(len(limits)), np.array(limits), [], rule="count")


def granovetter(runs: Runs) -> Iterator[Compared]:
    """Return V6: a crowd with thresholds 0..99, and the same with one person changed."""
    limits = tuple(range(100))
    crowds = {
        "thresholds 0..99": (limits, 100),
        "the 1 becomes a 2": ((0, 2, *limits[2:]), 1),
        "the 50 becomes a 51": ((*limits[:50], 51, *limits[51:]), 50),
    }
    results = runs.of(crowd, [(changed,) for changed, _ in crowds.values()])
    for (what, (_, joined)), users in zip(crowds.items(), results, strict=True):
        yield Compared(f"people who join, {what}", joined, users[-1], 0, "Granovetter 1978")


WATTS_NODES, WATTS_THRESHOLD, GLOBAL, GRAPHS = 10_000, 0.18, 0.10, 100


def cascade(mean_degree: float, seed: int) -> bool:
    """Return whether one random node of a random graph sets off a cascade that reaches a tenth of it."""
    first = np.random.default_rng([seed, 2002]).integers(WATTS_NODES)
    graph = poisson_graph(WATTS_NODES, mean_degree, seed)
    users = special_cases.thresholds(graph, WATTS_THRESHOLD, [first], rule="share")
    return bool(users[-1] >= GLOBAL * WATTS_NODES)


def watts(runs: Runs) -> Iterator[Compared]:
    """Return V8: the window of global cascades."""
    for degree, reference in ((0.8, 0.0), (1.2, 0.26), (2.0, 0.73), (4.0, 0.89), (5.5, 0.46), (6.5, 0.0)):
        share = float(np.mean(runs.of(cascade, [(degree, seed) for seed in range(1, GRAPHS + 1)])))
        what = f"share of runs with a global cascade, mean degree {degree:g}"
        yield Compared(what, reference, share, 0.15 if reference else 0, "Watts 2002")


def ring_contagion(threshold: int) -> np.ndarray:
    """Return the users at every step on a ring of 1,000 with 4 neighbours, from a node and its neighbours."""
    return special_cases.thresholds(ring(1000, 4), threshold, [998, 999, 0, 1, 2], rule="count")


def complex_contagion(runs: Runs) -> Iterator[Compared]:
    """Return V10: how many contacts a contagion needs sets its speed on a ring."""
    once, twice, thrice = runs.of(ring_contagion, [(1,), (2,), (3,)])
    source = "Centola & Macy 2007"
    yield Compared("steps until all use it, one contact needed", 249, first_full(once, 1000), 0, source)
    yield Compared("steps until all use it, two contacts needed", 497, first_full(twice, 1000), 0, source)
    yield Compared("users in the end, three contacts needed", 5, thrice[-1], 0, source)


def first_full(users: np.ndarray, size: int) -> float:
    """Return the first step at which all use it, NaN where that never happens."""
    return float(np.argmax(users == size)) if (users == size).any() else math.nan


def club(threshold: float, seeds: tuple[int, ...]) -> np.ndarray:
    """Return the users at every step in Zachary's club, shares of neighbours unweighted."""
    import networkx

    return special_cases.thresholds(networkx.karate_club_graph(), threshold, seeds, rule="share")


def zachary(runs: Runs) -> Iterator[Compared]:
    """Return V20: NDlib's run of the threshold model on Zachary's club, step by step."""
    known: dict[tuple[Any, ...], tuple[int, ...]] = {
        (0.25, (0,)): (1, 11, 14, 17, 21, 25, 34),
        (0.35, (0, 33)): (2, 16, 22, 27, 29),
    }
    source = "NDlib 6.0.1"
    for ((threshold, seeds), reference), users in zip(known.items(), runs.of(club, known), strict=True):
        told = f"seeds {' and '.join(map(str, seeds))}, threshold {threshold:g}"
        for step, expected in enumerate(reference):
            value = users[step] if step < len(users) else math.nan
            yield Compared(f"users at step {step}, {told}", expected, value, 0, source)
        yield Compared(f"step at which it stops, {told}", len(reference) - 1, len(users) - 1, 0, source)
