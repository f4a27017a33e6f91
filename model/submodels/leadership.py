"""Equation (4): leadership at three levels, blended for a stage of the journey.

Basis: A mean with constant elasticity of substitution; leadership improved performance in a health system only
where levels were taken together, hence a prior that leans to complements.

Assumptions: The weight of each level by stage is an assumption: senior leaders open doors, managers implement,
frontline staff sustain.
"""

import math

from ..jit import submodel


@submodel
def blended(senior, manager, frontline, weight_senior, weight_manager, weight_frontline, complementarity):
    """Return (4): [sum_l omega_l L_l^rho]^(1/rho), omega divided by its sum, leadership in (0, 1].

    rho = 1 is the weighted mean, |rho| < 1e-6 the geometric mean, -inf the minimum; between, by log-sum-exp.
    """
    total = weight_senior + weight_manager + weight_frontline
    if complementarity == 1.0:
        return (weight_senior * senior + weight_manager * manager + weight_frontline * frontline) / total
    if math.isinf(complementarity):
        least = math.inf
        if weight_senior > 0.0:
            least = min(least, senior)
        if weight_manager > 0.0:
            least = min(least, manager)
        if weight_frontline > 0.0:
            least = min(least, frontline)
        return least
    log_senior, log_manager, log_frontline = math.log(senior), math.log(manager), math.log(frontline)
    if abs(complementarity) < 1e-6:
        logs = weight_senior * log_senior + weight_manager * log_manager + weight_frontline * log_frontline
        return math.exp(logs / total)
    top = complementarity * (
        min(log_senior, log_manager, log_frontline)
        if complementarity < 0.0
        else max(log_senior, log_manager, log_frontline)
    )
    summed = (
        weight_senior * math.exp(complementarity * log_senior - top)
        + weight_manager * math.exp(complementarity * log_manager - top)
        + weight_frontline * math.exp(complementarity * log_frontline - top)
    )
    return math.exp((top + math.log(summed / total)) / complementarity)
