"""Writes the briefing: two printed pages for somebody who decides, in one file that opens offline, with an annex.

Every number that can be read in it stands in `briefing.csv` beside it, with what it was made from: `shown_of` makes the
words again from value, low and high.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader

from carespread.model import Parameters, Policy
from carespread.model.declare import entries
from carespread.model.innovations import SPREAD
from carespread.model.population.country import home

from .figures.comparison import behind_words, pictured_of, points_words, structure_words, told_apart, turning
from .money import (
    MILLION,
    break_even_words,
    cells_of,
    costs_words,
    delay_words,
    headline_of,
    leading,
    leads_of,
    needs_words,
    option_words,
    part_words,
    payer_share,
    range_words,
    signed,
    spread,
    take_up_words,
    two_digits,
    weights_words,
)
from .statistics.appraisal import ELASTICITY, PRICES, UNIT_COST_FACTOR
from .statistics.comparison import Compared
from .statistics.worth import ANCHORS, Anchor, share_needed
from .words import capital, commas, in_pounds, listed, percent, plain, rounded

NAMED = 3
"""Uncertain numbers whose value of information is named."""
FEW, SHOWN = 4, 6
"""Options up to which the page has room for all that is said of them, and options that it shows at most."""
UNCOUNTED = (
    "peace of mind of families", "data that commissioners and regulators could use",
    "what else providers would have done with the money",
)  # fmt: skip
"""What may be gained or lost and is not in any figure."""
OF_PAY = ("what better pay is worth to staff, and to care beside these innovations",)
"""The same, of better pay."""
OF_THE_APPRAISAL = {
    "take_up": "the share of the modelled effect and cost that comes about",
    "delay": "the years by which benefits come later",
}
"""Numbers that are drawn beside those of the model, in words."""
FORMS: dict[str, Callable[[float, float, float], str]] = {
    "range": lambda value, low, high: f"{signed(rounded(value, low, high))} ({range_words(value, low, high)})",
    "part": part_words,
    "two digits": lambda value, low, high: commas(two_digits(value)),
    "percent": lambda value, low, high: percent(value),
    "whole": lambda value, low, high: f"{value:,.0f}",
    "number": lambda value, low, high: f"{value:g}",
    "break-even": lambda value, low, high: break_even_words(
        {
            "break_even": value,
            "break_even_low": low,
            "break_even_high": high,
            "extra_outcome_low": 1.0,
            "extra_outcome_high": 1.0,
        }  # of what gains, or it is in words
    ),
}
"""How a number becomes words."""


def shown_of(form: str, value: float, low: float, high: float) -> str:
    """Return the words for a number of the briefing, as its row of `briefing.csv` has them."""
    return str(FORMS[form](value, low, high))


class Facts:
    """The numbers of a briefing, each with what it was made from."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: list[dict[str, Any]] = []

    def number(
        self, name: str, form: str, value: float, low: float = math.nan, high: float = math.nan, unit: str = ""
    ) -> str:
        """Note a number, and return its words."""
        shown = shown_of(form, value, low, high)
        self.rows.append(
            {"name": name, "form": form, "value": value, "low": low, "high": high, "unit": unit, "shown": shown}
        )
        return shown

    def words(self, name: str, text: str) -> str:
        """Note words that hold numbers as they were given: dates, names of groups, seeds."""
        self.rows.append({"name": name, "form": "words", "unit": "", "shown": text})
        return text

    def table(self) -> pd.DataFrame:
        """Return a row a number."""
        return pd.DataFrame(self.rows, columns=["name", "form", "value", "low", "high", "unit", "shown"])


OF_AN_OPTION = {
    "extra_uses": ("range", 1.0, "uses by an organisation in the last month"),
    "extra_sites": ("range", 1.0, "uses at a site in the last month"),
    "extra_outcome": ("range", 1.0, "person-months of full benefit, present value"),
    "extra_public": ("range", MILLION, "GBP million, present value"),
    "extra_provider": ("range", MILLION, "GBP million, present value"),
    "extra_total": ("range", MILLION, "GBP million, present value"),
    "net_benefit": ("range", MILLION, "GBP million, present value"),
    "break_even": ("break-even", 1.0, "GBP a person-month"),
    "cost_per_extra_use": ("two digits", 1.0, "GBP"),
    "replaced": ("percent", 1.0, "of public money"),
    "chance_best": ("percent", 1.0, "of draws"),
}
"""Numbers of a row of the ranking: how each is shown, in which unit."""


def note_options(made: Compared, facts: Facts) -> None:
    """Note every number of the ranking in the form in which all sentences show it."""
    facts.words("distributional weights", " ".join(weights_words(made)))
    for row in made.ranking.to_dict("records"):
        whole = (row["extra_total_low"] / MILLION, row["extra_total_high"] / MILLION)
        for who in ("public", "provider", "total"):
            facts.number(f"{who} cost of {row['scenario']}, low and high of the total", "part",
                         row[f"extra_{who}"] / MILLION, *whole, unit="GBP million, present value")  # fmt: skip
        if row["extra_total"] > 0:
            facts.number(f"share that providers pay of {row['scenario']}", "percent", payer_share(row), unit="of all")
        for name, (form, over, unit) in OF_AN_OPTION.items():
            value, low, high = (float(row.get(f"{name}{end}", math.nan)) / over for end in ("", "_low", "_high"))
            if name == "break_even" and not row["extra_outcome_low"] > 0:
                facts.words(f"{name} of {row['scenario']}", break_even_words(row))
            elif not math.isnan(value):
                facts.number(f"{name} of {row['scenario']}", form, value, low, high, unit)


def briefing_files(made: Compared, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of a briefing by name: the page (made from its figures' folder), its numbers, the annex."""
    facts = Facts()
    note_options(made, facts)
    told = told_of(made, about, facts)
    extra = annex_of(made, about, facts)

    def page(figures: Path, words: Mapping[str, str]) -> str:
        shown = ["gained.png", "left-behind.png", "cost-effectiveness.png"]
        pictures = [
            {"data": base64.b64encode((figures / name).read_bytes()).decode(), "alt": in_pounds(words[name])}
            for name in shown
        ]
        return in_pounds(rendered("briefing.html.j2", pictures=pictures, **told))

    return {
        "briefing.html": page,
        "briefing.csv": facts.table().to_csv(index=False, lineterminator="\n"),
        "annex.html": in_pounds(rendered("annex.html.j2", **told, **extra)),
    }


def rendered(template: str, **given: Any) -> str:
    """Return a page."""
    pages = Environment(loader=PackageLoader("carespread.results"), autoescape=True, trim_blocks=True)
    return pages.get_template(template).render(**given)


def told_of(made: Compared, about: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return all that the page says."""
    best = leading(made)
    first = made.options.iloc[0]["scenario"] if best is None else best["scenario"]
    behind = left_behind(made, str(first), about["innovations"], facts)
    rows = rows_of(made)
    shown, left = shortened(rows)
    named = set(made.options["scenario"][:SHOWN])
    payers = costs_words(made._replace(ranking=made.ranking[made.ranking["scenario"].isin({*named, made.names[0]})]))
    return {
        "net": made.worth is not None,
        "crowded": len(rows) - 1 > FEW,
        "left": facts.words("options in the annex alone", f"{left} more in the annex") if left else "",
        "all_rows": rows,
        "question": about["question"],
        "where": facts.words("period", f"Care in {home().name}, {about['months'] // 12} years from {about['start']}"),
        "innovations": listed(about["innovations"].values()),
        "answer": headline_of(made),
        "first": plain(str(first)),
        "do": facts.words("what is done", about["does"][first]) if best is not None else "",
        "much": how_much(best),
        "many": out_of_how_many(made, best, about, facts),
        "needs": needs_of(made, facts),
        "behind": behind,
        "rows": shown,
        "payers": payers,
        "weighted": weights_words(made),
        "turns": turns_of(made, facts),
        "measure": measure_first(made, about["innovations"], facts),
        "logic": logic_of(made),
        "rigour": rigour_of(made, about, facts),
        "log": log_of(made, about, facts),
        "uncounted": listed((*UNCOUNTED, *(OF_PAY if len(wages_of(made)) else ()))),
        "prices": facts.words("prices", str(PRICES)),
        "foot": facts.words("runs", about["runs"]),
    }


def rows_of(made: Compared) -> list[dict[str, Any]]:
    """Return the rows of the table of options, best first, doing nothing among them."""
    rows = []
    for row in made.ranking.to_dict("records"):
        if row["scenario"] == made.names[0]:
            rows.append({"name": "do nothing", "cells": ["0"] * 5 + ["", ""], "baseline": True})
            continue
        name, *cells = cells_of(row)
        if (
            made.worth is not None
        ):  # the worth decides the order, so what it comes to stands in the place of a use's cost
            value, within = spread(row, "net_benefit", MILLION)
            cells[5] = f"{value} ({within})"
        rows.append({"name": name, "cells": cells, "baseline": False})
    return rows


def shortened(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that the page has room for, the best and doing nothing, and how many options are left out."""
    options = [row for row in rows if not row["baseline"]]
    best = options[:SHOWN]
    return [row for row in rows if row["baseline"] or row in best], len(options) - len(best)


def how_much(best: Mapping[str, Any] | None) -> str:
    """Return what the first option costs, and who pays."""
    if best is None:
        return ""
    public, provider, total = (cell.replace("+", "") for cell in cells_of(best)[3:6])
    saved = provider.startswith("-")
    pays = f"providers save GBP {provider[1:]} million" if saved else f"providers pay GBP {provider} million"
    return f"GBP {public} million of public money; {pays}; GBP {total} million in all."


def out_of_how_many(made: Compared, best: Mapping[str, Any] | None, about: Mapping[str, Any], facts: Facts) -> str:
    """Return how many uses are gained, out of how many there could be and will be anyway."""
    users = made.differences[(made.differences["outcome"] == "users")]
    usual = float(users.drop_duplicates("innovation")["baseline"].sum())
    organisations, many = float(about["organisations"]), len(about["innovations"])
    possible = facts.number(
        "possible uses", "whole", round(organisations * many, -2), unit="organisations x innovations"
    )
    anyway = facts.number("uses with doing nothing", "whole", round(usual, -2), unit="organisations, last month")
    held = facts.number("organisations", "whole", round(organisations, -2), unit="organisations")
    number = facts.number("innovations", "whole", many)
    gain = f"{cells_of(best)[1]} uses more. " if best is not None else ""
    times = f" x {number} innovations" if many > 1 else ""
    return f"{gain}Doing nothing ends with {anyway} of {possible} possible uses ({held} organisations{times})."


def needs_of(made: Compared, facts: Facts) -> list[str]:
    """Return what must be true for the first option, with its numbers noted."""
    for name, one in ANCHORS.items():
        facts.number(f"worth of a year, {name}", "whole", one.high, unit=f"GBP a year, {one.prices} prices")
        facts.words(f"share needed, {name}", needed(made, one))
    if made.worth is not None:
        facts.number("worth of a person-month", "whole", made.worth, unit="GBP, assumed")
    return needs_words(made)


def left_behind(made: Compared, first: str, titles: Mapping[str, str], facts: Facts) -> str:
    """Return who gains least and most of the innovation in which groups differ most."""
    pictured = pictured_of(made)
    table = made.equity[(made.equity["innovation"] == pictured) & (made.equity["scenario"] == first)]
    for row in table[table["dimension"] == "size"].itertuples():
        facts.words(f"size {row.level}", str(row.level))
        facts.words(f"extra points, {row.level}", points_words(pd.Series(row._asdict())))
    if not len(told_apart(made, first)):
        return f"Nobody by what is told apart: {plain(first)} moves no group's use by more than chance."
    return f"{capital(titles[pictured])}: {behind_words(table, first)}."


def turns_of(made: Compared, facts: Facts) -> list[str]:
    """Return when another option comes first."""
    lines, (first, *later) = [], leads_of(made)
    for (_, before), (pounds, after) in pairwise([first, *later]):
        at = facts.number("worth at which the best changes", "whole", pounds, unit="GBP a person-month")
        old, new = option_words(made, before), option_words(made, after)
        lines.append(f"From GBP {at} a person-month on, {new} is best in more draws than any other, instead of {old}.")
    if not later:
        only = option_words(made, first[1])
        lines.append(f"Whatever a person-month is worth, {only} is best in more draws than any other.")
    if len(made.structures):
        turned, tried = turning(made), made.structures["structure"].nunique() - 1
        number, of = (facts.number(name, "whole", value) for name, value in
                      (("structures that turn the order", len(turned)), ("structures tried", tried)))  # fmt: skip
        how = "gains most" if made.worth is None else "has the highest net benefit"
        others = f": {listed(sorted({option_words(made, name) for name in turned.values()}))}" if turned else ""
        lines.append(
            f"Built in {of} other ways, the model has another option that {how} in {number if turned else 'none'},"
            f" chance allowed for{others}."
        )
    return lines


def number_words(name: str, titles: Mapping[str, str]) -> str:
    """Return what a number is, in words; INNOVATION.NAME is an innovation's own."""
    if name in OF_THE_APPRAISAL:
        return OF_THE_APPRAISAL[name]
    innovation, _, own = name.rpartition(".")
    says = entries(Parameters)[own].says.rstrip(".").lower()
    return f"{says} (of {titles.get(innovation, innovation)} and what was fitted with it)" if innovation else says


def measure_first(made: Compared, titles: Mapping[str, str], facts: Facts) -> list[str]:
    """Return what to measure first: what knowing each uncertain number alone would be worth."""
    table = made.information
    whole, rest = table.iloc[0], table.iloc[1:]
    if not len(rest):
        return ["Uncertain numbers were not varied."]
    value = facts.number("worth of knowing everything", "two digits", whole["value"] / MILLION, unit="GBP million")
    at = facts.number("worth at which the choice is most open", "whole", whole["worth"], unit="GBP a person-month")
    where = "at that worth" if made.worth is not None else f"at GBP {at} a person-month, where the choice is most open"
    lines = [f"To know all that is uncertain would be worth GBP {value} million {where}, chance taken off."]
    named = rest[rest["told_apart"]].head(NAMED)
    for row in named.itertuples():
        part = facts.number(f"worth of knowing {row.what}", "two digits", row.value / MILLION, unit="GBP million")
        lines.append(f"GBP {part} million: {facts.words(str(row.what), number_words(str(row.what), titles))}.")
    if not len(named):
        lines.append("No single number stands out from chance: more draws might show one.")
    return lines


def logic_of(made: Compared) -> list[str]:
    """Return one line for each lever that is pulled: what it is meant to do."""
    pulled = dict.fromkeys(lever for one in made.settled.levers.values() for lever in one)
    known = entries(Policy)
    return [known[name].says for name in pulled if name in known]


def rigour_of(made: Compared, about: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """Return the statement of quality that the Aqua Book asks for."""
    turned = len(turning(made)) if len(made.structures) else 0
    facts.number("options whose order turns", "whole", turned)
    version = facts.words("version", str(about["version"]))
    seed, draws = (facts.number(name, "whole", about[name]) for name in ("seed", "draws"))
    date = facts.words("date", str(about["date"]))
    drawn = f"ranges from {draws} draws of the uncertain numbers" if about["draws"] else "ranges show chance alone"
    grounded = "fitted to published series of digital records" if about["fitted"] else "not fitted to any series"
    return [
        ("Repeatable", f"seed {seed}, version {version}, {date}; the folder's record makes it again."),
        ("Independent", "no review by anybody else is recorded: have one before money is committed."),
        ("Grounded in reality", f"{grounded}; most numbers are judgements."),
        ("Objective", "levers are compared alike, with doing nothing always among them."),
        ("Uncertainty-managed", f"{drawn}, unit costs among them; chance is that of the whole sector."),
        ("Robust", "mechanisms were taken away one by one; see when another option comes first."),
        ("Analyst", f"{about['analyst'] or 'not named'}. Quality assurance: automated tests of the model only."),
    ]


def log_of(made: Compared, about: Mapping[str, Any], facts: Facts) -> list[tuple[str, str, str]]:
    """Return the assumptions: what, the value, and the grade of its evidence (A official to D judgement)."""
    assumed = made.settled.assumed
    rates = [facts.number(name, "number", 100 * value, unit="% a year") for name, value in
             (("discount rate of costs", assumed.cost_rate), ("of benefits", assumed.benefit_rate))]  # fmt: skip
    bias = facts.number("optimism bias", "percent", assumed.optimism_bias)
    take_up, delay = (
        facts.words(name, words)
        for name, words in (("take-up", take_up_words(assumed)), ("delay", delay_words(assumed)))
    )
    weight = "none" if assumed.weight == 1 else facts.number("distributional weight", "two digits", assumed.weight)
    factor = facts.number("factor of unit costs", "number", UNIT_COST_FACTOR)
    judged = facts.number("factor of attributes that are judged", "number", SPREAD["D"])
    known = f"within a factor of {judged}, drawn" if about["draws"] else "as their files say"
    met = [facts.number("share of a pay rise that fees meet", "percent", share) for share in wages_of(made)]
    worth = "none assumed" if made.worth is None else f"GBP {made.worth:,.0f}"
    return [
        ("Discount rates a year: costs, benefits", f"{rates[0]} %, {rates[1]} %", "A"),
        ("Strength of levers, as in the scenarios", "studies of other sectors", "B to D"),
        ("Attributes of innovations", known, "B to D"),
        ("Unit costs of levers", f"within a factor of {factor}, drawn", "D"),
        ("Optimism bias on programmes", bias, "D"),
        ("Share of the modelled effect and cost that comes about", take_up, "D"),
        ("Delay of benefits behind the model", delay, "D"),
        *(("Share of a pay rise that fees meet", share, "D") for share in met),
        ("Worth of a person-month of full benefit", worth, "D"),
        ("Distributional weight of benefits, beside the unweighted figures", weight, "D"),
        ("Displacement of other work", "none", "D"),
    ]


def wages_of(made: Compared) -> list[float]:
    """Return which share of the wages of better pay fees meet, once if the same for all options; none without pay."""
    wages = made.accounts[made.accounts["part"].str.startswith("wages")]
    paid = wages.pivot_table(index="scenario", columns="payer", values="cost")
    paid = paid[paid.sum(axis=1) > 1] if len(paid) else paid
    return sorted({round(float(one["public"] / one.sum()), 3) for _, one in paid.iterrows()})


def needed(made: Compared, anchor: Anchor) -> str:
    """Return what full benefit would need of an anchor for the first option to break even; empty without one."""
    best = leading(made)
    if best is None or not 0 < best["break_even"] < math.inf:
        return ""
    return anchor.says_share(share_needed(best["break_even"], anchor))


def ratios_of(made: Compared) -> list[str]:
    """Return benefit-cost ratios, and by how much programmes could cost more; none without a worth or a clear gain."""
    lines = []
    for row in made.options.to_dict("records"):
        ratio, factor = float(row["benefit_cost_ratio"]), float(row["switching_unit_cost"])
        if not row["extra_outcome_low"] > 0 or math.isnan(ratio):
            continue
        line = f"{capital(plain(row['scenario']))}: GBP {two_digits(ratio):g} of benefit for each pound of cost in all"
        if factor > 0:
            line += f"; its net benefit is nothing if its programme costs {commas(two_digits(factor))} times as much"
        lines.append(f"{line}.")
    return lines


def annex_of(made: Compared, about: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return what the annex says beyond the page: method, sources, and tables."""
    chance = made.settled.chance
    return {
        "grounds": facts.words("grounds", about["grounds"]),
        "all_payers": costs_words(made),
        "ratios": ratios_of(made),
        "elasticity": f"{ELASTICITY:g}",
        "chance": [percent(chance.organisations), percent(chance.people)],
        "anchors": [(name, one, needed(made, one)) for name, one in ANCHORS.items()],
        "scenarios": {plain(name): question for name, question in about["scenarios"].items()},
        "shares": [
            (plain(row["scenario"]), percent(row["parameters"]), percent(row["structure"]), percent(row["seeds"]))
            for row in made.sources.to_dict("records")
            if not math.isnan(row["parameters"])
        ],
        "turned": [(structure_words(structure), option_words(made, name)) for structure, name in turning(made).items()]
        if len(made.structures)
        else [],
    }
