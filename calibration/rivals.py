"""Other explanations, fitted to the same data: complexity must earn its place at points that nobody fitted.

Data that count sites need a model in which groups roll out over their sites, and data that count providers do not mind:
so every level has roll-out on, and differs from the whole model in nothing that the data count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from carespread.model import BadInputError
from carespread.model.levels import LADDER, level

from .fit import LEAST_BUDGET, Fit, fit
from .forecast import MODEL, checked_against, predicted, rolling_of, series_of, start_of
from .runs import Setting

PART = 0.15
"""Of the budget of the main fit, for each rival."""
EMULATION = "adaptive emulation: others' failures are not seen"
WHOLE = f"{LADDER[-1].name}: the whole model"


def rivals() -> dict[str, dict[str, Any]]:
    """Return what each rival sets: a lower level of the ladder, or learning from others' successes alone."""
    made = {f"{one.name}: {one.says}": {**level(one.name)._asdict(), "scaling": True} for one in LADDER[:-1]}
    return {**made, EMULATION: {"success_bias": 1.0}}


def rival_rows(setting: Setting, budget: int, told: Callable[[str], None]) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Return a row a rival, as for the whole model, and the rolling forecasts of all of them.

    A rival that can make none of the data within the declared errors has no scores, and says so.
    """
    rows, rolling = [], []
    for number, (name, changes) in enumerate(rivals().items()):
        place = f"rivals/{number}"
        own = setting._replace(folder=setting.folder / place, changes=changes)
        try:
            made = fit(own, max(LEAST_BUDGET, round(PART * budget)), lambda _: None)
        except BadInputError as error:
            rows.append({"model": name, "folder": "", "fitted": setting.fitted, "verdict": str(error)})
            told(f"rival {name}: {error}")
            continue
        row, later = row_of(name, made, place)
        rows.append(row)
        rolling.append(later)
        told(f"rival {name}: log evidence {made.evidence.log:.1f}")
    return rows, pd.concat(rolling, ignore_index=True) if rolling else pd.DataFrame()


def row_of(name: str, made: Fit, place: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return what a model makes of the data that it was fitted to, and its forecasts from rolling origins."""
    setting = made.setting
    monthly = predicted(made, setting.folder / "predictive")
    checked = checked_against(made, monthly)
    rolling = rolling_of(made, series_of(setting.targets, start_of(setting)), name)
    own = rolling[rolling["method"] == name] if len(rolling) else rolling
    _, misfit = made.misfits()
    row = {
        "model": name,
        "folder": place,
        "fitted": setting.fitted,
        "log_evidence": made.evidence.log,
        "evidence_error": made.evidence.error,
        "evidence_runs": made.evidence.effective,
        "prior_left": made.waves[-1].left,
        "best_misfit": float(misfit.min()),
        "data_inside": int(checked["inside"].sum()),
        "data": len(checked),
        **rolling_scores(own),
        "verdict": "",
    }
    return row, own


def rolling_scores(rolling: pd.DataFrame) -> dict[str, Any]:
    """Return mean CRPS of forecasts from rolling origins, and how many lay in their interval."""
    if not len(rolling):
        return {}
    return {
        "rolling_crps": float(rolling["crps"].mean()),
        "rolling_inside": int(rolling["inside"].sum()),
        "rolling": len(rolling),
    }


def curve_rows(rolling: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row a simple curve, from its forecasts from rolling origins."""
    if not len(rolling):
        return []
    return [
        {
            "model": str(name),
            "folder": "",
            "fitted": int(part["parameters"].iloc[0]),
            **rolling_scores(part),
            "verdict": "",
        }
        for name, part in rolling.groupby("method", sort=False)
        if name != MODEL
    ]
