"""What sets of numbers that fit alike imply for policy: the same levers under each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from carespread.experiments.design import Design
from carespread.experiments.experiment import Experiment
from carespread.experiments.points import Point
from carespread.experiments.posterior import Fitted
from carespread.model.scenario import read_scenario

from .fit import Fit
from .runs import kept_runs

BASELINE, LEVERS = "central", ("lever_grant", "lever_training", "lever_commissioner_requirement", "lever_mandate")
REPLICATIONS = 8


def implied_by(made: Fit, sets: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return a row a set and lever: extra person-months of full benefit against the baseline, and the lever's rank."""
    from carespread.results.store.query import opened

    scenarios = tuple(read_scenario(name) for name in (BASELINE, *LEVERS))
    setting = made.setting
    names = [name for name in sets if name not in ("set", "misfit")]
    brought = Fitted("", (), ({},))
    points = [
        Point(
            f"set{int(row['set'])}|{scenario.name}",
            scenario,
            brought.changes({name: float(row[name]) for name in names}, scenario.innovations, scenario.changes),
        )
        for row in sets.to_dict("records")
        for scenario in scenarios
    ]
    design = Design(
        path=Path("implied"),
        question="Do sets of numbers that fit alike agree about policy?",
        scenarios=scenarios,
        providers=setting.providers,
        months=scenarios[0].months,
        replications=REPLICATIONS,
        seed=setting.seed,
        samples=len(sets),
        parameters={},
        innovations=(),
        groups=(),
        text="",
        monthly=False,
    )
    kept_runs(setting, Experiment(design, points), folder)
    with opened(folder) as connection:
        runs = connection.execute("select design, replication, outcome_all from runs where status = 'ok'").df()
    wide = runs.pivot_table(index="replication", columns="design", values="outcome_all")
    rows = []
    for number in sets["set"]:
        gains = {
            name: (wide[f"set{number}|{name}"] - wide[f"set{number}|{BASELINE}"]).to_numpy(float) for name in LEVERS
        }
        order = sorted(gains, key=lambda name: -float(np.mean(gains[name])))
        for name, gain in gains.items():
            error = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
            mean = float(gain.mean())
            rows.append((int(number), name, mean, mean - error, mean + error, order.index(name) + 1))
    return pd.DataFrame(rows, columns=["set", "lever", "extra_outcome", "low", "high", "rank"])


def implied_words(implied: pd.DataFrame) -> str:
    """Return whether the sets agree about which lever does most."""
    first = implied[implied["rank"] == 1]["lever"].str.removeprefix("lever_").str.replace("_", " ")
    spread = implied.groupby("lever")["extra_outcome"].agg(["min", "max"])
    widest = (spread["max"] - spread["min"]).idxmax()
    least, most = spread.loc[widest]
    agree = (
        f"All three put {first.iloc[0]} first" if first.nunique() == 1 else "They do not agree which lever does most"
    )
    named = str(widest).removeprefix("lever_").replace("_", " ")
    return (
        f"{agree}; what {named} adds runs from {least:,.0f} to {most:,.0f} person-months of full benefit between them."
    )
