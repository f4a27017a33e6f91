"""A lever that a user declares in a scenario costs, moves what it names, and is refused where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import carespread as cs
from carespread import cli
from carespread.model import Inputs, simulate
from carespread.model.own_levers import OwnLever, terms
from carespread.model.policy import Policy
from carespread.model.simulate import Run
from carespread.model.simulate import simulate as run_of

TEXT = """question = "What do mentors gain?"
months = 6
[[own_lever]]
name = "mentoring"
description = "Managers are mentored by peers."
unit = "hours a month"
high = 10
unit_cost = 40.0
moves = "campaign"
by = 0.04
[[lever]]
name = "mentoring"
strength = 5
"""
SIZE = {"providers": 50, "months": 6}
MOVES = {
    "campaign": (0.04, 'innovation = "dscr"'), "training": (0.01, 'start = "2026-02"\nend = "2026-05"'),
    "turnover": (-0.002, 'group = "small"'), "fee": (0.05, 'start = "2026-02"'), "wage": (0.1, ""),
    "learning": (0.05, 'group = "small"'), "senior": (0.05, ""), "digital": (0.05, ""), "attention": (0.05, ""),
}  # fmt: skip


def ran(text: str, **more: object) -> Run:
    return run_of(Inputs.of(text, **SIZE, **more), 3)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def usual() -> Run:
    return simulate(seed=3, **SIZE)  # type: ignore[arg-type]


@pytest.mark.parametrize("moves", MOVES)
def test_it_costs_and_moves_what_it_names(moves: str, usual: Run) -> None:
    by, reach = MOVES[moves]
    text = TEXT.replace('"campaign"', f'"{moves}"').replace("by = 0.04", f"by = {by}") + reach
    run = ran(text)
    assert run.monthly["cost_public"].sum() > 0
    assert any((one != other).any() for one, other in zip(run.record, usual.record, strict=True))


def test_moved_as_a_lever_of_the_model_it_does_the_same() -> None:
    own = ran(TEXT)
    theirs = ran('question = "?"\nmonths = 6\n[[lever]]\nname = "campaign"\nstrength = 0.2\nunit_cost = 1000.0\n')
    assert all((one == other).all() for one, other in zip(own.record, theirs.record, strict=True))


def test_strength_0_changes_nothing(usual: Run) -> None:
    run = ran(TEXT.replace("strength = 5", "strength = 0"))
    assert all((one == other).all() for one, other in zip(run.record, usual.record, strict=True))


def test_it_can_be_set_by_name_and_declared_in_python() -> None:
    alone, _, _ = TEXT.partition("[[lever]]")
    own = OwnLever("mentoring", "Mentors.", "hours a month", high=10, moves="campaign", by=0.04, unit_cost=40.0)
    conditions = cs.Conditions(own_levers=(own,), levers=(cs.Lever("mentoring", 5),))
    first, *others = (ran(TEXT), ran(alone, set={"mentoring": 5}), ran(conditions))  # type: ignore[arg-type]
    for other in others:
        assert all((one == two).all() for one, two in zip(first.record, other.record, strict=True))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "mentoring"\ndesc', 'name = "grant"\ndesc', "has the name of a number of the model"),
        ('name = "mentoring"\ndesc', 'name = "My lever"\ndesc', "small letters"),
        ('"campaign"', '"campain"', "did you mean 'campaign'"),
        ('"campaign"', '"trials"', "which no lever can move"),
        ("by = 0.04", "by = 0.4", "moves campaign by 4 at 10 hours a month: it must be above 0 and at most 0.5 /month"),
        ("by = 0.04", "by = 0", "it must be above 0"),
        ("by = 0.04", "by = nan", "is NaN"),
        ("by = 0.04", "", "'own_lever.by' is missing"),
        ("high = 10", "high = 0", "its low end must lie below its high end"),
        ("high = 10", "low = -1\nhigh = 10", "low is -1: it must be from 0"),
        ("unit_cost = 40.0", "unit_cost = -1", "it must be from 0 to 1e\\+06 GBP a provider-month"),
        ('unit = "hours a month"', 'unit = " "', "say it in words"),
        ("strength = 5", "strength = 11", "line 13: The lever mentoring is 11: it must be from 0 to 10 hours a month"),
        ('name = "mentoring"\nstrength', 'name = "mentorin"\nstrength', "did you mean 'mentoring'"),
        ("strength = 5", 'strength = 5\nstart = "2026-02"\n[parameters]\nimitation = 7', "imitation"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(old: str, new: str, says: str) -> None:
    assert TEXT.replace(old, new) != TEXT
    with pytest.raises(cs.BadInputError, match=says) as refused:
        cs.Scenario.of(TEXT.replace(old, new))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    ("moves", "by", "reach", "says"),
    [
        ("learning", 0.05, 'end = "2026-03"', "the trait learning, which holds for the whole run"),
        ("attention", 0.02, 'group = "small"', "the parameter attention, which holds for all providers"),
        ("training", 0.01, 'innovation = "dscr"', "acts on providers, not on one innovation"),
    ],
)
def test_reach_that_a_number_cannot_have_is_refused(moves: str, by: float, reach: str, says: str) -> None:
    text = TEXT.replace('"campaign"', f'"{moves}"').replace("by = 0.04", f"by = {by}") + reach
    with pytest.raises(cs.BadInputError, match=says):
        cs.Scenario.of(text)


def test_the_number_of_every_lever_of_the_model_can_be_moved() -> None:
    assert set(Policy._fields) <= set(terms())


def test_it_works_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mentors.toml").write_text(TEXT, encoding="utf-8")
    size = ["--providers", "50", "--replications", "2", "--innovation", "dscr", "--quiet"]
    for words in (
        ["check", "mentors.toml"],
        ["run", "mentors.toml", *size, "--set", "grant=0.2", "--out", "ran"],
        ["compare", "mentors.toml", "other.toml", *size, "--samples", "0", "--no-structures", "--out", "compared"],
    ):
        Path("other.toml").write_text(TEXT.replace("strength = 5", "strength = 9"), encoding="utf-8")
        monkeypatch.setattr("sys.argv", ["carespread", *words])
        try:
            cli.main()
        except SystemExit as left:
            assert not left.code
    made_by = json.loads(Path("ran/made_by.json").read_text(encoding="utf-8"))
    assert made_by["conditions"]["own_levers"][0]["moves"] == "campaign"
    assert (Path("compared") / "briefing.html").exists()
