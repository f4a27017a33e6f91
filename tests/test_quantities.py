"""A quantity has one name, and passes few files, on its way from its declaration to the figure that shows it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from carespread.experiments.run import Plan, inputs_of, planned
from carespread.model import Conditions, Inputs, Scenario
from carespread.model.scenario import read_scenario
from carespread.model.scenario_file import ScenarioFile
from carespread.model.simulate import prepare

ROOT = Path(__file__).parents[1]
MOST_FILES, MOST_VISITS = 7, 18
BESIDE = ("model/population/england", "model/textbook", "model/attribution", "model/mesa.py")
"""Not on the way: what makes a country, presets of textbook cases, what explains a run, and Mesa's view of it."""
NAMES = {
    "leadership (senior)": ("senior",),
    "adoption threshold": ("adoption_threshold",),
    "imitation": ("imitation",),
    "grant": ("grant",),
    "share using": ("USING", "using_share"),
}
"""By which name code calls a quantity: a column of sums has the name of its share in capitals."""
FORMER = {"led", "leads", "th_i", "threshold"}
"""Names that stood for the same in the same places."""


def words(tree: ast.AST) -> Iterator[str]:
    """Yield every name of a program: variables, attributes, arguments, functions, and columns named in quotes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                yield name


@cache
def programs() -> dict[str, frozenset[str]]:
    """Return the names in each file on the way, from the declaration to the figure."""
    found = {}
    for room in ("model", "results/figures"):
        for file in sorted((ROOT / room).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not name.startswith(BESIDE):
                found[name] = frozenset(words(ast.parse(file.read_text(encoding="utf-8"))))
    return found


@pytest.mark.parametrize("quantity", NAMES)
def test_a_quantity_passes_at_most_seven_files(quantity: str) -> None:
    way = [file for file, names in programs().items() if names & set(NAMES[quantity])]
    assert 3 <= len(way) <= MOST_FILES, way


def test_no_quantity_has_its_former_names() -> None:
    # the draw of a threshold keeps its name: it names random numbers
    allowed = {"model/population/traits.py": {"threshold"}}
    again = {file: names & FORMER - allowed.get(file, set()) for file, names in programs().items()}
    assert not {file: names for file, names in again.items() if names}


def test_a_grant_lowers_a_cost_in_one_place() -> None:
    # elsewhere it is only asked whether there is one
    places = []
    for file in (ROOT / "model" / "mechanisms").glob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                asked = {id(node.left) for node in ast.walk(function) if isinstance(node, ast.Compare)}
                places += [
                    (file.stem, function.name)
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute) and node.attr == "grant" and id(node) not in asked
                ]
    assert places == [("value", "paid_by_others")]


def test_a_scenario_passes_at_most_seven_files_on_its_way_to_a_run() -> None:
    kinds = (Scenario, ScenarioFile, Conditions, Inputs, Plan)
    stops: list[str] = []

    def met(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and Path(code.co_filename).is_relative_to(ROOT):
            given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            if any(isinstance(frame.f_locals.get(name), kinds) for name in given):
                stops.append(Path(code.co_filename).relative_to(ROOT).as_posix())

    def on_its_way() -> None:
        plan = planned(read_scenario("historical"), providers=50)
        prepare(inputs_of(plan, 1), 1)

    on_its_way()  # what is loaded and drawn once would be watched call by call
    before = sys.getprofile()
    sys.setprofile(met)
    try:
        on_its_way()
    finally:
        sys.setprofile(before)
    visits = [file for file, _ in groupby(stops)]
    assert len(set(visits)) <= MOST_FILES, visits
    assert len(visits) <= MOST_VISITS, visits
