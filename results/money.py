"""What options gain and cost, in words: the same sentences and columns for the screen, figures and the briefing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .statistics.appraisal import PRICES, Assumptions, deadweight_words
from .statistics.comparison import Compared
from .statistics.worth import ANCHORS, share_needed
from .store.summary import text_table
from .words import capital, commas, listed, percent, plain, rounded

MILLION = 1e6
NAMED = ("ASCOT", "Green Book")
"""Anchors that a sentence names: the scale of social care, and the highest."""
ALMOST = 0.995
"""Share from which a whole percentage would say all."""
NO_GAIN = "no clear gain"
Row = Mapping[str, Any]
"""A row of a ranking."""


def spread(row: Row, name: str, over: float = 1.0) -> tuple[str, str]:
    """Return a number of a row and its range, as exactly as the range allows; both divided by `over`."""
    value, low, high = (float(row[f"{name}{end}"]) / over for end in ("", "_low", "_high"))
    return signed(rounded(value, low, high)), range_words(value, low, high)


def signed(value: float) -> str:
    """Return a number with its sign, 0 without."""
    return f"{'+' if value > 0 else ''}{commas(value)}"


def range_words(value: float, low: float, high: float) -> str:
    """Return a range in words, empty where there is none; an end that no draw reaches is beyond all."""
    if math.isinf(high):
        return f"{number_words(low, low, 2 * low)} to beyond all" if math.isfinite(low) else "never"
    if low == high:
        return ""
    return f"{commas(rounded(low, low, high))} to {commas(rounded(high, low, high))}"


def number_words(value: float, low: float, high: float) -> str:
    """Return a number as exactly as its range allows."""
    return "never" if math.isinf(value) else commas(rounded(value, low, high))


def break_even_words(row: Row) -> str:
    """Return what a person-month must be worth for an option to break even, GBP, with its range."""
    value, low, high = (float(row[f"break_even{end}"]) for end in ("", "_low", "_high"))
    if row["extra_outcome_high"] < 0:
        return "loses benefit"
    if math.isinf(value) or not row["extra_outcome_low"] > 0:
        return NO_GAIN
    if value == 0:
        return "saves money"
    ends = (low, high) if math.isfinite(high) else (low, 2 * value)
    return f"{number_words(value, *ends)} ({range_words(value, low, high)})"


def leading(made: Compared) -> dict[str, Any] | None:
    """Return the row of the option that comes first, None where none gains anything that is told apart from nothing."""
    rows = made.options.to_dict("records")
    if made.worth is not None:
        first = made.ranking.iloc[0].to_dict()
        return None if first["scenario"] == made.names[0] else {str(name): value for name, value in first.items()}
    found = next((row for row in rows if row["extra_outcome_low"] > 0 and math.isfinite(row["break_even"])), None)
    return None if found is None else {str(name): value for name, value in found.items()}


def option_words(made: Compared, name: str) -> str:
    """Return the name of an option as it stands in a sentence."""
    return "doing nothing" if name == made.names[0] else plain(name)


def leads_of(made: Compared) -> list[tuple[float, str]]:
    """Return which option is best in more draws than any other, from which worth of a person-month on (GBP)."""
    chances = made.acceptability.pivot(index="worth", columns="scenario", values="chance_best")
    # where two are as often best, the first of the scenarios
    leads = chances[list(made.names)].idxmax(axis=1)
    changes = leads[leads != leads.shift()]
    return [(float(str(pounds)), str(name)) for pounds, name in changes.items()]


def headline_of(made: Compared) -> str:
    """Return the answer in a sentence or two: by net benefit at a worth, else by what is needed to break even."""
    best = leading(made)
    if made.worth is not None:
        at = f"if a person-month of full benefit is worth GBP {made.worth:,.0f}"
        if best is None:
            none = made.ranking.iloc[0]
            return (
                f"None of them is worth its cost {at}: doing nothing new is best in {percent(none['chance_best'])} of"
                " draws."
            )
        value, within = spread(best, "net_benefit", MILLION)
        return (
            f"{capital(plain(best['scenario']))} has the highest net benefit {at}: GBP {value.lstrip('+')} million"
            f" ({within}); it is best in {percent(best['chance_best'])} of draws."
        )
    if best is None:
        return "None of them brings more benefit than doing nothing, as far as the draws tell."
    name, less = capital(plain(best["scenario"])), lead_words(made, best)
    if best["break_even"] == 0:
        lines = [f"{name} saves money and brings more benefit than doing nothing."]
    else:
        lines = [f"{name} breaks even if a person-month of full benefit is worth GBP {break_even_words(best)}{less}"]
    most = made.options.sort_values("extra_outcome", ascending=False).iloc[0]
    if most["scenario"] != best["scenario"] and most["extra_outcome_low"] > 0:
        gain, within = spread(most, "extra_outcome")
        cost = spread(most, "extra_total", MILLION)[0].lstrip("+")
        lines.append(
            f"{capital(plain(most['scenario']))} brings most benefit: {gain.lstrip('+')} person-months more ({within})"
            f" for GBP {cost} million in all."
        )
    return " ".join(lines)


def lead_words(made: Compared, best: Row) -> str:
    """Return how the need of the first option stands beside those of the others, to end a sentence."""
    others = [row for row in made.options.to_dict("records") if row["scenario"] != best["scenario"]]
    near = [
        plain(row["scenario"])
        for row in others
        if row["extra_outcome_low"] > 0 and row["break_even_low"] <= best["break_even_high"]
    ]
    if near:
        return f"; what {listed(near)} {'needs' if len(near) == 1 else 'need'} is not told apart from that."
    return ", less than any other needs." if others else "."


COLUMNS = ("option", "extra uses", "extra person-months", "public GBP m", "providers GBP m", "total GBP m",
           "GBP a use", "breaks even at GBP a person-month")  # fmt: skip
"""Heads of the table of options."""


def cells_of(row: Row) -> tuple[str, ...]:
    """Return what stands under `COLUMNS` for a row of a ranking."""
    uses, benefit = (f"{value} ({within})" if within else value
                     for value, within in (spread(row, "extra_uses"), spread(row, "extra_outcome")))  # fmt: skip
    whole = (row["extra_total_low"] / MILLION, row["extra_total_high"] / MILLION)
    paid = (part_words(row[f"extra_{who}"] / MILLION, *whole) for who in ("public", "provider", "total"))
    per_use = float(row["cost_per_extra_use"])
    return (
        plain(row["scenario"]),
        uses,
        benefit,
        *paid,
        "" if math.isnan(per_use) else "saves" if per_use < 0 else f"{two_digits(per_use):,.0f}",
        break_even_words(row),
    )


def part_words(value: float, low: float, high: float) -> str:
    """Return a part of a sum, all parts to the same digit, so that they add up: the second of half of the sum's range.

    >>> part_words(12.34, 1.0, 17.0), part_words(-3.0, 1.0, 17.0)
    ('+12.3', '-3.0')
    """
    half = (high - low) / 2
    if not (half > 0 and math.isfinite(half)):
        return signed(rounded(value, low, high))
    place = 1 - math.floor(math.log10(half))
    value = round(value, place) + 0.0
    return f"{value:+,.{max(0, place)}f}" if value else "0"


def two_digits(value: float) -> float:
    """Return a number with two digits that count."""
    return float(f"{value:.2g}") if math.isfinite(value) else value


def table_of(ranking: pd.DataFrame, baseline: str, worth: float | None = None) -> str:
    """Return the table of options for the screen, the baseline among them."""
    head = (*COLUMNS, *(() if worth is None else ("net benefit GBP m", "best in")))
    rows = []
    for row in ranking.to_dict("records"):
        cells: tuple[str, ...] = (f"{plain(baseline)} (baseline)", *("0",) * 5, "", "")
        if row["scenario"] != baseline:
            cells = cells_of(row)
        if worth is not None:
            cells = (*cells, spread(row, "net_benefit", MILLION)[0], percent(row["chance_best"]))
        rows.append(cells)
    return text_table(head, rows)


def needs_words(made: Compared) -> list[str]:
    """Return what the option that comes first needs to break even, beside published values; no line without one."""
    best = leading(made)
    if best is None or not best["break_even"] > 0:
        return []
    shares = [
        f"{one.says_share(share_needed(best['break_even'], one))} (at GBP {one.high:,.0f} a year)"
        for one in (ANCHORS[name] for name in NAMED)
    ]
    return [
        f"For {plain(best['scenario'])} to break even, full benefit must add to a person's life {or_words(shares)}."
    ]


def or_words(parts: list[str]) -> str:
    """Return alternatives as a list in words."""
    return f"{', '.join(parts[:-1])} or {parts[-1]}" if len(parts) > 1 else parts[0]


def assumed_words(assumed: Assumptions) -> str:
    """Return what money was made comparable by."""
    return (
        f"Present values at {PRICES} prices over the whole period, {100 * assumed.cost_rate:g} % a year for costs,"
        f" {100 * assumed.benefit_rate:g} % for benefits; optimism bias {100 * assumed.optimism_bias:g} %;"
        f" {take_up_words(assumed)}, {delay_words(assumed)}."
    )


def take_up_words(assumed: Assumptions) -> str:
    """Return which share of the modelled effect comes about."""
    if "take_up" in assumed.ranges:
        low, high = np.broadcast_to(assumed.take_up, 2)
        return f"take-up drawn evenly from {100 * low:g} to {100 * high:g} %"
    return "take-up as modelled" if assumed.take_up == 1 else f"take-up {100 * assumed.middle_take_up:g} %"


def delay_words(assumed: Assumptions) -> str:
    """Return how much later than in the runs benefits come."""
    if "delay" in assumed.ranges:
        low, high = np.broadcast_to(assumed.delay, 2)
        return f"benefits drawn to come {low:g} to {high:g} years later, each as likely"
    if assumed.delay == 0:
        return "no delay"
    years = assumed.middle.delay
    return f"benefits {years} year{'' if years == 1 else 's'} later"


def weights_words(made: Compared) -> list[str]:
    """Return what distributional weights change, beside the unweighted; no line without weights."""
    weight = made.settled.assumed.weight
    if weight == 1:
        return []
    parts = [f"{plain(row['scenario'])} {weighted_words(row, made.worth)}" for row in made.options.to_dict("records")]
    return [
        f"With a distributional weight of {two_digits(weight):g} on benefits, beside the unweighted figures:"
        f" {'; '.join(parts)}."
    ]


def weighted_words(row: Row, worth: float | None) -> str:
    """Return what an option comes to with distributional weights: its net benefit at a worth, else where it breaks
    even.
    """
    if worth is not None:
        value, within = spread(row, "weighted_net_benefit", MILLION)
        return f"has a net benefit of GBP {value} million ({within})"
    own = {**row, **{f"break_even{end}": row[f"weighted_break_even{end}"] for end in ("", "_low", "_high")}}
    words = break_even_words(own)
    if words == NO_GAIN:
        return f"has {words}"
    return f"breaks even at GBP {words} a person-month" if words[:1].isdigit() else words


def costs_words(made: Compared) -> list[str]:
    """Return who pays where that is not plain from the table, what only replaces, and which options change nothing."""
    return payer_words(made.options) + idle_words(made.options[made.options["idle"]]["scenario"])


def payer_words(options: pd.DataFrame) -> list[str]:
    """Return for each option what becomes of public money, and where others pay most."""
    lines = []
    for row in options.to_dict("records"):
        name, public, provider = capital(plain(row["scenario"])), row["extra_public"], row["extra_provider"]
        kept = deadweight_words(public, provider)
        if kept:
            lines.append(f"{name}: {kept}.")
        elif provider > max(0.0, public):
            whole, share = spread(row, "extra_total", MILLION)[0].lstrip("+"), payer_share(row)
            part = "all" if public <= 0 else "almost all" if share >= ALMOST else percent(share)
            lines.append(f"{name}: of GBP {whole} million in all, providers pay {part}.")
    return lines


def payer_share(row: Row) -> float:
    """Return which share of the cost in all providers pay, at most 1."""
    return min(1.0, float(row["extra_provider"]) / float(row["extra_total"]))


def idle_words(names: Iterable[str]) -> list[str]:
    """Return which options change nothing at all; no line where there are none."""
    idle = [capital(plain(name)) for name in names]
    if not idle:
        return []
    verb = "changes" if len(idle) == 1 else "change"
    return [f"{listed(idle)} {verb} nothing in any run: look at strength, dates and whom it is for."]
