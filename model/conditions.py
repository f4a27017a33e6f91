"""What happens to the sector from outside, and when: regimes, series and dated levers, as months of a schedule."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from .declare import BadInputError, checked_value, entries, nearest
from .groups import checked_target, target
from .innovations import Innovation, advantages, month_text
from .mechanisms.priorities import REGIMES as PRIORITY_REGIMES
from .mechanisms.priorities import offsets, unsettled, weights_of
from .parameters import Parameters
from .policy import PER_INNOVATION, Policy
from .population.sector import Population
from .shocks import LASTING, Shock, check_target, checked_strength, strike
from .state import AROUND, PULLED, REGIME, SUPPORTED, Schedule, blank
from .switches import Switches

AFTERMATH = 6
"""Months for which the end of a grant is felt."""
FIRST_MONTH, LAST_MONTH = "2018-01", "2100-12"
REGULATORY = {"tight": 1.5, "central": 1.0, "supportive": 0.5}
"""Multiplier of the regulatory burden (assumption, grade D)."""
ECONOMIC = {"tight": (0.98, 1.2), "central": (1.0, 1.0), "supportive": (1.02, 0.8)}
"""Multipliers of fees and of staff turnover (assumptions, grade D)."""


class Lever(NamedTuple):
    """One lever of `Policy`, pulled for some providers and some innovations for some time."""

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
    """GBP a provider-month at strength 1; None is the declared one."""


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


def months_between(first: str, last: str) -> int:
    """Return how many months `last` lies after `first` (both YYYY-MM)."""
    (y0, m0), (y1, m1) = (map(int, month.split("-")) for month in (first, last))
    return (y1 - y0) * 12 + m1 - m0


def month_after(first: str, months: int) -> str:
    """Return the month that lies `months` after `first` (YYYY-MM)."""
    year, month = map(int, first.split("-"))
    whole = year * 12 + month - 1 + months
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"


def checked_conditions(conditions: Conditions, innovations: tuple[Innovation, ...]) -> Conditions:
    """Return the conditions, or refuse what cannot be: unknown names, ends before starts, overlapping dates."""
    month_text(conditions.start)
    if not FIRST_MONTH <= conditions.start <= LAST_MONTH:
        raise BadInputError(f"start is {conditions.start}: it must be a month from {FIRST_MONTH} to {LAST_MONTH}.")
    for name, value, known in (
        ("regulatory", conditions.regulatory, REGULATORY),
        ("economic", conditions.economic, ECONOMIC),
    ):
        if value not in known:
            raise BadInputError(f"The {name} regime is {value!r}: {nearest(str(value), known)}")
    for lever in conditions.levers:
        checked_lever(lever, [innovation.name for innovation in innovations])
    for one, lever in enumerate(conditions.levers):
        for other in conditions.levers[one + 1 :]:
            same = (lever.name, lever.group, lever.innovation) == (other.name, other.group, other.innovation)
            if same and _from(lever) <= _until(other) and _from(other) <= _until(lever):
                raise BadInputError(
                    f"The lever {lever.name} is pulled twice at once for the group {lever.group!r}:"
                    f" from {_from(lever)} to {_until(lever)} and from {_from(other)} to {_until(other)}."
                )
    known_parameters = entries(Parameters)
    for name in ("turnover", "vacancy"):
        for month, value in getattr(conditions, name):
            month_text(month)
            checked_value(known_parameters, name, value, "parameter")
    for month, regime in conditions.priorities:
        month_text(month)
        if regime not in PRIORITY_REGIMES:
            raise BadInputError(f"The regime of priorities is {regime!r}: {nearest(str(regime), PRIORITY_REGIMES)}")
    for shock in conditions.shocks:
        checked_shock(shock, [innovation.name for innovation in innovations])
    for one, shock in enumerate(conditions.shocks):
        for after in conditions.shocks[one + 1 :]:
            same = (shock.kind, shock.group, shock.innovation) == (after.kind, after.group, after.innovation)
            # wages may rise for good more than once
            if same and shock.kind not in LASTING and _from(shock) <= _until(after) and _from(after) <= _until(shock):
                raise BadInputError(
                    f"The shock {shock.kind} strikes twice at once the group {shock.group!r}:"
                    f" from {_from(shock)} to {_until(shock)} and from {_from(after)} to {_until(after)}."
                )
    return conditions


def checked_shock(shock: Shock, innovations: list[str] | None = None) -> None:
    """Refuse a shock that cannot happen; `innovations` are those of the run, None when it is not known yet."""
    checked_strength(shock)
    checked_target(shock.group)
    check_target(shock, innovations)
    for month in (shock.start, shock.end):
        if month is not None:
            month_text(month)
    if shock.end is not None and shock.end < shock.start:
        raise BadInputError(f"The shock {shock.kind} ends in {shock.end}, before its start in {shock.start}.")


def without_series(conditions: Conditions, changed: Collection[str]) -> Conditions:
    """Return conditions in which a number that a person has changed holds for the whole run, in place of a series."""
    return conditions._replace(
        turnover=() if "turnover" in changed else conditions.turnover,
        vacancy=() if "vacancy" in changed else conditions.vacancy,
    )


def _from(lever: Lever | Shock) -> str:
    return lever.start or FIRST_MONTH


def _until(lever: Lever | Shock) -> str:
    return lever.end or LAST_MONTH


def checked_lever(lever: Lever, innovations: list[str] | None = None) -> None:
    """Refuse a lever that cannot be pulled; `innovations` are those of the run, None when it is not known yet."""
    checked_value(entries(Policy), lever.name, lever.strength, "lever")
    checked_target(lever.group)
    for month in (lever.start, lever.end):
        if month is not None:
            month_text(month)
    if _until(lever) < _from(lever):
        raise BadInputError(f"The lever {lever.name} ends in {lever.end}, before its start in {lever.start}.")
    if lever.unit_cost is not None and not 0 <= lever.unit_cost <= 1e6:
        raise BadInputError(
            f"The unit cost of the lever {lever.name} is {lever.unit_cost:g}:"
            " it must be from 0 to 1000000 GBP/provider-month."
        )
    if lever.innovation is None:
        return
    if lever.name not in PER_INNOVATION:
        raise BadInputError(f"The lever {lever.name} acts on providers, not on one innovation ({lever.innovation!r}).")
    if innovations is not None and lever.innovation not in innovations:
        raise BadInputError(
            f"The lever {lever.name} names the innovation {lever.innovation!r}, which is not in the run:"
            f" {nearest(lever.innovation, innovations)}"
        )


def standing(policy: Policy) -> tuple[Lever, ...]:
    """Return a policy as levers that act on everybody from the first month to the last; strength 0 is no lever."""
    return tuple(Lever(name, strength) for name, strength in policy._asdict().items() if strength != 0)


def scheduled(
    conditions: Conditions,
    policy: Policy,
    parameters: Parameters,
    switches: Switches,
    innovations: tuple[Innovation, ...],
    population: Population,
    months: int,
    seed: int,
    step: float = 1.0,
) -> tuple[Schedule, np.ndarray]:
    """Return the schedule of `months` steps of `step` months, and each provider's policy cell, shape (n,)."""
    levers = (*conditions.levers, *standing(policy))
    shocks = conditions.shocks if switches.shocks else ()
    names = list(dict.fromkeys([*(lever.group for lever in levers), *(shock.group for shock in shocks)]))
    members = np.column_stack([target(name, population) for name in names] or [np.zeros(len(population.id), bool)])
    kinds, cell = np.unique(members, axis=0, return_inverse=True)
    cells, many = len(kinds), len(innovations)
    declared = entries(Policy)
    pulled, supported = blank(PULLED, months, cells, many), blank(SUPPORTED, months, cells)
    for lever in levers:
        when = _when(lever, conditions.start, months, step)
        strength = lever.strength * kinds[:, names.index(lever.group)]
        unit_cost = declared[lever.name].about.unit_cost if lever.unit_cost is None else lever.unit_cost
        reached = [j for j, one in enumerate(innovations) if lever.innovation in (None, one.name)]
        for j in reached:
            if lever.name in PER_INNOVATION:
                pulled[lever.name][when, :, j] += strength
        # what is spent on a provider whatever it adopts is shared equally by the innovations that the run begins with
        paying = [j for j in reached if not innovations[j].local]
        for j in paying:
            pulled["lever_cost"][when, :, j] += strength * unit_cost / len(paying)
        if lever.name not in PER_INNOVATION:
            supported[lever.name][when] += strength
    for name, entry in declared.items():
        array = (pulled if name in PER_INNOVATION else supported)[name]
        array[...] = np.minimum(array, entry.about.high)
    pulled["grant_ended"] = _just_ended(pulled["grant"], step)
    cell = cell.reshape(-1).astype(np.int64)
    held = np.bincount(cell, population.weight, minlength=cells) / population.weight.sum()
    fees, leaving = ECONOMIC[conditions.economic]
    regime, around = blank(REGIME, months, many), blank(AROUND, months, cells)
    usual = np.array([one.attributes.burden * REGULATORY[conditions.regulatory] for one in innovations])
    # reform and movements are for everybody: what is pulled for a group counts by the group's share of the sector
    regime["burden"] = np.minimum(1.0, usual) * (1 - np.einsum("tcj,c->tj", pulled["reform"], held))
    regime["building"] = np.einsum("tcj,c->tj", pulled["movement_building"], held)
    weights = _priorities(conditions, parameters, switches, months, seed, step)
    regime["advantage"] = sum(
        weights[:, one, None] * advantages(innovations)[None, :, one] for one in range(weights.shape[1])
    )
    regime["held"] = _held(innovations, conditions.start, months, step)
    for name in ("turnover", "vacancy"):
        usually = getattr(parameters, name)
        around[name] = _series(getattr(conditions, name), usually, conditions.start, months, step)[:, None]
    around["turnover"] *= leaving
    around["fee"] = around["price"] = fees
    for name in ("wage", "inspection", "stance"):
        around[name] = 1.0
    remote = np.array([one.attributes.remote for one in innovations])
    for shock in shocks:
        when = _steps(shock.start, shock.end, conditions.start, months, step)
        whom = kinds[:, names.index(shock.group)].astype(float)
        which = np.array([float(one.name == shock.innovation) for one in innovations])
        strike(
            shock.kind,
            checked_strength(shock),
            when,
            whom,
            which,
            around,
            regime,
            remote,
            parameters.labour_share,
            step,
        )
    schedule = Schedule(pulled, supported, regime, around, unsettled(weights, step))
    return schedule, cell


def _priorities(
    conditions: Conditions, parameters: Parameters, switches: Switches, months: int, seed: int, step: float
) -> np.ndarray:
    """Return the weights of the four priorities in each step, shape (T, 4)."""
    regimes = np.zeros((months, 4))
    if not switches.drift:
        return weights_of(regimes, 0.0, 0.0, step, seed)
    for month, regime in conditions.priorities:
        regimes[max(0, round(months_between(conditions.start, month) / step)) :] = offsets(regime)
    return weights_of(regimes, parameters.goal_return, parameters.goal_drift, step, seed)


def _when(lever: Lever, start: str, months: int, step: float) -> slice:
    """Return the steps in which a lever is pulled."""
    return _steps(lever.start, lever.end, start, months, step)


def _steps(first: str | None, last: str | None, start: str, months: int, step: float) -> slice:
    """Return the steps from a first to a last month; None is the run's own."""
    begin = 0 if first is None else max(0, months_between(start, first))
    end = months if last is None else months_between(start, last) + 1
    return slice(round(begin / step), max(0, round(end / step)))


def _just_ended(grant: np.ndarray, step: float) -> np.ndarray:
    """Return 1 where there is no grant, but was one in the months before."""
    ended = np.zeros_like(grant)
    if not grant.any():
        return ended
    reach = round(AFTERMATH / step)
    for month in range(1, len(grant)):
        before = grant[max(0, month - reach) : month].max(axis=0)
        ended[month] = (grant[month] == 0) & (before > 0)
    return ended


def _series(
    points: tuple[tuple[str, float], ...], otherwise: float, start: str, months: int, step: float
) -> np.ndarray:
    """Return a series of points that each hold until the next; before the first, its value."""
    values = np.full(months, points[0][1] if points else otherwise)
    for month, value in points:
        values[max(0, round(months_between(start, month) / step)) :] = value
    return values


def _held(innovations: tuple[Innovation, ...], start: str, months: int, step: float) -> np.ndarray:
    """Return 1 for the steps up to and including an innovation's start: until then its stages stay as they are."""
    held = np.zeros((months, len(innovations)), np.int8)
    for j, innovation in enumerate(innovations):
        until = months_between(start, innovation.file.start) + 1
        held[: max(0, round(until / step)), j] = 1
    return held


def described(conditions: Conditions) -> dict[str, Any]:
    """Return the conditions as plain data, for the record of a run."""
    return {
        **conditions._asdict(),
        "levers": [lever._asdict() for lever in conditions.levers],
        "shocks": [shock._asdict() for shock in conditions.shocks],
    }
