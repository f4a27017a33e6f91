"""A search stays within its budget, remembers what it tried, and is judged on seeds it has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from carespread.cli import main
from carespread.experiments.optimise import (
    MOST_LEVERS,
    Laboratory,
    Limits,
    Open,
    closed_words,
    obliging_words,
    opened,
    optimise,
    pareto,
    searched,
    unused_words,
    without_idle,
)
from carespread.model import BadInputError, Lever

from .test_figures import check_texts

pytestmark = pytest.mark.compiled

SETTINGS: dict[str, Any] = {"providers": 100, "seed": 1, "budget": 2e7}


def test_a_search_goes_on_where_it_was_stopped_and_keeps_the_budget(tmp_path: Path) -> None:
    out = tmp_path / "out"
    optimise(trials=20, out=out, **SETTINGS)
    with pytest.raises(BadInputError, match="--resume"):
        optimise(trials=24, out=out, **SETTINGS)
    with pytest.raises(BadInputError, match="another design"):
        optimise(trials=24, out=out, resume=True, **SETTINGS | {"budget": 1e7})
    record = out / "made_by.json"
    whole = json.loads(record.read_text(encoding="utf-8"))
    for name, older in (("levers", {"mandate": 0.4}), ("results_version", 0), ("groups", ["all"])):
        begun = {**whole, "design": {**whole["design"], name: older}}  # by another source
        record.write_text(json.dumps(begun), encoding="utf-8")
        with pytest.raises(BadInputError, match=rf"another design than this \(it differs in {name}\): name another"):
            optimise(trials=24, out=out, resume=True, **SETTINGS)
    del begun["design"]["levers"]  # by a source that did not keep them
    record.write_text(json.dumps(begun), encoding="utf-8")
    with pytest.raises(BadInputError, match="it differs in groups and levers"):
        optimise(trials=24, out=out, resume=True, **SETTINGS)
    record.write_text(json.dumps(whole), encoding="utf-8")
    optimise(trials=24, out=out, resume=True, **SETTINGS)
    made = json.loads((out / "made_by.json").read_text(encoding="utf-8"))
    assert made["trials"] == 24 and made["budget"] == 2e7
    found, hand = pd.read_csv(out / "front.csv"), pd.read_csv(out / "hand_made.csv")
    assert len(found) >= 1 and len(hand) >= 16
    assert (found.loc[found["within_budget"], "cost_total"] <= 2e7).all()
    sums = found["cost_public"] + found["cost_provider"]
    assert sums.to_numpy() == pytest.approx(found["cost_total"].to_numpy())
    assert found["portfolio"].str.count(r"\+").max() < MOST_LEVERS
    assert (out / "figures" / "portfolios.png").exists()


def test_an_idle_lever_is_left_out_and_random_numbers_are_common() -> None:
    laboratory = Laboratory(100, 24, range(3))
    idle = Lever("movement_building", 0.1, "2027-01", "2027-12")  # without feedback a movement moves nothing
    busy = Lever("mandate", 0.4, "2026-02", "2027-12")
    assert without_idle(laboratory, (busy, idle)) == (busy,)
    assert (laboratory.measure(()).outcome == 0).all()
    assert laboratory.measure((busy,)).outcome.mean() != 0


def test_the_front_holds_what_nothing_beats() -> None:
    table = pd.DataFrame(
        {"outcome": [3.0, 2.0, 1.0, 9.0], "gap": [1.0, 0.0, 0.5, 0.0], "within_budget": [True, True, True, False]}
    )
    assert pareto(table).tolist() == [True, True, False, False]


def test_no_obligations_are_searched_where_none_are_wanted_and_public_money_is_a_limit_of_its_own() -> None:
    made = optimise(public_budget=5e7, no_obligations=True, trials=12, providers=60)
    both = pd.concat([made.tables["front"], made.tables["hand_made"]])
    for drawing in made.figures.values():
        check_texts(drawing)
    assert not both["obliges"].any() and not both["portfolio"].str.contains("mandate|requirement|enforcement").any()
    within = both[both["within_budget"]]
    assert (within["cost_public"] <= 5e7).all() and "of public money" in made.text
    with pytest.raises(BadInputError, match="No budget was given"):
        optimise()


def test_an_unused_budget_is_explained_and_obliging_is_said() -> None:
    best = pd.Series({"cost_total": 3e6, "cost_public": 1e6, "cost_provider": 2e6, "obliges": True})
    said = unused_words(best, Limits(5e7, 1.05e6))
    assert len(said) == 1 and "47.0 million of GBP 50.0 million in all" in said[0] and "public money" not in said[0]
    assert unused_words(best, Limits(3.1e6, None)) == []
    assert "who pay GBP 2.0 million of GBP 3.0 million" in obliging_words(best)[0]
    assert obliging_words(best.replace({True: False})) == []


def test_fair_pay_is_searched_with_fees_that_meet_it_and_judged_as_the_scenario_has_it() -> None:
    assert {"fair_pay", "grant", "training", "mandate"} <= set(searched())
    laboratory = Laboratory(60, 36, range(2))
    pay = (Lever("fair_pay", 0.06, "2026-02", "2027-12"),)
    met, unmet = laboratory.measure(pay), laboratory.measure(pay, funded=False)
    assert met.money.public.mean() > 1e8 and abs(met.money.provider.mean()) < 0.1 * met.money.public.mean()
    assert unmet.money.public.mean() == 0 and unmet.money.provider.mean() > 1e8
    assert laboratory.measure(()) is laboratory.measure((), funded=False)


def test_what_cannot_help_is_not_searched_and_the_reason_is_said() -> None:
    laboratory = Laboratory(60, 36, range(2))
    tight, wide = (opened(laboratory, Limits(limit, None)) for limit in (2e7, 1e12))
    assert "fair_pay" in tight.dear and "fair_pay" not in tight.most and "fair_pay" in wide.most
    assert set(wide.most) | set(wide.inert) == set(searched()) and not wide.dear
    assert "movement_building" in wide.inert  # without feedback a movement moves nothing
    said = closed_words(tight)
    assert "movement building" in said[0] and any("fair pay, met by fees, costs GBP" in line for line in said)
    assert "more than the budget" in said[-1] and closed_words(Open({"grant": 1.0})) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--budget", "0"], "above 0"),
        (["--budget", "\N{POUND SIGN}30000000"], "without a currency sign"),
        (["--public-budget", "inf"], "above 0"),
        (["--no-obligations"], "No budget was given"),
    ],
)
def test_a_budget_that_cannot_be_is_one_sentence(
    words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["carespread", "optimise", *words])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err.strip()
    assert left.value.code == 2 and "\n" not in said and says in said
