"""What many runs cost beside their kernels: the experiment layer, its memory, and questions to ten million rows."""

from __future__ import annotations

import importlib
import resource
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from carespread.experiments.design import read_design
from carespread.experiments.experiment import Execution, Experiment, run_experiment

ROWS, BLOCKS = 10_000_000, 100
QUESTION = "select innovation, avg(using_share), quantile_cont(using_share, [0.05, 0.5, 0.95]) from monthly group by 1"


def experiment_of(folder: Path, replications: int) -> Experiment:
    """Return an experiment of 2,000 providers and 120 months."""
    path = folder / "design.toml"
    path.write_text(f'question = "How fast?"\nreplications = {replications}\n', encoding="utf-8")
    return Experiment(read_design(path))


def layer(replications: int, workers: int) -> dict[str, Any]:
    """Return CPU seconds of an experiment: all, in kernels, in preparing runs; runs a second; the most memory held."""
    simulation = importlib.import_module("carespread.model.simulate")
    spent, lock = {"kernel": 0.0, "prepare": 0.0}, threading.Lock()

    def counted(what: str, function: Any) -> Any:
        def called(*arguments: Any, **settings: Any) -> Any:
            began = time.thread_time()
            result = function(*arguments, **settings)
            with lock:
                spent[what] += time.thread_time() - began
            return result

        return called

    for what, name in (("kernel", "run_months"), ("prepare", "prepare")):
        setattr(simulation, name, counted(what, getattr(simulation, name)))
    folder = Path(tempfile.mkdtemp())
    try:
        warm = experiment_of(folder, 2 * workers)
        run_experiment(warm, folder / "warm", execution=Execution(workers))
        spent |= {"kernel": 0.0, "prepare": 0.0}
        experiment = experiment_of(folder, replications)
        began, clock = time.process_time(), time.perf_counter()
        run_experiment(experiment, folder / "out", execution=Execution(workers))
        whole, seconds = time.process_time() - began, time.perf_counter() - clock
    finally:
        shutil.rmtree(folder)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**spent, "whole": whole, "wall": seconds, "runs": replications, "most": held}


def store(rows: int = ROWS) -> dict[str, Any]:
    """Return seconds and memory of a question about so many rows in blocks (random numbers, only for their size)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from carespread.results.store.query import query

    folder = Path(tempfile.mkdtemp())
    try:
        rng = np.random.default_rng(1)
        (folder / "made_by.json").write_text("{}", encoding="utf-8")
        (folder / "monthly" / "design=central").mkdir(parents=True)
        each = rows // BLOCKS
        names = np.array(["dscr", "dspt", "acoustic_monitoring", "electronic_medication_records"])
        for block in range(BLOCKS):
            table = pa.table(
                {
                    "replication": np.repeat(block, each),
                    "innovation": pa.DictionaryArray.from_arrays(rng.integers(0, 4, each).astype(np.int8), names),
                    "using_share": rng.random(each),
                    **{f"other_{number}": rng.random(each).astype(np.float32) for number in range(4)},
                }
            )
            pq.write_table(table, folder / "monthly" / "design=central" / f"block-{block:06d}.parquet")
        query(folder, "select 1")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times = []
        for _ in range(3):
            began = time.perf_counter()
            query(folder, QUESTION)
            times.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    finally:
        shutil.rmtree(folder)
    return {"seconds": statistics.median(times), "most": after * 1024, "grown": (after - before) * 1024}
