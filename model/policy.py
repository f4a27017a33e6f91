"""Every lever that a policymaker has, declared once."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from .declare import Number, checked

PER_INNOVATION = (
    "campaign",
    "grant",
    "evidence_synthesis",
    "commissioner_requirement",
    "sandbox",
    "reform",
    "movement_building",
    "mandate",
    "enforcement",
)
"""Levers that act on an innovation; the others act on a provider, whatever it adopts."""
TRIAL = "T30: .26 (1.18 SD) after a year, fading as in T30; GBP 1,560 a leader and year for that dose is an assumption"


class Trained(NamedTuple):
    """Whom a programme is paid for, in place of provider-months (19i)."""

    cost: str
    """The column of PULLED that holds what is paid: for each provider (it has one senior leader), manager or member of staff."""
    leaving: str
    """The parameter that says how many come new in a month; they are trained in turn."""
    yearly: bool
    """Whether support that goes on is paid for anew each year: what T30 measured is a year of it, and fades after."""


TRAINED = {
    "senior leader": Trained("lever_cost", "senior_turnover", True),
    "manager": Trained("manager_cost", "manager_turnover", True),
    "member of staff": Trained("staff_cost", "turnover", False),
}
"""Persons that a lever may be charged by."""


# fmt: off
class Policy(NamedTuple):
    """Strength of each lever, in its own unit; 0 does nothing, bit for bit."""

    campaign: Annotated[float, Number("campaign_j", "/month", 0, 0.5, "(2)", "B", "T51, T60, T12: .02 (.005-.05); unit cost is an assumption", unit_cost=10.0)] = 0.0
    """Information for providers: added hazard of hearing of an innovation."""
    brokerage: Annotated[float, Number("broker_i", "share", 0, 1, "(2)(12)(13)", "B", "T13-T18; coaching in T28 cost $2,878 a clinic in 15 months (recalled)", unit_cost=150.0)] = 0.0
    """Brokers and matching: how fully an organisation that supports innovation reaches a provider."""
    senior_programme: Annotated[float, Number("L^S + s", "leadership", 0, 0.5, "(4)(4b)", "B", TRIAL, unit_cost=6000.0, charged="senior leader", fade=0.033)] = 0.0
    """Programme in leading an implementation, for senior leaders: added leadership at that level, and climate."""
    manager_programme: Annotated[float, Number("L^M + s", "leadership", 0, 0.5, "(4)(4b)", "B", TRIAL, unit_cost=6000.0, charged="manager", fade=0.033)] = 0.0
    """Programme in leading an implementation, for registered managers: added leadership at that level, and climate."""
    leadership_course: Annotated[float, Number("L^M + s", "leadership", 0, 0.5, "(4)", "B", "T31: .05 (-.02 to .12) for a course in general leadership; GBP 750 a manager and year is an assumption", unit_cost=15000.0, charged="manager", fade=0.033)] = 0.0
    """Course in general leadership for registered managers: added leadership at that level, without climate."""
    frontline_programme: Annotated[float, Number("L^F + s", "leadership", 0, 0.5, "(4)(5)", "C", "T36, T16: .1 (0-.25) with culture, nothing alone; GBP 60 a member of staff for .1 (one in ten attends) is an assumption", unit_cost=600.0, charged="member of staff")] = 0.0
    """Leadership programme for frontline staff: added to the level to which frontline leadership returns."""
    manager_retention: Annotated[float, Number("tau_M (1 - s)", "share", 0, 1, "(5)", "C", "T39, T40: no trial; bound in docs/studies.md; unit cost is an assumption", unit_cost=300.0)] = 0.0
    """Retention of managers: share of their turnover that is avoided."""
    training: Annotated[float, Number("training_i", "/month", 0, 0.1, "(12)", "B", "T20, T21, T19: .05 (0-.10) is +6 points; T22; GBP 80 a member of staff for .05 (half a day of pay, and a trainer) is an assumption", unit_cost=1600.0, charged="member of staff")] = 0.0
    """Training in the innovation: added speed at which staff become skilled."""
    fair_pay: Annotated[float, Number("tau (1 - s), vacancy (1 - s)", "share", 0, 0.9, "(5)(12)(19)", "B", "T44, T45, T48: .06 (.02-.30) for each 10 % of wage; providers pay it through wages, unless a unit cost is given")] = 0.0
    """Fair pay: share of staff turnover and of vacancies that better pay avoids."""
    learning_collaborative: Annotated[float, Number("lambda + s", "share", 0, 1, "(10)(11)(12)(13)", "B", "T28; 1 is one collaborative; unit cost is an assumption", unit_cost=250.0)] = 0.0
    """Learning collaborative: more of a culture of learning, and more providers to meet."""
    grant: Annotated[float, Number("grant_ij", "share of set-up cost", 0, 1, "(6)(7)(19)", "B", "T01, T02, T07; the grant itself is booked when it is paid")] = 0.0
    """Grant towards set-up cost, with a cliff when it ends."""
    evidence_synthesis: Annotated[float, Number("nu_0 + s", "trials", 0, 200, "(6)(10)", "B", "T49, T50, T18; unit cost is an assumption", unit_cost=0.05)] = 0.0
    """Synthesis of evidence: trials' worth of true results added to what providers believe."""
    commissioner_requirement: Annotated[float, Number("G_rj + s", "share", 0, 1, "(2)(6)(16c)", "B", "T06, T10; unit cost is an assumption", unit_cost=5.0)] = 0.0
    """Requirement by commissioners: added to the authority's stance."""
    sandbox: Annotated[float, Number("B_j (1 - s)", "share", 0, 1, "(6)(8)", "C", "T58; unit cost is an assumption", unit_cost=20.0)] = 0.0
    """Regulatory sandbox: share of the regulatory burden that is lifted."""
    reform: Annotated[float, Number("B_0j (1 - s)", "share", 0, 1, "(16d)", "C", "T59; unit cost is an assumption", unit_cost=2.0)] = 0.0
    """Regulatory reform: share by which the usual burden falls, for as much of the sector as the target group holds."""
    movement_building: Annotated[float, Number("M_j + s", "/month", 0, 0.2, "(16a)", "C", "T60, T61; unit cost is an assumption", unit_cost=30.0)] = 0.0
    """Co-production and movement building: added to a movement's growth, for as much of the sector as the target group holds."""
    mandate: Annotated[float, Number("V_stay - s", "value", 0, 2, "(7)(8)", "B", "T08, T11; unit cost is an assumption", unit_cost=5.0)] = 0.0
    """Mandate: enforced as far as it is strong (at most 1); lowers the threshold at which a provider adopts, and what is forced is abandoned more easily."""
    enforcement: Annotated[float, Number("E_j", "share", 0, 1, "(2)(5d)(6)(7a)(8)", "C", "T08, T10: a duty with a date, money or sanction; unit cost is an assumption", unit_cost=20.0)] = 0.0
    """Enforcement of what is asked for: everybody hears of it, and who does not obey loses money or registration."""

    @classmethod
    def of(cls, **changes: Any) -> Policy:
        """Return the policy with these strengths; an unknown lever or a strength out of range is refused."""
        return cls(**checked(cls, changes, "lever"))
