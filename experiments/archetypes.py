"""Finds a provider by a description in words: what it is like, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError
from carespread.model.declare import nearest
from carespread.model.population.country import home
from carespread.model.population.sector import Population
from carespread.model.simulate import Run

SMALL_WORDS = frozenset(("a", "an", "and", "the", "in", "of", "that", "which", "with", "who", "its", "is", "was", "it",
                         "provider", "providers", "organisation", "one"))  # fmt: skip
"""Words that describe nothing."""


class Archetype(NamedTuple):
    """A description: the words that name it, and whom it fits."""

    words: tuple[str, ...]
    fits: Callable[[Population, Run, pd.DataFrame], np.ndarray]
    """Of the population, the run and its events: whether each row fits."""


def _by_setting(code: int) -> Callable[[Population, Run, pd.DataFrame], np.ndarray]:
    return lambda population, run, events: population.setting == code


def _by_staff(low: int, high: int) -> Callable[[Population, Run, pd.DataFrame], np.ndarray]:
    return lambda population, run, events: (population.staff >= low) & (population.staff < high)


def _by_region(code: int) -> Callable[[Population, Run, pd.DataFrame], np.ndarray]:
    return lambda population, run, events: population.region == code


def _by_owner(code: int) -> Callable[[Population, Run, pd.DataFrame], np.ndarray]:
    return lambda population, run, events: population.ownership == code


def _happened(*causes: str) -> Callable[[Population, Run, pd.DataFrame], np.ndarray]:
    return lambda population, run, events: np.isin(
        population.id, events.loc[events["cause"].isin(causes) & (events["generation"] == 0), "provider"]
    )


def _abandoned_first(population: Population, run: Run, events: pd.DataFrame) -> np.ndarray:
    """Return who abandoned the first innovation that it moved on with in the run."""
    begun = events[
        events["cause"].isin(
            (
                "pilot taken further",
                "obeyed what is enforced",
                "abandoned",
                "pilot not worth continuing",
                "pilot failed, another way sought",
                "postponed: could not be paid",
            )
        )
    ]
    first = begun[begun["generation"] == 0].drop_duplicates("provider")
    return np.isin(population.id, first.loc[first["cause"] == "abandoned", "provider"])


def _still(population: Population, run: Run, events: pd.DataFrame) -> np.ndarray:
    return np.isin(population.id, events["provider"], invert=True)


def _all_in_use(population: Population, run: Run, events: pd.DataFrame) -> np.ndarray:
    return np.asarray((run.prepared.state.pairs["sites_in_use"] > 0).all(axis=1))


def _none_in_use(population: Population, run: Run, events: pd.DataFrame) -> np.ndarray:
    return np.asarray((run.prepared.state.pairs["sites_in_use"] == 0).all(axis=1))


def archetypes() -> tuple[Archetype, ...]:
    """Return every description that is known."""
    country = home()
    short = {"care home with nursing": "nursing home", "care home without nursing": "residential home"}
    made = [Archetype((name, short.get(name, name)), _by_setting(code)) for code, name in enumerate(country.settings)]
    made += [Archetype((name.lower(),), _by_region(code)) for code, name in enumerate(country.geography().regions)]
    made += [Archetype((name,), _by_owner(code)) for code, name in enumerate(country.ownerships)]
    made += [
        Archetype(("micro",), _by_staff(0, 10)),
        Archetype(("small",), _by_staff(0, 50)),
        Archetype(("medium",), _by_staff(50, 250)),
        Archetype(("large",), _by_staff(250, 10**9)),
        Archetype(("abandoned its first innovation", "dropped its first innovation"), _abandoned_first),
        Archetype(
            ("abandoned something", "abandoned an innovation", "dropped something", "dropped an innovation"),
            _happened("abandoned"),
        ),
        Archetype(("could not pay", "ran out of money"), _happened("postponed: could not be paid")),
        Archetype(("gave up a pilot",), _happened("pilot not worth continuing")),
        Archetype(("came back", "tried again"), _happened("ready to consider it again")),
        Archetype(("closed",), _happened("closed")),
        Archetype(("stayed open",), lambda *given: ~_happened("closed")(*given)),
        Archetype(("never moved", "did nothing"), _still),
        Archetype(("uses everything", "adopted everything"), _all_in_use),
        Archetype(("uses nothing", "was left behind"), _none_in_use),
    ]
    return tuple(made)


def chosen(text: str) -> tuple[Archetype, ...]:
    """Return the descriptions that a text names; words that are none are refused with the nearest that is.

    Longer descriptions are read before shorter ones, so that "abandoned its first innovation" is one of them.
    """
    left, found = f" {re.sub(r'[^a-z0-9-]+', ' ', text.lower())} ", []
    known = {words: one for one in archetypes() for words in one.words}
    for words in sorted(known, key=len, reverse=True):
        if f" {words} " in left:
            left = left.replace(f" {words} ", " ", 1)
            if known[words] not in found:
                found.append(known[words])
    rest = [word for word in left.split() if word not in SMALL_WORDS]
    if rest or not found:
        said = " ".join(rest) or text
        raise BadInputError(f"--like is {text!r}: {said!r} describes no provider here: {nearest(said, known)}")
    return tuple(found)


def find_like(text: str, run: Run) -> int:
    """Return the id of the provider that fits a description best: of those that fit, the one that moved most.

    Raises BadInputError where none of the run fits.
    """
    described = chosen(text)
    population, events = run.prepared.population, run.events
    fits = np.ones(len(population.id), bool)
    for one in described:
        fits &= one.fits(population, run, events)
    if not fits.any():
        raise BadInputError(f"--like is {text!r}: none of the {len(fits):,} providers of this run fits. Ask for more"
                            " with --providers, or describe it by less.")  # fmt: skip
    moves = events.loc[events["generation"] == 0, "provider"].value_counts()
    many = moves.reindex(population.id).fillna(0).to_numpy()
    return int(population.id[np.flatnonzero(fits)[many[fits].argmax()]])
