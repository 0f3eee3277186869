"""The FAISS index of the chunks' vectors: exact while that is quick, a graph beyond.

Method beyond: hierarchical navigable small worlds (Malkov, Yashunin, arXiv 1603.09320) over the
vectors as they are. docs/benchmarks.md has the figures behind the numbers.
"""

from pathlib import Path
from typing import Any

import faiss
import numpy as np

from retrieval.batching import Vectors

EXACT, GRAPH = "exact", "hnsw"
EXACT_UP_TO = 10_000
# Neighbours of a node, candidates looked at when one is added, and when one searches.
NEIGHBOURS, WHEN_BUILT, WHEN_SEARCHED = 24, 60, 250


def make_nearest(vectors: Vectors, kind: str | None = None) -> tuple[str, Any]:
    """Its kind and the index, by inner product, of L2-normalised float32 [n, d]."""
    count, size = vectors.shape
    kind = kind or (GRAPH if count > EXACT_UP_TO else EXACT)
    index: Any = faiss.IndexFlatIP(size)
    if kind == GRAPH:
        index = faiss.IndexHNSWFlat(size, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = WHEN_BUILT
    index.add(vectors)
    return kind, index


def read_nearest(path: Path) -> Any:
    """Memory-mapped: vectors are read from the file as they are compared, and processes share them.

    Raises RuntimeError when the file is damaged.
    """
    # IO_FLAG_MMAP alone maps inverted files only, and copies what is flat or a graph.
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def parameters(index: Any, only: np.ndarray | None = None) -> Any:
    """Search parameters, for all rows or those marked in `only`, bool [n]."""
    graph = hasattr(index, "hnsw")
    found: Any = faiss.SearchParameters()
    if graph:
        # faiss's own stubs lack the class.
        found = faiss.SearchParametersHNSW()  # type: ignore[attr-defined]
        found.efSearch = WHEN_SEARCHED
    if only is not None:
        # faiss reads the bits where they are, so they are kept with what points to them.
        bits = np.packbits(only, bitorder="little")
        found.sel = faiss.IDSelectorBitmap(len(only), faiss.swig_ptr(bits))
        found.kept = (bits, found.sel)
    return found
