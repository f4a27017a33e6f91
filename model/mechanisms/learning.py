"""Equations (10) and (11): learning from results whether an innovation works, and fitting it to oneself.

Basis: Bayesian learning about a share (Beta-Bernoulli) with forgetting; learning from others is worth about 40 % of
one's own; success bias gives the rival model, adaptive emulation (Strang and Macy 2001). Re-invention (Rogers 2003)
and adaptation in implementation science.

Assumptions: Each innovation comes with a reputation, worth a declared number of trials, which may be wrong. A culture
of learning sets how much of its results a provider looks at, and how often it misreads them; providers know how often,
and allow for it. Results fade, and what
fades is replaced by the innovation's reputation. Fit only grows, faster where people learn and where the innovation
can be adapted; who abandons an innovation keeps its fit.
"""

from __future__ import annotations

import math

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..state import EXPLORING, IMPLEMENTING, SUSTAINED, UNAWARE, WHOLE
from . import outcomes


@submodel
def belief_mean(successes, failures):
    """Return the mean of Beta(a, b)."""
    return successes / (successes + failures)


@submodel
def belief_deviation(successes, failures):
    """Return the standard deviation of Beta(a, b)."""
    total = successes + failures
    return math.sqrt(successes * failures / (total + 1.0)) / total


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
def credited(read, trials, error, mean):
    """Return how many of `trials`, of which `read` looked like successes, were successes, for whoever knows how often
    it misreads (`error`) and believes in a share `mean`: each reading by Bayes' rule. On the average this is the true
    share where the belief is true, so that misreading slows learning down and does not bend it.
    """
    if error <= 0.0:  # what is never misread says all: a belief in 1 or 0 would leave 0/0
        return read
    seen_right = mean * (1.0 - error) / (mean * (1.0 - error) + (1.0 - mean) * error)
    seen_wrong = mean * error / (mean * error + (1.0 - mean) * (1.0 - error))
    return read * seen_right + (trials - read) * seen_wrong


@submodel
def trials_followed(sites_in_use, piloting, per_site):
    """Return min(3, m) nu: trials of a month; a pilot counts as one site."""
    sites = 1 if piloting else min(MOST_SITES, sites_in_use)
    return sites * per_site


@submodel
def successes_of(trials, chance, number):
    """Return the successes among a few trials by inversion from one uniform (no logarithm: trials are at most 30).

    Where successes are likelier, failures are counted from the other end: the same number in fewer steps.
    """
    if chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    rare, left_over = (chance, number) if chance <= 0.5 else (1.0 - chance, 1.0 - number)
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


@submodel
def fit_after(fit, adaptation, learning, adaptability, step):
    """Return (11): w + zeta lambda ad (1 - w) over a step of use."""
    return fit + min(1.0, adaptation * learning * adaptability * step) * (1.0 - fit)


@submodel
def fit_left(fit, goal_shift, shift):
    """Return (11c): w (1 - gs shift), where priorities have shifted by that share of their weight."""
    return fit * (1.0 - min(1.0, goal_shift * shift))


@submodel
def renegotiable(lock_in):
    """Return (11d): 1 - lock, by how much slower an innovation in routine use is fitted anew."""
    return 1.0 - lock_in


@submodel
def voiced(voice, frontline, usual):
    """Return (7c): 1 - vo + vo L^F/mean, by how much faster an innovation is improved where staff have a say."""
    return 1.0 - voice + voice * (frontline / usual)


@submodel
def judged(mean, voice, frontline, shown):
    """Return (7c): mu + vo L^F (theta' - mu): staff who lead know what their pilot showed, and are heard."""
    return mean + voice * frontline * (shown - mean)


@submodel
def belief(frame, state, month, i, j):
    """Return mean and standard deviation of the belief, with what an evidence synthesis adds, as far as it counts."""
    trials = frame.schedule.pulled[month, state.providers[i].cell, j].evidence_synthesis
    trials *= frame.parameters[0].evidence_credit
    success = frame.innovations[j].success
    a = state.pairs[i, j].successes + trials * success
    b = state.pairs[i, j].failures + trials * (1.0 - success)
    return belief_mean(a, b), belief_deviation(a, b)


@submodel
def culture_with(own, collaborative, adds, brokerage, climate):
    """Return (10a): lambda_0 + collaborative (halved where a broker works too) + climate, at most 1."""
    return min(1.0, own + (collaborative * adds * (1.0 - 0.5 * brokerage) + climate))


@submodel
def culture(frame, state, month, i):
    """Return lambda of provider i, with a learning collaborative and the climate that programmes make (10a)."""
    support = frame.schedule.supported[month, state.providers[i].cell]
    return culture_with(
        state.traits[i].learning,
        support.learning_collaborative,
        frame.parameters[0].collaborative_learning,
        support.brokerage,
        support.climate,
    )


@submodel
def culture_drive(weight, culture, usual):
    """Return beta_lam (lambda - lambda_ref), what a culture of learning adds to the exponents of (3) and (8a)."""
    return weight * (culture - usual)


@submodel
def culture_term(frame, state, month, i):
    """Return beta_lam (lambda - lambda_ref) of (3) and (8a) for provider i; 0 where the mechanism is switched off."""
    if not frame.switches[0].culture or frame.parameters[0].culture_weight == 0.0:
        return 0.0
    keen = culture(frame, state, month, i)
    return culture_drive(frame.parameters[0].culture_weight, keen, frame.settled[0].culture_mean)


@submodel
def most_culture(frame):
    """Return the term of (3) and (8a) of a provider with a full culture of learning."""
    if not frame.switches[0].culture:
        return 0.0
    return culture_drive(frame.parameters[0].culture_weight, 1.0, frame.settled[0].culture_mean)


@submodel
def side_of(frame, month):
    """Return which side of `found` the results of this month stand on; the other holds last month's."""
    return int(math.floor(month * frame.settled[0].step + 1e-9)) % 2


@submodel
def listen(frame, state, month, i):
    """Set what partners of provider i found last month, by innovation; return their mean performance, or its own."""
    network, many = state.network, state.pairs.shape[1]
    last = 1 - side_of(frame, month)
    for j in range(many):
        state.heard[j, 0] = 0
        state.heard[j, 1] = 0
    first, ties = network.first[i], int(network.ties[i])
    performed = 0
    for slot in range(ties):
        partner = network.partners[first + slot]
        performed += int(state.shown[partner].performance)
        for j in range(many):
            state.heard[j, 0] += state.found[last, partner, j, 0]
            state.heard[j, 1] += state.found[last, partner, j, 1]
    return performed / (ties * WHOLE) if ties > 0 else int(state.shown[i].performance) / WHOLE


@submodel
def follow_results(frame, state, month, i, j, keen):
    """Update the belief of provider i about innovation j (10), and leave what it found for its partners to hear."""
    now, stage = side_of(frame, month), int(state.pairs[i, j].stage)
    doing = stage == EXPLORING or stage == IMPLEMENTING or stage == SUSTAINED
    if not doing:
        state.found[now, i, j, 0] = 0
        state.found[now, i, j, 1] = 0
        if stage == UNAWARE:
            return
    p, innovation, pair = frame.parameters[0], frame.innovations[j], state.pairs[i, j]
    trials, worked = 0, 0.0
    if doing:
        true = outcomes.true_success(innovation.success, innovation.former_success, pair.fit, pair.skill)
        true *= 1.0 - frame.schedule.regime[month, j].outage
        trials = trials_followed(int(pair.sites_in_use), stage == EXPLORING, p.trials)
        error = reading_error(p.misreading, keen)
        number = draw(state.starts[rnd.LEARN, j], state.providers[i].id)
        worked = float(successes_of(trials, chance_of_success(true, error), number))
        if frame.switches[0].allowance:
            worked = credited(worked, trials, error, belief_mean(pair.successes, pair.failures))
        state.found[now, i, j, 0] = int(math.floor(keen * worked * WHOLE + 0.5))
        state.found[now, i, j, 1] = int(math.floor(keen * (trials - worked) * WHOLE + 0.5))
    told = from_partners(
        p.partner_evidence, innovation.observability, state.capability[i, innovation.capability], 1.0 / WHOLE
    )
    a = evidence_after(
        pair.successes, innovation.prior_successes, p.evidence_memory, keen, worked, told * int(state.heard[j, 0])
    )
    b = evidence_after(
        pair.failures,
        innovation.prior_failures,
        p.evidence_memory,
        keen,
        trials - worked,
        told * (1.0 - p.success_bias) * int(state.heard[j, 1]),
    )
    within = within_limits(a, b)
    pair.successes, pair.failures = a * within, b * within


@submodel
def adapt(frame, state, month, i, j, keen):
    """Let provider i fit innovation j to itself while it uses it (11), and anew as goals shift (11c)."""
    stage, switches = state.pairs[i, j].stage, frame.switches[0]
    if stage == IMPLEMENTING or stage == SUSTAINED:
        p, innovation, pace = frame.parameters[0], frame.innovations[j], frame.parameters[0].adaptation
        if switches.voice:
            pace *= voiced(p.staff_voice, state.rows[i].frontline, frame.settled[0].frontline_mean)
        if stage == SUSTAINED:
            pace *= renegotiable(innovation.lock_in) if switches.renegotiation else 0.0
        left = fit_left(state.pairs[i, j].fit, p.goal_shift, frame.schedule.regime[month, j].shift)
        state.pairs[i, j].fit = fit_after(left, pace, keen, innovation.adaptability, frame.settled[0].step)
