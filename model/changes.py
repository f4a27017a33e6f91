"""Sorts what a person changes by name into parameters, levers and switches: each name stands in one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .declare import BadInputError, checked_value, entries, nearest
from .innovations import Innovation, Own
from .parameters import Parameters
from .policy import Policy
from .switches import Switches


def with_own(
    innovations: tuple[Innovation, ...], changes: Mapping[str, Any]
) -> tuple[tuple[Innovation, ...], dict[str, Any]]:
    """Return innovations with the numbers that INNOVATION.NAME gives them, and the changes that are left.

    Raises BadInputError where the run has no such innovation, or an innovation cannot have such a number of its own.
    """
    left = {name: value for name, value in changes.items() if "." not in str(name)}
    made = {one.name: one for one in innovations}
    for full, value in changes.items():
        if full in left:
            continue
        innovation, _, name = full.rpartition(".")
        if innovation not in made:
            raise BadInputError(f"{full}: this run has no innovation {innovation!r}: {nearest(innovation, made)}")
        if name not in Own._fields:
            raise BadInputError(f"{full}: an innovation has no {name!r} of its own: {nearest(name, Own._fields)}")
        own = checked_value(entries(Parameters), name, value, "parameter")
        made[innovation] = made[innovation]._replace(own=made[innovation].own._replace(**{name: own}))
    return tuple(made.values()), left


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
