from collections.abc import AsyncGenerator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.batching import Busy, Vector
from retrieval.bundled_reader import BundledReader
from retrieval.chunks import Chunk
from retrieval.compose import Sentence
from retrieval.generator import GeneratorUnavailable
from retrieval.reader import Reading
from retrieval.reword import answers_still, enough, prompt, reword
from retrieval.sentence_stream import Cited, SentenceStream
from retrieval.support import supports

FLUID = Sentence("制动液会吸收空气里的水分，一般每两年更换一次。", 1)
BOILS = Sentence("含水的制动液在长下坡时容易沸腾，踏板会变软。", 2)
QUOTES = [FLUID, BOILS]


class Scripted:
    """A model that writes what the test says."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.read = 0
        self.prompts: list[str] = []
        self.closed = False

    async def stream(self, prompt: str, max_tokens: int) -> AsyncGenerator[str, None]:
        self.prompts.append(prompt)
        try:
            for piece in self.pieces:
                self.read += 1
                yield piece
        finally:
            self.closed = True

    async def close(self) -> None: ...


async def worded(*pieces: str, quotes: list[Sentence] = QUOTES) -> list[Sentence]:
    return [sentence async for sentence in reword("制动液多久换？", quotes, Scripted(*pieces))]


def cut(*pieces: str) -> list[Cited]:
    stream = SentenceStream()
    return [*(cited for piece in pieces for cited in stream.feed(piece)), *stream.end()]


PARTS = [*"制动液年。！？；…”』.!?\"') \n\t[]12aAWe", "[1]", "e.g. ", "2.5 ", ". A"]
STREAMED = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)


@given(STREAMED, st.lists(st.integers(0, 60)))
def test_any_cut_of_the_stream_gives_the_same_sentences(text: str, places: list[int]) -> None:
    edges = [0, *sorted(min(place, len(text)) for place in places), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    assert cut(*pieces) == cut(text)
    assert cut(*text) == cut(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("每两年更换。[1]长下坡会沸腾。[2]", [("每两年更换。", (1,)), ("长下坡会沸腾。", (2,))]),
        ("每两年更换 [1]。长下坡会沸腾。", [("每两年更换。", (1,)), ("长下坡会沸腾。", ())]),
        ("[1] 每两年更换。 [2] 会沸腾。", [("每两年更换。", (1,)), ("会沸腾。", (2,))]),
        (
            "Use 2.5 bar, e.g. Front. [1][2] Then",
            [("Use 2.5 bar, e.g. Front.", (1, 2)), ("Then", ())],
        ),
        (
            "Every two years.[1] Wet fluid boils",
            [("Every two years.", (1,)), ("Wet fluid boils", ())],
        ),
        ("。。\n[1]\n", []),
    ],
)
def test_sentences_come_with_their_citations(
    text: str, found: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert cut(*text) == [Cited(*each) for each in found]


def test_a_sentence_is_given_before_the_next_one_ends() -> None:
    stream = SentenceStream()
    assert stream.feed("每两年更换。[1]") == []
    assert stream.feed("长") == [Cited("每两年更换。", (1,))]


@pytest.mark.parametrize(
    "said",
    [
        "制动液一般每两年更换一次。",
        "每两年更换制动液。",
        "制动液会吸收水分，因此每两年更换一次。",
    ],
)
def test_what_only_leaves_out_is_borne(said: str) -> None:
    assert supports(FLUID.text, said)


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        (FLUID.text, "制动液每三年更换一次。"),
        (FLUID.text, "制动液每2万公里更换一次。"),
        (FLUID.text, "制动液不会吸收水分。"),
        (FLUID.text, "机油一般每两年更换一次。"),
        (FLUID.text, "因此，所以。"),
        ("胎压不低于 2.3 bar。", "胎压 2.3 bar。"),
        ("胎压为 2.3 bar。", "胎压为 2.3 kPa。"),
        ("胎压为 2.3 bar。", "胎压为 2.5 bar。"),
        ("如果踏板变软，更换制动液。", "更换制动液。"),
        ("座椅加热比暖风省电得多。", "暖风比座椅加热省电。"),
        ("Wet fluid can boil on a long descent.", "Wet fluid can not boil on a descent."),
        ("Wet fluid can boil on a long descent.", "Wet fluid can't boil on a descent."),
        ("Change it every two years.", "Change it every three years."),
        ("A heated seat uses less energy than hot air.", "Hot air uses less energy than a seat."),
        ("Replace the pads if they are worn.", "Replace the pads."),
        ("The seat uses at least 50 W.", "The seat uses 50 W."),
    ],
)
def test_what_says_something_else_is_not_borne(quote: str, said: str) -> None:
    assert not supports(quote, said)


async def test_borne_sentences_are_kept_and_others_never_come() -> None:
    said = await worded("每两年更换", "制动液。[1]每三年更换制动液。", "[1]踏板会变软。[2]")
    assert said == [Sentence("每两年更换制动液。", 1), Sentence("踏板会变软。", 2)]


async def test_a_wrong_citation_drops_the_sentence_and_a_missing_one_is_found() -> None:
    assert await worded("每两年更换制动液。[2]") == []
    assert await worded("踏板会变软。每两年更换制动液。[9]") == [
        Sentence("踏板会变软。", 2),
        Sentence("每两年更换制动液。", 1),
    ]


async def test_repetition_stops_the_model() -> None:
    model = Scripted("每两年更换制动液。[1]", "每两年更换制动液。[1]", "踏", *["会变软。"] * 50)
    said = [s async for s in reword("?", QUOTES, model)]
    assert said == [Sentence("每两年更换制动液。", 1)]
    assert model.closed
    assert model.read == 3


async def test_a_loop_without_full_stops_stops_the_model() -> None:
    model = Scripted("每两年更换制动液。", *["制动液和"] * 50)
    assert [s async for s in reword("?", QUOTES, model)] == [Sentence("每两年更换制动液。", 1)]
    assert model.read < 10


async def test_a_model_that_leaves_the_sources_is_stopped() -> None:
    model = Scripted(
        "天气很好。", "机油便宜。", "轮胎黑色。", "月亮圆。", *["每两年更换制动液。"] * 9
    )
    assert [s async for s in reword("?", QUOTES, model)] == []
    assert model.read == 4


async def test_a_reader_who_leaves_stops_the_model() -> None:
    model = Scripted("每两年更换制动液。", "踏板会变软。", "好")
    words = reword("?", QUOTES, model)
    assert await anext(words) == Sentence("每两年更换制动液。", 1)
    await words.aclose()
    assert model.closed
    assert model.read == 2


async def test_vectors_that_are_far_apart_drop_a_sentence() -> None:
    async def encode(text: str) -> Vector:
        far = np.array([0.0, 1.0], dtype=np.float32)
        near = np.array([1.0, 0.0], dtype=np.float32)
        return far if text == "踏板会变软。" else near

    model = Scripted("每两年更换制动液。踏板会变软。")
    said = [s async for s in reword("?", QUOTES, model, encode)]
    assert said == [Sentence("每两年更换制动液。", 1)]


async def test_a_busy_encoder_leaves_the_answer_as_it_is() -> None:
    async def encode(text: str) -> Vector:
        raise Busy(512)

    with pytest.raises(GeneratorUnavailable):
        await anext(reword("?", QUOTES, Scripted("每两年更换制动液。"), encode))


def test_a_wording_must_keep_enough_of_the_quotes() -> None:
    assert enough(QUOTES, QUOTES)
    assert not enough(QUOTES, [])
    assert not enough(QUOTES, [Sentence("踏板会变软。", 2)])


def test_the_model_is_asked_in_the_language_of_the_question() -> None:
    asked = prompt("制动液多久换？", QUOTES)
    assert "[1] 制动液会吸收" in asked
    assert "[2] 含水的" in asked
    assert asked.endswith("问题：制动液多久换？\n回答：")
    assert prompt("How often?", QUOTES).endswith("Question: How often?\nAnswer:")


async def test_a_wording_that_leaves_out_the_answer_is_told_by_the_reader(
    reader: BundledReader,
) -> None:
    question = "制动液多久更换一次？"
    quotes = [Sentence("制动液会吸收空气里的水分，一般每两年更换一次。", 1)]

    async def read(pairs: list[tuple[str, Chunk]]) -> list[Reading]:
        return reader.read(pairs)

    async def none(_pairs: list[tuple[str, Chunk]]) -> list[Reading]:
        return []

    whole = [Sentence("制动液一般每两年更换一次。", 1)]
    part = [Sentence("制动液会吸收空气里的水分。", 1)]
    assert await answers_still(question, quotes, whole, read)
    assert not await answers_still(question, quotes, part, read)
    assert await answers_still(question, quotes, part, none)
