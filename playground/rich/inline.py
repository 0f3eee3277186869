"""What stands in a line of rich HTML: formatting, links, moments, emoji, formulas, buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playground.entities.links import is_number
from playground.errors import bad_request
from playground.plain import Json
from playground.rich.dom import INLINE, Node, invalid
from playground.rich.text import RichText, joined

_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = re.compile(r" ?\n ?")
_NAME = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_FLAGS = ("allow_user_chats", "allow_bot_chats", "allow_group_chats", "allow_channel_chats")
# Which files a tag may show, and how an error names them.
TAGS = {
    "img": ("photo",),
    "video": ("video", "animation"),
    "audio": ("audio", "voice_note"),
    "tg-document": ("document",),
}


@dataclass(frozen=True)
class Media:
    """The files that came with HTML or Markdown, by their id."""

    given: dict[str, Json]

    @classmethod
    def of(cls, values: Any) -> Media:
        """Raises ApiError 400."""
        given: dict[str, Json] = {}
        for value in values or []:
            if not isinstance(value, dict):
                raise bad_request("can't parse InputRichMessageMedia: expected an Object")
            name, media = value.get("id"), value.get("media")
            if name is None:
                raise bad_request("can't parse InputRichMessageMedia: Can't find field \"id\"")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise bad_request("can't parse InputRichMessageMedia: invalid media identifier")
            if not isinstance(media, dict) or not media.get("media"):
                raise bad_request("can't parse InputRichMessageMedia: media not found")
            given[name] = media
        return cls(given)

    def named(self, tag: str, source: str) -> Json:
        """The InputMedia that a tag's address names. Raises ApiError 400."""
        kinds = TAGS[tag]
        word = kinds[0].upper()
        if source.startswith(("http://", "https://")):
            # Telegram would fetch it; the playground never leaves the machine.
            raise bad_request(f"RICH_MESSAGE_{word}_NO_MEDIA_FOUND")
        if not source.startswith(f"tg://{kinds[0]}?"):
            raise bad_request(f"RICH_MESSAGE_{word}_URL_INVALID")
        name = parse_qs(urlsplit(source).query).get("id", [""])[0]
        media = self.given.get(name)
        if media is None or media.get("type") not in kinds:
            raise bad_request(f"RICH_MESSAGE_{word}_INVALID")
        return media


def inline(nodes: list[Node | str]) -> RichText:
    """Runs of white space become one space, as in HTML; `<br>` breaks the line."""
    return joined([_part(node) for node in nodes])


def trimmed(text: RichText) -> RichText:
    """Without white space at the ends and around line breaks, and never two spaces in a row."""
    spaced = _tidied(text, [True])
    return _stripped(spaced)


def _tidied(text: RichText, after: list[bool]) -> RichText:
    """`after[0]` tells whether what stands before ends in white space."""
    if isinstance(text, str):
        text = _BREAK.sub("\n", text)
        if after[0]:
            text = text.lstrip(" ")
        if text:
            after[0] = text[-1] in " \n"
        return text
    if isinstance(text, list):
        return joined([_tidied(part, after) for part in text])
    if text["type"] in ("custom_emoji", "mathematical_expression", "button"):
        after[0] = False
        return text
    if "text" not in text:
        return text
    return {**text, "text": _tidied(text["text"], after)}


def _stripped(text: RichText) -> RichText:
    """Without white space at the end."""
    if isinstance(text, str):
        return text.rstrip(" \n")
    if isinstance(text, list) and isinstance(text[-1], str):
        return joined([*text[:-1], text[-1].rstrip(" \n")])
    return text


def _part(node: Node | str) -> RichText:
    if isinstance(node, str):
        return _SPACE.sub(" ", node)
    if node.tag in INLINE:
        return _around(INLINE[node.tag], node)
    maker = _MAKERS.get(node.tag)
    return inline(node.children) if maker is None else maker(node)


def _around(kind: str, node: Node, **more: Any) -> RichText:
    text = inline(node.children)
    return {"type": kind, "text": text, **more} if text != "" else ""


def _link(node: Node) -> RichText:
    """A link, or an anchor when it only has a name."""
    href, name = node.attributes.get("href"), node.attributes.get("name")
    if href is None and name is not None:
        return joined([{"type": "anchor", "name": name}, inline(node.children)])
    return _around("url", node, url=href if href is not None else node.text())


def _reference(node: Node) -> RichText:
    name = node.attributes.get("name", "")
    return {"type": "reference", "name": name, "text": inline(node.children)}


def _emoji(node: Node) -> RichText:
    return {
        "type": "custom_emoji",
        "custom_emoji_id": node.attributes.get("emoji-id", ""),
        "alternative_text": node.text(),
    }


def _emoji_image(node: Node) -> RichText:
    source = node.attributes.get("src", "")
    return {
        "type": "custom_emoji",
        "custom_emoji_id": parse_qs(urlsplit(source).query).get("id", [""])[0],
        "alternative_text": node.attributes.get("alt", ""),
    }


def _time(node: Node) -> RichText:
    unix = node.attributes.get("unix", "")
    if not is_number(unix):
        raise bad_request("RICH_MESSAGE_DATE_INVALID")
    shape = node.attributes.get("format", "")
    return _around("date_time", node, unix_time=int(unix), date_time_format=shape)


def _math(node: Node) -> RichText:
    return {"type": "mathematical_expression", "expression": node.text().strip()}


def _button(node: Node) -> RichText:
    given = node.attributes
    action = _ACTIONS.get(given.get("type", ""))
    if action is None:
        raise invalid()
    button: Json = {"text": trimmed(inline(node.children)), **action(given)}
    if given.get("style"):
        button["style"] = given["style"]
    return {"type": "button", "button": button}


def _login(given: dict[str, str]) -> Json:
    login: Json = {"url": given.get("url", "")}
    if "forward-text" in given:
        login["forward_text"] = given["forward-text"]
    if "request-write-access" in given:
        login["request_write_access"] = True
    return {"login_url": login}


def _chosen(given: dict[str, str]) -> Json:
    flags = {name: True for name in _FLAGS if name.replace("_", "-") in given}
    return {"switch_inline_query_chosen_chat": {"query": given.get("query", ""), **flags}}


_ACTIONS: dict[str, Callable[[dict[str, str]], Json]] = {
    "url": lambda given: {"url": given.get("url", "")},
    "callback_data": lambda given: {"callback_data": given.get("data", "")},
    "web_app": lambda given: {"web_app": {"url": given.get("url", "")}},
    "login_url": _login,
    "switch_inline_query": lambda given: {"switch_inline_query": given.get("query", "")},
    "switch_inline_query_current_chat": lambda given: {
        "switch_inline_query_current_chat": given.get("query", "")
    },
    "switch_inline_query_chosen_chat": _chosen,
    "copy_text": lambda given: {"copy_text": {"text": given.get("text", "")}},
    "disabled": lambda given: {"disabled": {}},
}
_MAKERS: dict[str, Callable[[Node], RichText]] = {
    "a": _link,
    "br": lambda node: "\n",
    "input": lambda node: "",
    "img": _emoji_image,
    "tg-reference": _reference,
    "tg-emoji": _emoji,
    "tg-time": _time,
    "tg-math": _math,
    "tg-button": _button,
}
