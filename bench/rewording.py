"""Tells whether a generator's wording of the answers beats the sources' own sentences.

    python -m bench.rewording FILE [--generator bundled] [--n 40] [--quick] [--json]

FILE has lines {"question", "passages", "answers", "answerable"}; the answerable ones are sampled
by a seed. `f1_*` is SQuAD's F1 over characters, the best of the gold answers: of the extractive
answer, of all that the model wrote, and of what a user sees (the wording where it passes, else the
extractive answer). `unsupported_*` are the shares of sentences, as written and as shown in a
wording, that the quotes don't bear, told by rules apart from those of retrieval.support: a number
that no quote has, or more than a fifth of its pairs of characters in no quote. `refused_by_reader`
are wordings that pass the rules and, as the reader has it, no longer answer the question.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from retrieval import bundled_e5
from retrieval.answer_evaluation import Row, answered, read_rows
from retrieval.answer_metrics import overlap
from retrieval.answerer import Answerer
from retrieval.batching import BatchingEncoder
from retrieval.bundled_reader import BundledReader
from retrieval.chunks import Chunk
from retrieval.compose import Sentence, joined
from retrieval.gate import OPEN
from retrieval.generator import Generator
from retrieval.load_generator import load_generator
from retrieval.reader import Reader, Reading
from retrieval.reword import answers_still, enough, prompt, reword
from retrieval.sentence_stream import SentenceStream

SEED, SAMPLE, QUICK, MAX_TOKENS = 7, 40, 5, 96
_MARK = re.compile(r"\[\d+\]")


class Recorded:
    """A generator that keeps what the model wrote, for figures before the checks."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.written = ""
        self.pieces = 0
        self.seconds = 0.0

    async def write(self, text: str) -> str:
        """All that the model writes after a prompt."""
        started = perf_counter()
        pieces = [piece async for piece in self.generator.stream(text, MAX_TOKENS)]
        self.seconds += perf_counter() - started
        self.pieces += len(pieces)
        self.written = "".join(pieces)
        return self.written

    async def stream(self, prompt: str, max_tokens: int) -> Any:
        yield self.written

    async def close(self) -> None:
        await self.generator.close()


def f1(said: str, golds: Sequence[str]) -> float:
    return overlap(_MARK.sub("", said), golds)[0]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _MARK.sub("", text)).lower()
    return re.sub(r"[\W_]", "", folded)


def bears(quotes: Sequence[Sentence], said: str) -> bool:
    source = "\n".join(quote.text for quote in quotes)
    numbers = set(re.findall(r"\d+(?:\.\d+)?", said)) - set(re.findall(r"\d+(?:\.\d+)?", source))
    plain, whole = _plain(said), _plain(source)
    pairs = [plain[at : at + 2] for at in range(len(plain) - 1)]
    missing = sum(pair not in whole for pair in pairs)
    return not numbers and missing <= len(pairs) / 5


def sample(file: Path, n: int) -> list[Row]:
    answerable = [row for row in read_rows(file) if row.answerable]
    return random.Random(SEED).sample(answerable, min(n, len(answerable)))


async def measure(
    rows: Sequence[Row], generator: Recorded, encoder: BatchingEncoder, reader: Reader
) -> dict[str, Any]:
    async def read(pairs: list[tuple[str, Chunk]]) -> list[Reading]:
        return await asyncio.to_thread(reader.read, pairs)

    scores: list[tuple[float, float, float]] = []
    written: list[bool] = []
    shown: list[bool] = []
    reworded = by_reader = 0
    # Whatever the gate would say.
    answerer = Answerer(OPEN, reader=reader)
    answers = await asyncio.to_thread(answered, rows, encoder.model, answerer=answerer)
    for number, (row, found) in enumerate(zip(rows, answers, strict=True), start=1):
        text = await generator.write(prompt(row.question, found.sentences))
        kept = [
            sentence
            async for sentence in reword(row.question, found.sentences, generator, encoder.encode)
        ]
        cutter = SentenceStream()
        raw = [*cutter.feed(text), *cutter.end()]
        written += [bears(found.sentences, sentence.text) for sentence in raw]
        passes = enough(found.sentences, kept)
        if passes and not await answers_still(row.question, found.sentences, kept, read):
            passes, by_reader = False, by_reader + 1
        reworded += passes
        if passes:
            shown += [bears(found.sentences, sentence.text) for sentence in kept]
        final = joined(kept) if passes else found.text
        scores.append(tuple(f1(said, row.answers) for said in (found.text, text, final)))  # type: ignore[arg-type]
        print(f"{number}/{len(rows)}", file=sys.stderr)
    extractive, raw_f1, shown_f1 = np.mean(scores, axis=0).round(3).tolist()
    return {
        "n": len(rows),
        "f1_extractive": extractive,
        "f1_written": raw_f1,
        "f1_shown": shown_f1,
        "reworded": reworded,
        "refused_by_reader": by_reader,
        "sentences_written": len(written),
        "unsupported_written": round(1 - float(np.mean(written)), 3) if written else None,
        "sentences_shown": len(shown),
        "unsupported_shown": round(1 - float(np.mean(shown)), 3) if shown else None,
        "pieces_per_s": round(generator.pieces / generator.seconds, 1),
        "seconds_per_answer": round(generator.seconds / len(rows), 2),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--generator", default="bundled")
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--n", type=int, default=SAMPLE)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    generator = load_generator(options.generator, options.models)
    if generator is None:
        parser.error("--generator names no generator")
    model = bundled_e5.load()
    encoder, reader = BatchingEncoder(model), BundledReader.load(model)
    rows = sample(options.file, QUICK if options.quick else options.n)
    recorded = Recorded(generator)
    result = await measure(rows, recorded, encoder, reader)
    await recorded.close()
    await encoder.close()
    print(
        json.dumps({"generator": options.generator, **result}, indent=None if options.json else 1)
    )


if __name__ == "__main__":
    asyncio.run(main())
