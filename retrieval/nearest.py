"""The FAISS index of the chunks' vectors: exact while that is quick, clustered beyond.

Method beyond: an inverted file of k-means clusters (Jégou, Douze, Schmid, "Product Quantization for
Nearest Neighbor Search", 2011) without quantisation: only the lists nearest to a query are read.
docs/benchmarks.md has the figures behind the numbers.
"""

from pathlib import Path
from typing import Any

import faiss
import numpy as np

from retrieval.batching import Vectors

EXACT, CLUSTERED = "exact", "ivf"
EXACT_UP_TO = 10_000
# Lists that a query reads.
PROBES = 24
# Vectors a list that k-means learns from; more only makes builds slower.
LEARNED_FROM = 40


def make_nearest(vectors: Vectors) -> tuple[str, Any]:
    """Its kind and the index, by inner product, of L2-normalised float32 [n, d]."""
    count, size = vectors.shape
    exact = faiss.IndexFlatIP(size)
    if count <= EXACT_UP_TO:
        exact.add(vectors)
        return EXACT, exact
    lists = int(np.sqrt(count))
    clustered = faiss.IndexIVFFlat(exact, size, lists, faiss.METRIC_INNER_PRODUCT)
    clustered.cp.max_points_per_centroid = LEARNED_FROM
    clustered.train(vectors)
    clustered.add(vectors)
    return CLUSTERED, clustered


def read_nearest(path: Path) -> Any:
    """Raises RuntimeError when the file is damaged."""
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP)


def parameters(index: Any, only: np.ndarray | None = None) -> Any:
    """Search parameters, for all rows or those marked in `only`, bool [n]."""
    clustered = hasattr(index, "nlist")
    found: Any = faiss.SearchParametersIVF() if clustered else faiss.SearchParameters()
    if clustered:
        found.nprobe = PROBES
    if only is not None:
        # faiss reads the bits where they are, so they are kept with what points to them.
        bits = np.packbits(only, bitorder="little")
        found.sel = faiss.IDSelectorBitmap(len(only), faiss.swig_ptr(bits))
        found.kept = (bits, found.sel)
    return found
