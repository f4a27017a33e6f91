"""Holds the model against published studies: each is emulated from its file, and set beside what it found."""

from __future__ import annotations

import csv
import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd

from carespread.experiments.limits import SMALL_SEED, STUDY_DRAWS, checked
from carespread.experiments.posterior import PriorsWarning, read_fitted, refuse_both
from carespread.experiments.result import Result, kept, rows_of
from carespread.experiments.store import Progress, claimed, counted, workspace
from carespread.model import BadInputError, Parameters
from carespread.model.conditions import checked_name
from carespread.model.population.sector import Population, populate
from carespread.model.version import RESULTS_VERSION
from carespread.refusal import shown
from carespread.results.store.blocks import identity_in, sound_blocks, table_of, write_found
from carespread.results.store.files import hash_of, shown_path
from carespread.results.store.posterior import PUBLISHED
from carespread.results.store.record import RECORD, plain_of
from carespread.results.store.summary import text_table
from carespread.results.words import listed

from .emulation import TRANSPORT, TRIALS, Compared, beside_nothing, emulated, standing_for
from .priors import axes_of, values_of
from .study_figures import studies_drawing
from .study_file import Study, chosen, read_study

FOLDER = Path(__file__).with_name("studies")
EVIDENCE = FOLDER / "studies.csv"
DRAWS, PROVIDERS = 24, 1000
QUICK_DRAWS, QUICK_PROVIDERS = 4, 300
WORLDS = "worlds"
"""Where a block is kept for each study that is done: what its worlds came to."""
JUDGED_BY_CHANCE = " (a null without an interval is judged by chance alone)"
FAR = 3.0
"""|z| beyond which a study contradicts the model."""


@checked
def studies(
    paths: Sequence[str | Path] | None = None,
    *,
    study: Sequence[str] | None = None,
    quick: bool = False,
    draws: Annotated[int | None, STUDY_DRAWS] = None,
    seed: Annotated[int, SMALL_SEED] = 1,
    prior: bool = False,
    posterior: str | Path | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Emulate published studies, and set what the model says beside what they found.

    `paths` are study files, or folders of them; none are the studies that ship. `study` chooses some by id. Every arm
    of a study is a world of its own with the same sites, random draws and parameters, so that nothing spills over;
    parameters are draws of the posterior joined with priors (of priors alone with `prior`, or where the posterior is
    of another version), `draws` of them (24; 4 with `quick`, which also takes fewer organisations). Trials of the
    study's size are drawn from these worlds. `out` keeps each study as it is done, and `resume` goes on with what is
    there. Returns the tables `studies` (a row a published number) and `by_lever`. Raises BadInputError on a file that
    cannot be, and where `out` holds something else.

    >>> print(studies(study=["T33"], quick=True))  # doctest: +SKIP
    """
    every = found(paths or (), study or ())
    folder = claimed(out, "studies", resume)
    seen = populate(Parameters(), "all", 1)
    many = draws or (QUICK_DRAWS if quick else DRAWS)
    providers = QUICK_PROVIDERS if quick else PROVIDERS
    sites = [standing_for(one, chosen(one, seen), providers, seed) for one in every]
    taken, grounds = parameters_of(many, prior, posterior, seed)
    count, done = counted(progress, "worlds"), 0

    def told(worlds: int = 1) -> None:
        nonlocal done
        done += worlds
        if count is not None:
            count(done, many * len(every))

    design = design_of(every, taken, providers, seed)
    with workspace(owned(folder, design), "studies", design=design) as place:
        rows = every_compared(place / WORLDS, every, sites, taken, seed, identity_of(design), told)
        result = result_of(rows, every, many, providers, seed, grounds, design)
        return result if folder is None else kept(result, folder, "studies")


def design_of(every: Sequence[Study], taken: Sequence[dict[str, Any]], providers: int, seed: int) -> dict[str, Any]:
    """Return what must be the same to go on with studies: their files, the draws of the parameters, sizes and seed."""
    files = {one.id: [one.path, *filter(None, [one.table])] for one in every}
    return {
        "studies": {name: [hash_of(path) for path in paths] for name, paths in files.items()},
        "draws": len(taken),
        "parameters": hashlib.sha256(json.dumps(plain_of(taken)).encode()).hexdigest(),
        "providers": providers,
        "seed": seed,
        "results_version": RESULTS_VERSION,
    }


def identity_of(design: dict[str, Any]) -> dict[str, Any]:
    """Return what the ledger of a study says of the design it belongs to."""
    fingerprint = hashlib.sha256(json.dumps(design).encode()).hexdigest()
    return {"fingerprint": fingerprint, "runs_a_block": design["draws"], "results_version": RESULTS_VERSION}


def owned(folder: Path | None, design: dict[str, Any]) -> Path | None:
    """Return a folder whose record was lost only if the ledgers in it are of this design; any other as it is."""
    told = None if folder is None or (folder / RECORD).exists() else identity_in(folder / WORLDS)
    if folder is not None and told is not None and told["fingerprint"] != identity_of(design)["fingerprint"]:
        raise BadInputError(f"{shown_path(folder)} holds studies of another design than this: name another folder.")
    return folder


def every_compared(
    folder: Path,
    every: Sequence[Study],
    sites: Sequence[Population],
    taken: Sequence[dict[str, Any]],
    seed: int,
    of: dict[str, Any],
    told: Callable[[int], None],
) -> list[Compared]:
    """Return every published number beside the model's; a study whose block is in the folder is not run again."""
    there, rows = sound_blocks(folder), list[Compared]()
    for block, (one, people) in enumerate(zip(every, sites, strict=True)):
        if block in there:
            told(len(taken))
        else:
            made = pd.DataFrame(emulated(one, people, taken, seed, lambda: told(1)))
            write_found(folder, block, made.drop(columns=["study", "outcome"]), len(taken) * len(one.file.arm), of)
        found = pd.read_parquet(table_of(folder, block)).to_dict("records")
        for outcome, row in zip(one.outcomes, found, strict=True):
            numbers = {str(name): value for name, value in row.items()}
            rows.append(Compared(study=one, outcome=outcome, **numbers | {"levels": tuple(numbers["levels"])}))
    return rows


def result_of(
    rows: Sequence[Compared],
    every: Sequence[Study],
    many: int,
    providers: int,
    seed: int,
    grounds: str,
    design: dict[str, Any],
) -> Result:
    """Return the tables of studies and levers, the figure, the verdict and the record."""
    table, levers = numbers_of(rows), by_lever(rows)
    foot = (
        f"{many} draws of the parameters, {providers:,} organisations an arm, {TRIALS} trials of the study's size a"
        f" draw. {grounds}\nz: published less model over the root of the sum of squares of the published error, of"
        f" chance in a trial of its size, and of {TRANSPORT:g} of the effect (a level of one arm: of its change since"
        " month 0) for its transport to English care; z strict counts chance once."
    )
    parts = (screen_of(rows), verdict_of(rows), inside_of(table), screen_of_levers(levers), foot)
    text = "\n\n".join(part for part in parts if part)
    return Result(
        text,
        rows_of(table),
        {"studies": table, "by_lever": levers},
        lambda: (studies_drawing(rows, foot.partition("\n")[0]),),
        record={"draws": many, "providers": providers, "seed": seed, "grounds": grounds, "design": design},
        runs=many * sum(len(one.file.arm) for one in every),
    )


def found(paths: Sequence[str | Path], ids: Sequence[str]) -> list[Study]:
    """Return the studies of files and folders (none: those that ship), in order of id; some of them by id."""
    files: list[Path] = []
    for path in map(Path, paths or (FOLDER,)):
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise BadInputError(f"{path} holds no study: a study is a file that ends in .toml.")
        files += inside
    made = [read_study(path) for path in files]
    by_id: dict[str, Study] = {}
    for one in made:
        if by_id.setdefault(one.id, one) is not one:
            raise BadInputError(
                f"{one.path} has the id {shown(one.id)}, as {by_id[one.id].path} has: give every study its own."
            )
    for name in ids:
        checked_name("study", name, by_id)
    return [one for one in made if not ids or one.id in ids]


def parameters_of(many: int, prior: bool, posterior: str | Path | None, seed: int) -> tuple[list[dict[str, Any]], str]:
    """Return draws of all that is uncertain, and where they come from in a sentence."""
    refuse_both(posterior, prior)
    if not prior:
        try:
            fitted = read_fitted(Path(posterior or PUBLISHED))
        except BadInputError as error:
            if posterior is not None:
                raise
            says = f"{error} So studies are emulated with draws of the priors."
            warnings.warn(PriorsWarning(says), stacklevel=2)
        else:
            rows = np.random.default_rng(seed).choice(len(fitted.draws), many, replace=many > len(fitted.draws))
            return [dict(fitted.draws[row]) for row in rows], "Draws of the posterior joined with priors."
    axes = axes_of(())
    return values_of(axes, np.random.default_rng(seed).random((many, len(axes)))), "Draws of the priors."


def numbers_of(rows: Sequence[Compared]) -> pd.DataFrame:
    """Return a row a published number."""
    return pd.DataFrame(
        {
            "id": one.study.id,
            "source": one.study.file.source,
            "lever": one.study.about,
            "measure": one.outcome.measure,
            "month": one.outcome.month,
            "scale": one.outcome.scale if one.outcome.compares else "level",
            "sites": one.study.file.population.sites,
            "published": one.outcome.effect,
            "low": one.outcome.low,
            "high": one.outcome.high,
            "model": one.model,
            "model_low": one.low,
            "model_high": one.high,
            "model_treated": one.levels[0],
            "model_control": one.levels[1] if len(one.levels) > 1 else None,
            "spread_of_draws": one.draws,
            "chance_of_a_trial": one.noise,
            "z": one.z,
            "z_same_place": one.z_same_place,
            "z_strict": one.z_strict,
            "z_nothing": beside_nothing(one),
        }
        for one in rows
    )


def by_lever(rows: Sequence[Compared]) -> pd.DataFrame:
    """Return the mean of z^2 by what the studies are about, and in all; a study counts once, by the mean of its own."""
    squares = pd.DataFrame(
        {
            "lever": one.study.about,
            "id": one.study.id,
            "mean_z2": one.z**2,
            "mean_z2_same_place": one.z_same_place**2,
            "mean_z2_strict": one.z_strict**2,
        }
        for one in rows
    )
    studied = squares.groupby(["lever", "id"], sort=False).mean().reset_index("id")
    made = studied.groupby(level=0, sort=False).agg(
        studies=("id", "size"), mean_z2=("mean_z2", "mean"), mean_z2_same_place=("mean_z2_same_place", "mean"),
        mean_z2_strict=("mean_z2_strict", "mean"),
    )  # fmt: skip
    whole = studied.drop(columns="id").mean().to_frame().T.assign(lever="all", studies=len(studied)).set_index("lever")
    return pd.concat([made, whole[made.columns]]).reset_index()


def interval(low: float | None, high: float | None, digits: int) -> str:
    """Return an interval in brackets, or nothing."""
    return "" if low is None or high is None else f" ({low:.{digits}f} to {high:.{digits}f})"


def screen_of(rows: Sequence[Compared]) -> str:
    """Return a line a published number."""
    lines = []
    for one in rows:
        digits = 3 if abs(one.outcome.effect) < 1 else 2
        scale = "" if one.outcome.scale == "difference" else f", {one.outcome.scale.replace('_', ' ')}"
        lines.append(
            (one.study.id, one.study.about[:34], f"{one.outcome.measure}, month {one.outcome.month}{scale}",
             f"{one.outcome.effect:.{digits}f}{interval(one.outcome.low, one.outcome.high, digits)}",
             f"{one.model:.{digits}f}{interval(one.low, one.high, digits)}", f"{one.z:+.1f}", f"{one.z_strict:+.1f}")
        )  # fmt: skip
    return text_table(("study", "about", "measured", "published", "model", "z", "strict"), lines)


def screen_of_levers(levers: pd.DataFrame) -> str:
    """Return a line for what studies are about."""
    lines = [(str(row.lever), str(row.studies), *(f"{value:.2f}" for value in row[3:])) for row in levers.itertuples()]
    return text_table(("about", "studies", "mean z^2", "without transport", "chance counted once"), lines)


def verdict_of(rows: Sequence[Compared]) -> str:
    """Return in words which studies contradict the model."""
    far = [one for one in rows if abs(one.z) > FAR]
    if not far:
        return f"No published number lies further than |z| = {FAR:g} from the model."
    said = [
        f"{one.study.id} ({one.study.about}): the model says {'more' if one.model > one.outcome.effect else 'less'}"
        f" than was published, z = {one.z:+.1f}{JUDGED_BY_CHANCE if judged_by_chance(one) else ''}"
        for one in far
    ]
    return f"Contradicted by {listed(said)}."


def judged_by_chance(one: Compared) -> bool:
    """Return whether a published null has no interval: nothing but chance in a trial of its size then counts."""
    return one.outcome.compares and one.outcome.low is None and beside_nothing(one) == 0


def inside_of(table: pd.DataFrame) -> str:
    """Return in words how many published numbers lie in the model's interval, and what a model without effects scores.

    Transport is half of a published effect, so too small an effect is never further than |z| = 2: only beside the score
    of no effect at all does a small mean z^2 say something.
    """
    inside = int(table["published"].between(table["model_low"], table["model_high"]).sum())
    said = f"{inside} of {len(table)} published numbers lie in the model's own 95 % interval."
    effects = table[table["z_nothing"].notna()]
    if not len(effects):
        return said
    mean, nothing = (effects.groupby("id")[name].agg(lambda z: (z**2).mean()).mean() for name in ("z", "z_nothing"))
    return (
        f"{said} Of studies that compare, mean z^2 is {mean:.2f} here and {nothing:.2f} for a model in which nothing"
        " has an effect: transport alone keeps that within |z| = 2."
    )


def evidence() -> list[dict[str, str]]:
    """Return every row of the evidence table, as text."""
    with EVIDENCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
