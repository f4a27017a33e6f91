"""Reads the files that people write and refuses what does not fit, with the line and the nearest name."""

from __future__ import annotations

import math
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from carespread.refusal import shown

from .declare import BadInputError, nearest


class Strict(BaseModel):
    """A file's table: keys that are not declared are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


M = TypeVar("M", bound=Strict)
NAME = re.compile("[a-z][a-z0-9_]*")
LARGEST_FILE = 1_000_000
"""Bytes of a file that somebody writes by hand."""


def read_toml(path: Path, shape: type[M]) -> M:
    """Return the file as `shape`; what does not fit is refused in one sentence with its line."""
    return parsed(read_text(path), shape, path)


def read_text(path: Path) -> str:
    """Return the text of a file, or refuse it: a device has no end, and a pipe may wait for ever."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise BadInputError(f"{path} cannot be read: it is a folder.")
        if not stat.S_ISREG(about.st_mode):
            raise BadInputError(f"{path} cannot be read: it is no regular file but a device or a pipe.")
        if about.st_size > LARGEST_FILE:
            raise BadInputError(f"{path} has {about.st_size:,} bytes: it must have at most {LARGEST_FILE:,} bytes.")
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, BadInputError):
            raise
        if not isinstance(error, UnicodeDecodeError):  # a null character in a path is a ValueError
            raise BadInputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
        raise BadInputError(f"{path} is not UTF-8 text.") from None


def parsed(text: str, shape: type[M], path: Path) -> M:
    """Return the text of a file as `shape`; `path` stands in refusals."""
    data = toml_of(text, path)
    try:
        return shape.model_validate(data, context={})  # what one table declares and others may name
    except ValidationError as error:
        raise BadInputError(_sentence(path, text, shape, error)) from None


def toml_of(text: str, path: Path) -> dict[str, Any]:
    """Return the tables of a file's text; `path` stands in refusals."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInputError(f"{path} is not TOML of a scenario or study: its brackets are nested too deep.") from None
    except ValueError as error:  # also a whole number of more than 4,300 digits
        raise BadInputError(f"{path} is not TOML: {' '.join(str(error).rstrip('.').split())[:200]}.") from None


def checked_stem(what: str, path: Path, taken: Callable[[str], bool] = lambda name: name == "all") -> str:
    """Return the name that a file gives what it holds, or refuse one that tables or the command line could mistake."""
    name = path.stem
    if not NAME.fullmatch(name):
        raise BadInputError(
            f"The {what} {shown(name)} has a file name that no table can hold: it must be small letters, digits and"
            " underscores, and begin with a letter."
        )
    if taken(name):
        raise BadInputError(f"The {what} {name!r} has the name of a column of the results: call its file otherwise.")
    return name


class Where:
    """Where in a file a fault lies: puts its line before a refusal."""

    def __init__(self, path: Path, text: str) -> None:
        """Find the lines of all tables and keys."""
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


def _sentence(path: Path, text: str, shape: type[BaseModel], error: ValidationError) -> str:
    """Return the first thing that is wrong, with its line where the key can be found in the text."""
    problem = error.errors()[0]
    where = [str(part) for part in problem["loc"]]
    keys = [part for part in problem["loc"] if isinstance(part, str)]  # numbers are places in a list
    at = f"{path}{_line(text, where)}: "
    if problem["type"] == "extra_forbidden":
        return f"{at}unknown key {shown(keys[-1])}: {nearest(keys[-1], _known(shape, keys[:-1]))}"
    if problem["type"] == "missing":
        return f"{at}the key {shown('.'.join(keys))} is missing."
    given = problem.get("input")
    value = "NaN" if isinstance(given, float) and math.isnan(given) else shown(given)
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    if problem["type"] in ("value_error", "assertion_error"):
        return f"{at}{message}" if message.endswith("?") else f"{at}{message}."
    # pydantic's "Input should be ...", "String should have ..."
    return f"{at}{'.'.join(keys)} is {value}: it should {message.partition(' should ')[2] or message}."


def _known(shape: type[BaseModel], keys: list[str]) -> list[str]:
    """Return the keys that the table at `keys` may have."""
    for key in keys:
        field = shape.model_fields.get(key)
        if field is None:
            break
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
        tables = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not tables:
            break
        shape = tables[0]
    return list(shape.model_fields)


def _line(text: str, where: list[str]) -> str:
    """Return ", line N" of the key at `where`: the last key, in the right table of an array of tables."""
    key = next((part for part in reversed(where) if not part.isdigit()), "")
    table = where[0] if where else None
    index = int(where[1]) if len(where) > 1 and where[1].isdigit() else None
    lines = text.splitlines()
    start = 0
    if table is not None:
        headers = [n for n, line in enumerate(lines) if line.strip().strip("[]").strip() == table and "[" in line]
        if headers:
            start = headers[min(index or 0, len(headers) - 1)]
    for n in range(start, len(lines)):
        if lines[n].split("=")[0].strip().strip('"') == key:
            return f", line {n + 1}"
    return f", line {start + 1}" if start else ""
