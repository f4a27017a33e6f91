"""Who provides care in a run: providers drawn from a country's synthetic register, or read from a user's own table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..declare import BadInputError
from ..parameters import Parameters
from .country import Country, Floats, Geography, Integers, country_meant, home
from .draws import generator
from .traits import drawn_traits, trait_column

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

FEWEST, MOST = 50, 1_000_000
CERTAIN = 5
"""One provider in so many of a sample is there for certain: the largest of the country."""
ENOUGH = 20
"""Providers that an area needs on average before it serves as a layer, a market and a place to find partners."""


class Population(NamedTuple):
    """Who exists; each column of shape (n,) unless said. A provider is an organisation; a brand makes some a group."""

    id: Integers
    """Permanent: names the provider's random draws."""
    weight: Floats
    """How many organisations of the country each stands for."""
    sites: Integers
    staff: Integers
    people: Integers
    """People served."""
    setting: Integers
    """Index into `country.settings`."""
    ownership: Integers
    """Index into `country.ownerships`."""
    authority: Integers
    """Index into `geography.authorities`."""
    region: Integers
    """Index into `geography.regions`."""
    brand: Integers
    """-1 for none."""
    rating: Integers
    """Key of `country.ratings`."""
    self_funder_share: Floats
    area: Integers
    """Code of the area that serves as layer and market."""
    area_level: str
    """Which level of the geography `area` is of."""
    senior: Floats
    manager: Floats
    frontline: Floats
    learning: Floats
    openness: Floats
    self_knowledge: Floats
    capability: Floats
    """Shape (n, 4)."""
    connectivity: Floats
    senior_score: Floats
    """Standard normal scores, of which run parameters make values in GBP, months or value."""
    threshold_score: Floats
    keep_score: Floats
    margin_score: Floats
    slack_score: Floats
    stance_score: Floats
    """Shared by all providers of an authority."""
    fee_score: Floats
    """Shared by all providers of an authority."""
    country: Country
    geography: Geography
    names: tuple[str, ...] = ()
    """Ids as a user's own table has them, where they are words."""
    drawn: tuple[str, ...] = ()
    """Traits that a user's own table does not give: every run draws them by its own parameters and seed."""

    @classmethod
    def of(cls, table: str | PathLike[str] | pd.DataFrame) -> Population:
        """Return the providers of a table of one's own: the path of a CSV file, or a pandas DataFrame.

        One row is one provider. `setting`, `staff` and `people` are needed; `id`, `sites`, `authority` or `area`,
        `region`, `weight`, `ownership`, `rating`, `brand` and `self_funder_share` have defaults; traits (`senior`,
        `manager`, `frontline`, `learning`, `openness`, `self_knowledge`, `connectivity`, and the capabilities
        `practice`, `digital`, `change`, `commercial`) are used as given, and drawn for every run where their column is
        left out. `providers.COLUMNS` has the unit and limits of each. A column `authority` may name the areas of
        England; other names make areas and regions of the user's own.

        Raises BadInputError with one sentence: row (the first provider is row 1), column, value and limits.

        >>> import pandas as pd
        >>> table = pd.DataFrame({"setting": ["homecare", "nursing"], "staff": [12, 60], "people": [30, 41]})
        >>> people = Population.of(table.assign(region=["North", "South"]))
        >>> people.geography.regions, people.staff.tolist()
        (('North', 'South'), [12, 60])
        """
        from .providers import read

        return read(table)

    @classmethod
    def sample(cls, providers: int | str = 2000, seed: int = 1) -> Population:
        """Return providers drawn from the country's synthetic register, as a run of this size and seed draws them.

        `providers` is a number from 50 to 1,000,000, or "all" for every organisation of the register.
        """
        return populate(Parameters(), providers, seed)

    def table(self) -> pd.DataFrame:
        """Return the providers as a table with the columns that `Population.of` reads, one row a provider."""
        from .providers import table_of

        return table_of(self)


def checked_size(providers: int | str) -> int:
    """Return how many providers are meant; "all" is every organisation of the register."""
    if providers == "all":
        return len(home().register().sites)
    limits = f'it must be a whole number from {FEWEST} to {MOST:,} providers, or "all"'
    if isinstance(providers, (bool, str)) or not hasattr(providers, "__index__"):
        raise BadInputError(f"providers is {providers!r}: {limits}.")
    if not FEWEST <= int(providers) <= MOST:
        raise BadInputError(f"providers is {int(providers)}: {limits}.")
    return int(providers)


@cache
def largest_first(country: str) -> Integers:
    """Return rows of a country's register from the largest to the smallest, by sites, staff and persons."""
    register = home().register()
    columns = (register.sites, register.staff, register.persons)
    size = sum(np.asarray(column, float) / np.sum(column) for column in columns)
    order: Integers = np.argsort(-size, kind="stable")
    return order


@cache
def cells_of_register(country: str) -> Integers:
    """Return the cell of each row of a country's register, shape (organisations,): one setting in one region."""
    register = home().register()
    regions_of = home().geography().levels[-2].code[register.authority]
    cells: Integers = np.unique(np.column_stack([register.setting, regions_of]), axis=0, return_inverse=True)[1]
    return cells.reshape(-1)


@cache
def serpentine_places(country: str) -> Integers:
    """Return the place of each row of a country's register by setting and region, and by size there: up in one cell,
    down in the next, so that neighbours are alike; those of one cell and size share a place.
    """
    register, cell = home().register(), cells_of_register(country)
    upwards = np.where(cell % 2 == 0, 1, -1)
    line = np.column_stack([cell, upwards * register.sites, upwards * register.persons])
    places: Integers = np.unique(line, axis=0, return_inverse=True)[1].reshape(-1)
    return places.astype(np.min_scalar_type(places.max()))  # short numbers are sorted by radix


def serpentine(rows: Integers, ties: Floats) -> Integers:
    """Return rows of the register in serpentine order, in which a systematic sample is balanced on setting, region and
    size; `ties` settles what is left.
    """
    by_chance = np.argsort(ties)
    places = serpentine_places(home().name)[rows[by_chance]]
    order: Integers = rows[by_chance[np.argsort(places, kind="stable")]]
    return order


def size_scores(staff: Integers) -> Floats:
    """Return the standardised logarithm of staff, 0 where all are alike."""
    log_staff = np.log(staff)
    spread = log_staff.std()
    scores: Floats = (log_staff - log_staff.mean()) / (spread if spread > 0 else 1.0)
    return scores


@cache
def register_size_scores(country: str) -> Floats:
    """Return the size score of each row of a country's register."""
    return size_scores(home().register().staff)


def sampled(providers: int, seed: int) -> tuple[Integers, Floats]:
    """Return the register rows that stand for the country and their weights, each of shape (providers,).

    Below the register's size: the largest organisations, a fifth of the sample, are in every sample and stand for
    themselves (a certainty stratum: Cochran 1977, Sampling Techniques, 5A); the rest is a systematic sample with equal
    chances of all others in serpentine order. Above it: whole copies of the register and a sample of the remainder,
    in which everybody stands for the same share of the country.
    """
    size = len(home().register().sites)
    copies, rest = divmod(providers, size)
    whole = np.tile(np.arange(size), copies)
    if rest == 0:
        return whole, np.full(providers, size / providers)
    chance = generator(seed, "sample")
    sure = 0 if copies else rest // CERTAIN
    certain, others = np.split(np.arange(size) if copies else largest_first(home().name), [sure])
    order = serpentine(others, chance.random(len(others)))
    wanted = rest - len(certain)
    step = len(others) / wanted
    taken = order[((np.arange(wanted) + chance.random()) * step).astype(np.int64)]
    if copies:
        return np.concatenate([whole, taken]), np.full(providers, size / providers)
    drawn, weight = np.concatenate([certain, taken]), np.repeat([1.0, step], [len(certain), wanted])
    by_row = np.argsort(drawn, kind="stable")
    return drawn[by_row], weight[by_row]


def area_of(authority: Integers, geography: Geography) -> tuple[Integers, str]:
    """Return the code of each provider's area, and which level of areas is fine enough for so many providers."""
    for level in geography.levels:
        if len(authority) / len(level.areas) >= ENOUGH:
            return level.code[authority].astype(np.int64), level.name
    return np.zeros(len(authority), np.int64), geography.levels[-1].name


def populate(parameters: Parameters, providers: int | str, seed: int) -> Population:
    """Return the population of a run: register rows by weight, and correlated traits (assumptions, grade D)."""
    n = checked_size(providers)
    register, geography = home().register(), home().geography()
    rows, weight = sampled(n, seed)
    authority = register.authority[rows].astype(np.int64)
    area, level = area_of(authority, geography)
    ids = np.arange(n, dtype=np.int64)
    columns: dict[str, Any] = {
        name: getattr(register, name)[rows].astype(np.int64)
        for name in ("sites", "staff", "setting", "ownership", "brand", "rating")
    }
    return Population(
        id=ids,
        weight=weight,
        people=np.maximum(1, np.rint(register.persons[rows])).astype(np.int64),
        authority=authority,
        region=geography.levels[-2].code[authority],
        self_funder_share=register.self_funder_share[rows],
        area=area,
        area_level=level,
        country=home(),
        geography=geography,
        **columns,
        **drawn_traits(
            parameters, seed, ids, register_size_scores(country_meant())[rows], authority, len(geography.authorities)
        ),
    )


def drawn_for(population: Population, parameters: Parameters, seed: int) -> Population:
    """Return a population of one's own with the traits that its table does not give drawn for a run.

    They were drawn once when it was read; where somebody has put something else in their place, that stays.
    """
    if not population.drawn:
        return population
    first, now = (
        drawn_traits(
            given,
            number,
            population.id,
            size_scores(population.staff),
            population.authority,
            len(population.geography.authorities),
        )
        for given, number in ((Parameters(), 0), (parameters, seed))
    )
    made: dict[str, Any] = {name: np.array(getattr(population, name)) for name in now}
    for name in population.drawn:
        column = trait_column(made, name)
        if np.array_equal(column, trait_column(first, name)):
            column[:] = trait_column(now, name)
    return population._replace(**made)
