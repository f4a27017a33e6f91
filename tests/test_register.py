"""The synthetic register meets the published margins, is the same every time, and traces its numbers."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carespread.model.population.draws import generator
from carespread.model.population.england import brands as register_brands
from carespread.model.population.england import evidence as tables
from carespread.model.population.england import organisations as register_traits
from carespread.model.population.england.evidence import (
    Assumption,
    adjacency,
    assumed,
    assumptions,
    authorities,
    figure,
    margins,
    sources,
)
from carespread.model.population.england.fit import dealt, fitted, spread_in_band, whole, whole_rows
from carespread.model.population.england.places import authority_distances, authority_order, authority_regions
from carespread.model.population.england.published import (
    AGE_BANDS,
    BED_BANDS,
    BROAD_SETTINGS,
    CARE_HOME_AGE_BANDS,
    CARE_HOME_SETTINGS,
    EVER_RATED,
    RATING_LEVELS,
    SIZE_BANDS,
    counts,
    exact_values,
    register_evidence,
)
from carespread.model.population.england.register import (
    OWNERSHIPS,
    SETTINGS,
    Register,
    SiteTable,
    _make,
    synthetic_register,
    synthetic_sites,
)
from carespread.model.population.england.report import margin_table

MADE = synthetic_register()
SITES = synthetic_sites()

# Margins that the register was made to meet exactly, in the unit of the row.
EXACT = {
    "locations",
    "locations by authority",
    "locations by region",
    "organisations by sites",
    "organisations by number of regions",
    "organisations in several settings",
    "organisations in several regions",
    "organisations with several sites by settings",
    "locations under a brand",
    "brands by sites",
    "brands by registered providers",
    "groups by sites",
}
# Margins that the register cannot meet; the note of each row says why.
BESIDE = {
    "beds of the largest groups",
    "bed occupancy",
    "homecare with fewer than 4 care workers",
    "posts",
    "people not paying for themselves",
}


def columns(made: Register, sites: SiteTable) -> list[np.ndarray[Any, Any]]:
    """Return every column of a register and its sites."""
    return [*made, *sites]


@pytest.mark.parametrize("seed", [2025, 1, 7])
def test_every_margin_is_met(seed: int) -> None:
    """Counts within 2 % (or 3), shares within 2 points; the widest-known margins exactly."""
    for row in margin_table(synthetic_register(seed), synthetic_sites(seed)):
        if row.difference is None or row.margin in BESIDE:
            continue
        assert row.evidence is not None
        if row.margin in EXACT:
            assert abs(row.difference) < 0.5, row
        elif row.unit.startswith("percent"):
            assert abs(row.difference) <= 2.0, row
        else:
            assert abs(row.difference) <= max(3.0, 0.02 * abs(row.evidence)), row


def test_groups_of_2021_are_where_the_raw_table_has_them() -> None:
    """Counted again from the file itself, without the code that made the register."""
    owners = MADE.sites[SITES.organisation]
    region = np.array([authority.region for authority in authorities()])[SITES.authority]
    checked = 0
    for row in margins():
        if row.table != "locations_by_group_size" or row.dimension1 != "provider_size_sites" or row.level1 == "1":
            continue
        low, _, high = row.level1.rstrip("+").partition("-")
        inside = (owners >= int(low)) & (owners <= (1000 if "+" in row.level1 else int(high or low)))
        if row.dimension2 == "region":
            assert abs(np.count_nonzero(inside & (region == row.level2)) - row.count) <= 3, row
        elif row.dimension2 == "setting":
            homes = (SITES.setting < 2) == (row.level2 == "care home")
            assert np.count_nonzero(inside & homes) == row.count, row
        checked += 1
    assert checked == 8 * (1 + 2 + 9)


def test_authorities_grow_alike() -> None:
    """Each authority has its rated care homes and community locations of 2021, times one factor each."""
    for homes, field in ((True, "care_homes_rated_2021"), (False, "community_rated_2021")):
        rated = np.array([getattr(authority, field) for authority in authorities()])
        made = np.bincount(SITES.authority[(SITES.setting < 2) == homes], minlength=153)
        assert np.all(np.abs(made - rated * made.sum() / rated.sum()) < 1)


def test_what_is_beside_its_evidence_says_why() -> None:
    """A margin that is not met, or has nothing to meet, has a reason in its note."""
    rows = margin_table()
    assert {row.margin for row in rows} >= BESIDE | EXACT
    for row in rows:
        assert row.source_id in sources()
        if row.margin in BESIDE or row.difference is None:
            assert row.note


def test_flows_are_called_of_another_vintage() -> None:
    """Flows of 2026 are no margin of a stock of 2025."""
    flows = [row for row in margin_table() if row.margin in ("monthly_flow", "locations_total")]
    assert flows
    for row in flows:
        assert row.made is None
        assert "another vintage" in row.note


def test_the_register_counts_its_own_sites() -> None:
    """Every column of an organisation follows from its sites."""
    assert len(MADE.sites) == 18_099
    assert len(SITES.setting) == MADE.sites.sum() == 28_800
    assert np.array_equal(np.bincount(SITES.organisation), MADE.sites)
    assert np.array_equal(np.bincount(SITES.organisation, weights=SITES.beds), MADE.beds)
    assert np.allclose(np.bincount(SITES.organisation, weights=SITES.persons), MADE.persons)
    assert np.all(np.diff(SITES.organisation) >= 0)
    alone = MADE.sites[SITES.organisation] == 1
    owner = SITES.organisation[alone]
    for name in ("authority", "setting", "rating", "years_registered", "closure_rate"):
        assert np.array_equal(getattr(MADE, name)[owner], getattr(SITES, name)[alone]), name
    assert np.array_equal(SITES.beds > 0, SITES.setting < 2)


def test_an_organisation_works_where_it_says() -> None:
    """The authority and the setting of an organisation are those of one of its sites at least."""
    pairs = set(zip(SITES.organisation.tolist(), SITES.authority.tolist(), strict=True))
    assert all(pair in pairs for pair in enumerate(MADE.authority.tolist()))
    pairs = set(zip(SITES.organisation.tolist(), SITES.setting.tolist(), strict=True))
    assert all(pair in pairs for pair in enumerate(MADE.setting.tolist()))


@pytest.mark.parametrize("table", [MADE, SITES])
def test_every_value_lies_in_its_range(table: Register | SiteTable) -> None:
    """Ranges as the fields of the register declare them."""
    ranges = {
        "sites": (1, 272), "setting": (0, len(SETTINGS) - 1), "ownership": (0, len(OWNERSHIPS) - 1),
        "authority": (0, 152), "brand": (-1, 309), "rating": (-2, 1), "beds": (0, 50_000),
        "persons": (0.1, 50_000), "staff": (1, 50_000), "self_funder_share": (0, 1),
        "years_registered": (0, 14.7), "closure_rate": (0.001, 0.2), "organisation": (0, 18_098),
        "never_rated": (0, 1),
    }  # fmt: skip
    for name in table._fields:
        column: np.ndarray[Any, Any] = getattr(table, name)
        low, high = ranges[name]
        assert low <= column.min() and column.max() <= high, name
        assert np.all(np.isfinite(column)), name


def test_the_same_seed_makes_the_same_register() -> None:
    """Made again from nothing, it is equal to the last bit."""
    for column, other in zip(columns(MADE, SITES), columns(*_make(2025)), strict=True):
        assert np.array_equal(column, other)


def test_another_seed_makes_another_register_of_the_same_size() -> None:
    """The margins stay, the organisations change."""
    other = synthetic_register(7)
    assert len(other.sites) == len(MADE.sites)
    assert not np.array_equal(other.authority, MADE.authority)
    assert not np.array_equal(other.staff, MADE.staff)


def test_nobody_can_write_into_the_shared_register() -> None:
    """One copy serves the whole process."""
    with pytest.raises(ValueError, match="read-only"):
        MADE.staff[0] = 0


def test_the_draws_of_one_trait_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brands drawn with other random numbers move what depends on brands, and nothing else."""
    monkeypatch.setattr(register_brands, "generator", lambda seed, trait: generator(seed + 1, trait))
    other, sites = _make(2025)
    assert not np.array_equal(other.brand, MADE.brand)
    for name in ("authority", "setting", "ownership", "rating", "years_registered"):
        assert np.array_equal(getattr(other, name), getattr(MADE, name)), name
    assert not np.array_equal(sites.beds, SITES.beds)


def test_the_most_that_is_assumed_about_staff_is_kept() -> None:
    """The published lower bounds on small employers hold."""
    agencies = MADE.setting == 2
    assert (MADE.persons[agencies] <= 4).mean() >= 0.28
    assert (MADE.staff[agencies] - 1 < 4).mean() >= 0.43
    assert abs((MADE.staff < 50).mean() - 0.85) < 0.01


def test_public_bodies_are_local() -> None:
    """A council works in one authority."""
    public = np.flatnonzero((MADE.ownership == 2) & (MADE.sites > 1))
    for organisation in public:
        assert len(set(SITES.authority[SITES.organisation == organisation].tolist())) == 1
    assert len(set(MADE.authority[public].tolist())) == len(public)


def test_brand_members_leave_the_providers_that_have_none() -> None:
    """Groups of 2021 are brands and providers without one: what has no brand has the sizes counted then."""
    without = MADE.sites[(MADE.brand < 0) & (MADE.sites > 1)]
    groups = np.bincount(exact_values("groups_exact", "group_size_sites"), minlength=300)
    in_brands = np.bincount(exact_values("brands_exact", "brand_size_sites"), minlength=300)
    assert np.array_equal(np.bincount(without, minlength=300)[2:], (groups - in_brands)[2:])


def test_small_homes_and_public_homes_close_more_often() -> None:
    """The signs of the published exits survive the fitting of both margins."""
    homes = SITES.setting < 2
    small, large = homes & (SITES.beds < 5), SITES.beds >= 80
    assert SITES.closure_rate[small].mean() > 4 * SITES.closure_rate[large].mean()
    public = MADE.ownership[SITES.organisation] == 2
    assert SITES.closure_rate[homes & public].mean() > SITES.closure_rate[homes & ~public].mean()


def test_never_rated_locations_are_young_and_mostly_of_one_site() -> None:
    """Unrated community locations are mostly new."""
    unrated = SITES.never_rated
    assert SITES.years_registered[unrated].max() <= assumed("years_before_first_rating")
    assert (MADE.sites[SITES.organisation[unrated]] == 1).mean() > 0.8
    assert not np.any(SITES.setting[unrated] < 2)


def test_the_order_of_authorities_is_a_path_of_neighbours() -> None:
    """Regions and boards stay together, and a step on the path is short."""
    order = authority_order()
    assert sorted(order.tolist()) == list(range(153))
    path = np.argsort(order)
    assert np.count_nonzero(np.diff(authority_regions()[path])) == 8
    boards = [(authority.region, authority.icb_2022_code) for authority in authorities()]
    on_the_way = [boards[place] for place in path]  # two boards reach into a second region
    changes = sum(one != other for one, other in pairwise(on_the_way))
    assert changes == len(set(boards)) - 1
    steps = authority_distances()[path[:-1], path[1:]]
    assert steps.mean() < 0.25 * authority_distances().mean()
    place = {authority.code: order[index] for index, authority in enumerate(authorities())}
    apart = [abs(place[pair.code_a] - place[pair.code_b]) for pair in adjacency()]
    assert np.median(apart) <= 5


def test_distances_are_those_of_the_map() -> None:
    """From Plymouth to Newcastle upon Tyne is about 540 km."""
    index = {authority.name: place for place, authority in enumerate(authorities())}
    apart = authority_distances()[index["Plymouth"], index["Newcastle upon Tyne"]]
    assert 520 < apart < 560


def test_every_number_from_evidence_can_be_traced() -> None:
    """What the register uses is listed with value, source and grade."""
    used = register_evidence()
    for taken in used:
        assert taken.source_id in sources()
        assert taken.grade in "ABCD"
    residents = [taken for taken in used if taken.what == "residents"]
    assert residents[0].value == figure("sector_composition", variable="residents", date="2022/23").value


def test_an_undeclared_table_cannot_be_read() -> None:
    """The list of evidence used is complete because nothing else can be read."""
    with pytest.raises(ValueError, match="does not declare"):
        counts("top_brands", "brand", ("Voyage",))


@pytest.mark.parametrize("assumption", assumptions(), ids=lambda each: each.name)
def test_every_assumption_lies_in_its_range_and_moves_the_register(
    assumption: Assumption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A declared number that changes nothing would be a lie."""
    assert assumption.low <= assumption.value <= assumption.high
    other = assumption.high if assumption.value < assumption.high else assumption.low
    changed = tuple(each._replace(value=other) if each is assumption else each for each in assumptions())
    monkeypatch.setattr(tables, "assumptions", lambda: changed)
    now = columns(*_make(2025))
    assert not all(np.array_equal(column, was) for column, was in zip(now, columns(MADE, SITES), strict=True))


def test_a_level_that_the_file_does_not_name_is_refused() -> None:
    """A mistyped level is no count of 0."""
    with pytest.raises(ValueError, match="has no row 12 years or more / care home"):
        counts("registration_age", "years_registered", ("12 years or more",), "setting", ("care home",))


def test_bands_take_in_everybody_who_was_counted() -> None:
    """The levels that are read add up to the denominator of the file, so none was forgotten."""
    ages = counts("registration_age", "years_registered", CARE_HOME_AGE_BANDS, "setting", CARE_HOME_SETTINGS)
    assert ages.sum(axis=0).tolist() == [4066, 10661]
    ages = counts("registration_age", "years_registered", AGE_BANDS, "setting", (EVER_RATED,))
    assert ages.sum() == 9702
    beds = counts("beds_band", "beds", BED_BANDS, "setting", CARE_HOME_SETTINGS)
    assert beds.sum(axis=0).tolist() == [4066, 10661 - 2]  # two homes have no beds
    ratings = counts("locations", "rating", RATING_LEVELS, "setting", BROAD_SETTINGS)
    assert ratings.sum(axis=0).tolist() == [14834 - 1, 8290 - 8]  # insufficient evidence to rate
    assert counts("rating_by_group_size", "provider_size_sites", SIZE_BANDS, "rating", RATING_LEVELS).sum() == 23115
    several = exact_values("providers_exact", "provider_size_sites")
    assert (len(several), several.sum()) == (12423, 23124)


def test_most_care_homes_have_been_registered_since_the_start() -> None:
    """54 % of homes were registered when the register began, in 2010."""
    old = SITES.years_registered[SITES.setting < 2] >= 12
    assert abs(old.mean() - 7939 / 14727) < 0.005


def test_homecare_without_overlapping_flags_lies_between_its_bounds() -> None:
    """The share of other community services lies between the lower bound and the sample."""
    assert 0.079 < register_traits.other_community_share() < 0.104


def test_importing_the_register_imports_no_heavy_library() -> None:
    """Pandas (through ipfn) and scipy are loaded only when a register is made."""
    heavy = "{'pandas', 'scipy.special', 'scipy.stats', 'ipfn'}"
    rooms = "from carespread.model.population.england import register, report"
    code = f"import sys; {rooms}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@given(
    st.lists(st.floats(0, 1e4), min_size=1, max_size=40).filter(lambda values: sum(values) > 1e-3),
    st.integers(0, 50_000),
)
def test_whole_numbers_add_up_and_stay_near(expected: list[float], total: int) -> None:
    """Largest remainders: the sum is exact and no cell is off by 1 or more."""
    made = whole(np.array(expected), total)
    assert made.sum() == total
    assert np.all(np.abs(made - np.array(expected) * total / sum(expected)) < 1 + 1e-6)


@given(st.integers(1, 30), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_rounding_by_rows_keeps_the_columns(n_rows: int, n_columns: int, seed: int) -> None:
    """What one row loses the next one gets, so the columns add up as well."""
    expected = np.random.default_rng(seed).random((n_rows, n_columns)) * 20
    totals = whole(expected.sum(axis=1))
    expected *= (totals / expected.sum(axis=1))[:, None]
    made = whole_rows(expected, totals)
    assert np.array_equal(made.sum(axis=1), totals)
    assert np.all(np.abs(made.sum(axis=0) - expected.sum(axis=0)) < 2)


@given(st.integers(1, 60), st.integers(1, 120), st.floats(0.05, 0.95))
def test_a_band_is_filled_to_its_mean(low: int, width: int, place: float) -> None:
    """Whole numbers inside the band, with the mean asked for."""
    mean = low + place * width
    made = spread_in_band(low, low + width, mean, (np.arange(4000) + 0.5) / 4000)
    assert low <= made.min() and made.max() <= low + width
    assert made.mean() == pytest.approx(mean, abs=0.02 * width + 0.01)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_fitting_meets_both_margins_and_keeps_zeros(seed: int) -> None:
    """Iterative proportional fitting: sums as asked, odds ratios and zeros as they were."""
    rng = np.random.default_rng(seed)
    start = rng.random((4, 3)) + 0.1
    start[0, 0] = 0.0
    goal = start * np.outer(rng.random(4) + 0.5, rng.random(3) + 0.5)
    made = fitted(start, [(goal.sum(axis=1), (0,)), (goal.sum(axis=0), (1,))])
    assert made[0, 0] == 0.0
    assert np.allclose(made, goal, rtol=2e-3)


def test_fitting_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The library prints when margins disagree; a model must not."""
    fitted(np.ones((2, 2)), [(np.array([1.0, 1.0]), (0,)), (np.array([1.0, 1.01]), (1,))])
    assert capsys.readouterr().out == ""


def test_scores_are_dealt_from_the_lowest() -> None:
    """The lowest score gets class 0."""
    assert dealt(np.array([0.5, -1.0, 2.0]), np.array([1, 1, 1])).tolist() == [1, 0, 2]
