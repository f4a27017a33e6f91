"""Equation (19), its other parts: ratings, aspirations, and who closes.

Basis: Inspections and their results (S080, S082), closures by setting from the register; aspirations follow
own and partners' performance (Cyert and March 1963).

Assumptions: Leadership and learning tilt the odds of an inspection; good providers are inspected less often. Debt
makes closing likelier.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import ID_STRIDE, draw
from ..state import WHOLE
from . import attention, finance, hazards, leadership, learning

# What inspections found again (S080), by rating from inadequate to outstanding: share that rises, share that falls.
# Outstanding services that fall are an assumption: as many as among the good ones.
RISES = (0.81, 0.57, 0.01, 0.0)
FALLS = (0.0, 0.05, 0.26, 0.26)
GOOD = 0


@submodel
def inspection_hazard(rate, selection, rating):
    """Return how often a provider is inspected again, in 1/month: those that are good or better less often."""
    return rate * (selection if rating >= GOOD else 1.0)


@submodel
def tilted(share, exponent):
    """Return a probability with its odds multiplied by exp(exponent)."""
    factor = math.exp(hazards.clipped(exponent))
    return share * factor / (1.0 - share + share * factor)


@submodel
def rating_after(rating, tilt, lead, learning, reward, noise, number):
    """Return the rating after an inspection: the shares of S080, odds tilted by +-[beta ((L^R + lambda)/2 - .5) +
    `reward`], the last for pay that is better than usual (19g).

    `noise` is the share of inspections that tell nothing: they raise or lower by the toss of a coin.
    """
    better = tilt * (0.5 * (lead + learning) - 0.5) + reward
    up = (1.0 - noise) * tilted(RISES[rating + 2], better) + (0.5 * noise if rating < 1 else 0.0)
    down = (1.0 - noise) * tilted(FALLS[rating + 2], -better) + (0.5 * noise if rating > -2 else 0.0)
    if number < up:
        return rating + 1
    return rating - 1 if number >= 1.0 - min(down, 1.0 - up) else rating


@submodel
def aspiration_after(aspiration, memory, own, others, step):
    """Return (19c): Asp <- m_A Asp + (1 - m_A)(.5 Perf + .5 partners' mean) over a step."""
    return aspiration + min(1.0, (1.0 - memory) * step) * (0.5 * own + 0.5 * others - aspiration)


@submodel
def exit_hazard(base, weight, slack_bounded, debt_weight, slack):
    """Return (19d): h_s exp{-beta_out Rt} + x_D (-R)+, in 1/month: h_s is such that each setting begins with the
    closures of the register; reserves protect, and whoever owes is closed by creditors.
    """
    return base * math.exp(hazards.clipped(-weight * slack_bounded)) + debt_weight * max(0.0, -slack)


@submodel
def reward_of(frame, month, cell):
    """Return what better pay adds to the odds of inspections (19g), log-odds; 0 where the mechanism is switched off."""
    if not frame.switches[0].rewards:
        return 0.0
    return frame.parameters[0].pay_rating * finance.rise_of_pay(frame, month, cell)


@submodel
def is_inspected(frame, state, month, i):
    """Let the regulator inspect provider i, or not."""
    p, settled, none = frame.parameters[0], frame.settled[0], state.pairs.shape[1]
    around, who = frame.schedule.around[month, state.providers[i].cell], state.providers[i].id
    rating = int(state.rows[i].rating)
    hazard = inspection_hazard(p.inspection_rate * around.inspection, p.good_inspection, rating)
    if hazards.happens(draw(state.starts[rnd.INSPECT, none], who), hazard, p.hazard_ceiling, settled.step):
        state.rows[i].rating = rating_after(
            rating,
            p.rating_tilt,
            leadership.lead_or_reference(frame, state, month, i, leadership.SUSTAIN, settled.reference_sustain),
            learning.culture(frame, state, month, i),
            reward_of(frame, month, state.providers[i].cell),
            around.noise,
            draw(state.starts[rnd.INSPECT, none], who + ID_STRIDE),
        )


@submodel
def aspire(frame, state, i, others):
    """Move the aspiration of provider i (19c); `others` is the mean performance of its partners."""
    state.rows[i].aspiration = aspiration_after(
        state.rows[i].aspiration,
        frame.parameters[0].aspiration_memory,
        state.shown[i].performance / WHOLE,
        others,
        frame.settled[0].step,
    )


@submodel
def closes(frame, state, i):
    """Return whether provider i closes this month (19d)."""
    p, settled, none = frame.parameters[0], frame.settled[0], state.pairs.shape[1]
    number = draw(state.starts[rnd.EXIT, none], state.providers[i].id)
    if number >= settled.most_exits * settled.step:
        return False
    slack = state.rows[i].slack
    hazard = exit_hazard(
        settled.exit_base[state.providers[i].setting],
        p.exit_slack,
        attention.bounded_slack(slack),
        p.debt_exit if frame.switches[0].insolvency else 0.0,
        slack,
    )
    return hazards.happens(number, hazard, p.hazard_ceiling, settled.step)
