"""Sums up the runs of a design: a long table to keep, and a short one for the screen."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..statistics.outcomes import OUTCOMES, outcome_name
from ..words import percent, span
from .tables import Results

if TYPE_CHECKING:
    import pandas as pd

NUMBER = re.compile(r"^(<?[-+]?[\d,.]+(e[-+]?\d+)?( to [\d.]+)?( %| points)?|not reached|at start|)$")
"""A cell that is set to the right."""
ENOUGH_FOR_TAILS = 20
"""Runs from which 5 % and 95 % mean something; with fewer the outer band holds all runs."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def tails(runs: int) -> tuple[float, float]:
    """Return the quantiles between which so many runs are said to lie: with few runs, the lowest and the highest."""
    return (0.05, 0.95) if runs >= ENOUGH_FOR_TAILS else (0.0, 1.0)


def summary_table(results: Results) -> pd.DataFrame:
    """Return a row an innovation and outcome: the mean and quantiles over the runs that ended."""
    import pandas as pd

    ended = results.runs[results.runs["status"] == "ok"]
    rows: list[dict[str, Any]] = []
    for innovation in (*results.made_by["innovations"], *results.made_by["local_innovations"]):
        for outcome, unit in OUTCOMES.items():
            column = outcome_name(outcome, innovation)
            if column not in ended:
                continue
            values = ended[column].dropna()
            rows.append(
                {
                    "design": results.made_by["design"],
                    "innovation": innovation,
                    "outcome": outcome,
                    "unit": unit,
                    # a run in which half is never reached has no month of reaching it
                    "runs": len(values),
                    "mean": values.mean(),
                    **{f"quantile_{share:.2f}": value for share, value in values.quantile(list(QUANTILES)).items()},
                }
            )
    return pd.DataFrame(rows)


def screen_rows(results: Results) -> list[dict[str, Any]]:
    """Return a row an innovation with what a reader asks first; medians over runs."""
    ended = results.runs[results.runs["status"] == "ok"]
    low, high = tails(len(ended))
    rows = []
    for innovation, file in results.made_by["innovations"].items():

        def median(outcome: str, share: float = 0.5, name: str = innovation) -> float:
            return float(ended[outcome_name(outcome, name)].quantile(share))

        # the median run; a run that never reaches half takes for ever
        months = ended[outcome_name("months_to_half", innovation)].fillna(math.inf).quantile(0.5, "lower")
        row = {name: median(name) for name in ("using_share_start", "using_share")}
        row |= {"using_share_low": median("using_share", low), "using_share_high": median("using_share", high)}
        row |= {name: median(name) for name in ("site_share", "scaled_share")}
        rows.append({
            "innovation": innovation, "title": file["title"], **row,
            "months_to_half": months if math.isfinite(months) else None,
            **{name: median(name) for name in ("small_provider_gap", "abandoned_share")},
        })  # fmt: skip
    return rows


def screen_table(results: Results) -> str:
    """Return the short table as text."""
    ended = int((results.runs["status"] == "ok").sum())
    tail = "(90 % of runs)" if ended >= ENOUGH_FOR_TAILS else "(range of runs)"
    head = ("innovation", "at start", "at end", tail, "sites", "months to half", "gap, large less small")
    rows = []
    for row in screen_rows(results):
        months, gap = row["months_to_half"], row["small_provider_gap"]
        reached = "not reached" if months is None else f"{months:.0f}"
        shares = [percent(row[name]) for name in ("using_share_start", "using_share", "site_share")]
        rows.append((
            row["title"], *shares[:2], span(row["using_share_low"], row["using_share_high"]), shares[2],
            "at start" if row["using_share_start"] >= 0.5 else reached,
            "" if math.isnan(gap) else f"{gap:+.0f} points",
        ))  # fmt: skip
    return text_table(head, rows)


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for the screen: numbers to the right, words to the left, and a line under the head."""
    columns = range(len(head))
    widths = [max(len(row[column]) for row in (head, *rows)) for column in columns]
    right = [all(NUMBER.match(row[column]) for row in rows) for column in columns]
    lines = []
    for row in (head, *rows):
        cells = [cell.rjust(widths[at]) if right[at] else cell.ljust(widths[at]) for at, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
