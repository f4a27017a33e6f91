"""Equation (10): learning from results whether an innovation works.

Basis: Bayesian learning with forgetting; learning from others is worth about 40 % of one's own; success bias gives
the rival model, adaptive emulation (Strang and Macy 2001).

Assumptions: A culture of learning sets how much of its results a provider looks at, and how often it misreads them.
Results fade, and what fades is replaced by the innovation's reputation.
"""

from ..jit import submodel

MOST_SITES = 3
"""Sites whose results a provider follows."""
ONE_OVER = tuple(1.0 / (number + 1.0) for number in range(30))
"""Reciprocals: dividing takes ten times as long as multiplying."""
MOST_TRIALS = 500.0
"""Weight of all evidence together: nobody is surer than after so many trials."""


@submodel
def reading_error(misreading, learning):
    """Return eps = eps_0 (1 - lambda): the chance that a result is taken for its opposite."""
    return misreading * (1.0 - learning)


@submodel
def chance_of_success(true, error):
    """Return pi = theta' (1 - eps) + (1 - theta') eps: the chance that a trial is taken for a success."""
    return true * (1.0 - error) + (1.0 - true) * error


@submodel
def trials_followed(sites_in_use, piloting, per_site):
    """Return min(3, m) nu: trials of a month; a pilot counts as one site."""
    sites = 1 if piloting else min(MOST_SITES, sites_in_use)
    return sites * per_site


@submodel
def successes_of(trials, chance, luck):
    """Return the successes among a few trials by inversion from one uniform (no logarithm: trials are at most 30).

    Where successes are likelier, failures are counted from the other end: the same number in fewer steps.
    """
    if chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    rare, left_over = (chance, luck) if chance <= 0.5 else (1.0 - chance, 1.0 - luck)
    mass, power, left = 1.0, 1.0 - rare, trials
    while left > 0:  # mass = (1 - rare)^trials by squaring
        if left % 2 == 1:
            mass *= power
        power *= power
        left //= 2
    odds = rare / (1.0 - rare)
    below, counted = mass, 0
    while left_over >= below and counted < trials:
        mass *= odds * (trials - counted) * ONE_OVER[counted]
        counted += 1
        below += mass
    return counted if chance <= 0.5 else trials - counted


@submodel
def evidence_after(evidence, prior, memory, attention, own, others):
    """Return (10): a <- a_0 + delta (a - a_0) + lambda y + what partners found; the same for b."""
    return prior + memory * (evidence - prior) + attention * own + others


@submodel
def within_limits(successes, failures):
    """Return the factor that holds a + b at most at 500."""
    total = successes + failures
    return MOST_TRIALS / total if total > MOST_TRIALS else 1.0


@submodel
def from_partners(weight, observability, absorb, found):
    """Return alpha_P O absorb times what partners found, weighed by their own culture of learning."""
    return weight * observability * absorb * found
