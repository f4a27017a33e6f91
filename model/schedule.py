"""The conditions of a run as months of a schedule: what is pulled, struck and asked for in each, and for whom."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .conditions import ECONOMIC, REGULATORY, Conditions, Lever, months_between
from .declare import entries
from .groups import target
from .innovations import Innovation, advantages
from .mechanisms.entry import chance_of_no_successor
from .mechanisms.priorities import offsets, shifts, unsettled, weights_of
from .own_levers import levers_with, part_of, surroundings, terms
from .parameters import Parameters
from .policy import PER_INNOVATION, TRAINED, Policy
from .population.draws import generator, ranks
from .population.sector import Population
from .shocks import Shock, checked_strength, strike
from .state import AROUND, PULLED, REGIME, SUPPORTED, Schedule, blank
from .switches import Switches

AFTERMATH = 6
"""Months for which the end of a grant is felt."""
CLIMATE = ("senior_programme", "manager_programme")
"""Levers that make a climate in which people learn (4b)."""


class Part(NamedTuple):
    """Some of the providers of a target group: those who take part in a lever, or stay in it to the end."""

    group: str
    lever: str
    """Empty where all of the group are meant."""
    share: float


def everybody_in(move: Lever | Shock) -> Part:
    """Return all providers whom a lever or a shock is meant for."""
    return Part(move.group, "", 1.0)


def taking_part(lever: Lever) -> tuple[Part, Part]:
    """Return who feels a lever, and who takes part in it (and costs)."""
    shares = lever.take_up * lever.completion, lever.take_up
    feel, cost = (everybody_in(lever) if share >= 1 else Part(lever.group, lever.name, share) for share in shares)
    return feel, cost


def members_of(part: Part, population: Population, seed: int) -> np.ndarray:
    """Return which providers a part holds, boolean of shape (n,): who takes part is settled for each lever once."""
    mask = target(part.group, population)
    if part.lever:
        numbers = generator(seed, f"take-up {part.lever}").random(len(population.id))
        mask = mask & (numbers[ranks(population.id)] < part.share)
    return mask


def felt_by_step(when: slice, delay: int, fade: float | None, months: int, step: float) -> np.ndarray:
    """Return how much of a lever that acts in the steps `when` is felt in each step, shape (T,): from `delay` months
    after its start in full, after its end exp(-fade) a month, or at once nothing without `fade`.
    """
    felt = np.zeros(months)
    first = when.start + round(delay / step)
    felt[first : when.stop] = 1.0
    if fade is not None and when.stop > first:
        felt[when.stop :] = np.exp(-fade * step * np.arange(1, max(0, months - when.stop) + 1))
    return felt


def billed(
    lever: Lever, charged: str, when: slice, start: str, months: int, step: float, parameters: Parameters
) -> np.ndarray:
    """Return how many unit costs a month a lever bills in each step for each whom it is paid for, shape (T,).

    A lever that goes by the month bills 1. A programme bills one for each person when it begins, then one for each who
    comes new (19i); where its price is that of a year, everybody again each year. Who was trained before the run was
    paid for before it.
    """
    bill = np.zeros(months)
    if charged not in TRAINED:
        bill[when] = 1.0
        return bill
    whom = TRAINED[charged]
    bill[when] = getattr(parameters, whom.leaving)
    first = 0 if lever.start is None else months_between(start, lever.start)
    for month in range(first, months, 12) if whom.yearly else (first,):
        if when.start <= round(month / step) < min(when.stop, months):
            bill[round(month / step)] = 1.0 / step
    return bill


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
    net_entry: np.ndarray,
    seed: int,
    step: float = 1.0,
) -> tuple[Schedule, np.ndarray]:
    """Return the schedule of steps of `step` months, and each provider's policy cell, shape (n,).

    `net_entry`, a year by step and setting, shape (T, 4), says how many steps there are.
    """
    months = len(net_entry)
    levers = (*conditions.levers, *standing(policy))
    shocks = conditions.shocks if switches.shocks else ()
    names = list(dict.fromkeys([*(part for one in levers for part in taking_part(one)), *map(everybody_in, shocks)]))
    members = np.column_stack(
        [members_of(name, population, seed) for name in names] or [np.zeros(len(population.id), bool)]
    )
    kinds, cell = np.unique(members, axis=0, return_inverse=True)
    cells, many = len(kinds), len(innovations)
    declared, own = levers_with(conditions.own_levers), {one.name: one for one in conditions.own_levers}
    pulled, supported = blank(PULLED, months, cells, many), blank(SUPPORTED, months, cells)
    for lever in levers:
        when = _steps(lever.start, lever.end, conditions.start, months, step)
        part = part_of(lever, parameters)
        who_feels, who_costs = taking_part(lever)
        strength = lever.strength * part * kinds[:, names.index(who_costs)]
        unit_cost = declared[lever.name].about.unit_cost if lever.unit_cost is None else lever.unit_cost
        moves, by = (own[lever.name].moves, own[lever.name].by) if lever.name in own else (lever.name, 1.0)
        reached = [j for j, one in enumerate(innovations) if lever.innovation in (None, one.name)]
        fade = declared[lever.name].about.fade if lever.fade is None else lever.fade
        felt = lever.strength * part * by * kinds[:, names.index(who_feels)]
        course = felt_by_step(when, lever.delay, fade, months, step)[:, None]
        for j in reached:
            if moves in PER_INNOVATION:
                pulled[moves][:, :, j] += course * felt
        # what is spent on a provider whatever it adopts is shared equally by the innovations that the run begins with
        paying = [j for j in reached if not innovations[j].local]
        charged = declared[lever.name].about.charged
        bill = billed(lever, charged, when, conditions.start, months, step, parameters)[:, None] * strength * unit_cost
        paid = TRAINED[charged].cost if charged in TRAINED else "lever_cost"
        for j in paying:
            pulled[paid][:, :, j] += bill / len(paying)
        if moves not in PER_INNOVATION and moves in Policy._fields:
            supported[moves] += course * felt
        if moves in CLIMATE and switches.climate:
            gone = None if fade is None else parameters.climate_fade
            lasting = felt_by_step(when, lever.delay, gone, months, step)[:, None]
            supported["climate"] += parameters.programme_climate * lasting * felt / len(CLIMATE)
    supported["climate"] = np.maximum(0.0, supported["climate"])
    for name, entry in entries(Policy).items():
        array = (pulled if name in PER_INNOVATION else supported)[name]
        array[...] = np.clip(array, entry.about.low, entry.about.high)
    if switches.duties:
        pulled["pressed"] = np.minimum(1.0, pulled["enforcement"] + pulled["mandate"])
        supported["obliged"] = pulled["pressed"].max(axis=2, initial=0.0)
    helped = pulled["grant"] + pulled["commissioner_requirement"] + supported["brokerage"][:, :, None]
    pulled["offered"] = np.minimum(1.0, helped)
    pulled["grant_ended"] = _just_ended(pulled["grant"], step)
    cell = cell.reshape(-1).astype(np.int64)
    held = np.bincount(cell, population.weight, minlength=cells) / math.fsum(population.weight)
    fees, leaving = ECONOMIC[conditions.economic]
    regime, around = blank(REGIME, months, many), blank(AROUND, months, cells)
    usual = np.array([one.attributes.burden * REGULATORY[conditions.regulatory] for one in innovations])
    # reform and movements are for everybody: what is pulled for a group counts by the group's share of the sector
    left = 1 - np.einsum("tcj,c->tj", pulled["reform"], held)
    regime["burden"] = np.minimum(1.0, usual) * np.maximum(0.0, left)  # shares add up to 1 but for rounding
    regime["building"] = np.einsum("tcj,c->tj", pulled["movement_building"], held)
    weights = _priorities(conditions, parameters, switches, months, seed, step)
    regime["advantage"] = sum(
        weights[:, one, None] * advantages(innovations)[None, :, one] for one in range(weights.shape[1])
    )
    regime["shift"] = shifts(weights, step)[:, None]
    regime["held"] = _held(innovations, conditions.start, months, step)
    regime["renewed"] = _renewed(innovations, conditions.start, months, step)
    for name in ("turnover", "vacancy"):
        usually = getattr(parameters, name)
        around[name] = _series(getattr(conditions, name), usually, conditions.start, months, step)[:, None]
    around["turnover"] *= leaving
    around["fee"] = around["price"] = fees
    for name in ("wage", "inspection", "stance"):
        around[name] = 1.0
    for lever, name, change in surroundings(conditions.own_levers, levers, parameters):
        when = _steps(lever.start, lever.end, conditions.start, months, step)
        course = felt_by_step(when, lever.delay, lever.fade, months, step)[:, None]
        moved = course * change * kinds[:, names.index(taking_part(lever)[0])]
        # who is not reached keeps what is, even where that lies beyond the limits of a lever
        limited = np.clip(around[name] + moved, terms()[name].low, terms()[name].high)
        around[name] = np.where(moved != 0.0, limited, around[name])
    remote = np.array([one.attributes.remote for one in innovations])
    for shock in shocks:
        when = _steps(shock.start, shock.end, conditions.start, months, step)
        whom = kinds[:, names.index(everybody_in(shock))].astype(float)
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
    closures = parameters.exit_rate * np.array(population.country.closures)
    no_successor = np.array(
        [[chance_of_no_successor(one, each) for one, each in zip(row, closures, strict=True)] for row in net_entry]
    )
    schedule = Schedule(pulled, supported, regime, around, no_successor, unsettled(weights, step))
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


def _renewed(innovations: tuple[Innovation, ...], start: str, months: int, step: float) -> np.ndarray:
    """Return 1 for the steps that end the month by which an innovation's yearly return is due, 0 without one."""
    ends = np.floor(np.arange(months + 1) * step + 1e-9).astype(int)
    first = int(start[5:])
    calendar = (first - 1 + ends[:-1]) % 12 + 1
    due = np.array([0 if one.file.renewal_month is None else one.file.renewal_month for one in innovations])
    renewed: np.ndarray = ((ends[1:] > ends[:-1])[:, None] & (calendar[:, None] == due[None, :])).astype(np.int8)
    return renewed


def _held(innovations: tuple[Innovation, ...], start: str, months: int, step: float) -> np.ndarray:
    """Return 1 for the steps up to and including an innovation's start: until then its stages stay as they are."""
    held = np.zeros((months, len(innovations)), np.int8)
    for j, innovation in enumerate(innovations):
        until = months_between(start, innovation.file.start) + 1
        held[: max(0, round(until / step)), j] = 1
    return held
