"""Untrusted files: whatever the bytes are, the worst is a DocumentError."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.documents import DocumentError, parse
from retrieval.files import LIMITS, SIMPLE, SUFFIXES, Limits, read
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


def never_raises_anything_else(name: str, data: bytes) -> None:
    try:
        document = parse(name, data)
    except DocumentError:
        return
    # What is read can be stored and sent everywhere.
    for text in (document.id, document.title, document.sections[0].text):
        assert "\x00" not in text
        text.encode()


SIMPLE_NAMES = st.sampled_from([f"a{suffix}" for suffix in sorted(SIMPLE)])
SEPARATED = st.text(st.sampled_from(list("-:[]{}&*!|>%@`\"'\n\t ,;a1é问题答案#\x00\ud800")))


@given(SIMPLE_NAMES, st.one_of(st.binary(), SEPARATED.map(lambda t: t.encode(errors="replace"))))
def test_no_bytes_break_the_simple_parsers(name: str, data: bytes) -> None:
    never_raises_anything_else(name, data)
    never_raises_anything_else(name, b"---\n" + data + b"\n---\n" + data)


@given(damaged([suffix for suffix in GOOD if suffix in SIMPLE]))
def test_no_damage_breaks_the_simple_parsers(file: tuple[str, bytes]) -> None:
    never_raises_anything_else(*file)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged([suffix for suffix in GOOD if suffix not in SIMPLE]))
def test_no_damage_breaks_the_reader(file: tuple[str, bytes]) -> None:
    never_raises_anything_else(*file)


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
    ],
)
def test_wicked_markdown_breaks_nothing(data: bytes) -> None:
    never_raises_anything_else("a.md", data)


def test_a_file_may_cost_only_so_much() -> None:
    assert read("a.pdf", GOOD[".pdf"]).sections
    with pytest.raises(DocumentError, match="too-slow seconds=1"):
        read("a.html", b"<div>" * 300_000 + b"x", Limits(LIMITS.megabytes, 1))
    with pytest.raises(DocumentError, match="too-heavy megabytes=150"):
        read("a.html", b"<p>x</p>" * 2_000_000, Limits(150, LIMITS.seconds))


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
