"""aiogram objects as the JSON that Telegram itself sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiogram.client.default import Default
from pydantic import BaseModel

Json = dict[str, Any]


_PLAIN = (str, int, float)


def plain(value: Any) -> Any:
    """Dates become unix seconds, `from_user` becomes `from`; nulls and unset defaults vanish."""
    if isinstance(value, _PLAIN) or value is None:
        return value
    if isinstance(value, BaseModel):
        return plain(value.model_dump(by_alias=True, exclude_none=True, warnings=False))
    if isinstance(value, dict):
        return {
            key: plain(item)
            for key, item in value.items()
            if item is not None and not isinstance(item, Default)
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return round(value.timestamp())
    return value


def drop_defaults(value: Any) -> None:
    """Turns `Default` placeholders, meant for aiogram's own client, into None, in place."""
    if isinstance(value, BaseModel):
        for name, item in value.__dict__.items():
            if isinstance(item, Default):
                value.__dict__[name] = None
            else:
                drop_defaults(item)
    elif isinstance(value, list):
        for item in value:
            drop_defaults(item)
