"""What a provider believes of an innovation: Beta(a, b) over its share of successes.

Basis: Bayesian learning about a share (Beta-Bernoulli).

Assumptions: Each innovation comes with a reputation, worth a declared number of trials, which may be wrong.
"""

import math

from ..jit import submodel


@submodel
def belief_mean(successes, failures):
    """Return the mean of Beta(a, b)."""
    return successes / (successes + failures)


@submodel
def belief_deviation(successes, failures):
    """Return the standard deviation of Beta(a, b)."""
    total = successes + failures
    return math.sqrt(successes * failures / (total + 1.0)) / total
