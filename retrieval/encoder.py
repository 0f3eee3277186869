"""The encoder seam: a sentence-transformers model, bundled or by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.batching import encode_passages, encode_queries
from retrieval.cosines import E5, register
from retrieval.model_cache import converted

if TYPE_CHECKING:  # it takes seconds to load, and few commands encode
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"


class EncoderError(Exception):
    """The encoder can't be loaded; the message says what the setting takes."""


def load_encoder(name: str, cache: Path) -> SentenceTransformer:
    """Loads `bundled`, or any sentence-transformers id or folder.

    The bundled one is converted on first use and kept under `cache`; a conversion that is killed
    leaves nothing that a later start would take for a model, and a damaged one is made anew.

    Raises EncoderError when the model isn't there, or can't do what an encoder is for.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    from retrieval.bundled_e5 import convert

    # What it tells of loading (bars, names of weights) is nothing that its user can act on.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        folder = converted(cache, "multilingual-e5-small", convert) if name == BUNDLED else name
        encoder = SentenceTransformer(str(folder), device="cpu")
        encoder.eval()
        if name != BUNDLED:
            _check(encoder)
    except Exception as error:  # whatever a foreign model's code raises
        raise EncoderError(
            f"The embedding model {name!r} can't be used: {error}\n"
            "CHEZHI_EMBEDDING_MODEL takes `bundled`, or a sentence-transformers id or folder."
        ) from error
    if name == BUNDLED:
        register(encoder, E5)
    return encoder


def _check(encoder: SentenceTransformer) -> None:
    """Raises ValueError when questions and passages can't be compared."""
    texts = ["制动液多久换一次？", "How often is brake fluid changed?"]
    query, passage = encode_queries(encoder, texts), encode_passages(encoder, texts)
    if query.ndim != 2 or query.shape != passage.shape:
        raise ValueError(
            f"its vectors of questions ({query.shape[1:]}) and of passages ({passage.shape[1:]}) "
            "are not of one length"
        )
    if not (np.isfinite(query).all() and np.isfinite(passage).all() and query.any()):
        raise ValueError("its vectors hold no numbers")
