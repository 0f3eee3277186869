"""Buttons inside a rich message: checked like those of inline keyboards."""

from __future__ import annotations

from typing import Any

from aiogram.types import InlineKeyboardButton
from pydantic import ValidationError

from playground import markup
from playground.errors import bad_request
from playground.plain import Json, plain
from playground.rich.text import READERS, RichText, Scene, field, nodes, read_text, shown

STYLES = {"danger", "success", "primary", "link"}
LABEL = {"custom_emoji", "date_time"}  # what a label may hold beside plain text
MAX_ROW = 8


def read_row(scene: Scene, values: Any, level: int) -> list[Json]:
    """The buttons of one row. Raises ApiError 400."""
    if not isinstance(values, list) or not values:
        raise bad_request("button row must be non-empty")
    if len(values) > MAX_ROW:
        raise bad_request("RICH_MESSAGE_BUTTONS_TOO_MANY")
    return [read_button(scene, value, level) for value in values]


def read_button(scene: Scene, value: Any, level: int) -> Json:
    """Raises ApiError 400."""
    if not isinstance(value, dict):
        raise bad_request("inlineButton must be an Object")
    text = read_text(scene, field(value, "text"), level)
    style = value.get("style")
    if style not in (None, *STYLES):
        raise bad_request("invalid button style specified")
    if any(node["type"] not in LABEL for node in nodes(text)):
        raise bad_request("RICH_MESSAGE_BUTTON_TEXT_INVALID")
    action = _action(value, text)
    if style == "link" and action.callback_data is None:
        raise bad_request("RICH_MESSAGE_BUTTON_STYLE_INVALID")
    if action.web_app is not None and not scene.private:
        raise bad_request("BUTTON_TYPE_INVALID")
    told = {**plain(action), "text": text}
    return told if style is None else {**told, "style": style}


def _action(value: Json, text: RichText) -> InlineKeyboardButton:
    """What the button does, as one of an inline keyboard would."""
    actions = {key: value[key] for key in markup.ACTIONS if key in value}
    try:
        action = InlineKeyboardButton.model_validate({"text": shown(text), **actions})
    except ValidationError as error:
        where = error.errors(include_url=False)[0]["loc"][0]
        raise bad_request(f'can\'t parse inline keyboard button: Field "{where}"') from None
    markup.check_button(action, 1)
    return action


def _in_text(scene: Scene, value: Json, level: int) -> RichText:
    return {"type": "button", "button": read_button(scene, field(value, "button"), level)}


READERS["button"] = _in_text
