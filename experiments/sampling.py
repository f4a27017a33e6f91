"""Samples for sensitivity analysis: SALib's designs on the unit cube, as values of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.results.statistics.sensitivity import LEVELS, OAT_SHARES, TAIL, Layout

from .compositions import Composition
from .factors import Factor, problem_of, values_at

LEAST_TRAJECTORIES, LEAST_POINTS = 4, 50
MOST_SAMPLES = 1_000_000


def checked_samples(method: str, samples: int) -> int:
    """Refuse a sample that a method cannot use; Sobol's sequence is balanced at powers of two only."""
    least = {"morris": LEAST_TRAJECTORIES, "sobol": 16, "pawn": LEAST_POINTS, "emulator": 32}.get(method, 1)
    what = {"morris": "trajectories", "sobol": "base samples"}.get(method, "points")
    if not least <= samples <= MOST_SAMPLES:
        raise BadInputError(f"--samples is {samples}: {method} needs {least} to {MOST_SAMPLES:,} {what}.")
    if method in ("sobol", "emulator") and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        near = below if samples - below <= 2 * below - samples else 2 * below
        raise BadInputError(f"--samples is {samples}: Sobol's sequence needs a power of two, the nearest is {near}.")
    return samples


def salib_seed(seed: int) -> int:
    """Return a seed that SALib takes for one: it takes 0 for none."""
    return 1 + int(np.random.SeedSequence(seed).generate_state(1)[0]) % (2**31 - 2)


def layout_of(
    method: str, factors: Sequence[Factor], samples: int, seed: int, second: bool = False, by_group: bool = False
) -> tuple[Layout, list[dict[str, Any]]]:
    """Return a sample and the values of what is varied at each of its points."""
    if method == "oat":
        return one_at_a_time(factors)
    if by_group:
        factors = sorted(factors, key=lambda factor: factor.group)
    problem = problem_of(factors, by_group)
    names = tuple(dict.fromkeys(problem["groups"]))
    if by_group and len(names) < 2:
        raise BadInputError(f"All that is varied belongs to {names[0]}: at least 2 groups are needed.")
    cube = sampled(method, problem, samples, salib_seed(seed), second)
    values = values_at(factors, TAIL + (1 - 2 * TAIL) * cube if method == "morris" else cube)
    dummies = {
        "morris": np.arange(len(names), len(cube), len(names) + 1),  # the last point of each trajectory
        "sobol": np.arange(0, len(cube), (2 * len(names) if second else len(names)) + 2),  # A
    }.get(method, np.empty(0, int))
    return Layout(method, names, problem, cube, samples, second, pd.DataFrame(values), dummies), values


def sampled(method: str, problem: dict[str, Any], samples: int, seed: int, second: bool) -> np.ndarray:
    """Return SALib's points of the unit cube."""
    if method == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem, samples, num_levels=LEVELS, seed=seed))
    if method == "sobol":
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem, samples, calc_second_order=second, seed=seed))
    if method == "pawn":
        from SALib.sample import latin

        return np.asarray(latin.sample({**problem, "groups": None}, samples, seed=seed))
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(problem["num_vars"], rng=np.random.default_rng(seed)).random(samples))


def one_at_a_time(factors: Sequence[Factor]) -> tuple[Layout, list[dict[str, Any]]]:
    """Return the medians, then each parameter (each weight of a composition) at each of OAT_SHARES alone."""
    usual: dict[str, Any] = {}
    for factor in factors:
        usual |= _middle(factor)
    values, names = [usual], []
    for factor in factors:
        for member in factor.members:
            names.append(member)
            values += [usual | factor.with_one_at(member, share) for share in OAT_SHARES]
    problem = {"num_vars": len(names), "names": names, "groups": names, "bounds": [[0.0, 1.0]] * len(names)}
    inputs = pd.DataFrame(values)
    return Layout(
        "oat", tuple(names), problem, np.empty((len(values), 0)), len(values), False, inputs, np.array([0])
    ), values


def _middle(factor: Factor) -> dict[str, Any]:
    """Return a factor at its median; of weights that share out a whole at their mean."""
    if isinstance(factor.over, Composition):
        total = sum(factor.over.concentration)
        return {name: own / total for name, own in zip(factor.members, factor.over.concentration, strict=True)}
    return factor.with_one_at(factor.name, 0.5)
