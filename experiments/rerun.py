"""Makes what a results folder holds again from its record, and says whether it is the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from importlib import import_module
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from carespread.model import BadInputError
from carespread.model.population.country import country_of
from carespread.model.scenario import scenario_of_text
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.files import hash_of, shown_path
from carespread.results.store.folder import keep
from carespread.results.store.posterior import PUBLISHED
from carespread.results.store.record import RECORD, read_record, refuse_older
from carespread.results.store.sameness import differences

from .limits import WORKERS, checked
from .posterior import Fitted, read_fitted
from .replication import AGAINST, against_nothing
from .result import Result
from .run import Plan, planned, replicate
from .store import Progress, claimed, counted

NAME = re.compile(r"[a-z][a-z0-9_]*")
MOST_TOLD = 10
"""Differences that a sentence names."""
AGAIN = frozenset(
    f"carespread.{place}"
    for place in (
        "experiments.experiment:experiment", "experiments.compare:compare", "experiments.sensitivity:sensitivity",
        "experiments.ablation:ablate", "experiments.discovery:discover", "experiments.journey:journey",
        "experiments.barriers:sticking_points", "experiments.optimise:optimise", "experiments.library:library",
        "calibration.calibrate:calibrate",
        "calibration.validate:validate", "calibration.studies:studies",
    )
)  # fmt: skip
"""Works that leave a folder: a record from elsewhere calls nothing else."""
KINDS: dict[str, tuple[type, ...]] = {
    "scenario": (str,), "scenario_text": (str,), "replications": (int,), "providers": (int,), "months": (int,),
    "seed": (int,), "changes": (dict,), "innovations": (dict,), "fitted": (dict, type(None)),
}  # fmt: skip
"""What a record must hold for its run to be planned anew."""


@checked
def rerun(
    folder: Path,
    *,
    out: str | Path | None = None,
    workers: Annotated[int | None, WORKERS] = None,
    progress: Progress | None = None,
) -> Result:
    """Make what a results folder holds again from its record, and compare it, column by column and file by file.

    Parameters
    ----------
    folder : a folder of any command that leaves one.
    out : folder for what is made again; None compares it and keeps nothing.
    workers : threads; None is one a core. They change nothing.

    Returns in its text "identical", or each column and file that is not; the status is then 1. Raises BadInputError
    where the folder has no record, one of another results_version, or one of files that are no longer there as they
    were read.

    >>> rerun(Path("results/runs/grant")).status  # doctest: +SKIP
    0
    """
    to = claimed(out, "rerun")
    record = read_record(folder, "results")
    if record.get("results_version") != RESULTS_VERSION:
        raise BadInputError(f"{shown_path(folder)} was made by results_version"
                            f" {str(record.get('results_version'))[:80]}, this is {RESULTS_VERSION}.")  # fmt: skip
    refuse_older(folder, record)
    place = TemporaryDirectory(prefix="carespread-") if to is None else nullcontext(str(to))
    with place as held:
        again = Path(held) / "again" if to is None else Path(held)
        if "scenario_text" in record and "fingerprint" not in record:
            plan, _ = plan_of_folder(folder)
            logged = (folder / "events.parquet").exists()
            results = replicate(plan._replace(events=logged), workers, counted(progress, "runs"))
            against = against_nothing(plan, results, workers, progress)
            drawn = (folder / "figures").is_dir()
            keep(results, again, sys.argv, more={} if against is None else {AGAINST: against}, figures=drawn)
        else:
            call_again(folder, record.get("call"), again, {"workers": workers, "progress": progress})
        found = list(differences(folder, again))
    if not found:
        text = f"{folder}: identical."
    else:
        more = f" and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
        text = f"{folder} is not what its record makes now. Different: {'; '.join(found[:MOST_TOLD])}{more}."
    data = {"identical": not found, "different": found}
    return Result(text, data, folder=to, status=int(bool(found)))


def call_again(folder: Path, call: Any, again: Path, execution: Mapping[str, Any]) -> None:
    """Have the work of a record done again into another folder, or refuse a record that does not say which."""
    try:
        work, given, files = call["work"], dict(call["arguments"]), dict(call["files"])
    except (TypeError, KeyError, ValueError):
        raise BadInputError(
            f"{shown_path(folder / RECORD)} does not say by which call it was made (an object of Python, or another"
            " version): it cannot be made again."
        ) from None
    if work not in AGAIN:
        raise BadInputError(f"{shown_path(folder / RECORD)} was made by {str(work)[:80]!r}, which is no study.")
    for name, value in files.items():
        path = Path(name)
        if not path.is_file() or hash_of(path) != value:
            raise BadInputError(
                f"{shown_path(path)} is not there, or not as {shown_path(folder)} was made from it: put it back, and"
                " stand where the command was called."
            )
    module, _, name = work.partition(":")
    function = getattr(import_module(module), name)
    takes = signature(function).parameters
    try:
        function(**given, out=again, **{one: value for one, value in execution.items() if one in takes})
    except TypeError as error:  # `checked` refuses them before any work
        raise BadInputError(f"{shown_path(folder / RECORD)} has arguments that cannot be: {str(error)[:200]}") from None


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
