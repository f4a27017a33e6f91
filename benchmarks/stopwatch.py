"""How time is measured: in turns within one run, several times, medians given.

A machine that other work shares is never equally fast twice. Kernels use one core, so their time is the process's own
CPU time, which waiting for others does not lengthen (a crowded memory still does); what people wait for is wall time.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]


def cpu(work: Callable[[], Any]) -> float:
    """Return the CPU seconds that the process spends on some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def wall(work: Callable[[], Any]) -> float:
    """Return the seconds on the clock for some work."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def command(arguments: list[str], folder: Path | str, **environment: str) -> tuple[float, float]:
    """Return the seconds on the clock and of CPU that a Python command takes in a process of its own."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    paths = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, **environment},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turns(*measures: Callable[[], float], repeats: int) -> list[list[float]]:
    """Return what each measure gives when they take turns, after one turn that warms up and is not counted."""
    for measure in measures:
        measure()
    rounds = [[measure() for measure in measures] for _ in range(repeats)]
    return [list(values) for values in zip(*rounds, strict=True)]


def middle_ratio(above: list[float], below: list[float]) -> float:
    """Return the median of the ratios of neighbours in time."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def in_a_process(part: str, *arguments: Any) -> dict[str, Any]:
    """Return what one part measures in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts", part, *map(str, arguments)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)
