"""Runs in which every mechanism is at work: all levers and shocks, every level, every switch, and extremes."""

from __future__ import annotations

from functools import partial
from typing import Any

import networkx as nx
import numpy as np

from carespread.model import Conditions, Lever, Parameters, Policy, Population, Shock, Switches, prepare
from carespread.model.declare import entries
from carespread.model.innovations import Innovation, Own, find
from carespread.model.levels import LADDER, level
from carespread.model.population.network import network_from
from carespread.model.state import Network

PROVIDERS, MONTHS = 300, 15
CONTROLS = ("dscr", "dspt", "wellness_fad", "harmful_shortcut")
USUAL = ("dscr", "dspt", "acoustic_monitoring", "electronic_medication_records")
LEVERS = (
    Lever("grant", 0.6, "2026-01", "2026-12", "small"),
    Lever("mandate", 0.2, "2026-06", None, "large", "dscr"),
    Lever("manager_retention", 0.5),
    Lever("senior_programme", 0.1),
    Lever("manager_programme", 0.1, None, "2026-12", "small"),
    Lever("frontline_programme", 0.05, None, None, "london"),
    Lever("brokerage", 0.7, None, None, "homecare"),
    Lever("evidence_synthesis", 20, "2026-03"),
    Lever("sandbox", 0.5, None, None, "nursing"),
    Lever("commissioner_requirement", 0.3),
    Lever("campaign", 0.02, "2026-04", "2026-10"),
    Lever("training", 0.05, None, None, "homecare"),
    Lever("fair_pay", 0.4, "2026-03"),
    Lever("learning_collaborative", 0.3, "2026-02", "2026-11", "small"),
    Lever("reform", 0.4, "2026-05"),
    Lever("movement_building", 0.03, innovation="dscr"),
)
SHOCKS = (
    Shock("pandemic", "2026-03", end="2026-08"),
    Shock("wage_step", "2026-04"),
    Shock("national_insurance", "2026-05", group="homecare"),
    Shock("insolvency", "2026-06", group="london"),
    Shock("supplier_failure", "2026-04", 0.8, "2026-09", innovation="dscr"),
    Shock("immigration", "2026-02"),
    Shock("inspection_change", "2026-02"),
)
STORMY = Conditions(
    levers=LEVERS,
    shocks=SHOCKS,
    vacancy=(("2026-01", 0.1), ("2026-08", 0.05)),
    priorities=(("2026-04", "safety first"), ("2026-09", "austerity")),
)
BUSY = {
    "attention": 0.0155,
    "movement_growth": 0.5,
    "movement_awareness": 0.05,
    "demand_effect": 1.0,
    "stance_effect": 1.0,
    "commissioner_awareness": 0.2,
    "burden_effect": 0.3,
    "pay_funded": 0.4,
    "partner_search": 0.4,
    "tie_ending": 0.1,
    "origination_rate": 0.05,
    "inspection_rate": 0.2,
    "exit_rate": 0.02,
    "self_bias": 0.1,
    "goal_drift": 0.1,
    "aspiration_search": 3.0,
    "evidence_memory": 0.9,
    "capability_growth": 0.3,
}
"""Everything that is rare, or has no estimate, happens often."""
EVEN = {
    "imitation": 0.0,
    "leadership_weight": 0.0,
    "slack_search": 0.0,
    "aspiration_search": 0.0,
    "value_sensitivity": 0.0,
    "skill_exponent": 0.0,
    "starting_fit": 1.0,
    "burden_delay": 0.0,
    "departure_shock": 0.0,
    "strain": 0.0,
    "grant_cliff": 0.0,
    "skill_learning": 0.0,
    "exit_slack": 0.0,
    "trust": 0.0,
}
"""Nothing tells providers apart: each one's chance is the highest that there is, which the engine uses as a bound."""


def fitted(name: str) -> Innovation:
    """Return an innovation of the library with numbers of its own."""
    return find(name)[0]._replace(own=Own(0.03, 0.05, 0.02, 0.4, 0.04))


def returned(**changes: float) -> Innovation:
    """Return the yearly return, which many let lapse, registration asks for and councils pay in part."""
    one = find("dspt")[0]
    numbers = {"lapse": 1.0, "registration": 0.3, "council_share": 0.5, "setup_person": 20.0, "running_person": 3.0}
    return one._replace(attributes=one.attributes._replace(**{**numbers, **changes}))


def net_entry(nursing: float, residential: float, homecare: float, community: float) -> tuple[Any, ...]:
    """Return net entry a year by setting, which turns round after half a year."""
    names = ("care home with nursing", "care home without nursing", "homecare", "other community")
    values = list(zip(names, (nursing, residential, homecare, community), strict=True))
    return (
        *(("2020-01", name, value) for name, value in values),
        *(("2026-07", name, -0.8 * value) for name, value in values),
    )


def of_ones_own(in_three: int) -> Population:
    """Return providers that are not of the register; so many `in_three` stand for next to nothing."""
    drawn = prepare(Parameters(), providers=PROVIDERS, seed=3, switches=Switches.of(entry=False)).population
    return drawn._replace(weight=np.where(drawn.id % 3 < in_three, 0.001, 100.0 + drawn.id % 7))


GROWING = net_entry(-0.4, 0.3, -0.3, 0.4)
PAID = {
    "base_awareness": 0.2,
    "attention": 1.0,
    "adoption_threshold": -2.0,
    "pilot_rate": 1.0,
    "implementation_rate": 0.5,
    "sustain_hazard": 0.3,
    "stance_spread": 0.4,
}
"""Much is tried, whatever it costs."""


def hubs() -> Network:
    """Return a network in which some have many partners."""
    return network_from(nx.barabasi_albert_graph(PROVIDERS, 3, seed=1))


CASES: dict[str, dict[str, Any]] = {
    "usual innovations": {"innovations": USUAL},
    "controls": {"months": 30},  # so long that something has been kept for two years
    "no levers, tight regimes, half months": {
        "conditions": Conditions("2021-09", "tight", "tight"),
        "step": 0.5,
    },
    "rare things often": {"parameters": BUSY, "conditions": STORMY, "switches": {"origination": True}},
    "rare things often, half months": {
        "parameters": BUSY,
        "conditions": STORMY,
        "switches": {"origination": True},
        "step": 0.5,
    },
    "adaptive emulation": {"parameters": {"success_bias": 1.0, "partner_evidence": 1.0, "misreading": 0.4}},
    "threshold of peers, no noise": {"parameters": {"norm_form": 1, "choice_noise": 0.0}},
    "count of peers, additive leadership": {
        "parameters": {"norm_form": 2, "norm_threshold": 1.0, "complementarity": 1.0}
    },
    "strong forces": {
        "parameters": {
            "leadership_weight": 8.0,
            "value_sensitivity": 20.0,
            "cost_weight": 10.0,
            "departure_shock": 5.0,
            "strain": 5.0,
            "grant_cliff": 5.0,
            "mandate_resentment": 5.0,
            "hazard_ceiling": 0.4,
            "skill_exponent": 5.0,
            "starting_skill": 0.9,
        }
    },
    "every chance at its bound": {
        "parameters": EVEN,
        "conditions": Conditions(levers=(Lever("commissioner_requirement", 1.0), Lever("mandate", 0.5, "2026-04"))),
    },
    "every reason to abandon at once": {
        "parameters": {
            **EVEN,
            "departure_shock": 5.0,
            "senior_turnover": 0.5,
            "strain": 5.0,
            "slack": -3.0,
            "slack_spread": 0.0,
            "margin": -0.1,
            "grant_cliff": 5.0,
            "adoption_threshold": -5.0,
            "attention": 1.0,
            "pilot_rate": 2.0,
        },
        "conditions": Conditions(levers=(Lever("grant", 1.0, None, "2026-06"),)),
    },
    "step of no whole part of a month": {"parameters": BUSY, "conditions": STORMY, "step": 0.3},
    "policy from the first month to the last": {
        "policy": {name: 0.3 * entry.about.high for name, entry in entries(Policy).items()},
        "conditions": STORMY,
    },
    "programmes paid for by those whom they train": {
        "conditions": Conditions(
            "2026-01",
            levers=(
                Lever("manager_programme", 0.2, "2025-06", "2027-08", take_up=0.6, completion=0.5),
                Lever("senior_programme", 0.2, "2026-03", "2027-06"),
                Lever("training", 0.05, None, "2026-09", "small", unit_cost=333.3),
                Lever("frontline_programme", 0.1, "2026-05", None, "homecare"),
            ),
            net_entry=GROWING,
        ),
        "parameters": BUSY,
        "innovations": ("dscr", "acoustic_monitoring"),
        "step": 0.5,
        "months": 50,
    },
    "numbers of an innovation's own, a joint target, a series": {
        "innovations": (fitted("dscr"), "homeshare"),
        "conditions": Conditions(
            "2021-11",
            "supportive",
            "supportive",
            levers=(Lever("grant", 0.9, None, "2022-01", "small and homecare", "dscr", unit_cost=7.5),),
            turnover=(("2021-10", 0.05), ("2022-02", 0.01)),
        ),
    },
    "hubs with more than eight partners": {"parameters": BUSY, "network": hubs},
    "a yearly return": {
        "innovations": (returned(), "dscr"),
        "conditions": Conditions("2025-04", levers=(Lever("grant", 0.5, None, "2026-03"), Lever("mandate", 0.3))),
        "parameters": {**PAID, "stance_mean": 0.6},
        "months": 30,
    },
    "a yearly return, half months": {
        "innovations": (returned(lapse=3.0), "acoustic_monitoring"),
        "conditions": Conditions("2025-05"),
        "parameters": PAID,
        "switches": {"abandonment": False},
        "months": 30,
        "step": 0.5,
    },
    "Shared Lives, which councils pay": {
        "innovations": ("shared_lives", "homeshare", "local_area_coordination", "individual_service_funds"),
        "conditions": Conditions(
            levers=(Lever("grant", 0.3, None, "2026-12"), Lever("commissioner_requirement", 0.6, "2026-06")),
            shocks=(Shock("insolvency", "2026-09", group="london"),),
        ),
        "parameters": {**PAID, "slack": 2.0, "headroom": 2.0},
        "months": 30,
    },
    "Shared Lives without credit, pace and experience": {
        "innovations": (find("shared_lives")[0], returned(council_share=1.0)),
        "conditions": Conditions(),
        "parameters": {**PAID, "slack": 2.0},
        "switches": {"credit": False, "pace": False, "experience": False},
        "step": 0.5,
        "months": 30,
    },
    "what cannot be paid is postponed": {
        "innovations": ("dscr", "acoustic_monitoring", "electronic_medication_records"),
        "conditions": Conditions(levers=(Lever("grant", 0.5, "2026-06", "2026-10"),)),
        "parameters": {**PAID, "slack": -0.2, "headroom": 0.02},
        "months": 24,
    },
    "settings grow and shrink": {
        "conditions": STORMY._replace(net_entry=GROWING),
        "parameters": BUSY,
        "switches": {"origination": True},
        "innovations": (*CONTROLS[:1], returned(), *CONTROLS[2:]),
        "months": 24,
    },
    "settings grow and shrink, half months": {
        "conditions": Conditions("2024-03", levers=LEVERS[:3], net_entry=GROWING),
        "parameters": {**BUSY, "exit_rate": 0.08, "origination_rate": 0.5},
        "switches": {"origination": True},
        "step": 0.5,
        "months": 60,
    },
    "settings grow where nobody closes": {
        "conditions": Conditions(levers=LEVERS, net_entry=GROWING),
        "parameters": BUSY,
        "switches": {"exit": False, "finance": False},
    },
    "a setting that all but goes": {
        "conditions": Conditions(net_entry=net_entry(0.5, -0.5, -0.5, 0.0)),
        "parameters": {**BUSY, "exit_rate": 0.3, "origination_rate": 1.0, "slack": 1.0},
        "switches": {"origination": True},
        "months": 24,
    },
    "who comes up with something goes, and nobody follows": {  # at this rate it happens in the first month
        "innovations": ("dscr",),
        "conditions": Conditions(net_entry=tuple((*one[:2], -0.5) for one in GROWING[:4])),
        "parameters": {**BUSY, "exit_rate": 0.05, "exit_slack": 0.0, "slack": 1.0, "origination_rate": 0.0075},
        "switches": {"origination": True},
        "months": 10,
    },
    "net entry and a lever that parameters multiply": {
        "conditions": Conditions(
            "2023-01", levers=(Lever("mandate", 0.7, times="assurance"),), net_entry=GROWING, shocks=SHOCKS[:1]
        ),
        "parameters": {**BUSY, "net_entry": 0.7, "assurance": 0.9},
    },
    "a start long before the register": {"conditions": Conditions("2018-01"), "months": 40, "parameters": BUSY},
    "providers of one's own, whose settings grow": {
        "population": partial(of_ones_own, 1),
        "conditions": STORMY._replace(net_entry=GROWING),
        "parameters": BUSY,
    },
    "providers of one's own": {"population": partial(of_ones_own, 2), "parameters": BUSY},
    "nothing is forgotten": {"parameters": {"evidence_memory": 1.0}, "switches": {"allowance": False}},
    "nobody has time": {"parameters": {"vacancy": 0.3, "trials": 1, "sustain_hazard": 0.5, "reconsider": 1.0}},
    "shocks from the first month on": {
        "conditions": Conditions(
            shocks=(Shock("immigration", "2026-01", group="homecare"), Shock("pandemic", "2026-01")),
            levers=LEVERS,
        ),
    },
    **{
        f"level {one.name}": {"parameters": BUSY, "conditions": STORMY, "switches": level(one.name)._asdict()}
        for one in LADDER
    },
    **{
        f"without {name}": {
            "parameters": BUSY,
            "conditions": STORMY,
            "switches": {"origination": True} | {name: False},
        }
        for name in Switches._fields
    },
}


def arguments(case: dict[str, Any]) -> tuple[Parameters, Policy, dict[str, Any]]:
    """Return what `simulate` and `prepare` take for a case."""
    settings: dict[str, Any] = {
        "providers": PROVIDERS,
        "months": case.get("months", MONTHS),
        "seed": 5,
        "innovations": case.get("innovations", CONTROLS),
        "conditions": case.get("conditions", Conditions(levers=LEVERS)),
        "switches": Switches.of(**case.get("switches", {})),
        "step": case.get("step", 1.0),
        "network": case["network"]() if "network" in case else None,
        "population": case["population"]() if "population" in case else None,
    }
    return Parameters.of(**case.get("parameters", {})), Policy.of(**case.get("policy", {})), settings
