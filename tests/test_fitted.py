"""Fitted numbers: whose they are, which run has which draw, and what happens where no posterior fits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carespread as cs
from carespread.cli import main
from carespread.experiments.ablation import ablation_of
from carespread.experiments.compare import comparison_of
from carespread.experiments.factors import factors_of, uncertain
from carespread.experiments.optimise import Laboratory
from carespread.experiments.posterior import Fitted, PriorsWarning, fitted_for
from carespread.experiments.replication import run
from carespread.experiments.run import described, inputs_of, planned, replicate
from carespread.experiments.sensitivity import study_of
from carespread.model import BadInputError, Parameters, simulate
from carespread.model.innovations import Own, find
from carespread.model.inputs import with_own
from carespread.model.scenario import read_scenario
from carespread.model.version import RESULTS_VERSION
from carespread.results.store import posterior as shipped
from carespread.results.store.posterior import read_posterior

DRAWS = tuple(
    {
        "dscr.base_awareness": 0.001 + 0.002 * at,
        "dspt.base_awareness": 0.002 + 0.002 * at,
        "base_awareness": 0.01 + 0.001 * at,
        "attention": 0.03 + 0.01 * at,
        "adoption_threshold": 0.1 * at,
        "partner_layer": 0.2 + 0.1 * at,
        "area_layer": 0.6 - 0.1 * at,
        "setting_layer": 0.2,
    }
    for at in range(5)
)
FITTED = Fitted("here", ("dscr", "dspt"), DRAWS, ("dscr.base_awareness", "attention"))
SMALL: dict[str, Any] = {"providers": 200, "months": 12, "replications": 3}


def posterior_in(folder: Path, version: int = RESULTS_VERSION) -> Path:
    folder.mkdir(parents=True)
    pd.DataFrame(DRAWS).to_parquet(folder / "posterior.parquet", index=False)
    record = {"results_version": version, "innovations": ["dscr", "dspt"], "learned": list(FITTED.learned)}
    (folder / "made_by.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def own_everywhere(changes: dict[str, float]) -> Any:
    names = ("dscr", "acoustic_monitoring")
    innovations, _ = with_own(find(names), {f"{one}.{name}": v for one in names for name, v in changes.items()})
    settings: dict[str, Any] = {"providers": 200, "months": 24, "seed": 3}
    own = simulate(Parameters.of(), innovations=innovations, **settings)
    sector = simulate(Parameters.of(**changes), innovations=names, **settings)
    return own.record, sector.record


@pytest.mark.parametrize("name", Own._fields)
def test_a_number_that_every_innovation_has_of_its_own_is_the_sectors(name: str) -> None:
    usual = getattr(Parameters(), name)
    own, sector = own_everywhere({name: 1.5 * usual})
    assert all(np.array_equal(a, b) for a, b in zip(own, sector, strict=True))
    moved, _ = own_everywhere({name: 0.1 * usual})
    assert not np.array_equal(moved.counts, own.counts), "a number of its own that does nothing is none"


def test_an_own_number_moves_its_innovation() -> None:
    run = planned(read_scenario("central"), changes={"dscr.imitation": 0.05}, **SMALL)
    assert run.innovations[0].own.imitation == 0.05 and run.innovations[1].own == Own()
    assert described(run, None)["own"] == {"dscr": {"imitation": 0.05}}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dcsr.imitation": 0.1}, "no innovation 'dcsr': did you mean 'dscr'"),
        ({"dscr.imitatoin": 0.1}, "did you mean 'imitation'"),
        ({"dscr.trust": 0.1}, "no 'trust' of its own"),
        ({"dscr.imitation": 7.0}, "from 0 to"),
    ],
)
def test_an_own_number_that_cannot_be_is_refused(changes: dict[str, float], says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        planned(read_scenario("central"), changes=changes)


def test_each_seed_has_its_draw_and_what_is_set_stays() -> None:
    plan = planned(read_scenario("central"), fitted=FITTED, changes={"attention": 0.2}, **SMALL)
    for seed in (1, 2, 6):
        inputs = inputs_of(plan, seed)
        parameters, innovations = inputs.parameters, inputs.innovations
        draw = DRAWS[seed % 5]
        assert parameters.attention == 0.2 and parameters.adoption_threshold == draw["adoption_threshold"]
        own = {one.name: one.own.base_awareness for one in innovations}
        assert own["dscr"] == draw["dscr.base_awareness"] and own["dspt"] == draw["dspt.base_awareness"]
        assert own["acoustic_monitoring"] is None and parameters.base_awareness == draw["base_awareness"]
        assert parameters.partner_layer == draw["partner_layer"]
    assert plan.parameters.adoption_threshold == pytest.approx(0.2), "the plan itself stands at the medians"
    elsewhere = planned(read_scenario("tight"), fitted=FITTED, **SMALL)
    assert inputs_of(elsewhere, 3).innovations[0].own == inputs_of(plan, 3).innovations[0].own


def test_a_name_that_is_set_for_all_is_set_for_the_fitted_too() -> None:
    plan = planned(read_scenario("central"), fitted=FITTED, changes={"base_awareness": 0.02}, **SMALL)
    inputs = inputs_of(plan, 1)
    assert inputs.parameters.base_awareness == 0.02 and all(one.own == Own() for one in inputs.innovations)


def test_weights_that_share_out_a_whole_stay_together() -> None:
    plan = planned(read_scenario("central"), fitted=FITTED, changes={"partner_layer": 0.0}, **SMALL)
    parameters = inputs_of(plan, 1).parameters
    usual = Parameters()
    assert (parameters.area_layer, parameters.setting_layer) == (usual.area_layer, usual.setting_layer)
    middle = FITTED.middle()
    assert sum(middle[name] for name in ("partner_layer", "area_layer", "setting_layer")) == pytest.approx(1.0)


def test_what_belongs_to_an_innovation_that_is_not_in_the_run_is_left_out() -> None:
    plan = planned(read_scenario("central"), fitted=FITTED, innovations=["dspt"], **SMALL)
    assert inputs_of(plan, 2).innovations[0].own.base_awareness == DRAWS[2]["dspt.base_awareness"]


def test_runs_differ_by_their_draws_and_say_so() -> None:
    fixed, varied = (replicate(planned(read_scenario("central"), fitted=one, **SMALL)) for one in (None, FITTED))
    assert fixed.made_by["fitted"] is None and varied.made_by["fitted"]["draws"] == 5
    assert not np.array_equal(fixed.runs["using_share_dscr"], varied.runs["using_share_dscr"])


def test_which_posterior_a_run_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = posterior_in(tmp_path / "old", RESULTS_VERSION - 1), posterior_in(tmp_path / "new")
    monkeypatch.setattr("carespread.experiments.posterior.PUBLISHED", new)
    found, says = fitted_for(None, False, ["dscr", "acoustic_monitoring"])
    assert found is not None and "of digital social care records; acoustic monitoring has no series" in says
    assert says.startswith("8 uncertain numbers are drawn") and "of 2 of them the data say something" in says
    assert fitted_for(None, True, ["dscr"])[0] is None
    assert fitted_for(None, False, ["acoustic_monitoring"])[0] is None
    assert fitted_for(new / "posterior.parquet", False, ["dspt"])[0] is not None
    monkeypatch.setattr("carespread.experiments.posterior.PUBLISHED", old)
    with pytest.warns(PriorsWarning, match="results_version .* medians of their priors"):
        found, says = fitted_for(None, False, ["dscr"])
    assert found is None and "results_version" in says and "medians of their priors" in says
    with pytest.raises(BadInputError, match=r"results_version .*carespread calibrate"):
        fitted_for(old, False, ["dscr"])
    with pytest.raises(BadInputError, match="choose one"):
        fitted_for(new, True, ["dscr"])
    with pytest.raises(BadInputError, match="holds no posterior"):
        fitted_for(tmp_path / "nowhere", False, ["dscr"])


def test_falling_back_to_priors_is_said_once_in_python_and_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("carespread.experiments.posterior.PUBLISHED", posterior_in(tmp_path / "old", 0))
    with pytest.warns(PriorsWarning, match="medians of their priors") as said:
        cs.simulate("central", providers=50, months=1)
    assert len(said) == 1
    monkeypatch.setattr(sys, "argv", ["carespread", "run", "--providers", "50", "--months", "1", "--replications", "1"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main()
    lines = [line for line in capsys.readouterr().err.splitlines() if "medians of their priors" in line]
    assert left.value.code == 0 and len(lines) == 1 and lines[0].startswith("The posterior in ")


def spoiled(folder: Path, draws: Any, **record: Any) -> Path:
    """Return a posterior whose file or record somebody changed."""
    posterior_in(folder)
    draws.to_parquet(folder / "posterior.parquet", index=False)
    kept = json.loads((folder / "made_by.json").read_text(encoding="utf-8")) | record
    known = {name: value for name, value in kept.items() if value is not None}
    (folder / "made_by.json").write_text(json.dumps(known), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("columns", "record", "says"),
    [
        ({"attention": [0.1, np.inf]}, {}, "attention is inf"),
        ({"attention": [0.1, np.nan]}, {}, "attention is nan"),
        ({"attention": [0.1, 7.0]}, {}, "attention is 7: it must be from 0 to 5"),
        ({"attention": ["much", "more"]}, {}, "attention is 'much'"),
        ({"attentoin": [0.1, 0.2]}, {}, "did you mean 'attention'"),
        ({"dscr.attention": [0.1, 7.0]}, {}, "attention is 7: it must be from 0 to 5"),
        ({"dscr.trust": [0.1, 0.2]}, {}, "unknown parameter 'dscr.trust'"),
        ({"shared_lives.attention": [0.1, 0.2]}, {}, "unknown parameter 'shared_lives.attention'"),
        ({"attention": []}, {}, "has no draws"),
        ({"attention": [0.1]}, {"innovations": None}, "names no innovations"),
        ({"attention": [0.1]}, {"innovations": []}, "names no innovations"),
        ({"attention": [0.1]}, {"innovations": "dscr"}, "names no innovations"),
        ({"attention": [0.1]}, {"innovations": ["dcsr"]}, "did you mean 'dscr'"),
    ],
)
def test_a_posterior_that_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path, columns: dict[str, Any], record: dict[str, Any], says: str
) -> None:
    folder = spoiled(tmp_path / "fit", pd.DataFrame(columns), **record)
    with pytest.raises(BadInputError, match=says) as refusal:
        fitted_for(folder, False, ["dscr"])
    assert str(refusal.value).count("\n") == 0


def test_a_record_that_is_no_table_is_no_posterior(tmp_path: Path) -> None:
    folder = posterior_in(tmp_path / "fit")
    (folder / "made_by.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(BadInputError, match="no record of a run"):
        fitted_for(folder, False, ["dscr"])


def test_the_posterior_that_ships_belongs_to_this_version_and_is_small() -> None:
    draws = read_posterior(shipped.PUBLISHED)
    assert 300 <= len(draws) <= 500 and set(uncertain()) <= set(draws) and "dscr.attention" in draws
    assert (shipped.PUBLISHED / shipped.DRAWS).stat().st_size < 300_000  # 500 draws of 111 numbers
    assert draws["attention"].between(0.002, 0.016).all(), "as its prior says"
    record = json.loads((shipped.PUBLISHED / "made_by.json").read_text(encoding="utf-8"))
    assert record["parameters"] == list(draws) and set(record["learned"])
    assert len(record["frozen"]["commit"]) == len(record["scoring"]["commit"]) == 40


def test_run_takes_the_published_posterior_unless_told_otherwise(tmp_path: Path) -> None:
    usual: dict[str, Any] = {"providers": 100, "months": 6, "replications": 2, "innovations": ["dscr"]}
    kept, said = {}, ""
    for name, prior in (("fitted", False), ("prior", True)):
        said += run("historical", **usual, prior=prior, out=tmp_path / name).text
        kept[name] = json.loads((tmp_path / name / "made_by.json").read_text(encoding="utf-8"))
    assert "fitted to published series of digital social care records" in said and "as --prior asks" in said
    assert kept["prior"]["fitted"] is None and kept["fitted"]["fitted"]["innovations"] == ["dscr", "dspt"]
    assert kept["prior"]["parameters"]["attention"] == Parameters().attention
    assert kept["fitted"]["own"]["dscr"]


def test_a_comparison_draws_from_the_posterior_and_rests_on_its_medians() -> None:
    made = comparison_of("central", ["lever_grant"], replications=2, providers=100, samples=6, fitted=FITTED)
    for point in made.experiments["pairs"].points:
        assert point.values["dscr.base_awareness"] == pytest.approx(0.005) and point.values["attention"] == 0.05
    known = {draw["attention"] for draw in DRAWS}
    points = made.experiments["parameters"].points
    assert {point.values["attention"] for point in points} <= known
    for one, other in zip(points[:6], points[6:], strict=True):
        assert one.values == other.values, "both scenarios at the same points"
    assert {"dscr.base_awareness", "dspt.base_awareness", "base_awareness"} <= set(made.points[0])
    assert {point["base_awareness"] for point in made.points} <= {draw["base_awareness"] for draw in DRAWS}
    assert "trust" in made.points[0], "what the posterior does not hold still has its prior"
    alone = comparison_of("central", ["lever_grant"], providers=100, samples=6, fitted=FITTED, innovations=("dscr",))
    assert "base_awareness" not in alone.points[0]


def test_sensitivity_moves_what_was_fitted_within_its_posterior() -> None:
    factors = factors_of(["base_awareness", "attention", "imitation"], fitted=FITTED, innovations=["dscr", "dspt"])
    values = factors[0].values(np.array([[0.0], [1.0]]))
    assert values["dscr.base_awareness"].tolist() == pytest.approx([0.001, 0.009])
    assert values["dspt.base_awareness"].tolist() == pytest.approx([0.002, 0.010]), "all move together"
    assert values["base_awareness"].tolist() == pytest.approx([0.01, 0.014])
    assert factors[1].values(np.array([[0.5]]))["attention"] == pytest.approx(0.05)
    assert not factors[2].fitted
    settings: dict[str, Any] = {"samples": 4, "providers": 100, "months": 12, "fitted": FITTED}
    study = study_of("morris", "central", names=["imitation", "attention"], **settings)
    for point in study.experiment.points:
        assert point.values["dscr.base_awareness"] == pytest.approx(0.005)
        assert 0.03 <= point.values["attention"] <= 0.07
    ranged = study_of("morris", "central", ranges={"base_awareness": (0.01, 0.02), "attention": (0.1, 0.2)}, **settings)
    assert not any("." in name for point in ranged.experiment.points for name in point.values)


def test_claims_are_weighed_at_draws_of_the_posterior() -> None:
    settings: dict[str, Any] = {"samples": 6, "replications": 1, "providers": 100}
    ablation = ablation_of(["C4", "C11"], fitted=FITTED, **settings)
    assert ablation.fitted and ablation.varied == len(FITTED.names)
    known = {draw["attention"] for draw in DRAWS}
    for point in ablation.experiment.points:
        assert point.values["attention"] in known and point.values["dscr.base_awareness"] < 0.01
    pairs = {point.name.rpartition("|")[2]: set() for point in ablation.experiment.points}  # type: ignore[var-annotated]
    for point in ablation.experiment.points:
        pairs[point.name.rpartition("|")[2]].add(point.values["attention"])
    assert all(len(values) == 1 for values in pairs.values()), "with and without at the same draw"
    assert not ablation_of(["C4"], **settings).fitted


def test_portfolios_are_searched_under_draws_of_the_posterior() -> None:
    fitted, usual = (Laboratory(100, 12, range(3), fitted=one).baseline[0]["outcome"] for one in (FITTED, None))
    assert not np.array_equal(fitted, usual)


def test_a_policy_fails_or_not_within_the_posterior() -> None:
    settings: dict[str, Any] = {"samples": 50, "replications": 1, "providers": 100, "months": 12, "fitted": FITTED}
    study = study_of("pawn", "lever_grant", against="central", names=["attention", "trust"], **settings)
    for point in study.experiment.points:
        assert 0.03 <= point.values["attention"] <= 0.07
