"""The work of `carespread experiment`: reads a design, refuses early, runs it block by block, and sums it up."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carespread.model import BadInputError
from carespread.results.store.blocks import Receipt, join_runs
from carespread.results.store.record import Manifest, write_manifest

from .design import read_design
from .experiment import Experiment, Spread, StoppedError, begin, on_threads, run_blocks
from .run import threads
from .run_command import shown_folder
from .screen import bar
from .store import folder_of, workers_of

MOST_RUNS = 10_000_000
"""Runs beyond which an experiment must be meant."""


def experiment_command(
    path: Path,
    *,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 if a run failed or the disk was full."""
    many, folder = workers_of(workers), folder_of(out, resume, path.stem, "experiment")
    design = read_design(path)
    if design.runs > MOST_RUNS and not yes:
        raise BadInputError(
            f"{path} would make {design.runs:,} runs, more than {MOST_RUNS:,}: add --yes if you mean it."
        )
    experiment = Experiment(design)
    try:
        kept = run_experiment(experiment, folder, resume, many, cluster, quiet)
    except StoppedError as stopped:
        print(
            f"{str(stopped).rstrip('.')}: what was made is kept in {shown_folder(folder)}. When there is room, go on"
            f" with: carespread experiment {path} --out {shown_folder(folder)} --resume",
            file=sys.stderr,
        )
        return 1
    failed = sum(receipt.failed for receipt in kept.values())
    if failed:
        print(
            f"{failed:,} of {experiment.runs:,} runs failed: their tracebacks stand in runs.parquet.", file=sys.stderr
        )
    said = {
        "folder": str(folder.absolute()),
        "designs": len(experiment.points),
        "runs": experiment.runs,
        "failed": failed,
    }
    if as_json:
        print(json.dumps(said, indent=1, ensure_ascii=False))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(f"{design.question}\n")
        print(f"{experiment.runs:,} runs of {len(experiment.points):,} designs; {failed:,} failed.")
        print(f"Figures: {shown_folder(folder)}/figures\nAll results: {shown_folder(folder)}")
        print(f'Ask them: carespread results {shown_folder(folder)} --query "select design, avg(outcome_all) from runs'
              ' group by design"')  # fmt: skip
    return 1 if failed else 0


def run_experiment(
    experiment: Experiment,
    folder: Path,
    resume: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
    quiet: bool = True,
    summed_up: bool = True,
) -> dict[int, Receipt]:
    """Return the receipts of all blocks, with the folder complete: tables and, if `summed_up`, summary and figures."""
    free_or_ours(folder, resume)
    with spread_with(cluster, workers) as spread:
        folder.mkdir(parents=True, exist_ok=True)
        with driven(folder):
            manifest = begin(experiment, folder, resume, workers or threads(), sys.argv)
            with bar("runs", quiet) as progress:
                kept = run_blocks(experiment, manifest, folder, spread, progress)
            finish(folder, manifest, kept, summed_up)
    return kept


def spread_with(cluster: str | None, workers: int | None) -> AbstractContextManager[Spread]:
    """Return where work is done: on threads, or on a cluster."""
    if cluster is None:
        return on_threads(workers)
    from .cluster import on_cluster

    return on_cluster(cluster, workers)


def free_or_ours(folder: Path, resume: bool) -> None:
    """Refuse a folder that holds something else, or nothing to go on with."""
    if resume and not folder.is_dir():
        raise BadInputError(f"{folder} does not exist: there is nothing to go on with.")
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder} is a file: name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "made_by.json").exists():
        left = [one for one in folder.iterdir() if one.name not in (LOCK,) and not one.name.startswith(".made_by")]
        if left:
            raise BadInputError(f"{folder} is not empty, and holds no experiment: name another folder.")
    above = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not os.access(above, os.W_OK):
        raise BadInputError(f"{folder} cannot be written: {above} belongs to somebody else.")


LOCK = ".driver.lock"


@contextmanager
def driven(folder: Path) -> Iterator[None]:
    """Hold the folder against a second driver; the system lets go of it when this process ends, however it ends."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BadInputError(f"{folder} is being filled by another driver: wait for it, or name another.") from None
    except OSError as error:
        raise BadInputError(f"{folder} cannot be written: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


def finish(folder: Path, manifest: Manifest, kept: dict[int, Receipt], summed_up: bool) -> None:
    """Write what is made from all blocks, and at last that all is done."""
    from carespread.results.figures.scenarios import scenarios_drawing
    from carespread.results.store.query import summary
    from carespread.results.store.writer import write_figures, write_table

    failed = sum(receipt.failed for receipt in kept.values())
    try:
        join_runs(folder)
        if summed_up:
            table = summary(folder, list(manifest.about["innovations"]))
            write_table(folder, "summary", table, digits=None)
        if summed_up and failed < manifest.runs:
            write_figures(folder, [scenarios_drawing(folder, manifest.about)])
    except OSError as error:
        raise StoppedError(error.strerror or str(error)) from error
    write_manifest(folder, manifest._replace(ended=datetime.now(UTC).isoformat(), failed=failed))


def results_command(folder: Path, sql: str | None, as_json: bool) -> int:
    """Print what a results folder holds, or the answer to a question about it."""
    from carespread.results.store.query import opened, query

    if sql is None:
        with opened(folder) as connection:
            tables = [row[0] for row in connection.execute("show tables").fetchall()]
            held: list[dict[str, Any]] = []
            for table in tables:
                counted = connection.execute(f"select count(*) from {table}").fetchone()
                columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
                held.append({"table": table, "rows": counted[0] if counted else 0, "columns": columns})
        if as_json:
            print(json.dumps({"folder": str(folder), "tables": held}, indent=1, ensure_ascii=False))
        else:
            for one in held:
                print(f"{one['table']}: {one['rows']:,} rows\n  {', '.join(one['columns'])}")
            print(f'\nAsk: carespread results {folder} --query "select design, count(*) from runs group by design"')
        return 0
    answer = query(folder, sql)
    if as_json:
        print(answer.to_json(orient="records", date_format="iso", indent=1))
    else:
        print(answer.to_string(index=False))
    return 0
