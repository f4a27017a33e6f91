"""The twenty claims: each has something that carries it, and taking that away makes another run."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from carespread.experiments.run import planned, replicate
from carespread.model.claims import CLAIMS, Claim
from carespread.model.scenario import read_scenario
from carespread.results.store.tables import Results


@cache
def made(scenario: str, changes: tuple[tuple[str, object], ...]) -> Results:
    return replicate(planned(read_scenario(scenario), providers=400, months=36, replications=1, changes=dict(changes)))


def test_there_are_twenty_claims() -> None:
    assert [one.name for one in CLAIMS] == [f"C{number}" for number in range(1, 21)]
    assert all(one.says and one.statistic and one.fails_if and one.off for one in CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=[one.name for one in CLAIMS])
def test_without_its_mechanism_a_claim_has_another_run(claim: Claim) -> None:
    on = dict(claim.on)
    whole = made(claim.scenario, tuple(on.items()))
    without = made(claim.scenario, tuple({**on, **claim.off}.items()))
    numbers = whole.monthly.select_dtypes("number").columns
    same_rows = whole.monthly["innovation"].isin(without.monthly["innovation"].unique())
    mine, theirs = whole.monthly[same_rows][numbers].to_numpy(float), without.monthly[numbers].to_numpy(float)
    assert not np.array_equal(mine, theirs, equal_nan=True)
