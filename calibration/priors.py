"""What a fit moves: a few numbers that the data are there for, and with them everything else that is uncertain.

Each fitted innovation has three numbers of its own: how it is heard of from outside, how often providers look at it,
and how many know it at the start. The sector has one threshold of adoption, and the hazard of abandonment to which the
stage pattern V19 speaks. Every other number with a prior is drawn from it with every run, so that the posterior
carries it; among them how often each innovation is abandoned, beside what its file says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from carespread.experiments.compositions import COMPOSITIONS, Composition
from carespread.experiments.factors import uncertain
from carespread.model import Parameters
from carespread.model.declare import Prior, beta, entries, log_uniform, uniform
from carespread.results.words import plain


class Axis(NamedTuple):
    """One number of the unit cube of a fit."""

    name: str
    """The parameter, INNOVATION.PARAMETER, or a part of what is shared out."""
    prior: Prior
    says: str
    fitted: bool
    """Whether the data are there for it; else it is drawn with every run and taught by the way."""
    whole: Composition | None = None
    """What it shares out with its neighbours, if anything."""

    def value(self, share: Any) -> Any:
        """Return the value below which a share of the prior, within the declared range, lies."""
        name = self.name.rpartition(".")[2]
        if self.whole is not None:
            return self.prior.quantile(share)
        about = entries(Parameters)[name].about
        return self.prior.quantile(share, about.low, about.high)


OWN = {
    "base_awareness": "p_0: hearing of it from outside",
    "attention": "h_L: how often a provider looks at it",
    "start_aware": "share of those not using that know it at the start",
}
"""Numbers that each fitted innovation has of its own."""
SECTOR = {"adoption_threshold": "th: what it must be worth", "sustain_hazard": "h_S0: how often it is abandoned"}
HARD = Parameters().sustain_hazard
UNDECLARED = {
    "start_aware": uniform(0.1, 0.8),
    # wider upwards than the sector's: what is fitted are national programmes, which were given attention of their own
    "attention": log_uniform(0.004, 0.2),
    # a multiplier of h_S0, 1/3 to 3, on top of what each innovation file says of itself: between innovations the hazard
    # spans a factor of forty (T39, T62 to T65 of studies.csv), and each file's multiplier is a judgement
    "sustain_hazard": log_uniform(HARD / 3.0, 3.0 * HARD),
}
"""Priors of numbers that are uncertain in a fit alone, or are wider for what is fitted than for the sector."""


def prior_of(parameter: str) -> Prior:
    """Return the prior of a parameter."""
    declared: Prior | None = UNDECLARED.get(parameter) or entries(Parameters)[parameter].about.prior
    assert declared is not None
    return declared


def axes_of(innovations: Sequence[str]) -> tuple[Axis, ...]:
    """Return what a fit to series of these innovations moves: the fitted numbers first, then all others."""
    made = [
        Axis(f"{one}.{name}", prior_of(name), f"{says}, {one.replace('_', ' ')}", True)
        for one in innovations
        for name, says in OWN.items()
    ]
    made += [Axis(name, prior_of(name), says, True) for name, says in SECTOR.items()]
    made += [
        Axis(f"{one}.sustain_hazard", prior_of("sustain_hazard"), f"{plain('sustain_hazard')}, {plain(one)}", False)
        for one in innovations
    ]
    declared = {name: entries(Parameters)[name].about.prior for name in uncertain() if name not in SECTOR}
    made += [Axis(name, prior, plain(name), False) for name, prior in declared.items() if prior is not None]
    for one in COMPOSITIONS:
        for place, own in enumerate(one.concentration[:-1]):
            rest = sum(one.concentration[place + 1 :])
            name = f"{one.name}.{one.members[place]}"
            made.append(
                Axis(name, beta(own, rest), f"{plain(one.members[place])}: its part of what is left", False, one)
            )
    return tuple(made)


FREE = tuple(axis for axis in axes_of(("dscr", "dspt")) if axis.fitted)
"""What a fit to the series that ship is for."""


def values_of(axes: Sequence[Axis], cube: np.ndarray) -> list[dict[str, Any]]:
    """Return the parameters at points of the unit cube, shape (n, axes): shares of their priors."""
    columns: dict[str, np.ndarray] = {}
    for place, axis in enumerate(axes):
        if axis.whole is None:
            columns[axis.name] = np.asarray(axis.value(cube[:, place]), float)
        elif axis.whole.members[0] not in columns:  # its neighbours follow it
            shares = cube[:, place : place + len(axis.whole.members) - 1]
            # a hair less than the whole, so that single precision never adds up to more
            columns |= dict(zip(axis.whole.members, (1 - 2e-7) * axis.whole.quantile(shares).T, strict=True))
    # posteriors are kept in single precision; so are the runs that they are made of
    rounded = np.array(list(columns.values()), np.float32).T
    return [dict(zip(columns, map(float, row), strict=True)) for row in rounded]
