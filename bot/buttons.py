"""Inline keyboards."""

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.keyboard import InlineKeyboardBuilder


class Buttons(InlineKeyboardBuilder):
    """aiogram's builder, whose result is typed as what it is."""

    def rows(self, *widths: int) -> InlineKeyboardMarkup:
        """The keyboard with rows of these widths, the last one repeated; one row without any."""
        if widths:
            self.adjust(*widths)
        return InlineKeyboardMarkup(inline_keyboard=self.export())
