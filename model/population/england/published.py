"""The numbers that the synthetic register takes from evidence, each declared before it may be read."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...declare import BadInputError
from ..country import EvidenceUsed, Floats, Integers
from .evidence import Figure, Margin, authorities, figure, margins, sources

Flags = NDArray[np.bool_]

BROAD_SETTINGS = ("care home", "community")
SIZE_BANDS = ("1", "2", "3", "4-5", "6-10", "11-20", "21-50", "51-100", "101+")
SIZE_BAND_STARTS = np.array([1, 2, 3, 4, 6, 11, 21, 51, 101])
BED_BANDS = ("1-4", "5-9", "10-19", "20-39", "40-59", "60-79", "80+")
BED_BAND_STARTS = np.array([1, 5, 10, 20, 40, 60, 80])
# The largest home of 2023 is not published; its 99th percentile is 107 beds (127 with nursing).
BED_BAND_ENDS = np.array([4, 9, 19, 39, 59, 79, 220])
AGE_BANDS = ("under 1 year", "1-2 years", "3-4 years", "5-7 years", "8-11 years", "12 years or more")
# The care home file writes its last band otherwise than the community file.
CARE_HOME_AGE_BANDS = (*AGE_BANDS[:-1], "12 years or more (registered at the start of the 2010 Act regime)")
LONGEST_REGISTERED = 14.7  # years from October 2010, when the register began, to mid-2025
AGE_BAND_EDGES = np.array([0.0, 1.0, 3.0, 5.0, 8.0, 12.0, LONGEST_REGISTERED])
RATING_LEVELS = ("Inadequate", "Requires improvement", "Good", "Outstanding")
CARE_HOME_SETTINGS = ("care home with nursing", "care home without nursing")
OWNERSHIP_LEVELS = ("For-Profit", "Third sector", "Local Authority")
# The care home file and the community file do not write "for profit" alike.
COMMUNITY_OWNERSHIP_LEVELS = ("For-profit", "Third sector", "Local Authority")
EVER_RATED = "community (ever rated)"
LAST_EXIT_MONTHS = tuple(f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13))

# Every table of margins.csv that the register, or its comparison with the evidence, may read.
MARGINS_USED = (
    ("derived_estimate", "one_site_share_2025", ""),
    ("locations_by_group_size", "provider_size_sites", "setting"),
    ("locations_by_group_size", "provider_size_sites", "region"),
    ("providers_exact", "provider_size_sites", ""),
    ("providers_banded", "provider_size_sites", ""),
    ("providers_active_in_la", "local_authority", ""),
    ("groups_exact", "group_size_sites", ""),
    ("groups_banded", "group_size_sites", ""),
    ("providers_by_setting_mix", "setting_mix", ""),
    ("provider_span", "provider", "number_of_regions"),
    ("provider_span", "provider", "number_of_local_authorities"),
    ("provider_span", "provider_size_sites", "spans_several_settings"),
    ("provider_span", "provider_size_sites", "spans_several_regions"),
    ("provider_span", "provider_size_sites", "spans_several_local_authorities"),
    ("brands_exact", "brand_size_sites", ""),
    ("providers_per_brand", "registered_providers_in_brand", ""),
    ("locations", "belongs_to_brand", "setting"),
    ("locations", "setting", ""),
    ("locations", "ownership", "setting"),
    ("beds_band", "beds", "setting"),
    ("beds_band", "beds", "ownership"),
    ("beds_in_band", "beds", "setting"),
    ("locations", "rating", "setting"),
    ("locations", "rating", "region"),
    ("rating_by_group_size", "provider_size_sites", "rating"),
    ("registration_age", "years_registered", "setting"),
    ("care_home_exits_2018_2022_by_size", "beds", ""),
    ("care_home_exits_2018_2022_by_ownership", "ownership", ""),
    ("community_exits_per_month", "month", ""),
    ("locations", "service_flag", ""),
)

# Every figure of the other tables that the register may read: variable, category and date by its name in the code.
FIGURES_USED = {
    "care home locations": ("cqc_locations", "care homes (implied)", ""),
    "community locations": ("cqc_locations", "non-care-home services (implied)", ""),
    "residents": ("residents", "", "2022/23"),
    "self-funders": ("funding", "self-funders among care home residents, England", "2022/23"),
    "self-funders, South East": ("funding", "self-funders, South East", ""),
    "self-funders, North East": ("funding", "self-funders, North East", ""),
    "self-funders, 1-19 beds": ("funding", "self-funders, homes with 1-19 beds", ""),
    "self-funders, outstanding": ("funding", "self-funders, homes rated outstanding", ""),
    "self-funders, inadequate": ("funding", "self-funders, homes rated inadequate", ""),
    "self-funders, younger adults": ("funding", "self-funders, homes for younger adults", ""),
    "homecare bought by public bodies": ("funding", "homecare bought by councils and NHS", ""),
    "community never rated": ("inspection", "community locations never rated", "2025-08"),
    "organisations under 50 staff": ("size", "organisations with fewer than 50 employees", ""),
    "homecare serving 4 or fewer": ("size", "homecare providers serving 4 or fewer people", ""),
    "homecare under 4 care workers": ("size", "homecare providers employing fewer than 4 care workers", ""),
}


@cache
def regions() -> tuple[str, ...]:
    """Return the nine regions in the order in which the authorities name them."""
    return tuple(dict.fromkeys(authority.region for authority in authorities()))


@cache
def _rows_by_table() -> dict[tuple[str, str, str], dict[tuple[str, str], Margin]]:
    tables: dict[tuple[str, str, str], dict[tuple[str, str], Margin]] = {key: {} for key in MARGINS_USED}
    for row in margins():
        key = (row.table, row.dimension1, row.dimension2)
        if key in tables:
            tables[key][row.level1, row.level2] = row
    return tables


def margin_rows(table: str, dimension1: str, dimension2: str = "") -> dict[tuple[str, str], Margin]:
    """Return the rows of one table of margins.csv by (level1, level2), if MARGINS_USED declares it."""
    key = (table, dimension1, dimension2)
    if key not in _rows_by_table():
        raise BadInputError(f"The register does not declare that it reads {' x '.join(filter(None, key))}.")
    return _rows_by_table()[key]


def counts(
    table: str,
    dimension1: str,
    levels1: tuple[str, ...],
    dimension2: str = "",
    levels2: tuple[str, ...] = ("",),
) -> Floats:
    """Return the counts of one table of margins.csv, one row per level1 and one column per level2.

    A pair of levels that the file leaves out is refused, for a name mistyped would otherwise count as 0.
    """
    rows = margin_rows(table, dimension1, dimension2)
    for pair in product(levels1, levels2):
        if pair not in rows:
            raise BadInputError(f"{table} has no row {' / '.join(filter(None, pair))} of {dimension1}.")
    return np.array([[rows[first, second].count for second in levels2] for first in levels1])


def exact_values(table: str, dimension1: str, dimension2: str = "") -> Integers:
    """Return a distribution of whole numbers as a list, largest first: "3: 27 times" becomes 27 threes."""
    values: list[int] = []
    for (level1, level2), row in margin_rows(table, dimension1, dimension2).items():
        if level1 != "with 2+ sites":  # provider_span gives some counts for this subset as well
            values += [int(level2 or level1)] * int(row.count)
    return np.array(sorted(values, reverse=True))


def _figure_used(name: str) -> Figure:
    keys = dict(zip(("variable", "category", "date"), FIGURES_USED[name], strict=True))
    return figure("sector_composition", **{column: key for column, key in keys.items() if key})


def sector(name: str) -> float:
    """Return a figure of sector_composition.csv by its name in FIGURES_USED, in the unit of the table."""
    return _figure_used(name).value


def register_evidence() -> list[EvidenceUsed]:
    """Return every number that the register takes from evidence, so that each can be traced to its source."""
    used = [EvidenceUsed(name, *_figure_used(name)[:4]) for name in FIGURES_USED]
    for key in MARGINS_USED:
        for (level1, level2), row in margin_rows(*key).items():
            levels = f"{level1} / {level2}" if level2 else level1
            what = f"{row.table}: {row.dimension1} = {levels} ({row.vintage})"
            used.append(EvidenceUsed(what, row.count, "count", row.source_id, row.grade))
    ratings, places = sources()["R-A"], sources()["R-L"]
    for authority in authorities():
        for what, value, unit, source in (
            ("care home (2021)", authority.care_homes_rated_2021, "count", ratings),
            ("community (2021)", authority.community_rated_2021, "count", ratings),
            ("latitude", authority.centroid_latitude, "degrees", places),
            ("longitude", authority.centroid_longitude, "degrees", places),
        ):
            named = f"{authority.name}: {what}"
            used.append(EvidenceUsed(named, float(value), unit, source.source_id, source.grade))
    return used
