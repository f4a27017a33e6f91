"""Comparisons: common random numbers in pairs, tables that agree with the runs, a briefing that stands alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.compare import compare, comparison_of, structures_of
from carespread.experiments.design import read_design
from carespread.experiments.experiment import experiment
from carespread.experiments.factors import uncertain
from carespread.experiments.points import points_of, values_of
from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.declare import entries
from carespread.model.inputs import by_declaration
from carespread.model.version import RESULTS_VERSION
from carespread.results.statistics.comparison import draws_of
from carespread.results.statistics.outcomes import outcome_name

pytestmark = pytest.mark.compiled

SETTINGS: dict[str, Any] = {
    "replications": 6, "providers": 300, "samples": 12, "seed": 3, "innovations": ["dscr", "acoustic_monitoring"],
}  # fmt: skip
NOTHING = (
    'question = "What does a lever of no strength change?"\nmonths = 24\n[[lever]]\nname = "grant"\nstrength = 0\n'
)
GRANT = NOTHING.replace("of no strength", "of full strength").replace("strength = 0", "strength = 1")
BASE = 'question = "What if nothing new is done?"\nmonths = 24\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    for name, text in (("base", BASE), ("nothing", NOTHING), ("grant", GRANT)):
        (place / f"{name}.toml").write_text(text, encoding="utf-8")
    names = [str(place / f"{name}.toml") for name in ("base", "nothing", "grant")]
    assert compare(names[0], names[1:], out=place / "out", **SETTINGS).failed == 0
    return place / "out"


def test_a_lever_of_no_strength_is_the_baseline_bit_for_bit(folder: Path) -> None:
    table = pd.read_csv(folder / "differences.csv")
    idle = table[table["scenario"] == "nothing"]
    assert len(idle) > 20
    assert (idle["difference"].fillna(0) == 0).all()
    assert (idle["high"].fillna(0) == 0).all()
    runs = pd.read_parquet(folder / "pairs" / "runs.parquet").drop(
        columns=["design", "started", "ended", "seconds", "worker", "host"]
    )
    names = pd.read_parquet(folder / "pairs" / "runs.parquet", columns=["design"])["design"]
    one, other = (runs[names == name].reset_index(drop=True) for name in ("base", "nothing"))
    pd.testing.assert_frame_equal(one, other)


def test_differences_are_those_of_the_runs_pair_by_pair(folder: Path) -> None:
    runs = pd.read_parquet(folder / "pairs" / "runs.parquet").set_index(["design", "replication"])
    column = outcome_name("users", "acoustic_monitoring")
    change = (runs.loc["grant", column] - runs.loc["base", column]).to_numpy()
    table = pd.read_csv(folder / "differences.csv").set_index(["scenario", "innovation", "outcome"])
    row = table.loc[("grant", "acoustic_monitoring", "users")]
    assert row["difference"] == pytest.approx(change.mean()) and row["pairs"] == 6
    assert row["low"] <= row["difference"] <= row["high"]
    assert row["runs_saved"] > 1
    ranking = pd.read_csv(folder / "ranking.csv").set_index("scenario")
    assert ranking.loc["grant", "extra_cost_public"] > 0
    assert ranking["chance_best"].sum() == pytest.approx(1)
    assert ranking.loc["base", "extra_outcome"] == 0


def test_every_table_and_figure_is_there_and_the_briefing_stands_alone(folder: Path) -> None:
    for name in ("differences", "ranking", "draws", "acceptability", "equity", "structures", "information", "sources"):
        assert (folder / f"{name}.csv").stat().st_size > 100
        assert len(pd.read_parquet(folder / f"{name}.parquet")) == len(pd.read_csv(folder / f"{name}.csv"))
    words = json.loads((folder / "figures" / "alt.json").read_text(encoding="utf-8"))
    assert {path.name for path in (folder / "figures").glob("*.png")} == {one for one in words if one.endswith("png")}
    page = (folder / "briefing.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)', page) and "<script" not in page
    for heading in (
        "What is gained",
        "Who is left behind",
        "When another option is best",
        "Which evidence",
        "How sure",
    ):
        assert heading in page
    seen = re.sub(r"<style>.*?</style>|data:[^\"]*|<[^>]*>", " ", page, flags=re.S)
    assert not re.search(r"\w_\w|--\w|\bdscr\b|\bluck\b", " ".join([seen, *words.values()]))
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).lower().split()
    assert "Strengths and costs of levers are assumptions" in page
    equity = pd.read_csv(folder / "equity.csv")
    assert set(equity["dimension"]) == {"size", "setting", "region", "self-funding", "rating"}


def test_structures_cover_the_claims_and_what_has_no_estimate_is_a_structure() -> None:
    made = structures_of()
    for number in range(1, 21):
        assert number in (2, 11, 12, 13, 19, 20) or any(f"C{number}:" in name for name in made), number
    assert "movement with feedback" in made and "rival: success bias" in made
    for changes in made.values():
        split = by_declaration(changes)
        Parameters.of(**split[Parameters])
        Policy.of(**split[Policy])
        Switches.of(**split[Switches])
    assert not {"movement_growth", "demand_effect", "stance_effect", "burden_effect"} & set(uncertain())
    assert len(uncertain()) > 40


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["central"], "at least one scenario"),
        (["central", "central"], "named twice"),
        (["central", "historical"], "same months"),
        (["central", "tigth"], "'tight'"),
    ],
)
def test_what_cannot_be_compared_is_refused(names: list[str], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        comparison_of(names[0], names[1:])


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("worth", -1, "from 0 to"),
        ("worth", float("nan"), "from 0 to"),
        ("replications", 1, "from 2 to"),
        ("samples", -2, "from 0 to"),
        ("resume", True, "--out"),
    ],
)
def test_a_setting_out_of_range_is_refused(key: str, value: object, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        compare("central", ["tight"], **{**SETTINGS, key: value})


def test_points_fill_ranges_evenly_and_are_the_same_under_every_scenario(tmp_path: Path) -> None:
    path = tmp_path / "design.toml"
    path.write_text(
        'question = "q"\nscenarios = ["central", "tight"]\nsamples = 50\n[parameters]\nchoice_noise = [0.05, 0.3]\n'
        'base_awareness = "prior"\nnorm_form = [0, 2]\nturnover = 0.03\nchurn = false\n',
        encoding="utf-8",
    )
    design = read_design(path)
    rows = values_of(design)
    drawn = np.sort([row["choice_noise"] for row in rows])
    cells = np.floor((drawn - 0.05) / 0.25 * 50).astype(int)
    assert (cells == np.arange(50)).all()  # one in each of fifty parts
    about = entries(Parameters)["base_awareness"].about
    assert all(about.low <= row["base_awareness"] <= about.high for row in rows)
    assert {row["turnover"] for row in rows} == {0.03} and {row["churn"] for row in rows} == {False}
    assert {type(row["norm_form"]) for row in rows} == {int}
    points = points_of(design)
    assert len(points) == 100 and len({point.name for point in points}) == 100
    assert [point.values for point in points[:50]] == [point.values for point in points[50:]]


def test_points_can_be_draws_of_a_posterior_of_this_model_only(tmp_path: Path) -> None:
    place = tmp_path / "posterior"
    place.mkdir()
    draws = pd.DataFrame({"choice_noise": [0.1, 0.2, 0.3], "attention": [0.05, 0.06, 0.07]})
    draws.to_parquet(place / "posterior.parquet", index=False)
    (place / "made_by.json").write_text(
        json.dumps({"results_version": RESULTS_VERSION, "innovations": ["dscr"]}), encoding="utf-8"
    )
    path = tmp_path / "design.toml"
    text = 'question = "q"\nsamples = 3\nposterior = "posterior"\n'
    path.write_text(text + "[parameters]\nturnover = 0.02\n", encoding="utf-8")
    rows = values_of(read_design(path))
    assert sorted(row["choice_noise"] for row in rows) == [0.1, 0.2, 0.3] and {row["turnover"] for row in rows} == {
        0.02
    }
    assert all(round(row["attention"] - row["choice_noise"] / 10, 9) in (0.04, 0.04, 0.04) for row in rows)
    (place / "made_by.json").write_text(
        json.dumps({"results_version": RESULTS_VERSION - 1, "innovations": ["dscr"]}), encoding="utf-8"
    )
    with pytest.raises(BadInputError, match=r"line 3: The posterior .* results_version"):
        read_design(path)
    path.write_text(text.replace('"posterior"', '"nowhere"'), encoding="utf-8")
    with pytest.raises(BadInputError, match="holds no posterior"):
        read_design(path)


def test_more_than_ten_million_runs_must_be_meant(tmp_path: Path) -> None:
    path = tmp_path / "design.toml"
    path.write_text(
        'question = "q"\nreplications = 100000\nsamples = 101\n[parameters]\nchoice_noise = [0.1, 0.2]\n',
        encoding="utf-8",
    )
    with pytest.raises(BadInputError, match=r"10,100,000 runs.*--yes"):
        experiment(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_draw_takes_the_place_of_what_a_scenario_sets(tmp_path: Path) -> None:
    path = tmp_path / "loud.toml"
    path.write_text('question = "What if choices are noisier?"\nmonths = 120\n[parameters]\nchoice_noise = 0.3\n')
    comparison = comparison_of("central", [str(path)], samples=4, replications=2, structural=False)
    plans = [comparison.experiments["parameters"].plan(number) for number in range(8)]
    assert all("choice_noise" not in values for values in comparison.points)
    assert {plan.parameters.choice_noise for plan in plans[4:]} == {0.3}
    assert len({plan.parameters.attention for plan in plans[:4]}) == 4


def test_a_draw_that_failed_does_not_shift_the_others() -> None:
    rows = [
        {"key": key, "replication": 0, "scenario": name, **dict.fromkeys(columns, float(key + 10 * (name == "grant")))}
        for columns in [("outcome_all", "cost_public_all", "cost_total_all")]
        for key in (0, 1, 2)
        for name in ("base", "grant")
        if (key, name) != (1, "grant")
    ]
    outcome, _, _, keys = draws_of(pd.DataFrame(rows), ["base", "grant"])
    assert list(keys) == [0, 2]
    assert outcome.tolist() == [[0.0, 10.0], [0.0, 10.0]]
