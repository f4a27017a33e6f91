"""Stories: every sentence rests on what happened, the same provider under another scenario, and typical journeys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.archetypes import chosen, find_like
from carespread.experiments.journey import journey, other_plan
from carespread.experiments.replication import run as run_scenario
from carespread.experiments.rerun import plan_of_folder
from carespread.experiments.run import inputs_of, planned, replicate
from carespread.model import BadInputError
from carespread.model.population.england.published import regions
from carespread.model.scenario import read_scenario
from carespread.model.simulate import Run, prepare, simulate
from carespread.results.store.query import query
from carespread.results.stories.divergence import divergence_of, verdict_of
from carespread.results.stories.provider_history import Followed, follow, stages_of, terms_if
from carespread.results.stories.story import story
from carespread.results.stories.types import costs_of, distances, journey_types

from .test_events import counted, weights_of
from .test_figures import check_texts

SIZE: dict[str, Any] = {"providers": 300, "months": 60, "seed": 4}


def followed(scenario: str, provider: int) -> Followed:
    plan = planned(read_scenario(scenario), replications=1, **SIZE)
    return follow(prepare(inputs_of(plan, plan.seed), plan.seed), provider, scenario)


@pytest.fixture(scope="module")
def run() -> Run:
    plan = planned(read_scenario("central"), replications=1, **SIZE)
    return simulate(inputs_of(plan, plan.seed), plan.seed, events=True)


def test_a_journey_is_that_of_the_run(run: Run) -> None:
    for row in (0, 40, 250):
        made = followed("central", int(run.prepared.population.id[row]))
        moves = made.events[made.events["kind"] == "stage"]
        own = run.events[(run.events["provider"] == row) & (run.events["generation"] == 0)]
        assert list(moves["cause"]) == list(own["cause"].astype(str)) and len(moves) == len(own)
        assert np.allclose(moves["chance"], own["chance"])
        if len(made.numbers) == run.months + 1:
            state = run.prepared.state
            assert made.numbers["slack"].iloc[-1] == float(state.rows["slack"][row])
            assert made.numbers["skill dscr"].iloc[-1] == float(state.pairs["skill"][row, 0])
            assert made.numbers["partners"].iloc[-1] == int(state.network.ties[row])


def test_every_sentence_rests_on_events_and_nothing_that_moved_is_left_out(run: Run) -> None:
    for row in range(0, 300, 15):
        made = followed("central", int(run.prepared.population.id[row]))
        told = story(made)
        named = [number for one in told.sentences for number in one.events]
        assert len(named) == len(set(named)) and set(named) <= set(made.events["number"])
        moved = made.events[(made.events["kind"] == "stage") & (made.events["cause"] != "closed")]
        assert set(moved["number"]) <= set(named)
        for one in told.sentences:
            assert one.text.endswith(".") and "nan" not in one.text and "  " not in one.text
            assert "None" not in one.text and "_" not in one.text
        assert str(made.about["staff"]) in told.title.replace(",", "")


def test_a_story_can_say_that_reserves_or_leaders_made_it_look(run: Run) -> None:
    """The terms of looking (3) are read, not only those of value (6): reserves are often the largest of all."""
    from carespread.model.attribution.events import CAUSES, TOOK_UP
    from carespread.results.stories.story import LOOKED, move_words

    picked = run.events[run.events["cause"] == CAUSES[TOOK_UP]]
    assert len(picked) > 20
    said = [move_words(row, "it", "March 2027", None) or "" for row in picked.itertuples()]  # type: ignore[arg-type]
    for term, words in LOOKED.items():
        largest = (picked[list(LOOKED)].idxmax(axis=1) == term) & (picked[term] > 0.02)
        assert [words in one for one in said] == list(largest), term
    assert sum(LOOKED["slack"] in one for one in said) > 0 and sum(LOOKED["leadership"] in one for one in said) > 0


def test_stages_month_by_month_are_those_counted(run: Run) -> None:
    assert run.log is not None
    stages = stages_of(run.prepared, run.log)
    plan = planned(read_scenario("central"), replications=1, **SIZE)
    for month, weight in enumerate(weights_of(prepare(inputs_of(plan, plan.seed), plan.seed))):
        assert np.array_equal(counted(stages[month], weight), run.record.counts[month].sum(axis=0))
    assert month == run.months


def test_a_provider_is_found_by_words(run: Run) -> None:
    population = run.prepared.population
    who = find_like("a small homecare provider in the London that dropped something", run)
    row = int(np.flatnonzero(population.id == who)[0])
    assert population.staff[row] < 50 and population.setting[row] == 2
    assert regions()[int(population.region[row])] == "London"
    events = run.events
    assert "abandoned" in set(events.loc[events["provider"] == who, "cause"])
    assert len(chosen("large residential home that ran out of money")) == 3


@pytest.mark.parametrize(("text", "says"), [("purple homecare", "purple"), ("the provider", "describes no provider"),
                                            ("smal homecare", "did you mean")])  # fmt: skip
def test_words_that_describe_nothing_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        chosen(text)


def test_paths_part_where_a_move_differs_and_say_why(run: Run) -> None:
    makers = tuple(
        (lambda plan=planned(name, replications=1, **SIZE): prepare(inputs_of(plan, plan.seed), plan.seed))
        for name in ("central", "tight")
    )
    parted = 0
    for row in range(0, 240, 12):
        provider = int(run.prepared.population.id[row])
        one, other = followed("central", provider), followed("tight", provider)
        found = divergence_of(one, other, (makers[0], makers[1]))
        if not len(found.terms):
            columns = [name for name in one.numbers if name.startswith("stage")]
            shared = min(len(one.numbers), len(other.numbers))
            assert one.numbers[columns][:shared].equals(other.numbers[columns][:shared])
            continue
        parted += 1
        if parted > 3:  # every provider costs four runs
            break
        table = found.terms.set_index("term")
        # the same draw decides in both: it lies below one chance and not below the other, or terms tie
        assert table.loc["draw", "central"] == table.loc["draw", "tight"]
        assert "The two scenarios diverge in" in found.sentence
    assert parted >= 2
    same = divergence_of(one, one, (makers[0], makers[0]))
    assert "the same way" in same.sentence and same.terms.empty


def test_the_terms_of_a_move_that_happened_are_those_of_the_log(run: Run) -> None:
    event = run.events[run.events["cause"] == "took it into a pilot"].iloc[5]
    month = int((np.datetime64(event["month"], "M") - run.dates[0]).astype(int))
    plan = planned(read_scenario("central"), replications=1, **SIZE)
    names = [one.name for one in run.prepared.innovations]
    again = terms_if(prepare(inputs_of(plan, plan.seed), plan.seed), int(event["provider"]), month,
                     names.index(event["innovation"]), "exploring")  # fmt: skip
    assert all(again[name] == pytest.approx(event[name], rel=1e-5) for name in again)


# ---- typical journeys -----------------------------------------------------------------------------------------------


def test_two_kinds_of_journeys_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    early, never = np.full((70, 60), 4, np.int8), np.full((30, 60), 1, np.int8)
    for row, when in enumerate(rng.integers(3, 9, 70)):
        early[row, :when] = 1
    types = journey_types(np.concatenate([early, never]))
    assert [round(one.share, 2) for one in types] == [0.7, 0.3]
    assert types[0].words.startswith("aware") and "sustained" in types[0].words
    assert types[1].words == "aware 60 months" and np.allclose(types[1].stages[:, 1], 1.0)


def test_distances_of_sequences_are_a_distance() -> None:
    sequences = np.random.default_rng(2).integers(0, 6, (12, 20))
    apart = distances(sequences)
    assert np.allclose(apart, apart.T) and np.allclose(np.diag(apart), 0) and (apart >= 0).all()
    assert (costs_of(sequences) <= 2).all()


def test_journeys_that_are_all_alike_are_one_type() -> None:
    types = journey_types(np.full((20, 12), 4, np.int8))
    assert len(types) == 1 and types[0].share == 1.0


# ---- the command ----------------------------------------------------------------------------------------------------

USUAL: dict[str, Any] = {"providers": 200, "months": 36}


def test_the_command_leaves_a_story_its_events_and_figures(tmp_path: Path) -> None:
    settings = USUAL | {"like": "small homecare that abandoned something", "types": True, "against": "tight"}
    told = journey("central", **settings, out=tmp_path / "story")
    said = told.text
    for drawing in told.figures.values():
        check_texts(drawing)
    assert "a typical journey" in said and ("The two scenarios diverge" in said or "the same way" in said)
    assert said.splitlines()[-1].startswith("Verdict: "), "it ends in what the other scenario came to"
    text = (tmp_path / "story" / "story.md").read_text(encoding="utf-8")
    assert text.startswith("# Provider ") and "Verdict: " in text
    events = pd.read_csv(tmp_path / "story" / "events.csv")
    numbers = [int(one) for part in text.split("[")[1:] for one in part.split("]")[0].split(",")]
    assert set(numbers) <= set(events["number"])
    assert {path.name for path in (tmp_path / "story" / "figures").glob("*.png")} == {
        "journey.png", "parted.png", "types.png"
    }  # fmt: skip
    types = pd.read_csv(tmp_path / "story" / "types.csv")
    assert len(types) == len(list((tmp_path / "story" / "typical").glob("*.md")))
    assert json.loads((tmp_path / "story" / "made_by.json").read_text())["provider"]["setting"] == "homecare"


def test_the_verdict_counts_months_in_use_and_what_is_left() -> None:
    def followed(scenario: str, stages: list[str]) -> Followed:
        return Followed(
            {}, {"dscr": "digital records"}, pd.DataFrame({"stage dscr": stages}), pd.DataFrame(), scenario, 1
        )

    one = followed("central", ["aware", "aware", "exploring", "abandoned"])
    other = followed("lever_grant", ["aware", "implementing", "sustained", "sustained"])
    assert verdict_of(one, one).startswith("Verdict: central changes nothing")
    said = verdict_of(one, other)
    assert "it gains from grant" in said and "digital records 3 months more (in use at the end only so)" in said
    back = verdict_of(other, one)
    assert "it loses by central" in back and "3 months less (no longer in use at the end)" in back


def test_a_run_is_told_again_from_its_folder(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "providers": 100, "months": 12, "replications": 2, "seed": 7, "innovations": ["dscr"], "events": True,
        "set": {"grant": 0.3, "attention": 0.2, "turnover": 0.03},
    }  # fmt: skip
    assert run_scenario("historical", **settings, out=tmp_path / "run").failed == 0
    events = pd.read_parquet(tmp_path / "run" / "events.parquet")
    assert set(events["replication"]) == {0, 1} and {"cause", "leadership", "chance", "draw"} <= set(events)
    counted = query(tmp_path / "run", "select count(*) as many from events")
    assert int(counted["many"].iloc[0]) == len(events)
    plan, seed = plan_of_folder(tmp_path / "run")
    kept = pd.read_parquet(tmp_path / "run" / "runs.parquet")
    again = replicate(plan)
    assert seed == 7 and np.array_equal(kept["outcome_dscr"], again.runs["outcome_dscr"])
    made = journey(run=tmp_path / "run", provider=5, out=tmp_path / "told")
    assert "Provider 5:" in str(made) and made.folder == tmp_path / "told"


def test_another_scenario_keeps_what_it_sets_itself_and_what_a_person_set() -> None:
    plan = planned(read_scenario("central"), changes={"turnover": 0.03, "grant": 0.2}, **SIZE)
    made, alone = other_plan(plan, "movement"), planned(read_scenario("movement"), **SIZE)
    assert made.parameters.movement_growth == alone.parameters.movement_growth > 0
    assert made.parameters.turnover == 0.03 and made.policy.grant == 0.2 and made.conditions.turnover == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"provider": 200}, "providers 0 to 199"),
        ({"provider": 5, "like": "homecare"}, "choose one"),
        ({"against": "central"}, "compared with itself"),
        ({"against": "historical"}, "starts in"),
        ({"run": Path("nowhere")}, "holds no run"),
    ],
)
def test_bad_input_of_a_journey_is_refused(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=says):
        journey("central", **USUAL | changes, out=tmp_path / "story")
    assert not (tmp_path / "story").exists()
