"""Numbers that were fitted to published series: what a run takes in place of the medians of their priors.

Of the eight numbers that a fit moves, four are an innovation's own (`model.innovations.Own`): they hold for the
innovations whose series were fitted, and all others keep what is usual. The other four are the sector's and hold for
everyone.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError
from carespread.model.innovations import Innovation, Own
from carespread.model.population.country import USUAL, country_meant, home
from carespread.model.version import RESULTS_VERSION
from carespread.results.store.posterior import PUBLISHED, posterior_record, read_posterior
from carespread.results.words import innovation_words, listed


class PriorsWarning(UserWarning):
    """The posterior that ships cannot be used, so that priors take its place."""


class Fitted(NamedTuple):
    """A posterior as runs use it."""

    folder: str
    innovations: tuple[str, ...]
    """Whose series were fitted."""
    draws: tuple[Mapping[str, float], ...]
    """Values of equal weight, by the name of a parameter."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that were fitted."""
        return tuple(self.draws[0])

    def middle(self) -> dict[str, float]:
        """Return the median of each number by itself."""
        return {name: float(np.median([draw[name] for draw in self.draws])) for name in self.names}

    def own(self, innovations: Sequence[str]) -> list[str]:
        """Return which of these innovations were fitted."""
        return [name for name in innovations if name in self.innovations]

    def changes(
        self, draw: Mapping[str, float], innovations: Sequence[str], taken: Collection[str] = ()
    ) -> dict[str, float]:
        """Return a draw as changes of a run of `innovations`; names that are `taken` already stay as they are."""
        made: dict[str, float] = {}
        for name, value in draw.items():
            if name in taken:
                continue
            if name in Own._fields:
                made |= {f"{one}.{name}": value for one in self.own(innovations) if f"{one}.{name}" not in taken}
            else:
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
            "draws": len(self.draws),
            "sha256": hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest(),
            "results_version": RESULTS_VERSION,
            "draw_of_a_run": "row number seed modulo draws of posterior.parquet, where runs do not share one value",
        }


def read_fitted(folder: Path) -> Fitted:
    """Return a posterior for use; one of another results_version is refused."""
    rows, record = read_posterior(folder), posterior_record(folder)
    draws = [{str(name): float(value) for name, value in row.items()} for row in rows.to_dict("records")]
    return Fitted(str(folder), tuple(record.get("innovations", ())), tuple(draws))


def fitted_for(
    posterior: Path | None, prior: bool, innovations: Sequence[str | Innovation]
) -> tuple[Fitted | None, str]:
    """Return the posterior that a run of `innovations` takes, None for the medians of priors, and why in a sentence.

    `posterior` is a folder or its posterior.parquet; without one the published posterior is taken, where it belongs to
    this version of the model; a PriorsWarning says where it does not. Raises BadInputError where a posterior was named
    that cannot be used.
    """
    names = [one.name if isinstance(one, Innovation) else one for one in innovations]
    if prior and posterior is not None:
        raise BadInputError(
            "Priors and a posterior were both asked for (--prior, --posterior; fitted=False, posterior=): choose one."
        )
    if prior:
        return None, "All numbers at the medians of their priors, as --prior asks."
    if posterior is not None:
        found = read_fitted(posterior.parent if posterior.is_file() else posterior)
    elif country_meant() != USUAL:
        return None, f"Nothing was fitted for {home().name}: all numbers are at the medians of their priors."
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
        f"Eight numbers are fitted to published series of {listed(map(innovation_words, own))}"
        + (f"; {listed(map(innovation_words, rest))} {'have' if len(rest) > 1 else 'has'} no series" if rest else "")
        + "; all others are medians of priors."
    )
