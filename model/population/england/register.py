"""The synthetic register: every organisation that provides adult social care in England, made from margins.

No list of providers is in this product. The register is made, not copied: each organisation is fictitious,
and all together agree with the published margins of the register (report.py puts both side by side). What was made is
kept beside the compiled kernels, so that only the first run of a model makes it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...jit import cache_folder
from ..country import Integers
from .brands import brands
from .organisations import ownerships, site_ages, site_beds, site_closure_rates, site_ratings, site_settings
from .people import site_persons, site_self_funders, staff
from .sites import CARE_HOME, skeleton

SETTINGS = ("care home with nursing", "care home without nursing", "homecare", "other community")
OWNERSHIPS = ("for-profit", "third sector", "public")
RATINGS = {-2: "inadequate", -1: "requires improvement", 0: "good", 1: "outstanding"}
DEFAULT_SEED = 2025
HERE = Path(__file__).parent


class Register(NamedTuple):
    """One row per organisation (a registered provider); multi-site organisations come first."""

    sites: NDArray[np.int32]
    """Registered locations."""
    setting: NDArray[np.int8]
    """Setting of most of its sites, index into SETTINGS; care homes win a tie."""
    ownership: NDArray[np.int8]
    """Index into OWNERSHIPS."""
    authority: NDArray[np.int16]
    """Authority of most of its sites, index into evidence.authorities()."""
    brand: NDArray[np.int32]
    """Brand (group of providers, or franchise), -1 for none."""
    rating: NDArray[np.int8]
    """Rating of its median site (the lower of two), key of RATINGS."""
    beds: NDArray[np.int32]
    """Care home beds; 0 if it has no care home."""
    persons: NDArray[np.float64]
    """People served at one time."""
    staff: NDArray[np.int32]
    """Headcount, at least 1."""
    self_funder_share: NDArray[np.float64]
    """Share of the people served who pay for themselves, 0..1."""
    years_registered: NDArray[np.float64]
    """Years since its longest registered site was registered."""
    closure_rate: NDArray[np.float64]
    """Closures a year to be expected per site (mean of its sites); a group outlives a site."""


class SiteTable(NamedTuple):
    """One row per site (a CQC location), sorted by organisation and authority."""

    organisation: NDArray[np.int32]
    """Row of the Register."""
    authority: NDArray[np.int16]
    """Index into evidence.authorities()."""
    setting: NDArray[np.int8]
    """Index into SETTINGS."""
    beds: NDArray[np.int32]
    """Care home beds; 0 in the community."""
    rating: NDArray[np.int8]
    """Key of RATINGS."""
    years_registered: NDArray[np.float64]
    """Years since the registration of this location."""
    never_rated: NDArray[np.bool_]
    """Community location that no inspector has rated; the register gives it a rating all the same."""
    persons: NDArray[np.float64]
    """People served at one time."""
    self_funder_share: NDArray[np.float64]
    """Share of the people served who pay for themselves, 0..1."""
    closure_rate: NDArray[np.float64]
    """Closures a year to be expected."""


_one_at_a_time = threading.Lock()


def kept_at(seed: int) -> Path | None:
    """Return the file in which the register of a seed is kept, or None where no folder is safe.

    It is named after all that a register is made from: the source and the evidence in this folder.
    """
    digest = hashlib.sha256(f"{sys.version} {np.__version__}".encode())
    for file in sorted([*HERE.rglob("*.py"), *HERE.rglob("*.csv")]):
        digest.update(file.read_bytes())
    folder = cache_folder(digest.hexdigest()[:20])
    return None if folder is None else folder / f"register-{seed}.npz"


def _kept(file: Path | None) -> tuple[Register, SiteTable] | None:
    """Return the register that was kept, or None when there is none that can be read."""
    if file is None or not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as columns:
            return (
                Register(*(columns[f"register {name}"] for name in Register._fields)),
                SiteTable(*(columns[f"site {name}"] for name in SiteTable._fields)),
            )
    except (OSError, ValueError, KeyError):
        return None  # half a disk, an old numpy: make it again


def _keep(file: Path | None, register: Register, sites: SiteTable) -> None:
    """Keep the register, whole or not at all; that it cannot be kept costs time and nothing else."""
    if file is None:
        return
    columns: dict[str, Any] = {f"register {name}": column for name, column in register._asdict().items()}
    columns |= {f"site {name}": column for name, column in sites._asdict().items()}
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **columns)
        os.replace(name, file)
    except OSError:
        return


def _made(seed: int) -> tuple[Register, SiteTable]:
    """Return the register and its sites, made by one thread while the others wait for it."""
    with _one_at_a_time:
        return _made_or_kept(seed)


@cache
def _made_or_kept(seed: int) -> tuple[Register, SiteTable]:
    """Return the register and its sites as kept from an earlier process, or made and kept for the next."""
    file = kept_at(seed)
    made = _kept(file)
    if made is None:
        made = _make(seed)
        _keep(file, *made)
    for column in (*made[0], *made[1]):  # one copy serves the whole process, so nobody may write into it
        column.flags.writeable = False
    return made


def _make(seed: int) -> tuple[Register, SiteTable]:
    """Return the register and its sites, made from the margins."""
    made = skeleton(seed)
    owner = made.organisation
    n_care_homes = np.bincount(owner, weights=made.broad == CARE_HOME).astype(np.int64)
    brand = brands(seed, made.sites, n_care_homes)
    ownership = ownerships(seed, made)
    setting = site_settings(seed, made, ownership)
    beds = site_beds(seed, made, ownership, setting, _group_sites(brand, made.sites))
    rating = site_ratings(seed, made)
    years, never_rated = site_ages(seed, made, setting)
    persons = site_persons(seed, made, setting, beds)
    self_funders = site_self_funders(seed, made, setting=setting, beds=beds, rating=rating, persons=persons)
    closure = site_closure_rates(made, ownership, beds)
    register = Register(
        sites=made.sites.astype(np.int32),
        setting=_main_settings(owner, setting, n_care_homes, made.sites).astype(np.int8),
        ownership=ownership.astype(np.int8),
        authority=_most_common(owner, made.authority).astype(np.int16),
        brand=brand.astype(np.int32),
        rating=_medians(owner, rating, made.sites).astype(np.int8),
        beds=np.bincount(owner, weights=beds).astype(np.int32),
        persons=np.bincount(owner, weights=persons).astype(np.float64),
        staff=staff(seed, made, setting, persons).astype(np.int32),
        self_funder_share=np.bincount(owner, weights=persons * self_funders) / np.bincount(owner, weights=persons),
        years_registered=np.maximum.reduceat(years, np.cumsum(made.sites) - made.sites),
        closure_rate=np.bincount(owner, weights=closure) / made.sites,
    )
    table = SiteTable(
        organisation=owner.astype(np.int32),
        authority=made.authority.astype(np.int16),
        setting=setting.astype(np.int8),
        beds=beds.astype(np.int32),
        rating=rating.astype(np.int8),
        years_registered=years.astype(np.float64),
        never_rated=never_rated,
        persons=persons.astype(np.float64),
        self_funder_share=self_funders.astype(np.float64),
        closure_rate=closure.astype(np.float64),
    )
    return register, table


def synthetic_register(seed: int = DEFAULT_SEED) -> Register:
    """Return the synthetic register of 18,099 organisations, read-only; the same for the same seed."""
    return _made(seed)[0]


def synthetic_sites(seed: int = DEFAULT_SEED) -> SiteTable:
    """Return the 28,800 sites of the synthetic register, read-only; the same for the same seed."""
    return _made(seed)[1]


def _group_sites(brand: Integers, sites: Integers) -> Integers:
    """Return the sites of the whole brand of each organisation, or its own if it has none."""
    under_brand = np.bincount(brand[brand >= 0], weights=sites[brand >= 0]).astype(np.int64)
    return np.where(brand >= 0, under_brand[brand], sites)


def _main_settings(owner: Integers, setting: Integers, n_care_homes: Integers, sites: Integers) -> Integers:
    """Return the commonest setting of each organisation among its care homes, or among its other sites."""
    number = np.bincount(owner * len(SETTINGS) + setting, minlength=len(SETTINGS) * len(sites))
    number = number.reshape(-1, len(SETTINGS))
    main: Integers = np.where(2 * n_care_homes >= sites, number[:, :2].argmax(axis=1), 2 + number[:, 2:].argmax(axis=1))
    return main


def _most_common(owner: Integers, value: Integers) -> Integers:
    """Return the commonest value of each owner, the lowest of equals."""
    pairs, number = np.unique(owner * 1000 + value, return_counts=True)
    order = np.lexsort((pairs, -number, pairs // 1000))
    commonest: Integers = pairs[order[np.searchsorted(pairs[order] // 1000, np.arange(owner.max() + 1))]] % 1000
    return commonest


def _medians(owner: Integers, value: Integers, sites: Integers) -> Integers:
    """Return the median value of each owner's sites, the lower of two."""
    rising = value[np.lexsort((value, owner))]
    median: Integers = rising[np.cumsum(sites) - sites + (sites - 1) // 2]
    return median
