"""Tests a fit on data that it has not seen, on later points, and on facts of the sector."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from carespread.experiments.limits import checked
from carespread.experiments.posterior import read_fitted
from carespread.experiments.result import Result, rows_of
from carespread.experiments.store import Progress, counted
from carespread.model import BadInputError
from carespread.results.store.posterior import read_posterior
from carespread.results.store.query import opened
from carespread.results.store.record import check_files
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_table

from .facts import ELSEWHERE, OPEN, REPRODUCED, frames_of, patterns_of
from .sector_runs import sector_runs

NEEDED = ("validation.csv", "rolling.csv", "predictive/made_by.json")
USUAL = Path("results") / "runs"


@checked
def validate(posterior: str | Path | None = None, *, progress: Progress | None = None) -> Result:
    """Test a fit of `calibrate` on data that it has not seen, beside simple curves, and on facts of the sector.

    `posterior` is its folder, None the newest under results/runs. Returns the tables `validation`, `rolling` and
    `patterns`, and adds patterns.csv to the fit. Raises BadInputError where there is no whole fit.

    >>> print(validate("results/runs/fit"))  # doctest: +SKIP
    """
    folder = newest() if posterior is None else Path(posterior)
    read_posterior(folder)  # one of another version is refused
    missing = next((name for name in NEEDED if not (folder / name).is_file()), None)
    if missing is not None:
        raise BadInputError(
            f"{folder} holds no whole fit: {missing} is not there. Go on with carespread calibrate --resume."
        )
    check_files(folder, NEEDED[:2])
    validation, rolling = (pd.read_csv(folder / name) for name in NEEDED[:2])
    with opened(folder / "predictive") as connection:
        monthly = connection.execute(
            'select design, month, innovation, "group", using_share, site_share, people_share, exits, providers from'
            " monthly where \"group\" in ('all', 'setting=homecare')"
        ).df()
    patterns = patterns_of(frames_of(monthly), sector_runs(read_fitted(folder), counted(progress, "runs")))
    write_table(folder, "patterns", patterns, digits="%.6g")
    tables = {"validation": validation, "rolling": rolling, "patterns": patterns}
    data = {name: rows_of(table) for name, table in tables.items()}
    return Result(screen_of(validation, rolling, patterns), data, tables, folder=folder)


def newest() -> Path:
    """Return the fit that was made last under results/runs."""
    found = sorted((path.parent for path in USUAL.glob("*/posterior.parquet")), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BadInputError("No fit is there: make one with carespread calibrate, or name its folder with --posterior.")
    return found[-1]


def screen_of(validation: pd.DataFrame, rolling: pd.DataFrame, patterns: pd.DataFrame) -> str:
    """Return the three tables."""
    held = [
        (row["target"], row["method"], f"{100 * row['observed']:.0f} %", f"{100 * row['median']:.1f} %",
         f"({100 * row['low']:.1f} to {100 * row['high']:.1f})", "yes" if row["inside"] else "no",
         f"{100 * row['interval_score']:.0f}", f"{100 * row['crps']:.1f}")
        for row in validation.to_dict("records")
    ]  # fmt: skip
    means = rolling.groupby("method")[["crps", "interval_score", "inside"]].mean().sort_values("crps")
    later = [
        (name, f"{100 * row['crps']:.1f}", f"{100 * row['interval_score']:.0f}", f"{100 * row['inside']:.0f} %")
        for name, row in means.iterrows()
    ]
    facts = [
        (str(row["fact"]), row["says"], row["published"] or "",
         "" if pd.isna(row["median"]) else f"{row['median']:.2g} ({row['low']:.2g} to {row['high']:.2g}) {row['unit']}",
         row["verdict"], row["why"])
        for row in patterns.to_dict("records")
    ]  # fmt: skip
    measured = patterns[patterns["verdict"] != ELSEWHERE]
    met, open_ = (int((measured["verdict"] == one).sum()) for one in (REPRODUCED, OPEN))
    return "\n\n".join(
        [
            text_table(
                ("held out", "said by", "observed", "median", "(90 %)", "inside", "interval score", "CRPS"), held
            ),
            text_table(("from rolling origins", "CRPS, points", "interval score", "in the 90 % interval"), later),
            text_table(("", "fact", "published", "fitted model (90 %)", "verdict", "why"), facts),
            f"{met} of {len(measured)} facts that these runs can show are reproduced, {open_} not ruled out;"
            f" {len(patterns) - len(measured)} are shown elsewhere or not in the model.",
        ]
    )
