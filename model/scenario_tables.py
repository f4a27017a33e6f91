"""The tables of a scenario file: levers, shocks, events, series and priorities, each with what it may hold."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from . import BadInputError, Lever, Policy
from .conditions import FIRST_MONTH, LAST_MONTH, checked_lever
from .declare import checked_value, entries, nearest
from .files import Strict
from .groups import checked_target
from .innovations import month_text
from .mechanisms.priorities import REGIMES as PRIORITIES
from .population.country import home
from .shocks import Shocks

REASONS = ("context: ", "series: ")
"""How the words begin for an event that nothing stands for: part of the story only; in the series of the file."""


class Table(Strict):
    """A table in which a number is a number and words are words."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


def within_calendar(month: Any) -> str:
    """Return a month as YYYY-MM, or refuse it."""
    if not isinstance(month, str):
        raise BadInputError(f'the month is {month}: it must read YYYY-MM in quotes, such as "2026-01"')
    if not FIRST_MONTH <= month_text(month) <= LAST_MONTH:
        raise BadInputError(f"the month is {month}: it must be from {FIRST_MONTH} to {LAST_MONTH}")
    return month


def number(what: str, value: Any, low: float, high: float, unit: str) -> float:
    """Return a number within its limits, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadInputError(f"{what} is {value!r}: it must be from {low:g} to {high:g} {unit}")
    return float(value)


def words(text: str) -> str:
    """Return text that says something, or refuse it."""
    if not text.strip():
        raise BadInputError("it is empty: say it in words")
    return text


class LeverTable(Table):
    """One lever, pulled for a time."""

    name: str
    strength: float
    start: str | None = None
    end: str | None = None
    group: str = "all"
    innovation: str | None = None
    unit_cost: float | None = None
    reason: str = ""

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        checked_value(entries(Policy), name, 0.0, "lever")
        return name

    @field_validator("strength", mode="before")
    @classmethod
    def _in_range(cls, strength: Any, info: ValidationInfo) -> Any:
        if "name" in info.data:
            return checked_value(entries(Policy), info.data["name"], strength, "lever")
        return strength

    @field_validator("unit_cost", mode="before")
    @classmethod
    def _cost(cls, cost: Any) -> float:
        return number("unit_cost", cost, 0, 1e6, "GBP a provider-month")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("group")
    @classmethod
    def _group(cls, group: str) -> str:
        checked_target(group)
        return group

    @model_validator(mode="after")
    def _possible(self) -> LeverTable:
        checked_lever(
            Lever(self.name, self.strength, self.start, self.end, self.group, self.innovation, self.unit_cost)
        )
        return self


class ShockTable(Table):
    """One shock."""

    kind: str
    start: str | None = None
    """Needed, but for the shock of an event: that begins with it."""
    end: str | None = None
    strength: float | None = None
    group: str = "all"
    innovation: str | None = None
    reason: str = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        checked_value(entries(Shocks), kind, 0.0, "shock")
        return kind

    @field_validator("strength", mode="before")
    @classmethod
    def _in_range(cls, strength: Any, info: ValidationInfo) -> Any:
        if "kind" in info.data:
            return checked_value(entries(Shocks), info.data["kind"], strength, "shock")
        return strength

    @field_validator("start", "end", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("group")
    @classmethod
    def _group(cls, group: str) -> str:
        checked_target(group)
        return group


class EventTable(Table):
    """One event of evidence/events.csv, and the levers and shocks that stand for it or the reason why none does."""

    id: str
    acts: str | None = None
    reason: str | None = None
    grade: Literal["D"] = "D"
    lever: list[LeverTable] = Field(default_factory=list)
    shock: list[ShockTable] = Field(default_factory=list)

    @field_validator("id")
    @classmethod
    def _known(cls, name: str) -> str:
        known = [event.event_id for event in home().events()]
        if name not in known:
            raise BadInputError(f"Unknown event {name!r}: {nearest(name, known)}")
        return name

    @field_validator("acts", "reason")
    @classmethod
    def _says(cls, text: str) -> str:
        return words(text)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> EventTable:
        moves = [*self.lever, *self.shock]
        if bool(moves) == (self.acts is not None):
            raise BadInputError(
                f"The event {self.id} must either pull levers ([[event.lever]]) or strike ([[event.shock]]),"
                " or say in `acts` why it does neither"
            )
        if moves and self.reason is None:
            raise BadInputError(f"The event {self.id} pulls a lever or strikes: give the reason for its strength")
        if self.acts is not None and not self.acts.startswith(REASONS):
            raise BadInputError(
                f"The event {self.id} acts {self.acts!r}: it must begin with one of {', '.join(map(repr, REASONS))}"
            )
        first = self.first_month()
        for what, name, start in (
            *(("lever", lever.name, lever.start) for lever in self.lever),
            *(("shock", shock.kind, shock.start) for shock in self.shock),
        ):
            if start is not None and start < first:
                raise BadInputError(f"The {what} {name} starts in {start}, before its event {self.id} of {first}")
        return self

    def first_month(self) -> str:
        """Return the first month in which the event can have happened."""
        date = next(event.date for event in home().events() if event.event_id == self.id)
        return date[:7] if len(date) >= len("2021-04") else f"{date[:4]}-01"

    def months(self) -> tuple[str | None, str | None]:
        """Return the first and last month of the event, None for a last one that evidence does not give."""
        event = next(event for event in home().events() if event.event_id == self.id)
        return home().month_of(event.date), home().month_of(event.end_date)


class SeriesTable(Table):
    """A number from a month on, from workforce.csv or given with its source."""

    start: str
    year: str | None = None
    category: str = "all ASC"
    source: str | None = None

    variable: ClassVar[str]
    """Its name in workforce.csv."""
    given: ClassVar[str]
    """The key under which it is given."""
    most: ClassVar[float]
    unit: ClassVar[str]

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("percent_a_year", "percent", mode="before", check_fields=False)
    @classmethod
    def _limits(cls, percent: Any) -> float:
        return number(cls.given, percent, 0, cls.most, cls.unit)

    @property
    def own(self) -> float | None:
        """The number that the file gives, if it does."""
        return getattr(self, self.given)

    @model_validator(mode="after")
    def _grounded(self) -> SeriesTable:
        what = self.variable.split("_")[0]
        if (self.year is None) == (self.own is None):
            raise BadInputError(f"{what.capitalize()} needs either `year`, a row of workforce.csv, or `{self.given}`")
        if self.own is not None:
            if self.source is None:
                raise BadInputError(
                    f'{what.capitalize()} that is given needs its `source`: a source id, or "assumption"'
                )
            if self.source != "assumption" and self.source not in home().sources():
                raise BadInputError(
                    f"Unknown source {self.source!r}: {nearest(self.source, ['assumption', *home().sources()])}"
                )
            return self
        known = [f"{row.category}, {row.year}" for row in home().workforce() if row.variable == self.variable]
        if f"{self.category}, {self.year}" not in known:
            raise BadInputError(
                f"workforce.csv has no {what} of {self.category}, {self.year}:"
                f" {nearest(f'{self.category}, {self.year}', known)}"
            )
        return self

    def point(self) -> tuple[str, float, str]:
        """Return month, percent and source."""
        if self.own is not None:
            return self.start, self.own, self.source or ""
        wanted = (self.variable, self.category, self.year)
        row = next(row for row in home().workforce() if (row.variable, row.category, row.year) == wanted)
        return self.start, row.value, row.source_id


class TurnoverTable(SeriesTable):
    """Staff turnover."""

    percent_a_year: float | None = None
    variable, given, most, unit = "turnover_rate", "percent_a_year", 600, "% of staff a year"


class VacancyTable(SeriesTable):
    """Posts that nobody fills."""

    percent: float | None = None
    variable, given, most, unit = "vacancy_rate", "percent", 30, "% of posts"


class PrioritiesTable(Table):
    """A regime of priorities from a month on."""

    start: str
    regime: str

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("regime")
    @classmethod
    def _known(cls, regime: str) -> str:
        if regime not in PRIORITIES:
            raise BadInputError(f"The regime of priorities is {regime!r}: {nearest(regime, PRIORITIES)}")
        return regime
