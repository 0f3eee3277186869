"""Trains the bundled reader (retrieval/reading_model.py) on articles with questions.

    python -m bench.fit_reader DIR --out var/reader [--minutes 75] [--steps 6000] [--threads 2]
                               [--write]

--write puts the weights that came of it where the bot finds them, in half precision.

DIR is described in bench/reader_data.py. One step takes one article: some of its questions, each
beside the passages that answer some of them, other passages of the article, passages without the
sentence that answers (the hardest), and one of another article (the easy ones). Three losses are
added: binary cross-entropy for "answered here", each answering passage against the others of its
question, and the span, normalised over all passages of the question (Clark and Gardner,
"Simple and Effective Multi-Paragraph Reading Comprehension", arXiv 1710.10723, section 4.2).
Articles in two languages have each question put to the passages of both. Every few minutes the
state is saved; a run that is killed goes on from there. What was held back (60 articles, and 3 in
two languages) is measured at the end and now and then, and chooses nothing.
"""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from transformers import BertModel

from bench.reader_data import Article, Asked, Passage, read_articles
from retrieval.bundled_reader import MANIFEST, WEIGHTS
from retrieval.encoder import load_encoder
from retrieval.reading_model import ReadingModel, Scores, Shape, lower_states

WEIGHTS_FOLDER = Path(__file__).parents[1] / "retrieval" / "weights"
SEED = 0
HELD, HELD_TWO = 60, 3
QUESTIONS, PASSAGES, CUT, FAR = 8, 5, 2, 1
# Articles in two languages are few, and all that teaches reading across.
TWO_OFTEN = 6
RATE, HEADS_RATE, DECAY, WARM = 1e-4, 4e-4, 0.01, 40
SAVE_EVERY, TELL_EVERY = 150.0, 50
MAX_PASSAGE, MAX_QUESTION = 320, 64
PREFIX = "passage: "
# The answer stands in another passage too: perhaps that one answers as well.
DOUBTFUL = 0.3


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage of a step: `source` is its number in the article, None for another article's;
    `without` the sentence that was taken out of it.
    """

    text: str
    source: int | None
    without: int | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """[passages, questions]: `answers` 0 or 1, `weights` 0 to 1; `spans` [.., 2] tokens or -1."""

    answers: Tensor
    weights: Tensor
    spans: Tensor


class Frozen:
    """E5's states, computed once for each text: what never learns."""

    def __init__(self, models: Path, first: int) -> None:
        encoder = load_encoder("bundled", models)
        self.tokenizer = encoder.tokenizer
        self.bert: BertModel = encoder[0].auto_model  # type: ignore[assignment]
        self.first = first
        self._passages: dict[str, tuple[Tensor, list[tuple[int, int]]]] = {}
        self._questions: dict[str, Tensor] = {}

    @torch.inference_mode()
    def passages(self, texts: Sequence[str]) -> list[tuple[Tensor, list[tuple[int, int]]]]:
        """For each text its last states, float16 [tokens, d], and the tokens' characters."""
        new = [text for text in dict.fromkeys(texts) if text not in self._passages]
        if new:
            coded = self.tokenizer(
                [PREFIX + text for text in new],
                truncation=True,
                max_length=MAX_PASSAGE,
                padding=True,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            mask = coded["attention_mask"]
            layers = len(self.bert.encoder.layer)
            states = lower_states(self.bert, coded["input_ids"], mask, layers)
            for text, state, kept, offsets in zip(
                new, states, mask, coded["offset_mapping"].tolist(), strict=True
            ):
                length = int(kept.sum())
                places = [
                    (a - len(PREFIX), b - len(PREFIX)) if a >= len(PREFIX) else (-1, -1)
                    for a, b in offsets[:length]
                ]
                self._passages[text] = state[:length].half(), places
        return [self._passages[text] for text in texts]

    @torch.inference_mode()
    def questions(self, texts: Sequence[str]) -> list[Tensor]:
        """The states before layer `first`, float32 [tokens, d] each."""
        for text in texts:
            if text not in self._questions:
                coded = self.tokenizer(
                    "query: " + text, truncation=True, max_length=MAX_QUESTION, return_tensors="pt"
                )
                states = lower_states(
                    self.bert, coded["input_ids"], coded["attention_mask"], self.first
                )
                self._questions[text] = states[0]
        return [self._questions[text] for text in texts]


def padded(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """float32 [n, l, d] and its mask."""
    length = max(len(state) for state in states)
    found = torch.zeros(len(states), length, states[0].shape[1])
    mask = torch.zeros(len(states), length)
    for row, state in enumerate(states):
        found[row, : len(state)] = state.float()
        mask[row, : len(state)] = 1
    return found, mask


def drawn(
    article: Article, others: Sequence[Article], chance: random.Random
) -> tuple[list[Shown], list[Asked]]:
    """What one step shows of an article."""
    ids = list(dict.fromkeys(question.id for question in article.questions))
    chance.shuffle(ids)
    wanted = set(ids[: QUESTIONS // article.languages])
    asked = [question for question in article.questions if question.id in wanted]
    answering = list(dict.fromkeys(question.passage for question in asked))
    rest = [n for n in range(len(article.passages)) if n not in answering]
    chance.shuffle(rest)
    room = max(PASSAGES - len(answering), 1)
    shown = [Shown(article.passages[n].text, n) for n in [*answering, *rest[:room]]]
    for question in chance.sample(asked, min(CUT, len(asked))):
        passage = article.passages[question.passage]
        if len(passage.sentences) > 1:
            shown.append(
                Shown(without(passage, question.sentence), question.passage, question.sentence)
            )
    for _ in range(FAR):
        shown.append(Shown(chance.choice(chance.choice(others).passages).text, None))
    return shown, asked


def without(passage: Passage, sentence: int) -> str:
    begin, end = passage.sentences[sentence]
    return passage.text[:begin] + passage.text[end:]


def labelled(
    article: Article,
    shown: Sequence[Shown],
    asked: Sequence[Asked],
    places: Sequence[list[tuple[int, int]]],
) -> Labels:
    """Which passage answers which question, and where."""
    answers = torch.zeros(len(shown), len(asked))
    weights = torch.ones(len(shown), len(asked))
    spans = torch.full((len(shown), len(asked), 2), -1)
    twins: dict[str, list[Asked]] = {}
    for question in article.questions:
        twins.setdefault(question.id, []).append(question)
    for column, question in enumerate(asked):
        for row, passage in enumerate(shown):
            for twin in twins[question.id]:
                start = _start(article, passage, twin)
                if start is not None:
                    answers[row, column] = 1
                    weights[row, column] = 1
                    end = start + twin.end - twin.start
                    spans[row, column] = torch.tensor(_tokens(places[row], start, end))
                elif answers[row, column] == 0 and twin.answer in passage.text:
                    weights[row, column] = DOUBTFUL if len(twin.answer) > 1 else 1
    return Labels(answers, weights, spans)


def _start(article: Article, passage: Shown, question: Asked) -> int | None:
    """Where the answer begins in a passage that has it, as it is shown."""
    if passage.source != question.passage or passage.without == question.sentence:
        return None
    if passage.without is None:
        return question.start
    begin, end = article.passages[question.passage].sentences[passage.without]
    return question.start if question.start < begin else question.start - (end - begin)


def _tokens(places: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    first = [n for n, (a, b) in enumerate(places) if a <= start < b]
    last = [n for n, (a, b) in enumerate(places) if a < end <= b]
    return (first[0], last[-1]) if first and last else (-1, -1)


def loss_of(scores: Scores, labels: Labels) -> tuple[Tensor, list[float]]:
    """The sum of the three losses, and each."""
    y, weights = labels.answers, labels.weights
    each = F.binary_cross_entropy_with_logits(scores.answers, y, reduction="none") * weights
    right, wrong = (y * weights).sum().clamp(min=1), ((1 - y) * weights).sum().clamp(min=1)
    here = ((each * y).sum() / right + (each * (1 - y)).sum() / wrong) / 2
    against = (y == 0) & (weights > DOUBTFUL)
    others = torch.where(against, scores.answers, -1e4).logsumexp(0)
    ranked = (torch.logaddexp(scores.answers, others[None]) - scores.answers)[y > 0].mean()
    spans, count = scores.answers.sum() * 0, 0
    for row, column in (labels.spans[..., 0] >= 0).nonzero().tolist():
        kept = against[:, column].clone()
        kept[row] = True
        for tokens, at in ((scores.starts, 0), (scores.ends, 1)):
            there = tokens[row, column, labels.spans[row, column, at]]
            spans = spans + torch.logsumexp(tokens[kept, column].flatten(), 0) - there
            count += 1
    spans = spans / max(count, 1)
    total = here + ranked / 2 + spans / 2
    return total, [float(here), float(ranked), float(spans)]


@torch.inference_mode()
def measured(model: ReadingModel, frozen: Frozen, held: Sequence[Article]) -> dict[str, float]:
    """On articles that were held back: AUROC of the answering passage against the article's best
    other one, by languages, and F1 of the span in tokens.
    """
    model.eval()
    pairs: dict[str, list[tuple[float, float]]] = {}
    overlaps = []
    for article in held:
        shown = [Shown(passage.text, n) for n, passage in enumerate(article.passages)]
        scores, labels = scored(model, frozen, article, shown, article.questions)
        best = torch.stack([scores.starts.argmax(-1), scores.ends.argmax(-1)], -1)
        for column, question in enumerate(article.questions):
            asked_in = article.passages[question.passage].language
            for spoken in ("zh", "en"):
                rows = [n for n, p in enumerate(article.passages) if p.language == spoken]
                gold = [n for n in rows if labels.answers[n, column] == 1]
                far = [n for n in rows if n not in gold]
                if gold and far:
                    name = f"{asked_in}-{spoken}"
                    right = float(scores.answers[gold, column].max())
                    pairs.setdefault(name, []).append(
                        (right, float(scores.answers[far, column].max()))
                    )
                for row in gold:
                    a, b = labels.spans[row, column].tolist()
                    c, d = best[row, column].tolist()
                    shared = max(0, min(b, d) - max(a, c) + 1)
                    overlaps.append(2 * shared / (b - a + 1 + max(d - c + 1, 1)))
    model.train()
    found = {"span_f1": round(float(np.mean(overlaps)), 3)}
    for name, both in sorted(pairs.items()):
        y = np.repeat([True, False], len(both))
        found[name] = round(float(roc_auc_score(y, np.array(both).T.flatten())), 3)
    return found


def scored(
    model: ReadingModel,
    frozen: Frozen,
    article: Article,
    shown: Sequence[Shown],
    asked: Sequence[Asked],
) -> tuple[Scores, Labels]:
    """The model's scores of all questions beside all passages, and what they should be."""
    states, places = zip(*frozen.passages([passage.text for passage in shown]), strict=True)
    passages, mask = padded(states)
    questions, question_mask = padded(frozen.questions([question.text for question in asked]))
    adapted = model.adapted(passages, mask)
    scores = model(questions[None], question_mask[None], adapted, mask)
    return scores, labelled(article, shown, asked, places)


class Run:
    """A training that can be killed: what it needs to go on is in one file."""

    def __init__(self, model: ReadingModel, out: Path) -> None:
        self.model = model
        self.file = out / "training.pt"
        body = [p for n, p in model.named_parameters() if n.startswith("layers.")]
        heads = [p for n, p in model.named_parameters() if not n.startswith("layers.")]
        self.optimiser = torch.optim.AdamW(
            [{"params": body, "rate": RATE}, {"params": heads, "rate": HEADS_RATE}],
            weight_decay=DECAY,
        )
        self.step, self.seconds = 0, 0.0

    def load(self) -> None:
        if self.file.exists():
            state = torch.load(self.file, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        beside = self.file.with_suffix(".new")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
            },
            beside,
        )
        beside.replace(self.file)

    def update(self, loss: Tensor, done: float) -> None:
        """One step, at a rate that rises for `WARM` steps and falls to 0; `done`: 0 to 1."""
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = min(1.0, (self.step + 1) / WARM) * max(0.0, 1 - done)
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * share
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1


def train(
    run: Run, frozen: Frozen, articles: Sequence[Article], held: Sequence[Article], limits: Any
) -> None:
    """Until the steps or the minutes are over, whichever is first; both count across restarts."""
    often = [a for a in articles for _ in range(TWO_OFTEN if a.languages > 1 else 1)]
    before, told, saved = run.seconds, [], monotonic()
    started = monotonic()
    while True:
        done = max(run.step / limits.steps, run.seconds / 60 / limits.minutes)
        if done >= 1:
            break
        # Each step draws from its own seed, so that a run that went on is the run that didn't stop.
        chance = random.Random(SEED + run.step)
        epoch = random.Random(SEED - 1 - run.step // len(often))
        article = epoch.sample(often, len(often))[run.step % len(often)]
        shown, asked = drawn(article, articles, chance)
        loss, parts = loss_of(*scored(run.model, frozen, article, shown, asked))
        run.update(loss, done)
        told.append(parts)
        run.seconds = before + monotonic() - started
        if run.step % TELL_EVERY == 0:
            means = [round(float(mean), 3) for mean in np.mean(told[-TELL_EVERY:], axis=0)]
            print(f"{run.step} steps, {run.seconds / 60:.1f} min: {means}", file=sys.stderr)
        if limits.measure and run.step % limits.measure == 0:
            print(json.dumps(measured(run.model, frozen, held)), file=sys.stderr)
        if monotonic() - saved > SAVE_EVERY:
            run.save()
            saved = monotonic()
    run.save()


def write(model: ReadingModel) -> None:
    """The weights and their manifest, into the package."""
    state = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    data = save_tensors(state)
    WEIGHTS_FOLDER.mkdir(exist_ok=True)
    (WEIGHTS_FOLDER / WEIGHTS).write_bytes(data)
    manifest = {"sha256": hashlib.sha256(data).hexdigest(), "shape": asdict(model.shape)}
    (WEIGHTS_FOLDER / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fit_reader", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/reader"))
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--measure", type=int, default=0, help="every so many steps")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--first", type=int, default=Shape().first)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--adapters", type=int, default=Shape().adapters)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    options.out.mkdir(parents=True, exist_ok=True)
    shape = Shape(options.first, options.adapters)
    frozen = Frozen(options.models, shape.first)
    model = ReadingModel(frozen.bert, shape).train()
    articles = read_articles(options.data)
    random.Random(SEED).shuffle(articles)
    two = [article for article in articles if article.languages > 1]
    one = [article for article in articles if article.languages == 1]
    held = [*one[:HELD], *two[:HELD_TWO]]
    learnt = [a for a in [*one[HELD:], *two[HELD_TWO:]] if a.questions]
    run = Run(model, options.out)
    run.load()
    train(run, frozen, learnt, held, options)
    if options.write:
        write(model)
    found = measured(model, frozen, held)
    print(json.dumps({"steps": run.step, "minutes": run.seconds / 60, **found, **asdict(shape)}))


if __name__ == "__main__":
    main()
