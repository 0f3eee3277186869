"""How fast search and indexing are, beside the bare encoder and a plain fusion of FAISS and bm25s.

    python -m bench.retrieval --json [--quick] [--set DIR] [--models var/models]

Search runs on made-up passages and unit vectors gathered around topics, as texts' are: it is the
number of chunks that counts there, and real ones would take hours to encode. `search_p99` is the
time from a question to its passages, encoding included; `encoder_p99` that of the encoding alone,
of the same questions in the same run. `encoder_chunks_per_s` is the encoder alone on all texts that
indexing encodes, passages and sentences; `index_chunks_per_s` the whole build. `reindex_one_s` is a
build after one of 5,000 documents changed, with an encoder that takes no time. nDCG@10 is of
--set, a labelled set in BEIR's form; without it there is none.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np
from sentence_transformers import SentenceTransformer

from bench.plain_fusion import PlainFusion, plain_ndcg
from retrieval.batching import Vectors, encode_passages, encode_queries
from retrieval.beir import read_dataset
from retrieval.chunks import Chunk, Chunking, chunks
from retrieval.documents import Document, parse
from retrieval.encoder import load_encoder
from retrieval.evaluation import evaluate
from retrieval.index import Index, build_index, read_version, write_version
from retrieval.knowledge import KnowledgeBase
from retrieval.search import search

SEED = 7
SIZE = 384
_ZH = """
制动液 更换 周期 轮胎 花纹 深度 机油 滤芯 电池 续航 冬季 充电 快充 变速箱 顿挫
发动机 故障码 水泡车 保险 责任险 保养 雨刮 冷却液 胎压 车灯 安全带 气囊 空调 方向盘
悬架 减震 底盘 排气 尾气 火花塞 点火 喷油嘴 节气门 涡轮 增压 油耗 里程 二手车 检测
年检 保修 首保 车漆 划痕 玻璃
"""
_EN = """
brake fluid change interval tyre tread depth engine oil filter battery range winter
charging gearbox clutch misfire catalyst coolant pressure lamp belt airbag steering
suspension exhaust spark plug injector throttle turbo mileage inspection warranty
paint scratch windscreen
"""
WORDS_ZH, WORDS_EN = _ZH.split(), _EN.split()
QUESTIONS = (
    "制动液多久换一次？",
    "冬天电动车续航会掉多少？",
    "轮胎花纹剩多深要换？",
    "故障码P0420是什么意思？",
    "双离合低速顿挫正常吗？",
    "When should brake fluid be changed?",
    "What does a misfire in winter mean for the catalyst?",
    "How deep must the tread of a tyre be?",
)


class InstantEncoder:
    """Stands in for the encoder where its time is not what is measured: vectors drawn by seed."""

    prompts: dict[str, str] = {}  # noqa: RUF012

    def encode(self, texts: list[str], **_: Any) -> Vectors:
        random = np.random.default_rng(SEED)
        return _unit(random.standard_normal((len(texts), SIZE), dtype=np.float32))

    def get_embedding_dimension(self) -> int:
        return SIZE


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def made_up(random: np.random.Generator, number: int) -> str:
    """Some sentences of the words of a topic, some of them often; every third text is English."""
    words, gap, end = (WORDS_EN, " ", ". ") if number % 3 == 0 else (WORDS_ZH, "", "。")
    topic = random.choice(len(words), 8, replace=False)
    drawn = topic[np.minimum(random.zipf(1.3, (3, 14)), len(topic)) - 1]
    said = [gap.join(words[word] for word in sentence) for sentence in drawn]
    code = f"P{random.integers(0, 3000):04d}"
    return end.join([f"Part {number} {code} {said[0]}", *said[1:]]).strip() + end.strip()


def big_index(count: int) -> tuple[Index, float]:
    """An index of made-up chunks, and the seconds that building, writing and loading it took."""
    random = np.random.default_rng(SEED)
    made = [_chunk(number, made_up(random, number)) for number in range(count)]
    topics = random.standard_normal((2000, SIZE), dtype=np.float32)
    # Two passages of a topic are about as near as E5 puts them.
    passages = topics[random.integers(0, len(topics), count)]
    passages = _unit(passages + random.standard_normal((count, SIZE), dtype=np.float32))
    of_sentences = np.repeat(passages, [len(chunk.sentences) for chunk in made], axis=0)
    fields = {
        "id": "bench",
        "created": "",
        "model": "bench",
        "parameters": {},
        "documents": count,
        "document_digests": {},
        "encoded": 0,
    }
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_version(Path(folder), build_index(fields, made, passages, of_sentences))
        # What is mapped stays readable when its name is gone.
        return read_version(Path(folder), "bench"), perf_counter() - started


def _chunk(number: int, text: str) -> Chunk:
    document = parse(f"{number}.txt", text.encode())
    chunk, *_ = chunks(document, Chunking())
    return chunk


def time_search(index: Index, model: SentenceTransformer, times: int) -> dict[str, float]:
    plain = PlainFusion(
        index.passages.astype(np.float32), [chunk.embedded for chunk in index.chunks]
    )
    found: dict[str, list[float]] = {"encoder": [], "search": [], "plain": []}
    for number in range(-10, times):
        text = QUESTIONS[number % len(QUESTIONS)]
        started = perf_counter()
        vector = encode_queries(model, [text])[0]
        encoded = perf_counter()
        search(index, text, vector, 10)
        searched = perf_counter()
        plain.search(text, vector, 10)
        fused = perf_counter()
        if number >= 0:
            found["encoder"].append(encoded - started)
            found["search"].append(searched - started)
            found["plain"].append(encoded - started + fused - searched)
    return {
        f"{name}_p{percent}": round(float(np.percentile(seconds, percent)) * 1000, 2)
        for name, seconds in found.items()
        for percent in (50, 99)
    } | {"plain_index_s": plain.seconds}


def time_indexing(model: SentenceTransformer, count: int) -> dict[str, float]:
    """Chunks a second of the whole build, and of the bare encoder on the same texts."""
    documents = _documents(count)
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        knowledge = KnowledgeBase(Path(folder), model)
        version = knowledge.build(documents)
        built = perf_counter() - started
        made = knowledge.index().chunks
    texts = {chunk.embedded for chunk in made} | {s for chunk in made for s in chunk.sentences}
    ordered = sorted(texts, key=len)
    started = perf_counter()
    for start in range(0, len(ordered), 64):
        encode_passages(model, ordered[start : start + 64])
    bare = perf_counter() - started
    return {
        "encoder_chunks_per_s": round(version.chunks / bare, 2),
        "index_chunks_per_s": round(version.chunks / built, 2),
    }


def _documents(count: int, changed: int = -1) -> list[Document]:
    random = np.random.default_rng(SEED)
    texts = [f"{made_up(random, n)}\n\n{made_up(random, n + 1)}" for n in range(count)]
    if changed >= 0:
        texts[changed] += " 此段已改。"
    return [parse(f"{number}.txt", text.encode()) for number, text in enumerate(texts)]


def time_reindexing(count: int) -> float:
    model = cast(SentenceTransformer, InstantEncoder())
    with tempfile.TemporaryDirectory() as folder:
        KnowledgeBase(Path(folder), model).build(_documents(count))
        after = _documents(count, changed=count // 2)
        started = perf_counter()
        # A process of its own would begin so too: nothing is loaded yet.
        KnowledgeBase(Path(folder), model).build(after)
        return perf_counter() - started


def swap_under_load(swaps: int) -> dict[str, int]:
    """Publishes versions while two threads search; counts searches and those that failed."""
    model = cast(SentenceTransformer, InstantEncoder())
    counts = {"swaps": swaps, "swap_queries": 0, "swap_failures": 0, "swap_versions": 0}
    lock, done = threading.Lock(), threading.Event()
    seen: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        knowledge = KnowledgeBase(Path(folder), model)
        knowledge.build(_documents(20))

        def ask() -> None:
            vector = model.encode(["?"])[0]
            while not done.is_set():
                failed = False
                try:
                    index = knowledge.index()
                    found = search(index, QUESTIONS[0], vector, 10)
                    failed = len({index.chunks[each.row].id for each in found}) != 10
                except Exception as error:
                    print(f"a search failed: {error!r}", file=sys.stderr)
                    failed = True
                with lock:
                    seen.add(index.version.id)
                    counts["swap_queries"] += 1
                    counts["swap_failures"] += failed

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(swaps):
            KnowledgeBase(Path(folder), model).build(_documents(20, changed=number % 20))
        done.set()
        for thread in threads:
            thread.join()
    counts["swap_versions"] = len(seen)
    return counts


def quality(folder: Path, model: SentenceTransformer) -> tuple[dict[str, Any], float]:
    """What `chezhi kb evaluate` tells of a labelled set, and the peer's nDCG@10 there."""
    dataset = read_dataset(folder)
    with tempfile.TemporaryDirectory() as scratch:
        return evaluate(dataset, Path(scratch), model), plain_ndcg(dataset, Path(scratch), model)


def bench(models: Path, quick: bool, labelled: Path | None) -> dict[str, Any]:
    def told(label: str, run: Callable[[], Any]) -> Any:
        print(f"{label}…", file=sys.stderr)
        return run()

    model = load_encoder("bundled", models)
    count = 20_000 if quick else 100_000
    index, seconds = told("building the big index", lambda: big_index(count))
    times = told("searching it", lambda: time_search(index, model, 40 if quick else 300))
    result = {
        "chunks": count,
        "nearest": index.version.nearest,
        "big_index_s": round(seconds, 1),
        **{name: ms for name, ms in times.items() if not name.startswith("plain")},
        **told("indexing", lambda: time_indexing(model, 12 if quick else 60)),
        "reindex_one_s": round(
            told("indexing one change", lambda: time_reindexing(1000 if quick else 5000)), 2
        ),
        **told("swapping", lambda: swap_under_load(10 if quick else 50)),
    }
    plain = {
        "chunks": count,
        "encoder_p99": times["encoder_p99"],
        "search_p99": times["plain_p99"],
        "big_index_s": round(times["plain_index_s"], 1),
    }
    if labelled is not None:
        found, ndcg = told("measuring quality", lambda: quality(labelled, model))
        result |= {"set": labelled.name, "ndcg@10": found["systems"]["pipeline"]["ndcg@10"]}
        plain["ndcg@10"] = ndcg
    return {**result, "peers": {"faiss + bm25s, reciprocal ranks": plain}}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute, with fewer chunks")
    parser.add_argument("--set", type=Path, help="a labelled set in BEIR's form")
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    args = parser.parse_args()
    print(json.dumps(bench(args.models, args.quick, args.set), ensure_ascii=False))


if __name__ == "__main__":
    main()
