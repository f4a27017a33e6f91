"""The work of `carespread sticking-points`: where providers get stuck, what holds them back, what relief would give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import Policy
from carespread.model.attribution.barriers import SAYS
from carespread.model.declare import entries
from carespread.model.population.country import home
from carespread.model.simulate import checked_whole, prepare
from carespread.results.figures.barriers import (
    funnel_drawing,
    passing_drawing,
    relief_drawing,
    sticking_drawing,
    weather_drawing,
)
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
from carespread.results.store.files import write_text
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table

from .rerun import plan_of_folder
from .run import Plan, inputs_of, replicate, threads
from .run_command import shown_folder, typed_plan, whole
from .screen import bar
from .store import folder_of, workers_of


class Relief(NamedTuple):
    """One unit of relief: the lever that acts on a barrier, and how much of it counts as one."""

    barrier: str
    lever: str
    strength: float
    unit: str


RELIEFS = (
    Relief("leadership", "manager_programme", 0.1, "+0.1"),
    Relief("skills", "training", 0.05, "+0.05 a month"),
    Relief("money", "grant", 0.25, "25 % of set-up"),
    Relief("regulation", "sandbox", 0.25, "25 % of the burden"),
    Relief("learning", "evidence_synthesis", 20.0, "20 trials"),
    Relief("demand", "commissioner_requirement", 0.1, "+0.1"),
    Relief("awareness", "campaign", 0.01, "+0.01 a month"),
)
"""No lever of the model acts on attention or inertia."""


def sticking_command(
    scenario: str,
    *,
    run: Path | None,
    providers: str,
    months: str | None,
    replications: str,
    seed: str,
    changes: Sequence[str],
    innovations: Sequence[str],
    relief: bool,
    posterior: Path | None,
    prior: bool,
    out: Path | None,
    workers: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0."""
    many = checked_whole("replications", whole(replications), 2, 1000, "runs")
    if run is not None:
        plan, _ = plan_of_folder(run)
        plan = plan._replace(replications=many)
    else:
        plan, _ = typed_plan(
            scenario,
            providers=providers,
            months=months,
            replications=many,
            seed=seed,
            changes=changes,
            innovations=innovations,
            posterior=posterior,
            prior=prior,
        )
    folder = folder_of(out, False, f"sticking-{plan.scenario.name}", "analysis")
    hands = workers_of(workers) or threads()
    found = tallies_of(plan, hands, quiet)
    names = {one.name: one.file.title for one in plan.innovations}
    gains = relief_of(plan, hands, quiet) if relief else pd.DataFrame()
    said = write_all(plan, found, names, gains, folder)
    if as_json:
        print(json.dumps({"folder": str(folder.absolute()), "types": said}, indent=1, ensure_ascii=False))
    elif quiet:
        print(shown_folder(folder))
    else:
        rows = [(group, *(f"{barrier} {100 * share:.0f} %" for barrier, share in tops)) for group, tops in said.items()]
        print(text_table(("providers", "first", "second", "third"), rows))
        print("\n" + "; ".join(f"{name}: {words}" for name, words in SAYS.items()) + ".")
        if len(gains):
            head = ("relief against", "lever", "one unit", "extra uses by 100", "(95 %)", "public GBP m")
            lines = [(row.barrier, row.lever, row.unit, f"{row.extra_users:+.1f}",
                      f"({row.extra_users_low:+.1f} to {row.extra_users_high:+.1f})", f"{row.cost_public / 1e6:,.1f}")
                     for row in gains.itertuples()]  # fmt: skip
            print("\n" + text_table(head, lines))
            print(f"\n{apart_words(said['all'], gains)}")
        print(f"\nFigures: {shown_folder(folder)}/figures\nTables: {shown_folder(folder)}")
    return 0


def tallies_of(plan: Plan, hands: int, quiet: bool) -> Tally:
    """Return the mean tallies of all runs of a plan."""
    home().register()  # kept for all threads
    seeds = [plan.seed + number for number in range(plan.replications)]
    made: list[Tally] = []
    with ThreadPoolExecutor(hands) as pool, bar("runs", quiet) as progress:
        for one in pool.map(lambda seed: tallied(prepare(inputs_of(plan, seed), seed)), seeds):
            made.append(one)
            if progress is not None:
                progress(len(made), len(seeds))
    return joined(made)


def relief_of(plan: Plan, hands: int, quiet: bool) -> pd.DataFrame:
    """Return a row a relief: extra uses by 100 organisations at the end and public cost, with 95 % intervals of pairs.

    Levers act on top of what the plan pulls already, as far as their range goes.
    """
    innovations = [one.name for one in plan.innovations]

    def uses(one: Plan) -> tuple[np.ndarray, np.ndarray]:
        runs = replicate(one, hands).runs
        using = sum(runs[f"using_share_{name}"].to_numpy(float) for name in innovations)
        cost = sum(runs[f"cost_public_{name}"].to_numpy(float) for name in innovations)
        return 100 * np.asarray(using), np.asarray(cost)

    usual, paid = uses(plan)
    rows = []
    with bar("levers", quiet) as progress:
        for number, one in enumerate(RELIEFS, 1):
            most = entries(Policy)[one.lever].about.high
            strength = min(most, getattr(plan.policy, one.lever) + one.strength)
            pulled = plan.policy._replace(**{one.lever: strength})
            users, cost = uses(plan._replace(inputs=plan.inputs.replaced(policy=pulled)))
            gain = users - usual
            error = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
            rows.append((one.barrier, one.lever, one.unit, gain.mean(), gain.mean() - error, gain.mean() + error,
                         (cost - paid).mean()))  # fmt: skip
            if progress is not None:
                progress(number, len(RELIEFS))
    columns = ["barrier", "lever", "unit", "extra_users", "extra_users_low", "extra_users_high", "cost_public"]
    return pd.DataFrame(rows, columns=columns).sort_values("extra_users", ascending=False, ignore_index=True)


def write_all(
    plan: Plan, found: Tally, names: dict[str, str], gains: pd.DataFrame, folder: Path
) -> dict[str, list[tuple[str, float]]]:
    """Write tables and figures; return the top three sticking points of each group."""
    folder.mkdir(parents=True, exist_ok=True)
    levels = levels_of()
    barriers = barrier_table(found, levels, list(names))
    funnel, weather = funnel_table(found, levels, list(names)), weather_table(found, levels, list(names))
    providers = {group: float(many) for group, many in by_level(found.providers, levels).items()}
    tables = {"barriers": barriers, "funnel": funnel, "weather": weather,
              "pilots": pilots_table(found, levels, list(names))}  # fmt: skip
    tables["passing"] = passing_table(found, levels)
    if len(gains):
        tables["relief"] = gains
    for name, table in tables.items():
        write_table(folder, name, table)
    foot = (f"{plan.replications} runs of {plan.providers} organisations, {plan.months} months, scenario"
            f" {plan.scenario.name}. About the model, not about England; barriers share out the negative logarithm of"
            " each month's chance exactly (Aumann-Shapley).")  # fmt: skip
    drawings = [funnel_drawing(funnel, names, providers["all"], foot), sticking_drawing(barriers, providers, foot),
                passing_drawing(tables["passing"], providers, foot),
                weather_drawing(weather, providers, foot)]  # fmt: skip
    if len(gains):
        drawings.append(relief_drawing(gains, foot))
    write_figures(folder, drawings)
    said = {group: top_three(barriers, group) for group, many in providers.items() if many >= 1}
    write_text(folder / "sticking_points.md", words_of(said, providers))
    write_record(folder, scenario=plan.scenario.name, seed=plan.seed, runs=plan.replications, providers=plan.providers,
                 months=plan.months, innovations=list(names))  # fmt: skip
    return said


def apart_words(tops: list[tuple[str, float]], gains: pd.DataFrame) -> str:
    """Return whether what takes most months is also where a unit of relief gives most."""
    first, best = tops[0][0], str(gains.iloc[0]["barrier"])
    if first == best:
        return f"What takes most months, {first}, is also where a unit of relief gives most."
    return (f"What takes most months is {first}; a unit of relief gives most against {best}: to be held up by something"
            " and to be moved by less of it are two things (other barriers wait behind the first).")  # fmt: skip


def words_of(said: dict[str, list[tuple[str, float]]], providers: dict[str, float]) -> str:
    """Return the sticking points of each group in sentences."""
    lines = ["# Sticking points", ""]
    for group, tops in said.items():
        who = "All providers" if group == "all" else group.partition("=")[2].replace(BOTH, ", ")
        parts = [f"{SAYS[barrier]} ({100 * share:.0f} %)" for barrier, share in tops]
        lines.append(f"- **{who[:1].upper() + who[1:]}** ({providers[group]:,.0f} organisations): {'; '.join(parts)}.")
    return "\n".join(lines) + "\n"
