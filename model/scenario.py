"""Reads a scenario: the question in words, the regimes, the dated levers and events, and the innovations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from . import BadInputError, Conditions, Lever, Parameters, Shock, Switches
from .conditions import checked_conditions, month_after
from .declare import checked_value, entries, nearest
from .files import read_toml, toml_of
from .innovations import DEFAULT, Innovation, find, library
from .population.country import Event, home
from .scenario_file import ScenarioFile
from .scenario_tables import EventTable, LeverTable, SeriesTable, ShockTable

FOLDER = Path(__file__).parents[1] / "experiments" / "scenarios"
USUAL = "central"
MONTHS = 120
"""Months of a scenario that does not say."""
MEDIAN = "prior median"
"""What a parameter is set to, in words: the median of its declared prior."""


class DatedEvent(NamedTuple):
    """One event of the evidence, and what it does in the model."""

    event: Event
    levers: tuple[Lever, ...]
    """What it pulls."""
    shocks: tuple[Shock, ...]
    """How it strikes."""
    says: str
    """Why they have their strength, or why there are none."""
    grade: str


class Point(NamedTuple):
    """One point of a series, which holds until the next."""

    start: str
    value: float
    """Staff turnover a month, or the share of posts vacant."""
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
    turnover: tuple[Point, ...]
    vacancy: tuple[Point, ...]
    parameters: dict[str, float]
    """What it sets; what is typed goes before."""
    switches: dict[str, bool]
    text: str
    """The file, word by word."""

    @property
    def changes(self) -> dict[str, float | bool]:
        """Parameters and switches that it sets, by name."""
        return {**self.parameters, **self.switches}


def made_of(conditions: Conditions) -> Scenario:
    """Return a scenario without a file: these conditions, for the usual months and innovations."""
    return Scenario("conditions", Path(), "", MONTHS, conditions, DEFAULT, (), (), (), {}, {}, "")


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
    return _scenario(path.stem, path, text_of(path), read_toml(path, ScenarioFile))


def scenario_of(name: str, text: str, path: Path) -> Scenario:
    """Return the scenario that the text of a file says, without the file; `path` is where the text was found."""
    return _scenario(name, path, text, toml_of(text, path, ScenarioFile))


def _scenario(name: str, path: Path, text: str, file: ScenarioFile) -> Scenario:
    innovations = tuple(_beside(path, one) for one in file.innovations) if file.innovations else DEFAULT
    found = find(innovations)
    months = file.months or MONTHS
    conditions = Conditions(file.start, file.regulatory, file.economic)
    where = _Where(path, text)
    dated = []
    for number, table in enumerate(file.event):
        with where.at("event", number):
            dated.append(_dated(table))
    turnover = tuple(_points("turnover", file.turnover, 1200, where))
    vacancy = tuple(_points("vacancy", file.vacancy, 100, where))
    conditions = conditions._replace(
        turnover=tuple((point.start, point.value) for point in turnover),
        vacancy=tuple((point.start, point.value) for point in vacancy),
    )
    regimes = [(one.start, one.regime) for one in file.priorities]
    _rising("priorities", [start for start, _ in regimes], where)
    conditions = conditions._replace(priorities=tuple(regimes))
    known = [innovation.name for innovation in _all(found)]
    for kind, levers in (
        ("lever", [_lever(table) for table in file.lever]),
        ("event.lever", [lever for one in dated for lever in one.levers]),
    ):
        for number, lever in enumerate(levers):
            with where.at(kind, number):
                _check_place(f"lever {lever.name}", lever, conditions.start, months, known)
                # only the newest lever can be at fault: those before it have passed
                more = conditions._replace(levers=(*conditions.levers, lever))
                conditions = checked_conditions(more, _all(found))
    for number, strike in enumerate(file.shock):
        with where.at("shock", number):
            conditions = _struck(conditions, _shock(strike), months, found)
    for number, shock in enumerate(shock for event in dated for shock in event.shocks):
        with where.at("event.shock", number):
            conditions = _struck(conditions, shock, months, found)
    return Scenario(
        name,
        path,
        file.question,
        months,
        conditions,
        innovations,
        tuple(dated),
        turnover,
        vacancy,
        _parameters(file.parameters, where),
        _switches(file.switches, where),
        text,
    )


def _points(kind: str, tables: Sequence[SeriesTable], scale: float, where: _Where) -> Iterator[Point]:
    """Return the points of a series in the model's unit: percent of a year or of posts over `scale`."""
    points = [table.point() for table in tables]
    _rising(kind, [start for start, _, _ in points], where)
    for number, (start, percent, source) in enumerate(points):
        with where.at(kind, number):
            checked_value(entries(Parameters), kind, percent / scale, "parameter")
        yield Point(start, percent / scale, source)


def _rising(kind: str, starts: list[str], where: _Where) -> None:
    """Refuse dates that do not rise."""
    for number in range(1, len(starts)):
        with where.at(kind, number):
            if starts[number] <= starts[number - 1]:
                raise BadInputError(
                    f"{kind.capitalize()} from {starts[number]} stands after {kind} from {starts[number - 1]}:"
                    " dates must rise, for each holds until the next."
                )


def _parameters(given: dict[str, Any], where: _Where) -> dict[str, float]:
    """Return the parameters that a file sets: numbers, or the median of the declared prior."""
    known, made = entries(Parameters), {}
    for name, value in given.items():
        with where.of(name):
            if value != MEDIAN:
                made[name] = checked_value(known, name, value, "parameter")
                continue
            checked_value(known, name, known[name].default if name in known else 0.0, "parameter")
            prior = known[name].about.prior
            if prior is None:
                raise BadInputError(f"The parameter {name} has no declared prior: give a number.")
            made[name] = float(prior.quantile(0.5))
    with where.of(next(iter(given), "")):
        Parameters.of(**made)
    return made


def _switches(given: dict[str, Any], where: _Where) -> dict[str, bool]:
    """Return the switches that a file sets."""
    made = {}
    for name, value in given.items():
        with where.of(name):
            made[name] = checked_value(entries(Switches), name, value, "switch")
    return made


def conditions_for(scenario: Scenario, innovations: tuple[Innovation, ...]) -> Conditions:
    """Return the scenario's conditions for a run of these innovations: levers and shocks on others have
    nothing to act on.
    """
    names = {innovation.name for innovation in innovations}
    levers = tuple(lever for lever in scenario.conditions.levers if lever.innovation in (None, *names))
    shocks = tuple(shock for shock in scenario.conditions.shocks if shock.innovation in (None, *names))
    return scenario.conditions._replace(levers=levers, shocks=shocks)


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


def _shock(table: ShockTable, start: str | None = None, end: str | None = None) -> Shock:
    first = table.start or start
    if first is None:
        raise BadInputError(f'The shock {table.kind} has no start: give the first month, such as "2027-04".')
    return Shock(table.kind, first, table.strength, table.end or end, table.group, table.innovation)


def _struck(conditions: Conditions, shock: Shock, months: int, found: tuple[Innovation, ...]) -> Conditions:
    """Return conditions with one shock more, or refuse it."""
    known = [innovation.name for innovation in _all(found)]
    _check_place(f"shock {shock.kind}", shock, conditions.start, months, known)
    return checked_conditions(conditions._replace(shocks=(*conditions.shocks, shock)), _all(found))


def _check_place(what: str, one: Lever | Shock, start: str, months: int, known: list[str]) -> None:
    """Refuse what the scenario's months never see, or what names an innovation that nobody knows."""
    last = month_after(start, months - 1)
    if one.start is not None and one.start > last:
        raise BadInputError(f"The {what} starts in {one.start}, after the scenario's last month, {last}.")
    if one.end is not None and one.end < start:
        raise BadInputError(f"The {what} ends in {one.end}, before the scenario's first month, {start}.")
    if one.innovation is not None and one.innovation not in known:
        raise BadInputError(
            f"The {what} names the unknown innovation {one.innovation!r}: {nearest(one.innovation, known)}"
        )


def _dated(table: EventTable) -> DatedEvent:
    event = {event.event_id: event for event in home().events()}[table.id]
    levers = tuple(_lever(lever, *table.months()) for lever in table.lever)
    shocks = tuple(_shock(shock, *table.months()) for shock in table.shock)
    return DatedEvent(event, levers, shocks, table.reason or table.acts or "", table.grade)


def text_of(path: Path) -> str:
    """Return the text of a file, empty where it cannot be read: whoever reads its tables refuses it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


class _Where:
    """Where in a file a fault lies: puts its line before a refusal."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.tables, self.keys = path, table_lines(text), key_lines(text)

    @contextmanager
    def at(self, kind: str, number: int) -> Iterator[None]:
        """Blame the table of a kind with this number."""
        rows = self.tables.get(kind, [])
        with self._blaming(rows[number] if number < len(rows) else None):
            yield

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Blame the line that sets a key."""
        with self._blaming(self.keys.get(key)):
            yield

    @contextmanager
    def _blaming(self, line: int | None) -> Iterator[None]:
        try:
            yield
        except BadInputError as error:
            where = "" if line is None else f", line {line}"
            raise BadInputError(f"{self.path}{where}: {error}") from None


def key_lines(text: str) -> dict[str, int]:
    """Return the last line on which each key is set."""
    lines = enumerate(text.splitlines(), start=1)
    return {line.split("=")[0].strip(): number for number, line in lines if "=" in line}


def table_lines(text: str) -> dict[str, list[int]]:
    """Return the lines on which the tables of each name begin."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        head = line.split("#")[0].strip()
        if head.startswith("[") and head.endswith("]") and "=" not in head:
            found.setdefault(head.strip("[] "), []).append(number)
    return found


def refuse_unlike(scenarios: Sequence[Scenario], months: int | None) -> None:
    """Refuse scenarios that cannot be paired month by month with the first; `months` cuts all to one length."""
    first = scenarios[0]
    for one in scenarios[1:]:
        if one.conditions.start != first.conditions.start or (months is None and one.months != first.months):
            raise BadInputError(
                f"The scenario {one.name!r} runs {one.months} months from {one.conditions.start}, {first.name!r}"
                f" {first.months} from {first.conditions.start}: pairs need the same months."
            )
