"""Scenes of single mechanisms: the same runs with and without each."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from carespread.results.figures.palette import BLUE, ORANGE
from carespread.results.figures.showcase import View, of_runs, scene
from carespread.results.store.tables import Results
from carespread.results.words import percent

from .common import Scene, column, foot, made, smoothed, years

USED = ["dscr", "dspt", "acoustic_monitoring", "electronic_medication_records"]
RUNS = 6
RECORDS, TOOLKIT = "organisations using records, %", "organisations using the toolkit, %"


class Contrast(NamedTuple):
    """What to see of a mechanism: a column of an innovation with its switch on and off."""

    switch: str
    title: str
    innovation: str
    column: str
    of: str | None
    """By what the column is divided, if anything."""
    unit: str
    most: float
    """End of the vertical axis, in the unit."""


MONEY = (
    Contrast("credit", "(7) Credit and postponement", "dspt", "using_share", None, TOOLKIT, 100),
    Contrast("insolvency", "(19d) Debt makes closing likelier", "dscr", "exits", "providers", "closures, % a year", 8),
    Contrast("entry", "(19f) Net entry by setting", "dscr", "providers", None, "% of providers at the start", 120),
)  # fmt: skip
LEARNING = (
    Contrast("experience", "(10)-(12) Users of long standing", "dscr", "skill", None, "skill of users, %", 100),
    Contrast("reputation", "(10) Reputation that experience confirms", "dscr", "using_share", None, RECORDS, 100),
    Contrast("allowance", "(10) Misreading that is allowed for", "dscr", "using_share", None, RECORDS, 100),
)  # fmt: skip
PACE = (
    Contrast("pace", "(7), (8) A pace of its own", "dscr", "using_share", None, RECORDS, 100),
    Contrast("renewal", "(8d) A return that lapses unless renewed", "dspt", "using_share", None, TOOLKIT, 100),
)  # fmt: skip

OFFERS = (
    Contrast("invitation", "(3c) Money, help and demands draw attention", "dscr", "using_share", None, RECORDS, 100),
    Contrast("invitation", "(3c) The same for the toolkit", "dspt", "using_share", None, TOOLKIT, 100),
)  # fmt: skip


@cache
def runs_with(off: str | None) -> Results:
    """Return historical runs with one switch off, or none."""
    return made(USED, scenario="historical", replications=RUNS, changes={} if off is None else {off: False})


def seen(contrast: Contrast, off: str | None) -> np.ndarray:
    """Return what a contrast shows, (runs, months + 1), in its unit."""
    values = 100 * column(runs_with(off), contrast.innovation, contrast.column, contrast.of)
    if contrast.column == "exits":
        return smoothed(12 * values[:, 1:])
    return (
        values / column(runs_with(off), contrast.innovation, "providers")[:, :1]
        if contrast.column == "providers"
        else values
    )


def told(name: str, question: str, reads: str, headline: str, contrasts: tuple[Contrast, ...]) -> Scene:
    """Return the scene of some contrasts; in the headline {0}, {1} ... are the last values with, then without, each."""
    views, ends = [], []
    for contrast in contrasts:
        lines = []
        for words, off, colour in (("with", None, BLUE), ("without", contrast.switch, ORANGE)):
            values = seen(contrast, off)
            lines.append(of_runs(words, years(values), values, colour))
            ends.append(float(np.median(values[:, -1])) / 100)
        views.append(View(contrast.title, "years from April 2021", contrast.unit, tuple(lines), 0, contrast.most))
    says = "The same runs with each mechanism and with it alone switched off."
    return Scene(
        question,
        reads,
        scene(name, headline.format(*map(percent, ends)), says, foot(RUNS, scenario="historical"), views),
    )


def money() -> Scene:
    """What do credit, debt and entry do?"""
    return told(
        "mechanisms-money",
        "What do credit, debt and entry do?",
        "Without credit, what costs a few hundred pounds is out of reach of everybody without reserves, for ever. Debt"
        " moves closures to those that owe; each setting begins with the closures of the register either way."
        " Homecare and other community providers grew by about 5 % a year, care homes shrank a little.",
        "The toolkit reaches {0} of organisations, {1} if only reserves pay",
        MONEY,
    )


def learning() -> Scene:
    """What do long use, reputation and misreading do?"""
    return told(
        "mechanisms-learning",
        "What do long use, reputation and misreading do?",
        "Users of long standing who begin as novices look as if the sector grew more skilled for three years. A"
        " reputation that users cannot confirm is unlearned, and misreading that nobody allows for draws every belief"
        " towards one half: what is believed without being seen makes more adopt, what is misread fewer.",
        "Records reach {2} of organisations; {3} if their reputation is above what users find, {5} if nobody allows for"
        " misreading",
        LEARNING,
    )


def pace() -> Scene:
    """What do a pace of its own and renewal do?"""
    return told(
        "mechanisms-pace",
        "What do a pace of its own and renewal do?",
        "The pace of a hard programme in another sector holds back what takes weeks to bring in. The toolkit is a"
        " yearly return: every June a few let it lapse, which shows as a saw.",
        "Records reach {0} of organisations in five years, {1} at the pace of a hard programme",
        PACE,
    )


def offers() -> Scene:
    """What does an offer do that nobody has to take?"""
    return told(
        "mechanisms-offers",
        "What do money, help and a commissioner's demand do before anybody decides?",
        "Providers look seldom at what nobody offers or asks for. A grant, a broker or a commissioner's demand makes"
        " them look more often; whether it is worth it they decide as before.",
        "Records reach {0} of organisations, {1} if no offer draws attention",
        OFFERS,
    )
