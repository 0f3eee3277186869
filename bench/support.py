"""Tells which sentences retrieval.support takes for borne, by kind, and what embeddings would tell.

    python -m bench.support tests/retrieval/support.yaml [--json]

FILE is a list of {"kind", "quote", "fair": [...], "wrong": [...]}. `auroc` is that of the cosine of
quote and sentence (bundled encoder) in telling fair sentences from wrong ones; `wrong_at_fair_95`
the share of the wrong ones that a threshold which keeps 95 % of the fair ones would accept.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.metrics import roc_auc_score

from retrieval.batching import encode_queries
from retrieval.load_encoder import load_encoder
from retrieval.support import supports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = yaml.safe_load(options.file.read_text("utf-8"))
    kinds: dict[str, dict[str, int]] = {}
    for row in rows:
        found = kinds.setdefault(row["kind"], dict.fromkeys(("fair", "kept", "wrong", "taken"), 0))
        for label, accepted in (("fair", "kept"), ("wrong", "taken")):
            found[label] += len(row[label])
            found[accepted] += sum(supports(row["quote"], said) for said in row[label])
    total = {key: sum(found[key] for found in kinds.values()) for key in found}
    result = {"all": total, "kinds": kinds, "embeddings": nearness(rows)}
    print(json.dumps(result, indent=None if options.json else 1))


def nearness(rows: list[dict[str, Any]]) -> dict[str, float]:
    pairs = [
        (row["quote"], said, label)
        for row in rows
        for label in ("fair", "wrong")
        for said in row[label]
    ]
    encoder = load_encoder("bundled")
    first, second = (encode_queries(encoder, [pair[side] for pair in pairs]) for side in (0, 1))
    cosines = (first * second).sum(axis=1)
    fair = np.array([label == "fair" for _, _, label in pairs])
    threshold = np.quantile(cosines[fair], 0.05)
    return {
        "auroc": round(float(roc_auc_score(fair, cosines)), 3),
        "threshold_fair_95": round(float(threshold), 3),
        "wrong_at_fair_95": round(float((cosines[~fair] >= threshold).mean()), 3),
    }


if __name__ == "__main__":
    main()
