"""The record of an experiment: written before the first block, and again when all is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from carespread.model import BadInputError

from .blocks import write_text
from .folder import RECORD, made_on


class Manifest(NamedTuple):
    """What must be known to go on with an experiment, and to make it again."""

    command: list[str]
    fingerprint: str
    runs_a_block: int
    runs: int
    pilot_seconds: float
    partitioned: bool
    results_version: int
    source_hash: str
    started: str
    ended: str | None
    """None until every run is there."""
    failed: int | None
    about: dict[str, Any]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the record, whole or not at all."""
    made = {
        **{name: value for name, value in manifest._asdict().items() if name != "about"},
        **manifest.about,
        **made_on(),
    }
    write_text(folder / RECORD, json.dumps(made, indent=1, ensure_ascii=False, default=str))


def read_manifest(folder: Path) -> Manifest | None:
    """Return the record of an experiment, None where there is none; a folder of something else is refused."""
    try:
        made = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise BadInputError(f"{folder / RECORD} cannot be read: name another folder.") from None
    if "fingerprint" not in made:
        raise BadInputError(f"{folder} holds a run, not an experiment: name another folder.")
    fields = set(Manifest._fields) - {"about"}
    about = {name: value for name, value in made.items() if name not in fields | {"versions", "machine"}}
    return Manifest(**{name: made[name] for name in fields}, about=about)
