"""Makes the plan of a run again from the record in its folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from carespread.model import BadInputError
from carespread.model.population.country import country_of
from carespread.model.scenario import scenario_of_text
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.posterior import PUBLISHED
from carespread.results.store.record import RECORD, read_record, refuse_older

from .posterior import Fitted, read_fitted
from .run import Plan, planned

NAME = re.compile(r"[a-z][a-z0-9_]*")
KINDS: dict[str, tuple[type, ...]] = {
    "scenario": (str,), "scenario_text": (str,), "replications": (int,), "providers": (int,), "months": (int,),
    "seed": (int,), "changes": (dict,), "innovations": (dict,), "fitted": (dict, type(None)),
}  # fmt: skip
"""What a record must hold for its run to be planned anew."""


def plan_of_folder(folder: Path) -> tuple[Plan, int]:
    """Return the plan of a folder of `carespread run`, and the seed of its first run.

    Raises BadInputError where the folder holds no such run, or one of another results_version.
    """
    record = read_record(folder, "run of carespread run", KINDS)
    if record.get("results_version") != RESULTS_VERSION:
        raise BadInputError(f"{folder} was made by results_version {str(record.get('results_version'))[:80]}, this is"
                            f" {RESULTS_VERSION}: run it again.")  # fmt: skip
    refuse_older(folder, record)
    for name, kinds in KINDS.items():
        if not isinstance(record[name], kinds):
            raise BadInputError(f"{folder / RECORD} is no record of a run: {name} is {str(record[name])[:80]!r}.")
    for what, names in (("scenario", [record["scenario"]]), ("innovation", record["innovations"])):
        wrong = next((name for name in names if not NAME.fullmatch(name)), None)
        if wrong is not None:
            raise BadInputError(f"{folder / RECORD} is no record of a run: the {what}'s name is {wrong[:80]!r}, and a"
                                " name has small letters, digits and underscores, a letter first.")  # fmt: skip
    with country_of(record.get("country")):  # records of older versions name none
        plan = planned(
            scenario_of_text(record["scenario_text"], folder / f"{record['scenario']}.toml"),
            replications=record["replications"],
            providers=record["providers"],
            months=record["months"],
            seed=record["seed"],
            changes=record["changes"],
            innovations=list(record["innovations"]),
            fitted=None if record["fitted"] is None else same_fit(record["fitted"], folder),
        )
    return plan, int(record["seed"])


def same_fit(known: dict[str, Any], folder: Path) -> Fitted:
    """Return the posterior that a run took, or refuse where it is no longer there."""
    where = str(known.get("folder"))
    for place in (PUBLISHED, Path(where)):
        try:
            found = read_fitted(place)
        except BadInputError:
            continue
        if found.described()["sha256"] == known.get("sha256"):
            return found
    raise BadInputError(f"The posterior of {folder} ({where[:80]!r}) is no longer there: run it again.")
