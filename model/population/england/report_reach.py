"""How far the made organisations and brands reach, beside what was counted in 2021."""

from __future__ import annotations

import numpy as np

from .places import authority_regions
from .published import BROAD_SETTINGS, SIZE_BAND_STARTS, SIZE_BANDS, Floats, Integers, counts, exact_values, margin_rows
from .register import Register, SiteTable
from .report_rows import MarginRow, compared

RATED_2021 = ("2021-01", "R-A")
REGION_LEVELS = ("2", "3", "4", "5", "6", "7", "8", "9")
AUTHORITY_LEVELS = ("2", "3", "4-5", "6-10", "11-20", "21-50", "51-100")
KEPT = "organisations with several sites are kept as in 2021"


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


def reach_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return how many organisations span several settings, regions and authorities."""
    n_organisations = len(register.sites)
    several = register.sites > 1
    band = np.searchsorted(SIZE_BAND_STARTS, register.sites, side="right") - 1
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
        rows += compared(
            f"organisations in several {what}", SIZE_BANDS[1:], seen, made, "organisations", RATED_2021, KEPT
        )
    for what, dimension, levels, reach in (
        ("regions", "number_of_regions", REGION_LEVELS, in_regions),
        ("authorities", "number_of_local_authorities", AUTHORITY_LEVELS, in_authorities),
    ):
        seen = counts("provider_span", "provider", ("all",), dimension, levels)[0]
        rows += compared(
            f"organisations by number of {what}", levels, seen, _in_bands(reach, levels), "organisations",
            RATED_2021, KEPT,
        )  # fmt: skip
    mixed = "care home+community"
    seen = counts("providers_by_setting_mix", "setting_mix", ("care home", "community", mixed))[:, 0]
    one_site = counts("locations_by_group_size", "provider_size_sites", ("1",), "setting", BROAD_SETTINGS)[0]
    made = np.bincount(np.where(homes == 0, 1, np.where(homes == register.sites, 0, 2))[several], minlength=3)
    rows += compared(
        "organisations with several sites by settings", ("care homes only", "community only", "both"),
        seen - np.append(one_site, 0), made, "organisations", RATED_2021, KEPT,
    )  # fmt: skip
    located = margin_rows("derived_estimate", "one_site_share_2025")
    new = located["providers with one site (residual)", ""].count - one_site.sum()
    active = counts("providers_active_in_la", "local_authority", _places()).sum()
    rows += compared(
        "organisations counted in each authority they work in", ("England",), [active + new],
        [in_authorities.sum()], "organisations x authorities", RATED_2021,
        "plus one for each one-site organisation since; not fitted, it follows from the reach of groups",
    )  # fmt: skip
    return rows


def _places() -> tuple[str, ...]:
    return tuple(level for level, _ in margin_rows("providers_active_in_la", "local_authority"))


def brand_rows(register: Register, sites: SiteTable) -> list[MarginRow]:
    """Return brands by sites and by providers, and groups (a brand, or a provider without one) by sites."""
    broad = np.where(sites.setting < 2, 0, 1)
    branded = register.brand >= 0
    n_brands = int(register.brand.max()) + 1
    brand_sites = np.bincount(register.brand[branded], weights=register.sites[branded], minlength=n_brands)
    providers = np.bincount(register.brand[branded], minlength=n_brands)
    groups = np.concatenate([brand_sites, register.sites[~branded]]).astype(np.int64)
    seen = counts("groups_banded", "group_size_sites", SIZE_BANDS)[:, 0]
    one_site = margin_rows("derived_estimate", "one_site_share_2025")["providers with one site (residual)", ""]
    seen[0] += one_site.count - counts("providers_exact", "provider_size_sites", ("1",))[0, 0]
    kept = "brands are kept as in 2021"
    return [
        *compared(
            "locations under a brand", BROAD_SETTINGS,
            counts("locations", "belongs_to_brand", ("yes",), "setting", BROAD_SETTINGS)[0],
            np.bincount(broad[branded[sites.organisation]], minlength=2), "locations", RATED_2021, kept,
        ),
        *compared(
            "brands by sites", SIZE_BANDS,
            _in_bands(exact_values("brands_exact", "brand_size_sites"), SIZE_BANDS),
            _in_bands(brand_sites, SIZE_BANDS), "brands", RATED_2021, kept,
        ),
        *compared(
            "brands by registered providers", SIZE_BANDS,
            _in_bands(exact_values("providers_per_brand", "registered_providers_in_brand"), SIZE_BANDS),
            _in_bands(providers, SIZE_BANDS), "brands", RATED_2021, kept,
        ),
        *compared(
            "groups by sites", SIZE_BANDS, seen, _in_bands(groups, SIZE_BANDS), "groups", RATED_2021,
            "a brand, or a provider without one; one-site providers since 2021 added",
        ),
    ]  # fmt: skip
