"""What one run comes to: the numbers by which a run is judged, and who uses what in its last month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.submodels.journey import STAGES
from model.table import monthly_arrays

if TYPE_CHECKING:
    from model import Run

HALF = 0.5
CELLS = ("size", "setting", "region")
"""The dimensions by which every run is told apart."""
AT_END = {
    "using_share": "share of organisations, unweighted, in the last month",
    "site_share": "share of sites in use, by sampling weight, in the last month",
    "people_share": "share of people served at sites in use, by sampling weight, in the last month",
    "skill": "share, mean over users by sampling weight, in the last month",
    "small_provider_gap": "points: using share of organisations with 50 or more staff less that of smaller ones,"
    " in the last month",
    "concentration_index": "Erreygers index by staff, weighted by people, in the last month",
}
IN_ALL = {
    "outcome": "person-months of full benefit, England, all months added up",
    "cost_public": "GBP at 2025 prices, England, all months added up: grants and levers",
    "cost_provider": "GBP at 2025 prices, England, all months added up",
    "started": "organisations that began implementing, unweighted, all months added up",
    "dropped": "organisations that dropped it, unweighted, all months added up",
}
OUTCOMES = {
    "using_share_start": "share of organisations, unweighted, at the end of the month before the start",
    **AT_END,
    "scaled_share": "share of organisations that sustain it at 80 % of their sites or more, in the last month",
    "abandoned_share": "share of organisations, unweighted, in the last month",
    "months_to_half": "months from the start until half of the organisations use it; empty if they never do",
    **IN_ALL,
}
"""Outcomes of one innovation in one run, and their units."""


def outcome_name(outcome: str, innovation: str) -> str:
    """Return the name of the column of one outcome of one innovation."""
    return f"{outcome}_{innovation}"


def arrays_of(run: Run) -> dict[str, np.ndarray]:
    """Return the columns of the monthly table of a run, each of shape (months + 1, labels, innovations)."""
    arrays = monthly_arrays(run)
    arrays.pop("labels")
    return arrays


def run_outcomes(run: Run, arrays: dict[str, np.ndarray]) -> dict[str, float]:
    """Return every outcome of a run by the name of its column."""
    made: dict[str, float] = {}
    for j, innovation in enumerate(run.prepared.innovations):
        series = {name: np.asarray(array[:, 0, j], float) for name, array in arrays.items()}
        half = np.flatnonzero(series["using_share"] >= HALF)
        providers = series["providers"][-1]
        values = {
            "using_share_start": series["using_share"][0],
            **{name: series[name][-1] for name in AT_END},
            "scaled_share": series["scaled"][-1] / providers,
            "abandoned_share": series["abandoned"][-1] / providers,
            "months_to_half": half[0] if len(half) else np.nan,
            **{name: series[name].sum() for name in IN_ALL},
        }
        made |= {outcome_name(name, innovation.name): float(values[name]) for name in OUTCOMES}
    return made


def last_month(run: Run) -> dict[str, np.ndarray]:
    """Return who uses what at the start and at the end, by cell of CELLS and innovation.

    Each array is flat, of length cells x innovations; cells without a provider are left out. Levels are codes.
    """
    prepared, record = run.prepared, run.record
    shape = tuple(len(levels) for _, levels in prepared.groups)
    many = len(prepared.innovations)
    codes = np.indices((*shape, many)).reshape(len(shape) + 1, -1)
    using = record.counts[..., [STAGES.index("implementing"), STAGES.index("sustained")]].sum(axis=-1)
    providers = record.counts[0].sum(axis=-1).reshape(-1)
    kept = providers > 0
    return {
        "innovation": codes[-1][kept],
        **{name: code[kept] for (name, _), code in zip(prepared.groups, codes, strict=False)},
        "providers": providers[kept],
        "using_start": using[0].reshape(-1)[kept],
        "using_end": using[-1].reshape(-1)[kept],
    }
