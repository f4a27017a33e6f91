"""Equation (6): what an innovation is worth in the eyes of a provider.

Basis: Relative advantage, compatibility, complexity, trialability and observability (Rogers 2003); random utility
(McFadden 1974).

Assumptions: Everything is weighed on one scale, on which 1 is a clear difference to people; decisions follow
believed value, outcomes follow true value (19b). Prices are by organisation, site and person served.
"""

from __future__ import annotations

from typing import NamedTuple

from ..jit import submodel
from ..state import SUSTAINED
from . import attention, awareness, learning, movements, outcomes, partnerships


@submodel
def believed_gain(mean, former, clear_difference, advantage, compatibility):
    """Return (mu - theta_0)/d RA comp: what use is believed to add to the practice before, 1 for a clear difference.

    The design has mu RA comp, which for what is known to be worthless is still two thirds of what a good innovation
    has: providers that had abandoned a fad because it did nothing took it up again.
    """
    return (mean - former) / clear_difference * advantage * compatibility


@submodel
def setup_cost(per_organisation, per_site, sites, per_person, people):
    """Return C0 + C1 n + C2 people, in GBP: what is sold by site and person is a like share of every revenue, what is
    sold by organisation weighs most on the small.
    """
    return per_organisation + per_site * sites + per_person * people


@submodel
def relative_cost(setup, paid_by_others, revenue):
    """Return rc = (C - paid by grant and council)+ / monthly revenue, in months of revenue."""
    return max(0.0, setup - paid_by_others) / revenue


@submodel
def by_use(per_site, sites, per_person, people):
    """Return what use costs or saves a month, in GBP: sites and people are those in use."""
    return per_site * sites + per_person * people


@submodel
def running_burden(running, revenue):
    """Return rc_run: a year's net running cost in months of revenue, at least 0."""
    return max(0.0, 12.0 * running / revenue)


@submodel
def peers(form, exposed, count, seen, norm_threshold):
    """Return f(x): the share itself (form 0), or 1 once the share (1) or the count (2) of users reaches a threshold.

    `seen` says whether the provider has anybody to look at: without, peers never count.
    """
    if not seen:
        return 0.0
    if form == 0:
        return exposed
    reached = exposed >= norm_threshold if form == 1 else count >= norm_threshold
    return 1.0 if reached else 0.0


@submodel
def weighed_cost(cost_weight, cost, slack):
    """Return beta_C min(2, rc) (1 - Rt)/2: cost weighs less on those who have slack."""
    return cost_weight * min(2.0, cost) * (1.0 - attention.bounded_slack(slack)) / 2.0


class ValueTerms(NamedTuple):
    """The terms of (6): what speaks for an innovation, then what speaks against it."""

    gain: float
    """(mu - th0)/d RA k"""
    peers: float
    """beta_N f(x)"""
    commissioners: float
    """beta_G G"""
    people: float
    """beta_D D"""
    mandate: float
    """s, and b_E E of what is enforced"""
    cost: float
    """beta_C min(2, c) (1 - Rt)/2"""
    complexity: float
    """beta_X X (1 - c)"""
    connection: float
    """beta_X needs (1 - connectivity)"""
    burden: float
    """beta_B B"""
    uncertainty: float
    """beta_U sd (1 - T)"""


@submodel
def perceived_value(terms):
    """Return (6): V = s + b_E E + gain + beta_N f(x) + beta_G G + beta_D D - cost - [beta_X X (1 - c)
    + beta_X needs (1 - connectivity) + beta_B B + beta_U sd (1 - T)]; with a mandate of strength s, V against th is the
    same as V - s against th - s.
    """
    hindrance = terms.complexity + terms.connection + terms.burden + terms.uncertainty
    asked_for = terms.commissioners + terms.people
    return terms.mandate + (terms.gain + terms.peers + asked_for - terms.cost - hindrance)


@submodel
def suits(frame, state, i, j):
    """Return k of innovation j for setting and owner of provider i, in [0, 1]; at 0 it is not for such providers."""
    return frame.innovations[j].compatibility[3 * state.providers[i].setting + state.providers[i].ownership]


@submodel
def believed(frame, state, mean, month, i, j):
    """Return what provider i, believing in a share `mean` of successes, expects to gain by innovation j."""
    innovation = frame.innovations[j]
    return believed_gain(
        mean,
        innovation.former_success,
        frame.parameters[0].clear_difference,
        frame.schedule.regime[month, j].advantage,
        suits(frame, state, i, j),
    )


@submodel
def people_at(state, i, sites):
    """Return how many people provider i serves at so many of its sites, on the average."""
    return state.providers[i].people * sites / state.providers[i].sites


@submodel
def setup(frame, state, month, i, j, sites, helped):
    """Return the set-up cost of innovation j for provider i and `sites` of its sites, in GBP; a partner that already
    uses it may have `helped`.
    """
    per_organisation = partnerships.shared_setup_cost(
        frame.innovations[j].setup_organisation, frame.parameters[0].shared_setup, state.traits[i].openness, helped
    )
    innovation, people = frame.innovations[j], people_at(state, i, sites)
    cost = setup_cost(per_organisation, innovation.setup_site, sites, innovation.setup_person, people)
    return cost * (1.0 - frame.schedule.regime[month, j].cost_cut)


@submodel
def paid_by_others(frame, state, month, i, j):
    """Return which share of the set-up cost of innovation j a grant and the local authority pay for provider i: what is
    the council's to pay it pays as far as it wants it (its stance G).
    """
    share = frame.schedule.pulled[month, state.providers[i].cell, j].grant
    if frame.innovations[j].council_share > 0.0:
        share += frame.innovations[j].council_share * movements.stance(frame, state, month, i, j)
    return min(1.0, share)


@submodel
def running(frame, state, i, j, stage, used):
    """Return what use of innovation j at `used` sites of provider i costs a month less what it saves, in GBP, whoever
    pays; it saves nothing until it is routine.
    """
    innovation, people = frame.innovations[j], people_at(state, i, used)
    cost = by_use(innovation.running_cost, used, innovation.running_person, people)
    if stage != SUSTAINED:
        return cost
    return cost - by_use(innovation.saving, used, innovation.saving_person, people)


@submodel
def cost_term(frame, state, month, i, j, whole):
    """Return how much a set-up cost of `whole` GBP weighs on provider i, after the month's grant."""
    others = whole * paid_by_others(frame, state, month, i, j)
    cost = relative_cost(whole, others, state.traits[i].revenue)
    return weighed_cost(frame.parameters[0].cost_weight, cost, state.rows[i].slack)


@submodel
def terms_of(frame, state, month, i, j, piloted):
    """Return the terms of (6) for provider i and innovation j, as its staff judge it once they have `piloted` it (7c);
    where the mechanism is switched off, an innovation is worth the threshold.
    """
    p, innovation, trait = frame.parameters[0], frame.innovations[j], state.traits[i]
    pulled = frame.schedule.pulled[month, state.providers[i].cell, j]
    mandate = pulled.mandate
    if frame.switches[0].duties:
        mandate += p.enforcement_value * pulled.enforcement
    if not frame.switches[0].value:
        return ValueTerms(trait.adoption_threshold, 0.0, 0.0, 0.0, mandate, 0.0, 0.0, 0.0, 0.0, 0.0)
    mean, deviation = learning.belief(frame, state, month, i, j)
    if piloted and frame.switches[0].voice:
        pair = state.pairs[i, j]
        works = outcomes.true_success(innovation.success, innovation.former_success, pair.fit, pair.skill)
        mean = learning.judged(mean, p.staff_voice, state.rows[i].frontline, works)
    shown, users, seen = awareness.exposed(frame, state, i, j)
    helped = partnerships.helped(frame, state, i, j)
    return ValueTerms(
        believed(frame, state, mean, month, i, j),
        p.peer_norm * peers(p.norm_form, shown, users, seen, trait.norm_threshold),
        p.commissioning_weight * movements.stance(frame, state, month, i, j),
        p.demand_weight * movements.demand_for(frame, state, j),
        mandate,
        cost_term(frame, state, month, i, j, setup(frame, state, month, i, j, state.providers[i].sites, helped)),
        p.complexity_weight * innovation.complexity * (1.0 - partnerships.capability(frame, state, i, j)),
        p.complexity_weight * innovation.needs_connection * (1.0 - trait.connectivity),
        p.burden_weight * movements.burden(frame, state, month, i, j),
        p.uncertainty_weight * deviation * (1.0 - innovation.trialability),
    )


@submodel
def worth(frame, state, month, i, j, piloted):
    """Return (6) for provider i and innovation j, with the month's mandate; `piloted` as in `terms_of`."""
    return perceived_value(terms_of(frame, state, month, i, j, piloted))
