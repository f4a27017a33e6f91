"""Every mechanism that can be turned off, one at a time, to ask what it contributes."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from .declare import Switch, checked


# fmt: off
class Switches(NamedTuple):
    """One boolean a mechanism; all on is the model, all off is a chain with constant hazards."""

    journey: Annotated[bool, Switch("(2)-(8)", "C5", "L2")] = True
    """Innovation is a journey of six stages; off, whoever becomes aware or chooses uses it at once at all sites, and whoever abandons it is unaware again."""
    exposure: Annotated[bool, Switch("(2)", "C9", "L0")] = True
    """Use by partners, neighbours and peers makes providers aware and sets the norm; off, nobody hears from anybody."""
    search: Annotated[bool, Switch("(3)", "C1", "L2")] = True
    """Leadership, slack and disappointment set how often a provider looks for something new; off, all look at the base rate."""
    leadership: Annotated[bool, Switch("(4)", "C1", "L4", nothing=dict(leadership_weight=0.0))] = True
    """Leadership at three levels moves every stage; off, every provider is led as the average one is at the start."""
    wear: Annotated[bool, Switch("(4a)", "C1", "L4", nothing=dict(manager_wear=0.0))] = True
    """Implementing wears managers down whom no programme supports; off, they lead as they did."""
    climate: Annotated[bool, Switch("(4b)", "C3", "L4", nothing=dict(programme_climate=0.0))] = True
    """Programmes in leading an implementation make a climate in which people learn; off, they move leaders alone."""
    churn: Annotated[bool, Switch("(5)", "C8", "L4", nothing=dict(manager_turnover=0.0, senior_turnover=0.0, turnover=0.0, enforcement_turnover=0.0))] = True
    """Managers, senior leaders and staff leave; off, leadership stays as it began."""
    value: Annotated[bool, Switch("(6)", "C17", "L1")] = True
    """Decisions weigh believed value, peers, cost, complexity and burden; off, everything is worth just the provider's threshold."""
    duties: Annotated[bool, Switch("(2)(5d)(6)(7a)(8)", "C15", "L1")] = True
    """What is enforced is heard of and taken up at once; off, mandates lower thresholds and no more."""
    choice: Annotated[bool, Switch("(7)", "C17", "L1")] = True
    """Providers choose between what they know and doing nothing; off, every look ends in a pilot and pilots pass by a fixed chance."""
    credit: Annotated[bool, Switch("(7)", "C14", "L2")] = True
    """Small outlays come from credit, and what cannot be paid is postponed; off, reserves alone pay, and what cannot be paid is abandoned."""
    replanning: Annotated[bool, Switch("(7b)", "C5", "L3", nothing=dict(replanning_chance=0.0))] = True
    """After a failed pilot who learns plans anew; off, every failed pilot is abandoned."""
    voice: Annotated[bool, Switch("(7c)(11)", "C2", "L4", nothing=dict(staff_voice=0.0))] = True
    """Frontline staff who lead refuse what their pilot showed not to work, and improve what is taken up; off, they are not asked."""
    pace: Annotated[bool, Switch("(7)(8)", "C15", "L2")] = True
    """Each innovation is piloted and brought in at a pace of its own; off, all at that of a hard programme."""
    implementation: Annotated[bool, Switch("(8)", "C15", "L2")] = True
    """Leadership, skill, complexity and burden set the time from pilot to routine; off, the base hazard acts alone."""
    culture: Annotated[bool, Switch("(3)(5d)(8)", "C3", "L4", nothing=dict(culture_weight=0.0, culture_turnover=0.0))] = True
    """A culture of learning moves taking up, implementing and staying; off, it sharpens belief and skill alone."""
    invitation: Annotated[bool, Switch("(3c)", "C20", "L2", nothing=dict(invited_looking=0.0))] = True
    """Money, help and demands draw attention to an innovation; off, they act on its value alone."""
    facilitation: Annotated[bool, Switch("(8)", "C20", "L4", nothing=dict(facilitation_ratio=1.0))] = True
    """Brokers speed implementation; off, they make aware and find partners."""
    abandonment: Annotated[bool, Switch("(8)", "C17", "L2")] = True
    """Value, departures, strain and ending grants set the hazard of abandonment; off, the base hazard acts alone."""
    sustaining: Annotated[bool, Switch("(8)", "C6", "L2")] = True
    """Innovations in routine use need constant work; off, what has become routine is never abandoned."""
    upkeep: Annotated[bool, Switch("(3)(8)", "C6", "L4", nothing=dict(upkeep_effort=0.0, neglect=0.0))] = True
    """What is in routine use takes attention, and suffers where none is given; off, it keeps itself."""
    renewal: Annotated[bool, Switch("(8d)", "C6", "L2")] = True
    """What is a yearly return lapses unless it is renewed; off, once made it stands until it is abandoned."""
    scaling: Annotated[bool, Switch("(8b)", "C19", "L4", nothing=dict(site_conversion=0.0, site_imitation=0.0))] = True
    """Inside a group an innovation passes from site to site; off, it stays at its first site."""
    learning: Annotated[bool, Switch("(10)", "C3", "L3", nothing=dict(trials=0, partner_evidence=0.0, evidence_memory=1.0))] = True
    """Users learn from results, and others from them; off, belief stays as it began."""
    experience: Annotated[bool, Switch("(10)", "C3", "L3")] = True
    """Users of long standing begin with the skill, fit and belief of long use; off, all users begin as novices."""
    reputation: Annotated[bool, Switch("(10)", "C3", "L0")] = True
    """An innovation's reputation is what users of long standing find, where its file says so; off, it is what the file believes."""
    allowance: Annotated[bool, Switch("(10)", "C3", "L3")] = True
    """Providers allow for how often they misread results; off, they take what they read for what is, which draws every belief towards one half."""
    fitting: Annotated[bool, Switch("(11)", "C4", "L3", nothing=dict(adaptation=0.0))] = True
    """Users fit the innovation to themselves; off, fit stays as it began."""
    renegotiation: Annotated[bool, Switch("(11c)", "C7", "L3", nothing=dict(adaptation=0.0))] = True
    """Users in routine use fit an innovation anew as goals shift, as far as it does not lock them in; off, they fit it while they implement it, and no more."""
    skill: Annotated[bool, Switch("(12)", "C14", "L3", nothing=dict(skill_learning=0.0, turnover=0.0, enforcement_turnover=0.0, capability_growth=0.0))] = True
    """Skill grows by doing and goes with those who leave; off, skill and capability stay as they began."""
    partnering: Annotated[bool, Switch("(13)", "C8", "L4", nothing=dict(partner_search=0.0))] = True
    """Partnerships begin and end; off, the network stays as it began."""
    borrowing: Annotated[bool, Switch("(14)", "C9", "L4", nothing=dict(ties=0.0))] = True
    """Partners lend capability and share set-up cost; off, everybody stands alone."""
    drift: Annotated[bool, Switch("(15)", "C7", nothing=dict(goal_drift=0.0))] = True
    """Priorities drift, and regimes of priorities act; off, safety, independence, workforce and cost weigh the same for ever."""
    movement: Annotated[bool, Switch("(16a)", "C11", nothing=dict(movement_growth=0.0))] = True
    """Ties between users, and those who build it, make a movement; off, there is none."""
    demand: Annotated[bool, Switch("(16b)", "C12", nothing=dict(demand_effect=0.0))] = True
    """A movement generates demand; off, people do not ask."""
    commissioning: Annotated[bool, Switch("(16c)", "C12", nothing=dict(stance_effect=0.0))] = True
    """A movement wins over commissioners; off, their stance stays as it began."""
    deregulation: Annotated[bool, Switch("(16d)", "C13", nothing=dict(burden_effect=0.0))] = True
    """A movement, or reform, moves the regulatory burden; off, it stays what the scenario sets."""
    market: Annotated[bool, Switch("(16b)(19)", "C18", nothing=dict(rating_pull=0.0))] = True
    """Self-funders choose their provider by rating and visible innovation; off, each keeps its own."""
    origination: Annotated[bool, Switch("(17)", "C2", nothing=dict(origination_rate=0.0))] = False
    """Staff come up with innovations of their own; off by default."""
    shocks: Annotated[bool, Switch("(18)", "C16")] = True
    """The scenario's shocks happen."""
    inspection: Annotated[bool, Switch("(19)", "C18", nothing=dict(inspection_rate=0.0))] = True
    """The regulator inspects again; off, ratings stay as they began."""
    rewards: Annotated[bool, Switch("(19)", "C18", nothing=dict(pay_rating=0.0))] = True
    """Better pay tilts inspections; off, it keeps staff and no more."""
    ambition: Annotated[bool, Switch("(19)", "C1", nothing=dict(aspiration_memory=1.0))] = True
    """Aspirations follow performance; off, they stay as they began."""
    exit: Annotated[bool, Switch("(19)", "C8", nothing=dict(exit_rate=0.0))] = True
    """Providers close and others open in their place; off, nobody leaves."""
    insolvency: Annotated[bool, Switch("(19d)", "C14", nothing=dict(debt_exit=0.0))] = True
    """Debt makes closing likelier; off, only a want of reserves does."""
    entry: Annotated[bool, Switch("(19f)", "C8", nothing=dict(net_entry=0.0))] = True
    """The number of providers of each setting grows or shrinks as the register's did; off, each that closes is replaced and no more open."""
    finance: Annotated[bool, Switch("(19)", "C14", "L2")] = True
    """Slack moves with margins and with what innovations cost and save; off, it stays as it began."""

    @classmethod
    def of(cls, **changes: Any) -> Switches:
        """Return the switches with these changes; a name or value that is not known is refused."""
        return cls(**checked(cls, changes, "switch"))
