"""PDF files: text by page. Pages that are pictures of text are reported."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pypdfium2 import PdfDocument, PdfiumError, PdfPage
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_PAGEOBJ_IMAGE

from retrieval.layout import join
from retrieval.parsers.lines import CONTENTS, paragraphs, starts_anew
from retrieval.parsers.pdf_text import page_text
from retrieval.sections import DocumentError, Note, Parsed, Section, clean, tidy
from retrieval.sentences import sentences, size

# Less text than this on a page that a picture covers is a stamp or a page number, not its text.
LITTLE = 20
COVERED = 0.4
# So many lines and curves without any text are letters drawn as shapes.
DRAWN = 50
# With more than this share of characters that stand for nothing, the text is no text.
GARBLED = 0.3
# A first or last line is a running head when it stands on this share of the pages, and on three;
# or on three with a number in it that grows as the pages do.
RUNNING, LEAST = 0.4, 3
# How PDFium tells of a word that was cut at the end of a line.
_HYPHEN = re.compile("[\x02\ufffe](\r?\n)?")
_NUMBER = re.compile(r"^\d{1,4}\b|\b\d{1,4}$")


@dataclass(slots=True)
class _Page:
    number: int
    lines: list[str]
    scanned: bool
    marked: bool


class _Mark(NamedTuple):
    """A line by its edge and its words; `offset` is the number in it less the page's."""

    edge: int
    words: str
    offset: int | None


def parse(data: bytes) -> Parsed:
    try:
        with PdfDocument(data) as document:
            document.init_forms()
            pages = [_read(document, number) for number in range(1, len(document) + 1)]
            outline = _outline(document)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD:
            raise DocumentError("locked") from error
        raise DocumentError("broken", kind="PDF") from error
    scans = [page.number for page in pages if page.scanned]
    written = [page for page in pages if page.lines and not page.scanned]
    if scans and not written:
        raise DocumentError("scanned", count=len(scans))
    _drop_running_heads(written)
    notes = [Note("scans", {"pages": ranges(scans), "count": len(scans)})] if scans else []
    if marked := [page.number for page in pages if page.marked]:
        notes.append(Note("watermarks", {"pages": ranges(marked), "count": len(marked)}))
    return Parsed(_sections(written, outline), notes=notes)


def _read(document: PdfDocument, number: int) -> _Page:
    found = page_text(document, number)
    text = _HYPHEN.sub("-\n", found.text)
    lines = [line for line in map(tidy, text.splitlines()) if line and not CONTENTS.search(line)]
    page = document[number - 1]
    try:
        return _Page(number, lines, _is_scan(page, text, lines), found.marked)
    finally:
        page.close()


def _is_scan(page: PdfPage, text: str, lines: Sequence[str]) -> bool:
    seen = re.sub(r"\s", "", text)
    lost = len(seen) - len(clean(seen).replace("\ufffd", ""))
    if seen and lost > GARBLED * len(seen):
        return True
    if size("".join(lines)) >= LITTLE:
        return False
    covered, objects = 0.0, 0
    for found in page.get_objects():
        objects += 1
        if found.type == FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = found.get_bounds()
            covered += (right - left) * (top - bottom)
    width, height = page.get_size()
    return covered > COVERED * width * height or (not lines and objects > DRAWN)


def _drop_running_heads(pages: Sequence[_Page]) -> None:
    """Takes running heads and feet out of all pages but the first with each."""
    counts = Counter(_mark(page, edge) for page in pages for edge in (0, -1))
    kept = set()
    for page in pages:
        for edge in (0, -1):
            mark = _mark(page, edge)
            often = LEAST if mark.offset is not None else max(LEAST, RUNNING * len(pages))
            if counts[mark] < often:
                continue
            if mark in kept and len(page.lines) > 1:
                del page.lines[edge]
            kept.add(mark)


def _mark(page: _Page, edge: int) -> _Mark:
    line = page.lines[edge]
    number = _NUMBER.search(line)
    offset = int(number[0]) - page.number if number else None
    return _Mark(edge, _NUMBER.sub("#", line), offset)


def _outline(document: PdfDocument) -> list[tuple[int, tuple[str, ...]]]:
    """(page, path of titles) of the bookmarks, in their order."""
    found: list[tuple[int, tuple[str, ...]]] = []
    path: list[str] = []
    try:
        for bookmark in document.get_toc():
            path = [*path[: bookmark.level], tidy(bookmark.get_title())]
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            if index is not None and all(path):
                found.append((index + 1, tuple(path)))
    except (PdfiumError, UnicodeDecodeError):
        return []
    return found


def _headings(page: _Page, outline: Sequence[tuple[int, tuple[str, ...]]]) -> tuple[str, ...]:
    """The path that holds for all of a page: what its chapters have in common."""
    paths = [path for number, path in outline if number == page.number]
    before = [path for number, path in outline if number < page.number]
    # Unless the page begins with a chapter, the one before goes on at its top.
    if before and not (paths and _begins_with(page, paths[0][-1])):
        paths.insert(0, before[-1])
    common: list[str] = []
    for titles in zip(*paths, strict=False):
        if len(set(titles)) > 1:
            break
        common.append(titles[0])
    return tuple(common)


def _begins_with(page: _Page, title: str) -> bool:
    return "".join("".join(page.lines[:3]).split()).startswith("".join(title.split()))


def _sections(
    pages: Sequence[_Page], outline: Sequence[tuple[int, tuple[str, ...]]]
) -> list[Section]:
    """One a page; a sentence that goes on overleaf stays whole, on the page where it begins."""
    texts = [paragraphs(page.lines) for page in pages]
    for n in range(len(pages) - 1):
        (here, running), (there, _) = texts[n], texts[n + 1]
        overleaf = pages[n + 1].number == pages[n].number + 1 and there
        if here and running and overleaf and not starts_anew(there[0]):
            head = sentences(there[0])[0]
            here[-1] = tidy(join(here[-1], head))
            rest = there[0][len(head) :].strip()
            there[:1] = [rest] if rest else []
    return [
        Section(_headings(page, outline), tuple(map(tidy, text)), (page.number,) * len(text))
        for page, (text, _) in zip(pages, texts, strict=True)
    ]


def ranges(numbers: Sequence[int]) -> str:
    """[3, 4, 5, 8] as 3–5, 8."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("–".join(map(str, span)) for span in found)
