"""A file that came with a call."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from aiogram import Bot
from aiogram.types import InputFile


class Upload(InputFile):
    def __init__(self, data: bytes, filename: str, content_type: str | None = None) -> None:
        super().__init__(filename=filename)
        self.name = filename
        self.data = data
        self.content_type = content_type

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        yield self.data
