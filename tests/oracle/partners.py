"""How partnerships end and begin: equation (13)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .draws import APART, normal, stream, uniform
from .equations import summed
from .provider import KINDS, Provider

if TYPE_CHECKING:
    from .sector import PlainSector

TRUSTED = 24.0
"""Months after which a partner is trusted in full."""


class Offer(NamedTuple):
    """Two that would be partners, and the sum of what both see in it."""

    score: float
    seeker: Provider
    sought: Provider


def sees(one: Provider, other: Provider, known: float, error: float, against: float) -> float:
    """Return (13c), what a provider sees in another."""
    needs, believed = one.model.view(one)
    return summed(
        min(needs[kind], max(0.0, other.capability[kind] + (1.0 - known) * error - believed[kind])) for kind in KINDS
    ) - against  # fmt: skip


def judged(one: Provider, other: Provider) -> tuple[float, float]:
    """Return what each of two providers sees in the other."""
    p, seed, mine, theirs = one.model.p, one.model.seed_of_run, one.place, other.place
    low, high = sorted((one.id, other.id))
    start = stream(seed, "met", 0, low)
    error = p.stranger_error * normal(uniform(start, high), uniform(start, high + APART))
    distance = 0.0 if mine.authority == theirs.authority else 0.5 if mine.region == theirs.region else 1.0
    rival = float((mine.area, mine.setting) == (theirs.area, theirs.setting))
    against = p.distance_cost * distance + p.rivalry_cost * rival
    known = 1.0 - 0.5 ** (len(one.partners.keys() & other.partners.keys()) + 1.0)
    return sees(one, other, known, error, against), sees(other, one, known, error, against)


def seeks(one: Provider) -> Offer | None:
    """Return the best partnership that a provider and somebody else both want, if any."""
    p, offers, members = one.model.p, [], one.model.members
    if len(one.partners) >= one.most_partners:
        return None
    for number in range(int(p.candidates * (1.0 + one.support.brokerage + one.support.learning_collaborative))):
        near = members[("setting", one.place.setting) if number % 2 else ("area", one.place.area)]
        other = near[int(one.draw("with whom", number=number) * len(near))]
        if other is one or not other.here or other in one.partners or len(other.partners) >= other.most_partners:
            continue
        mine, theirs = judged(one, other)
        if min(mine, theirs) > p.least_score:
            offers.append(Offer(mine + theirs, one, other))
    return max(offers, key=lambda offer: (offer.score, -offer.sought.id), default=None)


def parts(one: Provider) -> Provider | None:
    """Return with which partner a provider parts this month, if with any (13d)."""
    model, p, step = one.model, one.model.p, one.model.step_length
    little = model.schedule.moved[model.time_step] or summed(model.view(one)[0]) < 0.05
    trusted = {k: max(0, min(int(TRUSTED / step), model.time_step - since)) for k, since in one.partners.items()}

    def hazard(ties: int, steps: int) -> float:
        trust = steps * step / TRUSTED
        return 0.5 * (p.tie_ending * (ties - p.trust * trust) * (2.0 if little else 1.0))

    if not trusted or one.draw("part") >= model.chance(hazard(len(trusted), sum(trusted.values()))):
        return None

    def clock(partner: Provider) -> float:
        draw = uniform(stream(model.seed_of_run, "part with", model.time_step, partner.id), one.id)
        rate = hazard(1, trusted[partner])
        return -math.log(draw) / rate if rate > 0.0 else math.inf

    first = min(trusted, key=clock)
    return first if clock(first) < math.inf else None


def change_partners(model: PlainSector) -> None:
    """Let partnerships end and begin: all judge the network as it was, then it changes."""
    rate = model.p.partner_search
    here = [one for one in model.all if one.here]
    seeking = [one for one in here if one.draw("seek") < model.chance(one.character.openness * rate)]
    offers = [offer for offer in map(seeks, seeking) if offer is not None]
    endings = [(one, other) for one in here if (other := parts(one)) is not None]
    for one, other in endings:
        if other in one.partners:
            model.unties(one, other)
    for offer in sorted(offers, key=lambda made: (-made.score, made.seeker.id, made.sought.id)):
        one, other = offer.seeker, offer.sought
        room = len(one.partners) < one.most_partners and len(other.partners) < other.most_partners
        if room and other not in one.partners:
            model.ties(one, other)
