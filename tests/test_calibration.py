"""What the data can say: targets, inference whose answer is known, and a fit from end to end."""

from __future__ import annotations

import json
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
from carespread.calibration.facts import FACTS, NOT, OPEN, REPRODUCED, patterns_of
from carespread.calibration.fit import LEAST_BUDGET
from carespread.calibration.growth import CURVES, crps, fitted_curve, interval_score
from carespread.calibration.implications import implied_words
from carespread.calibration.priors import FREE, NAMES, values_of
from carespread.calibration.stage_pattern import MEASURES, pattern_at
from carespread.calibration.targets import CALIBRATION, FILE, VALIDATION, dated, fitted_only, observed, read_targets
from carespread.calibration.validate import validate
from carespread.experiments.verification import verify
from carespread.model import BadInputError, Parameters
from carespread.model.levels import level
from carespread.model.population.england.evidence import adoption_series, month_of
from carespread.model.scenario import read_scenario
from carespread.results.statistics.inference import Observed, Posterior, interval, rank_of, regression_abc, uniformity
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


def test_the_eight_free_numbers_and_no_others_move() -> None:
    assert len(FREE) == 8
    for row in values_of(np.random.default_rng(1).random((50, 8))):
        assert tuple(row) == NAMES
        Parameters.of(**row)
    middle = values_of(np.full((1, 8), 0.5))[0]
    usual = Parameters()._asdict()
    for name in set(NAMES) - {"start_aware"}:
        assert middle[name] == pytest.approx(usual[name], rel=0.01)


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
        ("dscr", "all", "exits"): frame(0.0, 0.0) + 3.75, ("dscr", "all", "providers"): frame(0.0, 0.0) + 1800.0,
    }  # fmt: skip
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


@pytest.mark.compiled
def test_a_short_calibration_leaves_a_posterior_a_page_and_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "rivals", lambda: {"value and choice alone": dict(level("L1")._asdict())})
    fit = calibrate(out=tmp_path / "fit", rivals=True, **SETTINGS)
    others = pd.read_csv(tmp_path / "fit" / "rivals.csv")
    assert list(others["model"]) == ["carespread", "value and choice alone"]
    assert others["crps"].notna().any() and (others["crps"].notna() | others["verdict"].notna()).all()
    implied = pd.read_csv(tmp_path / "fit" / "implied.csv")
    assert set(implied["set"]) == {1, 2, 3} and (implied.groupby("set")["rank"].apply(sorted).str.len() == 4).all()
    draws = read_posterior(tmp_path / "fit")
    assert tuple(draws.columns) == NAMES and len(draws) == 500 and draws.equals(fit.tables["draws"])
    record = json.loads((tmp_path / "fit" / "made_by.json").read_text())
    assert record["held_out"] == ["dscr-2025-05", "dscr-2025-12"]
    assert not set(record["held_out"]) & set(record["targets"])
    assert record["runs"] == sum(2 * wave["points"] for wave in record["waves"]) and 0 < record["coverage"] < 1
    simulations = pd.read_parquet(tmp_path / "fit" / "simulations.parquet")
    assert len(simulations) == record["runs"] and simulations.filter(like="theta_").to_numpy().max() <= 1
    assert [f"x_{name}" for name in record["targets"]] == list(simulations.filter(like="x_").columns)
    before = pd.read_csv(tmp_path / "fit" / "prior_predictive.csv")
    assert list(before["target"]) == record["targets"] and (before["low"] <= before["high"]).all()
    ranks = pd.read_csv(tmp_path / "fit" / "ranks.csv")
    assert len(ranks) == 20 and tuple(ranks.columns[1:]) == NAMES and (ranks[list(NAMES)].sum() > 50).all()
    page = (tmp_path / "fit" / PAGE).read_text(encoding="utf-8")
    assert "For policymakers" in page and page.count("data:image/png") == 3 and "http" not in page
    table = pd.read_csv(tmp_path / "fit" / "validation.csv")
    assert set(table["method"]) == {"carespread", *(curve.name for curve in CURVES)}
    monkeypatch.setattr(sector_runs, "RUNS", 1)
    said = validate(tmp_path / "fit").text
    assert "from rolling origins" in said and "facts that these runs can show" in said
    patterns = pd.read_csv(tmp_path / "fit" / "patterns.csv")
    assert set(range(1, 17)) == set(patterns["fact"])
    assert patterns["median"].notna().sum() == 15 and patterns.loc[patterns["median"].isna(), "why"].notna().all()
    # held-out data do not move the posterior: the same fit with other validation rows, from the runs that are kept
    other = written(tmp_path, [line.replace(",0.80,", ",0.10,") for line in rows()])
    calibrate(other, out=tmp_path / "fit", resume=True, **SETTINGS)
    assert read_posterior(tmp_path / "fit").equals(draws)


def test_a_budget_too_small_to_say_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=f"budget is {LEAST_BUDGET - 1}: .* from 400 to"):
        calibrate(out=tmp_path, **SETTINGS | {"budget": LEAST_BUDGET - 1})
    assert not any(tmp_path.iterdir())
