"""Takes away the mechanism of each claim of the theory, over the prior and under the same luck."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from carespread.model import BadInputError, Parameters
from carespread.model.claims import CLAIMS, Claim
from carespread.model.declare import entries, nearest
from carespread.model.scenario import read_scenario
from carespread.results.statistics.claims import Pairs

from .design import Design
from .experiment import Experiment
from .factors import factors_of
from .points import Point
from .sampling import layout_of

MONTHS = 60
"""The claims speak of use after five years."""
SAMPLES, REPLICATIONS, PROVIDERS = 100, 2, 1000
MORE_TURNOVER = 1.25
"""Times the usual turnover, for the elasticity of C14."""

BESIDE: dict[str, dict[str, dict[str, Any]]] = {
    "C1": {f"programme of .2 for the {level} level": {f"{level}_programme": 0.2} for level in
           ("senior", "manager", "frontline")},
    "C13": {"reform of a quarter in its place": {"deregulation": False, "reform": 0.25}},
}  # fmt: skip
"""What a claim's mechanism is held beside: levers that do the like, on top of the setting with it."""


class Ablation(NamedTuple):
    """Which claims are weighed, and the runs that it takes."""

    claims: tuple[Claim, ...]
    pairs: tuple[tuple[Claim, Claim], ...]
    """Claims of which interactions are asked for."""
    experiment: Experiment
    samples: int
    varied: int


def ablation_of(
    names: Sequence[str] = (),
    *,
    pairs: bool = False,
    samples: int = SAMPLES,
    replications: int = REPLICATIONS,
    providers: int = PROVIDERS,
    months: int = MONTHS,
    seed: int = 1,
) -> Ablation:
    """Return an ablation, checked; all claims if none is named.

    `pairs` adds the interactions of all two claims that are studied in the same setting.
    """
    known = {one.name: one for one in CLAIMS}
    for name in names:
        if name not in known:
            raise BadInputError(f"Unknown claim {name!r}: {nearest(name.upper(), known)}")
    if pairs and 0 < len(set(names)) < 2:
        raise BadInputError("Interactions need at least 2 claims: name another one with --claim.")
    claims = tuple(one for one in CLAIMS if one.name in names) if names else CLAIMS
    two = tuple(both for both in itertools.combinations(claims, 2) if setting(both[0]) == setting(both[1]))
    if pairs and not two:
        raise BadInputError("No two of these claims are studied in the same setting: they have no interaction here.")
    # what a claim switches off or on is not drawn: it would be the same in every run
    layout, values = layout_of("pawn", factors_of(), samples, seed)
    scenarios = {name: read_scenario(name) for name in dict.fromkeys(claim.scenario for claim in claims)}
    points = []
    for key, (scenario, changes) in variants(claims, two if pairs else ()).items():
        points += [Point(f"{key}|{at:04d}", scenarios[scenario], {**row, **changes}) for at, row in enumerate(values)]
    design = Design(
        path=Path("ablate"),
        question="Which claims of the theory carry what happens in the model?",
        scenarios=tuple(scenarios.values()),
        providers=providers,
        months=months,
        replications=replications,
        seed=seed,
        samples=samples,
        parameters={name: "prior" for name in layout.inputs.columns},
        innovations=(),
        groups=(),
        text="",
        theory=True,
        monthly=False,
    )
    return Ablation(claims, two if pairs else (), Experiment(design, points), samples, len(layout.names))


def setting(claim: Claim) -> str:
    """Return in what setting a claim is studied: its scenario, and what is set before its mechanism can act."""
    return "|".join([claim.scenario, *(f"{name}={value}" for name, value in claim.on.items())])


def variants(claims: Sequence[Claim], two: Sequence[tuple[Claim, Claim]]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return scenario and changes of every variant by its name; settings that claims share are run once."""
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    for claim in claims:
        made[f"with {setting(claim)}"] = (claim.scenario, dict(claim.on))
        made[f"without {claim.name}"] = (claim.scenario, {**claim.on, **claim.off})
        for words, changes in BESIDE.get(claim.name, {}).items():
            made[f"{claim.name}, {words}"] = (claim.scenario, {**claim.on, **changes})
        if claim.name == "C14":
            turnover = entries(Parameters)["turnover"].default
            made["usual turnover"] = (claim.scenario, {"turnover": turnover})
            made["more turnover"] = (claim.scenario, {"turnover": MORE_TURNOVER * turnover})
    for one, other in two:
        made[f"without {one.name} and {other.name}"] = (one.scenario, {**one.on, **one.off, **other.off})
    return made


def frames_of(ablation: Ablation, folder: Path) -> dict[str, pd.DataFrame]:
    """Return means over replications, a row a point in order, by variant; runs that failed do not count."""
    from carespread.results.store.query import opened

    with opened(folder) as connection:
        runs = connection.execute("select * from runs where status = 'ok'").df()
    runs["variant"], runs["point"] = runs["design"].str.rsplit("|", n=1).str[0], runs["design"].str.rsplit("|").str[-1]
    numbers = [name for name in runs.columns if name.endswith("_all")]
    means = runs.groupby(["variant", "point"])[numbers].mean()
    points = sorted(runs["point"].unique())
    return {str(name): means.loc[name].reindex(points) for name in means.index.unique(level=0)}


def beside(claim: Claim, frames: dict[str, pd.DataFrame]) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return the runs of what a claim is held beside, and those that they are compared with, by its words.

    A programme adds to the setting as it is; a reform stands in the place of the mechanism.
    """
    base = frames[f"without {claim.name}" if claim.name == "C13" else f"with {setting(claim)}"]
    return {words: (frames[f"{claim.name}, {words}"], base) for words in BESIDE.get(claim.name, {})}


def pairs_of(claim: Claim, frames: dict[str, pd.DataFrame]) -> Pairs:
    """Return the runs with and without the mechanism of a claim, point by point."""
    on, off = frames[f"with {setting(claim)}"], frames[f"without {claim.name}"]
    if claim.name == "C14":  # the elasticity is taken at the same usual turnover
        return Pairs(frames["usual turnover"], off, frames["more turnover"], MORE_TURNOVER)
    return Pairs(on, off, pd.DataFrame(), MORE_TURNOVER)
