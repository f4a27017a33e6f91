"""What the sites of the register are like: owner, service, beds, rating, age and expected closures."""

from __future__ import annotations

import numpy as np

from ..country import Floats, Integers
from ..draws import generator
from .evidence import assumed
from .fit import alike_scores, dealt, fitted, spread_in_band, whole, whole_rows
from .places import authority_regions
from .published import (
    AGE_BAND_EDGES,
    AGE_BANDS,
    BED_BAND_ENDS,
    BED_BAND_STARTS,
    BED_BANDS,
    BROAD_SETTINGS,
    CARE_HOME_AGE_BANDS,
    CARE_HOME_SETTINGS,
    COMMUNITY_OWNERSHIP_LEVELS,
    EVER_RATED,
    LAST_EXIT_MONTHS,
    OWNERSHIP_LEVELS,
    RATING_LEVELS,
    SIZE_BANDS,
    Flags,
    counts,
    margin_rows,
    regions,
    sector,
)
from .sites import CARE_HOME, COMMUNITY, Skeleton

NURSING, RESIDENTIAL, HOMECARE, OTHER_COMMUNITY = 0, 1, 2, 3
FOR_PROFIT, THIRD_SECTOR, PUBLIC = 0, 1, 2
YEARS_OF_EXITS = 5  # the care home exits are those of 2018 to 2022


def ownership_targets(broad_totals: Integers) -> Integers:
    """Return the sites to be made, 3 owners x 2 broad settings, in the shares of 2023 and 2024."""
    homes = counts("locations", "ownership", OWNERSHIP_LEVELS, "setting", ("care home",))[:, 0]
    others = counts("locations", "ownership", COMMUNITY_OWNERSHIP_LEVELS, "setting", (EVER_RATED,))[:, 0]
    return np.stack([whole(homes, int(broad_totals[0])), whole(others, int(broad_totals[1]))], axis=1)


def ownerships(seed: int, made: Skeleton) -> Integers:
    """Return the owner of each organisation: 0 for-profit, 1 third sector, 2 public.

    Sites by owner are exact. Nothing published joins owner and size. Public: one multi-site body an authority
    at most (a council), the rest one-site. Third sector: as likely in organisations of every size.
    """
    rng = generator(seed, "ownership")
    n_organisations = len(made.sites)
    by_setting = np.stack(
        [np.bincount(made.organisation, weights=made.broad == broad) for broad in (CARE_HOME, COMMUNITY)],
        axis=1,
    )
    n_several = int(np.count_nonzero(made.sites > 1))
    targets = ownership_targets(by_setting.sum(axis=0).astype(np.int64)).astype(float)
    owner = np.zeros(n_organisations, dtype=np.int64)
    first_site = np.searchsorted(made.organisation, np.arange(n_organisations))
    last_site = first_site + made.sites - 1
    local = made.authority[first_site] == made.authority[last_site]  # sites of one owner are sorted by authority
    share = {
        PUBLIC: np.full(2, assumed("public_multi_site_share")),
        THIRD_SECTOR: by_setting[:n_several].sum(axis=0) / by_setting.sum(axis=0),
    }
    for kind in (PUBLIC, THIRD_SECTOR):
        left = targets[kind] * share[kind]
        taken: set[int] = set()
        weight = made.sites[:n_several] ** 2.0 if kind == PUBLIC else np.ones(n_several)
        for index in np.argsort(rng.exponential(size=n_several) / weight, kind="stable").tolist():
            place = int(made.authority[first_site[index]]) if kind == PUBLIC else index
            if owner[index] or place in taken or (kind == PUBLIC and not local[index]):
                continue
            if by_setting[index, 0] <= left[0] and by_setting[index, 1] <= left[1]:
                left -= by_setting[index]
                owner[index] = kind
                taken.add(place)
        missing = (targets[kind] - by_setting[owner == kind].sum(axis=0)).astype(np.int64)
        for broad in (CARE_HOME, COMMUNITY):
            free = n_several + np.flatnonzero((owner == 0)[n_several:] & (by_setting[n_several:, broad] == 1))
            owner[rng.permutation(free)[: missing[broad]]] = kind
    return owner


def site_settings(seed: int, made: Skeleton, owner: Integers) -> Integers:
    """Return the setting of each site: 0 nursing home, 1 other care home, 2 homecare, 3 other community."""
    setting = np.where(made.broad == CARE_HOME, RESIDENTIAL, HOMECARE)
    likeness = assumed("likeness_within_organisation")
    site_owner = owner[made.organisation]
    score = alike_scores(generator(seed, "nursing"), made.organisation, likeness)
    for kind, numbers in enumerate(nursing_by_owner(made, owner)):
        homes = np.flatnonzero((made.broad == CARE_HOME) & (site_owner == kind))
        setting[homes] = dealt(score[homes], numbers)
    community = np.flatnonzero(made.broad == COMMUNITY)
    score = alike_scores(generator(seed, "service"), made.organisation, likeness)
    score = score + assumed("other_community_tilt") * (site_owner != FOR_PROFIT)
    numbers = whole(np.array([1 - other_community_share(), other_community_share()]), len(community))
    setting[community] = HOMECARE + dealt(score[community], numbers)
    return setting


def nursing_by_owner(made: Skeleton, owner: Integers) -> Integers:
    """Return the care homes to be made, 3 owners x (with nursing, without)."""
    seen = counts("locations", "ownership", OWNERSHIP_LEVELS, "setting", CARE_HOME_SETTINGS)
    homes = np.bincount(owner[made.organisation[made.broad == CARE_HOME]], minlength=3)
    return whole_rows(seen / seen.sum(axis=1, keepdims=True) * homes[:, None], homes)


def other_community_share() -> float:
    """Return the share of community locations that do not provide homecare (supported living and the like).

    Flags of July 2026: 14,381 locations have homecare, 15,620 are not care homes; but the 15,884 with the
    activity of personal care exceed the latter, so at least 264 care homes hold it too and count as homecare
    here. That gives 9.6 %, between a lower bound of 7.9 % (no such care home) and 10.4 % in the sample of
    August 2025, which was not random.
    """
    levels = ("homecare", "not_care_home", "personal_care_activity")
    homecare, community, personal_care = counts("locations", "service_flag", levels)[:, 0]
    return float(1 - (homecare - (personal_care - community)) / community)


def site_beds(seed: int, made: Skeleton, owner: Integers, setting: Integers, group_sites: Integers) -> Integers:
    """Return the beds of each site (0 in the community), given the sites of the whole brand or organisation.

    Homes by bed band, nursing and owner are fitted to the two published tables; inside a band the number
    has the published mean for that band and nursing.
    """
    seen = counts("beds_band", "beds", BED_BANDS, "setting", CARE_HOME_SETTINGS)
    seen_owner = counts("beds_band", "beds", BED_BANDS, "ownership", OWNERSHIP_LEVELS)
    mean = counts("beds_in_band", "beds", BED_BANDS, "setting", CARE_HOME_SETTINGS) / seen
    homes = made.broad == CARE_HOME
    kinds = np.zeros((2, 3))
    np.add.at(kinds, (setting[homes], owner[made.organisation[homes]]), 1)
    expected = fitted(
        seen[:, :, None] * seen_owner[:, None, :],
        [
            (seen / seen.sum(axis=0) * kinds.sum(axis=1), (0, 1)),
            (seen_owner / seen_owner.sum(axis=0) * kinds.sum(axis=0), (0, 2)),
            (kinds, (1, 2)),
        ],
    )
    numbers = whole_rows(expected.reshape(len(BED_BANDS), -1).T, kinds.astype(np.int64).ravel())
    score = alike_scores(generator(seed, "beds"), made.organisation, assumed("likeness_within_organisation")) + assumed(
        "beds_pull_of_group_size"
    ) * np.log(group_sites[made.organisation])
    beds = np.zeros(len(setting), dtype=np.int64)
    for cell, by_band in enumerate(numbers):
        nursing, kind = divmod(cell, 3)
        members = np.flatnonzero(homes & (setting == nursing) & (owner[made.organisation] == kind))
        rising = [
            spread_in_band(
                int(BED_BAND_STARTS[band]),
                int(BED_BAND_ENDS[band]),
                float(mean[band, nursing]),
                (np.arange(number) + 0.5) / number,
            )
            for band, number in enumerate(by_band.tolist())
            if number
        ]
        beds[members[np.argsort(score[members], kind="stable")]] = np.concatenate(rising)
    return beds


def site_ratings(seed: int, made: Skeleton) -> Integers:
    """Return the rating of each site, -2 inadequate to 1 outstanding, in the shares of January 2021.

    Fitted over rating, region, setting and size band. Of the community locations 33.5 % were never rated in
    2025: they get a rating from the same shares, for the model needs one of everybody.
    """
    region = authority_regions()[made.authority]
    band = made.band[made.organisation]
    located = np.zeros((len(regions()), 2, len(SIZE_BANDS)))
    np.add.at(located, (region, made.broad, band), 1)
    by_setting = _as_shares(counts("locations", "rating", RATING_LEVELS, "setting", BROAD_SETTINGS).T)
    by_region = _as_shares(counts("locations", "rating", RATING_LEVELS, "region", regions()).T)
    by_band = _as_shares(counts("rating_by_group_size", "provider_size_sites", SIZE_BANDS, "rating", RATING_LEVELS))
    setting_target = by_setting * located.sum(axis=(0, 2))[:, None]
    overall = setting_target.sum(axis=0)
    # The sector of 2025 is made up otherwise than that of 2021: the totals by rating follow the settings.
    region_total, band_total = located.sum(axis=(1, 2)), located.sum(axis=(0, 1))
    region_target = fitted(by_region * region_total[:, None], [(region_total, (0,)), (overall, (1,))])
    band_target = fitted(by_band * band_total[:, None], [(band_total, (0,)), (overall, (1,))])
    expected = fitted(
        located[..., None] * overall,
        [(located, (0, 1, 2)), (region_target, (0, 3)), (band_target, (2, 3)), (setting_target, (1, 3))],
    )
    numbers = whole_rows(expected.reshape(-1, len(RATING_LEVELS)), located.astype(np.int64).ravel())
    score = alike_scores(generator(seed, "rating"), made.organisation, assumed("likeness_within_organisation"))
    rating = np.empty(len(made.organisation), dtype=np.int64)
    cell = np.ravel_multi_index((region, made.broad, band), located.shape)
    for members, by_rating in zip(_groups(cell, len(numbers)), numbers, strict=True):
        rating[members] = dealt(score[members], by_rating) - 2
    return rating


def _as_shares(table: Floats) -> Floats:
    """Return the rows of a table as shares of their sums."""
    shares: Floats = table / table.sum(axis=1, keepdims=True)
    return shares


def _groups(label: Integers, n_labels: int) -> list[Integers]:
    """Return the positions of each label 0..n_labels-1."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=n_labels))[:-1])


def site_ages(seed: int, made: Skeleton, setting: Integers) -> tuple[Floats, Flags]:
    """Return (years registered, never rated) of each site.

    The ages of community locations are known for those ever rated only; the never rated are the youngest
    of the sites, as unrated homecare is mostly new and of one site.
    """
    rng = generator(seed, "age")
    score = alike_scores(rng, made.organisation, assumed("likeness_within_organisation"))
    score = score + assumed("age_tilt_of_groups") * (made.band[made.organisation] > 0)
    within = rng.random(len(setting))
    years = np.empty(len(setting))
    never_rated = np.zeros(len(setting), dtype=bool)
    community = np.flatnonzero(made.broad == COMMUNITY)
    share = sector("community never rated") / 100
    never_rated[community] = dealt(score[community], whole(np.array([share, 1 - share]), len(community))) == 0
    years[never_rated] = assumed("years_before_first_rating") * within[never_rated]
    for level, bands, members in (
        (CARE_HOME_SETTINGS[0], CARE_HOME_AGE_BANDS, setting == NURSING),
        (CARE_HOME_SETTINGS[1], CARE_HOME_AGE_BANDS, setting == RESIDENTIAL),
        (EVER_RATED, AGE_BANDS, (made.broad == COMMUNITY) & ~never_rated),
    ):
        places = np.flatnonzero(members)
        seen = counts("registration_age", "years_registered", bands, "setting", (level,))[:, 0]
        band = dealt(score[places], whole(seen, len(places)))
        years[places] = AGE_BAND_EDGES[band] + np.diff(AGE_BAND_EDGES)[band] * within[places]
    return years, never_rated


def bed_bands(beds: Integers) -> Integers:
    """Return the bed band (index into BED_BANDS) of each number of beds."""
    return np.searchsorted(BED_BAND_STARTS, beds, side="right") - 1


def site_closure_rates(made: Skeleton, owner: Integers, beds: Integers) -> Floats:
    """Return the closures a year to be expected of each site.

    Care homes: complete closures of 2018 to 2022 over homes open in 2023, by beds and by owner, joined by
    fitting. Community: exits over locations open, last 24 months on record; understated, because locations
    that were never rated are missing there.
    """
    by_beds = counts("care_home_exits_2018_2022_by_size", "beds", BED_BANDS)[:, 0]
    by_owner = counts("care_home_exits_2018_2022_by_ownership", "ownership", OWNERSHIP_LEVELS)[:, 0]
    open_by_beds = counts("beds_band", "beds", BED_BANDS, "ownership", OWNERSHIP_LEVELS)
    closures = fitted(open_by_beds, [(by_beds, (0,)), (by_owner * by_beds.sum() / by_owner.sum(), (1,))])
    rate = np.full(len(beds), community_closure_rate())
    homes = made.broad == CARE_HOME
    rate_by_kind = closures / open_by_beds / YEARS_OF_EXITS
    rate[homes] = rate_by_kind[bed_bands(beds[homes]), owner[made.organisation[homes]]]
    return rate


def community_closure_rate() -> float:
    """Return the exits a year of community locations, as a share of those open, over 2023 and 2024."""
    rows = [margin_rows("community_exits_per_month", "month")[month, ""] for month in LAST_EXIT_MONTHS]
    return 12 * sum(row.count for row in rows) / sum(row.denominator or 0.0 for row in rows)
