"""Kills long commands at random moments, harms what they keep, and counts what is lost or made twice: `make kills`.

Every command runs in a process of its own, forked with all that is loaded, and is gone on with afterwards: its folder
must be that of a command to which nothing happened.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from carespread.cli import main
from carespread.console import BAD_INPUT, FAILED, STOPPED
from carespread.experiments import experiment
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.record import write_json
from carespread.results.store.sameness import differences

FILE = Path(__file__).parents[1] / "docs" / "faults.json"
DESIGN = """
question = "Does a stopped experiment end as one that was not stopped?"
scenarios = ["central", "tight"]
providers = 100
months = 12
replications = 16
seed = 7
samples = 3
innovations = ["dscr", "acoustic_monitoring"]
[parameters]
choice_noise = [0.05, 0.3]
base_awareness = "prior"
"""
SMALL = ["--providers", "60"]
COMMANDS: dict[str, list[str]] = {
    "experiment": ["design.toml"],
    "compare": ["central", "tight", *SMALL, "--samples", "2", "--replications", "8", "--no-structures"],
    "sensitivity": [*SMALL, "--months", "12", "--samples", "4", "--replications", "4", "--parameter", "trust",
                    "--parameter", "imitation=0.01:0.05"],
    "ablate": [*SMALL, "--claim", "C4", "--samples", "8", "--replications", "1"],
    "discover": ["lever_grant", *SMALL, "--months", "60", "--samples", "50", "--replications", "1", "--outcome",
                 "outcome_all"],
    "optimise": [*SMALL, "--budget", "1e6", "--trials", "10"],
    "calibrate": [*SMALL, "--budget", "400"],
    "library": [*SMALL, "--quick", "--replications", "1"],
    "studies": ["--quick", "--study", "T14", "--study", "T33", "--study", "T45", "--study", "T60", "--draws", "4"],
    "run": ["tight", *SMALL, "--months", "12", "--replications", "4", "--events"],
}  # fmt: skip
"""Long commands, each of seconds but for calibrate; the last keeps nothing until it ends."""
CLUSTERED = ("experiment", "compare", "sensitivity", "ablate", "discover", "calibrate", "library")
WITHOUT_RESUME = ("run",)
HARMED = ("experiment", "compare", "library", "studies")
"""Commands on which faults other than kills are tried: one experiment, several in a folder, many designs, and blocks
that are no runs."""
RUNS_A_BLOCK = 8
KILLS_A_FOLDER = 4
LONGEST = 600.0
"""Seconds after which a command is taken to hang."""
YEAR_BACK = timedelta(days=400)
IN_SMALL_BLOCKS = f"""
from carespread.cli import main
from carespread.experiments import experiment
experiment.FEWEST_RUNS_A_BLOCK = experiment.MOST_RUNS_A_BLOCK = {RUNS_A_BLOCK}
main()
"""


class Row(NamedTuple):
    """What came of one fault on one command."""

    fault: str
    command: str
    tries: int
    lost: int
    """Runs that are missing afterwards."""
    twice: int
    """Runs that are there more than once."""
    others: list[str]
    """Columns and files that differ, and whatever else was not as it should be."""


class Faults:
    """Commands, and what an undisturbed one leaves, in a folder that goes away."""

    def __init__(self, place: Path, seed: int, kept: Callable[[Row], None] = print) -> None:
        """Stand in the folder; `kept` takes each row as it is there."""
        self.place, self.rng, self.kept = place, random.Random(seed), kept
        self.wholes: dict[str, tuple[Path, float, float]] = {}
        (place / "design.toml").write_text(DESIGN, encoding="utf-8")

    def words(self, name: str, out: Path, *more: str) -> list[str]:
        """Return a command; it goes on with what lies in its folder."""
        resume = ["--resume"] if out.exists() and name not in WITHOUT_RESUME else []
        return [name, *COMMANDS.get(name, ()), *more, "--out", str(out), "--quiet", *resume]

    def start(self, name: str, out: Path, *more: str, before: Callable[[], None] | None = None) -> int:
        """Return the process that works on a command; what it says on stderr is kept beside its folder."""
        words = self.words(name, out, *more)
        process = os.fork()
        if process:
            return process
        status = FAILED
        try:
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell has in the background
            os.chdir(self.place)
            said = os.open(self.said(out), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(said, 2)
            sys.argv = ["carespread", *words]
            experiment.FEWEST_RUNS_A_BLOCK = experiment.MOST_RUNS_A_BLOCK = RUNS_A_BLOCK
            if before is not None:
                before()
            main()
        except SystemExit as left:
            status = int(left.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def said(self, out: Path) -> Path:
        """Return where a command's stderr is kept."""
        return self.place / f"{out.name}.said"

    def lines(self, out: Path) -> list[str]:
        """Return what a command said, without what it says of its numbers."""
        told = self.said(out).read_text(encoding="utf-8").splitlines()
        return [line for line in told if "priors" not in line]

    def status_of(self, process: int, seconds: float = LONGEST) -> int | None:
        """Return the exit status of a process, or None if it still works after so long."""
        ends = time.monotonic() + seconds
        while True:
            found, status = os.waitpid(process, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > ends:
                return None
            time.sleep(0.01)

    def whole(self, name: str) -> tuple[Path, float, float]:
        """Return the folder of a command to which nothing happened, and when it began to keep, and when it ended."""
        if name not in self.wholes:
            out, began = self.place / f"whole-{name}", time.monotonic()
            process = self.start(name, out)
            first, status = 0.0, None
            while status is None:
                status = self.status_of(process, 0.0)
                if not first and out.exists():
                    first = time.monotonic() - began
            if status:
                raise SystemExit(f"{name} fails: {self.lines(out)[-1:]}")
            self.wholes[name] = out, first, time.monotonic() - began
        return self.wholes[name]

    def compared(self, name: str, out: Path) -> tuple[int, int, list[str]]:
        """Return how many runs a folder has lost and how many it has twice, and what else is not that of the whole."""
        whole = self.whole(name)[0]
        lost = twice = 0
        others = [f"{path.name} was left" for path in out.rglob("*.part")] + list(differences(whole, out))
        for path in whole.rglob("runs.parquet"):
            other = out / path.relative_to(whole)
            mine, theirs = (pd.read_parquet(one, columns=["design", "replication"]) for one in (path, other))
            lost += len(mine.merge(theirs.drop_duplicates(), how="left", indicator=True).query("_merge != 'both'"))
            twice += int(theirs.duplicated().sum())
        return lost, twice, others

    def finished(self, name: str, out: Path, *more: str) -> tuple[int, int, list[str]]:
        """Go on with a command to its end, and return how its folder compares; the folder goes away if it is sound."""
        status = self.status_of(self.start(name, out, *more))
        if status != 0:
            return 0, 0, [f"gone on with, it ends with {status}: {' '.join(self.lines(out))[-300:]}"]
        found = self.compared(name, out)
        if found == (0, 0, []):
            shutil.rmtree(out)
        return found

    def note(self, fault: str, name: str, tries: int, found: list[tuple[int, int, list[str]]]) -> None:
        """Keep and print what came of a fault."""
        others = [other for one in found for other in one[2]]
        self.kept(Row(fault, name, tries, sum(one[0] for one in found), sum(one[1] for one in found), others))

    def kills(self, name: str, many: int) -> None:
        """Kill the driver of a command at random moments, up to some times in one folder, then go on to the end."""
        _, first, last = self.whole(name)
        killed, folders, found = 0, 0, []
        while killed < many:
            out, struck = self.place / f"killed-{name}-{folders}", 0
            folders += 1
            while struck < KILLS_A_FOLDER and killed < many:
                process = self.start(name, out)
                if self.status_of(process, self.rng.uniform(0.5 * first, last)) is not None:
                    break
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                struck, killed = struck + 1, killed + 1
            if name in WITHOUT_RESUME and out.exists():
                found.append(self.compared(name, out))
            else:
                found.append(self.finished(name, out))
        self.note("kill -9 of the driver", name, killed, found)

    def worker_kills(self, name: str, many: int) -> None:
        """Kill Dask workers at random moments: the driver has their blocks made by others."""
        self.whole(name)
        killed, folders, found = 0, 0, []
        while killed < many and folders < 2 * many:
            out = self.place / f"workers-{name}-{folders}"
            folders += 1
            process = self.start(name, out, "--cluster", "local", "--workers", "2")
            status, struck = None, 0
            while status is None:
                status = self.status_of(process, self.rng.uniform(0.1, 0.6))
                workers = workers_of(process) if out.exists() and struck < KILLS_A_FOLDER and killed < many else []
                if status is None and workers:
                    os.kill(self.rng.choice(workers), signal.SIGKILL)
                    struck, killed = struck + 1, killed + 1
            lines = self.lines(out)
            if status == FAILED and len(lines) == 1 and "do not start" in lines[0]:  # killed before it was there
                found.append(self.finished(name, out))
            elif status:
                found.append((0, 0, [f"ends with {status}: {' '.join(lines)[-300:]}"]))
            else:
                found.append(self.compared(name, out))
        self.note("kill -9 of a Dask worker", name, killed, found)

    def clustered_kills(self, name: str, many: int) -> None:
        """Kill the driver of Dask workers, and go on at once while they may still write."""
        last, found = self.whole(name)[2], []
        for number in range(many):
            out = self.place / f"clustered-{name}-{number}"
            process = self.start(name, out, "--cluster", "local", "--workers", "2")
            while not any(out.rglob("block-*.json")) and self.status_of(process, 0.05) is None:
                pass
            self.status_of(process, self.rng.uniform(0, 0.5 * last))
            os.kill(process, signal.SIGKILL)
            found.append(self.finished(name, out))
        self.note("kill -9 of the driver of Dask workers", name, many, found)

    def signals(self, name: str, what: signal.Signals, many: int) -> None:
        """Stop a command: it must say in one sentence what is kept, and go on from there."""
        _, first, last = self.whole(name)
        found = []
        for number in range(many):
            out = self.place / f"{what.name}-{name}-{number}"
            process = self.start(name, out)
            status = self.status_of(process, self.rng.uniform(first, 0.8 * last))
            if status is None:
                os.kill(process, what)
                status = self.status_of(process)
                lines = self.lines(out)
                if status != STOPPED or len(lines) != 1 or not lines[0].startswith("Stopped: "):
                    found.append((0, 0, [f"{what.name}: status {status}, {' '.join(lines)[-300:]!r}"]))
            found.append(self.finished(name, out))
        self.note(what.name, name, many, found)

    def full_disk(self, name: str, many: int) -> None:
        """Have the disk take no more at a random moment, make room, and go on."""
        size = sum(path.stat().st_size for path in self.whole(name)[0].rglob("*") if path.is_file())
        found = []
        for number in range(many):
            disk = self.place / f"disk-{name}-{number}"
            disk.mkdir()
            small = int(self.rng.uniform(0.1, 0.9) * size)
            try:
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={small}", "tmpfs", str(disk)],
                               check=True, capture_output=True)  # fmt: skip
            except (OSError, subprocess.CalledProcessError):
                return  # only the administrator may
            try:
                out = disk / "out"
                status, lines = self.status_of(self.start(name, out)), self.lines(out)
                if status != FAILED or len(lines) != 1:
                    found.append((0, 0, [f"full disk: status {status}, {' '.join(lines)[-300:]!r}"]))
                subprocess.run(["mount", "-o", "remount,size=256m", str(disk)], check=True)
                found.append(self.finished(name, out))
            finally:
                subprocess.run(["umount", str(disk)], check=False)
        self.note("full disk", name, many, found)

    def two_drivers(self, name: str, many: int) -> None:
        """Start a second driver on one folder: it is refused, and the first ends as if it had been alone."""
        found = []
        for number in range(many):
            out, others = self.place / f"two-{name}-{number}", []
            first = self.start(name, out)
            while not any(out.rglob("*.lock")) and self.status_of(first, 0.02) is None:
                pass
            kept = self.said(out).rename(self.place / "first.said")
            status = self.status_of(self.start(name, out))
            lines = self.lines(out)
            if status == BAD_INPUT and "another driver" not in " ".join(lines):
                others.append(f"the second driver: {' '.join(lines)[-300:]!r}")
            elif status not in (0, BAD_INPUT):
                others.append(f"the second driver ends with {status}: {' '.join(lines)[-300:]!r}")
            if self.status_of(first) != 0:
                others.append(f"the first driver: {kept.read_text(encoding='utf-8')[-300:]!r}")
            lost, twice, more = self.compared(name, out)
            found.append((lost, twice, others + more))
        self.note("two drivers on one folder", name, many, found)

    def flipped(self, name: str, many: int) -> None:
        """Turn a bit of a block that is kept, and go on: it is made again."""
        found = []
        for number in range(many):
            out = shutil.copytree(self.whole(name)[0], self.place / f"flipped-{name}-{number}")
            struck = self.rng.choice(sorted(out.rglob("block-*.parquet")))
            held = bytearray(struck.read_bytes())
            held[self.rng.randrange(len(held))] ^= 1 << self.rng.randrange(8)
            struck.write_bytes(held)
            found.append(self.finished(name, out))
        self.note("a bit of a kept block flipped", name, many, found)

    def between(self, fault: str, name: str, many: int, before: Callable[[], None]) -> None:
        """Kill a command, and go on where something has changed meanwhile."""
        _, first, last = self.whole(name)
        found = []
        for number in range(many):
            out = self.place / f"between-{name}-{number}"
            process = self.start(name, out)
            if self.status_of(process, self.rng.uniform(first, 0.7 * last)) is None:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            status = self.status_of(self.start(name, out, before=before))
            if status:
                found.append((0, 0, [f"{fault}: status {status}, {' '.join(self.lines(out))[-300:]!r}"]))
            found.append(self.finished(name, out))
        self.note(fault, name, many, found)

    def rerun(self, name: str) -> None:
        """Have a folder made again from its record."""
        out, place = self.whole(name)[0], self.place / f"rerun-{name}"
        status = self.status_of(self.start("rerun", place, str(out)))
        found = [] if status == 0 else [f"rerun: status {status}, {' '.join(self.lines(place))[-300:]!r}"]
        found += list(differences(out, place)) if place.exists() else []
        self.note("rerun from the record", name, 1, [(0, 0, found)])

    def other_python(self, name: str, python: str) -> None:
        """Kill a command, and go on with another Python."""
        _, first, last = self.whole(name)
        out = self.place / f"other-{name}"
        process = self.start(name, out)
        if self.status_of(process, 0.5 * (first + last)) is None:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        kept = len(list(out.rglob("block-*.json")))
        done = subprocess.run(
            [python, "-c", IN_SMALL_BLOCKS, *self.words(name, out)], cwd=self.place, check=False, text=True,
            capture_output=True, env={**os.environ, "PYTHONPATH": str(FILE.parents[1])},
        )  # fmt: skip
        version = subprocess.run([python, "-V"], check=True, capture_output=True, text=True).stdout.split()[1]
        fault = f"Python {platform.python_version()}, killed after {kept} blocks, then {version}"
        if done.returncode:
            found = (0, 0, [f"status {done.returncode}, {done.stderr[-300:]!r}"])
        else:
            found = self.compared(name, out)
        self.note(fault, name, 1, [found])


def workers_of(parent: int) -> list[int]:
    """Return the processes in which a driver has runs made (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().decode().split("\0")
            above = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if above == parent and "spawn_main" in " ".join(words):
            found.append(int(path.name))
    return found


def modules_with(name: str) -> list[Any]:
    """Return the modules of carespread that know a name."""
    return [one for place, one in list(sys.modules.items()) if place.startswith("carespread") and hasattr(one, name)]


def source_changed() -> None:
    """Have the source be another in this process."""
    for module in modules_with("source_hash"):
        module.source_hash = lambda: "another source"


def clock_set_back() -> None:
    """Have the clock of this process show more than a year ago."""
    now = time.time
    time.time = lambda: now() - YEAR_BACK.total_seconds()

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - YEAR_BACK

    for module in modules_with("datetime"):
        module.datetime = Earlier


def loaded() -> None:
    """Load all that commands need, so that a fork begins with its work."""
    import duckdb  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import sklearn.gaussian_process  # noqa: F401

    import carespread as cs
    from carespread.results.figures import run  # noqa: F401

    for name in cs.__all__:
        getattr(cs, name)
    cs.simulate("central", providers=60, months=2, events=True)


def tried(faults: Faults, kills: int, workers: int, commands: list[str], others: int, pythons: list[str]) -> None:
    """Try all faults: so many kills of drivers, of short commands more often, so many of Dask workers on each command
    that takes some, and so many tries of each other fault.
    """
    loaded()
    weights = {name: 1 / (2 + faults.whole(name)[2]) for name in commands}
    for name, weight in weights.items():
        if kills:
            faults.kills(name, math.ceil(kills * weight / sum(weights.values())))
        if others:
            faults.rerun(name)
    for name in (one for one in HARMED if one in commands and others):
        faults.signals(name, signal.SIGINT, others)
        faults.signals(name, signal.SIGTERM, others)
        faults.full_disk(name, others)
        faults.two_drivers(name, others)
        faults.flipped(name, others)
        faults.between("source changed between", name, others, source_changed)
        faults.between("clock set back 400 days between", name, others, clock_set_back)
    for name in (one for one in CLUSTERED if one in commands and workers):
        faults.worker_kills(name, workers)
    if "experiment" in commands and others:
        faults.clustered_kills("experiment", others)
    for python in pythons:
        faults.other_python("experiment", python)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=200, help="kills of drivers, over all commands")
    words.add_argument("--workers", type=int, default=9, help="kills of Dask workers, on each command that takes some")
    words.add_argument("--others", type=int, default=3, help="tries of each other fault, on each command")
    words.add_argument("--command", action="append", choices=COMMANDS, help="all if not given")
    words.add_argument("--python", action="append", default=[], help="another Python that goes on with an experiment")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--anew", action="store_true", help="forget what the file has of other commands and faults")
    words.add_argument("--out", type=Path, default=FILE)
    given = words.parse_args()
    rows: dict[tuple[str, str], Row] = {}
    if given.out.is_file() and not given.anew:
        before = [Row(**one) for one in json.loads(given.out.read_text(encoding="utf-8"))["rows"]]
        rows = {(one.fault, one.command): one for one in before}

    def keep(row: Row) -> None:
        rows[row.fault, row.command] = row
        print(*row, sep="\t", flush=True)
        write_json(given.out, {"results_version": RESULTS_VERSION, "rows": [one._asdict() for one in rows.values()]})

    with tempfile.TemporaryDirectory(prefix="carespread-faults-") as held:
        faults = Faults(Path(held), given.seed, keep)
        tried(faults, given.kills, given.workers, given.command or list(COMMANDS), given.others, given.python)
    sys.exit(int(any(one.lost or one.twice or one.others for one in rows.values())))
