"""What the sources count: populations, denominators and definitions, declared before anything is scored.

A datum is compared with the quantity of the model that means the same. Where a definition changed, what is counted
under the new one stands higher or lower than the model's share by a step that nobody knows: it has a prior.
"""

from __future__ import annotations

from typing import NamedTuple


class Counted(NamedTuple):
    """Whom a source counts: the group of the model, and by what it may count them."""

    group: str
    """all, or dimension=level."""
    denominators: tuple[str, ...]


class Definition(NamedTuple):
    """By what rule a source calls something used."""

    says: str
    denominators: tuple[str, ...]
    first: str = "0000-00"
    """First month that is counted by it, YYYY-MM."""
    last: str = "9999-99"
    step: float = 0.0
    """By how much its counts stand above the model's share, as a share: mean of a normal prior."""
    spread: float = 0.0
    """Standard deviation of that prior: one draw for all that is counted by it."""


STARTED = "started sites"
"""The denominator of the stage pattern V19, which has no date: it holds for any month."""
DENOMINATORS = {"providers": "using_share", "sites": "site_share", "people": "people_share"}
"""What a source counts, and the quantity of the model that means the same."""
ANY = ("providers", "sites")
POPULATIONS = {
    "CQC-registered adult social care providers, England": Counted("all", ANY),
    "adult social care providers, England": Counted("all", ANY),
    "people receiving care, England": Counted("all", ("people",)),
    "homecare services, England": Counted("setting=homecare", ANY),
    "care homes with nursing, England": Counted("setting=nursing", ANY),
    "care homes without nursing, England": Counted("setting=residential", ANY),
    "other community services, England": Counted("setting=community", ANY),
    "208 sites that started a hard programme": Counted("all", (STARTED,)),
}
DEFINITIONS = {
    "records-2021": Definition(
        "digital social care records as the programme first estimated them", ("providers", "people"), last="2025-01"
    ),
    "records-2025": Definition(
        "digital social care records as estimated since 6 February 2025 (S018): locations, reissued from July 2024",
        ("sites",),
        first="2024-07",
        step=0.03,
        spread=0.03,
    ),
    "standards-published": Definition("locations that have published standards of the toolkit", ("sites",)),
    "in-use": Definition("in use, as the model counts it", tuple(DENOMINATORS)),
    "stage-pattern": Definition("reached a stage of a hard programme (S186)", (STARTED,)),
}
