"""What each mechanism of money, pace, renewal, reputation, closing and growth does: its direction and its size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread.model import BadInputError, Conditions, Lever, Parameters, Policy, Switches, prepare, simulate
from carespread.model.declare import entries
from carespread.model.innovations import Innovation, find, library, read_innovation
from carespread.model.mechanisms import (
    attention,
    choice,
    entry,
    implementation,
    learning,
    outcomes,
    quality_exit,
    value,
)
from carespread.model.mechanisms.finance import pence
from carespread.model.population.country import home
from carespread.model.population.sector import CERTAIN, largest_first, sampled
from carespread.model.population.start import whole_weights
from carespread.model.simulate import Prepared
from carespread.model.state import (
    EXPLORING,
    IMPLEMENTING,
    MOST_CANDIDATES,
    PAID_PROVIDER,
    PAID_PUBLIC,
    ROUTINISED,
    STARTED,
    SUSTAINED,
    WEIGHT,
)
from carespread.model.step import advance_month, remember_start

SETTINGS = home().settings
DEVIATIONS = 4.0
"""How far chance may take a count from what is expected of it."""


def like(name: str = "dscr", **attributes: float) -> Innovation:
    """Return an innovation of the library with some attributes changed."""
    one = library()[name]
    return one._replace(attributes=one.attributes._replace(**attributes))


def months_of(prepared: Prepared) -> Iterator[int]:
    """Yield the number of each month when it has passed."""
    remember_start(prepared.frame, prepared.state, prepared.record)
    for month in range(prepared.record.counts.shape[0] - 1):
        advance_month(prepared.frame, prepared.state, prepared.record, month)
        yield month


def as_expected(count: float, chances: np.ndarray) -> bool:
    """Return whether a count of independent events is within chance of the sum of their chances."""
    return bool(abs(count - chances.sum()) <= DEVIATIONS * np.sqrt((chances * (1 - chances)).sum()) + 1e-9)


# Money


POOR = Parameters.of(
    slack=-1, slack_spread=0, margin=0, margin_spread=0, adoption_threshold=-3, choice_noise=0.03, attention=0.02
)
"""Nobody has reserves, and everybody would take everything further."""


def after_pilots(credit: bool, **parameters: float) -> dict[str, int]:
    """Return how many pilots of a sector without reserves went where."""
    run = simulate(
        Parameters(**{**POOR._asdict(), **parameters}),
        providers=2000,
        months=12,
        innovations=(like(setup_organisation=500, setup_site=0, setup_person=0),),
        switches=Switches.of(
            credit=credit, replanning=False, finance=False, exit=False, entry=False, abandonment=False
        ),
        events=True,
    )
    ended = run.events[run.events["stage_from"] == "exploring"]
    return dict(ended["stage_to"].value_counts()[["implementing", "aware", "abandoned"]])


def test_without_reserves_small_outlays_come_from_credit_and_what_cannot_be_paid_waits() -> None:
    paid, unpaid, without = after_pilots(True), after_pilots(True, headroom=0.0), after_pilots(False)
    assert paid["implementing"] > 50 and paid["abandoned"] == 0
    assert unpaid["implementing"] == unpaid["abandoned"] == 0 and unpaid["aware"] > 50
    assert without["implementing"] == without["aware"] == 0 and without["abandoned"] > 50


def test_credit_reaches_as_far_as_headroom_and_debt_takes_nothing_from_it() -> None:
    for slack in (-2.0, 0.0):
        assert choice.affordable(slack, 0.25, 1000.0, 250.0, 0.0)
        assert not choice.affordable(slack, 0.25, 1000.0, 251.0, 0.0)
    assert choice.affordable(1.0, 0.25, 1000.0, 1250.0, 0.0) and not choice.affordable(1.0, 0.25, 1000.0, 1251.0, 0.0)
    assert choice.affordable(0.0, 0.25, 1000.0, 350.0, 100.0)


def test_prices_are_by_organisation_site_and_person() -> None:
    by_person = like(setup_organisation=0, setup_site=0, setup_person=10, running_cost=0, saving=0)
    by_person = by_person._replace(attributes=by_person.attributes._replace(running_person=0, saving_person=0))
    prepared = prepare(
        Parameters.of(attention=0.5, adoption_threshold=-1, implementation_rate=0.5),
        providers=200,
        months=18,
        innovations=(by_person,),
        switches=Switches.of(exit=False, entry=False, abandonment=False),
    )
    providers, state = prepared.state.providers, prepared.state
    before, paid, expected = state.pairs["sites_in_use"][:, 0].copy(), 0, 0
    for month in months_of(prepared):
        now = state.pairs["sites_in_use"][:, 0]
        more = np.maximum(0, now - before)
        each = [pence(10.0 * people * new / sites) for people, new, sites in zip(
            providers["people"], more, providers["sites"], strict=True
        )]  # fmt: skip
        expected += int((providers["weight"] * np.array(each)).sum())
        paid += int(prepared.record.sums[month + 1, 0, 0, PAID_PROVIDER])
        before = now.copy()
    assert paid == expected > 0
    assert value.setup_cost(100.0, 20.0, 3, 10.0, 50.0) == 100 + 60 + 500
    assert value.by_use(20.0, 2.0, 3.0, 10.0) == 70


def test_what_a_council_bears_it_pays_as_far_as_it_wants_it() -> None:
    shared = like(council_share=0.5, running_cost=0, running_person=0, saving=0, saving_person=0)
    usual: dict[str, Any] = {"providers": 300, "months": 12, "innovations": (shared,)}
    still = Parameters.of(stance_mean=0.3, stance_spread=0, stance_effect=0)

    def public(parameters: Parameters, **more: Any) -> float:
        sums = simulate(parameters, **usual, **more).record.sums[..., [PAID_PUBLIC, PAID_PROVIDER]].sum(axis=(0, 1, 2))
        return float(sums[0] / sums.sum())

    assert public(still) == pytest.approx(0.5 * 0.3, abs=1e-6)
    asked = Conditions(levers=(Lever("commissioner_requirement", 0.7, unit_cost=0),))
    assert public(still, conditions=asked) == pytest.approx(0.5, abs=1e-6)
    granted = Conditions(levers=(Lever("grant", 0.4, unit_cost=0),))
    assert public(still, conditions=granted) == pytest.approx(0.4 + 0.5 * 0.3, abs=1e-6)


# Pace and renewal


def test_a_pilot_ends_at_its_own_pace() -> None:
    usual: dict[str, Any] = {"providers": 4000, "months": 1, "events": True}
    for pace in (1.0, 4.0):
        one = like(pilot_pace=pace)
        run = simulate(Parameters.of(start_exploring=0.4), innovations=(one,), **usual)
        trying = np.count_nonzero(run.prepared.first_stage[:, 0] == EXPLORING)
        rate = choice.pilot_hazard(Parameters().pilot_rate * pace, one.attributes.trialability)
        ended = (run.events["stage_from"] == "exploring").sum()
        assert trying > 200 and as_expected(ended, np.full(trying, 1 - np.exp(-rate))), pace
    fast, slow = like(pilot_pace=4, implementation_pace=3), like(pilot_pace=1, implementation_pace=1)
    small: dict[str, Any] = {"providers": 300, "months": 24}
    often, off = Parameters.of(attention=0.08, adoption_threshold=0.3), Switches.of(pace=False)
    with_pace, plain = (simulate(often, innovations=(one,), **small).record.sums for one in (fast, slow))
    assert (simulate(often, innovations=(fast,), switches=off, **small).record.sums == plain).all()
    for what in (STARTED, ROUTINISED):
        assert with_pace[:12, ..., what].sum() > 1.15 * plain[:12, ..., what].sum()


@pytest.mark.parametrize("step", [1.0, 0.5])
def test_use_of_a_yearly_return_lapses_in_its_month_and_only_then(step: float) -> None:
    yearly = like("dspt", lapse=0.3)
    usual: dict[str, Any] = {"providers": 1500, "months": round(24 / step), "step": step, "innovations": (yearly,)}
    alone = Switches.of(sustaining=False, abandonment=False, exit=False, entry=False)
    run = simulate(switches=alone, events=True, **usual)
    left = run.events[run.events["stage_from"] == "sustained"]
    assert set(left["month"].dt.strftime("%Y-%m")) == {"2026-06", "2027-06"}
    assert set(left["stage_to"]) == {"aware"} and set(left["cause"]) == {"lapsed: not renewed"}
    june = run.events[run.events["month"] < "2026-06-01"]
    routine = np.count_nonzero(run.prepared.first_stage[:, 0] == SUSTAINED) + (june["stage_to"] == "sustained").sum()
    assert as_expected((left["month"] < "2026-07-01").sum(), np.full(routine, 1 - np.exp(-0.3)))
    off = simulate(switches=alone._replace(renewal=False), events=True, **usual)
    assert not (off.events["stage_from"] == "sustained").any()
    using = simulate(**usual).monthly["using_share"].to_numpy()
    fall = np.diff(using)
    assert fall.argmin() in (round(5 / step) + (step < 1), round(17 / step) + (step < 1)) and fall.min() < -0.05


# Reputation, allowance, experience


def believed(prepared: Prepared, j: int = 0) -> float:
    """Return the mean belief of users in routine use."""
    pairs, weight = prepared.state.pairs[:, j], prepared.state.providers["weight"]
    mean = pairs["successes"] / (pairs["successes"] + pairs["failures"])
    who = pairs["stage"] == SUSTAINED
    return float(np.average(mean[who], weights=weight[who]))


def found(prepared: Prepared, j: int = 0) -> float:
    """Return the mean share of trials that work with users in routine use."""
    pairs, weight, of = prepared.state.pairs[:, j], prepared.state.providers["weight"], prepared.frame.innovations[j]
    true = np.array([outcomes.true_success(of.success, of.former_success, one.fit, one.skill) for one in pairs])
    who = pairs["stage"] == SUSTAINED
    return float(np.average(true[who], weights=weight[who]))


def test_whoever_knows_how_often_it_misreads_is_right_on_the_average() -> None:
    for true, error in ((0.8, 0.2), (0.3, 0.1), (0.6, 0.5), (1.0, 0.0)):
        chance = learning.chance_of_success(true, error)
        credit = chance * learning.credited(1.0, 1, error, true) + (1 - chance) * learning.credited(0.0, 1, error, true)
        assert credit == pytest.approx(true, abs=1e-12)


def test_with_allowance_belief_is_true_on_the_average_and_without_it_leans_to_one_half() -> None:
    # all users find the same, so that only misreading can part belief from truth
    one = like(success=0.85, former_success=0.4)
    misread = Parameters.of(misreading=0.4, starting_skill=1.0, starting_fit=1.0, turnover=0.0, goal_shift=0.0)
    usual: dict[str, Any] = {"providers": 1500, "months": 36, "innovations": (one,)}
    gap = {}
    for allowance in (True, False):
        run = simulate(misread, switches=Switches.of(allowance=allowance, exit=False, entry=False), **usual)
        gap[allowance] = believed(run.prepared) - found(run.prepared)
        assert found(run.prepared) == pytest.approx(0.85)
    assert abs(gap[True]) < 0.005 and gap[False] < -0.05


def test_with_experience_users_skill_is_no_transient() -> None:
    usual: dict[str, Any] = {"providers": 2000, "months": 36}
    moved = {}
    for experience in (True, False):
        monthly = simulate(switches=Switches.of(experience=experience), **usual).monthly
        skill = monthly.pivot(index="month", columns="innovation", values="skill")[["dscr", "dspt"]].to_numpy()
        moved[experience] = np.abs(skill - skill[0]).max(axis=0)
    # those who began within the last year, 30 % of users, still learn
    assert (moved[True] < 0.12).all() and (moved[False] > 0.3).all()


def test_users_of_long_standing_rest_where_long_use_leads() -> None:
    alone = Switches.of(churn=False, partnering=False, exit=False, entry=False, sustaining=False, drift=False)
    prepared = prepare(Parameters.of(), providers=500, innovations=("dscr",), switches=alone)
    start = prepared.state.pairs.copy()
    who = start["stage"][:, 0] == SUSTAINED
    assert who.sum() > 100 and (start["skill"][~who] == Parameters().starting_skill).all()
    assert start["skill"][who, 0].mean() > 0.7 and (start["fit"][who] == 1).all()
    prepared = prepare(Parameters.of(ties=0), providers=500, months=24, innovations=("dscr",), switches=alone)
    for _ in months_of(prepared):
        pass
    now = prepared.state.pairs["skill"][:, 0]
    still = who & (prepared.state.pairs["stage"][:, 0] == SUSTAINED)
    assert still.sum() > 100 and now[still] == pytest.approx(start["skill"][still, 0], abs=1e-9)


def test_a_confirmed_reputation_is_what_users_of_long_standing_find() -> None:
    confirmed = prepare(providers=2000, innovations=("dscr",))
    given = prepare(providers=2000, innovations=("dscr",), switches=Switches.of(reputation=False))
    for prepared in (confirmed, given):
        of = prepared.frame.innovations[0]
        assert of.prior_successes + of.prior_failures == pytest.approx(library()["dscr"].attributes.prior_trials)
    of = confirmed.frame.innovations[0]
    reputation = of.prior_successes / (of.prior_successes + of.prior_failures)
    assert believed(confirmed) == pytest.approx(reputation, abs=0.01)
    assert found(confirmed) == pytest.approx(reputation, abs=0.01)
    other = given.frame.innovations[0]
    assert other.prior_successes / (other.prior_successes + other.prior_failures) == pytest.approx(
        library()["dscr"].attributes.prior_mean
    )
    run = simulate(providers=2000, months=24, innovations=("dscr",))
    assert believed(run.prepared) == pytest.approx(found(run.prepared), abs=0.02)


# Who closes, and how many there are


def weighted(values: np.ndarray, weights: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return the mean of values by setting."""
    return np.bincount(code, values * weights, minlength=4) / np.bincount(code, weights, minlength=4)


def hazards_of_closing(prepared: Prepared) -> np.ndarray:
    """Return (19d) of every provider as it stands."""
    p, settled = prepared.frame.parameters[0], prepared.frame.settled[0]
    debt = p.debt_exit if prepared.frame.switches[0].insolvency else 0.0
    return np.array([
        quality_exit.exit_hazard(settled.exit_base[setting], p.exit_slack, attention.bounded_slack(slack), debt, slack)
        for setting, slack in zip(prepared.state.providers["setting"], prepared.state.rows["slack"], strict=True)
    ])  # fmt: skip


@pytest.mark.parametrize("insolvency", [True, False])
def test_settings_begin_with_the_closures_that_are_declared(insolvency: bool) -> None:
    prepared = prepare(providers=2000, switches=Switches.of(insolvency=insolvency))
    providers = prepared.state.providers
    declared = Parameters().exit_rate * np.array(home().closures)
    # the register counted who closed within five years; the likeliest are gone first, so the first year sees more
    left = np.exp(-60 * hazards_of_closing(prepared))
    stay = weighted(left, providers["weight"], providers["setting"])
    assert 1 - stay == pytest.approx(1 - np.exp(-60 * declared), rel=2e-3)
    at_once = weighted(hazards_of_closing(prepared), providers["weight"], providers["setting"])
    assert (at_once > declared).all() and (at_once < 2 * declared).all()


def test_whoever_owes_closes_more_often() -> None:
    p = Parameters.of(exit_rate=0.01, debt_exit=0.02, slack=0, slack_spread=1.5)
    still = Switches.of(finance=False, entry=False)
    rate = {}
    for insolvency in (True, False):
        prepared = prepare(p, providers=4000, months=6, innovations="dscr",
                           switches=still._replace(insolvency=insolvency))  # fmt: skip
        ids, closed, chances, owed = prepared.state.providers["id"].copy(), [], [], []
        remember_start(prepared.frame, prepared.state, prepared.record)
        for month in range(6):
            chances.append(1 - np.exp(-hazards_of_closing(prepared)))
            owed.append(prepared.state.rows["slack"] < -0.5)
            advance_month(prepared.frame, prepared.state, prepared.record, month)
            closed.append(prepared.state.providers["id"] != ids)
            ids = prepared.state.providers["id"].copy()
        happened, chance, debtors = (np.concatenate(parts) for parts in (closed, chances, owed))
        for who in (debtors, ~debtors):
            assert as_expected(happened[who].sum(), chance[who])
        rate[insolvency] = happened[debtors].mean() / happened[~debtors].mean()
    assert rate[True] > 1.3 * rate[False] > 1.3


YEARS = 5
GROWTH = dict(zip(SETTINGS, (-0.015, -0.025, 0.08, 0.03), strict=True))
GROWING = Conditions(net_entry=tuple(("2026-01", setting, rate) for setting, rate in GROWTH.items()))


def held(run: Any) -> np.ndarray:
    """Return providers by month and setting, by weight."""
    monthly = run.monthly
    table = monthly.pivot(index="month", columns="group", values="providers")
    return np.asarray(table[[f"setting={name}" for name in SETTINGS]].to_numpy())


def test_each_setting_grows_or_shrinks_as_its_series_says() -> None:
    usual: dict[str, Any] = {
        "providers": 2000, "months": 12 * YEARS, "innovations": "dscr", "groups": ("setting",), "conditions": GROWING,
    }  # fmt: skip
    runs = [simulate(seed=seed, **usual) for seed in (1, 2, 3)]
    years, g = np.arange(12 * YEARS + 1)[:, None] / 12, np.array(list(GROWTH.values()))
    for run in runs:
        there = held(run)
        assert run.record.counts.sum(axis=(1, 3))[:, 0] == pytest.approx(there.sum(axis=1) * WEIGHT)
        assert there.sum(axis=1) == pytest.approx(run.monthly[run.monthly["group"] == "all"]["providers"].to_numpy())
        growing = g > 0
        # one newcomer more or less
        assert np.abs(there / there[0] - np.exp(g * years))[:, growing].max() < 0.01
    mean = np.mean([held(run) / held(run)[0] for run in runs], axis=0)
    assert np.abs(mean[-1] - np.exp(g * YEARS)).max() < 0.03
    assert (mean[-1] < 1).tolist() == (g < 0).tolist()
    off = held(simulate(switches=Switches.of(entry=False), **usual))
    assert (off == off[0]).all()
    double = held(simulate(Parameters.of(net_entry=2), **usual))
    assert double[-1, 2] / double[0, 2] == pytest.approx(np.exp(2 * GROWTH["homecare"] * YEARS), abs=0.02)


def test_no_setting_shrinks_faster_than_its_providers_close() -> None:
    assert entry.chance_of_no_successor(-0.06, 0.002) == 1.0
    assert entry.chance_of_no_successor(-0.06, 0.01) == pytest.approx(0.5)
    assert entry.chance_of_no_successor(0.06, 0.01) == entry.chance_of_no_successor(-0.06, 0.0) == 0.0
    falling = Conditions(net_entry=tuple(("2026-01", setting, -0.5) for setting in SETTINGS))
    run = simulate(providers=2000, months=24, innovations="dscr", groups=("setting",), conditions=falling)
    closed = run.monthly.pivot(index="month", columns="group", values="exits")
    gone = closed[[f"setting={name}" for name in SETTINGS]].to_numpy().sum(axis=0)
    assert held(run)[0] - held(run)[-1] == pytest.approx(gone) and (gone > 0).all()


def test_newcomers_are_nobody_until_they_open() -> None:
    prepared = prepare(providers=300, months=36, conditions=GROWING, innovations="dscr")
    state, newcomers = prepared.state, prepared.frame.newcomers
    assert len(newcomers.rows) > 10 and (state.providers["weight"][newcomers.rows] == 0).all()
    assert (state.pairs["stage"][newcomers.rows] == 0).all()
    for month in months_of(prepared):
        waiting = newcomers.rows[newcomers.first[month + 1] :]
        assert (state.providers["weight"][waiting] == 0).all() and (state.network.ties[waiting] == 0).all()
        opened = newcomers.rows[newcomers.first[month] : newcomers.first[month + 1]]
        assert (state.providers["weight"][opened] == newcomers.weight[newcomers.first[month] :][: len(opened)]).all()
    assert (state.providers["weight"][newcomers.rows] > 0).any()


def test_registration_makes_entrants_begin_with_it() -> None:
    for registration in (0.0, 1.0):
        prepared = prepare(
            Parameters.of(exit_rate=0.05, imprinting=0.0),
            providers=400,
            months=6,
            innovations=(like(registration=registration),),
            switches=Switches.of(entry=False),
        )
        before = prepared.state.providers["id"].copy()
        for _ in months_of(prepared):
            new = prepared.state.providers["id"] != before
            assert new.any()
            assert (prepared.state.pairs["stage"][new, 0] == IMPLEMENTING).all() == bool(registration)
            before = prepared.state.providers["id"].copy()


# For whom an innovation is


def test_what_does_not_suit_is_never_taken_up() -> None:
    # neither by choice, nor by those who open with what their setting uses or registration asks for
    unsuited = like("acoustic_monitoring", compatible_homecare=0, public=0, registration=0.3)
    prepared = prepare(
        Parameters.of(base_awareness=0.2, attention=1.0, exit_rate=0.02, adoption_threshold=-5),
        providers=1500,
        months=24,
        innovations=(unsuited,),
    )
    providers, pairs = prepared.state.providers, prepared.state.pairs
    barred = (providers["setting"] == 2) | (providers["ownership"] == 2)
    assert barred.any() and not (pairs["stage"][barred, 0] == SUSTAINED).mean() > 0.01
    before, ids = pairs["stage"][:, 0].copy(), providers["id"].copy()
    aware = 0
    for _ in months_of(prepared):
        now = pairs["stage"][:, 0]
        began = np.isin(now, (EXPLORING, IMPLEMENTING)) & (~np.isin(before, (EXPLORING, IMPLEMENTING, SUSTAINED)))
        began |= (providers["id"] != ids) & (now == IMPLEMENTING)
        assert not (began & barred).any()
        aware = max(aware, int((now[barred] == 1).sum()))
        before, ids = now.copy(), providers["id"].copy()
    assert aware > 100  # they hear of it all the same
    assert np.isin(pairs["stage"][~barred, 0], (IMPLEMENTING, SUSTAINED)).mean() > 0.5


# Whom a run draws


def test_the_largest_are_in_every_sample_and_stand_for_themselves() -> None:
    largest = set(largest_first("england")[: 500 // CERTAIN].tolist())
    for seed in range(3):
        rows, weight = sampled(500, seed)
        one = weight == 1.0
        assert set(rows[one].tolist()) == largest and len(set(rows.tolist())) == 500
        assert weight.sum() == pytest.approx(len(home().register().sites))
        assert len(set(weight[~one].tolist())) == 1


def test_weighted_totals_hardly_hang_on_the_sample() -> None:
    register, totals, plain = home().register(), [], []
    for seed in range(12):
        rows, weight = sampled(2000, seed)
        columns = (register.sites, register.persons, register.staff)
        by_setting = [(register.setting == code).astype(float) for code in range(4)]
        totals.append([(weight * np.asarray(one)[rows]).sum() / np.sum(one) for one in (*columns, *by_setting)])
        anybody = np.random.default_rng(seed).choice(len(register.sites), 2000, replace=False)
        plain.append([np.asarray(one)[anybody].mean() / np.mean(one) for one in (*columns, *by_setting)])
    mean, spread = np.mean(totals, axis=0), np.std(totals, axis=0)
    assert np.abs(mean - 1).max() < 0.01, mean
    assert (spread[:3] < 0.02).all() and (spread[3:] < 0.02).all(), spread
    assert (spread < np.std(plain, axis=0) / 2).all(), (spread, np.std(plain, axis=0))


def test_weights_of_a_run_add_up_to_the_number_of_its_providers() -> None:
    prepared = prepare(providers=777, months=1, switches=Switches.of(entry=False))
    weights = prepared.state.providers["weight"]
    assert weights.sum() == 777 * WEIGHT and weights.min() >= 1
    assert (whole_weights(prepared.population) == weights).all()
    exact = prepared.population.weight * (777 * WEIGHT / prepared.population.weight.sum())
    assert np.abs(weights - exact).max() < 1
    country = len(home().register().sites)
    assert prepared.frame.settled[0].represents == pytest.approx(country / 777)


# What cannot be


LIMITS = [
    ("renewal_month = 6", "renewal_month = 0", "the renewal month is 0: it must be from 1 to 12"),
    ("renewal_month = 6", "renewal_month = 13", "the renewal month is 13: it must be from 1 to 12"),
    ("lapse = { value = 0.1", "lapse = { value = -0.1", "attribute lapse is -0.1: it must be from 0 to 10"),
    (
        "lapse = { value = 0.1",
        'setup_person = { value = -5, grade = "D", source = "assumption" }\nlapse = { value = 0.1',
        "attribute setup_person is -5: it must be from 0 to 100000 GBP/person",
    ),
    ("setup_site = { value = 60", "setup_site = { value = -60", "attribute setup_site is -60: it must be from 0"),
    (
        "lapse = { value = 0.1",
        'council_share = { value = 1.5, grade = "D", source = "assumption" }\nlapse = { value = 0.1',
        "attribute council_share is 1.5: it must be from 0 to 1 share",
    ),
    ("implementation_pace = { value = 4", "implementation_pace = { value = 0", "attribute implementation_pace is 0"),
    ('reputation = "confirmed"', 'reputation = "rumoured"', "reputation"),
]


@pytest.mark.parametrize(("before", "after", "told"), LIMITS)
def test_a_file_of_an_innovation_that_cannot_be_is_refused_in_a_sentence(
    before: str, after: str, told: str, tmp_path: Path
) -> None:
    text = (home().innovations / "dspt.toml").read_text(encoding="utf-8")
    assert text.count(before) == 1
    file = tmp_path / "yearly.toml"
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(BadInputError, match=re.escape(told)) as refusal:
        read_innovation(file)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([("2026-01", "homecare", 0.6)], "net entry of homecare is 0.6: it must be from -0.5 to 0.5 a year"),
        ([("2026-01", "homecare", -0.51)], "net entry of homecare is -0.51"),
        ([("2026-01", "homecare", float("nan"))], "net entry of homecare is nan"),
        ([("2026-01", "homecare", "much")], "net entry of homecare is 'much'"),
        ([("2026-01", "home care", 0.1)], "setting of net entry is 'home care': did you mean 'homecare'"),
        ([("2026-1", "homecare", 0.1)], "2026-1"),
        ([("2026-02", "homecare", 0.1)], "begins in 2026-02, after the start in 2026-01: a series has no gaps"),
        ([("2026-01", "homecare", 0.1)] * 2, "net entry of homecare is given twice for 2026-01"),
    ],
)
def test_net_entry_that_cannot_be_is_refused_in_a_sentence(points: list[tuple[str, str, Any]], told: str) -> None:
    with pytest.raises(BadInputError, match=re.escape(told)) as refusal:
        simulate(providers=50, months=1, conditions=Conditions(net_entry=tuple(points)))
    assert "\n" not in str(refusal.value) and str(refusal.value).endswith((".", "?"))


def test_the_library_names_what_is_confirmed_and_what_is_renewed() -> None:
    assert [one.name for one in find(tuple(library())) if one.file.renewal_month] == ["dspt"]
    for name, one in library().items():
        assert one.attributes.lapse == 0 or one.file.renewal_month, name
        assert not (one.file.control and one.file.reputation == "confirmed"), name


def test_who_has_no_skill_and_needs_none_goes_on_at_the_usual_rate() -> None:
    terms = implementation.routine_terms(2.0, 0.5, 0.5, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0)
    assert implementation.routine_hazard(0.1, terms) == pytest.approx(0.1 * 0.75)


def test_the_list_of_candidates_has_room_for_the_most_that_can_be_drawn() -> None:
    help_at_most = sum(entries(Policy)[name].about.high for name in ("brokerage", "learning_collaborative"))
    assert entries(Parameters)["candidates"].about.high * (1 + help_at_most) == MOST_CANDIDATES
