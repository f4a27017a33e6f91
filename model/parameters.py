"""Every constant of the sector, declared once."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from .declare import BadInputError, Number, checked, half_normal, log_normal, log_uniform, normal, uniform

ASSUMED = "assumption"
JUDGED = "assumption: 95 % within a factor of 2 at grade D; see `SPREAD` for better grades"
JUDGEMENT = log_normal(1.0, 0.5, 2.0)
"""Prior of a multiplier of what innovation files judge."""


# fmt: off
class Parameters(NamedTuple):
    """What is uncertain or fixed about the sector; defaults are prior medians unless the role is F."""

    # (1) hazards
    hazard_ceiling: Annotated[float, Number("H_max", "/month", 0.1, 1e9, "(1)", "D", ASSUMED)] = 3.0
    """No hazard of the journey exceeds this; 3 a month means 95 % within the month."""

    # (2) exposure and awareness
    base_awareness: Annotated[float, Number("p_0", "/month", 0, 1, "(2)", "C", "wide: the DSCR line (S001, S002, S007) implies .013-.04 a month", "C", uniform(0.0005, 0.03))] = 0.01525
    """Hazard of hearing of an innovation from outside the sector's own networks."""
    imitation: Annotated[float, Number("q", "/month", 0, 1, "(2)", "C", "Bass durables, 0.17-0.65 a year", "C", uniform(0, 0.06))] = 0.03
    """Hazard of hearing of it when everyone in reach uses it and it is fully observable."""
    partner_layer: Annotated[float, Number("w_P", "share", 0, 1, "(2)", "D", ASSUMED)] = 0.4
    """Weight of partners in exposure; the three layers are Dirichlet(2, 2, 1) a priori, and their sum is at most 1."""
    area_layer: Annotated[float, Number("w_R", "share", 0, 1, "(2)", "D", ASSUMED)] = 0.4
    """Weight of providers of the same area in exposure."""
    setting_layer: Annotated[float, Number("w_S", "share", 0, 1, "(2)", "D", ASSUMED)] = 0.2
    """Weight of providers of the same setting in exposure."""
    broker_awareness: Annotated[float, Number("p_b", "/month", 0, 1, "(2)", "D", ASSUMED, "S", uniform(0, 0.02))] = 0.01
    """Added hazard of hearing where a broker is at work."""
    commissioner_awareness: Annotated[float, Number("p_c", "/month", 0, 1, "(2)", "D", ASSUMED, "S", uniform(0, 0.02))] = 0.01
    """Added hazard of hearing where the local authority asks for the innovation in full."""
    movement_awareness: Annotated[float, Number("p_m", "/month", 0, 1, "(2)", "D", "no estimate exists: 0 unless a scenario says otherwise")] = 0.0
    """Added hazard of hearing of an innovation whose movement is at full strength."""
    ties: Annotated[float, Number("", "ties/provider", 0, 6, "(2)", "C", "care leaders named up to three advisers", "F")] = 3.0
    """Mean number of partners; nobody has more than eight."""

    # (3) attention
    attention: Annotated[float, Number("h_L", "/month", 0, 5, "(3)", "C", "emulation of T05 and T59: six in 80 more in four years, 7 in 100 in six, without a lever", "C", log_uniform(0.002, 0.016))] = 0.0057
    """Hazard of looking at an innovation, for an average provider; an innovation may have its own."""
    invited_looking: Annotated[float, Number("iv", "-", 0, 20, "(3c)", "C", "T05: 26 of 100 more with money, within months; T13, T14, T17", "S", uniform(0, 6))] = 3.0
    """How many times more an innovation is looked at that comes with money, help, or a commissioner's demand in full."""
    project_cap: Annotated[int, Number("cap", "projects", 1, 8, "(3)", "D", ASSUMED)] = 2
    """Pilots and implementations that a provider can carry at once; one more above ten sites."""
    slack_search: Annotated[float, Number("beta_R", "log-hazard", 0, 5, "(3)", "C", "slack search in the behavioural theory of the firm", "S", half_normal(1))] = 0.6745
    """How much slack raises the rate of looking."""
    aspiration_search: Annotated[float, Number("beta_P", "-", 0, 5, "(3)", "C", "problem-driven search in the behavioural theory of the firm", "S", half_normal(1))] = 0.6745
    """How much performance below aspiration raises the rate of looking."""

    upkeep_effort: Annotated[float, Number("e_U", "share", 0, 0.2, "(3)", "D", "assumption: exhaustion and the number of practices predict stopping (T65); .25 has half of the attention of a user of two taken up", "S", uniform(0, 0.1))] = 0.05
    """Share of its attention that each innovation in routine use takes of a provider."""
    upkeep_given: Annotated[float, Number("g_U", "share", 0, 1, "(3)(8)", "D", "1: what is needed is done; a scenario may say less")] = 1.0
    """How much of that work is done."""

    # (4) leadership
    leadership_weight: Annotated[float, Number("beta_L", "log-hazard per unit", 0, 8, "(3)(4)(8)", "C", "T42: r .20-.27 is 1.9-2.6; T33 less what goes through climate (71 %) is 1.2", "S", log_normal(2.0, 0.9, 4.5))] = 2.0
    """How much leadership moves attention, implementation, sustaining and scaling."""
    complementarity: Annotated[float, Number("rho", "-", -50, 1, "(4)", "C", "only leadership aggregated over levels improved performance in a health system", "S", uniform(-8, 1))] = -3.5
    """1: levels replace each other; 0: geometric mean; very negative: the weakest level rules."""
    explore_senior: Annotated[float, Number("omega_E", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.5
    """Weight of senior leaders in exploring; the three weights of a stage are divided by their sum."""
    explore_manager: Annotated[float, Number("omega_E", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.3
    """Weight of managers in exploring."""
    explore_frontline: Annotated[float, Number("omega_E", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.2
    """Weight of frontline staff in exploring."""
    implement_senior: Annotated[float, Number("omega_I", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.25
    """Weight of senior leaders in implementing."""
    implement_manager: Annotated[float, Number("omega_I", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.5
    """Weight of managers in implementing."""
    implement_frontline: Annotated[float, Number("omega_I", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.25
    """Weight of frontline staff in implementing."""
    sustain_senior: Annotated[float, Number("omega_S", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.15
    """Weight of senior leaders in sustaining and scaling."""
    sustain_manager: Annotated[float, Number("omega_S", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.35
    """Weight of managers in sustaining and scaling."""
    sustain_frontline: Annotated[float, Number("omega_S", "share", 0, 1, "(4)", "D", ASSUMED)] = 0.5
    """Weight of frontline staff in sustaining and scaling."""

    manager_wear: Annotated[float, Number("om", "leadership/month", 0, 0.1, "(4a)", "C", "T34: leadership sinks while clinics implement without support (sign)", "S", uniform(0, 0.02))] = 0.01
    """How fast implementing wears managers down who have no programme to support them; they recover as fast."""
    programme_climate: Annotated[float, Number("cl", "lambda per leadership", 0, 2, "(4b)", "C", "T32: climate d .98 (.55-1.41) where T30 has leadership d 1.18 at both levels", "S", normal(0.77, 0.17))] = 0.77
    """How much a programme in leading implementation raises the culture of learning, for each unit that it adds to senior leaders and managers on the average."""
    climate_fade: Annotated[float, Number("", "/month", 0, 1, "(4b)", "C", "T32: .98 to .76 within six months of the end", "S")] = 0.042
    """How fast that climate goes when the programme has ended."""

    # (5) leadership churn
    manager_turnover: Annotated[float, Number("tau_M", "/month", 0, 0.5, "(5)", "B", "S091: 17 % a year, leavers over stock", "F")] = 0.0142
    """Hazard that one registered manager leaves."""
    senior_turnover: Annotated[float, Number("tau_S", "/month", 0, 0.5, "(5)", "D", ASSUMED)] = 0.02
    """Hazard that the senior leader leaves."""
    turnover: Annotated[float, Number("tau", "/month", 0, 0.5, "(5)", "B", "S091: 23.1 % a year, all staff, 2024/25", "F")] = 0.0193
    """Share of staff who leave in a month; it pulls frontline leadership to its long-run level."""
    culture_turnover: Annotated[float, Number("k_tau", "log-hazard per lambda", 0, 10, "(5d)", "C", "T37: turnover -67 % for +.2, a small trial: half of it is 2.5", "S", uniform(0, 5))] = 2.5
    """How much fewer staff leave where people learn; the sector's turnover stays what it is."""
    departure_shock: Annotated[float, Number("beta_M", "-", 0, 5, "(5)(8)", "C", "T40 (sign), T39; T42: managers' tenure does not predict innovation; no trial of retention exists", "S", half_normal(0.74))] = 0.5
    """Rise of the hazard of abandonment for six months after a leader has left (over n for one of n managers)."""

    # (6) perceived value
    norm_form: Annotated[int, Number("f", "0-2", 0, 2, "(6)", "D", ASSUMED)] = 0
    """How peers' use counts: 0 in proportion, 1 once their share reaches the provider's threshold, 2 once their count does."""
    norm_threshold: Annotated[float, Number("x_N", "share or count", 0, 1e6, "(6)", "D", ASSUMED)] = 0.25
    """Threshold of peers' use for forms 1 and 2."""
    peer_norm: Annotated[float, Number("beta_N", "value", 0, 5, "(6)", "D", "not identified by the adoption series", "S", uniform(0, 0.8))] = 0.4
    """Value of doing what all peers do."""
    commissioning_weight: Annotated[float, Number("beta_G", "value", 0, 5, "(6)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """Value of doing what the local authority asks for."""
    demand_weight: Annotated[float, Number("beta_D", "value", 0, 5, "(6)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """Value of offering what people ask for."""
    cost_weight: Annotated[float, Number("beta_C", "value", 0, 10, "(6)(8)", "D", "size gradient", "C", uniform(0, 2))] = 1.0
    """Weight of cost, in months of revenue, for a provider without slack."""
    complexity_weight: Annotated[float, Number("beta_X", "value", 0, 5, "(6)", "C", "sign from the adoption literature", "S", uniform(0, 0.5))] = 0.25
    """Weight of complexity beyond the provider's capability, and of a missing connection."""
    burden_weight: Annotated[float, Number("beta_B", "value", 0, 5, "(6)", "C", "T58: relief makes a firm 1.5 times as likely to go on at most; T59: leave alone moves almost nobody", "S", uniform(0, 0.12))] = 0.06
    """Weight of regulatory burden."""
    uncertainty_weight: Annotated[float, Number("beta_U", "value", 0, 5, "(6)", "C", "sign from the adoption literature", "S", uniform(0, 0.5))] = 0.25
    """Weight of not knowing whether it works, where it cannot be tried first."""

    enforcement_value: Annotated[float, Number("b_E", "value", 0, 2, "(6)", "C", "beyond .2 looking and piloting bind, not value (T10)", "S", uniform(0.1, 0.5))] = 0.3
    """Value of obeying what is enforced in full."""

    # (7) choice
    adoption_threshold: Annotated[float, Number("V_stay", "value", -5, 5, "(7)", "C", "prior predictive; T05, T59: few take up what nobody pays for", "C", normal(0.45, 0.15))] = 0.45
    """Value of leaving things as they are, for the median provider."""
    threshold_spread: Annotated[float, Number("sd_stay", "value", 0, 2, "(7)", "D", ASSUMED, "S", half_normal(0.15))] = 0.1012
    """Standard deviation of that value between providers."""
    assurance: Annotated[float, Number("b_A", "value", 0, 2, "(7)", "D", "assumption: asked for by inspectors (S160) and contracts, strength unknown; no series tells it from what else grew", "S", uniform(0, 0.3))] = 0.15
    """Full strength of what inspectors and contracts ask for: scenarios say when, and how much of it, as a mandate."""
    choice_noise: Annotated[float, Number("s_C", "value", 0, 5, "(7)", "D", "choice noise", "S", log_uniform(0.03, 0.3))] = 0.0949
    """Noise of choices; at 0 the best believed value wins."""
    headroom: Annotated[float, Number("h", "months of cost", 0, 6, "(7)", "D", "assumption: small outlays come from cash flow, credit or a monthly subscription; .1 has 90 % of the effect, 1 no more")] = 0.25
    """What a provider can spend beyond its reserves, in months of running cost."""
    enforcement_looking: Annotated[float, Number("h_E'", "/month", 0, 3, "(2)(7a)", "C", "T08: .28 a month among the rest, .04-.09 without; T10: .06, then .33 near the date", "S", uniform(0.1, 0.5))] = 0.3
    """Hazard of hearing of, and of taking up without a pilot, what is enforced in full."""
    replanning_chance: Annotated[float, Number("rp", "share", 0, 1, "(7b)", "D", "assumption: to manoeuvre a route is in the theory; nothing measures it", "S", uniform(0, 1))] = 0.5
    """Share of failed pilots, in a full culture of learning, after which a provider plans anew and does not abandon."""
    staff_voice: Annotated[float, Number("vo", "share", 0, 1, "(7c)(11)", "C", "T42: centralised decisions go with less innovation, r -.16 (recalled)", "S", uniform(0, 0.6))] = 0.3
    """How far frontline staff who lead can refuse what their pilot showed not to work, and improve what is taken up."""
    chance_to_pass: Annotated[float, Number("", "prob", 0, 1, "(7)(8)", "D", "only with the switch choice off")] = 0.5
    """Chance that a pilot is taken further when choice is switched off."""

    # (8) implement, sustain, abandon
    pilot_rate: Annotated[float, Number("h_E", "/month", 0, 5, "(7)", "C", "implementation stage guides: 3 to 12 months", "S")] = 0.1667
    """Hazard that a pilot ends, for an innovation that can be tried in full."""
    implementation_rate: Annotated[float, Number("h_I", "/month", 0, 5, "(8)", "C", "UniSIC (Implementation Science Communications 2022, 3:2): .068 for a hard programme", "S")] = 0.068
    """Hazard of passing from implementation to routine use."""
    culture_weight: Annotated[float, Number("beta_lam", "log-hazard per unit", 0, 8, "(3)(8)", "C", "T36: hazard ratio 2.0 for +.2 with leaders; T25, T24 +4 to +6 points; T32", "S", normal(2.0, 0.9))] = 2.0
    """How much a culture of learning moves taking up and implementing."""
    facilitation_ratio: Annotated[float, Number("HR_b", "ratio", 0.5, 5, "(8)", "B", "T13 (halved for bias) and T14 1.4; T15, T17, T18 1.0", "S", log_normal(1.25, 0.9, 1.9))] = 1.25
    """By how much a broker at work multiplies the hazard of routine use, where a provider is not full of projects."""
    skill_exponent: Annotated[float, Number("gamma", "-", 0, 5, "(8)", "D", ASSUMED, "S", uniform(0, 2))] = 1.0
    """How strongly skill speeds implementation."""
    burden_delay: Annotated[float, Number("b_B", "-", 0, 5, "(8)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """How strongly regulatory burden slows implementation."""
    sustain_hazard: Annotated[float, Number("h_S0", "/month", 0, 5, "(8)", "C", "UniSIC: .035 for a hard programme", "S")] = 0.035
    """Hazard of abandoning a hard programme in routine use; each innovation has its own multiplier."""
    implementation_abandonment: Annotated[float, Number("r_IX", "ratio", 0, 1e6, "(8)", "C", "UniSIC: .048/.035", "S")] = 1.36
    """How much likelier abandonment is during implementation than in routine use."""
    reconsider: Annotated[float, Number("r_X", "/month", 0, 5, "(8)", "D", "status changes are common", "S", uniform(0.01, 0.05))] = 0.03
    """Hazard that a provider which abandoned an innovation considers it again."""
    value_sensitivity: Annotated[float, Number("beta_V", "log-hazard per value", 0, 20, "(8)", "D", ASSUMED, "S", uniform(0, 4))] = 2.0
    """How strongly believed value protects from abandonment."""
    clear_difference: Annotated[float, Number("d", "share", 0.02, 1, "(6)(8)", "D", ASSUMED)] = 0.2
    """Difference in the share of successes that users take for a clear one."""
    value_to_keep: Annotated[float, Number("V_keep", "value", -2, 2, "(8)", "D", ASSUMED, "S", normal(0.1, 0.1))] = 0.1
    """Median believed value at which the hazard of abandonment is at its base."""
    value_to_keep_spread: Annotated[float, Number("sd_keep", "value", 0, 1, "(8)", "D", ASSUMED)] = 0.1
    """Standard deviation of that value between providers."""
    strain: Annotated[float, Number("beta_F", "-", 0, 5, "(8)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """How much negative slack raises abandonment."""
    neglect: Annotated[float, Number("ne", "-", 0, 10, "(8)", "D", "assumption: want of protected time was the main cause of stopping (T23)", "S", uniform(0, 2))] = 1.0
    """How much abandonment rises where none of the upkeep is done."""
    grant_cliff: Annotated[float, Number("b_end", "-", 0, 5, "(8)", "C", "T07: gains were kept after the money; T66", "S", half_normal(0.15))] = 0.1012
    """How much abandonment rises for six months after a grant has ended, for those who had it."""
    mandate_resentment: Annotated[float, Number("b_mandate", "-", 0, 5, "(8)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """How much abandonment rises with the strength of a mandate."""

    # (8b) scaling inside a group
    site_conversion: Annotated[float, Number("g_0", "/month", 0, 5, "(8b)", "D", "chain adoption", "S", uniform(0, 0.03))] = 0.015
    """Hazard that a site takes up what its group has made routine, with no other site using it."""
    site_imitation: Annotated[float, Number("g_1", "/month", 0, 5, "(8b)", "D", "chain adoption", "S", uniform(0, 0.3))] = 0.15
    """How much that hazard rises with the share of the group's sites that use it."""

    # (10) learning about value
    misreading: Annotated[float, Number("eps_0", "prob", 0, 0.5, "(10)", "D", ASSUMED, "S", uniform(0, 0.4))] = 0.2
    """Chance that a provider without a culture of learning takes a failure for a success, or a success for a failure."""
    trials: Annotated[int, Number("nu", "trials/site-month", 0, 10, "(10)", "D", "assumption: 2 to 10; 0: nobody looks at results")] = 6
    """People with whom an innovation is tried at a site in a month, as far as anybody looks at the result."""
    evidence_memory: Annotated[float, Number("delta", "/month", 0.5, 1, "(10)", "D", "estimates of depreciation conflict", "S", uniform(0.95, 1))] = 0.975
    """Share of the evidence that is still held to be true a month later."""
    partner_evidence: Annotated[float, Number("alpha_P", "share", 0, 1, "(10)", "C", "learning from others is worth about 40 % of one's own; U(0, 1), centre 0.4")] = 0.4
    """How much of what partners found counts as one's own, when it is fully visible and fully understood."""
    success_bias: Annotated[float, Number("b_s", "prob", 0, 1, "(10)", "D", "the rival model: adaptive emulation")] = 0.0
    """Chance that a partner's failure is not seen."""

    evidence_credit: Annotated[float, Number("ev", "share", 0, 1, "(10)", "C", "T49 +2 (0-11), T50 +4.3 points, T18 none: printed evidence moves few", "S", log_uniform(0.005, 0.1))] = 0.0224
    """How much of a trial that a synthesis reports counts as one that a provider made itself."""
    collaborative_learning: Annotated[float, Number("", "lambda", 0, 1, "(10)", "C", "T28: no more than coaching, which adds nothing to it; T26, T27", "S", log_normal(0.1, 0.04, 0.25))] = 0.1
    """What a learning collaborative adds to the culture of learning; half where a broker works too."""

    # (11) fit
    goal_shift: Annotated[float, Number("gs", "-", 0, 5, "(11c)", "D", "assumption: that goals shift is in the theory; nothing measures it", "S", uniform(0, 1))] = 0.5
    """Share of its fit that an innovation loses where priorities shift altogether."""
    adaptation: Annotated[float, Number("zeta", "/month", 0, 1, "(11)", "D", ASSUMED, "S", uniform(0, 0.1))] = 0.05
    """Speed at which a provider that learns fits an adaptable innovation to itself."""
    starting_fit: Annotated[float, Number("w_0", "share", 0, 1, "(8)(11)", "D", ASSUMED)] = 0.5
    """Fit of an innovation to the provider at first."""

    # (12) skill
    skill_learning: Annotated[float, Number("l_K", "/month", 0, 1, "(12)", "D", ASSUMED, "S", uniform(0.02, 0.2))] = 0.11
    """Speed at which staff of a provider that learns become skilled by doing."""
    vacancy: Annotated[float, Number("", "share", 0, 0.3, "(12)", "B", "S090: 7.0 % of posts in 2024/25", "F")] = 0.07
    """Share of posts that nobody fills; at 30 % nobody has time to learn."""
    starting_skill: Annotated[float, Number("K_0", "share", 0.01, 1, "(8)(12)", "D", ASSUMED)] = 0.3
    """Skill in an innovation before it is tried: what the trade brings."""
    capability_growth: Annotated[float, Number("", "/month", 0, 1, "(12)", "D", ASSUMED)] = 0.01
    """Speed at which the provider's capability follows its skill."""

    # (13) partners
    asked_elsewhere: Annotated[float, Number("", "share", 0, 1, "(13)", "D", "assumption; so set that partnerships stay at about three a provider")] = 1.0
    """What an innovation asks of the other three capabilities, as a share of what it asks of its own."""
    partner_search: Annotated[float, Number("eta", "/month", 0, 1, "(13)", "D", "assumption; so set that there are about three partners a provider", "S", uniform(0.02, 0.16))] = 0.09
    """Hazard that a fully open provider looks for a partner."""
    candidates: Annotated[int, Number("n_cand", "providers", 1, 40, "(13)", "D", "assumption: 5 to 20")] = 12
    """Providers that it considers when it looks."""
    tie_ending: Annotated[float, Number("delta_W", "/month", 0, 1, "(13)", "C", "advice ties last years; so set that there are about three a provider", "S", log_uniform(0.004, 0.05))] = 0.0141
    """Hazard that a partnership ends."""
    self_bias: Annotated[float, Number("bias", "share", -0.5, 0.5, "(13)", "D", ASSUMED, "S", uniform(-0.2, 0.2))] = 0.0
    """How much a provider that does not know itself overrates its capabilities."""
    self_error: Annotated[float, Number("sd", "share", 0, 1, "(13)", "D", ASSUMED)] = 0.2
    """Standard deviation of that error, capability by capability."""
    stranger_error: Annotated[float, Number("", "share", 0, 1, "(13)", "D", ASSUMED)] = 0.2
    """Standard deviation of the error about another's capabilities, with no partner in common."""
    distance_cost: Annotated[float, Number("kd", "share", 0, 2, "(13)", "C", "proximity matters in long-term care advice networks", "S", uniform(0, 0.3))] = 0.15
    """What a partner at the other end of the country has to make up for."""
    rivalry_cost: Annotated[float, Number("kr", "share", 0, 2, "(13)", "D", ASSUMED, "S", uniform(0, 0.3))] = 0.15
    """What a competitor in the same market has to make up for."""
    trust: Annotated[float, Number("kt", "share", 0, 0.9, "(13)", "D", ASSUMED, "S", uniform(0, 0.3))] = 0.15
    """How much likelier a partnership of two years or more lasts."""
    least_score: Annotated[float, Number("s_min", "share", 0, 2, "(13)", "D", ASSUMED, "S", uniform(0, 0.2))] = 0.1
    """What both sides must see in a partnership before it begins."""
    shared_setup: Annotated[float, Number("", "share", 0, 1, "(14)", "D", ASSUMED)] = 0.2
    """Share of the organisation's set-up cost that is saved where a partner already uses the innovation."""

    # (15) goals
    goal_drift: Annotated[float, Number("sigma_v", "/month", 0, 0.5, "(15)", "D", ASSUMED, "S", uniform(0, 0.05))] = 0.025
    """Standard deviation of the month's change in the sector's priorities (log weights)."""
    goal_return: Annotated[float, Number("", "/month", 0, 1, "(15)", "D", ASSUMED)] = 0.01
    """Speed at which priorities return to equal weights."""

    # (16) movement and institutions
    movement_growth: Annotated[float, Number("chi", "/month", 0, 1, "(16a)", "D", "no estimate exists: 0 by default, the median of the prior in the scenario movement", "S", uniform(0, 0.2))] = 0.0
    """Growth of a movement where all ties join two users."""
    movement_decay: Annotated[float, Number("delta_M", "/month", 0, 1, "(16a)", "D", ASSUMED, "S", uniform(0.01, 0.1))] = 0.055
    """Speed at which a movement fades."""
    demand_effect: Annotated[float, Number("e_D", "share", 0, 5, "(16b)", "D", "no estimate exists: 0 by default, the median of the prior in the scenario movement", "S", uniform(0, 0.5))] = 0.0
    """Demand for an innovation whose movement is at full strength."""
    stance_effect: Annotated[float, Number("e_G", "/month", 0, 1, "(16c)", "D", "no estimate exists: 0 by default, the median of the prior in the scenario movement", "S", uniform(0, 0.1))] = 0.0
    """Speed at which a movement at full strength wins over commissioners."""
    stance_return: Annotated[float, Number("", "/month", 0, 1, "(16c)", "D", ASSUMED)] = 0.02
    """Speed at which commissioners return to their usual stance."""
    burden_effect: Annotated[float, Number("e_B", "/month", 0, 1, "(16d)", "D", "no estimate exists: 0 by default, the median of the prior in the scenario movement", "S", uniform(0, 0.1))] = 0.0
    """Speed at which a movement at full strength lowers the regulatory burden."""
    burden_return: Annotated[float, Number("rev", "/month", 0, 1, "(16d)", "D", ASSUMED)] = 0.02
    """Speed at which the regulatory burden returns to its usual level, or to a reformed one."""
    burden_least: Annotated[float, Number("B_min", "share", 0, 1, "(16d)", "D", ASSUMED)] = 0.05
    """Burden below which no movement lowers it."""
    rating_pull: Annotated[float, Number("beta_Q", "log-odds per rating step", 0, 2, "(16b)", "B", "S082: 24.0 to 50.9 % self-funders over four ratings is an upper bound of .40", "S", uniform(0, 0.4))] = 0.2
    """How much more often self-funders choose a provider that is rated one step better."""
    innovation_pull: Annotated[float, Number("beta_I", "log-odds", 0, 5, "(16b)", "D", ASSUMED, "S", uniform(0, 0.5))] = 0.25
    """How much more often they choose one that uses what they ask for."""

    # (17) origination
    origination_rate: Annotated[float, Number("iota", "/month", 0, 1, "(17)", "D", ASSUMED)] = 0.001
    """Hazard that staff who lead, in a provider that learns and has a month of slack, come up with something of their own."""

    # (19) accounts, ratings, exit and outcome
    labour_share: Annotated[float, Number("", "share", 0, 1, "(19)", "D", ASSUMED)] = 0.7
    """Share of running cost that follows wages and the number of people served."""
    pay_cost: Annotated[float, Number("", "ratio", 0, 10, "(19)", "C", "T45: wages nearly doubled avoided 17-30 % of turnover; T44", "S", log_normal(1.7, 0.33, 5))] = 1.7
    """Rise of wages for each share of turnover that it avoids, at first; the more is avoided, the dearer is the next."""
    pay_funded: Annotated[float, Number("pf", "share", 0, 1, "(19g)", "D", "assumption: a scenario says who pays")] = 0.0
    """Share of the wage bill of fair pay that councils meet through fees."""
    compliance_cost: Annotated[float, Number("c_E", "GBP/month", 0, 5000, "(19h)", "D", "assumption: 4 hours of a manager's time a month, with on-costs, within a factor of two", "S", uniform(0, 200))] = 100.0
    """What a provider pays a month to show that it obeys what is enforced in full."""
    pay_rating: Annotated[float, Number("", "log-odds", 0, 20, "(19)", "C", "T46: 10 % of wage makes a high rating 7 % likelier, .35 log-odds (.2-.5)", "S", normal(3.5, 0.75))] = 3.5
    """How much a rise of wages tilts the odds of an inspection."""
    enforcement_turnover: Annotated[float, Number("", "/month", 0, 0.1, "(5d)", "C", "T09: staff -3.5 % within five months of a mandate on persons, an extreme case", "S", uniform(0, 0.007))] = 0.0035
    """Added turnover of staff while something is enforced in full."""
    inspection_rate: Annotated[float, Number("", "/month", 0, 1, "(19)", "B", "S082: latest reports are 34 months old on average", "F")] = 0.0294
    """Hazard of being inspected again, for a provider that requires improvement or is inadequate."""
    good_inspection: Annotated[float, Number("", "ratio", 0, 1, "(19)", "D", "inspection is risk-based (S080); so set that 79 % good, 15 % requires improvement (S078) stay so")] = 0.4
    """How often good and outstanding providers are inspected, compared with the others."""
    rating_tilt: Annotated[float, Number("beta_rate", "log-odds", 0, 5, "(19)", "D", ASSUMED, "S", uniform(0, 1))] = 0.5
    """How much leadership and learning tilt the odds of an inspection."""
    aspiration_memory: Annotated[float, Number("m_A", "/month", 0, 1, "(19)", "D", ASSUMED)] = 0.8
    """Share of last month's aspiration in this month's; the rest is how oneself and partners perform."""
    exit_rate: Annotated[float, Number("h_out", "/month", 0, 0.5, "(19)", "B", "register of care homes (autumn 2023): 3.4 % closed for good a year, 2018 to 2022", "F")] = 0.0029
    """Hazard of closing of a care home at the start; other settings close as many times as often as the register says."""
    exit_slack: Annotated[float, Number("beta_out", "log-hazard", 0, 5, "(19)", "D", ASSUMED)] = 1.0
    """How much slack protects from closing."""
    net_entry: Annotated[float, Number("", "ratio", 0, 3, "(19f)", "C", "1: net entry by setting as the register's dates have it")] = 1.0
    """How fast the number of providers of each setting changes, as a multiple of the country's or the scenario's series."""
    debt_exit: Annotated[float, Number("x_D", "/month per month of debt", 0, 1, "(19)", "D", ASSUMED, "S", uniform(0, 0.02))] = 0.01
    """How much the hazard of closing rises with each month of running cost that a provider owes."""
    imprinting: Annotated[float, Number("", "share", 0, 1, "(19)", "D", "assumption: organisations are founded with the practice of their time (Stinchcombe 1965)", "S", uniform(0, 1))] = 0.5
    """How likely somebody who opens a provider sets it up with what its setting uses, as a share of that use."""
    implementation_harm: Annotated[float, Number("harm", "share", 0, 1, "(19)", "D", ASSUMED)] = 0.1
    """Share of the full benefit that people lose while an innovation is being implemented."""
    margin: Annotated[float, Number("margin_0", "share", -0.5, 0.5, "(19)", "D", "no provider margins are published in reach")] = 0.03
    """Mean operating margin at the start, as a share of revenue."""
    margin_spread: Annotated[float, Number("sd margin_0", "share", 0, 0.5, "(19)", "D", ASSUMED)] = 0.05
    """Standard deviation of the margin between providers."""
    slack: Annotated[float, Number("R_0", "months of cost", -3, 6, "(19)", "D", ASSUMED)] = 0.5
    """Mean reserve to which a provider with no margin returns."""
    slack_spread: Annotated[float, Number("sd R_0", "months of cost", 0, 3, "(19)", "D", ASSUMED)] = 0.75
    """Standard deviation of that reserve between providers."""
    slack_relaxation: Annotated[float, Number("", "/month", 0.001, 1, "(19)", "D", "profits are taken out, losses topped up")] = 0.03
    """Speed at which slack returns to its base."""
    self_funder_premium: Annotated[float, Number("", "ratio", 1, 3, "(19)", "B", "S073: self-funders pay 41 % more for the same care", "F")] = 1.41
    """Self-funder price over council fee, before the council's own fee level."""
    care_home_price: Annotated[float, Number("price_i", "GBP/person-week", 300, 5000, "(19)", "D", "S072: 846 in 2016, raised by the growth of the wage floor")] = 1250.0
    """Self-funder price of a care home place at 2025 prices."""
    nursing_premium: Annotated[float, Number("", "ratio", 1, 3, "(19)", "D", ASSUMED)] = 1.25
    """Price of a place with nursing over one without."""
    homecare_price: Annotated[float, Number("price_i", "GBP/hour", 10, 100, "(19)", "B", "S177 x S073: 24.10 council fee in 2025/26 x 1.41", "F")] = 33.98
    """Self-funder price of an hour of care at home."""
    homecare_hours: Annotated[float, Number("", "hours/person-week", 1, 168, "(19)", "D", ASSUMED)] = 14.0
    """Hours of care bought for one person in a week."""
    fee_spread: Annotated[float, Number("", "share", 0, 0.4, "(19)", "D", "S174, S175: councils' fees differ and few meet the minimum price")] = 0.08
    """Standard deviation of councils' fee levels about their mean of 1."""
    stance_mean: Annotated[float, Number("G", "share", 0.02, 0.98, "(6)(16c)", "D", ASSUMED)] = 0.3
    """Mean commissioning stance of local authorities: how far they ask for innovations."""
    stance_spread: Annotated[float, Number("", "share", 0, 0.4, "(6)(16c)", "D", ASSUMED)] = 0.15
    """Standard deviation of that stance between authorities."""

    # traits and the start
    trait_correlation: Annotated[float, Number("", "-", 0, 0.95, "(4)", "D", ASSUMED)] = 0.4
    """Correlation between any two traits of a provider (on the normal scale)."""
    size_correlation: Annotated[float, Number("", "-", -0.6, 0.6, "(4)", "D", "S081, S025: signs conflict")] = 0.1
    """Correlation of traits with the logarithm of staff (on the normal scale)."""
    size_capability: Annotated[float, Number("", "-", -0.9, 0.9, "(6)", "D", "S014: larger providers use more technology")] = 0.4
    """Correlation of digital capability and connectivity with the logarithm of staff."""
    start_aware: Annotated[float, Number("", "share of non-users", 0, 1, "start", "D", "fitted later", "C")] = 0.5
    """Share of non-users who are aware at the start."""
    start_exploring: Annotated[float, Number("", "share of non-users", 0, 0.4, "start", "D", "what a rise of 0.8 points a month needs in pilots of eight months")] = 0.12
    """Share of non-users who are piloting at the start, at most the share that uses it; with too few, the first year of every run stalls."""
    start_abandoned: Annotated[float, Number("", "share of non-users", 0, 0.4, "start", "D", ASSUMED)] = 0.05
    """Share of non-users who have abandoned it before the start, at most the share that uses it."""
    start_recent: Annotated[float, Number("", "share of users", 0, 1, "start", "D", ASSUMED)] = 0.3
    """Share of users who began within the last year and are still implementing."""
    start_size: Annotated[float, Number("b_size", "log-odds per log staff", 0, 2, "start", "D", "S004, S014: larger providers adopt first (sign only)")] = 0.25
    """How much likelier larger providers are to be users at the start."""
    start_leadership: Annotated[float, Number("b_lead", "log-odds per unit", 0, 5, "start", "D", "no table links adoption to leadership")] = 0.5
    """How much likelier well-led providers are to be users at the start; an assumption that can be 0."""

    # (20) attributes of innovations, as files judge them
    judged_success: Annotated[float, Number("j theta", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' share of trials in which it works; 1 is as judged."""
    judged_former_success: Annotated[float, Number("j theta_0", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' share of trials in which what it replaces works; 1 is as judged."""
    judged_advantage: Annotated[float, Number("j e", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' relative advantage for each priority; 1 is as judged."""
    judged_benefit: Annotated[float, Number("j ben", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' benefit to a person served; 1 is as judged."""
    judged_complexity: Annotated[float, Number("j X", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' complexity; 1 is as judged."""
    judged_compatibility: Annotated[float, Number("j comp", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' compatibility with settings and owners; 1 is as judged."""
    judged_connection: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' need of a good connection; 1 is as judged."""
    judged_trialability: Annotated[float, Number("j T", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' trialability; 1 is as judged."""
    judged_observability: Annotated[float, Number("j O", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' observability; 1 is as judged."""
    judged_adaptability: Annotated[float, Number("j ad", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' adaptability; 1 is as judged."""
    judged_codification: Annotated[float, Number("j cod", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' codification; 1 is as judged."""
    judged_belief: Annotated[float, Number("j mu_0", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' what is believed of its success at first; 1 is as judged."""
    judged_belief_strength: Annotated[float, Number("j nu_0", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' strength of what is believed at first; 1 is as judged."""
    judged_setup_cost: Annotated[float, Number("j C", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' set-up costs; 1 is as judged."""
    judged_running_cost: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' running costs; 1 is as judged."""
    judged_saving: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' savings; 1 is as judged."""
    judged_council_share: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' share of costs that the local authority bears; 1 is as judged."""
    judged_burden: Annotated[float, Number("j B_0", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' regulatory burden; 1 is as judged."""
    judged_lock_in: Annotated[float, Number("j lock", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' lock-in; 1 is as judged."""
    judged_remote: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of the odds of what files say of innovations' how far it lets people work without meeting; 1 is as judged."""
    judged_pace: Annotated[float, Number("j", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' pace of pilots and implementation; 1 is as judged."""
    judged_lapse: Annotated[float, Number("j lapse", "ratio", 0.1, 10, "(20)", "D", JUDGED, "S", JUDGEMENT)] = 1.0
    """Multiplier of what files say of innovations' hazard that a yearly return lapses; 1 is as judged."""

    @classmethod
    def of(cls, **changes: Any) -> Parameters:
        """Return the parameters with these changes; an unknown name or a value out of range is refused."""
        made = cls(**checked(cls, changes, "parameter"))
        layers = made.partner_layer + made.area_layer + made.setting_layer
        if layers > 1 + 1e-9:
            raise BadInputError(
                f"partner_layer + area_layer + setting_layer is {layers:g}: the three shares of exposure add to at most 1."
            )
        if made.size_correlation**2 > made.trait_correlation:
            raise BadInputError(
                f"size_correlation is {made.size_correlation:g}: its square must not exceed trait_correlation,"
                f" which is {made.trait_correlation:g}."
            )
        under_way = made.start_aware + made.start_exploring + made.start_abandoned
        if under_way > 1 + 1e-9:
            raise BadInputError(
                f"start_aware + start_exploring + start_abandoned is {under_way:g}: these shares of non-users add to at most 1."
            )
        for stage in ("explore", "implement", "sustain"):
            levels = [getattr(made, f"{stage}{level}") for level in ("_senior", "_manager", "_frontline")]
            if sum(levels) <= 0:
                raise BadInputError(
                    f"{stage}_senior, {stage}_manager and {stage}_frontline are all 0: at least one weight must be above 0."
                )
        return made
