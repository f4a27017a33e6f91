"""Replications are the same whatever the number of threads, and one that fails takes no other with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments import run as running
from carespread.experiments.run import Plan, planned, replicate
from carespread.model import BadInputError, Parameters, Policy, Run, Switches, simulate
from carespread.model.inputs import by_declaration
from carespread.model.scenario import read_scenario
from carespread.model.state import STAGES
from carespread.results.store.summary import screen_rows
from carespread.results.store.tables import OF_A_RUN, Results

pytestmark = pytest.mark.compiled

SMALL = {"providers": 200, "months": 24, "replications": 5, "seed": 7}
OF_THE_MAKING = ["started", "ended", "seconds", "worker", "host"]


def small(**changes: Any) -> Plan:
    return planned(read_scenario("central"), **{**SMALL, **changes})


@pytest.fixture(scope="module")
def results() -> Results:
    return replicate(small(), workers=2)


def test_the_number_of_threads_changes_nothing(results: Results) -> None:
    for workers in (1, 4):
        again = replicate(small(), workers=workers)
        pd.testing.assert_frame_equal(again.monthly, results.monthly)
        pd.testing.assert_frame_equal(again.cells, results.cells)
        pd.testing.assert_frame_equal(again.runs.drop(columns=OF_THE_MAKING), results.runs.drop(columns=OF_THE_MAKING))


def test_replication_k_is_the_run_with_seed_plus_k(results: Results) -> None:
    assert results.runs["seed"].tolist() == [7, 8, 9, 10, 11]
    alone = simulate(providers=200, months=24, seed=9, groups=("size", "setting", "region")).monthly
    third = results.monthly[results.monthly["replication"] == 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(third[list(alone)], alone)


def test_telling_groups_apart_changes_no_number(results: Results) -> None:
    plain = replicate(small(groups=())).monthly
    everyone = results.monthly[results.monthly["group"] == "all"].reset_index(drop=True)
    for name in ("using_share", "site_share", "outcome", "cost_public", "slack"):
        np.testing.assert_array_equal(plain[name], everyone[name])


def test_stages_add_up_to_providers_in_every_row(results: Results) -> None:
    monthly = results.monthly
    assert (monthly[list(STAGES)].sum(axis=1) == monthly["providers"]).all()
    using = (monthly["implementing"] + monthly["sustained"]) / monthly["providers"]
    np.testing.assert_array_equal(using, monthly["using_share"])


def test_outcomes_of_a_run_are_those_of_its_months(results: Results) -> None:
    everyone = results.monthly[results.monthly["group"] == "all"]
    for number, run in results.runs.iterrows():
        for innovation in ("dscr", "acoustic_monitoring"):
            months = everyone[(everyone["replication"] == number) & (everyone["innovation"] == innovation)]
            assert run[f"using_share_{innovation}"] == months["using_share"].iloc[-1]
            assert run[f"cost_public_{innovation}"] == pytest.approx(months["cost_public"].sum())
            half = np.flatnonzero(months["using_share"] >= 0.5)
            reached = run[f"months_to_half_{innovation}"]
            assert reached == half[0] if len(half) else np.isnan(reached)


def test_the_cells_of_the_last_month_add_up_to_the_sector(results: Results) -> None:
    columns = ["providers", "providers_end", "using_start", "using_end"]
    summed = results.cells.groupby(["replication", "innovation"], observed=True)[columns].sum()
    assert np.allclose(summed["providers"], 200, rtol=1e-12)
    everyone = results.monthly[results.monthly["group"] == "all"]
    for when, there, using in ((everyone["month"].min(), *columns[::2]), (everyone["month"].max(), *columns[1::2])):
        own = everyone[everyone["month"] == when].set_index(["replication", "innovation"]).reindex(summed.index)
        assert np.allclose(summed[there], own["providers"], rtol=1e-12)
        assert np.allclose(summed[using] / summed[there], own["using_share"], rtol=1e-12)


def test_a_run_that_fails_is_a_row_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch, results: Results) -> None:
    def breaking(*given: Any, **settings: Any) -> Run:
        if given[1] == 9:
            raise ZeroDivisionError("nine is unlucky")
        return whole(*given, **settings)

    whole = running.simulate
    monkeypatch.setattr(running, "simulate", breaking)
    broken = replicate(small(), workers=2)
    assert broken.runs["status"].tolist() == ["ok", "ok", "failed", "ok", "ok"]
    failed = broken.runs.iloc[2]
    assert failed["stage"] == "simulate" and "nine is unlucky" in failed["error"] and "Traceback" in failed["error"]
    assert np.isnan(failed["using_share_dscr"])
    assert broken.made_by["failed"] == 1
    others = results.monthly[results.monthly["replication"] != 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(broken.monthly, others)


def test_when_every_run_fails_there_are_still_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(*_: Any, **__: Any) -> Run:
        raise MemoryError

    monkeypatch.setattr(running, "simulate", breaking)
    broken = replicate(small(replications=2))
    assert broken.runs["status"].tolist() == ["failed", "failed"]
    assert set(OF_A_RUN) <= set(broken.runs) and len(broken.monthly) == 0


def test_a_name_is_a_parameter_a_lever_or_a_switch_and_never_two() -> None:
    names = [*Parameters._fields, *Policy._fields, *Switches._fields]
    assert len(names) == len(set(names))
    split = by_declaration({"choice_noise": 0.1, "grant": 0.5, "churn": False})
    assert split == {Parameters: {"choice_noise": 0.1}, Policy: {"grant": 0.5}, Switches: {"churn": False}}


def test_changes_reach_the_run(results: Results) -> None:
    more = replicate(small(changes={"grant": 0.9, "base_awareness": 0.2}))
    assert more.runs["using_share_acoustic_monitoring"].mean() > results.runs["using_share_acoustic_monitoring"].mean()
    assert more.runs["cost_public_acoustic_monitoring"].min() > 0


def test_turnover_that_is_set_takes_the_place_of_the_scenarios_series() -> None:
    historical = read_scenario("historical")
    assert planned(historical).conditions.turnover == historical.conditions.turnover != ()
    assert planned(historical, changes={"turnover": 0.03}).conditions.turnover == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"replications": 0}, "from 1 to 100000 runs"),
        ({"months": 0}, "from 1 to 1200 months"),
        ({"seed": -1}, "from 0 to"),
        ({"providers": 49}, "from 50 to 1,000,000"),
        ({"changes": {"grantt": 1.0}}, "'grant'"),
        ({"changes": {"grant": float("nan")}}, "from 0 to 1"),
        ({"innovations": ["dcsr"]}, "'dscr'"),
        ({"groups": ["regin"]}, "'region'"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        small(**settings)


def test_what_staff_come_up_with_is_in_the_results() -> None:
    plan = planned(
        read_scenario("central"),
        providers=200,
        months=18,
        replications=2,
        innovations=["dscr"],
        changes={"origination": True, "origination_rate": 0.05},
    )
    results = replicate(plan)
    local = results.monthly[results.monthly["innovation"].str.startswith("local")]
    assert (results.runs["status"] == "ok").all()
    assert local.groupby("replication", observed=True)["started"].sum().min() > 0
    assert local["originated"].max() > 0
    assert "using_share_local_1" in results.runs
    assert {row["innovation"] for row in screen_rows(results)} == {"dscr"}
