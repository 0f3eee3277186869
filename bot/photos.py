"""Sending an item's picture: uploaded once, then by the name that Telegram gave it."""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputRichBlockPhoto,
    InputRichMessage,
    Message,
    ReplyParameters,
)

from activities.photos import remember
from bot.session import unreachable
from services.lengths import length
from storage.database import Database
from storage.models import Photo
from storage.repositories import photos
from wording.formatting import plain
from wording.texts import Markup

log = logging.getLogger(__name__)

# Of what stands under a picture, in UTF-16 units.
CAPTION = 1024


class Photos:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def send(
        self,
        bot: Bot,
        chat_id: int,
        item_id: str,
        html: str,
        keyboard: InlineKeyboardMarkup | None,
        below: ReplyParameters | None,
    ) -> int | None:
        """The message's id; None where the item has no picture, where the text is too long to
        stand under one, or where Telegram refuses it: nothing was sent then."""
        if length(plain(Markup(html))) > CAPTION:
            return None
        photo = await self._of(item_id)
        if photo is None:
            return None
        for known in (True, False):
            file = photo.file_id if known and photo.bot_id == bot.id else None
            if known and file is None:
                continue
            try:
                sent = await bot.send_photo(
                    chat_id,
                    file or await self._upload(photo),
                    caption=html,
                    reply_markup=keyboard,
                    reply_parameters=below,
                )
            except TelegramBadRequest as error:
                if unreachable(error):
                    raise
                log.warning("The photo of %s was refused: %s", item_id, error.message)
                continue
            await self._remember(photo, bot, sent)
            return sent.message_id
        return None

    async def within(self, bot: Bot, item_id: str, rich: InputRichMessage) -> InputRichMessage:
        """The rich card with the picture below its heading, if a name is known for it."""
        photo = await self._of(item_id)
        if photo is None or photo.file_id is None or photo.bot_id != bot.id:
            return rich
        block = InputRichBlockPhoto(photo=InputMediaPhoto(media=photo.file_id))
        blocks = list(rich.blocks or [])
        return rich.model_copy(update={"blocks": [*blocks[:1], block, *blocks[1:]]})

    async def _of(self, item_id: str) -> Photo | None:
        async with self.database.read() as session:
            return await photos.get(session, item_id)

    async def _upload(self, photo: Photo) -> BufferedInputFile:
        async with self.database.read() as session:
            data = await photos.data(session, photo.item_id)
        return BufferedInputFile(data or b"", "photo")

    async def _remember(self, photo: Photo, bot: Bot, sent: Message) -> None:
        if sent.photo and (photo.bot_id, photo.file_id) != (bot.id, sent.photo[-1].file_id):
            name = sent.photo[-1].file_id
            await remember(self.database, photo.item_id, photo.sha256, bot.id, name)
