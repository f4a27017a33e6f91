"""External series are foretold from their first halves alone, on populations of their own; bad input is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import carespread as cs
from carespread.calibration import external_series
from carespread.calibration.external_series import External, external, foretold, read_external, shares, sizeless
from carespread.calibration.targets import CALIBRATION, VALIDATION
from carespread.model import BadInputError, Inputs
from carespread.model.simulate import simulate
from carespread.model.state import IMPLEMENTING, SUSTAINED

pytestmark = pytest.mark.compiled

GROUPS = ("all", "small", "critical access")


@pytest.fixture(scope="module")
def every() -> dict[str, External]:
    """Return the series that ship, on few organisations."""
    return {one.name: one for one in read_external(external_series.FOLDER, 60)}


def test_series_have_halves_levers_and_a_population_of_their_own(every: dict[str, External]) -> None:
    assert list(every) == ["us_hospitals", "us_physicians", "gp_prescriptions"]
    hospitals = every["us_hospitals"]
    assert hospitals.groups == GROUPS and len(hospitals.seen()) == 9
    assert [one.role for one in hospitals.of("all")] == [CALIBRATION] * 4 + [VALIDATION] * 4
    assert hospitals.levers() == {"grant": "2011-01", "mandate": "2015-01"}
    assert every["gp_prescriptions"].levers() == {"commissioner requirement": "2014-04", "mandate": "2014-04"}
    assert hospitals.population.weight.sum() == pytest.approx(4472)
    inside = [hospitals.counted[group] > 0 for group in GROUPS]
    assert inside[0].all() and (inside[1] >= inside[2]).all() and inside[2].any()
    for series in every.values():
        assert not series.scenario.conditions.net_entry
        assert all("as quoted in the project's" in one.source for one in series.targets)


def test_points_are_read_from_a_run_of_the_production_kernels(every: dict[str, External]) -> None:
    series = every["us_hospitals"]
    flat = series._replace(counted={group: series.counted["all"] for group in GROUPS})
    got = shares(flat, {}, 3)[:8]
    run = simulate(Inputs.of(series.scenario, set={"net_entry": 0.0}, innovations=[series.innovation],
                             population=series.population), 3)  # fmt: skip
    counts = run.record.counts[::12, :, 0].sum(axis=1)
    np.testing.assert_allclose(got, counts[:, [IMPLEMENTING, SUSTAINED]].sum(axis=1) / counts.sum(axis=1), atol=2e-3)
    assert got[0] == pytest.approx(0.094, abs=0.06)


def test_what_came_later_changes_no_forecast(every: dict[str, External]) -> None:
    series = every["us_physicians"]
    data = np.random.default_rng(5).random((120, len(series.targets)))
    later = [one._replace(value=0.01) if one.role == VALIDATION else one for one in series.targets]
    np.testing.assert_array_equal(foretold(series, data, 1), foretold(series._replace(targets=tuple(later)), data, 1))


def test_model_and_curves_are_scored_on_second_halves_and_drawn(tmp_path: Path) -> None:
    made = external(tmp_path / "external", runs=120, organisations=60)
    table = made.tables["external"]
    points = table.groupby(["series", "method"]).size().unstack(fill_value=0)
    for method in ("carespread", "straight line"):
        assert points[method].to_dict() == {"us_hospitals": 12, "us_physicians": 6, "gp_prescriptions": 1}
    assert points["Bass"].to_dict() == {"us_hospitals": 12, "us_physicians": 6, "gp_prescriptions": 0}
    assert table[["crps", "interval_score"]].min().min() >= 0 and set(table["observed"]) <= {
        one.value for series in read_external(external_series.FOLDER, 60) for one in series.targets
    }
    gradient = made.tables["gradient"]
    assert len(gradient) == 16 and gradient["observed"].iloc[4] == pytest.approx(0.054)
    assert gradient["widens"].between(0, 1).all() and gradient["widens_sizeless"].between(0, 1).all()
    assert "critical access below all by 5, 9 and 4 points" in made.text and "90 % interval" in made.text
    for name in ("us_hospitals", "us_physicians", "gp_prescriptions"):
        assert (tmp_path / "external" / "figures" / f"external_{name}.png").is_file()
    assert (tmp_path / "external" / "external.csv").is_file()


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("series.csv", ",0.094,", ",9.4,", "Row 1 of series.csv: value is '9.4': it must be a number from 0 to 1"),
        ("series.csv", "all,2009-12", "all,2007-12", "they must be two or more, one after the other"),
        ("series.csv", "small", "rural", "no class of populations.csv has this group"),
        ("series.csv", "us_physicians", "us_vets", "'us_vets' has no scenario"),
        ("populations.csv", "us_physicians", "us_vets", "no class of us_physicians"),
        ("populations.csv", ",1300,", ",none,", "organisations is 'none': it must be a number from 1 to"),
        ("populations.csv", "counted", "weighed", "lacks the column counted"),
        ("us_hospitals.toml", "months = 84", "months = 80", "has 80 months: the points of us_hospitals span 84"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    file: str, before: str, after: str, words: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(external_series.FOLDER, tmp_path / "mine"))
    (folder / file).write_text((folder / file).read_text().replace(before, after))
    with pytest.raises(BadInputError, match=words) as refused:
        external(tmp_path / "out", folder=folder)
    assert "\n" not in str(refused.value) and not (tmp_path / "out").exists()


def test_external_series_and_a_fit_are_not_mixed_up(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="leave out --posterior"):
        cs.validate("fit", external=True)
    with pytest.raises(BadInputError, match="--out is for --external alone"):
        cs.validate(out=tmp_path / "out")


def test_where_size_makes_no_difference_all_pay_by_person_what_the_average_pays(every: dict[str, External]) -> None:
    series = every["us_hospitals"]
    flat, people = sizeless(series), series.population
    before, after = series.innovation.attributes, flat.innovation.attributes
    paid = before.setup_organisation + before.setup_person * people.people
    instead = after.setup_organisation + after.setup_person * people.people
    assert np.average(instead, weights=people.weight) == pytest.approx(np.average(paid, weights=people.weight))
    assert np.ptp(instead / people.people) == pytest.approx(0, abs=1e-9) and np.ptp(paid / people.people) > 100

    def by_size(one: External) -> float:
        about = Inputs.of(one.scenario, innovations=[one.innovation], population=people, set=one.fixed)
        able = simulate(about.replaced(months=1), 3).prepared.population.capability[:, 1]
        return float(np.corrcoef(able, np.log(people.staff))[0, 1])

    assert by_size(series) > 0.25 and abs(by_size(flat)) < 0.25
