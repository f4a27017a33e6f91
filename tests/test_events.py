"""The event log: it changes nothing, leaves nothing out, and its terms are those that decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.model import BadInputError, Parameters, Switches, prepare, simulate
from carespread.model.attribution.events import CAUSES, WEIGHED
from carespread.model.attribution.watch import months_watched
from carespread.model.simulate import Prepared, Run
from carespread.model.state import STAGES

from .oracle.cases import BUSY, CONTROLS, STORMY

SIZE: dict[str, Any] = {"providers": 400, "months": 36, "seed": 5}
VALUE = ["base", "learning", "skill", "cost", "regulation", "demand", "exposure", "incentives"]
LOGARITHM = ["base", "leadership", "culture", "learning", "skill", "regulation", "cost", "unrest", "slack", "upkeep"]
LOGARITHM += ["incentives"]


def weights_of(prepared: Prepared) -> Iterator[np.ndarray]:
    """Yield the weights of providers at the start and after each month of a run that this makes."""
    yield prepared.state.providers["weight"].copy()
    for month in months_watched(prepared):
        yield month.after.providers["weight"].copy()


def counted(stage: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return providers by innovation and stage, by weight, shape (J, 6)."""
    return np.array([np.bincount(own, weight, minlength=len(STAGES)) for own in stage.T])


@pytest.fixture(scope="module")
def stormy() -> Run:
    return simulate(Parameters.of(**BUSY), conditions=STORMY, innovations=CONTROLS, events=True, **SIZE)


def of_cause(run: Run, *names: str) -> pd.DataFrame:
    rows = run.events[run.events["cause"].isin(names)]
    assert len(rows) > 20, f"too few events of {names} to say anything"
    return rows


def test_a_run_that_is_watched_gives_the_same_numbers(stormy: Run) -> None:
    plain = simulate(Parameters.of(**BUSY), conditions=STORMY, innovations=CONTROLS, **SIZE)
    assert all(np.array_equal(a, b) for a, b in zip(plain.record, stormy.record, strict=True))
    with pytest.raises(BadInputError, match="events=True"):
        _ = plain.events


def test_the_log_leaves_no_change_out(stormy: Run) -> None:
    stage = stormy.prepared.first_stage.copy()
    row_of = {who: row for row, who in enumerate(stormy.prepared.state.providers["id"] % (1 << 32))}
    log = stormy.log
    assert log is not None
    same = prepare(Parameters.of(**BUSY), conditions=STORMY, innovations=CONTROLS, **SIZE)
    for month, weight in enumerate(weights_of(same)):
        for event in log[log["month"] == month]:
            place = row_of[event["provider"] % (1 << 32)], event["innovation"]
            assert stage[place] == event["stage_from"]
            stage[place] = event["stage_to"]
        assert np.array_equal(counted(stage, weight), stormy.record.counts[month].sum(axis=0))
    assert (weight[len(weight) - len(same.frame.newcomers.rows) :] > 0).any(), "somebody opened beside them"


def test_the_draw_lay_below_the_chance_of_what_happened(stormy: Run) -> None:
    for cause in ("heard of it", "became routine", "ready to consider it again"):
        rows = of_cause(stormy, cause)
        assert (rows["draw"] < rows["chance"] * (1 + 1e-5)).all(), cause
    rows = of_cause(stormy, "abandoned")
    rows = rows[rows["stage_from"] == "sustained"]
    assert len(rows) and (rows["draw"] < rows["chance"] * (1 + 1e-5)).all()


def test_the_terms_of_a_hazard_add_to_it(stormy: Run) -> None:
    rows = of_cause(stormy, "heard of it")
    hazard = rows[["base", "incentives", "demand", "exposure"]].sum(axis=1)
    assert np.allclose(rows["chance"], -np.expm1(-hazard), rtol=1e-4)
    rows = of_cause(stormy, "abandoned")
    rows = rows[rows["stage_from"] == "sustained"]
    assert np.allclose(rows["chance"], -np.expm1(-np.exp(rows[LOGARITHM].sum(axis=1))), rtol=1e-4)
    # without any other way out of implementing the chance is that of routine use alone
    one_way = simulate(Parameters.of(implementation_abandonment=0.0), innovations="dscr", events=True, **SIZE)
    rows = of_cause(one_way, "became routine")
    assert np.allclose(rows["chance"], -np.expm1(-np.exp(rows[LOGARITHM].sum(axis=1))), rtol=1e-4)


def test_the_terms_of_value_decide_a_pilot() -> None:
    # a mandate, which is enforced, would end pilots sooner
    free = Switches.of(duties=False)
    stormy = simulate(
        Parameters.of(**BUSY), conditions=STORMY, switches=free, innovations=CONTROLS, events=True, **SIZE
    )
    noise, rate = Parameters().choice_noise, Parameters().pilot_rate
    hazard = {
        one.name: rate * one.attributes.pilot_pace * (1 - 0.5 * (1 - one.attributes.trialability))
        for one in stormy.prepared.innovations
    }
    rows = of_cause(stormy, "pilot taken further")
    ends = -np.expm1(-rows["innovation"].astype(str).map(hazard).astype(float))
    share = 1 / (1 + np.exp(-rows[VALUE].sum(axis=1) / noise))
    assert np.allclose(rows["chance"], ends * share, rtol=1e-3, atol=1e-6)
    assert (rows["draw"] < share + 1e-5).all()
    refused = of_cause(stormy, "pilot not worth continuing")
    assert (refused["draw"] >= 1 / (1 + np.exp(-refused[VALUE].sum(axis=1) / noise)) - 1e-5).all()


def test_partners_help_is_nothing_without_borrowing(stormy: Run) -> None:
    weighed = [CAUSES[code] for code in WEIGHED]
    assert (of_cause(stormy, *weighed)["partners_help"] > 0).any()
    alone = simulate(switches=Switches.of(borrowing=False), events=True, **SIZE)
    assert (of_cause(alone, *weighed)["partners_help"].abs() < 1e-6).all()


def test_who_closes_is_followed_by_another_generation(stormy: Run) -> None:
    rows = of_cause(stormy, "closed")
    # nobody follows some of them: then what they used is gone, and so is all that they knew
    now = stormy.prepared.state.providers
    last = now["id"][(now["weight"] == 0) & (now["id"] >= 1 << 32)]
    ends = set(zip(last % (1 << 32), last // (1 << 32) - 1, strict=True))
    gone = np.array([pair in ends for pair in zip(rows["provider"], rows["generation"], strict=True)])
    assert gone.any() and set(rows[gone]["stage_to"]) == {"unaware"}
    # who follows knows what somebody of its setting knows
    assert {"aware", "implementing"} <= set(rows[~gone]["stage_to"]) <= {"unaware", "aware", "implementing"}
    later = stormy.events[stormy.events["generation"] > 0]
    opened = set(stormy.prepared.population.id[stormy.prepared.frame.newcomers.rows])
    generations = dict(zip(now["id"] % (1 << 32), now["id"] // (1 << 32), strict=True))
    assert len(later) and (later["generation"] <= later["provider"].map(generations)).all()
    # a closing that changes no stage is no event of its own
    changed = set(later["provider"]) & (set(rows["provider"]) | opened)
    assert len(changed) > 0.95 * later["provider"].nunique()
    beside = stormy.events[stormy.events["cause"] == "opened"]
    assert len(beside) and set(beside["provider"]) <= opened and set(beside["stage_from"]) == {"unaware"}
