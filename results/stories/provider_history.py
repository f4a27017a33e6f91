"""Follows one provider through a run: what it did each month, what it was like, and what happened around it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model.attribution.events import EVENT, TERMS
from carespread.model.attribution.terms import explained, note_changes
from carespread.model.attribution.watch import Month, months_watched
from carespread.model.groups import labels
from carespread.model.mechanisms.leadership import MONTHS_OF_UNREST
from carespread.model.mechanisms.outcomes import true_success
from carespread.model.simulate import Prepared, Run
from carespread.model.state import GENERATION, STAGES
from carespread.model.table import events_table

from ..arrays import Array, Wholes


class Kind(StrEnum):
    """What can happen to a provider."""

    STAGE = "stage"
    MANAGER = "manager left"
    SENIOR = "senior leader left"
    PARTNER = "partner found"
    PARTED = "partner lost"
    RATED = "rating"
    SHORT = "out of reserves"
    RECOVERED = "reserves again"
    CLOSES = "closed"
    GRANT = "grant offered"
    GRANT_ENDS = "grant ended"
    SHOCK = "shock"


class Followed(NamedTuple):
    """One provider's run."""

    about: dict[str, Any]
    """Who it is: id, setting, size, region, authority, ownership, sites, staff, people, rating, traits."""
    innovations: dict[str, str]
    """Titles by name."""
    numbers: pd.DataFrame
    """A row a month: slack, rating, leadership, partners, and stage, sites, skill, belief, truth by innovation."""
    events: pd.DataFrame
    """A row an event in the order of time: number, month, kind, innovation, before, after, and terms of a move."""
    scenario: str
    seed: int


def row_of(prepared: Prepared, provider: int) -> int:
    """Return the row of a provider by its id; KeyError where the run begins with none of that id."""
    found = np.flatnonzero((prepared.population.id == provider) & (prepared.population.weight > 0))
    if not len(found):
        raise KeyError(provider)
    return int(found[0])


def described(prepared: Prepared, row: int) -> dict[str, Any]:
    """Return who a provider is at the start."""
    population = prepared.population
    country, geography = population.country, population.geography
    size, sizes = labels("size", population)
    setting, settings = labels("setting", population)
    return {
        "provider": int(population.id[row]),
        "setting": settings[setting[row]],
        "size": sizes[size[row]],
        "region": geography.regions[int(population.region[row])],
        "authority": geography.authorities[int(population.authority[row])],
        "ownership": country.ownerships[int(population.ownership[row])],
        "rating": country.ratings[int(population.rating[row])],
        **{name: int(getattr(population, name)[row]) for name in ("sites", "staff", "people")},
        **{
            name: float(getattr(population, name)[row])
            for name in ("senior", "manager", "frontline", "learning", "openness", "self_knowledge")
        },
    }


def follow(prepared: Prepared, provider: int, scenario: str) -> Followed:
    """Return what happened to a provider, until the end of the run or until it closed."""
    row = row_of(prepared, provider)
    about, seed = described(prepared, row), int(prepared.frame.settled[0].seed)
    room = np.zeros(prepared.state.pairs.size, EVENT).view(np.recarray)
    numbers: list[dict[str, Any]] = []
    happened: list[dict[str, Any]] = []
    moves: list[Array] = [room[:0]]
    dates = Run(prepared, seed, prepared.record.counts.shape[0] - 1).dates
    for month in months_watched(prepared):
        if month.number == 0:
            numbers.append(numbers_of(prepared, month.before, row))
        many = note_changes(month.frame, month.before, month.after, month.number, room)
        moves.append(room[:many][room["provider"][:many] == month.before.providers["id"][row]].copy())
        happened += [{"month": month.number + 1, "kind": str(Kind.STAGE)} for _ in moves[-1]]
        happened += around(prepared, month, row, str(dates[month.number + 1]))
        if row in month.closed:
            follows = "another provider" if month.after.providers["weight"][row] > 0 else "nobody"
            happened.append({"month": month.number + 1, "kind": str(Kind.CLOSES), "after": follows})
            break
        numbers.append(numbers_of(prepared, month.after, row))
    names = [one.name for one in prepared.innovations]
    table = pd.DataFrame(numbers)
    table.insert(0, "month", dates[: len(table)].astype("datetime64[s]"))
    return Followed(
        about,
        {one.name: one.file.title for one in prepared.innovations},
        table,
        timeline(happened, events_table(np.concatenate(moves).view(np.ndarray), dates, names), dates),
        scenario,
        seed,
    )


def stages_of(prepared: Prepared, log: Array) -> Wholes:
    """Return the stage of every provider and innovation at the end of each month, int8 of shape (months + 1, n, J).

    Who opens in the place of a provider that closed goes on in its row.
    """
    months = prepared.record.counts.shape[0]
    rows = np.argsort(prepared.population.id)
    place = rows[np.searchsorted(prepared.population.id[rows], log["provider"] % GENERATION)]
    changed = np.full((months, *prepared.first_stage.shape), -1, np.int8)
    changed[0] = prepared.first_stage
    changed[log["month"], place, log["innovation"]] = log["stage_to"]
    for month in range(1, months):
        same = changed[month] < 0
        changed[month][same] = changed[month - 1][same]
    return changed


def terms_if(prepared: Prepared, provider: int, month: int, innovation: int, after: str) -> dict[str, float]:
    """Return the terms that a move of a provider to the stage `after` in a month (from 1) has or would have had."""
    row, terms = row_of(prepared, provider), np.zeros(len(TERMS))
    for passed in months_watched(prepared, month):
        if passed.number == month - 1:
            explained(passed.frame, passed.before, passed.number, row, innovation, STAGES.index(after), terms)
    return dict(zip(TERMS, map(float, terms), strict=True))


def numbers_of(prepared: Prepared, state: Any, row: int) -> dict[str, Any]:
    """Return what a provider is like at the end of a month."""
    own = state.rows[row]
    made: dict[str, Any] = {
        "slack": float(own.slack),
        "rating": prepared.population.country.ratings[int(own.rating)],
        **{name: float(own[name]) for name in ("senior", "manager", "frontline")},
        "partners": int(state.network.ties[row]),
    }
    for j, innovation in enumerate(prepared.innovations):
        pair, attributes = state.pairs[row, j], innovation.attributes
        name = innovation.name
        made[f"stage {name}"] = STAGES[int(pair.stage)]
        made[f"sites {name}"] = int(pair.sites_in_use)
        made[f"skill {name}"] = float(pair.skill)
        made[f"belief {name}"] = float(pair.successes / (pair.successes + pair.failures))
        made[f"truth {name}"] = float(true_success(attributes.success, attributes.former_success, pair.fit, pair.skill))
    return made


def around(prepared: Prepared, month: Month, row: int, date: str) -> list[dict[str, Any]]:
    """Return what happened in a month (`date`, YYYY-MM) beside changes of stage."""
    before, after = month.before.rows[row], month.after.rows[row]
    number = month.number + 1
    made: list[dict[str, Any]] = []

    def note(kind: str, **about: Any) -> None:
        made.append({"month": number, "kind": str(kind), **about})

    if after.unrest_left == MONTHS_OF_UNREST:
        senior = after.senior != before.senior
        leader = "senior" if senior else "manager"
        note(Kind.SENIOR if senior else Kind.MANAGER, before=f"{before[leader]:.2f}", after=f"{after[leader]:.2f}")
    old, new = partners_of(month.before, row), partners_of(month.after, row)
    for who in sorted(new - old):
        note(Kind.PARTNER, after=str(who))
    for who in sorted(old - new):
        note(Kind.PARTED, before=str(who))
    if after.rating != before.rating:
        ratings = prepared.population.country.ratings
        note(Kind.RATED, before=ratings[int(before.rating)], after=ratings[int(after.rating)])
    if before.slack >= 0 > after.slack:
        note(Kind.SHORT, after=f"{after.slack:.1f}")
    if before.slack < 0 <= after.slack:
        note(Kind.RECOVERED, after=f"{after.slack:.1f}")
    cell = int(month.before.providers["cell"][row])
    grants = prepared.frame.schedule.pulled["grant"][:, cell]
    for j, innovation in enumerate(prepared.innovations):
        now, earlier = float(grants[month.number, j]), float(grants[month.number - 1, j]) if month.number else 0.0
        if now > 0 and earlier == 0:
            note(Kind.GRANT, innovation=innovation.name, after=f"{100 * now:.0f} %")
        if now == 0 and earlier > 0:
            note(Kind.GRANT_ENDS, innovation=innovation.name)
    for shock in prepared.conditions.shocks:
        if shock.start == date:
            note(Kind.SHOCK, innovation=shock.innovation or "", after=shock.kind.replace("_", " "))
    return made


def partners_of(state: Any, row: int) -> set[int]:
    """Return the ids of a provider's partners."""
    first, ties = int(state.network.first[row]), int(state.network.ties[row])
    return {int(who) % GENERATION for who in state.providers["id"][state.network.partners[first : first + ties]]}


def timeline(happened: list[dict[str, Any]], moves: pd.DataFrame, dates: Array) -> pd.DataFrame:
    """Return events as a table; a move has its cause and terms, all else only its words."""
    rows, events = [], iter(moves.to_dict("records"))
    for number, one in enumerate(happened, 1):
        row = {"innovation": "", "before": "", "after": "", **one,
               "number": number, "month": pd.Timestamp(dates[one["month"]])}  # fmt: skip
        if one["kind"] == Kind.STAGE:
            event = next(events)
            row |= {"before": event["stage_from"], "after": event["stage_to"]}
            row |= {name: event[name] for name in ("innovation", "cause", *TERMS)}
        rows.append(row)
    columns = ["number", "month", "kind", "innovation", "before", "after", "cause", *TERMS]
    return pd.DataFrame(rows, columns=columns)
