"""Writes the tables of README.md and of pages in docs/, and the checksums of what is published:
`python -m carespread.calibration.report`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from carespread.experiments.provenance import FIGURES, POPULATION, traced
from carespread.experiments.verification import CASES
from carespread.model import Parameters
from carespread.model.declare import entries
from carespread.model.innovations import library
from carespread.model.mechanisms.leadership import MONTHS_OF_UNREST
from carespread.model.odd import markdown
from carespread.model.population.country import home
from carespread.model.scenario import read_scenario, scenario_names
from carespread.results.figures.claims import counted_words
from carespread.results.store.posterior import PUBLISHED, posterior_record
from carespread.results.words import digits, listed

from . import checksums
from .facts import ELSEWHERE, NOT, OPEN, REPRODUCED
from .levels import levels_table
from .measures import MEASURES
from .studies import FAR, evidence, inside_of
from .targets import CALIBRATION, FILE, read_targets

DOCS = Path(__file__).parents[1] / "docs"
FIT, CLAIMS = DOCS / "images" / "fit", DOCS / "images" / "claims" / "claims.csv"
STUDIES = DOCS / "images" / "studies"


def uses() -> str:
    """Return what the data of each source were used for."""
    kinds: dict[str, dict[str, int]] = {}

    def count(source: str, kind: str) -> None:
        kinds.setdefault(source, {}).setdefault(kind, 0)
        kinds[source][kind] += 1

    scenarios, innovations = set(scenario_names()), set(library())
    for row in traced():
        kind = (
            "initialisation: the synthetic population" if row.used_by == POPULATION
            else "display beside runs" if row.used_by == FIGURES
            else "input: drives a scenario" if row.used_by in scenarios
            else "initialisation: share at the start" if row.used_by in innovations and "share at start" in row.what
            else "parameter: attribute of an innovation" if row.used_by in innovations
            else "parameter or lever"
        )  # fmt: skip
        count(row.source_id, kind)
    for target in read_targets(FILE, read_scenario("historical")):
        count(target.source_id, "calibration" if target.role == CALIBRATION else "validation: never fitted")
    known = home().sources()
    rows = [
        (source, known[source].publisher, known[source].grade,
         "; ".join(f"{kind} ({many})" for kind, many in sorted(found.items())))
        for source, found in sorted(kinds.items())
    ]  # fmt: skip
    return markdown(("source", "publisher", "grade", "used for (how many numbers)"), rows)


def verification() -> str:
    """Return the published results that the kernels reproduce."""
    return markdown(("case", "published result", "runs"), [(name, one.says, one.runs) for name, one in CASES.items()])


def fit() -> str:
    """Return how the shipped posterior was made, and what was learned."""
    record, learned = posterior_record(PUBLISHED), pd.read_csv(FIT / "learned.csv")
    if "frozen" not in record:
        return NOT_YET
    shown = learned[learned["fitted"] | learned["learned"]]
    frozen, scoring = (record[step]["commit"][:10] for step in ("frozen", "scoring"))
    lines = [
        f"{record['runs']:,} runs of {record['providers']:,} organisations, {len(record['targets'])} data,"
        f" results_version {record['results_version']}; {record['effective']:,.0f} effective draws. 90 % intervals held"
        f" the truth {100 * record['coverage']:.0f} % of the time on synthetic data, those of later data"
        f" {100 * record['coverage_of_later_data']:.0f} %. {len(record['fitted'])} numbers are fitted,"
        f" {len(record['parameters']) - len(record['fitted'])} more are carried; of {len(learned) - len(shown)} the"
        f" data say next to nothing. Frozen in commit {frozen}, scored in {scoring}.",
        "",
        markdown(
            ("number", "prior 90 %", "posterior 90 %", "variance gone", "chi-square of ranks", "coverage"),
            [
                (row.parameter.replace("_", " "), f"{row.prior_low:.3g} to {row.prior_high:.3g}",
                 f"{row.posterior_low:.3g} to {row.posterior_high:.3g}", f"{100 * row.variance_removed:.0f} %",
                 f"{row.chi_square:.0f}", f"{100 * row.coverage:.0f} %")
                for row in shown.itertuples()
            ],
        ),
    ]  # fmt: skip
    return "\n".join(lines)


def levels() -> str:
    """Return every level of the model, its rival and simple curves: evidence, and scores on data that nobody fitted."""
    file = FIT / "levels.csv"
    return levels_table(pd.read_csv(file)) if file.is_file() else NOT_YET


def claims() -> str:
    """Return what the test of each claim said."""
    table = pd.read_csv(CLAIMS)
    rows = [
        (row.says, row.statistic, f"{digits(row.effect)} ({digits(row.low)} to {digits(row.high)})",
         digits(row.smallest), row.verdict)
        for row in table.itertuples()
    ]  # fmt: skip
    head = ("the theory says", "tested here by", "effect (95 %)", "smallest of interest", "in this model")
    return f"{counted_words(table)}\n\n{markdown(head, rows)}"


def validation() -> str:
    """Return the forecasts of data never fitted."""
    table = pd.read_csv(FIT / "validation.csv")
    rows = [
        (row.target, row.method, f"{100 * row.observed:.0f} %", f"{100 * row.median:.1f} %",
         f"{100 * row.low:.1f} to {100 * row.high:.1f}", f"{100 * row.crps:.1f}")
        for row in table.itertuples()
    ]  # fmt: skip
    return markdown(("held out", "said by", "observed", "median", "90 %", "CRPS"), rows)


def facts() -> str:
    """Return the facts of the sector beside what the fitted model gives: those that it misses first."""
    file = FIT / "patterns.csv"
    if not file.is_file():
        return NOT_YET
    table = pd.read_csv(file).fillna({"why": "", "published": "", "unit": ""})
    verdicts = [NOT, OPEN, REPRODUCED, ELSEWHERE]
    rows = [
        (row.verdict, row.says, row.published,
         "" if pd.isna(row.median) else f"{row.median:.3g} ({row.low:.3g} to {row.high:.3g}) {row.unit}".rstrip(),
         row.why, row.sources)
        for row in sorted(table.itertuples(), key=lambda row: verdicts.index(str(row.verdict)))
    ]  # fmt: skip
    counts = ", ".join(f"{int((table['verdict'] == one).sum())} {one}" for one in verdicts)
    head = ("in this model", "fact", "published", "the model's median and middle 90 % of draws", "why", "source")
    return f"Of {len(table)} facts: {counts}.\n\n{markdown(head, rows)}"


def rows_of_evidence() -> str:
    """Return every published result and what became of it."""
    rows = [
        (row["id"], row["lever_or_trait"], f"{row['study']}: {row['outcome']}", row["use"], row["reason"])
        for row in evidence()
    ]
    return markdown(("id", "lever or trait", "study and outcome", "use", "why"), rows)


def emulated() -> str:
    """Return what the model says beside what studies found, and the figure of it."""
    if not (STUDIES / "studies.csv").is_file():
        return NOT_RUN
    table = pd.read_csv(STUDIES / "studies.csv")
    rows = [
        (row.id, row.lever, row.measure.replace("_", " "), row.month, row.scale.replace("_", " "),
         f"{digits(row.published)}{'' if pd.isna(row.low) else f' ({digits(row.low)} to {digits(row.high)})'}",
         f"{digits(row.model)} ({digits(row.model_low)} to {digits(row.model_high)})", f"{row.z:+.1f}",
         f"{row.z_same_place:+.1f}")
        for row in table.itertuples()
    ]  # fmt: skip
    head = ("id", "about", "measure", "month", "scale", "published", "model", "z", "z without transport")
    said = inside_of(table)
    figure = f"![Published numbers beside the model's. {said}](images/studies/studies.png)"
    return f"{figure}\n\n{said} {far_off(table)}\n\n{markdown(head, rows)}"


def far_off(table: pd.DataFrame) -> str:
    """Return in words what lies far from the model, with transport and without."""
    said = [
        f"{row.id} ({row.lever}), {digits(row.published)} against {digits(row.model)},"
        f" {'inside' if row.model_low <= row.published <= row.model_high else 'outside'} the model's interval"
        for row in table[table["z"].abs() > FAR].itertuples()
    ]
    alone = table.assign(square=table["z_same_place"] ** 2).groupby("id")["square"].mean().sort_values(ascending=False)
    near, most = int((alone <= FAR**2).sum()), alone.head(5)
    share = 100 * most.sum() / alone.sum()
    return (
        f"Beyond |z| = {FAR:g} with transport: {'; '.join(said) or 'nothing'}. Without transport {near} of {len(alone)}"
        f" studies lie within {FAR:g}; {listed(most.index)} make {share:.0f} % of the mean z^2 (the median is"
        f" {alone.median():.1f})."
    )


def by_lever() -> str:
    """Return the mean of z^2 by what the studies are about, and in all."""
    if not (STUDIES / "by_lever.csv").is_file():
        return NOT_RUN
    rows = [
        (row.lever, row.studies, f"{row.mean_z2:.2f}", f"{row.mean_z2_same_place:.2f}")
        for row in pd.read_csv(STUDIES / "by_lever.csv").itertuples()
    ]
    return markdown(("about", "studies", "mean z^2", "without transport"), rows)


def measures() -> str:
    """Return what a study file may measure."""
    rows = [(f"`{name}`", one.says, "yes" if one.share else "") for name, one in MEASURES.items()]
    return markdown(("measure", "what it is", "a share"), rows)


def retention() -> str:
    """Return how many of all abandonments departures of managers can be behind, at most."""
    p = Parameters()
    away = 1 - math.exp(-p.manager_turnover * MONTHS_OF_UNREST)
    shock = entries(Parameters)["departure_shock"].about
    rows = []
    for words, value in (("default", p.departure_shock), ("97.5 % of its prior", shock.prior.quantile(0.975))):
        more = value * away  # beyond what would be abandoned anyway, for each abandonment
        rows.append((words, f"{1 + value:.2f}", f"{100 * away:.0f} %", f"{100 * more / (1 + more):.0f} %"))
    return markdown(
        ("departure shock", "hazard ratio after a departure", "time spent so", "abandonments due to it"), rows
    )


def fuzzed() -> str:
    """Return how much bad input was tried, and what came of it."""
    file = DOCS / "fuzz.json"
    if not file.is_file():
        return NOT_TRIED
    counts = json.loads(file.read_text(encoding="utf-8"))
    rows = [
        (
            kind,
            f"{one['cases'] + one['failed']:,}",
            one["failed"],
            f"{one['seconds']:g} s",
            f"{one['memory'] / 1e6:,.0f} MB",
        )
        for kind, one in counts.items()
    ]
    tried = sum(one["cases"] + one["failed"] for one in counts.values())
    failed = sum(one["failed"] for one in counts.values())
    head = ("bad input", "cases", "traceback, write, hang or memory", "slowest", "most memory of the process")
    return f"{tried:,} cases, {failed:,} ended otherwise than in one sentence.\n\n{markdown(head, rows)}"


def faults() -> str:
    """Return how often commands were killed or harmed, and what was lost."""
    file = DOCS / "faults.json"
    if not file.is_file():
        return NOT_TRIED
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    by_fault: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_fault.setdefault(row["fault"], []).append(row)
    kills = sum(row["tries"] for row in rows if row["fault"].startswith("kill"))
    lost, twice = (sum(row[name] for row in rows) for name in ("lost", "twice"))
    cells = [
        (fault, ", ".join(f"{row['command']} {row['tries']}" for row in some), sum(row["tries"] for row in some),
         sum(row["lost"] for row in some), sum(row["twice"] for row in some), sum(len(row["others"]) for row in some))
        for fault, some in by_fault.items()
    ]  # fmt: skip
    others = [f"{row['fault']}, {row['command']}: {'; '.join(row['others'])}" for row in rows if row["others"]]
    head = ("fault", "commands and tries", "tries", "runs lost", "runs made twice", "anything else that differs")
    said = f"{kills:,} kills: {lost:,} runs lost, {twice:,} made twice."
    return "\n\n".join([said, markdown(head, cells), *others])


NOT_RUN = "Not run yet with this version of the model: `make studies`."
NOT_TRIED = "Not tried yet: `make fuzz`, `make kills`."
NOT_YET = "Not fitted yet with this version of the model: `make posterior`."
TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "../README.md": {"levels": levels},
    "rat_rs.md": {"uses": uses},
    "claims.md": {"claims": claims},
    "facts.md": {"facts": facts},
    "studies.md": {
        "evidence": rows_of_evidence,
        "studies": emulated,
        "levers": by_lever,
        "measures": measures,
        "retention": retention,
    },
    "trace.md": {
        "verification": verification,
        "fit": fit,
        "claims": claims,
        "validation": validation,
        "faults": faults,
        "fuzz": fuzzed,
    },
}


def with_tables(name: str, text: str) -> str:
    """Return the text of a document with its tables as they are now."""
    for table, made in TABLES[name].items():
        marks = re.compile(rf"(<!-- table: {table} -->\n).*?(<!-- end -->)", re.DOTALL)
        table_text = made().replace("\\", "\\\\")  # a backslash would be read as a group
        text = marks.sub(rf"\g<1>\n{table_text}\n\n\g<2>", text)
    return text


if __name__ == "__main__":
    for document in TABLES:
        path = DOCS / document
        path.write_text(with_tables(document, path.read_text(encoding="utf-8")), encoding="utf-8")
    checksums.FILE.write_text(checksums.listed(), encoding="utf-8")
