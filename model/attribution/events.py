"""The event log: what a change of stage is remembered with."""

from __future__ import annotations

import numpy as np

HEARD, TOOK_UP, PASSED, NOT_WORTH, NOT_PAID, ROUTINE = range(6)
GIVEN_UP, RECONSIDERED, INVENTED, CLOSED, LAPSED, OPENED, OBEYED, PLANNED_ANEW = range(6, 14)
CAUSES = (
    "heard of it",
    "took it into a pilot",
    "pilot taken further",
    "pilot not worth continuing",
    "postponed: could not be paid",
    "became routine",
    "abandoned",
    "ready to consider it again",
    "came up with it",
    "closed",
    "lapsed: not renewed",
    "opened",
    "obeyed what is enforced",
    "pilot failed, another way sought",
)
"""What happened, by code."""
WEIGHED = (TOOK_UP, PASSED, NOT_WORTH, NOT_PAID, OBEYED, PLANNED_ANEW)
"""Causes whose terms add to value (6) less the threshold; of HEARD to a hazard, of all others to its logarithm."""

BASE, LEADERSHIP, LEARNING, SKILL, COST, REGULATION, DEMAND, EXPOSURE = range(8)
INCENTIVES, SLACK, ASPIRATION, UNREST, PARTNERS, CULTURE, UPKEEP, OFFER, CHANCE, DRAW = range(8, 18)
TERMS = (
    "base", "leadership", "learning", "skill", "cost", "regulation", "demand", "exposure", "incentives", "slack",
    "aspiration", "unrest", "partners_help", "culture", "upkeep", "offer", "chance", "draw",
)  # fmt: skip
"""Columns of the log: terms in the order of their codes, then the chance of the move within the month, and the draw.

Value (6) less the threshold is the sum of base (minus the threshold), learning (believed gain, less uncertainty),
skill (complexity for lack of capability), cost, regulation, demand (commissioners, people), exposure (peers) and
incentives (mandate, enforcement); partners_help is what of cost and skill is owed to partners. With TOOK_UP stand
also leadership, culture, slack, aspiration, upkeep and offer, which are terms of the logarithm of looking (3).
Hearing (2)
is the sum of base, incentives (campaign, brokers, enforcement), demand and exposure, in 1/month. The logarithm of (8)
is the sum of base, leadership, culture, learning (fit; or regret), skill, regulation, cost, unrest (leaders gone),
slack (strain), upkeep (neglect) and incentives (brokers who facilitate; a grant that ended, a mandate resented, a
duty); LAPSED likewise, of the yearly hazard (8d).
"""

EVENT = np.dtype(
    [
        ("month", np.int16),
        ("provider", np.int64),
        ("innovation", np.int16),
        ("stage_from", np.int8),
        ("stage_to", np.int8),
        ("cause", np.int8),
        ("terms", np.float32, len(TERMS)),
    ]
)
