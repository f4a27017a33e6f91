"""Who opens during a run beside those that are there at its start, as fast as each setting grew."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..conditions import months_between
from ..declare import BadInputError
from ..mechanisms.entry import grown
from ..state import WEIGHT, Network, Newcomers
from .country import Floats, Integers
from .draws import generator
from .network import MOST_TIES
from .sector import Population

MOST_NEWCOMERS = 10
"""How many times the providers of the start may open in a setting during a run."""
Series = tuple[tuple[str, str, float], ...]
"""(first month, setting, net entry a year as a share), each until the next of its setting."""


def rates(series: Series, settings: tuple[str, ...], start: str, months: int, step: float) -> Floats:
    """Return net entry a year by step and setting, shape (T, 4); 0 where the series has no point yet."""
    made = np.zeros((months, len(settings)))
    for month, setting, value in sorted(series):
        made[max(0, round(months_between(start, month) / step)) :, settings.index(setting)] = value
    return made


def since_register(series: Series, settings: tuple[str, ...], date: str, start: str) -> Floats:
    """Return how many times as many providers of each setting there are at the start as in the month of the register,
    shape (4,).
    """
    months = months_between(date, start)
    first = min(date, start)
    whole = np.array([math.exp(grows / 12) for grows in rates(series, settings, first, abs(months), 1.0).sum(axis=0)])
    factors: Floats = whole if months > 0 else 1 / whole
    return factors


def none(months: int) -> Newcomers:
    """Return no newcomers for a run of so many steps."""
    return Newcomers(np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(months + 1, np.int64))


def with_newcomers(
    people: Population, network: Network, net_entry: Floats, step: float, seed: int
) -> tuple[Population, Network, Newcomers]:
    """Return population and network with rows for those that will open, weight 0 until they do, and when they do.

    A setting with W providers by weight has W (exp(int g) - 1) more after a time: as many rows of the usual weight of
    its one-site providers open, each like one of them, drawn with equal chances, without a brand and partners.
    """
    months, present = len(net_entry), people.weight.sum()
    whole = len(people.id) * WEIGHT / present
    rows: list[Integers] = []
    when: list[Integers] = []
    weights: list[Floats] = []
    for setting, name in enumerate(people.country.settings):
        alike = np.flatnonzero((people.setting == setting) & (people.sites == 1))
        chance = generator(seed, f"newcomers {name}")
        offset = chance.random()
        if not len(alike):
            continue
        each = float(np.median(people.weight[alike]))
        growth = np.cumprod([grown(max(0.0, rate), step) for rate in net_entry[:, setting]])
        held = people.weight[people.setting == setting].sum()
        opened = np.floor(held * (growth - 1) / each + offset).astype(np.int64)
        if months and opened[-1] > MOST_NEWCOMERS * len(people.id):
            raise BadInputError(
                f"Net entry would open {opened[-1]:,} providers of {name}: at most {MOST_NEWCOMERS} times"
                f" the {len(people.id):,} of the start may, so lower its rate or raise the weights of one-site ones."
            )
        rows.append(chance.choice(alike, opened[-1]) if months else alike[:0])
        when.append(np.repeat(np.arange(months), np.diff(opened, prepend=0)))
        weights.append(np.full(len(rows[-1]), each))
    if not rows or not sum(map(len, rows)):
        return people, network, none(months)
    order = np.argsort(np.concatenate(when), kind="stable")
    like, month = np.concatenate(rows)[order], np.concatenate(when)[order]
    n, more = len(people.id), len(order)
    columns: dict[str, Any] = {
        name: np.concatenate([column, column[like]])
        for name, column in people._asdict().items()
        if isinstance(column, np.ndarray)
    }
    columns["id"] = np.concatenate([people.id, people.id.max() + 1 + np.arange(more)])
    if people.names:
        columns["names"] = (*people.names, *(f"newcomer {number + 1}" for number in range(more)))
    columns["weight"][n:], columns["brand"][n:] = 0.0, -1
    newcomers = Newcomers(
        np.arange(n, n + more),
        np.maximum(1, np.rint(np.concatenate(weights)[order] * whole)).astype(np.int64),
        np.searchsorted(month, np.arange(months + 1)).astype(np.int64),
    )
    empty = np.zeros(more * MOST_TIES, network.partners.dtype)
    wider = Network(
        np.concatenate([network.first, network.first[-1] + MOST_TIES * (1 + np.arange(more))]).astype(
            network.first.dtype
        ),
        np.concatenate([network.ties, np.zeros(more, network.ties.dtype)]),
        np.concatenate([network.partners, empty]),
        np.concatenate([network.since, empty.astype(network.since.dtype)]),
    )
    return people._replace(**columns), wider, newcomers
