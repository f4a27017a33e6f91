"""Learning, skill, a movement and adaptive emulation alone: presets of the very kernels that run the sector."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..population.network import network_from
from ..state import AWARE, MOVEMENT, SUSTAINED
from ..step import advance_month, remember_start, run_months
from .world import CERTAIN, nodes_of, number_within, only, preset, seed_users, whole_number, world_of


def beta_bernoulli(
    prior: tuple[float, float],
    success: float,
    trials: int,
    months: int,
    size: int,
    misreading: float = 0.0,
    seed: int = 1,
) -> np.ndarray:
    """Return what `size` users believe at every month, float of shape (months + 1, size, 2): a and b of Beta(a, b).

    Everybody uses an innovation that works in a share `success` of `trials` a month (1 to 30) and looks at every
    result; a result is taken for its opposite with probability `misreading`, and then counts for 1 - misreading. No
    evidence is forgotten until a + b is 500, the most that (10) holds.
    """
    a, b = (number_within("prior", value, 1e-9, 500) for value in prior)
    number_within("success", success, 0, 1)
    number_within("misreading", misreading, 0, 0.5)
    size, months = whole_number("size", size, 1), whole_number("months", months, 0)
    # eps = eps_0 (1 - lambda): who misreads every eps-th result looks at the others
    parameters = preset(
        trials=whole_number("trials", trials, 1, 30), misreading=1.0, evidence_memory=1.0, partner_evidence=0.0
    )
    frame, state, record = world_of(size, None, parameters, only("learning"), 1.0, seed, max(1, months))
    state.traits["learning"] = 1.0 - misreading
    frame.innovations["success"] = success
    frame.innovations["prior_successes"], frame.innovations["prior_failures"] = a, b
    seed_users(state, np.arange(size))
    state.pairs["skill"] = state.pairs["fit"] = 1.0
    state.pairs["successes"], state.pairs["failures"] = a, b
    beliefs = np.empty((months + 1, size, 2))
    for month in range(months + 1):
        beliefs[month, :, 0], beliefs[month, :, 1] = state.pairs["successes"][:, 0], state.pairs["failures"][:, 0]
        if month < months:
            advance_month(frame, state, record, month)
    return beliefs


def skill_path(start: float, gain: float, turnover: float, codification: float, months: int) -> np.ndarray:
    """Return skill at every month of use, float of shape (months + 1,): (12) with u = `gain` and tau' =
    `turnover` (1 - `codification`), in 1/month.
    """
    for name, value in (("start", start), ("gain", gain), ("turnover", turnover), ("codification", codification)):
        number_within(name, value, 0, 1)
    months = whole_number("months", months, 0)
    parameters = preset(skill_learning=gain)
    frame, state, record = world_of(1, None, parameters, only("skill"), 1.0, 1, max(1, months))
    state.traits["learning"] = 1.0
    frame.innovations["codification"] = codification
    frame.schedule.around["turnover"] = turnover
    seed_users(state, np.arange(1))
    state.pairs["skill"] = start
    skill = [start]
    for month in range(months):
        advance_month(frame, state, record, month)
        skill.append(float(state.pairs["skill"][0, 0]))
    return np.array(skill)


def movement_path(graph: Any, users: Any, growth: float, decay: float, months: int) -> np.ndarray:
    """Return the strength of a movement at every month, float of shape (months + 1,): (16a) among `users`, nodes of
    a graph that go on using; `growth` is chi and `decay` delta_M, in 1/month.
    """
    number_within("growth", growth, 0, 1)
    number_within("decay", decay, 0, 1)
    network, months = network_from(graph), whole_number("months", months, 0)
    size = len(network.ties)
    parameters = preset(movement_growth=growth, movement_decay=decay)
    frame, state, record = world_of(size, network, parameters, only("movement"), 1.0, 1, max(1, months), months)
    seed_users(state, nodes_of(users, size, 1, "users"))
    remember_start(frame, state, record)
    run_months(frame, state, record, 0, months)
    return record.sector[:, 0, MOVEMENT].copy()


def adaptive_emulation(
    graph: Any, start: Any, months: int, success: float = 0.5, success_bias: float = 1.0, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return users at every month, int64 of shape (months + 1,), and what those who do not use it believe of the
    share of successes, float of the same shape (Strang & Macy 2001).

    Everybody knows of a practice that works in a share `success` of trials, just as often as what it replaces at
    .5; all see how it goes with their neighbours, but a failure only with probability 1 - `success_bias`. Who
    believes in it takes it up; who finds that it is no better abandons it, and may come back.
    """
    number_within("success", success, 0, 1)
    number_within("success_bias", success_bias, 0, 1)
    network, months = network_from(graph), whole_number("months", months, 0)
    size = len(network.ties)
    parameters = preset(
        attention=0.3,
        pilot_rate=CERTAIN,
        implementation_rate=CERTAIN,
        adoption_threshold=0.75,  # in clear differences: believed in above .65
        choice_noise=0.25,
        sustain_hazard=0.05,
        value_sensitivity=4.0,
        reconsider=0.05,
        trials=2,
        misreading=0.0,
        evidence_memory=0.95,
        partner_evidence=1.0,
        success_bias=success_bias,
    )
    switches = only("value", "choice", "sustaining", "abandonment", "learning", "journey")
    frame, state, record = world_of(size, network, parameters, switches, 1.0, seed, max(1, months))
    state.traits["learning"] = 1.0
    frame.innovations["success"], frame.innovations["former_success"] = success, 0.5
    frame.innovations["compatibility"] = 1.0
    frame.innovations["prior_successes"] = frame.innovations["prior_failures"] = 2.0
    frame.schedule.regime["advantage"] = 1.0
    state.pairs["stage"] = AWARE
    state.pairs["successes"] = state.pairs["failures"] = 2.0
    state.pairs["skill"] = state.pairs["fit"] = 1.0
    state.capability[:] = 1.0
    seed_users(state, nodes_of(start, size, seed))
    users, believed = [], []
    for month in range(months + 1):
        using = state.pairs["stage"][:, 0] == SUSTAINED
        pairs = state.pairs[~using, 0]
        users.append(int(using.sum()))
        believed.append(
            float(np.mean(pairs["successes"] / (pairs["successes"] + pairs["failures"]))) if len(pairs) else np.nan
        )
        if month < months:
            advance_month(frame, state, record, month)
    return np.array(users, np.int64), np.array(believed)
