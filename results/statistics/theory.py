"""What the claims of the theory speak of, measured at the end of a run: journeys, ties, gaps, beliefs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from carespread.model.mechanisms import outcomes, partnerships
from carespread.model.mechanisms.movements import density
from carespread.model.state import AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, WEIGHT

from ..arrays import Array, Flags, Floats

if TYPE_CHECKING:
    from carespread.model import Run
    from carespread.model.simulate import Prepared

FIFTHS = 5
TRAITS = ("leadership", "learning", "slack")
"""What the providers differ in when a shock strikes all of them (C16)."""
OF_THEORY = {
    "changed_stage": "share of the organisations that lasted whose stage of any innovation is not that of the start",
    "outcome_per_user": "person-months of full benefit for each 1,000 organisation-months of use, whole country",
    "skill": "share, mean over users and innovations, unweighted, in the last month",
    "ties_ended": "partnerships that ended, a provider and year",
    "least_capable_use": "share of the fifth with least capability at the start that uses it in the last month, mean"
    " over the innovations",
    "least_capable_sustained": "share of the fifth with least capability at the start for which it is routine in the"
    " last month, mean over the innovations",
    "gap_closed": "share of the capability that innovations ask for and providers lack which their partners have,"
    " in the last month",
    "user_ties": "share of ties that join two users, by sampling weight, in the last month, mean over the innovations",
    "movement": "share: strength of the movement in the last month, mean over the innovations",
    "months_to_routine": "months of piloting and implementing for each time that an innovation became routine",
    "belief_gap": "share: mean distance between what users believe of the success of an innovation and what it is for"
    " them, in the last month",
    "income_gap": "points: income of organisations with 50 or more staff against the start less that of smaller ones,"
    " in the last month",
    "curve_correlation": "highest correlation between any two of the monthly curves of what was developed, is"
    " sustained, is scaled and has spread; empty if fewer than two of them move",
    **{
        f"use_{trait}_{end}": f"share of the fifth with {which} {trait} at the start that uses it in the last month,"
        " mean over the innovations"
        for trait in TRAITS
        for end, which in (("low", "least"), ("high", "most"))
    },
}
"""Measures of a run as a whole that the claims name, and their units."""


def theory_outcomes(run: Run, arrays: dict[str, Array]) -> dict[str, float]:
    """Return every measure of OF_THEORY; means are over the innovations that the scenario names."""
    prepared = run.prepared
    named = [at for at, one in enumerate(prepared.innovations) if not one.local]
    stages = prepared.state.pairs["stage"][:, named]
    using, routine = np.isin(stages, (IMPLEMENTING, SUSTAINED)), stages == SUSTAINED
    lasted = prepared.state.providers["id"] == prepared.population.id
    changed = (stages != prepared.first_stage[:, named]).any(axis=1)
    at_start = prepared.frame.founders["capability"].mean(axis=1)
    least = fifth(at_start, low=True)
    months_used = np.nansum(arrays["using_share"][1:, 0]) * prepared.state.providers["weight"].sum() / WEIGHT
    routinised = arrays["routinised"][:, 0].sum()
    on_the_way = arrays["exploring"][1:, 0].sum() + arrays["implementing"][1:, 0].sum()
    ended = arrays["ties_ended"][1:, 0, 0].sum() / len(lasted)
    made = {
        "changed_stage": float(changed[lasted].mean()),
        "outcome_per_user": float(1000 * arrays["outcome"][:, 0].sum() / months_used) if months_used > 0 else np.nan,
        "skill": mean_where(prepared.state.pairs["skill"][:, named], using),
        "ties_ended": float(ended * 12 / run.months),
        "least_capable_use": float(using[least].mean()),
        "least_capable_sustained": float(routine[least].mean()),
        "gap_closed": gap_closed(prepared),
        "user_ties": float(np.mean([density(prepared.frame, prepared.state, j) for j in named])),
        "movement": float(np.asarray(arrays["movement"][-1, 0, named], float).mean()),
        "months_to_routine": float(on_the_way / routinised) if routinised > 0 else np.nan,
        "belief_gap": belief_gap(prepared),
        "income_gap": income_gap(prepared),
        "curve_correlation": curve_correlation(arrays),
    }
    founders = prepared.frame.founders
    lead = (founders["senior_start"] + founders["manager_start"] + founders["frontline_start"]) / 3
    traits = (lead, founders["learning"], founders["slack_base"])
    for trait, values in zip(TRAITS, traits, strict=True):
        made[f"use_{trait}_low"] = float(using[fifth(values, low=True)].mean())
        made[f"use_{trait}_high"] = float(using[fifth(values, low=False)].mean())
    return {f"{name}_all": made[name] for name in OF_THEORY}


def fifth(values: Floats, low: bool) -> Flags:
    """Return which rows belong to the lowest (highest) fifth."""
    order = np.argsort(values, kind="stable")
    many = max(1, len(values) // FIFTHS)
    chosen = np.zeros(len(values), bool)
    chosen[order[:many] if low else order[-many:]] = True
    return chosen


def mean_where(values: Floats, kept: Flags) -> float:
    """Return the mean of the values that are kept, NaN without any."""
    return float(values[kept].mean()) if kept.any() else np.nan


def gap_closed(prepared: Prepared) -> float:
    """Return which share of what providers lack their partners have: min(gap, (best c_k - c)+) over gap, summed."""
    state, frame = prepared.state, prepared.frame
    stages = state.pairs["stage"]
    in_need = np.isin(stages, (AWARE, EXPLORING, IMPLEMENTING)) & (state.sector["running"] > 0)
    elsewhere = float(frame.parameters[0].asked_elsewhere)
    asks = np.array([partnerships.required(one) for one in frame.innovations["complexity"]])
    of_kind = frame.innovations["capability"][:, None] == np.arange(4)
    asked = asks[:, None] * np.where(of_kind, 1.0, elsewhere)
    needed = (in_need[:, :, None] * asked[None]).max(axis=1)
    best = np.zeros_like(state.capability)
    network = state.network
    for slot in range(int(network.ties.max(initial=0))):
        held = network.ties > slot
        best[held] = np.maximum(best[held], state.capability[network.partners[network.first[:-1][held] + slot]])
    gap = np.maximum(needed - state.capability, 0.0)
    met = np.minimum(gap, np.maximum(best - state.capability, 0.0))
    return float(met.sum() / gap.sum()) if gap.sum() > 0 else np.nan


def belief_gap(prepared: Prepared) -> float:
    """Return the mean of |mu - th'| over pairs in use."""
    pairs, kinds = prepared.state.pairs, prepared.frame.innovations
    using = np.isin(pairs["stage"], (IMPLEMENTING, SUSTAINED))
    if not using.any():
        return np.nan
    rows, columns = np.nonzero(using)
    held = pairs[rows, columns]
    true = np.vectorize(outcomes.true_success, otypes=[float])(
        kinds["success"][columns], kinds["former_success"][columns], held["fit"], held["skill"]
    )
    believed = held["successes"] / (held["successes"] + held["failures"])
    return float(np.abs(believed - true).mean())


def income_gap(prepared: Prepared) -> float:
    """Return how much better the income of large organisations stands against the start than that of small ones."""
    from carespread.model.record import BIG

    rows, large = prepared.state.rows, prepared.state.providers["staff"] >= BIG
    against = rows["received"] / (100.0 * prepared.state.traits["revenue"])
    if large.all() or not large.any():
        return np.nan
    return float(100 * (against[large].mean() - against[~large].mean()))


def curve_correlation(arrays: dict[str, Array]) -> float:
    """Return the highest correlation between two of the four curves that move (C19)."""
    curves = [
        np.cumsum(arrays["originated"][:, 0, 0]),
        arrays["sustained"][:, 0].sum(axis=1),
        arrays["scaled"][:, 0].sum(axis=1),
        np.nansum(arrays["using_share"][:, 0], axis=1),
    ]
    moving = [np.asarray(one, float) for one in curves if np.ptp(one) > 0]
    found = [float(np.corrcoef(one, other)[0, 1]) for one, other in itertools.combinations(moving, 2)]
    return max(found, default=np.nan)
