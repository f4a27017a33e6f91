"""Writes the briefing: one page of two printed sides for somebody who decides, in one file that opens offline."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from carespread.model import Parameters
from carespread.model.declare import entries
from carespread.model.population.country import home

from .figures.comparison import million, turning
from .statistics.comparison import Compared
from .words import percent, plain

NAMED = 3
"""Uncertain numbers whose value of information is named."""


def briefing(made: Compared, about: dict[str, Any], figures: Path, words: dict[str, str]) -> str:
    """Return the page as HTML with its figures inside; `words` are their text alternatives."""
    page = Environment(loader=PackageLoader("carespread.results"), autoescape=True).get_template("briefing.html.j2")
    behind = next(name for name in sorted(words) if name.startswith("left-behind") and name.endswith(".png"))
    shown = ["gained.png", "cost-effectiveness.png", behind, *(["flips.png"] if "flips.png" in words else [])]
    pictures = {
        name: {"data": base64.b64encode((figures / name).read_bytes()).decode(), "alt": words[name]} for name in shown
    }
    return page.render(
        about=about,
        answer=answer(made),
        rows=[row_of(row) for row in made.ranking.to_dict("records")],
        baseline=plain(made.names[0]),
        pictures=list(pictures.values()),
        behind=left_behind(made, about["innovations"]),
        flips=flips(made),
        evidence=evidence(made, about["innovations"]),
        sure=sure(made, about),
        worth=f"{made.worth:,.0f}",
        scenarios={plain(name): question for name, question in about["scenarios"].items()},
    )


def answer(made: Compared) -> str:
    """Return the answer in one or two sentences."""
    best = made.ranking.iloc[0]
    if best["scenario"] == made.names[0]:
        return (
            f"None of them is worth its cost if a person-month of full benefit is worth GBP {made.worth:,.0f}: doing"
            f" nothing new is best in {percent(best['chance_best'])} of the cases tried."
        )
    return (
        f"{plain(best['scenario']).capitalize()} does most for its cost: {best['extra_outcome']:,.0f} person-months of"
        f" full benefit more than the baseline, for {million(best['extra_cost_public'])} of public money. It"
        f" is best in {percent(best['chance_best'])} of the cases tried."
    )


def row_of(row: dict[str, Any]) -> dict[str, str]:
    """Return one line of the ranking in words."""
    ratio = row["cost_per_outcome"]
    return {
        "name": plain(row["scenario"]),
        "users": f"{row['extra_users']:+,.0f}",
        "users_span": f"{row['extra_users_low']:+,.0f} to {row['extra_users_high']:+,.0f}",
        "outcome": f"{row['extra_outcome']:+,.0f}",
        "outcome_span": f"{row['extra_outcome_low']:+,.0f} to {row['extra_outcome_high']:+,.0f}",
        "public": f"{row['extra_cost_public'] / 1e6:,.1f}",
        "provider": f"{row['extra_cost_provider'] / 1e6:,.1f}",
        "ratio": "no clear gain" if math.isnan(ratio) else "saves money" if ratio < 0 else f"{ratio:,.0f}",
        "best": percent(row["chance_best"]),
    }


def left_behind(made: Compared, titles: dict[str, str]) -> list[str]:
    """Return who gains least and most under the best scenario, innovation by innovation."""
    best = next(name for name in made.ranking["scenario"] if name != made.names[0])
    table = made.equity[(made.equity["scenario"] == best) & (made.equity["dimension"] == "size")]
    lines = []
    for innovation, part in table.groupby("innovation", sort=False, observed=True):
        low, high = part.loc[part["extra_points"].idxmin()], part.loc[part["extra_points"].idxmax()]
        span = f"{high['extra_points']:+.1f} points among organisations with {high['level']}"
        span += f", {low['extra_points']:+.1f} among those with {low['level']}"
        if low["high"] >= high["low"]:
            span = f"{low['extra_points']:+.1f} to {high['extra_points']:+.1f} points, sizes alike"
        lines.append(f"{titles[str(innovation)]}: {span}")
    return [f"Extra users under {plain(best)}, by size of organisation: " + "; ".join(lines) + "."]


def flips(made: Compared) -> list[str]:
    """Return when another scenario would be best."""
    lines = []
    curve = made.acceptability.pivot(index="worth", columns="scenario", values="chance_best")
    leads = curve.idxmax(axis=1)
    for (_, before), (worth, after) in zip(leads.items(), list(leads.items())[1:], strict=False):
        if after != before:
            lines.append(f"from GBP {worth:,.0f} a person-month on, {plain(after)} instead of {plain(before)}")
    if len(made.structures):
        turned = turning(made)
        lines += [f"if the model is changed ({structure}): {plain(name)} is best" for structure, name in turned.items()]
    return lines or ["no change that was tried makes another option the best"]


def number_words(name: str, titles: dict[str, str]) -> str:
    """Return what a number is, in words; INNOVATION.NAME is an innovation's own."""
    innovation, _, own = name.rpartition(".")
    says = entries(Parameters)[own].says.rstrip(".").lower()
    return f"{says} (of {titles.get(innovation, innovation)} and what was fitted with it)" if innovation else says


def evidence(made: Compared, titles: dict[str, str]) -> list[str]:
    """Return which evidence would be worth most."""
    table = made.information
    whole, rest = table.iloc[0]["value"], table.iloc[1:]
    if not len(rest):
        return ["uncertain numbers were not varied"]
    lines = [f"Knowing all that is uncertain would be worth {million(whole)} (once, {home().name}, the whole period)"]
    named = rest[rest["told_apart"]].head(NAMED)
    for row in named.itertuples():
        lines.append(f"{million(row.value)} for knowing this alone: {number_words(row.what, titles)}")
    if not len(named):
        lines.append("no single number stands out from chance: more draws might show one")
    return lines


def sure(made: Compared, about: dict[str, Any]) -> list[str]:
    """Return how sure this is, and why."""
    lines = [
        f"{about['grounds']} Strengths and costs of levers are assumptions; the published data say little about most"
        " single numbers.",
        "Read the order and what turns it, not the amounts.",
    ]
    if len(made.sources):
        mean = made.sources[["parameters", "structure", "seeds"]].mean()
        lines.append(
            f"Of the variance of the gain {percent(mean['parameters'])} comes from uncertain numbers,"
            f" {percent(mean['structure'])} from how the model is built, {percent(mean['seeds'])} from chance."
        )
    lines.append(about["foot"])
    return lines
