"""The evidence tables are read whole, graded and dated, and a broken copy is refused in one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carespread.model.population.england import evidence
from carespread.model.population.england.evidence import FOLDER, figure, month_of


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the evidence folder that a test may break."""
    shutil.copytree(FOLDER, tmp_path / "data")
    return tmp_path / "data"


def broken(folder: Path, table: str, old: str, new: str) -> None:
    """Replace the first `old` in a table by `new`."""
    file = folder / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_table_is_read_and_every_row_has_a_known_source_and_a_grade() -> None:
    """A row without a source or grade could not be traced from a result."""
    known = evidence.sources()
    n_rows = 0
    for table in evidence.TABLES.values():
        for row in table():
            assert row.source_id in known
            assert row.grade in "ABCD"
            n_rows += 1
    assert n_rows == 46 + 35 + 97 + 48 + 40 + 30 + 1895
    assert len(evidence.authorities()) == 153
    assert len(evidence.adjacency()) == 386


def test_every_margin_names_its_copy_of_the_register() -> None:
    """The path in the file and the id from register_sources.csv point to the same source."""
    for row in evidence.margins():
        assert evidence.sources()[row.source_id].url == row.source_repo_path


@pytest.mark.parametrize(
    ("source_id", "grade"),
    [("S069", "A"), ("S162", "A"), ("S006", "B"), ("S064", "B"), ("R-A", "B"), ("R-E", "C")],
)
def test_a_source_is_graded_by_who_publishes_it(source_id: str, grade: str) -> None:
    """The ONS and CQC are A, the press and a think tank B, a sample that is not random C."""
    assert evidence.sources()[source_id].grade == grade


def test_second_hand_and_inferred_figures_are_never_grade_a() -> None:
    """A figure reported by another body is not an official count read at its publisher."""
    for table in (evidence.adoption_series, evidence.sector_composition, evidence.workforce, evidence.costs):
        for row in table():
            assert row.grade != "A" or row.confidence == "read in source text"


def test_estimates_from_the_register_are_graded_below_counts() -> None:
    """`derived_estimate` is arithmetic on counts of two vintages."""
    grades = {row.table: row.grade for row in evidence.margins()}
    assert grades["derived_estimate"] == "C"
    assert grades["providers_exact"] == "B"


@pytest.mark.parametrize(
    ("date", "month"),
    [
        ("2021", "2021-07"),
        ("2022/23", "2022-10"),
        ("2022-10/2022-12", "2022-11"),
        ("2022-04/2023-03", "2022-10"),
        ("2022-Q1", "2022-02"),
        ("2023-09-29", "2023-09"),
        ("2014-17", "2016-01"),
        ("2011-12", "2011-12"),
        ("2021-01/02 (latest rating published 2021-01-30)", "2021-02"),
        ("2026-07-01 to 2026-08-04", "2026-08"),
        ("about 2020 (undated page)", "2020-07"),
        ("undated", None),
        ("undated (about Dec 2025)", None),
        ("", None),
    ],
)
def test_a_date_has_a_middle_month(date: str, month: str | None) -> None:
    """Every way of writing a date in the tables is understood."""
    assert month_of(date) == month


@given(st.integers(1990, 2060), st.integers(1, 12))
def test_a_month_is_its_own_middle(year: int, month: int) -> None:
    """A month written as a month comes back as it is."""
    assert month_of(f"{year}-{month:02d}") == f"{year}-{month:02d}"


@pytest.mark.parametrize(
    "date", ["last year", "2022/24", "2022-13-01", "2023-12/2022-01", "22", "2017-2015", "2022-Q5", "a/b/c"]
)
def test_an_unreadable_date_is_refused(date: str) -> None:
    """A date that could mean two things means none."""
    with pytest.raises(ValueError, match="cannot be read"):
        month_of(date)


BREAKS = [
    ("adoption_series", "confidence,role", "role", r"line 1 lacks column confidence"),
    ("adoption_series", ",role\n", ",role,mood\n", r"unknown column mood"),
    ("adoption_series", "2021-12,40,", "2021-12,140,", r"line 3: the value is 140"),
    ("adoption_series", "2021-12,40,", "2021-12,forty,", r"line 3: value is 'forty'"),
    ("adoption_series", "2021-12,40,", "2021-12,nan,", r"finite"),
    ("adoption_series", "2021-12,40,", "soon,40,", r"line 3: The date 'soon'"),
    ("adoption_series", "2021-12,40,", "2021-04,40,", r"line 3: .*second time"),
    ("adoption_series", ",S006,", ",S999,", r"line 2: the source id S999"),
    ("adoption_series", ",S006,", ",,", r"line 2: the source id is missing"),
    ("adoption_series", ",calibration\n", ",fitting\n", r"line 3: the role is 'fitting'"),
    ("adoption_series", "40,41,S002", "42,41,S002", r"value_low is 42, above"),
    ("adoption_series", "11880,people", "-11880,people", r"cannot be negative"),
    ("sector_composition", "S053,", "S053,x,", r"line 2: it has 9 cells"),
    ("sector_composition", "second-hand", "sure", r"line 2: the confidence is 'sure'"),
    ("workforce", "2020/21,6.8", "2020/21,-6.8", r"workforce.csv line 2: the value is -6.8"),
    ("events", "2022-11,2023-09,", "2022-11,2022-09,", r"before it begins"),
    ("costs", "percent falls", "falls", r"costs.csv line \d+: the value is -20"),
    ("sources", "primary page", "a page", r"neither"),
    ("population/margins", "14834,23124", "-1,23124", r"margins.csv line 2: a count"),
    ("population/margins", "ojbadams/CQC", "nobody/CQC", r"not in register_sources.csv"),
    ("population/local_authorities", ",54.7244,", ",64.7244,", r"outside England"),
    ("population/local_authorities", ",26,12,3\n", ",26,12.5,3\n", r"is '12.5' where a number"),
    ("population/local_authority_adjacency", "E06000003", "E16000003", r"E16000003 is not in"),
]  # fmt: skip


READERS: dict[str, Callable[[Path], object]] = {
    **evidence.TABLES,
    "sources": evidence.sources,
    "population/margins": evidence.margins,
    "population/local_authorities": evidence.authorities,
    "population/local_authority_adjacency": evidence.adjacency,
}


@pytest.mark.parametrize(("table", "old", "new", "sentence"), BREAKS)
def test_a_broken_table_is_refused_in_one_sentence(copied: Path, table: str, old: str, new: str, sentence: str) -> None:
    """The sentence names the file and the line, so that a person can mend it."""
    broken(copied, table, old, new)
    with pytest.raises(ValueError, match=sentence) as refusal:
        READERS[table](copied)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).startswith(f"{Path(table).name}.csv line ")


def test_a_fault_in_the_sources_is_not_blamed_on_the_table_that_cites_them(copied: Path) -> None:
    """Every table reads the sources first."""
    broken(copied, "sources", "primary page", "a page")
    for table in ("adoption_series", "costs"):
        with pytest.raises(ValueError, match=r"^sources.csv line \d+: "):
            READERS[table](copied)


def test_money_and_changes_may_be_negative() -> None:
    """A fall of 49 % and a loss of 50,000 posts are evidence, not mistakes."""
    assert figure("costs", item="Acoustic monitoring pilot, change in total falls").value == -49.2
    assert figure("workforce", variable="filled_posts_growth", year="2021/22").value == -50000


def test_a_figure_comes_with_unit_source_and_grade() -> None:
    """One number taken from evidence can be traced."""
    taken = figure("sector_composition", variable="residents", date="2022/23")
    assert taken == (372035.0, "people", "S069", "A", "")
    assert figure("events", event_id="E23").unit == "GBP million"


@pytest.mark.parametrize(
    ("table", "keys", "sentence"),
    [
        ("sector_composition", {"variable": "residents"}, "3 rows"),
        ("sector_composition", {"variable": "unicorns"}, "0 rows"),
        ("sector_composition", {"colour": "red"}, "no column colour"),
        ("rumours", {}, "no evidence table 'rumours'"),
        ("barriers", {"construct": "cost"}, "without a value"),
    ],
)
def test_an_ambiguous_figure_is_refused(table: str, keys: dict[str, str], sentence: str) -> None:
    """A lookup that could mean several numbers gives none."""
    with pytest.raises(ValueError, match=sentence):
        figure(table, **keys)
