"""The table of models: what each fits, how probable it makes the data, and how it meets data that nobody fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from carespread.model.odd import markdown

from .forecast import MODEL
from .rivals import WHOLE

HEAD = ("model", "numbers fitted", "log evidence", "held out: mean CRPS, points", "held out: in the 90 % interval",
        "rolling origins: mean CRPS", "rolling origins: in the 90 % interval")  # fmt: skip


def with_scores(levels: pd.DataFrame, validation: pd.DataFrame) -> pd.DataFrame:
    """Return the table of models with their scores at the points held out."""
    if not len(validation):
        return levels
    means = validation.groupby("method").agg(crps=("crps", "mean"), inside=("inside", "sum"), of=("inside", "size"))
    names = levels["model"].replace(WHOLE, MODEL)
    return levels.assign(**{column: names.map(means[column]) for column in means})


def number(row: Mapping[str, Any], name: str, form: str, times: float = 1.0) -> str:
    """Return a number of a row in words, nothing where there is none."""
    value = row.get(name)
    return "" if value is None or pd.isna(value) else f"{times * value:{form}}"


def part(row: Mapping[str, Any], name: str, of: str) -> str:
    """Return a count out of another one, nothing where there is none."""
    return f"{number(row, name, '.0f')} of {number(row, of, '.0f')}" if number(row, of, "") else ""


def levels_table(levels: pd.DataFrame) -> str:
    """Return models and simple curves as a table in Markdown, and what it comes to in a sentence."""
    rows = []
    for row in levels.to_dict("records"):
        evidence = number(row, "log_evidence", ".1f")
        failed = isinstance(row["verdict"], str) and row["verdict"]
        rows.append(
            (
                f"**{row['model']}**" if row["model"] == WHOLE else row["model"],
                number(row, "fitted", ".0f"),
                "cannot make the data"
                if failed
                else evidence and f"{evidence} ± {number(row, 'evidence_error', '.1f')}",
                number(row, "crps", ".1f", 100),
                part(row, "inside", "of"),
                number(row, "rolling_crps", ".1f", 100),
                part(row, "rolling_inside", "rolling"),
            )
        )
    return f"{markdown(HEAD, rows)}\n\n{verdict_of(levels)}"


def verdict_of(levels: pd.DataFrame) -> str:
    """Return how the whole model stands beside the others at the points held out."""
    if "crps" not in levels or levels["crps"].isna().all():
        return "Held-out data have not been scored yet."
    order = levels.dropna(subset="crps").sort_values("crps", ignore_index=True)
    place = list(order["model"]).index(WHOLE) + 1
    own, best = order.iloc[place - 1], order.iloc[0]
    if place == 1:
        return f"At the points held out the whole model is the best of {len(order)} ({100 * own['crps']:.1f} points)."
    bass = order[order["model"].str.startswith("L0")]
    beside = (
        f"; plain spread (L0, Bass) fitted by the same machinery has {100 * bass['crps'].iloc[0]:.1f}"
        if len(bass) and best["model"] != bass["model"].iloc[0]
        else ""
    )
    return (
        f"**At the points held out the whole model is number {place} of {len(order)}**: it misses by"
        f" {100 * own['crps']:.1f} points, {best['model']} by {100 * best['crps']:.1f}{beside}. It must earn its place"
        " by what it explains."
    )
