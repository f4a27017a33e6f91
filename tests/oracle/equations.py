"""Equations that both the start and the months use."""

from __future__ import annotations

import math
from collections.abc import Iterable

WHOLE = 1 << 20
"""A share of 1, where shares are added up in whole parts."""


def whole(number: float, parts: int = WHOLE) -> int:
    """Return a number in whole parts, rounded half up."""
    return math.floor(number * parts + 0.5)


def pence(pounds: float) -> int:
    """Return an amount in whole pence."""
    return whole(pounds, 100)


def summed(numbers: Iterable[float]) -> float:
    """Return a sum from left to right (Python's own `sum` makes up for rounding)."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def mean(numbers: Iterable[float], weights: Iterable[float]) -> float:
    """Return a mean by weight, its sums exactly rounded."""
    both = list(zip(numbers, weights, strict=True))
    return math.fsum(number * weight for number, weight in both) / math.fsum(weight for _, weight in both)


def clipped(exponent: float) -> float:
    """Return an exponent within [-5, 5]."""
    return max(-5.0, min(5.0, exponent))


def bounded(slack: float) -> float:
    """Return Rt."""
    return slack / (1.0 + abs(slack))


def performance(rating: int, slack: float) -> float:
    """Return Perf: half the rating, half money."""
    return 0.5 * (rating + 2.0) / 3.0 + 0.5 * max(0.0, min(1.0, (slack + 1.0) / 4.0))


def blended(levels: tuple[float, ...], weights: tuple[float, ...], rho: float) -> float:
    """Return (4), leadership blended over senior leaders, managers and frontline staff."""
    w1, w2, w3 = weights
    total = w1 + w2 + w3
    if rho == 1.0:
        return (w1 * levels[0] + w2 * levels[1] + w3 * levels[2]) / total
    logs = [math.log(level) for level in levels]
    if abs(rho) < 1e-6:
        return math.exp((w1 * logs[0] + w2 * logs[1] + w3 * logs[2]) / total)
    top = rho * (min(logs) if rho < 0.0 else max(logs))
    e1, e2, e3 = (math.exp(rho * one - top) for one in logs)
    return math.exp((top + math.log((w1 * e1 + w2 * e2 + w3 * e3) / total)) / rho)


def trait(score: float) -> float:
    """Return the trait in [.01, 1] of a standard normal score: Beta(2, 2), stretched."""
    probability = 0.5 * math.erfc(-score / math.sqrt(2.0))
    return 0.01 + 0.99 * (0.5 - math.sin(math.asin(1.0 - 2.0 * probability) / 3.0))


def true_success(theta: float, theta_0: float, fit: float, skill: float) -> float:
    """Return (11b), the share of trials that work where fit and skill are not yet whole."""
    return theta_0 + (theta - theta_0) * (0.5 + 0.5 * fit) * (0.7 + 0.3 * skill)
