"""Reads the draws of a calibrated posterior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carespread.model import BadInputError, Parameters
from carespread.model.declare import checked_value, entries
from carespread.model.version import RESULTS_VERSION

from .files import first_line
from .record import check_files, read_record

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


def read_posterior(folder: Path) -> pd.DataFrame:
    """Return the draws of a posterior, a row a draw and a column a parameter.

    Raises BadInputError where the folder holds none, one that another results_version was fitted with (its numbers
    belong to another model), or numbers that no parameter can have.
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
        numbers = draws.to_numpy(float)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise BadInputError(f"{folder / DRAWS} cannot be read: {first_line(error)}") from None
    if not numbers.size or not np.isfinite(numbers).all():
        raise BadInputError(f"The posterior in {folder} has no draws, or some without a finite number.")
    known = entries(Parameters)
    try:
        for name in draws:
            for value in (draws[name].min(), draws[name].max()):
                checked_value(known, str(name), value, "parameter")
    except BadInputError as error:
        raise BadInputError(f"The posterior in {folder} is none of this model: {error}") from None
    return draws
