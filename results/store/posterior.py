"""Reads the draws of a calibrated posterior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model import BadInputError
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
        made: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return made


def read_posterior(folder: Path) -> pd.DataFrame:
    """Return the draws of a posterior, a row a draw and a column a parameter.

    Raises BadInputError where the folder holds none, or one that another results_version was fitted with: its numbers
    belong to another model.
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
    if not len(draws) or draws.isna().any(axis=None):
        raise BadInputError(f"The posterior in {folder} has no draws, or some without a number.")
    return draws
