"""From scores of tokens to words of a sentence: never across a border, always the best."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunks import Chunk
from retrieval.spans import LONGEST, best_spans, laid_out, softmax


def chunk(language: str, context: str, *sentences: str) -> Chunk:
    return Chunk("d#0", "d", "T", None, None, language, "¶1", context, sentences)


def test_a_passage_is_laid_out_with_its_headings_and_the_places_of_its_sentences() -> None:
    text, bounds = laid_out(chunk("zh", "制动液 › 更换", "每两年更换。", "踏板会变软。"))
    assert text == "制动液 › 更换\n每两年更换。踏板会变软。"
    assert [text[a:b] for a, b in pairwise(bounds)] == ["每两年更换。", "踏板会变软。"]
    text, bounds = laid_out(chunk("en", "", "Every two years.", "The pedal goes soft."))
    assert [text[a:b].strip() for a, b in pairwise(bounds)] == [
        "Every two years.",
        "The pedal goes soft.",
    ]


@st.composite
def tokens(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int], np.ndarray, np.ndarray]:
    lengths = draw(st.lists(st.integers(0, 4), min_size=1, max_size=60))
    ends = np.cumsum(lengths).tolist()
    offsets = list(zip([0, *ends[:-1]], ends, strict=True))
    cuts = draw(st.lists(st.sampled_from([0, *ends]), max_size=4))
    scores = st.lists(
        st.floats(-20, 20, width=32), min_size=len(lengths), max_size=len(lengths)
    ).map(lambda values: np.array(values, dtype=np.float32))
    return offsets, sorted({0, *cuts, ends[-1] + 1}), draw(scores), draw(scores)


@given(tokens())
def test_the_span_of_a_sentence_is_the_best_one_inside_it(
    given: tuple[list[tuple[int, int]], list[int], np.ndarray, np.ndarray],
) -> None:
    offsets, bounds, starts, ends = given
    found = best_spans(starts, ends, offsets, bounds)
    assert len(found) == len(bounds) - 1
    for (score, begin, end), (low, high) in zip(found, pairwise(bounds), strict=True):
        inside = [n for n, (a, b) in enumerate(offsets) if low <= a < b <= high]
        spans = [(a, b) for a in inside for b in inside if a <= b and b - a < LONGEST]
        if not spans:
            assert score == float("-inf")
            assert begin == end == low
            continue
        best = max(float(starts[a] + ends[b]) for a, b in spans)
        assert score == np.float32(best)
        assert low <= begin < end <= high


@given(st.lists(st.floats(-50, 50) | st.just(float("-inf")), min_size=1, max_size=8))
def test_shares_add_up_to_one(scores: list[float]) -> None:
    shares = softmax(scores)
    assert abs(sum(shares) - 1) < 1e-9
    assert shares[scores.index(max(scores))] == max(shares)
