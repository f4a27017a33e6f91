"""Names of arrays, for signatures: shapes stand in docstrings."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Wholes: TypeAlias = NDArray[np.integer[Any]]
Flags: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]
"""Dates, records, or numbers of several kinds."""
