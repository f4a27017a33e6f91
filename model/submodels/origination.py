"""Equation (17): innovations that staff come up with themselves."""

from ..jit import submodel


@submodel
def origination_hazard(rate, frontline, learning, slack):
    """Return (17): iota L^F lambda (R)+, in 1/month."""
    return rate * frontline * learning * max(0.0, slack)
