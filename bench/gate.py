"""Fits the gate of retrieval.gate and tells how well each signal and the whole tell answers apart.

    python -m bench.gate FILE [--write] [--json]

FILE has lines {"question", "passages", "answerable"}: questions asked once with the passage that
answers them and once without. AUROC is cross-validated by question, so that no fold has seen the
question it is judged on. --write stores the weights fitted on all of FILE.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retrieval.answer import Answerer
from retrieval.batching import encode_passages, encode_queries
from retrieval.chunks import Chunking, chunks
from retrieval.documents import parse
from retrieval.encoder import load_encoder
from retrieval.gate import FEATURES, Evidence, Gate
from retrieval.index import Index, Version
from retrieval.sentences import language
from retrieval.words import terms

GATE = Path(__file__).parents[1] / "retrieval" / "gate.json"
# Of the answerable questions, this share shall be answered.
ANSWERED = 0.9


def gather(rows: list[dict[str, Any]], models: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """features [n, f], answerable [n], group of the question [n]."""
    import faiss

    model = load_encoder("bundled", models)
    answerer = Answerer(Gate((0.0,) * len(FEATURES), 0.0, 0.0, 0.0))
    vectors: dict[str, np.ndarray] = {}
    cut = {}
    for passage in {p for row in rows for p in row["passages"]}:
        document = parse("passage.txt", passage.encode())
        cut[passage] = chunks(document, Chunking())
    texts = sorted(
        {c.embedded for cs in cut.values() for c in cs}
        | {s for cs in cut.values() for c in cs for s in c.sentences}
    )
    for start in range(0, len(texts), 512):
        some = texts[start : start + 512]
        vectors.update(zip(some, encode_passages(model, some), strict=True))
        print(f"{start + len(some)}/{len(texts)}", file=sys.stderr)
    queries = encode_queries(model, [row["question"] for row in rows])
    features: list[np.ndarray] = []
    for row, query in zip(rows, queries, strict=True):
        own = [chunk for passage in row["passages"] for chunk in cut[passage]]
        flat = faiss.IndexFlatIP(query.shape[0])
        flat.add(np.stack([vectors[chunk.embedded] for chunk in own]))
        of_sentences = np.stack([vectors[s] for chunk in own for s in chunk.sentences])
        version = Version("-", "-", "-", {}, 1, len(own), {}, 0, {})
        index = Index(version, own, flat, of_sentences)
        asked_in = language(row["question"])
        found = answerer._in_one_language(
            index, answerer._nearest(index, row["question"], query), query, asked_in
        )
        wanted = terms(row["question"])
        candidates = answerer._candidates(index, found, wanted, query)
        evidence: Evidence = answerer.evidence(index, found, candidates, wanted, asked_in)
        features.append(evidence.vector())
    groups = {question: n for n, question in enumerate({row["question"] for row in rows})}
    return (
        np.array(features),
        np.array([bool(row["answerable"]) for row in rows]),
        np.array([groups[row["question"]] for row in rows]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.file.read_text("utf-8").splitlines()]
    features, answerable, groups = gather(rows, options.models)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    held_out = cross_val_predict(
        fitted, features, answerable, groups=groups, cv=GroupKFold(10), method="predict_proba"
    )[:, 1]
    threshold = float(np.quantile(held_out[answerable], 1 - ANSWERED))
    result = {
        "n": len(rows),
        "auroc": {
            **{
                name: round(float(roc_auc_score(answerable, features[:, n])), 3)
                for n, name in enumerate(FEATURES)
            },
            "gate, cross-validated": round(float(roc_auc_score(answerable, held_out)), 3),
        },
        "answered_of_answerable": ANSWERED,
        "answered_of_unanswerable": round(float((held_out[~answerable] >= threshold).mean()), 3),
        "threshold": round(threshold, 3),
    }
    print(json.dumps(result, ensure_ascii=False))
    if options.write:
        fitted.fit(features, answerable)
        scaler, logistic = fitted[0], fitted[1]
        weights = logistic.coef_[0] / scaler.scale_
        bias = float(logistic.intercept_[0] - weights @ scaler.mean_)
        fields = json.loads(GATE.read_text("utf-8")) if GATE.exists() else {}
        fields |= {
            "weights": dict(zip(FEATURES, map(float, weights), strict=True)),
            "bias": bias,
            "threshold": threshold,
        }
        GATE.write_text(json.dumps(fields, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
