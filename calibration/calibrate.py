"""Fits the model to published series, tests it on data held out, and says what the data identify and what not."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.experiments.experiment import Execution
from carespread.experiments.limits import FIT_REPLICATIONS, FIT_RUNS, PROVIDERS, SMALL_SEED, WORKERS, checked
from carespread.experiments.result import Result, kept, rows_of
from carespread.experiments.store import Progress, claimed, workspace
from carespread.model.extras import needs
from carespread.model.population.sector import checked_size
from carespread.model.scenario import read_scenario
from carespread.results.statistics.inference import LIMIT
from carespread.results.store.summary import text_table
from carespread.results.words import listed

from .diagnostics import Honesty, different_sets, honesty_of, prior_predictive
from .figures import MUCH, NOTHING, ORDINALS, errors_drawing, learned_drawing, predictive_drawing
from .fit import BUDGET, Fit, fit
from .forecast import MODEL, Forecast, validated
from .implications import implied_by, implied_words
from .priors import NAMES
from .rivals import rival_table
from .runs import Setting
from .targets import FILE, VALIDATION, dated, fitted_only, observed, read_targets

SCENARIO = "historical"
PAGE = "what_the_data_can_say.html"


@checked
def calibrate(
    targets: str | Path | None = None,
    *,
    budget: Annotated[int, FIT_RUNS] = BUDGET,
    rivals: bool = False,
    replications: Annotated[int, FIT_REPLICATIONS] = 2,
    providers: Annotated[int | str, PROVIDERS] = 1000,
    seed: Annotated[int, SMALL_SEED] = 1,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Fit the model to published series, test it on data held out, and say what the data identify.

    Parameters
    ----------
    targets : CSV of what to fit to; None is the table that ships.
    budget : runs of the model.
    rivals : whether to fit lower levels of the model and adaptive emulation too.
    out : folder to make; None writes nothing. With `resume` it goes on with what is kept there.

    Returns the tables `draws` (500 of the posterior), `learned`, `correlations`, `directions`, `recovery`, `ranks`,
    `validation`, `rolling`, `predictive`, `prior_predictive`, `sets`, `implied`, `targets` and `rivals`. Raises
    BadInputError on faulty targets, and where the model cannot make the data.

    >>> calibrate(budget=2400, out="results/runs/fit")  # doctest: +SKIP
    """
    needs("scikit-learn", "calibrate")
    scenario = read_scenario(SCENARIO)
    every = read_targets(Path(targets) if targets else FILE, scenario)
    seen = fitted_only(every)
    size, folder = checked_size(providers), claimed(out, "calibrate", resume)
    began = time.perf_counter()

    def told(words: str) -> None:
        if progress is not None:
            progress(f"{(time.perf_counter() - began) / 60:5.1f} min  {words}")

    with workspace(folder, "calibrate") as place:
        setting = Setting(
            scenario, seen, observed(seen), size, replications, seed, place, Execution(workers, cluster, progress), {}
        )
        made = fit(setting, budget, told)
        honesty = honesty_of(made)
        told(f"checked by {honesty.studies} fits to synthetic data")
        forecast = validated(made, every, honesty.widen, place / "predictive")
        sets = different_sets(made)
        implied = implied_by(made, sets, place / "implied")
        others = rival_table(made, every, setting, budget, told) if rivals else pd.DataFrame()
    result = result_of(made, honesty, forecast, every, Beside(sets, implied, others))
    if folder is None:
        return result
    return kept(result, folder, "calibrate", parquet={"posterior": made.draws, "simulations": simulations_of(made)})


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
    """Return what was learned and how the held-out data were met, as tables."""
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
    test_head = ("held out", "said by", "observed", "median", "(90 %)", "inside", "CRPS, points")
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
        f"At the points held out the model is {ORDINALS[place]} of {len(scores)} by CRPS"
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
        ["How often it is abandoned is learned from the stage pattern of other programmes (V19), not from the series."]
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
    """Return the rivals as a table, the best at the points held out first."""
    rows = []
    for row in others.sort_values("crps", na_position="last").to_dict("records"):
        scored = not pd.isna(row["crps"])
        rows.append((row["model"], f"{100 * row['prior_left']:.2f} %" if scored else "none",
                     f"{row['best_misfit']:.2f}" if scored else "", f"{100 * row['crps']:.1f}" if scored else "",
                     f"{100 * row['interval_score']:.0f}" if scored else "",
                     f"{row['inside']:.0f} of {row['of']:.0f}" if scored else "cannot make the data"))  # fmt: skip
    head = ("model", "prior left", "best misfit", "CRPS, points", "interval score", "held out inside 90 %")
    return text_table(head, rows)


def result_of(made: Fit, honesty: Honesty, forecast: Forecast, every: Any, aside: Beside) -> Result:
    """Return the posterior with its tables, figures, page and record."""
    tables = {
        "draws": made.draws, "learned": honesty.learned,
        "correlations": honesty.correlations.reset_index(names="parameter"),
        "directions": honesty.sloppy, "recovery": honesty.recovery, "validation": forecast.validation,
        "rolling": forecast.rolling, "predictive": forecast.fan, "sets": aside.sets, "implied": aside.implied,
        "ranks": honesty.ranks, "prior_predictive": prior_predictive(made),
        **({"rivals": aside.rivals} if len(aside.rivals) else {}),
        "targets": pd.DataFrame(every),
    }  # fmt: skip
    foot = foot_of(made, honesty)
    text = screen_of(made, honesty, forecast)
    if len(aside.rivals):
        text += "\n\n" + rivals_words(aside.rivals)
    setting = made.setting
    return Result(
        f"{text}\n\nThree sets of numbers that fit alike: {implied_words(aside.implied)}",
        rows_of(honesty.learned),
        tables,
        lambda: [
            learned_drawing(honesty, foot),
            predictive_drawing(forecast.fan, every, forecast.validation, foot),
            errors_drawing(forecast.validation, forecast.rolling, foot),
        ],
        {PAGE: lambda figures, alt: page_of(made, honesty, forecast, aside, figures, alt)},
        {
            "scenario": setting.scenario.name,
            "innovations": list(dict.fromkeys(one.innovation for one in dated(setting.targets))),
            "parameters": list(NAMES),
            "targets": [one.id for one in setting.targets],
            "held_out": [one.id for one in every if one.role == VALIDATION],
            "runs": made.runs,
            "providers": setting.providers,
            "replications": setting.replications,
            "seed": setting.seed,
            "waves": [{"points": len(wave.cube), "share_left": wave.left} for wave in made.waves],
            "effective": made.posterior.effective,
            "not_ruled_out": made.candidates,
            "coverage": honesty.coverage,
            "widen": honesty.widen,
        },
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


def page_of(
    made: Fit, honesty: Honesty, forecast: Forecast, aside: Beside, figures: Path, alt: Mapping[str, str]
) -> str:
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
