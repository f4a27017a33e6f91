"""Lays councils out as tiles: one square each, near to where it lies, by a deterministic assignment.

No layout of the 153 councils with an open licence is at hand. Centroids (Office for National Statistics, Open
Government Licence v3.0) are spread until London fits, and each council takes the cell of a grid so that the sum of
squared distances is least (`scipy.optimize.linear_sum_assignment`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from carespread.model.population.country import home

from ..arrays import Floats
from ..store.query import opened

COLUMNS, ROWS = 15, 17
CROWDED = 0.55
"""How far ranks, which spread what is crowded, take the place of degrees."""
SAYS = (
    "Layout: one square a council, placed by an assignment that keeps each near to its centroid (Office for National"
    " Statistics, Open Government Licence v3.0)."
)


class Tiles(NamedTuple):
    """Where each council's tile stands."""

    names: tuple[str, ...]
    x: tuple[int, ...]
    y: tuple[int, ...]


def layout_of(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return columns and rows of a grid for points in degrees, each cell taken at most once.

    >>> [one.tolist() for one in layout_of(np.array([0.0, 1.0]), np.array([51.0, 52.0]))]
    [[0, 14], [16, 0]]
    """
    from scipy.optimize import linear_sum_assignment

    def spread(values: Floats) -> Floats:
        straight = (values - values.min()) / (np.ptp(values) or 1.0)
        ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable") / max(len(values) - 1, 1)
        return np.asarray((1 - CROWDED) * straight + CROWDED * ranks)

    x, y = spread(longitude) * (COLUMNS - 1), (1 - spread(latitude)) * (ROWS - 1)
    cells = np.array([(column, row) for row in range(ROWS) for column in range(COLUMNS)], float)
    cost = (x[:, None] - cells[:, 0]) ** 2 + (y[:, None] - cells[:, 1]) ** 2
    _, taken = linear_sum_assignment(cost)
    return cells[taken, 0].astype(int), cells[taken, 1].astype(int)


def centroids() -> pd.DataFrame | None:
    """Return the councils of the country with their centroids, None where it has no such table."""
    path = Path(home().innovations).parent / "population" / "local_authorities.csv"
    return pd.read_csv(path) if path.is_file() else None


def tiles_of(names: list[str]) -> Tiles | None:
    """Return the tiles of the councils `names`, None where their places are not known."""
    table = centroids()
    if table is None or set(names) - set(table["name"]):
        return None
    table = table.set_index("name").loc[names]
    x, y = layout_of(table["centroid_longitude"].to_numpy(float), table["centroid_latitude"].to_numpy(float))
    return Tiles(tuple(names), tuple(x.tolist()), tuple(y.tolist()))


def places_of(folder: Path, design: str) -> tuple[list[str], Floats]:
    """Return the names of areas, and which share of their organisations uses an innovation in the last month, mean over
    the innovations: shape (replications, areas), from the runs of one package.
    """
    with opened(folder, threads=1) as connection:
        rows = connection.execute(
            'select replication, "group"::varchar as area, avg(using_share) as share from monthly where design = ?'
            " and \"group\" like 'area=%' and month = (select max(month) from monthly) group by all",
            [design],
        ).df()
    rows["area"] = rows["area"].str.removeprefix("area=")
    wide = rows.pivot(index="replication", columns="area", values="share").sort_index(axis=1).dropna(axis=1)
    return list(wide.columns), wide.to_numpy(float)


def places_data(names: list[str], shares: Floats) -> dict[str, object]:
    """Return the table of places, if the runs tell them apart.

    `shares` has the shape (replications, areas): the share that uses an innovation at the end if nothing new is done.
    A council is told apart where its mean lies outside of that of all by more than chance and the draws explain, for
    as many tests as there are councils.
    """
    from scipy import stats

    apart = shares - shares.mean(axis=1, keepdims=True)
    error = apart.std(axis=0, ddof=1) / np.sqrt(len(shares))
    limit = stats.t.ppf(1 - 0.025 / len(names), len(shares) - 1)
    clear = np.abs(apart.mean(axis=0)) > limit * error
    tiles, told = tiles_of(names), int(clear.sum())
    says = (
        f"{told} of the {len(names)} councils with providers in every run are told apart from England if nothing new is"
        " done. In the model they differ by what kinds of providers they have: size, kind of care, who pays. What a"
        " council itself does, and whom its providers know, is drawn anew in each run, and not known for any real one."
    )
    if tiles is None or told < len(names) / 10:
        return {"shown": False, "says": f"{says} That is too few to show them."}
    return {
        "shown": True, "says": f"{says} Outlined squares are not told apart. {SAYS}", "names": names,
        "x": list(tiles.x), "y": list(tiles.y), "columns": COLUMNS, "rows": ROWS,
        "share": [round(float(one), 3) for one in shares.mean(axis=0)], "clear": [int(one) for one in clear],
    }  # fmt: skip
