"""The twenty claims of the theory, each with what stands for it in the model and how it is taken away.

The theory is that of the SASCI project (Supporting Adult Social Care Innovation, London School of Economics). A claim
is a hypothesis about the sector; here it is only said which mechanism would carry it. Whether it matters is measured
by comparing runs with and without it with the same random draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

MOVING = {"movement_growth": 0.1, "demand_effect": 0.25, "stance_effect": 0.05, "burden_effect": 0.05}
"""Medians of priors for which no estimate exists: these claims are nothing by default."""


class Claim(NamedTuple):
    """One claim; names in `on` and `off` are parameters, levers and switches."""

    name: str
    says: str
    equation: str
    off: Mapping[str, Any]
    """What takes the mechanism away."""
    statistic: str
    fails_if: str
    on: Mapping[str, Any] = {}
    """What must be set before there is anything to take away."""
    scenario: str = "central"


# fmt: off
CLAIMS = tuple(Claim(*row) for row in (
    ("C1", "Leadership at every level matters", "(4)(5)", {"leadership": False},
     "use after 5 years; gain from raising the weakest level against the strongest",
     "equalising moves use by less than 1 point"),
    ("C2", "Everyone is empowered to make and lead change", "(4)(17)", {"sustain_frontline": 0.0, "origination": False},
     "innovations of local origin; share sustained after 2 years", "sustainment is unchanged", {"origination": True}),
    ("C3", "A culture of learning: knowing whether new things work", "(10)", {"learning": False},
     "mis-implementation: good innovations abandoned and poor ones kept", "it is unchanged"),
    ("C4", "... and knowing how and why they make a difference", "(11)", {"fitting": False},
     "person-outcome per adopter", "it is unchanged"),
    ("C5", "Innovation is a journey", "(2)-(8)", {"journey": False},
     "share of providers that change stage within 5 years", "fewer than 10 % do"),
    ("C6", "Innovations need constant work", "(8)(12)", {"sustaining": False},
     "share sustained after 2 years", "it is unchanged"),
    ("C7", "Always changing: goals shift", "(10)(15)", {"drift": False, "evidence_memory": 1.0},
     "person-outcome lost by lock-in", "it is less than 1 %"),
    ("C8", "People and partnerships shift", "(5)(13)", {"churn": False, "partnering": False, "turnover": 0.0},
     "ties and skill lost a year; use after 5 years", "spread is unchanged"),
    ("C9", "Collaboration brings what you lack", "(10)(13)(14)",
     {"borrowing": False, "partner_evidence": 0.0, "partner_layer": 0.0},
     "use and sustainment of the providers of least capability", "they are unchanged"),
    ("C10", "Knowing yourself finds you good partners", "(13)", {"self_bias": 0.0, "self_error": 0.0},
     "gap in capability that partners close", "it is unchanged"),
    ("C11", "Working with others builds a movement", "(16a)", {"movement": False},
     "share of ties that join users, and the movement, after 5 years", "they are unchanged", MOVING, "movement"),
    ("C12", "The movement generates demand", "(16b)(16c)", {"demand": False, "commissioning": False},
     "extra users and their lag", "they are unchanged at the median effect", MOVING, "movement"),
    ("C13", "... and a suitable regulatory environment", "(16d)", {"deregulation": False},
     "extra users, beside those of a reform", "they are unchanged", MOVING, "movement"),
    ("C14", "Skills are hard to find or build", "(12)", {"skill": False},
     "elasticity of use after 5 years to turnover", "it is within .05 of 0"),
    ("C15", "Regulations can be a sticking point", "(6)(8)", {"burden_weight": 0.0, "burden_delay": 0.0},
     "months from pilot to routine use", "they are unchanged"),
    ("C16", "The pandemic showed that some innovate more easily", "(18)", {"shocks": False},
     "spread of the response over fifths of leadership, learning and slack", "it is unchanged", {}, "shock_pandemic"),
    ("C17", "Innovation creates value for the person supported", "(6)(19)", {"value": False},
     "gap between believed and true success", "it is 0"),
    ("C18", "Becoming the provider of choice", "(16b)(19)", {"market": False},
     "gap in income between small and large providers", "it is unchanged"),
    ("C19", "To develop, sustain, scale and spread are four things", "(8)(8b)(17)", {"scaling": False},
     "correlation of the four curves", "any two correlate above .95", {"origination": True}),
    ("C20", "Organisations support innovation", "(2)(12)(13)", {"brokerage": 0.0},
     "gap in capability that partners close; months to 50 % use", "they are unchanged", {"brokerage": 1.0}),
))
# fmt: on
