"""Money, markets and who leaves: accounts to the penny, every provider and every month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from carespread.model import Conditions, Lever, Parameters, Policy, Shock, Switches, prepare, simulate
from carespread.model.innovations import DEFAULT
from carespread.model.mechanisms.finance import LEAST_SLACK, MOST_SLACK, pence
from carespread.model.mechanisms.movements import occupancy
from carespread.model.population.country import home
from carespread.model.simulate import Prepared
from carespread.model.state import EXITS, HELD, PAID, PAID_PROVIDER, PAID_PUBLIC, RECEIVED, TAKEN, WEIGHT
from carespread.model.step import advance_month, remember_start
from carespread.model.table import PARTS

PROVIDERS, MONTHS = 250, 24
STORMY = Conditions(
    levers=(
        Lever("grant", 0.6, "2026-03", "2027-02"),
        Lever("fair_pay", 0.06, "2026-06"),
        Lever("training", 0.05, "2026-02"),
    ),
    shocks=(Shock("pandemic", "2026-06", end="2027-01"), Shock("wage_step", "2026-04"), Shock("insolvency", "2026-09")),
)
MOVING = Parameters.of(movement_growth=0.2, demand_effect=0.5, inspection_rate=0.1)


def months_of(prepared: Prepared) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield each month's number when it has passed, slack and weights before it, and which rows hold the same provider
    as before.
    """
    remember_start(prepared.frame, prepared.state, prepared.record)
    for month in range(prepared.record.counts.shape[0] - 1):
        slack, providers = prepared.state.rows["slack"].copy(), prepared.state.providers.copy()
        advance_month(prepared.frame, prepared.state, prepared.record, month)
        stayed = (prepared.state.providers["id"] == providers["id"]) & (providers["weight"] > 0)
        yield month, slack, providers["weight"], stayed


@pytest.mark.parametrize("conditions", [Conditions(), STORMY], ids=["calm", "stormy"])
def test_what_comes_in_is_what_goes_out_and_what_stays_to_the_penny(conditions: Conditions) -> None:
    prepared = prepare(MOVING, Policy.of(), providers=PROVIDERS, months=MONTHS, conditions=conditions)
    refused, opened = 0, 0
    for month, slack, weights, stayed in months_of(prepared):
        rows, flows = prepared.state.rows, prepared.record.flows[month + 1, 0]
        left = rows["received"] - rows["paid"] - rows["taken"]
        change = (rows["slack"] - slack) * prepared.state.traits["cost"] * 100
        assert np.abs(change - left)[stayed].max() < 1.0, f"month {month}: pence went astray"
        for column, kind in (("received", RECEIVED), ("paid", PAID), ("taken", TAKEN)):
            assert flows[kind] == (weights * rows[column]).sum()
        assert (rows["slack"] >= LEAST_SLACK).all() and (rows["slack"] <= MOST_SLACK).all()
        refused += int((rows["taken"] < 0).sum())
        assert (left != 0)[weights > 0].mean() > 0.5
        opened += int(((weights == 0) & (prepared.state.providers["weight"] > 0)).sum())
    assert opened > 0  # newcomers keep accounts too, from the month after they opened
    assert refused > 0 or conditions == Conditions()  # in a storm somebody's owners put money in


@pytest.mark.parametrize("innovations", [DEFAULT, ("homeshare", "local_area_coordination", "shared_lives")])
def test_what_innovations_cost_is_booked_once(innovations: tuple[str, ...]) -> None:
    # without wages, pandemics or custom that move, all that is paid beyond the usual cost is paid for innovations;
    # and nobody closes, for what an entrant opens with is paid by those who found it
    prepared = prepare(
        Parameters.of(base_awareness=0.1, attention=0.3),
        Policy.of(grant=0.4),
        providers=PROVIDERS,
        months=MONTHS,
        innovations=innovations,
        switches=Switches.of(market=False, exit=False),
    )
    total = 0
    for month, _, weights, stayed in months_of(prepared):
        assert (stayed == (weights > 0)).all()
        usual = np.array([pence(cost) for cost in prepared.state.traits["cost"]])
        spent = int((weights * (prepared.state.rows["paid"] - usual))[stayed].sum())
        opened = prepared.state.providers["weight"] > weights
        booked = int(prepared.record.sums[month + 1, 0, :, PAID_PROVIDER].sum())
        if not (prepared.state.pairs["sites_in_use"][opened] > 0).any():
            assert booked == spent, f"month {month}"
            total += abs(booked)
    assert total > 0 and prepared.record.sums[..., PAID_PUBLIC].sum() > 0


def paid_for(policy: Policy, **changes: float) -> pd.DataFrame:
    """Return what is paid a month for all innovations together, by part, under a policy."""
    run = simulate(Parameters.of(**changes), policy, providers=PROVIDERS, months=MONTHS, seed=4)
    monthly = run.monthly[run.monthly["group"] == "all"]
    return monthly.groupby("month")[[name for name in monthly if name.startswith("cost_")]].sum()


@pytest.mark.parametrize("policy", [{}, {"fair_pay": 0.1}, {"enforcement": 0.5, "grant": 0.4, "training": 0.05}])
def test_parts_of_cost_add_up_to_what_each_payer_pays(policy: dict[str, float]) -> None:
    paid = paid_for(Policy.of(**policy), pay_funded=0.4)
    public = ["cost_setup_public", "cost_running_public", "cost_wages_public", "cost_administration"]
    provider = ["cost_setup_provider", "cost_running_provider", "cost_wages_provider", "cost_compliance"]
    assert paid[public].sum(axis=1).to_numpy() == pytest.approx(paid["cost_public"].to_numpy(), abs=0.01)
    assert paid[provider].sum(axis=1).to_numpy() == pytest.approx(paid["cost_provider"].to_numpy(), abs=0.01)
    whole = paid["cost_public"] + paid["cost_provider"]
    assert whole.to_numpy() == pytest.approx(paid["cost_total"].to_numpy(), abs=0.01)
    booked = {name for name in PARTS if paid[name].abs().sum() > 0}
    moved = {
        "fair_pay": {"cost_wages_public", "cost_wages_provider"},
        "enforcement": {"cost_compliance"},
        "training": {"cost_administration"},
    }
    expected = set().union(*(parts for lever, parts in moved.items() if lever in policy))
    assert (
        booked - {"cost_setup_public", "cost_setup_provider", "cost_running_public", "cost_running_provider"}
        == expected
    )


def test_better_pay_costs_what_wages_rise_by_and_fees_meet_their_share() -> None:
    sector = prepare(policy=Policy.of(fair_pay=0.06), providers=PROVIDERS, months=1, seed=4)
    bill = (sector.state.traits["cost"] * sector.state.providers["weight"]).sum() / WEIGHT
    bill *= sector.frame.settled[0].represents * Parameters().labour_share
    for funded in (0.0, 0.75):
        first = paid_for(Policy.of(fair_pay=0.06), pay_funded=funded).iloc[1]
        rise = 0.94 ** -Parameters().pay_cost - 1
        assert first["cost_wages_public"] + first["cost_wages_provider"] == pytest.approx(bill * rise, rel=1e-6)
        assert first["cost_wages_public"] == pytest.approx(funded * bill * rise, rel=1e-6)
    assert 0.5e9 < 12 * bill * rise < 5e9  # a tenth more on England's care wages is billions a year


def test_who_must_obey_pays_for_it_and_who_need_not_does_not() -> None:
    ordered, left_alone = (paid_for(Policy.of(enforcement=on)) for on in (0.5, 0.0))
    assert (left_alone["cost_compliance"] == 0).all() and (ordered["cost_compliance"].iloc[1:] > 0).all()
    once, twice = (paid_for(Policy.of(enforcement=0.5), compliance_cost=cost) for cost in (50.0, 100.0))
    assert twice["cost_compliance"].iloc[1] == pytest.approx(2 * once["cost_compliance"].iloc[1])


def test_shares_of_every_market_sum_to_one() -> None:
    prepared = prepare(MOVING, Policy.of(), providers=PROVIDERS, months=MONTHS, conditions=STORMY)
    frame, state = prepared.frame, prepared.state
    where = (state.providers["area"], state.providers["setting"])
    most, moved = 0.0, 0
    for _, _, weights, _ in months_of(prepared):
        # newcomers bring self-funders of their own into a market, and whom nobody follows takes them away
        changed = np.zeros(state.market.shape, bool)
        changed[tuple(code[state.providers["weight"] != weights] for code in where)] = True
        moved += int(changed.sum())
        at_start = np.where(changed[where], 0, weights * frame.founders["self_funders"])
        now = np.array([occupancy(frame, state, i) for i in range(len(weights))]) * at_start
        held, first = np.zeros(state.market.shape), np.zeros(state.market.shape)
        np.add.at(held, where, now)
        np.add.at(first, where, at_start)
        assert held[first > 0] == pytest.approx(first[first > 0], rel=1e-12)  # each market keeps its self-funders
        most = max(most, float(np.abs(now / np.maximum(1, at_start) - 1)[at_start > 0].max()))
    assert moved > 0 and most > 0.1  # and some providers win them from others


def test_each_setting_closes_as_often_as_the_register_and_the_sector_grows_as_it_did() -> None:
    runs = [simulate(providers=2000, months=60, seed=seed, groups=("setting",)) for seed in range(1, 9)]
    country = home()
    declared = 12 * Parameters().exit_rate * np.array(country.closures)
    found, homes = np.zeros((8, 4)), np.zeros(8)
    for number, run in enumerate(runs):
        monthly = run.monthly[run.monthly["innovation"] == run.monthly["innovation"].iloc[0]]
        everyone = monthly[monthly["group"] == "all"]
        assert everyone["exits"].sum() == run.record.flows[..., EXITS].sum() / WEIGHT
        assert everyone["providers"].iloc[0] == 2000 and everyone["providers"].iloc[-1] > 2000
        closed, there = run.record.flows[1:, :, EXITS].sum(axis=0), run.record.flows[:-1, :, HELD].sum(axis=0) / 12
        found[number], homes[number] = closed / there, closed[:2].sum() / there[:2].sum()
    assert found.mean(axis=0) == pytest.approx(declared, rel=0.2)
    assert homes.mean() == pytest.approx(12 * Parameters().exit_rate, rel=0.15)
