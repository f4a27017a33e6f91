"""How kernels are compiled, and a cache of compiled code that can neither go stale nor be planted.

Numba's own cache asks only whether the file of the *calling* function has changed: after an edit to a submodel
that it calls, or to the order of a declaration's fields, it silently gives the numbers of yesterday's model.
So the folder of the cache is named after a hash of everything in `model/`. Compiled code is loaded by pickle,
which runs whatever it finds: so the folder, and every folder above it, must belong to this user or to root.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import stat
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

# libm alone: with Intel's vector library the last digit of exp() would depend on the machine
os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import numba.core.config
import numpy as np
import platformdirs

settings: Any = numba.core.config
HERE = Path(__file__).parent
KEPT = 4
JIT = not settings.DISABLE_JIT
constant = np.int64
"""Makes a constant that submodels take as an argument: for a bare literal Numba compiles each of them once more."""
F = TypeVar("F", bound=Callable)
_config = threading.Lock()

word = np.uint64 if JIT else int
"""A 64-bit word: numpy's where kernels are compiled, Python's own (masked by its users) where they are read."""


@cache
def source_hash() -> str:
    """Return the hash of every source file of the model and of what compiles it: the name of this very model."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*.py")):
        digest.update(str(file.relative_to(HERE)).encode())
        digest.update(file.read_bytes())
    digest.update(f"{sys.version} {numba.__version__} {np.__version__} {platform.machine()}".encode())
    return digest.hexdigest()[:20]


@cache
def cache_folder() -> Path | None:
    """Return the private folder for this model's compiled code, or None where none is safe (compile in memory)."""
    root = Path(os.environ.get("CARESPREAD_CACHE") or platformdirs.user_cache_path("carespread", appauthor=False))
    folder = root / "kernels" / source_hash()
    try:
        for part in (*reversed(folder.parents), folder):
            # one by one: mkdir(parents=True) would leave the folders above to the umask
            part.mkdir(mode=0o700, exist_ok=True)
        # the folder itself, not a link to it: whoever owns a link can turn it after the check
        folder = folder.resolve()
        if not _private(folder):
            return None
        folder.touch()
    except OSError:
        return None
    _forget_old(folder)
    return folder


def _private(folder: Path) -> bool:
    """Return whether nobody but this user and root can put a file in `folder` or another folder in its place."""
    if not hasattr(os, "getuid"):
        return True  # Windows: the profile folder is the user's own
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return False
    for parent in folder.parents:
        about = parent.stat()
        open_to_others = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        sticky = about.st_mode & stat.S_ISVTX
        if about.st_uid not in (0, os.getuid()) or (open_to_others and not sticky):
            return False
    return True


def _forget_old(folder: Path) -> None:
    """Remove the compiled code of all but the newest few versions of the model."""
    versions = (other for other in folder.parent.iterdir() if re.fullmatch("[0-9a-f]{20}", other.name))
    others = sorted((other for other in versions if other != folder), key=lambda path: path.stat().st_mtime)
    for old in others[: max(0, len(others) - KEPT)]:
        shutil.rmtree(old, ignore_errors=True)


# Dividing by zero gives infinity, as in numpy, and costs no test. Kernels make no arrays, so they count no references
# to them either (`_nrt`): the counting alone took ten times as long as the work.
_options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
_compiled = numba.njit(**_options)
_submodel = numba.njit(**_options, forceinline=True)


def submodel(function: F) -> F:
    """Return a scalar function compiled into whatever kernel calls it; plain Python with NUMBA_DISABLE_JIT=1."""
    return _submodel(function)


def kernel(function: F) -> F:
    """Return a compiled kernel that releases the interpreter's lock and is kept in the private cache."""
    compiled = _compiled(function)
    folder = cache_folder() if JIT else None
    if folder is not None:
        with _config:
            before = settings.CACHE_DIR
            settings.CACHE_DIR = str(folder)
            try:
                compiled.enable_caching()
            finally:
                settings.CACHE_DIR = before
    return compiled
