"""Lets a user of the EMA workbench drive the model: uncertainties, levers and outcomes as the workbench has them.

Needs the extra `ema`. The workbench draws evenly between two ends, so a prior is cut to its 5th and 95th percentile;
studies over whole priors are `carespread sensitivity` and `carespread discover`.

    from ema_workbench import SequentialEvaluator
    from experiments.ema import ema_model

    with SequentialEvaluator(ema_model("central", providers=500, replications=4)) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=100, policies=4)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from carespread.model import BadInputError, Policy
from carespread.model.declare import entries, nearest
from carespread.model.scenario import read_scenario
from carespread.results.store.tables import OF_A_RUN, units_of_runs

from .factors import uncertain
from .points import quantiles_of
from .run import described, one_run, planned

ENDS = (0.05, 0.95)
OUTCOMES = ("using_share_all", "kept_share_all", "outcome_all", "cost_total_all", "small_provider_gap_all")


def ema_model(
    scenario: str = "central",
    *,
    uncertainties: Sequence[str] = (),
    levers: Sequence[str] = ("grant", "training", "brokerage"),
    outcomes: Sequence[str] = OUTCOMES,
    providers: int = 500,
    months: int | None = None,
    replications: int = 4,
    seed: int = 1,
) -> Any:
    """Return an `ema_workbench.Model` of a scenario: outcomes are means over `replications` seeds, the same each time.

    All uncertain parameters are uncertainties if none is named. Raises BadInputError on unknown names, and where the
    workbench is not installed.
    """
    try:
        from ema_workbench import Model, RealParameter, ScalarOutcome
    except ImportError:
        raise BadInputError("The EMA workbench is not installed: pip install 'carespread[ema]'.") from None
    asked = read_scenario(scenario)
    settings: dict[str, Any] = {"providers": providers, "months": months, "seed": seed, "groups": ()}
    plan = planned(asked, replications=replications, **settings)
    known = [name for name in units_of_runs(described(plan, None)) if name not in OF_A_RUN]  # type: ignore[arg-type]
    for what, names, every in (
        ("parameter", uncertainties, uncertain()),
        ("lever", levers, list(entries(Policy))),
        ("outcome", outcomes, known),
    ):
        for name in names:
            if name not in every:
                raise BadInputError(f"Unknown {what} {name!r}: {nearest(name, every)}")

    def run(**values: float) -> dict[str, float]:
        own = planned(asked, replications=replications, changes=values, **settings)
        made = [one_run(own, number) for number in range(replications)]
        failed = next((one for one in made if one.error), None)
        if failed is not None:
            raise RuntimeError(failed.error)
        return {name: float(np.mean([one.outcomes[name] for one in made])) for name in outcomes}

    model = Model("carespread", function=run)
    model.uncertainties = [
        RealParameter(name, *quantiles_of(name, "prior", np.array(ENDS)).tolist())
        for name in (uncertainties or [name for name in uncertain() if name not in asked.changes])
    ]
    model.levers = [
        RealParameter(name, entries(Policy)[name].about.low, entries(Policy)[name].about.high) for name in levers
    ]
    model.outcomes = [ScalarOutcome(name) for name in outcomes]
    return model
