"""A scenario says what happens when, and a faulty file is refused with its line before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread.experiments import design as designs
from carespread.experiments import experiment as experiments
from carespread.experiments.design import read_design
from carespread.experiments.run import planned, replicate
from carespread.model import BadInputError, Lever
from carespread.model.innovations import find, is_reserved, library
from carespread.model.population.country import home
from carespread.model.population.england.evidence import events, workforce
from carespread.model.scenario import Scenario, conditions_for, read_scenario, scenario_names
from carespread.model.shocks import Shocks
from carespread.results.statistics.outcomes import OF_ALL, OUTCOMES
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.tables import OF_A_RUN

LEVER = 'question = "q"\n[[lever]]\nname = "grant"\nstrength = 0.2\n'
EVENT = 'question = "q"\nstart = "2021-04"\nmonths = 57\n[[event]]\nid = "E16"\n'
SHOCK = 'question = "q"\n[[shock]]\nkind = "immigration"\nstart = "2027-01"\n'
TURNOVER = 'question = "q"\n[[turnover]]\nstart = "2026-01"\n'


def test_the_scenarios_of_the_interface_are_there() -> None:
    assert scenario_names()[0] == "central"
    assert {"central", "historical", "tight", "supportive", "movement"} <= set(scenario_names())
    corners = {(one.conditions.regulatory, one.conditions.economic) for one in map(read_scenario, scenario_names())}
    assert {(a, b) for a in ("tight", "supportive") for b in ("tight", "supportive")} <= corners
    central, historical = read_scenario("central"), read_scenario("historical")
    assert (central.conditions.start, central.months, central.conditions.levers) == ("2026-01", 120, ())
    assert (historical.conditions.start, historical.months) == ("2021-04", 57)
    for name in ("tight", "supportive"):
        conditions = read_scenario(name).conditions
        assert (conditions.regulatory, conditions.economic) == (name, name)


def test_every_event_of_the_evidence_stands_in_the_historical_window_and_says_what_it_does() -> None:
    historical = read_scenario("historical")
    assert sorted(one.event.event_id for one in historical.events) == sorted(one.event_id for one in events())
    for one in historical.events:
        assert one.says and one.grade == "D"
        assert all(lever.start >= one.event.date[:4] for lever in one.levers if lever.start)
    pulled = {one.event.event_id for one in historical.events if one.levers}
    assert {"E12", "E16", "E21", "E27"} <= pulled
    assert {one.event.event_id for one in historical.events if one.shocks} == {"E09", "E25"}


def test_every_kind_of_shock_has_its_scenario() -> None:
    struck = {shock.kind for name in scenario_names() for shock in read_scenario(name).conditions.shocks}
    assert struck == set(Shocks._fields)


@pytest.mark.compiled
@pytest.mark.parametrize("kind", Shocks._fields)
def test_a_shock_acts_from_its_month_on_and_not_before(kind: str) -> None:
    struck, central = (
        replicate(planned(read_scenario(name), providers=400, replications=1, months=40))
        for name in (f"shock_{kind}", "central")
    )
    (shock,) = read_scenario(f"shock_{kind}").conditions.shocks
    before = central.monthly.month < np.datetime64(shock.start)
    same = [name for name in central.monthly.columns if name != "design"]
    assert struck.monthly[before][same].equals(central.monthly[before][same])
    assert not struck.monthly[~before][same].equals(central.monthly[~before][same])


def test_a_scenario_sets_parameters_and_switches_and_what_is_typed_goes_before(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(
        'question = "q"\n[parameters]\nchoice_noise = 0.2\nmovement_growth = "prior median"\n'
        "[switches]\nexit = false\norigination = true\n",
        encoding="utf-8",
    )
    scenario = read_scenario(str(file))
    assert scenario.changes == {"choice_noise": 0.2, "movement_growth": 0.1, "exit": False, "origination": True}
    plan = planned(scenario, changes={"choice_noise": 0.1, "exit": True})
    assert plan.parameters.choice_noise == 0.1 and plan.parameters.movement_growth == pytest.approx(0.1)
    assert (plan.switches.exit, plan.switches.origination) == (True, True)
    from carespread.model import CareSector

    sector = CareSector(str(file), providers=60, months=2, seed=1, choice_noise=0.1)
    assert sector.prepared.frame.parameters[0].choice_noise == 0.1
    assert not sector.prepared.frame.switches[0].exit and sector.prepared.frame.switches[0].origination


def test_vacancies_of_the_window_are_read_from_the_workforce_table() -> None:
    points = read_scenario("historical").vacancy
    published = {row.year: row for row in workforce() if (row.variable, row.category) == ("vacancy_rate", "all ASC")}
    assert [point.value for point in points] == [
        published[year].value / 100 for year in ("2021/22", "2022/23", "2023/24", "2024/25")
    ]


def test_turnover_of_the_window_is_read_from_the_workforce_table() -> None:
    points = read_scenario("historical").turnover
    published = {row.year: row for row in workforce() if (row.variable, row.category) == ("turnover_rate", "all ASC")}
    assert [point.start for point in points] == ["2021-04", "2022-04", "2023-04", "2024-04"]
    for point, year in zip(points, ("2021/22", "2022/23", "2023/24", "2024/25"), strict=True):
        assert point.value == published[year].value / 1200
        assert point.source == published[year].source_id


def test_levers_on_innovations_that_are_not_in_the_run_are_left_out() -> None:
    historical = read_scenario("historical")
    named = {lever.innovation for lever in conditions_for(historical, find(["dscr"])).levers}
    assert "dscr" in named and "dspt" not in named


@pytest.mark.compiled
def test_what_happened_moved_the_sector() -> None:
    historical = read_scenario("historical")
    quiet = historical._replace(conditions=historical.conditions._replace(levers=()))

    def share(scenario: Scenario) -> float:
        plan = planned(scenario, providers=500, replications=2, innovations=["dscr"])
        return float(replicate(plan).runs["using_share_dscr"].mean())

    assert share(historical) > share(quiet) + 0.02


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "'question' is missing"),
        ('question = " "', 1, "say it in words"),
        ('question = "q"\nregulatry = "tight"', 2, "'regulatory'"),
        ('question = "q"\nregulatory = "tigth"', 2, "'tight'"),
        ('question = "q"\nstart = "2026-13"', 2, "YYYY-MM"),
        ('question = "q"\nstart = 2026-01-01', 2, "in quotes"),
        ('question = "q"\nmonths = 0', 2, "from 1 to 1200 months"),
        ('question = "q"\nmonths = "12"', 2, "from 1 to 1200 months"),
        ('question = "q"\nmonths = true', 2, "from 1 to 1200 months"),
        ('question = "q"\ninnovations = ["dcsr"]', 2, "'dscr'"),
        ('question = "q"\ninnovations = ["dscr", "dscr"]', 2, "twice"),
        (SHOCK.replace("immigration", "imigration"), 3, "'immigration'"),
        (SHOCK + "strength = 2", 5, "from 0 to 1 severity"),
        (SHOCK + "strength = nan", 5, "from 0 to 1 severity"),
        (SHOCK + 'end = "2026-12"', 2, "before its start"),
        (SHOCK + 'group = "nusing"', 5, "'nursing'"),
        (SHOCK + 'innovation = "dscr"', 2, "not one innovation"),
        (SHOCK.replace("immigration", "supplier_failure"), 2, "needs an innovation"),
        (SHOCK.replace("immigration", "supplier_failure") + 'innovation = "dcsr"', 2, "'dscr'"),
        (SHOCK.replace("2027-01", "2040-01"), 2, "after the scenario's last month"),
        (SHOCK.replace('start = "2027-01"\n', ""), 2, "has no start"),
        (SHOCK + "[[shock]]\nkind = 'immigration'\nstart = '2028-01'", 5, "twice at once"),
        ('question = "q"\n[[priorities]]\nstart = "2027-01"\nregime = "safty first"', 4, "'safety first'"),
        ('question = "q"\n[[vacancy]]\nstart = "2027-01"\npercent = 31\nsource = "S090"', 4, "from 0 to 30 % of posts"),
        ('question = "q"\n[parameters]\nchoice_nois = 0.1', 3, "'choice_noise'"),
        ('question = "q"\n[parameters]\nchoice_noise = 9', 3, "from 0 to 5 value"),
        ('question = "q"\n[parameters]\nslack = "prior median"', 3, "no declared prior"),
        ('question = "q"\n[parameters]\npartner_layer = 0.9', 3, "add to at most 1"),
        ('question = "q"\n[switches]\nexits = true', 3, "'exit'"),
        ('question = "q"\n[switches]\nexit = 0', 3, "true or false"),
        ('question = "q"\nquestion = "r"', None, "not TOML"),
        ('question = "q"\n[lever]\nname = "grant"', None, "[[lever]]"),
        (LEVER + "strenght = 1", 5, "'strength'"),
        (LEVER.replace("grant", "grants"), 3, "'grant'"),
        (LEVER.replace("0.2", "nan"), 4, "from 0 to 1 share of set-up cost"),
        (LEVER.replace("0.2", "inf"), 4, "from 0 to 1 share of set-up cost"),
        (LEVER.replace("0.2", "2"), 4, "from 0 to 1 share of set-up cost"),
        (LEVER.replace("0.2", '"much"'), 4, "from 0 to 1 share of set-up cost"),
        (LEVER + 'group = "small and homcare"', 5, "'homecare'"),
        (LEVER + 'start = "2027-01"\nend = "2026-05"', 2, "before its start"),
        (LEVER + 'start = "2040-01"', 2, "after the scenario's last month"),
        (LEVER + 'end = "2020-01"', 2, "before the scenario's first month"),
        (LEVER + 'innovation = "dcsr"', 2, "'dscr'"),
        (LEVER + "unit_cost = -1", 5, "GBP a provider-month"),
        (LEVER + "[[lever]]\nname = 'grant'\nstrength = 0.1\nstart = '2026-12'", 5, "twice at once"),
        (LEVER + "[[lever]]\nname = 'campaign'\nstrength = 9", 7, "from 0 to 0.5 /month"),
        (EVENT.replace("E16", "E99") + 'acts = "context: x"', 5, "Unknown event 'E99'"),
        (EVENT, 4, "must either set levers"),
        (EVENT + 'acts = "who knows"', 4, "must begin with"),
        (EVENT + "[[event.lever]]\nname = 'grant'\nstrength = 0.1", 4, "give the reason"),
        (
            EVENT + "reason = 'r'\n[[event.lever]]\nname = 'grant'\nstrength = 0.1\nstart = '2022-01'",
            4,
            "before its event",
        ),
        (TURNOVER, 2, "either `year`"),
        (TURNOVER + "percent_a_year = 20", 2, "needs its `source`"),
        (TURNOVER + "percent_a_year = nan\nsource = 'S091'", 4, "from 0 to 600"),
        (TURNOVER + "percent_a_year = 20\nsource = 'S999'", 2, "Unknown source"),
        (TURNOVER + "year = '2021/23'", 2, "workforce.csv has no turnover"),
        (TURNOVER + "year = '2021/22'\n[[turnover]]\nstart = '2025-01'\nyear = '2022/23'", 5, "dates must rise"),
    ],
)
def test_a_faulty_scenario_is_refused_with_its_line(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    file = tmp_path / "faulty.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as refusal:
        read_scenario(str(file))
    sentence = str(refusal.value)
    assert words in sentence and "\n" not in sentence
    assert sentence.startswith(f"{file}, line {line}: " if line else str(file))


@pytest.mark.parametrize("name", ["all", "Central", "a b", "=cmd", "..", "-x", "1st", "a-b", "\u00e9t\u00e9", 'a"b'])
def test_names_that_tables_could_mistake_are_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.toml"
    file.write_text(LEVER, encoding="utf-8")
    with pytest.raises(BadInputError, match="name"):
        read_scenario(str(file))
    file.write_text((home().innovations / "dscr.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadInputError, match="name"):
        find(str(file))


def test_no_innovation_can_have_the_column_of_another() -> None:
    """A column is an outcome and an innovation's name, or an outcome of all: no two may read alike."""
    outcomes, of_all = list(OUTCOMES), [f"{name}_all" for name in (*OF_ALL, *OF_THEORY)]
    for one in outcomes:
        for other in outcomes:
            if other.startswith(f"{one}_"):
                assert is_reserved(f"{other.removeprefix(f'{one}_')}_dscr"), (one, other)
        for column in (*of_all, *OF_A_RUN):
            if column.startswith(f"{one}_"):
                assert is_reserved(column.removeprefix(f"{one}_")), (one, column)
    assert not any(is_reserved(name) for name in library())


def test_the_text_of_a_file_is_a_scenario_and_so_is_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "grant.toml"
    file.write_text(LEVER, encoding="utf-8")
    text, path = read_scenario(LEVER), read_scenario(file)
    assert (text.name, path.name) == ("scenario", "grant")
    assert text.conditions == path.conditions and read_scenario(path) is path
    with pytest.raises(BadInputError, match=r"scenario.toml, line 4: .*from 0 to 1"):
        read_scenario(LEVER.replace("0.2", "2"))


def test_a_sound_scenario_file_is_read_word_by_word(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        (home().innovations / "dscr.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    file = tmp_path / "grant.toml"
    file.write_text(
        LEVER.replace("[[lever]]", 'innovations = ["mine.toml", "dspt"]\nmonths = 24\n[[lever]]')
        + 'start = "2026-04"\nend = "2027-03"\ngroup = "small and homecare"\ninnovation = "mine"\nunit_cost = 3\n'
        + TURNOVER.split("\n", 1)[1]
        + 'percent_a_year = 24\nsource = "assumption"\n',
        encoding="utf-8",
    )
    scenario = read_scenario(str(file))
    (lever,) = scenario.conditions.levers
    assert lever == Lever("grant", 0.2, "2026-04", "2027-03", "small and homecare", "mine", 3.0)
    assert scenario.conditions.turnover == (("2026-01", 0.02),)
    assert (scenario.name, scenario.months, scenario.text) == ("grant", 24, file.read_text(encoding="utf-8"))
    assert [one.name for one in find(scenario.innovations)] == ["mine", "dspt"], "paths are seen from the file's folder"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("scenarios = []", 2, "at least one"),
        ('scenarios = ["centrl"]', 2, "'central'"),
        ('scenarios = ["central", "central"]', 2, "twice"),
        ("providers = 49", 2, "from 50 to 1,000,000"),
        ("samples = 0", 2, "from 1 to 1000000 points"),
        ("samples = 8", 2, "every point would be the same"),
        ("replication = 3", 2, "'replications'"),
        ("[parameters]\nchoice_noise = [0.3, 0.05]", 3, "low end"),
        ("[parameters]\nchoice_noise = [0.05]", 3, "[low, high]"),
        ("[parameters]\nchoice_noise = [0.05, nan]", 3, "from 0 to 5"),
        ("[parameters]\nchoice_nois = 0.1", 3, "'choice_noise'"),
        ('[parameters]\nslack = "prior"', 3, "no declared prior"),
        ('[parameters]\nslack = "priro"', 3, "from -3 to 6"),
    ],
)
def test_a_faulty_design_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    file = tmp_path / "design.toml"
    file.write_text(f'question = "q"\n{text}\n', encoding="utf-8")
    with pytest.raises(BadInputError) as refusal:
        read_design(file)
    assert str(refusal.value).startswith(f"{file}, line {line}: ") and words in str(refusal.value)


def test_a_design_says_how_many_runs_it_would_make(tmp_path: Path) -> None:
    file = tmp_path / "design.toml"
    file.write_text(
        'question = "q"\nscenarios = ["central", "tight"]\nproviders = 500\nmonths = 60\nreplications = 10\nseed = 1\n'
        'samples = 8\n[parameters]\nchoice_noise = [0.05, 0.3]\nbase_awareness = "prior"\nturnover = 0.03\n',
        encoding="utf-8",
    )
    design = read_design(file)
    assert (design.points, design.runs) == (16, 160)


def test_beyond_ten_thousand_runs_months_are_kept_only_where_the_design_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "design.toml"
    small = 'question = "q"\nproviders = 50\nmonths = 2\nreplications = '
    kept_with = {"10000": True, "10001": False, "10001\nmonthly = true": True, "3\nmonthly = false": False}
    for text, kept in kept_with.items():
        file.write_text(f"{small}{text}\n", encoding="utf-8")
        assert read_design(file).monthly is kept, text
    for module in (designs, experiments):
        monkeypatch.setattr(module, "MOST_MONTHLY", 2)
    file.write_text(f"{small}3\n", encoding="utf-8")
    said: list[str] = []
    made = experiments.experiment(file, out=tmp_path / "out", progress=lambda what, done=0, of=0: said.append(what))
    assert [line for line in said if line != "runs"] == [
        "Beyond 2 runs no monthly tables are kept, unless the design says monthly = true."
    ]
    assert len(made.tables["summary"]) > 0 and not (tmp_path / "out" / "monthly").exists()


ASSURED = LEVER.replace('name = "grant"', 'name = "mandate"')


def test_a_lever_of_unknown_strength_is_multiplied_by_a_parameter(tmp_path: Path) -> None:
    from carespread.experiments.ensemble import simulate

    file = tmp_path / "assured.toml"
    file.write_text(ASSURED + 'times = "assurance"\n', encoding="utf-8")
    (lever,) = read_scenario(str(file)).conditions.levers
    assert lever.times == "assurance"
    sizes: dict[str, Any] = {"providers": 100, "months": 12, "fitted": False}

    def use(scenario: str, **changes: float) -> list[float]:
        return simulate(scenario, set=changes, **sizes).monthly["using_share"].tolist()

    plain = tmp_path / "plain.toml"
    plain.write_text(ASSURED, encoding="utf-8")
    assert use(str(file), assurance=1.0) == use(str(plain))
    assert use(str(file), assurance=0.0) == use("central", assurance=0.0) != use(str(file), assurance=1.0)
    file.write_text(ASSURED + 'times = "assurnace"\n', encoding="utf-8")
    with pytest.raises(BadInputError, match=r"line \d+: .*assurnace.*did you mean 'assurance'"):
        read_scenario(str(file))


def test_assurance_grows_from_november_2023_beside_what_was_asked_before() -> None:
    levers = [one for one in read_scenario("historical").conditions.levers if one.times == "assurance"]
    for name in ("dscr", "dspt"):
        own = [one for one in levers if one.innovation == name]
        assert own[0].start == "2023-11" and own[-1].end == "2025-12"
        assert [one.strength for one in own] == [0.25, 0.5, 1.0]
