"""How fast and how sure: use over time as a fan beside the published points, and the journey by stage."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carespread.model import Policy
from carespread.model.declare import entries
from carespread.model.state import STAGES

from ..store.tables import Results
from ..words import capital, month_words, percent, plain, span, stage_words
from .drawing import (
    Drawing,
    bands,
    bands_words,
    date_axis,
    draw_fan,
    end_labels,
    fan_table,
    page,
    percent_axis,
    placed,
    runs_words,
    title,
)
from .evidence_points import QUANTITIES, ROLES, SERIES, UNSTATED_ERROR, evidence_points
from .labels import Clear
from .palette import BLUE, GREEN, GREY, INK, ORANGE, PALE, PLUM, STAGE_COLOURS

QUANTITY_WORDS = {
    "using_share": "share of organisations that use it (implementing or in routine use)",
    "site_share": "share of sites (registered locations) that use it",
}
UNITS_OF = {"using_share": "organisations", "site_share": "sites"}
MOST_LEVERS = 5
MARKS = {"calibration": ("o", PLUM), "validation": ("D", PLUM), "check_lower_bound": ("^", PLUM)}
STACKED = ("sustained", "implementing", "exploring", "aware", "unaware", "abandoned")
"""Stages from the bottom of the figure to its top."""


def adoption_tables(results: Results, innovation: str) -> dict[str, Any]:
    """Return what the figure is drawn from: fans by group, evidence, stages by month, levers by time."""
    monthly = results.monthly[results.monthly["innovation"] == innovation]
    quantity = QUANTITIES.get(innovation, "using_share")
    months = monthly["month"]
    points = evidence_points(innovation, pd.Timestamp(months.min()), pd.Timestamp(months.max()))
    groups = {"all": f"all {UNITS_OF[quantity]}"}
    groups |= {one.group: one.words for one in SERIES.get(innovation, ()) if one.group in set(points["group"])}
    fans = {}
    for group in groups:
        rows = monthly[monthly["group"] == group]
        if len(rows):
            fans[group] = fan_table(rows.pivot(index="month", columns="replication", values=quantity))
    everyone = monthly[monthly["group"] == "all"]
    counts = everyone.groupby("month", observed=True)[[*STAGES, "providers"]].mean()
    return {
        "quantity": quantity,
        "groups": groups,
        "fans": fans,
        "points": points,
        "stages": counts[list(STAGES)].div(counts["providers"], axis=0),
        "levers": lever_rows(results.made_by, innovation, months.min(), months.max()),
        "runs": int(everyone["replication"].nunique()),
        "begins": begins(results.made_by["innovations"][innovation]["start"], months),
    }


def begins(start: str, months: pd.Series) -> pd.Timestamp:
    """Return the month from which an innovation moves: its own start, or the first month drawn."""
    return min(max(pd.Timestamp(f"{start}-01"), months.min()), months.max())


def lever_rows(made_by: dict[str, Any], innovation: str, first: Any, last: Any) -> pd.DataFrame:
    """Return the levers that reach an innovation, cut to the months drawn."""
    rows: list[tuple[str, Any, Any, str]] = []
    standing = [{"name": name, "strength": value} for name, value in made_by["policy"].items() if value != 0]
    units = {name: entry.about.unit for name, entry in entries(Policy).items()}
    units |= {own["name"]: own["unit"] for own in made_by["conditions"].get("own_levers", ())}
    for lever in [*made_by["conditions"]["levers"], *standing]:
        if lever.get("innovation") not in (None, innovation) or lever["strength"] == 0:
            continue
        start = pd.Timestamp(f"{lever['start']}-01") if lever.get("start") else pd.Timestamp(first)
        end = pd.Timestamp(f"{lever['end']}-01") if lever.get("end") else pd.Timestamp(last)
        if start > last or end < first:
            continue
        group = lever.get("group", "all")
        words = plain(lever["name"]) + ("" if group == "all" else f" ({group.partition('=')[2] or plain(group)})")
        says = strength_words(units[lever["name"]], lever["strength"])
        if lever.get("times"):  # nobody knows how strong: one bar, however it grows
            words, says = plain(lever["times"]), "grows"
            if rows and rows[-1][0] == words:
                start = rows.pop()[1]
        rows.append((words, max(start, first), min(end, last), says))
    return pd.DataFrame(rows, columns=["lever", "start", "end", "says"])


def strength_words(unit: str, strength: float) -> str:
    """Return the strength of a lever with its unit, a share as a percentage."""
    return percent(strength) if unit.startswith("share") else f"{strength:g} {unit}"


def adoption_drawing(results: Results, innovation: str) -> Drawing:
    """Return the figure of one innovation."""
    made = adoption_tables(results, innovation)
    name_of = capital(results.made_by["innovations"][innovation]["title"])
    last = made["fans"]["all"].iloc[-1]
    first = made["fans"]["all"].set_index("month", drop=False).loc[made["begins"]]
    units = UNITS_OF[made["quantity"]]
    (_, _), name, beside = bands(made["runs"])
    headline = (
        f"{name_of}: {percent(first['median'])} of {units} in {month_words(first['month'])},"
        f" {percent(last['median'])} in {month_words(last['month'])}"
    )
    sure = "" if made["runs"] == 1 else f" ({span(last['low_90'], last['high_90'])} {beside})"
    tested = _against(made, units)
    lines = f"The line is the median run, the dark band holds the middle half of the runs, the light band {name}."
    says = (
        f"Left: {QUANTITY_WORDS[made['quantity']]}. {lines if made['runs'] > 1 else ''}"
        " Right: organisations by stage of the journey, mean of the runs."
    )
    foot = f"{runs_words(results.made_by, made['runs'])}. {bands_words(results.made_by, made['runs'])}"
    if len(made["points"]):
        foot += f" Evidence: {', '.join(sorted(set(made['points']['publisher'])))}."
        foot += f" Bars on points: {UNSTATED_ERROR:g} points either way where the source states no error."
    elif innovation in SERIES:
        foot += " Published points lie before the months shown."
    else:
        foot += " No published series is known."
    return Drawing(
        f"adoption-{innovation}",
        adoption_figure(made, headline, says, foot),
        f"{headline}{sure}. {tested}{_stages_words(made['stages'])} {runs_words(results.made_by, made['runs'])}.",
        adoption_csv(made),
    )


def _against(made: dict[str, Any], units: str) -> str:
    """Return the last published point beside the model's median of the same month, in words."""
    points = made["points"][(made["points"]["group"] == "all") & (made["points"]["role"] != "check_lower_bound")]
    if not len(points):
        return ""
    point = points.sort_values("month").iloc[-1]
    fan = made["fans"]["all"].set_index("month")["median"]
    return (
        f"The last published point is {percent(point['share'])} of {units} in {month_words(point['month'])}"
        f" ({ROLES[point['role']]}); the model's median run has {percent(fan[point['month']])} then. "
    )


def _stages_words(stages: pd.DataFrame) -> str:
    last = stages.iloc[-1]
    parts = [f"{percent(last[name])} {stage_words(name)}" for name in STACKED]
    return f"At the end, by stage: {', '.join(parts)}."


def adoption_csv(made: dict[str, Any]) -> pd.DataFrame:
    """Return the numbers behind the figure, one kind of row after another."""
    fans = [fan.assign(kind="model", series=made["groups"][group]) for group, fan in made["fans"].items()]
    stages = made["stages"].reset_index().melt("month", var_name="series", value_name="median")
    points = made["points"].rename(columns={"share": "median", "low": "low_90", "high": "high_90"})
    points = points.assign(kind="evidence", series=points["group"].map(made["groups"]))
    both = [*fans, stages.assign(kind="stage, mean"), *([points] if len(points) else [])]
    columns = ["kind", "series", "month", "low_90", "low_50", "median", "high_50", "high_90", "role", "bound",
               "source_id"]  # fmt: skip
    return pd.concat(both, ignore_index=True).reindex(columns=columns)


def adoption_figure(made: dict[str, Any], headline: str, says: str, foot: str) -> Figure:
    """Return the figure of `adoption_tables`."""
    levers = list(dict.fromkeys(made["levers"]["lever"]))[:MOST_LEVERS]
    strip = 0.3 + 0.26 * len(levers) if levers else 0.0
    figure = page(11, 5.6 + strip, headline, says, foot)
    axes = placed(figure, 0.65, 0.95 + strip, 5.1, 1.35)
    percent_axis(axes, _largest(made))
    all_months = made["fans"]["all"]["month"]
    date_axis(axes, all_months)
    colours = [BLUE, GREEN, ORANGE]
    clear = Clear(figure, axes)
    labels = []
    for (group, fan), colour in zip(made["fans"].items(), colours, strict=False):
        draw_fan(axes, fan, colour)
        clear.keep_off(fan["month"], fan["low_90"])
        clear.keep_off(fan["month"], fan["high_90"])
        end = fan.iloc[-1]
        words = f"{percent(end['median'])} of\n{made['groups'][group]}"
        if made["runs"] > 1:
            words += f"\n({span(end['low_90'], end['high_90'])})"
        labels.append((end["median"], words, colour))
    end_labels(axes, all_months.iloc[-1], labels, size=9.5, gap=0.16)
    _draw_beginning(axes, made["begins"], all_months.iloc[0])
    _draw_points(axes, made, colours, clear)
    if levers:
        _draw_levers(placed(figure, 0.65, 0.62, 5.1, 5.6 - 0.58), made["levers"], levers, all_months)
    _draw_stages(placed(figure, 7.75, 0.95 + strip, 1.65, 1.35), made["stages"])
    return figure


def _largest(made: dict[str, Any]) -> float:
    """Return the largest share that is drawn: what few use is drawn on a finer scale."""
    shares = [fan["high_90"].max() for fan in made["fans"].values()]
    return float(max([*shares, *(made["points"]["high"] if len(made["points"]) else ())]))


def _draw_beginning(axes: Axes, begins: pd.Timestamp, first: pd.Timestamp) -> None:
    """Shade the months in which an innovation that has not begun stands still."""
    if begins - first > pd.Timedelta(days=100):
        axes.axvspan(first, begins, color=PALE, alpha=0.45, linewidth=0, zorder=0)
        axes.annotate(
            f"held until\n{month_words(begins)[:3]} {begins.year}",
            (begins, 0.02), xytext=(-4, 0), textcoords="offset points",
            size=8.3, color=GREY, ha="right", va="bottom", annotation_clip=False,
        )  # fmt: skip


def _draw_points(axes: Axes, made: dict[str, Any], colours: list[str], clear: Clear) -> None:
    """Draw the published points with their error and role, and name each role once, beside one of its points."""
    points = made["points"]
    several = points["group"].nunique() > 1
    edges = dict(zip(made["fans"], colours, strict=False))
    for point in points.itertuples():
        mark, colour = MARKS[point.role]
        colour = edges.get(point.group, colour) if several else colour
        if point.high > point.low:
            axes.plot([point.month] * 2, [point.low, point.high], color=colour, linewidth=1.3, clip_on=False)
        filled = point.role == "calibration"
        axes.plot(
            [point.month], [point.share], mark, color=colour, markerfacecolor=colour if filled else "white",
            markersize=7, markeredgewidth=1.6, clip_on=False, zorder=5,
        )  # fmt: skip
        if point.bound:
            way = 1 if point.bound == "at least" else -1
            axes.annotate(
                "", (point.month, point.share + way * 0.075), (point.month, point.share),
                arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.2}, zorder=4,
            )  # fmt: skip
            clear.keep_off([point.month] * 3, [point.share + way * part for part in (0.02, 0.05, 0.075)])
        clear.keep_off([point.month], [point.share])
    for role, words in ROLES.items():
        for bound in ("", "at least", "at most"):
            chosen = points[(points["role"] == role) & (points["bound"] == bound)].sort_values("month")
            if len(chosen) and not (bound and role == "check_lower_bound" and bound != "at least"):
                said = words if not bound or words.endswith(bound) else f"{words}: {bound}"
                colour = PLUM if not several else INK
                clear.write(said, [(row.month, row.share) for row in chosen.itertuples()], colour)


def _draw_stages(axes: Axes, stages: pd.DataFrame) -> None:
    """Draw the stages as stacked areas, each named at its right end."""
    percent_axis(axes)
    date_axis(axes, stages.index, most=3)
    colours = [STAGE_COLOURS[name] for name in STACKED]
    axes.stackplot(stages.index, *[stages[name] for name in STACKED], colors=colours, edgecolor="white", linewidth=0.5)
    last = stages[list(STACKED)].iloc[-1]
    rows = [(top - last[name] / 2, f"{percent(last[name])} {stage_words(name)}", INK)
            for name, top in last.cumsum().items()]  # fmt: skip
    end_labels(axes, stages.index[-1], rows, size=8.8)
    title(axes, "Organisations by stage", 1.03, 9.5)


def _draw_levers(axes: Axes, rows: pd.DataFrame, names: list[str], months: pd.Series) -> None:
    """Draw when the scenario pulls which lever, as bars under the time axis."""
    date_axis(axes, months)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_ylim(len(names) - 0.45, -1.05)
    axes.set_yticks([])
    first = months.iloc[0]
    every = rows["lever"].nunique()
    words = "What the scenario does" + (f" ({len(names)} of {every} levers)" if every > len(names) else "")
    axes.text(first, -0.72, words, size=8.8, color=GREY, va="center")
    for row in rows[rows["lever"].isin(names)].itertuples():
        at = names.index(row.lever)
        end = row.end + pd.offsets.MonthEnd(0)
        axes.barh(at, end - row.start, left=row.start, height=0.7, color=PALE, edgecolor="white")
        axes.text(row.start, at, f" {row.lever} {row.says}", size=8.3, color=INK, va="center", clip_on=False)
