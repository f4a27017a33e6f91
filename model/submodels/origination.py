"""Equation (17): innovations that staff come up with themselves.

Basis: None; off by default.

Assumptions: Frontline leadership, a culture of learning and slack multiply. One innovation a month at most finds
room in the run, and as many slots as are declared.
"""

from ..jit import submodel


@submodel
def origination_hazard(rate, frontline, learning, slack):
    """Return (17): iota L^F lambda (R)+, in 1/month."""
    return rate * frontline * learning * max(0.0, slack)
