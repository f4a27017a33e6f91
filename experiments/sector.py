"""The sector as a Mesa model, with the numbers that runs take by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carespread.model.inputs import Inputs
from carespread.model.mesa import CareSector as Unfitted
from carespread.model.population.country import country_of

from .ensemble import plan_of
from .run import inputs_of


class CareSector(Unfitted):
    """The sector as a `mesa.Model`: `step()` is a month, `agents` are providers; a seed gives the run of `simulate`.

    Arguments: `scenario` (a name, a path, a `Scenario`), `providers` (500), `seed` or `rng` (whatever
    `numpy.random.default_rng` takes; None is chance), `months`, `innovations`, `groups`, `parameters`, `policy`,
    `switches`, `population`, `network`, `fitted`, `posterior` and `country` as in `simulate`; every other keyword is a
    parameter, lever or switch by its name. Works with `mesa.batch_run` and SolaraViz. Raises BadInputError where a
    value cannot be, TypeError where an object is of another kind.

    >>> care = CareSector("central", providers=100, months=3, seed=1, grant=0.4)
    >>> care.step()
    >>> care.month, len(care.agents)
    (1, 100)
    """

    def __init__(
        self, scenario: Any = "central", providers: int | str = 500, seed: Any = None, *, fitted: bool = True,
        posterior: str | Path | None = None, country: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        """Make the sector before its first month."""
        self._fit: dict[str, Any] = {"fitted": fitted, "posterior": posterior}
        with country_of(country):
            super().__init__(scenario, providers, seed, **kwargs)

    def inputs_of(self, scenario: Any, **settings: Any) -> Inputs:
        """Return what the run is given: its own draw of what is fitted."""
        return inputs_of(plan_of(scenario, self.seed, settings | self._fit, replications=1), self.seed)  # type: ignore[arg-type]
