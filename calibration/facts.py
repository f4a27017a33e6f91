"""Facts of the sector beside what the fitted model gives: reproduced or not, and why not.

The facts are numbered as in the project's list of patterns; those that nothing in the model can show say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carespread.results.arrays import Floats

REPRODUCED, OPEN, NOT, ELSEWHERE = "reproduced", "not ruled out", "not reproduced", "not measured here"
Frames = dict[tuple[str, str, str], pd.DataFrame]
"""Months x draws, by innovation, group and quantity."""


HOMES = ("care home without nursing", "care home with nursing")


class Fact(NamedTuple):
    """One published fact."""

    number: int
    says: str
    sources: str
    reference: str
    measure: Callable[[Frames], np.ndarray] | str | None
    """What the model gives, one number a draw: from the fit's own runs, by the name of one of `sector_runs`, or not."""
    unit: str = ""
    low: float = -np.inf
    high: float = np.inf
    """The fact is reproduced where the median lies in this range, and not ruled out where the middle 90 % reach it."""
    why: str = ""
    """Why it is not measured, or what a miss would mean."""


def frames_of(monthly: pd.DataFrame) -> Frames:
    """Return monthly tables as months x draws."""
    made: Frames = {}
    for (innovation, group), part in monthly.groupby(["innovation", "group"], observed=True):
        for quantity in ("using_share", "site_share", "people_share", "exits", "providers"):
            wide = part.pivot_table(index="month", columns="design", values=quantity)
            wide.index = pd.Index(pd.to_datetime(wide.index).strftime("%Y-%m"))
            made[str(innovation), str(group), quantity] = wide
    return made


def share(
    frames: Frames, month: str, quantity: str = "using_share", innovation: str = "dscr", group: str = "all"
) -> Floats:
    """Return a share in a month, one number a draw."""
    return np.asarray(frames[innovation, group, quantity].loc[month], float)


def slope(first: str, last: str, months: int) -> Callable[[Frames], Floats]:
    """Return the measure of points a month between two months."""
    return lambda frames: 100 * (share(frames, last) - share(frames, first)) / months


def acceleration(frames: Frames) -> Floats:
    """Return the points a month after October 2023 less those of the year before."""
    before = slope("2022-08", "2023-10", 14)(frames)
    return slope("2023-10", "2024-02", 4)(frames) - before


def months_late(frames: Frames) -> np.ndarray:
    """Return by how many months 80 % is reached after March 2024; 22 where it is not by the end of 2025."""
    own = frames["dscr", "all", "using_share"].loc["2024-03":]
    reached = (own >= 0.8).to_numpy()
    return np.where(reached.any(axis=0), reached.argmax(axis=0), 22).astype(float)


def people_ahead(frames: Frames) -> Floats:
    """Return by how many points people covered exceed providers in September 2023."""
    return 100 * (share(frames, "2023-09", "people_share") - share(frames, "2023-09"))


def toolkit_rise(frames: Frames) -> Floats:
    """Return the points that the toolkit's share of sites rose from 2021 to June 2024."""
    return 100 * (share(frames, "2024-06", "site_share", "dspt") - share(frames, "2021-04", "site_share", "dspt"))


def homecare_behind(frames: Frames) -> Floats:
    """Return by how many points homecare sites stand behind all sites in June 2024."""
    return 100 * (
        share(frames, "2024-06", "site_share", "dspt")
        - share(frames, "2024-06", "site_share", "dspt", "setting=homecare")
    )


def closures(frames: Frames) -> np.ndarray:
    """Return the percent of care homes that close in a year."""
    exits, providers = (
        sum(frames["dscr", f"setting={home}", name].to_numpy(float) for home in HOMES)
        for name in ("exits", "providers")
    )
    return np.asarray(100 * exits.sum(axis=0) / providers.mean(axis=0) / (len(exits) - 1) * 12)


# fmt: off
FACTS = (
    Fact(1, "Records grow by about .8 points a month to February 2024", "S002, S007", ".8 points a month", slope("2021-12", "2024-02", 26), "points a month", 0.7, 0.95),
    Fact(2, "Growth slows in mid-course, then quickens", "S001, S006, S007", ".5, then 1.5 points a month", acceleration, "points a month more", 0.0, np.inf, "the model saturates: what was left to convince is harder to convince"),
    Fact(3, "The target of 80 % is missed by about 21 months", "S001, S007, S012", "December 2025 for March 2024", months_late, "months (22: not by the end)", 18, 21.5, "the fitted model stays below 80 % to the end of 2025"),
    Fact(4, "Larger providers first: people covered exceed providers", "S004", "over 60 % of people, over 55 % of providers", people_ahead, "points", 0.0, np.inf),
    Fact(5, "27 % of providers use no technology, 40 % of micro ones", "S014", "", None, why="use of any technology is not in the model; single innovations are"),
    Fact(6, "The toolkit rises fast: 15 to 75 % of sites in three years", "S022", "60 points", toolkit_rise, "points", 55, 65, "what is left to convince is harder to convince: the toolkit saturates as the records do"),
    Fact(6, "Homecare stays behind all sites with the toolkit", "S022", "63 beside 75 %: 12 points", homecare_behind, "points", 6, 18, "nothing that is fitted holds homecare back"),
    Fact(7, "Partial use far exceeds full adoption", "S026, S001", "95.5 beside 50 %", None, why="a survey of other providers and another definition"),
    Fact(8, "Shared Lives exists in most authorities", "S034, S143", "in most councils", "authorities with shared_lives", "% of authorities at the end of 2025", 50, 100, "schemes thin out where no council runs its own, and such councils are not in the model"),
    Fact(8, "Shared Lives stays small", "S034", "about 1 % of council-funded users", "shared_lives at the end", "% of organisations at the end of 2025", 0.0, 2.0),
    Fact(8, "Shared Lives is flat or falls", "S034, S037, S038", "10,549 people to 9,898", "change of shared_lives", "points of organisations, 2021 to 2025", -np.inf, 0.05),
    Fact(8, "Homeshare stays small", "S040", "59 matches in 13 months", "homeshare at the end", "% of organisations at the end of 2025", 0.0, 2.0),
    Fact(8, "Local Area Coordination stays small", "S043", "130 neighbourhoods", "local_area_coordination at the end", "% of organisations at the end of 2025", 0.0, 2.0, "it starts from 1.2 % by assumption and is taken up faster than 130 neighbourhoods since 2009 say"),
    Fact(9, "Use follows incentives and mandates", "S164, S165", "more with than without", "what the toolkit's incentives add", "points of organisations with the toolkit, June 2024", 0.0, np.inf),
    Fact(10, "Readiness rose across the pandemic", "S025", "24 to 14 % novices", "begun in a pandemic", "more innovations begun by 100 organisations in 18 months", 0.0, np.inf, "novices are not in the model: what is begun stands for readiness"),
    Fact(11, "Ratings are sticky and compressed", "S078, S079", "79 % good", "rated good", "% rated good at the end of 2025", 74, 84, "status is redrawn, and not enough keeps it where it was"),
    Fact(12, "Leadership proxies have weak workforce gradients", "S100", "", None, why="turnover does not depend on leadership in the model"),
    Fact(13, "Vacancies fall while records rise", "S062, S093, S094", "", None, why="vacancies are an input of the scenario"),
    Fact(14, "Care homes close at about 3 % a year", "S075", "3 %", closures, "% of care homes a year", 2.0, 3.5),
    Fact(15, "Fees lag costs", "S175", "", None, why="fees and costs are inputs"),
    Fact(16, "Ownership does not decide scale-up", "S144", "", None, why="four cases; ownership acts on nothing but size and setting in the model"),
)
# fmt: on


def patterns_of(frames: Frames, runs: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return a row a fact: the published number, the model's with the middle 90 % of draws, and the verdict.

    `runs` are the numbers of `sector_runs.sector_runs`.
    """
    rows = []
    for fact in FACTS:
        row: dict[str, Any] = {"fact": fact.number, "says": fact.says, "sources": fact.sources,
                               "published": fact.reference, "unit": fact.unit}  # fmt: skip
        if fact.measure is None:
            rows.append(row | {"verdict": ELSEWHERE, "why": fact.why})
            continue
        try:
            values = runs[fact.measure] if isinstance(fact.measure, str) else fact.measure(frames)
        except KeyError:
            rows.append(row | {"verdict": ELSEWHERE, "why": "the fit has no such series"})
            continue
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
        met, near = fact.low <= middle <= fact.high, low <= fact.high and high >= fact.low
        verdict = REPRODUCED if met else OPEN if near else NOT
        rows.append(row | {"median": middle, "low": low, "high": high, "verdict": verdict,
                           "why": "" if met else fact.why})  # fmt: skip
    return pd.DataFrame(rows)
