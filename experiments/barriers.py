"""Where providers get stuck, the barriers that hold them back, and what easing each would give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pandas as pd

from carespread.model import Policy
from carespread.model.attribution.barriers import SAYS
from carespread.model.declare import entries
from carespread.model.population.country import country_of, home
from carespread.model.simulate import prepare
from carespread.model.state import WEIGHT
from carespread.results.figures.barriers import (
    cheapest_words,
    easing_drawing,
    funnel_drawing,
    passing_drawing,
    sticking_drawing,
    weather_drawing,
)
from carespread.results.figures.drawing import Drawing
from carespread.results.money import MILLION, two_digits
from carespread.results.statistics.barriers import (
    BOTH,
    Tally,
    barrier_table,
    by_level,
    funnel_table,
    joined,
    levels_of,
    passing_table,
    pilots_table,
    tallied,
    top_three,
    weather_table,
)
from carespread.results.statistics.decision import paired_interval
from carespread.results.store.summary import text_table
from carespread.results.words import commas

from .limits import FEW_PAIRS, MONTHS, PROVIDERS, SEED, WORKERS, checked
from .replication import Asked, options_of
from .rerun import plan_of_folder
from .result import Result
from .run import Plan, inputs_of, replicate_all, threads
from .store import Progress, claimed, counted, kept_whole


class Easing(NamedTuple):
    """What eases a barrier: the lever that acts on it, and the step by which it is moved."""

    barrier: str
    lever: str
    strength: float
    unit: str


EASINGS = (
    Easing("leadership", "manager_programme", 0.1, "+0.1"),
    Easing("skills", "training", 0.05, "+0.05 a month"),
    Easing("money", "grant", 0.25, "25 % of set-up"),
    Easing("regulation", "sandbox", 0.25, "25 % of the burden"),
    Easing("learning", "evidence_synthesis", 20.0, "20 trials"),
    Easing("demand", "commissioner_requirement", 0.1, "+0.1"),
    Easing("awareness", "campaign", 0.01, "+0.01 a month"),
    Easing("attention", "brokerage", 0.25, "+0.25"),
)
"""No lever of the model acts on inertia."""


@checked
def sticking_points(
    scenario: str | Path = "central",
    *,
    run: str | Path | None = None,
    providers: Annotated[int | str, PROVIDERS] = 2000,
    months: Annotated[int | None, MONTHS] = None,
    replications: Annotated[int, FEW_PAIRS] = 10,
    seed: Annotated[int, SEED] = 1,
    set: Mapping[str, Any] | None = None,
    innovations: Sequence[str] | None = None,
    easing: bool = True,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    workers: Annotated[int | None, WORKERS] = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Find where providers get stuck and the barriers that hold them back.

    `run` is a folder of `carespread run`, in place of `scenario` and what is set; `easing` also eases each barrier by a
    step of the lever that acts on it. Returns the tables `barriers`, `funnel`, `weather`, `pilots`, `passing` and
    `easing`; nothing is written without `out`.

    >>> sticking_points("central", providers=100, months=24, replications=2, easing=False)  # doctest: +SKIP
    """
    if run is not None:
        plan, _ = plan_of_folder(Path(run))
        plan = plan._replace(replications=replications)
    else:
        plan, _ = Asked(scenario, providers, months, replications, seed, set, innovations, posterior, prior).plan()
    with country_of(plan.inputs.country):  # that of the folder
        folder = claimed(out, "sticking-points")
        found = tallies_of(plan, workers, progress)
        gains = easing_of(plan, workers, progress) if easing else pd.DataFrame()
        return kept_whole(result_of(plan, found, gains), folder, "sticking-points")


def tallies_of(plan: Plan, workers: int | None = None, progress: Progress | None = None) -> Tally:
    """Return the mean tallies of all runs of a plan."""
    home().register()  # kept for all threads
    seeds = [plan.seed + number for number in range(plan.replications)]
    made: list[Tally] = []
    pool = ThreadPoolExecutor(workers or threads())
    try:
        for one in pool.map(lambda seed: tallied(prepare(inputs_of(plan, seed), seed)), seeds):
            made.append(one)
            if progress is not None:
                progress("runs", len(made), len(seeds))
    finally:  # nobody waits for a kernel after Ctrl-C
        pool.shutdown(wait=False, cancel_futures=True)
    return joined(made)


USUAL = "as it is"


def hundredth(plan: Plan) -> float:
    """Return a hundredth of the organisations that a plan's sample stands for at the start."""
    prepared = prepare(inputs_of(plan, plan.seed), plan.seed)
    return float((prepared.state.providers["weight"] / WEIGHT).sum() * prepared.frame.settled[0].represents) / 100


def easing_of(plan: Plan, workers: int | None = None, progress: Progress | None = None) -> pd.DataFrame:
    """Return a row an eased barrier: extra uses by 100 organisations at the end with 95 % intervals of pairs, who pays
    what (GBP, present value with optimism bias), and the cost of an extra use, by which rows are ordered; where no gain
    is told apart from none there is no such cost, and the row comes last.

    Levers act on top of what the plan pulls already, as far as their range goes.
    """
    plans = {USUAL: plan}
    for one in EASINGS:
        most = entries(Policy)[one.lever].about.high
        strength = min(most, getattr(plan.policy, one.lever) + one.strength)
        pulled = plan.policy._replace(**{one.lever: strength})
        plans[one.barrier] = plan._replace(inputs=plan.inputs.replaced(policy=pulled))
    told = counted(progress, "seeds with each lever")
    made = dict(zip(plans, replicate_all(list(plans.values()), workers, told), strict=True))
    options = options_of(made, plan, {one.barrier: (one.lever,) for one in EASINGS})
    by_hundred = hundredth(plan)
    rows = []
    for one in EASINGS:
        gained = options[one.barrier]
        uses = paired_interval(gained.uses)
        costs = {who: float(getattr(gained, who).mean()) for who in ("public", "provider", "total")}
        rows.append({
            "barrier": one.barrier, "lever": one.lever, "unit": one.unit,
            "extra_users": uses.mean / by_hundred, "extra_users_low": uses.low / by_hundred,
            "extra_users_high": uses.high / by_hundred, "extra_uses": uses.mean,
            **{f"cost_{who}": cost for who, cost in costs.items()},
            "cost_per_extra_use": costs["total"] / uses.mean if uses.low > 0 else math.nan,
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values(
        ["cost_per_extra_use", "extra_users"], ascending=[True, False], ignore_index=True
    )


def result_of(plan: Plan, found: Tally, gains: pd.DataFrame) -> Result:
    """Return the tables, figures and words of all runs; `gains` is empty where nothing was eased."""
    names = {one.name: one.file.title for one in plan.innovations}
    levels = levels_of()
    providers = {group: float(number) for group, number in by_level(found.providers, levels).items()}
    tables = {
        "barriers": barrier_table(found, levels, list(names)),
        "funnel": funnel_table(found, levels, list(names)),
        "weather": weather_table(found, levels, list(names)),
        "pilots": pilots_table(found, levels, list(names)),
        "passing": passing_table(found, levels),
    }
    if len(gains):
        tables["easing"] = gains
    foot = (f"{plan.replications} runs of {plan.providers} organisations, {plan.months} months, scenario"
            f" {plan.scenario.name}. About the model, not about {home().name}; barriers share out the negative"
            " logarithm of each month's chance exactly (Aumann-Shapley).")  # fmt: skip

    def drawings() -> list[Drawing]:
        drawn = [
            funnel_drawing(tables["funnel"], names, providers["all"], foot),
            sticking_drawing(tables["barriers"], providers, foot),
            passing_drawing(tables["passing"], providers, foot),
            weather_drawing(tables["weather"], providers, foot),
        ]
        return [*drawn, easing_drawing(gains, foot)] if len(gains) else drawn

    tops = {group: top_three(tables["barriers"], group) for group, number in providers.items() if number >= 1}
    record = {"scenario": plan.scenario.name, "seed": plan.seed, "runs": plan.replications,
              "providers": plan.providers, "months": plan.months, "innovations": list(names)}  # fmt: skip
    documents = {"sticking_points.md": words_of(tops, providers)}
    return Result(screen_of(tops, gains), {"types": tops}, tables, drawings, documents, record)


def screen_of(tops: dict[str, list[tuple[str, float]]], gains: pd.DataFrame) -> str:
    """Return the three largest barriers of each type of provider, and what easing each gives."""
    rows = [(group, *(f"{barrier} {100 * share:.0f} %" for barrier, share in three)) for group, three in tops.items()]
    lines = [text_table(("providers", "first", "second", "third"), rows), ""]
    lines.append("; ".join(f"{name}: {words}" for name, words in SAYS.items()) + ".")
    if len(gains):
        head = ("easing against", "lever", "step", "extra uses by 100", "(95 %)", "public GBP m", "providers GBP m",
                "total GBP m", "GBP an extra use")  # fmt: skip
        eased = [
            (
                row.barrier, row.lever.replace("_", " "), row.unit, f"{row.extra_users:+.1f}",
                f"({row.extra_users_low:+.1f} to {row.extra_users_high:+.1f})",
                *(f"{cost / MILLION:,.1f}" for cost in (row.cost_public, row.cost_provider, row.cost_total)),
                "" if math.isnan(row.cost_per_extra_use) else commas(two_digits(row.cost_per_extra_use)),
            )
            for row in gains.itertuples()
        ]  # fmt: skip
        lines += ["", text_table(head, eased), "", f"{cheapest_words(gains)}.", apart_words(tops["all"], gains)]
    return "\n".join(lines)


def apart_words(tops: list[tuple[str, float]], gains: pd.DataFrame) -> str:
    """Return whether what takes most months is also where easing it by a step gives most."""
    first, best = tops[0][0], str(gains.loc[gains["extra_users"].idxmax(), "barrier"])
    if first == best:
        return f"What takes most months, {first}, is also where easing it by a step gives most."
    return (f"What takes most months is {first}; easing by one step gives most against {best}: to be held up by"
            " something and to be moved by less of it are two things (other barriers wait behind it).")  # fmt: skip


def words_of(said: dict[str, list[tuple[str, float]]], providers: dict[str, float]) -> str:
    """Return the sticking points of each group in sentences."""
    lines = ["# Sticking points", ""]
    for group, tops in said.items():
        who = "All providers" if group == "all" else group.partition("=")[2].replace(BOTH, ", ")
        parts = [f"{SAYS[barrier]} ({100 * share:.0f} %)" for barrier, share in tops]
        lines.append(f"- **{who[:1].upper() + who[1:]}** ({providers[group]:,.0f} organisations): {'; '.join(parts)}.")
    return "\n".join(lines) + "\n"
