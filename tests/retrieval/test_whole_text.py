"""No parser loses text, takes markup for text or text for markup, or says nothing of a loss."""

from typing import Any

import pytest

from retrieval.documents import Reader, parse
from tests.retrieval import files

MERGED = """<h1>胎压</h1><table><thead><tr><th rowspan="2">车型</th><th colspan="2">冷车</th></tr>
<tr><th>前轮</th><th>后轮</th></tr></thead><tr><td colspan="3">轿车</td></tr>
<tr><td rowspan="2">A 型</td><td>2.3</td><td>2.5</td></tr><tr><td colspan="2">满载 2.8</td></tr>
</table>"""
BOLD = """<table><tr><td><b>Model</b></td><td><strong>Front</strong></td></tr>
<tr><td>Sedan</td><td>2.3<br>bar<script>x()</script><style>p{}</style></td></tr></table>"""
LAYOUT = f"<table><tr><td>{BOLD}</td><td><p>Read this first.</p></td></tr></table>"
UNSEEN = """<style>.note{display:none} .tab{display:none} .tab.on{display:block}
@media print{p{display:none}}</style><p>剩三毫米就要换。</p><p class="note">进价八十元。</p>
<p class="tab on">冷车再量。</p><p style="visibility: hidden">草稿。</p><template>样板</template>"""
INLINE = """<p>加注R<b>134a</b>约 500 克，见注<sup><a href="#n">[1]</a></sup>，
面积 10 m<sup>2</sup>，电压<12.2V 为亏电。</p>
<dl><dt>机油</dt><dd>一年。</dd></dl><ol start="3"><li>拧松</li></ol>
<math><mfrac><mi>P</mi><mrow><mi>U</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>
<ul><li><a href="#a">目录一</a></li><li><a href="#b">目录二</a></li></ul>"""

DIALECT = """##多久更换##
**注意：**冷车<VIN>测量，**不要在“热车”**后测量，R<sub>134a</sub>、`**kw`。

- [x] 扳手[^1]

[^1]: 一把。

[TOC]

- [一](#a)
- [二](#b)

## 扭矩 {#torque}
<table><tr><th>螺栓</th><th>扭矩</th></tr><tr><td>轮胎</td><td>120 N·m</td></tr></table>

<div style="display:none">进价</div>

![胎压表在门框上](a.png)
"""

FIELDS = """<w:p><w:r><w:t>保质期</w:t></w:r><w:fldSimple w:instr="QUOTE"><w:r><w:t>三年</w:t></w:r>
</w:fldSimple><w:r><w:t>。第一行</w:t><w:br w:type="page"/><w:t>第二行</w:t></w:r></w:p>
<w:p><w:r><w:ruby><w:rt><w:r><w:t>lún</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>轮</w:t></w:r>
</w:rubyBase></w:ruby></w:r><w:r><w:t>胎</w:t></w:r></w:p>
<w:p><m:oMathPara><m:oMath><m:r><m:t>续航=</m:t></m:r><m:f><m:num><m:r><m:t>电量</m:t></m:r></m:num>
<m:den><m:r><m:t>电耗</m:t></m:r></m:den></m:f></m:oMath></m:oMathPara></w:p>"""
BOXED = """<w:p><w:r><w:drawing><wps:txbx><w:txbxContent><w:p><w:r><w:t>框里的字。</w:t></w:r></w:p>
</w:txbxContent></wps:txbx></w:drawing></w:r></w:p><w:p><w:r><w:t>正文。</w:t></w:r>
<w:r><w:pgSpecial/></w:r></w:p>"""
CELL = "<w:tc>{}<w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
SPAN = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', "<w:tcPr><w:vMerge/></w:tcPr>"
WORD_TABLE = (
    '<w:tbl><w:tblPr><w:tblStyle w:val="G"/><w:tblLook w:val="0020"/></w:tblPr>'
    + f"<w:tr>{CELL.format('', '车型')}{CELL.format('', '周期')}</w:tr>"
    + f"<w:tr>{CELL.format(SPAN[0], '燃油车')}{CELL.format('', '一年')}</w:tr>"
    + f"<w:tr>{CELL.format(SPAN[1], '')}{CELL.format('', '两年')}</w:tr></w:tbl>"
)
WORD_TABLE_STYLES = """<w:style w:type="table" w:styleId="G"><w:name w:val="Grid"/>
<w:tblStylePr w:type="firstRow"/></w:style>"""

NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>
<text>第一讲 制动</text></navLabel><content src="text/chapter%20one.xhtml"/><navPoint><navLabel>
<text>多久换</text></navLabel><content src="text/chapter%20one.xhtml#s2"/></navPoint></navPoint>
</navMap></ncx>"""
OPF = """<package xmlns="http://www.idpf.org/2007/opf"><metadata
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>书</dc:title></metadata><manifest>
<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="p" href="cover.png" media-type="image/png"/>
<item id="a" href="text/chapter one.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="p"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
CHAPTER = """<html><head><title>未知</title></head><body><p>第一讲 制动</p><p>先看油壶。</p>
<p id="s2">每两年换一次。</p></body></html>"""
BOOK = {"META-INF/container.xml": files.CONTAINER, "OPS/book.opf": OPF, "OPS/toc.ncx": NCX}
BOOK |= {"OPS/text/chapter one.xhtml": CHAPTER, "OPS/cover.png": "\x00"}

CUE = "{}\n00:00:{:02},000 --> 00:00:{:02},000\n{}\n\n"
SPOKEN = (
    (1, 3, "张老师：静态电压<12.2V，属于"),
    (3, 5, "张老师：亏电，>12.6V 是充满，推荐 5W-"),
    (5, 6, "30。"),
    (6, 7, "[音乐]"),
    (7, 9, "李工：注意：a<b 且 c>d。"),
)
ROLLING = """WEBVTT

00:01.000 --> 00:02.000
&gt;&gt; check<00:01.500><c> the tyre</c>

00:02.000 --> 00:02.010
check the tyre

00:02.010 --> 00:04.000
check the tyre
when A&amp;B are&nbsp;cold
"""
ONE_A_LINE = """第三章 制动系统
制动液每两年或四万公里更换一次
　　更换后要排空气，
踏板变硬才算合格
常备工具
扭力扳手
第二节 说明 ........ 12
"""


@pytest.fixture(scope="module")
def reader() -> Any:
    with Reader() as reader:
        yield reader


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "merged cells, two rows of names, a row of its own",
            ("a.html", MERGED),
            "轿车，车型：A 型，冷车前轮：2.3，冷车后轮：2.5 | "
            "轿车，车型：A 型，冷车前轮：满载 2.8，冷车后轮：满载 2.8",
        ),
        (
            "bold names, script and style in a cell",
            ("a.html", BOLD),
            "Model: Sedan, Front: 2.3 bar",
        ),
        (
            "a table of data in one of layout",
            ("a.html", LAYOUT),
            "Model: Sedan, Front: 2.3 bar | Read this first.",
        ),
        (
            "inline tags, raised figures, terms, formulas, contents",
            ("a.html", INLINE),
            "加注R134a约 500 克，见注，面积 10 m²，电压<12.2V 为亏电。 | "
            "机油：一年。 | 拧松 | P/(U+1)",
        ),
        (
            "HTML in Markdown, stars beside Chinese marks, dialects",
            ("a.md", DIALECT),
            "注意：冷车<VIN>测量，不要在“热车”后测量，R134a、**kw。 | 扳手 | 一把。 | "
            "螺栓：轮胎，扭矩：120 N·m | 胎压表在门框上",
        ),
        (
            "text between lines is no front matter",
            ("a.md", "---\n先说一句\n---\n正文。"),
            "正文。",
        ),
        (
            "fields, breaks, readings, formulas",
            ("a.docx", files.word_xml(FIELDS)),
            "保质期三年。第一行 | 第二行 | 轮胎 | 续航=电量/电耗",
        ),
        (
            "merged cells and a head by style",
            ("a.docx", files.word_xml(WORD_TABLE, WORD_TABLE_STYLES)),
            "车型：燃油车，周期：一年 | 车型：燃油车，周期：两年",
        ),
        (
            "tags, speakers, sounds and codes over two cues",
            ("a.srt", "".join(CUE.format(n, *cue) for n, cue in enumerate(SPOKEN, start=1))),
            "静态电压<12.2V，属于亏电，>12.6V 是充满，推荐 5W-30。 | 注意：a<b 且 c>d。",
        ),
        ("captions that roll", ("a.vtt", ROLLING), "check the tyre when A&B are cold"),
        (
            "a paragraph a line",
            ("a.txt", ONE_A_LINE),
            "制动液每两年或四万公里更换一次 | 更换后要排空气，踏板变硬才算合格 | "
            "常备工具 | 扭力扳手",
        ),
        (
            "Excel's first line, a title, marked names",
            ("a.csv", "sep=;\n常见问题;;\n编号;问题（必填）;标准答案\n1;多久换；几年;一年\n"),
            "一年",
        ),
        (
            "what is filled in stands by its name",
            ("a.pdf", files.form("Oil grade:", "0W-20")),
            "Service record of this car Oil grade: 0W-20 | Nothing else was done.",
        ),
        (
            "a code at the end of a line",
            (
                "a.pdf",
                files.pdf([["This engine is to be filled with oil of the grade 5W-", "30 only."]]),
            ),
            "This engine is to be filled with oil of the grade 5W-30 only.",
        ),
    ],
)
def test_all_text_is_read_as_its_reader_sees_it(
    reader: Reader, name: str, data: tuple[str, str | bytes], said: str
) -> None:
    file, content = data
    raw = content if isinstance(content, bytes) else content.encode()
    document = parse(file, raw, reader=reader)
    assert " | ".join(p for section in document.sections for p in section.paragraphs) == said, name


@pytest.mark.parametrize(
    ("file", "data", "said", "remarks"),
    [
        ("a.html", UNSEEN.encode(), "剩三毫米就要换。 冷车再量。", {"hidden": {"count": 2}}),
        ("a.html", b"<p>x</p><img src=a.png>", "x", {"pictures": {"count": 1}}),
        (
            *("a.docx", files.word_xml(files.SECRET, files.SECRET_STYLES), "剩三毫米就换。"),
            {"hidden": {"count": 1}},
        ),
        (
            *("a.docx", files.word_xml(BOXED), "框里的字。 正文。"),
            {"unread": {"names": "w:pgSpecial"}},
        ),
        (
            *("a.pdf", files.slanted(["制动液会吸水，两年就要更换。"], "学员 0042 专用")),
            "制动液会吸水，两年就要更换。",
            {"watermarks": {"pages": "1", "count": 1}},
        ),
        (
            *("a.srt", (CUE.format(1, 1, 2, "一。") + "2\n0:03 --> 0:04\n二。\n").encode()),
            *("一。", {"cues": {"count": 1}}),
        ),
        (
            *("a.epub", files.package({name: text.encode() for name, text in BOOK.items()})),
            "先看油壶。 每两年换一次。",
            {"parts": {"names": "cover.png, gone.xhtml", "count": 2}},
        ),
    ],
)
def test_what_is_left_out_is_told(
    reader: Reader, file: str, data: bytes, said: str, remarks: dict[str, Any]
) -> None:
    document = parse(file, data, reader=reader)
    assert " ".join(p for section in document.sections for p in section.paragraphs) == said
    assert {note.code: note.values for note in document.remarks} == remarks


def test_headings_are_found_where_they_stand(reader: Reader) -> None:
    def headings(file: str, data: bytes) -> list[tuple[str, ...]]:
        return [section.headings for section in parse(file, data, reader=reader).sections]

    book = files.package({name: text.encode() for name, text in BOOK.items()})
    assert headings("a.epub", book) == [("第一讲 制动",), ("第一讲 制动", "多久换")]
    assert headings("a.md", DIALECT.encode()) == [("多久更换",), ("扭矩",)]
    assert headings("a.md", "#92汽油\n\n#养车 #保养\n\n换。".encode()) == [()]
    assert headings("a.txt", ONE_A_LINE.encode()) == [("第三章 制动系统",)]


def test_a_list_keeps_its_marks(reader: Reader) -> None:
    listed = parse("a.md", "1. 拧松\n2. 顶起\n   - 小心。放稳。\n\n完。".encode(), reader=reader)
    assert listed.sections[0].marks == ("1.", "2.", "•", "")
