"""The twenty claims of the theory, each with its mechanism and with the test of it, declared before any run.

The theory is that of the SASCI project (Supporting Adult Social Care Innovation, London School of Economics). A claim
is a hypothesis about the sector; here it is only said which mechanism would carry it, and what would support or
contradict it. What comes out is found by comparing runs with the same random draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .conditions import Lever

MOVING = {"movement_growth": 0.1, "demand_effect": 0.25, "stance_effect": 0.05, "burden_effect": 0.05}
"""Medians of priors for which no estimate exists: these claims are nothing by default."""
MOVEMENTS = {"movement", "demand", "commissioning", "deregulation"}
"""Switches that are nothing where no movement has a strength."""
BEGINNING = {"dscr": 0.05, "acoustic_monitoring": 0.05, "electronic_medication_records": 0.05}
"""Innovations with which claims are tested, and the share that uses them at the start: there must be room to move."""
CONTROLS = ("wellness_fad", "harmful_shortcut")
"""A worthless and a harmful innovation, where value is the matter."""
SMALLEST, SMALLEST_TOGETHER = 0.05, 0.025
"""Smallest effect of interest, as a share of what the statistic moves by; half where it is what two things do together
beyond what each does."""


class Times(NamedTuple):
    """A change that multiplies what a number is in each draw."""

    factor: float

    def __repr__(self) -> str:
        return f"x{self.factor:g}"


class Setting(NamedTuple):
    """Where claims are tested."""

    says: str
    scenario: str = "central"
    controls: bool = False
    """Whether the control innovations are there."""
    moving: bool = False
    """Whether the movement has a strength, drawn from its prior."""
    levers: tuple[Lever, ...] = ()
    """Dated levers, on top of the scenario's."""


SETTINGS: Mapping[str, Setting] = {
    "usual": Setting("three technologies that begin at 5 % of use"),
    "value": Setting("the same, with a worthless and a harmful innovation", controls=True),
    "movement": Setting("the same three, with a movement of unknown strength", moving=True),
    "push": Setting(
        "the movement, built for two years",
        moving=True,
        levers=(Lever("movement_building", 0.1, "2026-01", "2027-12"),),
    ),
    "pandemic": Setting("the same three, in a pandemic from March 2028 to August 2029", "shock_pandemic"),
}


class Variant(NamedTuple):
    """One way to run a setting: what differs from it, by the name of a parameter, lever or switch."""

    setting: str
    changes: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        """Two variants with one name are one set of runs."""
        return ", ".join([self.setting, *(f"{name}={value}" for name, value in sorted(self.changes.items()))])


Contrast = Mapping[str, float]
"""Weights of variants by their labels: what is compared with what."""


class Beside(NamedTuple):
    """A further number that is shown beside the test, with no say in the verdict."""

    says: str
    column: str
    contrast: Contrast


class Claim(NamedTuple):
    """One claim and its test; names in `off`, `given` and variants are parameters, levers and switches."""

    name: str
    says: str
    equation: str
    off: Mapping[str, Any]
    """What takes the mechanism away."""
    statistic: str
    """What is measured, in words."""
    column: str
    """The column of a run that holds it."""
    contrast: Contrast
    """Variants whose difference is tested; "with" is the setting as it is."""
    sign: int
    """1 where the claim expects the contrast above `against`, -1 below."""
    movement: tuple[str, str] | float
    """Column and variant whose mean is the movement, or that itself; an effect of interest is a share of it."""
    contradicted: str
    """What would contradict the claim."""
    can_fail: str
    """How the test can fail; empty where it cannot, so that it is built in and does not count."""
    variants: Mapping[str, Variant] = {}
    """Runs beside "with", by the labels of contrasts."""
    beside: tuple[Beside, ...] = ()
    smallest: float = SMALLEST
    """Smallest effect of interest, as a share of the movement."""
    against: float = 0.0
    setting: str = "usual"
    given: Mapping[str, Any] = {}
    """What is set in its setting before there is anything to take away."""

    @property
    def on(self) -> dict[str, Any]:
        """What must be set, in one run, before there is anything to take away."""
        return {**(MOVING if {*self.off} & MOVEMENTS else {}), **self.given}

    @property
    def scenario(self) -> str:
        """The scenario of its setting."""
        return SETTINGS[self.setting].scenario

    @property
    def all_variants(self) -> dict[str, Variant]:
        """Every variant by its label, the setting as it is first."""
        return {"with": Variant(self.setting, self.given), **self.variants}


USUAL, SIGN_AND_SIZE = Variant("usual"), "in sign and size"
ONLY_SIZE = "in size: its sign lies in the equation"


def _usual(**changes: Any) -> Variant:
    return Variant("usual", changes)


def _value(**changes: Any) -> Variant:
    return Variant("value", changes)


def _movement(**changes: Any) -> Variant:
    return Variant("movement", changes)


_LEVELS = {
    # a programme's climate would be learning, not leadership
    "senior_programme": _usual(senior_programme=0.2, climate=False),
    "manager_programme": _usual(manager_programme=0.2, climate=False),
    "frontline_programme": _usual(frontline_programme=0.2, climate=False),
    "all": _usual(senior_programme=0.2, manager_programme=0.2, frontline_programme=0.2, climate=False),
}
_PEOPLE_LEAVE = ("turnover", "manager_turnover", "senior_turnover", "tie_ending")
_POSTS_EMPTY = ("turnover", "vacancy")
_WITH_LESS_WITHOUT: Contrast = {"with": 1, "without": -1}

# fmt: off
CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C1", "Leadership at every level matters", "(4)(5)", {"leadership": False},
        "use gained: a programme of .2 at all three levels, beyond the three apart", "use_gained_all",
        {"all": 1, "senior_programme": -1, "manager_programme": -1, "frontline_programme": -1, "with": 2}, 1,
        ("use_gained_all", "with"),
        "levels replace each other: together they do less than apart", SIGN_AND_SIZE, _LEVELS,
        (
            Beside("all three levels: use, points", "use_gained_all", {"all": 1, "with": -1}),
            Beside("senior leaders alone: use, points", "use_gained_all", {"senior_programme": 1, "with": -1}),
            Beside("managers alone: use, points", "use_gained_all", {"manager_programme": 1, "with": -1}),
            Beside("frontline staff alone: use, points", "use_gained_all", {"frontline_programme": 1, "with": -1}),
        ), SMALLEST_TOGETHER,
    ),
    Claim(
        "C2", "Everyone is empowered to make and lead change", "(7c)(11)(17)", {"voice": False, "origination": False},
        "fit that users reach: staff propose, refuse and improve, or do not", "fit_gained_all",
        _WITH_LESS_WITHOUT, 1, ("fit_gained_all", "with"),
        "what staff propose and refuse leaves innovations that fit worse", SIGN_AND_SIZE,
        {"without": _value(voice=False, origination=False)},
        (
            Beside("started by staff, per 1,000 organisations and year (built in)", "originations_all", {"with": 1}),
            Beside("worthless and harmful ones in use, per 100", "wrong_kept_all", _WITH_LESS_WITHOUT),
            Beside("benefit, person-months", "outcome_all", _WITH_LESS_WITHOUT),
        ), setting="value", given={"origination": True},
    ),
    Claim(
        "C3", "A culture of learning: knowing whether new things work", "(10)", {"learning": False},
        "wrong ones kept and good ones abandoned, per 100 organisations", "wrong_all", _WITH_LESS_WITHOUT,
        -1, ("wrong_all", "without"), "who learns keeps more that is wrong, or abandons more that is good",
        SIGN_AND_SIZE,
        {
            "without": _value(learning=False),
            "keener": _value(learning_collaborative=1.0, collaborative_learning=0.2),
        },
        (
            Beside("wrong ones kept, per 100", "wrong_kept_all", _WITH_LESS_WITHOUT),
            Beside("good ones abandoned, per 100", "right_abandoned_all", _WITH_LESS_WITHOUT),
            Beside("a collaborative of .2: wrong kept, good abandoned", "wrong_all", {"keener": 1, "with": -1}),
            Beside("benefit, person-months", "outcome_all", _WITH_LESS_WITHOUT),
        ), setting="value",
    ),
    Claim(
        "C4", "... and knowing how and why they make a difference", "(11)", {"fitting": False},
        "benefit of use after moving to another setting: fitted anew, or not", "benefit_of_use_all",
        {"moved": 1, "unfitted": -1}, 1, ("benefit_of_use_all", "with"),
        "what is fitted anew does less good, harm by the harmful one counted", SIGN_AND_SIZE,
        {"moved": _value(starting_fit=0.2), "unfitted": _value(starting_fit=0.2, fitting=False)},
        (
            Beside("lost by moving, fitted anew", "benefit_of_use_all", {"moved": 1, "with": -1}),
            Beside("use, points", "use_gained_all", {"moved": 1, "unfitted": -1}),
        ), setting="value",
    ),
    Claim(
        "C5", "Innovation is a journey", "(2)-(8)", {"journey": False},
        "month by which half of five years' gain has come: six stages, or one step", "half_gain_month_all",
        _WITH_LESS_WITHOUT, 1, 60.0, "with stages the gain comes sooner than in one step", SIGN_AND_SIZE,
        {"without": _usual(journey=False)},
        (Beside("use, points", "use_gained_all", _WITH_LESS_WITHOUT),),
    ),
    Claim(
        "C6", "Innovations need constant work", "(3b)(8)", {"upkeep": False},
        "use gained: upkeep done, or not", "use_gained_all", _WITH_LESS_WITHOUT, 1, ("use_gained_all", "with"),
        "the work takes more from new innovations than it keeps of old ones", SIGN_AND_SIZE,
        {"without": _usual(upkeep_given=0.0)},
        (
            Beside("kept for two years, share", "kept_share_all", _WITH_LESS_WITHOUT),
            Beside("begun, per 100 organisations", "starts_all", _WITH_LESS_WITHOUT),
        ),
    ),
    Claim(
        "C7", "Always changing: goals shift", "(11c)(15)", {"renegotiation": False},
        "benefit of use by fitting anew: more where goals drift than where they rest", "benefit_of_use_all",
        {"with": 1, "locked": -1, "still": -1, "still and locked": 1}, 1, ("benefit_of_use_all", "with"),
        "fitting anew is worth less where goals drift", SIGN_AND_SIZE,
        {
            "locked": _usual(renegotiation=False),
            "still": _usual(drift=False),
            "still and locked": _usual(drift=False, renegotiation=False),
        },
        (
            Beside("fitting anew, while goals drift", "benefit_of_use_all", {"with": 1, "locked": -1}),
            Beside("drift, though fitted anew", "benefit_of_use_all", {"with": 1, "still": -1}),
        ), SMALLEST_TOGETHER,
    ),
    Claim(
        "C8", "People and partnerships shift", "(5)(12)(13)", {"churn": False, "partnering": False, "turnover": 0.0},
        "benefit, person-months: staff, leaders and partners leave twice as often, or half",
        "outcome_all", {"doubled": 1, "halved": -1}, -1, ("outcome_all", "with"),
        "the more people and partners change, the more benefit", SIGN_AND_SIZE,
        {
            "doubled": Variant("usual", dict.fromkeys(_PEOPLE_LEAVE, Times(2.0))),
            "halved": Variant("usual", dict.fromkeys(_PEOPLE_LEAVE, Times(0.5))),
        },
        (
            Beside("months to routine", "months_to_routine_all", {"doubled": 1, "halved": -1}),
            Beside("skill, share", "skill_all", {"doubled": 1, "halved": -1}),
        ),
    ),
    Claim(
        "C9", "Collaboration brings what you lack", "(10)(13)(14)",
        {"borrowing": False, "partner_evidence": 0.0, "partner_layer": 0.0},
        "share of what providers lack that their partners have: chosen, or as they were", "gap_closed_all",
        {"with": 1, "frozen": -1}, 1, ("gap_closed_all", "with"),
        "partners that are sought have less of what is lacking", SIGN_AND_SIZE,
        {
            "frozen": _usual(partnering=False),
            "alone": _usual(borrowing=False, partner_evidence=0.0, partner_layer=0.0),
        },
        (Beside("use by the least capable, points", "least_capable_use_all", {"with": 1, "alone": -1}),),
    ),
    Claim(
        "C10", "Knowing yourself finds you good partners", "(13)", {"self_bias": 0.0, "self_error": 0.0},
        "share of partnerships that meet a need: self known, or as it is", "needs_met_all",
        {"known": 1, "with": -1}, 1, ("needs_met_all", "with"),
        "who knows itself has partners that meet fewer needs", SIGN_AND_SIZE,
        {"known": _usual(self_bias=0.0, self_error=0.0)},
        (Beside("share of what is lacking that partners have", "gap_closed_all", {"known": 1, "with": -1}),),
    ),
    Claim(
        "C11", "Working with others builds a movement", "(16a)", {"movement": False},
        "strength of the movement: partners sought, or as they were", "movement_all",
        {"with": 1, "frozen": -1}, 1, ("movement_all", "with"), "where partners are sought the movement is weaker",
        SIGN_AND_SIZE, {"frozen": _movement(partnering=False), "push": Variant("push")},
        (
            Beside("left of two years' building after three: movement", "movement_all", {"push": 1, "with": -1}),
            Beside("left of it: use, points", "use_gained_all", {"push": 1, "with": -1}),
        ), setting="movement",
    ),
    Claim(
        "C12", "The movement generates demand", "(16b)(16c)", {"demand": False, "commissioning": False},
        "use gained by demand and commissioners alone", "use_gained_all", {"asked": 1, "none": -1}, 1,
        ("use_gained_all", "none"), "fewer use it where people and commissioners ask", ONLY_SIZE,
        {"asked": _movement(deregulation=False), "none": USUAL, "eased": _movement(demand=False, commissioning=False)},
        (Beside("with regulation, beyond the two apart: use, points", "use_gained_all",
                {"with": 1, "asked": -1, "eased": -1, "none": 1}),),
        setting="movement",
    ),
    Claim(
        "C13", "... and a suitable regulatory environment", "(16d)", {"deregulation": False},
        "use gained by regulation that a movement eases, alone", "use_gained_all", {"eased": 1, "none": -1}, 1,
        ("use_gained_all", "none"), "fewer use it where a movement eases regulation", ONLY_SIZE,
        {"eased": _movement(demand=False, commissioning=False), "none": USUAL, "reform": _usual(reform=0.5)},
        (Beside("a reform of half in its place: use, points", "use_gained_all", {"reform": 1, "none": -1}),),
        setting="movement",
    ),
    Claim(
        "C14", "Skills are hard to find or build", "(12)", {"skill": False},
        "months to routine: staff leave and posts stand empty twice as often, or half", "months_to_routine_all",
        {"scarce": 1, "plenty": -1}, 1, ("months_to_routine_all", "with"),
        "the scarcer the skills, the sooner it is routine", ONLY_SIZE,
        {
            "scarce": Variant("usual", dict.fromkeys(_POSTS_EMPTY, Times(2.0))),
            "plenty": Variant("usual", dict.fromkeys(_POSTS_EMPTY, Times(0.5))),
        },
        (
            Beside("skill, share", "skill_all", {"scarce": 1, "plenty": -1}),
            Beside("benefit, person-months", "outcome_all", {"scarce": 1, "plenty": -1}),
        ),
    ),
    Claim(
        "C15", "Regulations can be a sticking point", "(6)(8)", {"burden_weight": 0.0, "burden_delay": 0.0},
        "months to routine: with the regulatory burden, or without", "months_to_routine_all",
        {"with": 1, "free": -1}, 1, ("months_to_routine_all", "free"), "it is sooner routine under the burden",
        ONLY_SIZE,
        {
            "free": _usual(burden_weight=0.0, burden_delay=0.0),
            "sandbox": _usual(sandbox=0.5),
            "reform": _usual(reform=0.5),
        },
        (
            Beside("use, points", "use_gained_all", {"with": 1, "free": -1}),
            Beside("a sandbox that lifts half: months", "months_to_routine_all", {"sandbox": 1, "with": -1}),
            Beside("a reform of half: months", "months_to_routine_all", {"reform": 1, "with": -1}),
        ),
    ),
    Claim(
        "C16", "The pandemic showed that some innovate more easily", "(18)", {"shocks": False},
        "begun per 100, readiest less least ready fifth: in the pandemic, or at the same time without",
        "begun_apart_all", {"with": 1, "none": -1}, 1, ("begun_all", "none"),
        "in the pandemic the readiest begin less beyond the others than without it", SIGN_AND_SIZE, {"none": USUAL},
        tuple(
            Beside(f"fifths of {trait}: begun, per 100", f"begun_by_{trait}_all", {"with": 1, "none": -1})
            for trait in ("leadership", "learning", "slack", "partners")
        ), setting="pandemic",
    ),
    Claim(
        "C17", "Innovation creates value for the person supported", "(6)(19)", {"value": False},
        "benefit of all that is taken up, good, worthless and harmful, person-months", "outcome_all", {"with": 1}, 1,
        ("good_outcome_all", "with"), "harm and disruption outweigh what good innovations bring", SIGN_AND_SIZE,
        {"blind": _value(value=False)},
        (
            Beside("of good ones alone", "good_outcome_all", {"with": 1}),
            Beside("more than if no decision weighed value", "outcome_all", {"with": 1, "blind": -1}),
        ), setting="value",
    ),
    Claim(
        "C18", "Becoming the provider of choice", "(16b)(19)", {"market": False},
        "income of users less that of like non-users, points: people choose, or stay", "income_apart_all",
        {"with": 1, "stay": -1}, 1, ("income_change_all", "with"),
        "where people choose, users' income falls behind that of like non-users", SIGN_AND_SIZE,
        {"stay": _movement(market=False)},
        (Beside("self-funders of users less of like non-users, %", "funders_apart_all", {"with": 1}),),
        setting="movement",
    ),
    Claim(
        "C19", "To develop, sustain, scale and spread are four things", "(8)(8b)(17)", {"scaling": False},
        "closest correlation of what is begun, routine, rolled out and invented each half-year",
        "flow_correlation_all", {"with": 1}, -1, 1.0, "the closest two correlate above .9", SIGN_AND_SIZE,
        beside=(Beside("least correlation of two", "flow_apart_all", {"with": 1}),),
        smallest=0.1, against=0.8, setting="value", given={"origination": True},
    ),
    Claim(
        "C20", "Organisations support innovation", "(2)(8)(12)(13)", {"brokerage": 0.0, "learning_collaborative": 0.0},
        "share of what providers lack that partners have: brokers and collaboratives, or none", "gap_closed_all",
        {"with": 1, "none": -1}, 1, ("gap_closed_all", "none"), "with support partners have less of what is lacking",
        SIGN_AND_SIZE, {"brokers": _usual(brokerage=1.0), "none": USUAL},
        (
            Beside("brokers alone", "gap_closed_all", {"brokers": 1, "none": -1}),
            Beside("use, points", "use_gained_all", {"with": 1, "none": -1}),
            Beside("public cost, GBP", "cost_public_all", {"with": 1, "none": -1}),
        ), given={"brokerage": 1.0, "learning_collaborative": 1.0},
    ),
)
# fmt: on
