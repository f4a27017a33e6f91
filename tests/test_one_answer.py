"""One lever has one answer, whichever command is asked: within the interval of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carespread as cs
from carespread.experiments.factors import uncertain
from carespread.experiments.optimise import Laboratory
from carespread.experiments.points import latin_hypercube, quantiles_of
from carespread.experiments.posterior import fitted_for
from carespread.experiments.replication import AGAINST, run
from carespread.model.scenario import read_scenario
from carespread.model.version import RESULTS_VERSION
from carespread.results.statistics import appraisal, decision

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.filterwarnings("ignore::carespread.experiments.posterior.PriorsWarning"),
]
LEVER, SIZE, SEEDS = "lever_mandate", 300, 12


@pytest.fixture(scope="module")
def posterior(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a posterior that has learned nothing: the one that ships may be of another version."""
    folder = tmp_path_factory.mktemp("posterior")
    names = uncertain()
    shares = latin_hypercube(len(names), 2 * SEEDS, 1)
    draws = {name: quantiles_of(name, "prior", own) for name, own in zip(names, shares.T, strict=True)}
    pd.DataFrame(draws).astype(float).to_parquet(folder / "posterior.parquet", index=False)
    record = {"results_version": RESULTS_VERSION, "innovations": ["dscr"]}
    (folder / "made_by.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def answers(posterior: Path) -> dict[str, Any]:
    asked: dict[str, Any] = {"providers": SIZE, "seed": 1, "posterior": posterior}
    scenario = read_scenario(LEVER)
    fitted, _ = fitted_for(posterior, False, scenario.innovations)
    return {
        "compare": cs.compare("central", [LEVER], replications=4, samples=SEEDS, structures=False, **asked),
        "run": run(LEVER, replications=SEEDS, **asked),
        "optimise": Laboratory(SIZE, None, range(1, SEEDS + 1), fitted=fitted).measure(scenario.conditions.levers),
        "python": cs.contrast("central", LEVER, n=SEEDS, **asked),
    }


@pytest.mark.parametrize("what", ["outcome", "uses", "provider", "total"])
def test_compare_run_and_optimise_agree_within_their_intervals(answers: dict[str, Any], what: str) -> None:
    rows = {
        "compare": answers["compare"].tables["ranking"].set_index("scenario").loc[LEVER],
        "run": answers["run"].tables[AGAINST].set_index("scenario").loc[LEVER],
    }
    money = getattr(answers["optimise"].money, what)
    means = {name: float(row[f"extra_{what}"]) for name, row in rows.items()} | {"optimise": float(money.mean())}
    ranges = [(row[f"extra_{what}_low"], row[f"extra_{what}_high"]) for row in rows.values()]
    ranges.append(tuple(np.quantile(money, [0.025, 0.975])))
    for low, high in ranges:
        for name, mean in means.items():
            assert low <= mean <= high, f"{what} of {name} is {mean:,.0f}, elsewhere {low:,.0f} to {high:,.0f}"


def test_python_gives_the_runs_of_run(answers: dict[str, Any]) -> None:
    # the same seeds and draws: only discounting and bias lie between them
    pairs = answers["python"]
    money = answers["optimise"].money
    rate = appraisal.BENEFIT_RATE
    ratio = money.outcome.mean() / pairs["outcome_all_difference"].mean()
    assert (1 + rate) ** -10 < ratio < 1
    raw = decision.paired_interval(pairs["cost_provider_all_difference"])
    assert 0 < money.provider.mean() < raw.high and raw.clear
    outcome = float(answers["run"].tables[AGAINST].set_index("scenario").loc[LEVER, "extra_outcome"])
    assert outcome == pytest.approx(money.outcome.mean(), rel=1e-9), "run and optimise make the same runs"


def test_a_mandates_full_cost_stands_beside_its_gain_in_every_output(answers: dict[str, Any]) -> None:
    for result in (answers["compare"], answers["run"]):
        assert "providers GBP m" in result.text and "total GBP m" in result.text
        assert "providers pay" in result.text, "who pays is said where it is not the public"
    parts = answers["compare"].tables["accounts"]
    own = parts[parts["scenario"] == LEVER].groupby("payer")["cost"].sum()
    ranking = answers["compare"].tables["ranking"].set_index("scenario").loc[LEVER]
    assert own["provider"] == pytest.approx(ranking["extra_provider"], rel=0.05)
    assert own["provider"] > own["public"] > 0


def test_a_scenario_without_levers_has_nothing_to_stand_against(tmp_path: Path) -> None:
    made = run("central", replications=2, providers=60, months=6)
    assert AGAINST not in made.tables and "Against doing nothing" not in made.text
    kept = run("central", set={"grant": 0.5}, replications=2, providers=60, months=6, out=tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / f"{AGAINST}.csv")
    assert table["scenario"].tolist()[-1] != "" and set(table["scenario"]) == {"do nothing", "central with grant"}
    assert kept.json[AGAINST][0]["scenario"] in {"do nothing", "central with grant"}
