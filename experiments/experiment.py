"""Runs an experiment block by block, keeps every block, and goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

from carespread.model import BadInputError, Policy
from carespread.model.jit import source_hash
from carespread.model.population.country import country_of, home
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.blocks import (
    MONTHLY,
    MOST_PARTITIONS,
    Receipt,
    identity_in,
    join_runs,
    sound_blocks,
    write_block,
)
from carespread.results.store.files import shown_path
from carespread.results.store.folder import free_folder
from carespread.results.store.record import Manifest, read_manifest, write_manifest
from carespread.results.store.tables import OneRun, Results, tables

from .design import MOST_MONTHLY, Design, read_design
from .limits import WORKERS, checked
from .points import Point, plan_of, points_of
from .result import Result
from .run import Plan, described, one_run, runs_side_by_side, threads
from .store import Progress, claimed, counted

SECONDS_A_BLOCK = 5.0
"""Work travels in blocks of about so long: a single run would cost more to send and keep than to make."""
SECONDS_A_STEP = 2e-7
"""About what a provider's month of one innovation takes. A measured time would make other blocks on a busy machine."""
FEWEST_RUNS_A_BLOCK, MOST_RUNS_A_BLOCK = 50, 1000
"""Thousands of small files take a question longer than the runs took."""
WAITING = 4
"""Blocks handed out ahead for each worker: memory does not grow with the experiment."""
MOST_RUNS = 10_000_000
"""Runs beyond which an experiment must be meant."""


class StoppedError(Exception):
    """The disk is full, or cannot be written: what is kept is safe."""


class Task(NamedTuple):
    """One block of work: which runs of which designs, and where to keep them."""

    block: int
    runs: tuple[tuple[str, Plan, int], ...]
    """Name of the design, its plan, and which replication."""
    folder: Path
    partitioned: bool
    of: Mapping[str, Any]
    """Which experiment it belongs to, for its ledger."""


Spread = Callable[[Iterable[Task]], Iterator[Receipt]]
"""Has tasks done somewhere, and yields the receipt of each when its block is kept."""


class Experiment:
    """A design laid out as runs in one order: those that share a past side by side, replication by replication."""

    def __init__(self, design: Design, points: list[Point] | None = None) -> None:
        """Check every design before any work starts; `points` are those of the design if not given."""
        self.design = design
        self.points = points_of(design) if points is None else points
        self._plans: dict[int, Plan] = {}
        for number in range(len(self.points)):
            self.plan(number)

    def plan(self, number: int) -> Plan:
        """Return the plan of one design."""
        if number not in self._plans:
            self._plans[number] = plan_of(self.design, self.points[number])
        return self._plans[number]

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.points) * self.design.replications

    @property
    def partitioned(self) -> bool:
        """Whether the monthly table has a folder for each design."""
        return len(self.points) <= MOST_PARTITIONS

    @cached_property
    def together(self) -> list[list[int]]:
        """Points that differ in what is pulled alone, so that what happens before can be made once for all."""
        found: dict[Any, list[int]] = {}
        for number, point in enumerate(self.points):
            values = tuple(sorted((name, value) for name, value in point.values.items() if name not in Policy._fields))
            found.setdefault((values, point.seed, tuple(map(id, point.innovations))), []).append(number)
        return list(found.values())

    @cached_property
    def _first_runs(self) -> list[int]:
        """The first run of every group of points that stand together."""
        sizes = [len(points) * self.design.replications for points in self.together]
        return [0, *accumulate(sizes)][:-1]

    def run(self, number: int) -> tuple[int, int]:
        """Return the point and the replication of a run."""
        group = bisect_right(self._first_runs, number) - 1
        replication, at = divmod(number - self._first_runs[group], len(self.together[group]))
        return self.together[group][at], replication

    @cached_property
    def fingerprint(self) -> str:
        """The hash of everything that decides the numbers: two experiments with one hash are one experiment."""
        digest = hashlib.sha256(
            f"results_version {RESULTS_VERSION}, {self.design.replications} runs, together".encode()
        )
        for number, point in enumerate(self.points):
            plan = described(self.plan(number), datetime.now(UTC))
            for unsettled in ("started", "scenario_file", "scenario_text", "question"):
                plan.pop(unsettled)
            digest.update(json.dumps([point.name, plan], sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def blocks(self, runs_a_block: int) -> int:
        """Return how many blocks there are."""
        return -(-self.runs // runs_a_block)

    def task(self, block: int, runs_a_block: int, folder: Path) -> Task:
        """Return the work of one block."""
        runs = map(self.run, range(block * runs_a_block, min(self.runs, (block + 1) * runs_a_block)))
        asked = tuple((self.points[point].name, self.plan(point), replication) for point, replication in runs)
        return Task(block, asked, folder, self.partitioned, self.identity(runs_a_block))

    def identity(self, runs_a_block: int) -> dict[str, Any]:
        """Return what a ledger says of the experiment: enough to go on where its record was lost."""
        return {"fingerprint": self.fingerprint, "runs_a_block": runs_a_block, "results_version": RESULTS_VERSION}


def work(task: Task) -> Receipt:
    """Make the runs of one block and keep them; the same on a thread, in a process or on another machine."""
    began = time.perf_counter()
    plans = {name: plan for name, plan, _ in task.runs}
    kept: dict[str, list[OneRun]] = {name: [] for name in plans}
    for (name, _, _), run in zip(task.runs, runs_side_by_side([run[1:] for run in task.runs]), strict=True):
        kept[name].append(run)
    made = {name: results_of(name, plans[name], runs) for name, runs in kept.items()}
    keep_months = task.runs[0][1].monthly
    seconds = time.perf_counter() - began
    return write_block(task.folder, task.block, made, task.partitioned, seconds, keep_months, task.of)


def results_of(name: str, plan: Plan, runs: list[OneRun]) -> Results:
    """Return the tables of some runs of one design."""
    return tables(runs, described(plan, datetime.now(UTC)) | {"design": name})


def pilot(experiment: Experiment) -> float:
    """Return the seconds of one run of the first design, with what is kept of it, after kernels are compiled."""
    plan = experiment.plan(0)
    with country_of(plan.inputs.country):
        home().register()
    seconds = []
    for _ in range(2):  # the first also loads what is needed
        began = time.perf_counter()
        results_of("pilot", plan, [one_run(plan, 0)])
        seconds.append(time.perf_counter() - began)
    return min(seconds)


class Estimate(NamedTuple):
    """What an experiment would take, from a pilot of its first design."""

    seconds_a_run: float
    seconds: float
    """On the threads of this process."""
    bytes: float
    """On the disk, when all is done."""


def estimate(experiment: Experiment, workers: int | None = None) -> Estimate:
    """Return what an experiment would take, measured by two runs that are kept in a temporary folder."""
    each = pilot(experiment)
    plan, name = experiment.plan(0), experiment.points[0].name
    with TemporaryDirectory() as place:
        sizes = []
        for block, runs in enumerate((1, 5)):  # what a file takes by itself, and what a run adds
            folder = Path(place) / str(runs)
            work(Task(block, tuple((name, plan, one) for one in range(runs)), folder, experiment.partitioned, {}))
            sizes.append(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
    many = workers or threads()
    a_run = max(0.0, (sizes[1] - sizes[0]) / 4)
    blocks = experiment.blocks(runs_in_a_block(experiment, many))
    return Estimate(each, each * experiment.runs / many, a_run * experiment.runs + (sizes[0] - a_run) * blocks)


def runs_in_a_block(experiment: Experiment, workers: int) -> int:
    """Return how many runs make some seconds of work, fewer where workers would be left without any."""
    plan = experiment.plan(0)
    seconds = SECONDS_A_STEP * plan.providers * plan.months * len(plan.innovations)
    wanted = min(max(round(SECONDS_A_BLOCK / seconds), FEWEST_RUNS_A_BLOCK), MOST_RUNS_A_BLOCK)
    return max(1, min(wanted, -(-experiment.runs // (2 * workers))))


def known_manifest(experiment: Experiment, folder: Path, resume: bool) -> Manifest | None:
    """Return the record of the experiment that a folder holds, None where there is none; another one is refused."""
    known = read_manifest(folder) or manifest_of_ledgers(experiment, folder)
    if known is None:
        return None
    if known.fingerprint != experiment.fingerprint and known.results_version == RESULTS_VERSION:
        raise BadInputError(f"{shown_path(folder)} holds another experiment than this design: name another folder.")
    if not resume:
        raise BadInputError(
            f"{shown_path(folder)} holds an experiment already: add --resume to go on with it, or name another."
        )
    if known.results_version != RESULTS_VERSION:
        raise BadInputError(
            f"{shown_path(folder)} was made by results_version {known.results_version}, this is {RESULTS_VERSION}:"
            " start anew."
        )
    return known


def manifest_of_ledgers(experiment: Experiment, folder: Path) -> Manifest | None:
    """Return the record of an experiment whose own was lost, from what its blocks say; None where there are none."""
    told = identity_in(folder)
    if told is None:
        return None
    made = manifest_of(experiment, int(told["runs_a_block"]), sys.argv)
    return made._replace(fingerprint=str(told["fingerprint"]), results_version=int(told["results_version"]))


def manifest_of(experiment: Experiment, runs_a_block: int, command: list[str]) -> Manifest:
    """Return the record of an experiment that begins now."""
    return Manifest(
        command=command,
        fingerprint=experiment.fingerprint,
        runs_a_block=runs_a_block,
        runs=experiment.runs,
        partitioned=experiment.partitioned,
        results_version=RESULTS_VERSION,
        source_hash=source_hash(),
        started=datetime.now(UTC).isoformat(),
        ended=None,
        failed=None,
        about=about(experiment),
    )


def begin(experiment: Experiment, folder: Path, resume: bool, workers: int, command: list[str]) -> Manifest:
    """Return the manifest of a folder: a new one, or that of the experiment that is gone on with."""
    with country_of(experiment.plan(0).inputs.country):
        home().register()  # kept for all threads
    manifest = known_manifest(experiment, folder, resume)
    if manifest is None:
        manifest = manifest_of(experiment, runs_in_a_block(experiment, workers), command)
    if read_manifest(folder) is None:
        write_manifest(folder, manifest)
    return manifest


def about(experiment: Experiment) -> dict[str, Any]:
    """Return the design in words and numbers, for the record."""
    design = experiment.design
    first = described(experiment.plan(0), datetime.now(UTC))
    return {
        "question": design.question,
        "design_text": design.text,
        "scenarios": {one.name: {"question": one.question, "text": one.text} for one in design.scenarios},
        "providers": design.providers,
        "months": design.months,
        "replications": design.replications,
        "seeds": [design.seed, design.seed + design.replications - 1],
        "samples": design.samples,
        "uncertain": {name: str(value) for name, value in design.uncertain.items()},
        "designs": {point.name: {"scenario": point.scenario.name, **point.values} for point in experiment.points},
        "innovations": first["innovations"],
        "parameters": first["parameters"],
        "policy": first["policy"],
    }


def run_blocks(
    experiment: Experiment,
    manifest: Manifest,
    folder: Path,
    spread: Spread,
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, Receipt]:
    """Make every block that is not there yet, wherever `spread` has them made; return all receipts."""
    kept = sound_blocks(folder)
    size = manifest.runs_a_block
    missing = [block for block in range(experiment.blocks(size)) if block not in kept]
    done = sum(receipt.runs for receipt in kept.values())
    if progress is not None:
        progress(done, experiment.runs)
    for receipt in spread(experiment.task(block, size, folder) for block in missing):
        kept[receipt.block] = receipt
        done += receipt.runs
        if progress is not None:
            progress(done, experiment.runs)
    return kept


@contextmanager
def on_threads(workers: int | None = None) -> Iterator[Spread]:
    """Yield how tasks are spread over threads of this process: the kernel leaves the interpreter to the others."""
    many = workers or threads()
    pool = ThreadPoolExecutor(many, thread_name_prefix="thread")
    try:
        yield partial(spread_over, pool, many)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def spread_over(pool: ThreadPoolExecutor, many: int, tasks: Iterable[Task]) -> Iterator[Receipt]:
    """Yield the receipt of each task as its block is kept."""
    waiting: set[Future[Receipt]] = set()
    ahead = iter(tasks)
    try:
        while True:
            while len(waiting) < WAITING * many and (task := next(ahead, None)) is not None:
                waiting.add(pool.submit(work, task))
            if not waiting:
                return
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
    except OSError as error:
        raise StoppedError(f"{os.strerror(error.errno) if error.errno else error}") from error


class Execution(NamedTuple):
    """How the runs of a study are made, and who hears how far they are."""

    workers: int | None = None
    """Threads, or workers of the cluster; None is what is there."""
    cluster: str | None = None
    """Address of a Dask scheduler, or local; None is threads of this process."""
    progress: Progress | None = None


def run_experiment(
    experiment: Experiment,
    folder: Path,
    resume: bool = False,
    execution: Execution = Execution(),
    summed_up: bool = True,
) -> dict[int, Receipt]:
    """Return the receipts of all blocks, with the folder complete: tables and, if `summed_up`, summary and figures.

    With `resume` blocks that are there already are kept; where there are none it starts anew.
    """
    free_folder(folder, "experiment", resume)
    with spread_with(execution.cluster, execution.workers) as spread:
        folder.mkdir(parents=True, exist_ok=True)
        with driven(folder):
            manifest = begin(experiment, folder, resume, execution.workers or threads(), sys.argv)
            kept = run_blocks(experiment, manifest, folder, spread, counted(execution.progress, "runs"))
            finish(folder, manifest, kept, summed_up)
    return kept


def spread_with(cluster: str | None, workers: int | None) -> AbstractContextManager[Spread]:
    """Return where work is done: on threads, or on a cluster."""
    if cluster is None:
        return on_threads(workers)
    from .cluster import on_cluster

    return on_cluster(cluster, workers)


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
        raise BadInputError(f"{shown_path(folder)} cannot be written: {error.strerror}.") from None
    for left in folder.rglob(".*.part"):  # of a driver that was killed
        left.unlink(missing_ok=True)  # a worker of it may still be there
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
        if summed_up and failed < manifest.runs and (folder / MONTHLY).is_dir():
            write_figures(folder, [scenarios_drawing(folder, manifest.about)])
    except OSError as error:
        raise StoppedError(error.strerror or str(error)) from error
    write_manifest(folder, manifest._replace(ended=datetime.now(UTC).isoformat(), failed=failed))


@checked
def experiment(
    design: str | Path,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    yes: bool = False,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a design: scenarios x points x replications, kept block by block.

    Parameters
    ----------
    design : a TOML file (see `carespread check`).
    out : folder to make; None keeps nothing on the disk.
    resume : go on with what is kept in `out`.
    workers : threads, or processes of `cluster` local; None is one a core.
    cluster : address of a Dask scheduler, or local.
    yes : whether more than 10 million runs are meant.
    progress : is told how far the work is.

    Returns the summary, a row a design, innovation and outcome; without `out` also `runs`, a row a run. Raises
    BadInputError on a faulty design, and where `out` holds something else.

    >>> made = experiment("design.toml", out="results/runs/grant")  # doctest: +SKIP
    """
    from carespread.results.store.query import summary

    read = read_design(Path(design))
    if read.runs > MOST_RUNS and not yes:
        raise BadInputError(
            f"{design} would make {read.runs:,} runs, more than {MOST_RUNS:,}: add --yes if you mean it."
        )
    made, folder = Experiment(read), claimed(out, "experiment", resume)
    if progress is not None and not read.monthly and read.runs > MOST_MONTHLY:
        progress(f"Beyond {MOST_MONTHLY:,} runs no monthly tables are kept, unless the design says monthly = true.")
    with nullcontext(folder) if folder else TemporaryDirectory(prefix="carespread-") as place:
        kept = run_experiment(made, Path(place), resume, Execution(workers, cluster, progress))
        tables = {"summary": summary(Path(place), list(about(made)["innovations"]))}
        if folder is None:
            from pandas import read_parquet

            tables["runs"] = read_parquet(Path(place) / "runs.parquet")
    failed = sum(receipt.failed for receipt in kept.values())
    says = [read.question, "", f"{made.runs:,} runs of {len(made.points):,} designs; {failed:,} failed."]
    if folder is not None:
        sql = "select design, avg(outcome_all) from runs group by design"
        says.append(f'Ask them: carespread results {out} --query "{sql}"')
    data = {"designs": len(made.points), "runs": made.runs, "failed": failed}
    return Result("\n".join(says), data, tables, folder=folder, runs=made.runs, failed=failed)
