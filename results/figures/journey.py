"""Draws one provider's journey: stages, events, reserves and skill, belief against truth."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from carespread.model.state import STAGES

from ..arrays import Array
from ..stories.provider_history import Followed, Kind
from ..stories.types import JourneyType
from ..words import capital, plain, stage_words, wrapped
from .drawing import Drawing, date_axis, page, placed, row_words, title
from .palette import BLUE, GREEN, HUES, INK, LINE, ORANGE, PALE, PLUM, STAGE_COLOURS

Lane = tuple[tuple[str, ...], str, str]
"""What happens, its colour and its mark."""
LANES: dict[str, Lane] = {
    "senior leader leaves": ((Kind.SENIOR,), PLUM, "v"),
    "a manager leaves": ((Kind.MANAGER,), PLUM, "|"),
    "partner found": ((Kind.PARTNER,), GREEN, "^"),
    "partner lost": ((Kind.PARTED,), ORANGE, "v"),
    "inspection moves the rating": ((Kind.RATED,), INK, "s"),
    "grant begins or ends": ((Kind.GRANT, Kind.GRANT_ENDS), BLUE, "D"),
    "shock": ((Kind.SHOCK,), ORANGE, "X"),
    "closes": ((Kind.CLOSES,), INK, "X"),
}


def journey_drawing(followed: Followed, headline: str, foot: str, name: str = "journey") -> Drawing:
    """Return the timeline of a provider."""
    rows, happened = followed.numbers, followed.events
    lanes = {words: lane for words, lane in LANES.items() if happened["kind"].isin(lane[0]).any()}
    many = len(followed.innovations)
    height = 1.9 + 0.42 * many + 0.3 * len(lanes) + 3.6
    figure = page(12, height, headline, "Bars: the stage of each innovation. Marks: events. Below: reserves in"
                  " months of running cost; skill; and how often each innovation is believed to work (line) and works"
                  " (dots).", foot)  # fmt: skip
    top = 1.35
    axes = placed(figure, 2.6, height - top - 0.42 * many - 0.3, 2.3, top)
    stage_bars(axes, followed)
    legend(axes)
    bottom = height - top - 0.42 * many - 0.3
    if lanes:
        marks = placed(figure, 2.6, bottom - 0.2 - 0.3 * len(lanes), 2.3, height - bottom + 0.2)
        lane_marks(marks, rows, happened, lanes)
    for place, (heading, column, dots) in enumerate((("Reserves, months", "slack", None), ("Skill", "skill", None),
                                                   ("Believed and true", "belief", "truth"))):  # fmt: skip
        left = 0.6 + place * 3.15
        lines = placed(figure, left, 0.95, 12 - left - 2.6, height - 2.9)
        number_lines(lines, followed, heading, column, dots)
    return Drawing(name, figure, f"{headline}. {foot}", happened)


def stage_bars(axes: Axes, followed: Followed) -> None:
    """Draw the stages of each innovation as bars over time."""
    rows = followed.numbers
    for lane, (name, words) in enumerate(followed.innovations.items()):
        stages = rows[f"stage {name}"]
        begins = stages.ne(stages.shift()).cumsum()
        for _, part in rows.groupby(begins):
            ends = part["month"].iloc[-1] + pd.DateOffset(months=1)
            axes.barh(lane, ends - part["month"].iloc[0], left=part["month"].iloc[0], height=0.62,
                      color=STAGE_COLOURS[part[f"stage {name}"].iloc[0]], edgecolor="white", linewidth=0.6)  # fmt: skip
        row_words(axes, lane, capital(words), 8.8, 0.01)
    axes.set_ylim(len(followed.innovations) - 0.5, -0.5)
    axes.set_yticks([])
    date_axis(axes, rows["month"])


def legend(axes: Axes) -> None:
    """Name the colours of the stages beside the bars."""
    for at, stage in enumerate(STAGES):
        y = 1.0 - 0.16 * at
        axes.plot([1.03], [y], "s", color=STAGE_COLOURS[stage], transform=axes.transAxes, clip_on=False, markersize=7)
        axes.text(1.05, y, stage_words(stage), transform=axes.transAxes, size=8.6, color=INK, va="center")


def lane_marks(axes: Axes, rows: pd.DataFrame, happened: pd.DataFrame, lanes: dict[str, Lane]) -> None:
    """Mark what happened, a lane a kind."""
    for lane, (words, (kinds, colour, mark)) in enumerate(lanes.items()):
        months = happened.loc[happened["kind"].isin(kinds), "month"]
        axes.axhline(lane, color=PALE, linewidth=0.7, zorder=0)
        axes.plot(months, [lane] * len(months), mark, color=colour, markersize=6, linestyle="none", clip_on=False)
        row_words(axes, lane, words, 8.6, 0.01)
    axes.set_ylim(len(lanes) - 0.5, -0.5)
    axes.set_yticks([])
    date_axis(axes, rows["month"])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def number_lines(axes: Axes, followed: Followed, heading: str, column: str, dots: str | None) -> None:
    """Draw a number over time: one line, or one for each innovation."""
    rows = followed.numbers
    title(axes, heading, 1.06)
    if column in rows:
        axes.plot(rows["month"], rows[column], color=BLUE, linewidth=1.8)
        axes.axhline(0, color=LINE, linewidth=0.8)
    else:
        for name, colour in zip(followed.innovations, HUES * 2, strict=False):
            axes.plot(rows["month"], rows[f"{column} {name}"], color=colour, linewidth=1.6)
            if dots:
                axes.plot(rows["month"], rows[f"{dots} {name}"], ":", color=colour, linewidth=1.2)
        axes.set_ylim(0, 1)
    if dots:
        for at, (title_of, colour) in enumerate(zip(followed.innovations.values(), HUES * 2, strict=False)):
            words = wrapped(capital(title_of), 26)
            axes.text(1.04, 0.95 - 0.19 * at, words, transform=axes.transAxes, size=8.2, color=colour, va="center")
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    date_axis(axes, rows["month"], 4)


def diverging_drawing(one: Followed, other: Followed, parts: str, foot: str) -> Drawing:
    """Return the stages of the same provider under two scenarios, one below the other."""
    many = len(one.innovations)
    height = 2.4 + 2 * (0.42 * many + 0.55)
    says = "The same provider with the same random draws; bars are the stage of each innovation."
    figure = page(12, height, parts, says, foot)
    for place, followed in enumerate((one, other)):
        above = 1.4 + place * (0.42 * many + 0.55)
        axes = placed(figure, 2.6, height - above - 0.42 * many, 2.3, above)
        stage_bars(axes, followed)
        title(axes, f"Scenario {plain(followed.scenario)}", 1.05)
        if place == 0:
            axes.set_xticks([])
            legend(axes)
    moves = [who.events[who.events["kind"] == Kind.STAGE].assign(scenario=who.scenario) for who in (one, other)]
    return Drawing("parted", figure, f"{parts} {foot}", pd.concat(moves, ignore_index=True))


def types_drawing(kinds: dict[str, list[JourneyType]], titles: dict[str, str], dates: Array, foot: str) -> Drawing:
    """Return the typical journeys: the share of each type's members in each stage, month by month."""
    most = max(len(every) for every in kinds.values())
    height = 2.1 + 1.55 * len(kinds)
    first = next(iter(kinds.values()))
    headline = (
        f"Journeys with {next(iter(titles.values()))} fall into {len(first)} types; the most frequent holds"
        f" {100 * first[0].share:.0f} % of providers"
    )
    figure = page(12, height, headline, "Each panel: members of a type by stage over time. Types from the distance of"
                  " sequences month by month.", foot)  # fmt: skip
    wide = (12 - 2.4 - 1.6) / most
    rows = []
    for line, (name, every) in enumerate(kinds.items()):
        top = 1.5 + 1.55 * line
        figure.text(0.25 / 12, 1 - (top + 0.5) / height, wrapped(capital(titles[name]), 20), size=9.2, color=INK,
                    va="center")  # fmt: skip
        for column, one in enumerate(every):
            axes = placed(figure, 2.2 + column * wide, height - top - 1.0, 12 - 2.2 - (column + 1) * wide + 0.25, top)
            axes.stackplot(dates.astype("datetime64[s]"), one.stages.T, colors=list(STAGE_COLOURS.values()))
            axes.set_ylim(0, 1)
            axes.set_xlim(dates[0], dates[-1])
            axes.set_yticks([])
            axes.set_xticks([])
            axes.text(0, 1.06, f"{100 * one.share:.0f} % of providers", transform=axes.transAxes, size=8.8, color=INK)
            rows += [(name, column + 1, one.share, str(month), *own)
                     for month, own in zip(dates, one.stages, strict=True)]  # fmt: skip
    for at, stage in enumerate(STAGES):
        up = 1 - (1.6 + 0.22 * at) / height
        figure.text((12 - 1.45) / 12, up, "■", color=STAGE_COLOURS[stage], size=11, va="center")
        figure.text((12 - 1.25) / 12, up, stage_words(stage), size=8.6, color=INK, va="center")
    table = pd.DataFrame(rows, columns=["innovation", "type", "share", "month", *STAGES])
    return Drawing("types", figure, f"{headline}. {foot}", table)
