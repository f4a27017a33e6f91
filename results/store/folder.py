"""Keeps the results of a run in a folder that is either whole or absent."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from carespread.model import BadInputError
from carespread.model.attribution.events import TERMS
from carespread.model.jit import source_hash
from carespread.model.table import COLUMNS
from carespread.model.version import RESULTS_VERSION

from .files import first_line, shown_path, write_parquet
from .record import (
    LEDGERS,
    RECORD,
    check_files,
    hashes_of,
    known_hashes,
    made_on,
    read_record,
    refuse_older,
    write_json,
)
from .summary import summary_table
from .tables import Results, units_of_runs

if TYPE_CHECKING:
    import pandas as pd

MAKING = ".making"
PASSING = (".driver.lock", ".made_by.json.")
"""Beginnings of names that a study leaves before anything is kept."""
RESUMABLE = (
    "compare", "sensitivity", "ablate", "discover", "calibrate", "optimise", "experiment", "library", "studies",
)  # fmt: skip
"""Studies that go on where they were stopped."""
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
    "draw": "the random draw, 0 to 1",
    "replication": "number from 0",
}
OF_A_CELL = {
    "providers": "organisations at the start, by sampling weight",
    "providers_end": "organisations in the last month, by sampling weight",
    "using_start": "organisations using it at the end of the month before the start, by sampling weight",
    "using_end": "organisations using it in the last month, by sampling weight",
}


def free_folder(out: Path, study: str = "run", resume: bool = False) -> Path:
    """Return the full path of a folder that a study may fill, or refuse it; nothing is left on the disk.

    It must not be there yet, or be empty, or with `resume` hold the same study: no work is written over another's.
    """
    full, said = Path(os.path.abspath(out)), shown_path(out)
    try:
        held = any(not path.name.startswith(PASSING) for path in full.iterdir()) if full.is_dir() else False
        holder = study_in(full) if held else None
        lost = held and resume and study in RESUMABLE and parts_without_record(full)
        own = resume and (holder == study or lost)
        if not own and full == Path.cwd():
            raise BadInputError(f"{said} is the folder that you are in: name a folder that does not exist yet.")
        if holder == study and study in RESUMABLE and not resume:
            raise BadInputError(
                f"{said} holds a study of carespread {study} already: add --resume to go on with it, or name another."
            )
        if holder is not None and not own:
            raise BadInputError(
                f"{said} holds another run (of carespread {holder}): name a folder that does not exist yet."
            )
        if held and not own:
            raise BadInputError(f"{said} is not empty: name a folder that does not exist yet.")
        if own and (full / RECORD).exists():
            refuse_older(full, read_record(full))
        if not full.is_dir() and (full.exists() or full.is_symlink()):
            what = "is a link to nothing" if full.is_symlink() else "is a file"
            raise BadInputError(f"{said} {what}: name a folder that does not exist yet.")
        _refuse_closed(full if own else full.parent, full)
    except OSError as error:
        raise BadInputError(f"{said} cannot be written: {error.strerror}.") from None
    return full


def study_in(folder: Path) -> str | None:
    """Return which command a folder holds the work of, as its record says; None where it has none.

    Blocks of an experiment say what they are without it.
    """
    if not (folder / RECORD).exists():
        return "experiment" if any((folder / LEDGERS).glob("block-*.json")) else None
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return str(record.get("study", "experiment" if "fingerprint" in record else "run"))
    except (OSError, ValueError, AttributeError):
        return "another kind"


def parts_without_record(folder: Path) -> bool:
    """Return whether a folder has lost its record and still holds experiments of a study, which know their design."""
    return not (folder / RECORD).exists() and any(folder.glob(f"*/{LEDGERS}/block-*.json"))


def _refuse_closed(where: Path, folder: Path) -> None:
    """Raise OSError where no folder can be made; nothing is left."""
    made: list[Path] = []
    try:
        made = new_folders(where)
        _forget_killed(folder)
        os.rmdir(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=MAKING, dir=where))
    finally:
        remove_empty(made)


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `folder` when the block ends well, and disappears when it does not."""
    made = new_folders(folder.parent)
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
        remove_empty(made)
        raise


def keep(
    results: Results,
    folder: Path,
    command: list[str],
    progress: Callable[[int, int], None] | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
    figures: bool = True,
) -> Path:
    """Return the folder in which the results now lie, whole, with their summary, `more` tables and `figures`."""
    with whole(folder) as making:
        write_parquet(results.runs, making / "runs.parquet", units_of_runs(results.made_by))
        monthly = making / "monthly" / f"design={quote(str(results.made_by['design']), safe='')}"
        monthly.mkdir(parents=True)
        # the partition's own column stands in the folder's name
        write_parquet(results.monthly.drop(columns="design"), monthly / "part-0.parquet", COLUMNS)
        write_parquet(results.cells, making / "left_behind.parquet", OF_A_CELL)
        if results.events is not None:
            write_parquet(results.events, making / "events.parquet", OF_AN_EVENT)
        for name, table in {"summary": summary_table(results), **(more or {})}.items():
            table.to_csv(making / f"{name}.csv", index=False, lineterminator="\n")
        if figures:
            from ..figures.run import draw

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
    refuse_older(folder, made_by)
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


def new_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it, and return those that were made, the deepest first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        remove_empty(missing)
        raise
    return missing


def remove_empty(folders: list[Path]) -> None:
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
