"""What a fit is held against: every datum with its population, denominator, definition, error, role and source."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.conditions import month_after, months_between
from carespread.model.declare import nearest
from carespread.model.files import read_text
from carespread.model.groups import DIMENSIONS
from carespread.model.innovations import Innovation, library, read_innovation
from carespread.model.population.country import home
from carespread.model.scenario import Scenario
from carespread.refusal import shown
from carespread.results.statistics.inference import Observed
from carespread.results.statistics.outcomes import AT_DATE, dated_name

from .observation import DEFINITIONS, DENOMINATORS, POPULATIONS, STARTED, Definition
from .stage_pattern import MEASURES

FILE = Path(__file__).with_name("targets.csv")
CALIBRATION, VALIDATION = "calibration", "validation"
ROLES = (CALIBRATION, VALIDATION)
CENSORED = {"": 0, "more": 1, "less": -1}
STAGE_PATTERN = "hard_programme"
"""The innovation of the stage pattern V19."""
FURTHER = ("note", "source")
"""Columns that a file may leave out."""


class Target(NamedTuple):
    """One datum."""

    id: str
    innovation: str
    measure: str
    group: str
    """all, or dimension=level."""
    date: str
    """YYYY-MM; empty for the stage pattern, which has no date."""
    value: float
    """A share."""
    error: float
    """One standard deviation of the observation: 2 points where the source gives none."""
    discrepancy: float
    """By how much a model of this kind may miss it whatever its parameters, one standard deviation: declared."""
    censored: int
    """1: only "more than" is known, -1: only "less than"."""
    role: str
    source_id: str
    population: str
    denominator: str
    definition: str
    note: str
    source: str
    """Who published it, when and where, for a source that the evidence does not have."""
    file: str
    """Path of the innovation's own file; empty where it is in the library."""

    @property
    def column(self) -> str:
        """The column of runs.parquet that means the same."""
        return dated_name(self.measure, self.innovation, self.date, self.group)

    @property
    def defined(self) -> Definition:
        """The definition by which it was counted."""
        return DEFINITIONS[self.definition]


COLUMNS = tuple(name for name in Target._fields if name != "file")


def read_targets(path: Path, scenario: Scenario) -> tuple[Target, ...]:
    """Return the targets of a file; what cannot be compared with the scenario is refused with its line.

    An innovation is a name of the library or a file (.toml) seen from the folder of the targets; a source that the
    evidence does not have is said in the column `source`.
    """
    rows = csv.DictReader(io.StringIO(read_text(path)))
    given = list(rows.fieldnames or ())
    missing = [name for name in COLUMNS if name not in given and name not in FURTHER]
    if missing or set(given) - set(COLUMNS) or len(set(given)) < len(given):
        raise BadInputError(f"{path}, line 1: the columns must be {','.join(COLUMNS)}.")
    made: list[Target] = []
    for row in rows:
        try:
            made.append(target_of(row, scenario, path.parent))
        except BadInputError as error:
            raise BadInputError(f"{path}, line {rows.line_num}: {error}") from None
        if made[-1].id in {one.id for one in made[:-1]}:
            raise BadInputError(f"{path}, line {rows.line_num}: The id {made[-1].id!r} stands twice: once is enough.")
    if not made:
        raise BadInputError(f"{path} holds no target.")
    return tuple(made)


def target_of(row: dict[str, str | None], scenario: Scenario, folder: Path) -> Target:
    """Return one line as a target, or refuse it."""
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if None in row or not cells["id"]:
        raise BadInputError("A target has an id and one cell for each column.")
    cells["innovation"], file = innovation_of(cells["innovation"], folder)
    pattern = cells["innovation"] == STAGE_PATTERN
    for name, known in (
        ("measure", MEASURES if pattern else list(AT_DATE)),
        ("role", ROLES),
        ("censored", CENSORED),
        ("population", POPULATIONS),
        ("denominator", [STARTED] if pattern else DENOMINATORS),
        ("definition", DEFINITIONS),
    ):
        refuse_unknown(name, cells[name], known)
    if not cells["source"]:
        refuse_unknown("source_id", cells["source_id"], home().sources())
    elif not cells["source_id"]:
        raise BadInputError("The source has no source_id: give it one.")
    check_counted(cells, pattern)
    check_date(cells, pattern, scenario)
    value = number_of("value", cells["value"], 0.0, 1.0)
    if cells["role"] == CALIBRATION and (cells["date"], round(100 * value, 6), cells["source_id"]) in held_out():
        raise BadInputError(
            f"The datum {cells['id']!r} is held out for validation in adoption_series.csv: it is never fitted."
        )
    numbers = {
        "value": value,
        "error": number_of("error", cells["error"], 1e-6, 1.0),
        "discrepancy": number_of("discrepancy", cells["discrepancy"], 0.0, 1.0),
    }
    return Target(**{**cells, **numbers, "censored": CENSORED[cells["censored"]], "file": file})  # type: ignore[arg-type]


def refuse_unknown(name: str, given: str, known: Collection[str]) -> None:
    """Refuse a cell that is none of the known words."""
    if given not in known:
        raise BadInputError(f"Unknown {name} {shown(given)}: {nearest(given, [one for one in known if one])}")


def innovation_of(given: str, folder: Path) -> tuple[str, str]:
    """Return the name of an innovation and the path of its own file, empty where it is in the library."""
    if given.endswith(".toml"):
        path = folder / given
        return read_innovation(path).name, str(path)
    refuse_unknown("innovation", given, [*library(), STAGE_PATTERN])
    return given, ""


def check_counted(cells: dict[str, str], pattern: bool) -> None:
    """Refuse a measure, group or definition that is not what the source counts."""
    group, denominator = cells["group"], cells["denominator"]
    counted, definition = POPULATIONS[cells["population"]], DEFINITIONS[cells["definition"]]
    if not pattern and DENOMINATORS[denominator] != cells["measure"]:
        wanted = DENOMINATORS[denominator]
        raise BadInputError(f"The measure is {cells['measure']} but the source counts {denominator}: that is {wanted}.")
    dimension = group.partition("=")[0]
    if group != "all" and (pattern or dimension not in DIMENSIONS):
        raise BadInputError(f"Unknown population {group!r}: {nearest(dimension, [*DIMENSIONS, 'all'])}")
    if group != counted.group:
        raise BadInputError(
            f"The group is {shown(group)} but the population is {cells['population']}: that is {counted.group}."
        )
    for what, allowed in (("population", counted.denominators), ("definition", definition.denominators)):
        if denominator not in allowed:
            raise BadInputError(
                f"The denominator is {denominator}, but the {what} {shown(cells[what])} is counted by"
                f" {' or '.join(allowed)}."
            )


def check_date(cells: dict[str, str], pattern: bool, scenario: Scenario) -> None:
    """Refuse a month that the scenario does not see, or in which nothing was counted by the definition."""
    date, definition = cells["date"], DEFINITIONS[cells["definition"]]
    first, last = scenario.conditions.start, month_after(scenario.conditions.start, scenario.months - 1)
    months = [month_after(first, number) for number in range(months_between(first, last) + 1)]
    if pattern and (date or cells["role"] != CALIBRATION):
        raise BadInputError(f"The stage pattern has no date and is for calibration: leave out {date!r}.")
    if not pattern and date not in months:
        raise BadInputError(f"The date is {date!r}: it must be a month (YYYY-MM) from {first} to {last}.")
    if not pattern and not definition.first <= date <= definition.last:
        raise BadInputError(
            f"The date is {date}, but by the definition {cells['definition']!r} is counted"
            f" {f'from {definition.first}' if date < definition.first else f'until {definition.last}'}."
        )


@cache
def held_out() -> frozenset[tuple[str | None, float, str]]:
    """Return month, value in percent and source of every datum that the evidence holds back."""
    kept = (one for one in home().adoption_series() if one.role.startswith(VALIDATION) and one.value is not None)
    return frozenset((home().month_of(one.date), round(float(one.value), 6), one.source_id) for one in kept)


def number_of(name: str, text: str, low: float, high: float) -> float:
    """Return a share, or refuse it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise BadInputError(f"The {name} is {shown(text)}: it must be a share from {low:g} to {high:g}.")
    return value


def fitted_only(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets that a fit may see; what is held out for validation never gets further than here."""
    kept = tuple(one for one in targets if one.role == CALIBRATION)
    if not dated(kept):
        raise BadInputError("No dated target has the role calibration: validation rows are never fitted.")
    return kept


def dated(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets that runs of the sector are compared with; the others are the stage pattern."""
    return tuple(one for one in targets if one.date)


def innovations_of(targets: Sequence[Target]) -> tuple[Innovation, ...]:
    """Return the innovations of targets, each once; those of the library and those that a file brings."""
    found = {one.innovation: one.file for one in dated(targets)}
    return tuple(read_innovation(Path(file)) if file else library()[name] for name, file in found.items())


def observed(targets: Sequence[Target]) -> Observed:
    """Return targets as arrays: the expected step of a definition taken off, and in the errors what is unknown of it
    and the declared model discrepancy.
    """
    return Observed(
        np.array([one.value - one.defined.step for one in targets]),
        np.array([math.hypot(one.error, one.discrepancy, one.defined.spread) for one in targets]),
        np.array([one.censored for one in targets]),
    )
