"""Equation (19), its other parts: ratings, aspirations, and who closes.

Basis: Inspections and their results (S080, S082), closures of care homes (about 2.5 % a year); aspirations follow
own and partners' performance (Cyert and March 1963).

Assumptions: Leadership and learning tilt the odds of an inspection; good providers are inspected less often. Who
closes is replaced at once in the same place: the sector keeps its size.
"""

import math

from ..jit import submodel
from .hazards import clipped

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
    factor = math.exp(clipped(exponent))
    return share * factor / (1.0 - share + share * factor)


@submodel
def rating_after(rating, tilt, lead, learning, noise, luck):
    """Return the rating after an inspection: the shares of S080, odds tilted by +-beta ((L^R + lambda)/2 - .5).

    `noise` is the share of inspections that tell nothing: they raise or lower by the toss of a coin.
    """
    better = tilt * (0.5 * (lead + learning) - 0.5)
    up = (1.0 - noise) * tilted(RISES[rating + 2], better) + (0.5 * noise if rating < 1 else 0.0)
    down = (1.0 - noise) * tilted(FALLS[rating + 2], -better) + (0.5 * noise if rating > -2 else 0.0)
    if luck < up:
        return rating + 1
    return rating - 1 if luck >= 1.0 - min(down, 1.0 - up) else rating


@submodel
def aspiration_after(aspiration, memory, own, others, step):
    """Return (19c): Asp <- m_A Asp + (1 - m_A)(.5 Perf + .5 partners' mean) over a step."""
    return aspiration + min(1.0, (1.0 - memory) * step) * (0.5 * own + 0.5 * others - aspiration)


@submodel
def exit_hazard(rate, weight, slack_bounded, reference):
    """Return (19d): h_out exp{-beta_out Rt} over its mean at the start: the sector begins with h_out, in 1/month."""
    return rate * math.exp(clipped(-weight * slack_bounded)) / reference
