"""Switches off the mechanism of each claim of the theory, over the prior, with common random numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError, Parameters
from carespread.model.claims import CLAIMS, Claim
from carespread.model.declare import entries, nearest
from carespread.model.extras import needs
from carespread.model.innovations import find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario
from carespread.results.figures.claims import claims_drawing
from carespread.results.statistics.claims import (
    ALSO,
    EFFECTS,
    TESTS,
    Pairs,
    effects_of,
    interaction,
    verdict_of,
)
from carespread.results.statistics.decision import Interval, paired_interval
from carespread.results.statistics.outcomes import OF_ALL
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.summary import text_table

from .design import Design
from .experiment import Execution, Experiment, run_experiment
from .factors import factors_of
from .limits import CLAIM_SAMPLES, PROVIDERS, SEED, SEEDS_A_POINT, WORKERS, checked
from .points import Point
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .sampling import layout_of
from .store import Progress, claimed, workspace

MONTHS = 60
"""The claims speak of use after five years."""
SAMPLES, REPLICATIONS, PROVIDERS_OF_A_RUN = 100, 2, 1000
UNITS = {f"{name}_all": unit for name, unit in (OF_ALL | OF_THEORY).items()}
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
    fitted: bool
    """Whether points are draws of a posterior."""


def ablation_of(
    names: Sequence[str] = (),
    *,
    pairs: bool = False,
    samples: int = SAMPLES,
    replications: int = REPLICATIONS,
    providers: int = PROVIDERS_OF_A_RUN,
    months: int = MONTHS,
    seed: int = 1,
    fitted: Fitted | None = None,
) -> Ablation:
    """Return an ablation, checked; all claims if none is named.

    `pairs` adds the interactions of all two claims that are studied in the same setting. Points are draws of what was
    `fitted`, or of the priors.
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
    rows = None if fitted is None else np.random.default_rng(seed).permutation(np.arange(samples) % len(fitted.draws))
    scenarios = {name: read_scenario(name) for name in dict.fromkeys(claim.scenario for claim in claims)}
    points = []
    for key, (scenario, changes) in variants(claims, two if pairs else ()).items():
        for at, row in enumerate(values):
            drawn: dict[str, Any] = row
            if fitted is not None and rows is not None:
                under = scenarios[scenario]
                names = [one.name for one in find(under.innovations)]
                drawn = fitted.changes(fitted.draws[rows[at]], names, {*under.changes, *changes})
            points.append(Point(f"{key}|{at:04d}", scenarios[scenario], {**drawn, **changes}))
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
    varied = len(layout.names) if fitted is None else len(fitted.names)
    return Ablation(claims, two if pairs else (), Experiment(design, points), samples, varied, fitted is not None)


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


@checked
def ablate(
    claims: Sequence[str] | None = None,
    *,
    pairs: bool = False,
    samples: Annotated[int, CLAIM_SAMPLES] = SAMPLES,
    replications: Annotated[int, SEEDS_A_POINT] = REPLICATIONS,
    providers: Annotated[int | str, PROVIDERS] = PROVIDERS_OF_A_RUN,
    seed: Annotated[int, SEED] = 1,
    posterior: str | Path | None = None,
    prior: bool = False,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    country: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Switch off the mechanism of each claim, over draws of the posterior and with common random numbers.

    `claims` are names such as C3 (None: all), `pairs` adds the interactions of every two. Returns the tables `claims`
    (a row a claim with its verdict), `effects` and `interactions`; nothing is written without `out`. Raises
    BadInputError on unknown claims.

    >>> ablate(["C4"], samples=5, replications=1, providers=100).tables["claims"]  # doctest: +SKIP
    """
    needs("SALib", "ablate", "sensitivity")
    fitted, grounds = asked_posterior(posterior, prior, read_scenario("central").innovations)
    ablation = ablation_of(
        claims or (),
        pairs=pairs,
        samples=samples,
        replications=replications,
        providers=checked_size(providers),
        seed=seed,
        fitted=fitted,
    )
    folder = claimed(out, "ablate", resume)
    with workspace(folder, "ablate", {"runs": ablation.experiment}) as place:
        execution = Execution(workers, cluster, progress)
        receipts = run_experiment(ablation.experiment, place / "runs", True, execution, False)
        frames = frames_of(ablation, place / "runs")
    failed = sum(receipt.failed for receipt in receipts.values())
    table, effects = claim_tables(ablation, frames)
    together = interactions(ablation, frames)
    text = f"{screen_of(table, effects)}\n\n{foot_of(ablation)}{'' if prior else ' ' + grounds}"
    tables = {"claims": table, "effects": effects, "interactions": together}
    design = ablation.experiment.design
    result = Result(
        f"{text}\n\n{together_words(together)}" if len(together) else text,
        rows_of(table),
        {name: one for name, one in tables.items() if len(one)},
        lambda: [claims_drawing(table, effects, foot_of(ablation))],
        record={
            "claims": [one.name for one in ablation.claims],
            "all_claims": len(CLAIMS),
            "samples": ablation.samples,
            "replications": design.replications,
            "providers": design.providers,
            "months": design.months,
            "seed": design.seed,
            "runs": ablation.experiment.runs,
        },
        runs=ablation.experiment.runs,
        failed=failed,
    )
    return result if folder is None else kept(result, folder, "ablate")


def claim_tables(ablation: Ablation, frames: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row a claim with its verdict, and a row a claim and outcome with the effect of its mechanism."""
    claims, effects = [], []
    for claim in ablation.claims:
        pairs = pairs_of(claim, frames)
        test = TESTS[claim.name]
        verdict, found = verdict_of(test, pairs)
        column, one, limit = max(found, key=lambda part: abs(part[1].mean) / part[2] if part[2] else 0)
        claims.append(
            {
                "claim": claim.name,
                "says": claim.says,
                "equation": claim.equation,
                "without": ", ".join(f"{name}={value}" for name, value in claim.off.items()),
                "setting": setting(claim),
                "statistic": claim.statistic,
                "fails_if": claim.fails_if,
                "verdict": verdict,
                "test": test_words(claim, column, one, limit),
                "column": column,
                "value": one.mean,
                "low": one.low,
                "high": one.high,
                "limit": limit,
                "detectable": one.detectable,
                "pairs": one.pairs,
                "others": "; ".join(
                    [*(test_words(claim, *part) for part in found if part[0] != column), *also_words(claim, frames)]
                ),
            }
        )
        for outcome, (effect, on) in effects_of(pairs).items():
            effects.append(
                {
                    "claim": claim.name,
                    "outcome": outcome,
                    "unit": UNITS[outcome],
                    "with": on,
                    "effect": effect.mean,
                    "low": effect.low,
                    "high": effect.high,
                    "pairs": effect.pairs,
                    "detectable": effect.detectable,
                    "detected": effect.clear,
                }
            )
    return pd.DataFrame(claims), pd.DataFrame(effects)


def also_words(claim: Claim, frames: dict[str, pd.DataFrame]) -> list[str]:
    """Return further statistics of a claim in words: what the mechanism adds to them, and what it is held beside."""
    pairs = pairs_of(claim, frames)
    parts = []
    for column in ALSO.get(claim.name, ()):
        one = paired_interval((pairs.on[column] - pairs.off[column]).to_numpy(float))
        name = column.removesuffix("_all").replace("_", " ")
        parts.append(f"adds to {name} {digits(one.mean)} ({digits(one.low)} to {digits(one.high)})")
    for words, (with_it, base) in beside(claim, frames).items():
        one = paired_interval((with_it["using_share_all"] - base["using_share_all"]).to_numpy(float))
        parts.append(f"{words}: using share {digits(one.mean)} ({digits(one.low)} to {digits(one.high)})")
    return parts


def test_words(claim: Claim, column: str, one: Interval, limit: float) -> str:
    """Return a test in words: the statistic, its interval, and what it is held against."""
    test = TESTS[claim.name]
    interval = f"({digits(one.low)} to {digits(one.high)})"
    name = column.removesuffix("_all").replace("_", " ")
    if test.kind == "level":
        return f"{name} {digits(one.mean)} {interval}; limit {digits(limit)}"
    if test.kind == "loss":
        return f"lost by lock-in {digits(one.mean)} {interval} of {name}; limit {digits(limit)}"
    if test.kind == "elasticity":
        return f"elasticity of {name} to turnover {digits(one.mean)} {interval}; within {digits(limit)} of 0 fails"
    what = f"response by {name}" if test.kind == "response" else f"change of {name}"
    return f"{what} {digits(one.mean)} {interval}; inside +-{digits(limit)} fails"


def digits(value: float) -> str:
    """Return a number with three digits that count."""
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interactions(ablation: Ablation, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a row a pair and outcome: what two mechanisms do together beyond what each does."""
    rows = []
    for one, other in ablation.pairs:
        both = frames[f"without {one.name} and {other.name}"]
        singles = [frames[f"without {claim.name}"] for claim in (one, other)]
        on = frames[f"with {setting(one)}"]
        for outcome in EFFECTS:
            found = interaction(on, singles[0], singles[1], both, outcome)
            rows.append((one.name, other.name, outcome, UNITS[outcome], found.mean, found.low, found.high, found.pairs,
                         found.detectable, found.clear))  # fmt: skip
    columns = ["claim", "other", "outcome", "unit", "interaction", "low", "high", "pairs", "detectable", "detected"]
    return pd.DataFrame(rows, columns=columns)


def together_words(together: pd.DataFrame) -> str:
    """Return which pairs interact."""
    clear = together[together["detected"]]
    lines = [f"{len(clear)} of {len(together)} interactions (pair x outcome) are told apart from none at 95 %;"
             f" about {0.05 * len(together):.0f} would be by chance."]  # fmt: skip
    for row in clear.reindex(clear["interaction"].abs().sort_values(ascending=False).index)[:8].itertuples():
        lines.append(f"  {row.claim} and {row.other}, {EFFECTS[row.outcome]}: {digits(row.interaction)}"
                     f" ({digits(row.low)} to {digits(row.high)})")  # fmt: skip
    return "\n".join(lines)


def screen_of(table: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Return the claims as a table: effects in percent of the value with the mechanism, and the verdict."""
    rows = []
    for claim in table.to_dict("records"):
        own = effects[effects["claim"] == claim["claim"]].set_index("outcome")
        cells = []
        for outcome in EFFECTS:
            row = own.loc[outcome]
            part = 1.0 if outcome == "small_provider_gap_all" else 100.0 / abs(row["with"]) if row["with"] else math.nan
            said = f"{part * row['effect']:+.1f}" if row["detected"] else f"none (< {part * row['detectable']:.1f})"
            cells.append("none" if math.isnan(row["effect"]) else said)
        rows.append((claim["claim"], claim["says"], *cells, claim["verdict"]))
    head = ("", "claim", "spread %", "scale %", "sustained %", "benefit %", "gap, points", "own test")
    return (
        text_table(head, rows)
        + "\n\nWhat each mechanism adds. none (< x): no detectable effect; 4 of 5 such studies would find x."
    )


def foot_of(ablation: Ablation) -> str:
    """Return how the runs were made."""
    design = ablation.experiment.design
    return (
        f"{ablation.experiment.runs:,} runs: {ablation.samples} points of the"
        f" {'posterior' if ablation.fitted else 'prior'} ({ablation.varied} inputs) x"
        f" {design.replications} seeds for each variant; {design.providers:,} organisations, {design.months} months."
        f"{'' if ablation.fitted else ' Not calibrated:'} Verdicts are about the model, not about England."
    )
