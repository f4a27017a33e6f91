"""Where one provider diverges under two scenarios, and why: the terms of the move that one of them lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from carespread.model.attribution.events import TERMS
from carespread.model.simulate import Prepared

from ..words import listed, month_words, plain, stage_words, with_article
from .provider_history import Followed, Kind, terms_if

REASONS = TERMS[:-2]
"""All but the chance of a move and its random draw."""


class Divergence(NamedTuple):
    """The first month in which stages differ."""

    sentence: str
    terms: pd.DataFrame
    """A row a term: its value under each scenario. Empty where they never differ."""
    verdict: str
    """What the other scenario came to for this provider."""


def divergence_of(one: Followed, other: Followed, again: Sequence[Callable[[], Prepared]]) -> Divergence:
    """Return where two journeys of the same provider diverge; `again` make both runs once more to look into it."""
    columns = [f"stage {name}" for name in one.innovations]
    both = one.numbers.merge(other.numbers, on="month", suffixes=("", " other"))
    differ = pd.DataFrame({name: both[name] != both[f"{name} other"] for name in columns})
    if not differ.to_numpy().any():
        both_ways = f"Under {plain(one.scenario)} and {plain(other.scenario)}"
        return Divergence(f"{both_ways} it goes the same way, month by month.", pd.DataFrame(), verdict_of(one, other))
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
    title = with_article(one.innovations[name])
    there, elsewhere = (0, 1) if moved is one else (1, 0)
    what = f"it moved from {stage_words(move['before'])} to {stage_words(move['after'])}"
    why = (
        f"what differs most is {plain(str(largest['term']))}: {largest[one.scenario]:+.2f} under"
        f" {plain(one.scenario)}, {largest[other.scenario]:+.2f} under {plain(other.scenario)}"
        if abs(largest["apart"]) > 1e-9
        else "the reasons are the same: the difference lies in what it could choose from"
    )
    sentence = (
        f"The two scenarios diverge in {month_words(date)}, over {title}: under {plain(moved.scenario)} {what}. The"
        f" chance of that in the month was {percent(runs[there]['chance'])}, and {percent(runs[elsewhere]['chance'])}"
        f" under {plain((other if moved is one else one).scenario)}, with the same random draws; {why}."
    )
    return Divergence(sentence, table, verdict_of(one, other))


IN_USE = ("implementing", "sustained")
LAST = {
    (True, True): "in use at the end either way",
    (False, False): "not in use at the end either way",
    (False, True): "in use at the end only so",
    (True, False): "no longer in use at the end",
}
"""Whether it is in use at the end under the first scenario and under the second, in words."""


def verdict_of(one: Followed, other: Followed) -> str:
    """Return what the second scenario came to for this provider: months in use and what it uses at last."""
    parts, gained = [], 0
    for name, title in one.innovations.items():
        used, others = (followed.numbers[f"stage {name}"].isin(IN_USE) for followed in (one, other))
        months, ends = int(others.sum()) - int(used.sum()), (bool(used.iloc[-1]), bool(others.iloc[-1]))
        gained += months
        if months or ends[0] != ends[1]:
            longer = f"{abs(months)} months {'more' if months > 0 else 'less'}" if months else "as long"
            last = LAST[ends]
            parts.append(f"{with_article(title)} {longer} ({last})")
    who = plain(other.scenario)
    chance = "One provider with one set of random draws: the comparison of both scenarios says what happens to most."
    if not parts:
        return f"Verdict: {who} changes nothing in what it uses, or for how long. {chance}"
    word = "it gains from" if gained > 0 else "it loses by" if gained < 0 else "it neither gains nor loses by"
    return f"Verdict: {word} {who}. Against {plain(one.scenario)} it uses {listed(parts)}. {chance}"


def move_of(followed: Followed, date: pd.Timestamp, innovation: str) -> pd.DataFrame:
    """Return the move of an innovation in a month, no row where there was none."""
    rows = followed.events
    return rows[(rows["kind"] == Kind.STAGE) & (rows["month"] == date) & (rows["innovation"] == innovation)]


def percent(share: float) -> str:
    """Return a chance in percent."""
    return f"{100 * share:.1f} %"
