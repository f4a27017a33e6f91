"""Writes the policy page from a library of packages."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from carespread.model import BadInputError
from carespread.model.extras import needs
from carespread.model.scenario import read_scenario
from carespread.results.page.data import PRESETS, Known, page_data
from carespread.results.page.tiles import places_data, places_of
from carespread.results.page.write import BUDGET, policy_html
from carespread.results.store.files import shown_path, write_text
from carespread.results.store.record import check_files

from .compare import chance_of
from .library import PACKAGES, PLACES, SCENARIO, STORY, USUAL, asked, library_record
from .limits import PORT, checked
from .packages import FIRST, FUNDED, FUTURES, LAST, OPTIONS, TARGETS, TODAY, Size
from .result import Result
from .store import Progress

PAGE = "policy.html"
OPENS = "today"
NOTHING = "p0000"
"""The package with which every library begins."""
BUDGET_SHOWN = 500
"""GBP million that the cost meter begins with: an example, no recommendation."""


@checked
def page(
    *,
    library: str | Path | None = None,
    out: str | Path | None = None,
    preset: str = OPENS,
    live: bool = False,
    port: Annotated[int, PORT] = 8766,
    progress: Progress | None = None,
) -> Result:
    """Write the policy page: one HTML file that answers at once, without a server or a network.

    Parameters
    ----------
    library : the folder that `carespread library` made.
    out : file to write; `policy.html` in the folder of the library if not given.
    preset : the package that the page opens with.
    live : whether to serve it on this machine instead, where it also runs what the library has not, until Ctrl-C.
    port : of this machine, with `live`.

    Raises BadInputError where the library is of another version or lacks packages, where the preset is unknown, and
    where the page would be too large.

    >>> page(library="results/runs/library", out="policy.html")  # doctest: +SKIP
    """
    needs("scikit-learn", "page")
    if preset not in PRESETS:
        raise BadInputError(f"Unknown preset {preset[:80]!r}: known are {', '.join(PRESETS)}.")
    folder = USUAL if library is None else Path(library)
    record = library_record(folder)
    file = folder / PAGE if out is None else Path(out)
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise BadInputError(f"--out is {shown_path(file)}: it must be a file in a folder that exists.")
    if progress is not None:
        progress("Fitting what packages that were not run would give.")
    size, base = Size(**record["design"]["size"]), read_scenario(SCENARIO)
    sample = asked(size, record["design"]["seed"], None).parts[PACKAGES].plan(0)
    options = [{**one._asdict(), "parts": [part._asdict() for part in one.parts]} for one in OPTIONS]
    chance, seed = chance_of(sample), record["design"]["seed"]
    left = (float(chance.people), float(chance.organisations))
    renewed = tuple(one.name for one in sample.innovations if one.file.renewal_month is not None)
    known = Known(options, TARGETS, FUTURES, record["innovations"], renewed, left, seed, TODAY)
    data = {
        **page_data(folder, record, known),
        "first": FIRST, "last": LAST, "begins": base.conditions.start, "funded": FUNDED, "opens": preset,
        "budget": BUDGET_SHOWN, "version": metadata.version("carespread"), **more_of(folder),
    }  # fmt: skip
    if live:
        from .page_server import served

        return served(folder, data, port, progress)
    text = policy_html(data)
    write_text(file, text)
    kept, errors = len(text.encode()), data["errors"]
    words = (
        f"{len(data['packages']['target']):,} packages; error at {errors['kept']} that no estimate has seen:"
        f" {errors['by']['uses'][1]:g} % of the usual effect on uses, {errors['by']['outcome'][1]:g} % on benefit,"
        f" {errors['by']['total'][1]:g} % on cost.\n"
        f"Page, {kept:,} of {BUDGET:,} bytes: {shown_path(file)}"
    )
    return Result(words, {"page": str(file), "bytes": kept, "errors": errors["by"]})


def more_of(folder: Path) -> dict[str, Any]:
    """Return what a library holds beside its packages: one provider's story, and councils if nothing new is done."""
    made: dict[str, Any] = {}
    if (folder / STORY).is_file():
        check_files(folder, [STORY])
        made["story"] = json.loads((folder / STORY).read_text(encoding="utf-8"))
    if (folder / PLACES / "runs.parquet").is_file():
        made["places"] = places_data(*places_of(folder / PLACES, NOTHING))
    return made
