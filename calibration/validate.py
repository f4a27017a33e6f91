"""Scores a frozen fit on data that it has not seen, once, and holds it against facts of the sector."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from carespread.experiments.limits import checked
from carespread.experiments.posterior import read_fitted
from carespread.experiments.result import Result, rows_of
from carespread.experiments.store import Progress, counted
from carespread.model import BadInputError
from carespread.model.jit import source_hash
from carespread.model.scenario import read_scenario
from carespread.results.store.files import hash_of
from carespread.results.store.posterior import DRAWS, read_posterior
from carespread.results.store.record import RECORD, check_files, read_record
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table

from .external_series import external as external_series
from .external_series import usual_place
from .facts import ELSEWHERE, OPEN, REPRODUCED, frames_of, patterns_of
from .figures import predictive_drawing, scores_drawing
from .forecast import MODEL, curve_scores, monthly_of, scores_of, series_of
from .freeze import commit_now, follows, observation_hash
from .levels import levels_table, with_scores
from .priors import axes_of
from .sector_runs import sector_runs
from .targets import FILE, VALIDATION, Target, fitted_only, innovations_of, read_targets

NEEDED = ("levels.csv", "rolling.csv", "predictive.csv", f"predictive/{RECORD}")
USUAL = Path("results") / "runs"
SCORED = "scored"
"""Folder of what the scoring of held-out data came to, within that of the fit."""


@checked
def validate(
    posterior: str | Path | None = None,
    *,
    targets: str | Path | None = None,
    external: bool = False,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Score a fit of `calibrate` on data that it has not seen, beside simple curves, and on facts of the sector.

    `posterior` is its folder, None the newest under results/runs; `targets` holds the data, None the file that it was
    fitted to. Held-out data are scored once: what a later call shows is what the first one found. Returns the tables
    `validation`, `levels`, `rolling` and `patterns`, and adds the folder `scored` to the fit. With `external` no fit is
    scored: series of other sectors are foretold from priors (see `external_series.external`) and kept in `out`, None a
    new folder under results/runs. Raises BadInputError where there is no whole fit, where model or observation model
    are no longer those that were frozen with it, and where the folder holds scores of another posterior.

    >>> print(validate("results/runs/fit"))  # doctest: +SKIP
    """
    if external:
        given = next((name for name, one in (("posterior", posterior), ("targets", targets)) if one is not None), None)
        if given is not None:
            raise BadInputError(
                f"External series are foretold from priors and bring their own data: leave out --{given}."
            )
        return external_series(out or usual_place(), progress=progress)
    if out is not None:
        raise BadInputError("--out is for --external alone: scores of a fit are kept in the folder of the fit.")
    folder = newest() if posterior is None else Path(posterior)
    read_posterior(folder)  # one of another version is refused
    missing = next((name for name in NEEDED if not (folder / name).is_file()), None)
    if missing is not None:
        raise BadInputError(
            f"{folder} holds no whole fit: {missing} is not there. Go on with carespread calibrate --resume."
        )
    check_files(folder, NEEDED[:3])
    record = read_record(folder, "fit", ("frozen", "scenario", "seed"))
    every = read_targets(Path(targets or record.get("targets_file") or FILE), read_scenario(record["scenario"]))
    monthly, rolling = monthly_of(folder / "predictive"), pd.read_csv(folder / "rolling.csv")
    if not (folder / SCORED / RECORD).is_file():
        score(folder, record, every, monthly)
    scored = read_record(folder / SCORED, "scores", ("posterior",))
    if scored["posterior"] != hash_of(folder / DRAWS):
        raise BadInputError(
            f"{folder} holds scores of another posterior (of {scored['scored']}): its held-out data have been seen."
        )
    validation, levels = (pd.read_csv(folder / SCORED / f"{name}.csv") for name in ("validation", "levels"))
    patterns = patterns_of(frames_of(monthly), sector_runs(read_fitted(folder), counted(progress, "runs")))
    write_table(folder, "patterns", patterns, digits="%.6g")
    tables = {"validation": validation, "levels": levels, "rolling": rolling, "patterns": patterns}
    data = {name: rows_of(table) for name, table in tables.items()}
    return Result(screen_of(validation, levels, patterns, scored), data, tables, folder=folder)


def score(folder: Path, record: Mapping[str, Any], every: tuple[Target, ...], monthly: pd.DataFrame) -> None:
    """Score the held-out data with a fit and its rivals, and keep the scores with the commits of both steps."""
    seen, held = fitted_only(every), [one for one in every if one.role == VALIDATION]
    frozen, now = record["frozen"], commit_now()
    if observation_hash(seen, axes_of([one.name for one in innovations_of(seen)])) != frozen["observation"]:
        raise BadInputError(
            f"The fitted data, definitions or priors are not those that {folder} was fitted with: freeze and fit again."
        )
    if record.get("source_hash") != source_hash():
        raise BadInputError(f"The model is no longer the one that {folder} was fitted with: freeze and fit again.")
    if frozen["commit"] and now.hash and not follows(frozen["commit"], now.hash):
        raise BadInputError(
            f"The commit {now.hash[:10]} does not come after {frozen['commit'][:10]}, in which {folder} was frozen."
        )
    start = read_scenario(record["scenario"]).conditions.start
    series, seed = series_of(every, start), int(record["seed"])
    levels = pd.read_csv(folder / "levels.csv")
    fitted = int(levels["fitted"].iloc[0])
    rows = [*scores_of(MODEL, fitted, monthly, held, seed), *curve_scores(series, held, seed)]
    for row in levels[levels["folder"].notna()].to_dict("records"):
        rows += scores_of(str(row["model"]), fitted, monthly_of(folder / str(row["folder"]) / "predictive"), held, seed)
    columns = ("target", "date", "method", "parameters", "observed", "median", "low", "high", "inside", "error",
               "interval_score", "crps")  # fmt: skip
    validation = pd.DataFrame(rows, columns=list(columns))
    table = with_scores(levels, validation)
    place = folder / SCORED
    place.mkdir(exist_ok=True)
    write_table(place, "validation", validation)
    write_table(place, "levels", table)
    (place / "levels.md").write_text(levels_table(table) + "\n", encoding="utf-8")
    if len(validation) and series.points:
        foot = f"Frozen in commit {str(frozen['commit'])[:10]}, scored in {str(now.hash)[:10]}."
        fan = pd.read_csv(folder / "predictive.csv", parse_dates=["month"])
        write_figures(place, [predictive_drawing(fan, every, series, foot, validation),
                              scores_drawing(validation, foot)])  # fmt: skip
    write_record(
        place,
        study="scores of held-out data",
        posterior=hash_of(folder / DRAWS),
        held_out=[one.id for one in held],
        frozen=dict(frozen),
        scoring={"commit": now.hash, "clean": now.clean},
        scored=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def newest() -> Path:
    """Return the fit that was made last under results/runs."""
    found = sorted((path.parent for path in USUAL.glob("*/posterior.parquet")), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BadInputError("No fit is there: make one with carespread calibrate, or name its folder with --posterior.")
    return found[-1]


def screen_of(validation: pd.DataFrame, levels: pd.DataFrame, patterns: pd.DataFrame, scored: Mapping[str, Any]) -> str:
    """Return the tables, and in which commits they were made."""
    held = [
        (row["target"], row["method"], f"{100 * row['observed']:.0f} %", f"{100 * row['median']:.1f} %",
         f"({100 * row['low']:.1f} to {100 * row['high']:.1f})", "yes" if row["inside"] else "no",
         f"{100 * row['interval_score']:.0f}", f"{100 * row['crps']:.1f}")
        for row in validation.to_dict("records")
    ]  # fmt: skip
    facts = [
        (str(row["fact"]), row["says"], row["published"] or "",
         "" if pd.isna(row["median"]) else f"{row['median']:.2g} ({row['low']:.2g} to {row['high']:.2g}) {row['unit']}",
         row["verdict"], row["why"])
        for row in patterns.to_dict("records")
    ]  # fmt: skip
    measured = patterns[patterns["verdict"] != ELSEWHERE]
    met, open_ = (int((measured["verdict"] == one).sum()) for one in (REPRODUCED, OPEN))
    head = ("held out", "said by", "observed", "median", "(90 %)", "inside", "interval score", "CRPS")
    return "\n\n".join(
        [
            text_table(head, held) if held else "No datum is held out.",
            levels_table(levels),
            text_table(("", "fact", "published", "fitted model (90 %)", "verdict", "why"), facts),
            f"{met} of {len(measured)} facts that these runs can show are reproduced, {open_} not ruled out;"
            f" {len(patterns) - len(measured)} are shown elsewhere or not in the model.",
            f"Frozen in commit {scored['frozen']['commit']}, scored in commit {scored['scoring']['commit']} on"
            f" {scored['scored'][:10]}.",
        ]
    )
