"""What packages that were not run would have given: fitted in Python, evaluated alike in a page from plain arrays.

What a package changes against doing nothing is a long row of numbers. Blocks of it (benefit by year, adoption by half
year, ...) move together, so each block is a few components; each component is a curve for every option alone, added up,
and a Gaussian process on what adding up leaves. `estimate` is the definition: policy.js does the same sums on the same
arrays, and a test compares them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats

KEPT_VARIANCE = 0.9995
"""Share of a block's sum of squares that its components keep."""
MOST_COMPONENTS = 5
MOST_TUNED = 260
"""Packages on which the scales of a Gaussian process are found; all are used to fit it."""
STEPS = 15
"""Steps of that search."""
DIGITS = 7
PENALTIES = np.logspace(-5, 2, 15)


class Setting(NamedTuple):
    """Where packages lie: the level of each option, for whom, and in which future."""

    levels: Floats
    """Shape (packages, options), 0 to 1."""
    target: Floats
    """One column a target group, 1 where it is meant: shape (packages, targets)."""
    future: Floats
    """Regulation and economy, -1 tight to 1 supportive: shape (packages, 2)."""

    @property
    def inputs(self) -> Floats:
        """What a Gaussian process sees, shape (packages, dimensions)."""
        return np.hstack([self.levels, self.target, self.future])

    def chosen(self, rows: Any) -> Setting:
        """Return some of the packages."""
        return Setting(self.levels[rows], self.target[rows], self.future[rows])


def features(setting: Setting) -> Floats:
    """Return the terms of the additive part, shape (packages, options x (2 targets + 2)).

    For each option its level and the square, for each target group, and the level in each future: 0 where no option is
    pulled, so that doing nothing changes nothing.
    """
    u = setting.levels[:, :, None]
    terms = [u * setting.target[:, None, :], u**2 * setting.target[:, None, :], u * setting.future[:, None, :]]
    return np.concatenate(terms, axis=2).reshape(len(setting.levels), -1)


def rounded(values: Floats, digits: int = DIGITS) -> list[Any]:
    """Return numbers with so many digits that count, as plain lists."""
    flat = [float(f"{value:.{digits}g}") for value in np.asarray(values, float).ravel()]
    return list(np.array(flat).reshape(np.shape(values)).tolist())


def components(block: Floats) -> tuple[Floats, Floats]:
    """Return scores, shape (packages, k), and basis, shape (k, numbers), whose product is nearly the block."""
    left, sizes, right = np.linalg.svd(block, full_matrices=False)
    share = np.cumsum(sizes**2) / max(float((sizes**2).sum()), 1e-300)
    k = min(MOST_COMPONENTS, len(sizes), 1 + int(np.searchsorted(share, KEPT_VARIANCE)))
    # a component has no sign of its own
    signs = np.sign(right[np.arange(k), np.abs(right[:k]).argmax(axis=1)])
    return left[:, :k] * sizes[:k] * signs, right[:k] * signs[:, None]


def fitted(setting: Setting, blocks: Mapping[str, Floats]) -> dict[str, Any]:
    """Return an emulator of blocks, each of shape (packages, numbers), as plain lists that `estimate` reads."""
    import sklearn.gaussian_process  # noqa: F401 - what is loaded later keeps threads of its own
    from threadpoolctl import threadpool_limits

    inputs, terms = setting.inputs, features(setting)
    parts: list[dict[str, Any]] = []
    bases = {}
    with threadpool_limits(1):  # small matrices: threads would wait for each other, and add up in another order
        for name, block in blocks.items():
            scores, basis = components(np.asarray(block, float))
            bases[name] = {"first": len(parts), "basis": rounded(basis)}
            parts += [component(inputs, terms, one) for one in scores.T]
    return {"inputs": rounded(inputs), "parts": parts, "blocks": bases}


def component(inputs: Floats, terms: Floats, scores: Floats) -> dict[str, Any]:
    """Return one component: the terms' coefficients, and a Gaussian process on what they leave."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.linear_model import RidgeCV

    spread = float(np.sqrt(np.mean(scores**2))) or 1.0
    ridge = RidgeCV(PENALTIES, fit_intercept=False).fit(terms, scores / spread)
    left = scores / spread - ridge.predict(terms)
    size = float(left.std()) or 1e-9
    width = np.full(inputs.shape[1], 1.5)
    kernel = ConstantKernel(1.0, (1e-3, 1e2)) * RBF(width, (0.2, 50.0)) + WhiteKernel(0.1, (1e-4, 1.0))
    tuned = np.linspace(0, len(left) - 1, min(MOST_TUNED, len(left))).astype(int)
    with warnings.catch_warnings():
        # a length scale at its upper end is how a Gaussian process says that an option does nothing
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = GaussianProcessRegressor(kernel, optimizer=climbed).fit(inputs[tuned], left[tuned] / size)
        process = GaussianProcessRegressor(found.kernel_, optimizer=None).fit(inputs, left / size)
    signal = process.kernel_.k1
    weights = process.alpha_ * float(signal.k1.constant_value) * size * spread
    return {
        "terms": rounded(ridge.coef_ * spread),
        "weights": rounded(weights),
        "widths": rounded(1 / np.asarray(signal.k2.length_scale)),
    }


def climbed(objective: Any, start: Floats, bounds: Floats) -> tuple[Floats, float]:
    """Return scales that are likelier than those at the start: a few steps, for the last digits change nothing."""
    from scipy.optimize import minimize

    found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS})
    return found.x, float(found.fun)


def scores_at(emulator: Mapping[str, Any], setting: Setting) -> Floats:
    """Return the components of packages, shape (packages, components); doing nothing has none."""
    inputs, terms, known = setting.inputs, features(setting), np.asarray(emulator["inputs"])
    made = np.zeros((len(inputs), len(emulator["parts"])))
    for k, part in enumerate(emulator["parts"]):
        widths = np.asarray(part["widths"])
        apart = (((inputs[:, None, :] - known[None]) * widths) ** 2).sum(axis=2)
        made[:, k] = terms @ np.asarray(part["terms"]) + np.exp(-apart / 2) @ np.asarray(part["weights"])
    made[~setting.levels.any(axis=1)] = 0.0
    return made


def block_of(emulator: Mapping[str, Any], name: str, scores: Floats) -> Floats:
    """Return the numbers of a block from components, shape (packages, numbers)."""
    block = emulator["blocks"][name]
    basis = np.asarray(block["basis"])
    return np.asarray(scores[:, block["first"] : block["first"] + len(basis)] @ basis)


def estimate(emulator: Mapping[str, Any], name: str, setting: Setting) -> Floats:
    """Return a block of packages, shape (packages, numbers), as policy.js computes it."""
    return block_of(emulator, name, scores_at(emulator, setting))


def scores_of(emulator: Mapping[str, Any], blocks: Mapping[str, Floats]) -> Floats:
    """Return the components of packages that were run, shape (packages, components)."""
    # by their place, for a file may have sorted the names
    parts = sorted(emulator["blocks"].items(), key=lambda block: int(block[1]["first"]))
    return np.hstack([np.asarray(blocks[name]) @ np.asarray(one["basis"]).T for name, one in parts])


def errors(truth: Floats, said: Floats) -> tuple[float, float]:
    """Return the root mean squared error at packages that no fit has seen, and the same in % of the rms effect."""
    error = float(np.sqrt(np.mean((said - truth) ** 2)))
    effect = float(np.sqrt(np.mean(truth**2)))
    return error, 100 * error / effect if effect > 0 else 0.0


def ordered(truth: Sequence[Floats], said: Floats, clear: float = 3.0) -> tuple[int, int]:
    """Return how many pairs of packages are told apart by their runs, and how many of these are in the right order.

    `truth` has a row a package and a column a seed; a pair is told apart where the mean of its paired differences is
    `clear` standard errors from 0.
    """
    values = np.asarray(truth, float)
    apart = right = 0
    for at in range(len(values)):
        for other in range(at):
            gaps = values[at] - values[other]
            error = float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
            if abs(float(gaps.mean())) > clear * error:
                apart += 1
                right += int((said[at] > said[other]) == (gaps.mean() > 0))
    return apart, right
