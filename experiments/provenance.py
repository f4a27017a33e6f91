"""Traces every number that comes from evidence to its source, and every source to what uses it."""

from __future__ import annotations

import re
from typing import NamedTuple

from carespread.model import BadInputError, Parameters, Policy
from carespread.model.declare import entries, nearest
from carespread.model.innovations import Attributes, library
from carespread.model.population.country import home
from carespread.model.scenario import read_scenario, scenario_names
from carespread.results.figures.evidence_points import SERIES
from carespread.results.store.summary import text_table

from .result import Result

POPULATION, FIGURES = "population", "figures"
SOURCE = re.compile(r"\b(?:S\d{3}|R-[A-Z])\b")


class Traced(NamedTuple):
    """One number that comes from evidence."""

    used_by: str
    what: str
    value: float | None
    unit: str
    source_id: str
    publisher: str
    grade: str


def traced() -> list[Traced]:
    """Return every number that population, parameters, innovations, scenarios and figures take from evidence."""
    rows = [_row(POPULATION, one.what, one.value, one.unit, one.source_id, one.grade) for one in home().evidence_used()]
    for declaration in (Parameters, Policy):
        for entry in entries(declaration).values():
            about = entry.about
            for source_id in SOURCE.findall(about.source):
                rows.append(_row(entry.name, entry.says, entry.default, about.unit, source_id, about.grade))
    for innovation in library().values():
        for name, ground in innovation.file.attributes.items():
            for source_id in SOURCE.findall(ground.source):
                what = f"{name}: {ground.note}" if ground.note else name
                unit = entries(Attributes)[name].about.unit
                rows.append(_row(innovation.name, what, ground.value, unit, source_id, ground.grade))
        for share in innovation.file.starting_share:
            what = f"share at start, {share.population} {share.measure}, {share.date}"
            for source_id in SOURCE.findall(share.source):
                rows.append(_row(innovation.name, what, share.value, "share", source_id, share.grade))
    return rows + _of_scenarios() + _of_figures()


def _of_scenarios() -> list[Traced]:
    rows = []
    for scenario in map(read_scenario, scenario_names()):
        series = [("staff turnover", "/month", point) for point in scenario.turnover]
        series += [("posts vacant", "share", point) for point in scenario.vacancy]
        for what, unit, point in series:
            for source_id in SOURCE.findall(point.source):
                grade = home().sources()[source_id].grade
                rows.append(_row(scenario.name, f"{what} from {point.start}", point.value, unit, source_id, grade))
        for one in scenario.events:
            event = one.event
            what = f"{event.event_id} ({event.date}): {event.event}; {one.says}"
            rows.append(_row(scenario.name, what, event.size, event.size_unit, event.source_id, event.grade))
    return rows


def _of_figures() -> list[Traced]:

    drawn = {(one.innovation, one.population) for series in SERIES.values() for one in series}
    return [
        _row(
            FIGURES,
            f"{point.innovation}, {point.population}, {point.date}",
            point.value,
            point.unit,
            point.source_id,
            point.grade,
        )
        for point in home().adoption_series()
        if (point.innovation, point.population) in drawn
    ]


def _row(used_by: str, what: str, value: float | None, unit: str, source_id: str, grade: str) -> Traced:
    return Traced(used_by, what, value, unit, source_id, home().sources()[source_id].publisher, grade)


def evidence_list(name: str | None = None) -> Result:
    """Return what is traced: all in short, all of one user (population, a parameter, ...), or all of one source."""
    rows = traced()
    users = list(dict.fromkeys(row.used_by for row in rows))
    quiet = [*library(), *entries(Parameters), *entries(Policy), *scenario_names()]
    chosen = rows
    if name is not None:
        chosen = [row for row in rows if name in (row.used_by, row.source_id)]
        if not chosen and name not in home().sources() and name not in quiet:
            known = [*users, *quiet, *home().sources()]
            raise BadInputError(f"Unknown name or source {name!r}: {nearest(name, known)}")
    if name is None:
        text = _overview(rows, users)
    elif name in home().sources():
        text = _source_text(name, chosen)
    elif chosen:
        text = _table(chosen)
    else:
        text = f"{name} takes no number from evidence: what it holds is assumed, and declared as such."
    return Result(text, [row._asdict() for row in chosen])


def _table(rows: list[Traced]) -> str:
    head = ("used by", "what", "value", "unit", "source", "grade", "publisher")
    made = []
    for row in rows:
        value = "" if row.value is None else f"{row.value:g}"
        made.append(
            [row.used_by, _short(row.what), value, _short(row.unit, 40), row.source_id, row.grade, row.publisher]
        )
    return text_table(head, made)


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _overview(rows: list[Traced], users: list[str]) -> str:
    """Return one line for each user of many numbers, and every number of the others."""
    many = [user for user in users if sum(row.used_by == user for row in rows) > 60]
    lines = []
    for user in many:
        of = [row for row in rows if row.used_by == user]
        ids = sorted({row.source_id for row in of})
        lines.append(f"{user}: {len(of):,} numbers from {', '.join(ids)} (all: carespread evidence {user})")
    return (
        _table([row for row in rows if row.used_by not in many])
        + "\n\n"
        + "\n".join(lines)
        + f"\n\n{len(rows):,} numbers in all, from {len({row.source_id for row in rows})} sources."
        + " One source and what uses it: carespread evidence S022"
    )


def _source_text(source_id: str, rows: list[Traced]) -> str:
    source = home().sources()[source_id]
    about = (
        f"{source.source_id} (grade {source.grade}), {source.publisher}, {source.date}\n{source.title}\n{source.url}"
    )
    return f"{about}\n\n" + (_table(rows) if rows else "No number of the model comes from it.")
