"""Which encoder a setting names, loading it, and whether it is fit to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.batching import encode_passages, encode_queries
from retrieval.cosines import E5, register
from retrieval.encoder import Encoder, EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"


def load_encoder(name: str) -> Encoder:
    """Loads `bundled`, or any sentence-transformers id or folder.

    Raises EncoderError when the model isn't there, or can't do what an encoder is for.
    """
    try:
        if name == BUNDLED:
            from retrieval import bundled_e5

            bundled = bundled_e5.load()
            bundled.quicken()
            encoder: Encoder = bundled
        else:
            encoder = _sentence_transformer(name)
            _check(encoder)
    except Exception as error:  # whatever a foreign model's code raises
        raise EncoderError(
            f"The embedding model {name!r} can't be used: {error}\n"
            "CHEZHI_EMBEDDING_MODEL takes `bundled`, or a sentence-transformers id or folder."
        ) from error
    if name == BUNDLED:
        register(encoder, E5)
    return encoder


def _sentence_transformer(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # What it tells of loading (bars, names of weights) is nothing that its user can act on.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(name, device="cpu").eval()


def _check(encoder: Encoder) -> None:
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
