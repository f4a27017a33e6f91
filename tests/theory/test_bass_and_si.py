"""Bass, SI and SIS on any graph follow their recursions, and follow ties exactly where chance has no say."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from carespread.experiments.references.diffusion import bass_recursion, si_recursion
from carespread.experiments.references.graphs import complete_graph, ring
from carespread.model import BadInputError
from carespread.model.textbook.cases import bass, si, sis

SEEDS = range(1, 17)
CERTAIN = 1e6
"""A hazard under which whoever sees a user joins."""


def assert_mean_is(expected: float, run: Callable[[int], float]) -> None:
    """Refuse a mean of 16 runs that lies more than four standard errors from what is expected."""
    values = np.array([run(seed) for seed in SEEDS])
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - expected) <= 4 * error, f"{values.mean()} for {expected} +- {error}"


@pytest.mark.parametrize(
    ("p", "q", "dt", "steps"), [(0.03, 0.38, 1.0, 8), (0.1, 0.0, 0.25, 12), (0.02, 0.9, 0.1, 40), (0.5, 2.0, 0.05, 20)]
)
def test_bass_follows_its_recursion(p: float, q: float, dt: float, steps: int) -> None:
    size = 10_000
    assert_mean_is(bass_recursion(p, q, dt, steps), lambda seed: bass(p, q, size, steps, dt, seed=seed)[-1] / size)


@pytest.mark.parametrize(
    ("beta", "start", "dt", "steps"), [(0.5, 200, 0.5, 16), (2.0, 50, 0.1, 25), (1.0, 9000, 1.0, 2)]
)
def test_si_follows_its_recursion(beta: float, start: int, dt: float, steps: int) -> None:
    # a start of at least 50 nodes: from few, chance in the first steps moves the whole curve and its mean
    size = 10_000
    expected = si_recursion(beta, start / size, dt, steps)
    slack = 2 / start  # the mean field leaves out terms of order 1/start
    values = np.array([si(size, beta, start, steps, dt, seed)[-1] / size for seed in SEEDS])
    assert abs(values.mean() - expected) <= 4 * values.std(ddof=1) / 4 + slack * expected * (1 - expected)


def test_sis_rests_where_contagion_balances_recovery() -> None:
    # per step, newcomers (1 - i)(1 - exp(-beta i dt)) equal recoveries i (1 - exp(-r dt))
    beta, recovery, dt, size = 1.0, 0.4, 0.25, 2_000
    low, high = 0.01, 0.99
    for _ in range(60):
        i = (low + high) / 2
        joins, leaves = (1 - i) * -math.expm1(-beta * i * dt), i * -math.expm1(-recovery * dt)
        low, high = (i, high) if joins > leaves else (low, i)
    assert_mean_is(low, lambda seed: sis(size, beta, recovery, 1200, 120, dt, seed)[-1] / size)
    assert sis(1000, beta, recovery, 0, 50, dt)[-1] == 0
    fading = sis(5000, 0.0, recovery, 5000, 10, dt)
    assert (np.diff(fading) < 0).all()


def test_everybody_sees_everybody_with_and_without_a_graph() -> None:
    size, steps = 300, 25
    graph = complete_graph(size)
    for seed in range(1, 6):
        assert np.array_equal(
            bass(0.02, 0.6, size, steps, 0.5, seed=seed), bass(0.02, 0.6, size, steps, 0.5, graph, seed)
        )
        assert np.array_equal(si(size, 0.7, [1, 5], steps, 0.5, seed), si(graph, 0.7, [1, 5], steps, 0.5, seed))


def test_a_networkx_graph_and_its_csr_arrays_are_the_same_graph() -> None:
    graph = nx.gnp_random_graph(200, 0.03, seed=1)
    matrix = nx.to_scipy_sparse_array(graph, nodelist=range(200), format="csr")
    arrays = (matrix.indptr, matrix.indices)
    assert np.array_equal(bass(0.01, 0.5, 200, 30, 0.5, graph), bass(0.01, 0.5, 200, 30, 0.5, arrays))
    assert np.array_equal(si(graph, 0.5, [0, 1, 2], 30, 0.5), si(arrays, 0.5, [0, 1, 2], 30, 0.5))


def test_contagion_walks_one_tie_a_step_in_the_direction_of_the_ties() -> None:
    path = nx.path_graph(6, create_using=nx.DiGraph)
    assert si(path, CERTAIN, [0], 7, 1.0).tolist() == [1, 2, 3, 4, 5, 6, 6, 6]
    assert si(path, CERTAIN, [5], 3, 1.0).tolist() == [1, 1, 1, 1]
    assert si(path.reverse(), CERTAIN, [5], 3, 1.0).tolist() == [1, 2, 3, 4]
    assert si(ring(100, 2), CERTAIN, [7], 3, 1.0).tolist() == [1, 3, 5, 7]
    assert si(ring(100, 6), CERTAIN, [7, 50], 2, 1.0).tolist() == [2, 14, 26]


def test_contagion_stays_within_the_component() -> None:
    graph = nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(7))
    assert si(graph, CERTAIN, [0], 4, 1.0).tolist() == [1, 5, 5, 5, 5]
    assert si(graph, CERTAIN, [11], 4, 1.0).tolist() == [1, 7, 7, 7, 7]


def test_nodes_without_neighbours_join_by_innovation_alone() -> None:
    alone = nx.empty_graph(4000)
    assert bass(0.0, CERTAIN, 4000, 5, 1.0, alone)[-1] == 0
    assert si(alone, CERTAIN, [0, 3], 5, 1.0).tolist() == [2] * 6
    assert_mean_is(1 - math.exp(-0.3), lambda seed: bass(0.1, 5.0, 4000, 3, 1.0, alone, seed)[-1] / 4000)


def test_the_share_of_neighbours_sets_the_hazard() -> None:
    # the centre of a star sees 1 of 4 users: its hazard is beta/4 (leaves see a centre that does not use: none join)
    stars = nx.disjoint_union_all([nx.star_graph(4) for _ in range(400)])
    firsts = [5 * star + 1 for star in range(400)]
    expected = 1 - math.exp(-0.8 / 4)
    assert_mean_is(expected, lambda seed: (si(stars, 0.8, firsts, 1, 1.0, seed)[-1] - 400) / 400)


def test_the_same_seed_gives_the_same_run_and_another_does_not() -> None:
    assert np.array_equal(bass(0.03, 0.4, 500, 40, 0.5, seed=3), bass(0.03, 0.4, 500, 40, 0.5, seed=3))
    assert not np.array_equal(bass(0.03, 0.4, 500, 40, 0.5, seed=3), bass(0.03, 0.4, 500, 40, 0.5, seed=4))


def test_hazards_beyond_any_declared_range_are_welcome() -> None:
    assert bass(CERTAIN, 0.0, 50, 1, 1.0).tolist() == [0, 50]
    assert bass(50.0, 0.0, 50, 2, 30.0).tolist() == [0, 50, 50]
    assert bass(0.0, 9.0, 50, 3, 1.0).tolist() == [0, 0, 0, 0]


def test_one_node_and_no_steps_are_allowed() -> None:
    assert bass(0.1, 0.1, 1, 0, 1.0).tolist() == [0]
    assert bass(CERTAIN, 0.1, 1, 2, 1.0).tolist() == [0, 1, 1]
    assert si(1, 0.5, 1, 3, 1.0).tolist() == [1, 1, 1, 1]
    assert si(1, CERTAIN, 0, 3, 1.0).tolist() == [0, 0, 0, 0]
    assert si(7, 0.5, [], 0, 1.0).tolist() == [0]


def test_the_start_may_be_a_number_or_nodes() -> None:
    assert si(nx.empty_graph(50), 1.0, 13, 1, 1.0)[0] == 13
    assert si(np.int64(50), 1.0, np.int64(13), 0, 1.0)[0] == 13
    assert si(50, 1.0, np.array([4, 9, 9]), 0, 1.0)[0] == 2
    assert si(50, 1.0, 50, 2, 1.0).tolist() == [50, 50, 50]


def test_users_are_whole_numbers_that_never_fall() -> None:
    for users in (bass(0.05, 0.5, 300, 50, 0.3), si(300, 0.5, 3, 50, 0.3)):
        assert users.shape == (51,)
        assert users.dtype == np.int64
        assert (np.diff(users) >= 0).all()
        assert users[-1] <= 300


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: bass(-0.1, 0.3, 10, 5, 1.0), "p is -0.1: it must be a number from 0"),
        (lambda: bass(0.1, math.nan, 10, 5, 1.0), "q is nan"),
        (lambda: bass(0.1, 0.3, 0, 5, 1.0), "size is 0: it must be a whole number from 1 to 10,000,000"),
        (lambda: bass(0.1, 0.3, 2.5, 5, 1.0), "size is 2.5"),  # type: ignore[arg-type]
        (lambda: bass(0.1, 0.3, 10, -1, 1.0), "steps is -1"),
        (lambda: bass(0.1, 0.3, 10, 5, 0.0), "dt is 0"),
        (lambda: bass(0.1, 0.3, 10, 5, "week"), "dt is 'week'"),  # type: ignore[arg-type]
        (lambda: bass(0.1, 0.3, 10, 5, 1.0, nx.path_graph(9)), "9 nodes: it must have 10"),
        (lambda: bass(0.1, 0.3, 10, 5, 1.0, seed=-1), "seed is -1"),
        (lambda: si(10, 0.5, 11, 5, 1.0), "start is 11: it must be from 0 to 10 nodes"),
        (lambda: si(10, 0.5, [10], 5, 1.0), "the node 10: nodes are 0 to 9"),
        (lambda: si(10, 0.5, [True] * 10, 5, 1.0), "whole numbers"),
        (lambda: si(0, 0.5, 0, 5, 1.0), "size is 0"),
        (lambda: si(True, 0.5, 0, 5, 1.0), "size is True"),
        (lambda: si(10, -0.5, 1, 5, 1.0), "beta is -0.5"),
        (lambda: si("ring", 0.5, 1, 5, 1.0), "networkx graph or a pair of CSR arrays"),
        (lambda: sis(10, 0.5, -1.0, 1, 5, 1.0), "recovery is -1.0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(BadInputError, match=told) as refused:
        call()
    assert "\n" not in str(refused.value)
