"""Predicts one datum at points of the prior, and how unsure it is: every number linearly, the fitted ones freely.

A ridge regression (BayesianRidge) takes what all numbers do, the fitted ones with their squares and products; a
Gaussian process takes what is left over the fitted numbers. It is trained on what the regression misses at points that
it has not seen, so its noise is that of single predictions: chance, and whatever the other numbers do that is not
linear. That noise is counted here, and nowhere else.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

MOST_TRAINED = 250
"""Points that a Gaussian process is fitted to: its cost grows with their cube."""
FOLDS, MOST_STEPS = 5, 15


class Emulator(NamedTuple):
    """What predicts one datum."""

    regression: Any
    process: Any
    fitted: int
    """How many numbers come first that the process sees."""

    def predict(self, cube: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of the datum in a single run at points (n, dimensions)."""
        base = self.regression.predict(features(cube, self.fitted))
        mean, deviation = self.process.predict(cube[:, : self.fitted], return_std=True)
        return base + mean, deviation


def features(cube: np.ndarray, fitted: int) -> np.ndarray:
    """Return all numbers about their middle, and squares and products of the first `fitted`."""
    about = cube - 0.5
    first, second = np.triu_indices(fitted)
    return np.hstack([about, about[:, first] * about[:, second]])


def few_steps(objective: Any, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """Return scales that make the data likely: a few steps, since the last digits of a scale move no prediction."""
    from scipy.optimize import minimize

    found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": MOST_STEPS})
    return found.x, float(found.fun)


def emulated(cube: np.ndarray, values: np.ndarray, fitted: int) -> Emulator:
    """Return the emulator of a datum with `values` (points,) at points (points, dimensions)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.linear_model import BayesianRidge
    from sklearn.model_selection import cross_val_predict

    inputs = features(cube, fitted)
    missed = values - cross_val_predict(BayesianRidge(), inputs, values, cv=min(FOLDS, len(values)))
    kernel = ConstantKernel(0.5, (1e-3, 1e2)) * RBF(np.ones(fitted), (0.3, 100.0)) + WhiteKernel(0.5, (1e-5, 10.0))
    process = GaussianProcessRegressor(kernel, optimizer=few_steps, normalize_y=True, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a scale at its end: the number does nothing here
        process.fit(cube[-MOST_TRAINED:, :fitted], missed[-MOST_TRAINED:])
    return Emulator(BayesianRidge().fit(inputs, values), process, fitted)
