"""The twenty claims: each declares a test that can fail, verdicts follow from synthetic runs, and nothing is built in
unseen.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.ablation import ablate, ablation_of, claim_tables, frames_of, settled, variants_of
from carespread.experiments.compositions import COMPOSITIONS, taken_away
from carespread.experiments.experiment import run_experiment
from carespread.experiments.run import planned, replicate
from carespread.model import BadInputError, Parameters, Policy, Switches
from carespread.model.claims import BEGINNING, CLAIMS, MOVING, SETTINGS, Claim, Times, Variant
from carespread.model.scenario import read_scenario
from carespread.results.figures.claims import counted_words
from carespread.results.statistics.claims import (
    BUILT_IN,
    CONTRADICTED,
    NO_EFFECT,
    SUPPORTED,
    UNDECIDED,
    VERDICTS,
    chance_above,
    finding_of,
    holm,
    weighed,
)
from carespread.results.statistics.outcomes import OF_ALL
from carespread.results.statistics.theory import OF_THEORY, flow_correlations, half_gain_month, matched

COLUMNS = {f"{name}_all" for name in (*OF_ALL, *OF_THEORY)}
POINTS = 60
NOISE = np.random.default_rng(1).normal(size=POINTS)
NOISE -= NOISE.mean()
MECHANISMS = {"C3": "learning", "C6": "upkeep", "C9": "partnering", "C16": "shocks"}
EACH = pytest.mark.parametrize("claim", CLAIMS, ids=[one.name for one in CLAIMS])


@cache
def made(scenario: str, changes: tuple[tuple[str, object], ...]) -> pd.DataFrame:
    return replicate(
        planned(read_scenario(scenario), providers=400, months=36, replications=1, changes=dict(changes))
    ).monthly


def claim_of(**changes: Any) -> Claim:
    """Return a claim that expects more of `x` with than without, of interest from 5 % of 100 on."""
    plain = Claim("C1", "says", "(1)", {}, "x", "x", {"with": 1, "without": -1}, 1, 100.0, "less", "in sign and size")
    return plain._replace(**changes)


def frames(difference: float, spread: float = 1.0) -> dict[str, pd.DataFrame]:
    """Return runs of `claim_of` that differ by so much on the average, with so much spread between points."""
    return {
        "with": pd.DataFrame({"x": 50 + difference + spread * NOISE}),
        "without": pd.DataFrame({"x": np.full(POINTS, 50.0)}),
    }


def verdict(claim: Claim, runs: dict[str, pd.DataFrame]) -> str:
    return weighed({claim.name: claim}, {claim.name: runs})[claim.name].verdict


def test_there_are_twenty_claims() -> None:
    assert [one.name for one in CLAIMS] == [f"C{number}" for number in range(1, 21)]


@EACH
def test_every_declaration_is_complete(claim: Claim) -> None:
    assert claim.says and claim.statistic and claim.contradicted and claim.off and claim.equation
    assert claim.sign in (1, -1) and 0 < claim.smallest <= 0.1 and claim.setting in SETTINGS
    assert {claim.column, *(one.column for one in claim.beside)} <= COLUMNS
    labels = set(claim.all_variants)
    for contrast in (claim.contrast, *(one.contrast for one in claim.beside)):
        assert set(contrast) <= labels
        assert sum(contrast.values()) == 0 or set(contrast) == {"with"}, "differences of runs, or one level"
    used = {label for one in (claim.contrast, *(one.contrast for one in claim.beside)) for label in one}
    if isinstance(claim.movement, tuple):
        assert claim.movement[0] in COLUMNS and claim.movement[1] in labels
        used.add(claim.movement[1])
    assert labels <= used | {"with"}, "no runs for nothing"
    known = {*Parameters._fields, *Policy._fields, *Switches._fields}
    assert {name for one in claim.all_variants.values() for name in one.changes} | {*claim.off} <= known


def test_innovations_have_room_and_names_of_the_library() -> None:
    assert all(share < 0.2 for share in BEGINNING.values())
    assert ablation_of(["C1"], samples=4, replications=1, providers=60).experiment.points[0].innovations


@EACH
def test_without_its_mechanism_a_claim_has_another_run(claim: Claim) -> None:
    whole = made(claim.scenario, tuple(claim.on.items()))
    without = made(claim.scenario, tuple({**claim.on, **claim.off}.items()))
    numbers = whole.select_dtypes("number").columns
    same_rows = whole["innovation"].isin(without["innovation"].unique())
    mine, theirs = whole[same_rows][numbers].to_numpy(float), without[numbers].to_numpy(float)
    assert not np.array_equal(mine, theirs, equal_nan=True)


@pytest.mark.parametrize(
    ("difference", "spread", "says"),
    [
        (20.0, 5.0, SUPPORTED),
        (-20.0, 5.0, CONTRADICTED),
        (0.0, 5.0, NO_EFFECT),
        (0.0, 0.0, NO_EFFECT),
        (3.0, 1.0, NO_EFFECT),  # clear of 0, and still too small to matter
        (5.0, 5.0, UNDECIDED),
        (20.0, 200.0, UNDECIDED),
        (0.0, 200.0, UNDECIDED),
    ],
)
def test_verdicts_follow_from_pairs(difference: float, spread: float, says: str) -> None:
    assert verdict(claim_of(), frames(difference, spread)) == says
    mirrored = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}.get(says, says)
    assert verdict(claim_of(sign=-1), frames(difference, spread)) == mirrored
    assert verdict(claim_of(), frames(-difference, spread)) == mirrored


def test_a_level_is_held_against_what_its_claim_declares() -> None:
    close = claim_of(contrast={"with": 1}, sign=-1, against=0.8, movement=1.0, smallest=0.1)
    runs = [{"with": pd.DataFrame({"x": level + NOISE / 100})} for level in (0.5, 0.8, 0.97)]
    assert [verdict(close, one) for one in runs] == [SUPPORTED, NO_EFFECT, CONTRADICTED]


def test_what_cannot_fail_is_built_in_and_never_counted() -> None:
    forced = claim_of(can_fail="")
    assert verdict(forced, frames(20.0)) == verdict(forced, frames(-20.0)) == BUILT_IN
    several = {"C1": claim_of(), "C2": forced}
    found = weighed(several, {"C1": frames(20.0), "C2": frames(20.0)})
    assert np.isnan(found["C2"].corrected)
    # a built-in claim takes nothing from the others, and is in no count but its own
    assert found["C1"].corrected == weighed({"C1": claim_of()}, {"C1": frames(20.0)})["C1"].corrected
    words = counted_words(pd.DataFrame({"verdict": [SUPPORTED, BUILT_IN, BUILT_IN]}))
    assert "1 claim that could fail: 1 supported" in words and "not counted: 2" in words
    assert counted_words(pd.DataFrame({"verdict": [BUILT_IN]})).startswith("No claim could fail")


def test_holm_by_hand() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}, 4)
    assert found == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.004}, 20) == pytest.approx({"a": 0.08}), "claims that are not asked for count too"
    assert holm({"a": 0.5, "b": 0.9}, 2) == pytest.approx({"a": 1.0, "b": 1.0})


def test_a_claim_that_holds_alone_may_not_hold_among_twenty() -> None:
    spread = 36.0
    one = finding_of(claim_of(), frames(15.0, spread))
    assert one.outcome == SUPPORTED and one.chance < 0.05 < 20 * one.chance
    assert verdict(claim_of(), frames(15.0, spread)) == UNDECIDED


def test_wrong_verdicts_are_rare_at_the_border() -> None:
    """At the smallest effect of interest itself neither of two verdicts is true: 5 % is what one claim may err."""
    rng, wrong = np.random.default_rng(2), 0
    for _ in range(2000):
        values = {
            "with": pd.DataFrame({"x": 55 + 4 * rng.normal(size=20)}),
            "without": pd.DataFrame({"x": [50.0] * 20}),
        }
        wrong += finding_of(claim_of(), values).chance < 0.05
    assert 0.035 < wrong / 2000 < 0.065


def test_chances_without_anything_to_say_are_1() -> None:
    assert chance_above([3.0], 1.0) == chance_above([3.0, 4.0], float("nan")) == 1.0
    empty = {label: one.assign(x=np.nan) for label, one in frames(20.0).items()}
    assert verdict(claim_of(), empty) == UNDECIDED
    assert verdict(claim_of(movement=0.0), frames(0.0, 0.0)) == UNDECIDED, "what does not move at all says nothing"


def test_the_weight_of_a_part_that_is_taken_away_moves_to_the_rest() -> None:
    layers = COMPOSITIONS[0].members
    draw = {"partner_layer": 0.5, "area_layer": 0.1, "setting_layer": 0.4}
    gone = taken_away({"partner_layer": 0.0}, draw)
    assert sum(gone[name] for name in layers) == pytest.approx(1.0)
    assert gone["area_layer"] / gone["setting_layer"] == pytest.approx(0.25)
    assert taken_away({"learning": False}, draw) == {"learning": False}
    alone = next(one for one in CLAIMS if one.name == "C9").variants["alone"]
    assert settled(alone.changes, draw)["setting_layer"] == pytest.approx(0.8)


def test_multiples_are_of_the_number_of_the_draw_and_stay_within_its_limits() -> None:
    found = settled({"tie_ending": Times(2.0), "turnover": Times(0.5)}, {"tie_ending": 0.03})
    assert found == pytest.approx({"tie_ending": 0.06, "turnover": 0.0193 / 2})
    assert settled({"vacancy": Times(100.0)}, {})["vacancy"] == pytest.approx(0.3)


def test_movements_are_as_strong_as_their_priors_say_and_the_same_in_every_variant() -> None:
    some = ablation_of(["C11", "C12"], samples=8, replications=1, providers=60)
    by_point: dict[str, set[float]] = {}
    for point in some.experiment.points:
        if not point.name.startswith("usual"):
            by_point.setdefault(point.name.rpartition("|")[2], set()).add(point.values["movement_growth"])
    assert all(len(values) == 1 for values in by_point.values())
    assert len({min(values) for values in by_point.values()}) == 8 and set(MOVING) <= set(
        some.experiment.points[0].values
    )


def test_claims_share_their_runs_and_interact_in_one_setting() -> None:
    some = ablation_of(["C3", "C4", "C12"], samples=4, replications=1, providers=60, pairs=True)
    assert [(one.name, other.name) for one, other in some.pairs] == [("C3", "C4")]
    names = [one.name for one in variants_of(some.claims, some.pairs)]
    assert len(names) == len(set(names)) and "value" in names and "value, fitting=False, learning=False" in names
    for bad, says in ((["C99"], "Unknown claim"), (["C3"], "at least 2"), (["C3", "C12"], "same setting")):
        with pytest.raises(BadInputError, match=says):
            ablation_of(bad, pairs=True)


def test_half_of_a_gain_and_like_providers_and_flows() -> None:
    assert half_gain_month(np.array([0.0, 0.0, 0.25, 0.5])) == 2 and np.isnan(half_gain_month(np.array([0.5, 0.4])))
    values, users, like = np.array([1.0, 3, 10, 20]), np.array([False, True, False, True]), np.array([0, 0, 1, 1])
    assert matched(values, users, like) == pytest.approx(6.0)
    assert np.isnan(matched(values, users, np.arange(4)))
    months = np.arange(61)
    rising, humped = 40.0 + 3 * months, 40.0 + 100 * np.exp(-(((months - 30) / 8.0) ** 2))
    flat = np.zeros((61, 1, 1))
    arrays = {"originated": flat, "scaled": flat, "started": rising[:, None, None], "routinised": rising[:, None, None]}
    assert flow_correlations(arrays)[0] > 0.99
    assert flow_correlations({**arrays, "routinised": humped[:, None, None]})[0] < 0.7


@pytest.mark.compiled
@pytest.mark.parametrize("name", MECHANISMS)
def test_a_claim_whose_mechanism_is_off_beforehand_is_never_supported(name: str, tmp_path: Path) -> None:
    """Both sides of the comparison then lack it: real runs, and nothing that could support the claim."""
    claim = next(one for one in CLAIMS if one.name == name)
    off = {MECHANISMS[name]: False}
    dead = claim._replace(
        given={**claim.given, **off},
        variants={label: Variant(one.setting, {**one.changes, **off}) for label, one in claim.variants.items()},
    )
    ablation = ablation_of([name], samples=8, replications=1, providers=150, claims=[dead])
    run_experiment(ablation.experiment, tmp_path / "runs", summed_up=False)
    table, _ = claim_tables(ablation, frames_of(ablation, tmp_path / "runs"))
    assert table.loc[0, "verdict"] in (NO_EFFECT, UNDECIDED)


@pytest.mark.compiled
def test_ablate_leaves_the_table_of_claims(tmp_path: Path) -> None:
    found = ablate(["C3", "C4", "C14"], out=tmp_path, pairs=True, samples=5, replications=1, providers=100)
    assert found.failed == 0
    table = pd.read_csv(tmp_path / "claims.csv")
    assert list(table["claim"]) == ["C3", "C4", "C14"] and set(table["verdict"]) <= set(VERDICTS)
    effects = pd.read_csv(tmp_path / "effects.csv")
    assert {"skill, share", "spread"} <= set(effects["shown"]) and len(pd.read_csv(tmp_path / "interactions.csv")) == 5
    assert (tmp_path / "figures" / "claims.png").exists()
    assert "would be by chance" in found.text and "that could fail" in found.text
    lines = found.text.splitlines()
    assert all(any(line.startswith(name) and row in line for line in lines)
               for name, row in zip(table["claim"], table["verdict"], strict=True)), "a line a claim"  # fmt: skip
