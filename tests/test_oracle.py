"""The engine gives, number by number, what a plain Mesa model gives that was written apart from it.

This file is also a script: `NUMBA_DISABLE_JIT=1 python -m tests.test_oracle FILE` runs the plain model, whose
submodels are then ordinary Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread.model import Conditions, Lever, Parameters, Policy, Shock, Switches, prepare, simulate
from carespread.model.state import AWARE, STAGES

PROVIDERS, MONTHS = 150, 15
PARTS = ("counts", "sums", "flows", "sector")
FOILS = ("dscr", "dspt", "wellness_fad", "harmful_shortcut")
USUAL = ("dscr", "dspt", "acoustic_monitoring", "electronic_medication_records")
LEVERS = (
    Lever("grant", 0.6, "2026-01", "2026-12", "small"),
    Lever("mandate", 0.2, "2026-06", None, "large", "dscr"),
    Lever("manager_retention", 0.5),
    Lever("senior_programme", 0.1),
    Lever("manager_programme", 0.1, None, "2026-12"),
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
    "movement_growth": 0.5,
    "movement_awareness": 0.05,
    "demand_effect": 1.0,
    "stance_effect": 1.0,
    "commissioner_awareness": 0.2,
    "burden_effect": 0.3,
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
CASES: dict[str, dict[str, Any]] = {
    "usual innovations": {"innovations": USUAL},
    "foils": {"months": 30},  # so long that something has been kept for two years
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
    "every reason to drop at once": {
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
        "innovations": case.get("innovations", FOILS),
        "conditions": case.get("conditions", Conditions(levers=LEVERS)),
        "switches": Switches.of(**case.get("switches", {})),
        "step": case.get("step", 1.0),
    }
    return (
        Parameters.of(**case.get("parameters", {})),
        Policy(),
        {"providers": PROVIDERS, "months": case.get("months", MONTHS), "seed": 5, **settings},
    )


def write_plain(file: Path) -> None:
    """Run every case as a plain Mesa model and write what it recorded."""
    from benchmarks.plain_mesa import PlainSector

    made = {}
    for name, case in CASES.items():
        parameters, policy, settings = arguments(case)
        sector = PlainSector(prepare(parameters, policy, **settings))
        for _ in range(settings["months"]):
            sector.step()
        made |= {f"{name}: {what}": array for what, array in sector.recorded().items()}
    np.savez(file, **made)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the plain model recorded, from a process in which nothing is compiled."""
    file = tmp_path_factory.mktemp("oracle") / "plain.npz"
    subprocess.run(
        [sys.executable, "-m", "tests.test_oracle", str(file)],
        check=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    with np.load(file) as made:
        return dict(made)


@pytest.mark.parametrize("name", CASES)
def test_the_engine_records_what_the_plain_model_records(name: str, plain: dict[str, np.ndarray]) -> None:
    parameters, policy, settings = arguments(CASES[name])
    record = simulate(parameters, policy, **settings).record
    for what in PARTS:
        engine, other = getattr(record, what), plain[f"{name}: {what}"]
        if what != "sector":
            engine = engine.sum(axis=1)
        where = np.argwhere(engine != other)
        assert len(where) == 0, f"{what} differ first at (month, ...) {where[0]}"


def test_the_cases_reach_every_turn_of_the_journey(plain: dict[str, np.ndarray]) -> None:
    counts, sums = plain["foils: counts"], plain["foils: sums"]
    assert (counts[-1].sum(axis=0) > 0).all(), dict(zip(STAGES, counts[-1].sum(axis=0), strict=True))
    assert (sums.sum(axis=(0, 1)) != 0).all()
    assert (plain["rare things often: flows"].sum(axis=0) != 0).all()
    assert (plain["rare things often: sector"].sum(axis=(0, 1)) != 0).all()
    assert plain["rare things often: counts"][-1, len(FOILS) :, AWARE:].sum() > 0  # what staff came up with


def test_every_switch_moves_the_run(plain: dict[str, np.ndarray]) -> None:
    for name in Switches._fields:
        pairs = [(plain[f"rare things often: {what}"], plain[f"without {name}: {what}"]) for what in PARTS]
        # without origination there is no room for what staff come up with; but what they came up with was counted
        assert any((usual != without).any() for usual, without in pairs if usual.shape == without.shape), name


if __name__ == "__main__":
    write_plain(Path(sys.argv[1]))
