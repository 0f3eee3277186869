"""What a persona does: writes, taps, pays, votes, blocks."""

from __future__ import annotations

import re
import secrets
from typing import Any

from aiogram.types import (
    CallbackQuery,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    Contact,
    InlineQuery,
    Location,
    Message,
    MessageEntity,
    MessageReactionUpdated,
    ReactionTypeEmoji,
)

from playground import entities
from playground.entities import MAX_CAPTION, MAX_TEXT
from playground.errors import PageError
from playground.files import FileKind
from playground.guests import inline_message_id
from playground.plain import plain
from playground.rich.reading import buttons
from playground.screen import persona_json
from playground.state import AskedInline, Chat, Persona, bare
from playground.upload import Upload
from playground.world import EPOCH, Bot, World

MAX_QUERY = 256  # characters: https://core.telegram.org/bots/api#inlinequery
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Person:
    """One persona in one chat with one bot. Every method raises PageError for what a Telegram app
    would not let its user do."""

    def __init__(self, world: World, bot: Bot, chat: Chat) -> None:
        self.world = world
        self.bot = bot
        self.chat = chat

    def send(self, text: str, reply_to: int | None = None) -> Message:
        shown, found = written(text)
        return self._say(text=shown, entities=found or None, **self._reply(reply_to))

    def start(self, payload: str = "") -> Message:
        """Opens the bot's link; a blocked bot is unblocked by it."""
        if not START_PAYLOAD.fullmatch(payload):
            raise PageError(400, "A start payload is at most 64 of A-Z, a-z, 0-9, _ and -.")
        if self.chat.blocked:
            self.block(False)
        return self.send(f"/start {payload}".strip())

    async def upload(
        self, upload: Upload, kind: FileKind, caption: str = "", album: str | None = None
    ) -> Message:
        """Sends a file, maybe as one of an album: all that name the same."""
        shown, found = entities.formatted(caption)
        if len(shown) > MAX_CAPTION:
            raise PageError(400, f"The caption is longer than {MAX_CAPTION} characters.")
        file = await self.world.files.add(upload, kind)
        said = {"caption": shown or None, "caption_entities": found or None}
        return self._say(**file.content(), **said, media_group_id=album)

    def contact(self) -> Message:
        persona = self.chat.persona
        return self._say(
            contact=Contact(
                phone_number=f"+1555{persona.id:07d}",
                first_name=persona.first_name,
                user_id=persona.id,
            )
        )

    def location(self, latitude: float, longitude: float) -> Message:
        return self._say(location=Location(latitude=latitude, longitude=longitude))

    def press(self, message_id: int, data: str) -> str:
        """Taps an inline button; the query's id."""
        self.check_open()
        message = self.message(message_id)
        return tap(self.world, self.bot, self.chat, self.chat.persona, message, data)

    def type_inline(self, text: str) -> str:
        """Types `@bot text` in some chat; the query's id. Its results come as an event."""
        if len(text) > MAX_QUERY:
            raise PageError(400, f"An inline query is at most {MAX_QUERY} characters.")
        query = InlineQuery(
            id=str(secrets.randbelow(9 * 10**17) + 10**17),
            from_user=self.chat.persona.user(),
            query=text,
            offset="",
            chat_type="sender",
        )
        asked = AskedInline(self.bot.id, self.chat.id, self.world.clock.monotonic())
        self.world.inline[query.id] = asked
        self.bot.updates.push("inline_query", query, self.chat.id)
        return query.id

    def choose(self, query_id: str, result_id: str) -> Message:
        """Posts a result of an inline query into this chat."""
        asked = self.world.inline.get(query_id)
        results = asked.results or [] if asked and asked.persona_id == self.chat.id else []
        result = next((one for one in results if one["id"] == result_id), None)
        if result is None:
            raise PageError(404, "The query has no such result.")
        return self._say(
            text=result["text"], entities=result["entities"] or None, via_bot=self.bot.user
        )

    def react(self, message_id: int, emoji: str | None) -> None:
        self.check_open()
        message = self.message(message_id)
        old = self.chat.react(message_id, self.chat.id, emoji)
        if old == emoji:
            return
        self.world.save_chat(self.chat)
        update = MessageReactionUpdated(
            chat=self.chat.telegram(),
            message_id=message_id,
            date=self.world.clock.date(),
            user=self.chat.persona.user(),
            old_reaction=[ReactionTypeEmoji(emoji=old)] if old else [],
            new_reaction=[ReactionTypeEmoji(emoji=emoji)] if emoji else [],
        )
        self.world.replace(self.chat, message)
        self.bot.updates.push("message_reaction", update, self.chat.id)

    def block(self, blocked: bool) -> None:
        if blocked == self.chat.blocked:
            return
        self.chat.blocked = blocked
        self.world.save_chat(self.chat)
        member = ChatMemberMember(user=self.bot.user)
        kicked = ChatMemberBanned(user=self.bot.user, until_date=EPOCH)
        update = ChatMemberUpdated(
            chat=self.chat.telegram(),
            from_user=self.chat.persona.user(),
            date=self.world.clock.date(),
            old_chat_member=member if blocked else kicked,
            new_chat_member=kicked if blocked else member,
        )
        self.bot.updates.push("my_chat_member", update, self.chat.id)
        self.world.tell(self.chat, "persona", persona_json(self.world, self.bot, self.chat.persona))

    def _say(self, **content: Any) -> Message:
        self.check_open()
        return self.world.hear(self.chat, **content)

    def check_open(self) -> None:
        if self.chat.blocked:
            raise PageError(403, "You blocked this bot: unblock it to go on.")

    def message(self, message_id: int) -> Message:
        return message_of(self.chat, message_id)

    def _reply(self, message_id: int | None) -> dict[str, Any]:
        return {} if message_id is None else {"reply_to_message": bare(self.message(message_id))}


def tap(world: World, bot: Bot, chat: Chat, persona: Persona, message: Message, data: str) -> str:
    """A persona taps an inline button; the query's id. Raises PageError."""
    if data not in _pressable(persona, message):
        raise PageError(400, "The message has no button with this data.")
    # Of a message that it sent as a guest a bot knows no more than this id.
    inline_id = None if message.guest_bot_caller_user is None else inline_message_id(message)
    query = CallbackQuery(
        id=str(secrets.randbelow(9 * 10**17) + 10**17),
        from_user=persona.user(),
        chat_instance=str(bot.id * 1_000_003 + chat.id),
        message=message if inline_id is None else None,
        inline_message_id=inline_id,
        data=data,
    )
    world.ask_callback(query.id, bot.id, persona.id, chat.id, message.message_id)
    bot.updates.push("callback_query", query, chat.id)
    return query.id


def _pressable(persona: Persona, message: Message) -> set[str | None]:
    """The data of the buttons that the persona's app shows, under the message and in it."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    found = {button.callback_data for row in rows for button in row}
    if message.rich_message is not None and persona.rich:
        inside = buttons(plain(message.rich_message))
        found |= {button.get("callback_data") for button in inside}
    return found - {None}


def written(text: str) -> tuple[str, list[MessageEntity]]:
    """A text as it is sent, with its entities. Raises PageError."""
    shown, found = entities.formatted(text)
    if not shown:
        raise PageError(400, "Write something: the message is empty.")
    if len(shown) > MAX_TEXT:
        raise PageError(400, f"The message is longer than {MAX_TEXT} characters.")
    return shown, found


def message_of(chat: Chat, message_id: int) -> Message:
    """Raises PageError 404."""
    message = chat.messages.get(message_id)
    if message is None:
        raise PageError(404, f"There is no message {message_id} in this chat.")
    return message
