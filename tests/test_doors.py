"""Bad files and names are refused in one short line: nothing without end is read, nothing that a terminal acts on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from carespread import console
from carespread.cli import main
from carespread.model.declare import nearest
from carespread.model.files import LARGEST_FILE

READERS: dict[str, tuple[str, ...]] = {
    "check": ("check", "FILE"),
    "run": ("run", "FILE"),
    "innovation": ("run", "--innovation", "FILE"),
    "experiment": ("experiment", "FILE"),
    "targets": ("calibrate", "--targets", "FILE"),
    "studies": ("studies", "FILE"),
    "compare": ("compare", "central", "FILE"),
}
"""Commands that read a file which somebody wrote by hand."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one line with which a command is refused."""
    monkeypatch.setattr(sys, "argv", ["carespread", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    if err.startswith("The posterior in "):  # while none of this results_version is published
        err = err.partition("\n")[2]
    assert left.value.code == console.BAD_INPUT and out == "", err
    assert err.count("\n") == 1 and len(err) <= 1001 and err[:-1].isprintable() and err[-2] in ".?", err
    return err


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes of POSIX")
@pytest.mark.parametrize("reader", READERS)
def test_what_has_no_end_is_not_read(
    reader: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe, device, large = place / "pipe.toml", place / "device.toml", place / "large.toml"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    with large.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    (place / "folder.toml").mkdir()
    for path, says in (
        (pipe, "no regular file"),
        (device, "no regular file"),
        (large, "at most 1,000,000 bytes"),
        (place / "folder.toml", "it is a folder"),
    ):
        words = [path.name if word == "FILE" else word for word in READERS[reader]]
        if reader == "studies" and path.is_dir():
            continue  # a folder of studies
        assert says in refused(monkeypatch, capsys, *words)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"a = " + b"[" * 5000 + b"]" * 5000,
        b"months = " + b"9" * 5000,
        b'question = "q"\n' + b"a" * 5000 + b" = 1",
        b'question = "q"\nmonths = "' + b"9" * 5000 + b'"',
        b'question = "q"\n"\\u001b[31m" = 1',
        b"\x00",
        b"id,innovation\n" + b"x," * 5000,
    ],
    ids=range(8),
)
def test_a_file_that_is_none_is_refused_in_one_short_line(
    reader: str, text: bytes, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "mine.toml").write_bytes(text)
    words = ["mine.toml" if word == "FILE" else word for word in READERS[reader]]
    assert refused(monkeypatch, capsys, *words).count("x") < 100
    assert [path.name for path in place.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    "words",
    [
        ("check", "a\x1b[31m\n.toml"),
        ("check", "x" * 100_000),
        ("check", "a\x00.toml"),
        ("check", "\udcff.toml"),
        ("run", "\x1b]0;title\x07"),
        ("\x1b[31m",),
        ("x" * 100_000,),
        ("run", "--set", f"{'x' * 100_000}=1"),
        ("run", "--" + "x" * 100_000),
        ("run", "--set", "grant=" + "9" * 100_000),
        ("evidence", "x" * 100_000),
        ("population", "--margin", "\x1b" * 100_000),
        ("verify", "--case", "\x1b" * 100_000),
        ("ablate", "--claim", "\x1b" * 100_000),
        ("sensitivity", "--parameter", "\x1b" * 100_000),
        ("sensitivity", "--providers", "50", "--outcome", "\x1b" * 100_000),
        ("sensitivity", "--method", "\x1b" * 100_000),
        ("discover", "central", "--providers", "50", "--outcome", "\x1b" * 100_000, "--against", "tight"),
        ("run", "--country", "\x1b" * 100_000),
        ("run", "--innovation", "\x1b" * 100_000),
        ("journey", "--providers", "50", "--months", "1", "--like", "\x1b" * 100_000),
        ("journey", "--run", "\x1b" * 100_000),
        ("validate", "--posterior", "\x1b" * 100_000),
        ("run", "--posterior", "\x1b" * 100_000),
        ("results", "\x1b" * 100_000),
        ("results", ".", "--query", "\x1b" * 100_000),
    ],
    ids=lambda words: f"{words[0][:9]!a} {words[1][:9] if len(words) > 1 else ''}",
)
def test_what_was_typed_is_shown_short_and_harmless(
    words: tuple[str, ...], place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(monkeypatch, capsys, *words)
    assert not any(place.iterdir())


def test_a_name_is_near_whatever_its_case(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "'central'" in refused(monkeypatch, capsys, "run", "CENTRAL")
    assert "'run'" in refused(monkeypatch, capsys, "RUN")
    assert "'V16'" in refused(monkeypatch, capsys, "verify", "--case", "v16")
    assert "'grant'" in refused(monkeypatch, capsys, "run", "--set", "GRANT=1")
    assert nearest("zzz", map(str, range(50))).endswith("and 40 more.")
