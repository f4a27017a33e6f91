"""Compiled code is neither yesterday's nor somebody else's, and a run does not depend on whether there is any."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carespread.model import Conditions, Lever, Parameters, Policy, jit, simulate

PROJECT = Path(__file__).parents[1]
SOMEBODY = 54321
"""A user id that is not ours."""
TINY = '''
"""A kernel small enough to be compiled many times."""
from . import randomness as rnd
from .jit import kernel
from .parameters import Parameters
from .state import one_record
from .mechanisms import value


@kernel
def tiny(parameters):
    """Return a number that hangs on a submodel, on two declared parameters and on the number of a decision."""
    p = parameters[0]
    hazard = value.setup_cost(p.base_awareness, p.imitation, 0.5, 0.0, 0.0)
    return hazard + rnd.draw(rnd.stream(1, rnd.LOOK, 0, 0), 1)


number = tiny(one_record(Parameters()))
hits = sum(tiny.stats.cache_hits.values()) if hasattr(tiny, "stats") else 0
'''
PRINT = "from carespread.model.tiny import hits, number; print(repr(float(number)), hits)"
NUMBA_ALONE = "from carespread.model import jit; jit.fingerprint = lambda function: '0' * 20; " + PRINT


class Copy:
    """A copy of the model's source, with a kernel of its own and a cache of its own."""

    def __init__(self, folder: Path):
        """Copy what is needed to import the model."""
        self.folder, self.cache = folder, folder / "cache"
        (folder / "carespread").mkdir(parents=True)
        for name in ("__init__.py", "refusal.py"):
            shutil.copy(PROJECT / "carespread" / name, folder / "carespread")
        shutil.copytree(PROJECT / "model", folder / "model", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "model" / "tiny.py").write_text(TINY)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace text that stands there exactly once; all changes at once, so that two names can be swapped."""
        path = self.folder / "model" / file
        text = path.read_text(encoding="utf-8")
        for number, (before, _) in enumerate(changes):
            assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {file}"
            text = text.replace(before, f"<{number}>")
        for number, (_, after) in enumerate(changes):
            text = text.replace(f"<{number}>", after)
        path.write_text(text, encoding="utf-8")

    def number(self, code: str = PRINT, compiled: bool = True) -> tuple[float, int]:
        """Return the kernel's number in a new process, and how often compiled code came from the cache."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "CARESPREAD_CACHE": str(self.cache)}
        environment["NUMBA_DISABLE_JIT"] = "0" if compiled else "1"
        done = subprocess.run(
            [sys.executable, "-c", code], check=False, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        number, hits = done.stdout.split()
        return float(number), int(hits)


EDITS: dict[str, Callable[[Copy], None]] = {
    "the equation of a submodel": lambda copy: copy.edit(
        "mechanisms/value.py", ("return per_organisation + per_site *", "return per_organisation + 3.0 * per_site *")
    ),
    "the names of two declared parameters": lambda copy: copy.edit(
        "parameters.py", ("    base_awareness: Annotated", "    imitation: Annotated"),
        ("    imitation: Annotated", "    base_awareness: Annotated"),
    ),
    "the numbers of two decisions": lambda copy: copy.edit("randomness.py", ("AWARE, LOOK,", "LOOK, AWARE,")),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.mark.compiled
def test_an_edit_anywhere_in_the_model_changes_the_number_and_nothing_need_be_cleared(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "edited")
    before, _ = copy.number()
    assert copy.number() == (before, 1), "the cache itself must be in use for this test to mean anything"
    seen = {before}
    for what, edit in EDITS.items():
        edit(copy)
        now, hits = copy.number()
        truth, _ = copy.number(compiled=False)
        assert (now, hits) == (truth, 0), what
        assert now not in seen, what
        seen.add(now)


@pytest.mark.compiled
def test_a_comment_or_another_file_recompiles_nothing(copy: Copy) -> None:
    before, _ = copy.number()
    line = "    return per_organisation + per_site *"
    copy.edit("mechanisms/value.py", (line, f"    # why\n{line}"))
    (copy.folder / "model" / "tiny.py").write_text("# a line more\n" + TINY)
    assert copy.number() == (before, 1)


REPLACED = """
from carespread.model import jit
from carespread.model.mechanisms import value


@jit.submodel
def mine(per_organisation, per_site, sites, per_person, people):
    return 7.0


value.setup_cost = mine
"""


@pytest.mark.compiled
def test_an_equation_of_ones_own_never_reaches_the_cache(copy: Copy) -> None:
    """Neither on a cold cache, which would keep it under the model's name, nor on a warm one, which would hide it."""
    (copy.folder / "mine.py").write_text(REPLACED)
    own, hits = copy.number("import mine; " + PRINT)
    assert own > 7.0 and hits == 0
    usual, hits = copy.number()
    assert usual < 7.0 and hits == 0
    assert copy.number() == (usual, 1)
    assert copy.number("import mine; " + PRINT) == (own, 0)


@pytest.mark.compiled
def test_numba_alone_would_give_the_number_of_yesterday(copy: Copy) -> None:
    """So the test above can fail: with one folder for all versions, code compiled before an edit is used after it."""
    before, _ = copy.number(NUMBA_ALONE)
    EDITS["the equation of a submodel"](copy)
    assert copy.number(NUMBA_ALONE) == (before, 1)
    assert copy.number(compiled=False)[0] != before


@pytest.mark.compiled
def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(copy: Copy) -> None:
    right, _ = copy.number(compiled=False)
    copy.cache.write_text("a file where the folder should be")
    assert copy.number() == (right, 0)
    assert copy.cache.read_text() == "a file where the folder should be"


def folder_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    """Return the cache folder that would be used under `root`."""
    monkeypatch.setenv("CARESPREAD_CACHE", str(root))
    return jit.cache_folder("0" * 20)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """The folder that the model would use, made beforehand; its root is the second folder above."""
    folder = tmp_path / "root" / "kernels" / ("0" * 20)
    for part in (folder.parents[1], folder.parents[0], folder):
        part.mkdir(mode=0o700)
    return folder


needs_folders_of_others = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make what belongs to others"
)


def test_a_private_folder_is_used(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_for(planted.parents[1], monkeypatch) == planted.resolve()


def test_a_folder_that_is_made_is_private_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o002)
    try:
        folder = folder_for(tmp_path / "new" / "root", monkeypatch)
    finally:
        os.umask(before)
    assert folder is not None
    for part in (folder, *folder.parents[:3]):
        assert part.stat().st_mode & 0o077 == 0, part


@pytest.mark.parametrize("above", [0, 1, 2])
@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_in_which_others_can_write_is_not_used(
    above: int, mode: int, planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (planted, *planted.parents)[above].chmod(mode)
    assert folder_for(planted.parents[1], monkeypatch) is None


@needs_folders_of_others
@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_folder_of_somebody_else_is_not_used(above: int, planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown((planted, *planted.parents)[above], SOMEBODY, SOMEBODY)
    assert folder_for(planted.parents[1], monkeypatch) is None


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_link_to_a_folder_in_which_others_can_write_is_not_followed(
    above: int, planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = (planted, *planted.parents)[above]
    open_to_all = tmp_path / "open"
    link.rename(open_to_all)
    open_to_all.chmod(0o777)
    link.symlink_to(open_to_all)
    assert folder_for(planted.parents[1], monkeypatch) is None


@needs_folders_of_others
def test_a_link_of_somebody_else_cannot_be_turned_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a link can point it elsewhere after the check: no link may be part of the folder that is used."""
    shared, mine = tmp_path / "shared", tmp_path / "mine"
    shared.mkdir()
    shared.chmod(0o1777)
    mine.mkdir(mode=0o700)
    (shared / "cache").symlink_to(mine)
    os.chown(shared / "cache", SOMEBODY, SOMEBODY, follow_symlinks=False)
    folder = folder_for(shared / "cache", monkeypatch)
    assert folder is None or folder == folder.resolve()


def test_only_compiled_code_of_older_versions_is_cleared_away(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [planted.parent / f"linux-6.{number}" for number in range(8)]
    older = [planted.parent / f"{number:020x}" for number in range(1, jit.KEPT + 5)]
    for age, folder in enumerate((*others, *older)):
        folder.mkdir()
        os.utime(folder, (age, age))
    folder_for(planted.parents[1], monkeypatch)
    assert all(folder.exists() for folder in others)
    assert [folder.exists() for folder in older] == [False] * 4 + [True] * jit.KEPT


RUN = """
import sys
import numpy as np
from tests.test_jit_cache import small_run
np.savez(sys.argv[1], *small_run())
"""


def small_run() -> list[np.ndarray]:
    """Return everything that a small run leaves: the record, and the last state of every provider."""
    conditions = Conditions(levers=(Lever("grant", 0.5, None, "2026-08"), Lever("mandate", 0.1, "2026-04")))
    innovations = ("dscr", "acoustic_monitoring", "harmful_shortcut")
    run = simulate(
        Parameters.of(), Policy.of(), providers=90, months=15, seed=3, conditions=conditions, innovations=innovations
    )
    state = run.prepared.state
    names = [name for name in state.pairs.dtype.names or ()], [name for name in state.rows.dtype.names or ()]
    return [*run.record, *(state.pairs[name] for name in names[0]), *(state.rows[name] for name in names[1])]


@pytest.mark.compiled
def test_a_run_is_the_same_compiled_or_not(tmp_path: Path) -> None:
    file = tmp_path / "plain.npz"
    subprocess.run(
        [sys.executable, "-c", RUN, str(file)],
        check=True,
        cwd=PROJECT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    with np.load(file) as plain:
        for compiled, name in zip(small_run(), plain.files, strict=True):
            assert np.array_equal(np.asarray(compiled), plain[name]), name
