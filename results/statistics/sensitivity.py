"""Turns outcomes at the points of a sample into sensitivity indices, with intervals, noise and convergence."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats, Wholes
from .emulator import Emulator, fitted
from .indices import (
    DUMMY,
    RESAMPLES,
    Noise,
    index_table,
    morris_measures,
    noise_of,
    saltelli_of,
    sobol_indices,
    spread_of,
    with_intervals,
)

METHODS = {
    "oat": "one at a time: each parameter alone over its prior, all others at their medians",
    "morris": "elementary effects: how far an outcome moves when a parameter does, averaged over all others",
    "sobol": "shares of the variance of an outcome, by itself (first order) and with all interactions (total)",
    "pawn": "how much the whole distribution of an outcome changes when a parameter is known",
    "emulator": "Sobol indices of a statistical model of the model, with that model's own error beside them",
}
DECIDES = {"oat": "range", "morris": "mu_star", "sobol": "ST", "pawn": "median", "emulator": "ST"}
"""By which measure parameters are put in order."""
MEASURES = {
    "range": "change of the outcome from the 5th to the 95th percentile of the prior",
    "mu_star": "mean size of the change of the outcome for a move across the middle 90 % of the prior",
    "ST": "share of the variance that would be left if all but this parameter were known",
    "median": "median distance (Kolmogorov-Smirnov) between the distribution of the outcome and that for a known value",
}
OAT_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
TAIL = 0.05
"""One-at-a-time and Morris stay within the 5th and 95th percentile: a corner of the unit cube is no value of a prior
without ends."""
LEVELS = 4
SLICES = 10
PAWN_RESAMPLES, CURVE_RESAMPLES = 30, 60
EMULATED = 512
"""Base samples of Saltelli's design on an emulator."""
LEAST_ROWS = 16
"""Rows below which a convergence curve says nothing."""


class Layout(NamedTuple):
    """A sample: what was varied, and the points in the order in which a method expects them."""

    method: str
    names: tuple[str, ...]
    """What has an index: factors or groups of them."""
    problem: dict[str, Any]
    """As SALib has it, on the unit cube."""
    cube: Floats
    """Points of the unit cube, shape (points, dimensions); for one-at-a-time without rows."""
    samples: int
    """Trajectories, base samples, or points."""
    second: bool
    inputs: pd.DataFrame
    """Values of each parameter at each point."""
    dummies: Wholes
    """Which points are run a second time under other seeds."""


class Analysis(NamedTuple):
    """What a sample says of one outcome."""

    outcome: str
    table: pd.DataFrame
    """A row a factor, the strongest first, the dummy last."""
    noise: Noise
    dispersion: pd.DataFrame
    """The same of the standard deviation over seeds; empty with one seed."""
    convergence: pd.DataFrame
    """Size of the sample, factor, estimate and interval."""
    second: pd.DataFrame
    """Second order, a row a pair."""
    curves: pd.DataFrame
    """One at a time: parameter, value, difference from the medians and its interval."""
    emulator: Emulator | None


def analysed(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    """Return the indices of one outcome: `values` has shape (points, K), `dummy` (dummies, K)."""
    work = {"oat": _oat, "morris": _morris, "sobol": _sobol, "pawn": _pawn, "emulator": _emulated}[layout.method]
    return work(outcome, layout, values, dummy)


def ordered(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the strongest first, the dummy last."""
    last = table["parameter"] == DUMMY
    return pd.concat([table[~last].sort_values(by, ascending=False, key=abs), table[last]], ignore_index=True)


def _analysis(outcome: str, table: pd.DataFrame, noise: Noise, **parts: Any) -> Analysis:
    empty = {"dispersion": pd.DataFrame(), "convergence": pd.DataFrame(), "second": pd.DataFrame(),
             "curves": pd.DataFrame(), "emulator": None}  # fmt: skip
    return Analysis(outcome, table, noise, **{**empty, **parts})


def _sobol(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    names = [*layout.names, *([DUMMY] if dummy is not None else [])]
    design = saltelli_of(values, len(layout.names), layout.second, dummy)
    seeds = values.shape[1]

    def of(rows: int, resamples: int, chosen: Any = design, many: int = seeds) -> dict[str, Any]:
        return with_intervals(lambda r, s: sobol_indices(chosen.chosen(r, s)), rows, many, resamples)

    measures = of(layout.samples, RESAMPLES)
    table = ordered(index_table(names, measures, "ST"), "ST")
    sizes = [layout.samples >> cut for cut in (4, 3, 2, 1, 0) if layout.samples >> cut >= LEAST_ROWS]
    curve = [(size, index_table(names, of(size, CURVE_RESAMPLES), "ST")) for size in sizes]
    both = np.concatenate([design.a, design.b])
    dispersion = pd.DataFrame()
    if seeds > 1 and np.ptp((spread := spread_of(design)).a) > 0:
        dispersion = ordered(index_table(names, of(layout.samples, CURVE_RESAMPLES, spread, 1), "ST"), "ST")
    return _analysis(
        outcome,
        table,
        noise_of(both),
        dispersion=dispersion,
        convergence=_curve(curve, "ST"),
        second=_pairs(layout.names, measures) if layout.second else pd.DataFrame(),
    )


def _pairs(names: tuple[str, ...], measures: dict[str, Any]) -> pd.DataFrame:
    value, low, high = measures["S2"]
    rows = [
        (names[one], names[other], value[one, other], low[one, other], high[one, other])
        for one in range(len(names))
        for other in range(one + 1, len(names))
    ]
    made = pd.DataFrame(rows, columns=["parameter", "other", "S2", "S2_low", "S2_high"])
    return made.sort_values("S2", ascending=False, ignore_index=True)


def _morris(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    steps, names = morris_steps(layout, values), list(layout.names)
    seeds = values.shape[1]
    if dummy is not None:
        again = dummy - values[layout.dummies]
        steps, names = np.concatenate([steps, again[:, None]], axis=1), [*names, DUMMY]

    def of(rows: int, resamples: int, chosen: Floats = steps) -> dict[str, Any]:
        return with_intervals(lambda r, s: morris_measures(chosen[r][..., s]), rows, chosen.shape[-1], resamples)

    single = [layout.problem["groups"].count(name) == 1 for name in layout.names]
    table = index_table(names, of(layout.samples, RESAMPLES), "square")
    table.loc[[not one for one in single] + [False] * (len(names) - len(single)), ["mu", "mu_low", "mu_high"]] = np.nan
    sizes = sorted({max(2, round(layout.samples * part)) for part in (0.25, 0.5, 0.75, 1.0)})
    curve = [(size, index_table(names, of(size, CURVE_RESAMPLES), "square")) for size in sizes]
    dispersion = pd.DataFrame()
    if seeds > 1:
        spread = morris_steps(layout, values.std(axis=1, ddof=1)[:, None])
        dispersion = ordered(
            index_table(layout.names, of(layout.samples, CURVE_RESAMPLES, spread), "mu_star"), "mu_star"
        )
    first = values.reshape(layout.samples, -1, seeds)[:, 0]  # one point of each trajectory: those of one are alike
    return _analysis(
        outcome, ordered(table, "mu_star"), noise_of(first), dispersion=dispersion, convergence=_curve(curve, "mu_star")
    )


def morris_steps(layout: Layout, values: Floats) -> Floats:
    """Return the elementary effects by trajectory, factor and seed: change of the outcome for a whole move (0 to 1)."""
    groups = np.array(layout.problem["groups"])
    size = len(layout.names) + 1
    made = np.zeros((layout.samples, len(layout.names), values.shape[1]))
    points = layout.cube.reshape(layout.samples, size, -1)
    outcomes = values.reshape(layout.samples, size, -1)
    for row in range(layout.samples):
        for at in range(size - 1):
            moved = points[row, at + 1] - points[row, at]
            name = groups[np.flatnonzero(moved)[0]]
            made[row, layout.names.index(name)] = (outcomes[row, at + 1] - outcomes[row, at]) / moved[moved != 0][0]
    return made


def _curve(parts: list[tuple[int, pd.DataFrame]], measure: str) -> pd.DataFrame:
    tables = [
        table[["parameter", measure, f"{measure}_low", f"{measure}_high"]].assign(samples=size) for size, table in parts
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _pawn(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    from SALib.analyze import pawn, rsa

    seeds = values.shape[1]
    nothing = np.random.default_rng(1).random(len(values))
    inputs = layout.inputs.assign(**{DUMMY: nothing})
    problem = {"num_vars": len(inputs.columns), "names": list(inputs.columns)}
    columns = inputs.to_numpy(float)

    def median(rows: Wholes) -> Floats:
        found = pawn.analyze(problem, np.repeat(columns[rows], seeds, axis=0), values[rows].ravel(), S=SLICES, seed=1)
        return np.array(found["median"], float)

    everything = np.arange(len(values))
    random = np.random.default_rng(1)
    drawn = np.array([median(random.integers(len(values), size=len(values))) for _ in range(PAWN_RESAMPLES)])
    whole = median(everything)
    # resampling adds the chance of small samples once more: its spread counts, its shift does not
    half = 1.96 * drawn.std(axis=0, ddof=1)
    table = pd.DataFrame({"parameter": inputs.columns, "median": whole, "median_low": whole - half,
                          "median_high": whole + half})  # fmt: skip
    regional = rsa.analyze(problem, columns, values.mean(axis=1), bins=SLICES, target="Y", seed=1)
    found = np.array([regional[name] for name in inputs.columns], float)
    table["lowest_tenth"], table["highest_tenth"] = found[:, 0], found[:, -1]
    floor = float(table.loc[table["parameter"] == DUMMY, "median_high"].iloc[0])
    table["told_apart"] = (table["median_low"] > floor) & (table["parameter"] != DUMMY)
    curve = []
    for part in (0.25, 0.5, 0.75, 1.0):
        size = max(SLICES * 2, round(len(values) * part))
        one = median(np.arange(size))
        curve.append(pd.DataFrame({"parameter": inputs.columns, "median": one, "median_low": one, "median_high": one,
                                   "samples": size}))  # fmt: skip
    return _analysis(
        outcome, ordered(table, "median"), noise_of(values), convergence=pd.concat(curve, ignore_index=True)
    )


def _oat(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    """The first point has every parameter at its median; then each parameter at each of OAT_SHARES."""
    from .decision import paired_interval

    change = values - values[0]
    rows, curves = [], []
    for number, name in enumerate(layout.names):
        first = 1 + number * len(OAT_SHARES)
        own = change[first : first + len(OAT_SHARES)]
        for share, at, value in zip(OAT_SHARES, own, layout.inputs[name].iloc[first:], strict=False):
            one = paired_interval(at)
            curves.append((name, share, value, one.mean, one.low, one.high))
        whole = paired_interval(own[-1] - own[0])
        low, high = (paired_interval(own[end]) for end in (0, -1))
        reach = np.ptp(own.mean(axis=1))
        rows.append((name, whole.mean, whole.low, whole.high, low.mean, high.mean, reach, whole.clear))
    columns = ["parameter", "range", "range_low", "range_high", "at_low", "at_high", "reach", "told_apart"]
    table = pd.DataFrame(rows, columns=columns)
    if dummy is not None:
        one = paired_interval((dummy - values[layout.dummies])[0])
        # the seeds are others, so their differences are no pairs: the interval is that of chance itself
        floor = pd.DataFrame(
            [(DUMMY, one.mean, one.low, one.high, 0.0, one.mean, abs(one.mean), False)], columns=columns
        )
        table = pd.concat([table, floor], ignore_index=True)
    along = pd.DataFrame(curves, columns=["parameter", "share", "value", "difference", "low", "high"])
    return _analysis(outcome, ordered(table, "range"), Noise(np.nan, np.nan), curves=along)


def _emulated(outcome: str, layout: Layout, values: Floats, dummy: Floats | None) -> Analysis:
    from SALib.sample import sobol

    # a column that means nothing shows what an emulator makes of nothing
    nothing = np.random.default_rng(1).random((len(values), 1))
    emulator = fitted(np.hstack([layout.cube, nothing]), values)
    names = [*layout.names, DUMMY]
    problem = {
        "num_vars": layout.problem["num_vars"] + 1,
        "names": [*layout.problem["names"], DUMMY],
        "groups": [*layout.problem["groups"], DUMMY],
        "bounds": [*layout.problem["bounds"], [0.0, 1.0]],
    }
    cube = sobol.sample(problem, EMULATED, calc_second_order=False, seed=1)
    drawn = []
    for predicted in (emulator.predict(cube), *emulator.again(cube)):
        drawn.append(sobol_indices(saltelli_of(predicted[:, None], len(names), False)))
    measures = {}
    for name in ("S1", "ST"):
        half = 1.96 * np.std([one[name] for one in drawn[1:]], axis=0, ddof=1)
        value = drawn[0][name]
        measures[name] = (value, value - half, value + half)
    table = index_table(names, measures, "ST")
    table["told_apart"] &= table["ST_low"] > float(table["ST_high"].iloc[-1])
    table["emulator"], table["cv_q2"], table["cv_error"] = emulator.kind, emulator.q2, emulator.error
    return _analysis(outcome, ordered(table, "ST"), noise_of(values), emulator=emulator)
