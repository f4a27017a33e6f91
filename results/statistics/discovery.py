"""Scenario discovery: under which uncertain conditions a policy fails, by PRIM and by a classification tree.

PRIM (the patient rule induction method, Friedman & Fisher 1999; Bryant & Lempert 2010) peels away conditions under
which failure is rare until a box is left in which it is frequent. Density is the share of points in the box that fail,
coverage the share of all failures that lie in the box. A box looks better at the points from which it was made than at
others: it is found again from random halves, and judged at the halves that it has not seen.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError

from ..arrays import Flags, Floats

FEWEST = 10
"""Failures, and successes, below which nothing can be learned about them."""
PEEL = 0.05
SPLITS = 20
MOST_BOXES = 3
LEAST_COVERAGE = 0.3
"""A box that holds less of the failures explains too little to be told."""
DEPTH = 3
LEVEL = 0.05
MOST_LIMITS = 5
"""Parameters that one box may restrict: more than a few cannot be told."""


class Box(NamedTuple):
    """Conditions under which a policy often fails."""

    limits: dict[str, tuple[float, float]]
    """Range of each parameter that is restricted; infinite where one side is open."""
    points: int
    coverage: float
    density: float
    unseen_coverage: float
    """The same at points from which the box was not made, mean over halves."""
    unseen_density: float
    found_again: dict[str, float]
    """In which share of the halves each parameter was restricted."""


class Discovery(NamedTuple):
    """When a policy fails."""

    points: pd.DataFrame
    """Values of the parameters, the outcome, and whether it fails."""
    share: float
    boxes: tuple[Box, ...]
    trajectory: pd.DataFrame
    """Coverage and density on the way to the first box."""
    rules: tuple[tuple[str, float, int], ...]
    """Leaves of the tree in words, share that fails and points, the worst first."""
    tree_accuracy: float
    """Balanced accuracy at points that it has not seen, 5 folds."""


def discovered(points: pd.DataFrame, outcome: Floats, fails: Flags) -> Discovery:
    """Return when a policy fails: `points` has a row a point, `fails` says where.

    Raises BadInputError where the extra with PRIM is not installed.
    """
    held = points.assign(outcome=outcome, fails=fails)
    share = float(fails.mean())
    if min(fails.sum(), (~fails).sum()) < FEWEST:
        return Discovery(held, share, (), pd.DataFrame(), (), np.nan)
    boxes, trajectory = boxes_of(points, fails)
    rules, accuracy = tree_of(points, fails)
    return Discovery(held, share, boxes, trajectory, rules, accuracy)


def peeled(
    points: pd.DataFrame, fails: Flags, most: int = MOST_BOXES
) -> list[tuple[dict[str, tuple[float, float]], pd.DataFrame]]:
    """Return boxes one after the other, each from the points that those before it left, with its peeling trajectory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the workbench tells of each optional package that is not there
            from ema_workbench.analysis import prim
    except ImportError:
        raise BadInputError("PRIM needs the extra ema: pip install 'carespread[ema]'.") from None
    import logging

    logging.getLogger("EMA").setLevel(logging.ERROR)
    points = points[leading(points, fails)]
    if not len(points.columns):
        return []
    # version 2 (Python 3.11) asks for a density below which it tells of no box; version 3 knows none
    asked = {"threshold": 0.1} if "threshold" in inspect.signature(prim.Prim).parameters else {}
    search = prim.Prim(points.reset_index(drop=True), fails.astype(bool), peel_alpha=PEEL, **asked)
    made = []
    for _ in range(most):
        box = search.find_box()
        if box is None:
            break
        trajectory = box.peeling_trajectory
        balance = trajectory["coverage"] * trajectory["density"] / (trajectory["coverage"] + trajectory["density"])
        best = int(balance.fillna(0).to_numpy().argmax())
        box.select(best)
        table = box.box_lims[best]
        limits = {}
        for name in points.columns:
            low, high = float(table[name].iloc[0]), float(table[name].iloc[1])
            own = points[name]
            ends = (low if low > own.min() else -np.inf, high if high < own.max() else np.inf)
            if ends != (-np.inf, np.inf):
                limits[str(name)] = ends
        limits = without_idle(points, fails, limits)
        made.append((limits, trajectory))
    return made


def leading(points: pd.DataFrame, fails: Flags) -> list[str]:
    """Return the few parameters whose values differ most where a policy fails (Kolmogorov-Smirnov, p < .05 for all).

    Peeling at fifty parameters finds a box in anything: only those that differ by themselves are peeled.
    """
    from scipy.stats import ks_2samp

    found = {str(name): float(ks_2samp(points[name][fails], points[name][~fails]).pvalue) for name in points.columns}
    return sorted(
        (name for name, chance in found.items() if chance < LEVEL / len(found)), key=lambda name: found[name]
    )[:MOST_LIMITS]


def without_idle(
    points: pd.DataFrame, fails: Flags, limits: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return a box without the restrictions that do nothing: those without which failures would be as dense.

    The quasi-p-value of Bryant & Lempert (2010): the chance of so many failures in the box if their density were that
    of the box without the restriction.
    """
    from scipy.stats import binom

    kept = dict(limits)
    while kept:
        held = inside(points, kept)
        chances = {}
        for name in kept:
            wider = inside(points, {other: ends for other, ends in kept.items() if other != name})
            chances[name] = float(binom.sf(fails[held].sum() - 1, held.sum(), fails[wider].mean()))
        worst = max(chances, key=lambda name: chances[name])
        if chances[worst] < LEVEL:
            return kept
        kept.pop(worst)
    return kept


def inside(points: pd.DataFrame, limits: dict[str, tuple[float, float]]) -> Flags:
    """Return which points lie in a box."""
    kept = np.ones(len(points), bool)
    for name, (low, high) in limits.items():
        kept &= ((points[name] >= low) & (points[name] <= high)).to_numpy()
    return kept


def boxes_of(points: pd.DataFrame, fails: Flags) -> tuple[tuple[Box, ...], pd.DataFrame]:
    """Return the boxes that explain failures, each judged at points that it has not seen."""
    found = peeled(points, fails)
    if not found:
        return (), pd.DataFrame()
    halves = _halves(points, fails)
    boxes = []
    for place, (limits, _) in enumerate(found):
        kept = inside(points, limits)
        coverage = float(fails[kept].sum() / fails.sum())
        if not limits or (place and coverage < LEAST_COVERAGE):
            continue
        again = halves if place == 0 else []
        names = {name: float(np.mean([name in one[0] for one in again])) for name in limits} if again else {}
        boxes.append(
            Box(
                limits,
                int(kept.sum()),
                coverage,
                float(fails[kept].mean()) if kept.any() else np.nan,
                float(np.nanmean([one[1] for one in again])) if again else np.nan,
                float(np.nanmean([one[2] for one in again])) if again else np.nan,
                names,
            )
        )
    return tuple(boxes), found[0][1]


def _halves(points: pd.DataFrame, fails: Flags) -> list[tuple[dict[str, Any], float, float]]:
    """Return, for random halves, the first box found in one half, and its coverage and density in the other."""
    random = np.random.default_rng(1)
    made: list[tuple[dict[str, Any], float, float]] = []
    for _ in range(SPLITS):
        seen = np.zeros(len(points), bool)
        seen[random.permutation(len(points))[: len(points) // 2]] = True
        if min(fails[seen].sum(), (~fails[seen]).sum()) < 2:
            continue
        found = peeled(points[seen], fails[seen], most=1)
        limits = found[0][0] if found else {}
        kept, unseen = inside(points[~seen], limits), fails[~seen]
        coverage = float(unseen[kept].sum() / unseen.sum()) if unseen.any() else np.nan
        made.append((limits, coverage, float(unseen[kept].mean()) if kept.any() else np.nan))
    return made


def tree_of(points: pd.DataFrame, fails: Flags) -> tuple[tuple[tuple[str, float, int], ...], float]:
    """Return the leaves of a small classification tree in words, and how well it does at points it has not seen."""
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=max(5, len(points) // 40), class_weight="balanced", random_state=1
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    accuracy = float(cross_val_score(model, points, fails, cv=folds, scoring="balanced_accuracy").mean())
    tree = model.fit(points, fails).tree_
    leaves: list[tuple[str, float, int]] = []
    at_leaf = model.apply(points)

    def walk(node: int, limits: dict[str, tuple[float, float]]) -> None:
        if tree.children_left[node] == -1:
            here = at_leaf == node
            leaves.append((box_words(limits) or "everywhere", float(fails[here].mean()), int(here.sum())))
            return
        name, cut = str(points.columns[tree.feature[node]]), float(tree.threshold[node])
        low, high = limits.get(name, (-np.inf, np.inf))
        walk(tree.children_left[node], {**limits, name: (low, min(high, cut))})
        walk(tree.children_right[node], {**limits, name: (max(low, cut), high)})

    walk(0, {})
    return tuple(sorted(leaves, key=lambda leaf: -leaf[1])), accuracy


def box_words(limits: dict[str, tuple[float, float]]) -> str:
    """Return a box in plain words."""
    return " and ".join(f"{name.replace('_', ' ')} {range_words(*ends)}" for name, ends in limits.items())


def range_words(low: float, high: float) -> str:
    """Return a range of which one end may be open."""
    if np.isinf(low):
        return f"below {high:.3g}"
    return f"above {low:.3g}" if np.isinf(high) else f"between {low:.3g} and {high:.3g}"
