"""Scenes of what trials have seen: programmes for leaders, a culture of learning, and duties with a date."""

from __future__ import annotations

import numpy as np

from carespread.model import Conditions, Lever, Parameters, Policy, Switches, prepare
from carespread.model.mechanisms import leadership, learning
from carespread.model.simulate import Prepared
from carespread.model.state import AWARE, IMPLEMENTING, SUSTAINED
from carespread.results.figures.palette import BLUE, GREEN, GREY, ORANGE
from carespread.results.figures.showcase import View, of_runs, scene

from .common import PROVIDERS, Scene, foot, months_of

NAME, WHAT, RUNS = "electronic_medication_records", "electronic medication records", 8
TRIAL = 20.0
"""Points of practice that a year of a programme in leading an implementation added in a trial (T33)."""


def shares(levers: tuple[Lever, ...], begin: int, months: int, **switches: bool) -> dict[str, np.ndarray]:
    """Return, month by month, which share of organisations that all begin at one stage has it in routine use and in
    use at all, and turnover of staff, in % (a year), each of shape (runs, months + 1).
    """
    told = {name: np.zeros((RUNS, months + 1)) for name in ("routine", "using", "turnover")}
    for run in range(RUNS):
        prepared = prepare(
            Parameters.of(), Policy.of(), providers=PROVIDERS, months=months, seed=run + 1, innovations=[NAME],
            conditions=Conditions(levers=levers), switches=Switches.of(exit=False, entry=False, **switches),
        )  # fmt: skip
        pairs, weight = prepared.state.pairs, prepared.state.providers["weight"]
        pairs["stage"], pairs["sites_in_use"] = begin, begin >= IMPLEMENTING
        for month in months_of(prepared):
            stage = pairs["stage"][:, 0]
            told["routine"][run, month + 1] = np.average(stage == SUSTAINED, weights=weight)
            told["using"][run, month + 1] = np.average((stage == SUSTAINED) | (stage == IMPLEMENTING), weights=weight)
            told["turnover"][run, month + 1] = 12 * np.average(
                [turnover(prepared, max(0, month), i) for i in range(0, len(weight), 20)], weights=weight[::20]
            )
    return {name: 100 * values for name, values in told.items()}


def turnover(prepared: Prepared, month: int, i: int) -> float:
    """Return the turnover of staff of provider i, 1/month."""
    frame, state = prepared.frame, prepared.state
    return float(leadership.turnover(frame, state, month, i, learning.culture(frame, state, month, i)))


def leading() -> Scene:
    """What do leadership and learning do that a trial has seen?"""
    months, ends = 24, 12
    dose = tuple(Lever(one, 0.26, "2026-01", "2026-12") for one in ("senior_programme", "manager_programme"))
    course = Lever("leadership_course", 0.05, "2026-01", "2026-12")
    cases = {
        "no programme": shares((), IMPLEMENTING, months),
        "general course": shares((course,), IMPLEMENTING, months),
        "programme in leading it": shares(dose, IMPLEMENTING, months),
        "without its climate": shares(dose, IMPLEMENTING, months, climate=False),
        "all managers kept": shares((Lever("manager_retention", 1.0),), IMPLEMENTING, months),
    }  # fmt: skip
    usual = cases["no programme"]["routine"]
    gain = {words: round(float(np.median((one["routine"] - usual)[:, ends]))) for words, one in cases.items()}
    time = np.arange(months + 1)
    colours = dict(zip(cases, (GREY, GREEN, BLUE, ORANGE, "#801650"), strict=True))
    headline = (
        f"A year of a programme in leading an implementation adds {gain['programme in leading it']} points of"
        f" routine use, where a trial found {TRIAL:.0f}; a course in general leadership adds"
        f" {gain['general course']}, and keeping every manager {gain['all managers kept']}"
    )
    views = [
        View("Routine use", "months since all began to implement", "of organisations, %",
             tuple(of_runs(words, time, cases[words]["routine"], colours[words])
                   for words in ("no programme", "programme in leading it")), 0, 100, ((ends, "support ends"),)),
        View("What it adds", "months since all began to implement", "points, same random draws",
             tuple(of_runs(words, time, one["routine"] - usual, colours[words])
                   for words, one in cases.items() if words != "no programme"), -3, 25, ((ends, "support ends"),)),
    ]  # fmt: skip
    return Scene(
        "What do leadership and learning do that a trial has seen?",
        "The programme raises senior leaders and managers, and with them the climate in which people learn (4b):"
        f" without that climate it adds {gain['without its climate']} points. When support ends both"
        " fade. What does not help much: general leadership, which hardly moves, and keeping managers, since they are"
        " away or new for a small part of the time. No trial of keeping managers exists.",
        scene("leading", headline, f"All implement {WHAT}.", foot(RUNS), views),
    )  # fmt: skip


def duties() -> Scene:
    """What does a duty do that a wish does not?"""
    months = 24
    wish = Lever("commissioner_requirement", 1.0)
    cases = {
        "nothing": shares((), AWARE, months),
        "commissioners wish it": shares((wish,), AWARE, months),
        "a duty that is enforced": shares((wish, Lever("enforcement", 1.0)), AWARE, months),
    }
    time = np.arange(months + 1)
    colours = dict(zip(cases, (GREY, BLUE, ORANGE), strict=True))
    ends = {words: float(np.median(one["using"][:, 12])) for words, one in cases.items()}
    staff = {words: float(np.median(one["turnover"][:, 6])) for words, one in cases.items()}
    headline = (
        f"A year after all have heard of it {ends['a duty that is enforced']:.0f} % of organisations use what is"
        f" enforced, {ends['commissioners wish it']:.0f} % what commissioners wish, {ends['nothing']:.0f} % what nobody"
        f" asks for; the duty raises turnover of staff by {staff['a duty that is enforced'] - staff['nothing']:.0f}"
        " points a year"
    )
    views = [
        View("Use", "months", "of organisations, %",
             tuple(of_runs(words, time, one["using"], colours[words]) for words, one in cases.items()), 0, 100),
        View("Turnover of staff", "months", "of staff, % a year",
             tuple(of_runs(words, time[1:], one["turnover"][:, 1:], colours[words])
                   for words, one in cases.items() if words != "commissioners wish it"), 15, 35),
    ]  # fmt: skip
    return Scene(
        "What does a duty do that a wish does not?",
        "A duty with a date, money or a sanction is heard of by all and taken up without a pilot (7a); a wish weighs in"
        " the choice and no more (6). In England a paid and published duty took hospitals from 7 to 51 % in eleven"
        " months and to 88 % in twenty (T10), and a condition of employment cost care homes 3 to 4 % of their staff"
        " (T09): the second is an extreme case, and the model has half of it.",
        scene("duties", headline, f"All have heard of {WHAT}.", foot(RUNS), views),
    )  # fmt: skip
