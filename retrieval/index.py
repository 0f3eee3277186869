"""One version of the index: its files, and search over them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from retrieval.batching import Vector, Vectors
from retrieval.chunks import Chunk
from retrieval.words import Rarity, terms
from storage.versions import Damaged, checksums, verify

MANIFEST, CHUNKS, FAISS, SENTENCES = "manifest.json", "chunks.jsonl", "index.faiss", "sentences.npy"


@dataclass(frozen=True, slots=True)
class Version:
    """What the manifest says of one version; `metrics` are its figures on golden questions."""

    id: str
    created: str
    model: str
    parameters: dict[str, int]
    documents: int
    chunks: int
    document_digests: dict[str, str]
    encoded: int
    checksums: dict[str, str]
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that search found; `score` is the cosine of its vector and the query's."""

    document: str
    chunk: str
    title: str
    course: str | None
    course_title: str | None
    language: str
    locator: str
    text: str
    score: float


class Index:
    """A loaded version. Nothing in it changes, so queries may share it without a lock."""

    def __init__(
        self, version: Version, chunks: Sequence[Chunk], vectors: Any, sentence_vectors: Vectors
    ) -> None:
        self.version = version
        self.chunks = chunks
        self.sentence_vectors = sentence_vectors
        self._faiss = vectors
        self._first_sentence = np.cumsum([0] + [len(chunk.sentences) for chunk in chunks])

    def search(self, query: Vector, k: int, language: str | None = None) -> list[tuple[int, float]]:
        """(row of the chunk, cosine) of the k nearest chunks (of one language), nearest first."""
        only = None
        if language is not None:
            # faiss's own stubs lack the keyword.
            only = faiss.SearchParameters()
            only.sel = faiss.IDSelectorBatch(self.rows_of[language])
        scores, rows = self._faiss.search(query[None, :], min(k, len(self.chunks)), params=only)
        return [
            (int(row), float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if row >= 0
        ]

    def hit(self, row: int, score: float) -> Hit:
        chunk = self.chunks[row]
        return Hit(
            document=chunk.document,
            chunk=chunk.id,
            title=chunk.title,
            course=chunk.course,
            course_title=chunk.course_title,
            language=chunk.language,
            locator=chunk.locator,
            text=chunk.text,
            score=score,
        )

    def sentences_of(self, row: int) -> Vectors:
        """float32 [sentences, d] of a chunk."""
        first, end = self._first_sentence[row], self._first_sentence[row + 1]
        return self.sentence_vectors[first:end].astype(np.float32)

    @cached_property
    def rows_of(self) -> dict[str, np.ndarray]:
        """Rows of the chunks by language, int64."""
        languages = np.array([chunk.language for chunk in self.chunks])
        return {str(name): np.flatnonzero(languages == name) for name in np.unique(languages)}

    @cached_property
    def centres(self) -> dict[str, Vector]:
        """The mean chunk vector, float32 [d], by language."""
        vectors = self._faiss.reconstruct_n(0, len(self.chunks))
        return {language: vectors[rows].mean(axis=0) for language, rows in self.rows_of.items()}

    @cached_property
    def terms(self) -> list[list[str]]:
        """The terms of each chunk with its headings."""
        return [terms(chunk.embedded) for chunk in self.chunks]

    @cached_property
    def rarity(self) -> Rarity:
        return Rarity(self.terms)


def write_version(
    folder: Path,
    fields: dict[str, Any],
    chunks: Sequence[Chunk],
    chunk_vectors: Vectors,
    sentence_vectors: Vectors,
) -> Version:
    """Writes all files of a version."""
    index = faiss.IndexFlatIP(chunk_vectors.shape[1])
    index.add(chunk_vectors)
    faiss.write_index(index, str(folder / FAISS))
    np.save(folder / SENTENCES, sentence_vectors.astype(np.float16))
    lines = (json.dumps(asdict(chunk), ensure_ascii=False) + "\n" for chunk in chunks)
    (folder / CHUNKS).write_text("".join(lines), encoding="utf-8")
    files = checksums(folder, (FAISS, SENTENCES, CHUNKS))
    version = Version(**fields, chunks=len(chunks), checksums=files)
    write_manifest(folder, version)
    return version


def write_manifest(folder: Path, version: Version) -> None:
    text = json.dumps(asdict(version), ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Version:
    """Raises Damaged."""
    try:
        return Version(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Damaged(f"{folder.name}: {error}") from error


def read_version(folder: Path, model: str) -> Index:
    """Loads a version whole. Raises Damaged when a file is damaged or of another model."""
    version = read_manifest(folder)
    if version.model != model:
        raise Damaged(f"{folder.name} was made with the model {version.model!r}")
    try:
        verify(folder, version.checksums)
        # Not splitlines: a text may hold U+2028 and the like, which JSON leaves as they are.
        lines = (folder / CHUNKS).read_text("utf-8").split("\n")
        chunks = [_chunk(json.loads(line)) for line in lines if line]
        vectors = faiss.read_index(str(folder / FAISS), faiss.IO_FLAG_MMAP)
        return Index(version, chunks, vectors, np.load(folder / SENTENCES, mmap_mode="r"))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise Damaged(f"{folder.name}: {error}") from error


def _chunk(fields: dict[str, Any]) -> Chunk:
    return Chunk(**{**fields, "sentences": tuple(fields["sentences"])})
