"""Puts a fit where runs find it: `python -m carespread.calibration.publish FOLDER` writes results/published/."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from carespread.results.store.files import hash_of
from carespread.results.store.posterior import DRAWS, PUBLISHED, posterior_record, read_posterior
from carespread.results.store.record import RECORD, write_json

KEPT = (
    "results_version", "source_hash", "scenario", "innovations", "parameters", "targets", "held_out", "runs",
    "providers", "replications", "seed", "waves", "effective", "not_ruled_out", "coverage", "widen", "started",
)  # fmt: skip
"""Of the record: how it was fitted, and nothing of the machine."""


def publish(folder: Path, to: Path = PUBLISHED) -> None:
    """Copy the draws of a fit and the part of its record that others need; one of another version is refused."""
    read_posterior(folder)
    record = posterior_record(folder)
    to.mkdir(exist_ok=True)
    shutil.copyfile(folder / DRAWS, to / DRAWS)
    kept = {name: record[name] for name in KEPT if name in record}
    write_json(to / RECORD, {**kept, "files": {DRAWS: hash_of(to / DRAWS)}})


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
