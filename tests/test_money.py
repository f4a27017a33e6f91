"""Money, markets and who leaves: accounts to the penny, every provider and every month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from carespread.model import Conditions, Lever, Parameters, Policy, Shock, Switches, prepare, simulate
from carespread.model.mechanisms.finance import LEAST_SLACK, MOST_SLACK, pence
from carespread.model.mechanisms.movements import occupancy
from carespread.model.simulate import Prepared
from carespread.model.state import EXITS, PAID, PAID_PROVIDER, PAID_PUBLIC, RECEIVED, TAKEN
from carespread.model.step import advance_month, remember_start

PROVIDERS, MONTHS = 250, 24
STORMY = Conditions(
    levers=(
        Lever("grant", 0.6, "2026-03", "2027-02"),
        Lever("fair_pay", 0.5, "2026-06"),
        Lever("training", 0.05, "2026-02"),
    ),
    shocks=(Shock("pandemic", "2026-06", end="2027-01"), Shock("wage_step", "2026-04"), Shock("insolvency", "2026-09")),
)
MOVING = Parameters.of(movement_growth=0.2, demand_effect=0.5, inspection_rate=0.1)


def months_of(prepared: Prepared) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each month's number when it has passed, the slack before it, and which rows are still the same provider."""
    remember_start(prepared.frame, prepared.state, prepared.record)
    for month in range(prepared.record.counts.shape[0] - 1):
        before = prepared.state.rows["slack"].copy(), prepared.state.providers["id"].copy()
        advance_month(prepared.frame, prepared.state, prepared.record, month)
        yield month, before[0], prepared.state.providers["id"] == before[1]


@pytest.mark.parametrize("conditions", [Conditions(), STORMY], ids=["calm", "stormy"])
def test_what_comes_in_is_what_goes_out_and_what_stays_to_the_penny(conditions: Conditions) -> None:
    prepared = prepare(MOVING, Policy.of(), providers=PROVIDERS, months=MONTHS, conditions=conditions)
    weights, refused = prepared.state.providers["weight"], 0
    for month, slack, stayed in months_of(prepared):
        rows, flows = prepared.state.rows, prepared.record.flows[month + 1, 0]
        left = rows["received"] - rows["paid"] - rows["taken"]
        change = (rows["slack"] - slack) * prepared.state.traits["cost"] * 100
        assert np.abs(change - left)[stayed].max() < 1.0, f"month {month}: pence went astray"
        for column, kind in (("received", RECEIVED), ("paid", PAID), ("taken", TAKEN)):
            assert flows[kind] == (weights * rows[column]).sum()
        assert (rows["slack"] >= LEAST_SLACK).all() and (rows["slack"] <= MOST_SLACK).all()
        refused += int((rows["taken"] < 0).sum())
        assert (left != 0).mean() > 0.5
    assert refused > 0 or conditions == Conditions()  # in a storm somebody's owners put money in


def test_what_innovations_cost_is_booked_once() -> None:
    # without wages, pandemics or custom that move, all that is paid beyond the usual cost is paid for innovations
    prepared = prepare(
        Parameters.of(), Policy.of(grant=0.4), providers=PROVIDERS, months=MONTHS, switches=Switches.of(market=False)
    )
    weights = prepared.state.providers["weight"]
    checked = 0
    for month, _, stayed in months_of(prepared):
        usual = np.array([pence(cost) for cost in prepared.state.traits["cost"]])
        spent = int((weights * (prepared.state.rows["paid"] - usual))[stayed].sum())
        booked = int(prepared.record.sums[month + 1, 0, :, PAID_PROVIDER].sum())
        checked += int(stayed.all())
        if stayed.all():  # what an entrant opens with is paid by those who found it
            assert booked == spent
    assert checked > 5
    assert prepared.record.sums[..., PAID_PUBLIC].sum() > 0


def test_shares_of_every_market_sum_to_one() -> None:
    prepared = prepare(MOVING, Policy.of(), providers=PROVIDERS, months=MONTHS, conditions=STORMY)
    frame, state = prepared.frame, prepared.state
    at_start = state.providers["weight"] * frame.founders["self_funders"]
    where = (state.providers["area"], state.providers["setting"])
    most = 0.0
    for _ in months_of(prepared):
        now = np.array([occupancy(frame, state, i) for i in range(PROVIDERS)]) * at_start
        held, first = np.zeros(state.market.shape), np.zeros(state.market.shape)
        np.add.at(held, where, now)
        np.add.at(first, where, at_start)
        assert held[first > 0] == pytest.approx(first[first > 0], rel=1e-12)  # each market keeps its self-funders
        most = max(most, float(np.abs(now / np.maximum(1, at_start) - 1)[at_start > 0].max()))
    assert most > 0.1  # and some providers win them from others


def test_about_two_and_a_half_per_cent_of_care_homes_close_a_year_and_as_many_open() -> None:
    runs = [simulate(providers=2000, months=60, seed=seed, groups=("setting",)) for seed in (1, 2)]
    for run in runs:
        monthly = run.monthly[run.monthly["innovation"] == run.monthly["innovation"].iloc[0]]
        everyone = monthly[monthly["group"] == "all"]
        assert (everyone["providers"] == 2000).all()  # who closes is replaced
        assert everyone["exits"].sum() == run.record.flows[..., EXITS].sum()
    yearly = np.mean([run.record.flows[1:, :2, EXITS].sum() for run in runs]) / 5
    homes = np.mean([run.record.counts[0, :2, 0].sum() for run in runs])
    assert 0.02 < yearly / homes < 0.03, f"{yearly / homes:.3f} a year"
