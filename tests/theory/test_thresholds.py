"""Threshold models on any graph, with any thresholds and any seeds, are what their definition says."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carespread.model import BadInputError
from carespread.model.textbook.cases import thresholds


def by_definition(
    sees: Sequence[Sequence[int]], limits: Sequence[float], seeds: Sequence[int], rule: str, steps: int | None = None
) -> list[int]:
    """Return the users at every step, written from the definition alone."""
    using = set(seeds)
    users = [len(using)]
    while steps is None or len(users) <= steps:
        joining = set()
        for node, seen in enumerate(sees):
            if node in using or not seen:
                continue
            count = sum(other in using for other in seen)
            if (count if rule == "count" else count / len(seen)) >= limits[node]:
                joining.add(node)
        if steps is None and not joining:
            return users
        using |= joining
        users.append(len(using))
    return users


def csr(sees: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return who sees whom as CSR arrays."""
    first = np.concatenate([[0], np.cumsum([len(seen) for seen in sees])])
    return first.astype(np.int32), np.array([other for seen in sees for other in seen], np.int32)


def seen_in(graph: Any) -> list[list[int]]:
    """Return whom each node of a networkx graph sees: its neighbours, or its predecessors."""
    near = graph.predecessors if graph.is_directed() else graph.neighbors
    return [sorted(near(node)) for node in range(len(graph))]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Any, list[float], list[int], str]:
    """Return a small graph, thresholds (often exactly a share that occurs), seeds and a rule."""
    size = draw(st.integers(1, 9))
    directed = draw(st.booleans())
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b and (directed or a < b)]
    ties = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(ties)
    exact = st.builds(lambda below, above: above / below, st.integers(1, 8), st.integers(0, 8))
    any_number = st.floats(-1, 9, allow_nan=False)
    limits = draw(st.lists(exact | any_number | st.integers(0, 9).map(float), min_size=size, max_size=size))
    seeds = draw(st.lists(st.integers(0, size - 1), unique=True))
    return graph, limits, seeds, draw(st.sampled_from(["share", "count"]))


@settings(max_examples=250, deadline=None)
@given(crowds())
def test_any_small_crowd_moves_as_its_definition_says(crowd: tuple[Any, list[float], list[int], str]) -> None:
    graph, limits, seeds, rule = crowd
    expected = by_definition(seen_in(graph), limits, seeds, rule)
    assert thresholds(graph, limits, seeds, rule).tolist() == expected
    assert thresholds(csr(seen_in(graph)), np.array(limits), np.array(seeds, int), rule).tolist() == expected
    assert thresholds(graph, limits, seeds, rule, steps=4).tolist() == by_definition(
        seen_in(graph), limits, seeds, rule, 4
    )


@pytest.mark.parametrize(
    ("share", "degree"), [(0.18, 50), (0.07, 100), (0.29, 100), (0.57, 100), (0.1, 30), (1 / 3, 3)]
)
def test_a_share_equal_to_the_threshold_is_enough(share: float, degree: int) -> None:
    star = nx.star_graph(degree)
    needed = round(share * degree)
    assert needed / degree == share
    assert thresholds(star, [share, *[2.0] * degree], range(1, needed + 1))[-1] == needed + 1
    assert thresholds(star, [share, *[2.0] * degree], range(1, needed))[-1] == needed - 1


def test_the_share_is_the_quotient_of_doubles_not_of_fractions() -> None:
    # 0.18 as a double lies below 18/100 or above it; the rule is count/degree >= threshold in doubles
    star = nx.star_graph(100)
    for needed in range(1, 101):
        limit = float(Fraction(needed, 100))
        just_above = np.nextafter(limit, 2)
        assert thresholds(star, [limit, *[2.0] * 100], range(1, needed + 1))[-1] == needed + 1
        assert thresholds(star, [just_above, *[2.0] * 100], range(1, needed + 1))[-1] == needed


def test_a_large_random_graph_moves_as_its_definition_says() -> None:
    graph = nx.gnp_random_graph(400, 0.01, seed=3)
    limits = np.random.default_rng(3).uniform(0, 0.6, 400)
    for rule, scale in (("share", 1.0), ("count", 6.0)):
        expected = by_definition(seen_in(graph), (limits * scale).tolist(), range(10), rule)
        assert len(expected) > 3
        assert thresholds(graph, limits * scale, range(10), rule).tolist() == expected


def test_nodes_without_neighbours_never_join_and_stay_if_they_began() -> None:
    graph = nx.empty_graph(5)
    assert thresholds(graph, 0.0, [2]).tolist() == [1]
    assert thresholds(graph, -1.0, [], rule="count").tolist() == [0]
    graph.add_edge(0, 1)
    assert thresholds(graph, 0.0, []).tolist() == [0, 2]


def test_one_node_is_a_graph() -> None:
    assert thresholds(nx.empty_graph(1), 0.5, []).tolist() == [0]
    assert thresholds(nx.empty_graph(1), 0.5, [0]).tolist() == [1]
    assert thresholds((np.array([0, 0]), np.array([], int)), 0.5, [0], steps=2).tolist() == [1, 1, 1]


def test_on_a_directed_path_use_follows_the_arrows() -> None:
    path = nx.path_graph(6, create_using=nx.DiGraph)
    assert thresholds(path, 1.0, [0]).tolist() == [1, 2, 3, 4, 5, 6]
    assert thresholds(path, 1.0, [5]).tolist() == [1]
    first, seen = np.array([0, 0, 1, 2]), np.array([0, 1])  # 1 sees 0, 2 sees 1
    assert thresholds((first, seen), 1, [0], rule="count").tolist() == [1, 2, 3]


def test_all_move_at_once() -> None:
    # with one mover after another, node 1 would see 0 join and the path would fill in a single step
    assert thresholds(nx.path_graph(50), 0.5, [0]).tolist() == list(range(1, 51))


def test_steps_are_as_many_as_asked_and_repeat_the_end() -> None:
    triangle = nx.complete_graph(3)
    assert thresholds(triangle, 1, [0], "count", steps=0).tolist() == [1]
    assert thresholds(triangle, 1, [0], "count", steps=4).tolist() == [1, 3, 3, 3, 3]
    assert thresholds(triangle, 1, [0], "count").tolist() == [1, 3]


def test_seeds_may_be_any_kind_of_collection_or_a_number() -> None:
    path = nx.path_graph(8)
    for seeds in ([3], (3,), {3}, np.array([3]), np.array([3], np.uint8), range(3, 4), [3, 3]):
        assert thresholds(path, 1, seeds, "count").tolist() == [1, 3, 5, 7, 8]
    drawn = thresholds(nx.empty_graph(9), 1, 4, seed=2)
    assert drawn.tolist() == [4]


def test_what_comes_back_is_whole_numbers_in_a_row() -> None:
    users = thresholds(nx.path_graph(4), 0.5, [0])
    assert users.ndim == 1
    assert users.dtype == np.int64


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"rule": "shares"}, "Unknown rule 'shares': did you mean 'share'"),
        ({"seeds": [4]}, "seeds holds the node 4: nodes are 0 to 3"),
        ({"seeds": [-1]}, "the node -1: nodes are 0 to 3"),
        ({"seeds": 5}, "seeds is 5: it must be from 0 to 4 nodes"),
        ({"seeds": [0.5]}, "whole numbers"),
        ({"seeds": np.array([True, False, False, False])}, "whole numbers"),
        ({"seeds": "0"}, "whole numbers"),
        ({"seeds": None}, "whole numbers"),
        ({"steps": -1}, "steps is -1: it must be a whole number from 0 to 10,000,000"),
        ({"steps": 1.5}, "steps is 1.5: it must be a whole number from 0 to 10,000,000"),
        ({"seed": -1}, "seed is -1: it must be a whole number from 0 to 9,223,372,036,854,775,807"),
        ({"thresholds": [0.1, 0.2]}, "each of the 4 nodes"),
        ({"thresholds": float("nan")}, "NaN"),
        ({"thresholds": "low"}, "thresholds"),
        ({"graph": nx.path_graph(range(1, 5))}, "whole numbers from 0 to 3"),
        ({"graph": 7}, "networkx graph or a pair of CSR arrays"),
        ({"graph": ([0, 1, 1], [5])}, "nodes from 0 to 1"),
        ({"graph": ([0, 2, 1], [0])}, "indptr must rise"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(named: dict[str, Any], told: str) -> None:
    asked = {"graph": nx.path_graph(4), "thresholds": 0.5, "seeds": [0]} | named
    with pytest.raises(BadInputError, match=told) as refused:
        thresholds(**asked)
    assert "\n" not in str(refused.value)
