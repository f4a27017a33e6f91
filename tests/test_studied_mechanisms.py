"""Mechanisms that published studies asked for: each acts as its equation says, where it should and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carespread.model import BadInputError, Parameters, Policy, Switches, simulate
from carespread.model.conditions import Conditions, Lever
from carespread.model.innovations import Innovation, library
from carespread.model.inputs import Inputs
from carespread.model.mechanisms import (
    attention,
    choice,
    finance,
    implementation,
    leadership,
    learning,
    quality_exit,
    skills,
)
from carespread.model.simulate import Prepared, prepare
from carespread.model.state import AWARE, EXPLORING, IMPLEMENTING, PAID_PUBLIC, SUSTAINED, WEIGHT
from carespread.model.step import advance_month

STILL = Switches.of(exit=False, entry=False, finance=False, inspection=False)
P = Parameters()


def world(levers: tuple[Lever, ...] = (), *, providers: int = 2000, months: int = 12, **named: Any) -> Prepared:
    """Return a run before its first month, without anything of a scenario but levers."""
    named = {"innovations": ("electronic_medication_records",), "switches": STILL} | named
    inputs = Inputs.of("central", providers=providers, months=months, **named)
    return prepare(inputs.replaced(conditions=Conditions(levers=levers)), 1)


def all_at(prepared: Prepared, stage: int, skill: float | None = None) -> Prepared:
    """Put everybody at a stage."""
    prepared.state.pairs["stage"], prepared.state.pairs["sites_in_use"] = stage, stage >= IMPLEMENTING
    if skill is not None:
        prepared.state.pairs["skill"] = skill
    return prepared


def after(prepared: Prepared, months: int = 12) -> Prepared:
    """Let months pass."""
    for month in range(months):
        advance_month(prepared.frame, prepared.state, prepared.record, month)
    return prepared


def share(prepared: Prepared, stage: int) -> float:
    """Return the share of providers at a stage, by weight."""
    weight = prepared.state.providers["weight"]
    return float(weight[prepared.state.pairs["stage"][:, 0] == stage].sum() / weight.sum())


# Culture, climate, wear


def test_culture_moves_looking_and_implementing_and_keeps_staff_but_not_the_sectors_turnover() -> None:
    prepared = world()
    frame, state = prepared.frame, prepared.state
    keen = state.traits["learning"]
    order = np.argsort(keen)
    low, high = int(order[100]), int(order[-100])
    apart = P.culture_weight * (keen[high] - keen[low])
    terms = [attention.terms_now(frame, state, 0, i) for i in (low, high)]
    assert terms[1].culture - terms[0].culture == pytest.approx(apart) and apart > 0.5
    factors = [implementation.routine_terms_of(frame, state, 0, i, 0, True).culture for i in (low, high)]
    assert factors[1] / factors[0] == pytest.approx(np.exp(apart))
    leaving = np.array([leadership.turnover(frame, state, 0, i, keen[i]) for i in range(len(keen))])
    assert leaving[high] < 0.6 * leaving[low]
    assert np.average(leaving, weights=prepared.population.weight) == pytest.approx(P.turnover)
    flat = world(switches=STILL._replace(culture=False))
    assert {leadership.turnover(flat.frame, flat.state, 0, i, keen[i]) for i in (low, high)} == {P.turnover}
    assert attention.terms_now(flat.frame, flat.state, 0, high).culture == 0


def test_programmes_in_leading_an_implementation_make_a_climate_that_fades_and_courses_make_none() -> None:
    def climate(*names: str, **switches: bool) -> np.ndarray:
        levers = tuple(Lever(name, 0.26, "2026-01", "2026-12") for name in names)
        prepared = world(levers, months=24, switches=STILL._replace(**switches))
        return np.asarray(prepared.frame.schedule.supported["climate"][:, 0])

    both = climate("senior_programme", "manager_programme")
    assert both[:12] == pytest.approx(P.programme_climate * 0.26)
    assert both[17] == pytest.approx(both[0] * np.exp(-0.042 * 6))
    assert climate("manager_programme")[0] == pytest.approx(both[0] / 2)
    assert not climate("leadership_course").any()
    assert not climate("senior_programme", "manager_programme", climate=False).any()


def test_implementing_wears_managers_down_unless_a_programme_supports_them() -> None:
    worn = [0.0]
    for _ in range(15):
        worn.append(leadership.worn_after(worn[-1], 0.01, True, False, 1.0))
    assert worn[5] == pytest.approx(0.05) and worn[-1] == leadership.MOST_WORN
    assert leadership.worn_after(0.05, 0.01, True, True, 1.0) == pytest.approx(0.04)
    busy = after(all_at(world(), IMPLEMENTING), 4).state.rows["worn"]
    helped = after(all_at(world((Lever("manager_programme", 0.26),)), IMPLEMENTING), 4).state.rows["worn"]
    assert busy.mean() > 0.02 and not helped.any()


# Brokers, training, collaboratives, evidence


def test_a_broker_multiplies_the_pace_of_implementing_where_there_is_room() -> None:
    def moved(levers: tuple[Lever, ...], **numbers: float) -> float:
        parameters = Parameters.of(implementation_rate=0.02, implementation_abandonment=0.0, **numbers)
        return share(after(all_at(world(levers, providers=8000, parameters=parameters), IMPLEMENTING), 1), SUSTAINED)

    broker = (Lever("brokerage", 1.0),)
    ratio = np.log1p(-moved(broker, facilitation_ratio=2.0)) / np.log1p(-moved(()))
    assert ratio == pytest.approx(2.0, abs=0.25)
    full = all_at(world(broker, parameters=Parameters.of(project_cap=1)), IMPLEMENTING)
    full.state.sector["running"] = 1
    for i in np.flatnonzero(full.state.providers["sites"] <= 10)[:20]:
        room = attention.has_room(full.frame, full.state, i)
        assert not room and implementation.routine_terms_of(full.frame, full.state, 0, i, 0, room).facilitation == 1


def test_training_does_little_for_what_is_complex() -> None:
    easy, hard = (skills.skill_gain(0.1, 0.5, True, 0.05, x, 0.0) - 0.05 for x in (0.1, 0.9))
    assert easy == pytest.approx(0.045) and hard == pytest.approx(0.005)


def test_a_collaborative_adds_a_tenth_and_half_of_it_beside_a_broker() -> None:
    assert learning.culture_with(0.5, 1.0, 0.1, 0.0, 0.0) == pytest.approx(0.6)
    assert learning.culture_with(0.5, 1.0, 0.1, 1.0, 0.0) == pytest.approx(0.55)
    assert learning.culture_with(0.9, 1.0, 0.1, 0.0, 0.2) == 1.0


def test_a_synthesis_counts_as_a_few_trials_of_ones_own() -> None:
    told = world((Lever("evidence_synthesis", 200.0),))
    pair, success = told.state.pairs[0, 0], told.frame.innovations[0]["success"]
    trials = 200 * P.evidence_credit
    mean = (pair["successes"] + trials * success) / (pair["successes"] + pair["failures"] + trials)
    assert learning.belief(told.frame, told.state, 0, 0, 0)[0] == pytest.approx(mean)
    assert trials < 5


# Duties


def test_what_is_enforced_is_heard_of_taken_up_without_a_pilot_and_costs_staff() -> None:
    duty = (Lever("enforcement", 1.0),)
    free, obliged = (all_at(world(levers), AWARE) for levers in ((), duty))
    assert choice.pilot_rate(obliged.frame, obliged.state, 0, 0, 0) == pytest.approx(
        choice.pilot_rate(free.frame, free.state, 0, 0, 0) + P.enforcement_looking
    )
    tau = [leadership.turnover(one.frame, one.state, 0, 0, 0.5) for one in (free, obliged)]
    assert tau[1] - tau[0] == pytest.approx(P.enforcement_turnover)
    after(free), after(obliged)
    using = [share(one, IMPLEMENTING) + share(one, SUSTAINED) for one in (free, obliged)]
    assert using[1] > 0.85 and using[0] < 0.4
    assert share(obliged, EXPLORING) < 0.05
    off = after(all_at(world(duty, switches=STILL._replace(duties=False)), AWARE))
    assert (off.state.pairs == free.state.pairs).all()


def test_a_wish_of_commissioners_is_no_duty() -> None:
    wish = after(all_at(world((Lever("commissioner_requirement", 1.0),)), AWARE))
    duty = after(all_at(world((Lever("enforcement", 1.0),)), AWARE))
    nothing = after(all_at(world(), AWARE))
    used = [share(one, IMPLEMENTING) + share(one, SUSTAINED) for one in (nothing, wish, duty)]
    assert used[0] < used[1] < used[0] + 0.4 * (used[2] - used[0])


# Pilots: planned anew, and judged by staff


def worthless(**attributes: float) -> Innovation:
    """Return something that is believed in and does nothing."""
    one = library()["electronic_medication_records"]
    changes = {"success": 0.5, "former_success": 0.5, "prior_mean": 0.8, "prior_trials": 50.0} | attributes
    file = one.file.model_copy(update={"reputation": "given"})
    return one._replace(file=file, attributes=one.attributes._replace(**changes))


def test_after_a_failed_pilot_who_learns_plans_anew() -> None:
    assert choice.planned_anew(0.5, 0.8) == pytest.approx(0.4)
    parameters = Parameters.of(adoption_threshold=5.0, replanning_chance=1.0, choice_noise=0.0, headroom=6.0)
    ended = after(all_at(world(parameters=parameters), EXPLORING), 1)
    gone, back = share(ended, EXPLORING + 3), share(ended, AWARE)
    keen = np.average(ended.population.learning, weights=ended.population.weight)
    assert back / (back + gone) == pytest.approx(keen, abs=0.05)
    off = after(all_at(world(parameters=parameters, switches=STILL._replace(replanning=False)), EXPLORING), 1)
    assert share(off, AWARE) == 0


def test_staff_with_a_voice_refuse_what_does_not_work_and_improve_what_is_used() -> None:
    passed = {}
    for voice in (0.0, 0.6):
        parameters = Parameters.of(staff_voice=voice, headroom=6.0)
        piloted = all_at(world(parameters=parameters, innovations=(worthless(),)), EXPLORING, 0.5)
        passed[voice] = share(after(piloted, 6), IMPLEMENTING)
    assert passed[0.6] < 0.9 * passed[0.0]
    assert learning.voiced(0.5, 0.75, 0.5) == pytest.approx(1.25) and learning.voiced(0.0, 0.9, 0.5) == 1.0
    assert learning.judged(0.8, 0.5, 1.0, 0.5) == pytest.approx(0.65)


# Upkeep and goals that shift


def test_upkeep_takes_attention_and_what_is_neglected_is_abandoned() -> None:
    assert attention.upkeep_share(0.05, 1.0, 4) == pytest.approx(0.2)
    kept, neglected = (all_at(world(parameters=Parameters.of(upkeep_given=given)), SUSTAINED) for given in (1.0, 0.0))
    for one in (kept, neglected):
        one.state.sector["running"] = 1
    looks = [attention.terms_now(one.frame, one.state, 0, 0).upkeep for one in (kept, neglected)]
    assert looks == [pytest.approx(P.upkeep_effort), 0.0]
    hazards = [implementation.abandon_rate(one.frame, one.state, 0, 0, 0) for one in (kept, neglected)]
    assert hazards[1] / hazards[0] == pytest.approx(1 + P.neglect)


def test_goals_that_shift_take_fit_away_and_users_fit_anew_what_does_not_lock_them_in() -> None:
    shifting = Conditions(priorities=(("2026-03", "safety first"),))

    def fit(**switches: bool) -> float:
        inputs = Inputs.of(
            "central", providers=400, months=24, innovations=("dscr",), switches=STILL._replace(**switches),
            set={"goal_shift": 5.0, "goal_drift": 0.0},
        )  # fmt: skip
        prepared = all_at(prepare(inputs.replaced(conditions=shifting), 1), SUSTAINED)
        prepared.state.pairs["fit"] = 0.9
        return float(after(prepared, 24).state.pairs["fit"].mean())

    assert fit(drift=False) > 0.9
    assert fit(renegotiation=False) < fit() < fit(drift=False)
    assert learning.renegotiable(0.4) == pytest.approx(0.6)


# Pay


def test_better_pay_costs_wages_keeps_staff_and_tilts_inspections() -> None:
    # T45: a tenth more wages keeps six in a hundred of those who would leave
    assert finance.wage_rise(P.pay_cost, 0.06) == pytest.approx(0.11, abs=0.01)
    assert finance.wage_rise(P.pay_cost, 0.30) == pytest.approx(0.83, abs=0.1)
    reward = P.pay_rating * finance.wage_rise(P.pay_cost, 0.06)
    worse, better = (
        np.mean([quality_exit.rating_after(0, 0.5, 0.5, 0.5, r, 0.0, u) for u in np.linspace(0.0005, 0.9995, 1000)])
        for r in (0.0, reward)
    )
    assert better > worse
    paid = world((Lever("fair_pay", 0.06),))
    assert quality_exit.reward_of(paid.frame, 0, 0) == pytest.approx(reward)
    off = world((Lever("fair_pay", 0.06),), switches=STILL._replace(rewards=False))
    assert quality_exit.reward_of(off.frame, 0, 0) == 0


# Who feels a lever, and when


def test_take_up_completion_delay_and_fade() -> None:
    lever = Lever("manager_programme", 0.2, "2026-01", "2026-12", take_up=0.5, completion=0.6, delay=3, unit_cost=100.0)
    prepared = world((lever,), months=24, providers=4000)
    cells, weight = prepared.state.providers["cell"], prepared.state.providers["weight"] / WEIGHT
    schedule = prepared.frame.schedule
    dose, cost = schedule.supported["manager_programme"], schedule.pulled["manager_cost"][:, :, 0]
    part, feel = (np.average(what[5, cells] > 0, weights=weight) for what in (cost, dose))
    assert part == pytest.approx(0.5, abs=0.04) and feel == pytest.approx(0.3, abs=0.04)
    assert not ((dose[5] > 0) & (cost[5] == 0)).any(), "whoever feels it takes part"
    felt = int(np.flatnonzero(dose[5] > 0)[0])
    assert (dose[:3, felt] == 0).all() and dose[3:12, felt] == pytest.approx(0.2)
    assert dose[17, felt] == pytest.approx(0.2 * np.exp(-0.033 * 6))
    assert (cost[:12, felt] > 0).all() and not cost[12:, felt].any()
    after(prepared, 24)
    public = prepared.record.sums[..., PAID_PUBLIC].sum() / WEIGHT / 100
    managers = np.sum(weight * prepared.state.providers["sites"] * (cost[5, cells] > 0))
    assert public == pytest.approx((1 + 11 * P.manager_turnover) * 0.2 * 100 * managers, rel=0.02)


def test_programmes_are_paid_for_those_whom_they_train_once_or_each_year_and_for_who_comes_new() -> None:
    def bill(name: str, start: str | None, end: str | None, months: int = 36, step: float = 1.0) -> np.ndarray:
        conditions = Conditions(levers=(Lever(name, 0.05, start, end, unit_cost=1000.0),))
        inputs = Inputs.of(conditions, innovations="dscr", providers=50, months=months, step=step, parameters=P)
        pulled = prepare(inputs, 1).frame.schedule.pulled[:, :, 0]
        columns = [pulled[one].max(axis=1) for one in ("lever_cost", "manager_cost", "staff_cost")]
        paid = [one for one in columns if one.any()]
        assert len(paid) == 1, name
        return np.asarray(paid[0] / 50.0)  # GBP 1,000 at strength 1, so 50 at .05

    begins = np.flatnonzero(bill("manager_programme", "2026-01", None) == 1)
    assert begins.tolist() == [0, 12, 24]
    course = bill("training", "2026-04", "2027-03")
    assert (
        course[3] == 1 and course[4:15] == pytest.approx(P.turnover) and not course[15:].any() and not course[:3].any()
    )
    assert bill("training", "2025-04", None) == pytest.approx(P.turnover), "who was trained before was paid for before"
    assert np.flatnonzero(bill("senior_programme", "2025-04", None) == 1).tolist() == [3, 15, 27]
    assert bill("senior_programme", None, None, 48, 0.5).sum() * 0.5 == pytest.approx(2 + 23 * P.senior_turnover)
    assert bill("campaign", None, None) == pytest.approx(1.0)


def test_all_who_are_targeted_take_part_unless_said_otherwise_and_draws_do_not_depend_on_the_lever() -> None:
    full = simulate(policy=Policy.of(training=0.05), conditions=Conditions(), providers=200, months=6)
    named = simulate(conditions=Conditions(levers=(Lever("training", 0.05, take_up=1.0),)), providers=200, months=6)
    assert all((a == b).all() for a, b in zip(full.record, named.record, strict=True))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"take_up": 1.5}, "from 0 to 1"),
        ({"delay": 2.5}, "whole"),
        ({"fade": -1.0}, "from 0 to 10"),
    ]
    for given, words in wrong:
        with pytest.raises(BadInputError, match=words):
            Inputs.of().replaced(conditions=Conditions(levers=(Lever("training", 0.05, **given),)))


# Attention


def test_money_help_and_demands_draw_attention_and_campaigns_do_not() -> None:
    base = world().frame.innovations[0].attention
    for name, strength, offered in (
        ("grant", 0.5, 0.5), ("brokerage", 1.0, 1.0), ("commissioner_requirement", 0.25, 0.25), ("campaign", 0.5, 0.0),
    ):  # fmt: skip
        drawn = world((Lever(name, strength, end="2026-06"),))
        expected = base * (1.0 + P.invited_looking * offered)
        assert attention.attention_to(drawn.frame, drawn.state, 0, 0, 0) == pytest.approx(expected), name
        assert attention.attention_to(drawn.frame, drawn.state, 11, 0, 0) == base, "an offer ends with its lever"
    all_three = tuple(Lever(name, 1.0) for name in ("grant", "brokerage", "commissioner_requirement"))
    most = world(all_three)
    assert attention.attention_to(most.frame, most.state, 0, 0, 0) == base * (1.0 + P.invited_looking)
    unmoved = world(all_three, switches=STILL._replace(invitation=False))
    assert attention.attention_to(unmoved.frame, unmoved.state, 0, 0, 0) == base


def test_one_innovation_that_is_offered_takes_no_attention_from_another() -> None:
    both = ("electronic_medication_records", "dscr")
    lever = (Lever("grant", 1.0, innovation=both[0]),)
    drawn = world(lever, innovations=both)
    mine, other = (attention.attention_to(drawn.frame, drawn.state, 0, 0, j) for j in (0, 1))
    assert mine == (1.0 + P.invited_looking) * other
    looks = [attention.chance_to_look(drawn.frame, drawn.state, 0, 0, j) for j in (0, 1)]
    assert looks[0] > looks[1] == attention.chance_to_look(*world(innovations=both)[:2], 0, 0, 1)
