"""Reads a scenario: the question in words, the regimes, the dated levers and events, and the innovations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from model import BadInputError, Conditions, Lever
from model.conditions import checked_conditions, month_after
from model.declare import nearest
from model.evidence import events, workforce
from model.evidence_rows import Event
from model.files import read_toml
from model.innovations import DEFAULT, Innovation, find, library

from .scenario_file import NO_SHOCKS, EventTable, LeverTable, ScenarioFile, TurnoverTable

FOLDER = Path(__file__).parent / "scenarios"
USUAL = "central"
MONTHS = 120
"""Months of a scenario that does not say."""


class DatedEvent(NamedTuple):
    """One event of the evidence, and what it does in the model."""

    event: Event
    levers: tuple[Lever, ...]
    """What it pulls; none where it is context or acts at a later level of the model."""
    says: str
    """Why the levers have their strength, or why there are none."""
    grade: str


class TurnoverPoint(NamedTuple):
    """Staff turnover from a month on."""

    start: str
    rate: float
    """A month."""
    source: str


class Scenario(NamedTuple):
    """A question put to the model, and what surrounds it."""

    name: str
    path: Path
    question: str
    months: int
    conditions: Conditions
    innovations: tuple[str, ...]
    """Names or paths to files."""
    events: tuple[DatedEvent, ...]
    turnover: tuple[TurnoverPoint, ...]
    text: str
    """The file, word by word."""


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the model; the usual one is first."""
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != USUAL))


def scenario_path(name: str) -> Path:
    """Return the file of a scenario by its name or its path."""
    if str(name).endswith(".toml"):
        return Path(name)
    if name in scenario_names():
        return FOLDER / f"{name}.toml"
    raise BadInputError(f"Unknown scenario {name!r}: {nearest(str(name), scenario_names())}")


def read_scenario(name: str) -> Scenario:
    """Return a scenario by its name or its path; what cannot be is refused with its line."""
    path = scenario_path(name)
    text = text_of(path)
    lines = table_lines(text)
    if "shock" in lines:
        raise BadInputError(f"{path}, line {lines['shock'][0]}: {NO_SHOCKS}.")
    file = read_toml(path, ScenarioFile)
    innovations = tuple(_beside(path, one) for one in file.innovations) if file.innovations else DEFAULT
    found = find(innovations)
    months = file.months or MONTHS
    conditions = Conditions(file.start, file.regulatory, file.economic)
    levers: list[Lever] = []
    dated = [_dated(table) for table in file.event]
    own = [_lever(table) for table in file.lever]
    for kind, group in (("lever", own), ("event.lever", [lever for one in dated for lever in one.levers])):
        for number, lever in enumerate(group):
            try:
                _check_place(lever, conditions.start, months, found)
                # only the newest lever can be at fault: those before it have passed
                checked_conditions(conditions._replace(levers=(*levers, lever)), _all(found))
            except BadInputError as error:
                raise BadInputError(f"{path}{_line(lines, kind, number)}: {error}") from None
            levers.append(lever)
    turnover: list[TurnoverPoint] = []
    for number, table in enumerate(file.turnover):
        point = _turnover(table)
        try:
            if turnover and point.start <= turnover[-1].start:
                raise BadInputError(
                    f"Turnover from {point.start} stands after turnover from {turnover[-1].start}:"
                    " dates must rise, for each holds until the next."
                )
            checked_conditions(conditions._replace(turnover=((point.start, point.rate),)), ())
        except BadInputError as error:
            raise BadInputError(f"{path}{_line(lines, 'turnover', number)}: {error}") from None
        turnover.append(point)
    conditions = conditions._replace(
        levers=tuple(levers), turnover=tuple((point.start, point.rate) for point in turnover)
    )
    return Scenario(
        path.stem,
        path,
        file.question,
        months,
        conditions,
        innovations,
        tuple(dated),
        tuple(turnover),
        text,
    )


def conditions_for(scenario: Scenario, innovations: tuple[Innovation, ...]) -> Conditions:
    """Return the scenario's conditions for a run of these innovations: levers on others have nothing to act on."""
    names = {innovation.name for innovation in innovations}
    levers = tuple(lever for lever in scenario.conditions.levers if lever.innovation in (None, *names))
    return scenario.conditions._replace(levers=levers)


def _all(found: tuple[Innovation, ...]) -> tuple[Innovation, ...]:
    """Return every innovation that a lever may name: the scenario's and the library's."""
    return tuple({**library(), **{innovation.name: innovation for innovation in found}}.values())


def _beside(path: Path, innovation: str) -> str:
    """Return an innovation's name as it is, and its file's path as seen from the scenario's folder."""
    return str(path.parent / innovation) if innovation.endswith(".toml") else innovation


def _lever(table: LeverTable, start: str | None = None, end: str | None = None) -> Lever:
    return Lever(
        table.name,
        table.strength,
        table.start or start,
        table.end or end,
        table.group,
        table.innovation,
        table.unit_cost,
    )


def _check_place(lever: Lever, start: str, months: int, found: tuple[Innovation, ...]) -> None:
    """Refuse a lever that the scenario's months never see, or on an innovation that nobody knows."""
    last = month_after(start, months - 1)
    if lever.start is not None and lever.start > last:
        raise BadInputError(f"The lever {lever.name} starts in {lever.start}, after the scenario's last month, {last}.")
    if lever.end is not None and lever.end < start:
        raise BadInputError(f"The lever {lever.name} ends in {lever.end}, before the scenario's first month, {start}.")
    known = [innovation.name for innovation in _all(found)]
    if lever.innovation is not None and lever.innovation not in known:
        raise BadInputError(
            f"The lever {lever.name} names the unknown innovation {lever.innovation!r}:"
            f" {nearest(lever.innovation, known)}"
        )


def _dated(table: EventTable) -> DatedEvent:
    event = {event.event_id: event for event in events()}[table.id]
    levers = tuple(_lever(lever, *table.months()) for lever in table.lever)
    return DatedEvent(event, levers, table.reason or table.acts or "", table.grade)


def _turnover(table: TurnoverTable) -> TurnoverPoint:
    """Return a rate a month: leavers of a year over stock, divided by twelve."""
    if table.year is None:
        return TurnoverPoint(table.start, (table.percent_a_year or 0.0) / 1200, table.source or "")
    wanted = ("turnover_rate", table.category, table.year)
    row = next(row for row in workforce() if (row.variable, row.category, row.year) == wanted)
    return TurnoverPoint(table.start, row.value / 1200, row.source_id)


def text_of(path: Path) -> str:
    """Return the text of a file, empty where it cannot be read: whoever reads its tables refuses it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def table_lines(text: str) -> dict[str, list[int]]:
    """Return the lines on which the tables of each name begin."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        head = line.split("#")[0].strip()
        if head.startswith("[") and head.endswith("]") and "=" not in head:
            found.setdefault(head.strip("[] "), []).append(number)
    return found


def _line(lines: dict[str, list[int]], kind: str, number: int) -> str:
    rows: Any = lines.get(kind, [])
    return f", line {rows[number]}" if number < len(rows) else ""
