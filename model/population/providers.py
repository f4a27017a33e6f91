"""A user's own providers: read from a table, and checked cell by cell wherever a population enters."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carespread.refusal import shown

from ..declare import BadInputError, nearest
from ..innovations import CAPABILITIES
from ..parameters import Parameters
from ..state import GENERATION
from .country import Country, Geography, Integers, Level, home
from .sector import MOST, Population, area_of, size_scores
from .traits import LEAST, drawn_traits, scores_of, trait_column

if TYPE_CHECKING:
    import pandas as pd

SHORT_SETTINGS = ("nursing", "residential", "homecare", "community")
"""What the settings are called for short, in tables and as groups."""
FEWEST_OWN = 2
MOST_SERVED = 100_000_000
"""People whom all providers may stand for: sums of pence and of parts must fit into 64 bits."""
WHOLE_COUNTRY = "everywhere"
LONGEST_NAME = 80


class Column(NamedTuple):
    """One column of a table of providers."""

    says: str
    unit: str = ""
    low: float = 0
    high: float = 1
    whole: bool = False
    default: float | str | None = None
    """What stands for a column that is left out; None where it is needed, or drawn."""


NUMBERS = {
    "id": Column("Permanent number, which names the provider's random draws", "", 0, GENERATION - 1, True, "the row"),
    "staff": Column("Headcount", "people", 1, 1_000_000, True),
    "people": Column("People served at one time", "people", 1, 1_000_000, True),
    "sites": Column("Registered locations", "sites", 1, 10_000, True, 1),
    "weight": Column("How many organisations it stands for", "organisations", 0.001, 100_000, False, 1.0),
    "self_funder_share": Column("Share of the people served who pay for themselves", "", 0, 1, False, 0.3),
}
"""Numbers that a table must have or that have a default; the default of `self_funder_share` is an assumption (D)."""
TRAITS = {
    "senior": Column("Leadership of senior leaders", "", LEAST, 1),
    "manager": Column("Leadership of managers", "", LEAST, 1),
    "frontline": Column("Leadership of frontline staff", "", LEAST, 1),
    "learning": Column("Culture of learning", "", LEAST, 1),
    "openness": Column("Openness to partners", "", LEAST, 1),
    "self_knowledge": Column("How well it knows its own capabilities", "", LEAST, 1),
    "connectivity": Column("Quality of its connection to the internet", "", 0, 1),
    "practice": Column("Capability in care practice", "", LEAST, 1),
    "digital": Column("Capability in digital and data", "", LEAST, 1),
    "change": Column("Capability in change and workforce", "", LEAST, 1),
    "commercial": Column("Commercial capability", "", LEAST, 1),
}
"""Numbers that are drawn where a table leaves them out."""
WORDS = {
    "setting": Column("Kind of care, by its name or for short: nursing, residential, homecare, community"),
    "ownership": Column("for-profit, third sector or public", default="for-profit"),
    "rating": Column("inadequate, requires improvement, good or outstanding", default="good"),
    "authority": Column("Area with a commissioner of its own: those of England, or names of one's own", default=""),
    "area": Column("The same, always with names of one's own", default=""),
    "region": Column("Region, which the areas make up", default=""),
    "brand": Column("Brand, which makes a group of providers; empty for none", default=""),
    "name": Column("For the reader; not used", default=""),
}
COLUMNS = {**NUMBERS, **WORDS, **TRAITS}
"""All columns that a table may have."""
SCORES = ("senior_score", "threshold_score", "keep_score", "margin_score", "slack_score", "stance_score", "fee_score")


Cells = Sequence[Any] | NDArray[Any]


class _Table(NamedTuple):
    """The columns of a table, and how a refusal names it."""

    title: str
    columns: Mapping[str, Cells]
    rows: int

    def refuse(self, row: int, column: str, value: Any, limits: str) -> BadInputError:
        """Return the refusal of one cell, in one sentence; the first provider is row 1."""
        return BadInputError(f"Row {row + 1} of {self.title}: {column} is {shown(value)}: {limits}")

    def refuse_whole(self, says: str) -> BadInputError:
        """Return the refusal of the table itself, in one sentence."""
        return BadInputError(f"{self.title[0].upper()}{self.title[1:]} {says}")


def read(source: Any) -> Population:
    """Return the providers of a CSV file (its path) or of a pandas DataFrame; see `Population.of`."""
    table = _from_file(Path(source)) if isinstance(source, (str, os.PathLike)) else _from_frame(source)
    unknown = next((name for name in table.columns if name not in COLUMNS), None)
    if unknown is not None:
        raise table.refuse_whole(f"has the unknown column {shown(unknown)}: {nearest(str(unknown), COLUMNS)}")
    missing = [name for name in ("setting", "staff", "people") if name not in table.columns]
    if missing:
        raise table.refuse_whole(f"lacks the column {missing[0]}: setting, staff and people are needed.")
    if not FEWEST_OWN <= table.rows <= MOST:
        raise table.refuse_whole(f"has {table.rows} rows: it must have from {FEWEST_OWN} to {MOST:,} providers.")
    country = home()
    ids, names = _ids(table)
    numbers = {name: _numbers(table, name, column) for name, column in NUMBERS.items() if name != "id"}
    geography, authority = _geography(table, country)
    area, level = area_of(authority, geography)
    given = {name: _numbers(table, name, column) for name, column in TRAITS.items() if name in table.columns}
    traits = drawn_traits(Parameters(), 0, ids, size_scores(numbers["staff"]), authority, len(geography.authorities))
    drawn = {*traits, *CAPABILITIES} - {"capability", *given}
    for name, values in given.items():
        trait_column(traits, name)[:] = values
    if "senior" in given:
        traits["senior_score"] = scores_of(traits["senior"])
        drawn -= {"senior_score"}
    return checked_population(
        Population(
            id=ids,
            setting=_setting(table, country),
            ownership=_codes(table, "ownership", {name: code for code, name in enumerate(country.ownerships)}),
            rating=_codes(table, "rating", {name: code for code, name in country.ratings.items()}),
            brand=_brands(table),
            authority=authority,
            region=geography.levels[-2].code[authority],
            area=area,
            area_level=level,
            country=country,
            geography=geography,
            names=names,
            drawn=tuple(sorted(drawn)),
            **numbers,
            **traits,
        ),
        table.title,
    )


def table_of(population: Population) -> pd.DataFrame:
    """Return the providers as a table that `read` takes; a brand is its number."""
    import pandas as pd

    country, geography = population.country, population.geography
    words = {
        "setting": [country.settings[code] for code in population.setting],
        "ownership": [country.ownerships[code] for code in population.ownership],
        "rating": [country.ratings[int(code)] for code in population.rating],
        "authority": [geography.authorities[code] for code in population.authority],
        "region": [geography.regions[code] for code in population.region],
        "brand": ["" if code < 0 else f"{code}" for code in population.brand],
    }
    traits = population._asdict()
    numbers = {name: trait_column(traits, name) for name in (*NUMBERS, *TRAITS)}
    if population.names:
        numbers["id"] = np.array(population.names)
    columns = {**numbers, **words}
    return pd.DataFrame({name: columns[name] for name in COLUMNS if name in columns})


def _from_frame(source: Any) -> _Table:
    """Return the columns of a DataFrame."""
    if not hasattr(source, "columns") or not hasattr(source, "index"):
        raise BadInputError(
            f"The table of providers is {shown(source)}: it must be the path of a CSV file or a pandas DataFrame."
        )
    if not source.columns.is_unique:
        raise BadInputError("The table names a column twice: each column must have a name of its own.")
    return _Table("the table", {name: source[name].to_numpy() for name in source.columns}, len(source))


def _from_file(path: Path) -> _Table:
    """Return the columns of a CSV file, its cells as text."""
    if not path.is_file():
        raise BadInputError(f"{shown(str(path))} is not a file: give the path of a CSV file of providers.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = [line for line in csv.reader(stream) if any(cell.strip() for cell in line)]
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        kind = "UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"CSV: {error}"
        raise BadInputError(f"{path} is not {kind}.") from None
    heading = [name.strip() for name in lines[0]] if lines else []
    if len(set(heading)) < len(heading):
        raise BadInputError(f"{path} names a column twice: each column must have a name of its own.")
    for row, cells in enumerate(lines[1:]):
        if len(cells) != len(heading):
            raise BadInputError(f"Row {row + 1} of {path.name} has {len(cells)} cells, the heading {len(heading)}.")
    columns = {name: [line[at].strip() for line in lines[1:]] for at, name in enumerate(heading)}
    return _Table(path.name, columns, max(0, len(lines) - 1))


def _limits(column: Column) -> str:
    kind = "a whole number " if column.whole else ""
    return f"it must be {kind}from {column.low:,} to {column.high:,} {column.unit}".rstrip() + "."


def _number(cell: Any) -> float:
    """Return a cell as a number, NaN where it is none: words, yes or no, nothing."""
    if isinstance(cell, (bool, np.bool_)) or not (isinstance(cell, str) or hasattr(cell, "__float__")):
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _numbers(table: _Table, name: str, column: Column) -> NDArray[Any]:
    """Return a column of numbers, each within its limits; its default where it is left out."""
    kind = np.int64 if column.whole else np.float64
    if name not in table.columns:
        return np.full(table.rows, column.default, kind)
    cells = table.columns[name]
    numeric = isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf"
    values = np.asarray(cells, float) if numeric else np.array([_number(cell) for cell in cells])
    fits = (values >= column.low) & (values <= column.high)
    if column.whole:
        fits &= values == np.floor(values)
    if not fits.all():
        row = int(np.argmin(fits))
        raise table.refuse(row, name, _plain(cells[row]), _limits(column))
    return values.astype(kind)


def _plain(cell: Any) -> Any:
    """Return a cell as plain Python shows it, rather than as np.float64(7.0)."""
    return cell.item() if isinstance(cell, np.generic) else cell


def _texts(table: _Table, name: str) -> list[str]:
    """Return a column of words; cells without a value are empty."""
    if name not in table.columns:
        return [str(COLUMNS[name].default)] * table.rows
    cells = [_plain(cell) for cell in table.columns[name]]
    absent = [cell is None or (isinstance(cell, float) and math.isnan(cell)) for cell in cells]
    texts = ["" if no else str(cell).strip() for cell, no in zip(cells, absent, strict=True)]
    for row, text in enumerate(texts):
        if text and (len(text) > LONGEST_NAME or not text[0].isalnum() or not text.isprintable()):
            limits = f"a name begins with a letter or digit, is printable and has at most {LONGEST_NAME} characters."
            raise table.refuse(row, name, text, limits)
    return texts


def _codes(table: _Table, name: str, known: Mapping[str, int]) -> Integers:
    """Return the codes of a column of words that must be known."""
    codes = []
    for row, text in enumerate(_texts(table, name)):
        if text not in known:
            raise table.refuse(row, name, text, nearest(text, known))
        codes.append(known[text])
    return np.array(codes, np.int64)


def _setting(table: _Table, country: Country) -> Integers:
    names = {name: code for code, name in enumerate(country.settings)}
    return _codes(table, "setting", names | {name: code for code, name in enumerate(SHORT_SETTINGS)})


def _brands(table: _Table) -> Integers:
    """Return the code of each brand, -1 for none."""
    texts = _texts(table, "brand")
    code = {name: number for number, name in enumerate(sorted(set(texts) - {""}))} | {"": -1}
    return np.array([code[text] for text in texts], np.int64)


def _ids(table: _Table) -> tuple[Integers, tuple[str, ...]]:
    """Return the ids, and the words that they are in the table; words are numbered in their order."""
    if "id" not in table.columns:
        return np.arange(table.rows, dtype=np.int64), ()
    cells = [_plain(cell) for cell in table.columns["id"]]
    words = cells and all(isinstance(cell, str) and cell and math.isnan(_number(cell)) for cell in cells)
    if words:
        texts = _texts(table, "id")
        number = {name: code for code, name in enumerate(sorted(set(texts)))}
        ids, names = np.array([number[text] for text in texts], np.int64), tuple(texts)
    else:
        ids, names = _numbers(table, "id", NUMBERS["id"]), ()
    _refuse_twice(ids, cells, table)
    return ids, names


def _refuse_twice(ids: Integers, cells: Cells, table: _Table) -> None:
    """Refuse an id that stands in two rows."""
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(np.diff(ids[order]) == 0)
    if len(again):
        row = int(order[again + 1].min())
        first = int(np.flatnonzero(ids == ids[row])[0])
        raise table.refuse(row, "id", _plain(cells[row]), f"row {first + 1} has it already, and ids must differ.")


def _geography(table: _Table, country: Country) -> tuple[Geography, Integers]:
    """Return where the providers of a table are: in the areas of the country that it names, or in areas of its own."""
    if "area" in table.columns and "authority" in table.columns:
        raise table.refuse_whole("has both area and authority: they are one and the same, give one of them.")
    name = "area" if "area" in table.columns else "authority"
    regions = _texts(table, "region")
    areas = _texts(table, name) if name in table.columns else regions
    for column, texts in ((name, areas), ("region", regions)):
        if column in table.columns and "" in texts:
            raise table.refuse(texts.index(""), column, "", "every row needs a name where the table has the column.")
    if name == "authority" and name in table.columns:
        whole = country.geography()
        code = {authority: number for number, authority in enumerate(whole.authorities)}
        known = [area in code for area in areas]
        if all(known):
            at = np.array([code[area] for area in areas])
            region = [whole.regions[number] for number in whole.levels[-2].code[at]]
            if "region" not in table.columns or region == regions:
                return _cut(whole, at)
        elif any(known):
            row = known.index(False)
            told = nearest(areas[row], code)
            hint = told if told.startswith("did") else f"it is none of {country.name}'s {len(code)} authorities."
            raise table.refuse(row, name, areas[row], f"{hint} Names of your own stand in the column area.")
    return _own_geography(table, areas, regions, name)


def _cut(whole: Geography, authority: Integers) -> tuple[Geography, Integers]:
    """Return the part of a geography in which anybody is, and the codes of authorities in it."""
    present, codes = np.unique(authority, return_inverse=True)
    levels = []
    for level in whole.levels:
        held, code = np.unique(level.code[present], return_inverse=True)
        levels.append(Level(level.name, tuple(level.areas[at] for at in held), code.reshape(-1)))
    return Geography(tuple(levels), np.argsort(np.argsort(whole.path[present]))), codes.reshape(-1)


def _own_geography(table: _Table, areas: list[str], regions: list[str], column: str) -> tuple[Geography, Integers]:
    """Return areas and regions as a table names them; on the path, areas of a region follow each other by name."""
    region_of: dict[str, str] = {}
    for row, (area, region) in enumerate(zip(areas, regions, strict=True)):
        if region_of.setdefault(area, region) != region:
            raise table.refuse(row, column, area, f"it lies in {region} here, and in {region_of[area]} above.")
    order = sorted(region_of, key=lambda area: (region_of[area], area))
    code = {area: number for number, area in enumerate(order)}
    names = sorted(set(region_of.values()))
    inside = np.array([names.index(region_of[area]) for area in order])
    levels = (
        Level("area", tuple(area or WHOLE_COUNTRY for area in order), np.arange(len(order))),
        Level("region", tuple(name or WHOLE_COUNTRY for name in names), inside),
        Level(WHOLE_COUNTRY, (WHOLE_COUNTRY,), np.zeros(len(order), np.int64)),
    )
    return Geography(levels, np.arange(len(order))), np.array([code[area] for area in areas], np.int64)


def checked_population(population: Any, title: str = "the population") -> Population:
    """Return a population whose every cell is within its limits, or refuse the first that is not.

    Nothing that a run is given passes unchecked: kernels index arrays with these codes.
    """
    from ..groups import targets  # which reads populations itself

    if not isinstance(population, Population):
        raise BadInputError(f"population is {shown(population)}: it must be made by Population.of(...).")
    rows = np.size(population.id)
    if not FEWEST_OWN <= rows <= MOST:
        raise BadInputError(f"population has {rows} providers: it must have from {FEWEST_OWN} to {MOST:,}.")
    geography, level = population.geography, population.area_level
    if level not in [one.name for one in geography.levels]:
        raise BadInputError(
            f"area_level is {shown(level)}: {nearest(str(level), [one.name for one in geography.levels])}"
        )
    areas = next(one.areas for one in geography.levels if one.name == level)
    codes = {
        "setting": (0, len(population.country.settings)),
        "ownership": (0, len(population.country.ownerships)),
        "rating": (min(population.country.ratings), max(population.country.ratings) + 1),
        "authority": (0, len(geography.authorities)),
        "region": (0, len(geography.regions)),
        "area": (0, len(areas)),
        "brand": (-1, GENERATION),
    }
    limits = {name: Column("", "", low, high - 1, True) for name, (low, high) in codes.items()}
    limits |= dict.fromkeys(SCORES, Column("", "standard deviations", -10, 10))
    limits |= {name: column for name, column in COLUMNS.items() if name in {**NUMBERS, **TRAITS}}
    columns = {name: np.asarray(getattr(population, name)) for name in limits if name not in CAPABILITIES}
    capability = np.asarray(population.capability)
    for name, (values, shape) in {
        **{name: (values, (rows,)) for name, values in columns.items()},
        "capability": (capability, (rows, len(CAPABILITIES))),
    }.items():
        if values.shape != shape:
            raise BadInputError(f"{name} has the shape {values.shape} in {title}: it must be {shape}.")
    columns |= {name: capability[:, at] for at, name in enumerate(CAPABILITIES)}
    table = _Table(title, columns, rows)
    made: dict[str, Any] = {name: _numbers(table, name, column) for name, column in limits.items()}
    _refuse_twice(made["id"], made["id"], table)
    served = float((made["weight"] * made["people"]).sum())
    if served > MOST_SERVED:
        raise BadInputError(
            f"The providers of {title} stand for {served:,.0f} people: weight times people must add up to at most"
            f" {MOST_SERVED:,}."
        )
    made["capability"] = np.column_stack([made.pop(name) for name in CAPABILITIES])
    checked = population._replace(**made)
    targets(checked)
    return checked
