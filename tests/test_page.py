"""The library and the policy page: numbers as in Python, one file that asks nobody, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.library import STORY, library
from carespread.experiments.packages import FULL, OPTIONS, QUICK, package, packages_of
from carespread.experiments.page import page
from carespread.experiments.page_server import Laboratory, Server
from carespread.model import BadInputError
from carespread.results.page import draws, emulator
from carespread.results.page.emulator import Setting
from carespread.results.page.tiles import COLUMNS, ROWS, centroids, layout_of, places_data
from carespread.results.page.write import BUDGET, as_json, policy_html
from carespread.results.statistics import appraisal
from carespread.results.store.query import run_values

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


def test_some_of_the_packages_can_be_read_alone(made: Path) -> None:
    names = list(pd.read_csv(made / "packages.csv")["design"])
    every, some = (run_values(made / "packages", own, ["outcome_all"]) for own in (names, names[:3]))
    np.testing.assert_array_equal(every[:3], some)


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


# ---- in a browser ----


def words_of(tab: Any) -> dict[str, str]:
    return {name: tab.locator(f"#{name}").inner_text() for name in ("answer", "numbers", "chart", "panel-behind")}


@browsers
def test_the_first_screen_answers_before_anything_is_touched(opened: Any) -> None:
    answer = opened.locator("#answer")
    assert re.search(r"% of organisations use an innovation, against .* if nothing is done", answer.inner_text())
    box = opened.locator("#chart svg").bounding_box()
    assert box is not None and box["y"] + box["height"] < 900, "the picture stands on the first screen"
    assert opened.locator("#numbers .card").count() == 4
    assert opened.get_by_role("button", name="Today's policy").get_attribute("aria-pressed") == "true"
    assert {"this package", "doing nothing"} <= set(opened.locator("#chart text").all_text_contents())


@browsers
def test_a_slider_moves_picture_and_numbers_by_keyboard(opened: Any) -> None:
    before, line = words_of(opened), opened.locator(".line-this").get_attribute("d")
    slider = opened.get_by_role("slider", name="Mandate")
    slider.focus()
    for _ in range(4):
        opened.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "20 % of its full force"
    after = words_of(opened)
    assert all(after[name] != before[name] for name in ("answer", "numbers", "panel-behind"))
    assert opened.locator(".line-this").get_attribute("d") != line
    assert "Estimated, ±" in after["numbers"] and "Run with the model" not in after["numbers"]
    opened.get_by_role("button", name="Do nothing").press("Enter")
    assert opened.locator(".line-this").count() == 0 and opened.locator(".line-nothing").count() == 1
    tab = opened.get_by_role("tab", name="Who is left behind")
    tab.focus()
    opened.keyboard.press("ArrowRight")
    options = opened.get_by_role("tab", name="Options")
    assert options.get_attribute("aria-selected") == "true"
    assert opened.evaluate("document.activeElement.id") == "tab-each"
    assert opened.get_by_role("row").count() == len(OPTIONS) + 1


@browsers
def test_each_control_has_a_name_and_no_code_is_shown(opened: Any) -> None:
    assert opened.get_by_role("slider").count() == len(OPTIONS)
    for option in OPTIONS:
        assert opened.get_by_role("slider", name=option.title, exact=True).count() == 1
    for name in ("Who is left behind", "Options", "Assumptions"):
        opened.get_by_role("tab", name=name).click()
        text = opened.locator("body").inner_text()
        assert "_" not in text and "--" not in text and "NaN" not in text and "undefined" not in text


@browsers
def test_a_link_brings_back_what_was_shown(opened: Any, chromium: Any, file: Path) -> None:
    opened.get_by_role("slider", name="Grants").fill("40")
    opened.get_by_label("For whom").select_option("small")
    opened.get_by_label("public money").check()
    opened.get_by_role("spinbutton", name="Budget").fill("120")
    opened.get_by_role("tab", name="Assumptions").click()
    opened.get_by_label("Discount rate of costs").fill("5")
    opened.wait_for_timeout(400)
    link = opened.url
    other = chromium.new_page(viewport={"width": 1280, "height": 900})
    other.goto(link)
    assert words_of(other) == words_of(opened)
    assert other.locator("#meter-words").inner_text() == opened.locator("#meter-words").inner_text()
    assert other.get_by_label("Discount rate of costs").input_value() == "5"
    other.goto(f"{file.as_uri()}#grant=1e999&broker=<b>&for=nobody&worth=x&tab=__proto__&delay=-3&cost_rate=9")
    assert other.get_by_role("slider", name="Grants").input_value() == "0"
    assert "NaN" not in other.locator("body").inner_text()
    other.close()


@browsers
def test_assumptions_and_worth_act_at_once(opened: Any) -> None:
    before = opened.locator("#numbers").inner_text()
    opened.get_by_role("tab", name="Assumptions").click()
    opened.get_by_label("Share of effect and cost that comes about").fill("50")
    assert opened.locator("#numbers").inner_text() != before
    assert opened.locator("#dots circle").count() == 0
    opened.get_by_label("What a person-month of full benefit is worth to you").select_option(index=1)
    assert opened.locator("#dots circle").count() == 50
    assert re.search(r"\d+ of 50 dots are gains", opened.locator("#dots").inner_text())


@browsers
def test_the_scenario_file_is_the_package(opened: Any, tmp_path: Path) -> None:
    from carespread.experiments.library import SCENARIO
    from carespread.model.scenario import read_scenario

    opened.get_by_role("slider", name="Grants").fill("40")
    opened.get_by_role("slider", name="Leadership programmes").fill("55")
    opened.get_by_label("For whom").select_option("homecare")
    opened.get_by_label("In which future").select_option("tight_rules")
    opened.get_by_role("tab", name="Share").click()
    written = tmp_path / "package.toml"
    written.write_text(opened.locator("#scenario").inner_text(), "utf-8")
    levels = {"grant": 0.4, "leaders": 0.55, "broker": 1.0, "campaign": 0.25, "requirement": 0.25}
    meant = package(levels, "homecare", "tight_rules").scenario(read_scenario(SCENARIO), "package")
    found = read_scenario(str(written))
    assert found.conditions.regulatory == "tight" and found.conditions.economic == "supportive"
    assert len(found.conditions.levers) == len(meant.conditions.levers)
    for own, other in zip(found.conditions.levers, meant.conditions.levers, strict=True):
        assert own._replace(strength=0, take_up=0) == other._replace(strength=0, take_up=0)
        assert (own.strength, own.take_up) == pytest.approx((other.strength, other.take_up), rel=1e-5)
    assert {**found.parameters} == {**meant.parameters}
    assert (
        "carespread compare tight_regulation_supportive_economy package.toml" in opened.locator("#command").inner_text()
    )


@browsers
def test_the_csv_says_what_it_was_made_from(opened: Any, data: dict[str, Any]) -> None:
    opened.get_by_role("tab", name="Share").click()
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Save as CSV").click()
    text = Path(download.value.path()).read_text("utf-8")
    assert f"library,{data['hash']}" in text and "doing nothing,package" in text
    assert text.count("\n20") == len(data["dates"])


@browsers
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_every_screen(chromium: Any, file: Path, width: int, scheme: str) -> None:
    tab = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.goto(file.as_uri())
    for name in ("behind", "each", "assumed", "out"):
        tab.locator(f"#tab-{name}").click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
    paper, ink = tab.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert brightness(paper) > brightness(ink) if scheme == "light" else brightness(paper) < brightness(ink)
    axe = accessible(tab)
    assert not axe, axe
    tab.close()


def brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def accessible(tab: Any) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and best practice; nothing where axe is not installed."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        return []
    tags = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(tab, options=tags).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


@browsers
@pytest.mark.parametrize("state", ["", "#grant=30&training=50&worth=2500&for=small", "#nothing"])
def test_it_prints_on_two_pages(chromium: Any, file: Path, state: str) -> None:
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(file.as_uri() + state)
    printed = tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    tab.emulate_media(media="print")
    small = tab.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.offsetParent && e.textContent.trim())"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)).reduce((a, b) => Math.min(a, b), 99)"
    )
    assert small >= 8 * 4 / 3, "8 pt"
    tab.close()


def test_the_provider_that_is_told_of_stays_open_and_each_option_ends_in_a_verdict(made: Path) -> None:
    told = json.loads((made / STORY).read_text(encoding="utf-8"))
    assert not any("it closed" in text for text in told["nothing"])
    assert set(told["options"]) == {option.name for option in OPTIONS}
    for one in told["options"].values():
        assert one["verdict"].startswith(("It ends with", "It closes")) and one["first"].endswith(".")


# ---- places ----


def test_every_council_has_a_tile_of_its_own_near_to_where_it_lies() -> None:
    table = centroids()
    assert table is not None and len(table) == 153
    x, y = layout_of(table["centroid_longitude"].to_numpy(), table["centroid_latitude"].to_numpy())
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) == 153
    assert x.min() >= 0 and x.max() < COLUMNS and y.min() >= 0 and y.max() < ROWS
    assert np.corrcoef(x, table["centroid_longitude"])[0, 1] > 0.9
    assert np.corrcoef(y, table["centroid_latitude"])[0, 1] < -0.9


def test_places_are_shown_only_where_runs_tell_them_apart() -> None:
    table = centroids()
    assert table is not None
    names, noise = list(table["name"]), np.random.default_rng(2).normal(0.5, 0.02, (20, 153))
    chance = places_data(names, noise)
    assert not chance["shown"] and "too few" in str(chance["says"])
    shown = places_data(names, noise + np.linspace(-0.2, 0.2, 153))
    assert shown["shown"] and "Open Government Licence" in str(shown["says"])


@browsers
def test_tiles_and_their_table_hold_the_same(chromium: Any, data: dict[str, Any], tmp_path: Path) -> None:
    table = centroids()
    assert table is not None
    shares = np.random.default_rng(2).normal(0.5, 0.02, (20, 153)) + np.linspace(-0.2, 0.2, 153)
    file = tmp_path / "page.html"
    file.write_text(policy_html(data | {"places": places_data(list(table["name"]), shares)}), encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 390, "height": 844})
    tab.goto(f"{file.as_uri()}#grant=50&tab=places")
    tiles, rows = tab.locator("#panel-places [role='img'] rect"), tab.locator("#panel-places tbody tr")
    assert tiles.count() == 153 == rows.count()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.get_by_role("tab", name="One provider").click()
    assert re.search("It (ends|closes)", tab.locator("#panel-provider").inner_text())
    assert not re.search(r"\w_\w|undefined|NaN", tab.locator("#panel-provider").inner_text())
    tab.close()


# ---- the page that runs packages on this machine ----


@pytest.fixture(scope="module")
def server(made: Path, data: dict[str, Any]) -> Iterator[Server]:
    with Server(made, data, 0) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def asked_of(server: Server, path: str = "/run", body: Any = None, **headers: str) -> tuple[int, Any]:
    """Return the status and the answer to a question: the page's own, but for the headers that are given."""
    host = f"127.0.0.1:{server.server_port}"
    usual = {"Host": host}
    if body is not None:
        usual |= {"Origin": f"http://{host}", "Content-Type": "application/json"}
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{host}{path}", body, usual | headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text[:1] == b"{" else text


def wanted(*levels: int, **others: str) -> dict[str, Any]:
    """Return a package as the page asks for it."""
    rest = [0] * (len(OPTIONS) - len(levels))
    return {"levels": [*levels, *rest], "target": "all", "future": "central", **others}


def test_the_served_page_answers_itself_alone_and_what_is_small(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    status, text = asked_of(server, "/")
    assert status == 200 and b"connect-src 'self'" in text and b"Run this package now" in text
    assert asked_of(server, "/made_by.json")[0] == 404 == asked_of(server, "/other", wanted(1))[0]
    assert asked_of(server, "/", Host="elsewhere.example")[0] == 403
    assert asked_of(server, body=wanted(35), Host="elsewhere.example")[0] == 403
    assert asked_of(server, body=wanted(35), Origin="http://elsewhere.example")[0] == 403
    assert asked_of(server, body=wanted(35), **{"Content-Type": "text/plain"})[0] == 415
    assert asked_of(server, body=b"x" * 5000)[0] == 413


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"levels": [1]}', b"[" * 4000, wanted(35, target="nobody"),
                                  wanted(True), wanted(101), wanted(35, future="never")])  # fmt: skip
def test_what_is_no_package_is_refused_in_a_sentence(server: Server, body: Any) -> None:
    status, answer = asked_of(server, body=body)
    assert status == 400 and answer["error"].endswith(".")


def test_a_package_that_is_run_now_is_the_one_of_the_library(server: Server, data: dict[str, Any]) -> None:
    held = data["packages"]
    at = next(at for at, levels in enumerate(held["levels"]) if levels == wanted(100)["levels"])
    status, answer = asked_of(server, body=wanted(100))
    assert status == 200
    near = 1e-3 * np.abs(held["scores"][at]).max()
    np.testing.assert_allclose(answer["scores"], held["scores"][at], rtol=2e-4, atol=near)
    assert answer["gap"] == held["gap"][at] and answer["clear"] == held["clear"][at]


@browsers
def test_the_served_page_runs_what_the_library_has_not(server: Server, chromium: Any) -> None:
    tab = chromium.new_page()
    tab.goto(f"http://127.0.0.1:{server.server_port}/#grant=35")
    assert "Estimated" in tab.locator("#numbers").inner_text()
    tab.get_by_role("button", name="Run this package now").click()
    tab.get_by_text("Run with the model.", exact=True).first.wait_for(timeout=60_000)
    assert "Estimated" not in tab.locator("#numbers").inner_text()
    tab.close()


def test_fifty_users_at_once_are_served_and_what_is_too_much_is_put_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Any] = []

    def run(self: Laboratory, asked: Any) -> dict[str, Any]:
        runs.append(asked)
        return {"scores": []}

    monkeypatch.setattr(Laboratory, "run", run)
    with ThreadPoolExecutor(50) as users:
        found = list(users.map(lambda user: asked_of(server, body=wanted(10 + user % 5, 1))[0], range(50)))
    assert found == [200] * 50 and len(runs) == 5, "an answer is kept"
    many = [asked_of(server, body=wanted(number, 2))[0] for number in range(70)]
    assert many.count(429) >= 10 and set(many) == {200, 429}
