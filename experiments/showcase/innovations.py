"""Scenes of innovations: one that is worthless, one that stalls, one that stays small."""

from __future__ import annotations

import numpy as np

from carespread.model import Lever, Parameters, Policy, prepare
from carespread.results.figures.palette import BLUE, GREEN, GREY, ORANGE
from carespread.results.figures.showcase import View, of_runs, scene
from carespread.results.words import percent

from .common import COLOURS, Scene, column, foot, made, months_of, years


def fad() -> Scene:
    """Does a worthless fad spread and die?"""
    forgets, remembers = (
        made(["wellness_fad"], months=240, changes={"evidence_memory": memory}) for memory in (0.975, 1.0)
    )
    use = [column(one, "wellness_fad", "using_share") for one in (forgets, remembers)]
    abandoned = [column(one, "wellness_fad", "abandoned", "providers") for one in (forgets, remembers)]
    peaks, ends = ([float(np.median(pick)) for pick in picks] for picks in (
        [one.max(1) for one in use], [one[:, -1] for one in use],
    ))  # fmt: skip
    names = ("what was learned fades\n(default)", "what was learned stays")
    headline = (
        f"A worthless fad grows from 2 % to {percent(peaks[0])} of organisations;"
        f" after twenty years {percent(ends[0])} use it, or {percent(ends[1])} where nothing learned is forgotten"
    )
    says = (
        "A control innovation with good publicity that changes nothing. Users find out and abandon it; those who"
        " forget, and newcomers, go by its reputation again."
    )
    views = [
        View("Who uses it", "years", "organisations, %", tuple(
            of_runs(words, years(runs), 100 * runs, colour)
            for words, runs, colour in zip(names, use, COLOURS, strict=False)), 0, 10),
        View("Who has abandoned it", "years", "organisations, %", tuple(
            of_runs(words, years(runs), 100 * runs, colour)
            for words, runs, colour in zip(names, abandoned, COLOURS, strict=False)), 0, 20),
    ]  # fmt: skip
    return Scene(
        "Does a fad spread and die?",
        "Learning (10) ends it, forgetting keeps it alive: the share of evidence that is still held to be true a month"
        " later, `evidence_memory`, decides between the two. Published estimates of forgetting conflict, so both are"
        " shown.",
        scene("fad", headline, says, foot(), views),
    )


def stall() -> Scene:
    """Why does a good innovation stall?"""
    name = "acoustic_monitoring"
    helps = {
        "nothing new": {},
        "a grant of half the set-up cost": {"grant": 0.5},
        "brokers": {"brokerage": 1.0},
        "commissioners who ask for it": {"commissioner_requirement": 0.5},
    }
    helps["all three"] = {lever: strength for one in helps.values() for lever, strength in one.items()}
    runs = {
        words: made([name], levers=tuple(Lever(lever, strength, "2026-01") for lever, strength in levers.items()))
        for words, levers in helps.items()
    }
    settings = {
        "nursing homes": ("care home with nursing", BLUE),
        "residential homes": ("care home without nursing", GREEN),
        "homecare": ("homecare", ORANGE),
    }
    by_setting = {
        words: column(runs["nothing new"], name, "using_share", group=f"setting={setting}")
        for words, (setting, _) in settings.items()
    }
    heard = 1 - column(runs["nothing new"], name, "unaware", "providers", "setting=care home with nursing")
    homes = {
        words: column(one, name, "using_share", group="setting=care home with nursing") for words, one in runs.items()
    }
    ends = {words: float(np.median(one[:, -1])) for words, one in homes.items()}
    best = max((one for one in ends if one not in ("nothing new", "all three")), key=lambda one: ends[one])
    headline = (
        f"Acoustic monitoring works, but in ten years it reaches only {percent(ends['nothing new'])} of nursing homes;"
        f" with {best} {percent(ends[best])}, with all three levers {percent(ends['all three'])}"
    )
    lines = [of_runs(words, years(one), 100 * one, settings[words][1]) for words, one in by_setting.items()]
    short = ("nothing new", "grant", "brokers", "commissioners ask", "all three")
    views = [
        View("Nothing new: heard of, not taken up", "years", "organisations that use it, %", (
            of_runs("nursing homes that\nhave heard of it", years(heard), 100 * heard, GREY), *lines), 0, 100),
        View("What would help", "years", "nursing homes that use it, %", tuple(
            of_runs(words, years(one), 100 * one, colour)
            for words, one, colour in zip(short, homes.values(), COLOURS, strict=True)), 0, 100),
    ]  # fmt: skip
    return Scene(
        "Why does a good innovation stall?",
        "Nearly all hear of it, few look at what nobody asks of them; what it costs, weighed against what it is"
        " believed to add, keeps most from trying it, small homes most of all. Homecare has no use for it. Levers"
        " act on different steps of the journey.",
        scene("stall", headline, "It succeeds in 66 % of trials against 50 % before; levers run for all ten years.",
              foot(), views),
    )  # fmt: skip


def shared_lives() -> Scene:
    """How can something be everywhere and small?"""
    runs, name = 3, "shared_lives"
    places: list[list[float]] = []
    organisations: list[list[float]] = []
    sites: list[list[float]] = []
    for seed in range(1, runs + 1):
        prepared = prepare(Parameters.of(), Policy.of(), providers="all", months=120, seed=seed, innovations=[name])
        row: list[list[float]] = [[], [], []]
        for _ in months_of(prepared):
            using = prepared.state.pairs["sites_in_use"][:, 0] > 0
            seen = prepared.state.providers
            there = seen["weight"] / seen["weight"].sum()
            row[0].append(len(np.unique(seen["authority"][using])) / len(prepared.population.geography.authorities))
            row[1].append(float(there[using].sum()))
            row[2].append(float(there @ prepared.state.pairs["sites_in_use"][:, 0] / (there @ seen["sites"])))
        for kept, values in zip((places, organisations, sites), row, strict=True):
            kept.append(values)
    everywhere, using, served = (np.array(one) for one in (places, organisations, sites))
    headline = (
        f"Shared Lives begins in {percent(np.median(everywhere[:, 0]))} of authorities and"
        f" {percent(np.median(using[:, 0]))} of organisations; after ten years"
        f" {percent(np.median(everywhere[:, -1]))} and {percent(np.median(using[:, -1]))}"
    )
    views = [
        View("Where it is", "years", "authorities with a scheme, %",
             (of_runs("of authorities", years(everywhere), 100 * everywhere, BLUE),), 0, 100),
        View("How much of it there is", "years", "share of the sector, %",
             (of_runs("of organisations", years(using), 100 * using, GREEN),
              of_runs("of sites", years(served), 100 * served, ORANGE)), 0, 2),
    ]  # fmt: skip
    return Scene(
        "How can something be everywhere and small?",
        "Spread over places and scale are two things. Schemes are run by councils, charities and a few companies, and"
        " councils pay for them: of setting one up as far as they want it, of running it in full. So few close and few"
        " open, as in England; a council that asks for more (16c) is what changes that.",
        scene("shared-lives", headline, "Every organisation of England; a scheme is an organisation that uses it.",
              foot(runs, "18,099"), views),
    )  # fmt: skip
