"""Files of every format, made with the libraries that such files are usually made with."""

import atexit
import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from retrieval import documents

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

SCAN, BLANK = "scan", "blank"

READER = documents.Reader()
atexit.register(READER.close)


def parse(name: str, data: bytes, label: str = "") -> documents.Document:
    """As `documents.parse`, in one process for the whole run."""
    return documents.parse(name, data, label, READER)


def pdf(
    pages: Sequence[Sequence[str] | str],
    *,
    chapters: Mapping[int, str] | None = None,
    password: str | None = None,
) -> bytes:
    """A page is its lines, or a SCAN (a picture all over it), or BLANK. `chapters` by page."""
    file = io.BytesIO()
    canvas = Canvas(file, A4, encrypt=password)
    for number, page in enumerate(pages, start=1):
        if title := (chapters or {}).get(number):
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title)
        canvas.setFont("STSong-Light", 12)
        if page == SCAN:
            canvas.drawInlineImage(Image.new("L", (100, 140), 200), 0, 0, *A4)
            canvas.drawString(500, 10, str(number))
        elif page != BLANK:
            for line, text in enumerate(page):
                canvas.drawString(60, 780 - 20 * line, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("轮胎手册", 0)
    document.add_heading("胎压", 1)
    document.add_paragraph("胎压应每月检查一次。")
    document.add_paragraph("冷车测量", style="List Bullet")
    document.add_heading("Loads", 2)
    paragraph = document.add_paragraph("Add 0.3 bar ")
    paragraph.add_run("when fully").bold = True
    paragraph.add_run(" loaded.")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("前轮", "2.3 bar"), ("后轮", "2.5 bar"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    picture = io.BytesIO()
    Image.new("L", (10, 10)).save(picture, "PNG")
    document.add_picture(picture)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles>
<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>用车指南</dc:title></metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/chapter%20one.xhtml" media-type="application/xhtml+xml"/>
</manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine>
</package>"""
ONE = """<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>
</head><body><h1>制动</h1><p>制动液每两年<em>更换</em>一次。</p></body></html>"""
TWO = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Tyres</title></head>
<body><p>Check them monthly.</p></body></html>"""
ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>
<enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
</enc:EncryptedData></encryption>"""


def epub(**changes: str | None) -> bytes:
    """A book of two chapters; `changes` by last part of the file's name, None leaves it out."""
    files: dict[str, str | None] = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": PACKAGE,
        "OPS/nav.xhtml": "<html><body><nav>Contents</nav><p>Contents</p></body></html>",
        "OPS/text/chapter one.xhtml": ONE,
        "OPS/text/two.xhtml": TWO,
    }
    for part, text in changes.items():
        name = next((n for n in files if part in n), f"META-INF/{part}.xml")
        files[name] = text
    return package({name: text.encode() for name, text in files.items() if text is not None})


def package(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as found:
        for name, data in files.items():
            found.writestr(name, data)
    return file.getvalue()


PAGE = """<html><head><title>Site – 刹车</title><meta name="course" content="course-tyres-brakes">
<style>p {color: red}</style></head><body><nav>Home</nav><h1>刹车</h1>
<p>制动液<b>每两年</b>更换
一次。</p><ul><li>一<ul><li>二</li></ul></li></ul>
<table><tr><th>项目</th><th>周期</th></tr><tr><td>机油</td><td>一年</td></tr></table>
<h2>When</h2>Check it<br>now &amp; then.<script>alert(1)</script><p hidden>secret</p>
<footer>imprint</footer></body></html>"""

SRT = """1
00:00:01,000 --> 00:00:03,000
制动液会吸收

2
00:00:03,000 --> 00:00:05,500
<i>水分。</i>每两年

3
00:00:05,600 --> 00:00:09,000
更换一次。

4
01:02:05,600 --> 01:02:09,000
{\\an8}下一课讲轮胎。
"""

VTT = """WEBVTT

NOTE made by hand

00:01.000 --> 00:03.000
<v Ann>Brake fluid takes

00:03.000 --> 00:05.500
Brake fluid takes
up water. It is changed

00:05.600 --> 00:09.000 align:start
every two years.
"""

FAQ = '问题,编号,答案\n制动液多久换一次？,1,"每两年。\n以手册为准。"\n空着的？,2,\n,,\n'

_WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def word_xml(body: str, styles: str = "") -> bytes:
    """A Word document of this very XML: what no library writes, but Word does."""
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="{}" Target="{}"/></Relationships>'
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{types}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{types}.styles+xml"/></Types>',
        "_rels/.rels": relation.format(f"{office}/officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": relation.format(f"{office}/styles", "styles.xml"),
        "word/styles.xml": f"<w:styles {_WORD}>{styles}</w:styles>",
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
    }
    return package({name: text.encode() for name, text in parts.items()})


def slanted(lines: Sequence[str], mark: str, pages: int = 1) -> bytes:
    """A PDF with a mark across each page."""
    file = io.BytesIO()
    canvas = Canvas(file, A4)
    for _ in range(pages):
        canvas.setFont("STSong-Light", 12)
        for n, line in enumerate(lines):
            canvas.drawString(72, 760 - 20 * n, line)
        canvas.saveState()
        canvas.rotate(30)
        for n in range(8):
            canvas.drawString(150 + n * 60, 100 + n * 40, mark)
        canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def form(label: str, value: str) -> bytes:
    """A PDF with a field that is filled in."""
    file = io.BytesIO()
    canvas = Canvas(file, A4)
    canvas.drawString(72, 700, "Service record of this car")
    canvas.drawString(72, 640, label)
    canvas.drawString(72, 600, "Nothing else was done.")
    canvas.acroForm.textfield(name="f", value=value, x=200, y=632, width=200, height=20)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


SECRET = """<w:p><w:r><w:t>剩三毫米就换。</w:t></w:r><w:r><w:rPr><w:rStyle w:val="Note"/></w:rPr>
<w:t>进价八十元。</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr><w:r>
<w:t>刹车片</w:t></w:r><w:r><w:tab/><w:t>3</w:t></w:r></w:p>"""
SECRET_STYLES = """<w:style w:type="character" w:styleId="Note"><w:name w:val="Note"/><w:rPr>
<w:vanish/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/>
</w:style>"""
