"""Words for numbers, dates and names, as figures, tables and stories have them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
STAGE_WORDS = {"exploring": "piloting", "sustained": "in routine use"}
"""Of stages that are not called by their name."""


def digits(value: float) -> str:
    """Return a number with three digits that count."""
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def rounded(value: float, low: float, high: float) -> float:
    """Return a number as exactly as a range allows: to the first digit of half of the range, and its own first digit.

    >>> rounded(86_261, 75_000, 98_000), rounded(13_682, 3_000, 60_000), rounded(0.042, 0.01, 0.08)
    (90000.0, 10000.0, 0.04)
    """
    if value == 0 or not math.isfinite(value):
        return value
    half = (high - low) / 2
    digit = math.floor(math.log10(abs(value)))
    if not (half > 0 and math.isfinite(half)):  # without a range, three digits
        return float(round(value, 2 - digit))
    place = math.floor(math.log10(half))
    # what is not told apart from nothing may well be nothing
    return float(round(value, -(place if low < 0 < high and value not in (low, high) else min(place, digit)))) + 0.0


def commas(value: float) -> str:
    """Return a number that was rounded already, with commas.

    >>> commas(1_100_000.0), commas(0.04), commas(-18.0)
    ('1,100,000', '0.04', '-18')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"


def in_pounds(text: str) -> str:
    """Return text with the sign of the pound, as pages and figures have it; a terminal may not know it."""
    return text.replace("GBP ", "\N{POUND SIGN}")


def percent(share: float) -> str:
    """Return a share as a whole percentage, below 1 % to a tenth; a little more than nothing is not nothing."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{_number(share)} %"


def _number(share: float) -> str:
    return f"{100 * share:.1f}" if 0 < share < 0.0095 else f"{100 * share:.0f}"


def span(low: float, high: float) -> str:
    """Return a range of shares in words."""
    if _number(low) == _number(high):
        return percent(low)
    return f"{_number(low)} to {_number(high)} %"


def plain(name: str) -> str:
    """Return the name of a scenario, parameter or outcome as it stands in a sentence.

    INNOVATION.NAME is a number of an innovation's own, OUTCOME_INNOVATION an outcome of one.
    """
    from carespread.model.innovations import library

    innovation, _, own = name.rpartition(".")
    for code in library():
        if own.endswith(f"_{code}"):
            innovation, own = code, own.removesuffix(f"_{code}")
    words = own.removeprefix("lever_").removesuffix("_all").replace("_", " ")
    return f"{words} of {innovation_words(innovation)}" if innovation else words


def innovation_words(name: str) -> str:
    """Return the title of an innovation of the library by its name; that of another is its name."""
    from carespread.model.innovations import library

    return library()[name].file.title if name in library() else name.replace("_", " ")


def with_article(title: str) -> str:
    """Return the title of an innovation inside a sentence: a proper name has its article."""
    return f"the {title}" if title[:1].isupper() else title


def stage_words(stage: str) -> str:
    """Return a stage as it is called in figures and stories."""
    return STAGE_WORDS.get(stage, stage)


def capital(text: str) -> str:
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(names: Iterable[str]) -> str:
    """Return names as a list in words."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def month_words(date: pd.Timestamp) -> str:
    """Return a month in words, such as December 2025."""
    return f"{MONTHS[date.month - 1]} {date.year}"


def wrapped(text: str, width: int) -> str:
    """Return text broken into lines of at most `width` letters."""
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    return "\n".join("\n".join(textwrap.wrap(part, width)) for part in text.split("\n"))
