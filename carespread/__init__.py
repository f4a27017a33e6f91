"""How innovations spread, or fail to, across adult social care in England: an agent-based model."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carespread.calibration.calibrate import calibrate as calibrate
    from carespread.calibration.validate import validate as validate
    from carespread.experiments.ablation import ablate as ablate
    from carespread.experiments.barriers import sticking_points as sticking_points
    from carespread.experiments.compare import compare as compare
    from carespread.experiments.discovery import discover as discover
    from carespread.experiments.experiment import experiment as experiment
    from carespread.experiments.journey import journey as journey
    from carespread.experiments.optimise import optimise as optimise
    from carespread.experiments.sensitivity import sensitivity as sensitivity
    from carespread.experiments.verification import verify as verify
    from carespread.model.declare import BadInputError as BadInputError

_PUBLIC = {
    "BadInputError": "carespread.model.declare:BadInputError",
    "ablate": "carespread.experiments.ablation:ablate",
    "calibrate": "carespread.calibration.calibrate:calibrate",
    "compare": "carespread.experiments.compare:compare",
    "discover": "carespread.experiments.discovery:discover",
    "experiment": "carespread.experiments.experiment:experiment",
    "journey": "carespread.experiments.journey:journey",
    "optimise": "carespread.experiments.optimise:optimise",
    "sensitivity": "carespread.experiments.sensitivity:sensitivity",
    "sticking_points": "carespread.experiments.barriers:sticking_points",
    "validate": "carespread.calibration.validate:validate",
    "verify": "carespread.experiments.verification:verify",
}
"""The public names, and where each lies: loaded when first asked for."""

# In a checkout the rooms (model/, results/, ...) stand beside this folder, in a wheel inside it. The links that editors
# need in a checkout lead to the same files, which must not be loaded by a second path: breakpoints would not bind.
_HERE = Path(__file__).parent
_MODEL = next(place for place in (_HERE / "model", _HERE.parent / "model") if place.is_dir())
__path__.insert(0, str(_MODEL.resolve().parent))


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'carespread' has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
