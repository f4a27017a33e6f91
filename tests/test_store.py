"""A results folder is whole or absent, says how it was made, and is the same when rerun."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from carespread.experiments.rerun import plan_of_folder
from carespread.experiments.run import described, planned, replicate
from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.jit import source_hash
from carespread.model.scenario import read_scenario
from carespread.model.table import COLUMNS
from carespread.model.version import RESULTS_VERSION
from carespread.results.figures import drawing as figures
from carespread.results.store import folder as store
from carespread.results.store.files import hash_of
from carespread.results.store.folder import free_folder, keep, read, whole
from carespread.results.store.posterior import read_posterior
from carespread.results.store.query import query
from carespread.results.store.record import LAYOUT, read_manifest, read_record
from carespread.results.store.tables import Results

pytestmark = pytest.mark.compiled


@pytest.fixture(scope="module")
def results() -> Results:
    plan = planned(
        read_scenario("historical"),
        providers=200,
        months=24,
        replications=3,
        innovations=["dscr"],
        changes={"grant": 0.2, "choice_noise": 0.1, "churn": False},
    )
    return replicate(plan)


@pytest.fixture(scope="module")
def folder(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(results, free_folder(tmp_path_factory.mktemp("kept") / "run"), ["carespread", "run", "historical"])


def test_the_folder_holds_what_the_interface_names(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"made_by.json", "runs.parquet", "summary.csv", "monthly/design=historical/part-0.parquet"} <= names
    pictures = {name for name in names if name.startswith("figures/")}
    assert {path.suffix for path in map(Path, pictures)} == {".png", ".svg", ".csv", ".json"}
    assert not [name for name in os.listdir(folder.parent) if name.startswith(".")], "nothing temporary is left"


def test_units_stand_in_the_metadata_of_every_column(folder: Path) -> None:
    monthly = pq.read_schema(folder / "monthly" / "design=historical" / "part-0.parquet")
    for field in monthly:
        if field.name != "replication":
            assert field.metadata[b"unit"].decode() == COLUMNS[field.name]
    assert str(monthly.field("month").type) == "date32[day]"
    runs = pq.read_schema(folder / "runs.parquet")
    assert all(field.metadata and field.metadata[b"unit"] for field in runs)
    assert monthly.metadata[b"results_version"] == str(RESULTS_VERSION).encode()


def test_the_record_is_enough_to_make_the_results_again(folder: Path, results: Results) -> None:
    record = json.loads((folder / "made_by.json").read_text(encoding="utf-8"))
    assert record["results_version"] == RESULTS_VERSION and record["source_hash"] == source_hash()
    assert record["command"] == ["carespread", "run", "historical"]
    assert {"python", "numpy", "numba", "mesa"} <= set(record["versions"])
    assert record["area_level"] in {"council", "care board", "region", "England"}
    assert record["started"] < record["ended"] and record["seeds"] == [1, 3] and record["machine"]["cores"] >= 1
    text = folder.parent / "again.toml"
    text.write_text(record["scenario_text"], encoding="utf-8")
    changes = {
        name: value
        for declaration, values in ((Parameters, "parameters"), (Policy, "policy"), (Switches, "switches"))
        for name, value in record[values].items()
        if value != declaration._field_defaults[name]
    }
    plan = planned(
        read_scenario(str(text)),
        providers=record["providers"],
        months=record["months"],
        replications=record["replications"],
        seed=record["seed"],
        innovations=list(record["innovations"]),
        changes=changes,
    )
    again = replicate(plan).monthly.drop(columns="design")
    pd.testing.assert_frame_equal(again, results.monthly.drop(columns="design"))


def test_what_is_read_is_what_was_kept(folder: Path, results: Results) -> None:
    again = read(folder)
    pd.testing.assert_frame_equal(again.runs, results.runs, check_dtype=False)
    pd.testing.assert_frame_equal(
        again.monthly[list(results.monthly)], results.monthly, check_dtype=False, check_categorical=False
    )


def test_the_same_results_are_the_same_files(folder: Path, results: Results, tmp_path: Path) -> None:
    again = keep(results, free_folder(tmp_path / "again"), ["carespread", "run", "historical"])
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "made_by.json":
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


def test_a_folder_that_is_taken_or_cannot_be_written_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    for place, words in (
        (folder, "holds another run"),
        (tmp_path / "full", "is not empty"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "below", "cannot be written"),
        (Path("/proc/nowhere/run"), "cannot be written"),
    ):
        with pytest.raises(BadInputError, match=words):
            free_folder(place)
    assert free_folder(tmp_path / "empty") == tmp_path / "empty"
    assert free_folder(tmp_path / "new" / "deep" / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"], "asking leaves nothing"


def test_a_fault_while_writing_leaves_nothing(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(figures, "save", broken)
    with pytest.raises(OSError, match="no space left"):
        keep(results, tmp_path / "runs" / "mine", [])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_filled_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="meanwhile"), whole(tmp_path / "run") as making:
        (making / "mine").write_text("mine")
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "theirs").write_text("theirs")
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "theirs"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_run_killed_while_it_writes_leaves_one_hidden_folder_that_the_next_run_removes(tmp_path: Path) -> None:
    program = (
        "import os, signal, pathlib\nfrom carespread.results.store.folder import whole\n"
        f"with whole(pathlib.Path({str(tmp_path / 'run')!r})) as making:\n"
        "    (making / 'half').write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(store.__file__).parents[2])
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".") and not (tmp_path / "run").exists()
    free_folder(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_answers_questions_in_sql(folder: Path) -> None:
    answer = query(folder, "select replication, max(using_share) as most from monthly group by 1")
    assert len(answer) == 3 and answer["most"].between(0, 1).all()
    with pytest.raises(BadInputError, match=r"cannot be answered: .*nothing"):
        query(folder, "select nothing from runs")
    with pytest.raises(BadInputError, match="holds no results"):
        query(folder.parent, "select 1")


@pytest.mark.parametrize(
    "attack",
    [
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "select * from read_text('{secret}')",
        "select * from read_blob('{secret}')",
        "select * from glob('{place}/*')",
        "select * from query_table('{secret}')",
        "select * from sniff_csv('{secret}')",
        "select * from read_parquet('{other}')",
        "select * from read_text('{place}/run/made_by.json')",
        "select * from read_csv('https://localhost/x.csv')",
        "select * from secret_table",
        "select * from enable_logging('QueryLog', storage = 'file', storage_path = '{place}/new')",
        "select * from enable_profiling(save_location = '{place}/new')",
        "select * from query('copy (select 1) to ''{place}/new''')",
        "copy (select 1) to '{place}/new'",
        "copy runs to '{secret}'",
        "export database '{place}/new'",
        "attach '{place}/new'",
        "attach '{other}'",
        "install httpfs",
        "load httpfs",
        "force install spatial from 'https://localhost'",
        "pragma database_list",
        "call pragma_version()",
        "set enable_external_access = true",
        "reset lock_configuration",
        "create table mine as select 1",
        "create macro mine() as 1",
        "create secret mine (type s3)",
        "drop view runs",
        "insert into runs select * from runs",
        "explain analyze select 1",
        "begin",
        "select 1; copy (select 1) to '{place}/new'",
        "select 1; select 2",
        "",
        " ; ",
        "-- nothing",
        "select",
        "select $1",
        "select \udcff",
        "select " + "(" * 100_000,
        "select " + "[" * 400,
        "select '" + "x" * 1_000_000 + "'",
        "select error('" + "long " * 1000 + "')",
    ],
    ids=lambda attack: ascii(attack[:40]),
)
def test_a_question_reads_the_tables_of_its_folder_and_nothing_else(
    attack: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    shutil.copytree(folder, place / "run")
    secret, other = place / "secret.csv", place / "other.parquet"
    secret.write_text("kept,close\n1,2\n")
    pd.DataFrame({"kept": [1]}).to_parquet(other)
    secret_table = pd.read_csv(secret)
    monkeypatch.chdir(place)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    words = attack.replace("{secret}", str(secret)).replace("{other}", str(other)).replace("{place}", str(place))
    with pytest.raises(BadInputError) as refusal:
        query(place / "run", words)
    assert len(str(refusal.value)) < 1000 and "\n" not in str(refusal.value)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before and len(secret_table) == 1


@pytest.mark.parametrize("link", ["runs.parquet", "left_behind"])
def test_a_table_that_is_a_link_to_elsewhere_is_refused(link: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "made_by.json").write_text("{}")
    target = folder / "runs.parquet" if link.endswith("parquet") else folder / "monthly" / "design=historical"
    (tmp_path / link).symlink_to(target)
    with pytest.raises(BadInputError, match="is a link to a file outside of the folder"):
        query(tmp_path, "select 1")


@pytest.mark.parametrize("sql", ["from runs", "describe monthly", "with a as (select 1 as b) select b from a;"])
def test_what_is_one_select_to_the_database_is_answered(sql: str, folder: Path) -> None:
    assert len(query(folder, sql))


def hurt(path: Path, at: float) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("table", ["runs.parquet", "monthly/design=historical/part-0.parquet", "left_behind.parquet"])
@pytest.mark.parametrize("at", [0.05, 0.3, 0.6, 0.95])
def test_one_flipped_bit_of_a_table_is_noticed(table: str, at: float, folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "run")
    hurt(copy / table, at)
    for reading in (lambda: query(copy, "select 1"), lambda: read(copy)):
        with pytest.raises(BadInputError, match="is damaged: its SHA-256") as refusal:
            reading()
        assert table in str(refusal.value)


def test_every_file_of_a_folder_has_its_hash_in_the_record(folder: Path) -> None:
    kept = read_record(folder)["files"]
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(kept) == names - {"made_by.json"}
    assert all(hash_of(folder / name) == value for name, value in kept.items())


def test_a_truncated_table_is_refused_with_and_without_its_hash(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "run")
    (copy / "runs.parquet").write_bytes((copy / "runs.parquet").read_bytes()[:500])
    for record in (read_record(copy), {**read_record(copy), "files": {}}):
        (copy / "made_by.json").write_text(json.dumps(record), encoding="utf-8")
        for reading in (lambda: query(copy, "select count(*) from runs"), lambda: read(copy)):
            with pytest.raises(BadInputError, match=r"damaged|cannot be read"):
                reading()


BAD_RECORDS = {
    "nothing": b"",
    "list": b"[]",
    "null": b"null",
    "text": b'"run"',
    "no names": b"{}",
    "cut": b'{"scenario": "cen',
    "not UTF-8": b'{"scenario": "\xff"}',
    "deep": b"[" * 100_000,
    "too long a number": b"1" * 10_000,
    "files are a list": b'{"files": []}',
    "started is null": b'{"started": null, "design": "x"}',
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_record_that_is_none_is_refused_in_one_sentence(name: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "made_by.json").write_bytes(BAD_RECORDS[name])
    shutil.copytree(folder / "monthly", tmp_path / "monthly")
    for reading in (read, plan_of_folder, read_posterior, read_manifest):
        with pytest.raises(BadInputError) as refusal:
            reading(tmp_path)
        assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 1000


def test_a_folder_of_another_kind_is_no_experiment_to_go_on_with(folder: Path, tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    with pytest.raises(BadInputError, match="holds no experiment"):
        read_manifest(folder)


def test_a_folder_with_the_names_of_another_version_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "old")
    record = json.loads((folder / "made_by.json").read_text(encoding="utf-8"))
    del record["layout"]
    (tmp_path / "old" / "made_by.json").write_text(json.dumps(record), encoding="utf-8")
    for reading in (read, plan_of_folder):
        with pytest.raises(BadInputError, match=r"another version \(layout 0, this is \d+\): run it again") as refusal:
            reading(tmp_path / "old")
        assert "\n" not in str(refusal.value)
    (tmp_path / "old" / "made_by.json").write_text('{"study": "compare"}', encoding="utf-8")
    with pytest.raises(BadInputError, match="another version"):
        free_folder(tmp_path / "old", "compare", resume=True)


def test_a_folder_from_before_costs_were_told_apart_is_refused(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    months = next((old / "monthly").rglob("*.parquet"))
    record = json.loads((old / "made_by.json").read_text(encoding="utf-8"))
    assert record["layout"] == LAYOUT > 1
    (old / "made_by.json").write_text(json.dumps({**record, "layout": 1}), encoding="utf-8")
    read(old)  # of that layout, but with the columns of this
    table = pq.ParquetFile(months).read()
    pq.write_table(table.drop_columns([name for name in table.column_names if name.startswith("cost_")]), months)
    for reading in (read, plan_of_folder):
        with pytest.raises(BadInputError, match=r"another version \(layout 1, this is \d+\): run it again") as refusal:
            reading(old)
        assert "\n" not in str(refusal.value)


def record_with(**changes: object) -> str:
    plan = planned(read_scenario("central"), providers=100, months=12, replications=1)
    record = {**described(plan, datetime.now(UTC)), "results_version": RESULTS_VERSION, "layout": LAYOUT, **changes}
    return json.dumps(record, default=str)


@pytest.mark.parametrize(
    "changes",
    [
        *({"scenario": name} for name in ("../../x", "/x", "a/b", "a\\b", "..", "", "A", "1a", "a b", "a\n", "C:x")),
        {"scenario": None},
        {"scenario": ["central"]},
        {"scenario_text": None},
        {"scenario_text": 'question = "x"\nbad'},
        {"scenario_text": 'question = "x"\nparameters = ' + "[" * 5000},
        {"innovations": {"../../x.toml": {}}},
        {"innovations": ["dscr"]},
        {"innovations": {"no_such_innovation": {}}},
        {"providers": "many"},
        {"providers": -1},
        {"months": None},
        {"seed": [1]},
        {"changes": {"grant": "much"}},
        {"changes": None},
        {"fitted": {}},
        {"fitted": {"folder": "nowhere", "sha256": "0"}},
        {"fitted": "published"},
    ],
    ids=str,
)
def test_a_record_from_elsewhere_writes_nothing_and_is_refused(
    changes: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "deep" / "run"
    place.mkdir(parents=True)
    (place / "made_by.json").write_text(record_with(**changes), encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "deep"))
    with pytest.raises(BadInputError) as refusal:
        plan_of_folder(place)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 1000
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [place / "made_by.json"]


def test_the_plan_of_a_record_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_by.json").write_text(record_with(), encoding="utf-8")
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: pytest.fail("a file was written"))
    plan, seed = plan_of_folder(tmp_path)
    assert (plan.scenario.name, plan.providers, seed) == ("central", 100, 1)


@pytest.mark.parametrize(
    ("draws", "says"),
    [
        ({"attention": [0.1, float("inf")]}, "attention is inf"),
        ({"attention": [0.1, None]}, "attention is nan"),
        ({"attention": ["a", "b"]}, "attention is 'a'"),
        ({"attention": [0.1, 70.0]}, "The parameter attention is 70"),
        ({"mood": [0.1]}, "unknown parameter 'mood'"),
        ({"attention": []}, "has no draws"),
    ],
)
def test_draws_that_no_parameter_can_have_are_refused(
    draws: dict[str, list[object]], says: str, tmp_path: Path
) -> None:
    pd.DataFrame(draws).to_parquet(tmp_path / "posterior.parquet")
    record = {"results_version": RESULTS_VERSION, "innovations": ["dscr"]}
    (tmp_path / "made_by.json").write_text(json.dumps(record))
    with pytest.raises(BadInputError, match=says):
        read_posterior(tmp_path)
