"""Reads the draws of a calibrated posterior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model import BadInputError, Parameters
from carespread.model.declare import checked_value, entries, nearest, shown
from carespread.model.innovations import library
from carespread.model.version import RESULTS_VERSION

from .folder import RECORD

if TYPE_CHECKING:
    import pandas as pd

DRAWS = "posterior.parquet"
PUBLISHED = Path(__file__).parents[1] / "published"
"""The posterior that ships with the model."""


def posterior_record(folder: Path) -> dict[str, Any]:
    """Return the record of a posterior's making, empty where there is none."""
    try:
        made = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def read_posterior(folder: Path = PUBLISHED) -> pd.DataFrame:
    """Return the draws of a posterior, a row a draw and a column a parameter; without a folder, of the one that ships.

    Raises BadInputError where the folder holds none, one that another results_version was fitted with (its numbers
    belong to another model), or one with numbers or names that the model does not have.
    """
    import pandas as pd

    made_by = posterior_record(folder)
    try:
        draws = pd.read_parquet(folder / DRAWS) if made_by else None
    except (OSError, ValueError):
        draws = None
    if draws is None:
        raise BadInputError(f"{folder} holds no posterior: it needs {RECORD} and {DRAWS}.")
    if made_by.get("results_version") != RESULTS_VERSION:
        raise BadInputError(
            f"The posterior in {folder} was fitted with results_version {made_by.get('results_version')}, this is"
            f" {RESULTS_VERSION}: fit it again with carespread calibrate --out DIR."
        )
    _check_innovations(folder, made_by.get("innovations"))
    _check_draws(folder, draws)
    return draws


def _check_innovations(folder: Path, names: Any) -> None:
    """Refuse a posterior that does not say whose series were fitted, or names what nobody knows."""
    if not isinstance(names, list) or not names:
        raise BadInputError(f"The posterior in {folder} names no innovations in {RECORD}: whose series were fitted?")
    for name in names:
        if name not in library():
            known = nearest(str(name), library())
            raise BadInputError(f"The posterior in {folder} names the unknown innovation {shown(name)}: {known}")


def _check_draws(folder: Path, draws: pd.DataFrame) -> None:
    """Refuse draws of what is no parameter, or outside its declared range."""
    known = entries(Parameters)
    if not len(draws) or not len(draws.columns):
        raise BadInputError(f"The posterior in {folder} has no draws.")
    for name in draws:
        if name not in known:
            more = nearest(str(name), known)
            raise BadInputError(f"The posterior in {folder} has the unknown parameter {shown(name)}: {more}")
        for value in draws[name]:
            try:
                checked_value(known, name, value, "parameter")
            except BadInputError as error:
                raise BadInputError(f"The posterior in {folder} has a draw that cannot be: {error}") from None
