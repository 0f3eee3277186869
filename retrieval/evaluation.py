"""How well and how fast search finds, on a labelled set, beside its parts and plain fusion.

Metrics are as BEIR reports them (Thakur et al. 2021, arXiv 2104.08663): means over the queries, and
nDCG with the grades of the qrels as gains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

from retrieval.batching import MAX_BATCH, Vector, encode_queries
from retrieval.beir import Dataset, documents_of
from retrieval.chunks import Chunking
from retrieval.encoder import Encoder
from retrieval.fusion import reciprocal_ranks
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase
from retrieval.reranker import Reranker
from retrieval.search import POOL, search
from retrieval.words import index_terms

CUTS = (1, 5, 10)
SYSTEMS = ("pipeline", "bm25", "dense", "rrf")
BEST = 10
INDEXING, ASKING = STAGES = ("Indexing", "Asking")
Progress = Callable[[str, int, int], None]
"""Called with the stage, what is done of it, and how much it is."""
Ranked: TypeAlias = dict[str, list[str]]


def evaluate(
    dataset: Dataset,
    root: Path,
    model: Encoder,
    model_name: str = "bundled",
    chunking: Chunking | None = None,
    reranker: Reranker | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Builds an index of the corpus under `root` and ranks documents by their best chunk."""
    knowledge = KnowledgeBase(root, model, model_name, chunking)
    started = perf_counter()
    version = knowledge.build(documents_of(dataset), progress=partial(progress, INDEXING))
    built = perf_counter()
    index = knowledge.index()
    first: dict[str, int] = {}
    for row, chunk in enumerate(index.chunks):
        first.setdefault(chunk.document, row)
    ranked: dict[str, Ranked] = {name: {} for name in SYSTEMS}
    asked = list(dataset.queries.items())
    seconds = 0.0
    for start in range(0, len(asked), MAX_BATCH):
        some = asked[start : start + MAX_BATCH]
        began = perf_counter()
        vectors = encode_queries(model, [text for _, text in some])
        for (query, text), vector in zip(some, vectors, strict=True):
            ranked["pipeline"][query] = _pipeline(index, text, vector, reranker)
        seconds += perf_counter() - began
        for (query, text), vector in zip(some, vectors, strict=True):
            for name, documents in _baselines(index, first, text, vector).items():
                ranked[name][query] = documents
        progress(ASKING, start + len(some), len(asked))
    return {
        "documents": len(dataset.corpus),
        "chunks": version.chunks,
        "queries": len(asked),
        "systems": {name: metrics(ranked[name], dataset.relevant) for name in SYSTEMS},
        "queries_per_s": round(len(asked) / seconds, 1),
        "chunks_per_s": round(version.chunks / (built - started), 1),
    }


def _pipeline(index: Index, text: str, query: Vector, reranker: Reranker | None) -> list[str]:
    """The best documents by what the bot itself searches with."""
    found = search(index, text, query, POOL, reranker=reranker)
    documents = dict.fromkeys(index.chunks[each.row].document for each in found)
    return list(documents)[:BEST]


def _baselines(index: Index, first: Mapping[str, int], text: str, query: Vector) -> Ranked:
    """The best documents by words, by exact cosines, and by plain fusion of these two rankings.

    `first` has the row of each document's first chunk, in the index's order.
    """
    documents, rows = list(first), list(first.values())
    words = np.maximum.reduceat(index.bm25.scores(index_terms(text)), rows)
    cosines = np.maximum.reduceat(index.passages.astype(np.float32) @ query, rows)
    by = {"bm25": words, "dense": cosines, "rrf": reciprocal_ranks(words, cosines)}
    return {
        name: [documents[row] for row in np.argsort(-scores, kind="stable")[:BEST]]
        for name, scores in by.items()
    }


def metrics(
    ranked: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, float]:
    """Means over the queries; `ranked` holds for each query at least the ten best documents."""
    rows = [_of_query(documents, relevant[query]) for query, documents in ranked.items()]
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def _of_query(documents: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    gains = [grades.get(document, 0) for document in documents[:10]]
    ideal = sorted(grades.values(), reverse=True)[:10]
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain), None)
    return {
        **{f"recall@{k}": sum(gain > 0 for gain in gains[:k]) / len(grades) for k in CUTS},
        "mrr@10": 1 / first if first else 0.0,
        "ndcg@10": _dcg(gains) / _dcg(ideal),
    }


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / float(np.log2(rank + 1)) for rank, gain in enumerate(gains, start=1))
