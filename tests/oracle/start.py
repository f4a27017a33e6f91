"""The start of a run, from its population and parameters: accounts, leadership, stages, local innovations."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from .draws import generator, key
from .equations import WHOLE, blended, bounded, clipped, mean, performance, true_success, whole
from .schedule import PRIORITIES, Schedule, months_between

UNAWARE, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, ABANDONED = range(6)
CAPABILITIES = ("practice", "digital", "change", "commercial")
HOMECARE = 2
WEEKS = 52 / 12
"""Weeks in a month."""


def innovations_of(files: Any, p: Any, switches: Any, seed: int) -> list[SimpleNamespace]:
    """Return the innovations of a run as plain objects, with those that staff may come up with (17)."""
    made = [
        plain_innovation(one.name, one.attributes, one.file, one.own._asdict(), p, switches)
        for one in files
        if not one.local
    ]
    by_key = sorted((one for one in files if not one.local), key=lambda one: key(one.name))
    for number in range(4 if switches.origination else 0):
        rng = np.random.default_rng([seed, key(f"original {number}") % 2**32])
        parent = by_key[rng.integers(len(by_key))]
        attributes = parent.attributes._asdict()
        fresh = number % 2 == 1
        near = 0.0 if fresh else attributes["success"] + rng.normal(0, 0.1)
        attributes["success"] = rng.uniform(0.2, 0.8) if fresh else max(0.0, min(1.0, near))
        attributes["prior_mean"], attributes["prior_trials"] = 0.5, 4.0
        for name in (*PRIORITIES, "complexity", "observability") if fresh else ():
            attributes[name] = rng.uniform(0, 1)
        new = plain_innovation(
            f"local_{number + 1}", type(parent.attributes)(**attributes), parent.file, {}, p, switches
        )
        new.local, new.start, new.confirmed = True, "2000-01", False
        made.append(new)
    return made


def plain_innovation(
    name: str, attributes: Any, file: Any, own: dict[str, Any], p: Any, switches: Any
) -> SimpleNamespace:
    """Return an innovation with the numbers that hold for it: its own, or the sector's."""
    one = SimpleNamespace(**attributes._asdict(), name=name, key=key(name), local=False, start=file.start)
    one.shares, one.kind = file.starting_share, CAPABILITIES.index(file.capability)
    one.confirmed, one.renewal_month = file.reputation == "confirmed", file.renewal_month
    suits = ("compatible_nursing", "compatible_residential", "compatible_homecare", "compatible_community")
    owners = one.for_profit, one.third_sector, one.public
    one.compatibility = [[getattr(one, setting) * owner for owner in owners] for setting in suits]
    """By setting and ownership."""
    one.a0, one.b0 = one.prior_mean * one.prior_trials, (1 - one.prior_mean) * one.prior_trials
    of_its_own = {field: value for field, value in own.items() if value is not None}
    for field in ("base_awareness", "imitation", "sustain_hazard", "start_aware", "attention"):
        setattr(one, field, of_its_own.get(field, getattr(p, field)))
    one.base_hazard = one.sustain_hazard * one.abandonment
    one.pilot_rate = p.pilot_rate * (one.pilot_pace if switches.pace else 1.0)
    one.implementation_rate = p.implementation_rate * (one.implementation_pace if switches.pace else 1.0)
    return one


class Start:
    """What each provider is and has before the first month."""

    def __init__(
        self,
        p: Any,
        switches: Any,
        population: Any,
        innovations: list[Any],
        partners: list[list[int]],
        schedule: Schedule,
        more: int,
    ):
        """Work out the start of a run in which `more` providers open later."""
        self.p, self.switches, self.population, self.schedule = p, switches, population, schedule
        self.when, self.seed = schedule.start, schedule.seed
        self.many, self.weights = len(population.id), population.weight.tolist()
        self.accounts()
        levels = list(
            zip(*(getattr(population, one).tolist() for one in ("senior", "manager", "frontline")), strict=True)
        )
        self.leads = {
            stage: [blended(one, weights_of(p, stage), p.complementarity) for one in levels]
            for stage in ("explore", "implement", "sustain")
        }
        self.reference = {stage: mean(leads, self.weights) for stage, leads in self.leads.items()}
        self.frontline_mean = mean(population.frontline.tolist(), self.weights)
        self.culture_mean = mean(population.learning.tolist(), self.weights)
        self.culture_usual, k = self.culture_mean, p.culture_turnover
        if k > 0.0:
            self.culture_usual = -math.log(mean(np.exp(-k * population.learning).tolist(), self.weights)) / k
        self.exit_base = [self.exits(setting) for setting in range(4)]
        seen = [whole(performance(*both)) for both in zip(population.rating.tolist(), self.slack, strict=True)]
        self.aspiration = [
            0.5 * own / WHOLE + 0.5 * (sum(seen[k] for k in mine) / (len(mine) * WHOLE) if mine else own / WHOLE)
            for own, mine in zip(seen, partners, strict=True)
        ]
        xi = generator(self.seed, "misjudged").standard_normal((self.many + more, 4))
        self.misjudged = (p.self_bias + p.self_error * xi).tolist()
        self.weight = self.whole_weights()
        self.rank = self.ranks()
        self.stances = np.clip(p.stance_mean + p.stance_spread * population.stance_score, 0, 1).tolist()
        self.long_use = [self.after_long_use(one) for one in innovations]
        self.stages = [self.under_way(one) for one in innovations]

    def whole_weights(self) -> list[int]:
        """Return weights in whole parts that add up to 1024 a provider: what is left goes to the largest remainders."""
        parts = self.many * 1024 / math.fsum(self.weights)
        exact = [weight * parts for weight in self.weights]
        made = [max(1, math.floor(one)) for one in exact]
        left = max(0, self.many * 1024 - sum(made))
        for i in sorted(range(self.many), key=lambda i: (made[i] - exact[i], i))[:left]:
            made[i] += 1
        while (over := sum(made) - self.many * 1024) > 0:
            above = [i for i in range(self.many) if made[i] > 1]
            for i in sorted(above, key=lambda i: (exact[i] - made[i], i))[:over]:
                made[i] -= 1
        return made

    def exits(self, setting: int) -> float:
        """Return h_s of (19d), what the hazard of closing in a setting is multiplied with."""
        p, there = self.p, [i for i, one in enumerate(self.population.setting.tolist()) if one == setting]
        if not there:
            return 0.0
        weights = [self.weights[i] for i in there]
        debts = [p.debt_exit * max(0.0, -self.slack[i]) if self.switches.insolvency else 0.0 for i in there]
        protected = [math.exp(clipped(-p.exit_slack * bounded(self.slack[i]))) for i in there]
        target, base = math.exp(-60.0 * p.exit_rate * self.population.country.closures[setting]), 0.0
        while True:
            staying = [math.exp(-60.0 * (base * x + debt)) for x, debt in zip(protected, debts, strict=True)]
            missing = mean(staying, weights) - target
            if missing <= 1e-12:
                return base
            slope = 60.0 * mean((x * stays for x, stays in zip(protected, staying, strict=True)), weights)
            base += missing / slope

    def after_long_use(self, one: Any) -> list[tuple[float, float, float, float]]:
        """Return belief (a, b), skill and fit that long use leads each provider to; settle a confirmed reputation."""
        p, switches, made = self.p, self.switches, []
        fitted = switches.experience and switches.fitting and p.adaptation * one.adaptability > 0
        lost = p.goal_shift * 0.1 * p.goal_drift if switches.drift else 0.0
        for learning, cell in zip(self.population.learning.tolist(), self.schedule.cells, strict=False):
            around, skill = self.schedule.around[0][cell], p.starting_skill
            gain = p.skill_learning * learning * max(0.0, 1.0 - around.vacancy / 0.3)
            leaving = around.turnover
            if switches.culture and p.culture_turnover > 0.0:
                leaving *= math.exp(clipped(-p.culture_turnover * (learning - self.culture_usual)))
            loss = leaving * (1.0 - one.codification)
            pace = p.adaptation * learning * one.adaptability * (1.0 - one.lock_in)
            fit = pace / (lost + pace - lost * pace) if fitted else p.starting_fit
            if switches.experience and switches.skill and gain + loss > 0:
                skill = max(0.01, gain / (gain + loss))
            made.append((learning, skill, fit, true_success(one.success, one.former_success, fit, skill)))
        if one.confirmed and switches.reputation:
            found = mean((theta for *_, theta in made), self.weights)
            one.a0, one.b0 = found * one.prior_trials, (1.0 - found) * one.prior_trials
        believed = []
        for (learning, skill, fit, theta), sites in zip(made, self.population.sites.tolist(), strict=True):
            a, b = one.a0, one.b0
            if switches.experience and switches.learning:
                trials = learning * min(3, sites) * p.trials
                k = trials / (1.0 - p.evidence_memory) if p.evidence_memory < 1.0 else 500.0 * (trials > 0)
                error = 0.0 if switches.allowance else p.misreading * (1.0 - learning)
                pi = theta * (1.0 - error) + (1.0 - theta) * error
                a, b = a + k * pi, b + k * (1.0 - pi)
                within = min(1.0, 500.0 / (a + b))
                a, b = a * within, b * within
            believed.append((a, b, skill, fit))
        return believed

    def accounts(self) -> None:
        """Set monthly revenue, cost and slack, in GBP and months of cost (19)."""
        p, one = self.p, self.population
        care = p.homecare_price * p.homecare_hours
        price = np.array([p.care_home_price * p.nursing_premium, p.care_home_price, care, care])[one.setting]
        council = price / p.self_funder_premium * np.maximum(0.5, 1 + p.fee_spread * one.fee_score)
        share = one.self_funder_share
        revenue = (share * price + (1 - share) * council) * one.people * WEEKS
        margin = np.clip(p.margin + p.margin_spread * one.margin_score, -0.5, 0.5)
        cost = revenue * (1 - margin)
        base = np.clip(p.slack + p.slack_spread * one.slack_score, -3, 6)
        slack = np.clip(base + (revenue - cost) / cost / p.slack_relaxation, -3, 6)
        self.revenue, self.cost, self.base, self.slack = (made.tolist() for made in (revenue, cost, base, slack))
        self.self_revenue = (share * price * one.people * WEEKS).tolist()
        self.self_funders = [round(number) for number in (share * one.people * 16).tolist()]

    def ranks(self) -> list[int]:
        """Return the rank of each provider by staff, in parts of 2^16: the middle of its level among people served."""
        one = self.population
        held: dict[float, float] = {}
        for staff, people in zip(one.staff.tolist(), (one.people * one.weight).tolist(), strict=True):
            held[staff] = held.get(staff, 0.0) + people
        total, below, middle = float(np.sum([held[staff] for staff in sorted(held)])), 0.0, {}
        for staff in sorted(held):
            below += held[staff]
            middle[staff] = round((below - 0.5 * held[staff]) / total * (1 << 16))
        return [middle[staff] for staff in one.staff.tolist()]

    def under_way(self, innovation: Any) -> list[tuple[int, int]]:
        """Return the stage of each provider and its sites in use, at the start."""
        p, one = self.p, self.population
        if innovation.local:
            return [(UNAWARE, 0)] * self.many
        rng = generator(self.seed, f"start {innovation.name}")
        chance, recent, where = rng.random(self.many), rng.random(self.many) < p.start_recent, rng.random(self.many)
        lead = np.array(self.leads["explore"])
        leaning = p.start_size * np.log(one.staff) + p.start_leadership * (lead - self.reference["explore"])
        suits = np.array(innovation.compatibility)[one.setting, one.ownership]
        leaning = leaning + np.log(np.maximum(0.001, suits))
        using = self.users(innovation, np.log(chance) - np.log1p(-chance) - leaning, recent)
        used, mean_suit = mean(using, self.weights), mean(suits.tolist(), self.weights)
        made = []
        for uses, late, at, sites, suit in zip(
            using, recent.tolist(), where.tolist(), one.sites.tolist(), suits.tolist(), strict=True
        ):
            k = suit / mean_suit
            abandoned = min(p.start_abandoned, used) * k
            exploring = abandoned + min(p.start_exploring, used) * k
            aware = exploring + innovation.start_aware
            if uses:
                made.append((IMPLEMENTING, 1) if late else (SUSTAINED, sites))
            else:
                stage = (
                    ABANDONED if at < abandoned else EXPLORING if at < exploring else AWARE if at < aware else UNAWARE
                )
                made.append((stage, 0))
        return made

    def users(self, innovation: Any, score: np.ndarray, recent: np.ndarray) -> list[bool]:
        """Return who uses an innovation at the start: those with the lowest scores, until the evidence is met."""
        one, using = self.population, [False] * self.many
        overall, homecare = (self.nearest(innovation, name) for name in ("all", "homecare"))
        sites = overall.measure == "sites"
        counts = one.weight * (one.sites if sites else 1)
        adds = np.where(recent, one.weight, counts).tolist()
        wanted, there = overall.value * counts.sum(), one.setting == HOMECARE
        parts = [(np.arange(self.many), wanted)]
        if homecare is not None:
            wanted_there = homecare.value * counts[there].sum()
            parts = [(np.flatnonzero(there), wanted_there), (np.flatnonzero(~there), wanted - wanted_there)]
        for rows, target in parts:
            order = rows[np.argsort(score[rows], kind="stable")].tolist()
            reached = [0.0]
            for row in order:
                reached.append(reached[-1] + adds[row])
            for row in order[: min(range(len(reached)), key=lambda many: abs(reached[many] - target))]:
                using[row] = True
        return using

    def nearest(self, innovation: Any, group: str) -> Any:
        """Return the starting share of a group that is dated nearest to the start, of two as near the earlier."""
        when = max(self.when, innovation.start)
        known = [share for share in innovation.shares if share.population == group]
        return min(known, key=lambda share: (abs(months_between(when, share.date)), share.date), default=None)


def weights_of(p: Any, stage: str) -> tuple[float, ...]:
    """Return the weights of senior leaders, managers and frontline staff in a stage of the journey."""
    return tuple(getattr(p, f"{stage}_{level}") for level in ("senior", "manager", "frontline"))
