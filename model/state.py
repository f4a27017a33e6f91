"""Who and what exists: arrays of records, one for providers, for provider-innovation pairs, for each month's levers.

Sizes: n providers, J innovations, T months, C policy cells (providers whom the same levers reach), G record cells
(providers counted together). Whole numbers that are added up are int64, so that sums do not depend on order.

A column is `providers["staff"]`, a row `providers[i]`, a cell `providers[i].staff`, in kernels as in plain Python.
Records, not a tuple of a hundred arrays: passing those between submodels took 105 s to compile and 3.7 microseconds
a provider-month (see docs/decisions.md).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .declare import entries
from .policy import PER_INNOVATION, Policy
from .randomness import DECISIONS

WEIGHT = 1024
"""A sampling weight of 1, in whole parts."""


LINE = 64
"""Bytes that the processor fetches at once."""


SETTLED = np.dtype(
    [
        ("seed", np.int64),
        ("step", float),  # length of a step in months
        ("reference_explore", float),  # Lref: population mean of (4) at the first month, before any lever
        ("reference_implement", float),
        ("reference_sustain", float),
        ("frontline_mean", float),  # mean frontline leadership at the start
        ("most_looks", float),  # bound of (3), 1/month
        ("most_routine", float),  # bound of (8a), 1/month
        ("best_lead_sustain", float),  # bound of exp{-beta_L (L^S - Lref)}
    ],
    align=True,
)
"""What is settled before the first month: constants of the run."""

INNOVATION = np.dtype(
    [
        ("key", np.int64),  # permanent id: a hash of the name
        ("success", float),  # theta_j, share of trials that work
        ("former_success", float),  # th0_j, the same for the practice that it replaces
        ("benefit", float),  # q_j, size of the benefit when it works, share of full
        ("complexity", float),
        ("compatibility", float, 4),  # k, by setting
        ("needs_connection", float),
        ("trialability", float),
        ("observability", float),
        ("setup_organisation", float),  # C0, GBP
        ("setup_site", float),  # C1, GBP a site
        ("running_cost", float),  # GBP a site-month
        ("saving", float),  # GBP a site-month
        ("lock_in", float),
        ("abandonment", float),  # multiplier of h_S0
        ("capability", np.int64),  # which of the four capabilities it asks for
    ],
    align=True,
)
"""What an innovation is."""

PROVIDER = np.dtype(
    [
        ("id", np.int64),  # permanent: names the provider's luck
        ("weight", np.int64),  # sampling weight in parts of WEIGHT
        ("people", np.int64),  # people served, whole
        ("most_regret", float),  # bound of psi, mandates apart
        ("sites", np.int32),
        ("staff", np.int32),
        ("rank", np.int32),  # fractional rank by staff, weighted by people, in parts of 2^16
        ("cell", np.int32),  # policy cell
        ("group", np.int32),  # record cell
        ("area", np.int32),  # layer R of (2): code of the council, care board, region or England
        ("setting", np.int64),
    ],
    align=True,
)
"""What every month reads of every provider: one line of the processor's cache."""

TRAIT = np.dtype(
    [
        ("rating", np.int64),  # -2 inadequate .. 1 outstanding
        ("learning", float),
        ("openness", float),
        ("self_knowledge", float),
        ("capability", float, 4),  # practice; digital and data; change and workforce; commercial and regulatory
        ("connectivity", float),
        ("senior_score", float),  # standard normal score of senior leadership at the start
        ("frontline_start", float),
        ("threshold", float),  # th_i
        ("value_to_keep", float),  # v0_i
        ("norm_threshold", float),  # phi_i or theta_i of (6)
        ("stance", float),  # commissioning stance of the provider's authority
        ("size_factor", float),  # 1 + phi sqrt(10/staff)
        ("revenue", float),  # GBP a month
        ("cost", float),  # GBP a month, without innovations
        ("slack_base", float),  # R_i0
        ("aspiration", float),
    ],
    align=True,
)
"""What else a provider is, read when something depends on it."""

PAIR = np.dtype(
    [
        ("stage", np.int8),
        ("granted", np.int8),  # whether a grant helped to pay
        ("sites_in_use", np.int32),  # m_ij
        ("successes", float),  # a of the belief Beta(a, b)
        ("failures", float),
        ("skill", float),
        ("fit", float),
    ],
    align=True,
)
"""What changes between a provider and an innovation."""

ROW = np.dtype(
    [
        ("senior", float),
        ("manager", float),
        ("frontline", float),
        ("slack", float),  # R_i, months of running cost
        ("unrest", float),  # share of leadership that has just left
        ("unrest_left", float),  # months for which that is still felt
    ],
    align=True,
)
"""What changes in a provider."""

PULLED = np.dtype(
    [
        *((name, float) for name in PER_INNOVATION),
        ("grant_ended", float),  # 1 for the six months after a grant
        ("lever_cost", float),  # public GBP a provider-month, grants apart
    ],
    align=True,
)
"""Levers on an innovation, by month, policy cell and innovation."""

SUPPORTED = np.dtype([(name, float) for name in Policy._fields if name not in PER_INNOVATION], align=True)
"""Levers on a provider, by month and policy cell."""

REGIME = np.dtype(
    [
        ("burden", float),  # B_j
        ("advantage", float),  # RA_jt = v_t . e_j
        ("held", np.int8),  # 1 until the innovation's start
    ],
    align=True,
)
"""What the scenario sets for an innovation, by month and innovation."""

AROUND = np.dtype([("turnover", float), ("fee", float)], align=True)
"""What the scenario sets for everybody, by month: staff turnover, and a multiplier of all fees and prices."""


class Network(NamedTuple):
    """Who hears from whom, as rows of partners; row i holds partners[first[i] : first[i] + ties[i]]."""

    first: np.ndarray
    ties: np.ndarray
    partners: np.ndarray


class Schedule(NamedTuple):
    """What the scenario and the levers set, month by month."""

    pulled: np.ndarray
    """PULLED, shape (T, C, J)."""
    supported: np.ndarray
    """SUPPORTED, shape (T, C)."""
    regime: np.ndarray
    """REGIME, shape (T, J)."""
    around: np.ndarray
    """AROUND, shape (T,)."""


class World(NamedTuple):
    """Everything that a step reads and does not change."""

    parameters: np.ndarray
    """One record with the fields of `Parameters`."""
    switches: np.ndarray
    """One record with the fields of `Switches`."""
    settled: np.ndarray
    """One record, SETTLED."""
    innovations: np.ndarray
    """INNOVATION, shape (J,)."""
    providers: np.ndarray
    """PROVIDER, shape (n,)."""
    traits: np.ndarray
    """TRAIT, shape (n,)."""
    network: Network
    schedule: Schedule


class State(NamedTuple):
    """Everything that a step changes, and its scratch."""

    pairs: np.ndarray
    """PAIR, shape (n, J)."""
    rows: np.ndarray
    """ROW, shape (n,)."""
    shares: np.ndarray
    """Scratch, shape (n, J): last month's m/n in parts of 2^20."""
    changed: np.ndarray
    """Scratch, shape (n J, 2): the pairs that others will see change after this month."""
    area_use: np.ndarray
    """Scratch, shape (areas, J): weighted sum of shares."""
    area_weight: np.ndarray
    """Sum of weights by area, shape (areas,); settled at the start."""
    setting_use: np.ndarray
    setting_weight: np.ndarray
    """Sum of weights by setting, shape (4,); settled at the start."""
    reach: np.ndarray
    """Sum of weights by policy cell and record cell, shape (C, G); settled at the start."""
    most_aware: np.ndarray
    """Scratch, shape (C, J): bound of the chance to hear this month."""
    starts: np.ndarray
    """Scratch, shape (DECISIONS, J + 1): where each decision's draws of the month begin; column J is for none."""


def one_record(values: NamedTuple) -> np.ndarray:
    """Return a declaration's values (`Parameters`, `Switches`) as the single record that kernels read."""
    kinds = {float: float, int: np.int64, bool: np.bool_}
    known = entries(type(values))
    dtype = np.dtype([(name, kinds[known[name].kind]) for name in values._fields], align=True)
    return np.array([tuple(values)], dtype).view(np.recarray)


def blank(dtype: np.dtype, *shape: int) -> np.ndarray:
    """Return records of zeros whose fields are attributes, in kernels as in plain Python; the first begins a line."""
    needed = math.prod(shape) * dtype.itemsize
    store = np.zeros(needed + LINE, np.uint8)
    first = -store.ctypes.data % LINE
    return store[first : first + needed].view(dtype).reshape(shape).view(np.recarray)


# What is summed over a record cell each month, beside the counts by stage: first what stands until it changes ...
USING, USING_WEIGHT, SITES, PEOPLE, SCALED, BIG_USING, RANKED = range(7)
STOCKS = 7
# ... then what belongs to the month.
OUTCOME, SKILL, PAID_PUBLIC, PAID_PROVIDER, STARTED, ROUTINISED, DROPPED = range(7, 14)
SUMS = 14


class Record(NamedTuple):
    """What a run remembers: whole numbers, so that the order of rows changes nothing."""

    counts: np.ndarray
    """Providers by stage, shape (T + 1, G, J, 6)."""
    sums: np.ndarray
    """Sums, shape (T + 1, G, J, SUMS)."""
    slack: np.ndarray
    """Weighted sum of slack in parts of 2^20, shape (T + 1, G)."""


def empty_record(months: int, groups: int, innovations: int) -> Record:
    """Return a record with room for the start and `months` steps."""
    return Record(
        np.zeros((months + 1, groups, innovations, 6), np.int64),
        np.zeros((months + 1, groups, innovations, SUMS), np.int64),
        np.zeros((months + 1, groups), np.int64),
    )


def empty_state(rows_of: np.ndarray, innovations: int) -> State:
    """Return a state of these providers in which nobody has heard of anything; beliefs and traits are to be set."""
    providers, areas, settings = len(rows_of), int(rows_of["area"].max()) + 1, 4
    pairs = blank(PAIR, providers, innovations)
    reach = np.zeros((int(rows_of["cell"].max()) + 1, int(rows_of["group"].max()) + 1), np.int64)
    np.add.at(reach, (rows_of["cell"], rows_of["group"]), rows_of["weight"])
    for name in ("successes", "failures"):
        pairs[name] = 1.0
    for name in ("skill", "fit"):
        pairs[name] = 0.5
    rows = blank(ROW, providers)
    for name in ("senior", "manager", "frontline"):
        rows[name] = 0.5
    return State(
        pairs,
        rows,
        shares=np.zeros((providers, innovations), np.int64),
        changed=np.zeros((providers * innovations, 2), np.int32),
        area_use=np.zeros((areas, innovations), np.int64),
        area_weight=_summed(rows_of["weight"], rows_of["area"], areas),
        setting_use=np.zeros((settings, innovations), np.int64),
        setting_weight=_summed(rows_of["weight"], rows_of["setting"], settings),
        reach=reach,
        most_aware=np.zeros((len(reach), innovations)),
        starts=np.zeros((DECISIONS, innovations + 1), np.uint64),
    )


def _summed(weight: np.ndarray, code: np.ndarray, codes: int) -> np.ndarray:
    """Return the whole sum of weights by code, shape (codes,)."""
    made = np.zeros(codes, np.int64)
    np.add.at(made, code, weight)
    return made
