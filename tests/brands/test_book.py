from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.brands import book, shelf
from services.brands.book import BookError
from tests.brands.books import SAMPLE, SMALL


def faults(text: str) -> list[str]:
    with pytest.raises(BookError) as caught:
        shelf.read("acme.yaml", text.encode())
    return str(caught.value).splitlines()[1:]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("brand: acme\n", "", "line 1: brand is missing: add it"),
        ("brand: acme", "brand: Acme", "line 1: brand has small letters a to z"),
        ("brand: acme", "brand: law", "line 1: brand law is the law's own book"),
        (
            "震耳欲聋: 安静",
            "震耳欲聋: ",
            "line 8: bans.1.find.震耳欲聋 is no text",
        ),
        ("震耳欲聋: 安静", "最*: 安静", "line 8: '最*' begins or ends with *"),
        ("震耳欲聋: 安静", '"{who}好": 安静', "line 8: '{who}好' names the group {who}"),
        ("震耳欲聋: 安静", '"{good}聋": "{good_en}"', "line 8: '{good_en}' may repeat one {group}"),
        ("震耳欲聋: 安静", '"{good}聋": "{good}{good}"', "line 8: '{good}{good}' may repeat one"),
        ("震耳欲聋: 安静", '"{scope}聋": "{scope}领先"', "line 8: '全国领先' breaks rule first"),
        ("震耳欲聋: 安静", "震耳欲聋: 最佳", "line 8: '最佳' breaks rule absolute itself"),
        ("- id: loud", "- id: loud\n  loudness: 3", "line 8: bans.1.loudness isn't known here"),
        ("- write: Acme One", "- wirte: Acme One", "line 5: names.2.write is missing: add it"),
        ("names:", "names: 3\nmore:", "line 3: names is no list"),
        ("bans:", "names:", "line 6: `names` is here twice: join the two"),
        ("{zh: 爱可米, en: Acme}", "{zh: 爱可米, en: Acme", "isn't YAML from here on"),
    ],
)
def test_a_fault_is_told_by_its_line_and_what_to_do(old: str, new: str, told: str) -> None:
    found = faults(SMALL.replace(old, new))
    assert any(told in line for line in found), found
    # No dump of a library.
    assert not any("pydantic" in line or "yaml." in line or "<unicode" in line for line in found)


def test_all_faults_are_told_at_once() -> None:
    text = SMALL.replace("brand: acme", "brand: A B").replace("- id: loud", "- id: LOUD")
    assert [line.split(":")[0] for line in faults(text)] == ["line 1", "line 7"]


def test_a_small_file_can_not_mean_a_large_one() -> None:
    text = "brand: acme\ntitle: &t {zh: a, en: b}\nnames:\n- {write: x, allowed: *t}\n"
    assert "used again by a reference" in faults(text)[0]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"- 1", b"\x00", b"a: 2026-13-45", b"[" * 5000])
def test_what_is_no_book_is_told_so(data: bytes) -> None:
    with pytest.raises(BookError):
        book.read("x.yaml", data)


@given(st.binary(max_size=200))
def test_no_bytes_end_it_otherwise(data: bytes) -> None:
    with pytest.raises(BookError):
        book.read("x.yaml", data)


@given(st.integers(0, 60), st.text(max_size=6))
def test_a_damaged_book_is_read_or_refused(line: int, typed: str) -> None:
    lines = SAMPLE.read_text("utf-8").splitlines()
    lines[line % len(lines)] += typed
    with suppress(BookError):
        book.read("x.yaml", "\n".join(lines).encode("utf-8", "replace"))
