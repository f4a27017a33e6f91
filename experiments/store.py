"""Where a command keeps what it makes, and whether it goes on with what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carespread.model import BadInputError
from carespread.model.simulate import checked_whole

from .run_command import MOST_WORKERS, usual_folder, whole


def folder_of(out: Path | None, resume: bool, usual: str, what: str) -> Path:
    """Return the folder of a command: the one that was named, or a new one; going on needs a name."""
    if resume and out is None:
        raise BadInputError(f"--resume needs --out: the folder of the {what} to go on with.")
    return out or usual_folder(usual)


def is_there(folder: Path, record: str, resume: bool, what: str) -> bool:
    """Return whether there is something to go on with; refuse to write over it where that was not asked for."""
    there = (folder / record).exists()
    if there and not resume:
        raise BadInputError(f"{folder} holds a {what} already: add --resume to go on with it, or name another folder.")
    return there


def workers_of(workers: str | None) -> int | None:
    """Return how many workers were asked for, None for one a core."""
    return None if workers is None else checked_whole("workers", whole(workers), 1, MOST_WORKERS, "workers")


def whole_or_none(name: str, text: str | None, low: int, high: int, unit: str) -> Any:
    """Return a whole number within its limits, or None where nothing was said."""
    return None if text is None else checked_whole(name, whole(text), low, high, unit)
