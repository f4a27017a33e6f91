"""Names for groups of providers: whom a lever targets, and who is counted together."""

from __future__ import annotations

import numpy as np

from .declare import BadInputError, nearest
from .population.england.published import regions
from .population.england.register import OWNERSHIPS, RATINGS, SETTINGS
from .population.sector import Population

SMALL_STAFF = 50
SIZES = ("fewer than 10 staff", "10 to 49 staff", "50 to 249 staff", "250 staff or more")
SIZE_EDGES = (10, 50, 250)
SELF_FUNDING = ("under a quarter pay for themselves", "a quarter to a half", "over a half")
SELF_FUNDING_EDGES = (0.25, 0.5)
DIMENSIONS = ("setting", "size", "region", "ownership", "rating", "self-funding", "area")
TARGETS = (
    "all",
    "small",
    "large",
    "nursing",
    "residential",
    "homecare",
    "community",
    *(region.lower().replace(" ", "-") for region in regions()),
    *(ownership.lower().replace(" ", "-") for ownership in OWNERSHIPS),
    "below-good",
)
FIRST_REGION = 7
LAST_REGION = FIRST_REGION + len(regions())


def target(name: str, population: Population) -> np.ndarray:
    """Return which providers a target group holds, boolean of shape (n,); groups are joined by " and "."""
    mask = np.ones(len(population.id), bool)
    for part in checked_target(name):
        mask &= _one(part, population)
    return mask


def checked_target(name: str) -> list[str]:
    """Return the parts of a target group's name, or refuse one that is not known."""
    parts = [part.strip() for part in str(name).split(" and ")]
    for part in parts:
        if part not in TARGETS:
            raise BadInputError(f"Unknown group {part!r}: {nearest(part, TARGETS)}")
    return parts


def _one(name: str, population: Population) -> np.ndarray:
    if name == "all":
        return np.ones(len(population.id), bool)
    if name == "small":
        return population.staff < SMALL_STAFF
    if name == "large":
        return population.staff >= SMALL_STAFF
    if name == "below-good":
        return population.rating < 0
    if name in TARGETS[3:7]:
        return population.setting == TARGETS[3:7].index(name)
    if name in TARGETS[FIRST_REGION:LAST_REGION]:
        return population.region == TARGETS[FIRST_REGION:LAST_REGION].index(name)
    return population.ownership == TARGETS[LAST_REGION:].index(name)


def labels(dimension: str, population: Population) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each provider's code in a dimension, shape (n,), and the codes' names."""
    if dimension == "setting":
        return population.setting, SETTINGS
    if dimension == "size":
        return np.searchsorted(SIZE_EDGES, population.staff, side="right"), SIZES
    if dimension == "region":
        return population.region, regions()
    if dimension == "ownership":
        return population.ownership, OWNERSHIPS
    if dimension == "rating":
        return population.rating - min(RATINGS), tuple(RATINGS.values())
    if dimension == "self-funding":
        return np.searchsorted(SELF_FUNDING_EDGES, population.self_funder_share, side="right"), SELF_FUNDING
    if dimension == "area":
        return population.area, tuple(f"{population.area_level} {code}" for code in range(population.area.max() + 1))
    raise BadInputError(f"Unknown group {dimension!r}: {nearest(dimension, DIMENSIONS)}")
