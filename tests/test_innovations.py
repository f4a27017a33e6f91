"""The library of innovations: what must be there, and what every one of them must say."""

from __future__ import annotations

import pytest

from carespread.model import Parameters, simulate
from carespread.model.innovations import LATER, Attributes, Innovation, library
from carespread.model.population.england.evidence import sources

REAL = (
    "dscr",
    "dspt",
    "acoustic_monitoring",
    "electronic_medication_records",
    "shared_lives",
    "local_area_coordination",
    "homeshare",
    "individual_service_funds",
)
FOILS = ("wellness_fad", "harmful_shortcut")
CONTROLS = (*FOILS, "hard_programme", "simple_practice")


def test_the_library_holds_eight_real_innovations_and_two_controls() -> None:
    assert {name for name, one in library().items() if not one.file.control} >= set(REAL)
    assert {name for name, one in library().items() if one.file.control} == set(CONTROLS)
    kinds = {library()[name].file.journey_type for name in REAL}
    assert kinds == {"system", "social innovation", "business model"}


@pytest.mark.parametrize("one", library().values(), ids=library())
def test_every_attribute_has_a_source_or_says_that_it_is_assumed(one: Innovation) -> None:
    given = set(one.file.attributes)
    assert set(Attributes._fields) - set(LATER) <= given <= set(Attributes._fields)
    left_out = set(LATER) - given
    assert {name: getattr(one.attributes, name) for name in left_out} == {
        name: Attributes._field_defaults[name] for name in left_out
    }
    for name, ground in [*one.file.attributes.items(), *(("share", share) for share in one.file.starting_share)]:
        if ground.source == "assumption":
            assert ground.grade == "D", name
        else:
            assert ground.source in sources(), name
    assert one.file.starting_share


def test_a_worthless_fad_spreads_and_dies_where_the_sector_remembers_and_a_harmful_practice_does_harm() -> None:
    # where providers look as often as a national programme makes them; else a fad needs longer than twenty years
    remembers = Parameters.of(evidence_memory=1.0, attention=0.08, adoption_threshold=0.3)
    monthly = simulate(remembers, providers=1000, months=240, innovations=FOILS).monthly
    fad, harm = (monthly[(monthly["innovation"] == name) & (monthly["group"] == "all")] for name in FOILS)
    shares = fad["using_share"].to_numpy()
    assert shares.max() > 3 * shares[0] and shares[-12:].mean() < shares.max() / 2
    assert harm["outcome"].sum() < 0


def test_a_good_innovation_stays_where_it_does_good() -> None:
    monthly = simulate(providers=1000, months=120, innovations=("dscr",)).monthly
    assert monthly["using_share"].iloc[-1] > 0.7 and monthly["outcome"].iloc[-12:].sum() > 0
