"""What observations say of parameters: regression-adjusted approximate Bayesian computation, and checks on it.

Draws of the parameters from the prior (shares of the unit cube) with their simulated summaries are the whole input.
Every simulated summary gets the error of its observation, so that the posterior is that of a model with this error
(Wilkinson 2013); what is only known to be above or below a limit is cut there, in data and simulations alike. Draws
whose summaries lie nearest are kept with Epanechnikov weights, and a local-linear regression takes away what their
distance from the observation did to their parameters (Beaumont, Zhang & Balding 2002), on the logit scale so that no
draw leaves its prior.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from carespread.model import BadInputError

from ..arrays import Array, Floats, Wholes

EDGE = 1e-4
"""How near to an end of the prior a draw may come."""
MOST_LEVERAGE = 0.8
"""How much of its own fit a draw may be thought to decide."""
RANKED, BINS, LIMIT = 99, 20, 36.19
"""Simulation-based calibration: posterior draws among which the truth is ranked, bins, and the 99 % point of chi-square
with 19 degrees of freedom (Talts et al. 2018).
"""


class Observed(NamedTuple):
    """What was observed: arrays of one length."""

    values: Floats
    errors: Floats
    """Standard deviation of observation and model discrepancy together."""
    censored: Array
    """1 where only "more than the value" is known, -1 where only "less than", 0 elsewhere."""

    def cut(self, summaries: Floats) -> Floats:
        """Return summaries with what lies beyond a limit put onto it."""
        above = np.where(self.censored > 0, np.minimum(summaries, self.values), summaries)
        return np.where(self.censored < 0, np.maximum(above, self.values), above)


class Posterior(NamedTuple):
    """Weighted draws."""

    draws: Floats
    """Shares of the prior, shape (n, parameters)."""
    weights: Floats
    """Add to 1."""

    @property
    def effective(self) -> float:
        """How many independent draws they are worth."""
        return float(1.0 / (self.weights**2).sum())

    def sample(self, many: int, seed: int) -> Floats:
        """Return draws of equal weight, shape (many, parameters)."""
        random = np.random.default_rng(seed)
        return self.draws[random.choice(len(self.draws), size=many, p=self.weights)]


def regression_abc(
    cube: Floats, summaries: Floats, observed: Observed, *, kept: int, seed: int, adjust: bool = True
) -> Posterior:
    """Return the posterior from draws `cube` (n, parameters) of the prior and their `summaries` (n, data).

    The `kept` nearest draws count. Raises BadInputError where fewer are there than a regression needs.
    """
    many, width = summaries.shape
    if kept > many or kept < 3 * (width + 1):
        raise BadInputError(
            f"{kept} of {many} draws are kept for {width} data: at least {3 * (width + 1)} are needed. Ask for a larger"
            " --budget."
        )
    random = np.random.default_rng(seed)
    noisy = observed.cut(summaries + random.normal(size=summaries.shape) * observed.errors)
    scale = np.maximum(noisy.std(axis=0), 1e-12)
    apart = (noisy - observed.values) / scale
    distance = np.sqrt((apart**2).sum(axis=1))
    near = np.argsort(distance, kind="stable")[:kept]
    reach = max(float(distance[near[-1]]), 1e-12) * (1 + 1e-9)
    weights = 1.0 - (distance[near] / reach) ** 2
    weights = np.maximum(weights, 1e-9) / np.maximum(weights, 1e-9).sum()
    draws = cube[near]
    if adjust:
        draws = adjusted(draws, apart[near], weights)
    return Posterior(draws, weights)


def adjusted(draws: Floats, apart: Floats, weights: Floats) -> Floats:
    """Return draws as they would be if their summaries were those observed, by weighted least squares on logits.

    What is left of each draw is what a regression without it would have left: few draws are not taken for more than
    they are.
    """
    inside = np.clip(draws, EDGE, 1 - EDGE)
    logits = np.log(inside / (1 - inside))
    design = np.hstack([np.ones((len(apart), 1)), apart])
    root = np.sqrt(weights)[:, None]
    ridge = 1e-6 * np.eye(design.shape[1])
    inverse = np.linalg.inv((design * root).T @ (design * root) + ridge)
    fitted = inverse @ (design * root).T @ (logits * root)
    leverage = ((design * root) @ inverse * (design * root)).sum(axis=1)
    moved = fitted[0] + (logits - design @ fitted) / (1.0 - np.minimum(leverage, MOST_LEVERAGE))[:, None]
    return np.asarray(1.0 / (1.0 + np.exp(-moved)), float)


def rank_of(truth: Floats, posterior: Posterior, seed: int) -> Wholes:
    """Return the rank of each true value among RANKED draws of the posterior: 0 to RANKED."""
    return np.asarray((posterior.sample(RANKED, seed) < truth).sum(axis=0))


def uniformity(ranks: Wholes) -> float:
    """Return chi-square of ranks over BINS bins: below LIMIT in 99 of 100 studies if the posterior is right."""
    counts = np.bincount(np.asarray(ranks) * BINS // (RANKED + 1), minlength=BINS)
    expected = len(ranks) / BINS
    return float(((counts - expected) ** 2 / expected).sum())


def interval(posterior: Posterior, share: float = 0.9, widen: float = 1.0) -> Floats:
    """Return the central interval of each parameter, shape (2, parameters), widened about its median by a factor."""
    order = np.argsort(posterior.draws, axis=0)
    made = []
    for column in range(posterior.draws.shape[1]):
        values = posterior.draws[order[:, column], column]
        shares = np.cumsum(posterior.weights[order[:, column]])
        low, middle, high = (values[min(np.searchsorted(shares, at), len(values) - 1)]
                             for at in ((1 - share) / 2, 0.5, (1 + share) / 2))  # fmt: skip
        made.append((max(0.0, middle - widen * (middle - low)), min(1.0, middle + widen * (high - middle))))
    return np.array(made).T
