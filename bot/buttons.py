"""Inline keyboards."""

from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.keyboard import InlineKeyboardBuilder


class Buttons(InlineKeyboardBuilder):
    """aiogram's builder, whose result is typed as what it is."""

    def add_all(self, some: Iterable[tuple[str, CallbackData]]) -> None:
        """A button for each text and what it carries."""
        for text, data in some:
            self.button(text=text, callback_data=data)

    def rows(self, *widths: int) -> InlineKeyboardMarkup:
        """The keyboard with rows of these widths, the last one repeated; one row without any."""
        if widths:
            self.adjust(*widths)
        return InlineKeyboardMarkup(inline_keyboard=self.export())
