"""One thread at a time opens numpy's files."""

from threading import Lock

# numpy reads a file's header with ast.literal_eval, which in CPython before 3.12 keeps its depth in
# the interpreter and not in the thread: two threads at once now and then raise SystemError, "AST
# constructor recursion depth mismatch". A lock of its own, since bm25s opens files of its own too.
OPENING_ARRAYS = Lock()
