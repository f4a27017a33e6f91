"""Who runs how many sites, of which broad setting, in which authorities: the skeleton of the register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..country import Floats, Integers
from ..draws import generator
from .evidence import assumed, authorities
from .fit import fitted, whole
from .places import authority_distances, authority_regions
from .published import (
    BROAD_SETTINGS,
    SIZE_BAND_STARTS,
    SIZE_BANDS,
    Flags,
    counts,
    exact_values,
    margin_rows,
    regions,
    sector,
)

CARE_HOME, COMMUNITY = 0, 1
MULTI_SITE_BANDS = SIZE_BANDS[1:]


class Skeleton(NamedTuple):
    """Sites (by organisation) and organisations (multi-site first), before any trait."""

    organisation: Integers  # per site
    authority: Integers  # per site
    broad: Integers  # per site: 0 care home, 1 community
    sites: Integers  # per organisation
    band: Integers  # per organisation: index into SIZE_BANDS


class Spans(NamedTuple):
    """How far each multi-site organisation reaches."""

    sites: Integers
    band: Integers
    care_homes: Integers
    regions: Integers
    authorities: Integers


def totals() -> Integers:
    """Return the care homes and community locations of the synthetic register.

    The mid-2025 counts are scaled to 28,800 because `derived_estimate` takes that round total: it keeps the
    2,358 multi-site organisations of 2021, so that the rest is 15,741 organisations with one site. The count
    of 2021 itself (10,065 with one site) knows rated locations only, and most homecare that was registered
    since is unrated and has one site.
    """
    located = margin_rows("derived_estimate", "one_site_share_2025")
    all_locations = located["locations of one-site providers", ""].denominator
    return whole(np.array([sector("care home locations"), sector("community locations")]), int(all_locations or 0))


def authority_targets() -> Integers:
    """Return the locations to be made, 153 authorities x 2 broad settings: 2021 scaled to `totals`."""
    rated = np.array(
        [(authority.care_homes_rated_2021, authority.community_rated_2021) for authority in authorities()],
        dtype=float,
    )
    made = [whole(rated[:, broad], int(total)) for broad, total in enumerate(totals())]
    return np.stack(made, axis=1)


def fitted_locations() -> Floats:
    """Return the expected locations, 9 regions x 2 broad settings x 9 size bands.

    Multi-site bands are those of 2021; one site is the rest. A full table over authorities needs no fitting
    of its own: with no margin that joins authority and band, the fitted table is authority x setting times
    the shares of bands in that region and setting.
    """
    targets = authority_targets()
    region_setting = np.zeros((len(regions()), 2))
    np.add.at(region_setting, authority_regions(), targets)
    setting_band = counts("locations_by_group_size", "provider_size_sites", SIZE_BANDS, "setting", BROAD_SETTINGS).T
    region_band = counts("locations_by_group_size", "provider_size_sites", SIZE_BANDS, "region", regions()).T
    setting_band[:, 0] = totals() - setting_band[:, 1:].sum(axis=1)
    region_band[:, 0] = region_setting.sum(axis=1) - region_band[:, 1:].sum(axis=1)
    start = region_setting[:, :, None] * setting_band[None, :, :]
    return fitted(start, [(region_setting, (0, 1)), (setting_band, (1, 2)), (region_band, (0, 2))])


def _chosen(rng: np.random.Generator, candidates: Integers, number: int, weights: Floats) -> Integers:
    """Return `number` of the candidates, without replacement, the heavier the likelier."""
    keys = rng.exponential(size=len(candidates)) / np.maximum(weights, 1e-9)
    return candidates[np.argsort(keys, kind="stable")[:number]]


def multi_site_spans(seed: int) -> Spans:
    """Return the multi-site organisations, largest first, with exact sizes and margins of reach."""
    sizes = exact_values("providers_exact", "provider_size_sites")
    sizes = sizes[sizes > 1]
    band = np.searchsorted(SIZE_BAND_STARTS, sizes, side="right") - 1
    authority_span, region_span = _reach(generator(seed, "span"), sizes, band)
    return Spans(sizes, band, _care_homes(generator(seed, "setting"), sizes, band), region_span, authority_span)


def _span_counts(dimension: str) -> Integers:
    by_band = counts("provider_span", "provider_size_sites", MULTI_SITE_BANDS, dimension, ("yes",))
    return by_band[:, 0].astype(np.int64)


def _reach(rng: np.random.Generator, sizes: Integers, band: Integers) -> tuple[Integers, Integers]:
    """Return the number of authorities and of regions of each multi-site organisation.

    How many of each band span several is exact; so is the list of numbers, dealt by rank with some noise.
    """
    several_authorities = np.zeros(len(sizes), dtype=bool)
    several_regions = np.zeros(len(sizes), dtype=bool)
    for position, (wide, widest) in enumerate(
        zip(
            _span_counts("spans_several_local_authorities"),
            _span_counts("spans_several_regions"),
            strict=True,
        )
    ):
        members = np.flatnonzero(band == position + 1)
        wide_members = _chosen(rng, members, int(wide), sizes[members].astype(float))
        several_authorities[wide_members] = True
        several_regions[_chosen(rng, wide_members, int(widest), sizes[wide_members].astype(float))] = True
    noise = assumed("span_noise") * rng.standard_normal(len(sizes))
    score = np.log(sizes) + noise + 0.5 * several_regions
    authority_span = _ranked(_numbers_of_authorities(), score, sizes, several_authorities)
    numbers = exact_values("provider_span", "provider", "number_of_regions")
    score = np.log(authority_span) + assumed("span_noise") * rng.standard_normal(len(sizes))
    return authority_span, _ranked(numbers[numbers > 1], score, authority_span, several_regions)


def _numbers_of_authorities() -> Integers:
    """Return the authorities per organisation that has several, largest first, log-even inside bands."""
    numbers: list[int] = []
    for (_, level), row in margin_rows("provider_span", "provider", "number_of_local_authorities").items():
        low, _, high = level.partition("-")
        if int(low) > 1:
            # the band 51-100 is cut at 90: no organisation is known to work in more
            steps = (np.arange(int(row.count)) + 0.5) / row.count
            top = min(int(high or low), 90) + 1
            numbers += np.floor(int(low) * (top / int(low)) ** steps).astype(int).tolist()
    return np.array(sorted(numbers, reverse=True))


def _ranked(numbers: Integers, score: Floats, at_most: Integers, several: Flags) -> Integers:
    """Return each of `numbers`, largest first, dealt to the highest score that may hold it; else 1."""
    result = np.ones(len(score), dtype=np.int64)
    waiting = [int(index) for index in np.argsort(-score, kind="stable") if several[index]]
    for number in numbers:
        place = next((place for place, index in enumerate(waiting) if at_most[index] >= number), 0)
        index = waiting.pop(place)
        result[index] = min(int(number), int(at_most[index]))
    return result


def _care_homes(rng: np.random.Generator, sizes: Integers, band: Integers) -> Integers:
    """Return how many sites of each multi-site organisation are care homes.

    Exact in each band: the organisations that span both settings and the care homes of the band. Exact in
    all: the organisations with care homes only.
    """
    homes = counts("locations_by_group_size", "provider_size_sites", MULTI_SITE_BANDS, "setting", ("care home",))[
        :, 0
    ].astype(np.int64)
    mixed = _span_counts("spans_several_settings")
    pure = np.bincount(band, minlength=len(SIZE_BANDS))[1:] - mixed
    # A mixed pair has one of each, so band 2 is settled; the other bands share the rest alike.
    pure_homes = np.zeros(len(pure), dtype=np.int64)
    pure_homes[0] = (homes[0] - mixed[0]) // 2
    one_site = counts("locations_by_group_size", "provider_size_sites", ("1",), "setting", ("care home",))
    care_only = counts("providers_by_setting_mix", "setting_mix", ("care home",))[0, 0] - one_site[0, 0]
    pure_homes[1:] = whole(pure[1:] * 1.0, int(care_only) - int(pure_homes[0]))
    result = np.zeros(len(sizes), dtype=np.int64)
    for position, target in enumerate(homes):
        members = rng.permutation(np.flatnonzero(band == position + 1))
        both, care = members[: mixed[position]], members[mixed[position] :][: pure_homes[position]]
        result[care] = sizes[care]
        result[both] = _split(rng, sizes[both], int(target - sizes[care].sum()))
    return result


def _split(rng: np.random.Generator, sizes: Integers, total: int) -> Integers:
    """Return a number in 1..size-1 for each size, `total` in all, leaning to either side at random."""
    share = rng.random(len(sizes))
    low, high = -20.0, 20.0
    for _ in range(50):  # a common shift of the log-odds brings the sum to the total
        shift = (low + high) / 2
        expected = 1 + (sizes - 2) / (1 + np.exp(-np.log(share / (1 - share)) - shift))
        low, high = (shift, high) if expected.sum() < total else (low, shift)
    return np.clip(whole(expected, total), 1, sizes - 1)


def skeleton(seed: int) -> Skeleton:
    """Return all organisations and sites: the multi-site placed one by one, the one-site filling the rest."""
    spans = multi_site_spans(seed)
    targets = authority_targets()
    owner, place, broad = _placed(seed, spans, targets)
    left = targets.copy()
    np.subtract.at(left, (place, broad), 1)
    alone = np.repeat(np.arange(left.size), left.ravel())
    first = len(spans.sites)
    return Skeleton(
        organisation=np.concatenate([owner, first + np.arange(len(alone))]),
        authority=np.concatenate([place, alone // 2]),
        broad=np.concatenate([broad, alone % 2]),
        sites=np.concatenate([spans.sites, np.ones(len(alone), dtype=np.int64)]),
        band=np.concatenate([spans.band, np.zeros(len(alone), dtype=np.int64)]),
    )


def _placed(seed: int, spans: Spans, targets: Integers) -> tuple[Integers, Integers, Integers]:
    """Return (organisation, authority, broad setting) of every site of the multi-site organisations.

    No authority gets more locations than its target.
    """
    room = targets.astype(float).tolist()
    region_of = authority_regions()
    near = [
        [int(other) for other in np.argsort(authority_distances()[place]) if region_of[other] == region_of[place]]
        for place in range(len(targets))
    ]
    members = [np.flatnonzero(region_of == region).tolist() for region in range(len(regions()))]
    shares = _shares(iter(generator(seed, "region").random(10_000).tolist()), spans, members)
    rng = iter(generator(seed, "authority").random(30_000).tolist())
    owner: list[int] = []
    place: list[int] = []
    broad: list[int] = []
    for share in shares:
        inside = members[share.region]
        for chosen, setting in _local(share, members=inside, near=near, room=room, rng=rng):
            owner.append(share.organisation)
            place.append(chosen)
            broad.append(setting)
    sites = np.lexsort((broad, place, owner))
    return np.array(owner)[sites], np.array(place)[sites], np.array(broad)[sites]


@dataclass(slots=True)
class RegionalShare:
    """What one multi-site organisation has in one region: sites by broad setting, and authorities."""

    organisation: int
    region: int
    sites: list[int]
    authorities: int


def _shares(rng: Iterator[float], spans: Spans, members: list[list[int]]) -> list[RegionalShare]:
    """Return the sites of each organisation in each of its regions, so that every quota is met.

    A quota is a number of locations by region, setting and size band (from the fitted table). Organisations
    of one region are placed first and the widest last, because these can fill what is left; what then is too
    much in one region and too little in another is moved inside an organisation that works in both.
    """
    table = fitted_locations()
    shares: list[RegionalShare] = []
    for band in range(1, len(SIZE_BANDS)):
        quota = np.stack([whole(table[:, broad, band]) for broad in (0, 1)], axis=1).astype(float)
        inside = np.flatnonzero(spans.band == band)
        in_band: list[RegionalShare] = []
        for index in inside[np.lexsort((-spans.sites[inside], spans.regions[inside]))].tolist():
            for share in _regional(quota, spans, index, members, rng):
                quota[share.region] -= share.sites
                in_band.append(share)
        _even_out(quota, in_band)
        shares += in_band
    return shares


def _even_out(left: Floats, shares: list[RegionalShare]) -> None:
    """Move sites between the regions of an organisation, in one or two steps, to bring `left` to 0."""
    by_region: list[dict[int, RegionalShare]] = [{} for _ in range(len(left))]
    for share in shares:
        by_region[share.region][share.organisation] = share
    for broad in (CARE_HOME, COMMUNITY):
        for full in np.flatnonzero(left[:, broad] < 0).tolist():
            for short in np.flatnonzero(left[:, broad] > 0).tolist():
                # directly, or by way of a third region that gives one site as it takes one
                for way in ([full, short], *([full, other, short] for other in range(len(left)))):
                    while left[full, broad] < 0 < left[short, broad]:
                        steps = [_movable(by_region[start], by_region[end], broad) for start, end in pairwise(way)]
                        if None in steps or len(set(way)) < len(way):
                            break
                        for giver, taker in filter(None, steps):
                            giver.sites[broad] -= 1
                            taker.sites[broad] += 1
                            if sum(giver.sites) < giver.authorities:
                                giver.authorities -= 1
                                taker.authorities += 1
                        left[full, broad] += 1
                        left[short, broad] -= 1


def _movable(
    givers: dict[int, RegionalShare], takers: dict[int, RegionalShare], broad: int
) -> tuple[RegionalShare, RegionalShare] | None:
    """Return the two shares of an organisation that can move a site from one region to the other, if any."""
    for organisation, giver in givers.items():
        if organisation in takers and giver.sites[broad] > 0 and sum(giver.sites) > 1:
            return giver, takers[organisation]
    return None


def _drawn(weights: list[float], uniform: float) -> int:
    """Return an index drawn in proportion to the weights (negative ones count as 0)."""
    mark = uniform * sum(weight for weight in weights if weight > 0)
    last = 0
    for index, weight in enumerate(weights):
        if weight > 0:
            mark -= weight
            last = index
            if mark < 0:
                break
    return last


def _regional(
    left: Floats, spans: Spans, index: int, members: list[list[int]], rng: Iterator[float]
) -> Iterator[RegionalShare]:
    """Yield the share of each region of one organisation, given the quotas left in its size band."""
    size, many, wide = int(spans.sites[index]), int(spans.regions[index]), int(spans.authorities[index])
    needed = (int(spans.care_homes[index]), size - int(spans.care_homes[index]))
    weights = []
    for homes, others in left.tolist():
        weight = max(homes, 0.0) * needed[CARE_HOME] + max(others, 0.0) * needed[COMMUNITY]
        fits = homes >= needed[CARE_HOME] and others >= needed[COMMUNITY]
        # one region must hold it all; the tiny share keeps every region possible when none has room left
        weights.append(1e-6 + (weight if fits or many > 1 else 1e-6 * weight))
    if many == 1:
        yield RegionalShare(index, _drawn(weights, next(rng)), list(needed), wide)
        return
    chosen, pull = [], []
    for _ in range(many):
        region = _drawn(weights, next(rng))
        chosen.append(region)
        pull.append(weights[region])
        weights[region] = 0.0
    pull[0] *= assumed("home_region_weight")
    sites = 1 + whole(np.array(pull), size - many)
    limit = np.minimum(sites, [len(members[region]) for region in chosen])
    reach = np.ones(many, dtype=np.int64)
    for _ in range(wide - many):
        reach[np.argmax(np.where(reach < limit, sites / reach, -1.0))] += 1
    homes_in = np.minimum(whole(sites.astype(float), needed[CARE_HOME]), sites)
    for position, region in enumerate(chosen):
        homes = int(homes_in[position])
        inside = [homes, int(sites[position]) - homes]
        yield RegionalShare(index, region, inside, int(reach[position]))


def _local(
    share: RegionalShare,
    *,
    members: list[int],
    near: list[list[int]],
    room: list[list[float]],
    rng: Iterator[float],
) -> Iterator[tuple[int, int]]:
    """Yield (authority, broad setting) for each site of one organisation in one region.

    A home authority is drawn by the room left in the settings needed; the others are those nearest to it.
    """
    numbers, wide = share.sites, share.authorities
    least = [min(number, 1 if wide > 1 else number) for number in numbers]
    weights = [
        numbers[0] * room[place][0] + numbers[1] * room[place][1]
        if room[place][0] >= least[0] and room[place][1] >= least[1]
        else 0.0
        for place in members
    ]
    home = members[_drawn(weights, next(rng))]
    if wide == 1 and min(room[home][0] - numbers[0], room[home][1] - numbers[1]) >= 0:
        for setting, number in enumerate(numbers):
            room[home][setting] -= number
            yield from [(home, setting)] * number
        return
    visited: list[int] = []
    for setting, number in enumerate(numbers):
        for _ in range(number):
            open_places = [place for place in visited if room[place][setting] > 0]
            fresh = None
            if len(visited) < wide or not open_places:
                unvisited = (place for place in near[home] if place not in visited)
                fresh = next((place for place in unvisited if room[place][setting] > 0), None)
            if fresh is not None:
                place = fresh
                visited.append(place)
            elif len(open_places) == 1:
                place = open_places[0]
            else:
                place = open_places[_drawn([room[place][setting] for place in open_places], next(rng))]
            room[place][setting] -= 1
            yield place, setting
