"""What an innovation is, and the library of innovations in `data/innovations/`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, field_validator

from carespread.refusal import shown

from .declare import GRADES, BadInputError, Number, checked_value, entries, nearest
from .files import Strict, checked_stem, read_toml
from .parameters import Parameters
from .population.country import home
from .randomness import innovation_key
from .state import INNOVATION, blank
from .switches import Switches

CAPABILITIES = ("practice", "digital", "change", "commercial")
LOCAL_NAMES = ("local_1", "local_2", "local_3", "local_4")
"""Innovations that staff may bring into a run; what they come up with beyond is counted, and stays where it is."""
PRIORITIES = ("safety", "independence", "workforce", "cost")
DEFAULT = ("dscr", "dspt", "acoustic_monitoring", "electronic_medication_records")
"""What a run is about that names none; see `usual_innovations`."""


class Attributes(NamedTuple):
    """The attributes of one innovation; each value of a file stands beside its source and grade."""

    success: Annotated[float, Number("theta_j", "share", 0, 1, "(10)(11)", "D", "file")] = 0.6
    """Share of trials in which it works, when fully fitted and skilled."""
    former_success: Annotated[float, Number("theta_0j", "share", 0, 1, "(19)", "D", "file")] = 0.5
    """The same for the practice that it replaces."""
    safety: Annotated[float, Number("e_j", "share", 0, 1, "(6)(15)", "D", "file")] = 0.5
    """Advantage for safety."""
    independence: Annotated[float, Number("e_j", "share", 0, 1, "(6)(15)", "D", "file")] = 0.5
    """Advantage for independence."""
    workforce: Annotated[float, Number("e_j", "share", 0, 1, "(6)(15)", "D", "file")] = 0.5
    """Advantage for the workforce."""
    cost: Annotated[float, Number("e_j", "share", 0, 1, "(6)(15)", "D", "file")] = 0.5
    """Advantage for cost."""
    benefit: Annotated[float, Number("ben_j", "share", 0, 1, "(19)", "D", "file")] = 0.2
    """Benefit to a person served when it works, as a share of full benefit."""
    complexity: Annotated[float, Number("X_j", "share", 0, 1, "(6)(8)", "D", "file")] = 0.5
    """How hard it is to understand and use (Rogers)."""
    compatible_nursing: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with care homes with nursing."""
    compatible_residential: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with care homes without nursing."""
    compatible_homecare: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with homecare."""
    compatible_community: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with other community services."""
    needs_connection: Annotated[float, Number("", "share", 0, 1, "(6)", "D", "file")] = 0.0
    """How much it needs a good connection."""
    trialability: Annotated[float, Number("T_j", "share", 0, 1, "(6)(7)", "D", "file")] = 0.5
    """How far it can be tried before it is bought (Rogers)."""
    observability: Annotated[float, Number("O_j", "share", 0, 1, "(2)", "D", "file")] = 0.5
    """How visible its use is to others (Rogers)."""
    adaptability: Annotated[float, Number("ad_j", "share", 0, 1, "(11)", "D", "file")] = 0.5
    """How far it can be fitted to a provider without losing what makes it work (re-invention, Rogers)."""
    codification: Annotated[float, Number("cod_j", "share", 0, 0.7, "(12)", "D", "file")] = 0.35
    """Share of the skill that stays when staff leave: written down or built into the tool."""
    remote: Annotated[float, Number("", "share", 0, 1, "(18)", "D", "file")] = 0.0
    """How far it lets people work without meeting: what a pandemic makes more valuable."""
    prior_trials: Annotated[float, Number("nu_0", "trials", 0.1, 500, "(10)", "D", "file")] = 10.0
    """Strength of what is believed at first, in trials."""
    prior_mean: Annotated[float, Number("mu_0", "share", 0.01, 0.99, "(10)", "D", "file")] = 0.6
    """What is believed of its success at first; it may be wrong."""
    setup_organisation: Annotated[float, Number("C0_j", "GBP", 0, 1e7, "(6)(19)", "D", "file")] = 0.0
    """Set-up cost for the organisation, 2025 prices."""
    setup_site: Annotated[float, Number("C1_j", "GBP/site", 0, 1e7, "(6)(19)", "D", "file")] = 0.0
    """Set-up cost for each site, 2025 prices."""
    running_cost: Annotated[float, Number("", "GBP/site-month", 0, 1e6, "(8)(19)", "D", "file")] = 0.0
    """Running cost of a site, 2025 prices."""
    saving: Annotated[float, Number("", "GBP/site-month", 0, 1e6, "(8)(19)", "D", "file")] = 0.0
    """Saving at a site once it is routine, 2025 prices."""
    setup_person: Annotated[float, Number("C2_j", "GBP/person", 0, 1e5, "(6)(19)", "D", "file")] = 0.0
    """Set-up cost for each person served, 2025 prices: licences and training go by people."""
    running_person: Annotated[float, Number("", "GBP/person-month", 0, 1e5, "(8)(19)", "D", "file")] = 0.0
    """Running cost for each person served, 2025 prices."""
    saving_person: Annotated[float, Number("", "GBP/person-month", 0, 1e5, "(8)(19)", "D", "file")] = 0.0
    """Saving for each person served once it is routine, 2025 prices: time of staff goes by people."""
    council_share: Annotated[float, Number("", "share", 0, 1, "(6)(19)", "D", "file")] = 0.0
    """Share of its costs and savings that the local authority bears; of the set-up cost as far as it wants it."""
    burden: Annotated[float, Number("B_0j", "share", 0, 1, "(6)(8)", "D", "file")] = 0.2
    """Regulatory burden in the central regime."""
    lock_in: Annotated[float, Number("lock_j", "share", 0, 0.99, "(8)", "D", "file")] = 0.2
    """How hard it is to leave once in use."""
    abandonment: Annotated[float, Number("", "ratio", 0, 3, "(8)", "D", "file")] = 1.0
    """Multiplier of the sustain hazard of a hard programme."""
    pilot_pace: Annotated[float, Number("", "ratio", 0.1, 20, "(7)", "D", "file")] = 1.0
    """How many times as fast a pilot ends as that of a hard programme."""
    implementation_pace: Annotated[float, Number("", "ratio", 0.1, 20, "(8)", "D", "file")] = 1.0
    """How many times as fast it becomes routine as a hard programme."""
    lapse: Annotated[float, Number("lapse_j", "/year", 0, 10, "(8d)", "D", "file")] = 0.0
    """Hazard that a yearly return is not renewed, for a user with base value; only with a renewal month."""
    registration: Annotated[float, Number("", "share", 0, 1, "(19e)", "D", "file")] = 0.0
    """Share of those who open a provider that begin with it because registration asks for it."""
    for_profit: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with for-profit organisations, times that with the setting."""
    third_sector: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with organisations of the third sector."""
    public: Annotated[float, Number("comp", "share", 0, 1, "(6)", "D", "file")] = 1.0
    """Compatibility with public organisations."""


JUDGED: dict[str, tuple[str, ...]] = {
    "judged_success": ("success",),
    "judged_former_success": ("former_success",),
    "judged_advantage": PRIORITIES,
    "judged_benefit": ("benefit",),
    "judged_complexity": ("complexity",),
    "judged_compatibility": (
        "compatible_nursing", "compatible_residential", "compatible_homecare", "compatible_community", "for_profit",
        "third_sector", "public",
    ),
    "judged_connection": ("needs_connection",),
    "judged_trialability": ("trialability",),
    "judged_observability": ("observability",),
    "judged_adaptability": ("adaptability",),
    "judged_codification": ("codification",),
    "judged_belief": ("prior_mean",),
    "judged_belief_strength": ("prior_trials",),
    "judged_setup_cost": ("setup_organisation", "setup_site", "setup_person"),
    "judged_running_cost": ("running_cost", "running_person"),
    "judged_saving": ("saving", "saving_person"),
    "judged_council_share": ("council_share",),
    "judged_burden": ("burden",),
    "judged_lock_in": ("lock_in",),
    "judged_remote": ("remote",),
    "judged_pace": ("pilot_pace", "implementation_pace"),
    "judged_lapse": ("lapse",),
}  # fmt: skip
"""Which attributes a parameter multiplies (20)."""
SPREAD = {"A": 1.1, "B": 1.25, "C": 1.5, "D": 2.0}
"""Factor, either way, within which 95 % of what a value of this grade may be lies."""

LATER = (
    "setup_person", "running_person", "saving_person", "council_share", "pilot_pace", "implementation_pace", "lapse",
    "registration", "for_profit", "third_sector", "public",
)  # fmt: skip
"""Attributes that a file may leave out: they then have their defaults, which change nothing."""


class Grounded(Strict):
    """A value beside its ground."""

    value: float
    grade: str
    source: str = Field(min_length=1)
    note: str = ""

    @field_validator("grade")
    @classmethod
    def _known_grade(cls, grade: str) -> str:
        if grade not in GRADES:
            raise ValueError(f"the evidence grade is {grade!r}: it must be one of {', '.join(GRADES)}")
        return grade


class StartingShare(Grounded):
    """The share that used the innovation at a date."""

    date: str
    population: Literal["all", "homecare"] = "all"
    measure: Literal["providers", "sites"] = "providers"

    @field_validator("value")
    @classmethod
    def _share(cls, value: float) -> float:
        if not 0 <= value <= 1:
            raise ValueError(f"the starting share is {value:g}: it must be from 0 to 1")
        return value

    @field_validator("date")
    @classmethod
    def _month(cls, text: str) -> str:
        return month_text(text)


class InnovationFile(Strict):
    """The file of one innovation."""

    title: str = Field(min_length=1)
    says: str = Field(min_length=1)
    journey_type: Literal["system", "social innovation", "business model"]
    control: bool = False
    start: str = "2000-01"
    capability: Literal["practice", "digital", "change", "commercial"]
    attributes: dict[str, Grounded]
    reputation: Literal["given", "confirmed"] = "given"
    """Whether what is believed at first is the file's `prior_mean`, or what users of long standing find."""
    renewal_month: int | None = None
    """Calendar month by whose end a yearly return is due."""
    starting_share: list[StartingShare] = Field(min_length=1)

    @field_validator("start")
    @classmethod
    def _month(cls, text: str) -> str:
        return month_text(text)

    @field_validator("renewal_month")
    @classmethod
    def _calendar_month(cls, given: int | None) -> int | None:
        if given is not None and not 1 <= given <= 12:
            raise ValueError(f"the renewal month is {given}: it must be from 1 to 12")
        return given

    @field_validator("attributes")
    @classmethod
    def _declared(cls, given: dict[str, Grounded]) -> dict[str, Grounded]:
        known = entries(Attributes)
        for name, ground in given.items():
            checked_value(known, name, ground.value, "attribute")
        missing = [name for name in known if name not in given and name not in LATER]
        if missing:
            raise ValueError(f"the attribute {missing[0]!r} is missing: every attribute is given with its source")
        return given


class Own(NamedTuple):
    """Numbers that an innovation has of its own, such as fitted ones; None is the sector's parameter of this name."""

    base_awareness: float | None = None
    imitation: float | None = None
    sustain_hazard: float | None = None
    start_aware: float | None = None
    attention: float | None = None


class Innovation(NamedTuple):
    """One innovation, as read and checked."""

    name: str
    file: InnovationFile
    attributes: Attributes
    local: bool = False
    """Whether it does not exist until staff of a provider come up with it (17)."""
    own: Own = Own()


def number_of(name: str, innovation: Innovation, parameters: Parameters) -> float:
    """Return what holds for an innovation: its own number, or the sector's."""
    own: float | None = getattr(innovation.own, name)
    return float(getattr(parameters, name)) if own is None else own


def judged(innovations: tuple[Innovation, ...], parameters: Parameters) -> tuple[Innovation, ...]:
    """Return the innovations as they are if the judgement of their files errs by the parameters `judged_*` (20).

    A share's odds are multiplied, anything else itself, by m^(log SPREAD[grade] / log 2): the better the grade, the
    less. What is 0, or a share of 1, stays. Controls are what they are said to be.

    >>> dscr = library()["dscr"]
    >>> judged((dscr,), Parameters.of(judged_complexity=2.0))[0].attributes.complexity > dscr.attributes.complexity
    True
    """
    errors = {name: getattr(parameters, name) for name in JUDGED if getattr(parameters, name) != 1.0}
    if not errors:
        return innovations
    known = entries(Attributes)
    made = []
    for one in innovations:
        changes = {}
        for judgement, error in () if one.file.control else errors.items():
            for name in JUDGED[judgement]:
                value, ground, about = getattr(one.attributes, name), one.file.attributes.get(name), known[name].about
                if ground is None or value == 0.0 or (about.unit == "share" and value == 1.0):
                    continue
                factor = error ** (math.log(SPREAD[ground.grade]) / math.log(SPREAD["D"]))
                moved = factor * value
                if about.unit == "share":
                    moved /= 1.0 - value + moved
                changes[name] = min(max(moved, about.low), about.high)
        made.append(one._replace(attributes=one.attributes._replace(**changes)))
    return tuple(made)


def originals(innovations: tuple[Innovation, ...], seed: int) -> tuple[Innovation, ...]:
    """Return what staff may come up with in a run (17): in turn a variant near one of the run's innovations, and
    something fresh; nobody knows beforehand whether it is good.
    """
    made = []
    for number, name in enumerate(LOCAL_NAMES):
        rng = np.random.default_rng([seed, innovation_key(f"original {number}") % 2**32])
        parent = sorted(innovations, key=lambda one: innovation_key(one.name))[rng.integers(len(innovations))]
        near = parent.attributes
        fresh = number % 2 == 1
        success = rng.uniform(0.2, 0.8) if fresh else float(np.clip(near.success + rng.normal(0, 0.1), 0, 1))
        changes: dict[str, float] = {"success": success, "prior_mean": 0.5, "prior_trials": 4.0}
        if fresh:
            changes |= {name: rng.uniform(0, 1) for name in (*PRIORITIES, "complexity", "observability")}
        nobody = [StartingShare(value=0.0, grade="D", source="assumption", date="2000-01")]
        file = parent.file.model_copy(
            update={
                "title": f"local innovation {number + 1}",
                "says": "What staff came up with: " + ("something new." if fresh else f"a variant of {parent.name}."),
                "starting_share": nobody,
                "start": "2000-01",
                "reputation": "given",  # nobody has used it
            }
        )
        made.append(Innovation(name, file, near._replace(**changes), local=True))
    return tuple(made)


def month_text(text: str) -> str:
    """Return a month as YYYY-MM, or refuse it."""
    try:
        return date.fromisoformat(f"{text}-01").strftime("%Y-%m")
    except ValueError:
        raise BadInputError(f"the month is {shown(text)}: it must read YYYY-MM, such as 2026-01.") from None


def is_reserved(name: str) -> bool:
    """Return whether a column of the results would have two meanings if an innovation had this name.

    Columns end in an innovation's name, or in "all" for the sector; "using_share_start_x" is the start of "x".
    """
    return name == "all" or name.endswith("_all") or name.startswith("start_") or name in LOCAL_NAMES


def read_innovation(path: Path) -> Innovation:
    """Return the innovation of a file; its name is the file's."""
    name = checked_stem("innovation", path, is_reserved)
    file = read_toml(path, InnovationFile)
    return Innovation(name, file, Attributes(**{name: ground.value for name, ground in file.attributes.items()}))


def usual_innovations() -> tuple[str, ...]:
    """Return what a run is about that names no innovation: the usual ones that the country has, or all of its own."""
    return tuple(name for name in DEFAULT if name in library()) or tuple(library())


def library() -> dict[str, Innovation]:
    """Return every innovation of the country's library, by name."""
    return _read(home().innovations)


@cache
def _read(folder: Path) -> dict[str, Innovation]:
    """Return every innovation of a folder, by name."""
    return {path.stem: read_innovation(path) for path in sorted(folder.glob("*.toml"))}


def find(names: Any) -> tuple[Innovation, ...]:
    """Return innovations by name, by path to a file, or as they are; an unknown or repeated one is refused."""
    found: list[Innovation] = []
    several = (names,) if isinstance(names, (str, Path, Innovation)) else names
    if not isinstance(several, Iterable) or isinstance(several, Mapping):
        raise TypeError(f"innovations is {shown(names)}: it must be names, paths or innovations.")
    for name in several:
        if isinstance(name, Innovation):
            found.append(name)
        elif str(name).endswith(".toml"):
            found.append(read_innovation(Path(name)))
        elif name in library():
            found.append(library()[name])
        else:
            raise BadInputError(f"Unknown innovation {shown(name)}: {nearest(str(name), library())}")
    if not found:
        raise BadInputError("No innovation was named: at least one is needed.")
    names_found = [innovation.name for innovation in found]
    twice = next((name for name in names_found if names_found.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"The innovation {twice!r} was named twice: once is enough.")
    return tuple(found)


def records(innovations: tuple[Innovation, ...], parameters: Parameters, switches: Switches) -> np.ndarray:
    """Return the innovations as the kernel reads them, records INNOVATION of shape (J,) in the order given."""
    made = blank(INNOVATION, len(innovations))
    for row, innovation in zip(made, innovations, strict=True):
        attributes = innovation.attributes
        for name in set(INNOVATION.names or ()) & set(Attributes._fields):
            row[name] = getattr(attributes, name)
        row["key"] = innovation_key(innovation.name)
        row["base_awareness"] = number_of("base_awareness", innovation, parameters)
        row["imitation"] = number_of("imitation", innovation, parameters)
        row["attention"] = number_of("attention", innovation, parameters)
        row["base_abandonment"] = number_of("sustain_hazard", innovation, parameters) * attributes.abandonment
        row["compatibility"] = compatibility(innovation).ravel()
        for rate, pace in (("pilot_rate", "pilot_pace"), ("implementation_rate", "implementation_pace")):
            row[rate] = getattr(parameters, rate) * (getattr(attributes, pace) if switches.pace else 1.0)
        row["capability"] = CAPABILITIES.index(innovation.file.capability)
        row["prior_successes"] = attributes.prior_mean * attributes.prior_trials
        row["prior_failures"] = (1 - attributes.prior_mean) * attributes.prior_trials
    return made


def compatibility(innovation: Innovation) -> np.ndarray:
    """Return how far an innovation suits each setting and owner (k), shape (4, 3), in the order of the country's."""
    of = innovation.attributes
    settings = of.compatible_nursing, of.compatible_residential, of.compatible_homecare, of.compatible_community
    return np.outer(settings, (of.for_profit, of.third_sector, of.public))


def advantages(innovations: tuple[Innovation, ...]) -> np.ndarray:
    """Return the advantage vector e of each innovation, shape (J, 4), in the order of PRIORITIES."""
    return np.array([[getattr(one.attributes, name) for name in PRIORITIES] for one in innovations])
