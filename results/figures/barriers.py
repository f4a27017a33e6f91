"""Draws where providers get stuck: the funnel, the top three sticking points by type of provider, rocks and winds."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from carespread.model.attribution.barriers import SAYS

from ..money import two_digits
from ..statistics.barriers import BOTH, PASSING, top_three
from ..words import capital, commas, plain, stage_words, wrapped
from .drawing import Drawing, draw_interval, few_ticks, page, placed, row_axes, row_words, title
from .palette import BLUE, GREEN, GREY, INK, ORANGE, PALE, PLUM, STAGE_COLOURS

FORWARD = ("unaware", "aware", "exploring", "implementing", "sustained")
LEAST_PROVIDERS = 5
HUES = {"awareness": GREEN, "attention": BLUE, "leadership": PLUM, "learning": "#3D8F6A", "skills": "#7B98B9",
        "money": ORANGE, "regulation": GREY, "demand": "#A285D1", "inertia": "#8A6D3B"}  # fmt: skip


def funnel_drawing(funnel: pd.DataFrame, titles: dict[str, str], providers: float, foot: str) -> Drawing:
    """Return the flow from unaware to routine use for each innovation: moves of 100 providers, waits, abandonment."""
    own = funnel[funnel["group"] == "all"]
    height = 1.9 + 1.75 * len(titles)
    abandonments = own[own["stage_to"] == "abandoned"].groupby("innovation", observed=True)["moves"].sum() / providers
    worst = str(abandonments.idxmax()) if len(abandonments) else next(iter(titles))
    headline = (
        f"{capital(titles[worst])}: abandoned most often, {100 * float(abandonments.max()):.0f} per 100 organisations"
        if len(abandonments)
        else "No innovation is abandoned on the way"
    )
    figure = page(12, height, headline, "Moves by 100 organisations over the whole run (who comes back moves"
                  " again); below each stage the mean months from coming to it to leaving it. Orange: abandoned.",
                  foot)  # fmt: skip
    axes = placed(figure, 2.4, 0.75, 0.4, 1.25)
    axes.set_xlim(-0.35, 4.5)
    axes.set_ylim(len(titles) - 0.35, -0.5)
    axes.axis("off")
    most = float(own["moves"].max()) / providers
    for line, (name, words) in enumerate(titles.items()):
        rows = own[own["innovation"] == name].set_index(["stage_from", "stage_to"])
        axes.text(-0.5, line, wrapped(capital(words), 22), size=9.2, color=INK, ha="right", va="center")
        for at, stage in enumerate(FORWARD):
            axes.add_patch(Rectangle((at - 0.26, line - 0.17), 0.52, 0.34, color=STAGE_COLOURS[stage]))
            ink = "white" if stage in ("exploring", "sustained") else INK
            axes.text(at, line, stage_words(stage), size=8.2, color=ink, ha="center", va="center")
            waits = rows[rows.index.get_level_values(0) == stage]["months_in_stage"].dropna()
            if len(waits):
                months = f"{waits.iloc[0]:.0f} months"
                axes.text(at, line + 0.24, months, size=7.8, color=GREY, ha="center", va="center")
            if at < 4:
                _arrow(axes, rows, stage, FORWARD[at + 1], (at + 0.26, line), (at + 0.74, line), providers, most, BLUE)
            if (stage, "abandoned") in rows.index:
                _arrow(axes, rows, stage, "abandoned", (at + 0.08, line - 0.17), (at + 0.32, line - 0.42), providers,
                       most, ORANGE)  # fmt: skip
    return Drawing("funnel", figure, f"{headline}. {foot}", own)


def _arrow(
    axes: Axes, rows: pd.DataFrame, old: str, new: str, start: tuple[float, float], end: tuple[float, float],
    providers: float, most: float, colour: str,
) -> None:  # fmt: skip
    """Draw a move as an arrow as wide as it is frequent, with how often 100 providers make it."""
    if (old, new) not in rows.index:
        return
    share = float(rows.loc[(old, new), "moves"]) / providers
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, shrinkA=0, shrinkB=0,
                                   linewidth=0.8 + 7 * share / most, color=colour, alpha=0.85))  # fmt: skip
    x, y, side = ((start[0] + end[0]) / 2, start[1] - 0.09, "center") if colour == BLUE else (*end, "left")
    axes.text(x + (0.02 if side == "left" else 0), y, f"{100 * share:.0f}", size=8.6, color=colour, ha=side,
              va="bottom", weight="bold")  # fmt: skip


def passing_drawing(passing: pd.DataFrame, providers: dict[str, float], foot: str) -> Drawing:
    """Return waiting times, pilots continued and abandonment by setting, size and region."""
    groups = [group for group, many in providers.items() if BOTH not in group and many >= LEAST_PROVIDERS]
    rows = passing.set_index("group").loc[groups]
    pilots = rows.loc[[group for group in groups if group.startswith(("setting", "size"))], PASSING[1]]
    headline = (
        f"Of pilots {pilots.min():.0f} % are continued by {str(pilots.idxmin()).partition('=')[2]},"
        f" {pilots.max():.0f} % by {str(pilots.idxmax()).partition('=')[2]}"
    )
    figure = page(13, 2.3 + 0.34 * len(groups), headline, "Over all innovations; months are means of those who then"
                  " moved on (or back). Dashed: all providers.", foot)  # fmt: skip
    for column, name in enumerate(PASSING):
        left = 2.9 + 2.5 * column
        axes = placed(figure, left, 0.9, 13 - left - 2.2, 1.5)
        axes.plot(rows[name], range(len(groups)), "o", color=BLUE, markersize=6, clip_on=False)
        axes.axvline(rows.loc["all", name], color=ORANGE, linewidth=1, linestyle="--")
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xlim(0, 1.12 * float(rows[name].max()) or 1.0)
        few_ticks(axes, 3)
        axes.grid(axis="y", color=PALE, linewidth=0.7)
        title(axes, capital(name), 1.03, 9.2)
        axes.set_yticks(range(len(groups)), group_words(groups) if column == 0 else [""] * len(groups))
    return Drawing("passing", figure, f"{headline}. {foot}", rows.reset_index())


def group_words(groups: list[str]) -> list[str]:
    """Return groups of one dimension in words."""
    return [capital(group.partition("=")[2] or "all providers") for group in groups]


def types_of_provider(providers: dict[str, float]) -> list[str]:
    """Return the types that are told apart: each setting with each size, where there are enough organisations."""
    return [group for group, many in providers.items() if BOTH in group and many >= LEAST_PROVIDERS]


def sticking_drawing(barriers: pd.DataFrame, providers: dict[str, float], foot: str) -> Drawing:
    """Return the top three sticking points of each type of provider, in words."""
    groups = types_of_provider(providers)
    rows = []
    for group in groups:
        for place, (barrier, share) in enumerate(top_three(barriers, group), 1):
            rows.append((group, place, barrier, share, SAYS[barrier]))
    table = pd.DataFrame(rows, columns=["group", "place", "barrier", "share", "says"])
    first = table[table["place"] == 1]["barrier"].value_counts()
    headline = (
        f"What holds back most types of provider first is {first.index[0]}: {first.iloc[0]} of {len(groups)}; then"
        f" {table[table['place'] == 2]['barrier'].value_counts().index[0]}"
    )
    height = 2.2 + 0.5 * len(groups)
    figure = page(13, height, headline, "For each type of provider the three barriers that took most of the months in"
                  " which it did not move on, with their share; what pilots and implementation take is left out.",
                  foot)  # fmt: skip
    axes = placed(figure, 3.4, 0.75, 0.3, 1.45)
    axes.set_xlim(0, 3)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.axis("off")
    for line, group in enumerate(groups):
        setting, size = group.removeprefix("setting=").split(BOTH)
        axes.text(-0.03, line, f"{capital(setting)}\n{size}", size=8.6, color=INK, ha="right", va="center")
        for row in table[table["group"] == group].itertuples():
            left = row.place - 1
            axes.add_patch(Rectangle((left, line + 0.26), 0.95 * row.share, 0.14, color=HUES[row.barrier]))
            axes.add_patch(Rectangle((left, line - 0.4), 0.95, 0.8, fill=False, edgecolor=PALE))
            part = f"{100 * row.share:.0f} %"
            axes.text(left + 0.02, line - 0.06, part, size=9.2, color=INK, va="center", weight="bold")
            axes.text(left + 0.16, line - 0.06, wrapped(row.says, 36), size=8.2, color=INK, va="center")
    for place, words in enumerate(("First", "Second", "Third")):
        axes.text(place, -0.62, words, size=9.4, color=INK, weight="bold", va="bottom")
    return Drawing("sticking_points", figure, f"{headline}. {foot}", table)


def weather_drawing(weather: pd.DataFrame, providers: dict[str, float], foot: str) -> Drawing:
    """Return rocks, headwinds and thunderstorms by setting and size, in months lost by an organisation."""
    groups = [group for group in providers if BOTH not in group and not group.startswith("region")]
    sums = weather.groupby("group", observed=True)[["rocks", "headwinds", "thunderstorms"]].sum()
    each = sums.loc[groups].div(pd.Series(providers)[groups], axis=0)
    largest = each.loc["all"].idxmax()
    headline = f"Of rocks, headwinds and thunderstorms {largest} cost most: {each.loc['all', largest]:.0f} months each"
    figure = page(12, 2.4 + 0.42 * len(groups), headline, "Months that one organisation lost over all innovations."
                  " Rocks: fixed barriers (money, rules, what is good enough). Headwinds: persistent drag (attention,"
                  " awareness, leadership, skills, learning, demand). Thunderstorms: months of work lost when a journey"
                  " fell back.", foot)  # fmt: skip
    axes = placed(figure, 2.6, 0.85, 2.2, 1.75)
    left = pd.Series(0.0, index=groups)
    for (name, colour), ink in zip((("rocks", GREY), ("headwinds", BLUE), ("thunderstorms", ORANGE)),
                                   ("white", "white", INK), strict=True):  # fmt: skip
        axes.barh(range(len(groups)), each[name], 0.66, left=left, color=colour)
        for line, group in enumerate(groups):
            if each.loc[group, name] > 0.06 * each.sum(axis=1).max():
                axes.text(left[group] + each.loc[group, name] / 2, line, f"{each.loc[group, name]:.0f}", size=8.6,
                          color=ink, ha="center", va="center")  # fmt: skip
        left = left + each[name]
    axes.set_yticks(range(len(groups)), group_words(groups))
    axes.set_ylim(len(groups) - 0.5, -0.5)
    for at, (name, colour) in enumerate((("rocks", GREY), ("headwinds", BLUE), ("thunderstorms", ORANGE))):
        axes.text(1.03, 0.95 - 0.09 * at, name, transform=axes.transAxes, size=9.6, color=colour, weight="bold")
    return Drawing("weather", figure, f"{headline}. {foot}", each.reset_index(names="group"))


def cheapest_words(easing: pd.DataFrame) -> str:
    """Return where a pound moves most, of steps in the order of what an extra use costs."""
    first = easing.iloc[0]
    if math.isnan(first["cost_per_extra_use"]):
        return "No step gains uses that are told apart from none, so none has a cost of an extra use"
    step = f"{first['barrier']} ({plain(first['lever'])} {first['unit']})"
    if first["cost_per_extra_use"] <= 0:
        return f"Easing against {step} saves money and gains uses"
    pounds = commas(two_digits(first["cost_per_extra_use"]))
    return f"A pound moves most against {step}: GBP {pounds} an extra use, public and providers' cost"


def easing_drawing(easing: pd.DataFrame, foot: str) -> Drawing:
    """Return what easing each barrier by one step gives, in the order of what an extra use costs."""
    rows = easing
    headline = cheapest_words(rows)
    says = (
        "Extra uses at the end by 100 organisations against the same runs without it, 95 % intervals of pairs, ordered"
        " by what an extra use costs in all."
    )
    figure = page(12, 2.5 + 0.5 * len(rows), headline, says, foot)
    axes = placed(figure, 4.4, 0.95, 3.0, 1.5)
    for line, row in enumerate(rows.itertuples()):
        ends = (row.extra_users_low, row.extra_users_high)
        draw_interval(axes, line, ends, row.extra_users, BLUE if ends[0] > 0 or ends[1] < 0 else GREY)
        row_words(axes, line, f"{row.barrier}: {plain(row.lever)} {row.unit}", 9)
        each = "" if math.isnan(row.cost_per_extra_use) else f"; GBP {commas(two_digits(row.cost_per_extra_use))} each"
        row_words(axes, line, f"GBP {row.cost_total / 1e6:,.1f} million{each}", 9, 1.03)
    row_axes(axes, len(rows))
    return Drawing("easing", figure, f"{headline}. {foot}", rows)
