"""What surrounds a run from outside: regimes, series, dated levers and shocks, and what none of them can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from carespread.refusal import shown

from .declare import BadInputError, checked_value, entries, nearest
from .groups import checked_target
from .innovations import Innovation, month_text
from .mechanisms.priorities import REGIMES
from .own_levers import OwnLever, acting_on, check_span, checked_own, levers_with
from .parameters import Parameters
from .policy import PER_INNOVATION, Policy
from .population.country import home
from .shocks import LASTING, Shock, check_target, checked_strength

FIRST_MONTH, LAST_MONTH = "2018-01", "2100-12"
MOST_MONTHS = 1200
"""Months of the longest run."""
REGULATORY = {"tight": 1.5, "central": 1.0, "supportive": 0.5}
"""Multiplier of the regulatory burden (assumption, grade D)."""
ECONOMIC = {"tight": (0.98, 1.2), "central": (1.0, 1.0), "supportive": (1.02, 0.8)}
"""Multipliers of fees and of staff turnover (assumptions, grade D)."""
SERIES = ("turnover", "vacancy", "priorities")
"""What holds from a month until its next point."""


class Lever(NamedTuple):
    """One lever of `Policy`, set for some providers and some innovations for some time."""

    name: str
    strength: float
    start: str | None = None
    """First month, YYYY-MM; None is the run's first."""
    end: str | None = None
    """Last month, YYYY-MM; None is the run's last."""
    group: str = "all"
    innovation: str | None = None
    """None is all of them."""
    unit_cost: float | None = None
    """GBP at strength 1 for each that it is charged by (`carespread parameters --json`); None is the declared one."""
    times: str | None = None
    """Parameter whose value multiplies the strength, where how strong it was is uncertain; None is none."""
    take_up: float = 1.0
    """Share of those whom it is meant for who take part: only they cost anything, and feel it."""
    completion: float = 1.0
    """Share of those who take part who stay long enough to feel it."""
    delay: int = 0
    """Months from its start to its effect; it costs from its start."""
    fade: float | None = None
    """How fast its effect goes after its end, 1/month; None is as declared for the lever."""


class Conditions(NamedTuple):
    """What surrounds a run; the default is the central scenario without levers."""

    start: str = "2026-01"
    regulatory: str = "central"
    economic: str = "central"
    levers: tuple[Lever, ...] = ()
    turnover: tuple[tuple[str, float], ...] = ()
    """(first month, staff turnover a month): a series that holds until its next point; none is the parameter."""
    vacancy: tuple[tuple[str, float], ...] = ()
    """(first month, share of posts vacant): the same."""
    priorities: tuple[tuple[str, str], ...] = ()
    """(first month, regime of priorities): the same; none is even."""
    shocks: tuple[Shock, ...] = ()
    net_entry: tuple[tuple[str, str, float], ...] = ()
    """(first month, setting, change of the number of its providers a year as a share): each holds until the next of its
    setting; none is what the country's register says, or none at all for providers of one's own."""
    own_levers: tuple[OwnLever, ...] = ()
    """Levers that a user declares; `levers` pull them by name."""


def months_between(first: str, last: str) -> int:
    """Return how many months `last` lies after `first` (both YYYY-MM)."""
    (y0, m0), (y1, m1) = (map(int, month.split("-")) for month in (first, last))
    return (y1 - y0) * 12 + m1 - m0


def month_after(first: str, months: int) -> str:
    """Return the month that lies `months` after `first` (YYYY-MM)."""
    year, month = map(int, first.split("-"))
    whole = year * 12 + month - 1 + months
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"


def checked_month(month: Any) -> str:
    """Return a month as YYYY-MM within the calendar of scenarios, or refuse it."""
    if not isinstance(month, str):
        raise BadInputError(f'the month is {shown(month)}: it must read YYYY-MM in quotes, such as "2026-01".')
    if not FIRST_MONTH <= month_text(month) <= LAST_MONTH:
        raise BadInputError(f"the month is {month}: it must be from {FIRST_MONTH} to {LAST_MONTH}.")
    return month


def checked_name(what: str, name: Any, known: Collection[str]) -> str:
    """Return the name of a regime, or refuse it."""
    if name not in known:
        raise BadInputError(f"The {what} is {shown(name)}: {nearest(str(name), known)}")
    return str(name)


def checked_conditions(conditions: Conditions, innovations: Sequence[Innovation]) -> Conditions:
    """Return the conditions, or refuse what cannot be: unknown names, dates that fall or overlap."""
    names = [innovation.name for innovation in innovations]
    checked_own(conditions.own_levers)
    checked_month(conditions.start)
    checked_name("regulatory regime", conditions.regulatory, REGULATORY)
    checked_name("economic regime", conditions.economic, ECONOMIC)
    for kind in SERIES:
        points = getattr(conditions, kind)
        for month, value in points:
            checked_month(month)
            if kind == "priorities":
                checked_name("regime of priorities", value, REGIMES)
            else:
                checked_value(entries(Parameters), kind, value, "parameter")
        for (before, _), (month, _) in pairwise(points):
            if month <= before:
                raise BadInputError(
                    f"{kind.capitalize()} from {month} stands after {kind} from {before}: dates must rise, for each"
                    " holds until the next."
                )
    _check_net_entry(conditions)
    for lever in conditions.levers:
        checked_lever(lever, names, conditions.own_levers)
    _refuse_twice("is set twice at once for", conditions.levers)
    for shock in conditions.shocks:
        checked_shock(shock, names)
    # wages may rise for good more than once
    _refuse_twice("strikes twice at once", [one for one in conditions.shocks if one.kind not in LASTING])
    return conditions


def _check_net_entry(conditions: Conditions) -> None:
    """Refuse net entry of an unknown setting, beyond 50 % a year, twice for a month, or not known from the start on."""
    first: dict[str, str] = {}
    for number, (month, setting, value) in enumerate(conditions.net_entry):
        checked_month(month)
        checked_name("setting of net entry", setting, home().settings)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -0.5 <= value <= 0.5:
            raise BadInputError(f"The net entry of {setting} is {shown(value)}: it must be from -0.5 to 0.5 a year.")
        if (month, setting) in [one[:2] for one in conditions.net_entry[:number]]:
            raise BadInputError(f"The net entry of {setting} is given twice for {month}: once is enough.")
        first[setting] = min(month, first.get(setting, month))
    for setting, month in first.items():
        if month > conditions.start:
            raise BadInputError(
                f"The net entry of {setting} begins in {month}, after the start in {conditions.start}: a series has no"
                " gaps."
            )


def checked_lever(lever: Lever, innovations: Collection[str], own: Sequence[OwnLever] = ()) -> None:
    """Refuse a lever that cannot be set in a run of these innovations, with these levers of a user's `own`."""
    checked_value(levers_with(own), lever.name, lever.strength, "lever")
    if lever.times is not None:
        checked_name(f"parameter that multiplies the lever {lever.name}", lever.times, entries(Parameters))
    _check_reach(lever)
    if lever.name not in Policy._fields:
        check_span(own, lever)
    if lever.unit_cost is not None:
        checked_unit_cost(lever.unit_cost)
    for name in WHO_AND_WHEN:
        if (given := getattr(lever, name)) is not None:
            checked_part(name, given)
    if lever.innovation is None:
        return
    if acting_on(own, lever.name) not in PER_INNOVATION:
        raise BadInputError(
            f"The lever {lever.name} acts on providers, not on one innovation ({shown(lever.innovation)})."
        )
    if lever.innovation not in innovations:
        raise BadInputError(
            f"The lever {lever.name} names the innovation {shown(lever.innovation)}, which is not in the run:"
            f" {nearest(str(lever.innovation), innovations)}"
        )


WHO_AND_WHEN = {
    "take_up": (0.0, 1.0, "as a share of those targeted"),
    "completion": (0.0, 1.0, "as a share of those who take part"),
    "delay": (0, 120, "months, a whole number"),
    "fade": (0.0, 10.0, "a month"),
}
"""Limits and units of who feels a lever, and when."""


def checked_part(name: str, value: Any) -> Any:
    """Return what says who feels a lever and when, or refuse it."""
    low, high, unit = WHO_AND_WHEN[name]
    kind = type(low)  # whole months are an int
    number = not isinstance(value, (bool, str)) and hasattr(value, "__float__") and low <= float(value) <= high
    if not number or kind(value) != float(value):
        raise BadInputError(f"{name} is {shown(value)}: it must be from {low:g} to {high:g} {unit}.")
    return kind(value)


def checked_unit_cost(cost: Any) -> float:
    """Return a lever's unit cost, or refuse it."""
    if isinstance(cost, (bool, str)) or not hasattr(cost, "__float__") or not 0 <= float(cost) <= 1e6:
        raise BadInputError(
            f"unit_cost is {shown(cost)}: it must be from 0 to 1e+06 GBP a provider-month or person trained."
        )
    return float(cost)


def checked_shock(shock: Shock, innovations: Collection[str]) -> None:
    """Refuse a shock that cannot happen in a run of these innovations."""
    checked_strength(shock)
    check_target(shock, list(innovations))
    _check_reach(shock)


def refuse_unseen(move: Lever | Shock, start: str, months: int, known: Collection[str]) -> None:
    """Refuse what `months` from `start` never see, or what names an innovation that nobody knows."""
    what, last = _called(move), month_after(start, months - 1)
    if move.start is not None and move.start > last:
        raise BadInputError(f"The {what} starts in {move.start}, after the scenario's last month, {last}.")
    if move.end is not None and move.end < start:
        raise BadInputError(f"The {what} ends in {move.end}, before the scenario's first month, {start}.")
    if move.innovation is not None and move.innovation not in known:
        raise BadInputError(
            f"The {what} names the unknown innovation {shown(move.innovation)}: {nearest(move.innovation, known)}"
        )


def _called(move: Lever | Shock) -> str:
    return f"lever {move.name}" if isinstance(move, Lever) else f"shock {move.kind}"


def _span(move: Lever | Shock) -> tuple[str, str]:
    """Return the first and last month of a move."""
    return move.start or FIRST_MONTH, move.end or LAST_MONTH


def _check_reach(move: Lever | Shock) -> None:
    """Refuse a lever or shock for an unknown group, or that ends before it starts."""
    checked_target(move.group)
    for month in (move.start, move.end):
        if month is not None:
            checked_month(month)
    if _span(move)[1] < _span(move)[0]:
        raise BadInputError(f"The {_called(move)} ends in {move.end}, before its start in {move.start}.")


def _refuse_twice(happens: str, moves: Sequence[Lever | Shock]) -> None:
    """Refuse two moves of one kind on the same providers and innovation at one time."""
    for number, one in enumerate(moves):
        for other in moves[number + 1 :]:
            # what is asked for in full and what is asked for by an uncertain part of it add up
            same, others = (
                (move[0], move.group, move.innovation, getattr(move, "times", None)) for move in (one, other)
            )
            (first, last), (begins, ends) = _span(one), _span(other)
            if same == others and first <= ends and begins <= last:
                raise BadInputError(
                    f"The {_called(one)} {happens} the group {one.group!r}: from {first} to {last} and from {begins} to"
                    f" {ends}."
                )


def without_series(conditions: Conditions, changed: Collection[str]) -> Conditions:
    """Return conditions in which a number that a person has changed holds for the whole run, in place of a series."""
    return conditions._replace(
        turnover=() if "turnover" in changed else conditions.turnover,
        vacancy=() if "vacancy" in changed else conditions.vacancy,
    )


def described(conditions: Conditions) -> dict[str, Any]:
    """Return the conditions as plain data, for the record of a run."""
    return {
        **conditions._asdict(),
        "levers": [lever._asdict() for lever in conditions.levers],
        "shocks": [shock._asdict() for shock in conditions.shocks],
        "own_levers": [lever._asdict() for lever in conditions.own_levers],
    }
