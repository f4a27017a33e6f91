"""Shocks (18): what strikes the sector, when, how hard and whom; each is a few moves of what surrounds providers."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from .declare import BadInputError, Number, checked_value, entries

ASSUMED = "assumption"
COUNCILS_FOLLOW, PEOPLE_FOLLOW = (12, 0.6), (3, 0.9)
"""Months after which fees follow wages, and share of the cost that they make up for: councils' fees lag (S175; the
numbers are assumptions)."""


# fmt: off
class Shocks(NamedTuple):
    """Every kind of shock with the range of its strength; the default is that of a scenario that does not say."""

    pandemic: Annotated[float, Number("", "severity", 0, 1, "(18)", "D", "S025, S164: readiness rose across the pandemic; a roll-out planned for 24 months took 14")] = 1.0
    """Working apart becomes worth more, rules and set-up costs are cut, inspections stop, staff leave and reserves drain."""
    wage_step: Annotated[float, Number("", "share of wages", 0, 0.5, "(18)", "B", "S171: the National Living Wage rose 6.7 % in April 2025")] = 0.067
    """Wages rise for good; fees follow late and in part."""
    national_insurance: Annotated[float, Number("", "share of wages", 0, 0.5, "(18)", "D", "S122: 940 million pounds a year over the sector's wage bill, about 3 %")] = 0.03
    """Employers' contributions rise for good; fees follow late and in part."""
    insolvency: Annotated[float, Number("", "severity", 0, 1, "(18)", "D", ASSUMED)] = 1.0
    """Local authorities run out of money: fees fall by 10 %, and they ask for half as much."""
    supplier_failure: Annotated[float, Number("", "share of successes", 0, 1, "(18)", "D", ASSUMED)] = 0.8
    """A supplier fails, or a cyber incident stops an innovation: so much less works."""
    immigration: Annotated[float, Number("", "severity", 0, 1, "(18)", "B", "S093: vacancies peaked at 10.5 % against 7.0 % now; the effect on turnover is an assumption")] = 1.0
    """A route to care work from abroad closes: vacancies rise by 3.5 points, turnover by 15 %."""
    inspection_change: Annotated[float, Number("", "severity", 0, 1, "(18)", "D", "S160, S162: fewer inspections and less trust in them under a new method; the size is an assumption")] = 1.0
    """The regulator changes its method: half as many inspections, and half of them tell nothing."""
# fmt: on


AGAINST_ONE = ("supplier_failure",)
"""Shocks that strike one innovation."""
LASTING = ("wage_step", "national_insurance")
"""Shocks that may strike again on top of themselves."""
FOR_ALL = ("pandemic",)
"""Shocks that strike everybody, whoever is named: they move what the whole sector thinks of innovations."""


class Shock(NamedTuple):
    """One shock."""

    kind: str
    start: str
    """First month, YYYY-MM."""
    strength: float | None = None
    """None is the declared one."""
    end: str | None = None
    """Last month, YYYY-MM; None is the run's last."""
    group: str = "all"
    innovation: str | None = None


def checked_strength(shock: Shock) -> float:
    """Return how hard a shock strikes, or refuse it."""
    known = entries(Shocks)
    strength = known[shock.kind].default if shock.kind in known and shock.strength is None else shock.strength
    return float(checked_value(known, shock.kind, strength, "shock"))


def check_target(shock: Shock, innovations: list[str] | None) -> None:
    """Refuse a shock whose target cannot be."""
    if (shock.kind in AGAINST_ONE) != (shock.innovation is not None):
        wanted = "needs an innovation" if shock.kind in AGAINST_ONE else "strikes providers, not one innovation"
        raise BadInputError(f"The shock {shock.kind} {wanted}.")
    if shock.innovation is not None and innovations is not None and shock.innovation not in innovations:
        raise BadInputError(
            f"The shock {shock.kind} names the innovation {shock.innovation!r}, which is not in the run."
        )
    if shock.kind in (*FOR_ALL, *AGAINST_ONE) and shock.group != "all":
        raise BadInputError(
            f"The shock {shock.kind} strikes the whole sector: the group is {shock.group!r}, not 'all'."
        )


def strike(
    kind: str,
    strength: float,
    when: slice,
    whom: np.ndarray,
    which: np.ndarray,
    around: np.ndarray,
    regime: np.ndarray,
    remote: np.ndarray,
    labour: float,
    step: float,
) -> None:
    """Move what surrounds providers in the steps `when`: `around` (T, C) for the cells `whom` (C, 0 or 1), `regime`
    (T, J) for the innovations `which` (J, 0 or 1); `remote` (J,) says how far each lets people work apart.
    """
    s = strength * whom
    if kind == "pandemic":
        better = regime["advantage"][when] + strength * remote * (1 - regime["advantage"][when])
        regime["advantage"][when] = better
        regime["burden_cut"][when] = np.maximum(regime["burden_cut"][when], 0.5 * strength)
        regime["cost_cut"][when] = np.maximum(regime["cost_cut"][when], 0.3 * strength)
        around["drain"][when] += 0.05 * s
        around["turnover"][when] *= 1 + 0.3 * s
        around["vacancy"][when] = np.minimum(0.3, around["vacancy"][when] + 0.02 * s)
        around["inspection"][when] *= 1 - 0.9 * s
    elif kind in ("wage_step", "national_insurance"):
        around["wage"][when] *= 1 + s
        for name, (late, share) in (("fee", COUNCILS_FOLLOW), ("price", PEOPLE_FOLLOW)):
            around[name][slice(when.start + round(late / step), when.stop)] *= 1 + share * labour * s
    elif kind == "insolvency":
        around["fee"][when] *= 1 - 0.1 * s
        around["stance"][when] *= 1 - 0.5 * s
    elif kind == "supplier_failure":
        regime["outage"][when] = np.maximum(regime["outage"][when], strength * which)
    elif kind == "immigration":
        around["vacancy"][when] = np.minimum(0.3, around["vacancy"][when] + 0.035 * s)
        around["turnover"][when] *= 1 + 0.15 * s
    else:  # inspection_change
        around["inspection"][when] *= 1 - 0.5 * s
        around["noise"][when] = np.maximum(around["noise"][when], 0.5 * s)
