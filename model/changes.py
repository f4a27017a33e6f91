"""Sorts what a person changes by name into parameters, levers and switches: each name stands in one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .declare import BadInputError, entries, nearest
from .parameters import Parameters
from .policy import Policy
from .switches import Switches


def by_declaration(changes: Mapping[str, Any]) -> dict[type, dict[str, Any]]:
    """Return changes by the declaration that has their name; no name stands in two."""
    split: dict[type, dict[str, Any]] = {Parameters: {}, Policy: {}, Switches: {}}
    for name, value in changes.items():
        kind = next((kind for kind in split if name in entries(kind)), None)
        if kind is None:
            known = [name for kind in split for name in entries(kind)]
            raise BadInputError(f"Unknown parameter, lever or switch {name!r}: {nearest(str(name), known)}")
        # numpy's true and false come out of sweeps over arrays
        split[kind][name] = bool(value) if isinstance(value, np.bool_) else value
    return split
