"""`import carespread as cs` is the one public door: lazy, with examples that run, and equal to the command line."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carespread as cs
from carespread.model.conditions import Conditions
from carespread.model.inputs import Inputs
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.tables import OF_A_RUN

from .test_fitted import posterior_in

SMALL: dict[str, Any] = {"providers": 100, "months": 12}
HEAVY = ("numpy", "numba", "pandas", "matplotlib", "mesa", "pydantic", "scipy")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, carespread as cs; dir(cs); print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True,
                          cwd=Path(__file__).parents[1])  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert set(cs.__all__) == set(dir(cs))
    for name in cs.__all__:
        assert inspect.getdoc(getattr(cs, name)), name
    with pytest.raises(AttributeError, match="nonsense"):
        cs.nonsense  # noqa: B018


@pytest.mark.compiled
@pytest.mark.parametrize("name", [name for name in cs.__all__ if name != "special_cases"])
def test_the_examples_of_a_public_name_run(name: str) -> None:
    found = getattr(cs, name)
    if not hasattr(found, "__module__"):
        return
    module = importlib.import_module(found.__module__)
    for test in doctest.DocTestFinder(recurse=True).find(found, name, module=module, globs=vars(module).copy()):
        assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.compiled
@pytest.mark.parametrize(("scenario", "own"), [("central", False), ("historical", True)])
def test_one_lever_gives_the_same_numbers_in_python_and_on_the_command_line(
    tmp_path: Path, scenario: str, own: bool
) -> None:
    fit: dict[str, Any] = {"posterior": posterior_in(tmp_path / "fit")} if own else {}
    command = ["run", scenario, "--set", "grant=0.4", "--providers", "100", "--months", "12", "--replications", "2",
               "--seed", "3", "--out", str(tmp_path / "run"), "--quiet"]  # fmt: skip
    command += [f"--posterior={fit['posterior']}"] if own else []
    subprocess.run([sys.executable, "-m", "carespread", *command], check=True, cwd=Path(__file__).parents[1])
    kept = pd.read_parquet(tmp_path / "run" / "runs.parquet")
    runs = cs.replicate(scenario, n=2, seed=3, set={"grant": 0.4}, **fit, **SMALL)
    making = ["started", "ended", "seconds", "worker", "host"]
    pd.testing.assert_frame_equal(runs.runs.drop(columns=making), kept.drop(columns=making), check_dtype=False)
    record = json.loads((tmp_path / "run" / "made_by.json").read_text(encoding="utf-8"))
    assert runs.made_by["fitted"] == record["fitted"] and (record["fitted"] is not None or not own)
    alone = cs.simulate(scenario, seed=4, set={"grant": 0.4}, **fit, **SMALL)
    everyone = runs.monthly[(runs.monthly["replication"] == 1) & (runs.monthly["group"] == "all")]
    np.testing.assert_array_equal(alone.monthly["using_share"], everyone["using_share"])
    care = cs.CareSector(scenario, seed=4, grant=0.4, **fit, **SMALL).run()
    pd.testing.assert_frame_equal(care.monthly, alone.monthly)


@pytest.mark.compiled
def test_without_the_posterior_numbers_are_medians_of_priors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carespread.experiments.posterior.PUBLISHED", posterior_in(tmp_path / "fit"))
    usual, prior = (cs.simulate("central", fitted=one, **SMALL) for one in (True, False))
    assert prior.prepared.frame.parameters[0].attention == cs.Parameters().attention
    assert usual.prepared.frame.parameters[0].attention != cs.Parameters().attention
    given = cs.simulate("central", parameters=cs.Parameters.of(), **SMALL)
    pd.testing.assert_frame_equal(given.monthly, prior.monthly)
    with pytest.raises(cs.BadInputError, match="choose one"):
        cs.simulate("central", fitted=False, posterior="somewhere")
    with pytest.raises(cs.BadInputError, match="holds no posterior"):
        cs.simulate("central", posterior="nowhere")


@pytest.mark.compiled
def test_a_contrast_has_both_sides_and_the_difference_of_every_outcome() -> None:
    pairs = cs.contrast("central", "lever_grant", n=2, seed=5, providers=100, months=24)
    runs = cs.replicate("lever_grant", n=2, seed=5, providers=100, months=24).runs
    outcomes = [name for name in runs if name not in OF_A_RUN]
    assert len(pairs) == 2 and pairs["seed"].tolist() == [5, 6] and len(outcomes) > 80
    for name in outcomes:
        np.testing.assert_array_equal(pairs[f"{name}_scenario"], runs[name])
        difference = pairs[f"{name}_scenario"] - pairs[f"{name}_baseline"]
        np.testing.assert_array_equal(pairs[f"{name}_difference"], difference)
    with pytest.raises(cs.BadInputError, match="same months"):
        cs.contrast("central", "historical")


@pytest.mark.compiled
def test_an_ensemble_sums_up_draws_and_is_kept(tmp_path: Path) -> None:
    runs = cs.replicate("central", n=2, innovations="dscr", **SMALL)
    assert set(runs.summary()["innovation"]) == {"dscr"} and "2 runs of central" in repr(runs)
    assert runs.plot("dscr").axes
    with pytest.raises(cs.BadInputError, match="did you mean 'dscr'"):
        runs.plot("dcsr")
    folder = runs.keep(tmp_path / "kept")
    assert (folder / "made_by.json").exists() and (folder / "figures" / "adoption-dscr.png").exists()
    with pytest.raises(cs.BadInputError, match="holds another run"):
        runs.keep(folder)


@pytest.mark.compiled
def test_the_monthly_table_goes_to_xarray(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, run = cs.replicate("central", n=2, **SMALL), cs.simulate("central", **SMALL)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "xarray", None)
        for one in (runs, run):
            with pytest.raises(cs.BadInputError, match=r"carespread\[xarray\]"):
                one.to_xarray()
    xarray = pytest.importorskip("xarray")
    made = runs.to_xarray()
    alone = made.sel(replication=0, drop=True).sel(group=["all"])
    xarray.testing.assert_equal(run.to_xarray(), alone)
    assert run.to_xarray().attrs == {"seed": 1}
    assert made["using_share"].dims == ("replication", "month", "innovation", "group")
    assert made["cost_public"].attrs["units"].startswith("GBP")


def test_the_posterior_goes_to_arviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "arviz", None)
        with pytest.raises(cs.BadInputError, match=r"carespread\[arviz\]"):
            cs.inference_data()
    pytest.importorskip("arviz")
    pd.DataFrame({"attention": [0.1, 0.2, 0.3], "dscr.attention": [0.1, 0.1, 0.2]}).to_parquet(
        tmp_path / "posterior.parquet"
    )
    record = {"results_version": RESULTS_VERSION, "innovations": ["dscr"], "scenario": "historical"}
    (tmp_path / "made_by.json").write_text(json.dumps(record))
    made = cs.inference_data(tmp_path).posterior
    assert made.sizes == {"chain": 1, "draw": 3} and made["attention"].values.tolist() == [[0.1, 0.2, 0.3]]
    assert set(made.data_vars) == {"attention", "dscr.attention"} and made.attrs["scenario"] == "historical"


WRONG_KINDS: list[dict[str, Any]] = [
    {"scenario": 5}, {"parameters": 3}, {"parameters": {}}, {"policy": {"grant": 1}}, {"switches": "all"}, {"set": [1]},
    {"innovations": 3}, {"groups": 7}, {"population": "everybody"}, {"fitted": "yes"}, {"posterior": 3},
    {"nonsense": 1},
]  # fmt: skip
WRONG_VALUES: list[dict[str, Any]] = [
    {"scenario": "centrl"}, {"providers": 7}, {"providers": "many"}, {"providers": None, "months": 0}, {"months": "x"},
    {"seed": -1}, {"seed": "x"}, {"seed": 1.5}, {"set": {"grantt": 1}}, {"set": {"grant": 2}}, {"set": {"grant": None}},
    {"set": {"dscr.imitatoin": 1}}, {"set": {3: 1}}, {"innovations": "dcsr"}, {"groups": "sise"},
    {"parameters": cs.Parameters()._replace(turnover=9.0)}, {"policy": cs.Policy()._replace(grant=float("nan"))},
    {"switches": cs.Switches()._replace(exit=3)},  # type: ignore[arg-type]
    {"scenario": Conditions(start="2026-13")}, {"scenario": Conditions(levers=(cs.Lever("grant", 7),))},
    {"scenario": Conditions(turnover=(("2027-01", 0.02), ("2026-01", 0.02)))},
    {"scenario": Conditions(priorities=(("2027-01", "safety first"), ("2027-01", "safety first")))},
    {"scenario": 'question = "q"\nregulatory = "tigth"'},
]  # fmt: skip


@pytest.mark.parametrize("given", WRONG_KINDS, ids=str)
def test_an_object_of_another_kind_is_a_type_error(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as refusal:
        cs.simulate(**given)
    assert len(str(refusal.value)) < 300 and "\n" not in str(refusal.value)


@pytest.mark.parametrize("given", WRONG_VALUES, ids=str)
def test_a_value_that_cannot_be_is_bad_input(given: dict[str, Any]) -> None:
    for function in (cs.simulate, cs.replicate):
        with pytest.raises(cs.BadInputError) as refusal:
            function(**given)
        assert len(str(refusal.value)) < 1000 and "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["parameters", "policy", "switches", "conditions"])
@pytest.mark.parametrize("wrong", [{}, 3, "central", None])
def test_inputs_refuse_what_is_no_object_of_theirs(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} is"):
        Inputs(**{name: wrong})


def test_a_long_value_is_cut_in_the_refusal() -> None:
    with pytest.raises(cs.BadInputError) as refusal:
        cs.simulate("x" * 1_000_000)
    assert len(str(refusal.value)) < 1000
