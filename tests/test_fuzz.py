"""Bad input of every kind ends in one short sentence: no traceback, nothing written, nothing that waits.

A sample runs with the tests; `make fuzz` tries ten times as many (FUZZ=10), and keeps their counts for docs/trace.md.
Examples are the same each time.
"""

from __future__ import annotations

import inspect
import io
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import carespread as cs
from carespread.calibration.study_file import read_study
from carespread.calibration.targets import FILE, read_targets
from carespread.cli import app, main
from carespread.experiments.design import read_design
from carespread.experiments.limits import Number, Whole, fits
from carespread.experiments.rerun import plan_of_folder
from carespread.model.innovations import read_innovation
from carespread.model.population.country import home
from carespread.model.scenario import read_scenario
from carespread.results.store.folder import read
from carespread.results.store.posterior import PUBLISHED
from carespread.results.store.record import read_manifest

TIMES = int(os.environ.get("FUZZ", "1"))
ROOT = Path(__file__).parents[1]
LONGEST = 1000
"""Characters of a refusal."""
SLOWEST, LARGEST = 60.0, 1.5e9
"""Seconds and bytes of memory that a case may take."""
COUNTS: dict[str, dict[str, float]] = {}
"""What was tried, by kind: cases, those that failed, seconds of the slowest, most bytes of memory."""
COMMANDS = {one.name or one.callback.__name__: one.callback for one in app.registered_commands}  # type: ignore[union-attr]
NEEDED: dict[str, tuple[str, ...]] = {
    "experiment": ("design.toml",), "compare": ("central", "tight"), "discover": ("lever_grant",),
    "results": ("nowhere",), "rerun": ("nowhere",), "check": ("design.toml",), "optimise": ("--budget", "1e6"),
}  # fmt: skip
"""What a command cannot do without, sound."""
LATER = {"--like", "--cluster", "--query", "--out", "--margin"}
"""Options that are looked at after a run, a connection or an answer; `--out` has tests of its own."""
DESIGN = 'question = "q"\nscenarios = ["central"]\nproviders = 60\nmonths = 6\nreplications = 2\n'
JUNK = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "nan", "inf", "-1", "1e999", "9" * 5000, "x" * 100_000, "\x1b[31m", "../..", "0x1", "None",
                     "\udcff", "/dev/zero", "a\x00b", "[1]", "{}", "'; drop table runs; --", "=cmd()", "%s%s%n",
                     "1,5", "٣٣", "🙂"]),
)  # fmt: skip
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
"""What JSON can hold."""


def tried(examples: int) -> Callable[[Any], Any]:
    """Return how often a test is tried."""
    return settings(
        max_examples=examples * TIMES, derandomize=True, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip


def memory() -> float:
    """Return the most bytes that this process has held (0 where the system does not say)."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0)


def counted(kind: str) -> Callable[[Any], Any]:
    """Return how the cases of a test are counted, and held to their time and memory."""

    def around(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def case(*given: Any, **named: Any) -> None:
            count = COUNTS.setdefault(kind, {"cases": 0, "failed": 0, "seconds": 0.0, "memory": 0.0})
            began, held = time.monotonic(), memory()
            try:
                function(*given, **named)
                seconds = time.monotonic() - began
                assert seconds < SLOWEST and memory() <= max(LARGEST, held), (seconds, memory())
            except Exception:
                count["failed"] += 1
                raise
            count["cases"] += 1
            count["seconds"] = max(count["seconds"], round(seconds, 1))
            count["memory"] = max(count["memory"], memory())

        return case

    return around


@pytest.fixture(scope="module", autouse=True)
def counts() -> Iterator[None]:
    """Keep what `make fuzz` tried."""
    yield
    if "FUZZ_COUNTS" in os.environ:
        Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps(COUNTS, indent=1) + "\n", encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stand in a folder that holds a design alone."""
    folder, before = tmp_path_factory.mktemp("place"), Path.cwd()
    (folder / "design.toml").write_text(DESIGN, encoding="utf-8")
    os.chdir(folder)
    yield folder
    os.chdir(before)


def a_sentence(text: str) -> None:
    assert "\n" not in text and len(text) <= LONGEST, text[:300]


def number_in(text: str) -> bool:
    try:
        float(text)
    except (ValueError, OverflowError):
        return False
    return True


@st.composite
def bad_words(draw: Any) -> list[str]:
    """Return a command with one option, argument or name that cannot be."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    junk = draw(JUNK)
    options = [
        (info.param_decls or ("",))[0]
        for parameter in inspect.signature(COMMANDS[command], eval_str=True).parameters.values()  # type: ignore[arg-type]
        for info in getattr(parameter.annotation, "__metadata__", ())
        if getattr(info, "metavar", None) and getattr(info, "param_decls", None)
    ]
    known = [name for name in options if name.startswith("--") and "/" not in name and name not in LATER]
    kind = draw(st.sampled_from(["option", "unknown", "command", "more"]))
    words = [command, *NEEDED.get(command, ())]
    if kind == "option" and known:
        flag = draw(st.sampled_from(known))
        # a number may be a sound one, and then hours of work begin
        assume(not number_in(junk) or float(junk) < 0 or flag not in ("--seed", "--worth", "--below", "--provider"))
        assume(not number_in(junk) or not 0 <= float(junk) < 1e13)
        return [*words, flag, junk]
    if kind == "unknown":
        return [*words, f"--{junk}x"]
    if kind == "command":
        assume(junk.strip() and junk not in COMMANDS and not junk.startswith("--"))
        return [junk]
    return [*words, "--json", "--quiet", "--no-such-option", junk]


@tried(60)
@given(bad_words())
@counted("commands: options, arguments, names")
def test_what_is_typed(words: list[str]) -> None:
    before = sys.argv
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["carespread", *words]
    try:
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings(), pytest.raises(SystemExit) as left:
            warnings.simplefilter("ignore")
            main()
    finally:
        sys.argv = before
    said = [line for line in err.getvalue().splitlines() if "medians of their priors" not in line]
    assert left.value.code == 2 and out.getvalue() == "" and len(said) == 1, (words, said, out.getvalue()[:300])
    a_sentence(said[0])
    assert said[0].isprintable()
    assert [path.name for path in Path().iterdir()] == ["design.toml"]


SCENARIOS = ROOT / "experiments" / "scenarios"


def scenario_at(path: Path) -> Any:
    return read_scenario(str(path))


TEXTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "scenario": (scenario_at, (SCENARIOS / "historical.toml").read_text("utf-8")),
    "levers": (scenario_at, (SCENARIOS / "lever_grant.toml").read_text("utf-8")),
    "design": (read_design, DESIGN + '[parameters]\nchoice_noise = [0.05, 0.3]\nturnover = "prior"\n'),
    "innovation": (read_innovation, (home().innovations / "dscr.toml").read_text(encoding="utf-8")),
    "study": (read_study, (ROOT / "calibration/studies/t14.toml").read_text(encoding="utf-8")),
    "targets": (lambda path: read_targets(path, read_scenario("historical")), FILE.read_text(encoding="utf-8")),
    "providers": (cs.Population.of, "sites,staff,setting,region\n1,20,homecare,a\n3,90,nursing,b\n"),
}  # fmt: skip


@st.composite
def bad_texts(draw: Any) -> tuple[str, bytes]:
    """Return a sound file with a few lines or bytes changed."""
    kind = draw(st.sampled_from(sorted(TEXTS)))
    lines = TEXTS[kind][1].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["value", "cell", "drop", "twice", "cut", "junk"]))
        name, equals, _ = lines[at].partition("=")
        value = draw(st.one_of(PLAIN.map(json.dumps), JUNK))
        if how == "value" and equals:
            lines[at] = f"{name}= {value}"
        elif how == "cell":
            cells = lines[at].split(",")
            cells[draw(st.integers(0, len(cells) - 1))] = value
            lines[at] = ",".join(cells)
        elif how == "twice":
            lines.insert(at, lines[at])
        elif how == "cut":
            lines[at] = lines[at][: len(lines[at]) // 2]
        elif how == "junk":
            lines.insert(at, value)
        elif len(lines) > 1:
            del lines[at]
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return kind, text


@tried(45)
@given(bad_texts())
@counted("files: TOML and CSV of every kind")
def test_what_is_written_by_hand(made: tuple[str, bytes]) -> None:
    kind, text = made
    file = Path("mine.csv" if kind in ("targets", "providers") else "mine.toml")
    file.write_bytes(text)
    try:
        TEXTS[kind][0](file.absolute())
    except cs.BadInputError as error:
        a_sentence(str(error))
    finally:
        file.unlink()


RECORD = {
    "study": "compare", "results_version": 8, "layout": 1, "scenario": "central", "scenario_text": 'question = "q"',
    "replications": 1, "providers": 60, "months": 6, "seed": 1, "changes": {}, "innovations": {"dscr": {}},
    "fitted": None, "design": "central", "started": "2026-01-01T00:00:00+00:00", "runs_a_block": 5, "fingerprint": "0",
    "files": {}, "command": [], "runs": 1, "partitioned": True, "source_hash": "0", "ended": None, "failed": 0,
}  # fmt: skip


@tried(25)
@given(st.sampled_from(sorted(RECORD)), PLAIN, st.binary(max_size=40), st.integers(0, 3))
@counted("folders: records (JSON) and tables (Parquet)")
def test_records_and_tables_from_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: Any, junk: bytes, kind: int
) -> None:
    from carespread.model.version import RESULTS_VERSION

    folder = tmp_path_factory.mktemp("folder")
    record = {**RECORD, "results_version": RESULTS_VERSION, name: value}
    text = json.dumps(record).encode() if kind else json.dumps(record).encode()[: len(junk) * 9] + junk
    (folder / "made_by.json").write_bytes(text)
    draws = bytearray((PUBLISHED / "posterior.parquet").read_bytes())
    for at, byte in enumerate(junk):
        draws[(at * 7919 + 13 * byte) % len(draws)] ^= byte
    (folder / "posterior.parquet").write_bytes(bytes(draws) if kind < 2 else junk)
    (folder / "runs.parquet").write_bytes(junk)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for reading in (
        plan_of_folder,
        read,
        read_manifest,
        cs.read_posterior,
        lambda one: cs.rerun(one) if junk else None,
    ):
        try:
            reading(folder)
        except cs.BadInputError as error:
            a_sentence(str(error))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


WORKS = {
    name: getattr(cs, name)
    for name in ("compare", "sensitivity", "ablate", "discover", "calibrate", "validate", "journey", "optimise",
                 "sticking_points", "verify", "experiment", "rerun", "studies")
}  # fmt: skip
SOUND: dict[str, dict[str, Any]] = {
    "compare": {"baseline": "central", "scenarios": ["tight"]}, "discover": {"scenario": "lever_grant"},
    "optimise": {"budget": 1e6}, "experiment": {"design": "design.toml"}, "rerun": {"folder": Path("nowhere")},
}  # fmt: skip


class Odd:
    """An object that is nothing that anybody asks for."""


@st.composite
def bad_calls(draw: Any) -> tuple[str, dict[str, Any], type]:
    """Return a call with one argument that cannot be, and the error that must come of it."""
    name = draw(st.sampled_from(sorted(WORKS)))
    hints = get_type_hints(WORKS[name], include_extras=True)
    argument = draw(st.sampled_from(sorted(set(hints) - {"return", "progress", "told"})))
    value = draw(st.one_of(PLAIN, JUNK, st.sampled_from([Odd(), b"x", 10**30, -1, float("nan"), {1: 2}, [[]]])))
    limits = [one for one in getattr(hints[argument], "__metadata__", ()) if isinstance(one, (Whole, Number))]
    if not fits(value, hints[argument]):
        return name, {**SOUND.get(name, {}), argument: value}, TypeError
    assume(limits and value is not None and not limits[0].holds(value))
    return name, {**SOUND.get(name, {}), argument: value}, cs.BadInputError


@tried(20)
@given(bad_calls())
@counted("the Python API")
def test_what_is_called(call: tuple[str, dict[str, Any], type]) -> None:
    name, arguments, kind = call
    with pytest.raises(kind) as refused:
        WORKS[name](**arguments)
    a_sentence(str(refused.value))
    assert [path.name for path in Path().iterdir()] == ["design.toml"]
