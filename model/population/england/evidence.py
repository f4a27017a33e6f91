"""The evidence tables of data/, read once and checked: no number enters the model without a source."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar, get_type_hints

from ...declare import GRADES, BadInputError
from ..country import AdoptionPoint, Event, Source, WorkforceFigure

FOLDER = Path(__file__).parent / "data"
ROLES = ("calibration", "validation", "validation_direction", "check_lower_bound", "context")
CONFIDENCES = ("read in source text", "second-hand", "inferred")
# As a publisher's name stands in sources.csv: these bodies publish official statistics of their own.
OFFICIAL_PUBLISHERS = (
    "DHSC",
    "GOV.UK",
    "CQC",
    "Office for National Statistics",
    "National Audit Office",
    "UK Parliament",
    "House of Commons",
    "NHSX",
    "Skills for Care",
)


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


class NetEntry(NamedTuple):
    """How the number of providers of a setting changed, from a month on."""

    setting: str
    start: str
    percent_a_year: float
    source_id: str
    grade: str
    note: str


class Assumption(NamedTuple):
    """One number without a source (grade D), to be varied within its range."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    sentence: str


Row = TypeVar("Row", bound=NamedTuple)


def _span_of(date: str) -> tuple[int, int] | None:
    """Return the first and last month of a date, counted in months since year 0, or None if it is undated."""
    text = re.sub(r"\s*\(.*\)$", "", date).removeprefix("about ").strip()
    if not text or text == "undated":
        return None
    if matched := re.fullmatch(r"(\d{4})", text):
        start = 12 * int(matched[1])
        return start, start + 11
    if (matched := re.fullmatch(r"(\d{4})/(\d{2})", text)) and (int(matched[1]) + 1) % 100 == int(matched[2]):
        start = 12 * int(matched[1]) + 3  # a financial year, April to March
        return start, start + 11
    if matched := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        start = 12 * int(matched[1]) + 3 * (int(matched[2]) - 1)
        return start, start + 2
    if matched := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?", text):
        month = 12 * int(matched[1]) + int(matched[2]) - 1
        return month, month
    if matched := re.fullmatch(r"(\d{4})-(\d{4}|\d{2})", text):
        last = int(matched[2]) if len(matched[2]) == 4 else int(matched[1][:2] + matched[2])
        return (12 * int(matched[1]), 12 * last + 11) if last > int(matched[1]) else _unreadable(date)
    if matched := re.fullmatch(r"(\d{4})-(\d{2})/(\d{2})", text):
        text = f"{matched[1]}-{matched[2]}/{matched[1]}-{matched[3]}"
    if matched := re.fullmatch(r"(\S+)(?:/| to )(\S+)", text):
        first, last_span = _span_of(matched[1]), _span_of(matched[2])
        if first is not None and last_span is not None and first[0] <= last_span[1]:
            return first[0], last_span[1]
    return _unreadable(date)


def _unreadable(date: str) -> NoReturn:
    raise BadInputError(
        f"The date {date!r} cannot be read: write 2021, 2022/23, 2022-Q1, 2022-10, 2022-10-31, "
        "2022-10/2022-12, 2014-17 or undated."
    )


def month_of(date: str) -> str | None:
    """Return the middle month of a date as "YYYY-MM" (the later of two), or None if the date is undated.

    "2022/23" is a financial year with 2022-10 as its middle; "2014-17" spans years, "2011-12" is a month.
    """
    span = _span_of(date)
    if span is None:
        return None
    year, month = divmod((span[0] + span[1] + 1) // 2, 12)
    return f"{year:04d}-{month + 1:02d}"


def _lines(file: Path, expected: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells in the order of `expected`) of a table that has just the expected columns."""
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        heading = next(reader, [])
        for what, names in (
            ("lacks", [name for name in expected if name not in heading]),
            ("has the unknown", [name for name in heading if name not in expected]),
        ):
            if names:
                raise BadInputError(f"{file.name} line 1 {what} column {', '.join(names)}.")
        if len(set(heading)) < len(heading):
            raise BadInputError(f"{file.name} line 1 names a column twice.")
        order = [heading.index(name) for name in expected]
        for cells in reader:
            if len(cells) != len(heading):
                place = f"{file.name} line {reader.line_num}"
                raise BadInputError(f"{place}: it has {len(cells)} cells, the heading {len(heading)}.")
            yield reader.line_num, [cells[position] for position in order]


def _read(
    name: str,
    row_type: type[Row],
    keys: tuple[str, ...],
    folder: Path | None,
    *,
    derive: Callable[[Any], tuple[str, ...]] = lambda row: (),
    derived: tuple[str, ...] = (),
) -> tuple[Row, ...]:
    """Return the checked rows of one table; `derive` checks a row and returns its derived fields."""
    file = (folder or FOLDER) / f"{name}.csv"
    hints = get_type_hints(row_type)
    expected = [field for field in row_type._fields if field not in derived]
    kinds = [hints[field] for field in expected]
    key_fields = [row_type._fields.index(key) for key in keys]
    if "confidence" in expected:
        sources(folder)  # read first, so that a fault in sources.csv is not blamed on this table
    seen: set[tuple[str, ...]] = set()
    rows = []
    for line, cells in _lines(file, expected):
        key = tuple(cells[position] for position in key_fields)
        try:
            if key in seen:
                raise BadInputError(f"{', '.join(filter(None, key))} stands here a second time.")
            row = row_type(*map(_cell, cells, kinds, expected), *[""] * len(derived))
            if derived:
                row = row._replace(**dict(zip(derived, derive(row), strict=True)))
            else:
                derive(row)
        except BadInputError as problem:
            raise BadInputError(f"{file.name} line {line}: {problem}") from None
        seen.add(key)
        rows.append(row)
    return tuple(rows)


def _cell(text: str, kind: Any, field: str) -> Any:
    """Return the text of one cell as `kind` (str, int, float, or float or None when blank)."""
    if kind is str:
        return text
    if not text and kind not in (int, float):
        return None
    try:
        value = int(text) if kind is int else float(text)
    except ValueError:
        raise BadInputError(f"{field} is {text!r} where a number is needed.") from None
    if not math.isfinite(value):
        raise BadInputError(f"{field} is {text!r} where a finite number is needed.")
    return value


def _check_value(value: float | None, unit: str, signed: bool) -> None:
    """Refuse a value that its unit does not allow; a change (`signed`) may be negative, and so may money."""
    if value is None or unit.startswith("GBP"):
        return
    if unit.startswith("percent"):
        low = -100.0 if signed else 0.0
        if not low <= value <= 100.0:
            raise BadInputError(f"the value is {value:g} where {unit} must lie in {low:g} to 100.")
    elif value < 0 and not signed:
        raise BadInputError(f"the value is {value:g} where {unit or 'a count'} cannot be negative.")


def _check_source(source_id: str, folder: Path | None) -> str:
    """Return the grade of a source, or refuse an id that is missing or unknown."""
    if not source_id:
        raise BadInputError("the source id is missing.")
    known = sources(folder)
    if source_id not in known:
        raise BadInputError(f"the source id {source_id} is not in sources.csv or register_sources.csv.")
    return known[source_id].grade


def _row_grade(row: Any, folder: Path | None) -> tuple[str]:
    """Return the grade of a row: that of its source, at best B when the note is not "read in source text"."""
    if not row.confidence.startswith(CONFIDENCES):
        choice = ", ".join(CONFIDENCES)
        raise BadInputError(f"the confidence is {row.confidence!r} where one of {choice} is needed.")
    grade = _check_source(row.source_id, folder)
    return (grade if row.confidence == "read in source text" else max(grade, "B"),)


def _source_grade(line: SourceLine) -> str:
    """Return A for a primary page of an official publisher, B for any other."""
    wording = line.evidence_grade
    if not wording.startswith(("primary", "secondary")):
        raise BadInputError(f'the evidence grade {wording!r} begins with neither "primary" nor "secondary".')
    official = any(name in line.publisher for name in OFFICIAL_PUBLISHERS)
    return "A" if wording.startswith("primary") and official else "B"


@cache
def sources(folder: Path | None = None) -> dict[str, Source]:
    """Return every source by its id: S... from sources.csv, R-... from register_sources.csv."""

    def check(row: SourceLine) -> tuple[str, ...]:
        month_of(row.date)
        _source_grade(row)
        return ()

    pages = _read("sources", SourceLine, ("source_id",), folder, derive=check)
    found = {
        row.source_id: Source(row.source_id, row.publisher, row.title, row.date, row.url, _source_grade(row))
        for row in pages
    }
    for row in _register_sources(folder):
        if row.source_id in found:
            raise BadInputError(f"register_sources.csv uses {row.source_id}, which stands in sources.csv.")
        found[row.source_id] = Source(row.source_id, row.publisher, row.title, row.date, row.path, row.grade)
    return found


@cache
def _register_sources(folder: Path | None) -> tuple[RegisterSourceLine, ...]:
    def check(row: RegisterSourceLine) -> tuple[str, ...]:
        month_of(row.date)
        if row.grade not in ("A", "B", "C", "D"):
            raise BadInputError(f"the grade is {row.grade!r} where A, B, C or D is needed.")
        return ()

    return _read("population/register_sources", RegisterSourceLine, ("source_id",), folder, derive=check)


def _figures(
    name: str,
    row_type: type[Row],
    keys: tuple[str, ...],
    folder: Path | None,
    *,
    signed: Callable[[Any], bool] = lambda row: False,
    check: Callable[[Any], None] = lambda row: None,
) -> tuple[Row, ...]:
    """Return the rows of a table of dated figures with their grades; a figure that is `signed` may be negative."""
    date, value, unit = (
        next(field for field in names if field in row_type._fields)
        for names in (("date", "year"), ("value", "size"), ("unit", "size_unit"))
    )

    def grade(row: Any) -> tuple[str]:
        month_of(getattr(row, date))
        check(row)
        _check_value(getattr(row, value), getattr(row, unit), signed(row))
        return _row_grade(row, folder)

    return _read(name, row_type, keys, folder, derive=grade, derived=("grade",))


@cache
def adoption_series(folder: Path | None = None) -> tuple[AdoptionPoint, ...]:
    """Return the dated adoption shares and counts; `role` says what each may be used for."""

    def check(row: AdoptionPoint) -> None:
        if row.role not in ROLES:
            raise BadInputError(f"the role is {row.role!r} where one of {', '.join(ROLES)} is needed.")
        low, high = row.value_low, row.value_high
        for value in (low, high):
            _check_value(value, row.unit, signed=False)
        if low is not None and high is not None and low > high:
            raise BadInputError(f"value_low is {low:g}, above value_high, {high:g}.")

    return _figures("adoption_series", AdoptionPoint, ("innovation", "population", "date"), folder, check=check)


@cache
def events(folder: Path | None = None) -> tuple[Event, ...]:
    """Return the dated policy events and shocks, 2018 to 2025."""

    def check(row: Event) -> None:
        first, last = month_of(row.date), month_of(row.end_date)
        if first is not None and last is not None and last < first:
            raise BadInputError(f"the event ends in {row.end_date}, before it begins in {row.date}.")

    return _figures("events", Event, ("event_id",), folder, signed=lambda row: True, check=check)


@cache
def sector_composition(folder: Path | None = None) -> tuple[SectorFigure, ...]:
    """Return the figures on who provides care: sizes, ownership, funding, fees, ratings, entry and exit."""
    return _figures("sector_composition", SectorFigure, ("variable", "category", "date", "source_id"), folder)


@cache
def workforce(folder: Path | None = None) -> tuple[WorkforceFigure, ...]:
    """Return the figures on posts, vacancies, turnover and pay; a growth or change has a sign."""
    changes = ("growth", "change")
    keys = ("variable", "category", "year")
    return _figures("workforce", WorkforceFigure, keys, folder, signed=lambda row: row.variable.endswith(changes))


@cache
def costs(folder: Path | None = None) -> tuple[Cost, ...]:
    """Return the budgets, grants, unit costs and effects; an effect in percent may be negative (a fall)."""
    return _figures("costs", Cost, ("item", "date"), folder, signed=lambda row: row.unit.startswith("percent"))


@cache
def barriers(folder: Path | None = None) -> tuple[Barrier, ...]:
    """Return the barriers and enablers that surveys name, with a value where one was published."""
    return _figures("barriers", Barrier, ("construct", "measure", "date"), folder)


@cache
def assumptions() -> tuple[Assumption, ...]:
    """Return what the synthetic register must assume for want of evidence: grade D, to be varied."""
    return _read("assumptions", Assumption, ("name",), None)


@cache
def net_entry() -> tuple[tuple[str, str, float], ...]:
    """Return (first month, setting, net entry a year as a share)."""

    def check(row: NetEntry) -> tuple[str, ...]:
        month_of(row.start)
        _check_source(row.source_id, None)
        if row.grade not in GRADES:
            raise BadInputError(f"the grade is {row.grade!r} where one of {', '.join(GRADES)} is needed.")
        return ()

    rows = _read("net_entry", NetEntry, ("setting", "start"), None, derive=check)
    return tuple((row.start, row.setting, row.percent_a_year / 100) for row in rows)


def assumed(name: str) -> float:
    """Return the value of an assumption by its name."""
    return {assumption.name: assumption.value for assumption in assumptions()}[name]


@cache
def margins(folder: Path | None = None) -> tuple[Margin, ...]:
    """Return the counts from copies of the CQC register; vintages differ, so read them before adding rows."""
    by_path = {row.path: row for row in _register_sources(folder)}
    readable: set[str] = set()

    def check(row: Margin) -> tuple[str, ...]:
        if row.vintage not in readable:
            month_of(row.vintage)
            readable.add(row.vintage)
        if row.source_repo_path not in by_path:
            raise BadInputError(f"the source {row.source_repo_path!r} is not in register_sources.csv.")
        if row.count < 0 or (row.denominator is not None and row.denominator < 0):
            raise BadInputError("a count and its denominator cannot be negative.")
        source = by_path[row.source_repo_path]
        return source.source_id, max(source.grade, "C") if row.table == "derived_estimate" else source.grade

    keys = ("table", "dimension1", "level1", "dimension2", "level2", "vintage")
    return _read("population/margins", Margin, keys, folder, derive=check, derived=("source_id", "grade"))


@cache
def authorities(folder: Path | None = None) -> tuple[Authority, ...]:
    """Return the 153 authorities in the order of the table; a provider's authority is an index into it."""

    def check(row: Authority) -> tuple[str, ...]:
        if min(row.population_2020, row.care_homes_rated_2021, row.community_rated_2021, row.neighbours) < 0:
            raise BadInputError(f"{row.name} has a negative count.")
        if not (49.0 <= row.centroid_latitude <= 56.0 and -7.0 <= row.centroid_longitude <= 2.0):
            raise BadInputError(f"the centroid of {row.name} lies outside England.")
        return ()

    return _read("population/local_authorities", Authority, ("code",), folder, derive=check)


@cache
def adjacency(folder: Path | None = None) -> tuple[Neighbours, ...]:
    """Return the pairs of authorities that share a border, each pair once."""
    known = {authority.code for authority in authorities(folder)}

    def check(row: Neighbours) -> tuple[str, ...]:
        for code in (row.code_a, row.code_b):
            if code not in known:
                raise BadInputError(f"the authority {code} is not in local_authorities.csv.")
        if row.code_a == row.code_b:
            raise BadInputError(f"{row.la_a} cannot be its own neighbour.")
        return ()

    return _read("population/local_authority_adjacency", Neighbours, ("code_a", "code_b"), folder, derive=check)


TABLES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "adoption_series": adoption_series,
    "events": events,
    "sector_composition": sector_composition,
    "workforce": workforce,
    "costs": costs,
    "barriers": barriers,
    "margins": margins,
}


def figure(table: str, folder: Path | None = None, /, **keys: str) -> Figure:
    """Return the one number of `table` whose columns equal `keys`, or refuse if there is not exactly one.

    Example: figure("sector_composition", variable="residents", date="2022/23"). A row of margins has the unit
    "count"; the size of an event is its value.
    """
    if table not in TABLES:
        raise BadInputError(f"There is no evidence table {table!r}; there are {', '.join(TABLES)}.")
    rows = TABLES[table](folder)
    unknown = [key for key in keys if key not in rows[0]._fields]
    if unknown:
        raise BadInputError(f"{table} has no column {', '.join(unknown)}.")
    found = [row for row in rows if all(getattr(row, key) == wanted for key, wanted in keys.items())]
    asked = ", ".join(f"{key} = {wanted}" for key, wanted in keys.items())
    if len(found) != 1:
        raise BadInputError(f"{table} has {len(found)} rows with {asked} where exactly one is needed.")
    row = found[0]
    if table == "margins":
        return Figure(row.count, "count", row.source_id, row.grade, row.note)
    value, unit = (row.size, row.size_unit) if table == "events" else (row.value, row.unit)
    if value is None:
        raise BadInputError(f"{table} names {asked} without a value.")
    return Figure(value, unit, row.source_id, row.grade, row.note)
