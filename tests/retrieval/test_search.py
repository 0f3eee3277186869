from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from retrieval.batching import encode_queries
from retrieval.documents import Document
from retrieval.encoder import Encoder
from retrieval.fusion import fused, reciprocal_ranks
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase
from retrieval.nearest import EXACT, EXACT_UP_TO, GRAPH, make_nearest, parameters, read_nearest
from retrieval.reranker import RerankerError, load_reranker
from retrieval.search import OF_ONE_DOCUMENT, listed, search
from tests.retrieval.files import parse


def note(name: str, text: str) -> Document:
    return parse(f"{name}.txt", text.encode())


def index_of(knowledge: KnowledgeBase, texts: dict[str, str]) -> Index:
    knowledge.build([note(name, text) for name, text in texts.items()])
    return knowledge.index()


def documents(index: Index, rows: Sequence[int]) -> list[str]:
    return [index.chunks[row].document for row in rows]


CODES = {
    "misfire": "故障码P0301表示一缸失火。",
    "catalyst": "故障码P0420表示三元催化效率低。",
    "lean": "故障码P0171表示混合气过稀。",
    "wipers": "雨刮片每年更换一次。",
    "tank": "The fuel tank holds fifty litres.",
}


def test_a_code_is_found_by_its_words_in_any_language(
    empty: KnowledgeBase, encoder: Encoder
) -> None:
    index = index_of(empty, CODES)
    for text in ("P0420", "What does P0420 mean?", "p0420是什麼故障碼"):
        found = search(index, text, encode_queries(encoder, [text])[0], 5)
        assert documents(index, [found[0].row]) == ["catalyst"]
        assert len(found) == 5
        assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)
        vectors = index.passages.astype(np.float32)
        for each in found:
            own = float(vectors[each.row] @ encode_queries(encoder, [text])[0])
            assert each.cosine == pytest.approx(own, abs=1e-5)


def test_search_within_a_language_gives_no_other(empty: KnowledgeBase, encoder: Encoder) -> None:
    index = index_of(empty, CODES)
    query = encode_queries(encoder, ["P0420 fuel"])[0]
    assert documents(index, [e.row for e in search(index, "P0420 fuel", query, 9, "en")]) == [
        "tank"
    ]
    chinese = documents(index, [e.row for e in search(index, "P0420 fuel", query, 9, "zh")])
    assert set(chinese) == set(CODES) - {"tank"}


def test_a_list_has_no_copies_and_is_not_full_of_one_document(
    empty: KnowledgeBase, encoder: Encoder
) -> None:
    many = "\n\n".join(
        f"# 制动液{n}\n\n第{n}种车的制动液每两年更换一次，型号是DOT{n}。" for n in range(6)
    )
    empty.build(
        [
            parse("book.md", many.encode()),
            note("one", "制动液吸水以后沸点下降，每两年更换一次。"),
            note("copy", "制动液吸水以后沸点下降，每两年更换一次。"),
            note("other", "雨刮片每年更换一次。"),
        ]
    )
    index = empty.index()
    text = "制动液多久更换一次"
    found = listed(index, text, encode_queries(encoder, [text])[0], 5)
    names = documents(index, [each.row for each in found])
    assert len(names) == 5
    assert names.count("book") == OF_ONE_DOCUMENT
    assert len({"one", "copy"} & set(names)) == 1
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)
    # Where nothing else is left, the document's other passages come after all.
    assert len(listed(index, text, encode_queries(encoder, [text])[0], 50)) == 8


def test_fusion_weighs_words_by_how_much_they_say() -> None:
    none = np.zeros(2, dtype=np.float32)
    near = np.array([0.80, 0.79], dtype=np.float32)
    words = np.array([0.0, 3.0], dtype=np.float32)
    usual = (0.75, 0.02)
    assert fused(near, near, none, 0.0, usual).tolist() == pytest.approx([2.5, 2.0])
    # Three of four units of rarity outweigh half a standard deviation; three of four hundred don't.
    assert np.argmax(fused(near, near, words, 4.0, usual)) == 1
    assert np.argmax(fused(near, near, words, 400.0, usual)) == 0


def test_reciprocal_ranks_are_the_published_ones() -> None:
    ranks = reciprocal_ranks(np.array([3.0, 2.0, 1.0]), np.array([1.0, 3.0, 2.0]))
    assert ranks.tolist() == pytest.approx([1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62])


def test_cosines_are_those_of_the_vectors_that_are_kept(
    empty: KnowledgeBase, encoder: Encoder
) -> None:
    index = index_of(empty, CODES)
    rows, query = np.array([3, 0]), encode_queries(encoder, ["雨刮片"])[0]
    passages = index.passages.astype(np.float32)
    assert index.passages.dtype == np.float16
    assert np.allclose(index.cosines(rows, query), passages[rows] @ query, atol=1e-6)
    best = [np.max(index.sentences_of(row) @ query) for row in rows]
    assert np.allclose(index.best_sentences(rows, query), best, atol=1e-6)


def test_search_in_the_graph_finds_what_exact_search_finds(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    # Like texts, vectors gather around topics.
    topics = random.standard_normal((200, 16), dtype=np.float32)
    vectors = topics[random.integers(0, 200, EXACT_UP_TO + 1)]
    vectors = vectors + 0.5 * random.standard_normal(vectors.shape, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert make_nearest(vectors[:100])[0] == EXACT
    kind, made = make_nearest(vectors)
    assert kind == GRAPH
    import faiss

    faiss.write_index(made, str(tmp_path / "index.faiss"))
    loaded = read_nearest(tmp_path / "index.faiss")
    queries = vectors[:50]
    truth = np.argsort(-queries @ vectors.T, axis=1)[:, :10]
    _, rows = loaded.search(queries, 10, params=parameters(loaded))
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows, truth, strict=True)]) > 0.95
    only = np.arange(len(vectors)) % 3 == 0
    _, some = loaded.search(queries, 10, params=parameters(loaded, only))
    assert set(some[some >= 0] % 3) == {0}


def cross_encoder(folder: Path, words: list[str]) -> None:
    """One that prefers passages with the token `words[-1]`."""
    # Here, as every process of a run reads all tests, and these take it seconds.
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    size = len(vocabulary)
    config = BertConfig(
        vocab_size=size,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=64,
        num_labels=1,
    )
    torch.manual_seed(0)
    BertForSequenceClassification(config).save_pretrained(folder / "bert")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    CrossEncoder(str(folder / "bert"), device="cpu").save_pretrained(str(folder / "model"))


def test_a_reranker_orders_anew_and_scores_still_fall(
    empty: KnowledgeBase, encoder: Encoder, tmp_path: Path
) -> None:
    cross_encoder(tmp_path, ["brake", "fluid", "tyre", "engine", "oil"])
    index = index_of(
        empty, {word: f"The {word} is worn out." for word in ("brake", "tyre", "engine", "oil")}
    )
    reranker = load_reranker(str(tmp_path / "model"))
    assert reranker is not None
    query = encode_queries(encoder, ["brake"])[0]
    plain = search(index, "brake", query, 4)
    found = search(index, "brake", query, 4, reranker=reranker)
    pairs = [("brake", index.chunks[each.row].embedded) for each in plain]
    scores = reranker.model.predict(pairs)
    assert [each.row for each in found] == [plain[n].row for n in np.argsort(-scores)]
    assert [each.score for each in found] == [each.score for each in plain]
    assert [each.row for each in found] != [each.row for each in plain]


def test_a_missing_reranker_is_told() -> None:
    assert load_reranker("") is None
    with pytest.raises(RerankerError, match="CHEZHI_RERANKER_MODEL takes"):
        load_reranker("no/such-reranker")
