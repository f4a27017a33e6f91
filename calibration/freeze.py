"""Which commit a fit was frozen in, and which one its held-out data were scored in.

A fit says in its record which commit made it and whether anything had been changed since that commit. Held-out data are
scored once, by the same model and observation model; whatever is tried against them afterwards has fitted them.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .observation import DEFINITIONS, POPULATIONS
from .priors import Axis
from .targets import Target

ROOT = Path(__file__).resolve().parents[1]


class Commit(NamedTuple):
    """Where the project stands."""

    hash: str | None
    """None outside of git."""
    clean: bool
    """Whether every file is as it was committed, and none was added."""

    @property
    def says(self) -> str:
        """The commit in words."""
        if self.hash is None:
            return "no commit (not in git)"
        return f"commit {self.hash[:10]}{'' if self.clean else ' with changes that are not committed'}"


def git(*words: str, root: Path = ROOT) -> str | None:
    """Return what git says, None where it fails or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def commit_now(root: Path = ROOT) -> Commit:
    """Return the commit that is checked out."""
    status = git("status", "--porcelain", root=root)
    return Commit(git("rev-parse", "HEAD", root=root), status == "")


def follows(earlier: str, later: str, root: Path = ROOT) -> bool:
    """Return whether a commit is another one, or comes after it."""
    return git("merge-base", "--is-ancestor", earlier, later, root=root) is not None


def observation_hash(targets: Sequence[Target], axes: Sequence[Axis]) -> str:
    """Return the hash of all that is declared before scoring: fitted data, populations, definitions and priors."""
    said: Any = [
        # where an innovation's own file lies does not matter
        [one._replace(file="") for one in targets],
        POPULATIONS,
        DEFINITIONS,
        [(axis.name, axis.prior.family, axis.prior.arguments) for axis in axes],
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
