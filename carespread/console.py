"""What a person sees: bars, results, refusals in one sentence, and what Ctrl-C leaves."""

from __future__ import annotations

import difflib
import errno
import json
import math
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .refusal import shown

FAILED, BAD_INPUT, STOPPED = 1, 2, 130
PATIENCE = 2.0
"""Seconds before a bar appears."""
LONGEST_NAME = 80
"""Characters of a folder's name before the time."""
LONGEST_LINE = 1000
"""Characters of a sentence."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says of a disk that takes no more."""
UNUSABLE = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.EISDIR)
"""What it says of a path that nobody can use as it was typed."""


OUR_WARNINGS = ("StartedAnewWarning", "PriorsWarning")
"""Shown as one line."""


class RefusedError(Exception):
    """What was typed cannot be: one sentence."""


class Pair(NamedTuple):
    """One NAME=VALUE of an option that can be repeated."""

    flag: str
    name: str
    value: Any


def perform(work: str, given: dict[str, Any], usual: str | None) -> int:
    """Do the work of a command, show what it came to, and return the exit status.

    `work` is "module:function", `given` what was typed by name, `usual` the name of its folder with {options} in it
    (None where it keeps nothing).
    """
    as_json, quiet = given.pop("as_json", False), given.pop("quiet", False)
    given = {name: merged(value) for name, value in given.items()}
    named = given.get("out") is not None
    if usual is not None and not named:
        if given.get("resume"):
            raise RefusedError("--resume needs --out: the folder to go on with.")
        given["out"] = usual_folder(usual, given)
    out: Path | None = given.get("out")
    bars = Bars(quiet)
    try:
        module, _, name = work.partition(":")
        function = getattr(import_module(module), name)
        takes = signature(function).parameters
        if "progress" in takes:
            given["progress"] = bars
        told = "told" in takes and not (as_json or quiet)
        if told:
            given["told"] = print_now
        with warnings.catch_warnings():
            warnings.showwarning = warned(warnings.showwarning)
            result = function(**given)
    except KeyboardInterrupt:
        bars.close()
        stop(out, named)
    except Exception as error:
        bars.close()
        reason = full_disk(error)
        if reason is None:
            raise
        say(f"{reason}: {left_in(out, named)}")
        return FAILED
    bars.close()
    show(result, out if named else result.folder, as_json, quiet, told)
    return int(result.status or bool(result.failed))


def show(result: Any, out: Path | None, as_json: bool, quiet: bool, told: bool) -> None:
    """Print a result: plain data, its folder alone, or its text and where the rest of it is."""
    folder = None if result.folder is None else shown_folder(out or result.folder)
    if result.failed:
        where = "their tracebacks stand in runs.parquet" + (f" of {folder}" if folder else "")
        say(f"{result.failed:,} of {result.runs:,} runs failed: {where}.")
    if as_json:
        print(json.dumps(plain(result.json), indent=1, ensure_ascii=False, default=str))
        return
    if quiet:
        if folder is not None:
            print(folder)
        return
    if text := (result.end or "" if told else result.text):
        print(text)
    if folder is not None:
        pages = [name for name in result.documents if name.endswith(".html")]
        lines = [f"Page: {folder}/{name}" for name in pages]
        if (result.folder / "figures").is_dir():
            lines.append(f"Figures: {folder}/figures")
        print("\n".join([*lines, f"All results: {folder}"]))


class Bars:
    """Bars on a terminal, one for each kind of work, and lines of progress; nothing where it is to be quiet."""

    def __init__(self, quiet: bool) -> None:
        """Draw nothing yet."""
        self.quiet = quiet
        self.what, self.bar = "", None

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        """Show that so much of a thing is done; without numbers print the words as a line."""
        if self.quiet:
            return
        if not of:
            self.close()
            say(what)
        elif sys.stderr.isatty():
            bar = self._bar(what)
            bar.total = of
            bar.update(done - bar.n)

    def _bar(self, what: str) -> Any:
        if self.bar is None or self.what != what:
            from tqdm import tqdm

            self.close()
            # a terminal that does not know its size says 0, and tqdm would draw nothing
            size = shutil.get_terminal_size()
            self.what = what
            self.bar = tqdm(desc=what, unit="", delay=PATIENCE, leave=False, file=sys.stderr,
                            ncols=min(100, size.columns), nrows=size.lines)  # fmt: skip
        return self.bar

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def print_now(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def merged(value: Any) -> Any:
    """Return what was typed as NAME=VALUE, time and again, as one mapping; everything else as it is."""
    if not isinstance(value, list) or not value or not isinstance(value[0], Pair):
        return value
    made: dict[str, Any] = {}
    for pair in value:
        if pair.name in made:
            raise RefusedError(f"{pair.flag} names {pair.name} twice: once is enough.")
        made[pair.name] = pair.value
    return made


def usual_folder(usual: str, given: Mapping[str, Any]) -> Path:
    """Return a folder under results/runs that is not there yet, named after what was typed and the time."""
    words = {name: Path(value).stem for name, value in given.items() if isinstance(value, (str, Path))}
    if given.get("run") is not None:  # the run that was named stands in the scenario's place
        words["scenario"] = words["run"]
    name = re.sub(r"[^\w.-]+", "-", usual.format_map(words))[:LONGEST_NAME]
    first = Path("results") / "runs" / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    number, folder = 2, first
    while folder.exists():
        folder, number = first.with_name(f"{first.name}-{number}"), number + 1
    return folder


def shown_folder(folder: Path) -> str:
    """Return a folder as seen from here, where it lies below."""
    full = Path(os.path.abspath(folder))
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else str(full)


def plain(value: Any) -> Any:
    """Return data that JSON can hold: NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if hasattr(value, "item"):  # numpy's numbers
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(sentence: str) -> None:
    """Print one line for a person on stderr: nothing that a terminal would act on, at most 1,000 characters."""
    line = " ".join(sentence.split())
    line = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line[:LONGEST_LINE])
    if len(sentence) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE - 4]}...{sentence.rstrip()[-1]}"
    # a name that is not UTF-8, or a terminal that is not
    print(line.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding or "utf-8"),
          file=sys.stderr)  # fmt: skip


def warned(usual: Callable[..., None]) -> Callable[..., None]:
    """Return how warnings are shown: ours as one line, others as ever."""

    def shown(message: Any, category: type, *rest: Any, **more: Any) -> None:
        if category.__name__ in OUR_WARNINGS:
            say(str(message))
        else:
            usual(message, category, *rest, **more)

    return shown


def full_disk(error: BaseException | None) -> str | None:
    """Return what the system says where work was stopped by a disk that takes no more; None for any other fault."""
    if type(error).__name__ == "StoppedError":
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.errno in FULL:
        return error.strerror
    return None


def left_in(out: Path | None, named: bool) -> str:
    """Return what stopped work has left in its folder, and how to go on with it."""
    if out is None or not out.is_dir() or not any(out.iterdir()):
        return "nothing was written."
    folder = shown_folder(out)
    again = "add --resume" if named else f"go on with --out {folder} --resume"
    if any(out.glob("**/blocks/block-*.json")) or any(out.glob("*.journal")):
        return f"resumable blocks are kept in {folder}: {again}."
    return f"no block was whole yet, and {folder} holds the record of the work alone: {again}."


def stop(out: Path | None = None, named: bool = False) -> NoReturn:
    """Leave at once after Ctrl-C, and say what is kept: threads in a kernel would go on to the end of their run."""
    with suppress(OSError):
        say(f"Stopped: {left_in(out, named)}")
        sys.stderr.flush()
    os._exit(STOPPED)


def refusal(error: Exception) -> str | None:
    """Return the one sentence for bad input, or None if the fault is our own."""
    declare = sys.modules.get("carespread.model.declare")
    if isinstance(error, RefusedError) or (declare is not None and isinstance(error, declare.BadInputError)):
        return str(error)
    if isinstance(error, OSError) and error.errno in UNUSABLE and error.filename is not None:
        return f"{shown(str(error.filename))} cannot be used: {error.strerror}."
    # Typer brings its own copy of Click's errors
    if not any(kind.__name__ == "ClickException" for kind in type(error).__mro__):
        return None
    message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoSuchOption" and context is not None:
        known = [name for option in context.command.params for name in option.opts if name.startswith("--")]
        return unknown("option", error.option_name, [*known, "--help"])  # type: ignore[attr-defined]
    if message.startswith("No such command") and context is not None:
        return unknown("command", message.split("'")[1], list(context.command.commands))
    return message.rstrip(".") + "."


def unknown(what: str, given: str, known: Iterable[str]) -> str:
    """Return a refusal of a name that is not known, with the nearest that is."""
    names = list(known)
    near = difflib.get_close_matches(given[:80].lower(), names, 1, 0.4)
    return f"Unknown {what} {shown(given)}: " + (
        f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}."
    )
