"""A population and a network of a user's own: read, checked cell by cell, and run like England's."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from carespread.model import BadInputError, Conditions, Lever, Parameters, Population, Shock, Switches, simulate
from carespread.model.groups import checked_target, groups_of, target
from carespread.model.inputs import Inputs
from carespread.model.population.country import home
from carespread.model.population.network import checked_network, with_slots
from carespread.model.population.providers import COLUMNS, NUMBERS, TRAITS
from carespread.model.population.sector import populate
from carespread.model.population.traits import scores_of, traits_of
from carespread.model.state import Record
from carespread.model.textbook.cases import si

ROOT = Path(__file__).parents[1]
N = 200


def made_up(**changed: Any) -> pd.DataFrame:
    """Return the providers of a country that does not exist."""
    rng = np.random.default_rng(1)
    area = rng.choice(["Harbour", "Old Town", "Moor", "High Moor"], N)
    table = pd.DataFrame(
        {
            "id": rng.permutation(np.arange(1000, 1000 + N)),
            "setting": rng.choice(["nursing", "residential", "homecare", "community"], N),
            "staff": rng.integers(3, 200, N),
            "people": rng.integers(2, 120, N),
            "weight": rng.uniform(1, 3, N),
            "area": area,
            "region": np.where(np.isin(area, ["Moor", "High Moor"]), "Highlands", "Coast and Islands"),
        }
    )
    return table.assign(**changed)


PEOPLE = Population.of(made_up())
GRAPH = nx.barabasi_albert_graph(N, 3, seed=1)
TIES = checked_network(GRAPH, PEOPLE.id)


def record_of(**settings: Any) -> Record:
    usual: dict[str, Any] = {"population": PEOPLE, "months": 6, "seed": 3}
    return simulate(**usual | settings).record


def same(one: Record, other: Record) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def refused(work: Callable[[], Any], told: str) -> None:
    """Hold that work is refused in one sentence that says so much."""
    with pytest.raises(BadInputError, match=told) as caught:
        work()
    sentence = str(caught.value)
    assert "\n" not in sentence and len(sentence) < 1000


# A table of providers


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "researchers.md").read_text(encoding="utf-8")
    part = page[page.index("## Your own population") : page.index("## Experiments")]
    code = [textwrap.dedent(block) for block in re.findall(r"(?:^(?:    .*)?\n)+", part, re.MULTILINE) if block.strip()]
    assert len(code) == 3
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code[0], names)
    kent, register = names["kent"], home().register()
    rows = register.authority == home().geography().authorities.index("Kent")
    for column in ("sites", "staff", "setting", "ownership", "rating"):
        assert np.array_equal(getattr(kent, column), getattr(register, column)[rows]), column
    assert kent.geography.regions == ("South East",) and kent.area_level == "council"
    assert names["run"].monthly["providers"].max() == rows.sum()
    exec(code[1], names)
    monthly = names["run"].monthly
    assert names["people"].geography.regions == ("Coast", "Highlands")
    last = monthly[(monthly["month"] == monthly["month"].max()) & (monthly["innovation"] == "dscr")]
    by_group = last.set_index("group")["providers"]
    assert by_group["region=Coast"] + by_group["region=Highlands"] == by_group["all"] == N
    assert sum(by_group[f"setting={name}"] for name in home().settings) == N
    paid = monthly.groupby("group", observed=True)["cost_public"].sum()
    assert paid["region=Highlands"] > 0 and paid["region=Coast"] < paid["region=Highlands"]
    exec(code[2], names)
    assert np.array_equal(names["run"].monthly["providers"].unique(), [N])


def test_the_page_names_every_column_and_its_limits() -> None:
    page = (ROOT / "docs" / "researchers.md").read_text(encoding="utf-8")
    for name, column in COLUMNS.items():
        row = next(line for line in page.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1])
        if name in {**NUMBERS, **TRAITS}:
            assert f"{column.low:,} to {column.high:,}" in row, name


def test_a_file_and_a_table_are_the_same_population(tmp_path: Path) -> None:
    made_up().to_csv(tmp_path / "providers.csv", index=False)
    one, other = Population.of(tmp_path / "providers.csv"), PEOPLE
    for name in Population._fields:
        if name not in ("country", "geography"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.geography.authorities == other.geography.authorities


def test_a_table_of_a_population_gives_it_back() -> None:
    england = Population.sample(3500, seed=4)
    again = Population.of(england.table())
    for name in ("id", "weight", "sites", "staff", "people", "setting", "ownership", "rating", "region", *TRAITS):
        if name in Population._fields:
            assert np.array_equal(getattr(again, name), getattr(england, name)), name
    assert np.array_equal(again.capability, england.capability)
    assert np.allclose(again.senior_score, np.clip(england.senior_score, -6, 6), atol=1e-6)
    assert set(again.drawn) == {
        "threshold_score",
        "keep_score",
        "margin_score",
        "slack_score",
        "stance_score",
        "fee_score",
    }


def test_scores_and_traits_are_each_others_inverse() -> None:
    scores = np.linspace(-4, 4, 81)
    assert np.allclose(scores_of(traits_of(scores)), scores, atol=1e-6)


def test_the_order_of_rows_changes_nothing() -> None:
    shuffled = Population.of(made_up().sample(frac=1, random_state=2))
    assert same(record_of(population=shuffled), record_of())


def test_traits_that_are_left_out_are_drawn_for_every_run_and_given_ones_stay() -> None:
    given = Population.of(made_up(senior=0.4, digital=np.linspace(0.1, 0.9, N)))
    one, other = (simulate(population=given, months=1, seed=seed).prepared.population for seed in (1, 2))
    for run in (one, other):
        assert (run.senior == 0.4).all() and np.allclose(traits_of(run.senior_score), 0.4)
        assert np.array_equal(run.capability[:, 1], np.linspace(0.1, 0.9, N))
    assert (one.manager != other.manager).all() and (one.capability[:, 0] != other.capability[:, 0]).all()
    # the same draws as in England: correlated with size and with each other
    parameters = Parameters.of(size_capability=0.9, size_correlation=0.0, trait_correlation=0.0)
    tied = simulate(parameters, population=PEOPLE, months=1).prepared.population
    assert np.corrcoef(np.log(tied.staff), tied.capability[:, 1])[0, 1] > 0.7
    # what somebody has put there since stays as well
    own = simulate(population=given._replace(manager=np.full(N, 0.3)), months=1).prepared.population
    assert (own.manager == 0.3).all()


def test_ids_may_be_words() -> None:
    named = Population.of(made_up(id=[f"P{number}" for number in range(N)]))
    assert named.names[:2] == ("P0", "P1") and len(set(named.id.tolist())) == N
    graph = nx.relabel_nodes(GRAPH, {number: f"P{number}" for number in range(N)})
    assert same(record_of(population=named, network=graph), record_of(population=named, network=GRAPH))


def test_a_table_of_three_columns_is_enough() -> None:
    people = Population.of(made_up()[["setting", "staff", "people"]])
    assert people.id.tolist() == list(range(N)) and people.geography.regions == ("everywhere",)
    assert simulate(population=people, months=2, groups=("region", "area")).monthly["providers"].max() == N


def cell(column: str, value: Any, row: int = 3) -> pd.DataFrame:
    """Return the table with one cell changed."""
    table = made_up()
    cells = list(table[column]) if column in table else [0.5] * N
    cells[row] = value
    return made_up(**{column: cells})


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (cell("senior", 7), "Row 4 of the table: senior is 7.0: it must be from 0.01 to 1"),
        (cell("senior", np.nan), "Row 4 .* senior is nan"),
        (cell("weight", -1), "Row 4 .* weight is -1.0: it must be from 0.001 to 100,000 organisations"),
        (cell("staff", 0), "Row 4 .* staff is 0: it must be a whole number from 1 to 1,000,000 people"),
        (cell("staff", 2.5), "staff is 2.5: it must be a whole number"),
        (cell("staff", None), "Row 4 .* staff is nan"),
        (cell("staff", "many"), "staff is 'many'"),
        (cell("staff", True), "staff is True"),
        (cell("people", float("inf")), "people is inf"),
        (cell("id", 1001, row=0), "Row [0-9]+ of the table: id is 1001: row [0-9]+ has it already"),
        (cell("id", -1), "id is -1"),
        (cell("setting", "homcare"), "Row 4 .* setting is 'homcare': did you mean 'homecare'"),
        (made_up(ownership="privat"), "ownership is 'privat': "),
        (made_up(rating="fine"), "rating is 'fine': "),
        (cell("region", ""), "Row 4 .* region is '': every row needs a name"),
        (cell("region", "=1+1"), "a name begins with a letter or digit"),
        (cell("region", "x" * 99), "at most 80 characters"),
        (made_up(area="Moor"), "area is 'Moor': it lies in"),
        (made_up(area="Moor", region="Small"), "The region 'Small' has the name of another group"),
        (made_up(seniour=0.5), "unknown column 'seniour': did you mean 'senior'"),
        (made_up(authority="Kent"), "both area and authority"),
        (made_up().drop(columns="people"), "lacks the column people"),
        (made_up()[:1], "has 1 rows: it must have from 2 to 1,000,000 providers"),
        (made_up(weight=1e5, people=1000), "must add up to at most 100,000,000"),
        (made_up().drop(columns="area").assign(authority=["Kent"] * 9 + ["Kentt"] * (N - 9)), "Row 10 .* mean 'Kent'"),
        (pd.concat([made_up(), made_up()[["staff"]]], axis=1), "names a column twice"),
        ("nowhere.csv", "'nowhere.csv' is not a file"),
        (7, "must be the path of a CSV file or a pandas DataFrame"),
        ([[1, 2]], "must be the path of a CSV file or a pandas DataFrame"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused_with_row_column_value_and_limits(table: Any, told: str) -> None:
    refused(lambda: Population.of(table), told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "lacks the column setting"),
        (b"setting,staff,people\nhomecare,3\n", "Row 1 of own.csv has 2 cells, the heading 3"),
        (b"setting,staff,people\nhomecare,3,4\nhomecare,,4\n", "Row 2 of own.csv: staff is ''"),
        (b"staff,staff\n1,2\n", "names a column twice"),
        (b"setting\xff\xfe\n", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(text: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(text)
    refused(lambda: Population.of(tmp_path / "own.csv"), told)


# A population wherever it enters


def put(column: str, row: int, value: Any) -> Population:
    """Return the population with one number changed."""
    values: Any = np.array(getattr(PEOPLE, column))
    values[row] = value
    return PEOPLE._replace(**{column: values})


@pytest.mark.parametrize(
    ("population", "told"),
    [
        (put("senior", 2, 7), "Row 3 of the population: senior is 7.0: it must be from 0.01 to 1"),
        (put("weight", 0, -1), "weight is -1"),
        (put("staff", 0, 0), "staff is 0"),
        (put("authority", 5, 153), "Row 6 of the population: authority is 153: it must be a whole number from 0 to 3"),
        (put("region", 5, 2), "region is 2"),
        (put("area", 5, -1), "area is -1"),
        (put("setting", 5, 4), "setting is 4"),
        (put("rating", 5, -3), "rating is -3"),
        (put("brand", 5, -2), "brand is -2"),
        (put("id", 1, int(PEOPLE.id[0])), "row 1 has it already"),
        (put("capability", 1, np.nan), "practice is nan"),
        (put("fee_score", 1, np.inf), "fee_score is inf"),
        (PEOPLE._replace(staff=PEOPLE.staff[:-1]), "staff has the shape .199,. in the population"),
        (PEOPLE._replace(capability=PEOPLE.capability[:, :3]), "capability has the shape"),
        (PEOPLE._replace(senior=None), "senior has the shape"),  # type: ignore[arg-type]
        (PEOPLE._replace(area_level="council"), "area_level is 'council': "),
    ],
)
def test_a_population_made_by_hand_is_checked_where_it_enters(population: Any, told: str) -> None:
    refused(lambda: simulate(population=population, months=1), told)


@pytest.mark.parametrize("population", [made_up(), "england", 7])
def test_what_is_no_population_is_refused_by_its_kind(population: Any) -> None:
    with pytest.raises(TypeError, match=r"^population is [^\n]*: it must be a Population\.$"):
        simulate(population=population, months=1)


def test_every_number_of_the_baseline_population_passes_its_own_check() -> None:
    england = populate(Parameters(), 300, 7)
    still: dict[str, Any] = {"months": 3, "seed": 7, "switches": Switches.of(entry=False)}
    assert same(simulate(population=england, **still).record, simulate(providers=300, **still).record)


def test_providers_of_ones_own_keep_their_number_unless_net_entry_says_otherwise() -> None:
    monthly = simulate(population=PEOPLE, months=24, innovations="dscr").monthly
    assert (monthly["providers"] == N).all()
    growing = Conditions(net_entry=(("2026-01", "homecare", 0.2), ("2026-01", "care home with nursing", -0.2)))
    monthly = simulate(population=PEOPLE, months=24, innovations="dscr", conditions=growing, groups="setting").monthly
    ends = monthly.groupby("group", observed=True)["providers"].agg(["first", "last"])
    change = ends["last"] - ends["first"]
    assert change["setting=homecare"] > 0 > change["setting=care home with nursing"]
    assert change["setting=care home without nursing"] == change["setting=other community"] == 0


# Groups go by the population's own names


@pytest.mark.parametrize("name", ["highlands", "Highlands", "Highlands and small", "coast-and-islands and homecare"])
def test_a_lever_reaches_the_group_that_it_names(name: str) -> None:
    who = target(name, PEOPLE)
    region = PEOPLE.geography.regions.index("Highlands" if "igh" in name else "Coast and Islands")
    assert who.any() and (PEOPLE.region[who] == region).all()
    run = simulate(population=PEOPLE, months=4, conditions=Conditions(levers=(Lever("training", 0.1, group=name),)))
    assert run.monthly["cost_public"].sum() > 0


def test_a_region_whose_name_holds_and_can_be_joined() -> None:
    assert checked_target("Coast and Islands and small", PEOPLE) == ["coast-and-islands", "small"]
    assert checked_target("Yorkshire and The Humber and nursing") == ["yorkshire-and-the-humber", "nursing"]
    with groups_of(PEOPLE):
        assert checked_target("highlands") == ["highlands"]


@pytest.mark.parametrize(("name", "told"), [("highland", "did you mean 'highlands'"), ("london", "known: all, ")])
def test_a_group_that_nobody_has_is_refused_with_the_nearest(name: str, told: str) -> None:
    lever = Conditions(levers=(Lever("grant", 0.5, group=name),))
    refused(lambda: simulate(population=PEOPLE, months=1, conditions=lever), f"Unknown group '{name}': {told}")
    shock = Conditions(shocks=(Shock("wage_step", "2026-02", group=name),))
    refused(lambda: simulate(population=PEOPLE, months=1, conditions=shock), "Unknown group")
    refused(
        lambda: simulate(months=1, conditions=Conditions(levers=(Lever("grant", 0.5, group="highlands"),))), "Unknown"
    )


def test_a_scenario_file_may_name_the_groups_of_a_population(tmp_path: Path) -> None:
    text = (
        'question = "Does a grant in the hills help?"\nstart = "2026-01"\nmonths = 4\n'
        '[[lever]]\nname = "grant"\nstrength = 0.5\ngroup = "highlands and small"\n'
    )
    (tmp_path / "hills.toml").write_text(text, encoding="utf-8")
    inputs = Inputs.of(tmp_path / "hills.toml", population=PEOPLE)
    assert inputs.conditions.levers[0].group == "highlands and small"
    assert inputs.population is not None and len(inputs.population.id) == N
    refused(lambda: Inputs.of(tmp_path / "hills.toml"), "line 7: .*Unknown group 'highlands'")


# A network of one's own


def csr_of(graph: nx.Graph) -> tuple[np.ndarray, np.ndarray]:
    matrix = nx.to_scipy_sparse_array(graph, nodelist=range(graph.number_of_nodes()), format="csr")
    return matrix.indptr, matrix.indices


def test_a_network_is_the_same_however_it_is_given() -> None:
    given = record_of(network=GRAPH)
    rng = np.random.default_rng(3)
    turned = nx.Graph()
    turned.add_nodes_from(rng.permutation(N).tolist())
    turned.add_edges_from([(other, one) for one, other in GRAPH.edges()][::-1])
    ids = nx.relabel_nodes(GRAPH, dict(enumerate(PEOPLE.id.tolist())))
    for other in (turned, ids, GRAPH.to_directed(), csr_of(GRAPH), TIES, with_slots(TIES)):
        assert same(record_of(network=other), given)
    assert not same(record_of(network=nx.path_graph(N)), given)


def test_a_network_holds_more_ties_than_the_model_would_make() -> None:
    record = record_of(network=nx.star_graph(N - 1), switches=Switches.of(partnering=False))
    assert same(record, record_of(network=csr_of(nx.star_graph(N - 1)), switches=Switches.of(partnering=False)))


def changed(graph: Any, *edges: tuple[Any, Any]) -> Any:
    graph = graph.copy()
    graph.add_edges_from(edges)
    return graph


def swapped(place: int, value: int) -> tuple[np.ndarray, np.ndarray]:
    indptr, indices = csr_of(GRAPH)
    indices = indices.copy()
    indices[place] = value
    return indptr, indices


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (nx.path_graph(N - 1), "The network has 199 nodes: it must have 200, one a provider"),
        (nx.path_graph(N + 1), "has 201 nodes"),
        (nx.path_graph(N, create_using=nx.DiGraph), "hears from .* but not .* ties are mutual"),
        (changed(GRAPH, (3, 3)), "is a partner of itself"),
        (changed(nx.MultiGraph(GRAPH), next(iter(GRAPH.edges()))), "are tied twice"),
        (nx.relabel_nodes(GRAPH, {5: "x"}), "has the node 'x': nodes must be the ids"),
        (7, "must be a networkx graph or a pair of CSR arrays"),
        ("ring", "must be a networkx graph or a pair of CSR arrays"),
        (csr_of(nx.path_graph(N - 1)), "has 199 nodes: it must have 200"),
        ((csr_of(GRAPH)[0], csr_of(GRAPH)[1][:-1]), "The CSR arrays do not fit"),
        ((csr_of(GRAPH)[0], csr_of(GRAPH)[1] + 0.5), "whole numbers"),
        ((csr_of(GRAPH)[0][:, None], csr_of(GRAPH)[1]), "rows of whole numbers"),
        (swapped(0, N), "The CSR indices must be nodes from 0 to 199"),
        (swapped(0, -1), "The CSR indices must be nodes from 0 to 199"),
        (swapped(0, 0), "is a partner of itself"),
        (swapped(0, int(csr_of(GRAPH)[1][1])), "are tied twice"),
        (TIES._replace(first=TIES.first[:-1]), "network.first must rise from 0"),
        (TIES._replace(ties=TIES.ties + 1), "network.first must rise from 0"),
        (TIES._replace(ties=TIES.ties[:-1]), "has 199 rows"),
        (TIES._replace(partners=TIES.partners + N), "network.partners must be rows of providers from 0 to 199"),
        (TIES._replace(partners=TIES.partners[:-3]), "must each have .* slots"),
        (TIES._replace(partners=TIES.partners * 1.0), "network.partners must be a row of whole numbers"),
        (TIES._replace(since=np.ones_like(TIES.since)), "network.since must be from"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(network: Any, told: str) -> None:
    refused(lambda: record_of(network=network), told)


def test_special_cases_still_see_along_directed_ties_and_take_arrays() -> None:
    path = nx.path_graph(6, create_using=nx.DiGraph)
    assert si(path, 1e9, [0], 5, 1.0).tolist() == [1, 2, 3, 4, 5, 6]
    assert si(csr_of(nx.cycle_graph(10)), 1e9, [0], 2, 1.0).tolist() == [1, 3, 5]


# One door to England


def test_only_one_place_outside_the_folder_names_england() -> None:
    named = [
        str(file.relative_to(ROOT))
        for room in ("model", "results", "experiments", "calibration", "notebooks", "carespread", "benchmarks")
        for file in (ROOT / room).glob("**/*.py")
        if not {"england", "runs"} & set(file.parts) and not any(parent.is_symlink() for parent in file.parents)
        and re.search(r"(from|import) [\w.]*england|\"england\"", file.read_text(encoding="utf-8"))
    ]  # fmt: skip
    assert named == ["model/population/country.py"]
