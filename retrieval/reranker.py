"""The reranker seam: a cross-encoder, which reads query and passage together."""

from collections.abc import Sequence

import numpy as np
from sentence_transformers import CrossEncoder

from retrieval.index import Index
from retrieval.search import Found

# A cross-encoder reads each pair in full, so only the best are given to it.
RERANKED = 20


class RerankerError(Exception):
    """The reranker can't be loaded; the message says what the setting takes."""


class Reranker:
    def __init__(self, model: CrossEncoder) -> None:
        self.model = model

    def rerank(self, index: Index, text: str, found: Sequence[Found]) -> list[Found]:
        """The first of `found` in the cross-encoder's order, then the others as they were.

        A result's score stays what search gave it, and is passed down the list: so it still falls
        from the first to the last.
        """
        first = found[:RERANKED]
        if len(first) < 2:
            return list(found)
        pairs = [(text, index.chunks[each.row].embedded) for each in first]
        scores = np.asarray(self.model.predict(pairs, show_progress_bar=False)).reshape(
            len(first), -1
        )
        # A model with several labels tells of relevance by the last one.
        order = np.argsort(-scores[:, -1], kind="stable")
        better = [
            first[place]._replace(score=each.score)
            for place, each in zip(order, first, strict=True)
        ]
        return [*better, *found[RERANKED:]]


def load_reranker(name: str) -> Reranker | None:
    """Loads a cross-encoder by id or folder; none for an empty name. Raises RerankerError."""
    if not name:
        return None
    try:
        model = CrossEncoder(name, device="cpu")
    except (OSError, ValueError) as error:
        raise RerankerError(
            f"The reranker {name!r} can't be loaded: {error}\n"
            "CHEZHI_RERANKER_MODEL takes a cross-encoder's id or folder; empty means none."
        ) from error
    return Reranker(model)
