"""One provider's story, its timeline, and where it diverges under another scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.model.innovations import Own
from carespread.model.population.country import country_of
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Prepared, Run, prepare, simulate
from carespread.results.figures.drawing import Drawing
from carespread.results.figures.journey import diverging_drawing, journey_drawing, types_drawing
from carespread.results.store.summary import text_table
from carespread.results.stories.divergence import Divergence, divergence_of
from carespread.results.stories.provider_history import Followed, follow, stages_of
from carespread.results.stories.story import Story, story
from carespread.results.stories.types import JourneyType, journey_types
from carespread.results.words import innovation_words

from .archetypes import find_like
from .limits import MONTHS, PROVIDER, PROVIDERS, SEED, checked
from .replication import Asked
from .rerun import plan_of_folder
from .result import Result
from .run import Plan, inputs_of, planned
from .store import Progress, claimed, kept_whole


@checked
def journey(
    scenario: str | Path = "central",
    *,
    provider: Annotated[int | None, PROVIDER] = None,
    like: str | None = None,
    types: bool = False,
    against: str | Path | None = None,
    run: str | Path | None = None,
    providers: Annotated[int | str, PROVIDERS] = 2000,
    months: Annotated[int | None, MONTHS] = None,
    seed: Annotated[int, SEED] = 1,
    set: Mapping[str, Any] | None = None,
    innovations: Sequence[str] | None = None,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Tell the story of one provider of one run.

    Parameters
    ----------
    provider, like : its number, or a description in words; without both the most typical one.
    types : whether to add the typical journeys of all providers.
    against : a scenario under which the same provider is followed with the same random draws.
    run : a folder of `carespread run`, in place of `scenario` and what is set.

    Returns the tables `events` and `months`, and `divergence`, `months_against` and `types` where they were asked for;
    nothing is written without `out`. Raises BadInputError on an unknown provider, and scenarios that cannot be paired.

    >>> print(journey("central", provider=5, providers=200, months=12))  # doctest: +SKIP
    """
    if provider is not None and like is not None:
        raise BadInputError("--provider and --like were both given: choose one of them.")
    if run is not None:
        plan, first = plan_of_folder(Path(run))
    else:
        plan, _ = Asked(scenario, providers, months, 1, seed, set, innovations, posterior, prior).plan()
        first = plan.seed
    with country_of(plan.inputs.country):  # that of the folder
        other = None if against is None else other_plan(plan, str(against))
        folder = claimed(out, "journey")
        made = simulate(inputs_of(plan, first), first, events=True)
        kinds = types_of(made) if types or (provider is None and like is None) else {}
        who = chosen_provider(made, provider, like, kinds)
        if progress is not None:
            progress("runs", 1, 2)
        followed, aside, divergence = followed_in(plan, first, who), None, None
        if other is not None:
            aside = followed_in(other, first, who)
            again = (partial(prepared_in, plan, first), partial(prepared_in, other, first))
            divergence = divergence_of(followed, aside, again)
        return kept_whole(result_of(plan, first, made, followed, kinds, aside, divergence), folder, "journey")


def result_of(
    plan: Plan,
    seed: int,
    made: Run,
    followed: Followed,
    kinds: dict[str, list[JourneyType]],
    aside: Followed | None,
    divergence: Divergence | None,
) -> Result:
    """Return the story, what it rests on, and the figures."""
    told = story(followed)
    foot = (f"One run (seed {seed}) of {plan.providers} organisations, scenario {plan.scenario.name}; a story of the"
            " model, not of a real provider.")  # fmt: skip
    tables = {"events": followed.events, "months": followed.numbers}
    documents = {
        "story.md": told.text + "\n" + (f"\n{divergence.sentence}\n\n{divergence.verdict}\n" if divergence else "")
    }
    if divergence is not None and aside is not None:
        tables |= {"divergence": divergence.terms, "months_against": aside.numbers}
    if kinds:
        ids = made.prepared.population.id
        rows = [(name, number, one.share, int(ids[one.medoid]), one.words)
                for name, every in kinds.items() for number, one in enumerate(every, 1)]  # fmt: skip
        tables["types"] = pd.DataFrame(rows, columns=["innovation", "type", "share", "typical", "journey"])
        documents |= typical_stories(kinds, made, plan, seed)

    def drawings() -> list[Drawing]:
        drawn = [journey_drawing(followed, told.title, foot)]
        if divergence is not None and aside is not None:
            drawn.append(diverging_drawing(followed, aside, divergence.sentence, foot))
        return [*drawn, types_drawing(kinds, followed.innovations, made.dates, foot)] if kinds else drawn

    record = {"scenario": plan.scenario.name, "seed": seed, "provider": followed.about, "providers": plan.providers,
              "months": plan.months, "against": aside.scenario if aside else None}  # fmt: skip
    data = {"about": followed.about, "title": told.title, "sentences": [one._asdict() for one in told.sentences]}
    data |= {"divergence": divergence.sentence, "verdict": divergence.verdict} if divergence else {}
    return Result(screen_of(told, divergence, kinds), data, tables, drawings, documents, record)


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


def chosen_provider(made: Run, provider: int | None, like: str | None, kinds: dict[str, list[JourneyType]]) -> int:
    """Return the provider that is told of: the one named, the one described, or the most typical of all."""
    people = made.prepared.population
    ids = people.id[people.weight > 0]
    if like is not None:
        return find_like(like, made)
    if provider is None:
        return int(ids[next(iter(kinds.values()))[0].medoid])
    if provider not in ids:
        raise BadInputError(f"--provider is {provider}: this run has providers 0 to {int(ids.max())}"
                            f" ({len(ids):,} of them; see --like).")  # fmt: skip
    return provider


def types_of(made: Run) -> dict[str, list[JourneyType]]:
    """Return the typical journeys of each innovation of a run."""
    assert made.log is not None
    stages, first = stages_of(made.prepared, made.log), made.prepared.population.weight > 0  # newcomers stand last
    return {
        one.name: journey_types(np.ascontiguousarray(stages[:, first, j].T))
        for j, one in enumerate(made.prepared.innovations)
    }


def typical_stories(kinds: dict[str, list[JourneyType]], made: Run, plan: Plan, seed: int) -> dict[str, str]:
    """Return the story of the provider that is most typical of each type, by the name of its file."""
    ids = made.prepared.population.id
    stories: dict[int, str] = {}
    documents = {}
    for name, every in kinds.items():
        for number, one in enumerate(every, 1):
            who = int(ids[one.medoid])
            if who not in stories:
                stories[who] = story(followed_in(plan, seed, who)).text
            head = f"*Type {number} of {innovation_words(name)}: {100 * one.share:.0f} % of providers; {one.words}.*"
            documents[f"typical/{name}-{number}.md"] = f"{head}\n\n{stories[who]}\n"
    return documents


def screen_of(told: Story, divergence: Divergence | None, kinds: dict[str, list[JourneyType]]) -> str:
    """Return the story, where they diverge, and the typical journeys."""
    lines = [told.text]
    if divergence is not None:
        lines += ["", divergence.sentence]
    if kinds:
        rows = [(name, str(number), f"{100 * one.share:.0f} %", one.words)
                for name, every in kinds.items() for number, one in enumerate(every, 1)]  # fmt: skip
        head = ("innovation", "type", "of providers", "a typical journey (months in each stage)")
        lines += ["", text_table(head, rows)]
    if divergence is not None:
        lines += ["", divergence.verdict]
    return "\n".join(lines)
