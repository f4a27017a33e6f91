"""Makes the plan of a run anew from the record in its folder."""

from __future__ import annotations

import json
from pathlib import Path

from carespread.model import BadInputError
from carespread.model.scenario import scenario_of_text
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.posterior import PUBLISHED

from .posterior import Fitted, read_fitted
from .run import Plan, planned

RECORD = "made_by.json"


def plan_of_folder(folder: Path) -> tuple[Plan, int]:
    """Return the plan of a folder of `carespread run`, and the seed of its first run.

    Raises BadInputError where the folder holds no such run, or one of another results_version.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        text, name = record["scenario_text"], record["scenario"]
    except (OSError, ValueError, KeyError):
        raise BadInputError(f"{folder} holds no run of carespread run: it needs a {RECORD} with a scenario.") from None
    if record.get("results_version") != RESULTS_VERSION:
        raise BadInputError(f"{folder} was made by results_version {record.get('results_version')}, this is"
                            f" {RESULTS_VERSION}: run it again.")  # fmt: skip
    # no file is written: the name in a record may be anything
    scenario = scenario_of_text(text, Path(f"{name}.toml"))
    plan = planned(
        scenario,
        replications=record["replications"],
        providers=record["providers"],
        months=record["months"],
        seed=record["seed"],
        changes=record["changes"],
        innovations=list(record["innovations"]),
        fitted=None if record["fitted"] is None else same_fit(record["fitted"], folder),
    )
    return plan, int(record["seed"])


def same_fit(known: dict, folder: Path) -> Fitted:
    """Return the posterior that a run took, or refuse where it is no longer there."""
    for place in (Path(known["folder"]), PUBLISHED):
        try:
            found = read_fitted(place)
        except BadInputError:
            continue
        if found.described()["sha256"] == known["sha256"]:
            return found
    raise BadInputError(f"The posterior of {folder} ({known['folder']}) is no longer there: run it again.")
