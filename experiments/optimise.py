"""Searches the portfolio of levers that does most for a budget, and checks it on seeds that it has not seen."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import Lever, Policy
from carespread.model.declare import entries
from carespread.model.extras import needs
from carespread.model.groups import targets
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario, scenario_names
from carespread.model.simulate import simulate
from carespread.results.figures.drawing import Drawing
from carespread.results.statistics import decision
from carespread.results.statistics.outcomes import arrays_of, outcome_name, run_outcomes
from carespread.results.store.summary import text_table

from .limits import BUDGET, PROVIDERS, SMALL_SEED, TRIALS, WORKERS, checked
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .run import Plan, inputs_of, planned, threads
from .store import Progress, claimed, counted, workspace

MOST_LEVERS = 3
"""Levers in a portfolio: more could not be told apart by so few runs, nor run by anybody."""
STEPS = 4
"""Strengths of a lever: quarters of its most."""
MOST = {"campaign": 0.04, "evidence_synthesis": 80.0, "mandate": 0.4, "movement_building": 0.1, "training": 0.06}
"""Strengths beyond which a lever is not searched, where its declared limit is further than anybody would go."""
GROUPS = ("all", "small", "large", "nursing", "residential", "homecare", "below-good")
SCENARIO = "central"
FIRST, LAST = "2027-01", "2029-12"
POPULATION = 32
IDLE = 0.01
"""Share of the benefit, and points of the gap, that a lever must add to be worth its place."""
NOTHING = "nothing"
SEEDS, FRESH = 4, 20
"""Seeds of the search, and fresh ones on which its front is judged."""
JOURNAL = "trials.journal"


class Measured(NamedTuple):
    """What a portfolio did against the baseline, by seed, each of shape (seeds,)."""

    outcome: np.ndarray
    """Person-months of full benefit, England, whole run."""
    cost: np.ndarray
    """Public GBP."""
    gap: np.ndarray
    """Points by which larger organisations use innovations more than small ones, mean of innovations, at the end."""


def searched() -> dict[str, float]:
    """Return the levers that are searched, with their most; what costs the public nothing has no place in a budget."""
    known = entries(Policy)
    return {
        name: MOST.get(name, entry.about.high)
        for name, entry in known.items()
        if entry.about.unit_cost or name == "grant"
    }


def portfolio_of(trial: Any) -> tuple[Lever, ...]:
    """Return the portfolio that a trial proposes: up to three levers, each once, with its strength and group."""
    most = searched()
    levers: dict[str, Lever] = {}
    for slot in range(MOST_LEVERS):
        name = trial.suggest_categorical(f"lever_{slot}", [NOTHING, *most])
        quarter = trial.suggest_int(f"quarter_{slot}", 1, STEPS)
        group = trial.suggest_categorical(f"group_{slot}", list(GROUPS))
        if name != NOTHING and name not in levers:
            levers[name] = Lever(name, most[name] * quarter / STEPS, FIRST, LAST, group)
    return tuple(levers[name] for name in sorted(levers))


def said_of(levers: Sequence[Lever]) -> str:
    """Return a portfolio in words."""
    if not levers:
        return NOTHING
    return " + ".join(f"{one.name.replace('_', ' ')} {one.strength:g} ({one.group})" for one in levers)


class Laboratory:
    """Runs portfolios with the random draws of the baseline; each is run once for each set of seeds."""

    def __init__(
        self,
        providers: int,
        months: int | None,
        seeds: Sequence[int],
        workers: int | None = None,
        fitted: Fitted | None = None,
    ) -> None:
        """Run the baseline, the central scenario, with every seed and its draw of what was `fitted`."""
        self.plan: Plan = planned(read_scenario(SCENARIO), providers=providers, months=months, groups=(), fitted=fitted)
        self.seeds = tuple(seeds)
        self.pool = ThreadPoolExecutor(workers or threads())
        self.made: dict[tuple[Lever, ...], Measured] = {}
        self.baseline = self._raw(())

    def _raw(self, levers: tuple[Lever, ...]) -> np.ndarray:
        conditions = self.plan.conditions._replace(levers=(*self.plan.conditions.levers, *levers))
        plan = self.plan._replace(inputs=self.plan.inputs.replaced(conditions=conditions))
        return np.array(list(self.pool.map(partial(self._one, plan), self.seeds)))

    @staticmethod
    def _one(plan: Plan, seed: int) -> tuple[float, float, float]:
        inputs = inputs_of(plan, seed)
        run = simulate(inputs, seed)
        made = run_outcomes(run, arrays_of(run))
        gaps = [made[outcome_name("small_provider_gap", one.name)] for one in inputs.innovations]
        return made["outcome_all"], made["cost_public_all"], float(np.mean(gaps))

    def measure(self, levers: tuple[Lever, ...]) -> Measured:
        """Return what a portfolio does against the baseline with common random numbers."""
        if levers not in self.made:
            change = self._raw(levers) - self.baseline
            self.made[levers] = Measured(change[:, 0], change[:, 1], change[:, 2])
        return self.made[levers]


def search(
    laboratory: Laboratory,
    budget: float,
    trials: int,
    seed: int,
    journal: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[Lever, ...]]:
    """Return the portfolios on the Pareto front of the search: most outcome, smallest gap, within the budget.

    NSGA-II of Optuna; trials are kept in a journal, so that a search that was killed goes on.
    """
    needs("optuna", "optimise")
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        measured = laboratory.measure(portfolio_of(trial))
        trial.set_user_attr("over", float(measured.cost.mean() - budget))
        trial.set_user_attr("harm", float(-measured.outcome.mean()))
        return float(measured.outcome.mean()), float(measured.gap.mean())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna 5 has a new name for constraints, which Optuna 4 does not know
        sampler = optuna.samplers.NSGAIISampler(
            population_size=POPULATION,
            seed=seed,
            constraints_func=lambda trial: (trial.user_attrs["over"], trial.user_attrs["harm"]),
        )
    study = optuna.create_study(
        directions=["maximize", "minimize"],
        sampler=sampler,
        storage=JournalStorage(JournalFileBackend(str(journal))),
        study_name=f"budget {budget:g}",
        load_if_exists=True,
    )
    done = len([one for one in study.trials if one.state.is_finished()])
    if done == 0:
        study.enqueue_trial({f"lever_{slot}": NOTHING for slot in range(MOST_LEVERS)})
    for number in range(done, trials):
        study.optimize(objective, n_trials=1)
        if progress is not None:
            progress(number + 1, trials)
    front = {}
    for trial in study.best_trials:
        if trial.user_attrs["over"] <= 0 and trial.user_attrs["harm"] <= 0:
            front[without_idle(laboratory, portfolio_of(optuna.trial.FixedTrial(trial.params)))] = True
    return list(front)


def without_idle(laboratory: Laboratory, levers: tuple[Lever, ...]) -> tuple[Lever, ...]:
    """Return a portfolio without the levers that add nothing to it, neither benefit nor a smaller gap."""
    for lever in levers:
        rest = tuple(one for one in levers if one != lever)
        whole, less = laboratory.measure(levers), laboratory.measure(rest)
        if less.outcome.mean() >= whole.outcome.mean() * (1 - IDLE) and less.gap.mean() <= whole.gap.mean() + IDLE:
            return without_idle(laboratory, rest)
    return levers


def handmade() -> dict[str, tuple[Lever, ...]]:
    """Return the levers of the scenarios that come with the model and pull some."""
    found = {}
    for name in scenario_names():
        if name.startswith("lever_"):
            found[name] = read_scenario(name).conditions.levers
    return found


def judged(
    found: dict[str, tuple[Lever, ...]], searched_in: Laboratory | None, fresh: Laboratory, budget: float
) -> pd.DataFrame:
    """Return each portfolio on fresh seeds: outcome and gap with intervals, cost, whether it keeps the budget, and what
    the search had promised.
    """
    rows = []
    for name, levers in found.items():
        measured = fresh.measure(levers)
        outcome, gap = decision.paired_interval(measured.outcome), decision.paired_interval(measured.gap)
        cost = decision.paired_interval(measured.cost)
        promised = searched_in.measure(levers).outcome.mean() if searched_in is not None else math.nan
        rows.append(
            {
                "name": name,
                "portfolio": said_of(levers),
                "outcome": outcome.mean,
                "outcome_low": outcome.low,
                "outcome_high": outcome.high,
                "gap": gap.mean,
                "gap_low": gap.low,
                "gap_high": gap.high,
                "cost": cost.mean,
                "within_budget": bool(cost.mean <= budget),
                "promised": promised,
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("outcome", ascending=False, ignore_index=True)


def pareto(table: pd.DataFrame) -> pd.Series:
    """Return which rows no other row within the budget beats on both outcome and gap."""
    kept = []
    for row in table.itertuples():
        others = table[table["within_budget"]]
        beaten = (
            (others["outcome"] >= row.outcome) & (others["gap"] <= row.gap)
            & ((others["outcome"] > row.outcome) | (others["gap"] < row.gap))
        )  # fmt: skip
        kept.append(bool(row.within_budget) and not beaten.any())
    return pd.Series(kept, index=table.index)


assert set(GROUPS) <= set(targets())


@checked
def optimise(
    budget: Annotated[float, BUDGET],
    *,
    trials: Annotated[int, TRIALS] = 300,
    providers: Annotated[int | str, PROVIDERS] = 1000,
    seed: Annotated[int, SMALL_SEED] = 1,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Search for the levers and target groups that give most benefit, and the smallest gap, for a budget in GBP.

    Returns the tables `front` (a row a portfolio, judged on fresh seeds) and `hand_made` (the shipped scenarios beside
    it); nothing is written without `out`. Raises BadInputError on values beyond their limits.

    >>> optimise(20e6, trials=20, providers=100).tables["front"]  # doctest: +SKIP
    """
    needs("optuna", "optimise")
    fitted, grounds = asked_posterior(posterior, prior, read_scenario(SCENARIO).innovations)
    size, folder = checked_size(providers), claimed(out, "optimise", resume)
    searching = Laboratory(size, None, range(seed, seed + SEEDS), workers, fitted)
    known = None if fitted is None else fitted.described()["sha256"]
    design = {"budget": budget, "providers": size, "seed": seed, "posterior": known}
    with workspace(folder, "optimise", design=design) as place:
        front = search(searching, budget, trials, seed, place / JOURNAL, counted(progress, "portfolios"))
    judging = Laboratory(size, None, range(seed + SEEDS, seed + SEEDS + FRESH), workers, fitted)
    found = judged({f"found {number}": levers for number, levers in enumerate(front, 1)}, searching, judging, budget)
    hand = judged(handmade(), None, judging, budget)
    found["on_front"] = pareto(found)
    foot = (
        f"Searched: {trials:,} portfolios on {SEEDS} seeds; judged on {FRESH} fresh seeds, {size:,} organisations,"
        f" {searching.plan.months} months. {grounds} Levers from 2027 to 2029; strengths and unit costs are"
        " assumptions."
    )

    def drawings() -> list[Drawing]:
        from carespread.results.figures.optimisation import optimised_drawing

        return [optimised_drawing(found, hand, budget, foot)]

    tables = {"front": found, "hand_made": hand}
    result = Result(
        words_of(found, hand, budget, judging, front, foot),
        rows_of(found),
        tables,
        drawings,
        record={"budget": budget, "trials": trials, "design": design, "how": foot},
    )
    return result if folder is None else kept(result, folder, "optimise", exact=tables)


def words_of(
    found: pd.DataFrame,
    hand: pd.DataFrame,
    budget: float,
    judging: Laboratory,
    front: list[tuple[Lever, ...]],
    foot: str,
) -> str:
    """Return the front as a short table, and how it stands beside what hands have made."""
    shown = found[found["on_front"]].head(8)
    rows = [
        (
            row.portfolio,
            f"{row.outcome:+,.0f}",
            f"({row.outcome_low:+,.0f} to {row.outcome_high:+,.0f})",
            f"{row.gap:+.2f}",
            f"{row.cost / 1e6:,.1f}",
            f"{row.promised:+,.0f}",
        )
        for row in shown.itertuples()
    ]
    head = ("portfolio", "extra benefit", "(95 %)", "gap, points", "public GBP m", "the search had said")
    lines = [f"What does most for GBP {budget:,.0f} of public money?", "", text_table(head, rows), ""]
    lost = found["within_budget"].eq(False).sum()
    if lost:
        lines.append(f"{lost} of {len(found)} portfolios of the search cost more than the budget on fresh seeds.")
    affordable = hand[hand["within_budget"]]
    if len(affordable) and len(shown):
        rival, best = affordable.iloc[0], shown.iloc[0]
        levers = {f"found {number}": one for number, one in enumerate(front, 1)}[best["name"]]
        change = decision.paired_interval(
            judging.measure(levers).outcome - judging.measure(handmade()[rival["name"]]).outcome
        )
        verdict = "more than" if change.low > 0 else "less than" if change.high < 0 else "not told apart from"
        lines.append(
            f"The best is {verdict} the best hand-made scenario in the budget, {rival['name']}:"
            f" {change.mean:+,.0f} person-months ({change.low:+,.0f} to {change.high:+,.0f})."
        )
    return "\n".join([*lines, foot])
