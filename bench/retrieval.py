"""How fast search and indexing are beside the bare encoder, and beside LlamaIndex and txtai.

    python -m bench.retrieval --json [--quick] [--before COMMIT]

Every system is given the same passages, questions and encoder. Search runs on made-up passages and
unit vectors gathered around topics, as texts' are: it is the number of chunks that counts there,
and real ones would take hours to encode. `search_p99` is the time from a question to its passages,
encoding included; `encoder_p99` that of the encoding alone, of the same questions in the same
calls; `added_p99` of the difference. `encoder_chunks_per_s` is the encoder alone on the texts
that indexing encodes (ours: passages and sentences), `index_chunks_per_s` the whole build, both run
twice in turns; `encoding_share` is the encoder's share of the build's time. `reindex_one_s` is an
update on disk after one of many documents changed, with an encoder that takes no time. During swaps
two threads search; a search fails by an error, by too few passages, or by a passage of another
edition than was live. `engine` has the encoder beside the engine that its weights come with.
nDCG@10 is of the sample's lessons and the golden questions that they answer. `before` has the
indexing figures and `reindex_one_s` of an earlier commit (from a git worktree, with the packages
that are installed now) in the same run; --before '' leaves it out.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

from bench import made_up
from bench.answers import worktree
from bench.engine import beside_the_shipped
from bench.nearest import exact_and_graph
from bench.systems import Chezhi, Plain, System, cut
from retrieval.batching import Vectors, encode_passages
from retrieval.documents import parse_all
from retrieval.evaluation import metrics
from retrieval.index import build_index, read_version, write_version
from retrieval.load_encoder import load_encoder
from sample.loading import golden_questions, lesson_files

Make: TypeAlias = Callable[[Path, Any], System]
PEERS = {
    "llama-index": ("bench.peer_llamaindex", "LlamaIndex"),
    "txtai": ("bench.peer_txtai", "Txtai"),
}
# A search that takes seconds is asked no more than this long.
SEARCHING_S = 40.0
# Between two swaps, so that the quickest of updates still has searches before and after it.
PAUSE_S = 0.02
BATCH = 64
# The last build whose batches were of what was like in characters, in float32.
BEFORE = "5ba7fcf"
# Run in another commit's tree.
THERE = """
import json, sys
from pathlib import Path
from bench import retrieval
from retrieval.encoder import load_encoder
model, (indexed, documents) = load_encoder("bundled", Path(sys.argv[1])), map(int, sys.argv[2:])
found = retrieval.time_indexing(retrieval.Chezhi, model, indexed)
print(json.dumps(found | retrieval.time_reindexing(retrieval.Chezhi, documents)))
"""


@dataclass(frozen=True)
class Sizes:
    chunks: int
    searches: int
    indexed: int
    documents: int
    swaps: int
    lessons: int | None
    nearest: tuple[int, ...]
    engine: int


WHOLE = Sizes(100_000, 300, 12, 5000, 50, None, (5_000, 10_000, 30_000, 100_000), 96)
QUICK = Sizes(4_000, 20, 2, 200, 5, 2, (4_000,), 8)


class Timed:
    """An encoder that keeps its time and texts; with `known`, it encodes no text twice."""

    def __init__(self, model: Any, known: dict[tuple[str, str], Any] | None = None) -> None:
        self._model, self._known = model, known
        self.prompts, self.default_prompt_name = model.prompts, model.default_prompt_name
        self.token_counts = getattr(model, "token_counts", None)
        self.get_embedding_dimension = getattr(model, "get_embedding_dimension", None)
        self.seconds = 0.0
        self.texts: list[str] = []

    def encode(self, texts: list[str], *, task: str, **more: Any) -> Vectors:
        started = perf_counter()
        known = {} if self._known is None else self._known
        todo = [text for text in dict.fromkeys(texts) if (task, text) not in known]
        if todo:
            found = self._model.encode(todo, task=task, **more)
            known |= {(task, text): one for text, one in zip(todo, found, strict=True)}
        self.texts += todo
        vectors = np.stack([known[task, text] for text in texts])
        self.seconds += perf_counter() - started
        return vectors


def ours_of_many(count: int, model: Any, scratch: Path) -> System:
    """Ours with made-up chunks, put there without the store of vectors."""
    documents = made_up.passages(count)
    chunks = [cut(document)[0] for document in documents]
    passages, _ = made_up.vectors(count)
    of_sentences = np.repeat(passages, [len(chunk.sentences) for chunk in chunks], axis=0)
    fields = {
        "id": "bench",
        "created": "",
        "model": "bench",
        "parameters": {},
        "documents": count,
        "document_digests": {},
        "encoded": 0,
    }
    write_version(scratch, build_index(fields, chunks, passages, of_sentences))
    return Chezhi(scratch / "kb", model, read_version(scratch, "bench"))


def peer_of_many(make: Make, count: int, model: Any, scratch: Path) -> System:
    system = make(scratch / "peer", model)
    system.build(made_up.passages(count))
    return system


def time_search(system: System, encoder: Timed, times: int) -> dict[str, float]:
    encoding, searching = [], []
    for number in range(-2, times):
        before, started = encoder.seconds, perf_counter()
        system.search(made_up.QUESTIONS[number % len(made_up.QUESTIONS)], 10)
        if number >= 0:
            searching.append(perf_counter() - started)
            encoding.append(encoder.seconds - before)
        if sum(searching) > SEARCHING_S:
            break
    added = np.subtract(searching, encoding)
    spans = {"encoder": encoding, "search": searching, "added": added}
    return {"searches": len(searching)} | {
        f"{name}_p{percent}": round(float(np.percentile(seconds, percent)) * 1000, 2)
        for name, seconds in spans.items()
        for percent in (50, 99)
    }


def time_indexing(make: Make, model: Any, count: int) -> dict[str, float]:
    documents = made_up.documents(count)
    built = bare = encoding = 0.0
    for _ in range(2):
        encoder = Timed(model)
        with tempfile.TemporaryDirectory() as folder:
            started = perf_counter()
            system = make(Path(folder) / "index", encoder)
            system.build(documents)
            system.save()
            built += perf_counter() - started
            chunks = system.size()
        encoding += encoder.seconds
        texts = sorted(encoder.texts, key=len)
        started = perf_counter()
        for start in range(0, len(texts), BATCH):
            encode_passages(model, texts[start : start + BATCH])
        bare += perf_counter() - started
    return {
        "encoder_chunks_per_s": round(2 * chunks / bare, 2),
        "index_chunks_per_s": round(2 * chunks / built, 2),
        "encoding_share": round(encoding / built, 4),
    }


def time_reindexing(make: Make, count: int) -> dict[str, float]:
    before, place = made_up.documents(count), count // 2
    after = made_up.documents(count, changed=place)
    with tempfile.TemporaryDirectory() as folder:
        system = make(Path(folder) / "index", made_up.InstantEncoder())
        system.build(before)
        system.save()
        # As in a process of its own: nothing is loaded yet.
        system = make(Path(folder) / "index", made_up.InstantEncoder())
        started = perf_counter()
        system.open()
        system.update(after, [after[place]])
        system.save()
        return {"reindex_one_s": round(perf_counter() - started, 2)}


def swap_under_load(make: Make, swaps: int) -> dict[str, int]:
    """Publishes editions while two threads search; counts searches and those that failed."""
    counts = {"swaps": swaps, "swap_queries": 0, "swap_failures": 0}
    lock, done = threading.Lock(), threading.Event()
    errors: list[str] = []
    # What searches may find: from the edition that was live when they began to the last begun.
    live = begun = 0
    with tempfile.TemporaryDirectory() as folder:
        system = make(Path(folder) / "index", made_up.InstantEncoder())
        system.build(made_up.edition(0))

        def ask() -> None:
            while not done.is_set():
                floor, failed = live, False
                try:
                    found = system.search(made_up.QUESTIONS[0], 10)
                    said = {int(text.rpartition("edition-")[2].rstrip("。")) for _, text in found}
                    failed = len(found) != 10 or len(said) != 1 or not floor <= min(said) <= begun
                except Exception as error:
                    failed = True
                    errors.append(repr(error))
                with lock:
                    counts["swap_queries"] += 1
                    counts["swap_failures"] += failed

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for begun in range(1, swaps + 1):
            edition = made_up.edition(begun)
            try:
                system.update(edition, edition)
            except Exception as error:
                errors.append(repr(error))
            live = begun
            done.wait(PAUSE_S)
        done.set()
        for thread in threads:
            thread.join()
    if errors:
        print(f"  {len(errors)} errors, the first: {errors[0]}", file=sys.stderr)
    return counts


def quality(make: Make, encoder: Any, lessons: int | None) -> dict[str, float]:
    """nDCG@10 on golden questions: which of the lessons answer, and which are found."""
    documents = parse_all(lesson_files().items())
    if lessons is not None:
        documents = documents[:: len(documents) // lessons][:lessons]
    there = {document.id for document in documents}
    golden = {row["question"]: there.intersection(row["documents"]) for row in golden_questions()}
    relevant = {text: dict.fromkeys(right, 1) for text, right in golden.items() if right}
    with tempfile.TemporaryDirectory() as folder:
        system = make(Path(folder) / "index", encoder)
        system.build(documents)
        ranked = {
            text: list(dict.fromkeys(document for document, _ in system.search(text, 100)))[:10]
            for text in relevant
        }
    found = metrics(ranked, relevant)
    return {name: found[name] for name in ("ndcg@10", "mrr@10")} | {"questions": len(relevant)}


def installed() -> dict[str, Make]:
    found: dict[str, Make] = {"faiss + bm25s": Plain}
    for name, (module, system) in PEERS.items():
        try:
            found[name] = getattr(importlib.import_module(module), system)
        except ImportError as error:
            print(
                f"{name} is left out ({error}): pip install -c constraints.txt -e '.[bench]'",
                file=sys.stderr,
            )
    return found


def told(label: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    started = perf_counter()
    found = run()
    print(f"{label}, {perf_counter() - started:.0f} s: {found}", file=sys.stderr)
    return found


def searching(make: Make, model: Any, sizes: Sizes) -> dict[str, Any]:
    passages, _ = made_up.vectors(sizes.chunks)
    encoder = Timed(made_up.KnownPassages(model, passages))
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        many = ours_of_many if make is Chezhi else partial(peer_of_many, make)
        system = many(sizes.chunks, encoder, Path(folder))
        seconds = {"many_s": round(perf_counter() - started, 1)}
        return {"chunks": sizes.chunks} | seconds | time_search(system, encoder, sizes.searches)


def indexing_before(commit: str, models: Path, sizes: Sizes) -> dict[str, Any]:
    with worktree(commit) as tree:
        command = [sys.executable, "-c", THERE, str(models.resolve())]
        counts = [str(sizes.indexed), str(sizes.documents)]
        done = subprocess.run([*command, *counts], cwd=tree, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def bench(model: Any, sizes: Sizes) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    systems: dict[str, Make] = {"chezhi": Chezhi, **installed()}
    for name, make in systems.items():
        found[name] = told(f"{name}, search", partial(searching, make, model, sizes))
        found[name] |= told(f"{name}, one change", partial(time_reindexing, make, sizes.documents))
        found[name] |= told(f"{name}, swaps", partial(swap_under_load, make, sizes.swaps))
    nearest = told("exact and graph", lambda: {"nearest": exact_and_graph(sizes.nearest)})
    engine = told("engines", lambda: {"engine": beside_the_shipped(model, sizes.engine)})
    for name, make in systems.items():
        found[name] |= told(f"{name}, indexing", partial(time_indexing, make, model, sizes.indexed))
    # Systems that encode the same passages share the vectors: here only what is found counts.
    encoder = Timed(model, {})
    for name, make in systems.items():
        found[name] |= told(f"{name}, quality", partial(quality, make, encoder, sizes.lessons))
    return found.pop("chezhi") | {"peers": found} | nearest | engine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute, with fewer chunks")
    parser.add_argument("--models", type=Path, default=Path("var/models"), help="the earlier's")
    parser.add_argument("--before", default=BEFORE, help="a commit to compare with; '' for none")
    args = parser.parse_args()
    model, sizes = load_encoder("bundled"), QUICK if args.quick else WHOLE
    found = bench(model, sizes)
    if args.before:
        before = told(args.before, partial(indexing_before, args.before, args.models, sizes))
        found["before"] = before
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
