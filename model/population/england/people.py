"""How many people each site serves, how many of them pay for themselves, and who works there."""

from __future__ import annotations

import numpy as np

from ..country import Floats, Integers
from ..draws import generator
from .evidence import assumed
from .organisations import HOMECARE, NURSING, OTHER_COMMUNITY, RESIDENTIAL
from .places import authority_regions
from .published import regions, sector
from .sites import CARE_HOME, Skeleton

MOST_SERVED = 600.0  # people from one community site
SMALL_HOME = 19  # beds; ONS publishes self-funders for homes with 1 to 19


def residents_target(n_homes: int) -> float:
    """Return the residents of `n_homes` care homes at the mean of the sector: 372,035 in 14,649 homes."""
    return n_homes * sector("residents") / sector("care home locations")


def _shifted(log_odds: Floats, weights: Floats, mean: float) -> Floats:
    """Return the log-odds plus the one constant that brings the weighted mean of the shares to `mean`."""
    for _ in range(8):
        log_odds = _shifted_once(log_odds, weights, mean)
    return log_odds


def _shifted_once(log_odds: Floats, weights: Floats, mean: float) -> Floats:
    """Return the log-odds after one of Newton's steps towards the weighted mean of the shares."""
    share = _share(log_odds)
    # multiplied and summed, because a dot product of this length wakes every thread of BLAS (5 ms for 0.1 ms)
    weighted = weights * share
    slope = (weighted * (1 - share)).sum()
    moved: Floats = log_odds + np.clip((mean * weights.sum() - weighted.sum()) / slope, -2.0, 2.0)
    return moved


def _share(log_odds: Floats) -> Floats:
    """Return the share, 0..1, that has these log-odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))


def site_persons(seed: int, made: Skeleton, setting: Integers, beds: Integers) -> Floats:
    """Return the people served at each site.

    Care homes: beds times an occupancy whose spread is assumed and whose mean gives the residents of
    `residents_target`. Community: no number per site is published for all of England; lognormal, at least one
    person, smaller where the organisation has one site, so that at least 28 % of homecare providers serve 4
    or fewer. Grade D.
    """
    noise = generator(seed, "persons").standard_normal(len(setting))
    persons = np.zeros(len(setting))
    homes = made.broad == CARE_HOME
    mean_occupancy = residents_target(int(homes.sum())) / beds[homes].sum()
    occupied = _shifted(assumed("occupancy_spread") * noise[homes], beds[homes].astype(float), mean_occupancy)
    persons[homes] = beds[homes] * _share(occupied)
    alone = made.sites[made.organisation] == 1
    for kind, median, spread in (
        (
            setting == HOMECARE,
            np.where(alone, assumed("homecare_median_one_site"), assumed("homecare_median_in_groups")),
            assumed("homecare_spread"),
        ),
        (
            setting == OTHER_COMMUNITY,
            np.full(len(setting), assumed("other_community_median")),
            assumed("other_community_spread"),
        ),
    ):
        served = np.round(median[kind] * np.exp(spread * noise[kind]))
        persons[kind] = np.clip(served, 1.0, MOST_SERVED)
    return persons


def site_self_funders(
    seed: int, made: Skeleton, *, setting: Integers, beds: Integers, rating: Integers, persons: Floats
) -> Floats:
    """Return the share of people at each site who pay for themselves.

    Organisations differ at random: normal in log-odds and not beta, so that the log-odds of each group that
    ONS publishes can be shifted in turn until its share, weighted by residents, is exactly that of 2022/23:
    England, South East, North East, homes with 1-19 beds, rated outstanding, rated inadequate. Homecare: what
    councils and the NHS do not buy. Other community: as in homes for younger adults, an analogy (grade C).
    """
    shared = generator(seed, "self funders").standard_normal(len(made.sites))[made.organisation]
    log_odds = assumed("self_funder_spread") * shared
    homes = np.flatnonzero(made.broad == CARE_HOME)
    odds, weights = log_odds[homes], persons[homes]
    region = authority_regions()[made.authority[homes]]
    groups = [
        (np.flatnonzero(members), sector(name) / 100)
        for members, name in (
            (region == regions().index("South East"), "self-funders, South East"),
            (region == regions().index("North East"), "self-funders, North East"),
            (beds[homes] <= SMALL_HOME, "self-funders, 1-19 beds"),
            (rating[homes] == 1, "self-funders, outstanding"),
            (rating[homes] == -2, "self-funders, inadequate"),
            (homes >= 0, "self-funders"),
        )
    ]
    for _ in range(10):
        for members, goal in groups:
            odds[members] = _shifted_once(odds[members], weights[members], goal)
    log_odds[homes] = odds
    for kind, goal in (
        (HOMECARE, 1 - sector("homecare bought by public bodies") / 100),
        (OTHER_COMMUNITY, sector("self-funders, younger adults") / 100),
    ):
        members = setting == kind
        log_odds[members] = _shifted(log_odds[members], persons[members], goal)
    return _share(log_odds)


def staff(seed: int, made: Skeleton, setting: Integers, persons: Floats) -> Integers:
    """Return the headcount of each organisation, at least 1: people served times a ratio, lognormal.

    Grade D. The ratios meet the two published shares of small employers; the total is then below the 1.6
    million posts of the sector, of which many are with councils, people who employ their own assistants and
    services that CQC does not regulate.
    """
    ratio = np.empty((2, 4))  # one site, several
    ratio[:, NURSING] = assumed("staff_per_resident_nursing")
    ratio[:, RESIDENTIAL] = assumed("staff_per_resident")
    ratio[:, HOMECARE] = assumed("staff_per_homecare_client"), assumed("staff_per_homecare_client_in_groups")
    ratio[:, OTHER_COMMUNITY] = assumed("staff_per_other_client")
    several = (made.sites[made.organisation] > 1).astype(np.int64)
    needed = np.bincount(made.organisation, weights=persons * ratio[several, setting])
    noise = generator(seed, "staff").standard_normal(len(needed))
    return np.maximum(1, np.round(needed * np.exp(assumed("staff_spread") * noise))).astype(np.int64)
