"""What the documents say is what the code does."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from carespread.model import Parameters, Policy, Switches
from carespread.model.declare import entries
from carespread.model.odd import ODD, with_tables

ROOT = Path(__file__).parents[1]


def test_the_tables_of_the_description_are_those_of_the_code() -> None:
    text = ODD.read_text(encoding="utf-8")
    assert text == with_tables(text), "run python -m carespread.model.odd"


def test_every_number_says_what_it_means_and_where_it_comes_from() -> None:
    for declaration in (Parameters, Policy):
        for entry in entries(declaration).values():
            assert entry.says.endswith(".") and len(entry.says) > 20, entry.name
            assert entry.about.source and entry.about.unit, entry.name
            assert entry.about.low <= entry.default <= entry.about.high, entry.name


def test_defaults_are_medians_of_their_priors() -> None:
    for entry in entries(Parameters).values():
        if "no estimate exists" in entry.about.source:
            assert entry.default == 0, entry.name
        elif entry.about.prior is not None:
            median = entry.about.prior.quantile(0.5)
            assert abs(entry.default - median) <= 0.005 * max(abs(median), 0.01), (entry.name, median)


def test_names_are_unique_over_parameters_levers_and_switches() -> None:
    names = [*Parameters._fields, *Policy._fields, *Switches._fields]
    assert len(names) == len(set(names))


def test_every_source_named_by_a_declaration_exists() -> None:
    from carespread.model.population.england.evidence import sources

    known = sources()
    for declaration in (Parameters, Policy):
        for entry in entries(declaration).values():
            for source in re.findall(r"\bS\d{3}\b", entry.about.source):
                assert source in known, (entry.name, source)


def test_links_between_documents_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.md")):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), (page.name, link)


def test_no_number_of_an_innovation_is_graded_better_than_its_source() -> None:
    from carespread.model.innovations import library
    from carespread.model.population.england.evidence import sources

    known = sources()
    for name, innovation in library().items():
        for ground in (*innovation.file.attributes.values(), *innovation.file.starting_share):
            if re.fullmatch(r"S\d{3}", ground.source):
                assert ground.grade >= known[ground.source].grade, (name, ground)
            else:
                assert ground.grade == "D", (name, ground)


@pytest.mark.skipif(sys.version_info[:3] == (3, 13, 0), reason="pdb of 3.13.0 takes a program's options for its own")
def test_the_breakpoint_of_the_students_page_stops_in_the_submodel(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    found = re.search(r"b model/mechanisms/value.py:(\d+)", page)
    assert found is not None
    place = ROOT / "model" / "mechanisms" / f"value.py:{found[1]}"
    words = (
        f"-m pdb -c 'b {place}' -c c -m carespread run --providers 50 --months 6 --replications 1 --out {tmp_path}/out"
    )
    done = subprocess.run(
        [sys.executable, *shlex.split(words)],
        input="p terms.gain + 0\nq\n",
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "perceived_value()" in done.stdout and "return terms.mandate" in done.stdout, done.stdout
    assert re.search(r"\(Pdb\) [^\n]*\d+\.\d+", done.stdout), done.stdout


@pytest.mark.parametrize("name", ["../README.md", "rat_rs.md", "facts.md", "trace.md"])
def test_the_tables_of_data_and_tests_are_those_of_the_code(name: str) -> None:
    from carespread.calibration.report import DOCS, with_tables

    text = (DOCS / name).read_text(encoding="utf-8")
    assert text == with_tables(name, text), "run python -m carespread.calibration.report"


def test_no_kill_cost_a_run() -> None:
    """What `make kills` and `make fuzz` left in docs/, of which docs/trace.md is written."""
    from carespread.calibration.report import DOCS

    for row in json.loads((DOCS / "faults.json").read_text(encoding="utf-8"))["rows"]:
        assert row["lost"] == row["twice"] == 0 and not row["others"], row
    counts = json.loads((DOCS / "fuzz.json").read_text(encoding="utf-8")).values()
    assert sum(one["cases"] for one in counts) >= 1500 and not any(one["failed"] for one in counts)
    assert all(one["seconds"] < 60 and one["memory"] < 1.5e9 for one in counts)


@pytest.mark.parametrize(
    ("answer", "says", "status"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', "1 packages, no known vulnerability", 0),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1"}]}]}', "a 1: X-1", 1),
        ('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', "no database of vulnerabilities", 3),
        ("", "no database of vulnerabilities could be reached, nothing was checked (no answer)", 3),
    ],
)
def test_an_audit_says_whether_a_database_was_reached(
    answer: str, says: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import audit

    told = subprocess.CompletedProcess([], 0, answer, "")
    monkeypatch.setattr(subprocess, "run", lambda *words, **settings: told)
    monkeypatch.setattr(sys, "argv", ["audit"])
    assert audit.main() == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(audit.LOCKS) and all(says in line for line in lines)


def test_every_stage_barrier_and_term_of_the_log_has_its_words() -> None:
    from carespread.model.attribution.barriers import BARRIERS, SAYS
    from carespread.model.state import STAGES

    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert set(SAYS) == set(BARRIERS) and all(stage in glossary for stage in STAGES)


def test_the_python_reference_has_every_public_name_with_its_words() -> None:
    import carespread as cs

    assert ":imported-members:" in (ROOT / "docs" / "site" / "api.md").read_text(encoding="utf-8")
    for name in cs.__all__:
        assert (getattr(cs, name).__doc__ or "").strip(), name


def test_every_document_stands_in_the_site() -> None:
    index = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    for page in (*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *ROOT.glob("model/*.md")):
        assert f"{page.stem}\n" in index, page.name


def test_every_published_file_has_its_checksum() -> None:
    from carespread.calibration.checksums import FILE, listed

    assert FILE.read_text(encoding="utf-8") == listed(), "run python -m carespread.calibration.report"


def test_package_changelog_citation_and_archives_have_one_version() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (said,) = set(re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    code, archive = (
        json.loads((ROOT / name).read_text(encoding="utf-8")) for name in ("codemeta.json", ".zenodo.json")
    )
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert about["version"] == said == code["version"] == archive["version"] == first[1]
    assert code["license"].endswith(archive["license"]) and archive["license"] in about["license"]
    assert set(about["keywords"]) >= set(archive["keywords"]) == set(code["keywords"])


def test_the_page_of_performance_is_the_benchmarks_and_states_its_goals() -> None:
    from benchmarks.goals import GOALS
    from benchmarks.performance import PAGE, sealed, unsealed

    text = PAGE.read_text(encoding="utf-8")
    assert text == sealed(unsealed(text)), "run make benchmark: the page is not edited by hand"
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    for what, goal in GOALS.items():
        assert any(row[0] == what and str(goal) in row[1:] for row in cells), what
