"""RichText: a string, an array, or an object with a type; read and brought into one form.

What is refused, and in which words, follows the Bot API server's `get_rich_text` and tdlib's
`RichText::get_rich_text` where they could be read, and the docs elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playground.entities.links import clean_url, is_number
from playground.entities.text import clean
from playground.errors import ApiError, bad_request
from playground.plain import Json

RichText = str | list[Any] | Json
MAX_DEPTH = 16  # levels of blocks and formatting
MAX_DATE = 1098 * 86400  # seconds from now: https://core.telegram.org/api/entities
STYLES = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "subscript",
    "superscript",
    "marked",
    "code",
}
# Telegram finds these itself; given by a bot, only their text is kept, and looked through again.
DETECTED = {"mention", "hashtag", "cashtag", "bot_command", "bank_card_number"}
EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{2,30}")
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_WORD = re.compile(r"[^\W\d_]|[0-9](?!\ufe0f?\u20e3)")


def too_deep() -> ApiError:
    return bad_request("RICH_MESSAGE_DEPTH_INVALID")


@dataclass(frozen=True)
class Scene:
    """What reading depends on: the time in unix seconds, who is known, where the message goes."""

    now: float
    user: Callable[[int], Json | None]
    private: bool = True
    draft: bool = False


def read_text(scene: Scene, value: Any, level: int = 0) -> RichText:
    """Raises ApiError 400. `level` counts the blocks and formatting around the text."""
    if level > MAX_DEPTH:
        raise too_deep()
    if isinstance(value, str):
        return clean(value, [])[0]
    if isinstance(value, list):
        inner = level + 1 if any(isinstance(part, list) for part in value) else level
        return joined([read_text(scene, part, inner) for part in value])
    if not isinstance(value, dict):
        raise bad_request("invalid rich text specified")
    kind = value.get("type")
    if kind is None:
        raise bad_request("can't parse InputRichBlock: Can't find field \"type\"")
    if level + 1 > MAX_DEPTH:
        raise too_deep()
    if kind in STYLES:
        return _wrapped(kind, read_text(scene, field(value, "text"), level + 1))
    if kind in DETECTED:
        return read_text(scene, field(value, "text"), level)
    reader = READERS.get(kind)
    if reader is None:
        raise bad_request("unsupported rich text type")
    return reader(scene, value, level + 1)


def field(value: Json, name: str) -> Any:
    """A field that must be there. Raises ApiError 400."""
    if value.get(name) is None:
        raise bad_request(f"can't parse InputRichBlock: Can't find field \"{name}\"")
    return value[name]


def string(value: Json, name: str) -> str:
    found = field(value, name)
    if not isinstance(found, str):
        raise bad_request(f'can\'t parse InputRichBlock: Field "{name}" must be of type String')
    return found


def number(value: Json, name: str, default: int | None = None) -> int:
    found = value.get(name) if default is not None else field(value, name)
    if found is None and default is not None:
        return default
    if isinstance(found, bool) or not isinstance(found, int):
        raise bad_request(f'can\'t parse InputRichBlock: Field "{name}" must be of type Number')
    return found


def joined(parts: list[RichText]) -> RichText:
    """One text of several: nested arrays opened, plain neighbours merged, empty ones left out."""
    flat: list[Any] = []
    for part in parts:
        for one in part if isinstance(part, list) else [part]:
            if isinstance(one, str) and flat and isinstance(flat[-1], str):
                flat[-1] += one
            elif one != "":
                flat.append(one)
    if not flat:
        return ""
    return flat[0] if len(flat) == 1 else flat


def shown(text: Any) -> str:
    """The text as it is read aloud: without formatting, with labels, formulas and emoji."""
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(shown(part) for part in text)
    if not isinstance(text, dict):
        return ""
    kind = text.get("type")
    if kind == "custom_emoji":
        return str(text.get("alternative_text", ""))
    if kind == "mathematical_expression":
        return str(text.get("expression", ""))
    if kind == "button":
        return shown(text.get("button", {}).get("text"))
    return shown(text.get("text"))


def depth(text: RichText) -> int:
    """Levels of formatting in the text; 0 for a plain one."""
    if isinstance(text, list):
        return max(map(depth, text), default=0)
    if isinstance(text, dict):
        return 1 + depth(text.get("text", "") or text.get("button", {}).get("text", ""))
    return 0


def nodes(text: RichText) -> Iterator[Json]:
    """Every object in the text, outer ones first."""
    if isinstance(text, list):
        for part in text:
            yield from nodes(part)
    elif isinstance(text, dict):
        yield text
        yield from nodes(text.get("text", ""))


def _wrapped(kind: str, text: RichText, **more: Any) -> RichText:
    """A formatted text; formatting around nothing is nothing."""
    return {"type": kind, "text": text, **more} if text != "" else ""


def link(scene: Scene, text: RichText, url: str) -> RichText:
    """A text that leads somewhere. Raises ApiError 400 for an address that Telegram refuses."""
    url = url.strip()
    scheme = url.partition(":")[0].lower()
    if url.startswith("#"):
        return _wrapped("anchor_link", text, anchor_name=unquote(url[1:]))
    if scheme == "mailto":
        return _email(text, url[7:].partition("?")[0])
    if scheme == "tel":
        return _phone(text, url[4:])
    if url.startswith("tg://user?"):
        user_id = parse_qs(urlsplit(url).query).get("id", [""])[0]
        return _mention(scene, text, int(user_id)) if is_number(user_id) else text
    cleaned = clean_url(url)
    if cleaned is None:
        raise bad_request("RICH_MESSAGE_URL_INVALID")
    return _wrapped("url", text, url=cleaned)


def _email(text: RichText, address: str) -> RichText:
    if not EMAIL.fullmatch(address):
        raise bad_request("RICH_MESSAGE_EMAIL_INVALID")
    return _wrapped("email_address", text, email_address=address)


def _phone(text: RichText, phone: str) -> RichText:
    if not _PHONE.fullmatch(phone):
        raise bad_request("RICH_MESSAGE_PHONE_INVALID")
    return _wrapped("phone_number", text, phone_number=phone)


def _mention(scene: Scene, text: RichText, user_id: int) -> RichText:
    """Somebody unknown is not mentioned: the text alone stays, as in other messages."""
    user = scene.user(user_id)
    return text if user is None else _wrapped("text_mention", text, user=user)


def _read_url(scene: Scene, value: Json, level: int) -> RichText:
    return link(scene, read_text(scene, field(value, "text"), level), string(value, "url"))


def _read_email(scene: Scene, value: Json, level: int) -> RichText:
    return _email(read_text(scene, field(value, "text"), level), string(value, "email_address"))


def _read_phone(scene: Scene, value: Json, level: int) -> RichText:
    return _phone(read_text(scene, field(value, "text"), level), string(value, "phone_number"))


def _read_text_mention(scene: Scene, value: Json, level: int) -> RichText:
    user = field(value, "user")
    if not isinstance(user, dict):
        raise bad_request("invalid rich text specified")
    return _mention(scene, read_text(scene, field(value, "text"), level), number(user, "id"))


def _read_date(scene: Scene, value: Json, level: int) -> RichText:
    text = read_text(scene, field(value, "text"), level)
    shape = value.get("date_time_format") or ""
    if not isinstance(shape, str) or not _DATE_FORMAT.fullmatch(shape):
        raise bad_request("invalid date-time format specified")
    unix = number(value, "unix_time")
    if not 0 < unix <= scene.now + MAX_DATE:
        raise bad_request("RICH_MESSAGE_DATE_INVALID")
    return _wrapped("date_time", text, unix_time=unix, date_time_format=shape)


def _read_emoji(scene: Scene, value: Json, level: int) -> RichText:
    emoji_id, instead = string(value, "custom_emoji_id"), string(value, "alternative_text")
    if not is_number(emoji_id):
        raise bad_request("invalid custom emoji identifier specified")
    if not instead.strip() or _WORD.search(instead):
        raise bad_request("RICH_MESSAGE_EMOJI_INVALID")
    return {"type": "custom_emoji", "custom_emoji_id": emoji_id, "alternative_text": instead}


def _read_math(scene: Scene, value: Json, level: int) -> RichText:
    return {"type": "mathematical_expression", "expression": string(value, "expression")}


def _read_anchor(scene: Scene, value: Json, level: int) -> RichText:
    return {"type": "anchor", "name": string(value, "name")}


def _read_reference(scene: Scene, value: Json, level: int) -> RichText:
    """A reference to nothing is an anchor."""
    text, name = read_text(scene, field(value, "text"), level), string(value, "name")
    return _wrapped("reference", text, name=name) or {"type": "anchor", "name": name}


def _read_anchor_link(scene: Scene, value: Json, level: int) -> RichText:
    """Links to anchors and to references are told apart later, by what they lead to."""
    name = "reference_name" if value["type"] == "reference_link" else "anchor_name"
    text = read_text(scene, field(value, "text"), level)
    target = value.get("anchor_name", "") if name == "anchor_name" else string(value, name)
    if not isinstance(target, str):
        raise bad_request("invalid rich text specified")
    return _wrapped("anchor_link", text, anchor_name=target)


READERS: dict[str, Callable[[Scene, Json, int], RichText]] = {
    "date_time": _read_date,
    "text_mention": _read_text_mention,
    "url": _read_url,
    "email_address": _read_email,
    "phone_number": _read_phone,
    "custom_emoji": _read_emoji,
    "mathematical_expression": _read_math,
    "anchor": _read_anchor,
    "anchor_link": _read_anchor_link,
    "reference": _read_reference,
    "reference_link": _read_anchor_link,
}
