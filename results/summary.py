"""Sums up the runs of a design: a long table to keep, and a short one for the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .outcomes import OUTCOMES, outcome_name
from .tables import Results

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def summary_table(results: Results) -> pd.DataFrame:
    """Return a row an innovation and outcome: the mean and quantiles over the runs that ended."""
    import pandas as pd

    ended = results.runs[results.runs["status"] == "ok"]
    rows: list[dict[str, Any]] = []
    for innovation in results.made_by["innovations"]:
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
                    **{f"quantile_{share:.2f}": values.quantile(share) for share in QUANTILES},
                }
            )
    return pd.DataFrame(rows)


def screen_rows(results: Results) -> list[dict[str, Any]]:
    """Return a row an innovation with what a reader asks first; medians over runs."""
    ended = results.runs[results.runs["status"] == "ok"]
    rows = []
    for innovation, file in results.made_by["innovations"].items():

        def median(outcome: str, share: float = 0.5, name: str = innovation) -> float:
            return float(ended[outcome_name(outcome, name)].quantile(share))

        # the median run; a run that never reaches half takes for ever
        months = ended[outcome_name("months_to_half", innovation)].fillna(math.inf).quantile(0.5, "lower")
        rows.append(
            {
                "innovation": innovation,
                "title": file["title"],
                "using_share_start": median("using_share_start"),
                "using_share": median("using_share"),
                "using_share_low": median("using_share", 0.05),
                "using_share_high": median("using_share", 0.95),
                "site_share": median("site_share"),
                "scaled_share": median("scaled_share"),
                "months_to_half": months if math.isfinite(months) else None,
                "small_provider_gap": median("small_provider_gap"),
                "abandoned_share": median("abandoned_share"),
            }
        )
    return rows


def screen_table(results: Results) -> str:
    """Return the short table as text."""
    head = ("innovation", "at start", "at end", "(90 % of runs)", "sites", "months to half", "gap, large less small")
    made = []
    for row in screen_rows(results):
        months = row["months_to_half"]
        if row["using_share_start"] >= 0.5:
            reached = "at start"
        else:
            reached = "not reached" if months is None else f"{months:.0f}"
        low, high = 100 * row["using_share_low"], 100 * row["using_share_high"]
        gap = row["small_provider_gap"]
        made.append(
            (
                row["title"],
                percent(row["using_share_start"]),
                percent(row["using_share"]),
                f"{low:.0f} to {high:.0f} %",
                percent(row["site_share"]),
                reached,
                "" if math.isnan(gap) else f"{gap:+.0f} points",
            )
        )
    return text_table(head, made)


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{100 * share:.0f} %"


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for the screen: columns aligned, the first to the left, and a line under the head."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
