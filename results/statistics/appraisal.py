"""Appraisal as HM Treasury's Green Book asks for it: pure functions on yearly sums by payer and part.

Arrays hold differences from doing nothing, in GBP at `PRICES` or in person-months, the years last: (..., years).
Nothing is run anew: rates, optimism bias, take-up, delay and unit costs act on what the runs have added up. So take-up
and delay are first approximations (half of the take-up gives half of cost and gain), on top of those of the runs.

No package does this: numpy-financial has `npv` for one series and one rate, and its documented examples are tests here.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from carespread.model import BadInputError

from ..arrays import Floats

PRICES = 2025
"""The price year of everything in GBP: real prices, general inflation taken out."""
PUBLIC, PROVIDER = "public", "provider"
PAYERS = {
    "cost_setup_public": PUBLIC, "cost_running_public": PUBLIC, "cost_wages_public": PUBLIC,
    "cost_administration": PUBLIC, "cost_setup_provider": PROVIDER, "cost_running_provider": PROVIDER,
    "cost_wages_provider": PROVIDER, "cost_compliance": PROVIDER,
}  # fmt: skip
"""Who pays each part, where the runs tell parts apart."""
TOTALS = {"cost_public": PUBLIC, "cost_provider": PROVIDER}
"""Who pays what, where they do not."""
HANDED_ON = ("cost_setup_public", "cost_running_public", "cost_wages_public")
"""Public money that providers receive, or that pays their prices: no programme that could cost more than planned."""
COST_RATE, BENEFIT_RATE = 0.035, 0.015
"""A year, real: the social time preference rate, and that of effects on health and wellbeing (Green Book, annex 6; the
3.5 % holds for 30 years, longer than any scenario that ships). A review of the rates reported on 30 June 2026."""
OPTIMISM_BIAS = 0.2
"""Share by which a programme's cost is taken to be underestimated (assumption, grade D)."""
UNIT_COST_FACTOR = 2.0
"""95 % of unit costs lie within this factor of what is declared (assumption, grade D)."""
ELASTICITY = 1.3
"""Of the marginal utility of income, for distributional weights (Green Book, annex 3)."""
CLASSES = ((1.0, "poor"), (1.5, "low"), (2.0, "medium"), (4.0, "high"), (math.inf, "very high"))
"""Value-for-money classes by benefit-cost ratio (Department for Transport, Value for money framework, 2015)."""
NOT_ASSESSED = "not assessed"
TAIL = 0.025
MONTHS = 12
RATES = (0.0, 0.2)
Spread = tuple[float, float]
"""From, to: a number that every draw has of its own."""


class Assumptions(NamedTuple):
    """What an appraisal assumes beside the runs."""

    cost_rate: float = COST_RATE
    """Discount rate of costs, 1/year."""
    benefit_rate: float = BENEFIT_RATE
    """Discount rate of benefits, 1/year."""
    optimism_bias: float = OPTIMISM_BIAS
    """Share added to public money that is not handed on, 0 to 1."""
    take_up: float | Spread = 1.0
    """Share of the effect and cost of the runs that comes about, 0 to 1; a range is drawn from, all of it as likely."""
    delay: int | Spread = 0
    """Whole years by which benefits come later than in the runs; costs do not. Years of a range are as likely."""
    weight: float = 1.0
    """Distributional weight of the benefits: what is weighted stands beside what is not. 1 is none."""

    @property
    def ranges(self) -> tuple[str, ...]:
        """Names of what is drawn anew with every draw."""
        return tuple(name for name in ("take_up", "delay") if isinstance(getattr(self, name), Sequence))

    @property
    def middle(self) -> Assumptions:
        """The same with the middle of each range in its place."""
        return self._replace(take_up=self.middle_take_up, delay=round(float(np.mean(self.delay))))

    @property
    def middle_take_up(self) -> float:
        """Take-up, the middle of its range where it has one."""
        return float(np.mean(self.take_up))


class Accounts(NamedTuple):
    """Who pays, each of shape (..., years)."""

    public: Floats
    provider: Floats
    handed_on: Floats
    """The part of `public` that providers receive, or that pays their prices; 0 where the runs do not tell it apart."""

    @property
    def total(self) -> Floats:
        """Public and provider cost."""
        return self.public + self.provider


class Appraised(NamedTuple):
    """One option against doing nothing, draw by draw, each of shape (draws,): present values."""

    outcome: Floats
    """Person-months of full benefit."""
    programme: Floats
    """Public money that is not handed on, GBP."""
    handed_on: Floats
    """Public money that is handed on, GBP."""
    provider: Floats
    """What providers pay, GBP."""
    uses: Floats
    """Uses of an innovation by an organisation at the end; not discounted."""
    sites: Floats
    """The same by sites."""

    @property
    def public(self) -> Floats:
        """Public cost, GBP."""
        return self.programme + self.handed_on

    @property
    def total(self) -> Floats:
        """Public and provider cost, GBP."""
        return self.public + self.provider


def payers_of(columns: Collection[str]) -> dict[str, str]:
    """Return who pays each part that is there: parts where all are there, whole accounts otherwise.

    >>> payers_of(["cost_public", "cost_provider", "outcome"])
    {'cost_public': 'public', 'cost_provider': 'provider'}
    """
    return dict(PAYERS if all(name in columns for name in PAYERS) else TOTALS)


def accounts(yearly: Mapping[str, ArrayLike], payers: Mapping[str, str] | None = None) -> Accounts:
    """Return public and provider cost from yearly sums by part, in the unit of the sums.

    `payers` says who pays each part; `payers_of` finds it if not given. Raises BadInputError where a part is missing.

    >>> accounts({"cost_public": [3.0, 1.0], "cost_provider": [-1.0, 2.0]}).total.tolist()
    [2.0, 3.0]
    """
    known = payers_of(yearly) if payers is None else payers
    missing = [name for name in known if name not in yearly]
    if missing:
        raise BadInputError(f"The yearly sums hold no {missing[0]}: parts that are paid are {', '.join(known)}.")

    def sums(names: Sequence[str]) -> Floats:
        parts = [np.asarray(yearly[name], float) for name in names]
        return np.sum(parts, axis=0) if parts else np.zeros_like(np.asarray(next(iter(yearly.values())), float))

    by_payer = {who: sums([name for name, payer in known.items() if payer == who]) for who in (PUBLIC, PROVIDER)}
    return Accounts(by_payer[PUBLIC], by_payer[PROVIDER], sums([name for name in HANDED_ON if name in known]))


def checked_rate(rate: float) -> float:
    """Return a discount rate, or refuse one that is not from 0 to 20 % a year."""
    low, high = RATES
    if not low <= rate <= high:
        raise BadInputError(f"The discount rate is {rate}: it must be from {low:g} to {high:g} a year.")
    return rate


def present(yearly: ArrayLike, rate: float) -> Floats:
    """Return present values: the first year is not discounted, as in the Green Book. Unit: that of the sums.

    Raises BadInputError on a rate beyond 0 to 0.2 a year.

    >>> round(float(present([-40_000, 5_000, 8_000, 12_000, 30_000], 0.08)), 5)
    3065.22267
    """
    values = np.asarray(yearly, float)
    return np.asarray(values @ (1 + checked_rate(rate)) ** -np.arange(values.shape[-1], dtype=float))


def in_prices(value: float, index: Mapping[int, float], of: int, to: int = PRICES) -> float:
    """Return GBP of the prices of year `of` in those of year `to`, by a price index such as the GDP deflator.

    >>> in_prices(100.0, {2020: 80.0, 2025: 100.0}, of=2020)
    125.0
    """
    for year in (of, to):
        if year not in index:
            raise BadInputError(f"The price index has no {year}: it holds {', '.join(map(str, sorted(index)))}.")
    return value * index[to] / index[of]


def by_year(monthly: ArrayLike) -> Floats:
    """Return sums by year, shape (..., years), of months, shape (..., months + 1): the first lies before the start.

    A last year that is not whole counts as a year.

    >>> by_year(np.ones(1 + 14)).tolist()
    [12.0, 2.0]
    """
    values = np.asarray(monthly, float)[..., 1:]
    return np.asarray(np.add.reduceat(values, np.arange(0, values.shape[-1], MONTHS), axis=-1))


def delayed(yearly: ArrayLike, years: ArrayLike) -> Floats:
    """Return yearly sums that come whole `years` later, one number or one a draw; what falls behind the last year is
    lost.

    >>> delayed([5.0, 3.0, 1.0], 1).tolist()
    [0.0, 5.0, 3.0]
    >>> delayed([[5.0, 3.0], [5.0, 3.0]], [0, 1]).tolist()
    [[5.0, 3.0], [0.0, 5.0]]
    """
    values, late = np.asarray(yearly, float), np.asarray(years, int)
    if (late < 0).any():
        raise BadInputError(f"The delay is {late.min()}: it must be from 0 years on.")
    late = late.reshape(late.shape + (1,) * (values.ndim - late.ndim))  # draws come first, years last
    from_year = np.broadcast_to(np.arange(values.shape[-1]) - late, values.shape)
    return np.where(from_year >= 0, np.take_along_axis(values, np.maximum(from_year, 0), axis=-1), 0.0)


def unit_cost_factors(levers: Sequence[str], draws: int, seed: int = 1) -> dict[str, Floats]:
    """Return factors of unit costs by lever, each of shape (draws,): log-normal with median 1.

    A lever's factor of one draw depends on its name, the draw and the seed only, so every option has the same.

    >>> factors = unit_cost_factors(["training", "grant"], 3)
    >>> bool((factors["training"] == unit_cost_factors(["training"], 3)["training"]).all())
    True
    """
    spread = math.log(UNIT_COST_FACTOR) / 1.959964
    return {
        name: np.exp(spread * np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal(draws))
        for name in levers
    }


def drawn(assumed: Assumptions, draws: int, seed: int = 1) -> dict[str, Floats]:
    """Return take-up (share) and delay (whole years) of every draw, each of shape (draws,); the same for every option.

    Uniform over the range, one draw in each of as many equal parts of it (Latin hypercube).

    >>> drawn(Assumptions(delay=(0, 2)), 3)["delay"].sum()
    np.float64(3.0)
    """

    def shares(name: str) -> Floats:
        random = np.random.default_rng([seed, zlib.crc32(name.encode())])
        return np.asarray((random.permutation(draws) + random.random(draws)) / draws)

    take_up, delay = (np.broadcast_to(np.asarray(one, float), 2) for one in (assumed.take_up, assumed.delay))
    return {
        "take_up": take_up[0] + (take_up[1] - take_up[0]) * shares("take-up"),
        "delay": delay[0] + np.floor((delay[1] - delay[0] + 1) * shares("delay")),
    }


def distributional_weight(income: float, middle: float, elasticity: float = ELASTICITY) -> float:
    """Return the weight of a pound for people of an income (GBP), against people of the middle income.

    >>> round(distributional_weight(15_000, 30_000), 2)
    2.46
    """
    if not (income > 0 and middle > 0):
        raise BadInputError(f"Incomes are {income} and {middle}: both must be above 0 GBP.")
    return float((middle / income) ** elasticity)


def appraised(
    outcome: ArrayLike,
    paid: Accounts,
    uses: ArrayLike,
    sites: ArrayLike,
    assumed: Assumptions = Assumptions(),
    unit_cost: ArrayLike = 1.0,
    delay: ArrayLike | None = None,
) -> Appraised:
    """Return present values of one option against doing nothing.

    `outcome` (person-months) and `paid` (GBP) have the shape (draws, years), `uses` and `sites` (draws,); `unit_cost`
    is the factor of each draw, `delay` its years where they were drawn. Optimism bias and unit costs act on public
    money that is not handed on. Raises BadInputError where take-up or delay is a range: `drawn` makes numbers of it.
    """
    if assumed.ranges and (delay is None or "take_up" in assumed.ranges):
        raise BadInputError(f"The {assumed.ranges[0].replace('_', '-')} is a range: draw from it first.")
    share = assumed.middle_take_up
    if not 0 <= share <= 1:
        raise BadInputError(f"The take-up is {assumed.take_up}: it must be from 0 to 1 as a share.")
    handed_on = present(paid.handed_on, assumed.cost_rate)
    programme = present(paid.public, assumed.cost_rate) - handed_on
    return Appraised(
        share * present(delayed(outcome, assumed.delay if delay is None else delay), assumed.benefit_rate),
        share * programme * np.asarray(unit_cost, float) * (1 + assumed.optimism_bias),
        share * handed_on,
        share * present(paid.provider, assumed.cost_rate),
        share * np.asarray(uses, float),
        share * np.asarray(sites, float),
    )


def scaled(one: Appraised, share: ArrayLike) -> Appraised:
    """Return what comes about of an option where a share of it does, draw by draw."""
    return Appraised(*(np.asarray(share, float) * part for part in one))


def weighted(one: Appraised, weight: float) -> Appraised:
    """Return an option with a distributional weight on its benefits; what it costs stays as it is."""
    return one._replace(outcome=weight * one.outcome)


def npsv(one: Appraised, worth: float) -> Floats:
    """Return net present social value, draw by draw, GBP; `worth` is GBP a person-month of full benefit."""
    return worth * one.outcome - one.total


def benefit_cost_ratio(one: Appraised, worth: float, of_public: bool = False) -> float:
    """Return benefit over total cost, of means over draws; over public cost, with providers' cost taken off the
    benefit, where `of_public`. NaN where there is no cost.
    """
    benefit, cost = worth * float(one.outcome.mean()), float(one.total.mean())
    if of_public:
        benefit, cost = benefit - float(one.provider.mean()), float(one.public.mean())
    return benefit / cost if cost > 0 else math.nan


def switching_worth(one: Appraised) -> tuple[float, float, float]:
    """Return what a person-month must be worth (GBP) for the option to break even: on the mean, in 2.5 % and in 97.5 %
    of draws. 0 where it saves money anyway; infinite where no worth suffices.

    >>> even = np.full(4, 100.0)
    >>> switching_worth(Appraised(even, 200 * even, 0 * even, 0 * even, even, even))
    (200.0, 200.0, 200.0)
    """
    gain, cost = float(one.outcome.mean()), float(one.total.mean())
    middle = max(0.0, cost / gain) if gain > 0 else (0.0 if gain == 0 and cost <= 0 else math.inf)
    # each draw that gains has a worth from which on it breaks even; one that loses has none
    needed = np.full(one.outcome.shape, np.inf)
    np.divide(one.total, one.outcome, out=needed, where=one.outcome > 0)
    needed[(one.outcome == 0) & (one.total <= 0)] = 0.0
    needed = np.sort(np.maximum(needed, 0.0))
    low, high = (needed[min(len(needed) - 1, math.ceil(share * len(needed)) - 1)] for share in (TAIL, 1 - TAIL))
    return middle, float(low), float(high)


def switching_unit_cost(one: Appraised, worth: float) -> float:
    """Return by which factor a programme's cost may rise, or must fall, for its net present social value to be 0.

    NaN where it has no cost of its own.
    """
    programme = float(one.programme.mean())
    left = float((worth * one.outcome - one.handed_on - one.provider).mean())
    return left / programme if programme > 0 else math.nan


def replaced(public: float, provider: float) -> float:
    """Return which share of public money replaces what providers would have spent (deadweight): 0 to 1.

    NaN without any public money. `public` and `provider` are extra costs, GBP.

    >>> round(replaced(25.9e6, -18.9e6), 2)
    0.73
    """
    return min(1.0, max(0.0, -provider / public)) if public > 0 else math.nan


def deadweight_words(public: float, provider: float) -> str:
    """Return what becomes of a pound of public money, in words; empty where none is replaced.

    >>> deadweight_words(25.9e6, -18.9e6)
    'of each pound of public money, 73 pence replace what providers would have spent'
    """
    share = replaced(public, provider)
    if math.isnan(share) or round(100 * share) < 1:
        return ""
    return f"of each pound of public money, {100 * share:.0f} pence replace what providers would have spent"


def value_for_money(ratio: float, grade: str) -> str:
    """Return the value-for-money class of a benefit-cost ratio; at grade D evidence allows none.

    >>> value_for_money(2.3, "B"), value_for_money(2.3, "D")
    ('high', 'not assessed')
    """
    if grade not in ("A", "B", "C") or math.isnan(ratio):
        return NOT_ASSESSED
    if ratio < 0:
        return "very poor"
    return next(words for most, words in CLASSES if ratio < most)


def middle_and_ends(values: ArrayLike) -> tuple[float, float, float]:
    """Return the mean of draws and the ends between which 95 % of them lie."""
    found = np.asarray(values, float)
    low, high = np.quantile(found, (TAIL, 1 - TAIL))
    return float(found.mean()), float(low), float(high)


def per(cost: ArrayLike, gained: ArrayLike) -> float:
    """Return cost for each unit gained, of means over draws; NaN where 95 % of draws do not tell the gain from none.

    >>> per([100.0, 300.0], [1.0, 3.0])
    100.0
    """
    mean, low, _ = middle_and_ends(gained)
    return float(np.mean(np.asarray(cost, float))) / mean if low > 0 else math.nan


SUMMED = {
    "uses": "uses of an innovation by an organisation in the last month, more than with doing nothing",
    "sites": "uses of an innovation at a site in the last month, more than with doing nothing",
    "outcome": "person-months of full benefit, present value",
    "public": "GBP, present value: what the public pays",
    "provider": "GBP, present value: what providers pay; a minus is a saving",
    "total": "GBP, present value: public and provider cost",
}
"""What a summary gives with mean, low and high, and the units."""


def summary(
    one: Appraised, worth: float | None = None, grade: str = "D", weight: float = 1.0
) -> dict[str, float | str]:
    """Return an option in one row: means with the ends of 95 % of draws, costs per unit, switching values.

    Units are those of `SUMMED`; cost per unit and `break_even` are GBP. What hangs on the worth of a person-month is
    NaN without one. With a distributional weight, `weighted_break_even` and `weighted_net_benefit` stand beside the
    unweighted.
    """
    row: dict[str, float | str] = {}
    for name in SUMMED:
        values = getattr(one, name)
        row |= dict(zip((f"extra_{name}", f"extra_{name}_low", f"extra_{name}_high"), middle_and_ends(values),
                        strict=True))  # fmt: skip
    row["replaced"] = replaced(float(one.public.mean()), float(one.provider.mean()))
    row |= {
        "cost_per_extra_use": per(one.total, one.uses),
        "public_cost_per_extra_use": per(one.public, one.uses),
        "cost_per_extra_site": per(one.total, one.sites),
        "cost_per_person_month": per(one.total, one.outcome),
        "public_cost_per_person_month": per(one.public, one.outcome),
        **dict(zip(("break_even", "break_even_low", "break_even_high"), switching_worth(one), strict=True)),
    }
    nothing = (math.nan,) * 3
    if weight != 1:
        fairer = weighted(one, weight)
        net = nothing if worth is None else middle_and_ends(npsv(fairer, worth))
        for name, ends in (("weighted_break_even", switching_worth(fairer)), ("weighted_net_benefit", net)):
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
    value = nothing if worth is None else middle_and_ends(npsv(one, worth))
    ratio = math.nan if worth is None else benefit_cost_ratio(one, worth)
    return row | {
        **dict(zip(("net_benefit", "net_benefit_low", "net_benefit_high"), value, strict=True)),
        "benefit_cost_ratio": ratio,
        "switching_unit_cost": math.nan if worth is None else switching_unit_cost(one, worth),
        "value_for_money": value_for_money(ratio, grade),
    }
