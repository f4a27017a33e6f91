"""What the synthetic register must assume for want of evidence: grade D, declared to be varied."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Assumption(NamedTuple):
    """One number without a source (grade D), to be varied within its range."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    sentence: str


ASSUMPTIONS = (
    Assumption(
        "likeness_within_organisation", 0.5, "share of variance", 0.0, 0.9,
        "How far the sites of one organisation resemble each other in rating, nursing, service and age.",
    ),
    Assumption(
        "beds_pull_of_group_size", 0.45, "standard deviations per log site", 0.0, 0.8,
        "How much larger homes of larger groups are; set so that the largest groups hold the beds of 2018.",
    ),
    Assumption(
        "brand_noise", 0.8, "standard deviations of log sites", 0.0, 2.0,
        "How loosely the number of providers of a brand follows its number of sites.",
    ),
    Assumption(
        "span_noise", 0.35, "standard deviations of log sites", 0.0, 1.0,
        "How loosely the number of authorities and regions of an organisation follows its number of sites.",
    ),
    Assumption(
        "home_region_weight", 2.0, "ratio", 1.0, 5.0,
        "How much more of its sites a group holds in its home region than that region's quota implies.",
    ),
    Assumption(
        "public_multi_site_share", 0.6, "share of public sites", 0.3, 0.7,
        "Councils run several sites each: at most this share of public sites is in a multi-site body.",
    ),
    Assumption(
        "other_community_tilt", 1.0, "standard deviations", 0.0, 2.0,
        "How much likelier public and third-sector sites are to be supported living and the like.",
    ),
    Assumption(
        "age_tilt_of_groups", 1.0, "standard deviations", 0.0, 2.0,
        "How much older the sites of multi-site organisations are; new homecare has mostly one site.",
    ),
    Assumption(
        "years_before_first_rating", 4.0, "years", 1.0, 6.0,
        "The longest that a community location goes without a first rating; the never rated are younger.",
    ),
    Assumption(
        "occupancy_spread", 0.6, "log-odds", 0.2, 1.0,
        "How much bed occupancy differs between care homes; its mean follows from residents and beds.",
    ),
    Assumption(
        "homecare_median_one_site", 8.8, "people", 5.0, 15.0,
        "The median number of people served by a homecare organisation with one site.",
    ),
    Assumption(
        "homecare_median_in_groups", 45.0, "people a site", 20.0, 80.0,
        "The median number of people served from a homecare site of a multi-site organisation.",
    ),
    Assumption(
        "homecare_spread", 1.3, "log people", 1.0, 1.6,
        "How much homecare sites differ in people served; the largest is cut at 600.",
    ),
    Assumption(
        "other_community_median", 20.0, "people a site", 10.0, 40.0,
        "The median number of people served from a supported living, extra care or Shared Lives site.",
    ),
    Assumption(
        "other_community_spread", 1.0, "log people", 0.5, 1.5,
        "How much such sites differ in people served; the largest is cut at 600.",
    ),
    Assumption(
        "self_funder_spread", 1.2, "log-odds", 0.5, 2.0,
        "How much organisations of one kind differ in their share of self-funders.",
    ),
    Assumption(
        "staff_per_resident_nursing", 1.25, "people", 0.9, 1.7,
        "Headcount per resident of a care home with nursing.",
    ),
    Assumption(
        "staff_per_resident", 1.1, "people", 0.8, 1.7,
        "Headcount per resident of a care home without nursing.",
    ),
    Assumption(
        "staff_per_homecare_client", 0.5, "people", 0.3, 1.2,
        "Headcount per person served at home by an organisation with one site.",
    ),
    Assumption(
        "staff_per_homecare_client_in_groups", 0.9, "people", 0.5, 1.5,
        "The same in organisations with several sites, which serve more people with long hours.",
    ),
    Assumption(
        "staff_per_other_client", 1.2, "people", 0.3, 2.5,
        "Headcount per person in supported living, extra care or Shared Lives.",
    ),
    Assumption(
        "staff_spread", 0.3, "log people", 0.1, 0.6,
        "How much organisations of one size and kind differ in headcount.",
    ),
)  # fmt: skip


@cache
def _assumed() -> dict[str, float]:
    return {assumption.name: assumption.value for assumption in ASSUMPTIONS}


def assumed(name: str) -> float:
    """Return the value of the assumption `name` (grade D; unit and range in ASSUMPTIONS)."""
    return _assumed()[name]
