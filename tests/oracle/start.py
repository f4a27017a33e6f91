"""The start of a run, from its population and parameters: accounts, leadership, stages, local innovations."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from .draws import generator, key
from .equations import WHOLE, blended, bounded, clipped, performance, whole
from .schedule import PRIORITIES, months_between

UNAWARE, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, ABANDONED = range(6)
CAPABILITIES = ("practice", "digital", "change", "commercial")
HOMECARE = 2
WEEKS = 52 / 12
"""Weeks in a month."""


def innovations_of(files: Any, p: Any, switches: Any, seed: int) -> list[SimpleNamespace]:
    """Return the innovations of a run as plain objects, with those that staff may come up with (17)."""
    made = [
        plain_innovation(one.name, one.attributes, one.file, one.own._asdict(), p) for one in files if not one.local
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
        new = plain_innovation(f"local_{number + 1}", type(parent.attributes)(**attributes), parent.file, {}, p)
        new.local, new.start = True, "2000-01"
        made.append(new)
    return made


def plain_innovation(name: str, attributes: Any, file: Any, own: dict[str, Any], p: Any) -> SimpleNamespace:
    """Return an innovation with the numbers that hold for it: its own, or the sector's."""
    one = SimpleNamespace(**attributes._asdict(), name=name, key=key(name), local=False, start=file.start)
    one.shares, one.kind = file.starting_share, CAPABILITIES.index(file.capability)
    suits = ("compatible_nursing", "compatible_residential", "compatible_homecare", "compatible_community")
    one.compatibility = [getattr(one, setting) for setting in suits]
    one.a0, one.b0 = one.prior_mean * one.prior_trials, (1 - one.prior_mean) * one.prior_trials
    of_its_own = {field: value for field, value in own.items() if value is not None}
    for field in ("base_awareness", "imitation", "sustain_hazard", "start_aware", "attention"):
        setattr(one, field, of_its_own.get(field, getattr(p, field)))
    one.base_hazard = one.sustain_hazard * one.abandonment
    return one


class Start:
    """What each provider is and has before the first month."""

    def __init__(
        self, p: Any, population: Any, innovations: list[Any], partners: list[list[int]], when: str, seed: int
    ):
        """Work out the start of a run that begins in the month `when` (YYYY-MM)."""
        self.p, self.population, self.when, self.seed = p, population, when, seed
        self.many = len(population.id)
        self.accounts()
        levels = list(
            zip(*(getattr(population, one).tolist() for one in ("senior", "manager", "frontline")), strict=True)
        )
        self.leads = {
            stage: [blended(one, weights_of(p, stage), p.complementarity) for one in levels]
            for stage in ("explore", "implement", "sustain")
        }
        self.reference = {stage: math.fsum(leads) / self.many for stage, leads in self.leads.items()}
        self.frontline_mean = math.fsum(population.frontline) / self.many
        self.exit_mean = math.fsum(math.exp(clipped(-p.exit_slack * bounded(R))) for R in self.slack) / self.many
        seen = [whole(performance(*both)) for both in zip(population.rating.tolist(), self.slack, strict=True)]
        self.aspiration = [
            0.5 * own / WHOLE + 0.5 * (sum(seen[k] for k in mine) / (len(mine) * WHOLE) if mine else own / WHOLE)
            for own, mine in zip(seen, partners, strict=True)
        ]
        xi = generator(seed, "misjudged").standard_normal((self.many, 4))
        self.misjudged = (p.self_bias + p.self_error * xi).tolist()
        self.weight = [max(1, round(weight * 1024)) for weight in population.weight.tolist()]
        self.rank = self.ranks()
        self.stances = np.clip(p.stance_mean + p.stance_spread * population.stance_score, 0, 1).tolist()
        self.stages = [self.under_way(one) for one in innovations]

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
        leaning = leaning + np.log(np.maximum(0.001, np.array(innovation.compatibility)[one.setting]))
        using = self.users(innovation, np.log(chance) - np.log1p(-chance) - leaning, recent)
        used = math.fsum(using) / self.many
        abandoned = min(p.start_abandoned, used)
        exploring = abandoned + min(p.start_exploring, used)
        aware = exploring + innovation.start_aware
        made = []
        for uses, late, at, sites in zip(using, recent.tolist(), where.tolist(), one.sites.tolist(), strict=True):
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
