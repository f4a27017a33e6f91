"""The sector of the oracle as a plain Mesa model: the start, a month in its order, institutions and the record."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from carespread.model.policy import Policy

from .draws import stream, uniform
from .growth import at_the_start, newcomers, rates
from .partners import change_partners
from .provider import PULL, Journey, Provider
from .schedule import Schedule
from .start import IMPLEMENTING, SUSTAINED, UNAWARE, Start, innovations_of

if TYPE_CHECKING:
    from carespread.model.simulate import Prepared

SUMS = (
    "using", "sites", "people", "scaled", "large using", "ranked", "outcome", "skill",
    "paid by public", "paid by providers", "started", "routinised", "abandoned", "kept",
    "set up by public", "set up by providers", "administration", "compliance",
)  # fmt: skip
FLOWS = (
    "ties", "here", "sites", "people", "ranked", "large",
    "slack", "exits", "ties made", "ties ended", "originated", "received", "paid", "taken", "wages", "wages funded",
)  # fmt: skip
"""What is recorded of each innovation, and of all together, in the order of the record."""
LONG_AGO = -(1 << 20)
"""Step in which partnerships of the start began: they are trusted."""


def plain(record: Any) -> SimpleNamespace:
    """Return the one record of an array as a plain object."""
    return SimpleNamespace(**dict(zip(record.dtype.names, record[0].tolist(), strict=True)))


class PlainSector(mesa.Model):
    """The sector, from what a run was given: parameters, conditions, population, first partners and seed."""

    def __init__(
        self,
        prepared: Prepared,
        policy: Policy | None = None,
        drawn: Prepared | None = None,
        of_register: bool = True,
    ):
        """Take over what the run was given, and work out the rest.

        `drawn` is the same run without entry: its population is that which was drawn, before settings grew; it may be
        of the register or somebody's own.
        """
        world, bare = prepared.frame, drawn or prepared
        if drawn is None and world.switches[0].entry:
            raise ValueError("give the same run without entry, too: who was drawn stands only there")
        self.p, self.switches = plain(world.parameters), plain(world.switches)
        self.seed_of_run, self.step_length = int(world.settled[0].seed), float(world.settled[0].step)
        super().__init__(rng=self.seed_of_run)
        length = len(prepared.record.counts) - 1
        population, series, when = bare.population, prepared.conditions.net_entry, prepared.conditions.start
        if of_register and not series:
            series = population.country.net_entry()
        # each value counts `net_entry` times; without entry there is none
        often = self.p.net_entry if self.switches.entry else 0.0
        series = tuple((month, setting, value * often) for month, setting, value in series)
        if of_register:
            population = at_the_start(population, series, when)
        growth = rates(series, population.country.settings, when, length, self.step_length)
        many = range(len(population.id))
        self.library = innovations_of(prepared.innovations, self.p, self.switches, self.seed_of_run)
        to_open = newcomers(population, growth, self.step_length, self.seed_of_run)
        self.schedule = Schedule(
            prepared.conditions, policy or Policy(), self.p, self.switches, self.library, population, growth, length,
            self.seed_of_run, self.step_length, [like for _, like, _ in to_open],
        )  # fmt: skip
        network = bare.state.network
        partners = [network.partners[network.first[i] : network.first[i] + network.ties[i]].tolist() for i in many]
        start = Start(self.p, self.switches, population, self.library, partners, self.schedule, len(to_open))
        self.reference, self.frontline_mean, self.exit_base = start.reference, start.frontline_mean, start.exit_base
        self.culture_mean, self.culture_usual = start.culture_mean, start.culture_usual
        self.represents = math.fsum(population.weight) / len(many)
        self.time_step, self.under_way = 0, False
        self.all = [self.provider(i, population, start) for i in many]
        for one, known in zip(self.all, partners, strict=True):
            one.partners = {self.all[k]: LONG_AGO for k in known}
            one.most_partners = max(8, len(known))
        self.members: dict[tuple[str, int], list[Provider]] = {}
        """Providers of an area or a setting, in the order of their first ids."""
        for one in self.all:
            self.becomes_member(one)
        self.coming: list[list[tuple[Provider, int]]] = [[] for _ in range(length)]
        """Who opens in each step, with its weight (19f)."""
        last = max(one.id for one in self.all)
        for row, (t, like, weight) in enumerate(to_open):
            one = self.provider(like, population, start)
            one.place.row, one.place.weight, one.id = len(many) + row, 0, last + 1 + row
            one.place.cell = self.schedule.cells[len(many) + row]
            one.founder.misjudged = start.misjudged[len(many) + row]
            one.journeys = [Journey(j, made, UNAWARE, 0, self.p) for j, made in enumerate(self.library)]
            self.all.append(one)
            self.coming[t].append((one, weight))
        numbers = range(len(self.library))
        self.movement, self.density = [0.0 for _ in numbers], [0.0 for _ in numbers]
        self.burden = [self.regime(j).burden for j in numbers]
        self.born = [not one.local for one in self.library]
        self.usual = dict(zip(population.authority.tolist(), start.stances, strict=True))
        self.stance = {(authority, j): self.usual[authority] for authority in self.usual for j in numbers}
        self.record: list[tuple[Any, ...]] = []
        self.begin_counting()
        self.agents.do("is_counted")
        self.count()
        self.under_way = True

    def provider(self, i: int, population: Any, start: Start) -> Provider:
        """Return the provider of a row, as it begins."""
        fixed = (
            "people",
            "sites",
            "staff",
            "setting",
            "ownership",
            "authority",
            "region",
            "area",
            "rating",
            "connectivity",
        )
        place = SimpleNamespace(
            row=i, cell=self.schedule.cells[i], weight=start.weight[i], rank=start.rank[i], revenue=start.revenue[i],
            self_revenue=start.self_revenue[i], self_funders=start.self_funders[i],
            self_share=population.self_funder_share[i].item(),
            **{name: getattr(population, name)[i].item() for name in fixed},
        )  # fmt: skip
        goes = ("senior", "manager", "frontline", "learning", "openness", "self_knowledge", "senior_score")
        character = SimpleNamespace(
            capability=population.capability[i].tolist(), misjudged=start.misjudged[i], slack=start.slack[i],
            slack_base=start.base[i], cost=start.cost[i], revenue=start.revenue[i],
            threshold=self.p.adoption_threshold + self.p.threshold_spread * population.threshold_score[i].item(),
            value_to_keep=self.p.value_to_keep + self.p.value_to_keep_spread * population.keep_score[i].item(),
            **{name: getattr(population, name)[i].item() for name in goes},
        )  # fmt: skip
        journeys = [Journey(j, one, *start.stages[j][i], self.p) for j, one in enumerate(self.library)]
        for j, journey in enumerate(journeys):
            if journey.stage == SUSTAINED:
                journey.a, journey.b, journey.skill, journey.fit = start.long_use[j][i]
        return Provider(self, place, character, journeys, start.aspiration[i])

    def becomes_member(self, one: Provider) -> None:
        """Let a provider be found in its area and its setting."""
        for layer in (("area", one.place.area), ("setting", one.place.setting)):
            self.members.setdefault(layer, []).append(one)

    # the month's circumstances

    def regime(self, number: int) -> Any:
        """Return what the scenario sets for an innovation this month."""
        return self.schedule.regimes[self.time_step][number]

    def runs(self, number: int) -> bool:
        """Return whether an innovation exists and has begun."""
        return self.running[number]

    def is_due(self, innovation: Any) -> bool:
        """Return whether a yearly return is due in this step."""
        return self.schedule.due(self.time_step, innovation.renewal_month)

    def demand(self, number: int) -> float:
        """Return D, how much people ask for an innovation (16b)."""
        return self.p.demand_effect * self.movement[number] if self.switches.demand else 0.0

    def burden_of(self, number: int) -> float:
        """Return the regulatory burden of an innovation, before what is suspended (16d)."""
        return self.burden[number] if self.switches.deregulation else self.regime(number).burden

    def view(self, one: Provider) -> tuple[list[float], list[float]]:
        """Return what a provider sees in itself, the same all month."""
        if one not in self.views:
            self.views[one] = one.view()
        return self.views[one]

    @property
    def whole_month(self) -> int:
        """Months that have passed before this step."""
        return math.floor(self.time_step * self.step_length + 1e-9)

    @property
    def ends_month(self) -> bool:
        """Whether this step ends a month."""
        return math.floor((self.time_step + 1) * self.step_length + 1e-9) > self.whole_month

    def draw(self, decision: str, who: int, innovation: Any = None) -> float:
        """Return the draw in (0, 1) that settles a decision of this month."""
        thing = innovation.key if innovation else 0
        if (decision, thing) not in self.starts:
            self.starts[decision, thing] = stream(self.seed_of_run, decision, self.time_step, thing)
        return uniform(self.starts[decision, thing], who)

    def chance(self, hazard: float) -> float:
        """Return (1), the chance of an event within the step."""
        return -math.expm1(-min(hazard, self.p.hazard_ceiling) * self.step_length)

    # a month

    def step(self) -> None:
        """Let one month pass: all decide, then all act, then partners, closures and institutions change."""
        self.starts: dict[tuple[str, int], int] = {}
        self.views: dict[Provider, tuple[list[float], list[float]]] = {}
        self.inventors: list[tuple[float, Provider]] = []
        self.running = [born and not self.regime(number).held for number, born in enumerate(self.born)]
        self.see_use()
        self.begin_counting()
        self.agents.do("decide")
        self.agents.do("act")
        if self.switches.skill:
            self.agents.do("grows")
        if self.switches.partnering:
            change_partners(self)
        for one in self.all:
            if one.closes:
                one.is_replaced()
        for one, weight in self.coming[self.time_step]:
            one.comes(weight)
        for one in self.all:
            one.closes = False
        for one, _ in self.coming[self.time_step]:
            self.becomes_member(one)
        self.bring_in()
        self.institute()
        self.count()
        self.time_step += 1

    def see_use(self) -> None:
        """Let all show themselves; add up use by area and setting, and the pull on self-funders by market."""
        self.agents.do("is_seen")
        self.weight: dict[tuple[str, int], int] = {}
        self.use: dict[tuple[str, int], list[int]] = {}
        for layer, members in self.members.items():
            self.weight[layer] = sum(one.place.weight for one in members)
            self.use[layer] = [
                sum(one.place.weight * one.shown[j] for one in members) for j in range(len(self.library))
            ]
        began, now = self.drawn(lambda one: PULL), self.drawn(lambda one: one.pull)
        self.market = {market: (began[market], now[market]) for market in began}

    def drawn(self, pull: Any) -> dict[tuple[int, int], int]:
        """Return the sum of self-funders by market, each weighed by the pull of its provider."""
        sums: dict[tuple[int, int], int] = {}
        for one in self.all:
            market = one.place.area, one.place.setting
            sums[market] = sums.get(market, 0) + one.place.weight * one.place.self_funders * pull(one)
        return sums

    def ties(self, one: Provider, other: Provider) -> None:
        """Make two providers partners."""
        one.partners[other] = other.partners[one] = self.time_step
        self.flows["ties made"] += one.place.weight + other.place.weight

    def unties(self, one: Provider, other: Provider) -> None:
        """End a partnership."""
        del one.partners[other], other.partners[one]
        self.flows["ties ended"] += one.place.weight + other.place.weight

    def bring_in(self) -> None:
        """Let one of those who came up with something implement it, if there is room for one more (17)."""
        free = [number for number, born in enumerate(self.born) if not born]
        inventor = min(self.inventors, key=lambda inventor: inventor[0], default=(1.0, None))[1]
        if inventor is not None and inventor.here and free:
            one = inventor
            journey = one.journeys[min(free, key=lambda number: self.library[number].key)]
            journey.stage, journey.sites_in_use, journey.since = IMPLEMENTING, 1, self.whole_month
            self.born[journey.number] = True
            self.sums[journey.number]["started"] += one.place.weight

    def institute(self) -> None:
        """Move movements, stances and burdens (16), all by the movement before the month."""
        p, switches, dt = self.p, self.switches, self.step_length
        for j, M in enumerate(self.movement):
            self.density[j] = 0.0
            if not self.running[j]:
                continue
            regime = self.regime(j)
            if switches.movement:
                self.density[j] = self.joined(j) if p.movement_growth > 0.0 else 0.0
                growth = (p.movement_growth * self.density[j] + regime.building) * (1.0 - M) - p.movement_decay * M
                self.movement[j] = max(0.0, min(1.0, M + growth * dt))
            if switches.commissioning:
                for authority, usual in self.usual.items():
                    G = self.stance[authority, j]
                    pull = p.stance_effect * M * (1.0 - G) + p.stance_return * (usual - G)
                    self.stance[authority, j] = max(0.0, min(1.0, G + pull * dt))
            if switches.deregulation:
                B = self.burden[j]
                pull = p.burden_return * (regime.burden - B) - p.burden_effect * M * max(0.0, B - p.burden_least)
                self.burden[j] = max(0.0, min(1.0, B + pull * dt))

    def joined(self, number: int) -> float:
        """Return the share of ties that join two users, by weight."""
        users = {one for one in self.all if one.journeys[number].sites_in_use > 0}
        ends = sum(one.place.weight * len(one.partners) for one in self.all)
        between = sum(one.place.weight * len(users & one.partners.keys()) for one in users)
        return between / ends if ends > 0 else 0.0

    # the record

    def begin_counting(self) -> None:
        """Set the month's numbers to zero."""
        self.sums = [dict.fromkeys(SUMS, 0) for _ in self.library]
        self.flows = dict.fromkeys(FLOWS, 0)

    def count(self) -> None:
        """Remember the end of the month: stages, use, skill, ties, institutions."""
        counts = [[0] * 6 for _ in self.library]
        for one in self.all:
            place, flows = one.place, self.flows
            flows["ties"] += place.weight * len(one.partners)
            flows["here"] += place.weight
            flows["sites"] += place.weight * place.sites
            flows["people"] += place.weight * place.people
            flows["ranked"] += place.weight * place.people * place.rank
            flows["large"] += place.weight * (place.staff >= 50)
            for number, journey in enumerate(one.journeys):
                counts[number][journey.stage] += place.weight
                if not journey.using:
                    continue
                sums, share = self.sums[number], one.share(journey)
                sums["using"] += place.weight
                sums["sites"] += place.weight * journey.sites_in_use
                sums["people"] += place.weight * place.people * share
                sums["scaled"] += place.weight * (
                    journey.stage == SUSTAINED and journey.sites_in_use * 10 >= place.sites * 8
                )
                sums["large using"] += place.weight * (place.staff >= 50)
                sums["ranked"] += place.weight * place.people * (share >> 10) * place.rank
                sums["skill"] += place.weight * math.floor(journey.skill * (1 << 20) + 0.5)
        cuts = [1.0 - self.regime(j).burden_cut if self.under_way else 1.0 for j in range(len(self.library))]
        burdens = [self.burden_of(j) * cut for j, cut in enumerate(cuts)]
        all_sums = [list(one.values()) for one in self.sums]
        at_large = list(zip(self.movement, burdens, self.density, strict=True))
        self.record.append((counts, all_sums, list(self.flows.values()), at_large))

    def recorded(self) -> dict[str, np.ndarray]:
        """Return counts (T + 1, J, 6), sums (T + 1, J, 14), flows (T + 1, 14) and sector (T + 1, J, 3)."""
        kinds = {"counts": np.int64, "sums": np.int64, "flows": np.int64, "sector": np.float64}
        parts = zip(kinds.items(), zip(*self.record, strict=True), strict=True)
        return {name: np.array(part, kind) for (name, kind), part in parts}

    def held(self) -> dict[str, np.ndarray]:
        """Return what every provider that is there is and has now; partners as pairs of rows, in order."""
        of_rows = ("id", "senior", "manager", "frontline", "slack", "aspiration", "rating", "unrest_felt")
        of_pairs = ("stage", "sites_in_use", "a", "b", "skill", "fit", "granted")
        here = [one for one in self.all if one.here]
        rows = {name: np.array([getattr(one, name) for one in here]) for name in of_rows}
        rows |= {name: np.array([getattr(one.place, name) for one in self.all]) for name in ("weight",)}
        pairs = {name: np.array([[getattr(it, name) for it in one.journeys] for one in here]) for name in of_pairs}
        ties = sorted((one.place.row, other.place.row) for one in self.all for other in one.partners)
        capability = np.array([one.capability for one in here])
        return rows | pairs | {"capability": capability, "ties": np.array(ties).reshape(-1, 2)}
