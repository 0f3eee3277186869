"""Who is there: bots, personas, their chats and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from aiogram.types import (
    BotCommand,
    ForceReply,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    StarTransaction,
    User,
)
from aiogram.types import Chat as TelegramChat
from pydantic import BaseModel

from playground.plain import Json, plain

Role = Literal["user", "admin", "editor"]


class Persona(BaseModel):
    """A made-up person in front of the page."""

    id: int
    first_name: str
    username: str
    language_code: str
    role: Role = "user"
    out_of_stars: bool = False
    rich: bool = True  # whether the persona's app draws rich messages

    def user(self) -> User:
        return User(
            id=self.id,
            is_bot=False,
            first_name=self.first_name,
            username=self.username,
            language_code=self.language_code,
        )


PERSONAS = (
    Persona(id=101, first_name="小林", username="xiaolin", language_code="zh"),
    Persona(id=102, first_name="Alex", username="alex", language_code="en"),
    Persona(id=901, first_name="管理员", username="guanliyuan", language_code="zh", role="admin"),
    Persona(id=902, first_name="内容编辑", username="bianji", language_code="zh", role="editor"),
)


class Profile(BaseModel):
    """What the bot says of itself; texts by language code, "" for every other language."""

    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    short_descriptions: dict[str, str] = {}
    commands: dict[str, list[BotCommand]] = {}  # by "scope|language"
    menu_buttons: dict[str, Json] = {}  # by chat id, "" for every other chat

    def commands_for(self, chat_id: int, language: str) -> list[BotCommand]:
        """What a private chat shows: the narrowest scope first, the user's language before none.

        Source: https://core.telegram.org/bots/api#determining-list-of-commands
        """
        return self._commands((f"chat:{chat_id}", "all_private_chats", "default"), language)

    def commands_in_group(self, group_id: int, user_id: int, language: str) -> list[BotCommand]:
        """What a group shows to one member who is no administrator."""
        own = (f"chat_member:{group_id}:{user_id}", f"chat:{group_id}")
        return self._commands((*own, "all_group_chats", "default"), language)

    def _commands(self, scopes: tuple[str, ...], language: str) -> list[BotCommand]:
        for scope in scopes:
            # Menus are per two-letter language, a user's own tag may say more, as in zh-hans.
            for code in (language.partition("-")[0], ""):
                found = self.commands.get(f"{scope}|{code}")
                if found:
                    return found
        return []

    def description_for(self, language: str) -> str:
        """What an empty chat shows."""
        return self.descriptions.get(language) or self.descriptions.get("", "")

    def menu_button(self, chat_id: int) -> Json:
        default: Json = {"type": "default"}
        return self.menu_buttons.get(str(chat_id)) or self.menu_buttons.get("", default)


class Webhook(BaseModel):
    """Where updates are posted to; an empty URL means nowhere."""

    url: str = ""
    secret_token: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass(frozen=True)
class Draft:
    """An unfinished answer that streams onto the screen."""

    draft_id: int
    text: str
    entities: list[MessageEntity]
    until: float  # monotonic seconds
    can_stop: bool = False
    keep_on_stop: bool = False
    rich_message: Json | None = None


class PollState(BaseModel):
    """Where a poll is, who voted for what (persona id → option numbers), and the unix seconds
    at which it closes by itself; None once it is closed."""

    bot_id: int
    chat_id: int
    message_id: int
    closes_at: float | None = None
    votes: dict[int, list[int]] = {}


@dataclass
class AskedCallback:
    """A pressed inline button. `chat_id` is the persona's own or a group's."""

    bot_id: int
    persona_id: int
    at: float  # monotonic seconds
    chat_id: int
    message_id: int  # 0 for an ephemeral message
    answered: bool = False

    @property
    def screen(self) -> tuple[int, ...]:
        """Where the answer is shown."""
        if self.chat_id == self.persona_id:
            return self.bot_id, self.persona_id
        return self.bot_id, self.chat_id, self.persona_id


@dataclass
class AskedGuest:
    """A message that calls the bot into a group where it is no member."""

    bot_id: int
    group_id: int
    message_id: int
    at: float  # monotonic seconds


@dataclass(frozen=True)
class Ephemeral:
    """A message between the bot and one member of a group. It is kept nowhere else."""

    message: Message
    member_id: int
    at: float  # monotonic seconds


class Payment(BaseModel):
    """A Star payment that was made."""

    charge_id: str
    user_id: int
    amount: int
    payload: str
    period: int | None = None  # seconds, of a subscription
    refunded: bool = False


class InvoiceLink(BaseModel):
    """An invoice that whoever has the link may pay, as often as they like. `period` (seconds) is a
    subscription's."""

    slug: str
    bot_id: int
    title: str
    description: str
    payload: str
    amount: int
    period: int | None = None

    @property
    def url(self) -> str:
        return f"https://t.me/${self.slug}"


class Subscription(BaseModel):
    """A person's subscription. `charge_id` is that of its first payment, `expires_at` (unix
    seconds) the end of what is paid."""

    charge_id: str
    bot_id: int
    user_id: int
    title: str
    payload: str
    amount: int
    period: int
    expires_at: int
    canceled: bool = False
    canceled_by_bot: bool = False  # the person can't take it up again then
    failed: bool = False

    @property
    def renews(self) -> bool:
        return not (self.canceled or self.failed)

    def state(self, now: float) -> Literal["active", "canceled", "failed", "ended"]:
        if self.failed:
            return "failed"
        if self.canceled:
            return "ended" if self.expires_at <= now else "canceled"
        return "active"


@dataclass
class Chat:
    """A private chat of one persona with one bot."""

    bot_id: int
    persona: Persona
    started: bool = False
    blocked: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    invoices: dict[int, Json] = field(default_factory=dict)  # message id → payload and receipt
    reactions: dict[int, dict[int, str]] = field(default_factory=dict)  # message → user → emoji
    pinned: list[int] = field(default_factory=list)
    reply_keyboard: ReplyKeyboardMarkup | ForceReply | None = None
    draft: Draft | None = None
    stopped: dict[int, float] = field(default_factory=dict)  # draft → until when, monotonic
    action: tuple[str, float] | None = None  # name, and until when in monotonic seconds

    @property
    def id(self) -> int:
        return self.persona.id

    @property
    def screen(self) -> tuple[int, ...]:
        return self.bot_id, self.id

    def telegram(self) -> TelegramChat:
        person = self.persona
        return TelegramChat(
            id=person.id, type="private", first_name=person.first_name, username=person.username
        )

    def react(self, message_id: int, user_id: int, emoji: str | None) -> str | None:
        """Sets or takes back a user's reaction; returns the one before."""
        given = self.reactions.setdefault(message_id, {})
        before = given.pop(user_id, None)
        if emoji is not None:
            given[user_id] = emoji
        return before

    def meta(self) -> Json:
        """Everything but the messages, to be saved."""
        return {
            "started": self.started,
            "blocked": self.blocked,
            "invoices": {str(key): value for key, value in self.invoices.items()},
            "reactions": [
                [message_id, user_id, emoji]
                for message_id, given in self.reactions.items()
                for user_id, emoji in given.items()
            ],
            "pinned": self.pinned,
            "keyboard": plain(self.reply_keyboard),
        }

    def restore(self, meta: Json) -> None:
        self.started = meta["started"]
        self.blocked = meta["blocked"]
        self.invoices = {int(key): value for key, value in meta["invoices"].items()}
        for message_id, user_id, emoji in meta["reactions"]:
            self.react(message_id, user_id, emoji)
        self.pinned = meta["pinned"]
        self.reply_keyboard = restored_keyboard(meta["keyboard"])


@dataclass
class Group(Chat):
    """A group of personas; `persona` is who made it. Its id is negative.

    Where the bot is no member it knows nothing of the group but the messages that call it.
    """

    group_id: int = 0
    title: str = ""
    members: list[Persona] = field(default_factory=list)
    has_bot: bool = True
    bot_is_admin: bool = False
    ephemeral: dict[int, Ephemeral] = field(default_factory=dict)  # by id, oldest first
    ephemeral_ids: count[int] = field(default_factory=lambda: count(1))

    @property
    def id(self) -> int:
        return self.group_id

    def telegram(self) -> TelegramChat:
        return TelegramChat(id=self.group_id, type="supergroup", title=self.title)

    def meta(self) -> Json:
        members = [member.id for member in self.members]
        own = {"title": self.title, "members": members}
        return {**super().meta(), **own, **self.rights}

    def restore(self, meta: Json) -> None:
        super().restore(meta)
        self.title = meta["title"]
        self.has_bot = meta.get("has_bot", True)
        self.bot_is_admin = meta.get("bot_is_admin", False)

    @property
    def rights(self) -> dict[str, bool]:
        """What the bot is here."""
        return {"has_bot": self.has_bot, "bot_is_admin": self.bot_is_admin}

    def member(self, user_id: int) -> Persona | None:
        return next((one for one in self.members if one.id == user_id), None)

    def screen_of(self, user_id: int) -> tuple[int, ...]:
        """What only one member sees of the group."""
        return self.bot_id, self.group_id, user_id


@dataclass
class AskedInline:
    """An inline query, and what the bot answered."""

    bot_id: int
    persona_id: int
    at: float  # monotonic seconds
    results: list[Json] | None = None


def restored_keyboard(saved: Any) -> ReplyKeyboardMarkup | ForceReply | None:
    if saved is None:
        return None
    kind = ReplyKeyboardMarkup if "keyboard" in saved else ForceReply
    return kind.model_validate(saved)


class Ledger(BaseModel):
    """A bot's Stars."""

    payments: dict[str, Payment] = {}
    transactions: list[StarTransaction] = []


def bare(message: Message) -> Message:
    """A message inside another never holds a third."""
    return message.model_copy(update={"reply_to_message": None, "pinned_message": None})
