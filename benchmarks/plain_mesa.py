"""A plain Mesa model of the same sector, one Python object a provider: what the engine is timed and checked against.

It is what a careful modeller would write in Mesa without arrays: providers hold their traits, a journey for each
innovation and a list of partners; each month all decide from what they saw at the end of the last one, then all
act. Control flow is written here from the equations of the model's description, not taken from `model.step`; only
the equations themselves (`model.submodels`) and the named luck (`model.randomness`) are shared, and the start
(`Prepared`). So it is an oracle too: month by month it gives the very numbers of the engine.

To time it, run with NUMBA_DISABLE_JIT=1: submodels are then ordinary Python functions.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import mesa
import numpy as np
from numpy.lib import recfunctions as rfn

from model import randomness as luck_of
from model import state as at
from model.simulate import Prepared
from model.submodels import (
    accounts,
    attention,
    awareness,
    belief,
    choice,
    churn,
    hazards,
    journey,
    leadership,
    scaling,
    value,
)
from model.submodels.awareness import WHOLE
from model.submodels.journey import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, STAGES, SUSTAINED, UNAWARE

LARGE = 50
"""Staff of an organisation that counts as large."""
APART = 1 << 40
"""Between the names of several draws by one provider for one decision and month."""


def plain(array: np.ndarray) -> Any:
    """Return an array of records as nested lists of named tuples of Python numbers."""
    row = namedtuple("row", array.dtype.names or ())  # type: ignore[misc]

    def made(part: Any) -> Any:
        return [made(one) for one in part] if isinstance(part, list) else row._make(part)

    return made(np.asarray(array).tolist())


class Journey:
    """How far one provider has come with one innovation, and where it goes this month."""

    def __init__(self, innovation: Any, start: Any):
        """Begin where the engine begins."""
        self.innovation = innovation
        self.stage, self.sites_in_use, self.granted = start.stage, start.sites_in_use, start.granted
        self.successes, self.failures = start.successes, start.failures
        self.skill, self.fit = start.skill, start.fit
        self.next_stage, self.more_sites = self.stage, 0


class PlainProvider(mesa.Agent):
    """One provider."""

    def __init__(self, model: PlainSector, traits: Any, state: Any, journeys: list[Journey]):
        """Take over the traits and the state of one row."""
        super().__init__(model)
        self.traits, self.journeys = traits, journeys
        self.name = traits.id
        self.senior, self.manager, self.frontline = state.senior, state.manager, state.frontline
        self.slack, self.unrest, self.unrest_left = state.slack, state.unrest, state.unrest_left
        self.partners: list[PlainProvider] = []
        self.shown: list[int] = []

    # what it sees

    def share(self, mine: Journey) -> int:
        """Return the share of its sites that use an innovation now, in whole parts."""
        return awareness.share_parts(mine.sites_in_use, self.traits.sites)

    def is_seen(self) -> None:
        """Show the others what it uses, until this time next month."""
        self.shown = [self.share(mine) for mine in self.journeys]

    def looks_around(self, number: int) -> tuple[float, int, bool]:
        """Return (2a), how many partners use it, and whether there is anybody to see."""
        model, p = self.model, self.model.parameters
        if not model.switches.exposure:
            return 0.0, 0, False
        shares = [partner.shown[number] for partner in self.partners]
        mine, weight = self.shown[number], self.traits.weight
        in_area = model.weight_of["area", self.traits.area] - weight
        in_setting = model.weight_of["setting", self.traits.setting] - weight
        area = model.use_of["area", self.traits.area, number] - weight * mine
        setting = model.use_of["setting", self.traits.setting, number] - weight * mine
        exposure = awareness.exposure(
            awareness.layer_mean(sum(shares), len(shares)),
            awareness.layer_mean(area, in_area),
            awareness.layer_mean(setting, in_setting),
            p.partner_layer,
            p.area_layer,
            p.setting_layer,
        )
        layers = (p.partner_layer, len(shares)), (p.area_layer, in_area), (p.setting_layer, in_setting)
        return exposure, sum(share > 0 for share in shares), any(w > 0 and many > 0 for w, many in layers)

    def led(self, stage: str) -> tuple[float, float]:
        """Return (4) for a stage of the journey, and the sector's at the start."""
        model, p, support = self.model, self.model.parameters, self.model.support(self)
        reference = getattr(model.settled, f"reference_{stage}")
        if not model.switches.leadership:
            return reference, reference
        lead = leadership.blended(
            min(1.0, self.senior + support.senior_programme),
            min(1.0, self.manager + support.manager_programme),
            self.frontline,
            getattr(p, f"{stage}_senior"),
            getattr(p, f"{stage}_manager"),
            getattr(p, f"{stage}_frontline"),
            p.complementarity,
        )
        return lead, reference

    def asked_for(self, number: int) -> float:
        """Return how far commissioners ask for an innovation."""
        required = self.model.pull(self, number).commissioner_requirement
        return max(0.0, min(1.0, self.traits.stance + required))

    def burdened(self, number: int) -> float:
        """Return the regulatory burden that it meets."""
        return self.model.regime(number).burden * (1.0 - self.model.pull(self, number).sandbox)

    def believes(self, number: int) -> tuple[float, float]:
        """Return mean and standard deviation of its belief, with the synthesis of evidence that it reads."""
        mine = self.journeys[number]
        trials, works = self.model.pull(self, number).evidence_synthesis, mine.innovation.success
        a, b = mine.successes + trials * works, mine.failures + trials * (1.0 - works)
        return belief.belief_mean(a, b), belief.belief_deviation(a, b)

    def expects(self, number: int) -> float:
        """Return the benefit that it expects of an innovation."""
        fits = self.journeys[number].innovation.compatibility[self.traits.setting]
        return self.believes(number)[0] * self.model.regime(number).advantage * fits

    def values(self, number: int) -> float:
        """Return (6), with what a mandate adds."""
        model, p, traits = self.model, self.model.parameters, self.traits
        pull, innovation = model.pull(self, number), self.journeys[number].innovation
        if not model.switches.value:
            return traits.threshold + pull.mandate
        exposure, users, anybody = self.looks_around(number)
        setup = value.setup_cost(innovation.setup_organisation, innovation.setup_site, traits.sites)
        cost = value.relative_cost(setup, setup * pull.grant, traits.size_factor, traits.revenue)
        against = value.hindrance(
            p.complexity_weight,
            innovation.complexity,
            traits.capability[innovation.capability],
            innovation.needs_connection,
            traits.connectivity,
            p.burden_weight,
            self.burdened(number),
            p.uncertainty_weight,
            self.believes(number)[1],
            innovation.trialability,
        )
        worth = value.perceived_value(
            self.expects(number),
            p.peer_norm,
            value.peers(p.norm_form, exposure, users, anybody, traits.norm_threshold),
            p.commissioning_weight,
            self.asked_for(number),
            value.weighed_cost(p.cost_weight, cost, self.slack),
            against,
        )
        return worth + pull.mandate

    # what it decides, from what was so at the end of last month

    def decide(self) -> None:
        """Settle where every journey goes, and change nothing that others see."""
        turns = {
            UNAWARE: self.hears,
            EXPLORING: self.ends_pilot,
            IMPLEMENTING: self.implements,
            SUSTAINED: self.sustains,
            ABANDONED: self.reconsiders,
        }
        picked = self.picks()
        for number, mine in enumerate(self.journeys):
            mine.next_stage, mine.more_sites = mine.stage, 0
            if self.model.regime(number).held:
                continue
            if mine.stage == AWARE:
                if number == picked:
                    mine.next_stage = EXPLORING if self.model.switches.journey else SUSTAINED
            else:
                turns[mine.stage](number, mine)

    def happens(self, luck: float, hazard: float) -> bool:
        """Return whether an event of such a hazard happens this month (1)."""
        return luck < self.model.chance(hazard)

    def hears(self, number: int, mine: Journey) -> None:
        """Become aware, or not (2)."""
        model, p = self.model, self.model.parameters
        outside = awareness.outside_hazard(
            p.base_awareness,
            p.broker_awareness,
            model.support(self).brokerage,
            p.commissioner_awareness,
            self.asked_for(number),
            model.pull(self, number).campaign,
        )
        exposure = self.looks_around(number)[0]
        hazard = awareness.awareness_hazard(outside, p.imitation, mine.innovation.observability, exposure)
        if self.happens(model.luck(luck_of.AWARE, self.name, number), hazard):
            mine.next_stage = AWARE if model.switches.journey else SUSTAINED

    def picks(self) -> int | None:
        """Return which innovation it takes into a pilot, if any (3)(7)."""
        model, p = self.model, self.model.parameters
        running = [(number, mine) for number, mine in enumerate(self.journeys) if not model.regime(number).held]
        busy = sum(mine.stage in (EXPLORING, IMPLEMENTING) for _, mine in running)
        options = [number for number, mine in running if mine.stage == AWARE]
        if not options or busy >= attention.projects_allowed(p.project_cap, self.traits.sites):
            return None
        hazard = p.attention
        if model.switches.search:
            shortfall = self.traits.aspiration - attention.performance(self.traits.rating, self.slack)
            hazard = attention.look_hazard(
                p.attention, p.leadership_weight, *self.led("explore"), p.slack_search, self.slack, p.aspiration_search,
                shortfall,
            )  # fmt: skip
        if not self.happens(model.luck(luck_of.LOOK, self.name), hazard):
            return None
        scores = {}
        for number in options:
            luck = model.luck(luck_of.CHOOSE, self.name, number)
            by_worth = model.switches.choice
            scores[number] = choice.score(self.values(number), p.choice_noise, luck) if by_worth else luck
        best = max(options, key=lambda number: (scores[number], self.journeys[number].innovation.key))
        if model.switches.choice:
            as_it_is = choice.score(self.traits.threshold, p.choice_noise, model.luck(luck_of.STAY, self.name))
            if as_it_is > scores[best]:
                return None
        return best

    def ends_pilot(self, number: int, mine: Journey) -> None:
        """Go on piloting, take the pilot further, or give it up (7)."""
        model, p, innovation = self.model, self.model.parameters, mine.innovation
        ends = model.chance(choice.pilot_hazard(p.pilot_rate, innovation.trialability))
        luck = model.luck(luck_of.PILOT, self.name, number)
        if luck >= ends:
            return
        chance = p.chance_to_pass
        if model.switches.choice:
            setup = value.setup_cost(innovation.setup_organisation, innovation.setup_site, self.traits.sites)
            grant = setup * model.pull(self, number).grant
            chance = 0.0
            if choice.affordable(self.slack, self.traits.cost, setup, grant):
                chance = choice.passing(self.values(number), self.traits.threshold, p.choice_noise)
        mine.next_stage = IMPLEMENTING if luck / ends < chance else ABANDONED

    def why_drop(self, number: int, mine: Journey) -> tuple[float, float]:
        """Return psi of (8) as factor and exponent."""
        model, p, innovation = self.model, self.model.parameters, mine.innovation
        if not model.switches.abandonment:
            return 1.0, 0.0
        pull = model.pull(self, number)
        factor = journey.circumstances(
            innovation.lock_in,
            p.departure_shock,
            self.unrest if self.unrest_left > 0.0 else 0.0,
            p.strain,
            attention.bounded_slack(self.slack),
            p.grant_cliff,
            pull.grant_ended * mine.granted,
            p.mandate_resentment,
            pull.mandate,
        )
        yearly = value.running_burden(
            innovation.running_cost, innovation.saving, mine.sites_in_use, self.traits.revenue
        )
        exponent = journey.regret(
            p.value_sensitivity,
            self.expects(number),
            p.cost_weight * min(2.0, yearly) / 2.0,
            self.traits.value_to_keep,
        )
        return factor, exponent

    def implements(self, number: int, mine: Journey) -> None:
        """Go on implementing, make it routine, or drop it (8)."""
        model, p = self.model, self.model.parameters
        forward = p.implementation_rate
        if model.switches.implementation:
            forward = journey.routine_hazard(
                p.implementation_rate,
                p.leadership_weight,
                *self.led("implement"),
                mine.skill,
                p.skill_exponent,
                mine.innovation.complexity,
                mine.fit,
                p.burden_delay,
                self.burdened(number),
            )
        base = p.implementation_drop * (p.sustain_hazard * mine.innovation.abandonment)
        away = journey.drop_hazard(base, *self.why_drop(number, mine))
        luck, event = model.luck(luck_of.IMPLEMENT, self.name, number), model.chance(forward + away)
        if luck < event:
            mine.next_stage = SUSTAINED if luck / event < forward / (forward + away) else ABANDONED

    def sustains(self, number: int, mine: Journey) -> None:
        """Keep it up, drop it, or carry it to further sites (8b)(8c)."""
        model, p, traits = self.model, self.model.parameters, self.traits
        lead, reference = self.led("sustain")
        if model.switches.sustaining:
            hazard = journey.sustained_drop_hazard(
                p.sustain_hazard * mine.innovation.abandonment,
                *self.why_drop(number, mine),
                p.leadership_weight,
                lead if model.switches.abandonment else reference,
                reference,
            )
            if self.happens(model.luck(luck_of.SUSTAIN, self.name, number), hazard):
                mine.next_stage = ABANDONED if model.switches.journey else UNAWARE
                return
        if model.switches.scaling and mine.sites_in_use < traits.sites:
            hazard = scaling.site_hazard(
                p.site_conversion,
                p.site_imitation,
                mine.sites_in_use,
                traits.sites,
                p.leadership_weight,
                lead,
                reference,
                mine.skill,
            )
            luck = model.luck(luck_of.SCALE, self.name, number)
            mine.more_sites = scaling.binomial(traits.sites - mine.sites_in_use, model.chance(hazard), luck)

    def reconsiders(self, number: int, mine: Journey) -> None:
        """Think again of what it once dropped."""
        luck = self.model.luck(luck_of.RECONSIDER, self.name, number)
        if self.happens(luck, self.model.parameters.reconsider):
            mine.next_stage = AWARE

    # what it does

    def act(self) -> None:
        """Do what was decided, pay for it, and let leaders come and go."""
        spent = sum(self.moves(number, mine) for number, mine in enumerate(self.journeys))
        if self.model.switches.churn:
            self.changes_leaders()
        if self.model.switches.finance:
            self.slack = accounts.slack_after(
                self.slack,
                self.traits.revenue * self.model.around().fee,
                self.traits.cost,
                spent / 100.0,
                self.traits.slack_base,
                self.model.parameters.slack_relaxation,
                self.model.settled.step,
            )

    def moves(self, number: int, mine: Journey) -> int:
        """Move one journey on and return what it costs the provider, in pence."""
        model, innovation, sums = self.model, mine.innovation, self.model.sums[number]
        if model.regime(number).held:
            return 0
        pull, step, before, after = model.pull(self, number), model.settled.step, mine.stage, mine.next_stage
        new_sites, setup = mine.more_sites, innovation.setup_site * mine.more_sites
        if after in (IMPLEMENTING, SUSTAINED) and before not in (IMPLEMENTING, SUSTAINED):
            new_sites = self.traits.sites if after == SUSTAINED else 1
            setup = value.setup_cost(innovation.setup_organisation, innovation.setup_site, new_sites)
            sums[at.STARTED] += 1
        if after != before:
            sums[at.ROUTINISED] += after == SUSTAINED
            sums[at.DROPPED] += before in (IMPLEMENTING, SUSTAINED) and after in (ABANDONED, UNAWARE)
        mine.stage = after
        mine.sites_in_use = mine.sites_in_use + new_sites if after in (IMPLEMENTING, SUSTAINED) else 0
        if after in (ABANDONED, UNAWARE):
            mine.granted = 0
        if new_sites and pull.grant > 0.0:
            mine.granted = 1
        grant = accounts.pence(setup * pull.grant)
        in_use = 1 if after == EXPLORING else mine.sites_in_use
        saving = innovation.saving * float(mine.sites_in_use) if after == SUSTAINED else 0.0
        upkeep = accounts.pence((innovation.running_cost * float(in_use) - saving) * step)
        spent = accounts.pence(setup) - grant + upkeep
        sums[at.PAID_PUBLIC] += self.traits.weight * (grant + accounts.pence(pull.lever_cost * step))
        sums[at.PAID_PROVIDER] += self.traits.weight * spent
        return spent

    def changes_leaders(self) -> None:
        """Let managers, senior leaders and staff leave, and others come (5)."""
        model, p, traits = self.model, self.model.parameters, self.traits
        support = model.support(self)
        self.unrest_left = max(0.0, self.unrest_left - model.settled.step)
        leaving = model.chance(p.manager_turnover * (1.0 - support.manager_retention))
        luck = model.luck(luck_of.MANAGERS_LEAVE, self.name)
        # the last luck is the first to lose a manager
        gone = scaling.binomial(traits.sites, leaving, 1.0 - luck)
        for departure in range(gone):
            level = self.newcomer(luck_of.NEW_MANAGER, 2 * departure)
            self.manager = churn.manager_level(self.manager, level, traits.sites)
        if gone:
            self.unrest, self.unrest_left = min(1.0, gone / traits.sites), churn.MONTHS_OF_UNREST
        if self.happens(model.luck(luck_of.SENIOR_LEAVES, self.name), p.senior_turnover):
            self.senior = self.newcomer(luck_of.NEW_SENIOR, 0)
            self.unrest, self.unrest_left = 1.0, churn.MONTHS_OF_UNREST
        home = churn.frontline_home(
            traits.frontline_start, model.settled.frontline_mean, traits.learning, support.frontline_programme
        )
        self.frontline = churn.frontline_level(self.frontline, home, model.around().turnover, model.settled.step)

    def newcomer(self, decision: int, number: int) -> float:
        """Return the leadership of somebody new."""
        first = self.model.luck(decision, self.name + number * APART)
        second = self.model.luck(decision, self.name + (number + 1) * APART)
        score = luck_of.normal_pair(first, second)
        return churn.newcomer(self.traits.senior_score, self.model.parameters.trait_correlation, score)

    def is_counted(self) -> None:
        """Add itself to the month's numbers."""
        model, traits = self.model, self.traits
        weight, people = traits.weight, traits.people
        model.slack += weight * math.floor(self.slack * WHOLE + 0.5)
        for number, mine in enumerate(self.journeys):
            model.counts[number][mine.stage] += 1
            if mine.stage not in (IMPLEMENTING, SUSTAINED):
                continue
            sums, innovation, share = model.sums[number], mine.innovation, self.share(mine)
            true = accounts.true_success(innovation.success, innovation.former_success, mine.fit, mine.skill)
            outcome = accounts.person_outcome(
                share / WHOLE,
                innovation.benefit,
                true,
                innovation.former_success,
                people,
                mine.stage == IMPLEMENTING,
                model.parameters.implementation_harm,
            )
            sums[at.USING] += 1
            sums[at.USING_WEIGHT] += weight
            sums[at.SITES] += weight * mine.sites_in_use
            sums[at.PEOPLE] += weight * people * share
            sums[at.SCALED] += mine.stage == SUSTAINED and mine.sites_in_use * 10 >= traits.sites * 8
            sums[at.OUTCOME] += weight * math.floor(outcome * WHOLE + 0.5)
            sums[at.SKILL] += weight * math.floor(mine.skill * WHOLE + 0.5)
            sums[at.BIG_USING] += traits.staff >= LARGE
            sums[at.RANKED] += weight * people * (share // 1024) * traits.rank


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
        self.month = 0
        both = rfn.merge_arrays((world.providers, world.traits), flatten=True)
        rows = zip(plain(both), plain(state.rows), plain(state.pairs), strict=True)
        self.all = [
            PlainProvider(self, traits, row, [Journey(*both) for both in zip(self.library, pairs, strict=True)])
            for traits, row, pairs in rows
        ]
        network = world.network
        for provider, first, ties in zip(self.all, network.first.tolist(), network.ties.tolist(), strict=False):
            provider.partners = [self.all[row] for row in network.partners[first : first + ties].tolist()]
        self.weight_of: dict[tuple, int] = {}
        self.use_of: dict[tuple, int] = {}
        self.starts: dict[tuple, Any] = {}
        self.record: list[tuple] = []
        self.begin_counting()
        self.count()

    def pull(self, provider: PlainProvider, number: int) -> Any:
        """Return the month's levers on an innovation for a provider."""
        return self.pulled[self.month][provider.traits.cell][number]

    def support(self, provider: PlainProvider) -> Any:
        """Return the month's levers on a provider."""
        return self.supported[self.month][provider.traits.cell]

    def regime(self, number: int) -> Any:
        """Return what the scenario sets for an innovation this month."""
        return self.regimes[self.month][number]

    def around(self) -> Any:
        """Return what the scenario sets for everybody this month."""
        return self.surroundings[self.month]

    def luck(self, decision: int, who: int, number: int | None = None) -> float:
        """Return the number in (0, 1) that settles a decision of this month."""
        if (decision, number) not in self.starts:
            key = 0 if number is None else self.library[number].key
            self.starts[decision, number] = luck_of.stream(self.settled.seed, decision, self.month, key)
        return luck_of.draw(self.starts[decision, number], who)

    def chance(self, hazard: float) -> float:
        """Return (1), the chance of an event within the month."""
        return hazards.probability(hazard, self.parameters.hazard_ceiling, self.settled.step)

    def see_use(self) -> None:
        """Sum use by area and by setting."""
        self.weight_of.clear()
        self.use_of.clear()
        self.agents.do("is_seen")
        for provider in self.all:
            traits = provider.traits
            for layer in (("area", traits.area), ("setting", traits.setting)):
                self.weight_of[layer] = self.weight_of.get(layer, 0) + traits.weight
                for number in range(len(self.library)):
                    use = traits.weight * provider.shown[number]
                    self.use_of[*layer, number] = self.use_of.get((*layer, number), 0) + use

    def begin_counting(self) -> None:
        """Set the month's numbers to zero."""
        self.counts = [[0] * len(STAGES) for _ in self.library]
        self.sums = [[0] * at.SUMS for _ in self.library]
        self.slack = 0

    def count(self) -> None:
        """Remember the month: stages, sums and slack."""
        self.agents.do("is_counted")
        self.record.append((self.counts, self.sums, self.slack))

    def step(self) -> None:
        """Let one month pass: all decide, then all act."""
        self.starts.clear()
        self.see_use()
        self.begin_counting()
        self.agents.do("decide")
        self.agents.do("act")
        self.month += 1
        self.count()

    def recorded(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return counts (T + 1, J, 6), sums (T + 1, J, SUMS) and slack (T + 1,) as the engine records them."""
        counts, sums, slack = zip(*self.record, strict=True)
        return np.array(counts, np.int64), np.array(sums, np.int64), np.array(slack, np.int64)
