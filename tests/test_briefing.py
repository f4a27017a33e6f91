"""The briefing: every number from one file, no codes, and pages that can be read in print and on a telephone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from typing import Any

import matplotlib.text
import pandas as pd
import pytest

from carespread.experiments.compare import compare
from carespread.experiments.result import Result
from carespread.results.briefing import shown_of

from .test_figures import check_texts

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.compiled
SMALLEST = 8.0
"""Points."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    out = tmp_path_factory.mktemp("briefing") / "out"
    return compare("central", ["lever_grant", "lever_training", "lever_mandate"], replications=3, providers=300,
                   samples=8, out=out)  # fmt: skip


MANY = ["grant", "training", "mandate", "fair_pay", "brokerage", "manager_programme", "reform"]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Result:
    out = tmp_path_factory.mktemp("crowded") / "out"
    return compare("central", [f"lever_{name}" for name in MANY], replications=2, providers=60, samples=4,
                   structures=False, worth=1500.0, relative_income=0.6, take_up=(0.5, 0.9), delay=(0, 1),
                   out=out)  # fmt: skip


def test_many_options_are_six_on_the_page_and_all_in_the_annex(crowded: Result) -> None:
    page, annex = (visible(page_of(crowded, name)) for name in ("briefing.html", "annex.html"))
    rows = {
        name: len(re.findall(r'<th scope="row">', page_of(crowded, name))) for name in ("briefing.html", "annex.html")
    }
    assert rows == {"briefing.html": 6 + 1, "annex.html": len(MANY) + 1}
    assert "1 more in the annex" in page and "How the levers are meant to work" in annex
    gained = crowded.figures["gained"]
    assert len(gained.table) == 6 and "1 more in the annex" in " ".join(
        text.get_text() for text in gained.figure.findobj(matplotlib.text.Text)
    )
    assert "net benefit, \N{POUND SIGN} million" in page, "with a worth, what decides the order is printed"
    ratio = crowded.tables["ranking"].set_index("scenario").loc["lever_mandate", "benefit_cost_ratio"]
    assert f"Mandate: \N{POUND SIGN}{float(f'{ratio:.2g}'):g} of benefit for each pound" in annex
    assert "what better pay is worth to staff" in page and "Share of a pay rise that fees meet: 0 %" in page
    assert crowded.folder is not None
    table = pd.read_csv(crowded.folder / "briefing.csv")
    known = {token for shown in table["shown"].astype(str) for token in re.findall(r"\d[\d,.]*\d|\d", shown)}
    seen = set(re.findall(r"\d[\d,.]*\d|\d", page))
    assert seen <= known | {"95", "0"}, seen - known


def page_of(made: Result, name: str = "briefing.html") -> str:
    assert made.folder is not None
    return (made.folder / name).read_text(encoding="utf-8")


def visible(page: str) -> str:
    """Return what a reader sees as text."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S))


def test_every_number_is_in_the_file_beside_it_and_can_be_made_again(made: Result) -> None:
    assert made.folder is not None
    table = pd.read_csv(made.folder / "briefing.csv")
    counted = table[table["form"] != "words"]
    assert len(counted) > 40
    for row in counted.itertuples():
        assert shown_of(row.form, row.value, row.low, row.high) == str(row.shown), row.name
    known = {token for shown in table["shown"].astype(str) for token in re.findall(r"\d[\d,.]*\d|\d", shown)}
    known |= {"95", "0"}  # of "95 % of draws", and the baseline's row
    seen = set(re.findall(r"\d[\d,.]*\d|\d", visible(page_of(made))))
    assert seen <= known, seen - known
    ranking = pd.read_csv(made.folder / "ranking.csv").set_index("scenario")
    noted = table.set_index("name")["value"]
    assert noted["extra_outcome of lever_grant"] == pytest.approx(ranking.loc["lever_grant", "extra_outcome"])
    assert noted["extra_total of lever_mandate"] == pytest.approx(ranking.loc["lever_mandate", "extra_total"] / 1e6)


@pytest.mark.parametrize("name", ["briefing.html", "annex.html"])
def test_the_page_stands_alone_without_codes(made: Result, name: str) -> None:
    page = page_of(made, name)
    assert not re.search(r'(src|href)="(?!data:)', page) and "<script" not in page
    assert page.count("<main>") == 1 and 'name="viewport"' in page and page.count("<h1>") == 1
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).lower().split()
    assert not re.search(r"\w_\w|--\w|\bdscr\b|\bluck\b|GBP|\bC\d+\b", visible(page))
    for image in re.findall(r"<img[^>]*>", page):
        assert len(re.sub(r"data:[^\"]*", "", image)) > 100, "a picture has words"


def test_in_two_minutes_a_reader_can_say_what_to_do(made: Result) -> None:
    page = visible(page_of(made))
    for heading in ("What is gained, and who pays", "Out of how many", "Who is left behind", "What to measure first",
                    "When another option comes first", "How good is this analysis", "Assumptions"):  # fmt: skip
        assert heading in page
    assert (
        "do nothing" in page and "Repeatable" in page and "Robust" in page and "Strengths and costs of levers" in page
    )
    assert "breaks even" in page and "none assumed" in page


def test_figures_can_be_read_and_nothing_in_them_is_small(made: Result) -> None:
    assert len(made.figures) >= 6
    for drawing in made.figures.values():
        check_texts(drawing)
        words = [text.get_text() for text in drawing.figure.findobj(matplotlib.text.Text)]
        assert not re.search(r"\w_\w|--\w|\bdscr\b|\bluck\b|GBP|\bC\d+\b", " ".join([drawing.alt, *words]))
    assert made.folder is not None
    words = json.loads((made.folder / "figures" / "alt.json").read_text(encoding="utf-8"))
    shown = [name for name, drawing in made.figures.items() if drawing.figure.get_size_inches()[0] <= 7.1]
    assert {"gained", "cost-effectiveness"} < set(shown) and len(words) == 2 * len(made.figures)
    for name in shown:
        for text in made.figures[name].figure.findobj(matplotlib.text.Text):
            assert not text.get_text().strip() or float(text.get_fontsize()) >= SMALLEST


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize("which", ["made", "crowded"])
def test_it_prints_on_two_full_pages_and_fits_a_telephone(
    which: str, browser: Any, request: pytest.FixtureRequest
) -> None:
    made: Result = request.getfixturevalue(which)
    assert made.folder is not None
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((made.folder / "briefing.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto((made.folder / "annex.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto((made.folder / "briefing.html").as_uri())
    sizes = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.textContent.trim())"
        ".map(e => parseFloat(getComputedStyle(e).fontSize) * 0.75)"
    )
    assert min(sizes) >= SMALLEST
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins
    sizes = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.textContent.trim())"
        ".map(e => parseFloat(getComputedStyle(e).fontSize) * 0.75)"
    )
    assert min(sizes) >= SMALLEST
    page.close()


@pytest.mark.parametrize("name", ["briefing.html", "annex.html"])
def test_nothing_stands_in_anybodys_way(made: Result, browser: Any, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert made.folder is not None
    page = browser.new_page()
    page.goto((made.folder / name).as_uri())
    found = axe.run(page)
    page.close()
    assert found.violations_count == 0, found.generate_report()
