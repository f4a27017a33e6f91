"""The work of `carespread explore`: serves the students' page on this machine."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from carespread.model import BadInputError
from carespread.model.simulate import checked_whole

from .run_command import whole

PAGE = Path(__file__).parents[1] / "notebooks" / "explore.py"
NEEDED = ("solara", "solara_assets", "altair")


def explore_command(port: str, browser: bool) -> int:
    """Return the exit status of the server, which runs until it is stopped; nothing leaves this machine."""
    number = checked_whole("port", whole(port), 1024, 65535, "")
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise BadInputError(f"The page needs {', '.join(missing)}: install them with pip install carespread[viz].")
    subprocess.run([sys.executable, "-m", "carespread.model.warm"], check=True)  # else the first step takes a minute
    command = [sys.executable, "-m", "solara", "run", str(PAGE), "--host", "127.0.0.1", "--port", str(number)]
    command += ["--production", *([] if browser else ["--no-open"])]
    print(f"The page is at http://127.0.0.1:{number}/ until you press Ctrl-C.", file=sys.stderr)
    return subprocess.run(command, check=False).returncode
