"""What a reader must know about one number, said once, so that all else can be derived from it."""

from __future__ import annotations

import ast
import difflib
import inspect
import math
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

from carespread.refusal import LONGEST_SHOWN, shown

GRADES = {
    "A": "official count read at its publisher",
    "B": "published estimate, or an official figure second-hand",
    "C": "analogy from another sector or country",
    "D": "judgement, or calibrated",
}
ROLES = {
    "F": "fixed from data",
    "C": "calibrated",
    "S": "varied in sensitivity analysis or scenarios",
}

MOST_NAMED = 10
"""Known names that a refusal lists."""


class BadInputError(ValueError):
    """Input that a person can mend: one sentence with the name, the value, the limits and the unit."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution of `scipy.stats`, cut to the declared range when it is sampled."""

    text: str
    family: str
    arguments: tuple[float, ...]

    def quantile(self, probability: Any, low: float = -math.inf, high: float = math.inf) -> Any:
        """Return the value below which `probability` (0..1, scalar or array) of the prior in [low, high] lies."""
        from scipy import stats

        distribution = getattr(stats, self.family)(*self.arguments)
        below, above = distribution.cdf(low), distribution.cdf(high)
        return distribution.ppf(below + probability * (above - below))


def uniform(low: float, high: float) -> Prior:
    """Return the uniform prior on [low, high]."""
    return Prior(f"U({low:g}, {high:g})", "uniform", (low, high - low))


def log_uniform(low: float, high: float) -> Prior:
    """Return the prior whose logarithm is uniform on [log low, log high]."""
    return Prior(f"LogU({low:g}, {high:g})", "loguniform", (low, high))


def log_normal(median: float, low: float, high: float) -> Prior:
    """Return the prior whose logarithm is normal, with this median; 95 % lies as far apart as `low` and `high`."""
    spread = math.log(high / low) / (2 * 1.959964)
    return Prior(f"LogN({median:g}; 95 % {low:g}-{high:g})", "lognorm", (spread, 0.0, median))


def normal(mean: float, deviation: float) -> Prior:
    """Return the normal prior."""
    return Prior(f"N({mean:g}, {deviation:g})", "norm", (mean, deviation))


def half_normal(deviation: float) -> Prior:
    """Return the prior of |x| with x normal about 0."""
    return Prior(f"HalfN({deviation:g})", "halfnorm", (0.0, deviation))


def beta(a: float, b: float) -> Prior:
    """Return the beta prior on [0, 1]."""
    return Prior(f"Beta({a:g}, {b:g})", "beta", (a, b))


@dataclass(frozen=True, slots=True)
class Number:
    """The declaration of one number; its sentence is the docstring under the field."""

    symbol: str
    unit: str
    low: float
    high: float
    equation: str
    grade: str
    source: str
    role: str = "S"
    prior: Prior | None = None
    unit_cost: float = 0.0
    """GBP at 2025 prices at strength 1 for each of what `charged` says (levers only)."""
    charged: str = "provider-month"
    """What a lever is paid by: a provider-month, or a person trained: senior leader, manager or member of staff."""
    fade: float | None = None
    """How fast the effect of a lever goes once it has ended, 1/month; None is at once."""


@dataclass(frozen=True, slots=True)
class Switch:
    """The declaration of one mechanism that can be turned off without touching any other draw."""

    equation: str
    claim: str
    level: str = "L5"
    """The level of the build ladder that adds it."""
    nothing: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Parameters at which it does nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a declaration: everything that the tables, the schema and the checks are derived from."""

    name: str
    default: float
    kind: type
    says: str
    about: Any


@cache
def entries(declaration: type) -> Mapping[str, Entry]:
    """Return the rows of a declaration (a NamedTuple with `Annotated` fields), by name, in their order."""
    hints = get_type_hints(declaration, include_extras=True)
    sentences = _sentences(declaration)
    defaults = declaration._field_defaults  # type: ignore[attr-defined]
    return {
        name: Entry(name, defaults[name], hint.__origin__, sentences[name], hint.__metadata__[0])
        for name, hint in hints.items()
    }


def _sentences(declaration: type) -> dict[str, str]:
    """Return the docstring under each field: Python keeps none at run time, so the source is read."""
    body = ast.parse(textwrap.dedent(inspect.getsource(declaration))).body[0].body  # type: ignore[attr-defined]
    found: dict[str, str] = {}
    for row, text in pairwise(body):
        if (
            isinstance(row, ast.AnnAssign)
            and isinstance(row.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[row.target.id] = " ".join(str(text.value.value).split())
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a refusal: the nearest known name, or some of them when none is near."""
    names = sorted(known)
    if not names:
        return "none is known."
    lowered = {one.lower(): one for one in names}
    close = difflib.get_close_matches(name[:LONGEST_SHOWN].lower(), lowered, n=1, cutoff=0.5)
    if close:
        return f"did you mean {lowered[close[0]]!r}?"
    return (
        f"known: {', '.join(names[:MOST_NAMED])}{f' and {rest} more' if (rest := len(names) - MOST_NAMED) > 0 else ''}."
    )


def checked(declaration: type, changes: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return `changes` as values of the declared types, or refuse the first that is unknown or out of range."""
    known = entries(declaration)
    return {name: checked_value(known, name, value, what) for name, value in changes.items()}


def checked_value(known: Mapping[str, Entry], name: str, value: Any, what: str) -> Any:
    """Return one value as its declared type; `what` names the declaration in the refusal."""
    if name not in known:
        raise BadInputError(f"Unknown {what} {shown(name)}: {nearest(str(name), known)}")
    entry = known[name]
    if entry.kind is bool:
        if not isinstance(value, bool):
            raise BadInputError(f"The {what} {name} is {shown(value)}: it must be true or false.")
        return value
    about: Number = entry.about
    limits = (
        f"it must be {'a whole number ' if entry.kind is int else ''}from {about.low:g} to {about.high:g} {about.unit}"
    )
    # numpy's numbers are welcome; text, None and booleans are not numbers here
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise BadInputError(f"The {what} {name} is {shown(value)}: {limits}.")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond what a float holds
        number = math.inf
    if not math.isfinite(number) or not about.low <= number <= about.high:
        raise BadInputError(f"The {what} {name} is {number:g}: {limits}.")
    if entry.kind is int and number != int(number):
        raise BadInputError(f"The {what} {name} is {number:g}: {limits}.")
    return entry.kind(number)


def checked_whole(name: str, value: Any, low: int, high: int, unit: str) -> int:
    """Return a whole number within its limits, or refuse it."""
    limits = f"it must be a whole number from {low} to {high} {unit}".rstrip()
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__") or not low <= int(value) <= high:
        raise BadInputError(f"{name} is {shown(value)}: {limits}.")
    return int(value)


def schema(declaration: type, title: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a declaration, with unit, prior, grade and source beside each."""
    properties: dict[str, Any] = {}
    for entry in entries(declaration).values():
        described = {"description": entry.says, "default": entry.default, "equation": entry.about.equation}
        if isinstance(entry.about, Switch):
            properties[entry.name] = {"type": "boolean", **described, "claim": entry.about.claim}
            continue
        number: Number = entry.about
        properties[entry.name] = {
            "type": "integer" if entry.kind is int else "number",
            "minimum": number.low,
            "maximum": number.high,
            **described,
            "symbol": number.symbol,
            "unit": number.unit,
            "prior": number.prior.text if number.prior else None,
            "grade": number.grade,
            "source": number.source,
            "role": number.role,
            "unit_cost": number.unit_cost,
            "charged": number.charged,
            "fade": number.fade,
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
