"""Keeps the made register beside the compiled kernels, so that only the first run of a model makes it."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from ...jit import cache_folder

HERE = Path(__file__).parent


def kept_at(seed: int) -> Path | None:
    """Return the file of the register of this seed, or None where no folder is safe.

    It is named after all that a register is made from: the source and the evidence in this folder.
    """
    digest = hashlib.sha256(f"{sys.version} {np.__version__}".encode())
    for file in sorted([*HERE.rglob("*.py"), *HERE.rglob("*.csv")]):
        digest.update(file.read_bytes())
    folder = cache_folder(digest.hexdigest()[:20])
    return None if folder is None else folder / f"register-{seed}.npz"


def kept(seed: int) -> dict[str, np.ndarray] | None:
    """Return the columns that were kept, or None when there are none that can be read."""
    file = kept_at(seed)
    if file is None or not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as columns:
            return dict(columns)
    except (OSError, ValueError):
        return None  # half a disk, an old numpy: make it again


def keep(seed: int, columns: dict[str, np.ndarray]) -> None:
    """Keep the columns, whole or not at all; that they cannot be kept costs time and nothing else."""
    file = kept_at(seed)
    if file is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as store:
            np.savez(store, **columns)  # type: ignore[arg-type]
        os.replace(name, file)
    except OSError:
        return
