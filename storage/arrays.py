"""Arrays in rows and in files."""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

# numpy reads a file's header with ast.literal_eval, which in CPython before 3.12 keeps its depth in
# the interpreter and not in the thread: two threads at once now and then raise SystemError, "AST
# constructor recursion depth mismatch". A lock of its own, since bm25s opens files of its own too.
OPENING_ARRAYS = Lock()


def vector(embedding: bytes) -> NDArray[np.float32]:
    """The query vector of a stored question (float16 bytes), float32 [d]."""
    return np.frombuffer(embedding, dtype="<f2").astype(np.float32)
