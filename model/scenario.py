"""A scenario: the question in words, the regimes, the dated levers and events, and the innovations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from carespread.refusal import shown

from .conditions import SERIES, Conditions, Lever, checked_conditions, refuse_unseen
from .declare import BadInputError, checked_value, entries, nearest
from .files import Where, checked_stem, parsed, read_text
from .innovations import DEFAULT, Innovation, find, library, usual_innovations
from .own_levers import OwnLever
from .parameters import Parameters
from .population.country import Event, home
from .scenario_file import EventTable, LeverTable, MoveTable, ScenarioFile, ShockTable
from .shocks import Shock
from .switches import Switches

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
    """A question put to the model, and what surrounds it; `Scenario.of` reads one."""

    name: str = "conditions"
    path: Path = Path()
    question: str = ""
    months: int = MONTHS
    conditions: Conditions = Conditions()
    innovations: tuple[str, ...] = DEFAULT
    """Names or paths to files."""
    events: tuple[DatedEvent, ...] = ()
    turnover: tuple[Point, ...] = ()
    vacancy: tuple[Point, ...] = ()
    parameters: dict[str, float] = {}  # noqa: RUF012
    """What it sets; what a person sets goes before."""
    switches: dict[str, bool] = {}  # noqa: RUF012
    text: str = ""
    """The file, word by word."""

    @classmethod
    def of(cls, given: str | Path | Conditions | Scenario) -> Scenario:
        """Return a scenario by its name, its path or its text; conditions alone, or a scenario, are welcome too.

        Raises BadInputError with one sentence that names the line, TypeError for anything else.

        >>> Scenario.of("central").months
        120
        >>> Scenario.of('''question = "What does a grant do?"
        ... [[lever]]
        ... name = "grant"
        ... strength = 0.4
        ... ''').conditions.levers[0].strength
        0.4
        """
        return read_scenario(given)

    @property
    def changes(self) -> dict[str, float | bool]:
        """Parameters and switches that it sets, by name."""
        return {**self.parameters, **self.switches}


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the model; the usual one is first."""
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != USUAL))


def scenario_path(name: str | Path) -> Path:
    """Return the file of a scenario by its name or its path."""
    if str(name).endswith(".toml"):
        return Path(name)
    if str(name) in scenario_names():
        return FOLDER / f"{name}.toml"
    raise BadInputError(f"Unknown scenario {shown(str(name))}: {nearest(str(name), scenario_names())}")


def read_scenario(given: str | Path | Conditions | Scenario) -> Scenario:
    """Return a scenario by its name, path or text (of several lines); what cannot be is refused with its line."""
    if isinstance(given, Scenario):
        return given
    if isinstance(given, Conditions):
        return Scenario(conditions=given, innovations=usual_innovations())
    if not isinstance(given, (str, Path)):
        raise TypeError(f"scenario is {shown(given)}: it must be a name, a path, the text of a file or a Scenario.")
    if "\n" in str(given):
        return scenario_of_text(str(given))
    path = scenario_path(given)
    return scenario_of_text(read_text(path), path)


def scenario_of_text(text: str, path: Path = Path("scenario.toml")) -> Scenario:
    """Return the scenario of a text; `path` names it, and paths to innovations are seen from its folder."""
    name = checked_stem("scenario", path)
    file = parsed(text, ScenarioFile, path)
    innovations = tuple(_beside(path, one) for one in file.innovations) if file.innovations else usual_innovations()
    known = tuple({**library(), **{one.name: one for one in find(innovations)}}.values())
    months, conditions = file.months or MONTHS, Conditions(file.start, file.regulatory, file.economic)
    where, dated = Where(path, text), []
    for number, event in enumerate(file.event):
        with where.at("event", number):
            dated.append(_dated(event))
    series = {kind: [table.point() for table in getattr(file, kind)] for kind in SERIES}
    parts: tuple[tuple[str, str, Sequence[Any]], ...] = (
        *((kind, kind, [point[:2] for point in points]) for kind, points in series.items()),
        ("own_lever", "own_levers", [OwnLever(**table.model_dump()) for table in file.own_lever]),
        ("lever", "levers", file.lever),
        ("event.lever", "levers", [lever for one in dated for lever in one.levers]),
        ("shock", "shocks", file.shock),
        ("event.shock", "shocks", [shock for one in dated for shock in one.shocks]),
    )
    for kind, field, found in parts:
        for number, part in enumerate(found):
            with where.at(kind, number):
                one = _move(part) if isinstance(part, MoveTable) else part
                if isinstance(one, (Lever, Shock)):
                    refuse_unseen(one, conditions.start, months, [innovation.name for innovation in known])
                # only the newest part can be at fault: those before it have passed
                more = conditions._replace(**{field: (*getattr(conditions, field), one)})  # type: ignore[arg-type]
                conditions = checked_conditions(more, known)
    return Scenario(
        name,
        path,
        file.question,
        months,
        conditions,
        innovations,
        tuple(dated),
        tuple(Point(*point) for point in series["turnover"]),
        tuple(Point(*point) for point in series["vacancy"]),
        _parameters(file.parameters, where),
        _switches(file.switches, where),
        text,
    )


def _parameters(given: dict[str, Any], where: Where) -> dict[str, float]:
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


def _switches(given: dict[str, Any], where: Where) -> dict[str, bool]:
    """Return the switches that a file sets."""
    made = {}
    for name, value in given.items():
        with where.of(name):
            made[name] = checked_value(entries(Switches), name, value, "switch")
    return made


def conditions_for(scenario: Scenario, innovations: tuple[Innovation, ...]) -> Conditions:
    """Return the scenario's conditions for a run of these innovations: levers and shocks on others that are in the
    library or the scenario have nothing to act on.
    """
    names = {innovation.name for innovation in innovations}
    levers = tuple(lever for lever in scenario.conditions.levers if lever.innovation in (None, *names))
    shocks = tuple(shock for shock in scenario.conditions.shocks if shock.innovation in (None, *names))
    return scenario.conditions._replace(levers=levers, shocks=shocks)


def _beside(path: Path, innovation: str) -> str:
    """Return an innovation's name as it is, and its file's path as seen from the scenario's folder."""
    return str(path.parent / innovation) if innovation.endswith(".toml") else innovation


def _move(table: MoveTable, start: str | None = None, end: str | None = None) -> Lever | Shock:
    """Return the lever or shock of a table; the dates of its event hold where it gives none."""
    first, last = table.start or start, table.end or end
    if isinstance(table, LeverTable):
        return Lever(table.name, table.strength, first, last, table.group, table.innovation, table.unit_cost,
                     table.times, table.take_up, table.completion, table.delay, table.fade)  # fmt: skip
    assert isinstance(table, ShockTable)
    if first is None:
        raise BadInputError(f'The shock {table.kind} has no start: give the first month, such as "2027-04".')
    return Shock(table.kind, first, table.strength, last, table.group, table.innovation)


def _dated(table: EventTable) -> DatedEvent:
    event = {event.event_id: event for event in home().events()}[table.id]
    moves = [_move(move, *table.months()) for move in (*table.lever, *table.shock)]
    levers = tuple(move for move in moves if isinstance(move, Lever))
    shocks = tuple(move for move in moves if isinstance(move, Shock))
    return DatedEvent(event, levers, shocks, table.reason or table.acts or "", table.grade)


def refuse_unlike(scenarios: Sequence[Scenario], months: int | None) -> None:
    """Refuse scenarios that cannot be paired month by month with the first; `months` cuts all to one length."""
    first = scenarios[0]
    for one in scenarios[1:]:
        if one.conditions.start != first.conditions.start or (months is None and one.months != first.months):
            raise BadInputError(
                f"The scenario {one.name!r} runs {one.months} months from {one.conditions.start}, {first.name!r}"
                f" {first.months} from {first.conditions.start}: pairs need the same months."
            )
