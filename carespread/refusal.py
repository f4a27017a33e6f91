"""Shows a value in a refusal: below all rooms and light, since `carespread --help` reads it too."""

from __future__ import annotations

LONGEST_SHOWN = 80
"""Characters of a value that a refusal repeats."""


def shown(value: object) -> str:
    """Return a value as a refusal shows it: at most 80 characters, nothing that a terminal would act on.

    >>> shown("many\\n lines")
    "'many\\\\n lines'"
    """
    text = " ".join(ascii(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
