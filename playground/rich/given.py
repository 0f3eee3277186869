"""Rich messages inside calls and messages, carried past aiogram's checks unread."""

from __future__ import annotations

from typing import Any

from aiogram.types import InputRichMessage, RichMessage

from playground.errors import bad_request

FIELD = "rich_message"


def lift_call(value: Any) -> Any:
    """A call's parameters with every rich message as an InputRichMessage of plain JSON.

    Raises ApiError 400 for one that is no object.
    """
    return _lift(value, InputRichMessage)


def lift_message(value: Any) -> Any:
    """A message's JSON with every rich message in it as a RichMessage of plain JSON."""
    return _lift(value, RichMessage)


def _lift(value: Any, cls: type[InputRichMessage] | type[RichMessage]) -> Any:
    if isinstance(value, dict):
        return {
            key: _made(item, cls) if key == FIELD and item is not None else _lift(item, cls)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_lift(item, cls) for item in value]
    return value


def _made(value: Any, cls: type[InputRichMessage] | type[RichMessage]) -> Any:
    if not isinstance(value, dict):
        raise bad_request("object expected as rich message")
    return cls.model_construct(**{k: v for k, v in value.items() if k in cls.model_fields})
