"""The engine beside floors, a plain Mesa model, NDlib and itself at other sizes."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from carespread.model import Parameters, Policy, Switches, prepare
from carespread.model.attribution.watch import events_of
from carespread.model.simulate import Prepared
from carespread.model.state import copied
from carespread.model.step import remember_start, run_months

from . import textbook
from .floor import run_floor, run_limit
from .goals import Row
from .stopwatch import cpu, in_a_process, in_turns, middle_ratio

ENGLAND, YEAR, YEARS_10 = 17_700, 12, 120
SIZES = {1_000: 9, ENGLAND: 9, 200_000: 3}
"""Providers, and how often they are measured."""
MILLION = 1_000_000
EACH = "ns a provider-month"


def ready(providers: int, months: int, seed: int = 1, entry: bool = True) -> Prepared:
    """Return the usual run (four innovations, no levers) before its first month."""
    switches = Switches.of(entry=entry)
    return prepare(Parameters.of(), Policy.of(), switches=switches, providers=providers, months=months, seed=seed)


def fused_seconds(prepared: Prepared, times: int = 1) -> float:
    """Return the CPU seconds of one run of the engine with its record, without its preparation, mean of some."""
    months = len(prepared.record.counts) - 1
    spent = 0.0
    for _ in range(times):
        state, record = copied(prepared.state), copied(prepared.record)
        spent += cpu(lambda state=state, record=record: run_months(prepared.frame, state, record, 0, months))  # type: ignore[misc]
    return spent / times


def beside_floors(full: bool) -> list[Row]:
    """Return the engine beside the least that a step can do and the fairer limit, and how its time grows with size."""
    rows, spent = [], {}
    for size, repeats in {**SIZES, **({MILLION: 1} if full else {})}.items():
        prepared, times = ready(size, YEAR), max(1, 10_000 // size)
        fused, floor, limit = in_turns(
            lambda prepared=prepared, times=times: fused_seconds(prepared, times),  # type: ignore[misc]
            lambda prepared=prepared, times=times: cpu(lambda: run_floor(prepared, YEAR * times)) / times,  # type: ignore[misc]
            lambda prepared=prepared, times=times: cpu(lambda: run_limit(prepared, YEAR * times)) / times,  # type: ignore[misc]
            repeats=repeats,
        )
        each, name = 1e9 / (size * YEAR), f"{size:,} providers"
        spent[size] = statistics.median(fused)
        rows += [
            Row(f"engine, {name}", spent[size] * each, EACH),
            Row(f"floor, {name}", statistics.median(floor) * each, EACH),
            Row(f"fairer limit, {name}", statistics.median(limit) * each, EACH),
            Row(f"engine / floor, {name}", middle_ratio(fused, floor), "times"),
            Row(f"engine / fairer limit, {name}", middle_ratio(fused, limit), "times"),
        ]
    for last in list(spent)[2:]:
        known = [size for size in spent if size <= last]
        slope = np.polyfit(np.log(known), np.log([spent[size] for size in known]), 1)[0]
        rows.append(Row(f"time of a month, {known[0]:,} to {last:,} providers", float(slope), "exponent"))
    return rows


def beside_plain(full: bool) -> list[Row]:
    """Return the engine beside a plain Mesa model (the oracle of the tests), both recording every month."""
    from tests.oracle import PlainSector

    rows = []
    for size, months, repeats in ((300, YEAR, 5), (20_000, 3, 3 if full else 1)):
        prepared, drawn, ratios = ready(size, months), ready(size, months, entry=False), []
        fused_seconds(prepared)
        for _ in range(repeats):
            sector = PlainSector(prepared, drawn=drawn)
            around = [fused_seconds(prepared, max(1, 10_000 // size))]
            plain = cpu(lambda sector=sector, months=months: [sector.step() for _ in range(months)])  # type: ignore[misc]
            around.append(fused_seconds(prepared, max(1, 10_000 // size)))
            ratios.append(plain / statistics.mean(around))
        rows.append(Row(f"plain Mesa model / engine, {size:,} providers", statistics.median(ratios), "times"))
    return rows


def beside_ndlib(full: bool) -> list[Row]:
    """Return textbook cases beside NDlib, where it is installed: the steps alone, and from the graph to the curve."""
    names = {case: f"NDlib / engine, {case} on {textbook.NODES:,} nodes" for case in textbook.CASES}
    if not textbook.is_there():
        return [Row(f"{name}, steps", None, "NDlib is not installed (pip install ndlib)") for name in names.values()]
    rows, on = [], textbook.graph()
    arrays = textbook.rows_of(on)
    for case, same in textbook.CASES.items():
        whole, steps = [], []
        textbook.ours(case, on)
        for _ in range(7 if full else 3):
            made: list[Any] = []
            setting_up = cpu(lambda case=case, made=made: made.append(textbook.theirs(case, on)))  # type: ignore[misc]
            theirs = cpu(lambda made=made: made.append(made[0]()))  # type: ignore[misc]
            ours = cpu(lambda case=case, made=made: made.append(textbook.ours(case, on)))  # type: ignore[misc]
            alone = cpu(lambda case=case: textbook.ours(case, arrays))  # type: ignore[misc]
            assert same(made[2], made[1])
            whole.append((setting_up + theirs) / ours)
            steps.append(theirs / alone)
        rows += [
            Row(f"{names[case]}, steps", statistics.median(steps), "times"),
            Row(f"{names[case]}, from the graph", statistics.median(whole), "times"),
        ]
    return rows


def with_events(full: bool) -> list[Row]:
    """Return a run that keeps its events beside one that does not, for England and four innovations."""
    months = YEARS_10 if full else YEAR
    kept: list[np.ndarray] = []

    def watched() -> None:
        kept[:] = [events_of(ready(ENGLAND, months))]

    def plain() -> None:
        prepared = ready(ENGLAND, months)
        remember_start(prepared.frame, prepared.state, prepared.record)
        run_months(prepared.frame, prepared.state, prepared.record, 0, months)

    with_log, without = in_turns(lambda: cpu(watched), lambda: cpu(plain), repeats=3)
    return [Row("a run with its events / without", middle_ratio(with_log, without), "times")]


def memory(full: bool) -> list[Row]:
    """Return how memory grows with the number of providers, and what the largest run takes."""
    sizes = [1_000, 10_000, 100_000]
    held = [in_a_process("memory", size, YEAR)["most"] for size in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(held), 1)[0])
    rows = [
        Row("memory, 100,000 providers", held[-1] / sizes[-1], "bytes a provider"),
        Row("memory, 1,000 to 100,000 providers", slope, "exponent"),
    ]
    if full:
        found = in_a_process("whole", MILLION, YEARS_10)
        name = f"{MILLION:,} providers x {YEARS_10} months"
        rows += [
            Row(f"{name}: peak memory", found["peak"] / (1 << 30), "GiB"),
            Row(f"{name}: with preparation and table", found["whole"], "s"),
        ]
    return rows
