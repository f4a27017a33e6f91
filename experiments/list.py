"""Lists what there is: scenarios, innovations, parameters, the synthetic population, and what a folder holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.declare import GRADES, entries, nearest, schema
from carespread.model.innovations import Attributes, find, library
from carespread.model.population.country import home
from carespread.model.scenario import read_scenario, scenario_names
from carespread.results.store.summary import text_table

from .limits import checked
from .result import Result, rows_of


def scenario_list() -> Result:
    """Return the scenarios that come with the model."""
    found = [read_scenario(name) for name in scenario_names()]
    rows = [
        {
            "name": one.name,
            "question": one.question,
            "start": one.conditions.start,
            "months": one.months,
            "regulatory": one.conditions.regulatory,
            "economic": one.conditions.economic,
            "levers": len(one.conditions.levers),
            "shocks": len(one.conditions.shocks),
            "sets": one.changes,
            "events": len(one.events),
            "innovations": list(one.innovations),
            "file": str(one.path),
        }
        for one in found
    ]
    head = ("scenario", "start", "months", "regulation", "economy", "levers", "shocks", "events", "question")
    keys = ("name", "start", "months", "regulatory", "economic", "levers", "shocks", "events", "question")
    return Result(text_table(head, [[str(row[key]) for key in keys] for row in rows]), rows)


@checked
def innovation_list(name: str | None = None, country: str | None = None) -> Result:
    """Return the library of innovations, or one of them (a name or a file) with its sources and grades."""
    if name is not None:
        return _one_innovation(name)
    rows = [
        {
            "name": one.name,
            "title": one.file.title,
            "says": one.file.says,
            "journey_type": one.file.journey_type,
            "control": one.file.control,
            "start": one.file.start,
            "attributes": one.attributes._asdict(),
        }
        for one in library().values()
    ]
    made = [
        (one.name, one.file.title + (" (control)" if one.file.control else ""), one.file.journey_type)
        for one in library().values()
    ]
    table = text_table(("innovation", "title", "kind"), made)
    return Result(f"{table}\n\nOne with its sources: carespread innovations dscr", rows)


def _one_innovation(name: str) -> Result:
    (one,) = find(name)
    known = entries(Attributes)
    rows = [
        [attribute, f"{ground.value:g}", known[attribute].about.unit, ground.grade, ground.source, ground.note]
        for attribute, ground in one.file.attributes.items()
    ]
    rows += [
        [
            f"share at start: {share.population} {share.measure}, {share.date}",
            f"{share.value:g}",
            "share",
            share.grade,
            share.source,
            share.note,
        ]
        for share in one.file.starting_share
    ]
    grades = "; ".join(f"{grade} {says}" for grade, says in GRADES.items())
    table = text_table(("attribute", "value", "unit", "grade", "source", "note"), rows)
    kind = f"Journey: {one.file.journey_type}{', a control innovation for teaching' if one.file.control else ''}."
    known_sources = home().sources()
    named = sorted({source for row in rows for source in re.findall(r"\b[SR]-?\w*\d+\b", row[4] + " " + row[5])})
    listed = "\n".join(
        f"{source}  {known_sources[source].publisher}: {known_sources[source].title} ({known_sources[source].date})."
        for source in named
        if source in known_sources
    )
    says = f"{one.file.title}: {one.file.says}\n{kind}\n\n{table}\n\nGrades: {grades}."
    says += f"\n\nSources (address: carespread evidence {named[0]})\n{listed}" if listed else ""
    return Result(says, {"name": one.name, **one.file.model_dump(mode="json")})


def parameter_list() -> Result:
    """Return every parameter, lever and switch; as JSON the schema of parameters, with levers and switches as $defs."""
    definitions = {"levers": schema(Policy, "Levers"), "switches": schema(Switches, "Switches")}
    for one in definitions.values():
        one.pop("$schema")
    parts = [
        ("Parameters", _numbers(Parameters)),
        ("Levers (0 does nothing)", _numbers(Policy)),
        ("Switches", _switches()),
    ]
    grades = "; ".join(f"{grade} {says}" for grade, says in GRADES.items())
    text = "\n\n".join(f"{title}\n{table}" for title, table in parts) + f"\n\nGrades: {grades}."
    return Result(text, {**schema(Parameters, "Parameters"), "$defs": definitions})


def _numbers(declaration: type) -> str:
    rows = []
    for entry in entries(declaration).values():
        about = entry.about
        cells = [
            entry.name,
            about.symbol,
            f"{entry.default:g}",
            about.unit,
            f"{about.low:g} to {about.high:g}",
            about.prior.text if about.prior else "",
            about.role,
            about.grade,
            about.equation,
            about.source,
        ]
        rows.append(cells)
    head = ("name", "symbol", "default", "unit", "range", "prior", "role", "grade", "equation", "source")
    return text_table(head, rows)


def _switches() -> str:
    rows = [
        [one.name, "on" if one.default else "off", one.about.equation, one.about.claim, one.says]
        for one in entries(Switches).values()
    ]
    return text_table(("name", "default", "equation", "claim", "what it turns off"), rows)


@checked
def population_list(margin: str | None = None, country: str | None = None) -> Result:
    """Return the margins of the synthetic population beside the evidence: a line each, or one level by level."""

    rows = home().margins()
    names = list(dict.fromkeys(row.margin for row in rows))
    if margin is not None:
        if margin not in names:
            raise BadInputError(f"Unknown margin {margin!r}: {nearest(margin, names)}")
        rows = [row for row in rows if row.margin == margin]
    data = [row._asdict() for row in rows]
    if margin is not None:
        table = text_table(
            ("level", "evidence", "model", "difference", "unit", "vintage", "source"),
            [[row.level, *map(_number, row[2:5]), row.unit, row.vintage, row.source_id] for row in rows],
        )
        notes = "; ".join(dict.fromkeys(row.note for row in rows if row.note))
        return Result(table + (f"\n\n{notes}." if notes else ""), data)
    made = []
    for name in names:
        group = [row for row in rows if row.margin == name]
        differences = [abs(row.difference) for row in group if row.difference is not None]
        worst = max(differences) if differences else None
        mean = sum(differences) / len(differences) if differences else None
        units, vintages, sources = (
            "; ".join(dict.fromkeys(getattr(row, key) for row in group)) for key in ("unit", "vintage", "source_id")
        )
        made.append([name, str(len(group)), _number(mean), _number(worst), units, vintages, sources])
    head = ("margin", "levels", "mean difference", "largest", "unit", "vintage", "source")
    text = (
        text_table(head, made)
        + "\n\nDifferences are model less evidence, without their sign; empty where the model has no counterpart."
        + '\nOne margin level by level: carespread population --margin "beds of the largest groups"'
    )
    return Result(text, data)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.2f}"


def results_list(folder: Path, query: str | None = None) -> Result:
    """Return what a results folder holds, or the answer to a question about it, the table `answer`."""
    from carespread.results.store import query as store

    if query is not None:
        answer = store.query(folder, query)
        return Result(answer.to_string(index=False), rows_of(answer), {"answer": answer})
    with store.opened(folder) as connection:
        tables = [row[0] for row in connection.execute("show tables").fetchall()]
        held: list[dict[str, Any]] = []
        for table in tables:
            counted = connection.execute(f"select count(*) from {table}").fetchone()
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            held.append({"table": table, "rows": counted[0] if counted else 0, "columns": columns})
    lines = [f"{one['table']}: {one['rows']:,} rows\n  {', '.join(one['columns'])}" for one in held]
    lines += ["", f'Ask: carespread results {folder} --query "select design, count(*) from runs group by design"']
    return Result("\n".join(lines), {"folder": str(folder), "tables": held})
