"""Reads the runs of a library as arrays: sums by year and payer, adoption by half year, who uses what at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model import BadInputError

from ..arrays import Floats
from ..statistics import appraisal
from ..statistics.outcomes import outcome_name
from ..store.query import opened, run_values

MONEY = ("outcome", "programme", "handed_on", "wages", "provider")
"""What is added up by year: person-months of full benefit; in GBP public money that is spent, handed on, and paid as
wages, and what providers pay. Wages are a hundred times the rest: added to it, they would hide how well it is known.
"""
WAGES = "cost_wages_public"
DIMENSIONS = ("size", "setting", "region")


class Part(NamedTuple):
    """The runs of some packages; the first axes are packages and replications."""

    designs: tuple[str, ...]
    yearly: Floats
    """By year and `MONEY`."""
    curve: Floats
    """Share of organisations, by period (the first is the month before the start) and innovation."""
    uses: Floats
    """Organisations that use it at the end, whole country, by innovation."""
    gap: Floats
    """Points by which larger organisations use innovations more than small ones."""
    exits: Floats
    """Organisations that closed, whole country."""
    levels: Floats
    """Share that uses an innovation at the end, mean over the innovations, by `names`."""
    names: tuple[tuple[str, str], ...]
    """Dimension and level."""
    dates: tuple[str, ...]
    """Months at whose end periods end."""
    organisations: float
    """Of the country, at the start."""

    def rows(self, designs: Sequence[str]) -> list[int]:
        """Return where packages stand."""
        return [self.designs.index(one) for one in designs]


def part_of(folder: Path, designs: Sequence[str], innovations: Sequence[str]) -> Part:
    """Return the runs of the packages `designs` of one part of a library.

    Raises BadInputError where a run is missing or failed: what is made of all runs needs every one.
    """
    with opened(folder, threads=1) as connection:
        known = [row[0] for row in connection.execute("select distinct design from runs").fetchall()]
        lost = [one for one in designs if one not in known]
        if lost:
            raise BadInputError(f"The library lacks {len(lost)} of its {len(designs)} packages: carespread library"
                                " --resume makes what is missing.")  # fmt: skip
        held = [row[0] for row in connection.execute("describe monthly").fetchall()]
        parts = list(appraisal.payers_of(held))
        wanted = ", ".join(["outcome", *parts, "using_share", "providers"])
        months = connection.execute(
            f"select design, replication, month, innovation::varchar as innovation, {wanted} from monthly"
            " where \"group\" = 'all'"
        ).df()
        levels = connection.execute(
            "select design, replication, dimension::varchar as dimension, level::varchar as level,"
            " avg(using_weight / weight) as share, max(weight) as weight from left_behind"
            f" where dimension in {DIMENSIONS} group by all"
        ).df()
    columns = [outcome_name("users", one) for one in innovations]
    runs = run_values(folder, list(designs), [*columns, "small_provider_gap_all", "exits_all"])
    many = runs.shape[1]
    order = pd.MultiIndex.from_product([designs, range(many), sorted(months["month"].unique()), innovations])
    table = months.set_index(["design", "replication", "month", "innovation"]).reindex(order)
    if table["outcome"].isna().any():
        raise BadInputError(f"The table of months in {folder} lacks rows: carespread library --resume makes them.")
    shape = (len(designs), many, len(order.levels[2]), len(innovations))
    flows = {name: table[name].to_numpy(float).reshape(shape).sum(axis=3) for name in ("outcome", *parts)}
    yearly = {name: by_years(values) for name, values in flows.items()}
    paid = appraisal.accounts({name: yearly[name] for name in parts})
    wages = yearly.get(WAGES, np.zeros_like(paid.public))
    spent = (paid.public - paid.handed_on, paid.handed_on - wages, wages, paid.provider)
    money = np.stack([yearly["outcome"], *spent], axis=-1)
    names = tuple(sorted({(str(row.dimension), str(row.level)) for row in levels.itertuples()}, key=place_of))
    wide = levels.pivot(index=["design", "replication"], columns=["dimension", "level"], values="share")
    every = pd.MultiIndex.from_product([designs, range(many)])
    wide = wide.reindex(index=every, columns=pd.MultiIndex.from_tuples(names))
    dates = tuple(str(one)[:7] for one in order.levels[2])
    first = levels[(levels["design"] == designs[0]) & (levels["dimension"] == "size")]
    country = float(first.groupby("replication")["weight"].sum().mean())
    providers = float(table["providers"].to_numpy(float).reshape(shape)[0, :, 0, 0].mean())
    return Part(
        tuple(designs), money, table["using_share"].to_numpy(float).reshape(shape), runs[:, :, : len(innovations)],
        runs[:, :, -2], runs[:, :, -1] * country / providers,
        np.nan_to_num(wide.to_numpy(float).reshape(len(designs), many, len(names))), names, dates, country,
    )  # fmt: skip


def by_years(values: Floats) -> Floats:
    """Return sums by year of sums by half year, shape (..., periods): the first period lies before the start."""
    return np.asarray(np.add.reduceat(values[..., 1:], np.arange(0, values.shape[-1] - 1, 2), axis=-1))


SIZES = ("fewer", "10", "50", "250")


def place_of(name: tuple[str, str]) -> tuple[int, int, str]:
    """Return how a level sorts: sizes by size, all else by name."""
    dimension, level = name
    first = level.split(" ")[0]
    return DIMENSIONS.index(dimension), SIZES.index(first) if first in SIZES else 0, level
