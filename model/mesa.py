"""The same run under Mesa: the engine's own step, with agents that point at rows and own nothing.

What is used of Mesa runs alike on 3.3 and 3.5: `rng=`, never `seed=`; a month counter of our own; no
`scenario` attribute, a name that Mesa 3.5 takes.
"""

from __future__ import annotations

import itertools
import weakref
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np

from . import state as at
from .conditions import Conditions
from .declare import BadInputError, checked_whole, nearest
from .groups import labels
from .inputs import Inputs
from .parameters import Parameters
from .policy import Policy
from .population.sector import Population
from .scenario import Scenario
from .simulate import Prepared, Run, prepare
from .state import IMPLEMENTING, STAGES, SUSTAINED, WHOLE
from .step import advance_month, remember_start
from .switches import Switches

if TYPE_CHECKING:
    import pandas as pd

LAST_SEED = 2**53
"""A seed taken from chance stays below this, so that no table or JSON file rounds it."""


def seed_from(seed: Any, rng: Any) -> int:
    """Return the run's seed from Mesa's `rng` or our `seed`.

    A whole number is itself (as text too: so a page's text box gives it), a generator gives its next
    number, None takes chance.
    """
    if seed is not None and rng is not None:
        raise BadInputError(f"seed is {seed!r} and rng is {rng!r}: give one of them, they mean the same.")
    given = rng if seed is None else seed
    if isinstance(given, str) and given.strip().isdecimal():
        given = int(given)
    if hasattr(given, "__index__") or isinstance(given, (str, float)):
        return checked_whole("seed", given, 0, 2**63 - 1, "")
    return int(np.random.default_rng(given).integers(LAST_SEED))


class Trait:
    """A number in the row of an agent; written to the array, within its limits, where limits are given."""

    def __init__(self, says: str, low: float | None = None, high: float | None = None):
        """Declare a column of the arrays that hold providers."""
        self.low, self.high = low, high
        limits = "read only" if low is None else f"{low:g} to {high:g}"
        self.__doc__ = f"{says} ({limits})."

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the column's name from the attribute's."""
        self.name = name

    def column(self, agent: ProviderAgent) -> np.ndarray:
        """Return the array in which the agent's number stands."""
        prepared = agent.model.prepared
        arrays = prepared.state.rows, prepared.state.traits, prepared.state.providers
        return next(array for array in arrays if self.name in (array.dtype.names or ()))[self.name]

    def __get__(self, agent: ProviderAgent | None, owner: type | None = None) -> Any:
        """Return the number itself."""
        return self if agent is None else self.column(agent)[agent.row].item()

    def __set__(self, agent: ProviderAgent, value: Any) -> None:
        """Write it to the array, from where the next month reads it."""
        if self.low is None or self.high is None:
            raise AttributeError(f"{self.name} cannot be set: it is settled before the first month.")
        number = not isinstance(value, (bool, str)) and hasattr(value, "__float__")
        if not number or not self.low <= float(value) <= self.high:
            raise BadInputError(f"{self.name} is {value!r}: {self.__doc__}")
        self.column(agent)[agent.row] = float(value)


class Leadership(NamedTuple):
    """Leadership at three levels, each 0.01 to 1."""

    senior: float
    manager: float
    frontline: float


class _Counters(weakref.WeakKeyDictionary[Any, Any]):
    """Mesa 3.3 counts agents in a dictionary that holds every model for ever; this one lets them go."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, itertools.count(1))


class ProviderAgent(mesa.Agent):
    """One provider, as a view of its row: what it shows is read from the arrays, what is set goes to them."""

    _ids: Any = _Counters()

    sites = Trait("Number of sites")
    staff = Trait("Number of staff")
    people = Trait("Number of people served")
    revenue = Trait("Revenue in GBP a month")
    cost = Trait("Running cost in GBP a month, without innovations")
    aspiration = Trait("Performance that it aspires to, share")
    adoption_threshold = Trait("Value of leaving things as they are", low=-5.0, high=5.0)
    learning = Trait("Learning culture, share", low=0.01, high=1.0)
    connectivity = Trait("Quality of its connection, share", low=0.0, high=1.0)
    senior = Trait("Leadership of senior leaders", 0.01, 1.0)
    manager = Trait("Leadership of managers, mean over sites", 0.01, 1.0)
    frontline = Trait("Leadership of frontline staff", 0.01, 1.0)
    slack = Trait("Reserve in months of running cost", -3.0, 6.0)

    model: CareSector

    def __init__(self, model: CareSector, row: int):
        """Point at a row of the model's arrays."""
        super().__init__(model)
        self.row = row

    def __repr__(self) -> str:
        """Return who it is, in one line."""
        return f"<provider {self.provider}: {self.setting}, {self.sites} sites, {self.authority}>"

    @property
    def provider(self) -> int:
        """The permanent id that names its random draws."""
        return int(self.model.prepared.state.providers["id"][self.row])

    @property
    def weight(self) -> float:
        """How many organisations of the country it stands for; 0 before it opens and once it has closed for good."""
        prepared = self.model.prepared
        weight = prepared.state.providers["weight"][self.row] / at.WEIGHT
        return float(weight * prepared.frame.settled[0].represents)

    @property
    def setting(self) -> str:
        """Its kind of care."""
        return self._named("setting")

    @property
    def ownership(self) -> str:
        """Whose it is."""
        return self._named("ownership")

    @property
    def rating(self) -> str:
        """The regulator's rating."""
        return self.model.prepared.population.country.ratings[int(self.model.prepared.state.rows["rating"][self.row])]

    @property
    def region(self) -> str:
        """The region in which it is."""
        return self._named("region")

    @property
    def authority(self) -> str:
        """Its local authority."""
        population = self.model.prepared.population
        return str(population.geography.authorities[population.authority[self.row]])

    def _named(self, dimension: str) -> str:
        codes, names = labels(dimension, self.model.prepared.population)
        return str(names[codes[self.row]])

    @property
    def leadership(self) -> Leadership:
        """Leadership at the three levels."""
        return Leadership(self.senior, self.manager, self.frontline)

    @property
    def partners(self) -> list[ProviderAgent]:
        """The providers that it hears from."""
        network, views = self.model.prepared.state.network, self.model.views
        first = network.first[self.row]
        return [views[row] for row in network.partners[first : first + network.ties[self.row]]]

    @property
    def stages(self) -> dict[str, str]:
        """Its stage in each innovation's journey, by innovation."""
        return {name: self.stage(name) for name in self.model.innovations}

    def stage(self, innovation: str) -> str:
        """Return its stage in the journey of an innovation."""
        stages = self.model.prepared.state.pairs["stage"]
        return STAGES[stages[self.row, self.model.column_of(innovation)]]

    def sites_in_use(self, innovation: str) -> int:
        """Return at how many of its sites an innovation is in use."""
        used = self.model.prepared.state.pairs["sites_in_use"]
        return int(used[self.row, self.model.column_of(innovation)])

    def uses(self, innovation: str) -> bool:
        """Return whether it implements or sustains an innovation."""
        return self.sites_in_use(innovation) > 0

    def place(self, innovation: str, stage: str, sites_in_use: int = 1) -> None:
        """Put it at a stage of an innovation's journey; in a stage of use it uses it at so many sites."""
        if stage not in STAGES:
            raise BadInputError(f"Unknown stage {stage!r}: {nearest(str(stage), STAGES)}")
        code = STAGES.index(stage)
        used = checked_whole("sites_in_use", sites_in_use, 1, self.sites, "sites")
        pair = self.model.prepared.state.pairs[self.row, self.model.column_of(innovation)]
        pair["stage"] = code
        pair["sites_in_use"] = used if code in (IMPLEMENTING, SUSTAINED) else 0

    def remove(self) -> None:
        """Refuse: whoever removed a view would believe that a provider had left."""
        raise BadInputError("A provider cannot be removed: an agent is a view, and its row goes on.")


def using_share(model: CareSector, column: int) -> float:
    """Return the share of organisations that use an innovation."""
    using = model.sums_now()[column, at.USING]
    return float(using / model.held(at.HELD))


def site_share(model: CareSector, column: int) -> float:
    """Return the share of sites at which an innovation is in use, by sampling weight."""
    return float(model.sums_now()[column, at.SITES] / model.held(at.HELD_SITES))


def mean_slack(model: CareSector) -> float:
    """Return slack in months of running cost, mean by sampling weight."""
    slack = model.prepared.record.flows[model.month, :, at.SLACK].sum()
    return float(slack / WHOLE / model.held(at.HELD))


def summed(model: CareSector, what: int, unit: int) -> float:
    """Return a sum over all innovations for England, in the unit of the monthly table."""
    represents = model.prepared.frame.settled[0].represents
    return float(model.sums_now()[:, what].sum() / (unit * at.WEIGHT) * represents)


def cost(model: CareSector, public: bool) -> float:
    """Return what the public or providers pay in the month for innovations, levers and fair pay, in GBP for England."""
    funded, wages = (model.held(what) for what in (at.WAGES_FUNDED, at.WAGES))
    pence = funded if public else wages - funded
    represents = model.prepared.frame.settled[0].represents
    paid = summed(model, at.PAID_PUBLIC if public else at.PAID_PROVIDER, 100)
    return float(paid + pence / (100 * at.WEIGHT) * represents)


class CareSector(mesa.Model):
    """The sector as a Mesa model: `step()` is a month of the engine; a seed gives the numbers of `simulate`.

    `agents` is filled when it is first asked for: a run that never looks at single providers never pays for
    them. After the last month `running` is False, where `run_model`, `batch_run` and SolaraViz stop; a
    further `step()` is refused, since the schedule of levers has no month left.
    """

    def __init__(
        self,
        scenario: str | Path | Conditions | Scenario = "central",
        providers: int | str = 500,
        seed: Any = None,
        *,
        rng: Any = None,
        months: int | None = None,
        innovations: Any = None,
        groups: Any = (),
        parameters: Parameters | None = None,
        policy: Policy | None = None,
        switches: Switches | None = None,
        population: Population | None = None,
        network: Any = None,
        **kwargs: Any,
    ):
        """Make the sector before its first month.

        `scenario` is a name, a path, a `Scenario` or conditions; it sets `months` and `innovations` where they are not
        given. `rng` (or `seed`, the same) is a whole number, whatever else `numpy.random.default_rng`
        takes, or None for chance; the seed that came of it is `self.seed`. Every other keyword is a
        parameter, lever or switch by its name, on top of `parameters`, `policy` and `switches`. Raises
        BadInputError with one sentence, TypeError where an object is of another kind.
        """
        self.seed = seed_from(seed, rng)
        super().__init__(rng=self.seed)
        inputs = self.inputs_of(
            scenario,
            set=kwargs,  # SolaraViz knows further keywords by this name alone
            parameters=parameters,
            policy=policy,
            switches=switches,
            innovations=innovations,
            months=months,
            providers=providers,
            groups=groups,
            population=population,
            network=network,
        )
        self.prepared: Prepared = prepare(inputs, self.seed)
        self.conditions = inputs.conditions
        self.innovations = tuple(innovation.name for innovation in inputs.innovations)
        self.months = inputs.months
        self.month = 0
        """How many months have passed."""
        self._views: list[ProviderAgent] | None = None
        remember_start(self.prepared.frame, self.prepared.state, self.prepared.record)
        self.datacollector = mesa.DataCollector(model_reporters=self._reporters())
        self.datacollector.collect(self)

    def inputs_of(self, scenario: Any, **settings: Any) -> Inputs:
        """Return what the run is given (`Inputs.of`)."""
        return Inputs.of(scenario, **settings)

    def step(self) -> None:
        """Advance by one month and collect."""
        if self.month >= self.months:
            raise BadInputError(
                f"All {self.months} months of this run have passed: make CareSector(months=...) with more."
            )
        advance_month(self.prepared.frame, self.prepared.state, self.prepared.record, self.month)
        self.month += 1
        self.running = self.month < self.months
        self.datacollector.collect(self)

    def run(self) -> Run:
        """Advance to the last month and return the run, as `simulate` returns it."""
        while self.running:
            self.step()
        return self._run

    @property
    def monthly(self) -> pd.DataFrame:
        """The monthly table of the months that have passed; columns and units in `table.COLUMNS`."""
        if self.month == self.months:
            return self._run.monthly
        table = Run(self.prepared, self.seed, self.months).monthly
        passed = np.arange(len(table)) % (self.months + 1) <= self.month
        return table[passed].reset_index(drop=True)

    @property
    def date(self) -> str:
        """The month (YYYY-MM) at whose end the sector stands."""
        return str(self._run.dates[self.month])

    @cached_property
    def _run(self) -> Run:
        return Run(self.prepared, self.seed, self.months)

    def held(self, what: int) -> int:
        """Return what the sector holds now by weight: `state.HELD`, `HELD_SITES` and so on."""
        return int(self.prepared.record.flows[self.month, :, what].sum())

    def sums_now(self) -> np.ndarray:
        """Return the sums of the month over all record cells, shape (J, SUMS)."""
        return np.asarray(self.prepared.record.sums[self.month].sum(axis=0))

    def column_of(self, innovation: str) -> int:
        """Return the column of an innovation in the arrays."""
        if innovation not in self.innovations:
            known = nearest(str(innovation), self.innovations)
            raise BadInputError(f"The innovation {innovation!r} is not in the run: {known}")
        return self.innovations.index(innovation)

    def _reporters(self) -> dict[str, Any]:
        """Return what is collected every month, under the names of the monthly table."""
        found: dict[str, Any] = {"month": "date", "seed": "seed"}
        for column, name in enumerate(self.innovations):
            found[f"using_share_{name}"] = partial(using_share, column=column)
            found[f"site_share_{name}"] = partial(site_share, column=column)
        found["outcome"] = partial(summed, what=at.OUTCOME, unit=WHOLE)
        found["cost_public"] = partial(cost, public=True)
        found["cost_provider"] = partial(cost, public=False)
        found["slack"] = partial(mean_slack)
        return found

    @property
    def views(self) -> list[ProviderAgent]:
        """The agents by row, made on first use."""
        if self._views is None:
            self._views = []  # Mesa may ask for the agents while they are being made
            self._views.extend(ProviderAgent(self, row) for row in range(len(self.prepared.state.providers)))
        return self._views

    @property
    def agents(self) -> Any:
        """Every provider that is there now, as an AgentSet of views in the order of rows."""
        self.views  # noqa: B018
        there = self.prepared.state.providers["weight"] > 0
        every = super().agents
        return every if there.all() else every.select(lambda agent: there[agent.row])

    @property
    def agents_by_type(self) -> Any:
        """The providers, by their class."""
        return {ProviderAgent: self.agents}

    @property
    def agent_types(self) -> list[type]:
        """The one class of agents."""
        return [ProviderAgent]

    def remove_all_agents(self) -> None:
        """Let go of the views; the sector goes on, and the next use of `agents` makes them again."""
        for view in self._views or ():
            self.deregister_agent(view)
        self._views = None
