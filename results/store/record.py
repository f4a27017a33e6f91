"""The record of a results folder: how it was made, the hashes of its files, and where an experiment stands."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from carespread.model import BadInputError

from .files import hash_of, shown_path, write_text

RECORD = "made_by.json"
LAYOUT = 2
"""Raised when a file or column of results folders changes its name; a folder without a layout is older."""
RENAMED_LATE = 1, "cost_total"
"""A layout that was not raised when costs were told apart, and a column of months that only what came after has."""
LEDGERS = "blocks"
"""Folder of an experiment's ledgers: each names files with their hashes."""
RUNS_LEDGER = "runs.ledger"
"""The one that names runs.parquet, which is made of all blocks."""
LEDGERED = (LEDGERS, "monthly", "left_behind", "runs.parquet")
"""What ledgers name."""
LARGEST_RECORD = 64_000_000
"""Bytes."""
OF_THE_EXECUTION = {"progress", "told", "out", "resume", "workers", "cluster"}
"""Arguments of a work that move no number."""
OF_OTHERS = {"carespread.experiments.rerun:rerun"}
"""Works that have other work done: records say that one's call."""
PACKAGES = ("carespread", "numpy", "numba", "llvmlite", "scipy", "pandas", "pyarrow", "networkx", "mesa", "matplotlib")


def read_record(folder: Path, what: str = "results", needed: Collection[str] = ()) -> dict[str, Any]:
    """Return the record of a folder that holds `what`.

    Raises BadInputError where there is none, where it is not one, and where it lacks a name that is `needed`.
    """
    path = folder / RECORD
    try:
        if not path.is_file():
            raise BadInputError(f"{shown_path(folder)} holds no {what}: it has no {RECORD}.")
        if path.stat().st_size > LARGEST_RECORD:
            raise BadInputError(f"{path} has {path.stat().st_size:,} bytes: a record has at most {LARGEST_RECORD:,}.")
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"{shown_path(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadInputError):
            raise
        raise BadInputError(f"{shown_path(path)} is not JSON in UTF-8: it is no record of a run.") from None
    if not isinstance(record, dict):
        raise BadInputError(f"{path} holds a {type(record).__name__}, not names with values: it is no record of a run.")
    missing = [name for name in needed if name not in record]
    if missing:
        raise BadInputError(f"{folder} holds no {what}: {RECORD} lacks {', '.join(missing[:10])}.")
    return record


def refuse_older(folder: Path, record: dict[str, Any]) -> None:
    """Refuse a folder whose files and columns have other names than this version gives them."""
    layout, column = RENAMED_LATE
    late = record.get("layout") == layout and months_hold(folder, column)
    if record.get("layout") != LAYOUT and not late:
        raise BadInputError(
            f"{folder} has files and columns with the names of another version (layout"
            f" {str(record.get('layout', 0))[:80]}, this is {LAYOUT}): run it again into a new folder."
        )


def months_hold(folder: Path, column: str) -> bool:
    """Return whether the first table of months that lies in a folder, or in a part of it, has a column."""
    import pyarrow as pa
    from pyarrow import parquet

    path = next((one for one in sorted(folder.rglob("*.parquet")) if "monthly" in one.parts), None)
    try:
        return path is not None and column in parquet.read_schema(path).names
    except (OSError, pa.ArrowException):
        return False


def write_json(path: Path, record: Any) -> None:
    """Write plain data for people and machines."""
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False, default=str))


def made_on() -> dict[str, Any]:
    """Return the layout, the versions and the machine with which results are made."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return {
        "layout": LAYOUT,
        "call": CALL.get(),
        "versions": versions,
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "host": platform.node(),
        },
    }


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the hash of every file by its place in the folder, but for those that a record or ledger within names."""
    blocks = (folder / LEDGERS).is_dir()

    def files(within: Path) -> Iterator[Path]:
        for path in sorted(within.iterdir()):
            if path.name.startswith(".") or (blocks and within == folder and path.name in LEDGERED):
                continue
            if path.is_dir():
                yield from () if (path / RECORD).exists() else files(path)
            elif path.name != RECORD:
                yield path

    return {path.relative_to(folder).as_posix(): hash_of(path) for path in files(folder)}


def known_hashes(folder: Path) -> dict[str, str]:
    """Return the hashes of a folder's files by their place, as its record and ledgers have them; older ones have none.

    Raises BadInputError where the folder has no record, or one that cannot be read.
    """
    held = [read_record(folder).get("files", {})]
    ledgers = folder / LEDGERS
    for path in (*sorted(ledgers.glob("block-*.json")), ledgers / RUNS_LEDGER):
        with suppress(OSError, ValueError, TypeError, KeyError):  # what has no sound ledger does not count
            held.append(json.loads(path.read_text(encoding="utf-8"))["files"])
    return {str(name): str(value) for files in held if isinstance(files, dict) for name, value in files.items()}


def check_files(folder: Path, places: Iterable[str], known: dict[str, str] | None = None) -> None:
    """Refuse a file that is not what was written there; what was never recorded is let pass.

    `places` are relative to the folder, `known` the hashes of `known_hashes`.
    """
    known = known_hashes(folder) if known is None else known
    for place in places:
        path = folder / place
        if place not in known:
            continue
        try:
            same = hash_of(path) == known[place]
        except OSError as error:
            raise BadInputError(f"{path} cannot be read: {error.strerror}.") from None
        if not same:
            raise BadInputError(f"{path} is damaged: its SHA-256 is not the one that was kept when it was written.")


CALL: ContextVar[dict[str, Any] | None] = ContextVar("call", default=None)
"""The work that a person asked for: where its function stands, and its arguments as plain data."""


@contextmanager
def called(work: str, arguments: Mapping[str, Any]) -> Iterator[None]:
    """Have records that are written in this block say which work was asked for; work within work is not.

    Arguments that are no plain data (a scenario made in Python) leave no call: it could not be made again.
    """
    if CALL.get() is not None or work in OF_OTHERS:
        yield
        return
    try:
        plain = {name: plain_of(value) for name, value in arguments.items() if name not in OF_THE_EXECUTION}
    except TypeError:
        plain = None
    token = CALL.set(None if plain is None else {"work": work, "arguments": plain, "files": files_named(plain)})
    try:
        yield
    finally:
        CALL.reset(token)


def plain_of(value: Any) -> Any:
    """Return an argument as JSON has it; TypeError where it has not."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain_of(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_of(one) for one in value]
    if hasattr(value, "item"):  # numpy's numbers
        return plain_of(value.item())
    raise TypeError


def files_named(value: Any) -> dict[str, str]:
    """Return the hash of each file that an argument names."""
    if isinstance(value, str):
        with suppress(OSError, ValueError):
            return {value: hash_of(Path(value))} if Path(value).is_file() else {}
        return {}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name: one for part in inner for name, one in files_named(part).items()}


class Manifest(NamedTuple):
    """What must be known to go on with an experiment, and to make it again."""

    command: list[str]
    fingerprint: str
    runs_a_block: int
    runs: int
    partitioned: bool
    results_version: int
    source_hash: str
    started: str
    ended: str | None
    """None until every run is there."""
    failed: int | None
    about: dict[str, Any]


FIELDS = tuple(name for name in Manifest._fields if name != "about")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the record of an experiment: before its first block, and again, with hashes, when all is done."""
    record = {name: value for name, value in manifest._asdict().items() if name != "about"} | manifest.about
    if manifest.ended is not None:
        record["files"] = hashes_of(folder)
    write_json(folder / RECORD, record | made_on())


def read_manifest(folder: Path) -> Manifest | None:
    """Return the record of an experiment, None where there is none; a folder of something else is refused."""
    if not (folder / RECORD).exists():
        return None
    record = read_record(folder, "experiment", FIELDS)
    refuse_older(folder, record)
    each = record["runs_a_block"]
    if not isinstance(each, int) or each < 1:
        raise BadInputError(f"{folder / RECORD} is no record of an experiment: runs_a_block is {str(each)[:80]!r}.")
    others = {"layout", "call", "versions", "machine", "files"}
    about = {name: value for name, value in record.items() if name not in {*FIELDS, *others}}
    return Manifest(**{name: record[name] for name in FIELDS}, about=about)
