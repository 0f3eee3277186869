from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunks import Chunking, chunks
from retrieval.documents import Document, Section
from retrieval.sentences import sentences, size
from tests.bot.lessons import LESSONS
from tests.retrieval.files import parse

WORDS = st.sampled_from(["胎压", "制动液", "battery", "range", "2.5", "P0420", "冷"])
SENTENCES = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORDS, min_size=1, max_size=12),
    st.sampled_from(["。", "！", ". X", ""]),
)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=6).map(" ".join)


def document(*paragraphs: str, language: str = "zh") -> Document:
    section = Section(("轮胎", "胎压"), paragraphs)
    return Document("d", "手册", language, "c", "课程", 1, (), (section,), "-")


@given(
    st.lists(PARAGRAPHS, min_size=1, max_size=6),
    st.integers(1, 40),
    st.integers(0, 40),
    st.sampled_from(["zh", "en"]),
)
def test_chunks_hold_whole_sentences_within_their_size(
    paragraphs: list[str], max_size: int, overlap: int, language: str
) -> None:
    cut = chunks(document(*paragraphs, language=language), Chunking(max_size, overlap))
    expected = [sentence for paragraph in paragraphs for sentence in sentences(paragraph)]
    at = 0
    for chunk in cut:
        whole = list(chunk.sentences)
        assert size(chunk.text) <= max_size or len(whole) == 1
        # Each goes on where the last one ended, or overlaps with its end.
        start = next(
            back for back in range(at, -1, -1) if expected[back : back + len(whole)] == whole
        )
        assert sum(map(size, expected[start:at])) <= overlap
        assert start + len(whole) > at
        at = start + len(whole)
    assert at == len(expected)
    assert [chunk.id for chunk in cut] == [f"d#{number}" for number in range(len(cut))]


def test_overlap_repeats_the_end_of_the_chunk_before() -> None:
    cut = chunks(document("一二三四。", "五六。", "七八九。"), Chunking(max_size=6, overlap=2))
    assert [chunk.sentences for chunk in cut] == [("一二三四。", "五六。"), ("五六。", "七八九。")]
    assert [chunk.locator for chunk in cut] == ["轮胎 › 胎压 › ¶1", "轮胎 › 胎压 › ¶2"]


def test_without_overlap_no_sentence_is_there_twice() -> None:
    cut = chunks(document("一二三四。五六。七八九。"), Chunking(max_size=6))
    assert [chunk.text for chunk in cut] == ["一二三四。五六。", "七八九。"]


def test_a_locator_and_the_context_follow_the_headings() -> None:
    lesson = parse("lesson.md", LESSONS["zh-winter-range.md"].encode())
    cut = chunks(lesson, Chunking())
    assert [chunk.locator for chunk in cut] == [
        "冬季续航 › 为什么会变短 › ¶1",
        "冬季续航 › 怎么少掉一些 › ¶1",
    ]
    assert cut[0].embedded.startswith("冬季续航 › 冬季续航 › 为什么会变短\n低温会让")
    assert (cut[0].document, cut[0].course) == ("zh-winter-range", "course-charging")
    assert cut[0].course_title == "充电与续航"
