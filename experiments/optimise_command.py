"""The work of `carespread optimise`: searches, checks on fresh luck, compares with what hands have made."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from carespread.model import BadInputError
from carespread.model.simulate import checked_whole
from carespread.results.statistics import decision
from carespread.results.store.summary import text_table

from .optimise import Laboratory, handmade, judged, pareto, search
from .run_command import shown_folder, whole
from .screen import bar
from .store import folder_of, is_there, workers_of

MOST_BUDGET = 1e12
SEEDS, FRESH = 4, 20
"""Seeds of the search, and fresh ones on which its front is judged."""
JOURNAL = "trials.journal"


def optimise_command(
    budget: str,
    *,
    trials: str,
    providers: str,
    seed: str,
    out: Path | None,
    resume: bool,
    workers: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status, 0."""
    pounds = budget_of(budget)
    tries = checked_whole("trials", whole(trials), 10, 100_000, "portfolios")
    size = checked_whole("providers", whole(providers), 50, 1_000_000, "organisations")
    first = checked_whole("seed", whole(seed), 0, 2**62, "")
    many = workers_of(workers)
    folder = folder_of(out, resume, "optimise", "search")
    if folder.exists() and not is_there(folder, JOURNAL, resume, "search") and any(folder.iterdir()):
        raise BadInputError(f"{folder} is not empty: name a folder that does not exist yet.")
    seeds = range(first, first + SEEDS)
    fresh = range(first + SEEDS, first + SEEDS + FRESH)
    searching = Laboratory(size, None, seeds, many)
    folder.mkdir(parents=True, exist_ok=True)
    with bar("portfolios", quiet) as progress:
        front = search(searching, pounds, tries, first, folder / JOURNAL, progress)
    judging = Laboratory(size, None, fresh, many)
    found = judged({f"found {number}": levers for number, levers in enumerate(front, 1)}, searching, judging, pounds)
    hand = judged(handmade(), None, judging, pounds)
    found["on_front"] = pareto(found)
    foot = (
        f"Searched: {tries:,} portfolios on {SEEDS} seeds; judged on {FRESH} fresh seeds, {size:,} organisations,"
        f" {searching.plan.months} months. Levers from 2027 to 2029; strengths and unit costs are assumptions."
    )
    keep(folder, found, hand, pounds, foot, tries)
    if as_json:
        print(found.to_json(orient="records", indent=1))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(words_of(found, hand, pounds, judging, front, foot))
        print(f"Figure: {shown_folder(folder)}/figures/portfolios.png\nTables: {shown_folder(folder)}")
    return 0


def budget_of(text: str) -> float:
    """Return the budget, or refuse it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST_BUDGET:
        raise BadInputError(f"--budget is {text!r}: it must be a number above 0, at most {MOST_BUDGET:,.0f} GBP.")
    return value


def keep(folder: Path, found: pd.DataFrame, hand: pd.DataFrame, budget: float, foot: str, trials: int) -> None:
    """Write the tables, the figure and the record."""
    from carespread.results.figures.optimisation import optimised_drawing
    from carespread.results.store.writer import write_figures, write_record, write_table

    write_table(folder, "front", found, digits=None)
    write_table(folder, "hand_made", hand, digits=None)
    write_figures(folder, [optimised_drawing(found, hand, budget, foot)])
    write_record(folder, budget=budget, trials=trials, how=foot)


def words_of(
    found: pd.DataFrame, hand: pd.DataFrame, budget: float, judging: Laboratory, front: list, foot: str
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
