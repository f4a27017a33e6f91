"""Which rows of the register a run draws, and for how many each stands, from the description alone (details 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .draws import generator


def sample(register: Any, region: Any, regions: int, providers: int, seed: int) -> tuple[list[int], list[float]]:
    """Return the rows that are drawn, in their order, and their weights; each row's `region` is one of `regions`."""
    many = len(register.sites)
    parts = (register.sites, register.staff, register.persons)
    size = sum(np.asarray(part, float) / np.sum(part) for part in parts)
    largest = sorted(range(many), key=lambda row: (-size[row], row))
    copies, left = divmod(providers, many)
    certain, others = largest[: providers // 5], largest[providers // 5 :]
    if copies:
        certain, others = [], list(range(many))
    rng = generator(seed, "sample")
    uniform = dict(zip(others, rng.random(len(others)).tolist(), strict=True))

    def place(row: int) -> tuple[float, ...]:
        cell = int(register.setting[row]) * regions + int(region[row])
        way = 1 if cell % 2 == 0 else -1
        return cell, way * int(register.sites[row]), way * float(register.persons[row]), uniform[row]

    ordered = sorted(others, key=place)
    wanted = left - len(certain)
    taken: list[int] = []
    if wanted:
        k, u = len(others) / wanted, float(rng.random())
        taken = [ordered[int((t + u) * k)] for t in range(wanted)]
    if copies:
        return [*range(many)] * copies + taken, [many / providers] * providers
    weight = dict.fromkeys(taken, k) | dict.fromkeys(certain, 1.0)
    rows = sorted(weight)
    return rows, [weight[row] for row in rows]
