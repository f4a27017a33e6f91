"""Draws the providers of a run from the synthetic register, with weights and the traits that no register holds."""

from __future__ import annotations

import zlib
from functools import cache
from typing import NamedTuple

import numpy as np

from ..declare import BadInputError
from ..jit import kernel
from ..mechanisms.leadership import trait_from_normal
from ..parameters import Parameters
from .england.evidence import authorities
from .england.places import authority_regions
from .england.register import synthetic_register

FEWEST, MOST = 50, 1_000_000
LARGE_GROUP = 50
"""Organisations with more sites than this are a stratum of their own, of which at least one is kept."""
ENOUGH = 20
"""Providers that an area needs on average before it serves as a layer, a market and a place to find partners."""
AREA_LEVELS = ("council", "care board", "region", "England")


class Population(NamedTuple):
    """Who exists; each column of shape (n,) unless said. A provider is an organisation; a brand makes some a group."""

    id: np.ndarray
    register_row: np.ndarray
    weight: np.ndarray
    """How many organisations of England each stands for."""
    sites: np.ndarray
    staff: np.ndarray
    people: np.ndarray
    """People served."""
    setting: np.ndarray
    ownership: np.ndarray
    authority: np.ndarray
    board: np.ndarray
    region: np.ndarray
    brand: np.ndarray
    """-1 for none."""
    rating: np.ndarray
    self_funder_share: np.ndarray
    area: np.ndarray
    """Code of the area that serves as layer and market."""
    area_level: str
    senior: np.ndarray
    manager: np.ndarray
    frontline: np.ndarray
    learning: np.ndarray
    openness: np.ndarray
    self_knowledge: np.ndarray
    capability: np.ndarray
    """Shape (n, 4)."""
    connectivity: np.ndarray
    senior_score: np.ndarray
    """Standard normal scores, of which run parameters make values in GBP, months or value."""
    threshold_score: np.ndarray
    keep_score: np.ndarray
    margin_score: np.ndarray
    slack_score: np.ndarray
    stance_score: np.ndarray
    """Shared by all providers of an authority."""
    fee_score: np.ndarray
    """Shared by all providers of an authority."""


def generator(seed: int, trait: str) -> np.random.Generator:
    """Return the generator of one trait: a trait that is added or drawn longer leaves every other as it was."""
    return np.random.default_rng([seed, zlib.crc32(trait.encode())])


def checked_size(providers: int | str) -> int:
    """Return how many providers are meant; "all" is every organisation of the register."""
    if providers == "all":
        return len(synthetic_register().sites)
    limits = f'it must be a whole number from {FEWEST} to {MOST:,} providers, or "all"'
    if isinstance(providers, (bool, str)) or not hasattr(providers, "__index__"):
        raise BadInputError(f"providers is {providers!r}: {limits}.")
    if not FEWEST <= int(providers) <= MOST:
        raise BadInputError(f"providers is {int(providers)}: {limits}.")
    return int(providers)


@cache
def strata_of_register() -> np.ndarray:
    """Return the stratum of each register row: rows of one setting, region and number of sites, in that order."""
    register = synthetic_register()
    regions_of = authority_regions()[register.authority]
    keys = np.column_stack([register.setting, regions_of, register.sites])
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


@cache
def size_scores() -> np.ndarray:
    """Return the standardised logarithm of staff of each register row."""
    log_staff = np.log(synthetic_register().staff)
    return (log_staff - log_staff.mean()) / log_staff.std()


def sampled(providers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the register rows that stand for England and their weights, each of shape (providers,).

    Below the register's size: without replacement, systematically within strata (large groups; the rest, ordered by
    setting, region and size). Above it: whole copies of the register and a sample of the remainder.
    """
    register = synthetic_register()
    size = len(register.sites)
    copies, rest = divmod(providers, size)
    rows = [np.tile(np.arange(size), copies)]
    if rest == 0:
        return rows[0], np.full(providers, size / providers)
    luck = generator(seed, "sample")
    large = register.sites > LARGE_GROUP
    order = np.argsort(strata_of_register() + luck.random(size), kind="stable")
    strata = [order[large[order]], order[~large[order]]]
    large_rows = min(max(1, round(len(strata[0]) * rest / size)), rest)
    weights = []
    for stratum, wanted in zip(strata, (large_rows, rest - large_rows), strict=True):
        steps = (np.arange(wanted) + luck.random()) * (len(stratum) / max(wanted, 1))
        rows.append(stratum[steps.astype(np.int64)])
        weights.append(np.full(wanted, len(stratum) / max(wanted, 1)))
    if copies:  # everybody stands for the same share of England
        return np.concatenate(rows), np.full(providers, size / providers)
    drawn, weight = np.concatenate(rows), np.concatenate(weights)
    by_row = np.argsort(drawn, kind="stable")
    return drawn[by_row], weight[by_row]


def area_of(providers: int, authority: np.ndarray, board: np.ndarray, region: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the code of each provider's area, and which kind of area is fine enough for so many providers."""
    for level, codes, areas in (
        (AREA_LEVELS[0], authority, 153),
        (AREA_LEVELS[1], board, 42),
        (AREA_LEVELS[2], region, 9),
    ):
        if providers / areas >= ENOUGH:
            return codes.astype(np.int64), level
    return np.zeros(providers, np.int64), AREA_LEVELS[3]


@kernel
def set_traits(scores, made):
    """Set `made` to the traits in [.01, 1] of standard normal scores (both 1-D)."""
    for i in range(scores.shape[0]):
        made[i] = trait_from_normal(scores[i])


def traits_of(scores: np.ndarray) -> np.ndarray:
    """Return the traits in [.01, 1] of standard normal scores."""
    made = np.empty(len(scores))
    set_traits(scores, made)
    return made


def board_codes() -> np.ndarray:
    """Return the integrated care board (0..41) of each authority."""
    return np.unique([authority.icb_2022_code for authority in authorities()], return_inverse=True)[1]


def populate(parameters: Parameters, providers: int | str, seed: int) -> Population:
    """Return the population of a run: register rows by weight, and correlated traits (assumptions, grade D)."""
    from scipy.special import betaincinv, ndtr

    register = synthetic_register()
    n = checked_size(providers)
    rows, weight = sampled(n, seed)
    authority = register.authority[rows].astype(np.int64)
    board = board_codes()[authority]
    region = authority_regions()[authority]
    area, level = area_of(n, authority, board, region)
    size = size_scores()[rows]
    common = generator(seed, "common").standard_normal(n)
    shared_size, shared = parameters.size_correlation, parameters.trait_correlation
    loading = np.sqrt(shared - shared_size**2)

    def score(trait: str, with_size: float = shared_size) -> np.ndarray:
        """Return standard normal scores: one factor common to all traits, a part of size, the rest a trait's own."""
        together = (shared - shared_size * with_size) / loading if loading > 0 else 0.0
        together = min(together, np.sqrt(1 - with_size**2))
        own = np.sqrt(max(0.0, 1 - with_size**2 - together**2))
        return with_size * size + together * common + own * generator(seed, trait).standard_normal(n)

    def by_authority(trait: str) -> np.ndarray:
        return generator(seed, trait).standard_normal(len(authorities()))[authority]

    senior_score = score("senior")
    digital = parameters.size_capability
    capabilities = [
        ("practice", shared_size),
        ("digital", digital),
        ("change", shared_size),
        ("commercial", digital),
    ]
    return Population(
        id=np.arange(n, dtype=np.int64),
        register_row=rows,
        weight=weight,
        sites=register.sites[rows].astype(np.int64),
        staff=register.staff[rows].astype(np.int64),
        people=np.maximum(1, np.rint(register.persons[rows])).astype(np.int64),
        setting=register.setting[rows].astype(np.int64),
        ownership=register.ownership[rows].astype(np.int64),
        authority=authority,
        board=board,
        region=region,
        brand=register.brand[rows].astype(np.int64),
        rating=register.rating[rows].astype(np.int64),
        self_funder_share=register.self_funder_share[rows],
        area=area,
        area_level=level,
        senior=traits_of(senior_score),
        manager=traits_of(score("manager")),
        frontline=traits_of(score("frontline")),
        learning=traits_of(score("learning")),
        openness=traits_of(score("openness")),
        # Beta(3, 3): most know themselves fairly well, few fully
        self_knowledge=0.01 + 0.99 * betaincinv(3, 3, ndtr(score("self_knowledge"))),
        capability=np.ascontiguousarray(
            np.column_stack([traits_of(score(f"capability {name}", part)) for name, part in capabilities])
        ),
        # Beta(2.5, 1): most have a usable connection, some have none
        connectivity=ndtr(score("connectivity", digital)) ** 0.4,
        senior_score=senior_score,
        threshold_score=generator(seed, "threshold").standard_normal(n),
        keep_score=generator(seed, "value to keep").standard_normal(n),
        margin_score=generator(seed, "margin").standard_normal(n),
        slack_score=generator(seed, "slack").standard_normal(n),
        stance_score=by_authority("stance"),
        fee_score=by_authority("fee"),
    )
