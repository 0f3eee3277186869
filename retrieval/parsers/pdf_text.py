"""The text of a PDF page as its reader takes it: what is filled in too, but for watermarks."""

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass

from pypdfium2 import PdfDocument, PdfTextPage
from pypdfium2 import raw as pdfium

# So many degrees off upright and level, text is stamped over the page; a scan is never as askew.
SLANTED = 8
# What lets more than half of the page through is stamped over it, too.
FAINT = 128
# With no more than this many characters besides, a page number's, it is the page's text itself.
LEAST = 10


@dataclass(frozen=True, slots=True)
class PageText:
    """`marked` tells that a watermark was left out."""

    text: str
    marked: bool


def page_text(document: PdfDocument, number: int) -> PageText:
    """Of page `number`, from 1. Raises PdfiumError."""
    page = document[number - 1]
    try:
        text = page.get_textpage()
        found = _unmarked(text)
        if not pdfium.FPDFPage_GetAnnotCount(page) or page.flatten() != pdfium.FLATTEN_SUCCESS:
            return found
        # The page has to be opened anew to show what became part of it.
        again = document[number - 1]
        try:
            filled, count = again.get_textpage(), text.count_chars()
            if filled.count_chars() > count:
                return PageText(_beside(found.text, text, filled, count), found.marked)
        finally:
            again.close()
        return found
    finally:
        page.close()


def _unmarked(text: PdfTextPage) -> PageText:
    count = text.count_chars()
    verdicts: dict[int, bool] = {}
    stamped = [_is_stamped(text, at, verdicts) for at in range(count)]
    seen = [at for at in range(count) if not pdfium.FPDFText_IsGenerated(text, at)]
    if not any(stamped) or sum(not stamped[at] for at in seen) < LEAST:
        return PageText(text.get_text_bounded(), False)
    return PageText(_chars(text, lambda at: not stamped[at]), True)


def _is_stamped(text: PdfTextPage, at: int, verdicts: dict[int, bool]) -> bool:
    if pdfium.FPDFText_IsGenerated(text, at):
        return False
    degrees = math.degrees(pdfium.FPDFText_GetCharAngle(text, at)) % 90
    if SLANTED < degrees < 90 - SLANTED:
        return True
    drawn = pdfium.FPDFText_GetTextObject(text, at)
    address = ctypes.cast(drawn, ctypes.c_void_p).value or 0
    if address not in verdicts:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        told = drawn and pdfium.FPDFPageObj_GetFillColor(drawn, red, green, blue, alpha)
        # Text that isn't drawn at all lies under a scan, and says what is on it.
        mode = pdfium.FPDFTextObj_GetTextRenderMode(drawn) if drawn else None
        visible = mode != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        verdicts[address] = bool(told and visible and alpha.value < FAINT)
    return verdicts[address]


def _chars(text: PdfTextPage, wanted: Callable[[int], bool], start: int = 0) -> str:
    units = [
        pdfium.FPDFText_GetUnicode(text, at)
        for at in range(start, text.count_chars())
        if wanted(at)
    ]
    return "".join(map(chr, units)).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _beside(before: str, text: PdfTextPage, filled: PdfTextPage, count: int) -> str:
    """The page's text with what was filled in put at the end of the line that it stands on."""
    heights = _heights(text)
    lines = before.splitlines()
    # Watermarks that were left out have no line: then what is filled in comes last.
    places = heights if len(heights) == len(lines) else []
    start = count
    for line in _chars(filled, lambda _: True, count).splitlines(keepends=True):
        height = _height(filled, range(start, start + len(line)))
        start += len(line)
        if not line.strip() or height is None:
            continue
        at = next((n for n, place in enumerate(places) if place and _meet(place, height)), None)
        if at is None:
            lines.append(line.strip())
        else:
            lines[at] = f"{lines[at]} {line.strip()}"
    return "\n".join(lines)


def _heights(text: PdfTextPage) -> list[tuple[float, float] | None]:
    """From where to where each line of the page reaches, in points from below."""
    found, start = [], 0
    for line in _chars(text, lambda _: True).splitlines(keepends=True):
        found.append(_height(text, range(start, start + len(line))))
        start += len(line)
    return found


def _height(text: PdfTextPage, places: range) -> tuple[float, float] | None:
    boxes = [
        text.get_charbox(at)
        for at in places
        if at < text.count_chars() and not pdfium.FPDFText_IsGenerated(text, at)
    ]
    if not boxes:
        return None
    return min(box[1] for box in boxes), max(box[3] for box in boxes)


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(one[1], other[1]) - max(one[0], other[0]) > 0.4 * (other[1] - other[0])
