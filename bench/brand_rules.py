"""How well brand rules tell what breaks them, and vectors how people feel, on labelled sentences.

python -m bench.brand_rules [--json] [--quick]
"""

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import yaml

from retrieval.batching import BatchingEncoder, encode_queries
from retrieval.load_encoder import BUNDLED, load_encoder
from services.brands import book
from services.brands.checking import Books, Finding, Rules
from services.brands.feelings import FEELINGS, Feelings

ROOT = Path(__file__).parents[1]
FILES = [
    ROOT / "tests/brands" / name
    for name in ("brand_sentences.yaml", "law_dev.yaml", "law_held_out.yaml")
]
BOOK = ROOT / "sample/brands/yunridge.yaml"
HELD_OUT = ROOT / "tests/brands/feelings.yaml"
BRAND = "yunridge"
# The labels of the sentences for the rules that ban; others are their own.
KIND = {
    "superlative": "absolute",
    "absolute": "absolute",
    "supreme": "absolute",
    "first": "absolute",
    "disparage-brands": "disparage",
}
SIZES = (2_000, 8_000, 32_000)


def kind(finding: Finding) -> str:
    return KIND.get(finding.rule, finding.rule) if finding.code == "banned" else finding.code


def of_split(books: Books, listed: dict[str, list[str]]) -> dict[str, Any]:
    """Precision and recall: of whole sentences (`all`), of those that are written around rules
    (`evaded`), and of each kind."""
    hits: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for label, sentences in listed.items():
        words = set(label.split())
        wanted = words - {"none", "evaded"}
        for text in sentences:
            found = {kind(finding) for finding in books.check(text, BRAND)}
            _count(hits["all"], bool(wanted), bool(found))
            if "evaded" in words:
                _count(hits["evaded"], True, bool(found & wanted))
            for one in wanted | found:
                _count(hits[one], one in wanted, one in found)
    return {
        name: {
            "wanted": right + missed,
            "precision": round(right / (right + wrong), 3) if right + wrong else None,
            "recall": round(right / (right + missed), 3) if right + missed else None,
        }
        for name, (right, wrong, missed) in hits.items()
    }


def _count(counts: list[int], wanted: bool, found: bool) -> None:
    if wanted or found:
        counts[0 if wanted and found else 1 if found else 2] += 1


async def feelings() -> dict[str, Any]:
    """How often a feeling is told rightly from a question's vector, on sentences that are used for
    nothing else; `as_told`: of each feeling, how many were taken for which."""
    texts, labels = [], []
    for label, listed in yaml.safe_load(HELD_OUT.read_text("utf-8")).items():
        texts += listed
        labels += [label] * len(listed)
    encoder = BatchingEncoder(load_encoder(BUNDLED))
    model = await Feelings.fitted(encoder)
    # As they are stored.
    vectors = encode_queries(encoder.model, texts).astype("<f2").astype(np.float32)
    told = Counter(zip(labels, model.of(vectors), strict=True))
    await encoder.close()
    return {
        "sentences": len(texts),
        "accuracy": round(sum(told[one, one] for one in FEELINGS) / len(texts), 3),
        "as_told": {one: {other: told[one, other] for other in FEELINGS} for one in FEELINGS},
    }


def speed(books: Books, text: str, rounds: int) -> dict[str, float]:
    """Milliseconds for one check, by length in characters; the fastest of several."""
    taken = {}
    for size in SIZES:
        given = (text * (size // len(text) + 1))[:size]
        times = []
        for _ in range(rounds):
            begun = perf_counter()
            books.check(given, BRAND)
            times.append(perf_counter() - begun)
        taken[str(size)] = round(min(times) * 1000, 1)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    splits = {
        name: listed
        for file in FILES
        for name, listed in yaml.safe_load(file.read_text("utf-8")).items()
    }
    begun = perf_counter()
    books = Books({BRAND: Rules(book.read(BOOK.name, BOOK.read_bytes()))})
    books.check("", BRAND)
    compiled = perf_counter() - begun
    innocent = "".join(text for listed in splits.values() for text in listed["none"])
    measured = {name: of_split(books, listed) for name, listed in splits.items()}
    told = {
        "splits": measured,
        "feelings": asyncio.run(feelings()),
        "books_ms": round(compiled * 1000, 1),
        "check_ms": speed(books, innocent, 3 if options.quick else 10),
    }
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
        return
    for name, kinds in measured.items():
        for one, figures in kinds.items():
            print(name, one, figures)
    print(told["feelings"])
    print(told["books_ms"], told["check_ms"])


if __name__ == "__main__":
    main()
