"""Which published series an innovation is compared with, and in which quantity."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from carespread.model.population.country import home

ROLES = {
    "calibration": "evidence to fit to",
    "validation": "evidence held out to test",
    "check_lower_bound": "evidence: at least",
}
"""What a point may be used for, in words; points of other roles are not drawn."""


class Compared(NamedTuple):
    """One published series and the quantity of the model that means the same."""

    innovation: str
    population: str
    group: str
    """Group of the monthly table."""
    words: str


UNSTATED_ERROR = 2.0
"""Points either way, where a source states no error: the allowance under which the series are to be fitted."""
QUANTITIES = {"dscr": "using_share", "dspt": "site_share"}
"""The toolkit is counted by location, the records by provider."""
SERIES = {
    "dscr": (Compared("DSCR", "CQC-registered adult social care providers, England", "all", "all organisations"),),
    "dspt": (
        Compared("DSPT (standards published)", "adult social care providers, England", "all", "all sites"),
        Compared("DSPT (standards published)", "homecare services, England", "setting=homecare", "homecare sites"),
    ),
}


def evidence_points(innovation: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return the published points of an innovation from `first` to `last`, as shares with error and role."""
    rows = []
    for series in SERIES.get(innovation, ()):
        for point in home().adoption_series():
            month = home().month_of(point.date)
            if (point.innovation, point.population) != (series.innovation, series.population) or month is None:
                continue
            at = pd.Timestamp(f"{month}-01")
            if point.role not in ROLES or not first <= at <= last:
                continue
            unstated = UNSTATED_ERROR if point.value_low is None and point.value_high is None else 0.0
            low = point.value - unstated if point.value_low is None else point.value_low
            high = point.value + unstated if point.value_high is None else point.value_high
            rows.append(
                {
                    "group": series.group,
                    "month": at,
                    "share": point.value / 100,
                    "low": low / 100,
                    "high": high / 100,
                    "role": point.role,
                    "bound": _bound(point.value_low, point.value_high),
                    "source_id": point.source_id,
                    "publisher": home().sources()[point.source_id].publisher,
                }
            )
    columns = ["group", "month", "share", "low", "high", "role", "bound", "source_id", "publisher"]
    return pd.DataFrame(rows, columns=columns)


def _bound(low: float | None, high: float | None) -> str:
    """Return which way a point is open: a value with only a lower end is "more than"."""
    if low is not None and high is None:
        return "at least"
    if high is not None and low is None:
        return "at most"
    return ""
