"""What a command left is made again from its record, identical; what is not is named by its column."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carespread as cs
from carespread.cli import app
from carespread.experiments.replication import run
from carespread.experiments.rerun import AGAIN

pytestmark = pytest.mark.compiled

SIZE: dict[str, Any] = {"providers": 60}
SHORT: dict[str, Any] = {**SIZE, "months": 6}
DESIGN = """question = "q"
scenarios = ["central", "tight"]
providers = 60
months = 6
replications = 3
samples = 2
[parameters]
choice_noise = [0.05, 0.3]
"""
WORKS: dict[str, Callable[[Path], Any]] = {
    "run": lambda out: run("tight", replications=2, events=True, set={"grant": 0.3}, out=out, **SHORT),
    "experiment": lambda out: cs.experiment("design.toml", out=out),
    "compare": lambda out: cs.compare(
        "central", ["tight"], replications=2, samples=2, structures=False, out=out, **SIZE
    ),
    "sensitivity": lambda out: cs.sensitivity(
        parameters={"trust": "prior", "imitation": (0.01, 0.05)}, samples=4, replications=2, out=out, **SHORT
    ),
    "ablate": lambda out: cs.ablate(["C4"], samples=4, replications=1, out=out, **SIZE),
    "journey": lambda out: cs.journey(provider=5, out=out, **SHORT),
    "sticking-points": lambda out: cs.sticking_points(replications=2, out=out, **SHORT),
}
SLOW = {"discover", "calibrate", "optimise", "validate", "studies", "library", "rerun"}
"""Commands that take long even when small: `make kills` makes their folders again, but for validate and rerun."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder that holds a design alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    return tmp_path


def edited(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    record = json.loads((folder / "made_by.json").read_text(encoding="utf-8"))
    change(record)
    (folder / "made_by.json").write_text(json.dumps(record), encoding="utf-8")


def test_every_command_that_leaves_a_folder_can_be_made_again() -> None:
    import inspect

    named = {one.name or one.callback.__name__: one.callback for one in app.registered_commands}  # type: ignore[union-attr]
    leaving = {name: one for name, one in named.items() if "out" in inspect.signature(one).parameters}  # type: ignore[arg-type]
    leaving.pop("page")  # a file, not a folder
    assert set(leaving) == set(WORKS) | SLOW
    assert {one.work for name, one in leaving.items() if name not in ("run", "rerun")} == AGAIN  # type: ignore[union-attr]


@pytest.mark.parametrize("name", WORKS)
def test_a_folder_is_made_again_and_is_identical(name: str, place: Path) -> None:
    WORKS[name](place / "mine")
    again = cs.rerun(place / "mine", workers=1)
    assert (again.text, again.status, again.json) == (
        f"{place / 'mine'}: identical.", 0, {"identical": True, "different": []},
    )  # fmt: skip
    assert {path.name for path in place.iterdir()} == {"mine", "design.toml"}


def test_a_run_without_figures_is_made_again_without(place: Path) -> None:
    run("central", replications=1, figures=False, out=place / "mine", **SHORT)
    assert not (place / "mine" / "figures").exists() and (place / "mine" / "summary.csv").is_file()
    assert cs.rerun(place / "mine", workers=1).status == 0


def test_what_is_not_the_same_is_named_by_its_column(place: Path) -> None:
    WORKS["run"](place / "mine")
    edited(place / "mine", lambda record: record.update(seed=2))
    again = cs.rerun(place / "mine", out=place / "again")
    assert again.status == 1 and "runs: seed" in again.json["different"] and "monthly: aware" in again.json["different"]
    assert again.folder == place / "again" and (place / "again" / "runs.parquet").exists()
    assert not any(one == "monthly: month" for one in again.json["different"])


def test_what_cannot_be_made_again_is_refused(place: Path) -> None:
    WORKS["experiment"](place / "mine")
    kept = json.loads((place / "mine" / "made_by.json").read_text(encoding="utf-8"))["call"]
    for change, says in (
        (None, "by which call"),
        ({**kept, "work": "os:system"}, "which is no study"),
        ({**kept, "arguments": {"design": 3}}, "arguments that cannot be"),
        ({**kept, "arguments": {"sedign": "design.toml"}}, "arguments that cannot be"),
    ):
        edited(place / "mine", lambda record, change=change: record.update(call=change))  # type: ignore[misc]
        with pytest.raises(cs.BadInputError, match=says):
            cs.rerun(place / "mine")
    edited(place / "mine", lambda record: record.update(call=kept))
    (place / "design.toml").write_text(DESIGN.replace("replications = 3", "replications = 2"), encoding="utf-8")
    with pytest.raises(cs.BadInputError, match="put it back"):
        cs.rerun(place / "mine")
    edited(place / "mine", lambda record: record.update(results_version=0))
    with pytest.raises(cs.BadInputError, match="results_version 0"):
        cs.rerun(place / "mine")
    with pytest.raises(cs.BadInputError, match="holds no results"):
        cs.rerun(place / "nowhere")
