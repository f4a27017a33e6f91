"""Equations of the model by name, and how a user puts one of their own in the place of one, for a while."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from numba import float64
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from carespread.refusal import shown

from . import mechanisms
from .declare import BadInputError, nearest
from .jit import SUBMODELS, calls, plain, submodel

PACKAGE: ModuleType = mechanisms
"""Where the equations stand: "value.weighed_cost" is the function `weighed_cost` of its module `value`."""
ARRAYS = {"frame", "state", "record", "network"}
"""Arguments of what is no equation, but a part of the month's work."""


def equations() -> dict[str, Any]:
    """Return every equation as the model declares it, by name: scalar functions, compiled or (without JIT) plain."""
    for module in pkgutil.iter_modules(PACKAGE.__path__):
        importlib.import_module(f"{PACKAGE.__name__}.{module.name}")
    prefix = f"{PACKAGE.__name__}."
    return {
        name.removeprefix(prefix): function
        for name, function in SUBMODELS.items()
        if name.startswith(prefix) and not ARRAYS & set(inspect.signature(plain(function)).parameters)
    }


def equation(name: str) -> Callable[..., Any]:
    """Return an equation that runs now, as the plain Python function that it is.

    Raises BadInputError on an unknown name.

    >>> equation("value.weighed_cost")(1.0, 0.5, 0.0)
    0.25
    """
    function: Callable[..., Any] = plain(getattr(*_place(name)))
    return function


def replacements() -> dict[str, str]:
    """Return the source of every equation that is not the model's own now, by name; its name where there is none."""
    found = {}
    for full, original in SUBMODELS.items():
        module, _, name = full.rpartition(".")
        now = getattr(sys.modules[module], name, original)
        if now is not original:
            try:
                source = inspect.getsource(plain(now))
            except (OSError, TypeError):  # typed at a prompt
                source = repr(now)
            found[full.removeprefix(f"{PACKAGE.__name__}.")] = source
    return found


@contextmanager
def replaced(name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Put a function of one's own in the place of an equation, in all that runs while the block does.

    `name` is "module.function" of `carespread.model.mechanisms`; `function` is plain Python with the same arguments,
    which Numba can compile (numbers, `math`). It is compiled in memory only, for half a minute at the first run, and
    never kept; the record of a run has its source. After the block, also after an error, everything is as before. It
    holds in this process and its threads. Blocks may be nested.

    Raises BadInputError on an unknown name, other arguments, or what cannot be compiled; TypeError where it is no
    function.

    >>> def flat(cost_weight, cost, slack):
    ...     return cost_weight * min(2.0, cost) / 2.0
    >>> with replaced("value.weighed_cost", flat):
    ...     equation("value.weighed_cost")(1.0, 0.5, 99.0)
    0.25
    """
    module, attribute = _place(name)
    old = getattr(module, attribute)
    new = _checked(name, old, function)
    kept = [_Kept(one) for one in _dispatchers() if calls(plain(one), old)]
    _rebind(old, new)
    try:
        yield
    finally:
        later = [one for one in _dispatchers() if calls(plain(one), new)]
        _rebind(new, old)
        for one in later:
            _forget(one)
        for state in kept:
            state.restore()


def _place(name: str) -> tuple[ModuleType, str]:
    """Return the module and the attribute of an equation, or refuse its name."""
    known = equations()
    if not isinstance(name, str) or name not in known:
        raise BadInputError(f"Unknown equation {shown(name)}: {nearest(str(name), known)}")
    module, _, attribute = name.rpartition(".")
    return sys.modules[f"{PACKAGE.__name__}.{module}"], attribute


def _checked(name: str, old: Any, function: Any) -> Any:
    """Return a function as kernels call it, or refuse what cannot take the place of an equation."""
    if not isinstance(plain(function), FunctionType):
        raise TypeError(f"The function for {name} is {shown(function)}: it must be a Python function.")
    wanted, given = (list(inspect.signature(plain(one)).parameters) for one in (old, function))
    if wanted != given:
        raise BadInputError(
            f"The function for {name} takes ({', '.join(given)}): it must take ({', '.join(wanted)}), in this order."
        )
    new = function if isinstance(function, Dispatcher) else submodel(function, kept=False)
    if isinstance(new, Dispatcher):
        numbers = (float64,) * len(wanted)
        try:
            submodel(plain(old), kept=False).compile(numbers)
        except NumbaError:  # it takes whole numbers: the kernels will tell
            return new
        try:
            new.compile(numbers)
        except NumbaError as error:
            says = " ".join(str(error).split())
            raise BadInputError(f"The function for {name} cannot be compiled: {shown(says)}") from None
    return new


def _modules() -> list[ModuleType]:
    """Return every module of the package that is loaded."""
    package = __name__.partition(".")[0]
    return [module for name, module in list(sys.modules.items()) if name.startswith(f"{package}.")]


def _dispatchers() -> list[Dispatcher]:
    """Return every compiled function that stands in a module of the package."""
    found = {id(one): one for module in _modules() for one in vars(module).values() if isinstance(one, Dispatcher)}
    return list(found.values())


def _rebind(old: Any, new: Any) -> None:
    """Let every name that stands for a function in a module of the package stand for another."""
    for module in _modules():
        for name in [name for name, value in vars(module).items() if value is old]:
            setattr(module, name, new)


def _forget(dispatcher: Any) -> None:
    """Let a compiled function be compiled anew, from what it calls then."""
    dispatcher._reset_overloads()
    if hasattr(dispatcher._cache, "forget"):  # a submodel is kept with the kernels that call it
        dispatcher._cache.forget()


class _Kept:
    """What a function was compiled to before an equation was replaced."""

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher, self.compiled = dispatcher, list(dispatcher.overloads.values())
        _forget(dispatcher)

    def restore(self) -> None:
        """Put it back."""
        for one in self.compiled:
            self.dispatcher.add_overload(one)
