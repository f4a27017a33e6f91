"""A world of equal providers with one innovation, in which only what is named acts: what special cases are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from carespread.refusal import shown

from ..declare import BadInputError, entries
from ..parameters import Parameters
from ..population.draws import generator
from ..population.network import network_of
from ..population.newcomers import none
from ..state import (
    AROUND,
    INNOVATION,
    PROVIDER,
    PULLED,
    REGIME,
    SETTLED,
    SUPPORTED,
    SUSTAINED,
    TRAIT,
    WEIGHT,
    Frame,
    Network,
    Places,
    Record,
    Schedule,
    State,
    blank,
    empty_record,
    empty_state,
    one_record,
)
from ..step import remember_start, run_months
from ..switches import Switches

UNBOUNDED = 1e9
"""Ceiling of hazards, in 1/step: none."""
MOST = 10_000_000
"""Nodes, or steps, of a special case."""
CERTAIN = 700.0
"""A hazard whose event is certain within a step, to the last digit."""
EVERYWHERE = Places(*[np.zeros(2, np.int64)] * 4)
"""Nobody looks for partners in a special case."""


def preset(**values: float) -> Parameters:
    """Return parameters in which all that is not named is without effect; no range binds in a special case."""
    quiet = {
        "hazard_ceiling": UNBOUNDED, "base_awareness": 0.0, "imitation": 0.0, "partner_layer": 0.0, "area_layer": 0.0,
        "setting_layer": 0.0, "broker_awareness": 0.0, "commissioner_awareness": 0.0, "attention": 0.0,
        "peer_norm": 0.0,
        "commissioning_weight": 0.0, "cost_weight": 0.0, "complexity_weight": 0.0, "burden_weight": 0.0,
        "uncertainty_weight": 0.0, "threshold_spread": 0.0, "implementation_rate": 0.0, "sustain_hazard": 0.0,
        "implementation_abandonment": 0.0, "reconsider": 0.0, "pilot_rate": 0.0,
    }  # fmt: skip
    known = entries(Parameters)
    return Parameters()._replace(**{name: known[name].kind(value) for name, value in (quiet | values).items()})


def only(*on: str) -> Switches:
    """Return the switches with these on and all others off."""
    return Switches(**{name: name in on for name in Switches._fields})


def world_of(
    size: int,
    network: Network | None,
    parameters: Parameters,
    switches: Switches,
    step: float,
    seed: int,
    months: int,
    rows: int | None = None,
    norm_threshold: np.ndarray | None = None,
) -> tuple[Frame, State, Record]:
    """Return a world of `size` equal providers with one site and one innovation, and an empty record."""
    seed = whole_number("seed", seed, 0, 2**63 - 1)
    providers = blank(PROVIDER, size)
    providers["id"] = np.arange(size)
    providers["weight"] = WEIGHT
    for name in ("sites", "staff", "people"):
        providers[name] = 1
    traits = blank(TRAIT, size)
    for name in ("revenue", "cost"):
        traits[name] = 1
    traits["adoption_threshold"] = parameters.adoption_threshold
    traits["norm_threshold"] = 0.0 if norm_threshold is None else norm_threshold
    innovations = blank(INNOVATION, 1)
    for name in ("key", "observability", "trialability", "compatibility"):
        innovations[name] = 1
    innovations["base_awareness"], innovations["imitation"] = parameters.base_awareness, parameters.imitation
    innovations["base_abandonment"], innovations["attention"] = parameters.sustain_hazard, parameters.attention
    for name in ("pilot_rate", "implementation_rate"):
        innovations[name] = getattr(parameters, name)
    around = blank(AROUND, months, 1)
    for name in ("fee", "price", "wage", "inspection", "stance"):
        around[name] = 1.0
    schedule = Schedule(
        blank(PULLED, months, 1, 1),
        blank(SUPPORTED, months, 1),
        blank(REGIME, months, 1),
        around,
        np.zeros((months, 4)),
        np.zeros(months, np.int8),
    )
    constants = blank(SETTLED, 1)
    constants[0] = (
        seed,
        step,
        *[0.5] * 6,
        *[UNBOUNDED] * 3,
        [0.0] * 4,
        UNBOUNDED,
        UNBOUNDED,
        1.0,
    )
    nobody = network_of(size, np.empty((0, 2), np.int64))
    frame = Frame(
        one_record(parameters),
        one_record(switches),
        constants,
        innovations,
        traits,
        EVERYWHERE,
        none(months),
        schedule,
    )
    return (
        frame,
        empty_state(providers, traits.copy(), nobody if network is None else network, 1),
        empty_record(months if rows is None else rows, 1, 1),
    )


def users_of(frame: Frame, state: State, record: Record) -> np.ndarray:
    """Return the users at every step of the whole-run kernel."""
    remember_start(frame, state, record)
    run_months(frame, state, record, 0, record.counts.shape[0] - 1)
    return record.counts[:, 0, 0, SUSTAINED] // WEIGHT


def seed_users(state: State, nodes: np.ndarray) -> None:
    state.pairs["stage"][nodes] = SUSTAINED
    state.pairs["sites_in_use"][nodes] = 1


def nodes_of(start: Any, size: int, seed: int, name: str = "start") -> np.ndarray:
    """Return the nodes that use it at step 0; `name` is the caller's argument."""
    if isinstance(start, (int, np.integer)) and not isinstance(start, bool):
        if not 0 <= start <= size:
            raise BadInputError(f"{name} is {start}: it must be from 0 to {size} nodes.")
        return np.sort(generator(seed, "special case start").choice(size, int(start), replace=False))
    given = np.asarray(list(start)) if hasattr(start, "__iter__") else np.asarray([start])
    # a mask of booleans, or shares, would otherwise be read as the nodes 0 and 1
    if given.size and not (np.issubdtype(given.dtype, np.integer) and given.ndim == 1):
        raise BadInputError(f"{name} is {shown(start)}: it must be a number of nodes, or whole numbers that name them.")
    nodes = np.unique(given.astype(np.int64))
    if len(nodes) and (nodes[0] < 0 or nodes[-1] >= size):
        raise BadInputError(
            f"{name} holds the node {nodes[-1] if nodes[0] >= 0 else nodes[0]}: nodes are 0 to {size - 1}."
        )
    return nodes


def whole_number(name: str, value: Any, low: int, high: int = MOST) -> int:
    """Return a whole number within its limits, or refuse it."""
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__") or not low <= int(value) <= high:
        raise BadInputError(f"{name} is {shown(value)}: it must be a whole number from {low} to {high:,}.")
    return int(value)


def number_within(name: str, value: Any, low: float, high: float) -> float:
    """Return a number within its limits, or refuse it."""
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__") or not low <= float(value) <= high:
        raise BadInputError(f"{name} is {shown(value)}: it must be a number from {low:g} to {high:g}.")
    return float(value)
