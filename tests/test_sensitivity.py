"""Which numbers matter: samples, indices without noise, refusals, and the three commands from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from SALib.analyze import morris, sobol

from carespread.cli import varied
from carespread.console import RefusedError, merged
from carespread.experiments import sensitivity as studies
from carespread.experiments.compositions import COMPOSITIONS
from carespread.experiments.discovery import discover
from carespread.experiments.factors import Factor, factors_of, problem_of, uncertain
from carespread.experiments.sampling import checked_samples, layout_of, salib_seed, sampled
from carespread.experiments.sensitivity import measured, sensitivity, study_of, varied_over
from carespread.model import BadInputError, Parameters
from carespread.results.statistics.decision import paired_interval
from carespread.results.statistics.discovery import box_words, discovered, inside
from carespread.results.statistics.indices import (
    DUMMY,
    morris_measures,
    noise_of,
    saltelli_of,
    sobol_indices,
    with_intervals,
)
from carespread.results.statistics.sensitivity import METHODS, analysed

CUBE = st.integers(1, 2**31)


def function(cube: np.ndarray) -> np.ndarray:
    return 3 * cube[:, 0] + 2 * cube[:, 1] * cube[:, 2]


def problem(many: int) -> dict[str, Any]:
    names = [f"x{number}" for number in range(many)]
    return {"num_vars": many, "names": names, "groups": names, "bounds": [[0.0, 1.0]] * many}


# ---- what is varied -------------------------------------------------------------------------------------------------


@given(CUBE)
def test_weights_that_share_out_a_whole_still_do_wherever_they_are_drawn(seed: int) -> None:
    for one in COMPOSITIONS:
        weights = one.quantile(np.random.default_rng(seed).random((20, len(one.members) - 1)))
        assert np.allclose(weights.sum(axis=1), 1) and (weights >= 0).all()
        Parameters.of(**dict(zip(one.members, weights[0].tolist(), strict=True)))


def test_compositions_have_the_mean_of_their_dirichlet_and_name_real_parameters() -> None:
    for one in COMPOSITIONS:
        drawn = one.quantile(np.random.default_rng(1).random((40_000, len(one.members) - 1))).mean(axis=0)
        assert np.allclose(drawn, np.array(one.concentration) / sum(one.concentration), atol=0.005)
        usual = Parameters()
        assert np.allclose(drawn, [getattr(usual, name) for name in one.members], atol=0.01)
        at_end = one.with_one_at(one.members[0], 0.95)
        assert sum(at_end.values()) == pytest.approx(1)


def test_everything_uncertain_is_varied_but_for_what_a_scenario_sets() -> None:
    names = {factor.name for factor in factors_of()}
    assert set(uncertain()) | {one.name for one in COMPOSITIONS} == names
    assert "imitation" not in {factor.name for factor in factors_of(fixed=["imitation"])}
    assert "exposure_layers" not in {factor.name for factor in factors_of(fixed=["area_layer"])}


@pytest.mark.parametrize(
    ("given_names", "says"),
    [
        (["imitaton", "attention"], "did you mean 'imitation'"),
        (["imitation"], "at least 2"),
        (["area_layer", "imitation"], "vary exposure_layers"),
        (["ties", "imitation"], "no declared prior"),
    ],
)
def test_what_cannot_be_varied_is_refused(given_names: list[str], says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        factors_of(given_names)


def test_names_and_ranges_are_read_as_they_are_typed() -> None:
    typed = merged([varied("attention"), varied("imitation=0.01:0.05")])
    assert typed == {"attention": "prior", "imitation": (0.01, 0.05)}
    assert varied_over(typed) == (["attention"], {"imitation": (0.01, 0.05)})
    with pytest.raises(RefusedError, match="--parameter"):
        varied("imitation=0.01")
    with pytest.raises(RefusedError, match="--parameter"):
        merged([varied("attention"), varied("attention")])
    with pytest.raises(BadInputError, match="twice"):
        varied_over(["attention", "attention"])


def test_sobol_wants_powers_of_two_and_says_the_nearest() -> None:
    with pytest.raises(BadInputError, match="nearest is 512"):
        checked_samples("sobol", 500)
    with pytest.raises(BadInputError, match="nearest is 128"):
        checked_samples("sobol", 100)
    assert checked_samples("sobol", 64) == 64


def test_a_seed_of_0_is_a_seed() -> None:
    factors = factors_of(["imitation", "attention"])
    for method, samples in (("morris", 5), ("sobol", 16), ("pawn", 50), ("emulator", 32)):
        one, other, third = (layout_of(method, factors, samples, seed)[0].cube for seed in (0, 0, 1))
        assert np.array_equal(one, other) and not np.array_equal(one, third)
    assert salib_seed(0) > 0


def test_submodels_can_be_varied_whole() -> None:
    layout, _ = layout_of("morris", factors_of(), 4, 1, by_group=True)
    assert "leadership" in layout.names and len(layout.names) < 20
    assert len(layout.cube) == 4 * (len(layout.names) + 1)


# ---- indices --------------------------------------------------------------------------------------------------------


def test_without_noise_the_indices_are_salibs() -> None:
    three = problem(3)
    cube = sampled("sobol", three, 256, 1, second=True)
    ours = sobol_indices(saltelli_of(function(cube)[:, None], 3, True))
    theirs = sobol.analyze(three, function(cube), calc_second_order=True, seed=1)
    for name in ("S1", "ST"):
        assert np.allclose(ours[name], theirs[name], atol=1e-9)
    assert np.allclose(ours["S2"][np.triu_indices(3, 1)], theirs["S2"][np.triu_indices(3, 1)], atol=1e-4)


def test_without_noise_elementary_effects_are_salibs() -> None:
    factors = factors_of(["imitation", "attention", "peer_norm"])
    layout, _ = layout_of("morris", factors, 12, 1)
    values = function(layout.cube)
    table = analysed("y", layout, values[:, None], None).table.set_index("parameter").loc[list(layout.names)]
    theirs = morris.analyze(layout.problem, layout.cube, values, seed=1)
    for name in ("mu", "mu_star", "sigma"):
        assert np.allclose(table[name], np.ma.getdata(theirs[name]).astype(float), atol=1e-9)


def noisy(cube: np.ndarray, seeds: int, size: float, chaotic: int) -> np.ndarray:
    """Noise that every change of one input reshuffles, and no other: the worst that an inert parameter can do."""
    noise = np.stack([[np.random.default_rng([seed, int(1e9 * x[chaotic])]).normal() for x in cube]
                     for seed in range(seeds)], axis=-1)  # fmt: skip
    return function(cube)[:, None] + size * noise


def test_noise_is_no_effect_of_a_parameter_and_the_inert_stay_at_nothing() -> None:
    five = problem(5)
    cube = sampled("sobol", five, 512, 1, second=False)
    values = noisy(cube, 5, 1.5, chaotic=3)
    found = sobol_indices(saltelli_of(values, 5, False))
    exact = sobol_indices(saltelli_of(function(cube)[:, None], 5, False))
    assert found["ST"][4] == 0.0 and found["ST_raw"][3] > 0.2
    assert abs(found["ST"][3]) < 0.08
    assert np.allclose(found["ST"][:3], exact["ST"][:3], atol=0.1)


def test_the_share_of_noise_is_found() -> None:
    rng = np.random.default_rng(1)
    effect, noise = rng.normal(size=(4000, 1)), rng.normal(size=(4000, 8))
    share = noise_of(effect + noise)
    # what a seed does everywhere is chance in a run, but no chance in a difference between points
    assert noise_of(effect + noise + rng.normal(size=(1, 8))).means == pytest.approx(share.means, abs=1e-9)
    assert share.runs == pytest.approx(0.5, abs=0.03)
    assert share.means == pytest.approx((1 / 8) / (1 + 1 / 8), abs=0.03)
    assert np.isnan(noise_of(effect).runs)


def test_noise_free_square_of_elementary_effects_is_unbiased() -> None:
    rng = np.random.default_rng(1)
    steps = np.zeros((2000, 2, 4))
    steps[:, 0] += 1.0
    steps += rng.normal(size=steps.shape)
    found = morris_measures(steps)
    assert found["square"] == pytest.approx([1.0, 0.0], abs=0.05)


def test_intervals_hold_the_estimate_and_narrow_with_rows() -> None:
    rng = np.random.default_rng(1)

    def width(rows: int) -> np.ndarray:
        drawn = rng.normal(size=(rows, 3))
        value, low, high = with_intervals(lambda chosen, _: {"m": drawn[chosen].mean(axis=0)}, rows, 1)["m"]
        assert (low < value).all() and (value < high).all()
        return high - low

    assert (width(5000) < width(50)).all()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_matters_and_passes_over_what_does_not(method: str) -> None:
    factors = factors_of(["imitation", "attention", "peer_norm", "trust"])
    samples = {"oat": 1, "morris": 12, "sobol": 64, "pawn": 400, "emulator": 64}[method]
    layout, _ = layout_of(method, factors, samples, 0)
    inputs = (layout.inputs - layout.inputs.mean()) / layout.inputs.std()
    own = (3 * inputs["imitation"] + inputs["attention"]).to_numpy()
    rng = np.random.default_rng(1)
    values = own[:, None] + 0.05 * rng.normal(size=(1, 3))
    dummy = values[layout.dummies] + 0.05 * rng.normal(size=(len(layout.dummies), 3)) if len(layout.dummies) else None
    made = analysed("y", layout, values, dummy)
    table = made.table.set_index("parameter")
    assert made.table["parameter"].iloc[0] == "imitation"
    assert table.loc["imitation", "told_apart"] and not table.loc["trust", "told_apart"]
    assert not table.loc[DUMMY, "told_apart"] and made.table["parameter"].iloc[-1] == DUMMY
    if method == "emulator":
        assert made.emulator is not None and 0.9 < made.emulator.q2 <= 1 and (table["cv_q2"] == made.emulator.q2).all()


# ---- refusals before and after the runs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"outcomes": ["nonsense"]}, "Unknown outcome 'nonsense': name a column"),
        ({"outcomes": ["outcome_al"]}, "did you mean 'outcome_all'"),
        ({"outcomes": ["using_share_dscr@2099-01"]}, "must be a month"),
        ({"against": "central"}, "compared with itself"),
        ({"changes": {"imitation": 0.1}, "names": ["imitation", "attention"]}, "cannot be varied as well"),
        ({"samples": 2}, "morris needs"),
    ],
)
def test_a_study_that_cannot_be_is_refused_before_any_run(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        study_of("morris", "central", **settings)


SMALL: dict[str, Any] = {
    "outcomes": ["users_dscr"], "parameters": ["imitation", "adoption_threshold"], "replications": 2, "providers": 100,
    "months": 24, "innovations": ["dscr"], "seed": 0,
}  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize(("method", "samples"), [("oat", None), ("morris", 6), ("sobol", 16), ("pawn", 60)])
def test_sensitivity_leaves_tables_figures_and_words(method: str, samples: int | None, tmp_path: Path) -> None:
    settings = SMALL | {"method": method, "samples": samples, "second": method == "sobol"}
    made = sensitivity("central", out=tmp_path / "s", **settings)
    table = pd.read_csv(tmp_path / "s" / "indices.csv")
    assert made.folder == tmp_path / "s" and len(made.tables["indices"]) == len(table)
    own = table[table["outcome"] == "users_dscr"].set_index("parameter")
    assert {"imitation", "adoption_threshold"} <= set(own.index)
    assert (tmp_path / "s" / "summary.txt").read_text().startswith(("What matters", "No parameter"))
    pictures = {path.stem for path in (tmp_path / "s" / "figures").glob("*.png")}
    assert {"ranking-users_dscr", "heat"} <= pictures
    alt = json.loads((tmp_path / "s" / "figures" / "alt.json").read_text())
    assert all(alt[f"{name}.png"] for name in pictures)
    assert (tmp_path / "s" / "second_order.csv").exists() == (method == "sobol")


@pytest.mark.compiled
def test_a_study_goes_on_and_another_outcome_needs_no_new_runs(tmp_path: Path) -> None:
    settings = SMALL | {"method": "morris", "samples": 4}
    sensitivity("central", out=tmp_path, **settings)
    before = (tmp_path / "runs" / "runs.parquet").stat().st_mtime_ns
    with pytest.raises(BadInputError, match="--resume"):
        sensitivity("central", out=tmp_path, **settings)
    again = settings | {"resume": True, "outcomes": ["outcome_dscr"]}
    sensitivity("central", out=tmp_path, **again)
    assert "outcome_dscr" in set(pd.read_csv(tmp_path / "indices.csv")["outcome"])
    blocks = [one.stat().st_mtime_ns for one in (tmp_path / "runs" / "blocks").glob("*.parquet")]
    assert max(blocks) <= before


@pytest.mark.compiled
def test_an_outcome_without_numbers_or_variation_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for outcome, says in (
        ("months_to_four_fifths_acoustic_monitoring", "is empty in"),
        ("cost_public_all", "is 0 in all"),
    ):
        settings = SMALL | {"method": "morris", "samples": 4, "outcomes": [outcome],
                            "innovations": ["acoustic_monitoring"]}  # fmt: skip
        with pytest.raises(BadInputError, match=says):
            sensitivity("central", out=tmp_path, **settings | {"resume": (tmp_path / "runs").exists()})


@pytest.mark.compiled
def test_the_same_seeds_stand_at_every_point_and_the_dummy_has_others(tmp_path: Path) -> None:
    settings = {"names": ["imitation", "trust"], "providers": 100, "months": 6, "innovations": ["dscr"], "seed": 0}
    study = study_of("morris", "central", samples=4, replications=3, **settings)  # type: ignore[arg-type]
    from carespread.experiments.experiment import run_experiment

    run_experiment(study.experiment, tmp_path / "runs", summed_up=False)
    runs = pd.read_parquet(tmp_path / "runs" / "runs.parquet")
    dummies = runs["design"].str.endswith("dummy")
    assert set(runs[~dummies].groupby("design")["seed"].agg(tuple)) == {(0, 1, 2)}
    assert set(runs[dummies].groupby("design")["seed"].agg(tuple)) == {(3, 4, 5)}
    assert not (tmp_path / "runs" / "monthly").exists()
    values, dummy = measured(study, tmp_path / "runs")["using_share_all"]
    assert values.shape == (12, 3) and dummy is not None and dummy.shape == (4, 3)


@pytest.mark.compiled
def test_sobol_screens_first_where_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(studies.SAMPLES, "morris", 4)
    monkeypatch.setitem(studies.REPLICATIONS, "morris", 1)
    settings = SMALL | {"method": "sobol", "samples": 16, "parameters": None, "replications": 1, "top": 3,
                        "months": 6, "providers": 60}  # fmt: skip
    sensitivity("central", out=tmp_path, **settings)
    screened = pd.read_csv(tmp_path / "screening" / "indices.csv")
    leading = screened[screened["outcome"] == "users_dscr"]["parameter"][:3]
    own = pd.read_csv(tmp_path / "indices.csv")
    assert set(own[own["outcome"] == "users_dscr"]["parameter"]) - {DUMMY} == set(leading)


@pytest.mark.compiled
def test_a_difference_between_two_scenarios_is_an_outcome(tmp_path: Path) -> None:
    settings = SMALL | {"method": "oat", "against": "central", "outcomes": ["cost_public_all"]}
    sensitivity("lever_grant", out=tmp_path, **settings)
    record = json.loads((tmp_path / "made_by.json").read_text())
    assert record["scenarios"] == ["lever_grant", "central"] and record["against"]


# ---- what a study could have seen -----------------------------------------------------------------------------------


def test_the_smallest_effect_that_can_be_seen_is_seen_in_four_of_five_studies() -> None:
    rng = np.random.default_rng(1)
    effect = paired_interval(rng.normal(size=30)).detectable
    sizes = [paired_interval(rng.normal(size=30) + 0.53) for _ in range(800)]
    assert 0.4 < effect < 0.7
    assert np.mean([one.clear for one in sizes]) == pytest.approx(0.8, abs=0.05)


# ---- scenario discovery ---------------------------------------------------------------------------------------------


def test_a_box_that_is_there_is_found_and_found_again() -> None:
    pytest.importorskip("ema_workbench")
    rng = np.random.default_rng(1)
    points = pd.DataFrame(rng.random((600, 12)), columns=[f"p{number}" for number in range(12)])
    fails = ((points["p3"] > 0.6) & (points["p7"] < 0.5)).to_numpy() & (rng.random(600) < 0.9)
    made = discovered(points, rng.random(600), fails)
    box = made.boxes[0]
    assert set(box.limits) == {"p3", "p7"} and box.density > 0.7 and box.coverage > 0.7
    assert box.unseen_density > 0.6 and min(box.found_again.values()) > 0.8
    assert made.tree_accuracy > 0.8 and "p3 above" in made.rules[0][0]
    assert inside(points, box.limits).sum() == box.points
    assert box_words({"p_3": (0.5, np.inf), "q": (-np.inf, 2.0)}) == "p 3 above 0.5 and q below 2"


def test_where_nothing_explains_failures_no_box_is_told() -> None:
    pytest.importorskip("ema_workbench")
    rng = np.random.default_rng(2)
    points = pd.DataFrame(rng.random((400, 30)), columns=[f"p{number}" for number in range(30)])
    made = discovered(points, rng.random(400), rng.random(400) < 0.3)
    assert not made.boxes or made.boxes[0].unseen_density < 0.45
    assert made.tree_accuracy < 0.65
    assert discovered(points, rng.random(400), np.zeros(400, bool)).boxes == ()


@pytest.mark.compiled
def test_discover_says_when_a_policy_fails(tmp_path: Path) -> None:
    pytest.importorskip("ema_workbench")
    settings: dict[str, Any] = {
        "outcome": "users_dscr", "samples": 60, "replications": 1, "providers": 100, "months": 48,
    }  # fmt: skip
    said = discover("lever_grant", out=tmp_path, **settings).text
    assert "lever grant fails (its users dscr against central lies below 0)" in said
    assert len(pd.read_csv(tmp_path / "points.csv")) == 60
    with pytest.raises(BadInputError, match="below is nan"):
        discover("lever_grant", out=tmp_path / "x", **settings | {"below": float("nan")})


@pytest.mark.compiled
@pytest.mark.filterwarnings("ignore")
def test_the_ema_workbench_drives_the_model() -> None:
    workbench = pytest.importorskip("ema_workbench")
    from carespread.experiments.ema import ema_model

    model = ema_model("central", uncertainties=["imitation", "attention"], levers=["grant"], providers=60, months=6,
                      replications=1)  # fmt: skip
    with workbench.SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=3, policies=2)
    assert len(experiments) == 6 and np.isfinite(outcomes["using_share_all"]).all()
    with pytest.raises(BadInputError, match="Unknown lever"):
        ema_model(levers=["grnt"])


def test_a_factor_over_a_range_stays_in_it() -> None:
    factor = Factor("imitation", ("imitation",), (0.01, 0.02), "awareness")
    values = factor.values(np.array([[0.0], [1.0]]))["imitation"]
    assert values.tolist() == [0.01, 0.02]
    assert problem_of([factor])["groups"] == ["imitation"]
