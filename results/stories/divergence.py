"""Where the paths of one provider part under two scenarios, and why: the terms of the move that one of them lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from carespread.model.attribution.events import TERMS
from carespread.model.simulate import Prepared

from ..figures.drawing import month_words
from .provider_history import STAGE, Followed, terms_if
from .story import named

REASONS = TERMS[:-2]
"""All but chance and luck."""


class Parting(NamedTuple):
    """The first month in which stages differ."""

    sentence: str
    terms: pd.DataFrame
    """A row a term: its value under each scenario. Empty where the paths never part."""


def parting_of(one: Followed, other: Followed, again: tuple[Callable[[], Prepared], Callable[[], Prepared]]) -> Parting:
    """Return where two journeys of the same provider part; `again` make the runs anew to look into that month."""
    columns = [f"stage {name}" for name in one.innovations]
    both = one.numbers.merge(other.numbers, on="month", suffixes=("", " other"))
    differ = pd.DataFrame({name: both[name] != both[f"{name} other"] for name in columns})
    if not differ.to_numpy().any():
        return Parting(
            f"Under {one.scenario} and {other.scenario} it goes the same way, month by month.", pd.DataFrame()
        )
    month = int(differ.any(axis=1).to_numpy().argmax())
    name = next(column for column in columns if differ.loc[month, column]).removeprefix("stage ")
    date = both["month"][month]
    moved = next(followed for followed in (one, other) if len(move_of(followed, date, name)))
    move = move_of(moved, date, name).iloc[0]
    place = list(one.innovations).index(name)
    runs = [terms_if(make(), one.about["provider"], month, place, str(move["after"])) for make in again]
    table = pd.DataFrame({"term": TERMS, one.scenario: list(runs[0].values()), other.scenario: list(runs[1].values())})
    apart = table[table["term"].isin(REASONS)].assign(apart=lambda rows: rows[one.scenario] - rows[other.scenario])
    largest = apart.loc[apart["apart"].abs().idxmax()]
    title = named(one.innovations[name])
    there, elsewhere = (0, 1) if moved is one else (1, 0)
    what = f"{move['cause']} ({move['before']} to {move['after']})"
    why = (
        f"what differs most is {str(largest['term']).replace('_', ' ')}: {largest[one.scenario]:+.2f} under"
        f" {one.scenario}, {largest[other.scenario]:+.2f} under {other.scenario}"
        if abs(largest["apart"]) > 1e-9
        else "the terms are the same: what parts them lies in what it could choose from"
    )
    sentence = (
        f"The paths part in {month_words(date)}, over {title}. Under {moved.scenario}: {what}. The chance of that in"
        f" the month was {percent(runs[there]['chance'])} there and {percent(runs[elsewhere]['chance'])} under"
        f" {(other if moved is one else one).scenario}, for the same luck; {why}."
    )
    return Parting(sentence, table)


def move_of(followed: Followed, date: pd.Timestamp, innovation: str) -> pd.DataFrame:
    """Return the move of an innovation in a month, no row where there was none."""
    rows = followed.happenings
    return rows[(rows["kind"] == STAGE) & (rows["month"] == date) & (rows["innovation"] == innovation)]


def percent(share: float) -> str:
    """Return a chance in percent."""
    return f"{100 * share:.1f} %"
