"""The limits of what a person sets: the command line reads text with them, Python functions check arguments with them.

In Python a value of the wrong type is a TypeError, one beyond its limits a BadInputError; the command line refuses both
alike. This module imports nothing heavy: `carespread --help` reads it.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache, wraps
from inspect import signature
from typing import Annotated, Any, Literal, NamedTuple, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from carespread.refusal import shown

P = ParamSpec("P")
R = TypeVar("R")


class Whole(NamedTuple):
    """A whole number within limits, or one of some words."""

    low: int
    high: int
    unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What a value must be."""
        low, high = (f"{end:,}" if self.unit and end >= 10_000 else str(end) for end in (self.low, self.high))
        words = "".join(f', or "{word}"' for word in self.words)
        return f"it must be a whole number from {low} to {high} {self.unit}".rstrip() + words

    def read(self, text: str) -> Any:
        """Return text as a number, or as it is where it is one of the words; ValueError otherwise."""
        return text if text in self.words else int(text)

    def holds(self, value: Any) -> bool:
        """Return whether a value lies within the limits."""
        return value in self.words if isinstance(value, str) else self.low <= value <= self.high


class Number(NamedTuple):
    """A number within limits; infinity as a limit leaves that side open."""

    low: float
    high: float
    unit: str = ""
    above: bool = False
    """Whether the low end itself is left out."""

    @property
    def says(self) -> str:
        """What a value must be."""
        if math.isinf(self.low) and math.isinf(self.high):
            return f"it must be a number, {self.unit}".rstrip(", ")
        high = f"{self.high:,.0f}" if self.high == round(self.high) else f"{self.high:g}"
        low = f"above {self.low:,g}, at most" if self.above else f"from {self.low:,g} to"
        return f"it must be a number {low} {high} {self.unit}".rstrip()

    def read(self, text: str) -> float:
        """Return text as a number; ValueError otherwise."""
        return float(text)

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the limits."""
        return math.isfinite(value) and self.low <= value <= self.high and not (self.above and value == self.low)


class Ranged(NamedTuple):
    """A number within limits, or a range of such numbers: two in Python, LOW:HIGH (or LOW..HIGH) as text."""

    one: Whole | Number
    example: str

    @property
    def says(self) -> str:
        """What a value must be."""
        return f"{self.one.says}, or a range LOW:HIGH with LOW below HIGH, such as {self.example}"

    def read(self, text: str) -> Any:
        """Return text as a number, or as the two ends of a range; ValueError otherwise."""
        low, between, high = text.replace("..", ":").partition(":")
        return (self.one.read(low), self.one.read(high)) if between else self.one.read(text)

    def holds(self, value: Any) -> bool:
        """Return whether a number, or a range and both its ends, lie within the limits."""
        if not isinstance(value, Sequence):
            return self.one.holds(value)
        low, high = value
        return self.one.holds(low) and self.one.holds(high) and low < high


PROVIDERS = Whole(50, 1_000_000, "providers", ("all",))
MONTHS = Whole(1, 1200, "months")
SEED = Whole(0, 2**63 - 100_000)
"""The last of 100,000 replications still has a seed of 63 bits."""
SMALL_SEED = Whole(0, 2**31)
STUDY_DRAWS = Whole(2, 1000, "draws")
"""Of what also goes into libraries that know no larger seeds."""
RUNS = Whole(1, 100_000, "runs")
PAIRS = Whole(2, 100_000, "runs")
FEW_PAIRS = Whole(2, 1000, "runs")
SEEDS_A_POINT = Whole(1, 1000, "runs")
WORKERS = Whole(1, 1024, "threads")
DRAWS = Whole(0, 100_000, "points")
SAMPLES = Whole(1, 1_000_000, "points")
CLAIM_SAMPLES = Whole(4, 100_000, "points")
DISCOVERY_SAMPLES = Whole(50, 1_000_000, "points")
LEADING = Whole(2, 1000, "parameters")
TRIALS = Whole(10, 100_000, "portfolios")
FIT_REPLICATIONS = Whole(1, 100, "runs")
PROVIDER = Whole(0, 2**31, "")
FIT_RUNS = Whole(400, 10_000_000, "runs")
PORT = Whole(1024, 65535)
WORTH = Number(0, 1e6, "GBP a person-month")
"""Beyond a million nobody means what a person-month of full benefit is worth."""
RATE = Number(0, 0.2, "a year, such as 0.035")
SHARE = Number(0, 1, "as a share")
TAKE_UP = Ranged(SHARE, "0.5:0.9")
DELAY = Ranged(Whole(0, 50, "years"), "0:2")
WEIGHT = Number(0.01, 100, "as a factor")
INCOME = Number(0.05, 20, "as a share of the middle income")
BELOW = Number(-math.inf, math.inf, "in the unit of the outcome")
BUDGET = Number(0, 1e12, "GBP", above=True)


def checked(work: Callable[P, R]) -> Callable[P, R]:
    """Have a function refuse wrong types (TypeError) and values beyond declared limits (BadInputError) before any work.

    Types and limits are those of its signature: `Annotated[int, Whole(1, 9, "runs")]`. An argument `country` names the
    country that the work is about; None is the usual one.

    >>> @checked
    ... def double(runs: Annotated[int, Whole(1, 9, "runs")] = 1) -> int:
    ...     return 2 * runs
    >>> double(4)
    8
    """
    shape = signature(work)

    @cache
    def hints() -> dict[str, Any]:
        return get_type_hints(work, include_extras=True)

    @wraps(work)
    def wrapped(*given: P.args, **named: P.kwargs) -> R:
        arguments = shape.bind(*given, **named).arguments
        for name, value in arguments.items():
            check(name, value, hints()[name])
        from carespread.model.population.country import country_of
        from carespread.results.store.record import called

        abroad = nullcontext() if arguments.get("country") is None else country_of(arguments["country"])
        with called(f"{work.__module__}:{work.__name__}", arguments), abroad:
            return work(*given, **named)

    return wrapped


def check(name: str, value: Any, hint: Any) -> None:
    """Refuse a value that is not of the type of a hint, or lies beyond the limits that the hint declares."""
    limits = [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, (Whole, Number, Ranged))]
    if not fits(value, hint):
        kind = limits[0].says if limits else f"it must be {words_of(hint)}"
        raise TypeError(f"{name} is {shown(value)}, a {type(value).__name__}: {kind}.")
    if value is None or not limits or limits[0].holds(value):
        return
    from carespread.model import BadInputError

    raise BadInputError(f"{name} is {shown(value)}: {limits[0].says}.")


def words_of(hint: Any) -> str:
    """Return a type in words."""
    hint = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    text = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    return text.replace("collections.abc.", "").replace("pathlib.", "").replace("typing.", "").replace(" | ", " or ")


def fits(value: object, hint: Any) -> bool:
    """Return whether a value is of the type that a hint names; numpy's numbers are numbers."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is Literal:
        return value in inner
    if origin is Annotated:
        return fits(value, inner[0])
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if hint in (int, float):
        return not isinstance(value, bool) and hasattr(value, "__index__" if hint is int else "__float__")
    if origin is Callable or getattr(hint, "_is_protocol", False):
        return callable(value)
    if origin is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, str) and all(fits(one, inner[0]) for one in value)
    if origin is tuple:
        return isinstance(value, Sequence) and len(value) == len(inner) and all(map(fits, value, inner))
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(one, inner[1]) for key, one in value.items()
        )
    return isinstance(value, type(None) if hint is None else origin or hint)
