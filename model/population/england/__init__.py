"""England: what is published of its providers, and the synthetic population that agrees with it."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..country import Country, Geography, Level, MarginRow
from .evidence import FOLDER, adoption_series, authorities, events, month_of, net_entry, sources, workforce
from .places import authority_order, authority_regions, board_codes
from .published import regions, register_evidence
from .register import OWNERSHIPS, RATINGS, SETTINGS, synthetic_register


@cache
def _geography() -> Geography:
    """Return the councils, integrated care boards and regions."""
    councils = tuple(authority.name for authority in authorities())
    boards = dict(sorted((authority.icb_2022_code, authority.icb_2022_name) for authority in authorities()))
    levels = (
        Level("council", councils, np.arange(len(councils))),
        Level("care board", tuple(boards.values()), board_codes()),
        Level("region", regions(), authority_regions()),
        Level("England", ("England",), np.zeros(len(councils), np.int64)),
    )
    return Geography(levels, authority_order())


def _margins() -> list[MarginRow]:
    """Return the synthetic register beside its evidence; only who asks for the report loads it."""
    from .report import margin_table

    return margin_table()


CLOSURES = (0.70, 1.12, 1.75, 1.75)
"""Closures by setting over those of all care homes (3.4 % a year). Care homes that closed for good, 2018 to 2022: with
nursing 2.4 %, without 3.8 % a year; community locations that were ever rated, 2020 to 2024: 6.0 % a year, which leaves
out those that left before they were rated (register copies B and C in `data/population/margins.csv`; grade C)."""

COUNTRY = Country(
    name="England",
    settings=SETTINGS,
    ownerships=OWNERSHIPS,
    ratings=RATINGS,
    closures=CLOSURES,
    register_date="2025-06",
    net_entry=net_entry,
    innovations=FOLDER / "innovations",
    geography=_geography,
    register=synthetic_register,
    margins=_margins,
    evidence_used=register_evidence,
    sources=sources,
    events=events,
    workforce=workforce,
    adoption_series=adoption_series,
    month_of=month_of,
)
