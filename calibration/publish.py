"""Puts a fit where runs find it: `python -m carespread.calibration.publish FOLDER` writes results/published/.

Only what was frozen and scored in commits is published: nothing may have been changed since, and both commits stand in
the record.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from carespread.model import BadInputError
from carespread.results.store.files import hash_of
from carespread.results.store.posterior import DRAWS, PUBLISHED, posterior_record, read_posterior
from carespread.results.store.record import RECORD, read_record, write_json

from .freeze import commit_now
from .validate import SCORED

KEPT = (
    "results_version", "source_hash", "scenario", "innovations", "own_innovations", "parameters", "fitted", "learned",
    "targets", "runs", "providers", "replications", "seed", "waves", "effective", "not_ruled_out", "log_evidence",
    "coverage", "coverage_of_later_data", "widen", "started",
)  # fmt: skip
"""Of the record: how it was fitted, and nothing of the machine."""


def publish(folder: Path, to: Path = PUBLISHED) -> None:
    """Copy the draws of a fit and the part of its record that others need.

    Raises BadInputError on a fit of another version, one that was not frozen in a commit or not scored, and where the
    project has changes that are not committed.
    """
    read_posterior(folder)
    record = posterior_record(folder)
    scored = read_record(folder / SCORED, "scores: run carespread validate first", ("frozen", "scoring", "posterior"))
    now = commit_now()
    if not now.clean:
        raise BadInputError(f"The project stands at {now.says}: commit or undo them before anything is published.")
    for step, what in (("frozen", "fitted"), ("scoring", "scored")):
        if not scored[step]["commit"] or not scored[step]["clean"]:
            raise BadInputError(f"{folder} was {what} with changes that are not committed: it cannot be published.")
    if scored["posterior"] != hash_of(folder / DRAWS):
        raise BadInputError(f"{folder} holds scores of another posterior: it cannot be published.")
    to.mkdir(exist_ok=True)
    shutil.copyfile(folder / DRAWS, to / DRAWS)
    kept = {name: record[name] for name in KEPT if name in record}
    scores = {name: scored[name] for name in ("held_out", "frozen", "scoring", "scored")}
    write_json(to / RECORD, {**kept, **scores, "files": {DRAWS: hash_of(to / DRAWS)}})


if __name__ == "__main__":
    try:
        publish(Path(sys.argv[1]))
    except BadInputError as error:
        raise SystemExit(str(error)) from None
