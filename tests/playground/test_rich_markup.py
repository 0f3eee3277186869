"""What rich HTML and rich Markdown become: https://core.telegram.org/bots/api#rich-html-style."""

import contextlib
import time
from typing import Any

import pytest

from playground.errors import ApiError
from playground.plain import Json
from playground.rich import html, markdown
from playground.rich.inline import Media

NO_MEDIA = Media.of([])
PHOTO = {"type": "photo", "media": "AgAC"}


def styled(kind: str, text: Any, **more: Any) -> Json:
    return {"type": kind, "text": text, **more}


def paragraph(text: Any) -> Json:
    return {"type": "paragraph", "text": text}


def item(text: Any, **more: Any) -> Json:
    return {"blocks": [paragraph(text)], **more}


LINE = [
    ("<b>a</b> <strong>b</strong>", [styled("bold", "a"), " ", styled("bold", "b")]),
    ("<i>a</i><em>b</em>", [styled("italic", "a"), styled("italic", "b")]),
    ("<u>a</u>, <ins>b</ins>", [styled("underline", "a"), ", ", styled("underline", "b")]),
    ("<del><s>a</s></del>", styled("strikethrough", styled("strikethrough", "a"))),
    ("<mark>a</mark>", styled("marked", "a")),
    ("H<sub>2</sub>O", ["H", styled("subscript", "2"), "O"]),
    ("m<sup>2</sup>", ["m", styled("superscript", "2")]),
    ("<tg-spoiler>a</tg-spoiler>", styled("spoiler", "a")),
    ("<code>a &lt; b</code>", styled("code", "a < b")),
    ("one\n  line<br>and\tanother", "one line\nand another"),
    ("caf&#233; &copy; &hellip;", "café &copy; …"),
    ('<a href="https://t.me/">a</a>', styled("url", "a", url="https://t.me/")),
    ('<a href="#n">a</a>', styled("url", "a", url="#n")),
    (
        '<tg-reference name="n">a</tg-reference>',
        {"type": "reference", "name": "n", "text": "a"},
    ),
    (
        '<tg-time unix="1647531900" format="wDT">22:45</tg-time>',
        styled("date_time", "22:45", unix_time=1647531900, date_time_format="wDT"),
    ),
    ("<tg-math>x^2</tg-math>", {"type": "mathematical_expression", "expression": "x^2"}),
    (
        '<tg-button type="callback_data" style="link" data="d">Go</tg-button>',
        {"type": "button", "button": {"text": "Go", "callback_data": "d", "style": "link"}},
    ),
    (
        '<tg-button type="disabled">Gone</tg-button>',
        {"type": "button", "button": {"text": "Gone", "disabled": {}}},
    ),
]
HTML = [
    ("one<p>two</p>three", [paragraph("one"), paragraph("two"), paragraph("three")]),
    ("<h3>a</h3>\n<hr/>", [styled("heading", "a", size=3), {"type": "divider"}]),
    ('<a name="x"></a>\n<p>a</p>', [{"type": "anchor", "name": "x"}, paragraph("a")]),
    (
        '<pre><code class="language-python">  print()\n</code></pre>',
        [styled("pre", "  print()", language="python")],
    ),
    (
        '<ol start="3" type="a" reversed><li>x</li><li value="9">y</li></ol>',
        [
            {
                "type": "list",
                "items": [item("x", value=3, type="a"), item("y", value=9, type="a")],
            }
        ],
    ),
    (
        '<ul><li><input type="checkbox" checked>x<ul><li>y</li></ul></li></ul>',
        [
            {
                "type": "list",
                "items": [
                    {
                        "blocks": [paragraph("x"), {"type": "list", "items": [item("y")]}],
                        "has_checkbox": True,
                        "is_checked": True,
                    }
                ],
            }
        ],
    ),
    (
        "<blockquote><p>a</p>b<cite>c</cite></blockquote>",
        [{"type": "blockquote", "blocks": [paragraph("a"), paragraph("b")], "credit": "c"}],
    ),
    (
        "<blockquote expandable>a<br>b<cite>c</cite></blockquote>",
        [styled("expandable_blockquote", ["a\nb"], credit="c")],
    ),
    ("<aside>a<cite>b</cite></aside>", [styled("pullquote", "a", credit="b")]),
    (
        "<details open><summary><b>s</b></summary>text</details>",
        [
            {
                "type": "details",
                "summary": styled("bold", "s"),
                "blocks": [paragraph("text")],
                "is_open": True,
            }
        ],
    ),
    (
        '<table bordered compact><caption>t</caption><tr><th>a</th><td colspan="2" align="right">b'
        "</td></tr></table>",
        [
            {
                "type": "table",
                "cells": [
                    [
                        {"text": "a", "is_header": True},
                        {"text": "b", "align": "right", "colspan": 2},
                    ]
                ],
                "caption": "t",
                "is_bordered": True,
                "is_compact": True,
            }
        ],
    ),
    (
        '<figure><tg-map lat="41.9" long="12.5" zoom="14"/><figcaption>m<cite>c</cite></figcaption>'
        "</figure>",
        [
            {
                "type": "map",
                "location": {"latitude": 41.9, "longitude": 12.5},
                "zoom": 14,
                "caption": {"text": "m", "credit": "c"},
            }
        ],
    ),
    (
        '<p>before <img src="tg://photo?id=a" tg-spoiler/> after</p>',
        [
            paragraph("before"),
            {"type": "photo", "photo": {**PHOTO, "has_spoiler": True}},
            paragraph("after"),
        ],
    ),
    (
        '<tg-collage><img src="tg://photo?id=a"/><figcaption>c</figcaption></tg-collage>',
        [
            {
                "type": "collage",
                "blocks": [{"type": "photo", "photo": PHOTO}],
                "caption": {"text": "c"},
            }
        ],
    ),
    (
        '<tg-button-row align="center"> <tg-button type="url" url="https://t.me">a</tg-button>'
        "</tg-button-row>",
        [
            {
                "type": "buttons",
                "buttons": [{"text": "a", "url": "https://t.me"}],
                "align": "center",
            }
        ],
    ),
    ("<tg-math-block>E</tg-math-block>", [{"type": "mathematical_expression", "expression": "E"}]),
    ("<footer>f</footer>", [styled("footer", "f")]),
    ("<tg-thinking>t</tg-thinking>", [styled("thinking", "t")]),
]


@pytest.mark.parametrize(("source", "text"), LINE)
def test_lines_of_html(source: str, text: Any) -> None:
    assert html.read(source, NO_MEDIA) == [paragraph(text)]


@pytest.mark.parametrize(("source", "blocks"), HTML)
def test_blocks_of_html(source: str, blocks: list[Json]) -> None:
    assert html.read(source, Media.of([{"id": "a", "media": PHOTO}])) == blocks


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        (
            "**a** __b__ *c* _d_",
            [
                paragraph(
                    [
                        styled("bold", "a"),
                        " ",
                        styled("bold", "b"),
                        " ",
                        styled("italic", "c"),
                        " ",
                        styled("italic", "d"),
                    ]
                )
            ],
        ),
        (
            "~~a~~ ==b== ||c||",
            [
                paragraph(
                    [
                        styled("strikethrough", "a"),
                        " ",
                        styled("marked", "b"),
                        " ",
                        styled("spoiler", "c"),
                    ]
                )
            ],
        ),
        ("a == b || c", [paragraph("a == b || c")]),
        ("it costs $5 or $6", [paragraph("it costs $5 or $6")]),
        ("$x^2$", [paragraph({"type": "mathematical_expression", "expression": "x^2"})]),
        ("$$\nE = mc^2\n$$", [{"type": "mathematical_expression", "expression": "E = mc^2"}]),
        ("```math\nE\n```", [{"type": "mathematical_expression", "expression": "E"}]),
        ("```py\n\tx\n```", [styled("pre", "\tx", language="py")]),
        (
            "# a\n#b\n\\#c",
            [styled("heading", "a", size=1), styled("heading", "b", size=1), paragraph("#c")],
        ),
        (
            "- [ ] a\n- [x] b",
            [
                {
                    "type": "list",
                    "items": [
                        item("a", has_checkbox=True),
                        item("b", has_checkbox=True, is_checked=True),
                    ],
                }
            ],
        ),
        ("3. a", [{"type": "list", "items": [item("a", value=3, type="1")]}]),
        (">a\n>\n>b", [{"type": "blockquote", "blocks": [paragraph("a"), paragraph("b")]}]),
        (
            "| a |\n|:-:|\n| **b** |",
            [
                {
                    "type": "table",
                    "cells": [
                        [{"text": "a", "is_header": True, "align": "center"}],
                        [{"text": styled("bold", "b"), "align": "center"}],
                    ],
                }
            ],
        ),
        (
            "a[^n] b\n\n[^n]: see *c*",
            [
                paragraph(["a", styled("superscript", styled("url", "1", url="#n")), " b"]),
                paragraph(styled("reference", ["see ", styled("italic", "c")], name="n")),
            ],
        ),
        (
            "![👍](tg://emoji?id=5368) ![22:45](tg://time?unix=1647531900&format=wDT)",
            [
                paragraph(
                    [
                        {
                            "type": "custom_emoji",
                            "custom_emoji_id": "5368",
                            "alternative_text": "👍",
                        },
                        " ",
                        styled("date_time", "22:45", unix_time=1647531900, date_time_format="wDT"),
                    ]
                )
            ],
        ),
        (
            'a ![](tg://photo?id=a "The **cap**") b',
            [
                paragraph("a"),
                {"type": "photo", "photo": PHOTO, "caption": {"text": "The **cap**"}},
                paragraph("b"),
            ],
        ),
        (
            "<details><summary>**s**</summary>\n\n- x\n\n</details>",
            [
                {
                    "type": "details",
                    "summary": styled("bold", "s"),
                    "blocks": [{"type": "list", "items": [item("x")]}],
                }
            ],
        ),
        (
            "<u>a **b**</u> <blink>c",
            [paragraph([styled("underline", ["a ", styled("bold", "b")]), " c"])],
        ),
    ],
)
def test_markdown(source: str, blocks: list[Json]) -> None:
    assert markdown.read(source, Media.of([{"id": "a", "media": PHOTO}])) == blocks


@pytest.mark.parametrize(
    "source",
    ["<b>a", "a</b>", "<b><i>a</b></i>", "<div>a</div>", "a < b", '<a href="x>a</a>', "<b", "</>"],
)
def test_html_that_is_no_rich_html(source: str) -> None:
    with pytest.raises(ApiError, match="RICH_MESSAGE_HTML_INVALID"):
        html.read(source, NO_MEDIA)
    markdown.read(source, NO_MEDIA)  # there it may be anything


@pytest.mark.parametrize("part", ["[", "==", "a||", "<b ", "*", "![](", "$a", "`", "<b", "&", ">"])
def test_no_source_takes_long(part: str) -> None:
    begun = time.process_time()
    with contextlib.suppress(ApiError):
        markdown.read(part * (16_000 // len(part)), NO_MEDIA)
    assert time.process_time() - begun < 5
