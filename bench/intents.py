"""How well messages are told from questions: a confusion table over sentences of our own.

    python -m bench.intents [--json]

The sentences are in bench/intents.yaml; the golden questions and the lessons' headings, none of
which may be taken for anything but a question, are told apart as `golden` and `headings`.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

import sample
from retrieval.batching import encode_queries
from retrieval.documents import parse
from retrieval.intents import Intents, Kind
from retrieval.load_encoder import load_encoder
from services.content import golden_file

SENTENCES = Path(__file__).with_name("intents.yaml")
SAMPLE = Path(sample.__file__).parent


def sentences() -> list[tuple[str, str]]:
    """(sentence, label)."""
    listed = yaml.safe_load(SENTENCES.read_text("utf-8"))
    return [(str(text), label) for label, texts in listed.items() for text in texts]


def questions() -> list[tuple[str, str]]:
    """Real questions, and where they are from."""
    golden = golden_file.read("golden.yaml", (SAMPLE / "golden.yaml").read_bytes())
    lessons = (parse(p.name, p.read_bytes()) for p in sorted((SAMPLE / "lessons").glob("*/*.md")))
    headings = {s.headings[-1] for lesson in lessons for s in lesson.sections if s.headings}
    return [(q["question"], "golden") for q in golden] + [(h, "headings") for h in sorted(headings)]


def measured() -> dict[str, Any]:
    model = load_encoder("bundled")
    told = [*sentences(), *questions()]
    vectors = encode_queries(model, [text for text, _ in told])
    table: dict[str, Counter[str]] = {}
    lost, wrong = [], []
    with TemporaryDirectory() as folder:
        intents = Intents(Path(folder) / "intents.db", "bundled", model)
        for (text, label), vector in zip(told, vectors, strict=True):
            found = intents.intent(text, vector)
            wanted = label.partition("/")[0]
            table.setdefault(wanted, Counter())[found.kind] += 1
            real = wanted in (Kind.QUESTION, "golden", "headings")
            if real and found.kind != Kind.QUESTION:
                lost.append(f"{text} → {found.kind} {found.of} {found.probability:.2f}")
            elif not real and f"{found.kind}/{found.of}".strip("/") != label:
                wrong.append(f"{text} ({label}) → {found.kind} {found.of} {found.probability:.2f}")
    right = sum(
        row["question" if name in ("golden", "headings") else name] for name, row in table.items()
    )
    return {
        "table": {name: dict(row) for name, row in table.items()},
        "right": round(right / len(told), 4),
        "questions_lost": lost,
        "wrong": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured()
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    kinds = [str(kind) for kind in Kind]
    print(" " * 10 + "".join(f"{kind:>10}" for kind in kinds))
    for name, row in found["table"].items():
        print(f"{name:<10}" + "".join(f"{row.get(kind, 0):>10}" for kind in kinds))
    print(f"right {found['right']:.3f}")
    for name in ("questions_lost", "wrong"):
        print(f"{name}: {len(found[name])}", *found[name], sep="\n  ")


if __name__ == "__main__":
    main()
