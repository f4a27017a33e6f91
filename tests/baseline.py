"""What small runs gave when results last changed on purpose; `python -m tests.baseline` regenerates it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carespread.model import Conditions, Lever, Parameters, Shock, Switches, simulate
from carespread.model.version import RESULTS_VERSION

FILE = Path(__file__).with_name("baseline.json")
LEVERS = (
    Lever("grant", 0.5, "2026-03", "2026-12", "small", "dscr"),
    Lever("mandate", 0.2, "2026-06", None, "homecare", "dspt"),
    Lever("manager_programme", 0.2, "2026-02"),
)
MOVING = Parameters.of(movement_growth=0.1, demand_effect=0.25, stance_effect=0.05, burden_effect=0.05)
SHOCKS = (Shock("pandemic", "2026-06", end="2027-05"), Shock("supplier_failure", "2027-01", innovation="dscr"))
CASES: dict[str, dict[str, Any]] = {
    "central": {},
    "foils": {"innovations": ("wellness_fad", "harmful_shortcut")},
    "levers": {"conditions": Conditions(levers=LEVERS)},
    "movement": {"parameters": MOVING},
    "shocks": {"conditions": Conditions(shocks=SHOCKS)},
    "origination": {"parameters": Parameters.of(origination_rate=0.01), "switches": Switches.of(origination=True)},
    "regime": {"conditions": Conditions(start="2021-04", regulatory="tight", economic="supportive")},
}


def measured() -> dict[str, Any]:
    """Return, for each case, the record at every sixth month, to the last digit."""
    found: dict[str, Any] = {"results_version": RESULTS_VERSION}
    for name, settings in CASES.items():
        record = simulate(**({"providers": 300, "months": 24, "seed": 7} | settings)).record
        found[name] = {part: getattr(record, part)[::6].tolist() for part in record._fields}
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(measured()) + "\n", encoding="utf-8")
