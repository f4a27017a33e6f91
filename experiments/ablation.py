"""Tests the claims of the theory: runs with and without what carries each, over the posterior, with the same draws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError, Parameters
from carespread.model.claims import BEGINNING, CLAIMS, CONTROLS, MOVING, SETTINGS, Beside, Claim, Times, Variant
from carespread.model.declare import entries, nearest
from carespread.model.extras import needs
from carespread.model.innovations import Innovation, StartingShare, find
from carespread.model.population.sector import checked_size
from carespread.model.scenario import Scenario, read_scenario
from carespread.results.figures.claims import claims_drawing, counted_words
from carespread.results.statistics.claims import EFFECTS, Frames, Weighed, contrast_of, interaction, weighed
from carespread.results.statistics.decision import paired_interval
from carespread.results.statistics.outcomes import OF_ALL
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.summary import text_table
from carespread.results.words import digits

from .compositions import COMPOSITIONS, taken_away
from .design import Design
from .experiment import Execution, Experiment, run_experiment
from .factors import factors_of
from .limits import CLAIM_SAMPLES, PROVIDERS, SEED, SEEDS_A_POINT, WORKERS, checked
from .points import Point, latin_hypercube, quantiles_of
from .posterior import Fitted
from .replication import asked_posterior
from .result import Result, kept, rows_of
from .sampling import layout_of
from .store import Progress, claimed, workspace

MONTHS = 60
"""The claims speak of what has come of it after five years."""
SAMPLES, REPLICATIONS, PROVIDERS_OF_A_RUN = 100, 2, 1000
UNITS = {f"{name}_all": unit for name, unit in (OF_ALL | OF_THEORY).items()}


class Ablation(NamedTuple):
    """Which claims are tested, and the runs that it takes."""

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
    claims: Sequence[Claim] = CLAIMS,
) -> Ablation:
    """Return an ablation, checked; all `claims` if none is named.

    `pairs` adds the interactions of all two claims that are studied in the same setting. Points are draws of what was
    `fitted`, or of the priors.
    """
    known = {one.name: one for one in claims}
    for name in names:
        if name not in known:
            raise BadInputError(f"Unknown claim {name!r}: {nearest(name.upper(), known)}")
    if pairs and 0 < len(set(names)) < 2:
        raise BadInputError("Interactions need at least 2 claims: name another one with --claim.")
    chosen = tuple(one for one in claims if one.name in names or not names)
    two = tuple(
        (one, other)
        for one, other in itertools.combinations(chosen, 2)
        if one.all_variants["with"] == other.all_variants["with"]
    )
    if pairs and not two:
        raise BadInputError("No two of these claims are studied in the same setting: they have no interaction here.")
    variants = variants_of(chosen, two if pairs else ())
    scenarios = {name: scenario_of(name) for name in dict.fromkeys(one.setting for one in variants)}
    # what a variant switches or sets is not drawn: it would be the same in every run
    layout, drawn = layout_of("pawn", factors_of(), samples, seed)
    if fitted is not None:
        rows = np.random.default_rng(seed).permutation(np.arange(samples) % len(fitted.draws))
        drawn = [dict(fitted.draws[row]) for row in rows]
    moving = strengths_of_movements(samples, seed)
    points = []
    for variant in variants:
        under = scenarios[variant.setting]
        found = innovations_of(SETTINGS[variant.setting].controls)
        for at, row in enumerate(drawn):
            strengths = moving[at] if SETTINGS[variant.setting].moving else {}
            changes = {**strengths, **settled(variant.changes, row)}
            usual = row
            if fitted is not None:
                usual = fitted.changes(row, [one.name for one in found], {*under.changes, *changes})
            points.append(Point(f"{variant.name}|{at:04d}", under, {**usual, **changes}, innovations=found))
    design = Design(
        path=Path("ablate"),
        question="Which claims of the theory hold in the model?",
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
    return Ablation(chosen, two if pairs else (), Experiment(design, points), samples, varied, fitted is not None)


def variants_of(claims: Sequence[Claim], two: Sequence[tuple[Claim, Claim]]) -> list[Variant]:
    """Return every variant that claims and pairs of them need, once."""
    made = [variant for claim in claims for variant in claim.all_variants.values()]
    for both in two:
        made += [without(*some) for some in (both[:1], both[1:], both)]
    return list({variant.name: variant for variant in made}.values())


def without(*claims: Claim) -> Variant:
    """Return the setting of the first claim with the mechanisms of all these taken away."""
    first = claims[0].all_variants["with"]
    taken = {name: value for one in claims for name, value in one.off.items()}
    return first._replace(changes={**first.changes, **taken})


def scenario_of(setting: str) -> Scenario:
    """Return the scenario of a setting, with its levers."""
    where = SETTINGS[setting]
    scenario = read_scenario(where.scenario)
    conditions = scenario.conditions._replace(levers=(*scenario.conditions.levers, *where.levers))
    return scenario._replace(name=setting, conditions=conditions)


def innovations_of(controls: bool) -> tuple[Innovation, ...]:
    """Return innovations of the library as if they began today at the share of BEGINNING, and the control ones."""
    made = []
    for one in find(tuple(BEGINNING)):
        share = StartingShare(date="2000-01", value=BEGINNING[one.name], grade="D", source="assumption")
        made.append(one._replace(file=one.file.model_copy(update={"starting_share": [share], "start": "2000-01"})))
    return (*made, *(find(CONTROLS) if controls else ()))


def strengths_of_movements(samples: int, seed: int) -> list[dict[str, float]]:
    """Return how strong movements are at each point, by their priors: no series says anything of it."""
    cube = latin_hypercube(len(MOVING), samples, seed)
    columns = [quantiles_of(name, "prior", shares) for name, shares in zip(MOVING, cube.T, strict=True)]
    return [dict(zip(MOVING, map(float, row), strict=True)) for row in zip(*columns, strict=True)]


def settled(changes: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as they are at one point: multiples of its numbers, and weights moved to the rest of a whole."""
    known = entries(Parameters)

    def own(name: str) -> float:
        return float(row.get(name, known[name].default))

    members = {name: own(name) for one in COMPOSITIONS for name in one.members}
    made = {
        name: min(float(known[name].about.high), value.factor * own(name)) if isinstance(value, Times) else value
        for name, value in changes.items()
    }
    return taken_away(made, members)


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


def own_frames(claim: Claim, frames: Frames) -> dict[str, pd.DataFrame]:
    """Return the runs of a claim by the labels of its variants."""
    return {label: frames[variant.name] for label, variant in claim.all_variants.items()}


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
    """Test each claim of the theory over draws of the posterior, with common random numbers.

    `claims` are names such as C3 (None: all), `pairs` adds the interactions of every two. Returns the tables `claims`
    (a row a claim with its verdict: supported, contradicted, no effect of interest, undecided or built in), `effects`
    (further numbers of each claim) and `interactions`; nothing is written without `out`. Raises BadInputError on
    unknown claims.

    >>> ablate(["C4"], samples=5, replications=1, providers=100).tables["claims"]  # doctest: +SKIP
    """
    needs("SALib", "ablate", "sensitivity")
    fitted, grounds = asked_posterior(posterior, prior, tuple(BEGINNING))
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
        failed = sum(receipt.failed for receipt in receipts.values())
        frames = frames_of(ablation, place / "runs")
        result = result_of(ablation, frames, failed, "" if fitted is None else grounds)
        return result if folder is None else kept(result, folder, "ablate")


def result_of(ablation: Ablation, frames: Frames, failed: int, grounds: str) -> Result:
    """Return the table of claims, effects and interactions, the figure and the record."""
    table, effects = claim_tables(ablation, frames)
    together = interactions(ablation, frames)
    text = f"{screen_of(table)}\n\n{foot_of(ablation)}{' ' + grounds if grounds else ''}"
    tables = {"claims": table, "effects": effects, "interactions": together}
    design = ablation.experiment.design
    return Result(
        f"{text}\n\n{together_words(together)}" if len(together) else text,
        rows_of(table),
        {name: one for name, one in tables.items() if len(one)},
        lambda: [claims_drawing(table, foot_of(ablation))],
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


def claim_tables(ablation: Ablation, frames: Frames) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row a claim with its verdict, and a row for each further number of a claim."""
    found = weighed(
        {one.name: one for one in ablation.claims}, {one.name: own_frames(one, frames) for one in ablation.claims}
    )
    rows = [claim_row(claim, found[claim.name]) for claim in ablation.claims]
    effects = [row for claim in ablation.claims for row in further(claim, own_frames(claim, frames))]
    return pd.DataFrame(rows), pd.DataFrame(effects)


def claim_row(claim: Claim, found: Weighed) -> dict[str, Any]:
    """Return a claim with its test, what was found and its verdict."""
    effect, smallest = found.tested.effect, found.tested.smallest
    ends = [claim.sign * one / smallest if smallest > 0 else math.nan for one in (effect.mean, effect.low, effect.high)]
    return {
        "claim": claim.name,
        "says": claim.says,
        "equation": claim.equation,
        "setting": SETTINGS[claim.setting].says,
        "statistic": claim.statistic,
        "column": claim.column,
        "unit": UNITS[claim.column],
        "contrast": "; ".join(
            f"{weight:+g} [{claim.all_variants[label].name}]" for label, weight in claim.contrast.items()
        ),
        "direction": "more" if claim.sign > 0 else "less",
        "against": claim.against,
        "effect": claim.against + effect.mean,
        "low": claim.against + effect.low,
        "high": claim.against + effect.high,
        "smallest": smallest,
        "movement": found.tested.movement,
        "in_smallest": ends[0],
        "in_smallest_low": min(ends[1:]),
        "in_smallest_high": max(ends[1:]),
        "verdict": found.verdict,
        "chance": found.tested.chance,
        "chance_holm": found.corrected,
        "beyond": found.tested.beyond,
        "points": effect.pairs,
        "detectable": effect.detectable,
        "contradicted_if": claim.contradicted,
        "can_fail": claim.can_fail,
    }


def further(claim: Claim, frames: Frames) -> list[dict[str, Any]]:
    """Return the numbers that are shown beside a claim's test, and what its contrast does to common outcomes."""
    shown = list(claim.beside)
    if sum(claim.contrast.values()) == 0:
        shown += [Beside(words, column, claim.contrast) for column, words in EFFECTS.items()]
    rows = []
    for one in shown:
        effect = paired_interval(contrast_of(one.column, one.contrast, frames))
        rows.append(
            {
                "claim": claim.name,
                "shown": one.says,
                "outcome": one.column,
                "unit": UNITS[one.column],
                "effect": effect.mean,
                "low": effect.low,
                "high": effect.high,
                "points": effect.pairs,
                "detectable": effect.detectable,
                "detected": effect.clear,
            }
        )
    return rows


def interval_words(row: Any) -> str:
    """Return the effect of a row with its interval."""
    return f"{digits(row.effect)} ({digits(row.low)} to {digits(row.high)})"


def interactions(ablation: Ablation, frames: Frames) -> pd.DataFrame:
    """Return a row a pair and outcome: what two mechanisms do together beyond what each does."""
    rows = []
    for one, other in ablation.pairs:
        taken = [frames[without(*some).name] for some in ((one,), (other,), (one, other))]
        on = frames[one.all_variants["with"].name]
        for outcome in EFFECTS:
            found = interaction(on, taken[0], taken[1], taken[2], outcome)
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


def screen_of(table: pd.DataFrame) -> str:
    """Return the claims as a table, a line each: what was measured, what was found, and the verdict."""
    rows = [
        (row.claim, row.says, row.statistic, interval_words(row), digits(row.smallest), row.verdict)
        for row in table.itertuples()
    ]
    head = ("", "claim", "tested by", "effect (95 %)", "smallest of interest", "verdict")
    return f"{text_table(head, rows)}\n\n{counted_words(table)}"


def foot_of(ablation: Ablation) -> str:
    """Return how the runs were made."""
    design = ablation.experiment.design
    return (
        f"{ablation.experiment.runs:,} runs: {ablation.samples} points of the"
        f" {'posterior' if ablation.fitted else 'prior'} ({ablation.varied} inputs) x"
        f" {design.replications} seeds for each variant; {design.providers:,} organisations, {design.months} months."
        f"{'' if ablation.fitted else ' Not calibrated:'} Verdicts are about the model, not about England."
    )
