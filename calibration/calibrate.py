"""Fits the model to published series, and says what they identify and what not; data held out are not seen here."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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

from .diagnostics import Honesty, different_sets, honesty_of, names_of, prior_predictive
from .figures import MUCH, checked_drawing, learned_drawing, predictive_drawing, rolling_drawing
from .fit import BUDGET, Fit, fit
from .forecast import MODEL, checked_against, fan_of, monthly_of, rolling_of, series_of, start_of
from .freeze import Commit, commit_now, observation_hash
from .implications import implied_by, implied_words
from .priors import axes_of
from .rivals import WHOLE, curve_rows, rival_rows, row_of
from .runs import Setting
from .targets import FILE, fitted_only, innovations_of, observed, read_targets

if TYPE_CHECKING:
    from carespread.results.figures.drawing import Drawing

SCENARIO = "historical"
PAGE = "what_the_data_can_say.html"


class Told(NamedTuple):
    """What a fit is held against without the data that are held out."""

    checked: pd.DataFrame
    """A row a fitted datum: its own posterior predictive interval."""
    rolling: pd.DataFrame
    """Forecasts of fitted data from those before them, by the model and by simple curves."""
    levels: pd.DataFrame
    """A row a model: evidence, and scores from rolling origins."""
    fan: pd.DataFrame
    """Month, quantity, quantiles of the posterior predictive."""
    sets: pd.DataFrame
    """Sets of numbers that fit alike."""
    implied: pd.DataFrame
    """What levers do under each of them."""


@checked
def calibrate(
    targets: str | Path | None = None,
    *,
    budget: Annotated[int, FIT_RUNS] = BUDGET,
    rivals: bool = False,
    replications: Annotated[int, FIT_REPLICATIONS] = 1,
    providers: Annotated[int | str, PROVIDERS] = 1000,
    seed: Annotated[int, SMALL_SEED] = 1,
    out: str | Path | None = None,
    resume: bool = False,
    workers: Annotated[int | None, WORKERS] = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Fit the model to published series, and say what they identify; data that are held out are left to `validate`.

    Parameters
    ----------
    targets : CSV of what to fit to, with innovations and sources of its own if need be; None is the table that ships.
    budget : runs of the model.
    rivals : whether to fit lower levels of the model and adaptive emulation too.
    replications : runs at each point; more than one tells chance from what else is not known.
    out : folder to make; None writes nothing. With `resume` it goes on with what is kept there.

    Returns the tables `draws` (500 of the posterior), `checked` (each fitted datum in its posterior predictive
    interval), `learned`, `levels`, `correlations`, `directions`, `recovery`, `ranks`, `rolling`, `predictive`,
    `prior_predictive`, `sets`, `implied` and `targets`. Raises BadInputError on faulty targets, and where the model
    cannot make the data.

    >>> calibrate(budget=2400, out="results/runs/fit")  # doctest: +SKIP
    """
    needs("scikit-learn", "calibrate")
    scenario = read_scenario(SCENARIO)
    seen = fitted_only(read_targets(Path(targets) if targets else FILE, scenario))
    axes = axes_of([one.name for one in innovations_of(seen)])
    size, folder = checked_size(providers), claimed(out, "calibrate", resume)
    began, commit = time.perf_counter(), commit_now()

    def told(words: str) -> None:
        if progress is not None:
            progress(f"{(time.perf_counter() - began) / 60:5.1f} min  {words}")

    with workspace(folder, "calibrate") as place:
        setting = Setting(
            scenario,
            seen,
            observed(seen),
            axes,
            size,
            replications,
            seed,
            place,
            Execution(workers, cluster, progress),
            {},
        )
        made = fit(setting, budget, told)
        honesty = honesty_of(made)
        told(f"checked by {honesty.studies} fits to synthetic data")
        first, _ = row_of(MODEL, made, "")
        others, apart = rival_rows(setting, budget, told) if rivals else ([], pd.DataFrame())
        monthly = monthly_of(place / "predictive")
        series = series_of(seen, start_of(setting))
        rolling = rolling_of(made, series)
        sets = different_sets(made)
        around = Told(
            checked_against(made, monthly),
            pd.concat([rolling, apart], ignore_index=True),
            pd.DataFrame([first | {"model": WHOLE}, *others, *curve_rows(rolling)]),
            fan_of(monthly, seen),
            sets,
            implied_by(made, sets, place / "implied"),
        )
        result = result_of(made, honesty, around, commit, None if targets is None else str(targets))
        if folder is None:
            return result
        return kept(result, folder, "calibrate", parquet={"posterior": made.draws, "simulations": simulations_of(made)})


def foot_of(made: Fit, honesty: Honesty) -> str:
    """Return how a fit was made."""
    setting = made.setting
    return (
        f"{made.runs:,} runs of {setting.providers:,} organisations in {len(made.waves)} waves, scenario"
        f" {setting.scenario.name}; {len(setting.targets)} data fitted, {setting.fitted} numbers fitted,"
        f" {len(setting.axes) - setting.fitted} more drawn from their priors with every run;"
        f" {made.posterior.effective:,.0f} effective draws. On synthetic data 90 % intervals held the fitted numbers"
        f" {100 * honesty.coverage:.0f} % (+-{196 * honesty.coverage_error:.0f}), all others"
        f" {100 * honesty.carried_coverage:.0f} %, a later datum {100 * honesty.foretold:.0f} %"
        f" (+-{196 * honesty.foretold_error:.0f}) of the time; those of numbers are widened {honesty.widen:.2f} times."
    )


def shown_rows(honesty: Honesty) -> pd.DataFrame:
    """Return the rows of what was fitted, and of what else the data say something of."""
    rows = honesty.learned
    return rows[rows["fitted"] | rows["learned"]]


def screen_of(made: Fit, honesty: Honesty, around: Told) -> str:
    """Return what was learned, each datum in its interval, and the levels, as tables."""
    rows = [
        (row["parameter"].replace("_", " "), "fitted" if row["fitted"] else "carried",
         f"{row['prior_low']:.3g} to {row['prior_high']:.3g}", f"{row['posterior_median']:.3g}",
         f"{row['posterior_low']:.3g} to {row['posterior_high']:.3g}", f"{100 * row['variance_removed']:.0f} %",
         f"{row['chi_square']:.0f}", f"{100 * row['coverage']:.0f} %")
        for row in shown_rows(honesty).to_dict("records")
    ]  # fmt: skip
    head = ("number", "", "prior 90 %", "median", "posterior 90 %", "variance gone", "ranks chi2", "coverage")
    return "\n\n".join(
        [
            text_table(head, rows),
            checked_words(around.checked),
            levels_words(around.levels),
            "\n".join(answer_of(made, honesty, around)),
            f"Three sets of numbers that fit alike: {implied_words(around.implied)}",
            foot_of(made, honesty),
        ]
    )


def checked_words(rows: pd.DataFrame) -> str:
    """Return each fitted datum and its posterior predictive interval as a table."""
    signs = {1: "over ", 0: "", -1: "under "}
    cells = [
        (row["target"], f"{signs[row['censored']]}{100 * row['observed']:.1f} %", f"{100 * row['median']:.1f} %",
         f"{100 * row['low']:.1f} to {100 * row['high']:.1f}", "yes" if row["inside"] else "NO")
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return text_table(("fitted datum", "published", "posterior predictive", "90 %", "inside"), cells)


def levels_words(levels: pd.DataFrame) -> str:
    """Return models and simple curves as a table: numbers, evidence and forecasts from rolling origins."""
    rows = []
    for row in levels.to_dict("records"):
        evidence = row.get("log_evidence", np.nan)
        said = "cannot make the data" if row["verdict"] else ""
        rolled = not pd.isna(row.get("rolling_crps", np.nan))
        rows.append(
            (
                row["model"],
                f"{row['fitted']}",
                said if pd.isna(evidence) else f"{evidence:.1f} +-{row['evidence_error']:.1f}",
                f"{100 * row['rolling_crps']:.1f}" if rolled else "",
                f"{row['rolling_inside']:.0f} of {row['rolling']:.0f}" if rolled else "",
            )
        )
    return text_table(("model", "fitted", "log evidence", "rolling origins, CRPS", "inside 90 %"), rows)


def answer_of(made: Fit, honesty: Honesty, around: Told) -> list[str]:
    """Return what the data can say, in sentences computed from the results."""
    rows = honesty.learned

    def named(kept: pd.Series) -> list[str]:
        return list(rows[kept]["says"].str.replace(r"^[^ ]+: ", "", regex=True))  # without the symbol

    much = rows["variance_removed"] > MUCH
    clear, some = named(rows["learned"] & much), named(rows["learned"] & ~much)
    none = named(rows["fitted"] & ~rows["learned"])
    said = [f"Much was learned of: {listed(clear)}." if clear else "Of no single number much was learned."]
    if some:
        said.append(f"Something was learned of: {listed(some)}.")
    if none:
        said.append(f"Next to nothing was learned of: {listed(none)}; what is known of them is the prior.")
    carried = rows[~rows["fitted"]]
    silent = int((~carried["learned"]).sum())
    said.append(f"Of {silent} of the {len(carried)} numbers that were drawn with them the data say next to nothing.")
    assurance = rows[rows["parameter"] == "assurance"]
    own = [one.innovation for one in made.setting.scenario.conditions.levers if one.times == "assurance"]
    if len(assurance) and {one.innovation for one in made.setting.targets} & {*own}:
        gone = f"{100 * assurance['variance_removed'].iloc[0]:.0f} % of the prior's variance is gone"
        said.append(
            "How strong assurance by inspectors and contracts became after November 2023 these series"
            f" {'say something of' if assurance['learned'].iloc[0] else 'do not identify'} ({gone}): it grew while all"
            " else did."
        )
    missed = list(around.checked.loc[~around.checked["inside"].astype(bool), "target"])
    said.append(
        f"Of {len(around.checked)} fitted data {len(around.checked) - len(missed)} lie in their own 90 % posterior"
        f" predictive interval{'' if not missed else '; not ' + ', '.join(missed)}."
    )
    return said


def page_parts(made: Fit, honesty: Honesty, around: Told) -> dict[str, list[str]]:
    """Return the words of the page, for each of its readers."""
    waves = "; ".join(f"wave {at} leaves {100 * wave.left:.1f} %" for at, wave in enumerate(made.waves, 1))
    best, worst = honesty.sloppy.iloc[0], honesty.sloppy.iloc[-1]
    odd = honesty.learned[honesty.learned["fitted"] & ~honesty.learned["uniform"]]["parameter"]
    rolling = around.rolling[around.rolling["method"] == MODEL] if len(around.rolling) else around.rolling
    prior = prior_predictive(made)
    missed = list(prior[~prior["reached"]]["target"])
    pattern = any(not one.date for one in made.setting.targets)
    elsewhere = (
        ["How often it is abandoned is learned from the stage pattern of other programmes (V19), not from the series."]
        if pattern
        else []
    )
    later = (
        [f"From rolling origins {100 * rolling['inside'].mean():.0f} % of {len(rolling)} later points lay in the 90 %"
         " interval."]
        if len(rolling)
        else []
    )  # fmt: skip
    return {
        "For researchers": [
            f"Before any fit, the middle 90 % of runs of the prior reach {int(prior['reached'].sum())} of {len(prior)}"
            f" data{'' if not missed else '; not ' + ', '.join(missed)}.",
            f"Of the prior, {waves}.",
            f"Known best: {best['direction']} (its spread is {best['against_prior']:.2f} of the prior's); known"
            f" least: {worst['direction']} ({worst['against_prior']:.2f}).",
            *elsewhere,
            f"Ranks of the truth among draws, {honesty.studies} fits at reduced budget: "
            + ("uniform for every fitted number" if odd.empty else f"not uniform for {', '.join(odd)}")
            + f" (chi-square below {LIMIT:.1f} each).",
            f"Log evidence {made.evidence.log:.1f} +-{made.evidence.error:.1f}, from {made.evidence.effective:.0f} runs"
            " that come near.",
            *later,
        ],
        "For policymakers": [
            *answer_of(made, honesty, around),
            "Strengths of campaigns, grants and mandates between 2021 and 2025 were set by hand before the fit: what"
            " they achieved is an assumption here, not a finding.",
        ],
        "For students": [
            "A fit that meets the points proves little: a straight line meets them too. Look at what was ruled out,"
            " and at what was not.",
            "Three very different sets of numbers below make nearly the same curve. That is equifinality.",
        ],
    }


def result_of(made: Fit, honesty: Honesty, around: Told, commit: Commit, file: str | None) -> Result:
    """Return the posterior with its tables, figures, page and record."""
    setting, learned = made.setting, honesty.learned
    tables = {
        "draws": made.draws, "checked": around.checked, "learned": learned, "levels": around.levels,
        "correlations": honesty.correlations.reset_index(names="parameter"),
        "directions": honesty.sloppy, "recovery": honesty.recovery, "rolling": around.rolling,
        "predictive": around.fan, "sets": around.sets, "implied": around.implied, "ranks": honesty.ranks,
        "prior_predictive": prior_predictive(made), "targets": pd.DataFrame(setting.targets),
    }  # fmt: skip
    foot = foot_of(made, honesty)
    known = innovations_of(setting.targets)
    series = series_of(setting.targets, start_of(setting))

    def drawings() -> list[Drawing]:
        drawn = [learned_drawing(shown_rows(honesty), foot), checked_drawing(around.checked, foot)]
        if series.points:
            drawn += [predictive_drawing(around.fan, setting.targets, series, foot)]
        return [*drawn, rolling_drawing(around.rolling, foot)] if len(around.rolling) else drawn

    return Result(
        screen_of(made, honesty, around),
        rows_of(learned),
        tables,
        drawings,
        {PAGE: lambda figures, alt: page_of(made, honesty, around, figures, alt)},
        {
            "scenario": setting.scenario.name,
            "innovations": [one.name for one in known],
            "own_innovations": sorted({one.innovation for one in setting.targets if one.file}),
            "parameters": list(made.draws),
            "fitted": [axis.name for axis in setting.axes if axis.fitted],
            "learned": list(learned.loc[learned["learned"], "parameter"]),
            "targets": [one.id for one in setting.targets],
            "targets_file": file,
            "runs": made.runs,
            "providers": setting.providers,
            "replications": setting.replications,
            "seed": setting.seed,
            "waves": [
                {"points": len(wave.cube), "share_found": wave.found, "share_left": wave.left} for wave in made.waves
            ],
            "effective": made.posterior.effective,
            "not_ruled_out": made.candidates,
            "log_evidence": made.evidence.log,
            "coverage": honesty.coverage,
            "coverage_of_later_data": honesty.foretold,
            "widen": honesty.widen,
            "frozen": {
                "commit": commit.hash,
                "clean": commit.clean,
                "observation": observation_hash(setting.targets, setting.axes),
            },
        },
    )


def simulations_of(made: Fit) -> pd.DataFrame:
    """Return a row a run of the waves: parameters as shares of their priors, and what it gave for each target."""
    parts = []
    for number, wave in enumerate(made.waves, 1):
        points, seeds, data = wave.values.shape
        theta = pd.DataFrame(
            np.repeat(wave.cube, seeds, axis=0), columns=[f"theta_{name}" for name in names_of(made.setting.axes)]
        )
        x = pd.DataFrame(wave.values.reshape(points * seeds, data),
                         columns=[f"x_{one.id}" for one in made.setting.targets])  # fmt: skip
        parts.append(pd.concat([theta, x], axis=1).assign(wave=number))
    return pd.concat(parts, ignore_index=True)


def page_of(made: Fit, honesty: Honesty, around: Told, figures: Path, alt: Mapping[str, str]) -> str:
    """Return the page as HTML with its figures inside."""
    from jinja2 import Environment, PackageLoader

    page = Environment(loader=PackageLoader("carespread.calibration"), autoescape=True).get_template(f"{PAGE}.j2")
    pictures = {
        name.removesuffix(".png"): {"data": base64.b64encode((figures / name).read_bytes()).decode(), "alt": words}
        for name, words in alt.items()
        if name.endswith(".png")
    }
    names = [axis.name for axis in made.setting.axes if axis.fitted]
    return page.render(
        answer=" ".join(answer_of(made, honesty, around)),
        parts=page_parts(made, honesty, around),
        pictures=pictures,
        checked=around.checked.to_dict("records"),
        sets=around.sets.to_dict("records"),
        implied=implied_words(around.implied),
        levels=around.levels.fillna({"verdict": ""}).to_dict("records") if len(around.levels) > 1 else [],
        names=names,
        foot=foot_of(made, honesty),
    )
