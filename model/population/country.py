"""What a country must give to be modelled, so that another one is one more folder beside `england`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from carespread.refusal import shown

from ..declare import BadInputError

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]


class Source(NamedTuple):
    """Who published a number, when and where, and how far to trust it (A to D)."""

    source_id: str
    publisher: str
    title: str
    date: str
    url: str
    grade: str


class AdoptionPoint(NamedTuple):
    """One dated share or count of a real innovation."""

    innovation: str
    population: str
    date: str
    value: float
    unit: str
    value_low: float | None
    value_high: float | None
    source_id: str
    note: str
    confidence: str
    role: str
    grade: str


class Event(NamedTuple):
    """One dated policy event, shock or break of measurement."""

    event_id: str
    date: str
    end_date: str
    event: str
    type: str
    size: float | None
    size_unit: str
    direction: str
    source_id: str
    note: str
    confidence: str
    grade: str


class WorkforceFigure(NamedTuple):
    """One figure about posts, vacancies, turnover, pay or recruitment."""

    variable: str
    category: str
    year: str
    value: float
    unit: str
    source_id: str
    note: str
    confidence: str
    grade: str


class EvidenceUsed(NamedTuple):
    """One number that a register takes from evidence."""

    what: str
    value: float
    unit: str
    source_id: str
    grade: str


class MarginRow(NamedTuple):
    """One cell of one margin: what evidence says, what the register has, and the difference in `unit`."""

    margin: str
    level: str
    evidence: float | None
    made: float | None
    difference: float | None
    unit: str
    vintage: str
    source_id: str
    note: str


class Register(Protocol):
    """One row per organisation of the country; each column of shape (organisations,)."""

    @property
    def sites(self) -> Integers: ...
    @property
    def staff(self) -> Integers: ...
    @property
    def persons(self) -> Floats: ...
    @property
    def setting(self) -> Integers: ...
    @property
    def ownership(self) -> Integers: ...
    @property
    def rating(self) -> Integers: ...
    @property
    def authority(self) -> Integers: ...
    @property
    def brand(self) -> Integers: ...
    @property
    def self_funder_share(self) -> Floats: ...


class Level(NamedTuple):
    """One way to divide a country into areas."""

    name: str
    areas: tuple[str, ...]
    code: Integers
    """Which of `areas` each authority lies in, shape (authorities,)."""


class Geography(NamedTuple):
    """Where providers can be: levels of areas from the finest (an authority) to the whole, regions last but one."""

    levels: tuple[Level, ...]
    path: Integers
    """Place of each authority on a path through the country: near on it means near on the map."""

    @property
    def authorities(self) -> tuple[str, ...]:
        """Names of the finest areas, each with a commissioner of its own."""
        return self.levels[0].areas

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the largest areas below the whole."""
        return self.levels[-2].areas


class Country(NamedTuple):
    """A country: what its codes mean, who provides care there, and what is known of it."""

    name: str
    settings: tuple[str, str, str, str]
    """Names of the kinds of care: home with nursing, home without, at home, other in the community."""
    ownerships: tuple[str, str, str]
    """Names of for-profit, third-sector and public owners."""
    ratings: Mapping[int, str]
    """Names of the regulator's ratings, -2 (worst) to 1 (best)."""
    innovations: Path
    """Folder of the innovation files."""
    geography: Callable[[], Geography]
    register: Callable[[], Register]
    """The synthetic register, from which a run draws its providers."""
    margins: Callable[[], list[MarginRow]] = list
    """The register beside its evidence."""
    evidence_used: Callable[[], list[EvidenceUsed]] = list
    """Every number that the register takes from evidence."""
    sources: Callable[[], dict[str, Source]] = dict
    events: Callable[[], tuple[Event, ...]] = tuple
    workforce: Callable[[], tuple[WorkforceFigure, ...]] = tuple
    adoption_series: Callable[[], tuple[AdoptionPoint, ...]] = tuple
    month_of: Callable[[str], str | None] = str
    """The middle month (YYYY-MM) of a date as the evidence writes it, None where it is undated."""
    closures: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """How often providers of each setting close, as multiples of `exit_rate`."""
    register_date: str = "2025-06"
    """Month (YYYY-MM) of which the register is."""
    net_entry: Callable[[], tuple[tuple[str, str, float], ...]] = tuple
    """(first month, setting, net entry a year as a share): how the number of providers changed."""


USUAL = "england"
"""The country of a run that does not say; the only place that names one."""
_meant: ContextVar[str] = ContextVar("country", default=USUAL)


def country_names() -> tuple[str, ...]:
    """Return the names of the countries, each a folder beside this file; the usual one is first."""
    names = (place.parent.name for place in Path(__file__).parent.glob("*/__init__.py"))
    return tuple(sorted(names, key=lambda name: (name != USUAL, name)))


def checked_country(name: Any) -> str:
    """Return the name of a country's folder, or refuse it."""
    if not isinstance(name, str):
        raise TypeError(f"country is {shown(name)}: it must be a name, such as {USUAL!r}.")
    if name.lower() not in country_names():
        raise BadInputError(f"Unknown country {shown(name)}: known: {', '.join(country_names())}.")
    return name.lower()


def country_meant() -> str:
    """Return the name of the country that is meant here: that of `country_of`, or the usual one."""
    return _meant.get()


@contextmanager
def country_of(name: str | None) -> Iterator[None]:
    """Let scenarios, innovations and evidence be those of a country (None: the one that is meant already).

    Raises BadInputError where nobody knows it.

    >>> with country_of("england"):
    ...     home().name
    'England'
    """
    now = _meant.get()
    before = _meant.set(now if name in (None, now) else checked_country(name))
    try:
        yield
    finally:
        _meant.reset(before)


@cache
def _read(name: str) -> Country:
    """Return the country of a folder."""
    country: Country = import_module(f".{name}", __package__).COUNTRY
    return country


def home() -> Country:
    """Return the country that runs, scenarios and evidence are about."""
    return _read(_meant.get())
