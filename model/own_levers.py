"""A lever of a user's own: declared beside a scenario, it moves a number that the model has, and costs what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from carespread.refusal import shown

from .declare import BadInputError, Entry, Number, checked_value, entries, nearest
from .files import NAME
from .groups import target
from .innovations import CAPABILITIES
from .parameters import Parameters
from .policy import Policy
from .population.providers import TRAITS
from .population.sector import Population
from .population.traits import LEAST, scores_of, trait_column
from .switches import Switches

if TYPE_CHECKING:
    from .conditions import Lever

MULTIPLIERS = ("wage", "fee", "price", "inspection", "stance")
"""What surrounds a provider, 1 where nothing else moves it."""
LIMITS = {
    "low": Number("", "in the lever's own unit", 0, 1e6, "", "", ""),
    "high": Number("", "in the lever's own unit", 0, 1e6, "", "", ""),
    "by": Number("", "in the unit of what it moves", -1e6, 1e6, "", "", ""),
    "unit_cost": Number("", "GBP a provider-month", 0, 1e6, "", "", ""),
}


class Term(NamedTuple):
    """A number that a lever of one's own may move."""

    kind: str
    """lever and around hold month by month; parameter and trait from the first month to the last."""
    low: float
    high: float
    unit: str


class OwnLever(NamedTuple):
    """A lever that a user declares; each unit of its strength adds `by` to what it `moves`.

    >>> OwnLever("mentoring", "Managers are mentored.", "hours a month", high=10, moves="manager_retention", by=0.05)[0]
    'mentoring'
    """

    name: str
    description: str
    unit: str
    high: float
    """Its greatest strength, in its unit."""
    moves: str
    """A parameter, a trait, the number that a lever of the model moves (by that lever's name), or one of
    `MULTIPLIERS`."""
    by: float
    low: float = 0.0
    unit_cost: float = 0.0
    """GBP at 2025 prices for each provider-month reached at strength 1."""

    @property
    def entry(self) -> Entry:
        """The lever as the model declares its own."""
        about = Number(
            "", self.unit, self.low, self.high, "", "D", "declared by the user", unit_cost=float(self.unit_cost)
        )
        return Entry(self.name, 0.0, float, self.description, about)


@cache
def terms() -> Mapping[str, Term]:
    """Return all that a lever of one's own may move, by name."""
    known: dict[str, Term] = {}
    for kind, declaration in (("parameter", Parameters), ("lever", Policy)):
        for name, entry in entries(declaration).items():
            if entry.kind is float:
                known[name] = Term(kind, entry.about.low, entry.about.high, entry.about.unit)
    for name in ("turnover", "vacancy"):
        known[name] = known[name]._replace(kind="around")
    known |= {name: Term("around", 0.0, 3.0, "times the usual") for name in MULTIPLIERS}
    return known | {name: Term("trait", 0.0 if name == "connectivity" else LEAST, 1.0, "share") for name in TRAITS}


def levers_with(own: Sequence[OwnLever]) -> dict[str, Entry]:
    """Return the levers of the model and those of a user, by name."""
    return {**entries(Policy), **{one.name: one.entry for one in own}}


def checked_own(levers: Sequence[OwnLever]) -> tuple[OwnLever, ...]:
    """Return levers of a user, or refuse what cannot be one."""
    names = [one.name for one in levers]
    for one in levers:
        if not isinstance(one, OwnLever):
            raise TypeError(f"own_levers holds {shown(one)}: it must be an OwnLever.")
        if not isinstance(one.name, str) or not NAME.fullmatch(one.name):
            raise BadInputError(
                f"The own lever is named {shown(one.name)}: its name must be small letters, digits and underscores, and"
                " begin with a letter."
            )
        if one.name in terms() or any(one.name in entries(kind) for kind in (Parameters, Policy, Switches)):
            raise BadInputError(f"The own lever {shown(one.name)} has the name of a number of the model: rename it.")
        if names.count(one.name) > 1:
            raise BadInputError(f"The own lever {shown(one.name)} is declared twice: once is enough.")
        for key in ("description", "unit"):
            if not isinstance(given := getattr(one, key), str) or not given.strip():
                raise BadInputError(f"The own lever {one.name} has the {key} {shown(given)}: say it in words.")
        numbers = {key: Entry(key, 0.0, float, "", about) for key, about in LIMITS.items()}
        for key in LIMITS:
            checked_value(numbers, key, getattr(one, key), f"own lever {one.name}'s")
        if not one.low < one.high:
            raise BadInputError(
                f"The own lever {one.name} goes from {one.low:g} to {one.high:g} {one.unit}: its low end must lie below"
                " its high end."
            )
        if one.moves not in terms():
            raise BadInputError(
                f"The own lever {one.name} moves {shown(one.moves)}, which no lever can move:"
                f" {nearest(str(one.moves), terms())}"
            )
        term, furthest = terms()[one.moves], abs(one.by) * one.high
        if not 0 < furthest <= term.high - term.low:
            raise BadInputError(
                f"The own lever {one.name} moves {one.moves} by {furthest:g} at {one.high:g} {one.unit}: it must be"
                f" above 0 and at most {term.high - term.low:g} {term.unit}."
            )
    return tuple(levers)


def acting_on(own: Sequence[OwnLever], name: str) -> str:
    """Return the number that a lever moves: that of a user names one, each of the model has its own."""
    return next((one.moves for one in own if one.name == name), name)


def check_span(own: Sequence[OwnLever], lever: Lever) -> None:
    """Refuse dates, groups and innovations for what holds from the first month to the last."""
    moves = acting_on(own, lever.name)
    kind = terms()[moves].kind
    if kind not in ("parameter", "trait"):
        return
    if lever.start is not None or lever.end is not None:
        raise BadInputError(
            f"The lever {lever.name} moves the {kind} {moves}, which holds for the whole run: it can have no start and"
            " no end."
        )
    if (lever.take_up, lever.completion, lever.delay, lever.fade) != (1, 1, 0, None):
        raise BadInputError(
            f"The lever {lever.name} moves the {kind} {moves}, which holds for the whole run: it can have no take_up,"
            " completion, delay and fade."
        )
    if kind == "parameter" and lever.group != "all":
        raise BadInputError(
            f"The lever {lever.name} moves the parameter {moves}, which holds for all providers: its group must be"
            f" 'all', not {shown(lever.group)}."
        )


def part_of(lever: Lever, parameters: Parameters) -> float:
    """Return the part of its strength at which a lever acts: the value of the parameter that it is taken times."""
    return 1.0 if lever.times is None else float(getattr(parameters, lever.times))


def _pulled(
    own: Sequence[OwnLever], levers: Sequence[Lever], kind: str, parameters: Parameters
) -> list[tuple[Lever, str, float]]:
    """Return levers of a user that move a kind of number: lever, number and by how much."""
    by_name = {one.name: one for one in own}
    found = [(lever, by_name[lever.name]) for lever in levers if lever.name in by_name]
    return [
        (lever, one.moves, one.by * lever.strength * part_of(lever, parameters))
        for lever, one in found
        if terms()[one.moves].kind == kind
    ]


def moved_parameters(parameters: Parameters, own: Sequence[OwnLever], levers: Sequence[Lever]) -> Parameters:
    """Return the parameters of a run as levers of a user leave them, within their limits; refused where they clash."""
    values: dict[str, Any] = parameters._asdict()
    moved = _pulled(own, levers, "parameter", parameters)
    for _, name, change in moved:
        values[name] = min(max(values[name] + change, terms()[name].low), terms()[name].high)
    return Parameters.of(**values) if moved else parameters


def moved_traits(
    people: Population, own: Sequence[OwnLever], levers: Sequence[Lever], parameters: Parameters
) -> Population:
    """Return providers with the traits at the start as levers of a user leave them, within their limits."""
    moved = _pulled(own, levers, "trait", parameters)
    if not moved:
        return people
    columns = [name for name in TRAITS if name not in CAPABILITIES]
    made: dict[str, Any] = {name: np.array(getattr(people, name)) for name in (*columns, "capability")}
    for lever, name, change in moved:
        column, reached = trait_column(made, name), target(lever.group, people)
        column[reached] = np.clip(column[reached] + change, terms()[name].low, terms()[name].high)
        if (score := f"{name}_score") in Population._fields:
            made[score] = np.where(reached, scores_of(column), made.get(score, getattr(people, score)))
    return people._replace(**made)


def surroundings(
    own: Sequence[OwnLever], levers: Sequence[Lever], parameters: Parameters
) -> list[tuple[Lever, str, float]]:
    """Return levers of a user that move what surrounds providers: lever, number and by how much it is added to."""
    return _pulled(own, levers, "around", parameters)
