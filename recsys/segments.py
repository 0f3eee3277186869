"""Segments of users: K-means over profiles, with ids that outlive a retrain.

k is the one with the best silhouette (Rousseeuw 1987) on a seeded sample, among those whose
clusters come out alike when half of the users is left out (mean adjusted Rand index of at least
`STABLE`; without any such k, the most stable one). There are never more than there are kinds of
users: those who are all alike are one segment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist
from threadpoolctl import threadpool_limits

from recsys.dataset import TooLittleData
from recsys.features import Features, shares, usual_shares

# What the blocks weigh in the distance: people are told apart by what they care about first.
WEIGHTS = {"topic": 1.0, "type": 0.3, "brand": 0.3, "funnel": 0.2, "recency": 0.05}
PRIOR = 2.0
# With less confidence than this in topics, a user is placed in a segment but forms none.
ENOUGH = 2.0
RANGE, SEED, SAMPLE, STABLE, HALVES = range(3, 11), 7, 1000, 0.6, 3
MIN_USERS = 60
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Segments:
    """`ids` [k]; `centroids` float32 [k, features] over `names`; `usual` float32 [features]: all
    users' shares; `shares` float32 [k, features]: each segment's mean shares; `sizes` [k] users.
    """

    names: tuple[str, ...]
    ids: tuple[int, ...]
    centroids: np.ndarray
    usual: np.ndarray
    shares: np.ndarray
    sizes: tuple[int, ...]
    silhouette: float
    stability: float
    next_id: int

    def place(self, rows: np.ndarray) -> np.ndarray:
        """The index of the nearest segment of each row of raw features, int [n]."""
        return np.asarray(cdist(_space(rows, self.names, self.usual), self.centroids).argmin(1))

    def top(self, index: int, count: int = 3) -> list[str]:
        """The features that set a segment apart from all users, strongest first."""
        return leading(self.names, self.shares[index], self.usual, count)


def leading(
    names: Sequence[str], share: np.ndarray, usual: np.ndarray, count: int, least: float = 0.03
) -> list[str]:
    """The features with the largest rise over the usual share, weighed as in the distance."""
    weight = np.array([WEIGHTS[name.partition(".")[0]] for name in names])
    rise = (np.sqrt(share) - np.sqrt(usual)) * weight
    rise[(share - usual) < least] = 0
    return [names[n] for n in np.argsort(-rise, kind="stable")[:count] if rise[n] > 0]


def fit(
    features: Features,
    last: Segments | None = None,
    progress: Progress | None = None,
    chosen: Mapping[int, int | None] | None = None,
) -> Segments:
    """Segments of the users, with the ids of `last` where they are the same. The same input gives
    the same segments. `chosen` are the users who said themselves where they belong: to a segment's
    id, or to none. Raises TooLittleData."""
    names = features.names
    topics = [n for n, name in enumerate(names) if name.startswith("topic.")]
    able = features.matrix[:, topics].sum(axis=1) >= ENOUGH
    if (count := int(able.sum())) < MIN_USERS:
        raise TooLittleData(
            f"There is enough known of {count} users; segments need at least {MIN_USERS}. "
            "They come with more questions, views and bookings."
        )
    usual = usual_shares(features.matrix[able], names)
    points = _space(features.matrix[able], names, usual)
    # The matrices are small: threads would only wait for one another.
    with threadpool_limits(1):
        silhouette, stability, centroids = _choose(points, progress)
    ids, next_id = _ids(names, centroids, last)
    found = Segments(names, ids, centroids, usual, centroids, (), silhouette, stability, next_id)
    placed = found.place(features.matrix)
    for row, user in enumerate(features.users):
        if user in (chosen or {}):
            own = (chosen or {})[user]
            placed[row] = ids.index(own) if own in ids else -1
    each = shares(features.matrix, names, usual, PRIOR)
    means = np.stack(
        [each[placed == n].mean(0) if (placed == n).any() else usual for n in range(len(ids))]
    )
    sizes = [int((placed == n).sum()) for n in range(len(ids))]
    # All of a segment's users may have chosen another.
    kept = [n for n, size in enumerate(sizes) if size]
    return replace(
        found,
        ids=tuple(ids[n] for n in kept),
        centroids=centroids[kept],
        shares=means[kept],
        sizes=tuple(sizes[n] for n in kept),
    )


def _space(rows: np.ndarray, names: Sequence[str], usual: np.ndarray) -> np.ndarray:
    """Square roots of shares (Hellinger distance), weighed by block, float32 [n, features]."""
    weight = np.array([WEIGHTS[name.partition(".")[0]] for name in names])
    return np.asarray(np.sqrt(shares(rows, names, usual, PRIOR)) * weight, dtype=np.float32)


def _choose(points: np.ndarray, progress: Progress | None) -> tuple[float, float, np.ndarray]:
    """(silhouette, stability, centroids) of the best k."""
    # K-means makes empty clusters of more than there are different points.
    kinds = np.unique(points.round(5), axis=0, return_inverse=True)[1].ravel()
    most = int(kinds.max()) + 1
    if most == 1:
        return 0.0, 1.0, points[:1].astype(np.float32)
    tried: list[tuple[float, float, np.ndarray]] = []
    for done, k in enumerate(RANGE, start=1):
        if k <= most or not tried:
            tried.append(_tried(points, kinds, min(k, most)))
        if progress is not None:
            progress(done, len(RANGE))
    stable = [outcome for outcome in tried if outcome[1] >= STABLE]
    return max(stable or tried, key=lambda outcome: outcome[0] if stable else outcome[1])


def _tried(points: np.ndarray, kinds: np.ndarray, k: int) -> tuple[float, float, np.ndarray]:
    """(silhouette, stability, centroids) of k clusters."""
    from sklearn.cluster import KMeans  # a second, and only who groups people needs it
    from sklearn.metrics import silhouette_score

    whole = KMeans(k, n_init=3, random_state=SEED).fit(points)
    some = np.random.default_rng(SEED).permutation(len(points))[:SAMPLE]
    # A small cluster may be missing from the sample, and one alone is compared with nothing.
    several = len(np.unique(whole.labels_[some])) > 1
    silhouette = silhouette_score(points[some], whole.labels_[some]) if several else 0.0
    stability = _stability(points, kinds, whole.labels_, k)
    return float(silhouette), stability, whole.cluster_centers_.astype(np.float32)


def _stability(points: np.ndarray, kinds: np.ndarray, labels: np.ndarray, k: int) -> float:
    """How alike all users are divided by clusters of a random half (adjusted Rand index)."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    chance = np.random.default_rng(SEED)
    agreed = []
    for _ in range(HALVES):
        half = chance.choice(len(points), len(points) // 2, replace=False)
        clusters = min(k, len(np.unique(kinds[half])))
        other = KMeans(clusters, n_init=1, random_state=SEED).fit(points[half]).predict(points)
        agreed.append(adjusted_rand_score(labels, other))
    return float(np.mean(agreed))


def _ids(
    names: Sequence[str], centroids: np.ndarray, last: Segments | None
) -> tuple[tuple[int, ...], int]:
    """Ids by the cheapest matching of centroids to the last ones (Kuhn 1955).

    A segment that is farther from its match than half of what segments are apart is a new one.
    """
    if last is None:
        return tuple(range(1, len(centroids) + 1)), len(centroids) + 1
    before = np.zeros((len(last.ids), len(names)), dtype=np.float32)
    place = {name: column for column, name in enumerate(names)}
    for column, name in enumerate(last.names):
        if name in place:
            before[:, place[name]] = last.centroids[:, column]
    distance, next_id = cdist(centroids, before), last.next_id
    near = float(np.median(pdist(before))) / 2 if len(before) > 1 else np.inf
    matched = dict(zip(*linear_sum_assignment(distance), strict=True))
    ids = []
    for row in range(len(centroids)):
        if (old := matched.get(row)) is not None and distance[row, old] <= near:
            ids.append(last.ids[old])
        else:
            ids.append(next_id)
            next_id += 1
    return tuple(ids), next_id
