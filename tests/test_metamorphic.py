"""What must not change the run changes nothing, and what must change it does: no oracle is needed for either."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carespread.model import Conditions, Lever, Parameters, Policy, Run, Shock, Switches, prepare, simulate
from carespread.model.declare import Number, entries
from carespread.model.innovations import DEFAULT, Innovation, find
from carespread.model.policy import PER_INNOVATION
from carespread.model.population.network import csr, network_of, with_slots
from carespread.model.randomness import PART, PART_WITH, stream
from carespread.model.simulate import Prepared
from carespread.model.state import (
    ABANDONED,
    AWARE,
    EXPLORING,
    HELD,
    HELD_PEOPLE,
    IMPLEMENTING,
    PAID_PROVIDER,
    PAID_PUBLIC,
    SLACK,
    SUSTAINED,
    TIES,
    UNAWARE,
    WEIGHT,
    Network,
    Places,
    Record,
    State,
)
from carespread.model.step import advance_month, remember_start, run_months
from carespread.model.textbook.cases import bass

PROVIDERS, MONTHS = 250, 18
LEVERS = tuple(Policy._fields)
STRENGTH = {name: min(0.5, entry.about.high) for name, entry in entries(Policy).items()}


def finished(prepared: Prepared, months: int | None = None) -> Record:
    """Return the record of a run that was prepared, after `months` or to its end."""
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_months(prepared.frame, prepared.state, prepared.record, 0, months or prepared.record.counts.shape[0] - 1)
    return prepared.record


def ran(
    parameters: Parameters | None = None,
    policy: Policy | None = None,
    *,
    levers: tuple[Lever, ...] = (),
    conditions: Conditions | None = None,
    **named: Any,
) -> Run:
    """Return a small run."""
    sizes = {"providers": PROVIDERS, "months": MONTHS} | named
    around = (conditions or Conditions())._replace(levers=levers) if levers else conditions
    return simulate(parameters or Parameters.of(), policy or Policy.of(), conditions=around, **sizes)


@cache
def baseline() -> Run:
    return ran()


def same(one: Record, other: Record) -> bool:
    """Return whether two records are equal in every number."""
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def untied(record: Record) -> Record:
    """Return a record that does not tell how many ties there are."""
    flows = record.flows.copy()
    flows[..., TIES] = 0
    return record._replace(flows=flows)


# Nothing in, nothing out


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_of_no_strength_does_nothing_bit_for_bit(name: str) -> None:
    levers = (
        Lever(name, 0.0),
        Lever(name, 0.0, "2026-03", "2026-09", group="small and homecare", unit_cost=500.0),
        Lever(name, 0.0, "2026-02", innovation="dscr" if name in PER_INNOVATION else None, group="london"),
    )
    assert same(ran(levers=levers).record, baseline().record)
    assert same(ran(policy=Policy.of(**{name: 0.0})).record, baseline().record)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_outside_the_run_or_on_nobody_does_nothing(name: str) -> None:
    levers = (
        Lever(name, STRENGTH[name], "2018-01", "2025-12"),
        Lever(name, STRENGTH[name], "2027-07", "2030-01"),
        Lever(name, STRENGTH[name], group="small and large"),
    )
    assert same(ran(levers=levers).record, baseline().record)


@pytest.mark.parametrize("name", LEVERS)
def test_a_standing_policy_is_a_lever_without_dates(name: str) -> None:
    standing = ran(policy=Policy.of(**{name: STRENGTH[name]})).record
    assert same(ran(levers=(Lever(name, STRENGTH[name]),)).record, standing)
    assert same(ran(levers=(Lever(name, STRENGTH[name], "2026-01", "2027-06"),)).record, standing)
    assert not same(standing, baseline().record)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_changes_nothing_before_it_is_pulled(name: str) -> None:
    later = ran(levers=(Lever(name, STRENGTH[name], "2026-10"),)).record
    for mine, theirs in zip(later, baseline().record, strict=True):
        assert np.array_equal(mine[:10], theirs[:10])  # the start and nine months
    assert not same(later, baseline().record)


def test_an_innovation_still_to_come_leaves_the_others_as_they_were() -> None:
    (dscr,) = find("dscr")
    to_come = Innovation("something_to_come", dscr.file.model_copy(update={"start": "2090-01"}), dscr.attributes)
    prepared = prepare(
        Parameters.of(), Policy.of(), providers=PROVIDERS, months=MONTHS, innovations=(*find(DEFAULT), to_come)
    )
    prepared.state.pairs["stage"][:, 4] = UNAWARE
    prepared.state.pairs["sites_in_use"][:, 4] = 0
    record = finished(prepared)
    assert np.array_equal(record.counts[:, :, :4], baseline().record.counts)
    assert np.array_equal(record.sums[:, :, :4], baseline().record.sums)
    assert np.array_equal(record.flows, baseline().record.flows)
    assert (record.counts[:, 0, 4, UNAWARE] == record.flows[:, 0, HELD]).all()


# Order, names and threads


def reordered(prepared: Prepared, order: np.ndarray) -> Prepared:
    """Return the same run with its rows in another order; ids stay with their providers."""
    frame, state, place = prepared.frame, prepared.state, np.argsort(order)
    network = state.network
    rows = [network.partners[network.first[i] : network.first[i] + network.ties[i]] for i in order]
    ties = np.array([len(row) for row in rows], network.ties.dtype)
    tied = with_slots(csr(np.concatenate([[0], np.cumsum(ties)]), ties, place[np.concatenate(rows)]))
    moved = {
        name: getattr(state, name)[order]
        for name in ("providers", "traits", "pairs", "rows", "shares", "capability", "grown", "shown")
    }
    # places name rows in the order of ids: the same providers, wherever their rows are now
    places = Places(*(place[part] if part.size == len(order) else part for part in frame.places))
    newcomers = frame.newcomers._replace(rows=place[frame.newcomers.rows])
    return prepared._replace(
        frame=frame._replace(founders=frame.founders[order], places=places, newcomers=newcomers),
        state=state._replace(**moved, found=state.found[:, order], network=tied),
    )


@pytest.mark.parametrize("norm_form", [0, 1, 2])
def test_the_order_of_providers_changes_nothing(norm_form: int) -> None:
    for seed in (1, 2):
        made = [
            prepare(
                Parameters.of(norm_form=norm_form, norm_threshold=0.3),
                Policy.of(grant=0.3, mandate=0.2),
                providers=PROVIDERS,
                months=30,
                seed=seed,
                groups=("setting", "size"),
            )
            for _ in range(2)
        ]
        order = np.random.default_rng(seed).permutation(len(made[0].state.providers))
        assert len(order) > PROVIDERS  # newcomers too
        moved = reordered(made[1], order)
        assert same(finished(made[0]), finished(moved))
        for name in ("pairs", "rows"):
            assert np.array_equal(getattr(made[0].state, name)[order], getattr(moved.state, name))


def test_the_order_of_innovations_changes_nothing() -> None:
    levers = (Lever("grant", 0.5, innovation="dscr"), Lever("manager_retention", 0.5), Lever("campaign", 0.01))
    straight = ran(levers=levers, months=30).record
    for order in ([3, 2, 1, 0], [1, 3, 0, 2]):
        turned = ran(levers=levers, months=30, innovations=[DEFAULT[j] for j in order]).record
        assert np.array_equal(turned.counts, straight.counts[:, :, order])
        assert np.array_equal(turned.sums, straight.sums[:, :, order])
        assert np.array_equal(turned.flows, straight.flows)


def test_a_tie_between_innovations_is_not_settled_by_their_order() -> None:
    # without noise, twins are worth exactly the same to everybody who is aware of both
    (dspt,) = find("dspt")
    twins = tuple(Innovation(name, dspt.file, dspt.attributes) for name in ("one", "other", "third"))
    records = []
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        prepared = prepare(
            Parameters.of(choice_noise=0.0, attention=0.5, base_awareness=0.3),
            Policy.of(mandate=1.0),
            providers=PROVIDERS,
            months=12,
            innovations=tuple(twins[j] for j in order),
        )
        prepared.state.pairs["stage"], prepared.state.pairs["sites_in_use"] = AWARE, 0
        record = finished(prepared)
        records.append((record.counts[:, :, np.argsort(order)], record.sums[:, :, np.argsort(order)], record.flows))
    for other in records[1:]:
        assert all(np.array_equal(mine, theirs) for mine, theirs in zip(records[0], other, strict=True))
    assert records[0][0][1, 0, :, EXPLORING].sum() > 0


def arrays_of(part: Any) -> list[np.ndarray]:
    """Return all arrays of a frame, however deep."""
    return [array for inner in part for array in arrays_of(inner)] if isinstance(part, tuple) else [part]


def test_nothing_writes_the_frame_of_a_run() -> None:
    """Closures, entrants, partnerships and what staff come up with included."""
    parameters = Parameters.of(exit_rate=0.05, origination_rate=0.05, partner_search=0.4, tie_ending=0.1)
    prepared = prepare(
        parameters, Policy.of(), providers=PROVIDERS, months=MONTHS, switches=Switches.of(origination=True)
    )
    frame, ids = [array.tobytes() for array in arrays_of(prepared.frame)], prepared.state.providers["id"].copy()
    finished(prepared)
    assert (prepared.state.providers["id"] != ids).any(), "somebody must close for this test to mean anything"
    assert [array.tobytes() for array in arrays_of(prepared.frame)] == frame


def test_month_by_month_or_at_one_go_is_the_same_run() -> None:
    at_one_go, in_parts, by_months = (
        prepare(Parameters.of(site_conversion=0.3), Policy.of(grant=0.5), providers=PROVIDERS, months=MONTHS)
        for _ in range(3)
    )
    record = finished(at_one_go)
    remember_start(in_parts.frame, in_parts.state, in_parts.record)
    run_months(in_parts.frame, in_parts.state, in_parts.record, 0, 7)
    run_months(in_parts.frame, in_parts.state, in_parts.record, 7, MONTHS - 7)
    remember_start(by_months.frame, by_months.state, by_months.record)
    for month in range(MONTHS):
        advance_month(by_months.frame, by_months.state, by_months.record, month)
    assert same(record, in_parts.record)
    assert same(record, by_months.record)
    # the pairs, and what everybody sees of them
    for name in ("pairs", "rows", "shares", "area_use", "setting_use"):
        assert np.array_equal(getattr(at_one_go.state, name), getattr(by_months.state, name)), name


def test_other_ids_give_other_draws_but_the_same_distribution() -> None:
    shares: dict[int, list[float]] = {0: [], 10**9: []}
    for further, found in shares.items():
        for seed in range(1, 17):
            prepared = prepare(Parameters.of(), Policy.of(), providers=PROVIDERS, months=24, seed=seed)
            prepared.state.providers["id"] += further
            counts = finished(prepared).counts[-1, 0]
            found.append(counts[:, SUSTAINED].sum() / counts.sum())
    one, other = (np.array(found) for found in shares.values())
    # paired: population and start are the same, only the random draws differ
    difference = one - other
    assert (difference != 0).any()
    assert abs(difference.mean()) <= 4 * difference.std(ddof=1) / 4
    assert 1 / 3 < one.var() / other.var() < 3


def test_threads_change_nothing() -> None:
    seeds = (1, 2, 3, 4)
    serial = [ran(seed=seed).record for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda seed: ran(seed=seed).record, seeds))
    assert all(same(one, other) for one, other in zip(serial, threaded, strict=True))
    assert not same(serial[0], serial[1])


def test_whom_one_counts_changes_nothing() -> None:
    dimensions = ("setting", "size", "region", "ownership", "rating", "area")
    alone = baseline()
    everybody = alone.monthly.drop(columns="group")
    for groups in [*((name,) for name in dimensions), ("setting", "size", "rating")]:
        told_apart = ran(groups=groups)
        assert np.array_equal(told_apart.record.counts.sum(axis=1), alone.record.counts[:, 0])
        assert np.array_equal(told_apart.record.sums.sum(axis=1), alone.record.sums[:, 0])
        assert np.array_equal(told_apart.record.flows.sum(axis=1), alone.record.flows[:, 0])
        monthly = told_apart.monthly
        assert monthly[monthly.group == "all"].drop(columns="group").reset_index(drop=True).equals(everybody)
        for name in groups:
            parts = monthly[monthly.group.str.startswith(f"{name}=")]
            summed = parts.groupby(["innovation", "month"], observed=True)[["providers", "sustained", "aware"]].sum()
            whole = everybody.set_index(["innovation", "month"])[["providers", "sustained", "aware"]]
            assert (summed.sort_index() == whole.sort_index()).all(axis=None)


# What is always true


def test_stage_counts_and_sites_are_consistent_in_every_month() -> None:
    levers = (Lever("mandate", 0.5), Lever("grant", 0.5))
    prepared = prepare(
        Parameters.of(sustain_hazard=0.3),
        Policy.of(),
        providers=400,
        months=36,
        conditions=Conditions(start="2021-04", levers=levers),
    )
    frame, state, record = prepared.frame, prepared.state, prepared.record
    remember_start(frame, state, record)
    sites = state.providers["sites"][:, None]
    seen: set[tuple[int, int]] = set()
    for month in range(37):
        stage, used = state.pairs["stage"].copy(), state.pairs["sites_in_use"].copy()
        who = state.providers["id"].copy()
        weight = state.providers["weight"].copy()
        counts = np.stack([((stage == code) * weight[:, None]).sum(axis=0) for code in range(6)], axis=-1)
        assert np.array_equal(record.counts[month, 0], counts)
        assert (counts.sum(axis=1) == record.flows[month, 0, HELD]).all()
        assert month or counts[0].sum() == 400 * WEIGHT
        assert ((used >= 0) & (used <= sites)).all()
        using = (stage == IMPLEMENTING) | (stage == SUSTAINED)
        assert (used[~using] == 0).all()
        assert (used[using] >= 1).all()
        assert (used[stage == IMPLEMENTING] == 1).all()
        if month == 36:
            break
        advance_month(frame, state, record, month)
        after = state.pairs["stage"]
        moved = after != stage
        stayed = moved & (state.providers["id"] == who)[:, None]  # who closes is followed by a newcomer
        seen |= set(zip(stage[stayed].tolist(), after[stayed].tolist(), strict=True))
        held = frame.schedule.regime["held"][month] == 1
        there = (weight > 0) & (state.providers["weight"] > 0)  # whom nobody follows leaves even what is held
        assert not moved[there][:, held].any()
        assert (state.pairs["sites_in_use"][there][:, held] == used[there][:, held]).all()
        assert (state.rows["slack"] >= -3).all()
        assert (state.rows["slack"] <= 6).all()
    assert seen == {
        (UNAWARE, AWARE),
        (AWARE, EXPLORING),
        (AWARE, IMPLEMENTING),  # a mandate is enforced as far as it is strong
        (EXPLORING, IMPLEMENTING),
        (EXPLORING, ABANDONED),
        (EXPLORING, AWARE),  # postponed for want of money
        (IMPLEMENTING, SUSTAINED),
        (IMPLEMENTING, ABANDONED),
        (SUSTAINED, ABANDONED),
        (SUSTAINED, AWARE),  # not renewed
        (ABANDONED, AWARE),
    }


def test_a_harmful_innovation_forced_on_everybody_lowers_the_outcome() -> None:
    innovations = (*DEFAULT, "harmful_shortcut")
    levers = (
        Lever("mandate", 2.0, innovation="harmful_shortcut"),
        Lever("campaign", 0.5, innovation="harmful_shortcut"),
    )
    for seed in (1, 2, 3):
        free = ran(seed=seed, months=60, innovations=innovations).monthly
        forced = ran(seed=seed, months=60, innovations=innovations, levers=levers).monthly
        assert forced.outcome.sum() < free.outcome.sum()
        harmful = forced.innovation == "harmful_shortcut"
        assert forced[harmful].outcome.sum() < 0
        assert forced[harmful].using_share.iloc[-1] > free[harmful].using_share.iloc[-1]


def test_twice_the_providers_halve_the_variance() -> None:
    variances = []
    for size in (250, 500, 1000):
        matrix = nx.to_scipy_sparse_array(nx.random_regular_graph(8, size, seed=1), nodelist=range(size), format="csr")
        graph = (matrix.indptr, matrix.indices)
        shares = [bass(0.03, 0.5, size, 20, 0.25, graph, seed)[-1] / size for seed in range(1, 601)]
        variances.append(np.var(shares, ddof=1))
    for small, large in pairwise(variances):
        # a ratio of two variances of 600 runs has a standard error of 2 sqrt(4/600) = 0.16
        assert 1.4 < small / large < 2.8
    assert 2.8 < variances[0] / variances[2] < 5.7


def test_shorter_steps_converge() -> None:
    # from nobody aware to routine use takes at least four steps: so the step's length shows most at a cold start
    quick = Parameters.of(base_awareness=0.5, attention=1.0, pilot_rate=1.0, implementation_rate=1.0)
    shares = []
    for step in (1.0, 0.5, 0.25, 0.125):
        found = []
        for seed in (1, 2):
            prepared = prepare(
                quick, Policy.of(grant=1.0), providers=4000, months=round(6 / step), step=step, seed=seed
            )
            prepared.state.pairs["stage"] = UNAWARE
            prepared.state.pairs["sites_in_use"] = 0
            found.append(finished(prepared).counts[-1, 0, :, SUSTAINED].sum() / 16000)
        shares.append(np.mean(found))
    first, second, third = np.abs(np.diff(shares))
    assert first > 0.02  # the length of the step matters, or there is nothing to converge
    assert second < 0.7 * first
    assert third < 0.7 * second


# Who hears from whom


STILL = Switches.of(partnering=False, exit=False)
"""Nobody comes, goes or finds another partner."""


def partners_only(**changes: Any) -> Parameters:
    """Return parameters under which providers see their partners and nobody else."""
    quick = {"imitation": 1.0, "attention": 1.0, "pilot_rate": 2.0, "implementation_rate": 2.0, "peer_norm": 2.0}
    layers = {"partner_layer": 1.0, "area_layer": 0.0, "setting_layer": 0.0}
    return Parameters.of(**(quick | layers | changes))


def within(network: Network, who: int, hops: int) -> set[int]:
    """Return the providers that at most so many ties separate from one."""
    found = {who}
    for _ in range(hops):
        for i in tuple(found):
            found |= set(network.partners[network.first[i] : network.first[i] + network.ties[i]].tolist())
    return found


@pytest.mark.parametrize("norm_form", [0, 1, 2])
def test_one_more_user_changes_only_those_tied_to_it(norm_form: int) -> None:
    parameters = partners_only(norm_form=norm_form, norm_threshold=0.3, ties=1.5)
    reached: list[int] = []
    for who in (3, 77, 151):
        one, other = (
            prepare(parameters, Policy.of(), providers=400, months=6, seed=who, switches=STILL) for _ in range(2)
        )
        other.state.pairs["stage"][who] = UNAWARE
        other.state.pairs["sites_in_use"][who] = 0
        one.state.pairs["stage"][who] = SUSTAINED
        one.state.pairs["sites_in_use"][who] = one.state.providers["sites"][who]
        for month in range(6):
            for prepared in (one, other):
                advance_month(prepared.frame, prepared.state, prepared.record, month)
            differ = (one.state.pairs != other.state.pairs).any(axis=1) | (one.state.rows != other.state.rows)
            changed = set(np.flatnonzero(differ).tolist())
            assert changed <= within(one.state.network, who, month + 1)
            reached.append(len(changed - {who}))
        assert len(within(one.state.network, who, 6)) < 400
    assert max(reached) > 0


@pytest.mark.parametrize("norm_form", [0, 1])
def test_without_ties_partners_have_no_weight(norm_form: int) -> None:
    # performance is compared with that of partners too, so that way of search is off
    base = {"aspiration_search": 0.0, "norm_form": norm_form, "norm_threshold": 0.1, "partner_evidence": 0.0}
    alone = STILL._replace(borrowing=False, ambition=False)
    nobody = network_of(PROVIDERS, np.empty((0, 2), np.int64))
    tied = ran(switches=alone, parameters=Parameters.of(**base)).record
    cut = ran(switches=alone, parameters=Parameters.of(**base), network=nobody).record
    weightless = ran(switches=alone, parameters=Parameters.of(**base, partner_layer=0.0)).record
    assert same(cut, untied(weightless))
    assert same(cut, ran(switches=alone, parameters=Parameters.of(**base, ties=0.0)).record)
    assert not same(cut, tied)


# A mechanism that is off is a mechanism of no strength


def without_lock_in() -> tuple[Innovation, ...]:
    """Return the innovations of the central scenario, easy to leave."""
    return tuple(one._replace(attributes=one.attributes._replace(lock_in=0.0)) for one in find(DEFAULT))


UNLED = {"leadership_weight": 0.0}
UNLEARNED = {"culture_weight": 0.0}
OFF: dict[str, dict[str, float]] = {
    "exposure": {"imitation": 0.0, "peer_norm": 0.0},
    "search": UNLED | UNLEARNED | {"upkeep_effort": 0.0} | {"slack_search": 0.0, "aspiration_search": 0.0},
    "leadership": UNLED | {"rating_tilt": 0.0},
    "churn": {"manager_turnover": 0.0, "senior_turnover": 0.0, "turnover": 0.0, "enforcement_turnover": 0.0},
    "implementation": UNLED
    | UNLEARNED
    | {"skill_exponent": 0.0, "burden_delay": 0.0, "starting_fit": 1.0, "goal_shift": 0.0},
    "abandonment": UNLED
    | {"value_sensitivity": 0.0, "departure_shock": 0.0, "strain": 0.0, "grant_cliff": 0.0, "mandate_resentment": 0.0},
    "sustaining": {"sustain_hazard": 0.0},
    "scaling": {"site_conversion": 0.0, "site_imitation": 0.0},
}


@pytest.mark.parametrize("name", OFF)
def test_a_mechanism_switched_off_is_one_of_no_strength(name: str) -> None:
    levers = (Lever("grant", 0.5, end="2026-06"), Lever("mandate", 0.3, start="2026-05"))
    named: dict[str, Any] = {"levers": levers, "innovations": without_lock_in(), "months": 36}
    off = ran(Parameters.of(**OFF[name]), switches=Switches.of(**{name: False}), **named).record
    assert same(off, ran(Parameters.of(**OFF[name]), **named).record)
    assert not same(ran(switches=Switches.of(**{name: False}), **named).record, ran(**named).record)


def test_money_moves_nothing_but_slack_where_decisions_do_not_ask_for_it() -> None:
    careless = Parameters.of(slack_search=0.0, aspiration_search=0.0, cost_weight=0.0, strain=0.0)
    free = Policy.of(grant=1.0)
    # who closes, what is aspired to and what staff bring about depend on money too
    on, off = (
        ran(careless, free, switches=Switches.of(finance=finance, exit=False, entry=False, inspection=False)).record
        for finance in (True, False)
    )
    assert np.array_equal(on.counts, off.counts)
    assert np.array_equal(on.sums, off.sums)
    assert (off.flows[..., SLACK] == off.flows[0, :, SLACK]).all()
    assert not np.array_equal(on.flows[..., SLACK], off.flows[..., SLACK])


def test_a_grant_moves_cost_from_providers_to_the_public_penny_for_penny() -> None:
    # where nobody weighs cost and money is not followed, a grant changes who pays, and nothing else
    switches = Switches.of(choice=False, finance=False, invitation=False)
    without, granted = (ran(policy=Policy.of(grant=grant), switches=switches, months=36).record for grant in (0.0, 0.7))
    assert np.array_equal(without.counts, granted.counts)
    assert (without.sums[..., PAID_PUBLIC] == 0).all()
    assert granted.sums[..., PAID_PUBLIC].sum() > 0
    assert np.array_equal(
        without.sums[..., PAID_PROVIDER], granted.sums[..., PAID_PROVIDER] + granted.sums[..., PAID_PUBLIC]
    )


def test_where_nobody_chooses_values_and_thresholds_move_nothing() -> None:
    off = Switches.of(choice=False)
    plain = ran(switches=off).record
    changes = {"adoption_threshold": 3.0, "threshold_spread": 1.0, "choice_noise": 2.0, "peer_norm": 3.0}
    changes |= {"burden_weight": 3.0, "complexity_weight": 3.0, "uncertainty_weight": 3.0, "commissioning_weight": 3.0}
    assert same(plain, ran(Parameters.of(**changes), switches=off).record)
    assert not same(plain, ran(Parameters.of(chance_to_pass=0.9), switches=off).record)


def test_where_value_is_off_what_makes_it_moves_no_choice() -> None:
    off = Switches.of(value=False)
    changes = {"peer_norm": 3.0, "burden_weight": 3.0, "complexity_weight": 3.0, "uncertainty_weight": 3.0}
    changes |= {"commissioning_weight": 3.0, "norm_form": 1}
    assert same(ran(switches=off).record, ran(Parameters.of(**changes), switches=off).record)


def test_without_a_journey_nobody_is_on_the_way() -> None:
    run = ran(switches=Switches.of(journey=False), months=60)
    counts = run.record.counts[:, 0]
    began = counts[0]
    assert (counts[1:, :, EXPLORING] <= began[:, EXPLORING]).all()
    assert (np.diff(counts[:, :, EXPLORING], axis=0) <= 0).all()
    assert counts[-1, :, SUSTAINED].sum() > began[:, SUSTAINED].sum()


MOVING = Parameters.of(
    movement_growth=0.2, demand_effect=0.5, stance_effect=0.1, burden_effect=0.1, movement_awareness=0.05
)
"""A movement with feedback: it is off by default, since nobody has measured one."""


@pytest.mark.parametrize("name", Switches._fields)
def test_every_switch_moves_the_run(name: str) -> None:
    # a programme, a broker, a duty and better pay: without them nothing is there to be switched off
    levers = (
        Lever("manager_programme", 0.26, group="large"),
        Lever("brokerage", 1.0),
        Lever("enforcement", 0.2),
        Lever("fair_pay", 0.2),
    )
    conditions = Conditions(shocks=(Shock("pandemic", "2026-06", end="2027-05"),), levers=levers)
    on, off = (
        ran(MOVING, switches=Switches.of(**{name: now}), conditions=conditions, months=36).record
        for now in (True, False)
    )
    assert not same(on, off)


# Every declared number moves the run

CHANGED: dict[str, float] = {
    "norm_form": 1,
    "project_cap": 1,
    "hazard_ceiling": 0.1,
    "choice_noise": 0.3,
    "complementarity": 1.0,
    "size_correlation": 0.4,
    "trait_correlation": 0.7,
    "partner_layer": 0.1,
    "area_layer": 0.1,
    "setting_layer": 0.05,
    "norm_threshold": 0.6,
    "start_aware": 0.2,
    "homecare_hours": 20.0,
    "margin": -0.1,
    "evidence_memory": 0.8,
    "movement_awareness": 0.1,
    "movement_growth": 0.2,
    "demand_effect": 0.5,
    "stance_effect": 0.1,
    "burden_effect": 0.1,
    "self_bias": 0.3,
    "success_bias": 1.0,
    "asked_elsewhere": 0.5,
    "goal_return": 0.5,
    "burden_least": 0.2,
    "aspiration_memory": 0.1,
    "stance_mean": 0.6,
}
"""Values that differ from the default; for the others half or twice the default serves."""
GIVEN = find("dscr")[0]._replace(file=find("dscr")[0].file.model_copy(update={"reputation": "given"}))
"""Digital records of which no user's experience is told."""
UNDER: dict[str, dict[str, Any]] = {
    "norm_threshold": {"parameters": {"norm_form": 1}},
    "movement_awareness": {"parameters": {"movement_growth": 0.2}},
    "demand_weight": {"parameters": {"movement_growth": 0.2, "demand_effect": 0.5}},
    "demand_effect": {"parameters": {"movement_growth": 0.2}},
    "innovation_pull": {"parameters": {"movement_growth": 0.2, "demand_effect": 0.5}},
    "movement_decay": {"parameters": {"movement_growth": 0.2}},
    "stance_effect": {"parameters": {"movement_growth": 0.2}},
    "stance_return": {"parameters": {"movement_growth": 0.2, "stance_effect": 0.1}},
    "burden_effect": {"parameters": {"movement_growth": 0.2}},
    "burden_return": {"parameters": {"movement_growth": 0.2, "burden_effect": 0.1}},
    "burden_least": {"parameters": {"movement_growth": 0.2, "burden_effect": 1.0, "burden_return": 0.0}},
    "invited_looking": {"policy": {"brokerage": 0.5}},
    "facilitation_ratio": {"policy": {"brokerage": 1.0}},
    "programme_climate": {"policy": {"manager_programme": 0.26}},
    "climate_fade": {"levers": (Lever("manager_programme", 0.5, end="2026-06"),)},
    "enforcement_value": {"policy": {"enforcement": 1.0}},
    "enforcement_looking": {"policy": {"enforcement": 1.0}},
    "enforcement_turnover": {"policy": {"enforcement": 1.0}},
    "neglect": {"parameters": {"upkeep_given": 0.0, "sustain_hazard": 0.5}},
    "evidence_credit": {"policy": {"evidence_synthesis": 200.0}},
    "collaborative_learning": {"policy": {"learning_collaborative": 1.0}},
    # at much higher pay both exponents stand at their limit
    "pay_rating": {"policy": {"fair_pay": 0.06}, "parameters": {"inspection_rate": 0.3}},
    "pay_funded": {"policy": {"fair_pay": 0.06}},
    "compliance_cost": {"policy": {"enforcement": 1.0}},
    "pay_cost": {"policy": {"fair_pay": 0.5}},
    "origination_rate": {"switches": {"origination": True}},
    "goal_return": {"parameters": {"goal_drift": 0.5}},
    "aspiration_memory": {"parameters": {"aspiration_search": 5.0, "attention": 0.3}},
    "broker_awareness": {"policy": {"brokerage": 1.0}},
    "chance_to_pass": {"switches": {"choice": False}},
    "grant_cliff": {"levers": (Lever("grant", 0.9, end="2027-06"),), "parameters": {"sustain_hazard": 1.0}},
    "mandate_resentment": {"policy": {"mandate": 1.0}},
    "skill_exponent": {"parameters": {"starting_skill": 0.7}},
    "departure_shock": {"parameters": {"sustain_hazard": 0.5, "manager_turnover": 0.2}},
    "assurance": {"levers": (Lever("mandate", 1.0, times="assurance"),)},
    # what real innovations are believed to do is confirmed by their users (10d)
    "judged_belief": {"innovations": (GIVEN,)},
    "judged_council_share": {"innovations": ("homeshare",)},
    "judged_remote": {"conditions": Conditions(shocks=(Shock("pandemic", "2026-03", end="2026-12"),))},
}
"""What must be in place for a number to act."""


def another(name: str, entry: Any) -> float:
    """Return a value of the declared range that is far from the default."""
    about: Number = entry.about
    if name in CHANGED:
        return CHANGED[name]
    twice, half = entry.default * 2, entry.default / 2
    value = twice if about.low <= twice <= about.high and twice != entry.default else half
    return entry.kind(value if value != entry.default else about.high)


@pytest.mark.parametrize("name", Parameters._fields)
def test_every_parameter_moves_the_run(name: str) -> None:
    under = UNDER.get(name, {})
    common = under.get("parameters", {})
    named: dict[str, Any] = {
        "policy": Policy.of(**under.get("policy", {})),
        "switches": Switches.of(**under.get("switches", {})),
        "levers": under.get("levers", ()),
        "providers": 600,
        "months": 36,
        **{one: under[one] for one in ("innovations", "conditions") if one in under},
    }
    value = another(name, entries(Parameters)[name])
    changed = ran(Parameters.of(**(common | {name: value})), **named).record
    key = tuple(common.items()), tuple(sorted(named.items()))
    # an innovation cannot be a key
    before = ran(Parameters.of(**common), **named).record if "innovations" in under else still(*key)
    assert not same(changed, before)


@cache
def still(common: tuple[tuple[str, float], ...], named: tuple[tuple[str, Any], ...]) -> Record:
    """Return the record against which a changed parameter is held."""
    return ran(Parameters.of(**dict(common)), **dict(named)).record


# The ends of every range


def vectors(declaration: type, names: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return values of a declaration, each often at an end of its range, often at its default."""
    known = entries(declaration)
    choices = {}
    for name in names:
        about: Number = known[name].about
        ends = st.sampled_from([known[name].kind(about.low), known[name].kind(about.high), known[name].default])
        between: st.SearchStrategy[Any] = (
            st.integers(int(about.low), int(about.high))
            if known[name].kind is int
            else st.floats(about.low, about.high, allow_nan=False)
        )
        choices[name] = ends | between
    return st.fixed_dictionaries({}, optional=choices)


def lawful(changes: dict[str, Any]) -> Parameters:
    """Return parameters with these changes, where they contradict each other with the nearest that do not."""
    made = Parameters()._replace(**changes)
    layers = made.partner_layer + made.area_layer + made.setting_layer
    if layers > 1:
        made = made._replace(
            **{name: getattr(made, name) / layers for name in ("partner_layer", "area_layer", "setting_layer")}
        )
    made = made._replace(trait_correlation=max(made.trait_correlation, min(0.95, made.size_correlation**2 + 1e-6)))
    under_way = made.start_aware + made.start_exploring + made.start_abandoned
    if under_way > 1:
        names = ("start_aware", "start_exploring", "start_abandoned")
        made = made._replace(**{name: getattr(made, name) / under_way for name in names})
    for stage in ("explore", "implement", "sustain"):
        if sum(getattr(made, f"{stage}_{level}") for level in ("senior", "manager", "frontline")) <= 0:
            manager: dict[str, Any] = {f"{stage}_manager": 1.0}
            made = made._replace(**manager)
    return Parameters.of(**made._asdict())


BETWEEN_0_AND_1 = ("using_share", "using_share_weighted", "site_share", "people_share", "skill", "burden")


def assert_possible(prepared: Prepared, months: int, seed: int) -> None:
    """Refuse a run that holds a number that cannot be."""
    record = finished(prepared)
    assert (record.counts >= 0).all()
    held = record.flows[..., HELD].sum(axis=1)
    assert held[0] == np.count_nonzero(prepared.population.weight) * WEIGHT
    assert (record.counts.sum(axis=(1, 3)) == held[:, None]).all()
    state: State = prepared.state
    for array in (state.pairs, state.rows):
        for name in array.dtype.names or ():
            assert np.isfinite(array[name]).all(), name
    for name in ("senior", "manager", "frontline"):
        assert ((state.rows[name] > 0) & (state.rows[name] <= 1)).all(), name
    assert ((state.rows["slack"] >= -3) & (state.rows["slack"] <= 6)).all()
    assert (state.pairs["sites_in_use"] <= prepared.state.providers["sites"][:, None]).all()
    monthly = Run(prepared, seed, months).monthly
    for name in BETWEEN_0_AND_1:
        values = monthly[name].dropna()
        assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name
    for name in ("outcome", "cost_public", "cost_provider", "slack"):
        assert np.isfinite(monthly[name]).all(), name
    assert (monthly.cost_public >= 0).all()
    assert (monthly.concentration_index.dropna().abs() <= 2.0).all()
    # a person gains or loses at most a full benefit
    represents = float(prepared.frame.settled[0].represents) / WEIGHT
    people = float(record.flows[..., HELD_PEOPLE].sum(axis=1).max()) * represents
    assert (monthly.outcome.abs() <= people * 1.001).all()


def anywhere(changes: dict[str, Any], levers: dict[str, float], off: set[str], seed: int, **named: Any) -> Prepared:
    """Return a small run anywhere in the declared ranges, levers ending before the run does."""
    conditions = Conditions(levers=tuple(Lever(name, strength, end="2026-07") for name, strength in levers.items()))
    sizes: dict[str, Any] = {"providers": 60, "months": 12, "innovations": (*DEFAULT, "harmful_shortcut")}
    switches = Switches.of(**dict.fromkeys(off, False))
    return prepare(lawful(changes), Policy.of(), seed=seed, switches=switches, conditions=conditions, **(sizes | named))


def anything(function: Callable[..., None]) -> Callable[..., None]:
    """Return a test over random parameters, levers, switches and seeds."""
    drawn = given(
        vectors(Parameters, Parameters._fields),
        vectors(Policy, Policy._fields),
        st.sets(st.sampled_from(Switches._fields), max_size=3),
        st.integers(0, 2**63 - 1),
    )
    quietly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return quietly(drawn(function))


@anything
def test_at_the_ends_of_every_range_the_run_stays_possible(
    changes: dict[str, Any], levers: dict[str, float], off: set[str], seed: int
) -> None:
    assert_possible(anywhere(changes, levers, off, seed), 12, seed)


@anything
def test_bounds_that_save_time_change_nothing(
    changes: dict[str, Any], levers: dict[str, float], off: set[str], seed: int
) -> None:
    # a decision first compares its draw with a bound; without bounds the same decisions must be made
    bounded, unbounded = (anywhere(changes, levers, off, seed, months=18) for _ in range(2))
    for name in ("margin", "most_looks", "best_lead_sustain", "most_exits", "most_originations"):
        unbounded.frame.settled[name] = 1e9
    assert same(finished(bounded), finished(unbounded))


@anything
def test_order_changes_nothing_anywhere_in_the_ranges(
    changes: dict[str, Any], levers: dict[str, float], off: set[str], seed: int
) -> None:
    made = anywhere(changes, levers, off, seed)
    turned = anywhere(changes, levers, off, seed, innovations=("harmful_shortcut", *reversed(DEFAULT)))
    order = np.random.default_rng(seed).permutation(len(made.state.providers))
    moved = reordered(anywhere(changes, levers, off, seed), order)
    record, other = finished(made), finished(turned)
    assert same(record, finished(moved))
    assert np.array_equal(record.counts, other.counts[:, :, ::-1])
    assert np.array_equal(record.sums, other.sums[:, :, ::-1])
    assert np.array_equal(record.flows, other.flows)


@pytest.mark.parametrize("end", ["low", "high"])
def test_all_parameters_at_one_end_stay_possible(end: str) -> None:
    every: Callable[[type], dict[str, Any]] = lambda declaration: {  # noqa: E731
        name: entry.kind(getattr(entry.about, end)) for name, entry in entries(declaration).items()
    }
    prepared = prepare(lawful(every(Parameters)), Policy.of(**every(Policy)), providers=60, months=24)
    assert_possible(prepared, 24, 1)
    for name, value in every(Parameters).items():
        assert_possible(prepare(lawful({name: value}), Policy.of(), providers=60, months=6), 6, 1)


@pytest.mark.parametrize("step", [1.0, 0.5, 0.001])
def test_partners_of_the_start_are_trusted_in_full_however_short_a_step_is(step: float) -> None:
    network = prepare(Parameters.of(), Policy(), providers=50, months=1, step=step).state.network
    assert network.ties.sum() > 0 and (-network.since * step >= 24).all()


def test_whether_one_parts_and_with_whom_are_different_draws_for_every_partner() -> None:
    first = np.random.default_rng(1).integers(0, 2**62, 5).tolist()
    for seed in first:
        # an id stands where an innovation's key does, and 0 is also the key of none
        assert stream(seed, PART_WITH, 3, 0) != stream(seed, PART, 3, 0)
