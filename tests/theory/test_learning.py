"""Learning alone is the exact Beta-Bernoulli; with others' failures unseen it is adaptive emulation."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carespread.model import BadInputError
from carespread.model.textbook import cases as special_cases


@settings(max_examples=20, deadline=None)
@given(
    st.tuples(st.floats(0.5, 20), st.floats(0.5, 20)),
    st.floats(0, 1),
    st.integers(1, 10),
    st.integers(0, 12),
    st.integers(0, 99),
)
def test_belief_counts_every_trial_once(
    prior: tuple[float, float], success: float, trials: int, months: int, seed: int
) -> None:
    beliefs = special_cases.beta_bernoulli(prior, success, trials, months, 40, seed=seed)
    assert beliefs.shape == (months + 1, 40, 2)
    total = beliefs.sum(axis=2)
    assert np.allclose(total, sum(prior) + trials * np.arange(months + 1)[:, None])
    worked = np.diff(beliefs[:, :, 0], axis=0)
    assert np.allclose(worked, np.round(worked)) and (worked >= -1e-9).all() and (worked <= trials + 1e-9).all()


@pytest.mark.parametrize("success", [0.2, 0.5, 0.9])
def test_belief_comes_to_the_truth(success: float) -> None:
    last = special_cases.beta_bernoulli((1, 1), success, 10, 400, 2000)[-1]
    means = last[:, 0] / last.sum(axis=1)
    assert abs(means.mean() - success) < 4 * means.std() / np.sqrt(len(means)) + 1e-4


def test_evidence_weighs_at_most_five_hundred_trials() -> None:
    assert np.allclose(special_cases.beta_bernoulli((1, 1), 0.7, 10, 100, 50)[-1].sum(axis=1), 500)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"success": 1.5}, "success is 1.5"),
        ({"trials": 0}, "trials is 0"),
        ({"trials": 40}, "trials is 40: it must be a whole number from 1 to 30"),
        ({"size": 10**12}, "size is 1000000000000"),
        ({"seed": 2**64}, "seed is 18446744073709551616"),
    ],
)
def test_what_cannot_be_is_refused(bad: dict[str, Any], says: str) -> None:
    usual: dict[str, Any] = {"prior": (1, 1), "success": 0.5, "trials": 5, "months": 1, "size": 3}
    with pytest.raises(BadInputError, match=says):
        special_cases.beta_bernoulli(**usual | bad)


def test_skill_and_movement_approach_their_rest_from_both_sides() -> None:
    rest = 0.11 / (0.11 + 0.0193)
    for start in (0.0, 1.0):
        gap = np.abs(special_cases.skill_path(start, 0.11, 0.0193, 0.0, 60) - rest)
        assert (np.diff(gap) < 0).all()
    graph = nx.cycle_graph(30)
    strength = special_cases.movement_path(graph, range(30), 0.1, 0.05, 200)
    assert strength[0] == 0 and (np.diff(strength) > 0).all()
    assert (special_cases.movement_path(graph, [], 0.1, 0.05, 20) == 0).all()
    assert (special_cases.movement_path(graph, range(30), 0.0, 0.05, 20) == 0).all()


@pytest.mark.compiled
def test_a_worthless_practice_spreads_only_where_failures_are_not_seen() -> None:
    graph = nx.watts_strogatz_graph(1000, 6, 0.1, seed=1)
    for seed in (1, 2, 3):
        seen, believed = special_cases.adaptive_emulation(graph, 20, 120, success_bias=0.0, seed=seed)
        unseen, misled = special_cases.adaptive_emulation(graph, 20, 120, success_bias=1.0, seed=seed)
        assert seen.max() < 100 and unseen[-1] > 700
        # those who only watch go by what they are shown: half of it worked
        assert abs(believed[-1] - 0.5) < 0.05 and misled[40] > 0.8
