"""Keyboards: what Telegram refuses in them."""

from __future__ import annotations

from aiogram.types import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from playground.entities.links import clean_url
from playground.errors import bad_request

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply
MAX_CALLBACK_DATA = 64  # bytes
MAX_BUTTONS = 100
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)


def checked(markup: Markup | None) -> Markup | None:
    """The markup, or None for an inline keyboard without buttons. Raises ApiError 400."""
    if isinstance(markup, InlineKeyboardMarkup):
        rows = [row for row in markup.inline_keyboard if row]
        for number, button in enumerate(button for row in rows for button in row):
            check_button(button, number)
            if number >= MAX_BUTTONS:
                raise bad_request("reply markup is too long")
        return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
    if isinstance(markup, ReplyKeyboardMarkup):
        buttons = [button for row in markup.keyboard for button in row]
        if not buttons:
            raise bad_request("REPLY_MARKUP_INVALID")
        if any(not button.text.strip() for button in buttons):
            raise bad_request("keyboard button text must be non-empty")
    return markup


def inline(markup: Markup | None) -> InlineKeyboardMarkup | None:
    """The part of a markup that stays with the message."""
    return markup if isinstance(markup, InlineKeyboardMarkup) else None


def check_button(button: InlineKeyboardButton, number: int) -> None:
    """Raises ApiError 400; `number` is the button's place in the keyboard."""
    if not button.text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [name for name in ACTIONS if getattr(button, name) is not None]
    if len(actions) != 1:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.callback_data
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if button.url is not None and clean_url(button.url) is None:
        raise bad_request(f"inline keyboard button URL '{button.url}' is invalid: Wrong HTTP URL")
    if button.pay and number:
        raise bad_request("BUTTON_POS_INVALID")
