"""Many runs on Dask workers of this machine, one of which is killed half-way: `python -m benchmarks.ensembles`.

Threads of one process make a fiftieth of the same runs before and after, so that both meet the same machine. A
hundred thousand runs take about a quarter of an hour on two free cores.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from distributed import WorkerPlugin

from carespread.experiments.cluster import connected
from carespread.experiments.design import read_design
from carespread.experiments.experiment import Execution, Experiment, run_experiment, runs_in_a_block
from carespread.results.store.query import query

QUESTION = (
    "select count(*), avg(outcome_all), quantile_cont(outcome_all, [0.05, 0.5, 0.95]) from runs where status='ok'"
)
OF_THE_MAKING = ["started", "ended", "seconds", "worker", "host"]


class Counted(WorkerPlugin):
    """Counts the CPU time of a worker that goes into kernels and into preparing runs."""

    def setup(self, worker: Any) -> None:
        """Put a stop-watch around both."""
        simulation = importlib.import_module("carespread.model.simulate")
        worker.spent = {"kernel": 0.0, "prepare": 0.0}

        def counted(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any, **settings: Any) -> Any:
                began = time.thread_time()
                result = function(*arguments, **settings)
                worker.spent[what] += time.thread_time() - began
                return result

            return called

        for what, name in (("kernel", "run_months"), ("prepare", "prepare")):
            setattr(simulation, name, counted(what, getattr(simulation, name)))
        worker.began = time.process_time()


def told(dask_worker: Any) -> dict[str, float]:
    """Return what a worker has spent, and on what."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**dask_worker.spent, "whole": time.process_time() - dask_worker.began, "held": held}


def experiment_of(folder: Path, providers: int, months: int, runs: int) -> Experiment:
    """Return an experiment of so many runs of one design; a row a run is kept."""
    path = folder / f"design-{runs}.toml"
    path.write_text(
        f'question = "How fast?"\nproviders = {providers}\nmonths = {months}\nreplications = {runs}\nmonthly = false\n',
        encoding="utf-8",
    )
    return Experiment(read_design(path))


def on_threads(experiment: Experiment, folder: Path, workers: int) -> dict[str, float]:
    """Return the rate of threads of this process, and the CPU that a run takes."""
    began, clock = time.process_time(), time.perf_counter()
    run_experiment(experiment, folder, execution=Execution(workers))
    seconds, spent = time.perf_counter() - clock, time.process_time() - began
    return {"rate": experiment.runs / seconds, "ms": 1000 * spent / experiment.runs}


def on_workers(experiment: Experiment, folder: Path, workers: int) -> dict[str, Any]:
    """Return the same of processes, one of which dies half-way, with what their CPU went into and what they held."""
    blocks = experiment.blocks(runs_in_a_block(experiment, workers))
    with connected("local", workers) as client:
        client.register_plugin(Counted())
        victim = next(iter(client.run(os.getpid).values()))

        def kill() -> None:
            while len(list(folder.glob("blocks/*.json"))) < blocks // 2:
                time.sleep(0.2)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        began, clock = time.process_time(), time.perf_counter()
        run_experiment(experiment, folder, execution=Execution(workers, client.scheduler.address))  # type: ignore[union-attr]
        seconds, driver = time.perf_counter() - clock, time.process_time() - began
        spent = list(client.run(told).values())
        assert not killer.is_alive()
    whole, inside = (
        sum(sum(one[name] for name in names) for one in spent) for names in (("whole",), ("kernel", "prepare"))
    )
    dead = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "rate": experiment.runs / seconds,
        "seconds": seconds,
        "ms": 1000 * (dead.ru_utime + dead.ru_stime + driver) / experiment.runs,
        "outside": 1 - inside / whole,
        "driver_ms": 1000 * driver / experiment.runs,
        "driver_held": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "worker_held": dead.ru_maxrss * 1024,
    }


def kept(folder: Path, part: Path, runs: int) -> dict[str, Any]:
    """Return what the folder takes and how long a question to it, after checking that every run is there once and that
    those which threads made too are the same to the last bit.
    """
    rows = pd.read_parquet(folder / "runs.parquet")
    assert list(rows["replication"]) == list(range(runs)) and (rows["status"] == "ok").all()
    same = pd.read_parquet(part / "runs.parquet").drop(columns=OF_THE_MAKING)
    pd.testing.assert_frame_equal(rows.drop(columns=OF_THE_MAKING).iloc[: len(same)], same, check_exact=True)
    files = [file for file in folder.rglob("*") if file.is_file()]
    times = []
    for _ in range(3):
        began = time.perf_counter()
        query(folder, QUESTION)
        times.append(time.perf_counter() - began)
    return {
        "files": len(files),
        "bytes": sum(file.stat().st_size for file in files),
        "runs_bytes": (folder / "runs.parquet").stat().st_size,
        "query": statistics.median(times),
    }


def measured(providers: int, months: int, runs: int, workers: int, place: Path) -> dict[str, Any]:
    """Return threads before and after, processes in between, and what is kept."""
    some, many = (experiment_of(place, providers, months, number) for number in (runs // 50, runs))
    on_threads(experiment_of(place, providers, months, 2 * workers), place / "warm", workers)
    first = on_threads(some, place / "first", workers)
    processes = on_workers(many, place / "many", workers)
    second = on_threads(some, place / "second", workers)
    return {
        "size": {"providers": providers, "months": months, "runs": runs, "workers": workers},
        "threads": [first, second],
        "processes": processes,
        "folder": kept(place / "many", place / "first", runs),
    }


def main() -> None:
    """Measure, and print what was found as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ensembles")
    for name, usual in (("providers", 200), ("months", 24), ("runs", 100_000), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measured(asked.providers, asked.months, asked.runs, asked.workers, Path(place)), indent=1))


if __name__ == "__main__":
    main()
