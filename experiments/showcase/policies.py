"""Scenes of policies: a grant that ends, a movement that tips."""

from __future__ import annotations

import numpy as np

from carespread.model import Lever, Parameters
from carespread.model.declare import entries
from carespread.results.figures.palette import BLUE, GREY, ORANGE
from carespread.results.figures.showcase import View, of_runs, scene

from .common import PROVIDERS, Scene, column, foot, made, smoothed, years


def cliff() -> Scene:
    """What happens when a grant ends?"""
    name, first, last = "electronic_medication_records", 12, 48
    grant = Lever("grant", 0.7, "2027-01", "2029-12", "all", name)
    without, granted = (made([name], levers=levers) for levers in ((), (grant,)))
    gain = 100 * (column(granted, name, "using_share") - column(without, name, "using_share"))
    begun = []
    for one in (without, granted):
        users = column(one, name, "using_share")[:, :-1] * PROVIDERS
        begun.append(1200 * smoothed(column(one, name, "started")[:, 1:]) / smoothed(PROVIDERS - users))
    months = np.arange(1, begun[0].shape[1] + 1) / 12
    before, after = (
        float(np.median((begun[1] - begun[0])[:, part].mean(1)))
        for part in (slice(first + 3, last - 3), slice(last + 3, last + 27))
    )
    cost = float(np.median(column(granted, name, "cost_public").sum(1))) / 1e6
    headline = (
        f"The grant is worth {np.median(gain[:, last]):.1f} points of use when it ends and"
        f" {np.median(gain[:, -1]):.1f} six years later, for GBP {cost:.0f} million"
    )
    marks = ((first / 12, "begins"), (last / 12, "ends"))
    views = [
        View("Extra users", "years", "points of organisations, grant less none, same random draws",
             (of_runs("with a grant", years(gain), gain, BLUE),), -1, 10, marks),
        View("Who begins", "years", "of those without it, % a year (mean of 5 months)",
             (of_runs("no grant", months, begun[0], GREY), of_runs("with a grant", months, begun[1], BLUE)), 0, 20,
             marks),
    ]  # fmt: skip
    return Scene(
        "What happens when a grant ends?",
        f"While it runs {before:+.1f} points more of those without it begin each year than without a grant; in the two"
        f" years after it {after:+.1f}. For six months those who had it also abandon it more often (8), which hardly"
        " shows in something built into the working day. What was gained drifts away slowly. The weight of cost is"
        " sceptical by design: a large subsidy in the United States moved physicians' records by at most seven points.",
        scene("grant-cliff", headline, "A grant of 70 % of set-up cost for electronic medication records, 2027-2029.",
              foot(), views),
    )  # fmt: skip


def tipping() -> Scene:
    """When does a movement tip?"""
    name, runs, months, stops = "individual_service_funds", 6, 240, 36
    buildings = (0.0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)
    shown = 0.1
    effects = ("demand_effect", "stance_effect", "burden_effect")
    weights = ("demand_weight", "commissioning_weight", "burden_weight")

    def end_of(parameter: str, probability: float) -> float:
        return float(entries(Parameters)[parameter].about.prior.quantile(probability))

    cases: dict[str, tuple[dict[str, float], str]] = {
        "no feedback": (dict.fromkeys(effects, 0.0), GREY),
        "prior medians": ({}, BLUE),
        "priors at their\nmost favourable": (
            {one: end_of(one, 1.0) for one in ("movement_growth", *effects, *weights)}
            | {"movement_decay": end_of("movement_decay", 0.0)},
            ORANGE,
        ),
    }
    ends = {words: np.zeros((runs, len(buildings))) for words in cases}
    paths: dict[str, np.ndarray] = {}
    for words, (changes, _) in cases.items():
        for at, building in enumerate(buildings):
            lever = Lever("movement_building", building, "2027-01", "2028-12", "all", name)
            results = made([name], "movement", (lever,), replications=runs, months=months, changes=changes)
            ends[words][:, at] = 100 * column(results, name, "using_share")[:, -1]
            if building == shown:
                paths[words] = column(results, name, "movement")
    middle = {words: np.median(one, 0) for words, one in ends.items()}
    _, weak, strong = (one[-1] - one[0] for one in middle.values())
    headline = (
        f"Two years of building a movement leave {strong:.0f} points more use after twenty years if every prior is at"
        f" its most favourable, {weak:.1f} if at its middle; no evidence says which"
    )
    views = [
        View(f"A movement, built with {shown:g} a month for two years", "years", "strength, 0 to 1",
             tuple(of_runs(words, years(one), one, cases[words][1]) for words, one in paths.items()), 0, 1,
             ((12 / 12, "built"), (stops / 12, "left alone"))),
        View("What is left after twenty years", "strength of the building, a month",
             "organisations that use it, %",
             tuple(of_runs(words, buildings, one, cases[words][1]) for words, one in ends.items()), 0, 20),
    ]  # fmt: skip
    return Scene(
        "When does a movement tip?",
        "A movement grows with ties between users (16a), so what few use has none until somebody builds it. Where"
        " feedback on people, commissioners and the regulator (16b-d) is strong, a movement that was helped"
        " fades slowly and leaves use behind; where it is weak, it is gone soon after the help. The model cannot say"
        " which is true: no estimate of any of these effects exists.",
        scene("movement", headline, "Individual service funds, used by 1 % at first; building from 2027 to 2028.",
              foot(runs, PROVIDERS, "movement"), views),
    )  # fmt: skip
