"""The shape of a scenario file: which tables and keys it may have, and what each may be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from .conditions import (
    ECONOMIC,
    MOST_MONTHS,
    REGULATORY,
    checked_month,
    checked_name,
    checked_part,
    checked_unit_cost,
)
from .declare import BadInputError, Entry, checked_value, checked_whole, entries, nearest
from .files import Strict
from .groups import checked_target
from .innovations import find
from .mechanisms.priorities import REGIMES
from .own_levers import OwnLever, checked_own
from .policy import Policy
from .population.country import home
from .shocks import Shocks

REASONS = ("context: ", "series: ")
"""How the words begin for an event that nothing stands for: part of the story only; in the series of the file."""


def words(text: str) -> str:
    """Return text that says something, or refuse it."""
    if not text.strip():
        raise BadInputError("it is empty: say it in words.")
    return text


def known_group(group: str) -> str:
    """Return the name of a target group, or refuse it."""
    checked_target(group)
    return group


def known_event(name: str) -> str:
    """Return the id of an event of the evidence, or refuse it."""
    if name not in (known := [event.event_id for event in home().events()]):
        raise BadInputError(f"Unknown event {name!r}: {nearest(name, known)}")
    return name


Month = Annotated[str, BeforeValidator(checked_month)]
MaybeMonth = Annotated[str | None, BeforeValidator(checked_month)]
Words = Annotated[str, AfterValidator(words)]


class Table(Strict):
    """A table in which a number is a number and words are words."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


class MoveTable(Table):
    """What a lever and a shock have in common: when, whom and on which innovation they act."""

    start: MaybeMonth = None
    """Needed for a shock, but for that of an event: it begins with it."""
    end: MaybeMonth = None
    group: Annotated[str, AfterValidator(known_group)] = "all"
    innovation: str | None = None
    reason: str = ""

    declared: ClassVar[tuple[str, str, type]]
    """The key of its name, what it is called, and the declaration that has its name."""

    @field_validator("name", "kind", check_fields=False)
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        checked_value(cls.known(info), name, 0.0, cls.declared[1])
        return name

    @classmethod
    def known(cls, info: ValidationInfo) -> Mapping[str, Entry]:
        """Return what has such a name: in the model, or in the file."""
        own: dict[str, Entry] = (info.context or {}).get(cls.declared[1], {})
        return {**entries(cls.declared[2]), **own}

    @field_validator("strength", mode="before", check_fields=False)
    @classmethod
    def _in_range(cls, strength: Any, info: ValidationInfo) -> Any:
        key, what, _ = cls.declared
        return checked_value(cls.known(info), info.data[key], strength, what) if key in info.data else strength


class OwnLeverTable(Table):
    """One lever of a user's own."""

    name: str
    description: str
    unit: str
    low: float = 0.0
    high: float
    unit_cost: float = 0.0
    moves: str
    by: float

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> OwnLeverTable:
        (one,) = checked_own([OwnLever(**self.model_dump())])
        if info.context is not None:
            info.context.setdefault("lever", {})[one.name] = one.entry
        return self


class TakingPart(Table):
    """Who feels a lever, and when."""

    take_up: float = 1.0
    completion: float = 1.0
    delay: int = 0
    fade: float | None = None

    @field_validator("take_up", "completion", "delay", "fade", mode="before")
    @classmethod
    def _checked(cls, given: Any, info: ValidationInfo) -> Any:
        return given if given is None else checked_part(str(info.field_name), given)


class LeverTable(MoveTable, TakingPart):
    """One lever, set for a time."""

    name: str
    strength: float
    unit_cost: Annotated[float | None, BeforeValidator(checked_unit_cost)] = None
    times: str | None = None
    declared = ("name", "lever", Policy)


class ShockTable(MoveTable):
    """One shock."""

    kind: str
    strength: float | None = None
    declared = ("kind", "shock", Shocks)


class EventTable(Table):
    """One event of evidence/events.csv, and the levers and shocks that stand for it or the reason why none does."""

    id: Annotated[str, AfterValidator(known_event)]
    acts: Words | None = None
    reason: Words | None = None
    grade: Literal["D"] = "D"
    lever: list[LeverTable] = Field(default_factory=list)
    shock: list[ShockTable] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> EventTable:
        moves = [*(("lever", one.name, one.start) for one in self.lever)]
        moves += [("shock", one.kind, one.start) for one in self.shock]
        if bool(moves) == (self.acts is not None):
            raise BadInputError(
                f"The event {self.id} must either set levers ([[event.lever]]) or strike ([[event.shock]]),"
                " or say in `acts` why it does neither"
            )
        if moves and self.reason is None:
            raise BadInputError(f"The event {self.id} sets a lever or strikes: give the reason for its strength")
        if self.acts is not None and not self.acts.startswith(REASONS):
            raise BadInputError(
                f"The event {self.id} acts {self.acts!r}: it must begin with one of {', '.join(map(repr, REASONS))}"
            )
        first = self.first_month()
        for what, name, start in moves:
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

    start: Month
    year: str | None = None
    category: str = "all ASC"
    source: str | None = None

    variable: ClassVar[str]
    """Its name in workforce.csv."""
    given: ClassVar[str]
    """The key under which it is given."""
    most: ClassVar[float]
    unit: ClassVar[str]
    scale: ClassVar[float]
    """Percent of a year or of posts that are 1 in the model's unit."""

    @field_validator("percent_a_year", "percent", mode="before", check_fields=False)
    @classmethod
    def _limits(cls, percent: Any) -> float:
        if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not 0 <= percent <= cls.most:
            raise BadInputError(f"{cls.given} is {percent!r}: it must be from 0 to {cls.most:g} {cls.unit}")
        return float(percent)

    @property
    def own(self) -> float | None:
        """The number that the file gives, if it does."""
        given: float | None = getattr(self, self.given)
        return given

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
            if self.source not in (known := ["assumption", *home().sources()]):
                raise BadInputError(f"Unknown source {self.source!r}: {nearest(self.source, known)}")
            return self
        rows = [f"{row.category}, {row.year}" for row in home().workforce() if row.variable == self.variable]
        if (row := f"{self.category}, {self.year}") not in rows:
            raise BadInputError(f"workforce.csv has no {what} of {row}: {nearest(row, rows)}")
        return self

    def point(self) -> tuple[str, float, str]:
        """Return month, value in the model's unit and source."""
        if self.own is not None:
            return self.start, self.own / self.scale, self.source or ""
        wanted = (self.variable, self.category, self.year)
        row = next(row for row in home().workforce() if (row.variable, row.category, row.year) == wanted)
        return self.start, row.value / self.scale, row.source_id


class TurnoverTable(SeriesTable):
    """Staff turnover."""

    percent_a_year: float | None = None
    variable, given, most, unit, scale = "turnover_rate", "percent_a_year", 600, "% of staff a year", 1200


class VacancyTable(SeriesTable):
    """Posts that nobody fills."""

    percent: float | None = None
    variable, given, most, unit, scale = "vacancy_rate", "percent", 30, "% of posts", 100


class NetEntryTable(Table):
    """How the number of providers of a setting changes, from a month on."""

    start: Month
    setting: Annotated[str, AfterValidator(partial(checked_name, "setting of net entry", known=home().settings))]
    percent_a_year: Annotated[float, Field(ge=-50, le=50)]
    source: Words

    def point(self) -> tuple[str, str, float]:
        """Return month, setting and share a year."""
        return self.start, self.setting, self.percent_a_year / 100


class PrioritiesTable(Table):
    """A regime of priorities from a month on."""

    start: Month
    regime: Annotated[str, AfterValidator(partial(checked_name, "regime of priorities", known=REGIMES))]

    def point(self) -> tuple[str, str]:
        """Return month and regime."""
        return self.start, self.regime


class ScenarioFile(Table):
    """A scenario."""

    question: Words
    start: Month = "2026-01"
    months: int | None = None
    regulatory: Annotated[str, AfterValidator(partial(checked_name, "regulatory regime", known=REGULATORY))] = "central"
    economic: Annotated[str, AfterValidator(partial(checked_name, "economic regime", known=ECONOMIC))] = "central"
    innovations: list[str] | None = None
    own_lever: list[OwnLeverTable] = Field(default_factory=list)
    """Before the tables that may pull them."""
    lever: list[LeverTable] = Field(default_factory=list)
    event: list[EventTable] = Field(default_factory=list)
    turnover: list[TurnoverTable] = Field(default_factory=list)
    vacancy: list[VacancyTable] = Field(default_factory=list)
    net_entry: list[NetEntryTable] = Field(default_factory=list)
    priorities: list[PrioritiesTable] = Field(default_factory=list)
    shock: list[ShockTable] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    switches: dict[str, Any] = Field(default_factory=dict)

    @field_validator(
        "own_lever", "lever", "event", "turnover", "vacancy", "net_entry", "priorities", "shock", mode="before"
    )
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

    @field_validator("innovations")
    @classmethod
    def _library(cls, names: list[str]) -> list[str]:
        find([name for name in names if not name.endswith(".toml")] or ["dscr"])
        if not names:
            raise BadInputError("No innovation is named: leave the key out for the usual ones")
        return names

    @model_validator(mode="after")
    def _once(self) -> ScenarioFile:
        ids = [event.id for event in self.event]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise BadInputError(f"The event {twice} stands twice: once is enough")
        return self
