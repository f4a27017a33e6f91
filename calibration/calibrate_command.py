"""The work of `carespread calibrate`: fits, checks the fit, tests it on data held back, and says what was learned."""

from __future__ import annotations

import base64
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.experiments.experiment import StoppedError
from carespread.experiments.run_command import shown_folder, whole
from carespread.experiments.store import folder_of, workers_of
from carespread.model.scenario import read_scenario
from carespread.model.simulate import checked_whole
from carespread.results.statistics.inference import LIMIT
from carespread.results.store.files import write_text
from carespread.results.store.posterior import DRAWS as DRAWS_FILE
from carespread.results.store.summary import text_table
from carespread.results.store.writer import write_figures, write_record, write_table
from carespread.results.words import listed

from .diagnostics import Honesty, different_sets, honesty_of, prior_predictive
from .figures import MUCH, NOTHING, ORDINALS, errors_drawing, learned_drawing, predictive_drawing
from .fit import LEAST_BUDGET, Fit, fit
from .forecast import MODEL, Forecast, validated
from .implications import implied_by, implied_words
from .priors import NAMES
from .rivals import rival_table
from .runs import Setting
from .targets import FILE, VALIDATION, dated, fitted_only, observed, read_targets

SCENARIO = "historical"
PAGE, SIMULATIONS = "what_the_data_can_say.html", "simulations.parquet"


def calibrate_command(
    targets: Path | None,
    *,
    budget: str,
    rivals: bool,
    providers: str,
    replications: str,
    seed: str,
    out: Path | None,
    resume: bool,
    workers: str | None,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Return the exit status: 0, or 1 where the disk was full."""
    scenario = read_scenario(SCENARIO)
    every = read_targets(targets or FILE, scenario)
    seen = fitted_only(every)
    runs = checked_whole("--budget", whole(budget), LEAST_BUDGET, 10_000_000, "runs")
    folder = folder_of(out, resume, "calibrate", "fit")
    setting = Setting(
        scenario,
        seen,
        observed(seen),
        checked_whole("providers", whole(providers), 50, 1_000_000, "organisations"),
        checked_whole("replications", whole(replications), 1, 100, "runs"),
        checked_whole("seed", whole(seed), 0, 2**31, ""),
        folder,
        resume,
        workers_of(workers),
        cluster,
        quiet,
        {},
    )
    began = time.perf_counter()

    def told(words: str) -> None:
        if not quiet:
            print(f"{(time.perf_counter() - began) / 60:5.1f} min  {words}", file=sys.stderr)

    try:
        made = fit(setting, runs, told)
        honesty = honesty_of(made)
        told(f"checked by {honesty.studies} fits to synthetic data")
        forecast = validated(made, every, honesty.widen, folder / "predictive")
        sets = different_sets(made)
        implied = implied_by(made, sets, folder / "implied")
        others = rival_table(made, every, setting, runs, told) if rivals else pd.DataFrame()
    except StoppedError as stopped:
        print(f"{str(stopped).rstrip('.')}: what was made is kept; go on with --resume.", file=sys.stderr)
        return 1
    write_all(made, honesty, forecast, every, Beside(sets, implied, others), folder)
    if as_json:
        print(honesty.learned.to_json(orient="records", indent=1))
    elif quiet:
        print(shown_folder(folder))
    else:
        print(screen_of(made, honesty, forecast))
        if len(others):
            print("\n" + rivals_words(others))
        print(f"\nThree sets of numbers that fit alike: {implied_words(implied)}")
        print(f"Page: {shown_folder(folder)}/{PAGE}\nAll results: {shown_folder(folder)}")
    return 0


def foot_of(made: Fit, honesty: Honesty) -> str:
    """Return how a fit was made."""
    setting = made.setting
    return (
        f"{made.runs:,} runs of {setting.providers:,} organisations in {len(made.waves)} waves, scenario"
        f" {setting.scenario.name}; {len(setting.targets)} data fitted; {made.posterior.effective:,.0f} effective"
        " draws."
        f" Coverage of 90 % intervals on synthetic data {100 * honesty.coverage:.0f} % (+-"
        f"{196 * honesty.coverage_error:.0f}), so intervals are widened {honesty.widen:.2f} times."
    )


def screen_of(made: Fit, honesty: Honesty, forecast: Forecast) -> str:
    """Return what was learned and how the held-back data were met, as tables."""
    rows = [
        (row["parameter"].replace("_", " "), f"{row['prior_low']:.3g} to {row['prior_high']:.3g}",
         f"{row['posterior_median']:.3g}", f"{row['posterior_low']:.3g} to {row['posterior_high']:.3g}",
         f"{100 * row['variance_removed']:.0f} %", f"{row['chi_square']:.0f}", f"{100 * row['coverage']:.0f} %")
        for row in honesty.learned.to_dict("records")
    ]  # fmt: skip
    head = ("number", "prior 90 %", "median", "posterior 90 %", "variance gone", "ranks chi2", "coverage")
    tests = [
        (row["target"], row["method"], f"{100 * row['observed']:.0f} %", f"{100 * row['median']:.1f} %",
         f"({100 * row['low']:.1f} to {100 * row['high']:.1f})", "yes" if row["inside"] else "no",
         f"{100 * row['crps']:.1f}")
        for row in forecast.validation.to_dict("records")
    ]  # fmt: skip
    test_head = ("held back", "said by", "observed", "median", "(90 %)", "inside", "CRPS, points")
    lines = [text_table(head, rows), "", text_table(test_head, tests), "", *answer_of(honesty, forecast)]
    return "\n".join([*lines, "", foot_of(made, honesty)])


def answer_of(honesty: Honesty, forecast: Forecast) -> list[str]:
    """Return what the data can say, in sentences computed from the results."""
    rows = honesty.learned
    words = rows["says"].str.replace(r"^[^ ]+: ", "", regex=True)  # without the symbol
    clear = list(words[rows["variance_removed"] > MUCH])
    some = list(words[rows["variance_removed"].between(NOTHING, MUCH)])
    none = list(words[rows["variance_removed"] < NOTHING])
    said = [f"Much was learned of: {listed(clear)}." if clear else "Of no single number much was learned."]
    if some:
        said.append(f"Something was learned of: {listed(some)}.")
    if none:
        said.append(f"Next to nothing was learned of: {listed(none)}; what is known of them is the prior.")
    scores = forecast.validation.groupby("method")["crps"].mean().sort_values()
    place = list(scores.index).index(MODEL) + 1
    said.append(
        f"At the points held back the model is {ORDINALS[place]} of {len(scores)} by CRPS"
        f" ({100 * scores[MODEL]:.1f} points; best: {scores.index[0]}, {100 * scores.iloc[0]:.1f})."
    )
    if place > 1:
        said.append("A simple curve forecasts them better: the model must earn its place by what it explains.")
    return said


def page_parts(made: Fit, honesty: Honesty, forecast: Forecast) -> dict[str, list[str]]:
    """Return the words of the page, for each of its readers."""
    waves = "; ".join(f"wave {at} leaves {100 * wave.left:.1f} %" for at, wave in enumerate(made.waves, 1))
    pair = honesty.correlations.loc["base_awareness", "imitation"]
    best, worst = honesty.sloppy.iloc[0], honesty.sloppy.iloc[-1]
    odd = honesty.learned[~honesty.learned["uniform"]]["parameter"]
    model = forecast.validation[forecast.validation["method"] == MODEL]
    rolling = forecast.rolling[forecast.rolling["method"] == MODEL]
    prior = prior_predictive(made)
    missed = list(prior[~prior["reached"]]["target"])
    pattern = any(not one.date for one in made.setting.targets)
    elsewhere = (
        ["How often it is dropped is learned from the stage pattern of other programmes (V19), not from the series."]
        if pattern
        else []
    )
    return {
        "For researchers": [
            f"Before any fit, the middle 90 % of runs of the prior reach {int(prior['reached'].sum())} of {len(prior)}"
            f" data{'' if not missed else '; not ' + ', '.join(missed)}.",
            f"Of the prior, {waves}.",
            f"Known best: {best['direction']} (its spread is {best['against_prior']:.2f} of the prior's); known"
            f" least: {worst['direction']} ({worst['against_prior']:.2f}).",
            f"Hearing from outside (p) and from users (q) have a correlation of {pair:+.2f} in the posterior: their"
            " single values rest on the prior, not on the data.",
            *elsewhere,
            f"Ranks of the truth among draws, {honesty.studies} fits at reduced budget: "
            + ("uniform for every number" if odd.empty else f"not uniform for {', '.join(odd)}")
            + f" (chi-square below {LIMIT:.1f} each).",
            f"90 % intervals held the truth {100 * honesty.coverage:.0f} % (+-{196 * honesty.coverage_error:.0f}) of"
            f" the time; they are widened {honesty.widen:.2f} times wherever they are shown.",
            f"From rolling origins {100 * rolling['inside'].mean():.0f} % of {len(rolling)} later points lay in the 90"
            " % interval.",
        ],
        "For policymakers": [
            *answer_of(honesty, forecast),
            f"Of {len(model)} published points that the fit never saw, {int(model['inside'].sum())} lie in its 90 %"
            " interval.",
            "Strengths of campaigns, grants and mandates between 2021 and 2025 were set by hand before the fit: what"
            " they achieved is an assumption here, not a finding.",
        ],
        "For students": [
            "A fit that meets the points proves little: a straight line meets them too. Look at what was ruled out,"
            " and at what was not.",
            "Three very different sets of numbers below make nearly the same curve. That is equifinality.",
        ],
    }


class Beside(NamedTuple):
    """What stands beside a fit."""

    sets: pd.DataFrame
    """Sets of numbers that fit alike."""
    implied: pd.DataFrame
    """What levers do under each of them."""
    rivals: pd.DataFrame
    """Other models fitted to the same data; empty where they were not asked for."""


def rivals_words(others: pd.DataFrame) -> str:
    """Return the rivals as a table, the best at the points held back first."""
    rows = []
    for row in others.sort_values("crps", na_position="last").to_dict("records"):
        scored = not pd.isna(row["crps"])
        rows.append((row["model"], f"{100 * row['prior_left']:.2f} %" if scored else "none",
                     f"{row['best_misfit']:.2f}" if scored else "", f"{100 * row['crps']:.1f}" if scored else "",
                     f"{100 * row['interval_score']:.0f}" if scored else "",
                     f"{row['inside']:.0f} of {row['of']:.0f}" if scored else "cannot make the data"))  # fmt: skip
    head = ("model", "prior left", "best misfit", "CRPS, points", "interval score", "held back inside 90 %")
    return text_table(head, rows)


def write_all(made: Fit, honesty: Honesty, forecast: Forecast, every: Any, aside: Beside, folder: Path) -> None:
    """Write the posterior with its record, tables, figures and the page."""
    made.draws.to_parquet(folder / DRAWS_FILE, index=False)
    tables = {
        "learned": honesty.learned, "correlations": honesty.correlations.reset_index(names="parameter"),
        "directions": honesty.sloppy, "recovery": honesty.recovery, "validation": forecast.validation,
        "rolling": forecast.rolling, "predictive": forecast.fan, "sets": aside.sets, "implied": aside.implied,
        "ranks": honesty.ranks, "prior_predictive": prior_predictive(made),
        **({"rivals": aside.rivals} if len(aside.rivals) else {}),
        "targets": pd.DataFrame(every),
    }  # fmt: skip
    for name, table in tables.items():
        write_table(folder, name, table)
    simulations_of(made).to_parquet(folder / SIMULATIONS, index=False)
    foot = foot_of(made, honesty)
    drawings = [
        learned_drawing(honesty, foot),
        predictive_drawing(forecast.fan, every, forecast.validation, foot),
        errors_drawing(forecast.validation, forecast.rolling, foot),
    ]
    alt = write_figures(folder, drawings)
    write_text(folder / PAGE, page_of(made, honesty, forecast, aside, folder / "figures", alt))
    setting = made.setting
    write_record(
        folder,
        scenario=setting.scenario.name,
        innovations=list(dict.fromkeys(one.innovation for one in dated(setting.targets))),
        parameters=list(NAMES),
        targets=[one.id for one in setting.targets],
        held_back=[one.id for one in every if one.role == VALIDATION],
        runs=made.runs,
        providers=setting.providers,
        replications=setting.replications,
        seed=setting.seed,
        waves=[{"points": len(wave.cube), "share_left": wave.left} for wave in made.waves],
        effective=made.posterior.effective,
        not_ruled_out=made.candidates,
        coverage=honesty.coverage,
        widen=honesty.widen,
    )


def simulations_of(made: Fit) -> pd.DataFrame:
    """Return a row a run of the waves: parameters as shares of their priors, and what it gave for each target."""
    parts = []
    for number, wave in enumerate(made.waves, 1):
        points, seeds, data = wave.values.shape
        theta = pd.DataFrame(np.repeat(wave.cube, seeds, axis=0), columns=[f"theta_{name}" for name in NAMES])
        x = pd.DataFrame(wave.values.reshape(points * seeds, data),
                         columns=[f"x_{one.id}" for one in made.setting.targets])  # fmt: skip
        parts.append(pd.concat([theta, x], axis=1).assign(wave=number))
    return pd.concat(parts, ignore_index=True)


def page_of(made: Fit, honesty: Honesty, forecast: Forecast, aside: Beside, figures: Path, alt: dict[str, str]) -> str:
    """Return the page as HTML with its figures inside."""
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("carespread.calibration"), autoescape=True).get_template(f"{PAGE}.j2")
    pictures = {
        name: {"data": base64.b64encode((figures / f"{name}.png").read_bytes()).decode(), "alt": alt[f"{name}.png"]}
        for name in ("learned", "predictive", "errors")
    }
    return page.render(
        answer=" ".join(answer_of(honesty, forecast)),
        parts=page_parts(made, honesty, forecast),
        pictures=pictures,
        validation=forecast.validation.to_dict("records"),
        sets=aside.sets.to_dict("records"),
        implied=implied_words(aside.implied),
        rivals=aside.rivals.fillna({"verdict": ""}).to_dict("records"),
        names=NAMES,
        foot=foot_of(made, honesty),
    )
