"""One provider of the oracle: what it sees, decides, does and learns in a month; equations in the order of the ODD."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa

from .draws import APART, normal
from .equations import WHOLE, blended, bounded, clipped, pence, performance, trait, true_success, whole
from .start import ABANDONED, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE, weights_of

if TYPE_CHECKING:
    from .sector import PlainSector

NEXT_GENERATION = 1 << 32
"""Between the ids of providers that follow each other in one place."""
PULL = 1 << 16
"""A pull on self-funders of 1, in whole parts."""
KINDS = range(4)
"""The four capabilities."""
MONTHS_OF_UNREST = 6.0
RISES, FALLS = (0.81, 0.57, 0.01, 0.0), (0.0, 0.05, 0.26, 0.26)
"""Shares of inspections that raise or lower a rating, from inadequate to outstanding."""


class Journey:
    """How far one provider has come with one innovation, and where it goes this month."""

    def __init__(self, number: int, innovation: Any, stage: int, sites_in_use: int, p: Any):
        """Begin with what everybody believes of the innovation."""
        self.number, self.innovation, self.stage, self.sites_in_use = number, innovation, stage, sites_in_use
        self.a, self.b, self.skill, self.fit = innovation.a0, innovation.b0, p.starting_skill, p.starting_fit
        self.granted, self.next_stage, self.new_sites = False, stage, 0
        self.since: int | None = None
        self.found, self.told = (0, 0), (0, 0)
        """Successes and failures found in this month, and told to partners of the last."""

    @property
    def using(self) -> bool:
        """Whether it is in use."""
        return self.stage in (IMPLEMENTING, SUSTAINED)

    @property
    def doing(self) -> bool:
        """Whether it is piloted or in use."""
        return self.using or self.stage == EXPLORING


class Provider(mesa.Agent):
    """One provider; `place` is what stays when another opens in its place, `character` what goes."""

    def __init__(self, model: PlainSector, place: Any, character: Any, journeys: list[Journey], aspiration: float):
        """Begin as the start has it."""
        super().__init__(model)
        self.id, self.place, self.journeys, self.founder = place.row, place, journeys, character
        self.partners: dict[Provider, int] = {}
        """Each with the step in which the partnership began."""
        self.most_partners = 8
        self.becomes(character, character.slack, place.rating)
        self.cost, self.aspiration = character.cost, aspiration
        self.shown: list[int] = []
        self.performs, self.pull = 0, PULL
        self.closes = False

    @property
    def here(self) -> bool:
        """Whether anybody is in this place: it has opened, and has not gone for good."""
        return bool(self.place.weight > 0)

    def becomes(self, character: Any, slack: float, rating: int) -> None:
        """Take on a character: traits, leadership as it began, no unrest."""
        self.character, self.slack, self.rating = character, slack, rating
        self.capability = list(character.capability)
        self.senior, self.manager, self.frontline = character.senior, character.manager, character.frontline
        self.unrest, self.unrest_left, self.worn = 0.0, 0.0, 0.0
        self.cost = self.place.revenue * (character.cost / character.revenue)

    def draw(self, decision: str, journey: Journey | None = None, number: int = 0) -> float:
        """Return the draw that settles a decision of this month."""
        return self.model.draw(decision, self.id + number * APART, journey.innovation if journey else None)

    # what surrounds it

    @property
    def support(self) -> Any:
        """The month's levers on this provider."""
        return self.model.schedule.supports[self.model.time_step][self.place.cell]

    @property
    def around(self) -> Any:
        """What surrounds this provider this month."""
        return self.model.schedule.around[self.model.time_step][self.place.cell]

    def levers(self, journey: Journey) -> Any:
        """Return the month's levers on an innovation, for this provider."""
        return self.model.schedule.pulls[self.model.time_step][self.place.cell][journey.number]

    @property
    def learning(self) -> float:
        """Its culture of learning this month, with a learning collaborative and the climate of programmes (10a)."""
        support = self.support
        adds = support.learning_collaborative * self.model.p.collaborative_learning * (1.0 - 0.5 * support.brokerage)
        return min(1.0, self.character.learning + (adds + support.climate))

    @property
    def culture(self) -> float:
        """What culture adds to the exponents of (3) and (8a)."""
        if not self.model.switches.culture:
            return 0.0
        return self.model.p.culture_weight * (self.learning - self.model.culture_mean)

    @property
    def rise(self) -> float:
        """By which share fair pay raises wages (19g)."""
        return min(9.0, math.exp(-self.model.p.pay_cost * math.log(1.0 - self.support.fair_pay)) - 1.0)

    def enforced(self, journey: Journey) -> float:
        """Return E', how far an innovation is enforced here."""
        levers = self.levers(journey)
        return min(1.0, levers.enforcement + levers.mandate) if self.model.switches.duties else 0.0

    @property
    def has_room(self) -> bool:
        """Whether it could carry a project more."""
        under_way = sum(one.stage in (EXPLORING, IMPLEMENTING) for one in self.journeys if self.model.runs(one.number))
        return bool(under_way < self.model.p.project_cap + (self.place.sites > 10))

    @property
    def turnover(self) -> float:
        """Share of staff who leave in a month (5d)."""
        model, p = self.model, self.model.p
        leaving = self.around.turnover * (1.0 - self.support.fair_pay)
        if model.switches.culture and p.culture_turnover > 0.0:
            leaving *= math.exp(clipped(-p.culture_turnover * (self.learning - model.culture_usual)))
        return leaving + (p.enforcement_turnover * self.support.obliged if model.switches.duties else 0.0)

    # what others see of it

    def share(self, journey: Journey) -> int:
        """Return m/n in whole parts, rounded down."""
        return journey.sites_in_use * WHOLE // self.place.sites

    def is_seen(self) -> None:
        """Show the others how it stands at the beginning of the month."""
        model, p = self.model, self.model.p
        self.shown = [self.share(journey) for journey in self.journeys]
        if not self.here:
            return
        self.performs = whole(performance(self.rating, self.slack))
        asked = sum(whole(model.demand(number) * share, 1) for number, share in enumerate(self.shown)) / WHOLE
        drawn = p.rating_pull * (self.rating - self.place.rating) + p.innovation_pull * asked
        self.pull = whole(math.exp(clipped(drawn)), PULL)
        if model.ends_month:
            for journey in self.journeys:
                journey.told, journey.found = journey.found, (0, 0)

    # (2) awareness

    def exposure(self, number: int) -> tuple[float, int, bool]:
        """Return (2a), how many partners use the innovation, and whether there is anybody to see."""
        model, p, place = self.model, self.model.p, self.place
        if not model.switches.exposure:
            return 0.0, 0, False
        shares = [partner.shown[number] for partner in self.partners]
        layers = [(p.partner_layer, sum(shares), len(shares))]
        for layer, weight in ((("area", place.area), p.area_layer), (("setting", place.setting), p.setting_layer)):
            # who looks does not use it: nothing of its own is among the use
            layers.append((weight, model.use[layer][number], model.weight[layer] - place.weight))
        x_P, x_R, x_S = (use / (many * WHOLE) if many > 0 else 0.0 for _, use, many in layers)
        users = sum(share > 0 for share in shares) if p.partner_layer > 0.0 else 0
        seen = any(weight > 0.0 and many > 0 for weight, _, many in layers)
        return p.partner_layer * x_P + p.area_layer * x_R + p.setting_layer * x_S, users, seen

    def stance(self, journey: Journey) -> float:
        """Return G, how far the authority asks for the innovation, with shocks and a requirement."""
        own = self.model.stance[self.place.authority, journey.number]
        return max(0.0, min(1.0, own * self.around.stance + self.levers(journey).commissioner_requirement))

    def hears(self, journey: Journey) -> None:
        """Become aware, or not (2)."""
        model, p, one = self.model, self.model.p, journey.innovation
        asked = p.broker_awareness * self.support.brokerage + p.commissioner_awareness * self.stance(journey)
        moved = p.movement_awareness * model.movement[journey.number]
        outside = one.base_awareness + asked + self.levers(journey).campaign + moved
        outside += p.enforcement_looking * self.enforced(journey)
        hazard = outside + one.imitation * one.observability * self.exposure(journey.number)[0]
        if self.draw("aware", journey) < model.chance(hazard):
            journey.next_stage = AWARE if model.switches.journey else SUSTAINED

    # (3) attention, (4) leadership

    def lead(self, stage: str) -> float:
        """Return (4) for a stage of the journey, with the month's programmes."""
        if not self.model.switches.leadership:
            return self.model.reference[stage]
        senior = min(1.0, self.senior + self.support.senior_programme)
        helped = self.support.manager_programme + self.support.leadership_course
        manager = min(1.0, max(0.01, self.manager - self.worn) + helped)
        return blended((senior, manager, self.frontline), weights_of(self.model.p, stage), self.model.p.complementarity)

    def led(self, stage: str, sign: float = 1.0) -> float:
        """Return exp{beta_L (L - Lref)}, its exponent within limits, or its inverse."""
        return math.exp(
            clipped(sign * self.model.p.leadership_weight * (self.lead(stage) - self.model.reference[stage]))
        )

    def looks(self, journey: Journey) -> bool:
        """Return whether it looks at an innovation (3)."""
        p, hazard = self.model.p, journey.innovation.attention
        if self.model.switches.invitation:
            levers = self.levers(journey)
            offer = min(1.0, levers.grant + levers.commissioner_requirement + self.support.brokerage)
            hazard *= 1.0 + p.invited_looking * offer
        if self.model.switches.search:
            lead = p.leadership_weight * (self.lead("explore") - self.model.reference["explore"])
            drive = lead + self.culture + p.slack_search * bounded(self.slack)
            users = sum(one.stage == SUSTAINED for one in self.journeys if self.model.runs(one.number))
            taken = min(1.0, p.upkeep_effort * p.upkeep_given * users) if self.model.switches.upkeep else 0.0
            shortfall = max(0.0, self.aspiration - performance(self.rating, self.slack))
            hazard = hazard * math.exp(clipped(drive)) * (1.0 + p.aspiration_search * shortfall) * (1.0 - taken)
        return self.draw("look") < self.model.chance(hazard)

    # (5) leaders and staff leave

    def leaders_change(self) -> None:
        """Let managers, the senior leader and staff leave, and others come (5)."""
        model, p, sites = self.model, self.model.p, self.place.sites
        self.unrest_left = max(0.0, self.unrest_left - model.step_length)
        leaving = model.chance(p.manager_turnover * (1.0 - self.support.manager_retention))
        gone = binomial(sites, leaving, 1.0 - self.draw("managers leave"))
        for departure in range(gone):
            self.manager += (self.newcomer("new manager", 2 * departure) - self.manager) / sites
        if gone:
            self.is_unsettled(min(1.0, gone / sites))
        if self.draw("senior leaves") < model.chance(p.senior_turnover):
            self.senior = self.newcomer("new senior", 0)
            self.is_unsettled(1.0)
        own = self.character
        home = (
            0.5 * own.frontline + 0.25 * model.frontline_mean + 0.25 * own.learning + self.support.frontline_programme
        )
        self.frontline += min(1.0, self.turnover * model.step_length) * (min(1.0, home) - self.frontline)

    def wears_down(self) -> None:
        """Be worn down by implementing without a programme, or recover (4a)."""
        busy = any(one.stage == IMPLEMENTING and self.model.runs(one.number) for one in self.journeys)
        by = self.model.p.manager_wear * self.model.step_length
        self.worn += by if busy and self.support.manager_programme == 0.0 else -by
        self.worn = max(0.0, min(0.1, self.worn))

    def is_unsettled(self, unrest: float) -> None:
        """Feel a departure for six months: the stronger of this one and what is still felt."""
        self.unrest, self.unrest_left = max(self.unrest_felt, unrest), MONTHS_OF_UNREST

    @property
    def unrest_felt(self) -> float:
        """The unrest that is still felt."""
        return self.unrest if self.unrest_left > 0.0 else 0.0

    def newcomer(self, decision: str, number: int) -> float:
        """Return the leadership of somebody new (5d)."""
        score = normal(self.draw(decision, number=number), self.draw(decision, number=number + 1))
        rho = self.model.p.trait_correlation
        return trait(rho * self.character.senior_score + math.sqrt(1.0 - rho * rho) * score)

    # (6) value

    def believes(self, journey: Journey) -> tuple[float, float]:
        """Return mean and standard deviation of what it believes, with a synthesis of the evidence."""
        theta = journey.innovation.success
        trials = self.levers(journey).evidence_synthesis * self.model.p.evidence_credit
        a, b = journey.a + trials * theta, journey.b + trials * (1.0 - theta)
        return a / (a + b), math.sqrt(a * b / (a + b + 1.0)) / (a + b)

    def gain(self, journey: Journey, piloted: bool = False) -> float:
        """Return what it believes to gain, 1 for a clear difference; staff are heard once it was piloted (7c)."""
        one, advantage = journey.innovation, self.model.regime(journey.number).advantage
        mu = self.believes(journey)[0]
        if piloted and self.model.switches.voice:
            shown = true_success(one.success, one.former_success, journey.fit, journey.skill)
            mu = mu + self.model.p.staff_voice * self.frontline * (shown - mu)
        believed = (mu - one.former_success) / self.model.p.clear_difference
        return believed * advantage * self.suits(one)

    def suits(self, innovation: Any) -> float:
        """Return comp, how far an innovation suits its setting and its owner."""
        return float(innovation.compatibility[self.place.setting][self.place.ownership])

    def paid_by_others(self, journey: Journey) -> float:
        """Return s', the share of set-up costs that the council and a grant pay."""
        shared = journey.innovation.council_share * self.stance(journey)
        return min(1.0, shared + self.levers(journey).grant)

    def setup(self, journey: Journey, sites: int) -> float:
        """Return the set-up cost at so many sites in GBP; who has a partner that uses it saves a part (14)."""
        one, organisation = journey.innovation, journey.innovation.setup_organisation
        if self.model.switches.borrowing and any(partner.shown[journey.number] > 0 for partner in self.partners):
            organisation *= 1.0 - self.model.p.shared_setup * self.character.openness
        people = self.place.people if sites == self.place.sites else self.place.people / self.place.sites
        cost = organisation + one.setup_site * sites + one.setup_person * people
        return cost * (1.0 - self.model.regime(journey.number).cost_cut)

    def running(self, journey: Journey, sites: int, saves: bool) -> float:
        """Return a month's running cost at so many sites, in GBP, less savings."""
        one, people = journey.innovation, self.place.people * sites / self.place.sites
        cost = one.running_cost * sites + one.running_person * people
        return cost - (one.saving * sites + one.saving_person * people) if saves else cost

    def effective_capability(self, journey: Journey) -> float:
        """Return (14), what it can do with what partners lend."""
        kind = journey.innovation.kind
        own = self.capability[kind]
        if not self.model.switches.borrowing:
            return own
        best = max((partner.capability[kind] for partner in self.partners), default=0.0)
        gap = min(max(0.0, required(journey.innovation) - own), max(0.0, best - own))
        return own + own * self.character.openness * gap

    def burden(self, journey: Journey) -> float:
        """Return B, the regulatory burden that it meets."""
        cut = self.model.regime(journey.number).burden_cut
        return self.model.burden_of(journey.number) * (1.0 - cut) * (1.0 - self.levers(journey).sandbox)

    def norm(self, number: int) -> float:
        """Return f(x), what peers' use counts."""
        p = self.model.p
        x, users, seen = self.exposure(number)
        if not seen or p.norm_form == 0:
            return x if seen else 0.0
        return float((x if p.norm_form == 1 else users) >= p.norm_threshold)

    def value(self, journey: Journey, piloted: bool = False) -> float:
        """Return (6), with the strength of a mandate and of what is enforced."""
        model, p, one, levers = self.model, self.model.p, journey.innovation, self.levers(journey)
        asked_by_law = levers.mandate + (p.enforcement_value * levers.enforcement if model.switches.duties else 0.0)
        if not model.switches.value:
            return self.character.threshold + asked_by_law
        setup = self.setup(journey, self.place.sites)
        relative = max(0.0, setup - setup * self.paid_by_others(journey)) / self.place.revenue
        cost = p.cost_weight * min(2.0, relative) * (1.0 - bounded(self.slack)) / 2.0
        hindrance = (
            p.complexity_weight * one.complexity * (1.0 - self.effective_capability(journey))
            + p.complexity_weight * one.needs_connection * (1.0 - self.place.connectivity)
            + p.burden_weight * self.burden(journey)
            + p.uncertainty_weight * self.believes(journey)[1] * (1.0 - one.trialability)
        )
        asked = p.commissioning_weight * self.stance(journey) + p.demand_weight * model.demand(journey.number)
        peers = p.peer_norm * self.norm(journey.number)
        return asked_by_law + (self.gain(journey, piloted) + peers + asked - cost - hindrance)

    # (7) choice and pilots

    def chooses(self) -> Journey | None:
        """Return what it takes into a pilot this month, if anything."""
        model, s = self.model, self.model.p.choice_noise
        running = [journey for journey in self.journeys if model.runs(journey.number)]
        options = [
            one for one in running if one.stage == AWARE and self.suits(one.innovation) > 0.0 and self.looks(one)
        ]
        if not options or not self.has_room:
            return None
        draws = {journey: self.draw("choose", journey) for journey in options}
        scores = {j: gumbel(self.value(j), s, u) for j, u in draws.items()} if model.switches.choice else draws
        best = max(options, key=lambda journey: (scores[journey], journey.innovation.key))
        if model.switches.choice and gumbel(self.character.threshold, s, self.draw("stay")) > scores[best]:
            return None
        return best

    def ends_pilot(self, journey: Journey) -> None:
        """Go on with a pilot, take it further, postpone or abandon it: one draw settles ending and passing."""
        one, switches = journey.innovation, self.model.switches
        rate = one.pilot_rate * (1.0 - 0.5 * (1.0 - one.trialability))
        ends = self.model.chance(rate + self.model.p.enforcement_looking * self.enforced(journey))
        draw = self.draw("pilot", journey)
        if draw < ends:
            postponed = switches.choice and switches.credit and not self.affords(journey)
            passes, anew = self.chance_to_pass(journey), self.model.p.replanning_chance * self.learning
            again = switches.replanning and draw / ends < passes + (1.0 - passes) * anew
            given_up = AWARE if postponed or again else ABANDONED
            journey.next_stage = IMPLEMENTING if draw / ends < passes else given_up

    def obeys(self, journey: Journey) -> None:
        """Take up at once what is enforced, or not (7a)."""
        enforced, switches = self.enforced(journey), self.model.switches
        if enforced == 0.0 or self.suits(journey.innovation) <= 0.0:
            return
        sees = self.model.chance(self.model.p.enforcement_looking * enforced)
        draw = self.draw("obey", journey)
        if draw < sees:
            chance = self.chance_to_pass(journey, piloted=False) if switches.choice else 1.0
            if draw / sees < chance:
                journey.next_stage = IMPLEMENTING if switches.journey else SUSTAINED

    def affords(self, journey: Journey) -> bool:
        """Return whether reserves and credit pay what others leave of the set-up cost."""
        setup = self.setup(journey, self.place.sites)
        credit = self.model.p.headroom if self.model.switches.credit else 0.0
        return (max(0.0, self.slack) + credit) * self.cost >= setup - setup * self.paid_by_others(journey)

    def chance_to_pass(self, journey: Journey, piloted: bool = True) -> float:
        """Return the chance that a pilot that ends is taken further, or that what is enforced is taken up (7)."""
        p, s = self.model.p, self.model.p.choice_noise
        if not self.model.switches.choice:
            return p.chance_to_pass
        if not self.affords(journey):
            return 0.0
        value, threshold = self.value(journey, piloted), self.character.threshold
        if s == 0.0:
            return float(value >= threshold)
        return 1.0 / (1.0 + math.exp(max(-700.0, min(700.0, (threshold - value) / s))))

    # (8) implementation, sustaining, abandonment, scaling

    def abandonment(self, base: float, journey: Journey) -> float:
        """Return a base hazard times psi: circumstances, and the exponential of believed value."""
        p, one, levers = self.model.p, journey.innovation, self.levers(journey)
        if not self.model.switches.abandonment:
            return base
        circumstances = (
            (1.0 - one.lock_in)
            * (1.0 + p.departure_shock * self.unrest_felt)
            * (
                (1.0 + p.strain * max(0.0, -bounded(self.slack)))
                * (1.0 + p.grant_cliff * (levers.grant_ended * journey.granted))
            )
            * (1.0 + p.mandate_resentment * levers.mandate)
            * (1.0 - 0.9 * levers.enforcement if self.model.switches.duties else 1.0)
            * (1.0 + p.neglect * (1.0 - p.upkeep_given) if self.model.switches.upkeep else 1.0)
        )
        run = self.running(journey, journey.sites_in_use, True) * (1.0 - one.council_share)
        yearly = max(0.0, 12.0 * run / self.place.revenue)
        kept = self.gain(journey) - p.cost_weight * min(2.0, yearly) / 2.0 - self.character.value_to_keep
        return base * circumstances * math.exp(clipped(-p.value_sensitivity * kept))

    def routine_hazard(self, journey: Journey) -> float:
        """Return (8a)."""
        p, complexity = self.model.p, journey.innovation.complexity
        if not self.model.switches.implementation:
            return journey.innovation.implementation_rate
        able = math.exp(p.skill_exponent * math.log(journey.skill / 0.5))
        fits = 1.0 - complexity * (1.0 - journey.fit)
        rate = journey.innovation.implementation_rate
        broker = self.support.brokerage if self.model.switches.facilitation and self.has_room else 0.0
        helped = math.exp(broker * math.log(p.facilitation_ratio)) if broker > 0.0 else 1.0
        people = self.led("implement") * math.exp(clipped(self.culture)) * helped
        return rate * people * able * fits / (1.0 + p.burden_delay * self.burden(journey))

    def implements(self, journey: Journey) -> None:
        """Go on implementing, make it routine, or abandon it: one draw settles both."""
        forward = self.routine_hazard(journey)
        away = self.abandonment(self.model.p.implementation_abandonment * journey.innovation.base_hazard, journey)
        draw, event = self.draw("implement", journey), self.model.chance(forward + away)
        if draw < event:
            journey.next_stage = SUSTAINED if draw * (forward + away) < event * forward else ABANDONED

    def sustains(self, journey: Journey) -> None:
        """Keep it, abandon it (8c), let it lapse (8d), or carry it to further sites (8b)."""
        model, p, place = self.model, self.model.p, self.place
        hazard = self.abandonment(journey.innovation.base_hazard, journey)
        if model.switches.abandonment:
            hazard *= self.led("sustain", -1.0)
        if model.switches.sustaining and self.draw("sustain", journey) < model.chance(hazard):
            journey.next_stage = ABANDONED if model.switches.journey else UNAWARE
        elif self.lapses(journey):
            journey.next_stage = AWARE if model.switches.journey else UNAWARE
        elif model.switches.scaling and journey.sites_in_use < place.sites:
            base = p.site_conversion + p.site_imitation * journey.sites_in_use / place.sites
            chance = model.chance(base * self.led("sustain") * (journey.skill / 0.5))
            journey.new_sites = binomial(place.sites - journey.sites_in_use, chance, self.draw("scale", journey))

    def lapses(self, journey: Journey) -> bool:
        """Return whether a yearly return is due and not renewed (8d)."""
        model, one = self.model, journey.innovation
        if not model.switches.renewal or not model.is_due(one):
            return False
        hazard = self.abandonment(one.lapse, journey)
        if model.switches.abandonment:
            hazard *= self.led("sustain", -1.0)
        return self.draw("renew", journey) < -math.expm1(-hazard)

    def reconsiders(self, journey: Journey) -> None:
        """Think again of what was abandoned."""
        if self.draw("reconsider", journey) < self.model.chance(self.model.p.reconsider):
            journey.next_stage = AWARE

    def decide(self) -> None:
        """Settle where every journey goes this month, and change nothing that others see."""
        if not self.here:
            return
        turns = {UNAWARE: self.hears, EXPLORING: self.ends_pilot, IMPLEMENTING: self.implements,
                 SUSTAINED: self.sustains, ABANDONED: self.reconsiders}  # fmt: skip
        chosen = self.chooses()
        for journey in self.journeys:
            journey.next_stage, journey.new_sites = journey.stage, 0
            if self.model.runs(journey.number) and journey.stage != AWARE:
                turns[journey.stage](journey)
            elif self.model.runs(journey.number) and journey is not chosen:
                self.obeys(journey)
        if chosen is not None:
            chosen.next_stage = EXPLORING if self.model.switches.journey else SUSTAINED

    # the month, once decided

    def act(self) -> None:
        """Do what was decided, pay for it, learn from it; then leaders, ratings, money and closing."""
        if not self.here:
            return
        switches, spent = self.model.switches, 0
        for journey in self.journeys:
            if self.model.runs(journey.number):
                spent += self.moves(journey) + self.runs(journey)
                self.learns(journey)
        if switches.churn:
            self.leaders_change()
        if switches.wear:
            self.wears_down()
        if switches.origination:
            self.originates()
        if switches.inspection:
            self.is_inspected()
        if switches.finance:
            self.closes_books(spent)
        if switches.ambition:
            self.aspires()
        if switches.exit:
            p, base = self.model.p, self.model.exit_base[self.place.setting]
            hazard = base * math.exp(clipped(-p.exit_slack * bounded(self.slack)))
            if switches.insolvency:
                hazard += p.debt_exit * max(0.0, -self.slack)
            self.closes = self.draw("exit") < self.model.chance(hazard)
        self.is_counted()

    def moves(self, journey: Journey) -> int:
        """Move to the next stage or to further sites, and return what the provider pays for it, in pence."""
        model, before, after = self.model, journey.stage, journey.next_stage
        sums, new_sites, starts, weight = model.sums[journey.number], journey.new_sites, False, self.place.weight
        if after != before:
            starts = after in (IMPLEMENTING, SUSTAINED) and before != IMPLEMENTING
            sums["routinised"] += weight * (after == SUSTAINED)
            sums["abandoned"] += weight * (journey.using and after in (ABANDONED, UNAWARE))
            if after in (ABANDONED, UNAWARE, AWARE):
                journey.sites_in_use, journey.granted = 0, False
        one, place = journey.innovation, self.place
        cost = one.setup_site * new_sites + one.setup_person * (place.people * new_sites / place.sites)
        cost *= 1.0 - model.regime(journey.number).cost_cut
        if starts:
            new_sites = 1 if after == IMPLEMENTING else self.place.sites
            cost, journey.since = self.setup(journey, new_sites), model.whole_month
            sums["started"] += weight
        journey.stage = after
        journey.sites_in_use += new_sites
        journey.granted = journey.granted or (new_sites > 0 and self.levers(journey).grant > 0.0)
        public = pence(cost * self.paid_by_others(journey))
        sums["paid by public"] += weight * public
        sums["paid by providers"] += weight * (pence(cost) - public)
        sums["set up by public"] += weight * public
        sums["set up by providers"] += weight * (pence(cost) - public)
        return pence(cost) - public

    def runs(self, journey: Journey) -> int:
        """Return running costs less savings, in pence; levers cost the public."""
        one, sums, step = journey.innovation, self.model.sums[journey.number], self.model.step_length
        sites = 1 if journey.stage == EXPLORING else journey.sites_in_use
        cost = self.running(journey, sites, saves=journey.stage == SUSTAINED)
        public = pence(cost * one.council_share * step)
        spent = pence(cost * step) - public
        pulled, place = self.levers(journey), self.place
        levers = pence(pulled.lever_cost * step) + place.sites * pence(pulled.manager_cost * step)
        levers += place.staff * pence(pulled.staff_cost * step)
        shown = self.suits(one) > 0.0
        compliance = pence(self.model.p.compliance_cost * self.enforced(journey) * step) if shown else 0
        sums["paid by public"] += self.place.weight * (public + levers)
        sums["administration"] += self.place.weight * levers
        sums["paid by providers"] += self.place.weight * (spent + compliance)
        sums["compliance"] += self.place.weight * compliance
        return spent + compliance

    # (10) learning, (11) fit, (12) skill

    def learns(self, journey: Journey) -> None:
        """Follow results, fit the innovation to oneself, gain and lose skill."""
        model, p, one, step = self.model, self.model.p, journey.innovation, self.model.step_length
        if journey.stage == UNAWARE:
            return
        if model.switches.learning and model.ends_month:
            self.follows_results(journey)
        if model.switches.fitting and journey.using:
            pace, lost = p.adaptation, min(1.0, p.goal_shift * model.regime(journey.number).shift)
            if model.switches.voice:
                pace *= 1.0 - p.staff_voice + p.staff_voice * (self.frontline / model.frontline_mean)
            if journey.stage == SUSTAINED:
                pace *= 1.0 - one.lock_in if model.switches.renegotiation else 0.0
            journey.fit *= 1.0 - lost
            journey.fit += min(1.0, pace * self.learning * one.adaptability * step) * (1.0 - journey.fit)
        if model.switches.skill:
            free = max(0.0, 1.0 - self.around.vacancy * (1.0 - self.support.fair_pay) / 0.3)
            by_doing = p.skill_learning * self.learning if journey.doing else 0.0
            gain = (by_doing + self.support.training * (1.0 - one.complexity)) * free
            loss = self.turnover * (1.0 - one.codification)
            rest = gain / (gain + loss) if gain + loss > 0.0 else journey.skill
            after = journey.skill + min(1.0, (gain + loss) * step) * (rest - journey.skill)
            journey.skill = after if journey.doing else max(after, min(journey.skill, p.starting_skill))

    def follows_results(self, journey: Journey) -> None:
        """Count what worked here and, as far as they tell, with partners (10)."""
        p, one = self.model.p, journey.innovation
        trials, worked = 0, 0.0
        if journey.doing:
            theta = true_success(one.success, one.former_success, journey.fit, journey.skill)
            theta *= 1.0 - self.model.regime(journey.number).outage
            trials = (1 if journey.stage == EXPLORING else min(3, journey.sites_in_use)) * p.trials
            error = p.misreading * (1.0 - self.learning)
            worked = successes(trials, theta * (1.0 - error) + (1.0 - theta) * error, self.draw("learn", journey))
            if self.model.switches.allowance:
                mu = journey.a / (journey.a + journey.b)
                right = mu * (1.0 - error) / (mu * (1.0 - error) + (1.0 - mu) * error)
                wrong = mu * error / (mu * error + (1.0 - mu) * (1.0 - error))
                worked = worked * right + (trials - worked) * wrong
            journey.found = whole(self.learning * worked), whole(self.learning * (trials - worked))
        heard = p.partner_evidence * one.observability * self.capability[one.kind] * (1.0 / WHOLE)
        told_a, told_b = (sum(k.journeys[journey.number].told[side] for k in self.partners) for side in (0, 1))
        a = one.a0 + p.evidence_memory * (journey.a - one.a0) + self.learning * worked + heard * told_a
        b = one.b0 + p.evidence_memory * (journey.b - one.b0) + self.learning * (trials - worked)
        b += heard * (1.0 - p.success_bias) * told_b
        within = 500.0 / (a + b) if a + b > 500.0 else 1.0
        journey.a, journey.b = a * within, b * within

    def grows(self) -> None:
        """Become capable of what it does best (12b), once the month has passed for all."""
        if not self.here:
            return
        pace = min(1.0, self.model.p.capability_growth * self.learning * self.model.step_length)
        for kind in KINDS:
            skills = [
                journey.skill
                for journey in self.journeys
                if journey.doing and journey.innovation.kind == kind and self.model.runs(journey.number)
            ]
            own = self.capability[kind]
            self.capability[kind] = own + pace * max(0.0, max(skills, default=0.0) - own)

    # (17) origination, (19) ratings, money, aspirations, closing

    def originates(self) -> None:
        """Come up with an innovation of one's own, or not (17)."""
        hazard = self.model.p.origination_rate * self.frontline * self.learning * max(0.0, self.slack)
        draw = self.draw("originate")
        if draw < self.model.chance(hazard):
            self.model.inventors.append((draw, self))
            self.model.flows["originated"] += self.place.weight

    def is_inspected(self) -> None:
        """Be inspected, or not, and rated anew."""
        p, around, rating = self.model.p, self.around, self.rating
        hazard = p.inspection_rate * around.inspection * (p.good_inspection if rating >= 0 else 1.0)
        if self.draw("inspect") >= self.model.chance(hazard):
            return
        better = p.rating_tilt * (0.5 * (self.lead("sustain") + self.learning) - 0.5)
        better += p.pay_rating * self.rise if self.model.switches.rewards else 0.0
        up = (1.0 - around.noise) * tilted(RISES[rating + 2], better) + (0.5 * around.noise if rating < 1 else 0.0)
        down = (1.0 - around.noise) * tilted(FALLS[rating + 2], -better) + (0.5 * around.noise if rating > -2 else 0.0)
        draw = self.draw("inspect", number=1)
        if draw < up:
            self.rating += 1
        elif draw >= 1.0 - min(down, 1.0 - up):
            self.rating -= 1

    def closes_books(self, spent: int) -> None:
        """Settle the month's money (19a)."""
        model, p, place, around, step = self.model, self.model.p, self.place, self.around, self.model.step_length
        filled, (began, now) = 1.0, model.market[place.area, place.setting]
        if model.switches.market and now > 0:
            filled = self.pull / PULL * (began / now)
        income = place.revenue * around.fee + place.self_revenue * (around.price * filled - around.fee)
        pay = around.wage * (1.0 + self.rise)
        volume = 1.0 + place.self_share * (filled - 1.0)
        index = 1.0 + p.labour_share * (pay * volume - 1.0)
        wages = pence(self.cost * p.labour_share * around.wage * self.rise * volume * step)
        funded = pence(p.pay_funded * wages / 100.0)
        received = pence(income * step) + funded
        paid = pence(self.cost * (index + around.drain) * step) + spent
        taken = pence(p.slack_relaxation * (self.slack - self.character.slack_base) * step * self.cost)
        after = self.slack + (received - paid - taken) / (100.0 * self.cost)
        if after > 6.0:
            taken += math.ceil((after - 6.0) * 100.0 * self.cost)
        elif after < -3.0:
            taken += math.floor((after + 3.0) * 100.0 * self.cost)
        self.slack = max(-3.0, min(6.0, self.slack + (received - paid - taken) / (100.0 * self.cost)))
        for what, amount in (
            ("received", received),
            ("paid", paid),
            ("taken", taken),
            ("wages", wages),
            ("wages funded", funded),
        ):
            model.flows[what] += place.weight * amount

    def aspires(self) -> None:
        """Want more, or less (19c), by last month's performance of oneself and of partners."""
        own, others = self.performs / WHOLE, [partner.performs for partner in self.partners]
        mean = sum(others) / (len(others) * WHOLE) if others else own
        pace = min(1.0, (1.0 - self.model.p.aspiration_memory) * self.model.step_length)
        self.aspiration += pace * (0.5 * own + 0.5 * mean - self.aspiration)

    def is_replaced(self) -> None:
        """Close, and let another open in the same place (19e), or nobody (19f)."""
        model, place = self.model, self.place
        model.flows["exits"] += place.weight
        for partner in list(self.partners):
            model.unties(self, partner)
        if self.draw("successor") < model.schedule.no_successor[model.time_step][place.setting]:
            model.flows["slack"] -= place.weight * whole(self.slack)
            self.journeys = [Journey(one.number, one.innovation, UNAWARE, 0, model.p) for one in self.journeys]
            place.weight = 0
        else:
            self.opens()
        self.id += NEXT_GENERATION

    def opens(self) -> None:
        """Open in this place, alike to somebody of the setting (19e)."""
        model, p, layer = self.model, self.model.p, ("setting", self.place.setting)
        alike = model.members[layer][int(self.draw("entrant") * len(model.members[layer]))]
        for number, journey in enumerate(self.journeys):
            if not model.runs(number):
                continue
            theirs = alike.journeys[number]
            opened = Journey(number, journey.innovation, UNAWARE, 0, p)
            if alike.here and not alike.closes and theirs.stage != UNAWARE:
                opened.stage = opened.next_stage = AWARE
                opened.a, opened.b = theirs.a, theirs.b
            self.journeys[number] = opened
            share = model.use[layer][number] / (model.weight[layer] * WHOLE) if model.weight[layer] else 0.0
            if self.draw("entrant", opened) < max(p.imprinting * share, opened.innovation.registration):
                opened.next_stage = IMPLEMENTING
                self.moves(opened)
        self.becomes(alike.founder, alike.founder.slack_base, 0)
        self.aspiration = performance(self.rating, self.slack)

    def comes(self, weight: int) -> None:
        """Open beside those that are there (19f)."""
        self.place.weight = weight
        self.opens()
        self.id += NEXT_GENERATION
        self.model.flows["slack"] += weight * whole(self.slack)

    def is_counted(self) -> None:
        """Add its slack, and what people gain from what it uses (19b), to the month's sums."""
        model, place = self.model, self.place
        if not self.here:
            return
        model.flows["slack"] += place.weight * whole(self.slack)
        for journey in self.journeys:
            if not journey.using:
                continue
            one, sums, share = journey.innovation, model.sums[journey.number], self.share(journey) / WHOLE
            theta = true_success(one.success, one.former_success, journey.fit, journey.skill)
            if model.under_way:
                theta *= 1.0 - model.regime(journey.number).outage
            outcome = share * one.benefit * (theta - one.former_success) * place.people
            if journey.stage == IMPLEMENTING:
                outcome -= model.p.implementation_harm * one.benefit * share * place.people
            sums["outcome"] += place.weight * whole(outcome)
            if model.ends_month and journey.since is not None:
                sums["kept"] += place.weight * (model.whole_month - journey.since == 24)

    # (13) partners, as far as one provider sees

    def view(self) -> tuple[list[float], list[float]]:
        """Return its need of each capability, and how much it believes to have (13a); a broker halves the error."""
        p, own = self.model.p, self.character
        wanted = [
            journey.innovation
            for journey in self.journeys
            if self.model.runs(journey.number) and journey.stage in (AWARE, EXPLORING, IMPLEMENTING)
        ]
        kappa = 1.0 - (1.0 - own.self_knowledge) * (1.0 - 0.5 * self.support.brokerage)
        believed = [self.capability[kind] + (1.0 - kappa) * own.misjudged[kind] for kind in KINDS]
        needs = []
        for kind in KINDS:
            asked = [required(one) * (1.0 if one.kind == kind else p.asked_elsewhere) for one in wanted]
            needs.append(max(0.0, max(asked, default=0.0) - believed[kind]))
        return needs, believed


def required(innovation: Any) -> float:
    """Return how much of its capability an innovation asks for."""
    return 0.5 + 0.5 * innovation.complexity


def gumbel(value: float, noise: float, draw: float) -> float:
    """Return a value with Gumbel noise."""
    return value - noise * math.log(-math.log(draw)) if noise > 0.0 else value


def tilted(share: float, exponent: float) -> float:
    """Return a share with its odds multiplied by exp(exponent)."""
    factor = math.exp(clipped(exponent))
    return share * factor / (1.0 - share + share * factor)


def binomial(trials: int, chance: float, draw: float) -> int:
    """Return the successes among trials, by inversion, with the logarithm of each probability from the one before."""
    if chance <= 0.0 or chance >= 1.0 or trials <= 0:
        return trials if chance >= 1.0 else 0
    log_odds, log_mass = math.log(chance) - math.log1p(-chance), trials * math.log1p(-chance)
    below, made = math.exp(log_mass), 0
    while draw >= below and made < trials:
        log_mass += math.log((trials - made) / (made + 1.0)) + log_odds
        below += math.exp(log_mass)
        made += 1
    return made


def successes(trials: int, chance: float, draw: float) -> int:
    """Return the successes among a few trials, by inversion from the rarer end."""
    if chance <= 0.0 or chance >= 1.0:
        return trials if chance >= 1.0 else 0
    rare, left = (chance, draw) if chance <= 0.5 else (1.0 - chance, 1.0 - draw)
    mass, power, bits = 1.0, 1.0 - rare, trials
    while bits:  # (1 - rare)^trials by squaring
        mass, power, bits = mass * power if bits % 2 else mass, power * power, bits // 2
    below, made = mass, 0
    while left >= below and made < trials:
        mass *= rare / (1.0 - rare) * (trials - made) * (1.0 / (made + 1.0))
        below += mass
        made += 1
    return made if chance <= 0.5 else trials - made
