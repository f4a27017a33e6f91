"""Comparisons: common random numbers in pairs, tables that agree with the runs, a briefing that stands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.cli import main
from carespread.experiments.compare import A_STRUCTURE, compare, comparison_of, structures_of
from carespread.experiments.design import read_design
from carespread.experiments.experiment import experiment
from carespread.experiments.factors import uncertain
from carespread.experiments.points import points_of, values_of
from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.declare import entries
from carespread.model.inputs import by_declaration
from carespread.model.version import RESULTS_VERSION
from carespread.results.statistics import decision
from carespread.results.statistics.appraisal import Assumptions
from carespread.results.statistics.comparison import Settled, draws_of, months_of, runs_of, structures_table
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


def test_differences_are_those_of_the_draws_and_chance_stands_beside_them(folder: Path) -> None:
    column = outcome_name("users", "acoustic_monitoring")

    def change(part: str) -> pd.DataFrame:
        runs = pd.read_parquet(folder / part / "runs.parquet")
        runs["point"] = runs["design"].str.extract(r"(\d+)$").fillna("0")
        runs["scenario"] = runs["design"].str.replace(r"-\d+$", "", regex=True)
        wide = runs.pivot(index=["point", "replication"], columns="scenario", values=column)
        return wide["grant"] - wide["base"]

    table = pd.read_csv(folder / "differences.csv").set_index(["scenario", "innovation", "outcome"])
    row = table.loc[("grant", "acoustic_monitoring", "users")]
    assert row["difference"] == pytest.approx(change("parameters").mean()) and row["draws"] == 12
    alone = decision.paired_interval(change("pairs"))
    assert (row["chance_low"], row["chance_high"]) == pytest.approx((alone.low, alone.high)) and row["pairs"] == 6
    assert row["low"] <= row["difference"] <= row["high"]
    # who uses it in the last month is a count of a few: what a life with it adds up to has more to share
    assert table.loc[("grant", "acoustic_monitoring", "outcome"), "runs_saved"] > 20


def test_the_ranking_is_made_of_the_draws_and_the_baseline_is_in_it(folder: Path) -> None:
    ranking = pd.read_csv(folder / "ranking.csv").set_index("scenario")
    draws = pd.read_csv(folder / "draws.csv")
    own = draws[draws["scenario"] == "grant"]
    public = own["extra_programme"] + own["extra_handed_on"]
    row = ranking.loc["grant"]
    assert row["extra_public"] == pytest.approx(public.mean()) and row["extra_public"] > 0
    assert row["extra_total"] == pytest.approx((public + own["extra_provider"]).mean())
    low, high = np.quantile(own["extra_outcome"], [0.025, 0.975])
    assert (row["extra_outcome_low"], row["extra_outcome_high"]) == pytest.approx((low, high))
    assert row["break_even"] == pytest.approx(max(0, row["extra_total"] / row["extra_outcome"]))
    assert ranking.loc["base", "extra_outcome"] == 0 and len(ranking) == 3
    assert ranking["idle"].to_dict() == {"base": False, "nothing": True, "grant": False}
    assert ranking["chance_best"].isna().all(), "no verdict hangs on a worth that nobody gave"
    chances = pd.read_csv(folder / "acceptability.csv").groupby("worth")["chance_best"].sum()
    assert chances.to_numpy() == pytest.approx(1)


def test_yearly_sums_hold_all_that_the_runs_add_up(folder: Path) -> None:
    designs = [one.name.removeprefix("design=") for one in (folder / "pairs" / "monthly").iterdir()]
    belongs = pd.DataFrame({"design": designs, "scenario": designs, "key": "pairs"})
    months = months_of(folder / "pairs", belongs)
    runs = runs_of(folder / "pairs", belongs, {"dscr": None, "acoustic_monitoring": None})
    sums = months.groupby(["design", "replication"])[["outcome", "cost_public", "cost_provider"]].sum().reset_index()
    both = runs.merge(sums, on=["design", "replication"])
    for name in ("outcome", "cost_public", "cost_provider"):
        np.testing.assert_allclose(both[name], both[f"{name}_all"], rtol=1e-9)
    before = months.sort_values("month").groupby(["design", "replication"]).head(1)
    assert (before[["cost_public", "cost_provider"]].to_numpy() == 0).all(), "nobody pays before the start"
    assert (before.groupby("replication")["outcome"].nunique() == 1).all(), "all scenarios start alike"


def test_every_table_and_figure_is_there(folder: Path) -> None:
    for name in ("differences", "ranking", "draws", "acceptability", "equity", "structures", "information", "sources"):
        assert (folder / f"{name}.csv").stat().st_size > 80
        assert len(pd.read_parquet(folder / f"{name}.parquet")) == len(pd.read_csv(folder / f"{name}.csv"))
    words = json.loads((folder / "figures" / "alt.json").read_text(encoding="utf-8"))
    assert {path.name for path in (folder / "figures").glob("*.png")} == {one for one in words if one.endswith("png")}
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
        {"key": key, "replication": 0, "scenario": name, "uses": float(key), "sites": float(key)}
        for key in (0, 1, 2)
        for name in ("base", "grant")
        if (key, name) != (1, "grant")
    ]
    months = [
        {**row, "month": month, **dict.fromkeys(("outcome", "cost_public", "cost_provider"), monthly * (month > 0))}
        for row in rows
        for month in range(13)
        for monthly in [(1.0 + int(row["key"])) * (row["scenario"] == "grant")]
    ]  # fmt: skip
    settled = Settled(("base", "grant"), {}, {}, Assumptions(optimism_bias=0.0))
    options, keys = draws_of(pd.DataFrame(rows), pd.DataFrame(months), settled)
    assert list(keys) == [0, 2]
    assert options["grant"].outcome.tolist() == [12.0, 36.0] and options["base"].outcome.tolist() == [0.0, 0.0]
    assert options["grant"].total.tolist() == [24.0, 72.0]


def test_information_has_no_part_of_chance(folder: Path) -> None:
    table = pd.read_csv(folder / "information.csv")
    at = float(table["worth"].iloc[0])
    draws = pd.read_csv(folder / "draws.csv")
    cost = draws[["extra_programme", "extra_handed_on", "extra_provider"]].sum(axis=1)
    benefit = draws.assign(net=at * draws["extra_outcome"] - cost).pivot(index="draw", columns="scenario", values="net")
    # the draws hold chance, which a few draws of many numbers let be taken off to a percent or so
    assert 0 <= table["value"].iloc[0] < 1.01 * decision.evpi(benefit.to_numpy())


def turned_of(names: tuple[str, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the table of structures of runs whose gain comes in their last month."""
    runs = pd.DataFrame(rows)
    months = pd.concat([
        runs.assign(month=month, outcome=runs["gain"] * month, cost_public=0.0, cost_provider=0.0) for month in (0, 1)
    ])  # fmt: skip
    return structures_table(runs, months, Settled(names, {}, {}))


def test_structures_of_which_no_run_ended_make_an_empty_table() -> None:
    runs = pd.DataFrame(columns=["key", "replication", "scenario", "uses", "sites"])
    assert not len(structures_table(runs, runs, Settled(("base", "one"), {}, {})))


def test_of_equal_options_none_turns_the_order() -> None:
    random = np.random.default_rng(1)
    names = ("base", *(f"option {number}" for number in range(6)))
    turned = 0
    for _ in range(5):
        rows = [
            {"key": structure, "replication": number, "scenario": name, "uses": 0.0, "sites": 0.0,
             "gain": 0.0 if name == "base" else random.normal(10, 5)}
            for structure in range(18) for number in range(A_STRUCTURE) for name in names
        ]  # fmt: skip
        turned += turned_of(names, rows)["turns"].any()
    assert turned <= 1, "2.4 false alarms were expected in each"


def test_an_order_that_turns_in_one_structure_is_noticed() -> None:
    random = np.random.default_rng(2)
    names, noticed = ("base", "one", "other"), 0
    for _ in range(20):
        rows = [
            {"key": structure, "replication": number, "scenario": name, "uses": 0.0, "sites": 0.0,
             "gain": 0.0 if name == "base" else random.normal(100 if (name == "one") == (structure != 7) else 50, 10)}
            for structure in range(18) for number in range(A_STRUCTURE) for name in names
        ]  # fmt: skip
        found = turned_of(names, rows)
        noticed += set(found.loc[found["turns"], "structure"]) == {7}
    assert noticed >= 16


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--worth", "-5"), ("--worth", "inf"), ("--worth", "\N{POUND SIGN}500"), ("--discount-rate", "0.21"),
     ("--benefit-rate", "-0.01"), ("--optimism-bias", "1.5"), ("--take-up", "1.1"), ("--take-up", "nan")],
)  # fmt: skip
def test_an_assumption_that_cannot_be_is_one_sentence(
    flag: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["carespread", "compare", "central", "lever_grant", flag, value])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err.strip()
    assert (
        left.value.code == 2 and said.count("\n") == 0 and flag in said and value[-3:] in said and "from 0 to" in said
    )
    assert ("without a currency sign" in said) == (value[0] == "\N{POUND SIGN}")
