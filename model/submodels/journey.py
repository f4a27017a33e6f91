"""Equation (8): from implementation to routine use, and the ways out.

Basis: Stages of implementation and their pace in supported programmes (UniSIC, Implementation Science
Communications 2022, 3:2).

Assumptions: Those rates are of hard programmes in another sector: each innovation scales the hazard of dropping,
and lock-in, value, leadership, strain, ending grants and mandates move it. Who has dropped an innovation may come
back, and keeps what it learned.
"""

import math

from ..jit import submodel
from .hazards import clipped

UNAWARE, AWARE, EXPLORING, IMPLEMENTING, SUSTAINED, ABANDONED = range(6)
POWERS = tuple(math.exp(power) * (1.0 + 1e-12) for power in range(-5, 6))
STAGES = ("unaware", "aware", "exploring", "implementing", "sustained", "abandoned")


@submodel
def routine_hazard(rate, leadership_weight, lead, reference, skill, exponent, complexity, fit, burden_delay, burden):
    """Return (8a): h_I exp{beta_L (L^I - Lref)} (K/.5)^gamma (1 - X (1 - w)) / (1 + b_B B), in 1/month."""
    led = math.exp(clipped(leadership_weight * (lead - reference)))
    able = math.exp(exponent * math.log(skill / 0.5))
    return rate * led * able * (1.0 - complexity * (1.0 - fit)) / (1.0 + burden_delay * burden)


@submodel
def most_routine(rate, leadership_weight, reference, exponent):
    """Return a bound that (8a) never exceeds (leadership and skill are at most 1)."""
    return rate * math.exp(clipped(leadership_weight * (1.0 - reference))) * math.exp(exponent * math.log(2.0))


@submodel
def regret(value_sensitivity, gain, running_cost, value_to_keep):
    """Return the exponent of psi: -beta_V (gain - beta_C min(2, rc_run)/2 - V_keep), held in [-5, 5]."""
    return clipped(-value_sensitivity * (gain - running_cost - value_to_keep))


@submodel
def exponential_at_most(exponent):
    """Return a bound of exp for an exponent in [-5, 5] from a table: the next whole power."""
    return POWERS[int(math.ceil(exponent)) + 5]


@submodel
def circumstances(
    lock_in, departure_shock, unrest, strain, slack_bounded, grant_cliff, grant_ended, resentment, mandate
):
    """Return psi without its exponential: lock-in, a leader just gone, strain, a grant just ended, a mandate."""
    return (
        (1.0 - lock_in)
        * (1.0 + departure_shock * unrest)
        * (1.0 + strain * max(0.0, -slack_bounded))
        * (1.0 + grant_cliff * grant_ended)
        * (1.0 + resentment * mandate)
    )


@submodel
def drop_hazard(base, psi_factor, exponent):
    """Return (8b, implementing): r_IX h_S0 psi, with the product r_IX h_S0 given as `base`, in 1/month."""
    return base * psi_factor * math.exp(exponent)


@submodel
def sustained_drop_hazard(base, psi_factor, exponent, leadership_weight, lead, reference):
    """Return (8c): h_S0 psi exp{-beta_L (L^R - Lref)}, in 1/month."""
    return base * psi_factor * math.exp(exponent) * math.exp(clipped(-leadership_weight * (lead - reference)))
