"""Published studies emulated: what is scored, what is refused, and what the shipped files say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread.calibration import emulation, measures, studies
from carespread.calibration.measures import MEASURES, World, measured
from carespread.calibration.study_file import Outcome, Study
from carespread.experiments.posterior import PriorsWarning
from carespread.model import BadInputError, Inputs, Parameters
from carespread.model.innovations import find
from carespread.model.population.sector import populate
from carespread.model.simulate import Prepared, Run, prepare
from carespread.model.state import IMPLEMENTING, SUSTAINED
from carespread.model.step import remember_start, run_months
from carespread.model.table import COLUMNS
from carespread.results.store.sameness import differences


def outcome(**given: object) -> Outcome:
    """Return an outcome of one arm, or of what is given."""
    return Outcome.model_validate({"measure": "using_share", "month": 12, "effect": 0.4} | given)


def test_a_level_of_one_arm_may_be_half_its_change_off_in_another_place() -> None:
    level = outcome(arm="homes", low=0.38, high=0.42)
    z, same_place, _ = emulation.score(level, model=0.5, noise=0.0, start=0.2)
    error = 0.04 / (2 * 1.959964)
    assert z == pytest.approx(-0.1 / (error**2 + (0.5 * 0.2) ** 2) ** 0.5)
    assert same_place == pytest.approx(-0.1 / error)


def test_an_effect_may_be_half_of_itself_off_in_another_place() -> None:
    effect = outcome(contrast=["treated", "control"], effect=0.2)
    z, *_ = emulation.score(effect, model=0.1, noise=0.05, start=0.0)
    assert z == pytest.approx(0.1 / (0.05**2 + 0.1**2) ** 0.5)
    ratio = outcome(contrast=["treated", "control"], effect=4.0, scale="odds_ratio")
    assert emulation.score(ratio, model=1.0, noise=0.0, start=0.0)[0] == pytest.approx(2.0)


MONTHS = 30
INPUTS = Inputs(
    population=populate(Parameters(), 200, 1), providers=200, months=MONTHS, innovations=find(("hard_programme",))
)


def run_to_the_end(prepared: Prepared) -> World:
    """Return a world in which all began to implement at month 0."""
    state = prepared.state
    state.pairs["stage"], state.pairs["sites_in_use"] = IMPLEMENTING, 1
    weight = state.providers["weight"].astype(float)
    remember_start(prepared.frame, state, prepared.record)
    there = np.ones((MONTHS + 1, len(weight)), bool)
    for month in range(1, MONTHS + 1):
        run_months(prepared.frame, state, prepared.record, month - 1, 1)
        there[month] = state.providers["id"] == prepared.population.id
    return World(prepared, there, weight, {})


@pytest.fixture(scope="module")
def world() -> World:
    """Return a world of 200 sites, each booked by itself."""
    return run_to_the_end(emulation.by_site(prepare(INPUTS, 1), MONTHS))


def test_every_column_of_the_monthly_table_can_be_measured(world: World) -> None:
    run = Run(run_to_the_end(prepare(INPUTS, 1)).prepared, 1, MONTHS)
    table = run.monthly.iloc[MONTHS]
    nobody_lost = world._replace(there=np.ones_like(world.there))
    country = table.providers * run.prepared.frame.settled[0].represents
    for name in set(COLUMNS) - {"month", "innovation", "group", "providers"}:
        divisor = {"providers": table.providers, "country": country}.get(MEASURES[name].times, 1.0)
        (made,) = measured(nobody_lost, name, MONTHS, None, world.weight[None])
        assert made == pytest.approx(table[name] / divisor, nan_ok=True), name


def test_months_are_added_and_levels_are_not(world: World) -> None:
    def of(month: int, since: int | None) -> float:
        return float(measured(world, "started", month, since, world.weight[None])[0])

    assert of(12, 9) == pytest.approx(of(10, None) + of(11, None) + of(12, None))
    assert of(12, 0) > 0


def test_sites_that_leave_are_lost_to_follow_up(world: World) -> None:
    stage = world.prepared.state.pairs["stage"][:, 0]
    there, weight = world.there[MONTHS], world.weight
    assert 0 < (~there).sum() < 100
    (using,) = measured(world, "sustained", MONTHS, None, weight[None])
    assert using == pytest.approx(np.average(stage[there] == SUSTAINED, weights=weight[there]))
    gone = world._replace(own={("closures", MONTHS): measures.left(world.prepared, MONTHS)})
    assert measured(gone, "closures", MONTHS, None, weight[None])[0] == pytest.approx(
        weight[~there].sum() / weight.sum()
    )


def test_a_hazard_ratio_is_of_those_at_risk(world: World) -> None:
    asked = outcome(contrast=["a", "b"], scale="hazard_ratio", since=10, month=MONTHS, effect=1.4)
    free = measures.at_risk(world, "using_share", 10)
    assert set(free) == {0.0, 1.0} and 0 < free.sum() < len(free)
    (share,) = emulation.level(asked, world, world.weight[None])
    stage = world.prepared.state.pairs["stage"][:, 0]
    rows = world.there[MONTHS] & (free > 0)
    assert share == pytest.approx(
        np.average((stage[rows] == IMPLEMENTING) | (stage[rows] == SUSTAINED), weights=world.weight[rows])
    )
    assert emulation.contrast(asked, [0.51, 0.3]) == pytest.approx(np.log(0.49) / np.log(0.7))


def test_a_trial_is_as_noisy_as_so_few_sites_make_it_and_never_has_odds_of_nothing(world: World) -> None:
    asked = outcome(contrast=["a", "b"], scale="odds_ratio", measure="sustained_share", month=MONTHS, effect=1.4)
    people = world.prepared.population
    few = emulation.drawn(asked, 8, {"a": world, "b": world}, people, (1, 0))
    assert len(few.trials) == emulation.TRIALS and few.effect == pytest.approx(1.0)
    many = emulation.drawn(asked, 800, {"a": world, "b": world}, people, (1, 0))
    share = many.levels[0]
    assert np.std(np.log(many.trials)) == pytest.approx((2 / (400 * share * (1 - share))) ** 0.5, rel=0.2)


SHIPPED = {one.id: one for one in studies.found((), ())}
BEST_FIRST = ["T14", "T33", "T36", "T10", "T01", "T51", "T28", "T38", "T39", "T15", "T63", "T23", "T05", "T03", "T22"]


def after(hazard: float, months: int, start: float = 0.0) -> float:
    """Return the share that has changed after so many months at a hazard."""
    return float(start + (1 - start) * (1 - np.exp(-hazard * months)))


DERIVED: dict[str, Callable[[float], float]] = {
    "T01": lambda points: 5 * points / 100,
    "T05": lambda hazard: after(hazard, 48, 0.2),
    "T09": lambda percent: -percent / 100 / 5,
    "T23": lambda hazard: after(hazard, 9),
    "T37": lambda percent: 1 + percent / 100,
    "T45": lambda percent: 1 + percent / 100,
    "T46": lambda percent: 1 + percent / 100,
    "T59": lambda hazard: after(hazard, 69),
    "T60": lambda hazard: after(hazard, 24),
    "T63": lambda hazard: after(hazard, 60),
}
"""How the number of the evidence table becomes the one of the file, where it is not a share or ratio as it stands."""
IN_WORDS = {
    "T03": 0.81, "T08": 0.075, "T10a": 0.51, "T10b": 0.51, "T22": 0.0, "T28": 0.0, "T48": 0.0, "T55": 0.49,
    "T58": 1.5, "T62": 0.371,
}  # fmt: skip
"""Numbers that the table has in words, or of something that the model does not hold (admissions, waiting, sales)."""


def test_every_row_of_the_evidence_says_what_became_of_it() -> None:
    rows = studies.evidence()
    assert len(rows) == len({row["id"] for row in rows}) == 66
    assert all(row["use"] in ("emulated", "prior", "sign", "not used") and row["reason"].strip() for row in rows)
    emulated = {row["id"] for row in rows if row["use"] == "emulated"}
    assert emulated == {name[:3] for name in SHIPPED} and len(emulated) >= 20
    assert emulated.issuperset(BEST_FIRST)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_study_has_the_numbers_of_the_evidence(name: str) -> None:
    row = next(row for row in studies.evidence() if row["id"] == name[:3])
    file, one = SHIPPED[name].file, SHIPPED[name].file.outcome
    assert file.source == row["study"] and file.design == row["design"]
    if name in IN_WORDS:
        assert one.effect == IN_WORDS[name]
    else:
        whole = 100 if one.scale == "difference" else 1
        of = DERIVED[name] if name in DERIVED else lambda number: number / whole
        assert one.effect == pytest.approx(of(float(row["effect"])), rel=0.05)
        if row["low"]:
            ends = sorted(of(float(row[end])) for end in ("low", "high"))
            assert [one.low, one.high] == pytest.approx(ends, rel=0.02, abs=0.001)
        else:
            assert one.low is None
    last = max(outcome.month for outcome in SHIPPED[name].outcomes)
    assert last == file.time.months and last in (int(row["months"]), 24 if name == "T15" else 0)


FILE = """
id = "mine"
source = "a trial of our own"
[population]
sites = 40
settings = ["residential", "nursing"]
[innovation]
name = "hard_programme"
[start]
implementing = 0.5
[time]
months = 6
[[arm]]
name = "usual"
[[arm]]
name = "helped"
[[arm.lever]]
name = "brokerage"
strength = 1.0
[outcome]
measure = "routine_share"
month = 6
contrast = ["helped", "usual"]
effect = 0.1
low = 0.01
high = 0.19
"""
REFUSED = {
    "the measure": ('"routine_share"', '"routine_shar"', "did you mean 'routine_share'?"),
    "the lever": ('"brokerage"', '"brokrage"', "did you mean 'brokerage'?"),
    "the arm": ('["helped",', '["helpd",', "did you mean 'helped'?"),
    "one arm twice": ('["helped", "usual"]', '["usual", "usual"]', "compared with itself"),
    "the setting": ('"nursing"', '"nursng"', "did you mean 'nursing'?"),
    "the innovation": ('"hard_programme"', '"hard_program"', "did you mean 'hard_programme'?"),
    "a key": ("implementing =", "implementin =", "did you mean 'implementing'?"),
    "the shares": ("implementing = 0.5", "implementing = 0.5\nsustained = 0.6", "they must add to at most 1"),
    "a negative share": ("implementing = 0.5", "implementing = -0.5", "greater than or equal to 0"),
    "negative sites": ("sites = 40", "sites = -40", "greater than or equal to 1"),
    "one site for two arms": ("sites = 40", "sites = 1", "at least 2 organisations"),
    "too many sites": ("sites = 40", "sites = 90000", "it must be at most"),
    "nobody": ("sites = 40", "sites = 40\nstaff = [90000, 90001]", "no organisation of the register"),
    "no months": ("months = 6", "months = 0", "greater than or equal to 1"),
    "absurd months": ("months = 6", "months = 6000", "less than or equal to 240"),
    "a month beyond": ("month = 6\ncontrast", "month = 7\ncontrast", "from 0 to 6 months"),
    "a lever too late": ("strength = 1.0", "strength = 1.0\nfrom_month = 6", "before the study ends"),
    "a strength": ("strength = 1.0", "strength = 7.0", "from 0 to 1 share"),
    "outside the interval": ("effect = 0.1", "effect = 0.2", "must lie in its own interval, 0.01 to 0.19"),
    "half an interval": ("low = 0.01\n", "", "both ends of the interval"),
    "points for shares": ("effect = 0.1\nlow = 0.01\nhigh = 0.19", "effect = 10.0", "ten points are 0.1"),
    "no number": ("effect = 0.1", "effect = nan", "should be a finite number"),
    "odds of turnover": ('"routine_share"', '"turnover"\nscale = "odds_ratio"', "it must be of a share"),
    "an empty group": (
        'contrast = ["helped", "usual"]', 'arm = "usual"\ngroups = ["homecare", "all"]', "in the group 'homecare'",
    ),
    "no TOML": ("[start]", "[start", "is not TOML"),
}  # fmt: skip


def written(folder: Path, text: str = FILE, name: str = "mine") -> Path:
    """Return the path of a study file."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("what", REFUSED)
def test_a_study_that_cannot_be_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    old, new, says = REFUSED[what]
    assert FILE.count(old) == 1
    path = written(tmp_path, FILE.replace(old, new))
    with pytest.raises(BadInputError, match=re.escape(says)) as refused:
        studies.studies([path], quick=True, prior=True)
    assert str(refused.value).startswith(str(path)) and "\n" not in str(refused.value)


def test_two_studies_with_one_id_and_an_unknown_one_are_refused(tmp_path: Path) -> None:
    written(tmp_path), written(tmp_path, name="other")
    with pytest.raises(BadInputError, match="give every study its own"):
        studies.studies([tmp_path], quick=True)
    with pytest.raises(BadInputError, match="did you mean 'T14'"):
        studies.studies(study=["T141"], quick=True)


def test_a_file_of_ones_own_needs_nothing_else(tmp_path: Path) -> None:
    also = '[[expect]]\nmeasure = "people_share"\nmonth = 6\narm = "usual"\neffect = 0.4\n'
    made = studies.studies([written(tmp_path, FILE + also)], quick=True, draws=2, prior=True, out=tmp_path / "out")
    table = made.tables["studies"]
    assert list(table["id"]) == ["mine", "mine"] and list(table["scale"]) == ["difference", "level"]
    assert np.isfinite(table[["model", "model_low", "model_high", "z", "z_same_place"]]).all(axis=None)
    assert table.loc[0, "model"] > 0.0
    # half of an effect may be lost on the way here: none at all is never further than two; a level has no such zero
    assert 0 < table.loc[0, "z_nothing"] < 2 and np.isnan(table.loc[1, "z_nothing"])
    assert table.loc[0, "z_nothing"] > table.loc[0, "z"] and "for a model in which nothing has an effect" in made.text
    assert {"id", "lever", "published", "low", "high", "model", "model_low", "model_high", "z"} <= made.data[0].keys()
    assert (tmp_path / "out" / "figures" / "studies.png").is_file()
    again = studies.studies([tmp_path / "mine.toml"], quick=True, draws=2, prior=True)
    assert again.tables["studies"].equals(table)


TWO: dict[str, Any] = {"study": ["T14", "T33"], "quick": True, "draws": 2, "prior": True}


def test_studies_that_were_stopped_end_as_if_they_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studies.studies(**TWO, out=tmp_path / "whole")
    assert not list(differences(tmp_path / "whole", tmp_path / "whole"))
    out, real, run = tmp_path / "out", emulation.emulated, []

    def stops(study: Study, *rest: Any) -> list[emulation.Compared]:
        run.append(study.id)
        if len(run) == 2:
            raise KeyboardInterrupt
        return real(study, *rest)

    monkeypatch.setattr(studies, "emulated", stops)
    with pytest.raises(KeyboardInterrupt):
        studies.studies(**TWO, out=out)
    (out / ".studies.csv.0123abcd.part").write_text("half")  # of a driver that was killed
    with pytest.raises(BadInputError, match="add --resume"):
        studies.studies(**TWO, out=out)
    again = studies.studies(**TWO, out=out, resume=True)
    assert run == ["T14", "T33", "T33"], "what was kept is not run again"
    assert not list(differences(tmp_path / "whole", out)) and not list(out.rglob("*.part"))
    record = json.loads((out / "made_by.json").read_text(encoding="utf-8"))
    assert record["call"]["arguments"] == {"study": ["T14", "T33"], "quick": True, "draws": 2, "prior": True}
    assert studies.studies(**TWO).tables["studies"].equals(again.tables["studies"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 2}, "it differs in parameters and seed"),
        ({"draws": 3}, "it differs in draws and parameters"),
        ({"quick": False}, "it differs in providers"),
        ({"study": ["T14"]}, "it differs in studies"),
    ],
)
def test_studies_of_another_design_are_not_gone_on_with(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with_one = {**TWO, "study": ["T33"]}
    studies.studies(**with_one, out=out)
    with pytest.raises(BadInputError, match=rf"another design than this \({says}\)"):
        studies.studies(**with_one | change, out=out, resume=True)
    (out / "made_by.json").unlink()  # lost: what is kept says whose it is
    kept = {path: path.read_bytes() for path in out.rglob("*.parquet")}
    with pytest.raises(BadInputError, match="holds studies of another design"):
        studies.studies(**with_one | change, out=out, resume=True)
    assert kept == {path: path.read_bytes() for path in out.rglob("*.parquet")}
    assert not (out / "made_by.json").exists()
    studies.studies(**with_one, out=out, resume=True)
    assert kept == {path: path.read_bytes() for path in out.rglob("*.parquet")}


def test_studies_of_another_version_or_file_are_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, out = written(tmp_path), tmp_path / "out"
    asked: dict[str, Any] = {"quick": True, "draws": 2, "prior": True, "out": out}
    studies.studies([mine], **asked)
    written(tmp_path, FILE.replace("[outcome]", "# another\n[outcome]"))
    with pytest.raises(BadInputError, match="it differs in studies"):
        studies.studies([mine], **asked, resume=True)
    written(tmp_path)
    monkeypatch.setattr(studies, "RESULTS_VERSION", 0)
    with pytest.raises(BadInputError, match="it differs in results_version"):
        studies.studies([mine], **asked, resume=True)


def test_the_example_of_the_documents_is_complete(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "studies.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    made = studies.studies([written(tmp_path, example)], quick=True, draws=2, prior=True)
    table = made.tables["studies"]
    assert list(table["scale"]) == ["difference", "hazard_ratio", "level"] and np.isfinite(table["z"]).all()


def test_priors_are_said_where_the_posterior_is_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def another(folder: Path) -> None:
        raise BadInputError("fitted with results_version 1.")

    monkeypatch.setattr(studies, "read_fitted", another)
    with pytest.warns(PriorsWarning, match="emulated with draws of the priors"):
        draws, says = studies.parameters_of(2, False, None, 1)
    assert len(draws) == 2 and says == "Draws of the priors."
    with pytest.raises(BadInputError, match="version 1"):
        studies.parameters_of(2, False, "somewhere", 1)
