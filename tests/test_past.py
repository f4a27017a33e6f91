"""A past that is shared changes no number: forked runs are whole runs, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carespread.experiments.run import one_run, planned, runs_side_by_side
from carespread.model import Conditions, Inputs, Lever
from carespread.model.past import Past
from carespread.model.simulate import Run, simulate
from carespread.model.state import bytes_of

SIZE: dict[str, Any] = {"providers": 150, "months": 40, "groups": ("setting",)}
SCENARIOS = ("lever_grant", "lever_mandate", "lever_training", "lever_package", "lever_reform", "lever_fair_pay",
             "lever_evidence_synthesis", "shock_pandemic", "shock_supplier_failure", "shock_wage_step")  # fmt: skip


def apart(one: Any, other: Any, name: str = "") -> list[str]:
    """Return the arrays that differ in any byte; lists of a month hold what another month left behind their ends."""
    if isinstance(one, tuple):
        fields = getattr(one, "_fields", range(len(one)))
        return [part for field, a, b in zip(fields, one, other, strict=True) for part in apart(a, b, f"{name}.{field}")]
    first, second = (np.ascontiguousarray(bytes_of(part)).view(np.uint8) for part in (one, other))
    return [] if name.endswith(".notes") or np.array_equal(first, second) else [name]


def same(one: Run, other: Run) -> None:
    """Check that two runs are the same in every byte."""
    assert not apart(one.record, other.record) and not apart(one.prepared.state, other.prepared.state)
    assert (one.log is None) == (other.log is None)
    assert one.log is None or other.log is None or one.log.tobytes() == other.log.tobytes()
    pd.testing.assert_frame_equal(one.monthly, other.monthly)


@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_forked_run_is_the_whole_run(name: str, events: bool) -> None:
    usual, other = (Inputs.of(one, **SIZE) for one in ("central", name))
    past = Past.of(usual, 3, events=events)
    ahead = past.ahead(other)
    assert ahead is not None and 12 <= ahead.shared < 40
    past.advance(ahead.shared)
    same(past.fork(other, ahead), simulate(other, 3, events=events))
    same(past.end(), simulate(usual, 3, events=events))


def test_who_takes_part_divides_providers_and_no_past() -> None:
    lever = Lever("training", 0.06, "2027-03", "2028-02", "small", take_up=0.5, completion=0.7, delay=3)
    usual = Inputs.of("central", **SIZE)
    other = usual.replaced(conditions=usual.conditions._replace(levers=(lever,)))
    past = Past.of(usual, 5)
    ahead = past.ahead(other)
    assert ahead is not None and ahead.shared == 14 and ahead.cell.max() > past.prepared.state.providers["cell"].max()
    past.advance(ahead.shared)
    same(past.fork(other, ahead), simulate(other, 5))


def test_several_runs_fork_from_one_past_and_one_that_comes_too_late_is_made_whole() -> None:
    names = ("lever_grant", "shock_supplier_failure")
    usual, grant, failure = (Inputs.of(one, **SIZE) for one in ("central", *names))
    past = Past.of(usual, 2)
    early, late = past.ahead(grant), past.ahead(failure)
    assert early is not None and late is not None and early.shared < late.shared
    past.advance(late.shared)
    same(past.fork(failure, late), simulate(failure, 2))
    same(past.fork(grant, early), simulate(grant, 2))


@pytest.mark.parametrize(
    "change",
    [
        {"set": {"peer_norm": 0.9}},
        {"set": {"churn": False}},
        {"innovations": ["dscr"]},
        {"providers": 151},
        {"months": 41},
        {"scenario": "supportive"},
    ],
)
def test_what_begins_otherwise_shares_no_past(change: dict[str, Any]) -> None:
    past = Past.of(Inputs.of("central", **SIZE), 1)
    assert past.ahead(Inputs.of(**{"scenario": "central", **SIZE, **change})) is None


def test_another_start_shares_no_past() -> None:
    first, second = (Inputs(conditions=Conditions(start=start), **SIZE) for start in ("2026-01", "2026-02"))
    assert Past.of(first, 1).ahead(second) is None


def test_runs_side_by_side_are_runs_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
question = "A lever of one's own, which changes numbers from the start?"
start = "2026-01"
months = 40
[[own_lever]]
name = "mentors"
description = "Peers teach."
unit = "hours a month"
high = 10
unit_cost = 40.0
moves = "skill_learning"
by = 0.001
[[lever]]
name = "mentors"
strength = 5
""",
        encoding="utf-8",
    )
    names = ("central", "lever_grant", "supportive", "lever_mandate", str(own))
    plans = [planned(name, replications=3, providers=100, months=30) for name in names]
    moved: dict[str, Any] = {"replications": 3, "providers": 100, "months": 30, "changes": {"peer_norm": 0.9}}
    plans += [planned(name, **moved) for name in names[:2]]
    forked: list[Inputs] = []
    fork = Past.fork

    def counted(past: Past, inputs: Inputs, ahead: Any) -> Run:
        forked.append(inputs)
        return fork(past, inputs, ahead)

    monkeypatch.setattr(Past, "fork", counted)
    asked = [(plan, number) for number in range(3) for plan in plans]
    together, alone = runs_side_by_side(asked), [one_run(plan, number) for plan, number in asked]
    assert all(one.error is None for one in alone)
    assert sum(one.parameters.peer_norm == 0.9 for one in forked) == 3, "each set of numbers has a past of its own"
    for one, other in zip(together, alone, strict=True):
        assert (one.replication, one.seed, one.outcomes) == (other.replication, other.seed, other.outcomes)
        assert one.arrays is not None and other.arrays is not None
        for name in one.arrays:
            np.testing.assert_array_equal(one.arrays[name], other.arrays[name])
