"""One provider of the plain Mesa model: what it sees, decides, does and learns in a month, as an object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa

from model import randomness as luck_of
from model import state as at
from model.record import KEPT_MONTHS
from model.submodels import (
    accounts,
    attention,
    awareness,
    belief,
    choice,
    churn,
    closing,
    fit,
    institutions,
    journey,
    leadership,
    learning,
    origination,
    partners,
    scaling,
    skill,
    value,
)
from model.submodels.awareness import WHOLE
from model.submodels.journey import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE

if TYPE_CHECKING:
    from .plain_mesa import PlainSector

APART = 1 << 40
"""Between the names of several draws by one provider for one decision and month."""
LATER = 1 << 32
"""Between the names of providers that follow each other in one place."""
PULL = 1 << 16
"""A pull on self-funders of 1, in whole parts."""
KINDS = range(4)
"""The four capabilities."""


def whole(number: float, parts: int = WHOLE) -> int:
    """Return a number in whole parts."""
    return math.floor(number * parts + 0.5)


class Journey:
    """How far one provider has come with one innovation, and where it goes this month."""

    def __init__(self, innovation: Any, start: Any):
        """Begin where the engine begins."""
        self.innovation = innovation
        self.stage, self.sites_in_use, self.granted = start.stage, start.sites_in_use, start.granted
        self.successes, self.failures = start.successes, start.failures
        self.skill, self.fit = start.skill, start.fit
        self.next_stage, self.more_sites, self.since = self.stage, 0, None
        self.found, self.told = (0, 0), (0, 0)
        """Successes and failures that it has found this month, and that it tells its partners of the last."""

    @property
    def doing(self) -> bool:
        """Whether anybody tries or uses it."""
        return self.stage in (EXPLORING, IMPLEMENTING, SUSTAINED)

    @property
    def using(self) -> bool:
        """Whether it is in use."""
        return self.stage in (IMPLEMENTING, SUSTAINED)


class PlainProvider(mesa.Agent):
    """One provider."""

    def __init__(self, model: PlainSector, traits: Any, state: Any, journeys: list[Journey]):
        """Take over the traits and the state of one row."""
        super().__init__(model)
        self.traits, self.founder, self.journeys = traits, traits, journeys
        self.name, self.capability = traits.id, list(traits.capability)
        self.senior, self.manager, self.frontline = state.senior, state.manager, state.frontline
        self.slack, self.unrest, self.unrest_left = state.slack, state.unrest, state.unrest_left
        self.aspiration, self.rating = state.aspiration, state.rating
        self.partners: dict[PlainProvider, int] = {}
        """Each with the month in which the partnership began."""
        self.shown: list[int] = []
        self.performs, self.draws = 0, PULL
        """Performance, and pull on self-funders, as others see them, in whole parts."""
        self.spent, self.closes, self.invents, self.invented_as = 0, False, False, self.name

    # what it sees

    def share(self, mine: Journey) -> int:
        """Return the share of its sites that use an innovation now, in whole parts."""
        return awareness.share_parts(mine.sites_in_use, self.traits.sites)

    def is_seen(self) -> None:
        """Show the others how it stands, until this time next month."""
        model, p = self.model, self.model.parameters
        self.shown = [self.share(mine) for mine in self.journeys]
        self.performs = whole(attention.performance(self.rating, self.slack))
        wanted = 0
        for number, share in enumerate(self.shown):
            wanted += whole(model.demand(number) * share, 1)
        drawn = institutions.appeal(p.rating_pull, self.rating, self.founder.rating, p.innovation_pull, wanted / WHOLE)
        self.draws = whole(drawn, PULL)
        if model.ends_month:
            for mine in self.journeys:
                mine.told, mine.found = mine.found, (0, 0)

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
        users = sum(share > 0 for share in shares) if p.partner_layer > 0 else 0
        return exposure, users, any(w > 0 and many > 0 for w, many in layers)

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

    @property
    def learns(self) -> float:
        """Its culture of learning this month."""
        return min(1.0, self.traits.learning + self.model.support(self).learning_collaborative)

    @property
    def turnover(self) -> float:
        """Share of its staff who leave this month."""
        return self.model.around(self).turnover * (1.0 - self.model.support(self).fair_pay)

    def asked_for(self, number: int) -> float:
        """Return how far commissioners ask for an innovation."""
        own = self.model.stance_of(self.traits.authority, number)
        required = self.model.pull(self, number).commissioner_requirement
        return max(0.0, min(1.0, own * self.model.around(self).stance + required))

    def burdened(self, number: int) -> float:
        """Return the regulatory burden that it meets."""
        cut = 1.0 - self.model.regime(number).burden_cut
        return self.model.burden_of(number) * cut * (1.0 - self.model.pull(self, number).sandbox)

    def believes(self, number: int) -> tuple[float, float]:
        """Return mean and standard deviation of its belief, with the synthesis of evidence that it reads."""
        mine = self.journeys[number]
        trials, works = self.model.pull(self, number).evidence_synthesis, mine.innovation.success
        a, b = mine.successes + trials * works, mine.failures + trials * (1.0 - works)
        return belief.belief_mean(a, b), belief.belief_deviation(a, b)

    def gains(self, number: int, mean: float) -> float:
        """Return what it expects to gain by an innovation of which it believes that a share `mean` succeeds."""
        innovation = self.journeys[number].innovation
        return value.believed_gain(
            mean,
            innovation.former_success,
            self.model.parameters.clear_difference,
            self.model.regime(number).advantage,
            innovation.compatibility[self.traits.setting],
        )

    def setup(self, number: int, sites: int) -> float:
        """Return what it costs to set up an innovation at so many sites; a partner that uses it already helps."""
        innovation, borrows = self.journeys[number].innovation, self.model.switches.borrowing
        helped = borrows and any(partner.shown[number] > 0 for partner in self.partners)
        whole_cost = partners.shared_setup_cost(
            innovation.setup_organisation, self.model.parameters.shared_setup, self.traits.openness, helped
        )
        return value.setup_cost(whole_cost, innovation.setup_site, sites) * (1.0 - self.model.regime(number).cost_cut)

    def capable(self, number: int) -> float:
        """Return (14): what it can do, with what partners lend."""
        innovation = self.journeys[number].innovation
        own = self.capability[innovation.capability]
        if not self.model.switches.borrowing:
            return own
        best = max((partner.capability[innovation.capability] for partner in self.partners), default=0.0)
        asked = partners.required(innovation.complexity)
        return partners.effective_capability(own, own, self.traits.openness, asked, best)

    def values(self, number: int) -> float:
        """Return (6), with what a mandate adds."""
        model, p, traits = self.model, self.model.parameters, self.traits
        pull, innovation = model.pull(self, number), self.journeys[number].innovation
        if not model.switches.value:
            return traits.threshold + pull.mandate
        exposure, users, anybody = self.looks_around(number)
        mean, deviation = self.believes(number)
        setup = self.setup(number, traits.sites)
        cost = value.relative_cost(setup, setup * pull.grant, traits.size_factor, traits.revenue)
        against = value.hindrance(
            p.complexity_weight,
            innovation.complexity,
            self.capable(number),
            innovation.needs_connection,
            traits.connectivity,
            p.burden_weight,
            self.burdened(number),
            p.uncertainty_weight,
            deviation,
            innovation.trialability,
        )
        worth = value.perceived_value(
            self.gains(number, mean),
            p.peer_norm,
            value.peers(p.norm_form, exposure, users, anybody, traits.norm_threshold),
            p.commissioning_weight,
            self.asked_for(number),
            p.demand_weight,
            model.demand(number),
            value.weighed_cost(p.cost_weight, cost, self.slack),
            against,
        )
        return pull.mandate + worth

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
            if not self.model.runs(number):
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
            mine.innovation.base_awareness,
            p.broker_awareness,
            model.support(self).brokerage,
            p.commissioner_awareness,
            self.asked_for(number),
            model.pull(self, number).campaign,
            p.movement_awareness,
            model.movement[number],
        )
        exposure = self.looks_around(number)[0]
        hazard = awareness.awareness_hazard(outside, mine.innovation.imitation, mine.innovation.observability, exposure)
        if self.happens(model.luck(luck_of.AWARE, self.name, number), hazard):
            mine.next_stage = AWARE if model.switches.journey else SUSTAINED

    def picks(self) -> int | None:
        """Return which innovation it takes into a pilot, if any (3)(7)."""
        model, p = self.model, self.model.parameters
        running = [(number, mine) for number, mine in enumerate(self.journeys) if model.runs(number)]
        busy = sum(mine.stage in (EXPLORING, IMPLEMENTING) for _, mine in running)
        options = [number for number, mine in running if mine.stage == AWARE]
        if not options or busy >= attention.projects_allowed(p.project_cap, self.traits.sites):
            return None
        hazard = p.attention
        if model.switches.search:
            shortfall = self.aspiration - attention.performance(self.rating, self.slack)
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
        model, p = self.model, self.model.parameters
        ends = model.chance(choice.pilot_hazard(p.pilot_rate, mine.innovation.trialability))
        luck = model.luck(luck_of.PILOT, self.name, number)
        if luck >= ends:
            return
        chance = p.chance_to_pass
        if model.switches.choice:
            setup = self.setup(number, self.traits.sites)
            chance = 0.0
            if choice.affordable(self.slack, self.traits.cost, setup, setup * model.pull(self, number).grant):
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
        gain = self.gains(number, self.believes(number)[0])
        exponent = journey.regret(
            p.value_sensitivity, gain, p.cost_weight * min(2.0, yearly) / 2.0, self.traits.value_to_keep
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
        base = p.implementation_drop * mine.innovation.base_drop
        away = journey.drop_hazard(base, *self.why_drop(number, mine))
        luck, event = model.luck(luck_of.IMPLEMENT, self.name, number), model.chance(forward + away)
        if luck < event:
            stays = luck * (forward + away) < event * forward
            mine.next_stage = SUSTAINED if stays else ABANDONED

    def sustains(self, number: int, mine: Journey) -> None:
        """Keep it up, drop it, or carry it to further sites (8b)(8c)."""
        model, p, traits = self.model, self.model.parameters, self.traits
        lead, reference = self.led("sustain")
        if model.switches.sustaining:
            hazard = journey.sustained_drop_hazard(
                mine.innovation.base_drop,
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
        """Do what was decided, pay for it, learn from it, and let people come and go."""
        switches = self.model.switches
        self.spent = 0
        for number, mine in enumerate(self.journeys):
            if self.model.runs(number):
                self.spent += self.moves(number, mine) + self.keeps_up(number, mine)
                self.learn(number, mine)
        if switches.churn:
            self.changes_leaders()
        self.comes_up_with_something()
        self.is_inspected()
        if switches.finance:
            self.closes_books()
        if switches.ambition:
            self.aspires()
        self.closes = switches.exit and self.happens(
            self.model.luck(luck_of.EXIT, self.name),
            closing.exit_hazard(
                self.model.parameters.exit_rate,
                self.model.parameters.exit_slack,
                attention.bounded_slack(self.slack),
                self.model.settled.exit_reference,
            ),
        )
        self.is_valued()

    def moves(self, number: int, mine: Journey) -> int:
        """Move one journey on and return what it costs the provider, in pence."""
        model, innovation, sums = self.model, mine.innovation, self.model.sums[number]
        pull, before, after = model.pull(self, number), mine.stage, mine.next_stage
        new_sites = mine.more_sites
        setup = innovation.setup_site * new_sites * (1.0 - model.regime(number).cost_cut)
        if after in (IMPLEMENTING, SUSTAINED) and before not in (IMPLEMENTING, SUSTAINED):
            new_sites = self.traits.sites if after == SUSTAINED else 1
            setup = self.setup(number, new_sites)
            sums[at.STARTED] += 1
            mine.since = model.whole_month
        if after != before:
            sums[at.ROUTINISED] += after == SUSTAINED
            sums[at.DROPPED] += before in (IMPLEMENTING, SUSTAINED) and after in (ABANDONED, UNAWARE)
        mine.stage = after
        mine.sites_in_use = mine.sites_in_use + new_sites if mine.using else 0
        if after in (ABANDONED, UNAWARE) and after != before:
            mine.granted = 0
        if new_sites and pull.grant > 0.0:
            mine.granted = 1
        grant = accounts.pence(setup * pull.grant)
        spent = accounts.pence(setup) - grant
        sums[at.PAID_PUBLIC] += self.traits.weight * grant
        sums[at.PAID_PROVIDER] += self.traits.weight * spent
        return spent

    def keeps_up(self, number: int, mine: Journey) -> int:
        """Return what it costs to run an innovation, less what it saves, in pence; the public pays for levers."""
        step, innovation, sums = self.model.settled.step, mine.innovation, self.model.sums[number]
        in_use = 1 if mine.stage == EXPLORING else mine.sites_in_use
        saving = innovation.saving * float(mine.sites_in_use) if mine.stage == SUSTAINED else 0.0
        upkeep = accounts.pence((innovation.running_cost * float(in_use) - saving) * step)
        public = accounts.pence(self.model.pull(self, number).lever_cost * step)
        sums[at.PAID_PUBLIC] += self.traits.weight * public
        sums[at.PAID_PROVIDER] += self.traits.weight * upkeep
        return upkeep

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
            felt = self.unrest if self.unrest_left > 0.0 else 0.0
            self.unrest, self.unrest_left = max(felt, min(1.0, gone / traits.sites)), churn.MONTHS_OF_UNREST
        if self.happens(model.luck(luck_of.SENIOR_LEAVES, self.name), p.senior_turnover):
            self.senior = self.newcomer(luck_of.NEW_SENIOR, 0)
            self.unrest, self.unrest_left = 1.0, churn.MONTHS_OF_UNREST
        home = churn.frontline_home(
            traits.frontline_start, model.settled.frontline_mean, traits.learning, support.frontline_programme
        )
        self.frontline = churn.frontline_level(self.frontline, home, self.turnover, model.settled.step)

    def newcomer(self, decision: int, number: int) -> float:
        """Return the leadership of somebody new."""
        first = self.model.luck(decision, self.name + number * APART)
        second = self.model.luck(decision, self.name + (number + 1) * APART)
        score = luck_of.normal_pair(first, second)
        return churn.newcomer(self.traits.senior_score, self.model.parameters.trait_correlation, score)

    # what it learns

    def learn(self, number: int, mine: Journey) -> None:
        """Follow results (10), fit the innovation to itself (11), gain and lose skill (12)."""
        model, p, innovation = self.model, self.model.parameters, mine.innovation
        if model.switches.learning and model.ends_month:
            self.follows_results(number, mine)
        if mine.stage == UNAWARE:
            return
        step = model.settled.step
        if mine.using and model.switches.fitting:
            mine.fit = fit.fit_after(mine.fit, p.adaptation, self.learns, innovation.adaptability, step)
        if model.switches.skill:
            support = model.support(self)
            gain = skill.skill_gain(
                p.skill_learning,
                self.learns,
                mine.doing,
                support.training,
                p.broker_skill,
                support.brokerage,
                model.around(self).vacancy * (1.0 - support.fair_pay),
            )
            loss = skill.skill_loss(self.turnover, innovation.codification)
            after = skill.skill_after(mine.skill, gain, loss, step)
            # what the trade brought is not lost by not using an innovation
            mine.skill = after if mine.doing else max(after, min(mine.skill, p.starting_skill))

    def follows_results(self, number: int, mine: Journey) -> None:
        """Count what worked here and, as far as they tell, at partners."""
        model, p, innovation = self.model, self.model.parameters, mine.innovation
        if mine.stage == UNAWARE:
            return
        trials = worked = 0
        if mine.doing:
            works = accounts.true_success(innovation.success, innovation.former_success, mine.fit, mine.skill)
            works *= 1.0 - model.regime(number).outage
            trials = learning.trials_followed(mine.sites_in_use, mine.stage == EXPLORING, p.trials)
            seen = learning.chance_of_success(works, learning.reading_error(p.misreading, self.learns))
            worked = learning.successes_of(trials, seen, model.luck(luck_of.LEARN, self.name, number))
            mine.found = whole(self.learns * worked), whole(self.learns * (trials - worked))
        told = [sum(partner.journeys[number].told[side] for partner in self.partners) for side in (0, 1)]
        weight = learning.from_partners(
            p.partner_evidence, innovation.observability, self.capability[innovation.capability], 1.0 / WHOLE
        )
        a, b = (
            learning.evidence_after(evidence, prior, p.evidence_memory, self.learns, own, others)
            for evidence, prior, own, others in (
                (mine.successes, innovation.prior_successes, worked, weight * told[0]),
                (mine.failures, innovation.prior_failures, trials - worked, weight * (1.0 - p.success_bias) * told[1]),
            )
        )
        limit = learning.within_limits(a, b)
        mine.successes, mine.failures = a * limit, b * limit

    def grows(self) -> None:
        """Become capable of what it does best (12b), once the month has passed for all."""
        p, step = self.model.parameters, self.model.settled.step
        doing = [mine for number, mine in enumerate(self.journeys) if mine.doing and self.model.runs(number)]
        for kind in KINDS:
            best = max((mine.skill for mine in doing if mine.innovation.capability == kind), default=0.0)
            self.capability[kind] = skill.capability_after(
                self.capability[kind], p.capability_growth, self.learns, best, step
            )

    # what becomes of it

    def comes_up_with_something(self) -> None:
        """Come up with an innovation of its own, or not (17)."""
        model = self.model
        self.invents = model.switches.origination and self.happens(
            model.luck(luck_of.ORIGINATE, self.name),
            origination.origination_hazard(model.parameters.origination_rate, self.frontline, self.learns, self.slack),
        )
        model.flows[at.ORIGINATED] += self.invents

    def is_inspected(self) -> None:
        """Get another rating, or not."""
        model, p, around = self.model, self.model.parameters, self.model.around(self)
        hazard = closing.inspection_hazard(p.inspection_rate * around.inspection, p.good_inspection, self.rating)
        if model.switches.inspection and self.happens(model.luck(luck_of.INSPECT, self.name), hazard):
            self.rating = closing.rating_after(
                self.rating,
                p.rating_tilt,
                self.led("sustain")[0],
                self.learns,
                around.noise,
                model.luck(luck_of.INSPECT, self.name + APART),
            )

    def closes_books(self) -> None:
        """Settle the month's money (19)."""
        model, p, traits, around = self.model, self.model.parameters, self.traits, self.model.around(self)
        step, filled = model.settled.step, 1.0
        now, began = model.people_drawn[traits.area, traits.setting], model.people_began[traits.area, traits.setting]
        if model.switches.market and now > 0:
            filled = self.draws / PULL * (began / now)
        income = accounts.income(traits.revenue, traits.self_revenue, around.fee, around.price, filled)
        pay = around.wage * (1.0 + p.pay_cost * model.support(self).fair_pay)
        index = accounts.cost_index(p.labour_share, pay, 1.0 + traits.self_share * (filled - 1.0))
        received = accounts.pence(income * step)
        paid = accounts.pence(traits.cost * (index + around.drain) * step) + self.spent
        taken = accounts.taken_out(
            self.slack, traits.slack_base, p.slack_relaxation, step, traits.cost, received - paid
        )
        self.slack = accounts.slack_after(self.slack, received - paid - taken, traits.cost)
        for what, amount in ((at.RECEIVED, received), (at.PAID, paid), (at.TAKEN, taken)):
            model.flows[what] += traits.weight * amount

    def aspires(self) -> None:
        """Want more, or less (19c)."""
        own = self.performs / WHOLE
        others = [partner.performs for partner in self.partners]
        mean = sum(others) / (len(others) * WHOLE) if others else own
        self.aspiration = closing.aspiration_after(
            self.aspiration, self.model.parameters.aspiration_memory, own, mean, self.model.settled.step
        )

    def is_replaced(self) -> None:
        """Close, and let a newcomer open in its place."""
        model, p = self.model, self.model.parameters
        model.flows[at.EXITS] += 1
        teacher = model.somebody_like(self)
        for partner in list(self.partners):
            model.unties(self, partner)
        for number, mine in enumerate(self.journeys):
            if not model.runs(number):
                continue
            mine.stage, mine.sites_in_use, mine.granted = AWARE, 0, 0
            mine.successes, mine.failures = mine.innovation.prior_successes, mine.innovation.prior_failures
            if not teacher.closes:
                told = teacher.journeys[number]
                mine.successes, mine.failures = told.successes, told.failures
            mine.skill, mine.fit, mine.found, mine.told = p.starting_skill, p.starting_fit, (0, 0), (0, 0)
            layer = "setting", self.traits.setting
            usual = awareness.layer_mean(model.use_of[*layer, number], model.weight_of[layer])
            if model.luck(luck_of.ENTRANT, self.name, number) < p.imprinting * usual:
                mine.next_stage, mine.more_sites = IMPLEMENTING, 0
                self.moves(number, mine)
        alike = teacher.founder
        taken_over = (
            "learning", "openness", "self_knowledge", "misjudged", "senior_score", "frontline_start", "threshold",
            "value_to_keep", "norm_threshold", "slack_base",
        )  # fmt: skip
        self.traits = self.traits._replace(**{name: getattr(alike, name) for name in taken_over})
        self.traits = self.traits._replace(cost=self.traits.revenue * (alike.cost / alike.revenue))
        self.capability = list(alike.capability)
        self.senior, self.manager, self.frontline = alike.senior_start, alike.manager_start, alike.frontline_start
        self.slack, self.rating, self.unrest, self.unrest_left = self.traits.slack_base, 0, 0.0, 0.0
        self.aspiration = attention.performance(self.rating, self.slack)
        self.name += LATER

    def is_valued(self) -> None:
        """Add what people gain from what it uses, and its money, to the month's numbers."""
        model, traits = self.model, self.traits
        model.flows[at.SLACK] += traits.weight * whole(self.slack)
        for number, mine in enumerate(self.journeys):
            if not mine.using:
                continue
            innovation = mine.innovation
            if model.under_way and model.ends_month and mine.since is not None:
                model.sums[number][at.KEPT] += model.whole_month - mine.since == KEPT_MONTHS
            works = accounts.true_success(innovation.success, innovation.former_success, mine.fit, mine.skill)
            if model.under_way:
                works *= 1.0 - model.regime(number).outage
            outcome = accounts.person_outcome(
                self.share(mine) / WHOLE,
                innovation.benefit,
                works,
                innovation.former_success,
                traits.people,
                mine.stage == IMPLEMENTING,
                model.parameters.implementation_harm,
            )
            model.sums[number][at.OUTCOME] += traits.weight * whole(outcome)
