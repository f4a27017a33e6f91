"""How the providers of the plain Mesa model find partners and part from them: equation (13)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from carespread.model import randomness as luck_of
from carespread.model.mechanisms import partnerships
from carespread.model.mechanisms.hazards import probability
from carespread.model.state import AWARE, EXPLORING, IMPLEMENTING

from .plain_provider import APART, KINDS, PlainProvider

MOST = 8
"""Partners that anybody can have."""


class Offer(NamedTuple):
    """Two that would be partners."""

    seen: float
    """What both see in it."""
    seeker: PlainProvider
    sought: PlainProvider


class View(NamedTuple):
    """What a provider sees in itself, by capability."""

    need: list[float]
    own: list[float]


def looks_at_itself(provider: PlainProvider) -> View:
    """Return what a provider thinks it can do and needs (13a); a broker halves the error."""
    model, p, traits = provider.model, provider.model.parameters, provider.traits
    blind = (1.0 - traits.self_knowledge) * (1.0 - 0.5 * model.support(provider).brokerage)
    wants = [
        mine.innovation
        for number, mine in enumerate(provider.journeys)
        if model.runs(number) and mine.stage in (AWARE, EXPLORING, IMPLEMENTING)
    ]
    need, own = [], []
    for kind in KINDS:
        asked = [
            (1.0 if innovation.capability == kind else p.asked_elsewhere) * partnerships.required(innovation.complexity)
            for innovation in wants
        ]
        own.append(partnerships.perceived_own(provider.capability[kind], 1.0 - blind, traits.misjudged[kind]))
        need.append(partnerships.need(max(asked, default=0.0), own[kind]))
    return View(need, own)


def sees_in(view: View, other: PlainProvider, known: float, misjudged: float, against: float) -> float:
    """Return (13c): what a provider with such a view of itself sees in another."""
    complement = 0.0
    for kind in KINDS:
        thought = partnerships.perceived_other(other.capability[kind], known, misjudged)
        complement += partnerships.closed(view.need[kind], thought, view.own[kind])
    return partnerships.score(complement, against)


def misjudge(one: PlainProvider, other: PlainProvider) -> float:
    """Return by how much two strangers misjudge each other: once for ever."""
    low, high = sorted((one.name, other.name))
    start = luck_of.stream(one.model.settled.seed, luck_of.MET, 0, low)
    first, second = luck_of.draw(start, high), luck_of.draw(start, high + APART)
    return one.model.parameters.stranger_error * luck_of.normal_pair(first, second)


def speaks_against(one: PlainProvider, other: PlainProvider) -> float:
    """Return what distance and rivalry cost."""
    mine, theirs, p = one.traits, other.traits, one.model.parameters
    distance = 0.0 if mine.authority == theirs.authority else 0.5 if mine.region == theirs.region else 1.0
    rival = float((mine.area, mine.setting) == (theirs.area, theirs.setting))
    return partnerships.obstacles(p.distance_cost, distance, p.rivalry_cost, rival)


def candidates(provider: PlainProvider) -> list[PlainProvider]:
    """Return whom a provider considers: in turn somebody of its area and of its setting."""
    model, support = provider.model, provider.model.support(provider)
    many = int(model.parameters.candidates * (1.0 + support.brokerage + support.learning_collaborative))
    found = []
    for number in range(many):
        luck = model.luck(luck_of.WITH_WHOM, provider.name + number * APART)
        layer = ("setting", provider.traits.setting) if number % 2 else ("area", provider.traits.area)
        found.append(model.members[layer][int(luck * len(model.members[layer]))])
    return found


def offer(provider: PlainProvider) -> Offer | None:
    """Return the best partnership that both sides want, if any."""
    least, view = provider.model.parameters.least_score, looks_at_itself(provider)
    best = None
    if len(provider.partners) >= MOST:
        return None
    for other in candidates(provider):
        if other is provider or len(other.partners) >= MOST or other in provider.partners:
            continue
        known = partnerships.reputation(float(len(provider.partners.keys() & other.partners.keys())))
        against, misjudged = speaks_against(provider, other), misjudge(provider, other)
        mine = sees_in(view, other, known, misjudged, against)
        theirs = sees_in(looks_at_itself(other), provider, known, misjudged, against)
        if min(mine, theirs) <= least:
            continue
        made = Offer(mine + theirs, provider, other)
        if best is None or (made.seen, -made.sought.name) > (best.seen, -best.sought.name):
            best = made
    return best


def parting(provider: PlainProvider) -> PlainProvider | None:
    """Return with whom a provider parts this month, if with anybody (13d): the first whose time comes."""
    model, p = provider.model, provider.model.parameters
    step, need = model.settled.step, sum(looks_at_itself(provider).need)
    moved = model.moved[model.month]
    enough = int(partnerships.TRUSTED / step)
    passed = {who: max(0, min(enough, model.month - since)) for who, since in provider.partners.items()}

    def hazard(ties: int, steps: int) -> float:
        return 0.5 * partnerships.ending_hazard(
            p.tie_ending, p.trust, ties, steps * step / partnerships.TRUSTED, moved, need
        )

    if not passed:
        return None
    total = hazard(len(passed), sum(passed.values()))
    if model.luck(luck_of.PART, provider.name) >= probability(total, p.hazard_ceiling, step):
        return None

    def time(who: PlainProvider) -> float:
        start = luck_of.stream(model.settled.seed, luck_of.PART, model.month, who.name)
        rate = hazard(1, passed[who])
        return -math.log(luck_of.draw(start, provider.name)) / rate if rate > 0.0 else math.inf

    first = min(passed, key=time)
    return first if time(first) < math.inf else None


def change_partners(model: Any) -> None:
    """Let partnerships end and begin: all judge the network as it was, then it changes."""
    rate = model.parameters.partner_search
    seeking = [
        provider
        for provider in model.all
        if provider.happens(model.luck(luck_of.SEEK, provider.name), provider.traits.openness * rate)
    ]
    offers = [made for made in map(offer, seeking) if made is not None]
    endings = [(provider, parting(provider)) for provider in model.all]
    for provider, other in endings:
        if other is not None and other in provider.partners:
            model.unties(provider, other)
    for made in sorted(offers, key=lambda one: (-one.seen, one.seeker.name, one.sought.name)):
        pair = made.seeker, made.sought
        if max(len(one.partners) for one in pair) < MOST and made.sought not in made.seeker.partners:
            model.ties(*pair)
