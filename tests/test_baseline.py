"""Results change only on purpose: with a CHANGELOG entry and a new results_version."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from carespread.model.version import RESULTS_VERSION

from .baseline import CASES, FILE, measured

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return measured()


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_the_baseline(now: dict[str, Any], case: str) -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert now[case] == kept[case], (
        "results moved: if on purpose, add a CHANGELOG entry marked 'Changes results', raise RESULTS_VERSION"
        " and run python -m tests.baseline"
    )


def test_the_baseline_carries_the_version_of_the_last_entry_that_changes_results() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    versions = [
        int(number)
        for number in re.findall(r"\*\*Changes results\*\* \(results_version (\d+)\)", CHANGELOG.read_text())
    ]
    assert kept["results_version"] == RESULTS_VERSION == max(versions)
    assert sorted(versions, reverse=True) == list(range(max(versions), 0, -1)), "each entry raises the version by one"
