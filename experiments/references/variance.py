"""V23, V24: shares of variance of two functions whose integrals are known, through the pipeline of `sensitivity`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from carespread.results.statistics.sensitivity import Layout, analysed

from ..sampling import salib_seed, sampled
from .runs import Compared, Runs

SAMPLES, SEED, WITHIN = 2048, 1, 0.02
G = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
ISHIGAMI = {"S1": (0.31391, 0.44241, 0.0), "ST": (0.55759, 0.44241, 0.24368)}


def ishigami(cube: np.ndarray) -> np.ndarray:
    """Return sin x1 + 7 sin^2 x2 + .1 x3^4 sin x1 on [-pi, pi]^3."""
    x = math.pi * (2.0 * cube - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_g(cube: np.ndarray) -> np.ndarray:
    """Return the product of (|4 x - 2| + a)/(1 + a)."""
    return np.asarray(np.prod((np.abs(4.0 * cube - 2.0) + np.array(G)) / (1.0 + np.array(G)), axis=1))


def exact_g() -> dict[str, tuple[float, ...]]:
    """Return the indices of Sobol's g from its variances 1/(3 (1 + a)^2) (Saltelli & Sobol 1995)."""
    own = np.array([1.0 / (3.0 * (1.0 + a) ** 2) for a in G])
    whole = np.prod(1.0 + own) - 1.0
    total = own * np.prod(1.0 + own) / (1.0 + own)
    return {"S1": tuple(own / whole), "ST": tuple(total / whole)}


def indices_of(function: str) -> pd.DataFrame:
    """Return what the pipeline says of a function: SALib's sample, the analysis of `sensitivity`."""
    work, many = {"ishigami": (ishigami, 3), "g": (sobol_g, len(G))}[function]
    names = [f"x{number + 1}" for number in range(many)]
    problem = {"num_vars": many, "names": names, "groups": names, "bounds": [[0.0, 1.0]] * many}
    cube = sampled("sobol", problem, SAMPLES, salib_seed(SEED), second=False)
    layout = Layout("sobol", tuple(names), problem, cube, SAMPLES, False, pd.DataFrame(cube), np.empty(0, int))
    return analysed(function, layout, work(cube)[:, None], None).table.set_index("parameter").loc[names]


def compared(runs: Runs, function: str, exact: Mapping[str, tuple[float, ...]], source: str) -> Iterator[Compared]:
    """Yield first-order and total indices beside the exact ones."""
    (table,) = runs.of(indices_of, [(function,)])
    for measure, values in exact.items():
        for name, value in zip(table.index, values, strict=True):
            yield Compared(f"{function}: {measure} of {name}", value, float(table.loc[name, measure]), WITHIN, source)


def ishigami_function(runs: Runs) -> Iterator[Compared]:
    """Return V23."""
    return compared(runs, "ishigami", ISHIGAMI, "Saltelli, a = 7, b = .1")


def g_function(runs: Runs) -> Iterator[Compared]:
    """Return V24."""
    return compared(runs, "g", exact_g(), "Saltelli & Sobol 1995")
