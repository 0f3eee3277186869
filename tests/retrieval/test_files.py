"""Untrusted files: whatever the bytes are, the worst is a DocumentError."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.documents import DocumentError, parse
from retrieval.files import SUFFIXES, Limits, Reader
from retrieval.shelf import Shelf
from tests.retrieval import files

GOOD = {
    ".csv": files.FAQ.encode(),
    ".docx": files.word(),
    ".epub": files.epub(),
    ".html": files.PAGE.encode(),
    ".md": b"---\ntitle: T\ntopics: [a, b]\n---\n# H\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    ".pdf": files.pdf([["One."], files.SCAN], chapters={1: "C"}),
    ".srt": files.SRT.encode(),
    ".txt": "制动液。".encode("gb18030"),
    ".vtt": files.VTT.encode(),
}


@st.composite
def damaged(draw: st.DrawFn, suffixes: list[str]) -> tuple[str, bytes]:
    """A good file with a piece taken out and bytes put in."""
    suffix = draw(st.sampled_from(suffixes))
    data = GOOD[suffix]
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 64)))
    return f"a{suffix}", data[:start] + draw(st.binary(max_size=40)) + data[end:]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process for many files."""
    with Reader() as reader:
        yield reader


def never_raises_anything_else(name: str, data: bytes, reader: Reader) -> None:
    try:
        document = parse(name, data, reader=reader)
    except DocumentError:
        return
    # What is read can be stored and sent everywhere.
    for text in (document.id, document.title, document.sections[0].text):
        assert "\x00" not in text
        text.encode()


TEXTS = [".csv", ".md", ".txt"]
SEPARATED = st.text(st.sampled_from(list("-:[]{}&*!|>%@`\"'\n\t ,;a1é问题答案#\x00\ud800")))


@given(
    st.sampled_from(TEXTS),
    st.one_of(st.binary(), SEPARATED.map(lambda t: t.encode(errors="replace"))),
)
def test_no_bytes_break_the_parsers_of_text(reader: Reader, suffix: str, data: bytes) -> None:
    never_raises_anything_else(f"a{suffix}", data, reader)
    never_raises_anything_else(f"a{suffix}", b"---\n" + data + b"\n---\n" + data, reader)


@given(damaged(list(GOOD)))
def test_no_damage_breaks_the_reader(reader: Reader, file: tuple[str, bytes]) -> None:
    never_raises_anything_else(*file, reader)


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntopics: " + b"[" * 5000 + b"\n---\nx",
        b"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\ntitle: *b\n---\nx",
        b'---\ntitle: "\\ud800\\0"\n---\nx',
        b"---\nlesson: " + b"9" * 5000 + b"\n---\nx",
        b"---\nid: [1]\n---\nx",
        b"---\ncontent: a\nhandler: b\n7: c\n? {d: e}\n: f\n---\nx",
        b"---\n7: c\n---\nx",
        b"> " * 5000 + b"x",
        b"[" * 20000,
        b"---\n" + b"a: &a {b: c}\n" * 1000 + b"---\nx",
    ],
)
def test_wicked_markdown_breaks_nothing(reader: Reader, data: bytes) -> None:
    never_raises_anything_else("a.md", data, reader)


HEAVY = b"<p>x</p>" * 2_000_000


@pytest.mark.parametrize(
    ("name", "data", "limits", "fault"),
    [
        ("a.html", b"<div>" * 300_000 + b"x", Limits(seconds=1), "too-slow seconds=1"),
        ("a.html", HEAVY, Limits(megabytes=150), "too-heavy megabytes=150"),
        ("a.md", HEAVY, Limits(megabytes=150), "too-heavy megabytes=150"),
        ("a.txt", b"x\n" * 9_000_000, Limits(megabytes=150), "too-heavy megabytes=150"),
        ("a.csv", b"question,answer\n" + b"a?,b.\n" * 400_001, Limits(), "too-many"),
        (
            "a.md",
            b"# " + b"H" * 12_000 + b"\n\n" + b"## s\n\nSome text is here.\n\n" * 2_000,
            Limits(),
            "too-long",
        ),
        ("a.md", b"---\n" + b"a: [1]\n" * 900_000 + b"---\nx", Limits(seconds=5), "front-matter"),
    ],
)
def test_a_file_may_cost_only_so_much(name: str, data: bytes, limits: Limits, fault: str) -> None:
    with Reader(limits) as reader:
        with pytest.raises(DocumentError, match=fault):
            parse(name, data, reader=reader)
        assert parse("b.txt", b"The next one is read.", reader=reader).sections


def test_no_foreign_bytes_are_read_in_the_process_that_asks() -> None:
    """Neither a file's text nor its front matter nor its label."""
    code = (
        "import sys; from retrieval.documents import parse\n"
        "for name in ('a.md', 'a.txt', 'a.html'):\n"
        "    assert parse(name, b'---\\ntitle: T\\n---\\nText.', 'course: c').course == 'c'\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parsers = {"markdown_it", "selectolax", "charset_normalizer", "retrieval.parsers.text"}
    assert not parsers & set(done.stdout.split())


def test_every_kind_is_named_to_who_sends_another() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("a.exe", b"MZ")
    assert caught.value.note.values == {"suffix": ".exe", "kinds": ", ".join(sorted(SUFFIXES))}


def test_the_shelf_gives_back_what_was_put_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "documents")
    document = parse("a.pdf", GOOD[".pdf"])
    assert shelf.get("a.pdf", document.digest) is None
    shelf.put("a.pdf", document)
    assert shelf.get("a.pdf", document.digest) == document
    assert shelf.get("b.pdf", document.digest) is None
    shelf.keep([("a.pdf", document.digest)])
    (kept,) = shelf.folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:-5])
    assert shelf.get("a.pdf", document.digest) is None, "a damaged one is made anew"
    shelf.keep([])
    assert list(shelf.folder.iterdir()) == []
