"""Where authorities lie: how far apart they are, and a path on which neighbours follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from ..country import Floats, Integers
from .evidence import authorities
from .published import regions

EARTH_RADIUS = 6371.0  # km


@cache
def authority_regions() -> Integers:
    """Return the region (index into regions()) of each of the 153 authorities."""
    position = {name: index for index, name in enumerate(regions())}
    return np.array([position[authority.region] for authority in authorities()])


@cache
def board_codes() -> Integers:
    """Return the integrated care board of each authority, boards in the order of their codes."""
    return np.unique([authority.icb_2022_code for authority in authorities()], return_inverse=True)[1]


@cache
def authority_distances() -> Floats:
    """Return the great-circle distance between the centroids of any two authorities, 153 x 153, in km."""
    latitude = np.radians([authority.centroid_latitude for authority in authorities()])
    longitude = np.radians([authority.centroid_longitude for authority in authorities()])
    north = np.sin((latitude[:, None] - latitude) / 2) ** 2
    east = np.cos(latitude[:, None]) * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    apart: Floats = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(north + east, 0.0, 1.0)))
    return apart


@cache
def authority_order() -> Integers:
    """Return the place (0..152) of each authority on a path through England; argsort it for the path itself.

    Regions follow each other on the path, within them integrated care boards, within them authorities, each
    time the nearest not yet visited, from the far north on: near in the order means near on the map.
    """
    boards = board_codes()
    here = int(np.argmax([authority.centroid_latitude for authority in authorities()]))
    path: list[int] = []
    for region in _nearest_first(here, path, authority_regions(), np.arange(len(boards))):
        for board in _nearest_first(here, path, boards, region):
            for authority in _nearest_first(here, path, np.arange(len(boards)), board):
                path.append(int(authority[0]))
    order = np.empty(len(path), dtype=np.int64)
    order[path] = np.arange(len(path))
    return order


def _nearest_first(here: int, path: list[int], groups: Integers, members: Integers) -> Iterator[Integers]:
    """Yield the members of one group after another, each time the group nearest to the end of the path."""
    left = {int(group): members[groups[members] == group] for group in np.unique(groups[members])}
    while left:
        from_here = authority_distances()[path[-1] if path else here]
        yield left.pop(min(left, key=lambda group: float(from_here[left[group]].min())))
