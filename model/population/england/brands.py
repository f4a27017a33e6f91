"""Which organisations trade under one brand: groups of registered providers, franchises among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product

import numpy as np

from ..country import Integers
from ..draws import generator
from .evidence import assumed
from .published import BROAD_SETTINGS, counts, exact_values

NO_BRAND = -1
FRANCHISES = 2  # the two brands of most providers, Home Instead and Bluebird Care, are homecare franchises


def brands(seed: int, sites: Integers, care_homes: Integers) -> Integers:
    """Return the brand (0..309, or -1) of each organisation, given its sites and how many are care homes.

    As in 2021: the sites of brands, the providers of brands, the sizes of the providers under a brand, and
    the care homes and community sites under a brand. Which region a brand works in follows from its members.
    """
    rng = generator(seed, "brand")
    main = (2 * care_homes < sites).astype(np.int64)  # 0 care home, 1 community
    waiting: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index in rng.permutation(len(sites)).tolist():
        waiting[int(sites[index]), int(main[index])].append(index)
    needed = counts("locations", "belongs_to_brand", ("yes",), "setting", BROAD_SETTINGS)[0]
    brand = np.full(len(sites), NO_BRAND, dtype=np.int64)
    for number, members in enumerate(_member_sizes(rng)):
        kind = int(rng.random() * needed.sum() >= needed[0]) if number >= FRANCHISES else 1
        for size in members:
            member = (waiting[size, kind] or waiting[size, 1 - kind]).pop()
            brand[member] = number
            needed -= (care_homes[member], size - care_homes[member])
        needed = np.maximum(needed, 0.0)
    return _exchanged(brand, sites, care_homes)


def _sizes_of_branded_providers() -> list[int]:
    """Return the sites of each provider under a brand, largest first.

    A group is a brand or a provider without one: so providers less (groups less brands) are those under one.
    """
    number: Counter[int] = Counter(exact_values("providers_exact", "provider_size_sites").tolist())
    number.update(exact_values("brands_exact", "brand_size_sites").tolist())
    number.subtract(exact_values("groups_exact", "group_size_sites").tolist())
    return sorted(number.elements(), reverse=True)


def _member_sizes(rng: np.random.Generator) -> list[list[int]]:
    """Return the sites of the members of each brand, the franchises first.

    How the lists of brands by sites, brands by providers and providers by sites join is not published. Brands
    of one provider are those for which a provider of just that size exists; among the others more sites tend
    to go with more providers. Then each provider, the largest first, goes to the brand that has most sites
    left for each provider that it still lacks.
    """
    sizes = exact_values("brands_exact", "brand_size_sites").tolist()
    providers = exact_values("providers_per_brand", "registered_providers_in_brand").tolist()
    stock = _sizes_of_branded_providers()
    joined: list[tuple[int, int]] = []
    for number in providers[:FRANCHISES]:
        size = min(size for size in sizes if size >= number)
        sizes.remove(size)
        joined.append((size, number))
    fixed: list[list[int]] = []
    preferred = rng.permutation(np.unique(sizes)).tolist()
    for size in sorted(sizes, key=lambda size: (size > 1, preferred.index(size))):
        if len(fixed) < providers.count(1) and size in stock:
            stock.remove(size)
            sizes.remove(size)
            fixed.append([size])
    score = np.log(sizes) + assumed("brand_noise") * rng.standard_normal(len(sizes))
    left = [sizes[place] for place in np.argsort(-score, kind="stable")]
    several = [number for number in providers[FRANCHISES:] if number > 1]
    # Only the largest brand can hold the largest provider, so few others fit beside it.
    number = max(number for number in several if number <= max(left) - stock[0] + 1)
    several.remove(number)
    joined.append((max(left), number))
    left.remove(max(left))
    for number in several:
        size = next(size for size in left if size >= number)
        left.remove(size)
        joined.append((size, number))
    sites_left = np.array([float(size) for size, _ in joined])
    lacking = np.array([number for _, number in joined])
    packed: list[list[int]] = [[] for _ in joined]
    for size in (size for size in stock if size > 1):
        spare = sites_left - size - (lacking - 1)  # each later provider brings at least one site
        need = np.where(spare >= 0, sites_left / np.maximum(lacking, 1), 1e3 * spare)
        need[(lacking == 1) & (sites_left == size)] = np.inf
        need[lacking == 0] = -np.inf
        brand = int(np.argmax(need))
        packed[brand].append(size)
        sites_left[brand] -= size
        lacking[brand] -= 1
    for members, number in zip(packed, lacking.tolist(), strict=True):
        members.extend([1] * number)
    _trade(packed, [size for size, _ in joined])
    return packed[:FRANCHISES] + sorted([*packed[FRANCHISES:], *fixed], key=sum, reverse=True)


def _trade(packed: list[list[int]], sizes: list[int]) -> None:
    """Exchange members between the brands that have most and fewest sites too many, until all is exact."""
    for _ in range(200):
        excess = [sum(members) - size for members, size in zip(packed, sizes, strict=True)]
        rich, poor = excess.index(max(excess)), excess.index(min(excess))
        wish = min(excess[rich], -excess[poor])
        choices = product(set(packed[rich]), set(packed[poor]))
        pairs = [(more, less) for more, less in choices if 0 < more - less <= wish]
        if not pairs:
            return
        more, less = max(pairs, key=lambda pair: pair[0] - pair[1])
        packed[rich][packed[rich].index(more)] = less
        packed[poor][packed[poor].index(less)] = more


def _exchanged(brand: Integers, sites: Integers, care_homes: Integers) -> Integers:
    """Return the brands after one-site members were exchanged until care homes under a brand are exact."""
    wanted = int(counts("locations", "belongs_to_brand", ("yes",), "setting", ("care home",))[0, 0])
    member = brand >= 0
    short = wanted - int(care_homes[member].sum())
    alone = (sites == 1) & (brand != 0) & (brand != 1)  # franchises stay homecare
    leaving = np.flatnonzero(member & alone & (care_homes == (short < 0)))[: abs(short)]
    joining = np.flatnonzero(~member & alone & (care_homes == (short > 0)))[: len(leaving)]
    brand[joining] = brand[leaving]
    brand[leaving] = NO_BRAND
    return brand
