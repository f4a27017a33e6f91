"""The work behind the commands is the Python API: same names and defaults, types checked, nothing written unasked."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carespread as cs
from carespread.cli import app
from carespread.model import BadInputError
from carespread.model.extras import needs

SHOWN = {"as_json", "quiet"}
"""Options of the screen, which the work knows nothing of."""
TOLD = {"progress", "told"}
"""What the work tells, which nobody types."""
COMMANDS = {command.name or command.callback.__name__: command.callback for command in app.registered_commands}  # type: ignore[union-attr]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def work_of(command: str) -> Any:
    module, _, name = COMMANDS[command].work.partition(":")  # type: ignore[union-attr]
    return getattr(import_module(module), name)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_work_have_the_same_names_and_defaults(command: str) -> None:
    options = {
        name: one.default for name, one in inspect.signature(COMMANDS[command]).parameters.items() if name not in SHOWN  # type: ignore[arg-type]
    }  # fmt: skip
    takes = {
        name: one.default for name, one in inspect.signature(work_of(command)).parameters.items() if name not in TOLD
    }
    assert takes == options


def test_public_names_are_there_and_loaded_when_asked_for() -> None:
    names = ("compare", "sensitivity", "ablate", "calibrate", "validate", "journey", "optimise", "discover", "verify")
    for name in names:
        assert name in dir(cs) and getattr(cs, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'campare'"):
        _ = cs.campare


@pytest.mark.parametrize(
    ("function", "given", "named"),
    [
        ("compare", ("central", "tight"), {}),  # a name where a list of names belongs
        ("compare", ("central", ["tight"]), {"replications": "6"}),
        ("compare", ("central", ["tight"]), {"replications": 6.0}),
        ("compare", ("central", ["tight"]), {"structures": 1}),
        ("compare", ("central", ["tight"]), {"worth": "1000"}),
        ("sensitivity", (3,), {}),
        ("sensitivity", (), {"set": ["grant=1"]}),
        ("sensitivity", (), {"parameters": {"trust": (0.1, 0.2, 0.3)}}),
        ("sensitivity", (), {"parameters": {"trust": "posterior"}}),
        ("ablate", ("C3",), {}),
        ("ablate", (), {"seed": True}),
        ("discover", ("lever_grant",), {"below": None}),
        ("calibrate", (), {"budget": 400.5}),
        ("calibrate", (), {"resume": "yes"}),
        ("validate", (3,), {}),
        ("journey", (), {"provider": "5"}),
        ("optimise", ("20000000",), {}),
        ("sticking_points", (), {"months": "12"}),
        ("verify", ("V1",), {}),
        ("experiment", (None,), {}),
    ],
)
def test_a_wrong_type_is_a_type_error_before_any_work(
    function: str, given: tuple[Any, ...], named: dict[str, Any], elsewhere: Path
) -> None:
    with pytest.raises(TypeError, match=r" is .*: it must be "):
        getattr(cs, function)(*given, **named)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("function", "given", "named", "words"),
    [
        ("compare", ("central", ["tight"]), {"replications": 1}, "replications is 1: .* from 2 to 100,000 runs"),
        ("compare", ("central", ["tight"]), {"worth": np.inf}, "from 0 to 1,000,000 GBP"),
        ("compare", ("central", ["tight"]), {"providers": "some"}, "from 50 to 1,000,000 providers"),
        ("sensitivity", (), {"seed": -1}, "seed is -1"),
        ("sensitivity", (), {"method": "sobl"}, "'sobol'"),
        ("ablate", (), {"samples": 3}, "from 4 to"),
        ("discover", ("lever_grant",), {"below": np.nan}, "below is nan"),
        ("calibrate", (), {"budget": 399}, "from 400 to"),
        ("journey", (), {"months": 0}, "from 1 to 1200 months"),
        ("optimise", (0.0,), {}, "above 0"),
        ("sticking_points", (), {"replications": 1}, "from 2 to"),
        ("verify", (["V99"],), {}, "Unknown case"),
        ("validate", ("nowhere",), {}, "holds no posterior"),
    ],
)
def test_a_wrong_value_is_bad_input_before_any_work(
    function: str, given: tuple[Any, ...], named: dict[str, Any], words: str, elsewhere: Path
) -> None:
    with pytest.raises(BadInputError, match=words):
        getattr(cs, function)(*given, **named)
    assert list(elsewhere.iterdir()) == []


def test_a_value_is_repeated_in_80_characters_at_most() -> None:
    with pytest.raises(TypeError) as refused:
        cs.ablate("C" * 10_000)
    assert len(str(refused.value)) < 200 and "..." in str(refused.value)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("function", "given", "named"),
    [
        ("compare", ("central", ["tight"]), {"replications": 2, "samples": 0, "structures": False}),
        ("sensitivity", (), {"parameters": {"imitation": (0.01, 0.05), "trust": "prior"}, "samples": 4, "months": 12}),
        ("ablate", (["C4"],), {"samples": 4, "replications": 1}),
        ("journey", (), {"provider": 5, "months": 12}),
        ("sticking_points", (), {"replications": 2, "months": 12, "easing": False}),
    ],
)
def test_without_a_folder_nothing_is_written_and_all_is_there(
    function: str, given: tuple[Any, ...], named: dict[str, Any], elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = getattr(cs, function)(*given, providers=np.int64(60), **named)
    assert made.folder is None and list(elsewhere.iterdir()) == []
    assert capsys.readouterr() == ("", ""), "the work prints nothing"
    assert made.tables and all(len(table) for table in made.tables.values())
    assert made.figures and all(drawing.alt for drawing in made.figures.values())
    assert str(made) == made.text != "" and made.json


@pytest.mark.parametrize(
    ("library", "module", "function", "given"),
    [
        ("SALib", "SALib", "sensitivity", ()),
        ("SALib", "SALib", "ablate", ()),
        ("ema_workbench", "ema_workbench", "discover", ("lever_grant",)),
        ("scikit-learn", "sklearn", "compare", ("central", ["tight"])),
        ("scikit-learn", "sklearn", "calibrate", ()),
        ("optuna", "optuna", "optimise", (1e6,)),
    ],
)
def test_a_library_that_is_missing_is_named_with_how_to_install_it(
    library: str, module: str, function: str, given: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInputError, match=rf"carespread {function} needs {library}: .* 'carespread\[\w+\]'\.$"):
        getattr(cs, function)(*given)


def test_an_extra_is_named_after_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(BadInputError) as refused:
        needs("SALib", "sensitivity")
    said = "carespread sensitivity needs SALib: install it with pip install 'carespread[sensitivity]'."
    assert str(refused.value) == said
