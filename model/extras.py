"""Libraries that only some commands need: a missing one is said in a sentence, with how to install it."""

from __future__ import annotations

import warnings
from importlib import import_module

from .declare import BadInputError

MODULES = {"scikit-learn": "sklearn", "solara-assets": "solara_assets"}
"""Modules that have another name than their library."""


def needs(library: str, command: str, extra: str = "") -> None:
    """Refuse a command (BadInputError) where a library cannot be imported.

    `extra` is the extra of the package that installs it, named after the command if it is not given.

    >>> needs("json", "sensitivity")
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some libraries tell of each library of their own that is not there
            import_module(MODULES.get(library, library))
    except ImportError:
        raise BadInputError(
            f"carespread {command} needs {library}: install it with pip install 'carespread[{extra or command}]'."
        ) from None
