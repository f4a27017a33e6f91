"""The world: who provides adult social care in England, what innovations are, and how one month follows another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .conditions import Conditions, Lever
from .declare import BadInputError
from .parameters import Parameters
from .policy import Policy
from .population.sector import Population
from .shocks import Shock
from .simulate import Run, prepare, simulate
from .switches import Switches

if TYPE_CHECKING:
    from .mesa import CareSector

__all__ = [
    "BadInputError",
    "CareSector",
    "Conditions",
    "Lever",
    "Parameters",
    "Policy",
    "Population",
    "Run",
    "Shock",
    "Switches",
    "prepare",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Load Mesa only for those who ask for it: it takes a second, and no sweep needs it."""
    if name == "CareSector":
        from .mesa import CareSector

        return CareSector
    raise AttributeError(f"module 'model' has no attribute {name!r}")
