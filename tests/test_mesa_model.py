"""The Mesa model is the engine: a seed gives the same numbers, and agents are views that own none of them."""

from __future__ import annotations

import gc
import pickle
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from carespread.experiments.run import planned
from carespread.model import BadInputError, CareSector, Conditions, Lever, Parameters, Policy, Switches, simulate
from carespread.model.mesa import ProviderAgent
from carespread.model.scenario import read_scenario
from carespread.model.state import STAGES

SIZE: dict[str, Any] = {"providers": 120, "seed": 4}
PROJECT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def same_record(one: Any, other: Any) -> bool:
    """Return whether two runs remember the same numbers, exactly."""
    return all((a == b).all() for a, b in zip(one.record, other.record, strict=True))


def test_a_seed_gives_exactly_the_numbers_of_the_engine() -> None:
    conditions = Conditions(levers=(Lever("grant", 0.5, None, "2026-06", "small"), Lever("manager_programme", 0.2)))
    asked: dict[str, Any] = {"months": 18, "innovations": ("dscr", "wellness_fad"), "groups": ("setting",)}
    care = CareSector(conditions, **SIZE, **asked, leadership_weight=2.0, mandate=0.1, churn=False)
    list(care.agents)
    run = simulate(
        Parameters.of(leadership_weight=2.0),
        Policy.of(mandate=0.1),
        switches=Switches.of(churn=False),
        conditions=conditions,
        **SIZE,
        **asked,
    )
    ended = care.run()
    assert same_record(ended, run)
    pd.testing.assert_frame_equal(ended.monthly, run.monthly)


def test_the_monthly_table_holds_the_months_that_have_passed() -> None:
    care = CareSector(**SIZE, months=6)
    for _ in range(3):
        care.step()
    passed = care.monthly
    assert care.month == 3 and care.date == "2026-03"
    assert passed["month"].max() == pd.Timestamp("2026-03-01")
    whole = care.run().monthly
    pd.testing.assert_frame_equal(passed, whole[whole["month"] <= "2026-03-01"].reset_index(drop=True))
    pd.testing.assert_frame_equal(care.monthly, whole)


def test_the_collected_numbers_are_those_of_the_monthly_table() -> None:
    care = CareSector(**SIZE, months=5, grant=0.5, campaign=0.01)
    table = care.run().monthly
    collected = care.datacollector.get_model_vars_dataframe()
    assert len(collected) == 6
    assert collected["month"].tolist() == [str(month)[:7] for month in table["month"].unique()]
    assert (collected["seed"] == care.seed).all()
    for name in care.innovations:
        one = table[table["innovation"] == name]
        for column in ("using_share", "site_share"):
            assert np.allclose(collected[f"{column}_{name}"], one[column], rtol=1e-14, atol=0)
    for column in ("outcome", "cost_public", "cost_provider"):
        assert np.allclose(collected[column], table.groupby("month")[column].sum(), rtol=1e-12, atol=0)
    assert np.allclose(collected["slack"], table.groupby("month")["slack"].first(), rtol=1e-14, atol=0)


def test_after_the_last_month_the_model_stops_and_refuses_to_go_on() -> None:
    care = CareSector(**SIZE, months=2)
    assert care.running
    care.run_model()
    assert not care.running and care.month == 2
    with pytest.raises(BadInputError, match="All 2 months of this run have passed"):
        care.step()


def test_agents_are_made_only_when_they_are_asked_for() -> None:
    care = CareSector(**SIZE, months=2)
    care.step()
    assert care._views is None
    assert len(care.agents) == 120
    assert [agent.row for agent in care.agents] == list(range(120))
    assert len(care.agents_by_type[ProviderAgent]) == 120


def test_agents_show_what_stands_in_their_row() -> None:
    care = CareSector(**SIZE, months=3)
    care.step()
    prepared, agents = care.prepared, care.agents
    there = prepared.state.providers["weight"] > 0
    assert agents.get("slack") == prepared.state.rows["slack"][there].tolist()
    assert agents.get("staff") == prepared.state.providers["staff"][there].tolist()
    london = agents.select(lambda agent: agent.region == "London")
    assert 0 < len(london) < 120
    assert london.agg("slack", np.mean) == np.mean([agent.slack for agent in agents if agent.region == "London"])
    by_setting = agents.groupby("setting").agg("people", sum)
    assert sum(by_setting.values()) == prepared.state.providers["people"][there].sum()
    for agent in agents:
        assert agent.leadership == (agent.senior, agent.manager, agent.frontline)
        assert agent.stages["dscr"] == agent.stage("dscr") in STAGES
        assert agent.uses("dscr") == (agent.stage("dscr") in ("implementing", "sustained"))
        assert 0 <= agent.sites_in_use("dscr") <= agent.sites
        assert all(agent in partner.partners for partner in agent.partners)
        assert f"{agent.sites} sites" in repr(agent)
        assert agent.authority and agent.ownership and agent.rating and agent.weight > 0
    assert sum(agent.weight for agent in agents) == pytest.approx(prepared.population.weight.sum(), rel=1e-3)


def test_agents_open_and_close_with_their_providers() -> None:
    care = CareSector(**SIZE, months=24, exit_rate=0.02)
    at_first = {agent.row for agent in care.agents}
    care.run()
    now = {agent.row for agent in care.agents}
    weight = care.prepared.state.providers["weight"]
    assert now == set(np.flatnonzero(weight > 0)) == {agent.row for agent in care.agents_by_type[ProviderAgent]}
    assert now - at_first, "somebody opened beside them"
    assert all(view.weight == 0 for view in care.views if view.row not in now)


def test_what_is_set_on_an_agent_is_written_to_its_row_and_acts() -> None:
    care, other = (CareSector(**SIZE, months=24) for _ in range(2))
    care.agents.set("senior", 1.0).set("manager", 1.0).set("frontline", 1.0)
    there = care.prepared.state.providers["weight"] > 0
    assert (care.prepared.state.rows["senior"][there] == 1.0).all()
    assert care.run().record.counts[-1, 0, :, 4].sum() > other.run().record.counts[-1, 0, :, 4].sum()


def test_an_agent_refuses_what_cannot_be() -> None:
    agent = next(iter(CareSector(**SIZE, months=1).agents))
    with pytest.raises(BadInputError, match=r"senior is 1.5: .*0.01 to 1"):
        agent.senior = 1.5
    with pytest.raises(BadInputError, match="slack is nan"):
        agent.slack = float("nan")
    with pytest.raises(AttributeError, match="staff cannot be set"):
        agent.staff = 3
    with pytest.raises(BadInputError, match="did you mean 'dscr'"):
        agent.stage("dscrr")
    with pytest.raises(BadInputError, match="did you mean 'sustained'"):
        agent.place("dscr", "sustain")
    with pytest.raises(BadInputError, match="sites_in_use is 10000"):
        agent.place("dscr", "sustained", 10_000)
    with pytest.raises(BadInputError, match="cannot be removed"):
        agent.remove()


def test_providers_can_be_put_at_a_stage() -> None:
    care = CareSector(**SIZE, months=1, innovations="dscr")
    care.agents.do("place", "dscr", "unaware")
    care.agents.select(lambda agent: agent.staff >= 50).do("place", "dscr", "sustained")
    assert {agent.stage("dscr") for agent in care.agents if agent.staff < 50} == {"unaware"}
    assert all(agent.sites_in_use("dscr") == 1 for agent in care.agents if agent.staff >= 50)


def test_others_see_at_once_who_was_put_into_use() -> None:
    now_aware = []
    for stage in ("unaware", "sustained"):
        care = CareSector(**SIZE, months=12, innovations="dscr", base_awareness=0.0, imitation=1.0, sustaining=False)
        care.agents.do("place", "dscr", "unaware")
        care.step()
        care.agents.select(lambda agent: agent.row % 3 == 0).do("place", "dscr", stage)
        care.step()
        now_aware.append(sum(agent.stage("dscr") == "aware" for agent in care.agents))
    assert now_aware[1] > 2 * now_aware[0]


def test_a_model_with_agents_is_let_go() -> None:
    care = CareSector(**SIZE, months=1)
    list(care.agents)
    gone = weakref.ref(care)
    del care
    gc.collect()
    assert gone() is None


def test_views_can_be_let_go_and_made_again() -> None:
    care = CareSector(**SIZE, months=2)
    list(care.agents)
    care.remove_all_agents()
    assert care._views is None
    care.step()
    assert len(care.agents) == 120


@pytest.mark.parametrize("with_agents", [False, True])
def test_a_pickled_model_goes_on_as_if_nothing_had_happened(with_agents: bool) -> None:
    care = CareSector(**SIZE, months=6)
    care.step()
    if with_agents:
        list(care.agents)
    other = pickle.loads(pickle.dumps(care))
    assert same_record(care.run(), other.run())
    assert next(iter(other.agents)).slack == other.prepared.state.rows["slack"][0]


def test_seed_and_rng_name_the_same_draws() -> None:
    size: dict[str, Any] = {"providers": 60, "months": 1}
    assert CareSector(**size, seed=7).seed == CareSector(**size, rng=7).seed == CareSector(**size, seed="7").seed == 7
    assert CareSector(**size, rng=np.int64(7)).seed == 7
    drawn = [CareSector(**size, rng=np.random.default_rng(3)).seed for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert CareSector(**size).seed != CareSector(**size).seed
    with pytest.raises(BadInputError, match="give one of them"):
        CareSector(**size, seed=1, rng=1)
    for wrong in (-1, 1.5, "x"):
        with pytest.raises(BadInputError, match="seed is"):
            CareSector(**size, seed=wrong)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(BadInputError, match="did you mean 'choice_noise'"):
        CareSector(**SIZE, choice_nois=0.1)
    with pytest.raises(BadInputError, match="did you mean 'historical'"):
        CareSector("historic", **SIZE)


def test_a_scenario_file_gives_months_innovations_and_levers() -> None:
    plan = planned(read_scenario("historical"), providers=120, seed=4, changes={"imitation": 0.05})
    run = simulate(
        plan.parameters,
        plan.policy,
        innovations=plan.innovations,
        conditions=plan.conditions,
        months=plan.months,
        **SIZE,
    )
    assert same_record(CareSector("historical", **SIZE, imitation=0.05).run(), run)


def test_a_lever_of_the_scenario_on_an_absent_innovation_reaches_nobody() -> None:
    care = CareSector("historical", **SIZE, months=3, innovations="acoustic_monitoring")
    assert care.conditions.levers
    assert all(lever.innovation is None for lever in care.conditions.levers)


def test_a_turnover_that_is_given_replaces_the_series_of_the_scenario() -> None:
    care = CareSector("historical", **SIZE, months=3, turnover=0.05)
    assert (care.prepared.frame.schedule.around["turnover"] == 0.05).all()


def test_batch_run_sweeps_scenarios_levers_and_switches() -> None:
    swept: dict[str, Any] = {"scenario": ["central", "tight"], "providers": 60, "grant": [0, 0.5], "churn": False}
    new = hasattr(mesa.Model, "scenario")  # 3.5 counts runs by their seeds, 3.3 by iterations
    rows = mesa.batch_run(
        CareSector,
        swept,
        max_steps=6,
        number_processes=1,
        display_progress=False,
        **({"rng": [1, 2, 3]} if new else {"iterations": 3}),
    )
    table = pd.DataFrame(rows)
    assert len(table) == 12
    assert table["seed"].nunique() == (3 if new else 12)
    row = table.iloc[5]
    again = CareSector(
        row["scenario"], 60, int(row["seed"]), grant=float(row["grant"]), churn=False, months=int(row["Step"])
    )
    again.run()
    assert again.datacollector.get_model_vars_dataframe().iloc[-1]["using_share_dscr"] == row["using_share_dscr"]
