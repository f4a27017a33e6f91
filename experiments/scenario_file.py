"""The shape of a scenario file: which keys it may have, and what each may be."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from model import BadInputError, Lever, Policy
from model.conditions import ECONOMIC, FIRST_MONTH, LAST_MONTH, REGULATORY, checked_lever
from model.declare import checked_value, entries, nearest
from model.evidence import events, month_of, sources, workforce
from model.files import Strict
from model.groups import checked_target
from model.innovations import find, month_text
from model.simulate import MOST_MONTHS, checked_whole

REASONS = ("context: ", "not yet: ", "turnover: ")
"""How the words begin for an event that pulls no lever: part of the story only; at a later level; in the series."""


NO_SHOCKS = (
    "shocks are not in the model yet (equation 18):"
    " describe it as an [[event]] with `acts`, or as a [[lever]] with dates"
)


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


class EventTable(Table):
    """One event of evidence/events.csv, and the levers that it pulls or the reason why it pulls none."""

    id: str
    acts: str | None = None
    reason: str | None = None
    grade: Literal["D"] = "D"
    lever: list[LeverTable] = Field(default_factory=list)

    @field_validator("id")
    @classmethod
    def _known(cls, name: str) -> str:
        known = [event.event_id for event in events()]
        if name not in known:
            raise BadInputError(f"Unknown event {name!r}: {nearest(name, known)}")
        return name

    @field_validator("acts", "reason")
    @classmethod
    def _says(cls, text: str) -> str:
        return words(text)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> EventTable:
        if bool(self.lever) == (self.acts is not None):
            raise BadInputError(
                f"The event {self.id} must either pull levers ([[event.lever]]) or say in `acts` why it pulls none"
            )
        if self.lever and self.reason is None:
            raise BadInputError(f"The event {self.id} pulls a lever: give the reason for its strength")
        if self.acts is not None and not self.acts.startswith(REASONS):
            raise BadInputError(
                f"The event {self.id} acts {self.acts!r}: it must begin with one of {', '.join(map(repr, REASONS))}"
            )
        first = self.first_month()
        early = next((lever for lever in self.lever if lever.start is not None and lever.start < first), None)
        if early is not None:
            raise BadInputError(
                f"The lever {early.name} starts in {early.start}, before its event {self.id} of {first}"
            )
        return self

    def first_month(self) -> str:
        """Return the first month in which the event can have happened."""
        date = next(event.date for event in events() if event.event_id == self.id)
        return date[:7] if len(date) >= len("2021-04") else f"{date[:4]}-01"

    def months(self) -> tuple[str | None, str | None]:
        """Return the first and last month of the event, None for a last one that evidence does not give."""
        event = next(event for event in events() if event.event_id == self.id)
        return month_of(event.date), month_of(event.end_date)


class TurnoverTable(Table):
    """Staff turnover from a month on, from workforce.csv or given with its source."""

    start: str
    year: str | None = None
    category: str = "all ASC"
    percent_a_year: float | None = None
    source: str | None = None

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("percent_a_year", mode="before")
    @classmethod
    def _leavers(cls, percent: Any) -> float:
        return number("percent_a_year", percent, 0, 600, "% of staff a year")

    @model_validator(mode="after")
    def _grounded(self) -> TurnoverTable:
        if (self.year is None) == (self.percent_a_year is None):
            raise BadInputError("Turnover needs either `year`, a row of workforce.csv, or `percent_a_year`")
        if self.percent_a_year is not None:
            if self.source is None:
                raise BadInputError('Turnover that is given needs its `source`: a source id, or "assumption"')
            if self.source != "assumption" and self.source not in sources():
                raise BadInputError(
                    f"Unknown source {self.source!r}: {nearest(self.source, ['assumption', *sources()])}"
                )
            return self
        known = [f"{row.category}, {row.year}" for row in workforce() if row.variable == "turnover_rate"]
        if f"{self.category}, {self.year}" not in known:
            raise BadInputError(
                f"workforce.csv has no turnover of {self.category}, {self.year}:"
                f" {nearest(f'{self.category}, {self.year}', known)}"
            )
        return self


class ScenarioFile(Table):
    """A scenario."""

    question: str
    start: str = "2026-01"
    months: int | None = None
    regulatory: str = "central"
    economic: str = "central"
    innovations: list[str] | None = None
    lever: list[LeverTable] = Field(default_factory=list)
    event: list[EventTable] = Field(default_factory=list)
    turnover: list[TurnoverTable] = Field(default_factory=list)
    shock: Any = None

    @field_validator("question")
    @classmethod
    def _says(cls, text: str) -> str:
        return words(text)

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("lever", "event", "turnover", mode="before")
    @classmethod
    def _several(cls, tables: Any, info: ValidationInfo) -> Any:
        if not isinstance(tables, list):
            name = info.field_name
            raise BadInputError(f"there may be several {name} tables, so each begins with [[{name}]]")
        return tables

    @field_validator("months", mode="before")
    @classmethod
    def _months(cls, months: Any) -> int:
        return checked_whole("months", months, 1, MOST_MONTHS, "months")

    @field_validator("regulatory", "economic")
    @classmethod
    def _regime(cls, regime: str, info: ValidationInfo) -> str:
        known = REGULATORY if info.field_name == "regulatory" else ECONOMIC
        if regime not in known:
            raise BadInputError(f"The {info.field_name} regime is {regime!r}: {nearest(regime, known)}")
        return regime

    @field_validator("innovations")
    @classmethod
    def _library(cls, names: list[str]) -> list[str]:
        find([name for name in names if not name.endswith(".toml")] or ["dscr"])
        if not names:
            raise BadInputError("No innovation is named: leave the key out for the usual ones")
        return names

    @field_validator("shock")
    @classmethod
    def _later(cls, _: Any) -> None:
        raise BadInputError(NO_SHOCKS)

    @model_validator(mode="after")
    def _once(self) -> ScenarioFile:
        ids = [event.id for event in self.event]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise BadInputError(f"The event {twice} stands twice: once is enough")
        return self
