"""The work of `carespread journey`: one provider's story, its timeline, and the same under another scenario."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.model.innovations import Own
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Prepared, Run, prepare, simulate
from carespread.results.figures.journey import diverging_drawing, journey_drawing, types_drawing
from carespread.results.store.files import write_text
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table
from carespread.results.stories.divergence import Divergence, divergence_of
from carespread.results.stories.provider_history import Followed, follow, stages_of
from carespread.results.stories.story import Story, story
from carespread.results.stories.types import JourneyType, journey_types
from carespread.results.words import innovation_words

from .archetypes import find_like
from .rerun import plan_of_folder
from .run import Plan, inputs_of, planned
from .run_command import shown_folder, typed_plan, whole
from .screen import bar
from .store import folder_of


def journey_command(
    scenario: str,
    *,
    provider: str | None,
    like: str | None,
    types: bool,
    against: str | None,
    run: Path | None,
    providers: str,
    months: str | None,
    seed: str,
    changes: Sequence[str],
    innovations: Sequence[str],
    posterior: Path | None,
    prior: bool,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0."""
    if provider is not None and like is not None:
        raise BadInputError("--provider and --like were both given: choose one of them.")
    if run is not None:
        plan, first = plan_of_folder(run)
    else:
        plan, _ = typed_plan(
            scenario,
            providers=providers,
            months=months,
            replications=1,
            seed=seed,
            changes=changes,
            innovations=innovations,
            posterior=posterior,
            prior=prior,
        )
        first = plan.seed
    other = None if against is None else other_plan(plan, against)
    folder = folder_of(out, False, f"journey-{plan.scenario.name}", "journey")
    with bar("runs", quiet) as progress:
        made = simulate(inputs_of(plan, first), first, events=True)
        kinds = types_of(made) if types or (provider is None and like is None) else {}
        who = chosen_provider(made, provider, like, kinds)
        if progress is not None:
            progress(1, 2)
        followed = followed_in(plan, first, who)
    told = story(followed)
    parting = None
    aside: list[Followed] = []
    if other is not None:
        aside = [followed_in(other, first, who)]
        again = (partial(prepared_in, plan, first), partial(prepared_in, other, first))
        parting = divergence_of(followed, aside[0], again)
    folder.mkdir(parents=True, exist_ok=True)
    write_all(folder, followed, told, aside, parting, kinds, made, plan, first)
    if as_json:
        said = {"folder": str(folder.absolute()), "about": followed.about, "title": told.title,
                "sentences": [one._asdict() for one in told.sentences]}  # fmt: skip
        print(json.dumps(said | ({"parting": parting.sentence} if parting else {}), indent=1, ensure_ascii=False))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(screen_of(told, parting, kinds))
        print(f"\nStory, figures and happenings: {shown_folder(folder)}")
    return 0


def other_plan(plan: Plan, name: str) -> Plan:
    """Return the plan of the same run under another scenario."""
    read = read_scenario(name)
    if read.name == plan.scenario.name:
        raise BadInputError(f"The scenario {name!r} is compared with itself: name another one with --against.")
    if read.conditions.start != plan.conditions.start:
        raise BadInputError(f"The scenario {name!r} starts in {read.conditions.start}, {plan.scenario.name!r} in"
                            f" {plan.conditions.start}: paths are compared month by month.")  # fmt: skip
    return planned(
        read,
        replications=1,
        providers=plan.providers,
        months=plan.months,
        seed=plan.seed,
        changes=plan.changes,
        innovations=[one._replace(own=Own()) for one in plan.innovations],
        fitted=plan.fitted,
    )


def prepared_in(plan: Plan, seed: int) -> Prepared:
    """Return the run of a plan before its first month."""
    return prepare(inputs_of(plan, seed), seed)


def followed_in(plan: Plan, seed: int, provider: int) -> Followed:
    """Return a provider's run."""
    return follow(prepared_in(plan, seed), provider, plan.scenario.name)


def chosen_provider(made: Run, provider: str | None, like: str | None, kinds: dict[str, list[JourneyType]]) -> int:
    """Return the provider that is told of: the one named, the one described, or the most typical of all."""
    ids = made.prepared.population.id
    if like is not None:
        return find_like(like, made)
    if provider is None:
        return int(ids[next(iter(kinds.values()))[0].medoid])
    number = whole(provider)
    if number not in ids:
        raise BadInputError(f"--provider is {provider!r}: this run has providers 0 to {int(ids.max())}"
                            f" ({len(ids):,} of them; see --like).")  # fmt: skip
    return int(number)


def types_of(made: Run) -> dict[str, list[JourneyType]]:
    """Return the typical journeys of each innovation of a run."""
    assert made.log is not None
    stages = stages_of(made.prepared, made.log)
    return {
        one.name: journey_types(np.ascontiguousarray(stages[:, :, j].T))
        for j, one in enumerate(made.prepared.innovations)
    }


def write_all(
    folder: Path, followed: Followed, told: Story, aside: list[Followed], parting: Divergence | None,
    kinds: dict[str, list[JourneyType]], made: Run, plan: Plan, seed: int,
) -> None:  # fmt: skip
    """Write the story, what it rests on, and the figures."""
    write_text(folder / "story.md", told.text + "\n" + (f"\n{parting.sentence}\n" if parting else ""))
    write_table(folder, "happenings", followed.events)
    write_table(folder, "months", followed.numbers)
    foot = (f"One run (seed {seed}) of {plan.providers} organisations, scenario {plan.scenario.name}; a story of the"
            " model, not of a real provider.")  # fmt: skip
    drawings = [journey_drawing(followed, told.title, foot)]
    if parting is not None:
        drawings.append(diverging_drawing(followed, aside[0], parting.sentence, foot))
        write_table(folder, "parting", parting.terms)
        write_table(folder, "months_against", aside[0].numbers)
    if kinds:
        ids = made.prepared.population.id
        rows = [(name, number, one.share, int(ids[one.medoid]), one.words)
                for name, every in kinds.items() for number, one in enumerate(every, 1)]  # fmt: skip
        write_table(folder, "types", pd.DataFrame(rows, columns=["innovation", "type", "share", "typical", "journey"]))
        drawings.append(types_drawing(kinds, followed.innovations, made.dates, foot))
        write_typical(folder, kinds, made, plan, seed)
    write_figures(folder, drawings)
    write_record(folder, scenario=plan.scenario.name, seed=seed, provider=followed.about, providers=plan.providers,
                 months=plan.months, against=aside[0].scenario if aside else None)  # fmt: skip


def write_typical(folder: Path, kinds: dict[str, list[JourneyType]], made: Run, plan: Plan, seed: int) -> None:
    """Write the story of the provider that is most typical of each type, under `typical/`."""
    ids = made.prepared.population.id
    (folder / "typical").mkdir()
    stories: dict[int, str] = {}
    for name, every in kinds.items():
        for number, one in enumerate(every, 1):
            who = int(ids[one.medoid])
            if who not in stories:
                stories[who] = story(followed_in(plan, seed, who)).text
            head = f"*Type {number} of {innovation_words(name)}: {100 * one.share:.0f} % of providers; {one.words}.*"
            write_text(folder / "typical" / f"{name}-{number}.md", f"{head}\n\n{stories[who]}\n")


def screen_of(told: Story, parting: Divergence | None, kinds: dict[str, list[JourneyType]]) -> str:
    """Return the story, where the paths part, and the typical journeys."""
    lines = [told.text]
    if parting is not None:
        lines += ["", parting.sentence]
    if kinds:
        rows = [(name, str(number), f"{100 * one.share:.0f} %", one.words)
                for name, every in kinds.items() for number, one in enumerate(every, 1)]  # fmt: skip
        head = ("innovation", "type", "of providers", "a typical journey (months in each stage)")
        lines += ["", text_table(head, rows)]
    return "\n".join(lines)
