"""Serves the students' page on this machine."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

from carespread.model.extras import needs

from .limits import PORT, checked
from .result import Result
from .store import Progress

NEEDED = ("solara", "solara-assets", "altair")


@checked
def explore(port: Annotated[int, PORT] = 8765, browser: bool = True, *, progress: Progress | None = None) -> Result:
    """Serve the page until it is stopped; nothing leaves this machine. The status is that of the server."""
    for library in NEEDED:
        needs(library, "explore", "viz")
    subprocess.run([sys.executable, "-m", "carespread.model.warm"], check=True)  # else the first step takes a minute
    command = [sys.executable, "-m", "carespread.notebooks.serve", str(port), *(["browser"] if browser else [])]
    if progress is not None:
        progress(f"The page is at http://127.0.0.1:{port}/ until you press Ctrl-C.")
    return Result(status=subprocess.run(command, check=False).returncode)
