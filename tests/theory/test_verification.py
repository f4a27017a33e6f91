"""Every published result of the table behind `carespread verify` is met, at full size, with seeds fixed in advance."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from carespread.experiments.references import thresholds
from carespread.experiments.references.graphs import poisson_graph, ring
from carespread.experiments.references.runs import Case, Compared
from carespread.experiments.verification import CASES, Row, row, verify
from carespread.model import BadInputError

PROGRESS: list[tuple[int, int]] = []


def rows_of(cases: list[str] | None = None, **settings: Any) -> list[Row]:
    return [Row(**one) for one in verify(cases, **settings).data]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    PROGRESS.clear()
    return rows_of(progress=lambda what, done=0, of=0: PROGRESS.append((done, of)))


@pytest.mark.parametrize("case", CASES)
def test_the_kernels_give_what_is_published(rows: list[Row], case: str) -> None:
    of_case = [one for one in rows if one.case == case]
    assert of_case
    failed = [f"{one.what}: {one.value} for {one.reference} +- {one.tolerance}" for one in of_case if not one.passed]
    assert not failed


def test_the_table_holds_every_published_number(rows: list[Row]) -> None:
    published: dict[str, set[float]] = {
        "V1": {0.035758, 0.085056, 0.331199, 0.651738, 0.812803, 0.971610},
        "V3": {0.248463, 0.558259, 0.789855},
        "V4": {0.2611, 0.3108, 0.3242, 0.3296},
        "V5": {0.10957, 0.59986, 0.94809},
        "V6": {100, 1, 50},
        "V8": {0, 0.26, 0.73, 0.89, 0.46},
        "V10": {249, 497, 5},
        "V18": {0.576923, 40.7692, 23.23, 0.769231, 7.6923},
        "V19": {0.585, 0.371, 0.251},
        "V20": {1, 11, 14, 17, 21, 25, 34, 2, 16, 22, 27, 29},
        "V26": {197.796556},
        "V27": {0.5, 1},
    }
    for case, numbers in published.items():
        references = np.array([one.reference for one in rows if one.case == case])
        for number in numbers:
            assert np.abs(references - number).min() <= 5e-6, f"{case} lacks {number}"


def test_tolerances_are_those_of_the_table(rows: list[Row]) -> None:
    widest = {"V1": 0.005, "V3": 0.004, "V4": 0.004, "V5": 0.012, "V8": 0.15, "V19": 0.01, "V28": 1e-9}
    widest |= {"V16": 0.06, "LEVELS": 0.03, "V26": 1.98, "V27": 1e-9}
    widest |= {"V23": 0.02, "V24": 0.02, "V25": 36.19}
    widest |= {"V6": 0, "V10": 0, "V20": 0, "V18": 0.25}
    for one in rows:
        assert 0 <= one.tolerance <= widest[one.case]
        assert one.passed == (abs(one.value - one.reference) <= one.tolerance)


def test_progress_counts_every_run_once(rows: list[Row]) -> None:
    total = sum(case.runs for case in CASES.values())
    assert [(done, total) for done in range(1, total + 1)] == PROGRESS


def test_one_case_can_be_asked_for() -> None:
    assert {one.case for one in rows_of(["V10"])} == {"V10"}
    assert [one.case for one in rows_of(["V20", "V6"])] == ["V6"] * 3 + ["V20"] * 14


def test_a_row_is_told_as_soon_as_its_case_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    def slow(_: object) -> Iterator[Compared]:
        ends = time.monotonic() + 20
        while not any("V27" in line for line in events) and time.monotonic() < ends:
            time.sleep(0.01)
        yield Compared("slow", 1.0, 1.0, 0.0, "nobody")

    monkeypatch.setitem(CASES, "V20", Case("slow", 0, slow))
    made = verify(["V20", "V27"], told=events.append)
    assert "slow" in events[-1] and len(events) == 2 + 3 + 1
    assert [one["case"] for one in made.data] == ["V20"] + ["V27"] * 3, "the table keeps its order"
    assert made.status == 0 and made.end is not None and "4 of 4 pass" in made.end


def test_an_unknown_case_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInputError, match=re.escape("Unknown case 'v10': did you mean 'V10'?")):
        verify(["V1", "v10"])


@pytest.mark.parametrize("value", [0.5 + 2e-3, 0.5 - 2e-3, math.nan, math.inf])
def test_a_wrong_number_does_not_pass(value: float) -> None:
    assert not row("V0", Compared("what", 0.5, value, 1e-3, "nobody")).passed


def test_a_broken_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = thresholds.special_cases.thresholds
    late = lambda *given, **named: np.maximum(0, honest(*given, **named) - 1)  # noqa: E731
    monkeypatch.setattr(thresholds.special_cases, "thresholds", late)
    assert not any(one.passed for one in rows_of(["V6", "V10"]))


def test_the_ring_ties_everybody_to_the_nearest() -> None:
    first, seen = ring(7, 4)
    assert first.tolist() == [0, 4, 8, 12, 16, 20, 24, 28]
    assert sorted(seen[:4]) == [1, 2, 5, 6]
    assert sorted(seen[12:16]) == [1, 2, 4, 5]


def test_random_graphs_are_simple_symmetric_and_as_dense_as_asked() -> None:
    nodes, degrees = 2000, []
    for seed in range(10):
        first, seen = poisson_graph(nodes, 4.0, seed)
        here = np.repeat(np.arange(nodes), np.diff(first))
        ties = set(zip(here.tolist(), seen.tolist(), strict=True))
        assert len(ties) == len(seen)
        assert all(one != other and (other, one) in ties for one, other in ties)
        degrees.append(np.diff(first))
    degree = np.concatenate(degrees)
    assert abs(degree.mean() - 4) < 4 * math.sqrt(2 * 4 / len(degree))
    assert abs(degree.var() - 4) < 4 * math.sqrt((4 + 2 * 16) / len(degree))
