"""Other explanations, fitted to the same data: complexity must earn its place at points that nobody fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from carespread.model import BadInputError
from carespread.model.levels import LADDER, level

from .fit import LEAST_BUDGET, Fit, fit
from .forecast import MODEL, validated
from .runs import Setting
from .targets import Target

PART = 0.2
"""Of the budget of the main fit, for each rival."""
EMULATION = "adaptive emulation (others' failures are not seen)"


def rivals() -> dict[str, dict[str, Any]]:
    """Return what each rival sets: a lower level of the ladder, or learning from others' successes alone."""
    made = {f"{one.name}: {one.says}": dict(level(one.name)._asdict()) for one in LADDER[:-1]}
    return {**made, EMULATION: {"success_bias": 1.0}}


def rival_table(
    main: Fit, targets: tuple[Target, ...], setting: Setting, budget: int, told: Callable[[str], None]
) -> pd.DataFrame:
    """Return a row a model: how much of the prior is left, misfit at fitted points, scores at points held out.

    A rival that can make none of the data within the declared errors has no scores, and says so.
    """
    rows = [scores_of(MODEL, main, targets)]
    for number, (name, changes) in enumerate(rivals().items()):
        own = setting._replace(folder=setting.folder / "rivals" / f"{number}", changes=changes)
        try:
            made = fit(own, max(LEAST_BUDGET, round(PART * budget)), lambda _: None)
        except BadInputError as error:
            rows.append({"model": name, "verdict": str(error)})
            told(f"rival {name}: {error}")
            continue
        rows.append(scores_of(name, made, targets))
        told(f"rival {name}: {100 * made.waves[-1].left:.2f} % of the prior is left")
    return pd.DataFrame(rows)


def scores_of(name: str, made: Fit, targets: tuple[Target, ...]) -> dict[str, Any]:
    """Return the scores of one model, without the widening that only the main fit is checked for."""
    forecast = validated(made, targets, 1.0, made.setting.folder / "predictive")
    own = forecast.validation[forecast.validation["method"] == MODEL]
    _, misfit = made.misfits()
    return {
        "model": name,
        "prior_left": made.waves[-1].left,
        "best_misfit": float(misfit.min()),
        "error": float(own["error"].abs().mean()),
        "interval_score": float(own["interval_score"].mean()),
        "crps": float(own["crps"].mean()),
        "inside": int(own["inside"].sum()),
        "of": len(own),
        "verdict": "",
    }
