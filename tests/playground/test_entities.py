"""Markup to entities: HTML, MarkdownV2, Markdown, and what Telegram finds by itself."""

import pytest
from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration, markdown_decoration
from hypothesis import given
from hypothesis import strategies as st

from playground.entities import formatted
from playground.errors import ApiError

AUTOMATIC = {"url", "email", "mention", "hashtag", "cashtag", "bot_command"}
MODES = {"HTML": html_decoration, "MarkdownV2": markdown_decoration}
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
Marked = tuple[str, list[MessageEntity]]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, entity: MessageEntity) -> str:
    raw = text.encode("utf-16-le")
    return raw[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")


def found(text: str, mode: str | None = None) -> list[tuple[str, str]]:
    """The entities of a marked-up text: (type, the characters it covers)."""
    shown, entities = formatted(text, mode)
    return [(entity.type, cut(shown, entity)) for entity in entities]


@st.composite
def marked(draw: st.DrawFn, outer: tuple[str, ...] = (), extra: tuple[str, ...] = ()) -> Marked:
    """A text and entities in it that are properly nested."""
    text, entities = "x", []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(("", *SPLITTABLE, "text_link", *(extra if not outer else ()))))
        if not kind or kind in outer or len(outer) > 2:
            text += draw(st.text("x é车🚗&<>\"'_*[]()~`+-=|{}.!\\\n", max_size=5))
            continue
        verbatim = kind in ("code", "pre")
        plain = st.text("x 车🚗&<>_*\\`", min_size=1, max_size=5)
        inside: Marked = (draw(plain), []) if verbatim else draw(marked((*outer, kind)))
        start = units(text)
        url = "https://example.com/?a=1" if kind == "text_link" else None
        entities.append(MessageEntity(type=kind, offset=start, length=units(inside[0]), url=url))
        entities += [e.model_copy(update={"offset": e.offset + start}) for e in inside[1]]
        text += inside[0]
    return text + "x", entities


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data())
def test_what_is_valid_comes_back_as_it_was(mode: str, data: st.DataObject) -> None:
    # aiogram's MarkdownV2 quotes and blocks of code add line ends of their own.
    extra = ("code", "pre", "blockquote", "expandable_blockquote") if mode == "HTML" else ("code",)
    text, entities = data.draw(marked(extra=extra))
    shown, again = formatted(MODES[mode].unparse(text, entities), mode)
    assert shown == text
    assert [entity for entity in again if entity.type not in AUTOMATIC] == entities
    assert formatted(MODES[mode].unparse(shown, again), mode) == (shown, again)


PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<a href='", "<a href=x>", "</a>", "<pre>", "<code class=language-c>"),
        *("</code>", "</pre>", "<tg-time unix=", "'", ">", "<", "&#", "&#xd800;", "&lt", "</", "="),
        *("<blockquote expandable>", "</blockquote>", "<tg-emoji emoji-id=5>", "<span", "²"),
        *("*", "_", "__", "~", "||", "`", "```", "[", "![", "](", ")", "tg://user?id=1", "\\"),
        *("tg://emoji?id=5", "tg://time?unix=9", "tg://[", "\n>", "**>", "\n", "\r", "\x00", "."),
        *(
            "x",
            " ",
            "车",
            "🚗",
            "/go",
            "@some_one",
            "#tag",
            "a@b.co",
            "https://x.com/(a)",
            "\u2028",
        ),
    ]
)


@pytest.mark.parametrize("mode", [None, "HTML", "MarkdownV2", "Markdown"])
@given(text=st.lists(PIECES | st.characters(codec="utf-8"), max_size=14).map("".join))
def test_any_text_is_read_or_refused(mode: str | None, text: str) -> None:
    try:
        shown, entities = formatted(text, mode)
    except ApiError as error:
        if mode is None or "can't parse entities: " not in error.description:
            raise
        return
    assert shown == shown.strip()
    assert "\r" not in shown
    for entity in entities:
        assert entity.offset >= 0
        assert entity.length > 0
        assert entity.offset + entity.length <= units(shown)
        cut(shown, entity)  # raises if it cuts a character in two
    assert_nested(entities)


def assert_nested(entities: list[MessageEntity]) -> None:
    """In Telegram two entities are apart, or one lies in the other."""
    assert entities == sorted(entities, key=lambda entity: (entity.offset, -entity.length))
    for number, outer in enumerate(entities):
        end = outer.offset + outer.length
        for inner in entities[number + 1 :]:
            assert inner.offset >= end or inner.offset + inner.length <= end


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*SPLITTABLE, "code", "url"]), st.integers(-9, 40), st.integers(-9, 40)
        )
    )
)
def test_given_entities_are_cut_to_the_text(given: list[tuple[str, int, int]]) -> None:
    entities = [MessageEntity(type=kind, offset=at, length=n) for kind, at, n in given]
    shown, kept = formatted("  a\r🚗 b  ", None, entities)
    assert shown == "a🚗 b"
    assert all(0 <= e.offset < e.offset + e.length <= 5 for e in kept)
    assert_nested(kept)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>a<i>b</i></b>", [("bold", "ab"), ("italic", "b")]),
        ("🚗<u>x</u>&amp;<s>&lt;</s>", [("underline", "x"), ("strikethrough", "<")]),
        ("<b></b><span class='tg-spoiler'>s</span>", [("spoiler", "s")]),
        ("<pre><code class='language-py'>a=1</code></pre>", [("pre", "a=1")]),
        ("<b>a<code>b</code>c</b>", [("bold", "a"), ("code", "b"), ("bold", "c")]),
        (
            "<a href='tg://settings'>x</a> <a>x.com</a>",
            [("text_link", "x"), ("text_link", "x.com")],
        ),
        ("<a href='nowhere'>x</a>", []),
        ("<b>x #y</b>z", [("bold", "x "), ("hashtag", "#yz"), ("bold", "#y")]),
        ("<blockquote expandable>q</blockquote>", [("expandable_blockquote", "q")]),
        ("<tg-time unix='5'>now</tg-time>", [("date_time", "now")]),
        (" <b> a</b> ", [("bold", "a")]),
    ],
)
def test_html(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, "HTML") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a _b __c__ d_ e*", [("bold", "a b c d e"), ("italic", "b c d"), ("underline", "c")]),
        ("___x_**__", [("italic", "x"), ("underline", "x")]),
        (r"\*🚗 ~x~ ||y||", [("strikethrough", "x"), ("spoiler", "y")]),
        ("`a*b` ```py\nx=1```", [("code", "a*b"), ("pre", "x=1")]),
        (r"[a\)](https://x.com/\))", [("text_link", "a)")]),
        ("![👍](tg://emoji?id=5368324170671202286)", [("custom_emoji", "👍")]),
        (">a\n>b\nc", [("blockquote", "a\nb\n")]),
        ("**>a\n>b||", [("expandable_blockquote", "a\nb")]),
    ],
)
def test_markdown_v2(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, "MarkdownV2") == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("_a__", "Can't find end of Underline entity at byte offset 2"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("[a](x", "Can't find end of a URL at byte offset 4"),
        ("```a", "Can't find end of Pre entity at byte offset 0"),
        ("![a]", "Custom emoji entity must contain a tg://emoji URL"),
        ("|", "Character '|' is reserved and must be escaped with the preceding '\\'"),
    ],
)
def test_markdown_v2_refusals(text: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(text, "MarkdownV2")
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_ `c`", [("bold", "a"), ("italic", "b"), ("code", "c")]),
        ("```py\nx\n``` y", [("pre", "x\n")]),
        ("[车](https://x.com) a_b", None),
        ("🚗 [x](tg://user?id=5)", [("text_mention", "x")]),
        (r"\*a\*", []),
    ],
)
def test_first_markdown(text: str, expected: list[tuple[str, str]] | None) -> None:
    if expected is None:
        with pytest.raises(ApiError, match="starting at byte offset 22"):
            formatted(text, "Markdown")
    else:
        assert found(text, "Markdown") == expected


def test_what_telegram_finds_by_itself() -> None:
    text = "🚗 /go@a_bot @some_one, #год $USD: me@x.co (https://x.com/a_(b)). see x.com/y! 1/2 a#b"
    assert found(text) == [
        ("bot_command", "/go@a_bot"),
        ("mention", "@some_one"),
        ("hashtag", "#год"),
        ("cashtag", "$USD"),
        ("email", "me@x.co"),
        ("url", "https://x.com/a_(b)"),
        ("url", "x.com/y"),
    ]
    assert found("<code>/go x.com</code>", "HTML") == [("code", "/go x.com")]
