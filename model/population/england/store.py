"""Keeps the made register beside the compiled kernels, so that only the first run of a model makes it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np

from ...jit import cache_folder

DATA = Path(__file__).parent / "data"


def kept_at(seed: int) -> Path | None:
    """Return the file of the register of this seed, model source and evidence, or None where no folder is safe."""
    folder = cache_folder()
    if folder is None:
        return None
    digest = hashlib.sha256()
    for table in sorted(DATA.rglob("*.csv")):
        digest.update(table.read_bytes())
    return folder / f"register-{seed}-{digest.hexdigest()[:12]}.npz"


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
