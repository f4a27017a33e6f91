"""A posterior as runs use it: draws of all that is uncertain, some of which published series have taught something.

A column is a parameter of the sector, or INNOVATION.PARAMETER for a number that a fitted innovation has of its own
(`model.innovations.Own`). Every draw holds all numbers that are uncertain, so that what no series has taught anything
of stays as unknown as its prior.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.innovations import Innovation
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.posterior import DRAWS, PUBLISHED, posterior_record, read_posterior
from carespread.results.words import innovation_words, listed

from .compositions import COMPOSITIONS

SHARED_OUT = frozenset(name for one in COMPOSITIONS for name in one.members)
"""Weights that add to 1: their means do too, their medians do not."""


class PriorsWarning(UserWarning):
    """The posterior that ships cannot be used, so that priors take its place."""


class Fitted(NamedTuple):
    """A posterior as runs use it."""

    folder: str
    innovations: tuple[str, ...]
    """Whose series were fitted."""
    draws: tuple[Mapping[str, float], ...]
    """Values of equal weight, by the name of a parameter or INNOVATION.PARAMETER."""
    learned: tuple[str, ...] = ()
    """The names of which the data say something; all others are as uncertain as their priors."""

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers that each draw holds."""
        return tuple(self.draws[0])

    def values(self, name: str) -> np.ndarray:
        """Return one number of all draws."""
        return np.array([draw[name] for draw in self.draws])

    def middle(self) -> dict[str, float]:
        """Return the median of each number by itself; of weights that share out a whole the mean."""
        return {name: float((np.mean if name in SHARED_OUT else np.median)(self.values(name))) for name in self.names}

    def own(self, innovations: Sequence[str]) -> list[str]:
        """Return which of these innovations were fitted."""
        return [name for name in innovations if name in self.innovations]

    def changes(
        self, draw: Mapping[str, float], innovations: Sequence[str], taken: Collection[str] = ()
    ) -> dict[str, float]:
        """Return a draw as changes of a run of `innovations`; names that are `taken` already stay as they are, and a
        name that is taken for the sector is taken for each innovation too.
        """
        made: dict[str, float] = {}
        # what shares out a whole stays together
        taken = {*taken, *(name for one in COMPOSITIONS if {*one.members} & {*taken} for name in one.members)}
        for name, value in draw.items():
            innovation, _, parameter = name.rpartition(".")
            if name not in taken and parameter not in taken and (not innovation or innovation in innovations):
                made[name] = value
        return made

    def of_seed(self, seed: int) -> Mapping[str, float]:
        """Return the draw of the run with this seed: runs of other scenarios with the same seed have the same."""
        return self.draws[seed % len(self.draws)]

    def described(self) -> dict[str, Any]:
        """Return the posterior as plain data, for the record of a run."""
        rows = np.array([list(draw.values()) for draw in self.draws])
        return {
            "folder": self.folder,
            "innovations": list(self.innovations),
            "parameters": list(self.names),
            "learned": list(self.learned),
            "draws": len(self.draws),
            "sha256": hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest(),
            "results_version": RESULTS_VERSION,
            "draw_of_a_run": "row number seed modulo draws of posterior.parquet, where runs do not share one value",
        }


def read_fitted(folder: Path) -> Fitted:
    """Return a posterior for use; one of another results_version is refused."""
    rows, record = read_posterior(folder), posterior_record(folder)
    draws = [{str(name): float(value) for name, value in row.items()} for row in rows.to_dict("records")]
    learned = tuple(name for name in record.get("learned", ()) if name in rows)
    return Fitted(str(folder), tuple(record.get("innovations", ())), tuple(draws), learned)


def refuse_both(posterior: str | Path | None, prior: bool) -> None:
    """Refuse priors and a posterior at once."""
    if prior and posterior is not None:
        raise BadInputError(
            "Priors and a posterior were both asked for (--prior, --posterior; fitted=False, posterior=): choose one."
        )


def fitted_for(
    posterior: Path | None, prior: bool, innovations: Sequence[str | Innovation]
) -> tuple[Fitted | None, str]:
    """Return the posterior that a run of `innovations` takes, None for the medians of priors, and why in a sentence.

    `posterior` is a folder or its posterior.parquet; without one the published posterior is taken, where it belongs to
    this version of the model; a PriorsWarning says where it does not. Raises BadInputError where a posterior was named
    that cannot be used.
    """
    names = [one.name if isinstance(one, Innovation) else one for one in innovations]
    refuse_both(posterior, prior)
    if prior:
        return None, "All numbers at the medians of their priors, as --prior asks."
    if posterior is not None:
        found = read_fitted(posterior.parent if posterior.name == DRAWS else posterior)
    else:
        try:
            found = read_fitted(PUBLISHED)
        except BadInputError as error:
            says = f"{error} So all numbers are at the medians of their priors."
            warnings.warn(PriorsWarning(says), stacklevel=2)
            return None, says
    own = found.own(names)
    if not own:
        series = listed(map(innovation_words, names))
        return None, f"No series of {series} was fitted: all numbers are at the medians of their priors."
    rest = [name for name in names if name not in own]
    return found, (
        f"{len(found.names)} uncertain numbers are drawn from the posterior fitted to published series of"
        f" {listed(map(innovation_words, own))}"
        + (f"; {listed(map(innovation_words, rest))} {'have' if len(rest) > 1 else 'has'} no series" if rest else "")
        + f"; of {len(found.learned)} of them the data say something, the others are as uncertain as their priors."
    )
