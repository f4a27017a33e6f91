"""The shape of a scenario file: which keys it may have, and what each may be."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from . import BadInputError
from .conditions import ECONOMIC, REGULATORY
from .declare import nearest
from .innovations import find
from .scenario_tables import (
    EventTable,
    LeverTable,
    PrioritiesTable,
    ShockTable,
    Table,
    TurnoverTable,
    VacancyTable,
    within_calendar,
    words,
)
from .simulate import MOST_MONTHS, checked_whole


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
    vacancy: list[VacancyTable] = Field(default_factory=list)
    priorities: list[PrioritiesTable] = Field(default_factory=list)
    shock: list[ShockTable] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    switches: dict[str, Any] = Field(default_factory=dict)

    @field_validator("question")
    @classmethod
    def _says(cls, text: str) -> str:
        return words(text)

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, month: Any) -> str:
        return within_calendar(month)

    @field_validator("lever", "event", "turnover", "vacancy", "priorities", "shock", mode="before")
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

    @model_validator(mode="after")
    def _once(self) -> ScenarioFile:
        ids = [event.id for event in self.event]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise BadInputError(f"The event {twice} stands twice: once is enough")
        return self
