"""Reads the design of an experiment: scenarios x points over ranges and priors x replications."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field, field_validator

from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.conditions import MOST_MONTHS
from carespread.model.declare import checked_value, checked_whole, entries, nearest
from carespread.model.files import key_lines, parsed, read_text
from carespread.model.groups import DIMENSIONS
from carespread.model.innovations import find
from carespread.model.inputs import PROVIDERS
from carespread.model.population.sector import checked_size
from carespread.model.scenario import MONTHS, USUAL, Scenario, read_scenario
from carespread.model.scenario_file import Table, Words

from .run import MOST_REPLICATIONS, REPLICATIONS, SEED

MOST_SAMPLES = 1_000_000
MOST_MONTHLY = 10_000
"""Runs up to which months are kept unless the design says otherwise: 100,000 would take many gigabytes."""
LEAST = 2
"""Ends of a range."""


class Design(NamedTuple):
    """An experiment, checked."""

    path: Path
    question: str
    scenarios: tuple[Scenario, ...]
    providers: int
    months: int
    replications: int
    seed: int
    samples: int
    parameters: dict[str, Any]
    """[low, high], "prior" or one value, by the name of a parameter, lever or switch."""
    innovations: tuple[str, ...]
    """Empty is the scenario's own."""
    groups: tuple[str, ...]
    """Dimensions that the monthly table tells apart."""
    text: str
    posterior: tuple[dict[str, float], ...] = ()
    """Draws of a calibrated posterior, one a point; beside them `parameters` may fix others."""
    dates: tuple[str, ...] = ()
    """Months (YYYY-MM) whose shares stand in the row of each run."""
    theory: bool = False
    """Whether to measure what the claims of the theory speak of."""
    monthly: bool = True
    """Whether to keep months and levels, or the row of each run alone."""
    period: int = 1
    """Months of a row of the monthly table."""

    @property
    def uncertain(self) -> dict[str, Any]:
        """What is drawn, by name: ranges and priors."""
        return {name: value for name, value in self.parameters.items() if isinstance(value, (list, str))}

    @property
    def fixed(self) -> dict[str, Any]:
        """What has one value, by name."""
        return {name: value for name, value in self.parameters.items() if name not in self.uncertain}

    @property
    def points(self) -> int:
        """How many combinations of scenario and point there are."""
        return len(self.scenarios) * self.samples

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.points * self.replications


class DesignFile(Table):
    """The file of a design."""

    question: Words
    scenarios: list[str] = Field(default_factory=lambda: [USUAL])
    providers: int | Literal["all"] = PROVIDERS
    months: int = MONTHS
    replications: int = REPLICATIONS
    seed: int = SEED
    samples: int = 1
    parameters: dict[str, Any] = Field(default_factory=dict)
    innovations: list[str] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    posterior: str | None = None
    dates: list[str] = Field(default_factory=list)
    theory: bool = False
    monthly: bool | None = None

    @field_validator("scenarios")
    @classmethod
    def _named(cls, names: list[str]) -> list[str]:
        if not names:
            raise BadInputError("No scenario is named: at least one is needed")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInputError(f"The scenario {twice!r} was named twice: once is enough")
        return names

    @field_validator("groups")
    @classmethod
    def _dimensions(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in DIMENSIONS:
                raise BadInputError(f"Unknown group {name!r}: {nearest(name, DIMENSIONS)}")
        return names

    @field_validator("providers", mode="before")
    @classmethod
    def _size(cls, providers: Any) -> Any:
        checked_size(providers)
        return providers

    @field_validator("months", mode="before")
    @classmethod
    def _months(cls, months: Any) -> int:
        return checked_whole("months", months, 1, MOST_MONTHS, "months")

    @field_validator("replications", mode="before")
    @classmethod
    def _replications(cls, replications: Any) -> int:
        return checked_whole("replications", replications, 1, MOST_REPLICATIONS, "runs")

    @field_validator("seed", mode="before")
    @classmethod
    def _seed(cls, seed: Any) -> int:
        return checked_whole("seed", seed, 0, 2**63 - MOST_REPLICATIONS, "")

    @field_validator("samples", mode="before")
    @classmethod
    def _samples(cls, samples: Any) -> int:
        return checked_whole("samples", samples, 1, MOST_SAMPLES, "points")


def checked_uncertainty(name: str, value: Any) -> None:
    """Refuse what is no range, no declared prior and no value of a parameter or lever."""
    kinds = {"parameter": entries(Parameters), "lever": entries(Policy), "switch": entries(Switches)}
    what = next((kind for kind, known in kinds.items() if name in known), None)
    if what is None:
        every = [name for known in kinds.values() for name in known]
        raise BadInputError(f"Unknown parameter, lever or switch {name!r}: {nearest(name, every)}")
    if what == "switch":
        Switches.of(**{name: value})
        return
    known = kinds[what]
    if value == "prior":
        if known[name].about.prior is None:
            raise BadInputError(f"The {what} {name} has no declared prior: give a range such as [low, high]")
        return
    if not isinstance(value, list):
        checked_value(known, name, value, what)
        return
    if len(value) != LEAST:
        raise BadInputError(f"The range of {name} is {value!r}: it must hold two numbers, [low, high]")
    low, high = (checked_value(known, name, end, what) for end in value)
    if low >= high:
        raise BadInputError(f"The range of {name} is [{low:g}, {high:g}]: its low end must lie below its high end")


def read_design(path: Path) -> Design:
    """Return the design of a file; what cannot be is refused with its line where it can be found."""
    text = read_text(path)
    file = parsed(text, DesignFile, path)
    for name, value in file.parameters.items():
        try:
            checked_uncertainty(name, value)
        except BadInputError as error:
            raise BadInputError(f"{path}{_line_of(name, text)}: {_sentence(error)}") from None
    scenarios = []
    for name in file.scenarios:
        try:
            beside = path.parent / name
            scenarios.append(read_scenario(str(beside) if name.endswith(".toml") and beside.exists() else name))
        except BadInputError as error:
            raise BadInputError(f"{path}{_line_of('scenarios', text)}: {error}") from None
    values = {name: value for name, value in file.parameters.items() if not isinstance(value, (list, str))}
    Parameters.of(**{name: value for name, value in values.items() if name in entries(Parameters)})
    if file.samples > 1 and len(values) == len(file.parameters) and file.posterior is None:
        raise BadInputError(
            f"{path}{_line_of('samples', text)}: samples is {file.samples}, but no parameter has a range or a prior:"
            " every point would be the same."
        )
    runs = len(scenarios) * file.samples * file.replications
    return Design(
        path,
        file.question,
        tuple(scenarios),
        checked_size(file.providers),
        file.months,
        file.replications,
        file.seed,
        file.samples,
        file.parameters,
        innovations_of(path, file.innovations, text),
        tuple(file.groups),
        text,
        draws_of(path, file, text) if file.posterior is not None else (),
        tuple(file.dates),
        file.theory,
        runs <= MOST_MONTHLY if file.monthly is None else file.monthly,
    )


def draws_of(path: Path, file: DesignFile, text: str) -> tuple[dict[str, float], ...]:
    """Return as many draws of a posterior as there are points; one of another model version is refused."""
    from carespread.results.store.posterior import read_posterior

    assert file.posterior is not None
    at = f"{path}{_line_of('posterior', text)}: "
    if file.samples > 1 and any(isinstance(value, (list, str)) for value in file.parameters.values()):
        raise BadInputError(f"{at}a posterior and ranges cannot be crossed: give the other parameters one value each.")
    beside = path.parent / file.posterior
    try:
        rows = read_posterior(beside if beside.exists() else Path(file.posterior))
        for name in rows:
            checked_uncertainty(str(name).rpartition(".")[2], float(rows[name].iloc[0]))
    except BadInputError as error:
        raise BadInputError(f"{at}{_sentence(error)}") from None
    drawn = rows.sample(file.samples, replace=file.samples > len(rows), random_state=file.seed)
    return tuple({str(name): float(value) for name, value in row.items()} for row in drawn.to_dict("records"))


def innovations_of(path: Path, names: list[str], text: str) -> tuple[str, ...]:
    """Return the innovations that a design names, files seen from where the design lies; unknown ones are refused."""
    found = tuple(str(path.parent / name) if (path.parent / name).is_file() else name for name in names)
    try:
        find(found) if found else ()
    except BadInputError as error:
        raise BadInputError(f"{path}{_line_of('innovations', text)}: {error}") from None
    return found


def _line_of(key: str, text: str) -> str:
    """Return the last line on which a key is set: parameters stand at the end."""
    found = key_lines(text)
    return f", line {found[key]}" if key in found else ""


def _sentence(error: BadInputError) -> str:
    text = str(error)
    return text if text.endswith((".", "?")) else text + "."
