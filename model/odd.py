"""Writes the tables of ODD.md from the declarations, so that text and code cannot part: `python -m model.odd`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from .declare import Number, Switch, entries
from .innovations import library
from .parameters import Parameters
from .policy import Policy
from .switches import Switches

ODD = Path(__file__).parent / "ODD.md"


def markdown(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(header), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def numbers(declaration: type) -> str:
    """Return the table of the numbers of a declaration."""
    rows = []
    for entry in entries(declaration).values():
        about: Number = entry.about
        rows.append(
            (
                f"`{entry.name}`",
                about.symbol,
                about.equation,
                about.unit,
                f"{entry.default:g}",
                f"{about.low:g} to {about.high:g}",
                about.prior.text if about.prior else "",
                about.role,
                about.grade,
                about.source,
                entry.says,
            )
        )
    header = (
        "name",
        "symbol",
        "eq.",
        "unit",
        "default",
        "limits",
        "prior",
        "role",
        "grade",
        "source",
        "meaning",
    )
    return markdown(header, rows)


def mechanisms() -> str:
    """Return the table of switches."""
    rows = []
    for entry in entries(Switches).values():
        about: Switch = entry.about
        rows.append((f"`{entry.name}`", about.equation, about.claim, entry.says))
    return markdown(("switch", "eq.", "claim", "what it does, and what is left without it"), rows)


def innovations() -> str:
    """Return the table of the library of innovations."""
    rows = [
        (
            f"`{name}`",
            one.file.title + (" (foil)" if one.file.foil else ""),
            one.file.journey_type,
            one.file.says,
        )
        for name, one in library().items()
    ]
    return markdown(("name", "innovation", "journey type", "what it is"), rows)


TABLES = {
    "parameters": lambda: numbers(Parameters),
    "levers": lambda: numbers(Policy),
    "switches": mechanisms,
    "innovations": innovations,
}


def _between(table: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{table}\n{marks[2]}"


def with_tables(text: str) -> str:
    """Return the description with every table between its marks made anew."""
    for name, made in TABLES.items():
        marks = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = marks.sub(partial(_between, made()), text)
    return text


def main() -> None:
    """Rewrite ODD.md."""
    ODD.write_text(with_tables(ODD.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
