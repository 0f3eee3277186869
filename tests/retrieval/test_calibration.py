"""The threshold of an index: the lowest with no more false answers than are allowed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answerer import Answerer
from retrieval.calibrating import calibrated, headings_of
from retrieval.calibration import LEAST, Calibration, Threshold, lowest
from retrieval.documents import Document
from retrieval.encoder import Encoder
from retrieval.golden import Golden, QualityGate
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase

shares = st.lists(st.floats(0, 1), min_size=LEAST, max_size=60)


@given(shares, shares, st.floats(0, 1))
def test_it_allows_what_is_allowed_and_no_lower_one_does(
    having: list[float], without: list[float], allowed: float
) -> None:
    found = lowest(having, without, allowed)
    assert found is not None
    no, yes = np.array(without), np.array(having)
    assert (no >= found.threshold).mean() == found.false <= allowed
    assert (yes >= found.threshold).mean() == found.answered
    lower = [p for p in without if p < found.threshold]
    if lower:
        assert (no >= max(lower)).mean() > allowed
    assert [point[1] for point in found.curve] == sorted(
        (point[1] for point in found.curve), reverse=True
    )


def test_few_questions_decide_nothing() -> None:
    assert lowest([0.9] * 50, [0.1] * (LEAST - 1), 0.1) is None


def test_fields_bring_it_back() -> None:
    found = Calibration("bundled", 0.1, (3, 4), lowest([0.5], [0.2] * LEAST, 0.1), None)
    assert Calibration.of(found.fields()) == found
    assert Calibration.of({}) is None


@pytest.fixture
def own(tmp_path: Path, encoder: Encoder, lessons: list[Document]) -> KnowledgeBase:
    knowledge = KnowledgeBase(tmp_path, encoder)
    knowledge.build(lessons)
    return knowledge


def test_questions_are_asked_with_their_documents_and_without(own: KnowledgeBase) -> None:
    golden = [
        Golden(f"制动液多久换一次{'？' * n}", "zh", ("zh-brake-fluid", "en-brake-fluid"))
        for n in range(LEAST)
    ]
    found = calibrated(own.index(), Answerer(), golden, own.query_vectors)
    assert found.made_of[0] == LEAST
    assert found.made_of[1] == len(headings_of(own.index(), 1000))
    assert found.within is not None
    assert found.within.without >= LEAST
    # With the document that answers left out, the same question has far less to show.
    assert found.within.answered >= 0.95
    assert found.within.false <= 0.1


def test_the_index_answers_from_its_own_threshold_on(own: KnowledgeBase) -> None:
    index, question = own.index(), "制动液多久换一次？"
    vector = own.query_vectors([question])[0]
    answerer = Answerer()
    assert not answerer.answer(index, question, vector).refused
    never = Threshold(1.1, 0.0, 0.0, 1, LEAST, ())
    own.recalibrate(lambda _: Calibration(None, 0.1, (1, 0), never, never))
    assert answerer.answer(own.index(), question, vector).refused
    # It holds for the reader that it was found with, and for no other.
    own.recalibrate(lambda _: Calibration("another", 0.1, (1, 0), never, never))
    assert not answerer.answer(own.index(), question, vector).refused


def test_another_process_takes_a_new_threshold_up(own: KnowledgeBase, encoder: Encoder) -> None:
    other = KnowledgeBase(own.root, encoder)
    before = other.index()
    found = Calibration(None, 0.2, (1, 0), Threshold(0.7, 0.0, 1.0, 1, LEAST, ()), None)
    own.recalibrate(lambda _: found)
    assert Calibration.of(other.index().version.calibration) == found
    assert other.index() is before


def test_a_build_calibrates_before_it_is_judged(
    tmp_path: Path, encoder: Encoder, lessons: list[Document]
) -> None:
    knowledge = KnowledgeBase(tmp_path, encoder)
    found = Calibration(None, 0.1, (0, 0), None, Threshold(0.5, 0.0, 1.0, 1, LEAST, ()))
    seen = []

    def judge(new: Index, _live: Index | None) -> tuple[dict[str, float], bool]:
        seen.append(new.version.calibration)
        return {}, True

    version = knowledge.build(lessons, judge=judge, calibrate=lambda _: found)
    assert seen == [found.fields()] == [version.calibration]
    assert Calibration.of(knowledge.index().version.calibration) == found


def test_a_first_threshold_holds_no_index_back(own: KnowledgeBase, lessons: list[Document]) -> None:
    """An index of a version before this one has none, and answers more than a stricter one."""
    golden = [Golden("制动液多久换一次？", "zh", ("zh-brake-fluid",))]
    never = Threshold(1.1, 0.0, 0.0, 1, LEAST, ())
    strict = Calibration(None, 0.1, (1, 0), never, never)
    live = own.index()
    assert live.version.calibration == {}
    gate = QualityGate(golden, own.query_vectors, margin=0.0)
    version = own.build(lessons, full=True, judge=gate, calibrate=lambda _: strict)
    assert own.index().version.id == version.id
    assert live.version.calibration == {}
    # From then on each is judged by its own.
    assert gate.report is not None
    assert gate.report.worse == ()
    milder = Calibration(None, 0.1, (1, 0), None, None)
    own.build(lessons, full=True, judge=gate, calibrate=lambda _: milder)
    held = own.build(lessons, full=True, judge=gate, calibrate=lambda _: strict)
    assert gate.report.worse == ("answered",)
    assert own.index().version.id != held.id
