"""What surrounds each provider in each step, worked out from the conditions as a person gave them (details 4)."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from carespread.model import Lever
from carespread.model.declare import entries
from carespread.model.policy import PER_INNOVATION, Policy
from carespread.model.population.england.published import regions
from carespread.model.shocks import Shocks

from .draws import generator
from .equations import summed

SETTINGS = ("nursing", "residential", "homecare", "community")
OWNERSHIPS = ("for-profit", "third-sector", "public")
PRIORITIES = ("safety", "independence", "workforce", "cost")
BURDENS = {"tight": 1.5, "central": 1.0, "supportive": 0.5}
ECONOMIES = {"tight": (0.98, 1.2), "central": (1.0, 1.0), "supportive": (1.02, 0.8)}
PRIORITY_REGIMES: dict[str, dict[str, float]] = {
    "even": {},
    "austerity": {"cost": 1.0},
    "reform": {"independence": 0.5, "workforce": 0.5},
    "safety first": {"safety": 1.0},
    "independence first": {"independence": 1.0},
}
DECLARED = entries(Policy)
ON_PROVIDERS = [name for name in Policy._fields if name not in PER_INNOVATION]


def months_between(first: str, last: str) -> int:
    """Return how many months one month (YYYY-MM) lies after another."""
    (y0, m0), (y1, m1) = (map(int, month.split("-")) for month in (first, last))
    return (y1 - y0) * 12 + m1 - m0


def belongs(group: str, population: Any) -> np.ndarray:
    """Return which providers belong to a target group, whose parts are joined by "and"."""
    made = np.ones(len(population.id), bool)
    places = [name.lower().replace(" ", "-") for name in regions()]
    for part in (one.strip() for one in group.split(" and ")):
        if part in SETTINGS:
            made &= population.setting == SETTINGS.index(part)
        elif part in OWNERSHIPS:
            made &= population.ownership == OWNERSHIPS.index(part)
        elif part in places:
            made &= population.region == places.index(part)
        elif part != "all":
            made &= {
                "small": population.staff < 50, "large": population.staff >= 50, "below-good": population.rating < 0
            }[part]  # fmt: skip
    return made


class Schedule:
    """Levers, shocks and regimes by step, policy cell and innovation."""

    def __init__(
        self,
        conditions: Any,
        policy: Policy,
        p: Any,
        switches: Any,
        innovations: list[Any],
        population: Any,
        growth: list[list[float]],
        length: int,
        seed: int,
        step: float,
        likes: list[int],
    ):
        """Work out `length` steps of `step` months; after the population open those who are like its rows `likes`."""
        self.start, self.length, self.step = conditions.start, length, step
        self.innovations, self.p, self.switches, self.seed = innovations, p, switches, seed
        standing = [Lever(name, strength) for name, strength in policy._asdict().items() if strength != 0]
        levers = [*conditions.levers, *standing]
        shocks = conditions.shocks if switches.shocks else ()
        groups = [group for lever in levers for group in self.groups_of(lever)]
        self.names = list(dict.fromkeys([*groups, *((one.group, "", 1.0) for one in shocks)]))
        columns = [self.members(name, population, likes).tolist() for name in self.names]
        everybody = len(population.id) + len(likes)
        self.cells: list[tuple[bool, ...]] = [tuple(column[i] for column in columns) for i in range(everybody)]
        """The policy cell of each provider: to which of the named groups it belongs."""
        self.kinds = sorted(set(self.cells))
        weight = dict.fromkeys(self.kinds, 0.0)
        for cell, stands_for in zip(self.cells, population.weight.tolist(), strict=False):
            weight[cell] += stands_for
        self.held = {cell: weight[cell] / math.fsum(population.weight) for cell in self.kinds}
        self.pull_levers(levers)
        self.set_regimes(conditions)
        self.set_surroundings(conditions)
        self.no_successor = [
            [self.leaves_a_gap(g, setting, population) for setting, g in enumerate(now)] for now in growth
        ]
        """Chance that nobody follows who closes (19f), by step and setting."""
        for shock in shocks:
            self.strike(shock)

    @staticmethod
    def groups_of(lever: Lever) -> list[tuple[str, str, float]]:
        """Return who feels a lever and who takes part in it: target group, and the lever's name and share of it."""
        shares = lever.take_up * lever.completion, lever.take_up
        return [(lever.group, "", 1.0) if share >= 1 else (lever.group, lever.name, share) for share in shares]

    def members(self, name: tuple[str, str, float], population: Any, likes: list[int]) -> np.ndarray:
        """Return which providers a group holds, some of a target group by a number for each id; newcomers too."""
        group, lever, share = name
        made = belongs(group, population)
        made = np.concatenate([made, made[likes]])
        if lever:
            ids = np.concatenate([population.id, population.id.max() + 1 + np.arange(len(likes))])
            numbers = generator(self.seed, f"take-up {lever}").random(len(ids))
            made &= numbers[np.argsort(np.argsort(ids))] < share
        return made

    def course(self, when: range, delay: int, fade: float | None) -> list[float]:
        """Return how much of a lever is felt in each step."""
        first, felt = when.start + round(delay / self.step), [0.0] * self.length
        for t in range(first, when.stop):
            felt[t] = 1.0
        if fade is not None and when.stop > first:
            tail = np.exp(-fade * self.step * np.arange(1, self.length - when.stop + 1)).tolist()
            felt[when.stop :] = tail
        return felt

    def leaves_a_gap(self, g: float, setting: int, population: Any) -> float:
        """Return the chance that nobody follows who closes, where a setting shrinks (19f)."""
        closures = 12.0 * self.p.exit_rate * population.country.closures[setting]
        return min(1.0, max(0.0, -g) / closures) if closures > 0.0 else 0.0

    def due(self, t: int, renewal_month: int | None) -> bool:
        """Return whether a yearly return is due in a step: it ends the calendar month that the file names."""
        month, after = (math.floor(step * self.step + 1e-9) for step in (t, t + 1))
        return after > month and (int(self.start[5:]) - 1 + month) % 12 + 1 == renewal_month

    def steps(self, first: str | None, last: str | None) -> range:
        """Return the steps from a first to a last month."""
        begin = 0 if first is None else max(0, months_between(self.start, first))
        end = self.length if last is None else months_between(self.start, last) + 1
        return range(*slice(round(begin / self.step), max(0, round(end / self.step))).indices(self.length))

    def pull_levers(self, levers: list[Lever]) -> None:
        """Add up levers, hold each within its limit, and note where grants have just ended."""

        def none(names: Any) -> SimpleNamespace:
            return SimpleNamespace(**dict.fromkeys(names, 0.0))

        of_innovation = (*PER_INNOVATION, "lever_cost", "manager_cost", "staff_cost", "grant_ended")
        self.pulls = [{c: [none(of_innovation) for _ in self.innovations] for c in self.kinds}
                      for _ in range(self.length)]  # fmt: skip
        on_providers = (*ON_PROVIDERS, "climate", "obliged")
        self.supports = [{cell: none(on_providers) for cell in self.kinds} for _ in range(self.length)]
        for lever in levers:
            reached = [j for j, one in enumerate(self.innovations) if lever.innovation in (None, one.name)]
            paying = [j for j in reached if not self.innovations[j].local]
            strength = lever.strength * (1.0 if lever.times is None else getattr(self.p, lever.times))
            unit = DECLARED[lever.name].about.unit_cost if lever.unit_cost is None else lever.unit_cost
            feel, take_part = map(self.names.index, self.groups_of(lever))
            when, fade = self.steps(lever.start, lever.end), DECLARED[lever.name].about.fade
            fade = fade if lever.fade is None else lever.fade
            course = self.course(when, lever.delay, fade)
            lasting = self.course(when, lever.delay, None if fade is None else self.p.climate_fade)
            for t in range(self.length):
                for cell in (one for one in self.kinds if one[feel]):
                    if lever.name in PER_INNOVATION:
                        for j in reached:
                            vars(self.pulls[t][cell][j])[lever.name] += course[t] * strength
                    else:
                        vars(self.supports[t][cell])[lever.name] += course[t] * strength
                    if lever.name in ("senior_programme", "manager_programme") and self.switches.climate:
                        self.supports[t][cell].climate += self.p.programme_climate * lasting[t] * strength / 2
                column, bill = self.billed(lever, when, t)
                for cell in (one for one in self.kinds if one[take_part] and t in when):
                    for j in paying:
                        vars(self.pulls[t][cell][j])[column] += bill * strength * unit / len(paying)
        reach = round(6 / self.step)
        for t in range(self.length):
            for cell in self.kinds:
                for pulled in (*map(vars, self.pulls[t][cell]), vars(self.supports[t][cell])):
                    for name in pulled.keys() & DECLARED.keys():
                        pulled[name] = min(pulled[name], DECLARED[name].about.high)
                made_to = (min(1.0, one.enforcement + one.mandate) for one in self.pulls[t][cell])
                self.supports[t][cell].obliged = max(made_to, default=0.0)
                for j, pull in enumerate(self.pulls[t][cell]):
                    before = [self.pulls[u][cell][j].grant for u in range(max(0, t - reach), t)]
                    pull.grant_ended = float(pull.grant == 0.0 and max(before, default=0.0) > 0.0)

    def billed(self, lever: Lever, when: range, t: int) -> tuple[str, float]:
        """Return what a lever is paid for by, and how many unit costs a month for each in a step (19i)."""
        whom = DECLARED[lever.name].about.charged
        if whom == "provider-month":
            return "lever_cost", 1.0
        column, leave = {
            "senior leader": ("lever_cost", self.p.senior_turnover),
            "manager": ("manager_cost", self.p.manager_turnover),
            "member of staff": ("staff_cost", self.p.turnover),
        }[whom]
        begins = 0 if lever.start is None else months_between(self.start, lever.start)
        again = 12 if whom != "member of staff" else 10**6
        paid = any(round(k / self.step) == t for k in range(begins, self.length + 1, again))
        return column, 1.0 / self.step if paid else leave

    def set_regimes(self, conditions: Any) -> None:
        """Set what the scenario says of each innovation: burden, relative advantage (15), beginning."""
        weights = self.priorities(conditions)
        back = round(12 / self.step)
        self.moved = [
            summed(abs(now - then) for now, then in zip(weights[t], weights[max(0, t - back)], strict=True)) > 0.1
            for t in range(self.length)
        ]
        shifts = [
            0.5
            * summed(abs(now - then) for now, then in zip(weights[t], weights[max(0, t - back)], strict=True))
            * (self.step / 12)
            for t in range(self.length)
        ]
        self.regimes = [[
            SimpleNamespace(
                shift=shifts[t],
                burden=min(1.0, one.burden * BURDENS[conditions.regulatory]) * (1 - self.of_sector(t, j, "reform")),
                building=self.of_sector(t, j, "movement_building"),
                advantage=summed(v * getattr(one, name) for v, name in zip(weights[t], PRIORITIES, strict=True)),
                held=t < round((months_between(self.start, one.start) + 1) / self.step),
                burden_cut=0.0, cost_cut=0.0, outage=0.0,
            )
            for j, one in enumerate(self.innovations)
        ] for t in range(self.length)]  # fmt: skip

    def of_sector(self, t: int, j: int, lever: str) -> float:
        """Return a lever that acts on the sector as a whole: each cell's strength times its share of providers."""
        return summed(vars(self.pulls[t][cell][j])[lever] * self.held[cell] for cell in self.kinds)

    def priorities(self, conditions: Any) -> list[list[float]]:
        """Return the weights of the four priorities by step (15)."""
        p, goals = self.p, [0.0] * 4
        weights: list[list[float]] = []
        scores = generator(self.seed, "goals").standard_normal((self.length, 4)).tolist()
        back, deviation = (p.goal_return, p.goal_drift) if self.switches.drift else (0.0, 0.0)
        regimes = [PRIORITY_REGIMES["even"]] * self.length
        for month, regime in conditions.priorities if self.switches.drift else ():
            first = min(self.length, max(0, round(months_between(self.start, month) / self.step)))
            regimes[first:] = [PRIORITY_REGIMES[regime]] * (self.length - first)
        for score, regime in zip(scores, regimes, strict=True):
            goals = [
                goal - min(1.0, back * self.step) * goal + deviation * math.sqrt(self.step) * one
                for goal, one in zip(goals, score, strict=True)
            ]
            logs = [goal + regime.get(name, 0.0) for goal, name in zip(goals, PRIORITIES, strict=True)]
            weights.append([])
            for k, own in enumerate(logs):
                one, two, three = (math.exp(min(700.0, logs[(k + ahead) % 4] - own)) for ahead in (1, 2, 3))
                weights[-1].append(1.0 / (1.0 + one + two + three))
        return weights

    def set_surroundings(self, conditions: Any) -> None:
        """Set wages, fees, turnover and so on as they are without shocks."""
        fees, leaving = ECONOMIES[conditions.economic]
        turnover = self.series(conditions.turnover, self.p.turnover)
        vacancy = self.series(conditions.vacancy, self.p.vacancy)
        self.around = [{
            cell: SimpleNamespace(
                turnover=turnover[t] * leaving, vacancy=vacancy[t], fee=fees, price=fees,
                wage=1.0, inspection=1.0, stance=1.0, drain=0.0, noise=0.0,
            )
            for cell in self.kinds
        } for t in range(self.length)]  # fmt: skip

    def series(self, points: Any, otherwise: float) -> list[float]:
        """Return a dated series by step: each point holds until the next, the first also before itself."""
        values = [points[0][1] if points else otherwise] * self.length
        for month, value in points:
            first = max(0, round(months_between(self.start, month) / self.step))
            values[first:] = [value] * len(values[first:])
        return values

    def strike(self, shock: Any) -> None:
        """Let one shock move what surrounds providers (18)."""
        s = Shocks._field_defaults[shock.kind] if shock.strength is None else shock.strength
        when = self.steps(shock.start, shock.end)
        struck = [cell for cell in self.kinds if cell[self.names.index((shock.group, "", 1.0))]]
        for t in when:
            for one, regime in zip(self.innovations, self.regimes[t], strict=True):
                if shock.kind == "pandemic":
                    regime.advantage += s * one.remote * (1 - regime.advantage)
                    regime.burden_cut = max(regime.burden_cut, 0.5 * s)
                    regime.cost_cut = max(regime.cost_cut, 0.3 * s)
                elif shock.kind == "supplier_failure" and one.name == shock.innovation:
                    regime.outage = max(regime.outage, s)
            for around in (self.around[t][cell] for cell in struck):
                if shock.kind == "pandemic":
                    around.drain += 0.05 * s
                    around.turnover *= 1 + 0.3 * s
                    around.vacancy = min(0.3, around.vacancy + 0.02 * s)
                    around.inspection *= 1 - 0.9 * s
                elif shock.kind in ("wage_step", "national_insurance"):
                    around.wage *= 1 + s
                    for name, late, share in (("fee", 12, 0.6), ("price", 3, 0.9)):
                        if t >= when.start + round(late / self.step):
                            vars(around)[name] *= 1 + share * self.p.labour_share * s
                elif shock.kind == "insolvency":
                    around.fee *= 1 - 0.1 * s
                    around.stance *= 1 - 0.5 * s
                elif shock.kind == "immigration":
                    around.vacancy = min(0.3, around.vacancy + 0.035 * s)
                    around.turnover *= 1 + 0.15 * s
                elif shock.kind == "inspection_change":
                    around.inspection *= 1 - 0.5 * s
                    around.noise = max(around.noise, 0.5 * s)
