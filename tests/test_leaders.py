"""Leaders who leave are felt: the stronger departure counts, whatever comes after it."""

from __future__ import annotations

import numpy as np
import pytest

from carespread.model import Parameters, Policy, Switches, prepare
from carespread.model.mechanisms.leadership import MONTHS_OF_UNREST, unrest_after
from carespread.model.step import run_months


@pytest.mark.parametrize(
    ("unrest", "months_left", "departure", "felt"),
    [
        (1.0, 3.0, 0.25, 1.0),  # one manager of four, three months after the senior leader: the larger one stays
        (0.25, 3.0, 1.0, 1.0),  # the other way round
        (1.0, 0.0, 0.25, 0.25),  # the senior leader is long gone
        (0.0, 0.0, 0.5, 0.5),
    ],
)
def test_of_two_departures_the_stronger_is_felt(
    unrest: float, months_left: float, departure: float, felt: float
) -> None:
    assert unrest_after(unrest, months_left, departure) == felt


def test_a_second_departure_never_lessens_the_unrest_and_begins_its_six_months_anew() -> None:
    often = Parameters.of(manager_turnover=0.3, senior_turnover=0.2)
    prepared = prepare(often, Policy(), providers=300, months=12, switches=Switches.of(exit=False))
    rows, again = prepared.state.rows, 0
    for month in range(12):
        before = rows.copy()
        run_months(prepared.frame, prepared.state, prepared.record, month, 1)
        felt = before["unrest_left"] > 1.0
        assert (rows["unrest"][felt] >= before["unrest"][felt]).all()
        left = rows["unrest_left"] == MONTHS_OF_UNREST
        assert (left | (rows["unrest_left"] == np.maximum(0.0, before["unrest_left"] - 1.0))).all()
        moved = rows["manager"] != before["manager"]
        again += int(np.count_nonzero(felt & left & (before["unrest"] == 1.0) & moved))
    assert again > 0  # managers did leave after senior leaders
