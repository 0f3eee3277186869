"""The peer that `bench.retrieval` measures beside: what one writes in an afternoon.

An exact FAISS index and bm25s with its own tokenizer (jieba's words for Chinese), the first hundred
of each fused by reciprocal ranks, k = 60.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import bm25s
import faiss
import numpy as np
import rjieba
from sentence_transformers import SentenceTransformer

from retrieval.batching import Vector, Vectors, encode_queries
from retrieval.beir import Dataset, documents_of
from retrieval.evaluation import metrics
from retrieval.knowledge import KnowledgeBase

POOL, K = 100, 60


class PlainFusion:
    def __init__(self, vectors: Vectors, texts: Sequence[str]) -> None:
        started = perf_counter()
        self._nearest = faiss.IndexFlatIP(vectors.shape[1])
        self._nearest.add(vectors)
        self._bm25 = bm25s.BM25()
        self._bm25.index([_words(text) for text in texts], show_progress=False)
        self._count = len(texts)
        self.seconds = perf_counter() - started

    def search(self, text: str, query: Vector, k: int) -> list[int]:
        count = min(POOL, self._count)
        _, near = self._nearest.search(query[None, :], count)
        said, _ = self._bm25.retrieve([_words(text)], k=count, show_progress=False)
        scores: defaultdict[int, float] = defaultdict(float)
        for rows in (near[0], said[0]):
            for rank, row in enumerate(rows, start=1):
                scores[int(row)] += 1 / (K + rank)
        return sorted(scores, key=lambda row: -scores[row])[:k]


def _words(text: str) -> list[str]:
    return [word.lower() for word in rjieba.cut(text) if word.strip()]


def plain_ndcg(dataset: Dataset, root: Path, model: SentenceTransformer) -> float:
    """nDCG@10, documents by their best chunk; takes chunks and vectors from an index at `root`."""
    knowledge = KnowledgeBase(root, model)
    knowledge.build(documents_of(dataset))
    index = knowledge.index()
    plain = PlainFusion(
        index.passages.astype(np.float32), [chunk.embedded for chunk in index.chunks]
    )
    vectors = encode_queries(model, list(dataset.queries.values()))
    ranked = {}
    for (query, text), vector in zip(dataset.queries.items(), vectors, strict=True):
        rows = plain.search(text, vector, POOL)
        ranked[query] = list(dict.fromkeys(index.chunks[row].document for row in rows))[:10]
    return metrics(ranked, dataset.relevant)["ndcg@10"]
