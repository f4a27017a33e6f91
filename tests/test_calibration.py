"""What the data can say: targets, inference whose answer is known, and a fit from end to end."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from carespread.calibration import rivals, sector_runs
from carespread.calibration.calibrate import PAGE, calibrate
from carespread.calibration.facts import FACTS, HOMES, NOT, OPEN, REPRODUCED, patterns_of
from carespread.calibration.fit import LEAST_BUDGET, evidence_of, posterior_of
from carespread.calibration.forecast import steps_of, with_observation
from carespread.calibration.freeze import Commit, commit_now, follows
from carespread.calibration.growth import CURVES, crps, fitted_curve, interval_score
from carespread.calibration.history_matching import Problem, matched, weights_of
from carespread.calibration.implications import implied_words
from carespread.calibration.levels import levels_table
from carespread.calibration.observation import DEFINITIONS
from carespread.calibration.priors import FREE, axes_of, values_of
from carespread.calibration.publish import publish
from carespread.calibration.stage_pattern import MEASURES, pattern_at
from carespread.calibration.targets import (
    CALIBRATION,
    FILE,
    VALIDATION,
    dated,
    fitted_only,
    innovations_of,
    observed,
    read_targets,
)
from carespread.calibration.validate import validate
from carespread.experiments.compositions import COMPOSITIONS
from carespread.experiments.factors import uncertain
from carespread.experiments.run import planned
from carespread.experiments.verification import verify
from carespread.model import BadInputError, Parameters
from carespread.model.levels import level
from carespread.model.population.country import home
from carespread.model.population.england.evidence import adoption_series, month_of
from carespread.model.scenario import read_scenario
from carespread.model.version import RESULTS_VERSION
from carespread.results.statistics.inference import Observed, Posterior, interval, rank_of, regression_abc, uniformity
from carespread.results.store.files import hash_of
from carespread.results.store.posterior import read_posterior


def rows() -> list[str]:
    return FILE.read_text(encoding="utf-8").splitlines()


def written(tmp_path: Path, lines: list[str]) -> Path:
    path = tmp_path / "targets.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# ---- targets --------------------------------------------------------------------------------------------------------


def test_every_target_stands_in_the_evidence_with_the_same_role() -> None:
    published = {(month_of(one.date), one.value, one.source_id): one.role for one in adoption_series()}
    for target in dated(read_targets(FILE, read_scenario("historical"))):
        role = published[(target.date, round(100 * target.value, 6), target.source_id)]
        assert role in (target.role, "check_lower_bound")
        assert (target.role == VALIDATION) == (role == VALIDATION)


def test_the_stage_pattern_is_v19_and_moves_with_the_hazard_of_dropping() -> None:
    pattern = [one for one in read_targets(FILE, read_scenario("historical")) if not one.date]
    known = verify(["V19"]).tables["cases"]["reference"].tolist()
    assert [one.value for one in pattern] == known and [one.measure for one in pattern] == list(MEASURES)
    for target in pattern:
        low, usual, high = pattern_at(target.measure, np.array([0.0175, Parameters().sustain_hazard, 0.07]))
        assert low > usual > high and usual == pytest.approx(target.value, abs=0.02)


def test_what_is_held_out_never_reaches_a_fit(tmp_path: Path) -> None:
    scenario = read_scenario("historical")
    other = [line.replace(",0.80,", ",0.10,") if ",validation," in line else line for line in rows()]
    one, two = (fitted_only(read_targets(path, scenario)) for path in (FILE, written(tmp_path, other)))
    assert one == two and {target.role for target in one} == {CALIBRATION}
    assert all(np.array_equal(a, b) for a, b in zip(observed(one), observed(two), strict=True))
    held_out = written(tmp_path, [rows()[0], *(line for line in rows() if ",validation," in line)])
    with pytest.raises(BadInputError, match="never fitted"):
        fitted_only(read_targets(held_out, scenario))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (",dscr,", ",dscrr,", "did you mean 'dscr'"),
        (",using_share,", ",usage,", "Unknown measure"),
        (",all,", ",settings=homecare,", "Unknown population"),
        (",2022-03,", ",2020-03,", "from 2021-04 to 2025-12"),
        (",0.02,0.02,", ",-0.02,0.02,", "The error is '-0.02'"),
        (",0.45,", ",45,", "a share from 0 to 1"),
        (",providers,", ",sites,", "the source counts sites"),
        (",S001,", ",S999,", "Unknown source_id"),
        (",0.45,", ",nan,", "The value is 'nan'"),
        ("CQC-registered adult", "CQC-registered adlut", "Unknown population .*did you mean"),
        ("CQC-registered adult social care providers, England", "", "Unknown population ''"),
        ("CQC-registered adult social care providers", "homecare services", "that is setting=homecare"),
        ("CQC-registered adult social care providers", "people receiving care", "is counted by people"),
        (",providers,", ",beds,", "Unknown denominator 'beds'"),
        (",providers,", ",,", "Unknown denominator ''"),
        (",records-2021,", ",,", "Unknown definition ''"),
        (",records-2021,", ",records-2020,", "did you mean 'records-202"),
        (",records-2021,", ",standards-published,", "is counted by sites"),
        (",2022-03,", ",2025-03,", "is counted until 2025-01"),
        ("dscr-2022-03,dscr,", ",dscr,", "an id and one cell"),
    ],
)
def test_a_target_that_cannot_be_compared_is_refused_with_its_line(
    before: str, after: str, says: str, tmp_path: Path
) -> None:
    lines = rows()
    assert before in lines[1]
    lines[1] = lines[1].replace(before, after, 1)
    with pytest.raises(BadInputError, match=f"line 2: .*{says}"):
        read_targets(written(tmp_path, lines), read_scenario("historical"))


def test_a_validation_row_asked_for_in_a_fit_is_refused(tmp_path: Path) -> None:
    lines = [line.replace(",validation,", ",calibration,") for line in rows()]
    with pytest.raises(BadInputError, match="dscr-2025-05' is held out for validation"):
        read_targets(written(tmp_path, lines), read_scenario("historical"))


def test_targets_may_bring_an_innovation_and_a_source_of_their_own(tmp_path: Path) -> None:
    shipped = (home().innovations / "dscr.toml").read_text(encoding="utf-8")
    (tmp_path / "robots.toml").write_text(shipped, encoding="utf-8")
    head = (
        "id,innovation,measure,group,date,value,error,discrepancy,censored,role,source_id,source,population,denominator"
    )
    mine = 'one,robots.toml,using_share,all,2023-03,0.5,0.02,0.02,,calibration,X1,"A survey, 2023","adult social care'
    path = written(tmp_path, [f"{head},definition", f'{mine} providers, England",providers,in-use'])
    (target,) = read_targets(path, read_scenario("historical"))
    assert target.innovation == "robots" and [one.name for one in innovations_of([target])] == ["robots"]
    assert target.column == "using_share_robots_2023_03" and target.source == "A survey, 2023"
    for without, says in ((',"A survey, 2023"', "Unknown source_id 'X1'"), ("X1", "no source_id")):
        broken = written(tmp_path, [f"{head},definition", f'{mine} providers, England",providers,in-use'.replace(
            without, "," if without.startswith(",") else "")])  # fmt: skip
        with pytest.raises(BadInputError, match=f"line 2: .*{says}"):
            read_targets(broken, read_scenario("historical"))


def test_a_changed_definition_is_a_step_declared_before_scoring() -> None:
    scenario = read_scenario("historical")
    held = [one for one in read_targets(FILE, scenario) if one.role == VALIDATION]
    assert {(one.measure, one.denominator, one.definition) for one in held} == {("site_share", "sites", "records-2025")}
    changed = DEFINITIONS["records-2025"]
    assert (changed.step, changed.spread) == (0.03, 0.03) and all(
        one.step == one.spread == 0 for name, one in DEFINITIONS.items() if name != "records-2025"
    )
    luck = np.random.default_rng(1)
    steps = steps_of(20_000, luck)
    first, second = (with_observation(np.full(20_000, 0.7), one, steps, luck) for one in held)
    assert first.mean() == pytest.approx(0.73, abs=0.002) and first.std() == pytest.approx(np.sqrt(0.0017), rel=0.03)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(9 / 17, abs=0.03), "one step for both"
    seen = observed([held[0]])
    assert seen.values[0] == pytest.approx(held[0].value - 0.03) and seen.errors[0] == pytest.approx(np.sqrt(0.0017))


def test_every_uncertain_number_is_drawn_and_few_are_fitted() -> None:
    axes = axes_of(("dscr", "dspt"))
    fitted = [axis.name for axis in axes if axis.fitted]
    own = [f"{one}.{name}" for one in ("dscr", "dspt") for name in ("base_awareness", "attention", "start_aware")]
    assert fitted == [*own, "adoption_threshold", "sustain_hazard"] == [axis.name for axis in FREE]
    rows = values_of(axes, np.random.default_rng(1).random((50, len(axes))))
    wanted = {
        *own,
        "dscr.sustain_hazard",
        "dspt.sustain_hazard",
        "sustain_hazard",
        *uncertain(),
        *(name for one in COMPOSITIONS for name in one.members),
    }
    for row in rows:
        assert set(row) == wanted
        plan = planned(read_scenario("historical"), changes=row, providers=100)
        assert plan.innovations[0].own.attention == row["dscr.attention"]
    medians = {axis.name: axis.prior.quantile(0.5) for axis in axes if axis.name.endswith("attention")}
    assert medians["dscr.attention"] == medians["dspt.attention"] > 1.5 * medians["attention"]
    middle = values_of(axes, np.full((1, len(axes)), 0.5))[0]
    usual = Parameters()._asdict()
    for name in uncertain():
        assert middle[name] == pytest.approx(usual[name], rel=0.01, abs=1e-9), name


# ---- history matching on a line whose answer is known ---------------------------------------------------------------


def line_problem(values: list[float], error: float = 0.05) -> Problem:
    """Two data, a + b + noise and a - c, over three numbers of which the first two are what the data are there for."""

    def simulate(cube: np.ndarray, name: str) -> np.ndarray:
        luck = np.random.default_rng(len(name) + len(cube))
        noise = 0.02 * luck.normal(size=(len(cube), 1))
        return np.stack([cube[:, :1] + cube[:, 1:2] + noise, cube[:, :1] - cube[:, 2:]], axis=2)

    seen = Observed(np.array(values), np.full(2, error), np.zeros(2, int))
    return Problem(seen, 3, 2, simulate, 1, ("sum", "difference"))


def test_points_of_later_waves_weigh_what_they_are() -> None:
    problem = line_problem([0.5, 0.2])
    waves = matched(problem, 1200, lambda _: None)
    assert len(waves) > 1 and waves[-1].left < 0.5 and not waves[-1].emulators
    assert sum(len(wave.cube) for wave in waves) == 1200, "the whole budget is spent"
    weights = weights_of(waves, problem.observed)
    cube = np.concatenate([wave.cube for wave in waves])
    assert weights.mean() == pytest.approx(1.0, abs=0.1)
    assert (weights[:, None] * cube).mean(axis=0) == pytest.approx([0.5, 0.5, 0.5], abs=0.05), (
        "weighed, it is the prior"
    )
    posterior, _ = posterior_of(problem, waves)
    a, b, c = posterior.weights @ posterior.draws
    assert a + b == pytest.approx(0.5, abs=0.03) and a - c == pytest.approx(0.2, abs=0.03)


def test_the_evidence_of_a_line_is_the_exact_one() -> None:
    problem = line_problem([0.5, 0.2])
    found = evidence_of(matched(problem, 3000, lambda _: None), problem.observed)
    luck = np.random.default_rng(3)
    a, b, c = luck.random((3, 2_000_000))
    spread = np.hypot(0.05, 0.02)
    exact = np.log(np.mean(norm.pdf(a + b, 0.5, spread) * norm.pdf(a - c, 0.2, 0.05)))
    assert found.log == pytest.approx(exact, abs=4 * found.error + 0.02) and found.error < 0.15


def test_a_datum_that_makes_the_fit_impossible_is_named() -> None:
    with pytest.raises(BadInputError, match=r"above all not sum \(2.6\); without it \d"):
        matched(line_problem([2.6, 0.2]), 1200, lambda _: None)


def test_what_the_emulator_cannot_know_is_counted_once() -> None:
    problem = line_problem([0.5, 0.2])
    (first, *_) = matched(problem, 1200, lambda _: None)
    _, deviation = first.emulators[0].predict(np.random.default_rng(1).random((200, 3)))
    assert np.median(deviation) == pytest.approx(0.02, rel=0.25) and (first.chance == 0).all()


# ---- inference whose answer is known --------------------------------------------------------------------------------


def normal_posterior(datum: float, error: float, seed: int = 1, **settings: Any) -> tuple[float, float]:
    cube = np.random.default_rng(seed).random((60_000, 1))
    seen = Observed(np.array([datum]), np.array([error]), np.array([settings.pop("censored", 0)]))
    made = regression_abc(cube, norm.ppf(cube), seen, kept=6000, seed=seed)
    theta = norm.ppf(made.draws[:, 0])
    mean = float((made.weights * theta).sum())
    return mean, float(np.sqrt((made.weights * (theta - mean) ** 2).sum()))


@pytest.mark.parametrize("datum", [-1.0, 0.0, 1.5])
def test_the_posterior_of_a_normal_toy_is_the_exact_one(datum: float) -> None:
    mean, deviation = normal_posterior(datum, 0.5)
    assert mean == pytest.approx(0.8 * datum, abs=0.05)
    assert deviation == pytest.approx(np.sqrt(0.2), abs=0.04)


def test_a_limit_speaks_on_one_side_only() -> None:
    more, _ = normal_posterior(0.0, 0.1, censored=1)
    less, _ = normal_posterior(0.0, 0.1, censored=-1)
    assert more > 0.3 and less < -0.3
    seen = Observed(np.array([0.5]), np.array([0.1]), np.array([1]))
    assert seen.cut(np.array([[0.2], [0.9]])).ravel().tolist() == [0.2, 0.5]


def test_without_information_the_posterior_is_the_prior() -> None:
    rng = np.random.default_rng(1)
    cube = rng.random((20_000, 2))
    summaries = rng.normal(size=(20_000, 1))
    made = regression_abc(cube, summaries, Observed(np.zeros(1), np.ones(1), np.zeros(1)), kept=5000, seed=1)
    assert np.allclose(made.sample(4000, 1).std(axis=0), np.sqrt(1 / 12), atol=0.01)
    low, high = interval(made)
    assert np.allclose(low, 0.05, atol=0.02) and np.allclose(high, 0.95, atol=0.02)
    assert (interval(made, widen=2.0)[0] <= low).all()


def test_too_few_draws_for_a_regression_are_refused() -> None:
    with pytest.raises(BadInputError, match="larger --budget"):
        regression_abc(np.ones((50, 2)), np.ones((50, 9)), Observed(*(np.ones(9),) * 3), kept=20, seed=1)


def test_ranks_of_the_wrong_posterior_are_not_uniform() -> None:
    rng = np.random.default_rng(1)
    right: list[int] = []
    narrow: list[int] = []
    for study in range(300):
        truth, datum = rng.normal(), 0.0
        datum = truth + 0.5 * rng.normal()
        for ranks, spread in ((right, 1.0), (narrow, 0.5)):
            draws = 0.8 * datum + spread * np.sqrt(0.2) * rng.normal(size=(2000, 1))
            ranks.append(int(rank_of(np.array([truth]), Posterior(draws, np.full(2000, 1 / 2000)), study)[0]))
    assert uniformity(np.array(right)) < 36.19 < uniformity(np.array(narrow))


# ---- simple curves and scores ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("curve", CURVES, ids=[one.name for one in CURVES])
def test_a_curve_is_found_again(curve: Any) -> None:
    t = np.array([0.0, 5, 10, 15, 20, 30, 40])
    truth = {"straight line": (0.01,), "constant hazard": (0.02,), "Bass": (0.005, 0.03)}.get(curve.name, (0.05, 1.0))
    values = curve.value(t, 0.4, *truth)
    assert values[0] == pytest.approx(0.4, abs=1e-6)
    found, _ = fitted_curve(curve, t[1:], values[1:], 0.4)
    assert np.allclose(
        curve.value(np.array([60.0]), 0.4, *found), curve.value(np.array([60.0]), 0.4, *truth), atol=0.01
    )


@given(st.floats(-2, 2), st.floats(0.1, 3))
def test_crps_of_a_normal_is_gneitings(value: float, deviation: float) -> None:
    draws = deviation * norm.ppf((np.arange(4000) + 0.5) / 4000)
    z = value / deviation
    exact = deviation * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(draws, value) == pytest.approx(exact, abs=0.01 * deviation)


def test_an_interval_pays_for_its_width_and_for_missing() -> None:
    assert interval_score(0.5, 0.4, 0.6) == pytest.approx(0.2)
    assert interval_score(0.7, 0.4, 0.6) == pytest.approx(0.2 + 20 * 0.1)


def test_a_fact_is_reproduced_not_ruled_out_or_missed() -> None:
    months = [str(month) for month in pd.period_range("2021-04", "2025-12", freq="M")]
    draws = np.linspace(-0.02, 0.02, 41)

    def frame(first: float, last: float) -> pd.DataFrame:
        line = np.interp(np.arange(57), [0, 8, 34, 56], [first, first, last, last])
        return pd.DataFrame(line[:, None] + draws * np.linspace(0, 1, 57)[:, None], index=pd.Index(months))

    frames = {
        ("dscr", "all", "using_share"): frame(0.4, 0.61), ("dscr", "all", "people_share"): frame(0.5, 0.7),
        ("dspt", "all", "site_share"): frame(0.15, 0.3), ("dspt", "setting=homecare", "site_share"): frame(0.15, 0.25),
    }  # fmt: skip
    for one in HOMES:
        frames["dscr", f"setting={one}", "exits"] = frame(0.0, 0.0) + 3.75
        frames["dscr", f"setting={one}", "providers"] = frame(0.0, 0.0) + 1800.0
    runs = {one.measure: np.full(5, 1.0) for one in FACTS if isinstance(one.measure, str)}
    table = patterns_of(frames, runs).dropna(subset="median").set_index("says")["verdict"]
    assert table["Shared Lives stays small"] == REPRODUCED and table["Ratings are sticky and compressed"] == NOT
    assert table["Records grow by about .8 points a month to February 2024"] == REPRODUCED
    assert table["Larger providers first: people covered exceed providers"] == REPRODUCED
    assert table["The toolkit rises fast: 15 to 75 % of sites in three years"] == NOT
    assert table["Care homes close at about 3 % a year"] == REPRODUCED
    assert table["Homecare stays behind all sites with the toolkit"] in (OPEN, NOT)


def test_rivals_are_the_levels_below_and_adaptive_emulation() -> None:
    made = rivals.rivals()
    assert all(changes.get("scaling", True) for changes in made.values()), "data that count sites need roll-out"
    assert [name[:2] for name in made][:5] == ["L0", "L1", "L2", "L3", "L4"] and rivals.EMULATION in made
    assert not made[next(iter(made))]["value"] and made[rivals.EMULATION] == {"success_bias": 1.0}


def test_sets_that_disagree_about_policy_say_so() -> None:
    rows = [(1, "lever_grant", 10.0, 1), (1, "lever_mandate", 5.0, 2), (2, "lever_grant", 1.0, 2),
            (2, "lever_mandate", 6.0, 1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["set", "lever", "extra_outcome", "rank"])
    assert implied_words(table).startswith("They do not agree") and "grant adds runs from 1 to 10" in implied_words(
        table
    )
    assert implied_words(table[table["set"] == 1]).startswith("All three put grant first")


# ---- from end to end ------------------------------------------------------------------------------------------------

SETTINGS: dict[str, Any] = {"budget": 400, "providers": 300, "seed": 3}
FEW = ("id,", "dscr-2022", "dscr-2023-10", "dscr-2024", "dspt-", "hard-routine", "dscr-2025")
"""Of the targets: each costs an emulator a wave, in every fit."""


def few_rows() -> list[str]:
    return [line for line in rows() if line.startswith(FEW)]


def made_up(tmp_path: Path, later: str = "0.74") -> Path:
    """Return targets whose held-out values are made up: the published ones are scored once, and not by a test."""
    lines = [line.replace(",0.80,", f",{later},") for line in few_rows()]
    return written(tmp_path, [line.replace(",0.75,0.02,0.02,,val", ",0.71,0.02,0.02,,val") for line in lines])


@pytest.mark.compiled
def test_a_short_calibration_leaves_a_posterior_a_page_and_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    level_1 = {**level("L1")._asdict(), "scaling": True}
    monkeypatch.setattr(rivals, "rivals", lambda: {"value and choice alone": level_1})
    mine = made_up(tmp_path)
    fit = calibrate(mine, out=tmp_path / "fit", rivals=True, **SETTINGS)
    others = pd.read_csv(tmp_path / "fit" / "levels.csv")
    assert list(others["model"][:2]) == [rivals.WHOLE, "value and choice alone"]
    assert set(others["model"][2:]) == {curve.name for curve in CURVES}
    assert np.isfinite(others["log_evidence"][0]) and others["rolling_crps"].notna()[0]
    implied = pd.read_csv(tmp_path / "fit" / "implied.csv")
    assert set(implied["set"]) == {1, 2, 3} and (implied.groupby("set")["rank"].apply(sorted).str.len() == 4).all()
    draws, axes = read_posterior(tmp_path / "fit"), axes_of(("dscr", "dspt"))
    assert len(draws) == 500 and draws.equals(fit.tables["draws"]) and set(uncertain()) < set(draws)
    record = json.loads((tmp_path / "fit" / "made_by.json").read_text())
    assert record["parameters"] == list(draws) and record["fitted"] == [axis.name for axis in FREE]
    assert not {"dscr-2025-05", "dscr-2025-12"} & set(record["targets"]), "a fit knows nothing of what is held out"
    assert "dscr-2025" not in (tmp_path / "fit" / "targets.csv").read_text(encoding="utf-8")
    assert record["runs"] == sum(wave["points"] for wave in record["waves"]) == 400 and 0 < record["coverage"] <= 1
    assert set(record["frozen"]) == {"commit", "clean", "observation"}
    simulations = pd.read_parquet(tmp_path / "fit" / "simulations.parquet")
    assert len(simulations) == record["runs"] and simulations.filter(like="theta_").to_numpy().max() <= 1
    assert [f"x_{name}" for name in record["targets"]] == list(simulations.filter(like="x_").columns)
    checked = pd.read_csv(tmp_path / "fit" / "checked.csv")
    assert list(checked["target"]) == record["targets"] and (checked["low"] <= checked["high"]).all()
    before = pd.read_csv(tmp_path / "fit" / "prior_predictive.csv")
    assert list(before["target"]) == record["targets"] and (before["low"] <= before["high"]).all()
    learned = pd.read_csv(tmp_path / "fit" / "learned.csv")
    assert set(learned["parameter"]) == {axis.name for axis in axes} and "assurance" in set(learned["parameter"])
    assert "assurance by inspectors" in fit.text and "fitted datum" in fit.text
    ranks = pd.read_csv(tmp_path / "fit" / "ranks.csv")
    assert (
        len(ranks) == 20 and list(ranks.columns[1:]) == record["fitted"] and (ranks[record["fitted"]].sum() > 50).all()
    )
    page = (tmp_path / "fit" / PAGE).read_text(encoding="utf-8")
    assert "For policymakers" in page and page.count("data:image/png") == 4
    assert "http" not in re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", page)
    monkeypatch.setattr(sector_runs, "RUNS", 1)
    said = validate(tmp_path / "fit", targets=mine).text
    assert "rolling origins" in said and "facts that these runs can show" in said and "Frozen in commit" in said
    table = pd.read_csv(tmp_path / "fit" / "scored" / "validation.csv")
    assert set(table["method"]) == {"carespread", "value and choice alone", *(curve.name for curve in CURVES)}
    scores = json.loads((tmp_path / "fit" / "scored" / "made_by.json").read_text())
    assert scores["held_out"] == ["dscr-2025-05", "dscr-2025-12"] and scores["frozen"] == record["frozen"]
    patterns = pd.read_csv(tmp_path / "fit" / "patterns.csv")
    assert set(range(1, 17)) == set(patterns["fact"])
    assert patterns["median"].notna().sum() == 15 and patterns.loc[patterns["median"].isna(), "why"].notna().all()
    # what was scored stays as it was found
    validate(tmp_path / "fit", targets=made_up(tmp_path, later="0.10"))
    assert pd.read_csv(tmp_path / "fit" / "scored" / "validation.csv").equals(table)
    # held-out data do not move the posterior: the same fit with other validation rows, from the runs that are kept
    calibrate(made_up(tmp_path, later="0.10"), out=tmp_path / "fit", resume=True, **SETTINGS)
    assert read_posterior(tmp_path / "fit").equals(draws)
    # another model, observation model or history than those that were frozen scores nothing
    shutil.rmtree(tmp_path / "fit" / "scored")
    changed = written(tmp_path, [line.replace(",0.57,", ",0.58,") for line in few_rows()])
    with pytest.raises(BadInputError, match="fitted data, definitions or priors are not those"):
        validate(tmp_path / "fit", targets=changed)
    monkeypatch.setattr("carespread.calibration.validate.follows", lambda earlier, later: False)
    if record["frozen"]["commit"]:
        with pytest.raises(BadInputError, match="does not come after"):
            validate(tmp_path / "fit", targets=made_up(tmp_path))
    monkeypatch.setattr("carespread.calibration.validate.source_hash", lambda: "another")
    with pytest.raises(BadInputError, match="model is no longer the one"):
        validate(tmp_path / "fit", targets=made_up(tmp_path))
    assert not (tmp_path / "fit" / "scored").exists()


# ---- frozen, scored, published --------------------------------------------------------------------------------------


def test_a_commit_is_clean_only_with_nothing_changed_and_nothing_new(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *author, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert commit_now(tmp_path) == Commit(None, False)
    git("init", "-q")
    (tmp_path / "a").write_text("1", encoding="utf-8")
    assert not commit_now(tmp_path).clean
    git("add", "a")
    git("commit", "-qm", "one")
    first = commit_now(tmp_path)
    assert first.clean and first.hash == git("rev-parse", "HEAD").strip()
    git("commit", "-q", "--allow-empty", "-m", "two")
    second = commit_now(tmp_path)
    assert follows(str(first.hash), str(second.hash), tmp_path) and not follows(
        str(second.hash), str(first.hash), tmp_path
    )
    (tmp_path / "b").write_text("1", encoding="utf-8")
    assert not commit_now(tmp_path).clean and "not committed" in commit_now(tmp_path).says


def scored_fit(folder: Path, clean: bool = True) -> Path:
    """Return a fit as calibrate and validate leave it, as far as publishing reads it."""
    (folder / "scored").mkdir(parents=True)
    pd.DataFrame({"attention": [0.1, 0.2]}).to_parquet(folder / "posterior.parquet", index=False)
    step = {"commit": "a" * 40, "clean": clean}
    record = {"results_version": RESULTS_VERSION, "innovations": ["dscr"], "learned": [], "frozen": step}
    (folder / "made_by.json").write_text(json.dumps(record), encoding="utf-8")
    scores = {"frozen": step, "scoring": {"commit": "b" * 40, "clean": True}, "scored": "2026-01-01", "held_out": ["x"],
              "posterior": hash_of(folder / "posterior.parquet")}  # fmt: skip
    (folder / "scored" / "made_by.json").write_text(json.dumps(scores), encoding="utf-8")
    return folder


def test_only_what_was_frozen_and_scored_in_commits_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, to = scored_fit(tmp_path / "fit"), tmp_path / "published"
    monkeypatch.setattr("carespread.calibration.publish.commit_now", lambda: Commit("c" * 40, False))
    with pytest.raises(BadInputError, match="changes that are not committed: commit or undo"):
        publish(fit, to)
    monkeypatch.setattr("carespread.calibration.publish.commit_now", lambda: Commit("c" * 40, True))
    with pytest.raises(BadInputError, match="was fitted with changes"):
        publish(scored_fit(tmp_path / "dirty", clean=False), to)
    unscored = scored_fit(tmp_path / "unscored")
    (unscored / "scored" / "made_by.json").unlink()
    with pytest.raises(BadInputError, match="run carespread validate first"):
        publish(unscored, to)
    other = scored_fit(tmp_path / "other")
    pd.DataFrame({"attention": [0.1, 0.3]}).to_parquet(other / "posterior.parquet", index=False)
    with pytest.raises(BadInputError, match="scores of another posterior"):
        publish(other, to)
    assert not to.exists()
    publish(fit, to)
    record = json.loads((to / "made_by.json").read_text(encoding="utf-8"))
    assert record["frozen"]["commit"] == "a" * 40 and record["scoring"]["commit"] == "b" * 40
    assert len(read_posterior(to)) == 2


def test_the_table_of_levels_says_where_the_whole_model_stands() -> None:
    columns = ["model", "fitted", "log_evidence", "evidence_error", "crps", "inside", "of", "verdict"]
    rows = [
        (rivals.WHOLE, 8, 9.0, 0.2, 0.05, 1, 2, ""),
        ("L0: Bass", 8, 8.0, 0.2, 0.02, 2, 2, ""),
        ("L2: chain", 8, None, None, None, None, None, "nothing is left"),
        ("straight line", 1, None, None, 0.01, 2, 2, ""),
    ]
    levels = pd.DataFrame(rows, columns=columns)
    said = levels_table(levels)
    assert "number 3 of 3" in said and "straight line by 1.0" in said and "L0, Bass" in said
    assert (
        "| L2: chain | 8 | cannot make the data |" in said
        and "| **L5: the whole model** | 8 | 9.0 ± 0.2 | 5.0 | 1 of 2 |" in said
    )
    assert "not been scored yet" in levels_table(levels.drop(columns=["crps"]))


def test_a_budget_too_small_to_say_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=f"budget is {LEAST_BUDGET - 1}: .* from 400 to"):
        calibrate(out=tmp_path, **SETTINGS | {"budget": LEAST_BUDGET - 1})
    assert not any(tmp_path.iterdir())
