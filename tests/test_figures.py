"""Figures can be read: nothing is clipped, covered or rotated, words and numbers stand beside each."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from carespread.experiments.run import planned, replicate
from carespread.model import Parameters
from carespread.model.innovations import library
from carespread.model.population.england.evidence import adoption_series, month_of
from carespread.model.scenario import read_scenario
from carespread.results.figures.adoption import adoption_tables
from carespread.results.figures.drawing import DOTS_AN_INCH, Drawing, save_all, spaced
from carespread.results.figures.evidence_points import evidence_points
from carespread.results.figures.responses import response_drawings
from carespread.results.figures.run import draw, drawings
from carespread.results.store.tables import Results

pytestmark = pytest.mark.compiled

CASES = {
    "historical": {"scenario": "historical", "providers": 500, "replications": 3},
    "one run": {"scenario": "historical", "providers": 500, "replications": 1, "innovations": ["dspt"]},
    "short": {"scenario": "central", "providers": 50, "replications": 2, "months": 1, "innovations": ["wellness_fad"]},
    "all innovations": {
        "scenario": "central",
        "providers": 1000,
        "replications": 20,
        "innovations": list(library()),
        "changes": {"grant": 0.3, "brokerage": 0.5},
    },
}


def made(case: str) -> Results:
    settings: dict[str, Any] = dict(CASES[case])
    return replicate(planned(read_scenario(settings.pop("scenario")), **settings))


@pytest.fixture(scope="module", params=CASES)
def drawn(request: pytest.FixtureRequest) -> list[Drawing]:
    return list(drawings(made(request.param)))


@pytest.fixture(scope="module")
def historical() -> Results:
    return made("historical")


def beyond_ends(axis: Axis) -> list[Text]:
    """Return the labels of ticks beyond the ends of an axis, which are there and not drawn."""
    low, high = sorted(axis.get_view_interval())
    margin = 1e-9 * (high - low)
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [
        one
        for tick in ticks
        if not low - margin <= tick.get_loc() <= high + margin
        for one in (tick.label1, tick.label2)
    ]


@cache
def written(figure: Figure) -> list[tuple[Text, Any]]:
    """Return every text that can be seen and its box (left, bottom, right, top) in dots; remembered."""
    return seen_in(figure)


def seen_in(figure: Figure) -> list[tuple[Text, Any]]:
    """Return every text that can be seen and its box (left, bottom, right, top) in dots."""
    figure.set_dpi(DOTS_AN_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found: list[tuple[Text, Any]] = []
    beyond = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in beyond_ends(axis)}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in beyond:
            box = Text.get_window_extent(text, canvas.get_renderer())
            if box.width > 0:
                found.append((text, box.extents))
    return found


def test_nothing_is_clipped_covered_or_rotated(drawn: list[Drawing]) -> None:
    for drawing in drawn:
        check_texts(drawing)


def test_figures_have_words_and_no_codes(drawn: list[Drawing]) -> None:
    codes = re.compile(
        r"\b(" + "|".join(name for name in library() if name != "homeshare") + r")\b|\w_\w|--\w|\bluck\b"
    )
    for drawing in drawn:
        for words in (drawing.alt, *(text.get_text() for text, _ in written(drawing.figure))):
            assert not codes.search(words), words


def test_response_curves_can_be_read() -> None:
    pages = response_drawings(Parameters.of())
    for drawing in pages:
        check_texts(drawing)
        assert np.isfinite(drawing.table[["x", "y"]].to_numpy()).all()
    shown = {number for page in pages for text in page.table["equation"] for number in re.findall(r"\d+", text)}
    assert shown == {str(number) for number in range(1, 20)} - {"9", "18"}  # an outcome, and what scenarios set


def check_texts(drawing: Drawing) -> None:
    """Refuse a figure with text that is clipped, covered or rotated."""
    texts = seen_in(drawing.figure)
    width, height = drawing.figure.bbox.width, drawing.figure.bbox.height
    for text, (left, bottom, right, top) in texts:
        where = f"{drawing.name}: {text.get_text()!r}"
        assert left >= 0 and bottom >= 0 and right <= width and top <= height, f"{where} is clipped"
        assert text.get_rotation() == 0, f"{where} is rotated"
    for (one, a), (other, b) in combinations(texts, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        up = min(a[3], b[3]) - max(a[1], b[1])
        assert across < 1 or up < 2, f"{drawing.name}: {one.get_text()!r} and {other.get_text()!r} overlap"


def test_a_figure_whose_texts_overlap_is_refused_wherever_it_is_written(tmp_path: Path) -> None:
    figure = Figure((4, 3))
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.set_xticks([0.2, 0.21, 2.0], ["first", "second", "not drawn"])
    axes.set_xlim(0, 1)
    assert "not drawn" not in {text.get_text() for text, _ in seen_in(figure)}
    with pytest.raises(AssertionError, match="'first' and 'second' overlap"):
        save_all([Drawing("two", figure, "", pd.DataFrame())], tmp_path)


def test_no_axes_share_a_place(drawn: list[Drawing]) -> None:
    for drawing in drawn:
        for one, other in combinations(drawing.figure.axes, 2):
            assert not one.get_position().overlaps(other.get_position()), f"{drawing.name} has two axes in one place"


def test_every_figure_says_runs_and_scenario_and_has_an_alternative_in_words(drawn: list[Drawing]) -> None:
    for drawing in drawn:
        said = " ".join(text.get_text() for text, _ in written(drawing.figure))
        assert " run" in said and "organisations, scenario" in said.replace("\n", " ")
        assert len(drawing.alt) > 80 and "%" in drawing.alt and "nan" not in drawing.alt.lower()
        assert "nan" not in said.lower().split()


def test_files_carry_their_words_and_numbers(tmp_path: Path) -> None:
    draw(made("one run"), tmp_path)
    words = json.loads((tmp_path / "alt.json").read_text(encoding="utf-8"))
    pictures = {path.name for path in tmp_path.iterdir() if path.suffix in (".png", ".svg")}
    assert set(words) == pictures and len(pictures) == 2 * (2 * 1 + 1)
    for name in pictures:
        path = tmp_path / name
        assert len(pd.read_csv(path.with_suffix(".csv"))) > 0
        if path.suffix == ".png":
            assert Image.open(path).info["Description"] == words[name]
        else:
            assert words[name][:40].replace("&", "&amp;") in path.read_text(encoding="utf-8")


def test_the_headline_is_computed(historical: Results) -> None:
    everyone = historical.monthly["group"] == "all"
    end = historical.monthly["month"] == historical.monthly["month"].max()
    shares = historical.monthly[everyone & end & (historical.monthly["innovation"] == "dscr")]["using_share"]
    drawing = next(one for one in drawings(historical) if one.name == "adoption-dscr")
    assert f"{100 * shares.median():.0f} % in December 2025" in drawing.alt


def test_evidence_is_drawn_with_its_role_in_the_quantity_that_it_counts(historical: Results) -> None:
    first, last = historical.monthly["month"].min(), historical.monthly["month"].max()
    points = evidence_points("dscr", first, last)
    published = [
        (month_of(row.date), row.value, row.role)
        for row in adoption_series()
        if row.innovation == "DSCR" and "providers" in row.population and row.role != "context"
    ]
    shown = zip(points["month"], points["share"], points["role"], strict=True)
    assert [(f"{at:%Y-%m}", round(100 * share), role) for at, share, role in shown] == published
    assert {"calibration", "validation", "check_lower_bound"} == set(points["role"])
    assert (points[points["role"] == "check_lower_bound"]["bound"] == "at least").all()
    assert adoption_tables(historical, "dscr")["quantity"] == "using_share"
    assert adoption_tables(historical, "dspt")["quantity"] == "site_share"


def test_the_fan_is_of_the_runs(historical: Results) -> None:
    fan = adoption_tables(historical, "dscr")["fans"]["all"]
    wide = historical.monthly[(historical.monthly["innovation"] == "dscr") & (historical.monthly["group"] == "all")]
    by_month = wide.groupby("month")["using_share"]
    np.testing.assert_array_equal(fan["median"], by_month.median())
    np.testing.assert_array_equal(fan["low_90"], by_month.min())
    np.testing.assert_array_equal(fan["high_90"], by_month.max())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_labels_keep_their_order_and_their_distance(values: list[float]) -> None:
    spots = spaced(values, 0.1, 0.0, 1.0)
    assert min(spots) >= 0.05 - 1e-9 and max(spots) <= 0.95 + 1e-9
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(spots)[order]) >= 0.1 - 1e-9).all()
