"""One run, replications of a scenario, and pairs of two scenarios, in one line of Python each."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

from carespread.model import BadInputError, Conditions, Parameters, Policy, Scenario, Switches
from carespread.model.declare import nearest
from carespread.model.innovations import Innovation, find
from carespread.model.inputs import PROVIDERS
from carespread.model.population.country import country_meant, country_of
from carespread.model.population.sector import Population
from carespread.model.scenario import USUAL, read_scenario, refuse_unlike
from carespread.model.simulate import Run
from carespread.model.simulate import simulate as run_of
from carespread.model.table import dataset
from carespread.refusal import shown
from carespread.results.store.folder import free_folder, keep
from carespread.results.store.summary import summary_table
from carespread.results.store.tables import OF_A_RUN, Results

from .posterior import fitted_for
from .run import REPLICATIONS, SEED, Plan, inputs_of, planned, replicate_all

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

F = TypeVar("F", bound=Callable[..., Any])
Given = str | Path | Conditions | Scenario
"""A scenario's name, path or text; a scenario; or conditions alone."""


class Settings(TypedDict, total=False):
    """What a run may be given beside its scenario and seed, the same for all functions here; None is the usual."""

    set: Mapping[str, Any] | None
    """Parameters, levers, switches and an innovation's own numbers by name, such as {"grant": 0.4,
    "dscr.imitation": 0.02}; goes before all else."""
    innovations: Sequence[str | Innovation] | str | None
    """Names or paths to files; None is the scenario's own."""
    providers: int | str
    """50 to 1,000,000 organisations, or "all"; 2000 if not given."""
    months: int | None
    """1 to 1200; None is the scenario's own."""
    parameters: Parameters | None
    """All parameters at once, in place of the scenario's and of the posterior."""
    policy: Policy | None
    """Levers that act on everybody from the first month to the last."""
    switches: Switches | None
    """Which mechanisms are on, in place of the scenario's."""
    groups: Sequence[str]
    """Dimensions that the monthly table tells apart: setting, size, region, ownership, rating, self-funding, area."""
    population: Population | None
    """Providers of one's own, in place of the synthetic population."""
    network: Any
    """Who hears from whom, in place of partnerships that are drawn."""
    fitted: bool
    """Whether numbers that were fitted to published series take the place of the medians of their priors."""
    posterior: str | Path | None
    """Folder of a posterior; None is the one that ships with the model."""
    country: str | None
    """Whose providers, groups and innovations are meant; None is England."""


def _with_settings(function: F) -> F:
    """Return a function whose signature shows every setting by name, for help() and notebooks, in its country."""

    @wraps(function)
    def placed(*given: Any, **named: Any) -> Any:
        with country_of(named.get("country")):
            return function(*given, **named)

    own = inspect.signature(function)
    kept = [one for one in own.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    usual = {"providers": PROVIDERS, "fitted": True}
    more = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=usual.get(name), annotation=kind.__forward_arg__
        )
        for name, kind in Settings.__annotations__.items()
    ]
    placed.__signature__ = own.replace(parameters=[*kept, *more])  # type: ignore[attr-defined]
    return placed  # type: ignore[return-value]


def plan_of(scenario: Given, seed: int, settings: Settings, **others: Any) -> Plan:
    """Return the plan of runs with the numbers of the command line: fitted ones, unless that is not wanted."""
    unknown = next((name for name in settings if name not in Settings.__annotations__), None)
    if unknown is not None:
        raise TypeError(f"There is no setting {unknown!r}: {nearest(unknown, Settings.__annotations__)}")
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    fitted, posterior = given.pop("fitted", True), given.pop("posterior", None)
    given["country"] = country_meant()
    if not isinstance(fitted, bool):
        raise TypeError(f"fitted is {shown(fitted)}: it must be True or False.")
    if posterior is not None and not isinstance(posterior, (str, Path)):
        raise TypeError(f"posterior is {shown(posterior)}: it must be a folder.")
    read = read_scenario(scenario)
    found = find(given.pop("innovations", None) or read.innovations)
    draws, _ = fitted_for(None if posterior is None else Path(posterior), not fitted, found)
    return planned(
        scenario, seed=seed, changes=given.pop("set", None), innovations=found, fitted=draws, **{**others, **given}
    )


@_with_settings
def simulate(scenario: Given = USUAL, *, seed: int = SEED, events: bool = False, **settings: Unpack[Settings]) -> Run:
    """Return one run: the same arguments give the same numbers, exactly.

    Arguments: `scenario`, a name (`carespread scenarios`), a path, the text of a file or a `Scenario`; `seed`, 0 to
    2**63 - 100,001; `events`, whether to keep every change of stage with what decided it (`run.events`); and the
    settings by name:

    - `set`: parameters, levers, switches and own numbers of an innovation, {"grant": 0.4, "dscr.imitation": 0.02};
    - `innovations`: names or paths to files; `providers`: 50 to 1,000,000 or "all"; `months`: 1 to 1200;
    - `parameters`, `policy`, `switches`: all numbers at once, by `Parameters.of(...)` and so on; `set` goes before;
    - `groups`: dimensions that the monthly table tells apart; `population`, `network`: providers and ties of one's own;
    - `fitted`: False leaves fitted numbers at the medians of their priors; `posterior`: a folder of draws;
    - `country`: whose providers, groups and innovations are meant, England if not given.

    Returns a `Run`: `run.monthly` has a row a month, innovation and group, `run.events` a row a change of stage.
    Raises BadInputError with one sentence where a value cannot be, TypeError where an object is of another kind.

    >>> run = simulate("central", providers=100, months=12, seed=1, set={"grant": 0.4})
    >>> run.monthly.shape[0]  # 4 innovations, the start and 12 months
    52
    """
    plan = plan_of(scenario, seed, settings, replications=1, groups=())
    return run_of(inputs_of(plan, plan.seed), plan.seed, events=events)


class Ensemble:
    """Replications of one scenario: the tables of `carespread run`, a summary and figures."""

    def __init__(self, results: Results) -> None:
        """Hold what the runs left."""
        self.results = results

    @property
    def runs(self) -> pd.DataFrame:
        """A row a run: its seed, whether it failed and why, and its outcomes."""
        return self.results.runs

    @property
    def monthly(self) -> pd.DataFrame:
        """A row a run (`replication`), month, innovation and group; units as in a results folder."""
        return self.results.monthly

    @property
    def events(self) -> pd.DataFrame:
        """A row a run and change of stage. Raises BadInputError where the runs kept none."""
        if self.results.events is None:
            raise BadInputError("These runs kept no events: ask for them with replicate(..., events=True).")
        return self.results.events

    @property
    def made_by(self) -> dict[str, Any]:
        """What must be known to make the same runs again."""
        return self.results.made_by

    def summary(self) -> pd.DataFrame:
        """Return a row an innovation and outcome: unit, mean and quantiles over the runs that ended."""
        return summary_table(self.results)

    def plot(self, innovation: str | None = None) -> Figure:
        """Return the figure of use over time and of the journey by stage, of the first innovation if none is named."""
        from carespread.results.figures.adoption import adoption_drawing

        known = list(self.made_by["innovations"])
        name = known[0] if innovation is None else innovation
        if name not in known:
            raise BadInputError(f"The innovation {shown(name)} is not in these runs: {nearest(str(name), known)}")
        with country_of(self.made_by["country"]):
            return adoption_drawing(self.results, name).figure

    def to_xarray(self) -> Any:
        """Return the monthly table as an xarray.Dataset over replication, month, innovation and group, with units.

        Raises BadInputError where xarray is not installed.
        """
        return dataset(self.monthly.drop(columns="design"), made_by=json.dumps(self.made_by, default=str))

    def keep(self, folder: str | Path) -> Path:
        """Write the results folder that `carespread run --out` writes, and return it; it must not exist yet."""
        with country_of(self.made_by["country"]):
            return keep(self.results, free_folder(Path(folder)), ["carespread.replicate"])

    def __repr__(self) -> str:
        """Return what it holds, in one line."""
        made, failed = self.made_by, int(self.made_by["failed"])
        return (
            f"<{made['replications']} runs of {made['scenario']}, {made['providers']:,} providers,"
            f" {made['months']} months{f', {failed} failed' if failed else ''}>"
        )


@_with_settings
def replicate(
    scenario: Given = USUAL,
    n: int = REPLICATIONS,
    *,
    seed: int = SEED,
    events: bool = False,
    workers: int | None = None,
    **settings: Unpack[Settings],
) -> Ensemble:
    """Return `n` runs of a scenario (1 to 100,000), with the seeds `seed`, `seed` + 1, ...

    The numbers are those of `carespread run` with the same scenario, settings and seed, whatever the number of threads
    (`workers`; None is all cores). Settings are those of `simulate`. A run that fails is a row of `.runs` with its
    traceback, and a warning says so. Raises BadInputError where a value cannot be, TypeError where an object is of
    another kind.

    >>> runs = replicate("central", n=3, providers=100, months=12, set={"grant": 0.4})
    >>> runs.runs["seed"].tolist()
    [1, 2, 3]
    >>> runs.summary().query("outcome == 'using_share'")["innovation"].tolist()[0]
    'dscr'
    """
    plan = plan_of(scenario, seed, settings, replications=n, events=events)
    return ensembles([plan], workers)[0]


def ensembles(plans: Sequence[Plan], workers: int | None) -> list[Ensemble]:
    """Return the runs of plans, seed by seed side by side, and say where some failed."""
    made = replicate_all(plans, workers)
    for plan, results in zip(plans, made, strict=True):
        if failed := int(results.made_by["failed"]):
            says = f"{failed} of {plan.replications} runs failed: their tracebacks stand in .runs['error']."
            warnings.warn(says, stacklevel=4)  # whoever asked for runs
    return [Ensemble(results) for results in made]


@_with_settings
def contrast(
    baseline: Given,
    scenario: Given,
    n: int = REPLICATIONS,
    *,
    seed: int = SEED,
    workers: int | None = None,
    **settings: Unpack[Settings],
) -> pd.DataFrame:
    """Return pairs of runs of two scenarios under common random numbers, one row a pair.

    Pair k has the seed `seed` + k on both sides: what differs is what the scenarios differ in. Each outcome X has three
    columns, `X_baseline`, `X_scenario` and `X_difference` (scenario less baseline), in the unit of `.runs`; a side that
    failed is empty. Settings are those of `simulate` and hold on both sides; where no innovations are named, both
    have the baseline's. Raises BadInputError where a value cannot be or the scenarios have other months, TypeError
    where an object is of another kind.

    >>> pairs = contrast("central", "lever_grant", n=2, providers=100, months=24)
    >>> pairs[["seed", "scenario"]].values.tolist()
    [[1, 'lever_grant'], [2, 'lever_grant']]
    """
    sides = [read_scenario(one) for one in (baseline, scenario)]
    refuse_unlike(sides, settings.get("months"))
    settings["innovations"] = settings.get("innovations") or sides[0].innovations
    import pandas as pd

    plans = [plan_of(one, seed, settings, replications=n) for one in (baseline, scenario)]
    first, second = (one.runs for one in ensembles(plans, workers))
    outcomes = [name for name in first if name in second and name not in OF_A_RUN]
    columns = {
        "pair": first["replication"],
        "seed": first["seed"],
        "baseline": sides[0].name,
        "scenario": sides[1].name,
    }
    for name in outcomes:
        columns |= {
            f"{name}_baseline": first[name],
            f"{name}_scenario": second[name],
            f"{name}_difference": second[name] - first[name],
        }
    return pd.DataFrame(columns)
