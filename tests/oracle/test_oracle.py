"""The engine gives, number by number, what the oracle gives, which was written apart from it and can disagree."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carespread.model import Policy, Switches, prepare, simulate
from carespread.model.population.country import home
from carespread.model.population.sector import sampled

from . import PlainSector, draws, equations, growth, partners, provider, schedule, sector, start
from .cases import BUSY, CASES, CONTROLS, GROWING, PROVIDERS, STORMY, arguments, returned
from .sample import sample

PARTS = ("counts", "sums", "flows", "sector")
STAGES = ("unaware", "aware", "exploring", "implementing", "sustained", "abandoned")
INPUTS = {
    "carespread.model": {"Conditions", "Lever", "Parameters", "Policy", "Population", "Shock", "Switches", "prepare"},
    "carespread.model.declare": {"entries"},
    "carespread.model.innovations": {"Innovation", "Own", "find"},
    "carespread.model.levels": {"LADDER", "level"},
    "carespread.model.population.network": {"network_from"},
    "carespread.model.policy": {"PER_INNOVATION", "Policy"},
    "carespread.model.population.england.published": {"regions"},
    "carespread.model.shocks": {"Shocks"},
    "carespread.model.simulate": {"Prepared"},
    "carespread.model.state": {"Network"},
}
"""What the oracle may take from `model`: what is declared or given, never what computes a month or its start."""


def test_the_oracle_takes_nothing_from_the_model_but_its_inputs() -> None:
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.name == Path(__file__).name:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not any(one.name.split(".")[0] == "carespread" for one in node.names), file.name
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("carespread"):
                taken = {one.name for one in node.names}
                assert taken <= INPUTS.get(str(node.module), set()), (file.name, node.module, taken)
            elif isinstance(node, ast.ImportFrom):
                assert node.level < 2, file.name


def told(
    settings: tuple[Any, Policy, dict[str, Any]], until: dict[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """Return what the oracle records of a run, and what each provider is and has at its end; it ends with the first
    month whose record is not that of `until`.
    """
    parameters, policy, about = settings
    bare = about | {"switches": about["switches"]._replace(entry=False)}
    drawn = prepare(parameters, policy, **bare)
    oracle = PlainSector(prepare(parameters, policy, **about), policy, drawn, about["population"] is None)
    for month in range(about["months"] + 1):
        if until is not None:
            recorded = oracle.recorded()
            if any(not np.array_equal(recorded[what][month], until[what][month]) for what in PARTS):
                return recorded
        if month < about["months"]:
            oracle.step()
    return oracle.recorded() | oracle.held()


def engine(settings: tuple[Any, Policy, dict[str, Any]]) -> dict[str, np.ndarray]:
    """Return the same from the engine, with the record summed over all record cells."""
    parameters, policy, about = settings
    run = simulate(parameters, policy, **about)
    record = {what: getattr(run.record, what) for what in PARTS}
    rows, pairs, network = (getattr(run.prepared.state, name) for name in ("rows", "pairs", "network"))
    people = run.prepared.state.providers
    here = people["weight"] > 0
    held = {name: rows[name][here] for name in ("senior", "manager", "frontline", "slack", "aspiration", "rating")}
    held["unrest_felt"] = np.where(rows["unrest_left"] > 0, rows["unrest"], 0.0)[here]
    held |= {name: pairs[name][here] for name in ("stage", "sites_in_use", "skill", "fit", "granted")}
    held |= {"a": pairs["successes"][here], "b": pairs["failures"][here]}
    held |= {"capability": run.prepared.state.capability[here], "id": people["id"][here], "weight": people["weight"]}
    slots = [(i, network.first[i] + slot) for i, ties in enumerate(network.ties.tolist()) for slot in range(ties)]
    held["ties"] = np.array(sorted((i, int(network.partners[slot])) for i, slot in slots)).reshape(-1, 2)
    return {what: one if what == "sector" else one.sum(axis=1) for what, one in record.items()} | held


def differing(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """Return in what two runs differ."""
    return [what for what in one if not np.array_equal(one[what], other[what])]


@cache
def told_of(name: str) -> dict[str, np.ndarray]:
    """Return what the oracle says of a case."""
    return told(arguments(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_the_engine_says_what_the_oracle_says(name: str) -> None:
    of_engine, of_oracle = engine(arguments(CASES[name])), told_of(name)
    for what in differing(of_oracle, of_engine):
        assert of_oracle[what].shape == of_engine[what].shape, what
        where = np.argwhere(of_oracle[what] != of_engine[what])[0]
        pytest.fail(f"{what} differ first at (month or provider, ...) {where}")


def test_the_cases_reach_every_turn_of_the_journey() -> None:
    counts, sums = told_of("controls")["counts"], told_of("controls")["sums"]
    assert (counts[-1].sum(axis=0) > 0).all(), dict(zip(STAGES, counts[-1].sum(axis=0), strict=True))
    assert (sums.sum(axis=(0, 1)) != 0).all()
    often = told_of("rare things often")
    assert (often["flows"].sum(axis=0) != 0).all()
    assert (often["sector"].sum(axis=(0, 1)) != 0).all()
    assert often["counts"][-1, len(CONTROLS) :, 1:].sum() > 0  # what staff came up with


def test_every_switch_moves_the_run() -> None:
    usual = told_of("rare things often")
    for name in Switches._fields:
        without = told_of(f"without {name}")
        # without origination there is no room for what staff come up with; but what they came up with was counted
        assert any(
            (usual[what] != without[what]).any() for what in PARTS if usual[what].shape == without[what].shape
        ), name


@pytest.mark.parametrize(
    ("case", "switch"),
    [
        ("a yearly return", "renewal"),
        ("a yearly return, half months", "renewal"),
        ("Shared Lives, which councils pay", "credit"),
        ("what cannot be paid is postponed", "credit"),
        ("settings grow and shrink", "entry"),
        ("settings grow and shrink, half months", "insolvency"),
        ("a start long before the register", "entry"),
        ("providers of one's own, whose settings grow", "entry"),
    ],
)
def test_the_cases_of_one_mechanism_have_it_at_work(case: str, switch: str) -> None:
    usual = CASES[case].get("switches", {})
    without = told(arguments(CASES[case] | {"switches": usual | {switch: False}}))
    assert any((told_of(case)[what] != without[what]).any() for what in PARTS)


@pytest.mark.parametrize("case", ["settings grow and shrink", "settings grow and shrink, half months"])
def test_newcomers_and_those_whom_nobody_follows_are_among_the_cases(case: str) -> None:
    weight, here = told_of(case)["weight"], told_of(case)["flows"][:, sector.FLOWS.index("here")]
    assert (weight[:PROVIDERS] == 0).any()
    assert (weight[PROVIDERS:] > 0).any()
    assert (weight[PROVIDERS:] == 0).any()
    assert here[0] == PROVIDERS * 1024
    assert (np.diff(here) > 0).any()
    assert (np.diff(here) < 0).any()


def test_councils_pay_where_nobody_pulls_a_lever() -> None:
    sums = told_of("a yearly return, half months")["sums"]
    assert (sums[1:, 0, sector.SUMS.index("paid by public")] > 0).all()


@pytest.mark.parametrize("providers", [50, 301, 2000, 18098, 18099, 18100, 40000])
def test_the_sample_is_drawn_as_described(providers: int) -> None:
    register, places = home().register(), home().geography()
    region = places.levels[-2].code[register.authority]
    rows, weights = sample(register, region, len(places.regions), providers, seed=5)
    drawn = sampled(providers, 5)
    assert drawn[0].tolist() == rows
    assert drawn[1].tolist() == weights


def test_the_mean_weight_is_what_a_provider_stands_for() -> None:
    parameters, policy, about = arguments(CASES["controls"])
    drawn = prepare(parameters, policy, **about | {"switches": about["switches"]._replace(entry=False)})
    prepared = prepare(parameters, policy, **about)
    assert prepared.frame.settled[0].represents == PlainSector(prepared, policy, drawn).represents


# A comparison proves something only if it can fail: each of these slips in the oracle must be noticed.
SLIPS: tuple[tuple[Any, str, str, str], ...] = (
    (draws, "stream", "step * GOLDEN", "(step + 1) * GOLDEN"),
    (equations, "performance", "rating + 2.0", "rating + 1.0"),
    (equations, "true_success", "0.7 + 0.3 * skill", "0.8 + 0.2 * skill"),
    (start.Start, "accounts", "1 - margin", "1 + margin"),
    (start.Start, "under_way", "+ np.log(np.maximum", "- np.log(np.maximum"),
    (schedule.Schedule, "strike", "1 - 0.9 * s", "1 - 0.8 * s"),
    (schedule.Schedule, "priorities", "goal - min", "goal + min"),
    (schedule.Schedule, "pull_levers", "/ len(paying)", ""),
    (provider.Provider, "hears", "one.observability", "(1.0 - one.observability)"),
    (provider.Provider, "exposure", "p.area_layer * x_R", "p.area_layer * x_S"),
    (provider.Provider, "looks", "lead + self.culture", "lead - self.culture"),
    (provider.Provider, "runs", "compliance_cost", "enforcement_value"),
    (provider.Provider, "closes_books", "income * step) + funded", "income * step)"),
    (provider.Provider, "looks", "1.0 + p.invited_looking", "2.0 + p.invited_looking"),
    (provider.Provider, "leaders_change", "0.25 * own.learning", "0.25 * self.learning"),
    (provider.Provider, "is_unsettled", "max(self.unrest_felt, unrest)", "unrest"),
    (provider.Provider, "value", "- cost - hindrance", "+ cost - hindrance"),
    (provider.Provider, "effective_capability", "own + own *", "own + "),
    (provider.Provider, "ends_pilot", "else ABANDONED", "else AWARE"),
    (provider.Provider, "abandonment", "1.0 + p.strain", "1.0 - p.strain"),
    (provider.Provider, "routine_hazard", "/ (1.0 + p.burden_delay", "* (1.0 + p.burden_delay"),
    (provider.Provider, "sustains", '"sustain", -1.0', '"sustain"'),
    (provider.Provider, "moves", "before != IMPLEMENTING", "before != AWARE"),
    (provider.Provider, "runs", "journey.stage == SUSTAINED", "False"),
    (provider.Provider, "learns", "(1.0 - one.codification)", "one.codification"),
    (provider.Provider, "follows_results", "heard * told_a", "heard * told_b"),
    (provider.Provider, "follows_results", "worked * right", "worked"),
    (provider.Provider, "grows", "self.learning *", "1.0 *"),
    (provider.Provider, "is_inspected", "tilted(FALLS[rating + 2], -better)", "tilted(FALLS[rating + 2], better)"),
    (provider.Provider, "closes_books", "around.price * filled", "around.fee * filled"),
    (provider.Provider, "aspires", "0.5 * own + 0.5 * mean", "own"),
    (provider.Provider, "opens", "p.imprinting *", "2.0 * p.imprinting *"),
    (provider.Provider, "opens", "theirs.stage != UNAWARE", "True"),
    (provider.Provider, "opens", "opened.innovation.registration", "0.0"),
    (provider.Provider, "is_replaced", "place.weight * whole(self.slack)", "0"),
    (provider.Provider, "comes", "self.id += NEXT_GENERATION", "pass"),
    (provider.Provider, "suits", "[self.place.ownership]", "[0]"),
    (provider.Provider, "paid_by_others", "* self.stance(journey)", ""),
    (provider.Provider, "setup", "one.setup_person * people", "0.0"),
    (provider.Provider, "running", "one.saving_person * people", "0.0"),
    (provider.Provider, "affords", "+ credit", ""),
    (provider.Provider, "ends_pilot", "AWARE if postponed", "ABANDONED if postponed"),
    (provider.Provider, "lapses", "-math.expm1(-hazard)", "model.chance(hazard / 12.0)"),
    (provider.Provider, "act", "hazard += p.debt_exit", "hazard += 0.0 * p.debt_exit"),
    (growth, "rates", "settings.index(setting)", "0"),
    (growth, "at_the_start", "/ 12", "/ 6"),
    (growth, "newcomers", " + u", ""),
    (schedule.Schedule, "leaves_a_gap", "12.0 *", "6.0 *"),
    (schedule.Schedule, "due", "+ month)", "+ month + 1)"),
    (start.Start, "whole_weights", "made[i] - exact[i]", "exact[i] - made[i]"),
    (start.Start, "exits", "closures[setting]", "closures[0]"),
    (start.Start, "after_long_use", "1.0 - p.evidence_memory", "1.0"),
    (start.Start, "after_long_use", "one.confirmed and", "not one.confirmed and"),
    (start.Start, "under_way", "min(p.start_exploring, used) * k", "min(p.start_exploring, used)"),
    (provider.Provider, "view", "p.asked_elsewhere", "0.0"),
    (partners, "judged", "p.rivalry_cost * rival", "0.0 * rival"),
    (partners, "parts", "ties - p.trust * trust", "ties + p.trust * trust"),
    (sector.PlainSector, "institute", "- p.burden_effect * M", "+ p.burden_effect * M"),
    (sector.PlainSector, "bring_in", "min(free", "max(free"),
)


def slipped(function: Callable[..., Any], right: str, wrong: str) -> Callable[..., Any]:
    """Return a function of the oracle with a piece of its text changed."""
    text = textwrap.dedent(inspect.getsource(function))
    assert text.count(right) >= 1, f"{function.__qualname__} no longer says {right!r}"
    made: dict[str, Any] = {}
    exec(text.replace(right, wrong), function.__globals__, made)
    changed: Callable[..., Any] = made[function.__name__]
    return changed


TOUCHY = {
    **BUSY,
    "attention": 1.0,
    "adoption_threshold": 0.0,
    "base_awareness": 0.002,
    "imitation": 0.3,
    "complexity_weight": 5.0,
    "goal_return": 0.2,
    "senior_turnover": 0.1,
    "manager_turnover": 0.1,
    "departure_shock": 5.0,
    "strain": 5.0,
    "grant_cliff": 5.0,
    "rating_tilt": 5.0,
    "rating_pull": 0.4,
    "sustain_hazard": 0.2,
    "slack": 0.0,
    "headroom": 0.1,
    "debt_exit": 0.1,
}
"""Numbers at which a slip soon changes what somebody decides."""
SMALL = arguments(
    {
        "parameters": TOUCHY,
        "conditions": STORMY._replace(net_entry=GROWING),
        "switches": {"origination": True},
        "innovations": (
            "dscr",
            returned(for_profit=0.3, third_sector=0.9, saving_person=2.0, setup_organisation=40000.0),
            "wellness_fad",
            "harmful_shortcut",
        ),
    }
)
SMALL[2].update(providers=120, months=12)


@cache
def small_engine() -> dict[str, np.ndarray]:
    """Return what the engine records of the run in which slips are looked for."""
    return engine(SMALL)


@pytest.mark.parametrize(("home", "name", "right", "wrong"), SLIPS, ids=[f"{one[1]}: {one[3]}" for one in SLIPS])
def test_a_slip_is_noticed(home: Any, name: str, right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = slipped(getattr(home, name), right, wrong)
    for place in (home, draws, equations, growth, partners, provider, schedule, sector, start):
        if hasattr(place, name):
            monkeypatch.setattr(place, name, changed)
    assert differing(told(SMALL, until=small_engine()), small_engine())


def test_without_a_slip_the_small_run_is_the_engines() -> None:
    assert not differing(told(SMALL), small_engine())
