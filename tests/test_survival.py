"""Experiments survive what happens to them: real processes, real signals, real files."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.faults import workers_of
from carespread.experiments import run as running
from carespread.experiments.design import read_design
from carespread.experiments.experiment import (
    FEWEST_RUNS_A_BLOCK,
    Experiment,
    StoppedError,
    experiment,
    run_experiment,
    runs_in_a_block,
    spread_with,
)
from carespread.experiments.store import workspace
from carespread.model import BadInputError
from carespread.model.simulate import Run
from carespread.results.store.blocks import ledger_of, sound_blocks
from carespread.results.store.query import query
from carespread.results.store.sameness import differences

pytestmark = pytest.mark.compiled

PROJECT = Path(__file__).parents[1]
OF_THE_MAKING = ["started", "ended", "seconds", "worker", "host"]
DESIGN = """
question = "Does a stopped experiment end as one that was not stopped?"
scenarios = ["central", "tight"]
providers = 200
months = 24
replications = 30
seed = 7
samples = 3
innovations = ["dscr", "acoustic_monitoring"]
[parameters]
choice_noise = [0.05, 0.3]
base_awareness = "prior"
"""
SMALL_BLOCKS = """
from carespread.cli import main
from carespread.experiments import experiment
experiment.FEWEST_RUNS_A_BLOCK = experiment.MOST_RUNS_A_BLOCK = 8
main()
"""


def design_in(folder: Path) -> Path:
    path = folder / "design.toml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


def command(design: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-c", SMALL_BLOCKS, "experiment", str(design), "--out", str(out), "--quiet", *more]


def start(*arguments: str, **settings: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings  # type: ignore[call-overload]
    )  # fmt: skip


def finished(design: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(design, out, *more), cwd=PROJECT, check=False, capture_output=True, text=True)


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return runs, monthly and left_behind in one order, without what tells of the making."""
    runs = pd.read_parquet(folder / "runs.parquet").drop(columns=OF_THE_MAKING)
    monthly = query(folder, "select * from monthly order by design, replication, innovation, month")
    levels = query(folder, "select * from left_behind order by all")
    return runs, monthly, levels


def assert_same(one: Path, other: Path) -> None:
    for mine, theirs in zip(tables(one), tables(other), strict=True):
        pd.testing.assert_frame_equal(mine, theirs)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    done = finished(design_in(folder), folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def test_every_run_is_there_once(whole: Path) -> None:
    runs = pd.read_parquet(whole / "runs.parquet")
    assert len(runs) == 180 and not runs.duplicated(["design", "replication"]).any()
    assert (runs["status"] == "ok").all() and runs["design"].nunique() == 6
    about = json.loads((whole / "made_by.json").read_text(encoding="utf-8"))
    assert about["ended"] and about["failed"] == 0 and about["runs"] == 180
    assert not list(whole.rglob("*.part"))
    monthly = pd.read_parquet(whole / "monthly")
    assert len(monthly) == 180 * 25 * 2 and set(monthly["design"]) == set(runs["design"])


def test_a_driver_killed_again_and_again_ends_as_if_nothing_had_happened(whole: Path, tmp_path: Path) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    more: list[str] = []
    rng, kills = random.Random(4), 0
    for _ in range(6):
        process = start(*command(design, out, *more))
        try:
            process.wait(rng.uniform(1.0, 3.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        process.communicate()
        more = ["--resume"] if out.exists() else []
    done = finished(design, out, *more)
    assert done.returncode == 0, done.stderr
    assert kills >= 2
    assert_same(out, whole)


def test_killed_workers_cost_nothing(whole: Path, tmp_path: Path) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    process = start(*command(design, out, "--cluster", "local", "--workers", "2"))
    killed = 0
    ends = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < ends and killed < 2:
        time.sleep(0.3)
        if len(list(out.glob("blocks/*.json"))) > 2 * killed:
            for worker in workers_of(process.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed += 1
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert killed == 2
    assert_same(out, whole)


def test_a_full_disk_stops_with_a_sentence_and_loses_nothing(whole: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    design, out = design_in(tmp_path), tmp_path / "out"

    def full() -> None:  # no file may be larger than 30 kB: what the system says is what it says of a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    process = start(*command(design, out), preexec_fn=full)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert len(said.strip().splitlines()) == 1 and "--resume" in said
    assert not list(out.rglob("*.part"))
    done = finished(design, out, "--resume")
    assert done.returncode == 0, done.stderr
    assert_same(out, whole)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_an_experiment_is_told_what_is_kept(whole: Path, tmp_path: Path, how: signal.Signals) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    # a shell has its background ignore Ctrl-C
    process = start(*command(design, out), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    ends = time.monotonic() + 60
    while not list(out.glob("blocks/*.json")) and time.monotonic() < ends:
        time.sleep(0.02)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said == f"Stopped: resumable blocks are kept in {out}: add --resume.\n"
    assert finished(design, out, "--resume").returncode == 0
    assert_same(out, whole)


def test_a_study_is_gone_on_with_if_its_design_is_the_same(tmp_path: Path) -> None:
    folder, design = tmp_path / "out", {"size": {"gaps": (1, 2)}, "seed": 1}
    with workspace(folder, "library", design=design):
        pass
    with workspace(folder, "library", design=design) as place:
        assert place == folder
    with (
        pytest.raises(BadInputError, match="another design"),
        workspace(folder, "library", design={**design, "seed": 2}),
    ):
        pass


def test_half_files_of_a_driver_that_was_killed_go_away(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with workspace(folder, "ablate"):
        (folder / "figures").mkdir()
    for place in (".claims.csv.18751439.part", "figures/.alt.json.0123abcd.part"):
        (folder / place).write_text("half", encoding="utf-8")
    with workspace(folder, "ablate"):
        assert not list(folder.rglob("*.part"))


def test_a_study_is_held_against_a_second_driver_until_its_tables_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with (
        workspace(folder, "ablate") as place,
        pytest.raises(BadInputError, match="another driver"),
        workspace(folder, "ablate"),
    ):
        pass
    assert (place / "made_by.json").exists()
    with pytest.raises(ZeroDivisionError), workspace(tmp_path / "new" / "out", "ablate"):
        raise ZeroDivisionError
    assert not (tmp_path / "new").exists(), "what came to nothing leaves nothing"


def test_a_journal_of_a_search_tells_of_the_making_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trials.journal").write_text(name, encoding="utf-8")
        (tmp_path / name / "made_by.json").write_text("{}", encoding="utf-8")
    assert not list(differences(tmp_path / "one", tmp_path / "other"))


def test_workers_that_do_not_start_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")

    def killed(**settings: object) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", killed)
    with pytest.raises(StoppedError, match="workers on this machine do not start"), spread_with("local", 1):
        pass


@pytest.mark.parametrize("harm", ["cut", "flipped", "removed", "ledger"])
def test_a_corrupted_block_is_made_again(whole: Path, tmp_path: Path, harm: str) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    struck = sorted((out / "monthly").rglob("*.parquet"))[1]
    if harm == "cut":
        struck.write_bytes(struck.read_bytes()[:1000])
    elif harm == "flipped":
        held = bytearray(struck.read_bytes())
        held[500] ^= 255
        struck.write_bytes(held)
    elif harm == "removed":
        struck.unlink()
    else:
        ledger_of(out, 2).write_text("{", encoding="utf-8")
    before = len(list(out.glob("blocks/*.json")))
    run_experiment(Experiment(read_design(design_in(tmp_path))), out, resume=True)
    assert len(sound_blocks(out)) == before
    assert_same(out, whole)


def test_a_record_that_was_lost_costs_no_block(whole: Path, tmp_path: Path) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    (out / "made_by.json").unlink()
    (out / ".runs.parquet.0123abcd.part").write_bytes(b"half")  # of a driver that was killed
    made = {path: path.stat().st_mtime_ns for path in out.rglob("block-*")}
    other = tmp_path / "other.toml"
    other.write_text(DESIGN.replace("seed = 7", "seed = 8"), encoding="utf-8")
    with pytest.raises(BadInputError, match="another experiment"):
        experiment(other, out=out, resume=True)
    with pytest.raises(BadInputError, match="add --resume"):
        experiment(design_in(tmp_path), out=out)
    experiment(design_in(tmp_path), out=out, resume=True)
    assert not list(out.rglob("*.part"))
    assert made == {path: path.stat().st_mtime_ns for path in out.rglob("block-*")}
    assert_same(out, whole)
    assert json.loads((out / "made_by.json").read_text(encoding="utf-8"))["runs"] == 180


def test_blocks_are_as_large_whatever_the_machine_does(tmp_path: Path) -> None:
    """A stop-watch would make thousands of small files on a busy machine."""
    made = Experiment(read_design(design_in(tmp_path)))
    assert runs_in_a_block(made, workers=1) == 90 and runs_in_a_block(made, workers=64) == 2
    large = tmp_path / "large.toml"
    large.write_text(DESIGN.replace("providers = 200", "providers = 20000").replace("= 30", "= 3000"), encoding="utf-8")
    assert runs_in_a_block(Experiment(read_design(large)), workers=2) == FEWEST_RUNS_A_BLOCK == 50


def test_a_second_driver_is_refused(tmp_path: Path) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    first = start(*command(design, out))
    ends = time.monotonic() + 30
    while not (out / "made_by.json").exists() and time.monotonic() < ends:
        time.sleep(0.05)
    second = finished(design, out, "--resume")
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert second.returncode == 2 and "another driver" in second.stderr


def test_a_run_that_raises_is_a_row_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = running.arrays_of

    def breaks(run: Run) -> Any:
        if run.seed == 9:
            raise RuntimeError("seed nine is unlucky")
        return real(run)

    monkeypatch.setattr(running, "arrays_of", breaks)
    kept = run_experiment(Experiment(read_design(design_in(tmp_path))), tmp_path / "out")
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert sum(receipt.failed for receipt in kept.values()) == 6 and len(runs) == 180
    failed = runs[runs["status"] != "ok"]
    assert set(failed["seed"]) == {9} and failed["error"].str.contains("seed nine is unlucky").all()


def test_another_design_or_a_folder_of_something_else_is_refused(whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(DESIGN.replace("seed = 7", "seed = 8"), encoding="utf-8")
    with pytest.raises(BadInputError, match="another experiment"):
        run_experiment(Experiment(read_design(other)), whole, resume=True)
    with pytest.raises(BadInputError, match="--resume"):
        run_experiment(Experiment(read_design(design_in(tmp_path))), whole)
    with pytest.raises(BadInputError, match="not empty"):
        run_experiment(Experiment(read_design(other)), tmp_path)
    with pytest.raises(BadInputError, match="another experiment"):
        experiment(other, out=whole, resume=True)


def test_resuming_what_is_not_there_starts_anew_and_says_so_in_one_line(tmp_path: Path) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    done = finished(design, out, "--resume")
    assert done.returncode == 0 and len(pd.read_parquet(out / "runs.parquet")) == 180
    assert done.stderr == f"{out} does not exist: starting anew.\n"


def test_a_damaged_file_of_an_experiment_is_not_read(tmp_path: Path) -> None:
    design, out = design_in(tmp_path), tmp_path / "out"
    assert finished(design, out).returncode == 0
    for place in ("runs.parquet", str(next(out.glob("monthly/*/*.parquet")).relative_to(out))):
        sound = (out / place).read_bytes()
        (out / place).write_bytes(sound[:200] + bytes([sound[200] ^ 1]) + sound[201:])
        with pytest.raises(BadInputError, match=rf"{Path(place).name} is damaged: its SHA-256"):
            query(out, "select count(*) from runs")
        (out / place).write_bytes(sound)
    assert len(query(out, "select * from runs"))
    ledger_of(out, 0).unlink()
    (out / "runs.parquet").unlink()
    assert query(out, "select max(replication) as last from runs")["last"].iloc[0] >= 0, "blocks that are whole"
