"""What one row of each evidence table holds: the fields are the columns, the last ones may be derived."""

from __future__ import annotations

from typing import NamedTuple


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


class SectorFigure(NamedTuple):
    """One figure about who provides adult social care."""

    variable: str
    category: str
    value: float | None
    unit: str
    date: str
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


class Cost(NamedTuple):
    """One budget, grant, unit cost or time saving."""

    item: str
    value: float
    unit: str
    date: str
    source_id: str
    note: str
    confidence: str
    grade: str


class Barrier(NamedTuple):
    """One barrier or enabler; the value is None where the factor is only named."""

    construct: str
    measure: str
    value: float | None
    unit: str
    population: str
    date: str
    source_id: str
    note: str
    confidence: str
    grade: str


class Margin(NamedTuple):
    """One count from a copy of the CQC register, in one cell of one table of one vintage."""

    table: str
    dimension1: str
    level1: str
    dimension2: str
    level2: str
    count: float  # type: ignore[assignment]  # the name of the column; hides tuple.count
    denominator: float | None
    vintage: str
    source_repo_path: str
    note: str
    source_id: str
    grade: str


class Authority(NamedTuple):
    """One of the 153 upper-tier authorities of England (centroid in degrees, counts in locations)."""

    code: str
    name: str
    region_code: str
    region: str
    icb_2022_code: str
    icb_2022_name: str
    icb_share_of_lsoas: float
    population_2020: int
    population_18_plus_2020: int
    population_65_plus_2020: int
    population_85_plus_2020: int
    centroid_latitude: float
    centroid_longitude: float
    care_homes_rated_2021: int
    community_rated_2021: int
    neighbours: int


class Neighbours(NamedTuple):
    """Two authorities that share a border."""

    code_a: str
    la_a: str
    code_b: str
    la_b: str
    shared_msoa_borders: int


class Figure(NamedTuple):
    """One number taken from evidence, with what is needed to trace it."""

    value: float
    unit: str
    source_id: str
    grade: str
    note: str


class SourceLine(NamedTuple):
    """One line of sources.csv, before its wording is turned into a grade."""

    source_id: str
    publisher: str
    title: str
    date: str
    url: str
    evidence_grade: str


class RegisterSourceLine(NamedTuple):
    """One line of register_sources.csv: a copy of the CQC register, with its licence and grade."""

    source_id: str
    publisher: str
    title: str
    path: str
    date: str
    licence: str
    grade: str
    note: str
