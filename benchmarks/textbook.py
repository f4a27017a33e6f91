"""Two textbook cases on 20,000 nodes beside NDlib, in one process: from the graph to the curve, and the steps alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import networkx
import numpy as np

from carespread.model.population.network import network_from
from carespread.model.textbook import cases

NODES, DEGREE, STEPS, FIRST = 20_000, 10, 50, 200
BETA, THRESHOLD = 0.02, 0.15
"""A hazard of a using neighbour's, and a share of neighbours at which 200 nodes set off all others."""


def is_there() -> bool:
    """Return whether NDlib is installed."""
    return find_spec("ndlib") is not None


def graph() -> Any:
    """Return the graph that both run on."""
    return networkx.random_regular_graph(DEGREE, NODES, seed=1)


def rows_of(on: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return a graph as CSR arrays."""
    network = network_from(on)
    return network.first[: NODES + 1], network.partners[: network.first[NODES]].astype(np.int64)


def ours(what: str, on: Any) -> np.ndarray:
    """Return the users at every step in the production kernel, on a graph or its CSR arrays."""
    if what == "SI":
        return cases.si(on, BETA * DEGREE, range(FIRST), STEPS - 1, 1.0)
    return cases.thresholds(on, THRESHOLD, range(FIRST), steps=STEPS - 1)


def theirs(what: str, on: Any) -> Callable[[], np.ndarray]:
    """Return what makes the users at every step in NDlib, all set up."""
    from ndlib.models import epidemics
    from ndlib.models.ModelConfig import Configuration

    random.seed(1)
    np.random.seed(1)  # NDlib draws from both
    configuration = Configuration()
    configuration.add_model_initial_configuration("Infected", list(range(FIRST)))
    if what == "SI":
        model = epidemics.SIModel(on)
        configuration.add_model_parameter("beta", BETA)
    else:
        model = epidemics.ThresholdModel(on)
        for node in on:
            configuration.add_node_configuration("threshold", node, THRESHOLD)
    model.set_initial_status(configuration)
    return lambda: np.array([one["node_count"][1] for one in model.iteration_bunch(STEPS, node_status=False)])


CASES: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    # chance differs between the two: the same epidemic within a month's growth
    "SI": lambda mine, other: bool(abs(np.argmax(mine > NODES / 2) - np.argmax(other > NODES / 2)) <= 2),
    "thresholds": lambda mine, other: bool((mine == other).all()),
}
"""Whether both made the same."""
