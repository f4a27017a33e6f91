"""A statistical model of the model, for small budgets: never without its own error.

Two kinds are tried, a Gaussian process and gradient-boosted trees (scikit-learn); the one that predicts points better
that it has not seen (five-fold cross-validation) is taken, and says how well it does.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats

FOLDS = 5
REFITS = 12
"""Fits to resampled points that show how sure an emulator is."""
CHUNK = 20_000
NAMES = {"gp": "Gaussian process", "trees": "gradient-boosted trees"}


class Emulator(NamedTuple):
    """A fitted emulator of means over seeds."""

    kind: str
    model: Any
    q2: float
    """Share of the variance of unseen points that it predicts: 1 is perfect, 0 no better than the mean."""
    error: float
    """Root mean squared error at unseen points, in the unit of the outcome."""
    others: dict[str, float]
    """Share predicted by each kind that was tried."""
    cube: Floats
    values: Floats
    """Shape (points, K)."""

    def predict(self, cube: Floats) -> Floats:
        """Return the outcome at points of the unit cube."""
        return predicted(self.model, cube)

    def again(self, cube: Floats) -> Iterator[Floats]:
        """Yield what the same kind predicts when fitted to resampled points and seeds."""
        random = np.random.default_rng(1)
        points, seeds = self.values.shape
        for _ in range(REFITS):
            rows, drawn = random.integers(points, size=points), random.integers(seeds, size=seeds)
            model = like(self.model).fit(self.cube[rows], self.values[rows][:, drawn].mean(axis=1))
            yield predicted(model, cube)


def fitted(cube: Floats, values: Floats) -> Emulator:
    """Return the better of the two emulators for outcomes of shape (points, K)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import KFold, cross_val_predict

    mean = values.mean(axis=1)
    found = {}
    for name in NAMES:
        with warnings.catch_warnings():
            # a length scale at its upper end is how a Gaussian process says that a parameter does nothing
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = blank(name, cube.shape[1]).fit(cube, mean)
        folds = KFold(FOLDS, shuffle=True, random_state=1)
        unseen = cross_val_predict(like(model), cube, mean, cv=folds)
        found[name] = (model, float(np.sqrt(np.mean((unseen - mean) ** 2))))
    best = min(found, key=lambda name: found[name][1])
    model, error = found[best]
    shares = {NAMES[name]: 1.0 - one[1] ** 2 / float(mean.var()) for name, one in found.items()}
    return Emulator(NAMES[best], model, shares[NAMES[best]], error, shares, cube, values)


def blank(name: str, dimensions: int) -> Any:
    """Return an emulator of a kind, not fitted."""
    if name == "trees":
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(
            max_iter=300, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=10, l2_regularization=1.0,
            random_state=1,
        )  # fmt: skip
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(np.full(dimensions, 2.0), (0.1, 1e3)) + WhiteKernel(
        0.1, (1e-6, 10.0)
    )
    return GaussianProcessRegressor(kernel, normalize_y=True, random_state=1)


def like(model: Any) -> Any:
    """Return the same kind of emulator, not fitted; the scales of a Gaussian process stay as they were found."""
    from sklearn.base import clone

    made = clone(model)
    if hasattr(model, "kernel_"):
        made.set_params(kernel=model.kernel_, optimizer=None)
    return made


def predicted(model: Any, cube: Floats) -> Floats:
    """Return predictions, in pieces that fit into memory."""
    return np.concatenate([model.predict(cube[first : first + CHUNK]) for first in range(0, len(cube), CHUNK)])
