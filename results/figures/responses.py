"""How each submodel answers: a small panel an equation, drawn with the very functions that the kernels use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import Parameters
from carespread.model.mechanisms import (
    attention,
    awareness,
    choice,
    finance,
    hazards,
    implementation,
    leadership,
    learning,
    movements,
    origination,
    outcomes,
    partnerships,
    priorities,
    quality_exit,
    scaling,
    skills,
    value,
)

from .drawing import Drawing, end_labels, panels, title
from .palette import BLUE, GREEN, GREY, ORANGE, PALE

COLOURS = (BLUE, GREEN, ORANGE)
Curve = Callable[[float], float]
MIDDLE = 0.5
MONTHLY = 1700.0
"""GBP that homecare earns a month for each person served, in round numbers."""
"""Leadership, culture of learning, openness and capability of a middling provider."""


class Panel(NamedTuple):
    """One answer: lines over a range of one input, everything else at its default."""

    equation: str
    says: str
    x: str
    y: str
    low: float
    high: float
    lines: dict[str, Curve]
    top: float
    """End of the vertical axis, which begins at 0."""


def over_time(step: Callable[[float], float], start: float) -> Curve:
    """Return what `start` becomes after so many months of `step`."""

    def after(months: float) -> float:
        now = start
        for _ in range(round(months)):
            now = step(now)
        return now

    return after


def deciding(p: Parameters) -> list[Panel]:
    """Return the panels of hearing, looking, leading and choosing: (1) to (7)."""

    def value_of(mean: float, reach: float) -> float:
        return float(value.believed_gain(mean, 0.5, p.clear_difference, reach, 1.0))

    def looks_a_year(lead: float, slack: float) -> float:
        bounded = attention.bounded_slack(slack)
        terms = attention.look_terms(
            p.leadership_weight, lead, MIDDLE, 0.0, p.slack_search, bounded, p.aspiration_search, 0.0, 0.0
        )
        return float(12 * attention.look_hazard(p.attention, terms))

    def lead(weakest: float, rho: float) -> float:
        return float(leadership.blended(0.8, weakest, 0.8, 0.25, 0.5, 0.25, rho))

    def hears(share: float, seen: float) -> float:
        terms = awareness.AwarenessTerms(p.base_awareness, 0.0, 0.0, 0.0, 0.0, 0.0, p.imitation * seen * share)
        return float(100 * hazards.probability(12 * awareness.awareness_hazard(terms), math.inf, 1.0))

    home = leadership.frontline_home(0.9, MIDDLE, MIDDLE, 0.0)
    return [
        Panel("(1)", "A hazard becomes a chance", "hazard, a month", "chance in a month, %", 0, 1,
              {"chance": lambda h: 100 * hazards.probability(h, p.hazard_ceiling, 1.0)}, 100),
        Panel("(2)", "Hearing of it: more where it is seen", "share of those around who use it",
              "heard within a year, %", 0, 1,
              {"easily seen": lambda x: hears(x, 0.9), "hardly seen": lambda x: hears(x, 0.2)}, 100),
        Panel("(3)", "Looking: led and well off", "leadership", "looks a year", 0, 1,
              {"well off": lambda x: looks_a_year(x, 2.0), "no reserve": lambda x: looks_a_year(x, 0.0),
               "in debt": lambda x: looks_a_year(x, -2.0)}, 4),
        Panel("(4)", "Leading: one weak level is felt", "manager's leadership (others .8)", "blended leadership",
              0.01, 1, {"they add up": lambda x: lead(x, 1.0), "default": lambda x: lead(x, p.complementarity),
                        "weakest link": lambda x: lead(x, -8.0)}, 1),
        Panel("(5)", "Staff change: old ways fade", "years", "frontline leadership", 0, 10,
              {"strong at first": lambda x: over_time(
                  lambda now: leadership.frontline_level(now, home, p.turnover, 1.0), 0.9)(12 * x),
               "weak at first": lambda x: over_time(
                  lambda now: leadership.frontline_level(now, leadership.frontline_home(0.2, MIDDLE, MIDDLE, 0.0),
                                                    p.turnover, 1.0), 0.2)(12 * x)}, 1),
        Panel("(6)", "Value: more than before", "believed share of successes (before: .5)",
              "value", 0.5, 0.8,
              {"suits the setting": lambda x: value_of(x, 0.7), "suits in part": lambda x: value_of(x, 0.3)}, 1.2),
        Panel("(6)", "Cost: what is paid once weighs on the small", "people served", "months of revenue", 5, 250,
              {"by organisation": lambda x: 4000 / (MONTHLY * x), "by person": lambda x: 130 / MONTHLY}, 1),
        Panel("(7)", "A pilot goes on if it seems worth it", "value", "taken further, %", 0, 1,
              {"default": lambda x: 100 * choice.passing(x, p.adoption_threshold, p.choice_noise),
               "much noise": lambda x: 100 * choice.passing(x, p.adoption_threshold, 0.3)}, 100),
    ]  # fmt: skip


def doing(p: Parameters) -> list[Panel]:
    """Return the panels of implementing, keeping, scaling and learning: (8) to (12)."""

    def months_to_routine(able: float, complexity: float) -> float:
        terms = implementation.routine_terms(
            p.leadership_weight,
            MIDDLE,
            MIDDLE,
            0.0,
            1.0,
            0.0,
            able,
            p.skill_exponent,
            complexity,
            0.5,
            p.burden_delay,
            0.2,
        )
        return float(1 / implementation.routine_hazard(p.implementation_rate, terms))

    def kept(gain: float, hardness: float) -> float:
        terms = implementation.AbandonTerms(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, gain, 0.0, p.value_to_keep)
        exponent = implementation.regret(p.value_sensitivity, terms)
        return 100 * math.exp(-24 * implementation.abandon_hazard(p.sustain_hazard * hardness, 1.0, exponent))

    def site_months(share: float, lead: float) -> float:
        hazard: float = scaling.site_hazard(
            p.site_conversion, p.site_imitation, round(20 * share), 20, p.leadership_weight, lead, MIDDLE, 0.5
        )
        return 1 / hazard

    def believes(true: float, keen: float) -> Curve:
        chance = learning.chance_of_success(true, learning.reading_error(p.misreading, keen))

        def after(months: float) -> float:
            a, b = 3.2, 0.8
            for _ in range(round(months)):
                a = learning.evidence_after(a, 3.2, p.evidence_memory, keen, p.trials * chance, 0.0)
                b = learning.evidence_after(b, 0.8, p.evidence_memory, keen, p.trials * (1 - chance), 0.0)
            return a / (a + b)

        return after

    def able_after(turnover: float, doing_it: bool = True) -> Curve:
        gain = skills.skill_gain(p.skill_learning, MIDDLE, doing_it, 0.0, 0.0, p.vacancy)
        return over_time(lambda now: skills.skill_after(now, gain, skills.skill_loss(turnover, 0.3), 1.0), 0.3)

    def fitted(keen: float) -> Curve:
        return over_time(lambda now: learning.fit_after(now, p.adaptation, keen, 0.7, 1.0), p.starting_fit)

    return [
        Panel("(8a)", "From pilot to routine: skill speeds it", "skill", "months", 0.2, 1,
              {"hard": lambda x: months_to_routine(x, 0.8), "middling": lambda x: months_to_routine(x, 0.5),
               "easy": lambda x: months_to_routine(x, 0.2)}, 80),
        Panel("(8)", "Keeping it: what does some good stays", "believed gain (1: a clear difference)",
              "still in use after two years, %", 0, 1.2,
              {"built into the day": lambda x: kept(x, 0.12), "hard programme": lambda x: kept(x, 1.0)}, 100),
        Panel("(8b)", "Site to site: they see each other", "share of sites with it", "months until a site follows",
              0, 0.95, {"well led": lambda x: site_months(x, 0.7), "badly led": lambda x: site_months(x, 0.3)}, 150),
        Panel("(10)", "Learning whether it works", "months of use", "believed share of successes", 0, 36,
              {"works (.68)": believes(0.68, MIDDLE), "does nothing (.5)": believes(0.5, MIDDLE),
               "harms (.25)": believes(0.25, MIDDLE)}, 1),
        Panel("(10)", "... and who does not look stays fooled", "months of use of what does nothing",
              "believed share of successes", 0, 36,
              {"hardly looks": believes(0.5, 0.05), "middling": believes(0.5, MIDDLE),
               "learns": believes(0.5, 0.95)}, 1),
        Panel("(11)", "Fitting it to oneself", "months of use", "fit", 0, 60,
              {"learns": fitted(0.9), "middling": fitted(MIDDLE), "does not": fitted(0.1)}, 1),
        Panel("(12)", "Skill: grown by doing, lost with leavers", "months of use", "skill", 0, 60,
              {"15 % leave a year": able_after(0.15 / 12), "28 %": able_after(0.28 / 12),
               "60 %": able_after(0.6 / 12)}, 1),
        Panel("(11b)", "What it does needs fit and skill", "skill", "share of successes (before: .5)", 0, 1,
              {"fits well": lambda x: outcomes.true_success(0.7, 0.5, 1.0, x),
               "fits badly": lambda x: outcomes.true_success(0.7, 0.5, 0.3, x)}, 1),
    ]  # fmt: skip


def belonging(p: Parameters) -> list[Panel]:
    """Return the panels of partners, institutions, money and closing: (13) to (19)."""

    def met(distance: float, gap: float) -> float:
        needed = partnerships.closed(partnerships.need(0.8, MIDDLE), MIDDLE + gap, MIDDLE)
        obstacles = partnerships.obstacles(p.distance_cost, distance, p.rivalry_cost, 0.0)
        return max(0.0, float(partnerships.score(2 * needed, obstacles)))

    def lasting(years: float, trust: float) -> float:
        left = 1.0
        for month in range(round(12 * years)):
            trusted = min(1.0, month / partnerships.TRUSTED)
            left *= math.exp(-partnerships.ending_hazard(p.tie_ending, trust, 1.0, trusted, False, 0.3))
        return 100 * left

    def moved(density: float) -> Curve:
        return over_time(lambda now: movements.movement_after(now, 0.1, density, 0.0, p.movement_decay, 1.0), 0.0)

    def walk(seed: int) -> Curve:
        draws = np.random.default_rng(seed).standard_normal((121, 4))

        def after(years: float) -> float:
            z = [0.0] * 4
            for month in range(round(12 * years)):
                z = [
                    priorities.drifted(now, p.goal_return, p.goal_drift, draws[month, k], 1.0)
                    for k, now in enumerate(z)
                ]
            return float(100 * priorities.share_of(z[0], z[1], z[2], z[3]))

        return after

    def reserve(start: float) -> Curve:
        return over_time(
            lambda now: finance.slack_after(
                now, -finance.taken_out(now, 1.0, p.slack_relaxation, 1.0, 1000.0, 0), 1000.0
            ),
            start,
        )

    def closing_a_year(slack: float) -> float:
        base = p.exit_rate / math.exp(-p.exit_slack * 0.5)
        hazard = quality_exit.exit_hazard(base, p.exit_slack, attention.bounded_slack(slack), p.debt_exit, slack)
        return 100 * (1 - math.exp(-12 * hazard))

    def rises(culture: float, rating: int) -> float:
        return float(100 * quality_exit.tilted(quality_exit.RISES[rating + 2], p.rating_tilt * (culture - MIDDLE)))

    return [
        Panel("(13)", "A partner far away must offer more", "distance (1: the other end of England)", "score", 0, 1,
              {"has what you lack": lambda x: met(x, 0.3), "has a little of it": lambda x: met(x, 0.1)}, 0.8),
        Panel("(13)", "Partnerships end, trusted ones later", "years", "still together, %", 0, 10,
              {"default": lambda x: lasting(x, p.trust), "no trust": lambda x: lasting(x, 0.0)}, 100),
        Panel("(14)", "What a partner lends", "partner's capability", "effective capability (own .4, .8 asked)", 0, 1,
              {"open": lambda x: partnerships.effective_capability(0.4, 0.4, 0.9, 0.8, x),
               "closed": lambda x: partnerships.effective_capability(0.4, 0.4, 0.1, 0.8, x)}, 1),
        Panel("(15)", "Priorities drift: three futures of safety", "years", "weight of safety, %", 0, 10,
              {"one": walk(1), "another": walk(2), "a third": walk(5)}, 60),
        Panel("(16a)", "A movement needs ties between users", "years (growth .1 a month)", "movement", 0, 10,
              {"80 % of ties": lambda x: moved(0.8)(12 * x), "30 %": lambda x: moved(0.3)(12 * x),
               "5 %": lambda x: moved(0.05)(12 * x)}, 1),
        Panel("(16d)", "... and wears down burden", "years (movement .5)", "regulatory burden", 0, 10,
              {"prior median": lambda x: over_time(lambda now: movements.burden_after(
                  now, 0.05, 0.5, p.burden_least, 0.5, p.burden_return, 1.0), 0.5)(12 * x),
               "no effect": lambda x: 0.5}, 0.6),
        Panel("(17)", "Own ideas need slack and learning", "months of reserve", "own innovations, 100 providers a year",
              -1, 4, {"learns": lambda x: 1200 * origination.origination_hazard(p.origination_rate, 0.7, 0.8, x),
                      "does not": lambda x: 1200 * origination.origination_hazard(p.origination_rate, 0.7, 0.2, x)},
              3),
        Panel("(19)", "Reserves come back to where they rest", "months", "months of reserve", 0, 60,
              {"after a windfall": reserve(3.0), "after a loss": reserve(-0.0)}, 3),
        Panel("(19)", "Debt closes providers", "months of reserve", "close within a year, %", -3, 6,
              {"default": closing_a_year}, 10),
        Panel("(19)", "Inspected again: who learns rises", "leadership and learning", "rises by one, %", 0, 1,
              {"requires improvement": lambda x: rises(x, -1), "good": lambda x: rises(x, 0)}, 100),
    ]  # fmt: skip


PAGES = {
    "deciding": ("Hearing, looking, leading, choosing: how (1) to (7) answer", deciding),
    "doing": ("Implementing, keeping, scaling, learning: how (8) to (12) answer", doing),
    "belonging": ("Partners, priorities, institutions, money: how (13) to (19) answer", belonging),
}


def response_drawings(parameters: Parameters) -> list[Drawing]:
    """Return one page of panels for each part of the model."""
    return [_page(name, headline, part(parameters)) for name, (headline, part) in PAGES.items()]


def _page(name: str, headline: str, answers: Sequence[Panel]) -> Drawing:
    says = "Each panel is one submodel with everything else at its default; the number is that of its equation."
    texts = (headline, says, "Drawn with the model's own functions; no runs.")
    figure, places = panels(answers, 12.0, 2.55, texts, across=3, above=1.2, left=0.5, beside=1.75)
    numbers = []
    for panel, axes in places:
        inputs = np.linspace(panel.low, panel.high, 61)
        labels = []
        for (words, curve), colour in zip(panel.lines.items(), COLOURS, strict=False):
            outputs = np.array([float(curve(float(x))) for x in inputs])
            axes.plot(inputs, outputs, color=colour, linewidth=2)
            labels.append((outputs[-1], words, colour))
            about = {"equation": panel.equation, "panel": panel.says, "line": words}
            numbers.append(pd.DataFrame({**about, "x": inputs, "y": outputs}))
        axes.set_xlim(panel.low, panel.high)
        axes.set_ylim(0, panel.top)
        axes.locator_params(axis="both", nbins=5)
        axes.grid(axis="y", color=PALE, linewidth=0.7)
        axes.set_xlabel(panel.x, size=8.5, color=GREY)
        title(axes, f"{panel.equation}  {panel.says}", 1.12)
        axes.text(0, 1.02, panel.y, transform=axes.transAxes, size=8.3, color=GREY)
        end_labels(axes, panel.high, labels, size=8.8, gap=0.12)
    listed = "; ".join(f"{one.equation} {one.says}" for one in answers)
    return Drawing(f"responses-{name}", figure, f"{headline}. Panels: {listed}.", pd.concat(numbers, ignore_index=True))
