"""The command line answers at once, refuses in one sentence, and leaves nothing half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread import console
from carespread.cli import main
from carespread.console import STOPPED
from carespread.experiments import verification
from carespread.experiments.verification import Row
from carespread.model.declare import entries
from carespread.model.parameters import Parameters
from carespread.model.population.country import home

pytestmark = pytest.mark.compiled

HERE = Path(__file__).parents[1]
COMMANDS = (
    "run", "experiment", "compare", "optimise", "results", "verify", "scenarios", "innovations", "parameters",
    "population", "evidence", "check", "sensitivity", "ablate", "discover", "calibrate", "validate",
    "journey", "sticking-points", "rerun",
)  # fmt: skip
HEAVY = {"numpy", "numba", "pandas", "pydantic", "mesa", "matplotlib", "scipy", "rich", "carespread.model"}
QUICK = ("--providers", "100", "--months", "6", "--replications", "2", "--innovation", "dscr")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Return the exit status of a command."""
    monkeypatch.setattr(sys, "argv", ["carespread", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def apart(*words: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Return a command run in a process of its own."""
    command = [sys.executable, "-m", "carespread", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(HERE)}, **settings
    )


def test_help_imports_nothing_heavy() -> None:
    program = "import sys\nfrom carespread.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    for words in (["--help"], ["run", "--help"]):
        told = subprocess.run(
            [sys.executable, "-c", program, *words],
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE,
        )
        names = told.stdout.splitlines()[-1].split()
        loaded = {name.split(".")[0] for name in names} | set(names)
        assert sorted(loaded & HEAVY) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, command, "--help") == 0
    assert "Example: carespread" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "'run'"),
        (["run", "--provider", "60"], "'--providers'"),
        (["run", "--providers"], "requires an argument"),
        (["run", "central", "tight"], "unexpected"),
        (["run", "centrl"], "'central'"),
        (["run", "missing.toml"], "cannot be read"),
        (["run", "--providers", "0"], "from 50 to 1,000,000 providers"),
        (["run", "--providers", "49"], "from 50 to 1,000,000 providers"),
        (["run", "--providers", "1000001"], "from 50 to 1,000,000 providers"),
        (["run", "--providers", "many"], "from 50 to 1,000,000 providers"),
        (["run", "--months", "0"], "from 1 to 1200 months"),
        (["run", "--months", "1.5"], "from 1 to 1200 months"),
        (["run", "--seed", "-1"], "from 0 to"),
        (["run", "--replications", "0"], "from 1 to 100,000 runs"),
        (["run", "--workers", "0"], "threads"),
        (["run", "--set", "choice_noise"], "NAME=VALUE"),
        (["run", "--set", "choice_noise="], "NAME=VALUE"),
        (["run", "--set", "choice_nois=0.1"], "'choice_noise'"),
        (["run", "--set", "choice_noise=nan"], "from 0 to 5 value"),
        (["run", "--set", "choice_noise=inf"], "from 0 to 5 value"),
        (["run", "--set", "choice_noise=-1"], "from 0 to 5 value"),
        (["run", "--set", "choice_noise=loud"], "from 0 to 5 value"),
        (["run", "--set", "choice_noise=1", "--set", "choice_noise=2"], "twice"),
        (["run", "--set", "project_cap=1.5"], "whole number from 1 to 8 projects"),
        (["run", "--set", "grantt=1"], "'grant'"),
        (["run", "--set", "grant=2"], "from 0 to 1 share of set-up cost"),
        (["run", "--set", "churn=1"], "true or false"),
        (["run", "--innovation", "dcsr"], "'dscr'"),
        (["run", "--innovation", "dscr", "--innovation", "dscr"], "twice"),
        (["run", "--out", "/dev/null/run"], "cannot be written"),
        (["run", "--out", "."], "folder that you are in"),
        (["scenarios", "--jsn"], "'--json'"),
        (["innovations", "dcsr"], "'dscr'"),
        (["evidence", "S9999"], "Unknown name or source"),
        (["population", "--margin", "bed"], "Unknown margin"),
        (["verify", "--case", "V99"], "Unknown case"),
        (["check"], "Missing argument"),
        (["check", "missing.toml"], "cannot be read"),
        (["experiment", "missing.toml"], "cannot be read"),
        (["experiment", "missing.toml", "--resume"], "--out"),
        (["experiment", "missing.toml", "--workers", "0"], "from 1 to 1024"),
        (["compare", "central"], "Missing argument"),
        (["compare", "central", "central"], "named twice"),
        (["compare", "central", "historical"], "same months"),
        (["compare", "central", "tight", "--worth", "-1"], "from 0 to 1,000,000 GBP"),
        (["compare", "central", "tight", "--cluster", "nowhere:1"], "does not answer"),
        (["results", "nowhere"], "holds no results"),
        (["optimise"], "No budget was given"),
        (["sensitivity", "--method", "sobl"], "did you mean 'sobol'"),
        (["sensitivity", "--method", "sobol", "--samples", "500"], "the nearest is 512"),
        (["sensitivity", "--outcome", "outcome_al"], "did you mean 'outcome_all'"),
        (["sensitivity", "--parameter", "imitation"], "at least 2"),
        (["sensitivity", "--top", "5"], "--top chooses parameters for --method sobol"),
        (["sensitivity", "--resume"], "--out"),
        (["ablate", "--claim", "C21"], "Unknown claim"),
        (["ablate", "--samples", "many"], "from 4 to"),
        (["discover"], "Missing argument"),
        (["discover", "central"], "compared with itself"),
        (["discover", "lever_grant", "--below", "low"], "--below is 'low'"),
        (["discover", "lever_grant", "--below", "inf"], "must be a number, in the unit"),
        (["discover", "lever_grant", "--seed", "-1"], "from 0 to"),
        (["ablate", "--seed", "x"], "--seed is 'x'"),
        (["sensitivity", "--seed", "-1"], "from 0 to"),
        (["sensitivity", "--parameter", "trust=1"], "NAME=LOW:HIGH"),
        (["compare", "central", "tight", "--worth", "much"], "from 0 to 1,000,000 GBP"),
        (["run", "--seed", "9" * 5000], "9..."),
        (["calibrate", "--budget", "10"], "from 400 to"),
        (["calibrate", "missing.csv"], "unexpected extra argument"),
        (["calibrate", "--targets", "missing.csv"], "cannot be read"),
        (["validate"], "No fit is there"),
        (["validate", "--posterior", "nowhere"], "holds no posterior"),
        (["optimise", "--budget", "-5"], "above 0"),
        (["optimise", "--budget", "1e6", "--trials", "1"], "from 10 to"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two_and_nothing_is_written(
    words: list[str],
    said: str,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called(monkeypatch, *words) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err
    assert err.count("\n") == 1 and err.rstrip()[-1] in ".?", err
    assert list(elsewhere.iterdir()) == []


def test_a_run_leaves_a_folder_and_a_table(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "run", "historical", *QUICK, "--set", "grant=0.4", "--set", "churn=false") == 0
    out, err = capsys.readouterr()
    assert err == "" and "digital social care records" in out
    (folder,) = (elsewhere / "results" / "runs").iterdir()
    assert f"Figures: results/runs/{folder.name}/figures" in out
    record = json.loads((folder / "made_by.json").read_text(encoding="utf-8"))
    assert (record["policy"]["grant"], record["switches"]["churn"], record["months"]) == (0.4, False, 6)


def test_json_is_all_that_json_prints(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "run", *QUICK, "--json", "--out", "mine") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runs"], told["failed"], told["folder"]) == (2, 0, str(elsewhere / "mine"))
    assert told["summary"][0]["innovation"] == "dscr"
    assert called(monkeypatch, "run", *QUICK, "--out", "mine") == 2
    assert "holds another run" in capsys.readouterr().err


def test_same_seed_same_numbers_from_another_process(elsewhere: Path) -> None:
    for name, workers in (("one", "1"), ("two", "2")):
        done = apart("run", *QUICK, "--quiet", "--out", name, "--workers", workers, cwd=elsewhere)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n", "")
    part = Path("monthly") / "design=central" / "part-0.parquet"
    assert (elsewhere / "one" / part).read_bytes() == (elsewhere / "two" / part).read_bytes()


def test_without_figures_nothing_is_drawn_and_all_else_is_kept(tmp_path: Path) -> None:
    program = "import sys\nfrom carespread.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program, "run", "central", *QUICK, "--no-figures", "--out", "bare"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(HERE)},
    )  # fmt: skip
    assert "matplotlib" not in told.stdout.splitlines()[-1].split()
    kept = {path.name for path in (tmp_path / "bare").iterdir()}
    assert kept == {"runs.parquet", "monthly", "left_behind.parquet", "summary.csv", "made_by.json"}
    again = apart("rerun", "bare")
    assert again.returncode == 0, again.stderr


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_run_leaves_no_half_file(elsewhere: Path) -> None:
    command = [sys.executable, "-m", "carespread", "run", "--replications", "100000", "--out", "runs/mine"]
    process = subprocess.Popen(
        command, cwd=elsewhere, env={**os.environ, "PYTHONPATH": str(HERE)}, stderr=subprocess.DEVNULL
    )
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path for path in elsewhere.rglob("*") if not path.name.startswith(".") and path.is_file()] == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_run_that_is_interrupted_says_so_and_leaves_nothing(elsewhere: Path) -> None:
    command = [sys.executable, "-m", "carespread", "run", "--replications", "2000", "--out", "runs/mine"]
    process = subprocess.Popen(
        command,
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stderr=subprocess.PIPE,
        text=True,
        # a test suite that runs in the background has it ignored, and would pass that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == STOPPED and err == "Stopped: nothing was written.\n"
    assert list(elsewhere.iterdir()) == []


def test_a_bar_is_drawn_on_a_terminal_once_work_is_long_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "PATIENCE", 0.2)
    for terminal, quiet, drawn in ((True, False, True), (True, True, False), (False, False, False)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
        bars = console.Bars(quiet)
        for done in range(1, 6):
            bars("runs", done, 5)
            time.sleep(0.12)
        bars.close()
        assert ("runs" in capsys.readouterr().err) == drawn


def test_a_failed_run_is_status_one_and_its_traceback_is_kept(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd

    from carespread.experiments import run as running

    def breaking(*_: object, **settings: Any) -> None:
        raise ZeroDivisionError("unlucky")

    monkeypatch.setattr(running, "simulate", breaking)
    assert called(monkeypatch, "run", *QUICK, "--out", "mine") == 1
    assert "2 of 2 runs failed" in capsys.readouterr().err
    assert pd.read_parquet("mine/runs.parquet")["error"].str.contains("unlucky").all()


def test_verify_leaves_with_one_when_a_row_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [Row("V1", "share", 0.5, 0.5, 0.1, "Bass", True), Row("V1", "share", 0.5, 0.7, 0.1, "Bass", False)]
    for given, status in ((rows[:1], 0), (rows, 1)):
        monkeypatch.setattr(verification, "judged", lambda *_, given=given: [("V1", given)])
        assert called(monkeypatch, "verify", "--case", "V1") == status
    assert "1 of 2 pass, 1 fail" in capsys.readouterr().out


def test_the_schema_of_parameters_holds_every_declared_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "parameters", "--json") == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["properties"]) == set(Parameters._fields)
    assert schema["properties"]["turnover"]["maximum"] == entries(Parameters)["turnover"].about.high
    assert {"levers", "switches"} == set(schema["$defs"])


def test_every_number_from_evidence_names_a_source_and_its_publisher(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "evidence", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 1500 and all(row["source_id"] and row["publisher"] and row["grade"] in "ABCD" for row in rows)
    assert {"population", "dscr", "turnover", "historical"} <= {row["used_by"] for row in rows}
    assert called(monkeypatch, "evidence", "S022") == 0
    told = capsys.readouterr().out
    assert "Digital Care Hub" in told and "dspt" in told
    assert called(monkeypatch, "evidence", "choice_noise") == 0
    assert "no number from evidence" in capsys.readouterr().out


def test_the_population_is_shown_beside_its_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "population", "--margin", "locations by region", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 18 and all(row["evidence"] is not None for row in rows)
    assert called(monkeypatch, "population") == 0
    assert "locations by region" in capsys.readouterr().out


def test_check_tells_scenarios_designs_and_innovations_apart(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("design.toml").write_text('question = "q"\nsamples = 4\n[parameters]\nslack = [0, 1]\n', encoding="utf-8")
    Path("mine.toml").write_text('question = "Why?"\n', encoding="utf-8")
    for file, kind in (
        ("design.toml", "design"),
        (str(home().innovations / "dscr.toml"), "innovation"),
        ("mine.toml", "scenario"),
    ):
        assert called(monkeypatch, "check", file, "--json") == 0
        assert json.loads(capsys.readouterr().out)["kind"] == kind
    assert called(monkeypatch, "check", "design.toml") == 0
    assert "80 runs" in capsys.readouterr().out


def test_lists_can_be_read_by_machines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["scenarios"], ["innovations"], ["innovations", "dscr"], ["parameters"]):
        assert called(monkeypatch, *words) == 0
        assert capsys.readouterr().out
        assert called(monkeypatch, *words, "--json") == 0
        json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_median_over_runs_that_never_reach_half_is_none() -> None:
    import pandas as pd

    from carespread.results.store.summary import screen_rows
    from carespread.results.store.tables import Results

    columns = (
        "using_share_start",
        "using_share",
        "site_share",
        "scaled_share",
        "small_provider_gap",
        "abandoned_share",
    )
    runs = pd.DataFrame({"status": ["ok"] * 3, **{f"{name}_dscr": [0.1, 0.2, 0.3] for name in columns}})
    for months, expected in (([np.nan, np.nan, 5], None), ([np.nan, 4, 5], 5)):
        told = screen_rows(
            Results({"innovations": {"dscr": {"title": "t"}}}, runs.assign(months_to_half_dscr=months), runs, runs)
        )
        assert told[0]["months_to_half"] == expected
