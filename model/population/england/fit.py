"""How counts of a table are met exactly: proportional fitting, whole numbers."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO

import numpy as np

from ..country import Floats, Integers


def fitted(start: Floats, targets: list[tuple[Floats, tuple[int, ...]]]) -> Floats:
    """Return `start` scaled until its sums over all axes but the named meet the targets, (sums, axes kept).

    Iterative proportional fitting keeps the odds ratios of `start`; cells that start at 0 stay 0.
    """
    # ipfn imports pandas (0.3 s): only a process that builds a register pays for it.
    from ipfn.ipfn import ipfn

    sums = [target for target, _ in targets]
    axes = [list(kept) for _, kept in targets]
    # ipfn divides by targets of 0 in its check, and prints when margins disagree by a fraction of a site.
    with np.errstate(divide="ignore", invalid="ignore"), redirect_stdout(StringIO()):
        made: Floats = ipfn(start.copy(), sums, axes, convergence_rate=1e-4, max_iteration=200).iteration()
    return made


def whole(expected: Floats, total: int | None = None) -> Integers:
    """Return whole numbers near `expected` that add up to `total`, by largest remainders."""
    flat = np.maximum(expected.ravel(), 0.0)
    total = round(flat.sum()) if total is None else total
    if flat.sum() > 0:
        flat = flat * (total / flat.sum())
    base = np.floor(flat).astype(np.int64)
    short = total - int(base.sum())
    base[np.argsort(base - flat, kind="stable")[:short]] += 1
    return base.reshape(expected.shape)


def whole_rows(expected: Floats, totals: Integers) -> Integers:
    """Return whole numbers near `expected` (rows x columns) whose rows add up to `totals`.

    What one row loses by rounding is carried to the next, so that the columns add up as well, within 1.
    """
    made = np.zeros(expected.shape, dtype=np.int64)
    carried = np.zeros(expected.shape[1])
    for row, total in enumerate(totals):
        if total > 0:
            wanted = expected[row] + carried
            made[row] = whole(wanted, int(total))
            carried = wanted - made[row]
    return made


def spread_in_band(low: int, high: int, mean: float, places: Floats) -> Integers:
    """Return whole numbers in low..high with the given mean, at the quantiles `places` (0..1).

    Of all distributions in the band with that mean it is the one of highest entropy, p(x) ~ exp(t x).
    """
    values = np.arange(low, high + 1)
    mean = min(max(mean, low + 1e-6), high - 1e-6)
    below, above = -8.0, 8.0
    for _ in range(60):
        tilt = (below + above) / 2
        weights = np.exp(tilt * (values - (low if tilt < 0 else high)))
        below, above = (tilt, above) if (weights @ values) / weights.sum() < mean else (below, tilt)
    rank = np.searchsorted(np.cumsum(weights / weights.sum()) - 1e-12, places, side="left")
    made: Integers = values[rank.clip(0, high - low)]
    return made


def alike_scores(rng: np.random.Generator, organisation: Integers, likeness: float) -> Floats:
    """Return one standard normal score per site; sites of one organisation correlate by `likeness`."""
    shared = rng.standard_normal(int(organisation.max()) + 1)[organisation]
    scores: Floats = np.sqrt(likeness) * shared + np.sqrt(1 - likeness) * rng.standard_normal(len(organisation))
    return scores


def dealt(scores: Floats, numbers: Integers) -> Integers:
    """Return the class of each score: the lowest numbers[0] scores get 0, the next numbers[1] get 1, ..."""
    classes = np.empty(len(scores), dtype=np.int64)
    classes[np.argsort(scores, kind="stable")] = np.repeat(np.arange(len(numbers)), numbers)
    return classes
