"""How much a sample of the providers adds to the chance of a run: the sector's outcome and the gain of four levers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from carespread.model.inputs import Inputs
from carespread.model.scenario import read_scenario
from carespread.model.simulate import simulate

LEVERS = {"training": 0.05, "grant": 0.5, "brokerage": 0.5, "senior_programme": 0.3}
"""Each pulled for everybody in all months."""


def outcomes(providers: int | str, seeds: int, levers: Sequence[str]) -> np.ndarray:
    """Return person-months of full benefit of England in ten years, shape (seeds, 1 + levers): without levers first."""
    sets = [{}, *({name: LEVERS[name]} for name in levers)]
    inputs = [Inputs.of(read_scenario("central"), providers=providers, set=one) for one in sets]

    def one_run(job: tuple[int, int]) -> float:
        seed, which = job
        return float(simulate(inputs[which], seed).monthly["outcome"].sum())

    jobs = [(seed, which) for seed in range(1, seeds + 1) for which in range(len(sets))]
    with ThreadPoolExecutor(2) as threads:
        return np.array(list(threads.map(one_run, jobs))).reshape(seeds, len(sets))


def ratios(sampled: int, seeds: int, of_all: int, levers: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the standard deviation over seeds at `sampled` providers, and that at all over it, by what varies."""
    made = {}
    small, whole = outcomes(sampled, seeds, levers), outcomes("all", of_all, levers)
    for number, name in enumerate(("outcome", *levers)):
        less = small[:, :1], whole[:, :1]
        few, every = (
            (runs[:, number] - (0 if number == 0 else base[:, 0])).std(ddof=1)
            for runs, base in zip((small, whole), less, strict=True)
        )
        made[name] = (float(few), float(few / every))
    return made
