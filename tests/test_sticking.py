"""Sticking points: months are shared out exactly, by the terms that decide, and nothing is counted twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.barriers import EASINGS, apart_words, easing_of, sticking_points
from carespread.experiments.run import planned
from carespread.model import Parameters, Policy, Switches, prepare, simulate
from carespread.model.attribution.barriers import (
    BARRIERS,
    HEADWINDS,
    INERTIA,
    LEADERSHIP,
    ROCKS,
    SAYS,
    SKILLS,
    slowed,
)
from carespread.model.attribution.events import CHANCE, TERMS
from carespread.model.attribution.terms import explained
from carespread.model.attribution.watch import months_watched
from carespread.model.scenario import read_scenario
from carespread.model.state import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, STAGES, SUSTAINED, WEIGHT
from carespread.results.figures.barriers import cheapest_words
from carespread.results.statistics.barriers import (
    Tally,
    barrier_table,
    by_level,
    funnel_table,
    joined,
    levels_of,
    passing_table,
    tallied,
    top_three,
    weather_table,
)

from .test_figures import check_texts

SIZE: dict[str, Any] = {"providers": 300, "months": 36, "seed": 2}
NAMES = ["dscr", "dspt", "acoustic_monitoring", "electronic_medication_records"]


@pytest.fixture(scope="module")
def found() -> Tally:
    return tallied(prepare(Parameters.of(), Policy.of(), **SIZE))


def test_the_parts_add_to_the_surprise_of_moving_on() -> None:
    prepared = prepare(Parameters.of(), Policy.of(), **SIZE)
    lifted, parts = np.zeros(len(BARRIERS)), np.zeros(len(BARRIERS))
    checked = 0
    for month in months_watched(prepared, 3):
        for i in range(0, 300, 7):
            for j in range(len(NAMES)):
                if month.before.pairs["stage"][i, j] != AWARE:
                    continue
                slowed(month.frame, month.before, month.number, i, j, False, lifted, parts)
                why = np.zeros(len(TERMS))
                explained(month.frame, month.before, month.number, i, j, EXPLORING, why)
                assert parts.sum() == pytest.approx(-np.log(why[CHANCE]), rel=1e-9)
                assert (parts >= 0).all()
                checked += 1
    assert checked > 50


def test_every_month_that_did_not_move_on_is_shared_out_once(found: Tally) -> None:
    assert np.allclose(found.stuck.sum(axis=3), found.months)
    assert np.array_equal(found.binding.sum(axis=3), found.months)
    run = simulate(Parameters.of(), Policy.of(), **SIZE)
    # who stood in a stage at the end of a month, less who moved on or closed in the next
    stood = run.record.counts[:-1].sum(axis=(0, 1)) / WEIGHT
    for stage in (AWARE, EXPLORING, IMPLEMENTING, ABANDONED):
        stuck, moved = found.months[:, :, stage].sum(axis=0), found.moves[:, :, stage].sum(axis=(0, 2))
        assert (stuck <= stood[:, stage] * (1 + 1e-12)).all() and (stuck + moved >= 0.98 * stood[:, stage]).all()
    assert not found.months[:, :, SUSTAINED].any()


def test_moves_are_those_of_the_log(found: Tally) -> None:
    run = simulate(Parameters.of(), Policy.of(), events=True, **SIZE)
    begun = prepare(Parameters.of(), Policy.of(), **SIZE)
    weight = begun.state.providers["weight"].copy() / WEIGHT
    weight[begun.frame.newcomers.rows] = begun.frame.newcomers.weight / WEIGHT
    of = dict(zip(begun.state.providers["id"], weight, strict=True))
    moved = run.events[run.events["cause"] != "opened"]  # with what somebody opens is no move of theirs
    moved = moved.assign(weight=moved["provider"].map(of))
    counted = moved.groupby(["innovation", "stage_from", "stage_to"], observed=True)["weight"].sum()
    for (name, old, new), many in counted.items():
        tallied_moves = found.moves[:, NAMES.index(name), STAGES.index(old), STAGES.index(new)].sum()
        assert tallied_moves == pytest.approx(many, rel=1e-12)
    assert found.moves.sum() == pytest.approx(counted.sum())


def test_a_mechanism_that_is_off_holds_nobody_back() -> None:
    off = tallied(prepare(Parameters.of(leadership_weight=0.0), Policy.of(), **SIZE))
    assert not off.stuck[..., LEADERSHIP].any()
    plain = tallied(prepare(Parameters.of(), Policy.of(), switches=Switches.of(implementation=False), **SIZE))
    assert not plain.stuck[:, :, IMPLEMENTING, SKILLS].any()
    valueless = tallied(prepare(Parameters.of(), Policy.of(), switches=Switches.of(value=False), **SIZE))
    assert valueless.stuck[:, :, AWARE, INERTIA].sum() > 0 and not valueless.stuck[:, :, AWARE, SKILLS].any()


def test_groups_are_parts_of_all(found: Tally) -> None:
    levels = levels_of()
    sums = by_level(found.stuck, levels)
    for dimension in ("setting", "size", "region"):
        parts = [value for name, value in sums.items() if name.startswith(f"{dimension}=") and " and size=" not in name]
        assert np.allclose(np.sum(parts, axis=0), sums["all"])
    table = barrier_table(found, levels, NAMES)
    shares = table.groupby(["group", "innovation", "stage"], observed=True)["share"].sum()
    assert np.allclose(shares, 1.0)
    passing = passing_table(found, levels).set_index("group")
    assert passing.loc["all", "% of pilots continued"] == pytest.approx(
        100 * found.moves[:, :, EXPLORING, IMPLEMENTING].sum()
        / found.moves[:, :, EXPLORING][..., [IMPLEMENTING, ABANDONED, AWARE]].sum()
    )  # fmt: skip
    tops = top_three(table, "all")
    assert len(tops) == 3 and tops[0][1] >= tops[1][1] >= tops[2][1] and "time" not in dict(tops)


def test_rocks_winds_and_storms_are_three_sums(found: Tally) -> None:
    levels = levels_of()
    weather = weather_table(found, levels, NAMES)
    own = weather[weather["group"] == "all"]
    timed = found.stuck[..., BARRIERS.index("time")].sum()
    assert own["rocks"].sum() + own["headwinds"].sum() + timed == pytest.approx(found.months.sum())
    assert set(ROCKS) | set(HEADWINDS) | {"time"} == set(BARRIERS) == set(SAYS)
    assert (own["thunderstorms"] <= own["resets"] * SIZE["months"]).all() and own["resets"].sum() > 0
    waits = funnel_table(found, levels, NAMES)["months_in_stage"].dropna()
    assert waits.between(1, SIZE["months"]).all()
    assert np.allclose(joined([found, found]).stuck, found.stuck)


def test_what_takes_most_months_is_not_always_where_easing_gives_most() -> None:
    gains = pd.DataFrame({"barrier": ["skills", "money"], "extra_users": [1.0, 2.0]})
    assert "is also where" in apart_words([("money", 0.5)], gains)
    assert "are two things" in apart_words([("skills", 0.5)], gains)


def test_easing_stays_within_the_range_of_a_lever() -> None:
    plan = planned(read_scenario("central"), replications=2, providers=60, months=6, seed=1, changes={"grant": 1.0})
    gains = easing_of(plan, 1).set_index("barrier")
    assert gains.loc["money", "extra_users"] == 0 and not gains["extra_users"].isna().any()
    sums = gains["cost_public"] + gains["cost_provider"]
    assert sums.to_numpy() == pytest.approx(gains["cost_total"].to_numpy())
    assert np.isnan(gains.loc["money", "cost_per_extra_use"])


def test_the_cheapest_step_is_said_and_comes_first() -> None:
    gains = pd.DataFrame({
        "barrier": ["regulation", "money"], "lever": ["sandbox", "grant"], "unit": ["25 %", "25 %"],
        "cost_per_extra_use": [1234.0, 9000.0],
    })  # fmt: skip
    assert "moves most against regulation (sandbox 25 %): GBP 1,200 an extra use" in cheapest_words(gains)
    assert "saves money" in cheapest_words(gains.assign(cost_per_extra_use=-1.0))
    assert "No step gains" in cheapest_words(gains.assign(cost_per_extra_use=np.nan))


def test_the_command_leaves_tables_figures_and_words(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "providers": 150, "months": 24, "replications": 2, "innovations": ["dscr", "acoustic_monitoring"],
        "prior": True,
    }  # fmt: skip
    found = sticking_points("central", **settings, out=tmp_path / "stuck")
    said = found.text
    for drawing in found.figures.values():
        check_texts(drawing)
    assert "easing against" in said and "setting=homecare" in said
    figures = {path.name for path in (tmp_path / "stuck" / "figures").glob("*.png")}
    assert figures == {"funnel.png", "passing.png", "sticking_points.png", "weather.png", "easing.png"}
    easing = pd.read_csv(tmp_path / "stuck" / "easing.csv")
    cheapest = easing["cost_per_extra_use"].dropna()
    assert cheapest.is_monotonic_increasing and easing["cost_per_extra_use"].iloc[: len(cheapest)].notna().all()
    assert set(easing["lever"]) == {one.lever for one in EASINGS} and set(easing["lever"]) <= set(Policy._fields)
    assert "All providers" in (tmp_path / "stuck" / "sticking_points.md").read_text(encoding="utf-8")
    made = sticking_points("central", **settings, easing=False, out=tmp_path / "json")
    assert set(made.json) == {"folder", "types"} and "easing" not in made.tables
