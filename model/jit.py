"""How kernels are compiled, and a cache of compiled code that can neither go stale nor be planted.

Numba's own cache asks only whether the file of the *calling* function has changed: after an edit to a submodel
that it calls, or to the order of a declaration's fields, it silently gives the numbers of yesterday's model.
So a kernel's folder in the cache is named after a hash of what is compiled: the code of every function that the kernel
calls and every value that they read, as they stand when it is first called. A comment recompiles nothing, an equation
that somebody replaced is never stored. Compiled code is loaded by pickle, which runs whatever it finds: so the folder,
and every folder above it, must belong to this user or to root.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

# libm alone: with Intel's vector library the last digit of exp() would depend on the machine
os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")
# loops of the model go over a few partners or innovations: in vectors they take longer
os.environ.setdefault("NUMBA_LOOP_VECTORIZE", "0")

import numba.core.config
import numpy as np
import platformdirs
from numba.core import caching
from numba.core.dispatcher import Dispatcher
from numba.core.registry import CPUDispatcher

settings: Any = numba.core.config
HERE = Path(__file__).parent
KEPT = 512
"""Kernels whose compiled code is kept: some thirty of each of the newest versions of the model."""
JIT = not settings.DISABLE_JIT
constant = np.int64
"""Makes a constant that submodels take as an argument: for a bare literal Numba compiles each of them once more."""
F = TypeVar("F", bound=Callable[..., Any])

word = np.uint64 if JIT else int
"""A 64-bit word: numpy's where kernels are compiled, Python's own (masked by its users) where they are read."""


@cache
def source_hash() -> str:
    """Return the hash of every source file of the model and of what compiles it, for the record of a run."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*.py")):
        digest.update(str(file.relative_to(HERE)).encode())
        digest.update(file.read_bytes())
    digest.update(f"{sys.version} {numba.__version__} {np.__version__} {platform.machine()}".encode())
    return digest.hexdigest()[:20]


def fingerprint(function: FunctionType) -> str | None:
    """Return the hash of what is compiled with a function, None where some of it was not written in the model.

    That is the code of every function that it calls, however deep, and every value that they read. What somebody wrote
    elsewhere (a notebook, a test) may hang on more than can be seen from here.
    """
    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {np.__version__} {platform.machine()}".encode())
    seen: set[CodeType] = set()

    def add_code(code: CodeType, read: dict[str, Any], says: str | None) -> bool:
        if code in seen:
            return True
        seen.add(code)
        digest.update(code.co_code)
        # what is typed at a prompt has no file, wherever it is typed
        file = Path(code.co_filename)
        own = file.is_absolute() and file.resolve().is_relative_to(HERE.resolve())
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                own &= add_code(constant, read, None)
            elif constant != says:
                digest.update(f"{type(constant)} {constant!r} ".encode())
        return all([add_value(name, value) for name, value in read_by(code, read)]) and own

    def add_value(name: str, value: Any) -> bool:
        function = plain(value)
        digest.update(f"{name} ".encode())
        if isinstance(function, FunctionType):
            # compiled code finds its globals by the name of the module
            digest.update(f"{function.__module__} ".encode())
            return add_code(function.__code__, function.__globals__, function.__doc__)
        if not isinstance(value, ModuleType):
            digest.update(f"{type(value)} {value!r} {getattr(value, '_fields', '')} ".encode())
        return True

    own = add_value(function.__name__, function)
    return digest.hexdigest()[:20] if own else None


def read_by(code: CodeType, read: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the values that code reads by name in its module, and in the modules among them."""
    found = [(name, read[name]) for name in code.co_names if name in read]
    modules = [value for _, value in found if isinstance(value, ModuleType)]
    return found + [(name, vars(one)[name]) for name in code.co_names for one in modules if name in vars(one)]


def plain(function: Any) -> Any:
    """Return a compiled function as the Python that it was written in."""
    return function.py_func if isinstance(function, Dispatcher) else function


def calls(function: FunctionType, wanted: Any) -> bool:
    """Return whether a function calls another, however deep."""
    seen: set[CodeType] = set()
    left = [(function.__code__, function.__globals__)]
    while left:
        code, read = left.pop()
        if code in seen:
            continue
        seen.add(code)
        left += [(constant, read) for constant in code.co_consts if isinstance(constant, CodeType)]
        for _, value in read_by(code, read):
            if value is wanted:
                return True
            called = plain(value)
            if isinstance(called, FunctionType):
                left.append((called.__code__, called.__globals__))
    return False


def cache_folder(name: str) -> Path | None:
    """Return the private folder for compiled code of this name, or None where none is safe (compile in memory)."""
    root = Path(os.environ.get("CARESPREAD_CACHE") or platformdirs.user_cache_path("carespread", appauthor=False))
    folder = root / "kernels" / name
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
    """Remove all compiled code but that of the newest kernels."""
    versions = (other for other in folder.parent.iterdir() if re.fullmatch("[0-9a-f]{20}", other.name))
    others = sorted((other for other in versions if other != folder), key=lambda path: path.stat().st_mtime)
    for old in others[: max(0, len(others) - KEPT)]:
        shutil.rmtree(old, ignore_errors=True)


# Dividing by zero gives infinity, as in numpy, and costs no test. Kernels make no arrays, so they count no references
# to them either (`_nrt`): the counting alone took ten times as long as the work.
_options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
_compiled = numba.njit(**_options)
_inlined = {**_options, "nopython": True, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _Submodel(CPUDispatcher):
    """What is compiled into the kernels that call it; what Python calls is a kernel of its own.

    Unpacking Python's arrays for a call that never comes took half of the time of compiling.
    """

    @cached_property
    def _from_python(self) -> Any:
        return kernel(self.py_func)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Return what the function gives."""
        return self._from_python(*args, **named)

    def _reset_overloads(self) -> None:
        super()._reset_overloads()  # type: ignore[misc]
        vars(self).pop("_from_python", None)


SUBMODELS: dict[str, Any] = {}
"""Every submodel of the model as it was declared, by module and name."""


def submodel(function: F, kept: bool = True) -> F:
    """Return a scalar function compiled into whatever kernel calls it; plain Python with NUMBA_DISABLE_JIT=1.

    `kept` remembers it as the model's own.
    """
    made: Any = _Submodel(function, targetoptions=dict(_inlined)) if JIT else function
    if kept:
        SUBMODELS[f"{function.__module__}.{function.__qualname__}"] = made
    return made


class _KernelCache(caching.FunctionCache):
    """Compiled code of one kernel, in the folder that is named after what is compiled when it is first called."""

    def __init__(self, function: Any) -> None:
        """Wait: functions that stand further down in the file are not there yet."""
        self._py_func, self._name = function, function.__qualname__
        self._impl = caching.CompileResultCacheImpl.__new__(caching.CompileResultCacheImpl)
        self.enable()

    @cached_property
    def folder(self) -> Path | None:
        """Where the code is kept, or None where it is compiled in memory."""
        name = fingerprint(self._py_func)
        folder = None if name is None else cache_folder(name)
        # its stamp is its own name: two checkouts, or a file saved again, share what is the same code
        self._cache_file = caching.IndexDataCacheFile(str(folder), self._py_func.__name__, name)
        return folder

    @property
    def cache_path(self) -> str:
        """What Numba shows as the place of the cache."""
        return str(self.folder or "")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return compiled code for these types, None where there is none yet."""
        return None if self.folder is None else super().load_overload(sig, target_context)

    def _save_overload(self, sig: Any, data: Any) -> None:
        if self.folder is not None and self._impl.check_cachable(data):
            with suppress(OSError):  # somebody cleared the cache meanwhile, or the disk is full
                self._cache_file.save(self._index_key(sig, data.codegen), self._impl.reduce(data))

    def forget(self) -> None:
        """Let the folder be named anew: what is called has changed."""
        vars(self).pop("folder", None)


def kernel(function: F) -> F:
    """Return a compiled kernel that releases the interpreter's lock and is kept in the private cache."""
    compiled = _compiled(function)
    if JIT:
        compiled._cache = _KernelCache(function)
    return compiled
