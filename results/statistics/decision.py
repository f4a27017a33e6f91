"""Statistics of decisions between options under uncertainty: intervals of pairs, net benefit, value of information.

Arrays of net benefit, outcome and cost have shape (draws, options); draws are paired: option by option the same draw
of parameters, structure or chance.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from carespread.model import BadInputError

from ..arrays import Floats

CONFIDENCE, POWER = 0.95, 0.8
MOST_PAIRS = 1e9
KNOTS, DEGREE = 6, 3
"""Of the splines with which net benefit is regressed on what one could learn (Strong, Oakley & Brennan 2014)."""
PAIR_KNOTS = 4
"""The same for each of two numbers, whose splines are multiplied."""
PENALTIES = np.logspace(-4, 4, 17)
"""From which cross-validation chooses that of the products: draws are fewer than what they could bend to."""
MOST_KNOWN = 2
TAIL = 0.1
"""Share of values that mean nothing from which the tail of all is read."""


class Interval(NamedTuple):
    """A mean of paired differences with its 95 % interval."""

    mean: float
    low: float
    high: float
    pairs: int
    detectable: float
    """The smallest effect that so many pairs would find in 4 of 5 studies."""

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


class Spread(NamedTuple):
    """How much single pairs vary by chance, and from how many differences that is known."""

    deviation: float
    free: int


def pooled_spread(groups: Sequence[ArrayLike]) -> Spread:
    """Return the spread within groups of pairs that vary alike; a group that does not vary tells nothing of it."""
    whole = [np.asarray(one, float) for one in groups if np.size(one) > 1 and np.ptp(one) > 0]
    free = sum(len(one) - 1 for one in whole)
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in whole)
    return Spread(math.sqrt(squares / free) if free else 0.0, free)


def paired_interval(differences: ArrayLike, tests: int = 1, spread: Spread | None = None) -> Interval:
    """Return the mean of differences and its t interval, wider where it is one of several `tests` (Bonferroni).

    Pairs without a number (NaN) do not count. Differences that vary at all vary as `spread` says, if it is given.
    """
    from scipy import stats

    values = np.asarray(differences, float)
    values = values[np.isfinite(values)]
    mean = float(values.mean()) if len(values) else math.nan
    if len(values) < 2:
        return Interval(mean, math.nan, math.nan, len(values), math.nan)
    own = Spread(float(values.std(ddof=1)), len(values) - 1)
    deviation, free = own if spread is None or own.deviation == 0 else spread
    error = deviation / math.sqrt(len(values))
    half = float(stats.t.ppf(1 - (1 - CONFIDENCE) / (2 * tests), free)) * error
    return Interval(mean, mean - half, mean + half, len(values), half + float(stats.t.ppf(POWER, free)) * error)


def replications_needed(differences: ArrayLike, half_width: float) -> int | None:
    """Return how many pairs give an interval of this half width, from the variance of those that there are.

    None where fewer than two pairs tell of a variance, or more than a billion would be needed. Raises BadInputError
    unless `half_width` is above 0.
    """
    from scipy import stats

    if not half_width > 0:
        raise BadInputError(f"The wanted half width is {half_width}: it must be above 0.")
    values = np.asarray(differences, float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return None
    deviation = float(values.std(ddof=1))
    needed = (float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * deviation / half_width) ** 2
    if needed > MOST_PAIRS:
        return None
    pairs = max(2, math.ceil(needed))
    while stats.t.ppf((1 + CONFIDENCE) / 2, pairs - 1) * deviation / math.sqrt(pairs) > half_width:
        pairs += 1  # few pairs know their variance badly
    return pairs


def saved_by_common_numbers(baseline: ArrayLike, other: ArrayLike) -> float:
    """Return how many times as many runs independent seeds would need for the same interval; NaN without variance."""
    one, two = np.asarray(baseline, float), np.asarray(other, float)
    kept = np.isfinite(one) & np.isfinite(two)
    if kept.sum() < 2:
        return math.nan
    together = float(np.var(two[kept] - one[kept], ddof=1))
    return float(np.var(one[kept], ddof=1) + np.var(two[kept], ddof=1)) / together if together > 0 else math.nan


def net_benefit(outcome: ArrayLike, cost: ArrayLike, worth: float) -> Floats:
    """Return worth x outcome - cost, in GBP; `worth` is GBP a person-month of full benefit."""
    return np.asarray(worth * np.asarray(outcome, float) - np.asarray(cost, float), float)


def chance_best(benefit: ArrayLike) -> Floats:
    """Return for each option the share of draws in which it is best; ties are shared."""
    values = checked_draws(benefit)
    best = values == values.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0), float)


def mean_regret(benefit: ArrayLike) -> Floats:
    """Return for each option what is lost on average by not having chosen the best of each draw, in GBP."""
    values = checked_draws(benefit)
    return np.asarray((values.max(axis=1, keepdims=True) - values).mean(axis=0), float)


def without_chance(values: ArrayLike, kept: ArrayLike = 0.0) -> Floats:
    """Return one row a draw in which only a share of chance is left, shape (draws, numbers).

    `values` has shape (draws, replications, numbers): numbers of each run that belong together, outcome and cost of
    each option. Means over a draw's replications vary by what was drawn and by chance; what replications of one draw
    differ by says how much by chance, so the rest is what was drawn. The means are moved towards their own mean by the
    one linear map that gives them the covariance of what was drawn, plus `kept` times that of one run's chance, and
    that moves them least (optimal transport between normal distributions). `kept` is 0 for what could be known and 1
    for one run as it is, for all numbers or each. With one draw all is chance. Raises BadInputError where there is one
    replication only, or a number is not finite.

    >>> noisy = np.random.default_rng(1).normal(size=(500, 2, 1))
    >>> bool(without_chance(noisy).std() < 0.2 * noisy.mean(axis=1).std())
    True
    """
    runs = np.asarray(values, float)
    if runs.ndim != 3 or 0 in runs.shape or runs.shape[1] < 2 or not np.isfinite(runs).all():
        raise BadInputError(
            "Draws must be finite numbers of shape (draws, replications, numbers), with at least two replications."
        )
    draws, replications, numbers = runs.shape
    scale = runs.reshape(-1, numbers).std(axis=0)
    scale[scale == 0] = 1.0  # numbers of different units weigh alike
    runs = runs / scale
    apart = runs - runs.mean(axis=1, keepdims=True)
    within = np.einsum("dri,drj->ij", apart, apart) / (draws * (replications - 1))
    if draws == 1:
        means, between, drawn = runs[0], within, np.zeros_like(within)
    else:
        means = runs.mean(axis=1)
        between = np.atleast_2d(np.cov(means, rowvar=False))
        drawn = _positive(between - within / replications)
    middle = means.mean(axis=0)
    share = np.sqrt(np.broadcast_to(np.asarray(kept, float), numbers))
    moved = (means - middle) @ _transport(between, drawn + share[:, None] * within * share)
    # many options and few draws: the covariance as a whole is rough, and too wide once it has no negative variances
    own = np.sqrt(np.maximum(np.diag(between - within / replications) if draws > 1 else 0.0, 0.0)
                  + share**2 * np.diag(within))  # fmt: skip
    spread = moved.std(axis=0, ddof=1)
    moved *= np.divide(own, spread, out=np.zeros(numbers), where=spread > 0)
    return np.asarray((middle + moved) * scale, float)


def _positive(matrix: Floats) -> Floats:
    """Return a symmetric matrix without its negative variances."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, float)


def _root(matrix: Floats, power: float) -> Floats:
    """Return a power of a covariance, on the directions in which anything varies."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    real = values > 1e-10 * max(float(values.max()), 1e-300)
    powers = np.where(real, np.where(real, values, 1.0) ** power, 0.0)
    return np.asarray((vectors * powers) @ vectors.T, float)


def _transport(of: Floats, to: Floats) -> Floats:
    """Return the symmetric map that gives what has the covariance `of` the covariance `to`."""
    root, inverse = _root(of, 0.5), _root(of, -0.5)
    return np.asarray(inverse @ _root(root @ to @ root, 0.5) @ inverse, float)


def evpi(benefit: ArrayLike) -> float:
    """Return the expected value of perfect information: mean of the best less best of the means, in GBP.

    Chance counts as information where it is in the draws: take it off first (`without_chance`).
    """
    values = checked_draws(benefit)
    return float(values.max(axis=1).mean() - values.mean(axis=0).max())


def evppi(benefit: ArrayLike, known: ArrayLike) -> float:
    """Return the expected value of knowing `known`, shape (draws,) or (draws, 2), and nothing else, in GBP.

    Net benefits are regressed on it with cubic splines, and their fits are compared (Strong, Oakley & Brennan 2014).
    Two numbers may act together: every product of their splines is there, with a penalty that cross-validation chooses.
    Raises BadInputError for more than two, which so many draws could not tell apart.
    """
    from sklearn.linear_model import LinearRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    values = checked_draws(benefit)
    inputs = np.asarray(known, float).reshape(len(values), -1)
    if inputs.shape[1] > MOST_KNOWN:
        raise BadInputError(
            f"The value of knowing {inputs.shape[1]} numbers together was asked for: at most {MOST_KNOWN} can be told."
        )
    inputs = inputs[:, np.ptp(inputs, axis=0) > 0]
    if not inputs.shape[1]:
        return 0.0
    against = values - values[:, :1]  # differences are smoother than levels, and the first option's is 0
    if inputs.shape[1] == 1:
        model = make_pipeline(SplineTransformer(n_knots=KNOTS, degree=DEGREE, knots="quantile"), LinearRegression())
        fitted = model.fit(inputs, against).predict(inputs)
    else:
        shape = SplineTransformer(n_knots=PAIR_KNOTS, degree=DEGREE, knots="quantile", include_bias=False)
        alone = shape.fit_transform(inputs).reshape(len(inputs), 2, -1)
        products = (alone[:, 0, :, None] * alone[:, 1, None, :]).reshape(len(inputs), -1)
        terms = np.column_stack([alone.reshape(len(inputs), -1), products])
        model = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
        fitted = np.column_stack([model.fit(terms, one).predict(terms) for one in against.T])
    return max(0.0, float(fitted.max(axis=1).mean() - fitted.mean(axis=0).max()))


def noise_floor(nothing: ArrayLike, tried: int) -> float:
    """Return what the best of `tried` numbers that mean nothing exceeds once in twenty times, from the values of many.

    The tail beyond nine tenths of them is taken as exponential (peaks over a threshold), since the best of a hundred
    lies beyond most that two hundred can show.

    >>> values = np.random.default_rng(1).exponential(size=2000)
    >>> round(noise_floor(values, 100) / math.log(2000), 1)
    1.0
    """
    values = np.asarray(nothing, float)
    threshold = float(np.quantile(values, 1 - TAIL))
    excess = values[values > threshold] - threshold
    beyond = (1 - CONFIDENCE) / (tried * TAIL)
    return threshold + (float(excess.mean()) * math.log(1 / beyond) if len(excess) else 0.0)


def acceptability(outcome: ArrayLike, cost: ArrayLike, worths: ArrayLike) -> Floats:
    """Return the chance that each option is best at each worth of a person-month, shape (worths, options)."""
    return np.array([chance_best(net_benefit(outcome, cost, float(worth))) for worth in np.asarray(worths)])


class Frontier(NamedTuple):
    """One option among the others, by mean outcome and cost."""

    option: int
    verdict: str
    """on the frontier, dominated (another does more for less), or extendedly dominated (a mix of two does)."""
    ratio: float
    """GBP a unit of outcome more than the option before it on the frontier; NaN elsewhere."""


def cost_effectiveness(outcomes: ArrayLike, costs: ArrayLike) -> list[Frontier]:
    """Return the place of each option among mean outcomes and costs, shape (options,), with incremental ratios."""
    outcome, cost = np.asarray(outcomes, float), np.asarray(costs, float)
    verdicts = {option: "dominated" for option in range(len(outcome))}
    order = sorted(range(len(outcome)), key=lambda one: (cost[one], -outcome[one]))
    frontier: list[int] = []
    for option in order:
        if frontier and outcome[option] <= outcome[frontier[-1]]:
            continue
        verdicts[option] = "on the frontier"
        frontier.append(option)
        while len(frontier) > 2 and _ratio(outcome, cost, frontier[-2], frontier[-1]) < _ratio(
            outcome, cost, frontier[-3], frontier[-2]
        ):
            verdicts[frontier.pop(-2)] = "extendedly dominated"
    ratios = {option: _ratio(outcome, cost, before, option) for before, option in itertools.pairwise(frontier)}
    return [Frontier(option, verdicts[option], ratios.get(option, math.nan)) for option in range(len(outcome))]


def _ratio(outcome: Floats, cost: Floats, one: int, other: int) -> float:
    return float((cost[other] - cost[one]) / (outcome[other] - outcome[one]))


def checked_draws(benefit: ArrayLike) -> Floats:
    """Return draws as an array, or refuse what is none."""
    values = np.asarray(benefit, float)
    if values.ndim != 2 or 0 in values.shape or not np.isfinite(values).all():
        raise BadInputError("Net benefits must be finite numbers of shape (draws, options), at least one of each.")
    return values


class Sources(NamedTuple):
    """Variance of a difference by where it comes from; shares add to 1."""

    parameters: float
    structure: float
    seeds: float


def variance_by_source(by_point: ArrayLike, by_structure: ArrayLike, kept: float = 1.0) -> Sources:
    """Return shares of the variance of a difference: between points of the parameters, between structures, and seeds.

    `kept` is the share of the variance by chance that is left in the whole sector.

    `by_point` has shape (points, replications), `by_structure` (structures, replications). Means of few replications
    vary by chance too: that part is taken off (one-way analysis of variance, components at least 0).
    """
    points, structures = (np.asarray(one, float) for one in (by_point, by_structure))
    seeds = float(np.mean([one.var(axis=1, ddof=1).mean() for one in (points, structures) if one.shape[1] > 1]))

    def between(groups: Floats) -> float:
        if len(groups) < 2:
            return 0.0
        return max(0.0, float(groups.mean(axis=1).var(ddof=1)) - seeds / int(groups.shape[1]))

    parts = np.array([between(points), between(structures), kept * seeds])
    total = parts.sum()
    return Sources(*(parts / total if total > 0 else np.full(3, np.nan)))
