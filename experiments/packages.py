"""Packages of policy options as the policy page has them: what can be bought, what obliges, for whom, in which future.

A package is a level from 0 to 1 for every option, a target group and a future. Levels, not strengths: what level 1
comes to stands once, in `OPTIONS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from carespread.model import BadInputError, Lever
from carespread.model.scenario import Scenario

FIRST, LAST = "2027-01", "2029-12"
"""Months in which options run."""
TAKE_UP = 0.5
"""Share of those who are offered a place or a broker who take it (T07, T23: fewer than half; an assumption)."""
COMPLETION = 0.66
"""Share of those who take part who complete (T23)."""


class Part(NamedTuple):
    """A lever that an option pulls, as it is at level 1."""

    lever: str
    strength: float
    take_up: float = 1.0
    completion: float = 1.0
    delay: int = 0
    places: bool = False
    """Whether a lower level means fewer places, not a weaker lever."""

    def at(self, level: float, group: str) -> Lever:
        """Return the lever at a level."""
        strength, take_up = (1.0, level) if self.places else (level, 1.0)
        return Lever(
            self.lever, self.strength * strength, FIRST, LAST, group,
            take_up=self.take_up * take_up, completion=self.completion, delay=self.delay,
        )  # fmt: skip


class Option(NamedTuple):
    """One slider of the page."""

    name: str
    title: str
    says: str
    """What it is, in a sentence."""
    most: float
    """What level 1 is in the unit that a reader sees."""
    unit: str
    """Follows the number: "50 % of the set-up cost"."""
    eases: str
    """The barrier that it eases."""
    parts: tuple[Part, ...]
    obliges: bool = False
    """Whether it obliges providers, who then pay most of it."""


def places(lever: str, strength: float, completion: float = COMPLETION, delay: int = 0) -> Part:
    """Return a lever of which each provider has one place or none."""
    return Part(lever, strength, TAKE_UP, completion, delay, places=True)


OF_PROVIDERS = "% are offered it"
OPTIONS = (
    Option("grant", "Grants", "The public pays part of what it costs to set an innovation up.", 100,
           "% of the set-up cost", "money", (Part("grant", 1.0, take_up=0.45),)),
    Option("training", "Training for staff", "Courses in using the innovations.", 100, OF_PROVIDERS, "skills",
           (places("training", 0.05, delay=3),)),
    Option("leaders", "Leadership programmes", "Programmes in leading a change, for registered managers and senior"
           " leaders.", 100, OF_PROVIDERS, "leadership",
           (places("manager_programme", 0.26), places("senior_programme", 0.26))),
    Option("collaborative", "Learning collaboratives", "Organisations meet and learn from what others tried.", 100,
           OF_PROVIDERS, "learning", (places("learning_collaborative", 1.0, delay=3),)),
    Option("broker", "Brokers", "Somebody who knows the innovations comes and helps to choose.", 100, OF_PROVIDERS,
           "attention", (places("brokerage", 1.0, completion=1.0, delay=6),)),
    Option("evidence", "Evidence", "Sound results of trials, put into the hands of organisations.", 80,
           "trials' results", "learning", (Part("evidence_synthesis", 80.0),)),
    Option("campaign", "Information campaign", "Organisations hear of the innovations.", 4,
           "in 100 reached a month", "awareness", (Part("campaign", 0.04),)),
    Option("sandbox", "Regulatory sandbox", "Part of the regulatory burden of an innovation is lifted while it is"
           " tried.", 100, "% of the burden lifted", "regulation", (Part("sandbox", 1.0),)),
    Option("pay", "Fair pay, funded", "Higher wages keep staff; fees rise to meet them.", 20, "% higher wages",
           "skills", (Part("fair_pay", 0.12),)),
    Option("requirement", "Requirement, enforced", "Commissioners ask for the innovations, and who does not comply"
           " loses money or registration.", 100, "% of its full force", "demand",
           (Part("commissioner_requirement", 1.0), Part("enforcement", 1.0)), obliges=True),
    Option("mandate", "Mandate", "Organisations must adopt by law.", 100, "% of its full force", "demand",
           (Part("mandate", 0.4),), obliges=True),
)  # fmt: skip
"""Every slider; strengths and unit costs are assumptions, take-up and delay as in `experiments/scenarios/lever_*`."""
TARGETS = {"all": "all organisations", "small": "organisations with fewer than 50 staff", "homecare": "homecare"}
FUTURES = {
    "central": ("As today", "central", "central"),
    "tight": ("Stricter regulation, less money", "tight", "tight"),
    "tight_rules": ("Stricter regulation, more money", "tight", "supportive"),
    "tight_money": ("Lighter regulation, less money", "supportive", "tight"),
    "supportive": ("Lighter regulation, more money", "supportive", "supportive"),
}
"""Words, regulatory regime and economic regime of each future."""
FUNDED = {"pay_funded": 1.0}
"""Fair pay is met by fees: what it costs is public money."""
TODAY = {"campaign": 0.25, "broker": 1.0, "requirement": 0.25}
"""Today's policy going on: what `historical` holds at the end of 2025, mean over the innovations, to a quarter (D)."""
LEVELS = (0.25, 0.5, 1.0)
FEWEST, MOST = 2, 6
"""Options in a mix that fills the space."""


class Package(NamedTuple):
    """A level from 0 to 1 for every option, for whom, in which future."""

    levels: tuple[float, ...]
    target: str = "all"
    future: str = "central"

    @property
    def idle(self) -> bool:
        """Whether it is doing nothing."""
        return not any(self.levels)

    def levers(self) -> tuple[Lever, ...]:
        """Return the levers that it pulls."""
        return tuple(
            part.at(level, self.target)
            for option, level in zip(OPTIONS, self.levels, strict=True)
            if level
            for part in option.parts
        )

    def scenario(self, base: Scenario, name: str) -> Scenario:
        """Return a scenario with these levers, in this future."""
        _, regulatory, economic = FUTURES[self.future]
        conditions = base.conditions._replace(
            regulatory=regulatory, economic=economic, levers=(*base.conditions.levers, *self.levers())
        )
        return base._replace(name=name, conditions=conditions, parameters={**base.parameters, **FUNDED})


def package(levels: dict[str, float], target: str = "all", future: str = "central") -> Package:
    """Return a package by the names of its options; what is not named is 0.

    Raises BadInputError on an unknown option, target or future, and on a level beyond 0 to 1.

    >>> package({"grant": 0.5}).levels[0]
    0.5
    """
    names = [option.name for option in OPTIONS]
    for what, given, known in (("target group", target, TARGETS), ("future", future, FUTURES)):
        if given not in known:
            raise BadInputError(f"Unknown {what} {given!r}: known are {', '.join(known)}.")
    for name, level in levels.items():
        if name not in names:
            raise BadInputError(f"Unknown option {name!r}: known are {', '.join(names)}.")
        if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 <= level <= 1:
            raise BadInputError(f"The level of {name} is {level!r}: it must be from 0 to 1 as a share of its most.")
    return Package(tuple(float(levels.get(name, 0.0)) for name in names), target, future)


class Size(NamedTuple):
    """How many packages and runs a library has."""

    providers: int = 2000
    months: int = 120
    replications: int = 20
    draws: int = 100
    """Draws of the uncertain numbers, for doing nothing and each option alone."""
    twice: bool = True
    """Whether each draw is run twice, so that chance can be told from it."""
    mixes: int = 140
    """Mixes that fill the space, for all organisations in the central future."""
    of_a_target: int = 50
    of_a_future: int = 15
    kept: int = 40
    """Mixes that no emulator sees, to measure its error."""
    strengths: tuple[float, ...] = LEVELS
    pairs: tuple[float, ...] = (0.5, 1.0)
    places: int = 20
    """Runs of the whole sector for the table of places; 0 for none."""
    lean: bool = False
    """Whether other targets have each option at its most only, and other futures none alone."""


FULL = Size()
QUICK = Size(providers=150, months=60, replications=3, draws=6, twice=False, mixes=8, of_a_target=2, of_a_future=1,
             kept=6, strengths=(0.5, 1.0), pairs=(), places=0, lean=True)  # fmt: skip


def packages_of(size: Size) -> dict[Package, str]:
    """Return every package of a library with what it is there for; the first are doing nothing, one a future."""
    made: dict[Package, str] = {}

    def add(kind: str, packages: Iterator[Package] | Sequence[Package]) -> None:
        for one in packages:
            made.setdefault(one, kind)

    names, others = [option.name for option in OPTIONS], [one for one in TARGETS if one != "all"]
    futures = [one for one in FUTURES if one != "central"]
    add("nothing", [package({}, future=future) for future in FUTURES])
    add("single", [package({name: level}) for level in size.strengths for name in names])
    add("preset", [package(TODAY)])
    add("pair", [package(dict.fromkeys(pair, level)) for level in size.pairs for pair in combinations(names, 2)])
    add("mix", mixes(size.mixes, 1, "all", "central"))
    for number, target in enumerate(others, 2):
        strong = size.strengths[-1:] if size.lean else size.strengths[-2:]
        add("single", [package({name: level}, target) for level in strong for name in names])
        add("mix", mixes(size.of_a_target, number, target, "central"))
    for number, future in enumerate(futures, 10):
        add("single", [] if size.lean else [package({name: 1.0}, future=future) for name in names])
        add("mix", mixes(size.of_a_future, number, "all", future))
    for at, one in enumerate(mixes(size.kept, 100, "all", "central")):
        place = at % 8  # most as pages show most, some for each target and future
        target = others[place - 5] if place in (5, 6) else "all"
        future = futures[(at // 8) % len(futures)] if place == 7 else "central"
        made[one._replace(target=target, future=future)] = "kept"
    return made


def mixes(many: int, seed: int, target: str, future: str) -> list[Package]:
    """Return mixes of 2 to 6 options at levels of LEVELS that fill the space evenly (Sobol)."""
    if not many:
        return []
    from scipy.stats import qmc

    width = len(OPTIONS)
    sobol = qmc.Sobol(2 * width + 1, rng=np.random.default_rng(seed))
    points = sobol.random_base2(max(1, int(np.ceil(np.log2(many)))))[:many]
    found = []
    for point in points:
        count = FEWEST + int(point[0] * (MOST - FEWEST + 1))
        chosen = np.argsort(point[1 : 1 + width], kind="stable")[:count]
        steps = (point[1 + width :] * len(LEVELS)).astype(int)
        levels = np.zeros(width)
        levels[chosen] = np.take(LEVELS, steps[chosen])
        found.append(Package(tuple(levels.tolist()), target, future))
    return found
