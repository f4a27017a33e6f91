"""What small runs gave when results last changed on purpose; `python -m tests.baseline` makes it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model import Conditions, Lever, Parameters, Policy, simulate
from model.version import RESULTS_VERSION

FILE = Path(__file__).with_name("baseline.json")
LEVERS = (
    Lever("grant", 0.5, "2026-03", "2026-12", "small", "dscr"),
    Lever("mandate", 0.2, "2026-06", None, "homecare", "dspt"),
    Lever("manager_programme", 0.2, "2026-02"),
)
CASES: dict[str, dict[str, Any]] = {
    "central": {},
    "foils": {"innovations": ("wellness_fad", "harmful_shortcut")},
    "levers": {"conditions": Conditions(levers=LEVERS)},
    "regime": {"conditions": Conditions(start="2021-04", regulatory="tight", economic="supportive")},
}


def measured() -> dict[str, Any]:
    """Return, for each case, stage counts and money at every sixth month: whole numbers, so equality is exact."""
    found: dict[str, Any] = {"results_version": RESULTS_VERSION}
    for name, settings in CASES.items():
        record = simulate(Parameters.of(), Policy.of(), providers=300, months=24, seed=7, **settings).record
        found[name] = {"counts": record.counts[::6, 0].tolist(), "sums": record.sums[::6, 0].tolist()}
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(measured()) + "\n", encoding="utf-8")
