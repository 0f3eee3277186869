"""What a marked-up link becomes."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qs, urlsplit

from aiogram.types import MessageEntity, User

_LABEL = re.compile(r"[\w\-]{1,63}")
SCHEMES = {"http", "https", "ftp", "tg", "ton", "tonsite"}


def is_number(text: str) -> bool:
    """Whether it is a whole number that an id or a moment can be."""
    return re.fullmatch(r"[0-9]{1,19}", text) is not None


def clean_url(url: str) -> str | None:
    """The URL as Telegram keeps it, with a scheme; None when it is not one."""
    url = url.strip()
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or not host or re.search(r"\s", url):
        return None
    if scheme in {"http", "https", "ftp"}:
        if not _public_host(host):
            return None
        if not parts.path and not parts.query and not parts.fragment:
            url += "/"
    return url


def _public_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        return len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return True


def link_entity(url: str, offset: int, length: int) -> MessageEntity | None:
    """A text link, or a mention for `tg://user?id=…`; None for what is no link."""
    if url.startswith("tg://user?"):
        user_id = parse_qs(urlsplit(url).query).get("id", [""])[0]
        if not is_number(user_id):
            return None
        # The name is filled in by the sender of the message, who knows the users.
        user = User(id=int(user_id), is_bot=False, first_name="")
        return MessageEntity(type="text_mention", offset=offset, length=length, user=user)
    cleaned = clean_url(url)
    if cleaned is None:
        return None
    return MessageEntity(type="text_link", offset=offset, length=length, url=cleaned)
