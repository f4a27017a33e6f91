"""What one run comes to: the numbers by which a run is judged, and who uses what in its last month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from carespread.model.groups import labels
from carespread.model.record import KEPT_MONTHS
from carespread.model.state import IMPLEMENTING, STAGES, SUSTAINED, WEIGHT
from carespread.model.table import HELD, PARTS, labels_of, monthly_arrays

from ..arrays import Array, Floats
from . import equity

if TYPE_CHECKING:
    from carespread.model import Run

HALF, FOUR_FIFTHS = 0.5, 0.8
CELLS = ("size", "setting", "region")
"""The dimensions by which every run of `carespread run` is told apart."""
GRADIENTS = ("size", "setting", "region", "self-funding", "rating")
"""The dimensions by which every run of an experiment is told apart in its last month."""
COSTS = {
    "cost_public": "councils' shares, grants, levers, wages met by fees",
    "cost_provider": "what providers pay, less what they save",
    "cost_total": "public and providers' cost",
    **PARTS,
}
AT_END = {
    "using_share": "share of organisations, in the last month",
    "site_share": "share of sites in use, by sampling weight, in the last month",
    "people_share": "share of people served at sites in use, by sampling weight, in the last month",
    "skill": "share, mean over users by sampling weight, in the last month",
    "small_provider_gap": "points: using share of organisations with 50 or more staff less that of smaller ones,"
    " in the last month",
    "concentration_index": "Erreygers index by staff, weighted by people, in the last month",
}
IN_ALL = {
    "outcome": "person-months of full benefit, whole country, all months added up",
    **{name: f"GBP at 2025 prices, whole country, all months added up: {says}" for name, says in COSTS.items()},
    "started": "organisations that began implementing, all months added up",
    "discontinued": "organisations that abandoned it, all months added up",
}
OUTCOMES = {
    "using_share_start": "share of organisations, at the end of the month before the start",
    **AT_END,
    "users": "organisations that use it in the last month, whole country, by sampling weight",
    "user_sites": "sites that use it in the last month, whole country, by sampling weight",
    "user_people": "people served at sites that use it in the last month, whole country, by sampling weight",
    "scaled_share": "share of organisations that sustain it at 80 % of their sites or more, in the last month",
    "abandoned_share": "share of organisations, in the last month",
    "kept_share": "share of those who began it at least 24 months before the end that used it for 24 months;"
    " empty if nobody did",
    "months_to_half": "months from the start until half of the organisations use it; empty if they never do",
    "months_to_four_fifths": "months from the start until 80 % of the organisations use it; empty if they never do",
    **IN_ALL,
    "concentration_raw": "concentration index by staff, weighted by people, in the last month",
    "concentration_wagstaff": "the same, normalised by Wagstaff",
}
"""Outcomes of one innovation in one run, and their units."""
OF_ALL = {
    "using_share": "share of organisations, in the last month, mean over the innovations (spread)",
    "scaled_share": "share of organisations that sustain it at 80 % of their sites or more, in the last month, mean"
    " over the innovations (scale)",
    "kept_share": "share of those who began one at least 24 months before the end that used it for 24 months; empty if"
    " nobody did (sustainment)",
    "half_time": "months from the start until half of the organisations use it, or all months of the run where they"
    " never do, mean over the innovations",
    "small_provider_gap": "points: using share of organisations with 50 or more staff less that of smaller ones, in"
    " the last month, mean over the innovations (equity)",
    "concentration_index": "Erreygers index by staff, weighted by people, in the last month, mean over the innovations",
    "outcome": "person-months of full benefit, whole country, all innovations and months added up",
    **{
        name: f"GBP at 2025 prices, whole country, all innovations and months added up: {says}"
        for name, says in COSTS.items()
    },
    "misimplementation": "share of all that is used or abandoned at the end: good ones abandoned, poor ones kept",
    "exits": "organisations that closed, all months added up",
    "originated": "innovations that staff came up with, all months added up",
}
"""Outcomes of a run as a whole, and their units."""


AT_DATE = {
    "using_share": "share of organisations, in the month that ends the name",
    "site_share": "share of sites in use, by sampling weight, in the month that ends the name",
    "people_share": "share of people served at sites in use, by sampling weight, in the month that ends the name",
}
"""Outcomes of one innovation that a design may ask for at dates."""
OF_A_LEVEL = {
    "innovation": "name",
    "providers": "organisations",
    "using": "organisations that use it in the last month",
    "weight": "organisations, whole country, by sampling weight",
    "using_weight": "organisations that use it in the last month, whole country, by sampling weight",
}


def outcome_name(outcome: str, innovation: str) -> str:
    """Return the name of the column of one outcome of one innovation."""
    return f"{outcome}_{innovation}"


def arrays_of(run: Run) -> dict[str, Array]:
    """Return the columns of the monthly table of a run, each of shape (months + 1, labels, innovations)."""
    arrays = monthly_arrays(run)
    arrays.pop("labels")
    return arrays


def run_outcomes(run: Run, arrays: dict[str, Array]) -> dict[str, float]:
    """Return every outcome of a run by the name of its column."""
    made = {f"{name}_all": value for name, value in outcomes_of_all(run, arrays).items()}
    held = {name: float(run.record.flows[-1, :, code].sum()) for name, code in HELD.items()}
    country = run.prepared.frame.settled[0].represents / WEIGHT
    for j, innovation in enumerate(run.prepared.innovations):
        series = {name: np.asarray(array[:, 0, j], float) for name, array in arrays.items()}
        providers, reached = series["providers"][-1], series["people_share"][-1]
        index = series["concentration_index"][-1]
        values = {
            "using_share_start": series["using_share"][0],
            **{name: series[name][-1] for name in AT_END},
            "users": series["using_share"][-1] * held["providers"] * country,
            "user_sites": series["site_share"][-1] * held["sites"] * country,
            "user_people": reached * held["people"] * country,
            "scaled_share": series["scaled"][-1] / providers,
            "abandoned_share": series["abandoned"][-1] / providers,
            "kept_share": kept_share(series["started"], series["kept"]),
            "months_to_half": months_to(series["using_share"], HALF),
            "months_to_four_fifths": months_to(series["using_share"], FOUR_FIFTHS),
            **{name: series[name].sum() for name in IN_ALL},
            "concentration_raw": equity.raw_of_erreygers(index, reached),
            "concentration_wagstaff": equity.wagstaff_of_erreygers(index, reached),
        }
        made |= {outcome_name(name, innovation.name): float(values[name]) for name in OUTCOMES}
    return made


def months_to(shares: Floats, level: float) -> float:
    """Return the first month in which a level is reached, NaN where it never is."""
    reached = np.flatnonzero(shares >= level)
    return float(reached[0]) if len(reached) else np.nan


def kept_share(started: Floats, kept: Floats) -> float:
    """Return which share of those who began early enough to be followed used it for two years, NaN without any."""
    followed = started[: max(0, len(started) - KEPT_MONTHS)].sum()
    return float(kept.sum() / followed) if followed > 0 else np.nan


def outcomes_of_all(run: Run, arrays: dict[str, Array]) -> dict[str, float]:
    """Return the outcomes of a run as a whole; means are over the innovations that the scenario names."""
    good = np.array([one.attributes.success > one.attributes.former_success for one in run.prepared.innovations])
    last = {name: np.asarray(arrays[name][-1, 0], float) for name in ("implementing", "sustained", "abandoned")}
    using = last["implementing"] + last["sustained"]
    taken_up = (using + last["abandoned"]).sum()
    wrong = last["abandoned"][good].sum() + using[~good].sum()
    named = [at for at, one in enumerate(run.prepared.innovations) if not one.local]
    shares = np.asarray(arrays["using_share"][:, 0, named], float)
    halves = [months_to(one, HALF) for one in shares.T]
    return {
        "using_share": float(shares[-1].mean()),
        "scaled_share": float((arrays["scaled"][-1, 0, named] / arrays["providers"][-1, 0, named]).mean()),
        "kept_share": kept_share(arrays["started"][:, 0].sum(axis=1), arrays["kept"][:, 0].sum(axis=1)),
        "half_time": float(np.mean([run.months if np.isnan(one) else one for one in halves])),
        **{
            name: float(np.asarray(arrays[name][-1, 0, named], float).mean())
            for name in ("small_provider_gap", "concentration_index")
        },
        "outcome": float(arrays["outcome"][:, 0].sum()),
        **{name: float(arrays[name][:, 0].sum()) for name in COSTS},
        "misimplementation": float(wrong / taken_up) if taken_up > 0 else np.nan,
        **{name: float(arrays[name][:, 0, 0].sum()) for name in ("exits", "originated")},
    }


def outcomes_at(run: Run, arrays: dict[str, Array], dates: Sequence[str]) -> dict[str, float]:
    """Return the shares of AT_DATE in the months `dates` (YYYY-MM), for all and for each level of the groups that are
    told apart, by the name of their column.
    """
    if not dates:
        return {}
    months = [str(month) for month in run.dates]
    groups, _ = labels_of(run.prepared.groups)
    return {
        dated_name(name, innovation.name, date, group): float(arrays[name][months.index(date), place, j])
        for date in dates
        for j, innovation in enumerate(run.prepared.innovations)
        for name in AT_DATE
        for place, group in enumerate(groups)
    }


def dated_name(outcome: str, innovation: str, date: str, group: str = "all") -> str:
    """Return the name of the column of one outcome of one innovation at a date, for all or for a level of a group."""
    of = "" if group == "all" else "_" + group.replace("=", "_").replace(" ", "_").replace("-", "_")
    return at_date(outcome_name(outcome, innovation), date) + of


def at_date(column: str, date: str) -> str:
    """Return the name of a column at a date (YYYY-MM)."""
    return f"{column}_{date.replace('-', '_')}"


def gradients(run: Run) -> dict[str, Array]:
    """Return who uses what in the last month by level of each of GRADIENTS: flat arrays, levels without a provider
    left out; `dimension` and `level` are names.
    """
    prepared = run.prepared
    using = np.isin(prepared.state.pairs["stage"], (IMPLEMENTING, SUSTAINED))
    own = prepared.state.providers["weight"] / WEIGHT
    weight = own * prepared.frame.settled[0].represents
    parts: dict[str, list[Array]] = {name: [] for name in ("dimension", "level", *OF_A_LEVEL)}
    for dimension in GRADIENTS:
        codes, names = labels(dimension, prepared.population)
        if dimension == "rating":  # inspections have moved it
            codes = prepared.state.rows["rating"] - min(prepared.population.country.ratings)
        size = len(names)
        held, weighed = np.bincount(codes, own, size), np.bincount(codes, weight, size)
        kept = held > 0
        for j in range(using.shape[1]):
            parts["dimension"].append(np.repeat(dimension, kept.sum()))
            parts["level"].append(np.array(names)[kept])
            parts["innovation"].append(np.repeat(j, kept.sum()))
            parts["providers"].append(held[kept])
            parts["using"].append(np.bincount(codes, using[:, j] * own, size)[kept])
            parts["weight"].append(weighed[kept])
            parts["using_weight"].append(np.bincount(codes, using[:, j] * weight, size)[kept])
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def last_month(run: Run) -> dict[str, Array]:
    """Return who uses what at the start and at the end, by cell of CELLS and innovation.

    Each array is flat, of length cells x innovations; cells without a provider are left out. Levels are codes.
    """
    prepared, record = run.prepared, run.record
    shape = tuple(len(levels) for _, levels in prepared.groups)
    many = len(prepared.innovations)
    codes = np.indices((*shape, many)).reshape(len(shape) + 1, -1)
    using = record.counts[..., [STAGES.index("implementing"), STAGES.index("sustained")]].sum(axis=-1) / WEIGHT
    providers, providers_end = (record.counts[month].sum(axis=-1).reshape(-1) / WEIGHT for month in (0, -1))
    kept = providers > 0
    return {
        "innovation": codes[-1][kept],
        **{name: code[kept] for (name, _), code in zip(prepared.groups, codes, strict=False)},
        "providers": providers[kept],
        "providers_end": providers_end[kept],
        "using_start": using[0].reshape(-1)[kept],
        "using_end": using[-1].reshape(-1)[kept],
    }
