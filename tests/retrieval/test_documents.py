import pytest

from retrieval.documents import MAX_BYTES, DocumentError, Section
from tests.bot.lessons import LESSONS
from tests.retrieval import files
from tests.retrieval.files import parse


def test_a_lesson_says_all_of_itself() -> None:
    lesson = parse("zh-winter-range.md", LESSONS["zh-winter-range.md"].encode())
    assert (lesson.id, lesson.title, lesson.language) == ("zh-winter-range", "冬季续航", "zh")
    assert (lesson.course, lesson.lesson) == ("course-charging", 1)
    assert lesson.topics == ("winter", "ev")
    assert [section.headings for section in lesson.sections] == [
        ("冬季续航", "为什么会变短"),
        ("冬季续航", "怎么少掉一些"),
    ]


def test_a_label_says_what_a_file_cannot() -> None:
    page = files.pdf([["Brakes", "Change brake fluid every two years."]])
    label = "course: course-tyres-brakes\nlesson: 4\ntopics: [brakes]\ntitle: Brakes"
    found = parse("a.pdf", page, label)
    assert (found.course, found.lesson, found.title) == ("course-tyres-brakes", 4, "Brakes")
    assert found.topics == ("brakes",)
    assert found.digest != parse("a.pdf", page).digest
    assert parse("a.md", LESSONS["zh-winter-range.md"].encode(), "course: other").course == "other"


@pytest.mark.parametrize(
    "label", ["our new one", "curse: brakes", "- course", "a: [", "x" * 3000, "[" * 900, "1: 2"]
)
def test_a_label_with_anything_else_is_refused(label: str) -> None:
    with pytest.raises(DocumentError) as error:
        parse("a.txt", b"Brakes age.", label)
    assert error.value.note.code == "label"


def test_without_front_matter_heading_name_and_text_speak() -> None:
    found = parse("notes/brakes.markdown", b"# Brake fluid\n\nChange it every two years.")
    assert (found.id, found.title, found.language) == ("brakes", "Brake fluid", "en")
    assert found.topics == ()
    assert parse("brakes.txt", "制动液。".encode()).title == "brakes"


def test_siblings_stand_beside_each_other_wherever_levels_begin() -> None:
    text = "## A\n\na.\n\n## B\n\nb.\n\n#### C\n\nc.\n\n#### D\n\nd.\n\n# E\n\ne."
    found = parse("a.md", text.encode())
    assert [section.headings for section in found.sections] == [
        ("A",),
        ("B",),
        ("B", "C"),
        ("B", "D"),
        ("E",),
    ]


def test_markup_goes_and_words_stay() -> None:
    text = "**Check** the [oil](http://x) `dipstick`\nwhen *cold*.\n\n- 一\n  行\n\n```\ncode\n```"
    assert parse("a.md", text.encode()).sections[0].paragraphs == (
        "Check the oil dipstick when cold.",
        "一行",
        "code",
    )


def test_a_row_of_a_table_stays_whole() -> None:
    text = "| Part | Every |\n|---|---|\n| Oil | year |\n| 制动液 | 两年 |"
    assert parse("a.md", text.encode()).sections[0].paragraphs == (
        "Part: Oil, Every: year",
        "Part：制动液，Every：两年",
    )


def test_plain_text_has_paragraphs() -> None:
    found = parse("a.txt", b"one\ntwo\n\n \nthree\n")
    assert found.sections == (Section((), ("one", "two", "three")),)


def test_gb18030_and_byte_order_marks_are_read() -> None:
    text = "制动液每两年更换一次。"
    as_utf8 = parse("a.txt", text.encode("utf-8-sig"))
    as_gb = parse("a.txt", text.encode("gb18030"))
    assert as_utf8.sections == as_gb.sections == (Section((), (text,)),)
    assert as_utf8.digest != as_gb.digest


@pytest.mark.parametrize(
    ("said", "language"), [("zh", "zh"), ("zh-CN", "zh"), ("EN_gb", "en"), ("", "zh")]
)
def test_a_language_is_zh_or_en(said: str, language: str) -> None:
    assert parse("a.md", f"---\nlanguage: {said}\n---\n正文。".encode()).language == language


@pytest.mark.parametrize(
    ("said", "topics"), [("[ev, 3]", ("ev", "3")), ("ev", ("ev",)), ("7", ("7",)), ("", ())]
)
def test_topics_may_be_one_or_many(said: str, topics: tuple[str, ...]) -> None:
    assert parse("a.md", f"---\ntopics: {said}\n---\ntext".encode()).topics == topics


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.exe", b"MZ", r"kind suffix=\.exe kinds=\.csv, \.docx, "),
        ("README", b"text", r"kind suffix=\?"),
        ("x" * 300 + ".md", b"text", "name-long"),
        ("a.txt", b"", "no-text"),
        ("a.txt", b" \n\n ", "no-text"),
        ("a.md", b"---\ntitle: x\n---\n", "no-text"),
        ("a.md", b"# Only a heading", "no-text"),
        ("a.txt", b"a\x00b", "not-text"),
        ("a.txt", "text".encode("utf-16-le"), "not-text"),
        ("a.txt", b"\xff\xff\xff", "encoding"),
        ("a.txt", b"a" * (MAX_BYTES + 1), "too-big limit=20"),
        ("a.md", b"---\ntitle: [x\n---\ntext", "front-matter reason="),
        ("a.md", b"---\ntitle: [x]\n---\ntext", "front-matter reason=title"),
        ("a.md", b"---\ndate: 2026-13-45\n---\ntext", "front-matter reason="),
        ("a.md", b"---\nlanguage: fr\n---\ntext", "language said=fr"),
        ("a.md", b"---\nid: " + b"x" * 200 + b"\n---\ntext", "id-long limit=128"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, data: bytes, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        parse(name, data)
