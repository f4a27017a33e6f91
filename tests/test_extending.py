"""The recipes of docs/extending.md work as they stand, and touch no more files than they say."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import carespread as cs

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
LEFT_OUT = {"runs", "images", "api", "__pycache__", "notebooks", "benchmarks"}
RUN = """
import hashlib
import carespread.model
from carespread.model import Parameters, Policy, Switches, simulate
run = simulate(providers={providers}, months=6, {more})
parts = [*run.record, run.prepared.state.rows, run.prepared.state.pairs]
print(carespread.model.__file__, hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest(),
      float(run.monthly["cost_public"].sum()))
"""


class Edit(NamedTuple):
    """One block of a recipe: what becomes of a file."""

    file: str
    kind: str
    block: str


def recipe(title: str) -> list[Edit]:
    """Return the edits of a section of the page."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(title))
    found, file = [], ""
    for name, kind, block in re.findall(
        r"^\*\*\d+\. `([^`]+)`\*\*|^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    ):
        file = name or file
        if kind:
            found.append(Edit(file, kind, block))
    return found


def applied(edits: list[Edit], root: Path) -> set[str]:
    """Apply edits to a copy of the project, and return the files that they touch."""
    for edit in edits:
        path = root / edit.file
        if edit.kind != "diff":
            assert not path.exists(), path
            path.parent.mkdir(exist_ok=True)
            path.write_text(edit.block, encoding="utf-8")
            continue
        lines = edit.block.splitlines()
        before, after = ("\n".join(line[1:] for line in lines if line[:1] in (" ", sign) or not line) for sign in "-+")
        text = path.read_text(encoding="utf-8")
        assert text.count(f"\n{before}\n") == 1, f"{edit.file} no longer has, once: {before}"
        path.write_text(text.replace(f"\n{before}\n", f"\n{after}\n"), encoding="utf-8")
    return {edit.file for edit in edits}


def copied(folder: Path) -> Path:
    """Return a copy of the project."""

    def left_out(place: str, names: list[str]) -> set[str]:
        hidden = {name for name in names if name.startswith(".") or (Path(place) / name).is_symlink()}
        return hidden | LEFT_OUT & {*names}

    return Path(shutil.copytree(ROOT, folder / "project", ignore=left_out))


def files(root: Path) -> dict[str, str]:
    """Return a hash of every file that git would keep, but for the tables that a command writes."""
    kept = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    named = {str(path.relative_to(root)): path for path in kept}
    named.pop("model/ODD.md")
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


def called(root: Path, *words: str) -> str:
    """Return what a command of the copy prints; its kernels run as plain Python."""
    done = subprocess.run(
        [sys.executable, "-B", *words],
        cwd=root,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def ran(root: Path, more: str = "", providers: int = 50) -> tuple[str, float]:
    """Return a hash of all that a run of the copy leaves, and what it costs the public."""
    file, digest, cost = called(root, "-c", RUN.format(more=more, providers=providers)).split()
    assert Path(file).resolve().is_relative_to(root.resolve())
    return digest, float(cost)


@pytest.fixture(scope="module")
def untouched() -> tuple[str, float]:
    return ran(ROOT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copied(tmp_path)


def holds(root: Path) -> None:
    """Run what the project says of declarations, tables and the ladder over the copy."""
    called(root, "-m", "carespread.model.odd")
    about = "description or means or medians or unique or ladder or top"
    called(root, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", about, "tests/test_documents.py",
           "tests/theory/test_levels.py")  # fmt: skip


def test_a_mechanism_touches_five_files_and_acts_under_its_switch_alone(
    project: Path, untouched: tuple[Any, ...]
) -> None:
    before = files(project)
    touched = applied(recipe("A mechanism"), project)
    after = files(project)
    assert touched == {name for name in after if after[name] != before.get(name)} and len(touched) <= 5
    assert ran(project) == untouched
    on = ran(project, "switches=Switches.of(fatigue=True)")
    assert on != untouched
    assert ran(project, "switches=Switches.of(fatigue=True), parameters=Parameters.of(fatigue_rate=0)") == untouched
    holds(project)
    assert "(20)" in (project / "model" / "ODD.md").read_text(encoding="utf-8")


def test_a_lever_touches_four_files_is_listed_costs_and_moves_a_run(project: Path, untouched: tuple[Any, ...]) -> None:
    before = files(project)
    touched = applied(recipe("A lever"), project)
    after = files(project)
    assert touched == {name for name in after if after[name] != before.get(name)} and len(touched) <= 4
    assert ran(project) == untouched
    digest, cost = ran(project, "policy=Policy.of(senior_retention=1.0)")
    assert digest != untouched[0] and cost > untouched[1]
    listed = json.loads(called(project, "-m", "carespread", "parameters", "--json"))
    assert listed["$defs"]["levers"]["properties"]["senior_retention"]["unit_cost"] == 500
    assert "lever_senior_retention" in called(project, "-m", "carespread", "scenarios")
    holds(project)


def test_another_country_is_one_folder_and_one_option(project: Path, untouched: tuple[Any, ...]) -> None:
    touched = applied(recipe("Another country"), project)
    assert {str(Path(name).parent) for name in touched} == {"model/population/sampleland"}
    assert ran(project) == untouched
    everybody = ran(project, 'country="sampleland"', 200)
    assert len({untouched, everybody, ran(project, 'country="sampleland"', 100)}) == 3
    words = ["run", "--country", "sampleland", "--providers", "all", "--months", "3", "--replications", "1", "--quiet"]
    called(project, "-m", "carespread", *words, "--innovation", "dscr", "--out", "made")
    record = json.loads((project / "made" / "made_by.json").read_text(encoding="utf-8"))
    assert (record["country"], record["providers"]) == ("sampleland", 200)
    told = called(
        project, "-m", "carespread", "journey", "--run", "made", "--provider", "3", "--quiet", "--out", "told"
    )
    assert "told" in told


def test_a_country_that_nobody_knows_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "carespread", "run", "--country", "nowhere", "--out", str(tmp_path / "made")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.strip() == "Unknown country 'nowhere': known: england."
    assert not (tmp_path / "made").exists()
    with pytest.raises(cs.BadInputError, match="known: england"):
        cs.simulate(country="nowhere")
    with pytest.raises(TypeError, match="country is 3"):
        cs.simulate(country=3)  # type: ignore[arg-type]
    assert cs.simulate(country="England", providers=50, months=1).prepared.population.country.name == "England"
