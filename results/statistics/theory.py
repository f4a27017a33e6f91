"""What the claims of the theory speak of, measured at the end of a run: use, fit, errors, partners, income, flows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from carespread.model.mechanisms import partnerships
from carespread.model.state import AWARE, CAPABILITIES, EXPLORING, IMPLEMENTING, PULL_WHOLE, SUSTAINED, WEIGHT

from ..arrays import Array, Flags, Floats, Wholes

if TYPE_CHECKING:
    from carespread.model import Run
    from carespread.model.simulate import Prepared

FIFTHS = 5
ROOM = 0.2
"""Share of use at the start below which an innovation has room to move."""
TRAITS = ("leadership", "learning", "slack", "partners")
"""What makes a provider ready to begin something new when a shock strikes all (C16)."""
PANDEMIC = ("2028-03", "2029-08")
"""First and last month of the pandemic of its scenario, in which beginnings are counted with and without it."""
HALF_YEAR = 6
"""Months over which flows are added up before they are correlated."""
OF_THEORY = {
    "use_gained": "points: using share in the last month less that at the start, mean over good innovations that began"
    " below 20 %",
    "half_gain_month": "months from the start until half of the gain in use of good innovations has come; empty"
    " without a gain",
    "fit_gained": "share: fit of users in the last month less that at first, mean over users of good innovations",
    "wrong_kept": "worthless and harmful innovations in use in the last month, per 100 organisations",
    "right_abandoned": "good innovations abandoned, all months added up, per 100 organisations",
    "wrong": "worthless and harmful innovations in use in the last month and good ones abandoned in all months, per 100"
    " organisations",
    "benefit_of_use": "person-months of full benefit for each 1,000 organisation-months of use, harm taken off",
    "good_outcome": "person-months of full benefit of good innovations, whole country, all months added up",
    "originations": "innovations that staff came up with, per 1,000 organisations and year",
    "starts": "good innovations begun, all months added up, per 100 organisations",
    "months_to_routine": "months of piloting and implementing for each time that an innovation became routine",
    "skill": "share, mean over users and innovations, unweighted, in the last month",
    "least_capable_use": "points: use in the last month by the fifth with least capability at the start, mean over the"
    " innovations",
    "gap_closed": "share of the capability that innovations ask for and providers lack which their partners have,"
    " in the last month",
    "needs_met": "share of the partnerships of providers in need in which the partner has half or more of what they"
    " lack most, in the last month",
    "movement": "share: strength of the movement in the last month, mean over the innovations",
    "begun": "good innovations begun from March 2028 to August 2029, per 100 organisations that lasted",
    "begun_apart": "the same: the fifth most ready by leadership, learning, slack and partners less the fifth least",
    **{f"begun_by_{trait}": f"the same: the fifth with most {trait} less that with least" for trait in TRAITS},
    "income_apart": "points: income against the start of organisations that routinely use a good innovation less that"
    " of others of the same setting, size and rating, in the last month",
    "income_change": "points: mean distance of income from that at the start, in the last month",
    "funders_apart": "%: self-funders against the start, users less like non-users as for income, in the last month",
    "flow_correlation": "highest correlation, noise of counts taken off, between any two half-yearly flows of what was"
    " begun, became routine, was rolled out and was invented; empty if fewer than two of them move",
    "flow_apart": "lowest correlation of the same",
}
"""Measures of a run as a whole that the claims name, and their units."""


class Kinds(NamedTuple):
    """Which of the innovations that the scenario names are which, as columns."""

    named: list[int]
    good: list[int]
    """Better than what they replace."""
    wrong: list[int]
    """Worthless or harmful."""


def theory_outcomes(run: Run, arrays: dict[str, Array]) -> dict[str, float]:
    """Return every measure of OF_THEORY; means are over the innovations that the scenario names."""
    prepared = run.prepared
    named = [at for at, one in enumerate(prepared.innovations) if not one.local]
    better = [one.attributes.success > one.attributes.former_success for one in prepared.innovations]
    kinds = Kinds(named, [at for at in named if better[at]], [at for at in named if not better[at]])
    made = of_use(run, arrays, kinds) | of_providers(run, kinds) | income_apart(prepared, kinds)
    made |= {"gap_closed": gap_closed(prepared), "needs_met": needs_met(prepared)}
    made["flow_correlation"], made["flow_apart"] = flow_correlations(arrays)
    return {f"{name}_all": made[name] for name in OF_THEORY}


def of_use(run: Run, arrays: dict[str, Array], kinds: Kinds) -> dict[str, float]:
    """Return what months of use came to."""
    shares = np.asarray(arrays["using_share"][:, 0], float)
    hundreds = float(arrays["providers"][-1, 0, 0]) / 100
    roomy = [j for j in kinds.good if shares[0, j] < ROOM]
    months_used = np.nansum(shares[1:]) * run.prepared.state.providers["weight"].sum() / WEIGHT
    routinised = arrays["routinised"][:, 0].sum()
    on_the_way = arrays["exploring"][1:, 0].sum() + arrays["implementing"][1:, 0].sum()
    abandoned = float(arrays["discontinued"][:, 0, kinds.good].sum()) / hundreds
    kept = float((arrays["implementing"][-1, 0] + arrays["sustained"][-1, 0])[kinds.wrong].sum()) / hundreds
    return {
        "use_gained": float(100 * (shares[-1] - shares[0])[roomy].mean()) if roomy else np.nan,
        "half_gain_month": half_gain_month(shares[:, kinds.good].sum(axis=1)),
        "wrong_kept": kept,
        "right_abandoned": abandoned,
        "wrong": kept + abandoned,
        "benefit_of_use": float(1000 * arrays["outcome"][:, 0].sum() / months_used) if months_used > 0 else np.nan,
        "good_outcome": float(arrays["outcome"][:, 0, kinds.good].sum()),
        "originations": float(arrays["originated"][:, 0, 0].sum() * 12 / run.months / hundreds * 10),
        "starts": float(arrays["started"][:, 0, kinds.good].sum()) / hundreds,
        "months_to_routine": float(on_the_way / routinised) if routinised > 0 else np.nan,
        "movement": float(np.asarray(arrays["movement"][-1, 0, kinds.named], float).mean()),
    }


def half_gain_month(use: Floats) -> float:
    """Return the first month in which half of what use gains over a run has come, NaN without a gain."""
    gained = np.asarray(use - use[0], float)
    return float(np.flatnonzero(gained >= gained[-1] / 2)[0]) if gained[-1] > 0 else np.nan


def of_providers(run: Run, kinds: Kinds) -> dict[str, float]:
    """Return what stands in the rows of providers in the last month."""
    prepared = run.prepared
    pairs, founders = prepared.state.pairs, prepared.frame.founders
    using = np.isin(pairs["stage"], (IMPLEMENTING, SUSTAINED))
    least = fifth(founders["capability"].mean(axis=1), low=True)
    lasted = prepared.state.providers["id"] == prepared.population.id
    fit = mean_where(pairs["fit"][:, kinds.good], using[:, kinds.good])
    months = [str(month) for month in run.dates[1:]]
    first, last = (months.index(month) if month in months else len(months) for month in PANDEMIC)
    since = pairs["since"][:, kinds.good]
    begun = 100.0 * ((since >= first) & (since <= last)).sum(axis=1)[lasted]
    lead = (founders["senior_start"] + founders["manager_start"] + founders["frontline_start"]) / 3
    # partners as they are now: those of the start are not kept
    ties = np.asarray(prepared.state.network.ties, float)
    traits = [one[lasted] for one in (lead, founders["learning"], founders["slack_base"], ties)]
    ready = np.asarray(np.sum([ranks(one) for one in traits], axis=0), float)
    made = {
        "fit_gained": fit - float(prepared.frame.parameters[0].starting_fit),
        "skill": mean_where(pairs["skill"][:, kinds.named], using[:, kinds.named]),
        "least_capable_use": float(100 * using[least][:, kinds.named].mean()),
        "begun": float(begun.mean()),
        "begun_apart": apart(begun, ready),
    }
    return made | {f"begun_by_{trait}": apart(begun, one) for trait, one in zip(TRAITS, traits, strict=True)}


def ranks(values: Floats) -> Wholes:
    """Return the rank of each value, from 0; ties in the order of rows."""
    return np.asarray(np.argsort(np.argsort(values, kind="stable"), kind="stable"))


def apart(values: Floats, by: Floats) -> float:
    """Return how much higher the values of the fifth with most of something are than those of the fifth with least."""
    return float(values[fifth(by, low=False)].mean() - values[fifth(by, low=True)].mean())


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


def gaps(prepared: Prepared) -> Floats:
    """Return what each provider lacks of each capability for the innovations that it knows, pilots or implements."""
    state, frame = prepared.state, prepared.frame
    in_need = np.isin(state.pairs["stage"], (AWARE, EXPLORING, IMPLEMENTING)) & (state.sector["running"] > 0)
    elsewhere = float(frame.parameters[0].asked_elsewhere)
    asks = np.array([partnerships.required(one) for one in frame.innovations["complexity"]])
    of_kind = frame.innovations["capability"][:, None] == np.arange(CAPABILITIES)
    asked = asks[:, None] * np.where(of_kind, 1.0, elsewhere)
    needed = (in_need[:, :, None] * asked[None]).max(axis=1)
    return np.asarray(np.maximum(needed - state.capability, 0.0), float)


def gap_closed(prepared: Prepared) -> float:
    """Return which share of what providers lack their partners have: min(gap, (best c_k - c)+) over gap, summed."""
    state, gap = prepared.state, gaps(prepared)
    best = np.zeros_like(state.capability)
    network = state.network
    for slot in range(int(network.ties.max(initial=0))):
        held = network.ties > slot
        best[held] = np.maximum(best[held], state.capability[network.partners[network.first[:-1][held] + slot]])
    met = np.minimum(gap, np.maximum(best - state.capability, 0.0))
    return float(met.sum() / gap.sum()) if gap.sum() > 0 else np.nan


def needs_met(prepared: Prepared) -> float:
    """Return the share of partnerships of providers in need in which the partner has half of what they lack most."""
    state, gap = prepared.state, gaps(prepared)
    network, most, where = state.network, gap.max(axis=1), gap.argmax(axis=1)
    own = np.take_along_axis(state.capability, where[:, None], axis=1)[:, 0]
    met = held = 0
    for slot in range(int(network.ties.max(initial=0))):
        rows = np.flatnonzero((network.ties > slot) & (most > 0))
        partners = network.partners[network.first[rows] + slot]
        met += int((state.capability[partners, where[rows]] - own[rows] >= most[rows] / 2).sum())
        held += len(rows)
    return met / held if held else np.nan


def income_apart(prepared: Prepared, kinds: Kinds) -> dict[str, float]:
    """Return how much better income and self-funders of users stand against the start than those of like non-users."""
    from carespread.model.record import BIG

    state, founders = prepared.state, prepared.frame.founders
    lasted = state.providers["id"] == prepared.population.id
    uses = (state.pairs["stage"][:, kinds.good] == SUSTAINED).any(axis=1)[lasted]
    size = (state.providers["staff"] >= BIG).astype(int)
    like = (100 * founders["rating"] + 10 * state.providers["setting"] + size)[lasted]
    income = (state.rows["received"] / state.traits["revenue"] - 100.0)[lasted]
    funders = np.zeros(len(like))
    if prepared.frame.switches[0].market:
        market = state.market[state.providers["area"], state.providers["setting"]]
        kept = np.divide(market["start"], market["now"], out=np.ones(len(market)), where=market["now"] > 0)
        funders = (100.0 * state.shown["appeal"] / PULL_WHOLE * kept - 100.0)[lasted]
    return {
        "income_apart": matched(income, uses, like),
        "income_change": float(np.abs(income).mean()),
        "funders_apart": matched(funders, uses, like),
    }


def matched(values: Floats, users: Flags, like: Wholes) -> float:
    """Return the mean difference between users and non-users of the same kind, kinds weighed by how well they tell."""
    total = weights = 0.0
    for kind in np.unique(like):
        ones, others = values[(like == kind) & users], values[(like == kind) & ~users]
        if len(ones) and len(others):
            weight = len(ones) * len(others) / (len(ones) + len(others))
            total, weights = total + weight * float(ones.mean() - others.mean()), weights + weight
    return total / weights if weights else np.nan


def flow_correlations(arrays: dict[str, Array]) -> tuple[float, float]:
    """Return the highest and lowest correlation between two of the four half-yearly flows that move (C19).

    Counts of events vary by chance as much as they are: that part of their variance is taken off, so that flows are
    not told apart by noise alone.
    """
    monthly = [
        arrays["originated"][1:, 0, 0],
        arrays["routinised"][1:, 0].sum(axis=1),
        np.diff(arrays["scaled"][:, 0].sum(axis=1)),
        arrays["started"][1:, 0].sum(axis=1),
    ]
    whole = len(monthly[0]) // HALF_YEAR * HALF_YEAR
    flows = [np.asarray(one, float)[:whole].reshape(-1, HALF_YEAR).sum(axis=1) for one in monthly]
    moving = [(one, float(one.var(ddof=1) - abs(one.mean()))) for one in flows if len(one) > 2]
    moving = [(one, left) for one, left in moving if left > 0]
    found = [
        float(np.clip(np.cov(one, other)[0, 1] / np.sqrt(left * remaining), -1.0, 1.0))
        for (one, left), (other, remaining) in itertools.combinations(moving, 2)
    ]
    return max(found, default=np.nan), min(found, default=np.nan)
