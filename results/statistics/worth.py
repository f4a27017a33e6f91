"""What a person-month of full benefit may be worth: published anchors, and the share of one that it would need.

Nobody has measured what a person-month of full benefit is worth. Each anchor is what a public body pays, or takes as
the value of, a whole year at the top of its scale. So what a policy needs to break even is said as a share of that: a
person-month that must be worth GBP 500 must bring a fifth of a year's quality of life at GBP 30,000, each month.
"""

from __future__ import annotations

from typing import NamedTuple

from carespread.model import BadInputError

MONTHS_A_YEAR = 12


class Anchor(NamedTuple):
    """A published value of one year at the top of a scale of quality of life."""

    name: str
    unit: str
    low: float
    """GBP a year, in the prices of its own year."""
    high: float
    prices: str
    """The price year of its source; it is not uprated."""
    says: str
    source: str
    address: str
    scale: str
    """What the unit is a year at the top of, or a point of."""
    points: bool = False
    """Whether the unit is a point of the scale for a year."""

    def says_share(self, share: float) -> str:
        """Return a share of the unit in words, as what full benefit would have to add.

        >>> ANCHORS["ASCOT"].says_share(0.082)
        '8 % of the ASCOT scale of social care quality of life'
        """
        if self.points:
            return f"{share:.1g} points of {self.scale}"
        return f"{float(f'{100 * share:.1g}'):g} % of {self.scale}"

    @property
    def a_month(self) -> tuple[float, float]:
        """What one month would be worth, GBP, if full benefit were the whole scale: from, to.

        >>> ANCHORS["ASCOT"].a_month
        (2500.0, 2500.0)
        """
        return self.low / MONTHS_A_YEAR, self.high / MONTHS_A_YEAR


ANCHORS = {
    "ASCOT": Anchor(
        "quality of life in social care",
        "ASCOT year",
        30_000,
        30_000,
        "as published, 2015",
        "the threshold that the economics of a national guideline on home care took for a year of social care related"
        " quality of life",
        "NICE guideline NG21, Home care (2015), economic evidence; Forder, Malley, Towers and Netten (2013)",
        "https://www.nice.org.uk/guidance/ng21/evidence",
        "the ASCOT scale of social care quality of life",
    ),
    "NICE": Anchor(
        "health, as guidelines value it",
        "QALY",
        20_000,
        30_000,
        "nominal, unchanged since 1999",
        "the range within which guidelines call something good value; the range of GBP 25,000 to 35,000 of 2026 is for"
        " new medicines",
        "NICE, changes to cost-effectiveness thresholds (2026)",
        "https://www.nice.org.uk/what-nice-does/faqs/changes-to-nice-s-cost-effectiveness-thresholds",
        "full health",
    ),
    "Green Book": Anchor(
        "health, as society values it",
        "QALY",
        70_000,
        70_000,
        "2020-21",
        "what people are found willing to pay for a year in full health",
        "HM Treasury, The Green Book (2022), annex 1",
        "https://www.gov.uk/government/publications/the-green-book-appraisal-and-evaluation-in-central-government",
        "full health",
    ),
    "WELLBY": Anchor(
        "life satisfaction",
        "WELLBY",
        10_000,
        16_000,
        "2019",
        "one point of life satisfaction (of ten) for a year; 13,000 is the middle",
        "HM Treasury, Wellbeing guidance for appraisal (2021)",
        "https://www.gov.uk/government/publications/green-book-supplementary-guidance-wellbeing",
        "life satisfaction (0 to 10)",
        points=True,
    ),
}
"""By the name of the scale or body."""


def share_needed(worth: float, anchor: Anchor) -> float:
    """Return which share of an anchor's unit full benefit must bring for a person-month to be worth so much (GBP).

    At the upper end of the anchor, the least that is needed. Above 1 the anchor cannot carry it.

    >>> share_needed(500, ANCHORS["ASCOT"])
    0.2
    """
    if not worth >= 0:
        raise BadInputError(f"The worth is {worth}: it must be from 0 on, in GBP a person-month.")
    return worth * MONTHS_A_YEAR / anchor.high
