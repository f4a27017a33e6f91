"""Reads the draws of a calibrated posterior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model import BadInputError, Parameters
from carespread.model.declare import checked_value, entries, nearest
from carespread.model.extras import needs
from carespread.model.innovations import Own, library
from carespread.model.version import RESULTS_VERSION
from carespread.refusal import shown

from .files import first_line
from .record import RECORD, check_files, read_record

if TYPE_CHECKING:
    import pandas as pd

DRAWS = "posterior.parquet"
PUBLISHED = Path(__file__).parents[1] / "published"
"""The posterior that ships with the model."""


def posterior_record(folder: Path) -> dict[str, Any]:
    """Return the record of a posterior's making, empty where there is none."""
    try:
        return read_record(folder, "posterior")
    except BadInputError:
        return {}


def read_posterior(folder: Path = PUBLISHED) -> pd.DataFrame:
    """Return the draws of a posterior, a row a draw and a column a parameter, or INNOVATION.PARAMETER where it is an
    innovation's own; without a folder, of the one that ships.

    Raises BadInputError where the folder holds none, one that another results_version was fitted with (its numbers
    belong to another model), or one with numbers or names that the model does not have.
    """
    import pandas as pd
    import pyarrow as pa

    record = read_record(folder, "posterior", ("results_version",))
    if record["results_version"] != RESULTS_VERSION:
        raise BadInputError(
            f"The posterior in {folder} was fitted with results_version {str(record['results_version'])[:80]}, this is"
            f" {RESULTS_VERSION}: fit it again with carespread calibrate --out DIR."
        )
    if not (folder / DRAWS).is_file():
        raise BadInputError(f"{folder} holds no posterior: it has no {DRAWS}.")
    check_files(folder, [DRAWS])
    try:
        draws = pd.read_parquet(folder / DRAWS)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise BadInputError(f"{folder / DRAWS} cannot be read: {first_line(error)}") from None
    _check_innovations(folder, record.get("innovations"), record.get("own_innovations", []))
    _check_draws(folder, draws, record["innovations"])
    return draws


def inference_data(folder: Path = PUBLISHED) -> Any:
    """Return the draws of a posterior as an arviz.InferenceData with one chain, a variable a number, and the record of
    its making as attributes; without a folder, of the one that ships.

    Draws are independent and equally likely: chains of a sampler they are not, so R-hat says nothing of them. Raises
    BadInputError where arviz is not installed, and as `read_posterior`.

    >>> inference_data().posterior.sizes["chain"]  # doctest: +SKIP
    1
    """
    needs("arviz", "inference_data", "arviz")
    import arviz

    draws, record = read_posterior(folder), posterior_record(folder)
    about = {name: str(record[name]) for name in ("results_version", "scenario", "innovations") if name in record}
    values = {str(name): draws[name].to_numpy()[None, :] for name in draws}
    return arviz.from_dict(posterior=values, posterior_attrs=about)


def _check_innovations(folder: Path, names: Any, brought: Any) -> None:
    """Refuse a posterior that does not say whose series were fitted, or names what is neither known nor `brought`
    by its targets.
    """
    if not isinstance(names, list) or not names or not isinstance(brought, list):
        raise BadInputError(f"The posterior in {folder} names no innovations in {RECORD}: whose series were fitted?")
    for name in names:
        if not isinstance(name, str) or (name not in library() and name not in brought):
            known = nearest(str(name), library())
            raise BadInputError(f"The posterior in {folder} names the unknown innovation {shown(name)}: {known}")


def _check_draws(folder: Path, draws: pd.DataFrame, innovations: list[str]) -> None:
    """Refuse draws of what is no parameter, or outside its declared range."""
    known = entries(Parameters)
    if not len(draws) or not len(draws.columns):
        raise BadInputError(f"The posterior in {folder} has no draws.")
    for column in draws:
        innovation, _, name = str(column).rpartition(".")
        if name not in known or (innovation and (innovation not in innovations or name not in Own._fields)):
            more = nearest(str(column), [*known, *(f"{one}.{own}" for one in innovations for own in Own._fields)])
            raise BadInputError(f"The posterior in {folder} has the unknown parameter {shown(column)}: {more}")
        for value in draws[column]:
            try:
                checked_value(known, name, value, "parameter")
            except BadInputError as error:
                raise BadInputError(f"The posterior in {folder} has a draw that cannot be: {error}") from None
