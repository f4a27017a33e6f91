"""Equation (7): choosing between what one knows and doing nothing, and taking a pilot further.

Basis: Multinomial logit (McFadden 1974), drawn as the largest of values with Gumbel noise.

Assumptions: One choice a look. A pilot that ends is judged by the same value, at what is believed by then, and is
taken further only if reserves pay the set-up cost left after a grant.
"""

import math

from ..jit import submodel


@submodel
def score(value, noise, luck):
    """Return V + s_C g with g a standard Gumbel number made from `luck` in (0, 1).

    The option with the highest score is option j with probability exp(V_j/s_C) / sum_k exp(V_k/s_C), which is (7)
    (McFadden 1974). Each option has a luck of its own, so neither order nor a further option disturbs the others'.
    """
    if noise == 0.0:
        return value
    return value - noise * math.log(-math.log(luck))


@submodel
def passing(value, threshold, noise):
    """Return the probability 1/(1 + exp{(V_stay - V)/s_C}) that a pilot is taken further; 1[V >= V_stay] if s_C = 0."""
    if noise == 0.0:
        return 1.0 if value >= threshold else 0.0
    return 1.0 / (1.0 + math.exp(max(-700.0, min(700.0, (threshold - value) / noise))))


@submodel
def affordable(slack, running_costs, setup, grant):
    """Return whether the reserve pays the set-up cost left after the grant; what is free needs no reserve."""
    return max(0.0, slack) * running_costs >= setup - grant


@submodel
def pilot_hazard(rate, trialability):
    """Return h_E (1 - .5 (1 - T)): what is hard to try takes longer to pilot, in 1/month."""
    return rate * (1.0 - 0.5 * (1.0 - trialability))
