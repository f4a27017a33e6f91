"""Writes the tables of ODD.md from the declarations and docstrings, so that text and code cannot part:
`python -m carespread.model.odd`.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from .claims import CLAIMS
from .declare import Number, Switch, entries
from .innovations import library
from .parameters import Parameters
from .policy import Policy
from .shocks import Shocks
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
            one.file.title + (" (control)" if one.file.control else ""),
            one.file.journey_type,
            one.file.says,
        )
        for name, one in library().items()
    ]
    return markdown(("name", "innovation", "journey type", "what it is"), rows)


def by_equation(file: Path) -> tuple[int, str, str]:
    """Return the place of a mechanism's file: by its first equation, as its first line names it."""
    number, letter = re.findall(r"\((\d+)(\w?)\)", file.read_text(encoding="utf-8").partition("\n")[0])[0]
    return int(number), letter, file.stem


def submodels() -> str:
    """Return what every submodel says of itself, and the parameters and levers of its equations."""
    files = (file for file in (ODD.parent / "mechanisms").glob("*.py") if file.stem != "__init__")
    return "\n\n".join(submodel(file.stem) for file in sorted(files, key=by_equation))


def arguments(function: ast.FunctionDef) -> list[str]:
    """Return the names of a function's arguments."""
    return [one.arg for one in function.args.args]


def submodel(name: str) -> str:
    """Return the description of one submodel, from the docstrings of its file."""
    code = ast.parse((ODD.parent / "mechanisms" / f"{name}.py").read_text(encoding="utf-8"))
    first, *others = (ast.get_docstring(code) or "").split("\n\n")
    lines = [f"#### {first.rstrip('.')} (`{name}.py`)", ""]
    for function in code.body:
        # equations are functions of numbers; what a month does with them reads the world
        if isinstance(function, ast.FunctionDef) and not {"frame", "state", "network"} & set(arguments(function)):
            says = " ".join((ast.get_docstring(function) or "").split("\n\n")[0].split())
            lines.append(f"- `{function.name}`: {markdown_text(says.removeprefix('Return ')).rstrip('.')}")
    text = [markdown_text(" ".join(other.split())) for other in others]
    moved = moved_by(EQUATION.findall(first))
    if moved:
        text.append(f"Parameters and levers: {', '.join(moved)}.")
    return "\n".join(lines) + "\n\n" + "\n\n".join("\n".join(textwrap.wrap(part, 118)) for part in text)


def moved_by(equations: list[str]) -> list[str]:
    """Return the parameters and levers of some equations; (16) stands for (16a) too, but (8) not for (8b)."""
    whole = {f"{equation}{letter}" for equation in equations if equation == "16" for letter in "abcd"} | set(equations)
    return [
        f"`{entry.name}`"
        for declaration in (Parameters, Policy)
        for entry in entries(declaration).values()
        if whole & set(EQUATION.findall(entry.about.equation))
    ]


EQUATION = re.compile(r"\((\d+\w?)\)")


def markdown_text(text: str) -> str:
    """Return text in which Markdown finds no marks of its own."""
    return re.sub(r"([*|<])", r"\\\1", text)


def claims() -> str:
    """Return the table of claims."""
    rows = [
        (
            one.name,
            one.says,
            one.equation,
            ", ".join(f"`{name}={value}`" for name, value in one.off.items()),
            one.statistic,
            one.contradicted,
            one.can_fail or "it cannot: built in",
        )
        for one in CLAIMS
    ]
    return markdown(("claim", "it says", "eq.", "taken away by", "tested by", "contradicted if", "can fail"), rows)


TABLES = {
    "submodels": submodels,
    "claims": claims,
    "shocks": lambda: numbers(Shocks),
    "parameters": lambda: numbers(Parameters),
    "levers": lambda: numbers(Policy),
    "switches": mechanisms,
    "innovations": innovations,
}


def _between(table: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{table}\n{marks[2]}"


def with_tables(text: str) -> str:
    """Return the description with every table between its marks regenerated."""
    for name, made in TABLES.items():
        marks = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = marks.sub(partial(_between, made()), text)
    return text


def main() -> None:
    """Rewrite ODD.md."""
    ODD.write_text(with_tables(ODD.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
