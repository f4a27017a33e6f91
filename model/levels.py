"""The build ladder: which switches each level of the model adds, and what makes them do nothing."""

from __future__ import annotations

from typing import NamedTuple

from .declare import BadInputError, entries, nearest
from .switches import Switches


class Level(NamedTuple):
    """One level of the ladder."""

    name: str
    says: str

    @property
    def adds(self) -> tuple[str, ...]:
        """The switches that it adds to the level below."""
        return tuple(name for name, entry in entries(Switches).items() if entry.about.level == self.name)

    @property
    def nothing(self) -> dict[str, float]:
        """Parameters at which what it adds does nothing: so it nests the level below, exactly."""
        known = entries(Switches)
        return {name: value for switch in self.adds for name, value in known[switch].about.nothing.items()}


LADDER = (
    Level("L0", "exposure and awareness: Bass, network Bass, SI"),
    Level("L1", "value and choice: Granovetter, Watts, complex contagion"),
    Level("L2", "the journey of six stages: a chain with closed-form absorption"),
    Level("L3", "learning, fit and skill: Beta-Bernoulli, learning curve"),
    Level("L4", "leadership, its churn, sites of a group, partners"),
    Level("L5", "goals, movement, institutions, market, shocks, ratings, exit and origination: the full model"),
)
"""A switch says on which level it stands. From the third on, what a level adds does nothing, beside the numbers that
its switches name, without shocks, regimes of priorities and levers on movements and rules."""


def level(name: str) -> Switches:
    """Return the switches of a level: its own and those of all below, origination on at the top."""
    names = [one.name for one in LADDER]
    if name not in names:
        raise BadInputError(f"Unknown level {name!r}: {nearest(str(name), names)}")
    on = {switch for one in LADDER[: names.index(name) + 1] for switch in one.adds}
    return Switches(**{switch: switch in on for switch in Switches._fields})
