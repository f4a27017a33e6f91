"""Published results beside what the kernels give: the table behind `carespread verify`.

Every case sets the production kernels to a special case of the model (`model.special_cases`) whose answer
somebody else has published or can derive on paper. Seeds are fixed in advance and never replaced.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from model import BadInputError, special_cases
from model.declare import nearest
from model.submodels.journey import IMPLEMENTING, SUSTAINED
from model.submodels.leadership import blended

SEEDS = tuple(range(1, 17))
SIZE = 100_000
"""Nodes of V1, V3, V4 and V5."""
STANDARD_ERRORS = 4.0


class Row(NamedTuple):
    """One number of a published result beside ours."""

    case: str
    what: str
    reference: float
    value: float
    tolerance: float
    """The largest difference that passes."""
    source: str
    passed: bool


class Compared(NamedTuple):
    """A row before it is judged."""

    what: str
    reference: float
    value: float
    tolerance: float
    source: str


class Case(NamedTuple):
    """One published result."""

    says: str
    runs: int
    """How many runs it asks for: what a progress bar counts."""
    compared: Callable[[Runs], Iterator[Compared]]


class Runs:
    """The runs of one verification: spread over threads, each made once, counted as they are asked for."""

    def __init__(self, cases: Sequence[str], pool: ThreadPoolExecutor, ended: Callable[[], None]) -> None:
        self.cases = cases
        self._pool, self._ended = pool, ended
        self._made: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    def of(self, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Return function(*one) for each of `arguments`, in their order."""
        asked = list(arguments)
        with self._lock:
            for one in asked:
                if (function, one) not in self._made:
                    self._made[function, one] = self._pool.submit(function, *one)
        results = []
        for one in asked:
            results.append(self._made[function, one].result())
            self._ended()
        return results


def verify(cases: Iterable[str] | None = None, progress: Callable[[int, int], None] | None = None) -> list[Row]:
    """Return the rows of the cases named (none: all), in the order of the table.

    `progress` is called with (runs ended, runs in all), from any thread but never from two at once.
    An unknown case is refused.
    """
    wanted = list(cases or CASES)
    for name in wanted:
        if name not in CASES:
            raise BadInputError(f"Unknown case {name!r}: {nearest(str(name), CASES)}")
    chosen = [name for name in CASES if name in wanted]
    total, done, lock = sum(CASES[name].runs for name in chosen), 0, threading.Lock()

    def ended() -> None:
        nonlocal done
        with lock:
            done += 1
            if progress is not None:
                progress(done, total)

    def judged(name: str) -> list[Row]:
        return [row(name, compared) for compared in CASES[name].compared(runs)]

    # cases wait for their runs in threads of their own: no processor idles while a case's last run ends
    with ThreadPoolExecutor(threads()) as pool, ThreadPoolExecutor(len(chosen)) as waiting:
        runs = Runs(chosen, pool, ended)
        return [made for rows in waiting.map(judged, chosen) for made in rows]


def row(case: str, compared: Compared) -> Row:
    """Return a row with its verdict; NaN never passes."""
    what, reference, value, tolerance, source = compared
    passed = bool(abs(value - reference) <= tolerance)
    return Row(case, what, float(reference), float(value), float(tolerance), source, passed)


def threads() -> int:
    """Return how many threads this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of independent values and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))


# V1, V3, V4: Bass

P, Q = 0.03, 0.38
"""Innovation and imitation, a year."""
YEARS = 15
WEEKS = 52


def bass_curve(p: float, q: float, t: float) -> float:
    """Return F(t) = (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})."""
    decay = math.exp(-(p + q) * t)
    return (1 - decay) / (1 + q / p * decay)


def bass_ring_curve(p: float, q: float, t: float) -> float:
    """Return F(t) = 1 - exp{-(p+q)t + q(1 - e^{-pt})/p}: Bass on a ring, each of two neighbours q/2."""
    return 1 - math.exp(-(p + q) * t + q * (1 - math.exp(-p * t)) / p)


def bass_recursion(p: float, q: float, dt: float, steps: int) -> float:
    """Return the share after `steps` of F <- F + (1 - F)(1 - exp{-(p + qF) dt})."""
    share = 0.0
    for _ in range(steps):
        share += (1 - share) * -math.expm1(-(p + q * share) * dt)
    return share


def bass_shares(steps_a_year: int, years: int, seed: int) -> np.ndarray:
    """Return the share of users at every step, everybody seeing everybody."""
    return special_cases.bass(P, Q, SIZE, years * steps_a_year, 1 / steps_a_year, seed=seed) / SIZE


def bass_ring_shares(seed: int) -> np.ndarray:
    """Return the share of users at every week on a ring."""
    return special_cases.bass(P, Q, SIZE, YEARS * WEEKS, 1 / WEEKS, graph=ring(SIZE, 2), seed=seed) / SIZE


def bass_complete(runs: Runs) -> Iterator[Compared]:
    """Return V1: Bass's curve on the complete graph."""
    shares = np.mean(runs.of(bass_shares, [(WEEKS, YEARS, seed) for seed in SEEDS]), axis=0)
    for t in (1, 2, 5, 8, 10, 15):
        what = f"share of users after {t} years"
        yield Compared(what, bass_curve(P, Q, t), shares[t * WEEKS], 0.005, "Bass 1969")


def bass_ring(runs: Runs) -> Iterator[Compared]:
    """Return V3: Bass on a ring."""
    shares = np.mean(runs.of(bass_ring_shares, [(seed,) for seed in SEEDS]), axis=0)
    for t in (5, 10, 15):
        what = f"share of users on a ring after {t} years"
        yield Compared(what, bass_ring_curve(P, Q, t), shares[t * WEEKS], 0.004, "Fibich & Gibori 2010")


def bass_steps(runs: Runs) -> Iterator[Compared]:
    """Return V4: how the share after five years depends on the length of the step."""
    for steps, reference in ((1, 0.2611), (4, 0.3108), (12, 0.3242), (WEEKS, 0.3296)):
        # where V1 is asked for too, its weekly runs serve: they only run on
        years = YEARS if steps == WEEKS and "V1" in runs.cases else 5
        shares = runs.of(bass_shares, [(steps, years, seed) for seed in SEEDS])
        mean, error = mean_and_error([run[5 * steps] for run in shares])
        exact = bass_recursion(P, Q, 1 / steps, 5 * steps)
        what = f"share of users after 5 years, {steps} step{'s' if steps > 1 else ''} a year"
        yield Compared(what, reference, mean, 0.004, "mean field")
        yield Compared(f"{what}: recursion", exact, mean, STANDARD_ERRORS * error, "mean field, 4 SE")


# V5: SI

BETA, FIRST_SHARE = 0.5, 0.01
"""Contagion a unit of time, and the share that starts."""


def logistic(beta: float, start: float, t: float) -> float:
    """Return i(t) = 1 / (1 + (1/i_0 - 1) e^{-beta t})."""
    return 1 / (1 + (1 / start - 1) * math.exp(-beta * t))


def si_recursion(beta: float, start: float, dt: float, steps: int) -> float:
    """Return the share after `steps` of i <- i + (1 - i)(1 - exp(-beta i dt))."""
    share = start
    for _ in range(steps):
        share += (1 - share) * -math.expm1(-beta * share * dt)
    return share


def si_shares(seed: int) -> np.ndarray:
    """Return the share of users at every step of 1/52, everybody seeing everybody."""
    return special_cases.si(SIZE, BETA, round(FIRST_SHARE * SIZE), 15 * WEEKS, 1 / WEEKS, seed) / SIZE


def si_complete(runs: Runs) -> Iterator[Compared]:
    """Return V5: SI on the complete graph."""
    shares = runs.of(si_shares, [(seed,) for seed in SEEDS])
    for t in (5, 10, 15):
        mean, error = mean_and_error([run[t * WEEKS] for run in shares])
        exact = si_recursion(BETA, FIRST_SHARE, 1 / WEEKS, t * WEEKS)
        yield Compared(f"share infected at {t}", logistic(BETA, FIRST_SHARE, t), mean, 0.012, "logistic")
        what = f"share infected at {t}: recursion"
        yield Compared(what, exact, mean, STANDARD_ERRORS * error, "mean field, 4 SE")


# V6, V8, V10, V20: thresholds


def ring(nodes: int, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ring on which everybody sees the nearest `neighbours` (an even number), as CSR arrays."""
    reach = np.arange(1, neighbours // 2 + 1)
    seen = (np.arange(nodes)[:, None] + np.concatenate([-reach, reach])) % nodes
    return np.arange(nodes + 1) * neighbours, seen.reshape(-1)


def complete_graph(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the graph on which everybody sees everybody else, as CSR arrays."""
    seen = (np.arange(nodes)[:, None] + np.arange(1, nodes)) % nodes
    return np.arange(nodes + 1) * (nodes - 1), seen.reshape(-1)


def poisson_graph(nodes: int, mean_degree: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a graph in which all ties are equally likely (Erdos & Renyi's G(n, p)), as CSR arrays."""
    luck = np.random.default_rng([seed, nodes, round(1000 * mean_degree)])
    wanted = luck.binomial(nodes * (nodes - 1) // 2, mean_degree / (nodes - 1))
    # given their number, the ties are the first so many distinct ones in an endless row of random pairs
    codes = np.empty(0, np.int64)
    while len(codes) < wanted:
        one, other = luck.integers(0, nodes, (2, 2 * wanted + 100))
        codes = np.concatenate([codes, (one * nodes + other)[one < other]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]
    one, other = np.divmod(codes[:wanted], nodes)
    here, there = np.concatenate([one, other]), np.concatenate([other, one])
    ties = np.bincount(here, minlength=nodes)
    return np.concatenate([[0], np.cumsum(ties)]), there[np.argsort(here, kind="stable")]


def crowd(limits: tuple[float, ...]) -> np.ndarray:
    """Return the users at every step in a crowd where everybody sees everybody and nobody has joined."""
    return special_cases.thresholds(complete_graph(len(limits)), np.array(limits), [], rule="count")


def granovetter(runs: Runs) -> Iterator[Compared]:
    """Return V6: a crowd with thresholds 0..99, and the same with one person changed."""
    limits = tuple(range(100))
    crowds = {
        "thresholds 0..99": (limits, 100),
        "the 1 becomes a 2": ((0, 2, *limits[2:]), 1),
        "the 50 becomes a 51": ((*limits[:50], 51, *limits[51:]), 50),
    }
    results = runs.of(crowd, [(changed,) for changed, _ in crowds.values()])
    for (what, (_, joined)), users in zip(crowds.items(), results, strict=True):
        yield Compared(f"people who join, {what}", joined, users[-1], 0, "Granovetter 1978")


WATTS_NODES, WATTS_THRESHOLD, GLOBAL, GRAPHS = 10_000, 0.18, 0.10, 100


def cascade(mean_degree: float, seed: int) -> bool:
    """Return whether one random node of a random graph sets off a cascade that reaches a tenth of it."""
    first = np.random.default_rng([seed, 2002]).integers(WATTS_NODES)
    graph = poisson_graph(WATTS_NODES, mean_degree, seed)
    users = special_cases.thresholds(graph, WATTS_THRESHOLD, [first], rule="share")
    return bool(users[-1] >= GLOBAL * WATTS_NODES)


def watts(runs: Runs) -> Iterator[Compared]:
    """Return V8: the window of global cascades."""
    for degree, reference in ((0.8, 0.0), (1.2, 0.26), (2.0, 0.73), (4.0, 0.89), (5.5, 0.46), (6.5, 0.0)):
        share = float(np.mean(runs.of(cascade, [(degree, seed) for seed in range(1, GRAPHS + 1)])))
        what = f"share of runs with a global cascade, mean degree {degree:g}"
        yield Compared(what, reference, share, 0.15 if reference else 0, "Watts 2002")


def ring_contagion(threshold: int) -> np.ndarray:
    """Return the users at every step on a ring of 1,000 with 4 neighbours, from a node and its neighbours."""
    return special_cases.thresholds(ring(1000, 4), threshold, [998, 999, 0, 1, 2], rule="count")


def complex_contagion(runs: Runs) -> Iterator[Compared]:
    """Return V10: how many contacts a contagion needs sets its speed on a ring."""
    once, twice, thrice = runs.of(ring_contagion, [(1,), (2,), (3,)])
    source = "Centola & Macy 2007"
    yield Compared("steps until all use it, one contact needed", 249, first_full(once, 1000), 0, source)
    yield Compared("steps until all use it, two contacts needed", 497, first_full(twice, 1000), 0, source)
    yield Compared("users in the end, three contacts needed", 5, thrice[-1], 0, source)


def first_full(users: np.ndarray, size: int) -> float:
    """Return the first step at which all use it, NaN where that never happens."""
    return float(np.argmax(users == size)) if (users == size).any() else math.nan


def club(threshold: float, seeds: tuple[int, ...]) -> np.ndarray:
    """Return the users at every step in Zachary's club, shares of neighbours unweighted."""
    import networkx

    return special_cases.thresholds(networkx.karate_club_graph(), threshold, seeds, rule="share")


def zachary(runs: Runs) -> Iterator[Compared]:
    """Return V20: NDlib's run of the threshold model on Zachary's club, step by step."""
    known: dict[tuple[Any, ...], tuple[int, ...]] = {
        (0.25, (0,)): (1, 11, 14, 17, 21, 25, 34),
        (0.35, (0, 33)): (2, 16, 22, 27, 29),
    }
    source = "NDlib 6.0.1"
    for ((threshold, seeds), reference), users in zip(known.items(), runs.of(club, known), strict=True):
        told = f"seeds {' and '.join(map(str, seeds))}, threshold {threshold:g}"
        for step, expected in enumerate(reference):
            value = users[step] if step < len(users) else math.nan
            yield Compared(f"users at step {step}, {told}", expected, value, 0, source)
        yield Compared(f"step at which it stops, {told}", len(reference) - 1, len(users) - 1, 0, source)


# V18, V19: the journey as a chain

JOURNEY = {"U-A": 0.05, "A-E": 0.10, "E-I": 0.15, "E-X": 0.05, "I-S": 0.10, "I-X": 0.03}
CHAIN_SIZE = 200_000


def journeys(start: str, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each provider's last stage and the months that it took to get there, each of shape (size,)."""
    stages = special_cases.stage_chain(JOURNEY, CHAIN_SIZE, months, seed=1, start=start)
    return stages[-1].copy(), (stages < SUSTAINED).sum(axis=0)


def stage_chain(runs: Runs) -> Iterator[Compared]:
    """Return V18: where the journey ends, and when."""
    source = "fundamental matrix"
    # so long that nobody is left on the way: that is checked too
    starts = {("U", 400): (0.576923, 40.7692, 23.23), ("I", 150): (0.769231, 7.6923, None)}
    for ((start, months), known), made in zip(starts.items(), runs.of(journeys, starts), strict=True):
        sustained, mean, deviation = known
        last, taken = made
        providers = len(last)
        share = float((last == SUSTAINED).mean())
        error = math.sqrt(share * (1 - share) / providers)
        yield Compared(f"share sustained, from {start}", sustained, share, STANDARD_ERRORS * error, source)
        average, error = mean_and_error(taken)
        yield Compared(f"mean months to the end, from {start}", mean, average, STANDARD_ERRORS * error, source)
        what = f"providers on their way after {months} months, from {start}"
        yield Compared(what, 0, int((last < SUSTAINED).sum()), 0, source)
        if deviation is not None:
            spread = error * math.sqrt(providers)
            fourth = float(((taken - average) ** 4).mean())
            error = math.sqrt((fourth - spread**4) / providers) / (2 * spread)
            # the reference has two decimals: half of the last one is within the tolerance
            tolerance = STANDARD_ERRORS * error + 0.005
            yield Compared(f"SD of months to the end, from {start}", deviation, spread, tolerance, source)


TO_ROUTINE, GIVEN_UP, DROPPED = 0.0676, 0.0480, 0.0353
"""Hazards of a hard programme, a month."""
TWO_YEARS, UNTIL_ALL_ARE_THROUGH = 24, 150
"""Months."""


def implementations() -> tuple[float, float, float]:
    """Return which shares of those that start reach routine use, use it after two years, keep it for two."""
    leaving = -math.expm1(-(TO_ROUTINE + GIVEN_UP))
    chances = {
        "I-S": leaving * TO_ROUTINE / (TO_ROUTINE + GIVEN_UP),
        "I-X": leaving * GIVEN_UP / (TO_ROUTINE + GIVEN_UP),
        "S-X": -math.expm1(-DROPPED),
    }
    months = UNTIL_ALL_ARE_THROUGH + TWO_YEARS
    stages = special_cases.stage_chain(chances, CHAIN_SIZE, months, seed=1, start="I")
    routine = stages == SUSTAINED
    reached = np.flatnonzero(routine.any(axis=0))
    two_years_later = np.minimum(np.argmax(routine, axis=0)[reached] + TWO_YEARS, months)
    using = (stages[TWO_YEARS] == IMPLEMENTING) | routine[TWO_YEARS]
    return (
        len(reached) / CHAIN_SIZE,
        float(using.mean()),
        routine[two_years_later, reached].sum() / CHAIN_SIZE,
    )


def hard_programme(runs: Runs) -> Iterator[Compared]:
    """Return V19: a hard programme's published success, from hazards that were solved from it."""
    ((reached, using, kept),) = runs.of(implementations, [()])
    source = "Implementation Science Communications 2022, 3:2"
    yield Compared("share that reaches routine use", 0.585, reached, 0.01, source)
    yield Compared("share in use two years after the start", 0.371, using, 0.01, source)
    yield Compared("share in use two years after routine was reached", 0.251, kept, 0.01, source)


# V28: leadership

LEVELS, WEIGHTS = (0.9, 0.4, 0.2), (0.5, 0.3, 0.2)
ALGEBRA = 1e-9


def leadership_limits(runs: Runs) -> Iterator[Compared]:
    """Return V28: equation (4) is the mean, the geometric mean, the minimum ... where algebra says so."""
    pairs = list(zip(WEIGHTS, LEVELS, strict=True))
    known = {
        1.0: ("mean", math.fsum(weight * level for weight, level in pairs)),
        0.5: ("power mean", math.fsum(weight * math.sqrt(level) for weight, level in pairs) ** 2),
        0.0: ("geometric mean", math.prod(level**weight for weight, level in pairs)),
        -1.0: ("harmonic mean", 1 / math.fsum(weight / level for weight, level in pairs)),
        -3.5: ("power mean", math.fsum(weight * level**-3.5 for weight, level in pairs) ** (-1 / 3.5)),
        -math.inf: ("minimum", min(LEVELS)),
    }
    blends = runs.of(blended, [(*LEVELS, *WEIGHTS, rho) for rho in known])
    for (rho, (what, exact)), value in zip(known.items(), blends, strict=True):
        yield Compared(f"leadership, complementarity {rho:g}: {what}", exact, value, ALGEBRA, "algebra")
    equal = runs.of(blended, [(0.6, 0.6, 0.6, 2.0, 1.0, 1.0, rho) for rho in known])
    for rho, value in zip(known, equal, strict=True):
        yield Compared(f"equal levels, complementarity {rho:g}", 0.6, value, ALGEBRA, "algebra")
    (least,) = runs.of(blended, [(*LEVELS, 1.0, 1.0, 0.0, -math.inf)])
    yield Compared("minimum over the levels that have a weight", 0.4, least, ALGEBRA, "algebra")


CASES = {
    "V1": Case("Bass: everybody sees everybody", 16, bass_complete),
    "V3": Case("Bass on a ring", 16, bass_ring),
    "V4": Case("Bass: convergence in the step", 64, bass_steps),
    "V5": Case("SI: everybody sees everybody", 16, si_complete),
    "V6": Case("Granovetter's crowd", 3, granovetter),
    "V8": Case("Watts' global cascades", 600, watts),
    "V10": Case("Complex contagion on a ring", 3, complex_contagion),
    "V18": Case("The journey as a chain of stages", 2, stage_chain),
    "V19": Case("Implementation of a hard programme", 1, hard_programme),
    "V20": Case("Thresholds in Zachary's club", 2, zachary),
    "V28": Case("Leadership: limits of equation (4)", 13, leadership_limits),
}
