"""Small runs through every submodel: quick enough for kernels as plain Python, whose lines `make coverage` counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carespread.model import Conditions, Lever, Parameters, Policy, Shock, Switches, prepare, simulate
from carespread.model.record import parts
from carespread.model.state import STAGES
from carespread.model.textbook import cases as special_cases
from carespread.results.statistics.barriers import tallied

SMALL: dict[str, Any] = {"providers": 60, "months": 8, "seed": 5, "innovations": ("dscr", "harmful_shortcut")}
BUSY = Parameters.of(
    base_awareness=0.3, attention=1.0, pilot_rate=0.6, implementation_rate=0.5, sustain_hazard=0.5, turnover=0.1,
    manager_turnover=0.2, senior_turnover=0.2, site_conversion=0.2, reconsider=0.3, adoption_threshold=1.0,
    movement_growth=1.0, movement_awareness=0.1, demand_effect=1.0, burden_effect=0.5,
    partner_search=0.5, tie_ending=0.2, origination_rate=0.3, inspection_rate=0.3, exit_rate=0.05,
    aspiration_search=5.0, commissioning_weight=1.0, upkeep_effort=0.2, stance_effect=1.0, choice_noise=0.5,
)  # fmt: skip
SHOCKS = (
    Shock("pandemic", "2026-02", end="2026-04"),
    Shock("wage_step", "2026-03"),
    Shock("supplier_failure", "2026-04", innovation="dscr"),
    Shock("insolvency", "2026-04", group="homecare"),
    Shock("inspection_change", "2026-02"),
    Shock("immigration", "2026-03"),
)
ALL_ON = Switches.of(**dict.fromkeys(Switches._fields, True))
AT_WORK = (
    Lever("manager_programme", 0.26, group="large"),
    Lever("brokerage", 1.0),
    Lever("enforcement", 0.2),
    Lever("fair_pay", 0.2),
)
"""Levers without which climate, facilitation, duties and rewards have nothing to act on."""
STORMY = Conditions(shocks=SHOCKS, priorities=(("2026-02", "safety first"),))
LEVERS = tuple(
    Lever(name, strength, "2026-02", "2026-05")
    for name, strength in (
        ("campaign", 0.1), ("brokerage", 1), ("senior_programme", 0.2), ("manager_programme", 0.2),
        ("frontline_programme", 0.2), ("manager_retention", 0.5), ("grant", 0.5), ("evidence_synthesis", 20),
        ("commissioner_requirement", 0.5), ("sandbox", 0.5), ("mandate", 0.3), ("training", 0.1), ("fair_pay", 0.5),
        ("learning_collaborative", 0.3), ("reform", 0.5), ("movement_building", 0.1), ("leadership_course", 0.05),
        ("enforcement", 0.5),
    )
)  # fmt: skip


@pytest.mark.parametrize("levers", [(), LEVERS], ids=["no levers", "all levers"])
def test_providers_are_counted_in_one_stage_each_and_every_stage_is_reached(levers: tuple[Lever, ...]) -> None:
    run = simulate(BUSY, Policy.of(), conditions=STORMY._replace(levers=levers), groups=("setting", "size"), **SMALL)
    everyone = run.monthly[run.monthly["group"] == "all"]
    assert (everyone[list(STAGES)].sum(axis=1) == everyone["providers"]).all()
    assert (everyone[list(STAGES)].max() > 0).all()
    assert everyone["using_share"].between(0, 1).all() and everyone["site_share"].between(0, 1).all()
    assert (everyone["cost_public"].sum() > 0) == bool(levers)


@pytest.mark.parametrize("switch", Switches._fields)
def test_without_a_mechanism_the_run_is_another_one(switch: str) -> None:
    stormy: dict[str, Any] = {"conditions": STORMY._replace(levers=AT_WORK), **SMALL}
    if switch == "renewal":  # only a yearly return lapses
        stormy["innovations"] = ("dscr", "dspt")
    if switch in ("ambition", "upkeep", "wear", "rewards"):  # few look or are inspected within so few months
        stormy["providers"] = 200
    whole = simulate(BUSY, Policy.of(), switches=ALL_ON, **stormy).record
    without = simulate(BUSY, Policy.of(), switches=ALL_ON._replace(**{switch: False}), **stormy)
    # without origination there is no room for what staff come up with; but what they came up with was counted
    for one, other in zip(whole, without.record, strict=True):
        if one.shape == other.shape and (one != other).any():
            return
    pytest.fail(f"{switch} moves nothing")


def test_a_month_can_be_cut_into_steps() -> None:
    run = simulate(BUSY, Policy.of(), step=0.5, **SMALL)
    assert run.dates[0] == np.datetime64("2025-12") and run.dates[2] == np.datetime64("2026-01")


def test_the_special_cases_run_on_small_graphs() -> None:
    ring = (np.arange(0, 25, 2), np.array([[(i - 1) % 12, (i + 1) % 12] for i in range(12)]).ravel())
    assert special_cases.bass(0.3, 0.5, 12, 6, 0.5, graph=ring)[-1] > 0
    assert special_cases.si(12, 2.0, 1, 6, 0.5)[-1] >= 1
    assert special_cases.sis(12, 2.0, 5.0, 6, 6, 0.5)[-1] < 12
    assert special_cases.thresholds(ring, 1, [0], rule="count").tolist() == [1, 3, 5, 7, 9, 11, 12]
    assert special_cases.thresholds(ring, 0.6, [0]).tolist() == [1]
    stages = special_cases.stage_chain({"U-A": 0.5, "A-E": 0.5, "E-I": 0.3, "E-X": 0.2, "I-S": 0.5, "S-X": 0.1}, 30, 20)
    assert set(np.unique(stages)) == set(range(6))


def test_parts_round_to_the_nearest() -> None:
    assert parts(0.5) == 1 << 19 and parts(-1.0) == -(1 << 20)


def test_events_and_sticking_points_are_told_in_plain_python_too() -> None:
    small: dict[str, Any] = {"conditions": STORMY, **SMALL}
    run = simulate(BUSY, Policy.of(), events=True, **small)
    assert len(run.events) > 50 and len(set(run.events["cause"])) >= 6
    assert run.events["chance"].between(0, 1).all()
    found = tallied(prepare(BUSY, Policy.of(), **small))
    assert np.allclose(found.stuck.sum(axis=3), found.months) and found.failed.sum() > 0
