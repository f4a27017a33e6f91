"""Equation (16): movements, and what they do to demand, commissioners and regulation.

Basis: None: no estimate exists of any of these effects, so all are 0 by default and scenarios with a movement also
show the zero case.

Assumptions: A movement grows with ties between users. Self-funders choose by change of rating and by visible
innovation against the start, so that shares begin as the evidence has them; prices do not move them.
"""

import math

from ..jit import submodel
from .hazards import clipped


@submodel
def movement_after(movement, growth, density, building, decay, step):
    """Return (16a): M + chi dens (1 - M) + building (1 - M) - delta_M M over a step, in [0, 1]."""
    moved = movement + ((growth * density + building) * (1.0 - movement) - decay * movement) * step
    return max(0.0, min(1.0, moved))


@submodel
def demand(effect, movement):
    """Return (16b): D = e_D M, in value."""
    return effect * movement


@submodel
def appeal(rating_pull, rating, rating_at_start, innovation_pull, asked_for):
    """Return exp{beta_Q (rating - rating at the start) + beta_I sum_j D_j m/n}: what draws self-funders, 1 at first.

    The provider's share of its market is its self-funders at the start times this, over the market's sum.
    """
    drawn = rating_pull * (rating - rating_at_start) + innovation_pull * asked_for
    return 1.0 if drawn == 0.0 else math.exp(clipped(drawn))


@submodel
def stance_after(stance, effect, movement, usual, back, step):
    """Return (16c): G + e_G M (1 - G) + .02 (usual - G) over a step, in [0, 1]; policy adds to it where it acts."""
    moved = stance + (effect * movement * (1.0 - stance) + back * (usual - stance)) * step
    return max(0.0, min(1.0, moved))


@submodel
def burden_after(burden, effect, movement, least, usual, back, step):
    """Return (16d): B - e_B M (B - B_min)+ + rev (usual - B) over a step, in [0, 1]; reform lowers the usual."""
    moved = burden + (back * (usual - burden) - effect * movement * max(0.0, burden - least)) * step
    return max(0.0, min(1.0, moved))
