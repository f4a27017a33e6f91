"""What a study may have measured, read off the state of a run: one number a provider, so that trials can be drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carespread.model.mechanisms import leadership, learning, outcomes
from carespread.model.population.country import Floats
from carespread.model.simulate import Prepared
from carespread.model.state import ABANDONED, IMPLEMENTING, STAGES, SUSTAINED, UNAWARE


def _stage(code: int) -> Callable[[Prepared, int], Floats]:
    return lambda prepared, month: (prepared.state.pairs["stage"][:, 0] == code).astype(float)


def using(prepared: Prepared, month: int) -> Floats:
    """Return who implements it or has it in routine use, 0 or 1."""
    stage = prepared.state.pairs["stage"][:, 0]
    made: Floats = ((stage == IMPLEMENTING) | (stage == SUSTAINED)).astype(float)
    return made


def site_share(prepared: Prepared, month: int) -> Floats:
    """Return the share of a provider's sites at which it is in use."""
    made: Floats = prepared.state.pairs["sites_in_use"][:, 0] / prepared.state.providers["sites"]
    return made


def practice(prepared: Prepared, month: int) -> Floats:
    """Return how much of the practice is delivered: routine use times (.7 + .3 K) of (11b)."""
    pairs = prepared.state.pairs
    made: Floats = (pairs["stage"][:, 0] == SUSTAINED) * (0.7 + 0.3 * pairs["skill"][:, 0])
    return made


def turnover(prepared: Prepared, month: int) -> Floats:
    """Return the turnover of staff, 1/month."""
    frame, state, at = prepared.frame, prepared.state, max(0, month - 1)
    keen = (learning.culture(frame, state, at, i) for i in range(len(state.rows)))
    return np.array([leadership.turnover(frame, state, at, i, one) for i, one in enumerate(keen)])


def outcome(prepared: Prepared, month: int) -> Floats:
    """Return what people gain in the month, person-months (19b)."""
    state, of = prepared.state, prepared.frame.innovations[0]
    harm = float(prepared.frame.parameters["implementation_harm"][0])
    made = []
    for i, share in enumerate(site_share(prepared, month)):
        pair = state.pairs[i, 0]
        true = outcomes.true_success(of["success"], of["former_success"], pair["fit"], pair["skill"])
        doing = int(pair["stage"]) == IMPLEMENTING
        people = int(state.providers[i]["people"])
        made.append(outcomes.person_outcome(share, of["benefit"], true, of["former_success"], people, doing, harm))
    return np.array(made, float)


MEASURES: dict[str, tuple[str, Callable[[Prepared, int], Floats]]] = {
    **{name: (f"share of organisations that are {name}", _stage(code)) for code, name in enumerate(STAGES)},
    "using_share": ("share of organisations that implement it or use it routinely", using),
    "routine_share": ("share of organisations that use it routinely", _stage(SUSTAINED)),
    "site_share": ("share of sites at which it is in use", site_share),
    "practice": ("share of the practice that is delivered: routine use x (.7 + .3 skill)", practice),
    "awareness": (
        "share of organisations that have heard of it",
        lambda prepared, month: (prepared.state.pairs["stage"][:, 0] != UNAWARE).astype(float),
    ),
    "discontinued": ("share of organisations that have abandoned it", _stage(ABANDONED)),
    "skill": ("mean skill in it, 0 to 1", lambda prepared, month: prepared.state.pairs["skill"][:, 0].copy()),
    "slack": ("mean reserves, months of running cost", lambda prepared, month: prepared.state.rows["slack"].copy()),
    "turnover": ("turnover of staff, a month", turnover),
    "closures": (
        "share of organisations that have closed since the start",
        lambda prepared, month: (prepared.state.providers["id"] != prepared.population.id).astype(float),
    ),
    "rated_good": (
        "share of organisations rated good or outstanding",
        lambda prepared, month: (prepared.state.rows["rating"] >= 0).astype(float),
    ),
    "leadership": (
        "mean leadership of managers, 0 to 1",
        lambda prepared, month: prepared.state.rows["manager"] - prepared.state.rows["worn"],
    ),
    "outcome": ("what people gain in the month, person-months an organisation", outcome),
}
"""Measures by name: what each is, and how it is read after a month of a run."""
