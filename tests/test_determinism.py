"""The same numbers on any number of threads, with any hash seed and locale, compiled or not, on any Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.compiled

ROOT = Path(__file__).parents[1]
PROGRAM = """
import hashlib, locale, sys
locale.setlocale(locale.LC_ALL, "")
import carespread as cs
made = cs.replicate("tight", n=3, providers=50, months=8, seed=3, workers=int(sys.argv[1]), events=True,
                    set={"grant": 0.3, "dscr.start_aware": 0.5})
runs = made.runs.drop(columns=["started", "ended", "seconds", "worker", "host"])
chance = made.events[["chance"]]
for table in (runs, made.monthly, made.events.drop(columns="chance"), made.summary(), chance):
    assert len(table) > 2
    print(hashlib.sha256(table.to_csv(index=False).encode()).hexdigest())
"""
"""Prints a hash of every digit of the tables of a few runs; that of the chances in the event log comes last."""
INTERPRETERS = [
    *os.environ.get("CARESPREAD_PYTHONS", "").split(os.pathsep),
    *(str(ROOT / f".venv-{version}" / "bin" / "python") for version in ("3.12", "3.13")),
]
"""Other Pythons with what runs need: those of `make test-all`, and those that the environment names."""


def printed(python: str = sys.executable, workers: int = 1, **environment: str) -> str:
    """Return what the program prints."""
    usual = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run([python, "-c", PROGRAM, str(workers)], cwd=ROOT, check=False, capture_output=True, text=True,
                          env={**os.environ, **usual, **environment})  # fmt: skip
    if "unsupported locale" in done.stderr:
        pytest.skip(f"the locale {environment['LC_ALL']} is not installed")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def usual() -> str:
    return printed()


@pytest.mark.parametrize(("workers", "seed", "locale"), [
    (2, "1", "C"), (2, "random", "C.UTF-8"), (1, "random", "de_DE.UTF-8"), (2, "2", "tr_TR.UTF-8"),
])  # fmt: skip
def test_threads_hash_seeds_and_locales_change_no_number(usual: str, workers: int, seed: str, locale: str) -> None:
    assert printed(workers=workers, PYTHONHASHSEED=seed, LC_ALL=locale) == usual


def test_plain_python_gives_what_compiled_kernels_give(usual: str) -> None:
    """All but the seventh digit of some chances in the event log: what is drawn and what happens is the same."""
    assert printed(NUMBA_DISABLE_JIT="1").split()[:-1] == usual.split()[:-1]


@pytest.mark.parametrize("python", [one for one in INTERPRETERS if one and Path(one).is_file()])
def test_another_python_gives_the_same_numbers(usual: str, python: str) -> None:
    assert printed(python) == usual
