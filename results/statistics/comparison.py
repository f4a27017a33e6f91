"""Turns the runs of a comparison into tables: differences in pairs, cost, equity, ranks, value of information.

One set of draws gives everything that is printed: the order, the figures and the intervals. Chance is that of the whole
sector; chance alone, at one set of numbers, stands beside it in `differences`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats
from ..store.query import opened
from . import appraisal, decision
from .appraisal import Appraised, Assumptions
from .outcomes import OF_ALL, OUTCOMES, outcome_name

COMPARED = (
    "users", "user_sites", "user_people", "using_share", "outcome", "kept_share", "abandoned_share", "months_to_half",
    "months_to_four_fifths", "cost_public", "cost_provider", "small_provider_gap", "concentration_raw",
    "concentration_wagstaff", "concentration_index", "discontinued",
)  # fmt: skip
"""Outcomes of an innovation that are compared."""
WORTHS = np.linspace(0, 6000, 121)
"""GBP that a person-month of full benefit may be worth, up to beyond the highest anchor: for all of them the curves."""
IDLE_NUMBERS = 200
"""Numbers that mean nothing, whose value of information shows what is noise."""
OF_A_DRAW = ("outcome", "programme", "handed_on", "provider", "uses", "sites")
"""What a draw adds up for each option, as in `Appraised`."""


class Chance(NamedTuple):
    """Which share of the variance by chance of a run's sample is left in the whole sector."""

    organisations: float = 1.0
    """Of what counts organisations."""
    people: float = 1.0
    """Of what counts people, or money for people."""

    @property
    def of_a_draw(self) -> tuple[float, ...]:
        """The same for each of `OF_A_DRAW`."""
        return tuple(self.organisations if name in ("uses", "sites") else self.people for name in OF_A_DRAW)


class Settled(NamedTuple):
    """What a comparison takes as given beside its runs."""

    names: tuple[str, ...]
    """Scenarios, the baseline first."""
    innovations: Mapping[str, Any]
    levers: Mapping[str, tuple[str, ...]]
    """Levers that each scenario pulls and the baseline does not."""
    assumed: Assumptions = Assumptions()
    worth: float | None = None
    """GBP that a person-month of full benefit is taken to be worth; None for no assumption."""
    chance: Chance = Chance()
    seed: int = 1
    draws: int = 0
    """Draws of the uncertain numbers; their keys are numbers from 0 on."""

    def drawn(self, keys: Sequence[Any]) -> dict[str, Floats]:
        """Return take-up and delay of draws by their keys, each of shape (keys,); the same for every scenario."""
        if not self.assumed.ranges:
            return appraisal.drawn(self.assumed, len(keys), self.seed)
        rows = np.asarray(keys, int)
        return {
            name: all_draws[rows] for name, all_draws in appraisal.drawn(self.assumed, self.draws, self.seed).items()
        }


class Compared(NamedTuple):
    """What a comparison comes to."""

    settled: Settled
    differences: pd.DataFrame
    """A row a scenario, innovation and outcome: baseline, difference with the ends of 95 % of draws, chance alone."""
    ranking: pd.DataFrame
    """A row a scenario: what is gained, who pays, cost per unit, what it needs to break even, chance of being best."""
    draws: pd.DataFrame
    """A row a draw and scenario, present values: all that the ranking is made of."""
    acceptability: pd.DataFrame
    equity: pd.DataFrame
    """A row a scenario, innovation, dimension and level: share in the baseline and extra points with their interval."""
    structures: pd.DataFrame
    """A row a structure and scenario: what is gained against the baseline, and rank."""
    information: pd.DataFrame
    """Expected value of perfect and of partial perfect information, GBP."""
    sources: pd.DataFrame
    """Where the variance of each scenario's extra outcome comes from."""
    accounts: pd.DataFrame
    """A row a scenario and part of its cost: who pays it, and how much more than with doing nothing."""

    @property
    def names(self) -> tuple[str, ...]:
        """Scenarios, the baseline first."""
        return self.settled.names

    @property
    def worth(self) -> float | None:
        """GBP that a person-month of full benefit is taken to be worth; None for no assumption."""
        return self.settled.worth

    @property
    def options(self) -> pd.DataFrame:
        """The rows of the ranking without the baseline."""
        return self.ranking[self.ranking["scenario"] != self.names[0]]


def runs_of(folder: Path, belongs: pd.DataFrame, innovations: Mapping[str, Any]) -> pd.DataFrame:
    """Return the runs that ended, each with its scenario and the key under which it has partners in other scenarios."""
    with opened(folder) as connection:
        runs = connection.execute("select * from runs where status = 'ok'").df()
    return with_uses(runs, innovations).merge(belongs, on="design")


def with_uses(runs: pd.DataFrame, innovations: Mapping[str, Any]) -> pd.DataFrame:
    """Return runs with the uses of all innovations added up: an organisation that uses two counts twice."""
    added = {
        name: sum(runs[outcome_name(outcome, one)] for one in innovations)
        for name, outcome in (("uses", "users"), ("sites", "user_sites"))
    }
    return runs.assign(**added)


def months_of(folder: Path, belongs: pd.DataFrame) -> pd.DataFrame:
    """Return outcome and cost of each run month by month, all innovations added up, with its scenario and key."""
    with opened(folder, threads=1) as connection:  # so that sums are the same to the last digit
        held = [row[0] for row in connection.execute("describe monthly").fetchall()]
        wanted = ["outcome", *appraisal.payers_of(held), *(name for name in appraisal.TOTALS if name in held)]
        sums = ", ".join(f"sum({name}) as {name}" for name in dict.fromkeys(wanted))
        months = connection.execute(
            f"select design, replication, month, {sums} from monthly where \"group\" = 'all'"
            " group by all order by design, replication, month"
        ).df()
    return months.merge(belongs, on="design")


def paired(runs: pd.DataFrame, column: str, names: Sequence[str]) -> Floats:
    """Return a column by pair and scenario, shape (pairs, scenarios); pairs that are not whole are left out."""
    wide = runs.pivot_table(index=["key", "replication"], columns="scenario", values=column, dropna=False)
    return np.asarray(wide.reindex(columns=list(names)).dropna(how="all"), float)


def by_draw(runs: pd.DataFrame, column: str, names: Sequence[str]) -> tuple[Floats, pd.Index]:
    """Return a column by draw, replication and scenario, shape (draws, replications, scenarios), and the draws' keys;
    draws of which a run is missing or empty are left out.
    """
    wide = runs.pivot(index="key", columns=["scenario", "replication"], values=column)
    replications = sorted(runs["replication"].unique())
    wide = wide.reindex(columns=pd.MultiIndex.from_product([list(names), replications])).dropna()
    values = wide.to_numpy(float).reshape(len(wide), len(names), len(replications))
    return values.transpose(0, 2, 1), wide.index


def draws_of(runs: pd.DataFrame, months: pd.DataFrame, settled: Settled) -> tuple[dict[str, Appraised], pd.Index]:
    """Return every scenario against the baseline, draw by draw, and the draws' keys; see `OF_A_DRAW`.

    Where draws have several replications, or one draw has all, chance becomes that of the whole sector
    (`decision.without_chance`). Unit costs are drawn with the draws, the same for every scenario.
    """
    names, assumed = settled.names, settled.assumed
    uses, keys = by_draw(runs, "uses", names)
    sites, _ = by_draw(runs, "sites", names)
    whole = months[months["key"].isin(keys)].sort_values(["key", "replication", "month"])
    shape = (len(keys), uses.shape[1], -1)
    parts = [name for name in ("outcome", *appraisal.PAYERS, *appraisal.TOTALS) if name in months]
    yearly = {
        name: {part: appraisal.by_year(rows[part].to_numpy(float).reshape(shape)) for part in parts}
        for name, rows in whole.groupby("scenario")
    }
    base, own_draw = yearly[names[0]], settled.drawn(keys)
    # with costs as planned: how far they stray from plan is no matter of chance, nor is what comes about
    made = [
        appraisal.appraised(
            yearly[name]["outcome"] - base["outcome"],
            appraisal.accounts({part: yearly[name][part] - base[part] for part in parts if part != "outcome"}),
            uses[:, :, option] - uses[:, :, 0],
            sites[:, :, option] - sites[:, :, 0],
            assumed._replace(take_up=1.0),
            delay=own_draw["delay"],
        )
        for option, name in enumerate(names)
    ]
    runs_by_draw = np.stack([getattr(one, field) for one in made for field in OF_A_DRAW], axis=-1)
    if runs_by_draw.shape[1] > 1:
        kept = np.tile(settled.chance.of_a_draw, len(names))
        values = decision.without_chance(runs_by_draw, kept)
    else:
        values = runs_by_draw[:, 0]
    levers = sorted({lever for one in settled.levers.values() for lever in one})
    factors = appraisal.unit_cost_factors(levers, len(values), settled.seed)
    options = {}
    for option, name in enumerate(names):
        one = Appraised(*values[:, option * len(OF_A_DRAW) : (option + 1) * len(OF_A_DRAW)].T)
        one = appraisal.scaled(one, own_draw["take_up"])
        own = [factors[lever] for lever in settled.levers.get(name, ())]
        # costs of a package are not told apart by lever: its factor is the mean of theirs
        options[name] = one._replace(programme=one.programme * (np.mean(own, axis=0) if own else 1.0))
    return options, keys


def differences_table(runs: pd.DataFrame, pairs: pd.DataFrame, settled: Settled) -> pd.DataFrame:
    """Return every scenario's difference from the first, by innovation and outcome.

    `low` and `high` are the ends of 95 % of draws with chance as in the whole sector, `chance_low` and `chance_high`
    the interval of pairs of runs at one set of numbers: chance alone.
    """
    names = settled.names
    asked = [(one, name, OUTCOMES[name], outcome_name(name, one)) for one in settled.innovations for name in COMPARED]
    asked += [("all", outcome, unit, f"{outcome}_all") for outcome, unit in OF_ALL.items()]
    rows = []
    for innovation, outcome, unit, column in asked:
        if column not in runs:
            continue
        values, _ = by_draw(runs, column, names)
        alone = paired(pairs, column, names)
        for option, name in enumerate(names[1:], start=1):
            change = values[:, :, option] - values[:, :, 0]
            drawn = whole_sector(change, settled.chance.organisations) if len(change) else np.array([math.nan])
            chance = alone[:, option] - alone[:, 0]
            interval = decision.paired_interval(chance)
            wanted = abs(interval.mean) / 10
            needed = decision.replications_needed(chance, wanted) if wanted > 0 else None
            saved = decision.saved_by_common_numbers(alone[:, 0], alone[:, option])
            rows.append((name, innovation, outcome, unit, mean_of(values[:, :, 0].ravel()),
                         *appraisal.middle_and_ends(drawn), len(values), interval.low, interval.high, interval.pairs,
                         needed, saved))  # fmt: skip
    columns = ["scenario", "innovation", "outcome", "unit", "baseline", "difference", "low", "high", "draws",
               "chance_low", "chance_high", "pairs", "pairs_for_a_tenth", "runs_saved"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def whole_sector(change: Floats, kept: float) -> Floats:
    """Return a difference draw by draw, from shape (draws, replications), with chance as in the whole sector."""
    if change.shape[1] == 1:
        return change[:, 0]
    return decision.without_chance(change[:, :, None], kept)[:, 0]


def mean_of(values: Floats) -> float:
    """Return the mean of what is a number, NaN without any."""
    kept = values[np.isfinite(values)]
    return float(kept.mean()) if len(kept) else math.nan


def ranking_table(options: Mapping[str, Appraised], worth: float | None, weight: float = 1.0) -> pd.DataFrame:
    """Return the scenarios in one table, best first: by net benefit at a worth, else by the worth that each needs to
    break even; what is not told apart from no gain comes last. The baseline is a row like all others.
    """
    names = list(options)
    outcome, cost = (np.column_stack([getattr(one, name) for one in options.values()]) for name in ("outcome", "total"))
    places = decision.cost_effectiveness(outcome.mean(axis=0), cost.mean(axis=0))
    best, regret = (np.full(len(names), math.nan) for _ in range(2))
    if worth is not None:
        benefit = decision.net_benefit(outcome, cost, worth)
        best, regret = decision.chance_best(benefit), decision.mean_regret(benefit)
    rows = [
        {
            "scenario": name,
            **appraisal.summary(one, worth, weight=weight),
            "frontier": places[option].verdict,
            "incremental_ratio": places[option].ratio,
            "chance_best": float(best[option]),
            "regret": float(regret[option]),
            # nothing that is counted moves in any draw
            "idle": option > 0 and not any(np.any(getattr(one, field)) for field in OF_A_DRAW),
        }
        for option, (name, one) in enumerate(options.items())
    ]
    table = pd.DataFrame(rows)
    if worth is not None:
        return table.sort_values("net_benefit", ascending=False, ignore_index=True)
    clear = (table["extra_outcome_low"] > 0).astype(int) - (table["extra_outcome_high"] < 0).astype(int)
    order = table.assign(clear=-clear, gain=-table["extra_outcome"])
    return table.loc[order.sort_values(["clear", "break_even", "gain"]).index].reset_index(drop=True)


def equity_table(folder: Path, belongs: pd.DataFrame, settled: Settled) -> pd.DataFrame:
    """Return how much more each level of each dimension uses each innovation than under the baseline, in points; `low`
    and `high` are the ends of 95 % of draws.
    """
    with opened(folder) as connection:
        levels = connection.execute(
            "select design, replication, innovation, dimension, level, using_weight / weight as share from left_behind"
            " order by innovation, dimension, level, design, replication"
        ).df()
    levels = levels.merge(belongs, on="design")
    rows = []
    for (innovation, dimension, level), part in levels.groupby(["innovation", "dimension", "level"], sort=False):
        values, keys = by_draw(part, "share", settled.names)
        if not len(values):
            continue
        for option, name in enumerate(settled.names[1:], start=1):
            points = whole_sector(100 * (values[:, :, option] - values[:, :, 0]), settled.chance.organisations)
            points = points * settled.drawn(keys)["take_up"]
            rows.append((name, innovation, dimension, level, float(values[:, :, 0].mean()),
                         *appraisal.middle_and_ends(points), len(values)))  # fmt: skip
    columns = ["scenario", "innovation", "dimension", "level", "baseline_share", "extra_points", "low", "high", "draws"]
    return pd.DataFrame(rows, columns=columns)


def structures_table(runs: pd.DataFrame, months: pd.DataFrame, settled: Settled) -> pd.DataFrame:
    """Return what each scenario gains against the baseline under each structure, and its rank (1 is best).

    By net benefit (GBP) where a person-month has a worth, else by person-months; present values. `turns` says where a
    scenario is better than the one that is best as the model stands, by an interval of the pairs that leaves out 0 and
    is wide enough for all the structures and scenarios that are tried: other changes of rank are not told apart from
    chance. How much pairs vary by chance is learned from all structures together, since each has few.
    """
    names, found = settled.names, []
    gains: dict[Any, Floats] = {}
    for structure, part in runs.groupby("key", sort=False):
        own = months[months["key"] == structure]
        # each pair of runs is a draw of its own here
        alone = {"key": part["replication"], "replication": 0}
        options, _ = draws_of(
            part.assign(**alone),
            own.assign(key=own["replication"], replication=0),
            settled._replace(levers={}, assumed=settled.assumed.middle),
        )
        gains[structure] = np.column_stack([
            one.outcome if settled.worth is None else appraisal.npsv(one, settled.worth) for one in options.values()
        ])  # fmt: skip
    usual = int(next(iter(gains.values())).mean(axis=0).argmax()) if gains else 0
    tests = max(1, (len(gains) - 1) * (len(names) - 1))
    spreads = [decision.pooled_spread([one[:, option] for one in gains.values()]) for option in range(len(names))]
    apart = [decision.pooled_spread([one[:, option] - one[:, usual] for one in gains.values()])
             for option in range(len(names))]  # fmt: skip
    for structure, gained in gains.items():
        ranks = (-gained.mean(axis=0)).argsort(kind="stable").argsort(kind="stable") + 1
        for option, name in enumerate(names):
            interval = decision.paired_interval(gained[:, option], spread=spreads[option])
            against = decision.paired_interval(gained[:, option] - gained[:, usual], tests, apart[option])
            found.append((structure, name, *interval[:3], int(ranks[option]), against.low > 0))
    return pd.DataFrame(found, columns=["structure", "scenario", "gain", "low", "high", "rank", "turns"])


def information_table(options: Mapping[str, Appraised], worth: float | None, known: pd.DataFrame) -> pd.DataFrame:
    """Return the expected value of perfect information, and of knowing each uncertain parameter alone, GBP.

    Without an assumed worth of a person-month, at the worth of `WORTHS` at which the choice is most open: nobody would
    pay more at any other. A regression finds something in anything, and more in the best of fifty: what 200 numbers
    that mean nothing seem to be worth says from where on a parameter is told apart from it (`decision.noise_floor`).
    """
    outcome, cost = (np.column_stack([getattr(one, name) for one in options.values()]) for name in ("outcome", "total"))

    def benefit_at(pounds: float) -> Floats:
        return decision.net_benefit(outcome, cost, pounds)

    at = worth if worth is not None else float(max(WORTHS, key=lambda one: decision.evpi(benefit_at(float(one)))))
    benefit = benefit_at(at)
    random = np.random.default_rng(1)
    idle = range(IDLE_NUMBERS if len(known.columns) else 0)
    nothing = [decision.evppi(benefit, random.random(len(benefit))) for _ in idle]
    floor = decision.noise_floor(nothing, len(known.columns)) if nothing else math.nan
    rows = [("everything", decision.evpi(benefit), math.nan, True)]
    for name in known:
        value = decision.evppi(benefit, known[name].to_numpy())
        rows.append((str(name), value, floor, value > floor))
    table = pd.DataFrame(rows, columns=["what", "value", "noise_floor", "told_apart"]).assign(worth=at)
    return pd.concat([table[:1], table[1:].sort_values("value", ascending=False)], ignore_index=True)


def sources_table(by_part: dict[str, pd.DataFrame], settled: Settled) -> pd.DataFrame:
    """Return where the variance of each scenario's extra outcome comes from, with chance as in the whole sector."""
    rows = []
    for option, name in enumerate(settled.names[1:], start=1):
        blocks = {}
        for part in ("parameters", "structures"):
            blocks[part] = np.zeros((1, 2))
            if part in by_part:
                values, _ = by_draw(by_part[part], "outcome_all", settled.names)
                blocks[part] = values[:, :, option] - values[:, :, 0]
        sources = decision.variance_by_source(blocks["parameters"], blocks["structures"], settled.chance.people)
        rows.append({"scenario": name, **sources._asdict()})
    return pd.DataFrame(rows)


def accounts_table(months: pd.DataFrame, settled: Settled) -> pd.DataFrame:
    """Return who pays what more than under the baseline, GBP, present value, mean over draws; as planned, without
    optimism bias, with unit costs as declared and take-up at its middle.
    """
    rows = []
    for part, payer in appraisal.payers_of(months.columns).items():
        wide = months.pivot_table(index=["key", "replication", "month"], columns="scenario", values=part)
        change = wide[list(settled.names)].sub(wide[settled.names[0]], axis=0).groupby("month").mean()
        for name in settled.names:
            yearly = appraisal.by_year(change[name].to_numpy(float))
            cost = settled.assumed.middle_take_up * float(appraisal.present(yearly, settled.assumed.cost_rate))
            rows.append((name, part.removeprefix("cost_"), payer, cost))
    return pd.DataFrame(rows, columns=["scenario", "part", "payer", "cost"])


def draws_table(options: Mapping[str, Appraised]) -> pd.DataFrame:
    """Return a row a scenario and draw with all that is added up, present values."""
    parts = [pd.DataFrame(one._asdict()).assign(scenario=name) for name, one in options.items()]
    table = pd.concat([one.rename_axis("draw").reset_index() for one in parts], ignore_index=True)
    table = table.rename(columns={name: f"extra_{name}" for name in OF_A_DRAW})
    return table[["scenario", "draw", *(f"extra_{name}" for name in OF_A_DRAW)]]


def compared(
    folder: Path,
    settled: Settled,
    belongs: dict[str, pd.DataFrame],
    points: Sequence[dict[str, float]],
) -> Compared:
    """Return all tables of a comparison whose parts lie in `folder`; `belongs` says whose design each is, by part.

    Raises BadInputError where take-up or delay is a range and nothing is drawn.
    """
    settled = settled._replace(draws=len(points))
    runs = {part: runs_of(folder / part, table, settled.innovations) for part, table in belongs.items()}
    months = {part: months_of(folder / part, table) for part, table in belongs.items()}
    part = "parameters" if "parameters" in runs else "pairs"
    options, keys = draws_of(runs[part], months[part], settled)
    # nobody can learn what chance will do: it has no part in the value of information
    sure, _ = draws_of(runs[part], months[part], settled._replace(chance=Chance(0.0, 0.0)))
    known = pd.DataFrame(points).loc[keys] if part == "parameters" else pd.DataFrame(index=keys)
    known = known.assign(**{name: settled.drawn(keys)[name] for name in settled.assumed.ranges})
    varied = [name for name in known if known[name].nunique() > 1]
    outcome, cost = (np.column_stack([getattr(one, name) for one in options.values()]) for name in ("outcome", "total"))
    acceptable = pd.DataFrame(decision.acceptability(outcome, cost, WORTHS), columns=list(options)).assign(worth=WORTHS)
    structures = pd.DataFrame()
    if "structures" in runs:
        structures = structures_table(runs["structures"], months["structures"], settled)
    return Compared(
        settled,
        differences_table(runs[part], runs["pairs"], settled),
        ranking_table(options, settled.worth, settled.assumed.weight),
        draws_table(options),
        acceptable.melt("worth", var_name="scenario", value_name="chance_best"),
        equity_table(folder / part, belongs[part], settled),
        structures,
        information_table(sure, settled.worth, known[varied]),
        sources_table(runs, settled),
        accounts_table(months[part], settled),
    )
