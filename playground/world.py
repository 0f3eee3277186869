"""Everything that happens in the playground's chats, told to bots, pages and the store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiogram.types import Message, User

from playground.clock import Clock
from playground.errors import ApiError, bad_request
from playground.events import Events
from playground.faults import Faults
from playground.files import Files, StoredFile
from playground.limits import Limits, RateLimiter
from playground.plain import Json, plain
from playground.rich.given import lift_message
from playground.state import (
    PERSONAS,
    AskedCallback,
    AskedGuest,
    AskedInline,
    Chat,
    Group,
    InvoiceLink,
    Ledger,
    Persona,
    PollState,
    Profile,
    Subscription,
    Webhook,
)
from playground.store import Counter, Store
from playground.updates import Pending, UpdateQueue

TOKEN = re.compile(r"([1-9]\d{0,18}):([A-Za-z0-9_-]+)")
CALLBACK_WAIT = 15 * 60.0  # seconds until a pressed button can't be answered any more
BLOCKED = "Forbidden: bot was blocked by the user"
EPOCH = datetime.fromtimestamp(0, UTC)  # what Telegram calls forever
NEVER_STARTED = "Forbidden: bot can't initiate conversation with a user"


@dataclass
class Bot:
    """A registered bot. `limiter` is None when rates are not held."""

    token: str
    user: User
    updates: UpdateQueue
    message_ids: Counter
    limiter: RateLimiter | None
    profile: Profile = field(default_factory=Profile)
    webhook: Webhook = field(default_factory=Webhook)
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def id(self) -> int:
        return self.user.id

    def saved(self) -> Json:
        return {
            "token": self.token,
            "user": plain(self.user),
            "profile": plain(self.profile),
            "webhook": plain(self.webhook),
            "ledger": plain(self.ledger),
            "allowed": self.updates.allowed,
        }


class World:
    """The state and the verbs on it; all on one event loop, so no verb is interrupted."""

    def __init__(self, clock: Clock, limits: Limits | None, store: Store, files: Files) -> None:
        self.clock = clock
        self.limits = limits
        self.store = store
        self.files = files
        self.events = Events()
        self.faults = Faults()
        self.bots: dict[int, Bot] = {}
        self.personas: dict[int, Persona] = {one.id: one.model_copy() for one in PERSONAS}
        self.chats: dict[tuple[int, int], Chat] = {}
        self.polls: dict[str, PollState] = {}
        self.inline: dict[str, AskedInline] = {}
        self.guests: dict[str, AskedGuest] = {}  # by guest query
        self.links: dict[str, InvoiceLink] = {}  # by slug
        self.subscriptions: dict[str, Subscription] = {}  # by the first payment's charge id
        self.callbacks: dict[str, AskedCallback] = {}
        self.checkouts: dict[str, tuple[int, asyncio.Future[str | None]]] = {}  # with the bot id
        self.counters: dict[str, int] = {}  # as saved by the last run
        self._used: list[Counter] = []
        self._tell_of_bot: Callable[[Bot], None] | None = None

    # Bots

    def bot(self, token: str) -> Bot:
        """The bot of the token, registered if new. Raises ApiError 404 or 401."""
        match = TOKEN.fullmatch(token)
        if match is None:
            raise ApiError(404, "Not Found")
        bot = self.bots.get(int(match[1]))
        if bot is None:
            return self.register(token)
        if bot.token != token:
            raise ApiError(401, "Unauthorized")
        return bot

    def knows(self, token: str) -> bool:
        match = TOKEN.fullmatch(token)
        bot = self.bots.get(int(match[1])) if match else None
        return bot is not None and bot.token == token

    def register(
        self, token: str, first_name: str | None = None, username: str | None = None
    ) -> Bot:
        bot_id = int(token.partition(":")[0])
        user = User(
            id=bot_id,
            is_bot=True,
            first_name=first_name or f"Bot {bot_id}",
            username=username or f"playground_{bot_id}_bot",
        )
        bot = self.make_bot(token, user)
        self.save_bot(bot)
        return bot

    def make_bot(self, token: str, user: User) -> Bot:
        def keep(update_id: int, pending: Pending | None) -> None:
            value = None if pending is None else vars(pending)
            self.store.put("update", f"{user.id}/{update_id:015d}", value)

        # A world begun anew goes on above the last one, however much happened there.
        update_ids = self.counter(f"update/{user.id}", int(self.clock.now().timestamp() * 1000))
        bot = Bot(
            token=token,
            user=user,
            updates=UpdateQueue(self.clock, update_ids.next, keep),
            message_ids=self.counter(f"message/{user.id}", 1),
            limiter=None if self.limits is None else RateLimiter(self.limits, self.clock.monotonic),
        )
        self.bots[bot.id] = bot
        if self._tell_of_bot is not None:
            self._tell_of_bot(bot)
        return bot

    def on_bot(self, listener: Callable[[Bot], None]) -> None:
        """Calls the listener with every bot, those of now and those to come."""
        self._tell_of_bot = listener
        for bot in self.bots.values():
            listener(bot)

    def counter(self, name: str, first: int) -> Counter:
        counter = Counter(self.store, name, first, self.counters.get(name))
        self._used.append(counter)
        return counter

    def save_bot(self, bot: Bot) -> None:
        self.store.put("bot", str(bot.id), bot.saved())

    # Personas and chats

    def add_persona(self, persona: Persona) -> None:
        self.personas[persona.id] = persona
        self.store.put("persona", str(persona.id), persona.model_dump())

    def chat(self, bot: Bot, persona: Persona) -> Chat:
        """The chat as the persona sees it, opened if it is new."""
        key = (bot.id, persona.id)
        if key not in self.chats:
            self.chats[key] = Chat(bot.id, persona)
        return self.chats[key]

    def add_group(self, group: Group) -> Group:
        """A new group, which gets its number here."""
        group.group_id = -1_000_000_001 - sum(isinstance(one, Group) for one in self.chats.values())
        self.chats[group.bot_id, group.group_id] = group
        self.save_chat(group)
        return group

    def group(self, bot: Bot, group_id: int) -> Group | None:
        found = self.chats.get((bot.id, group_id))
        return found if isinstance(found, Group) else None

    def reachable(self, bot: Bot, chat_id: int | str) -> Chat:
        """The chat as the bot may write to it. Raises ApiError 400 or 403."""
        chat = self.known(bot, chat_id)
        if not chat.started:
            raise ApiError(403, NEVER_STARTED)
        if chat.blocked:
            raise ApiError(403, BLOCKED)
        return chat

    def known(self, bot: Bot, chat_id: int | str) -> Chat:
        """The chat of an id, written to or not. Raises ApiError 400."""
        group = self.group(bot, chat_id) if isinstance(chat_id, int) else None
        if group is not None and group.has_bot:
            return group
        persona = self.personas.get(chat_id) if isinstance(chat_id, int) else None
        if persona is None:
            raise bad_request("chat not found")
        return self.chat(bot, persona)

    def save_chat(self, chat: Chat) -> None:
        self.store.put("chat", f"{chat.bot_id}/{chat.id}", chat.meta())

    def tell(self, chat: Chat, name: str, data: Any) -> None:
        self.events.publish(chat.screen, name, data)

    # Messages

    def compose(self, bot: Bot, chat: Chat, sender: User, **content: Any) -> Message:
        """A message of the chat, not posted yet; `content` in aiogram's field names."""
        return Message(
            message_id=bot.message_ids.next(),
            date=self.clock.date(),
            chat=chat.telegram(),
            from_user=sender,
            **content,
        )

    def post(self, chat: Chat, message: Message) -> None:
        """Puts a new message on screen and on disk."""
        self._put(chat, message)
        if message.from_user is not None and message.from_user.is_bot:
            chat.draft = chat.action = None
            chat.stopped.clear()
        if self.events.has_readers(chat.screen):
            self.tell(chat, "message", {"message": self.shown(chat, message)})

    def replace(self, chat: Chat, message: Message) -> None:
        """Shows a message anew after a change."""
        self._put(chat, message)
        self.tell(chat, "edit", {"message": self.shown(chat, message)})

    def shown(self, chat: Chat, message: Message) -> Json:
        """The message as the page gets it: Telegram's object, and what only a person sees."""
        shown: Json = plain(message)
        reactions = chat.reactions.get(message.message_id)
        if reactions:
            shown["reactions"] = [
                {"user_id": user_id, "emoji": emoji} for user_id, emoji in reactions.items()
            ]
        if message.poll is not None:
            poll = self.polls.get(message.poll.id)
            shown["my_votes"] = poll.votes.get(chat.id, []) if poll else []
        if message.invoice is not None:
            shown["paid"] = bool(chat.invoices.get(message.message_id, {}).get("paid"))
        return shown

    def _put(self, chat: Chat, message: Message) -> None:
        chat.messages[message.message_id] = message
        if self.store.keeps:
            self.store.put("message", _message_key(chat, message.message_id), plain(message))

    def remove(self, chat: Chat, message_ids: list[int]) -> None:
        for message_id in message_ids:
            del chat.messages[message_id]
            chat.invoices.pop(message_id, None)
            chat.reactions.pop(message_id, None)
            self.store.put("message", _message_key(chat, message_id), None)
        chat.pinned = [pinned for pinned in chat.pinned if pinned not in message_ids]
        self.save_chat(chat)
        self.tell(chat, "delete", {"message_ids": message_ids})

    def hear(self, chat: Chat, speaker: Persona | None = None, **content: Any) -> Message:
        """A message from the persona, or in a group from the `speaker`: on screen, and to the
        bot as an update.
        """
        bot = self.bots[chat.bot_id]
        message = self.compose(bot, chat, (speaker or chat.persona).user(), **content)
        if not chat.started:
            chat.started = True
            self.save_chat(chat)
        self.post(chat, message)
        bot.updates.push("message", message, chat.id)
        return message

    def set_reply_keyboard(self, chat: Chat, keyboard: Any) -> None:
        chat.reply_keyboard = keyboard
        self.save_chat(chat)
        self.tell(chat, "reply_keyboard", {"markup": plain(keyboard)})

    def move_clock(self, ahead: float) -> None:
        self.clock.ahead = ahead
        self.store.put("clock", "ahead", ahead)

    def save_poll(self, poll_id: str) -> None:
        self.store.put("poll", poll_id, self.polls[poll_id].model_dump())

    # Life

    def restore(self, records: dict[str, dict[str, Any]]) -> None:
        """Takes up what the store kept."""
        self.counters = records.get("counter", {})
        self.clock.ahead = records.get("clock", {}).get("ahead", 0.0)
        for value in records.get("persona", {}).values():
            persona = Persona.model_validate(value)
            self.personas[persona.id] = persona
        for value in records.get("bot", {}).values():
            bot = self.make_bot(value["token"], User.model_validate(value["user"]))
            bot.profile = Profile.model_validate(value["profile"])
            bot.webhook = Webhook.model_validate(value["webhook"])
            bot.ledger = Ledger.model_validate(value["ledger"])
            bot.updates.allowed = value["allowed"]
        for key, value in records.get("chat", {}).items():
            if "members" in value:
                self._restore_group(key, value)
            self._saved_chat(key).restore(value)
        for key, value in records.get("message", {}).items():
            message = Message.model_validate(lift_message(value))
            self._saved_chat(key).messages[message.message_id] = message
        for key, value in records.get("poll", {}).items():
            self.polls[key] = PollState.model_validate(value)
        for value in records.get("link", {}).values():
            link = InvoiceLink.model_validate(value)
            self.links[link.slug] = link
        for key, value in records.get("subscription", {}).items():
            self.subscriptions[key] = Subscription.model_validate(value)
        for value in records.get("file", {}).values():
            self.files.restore(StoredFile.model_validate(value))
        for key, value in records.get("update", {}).items():
            self._take_up(self.bots[int(key.partition("/")[0])], Pending(**value))

    def _take_up(self, bot: Bot, pending: Pending) -> None:
        bot.updates.restore(pending)
        called = pending.update.get("guest_message")
        if called is not None:
            where = called["chat"]["id"], called["message_id"]
            asked = AskedGuest(bot.id, *where, self.clock.monotonic())
            self.guests[called["guest_query_id"]] = asked
        query = pending.update.get("callback_query")
        if query is not None:  # the bot may still answer it
            message = query.get("message") or {"chat": query["from"], "message_id": 0}
            user_id, chat_id = query["from"]["id"], message["chat"]["id"]
            self.ask_callback(query["id"], bot.id, user_id, chat_id, message["message_id"])

    def ask_callback(
        self, query_id: str, bot_id: int, user_id: int, chat_id: int, message_id: int
    ) -> None:
        """Remembers a pressed button for as long as the bot may answer it."""
        now = self.clock.monotonic()
        while self.callbacks and now - next(iter(self.callbacks.values())).at > CALLBACK_WAIT:
            del self.callbacks[next(iter(self.callbacks))]
        self.callbacks[query_id] = AskedCallback(bot_id, user_id, now, chat_id, message_id)

    def _saved_chat(self, key: str) -> Chat:
        bot_id, chat_id = map(int, key.split("/")[:2])
        bot = self.bots[bot_id]
        return self.group(bot, chat_id) or self.chat(bot, self.personas[chat_id])

    def _restore_group(self, key: str, value: Json) -> None:
        bot_id, chat_id = map(int, key.split("/"))
        members = [self.personas[member] for member in value["members"]]
        self.chats[bot_id, chat_id] = Group(bot_id, members[0], group_id=chat_id, members=members)

    def reset(self) -> None:
        """Forgets chats, files, updates and faults, on disk too."""
        for chat in list(self.chats.values()):
            self.remove(chat, list(chat.messages))
            self.store.put("chat", f"{chat.bot_id}/{chat.id}", None)
            self.tell(chat, "reply_keyboard", {"markup": None})
        for poll_id in self.polls:
            self.store.put("poll", poll_id, None)
        for charge_id in self.subscriptions:
            self.store.put("subscription", charge_id, None)
        for persona in self.personas.values():
            if persona.out_of_stars:
                persona.out_of_stars = False
                self.add_persona(persona)
        for bot in self.bots.values():
            bot.updates.confirm(*(pending.id for pending in bot.updates.waiting()))
        self.polls.clear()
        self.subscriptions.clear()
        self.chats.clear()
        self.callbacks.clear()
        self.guests.clear()
        self.inline.clear()
        self.faults.clear()
        self.files.clear()

    def settle(self) -> None:
        for counter in self._used:
            counter.settle()


def _message_key(chat: Chat, message_id: int) -> str:
    return f"{chat.bot_id}/{chat.id}/{message_id:012d}"
