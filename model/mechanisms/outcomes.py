"""Equations (11b) and (19b): what people gain where an innovation is used.

Basis: Implementation fidelity: poor fit and little skill leave less of an innovation's effect.

Assumptions: Outcomes are person-months of full benefit. While an innovation is being implemented it also disturbs.
"""

from __future__ import annotations

from ..jit import submodel


@submodel
def true_success(success, former, fit, skill):
    """Return (11b): theta' = theta_0 + (theta - theta_0)(.5 + .5 w)(.7 + .3 K): poor fit and little skill leave less of
    the difference that the innovation makes, for better or worse.
    """
    return former + (success - former) * (0.5 + 0.5 * fit) * (0.7 + 0.3 * skill)


@submodel
def person_outcome(share, benefit, true, former, persons, implementing, harm):
    """Return (19b), person-months a month: (m/n) ben (theta' - theta_0) persons, less harm ben (m/n) persons while
    implementing.
    """
    gain = share * benefit * (true - former) * persons
    if implementing:
        gain -= harm * benefit * share * persons
    return gain
