"""Every format: what is read from it, where that is, and what is reported."""

import re

import pytest

from retrieval.chunks import Chunking, chunks
from retrieval.documents import Document, DocumentError, Note, Section
from retrieval.sentences import size
from tests.retrieval import files
from tests.retrieval.files import BLANK, SCAN, parse

LONG = "制动液会从空气里吸收水分，使用时间越长，含水量越高，沸点越低"


def shape(document: Document) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(section.headings, section.paragraphs) for section in document.sections]


def fault(name: str, data: bytes) -> Note:
    with pytest.raises(DocumentError) as caught:
        parse(name, data)
    return caught.value.note


def test_a_web_page_is_what_its_reader_sees() -> None:
    page = parse("brakes.html", files.PAGE.encode())
    assert (page.title, page.course, page.language) == ("刹车", "course-tyres-brakes", "zh")
    assert shape(page) == [
        (("刹车",), ("制动液每两年更换一次。", "一", "二", "项目：机油，周期：一年")),
        (("刹车", "When"), ("Check it", "now & then.")),
    ]
    layout = b"<table><tr><td><h3>Oil</h3><p>One.</p><p>Two.</p></td></tr></table>"
    assert shape(parse("a.htm", layout)) == [(("Oil",), ("One.", "Two."))]
    only_main = b"<title>T</title>around<main><p>inside</p></main>"
    assert shape(parse("a.xhtml", only_main)) == [((), ("inside",))]
    assert parse("a.html", only_main).title == "T"


def test_a_word_document_has_its_headings_lists_and_tables() -> None:
    document = parse("tyres.docx", files.word())
    assert document.title == "轮胎手册"
    assert shape(document) == [
        (("胎压",), ("胎压应每月检查一次。", "冷车测量")),
        (
            ("胎压", "Loads"),
            ("Add 0.3 bar when fully loaded.", "前轮，2.3 bar", "后轮，2.5 bar"),
        ),
    ]


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    book = parse("guide.epub", files.epub())
    assert book.title == "用车指南"
    assert shape(book) == [
        (("制动",), ("制动液每两年更换一次。",)),
        (("Tyres",), ("Check them monthly.",)),
    ]


def test_subtitles_become_sentences_with_the_time_of_their_first_word() -> None:
    chinese = parse("lesson.srt", files.SRT.encode("gb18030"))
    assert chinese.sections == (
        Section((), ("制动液会吸收水分。", "每两年更换一次。"), ("00:00:01", "00:00:03")),
        Section((), ("下一课讲轮胎。",), ("01:02:05",)),
    )
    english = parse("lesson.vtt", files.VTT.encode())
    assert english.sections[0].paragraphs == (
        "Brake fluid takes up water.",
        "It is changed every two years.",
    )
    cut = chunks(chinese, Chunking(max_size=10))
    assert [chunk.locator for chunk in cut] == ["00:00:01", "00:00:03", "01:02:05"]
    assert [chunk.locator for chunk in chunks(chinese, Chunking())] == ["00:00:01", "01:02:05"]
    assert [chunk.locator for chunk in chunks(english, Chunking())] == ["00:00:01"]


def test_subtitles_without_punctuation_are_cut_at_pauses_and_when_long() -> None:
    cue = "{n}\n00:{n:02}:00,000 --> 00:{n:02}:{end},000\n{n:02}没有标点的一句话\n\n"
    paused = "".join(cue.format(n=n, end="05") for n in range(3))
    assert [s.places for s in parse("a.srt", paused.encode()).sections] == [
        ("00:00:00",),
        ("00:01:00",),
        ("00:02:00",),
    ]
    on_and_on = "".join(cue.format(n=n, end="59") for n in range(60))
    said = parse("a.srt", on_and_on.encode()).sections[0].paragraphs
    assert all(size(sentence) <= 88 for sentence in said)
    assert "".join(said).replace(" ", "") == "".join(f"{n:02}没有标点的一句话" for n in range(60))


def test_a_faq_has_a_section_a_question() -> None:
    for data in (files.FAQ.encode("utf-8-sig"), files.FAQ.replace(",", ";").encode("utf-16")):
        faq = parse("常见问题.csv", data)
        assert faq.title == "常见问题"
        assert shape(faq) == [(("制动液多久换一次？",), ("每两年。", "以手册为准。"))]
        assert faq.remarks == (Note("faq-left-out", {"rows": "3", "count": 1}),)


def test_pages_of_a_pdf_are_cited() -> None:
    manual = parse(
        "manual.pdf",
        files.pdf(
            [
                ["车主手册 第一部分", "制动", f"{LONG}。", f"{LONG}，所以"],
                ["车主手册 第一部分", "制动液一般每两年更换一次。" + "泡沫" * 5, "轮胎", "2"],
                ["车主手册 第一部分", "轮胎", "胎压每月检查一次。", "3"],
            ],
            chapters={1: "制动", 3: "轮胎"},
        ),
    )
    assert manual.title == "manual"
    # The sentence that goes on overleaf is whole, the running head and page numbers are gone.
    assert f"{LONG}，所以制动液一般每两年更换一次。" in manual.sections[0].text
    assert [section.headings for section in manual.sections] == [("制动",), ("制动",), ("轮胎",)]
    assert "车主手册" not in manual.sections[2].text
    cut = chunks(manual, Chunking())
    assert [chunk.locator for chunk in cut] == ["制动 › 第1页", "制动 › 第2页", "轮胎 › 第3页"]
    english = parse("manual.pdf", files.pdf([BLANK, ["Check the oil every month."]]))
    assert [chunk.locator for chunk in chunks(english, Chunking())] == ["p. 2"]
    assert english.remarks == ()


def test_a_chapters_running_head_goes_but_for_its_first_page() -> None:
    heads = ["Brakes", "Tyres"]
    pages = [
        [f"{n + 8} Chapter {heads[n // 4]}", f"Passage number {n}.", f"Shelf {n * n}"]
        for n in range(8)
    ]
    said = [section.text for section in parse("a.pdf", files.pdf(pages)).sections]
    assert [("Chapter" in text) for text in said] == [n in (0, 4) for n in range(8)]
    assert all(f"Shelf {n * n}" in text for n, text in enumerate(said))


def test_scanned_pages_are_reported() -> None:
    some = parse("a.pdf", files.pdf([SCAN, ["Check the oil."], SCAN, SCAN, BLANK, SCAN]))
    assert some.remarks == (Note("scans", {"pages": "1, 3–4, 6", "count": 4}),)
    assert some.sections == (Section((), ("Check the oil.",), (2,)),)
    assert fault("a.pdf", files.pdf([SCAN, BLANK, SCAN])) == Note("scanned", {"count": 2})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize("suffix", ["txt", "md", "html", "csv", "srt", "vtt"])
def test_chinese_is_read_in_every_usual_encoding(suffix: str, encoding: str) -> None:
    said = "煞車油一般每兩年更換一次，以手冊為準。"
    text = {
        "html": f"<p>{said}</p>",
        "csv": f"問題,答案\n多久換一次？,{said}\n",
        "srt": f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n",
        "vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n",
    }.get(suffix, said)
    found = parse(f"a.{suffix}", text.encode(encoding))
    assert found.sections[-1].paragraphs == (said,)
    guessed = {"gb18030": "GB18030", "big5": "Big5"}.get(encoding)
    assert found.remarks == ((Note("read-as", {"encoding": guessed}),) if guessed else ())


def test_western_text_and_lost_characters_are_told() -> None:
    western = parse("a.txt", "It’s the brake – don’t wait, check the fluid.".encode("cp1252"))
    assert western.sections[0].paragraphs == ("It’s the brake – don’t wait, check the fluid.",)
    assert western.remarks == (Note("read-as", {"encoding": "Windows-1252"}),)
    lost = parse("a.md", "制动\ufffd每两\ufffd更换。".encode())
    assert lost.remarks == (Note("lost-characters", {"count": 2}),)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF-1.7 and no more", "broken"),
        ("a.pdf", files.pdf([["text"]])[:400], "broken"),
        ("a.pdf", files.pdf([["text"]], password="secret"), "locked"),
        ("a.pdf", files.pdf([BLANK]), "no-text"),
        ("a.pdf", b"", "no-text"),
        ("a.docx", b"PK\x03\x04 and no more", "broken"),
        ("a.docx", files.package({"word/other.xml": b"<x/>"}), "broken"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old-word"),
        ("a.docx", files.package({"bomb": bytes(210_000_000)}), "unpacked"),
        ("a.epub", files.word(), "broken"),
        ("a.epub", files.epub(book="<package"), "broken"),
        ("a.epub", files.epub(book='<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "broken"),
        ("a.epub", files.epub(encryption=files.ENCRYPTED), "locked"),
        ("a.html", b"<script>only()</script>", "no-text"),
        ("a.srt", b"no cues", "broken"),
        ("a.vtt", b"no header", "broken"),
        ("a.vtt", b"\xff\xff\xff", "encoding"),
        ("a.srt", files.SRT.encode("utf-32"), "not-text"),
        ("a.csv", b"a,b\n1,2\n", "faq-columns"),
        ("a.csv", b"", "no-text"),
        ("a.csv", b'question,answer\nWhy?,"Because\n', "faq-row"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, data: bytes, code: str) -> None:
    assert fault(name, data).code == code


def test_lines_of_a_page_become_paragraphs() -> None:
    english = files.pdf(
        [
            [
                "Checking the oil",
                "Park on level ground and wait for five minutes so that the oil has col-",
                "lected in the sump. Then pull out the dipstick and wipe it clean with a",
                "cloth.",
                "1. Push it in again.",
                "2. Read the level.",
            ]
        ]
    )
    paragraphs = parse("oil.pdf", english).sections[0].paragraphs
    assert paragraphs[0] == "Checking the oil"
    assert re.match(r"Park .* has collected in the sump\. .* with a cloth\.$", paragraphs[1])
    assert paragraphs[2:] == ("1. Push it in again.", "2. Read the level.")
