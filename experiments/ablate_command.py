"""The work of `carespread ablate`: the table of the theory's claims, weighed over the prior."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pandas as pd

from carespread.model.claims import CLAIMS, Claim
from carespread.model.simulate import checked_whole
from carespread.results.figures.claims import claims_drawing
from carespread.results.statistics.claims import ALSO, EFFECTS, TESTS, effects_of, interaction, verdict_of
from carespread.results.statistics.decision import Interval, paired_interval
from carespread.results.statistics.outcomes import OF_ALL
from carespread.results.statistics.theory import OF_THEORY
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table

from .ablation import Ablation, ablation_of, beside, frames_of, pairs_of, setting
from .experiment import StoppedError
from .experiment_command import run_experiment
from .run_command import shown_folder, whole
from .store import folder_of, is_there, workers_of

UNITS = {f"{name}_all": unit for name, unit in (OF_ALL | OF_THEORY).items()}


def ablate_command(
    claims: list[str],
    *,
    pairs: bool,
    samples: str,
    replications: str,
    providers: str,
    seed: str,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 where a run failed or the disk was full."""
    ablation = ablation_of(
        claims,
        pairs=pairs,
        samples=checked_whole("samples", whole(samples), 4, 100_000, "points"),
        replications=checked_whole("replications", whole(replications), 1, 1000, "runs"),
        providers=whole(providers),
        seed=whole(seed),
    )
    folder = folder_of(out, resume, "ablate", "study")
    there = is_there(folder, "runs/made_by.json", resume, "study")
    many = workers_of(workers)
    try:
        kept = run_experiment(ablation.experiment, folder / "runs", there, many, cluster, quiet, summed_up=False)
    except StoppedError as stopped:
        print(f"{str(stopped).rstrip('.')}: what was made is kept; go on with --resume.", file=sys.stderr)
        return 1
    failed = sum(receipt.failed for receipt in kept.values())
    if failed:
        print(f"{failed:,} of {ablation.experiment.runs:,} runs failed: they stand in runs.parquet.", file=sys.stderr)
    frames = frames_of(ablation, folder / "runs")
    table, effects = claim_tables(ablation, frames)
    together = interactions(ablation, frames)
    write_all(ablation, table, effects, together, folder)
    if as_json:
        print(table.to_json(orient="records", indent=1))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(screen_of(table, effects) + f"\n\n{foot_of(ablation)}")
        if len(together):
            print("\n" + together_words(together))
        print(f"Figure: {shown_folder(folder)}/figures/claims.png\nTables: {shown_folder(folder)}")
    return 1 if failed else 0


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
        f"{ablation.experiment.runs:,} runs: {ablation.samples} points of the prior ({ablation.varied} inputs) x"
        f" {design.replications} seeds for each variant; {design.providers:,} organisations, {design.months} months."
        " Not calibrated: verdicts are about the model, not about England."
    )


def write_all(
    ablation: Ablation, table: pd.DataFrame, effects: pd.DataFrame, together: pd.DataFrame, folder: Path
) -> None:
    """Write tables, the figure and the record."""
    for name, one in (("claims", table), ("effects", effects), ("interactions", together)):
        if len(one):
            write_table(folder, name, one)
    write_figures(folder, [claims_drawing(table, effects, foot_of(ablation))])
    design = ablation.experiment.design
    write_record(
        folder,
        claims=[one.name for one in ablation.claims],
        all_claims=len(CLAIMS),
        samples=ablation.samples,
        replications=design.replications,
        providers=design.providers,
        months=design.months,
        seed=design.seed,
        runs=ablation.experiment.runs,
    )
