"""The library and the policy page: numbers as in Python, one file that asks nobody, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.library import library
from carespread.experiments.packages import FULL, OPTIONS, QUICK, package, packages_of
from carespread.experiments.page import page
from carespread.model import BadInputError
from carespread.results.page import draws, emulator
from carespread.results.page.emulator import Setting
from carespread.results.page.write import BUDGET, as_json, policy_html
from carespread.results.statistics import appraisal

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browsers = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
pytestmark = pytest.mark.compiled
WIDTHS = (390, 768, 1280)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "library"
    library(quick=True, providers=80, replications=2, prior=True, out=folder)
    return folder


@pytest.fixture(scope="module")
def file(made: Path) -> Path:
    page(library=made, out=made.parent / "policy.html")
    return made.parent / "policy.html"


def data_of(file: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read_text("utf-8"), re.S)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.fixture(scope="module")
def data(file: Path) -> dict[str, Any]:
    return data_of(file)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, file: Path) -> Iterator[Any]:
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    tab.on("request", lambda request: wrong.append(request.url) if request.url.split("#")[0] != file.as_uri() else None)
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(file.as_uri())
    yield tab
    tab.close()
    assert not wrong, "the page asks nobody and stumbles over nothing"


# ---- the library ----


def test_a_library_begins_with_doing_nothing_and_keeps_mixes_that_no_emulator_sees() -> None:
    full = packages_of(FULL)
    assert 500 < len(full) < 700 and next(iter(full)).idle
    kept = [one for one, kind in full.items() if kind == "kept"]
    assert len(kept) == FULL.kept and {one.target for one in kept} == {"all", "small", "homecare"}
    assert sum(kind == "nothing" for kind in full.values()) == 5
    for at in range(len(OPTIONS)):
        assert sum(one.levels[at] > 0 for one, kind in full.items() if kind == "mix") > 20, OPTIONS[at].name
    assert list(packages_of(QUICK)) == list(packages_of(QUICK))


def test_every_package_has_the_same_seeds_and_draws(made: Path) -> None:
    runs = pd.read_parquet(made / "packages" / "runs.parquet")
    seeds = runs.groupby("design")["seed"].apply(lambda own: tuple(sorted(own)))
    assert len(seeds) == len(packages_of(QUICK)) and seeds.nunique() == 1


@pytest.mark.parametrize("wrong", [{"grants": 0.5}, {"grant": 1.5}, {"grant": True}])
def test_a_package_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match=r"option|level"):
        package(wrong)


# ---- the emulator ----


def made_up(many: int, seed: int) -> tuple[Setting, dict[str, np.ndarray]]:
    """Return packages whose effects are known: curves of each option, and two options that get in each other's way."""
    random = np.random.default_rng(seed)
    levels = random.choice([0.0, 0.25, 0.5, 1.0], size=(many, 5), p=[0.5, 0.1, 0.2, 0.2])
    target = np.eye(3)[random.integers(3, size=many)]
    effect = levels @ [3.0, 1.0, 2.0, 0.5, 1.5] - levels[:, 0] * levels[:, 2] - 0.5 * levels[:, 1] ** 2
    share = effect * (target @ [1.0, 0.6, 0.4])
    return Setting(levels, target, np.zeros((many, 2))), {"uses": np.outer(share, [1.0, 2.0, 0.5])}


def test_the_emulator_finds_what_it_has_not_seen_and_says_how_well() -> None:
    setting, blocks = made_up(150, 1)
    fit = emulator.fitted(setting, blocks)
    unseen, truth = made_up(60, 2)
    said = emulator.estimate(fit, "uses", unseen)
    error, share = emulator.errors(truth["uses"], said)
    assert share < 8 and error > 0
    assert emulator.errors(truth["uses"], 0 * said)[1] == pytest.approx(100)
    idle = Setting(np.zeros((1, 5)), np.eye(3)[:1], np.zeros((1, 2)))
    assert not emulator.estimate(fit, "uses", idle).any(), "doing nothing changes nothing"


def test_the_error_on_the_page_is_that_at_kept_packages(data: dict[str, Any]) -> None:
    kept = data["packages"]["kept"]
    assert len(kept) == data["errors"]["kept"] == QUICK.kept
    scores = np.array(data["packages"]["scores"])[kept]
    block = data["emulator"]["blocks"]["uses"]
    own = slice(block["first"], block["first"] + len(block["basis"]))
    guess = emulator.scores_at(emulator_of(data), setting_of(data, kept))
    truth, said = scores[:, own] @ np.array(block["basis"]), guess[:, own] @ np.array(block["basis"])
    error = np.sqrt(np.mean((truth.sum(axis=1) - said.sum(axis=1)) ** 2))
    assert data["errors"]["by"]["uses"][0] == pytest.approx(error, rel=0.05)


def setting_of(data: dict[str, Any], rows: Any) -> Setting:
    levels = np.array(data["packages"]["levels"])[rows] / 100
    target = np.eye(len(data["targets"]))[np.array(data["packages"]["target"])[rows]]
    return Setting(levels, target, np.array(data["futureAt"])[np.array(data["packages"]["future"])[rows]].astype(float))


def emulator_of(data: dict[str, Any]) -> dict[str, Any]:
    seen = [at for at in range(len(data["packages"]["levels"])) if at not in data["packages"]["kept"]]
    return {**data["emulator"], "inputs": setting_of(data, seen).inputs}


@browsers
def test_the_page_does_the_sums_of_python(opened: Any, data: dict[str, Any]) -> None:
    random = np.random.default_rng(3)
    fit = emulator_of(data)
    own = draws.Draws(np.array(data["draws"]["means"]), np.array(data["draws"]["deviations"]))
    for number in range(12):
        levels = np.where(random.random(len(OPTIONS)) < 0.4, random.random(len(OPTIONS)).round(2), 0.0)
        target, future = number % 3, number % 5
        setting = Setting(levels[None], np.eye(3)[[target]], np.array([data["futureAt"][future]], float))
        said = opened.evaluate(
            "p => { const scores = SUMS.estimate(p); const blocks = {}; for (const name in DATA.emulator.blocks)"
            " blocks[name] = SUMS.blockOf(name, scores); return {scores, blocks,"
            " worth: SUMS.appraised(blocks, {...USUAL, delay: 1, take_up: 0.8}),"
            " drawn: SUMS.drawsOf(p.levels, DATA.draws.measures.map((name) => SUMS.sum(blocks[name])))}; }",
            {"levels": levels.tolist(), "target": target, "future": future},
        )
        np.testing.assert_allclose(said["scores"], emulator.scores_at(fit, setting)[0], rtol=1e-6, atol=1e-6)
        blocks = {name: emulator.estimate(fit, name, setting) for name in fit["blocks"]}
        for name, values in blocks.items():
            np.testing.assert_allclose(said["blocks"][name], values[0], rtol=1e-6, atol=1e-6 * np.abs(values).max())
        totals = np.array([blocks[name].sum() for name in data["draws"]["measures"]])
        np.testing.assert_allclose(said["drawn"], own.of(levels, totals), rtol=1e-6, atol=1e-6 * np.abs(totals).max())
        paid = appraisal.Accounts(
            blocks["programme"] + blocks["handed_on"] + blocks["wages"],
            blocks["provider"],
            blocks["handed_on"] + blocks["wages"],
        )
        assumed = appraisal.Assumptions(delay=1, take_up=0.8)
        worth = appraisal.appraised(blocks["outcome"], paid, np.zeros(1), np.zeros(1), assumed)
        for name, value in (("outcome", worth.outcome), ("programme", worth.programme), ("provider", worth.provider)):
            assert said["worth"][name] == pytest.approx(float(value[0]), rel=1e-6, abs=1e-3)


# ---- the file ----


def test_the_same_library_gives_the_same_bytes(made: Path, file: Path, tmp_path: Path) -> None:
    page(library=made, out=tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == file.read_bytes()
    assert file.stat().st_size < BUDGET


def test_no_text_of_a_library_becomes_part_of_the_page(data: dict[str, Any]) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    options = [{**data["options"][0], "title": evil, "says": evil}, *data["options"][1:]]
    text = policy_html({**data, "options": options})
    assert "<img" not in text and text.count("</script>") == 2
    assert json.loads(as_json({"title": evil}))["title"] == evil


def test_what_cannot_be_written_is_refused(made: Path, data: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="There is no library in"):
        page(library=tmp_path / "none")
    with pytest.raises(BadInputError, match="Unknown preset 'best': known are nothing, today"):
        page(library=made, preset="best")
    with pytest.raises(BadInputError, match="bytes: it may have at most 1,000"):
        policy_html(data, budget=1000)
    with pytest.raises(BadInputError, match="must be a file in a folder that exists"):
        page(library=made, out=tmp_path / "no" / "page.html")
    other = shutil.copytree(made, tmp_path / "other")
    record = json.loads((other / "made_by.json").read_text("utf-8"))
    (other / "made_by.json").write_text(json.dumps({**record, "results_version": 1}), "utf-8")
    with pytest.raises(BadInputError, match="made by results_version 1, this is"):
        page(library=other, out=tmp_path / "page.html")
    (other / "made_by.json").write_text(json.dumps(record), "utf-8")
    table = pd.read_csv(other / "packages.csv")
    pd.concat([table, table.tail(1).assign(design="p9999")]).to_csv(other / "packages.csv", index=False)
    with pytest.raises(BadInputError, match="lacks 1 of its"):
        page(library=other, out=tmp_path / "page.html")
    shutil.rmtree(other / "draws")
    with pytest.raises(BadInputError, match="lacks its draws: carespread library --resume goes on"):
        page(library=other, out=tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
