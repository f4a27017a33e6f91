"""Who and what exists: arrays of records, one for providers, for provider-innovation pairs, for each month's levers.

Sizes: n providers, J innovations, T months, C policy cells (providers whom the same levers reach), G record cells
(providers counted together). Whole numbers that are added up are int64, so that sums do not depend on order.

A column is `providers["staff"]`, a row `providers[i]`, a cell `providers[i].staff`, in kernels as in plain Python.
Records, not a tuple of a hundred arrays: passing those between submodels took 105 s to compile and 3.7 microseconds
a provider-month (see docs/decisions.md).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .declare import entries
from .policy import PER_INNOVATION, Policy
from .randomness import DECISIONS

WEIGHT = 1024
"""A sampling weight of 1, the mean of a run, in whole parts: counts and sums by weight are whole numbers too."""
WHOLE = 1 << 20
"""A share of 1: shares are counted in parts per 2^20, so that their sums do not depend on order."""
PULL_WHOLE = 1 << 16
"""A pull on self-funders of 1, in whole parts."""
CAPABILITIES = 4
"""Practice; digital and data; change and workforce; commercial."""
STAGES = ("unaware", "aware", "exploring", "implementing", "sustained", "abandoned")
UNAWARE, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, ABANDONED = range(6)

MOST_CANDIDATES = 120
"""Forty are as many as a provider looks at, thrice that where brokers and collaboratives help in full."""
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
        ("culture_mean", float),  # mean lambda at the start
        ("culture_usual", float),  # lambda of a provider whose staff leave as often as the sector's
        ("most_looks", float),  # bound of (3), 1/month
        ("margin", float),  # by which bounds of exponentials are held above them, for rounding
        ("best_lead_sustain", float),  # bound of exp{-beta_L (L^S - Lref)}
        ("exit_base", float, 4),  # by setting, 1/month: what (19d) has to be multiplied with
        ("most_exits", float),  # bound of (19d) in any setting, 1/month
        ("most_originations", float),  # bound of (17), 1/month
        ("represents", float),  # organisations of the country for which a weight of 1 stands
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
        ("compatibility", float, 12),  # k, by setting and, within it, ownership
        ("needs_connection", float),
        ("trialability", float),
        ("observability", float),
        ("adaptability", float),
        ("codification", float),
        ("prior_successes", float),  # a_0 = mu_0 nu_0
        ("prior_failures", float),  # b_0 = (1 - mu_0) nu_0
        ("setup_organisation", float),  # C0, GBP
        ("setup_site", float),  # C1, GBP a site
        ("running_cost", float),  # GBP a site-month
        ("saving", float),  # GBP a site-month
        ("setup_person", float),  # C2, GBP a person
        ("running_person", float),  # GBP a person-month
        ("saving_person", float),  # GBP a person-month
        ("council_share", float),  # of costs and savings
        ("lock_in", float),
        ("base_awareness", float),  # p_0, 1/month: the sector's, or the innovation's own
        ("imitation", float),  # q, 1/month: the same
        ("attention", float),  # h_Lj, 1/month: the same
        ("base_abandonment", float),  # h_S0 times the innovation's multiplier, 1/month
        ("pilot_rate", float),  # h_E times the innovation's pace, 1/month
        ("implementation_rate", float),  # h_I times the innovation's pace, 1/month
        ("lapse", float),  # hazard that a yearly return is not renewed, 1/year
        ("registration", float),  # share of entrants that registration makes begin with it
        ("capability", np.int64),  # which of the four capabilities it asks for
    ],
    align=True,
)
"""What an innovation is."""

PROVIDER = np.dtype(
    [
        ("id", np.int64),  # permanent: names the provider's random draws
        ("weight", np.int64),  # sampling weight in parts of WEIGHT; 0 where nobody is there
        ("people", np.int64),  # people served, whole
        ("sites", np.int32),
        ("staff", np.int32),
        ("rank", np.int32),  # fractional rank by staff, weighted by people, in parts of 2^16
        ("cell", np.int32),  # policy cell
        ("group", np.int32),  # record cell
        ("area", np.int32),  # layer R of (2): code of the council, care board, region or England
        ("setting", np.int32),
        ("ownership", np.int32),
        ("authority", np.int32),
        ("region", np.int32),
    ],
    align=True,
)
"""What every month reads of every provider: one line of the processor's cache."""

TRAIT = np.dtype(
    [
        # what every month reads stands on one line
        ("learning", float),
        ("openness", float),
        ("frontline_start", float),
        ("revenue", float),  # GBP a month at the start
        ("self_revenue", float),  # what of it self-funders pay
        ("self_share", float),  # share of people who pay for themselves, at the start
        ("cost", float),  # GBP a month at the start, without innovations
        ("slack_base", float),  # R_i0
        ("value_to_keep", float),  # v0_i
        ("rating", np.int64),  # at the start: -2 inadequate .. 1 outstanding
        ("self_funders", np.int64),  # people who pay for themselves at the start, in parts of 16
        ("adoption_threshold", float),  # th_i
        ("connectivity", float),
        ("self_knowledge", float),
        ("senior_score", float),  # standard normal score of senior leadership at the start
        ("capability", float, 4),  # at the start: practice; digital and data; change and workforce; commercial
        ("misjudged", float, 4),  # bias + sd xi of (13a): by how much it would misjudge its capabilities
        ("senior_start", float),
        ("manager_start", float),
        ("norm_threshold", float),  # phi_i or theta_i of (6)
    ],
    align=True,
)
"""What else a provider is, read when something depends on it."""

PAIR = np.dtype(
    [
        ("stage", np.int8),
        ("granted", np.int8),  # whether a grant helped to pay
        ("since", np.int16),  # month of the run in which it began to implement; LONG_AGO before the start
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
        ("worn", float),  # by how much implementing has worn the manager down (4a)
        ("slack", float),  # R_i, months of running cost at the start
        ("aspiration", float),
        ("rating", np.int64),
        ("unrest", float),  # share of leadership that has just left
        ("unrest_left", float),  # months for which that is still felt
        ("received", np.int64),  # pence in the last month, from people and councils
        ("paid", np.int64),  # pence in the last month, for care and for innovations
        ("taken", np.int64),  # pence that owners took out (put in, where negative)
    ],
    align=True,
)
"""What changes in a provider."""

LONG_AGO = -(1 << 15)
GENERATION = 1 << 32
"""Between the ids of those that follow each other in a row: no draw is used twice."""

SECTOR = np.dtype(
    [
        ("movement", float),  # M_j
        ("burden", float),  # B_j
        ("born", np.int64),  # 1 for an innovation that exists
        ("running", np.int64),  # 1 where it exists and is not held this month
    ],
    align=True,
)
"""What changes in the sector about an innovation."""

SHOWN = np.dtype([("performance", np.int32), ("appeal", np.int32)], align=True)
"""What a provider shows: last month's performance in parts of 2^20, and its pull on self-funders in parts of 2^16."""

MARKET = np.dtype([("now", np.int64), ("start", np.int64)], align=True)
"""Self-funders of a market, each weighed by the pull of its provider."""

VIEW = np.dtype([("need", float), ("own", float)], align=True)
"""What a provider sees in itself: its need of a capability, and how much it believes to have."""

REACH = np.dtype([("providers", np.int64), ("managers", np.int64), ("staff", np.int64)], align=True)
"""Whom levers reach and are paid for: providers, managers (one a site) and staff, each by weight."""

NOTE = np.dtype(
    [
        ("seeking", np.int64),  # rows that look for a partner this month, one after the other
        ("parting", np.int64),  # rows that may end a tie
        ("closing", np.int64),  # rows that close
        ("gone", np.int64),  # whether nobody follows
        ("ending", np.int64),  # pairs whose tie ends
        ("ended", np.int64),
        ("one", np.int64),  # pairs that would be partners
        ("other", np.int64),
        ("score", float),  # what both see in it
    ],
    align=True,
)
"""Lists that a month makes, each as long as it happens to be."""

PULLED = np.dtype(
    [
        *((name, float) for name in PER_INNOVATION),
        ("grant_ended", float),  # 1 for the six months after a grant
        ("pressed", float),  # E': how far it is enforced; a mandate is as far as it is strong
        ("offered", float),  # o: how much money, help or demand it comes with (3c)
        ("lever_cost", float),  # public GBP a month, grants apart: for each provider
        ("manager_cost", float),  # for each site's manager
        ("staff_cost", float),  # for each member of staff
    ],
    align=True,
)
"""Levers on an innovation, by month, policy cell and innovation."""

SUPPORTED = np.dtype(
    [
        *((name, float) for name in Policy._fields if name not in PER_INNOVATION),
        ("climate", float),  # what programmes add to lambda (4b)
        ("obliged", float),  # how much of all that is asked for is enforced at most
    ],
    align=True,
)
"""Levers on a provider, by month and policy cell."""

REGIME = np.dtype(
    [
        ("burden", float),  # usual level of B_j
        ("burden_cut", float),  # share of B_j that a shock suspends
        ("cost_cut", float),  # share of set-up cost that a shock suspends
        ("advantage", float),  # RA_jt = v_t . e_j
        ("outage", float),  # share of successes that a failure of the supplier takes away
        ("building", float),  # added to a movement by those who build it, /month
        ("shift", float),  # half the change of the weights of priorities since the step before, summed
        ("held", np.int8),  # 1 until the innovation's start
        ("renewed", np.int8),  # 1 in the step that ends the month by which a yearly return is due
    ],
    align=True,
)
"""What the scenario sets for an innovation, by month and innovation."""

AROUND = np.dtype(
    [
        ("turnover", float),  # tau, /month
        ("vacancy", float),  # share of posts
        ("wage", float),  # index, 1 at the start
        ("fee", float),  # multiplier of councils' fees
        ("price", float),  # multiplier of self-funders' fees
        ("drain", float),  # months of running cost that a shock takes in a month
        ("inspection", float),  # multiplier of the inspection rate
        ("noise", float),  # share of inspections that tell nothing
        ("stance", float),  # multiplier of commissioners' usual stance
    ],
    align=True,
)
"""What surrounds a provider, by month and policy cell."""


class Network(NamedTuple):
    """Who hears from whom, as rows of partners; row i holds partners[first[i] : first[i] + ties[i]]."""

    first: np.ndarray
    """Where the slots of each row begin, shape (n + 1,)."""
    ties: np.ndarray
    partners: np.ndarray
    since: np.ndarray
    """Month in which each tie began, beside `partners`; negative before the start."""


class Places(NamedTuple):
    """Where a provider looks for partners: rows by area and by setting, each in the order of their first ids."""

    by_area: np.ndarray
    area_first: np.ndarray
    by_setting: np.ndarray
    setting_first: np.ndarray


class Schedule(NamedTuple):
    """What the scenario and the levers set, month by month."""

    pulled: np.ndarray
    """PULLED, shape (T, C, J)."""
    supported: np.ndarray
    """SUPPORTED, shape (T, C)."""
    regime: np.ndarray
    """REGIME, shape (T, J)."""
    around: np.ndarray
    """AROUND, shape (T, C)."""
    no_successor: np.ndarray
    """Chance that nobody follows who closes (19f), by month and setting, shape (T, 4)."""
    moved: np.ndarray
    """Whether priorities moved by more than .1 within a year, shape (T,), int8."""


class Newcomers(NamedTuple):
    """Who opens beside those that are there (19f), in the order of months."""

    rows: np.ndarray
    """Shape (m,)."""
    weight: np.ndarray
    """In parts of WEIGHT, shape (m,)."""
    first: np.ndarray
    """Where each step's begin, shape (T + 1,)."""


class Frame(NamedTuple):
    """Everything that a step reads; nothing writes it after the start."""

    parameters: np.ndarray
    """One record with the fields of `Parameters`."""
    switches: np.ndarray
    """One record with the fields of `Switches`."""
    settled: np.ndarray
    """One record, SETTLED."""
    innovations: np.ndarray
    """INNOVATION, shape (J,)."""
    founders: np.ndarray
    """TRAIT of the start, shape (n,): whom an entrant resembles."""
    places: Places
    newcomers: Newcomers
    schedule: Schedule


class State(NamedTuple):
    """Everything that a step changes, and its scratch."""

    providers: np.ndarray
    """PROVIDER, shape (n,); an entrant has an id of its own."""
    traits: np.ndarray
    """TRAIT, shape (n,); an entrant brings its own."""
    pairs: np.ndarray
    """PAIR, shape (n, J)."""
    rows: np.ndarray
    """ROW, shape (n,)."""
    capability: np.ndarray
    """c_i, shape (n, 4)."""
    grown: np.ndarray
    """Scratch, shape (n, 4): c_i after this month."""
    network: Network
    sector: np.ndarray
    """SECTOR, shape (J,)."""
    stance: np.ndarray
    """G_rj, shape (authorities, J)."""
    usual_stance: np.ndarray
    """To what G_rj returns, shape (authorities,)."""
    shares: np.ndarray
    """Scratch, shape (n, J): last month's m/n in parts of 2^20."""
    found: np.ndarray
    """Scratch, shape (2, n, J, 2): successes and failures that each found, weighed by its learning, last month and
    this, in parts of 2^20."""
    heard: np.ndarray
    """Scratch, shape (J, 2): what the partners of the provider at hand found."""
    shown: np.ndarray
    """Scratch, SHOWN, shape (n,)."""
    market: np.ndarray
    """MARKET, shape (areas, 4)."""
    table: np.ndarray
    """Scratch, VIEW, shape (2, 4): what two that may be partners see in themselves, by capability."""
    near: np.ndarray
    """Scratch, shape (MOST_CANDIDATES,): rows that the provider at hand may look at as partners."""
    notes: np.ndarray
    """Scratch, NOTE, shape (n,)."""
    changed: np.ndarray
    """Scratch, shape (n J, 2): the pairs that others will see change after this month."""
    area_use: np.ndarray
    """Scratch, shape (areas, J): weighted sum of shares."""
    area_weight: np.ndarray
    """Sum of weights by area, shape (areas,)."""
    setting_use: np.ndarray
    setting_weight: np.ndarray
    """Sum of weights by setting, shape (4,)."""
    area_listed: np.ndarray
    """How many rows of `places.by_area` have ever been there, by area, shape (areas,): newcomers stand last."""
    setting_listed: np.ndarray
    """The same of `places.by_setting`, shape (4,)."""
    reach: np.ndarray
    """Sum of weights by policy cell and record cell, shape (C, G)."""
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


def bytes_of(part: np.ndarray) -> np.ndarray:
    """Return the same memory as lumps of bytes: records copied field by field take ten times as long."""
    plain = part.view(np.ndarray)
    return plain.view(np.dtype((np.void, part.dtype.itemsize))) if part.dtype.names else plain


def copied(part: Any) -> Any:
    """Return a copy of an array, or of a tuple of such, laid out alike."""
    if isinstance(part, tuple):
        return type(part)(*map(copied, part))
    made = blank(part.dtype, *part.shape) if part.dtype.names else np.empty_like(part)
    np.copyto(bytes_of(made), bytes_of(part))
    return made


# What is summed over a record cell each month, beside the counts by stage: first what stands until it changes ...
USING, SITES, PEOPLE, SCALED, BIG_USING, RANKED = range(6)
STOCKS = 6
# ... then what belongs to the month.
OUTCOME, SKILL, PAID_PUBLIC, PAID_PROVIDER, STARTED, ROUTINISED, ABANDONMENTS, KEPT = range(6, 14)
# what of the money paid is for setting up, for running levers, and for showing that one obeys
SETUP_PUBLIC, SETUP_PROVIDER, ADMINISTRATION, COMPLIANCE = range(14, 18)
SUMS = 18


# What is counted by record cell each month, whatever the innovation.
# First what stands until it changes: ends of ties, and who is there; then what belongs to the month.
TIES, HELD, HELD_SITES, HELD_PEOPLE, HELD_RANKED, HELD_LARGE = range(6)
STANDING = 6
SLACK, EXITS, TIES_MADE, TIES_ENDED, ORIGINATED, RECEIVED, PAID, TAKEN, WAGES, WAGES_FUNDED = range(6, 16)
FLOWS = 16
MOVEMENT, BURDEN, DENSITY = range(3)
AT_LARGE = 3


class Record(NamedTuple):
    """What a run remembers: whole numbers, so that the order of rows changes nothing."""

    counts: np.ndarray
    """Providers by stage and weight, shape (T + 1, G, J, 6)."""
    sums: np.ndarray
    """Sums, shape (T + 1, G, J, SUMS)."""
    flows: np.ndarray
    """Who is there, slack in parts of 2^20, money in pence, exits, ends of ties and originations, all by weight; shape
    (T + 1, G, FLOWS)."""
    sector: np.ndarray
    """Movement, burden and density of ties between users, shape (T + 1, J, AT_LARGE)."""


def empty_record(months: int, groups: int, innovations: int) -> Record:
    """Return a record with room for the start and `months` steps."""
    return Record(
        np.zeros((months + 1, groups, innovations, 6), np.int64),
        np.zeros((months + 1, groups, innovations, SUMS), np.int64),
        np.zeros((months + 1, groups, FLOWS), np.int64),
        np.zeros((months + 1, innovations, AT_LARGE)),
    )


def reach_of(rows_of: np.ndarray) -> np.ndarray:
    """Return whom levers reach, by policy cell and record cell: records REACH of shape (C, G), by weight."""
    reach = blank(REACH, int(rows_of["cell"].max()) + 1, int(rows_of["group"].max()) + 1)
    code = rows_of["cell"] * reach.shape[1] + rows_of["group"]
    for name, each in (("providers", 1), ("managers", rows_of["sites"]), ("staff", rows_of["staff"])):
        reach[name] = _summed(rows_of["weight"] * each, code, reach.size).reshape(reach.shape)
    return reach


def empty_state(
    rows_of: np.ndarray, traits: np.ndarray, network: Network, innovations: int, authorities: int = 1
) -> State:
    """Return a state of these providers in which nobody has heard of anything; beliefs and traits are to be set."""
    providers, areas, settings = len(rows_of), int(rows_of["area"].max()) + 1, 4
    pairs = blank(PAIR, providers, innovations)
    pairs["since"] = LONG_AGO
    reach = reach_of(rows_of)
    for name in ("successes", "failures"):
        pairs[name] = 1.0
    for name in ("skill", "fit"):
        pairs[name] = 0.5
    sector = blank(SECTOR, innovations)
    sector["born"] = 1
    rows = blank(ROW, providers)
    for name in ("senior", "manager", "frontline"):
        rows[name] = 0.5
    return State(
        rows_of,
        traits,
        pairs,
        rows,
        capability=np.zeros((providers, 4)),
        grown=np.zeros((providers, 4)),
        network=network,
        sector=sector,
        stance=np.zeros((authorities, innovations)),
        usual_stance=np.zeros(authorities),
        shares=np.zeros((providers, innovations), np.int64),
        found=np.zeros((2, providers, innovations, 2), np.int32),
        heard=np.zeros((innovations, 2), np.int64),
        shown=blank(SHOWN, providers),
        market=blank(MARKET, areas, settings),
        table=blank(VIEW, 2, 4),
        near=np.zeros(MOST_CANDIDATES, np.int64),
        notes=blank(NOTE, providers),
        changed=np.zeros((providers * innovations, 2), np.int64),
        area_use=np.zeros((areas, innovations), np.int64),
        area_weight=_summed(rows_of["weight"], rows_of["area"], areas),
        setting_use=np.zeros((settings, innovations), np.int64),
        setting_weight=_summed(rows_of["weight"], rows_of["setting"], settings),
        area_listed=_summed(rows_of["weight"] > 0, rows_of["area"], areas),
        setting_listed=_summed(rows_of["weight"] > 0, rows_of["setting"], settings),
        reach=reach,
        most_aware=np.zeros((len(reach), innovations)),
        starts=np.zeros((DECISIONS, innovations + 1), np.uint64),
    )


def _summed(weight: np.ndarray, code: np.ndarray, codes: int) -> np.ndarray:
    """Return the whole sum of weights by code, shape (codes,)."""
    return np.bincount(code, weight, codes).astype(np.int64)
