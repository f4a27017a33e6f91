"""All that a run is given but its seed: one object, checked once where it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from carespread.refusal import shown

from .conditions import MOST_MONTHS, Conditions, Lever, checked_conditions, without_series
from .declare import BadInputError, checked_value, checked_whole, entries, nearest
from .groups import DIMENSIONS, groups_of
from .innovations import Innovation, Own, find, usual_innovations
from .own_levers import moved_parameters
from .parameters import Parameters
from .policy import Policy
from .population.country import checked_country, country_meant, country_of
from .population.providers import checked_population
from .population.sector import Population, checked_size
from .scenario import MONTHS, Scenario, conditions_for, read_scenario
from .switches import Switches

PROVIDERS = 2000
OBJECTS: dict[str, Any] = {
    "parameters": Parameters,
    "policy": Policy,
    "switches": Switches,
    "conditions": Conditions,
    "population": Population,
}
"""What is no number, name or text, and of which class it must be."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that a run is given but its seed.

    Whatever stands here is checked: an object of another kind raises TypeError, a value that cannot be BadInputError.
    `dataclasses.replace` gives other inputs, checked too.
    """

    parameters: Parameters = field(default_factory=Parameters)
    policy: Policy = field(default_factory=Policy)
    switches: Switches = field(default_factory=Switches)
    conditions: Conditions = field(default_factory=Conditions)
    """Start, regimes, dated levers, shocks and series."""
    innovations: tuple[Innovation, ...] = field(default_factory=usual_innovations)  # type: ignore[arg-type]
    """Names, paths to files and innovations are taken; kept are innovations."""
    providers: int = PROVIDERS
    """50 to 1,000,000; "all" is every organisation of the register. A population that is given has its own."""
    months: int = MONTHS
    """Steps of the run, 1 to 1200."""
    step: float = 1.0
    """Months of a step, at most 1."""
    groups: tuple[str, ...] = ()
    """Dimensions that the monthly table tells apart, such as "setting" and "size"."""
    population: Population | None = field(default=None, repr=False)
    network: Any = field(default=None, repr=False)
    country: str = field(default_factory=country_meant)
    """Whose providers, groups and innovations are meant."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        with country_of(self.country):
            self._check()

    def _check(self) -> None:
        for name, kind in OBJECTS.items():
            if name != "population" or self.population is not None:
                check_kind(name, getattr(self, name), kind)
        found = find(self.innovations)
        population = None if self.population is None else checked_population(self.population)
        with groups_of(population):
            conditions = checked_conditions(self.conditions, found)
        moved_parameters(self.parameters, conditions.own_levers, conditions.levers)
        # `_replace` and the bare constructor do not check; here nothing unchecked passes
        self._keep(
            parameters=Parameters.of(**self.parameters._asdict()),
            policy=Policy.of(**self.policy._asdict()),
            switches=Switches.of(**self.switches._asdict()),
            conditions=conditions,
            innovations=found,
            providers=checked_size(self.providers) if population is None else len(population.id),
            months=checked_whole("months", self.months, 1, MOST_MONTHS, "months"),
            step=checked_step(self.step),
            groups=checked_groups(self.groups),
            population=population,
            country=checked_country(self.country),
        )

    def _keep(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def replaced(self, **changes: Any) -> Inputs:
        """Return these inputs with some of them changed, checked."""
        return dataclasses.replace(self, **changes)

    @classmethod
    def of(
        cls,
        scenario: str | Path | Conditions | Scenario = "central",
        *,
        set: Mapping[str, Any] | None = None,
        usual: Mapping[str, Any] | None = None,
        parameters: Parameters | None = None,
        policy: Policy | None = None,
        switches: Switches | None = None,
        innovations: Any = None,
        months: int | None = None,
        **sizes: Any,
    ) -> Inputs:
        """Return what a run of a scenario is given, with what a person changes.

        `set` changes parameters, levers, switches and an innovation's own numbers (INNOVATION.NAME) by name; it goes
        before `parameters`, `policy` and `switches` (all numbers at once), these go before what the scenario sets, and
        that before `usual`. A turnover or vacancy that a person sets holds for the whole run, in place of the
        scenario's series. None takes the scenario's own months and innovations. `sizes` are the other inputs. Raises
        BadInputError with one sentence, TypeError where an object is of another kind.
        """
        people = sizes.get("population")
        if people is not None:
            check_kind("population", people, Population)
        with groups_of(people):  # a lever of the file may target a region of theirs
            read, asked = read_scenario(scenario), checked_changes(set)
        theirs = {one.name for one in read.conditions.own_levers}
        pulled = tuple(Lever(name, asked.pop(name)) for name in [*asked] if name in theirs)
        found, changes = with_own(find(read.innovations if innovations is None else innovations), {
            **(usual or {}), **read.changes, **asked,
        })  # fmt: skip
        below, own = by_declaration(changes), by_declaration({name: asked[name] for name in changes if name in asked})
        made: dict[str, Any] = {}
        for name, given in (("parameters", parameters), ("policy", policy), ("switches", switches)):
            kind = OBJECTS[name]
            if given is not None:
                check_kind(name, given, kind)
            made[name] = kind.of(**(below[kind] if given is None else {**given._asdict(), **own[kind]}))
        # a file's levers and shocks on innovations that are not in this run have nothing to act on
        surrounding = read.conditions if isinstance(scenario, Conditions) else conditions_for(read, found)
        around = without_series(surrounding, asked)
        return cls(
            **made,
            conditions=around._replace(levers=(*around.levers, *pulled)),
            innovations=found,
            months=read.months if months is None else months,
            **sizes,
        )


def check_kind(name: str, given: Any, kind: type) -> None:
    """Refuse an object of another kind."""
    if not isinstance(given, kind):
        raise TypeError(f"{name} is {shown(given)}: it must be a {kind.__name__}.")


def checked_step(step: Any) -> float:
    """Return the length of a step, or refuse it."""
    if isinstance(step, (str, bool)) or not hasattr(step, "__float__") or not 0.001 <= float(step) <= 1:
        raise BadInputError(f"step is {shown(step)}: it must be from 0.001 to 1 months.")
    return float(step)


def checked_groups(groups: Any) -> tuple[str, ...]:
    """Return dimensions, or refuse one that nobody knows."""
    if not isinstance(groups, (str, list, tuple, set, frozenset)):
        raise TypeError(f"groups is {shown(groups)}: it must be names of dimensions, such as ('size',).")
    found = (groups,) if isinstance(groups, str) else tuple(dict.fromkeys(groups))
    for group in found:
        if group not in DIMENSIONS:
            raise BadInputError(f"Unknown group {shown(group)}: {nearest(str(group), DIMENSIONS)}")
    return found


def checked_changes(changes: Any) -> dict[str, Any]:
    """Return what a person sets, by name."""
    if changes is not None and not isinstance(changes, Mapping):
        raise TypeError(f"set is {shown(changes)}: it must be a table of names and values, such as {{'grant': 0.4}}.")
    return dict(changes or {})


def with_own(
    innovations: tuple[Innovation, ...], changes: Mapping[str, Any]
) -> tuple[tuple[Innovation, ...], dict[str, Any]]:
    """Return innovations with the numbers that INNOVATION.NAME gives them, and the changes that are left.

    Raises BadInputError where the run has no such innovation, or an innovation cannot have such a number of its own.
    """
    left = {name: value for name, value in changes.items() if "." not in str(name)}
    made = {one.name: one for one in innovations}
    for full, value in changes.items():
        if full in left:
            continue
        innovation, _, name = full.rpartition(".")
        if innovation not in made:
            raise BadInputError(
                f"{shown(full)}: this run has no innovation {shown(innovation)}: {nearest(innovation, made)}"
            )
        if name not in Own._fields:
            raise BadInputError(
                f"{shown(full)}: an innovation has no {shown(name)} of its own: {nearest(name, Own._fields)}"
            )
        own = checked_value(entries(Parameters), name, value, "parameter")
        made[innovation] = made[innovation]._replace(own=made[innovation].own._replace(**{name: own}))
    return tuple(made.values()), left


def by_declaration(changes: Mapping[str, Any]) -> dict[type, dict[str, Any]]:
    """Return changes by the declaration that has their name; no name stands in two."""
    split: dict[type, dict[str, Any]] = {Parameters: {}, Policy: {}, Switches: {}}
    for name, value in changes.items():
        kind = next((kind for kind in split if name in entries(kind)), None)
        if kind is None:
            known = [name for kind in split for name in entries(kind)]
            raise BadInputError(f"Unknown parameter, lever or switch {shown(name)}: {nearest(str(name), known)}")
        # numpy's true and false come out of sweeps over arrays
        split[kind][name] = bool(value) if isinstance(value, np.bool_) else value
    return split
