"""Scenes of those who provide care: a manager who leaves, a shock that strikes."""

from __future__ import annotations

import numpy as np

from carespread.model import Conditions, Parameters, Policy, Shock, prepare
from carespread.model.mechanisms.leadership import MONTHS_OF_UNREST
from carespread.model.state import ABANDONED
from carespread.results.figures.palette import BLUE, GREY, ORANGE
from carespread.results.figures.showcase import Line, View, of_runs, scene

from .common import COLOURS, PROVIDERS, Scene, foot, months_of, smoothed, stage_in_use


def departure() -> Scene:
    """What does it cost when a manager leaves?"""
    runs, months, when = 8, 84, 24
    cases = {"nobody leaves at once": None, "as good a leader comes": 0.0, "a worse one (-.25)": -0.25,
             "a better one (+.25)": 0.25}  # fmt: skip
    abandoned = {words: np.zeros((runs, months)) for words in cases}
    using = {words: np.zeros((runs, months)) for words in cases}
    for words, change in cases.items():
        for run in range(runs):
            prepared = prepare(
                Parameters.of(), Policy.of(), providers=PROVIDERS, months=months, seed=run + 1,
                innovations=["electronic_medication_records", "acoustic_monitoring"],
            )  # fmt: skip
            single = prepared.state.providers["sites"] == 1
            used = stage_in_use(prepared)[single]
            for month in months_of(prepared):
                if month >= 0:
                    gone = used & (prepared.state.pairs["stage"][single] == ABANDONED)
                    abandoned[words][run, month] = 1200 * gone.sum() / used.sum()
                    using[words][run, month] = stage_in_use(prepared)[single].any(1).mean()
                used = stage_in_use(prepared)[single]
                if month == when - 1 and change is not None:
                    rows = prepared.state.rows
                    rows["manager"][single] = np.clip(rows["manager"][single] + change, 0.01, 1.0)
                    rows["unrest"][single], rows["unrest_left"][single] = 1.0, MONTHS_OF_UNREST
    usual = using["nobody leaves at once"]
    rates = {words: smoothed(one) for words, one in abandoned.items()}
    unrest = {words: float(np.median(one[:, when : when + 6].mean(1))) for words, one in abandoned.items()}
    ends = {words: float(np.median(100 * (one - usual)[:, -1])) for words, one in using.items()}
    headline = (
        f"For six months after managers leave, {unrest['as good a leader comes']:.1f} % a year of what is used is"
        f" abandoned, not {unrest['nobody leaves at once']:.1f} %; worse successors cost"
        f" {-ends['a worse one (-.25)']:.1f} points of use in five years"
    )
    time = (np.arange(months) + 1 - when) / 12
    colours = dict(zip(cases, (GREY, COLOURS[1], ORANGE, BLUE), strict=True))
    views = [
        View("Abandonment", "years after the managers left", "of what is in use, % a year (mean of 5 months)",
             tuple(Line(words, time, *bands(one), colours[words]) for words, one in rates.items()), 0, 4,
             ((0, "all leave"),)),
        View("Use of either innovation", "years after the managers left",
             "points, against nobody leaving, same random draws",
             tuple(of_runs(words, time, 100 * (one - usual), colours[words])
                   for words, one in using.items() if words != "nobody leaves at once"), -2, 2, ((0, "all leave"),)),
    ]  # fmt: skip
    worse, better = ends["a worse one (-.25)"], ends["a better one (+.25)"]
    return Scene(
        "What does it cost when a manager leaves?",
        "Every manager of an organisation with one site is made to leave in the same month. Six months of unrest raise"
        f" abandoning (8); later it is who came that counts (4): {worse:+.1f} points of use with worse leaders,"
        f" {better:+.1f} with better ones. Managers go on leaving as usual in all cases.",
        scene("departure", headline, "Electronic medication records and acoustic monitoring in one-site organisations.",
              foot(runs), views),
    )  # fmt: skip


def bands(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the median of the runs alone: where four lines lie close, bands would hide them."""
    middle = np.median(runs, 0)
    return middle, middle, middle


def shock() -> Scene:
    """Who innovates in a shock?"""
    runs, months, begins, ends = 8, 48, 24, 42
    pandemic = Conditions(shocks=(Shock("pandemic", "2028-01", end="2029-06"),))
    traits = ("leadership", "learning", "reserves")
    begins_of = {trait: np.zeros((2, runs, 5)) for trait in traits}
    for run in range(runs):
        starts, kinds = [], {}
        for conditions in (Conditions(), pandemic):
            prepared = prepare(
                Parameters.of(), Policy.of(), providers=PROVIDERS, months=months, seed=run + 1, conditions=conditions
            )
            begun, before = np.zeros(PROVIDERS), stage_in_use(prepared)[:PROVIDERS]  # newcomers stand last
            for month in months_of(prepared):
                if month == begins - 1:
                    rows, of = prepared.state.rows[:PROVIDERS], prepared.state.traits[:PROVIDERS]
                    kinds = {"leadership": rows["manager"].copy(), "learning": of["learning"].copy(),
                             "reserves": rows["slack"].copy()}  # fmt: skip
                now = stage_in_use(prepared)[:PROVIDERS]
                if begins <= month < ends:
                    begun += (now & ~before).sum(1)
                before = now
            starts.append(begun)
        for trait in traits:
            fifth = np.argsort(np.argsort(kinds[trait], kind="stable")) * 5 // PROVIDERS
            for case in (0, 1):
                begins_of[trait][case, run] = [100 * starts[case][fifth == one].mean() for one in range(5)]
    more = {trait: both[1] - both[0] for trait, both in begins_of.items()}
    everybody = float(np.median(more["reserves"].mean(1)))
    gaps = {trait: float(np.median(values[:, -1] - values[:, 0])) for trait, values in more.items()}
    widest = max(gaps, key=lambda one: abs(gaps[one]))
    headline = (
        f"In eighteen months of a pandemic 100 organisations begin {everybody:.1f} more innovations than without it;"
        f" what tells them apart is {widest}: {gaps[widest]:+.1f} between the top and the bottom fifth"
    )
    fifths = np.arange(1, 6)
    x, y = "fifth of organisations, lowest to highest", "innovations begun by 100 organisations"
    views = [
        View("More than without the pandemic", x, y, tuple(
            of_runs(f"by {trait}", fifths, more[trait], colour)
            for trait, colour in zip(traits, COLOURS, strict=False)), -2, 8),
        View(f"By {widest}, with and without", x, y, (
            of_runs("with", fifths, begins_of[widest][1], ORANGE),
            of_runs("without", fifths, begins_of[widest][0], GREY)), 0, 30),
    ]  # fmt: skip
    return Scene(
        "Who innovates in a shock?",
        "The same organisations with the same random draws, with and without a pandemic that makes working apart worth"
        " more, cuts rules and set-up cost, and drains reserves. What is cheaper to set up is within reach of those"
        " without reserves too. The well-led and the learning use more already, so less is left for them to begin,"
        " but they begin it more readily: the lines show what remains of both.",
        scene("shock", headline, "Fifths by what they were the month before the shock.", foot(runs), views),
    )
