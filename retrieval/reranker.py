"""The reranker seam: a cross-encoder, which reads query and passage together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class RerankerError(Exception):
    """The reranker can't be loaded; the message says what the setting takes."""


class Reranker:
    def __init__(self, model: CrossEncoder) -> None:
        self.model = model

    def order(self, text: str, passages: Sequence[str]) -> list[int]:
        """The places of the passages, the most relevant first."""
        pairs = [(text, passage) for passage in passages]
        scores = np.asarray(self.model.predict(pairs, show_progress_bar=False))
        # A model with several labels tells of relevance by the last one.
        best: list[int] = np.argsort(
            -scores.reshape(len(passages), -1)[:, -1], kind="stable"
        ).tolist()
        return best


def load_reranker(name: str) -> Reranker | None:
    """Loads a cross-encoder by id or folder; none for an empty name. Raises RerankerError."""
    if not name:
        return None
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name, device="cpu")
    except Exception as error:  # whatever a foreign model's code raises
        raise RerankerError(
            f"The reranker {name!r} can't be loaded: {error}\n"
            "CHEZHI_RERANKER_MODEL takes a cross-encoder's id or folder; empty means none."
        ) from error
    return Reranker(model)
