"""The world: who provides adult social care in England, what innovations are, and how one month follows another."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .conditions import Conditions, Lever
from .declare import BadInputError
from .inputs import Inputs
from .parameters import Parameters
from .policy import Policy
from .population.sector import Population
from .scenario import Scenario
from .shocks import Shock
from .simulate import Prepared, Run
from .switches import Switches

if TYPE_CHECKING:
    from .mesa import CareSector

__all__ = [
    "BadInputError",
    "CareSector",
    "Conditions",
    "Inputs",
    "Lever",
    "Parameters",
    "Policy",
    "Population",
    "Run",
    "Scenario",
    "Shock",
    "Switches",
    "prepare",
    "simulate",
]
_engine = sys.modules[f"{__name__}.simulate"]


def prepare(*given: Any, seed: int = 1, **others: Any) -> Prepared:
    """Return a run before its first month; arguments are those of `Inputs`, None is the default of any."""
    inputs = Inputs(*given, **{name: one for name, one in others.items() if one is not None})
    prepared: Prepared = _engine.prepare(inputs, seed)
    return prepared


def simulate(*given: Any, events: bool = False, seed: int = 1, **others: Any) -> Run:
    """Return a run; arguments are those of `Inputs`, None is the default of any."""
    inputs = Inputs(*given, **{name: one for name, one in others.items() if one is not None})
    run: Run = _engine.simulate(inputs, seed, events=events)
    return run


def __getattr__(name: str) -> Any:
    """Load Mesa only for those who ask for it: it takes a second, and no sweep needs it."""
    if name == "CareSector":
        from .mesa import CareSector

        return CareSector
    raise AttributeError(f"module 'carespread.model' has no attribute {name!r}")
