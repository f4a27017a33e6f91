"""Turns the whole numbers of a record into the monthly table that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import state as at
from .attribution.events import CAUSES, TERMS
from .declare import BadInputError
from .record import RANK_WHOLE, SHARE_TO_RANKED
from .state import GENERATION, STAGES, WHOLE

if TYPE_CHECKING:
    import pandas as pd

    from .simulate import Prepared, Run
    from .state import Record

PARTS = {
    "cost_setup_public": "grants, and councils' shares of set-up cost",
    "cost_setup_provider": "set-up cost less what others pay",
    "cost_running_public": "councils' shares of running cost less savings",
    "cost_running_provider": "running cost less savings, less councils' shares",
    "cost_wages_public": "wage bill of fair pay that fees meet; shared equally by the innovations of the run",
    "cost_wages_provider": "the rest of the wage bill of fair pay; shared equally by the innovations of the run",
    "cost_compliance": "what providers pay to show that they obey",
    "cost_administration": "what levers cost the public, grants apart",
}
"""Parts of the cost: those for the public, and those for providers, add up to its whole."""
COLUMNS = {
    "month": "month whose end the row describes; the first is the month before the start",
    "innovation": "name",
    "group": "all, or dimension=level",
    "providers": "organisations of the run, by sampling weight: the weights of a run have the mean 1",
    **{stage: "organisations of the run, by sampling weight" for stage in STAGES},
    "using_share": "share of organisations, by sampling weight: (implementing + sustained)/providers",
    "using_share_weighted": "the same: since all counts are by weight, using_share is too",
    "site_share": "share of sites in use, by sampling weight",
    "people_share": "share of people served at sites in use, by sampling weight",
    "scaled": "organisations that sustain it at 80 % of their sites or more, by sampling weight",
    "started": "organisations that began implementing in the month, by sampling weight",
    "routinised": "organisations for which it became routine in the month, by sampling weight",
    "discontinued": "organisations that abandoned it in the month, by sampling weight",
    "kept": "organisations that began implementing 24 months ago and have used it ever since, by sampling weight",
    "outcome": "person-months of full benefit a month, whole country",
    "cost_public": "GBP in the month at 2025 prices, whole country: councils' shares, grants, levers, wages that fees"
    " meet",
    "cost_provider": "GBP in the month at 2025 prices, whole country: set-up less grants, running cost less savings,"
    " compliance, wages not met by fees",
    "cost_total": "GBP in the month at 2025 prices, whole country: public and providers' cost",
    **{name: f"GBP in the month at 2025 prices, whole country: {says}" for name, says in PARTS.items()},
    "demand": "value: what people ask for, as (6) weighs it",
    "burden": "share",
    "movement": "share: strength of the movement",
    "skill": "share, mean over users by sampling weight",
    "slack": "months of running cost, mean by sampling weight",
    "small_provider_gap": "points: using share of organisations with 50 or more staff less that of smaller ones",
    "concentration_index": "Erreygers index by staff, weighted by people; all providers only",
    "exits": "organisations that closed in the month, by sampling weight; the same for every innovation",
    "ties": "partners a provider; the same for every innovation",
    "ties_made": "partnerships that began in the month (in a group: half of the ends); the same for every innovation",
    "ties_ended": "partnerships that ended in the month; the same for every innovation",
    "originated": "innovations that staff came up with in the month; the same for every innovation",
}


HELD = {
    "providers": at.HELD,
    "sites": at.HELD_SITES,
    "people": at.HELD_PEOPLE,
    "ranked": at.HELD_RANKED,
    "large": at.HELD_LARGE,
}
"""What the sector holds, by weight."""
WAGE_BILL = at.WAGES, at.WAGES_FUNDED


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return above/below, NaN where below is 0."""
    made = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=made, where=below != 0)
    return made


def monthly_arrays(run: Run) -> dict[str, Any]:
    """Return the columns of the monthly table, each of shape (months + 1, labels, innovations), and the labels."""
    prepared, record = run.prepared, run.record
    names, members = labels_of(prepared.groups)
    counts = np.einsum("lg,tgjs->tljs", members, record.counts)
    sums = np.einsum("lg,tgjk->tljk", members, record.sums)
    flows = np.einsum("lg,tgk->tlk", members, record.flows)
    made = columns_of(prepared, record._replace(counts=counts, sums=sums, flows=flows))
    made["concentration_index"][:, 1:] = np.nan  # ranks are those of the whole sector
    return {"labels": names, **made}


def columns_of(prepared: Prepared, record: Record) -> dict[str, np.ndarray]:
    """Return the columns of the monthly table for a record whose cells are its labels: each of shape (months, labels,
    innovations).
    """
    counts, sums, flows = record.counts, record.sums, record.flows
    slack, shape = flows[..., at.SLACK], sums.shape[:3]
    held = {name: flows[..., code] for name, code in HELD.items()}

    def over(name: str) -> np.ndarray:
        return np.broadcast_to(held[name][:, :, None], shape)

    small, large = over("providers") - over("large"), over("large")
    using = sums[..., at.USING]
    gap = divided(sums[..., at.BIG_USING], large) - divided(using - sums[..., at.BIG_USING], small)
    country = prepared.frame.settled[0].represents / at.WEIGHT
    movement, burden = (record.sector[:, None, :, what] for what in (at.MOVEMENT, at.BURDEN))
    asks = prepared.frame.parameters[0].demand_effect if prepared.frame.switches[0].demand else 0.0

    def whole(what: int) -> np.ndarray:
        """Return a flow that belongs to no innovation, the same for each."""
        return np.broadcast_to(flows[:, :, None, what], shape)

    def pounds(what: int) -> np.ndarray:
        amounts: np.ndarray = sums[..., what] * country / 100
        return amounts

    # what belongs to no innovation is shared equally by those that the run begins with, as levers' costs are
    shared = np.array([not one.local for one in prepared.innovations], float)
    wages, funded = (flows[:, :, None, what] * shared / shared.sum() * country / 100 for what in WAGE_BILL)
    public, provider = pounds(at.PAID_PUBLIC), pounds(at.PAID_PROVIDER)
    parts = {
        "cost_setup_public": pounds(at.SETUP_PUBLIC),
        "cost_setup_provider": pounds(at.SETUP_PROVIDER),
        "cost_running_public": public - pounds(at.SETUP_PUBLIC) - pounds(at.ADMINISTRATION),
        "cost_running_provider": provider - pounds(at.SETUP_PROVIDER) - pounds(at.COMPLIANCE),
        "cost_wages_public": funded,
        "cost_wages_provider": wages - funded,
        "cost_compliance": pounds(at.COMPLIANCE),
        "cost_administration": pounds(at.ADMINISTRATION),
    }
    public, provider = public + parts["cost_wages_public"], provider + parts["cost_wages_provider"]

    made: dict[str, np.ndarray] = {"providers": over("providers") / at.WEIGHT}
    made |= {stage: counts[..., code] / at.WEIGHT for code, stage in enumerate(STAGES)}
    made |= {
        "using_share": divided(using, over("providers")),
        "using_share_weighted": divided(using, over("providers")),
        "site_share": divided(sums[..., at.SITES], over("sites")),
        "people_share": divided(sums[..., at.PEOPLE] / WHOLE, over("people")),
        "scaled": sums[..., at.SCALED] / at.WEIGHT,
        "started": sums[..., at.STARTED] / at.WEIGHT,
        "routinised": sums[..., at.ROUTINISED] / at.WEIGHT,
        "discontinued": sums[..., at.ABANDONMENTS] / at.WEIGHT,
        "kept": sums[..., at.KEPT] / at.WEIGHT,
        "outcome": sums[..., at.OUTCOME] * country / WHOLE,
        "cost_public": public,
        "cost_provider": provider,
        "cost_total": public + provider,
        **parts,
        "demand": np.broadcast_to(asks * movement, shape),
        "burden": np.broadcast_to(burden, shape),
        "movement": np.broadcast_to(movement, shape),
        "skill": divided(sums[..., at.SKILL] / WHOLE, sums[..., at.USING]),
        "slack": np.broadcast_to(divided(slack / WHOLE, held["providers"])[:, :, None], shape),
        "small_provider_gap": 100 * gap,
        "concentration_index": concentration(sums, held),
        "exits": whole(at.EXITS) / at.WEIGHT,
        "ties": divided(whole(at.TIES), over("providers")),
        "ties_made": whole(at.TIES_MADE) / (2 * at.WEIGHT),
        "ties_ended": whole(at.TIES_ENDED) / (2 * at.WEIGHT),
        "originated": whole(at.ORIGINATED) / at.WEIGHT,
    }
    return made


def concentration(sums: np.ndarray, held: dict[str, np.ndarray]) -> np.ndarray:
    """Return Erreygers' index 8 cov(h, r), by ranks in the whole sector."""
    people = held["people"][:, :, None].astype(float)
    use = sums[..., at.PEOPLE] / WHOLE
    use_by_rank = sums[..., at.RANKED] / (WHOLE / SHARE_TO_RANKED) / RANK_WHOLE
    by_rank = held["ranked"][:, :, None] / RANK_WHOLE
    index: np.ndarray = 8 * (divided(use_by_rank, people) - divided(use, people) * divided(by_rank, people))
    return index


def labels_of(groups: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[list[str], np.ndarray]:
    """Return the labels ("all" and each level of each dimension) and which record cells each holds, (labels, cells)."""
    sizes = [len(levels) for _, levels in groups]
    cells = int(np.prod(sizes, dtype=int))
    names, members = ["all"], [np.ones(cells, np.int64)]
    codes = np.unravel_index(np.arange(cells), sizes) if sizes else ()
    for (dimension, levels), code in zip(groups, codes, strict=True):
        for number, level in enumerate(levels):
            names.append(f"{dimension}={level}")
            members.append((code == number).astype(np.int64))
    return names, np.array(members)


def monthly_table(run: Run) -> pd.DataFrame:
    """Return the monthly table: one row a month, innovation and group."""
    import pandas as pd

    arrays = monthly_arrays(run)
    names = arrays.pop("labels")
    innovations = [innovation.name for innovation in run.prepared.innovations]
    shape = arrays["providers"].shape
    # rows run by innovation, group, month: what a person reads as one line of a figure stays together
    flat = {name: np.ascontiguousarray(array.transpose(2, 1, 0)).reshape(-1) for name, array in arrays.items()}
    index = np.indices((shape[2], shape[1], shape[0])).reshape(3, -1)
    return pd.DataFrame(
        {
            "month": run.dates.astype("datetime64[s]")[index[2]],
            "innovation": pd.Categorical.from_codes(index[0], innovations),
            "group": pd.Categorical.from_codes(index[1], names),
            **flat,
        }
    )


def dataset(monthly: pd.DataFrame, **attributes: Any) -> Any:
    """Return monthly rows as an xarray.Dataset over month, innovation and group, and replication where there is one.

    Raises BadInputError where xarray is not installed.
    """
    try:
        import xarray  # noqa: F401
    except ImportError:
        raise BadInputError("xarray is not installed: pip install 'carespread[xarray]'.") from None
    axes = [name for name in ("replication", "month", "innovation", "group") if name in monthly]
    made = monthly.astype({"innovation": str, "group": str}).set_index(axes).to_xarray()
    for name in made.data_vars:
        made[name].attrs["units"] = COLUMNS[str(name)]
    made.attrs |= attributes
    return made


def events_table(log: np.ndarray, dates: np.ndarray, innovations: Sequence[str]) -> pd.DataFrame:
    """Return the log as a table, a row a change of stage.

    `provider` is the id of the register; who opens in its place has the next `generation`. `month` is the month at
    whose end the new stage stands.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "month": dates[log["month"]].astype("datetime64[s]"),
            "provider": log["provider"] % GENERATION,
            "generation": log["provider"] // GENERATION,
            "innovation": pd.Categorical.from_codes(log["innovation"], list(innovations)),
            "stage_from": pd.Categorical.from_codes(log["stage_from"], list(STAGES)),
            "stage_to": pd.Categorical.from_codes(log["stage_to"], list(STAGES)),
            "cause": pd.Categorical.from_codes(log["cause"], list(CAUSES)),
            **{name: log["terms"][:, at] for at, name in enumerate(TERMS)},
        }
    )
