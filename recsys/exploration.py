"""Lists that now and then show one of the next-best items, with known probabilities.

Place j of k shows the j-th best item, or, with probability `share`, one of its own pool: the items
ranked k + j, 2k + j, …, each as likely. Pools don't overlap, so the places are independent, no item
comes twice, and each item's chance to be in the list is known exactly.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

POOL = 5


def chances(ranked: Sequence[str], k: int, share: float) -> list[dict[str, float]]:
    """For each place, how likely each item is to be shown there; `ranked` is best first, of which
    the first k * (1 + POOL) count.

    Example:
        >>> chances(["a", "b", "c", "d"], k=2, share=0.5)
        [{'a': 0.5, 'c': 0.5}, {'b': 0.5, 'd': 0.5}]
    """
    found = []
    for place in range(min(k, len(ranked))):
        pool = ranked[place + k : k * (1 + POOL) : k]
        at_random = share if pool else 0.0
        found.append(
            {ranked[place]: 1 - at_random} | {item: at_random / len(pool) for item in pool}
        )
    return found


def draw(places: Sequence[Mapping[str, float]], seed: str) -> dict[str, float]:
    """The items of one list, in order of place, with their chances; the same for the same seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    rng = np.random.default_rng(number)
    shown = {}
    for place in places:
        item = list(place)[int(rng.choice(len(place), p=list(place.values())))]
        shown[item] = place[item]
    return shown


def inclusion(places: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """How likely each item is to be in the list at all."""
    return {item: chance for place in places for item, chance in place.items()}
