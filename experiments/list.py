"""Lists what there is: scenarios, innovations, parameters, and the made population beside its evidence."""

from __future__ import annotations

import json
import re
from typing import Any

from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.declare import GRADES, entries, nearest, schema
from carespread.model.innovations import Attributes, find, library
from carespread.model.population.country import home
from carespread.model.scenario import read_scenario, scenario_names
from carespread.results.store.summary import text_table


def scenario_list(as_json: bool) -> str:
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
    if as_json:
        return _json(rows)
    head = ("scenario", "start", "months", "regulation", "economy", "levers", "shocks", "events", "question")
    keys = ("name", "start", "months", "regulatory", "economic", "levers", "shocks", "events", "question")
    return text_table(head, [[str(row[key]) for key in keys] for row in rows])


def innovation_list(name: str | None, as_json: bool) -> str:
    """Return the library of innovations, or one of them (a name or a file) with its sources and grades."""
    if name is not None:
        return _one_innovation(name, as_json)
    rows = [
        {
            "name": one.name,
            "title": one.file.title,
            "says": one.file.says,
            "journey_type": one.file.journey_type,
            "foil": one.file.foil,
            "start": one.file.start,
            "attributes": one.attributes._asdict(),
        }
        for one in library().values()
    ]
    if as_json:
        return _json(rows)
    made = [
        (one.name, one.file.title + (" (foil)" if one.file.foil else ""), one.file.journey_type)
        for one in library().values()
    ]
    return text_table(("innovation", "title", "kind"), made) + "\n\nOne with its sources: carespread innovations dscr"


def _one_innovation(name: str, as_json: bool) -> str:
    (one,) = find(name)
    if as_json:
        return _json({"name": one.name, **one.file.model_dump(mode="json")})
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
    kind = f"Journey: {one.file.journey_type}{', a foil for teaching' if one.file.foil else ''}."
    known_sources = home().sources()
    named = sorted({source for row in rows for source in re.findall(r"\b[SR]-?\w*\d+\b", row[4] + " " + row[5])})
    listed = "\n".join(
        f"{source}  {known_sources[source].publisher}: {known_sources[source].title} ({known_sources[source].date})."
        for source in named
        if source in known_sources
    )
    says = f"{one.file.title}: {one.file.says}\n{kind}\n\n{table}\n\nGrades: {grades}."
    return says + (f"\n\nSources (address: carespread evidence {named[0]})\n{listed}" if listed else "")


def parameter_list(as_json: bool) -> str:
    """Return every parameter, lever and switch; as JSON the schema of parameters, with levers and switches as $defs."""
    if as_json:
        definitions = {"levers": schema(Policy, "Levers"), "switches": schema(Switches, "Switches")}
        for one in definitions.values():
            one.pop("$schema")
        return _json({**schema(Parameters, "Parameters"), "$defs": definitions})
    parts = [
        ("Parameters", _numbers(Parameters)),
        ("Levers (0 does nothing)", _numbers(Policy)),
        ("Switches", _switches()),
    ]
    grades = "; ".join(f"{grade} {says}" for grade, says in GRADES.items())
    return "\n\n".join(f"{title}\n{table}" for title, table in parts) + f"\n\nGrades: {grades}."


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


def population_list(margin: str | None, as_json: bool) -> str:
    """Return the margins of the made population beside the evidence: a line each, or one of them level by level."""

    rows = home().margins()
    names = list(dict.fromkeys(row.margin for row in rows))
    if margin is not None:
        if margin not in names:
            raise BadInputError(f"Unknown margin {margin!r}: {nearest(margin, names)}")
        rows = [row for row in rows if row.margin == margin]
    if as_json:
        return _json([row._asdict() for row in rows])
    if margin is not None:
        table = text_table(
            ("level", "evidence", "made", "difference", "unit", "vintage", "source"),
            [[row.level, *map(_number, row[2:5]), row.unit, row.vintage, row.source_id] for row in rows],
        )
        notes = "; ".join(dict.fromkeys(row.note for row in rows if row.note))
        return table + (f"\n\n{notes}." if notes else "")
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
    return (
        text_table(head, made)
        + "\n\nDifferences are made less evidence, without their sign; empty where the model has no counterpart."
        + '\nOne margin level by level: carespread population --margin "beds of the largest groups"'
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.2f}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
