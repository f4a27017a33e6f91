"""Equation (12): skill grows by doing, training and help, and goes with those who leave.

Basis: Learning curves with forgetting through turnover (Argote 2013).

Assumptions: Codified skill stays when people leave. Nobody has time to learn where 30 % of posts are vacant. The
provider's capability follows its best skill of that kind, after the month.
"""

from ..jit import submodel


@submodel
def skill_gain(learning_rate, learning, doing, training, broker_skill, broker, vacancy):
    """Return u_K = [l_K lambda 1(in use or pilot) + training + b_K broker] (1 - vacancy/.3)+, in 1/month."""
    busy = max(0.0, 1.0 - vacancy / 0.3)
    return (learning_rate * learning * (1.0 if doing else 0.0) + training + broker_skill * broker) * busy


@submodel
def skill_loss(turnover, codification):
    """Return tau' = tau (1 - cod): skill that leaves with staff, in 1/month."""
    return turnover * (1.0 - codification)


@submodel
def skill_after(skill, gain, loss, step):
    """Return (12): K + u_K (1 - K) - tau' K over a step; it rests at u_K/(u_K + tau')."""
    # faster than whole, a step would overshoot: then it goes to where it rests
    pace = min(1.0, (gain + loss) * step)
    rest = gain / (gain + loss) if gain + loss > 0.0 else skill
    return skill + pace * (rest - skill)


@submodel
def capability_after(capability, growth, learning, skill, step):
    """Return (12b): c + .01 lambda (K - c)+ over a step: what staff do best, of what
    asks for a capability, becomes what the provider can do.
    """
    return capability + min(1.0, growth * learning * step) * max(0.0, skill - capability)
