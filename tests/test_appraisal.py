"""Appraisal: worked examples whose answer is published, and what must hold whatever the sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carespread.model import BadInputError
from carespread.results.statistics import appraisal, worth
from carespread.results.statistics.appraisal import Accounts, Appraised, Assumptions

FACTORS = {1: 0.9662, 5: 0.8420, 10: 0.7089, 20: 0.5026, 30: 0.3563}
"""Discount factors of the Green Book at 3.5 % (annex 6)."""
HEALTH = {1: 0.9852, 5: 0.9283, 10: 0.8617, 30: 0.6398}
"""The same at 1.5 %."""


def option(outcome: list[float], programme: list[float], handed_on: float = 0.0, provider: float = 0.0) -> Appraised:
    gained = np.array(outcome)
    return Appraised(gained, np.array(programme), np.full(len(gained), handed_on), np.full(len(gained), provider),
                     gained / 10, gained / 5)  # fmt: skip


@pytest.mark.parametrize(("rate", "factors"), [(0.035, FACTORS), (0.015, HEALTH)])
def test_discount_factors_are_those_of_the_green_book(rate: float, factors: dict[int, float]) -> None:
    for year, factor in factors.items():
        flow = np.zeros(year + 1)
        flow[year] = 1.0
        assert round(float(appraisal.present(flow, rate)), 4) == factor


@pytest.mark.parametrize(("first", "yearly", "answer"), [(-10.0, 2.5, -0.82), (-5.0, 1.5, 0.51)])
def test_the_two_options_of_the_green_book(first: float, yearly: float, answer: float) -> None:
    # GBP million; an outlay now against four years of benefits (Green Book, annex on discounting: options A and B)
    assert round(float(appraisal.present([first] + 4 * [yearly], 0.035)), 2) == answer


def test_the_documented_examples_of_numpy_financial() -> None:
    assert float(appraisal.present([-15000, 1500, 2500, 3500, 4500, 6000], 0.05)) == pytest.approx(122.89, abs=0.005)
    assert float(appraisal.present([-40_000, 5_000, 8_000, 12_000, 30_000], 0.08)) == pytest.approx(3065.22267)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0, 0.2))
def test_present_values_add_up_and_later_is_worth_less(flow: list[float], rate: float) -> None:
    one = np.array(flow)
    together = appraisal.present([one, 2 * one], rate)
    assert together[1] == pytest.approx(2 * together[0], abs=1e-6)
    assert float(appraisal.present(one, 0.0)) == pytest.approx(one.sum(), abs=1e-6)
    assert float(appraisal.present(np.abs(one), rate)) <= np.abs(one).sum() + 1e-6
    assert appraisal.delayed(one, len(one)).sum() == 0


def test_parts_are_taken_where_they_are_there_and_balance_with_the_whole() -> None:
    parts = {name: np.array([[float(number), 1.0]]) for number, name in enumerate(appraisal.PAYERS)}
    found = appraisal.accounts(parts)
    assert found.handed_on.tolist() == [[0 + 1 + 2, 3.0]]
    assert found.public.tolist() == [[0 + 1 + 2 + 3, 4.0]] and found.provider.tolist() == [[4 + 5 + 6 + 7, 4.0]]
    assert found.total.tolist() == [[28.0, 8.0]]
    whole = appraisal.accounts({"cost_public": [1.0], "cost_provider": [2.0], "cost_compliance": [9.0]})
    assert whole.total.tolist() == [3.0] and whole.handed_on.tolist() == [0.0], "one part alone is not all of them"
    with pytest.raises(BadInputError, match="cost_provider"):
        appraisal.accounts({"cost_public": [1.0]})


def test_bias_and_unit_cost_leave_alone_what_is_handed_on() -> None:
    paid = Accounts(np.array([[100.0]]), np.array([[-30.0]]), np.array([[60.0]]))
    made = appraisal.appraised([[5.0]], paid, [2.0], [3.0], Assumptions(optimism_bias=0.5), unit_cost=[2.0])
    assert made.programme.tolist() == [40 * 2 * 1.5] and made.handed_on.tolist() == [60.0]
    assert made.public.tolist() == [180.0] and made.total.tolist() == [150.0]
    half = appraisal.appraised([[5.0]], paid, [2.0], [3.0], Assumptions(take_up=0.5))
    full = appraisal.appraised([[5.0]], paid, [2.0], [3.0])
    for one, other in zip(half, full, strict=True):
        assert one == pytest.approx(other / 2)
    for wrong in (Assumptions(take_up=1.1), Assumptions(cost_rate=0.21), Assumptions(benefit_rate=-0.01)):
        with pytest.raises(BadInputError, match="it must be from 0 to"):
            appraisal.appraised([[5.0]], paid, [2.0], [3.0], wrong)


def test_unit_costs_are_one_draw_for_every_option_and_within_a_factor_of_two() -> None:
    many = appraisal.unit_cost_factors(["training", "campaign"], 20_000)
    assert np.median(many["training"]) == pytest.approx(1, rel=0.02)
    within = np.mean((many["training"] > 0.5) & (many["training"] < 2))
    assert within == pytest.approx(0.95, abs=0.005)
    alone = appraisal.unit_cost_factors(["campaign"], 20_000)
    assert (alone["campaign"] == many["campaign"]).all() and (many["campaign"] != many["training"]).any()


def test_a_range_of_take_up_and_delay_has_every_part_of_it_once() -> None:
    assumed = Assumptions(take_up=(0.5, 0.9), delay=(0, 2))
    made = appraisal.drawn(assumed, 300, seed=4)
    assert np.histogram(made["take_up"], np.linspace(0.5, 0.9, 11))[0].tolist() == [30] * 10
    assert np.bincount(made["delay"].astype(int)).tolist() == [100, 100, 100]
    assert abs(np.corrcoef(made["take_up"], made["delay"])[0, 1]) < 0.2
    again, other = appraisal.drawn(assumed, 300, seed=4), appraisal.drawn(assumed, 300, seed=5)
    assert (made["take_up"] == again["take_up"]).all() and (made["take_up"] != other["take_up"]).any()
    fixed = appraisal.drawn(Assumptions(take_up=0.6, delay=1), 3)
    assert fixed["take_up"].tolist() == [0.6] * 3 and fixed["delay"].tolist() == [1] * 3
    assert assumed.middle == Assumptions(take_up=0.7, delay=1) and assumed.ranges == ("take_up", "delay")
    paid = Accounts(np.array([[100.0]]), np.array([[0.0]]), np.array([[0.0]]))
    with pytest.raises(BadInputError, match="take-up is a range"):
        appraisal.appraised([[5.0]], paid, [2.0], [3.0], assumed)


def test_each_draw_has_its_own_delay_whatever_its_runs() -> None:
    yearly = np.arange(1.0, 13.0).reshape(2, 2, 3)  # draws, runs, years
    made = appraisal.delayed(yearly, [0, 2])
    assert (made[0] == yearly[0]).all() and made[1].tolist() == [[0, 0, 7], [0, 0, 10]]
    paid = Accounts(*(np.zeros((2, 2, 3)) for _ in range(3)))
    one = appraisal.appraised(yearly, paid, [[1.0]], [[1.0]], Assumptions(benefit_rate=0.0), delay=[0, 2])
    assert one.outcome.tolist() == [[6, 15], [7, 10]]


def test_weights_stand_beside_what_is_not_weighted() -> None:
    one = option([10.0, 30.0], [40.0, 40.0], provider=10.0)
    usual, weighted = (appraisal.summary(one, 10.0, weight=weight) for weight in (1.0, 2.0))
    assert {name: weighted[name] for name in usual} == pytest.approx(usual, nan_ok=True)
    assert set(weighted) - set(usual) == {
        f"weighted_{what}{end}" for what in ("break_even", "net_benefit") for end in ("", "_low", "_high")
    }
    assert weighted["weighted_break_even"] == pytest.approx(float(usual["break_even"]) / 2)
    assert weighted["weighted_net_benefit"] == pytest.approx(2 * 10 * 20 - 50)
    assert appraisal.distributional_weight(0.6, 1.0) == pytest.approx(0.6**-1.3)


@given(st.lists(st.floats(1, 1e4), min_size=3, max_size=40), st.floats(1, 1e4))
def test_at_its_switching_value_an_option_is_worth_nothing(outcome: list[float], cost: float) -> None:
    one = option(outcome, [cost] * len(outcome), handed_on=3.0, provider=-1.0)
    middle, low, high = appraisal.switching_worth(one)
    assert appraisal.npsv(one, middle).mean() == pytest.approx(0, abs=1e-6 * cost)
    assert appraisal.benefit_cost_ratio(one, middle) == pytest.approx(1)
    assert 0 <= low <= high
    assert np.mean(appraisal.npsv(one, low * 1.001) >= 0) >= appraisal.TAIL
    assert np.mean(appraisal.npsv(one, high * 1.001) >= 0) >= 1 - appraisal.TAIL
    factor = appraisal.switching_unit_cost(one, 2 * middle)
    assert 2 * middle * one.outcome.mean() == pytest.approx(factor * cost + 2.0)


def test_what_saves_breaks_even_at_nothing_and_what_harms_never() -> None:
    assert appraisal.switching_worth(option([5.0, 6.0], [-1.0, -2.0])) == (0.0, 0.0, 0.0)
    assert appraisal.switching_worth(option([-5.0, -6.0], [1.0, 2.0])) == (math.inf,) * 3
    row = appraisal.summary(option([5.0, -6.0], [1.0, 2.0]))
    assert math.isnan(float(row["cost_per_person_month"])) and math.isnan(float(row["net_benefit"]))


def test_a_ratio_over_public_money_takes_providers_cost_off_the_benefit() -> None:
    one = option([10.0, 10.0], [40.0, 40.0], provider=10.0)
    assert appraisal.benefit_cost_ratio(one, 10.0) == pytest.approx(100 / 50)
    assert appraisal.benefit_cost_ratio(one, 10.0, of_public=True) == pytest.approx(90 / 40)


@pytest.mark.parametrize(
    ("ratio", "grade", "words"),
    [(-0.1, "B", "very poor"), (0.9, "B", "poor"), (1.2, "A", "low"), (1.5, "C", "medium"), (2.0, "B", "high"),
     (9.0, "B", "very high"), (9.0, "D", "not assessed"), (math.nan, "A", "not assessed")],
)  # fmt: skip
def test_classes_of_value_for_money(ratio: float, grade: str, words: str) -> None:
    assert appraisal.value_for_money(ratio, grade) == words


def test_deadweight_is_said_in_pence() -> None:
    assert "73 pence" in appraisal.deadweight_words(25.9e6, -18.9e6)
    assert appraisal.deadweight_words(25.9e6, 1e6) == "" and appraisal.deadweight_words(0.0, -5.0) == ""
    assert appraisal.replaced(1.0, -9.0) == 1.0


def test_anchors_say_what_share_full_benefit_would_need() -> None:
    assert worth.ANCHORS["NICE"].a_month == (20_000 / 12, 2500)
    for one in worth.ANCHORS.values():
        low, high = one.a_month
        assert worth.share_needed(high, one) == pytest.approx(1) and 0 < low <= high
        assert one.source and one.address.startswith("https://") and one.prices
    with pytest.raises(BadInputError, match="from 0 on"):
        worth.share_needed(-1.0, worth.ANCHORS["ASCOT"])
