"""Inline keyboards."""

from collections.abc import Iterable
from itertools import chain, islice, repeat
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

# Telegram shows no more in a row.
WIDEST = 8


class Buttons:
    """The buttons of a keyboard, one after the other; aiogram's builder copies all of them, deeply,
    for each that is added.
    """

    def __init__(self, markup: InlineKeyboardMarkup | None = None) -> None:
        """`markup`: whose buttons come first."""
        rows = markup.inline_keyboard if markup is not None else []
        self._buttons = [button for row in rows for button in row]

    def __len__(self) -> int:
        return len(self._buttons)

    def button(
        self, *, text: str, callback_data: CallbackData | str | None = None, **what: Any
    ) -> None:
        """Adds one, which carries `callback_data` or does `what` else Telegram lets it."""
        if isinstance(callback_data, CallbackData):
            callback_data = callback_data.pack()
        self._buttons.append(InlineKeyboardButton(text=text, callback_data=callback_data, **what))

    def add_all(self, some: Iterable[tuple[str, CallbackData]]) -> None:
        """A button for each text and what it carries."""
        for text, data in some:
            self.button(text=text, callback_data=data)

    def attach(self, other: "Buttons") -> None:
        self._buttons += other._buttons

    def rows(self, *widths: int) -> InlineKeyboardMarkup:
        """The keyboard with rows of these widths, the last one repeated; one row without any.

        Raises ValueError for a width that no row can have.
        """
        if not all(1 <= width <= WIDEST for width in widths):
            raise ValueError(f"{widths}: a row has 1 to {WIDEST} buttons")
        left = iter(self._buttons)
        lengths = chain(widths, repeat(widths[-1] if widths else WIDEST))
        rows = iter(lambda: list(islice(left, next(lengths))), [])
        return InlineKeyboardMarkup(inline_keyboard=list(rows))
