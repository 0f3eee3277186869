"""How well the reader tells answers from what is only on the subject, and how fast it reads.

    python -m bench.reader [FILE…] --json [--quick] [--cache DIR]

FILE as for bench.gate; more pairs are made of the sample lessons. By set: AUROC, and the share of
the unanswerable that are answered where 90 % of the answerable are; for the gate with the reader's
score (`auroc`, `false_at_90`), and as `systems` for the gate without it, the reader alone, and the
bare gap of cosines. `before` is the gate without a reader, in the same run. Speed: pairs a second
of passages that were read before (`pairs_per_s`) and of new ones, and milliseconds for one
question with its five passages (`question_ms`, p50), which `before` doesn't spend.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from bench.gate import Pairs, gather, lesson_pairs, read_sets
from retrieval.answer_evaluation import Row, passages_index
from retrieval.answerer import READ
from retrieval.bundled_reader import BundledReader
from retrieval.chunks import Chunk
from retrieval.e5_model import E5Model
from retrieval.evidence import Evidence
from retrieval.gate import bundled_gate
from retrieval.load_encoder import BUNDLED, load_encoder
from retrieval.vectors import VectorStore

SEED, QUICK = 0, 60


def system_scores(cases: Sequence[Evidence]) -> dict[str, np.ndarray]:
    """Each system's score [n] of the cases, higher for an answer."""
    with_reader, without = bundled_gate(read=True), bundled_gate()
    return {
        "both": np.array([with_reader.probability(case) for case in cases]),
        "gate": np.array([without.probability(case) for case in cases]),
        "reader": np.array([case.reader for case in cases]),
        "gap": np.array([case.gap for case in cases]),
    }


def figures(answerable: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """AUROC, and the share of the others at or above the threshold that 90 % reach."""
    threshold = np.quantile(scores[answerable], 0.1)
    return {
        "auroc": round(float(roc_auc_score(answerable, scores)), 4),
        "false_at_90": round(float((scores[~answerable] >= threshold).mean()), 4),
    }


def compare(rows: Sequence[Row], cases: Sequence[Evidence]) -> dict[str, Any]:
    answerable = np.array([row.answerable for row in rows])
    systems = {name: figures(answerable, s) for name, s in system_scores(cases).items()}
    return {"n": len(rows), **systems["both"], "systems": systems}


def speed(rows: Sequence[Row], chunks: Sequence[Chunk], encoder: E5Model) -> dict[str, float]:
    """Of pairs drawn from the sets, by a reader that has read nothing yet, and again."""
    chance = random.Random(SEED)
    reader = BundledReader.load(encoder)
    few = chance.sample(list(chunks), min(len(chunks), 40))
    asked = [row.question for row in rows]
    cases = [(chance.choice(asked), chance.sample(few, READ)) for _ in range(40)]
    reader.read([(chance.choice(asked), few[0])])
    started = perf_counter()
    reader.read([(asked[0], chunk) for chunk in few])
    new = len(few) / (perf_counter() - started)
    times = []
    for question, passages in cases:
        started = perf_counter()
        reader.read([(question, passage) for passage in passages])
        times.append((perf_counter() - started) * 1000)
    together = [(question, passage) for question, passages in cases for passage in passages]
    started = perf_counter()
    reader.read(together)
    return {
        "pairs_per_s": round(len(together) / (perf_counter() - started), 1),
        "new_pairs_per_s": round(new, 1),
        "question_ms": round(float(np.median(times)), 1),
        "question_p95": round(float(np.quantile(times, 0.95)), 1),
    }


def bench(files: Sequence[Path], cache: Path, quick: bool) -> dict[str, Any]:
    encoder = load_encoder(BUNDLED)
    assert isinstance(encoder, E5Model)
    reader = BundledReader.load(encoder)
    sets: Pairs = read_sets(files)
    if not files or not quick:
        store = VectorStore(cache / "vectors.db", "bundled", encoder)
        foreign = sorted({row.question for some in sets.values() for row in some})
        sets |= lesson_pairs(encoder, store, foreign)
    if quick:
        sets = {name: _some(rows) for name, rows in sets.items()}
    result: dict[str, Any] = {}
    for name, rows in sets.items():
        result[name] = compare(*gather(rows, cache / name.replace(" ", "-"), encoder, reader))
    first = next(iter(sets.values()))
    index = passages_index(first, cache / "speed", encoder)
    before = {name: one["systems"]["gate"] for name, one in result.items()}
    return {
        "sets": result,
        **speed(first, index.chunks, encoder),
        "before": {"sets": before, "question_ms": 0.0},
    }


def _some(rows: Sequence[Row]) -> list[Row]:
    """Both kinds, since a question stands beside its twin."""
    return list(rows[:QUICK])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reader")
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="60 rows a set")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the vectors")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        cache = options.cache or Path(folder)
        cache.mkdir(parents=True, exist_ok=True)
        print(json.dumps(bench(options.files, cache, options.quick)))


if __name__ == "__main__":
    main()
