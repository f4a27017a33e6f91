"""Each level of the ladder adds mechanisms that act, and nests the one below where they do not."""

from __future__ import annotations

import pytest

from carespread.experiments.references.levels import differing, recorded
from carespread.model import BadInputError, Switches
from carespread.model.levels import LADDER, level


def test_every_switch_stands_on_one_step_of_the_ladder() -> None:
    assert sorted(switch for one in LADDER for switch in one.adds) == sorted(Switches._fields)


def test_the_top_is_the_whole_model() -> None:
    usual = Switches()
    off = {name: False for name, on in usual._asdict().items() if not on}
    assert set(level("L5")) == {True} and level("L5")._replace(**off) == usual


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(BadInputError, match="Unknown level 'L6'"):
        level("L6")


@pytest.mark.compiled
@pytest.mark.parametrize(("upper", "lower"), [("L5", "L4"), ("L4", "L3"), ("L3", "L2"), ("L2", "L1"), ("L1", "L0")])
def test_what_a_level_adds_moves_the_run(upper: str, lower: str) -> None:
    assert differing(recorded(upper, (), 1), recorded(lower, (), 1)) > 0


@pytest.mark.compiled
@pytest.mark.parametrize(("upper", "lower"), [("L5", "L4"), ("L4", "L3"), ("L3", "L2")])
@pytest.mark.parametrize("seed", [2, 3])
def test_what_a_level_adds_does_nothing_at_no_strength(upper: str, lower: str, seed: int) -> None:
    quiet = next(tuple(one.nothing.items()) for one in LADDER if one.name == upper)
    assert differing(recorded(upper, quiet, seed), recorded(lower, quiet, seed)) == 0
