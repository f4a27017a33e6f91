"""Equation (17): innovations that staff come up with themselves.

Basis: None; off by default.

Assumptions: Frontline leadership, a culture of learning and slack multiply. One innovation a month at most finds
room in the run, and as many slots as are declared.
"""

from __future__ import annotations

from .. import randomness as rnd
from ..jit import submodel
from ..randomness import draw
from ..record import IN, OUT, book, book_skill, whole_months
from ..state import IMPLEMENTING, ORIGINATED, STARTED
from . import awareness, hazards, learning


@submodel
def origination_hazard(rate, frontline, learning, slack):
    """Return (17): iota L^F lambda (R)+, in 1/month."""
    return rate * frontline * learning * max(0.0, slack)


@submodel
def originates(frame, state, record, month, i):
    """Return the draw with which provider i comes up with something of its own this month (17), 1 where it does not."""
    p, settled, none = frame.parameters[0], frame.settled[0], state.pairs.shape[1]
    number = draw(state.starts[rnd.ORIGINATE, none], state.providers[i].id)
    if number >= settled.most_originations * settled.step:
        return 1.0
    hazard = origination_hazard(
        p.origination_rate, state.rows[i].frontline, learning.culture(frame, state, month, i), state.rows[i].slack
    )
    if not hazards.happens(number, hazard, p.hazard_ceiling, settled.step):
        return 1.0
    record.flows[month + 1, state.providers[i].group, ORIGINATED] += int(state.providers[i].weight)
    return number


@submodel
def bring_in(frame, state, record, month, i):
    """Let provider i implement the next innovation that nobody has yet, if there is room for one more."""
    free = -1
    for j in range(state.sector.shape[0]):
        if state.sector[j].born == 0 and (free < 0 or frame.innovations[j].key < frame.innovations[free].key):
            free = j
    if free >= 0:
        state.sector[free].born = 1
        book(frame, state, record, month + 1, i, free, OUT)
        state.pairs[i, free].stage, state.pairs[i, free].sites_in_use = IMPLEMENTING, 1
        state.pairs[i, free].since = whole_months(frame, month)
        book(frame, state, record, month + 1, i, free, IN)
        book_skill(frame, state, record, month + 1, i, free, IN)
        record.sums[month + 1, state.providers[i].group, free, STARTED] += int(state.providers[i].weight)
        awareness.see(frame, state, i, free)
