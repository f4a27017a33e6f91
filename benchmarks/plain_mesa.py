"""A plain Mesa model of the same sector, one Python object a provider: what the engine is timed and checked against.

It is what a careful modeller would write in Mesa without arrays: providers hold their traits, a journey for each
innovation and their partners; each month all decide from what they saw at the end of the last one, then all act.
Control flow is written here from the equations of the model's description, not taken from `model.step`; only the
equations themselves (`model.submodels`) and the named luck (`model.randomness`) are shared, and the start
(`Prepared`). It computes every chance itself, without the bounds that save the engine time. So it is an oracle too:
month by month it gives the very numbers of the engine.

To time it, run with NUMBA_DISABLE_JIT=1: submodels are then ordinary Python functions.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import mesa
import numpy as np
from numpy.lib import recfunctions as rfn

from carespread.model import randomness as luck_of
from carespread.model import state as at
from carespread.model.mechanisms import hazards, movements
from carespread.model.simulate import Prepared
from carespread.model.state import IMPLEMENTING, STAGES

from .plain_partners import change_partners
from .plain_provider import Journey, PlainProvider, whole

LARGE = 50
"""Staff of an organisation that counts as large."""


def plain(array: np.ndarray) -> Any:
    """Return an array of records as nested lists of named tuples of Python numbers."""
    row = namedtuple("row", array.dtype.names or ())  # type: ignore[misc]

    def made(part: Any) -> Any:
        return [made(one) for one in part] if isinstance(part, list) else row._make(part)

    return made(np.asarray(array).tolist())


class PlainSector(mesa.Model):
    """The sector, from the start of a prepared run, which it reads and leaves as it is."""

    def __init__(self, prepared: Prepared):
        """Make one agent for each provider and tell it who its partners are."""
        world, state = prepared.world, prepared.state
        self.settled = plain(world.settled)[0]
        super().__init__(rng=self.settled.seed)
        self.parameters, self.switches = plain(world.parameters)[0], plain(world.switches)[0]
        self.library = plain(world.innovations)
        schedule = world.schedule
        self.pulled, self.supported = plain(schedule.pulled), plain(schedule.supported)
        self.regimes, self.surroundings = plain(schedule.regime), plain(schedule.around)
        self.moved = schedule.moved.tolist()
        self.month, self.under_way = 0, False
        sector = plain(state.sector)
        self.movement, self.burden = [one.movement for one in sector], [one.burden for one in sector]
        self.born = [bool(one.born) for one in sector]
        self.density = [0.0] * len(sector)
        self.stance, self.usual_stance = state.stance.tolist(), state.usual_stance.tolist()
        both = rfn.merge_arrays((world.providers, world.traits), flatten=True)
        rows = zip(plain(both), plain(state.rows), plain(state.pairs), strict=True)
        self.all = [
            PlainProvider(self, traits, row, [Journey(*both) for both in zip(self.library, pairs, strict=True)])
            for traits, row, pairs in rows
        ]
        network = state.network
        for provider, first, ties in zip(self.all, network.first.tolist(), network.ties.tolist(), strict=False):
            slots = slice(first, first + ties)
            known = zip(network.partners[slots].tolist(), network.since[slots].tolist(), strict=True)
            provider.partners = {self.all[row]: since for row, since in known}
        self.members: dict[tuple, list[PlainProvider]] = {}
        """Providers of an area or a setting, in the order of their first names."""
        for provider in sorted(self.all, key=lambda one: one.name):
            for layer in ("area", "setting"):
                self.members.setdefault((layer, getattr(provider.traits, layer)), []).append(provider)
        self.people_began = self.drawn_to(lambda one: one.founder.self_funders * (1 << 16))
        self.people_drawn = self.people_began
        self.weight_of: dict[tuple, int] = {}
        self.use_of: dict[tuple, int] = {}
        self.starts: dict[tuple, Any] = {}
        self.record: list[tuple] = []
        self.tied = sum(len(provider.partners) for provider in self.all)
        self.begin_counting()
        self.agents.do("is_valued")
        self.count()
        self.under_way = True

    # what the month is like

    def pull(self, provider: PlainProvider, number: int) -> Any:
        """Return the month's levers on an innovation for a provider."""
        return self.pulled[self.month][provider.traits.cell][number]

    def support(self, provider: PlainProvider) -> Any:
        """Return the month's levers on a provider."""
        return self.supported[self.month][provider.traits.cell]

    def regime(self, number: int) -> Any:
        """Return what the scenario sets for an innovation this month."""
        return self.regimes[self.month][number]

    def around(self, provider: PlainProvider) -> Any:
        """Return what surrounds a provider this month."""
        return self.surroundings[self.month][provider.traits.cell]

    def runs(self, number: int) -> bool:
        """Return whether an innovation exists, and has begun by this month."""
        return self.existing[number] and not self.regime(number).held

    def demand(self, number: int) -> float:
        """Return how much people ask for an innovation (16b)."""
        effect = self.parameters.demand_effect if self.switches.demand else 0.0
        return movements.demand(effect, self.movement[number])

    def stance_of(self, authority: int, number: int) -> float:
        """Return how far an authority asks for an innovation, levers apart (16c)."""
        return self.stance[authority][number] if self.switches.commissioning else self.usual_stance[authority]

    def burden_of(self, number: int) -> float:
        """Return the regulatory burden of an innovation, before what is suspended (16d)."""
        return self.burden[number] if self.switches.deregulation else self.regime(number).burden

    @property
    def whole_month(self) -> int:
        """How many months have passed before this step."""
        return math.floor(self.month * self.settled.step + 1e-9)

    @property
    def ends_month(self) -> bool:
        """Whether this step ends a month: results are followed month by month."""
        step = self.settled.step
        return step == 1.0 or math.floor((self.month + 1) * step + 1e-9) > math.floor(self.month * step + 1e-9)

    # luck

    def luck(self, decision: int, who: int, number: int | None = None) -> float:
        """Return the number in (0, 1) that settles a decision of this month."""
        if (decision, number) not in self.starts:
            key = 0 if number is None else self.library[number].key
            self.starts[decision, number] = luck_of.stream(self.settled.seed, decision, self.month, key)
        return luck_of.draw(self.starts[decision, number], who)

    def chance(self, hazard: float) -> float:
        """Return (1), the chance of an event within the month."""
        return hazards.probability(hazard, self.parameters.hazard_ceiling, self.settled.step)

    def somebody_like(self, provider: PlainProvider) -> Any:
        """Return one of the same setting: whom a newcomer resembles."""
        alike = self.members["setting", provider.traits.setting]
        return alike[int(self.luck(luck_of.ENTRANT, provider.name) * len(alike))]

    # a month

    def see_use(self) -> None:
        """Sum use by area and by setting, and the pull on self-funders by market."""
        self.weight_of.clear()
        self.use_of.clear()
        self.existing = list(self.born)
        self.agents.do("is_seen")
        for provider in self.all:
            traits = provider.traits
            for layer in (("area", traits.area), ("setting", traits.setting)):
                self.weight_of[layer] = self.weight_of.get(layer, 0) + traits.weight
                for number in range(len(self.library)):
                    use = traits.weight * provider.shown[number]
                    self.use_of[*layer, number] = self.use_of.get((*layer, number), 0) + use
        self.people_drawn = self.drawn_to(lambda one: one.founder.self_funders * one.draws)

    def drawn_to(self, people: Any) -> dict[tuple, int]:
        """Return the weighted sum over the providers of each market."""
        sums: dict[tuple, int] = {}
        for provider in self.all:
            market = provider.traits.area, provider.traits.setting
            sums[market] = sums.get(market, 0) + provider.traits.weight * people(provider)
        return sums

    def ties(self, one: PlainProvider, other: PlainProvider) -> None:
        """Make two providers partners."""
        one.partners[other] = other.partners[one] = self.month
        self.tied += 2
        self.flows[at.TIES_MADE] += 2

    def unties(self, one: PlainProvider, other: PlainProvider) -> None:
        """End a partnership."""
        del one.partners[other], other.partners[one]
        self.tied -= 2
        self.flows[at.TIES_ENDED] += 2

    def invent(self) -> None:
        """Let the luckiest of those who came up with something bring it in, if there is room for one more (17)."""
        inventors = [provider for provider in self.all if provider.invents]
        free = [number for number, born in enumerate(self.born) if not born]
        if not inventors or not free:
            return
        who = min(inventors, key=lambda one: self.luck(luck_of.ORIGINATE, one.invented_as))
        number = min(free, key=lambda one: self.library[one].key)
        self.born[number] = True
        who.journeys[number].stage, who.journeys[number].sites_in_use = IMPLEMENTING, 1
        who.journeys[number].since = self.whole_month
        self.sums[number][at.STARTED] += 1

    def institute(self) -> None:
        """Move movements, commissioners and burdens (16)."""
        p, switches, step = self.parameters, self.switches, self.settled.step
        for number in range(len(self.library)):
            self.density[number] = 0.0
            if not self.runs(number):
                continue
            regime, before = self.regime(number), self.movement[number]
            if switches.movement:
                if p.movement_growth > 0.0:
                    self.density[number] = self.joined(number)
                self.movement[number] = movements.movement_after(
                    before, p.movement_growth, self.density[number], regime.building, p.movement_decay, step
                )
            if switches.commissioning:
                for stances, usual in zip(self.stance, self.usual_stance, strict=True):
                    stances[number] = movements.stance_after(
                        stances[number], p.stance_effect, before, usual, p.stance_return, step
                    )
            if switches.deregulation:
                self.burden[number] = movements.burden_after(
                    self.burden[number], p.burden_effect, before, p.burden_least, regime.burden, p.burden_return, step
                )

    def joined(self, number: int) -> float:
        """Return the share of ties that join two users, by weight."""
        users = {provider for provider in self.all if provider.journeys[number].sites_in_use > 0}
        ends = sum(provider.traits.weight * len(provider.partners) for provider in self.all)
        between = sum(provider.traits.weight * len(users & provider.partners.keys()) for provider in users)
        return between / ends if ends > 0 else 0.0

    def step(self) -> None:
        """Let one month pass: all decide, then all act, then partners, closures and institutions change."""
        self.starts.clear()
        self.see_use()
        self.begin_counting()
        self.agents.do("decide")
        self.agents.do("act")
        if self.switches.skill:
            self.agents.do("grows")
        if self.switches.partnering:
            change_partners(self)
        for provider in self.all:
            provider.invented_as = provider.name
            if provider.closes:
                provider.is_replaced()
        self.invent()
        self.institute()
        self.count()
        self.month += 1

    # what is remembered

    def begin_counting(self) -> None:
        """Set the month's numbers to zero."""
        self.sums = [[0] * at.SUMS for _ in self.library]
        self.flows = [0] * at.FLOWS

    def count(self) -> None:
        """Remember the month: stages, use, money, institutions."""
        counts = [[0] * len(STAGES) for _ in self.library]
        for provider in self.all:
            traits = provider.traits
            for number, mine in enumerate(provider.journeys):
                counts[number][mine.stage] += 1
                if not mine.using:
                    continue
                sums, share = self.sums[number], provider.share(mine)
                sums[at.USING] += 1
                sums[at.USING_WEIGHT] += traits.weight
                sums[at.SITES] += traits.weight * mine.sites_in_use
                sums[at.PEOPLE] += traits.weight * traits.people * share
                sums[at.SCALED] += mine.stage != IMPLEMENTING and mine.sites_in_use * 10 >= traits.sites * 8
                sums[at.SKILL] += traits.weight * whole(mine.skill)
                sums[at.BIG_USING] += traits.staff >= LARGE
                sums[at.RANKED] += traits.weight * traits.people * (share // 1024) * traits.rank
        self.flows[at.TIES] = self.tied
        burdens = [
            self.burden_of(number) * (1.0 - self.regime(number).burden_cut if self.under_way else 1.0)
            for number in range(len(self.library))
        ]
        institutions_now = list(zip(self.movement, burdens, self.density, strict=True))
        self.record.append((counts, self.sums, self.flows, institutions_now))

    def recorded(self) -> dict[str, np.ndarray]:
        """Return counts (T + 1, J, 6), sums (T + 1, J, SUMS), flows (T + 1, FLOWS) and sector (T + 1, J, 3)."""
        kinds = {"counts": np.int64, "sums": np.int64, "flows": np.int64, "sector": float}
        parts = zip(kinds.items(), zip(*self.record, strict=True), strict=True)
        return {name: np.array(part, kind) for (name, kind), part in parts}
