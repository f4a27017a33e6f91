"""Measures the engine beside a plain Mesa model, a floor and itself at other sizes: `python -m benchmarks.run`.

Everything that is compared is measured in turns within one run, several times, and the median is given: a machine
that other work shares is never equally fast twice. Kernels use one core, so their time is the process's own CPU
time, which waiting for others does not lengthen (a crowded memory still does); what people wait for, and threads,
are wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from carespread.model import Parameters, Policy, Switches, prepare, simulate
from carespread.model.attribution.watch import events_of
from carespread.model.jit import source_hash
from carespread.model.simulate import Prepared
from carespread.model.state import copied
from carespread.model.step import remember_start, run_months

from .floor import run_floor

PROJECT = Path(__file__).parents[1]
SMALL, SMALL_MONTHS = 300, 12
ENGLAND, YEARS_10 = 17_700, 120
MILLION = 1_000_000
GIB = 1 << 30


def ready(providers: int, months: int, seed: int = 1, entry: bool = True) -> Prepared:
    """Return the usual run (four innovations, no levers) before its first month."""
    switches = Switches.of(entry=entry)
    return prepare(Parameters.of(), Policy.of(), switches=switches, providers=providers, months=months, seed=seed)


def fresh(prepared: Prepared) -> Prepared:
    """Return what a run changes, copied for one more run from the same start."""
    return prepared._replace(state=copied(prepared.state), record=copied(prepared.record))


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


def fused_seconds(prepared: Prepared, times: int = 1) -> float:
    """Return the CPU seconds of one run of the engine with its record, without its preparation, mean of some."""
    months = len(prepared.record.counts) - 1
    spent = 0.0
    for _ in range(times):
        another = fresh(prepared)
        spent += cpu(lambda one=another: run_months(one.frame, one.state, one.record, 0, months))  # type: ignore[misc]
    return spent / times


def in_turns(*measures: Callable[[], float], repeats: int) -> list[list[float]]:
    """Return what each measure gives when they take turns, after one turn that warms up and is not counted."""
    for measure in measures:
        measure()
    rounds = [[measure() for measure in measures] for _ in range(repeats)]
    return [list(values) for values in zip(*rounds, strict=True)]


def middle_ratio(above: list[float], below: list[float]) -> float:
    """Return the median of the ratios of neighbours in time."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def in_a_process(part: str, *arguments: Any, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what one part measures in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--part", part, *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, **(environment or {})},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def peak_bytes() -> int:
    """Return the most memory that this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


# What runs in a process of its own.


def part_plain(providers: int, months: int) -> dict[str, Any]:
    """Time the plain Mesa model (the oracle), in a process of its own."""
    from tests.oracle import PlainSector

    sector = PlainSector(ready(providers, months), drawn=ready(providers, months, entry=False))

    def run() -> None:
        for _ in range(months):
            sector.step()

    return {"cpu": cpu(run), "users": sector.recorded()["counts"][-1, :, 3:5].sum(axis=1).tolist()}


def part_size(providers: int, months: int) -> dict[str, Any]:
    """Time the preparation and the months of a run of some size."""
    simulate(providers=50, months=1)
    made: list[Prepared] = []
    prepared_in = cpu(lambda: made.append(ready(providers, months)))
    prepared = made[0]
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_in = cpu(lambda: run_months(prepared.frame, prepared.state, prepared.record, 0, months))
    return {"prepare": prepared_in, "run": run_in}


def part_memory(providers: int, months: int) -> dict[str, Any]:
    """Weigh a run of some size: the most that it holds at once, without what Python and the libraries hold anyway."""
    simulate(providers=50, months=1)
    tracemalloc.start()
    simulate(providers=providers, months=months)
    return {"most": tracemalloc.get_traced_memory()[1]}


def part_whole(providers: int, months: int) -> dict[str, Any]:
    """Time one whole run as a caller sees it, from import to the monthly table, and weigh it."""
    began = time.perf_counter()
    run = simulate(providers=providers, months=months)
    simulated = time.perf_counter() - began
    rows = len(run.monthly)
    return {
        "simulate": simulated,
        "whole": time.perf_counter() - began,
        "cpu": time.process_time(),
        "peak": peak_bytes(),
        "rows": rows,
    }


def part_layer(replications: int, workers: int) -> dict[str, Any]:
    """Measure the experiment layer in a process of its own."""
    from .many import layer

    return layer(replications, workers)


def part_store(rows: int, _: int) -> dict[str, Any]:
    """Measure a question to many rows in a process of its own."""
    from .many import store

    return store(rows)


PARTS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "plain": part_plain,
    "size": part_size,
    "memory": part_memory,
    "whole": part_whole,
    "layer": part_layer,
    "store": part_store,
}


# What is reported.


def row(what: str, value: float, unit: str, target: str = "", met: bool | None = None) -> dict[str, Any]:
    """Return one line of the report."""
    return {"what": what, "value": value, "unit": unit, "target": target, "met": met}


def beside_plain(quick: bool) -> list[dict[str, Any]]:
    """Return the engine beside a plain Mesa model, both recording every month."""
    prepared = ready(SMALL, SMALL_MONTHS)
    plain, fused = in_turns(
        lambda: in_a_process("plain", SMALL, SMALL_MONTHS)["cpu"],
        lambda: fused_seconds(prepared, 50),
        repeats=2 if quick else 7,
    )
    each = 1e9 / (SMALL * SMALL_MONTHS)
    ratio = middle_ratio(plain, fused)
    name = f"{SMALL} providers x {SMALL_MONTHS} months"
    return [
        row(f"plain Mesa model, {name}", statistics.median(plain) * each, "ns/provider-month"),
        row(f"engine, {name}", statistics.median(fused) * each, "ns/provider-month"),
        row("plain Mesa model / engine", ratio, "times", ">= 200", ratio >= 200),
    ]


def beside_floor(quick: bool) -> list[dict[str, Any]]:
    """Return the engine beside the least that a step can do, for England and four innovations."""
    months = 12 if quick else 60
    prepared = ready(ENGLAND, months)
    fused, floor = in_turns(
        lambda: fused_seconds(prepared), lambda: cpu(lambda: run_floor(prepared, months)), repeats=3 if quick else 15
    )
    each = 1e9 / (ENGLAND * months)
    ratio = middle_ratio(fused, floor)
    return [
        row(f"engine, {ENGLAND} providers, 4 innovations", statistics.median(fused) * each, "ns/provider-month"),
        row(
            "floor: partners and their evidence, hash, two exponentials",
            statistics.median(floor) * each,
            "ns/provider-month",
        ),
        row("engine / floor", ratio, "times", "<= 5", ratio <= 5),
    ]


def with_events(quick: bool) -> list[dict[str, Any]]:
    """Return a run that keeps its events beside one that does not, for England and four innovations."""
    months = 12 if quick else 120
    kept: list[np.ndarray] = []

    def watched() -> None:
        kept[:] = [events_of(ready(ENGLAND, months))]

    def plain() -> None:
        prepared = ready(ENGLAND, months)
        remember_start(prepared.frame, prepared.state, prepared.record)
        run_months(prepared.frame, prepared.state, prepared.record, 0, months)

    with_log, without = in_turns(lambda: cpu(watched), lambda: cpu(plain), repeats=3 if quick else 9)
    ratio = middle_ratio(with_log, without)
    return [
        row("events kept, whole run", float(len(kept[0])), "events"),
        row("what they take", kept[0].nbytes / 1e6, "MB"),
        row("with events / without", ratio, "times", "<= 1.3", ratio <= 1.3),
    ]


def over_sizes(quick: bool) -> list[dict[str, Any]]:
    """Return how time and memory grow with the number of providers, as exponents of a power law."""
    sizes = [1_000, 10_000, 100_000] if quick else [1_000, 3_162, 10_000, 31_623, 100_000, 316_228, MILLION]
    rounds = [[in_a_process("size", size, 12) for size in sizes] for _ in range(1 if quick else 3)]
    medians = {
        what: [statistics.median(one[number][what] for one in rounds) for number in range(len(sizes))]
        for what in ("run", "prepare")
    }
    most = [in_a_process("memory", size, 12)["most"] for size in sizes]
    rows = []
    for size, run, prepared, held in zip(sizes, medians["run"], medians["prepare"], most, strict=True):
        rows.append(row(f"engine, {size} providers", run / 12 / size * 1e9, "ns/provider-month"))
        rows.append(row(f"preparation, {size} providers", prepared, "s CPU"))
        rows.append(row(f"memory, {size} providers", held / size, "bytes/provider"))
    for name, values in (("time of a month", medians["run"]), ("preparation", medians["prepare"]), ("memory", most)):
        slope = float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
        rows.append(row(f"{name}, {sizes[0]} to {sizes[-1]} providers", slope, "exponent", "<= 1.2", slope <= 1.2))
    return rows


def a_million(quick: bool) -> list[dict[str, Any]]:
    """Return time and memory of the largest run: a million providers for ten years."""
    if quick:
        return []
    found = in_a_process("whole", MILLION, YEARS_10)
    peak = found["peak"] / GIB
    return [
        row(f"{MILLION} providers x {YEARS_10} months: peak memory", peak, "GiB", "< 4", peak < 4),
        row(f"{MILLION} providers x {YEARS_10} months: with preparation and table", found["whole"], "s"),
    ]


def compiling(quick: bool) -> list[dict[str, Any]]:
    """Return what the first run waits for, and what later ones do."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CARESPREAD_CACHE": folder}
        first = in_a_process("whole", 50, 1, environment=environment)
        later = [in_a_process("whole", 50, 1, environment=environment) for _ in range(1 if quick else 3)]
    spent = first["cpu"] - statistics.median(one["cpu"] for one in later)
    return [
        row("compiling with an empty cache", spent, "s CPU", "< 90", spent < 90),
        row("first run of 50 providers, empty cache", first["simulate"], "s"),
        row("first run of 50 providers, filled cache", statistics.median(one["simulate"] for one in later), "s"),
    ]


def starting(quick: bool) -> list[dict[str, Any]]:
    """Return how long it takes before anything can begin."""
    commands = {
        "python alone": ["-c", "pass"],
        "import carespread.model": ["-c", "import carespread.model"],
        "from carespread.model import CareSector (loads Mesa)": ["-c", "from carespread.model import CareSector"],
        "carespread --help": ["-m", "carespread", "--help"],
    }

    def started(arguments: list[str]) -> float:
        return wall(lambda: subprocess.run([sys.executable, *arguments], cwd=PROJECT, check=True, capture_output=True))

    measures = [lambda arguments=arguments: started(arguments) for arguments in commands.values()]
    times = in_turns(*measures, repeats=3 if quick else 9)
    return [row(name, statistics.median(values), "s") for name, values in zip(commands, times, strict=True)]


def cores_to_be_had() -> float:
    """Return how many cores two processes get together that do nothing but count, for half a second."""
    counting = (
        "import time; t = time.perf_counter()\nwhile time.perf_counter() < t + .5: pass\nprint(time.process_time())"
    )
    pair = [subprocess.Popen([sys.executable, "-c", counting], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return sum(float(one.communicate()[0]) for one in pair) / 0.5


def threads(quick: bool) -> list[dict[str, Any]]:
    """Return how much faster two threads run replications than one: the kernels alone, and whole runs.

    The fastest turns are compared: others' work on the machine takes from two threads what it leaves to one. How many
    cores two processes that only count could get in the same minutes says what could be hoped for.
    """
    months, replications = (12, 4) if quick else (YEARS_10, 6)
    prepared = [ready(ENGLAND, months, seed) for seed in range(replications)]

    def kernels(workers: int) -> float:
        copies = [fresh(one) for one in prepared]
        runs = [(one.frame, one.state, one.record, 0, months) for one in copies]
        with ThreadPoolExecutor(workers) as pool:
            return wall(lambda: list(pool.map(lambda run: run_months(*run), runs)))

    def whole(workers: int) -> float:
        with ThreadPoolExecutor(workers) as pool:
            return wall(lambda: list(pool.map(one_run, range(replications))))

    def one_run(seed: int) -> None:
        simulate(providers=ENGLAND, months=months, seed=seed)

    one, two, whole_one, whole_two, cores = in_turns(
        lambda: kernels(1),
        lambda: kernels(2),
        lambda: whole(1),
        lambda: whole(2),
        cores_to_be_had,
        repeats=2 if quick else 7,
    )
    name = f"{replications} runs of {ENGLAND} providers x {months} months"
    return [
        row(f"{name}, two threads, whole runs", min(whole_two), "s"),
        row("cores that two counting processes got, at best", max(cores), "cores"),
        row("cores that two counting processes got, median", statistics.median(cores), "cores"),
        row("one thread / two threads, kernels alone", min(one) / min(two), "times"),
        row("one thread / two threads, whole runs", min(whole_one) / min(whole_two), "times"),
    ]


def many_runs(quick: bool) -> list[dict[str, Any]]:
    """Return what the experiment layer costs beside the kernels, and a question to ten million rows."""
    sizes = (20, 60) if quick else (100, 1000)
    small, large = (in_a_process("layer", size, 2) for size in sizes)
    outside = 1 - large["kernel"] / large["whole"]
    keeping = 1 - (large["kernel"] + large["prepare"]) / large["whole"]
    name = f"{sizes[1]} runs of 2000 providers x 120 months, two threads"
    asked = in_a_process("store", 1_000_000 if quick else 10_000_000, 0)
    return [
        row(f"{name}: runs a second", large["runs"] / large["wall"], "runs/s"),
        row(f"{name}: CPU outside the kernel", 100 * outside, "%"),
        row(f"{name}: CPU outside kernel and preparation", 100 * keeping, "%", "<= 10", keeping <= 0.1),
        row(f"memory, {sizes[1]} runs / {sizes[0]} runs", large["most"] / small["most"], "times", "<= 1.2",
            large["most"] <= 1.2 * small["most"]),
        row("ten million rows: mean and quantiles", asked["seconds"], "s", "<= 2", asked["seconds"] <= 2),
        row("ten million rows: memory of the question", asked["grown"] / (1 << 20), "MiB", "<= 500",
            asked["grown"] <= 500 << 20),
    ]  # fmt: skip


def sampled(quick: bool) -> list[dict[str, Any]]:
    """Compare the spread over seeds of a sample with that of all providers."""
    from .sample import ratios

    seeds, of_all = (12, 6) if quick else (60, 24)
    rows = []
    for name, (deviation, ratio) in ratios(2000, seeds, of_all).items():
        what = "ten-year outcome" if name == "outcome" else f"gain of a pair: {name}"
        rows.append(
            row(f"SD at 2,000 over SD at all, {what} (SD {deviation:,.0f})", ratio, "times", "at most 2", ratio <= 2)
        )
    return rows


QUESTIONS: dict[str, Callable[[bool], list[dict[str, Any]]]] = {
    "beside a plain Mesa model": beside_plain,
    "beside the floor": beside_floor,
    "with events": with_events,
    "over sizes": over_sizes,
    "a million providers": a_million,
    "compiling": compiling,
    "starting": starting,
    "threads": threads,
    "many runs": many_runs,
    "a sample": sampled,
}


def machine() -> dict[str, Any]:
    """Return on what it was measured."""
    import mesa
    import numba

    return {
        "processors": os.cpu_count(),
        "load_at_start": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "machine": platform.platform(),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "numpy": np.__version__,
        "mesa": mesa.__version__,
        "source_hash": source_hash(),
    }


def main() -> None:
    """Measure, print and, if asked, write the report."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller sizes, no million: under a minute")
    parser.add_argument("--only", choices=QUESTIONS, action="append", help="one question (repeatable)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there too")
    parser.add_argument("--part", nargs=3, metavar=("PART", "PROVIDERS", "MONTHS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        part, providers, months = asked.part
        print(json.dumps(PARTS[part](int(providers), int(months))))
        return
    report: dict[str, Any] = {"machine": machine(), "quick": asked.quick, "rows": []}
    print("  ".join(f"{name} {value}" for name, value in report["machine"].items()))
    for name, question in QUESTIONS.items():
        if asked.only and name not in asked.only:
            continue
        for made in question(asked.quick):
            report["rows"].append({"question": name, **made})
            verdict = "" if made["met"] is None else f"{made['target']:>8}  {'met' if made['met'] else 'MISSED'}"
            print(f"{made['what']:<68}{made['value']:>12.4g} {made['unit']:<18}{verdict}".rstrip(), flush=True)
    if asked.json:
        unfinished = asked.json.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(asked.json)


if __name__ == "__main__":
    main()
