"""What an analysis varies: parameters over their priors or ranges, and weights that share out a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from carespread.model import BadInputError, Parameters, Policy
from carespread.model.claims import MOVING
from carespread.model.declare import entries, nearest

from .compositions import COMPOSITIONS, Composition
from .design import checked_uncertainty
from .points import quantiles_of
from .posterior import Fitted

SEPARATE = frozenset(MOVING)
"""Parameters of which no estimate exists: they are structures (zero or not), not points."""
GROUPS = {
    "(1)": "hazards", "(2)": "awareness", "(3)": "attention", "(4)": "leadership", "(4a)": "leadership",
    "(4b)": "leadership", "(5)": "churn", "(5d)": "churn", "(6)": "value", "(7)": "choice", "(7b)": "choice",
    "(7c)": "choice", "(8)": "sustaining", "(8b)": "scaling", "(10)": "learning", "(11)": "fit", "(11c)": "fit",
    "(12)": "skill", "(13)": "partners", "(14)": "partners", "(15)": "goals", "(16a)": "movement",
    "(16b)": "demand", "(16c)": "commissioning", "(16d)": "regulation", "(17)": "origination", "(19)": "money",
    "(20)": "attributes",
}  # fmt: skip
"""Submodel by the first equation of a parameter."""


class Factor(NamedTuple):
    """One thing that is varied by itself."""

    name: str
    members: tuple[str, ...]
    """Names of the parameters or levers that it sets."""
    over: str | tuple[float, float] | Composition
    """The word prior, the ends of a range, or a composition."""
    group: str
    """The submodel that it belongs to."""
    fitted: tuple[float, ...] = ()
    """Draws of its posterior, where it has one: they take the place of the prior."""
    own: Mapping[str, tuple[float, ...]] = {}
    """The same for INNOVATION.NAME, where innovations have this number of their own."""

    @property
    def dimensions(self) -> int:
        """How many numbers of the unit cube it takes."""
        return len(self.members) - 1 if isinstance(self.over, Composition) else 1

    def values(self, shares: np.ndarray) -> dict[str, np.ndarray]:
        """Return the values of its members for points of the unit cube, shape (n, dimensions)."""
        if isinstance(self.over, Composition):
            return dict(zip(self.members, self.over.quantile(shares).T, strict=True))
        sector = (
            np.quantile(self.fitted, shares[:, 0]) if self.fitted else quantiles_of(self.name, self.over, shares[:, 0])
        )
        # each innovation within what is known of it: one move through all of them together
        return {self.name: sector} | {name: np.quantile(draws, shares[:, 0]) for name, draws in self.own.items()}

    def with_one_at(self, member: str, share: float) -> dict[str, Any]:
        """Return the values when one member lies at a quantile; the others of a composition share the rest."""
        if isinstance(self.over, Composition):
            return self.over.with_one_at(member, share)
        return {name: column[0].item() for name, column in self.values(np.array([[share]])).items()}


def uncertain() -> list[str]:
    """Return the parameters with a prior, but for those of which no estimate exists."""
    return [name for name, entry in entries(Parameters).items() if entry.about.prior and name not in SEPARATE]


def factors_of(
    names: Sequence[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    fixed: Sequence[str] = (),
    fitted: Fitted | None = None,
    innovations: Sequence[str] = (),
) -> tuple[Factor, ...]:
    """Return what is varied: `names` over their priors and `ranges`, or all that is uncertain if neither is given.

    `fixed` are the names that a scenario or the caller sets: they are left out of "all", and refused by name. What was
    `fitted` for these `innovations` moves over the margin of its posterior where no range was given. Raises
    BadInputError on an unknown name, on one without a prior, and on fewer than two factors.
    """
    asked = dict.fromkeys(names)
    within = dict(ranges or {})
    compositions = {one.name: one for one in COMPOSITIONS}
    if not asked and not within:
        asked = dict.fromkeys([*uncertain(), *compositions])
        asked = {name: None for name in asked if not set(_members(name, compositions)) & set(fixed)}
    made = []
    for name in [*asked, *within]:
        taken = set(_members(name, compositions)) & set(fixed)
        if taken:
            raise BadInputError(f"{sorted(taken)[0]} has one value here: it cannot be varied as well.")
        if name in compositions:
            made.append(Factor(name, compositions[name].members, compositions[name], submodel_of(name)))
            continue
        whole = next((one for one in COMPOSITIONS if name in one.members), None)
        if whole is not None and name not in within:
            raise BadInputError(
                f"{name} is part of a whole: vary {whole.name}, which moves {', '.join(whole.members)}."
            )
        over: Any = within.get(name, "prior")
        try:
            checked_uncertainty(name, list(over) if name in within else over)
        except BadInputError as error:
            if name not in entries(Parameters) and name not in entries(Policy):
                known = [*entries(Parameters), *entries(Policy), *compositions]
                raise BadInputError(f"Unknown parameter or lever {name!r}: {nearest(name, known)}") from None
            raise BadInputError(f"{str(error).rstrip('.')}.") from None
        made.append(with_margin(Factor(name, (name,), over, submodel_of(name)), fitted, innovations))
    if len(made) < 2:
        raise BadInputError(
            f"{len(made)} uncertain parameter is varied: at least 2 are needed to share out a variance."
        )
    return tuple(made)


def with_margin(factor: Factor, fitted: Fitted | None, innovations: Sequence[str]) -> Factor:
    """Return a factor over the margin of the posterior, if it is varied over its prior and was fitted."""
    if fitted is None or factor.over != "prior":
        return factor
    own = [name for one in fitted.own(innovations) if (name := f"{one}.{factor.name}") in fitted.names]
    sector = tuple(fitted.values(factor.name)) if factor.name in fitted.names else ()
    return factor._replace(fitted=sector, own={name: tuple(fitted.values(name)) for name in own})


def submodel_of(name: str) -> str:
    """Return the submodel of a parameter or composition; levers belong together."""
    composition = next((one for one in COMPOSITIONS if one.name == name), None)
    if composition is not None:
        return GROUPS[composition.equation]
    if name not in entries(Parameters):
        return "levers"
    equation = entries(Parameters)[name].about.equation
    first = equation.split(")")[0] + ")"
    return GROUPS.get(first, first if first.startswith("(") else "start")


def _members(name: str, compositions: Mapping[str, Composition]) -> tuple[str, ...]:
    return compositions[name].members if name in compositions else (name,)


def problem_of(factors: Sequence[Factor], by_group: bool = False) -> dict[str, Any]:
    """Return the problem as SALib has it: the unit cube, with a group for each factor, or for each submodel."""
    names, groups = [], []
    for factor in factors:
        for number in range(factor.dimensions):
            names.append(factor.name if factor.dimensions == 1 else f"{factor.name}.{number + 1}")
            groups.append(factor.group if by_group else factor.name)
    return {"num_vars": len(names), "names": names, "groups": groups, "bounds": [[0.0, 1.0]] * len(names)}


def values_at(factors: Sequence[Factor], cube: np.ndarray) -> list[dict[str, Any]]:
    """Return the values at points of the unit cube, shape (n, dimensions): a dictionary a point."""
    columns: dict[str, np.ndarray] = {}
    first = 0
    for factor in factors:
        columns |= factor.values(cube[:, first : first + factor.dimensions])
        first += factor.dimensions
    return [{name: column[row].item() for name, column in columns.items()} for row in range(len(cube))]
