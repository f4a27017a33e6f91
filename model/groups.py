"""Names for groups of providers: whom a lever targets, and who is counted together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import NDArray

from carespread.refusal import shown

from .declare import BadInputError, nearest
from .population.country import Integers, home
from .population.providers import SHORT_SETTINGS
from .population.sector import Population

SMALL_STAFF = 50
SIZES = ("fewer than 10 staff", "10 to 49 staff", "50 to 249 staff", "250 staff or more")
SIZE_EDGES = (10, 50, 250)
SELF_FUNDING = ("under a quarter pay for themselves", "a quarter to a half", "over a half")
SELF_FUNDING_EDGES = (0.25, 0.5)
DIMENSIONS = ("setting", "size", "region", "ownership", "rating", "self-funding", "area")

Mask = NDArray[np.bool_]
_meant: ContextVar[Population | None] = ContextVar("population", default=None)


@contextmanager
def groups_of(population: Population | None) -> Iterator[None]:
    """Let names of groups mean those of a population of one's own: a scenario is read before it meets providers."""
    before = _meant.set(population)
    try:
        yield
    finally:
        _meant.reset(before)


def code_of(name: str) -> str:
    """Return the name by which a lever calls a region, an owner or a kind of care."""
    return name.strip().lower().replace(" ", "-")


def targets(population: Population | None = None) -> dict[str, Callable[[Population], Mask]]:
    """Return every group that a lever may target, by name: those of a population, or of the country without one."""
    country = home() if population is None else population.country
    geography = home().geography() if population is None else population.geography
    found: dict[str, Callable[[Population], Mask]] = {
        "all": lambda people: np.ones(len(people.id), bool),
        "small": lambda people: people.staff < SMALL_STAFF,
        "large": lambda people: people.staff >= SMALL_STAFF,
        "below-good": lambda people: people.rating < 0,
    }
    for names, column in (
        (SHORT_SETTINGS, "setting"),
        (country.ownerships, "ownership"),
        (geography.regions, "region"),
    ):
        for code, name in enumerate(names):
            if code_of(name) in found:
                raise BadInputError(
                    f"The region {shown(name)} has the name of another group ({code_of(name)}): call it otherwise."
                )
            found[code_of(name)] = _coded(column, code)
    return found


def _coded(column: str, code: int) -> Callable[[Population], Mask]:
    """Return who has this code in a column."""
    return lambda people: np.asarray(getattr(people, column) == code)


def target(name: str, population: Population) -> Mask:
    """Return which providers a target group holds, boolean of shape (n,); groups are joined by " and "."""
    known, mask = targets(population), np.ones(len(population.id), bool)
    for part in checked_target(name, population):
        mask &= known[part](population)
    return mask


def checked_target(name: str, population: Population | None = None) -> list[str]:
    """Return the parts of a target group's name, or refuse one that is not known: by the population, or in words
    that are read for one (`groups_of`), or in the country.
    """
    known = targets(population or _meant.get())
    words, parts = str(name).split(" and "), []
    while words:
        # the longest first: a region's own name may hold " and "
        joined = (code_of(" and ".join(words[:many])) for many in range(len(words), 0, -1))
        part = next((one for one in joined if one in known), None)
        if part is None:
            raise BadInputError(f"Unknown group {shown(words[0].strip())}: {nearest(code_of(words[0]), known)}")
        parts.append(part)
        words = words[part.count("-and-") + 1 :]
    return parts


def labels(dimension: str, population: Population) -> tuple[Integers, tuple[str, ...]]:
    """Return each provider's code in a dimension, shape (n,), and the codes' names."""
    country, geography = population.country, population.geography
    if dimension == "setting":
        return population.setting, country.settings
    if dimension == "size":
        return np.searchsorted(SIZE_EDGES, population.staff, side="right"), SIZES
    if dimension == "region":
        return population.region, geography.regions
    if dimension == "ownership":
        return population.ownership, country.ownerships
    if dimension == "rating":
        return population.rating - min(country.ratings), tuple(country.ratings.values())
    if dimension == "self-funding":
        return np.searchsorted(SELF_FUNDING_EDGES, population.self_funder_share, side="right"), SELF_FUNDING
    if dimension == "area":
        return population.area, next(one.areas for one in geography.levels if one.name == population.area_level)
    raise BadInputError(f"Unknown group {shown(dimension)}: {nearest(str(dimension), DIMENSIONS)}")
