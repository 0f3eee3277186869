"""Fits the gate of retrieval.gate and tells how well each signal and the whole tell answers apart.

    python -m bench.gate FILE… [--beir DIR] [--most N] [--cache DIR] [--write] [--json]

Each FILE has lines {"question", "passages", "answers", "answerable"}, maybe "pair" (languages of
question and passages: each such pair is a set of its own): questions asked once with the
passage that answers them and once without it. More such pairs are made of the sample lessons: their
headings are the questions, asked in Chinese and in English of the sections in either language, and
of DIR in BEIR form. The heading's own section is left out of every second one; the nearest others
fill up to six. People's own words are the sample's golden questions: asked of all lessons and of
all but the right ones, and of a right lesson and of a wrong one that is the whole base. AUROC is
cross-validated by question, so that no fold has seen the question that it is judged on; with the
bundled reader's score among the signals and without it; --no-reader fits the latter alone. --write
stores the weights fitted on all of the sets; --cache keeps the vectors.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sample
from retrieval.answer_evaluation import Row, passage_id, passages_index, read_rows
from retrieval.answerer import Answerer, weighed
from retrieval.batching import encode_queries
from retrieval.chunks import Chunking
from retrieval.documents import Document, parse_all
from retrieval.encoder import Encoder
from retrieval.evidence import ACROSS, READ_ACROSS, READ_WITHIN, WITHIN, Evidence
from retrieval.gate import Gate, Logistic
from retrieval.knowledge import KnowledgeBase
from retrieval.load_encoder import load_encoder
from retrieval.load_reader import load_reader
from retrieval.reader import BUNDLED, Reader
from retrieval.sentences import language
from retrieval.vectors import VectorStore
from services.content import golden_file

GATE = Path(__file__).parents[1] / "retrieval" / "gate.json"
QUESTIONS = Path(__file__).with_name("gate_questions.json")
LESSONS = Path(sample.__file__).parent / "lessons"
PASSAGES, FOLDS, SEED, BEIR_QUESTIONS = 6, 10, 0, 40
CHUNKING = Chunking()

# The thresholds hold for a base that is too small to find its own. Those without a reader were
# chosen on sample/golden.yaml over all lessons: real questions get lower probabilities than pairs.
KINDS = {
    "unread": (("within", WITHIN, False, 0.42), ("across", ACROSS, True, 0.42)),
    "read": (("within", READ_WITHIN, False, 0.5), ("across", READ_ACROSS, True, 0.5)),
}

Pairs = dict[str, list[Row]]


def lessons() -> list[Document]:
    return parse_all((path.name, path.read_bytes()) for path in sorted(LESSONS.glob("*/*.md")))


def lesson_pairs(model: Encoder, store: VectorStore, foreign: Sequence[str]) -> Pairs:
    """The lessons' headings asked of their sections, by languages of question and passages.

    Of the sections in the other language, `foreign` questions are asked too, which they don't
    answer.
    """
    headings: dict[str, list[str]] = {"zh": [], "en": []}
    bodies: dict[str, list[str]] = {"zh": [], "en": []}
    for lesson in lessons():
        for section in lesson.sections:
            headings[lesson.language].append(section.headings[-1])
            bodies[lesson.language].append("\n\n".join(section.paragraphs))
    found: Pairs = {}
    for asked, questions in headings.items():
        queries = encode_queries(model, questions)
        for spoken, passages in bodies.items():
            near = queries @ store.encode(passages)[0].T
            gold = [{n} for n in range(len(questions))]
            rows = with_and_without(questions, passages, gold, near)
            others = [question for question in foreign if language(question) == asked]
            if asked != spoken and others:
                near = encode_queries(model, others) @ store.encode(passages)[0].T
                for question, nearness in zip(others, near, strict=True):
                    told = tuple(passages[n] for n in np.argsort(-nearness)[:PASSAGES])
                    rows.append(Row(question, told, (), answerable=False))
            found[f"lessons {asked}-{spoken}"] = rows
    return found


def beir_pairs(folder: Path, model: Encoder, store: VectorStore) -> list[Row]:
    """Pairs of a part of the questions of a set in BEIR form."""
    documents = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    place = {document["_id"]: n for n, document in enumerate(documents)}
    lines = (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]
    gold: dict[str, set[int]] = {}
    for line in lines:
        query, document, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, set()).add(place[document])
    texts = {
        query["_id"]: query["text"]
        for query in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))
    }
    chosen = np.random.default_rng(SEED).permutation(sorted(gold))[:BEIR_QUESTIONS].tolist()
    questions = [texts[query] for query in chosen]
    passages = [document["text"] for document in documents]
    # Neighbours by their beginnings: whole documents would take minutes.
    near = encode_queries(model, questions) @ store.encode([text[:300] for text in passages])[0].T
    return with_and_without(questions, passages, [gold[query] for query in chosen], near)


def with_and_without(
    questions: Sequence[str], passages: Sequence[str], gold: Sequence[set[int]], near: np.ndarray
) -> list[Row]:
    """Each question twice: with a gold passage among its nearest, and without."""
    rows = []
    for question, right, nearness in zip(questions, gold, near, strict=True):
        others = [int(n) for n in np.argsort(-nearness) if n not in right][:PASSAGES]
        best = next(int(n) for n in np.argsort(-nearness) if n in right)
        for places, answers in (((best, *others[:-1]), (passages[best],)), (others, ())):
            told = tuple(passages[n] for n in places)
            rows.append(Row(question, told, answers, bool(answers)))
    return rows


def gather(
    rows: Sequence[Row], folder: Path, model: Encoder, reader: Reader | None
) -> tuple[list[Row], list[Evidence]]:
    """The rows that the gate sees any evidence of, and that."""
    index = passages_index(rows, folder, model, progress=_progress, chunking=CHUNKING)
    answerer = Answerer(reader=reader)
    questions = [answerer.reads(index, row.question) for row in rows]
    kept, found = [], []
    for row, question, query in zip(rows, questions, encode_queries(model, questions), strict=True):
        within = set(map(passage_id, row.passages))
        if (seen := next(answerer.look(index, question, query, within), None)) is not None:
            pairs = [(question, index.chunks[n]) for n in seen.rows]
            kept.append(row)
            found.append(weighed(seen, reader.read(pairs) if reader else ()))
    return kept, found


def golden_evidence(
    folder: Path, model: Encoder, reader: Reader | None
) -> dict[str, tuple[list[Row], list[Evidence]]]:
    """The golden questions asked of all lessons, and of single ones."""
    by_id = {lesson.id: lesson for lesson in lessons()}
    content = (LESSONS.parent / "golden.yaml").read_bytes()
    golden = golden_file.read("golden.yaml", content)
    answerer = Answerer(reader=reader)
    found: dict[str, tuple[list[Row], list[Evidence]]] = {"golden": ([], []), "alone": ([], [])}

    def ask(
        kind: str, documents: Sequence[str], some: Sequence[tuple[str, str, set[str], bool]]
    ) -> None:
        # A base of its own for each, since a build forgets the vectors of what it has not.
        knowledge = KnowledgeBase(folder / "-".join(documents)[:60], model, chunking=CHUNKING)
        knowledge.build([by_id[name] for name in documents], progress=_progress)
        index = knowledge.index()
        read = [answerer.reads(index, question) for question, *_ in some]
        for (question, spoken, out, right), said, vector in zip(
            some, read, knowledge.query_vectors(read), strict=True
        ):
            if (case := answerer.case(index, said, vector, spoken, out)) is not None:
                found[kind][0].append(Row(question, (), (), right))
                found[kind][1].append(case)

    asked: list[tuple[str, str, set[str], bool]] = [
        (q["question"], q["language"], set(), True) for q in golden if q["documents"]
    ]
    asked += [(q["question"], q["language"], set(q["documents"]), False) for q in golden]
    ask("golden", list(by_id), asked)
    shuffled = np.random.default_rng(SEED)
    for name, lesson in by_id.items():
        spoken = [q for q in golden if q["language"] == lesson.language]
        right = [q for q in spoken if name in q["documents"]]
        others = [q for q in spoken if name not in q["documents"]]
        wrong = [others[n] for n in shuffled.permutation(len(others))[: len(right)]]
        if right:
            asked = [(q["question"], q["language"], set(), True) for q in right]
            asked += [(q["question"], q["language"], set(), False) for q in wrong]
            ask("alone", [name], asked)
    return found


def asked(folder: Path, model: Encoder, gate: Gate, reader: Reader | None) -> dict[str, Any]:
    """How the questions of gate_questions.json fare with all lessons, headings and all, as base."""
    knowledge = KnowledgeBase(folder, model, chunking=CHUNKING)
    knowledge.build(lessons(), progress=_progress)
    index, answerer, found = knowledge.index(), Answerer(gate, reader=reader), {}
    for spoken, kinds in json.loads(QUESTIONS.read_text("utf-8")).items():
        answers = {
            kind: [
                answerer.answer(index, question, query)
                for question, query in zip(questions, encode_queries(model, questions), strict=True)
            ]
            for kind, questions in kinds.items()
        }
        y = np.repeat([True, False], [len(given) for given in answers.values()])
        every = [answer for given in answers.values() for answer in given]
        shown = np.array([not answer.refused for answer in every])
        found[spoken] = {
            "n": len(y),
            "auroc": _auroc(y, np.array([answer.confidence for answer in every])),
            "answered_rate": round(float(shown[y].mean()), 3),
            "false_answer_rate": round(float(shown[~y].mean()), 3),
        }
    return found


def _progress(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="" if done < total else "\n", file=sys.stderr)


class Set:
    """A set as arrays: features [n, f], answerable [n], the question's group [n]."""

    def __init__(self, rows: Sequence[Row], evidence: Sequence[Evidence], names: Sequence[str]):
        groups: dict[str, int] = {}
        self.x = np.array([[getattr(case, name) for name in names] for case in evidence])
        self.y = np.array([row.answerable for row in rows])
        self.group = np.array([groups.setdefault(row.question, len(groups)) for row in rows])


def fitted(sets: Sequence[Set]) -> Any:
    """A logistic model of all sets, each weighing the same."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    weight = np.concatenate([np.full(len(s.y), 1 / len(s.y)) for s in sets])
    return model.fit(
        np.concatenate([s.x for s in sets]),
        np.concatenate([s.y for s in sets]),
        logisticregression__sample_weight=weight / weight.mean(),
    )


def held_out(sets: dict[str, Set]) -> dict[str, np.ndarray]:
    """Probabilities by models that have not seen the question, for each set."""
    found = {name: np.zeros(len(s.y)) for name, s in sets.items()}
    for fold in range(FOLDS):
        model = fitted([_part(s, s.group % FOLDS != fold) for s in sets.values()])
        for name, s in sets.items():
            mine = s.group % FOLDS == fold
            found[name][mine] = model.predict_proba(s.x[mine])[:, 1]
    return found


def _part(whole: Set, chosen: np.ndarray) -> Set:
    part = Set((), (), ())
    part.x, part.y, part.group = whole.x[chosen], whole.y[chosen], whole.group[chosen]
    return part


def judged(sets: dict[str, Set], names: Sequence[str], threshold: float) -> dict[str, Any]:
    """AUROC of each signal and of the cross-validated model, by set; shares at the threshold."""
    probabilities = held_out(sets)
    report = {}
    for name, s in sets.items():
        probability = probabilities[name]
        answered, false = _answered(s.y, probability, threshold)
        at_90 = float(np.quantile(probability[s.y], 0.1))
        report[name] = {
            "n": len(s.y),
            "auroc": {n: _auroc(s.y, s.x[:, at]) for at, n in enumerate(names)}
            | {"gate, cross-validated": _auroc(s.y, probability)},
            "answered_rate": answered,
            "false_answer_rate": false,
            "false_at_90_answered": _answered(s.y, probability, at_90)[1],
        }
    return report


def _answered(y: np.ndarray, probability: np.ndarray, at: float) -> tuple[float, float]:
    shown = probability >= at
    return round(float(shown[y].mean()), 3), round(float(shown[~y].mean()), 3)


def _auroc(y: np.ndarray, score: np.ndarray) -> float:
    return round(float(roc_auc_score(y, score)), 3)


def written(sets: dict[str, Set], names: Sequence[str], threshold: float) -> dict[str, Any]:
    """The model of all sets, as gate.json holds it."""
    scaler, logistic = fitted(list(sets.values()))
    weights = logistic.coef_[0] / scaler.scale_
    return {
        "weights": {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)},
        "bias": round(float(logistic.intercept_[0] - weights @ scaler.mean_), 4),
        "threshold": round(threshold, 4),
    }


def fit(
    kinds: Sequence[tuple[str, tuple[str, ...], bool, float]],
    rows: Pairs,
    evidence: dict[str, list[Evidence]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report and the gate's fields."""
    result: dict[str, Any] = {}
    gate: dict[str, Any] = {}
    for kind, names, crosses, threshold in kinds:
        sets = {}
        for name, some in rows.items():
            kept = [
                (r, e) for r, e in zip(some, evidence[name], strict=True) if e.crosses == crosses
            ]
            if len(kept) >= len(some) / 2:
                sets[name] = Set([r for r, _ in kept], [e for _, e in kept], names)
        result[kind] = judged(sets, names, threshold)
        gate[kind] = written(sets, names, threshold)
    return result, gate


def read_sets(files: Sequence[Path]) -> Pairs:
    """The rows of the files, by file and pair of languages."""
    found: Pairs = {}
    for file in files:
        lines = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
        for row, line in zip(read_rows(file), lines, strict=True):
            found.setdefault(" ".join((file.stem, line.get("pair", ""))).strip(), []).append(row)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--beir", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--most", type=int, help="so many rows of each set at most")
    parser.add_argument("--quick", action="store_true", help="without the questions of the bench")
    parser.add_argument("--no-reader", action="store_true", help="fit without the reader only")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = load_encoder("bundled")
    reader = None if options.no_reader else load_reader(BUNDLED, model)
    if reader is None and not options.no_reader:
        raise SystemExit("The bundled reader is missing.")
    with TemporaryDirectory() as folder:
        cache = options.cache or Path(folder)
        store = VectorStore(cache / "vectors.db", "bundled", model)
        rows = read_sets(options.files)
        if options.beir:
            rows["beir"] = beir_pairs(options.beir, model, store)
        foreign = sorted({row.question for some in rows.values() for row in some})
        rows |= lesson_pairs(model, store, foreign)
        rows = {name: some[: options.most] for name, some in rows.items()}
        evidence: dict[str, list[Evidence]] = {}
        for name, some in list(rows.items()):
            rows[name], evidence[name] = gather(some, cache / name.replace(" ", "-"), model, reader)
        for name, (some, cases) in golden_evidence(cache / "golden", model, reader).items():
            rows[name], evidence[name] = some, cases
        result: dict[str, Any] = {}
        gates: dict[str, Any] = json.loads(GATE.read_text("utf-8"))
        for kind, parts in KINDS.items():
            if kind == "read" and reader is None:
                continue
            result[kind], gates[kind] = fit(parts, rows, evidence)
            made = Gate(*(Logistic.of(gates[kind][part], names) for part, names, _, _ in parts))
            by = reader if kind == "read" else None
            if not options.quick:
                result[kind]["asked"] = asked(cache / "asked", model, made, by)
    print(
        json.dumps(result | {"gate": gates}, ensure_ascii=False, indent=None if options.json else 1)
    )
    if options.write:
        GATE.write_text(json.dumps(gates, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
