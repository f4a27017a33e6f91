"""Typical journeys: providers whose stages went alike, by the distance of their sequences.

Sequences of one length that are compared month by month: the dynamic Hamming distance (Lesnard 2010), which is optimal
matching without insertions and deletions, with the costs of substitution from the rates of transition between stages
(as TraMineR's TRATE). Clusters by average linkage; how many is the fewest that separate them nearly as
well as the best number does (silhouette).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from carespread.model.state import STAGES

from ..arrays import Floats, Wholes

EVERY = 3
"""Months between the stages that are compared."""
SAMPLED = 600
"""Providers that are compared: a distance for every pair."""
MOST_TYPES = 6
NEARLY = 0.1
"""Silhouette within which fewer types are as good as more."""
LEAST_SHARE = 0.03
"""Of providers, for a type of its own."""


class JourneyType(NamedTuple):
    """One typical journey."""

    share: float
    medoid: int
    """Row of the provider that is nearest to all others of its type."""
    stages: Floats
    """Share of its members in each stage, shape (months, 6)."""
    words: str


def costs_of(sequences: Wholes) -> Floats:
    """Return the cost of putting one stage for another, shape (6, 6): 2 less both rates of transition."""
    many = len(STAGES)
    counts = np.zeros((many, many))
    np.add.at(counts, (sequences[:, :-1].ravel(), sequences[:, 1:].ravel()), 1)
    rates = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    costs: Floats = 2.0 - rates - rates.T
    np.fill_diagonal(costs, 0.0)
    return costs


def distances(sequences: Wholes) -> Floats:
    """Return the distance between every two sequences, shape (n, n), a mean over months."""
    costs = costs_of(sequences)
    total: Floats = np.zeros((len(sequences),) * 2)
    for month in range(sequences.shape[1]):
        column = sequences[:, month]
        total += costs[np.ix_(column, column)]
    return np.asarray(total / sequences.shape[1], float)


def journey_types(sequences: Wholes, seed: int = 1) -> list[JourneyType]:
    """Return the types of journeys, the most frequent first; `sequences` are stages, int8 of shape (n, months)."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(seed).permutation(len(sequences))[:SAMPLED]
    some = sequences[rows][:, ::EVERY].astype(np.int64)
    apart = distances(some)
    if not apart.any():
        return [typed(sequences, rows, np.arange(len(rows)), apart)]
    tree = linkage(squareform(apart, checks=False), "average")
    tried_all: list[tuple[int, float, Wholes]] = []
    for many in range(2, 4 * MOST_TYPES):
        tried = fcluster(tree, many, "maxclust")
        large = [code for code in np.unique(tried) if (tried == code).mean() >= LEAST_SHARE]
        if not 2 <= len(large) <= MOST_TYPES:
            continue
        kept = np.isin(tried, large)
        score = silhouette_score(apart[np.ix_(kept, kept)], tried[kept], metric="precomputed")
        tried_all.append((len(large), float(score), np.where(kept, tried, 0)))
    if not tried_all:
        return [typed(sequences, rows, np.arange(len(rows)), apart)]
    best = max(score for _, score, _ in tried_all)
    near = [one for one in tried_all if one[1] >= best - NEARLY]
    labels = min(near, key=lambda one: (one[0], -one[1]))[2]
    made = [typed(sequences, rows, np.flatnonzero(labels == code), apart) for code in np.unique(labels) if code]
    return sorted(made, key=lambda one: -one.share)


def typed(sequences: Wholes, rows: Wholes, members: Wholes, apart: Floats) -> JourneyType:
    """Return one type of its members, given as places among the rows that were compared."""
    medoid = members[apart[np.ix_(members, members)].sum(axis=1).argmin()]
    own = sequences[rows[members]]
    stages = np.stack([(own == code).mean(axis=0) for code in range(len(STAGES))], axis=1)
    return JourneyType(len(members) / len(rows), int(rows[medoid]), stages, words_of(sequences[rows[medoid]]))


def words_of(sequence: Wholes) -> str:
    """Return a journey in words: its stages in order, each with how long it lasted."""
    changes = np.flatnonzero(np.diff(sequence)) + 1
    begins, ends = np.concatenate([[0], changes]), np.concatenate([changes, [len(sequence)]])
    parts = [f"{STAGES[sequence[begin]]} {end - begin}" for begin, end in zip(begins, ends, strict=True)]
    return ", ".join(parts[:8]) + (", ..." if len(parts) > 8 else "") + " months"
