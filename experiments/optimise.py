"""Searches the portfolio of levers that does most for a budget, and checks it on seeds that it has not seen."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError, Lever, Parameters, Policy
from carespread.model.conditions import months_between
from carespread.model.declare import entries
from carespread.model.extras import needs
from carespread.model.groups import targets
from carespread.model.past import Past
from carespread.model.population.country import country_meant
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario, scenario_names
from carespread.model.version import RESULTS_VERSION
from carespread.results.figures.drawing import Drawing
from carespread.results.money import MILLION, assumed_words, range_words, signed, two_digits
from carespread.results.statistics import decision
from carespread.results.statistics.appraisal import (
    PAYERS,
    TOTALS,
    Appraised,
    Assumptions,
    accounts,
    appraised,
    by_year,
)
from carespread.results.statistics.outcomes import arrays_of, outcome_name, run_outcomes
from carespread.results.store.summary import text_table
from carespread.results.words import commas, listed, plain, rounded

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
MOST = {
    "campaign": 0.04, "evidence_synthesis": 80.0, "fair_pay": 0.06, "mandate": 0.4, "movement_building": 0.1,
    "training": 0.06,
}  # fmt: skip
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
OVER = ("over", "over_public", "harm")
"""What must not be above 0: cost beyond the budgets, and benefit lost."""
MOST_POUNDS = 1e15
ENOUGH = 0.9
"""Share of a budget from which it counts as used."""


class Limits(NamedTuple):
    """What a portfolio may cost, GBP, present value with optimism bias; None leaves it open."""

    total: float | None
    """Public and providers' cost together."""
    public: float | None

    @property
    def words(self) -> str:
        """What may be spent, in a sentence."""
        parts = [
            f"GBP {limit:,.0f} {of}"
            for limit, of in ((self.total, "in all"), (self.public, "of public money"))
            if limit is not None
        ]
        return " and ".join(parts)

    def over(self, measured: Measured) -> tuple[float, float]:
        """Return by how much a portfolio costs more than it may, in all and of public money; 0 or less where it keeps
        within.
        """
        costs = float(measured.money.total.mean()), float(measured.money.public.mean())
        return (
            costs[0] - (math.inf if self.total is None else self.total),
            costs[1] - (math.inf if self.public is None else self.public),
        )


class Measured(NamedTuple):
    """What a portfolio did against the baseline, by seed."""

    money: Appraised
    """Benefit, uses and who pays, as `compare` has them: present values, each of shape (seeds,)."""
    gap: np.ndarray
    """Points by which larger organisations use innovations more than small ones, mean of innovations, at the end."""

    @property
    def outcome(self) -> np.ndarray:
        """Person-months of full benefit, England, whole run, present value."""
        return self.money.outcome


PAID_BY_FEES = {"pay_funded": 1.0}
FUNDED = "fair_pay"
"""A lever that a search has public money pay for: fees meet the wages."""
OBLIGATIONS = ("mandate", "commissioner_requirement", "enforcement")
"""Levers that oblige providers: most of what they cost is paid by those who must obey."""


def searched(obligations: bool = True) -> dict[str, float]:
    """Return the levers that are searched, with their most."""
    return {
        name: MOST.get(name, entry.about.high)
        for name, entry in entries(Policy).items()
        if obligations or name not in OBLIGATIONS
    }


class Open(NamedTuple):
    """What a search may pull, and what it may not."""

    most: dict[str, float]
    """Levers with their most."""
    inert: tuple[str, ...] = ()
    """Levers that move nothing that is counted, at their most, alone and for everybody."""
    dear: Mapping[str, Appraised] = MappingProxyType({})
    """Levers whose least strength costs more than the budget already, with what they come to."""


def opened(laboratory: Laboratory, limits: Limits, obligations: bool = True) -> Open:
    """Return which levers can have a place in a portfolio, each tried alone for all organisations."""
    most, inert, dear = searched(obligations), [], {}
    for name, strength in list(most.items()):
        whole = laboratory.measure((Lever(name, strength, FIRST, LAST),))
        if not any(np.any(one) for one in (whole.money.outcome, whole.money.uses, whole.gap)):
            inert.append(name)
            del most[name]
        elif max(limits.over(whole)) > 0:
            # what is for all may be dear where what is for some is not
            least = [laboratory.measure((Lever(name, strength / STEPS, FIRST, LAST, group),)) for group in GROUPS]
            if all(max(limits.over(one)) > 0 for one in least):
                dear[name] = min((one.money for one in least), key=lambda money: float(money.total.mean()))
                del most[name]
    return Open(most, tuple(inert), dear)


def closed_words(levers: Open) -> list[str]:
    """Return which levers are not searched, and why."""
    lines = []
    if levers.inert:
        lines.append(
            f"Not searched, since they move nothing here even at their most: {listed(map(plain, levers.inert))}."
        )
    for name, money in levers.dear.items():
        what = f"{plain(name)}, met by fees," if name == FUNDED else plain(name)
        least = two_digits(float(money.total.mean()) / MILLION)
        lines.append(f"Not searched: {what} costs GBP {commas(least)} million at the least, more than the budget.")
    return lines


def portfolio_of(trial: Any, most: Mapping[str, float]) -> tuple[Lever, ...]:
    """Return the portfolio that a trial proposes: up to three levers, each once, with its strength and group."""
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
        self.made: dict[tuple[tuple[Lever, ...], bool], Measured] = {}
        self.pasts = dict(zip(self.seeds, self.pool.map(self._past, self.seeds), strict=True))
        self.baseline = self._raw(())

    def _past(self, seed: int) -> Past:
        """Return the run with a seed up to the month in which every portfolio begins."""
        past = Past.of(inputs_of(self.plan, seed), seed)
        past.advance(min(self.plan.months, months_between(self.plan.conditions.start, FIRST)))
        return past

    def _raw(self, levers: tuple[Lever, ...], funded: bool = False) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return sums by year, by part, and uses, sites and gap of each seed."""
        conditions = self.plan.conditions._replace(levers=(*self.plan.conditions.levers, *levers))
        plan = self.plan._replace(inputs=self.plan.inputs.replaced(conditions=conditions))
        if funded:
            parameters = Parameters.of(**{**plan.parameters._asdict(), **PAID_BY_FEES})
            inputs = plan.inputs.replaced(parameters=parameters)
            plan = plan._replace(inputs=inputs, changes={**plan.changes, **PAID_BY_FEES})
        made = list(self.pool.map(partial(self._one, plan), self.seeds))
        parts = {name: np.array([yearly[name] for yearly, _ in made]) for name in made[0][0]}
        return parts, np.array([ends for _, ends in made])

    def _one(self, plan: Plan, seed: int) -> tuple[dict[str, np.ndarray], tuple[float, float, float]]:
        inputs, past = inputs_of(plan, seed), self.pasts[seed]
        run = past.fork(inputs, past.ahead(inputs))
        arrays = arrays_of(run)
        made = run_outcomes(run, arrays)
        known = [name for name in ("outcome", *PAYERS, *TOTALS) if name in arrays]
        yearly = {name: by_year(np.asarray(arrays[name], float)[:, 0].sum(axis=1)) for name in known}
        names = [one.name for one in inputs.innovations]
        uses, sites = (sum(made[outcome_name(what, one)] for one in names) for what in ("users", "user_sites"))
        gap = np.mean([made[outcome_name("small_provider_gap", one)] for one in names])
        return yearly, (uses, sites, float(gap))

    def measure(self, levers: tuple[Lever, ...], funded: bool = True) -> Measured:
        """Return what a portfolio does against the baseline with common random numbers; with `funded` fees meet what
        fair pay costs.
        """
        known = levers, funded and any(lever.name == FUNDED for lever in levers)
        if known not in self.made:
            (usual, was), (yearly, ends) = self.baseline, self._raw(*known)
            change = {name: yearly[name] - usual[name] for name in yearly}
            uses, sites, gap = (ends - was).T
            money = appraised(change.pop("outcome"), accounts(change), uses, sites)
            self.made[known] = Measured(money, gap)
        return self.made[known]


def search(
    laboratory: Laboratory,
    limits: Limits,
    trials: int,
    seed: int,
    journal: Path,
    most: Mapping[str, float],
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[Lever, ...]]:
    """Return the portfolios on the Pareto front of the search: most outcome, smallest gap, within the limits.

    NSGA-II of Optuna; trials are kept in a journal, so that a search that was killed goes on.
    """
    needs("optuna", "optimise")
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        measured = laboratory.measure(portfolio_of(trial, most))
        for name, over in zip(OVER, (*limits.over(measured), float(-measured.outcome.mean())), strict=True):
            trial.set_user_attr(name, max(over, -MOST_POUNDS))  # a journal knows no infinity
        return float(measured.outcome.mean()), float(measured.gap.mean())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna 5 has a new name for constraints, which Optuna 4 does not know
        sampler = optuna.samplers.NSGAIISampler(
            population_size=POPULATION,
            seed=seed,
            constraints_func=lambda trial: [trial.user_attrs[name] for name in OVER],
        )
    study = optuna.create_study(
        directions=["maximize", "minimize"],
        sampler=sampler,
        storage=JournalStorage(JournalFileBackend(str(journal))),
        study_name=limits.words,
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
        if all(trial.user_attrs[name] <= 0 for name in OVER):
            found = portfolio_of(optuna.trial.FixedTrial(trial.params), most)
            front[without_idle(laboratory, found)] = True
    return list(front)


def without_idle(laboratory: Laboratory, levers: tuple[Lever, ...]) -> tuple[Lever, ...]:
    """Return a portfolio without the levers that add nothing to it, neither benefit nor a smaller gap."""
    for lever in levers:
        rest = tuple(one for one in levers if one != lever)
        whole, less = laboratory.measure(levers), laboratory.measure(rest)
        if less.outcome.mean() >= whole.outcome.mean() * (1 - IDLE) and less.gap.mean() <= whole.gap.mean() + IDLE:
            return without_idle(laboratory, rest)
    return levers


def handmade(obligations: bool = True) -> dict[str, tuple[Lever, ...]]:
    """Return the levers of the scenarios that come with the model and pull some."""
    found = {}
    for name in scenario_names():
        if name.startswith("lever_"):
            levers = read_scenario(name).conditions.levers
            if obligations or not {lever.name for lever in levers} & {*OBLIGATIONS}:
                found[name] = levers
    return found


def judged(
    found: dict[str, tuple[Lever, ...]],
    searched_in: Laboratory | None,
    fresh: Laboratory,
    limits: Limits,
    funded: bool = True,
) -> pd.DataFrame:
    """Return each portfolio on fresh seeds: outcome and gap with 95 % intervals of the mean, who pays, whether it keeps
    within the limits, and what the search had promised.
    """
    rows = []
    for name, levers in found.items():
        measured = fresh.measure(levers, funded)
        outcome, gap = decision.paired_interval(measured.outcome), decision.paired_interval(measured.gap)
        uses = decision.paired_interval(measured.money.uses)
        promised = searched_in.measure(levers).outcome.mean() if searched_in is not None else math.nan
        costs = {who: float(getattr(measured.money, who).mean()) for who in ("public", "provider", "total")}
        rows.append(
            {
                "name": name,
                "portfolio": said_of(levers),
                **dict(zip(("outcome", "outcome_low", "outcome_high"), outcome, strict=False)),
                "uses": uses.mean,
                **dict(zip(("gap", "gap_low", "gap_high"), gap, strict=False)),
                **{f"cost_{who}": cost for who, cost in costs.items()},
                "cost_per_person_month": costs["total"] / outcome.mean if outcome.low > 0 else math.nan,
                "obliges": any(lever.name in OBLIGATIONS for lever in levers),
                "within_budget": max(limits.over(measured)) <= 0,
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
    budget: Annotated[float | None, BUDGET] = None,
    *,
    public_budget: Annotated[float | None, BUDGET] = None,
    no_obligations: bool = False,
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

    `budget` is for public and providers' cost together, `public_budget` for public money alone: one of them or both.
    With `no_obligations` nothing is searched that obliges providers. Fees meet what fair pay costs in a search; what
    moves nothing, or costs more than the budget at its least, is not searched, and `text` says so. Costs are present
    values with optimism bias, as in `compare`. Returns the tables `front` (a row a portfolio, judged on fresh seeds)
    and `hand_made` (the shipped scenarios beside it); nothing is written without `out`. Raises BadInputError on values
    beyond their limits, and without a budget.

    >>> optimise(20e6, trials=20, providers=100).tables["front"]  # doctest: +SKIP
    """
    needs("optuna", "optimise")
    if budget is None and public_budget is None:
        raise BadInputError(
            "No budget was given: name --budget for all that is spent, --public-budget for public money, or both."
        )
    limits = Limits(budget, public_budget)
    fitted, grounds = asked_posterior(posterior, prior, read_scenario(SCENARIO).innovations)
    size, folder = checked_size(providers), claimed(out, "optimise", resume)
    searching = Laboratory(size, None, range(seed, seed + SEEDS), workers, fitted)
    known = None if fitted is None else fitted.described()["sha256"]
    # Optuna goes on only among the same choices, and what was measured by another version is another objective
    design = {
        "budget": budget, "public_budget": public_budget, "no_obligations": no_obligations, "providers": size,
        "seed": seed, "posterior": known, "country": country_meant(), "levers": searched(not no_obligations),
        "groups": GROUPS, "results_version": RESULTS_VERSION,
    }  # fmt: skip
    with workspace(folder, "optimise", design=design) as place:
        levers = opened(searching, limits, not no_obligations)
        front = search(searching, limits, trials, seed, place / JOURNAL, levers.most, counted(progress, "portfolios"))
        judging = Laboratory(size, None, range(seed + SEEDS, seed + SEEDS + FRESH), workers, fitted)
        found = judged(
            {f"found {number}": levers for number, levers in enumerate(front, 1)}, searching, judging, limits
        )
        hand = judged(handmade(not no_obligations), None, judging, limits, funded=False)
        found["on_front"] = pareto(found)
        foot = (
            f"Searched: {trials:,} portfolios on {SEEDS} seeds; judged on {FRESH} fresh seeds, {size:,} organisations,"
            f" {searching.plan.months} months. {assumed_words(Assumptions())} {grounds} Levers from 2027 to 2029;"
            " strengths and unit costs are assumptions."
        )

        def drawings() -> list[Drawing]:
            from carespread.results.figures.optimisation import optimised_drawing

            return [optimised_drawing(found, hand, limits.words, foot)]

        tables = {"front": found, "hand_made": hand}
        result = Result(
            words_of(found, hand, limits, judging, front, foot, closed_words(levers)),
            rows_of(found),
            tables,
            drawings,
            record={
                **design,
                "trials": trials,
                "design": design,
                "how": foot,
                "searched": levers.most,
                "inert": levers.inert,
                "beyond_budget": sorted(levers.dear),
            },
        )
        return result if folder is None else kept(result, folder, "optimise", exact=tables)


def words_of(
    found: pd.DataFrame,
    hand: pd.DataFrame,
    limits: Limits,
    judging: Laboratory,
    front: list[tuple[Lever, ...]],
    foot: str,
    closed: Sequence[str] = (),
) -> str:
    """Return the front as a short table, who pays, and how it stands beside what hands have made."""
    shown = found[found["on_front"]].head(8)
    rows = [
        (
            row.portfolio,
            signed(rounded(row.outcome, row.outcome_low, row.outcome_high)),
            f"({range_words(row.outcome, row.outcome_low, row.outcome_high)})",
            signed(rounded(row.gap, row.gap_low, row.gap_high)),
            *(f"{cost / MILLION:,.1f}" for cost in (row.cost_public, row.cost_provider, row.cost_total)),
            "" if math.isnan(row.cost_per_person_month) else commas(two_digits(row.cost_per_person_month)),
            signed(rounded(row.promised, row.outcome_low, row.outcome_high)),
        )
        for row in shown.itertuples()
    ]
    head = ("portfolio", "extra person-months", "(95 %)", "gap, points", "public GBP m", "providers GBP m",
            "total GBP m", "GBP a person-month", "the search had said")  # fmt: skip
    lines = [
        f"Which levers gain most person-months of full benefit for {limits.words}?",
        "",
        text_table(head, rows),
        "",
    ]
    if not len(shown):
        lines.append("No portfolio that was tried gains anything within the budget: doing nothing is best.")
    else:
        lines += [*unused_words(shown.iloc[0], limits), *obliging_words(shown.iloc[0])]
    lost = found["within_budget"].eq(False).sum()
    if lost:
        lines.append(f"{lost} of {len(found)} portfolios of the search cost more than the budget on fresh seeds.")
    affordable = hand[hand["within_budget"]]
    if len(affordable) and len(shown):
        rival, best = affordable.iloc[0], shown.iloc[0]
        levers = {f"found {number}": one for number, one in enumerate(front, 1)}[best["name"]]
        rivals = handmade()[rival["name"]]
        change = decision.paired_interval(judging.measure(levers).outcome - judging.measure(rivals, False).outcome)
        verdict = "more" if change.low > 0 else "less" if change.high < 0 else "not told apart"
        lines.append(
            f"Beside the shipped scenario that gains most in the budget, {plain(rival['name'])}, it gains"
            f" {signed(rounded(change.mean, change.low, change.high))} person-months"
            f" ({range_words(change.mean, change.low, change.high)}): {verdict}."
        )
    return "\n".join([*lines, *closed, foot])


def unused_words(best: pd.Series, limits: Limits) -> list[str]:
    """Return why a budget is not spent, where what gains most leaves a good part of it."""
    left = [
        f"GBP {(limit - best[column]) / MILLION:,.1f} million of GBP {limit / MILLION:,.1f} million {of}"
        for limit, column, of in (
            (limits.total, "cost_total", "in all"),
            (limits.public, "cost_public", "of public money"),
        )
        if limit is not None and best[column] < ENOUGH * limit
    ]
    if not left:
        return []
    return [
        f"What gains most leaves unused {' and '.join(left)}: nothing that was tried gains more within the budget. At"
        f" most {MOST_LEVERS} levers are pulled, none beyond what anybody would do, and what is dearer gains no more."
    ]


def obliging_words(best: pd.Series) -> list[str]:
    """Return what obliging providers costs them, where what gains most does."""
    if not best["obliges"]:
        return []
    return [
        f"It obliges providers, who pay GBP {best['cost_provider'] / MILLION:,.1f} million of GBP"
        f" {best['cost_total'] / MILLION:,.1f} million: --no-obligations searches without."
    ]
