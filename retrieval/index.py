"""One version of the index: its files, and search over them."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from pydantic import TypeAdapter

from retrieval.batching import Vector, Vectors
from retrieval.bm25 import FILES as BM25
from retrieval.bm25 import Bm25
from retrieval.calibration import Calibration
from retrieval.chunks import Chunk
from retrieval.cosines import E5, Cosines
from retrieval.names import spelled, tokens
from retrieval.nearest import EXACT, make_nearest, parameters, read_nearest
from retrieval.words import Rarity, folded
from storage.arrays import OPENING_ARRAYS
from storage.versions import Damaged, checksums, verify

MANIFEST, CHUNKS, FAISS = "manifest.json", "chunks.jsonl", "index.faiss"
PASSAGES, SENTENCES = "passages.npy", "sentences.npy"
FILES = (FAISS, PASSAGES, SENTENCES, CHUNKS, *BM25)
# Of so many chunks at most the cosines say how much they differ, and by no less than this.
SAMPLE = 1000
# In so many at most words are counted.
COUNTED = 20_000
SPREAD = 0.005


@dataclass(frozen=True, slots=True)
class Version:
    """What the manifest says of one version.

    `metrics` are its figures on golden questions; `nearest` is the kind of its FAISS index;
    `cosines` tells of its encoder, as `Cosines.fields` (versions that lack it are E5's), and
    `calibration` from where on it answers, as `Calibration.fields` (empty where it found none).
    """

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
    nearest: str = EXACT
    cosines: dict[str, Any] = field(default_factory=E5.fields)
    calibration: dict[str, Any] = field(default_factory=dict)


_VERSION = TypeAdapter(Version)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that search found; `score` is what search ranked it by."""

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
    """A loaded version. Nothing in it changes, so queries may share it without a lock.

    `nearest` is the FAISS index of `passages` [chunks, d]; `sentence_vectors` [sentences, d] follow
    the chunks' order. All that looks at every chunk is done here, not at the first query.
    """

    def __init__(
        self,
        version: Version,
        chunks: Sequence[Chunk],
        nearest: Any,
        sentence_vectors: Vectors,
        passages: Vectors | None = None,
        bm25: Bm25 | None = None,
    ) -> None:
        self.version = version
        self.scale = Cosines.of(version.cosines)
        self.chunks = chunks
        self.sentence_vectors = sentence_vectors
        self.passages = nearest.reconstruct_n(0, len(chunks)) if passages is None else passages
        self.bm25 = bm25 or Bm25.build([chunk.embedded for chunk in chunks])
        self._nearest = nearest
        self._counts = np.array([len(chunk.sentences) for chunk in chunks])
        self._ends = np.cumsum(self._counts)
        self.chunks_of = Counter(chunk.document for chunk in chunks)
        self._first_of = {chunks[row].document: row for row in range(len(chunks) - 1, -1, -1)}
        self._tokens: dict[str, frozenset[str]] = {}
        self._said: dict[str, int] = {}
        # And the version that it was read of: `recalibrate` replaces that.
        self._calibration = version, Calibration.of(version.calibration)
        languages = np.array([chunk.language for chunk in chunks])
        # Rows of the chunks and the mean of their vectors, float32 [d], by language.
        self.rows_of = {str(one): np.flatnonzero(languages == one) for one in np.unique(languages)}
        self.centres = {name: _mean(self.passages, rows) for name, rows in self.rows_of.items()}
        step = len(chunks) // SAMPLE + 1
        self._sample = self.passages[::step].astype(np.float32)
        self._only: dict[str | None, Any] = {None: parameters(nearest)}
        for name in self.rows_of:
            only = None if len(self.rows_of) == 1 else languages == name
            self._only[name] = parameters(nearest, only)

    @property
    def calibration(self) -> Calibration | None:
        """From where on it answers; None where it found none."""
        version, found = self._calibration
        if version is not self.version:
            found = Calibration.of(self.version.calibration)
            self._calibration = self.version, found
        return found

    @property
    def rarity(self) -> Rarity:
        return self.bm25.rarity

    def nearest(
        self, query: Vector, k: int, language: str | None = None
    ) -> tuple[np.ndarray, Vector]:
        """Rows int64 and cosines of the k nearest chunks (of one language), nearest first."""
        count = min(k, len(self.chunks))
        cosines, rows = self._nearest.search(query[None, :], count, params=self._only[language])
        there = rows[0] >= 0
        return rows[0][there], cosines[0][there]

    def cosines(self, rows: np.ndarray, query: Vector) -> Vector:
        """Cosines of the query and these chunks."""
        return _products(self.passages[rows], query)

    def best_sentences(self, rows: np.ndarray, query: Vector) -> Vector:
        """The cosine of the query and the nearest sentence of each of these chunks."""
        counts = self._counts[rows]
        cosines = _products(self.sentence_vectors[self.sentence_rows(rows)], query)
        best: Vector = np.maximum.reduceat(cosines, np.cumsum(counts) - counts)
        return best

    def usual(self, query: Vector) -> tuple[float, float]:
        """Mean and standard deviation of the query's cosine with the chunks."""
        cosines = self._sample @ query
        return float(np.mean(cosines)), max(float(np.std(cosines)), SPREAD * self.scale.unit)

    def sentence_rows(self, rows: np.ndarray) -> np.ndarray:
        """Where in `sentence_vectors` the sentences of these chunks are, chunk after chunk."""
        counts = self._counts[rows]
        first = self._ends[rows] - counts
        rows_of_all: np.ndarray = np.repeat(first - np.cumsum(counts) + counts, counts)
        return rows_of_all + np.arange(len(rows_of_all))

    def tokens_of(self, document: str) -> frozenset[str]:
        """All that could be a name in a document, read when it is first asked for."""
        found = self._tokens.get(document)
        if found is None:
            first = self._first_of[document]
            chunks = self.chunks[first : first + self.chunks_of[document]]
            text = "\n".join(chunk.embedded for chunk in chunks)
            found = self._tokens[document] = tokens(spelled(folded(text)))
        return found

    def count(self, word: str) -> int:
        """How many passages, of a sample of them, have a word in lower case; counted once."""
        found = self._said.get(word)
        if found is None:
            step = len(self.chunks) // COUNTED + 1
            exact = re.escape(word)
            there = re.compile(rf"(?<![a-z0-9]){exact}(?![a-z0-9])" if word.isascii() else exact)
            found = sum(there.search(c.embedded.lower()) is not None for c in self.chunks[::step])
            self._said[word] = found
        return found

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
        end = self._ends[row]
        return self.sentence_vectors[end - self._counts[row] : end].astype(np.float32)


def build_index(
    fields: dict[str, Any],
    chunks: Sequence[Chunk],
    passages: Vectors,
    sentence_vectors: Vectors,
    before: Index | None = None,
    rows: Sequence[int] | None = None,
) -> Index:
    """An index in memory. `rows` tells which chunk of `before` each chunk is, or -1."""
    # Half precision is what is kept, so it is also what is searched.
    passages, sentence_vectors = passages.astype(np.float16), sentence_vectors.astype(np.float16)
    kind, nearest = make_nearest(passages.astype(np.float32))
    bm25 = Bm25.build([chunk.embedded for chunk in chunks], before.bm25 if before else None, rows)
    version = Version(**fields, chunks=len(chunks), checksums={}, nearest=kind)
    return Index(version, chunks, nearest, sentence_vectors, passages, bm25)


def write_version(folder: Path, index: Index) -> Version:
    """Writes all files of a version."""
    faiss.write_index(index._nearest, str(folder / FAISS))
    np.save(folder / PASSAGES, index.passages)
    np.save(folder / SENTENCES, index.sentence_vectors)
    index.bm25.save(folder)
    lines = (json.dumps(_fields(chunk), ensure_ascii=False) + "\n" for chunk in index.chunks)
    (folder / CHUNKS).write_text("".join(lines), encoding="utf-8")
    files = checksums(folder, FILES)
    version = replace(index.version, checksums=files)
    write_manifest(folder, version)
    return version


def write_manifest(folder: Path, version: Version) -> None:
    text = json.dumps(_fields(version), ensure_ascii=False, indent=1)
    beside = folder / f"{MANIFEST}.new"
    beside.write_text(text, encoding="utf-8")
    beside.replace(folder / MANIFEST)


def written(folder: Path) -> int:
    """When a version's manifest was last written, in ns; 0 where there is none."""
    try:
        return (folder / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


def read_manifest(folder: Path) -> Version:
    """Raises Damaged."""
    try:
        fields = json.loads((folder / MANIFEST).read_text("utf-8"))
        version = _VERSION.validate_python(fields)
        Cosines.of(version.cosines)
        Calibration.of(version.calibration)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Damaged(f"{folder.name}: its manifest is damaged ({error})") from error
    return version


def checked(folder: Path, model: str) -> Version:
    """A version's manifest, its files compared with it. Raises Damaged when one is damaged, or
    made with another model.
    """
    version = read_manifest(folder)
    if version.model != model:
        raise Damaged(f"{folder.name} was made with the model {version.model!r}")
    verify(folder, version.checksums, FILES)
    return version


def read_version(folder: Path, model: str) -> Index:
    """Loads a version whole. Raises as `checked`."""
    version = checked(folder, model)
    try:
        # Not splitlines: a text may hold U+2028 and the like, which JSON leaves as they are.
        lines = (folder / CHUNKS).read_text("utf-8").split("\n")
        chunks = [_chunk(json.loads(line)) for line in lines if line]
        with OPENING_ARRAYS:
            # As plain arrays: a memmap makes an object of Python's for each row that is looked at.
            sentences = np.asarray(np.load(folder / SENTENCES, mmap_mode="r"))
            passages = np.asarray(np.load(folder / PASSAGES, mmap_mode="r"))
            bm25 = Bm25.load(folder)
        return Index(version, chunks, read_nearest(folder / FAISS), sentences, passages, bm25)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Damaged(f"{folder.name}: {error}") from error


def _fields(one: Chunk | Version) -> dict[str, Any]:
    # asdict copies deeply, which takes seconds for a large index.
    return {field.name: getattr(one, field.name) for field in dataclass_fields(one)}


def _products(vectors: Vectors, query: Vector) -> Vector:
    """float32 [n]: `vectors`, float16 or float32 [n, d], times the query.

    numpy's conversion of halves takes five times as long as this: a half's bits, at their places in
    a float, are its value divided by 2^112 (infinities and NaN aside).
    """
    if vectors.dtype == np.float16:
        bits = vectors.view(np.int16).astype(np.int32) << 13
        # Of what the sign was spread over, only the sign itself stays.
        bits &= ~0x70000000
        vectors, query = bits.view(np.float32), query * np.float32(2.0**112)
    products: Vector = vectors @ query
    return products


def _mean(passages: Vectors, rows: np.ndarray) -> Vector:
    mean: Vector = passages[rows].mean(axis=0, dtype=np.float32)
    return mean


def _chunk(fields: dict[str, Any]) -> Chunk:
    sentences, marks = tuple(fields["sentences"]), tuple(fields.get("marks", ()))
    return Chunk(**{**fields, "sentences": sentences, "marks": marks})
