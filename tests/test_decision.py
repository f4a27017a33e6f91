"""Statistics of decisions: what algebra gives, and what must hold for any input."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carespread.model import BadInputError
from carespread.results.statistics import decision, equity

NUMBERS = st.floats(-1e6, 1e6, width=32)
BENEFITS = st.integers(1, 30).flatmap(
    lambda draws: st.integers(1, 5).flatmap(lambda options: arrays(float, (draws, options), elements=NUMBERS))
)


@given(BENEFITS)
def test_information_is_never_worth_less_than_nothing_and_chances_add_to_one(benefit: np.ndarray) -> None:
    value = decision.evpi(benefit)
    assert value >= -1e-6
    assert decision.chance_best(benefit).sum() == pytest.approx(1)
    regret = decision.mean_regret(benefit)
    assert (regret >= 0).all() and regret.min() == pytest.approx(value, abs=1e-3)


@settings(deadline=None)  # the first call loads scipy
@given(arrays(float, st.integers(2, 40), elements=NUMBERS))
def test_an_interval_holds_its_mean_and_shrinks_with_pairs(values: np.ndarray) -> None:
    one, more = decision.paired_interval(values), decision.paired_interval(np.tile(values, 4))
    assert one.low <= one.mean <= one.high
    assert more.high - more.low <= one.high - one.low + 1e-9
    assert decision.paired_interval(np.append(values, np.nan)) == one


def test_groups_that_vary_alike_lend_each_other_their_spread() -> None:
    random = np.random.default_rng(4)
    groups = [random.normal(mean, 2, 3) for mean in range(40)]
    spread = decision.pooled_spread([*groups, np.zeros(3), [], [5.0]])
    assert spread.free == 80 and spread.deviation == pytest.approx(2, rel=0.2)
    intervals = [decision.paired_interval(one, spread=spread) for one in groups]
    held = [one.low <= mean <= one.high for mean, one in enumerate(intervals)]
    assert sum(held) >= 34  # 38 are expected
    widths = np.array([one.high - one.low for one in intervals])
    assert np.ptp(widths) < 1e-9 and widths[0] < np.mean([np.ptp(decision.paired_interval(one)[1:3]) for one in groups])
    # what never varies is known for sure
    assert decision.paired_interval(np.zeros(3), spread=spread)[:3] == (0, 0, 0)


def test_pairs_that_are_needed_give_the_width_that_was_wanted() -> None:
    values = np.random.default_rng(1).normal(3, 2, 50)
    needed = decision.replications_needed(values, 0.2)
    assert needed is not None
    interval = decision.paired_interval(np.random.default_rng(2).normal(3, values.std(ddof=1), needed))
    assert (interval.high - interval.low) / 2 == pytest.approx(0.2, rel=0.15)
    assert decision.replications_needed(np.full(5, 2.0), 0.1) == 2
    assert decision.replications_needed(values, 1e-12) is None
    assert decision.replications_needed([1.0], 1.0) is None
    with pytest.raises(BadInputError, match="half width"):
        decision.replications_needed(values, 0.0)


def test_common_random_numbers_save_what_correlation_says() -> None:
    noise = np.random.default_rng(3).normal(0, 1, (2, 20_000))
    one, other = noise[0], 0.8 * noise[0] + 0.6 * noise[1]  # correlation .8, both of variance 1
    assert decision.saved_by_common_numbers(one, other) == pytest.approx(1 / (1 - 0.8), rel=0.03)
    assert decision.saved_by_common_numbers(one, noise[1]) == pytest.approx(1, rel=0.03)


def test_what_cannot_change_a_decision_is_worth_nothing() -> None:
    draws = np.random.default_rng(4).normal(0, 1, (4000, 2))
    benefit = np.column_stack([np.zeros(4000), 10 + draws[:, 0]])  # better whatever is known
    assert decision.evppi(benefit, draws[:, 0]) == pytest.approx(0, abs=1e-6)
    matters = np.column_stack([np.zeros(4000), draws[:, 0]])
    inert, known = decision.evppi(matters, draws[:, 1]), decision.evppi(matters, draws[:, 0])
    assert inert < 0.1 * known and known == pytest.approx(decision.evpi(matters), rel=0.02)
    assert decision.evppi(matters, np.ones(4000)) == 0


def test_chance_is_taken_off_what_could_be_known() -> None:
    random = np.random.default_rng(5)
    drawn = np.column_stack([np.zeros(4000), random.normal(0, 1, 4000)])
    runs = drawn[:, None, :] + random.normal(0, 0.6, (4000, 2, 2)) * [0, 1]
    true = 1 / math.sqrt(2 * math.pi)  # of a standard normal against 0: .399
    assert decision.evpi(runs.mean(axis=1)) > 1.05 * true, "chance counts as information"
    assert decision.evpi(decision.without_chance(runs)) == pytest.approx(true, rel=0.03)
    one_run = decision.without_chance(runs, kept=1.0)
    assert one_run[:, 1].var() == pytest.approx(1 + 0.6**2, rel=0.05)
    assert one_run.mean(axis=0) == pytest.approx(runs.mean(axis=(0, 1)))
    assert (one_run[:, 0] == 0).all()
    pairs = decision.without_chance(runs[:1, :1].repeat(20, axis=1) + random.normal(0, 1, (1, 20, 2)), kept=0.25)
    assert len(pairs) == 20 and pairs.std() < 0.8
    with pytest.raises(BadInputError, match="two replications"):
        decision.without_chance(runs[:, :1])


def test_two_numbers_that_act_together_are_worth_what_they_are() -> None:
    draws = np.random.default_rng(6).normal(0, 1, (4000, 3))
    benefit = np.column_stack([np.zeros(4000), draws[:, 0] * draws[:, 1]])
    true = 1 / math.pi  # E max(0, x y) of standard normals: .318
    assert decision.evppi(benefit, draws[:, :2]) == pytest.approx(true, rel=0.03)
    assert decision.evppi(benefit, draws[:, 0]) < 0.1 * true
    few = decision.evppi(benefit[:96], draws[:96, :2])
    assert few == pytest.approx(decision.evpi(benefit[:96]), rel=0.35), "so few draws still see it"
    assert decision.evppi(benefit, draws[:, 1:]) < 0.1 * true
    with pytest.raises(BadInputError, match="at most 2"):
        decision.evppi(benefit, draws)


def test_the_frontier_leaves_out_what_is_dominated() -> None:
    #               nothing  mixed out  cheap and good  dear and better  dear and worse
    places = decision.cost_effectiveness([0, 1, 2, 3, 2.5], [0, 10, 15, 40, 60])
    assert [one.verdict for one in places] == [
        "on the frontier", "extendedly dominated", "on the frontier", "on the frontier", "dominated",
    ]  # fmt: skip
    assert [one.ratio for one in places if not math.isnan(one.ratio)] == [7.5, 25.0]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_ratios_rise_along_the_frontier(options: list[tuple[float, float]]) -> None:
    outcomes, costs = zip(*options, strict=True)
    places = decision.cost_effectiveness(outcomes, costs)
    on = sorted((costs[one.option], one.ratio) for one in places if one.verdict == "on the frontier")
    ratios = [ratio for _, ratio in on if not math.isnan(ratio)]
    assert len(on) >= 1 and len(ratios) == len(on) - 1
    assert all(before <= after * (1 + 1e-9) + 1e-9 for before, after in itertools.pairwise(ratios))


def test_variance_goes_to_where_it_was_put() -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(0, 3, (2000, 1)) + rng.normal(0, 1, (2000, 4))
    structures = rng.normal(0, 2, (2000, 1)) + rng.normal(0, 1, (2000, 4))
    shares = decision.variance_by_source(points, structures)
    assert shares.parameters == pytest.approx(9 / 14, abs=0.03)
    assert shares.structure == pytest.approx(4 / 14, abs=0.03)
    assert sum(shares) == pytest.approx(1)


@given(
    arrays(float, 12, elements=st.floats(0, 1)),
    st.permutations(range(12)),
    st.floats(0.1, 10),
)
def test_concentration_does_not_depend_on_order_or_scale_of_weights(
    shares: np.ndarray, order: list[int], scale: float
) -> None:
    ranks, weights = np.arange(12), np.linspace(1, 3, 12)
    one = equity.concentration(shares, ranks, weights)
    other = equity.concentration(shares[order], ranks[order], scale * weights[order])
    assert other == pytest.approx(one, nan_ok=True, abs=1e-9)
    assert -1 - 1e-9 <= one.erreygers <= 1 + 1e-9
    mirrored = equity.concentration(1 - shares, ranks, weights)
    assert mirrored.erreygers == pytest.approx(-one.erreygers, abs=1e-9)  # counting absence only turns the sign


@pytest.mark.parametrize(
    ("shares", "order", "weights", "words"),
    [
        ([0.5, 2.0], [1, 2], None, "from 0 to 1"),
        ([0.5], [1, 2], None, "lengths"),
        ([0.5, 0.5], [1, 2], [0, 0], "sum to 0"),
        ([float("nan")], [1], None, "from 0 to 1"),
    ],
)
def test_what_is_no_distribution_is_refused(
    shares: list[float], order: list[float], weights: list[float] | None, words: str
) -> None:
    with pytest.raises(BadInputError, match=words):
        equity.concentration(shares, order, weights)
