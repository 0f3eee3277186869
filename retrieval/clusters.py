"""Questions that ask the same, found by their vectors."""

import numpy as np

from retrieval.batching import Vectors

# Cosines of the bundled E5 lie close together, so this is high: chosen on paraphrases, see
# tests/retrieval/test_clusters.py.
SAME = 0.91


def clusters(vectors: Vectors, threshold: float = SAME) -> list[list[int]]:
    """Rows of float32 [n, d], L2-normalised, in groups: the largest first, rows in order.

    Agglomerative with average linkage: two groups are one when the mean cosine between them is at
    least `threshold`. O(n²) memory.
    """
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    from sklearn.cluster import AgglomerativeClustering  # a second, at each start of the bot

    model = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - threshold
    )
    labels = model.fit_predict(vectors)
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return sorted(groups, key=lambda group: (-len(group), group[0]))
