"""What is assumed beside the runs: take-up and delay, fixed or drawn, and distributional weights, in `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.compare import compare
from carespread.experiments.result import Result
from carespread.model import BadInputError

pytestmark = pytest.mark.compiled
SMALL: dict[str, Any] = {"replications": 2, "providers": 60, "samples": 6, "structures": False}
LEVERS = ["lever_grant", "lever_mandate"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    out = tmp_path_factory.mktemp("assumed")
    asked: dict[str, dict[str, Any]] = {
        "full": {},
        "fixed": {"take_up": 0.6, "delay": 1},
        "shares": {"take_up": (0.5, 0.9)},
        "drawn": {"take_up": (0.5, 0.9), "delay": (0, 2), "relative_income": 0.6},
    }
    return {name: compare("central", LEVERS, **SMALL, **more, out=out / name) for name, more in asked.items()}


def test_take_up_is_one_draw_for_every_option_and_every_part(made: dict[str, Result]) -> None:
    full, drawn = (made[name].tables["draws"] for name in ("full", "shares"))
    keys = ["scenario", "draw"]
    both = full.merge(drawn, on=keys, suffixes=("", "_drawn"))
    both = both[both["scenario"] != "central"]
    shares = {name: (both[f"{name}_drawn"] / both[name]) for name in ("extra_handed_on", "extra_provider")}
    assert shares["extra_provider"].between(0.5, 0.9).all()
    by_draw = both.assign(share=shares["extra_provider"]).pivot(index="draw", columns="scenario", values="share")
    assert by_draw["lever_grant"].to_numpy() == pytest.approx(by_draw["lever_mandate"].to_numpy(), rel=1e-9)
    assert by_draw["lever_grant"].nunique() == SMALL["samples"]
    grants = both["scenario"] == "lever_grant"
    assert shares["extra_handed_on"][grants].to_numpy() == pytest.approx(shares["extra_provider"][grants].to_numpy())


def test_delay_takes_from_the_benefit_and_leaves_the_cost(made: dict[str, Result]) -> None:
    alike, late = (
        made[name].tables["ranking"].set_index("scenario").loc["lever_mandate"] for name in ("shares", "drawn")
    )
    assert late["extra_total"] == pytest.approx(alike["extra_total"], rel=0.02)
    assert 0.5 * alike["extra_outcome"] < late["extra_outcome"] < 0.95 * alike["extra_outcome"]


def test_a_fixed_take_up_and_delay_hold_for_all(made: dict[str, Result]) -> None:
    full, fixed = (
        made[name].tables["ranking"].set_index("scenario").loc["lever_mandate"] for name in ("full", "fixed")
    )
    assert fixed["extra_total"] == pytest.approx(0.6 * full["extra_total"])
    assert 0 < fixed["extra_outcome"] < 0.6 * full["extra_outcome"], "what comes later is worth less, and some is lost"
    equity = (made[name].tables["equity"]["extra_points"].to_numpy() for name in ("full", "fixed"))
    usual, less = equity
    assert less == pytest.approx(0.6 * usual)


def test_the_log_says_what_was_assumed(made: dict[str, Result]) -> None:
    said = {
        "full": ("take-up as modelled", "no delay"),
        "fixed": ("take-up 60 %", "benefits 1 year later"),
        "shares": ("take-up drawn evenly from 50 to 90 %", "no delay"),
        "drawn": ("take-up drawn evenly from 50 to 90 %", "benefits drawn to come 0 to 2 years later"),
    }
    for name, words in said.items():
        folder = made[name].folder
        assert folder is not None
        pages = (made[name].text, (folder / "briefing.html").read_text(encoding="utf-8"))
        for page in pages:
            assert all(one in page for one in words), name


def test_weighted_figures_stand_beside_the_others_and_order_nothing(made: dict[str, Result]) -> None:
    weight = 0.6**-1.3
    ranking = made["drawn"].tables["ranking"]
    assert ranking["weighted_break_even"].to_numpy() == pytest.approx(ranking["break_even"].to_numpy() / weight)
    assert not any(name.startswith("weighted") for name in made["full"].tables["ranking"])
    folder = made["drawn"].folder
    assert folder is not None
    for text in (made["drawn"].text, *((folder / f"{one}.html").read_text("utf-8") for one in ("briefing", "annex"))):
        assert "distributional weight of 1.9" in text and "beside the unweighted figures" in text
    assert "distributional weight" not in made["full"].text


def test_what_is_drawn_can_be_measured_first(made: dict[str, Result]) -> None:
    known = {name: set(result.tables["information"]["what"]) for name, result in made.items()}
    assert {"take_up", "delay"} <= known["drawn"] and not {"take_up", "delay"} & (known["full"] | known["fixed"])
    assert "take_up" in known["shares"] and "delay" not in known["shares"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"take_up": (0.9, 0.5)}, "LOW below HIGH"),
        ({"take_up": 1.2}, "from 0 to 1"),
        ({"take_up": (0.5, 1.2)}, "from 0 to 1"),
        ({"delay": (0, 90)}, "from 0 to 50 years"),
        ({"take_up": (0.5, 0.9), "samples": 0}, "a range needs at least 1 draw"),
        ({"distributional_weight": -1.0}, "from 0.01 to 100"),
        ({"distributional_weight": 2.0, "relative_income": 0.5}, "name one of them"),
    ],
)
def test_what_cannot_be_is_one_sentence(more: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=says) as refused:
        compare("central", LEVERS, **{**SMALL, **more}, out=tmp_path / "out")
    assert "\n" not in str(refused.value) and not (tmp_path / "out").exists()


def test_draws_of_the_page_are_finite(made: dict[str, Result]) -> None:
    for result in made.values():
        numbers: pd.DataFrame = result.tables["draws"].select_dtypes("number")
        assert np.isfinite(numbers.to_numpy()).all()
