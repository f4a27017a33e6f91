"""Simple curves that a model of thousands of organisations must beat: a straight line, a constant hazard, Bass,
Gompertz, logistic, each fitted by least squares to the same points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """One curve."""

    name: str
    parameters: int
    value: Callable[..., np.ndarray]
    """Share at months since the first point, from the share there and the parameters."""
    starts: tuple[tuple[float, ...], ...]
    """Where the search begins."""


def line(t: np.ndarray, first: float, slope: float) -> np.ndarray:
    """Return first + slope t, at most 1."""
    return np.minimum(1.0, first + slope * t)


def constant_hazard(t: np.ndarray, first: float, rate: float) -> np.ndarray:
    """Return 1 - (1 - first) exp(-rate t)."""
    return 1.0 - (1.0 - first) * np.exp(-abs(rate) * t)


def bass(t: np.ndarray, first: float, p: float, q: float) -> np.ndarray:
    """Return Bass' F(t) begun at `first`: dF/dt = (p + q F)(1 - F)."""
    p, q = abs(p) + 1e-9, abs(q)
    c = (p + q * first) / (1.0 - first)
    grown = c * np.exp((p + q) * t)
    return (grown - p) / (grown + q)


def logistic(t: np.ndarray, first: float, rate: float, ceiling: float) -> np.ndarray:
    """Return the logistic curve through `first` with a ceiling in (first, 1]."""
    top = first + (1.0 - first) / (1.0 + math.exp(-min(ceiling, 50.0)))
    return top / (1.0 + (top / first - 1.0) * np.exp(-abs(rate) * t))


def gompertz(t: np.ndarray, first: float, rate: float, ceiling: float) -> np.ndarray:
    """Return the Gompertz curve through `first` with a ceiling in (first, 1]."""
    top = first + (1.0 - first) / (1.0 + math.exp(-min(ceiling, 50.0)))
    return top * (first / top) ** np.exp(-abs(rate) * t)


CURVES = (
    Curve("straight line", 1, line, ((0.008,),)),
    Curve("constant hazard", 1, constant_hazard, ((0.015,),)),
    Curve("Bass", 2, bass, ((0.01, 0.01), (0.001, 0.05), (0.02, 0.0001))),
    Curve("Gompertz", 2, gompertz, ((0.03, 1.0), (0.08, -1.0), (0.01, 4.0))),
    Curve("logistic", 2, logistic, ((0.03, 1.0), (0.08, -1.0), (0.02, 4.0))),
)


def fitted_curve(curve: Curve, t: np.ndarray, values: np.ndarray, first: float) -> tuple[np.ndarray, float]:
    """Return the parameters of least squares, and the residual standard deviation (at least 1 point)."""
    from scipy.optimize import least_squares

    best = min(
        (least_squares(lambda p: curve.value(t, first, *p) - values, start, max_nfev=2000) for start in curve.starts),
        key=lambda found: float(found.cost),
    )
    freedom = max(1, len(values) - curve.parameters)
    return best.x, max(0.01, math.sqrt(2.0 * best.cost / freedom))


def interval_score(value: float, low: float, high: float, level: float = 0.9) -> float:
    """Return the interval score of a central interval (Gneiting & Raftery 2007): width, and a penalty outside."""
    outside = 1.0 - level
    return (high - low) + 2 / outside * max(0.0, low - value) + 2 / outside * max(0.0, value - high)


def crps(draws: np.ndarray, value: float) -> float:
    """Return the continuous ranked probability score of draws: mean |x - y| - mean |x - x'|/2."""
    ordered = np.sort(np.asarray(draws, float))
    many = len(ordered)
    weights = 2.0 * np.arange(1, many + 1) - many - 1.0
    spread = float((weights * ordered).sum()) * 2.0 / many**2
    return float(np.abs(ordered - value).mean() - spread / 2.0)
