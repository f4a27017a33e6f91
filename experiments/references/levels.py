"""Nesting: each level of the model with its own mechanisms at no strength is the level below, and L0 is Bass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from carespread.model import Conditions, Lever, Parameters, Policy, prepare
from carespread.model.innovations import DEFAULT, Innovation, find
from carespread.model.levels import LADDER, level
from carespread.model.population.network import network_from
from carespread.model.state import Record
from carespread.model.step import remember_start, run_months

from .diffusion import P, Q, bass_ring_curve
from .graphs import ring
from .runs import SEEDS, STANDARD_ERRORS, Compared, Runs, mean_and_error

SIZE, MONTHS = 1000, 48
"""Providers and months of the runs that must agree in every number."""
YEAR, STEPS = 12, 4
"""Months a year, and steps a month, of the sector as Bass."""
RING = 10_000


def recorded(switches: str, quiet: tuple[tuple[str, float], ...], seed: int) -> Record:
    """Return what the sector records at a level, with these parameters."""
    levers = (Lever("grant", 0.5, "2026-06", "2027-12"), Lever("mandate", 0.2, "2027-01"))
    prepared = prepare(
        Parameters.of(**dict(quiet)),
        Policy.of(),
        providers=SIZE,
        months=MONTHS,
        seed=seed,
        switches=level(switches),
        conditions=Conditions(levers=levers),
    )
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_months(prepared.frame, prepared.state, prepared.record, 0, MONTHS)
    return prepared.record


def differing(one: Record, other: Record) -> int:
    """Return how many numbers of the default innovations differ between two records."""
    many = len(DEFAULT)
    shared = ((mine[:, :, :many], theirs[:, :, :many]) for mine, theirs in zip(one[:2], other[:2], strict=True))
    differ = sum(int((mine != theirs).sum()) for mine, theirs in shared)
    return differ + int((one.flows != other.flows).sum())


def nested(runs: Runs) -> Iterator[Compared]:
    """Return LEVELS: how many numbers a level at no strength does not share with the level below, and Bass at L0."""
    for upper, lower in zip(LADDER[:2:-1], LADDER[-2:1:-1], strict=True):
        quiet = tuple(upper.nothing.items())
        (above, below) = runs.of(recorded, [(upper.name, quiet, 1), (lower.name, quiet, 1)])
        what = f"numbers that differ between {upper.name} at no strength and {lower.name}"
        yield Compared(what, 0, differing(above, below), 0, "same kernels")
    shares = runs.of(sector_as_bass, [(seed,) for seed in SEEDS[:4]])
    for years in (5, 10, 15):
        mean, error = mean_and_error([share[years * YEAR * STEPS] for share in shares])
        what = f"the sector at L0, partners in a ring: share of users after {years} years"
        yield Compared(
            what, bass_ring_curve(P, Q, years), mean, STANDARD_ERRORS * error + 0.002, "Fibich & Gibori 2010"
        )


def sector_as_bass(seed: int) -> np.ndarray:
    """Return the share of users at every step of the whole sector at L0, each provider with two partners."""
    (one,) = find("dscr")
    nobody = [share.model_copy(update={"value": 0.0}) for share in one.file.starting_share]
    file = one.file.model_copy(update={"starting_share": nobody, "start": "2000-01"})
    visible = Innovation(one.name, file, one.attributes._replace(observability=1.0))
    parameters = Parameters.of(
        base_awareness=P / YEAR,
        imitation=Q / YEAR,
        partner_layer=1.0,
        area_layer=0.0,
        setting_layer=0.0,
        broker_awareness=0.0,
        commissioner_awareness=0.0,
        start_aware=0.0,
        start_exploring=0.0,
        start_abandoned=0.0,
    )
    prepared = prepare(
        parameters,
        Policy.of(),
        providers=RING,
        months=15 * YEAR * STEPS,
        step=1 / STEPS,
        seed=seed,
        innovations=[visible],
        switches=level("L0"),
        network=network_from(ring(RING, 2)),
    )
    remember_start(prepared.frame, prepared.state, prepared.record)
    run_months(prepared.frame, prepared.state, prepared.record, 0, 15 * YEAR * STEPS)
    counts = prepared.record.counts[:, 0, 0]
    return np.asarray(counts[:, 4] / counts.sum(axis=1))
