"""Lists that mix types and price levels."""

import numpy as np

# Each item of a type that is listed already costs this much, so that lists mix types.
SAME_TYPE = 0.35
# And of its price level: nobody sees dear things alone, whatever they paid before.
SAME_LEVEL = 0.1


def levels(prices: np.ndarray) -> np.ndarray:
    """int [items]: 0 for free, 1 up to the median of what costs something, 2 above."""
    paid = prices[prices > 0]
    return (prices > 0).astype(int) + (prices > (np.median(paid) if len(paid) else 0))


def mixed(
    scores: np.ndarray, types: np.ndarray, level: np.ndarray, k: int
) -> list[tuple[int, float]]:
    """Greedy choice that sets back every further item of one type, and of one price level: places
    in `scores`, each with what its score came to, best first."""
    left = scores.astype(float)
    chosen: list[tuple[int, float]] = []
    for _ in range(min(k, len(left))):
        best = int(left.argmax())
        chosen.append((best, float(left[best])))
        left[best] = -np.inf
        left[types == types[best]] -= SAME_TYPE
        left[level == level[best]] -= SAME_LEVEL
    return chosen
