"""The build ladder: which switches each level of the model adds, and what makes them do nothing."""

from __future__ import annotations

from typing import NamedTuple

from .declare import BadInputError, nearest
from .switches import Switches


class Level(NamedTuple):
    """One level of the ladder."""

    name: str
    says: str
    adds: tuple[str, ...]
    """The switches that it adds to the level below."""
    nothing: dict[str, float]
    """Parameters at which what it adds does nothing: so it nests the level below, exactly."""


LADDER = (
    Level("L0", "exposure and awareness: Bass, network Bass, SI", ("exposure", "reputation"), {}),
    Level("L1", "value and choice: Granovetter, Watts, complex contagion", ("value", "choice"), {}),
    Level(
        "L2",
        "the journey of six stages: a chain with closed-form absorption",
        ("journey", "search", "implementation", "abandonment", "sustaining", "finance", "credit", "pace", "renewal"),
        {},
    ),
    Level(
        "L3",
        "learning, fit and skill: Beta-Bernoulli, learning curve",
        ("learning", "fitting", "skill", "experience", "allowance"),
        {
            "trials": 0,
            "partner_evidence": 0.0,
            "evidence_memory": 1.0,
            "adaptation": 0.0,
            "skill_learning": 0.0,
            "broker_skill": 0.0,
            "turnover": 0.0,
            "capability_growth": 0.0,
        },
    ),
    Level(
        "L4",
        "leadership, its churn, sites of a group, partners",
        ("leadership", "churn", "scaling", "partnering", "borrowing"),
        {
            "leadership_weight": 0.0,
            "manager_turnover": 0.0,
            "senior_turnover": 0.0,
            "turnover": 0.0,
            "site_conversion": 0.0,
            "site_imitation": 0.0,
            "ties": 0.0,
            "partner_search": 0.0,
        },
    ),
    Level(
        "L5",
        "goals, movement, institutions, market, shocks, ratings, exit and origination: the full model",
        (
            "drift",
            "movement",
            "demand",
            "commissioning",
            "deregulation",
            "market",
            "origination",
            "shocks",
            "inspection",
            "ambition",
            "exit",
            "insolvency",
            "entry",
        ),
        {
            "goal_drift": 0.0,
            "movement_growth": 0.0,
            "demand_effect": 0.0,
            "stance_effect": 0.0,
            "burden_effect": 0.0,
            "rating_pull": 0.0,
            "origination_rate": 0.0,
            "inspection_rate": 0.0,
            "aspiration_memory": 1.0,
            "exit_rate": 0.0,
        },
    ),
)
"""Every switch stands once. What a level adds does nothing, beside these numbers, without shocks, regimes of
priorities and levers on movements and rules."""


def level(name: str) -> Switches:
    """Return the switches of a level: its own and those of all below, origination on at the top."""
    names = [one.name for one in LADDER]
    if name not in names:
        raise BadInputError(f"Unknown level {name!r}: {nearest(str(name), names)}")
    on = {switch for one in LADDER[: names.index(name) + 1] for switch in one.adds}
    return Switches(**{switch: switch in on for switch in Switches._fields})
