"""Certificates as PDF, with a QR code of the link that checks them."""

import io
from collections.abc import Iterator
from itertools import groupby

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from activities.certificates import spelled
from services.clock import ZONE
from storage.models import Certificate
from wording.texts import Texts

WIDTH, HEIGHT = landscape(A4)
INK, ACCENT, GREY = HexColor("#1d2733"), HexColor("#1f6f8b"), HexColor("#6b7785")
# Its glyphs are every PDF viewer's own, so that the file stays small; Latin has another font.
HAN, LATIN = "STSong-Light", "Times-Roman"
QR_SIZE = 104.0


def certificate_pdf(certificate: Certificate, link: str, texts: Texts) -> bytes:
    """The certificate in the reader's language, one page. It blocks for some 20 ms."""
    pdfmetrics.registerFont(UnicodeCIDFont(HAN))
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    course, issued = texts.pick(certificate.title), certificate.issued_at.astimezone(ZONE)
    canvas.setTitle(f"{texts('certificate-heading')}: {course}")
    canvas.setAuthor(texts("certificate-issuer"))
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(2)
    canvas.rect(28, 28, WIDTH - 56, HEIGHT - 56)
    canvas.setLineWidth(0.5)
    canvas.rect(34, 34, WIDTH - 68, HEIGHT - 68)
    lines = (
        (texts("certificate-heading"), 34.0, ACCENT, 470.0),
        (certificate.name, 30.0, INK, 396.0),
        (texts("certificate-did", lessons=certificate.lessons), 16.0, GREY, 350.0),
        (course, 26.0, INK, 306.0),
        (texts("certificate-on", date=issued.strftime("%Y-%m-%d")), 14.0, GREY, 262.0),
        (texts("certificate-issuer"), 16.0, ACCENT, 226.0),
    )
    for text, size, colour, height in lines:
        canvas.setFillColor(colour)
        _centred(canvas, text, size, height)
    _qr(canvas, link, (WIDTH - QR_SIZE) / 2, 92)
    canvas.setFillColor(GREY)
    _centred(canvas, texts("certificate-code", code=spelled(certificate.code)), 11, 72)
    _centred(canvas, link, 8, 56)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def _centred(canvas: Canvas, text: str, size: float, height: float) -> None:
    """One line, as large as it fits."""
    runs = list(_runs(text))
    width = sum(pdfmetrics.stringWidth(part, font, size) for font, part in runs)
    if width > (most := WIDTH - 120):
        size, width = size * most / width, most
    x = (WIDTH - width) / 2
    for font, part in runs:
        canvas.setFont(font, size)
        canvas.drawString(x, height, part)
        x += pdfmetrics.stringWidth(part, font, size)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a text with the font that has their characters."""
    for font, part in groupby(text, lambda c: LATIN if _is_latin(c) else HAN):
        yield font, "".join(part)


def _is_latin(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _qr(canvas: Canvas, link: str, x: float, y: float) -> None:
    rows = list(segno.make(link, error="m").matrix)
    cell = QR_SIZE / len(rows)
    canvas.setFillColor(INK)
    for n, row in enumerate(rows):
        for k, dark in enumerate(row):
            if dark:
                canvas.rect(
                    x + k * cell, y + QR_SIZE - (n + 1) * cell, cell, cell, stroke=0, fill=1
                )
