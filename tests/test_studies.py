"""Published studies emulated: what is scored, what is refused, and what the shipped files say."""

from __future__ import annotations

import pytest

from carespread.calibration import emulation
from carespread.calibration.study_file import Outcome


def outcome(**given: object) -> Outcome:
    """Return an outcome of one arm, or of what is given."""
    return Outcome.model_validate({"measure": "using_share", "month": 12, "effect": 0.4} | given)


def test_a_level_of_one_arm_may_be_half_its_change_off_in_another_place() -> None:
    level = outcome(arm="homes", low=0.38, high=0.42)
    z, same_place, _ = emulation.score(level, model=0.5, noise=0.0, start=0.2)
    error = 0.04 / (2 * 1.959964)
    assert z == pytest.approx(-0.1 / (error**2 + (0.5 * 0.2) ** 2) ** 0.5)
    assert same_place == pytest.approx(-0.1 / error)


def test_an_effect_may_be_half_of_itself_off_in_another_place() -> None:
    effect = outcome(contrast=["treated", "control"], effect=0.2)
    z, *_ = emulation.score(effect, model=0.1, noise=0.05, start=0.0)
    assert z == pytest.approx(0.1 / (0.05**2 + 0.1**2) ** 0.5)
    ratio = outcome(contrast=["treated", "control"], effect=4.0, scale="odds_ratio")
    assert emulation.score(ratio, model=1.0, noise=0.0, start=0.0)[0] == pytest.approx(2.0)
