"""BM25 over the chunks of one version of the index, in files that are memory-mapped."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from retrieval.batching import Vector
from retrieval.words import Rarity, index_terms

# It logs each build as a debug message, whatever the level of the root logger.
logging.getLogger("bm25s").setLevel(logging.WARNING)

NAMES = {
    "data_name": "bm25-scores.npy",
    "indices_name": "bm25-chunks.npy",
    "indptr_name": "bm25-starts.npy",
    "vocab_name": "bm25-terms.json",
    "params_name": "bm25.json",
}
TERM_IDS, LENGTHS = "bm25-term-ids.npy", "bm25-lengths.npy"
FILES = (*NAMES.values(), TERM_IDS, LENGTHS)


class Bm25:
    """Scores of all chunks for a query. Method: Lucene's form of Robertson's BM25, by bm25s.

    `term_ids` int32 holds the terms of all chunks one after the other, `lengths` how many each
    has: a later build takes unchanged chunks from there instead of cutting them into words again.

    Example:
        >>> index = Bm25.build(["Brake fluid is changed every two years.", "Check the tyres."])
        >>> bool(np.argmax(index.scores(["brake"])) == 0)
        True
    """

    def __init__(self, model: Any, term_ids: np.ndarray, lengths: np.ndarray) -> None:
        self._model = model
        self._ids: dict[str, int] = model.vocab_dict
        self._term_ids = term_ids
        self._lengths = lengths
        self._ends = np.cumsum(lengths)
        self._names: dict[int, str] | None = None
        self.rarity = Rarity(self._frequency, len(lengths))

    @classmethod
    def build(
        cls, texts: Sequence[str], before: "Bm25 | None" = None, rows: Sequence[int] | None = None
    ) -> "Bm25":
        """`rows` tells for each text which row of `before` has the same text, or -1."""
        same = rows if before is not None and rows is not None else [-1] * len(texts)
        ids = dict(before._ids) if before is not None else {}
        parts: list[np.ndarray] = []
        for text, row in zip(texts, same, strict=True):
            if before is not None and row >= 0:
                parts.append(before.term_ids_of(row))
            else:
                found = [ids.setdefault(term, len(ids)) for term in index_terms(text)]
                parts.append(np.array(found, dtype=np.int32))
        lengths = np.array([len(part) for part in parts], dtype=np.int32)
        # Terms that no chunk has any more are forgotten.
        kept, term_ids = np.unique(np.concatenate(parts), return_inverse=True)
        names = list(ids)
        vocabulary = {names[old]: new for new, old in enumerate(kept)} or {"": 0}
        term_ids = term_ids.astype(np.int32)
        model = bm25s.BM25()
        by_chunk = [part.tolist() for part in np.split(term_ids, np.cumsum(lengths)[:-1])]
        if not len(term_ids):
            by_chunk = [[0]] * len(texts)  # bm25s needs a mean length
        model.index((by_chunk, vocabulary), create_empty_token=False, show_progress=False)
        return cls(model, term_ids, lengths)

    def save(self, folder: Path) -> None:
        self._model.save(folder, **NAMES, show_progress=False)
        np.save(folder / TERM_IDS, self._term_ids)
        np.save(folder / LENGTHS, self._lengths)

    @classmethod
    def load(cls, folder: Path) -> "Bm25":
        """Raises OSError, ValueError, TypeError or KeyError when a file is damaged."""
        model = bm25s.BM25.load(folder, **NAMES, mmap=True, show_progress=False)
        return cls(model, np.load(folder / TERM_IDS, mmap_mode="r"), np.load(folder / LENGTHS))

    def scores(self, terms: Sequence[str]) -> Vector:
        """float32 [chunks]."""
        ids = [self._ids[term] for term in terms if term in self._ids]
        # Without any known term bm25s has nothing to look up.
        if not ids:
            return np.zeros(len(self._lengths), dtype=np.float32)
        scores: Vector = self._model.get_scores_from_ids(ids)
        return scores

    def term_ids_of(self, row: int) -> np.ndarray:
        """The ids of a chunk's terms, in order."""
        end = self._ends[row]
        return self._term_ids[end - self._lengths[row] : end]

    def terms_of(self, row: int) -> list[str]:
        """The terms of one chunk, in order."""
        if self._names is None:
            self._names = {number: name for name, number in self._ids.items()}
        return [self._names[number] for number in self.term_ids_of(row).tolist()]

    def has(self, term: str) -> bool:
        """Whether the term is in any chunk."""
        return term in self._ids

    def _frequency(self, term: str) -> int:
        """In how many chunks a term is."""
        row = self._ids.get(term)
        if row is None:
            return 0
        starts = self._model.scores["indptr"]
        return int(starts[row + 1] - starts[row])
