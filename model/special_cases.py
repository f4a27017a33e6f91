"""Bass, SI, SIS, thresholds, complex contagion and the stage chain: presets of the very kernels that run the sector.

Nothing here decides anything: each case sets parameters and switches so that what is left of the model is the
published one, and calls the production step. So what `verify` checks is what runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .declare import BadInputError, entries, nearest
from .network import network_from, network_of
from .parameters import Parameters
from .population import generator
from .state import (
    AROUND,
    INNOVATION,
    PROVIDER,
    PULLED,
    REGIME,
    SETTLED,
    SUPPORTED,
    TRAIT,
    WEIGHT,
    Network,
    Places,
    Record,
    Schedule,
    State,
    World,
    blank,
    empty_record,
    empty_state,
    one_record,
)
from .step import advance_month, remember_start, run_months
from .submodels.journey import AWARE, IMPLEMENTING, STAGES, SUSTAINED
from .switches import Switches

UNBOUNDED = 1e9
"""Ceiling of hazards, in 1/step: none."""
CERTAIN = 700.0
"""A hazard whose event is certain within a step, to the last digit."""
EVERYWHERE = Places(*[np.zeros(2, np.int64)] * 4)
"""Nobody looks for partners in a special case."""
LETTERS = "UAEIS"
ARROWS = ("U-A", "A-E", "E-I", "E-X", "I-S", "I-X", "S-X", "X-A")


def bass(p: float, q: float, size: int, steps: int, dt: float, graph: Any = None, seed: int = 1) -> np.ndarray:
    """Return the users of Bass (1969) at every step, int64 of shape (steps + 1,), nobody using at step 0.

    p and q are hazards per unit of time and `dt` the step in that unit. Without `graph` everyone sees everyone;
    with it (networkx with nodes 0..size-1, or CSR arrays) a node sees the mean use of its neighbours.
    """
    network = None if graph is None else network_from(graph, _whole("size", size, 1))
    world, state, record = _two_stages(_whole("size", size, 1), network, _whole("steps", steps, 0), dt, seed, p=p, q=q)
    return _users(world, state, record)


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
    _number("beta", beta, 0, UNBOUNDED)
    complete = isinstance(graph_or_size, (int, np.integer))
    network = None if complete else network_from(graph_or_size)
    size = _whole("size", graph_or_size, 1) if network is None else len(network.ties)
    steps = _whole("steps", steps, 0)
    world, state, record = _two_stages(size, network, steps, dt, seed, q=beta, recovery=recovery)
    _seed_users(state, _nodes(start, size, seed))
    return _users(world, state, record)


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
    preset = _preset(
        attention=CERTAIN,
        partner_layer=1.0,
        norm_form=1 if rule == "share" else 2,
        peer_norm=1.0,
        adoption_threshold=0.5,
        choice_noise=0.0,
    )
    switches = _only("exposure", "value", "choice")
    world, state, record = _world(size, network, preset, switches, 1.0, seed, 1, norm_threshold=limits)
    state.pairs["stage"] = AWARE
    _seed_users(state, _nodes(seeds, size, seed, "seeds"))
    users = [int((state.pairs["stage"] == SUSTAINED).sum())]
    limit = size if steps is None else _whole("steps", steps, 0)
    for _ in range(limit):
        advance_month(world, state, record, 0)
        users.append(int((state.pairs["stage"] == SUSTAINED).sum()))
        if steps is None and users[-1] == users[-2]:
            return np.array(users[:-1], np.int64)
    return np.array(users, np.int64)


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
        _number(f"the probability {arrow}", probability, 0, 1)
    if start not in (*LETTERS, "X"):
        raise BadInputError(f"start is {start!r}: it must be one of {', '.join((*LETTERS, 'X'))}.")
    size, months = _whole("size", size, 1), _whole("months", months, 0)

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
    (dropped,) = hazards("S", "X")
    # r_IX h_S0 is the hazard of giving up while implementing; where S is absorbing, the switch says so
    base = dropped if dropped > 0 else 1.0
    preset = _preset(
        base_awareness=hazards("U", "A")[0],
        attention=hazards("A", "E")[0],
        pilot_rate=further + tried_in_vain,
        chance_to_pass=further / (further + tried_in_vain) if further + tried_in_vain > 0 else 0.0,
        implementation_rate=routine,
        sustain_hazard=base,
        implementation_drop=given_up / base,
        reconsider=hazards("X", "A")[0],
    )
    switches = _only("journey", *(["sustaining"] if dropped > 0 else []))
    world, state, record = _world(size, None, preset, switches, 1.0, seed, max(1, months))
    first = (*LETTERS, "X").index(start)
    state.pairs["stage"] = first
    state.pairs["sites_in_use"] = 1 if first in (IMPLEMENTING, SUSTAINED) else 0
    stages = np.empty((months + 1, size), np.int8)
    stages[0] = state.pairs["stage"][:, 0]
    for month in range(months):
        advance_month(world, state, record, month)
        stages[month + 1] = state.pairs["stage"][:, 0]
    return stages


def _preset(**values: float) -> Parameters:
    """Return parameters in which all that is not named is without effect; no range binds in a special case."""
    quiet = {
        "hazard_ceiling": UNBOUNDED, "base_awareness": 0.0, "imitation": 0.0, "partner_layer": 0.0, "area_layer": 0.0,
        "setting_layer": 0.0, "broker_awareness": 0.0, "commissioner_awareness": 0.0, "attention": 0.0,
        "peer_norm": 0.0,
        "commissioning_weight": 0.0, "cost_weight": 0.0, "complexity_weight": 0.0, "burden_weight": 0.0,
        "uncertainty_weight": 0.0, "threshold_spread": 0.0, "implementation_rate": 0.0, "sustain_hazard": 0.0,
        "implementation_drop": 0.0, "reconsider": 0.0, "pilot_rate": 0.0,
    }  # fmt: skip
    known = entries(Parameters)
    return Parameters()._replace(**{name: known[name].kind(value) for name, value in (quiet | values).items()})


def _only(*on: str) -> Switches:
    """Return the switches with these on and all others off."""
    return Switches(**{name: name in on for name in Switches._fields})


def _two_stages(
    size: int,
    network: Network | None,
    steps: int,
    dt: float,
    seed: int,
    p: float = 0.0,
    q: float = 0.0,
    recovery: float = 0.0,
) -> tuple[World, State, Record]:
    """Return the world of two stages, unaware and using: (2) takes up, a constant hazard gives up."""
    for name, value in (("p", p), ("q", q), ("recovery", recovery)):
        _number(name, value, 0, UNBOUNDED)
    _number("dt", dt, 1e-12, 1e6)
    layer = "area_layer" if network is None else "partner_layer"
    preset = _preset(base_awareness=p, imitation=q, sustain_hazard=recovery, **{layer: 1.0})
    on = ["exposure"] + (["sustaining"] if recovery > 0 else [])
    return _world(size, network, preset, _only(*on), dt, seed, max(1, steps), steps)


def _world(
    size: int,
    network: Network | None,
    preset: Parameters,
    switches: Switches,
    step: float,
    seed: int,
    months: int,
    rows: int | None = None,
    norm_threshold: np.ndarray | None = None,
) -> tuple[World, State, Record]:
    """Return a world of `size` equal providers with one site and one innovation, and an empty record."""
    seed = _whole("seed", seed, 0)
    providers = blank(PROVIDER, size)
    providers["id"] = np.arange(size)
    providers["weight"] = WEIGHT
    for name in ("sites", "staff", "people"):
        providers[name] = 1
    traits = blank(TRAIT, size)
    for name in ("size_factor", "revenue", "cost"):
        traits[name] = 1
    traits["threshold"] = preset.adoption_threshold
    traits["norm_threshold"] = 0.0 if norm_threshold is None else norm_threshold
    innovations = blank(INNOVATION, 1)
    for name in ("key", "observability", "trialability", "abandonment"):
        innovations[name] = 1
    around = blank(AROUND, months, 1)
    for name in ("fee", "price", "wage", "inspection", "stance"):
        around[name] = 1.0
    schedule = Schedule(
        blank(PULLED, months, 1, 1),
        blank(SUPPORTED, months, 1),
        blank(REGIME, months, 1),
        around,
        np.zeros(months, np.int8),
    )
    constants = blank(SETTLED, 1)
    constants[0] = (seed, step, *[0.5] * 4, *[UNBOUNDED] * 3, 1.0, UNBOUNDED, UNBOUNDED)
    nobody = network_of(size, np.empty((0, 2), np.int64))
    world = World(
        one_record(preset),
        one_record(switches),
        constants,
        innovations,
        providers,
        traits,
        traits,
        EVERYWHERE,
        schedule,
    )
    return (
        world,
        empty_state(providers, nobody if network is None else network, 1),
        empty_record(months if rows is None else rows, 1, 1),
    )


def _users(world: World, state: State, record: Record) -> np.ndarray:
    """Return the users at every step of the whole-run kernel."""
    remember_start(world, state, record)
    run_months(world, state, record, 0, record.counts.shape[0] - 1)
    return record.counts[:, 0, 0, SUSTAINED].copy()


def _seed_users(state: State, nodes: np.ndarray) -> None:
    state.pairs["stage"][nodes] = SUSTAINED
    state.pairs["sites_in_use"][nodes] = 1


def _nodes(start: Any, size: int, seed: int, name: str = "start") -> np.ndarray:
    """Return the nodes that use it at step 0; `name` is the caller's argument."""
    if isinstance(start, (int, np.integer)) and not isinstance(start, bool):
        if not 0 <= start <= size:
            raise BadInputError(f"{name} is {start}: it must be from 0 to {size} nodes.")
        return np.sort(generator(seed, "special case start").choice(size, int(start), replace=False))
    given = np.asarray(list(start)) if hasattr(start, "__iter__") else np.asarray([start])
    # a mask of booleans, or shares, would otherwise be read as the nodes 0 and 1
    if given.size and not (np.issubdtype(given.dtype, np.integer) and given.ndim == 1):
        raise BadInputError(f"{name} is {start!r}: it must be a number of nodes, or whole numbers that name them.")
    nodes = np.unique(given.astype(np.int64))
    if len(nodes) and (nodes[0] < 0 or nodes[-1] >= size):
        raise BadInputError(
            f"{name} holds the node {nodes[-1] if nodes[0] >= 0 else nodes[0]}: nodes are 0 to {size - 1}."
        )
    return nodes


def _whole(name: str, value: Any, low: int) -> int:
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__") or int(value) < low:
        raise BadInputError(f"{name} is {value!r}: it must be a whole number of at least {low}.")
    return int(value)


def _number(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__") or not low <= float(value) <= high:
        raise BadInputError(f"{name} is {value!r}: it must be a number from {low:g} to {high:g}.")


__all__ = ["STAGES", "bass", "si", "sis", "stage_chain", "thresholds"]
