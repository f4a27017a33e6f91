"""Equation (11): fitting an innovation to oneself (re-invention).

Basis: Re-invention (Rogers 2003) and adaptation in implementation science.

Assumptions: Fit only grows, faster where people learn and where the innovation can be adapted; who drops an
innovation keeps its fit.
"""

from ..jit import submodel


@submodel
def fit_after(fit, adaptation, learning, adaptability, step):
    """Return (11): w + zeta lambda ad (1 - w) over a step of use."""
    return fit + min(1.0, adaptation * learning * adaptability * step) * (1.0 - fit)
