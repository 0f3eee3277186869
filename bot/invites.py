"""Invites: drawn once for all who read the same, with the media of their wording."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from aiogram.methods import (
    SendAnimation,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendRichMessage,
    SendVideo,
)
from aiogram.types import FSInputFile, Message

from bot.chats import NO_PREVIEW
from bot.forms import Form, Forms, empty_button
from bot.messages import look
from bot.photos import CAPTION
from bot.prepared import Prepared, prepared
from bot.session import Session, unreachable
from campaigns.sending import Invite
from campaigns.variants import keep_media
from services.lengths import length
from services.messenger import Rejected
from storage.database import Database
from storage.models import Item, User, Variant
from storage.repositories import photos
from wording.formatting import plain
from wording.texts import Markup, Texts, texts_for

log = logging.getLogger(__name__)

PICTURES, FILMS = (".jpg", ".jpeg", ".png", ".webp"), (".mp4", ".mov")
Key = tuple[str | None, str, str, bool]
"""(variant, language, zone, whether rich)"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An invite in one wording, language and form, by one clock; `ready` where it can be sent by
    its names alone: its media was uploaded before."""

    form: Form
    texts: Texts
    rich: bool
    ready: Prepared | None


class Invites:
    def __init__(
        self, bot: Bot, database: Database, forms: Forms, data_dir: Path | None = None
    ) -> None:
        self.bot = bot
        self.database = database
        self.forms = forms
        self.data_dir = data_dir
        # An item is read anew for each few who are written to, so they see it as it is.
        self._drawn: WeakKeyDictionary[Item, dict[Key, Drawn]] = WeakKeyDictionary()
        self._file_ids: dict[tuple[int, str], str] = {}
        self._uploads: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, to: int, what: Invite) -> int:
        """The message's id. Raises aiogram's errors; Rejected for whose data was deleted."""
        drawn = await self._draw(what, *await self._reader(to, what))
        variant = what.variant
        if variant is not None and (file := self._file_of(variant)) is not None:
            return await self._send_with_media(to, what, variant, drawn, file)
        if drawn.ready is not None:
            try:
                sent = await self._send_ready(to, what, drawn.ready)
            except (TelegramBadRequest, TelegramNotFound) as error:
                # The text alone is refused for good; a picture, or a rich form, has another way.
                if unreachable(error) or drawn.ready.method == SendMessage.__api_method__:
                    raise
            else:
                if drawn.rich:
                    self.forms.keep(to, sent, drawn.form)
                return sent
        shown = await self.forms.show(self.bot, to, drawn.form, drawn.texts, rich=drawn.rich)
        return shown[-1]

    async def _reader(self, to: int, what: Invite) -> tuple[Texts, bool]:
        """Their language and clock, and whether the reader's app draws rich messages."""
        reader: Any = what.reader
        if reader is None:
            async with self.database.read() as session:
                reader = await session.get(User, to)
            if reader is None:
                raise Rejected("this person's data was deleted")
        return texts_for(reader), bool(reader.draws_rich)

    async def _draw(self, what: Invite, texts: Texts, rich: bool) -> Drawn:
        name = what.variant.name if what.variant is not None else None
        of_item = self._drawn.setdefault(what.item, {})
        key = name, texts.language, texts.zone.key, rich
        if key not in of_item:
            form = look(what, texts)
            ready = await self._ready(what, form, texts, rich)
            of_item[key] = Drawn(form, texts, rich, ready)
        return of_item[key]

    async def _ready(self, what: Invite, form: Form, texts: Texts, rich: bool) -> Prepared | None:
        if rich and form.rich is not None:
            card = form.rich
            if form.photo_of is not None:
                card = await self.forms.photos.within(self.bot, form.photo_of, card)
            under = empty_button(texts)
            method = SendRichMessage(chat_id=0, rich_message=card, reply_markup=under)
            return prepared(self.bot, method)
        if len(form.html) > 1:
            return None
        (html,) = form.html
        if form.photo_of is not None and length(plain(Markup(html))) <= CAPTION:
            async with self.database.read() as session:
                photo = await photos.get(session, form.photo_of)
            if photo is not None:
                if photo.file_id is None or photo.bot_id != self.bot.id:
                    return None
                picture = SendPhoto(
                    chat_id=0, photo=photo.file_id, caption=html, reply_markup=form.keyboard
                )
                return prepared(self.bot, picture)
        text = SendMessage(
            chat_id=0, text=html, reply_markup=form.keyboard, link_preview_options=NO_PREVIEW
        )
        return prepared(self.bot, text)

    async def _send_ready(self, to: int, what: Invite, ready: Prepared) -> int:
        session = cast(Session, self.bot.session)  # as `make_bot` gives it
        return await session.send_prepared(self.bot, ready.to(to, paid=what.paid))

    def _file_of(self, variant: Variant) -> Path | None:
        """The wording's media, where it has some."""
        if variant.media is None or self.data_dir is None:
            return None
        return self.data_dir / variant.media

    async def _send_with_media(
        self, to: int, what: Invite, variant: Variant, drawn: Drawn, file: Path
    ) -> int:
        key = what.campaign_id, variant.name
        known = self._file_ids.get(key) or variant.file_id
        if known is not None:
            try:
                return await self._send_named(to, what, drawn, file, known)
            except TelegramBadRequest as error:
                if unreachable(error):
                    raise
                log.warning("The media of campaign %s, %s was refused: %s", *key, error.message)
        async with self._uploads[key]:
            renewed = self._file_ids.get(key)
            if renewed is None or renewed == known:
                return await self._upload(to, what, drawn, file, key)
        return await self._send_named(to, what, drawn, file, renewed)

    async def _send_named(
        self, to: int, what: Invite, drawn: Drawn, file: Path, file_id: str
    ) -> int:
        call = prepared(self.bot, _with_media(0, file, file_id, drawn.form))
        return await self._send_ready(to, what, call)

    async def _upload(
        self, to: int, what: Invite, drawn: Drawn, file: Path, key: tuple[int, str]
    ) -> int:
        if not await asyncio.to_thread(file.is_file):
            log.error("The media of campaign %s, %s is gone: %s", *key, file.name)
            return (await self.forms.show(self.bot, to, drawn.form, drawn.texts))[-1]
        method = _with_media(to, file, FSInputFile(file), drawn.form)
        if what.paid:
            method = method.model_copy(update={"allow_paid_broadcast": True})
        sent: Message = await self.bot(method)
        media: Any = sent.photo[-1] if sent.photo else sent.video or sent.animation or sent.document
        if media is not None:
            self._file_ids[key] = media.file_id
            await keep_media(self.database, *key, media.file_id)
        return sent.message_id


def _with_media(to: int, file: Path, media: FSInputFile | str, form: Form) -> Any:
    """The call that sends a file with the invite below it."""
    common: dict[str, Any] = {
        "chat_id": to,
        "caption": form.html[0],
        "reply_markup": form.keyboard,
    }
    kind = file.suffix.lower()
    if kind in PICTURES:
        return SendPhoto(photo=media, **common)
    if kind in FILMS:
        return SendVideo(video=media, **common)
    if kind == ".gif":
        return SendAnimation(animation=media, **common)
    return SendDocument(document=media, **common)
