"""Trains the bundled reader (retrieval/reading_model.py) on articles with questions.

    python -m bench.fit_reader DIR --out var/reader [--minutes 75] [--steps 6000] [--threads 2]
                               [--write]

--write puts the weights that came of it where the bot finds them, in half precision.

DIR is described in bench/reader_data.py. One step takes one article and some of its questions, each
beside a passage that answers it and hard negatives: passages of the article that don't, among them
the answering one without the sentence that answers; now and then one of another article. Three
losses are added: binary cross-entropy for "answered here", the answering passage against the others
of its question, and start and end of the span. Articles in two languages have each question put to
the passages of both, and some questions have words of the other language put in by a dictionary
(bench/code_switch.py, which needs the extra `bench`). Every few minutes the state is saved; a run
that is killed goes on from there. What was held back (60 articles, and 3 in two languages) is
measured at the end and now and then, and chooses nothing.
"""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from bench.code_switch import CodeSwitch
from bench.reader_data import Article, read_articles
from bench.reader_pairs import Frozen, Pair, pairs_of, tokens_of
from retrieval.bundled_reader import MANIFEST, WEIGHTS, padded
from retrieval.reading_model import ReadingModel, Scores, Shape

WEIGHTS_FOLDER = Path(__file__).parents[1] / "retrieval" / "weights"
SEED = 0
HELD, HELD_TWO, ASKED = 60, 3, 12
# Articles in two languages are few, and all that teaches reading across.
TWO_OFTEN = 6
RATE, HEADS_RATE, DECAY, WARM = 1e-4, 5e-4, 0.01, 40
SAVE_EVERY, TELL_EVERY = 150.0, 50


def scored(model: ReadingModel, frozen: Frozen, pairs: Sequence[Pair]) -> Scores:
    """The model's scores [pairs]."""
    questions, question_mask = padded([frozen.question(pair.text) for pair in pairs])
    passages, mask = padded([frozen.passage(pair.passage) for pair in pairs])
    scores: Scores = model(questions, question_mask, passages, mask)
    return scores


def loss_of(scores: Scores, pairs: Sequence[Pair]) -> tuple[Tensor, list[float]]:
    """The sum of the three losses, and each."""
    y = torch.tensor([float(pair.answers) for pair in pairs])
    each = F.binary_cross_entropy_with_logits(scores.answers, y, reduction="none")
    here = (each[y > 0].mean() + each[y == 0].mean()) / 2
    ranks, spans = [], []
    for n, pair in enumerate(pairs):
        if not pair.answers:
            continue
        others = [m for m, o in enumerate(pairs) if o.question == pair.question and not o.answers]
        ranks.append(-scores.answers[[n, *others]].log_softmax(0)[0])
        if pair.span[0] >= 0:
            spans.append(-scores.starts[n].log_softmax(0)[pair.span[0]])
            spans.append(-scores.ends[n].log_softmax(0)[pair.span[1]])
    ranked = torch.stack(ranks).mean()
    pointed = torch.stack(spans).mean() if spans else here * 0
    total = here + ranked + pointed / 2
    return total, [each.item() for each in (here, ranked, pointed)]


@torch.inference_mode()
def measured(model: ReadingModel, frozen: Frozen, held: Sequence[Article]) -> dict[str, float]:
    """On articles that were held back: AUROC of the answering passage against the best of the
    article's others (four of them), by languages, and F1 of the span in tokens.
    """
    model.eval()
    both: dict[str, list[tuple[float, float]]] = {}
    overlaps = []
    for article in held:
        chance = random.Random(SEED)
        for question in chance.sample(article.questions, min(len(article.questions), ASKED)):
            twins = [twin for twin in article.questions if twin.id == question.id]
            asked_in = article.passages[question.passage].language
            for spoken in ("zh", "en"):
                there = [n for n, p in enumerate(article.passages) if p.language == spoken]
                gold = [twin for twin in twins if twin.passage in there]
                rest = [n for n in there if all(n != twin.passage for twin in gold)]
                if not gold or not rest:
                    continue
                places = [gold[0].passage, *chance.sample(rest, min(len(rest), 4))]
                texts = [article.passages[n].text for n in places]
                scores = scored(
                    model, frozen, [Pair(0, question.text, text, False) for text in texts]
                )
                found = scores.answers.tolist()
                both.setdefault(f"{asked_in}-{spoken}", []).append((found[0], max(found[1:])))
                span = tokens_of(frozen.places(texts[0]), gold[0].start, gold[0].end)
                overlaps.append(
                    _overlap(span, (int(scores.starts[0].argmax()), int(scores.ends[0].argmax())))
                )
    model.train()
    told = {"span_f1": round(float(np.mean(overlaps)), 3)}
    for name, scores_of in sorted(both.items()):
        y = np.repeat([True, False], len(scores_of))
        told[name] = round(float(roc_auc_score(y, np.array(scores_of).T.flatten())), 3)
    return told


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    """F1 of two spans of tokens."""
    shared = max(0, min(one[1], other[1]) - max(one[0], other[0]) + 1)
    return 2 * shared / (one[1] - one[0] + 1 + max(other[1] - other[0] + 1, 1))


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


def train(
    run: Run, frozen: Frozen, articles: Sequence[Article], held: Sequence[Article], limits: Any
) -> None:
    """Until the steps or the minutes are over, whichever is first; both count across restarts."""
    often = [a for a in articles for _ in range(TWO_OFTEN if a.languages > 1 else 1)]
    switch = CodeSwitch(p.text for a in articles for p in a.passages if p.language == "zh")
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
        pairs = pairs_of(article, articles, frozen, switch, chance)
        if pairs:
            loss, parts = loss_of(scored(run.model, frozen, pairs), pairs)
            run.update(loss, done)
            told.append(parts)
        run.step += 1
        run.seconds = before + monotonic() - started
        if run.step % TELL_EVERY == 0 and told:
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
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--measure", type=int, default=0, help="every so many steps")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--first", type=int, default=Shape().first)
    parser.add_argument("--end", type=int, default=Shape().end)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    options.out.mkdir(parents=True, exist_ok=True)
    shape = Shape(options.first, options.end)
    frozen = Frozen(shape.first)
    model = ReadingModel(frozen.encoder.sizes, shape).train()
    model.layers.load_state_dict(frozen.encoder.layers[shape.first : shape.end].state_dict())
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
