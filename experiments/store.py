"""Where a study keeps what it makes: a folder that was named, or a temporary one that leaves nothing behind."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from carespread.model import BadInputError
from carespread.results.store.files import shown_path, write_text
from carespread.results.store.folder import free_folder, new_folders, remove_empty, whole
from carespread.results.store.record import LAYOUT, RECORD, plain_of, read_record
from carespread.results.words import listed

from .result import Result, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from .experiment import Experiment


class Progress(Protocol):
    """Is told how far work has come: what is done, how much of how much; without numbers it is a line to show."""

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        """Take note."""


class StartedAnewWarning(UserWarning):
    """There was nothing to resume."""


def counted(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    """Return a function that tells how much of one thing is done."""
    return None if progress is None else partial(progress, what)


def claimed(out: Path | str | None, study: str, resume: bool = False) -> Path | None:
    """Return the full path of a folder that a study may fill, None where nothing is to be written; refuse any other."""
    if out is None:
        if resume:
            raise BadInputError(f"--resume needs --out: the folder of the {study} to go on with.")
        return None
    folder = free_folder(Path(out), study, resume)
    if resume and not folder.is_dir():
        warnings.warn(StartedAnewWarning(f"{out} does not exist: starting anew."), stacklevel=2)
    return folder


@contextmanager
def workspace(
    folder: Path | None,
    study: str,
    parts: Mapping[str, Experiment] | None = None,
    design: Mapping[str, Any] | None = None,
) -> Iterator[Path]:
    """Yield the folder in which a study keeps its blocks, marked as its own and held against a second driver; a
    temporary one where nothing is kept.

    `parts` are its experiments by the name of their folder, `design` what else must be the same to go on with it: what
    another design has left there is refused first.
    """
    from .experiment import LOCK, driven, known_manifest

    if folder is None:
        with TemporaryDirectory(prefix="carespread-") as place:
            yield Path(place)
        return
    for name, experiment in (parts or {}).items():
        known_manifest(experiment, folder / name, resume=True)
    made, record = new_folders(folder), folder / RECORD
    with driven(folder):
        new = not record.exists()
        if new:
            begun = {"study": study, "layout": LAYOUT, "design": design, "started": datetime.now(UTC).isoformat()}
            write_text(record, json.dumps(begun, indent=1))
        elif design is not None:
            refuse_another(plain_of(design), read_record(folder, study).get("design"), folder)
        try:
            yield folder
        except BaseException:
            if new and {path.name for path in folder.iterdir()} == {RECORD, LOCK}:  # nothing came after it
                record.unlink()
                with suppress(OSError):  # Windows removes no file that is open
                    (folder / LOCK).unlink()
                remove_empty(made)
            raise


def refuse_another(design: Mapping[str, Any], known: Any, folder: Path) -> None:
    """Refuse to go on with a folder whose design is not this one, and say in what they differ."""
    known = known if isinstance(known, dict) else {}
    others = sorted(name for name in {*design, *known} if name not in known or known[name] != design.get(name))
    if others:
        raise BadInputError(
            f"{shown_path(folder)} holds a study of another design than this (it differs in {listed(others)}): name"
            " another folder."
        )


def kept_whole(result: Result, folder: Path | None, study: str) -> Result:
    """Return a result whose folder is there as a whole or not at all; None keeps nothing."""
    if folder is None:
        return result
    with whole(folder) as making:
        made = kept(result, making, study)
    return replace(made, folder=folder)
