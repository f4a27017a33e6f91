"""Runs the library of the policy page: packages of options over draws of what is uncertain, kept block by block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.extras import needs
from carespread.model.innovations import find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import Scenario, read_scenario
from carespread.model.simulate import prepare, simulate
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.files import shown_path
from carespread.results.store.record import RECORD, read_record, refuse_older
from carespread.results.stories.provider_history import Followed, Kind, follow
from carespread.results.stories.story import story
from carespread.results.words import month_words, stage_words

from .archetypes import find_like
from .design import Design
from .experiment import Execution, Experiment, pilot, run_experiment
from .factors import uncertain
from .limits import PROVIDERS, RUNS, SEED, WORKERS, checked
from .packages import FULL, OPTIONS, QUICK, TODAY, Package, Size, package, packages_of
from .points import Point, latin_hypercube, quantiles_of
from .posterior import Fitted, read_fitted
from .replication import asked_posterior
from .result import Result, kept
from .run import Plan, inputs_of, threads
from .store import Progress, claimed, workspace

STUDY, SCENARIO = "library", "central"
USUAL = Path("results") / "runs" / "library"
PERIOD = 6
"""Months of a row of the kept tables."""
PRIOR_DRAWS = 200
"""Draws of the priors, where no posterior belongs to this version of the model."""
PACKAGES, DRAWS, AGAIN, PLACES = "packages", "draws", "again", "places"
"""Parts of a library: every package; doing nothing and each option alone over many draws; the same draws with other
chance; the whole sector by council."""
STORY = "story.json"
"""How one provider fares, if nothing new is done and with each option alone."""
LIKE = "small residential home that stayed open"
"""The provider that is told of: of those that are so, the one that moves most."""
QUESTION = "What does each package of policy options change?"


class Library(Experiment):
    """An experiment whose every run has a draw of its own: the same for the same seed, whatever the package."""

    def __init__(self, design: Design, points: list[Point], fitted: Fitted) -> None:
        """Check every package before any work starts."""
        self.fitted = fitted
        super().__init__(design, points)

    def plan(self, number: int) -> Plan:
        """Return the plan of one package."""
        return super().plan(number)._replace(fitted=self.fitted)

    @property
    def partitioned(self) -> bool:
        """One file a block: hundreds of packages would leave thousands of small ones."""
        return False


class Asked(NamedTuple):
    """What a library is made of."""

    size: Size
    seed: int
    fitted: Fitted
    packages: dict[Package, str]
    """By what each is there for."""
    parts: dict[str, Library]

    def names(self, part: str) -> list[str]:
        """Return the names of the packages of a part."""
        return [point.name for point in self.parts[part].points]


def drawn_from_priors(innovations: tuple[str, ...], seed: int) -> Fitted:
    """Return draws of the priors of all that is uncertain, in the place of a posterior."""
    names = uncertain()
    shares = latin_hypercube(len(names), PRIOR_DRAWS, seed)
    columns = {name: quantiles_of(name, "prior", own) for name, own in zip(names, shares.T, strict=True)}
    draws = tuple({name: values[row].item() for name, values in columns.items()} for row in range(PRIOR_DRAWS))
    return Fitted("", innovations, draws)


def drawn_of(folder: Path) -> Fitted:
    """Return the draws that a library was made with, so that one more package has the same.

    Raises BadInputError where the posterior is not there any more, or is another one.
    """
    record = library_record(folder)
    if record.get("posterior") is None:
        innovations = tuple(one.name for one in find(read_scenario(SCENARIO).innovations))
        made = drawn_from_priors(innovations, record["design"]["seed"])
    else:
        made = read_fitted(Path(record["posterior"]))
    if made.described()["sha256"] != record["fitted"]["sha256"]:
        raise BadInputError(
            f"The library in {shown_path(folder)} was made with other draws than there are now: packages that are run"
            " now would not belong to it."
        )
    return made


def asked(size: Size, seed: int, fitted: Fitted | None) -> Asked:
    """Return what a library takes, checked; without a fit, uncertain numbers are drawn from their priors."""
    base = read_scenario(SCENARIO)
    draws = drawn_from_priors(tuple(one.name for one in find(base.innovations)), seed) if fitted is None else fitted
    packages = packages_of(size)
    names = {one: f"p{number:04d}" for number, one in enumerate(packages)}

    def part(chosen: list[Package], replications: int, first: int, **others: Any) -> Library:
        points = [Point(names[one], one.scenario(base, names[one]), {}) for one in chosen]
        settings: dict[str, Any] = {"providers": size.providers, "groups": (), **others}
        return Library(design_of(base, points, size.months, replications, first, **settings), points, draws)

    every = list(packages)
    alone = [one for one in every if one.target == "all" and one.future == "central" and alone_at(one)]
    parts = {PACKAGES: part(every, size.replications, seed), DRAWS: part(alone, size.draws, seed)}
    if size.twice:  # seeds that lie as many on as there are draws have the same draws
        parts[AGAIN] = part(alone, size.draws, seed + len(draws.draws))
    if size.places:
        parts[PLACES] = part([every[0], package(TODAY)], size.places, seed, providers=checked_size("all"),
                             groups=("area",))  # fmt: skip
    return Asked(size, seed, draws, packages, parts)


def alone_at(one: Package) -> bool:
    """Return whether a package is doing nothing, one option at half or full, or today's policy."""
    pulled = [level for level in one.levels if level]
    return (len(pulled) < 2 and set(pulled) <= {0.5, 1.0}) or one == package(TODAY)


def design_of(base: Scenario, points: list[Point], months: int, replications: int, seed: int, **others: Any) -> Design:
    """Return the design of one part."""
    return Design(
        path=Path(base.name),
        question=QUESTION,
        scenarios=tuple(point.scenario for point in points),
        months=months,
        replications=replications,
        seed=seed,
        samples=1,
        parameters={},
        innovations=base.innovations,
        text="",
        period=PERIOD,
        **others,
    )


@checked
def library(
    *,
    quick: bool = False,
    seed: Annotated[int, SEED] = 1,
    providers: Annotated[int | str | None, PROVIDERS] = None,
    replications: Annotated[int | None, RUNS] = None,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the packages of policy options of which `carespread page` makes its page, and keep them.

    Parameters
    ----------
    quick : few packages, organisations and months, to try the page; its numbers mean little.
    seed : of the first run; the draw of what is uncertain goes with it.
    providers, replications : organisations and runs of each package; 2,000 and 20, with `quick` 150 and 3.
    posterior, prior : whose draws are taken; the published fit where it belongs to this version, else the priors.
    out : folder to make. With `resume` it goes on with what is kept there.

    Returns the table `packages`, a row a package. Raises BadInputError where `out` holds something else.

    >>> library(quick=True, out="results/runs/library")  # doctest: +SKIP
    """
    needs("scikit-learn", "library")
    size = QUICK if quick else FULL
    if providers is not None:
        size = size._replace(providers=checked_size(providers))
    size = size if replications is None else size._replace(replications=replications)
    base = read_scenario(SCENARIO)
    fitted, grounds = asked_posterior(posterior, prior, base.innovations)
    made, folder = asked(size, seed, fitted), claimed(USUAL if out is None else out, STUDY, resume)
    if progress is not None and not quick:
        progress(estimate_words(made, workers))
    design = {"size": size._asdict(), "seed": seed}
    failed = 0
    with workspace(folder, STUDY, made.parts, design) as place:
        for name, part in made.parts.items():
            receipts = run_experiment(part, place / name, True, Execution(workers, cluster, progress), False)
            failed += sum(receipt.failed for receipt in receipts.values())
        return finished(made, place, grounds if fitted is not None else PRIORS_WORDS, design, failed, progress)


PRIORS_WORDS = "Uncertain numbers are drawn from what was thought of them before any data: no fit is used."


def finished(
    made: Asked, folder: Path, grounds: str, design: dict[str, Any], failed: int, progress: Progress | None
) -> Result:
    """Return what a library came to, kept: the packages as a table, and the record."""
    table = packages_table(made)
    runs = sum(part.runs for part in made.parts.values())
    text = (
        f"{len(table):,} packages of {len(OPTIONS)} options: {runs:,} runs, {failed:,} failed."
        f" {grounds}\nNow write the page: carespread page --library {shown_path(folder)}"
    )
    record = {
        "design": design,
        "quick": made.size.lean,
        "grounds": grounds,
        "fitted": made.fitted.described(),
        "posterior": made.fitted.folder or None,
        "innovations": {one.name: one.file.title for one in made.parts[PACKAGES].plan(0).innovations},
        "start": made.parts[PACKAGES].plan(0).conditions.start,
        "parts": {name: {"runs": part.runs, "packages": len(part.points)} for name, part in made.parts.items()},
    }
    data = {"packages": len(table), "runs": runs, "failed": failed}
    documents = {} if failed else {STORY: json.dumps(story_of(made), ensure_ascii=False, indent=1)}
    result = Result(text, data, {"packages": table}, documents=documents, record=record, runs=runs, failed=failed)
    return kept(result, folder, STUDY, exact=["packages"])


def story_of(made: Asked) -> dict[str, Any]:
    """Return how one provider fares if nothing new is done, and with each option alone at its most, in sentences."""
    part, seed, numbers = made.parts[PACKAGES], made.seed, list(made.packages)

    def followed(levels: dict[str, float], who: int, name: str) -> Followed:
        plan = part.plan(numbers.index(package(levels)))
        return follow(prepare(inputs_of(plan, seed), seed), who, name)

    who = find_like(LIKE, simulate(inputs_of(part.plan(0), seed), seed, events=True))
    usual = followed({}, who, "doing nothing")
    told = {}
    for option in OPTIONS:
        other = followed({option.name: 1.0}, who, option.title)
        before, after = in_use(usual), in_use(other)
        instead = "as if nothing new were done" if after == before else f"instead of {before}"
        verdict = f"It ends with {after} of {len(usual.innovations)} innovations in use, {instead}."
        if (other.events["kind"] == Kind.CLOSES).any():
            verdict = "It closes before the end."
        told[option.name] = {"verdict": verdict, "first": first_apart(usual, other)}
    return {"nothing": [one.text for one in story(usual).sentences], "options": told}


def in_use(followed: Followed) -> int:
    """Return how many innovations a provider uses in its last month."""
    last = followed.numbers.iloc[-1]
    return sum(last[f"stage {name}"] in ("implementing", "sustained") for name in followed.innovations)


def first_apart(usual: Followed, other: Followed) -> str:
    """Return where a provider's path with an option leaves that of doing nothing, in a sentence."""
    rows = (each.numbers.to_dict("records") for each in (usual, other))
    for date, one, two in zip(usual.numbers["month"], *rows, strict=False):
        for name, title in usual.innovations.items():
            before, after = (stage_words(row[f"stage {name}"]) for row in (one, two))
            if before != after:
                return f"The first difference, in {month_words(date)}, is over {title}: {after} instead of {before}."
    return "Nothing changes for it, month by month."


def packages_table(made: Asked) -> Any:
    """Return a row a package: its name, what it is there for, target, future and the level of each option."""
    import pandas as pd

    names = made.names(PACKAGES)
    levels = np.array([one.levels for one in made.packages])
    return pd.DataFrame(
        {
            "design": names,
            "kind": list(made.packages.values()),
            "target": [one.target for one in made.packages],
            "future": [one.future for one in made.packages],
            **{option.name: levels[:, at] for at, option in enumerate(OPTIONS)},
        }
    )


def estimate_words(made: Asked, workers: int | None) -> str:
    """Return how long a library takes, from a pilot of its first package."""
    many = workers or threads()
    seconds = 0.0
    for name, part in made.parts.items():
        if name != AGAIN:  # its runs take as long as those of the draws
            seconds += pilot(part) * part.runs * (2 if name == DRAWS and AGAIN in made.parts else 1) / many
    runs = sum(part.runs for part in made.parts.values())
    return f"{len(made.packages):,} packages, {runs:,} runs: about {max(1, round(seconds / 60)):,} minutes."


def library_record(folder: Path) -> dict[str, Any]:
    """Return the record of a library that is complete.

    Raises BadInputError where there is none, where it was stopped, and where it belongs to another version of the
    model.
    """
    said = f"The library in {shown_path(folder)}"
    if not folder.is_dir():
        raise BadInputError(f"There is no library in {shown_path(folder)}: make one with carespread library.")
    record = read_record(folder, STUDY)
    if record.get("study") != STUDY:
        raise BadInputError(f"{shown_path(folder)} holds no library: make one with carespread library.")
    if "results_version" not in record:
        raise BadInputError(f"{said} is not complete: carespread library --resume goes on.")
    if record["results_version"] != RESULTS_VERSION:
        raise BadInputError(
            f"{said} was made by results_version {str(record['results_version'])[:80]}, this is {RESULTS_VERSION}: make"
            " it again with carespread library."
        )
    refuse_older(folder, record)
    lacks = [name for name in (PACKAGES, DRAWS) if not (folder / name / RECORD).is_file()]
    lacks += [] if (folder / "packages.csv").is_file() else ["table of packages"]
    if lacks:
        raise BadInputError(f"{said} lacks its {lacks[0]}: carespread library --resume goes on.")
    return record
