"""The synthetic register beside the evidence, margin by margin, so that nobody has to take it on trust."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ..country import Floats, Integers, MarginRow
from .evidence import authorities, figure, margins
from .organisations import YEARS_OF_EXITS, bed_bands, community_closure_rate, other_community_share
from .people import SMALL_HOME, residents_target
from .places import authority_regions
from .published import (
    AGE_BAND_EDGES,
    AGE_BANDS,
    BED_BANDS,
    BROAD_SETTINGS,
    CARE_HOME_AGE_BANDS,
    CARE_HOME_SETTINGS,
    COMMUNITY_OWNERSHIP_LEVELS,
    EVER_RATED,
    LONGEST_REGISTERED,
    OWNERSHIP_LEVELS,
    RATING_LEVELS,
    SIZE_BAND_STARTS,
    SIZE_BANDS,
    counts,
    exact_values,
    margin_rows,
    regions,
    sector,
)
from .register import OWNERSHIPS, RATINGS, SETTINGS, Register, SiteTable, synthetic_register, synthetic_sites
from .sites import authority_targets, fitted_locations, totals

FOUR_GROUPS, TWENTY_FIVE_GROUPS = 4, 25
SCALED = "locations of 2021 scaled to mid-2025"
RATED_2021 = ("2021-01", "R-A")
REGION_LEVELS = ("2", "3", "4", "5", "6", "7", "8", "9")
AUTHORITY_LEVELS = ("2", "3", "4-5", "6-10", "11-20", "21-50", "51-100")
KEPT = "organisations with several sites are kept as in 2021"
OTHER_VINTAGE = "evidence of another vintage than the register (mid-2025); not fitted"


def margin_table(register: Register | None = None, sites: SiteTable | None = None) -> list[MarginRow]:
    """Return every margin of the synthetic register, by default that of this process, beside its evidence.

    `difference` is made minus evidence, in the unit of the row; None where one side is missing, and then the
    note says why. Pass a register together with its own sites.
    """
    if register is None or sites is None:
        register, sites = synthetic_register(), synthetic_sites()
    return [
        *_location_rows(register, sites),
        *_reach_rows(register, sites),
        *_brand_rows(register, sites),
        *_service_rows(register, sites),
        *_bed_rows(register, sites),
        *_rating_rows(register, sites),
        *_age_rows(sites),
        *_people_rows(register, sites),
        *_closure_rows(register, sites),
        *_flow_rows(),
    ]


def _compared(  # a row of the table is read from left to right
    margin: str,
    levels: Sequence[str] | tuple[Sequence[str], Sequence[str]],
    evidence: ArrayLike,
    made: ArrayLike,
    unit: str,
    taken: tuple[str, str],
    note: str,
) -> list[MarginRow]:
    """Return one row per level, or per pair of levels; `taken` is (vintage, source id) of the evidence."""
    if isinstance(levels[0], str):
        names = list(cast(Sequence[str], levels))
    else:
        names = [" / ".join(pair) for pair in product(*cast(Sequence[Sequence[str]], levels))]
    seen, counted = np.asarray(evidence, dtype=float).ravel(), np.asarray(made, dtype=float).ravel()
    vintage, source_id = taken
    return [
        MarginRow(margin, name, float(one), float(other), float(other - one), unit, vintage, source_id, note)
        for name, one, other in zip(names, seen, counted, strict=True)
    ]


def _in_percent(numbers: ArrayLike, axis: int | None = None) -> Floats:
    """Return the numbers in percent of their sum over `axis` (of all by default)."""
    table = np.asarray(numbers, dtype=float)
    percent: Floats = 100 * table / table.sum(axis=axis, keepdims=axis is not None)
    return percent


def _origin(table: str, dimension1: str, dimension2: str = "") -> tuple[str, str]:
    """Return (vintage, source id) of the first row of a table of margins.csv."""
    first = next(iter(margin_rows(table, dimension1, dimension2).values()))
    return first.vintage, first.source_id


def _table(shape: tuple[int, ...], *places: Integers, weights: Floats | None = None) -> Floats:
    """Return how many sites (or how much weight) fall into each cell of a table."""
    cell = np.ravel_multi_index(places, shape)
    return np.bincount(cell, weights=weights, minlength=int(np.prod(shape))).reshape(shape).astype(float)


def _broad(sites: SiteTable) -> Integers:
    return np.where(sites.setting < 2, 0, 1)


def _one_site_providers() -> float:
    return margin_rows("derived_estimate", "one_site_share_2025")["providers with one site (residual)", ""].count


def _size_bands(register: Register) -> Integers:
    return np.searchsorted(SIZE_BAND_STARTS, register.sites, side="right") - 1


def _location_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return locations by setting, region, authority and size band of the organisation."""
    broad, region = _broad(sites), authority_regions()[sites.authority]
    band = _size_bands(register)[sites.organisation]
    places = [authority.name for authority in authorities()]
    expected = fitted_locations()
    targets = authority_targets()
    region_targets = np.zeros((9, 2))
    np.add.at(region_targets, authority_regions(), targets)
    estimate = "organisations with one site are the rest of 28,800; those with several as counted in 2021"
    organisations = counts("providers_banded", "provider_size_sites", SIZE_BANDS)[:, 0]
    organisations[0] = _one_site_providers()
    return [
        *_compared(
            "locations", BROAD_SETTINGS, totals(), _table((2,), broad), "locations", ("2025-06", "S021"),
            "counted 14,649 and 14,126, scaled to the 28,800 of the estimate of organisations",
        ),
        *_compared(
            "locations by region", (regions(), BROAD_SETTINGS), region_targets, _table((9, 2), region, broad),
            "locations", RATED_2021, SCALED,
        ),
        *_compared(
            "locations by authority", (places, BROAD_SETTINGS), targets,
            _table((153, 2), sites.authority, broad), "locations", RATED_2021, SCALED,
        ),
        *_compared(
            "organisations by sites", SIZE_BANDS, organisations, _table((9,), _size_bands(register)),
            "organisations", RATED_2021, estimate,
        ),
        *_compared(
            "locations by sites of organisation", (BROAD_SETTINGS, SIZE_BANDS), expected.sum(axis=0),
            _table((2, 9), broad, band), "locations", RATED_2021, estimate,
        ),
        *_compared(
            "locations by region and sites of organisation", (regions(), SIZE_BANDS), expected.sum(axis=1),
            _table((9, 9), region, band), "locations", RATED_2021, estimate,
        ),
    ]  # fmt: skip


def _service_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return nursing, homecare and ownership."""
    setting, broad = sites.setting.astype(np.int64), _broad(sites)
    owner = register.ownership[sites.organisation].astype(np.int64)
    nursing = counts("locations", "setting", CARE_HOME_SETTINGS)[:, 0]
    homes = counts("locations", "ownership", OWNERSHIP_LEVELS, "setting", CARE_HOME_SETTINGS)
    community = counts("locations", "ownership", COMMUNITY_OWNERSHIP_LEVELS, "setting", (EVER_RATED,))[:, 0]
    other = np.array([1 - other_community_share(), other_community_share()])
    autumn, winter = ("2023 (autumn)", "R-B"), ("2024-12", "R-C")
    return [
        *_compared(
            "care homes by nursing", SETTINGS[:2], _in_percent(nursing),
            _in_percent(_table((4,), setting)[:2]), "percent of care homes", autumn, "",
        ),
        *_compared(
            "community by service", SETTINGS[2:], _in_percent(other), _in_percent(_table((4,), setting)[2:]),
            "percent of community locations", _origin("locations", "service_flag"),
            "flags overlap: homecare is whatever has homecare, less 264 care homes with personal care",
        ),
        *_compared(
            "care homes by owner", (OWNERSHIPS, SETTINGS[:2]), _in_percent(homes),
            _in_percent(_table((3, 4), owner, setting)[:, :2]), "percent of care homes", autumn, "",
        ),
        *_compared(
            "community by owner", OWNERSHIPS, _in_percent(community),
            _in_percent(_table((3, 2), owner, broad)[:, 1]), "percent of community locations", winter,
            "evidence: ever rated only",
        ),
    ]  # fmt: skip


def _bed_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return beds: homes by band, means, quantiles and the share of the largest groups."""
    homes = np.flatnonzero(sites.setting < 2)
    beds, nursing = sites.beds[homes].astype(np.int64), sites.setting[homes].astype(np.int64)
    owner = register.ownership[sites.organisation[homes]].astype(np.int64)
    band = bed_bands(beds)
    autumn = ("2023 (autumn)", "R-B")
    by_setting = counts("beds_band", "beds", BED_BANDS, "setting", CARE_HOME_SETTINGS)
    by_owner = counts("beds_band", "beds", BED_BANDS, "ownership", OWNERSHIP_LEVELS)
    in_band = counts("beds_in_band", "beds", BED_BANDS, "setting", CARE_HOME_SETTINGS)
    made = _table((7, 2), band, nursing)
    quantiles = ("0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99")
    published = {(row.level1, row.level2): row.count for row in margins() if row.table == "beds_quantile"}
    read = np.array([[published[level, setting] for setting in CARE_HOME_SETTINGS] for level in quantiles])
    made_quantiles = np.array(
        [[np.quantile(beds[nursing == kind], float(level)) for kind in (0, 1)] for level in quantiles]
    )
    group = np.where(register.brand >= 0, register.brand, 1000 + np.arange(len(register.sites)))
    largest = np.sort(np.bincount(group, weights=register.beds))[::-1]
    largest_share = np.array([largest[:number].sum() for number in (FOUR_GROUPS, TWENTY_FIVE_GROUPS)])
    largest_groups = "largest care home groups, share of beds, England"
    shares = [figure("sector_composition", category=f"{many} {largest_groups}").value for many in ("four", "25")]
    return [
        *_compared(
            "care homes by beds", (BED_BANDS, SETTINGS[:2]), _in_percent(by_setting), _in_percent(made),
            "percent of care homes", autumn, "",
        ),
        *_compared(
            "care homes by beds and owner", (BED_BANDS, OWNERSHIPS), _in_percent(by_owner),
            _in_percent(_table((7, 3), band, owner)), "percent of care homes", autumn, "",
        ),
        *_compared(
            "mean beds in band", (BED_BANDS, SETTINGS[:2]), in_band / by_setting,
            _table((7, 2), band, nursing, weights=beds.astype(float)) / made, "beds a home", autumn, "",
        ),
        *_compared(
            "mean beds", SETTINGS[:2], in_band.sum(axis=0) / by_setting.sum(axis=0),
            [beds[nursing == kind].mean() for kind in (0, 1)], "beds a home", autumn, "",
        ),
        *_compared(
            "quantile of beds", (quantiles, SETTINGS[:2]), read, made_quantiles, "beds a home", autumn,
            "not fitted: it follows from the bands and their means",
        ),
        *_compared(
            "beds of the largest groups", ("four largest", "25 largest"), shares,
            100 * largest_share / largest.sum(), "percent of beds", ("2018", "S071"),
            "one pull of group size on beds (assumption), set by the 25 largest, cannot meet both; "
            + OTHER_VINTAGE,
        ),
    ]  # fmt: skip


def _rating_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return ratings by setting, region and size band, in percent of the locations there."""
    rating = sites.rating.astype(np.int64) + 2
    note = (
        "the synthetic register has more community locations than the rated ones of 2021, so setting, region and "
        "size cannot all keep their shares; never-rated locations take a rating from the same shares"
    )
    rows = []
    for margin, levels, seen, place in (
        ("rating by setting", BROAD_SETTINGS, ("locations", "rating", "setting"), _broad(sites)),
        (
            "rating by region", regions(), ("locations", "rating", "region"),
            authority_regions()[sites.authority],
        ),
        (
            "rating by sites of organisation", SIZE_BANDS,
            ("rating_by_group_size", "provider_size_sites", "rating"),
            _size_bands(register)[sites.organisation],
        ),
    ):  # fmt: skip
        if seen[1] == "rating":
            evidence = counts(seen[0], seen[1], RATING_LEVELS, seen[2], levels).T
        else:
            evidence = counts(seen[0], seen[1], levels, seen[2], RATING_LEVELS)
        made = _table((len(levels), len(RATINGS)), place, rating)
        rows += _compared(
            margin, (levels, tuple(RATINGS.values())), _in_percent(evidence, axis=1), _in_percent(made, axis=1),
            "percent of locations there", RATED_2021, note,
        )  # fmt: skip
    return rows


def _age_rows(sites: SiteTable) -> list[MarginRow]:
    """Return years registered by setting, in percent, and the share never rated."""
    rows = []
    rated = ~sites.never_rated
    for level, bands, members, taken in (
        (CARE_HOME_SETTINGS[0], CARE_HOME_AGE_BANDS, sites.setting == 0, ("2023 (autumn)", "R-B")),
        (CARE_HOME_SETTINGS[1], CARE_HOME_AGE_BANDS, sites.setting == 1, ("2023 (autumn)", "R-B")),
        (EVER_RATED, AGE_BANDS, (sites.setting > 1) & rated, ("2024-12", "R-C")),
    ):
        seen = counts("registration_age", "years_registered", bands, "setting", (level,))[:, 0]
        edges = np.append(AGE_BAND_EDGES[:-1], LONGEST_REGISTERED + 1)
        made = np.histogram(sites.years_registered[members], edges)[0]
        rows += _compared(
            f"years registered, {level}", AGE_BANDS, _in_percent(seen), _in_percent(made),
            "percent of locations", taken, "age of the registration, which restarts with a new owner",
        )  # fmt: skip
    community = sites.setting > 1
    rows += _compared(
        "never rated", ("community",), [sector("community never rated")],
        [100 * sites.never_rated[community].mean()], "percent of community locations", ("2025-08", "S066"),
        "the model gives them a rating from the shares of those rated",
    )  # fmt: skip
    return rows


def _people_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return residents, self-funders, and the sizes of organisations in people and staff."""
    homes = sites.setting < 2
    residents, region = sites.persons[homes], authority_regions()[sites.authority[homes]]
    funded, rating = residents * sites.self_funder_share[homes], sites.rating[homes]
    homecare = sites.setting == 2
    payers = {
        "England": ("", residents >= 0),
        "South East": (", South East", region == regions().index("South East")),
        "North East": (", North East", region == regions().index("North East")),
        "homes with 1-19 beds": (", 1-19 beds", sites.beds[homes] <= SMALL_HOME),
        "rated outstanding": (", outstanding", rating == 1),
        "rated inadequate": (", inadequate", rating == -2),
    }
    agencies = register.setting == 2
    posts = figure("workforce", variable="filled_posts", year="2023/24")
    clients = figure("sector_composition", variable="clients", date="2023/24")
    supported = float((register.persons * (1 - register.self_funder_share)).sum())
    return [
        *_compared(
            "residents of care homes", ("England",), [residents_target(int(homes.sum()))], [residents.sum()],
            "people", ("2022/23", "S069"), "372,035 in 14,649 homes, for the homes made",
        ),
        *_compared(
            "bed occupancy", ("England",),
            [figure("sector_composition", category="care home bed occupancy").value],
            [100 * residents.sum() / sites.beds.sum()], "percent of beds", ("2019/20", "S070"),
            "residents of 2022/23 in beds of 2023; " + OTHER_VINTAGE,
        ),
        *_compared(
            "self-funders in care homes", tuple(payers), [sector("self-funders" + key) for key, _ in payers.values()],
            [100 * funded[group].sum() / residents[group].sum() for _, group in payers.values()],
            "percent of residents", ("2022/23", "S069"), "",
        ),
        *_compared(
            "self-funders in homecare", ("England",), [100 - sector("homecare bought by public bodies")],
            [100 * np.average(sites.self_funder_share[homecare], weights=sites.persons[homecare])],
            "percent of people", ("2024", "S176"), "what councils and the NHS do not buy",
        ),
        *_compared(
            "organisations with fewer than 50 staff", ("England",), [sector("organisations under 50 staff")],
            [100 * (register.staff < 50).mean()], "percent of organisations", ("about 2020", "S065"),
            "staff per person served is an assumption set by this share; evidence counts services that CQC "
            "does not regulate as well",
        ),
        *_compared(
            "homecare serving 4 or fewer people", ("England",), [sector("homecare serving 4 or fewer")],
            [100 * (register.persons[agencies] <= 4).mean()], "percent of homecare providers (at least)",
            ("2024/25", "S067"), "people per site are an assumption set by this share",
        ),
        *_compared(
            "homecare with fewer than 4 care workers", ("England",),
            [sector("homecare under 4 care workers")],
            [100 * (register.staff[agencies] - 1 < 4).mean()], "percent of homecare providers (at least)",
            ("2024/25", "S067"), "staff less one registered manager; a lower bound",
        ),
        *_compared(
            "posts", ("England",), [posts.value], [register.staff.sum()], "posts",
            ("2023/24", posts.source_id),
            "rebased to about 1.6 million in 2024/25; includes councils, personal assistants and services "
            "that CQC does not regulate; cannot be met together with 85 % of organisations under 50 staff",
        ),
        *_compared(
            "people not paying for themselves", ("England",), [clients.value], [supported], "people",
            ("2023/24", clients.source_id),
            "evidence: all who had council long-term support in a year; made: people served at one time, "
            "community by assumption",
        ),
    ]  # fmt: skip


def _closure_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return the closures to be expected, in percent of locations a year."""
    homes = np.flatnonzero(sites.setting < 2)
    rate = 100 * sites.closure_rate[homes]
    band = bed_bands(sites.beds[homes].astype(np.int64))
    owner = register.ownership[sites.organisation[homes]].astype(np.int64)
    seen: list[Floats] = []
    for table, dimension, levels in (
        ("care_home_exits_2018_2022_by_size", "beds", BED_BANDS),
        ("care_home_exits_2018_2022_by_ownership", "ownership", OWNERSHIP_LEVELS),
    ):
        rows = margin_rows(table, dimension)
        seen.append(np.array([100 * rows[level, ""].count / (rows[level, ""].denominator or 1) for level in levels]))
    taken = ("2018 to 2022", "R-B")
    note = "complete closures in five years over homes open in 2023, so approximate; expected, not yet drawn"
    unit = "percent a year"
    return [
        *_compared(
            "closures by beds", BED_BANDS, seen[0] / YEARS_OF_EXITS,
            _table((7,), band, weights=rate) / _table((7,), band), unit, taken, note,
        ),
        *_compared(
            "closures by owner", OWNERSHIPS, seen[1] / YEARS_OF_EXITS,
            _table((3,), owner, weights=rate) / _table((3,), owner), unit, taken, note,
        ),
        *_compared(
            "closures in the community", ("England",), [100 * community_closure_rate()],
            [100 * sites.closure_rate[sites.setting > 1].mean()], unit, ("2023 and 2024", "R-C"),
            "ever rated only: understated, because the never rated probably leave most often",
        ),
    ]  # fmt: skip


def _flow_rows() -> list[MarginRow]:
    """Return what is published of flows and of 2026 and is no part of the register, with the reason."""
    reasons = {
        "monthly_flow": "a flow of 2026; the register is a stock, entries and exits are the model's",
        "dormant": "the register has no dormant locations",
        "locations_total": "includes 1,005 dormant and 852 dual-registered rows in July 2026",
    }
    rows = []
    for row in margins():
        why = reasons.get("dormant" if row.table == "locations" and row.level1 == "dormant" else row.table)
        if why is not None:
            level = " / ".join(filter(None, (row.level1, row.level2)))
            unit = "locations a month" if row.table == "monthly_flow" else "locations"
            note = f"{OTHER_VINTAGE}: {why}"
            rows.append(MarginRow(row.table, level, row.count, None, None, unit, row.vintage, row.source_id, note))
    return rows


def _different(owner: Integers, value: Integers, n_owners: int) -> Integers:
    """Return how many different values each owner has."""
    pairs = np.unique(owner.astype(np.int64) * 1000 + value)
    return np.bincount(pairs // 1000, minlength=n_owners)


def _in_bands(numbers: Integers, levels: tuple[str, ...]) -> Floats:
    """Return how many numbers fall into each level, written "3" or "4-5" or "101+"."""
    starts = [int(level.partition("-")[0].rstrip("+")) for level in levels]
    ends = [*(start - 1 for start in starts[1:]), np.inf]
    return np.array(
        [np.count_nonzero((numbers >= low) & (numbers <= high)) for low, high in zip(starts, ends, strict=True)],
        dtype=float,
    )


def _reach_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return how many organisations span several settings, regions and authorities."""
    n_organisations = len(register.sites)
    several, band = register.sites > 1, _size_bands(register)
    homes = np.bincount(sites.organisation[sites.setting < 2], minlength=n_organisations)
    in_settings = (homes > 0).astype(np.int64) + (homes < register.sites)
    in_regions = _different(sites.organisation, authority_regions()[sites.authority], n_organisations)
    in_authorities = _different(sites.organisation, sites.authority, n_organisations)
    rows = []
    for what, dimension, reach in (
        ("settings", "spans_several_settings", in_settings),
        ("regions", "spans_several_regions", in_regions),
        ("authorities", "spans_several_local_authorities", in_authorities),
    ):
        seen = counts("provider_span", "provider_size_sites", SIZE_BANDS[1:], dimension, ("yes",))[:, 0]
        made = np.bincount(band[(reach > 1) & several], minlength=len(SIZE_BANDS))[1:]
        rows += _compared(
            f"organisations in several {what}", SIZE_BANDS[1:], seen, made, "organisations", RATED_2021, KEPT
        )
    for what, dimension, levels, reach in (
        ("regions", "number_of_regions", REGION_LEVELS, in_regions),
        ("authorities", "number_of_local_authorities", AUTHORITY_LEVELS, in_authorities),
    ):
        seen = counts("provider_span", "provider", ("all",), dimension, levels)[0]
        rows += _compared(
            f"organisations by number of {what}", levels, seen, _in_bands(reach, levels), "organisations",
            RATED_2021, KEPT,
        )  # fmt: skip
    mixed = "care home+community"
    seen = counts("providers_by_setting_mix", "setting_mix", ("care home", "community", mixed))[:, 0]
    one_site = counts("locations_by_group_size", "provider_size_sites", ("1",), "setting", BROAD_SETTINGS)[0]
    made = np.bincount(np.where(homes == 0, 1, np.where(homes == register.sites, 0, 2))[several], minlength=3)
    rows += _compared(
        "organisations with several sites by settings", ("care homes only", "community only", "both"),
        seen - np.append(one_site, 0), made, "organisations", RATED_2021, KEPT,
    )  # fmt: skip
    new = _one_site_providers() - one_site.sum()
    active = sum(row.count for row in margin_rows("providers_active_in_la", "local_authority").values())
    rows += _compared(
        "organisations counted in each authority they work in", ("England",), [active + new],
        [in_authorities.sum()], "organisations x authorities", RATED_2021,
        "plus one for each one-site organisation since; not fitted, it follows from the reach of groups",
    )  # fmt: skip
    return rows


def _brand_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return brands by sites and by providers, and groups (a brand, or a provider without one) by sites."""
    broad = _broad(sites)
    branded = register.brand >= 0
    n_brands = int(register.brand.max()) + 1
    brand_sites = np.bincount(register.brand[branded], weights=register.sites[branded], minlength=n_brands)
    providers = np.bincount(register.brand[branded], minlength=n_brands)
    groups = np.concatenate([brand_sites, register.sites[~branded]]).astype(np.int64)
    seen = counts("groups_banded", "group_size_sites", SIZE_BANDS)[:, 0]
    seen[0] += _one_site_providers() - counts("providers_exact", "provider_size_sites", ("1",))[0, 0]
    kept = "brands are kept as in 2021"
    return [
        *_compared(
            "locations under a brand", BROAD_SETTINGS,
            counts("locations", "belongs_to_brand", ("yes",), "setting", BROAD_SETTINGS)[0],
            np.bincount(broad[branded[sites.organisation]], minlength=2), "locations", RATED_2021, kept,
        ),
        *_compared(
            "brands by sites", SIZE_BANDS,
            _in_bands(exact_values("brands_exact", "brand_size_sites"), SIZE_BANDS),
            _in_bands(brand_sites, SIZE_BANDS), "brands", RATED_2021, kept,
        ),
        *_compared(
            "brands by registered providers", SIZE_BANDS,
            _in_bands(exact_values("providers_per_brand", "registered_providers_in_brand"), SIZE_BANDS),
            _in_bands(providers, SIZE_BANDS), "brands", RATED_2021, kept,
        ),
        *_compared(
            "groups by sites", SIZE_BANDS, seen, _in_bands(groups, SIZE_BANDS), "groups", RATED_2021,
            "a brand, or a provider without one; one-site providers since 2021 added",
        ),
    ]  # fmt: skip
