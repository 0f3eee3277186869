"""What a step of the reader's training reads: questions beside passages that answer or do not."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.code_switch import CodeSwitch
from bench.reader_data import Article, Asked, Passage
from retrieval import bundled_e5

# The answer stands in another passage too: perhaps that one answers as well.
DOUBTFUL = 0.3
PREFIX, QUESTION = "passage: ", "query: "
MAX_PASSAGE, MAX_QUESTION = 256, 64
# How often a question is asked of hard negatives, and of how many; else of any one.
HARD, NEGATIVES = 0.8, 2
QUESTIONS, PASSAGES, CUT, FAR = 8, 5, 3, 1
# How often a question is asked with words of the other language in it.
SWITCHED = 0.3


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
    """E5's states before layer `first`, computed once for each text: what never learns."""

    def __init__(self, first: int) -> None:
        self.encoder = bundled_e5.load()
        self.first = first
        self._states: dict[str, Tensor] = {}
        self._places: dict[str, list[tuple[int, int]]] = {}

    def states(self, text: str, longest: int) -> Tensor:
        """float32 [tokens, d] of a text with its prefix; the model keeps half precision."""
        if text not in self._states:
            with torch.inference_mode():
                (coded,) = self.encoder.tokens([text], longest)
                (states,) = self.encoder([coded.ids], self.first)
                self._states[text] = states.half()
            skip = len(PREFIX)
            self._places[text] = [
                (a - skip, b - skip) if a >= skip else (-1, -1) for a, b in coded.places
            ]
        return self._states[text].clone()

    def passage(self, text: str) -> Tensor:
        return self.states(PREFIX + text, MAX_PASSAGE)

    def question(self, text: str) -> Tensor:
        return self.states(QUESTION + text, MAX_QUESTION)

    def places(self, text: str) -> list[tuple[int, int]]:
        """The characters of a passage's tokens; (-1, -1) for its prefix and marks."""
        self.passage(text)
        return self._places[PREFIX + text]


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
                    spans[row, column] = torch.tensor(tokens_of(places[row], start, end))
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


def tokens_of(places: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    first = [n for n, (a, b) in enumerate(places) if a <= start < b]
    last = [n for n, (a, b) in enumerate(places) if a < end <= b]
    return (first[0], last[-1]) if first and last else (-1, -1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question beside a passage; `span`: the answer's first and last token, or (-1, -1)."""

    question: int
    text: str
    passage: str
    answers: bool
    span: tuple[int, int] = (-1, -1)


def pairs_of(
    article: Article,
    others: Sequence[Article],
    frozen: Frozen,
    switch: CodeSwitch,
    chance: random.Random,
) -> list[Pair]:
    """What one step reads: each question beside one passage that answers and some that don't."""
    shown, asked = drawn(article, others, chance)
    labels = labelled(article, shown, asked, [frozen.places(passage.text) for passage in shown])
    found: list[Pair] = []
    for column, question in enumerate(asked):
        right = [n for n in range(len(shown)) if labels.answers[n, column] == 1]
        wrong = [
            n
            for n in range(len(shown))
            if labels.answers[n, column] == 0 and labels.weights[n, column] > DOUBTFUL
        ]
        if not right or not wrong:
            continue
        gold = chance.choice(right)
        first, last = labels.spans[gold, column].tolist()
        mixed = chance.random() < SWITCHED
        text = switch.switched(question.text, chance) if mixed else question.text
        found.append(Pair(column, text, shown[gold].text, True, (first, last)))
        hard = [n for n in wrong if shown[n].source is not None]
        if hard and chance.random() < HARD:
            negatives = chance.sample(hard, min(NEGATIVES, len(hard)))
        else:
            negatives = [chance.choice(wrong)]
        found += [Pair(column, text, shown[n].text, False) for n in negatives]
    return found
