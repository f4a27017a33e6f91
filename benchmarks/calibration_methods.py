"""Two ways to fit, side by side on a toy whose truth is known: `python -m benchmarks.calibration_methods`.

The toy is Bass with abandonment, three hazards, made by the production kernel (`special_cases.bass`). Both ways get the
same number of runs; what the way itself costs is set beside what so many runs of the real model cost here. The first
way is the code of `carespread calibrate`; the second the same regression on draws of the prior alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from carespread.calibration.fit import posterior_of
from carespread.calibration.history_matching import Problem, matched
from carespread.experiments.run import one_run, planned
from carespread.model.scenario import read_scenario
from carespread.model.textbook import cases as special_cases
from carespread.results.statistics.inference import Observed, Posterior, interval, regression_abc

LOW, HIGH = np.array([0.001, 0.0, 0.0]), np.array([0.03, 0.1, 0.05])
"""Of the priors of p, q and the hazard of giving up, a month."""
SIZE, MONTHS, SEEN = 500, 48, np.array([6, 12, 18, 24, 36, 48])
ERROR = 0.02
KEPT = 0.1
"""Of the draws of the prior, by regression alone."""
LEVEL = 0.9


def shares(cube: np.ndarray, first_seed: int) -> np.ndarray:
    """Return shares that use it at the months that are seen, shape (points, 1, 6)."""
    values = LOW + cube * (HIGH - LOW)
    made = [
        special_cases.bass(p, q, SIZE, MONTHS, 1.0, seed=first_seed + at, recovery=r)[SEEN] / SIZE
        for at, (p, q, r) in enumerate(values)
    ]
    return np.array(made)[:, None, :]


def in_waves(observed: Observed, runs: int, seed: int) -> Posterior:
    """Return the posterior by history matching in waves, then regression."""
    problem = Problem(
        observed,
        3,
        3,
        lambda cube, name: shares(cube, seed + 10_000 * int(name.removeprefix("wave"))),
        seed,
        tuple(f"month {month}" for month in SEEN),
    )
    return posterior_of(problem, matched(problem, runs, lambda _: None))[0]


def at_once(observed: Observed, runs: int, seed: int) -> Posterior:
    """Return the posterior by regression on draws of the prior."""
    cube = np.random.default_rng(seed).random((runs, 3))
    return regression_abc(cube, shares(cube, seed)[:, 0], observed, kept=max(100, round(KEPT * runs)), seed=seed)


WAYS: dict[str, Callable[[Observed, int, int], Posterior]] = {
    "waves, then regression": in_waves,
    "regression alone": at_once,
}


def main() -> None:
    """Fit every study in both ways in turn; print error, coverage and cost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration_methods")
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--runs", type=int, default=1200, help="of the toy, for each fit")
    asked = parser.parse_args()
    each = cost_of_a_run()
    own = toy_cost()
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in WAYS}
    for study in range(asked.studies):
        rng = np.random.default_rng([7, study])
        truth = rng.random(3)
        data = shares(truth[None], 900_000 + study)[0, 0] + ERROR * rng.normal(size=len(SEEN))
        observed = Observed(data, np.full(len(SEEN), ERROR), np.zeros(len(SEEN)))
        for name, way in WAYS.items():
            began = time.process_time()
            posterior = way(observed, asked.runs, 1_000_000 * (study + 1))
            spent = time.process_time() - began - own * asked.runs
            low, high = interval(posterior, LEVEL)
            middle = interval(posterior, 1e-9)[0]
            error = float(np.sqrt(((middle - truth) ** 2).mean() * 12.0))
            inside = float(((truth >= low) & (truth <= high)).mean())
            found[name].append((error, inside, float((high - low).mean()), spent))
    print(f"{asked.studies} studies of {asked.runs} runs; a run of the model takes {1000 * each:.0f} ms of one core")
    print(
        f"{'':<26}{'error / prior SD':>18}{'covered by 90 %':>18}{'width':>8}{'s of its own':>14}{'with the model':>16}"
    )
    for name, rows in found.items():
        error, inside, width, spent = (statistics.mean(column) for column in zip(*rows, strict=True))
        scatter = statistics.stdev(row[0] for row in rows) / len(rows) ** 0.5
        print(f"{name:<26}{error:>10.3f} +-{1.96 * scatter:.3f}{100 * inside:>16.0f} %{width:>8.2f}{spent:>14.1f}"
              f"{spent + each * asked.runs:>14.0f} s")  # fmt: skip
    paired = [a[0] - b[0] for a, b in zip(*found.values(), strict=True)]
    scatter = 1.96 * statistics.stdev(paired) / len(paired) ** 0.5
    print(f"Error of waves less that of regression alone, same studies: {statistics.mean(paired):+.3f} +-{scatter:.3f}")


def toy_cost() -> float:
    """Return the CPU seconds of one run of the toy."""
    cube = np.random.default_rng(1).random((200, 3))
    shares(cube, 1)
    began = time.process_time()
    shares(cube, 1)
    return (time.process_time() - began) / len(cube)


def cost_of_a_run() -> float:
    """Return the CPU seconds of one run of the model as a fit makes it: 1,000 organisations, records and toolkit."""
    plan = planned(read_scenario("historical"), providers=1000, innovations=["dscr", "dspt"], monthly=False)
    one_run(plan, 0)
    began = time.process_time()
    for number in range(1, 6):
        one_run(plan, number)
    return (time.process_time() - began) / 5


if __name__ == "__main__":
    main()
