"""No command writes into a folder of another's work, and Ctrl-C says truly what is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import carespread as cs
from carespread.cli import app, main
from carespread.console import STOPPED
from carespread.results.store.folder import RESUMABLE

pytestmark = pytest.mark.compiled

HERE = Path(__file__).parents[1]
DESIGN = 'question = "q"\nscenarios = ["central"]\nproviders = 60\nmonths = 6\nreplications = 2\n'
WRITERS: dict[str, tuple[str, ...]] = {
    "run": (),
    "experiment": ("design.toml",),
    "compare": ("central", "tight"),
    "sensitivity": ("--parameter", "imitation", "--parameter", "trust"),
    "ablate": ("--claim", "C4"),
    "discover": ("lever_grant",),
    "calibrate": (),
    "optimise": ("--budget", "1000000"),
    "journey": (),
    "sticking-points": (),
    "validate": ("--external",),
    "studies": (),
    "rerun": ("run",),
    "library": ("--quick",),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder that holds a design alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    return tmp_path


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one sentence with which a command is refused."""
    monkeypatch.setattr(sys, "argv", ["carespread", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert left.value.code == 2 and out == "" and err.count("\n") == 1 and err.rstrip()[-1] in ".?", err
    assert len(err) < 300
    return err


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_command_with_a_folder_is_tried() -> None:
    import inspect

    named = {one.name or one.callback.__name__: one.callback for one in app.registered_commands}  # type: ignore[union-attr]
    writers = {name for name, one in named.items() if "out" in inspect.signature(one).parameters}  # type: ignore[arg-type]
    assert writers == {*WRITERS, "page"}, "a page is a file"
    resumable = {name for name, one in named.items() if "resume" in inspect.signature(one).parameters}  # type: ignore[arg-type]
    assert resumable == set(RESUMABLE)


@pytest.mark.parametrize("command", WRITERS)
def test_what_is_there_already_is_never_written_over(
    command: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "notes").mkdir()
    (place / "notes" / "mine.txt").write_text("mine")
    for other in WRITERS:  # as its record says; `run` says it by its scenario, `experiment` by its fingerprint
        (place / other).mkdir()
        mark = {"run": '{"scenario_text": ""}', "experiment": '{"fingerprint": "0", "results_version": 0}'}
        (place / other / "made_by.json").write_text(mark.get(other, f'{{"study": "{other}"}}'), encoding="utf-8")
    before = files(place)
    resume = ("--resume",) if command in RESUMABLE else ()
    words = (command, *WRITERS[command], "--out")
    assert "not empty" in refused(monkeypatch, capsys, *words, "notes", *resume)
    for other in WRITERS:
        said = refused(monkeypatch, capsys, *words, other)
        assert ("--resume" in said) == (other == command and bool(resume)), said
        if resume and other != command:
            assert f"carespread {other}" in refused(monkeypatch, capsys, *words, other, *resume)
    assert files(place) == before


@pytest.mark.parametrize("command", WRITERS)
def test_a_folder_that_cannot_be_is_refused_before_any_work(
    command: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "file").write_text("mine")
    (place / "link").symlink_to("nowhere/at/all")
    words = (command, *WRITERS[command], "--out")
    for out in (
        "file",
        "file/below",
        "link",
        "link/below",
        "x" * 300,
        "/proc/nowhere/run",
        "\x1b[31m" * 99,
    ):
        before = sorted(place.rglob("*"))
        refused(monkeypatch, capsys, *words, out)
        assert sorted(place.rglob("*")) == before
    if os.name == "posix" and os.geteuid() != 0:
        (place / "closed").mkdir(mode=0o500)
        assert "cannot be written" in refused(monkeypatch, capsys, *words, "closed/run")


def test_a_folder_of_another_design_is_refused_before_any_part_is_run(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compare", "central", "tight", "--providers", "60", "--replications", "2", "--no-structures", "--out", "c")
    monkeypatch.setattr(sys, "argv", ["carespread", *words, "--samples", "2", "--quiet"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0 and capsys.readouterr().out == "c\n"
    before = files(place)
    assert "another experiment" in refused(monkeypatch, capsys, *words, "--samples", "3", "--resume")
    assert files(place) == before


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("compare", "central", "tight", "--replications", "4000", "--no-structures"), "pairs"),
        (("sensitivity", "--parameter", "imitation", "--parameter", "trust", "--samples", "400"), "runs"),
    ],
)
def test_ctrl_c_says_what_is_kept_and_what_is_kept_can_be_resumed(
    words: tuple[str, ...], parts: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    process = started(place, *words, "--providers", "60", "--out", "mine")
    try:
        ends = time.monotonic() + 90
        while not list(place.glob(f"mine/{parts}/blocks/*.json")) and time.monotonic() < ends:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == STOPPED
    assert err == "Stopped: resumable blocks are kept in mine: add --resume.\n"
    kept = len(list(place.glob(f"mine/{parts}/blocks/*.json")))
    assert kept > 0 and not (place / "mine" / "figures").exists()
    assert "add --resume" in refused(monkeypatch, capsys, *words, "--providers", "60", "--out", "mine")
    process = started(place, *words, "--providers", "60", "--out", "mine", "--resume")
    try:
        while len(list(place.glob(f"mine/{parts}/blocks/*.json"))) <= kept and process.poll() is None:
            time.sleep(0.05)
    finally:
        process.kill()
        process.communicate()
    assert len(list(place.glob(f"mine/{parts}/blocks/*.json"))) > kept


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_before_anything_is_kept_leaves_nothing(place: Path) -> None:
    # compiled beforehand: the compiler's callbacks swallow an interrupt, and the test is about a run
    cs.simulate("central", providers=50, months=1, events=True)
    process = started(place, "journey", "--providers", "all", "--months", "1200", "--out", "mine")
    try:
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == STOPPED and err == "Stopped: nothing was written.\n"
    assert [path.name for path in place.iterdir()] == ["design.toml"]


def started(place: Path, *words: str) -> subprocess.Popen[str]:
    """Return a command in a process of its own that listens to Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "carespread", *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a test suite that runs in the background has it ignored, and would pass that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
