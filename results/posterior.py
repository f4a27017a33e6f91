"""Reads the draws of a calibrated posterior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from model import BadInputError
from model.version import RESULTS_VERSION

from .store import RECORD

if TYPE_CHECKING:
    import pandas as pd

DRAWS = "posterior.parquet"


def read_posterior(folder: Path) -> pd.DataFrame:
    """Return the draws of a posterior, a row a draw and a column a parameter.

    Raises BadInputError where the folder holds none, or one that another results_version was fitted with: its numbers
    belong to another model.
    """
    import pandas as pd

    try:
        made_by = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        draws = pd.read_parquet(folder / DRAWS)
    except (OSError, ValueError):
        raise BadInputError(f"{folder} holds no posterior: it needs {RECORD} and {DRAWS}.") from None
    if made_by.get("results_version") != RESULTS_VERSION:
        raise BadInputError(
            f"The posterior in {folder} was fitted with results_version {made_by.get('results_version')}, this is"
            f" {RESULTS_VERSION}: fit it again."
        )
    if not len(draws) or draws.isna().any(axis=None):
        raise BadInputError(f"The posterior in {folder} has no draws, or some without a number.")
    return draws
