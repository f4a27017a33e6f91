"""Keeps the results of a run in a folder that is either whole or absent."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from carespread.model import BadInputError
from carespread.model.attribution.events import TERMS
from carespread.model.jit import source_hash
from carespread.model.table import COLUMNS
from carespread.model.version import RESULTS_VERSION

from .files import first_line, write_parquet
from .record import RECORD, check_files, hashes_of, known_hashes, made_on, read_record, write_json
from .summary import summary_table
from .tables import Results, units_of_runs

MAKING = ".making"
FORGOTTEN_AFTER = 24 * 3600
"""Seconds after which a folder that was being made is taken for the remains of a run that was killed."""
OF_AN_EVENT = {
    "month": "month at whose end the new stage stands",
    "provider": "id in the register",
    "generation": "0 at the start, one more for who opens in the place of one that closed",
    "innovation": "name",
    "stage_from": "stage before",
    "stage_to": "stage after",
    "cause": "why the stage changed, in words",
    **{name: "term of value, of a hazard or of its logarithm: see model/events.py" for name in TERMS[:-2]},
    "chance": "probability within the month",
    "luck": "the random draw, 0 to 1",
    "replication": "number from 0",
}
OF_A_CELL = {
    "providers": "organisations, unweighted",
    "using_start": "organisations using it at the end of the month before the start, unweighted",
    "using_end": "organisations using it in the last month, unweighted",
}


def free_folder(folder: Path) -> Path:
    """Return the folder's full path if a run can be kept there, or refuse it; nothing is left on the disk."""
    full = Path(os.path.abspath(folder))
    if full == Path.cwd():
        raise BadInputError(f"{folder} is the folder that you are in: name a folder that does not exist yet.")
    if full.is_dir() and (full / RECORD).exists():
        raise BadInputError(f"{folder} holds another run: name a folder that does not exist yet.")
    if full.is_dir() and any(full.iterdir()):
        raise BadInputError(f"{folder} is not empty: name a folder that does not exist yet.")
    if full.exists() and not full.is_dir():
        raise BadInputError(f"{folder} is a file: name a folder that does not exist yet.")
    made: list[Path] = []
    try:
        made = _parents(full.parent)
        _forget_killed(full)
        os.rmdir(_temporary(full))
    except OSError as error:
        raise BadInputError(f"{folder} cannot be written: {error.strerror}.") from None
    finally:
        _unmake(made)
    return full


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `folder` when the block ends well, and disappears when it does not."""
    made = _parents(folder.parent)
    making = _temporary(folder)
    try:
        making.chmod(0o777 & ~_umask())
        yield making
        _to_disk(making)
        if folder.is_dir() and os.name == "nt":
            folder.rmdir()  # elsewhere an empty folder is replaced by the renaming itself
        try:
            making.rename(folder)
        except OSError:
            raise BadInputError(f"{folder} was filled by somebody else meanwhile: name another folder.") from None
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        _unmake(made)
        raise


def keep(
    results: Results,
    folder: Path,
    command: list[str],
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Return the folder in which the results now lie, whole, with their summary and figures."""
    from ..figures.run import draw

    with whole(folder) as making:
        write_parquet(results.runs, making / "runs.parquet", units_of_runs(results.made_by))
        monthly = making / "monthly" / f"design={quote(str(results.made_by['design']), safe='')}"
        monthly.mkdir(parents=True)
        # the partition's own column stands in the folder's name
        write_parquet(results.monthly.drop(columns="design"), monthly / "part-0.parquet", COLUMNS)
        write_parquet(results.cells, making / "left_behind.parquet", OF_A_CELL)
        if results.events is not None:
            write_parquet(results.events, making / "events.parquet", OF_AN_EVENT)
        summary_table(results).to_csv(making / "summary.csv", index=False, lineterminator="\n")
        draw(results, making / "figures", progress)
        write_json(making / RECORD, {**record_of(results, command), "files": hashes_of(making)})
    return folder


def record_of(results: Results, command: list[str]) -> dict[str, Any]:
    """Return what must be known to make the same results again."""
    return {
        "command": command,
        "results_version": RESULTS_VERSION,
        "source_hash": source_hash(),
        **results.made_by,
        "started": results.made_by["started"].isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        **made_on(),
    }


def read(folder: Path) -> Results:
    """Return the results that lie in a folder.

    Raises BadInputError where it holds none, or files that are not as they were written.
    """
    import pandas as pd
    import pyarrow as pa

    made_by = read_record(folder, "run", ("started", "design"))
    known = known_hashes(folder)
    check_files(folder, [name for name in known if name.endswith(".parquet")], known)
    try:
        made_by["started"] = datetime.fromisoformat(made_by["started"])
        monthly = pd.read_parquet(folder / "monthly")
        return Results(
            made_by,
            pd.read_parquet(folder / "runs.parquet"),
            monthly.assign(month=pd.to_datetime(monthly["month"])),
            pd.read_parquet(folder / "left_behind.parquet"),
        )
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise BadInputError(f"{folder} cannot be read as a run: {first_line(error)}") from None


def _temporary(folder: Path) -> Path:
    """Return a new hidden folder beside `folder`, whose name says which process of which machine makes it."""
    prefix = f".{folder.name}.{platform.node()}.{os.getpid()}."
    return Path(tempfile.mkdtemp(prefix=prefix, suffix=MAKING, dir=folder.parent))


def _umask() -> int:
    """Return which permissions this process withholds from what it makes; a temporary folder withholds more."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _parents(folder: Path) -> list[Path]:
    """Make a folder and those above it, and return those that were made, the deepest first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        _unmake(missing)
        raise
    return missing


def _unmake(folders: list[Path]) -> None:
    """Remove folders that were made on the way, as far as they are empty."""
    with suppress(OSError):
        for folder in folders:
            if folder.is_dir():
                folder.rmdir()


def _forget_killed(folder: Path) -> None:
    """Remove what runs that were killed while they wrote a folder beside this one have left."""
    for left in folder.parent.glob(f".*{MAKING}"):
        *_, process, _ = left.name.removesuffix(MAKING).split(".")
        here = f".{platform.node()}.{process}." in left.name and os.name == "posix"
        old = time.time() - left.stat().st_mtime > FORGOTTEN_AFTER
        if old or (here and process.isdigit() and not _alive(int(process))):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    """Return whether a process of this machine still runs (POSIX)."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _to_disk(folder: Path) -> None:
    """Have every file of a folder on the disk before anything names it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    for path in (*sorted(folder.rglob("*")), folder):
        if path.is_dir():
            _sync(path)


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system allows it."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
