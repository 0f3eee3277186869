import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.beir import DatasetError, documents_of, read_dataset
from retrieval.encoder import Encoder
from retrieval.evaluation import ASKING, INDEXING, SYSTEMS, evaluate, metrics
from tests.bot.lessons import LESSONS

QUERIES = {
    "q1": "制动液多久更换一次？",
    "q2": "How much range is lost in the cold?",
    "q3": "unlabelled",
}
QRELS = (
    "query-id\tcorpus-id\tscore\n"
    "q1\tzh-brake-fluid.md\t1\nq2\ten-winter-range.md\t2\nq2\tempty\t0\n"
)


def write_set(folder: Path, **changed: str) -> Path:
    rows: list[dict[str, Any]] = [{"_id": n, "title": "", "text": t} for n, t in LESSONS.items()]
    rows.append({"_id": "empty", "text": " "})
    asked = [{"_id": name, "text": text} for name, text in QUERIES.items()]
    files = {
        "corpus.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        "queries.jsonl": "".join(json.dumps(row) + "\n" for row in asked),
        "qrels/test.tsv": QRELS,
    } | changed
    (folder / "qrels").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_set_is_evaluated_whole(tmp_path: Path, encoder: Encoder) -> None:
    dataset = read_dataset(write_set(tmp_path / "set"))
    assert set(dataset.queries) == {"q1", "q2"}
    seen = []
    found = evaluate(
        dataset, tmp_path / "scratch", encoder, progress=lambda *told: seen.append(told)
    )
    assert (found["documents"], found["queries"]) == (len(LESSONS) + 1, 2)
    assert found["chunks"] >= len(LESSONS)
    assert tuple(found["systems"]) == SYSTEMS
    for system in found["systems"].values():
        assert list(system) == ["recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
    assert found["systems"]["pipeline"]["recall@1"] == 1
    assert found["systems"]["bm25"]["recall@1"] >= 0.5
    assert found["queries_per_s"] > 0
    assert found["chunks_per_s"] > 0
    assert {stage for stage, _, _ in seen} == {INDEXING, ASKING}
    assert all(done <= total for _, done, total in seen)


def test_metrics_are_those_of_trec_eval() -> None:
    """Values worked out by hand: gains 0, 2, 1 against the best order 2, 1, 1."""
    ranked = {"q": ["x", "a", "b"]}
    found = metrics(ranked, {"q": {"a": 2, "b": 1, "c": 1}})
    assert found["recall@1"] == 0
    assert found["recall@5"] == found["recall@10"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["mrr@10"] == 0.5
    assert found["ndcg@10"] == pytest.approx(
        (2 / 1.58496 + 1 / 2) / (2 + 1 / 1.58496 + 0.5), abs=1e-4
    )
    assert metrics({"q": ["x"] * 10 + ["a"]}, {"q": {"a": 1}})["mrr@10"] == 0


def test_wrapped_lines_of_chinese_are_joined(tmp_path: Path) -> None:
    text = "建议您在首次使用\n车辆前阅读。\n\nLines of\nEnglish."
    corpus = json.dumps({"_id": "a", "title": "T", "text": text})
    folder = write_set(tmp_path / "set", **{"corpus.jsonl": corpus, "qrels/test.tsv": "q1\ta\t1"})
    (document,) = documents_of(read_dataset(folder))
    assert document.sections[0].paragraphs == ("建议您在首次使用车辆前阅读。", "Lines of English.")
    assert document.title == "T"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("corpus.jsonl", "{", "corpus.jsonl, line 1: not JSON"),
        (
            "queries.jsonl",
            '{"_id": 1, "text": "x"}',
            'queries.jsonl, line 1: needs "_id" and "text"',
        ),
        ("qrels/test.tsv", "q1 zh-brake-fluid.md 1", "test.tsv, line 1: needs query-id, corpus-id"),
        ("qrels/test.tsv", "q9\tzh-brake-fluid.md\t1", "names the query 'q9'"),
        ("qrels/test.tsv", "q1\tnone\t1", "names the document 'none'"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "no query has a relevant document"),
    ],
)
def test_a_bad_set_is_told_with_its_place(tmp_path: Path, file: str, text: str, told: str) -> None:
    with pytest.raises(DatasetError) as error:
        read_dataset(write_set(tmp_path / "set", **{file: text}))
    assert told in str(error.value)


def test_a_folder_that_is_no_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"corpus.jsonl, queries.jsonl and qrels/test.tsv"):
        read_dataset(tmp_path)
