"""The library of innovations: what must be there, and what every one of them must say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carespread.model import Parameters, simulate
from carespread.model.declare import entries
from carespread.model.innovations import JUDGED, LATER, Attributes, Innovation, judged, library
from carespread.model.inputs import Inputs
from carespread.model.population.england.evidence import sources
from carespread.model.simulate import prepare

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
    named = set(one.file.attributes)
    assert set(Attributes._fields) - set(LATER) <= named <= set(Attributes._fields)
    left_out = set(LATER) - named
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
    # looked at as a national programme is: else who left it hardly looks again
    often = Parameters.of(attention=0.02)
    monthly = simulate(often, providers=1000, months=120, innovations=("dscr",)).monthly
    assert monthly["using_share"].iloc[-1] > 0.7 and monthly["outcome"].iloc[-12:].sum() > 0


# (20) judged attributes

JUDGEMENTS = st.dictionaries(st.sampled_from(list(JUDGED)), st.floats(0.1, 10.0), min_size=1)


def odds(share: float) -> float:
    return share / (1.0 - share)


@given(JUDGEMENTS, st.sampled_from(list(library())))
def test_an_error_of_judgement_moves_what_it_names_by_its_grade_and_nothing_else(
    errors: dict[str, float], name: str
) -> None:
    one = library()[name]
    (moved,) = judged((one,), Parameters.of(**errors))
    names = [attribute for judgement in errors for attribute in JUDGED[judgement]]
    for attribute, entry in entries(Attributes).items():
        before, after = getattr(one.attributes, attribute), getattr(moved.attributes, attribute)
        share, ground = entry.about.unit == "share", one.file.attributes.get(attribute)
        if one.file.control or attribute not in names or ground is None or before == 0 or (share and before == 1):
            assert after == before, attribute
            continue
        error = next(errors[judgement] for judgement in errors if attribute in JUDGED[judgement])
        times = {"D": error, "C": error ** (np.log(1.5) / np.log(2)), "B": error ** (np.log(1.25) / np.log(2))}
        if entry.about.low < after < entry.about.high:
            ratio = odds(after) / odds(before) if share else after / before
            assert ratio == pytest.approx(times[ground.grade], rel=1e-9), attribute
        else:
            assert (after > before) == (error > 1), attribute


def test_what_files_judge_is_named_once_and_as_judged_by_default() -> None:
    named = [attribute for attributes in JUDGED.values() for attribute in attributes]
    assert len(named) == len(set(named))
    # how often it is abandoned is drawn for each innovation (8), and what registration asks for is the law
    assert set(Attributes._fields) - set(named) == {"abandonment", "registration"}
    assert set(JUDGED) == {name for name, entry in entries(Parameters).items() if entry.about.equation == "(20)"}
    usual = tuple(library().values())
    assert judged(usual, Parameters()) is usual


def test_a_run_takes_attributes_as_its_parameters_judge_them() -> None:
    inputs = Inputs.of("central", innovations="dscr", providers=50, months=2, set={"judged_setup_cost": 2.0})
    usual = library()["dscr"].attributes
    made = prepare(inputs, 1).innovations[0].attributes
    assert made.setup_organisation == pytest.approx(2 * usual.setup_organisation) and made.success == usual.success
