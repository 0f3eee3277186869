"""Readers: the bundled one tells answers from what is only on the subject; others are loaded."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

import retrieval.bundled_reader as bundled
from retrieval.answer_service import AnswerService
from retrieval.answerer import Answerer
from retrieval.batching import BatchingEncoder, encode_queries
from retrieval.bundled_reader import BundledReader
from retrieval.chunks import Chunk
from retrieval.e5_model import E5Model
from retrieval.knowledge import KnowledgeBase
from retrieval.load_reader import NONE, load_reader
from retrieval.reader import Reader, ReaderError, Reading


def chunk(text: str, *more: str, language: str = "zh", context: str = "") -> Chunk:
    return Chunk(text, "d", "T", None, None, language, "¶1", context, (text, *more))


FLUID = chunk("制动液会吸收空气里的水分。", "一般每两年更换一次。", context="制动液")
BOILS = chunk("含水的制动液在长下坡时容易沸腾。", "这时踏板会变软。", context="制动液")
FLUID_EN = chunk(
    "Brake fluid takes up water from the air.",
    "It is usually replaced every two years.",
    language="en",
)
BOILS_EN = chunk(
    "Brake fluid with water in it boils on long descents.",
    "Then the pedal goes soft.",
    language="en",
)


@pytest.mark.parametrize(
    ("question", "answers", "other"),
    [
        ("制动液多久更换一次？", FLUID, BOILS),
        ("踏板什么时候会变软？", BOILS, FLUID),
        ("How often is brake fluid replaced?", FLUID_EN, BOILS_EN),
        ("When does the brake pedal go soft?", BOILS_EN, FLUID_EN),
        ("How often is brake fluid replaced?", FLUID, BOILS),
        ("制动液多久更换一次？", FLUID_EN, BOILS_EN),
    ],
)
def test_the_passage_that_answers_scores_above_one_on_the_subject(
    reader: BundledReader, question: str, answers: Chunk, other: Chunk
) -> None:
    right, wrong = reader.read([(question, answers), (question, other)])
    assert right.score > wrong.score


def test_it_points_at_the_words(reader: BundledReader) -> None:
    for question, passage, words in (
        ("制动液多久更换一次？", FLUID, "两年"),
        ("How often is brake fluid replaced?", FLUID_EN, "two years"),
    ):
        (reading,) = reader.read([(question, passage)])
        assert words in passage.sentences[reading.sentence][reading.start : reading.end]
        assert reading.shares[reading.sentence] == max(reading.shares)
        assert sum(reading.shares) == pytest.approx(1)


def test_together_is_as_alone_and_again_as_before(reader: BundledReader) -> None:
    pairs = [
        (question, passage)
        for question in ("制动液多久更换一次？", "When does the pedal go soft?")
        for passage in (FLUID, BOILS, FLUID_EN, BOILS_EN, chunk("长" * 600 + "。"))
    ]
    together = reader.read(pairs)
    for pair, reading in zip(pairs, together, strict=True):
        (alone,) = reader.read([pair])
        assert alone.score == pytest.approx(reading.score, abs=0.01)
        assert (alone.sentence, alone.start, alone.end) == (
            *(reading.sentence, reading.start, reading.end),
        )
    assert reader.read([]) == []


def test_passages_are_kept_up_to_a_bound(encoder: E5Model, reader: BundledReader) -> None:
    small = BundledReader(encoder, reader._model, kept_mb=0.1)
    passages = [chunk(f"第{n}条：制动液每两年更换一次，机油每年更换一次。" * 3) for n in range(20)]
    for passage in passages:
        small.read([("制动液多久更换一次？", passage)])
        assert small._bytes <= 0.1e6
    assert 0 < len(small._kept) < len(passages)


def test_damaged_weights_are_told(
    tmp_path: Path, encoder: E5Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    real = bundled.files("retrieval") / "weights"
    manifest = (real / bundled.MANIFEST).read_text("utf-8")
    (tmp_path / "weights" / bundled.MANIFEST).write_text(manifest, "utf-8")
    data = bytearray((real / bundled.WEIGHTS).read_bytes())
    assert json.loads(manifest)["sha256"] == hashlib.sha256(data).hexdigest()
    assert len(data) < 25e6
    data[len(data) // 2] ^= 1
    (tmp_path / "weights" / bundled.WEIGHTS).write_bytes(bytes(data))
    monkeypatch.setattr(bundled, "files", lambda _: tmp_path)
    with pytest.raises(ReaderError, match="damaged"):
        BundledReader.load(encoder)


def _saved(encoder: E5Model, folder: Path) -> None:
    """The encoder's tokenizer, as a hub's model has its own."""
    from transformers import PreTrainedTokenizerFast

    names = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    made = PreTrainedTokenizerFast(tokenizer_object=encoder.tokenizer, **names)
    made.save_pretrained(folder)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, encoder: E5Model) -> Path:
    """An extractive-QA model in a folder, as a hub has them: small, and it has learnt nothing."""
    # Here, as every process of a run reads all tests, and these take it seconds.
    from transformers import BertConfig, BertForQuestionAnswering

    folder = tmp_path_factory.mktemp("qa")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=encoder.tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=1,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    _saved(encoder, folder)
    return folder


def check(reader: Reader, pairs: Sequence[tuple[str, Chunk]]) -> list[Reading]:
    """What holds of every reader."""
    readings = reader.read(pairs)
    for (_, passage), reading in zip(pairs, readings, strict=True):
        assert len(reading.shares) == len(passage.sentences)
        assert sum(reading.shares) == pytest.approx(1)
        text = passage.sentences[reading.sentence]
        assert 0 <= reading.start <= reading.end <= len(text)
        (alone,) = reader.read([pairs[readings.index(reading)]])
        assert alone.score == pytest.approx(reading.score, abs=0.01)
    return readings


PAIRS = [("制动液多久更换一次？", FLUID), ("When does the pedal go soft?", BOILS_EN), ("?", BOILS)]


def test_every_reader_keeps_the_contract(reader: BundledReader, own: Path, tmp_path: Path) -> None:
    check(reader, PAIRS)
    mine = load_reader(str(own))
    assert mine is not None
    check(mine, PAIRS)
    check(mine, [("很长的问题" * 100, FLUID)])
    assert load_reader(NONE) is None


def test_a_reader_that_cannot_be_had_is_told(own: Path, tmp_path: Path, encoder: E5Model) -> None:
    from transformers import BertConfig, BertModel

    with pytest.raises(ReaderError, match="CHEZHI_READER_MODEL takes"):
        load_reader(str(tmp_path / "nothing"))
    plain = tmp_path / "plain"
    config = BertConfig.from_pretrained(own)
    BertModel(config).save_pretrained(plain)
    _saved(encoder, plain)
    with pytest.raises(ReaderError, match="no question-answering head"):
        load_reader(str(plain))


async def test_the_service_reads_and_tells_how_long_it_took(
    knowledge: KnowledgeBase, batching: BatchingEncoder, reader: BundledReader
) -> None:
    service = AnswerService(knowledge, batching, Answerer(reader=reader))
    answer = await service.answer("制动液多久换一次？")
    await service.close()
    assert not answer.refused
    assert answer.reader_score is not None
    assert answer.timings_ms["read"] > 0
    vector = encode_queries(batching.model, ["制动液多久换一次？"])[0]
    alone = Answerer(reader=reader).answer(knowledge.index(), "制动液多久换一次？", vector)
    assert alone.text == answer.text
    (bold,) = [s.text[slice(*s.bold)] for s in answer.sentences if s.bold]
    assert "两年" in bold
