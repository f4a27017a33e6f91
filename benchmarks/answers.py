"""What people wait for: the first run, a run, pairs, an experiment, a question; in full also compare and verify."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import carespread as cs

from .goals import Row
from .stopwatch import command, cpu, in_a_process, in_turns, wall

SMALLEST = ["run", "central", "--providers", "500", "--months", "12", "--replications", "1", "--quiet"]


def sampled(full: bool) -> list[Row]:
    """Compare the spread over seeds of a sample with that of all providers: what the sample's design saved."""
    from .sample import LEVERS, ratios

    seeds, of_all = (60, 24) if full else (30, 12)
    made = ratios(2000, seeds, of_all, list(LEVERS) if full else ["training"])
    rows = []
    for name, (deviation, ratio) in made.items():
        what = "SD of the ten-year outcome" if name == "outcome" else f"SD of a pair's gain by {name}"
        unit = f"times ({deviation:,.0f} person-months, {seeds} and {of_all} seeds)"
        rows.append(Row(f"{what}, 2,000 providers / all", ratio, unit))
    return sorted(rows, key=lambda row: "training" not in row.what)


def starts(full: bool) -> list[Row]:
    """Return how long it takes before anything can begin, and what the smallest run takes."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for name, arguments in {
            "python alone": ["-c", "pass"],
            "import carespread": ["-c", "import carespread"],
            "`carespread --help`": ["-m", "carespread", "--help"],
        }.items():
            (times,) = in_turns(lambda arguments=arguments: command(arguments, place)[0], repeats=3)  # type: ignore[misc]
            rows.append(Row(name, statistics.median(times), "s"))
        smallest = ["-m", "carespread", *SMALLEST]
        command(smallest, place)
        clock, spent = zip(*(command(smallest, place) for _ in range(3)), strict=True)
        name = "`carespread run central`, 500 x 12, one replication, warm"
        bare = statistics.median(command([*smallest, "--no-figures"], place)[1] for _ in range(3))
        rows += [
            Row(name, statistics.median(clock), "s"),
            Row(f"{name}: CPU", statistics.median(spent), "s CPU"),
            Row(f"{name}, --no-figures: CPU", bare, "s CPU"),
        ]
        if full:
            caches = {name: str(Path(place) / "cache") for name in ("CARESPREAD_CACHE", "NUMBA_CACHE_DIR")}
            warming = ["-m", "carespread.model.warm"]
            (first, cold), (again, warm) = command(warming, place, **caches), command(warming, place, **caches)
            rows += [Row("first compile", first - again, "s"), Row("first compile: CPU", cold - warm, "s CPU")]
    return rows


def pairs(full: bool) -> list[Row]:
    """Return what forty pairs of runs take."""

    def work() -> None:
        cs.contrast("central", "lever_grant", n=40, workers=2)

    cs.contrast("central", "lever_grant", n=2, workers=2)
    spent: list[float] = []
    clock = [wall(lambda: spent.append(cpu(work))) for _ in range(3 if full else 1)]
    name = "40 pairs, 2,000 providers x 120 months"
    return [Row(name, statistics.median(clock), "s"), Row(f"{name}: CPU", statistics.median(spent), "s CPU")]


def many_runs(full: bool) -> list[Row]:
    """Return what the experiment layer costs beside the kernels, and a question to ten million rows."""
    fewer = 100 if full else 20
    small, large = (in_a_process("layer", size, 2) for size in (fewer, 10 * fewer))
    outside = 1 - (large["kernel"] + large["prepare"]) / large["whole"]
    asked = in_a_process("store", 10_000_000, 0)
    name = f"experiment, {10 * fewer:,} runs of 2,000 x 120, two threads"
    return [
        Row(f"{name}: CPU a run", 1000 * large["whole"] / large["runs"], "ms"),
        Row(f"{name}: runs a second", large["runs"] / large["wall"], "a second"),
        Row("experiment: CPU outside kernel and preparation", 100 * outside, "%"),
        Row("memory of an experiment, 10 times the runs", large["most"] / small["most"], "times"),
        Row("ten million rows: mean and quantiles", asked["seconds"], "s"),
        Row("ten million rows: memory of the question", asked["grown"] / (1 << 20), "MiB"),
    ]


def answers(full: bool) -> list[Row]:
    """Return what the two longest of the daily commands take, in full only: minutes."""
    if not full:
        return []
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for name, arguments in {
            "`carespread compare` with its defaults": ["compare", "central", "lever_grant", "--quiet"],
            "`carespread verify`": ["verify", "--quiet"],
        }.items():
            clock, spent = command(["-m", "carespread", *arguments], place)
            rows += [Row(name, clock, "s"), Row(f"{name}: CPU", spent, "s CPU")]
    return rows
