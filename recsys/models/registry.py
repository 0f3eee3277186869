"""Which models there are, and the settings that are tried of each."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from recsys.models import (
    ease,
    embeddings,
    graph_filter,
    history,
    ials,
    item_knn,
    peers,
    popularity,
)
from recsys.models.base import Model


class Family(NamedTuple):
    """How to make a model of given settings, and the settings to try, the safest first."""

    make: Callable[[Any], Model]
    grid: Sequence[Any]


OURS = {
    "popularity": Family(popularity.Popularity, popularity.GRID),
    "item_knn": Family(item_knn.ItemKNN, item_knn.GRID),
    "ease": Family(ease.EASE, ease.GRID),
    "graph_filter": Family(graph_filter.GraphFilter, graph_filter.GRID),
    "ials": Family(ials.IALS, ials.GRID),
    "embeddings": Family(embeddings.EmbeddingModel, embeddings.GRID),
    "history": Family(history.HistoryModel, history.GRID),
}
PEERS = {
    "implicit_als": Family(peers.ImplicitALS, peers.ALS_GRID),
    "implicit_bpr": Family(peers.ImplicitBPR, peers.BPR_GRID),
}
BLEND = "blend"
"""Of all our models that take part; it has no grid, its weights are chosen on validation."""
NAMES = (*OURS, BLEND, *PEERS)
