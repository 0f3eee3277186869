"""The sample lessons can be indexed and quoted: whole, in both languages, of the right size."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import sample
from retrieval.documents import Document, parse_all
from retrieval.sentences import language, sentences
from sample.behaviour import load_items
from sample.people import TOPICS

ROOT = Path(sample.__file__).parent / "lessons"
FILES = sorted(ROOT.glob("*/*.md"))
LESSONS = dict(zip(FILES, parse_all((path.name, path.read_bytes()) for path in FILES), strict=True))
COURSES = {item["id"]: item for item in load_items() if item["type"] == "course"}
each = pytest.mark.parametrize(
    ("path", "lesson"), LESSONS.items(), ids=[f"{path.parent.name}-{path.stem}" for path in FILES]
)


def length(text: str, spoken: str) -> int:
    """Characters other than white space of Chinese text, words of English."""
    return len(re.sub(r"\s", "", text)) if spoken == "zh" else len(text.split())


def quotable(lesson: Document) -> list[str]:
    paragraphs = (text for section in lesson.sections for text in section.paragraphs)
    return [sentence for text in paragraphs for sentence in sentences(text)]


def test_enough_lessons_with_unique_ids():
    assert len(FILES) >= 60
    assert len({lesson.id for lesson in LESSONS.values()}) == len(FILES)


def test_both_languages_have_the_same_lessons():
    slugs = defaultdict(set)
    for path, lesson in LESSONS.items():
        slugs[path.parent.name].add((path.stem, lesson.course, lesson.lesson, lesson.topics))
    assert set(slugs) == {"zh", "en"}
    assert slugs["zh"] == slugs["en"]


def test_every_course_has_lessons_counted_from_one():
    numbers = defaultdict(list)
    for lesson in LESSONS.values():
        numbers[lesson.course, lesson.language].append(lesson.lesson)
    assert {course for course, _ in numbers} == set(COURSES)
    for found in numbers.values():
        assert sorted(found) == list(range(1, len(found) + 1))


@each
def test_front_matter_agrees_with_file_and_catalogue(path, lesson):
    assert lesson.language == path.parent.name
    assert lesson.id == f"{lesson.language}-{path.stem}"
    assert lesson.course_title == COURSES[lesson.course]["title"][lesson.language]
    assert lesson.topics
    assert set(lesson.topics) <= set(TOPICS)


@each
def test_a_lesson_has_one_title_and_several_headings(path, lesson):
    headings = re.findall(r"^(#+) (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == ("#", lesson.title)
    assert {mark for mark, _ in headings[1:]} == {"##"}
    assert 4 <= len(headings[1:]) <= 7
    assert all(len(section.headings) == 2 for section in lesson.sections)


@each
def test_a_lesson_is_neither_short_nor_long(path, lesson):
    text = "\n".join(section.text for section in lesson.sections)
    assert language(text) == lesson.language
    assert 400 <= length(text, lesson.language) <= 1200


@each
def test_sentences_are_short_enough_to_quote(path, lesson):
    limit = 120 if lesson.language == "zh" else 45
    for sentence in quotable(lesson):
        assert length(sentence, lesson.language) <= limit, sentence
        # A sentence that a list or a line break has cut off would be quoted without its end.
        assert re.search(r"[。！？.!?:：][”\"’)）]*$", sentence), sentence


def test_no_sentence_stands_twice():
    counts = Counter(s for lesson in LESSONS.values() for s in quotable(lesson))
    assert [sentence for sentence, count in counts.items() if count > 1] == []
