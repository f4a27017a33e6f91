"""An equation of one's own runs everywhere while its block lasts, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carespread as cs
from carespread.model.equations import equations, replacements
from carespread.model.jit import JIT

from .test_jit_cache import PRINT, Copy

SMALL: dict[str, Any] = {"providers": 60, "months": 24, "seed": 1, "innovations": "electronic_medication_records"}
BUSY: dict[str, Any] = {"attention": 0.1, "adoption_threshold": 0.3}
"""Enough happens within two years to tell runs apart."""
NAME = "value.weighed_cost"
ROOT = Path(__file__).parents[1]


def free(cost_weight: float, cost: float, slack: float) -> float:
    return 0.0


def dear(cost_weight: float, cost: float, slack: float) -> float:
    return 2.0 * cost_weight


def shares(**more: Any) -> list[float]:
    return list(cs.simulate(**SMALL, set=BUSY, **more).monthly["using_share"])


def test_an_equation_runs_while_its_block_lasts_also_nested_and_after_an_error() -> None:
    usual, hypothesis = shares(), cs.equation(NAME)
    with pytest.raises(ZeroDivisionError), cs.replaced(NAME, free):
        without = shares()
        with cs.replaced(NAME, dear):
            assert cs.equation(NAME) is dear
            twice = shares()
        assert shares() == without
        raise ZeroDivisionError
    assert cs.equation(NAME) is hypothesis and replacements() == {}
    assert shares() == usual, "bit for bit"
    assert without != usual and twice not in (usual, without)


def test_threads_and_agents_run_it_and_the_record_has_its_source() -> None:
    with cs.replaced(NAME, free):
        runs, found = cs.replicate(n=2, workers=2, set=BUSY, **SMALL), []
        thread = threading.Thread(target=lambda: found.append(shares()))
        thread.start()
        thread.join()
        care = cs.CareSector(**SMALL, **BUSY).run().monthly["using_share"]
    everyone = runs.monthly[(runs.monthly["replication"] == 0) & (runs.monthly["group"] == "all")]
    assert found[0] == list(everyone["using_share"]) == list(care) != shares()
    assert "return 0.0" in runs.made_by["replaced"][NAME]
    assert cs.replicate(n=1, **SMALL).made_by["replaced"] == {}


def test_a_function_that_somebody_put_there_by_hand_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    from carespread.model.mechanisms import value

    monkeypatch.setattr(value, "weighed_cost", free)
    assert "return 0.0" in replacements()[NAME]


def test_names_that_modules_took_over_are_rebound() -> None:
    from carespread.model.population import traits

    usual = traits.trait_from_normal
    with cs.replaced("leadership.trait_from_normal", lambda score: 0.5):
        assert traits.trait_from_normal is not usual
        assert (cs.simulate(**SMALL).prepared.population.learning == 0.5).all()
    assert traits.trait_from_normal is usual
    assert not (cs.simulate(**SMALL).prepared.population.learning == 0.5).any()


@pytest.mark.parametrize(
    ("name", "function", "kind", "words"),
    [
        ("value.weighed_cst", free, cs.BadInputError, "did you mean 'value.weighed_cost'"),
        (3, free, cs.BadInputError, "Unknown equation 3"),
        (NAME, 0.5, TypeError, "must be a Python function"),
        (NAME, min, TypeError, "must be a Python function"),
        (NAME, lambda cost: 0.0, cs.BadInputError, r"takes \(cost\): it must take \(cost_weight, cost, slack\)"),
        (NAME, lambda cost, cost_weight, slack: 0.0, cs.BadInputError, "in this order"),
    ],
)
def test_what_cannot_take_the_place_of_an_equation_is_refused(name: Any, function: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words), cs.replaced(name, function):
        pytest.fail("it was taken")
    assert replacements() == {}


@pytest.mark.compiled
def test_what_cannot_be_compiled_is_refused_before_any_run() -> None:
    def reads_a_file(cost_weight, cost, slack):  # type: ignore[no-untyped-def]
        return len(open("somewhere").read())

    with pytest.raises(cs.BadInputError, match="cannot be compiled") as refusal, cs.replaced(NAME, reads_a_file):
        pytest.fail("it was taken")
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 300


def test_equations_are_functions_of_numbers() -> None:
    names = equations()
    assert NAME in names and len(names) > 60
    assert all(cs.equation(name).__doc__ for name in names)


REPLACED = """
from carespread.model.equations import replaced
from carespread.model.parameters import Parameters
from carespread.model.state import one_record
from carespread.model.tiny import number as usual, tiny

def mine(per_organisation, per_site, sites, per_person, people):
    return 7.0

with replaced("value.setup_cost", mine):
    number = tiny(one_record(Parameters()))
assert tiny(one_record(Parameters())) == usual
hits = sum(tiny.stats.cache_hits.values()) if hasattr(tiny, "stats") else 0
print(repr(float(number)), hits)
"""


@pytest.mark.compiled
def test_it_is_never_kept_in_the_shared_cache(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    own, hits = copy.number(REPLACED)
    assert own > 7.0 and hits == 0
    assert copy.number(REPLACED) == (own, 1), "the usual kernel came from the cache, the other was compiled again"
    usual, hits = copy.number(PRINT)
    assert usual < 7.0 and hits == 1
    assert copy.number(REPLACED, compiled=False) == (own, 0)


@pytest.mark.compiled
def test_it_is_the_same_compiled_or_not(tmp_path: Path) -> None:
    assert JIT
    code = (
        "import sys, numpy as np, carespread as cs; from tests.test_replaced import NAME, free, shares\n"
        "with cs.replaced(NAME, free): np.save(sys.argv[1], shares())"
    )
    file = tmp_path / "plain.npy"
    subprocess.run([sys.executable, "-c", code, str(file)], check=True, cwd=ROOT,
                   env={**os.environ, "NUMBA_DISABLE_JIT": "1"})  # fmt: skip
    with cs.replaced(NAME, free):
        assert np.array_equal(np.load(file), shares())


@pytest.mark.compiled
def test_the_examples_for_researchers_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "researchers.md").read_text(encoding="utf-8")
    section = page[page.index("## Your own parts") : page.index("## Defend every number")]
    code = "".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    assert all(f"cs.{name}" in code for name in ("simulate", "replicate", "contrast", "replaced"))
    file = tmp_path / "examples.py"  # a function that is replaced shows its source, so it has a file
    file.write_text(code, encoding="utf-8")
    found = runpy.run_path(str(file))
    assert "every pound the same" in found["changed"].made_by["replaced"]["value.weighed_cost"]
    assert (found["pairs"]["cost_public_all_difference"] > 0).all()
    assert "own_lever" in found["mentors"]
