"""How innovations spread, or fail to, across adult social care in England: an agent-based model.

    import carespread as cs

    run = cs.simulate("central", providers=2000, seed=1)               # a name, a file, its text or a Scenario
    runs = cs.replicate("historical", n=20, set={"grant": 0.4})        # .runs .monthly .summary() .plot() .to_xarray()
    pairs = cs.contrast("central", "lever_grant", n=50)                # a row a pair, under common random numbers

Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

# In a checkout the rooms (model/, results/, ...) stand beside this folder, in a wheel inside it. The links that editors
# need in a checkout lead to the same files, which must not be loaded by a second path: breakpoints would not bind.
_HERE = Path(__file__).parent
_MODEL = next(place for place in (_HERE / "model", _HERE.parent / "model") if place.is_dir())
__path__.insert(0, str(_MODEL.resolve().parent))

if TYPE_CHECKING:
    from .calibration.calibrate import calibrate
    from .calibration.priors import FREE as free_parameters  # noqa: N811
    from .calibration.studies import studies
    from .calibration.validate import validate
    from .experiments.ablation import ablate
    from .experiments.barriers import sticking_points
    from .experiments.compare import compare
    from .experiments.discovery import discover
    from .experiments.ensemble import contrast, replicate, simulate
    from .experiments.experiment import experiment
    from .experiments.journey import journey
    from .experiments.optimise import optimise
    from .experiments.points import quantiles_of
    from .experiments.rerun import rerun
    from .experiments.sector import CareSector
    from .experiments.sensitivity import sensitivity
    from .experiments.verification import verify
    from .model import BadInputError, Conditions, Lever, Parameters, Policy, Run, Scenario, Shock, Switches, levels
    from .model.claims import CLAIMS as claims  # noqa: N811
    from .model.equations import equation, replaced
    from .model.own_levers import OwnLever
    from .model.population.sector import Population
    from .model.textbook import cases as special_cases
    from .results.store.posterior import inference_data, read_posterior

_PLACES = {
    "BadInputError": "model.declare:BadInputError",
    "CareSector": "experiments.sector:CareSector",
    "Conditions": "model.conditions:Conditions",
    "Lever": "model.conditions:Lever",
    "OwnLever": "model.own_levers:OwnLever",
    "Parameters": "model.parameters:Parameters",
    "Policy": "model.policy:Policy",
    "Population": "model.population.sector:Population",
    "Run": "model.simulate:Run",
    "Scenario": "model.scenario:Scenario",
    "Shock": "model.shocks:Shock",
    "Switches": "model.switches:Switches",
    "ablate": "experiments.ablation:ablate",
    "calibrate": "calibration.calibrate:calibrate",
    "claims": "model.claims:CLAIMS",
    "compare": "experiments.compare:compare",
    "contrast": "experiments.ensemble:contrast",
    "discover": "experiments.discovery:discover",
    "equation": "model.equations:equation",
    "experiment": "experiments.experiment:experiment",
    "free_parameters": "calibration.priors:FREE",
    "inference_data": "results.store.posterior:inference_data",
    "journey": "experiments.journey:journey",
    "levels": "model.levels:",
    "optimise": "experiments.optimise:optimise",
    "quantiles_of": "experiments.points:quantiles_of",
    "read_posterior": "results.store.posterior:read_posterior",
    "replaced": "model.equations:replaced",
    "replicate": "experiments.ensemble:replicate",
    "rerun": "experiments.rerun:rerun",
    "sensitivity": "experiments.sensitivity:sensitivity",
    "simulate": "experiments.ensemble:simulate",
    "studies": "calibration.studies:studies",
    "special_cases": "model.textbook.cases:",
    "sticking_points": "experiments.barriers:sticking_points",
    "validate": "calibration.validate:validate",
    "verify": "experiments.verification:verify",
}
"""Where each public name stands: module and attribute, or a module."""
__all__ = [
    "BadInputError",
    "CareSector",
    "Conditions",
    "Lever",
    "OwnLever",
    "Parameters",
    "Policy",
    "Population",
    "Run",
    "Scenario",
    "Shock",
    "Switches",
    "ablate",
    "calibrate",
    "claims",
    "compare",
    "contrast",
    "discover",
    "equation",
    "experiment",
    "free_parameters",
    "inference_data",
    "journey",
    "levels",
    "optimise",
    "quantiles_of",
    "read_posterior",
    "replaced",
    "replicate",
    "rerun",
    "sensitivity",
    "simulate",
    "special_cases",
    "sticking_points",
    "studies",
    "validate",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module 'carespread' has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    found = import_module(f"{__name__}.{module}")
    globals()[name] = found = getattr(found, attribute) if attribute else found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_PLACES)
