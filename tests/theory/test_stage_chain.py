"""The journey with constant hazards is the Markov chain of its monthly probabilities, whatever they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carespread.model import BadInputError
from carespread.model.textbook.cases import ARROWS, stage_chain

STAGES = "UAEISX"
EVERY_ARROW = {"U-A": 0.2, "A-E": 0.3, "E-I": 0.25, "E-X": 0.1, "I-S": 0.2, "I-X": 0.15, "S-X": 0.1, "X-A": 0.3}


def transition(probabilities: Mapping[str, float]) -> np.ndarray:
    """Return the monthly transition matrix."""
    matrix = np.zeros((6, 6))
    for arrow, probability in probabilities.items():
        matrix[STAGES.index(arrow[0]), STAGES.index(arrow[2])] = probability
    matrix[np.diag_indices(6)] = 1 - matrix.sum(axis=1)
    return matrix


def assert_is_the_chain(probabilities: Mapping[str, float], start: str, seed: int, size: int = 40_000) -> None:
    """Refuse stage counts that lie more than four and a half standard errors from the chain's."""
    months = 12
    stages = stage_chain(probabilities, size, months, seed, start)
    expected = np.eye(6)[STAGES.index(start)]
    for month in range(months + 1):
        shares = np.bincount(stages[month], minlength=6) / size
        error = np.sqrt(expected * (1 - expected) / size)
        assert (np.abs(shares - expected) <= 4.5 * error + 1e-12).all(), (month, shares, expected)
        expected = expected @ transition(probabilities)


@pytest.mark.parametrize("start", STAGES)
def test_shares_by_stage_are_those_of_the_chain(start: str) -> None:
    assert_is_the_chain(EVERY_ARROW, start, seed=1)


@pytest.mark.parametrize(
    "probabilities",
    [
        {"U-A": 1.0, "A-E": 1.0, "E-I": 0.5, "E-X": 0.5, "I-S": 0.6, "I-X": 0.4, "S-X": 1.0, "X-A": 1.0},
        {"U-A": 0.5, "A-E": 1e-4, "E-X": 0.3, "X-A": 0.9},
        {"U-A": 1.0, "A-E": 0.9, "E-I": 0.999, "I-X": 0.5, "X-A": 0.5},
        {"U-A": 0.3, "A-E": 0.3, "E-I": 0.3, "I-S": 0.3, "S-X": 0.01},
    ],
)
def test_certain_rare_and_missing_arrows_are_those_of_the_chain(probabilities: dict[str, float]) -> None:
    assert_is_the_chain(probabilities, "U", seed=2)


def test_certain_arrows_move_everybody_every_month() -> None:
    sure = {"U-A": 1, "A-E": 1, "E-I": 1, "I-S": 1, "S-X": 1, "X-A": 1}
    stages = stage_chain(sure, 30, 11)
    assert (stages == np.array([0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1])[:, None]).all()


def test_providers_move_independently_of_each_other() -> None:
    # 200 groups of 100: the variance of a group's count is binomial, so nobody's draws are shared
    stages = stage_chain({"U-A": 0.4, "A-E": 0.3}, 20_000, 3, seed=5)
    counts = (stages[3] == 1).reshape(200, 100).sum(axis=1)
    p = (stages[3] == 1).mean()
    assert 0.7 < counts.var() / (100 * p * (1 - p)) < 1.35


def test_where_a_provider_goes_does_not_depend_on_when() -> None:
    # of those that leave I, 10 of 13 go to S, whatever the month in which they leave
    stages = stage_chain({"I-S": 0.10, "I-X": 0.03}, 60_000, 30, seed=3, start="I")
    for month in (1, 2, 5, 10, 20):
        left = (stages[month - 1] == 3) & (stages[month] != 3)
        share = (stages[month][left] == 4).mean()
        assert abs(share - 10 / 13) <= 4 * math.sqrt(10 / 13 * 3 / 13 / left.sum())


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ARROWS), st.floats(0, 0.5), max_size=8),
    st.sampled_from(STAGES),
    st.integers(0, 2**40),
)
def test_only_arrows_that_were_given_are_ever_taken(chances: dict[str, float], start: str, seed: int) -> None:
    stages = stage_chain(chances, 200, 10, seed, start)
    assert stages.shape == (11, 200)
    assert stages.dtype == np.int8
    assert (stages[0] == STAGES.index(start)).all()
    moves = set(zip(stages[:-1].ravel().tolist(), stages[1:].ravel().tolist(), strict=True))
    taken = {f"{STAGES[one]}-{STAGES[other]}" for one, other in moves if one != other}
    assert taken <= {arrow for arrow, chance in chances.items() if chance > 0}


def test_nothing_moves_without_arrows_or_months() -> None:
    assert (stage_chain({}, 40, 5, start="A") == 1).all()
    assert stage_chain({"U-A": 0.5}, 3, 0).tolist() == [[0, 0, 0]]
    assert stage_chain({"U-A": 1.0}, 1, 1).tolist() == [[0], [1]]


def test_the_same_seed_gives_the_same_journeys() -> None:
    assert np.array_equal(stage_chain(EVERY_ARROW, 500, 20, 7), stage_chain(EVERY_ARROW, 500, 20, 7))
    assert not np.array_equal(stage_chain(EVERY_ARROW, 500, 20, 7), stage_chain(EVERY_ARROW, 500, 20, 8))


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"probabilities": {"U-B": 0.1}}, "Unknown transition 'U-B'"),
        ({"probabilities": {"U-A": 1.1}}, "the probability U-A is 1.1: it must be a number from 0 to 1"),
        ({"probabilities": {"U-A": -0.1}}, "the probability U-A is -0.1"),
        ({"probabilities": {"U-A": math.nan}}, "the probability U-A is nan"),
        ({"probabilities": {"U-A": "often"}}, "the probability U-A is 'often'"),
        ({"probabilities": {"E-I": 0.7, "E-X": 0.4}}, "leave E add to 1.1: they must add to at most 1"),
        ({"probabilities": {"I-S": 0.7, "I-X": 0.4}}, "leave I add to 1.1"),
        ({"probabilities": [("U-A", 0.1)]}, "probabilities"),
        ({"size": 0}, "size is 0"),
        ({"months": -1}, "months is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"start": "Z"}, "start is 'Z': it must be one of U, A, E, I, S, X"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(named: dict[str, Any], told: str) -> None:
    asked: dict[str, Any] = {"probabilities": {"U-A": 0.1}, "size": 5, "months": 3} | named
    with pytest.raises(BadInputError, match=told) as refused:
        stage_chain(**asked)
    assert "\n" not in str(refused.value)
