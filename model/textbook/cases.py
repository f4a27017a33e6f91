"""Bass, SI, thresholds, the stage chain, learning and more: presets of the very kernels that run the sector.

Nothing here decides anything: each case sets parameters and switches so that what is left of the model is the
published one, and calls the production step. So what `verify` checks is what runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..declare import BadInputError, nearest
from ..population.network import network_from
from ..state import AWARE, IMPLEMENTING, STAGES, SUSTAINED, Frame, Network, Record, State
from ..step import advance_month
from .learning import adaptive_emulation, beta_bernoulli, movement_path, skill_path
from .world import (
    CERTAIN,
    UNBOUNDED,
    nodes_of,
    number_within,
    only,
    preset,
    seed_users,
    users_of,
    whole_number,
    world_of,
)

LETTERS = "UAEIS"
ARROWS = ("U-A", "A-E", "E-I", "E-X", "I-S", "I-X", "S-X", "X-A")


def bass(
    p: float, q: float, size: int, steps: int, dt: float, graph: Any = None, seed: int = 1, recovery: float = 0.0
) -> np.ndarray:
    """Return the users of Bass (1969) at every step, int64 of shape (steps + 1,), nobody using at step 0.

    p and q are hazards per unit of time and `dt` the step in that unit; `recovery` is the hazard of giving up again.
    Without `graph` everyone sees everyone; with it (networkx with nodes 0..size-1, or CSR arrays) a node sees the mean
    use of its neighbours.
    """
    network = None if graph is None else network_from(graph, whole_number("size", size, 1))
    frame, state, record = _two_stages(
        whole_number("size", size, 1), network, whole_number("steps", steps, 0), dt, seed, p=p, q=q, recovery=recovery
    )
    return users_of(frame, state, record)


def si(graph_or_size: Any, beta: float, start: Any, steps: int, dt: float, seed: int = 1) -> np.ndarray:
    """Return the users at every step of SI with hazard beta times the share of using neighbours, shape (steps + 1,).

    `graph_or_size` is a number of nodes that all see each other, or a graph; `start` a number of nodes, drawn by
    `seed`, or an array of nodes.
    """
    return sis(graph_or_size, beta, 0.0, start, steps, dt, seed)


def sis(
    graph_or_size: Any, beta: float, recovery: float, start: Any, steps: int, dt: float, seed: int = 1
) -> np.ndarray:
    """Return the users at every step of SIS: as `si`, and users give up with hazard `recovery`, shape (steps + 1,)."""
    number_within("beta", beta, 0, UNBOUNDED)
    complete = isinstance(graph_or_size, (int, np.integer))
    network = None if complete else network_from(graph_or_size)
    size = whole_number("size", graph_or_size, 1) if network is None else len(network.ties)
    steps = whole_number("steps", steps, 0)
    frame, state, record = _two_stages(size, network, steps, dt, seed, q=beta, recovery=recovery)
    seed_users(state, nodes_of(start, size, seed))
    return users_of(frame, state, record)


def thresholds(
    graph: Any, thresholds: Any, seeds: Any, rule: str = "share", steps: int | None = None, seed: int = 1
) -> np.ndarray:
    """Return the users at every step of a threshold model (Granovetter 1978, Watts 2002, Centola & Macy 2007).

    A node joins when the share ("share": count/degree in float64) or the count ("count") of its using neighbours is
    at least its threshold (one number, or one a node); all move at once, nobody leaves, and a node without
    neighbours never joins. `seeds` is an array of nodes (or a number of them, drawn by `seed`). Without `steps` it
    runs until nothing changes; the last entry is then the final number.
    """
    if rule not in ("share", "count"):
        raise BadInputError(f"Unknown rule {rule!r}: {nearest(str(rule), ('share', 'count'))}")
    network = network_from(graph)
    size = len(network.ties)
    try:
        limits = np.ascontiguousarray(np.broadcast_to(np.asarray(thresholds, dtype=float), (size,)))
    except (TypeError, ValueError):
        raise BadInputError(f"thresholds must be one number, or one for each of the {size} nodes.") from None
    if np.isnan(limits).any():
        raise BadInputError("thresholds holds NaN: every node needs a number.")
    parameters = preset(
        attention=CERTAIN,
        partner_layer=1.0,
        norm_form=1 if rule == "share" else 2,
        peer_norm=1.0,
        adoption_threshold=0.5,
        choice_noise=0.0,
    )
    switches = only("exposure", "value", "choice")
    limit = None if steps is None else whole_number("steps", steps, 0)
    frame, state, record = world_of(
        size, network, parameters, switches, 1.0, seed, max(1, limit or 1), limit, norm_threshold=limits
    )
    state.pairs["stage"] = AWARE
    seed_users(state, nodes_of(seeds, size, seed, "seeds"))
    if limit is not None:
        return users_of(frame, state, record)
    users = [-1, int((state.pairs["stage"] == SUSTAINED).sum())]
    while users[-1] > users[-2]:
        advance_month(frame, state, record, 0)
        users.append(int((state.pairs["stage"] == SUSTAINED).sum()))
    return np.array(users[1:-1], np.int64)


def stage_chain(
    probabilities: Mapping[str, float], size: int, months: int, seed: int = 1, start: str = "U"
) -> np.ndarray:
    """Return the stage of every provider at every month of a Markov chain, int8 of shape (months + 1, size).

    `probabilities` are monthly, such as {"U-A": .05, "E-I": .15, "E-X": .05}; those that leave one stage become
    hazards -ln(1 - their sum), split in proportion. Codes: 0 U, 1 A, 2 E, 3 I, 4 S, 5 X; all begin at `start`.
    """
    if not isinstance(probabilities, Mapping):
        raise BadInputError('probabilities must map transitions to monthly probabilities, such as {"U-A": 0.05}.')
    for arrow, probability in probabilities.items():
        if arrow not in ARROWS:
            raise BadInputError(f"Unknown transition {arrow!r}: {nearest(str(arrow), ARROWS)}")
        number_within(f"the probability {arrow}", probability, 0, 1)
    if start not in (*LETTERS, "X"):
        raise BadInputError(f"start is {start!r}: it must be one of {', '.join((*LETTERS, 'X'))}.")
    size, months = whole_number("size", size, 1), whole_number("months", months, 0)

    def hazards(stage: str, *arrows: str) -> list[float]:
        chances = [float(probabilities.get(f"{stage}-{arrow}", 0.0)) for arrow in arrows]
        total = sum(chances)
        if total > 1 + 1e-12:
            raise BadInputError(f"The probabilities that leave {stage} add to {total:g}: they must add to at most 1.")
        if total == 0:
            return [0.0] * len(arrows)
        whole = min(CERTAIN, -math.log1p(-total)) if total < 1 else CERTAIN
        return [whole * chance / total for chance in chances]

    further, tried_in_vain = hazards("E", "I", "X")
    routine, given_up = hazards("I", "S", "X")
    (abandoned,) = hazards("S", "X")
    # r_IX h_S0 is the hazard of giving up while implementing; where S is absorbing, the switch says so
    base = abandoned if abandoned > 0 else 1.0
    parameters = preset(
        base_awareness=hazards("U", "A")[0],
        attention=hazards("A", "E")[0],
        pilot_rate=further + tried_in_vain,
        chance_to_pass=further / (further + tried_in_vain) if further + tried_in_vain > 0 else 0.0,
        implementation_rate=routine,
        sustain_hazard=base,
        implementation_abandonment=given_up / base,
        reconsider=hazards("X", "A")[0],
    )
    switches = only("journey", *(["sustaining"] if abandoned > 0 else []))
    frame, state, record = world_of(size, None, parameters, switches, 1.0, seed, max(1, months))
    first = (*LETTERS, "X").index(start)
    state.pairs["stage"] = first
    state.pairs["sites_in_use"] = 1 if first in (IMPLEMENTING, SUSTAINED) else 0
    stages = np.empty((months + 1, size), np.int8)
    stages[0] = state.pairs["stage"][:, 0]
    for month in range(months):
        advance_month(frame, state, record, month)
        stages[month + 1] = state.pairs["stage"][:, 0]
    return stages


def _two_stages(
    size: int,
    network: Network | None,
    steps: int,
    dt: float,
    seed: int,
    p: float = 0.0,
    q: float = 0.0,
    recovery: float = 0.0,
) -> tuple[Frame, State, Record]:
    """Return the world of two stages, unaware and using: (2) takes up, a constant hazard gives up."""
    for name, value in (("p", p), ("q", q), ("recovery", recovery)):
        number_within(name, value, 0, UNBOUNDED)
    number_within("dt", dt, 1e-12, 1e6)
    layer = "area_layer" if network is None else "partner_layer"
    parameters = preset(base_awareness=p, imitation=q, sustain_hazard=recovery, **{layer: 1.0})
    on = ["exposure"] + (["sustaining"] if recovery > 0 else [])
    return world_of(size, network, parameters, only(*on), dt, seed, max(1, steps), steps)


__all__ = [
    "STAGES",
    "adaptive_emulation",
    "bass",
    "beta_bernoulli",
    "movement_path",
    "si",
    "sis",
    "skill_path",
    "stage_chain",
    "thresholds",
]
