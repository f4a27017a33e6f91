"""What a fit is held against: every datum with its date, denominator, error, censoring, role and source."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.conditions import month_after, months_between
from carespread.model.declare import nearest
from carespread.model.groups import DIMENSIONS
from carespread.model.innovations import library
from carespread.model.population.country import home
from carespread.model.scenario import Scenario
from carespread.results.statistics.inference import Observed
from carespread.results.statistics.outcomes import AT_DATE, dated_name

from .stage_pattern import MEASURES

FILE = Path(__file__).with_name("targets.csv")
CALIBRATION, VALIDATION = "calibration", "validation"
ROLES = (CALIBRATION, VALIDATION)
CENSORED = {"": 0, "more": 1, "less": -1}
DENOMINATORS = {"providers": "using_share", "sites": "site_share", "people": "people_share"}
"""What a source counts, and the quantity of the model that means the same."""
STAGE_PATTERN, STARTED = "hard_programme", "started sites"
"""The innovation and the denominator of the stage pattern V19, which has no date: it holds for any month."""


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
    note: str

    @property
    def column(self) -> str:
        """The column of runs.parquet that means the same."""
        return dated_name(self.measure, self.innovation, self.date, self.group)


def read_targets(path: Path, scenario: Scenario) -> tuple[Target, ...]:
    """Return the targets of a file; what cannot be compared with the scenario is refused with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from None
    rows = csv.DictReader(io.StringIO(text))
    fields = list(Target._fields)
    if rows.fieldnames is None or list(rows.fieldnames) != fields:
        raise BadInputError(f"{path}, line 1: the columns must be {','.join(fields)}.")
    made: list[Target] = []
    for row in rows:
        try:
            made.append(target_of(row, scenario))
        except BadInputError as error:
            raise BadInputError(f"{path}, line {rows.line_num}: {error}") from None
        if made[-1].id in {one.id for one in made[:-1]}:
            raise BadInputError(f"{path}, line {rows.line_num}: The id {made[-1].id!r} stands twice: once is enough.")
    if not made:
        raise BadInputError(f"{path} holds no target.")
    return tuple(made)


def target_of(row: dict[str, str | None], scenario: Scenario) -> Target:
    """Return one line as a target, or refuse it."""
    cells = {name: (row.get(name) or "").strip() for name in Target._fields}
    pattern = cells["innovation"] == STAGE_PATTERN
    for name, known in (
        ("innovation", [*library(), STAGE_PATTERN]),
        ("measure", MEASURES if pattern else list(AT_DATE)),
        ("role", ROLES),
        ("censored", CENSORED),
        ("denominator", [STARTED] if pattern else DENOMINATORS),
        ("source_id", home().sources()),
    ):
        if cells[name] not in known:
            raise BadInputError(
                f"Unknown {name} {cells[name]!r}: {nearest(cells[name], [one for one in known if one])}"
            )
    if not pattern and DENOMINATORS[cells["denominator"]] != cells["measure"]:
        wanted = DENOMINATORS[cells["denominator"]]
        raise BadInputError(
            f"The measure is {cells['measure']} but the source counts {cells['denominator']}: that is {wanted}."
        )
    dimension = cells["group"].partition("=")[0]
    if cells["group"] != "all" and (pattern or dimension not in DIMENSIONS):
        raise BadInputError(f"Unknown population {cells['group']!r}: {nearest(dimension, [*DIMENSIONS, 'all'])}")
    first, last = scenario.conditions.start, month_after(scenario.conditions.start, scenario.months - 1)
    months = [month_after(first, number) for number in range(months_between(first, last) + 1)]
    if pattern and (cells["date"] or cells["role"] != CALIBRATION):
        raise BadInputError(f"The stage pattern has no date and is for calibration: leave out {cells['date']!r}.")
    if not pattern and cells["date"] not in months:
        raise BadInputError(f"The date is {cells['date']!r}: it must be a month (YYYY-MM) from {first} to {last}.")
    value = number_of("value", cells["value"], 0.0, 1.0)
    if cells["role"] == CALIBRATION and (cells["date"], round(100 * value, 6), cells["source_id"]) in held_out():
        raise BadInputError(
            f"The datum {cells['id']!r} is held out for validation in adoption_series.csv: it is never fitted."
        )
    return Target(
        **{name: cells[name] for name in ("id", "innovation", "measure", "group", "date")},
        value=value,
        error=number_of("error", cells["error"], 1e-6, 1.0),
        discrepancy=number_of("discrepancy", cells["discrepancy"], 0.0, 1.0),
        censored=CENSORED[cells["censored"]],
        **{name: cells[name] for name in ("role", "source_id", "population", "denominator", "note")},
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
        raise BadInputError(f"The {name} is {text!r}: it must be a share from {low:g} to {high:g}.")
    return value


def fitted_only(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets that a fit may see; what is held out for validation never gets further than here."""
    kept = tuple(one for one in targets if one.role == CALIBRATION)
    if not kept:
        raise BadInputError("No target has the role calibration: validation rows are never fitted.")
    return kept


def dated(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets that runs of the sector are compared with; the others are the stage pattern."""
    return tuple(one for one in targets if one.date)


def observed(targets: Sequence[Target]) -> Observed:
    """Return targets as arrays, with the declared model discrepancy in their errors."""
    return Observed(
        np.array([one.value for one in targets]),
        np.array([math.hypot(one.error, one.discrepancy) for one in targets]),
        np.array([one.censored for one in targets]),
    )
