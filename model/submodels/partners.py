"""Equations (13) and (14): with whom a provider works, and what partners lend each other.

Basis: Complementary capabilities, absorptive capacity (Cohen and Levinthal 1990) and proximity.

Assumptions: Who knows itself badly misjudges what it needs; strangers are misjudged too. Distance and rivalry speak
against a partnership; trust acts where partnerships end, each side ending it with half the hazard.
"""

from ..jit import submodel

TRUSTED = 24.0
"""Months after which a partner is trusted in full: before, as far as they have passed."""
LITTLE_NEED = 0.05
"""Need below which partnerships end twice as fast."""


@submodel
def perceived_own(capability, self_knowledge, misjudged):
    """Return (13a): chat = c + (1 - kappa)(bias + sd xi); `misjudged` is the second bracket."""
    return capability + (1.0 - self_knowledge) * misjudged


@submodel
def reputation(shared_ties):
    """Return rep = 1 - .5^(shared ties + 1)."""
    return 1.0 - 0.5 ** (shared_ties + 1.0)


@submodel
def perceived_other(capability, known, misjudged):
    """Return (13b): chat_k = c_k + (1 - rep) N(0, .2); `misjudged` is the normal number, drawn once a pair."""
    return capability + (1.0 - known) * misjudged


@submodel
def required(complexity):
    """Return how much of its capability an innovation asks for: .5 + .5 X (assumption)."""
    return 0.5 + 0.5 * complexity


@submodel
def need(asked, own):
    """Return ghat = (req - chat)+."""
    return max(0.0, asked - own)


@submodel
def closed(gap, other, own):
    """Return min(ghat, (chat_k - chat_i)+): how much of a need a partner would meet."""
    return min(gap, max(0.0, other - own))


@submodel
def obstacles(distance_cost, distance, rivalry_cost, rival):
    """Return what speaks against a partner: kd distance + kr rival."""
    return distance_cost * distance + rivalry_cost * rival


@submodel
def score(complement, against):
    """Return (13c): S = sum of needs met - kd distance - kr rival; trust acts where partnerships end."""
    return complement - against


@submodel
def ending_hazard(rate, trust, ties, trusted, moved, needed):
    """Return (13d): delta_W (1 - kt trust), doubled when goals moved or little is needed, in 1/month, summed over
    `ties`; `trusted` is the sum of their trust.
    """
    return rate * (ties - trust * trusted) * (2.0 if moved or needed < LITTLE_NEED else 1.0)


@submodel
def effective_capability(own, absorb, openness, asked, best):
    """Return (14): ceff = c + absorb o min(gap, (max over partners c_k - c)+), with the true capabilities."""
    return own + absorb * openness * min(max(0.0, asked - own), max(0.0, best - own))


@submodel
def shared_setup_cost(per_organisation, saved, openness, helped):
    """Return C0 less what a partner that already uses the innovation saves, in GBP."""
    return per_organisation * (1.0 - saved * openness) if helped else per_organisation
