"""The shape of a study file: who was studied, what was done in each arm, and what came out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from carespread.model import BadInputError
from carespread.model.conditions import (
    Conditions,
    Lever,
    checked_conditions,
    checked_month,
    checked_name,
    checked_unit_cost,
    month_after,
)
from carespread.model.declare import checked_value, checked_whole, entries
from carespread.model.files import Strict, Where, parsed, read_text
from carespread.model.groups import checked_target
from carespread.model.innovations import Attributes, Innovation, StartingShare, library
from carespread.model.parameters import Parameters
from carespread.model.policy import Policy
from carespread.model.population.country import Integers, home
from carespread.model.population.providers import SHORT_SETTINGS
from carespread.model.population.sector import Population, area_of
from carespread.model.scenario_file import Table, TakingPart
from carespread.model.state import STAGES
from carespread.refusal import shown

from .measures import MEASURES

MOST_MONTHS = 240


def one_of(what: str, names: Collection[str]) -> Any:
    """Return a check that refuses a name that is not known."""
    return AfterValidator(partial(checked_name, what, known=names))


Share = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(ge=1, le=1_000_000)]


class Sites(Table):
    """Whom the study observed: organisations of the register that pass every filter, or of a table of one's own."""

    sites: Whole
    settings: list[Annotated[str, one_of("setting", SHORT_SETTINGS)]] = Field(default_factory=list)
    ownership: list[str] = Field(default_factory=list)
    staff: tuple[float, float] | None = None
    """Least and most staff."""
    single_site: bool = False
    table: str | None = None
    """A CSV of organisations beside the study file, as `Population.of` reads it."""

    @field_validator("staff", mode="before")
    @classmethod
    def _from_to(cls, given: Any) -> Any:
        if given is None:
            return None
        numbers = isinstance(given, list) and all(isinstance(one, (int, float)) and one >= 0 for one in given)
        if not numbers or len(given) != 2 or given[0] > given[1]:
            raise BadInputError(f"staff is {shown(given)}: it must be [least, most], such as [1, 49]")
        return tuple(float(one) for one in given)

    @field_validator("ownership")
    @classmethod
    def _owners(cls, names: list[str]) -> list[str]:
        return [checked_name("owner", name, home().ownerships) for name in names]


class InnovationTable(Strict):
    """What was to spread: an innovation of the library, or attributes in place, the rest like one of the library."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, frozen=True)
    name: str
    like: str | None = None

    @model_validator(mode="after")
    def _known(self) -> InnovationTable:
        declared = entries(Attributes)
        for name, value in self.own.items():
            checked_value(declared, name, value, "attribute")
        of = self.like or (None if self.own else self.name)
        if of is not None:
            checked_name("innovation", of, library())
        return self

    @property
    def own(self) -> Mapping[str, Any]:
        """The attributes that are given in place."""
        return self.__pydantic_extra__ or {}

    def made(self) -> Innovation:
        """Return the innovation; nobody uses it before the study says so."""
        base = library()[self.like or (self.name if self.name in library() else "hard_programme")]
        nobody = [StartingShare(value=0.0, grade="D", source="the study's own start", date="2000-01")]
        file = base.file.model_copy(
            update={"start": "2000-01", "starting_share": nobody, "reputation": "given", "renewal_month": None}
        )
        attributes = base.attributes._replace(**{name: float(value) for name, value in self.own.items()})
        return Innovation(self.name, file, attributes)


class Start(Table):
    """Shares of the stages at month 0; who is in none of them is unaware."""

    unaware: Share = 0.0
    aware: Share = 0.0
    exploring: Share = 0.0
    implementing: Share = 0.0
    sustained: Share = 0.0
    abandoned: Share = 0.0
    skill: Annotated[float | None, Field(ge=0.01, le=1)] = None
    """Of all who know of it, for instance after a training; None is what the model gives."""

    @model_validator(mode="after")
    def _whole(self) -> Start:
        total = sum(self.shares().values())
        if total > 1 + 1e-9:
            raise BadInputError(f"the shares of the start add to {total:g}: they must add to at most 1")
        return self

    def shares(self) -> dict[str, float]:
        """Return the shares by stage, in the order of the journey."""
        return {stage: float(getattr(self, stage)) for stage in STAGES}


class Time(Table):
    """How long the study is run."""

    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]
    start: Annotated[str, BeforeValidator(checked_month)] = "2026-01"


class ArmLever(TakingPart):
    """One lever of an arm; months are counted from 0."""

    name: Annotated[str, one_of("lever", Policy._fields)]
    strength: float
    innovation: str | None = None
    from_month: Annotated[int, Field(ge=0, le=MOST_MONTHS)] = 0
    to_month: Annotated[int | None, Field(ge=1, le=MOST_MONTHS)] = None
    """The first month in which it no longer acts; None is to the end."""
    unit_cost: Annotated[float | None, BeforeValidator(checked_unit_cost)] = None

    @model_validator(mode="after")
    def _in_range(self) -> ArmLever:
        checked_value(entries(Policy), self.name, self.strength, "lever")
        if self.to_month is not None and self.to_month <= self.from_month:
            raise BadInputError(f"the lever {self.name} ends in month {self.to_month}, before it acts")
        return self

    def made(self, start: str) -> Lever:
        """Return the lever of a run that begins in a month."""
        last = None if self.to_month is None else month_after(start, self.to_month - 1)
        return Lever(
            self.name, self.strength, month_after(start, self.from_month), last, "all", self.innovation, self.unit_cost,
            None, self.take_up, self.completion, self.delay, self.fade,
        )  # fmt: skip


class Arm(Table):
    """What is done for the sites of one arm."""

    name: str = Field(min_length=1)
    lever: list[ArmLever] = Field(default_factory=list)
    set: dict[str, float] = Field(default_factory=dict)
    """Parameters of this arm, where the study is of something that no lever is."""

    @field_validator("set")
    @classmethod
    def _parameters(cls, given: dict[str, float]) -> dict[str, float]:
        return {name: checked_value(entries(Parameters), name, value, "parameter") for name, value in given.items()}


class Outcome(Table):
    """One published number: what was measured, when, and between which arms."""

    measure: Annotated[str, one_of("measure", MEASURES)]
    month: Annotated[int, Field(ge=0)]
    since: Annotated[int | None, Field(ge=0)] = None
    """Month from which the change is counted, or from which months are added; None is the level itself. A hazard ratio
    is of those who are at risk in that month (0 if not given).
    """
    contrast: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    """The treated arm, then the one that it is compared with."""
    arm: str | None = None
    """The arm of which the level itself was published, or in which groups are compared."""
    groups: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    """Two groups of one arm, such as ["small", "all"], in place of two arms."""
    scale: Literal["difference", "ratio", "odds_ratio", "hazard_ratio"] = "difference"
    effect: float
    low: float | None = None
    high: float | None = None
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Outcome:
        if (self.contrast is None) == (self.arm is None):
            raise BadInputError("an outcome compares two arms (contrast) or tells of one (arm): give one of the two")
        if self.groups is not None and self.arm is None:
            raise BadInputError("groups are compared within one arm: give its name (arm)")
        for name in self.groups or ():
            checked_target(name)
        for kind, pair in (("arm", self.contrast), ("group", self.groups)):
            if pair is not None and pair[0] == pair[1]:
                raise BadInputError(f"the {kind} {shown(pair[0])} is compared with itself: name two")
        if not self.compares and self.scale != "difference":
            raise BadInputError(f"the scale is {self.scale!r}: the level of one arm has none")
        if self.scale in ("odds_ratio", "hazard_ratio") and not MEASURES[self.measure].share:
            raise BadInputError(
                f"the {self.scale.replace('_', ' ')} is of {self.measure}: it must be of a share, such as using_share;"
                " the scale ratio takes every measure"
            )
        if self.scale == "odds_ratio" and self.since is not None:
            raise BadInputError("an odds ratio is of levels: leave out since, or take the scale hazard_ratio")
        if (self.low is None) != (self.high is None):
            raise BadInputError("low and high stand together: give both ends of the interval, or neither")
        if self.low is not None and self.high is not None and not self.low <= self.effect <= self.high:
            raise BadInputError(
                f"the effect is {self.effect:g}: it must lie in its own interval, {self.low:g} to {self.high:g}"
            )
        lowest = -1 if self.compares or self.since is not None else 0
        if self.scale == "difference" and MEASURES[self.measure].share and not lowest <= self.effect <= 1:
            raise BadInputError(
                f"the effect is {self.effect:g}: as a share it must be from {lowest} to 1; ten points are 0.1"
            )
        least = self.effect if self.low is None else self.low
        if self.scale != "difference" and least <= 0:
            raise BadInputError(f"the {self.scale.replace('_', ' ')} is {least:g}: it must be above 0")
        return self

    @property
    def compares(self) -> bool:
        """Whether the number is an effect; else it is a level."""
        return self.contrast is not None or self.groups is not None


class StudyFile(Strict):
    """The file of one study."""

    id: str = Field(min_length=1, max_length=40)
    source: str = Field(min_length=1)
    title: str = ""
    lever: str = ""
    """What it is about; by default the levers in which its arms differ."""
    design: str = ""
    note: str = ""
    """What was chosen to emulate it, and why."""
    population: Sites
    innovation: InnovationTable
    start: Start = Field(default_factory=Start)
    time: Time
    arm: Annotated[list[Arm], Field(min_length=1, max_length=8)]
    outcome: Outcome
    expect: list[Outcome] = Field(default_factory=list)


class Study(NamedTuple):
    """A study as read and checked."""

    file: StudyFile
    path: Path
    innovation: Innovation

    @property
    def id(self) -> str:
        """Its name."""
        return self.file.id

    @property
    def outcomes(self) -> list[Outcome]:
        """All that it published."""
        return [self.file.outcome, *self.file.expect]

    @property
    def table(self) -> Path | None:
        """The table of organisations of its own, where it has one."""
        name = self.file.population.table
        return None if name is None else self.path.parent / name

    @property
    def about(self) -> str:
        """The levers in which its arms differ, or what the file says."""
        names = [name for one in self.file.arm for name in (*(lever.name for lever in one.lever), *one.set)]
        return self.file.lever or ", ".join(dict.fromkeys(names)).replace("_", " ") or "no lever"

    def conditions(self, arm: Arm) -> Conditions:
        """Return what surrounds the sites of an arm."""
        start = self.file.time.start
        return Conditions(start=start, levers=tuple(one.made(start) for one in arm.lever))


def read_study(path: Path) -> Study:
    """Return the study of a file; what cannot be is refused in one sentence with its line."""
    text = read_text(path)
    file = parsed(text, StudyFile, path)
    where = Where(path, text)
    names = [one.name for one in file.arm]
    with where.at("arm", 0):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInputError(f"The arm {shown(twice)} is named twice: once is enough.")
    with where.of("sites"):
        if file.population.sites < 2 and any(one.compares for one in (file.outcome, *file.expect)):
            raise BadInputError("sites is 1: it must be at least 2 organisations, one for each arm.")
    made = Study(file, path, file.innovation.made())
    for number, arm in enumerate(file.arm):
        with where.at("arm", number):
            for lever in arm.lever:
                if lever.from_month >= file.time.months:
                    raise BadInputError(
                        f"The lever {lever.name} acts from month {lever.from_month}: it must act before the study ends,"
                        f" after {file.time.months} months."
                    )
            checked_conditions(made.conditions(arm), (made.innovation,))
    for kind, outcomes in (("outcome", [file.outcome]), ("expect", file.expect)):
        for number, one in enumerate(outcomes):
            with where.at(kind, number):
                _check_outcome(one, names, file.time.months)
    return made


def _check_outcome(one: Outcome, arms: list[str], months: int) -> None:
    for name in one.contrast or [str(one.arm)]:
        checked_name("arm", name, arms)
    checked_whole("The month of the outcome", one.month, 0, months, "months, the length of the study")
    if one.since is not None:
        checked_whole("since", one.since, 0, one.month - 1, "months, before the month of the outcome")


def chosen(study: Study, everybody: Population) -> Population:
    """Return the organisations that pass the filters of a study: of a register's population, or of its own table."""
    asked = study.file.population
    if study.table is not None:
        everybody = Population.of(study.table)
    mask = everybody.weight > 0
    if asked.settings:
        mask &= np.isin(everybody.setting, [SHORT_SETTINGS.index(one) for one in asked.settings])
    if asked.ownership:
        mask &= np.isin(everybody.ownership, [everybody.country.ownerships.index(one) for one in asked.ownership])
    if asked.staff is not None:
        mask &= (everybody.staff >= asked.staff[0]) & (everybody.staff <= asked.staff[1])
    if asked.single_site:
        mask &= everybody.sites == 1
    have, held = int(mask.sum()), "the register" if asked.table is None else asked.table
    if not have:
        raise BadInputError(
            f"{study.path}: no organisation of {held} passes the filters: widen settings, ownership, staff or"
            " single_site."
        )
    if asked.sites > have:
        raise BadInputError(
            f"{study.path}: sites is {asked.sites}: it must be at most {have:,}, the organisations of {held} that pass"
            " the filters."
        )
    return those(everybody, np.flatnonzero(mask))


def those(people: Population, rows: Integers) -> Population:
    """Return the providers in these rows; areas are as coarse as so few need."""
    area, level = area_of(people.authority[rows], people.geography)
    columns: dict[str, Any] = {
        name: column[rows]
        for name, column in people._asdict().items()
        if isinstance(column, np.ndarray) and len(column) == len(people.id)
    }
    names = tuple(people.names[row] for row in rows) if people.names else ()
    return people._replace(**columns | {"area": area, "area_level": level, "names": names})
