"""Turns the runs of a comparison into tables: differences in pairs, cost, equity, ranks, value of information."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats
from ..store.query import opened
from . import decision
from .outcomes import OF_ALL, OUTCOMES, outcome_name

TOTAL = "cost_total"
COMPARED = (
    "users", "user_sites", "user_people", "using_share", "outcome", "kept_share", "abandoned_share", "months_to_half",
    "months_to_four_fifths", "cost_public", "cost_provider", "small_provider_gap", "concentration_raw",
    "concentration_wagstaff", "concentration_index", "discontinued",
)  # fmt: skip
"""Outcomes of an innovation that are compared."""
WORTHS = np.linspace(0, 5000, 101)
"""GBP that a person-month of full benefit may be worth, over which acceptability is drawn."""
IDLE_NUMBERS = 200
"""Numbers that mean nothing, whose value of information shows what is noise."""


class Compared(NamedTuple):
    """What a comparison comes to."""

    names: tuple[str, ...]
    """Scenarios, the baseline first."""
    worth: float
    """GBP that a person-month of full benefit is taken to be worth."""
    differences: pd.DataFrame
    """A row a scenario, innovation and outcome: baseline, difference with its interval, pairs needed, runs saved."""
    ranking: pd.DataFrame
    """A row a scenario: extra users and outcome, costs, ratios, net benefit, chance of being best, regret."""
    draws: pd.DataFrame
    """A row a draw and scenario: extra outcome and cost, over seeds or, where they were drawn, over parameters."""
    acceptability: pd.DataFrame
    equity: pd.DataFrame
    """A row a scenario, innovation, dimension and level: share in the baseline and extra points with their interval."""
    structures: pd.DataFrame
    """A row a structure and scenario: net benefit against the baseline, and rank."""
    information: pd.DataFrame
    """Expected value of perfect and of partial perfect information, GBP."""
    sources: pd.DataFrame
    """Where the variance of each scenario's extra outcome comes from."""


def runs_of(folder: Path, belongs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs that ended, each with its scenario and the key under which it has partners in other scenarios."""
    with opened(folder) as connection:
        runs = connection.execute("select * from runs where status = 'ok'").df()
    return runs.merge(belongs, on="design")


def paired(runs: pd.DataFrame, column: str, names: Sequence[str]) -> Floats:
    """Return a column by pair and scenario, shape (pairs, scenarios); pairs that are not whole are left out."""
    wide = runs.pivot_table(index=["key", "replication"], columns="scenario", values=column, dropna=False)
    return np.asarray(wide.reindex(columns=list(names)).dropna(how="all"), float)


def differences_table(runs: pd.DataFrame, names: Sequence[str], innovations: dict[str, Any]) -> pd.DataFrame:
    """Return every scenario's difference from the first, by innovation and outcome, with intervals from the pairs."""
    asked = [(one, name, OUTCOMES[name], outcome_name(name, one)) for one in innovations for name in COMPARED]
    asked += [("all", outcome, unit, f"{outcome}_all") for outcome, unit in OF_ALL.items()]
    rows = []
    for innovation, outcome, unit, column in asked:
        if column not in runs:
            continue
        values = paired(runs, column, names)
        for option, name in enumerate(names[1:], start=1):
            change = values[:, option] - values[:, 0]
            interval = decision.paired_interval(change)
            wanted = abs(interval.mean) / 10
            needed = decision.replications_needed(change, wanted) if wanted > 0 else None
            saved = decision.saved_by_common_numbers(values[:, 0], values[:, option])
            rows.append((name, innovation, outcome, unit, mean_of(values[:, 0]), *interval[:4], needed, saved))
    columns = ["scenario", "innovation", "outcome", "unit", "baseline", "difference", "low", "high", "pairs",
               "pairs_for_a_tenth", "runs_saved"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def mean_of(values: Floats) -> float:
    """Return the mean of what is a number, NaN without any."""
    kept = values[np.isfinite(values)]
    return float(kept.mean()) if len(kept) else math.nan


def draws_of(runs: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats, Floats, pd.Index]:
    """Return extra outcome, extra public and extra total cost, each of shape (draws, scenarios), and the draws' keys:
    means over the replications of a point, or single pairs where there is one point only.
    """
    one_point = runs["key"].nunique() == 1
    by = "replication" if one_point else "key"
    made = []
    for column in ("outcome_all", "cost_public_all", f"{TOTAL}_all"):
        wide = runs.pivot_table(index=by, columns="scenario", values=column, aggfunc="mean")
        kept = wide.reindex(columns=list(names)).dropna()
        values = kept.to_numpy(float)
        made.append(values - values[:, :1])
    return made[0], made[1], made[2], kept.index


def ranking_table(
    names: Sequence[str],
    runs: pd.DataFrame,
    outcome: Floats,
    cost: Floats,
    worth: float,
    innovations: dict[str, Any],
) -> pd.DataFrame:
    """Return the scenarios in the order of their net benefit, with cost, ratios and the chance of being best."""
    benefit = decision.net_benefit(outcome, cost, worth)
    best, regret = decision.chance_best(benefit), decision.mean_regret(benefit)
    users = np.sum([paired(runs, outcome_name("users", one), names) for one in innovations], axis=0)
    pairs = {name: paired(runs, f"{name}_all", names) for name in ("outcome", "cost_public", "cost_provider", TOTAL)}
    means = {name: np.nanmean(values - values[:, :1], axis=0) for name, values in pairs.items()}
    places = decision.cost_effectiveness(means["outcome"], means[TOTAL])
    rows = []
    for option, name in enumerate(names):
        extra = decision.paired_interval(users[:, option] - users[:, 0])
        gained = decision.paired_interval(pairs["outcome"][:, option] - pairs["outcome"][:, 0])
        public, total = means["cost_public"][option], means[TOTAL][option]
        rows.append(
            {
                "scenario": name,
                **dict(zip(("extra_users", "extra_users_low", "extra_users_high"), extra, strict=False)),
                **dict(zip(("extra_outcome", "extra_outcome_low", "extra_outcome_high"), gained, strict=False)),
                "extra_cost_public": public,
                "extra_cost_provider": means["cost_provider"][option],
                "extra_cost": total,
                "public_cost_per_extra_user": per(public, extra),
                "public_cost_per_outcome": per(public, gained),
                "cost_per_outcome": per(total, gained),
                "frontier": places[option].verdict,
                "incremental_ratio": places[option].ratio,
                "net_benefit": float(benefit[:, option].mean()),
                "chance_best": float(best[option]),
                "regret": float(regret[option]),
            }
        )
    return pd.DataFrame(rows).sort_values("net_benefit", ascending=False, ignore_index=True)


def per(cost: float, gained: decision.Interval) -> float:
    """Return cost for each unit gained, NaN where the interval does not tell the gain from none."""
    return float(cost / gained.mean) if gained.clear and gained.mean > 0 else math.nan


def equity_table(folder: Path, belongs: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return how much more each level of each dimension uses each innovation than under the baseline, in points."""
    with opened(folder) as connection:
        levels = connection.execute(
            "select design, replication, innovation, dimension, level, using_weight / weight as share from left_behind"
        ).df()
    levels = levels.merge(belongs, on="design")
    rows = []
    for (innovation, dimension, level), part in levels.groupby(["innovation", "dimension", "level"], sort=False):
        values = paired(part, "share", names)
        for option, name in enumerate(names[1:], start=1):
            interval = decision.paired_interval(100 * (values[:, option] - values[:, 0]))
            rows.append((name, innovation, dimension, level, mean_of(values[:, 0]), *interval[:4]))
    columns = ["scenario", "innovation", "dimension", "level", "baseline_share", "extra_points", "low", "high", "pairs"]
    return pd.DataFrame(rows, columns=columns)


def structures_table(runs: pd.DataFrame, names: Sequence[str], worth: float) -> pd.DataFrame:
    """Return each scenario's net benefit against the baseline under each structure, and its rank (1 is best).

    `turns` says where a scenario is better than the one that is best as the model stands, by an interval of the pairs
    that leaves out 0: other changes of rank are not told apart from chance.
    """
    rows, usual = [], -1
    for structure, part in runs.groupby("key", sort=False):
        outcome, cost = (paired(part, column, names) for column in ("outcome_all", f"{TOTAL}_all"))
        benefit = decision.net_benefit(outcome - outcome[:, :1], cost - cost[:, :1], worth)
        means = benefit.mean(axis=0)
        ranks = (-means).argsort().argsort() + 1
        usual = int(means.argmax()) if usual < 0 else usual
        for option, name in enumerate(names):
            interval = decision.paired_interval(benefit[:, option])
            turns = decision.paired_interval(benefit[:, option] - benefit[:, usual]).low > 0
            rows.append((structure, name, *interval[:3], int(ranks[option]), turns))
    columns = ["structure", "scenario", "net_benefit", "low", "high", "rank", "turns"]
    return pd.DataFrame(rows, columns=columns)


def information_table(outcome: Floats, cost: Floats, worth: float, known: pd.DataFrame) -> pd.DataFrame:
    """Return the expected value of perfect information, and of knowing each uncertain parameter alone.

    A regression finds something in anything, and more in the best of fifty: the most that any of 200 numbers that mean
    nothing seems to be worth is the floor above which a parameter is told apart from noise.
    """
    benefit = decision.net_benefit(outcome, cost, worth)
    random = np.random.default_rng(1)
    idle = range(IDLE_NUMBERS if len(known.columns) else 0)
    floor = max((decision.evppi(benefit, random.random(len(benefit))) for _ in idle), default=math.nan)
    rows = [("everything", decision.evpi(benefit), math.nan, True)]
    for name in known:
        value = decision.evppi(benefit, known[name].to_numpy())
        rows.append((str(name), value, floor, value > floor))
    table = pd.DataFrame(rows, columns=["what", "value", "noise_floor", "told_apart"])
    return pd.concat([table[:1], table[1:].sort_values("value", ascending=False)], ignore_index=True)


def sources_table(by_part: dict[str, pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Return where the variance of each scenario's extra outcome comes from."""
    rows = []
    for name in names[1:]:
        blocks = {}
        for part in ("parameters", "structures"):
            if part not in by_part:
                blocks[part] = np.zeros((1, 2))
                continue
            wide = by_part[part].pivot_table(index=["key", "replication"], columns="scenario", values="outcome_all")
            change = (wide[name] - wide[names[0]]).unstack("replication")
            blocks[part] = change.dropna().to_numpy(float)
        sources = decision.variance_by_source(blocks["parameters"], blocks["structures"])
        rows.append({"scenario": name, **sources._asdict()})
    return pd.DataFrame(rows)


def compared(
    folder: Path,
    names: Sequence[str],
    innovations: dict[str, Any],
    belongs: dict[str, pd.DataFrame],
    points: Sequence[dict[str, float]],
    worth: float,
) -> Compared:
    """Return all tables of a comparison whose parts lie in `folder`; `belongs` says whose design each is, by part."""
    runs = {part: runs_of(folder / part, table) for part, table in belongs.items()}
    pairs = runs["pairs"]
    uncertain = "parameters" in runs
    outcome, public, cost, keys = draws_of(runs["parameters"] if uncertain else pairs, names)
    known = pd.DataFrame(points).loc[keys] if uncertain else pd.DataFrame(index=range(len(outcome)))
    varied = [name for name in known if known[name].nunique() > 1]
    draws = pd.DataFrame(
        {
            "scenario": np.repeat(np.array(names, object), len(outcome)),
            "draw": np.tile(np.arange(len(outcome)), len(names)),
            "extra_outcome": outcome.T.ravel(),
            "extra_cost_public": public.T.ravel(),
            "extra_cost": cost.T.ravel(),
        }
    )
    chances = decision.acceptability(outcome, cost, WORTHS)
    acceptable = pd.DataFrame(chances, columns=list(names)).assign(worth=WORTHS)
    return Compared(
        tuple(names),
        worth,
        differences_table(pairs, names, innovations),
        ranking_table(names, pairs, outcome, cost, worth, innovations),
        draws,
        acceptable.melt("worth", var_name="scenario", value_name="chance_best"),
        equity_table(folder / "pairs", belongs["pairs"], names),
        structures_table(runs["structures"], names, worth) if "structures" in runs else pd.DataFrame(),
        information_table(outcome, cost, worth, known[varied]),
        sources_table(runs, names),
    )
