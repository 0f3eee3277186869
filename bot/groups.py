"""Groups: what there is said to the bot, the short form of an answer, and Telegram's pace.

The pace by hand: who waits too long is turned away, which aiolimiter's queue doesn't do.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from time import monotonic

from aiogram.enums import ChatType
from aiogram.types import Message, User

from bot.chats import escape
from retrieval.answer import Answer
from wording.answers import body, foot
from wording.items import shorten
from wording.texts import Markup, Texts

GROUPS = {ChatType.GROUP, ChatType.SUPERGROUP}
# The account in whose name Telegram itself writes, and brings a channel's posts into its group.
TELEGRAM = 777000
# Telegram takes 20 messages a minute in a group. It counts them as they arrive, hence the margin.
MESSAGES = 20
PERIOD_S = 61.0
# So many may wait for their turn in a group; what comes then stays unanswered.
MAX_WAITING = 20
SHOWN_ANSWER, SHOWN_SOURCE = 3000, 120
# Commands about one person: in a group they alone see what comes.
PERSONAL = ("recommend", "my", "profile")


def is_person(user: User) -> bool:
    """Whether an account is somebody's; bots and Telegram itself are nobody."""
    return not user.is_bot and user.id != TELEGRAM


def in_the_name_of_a_chat(message: Message) -> bool:
    """Whether somebody in a group wrote as the group (an anonymous admin) or as a channel.

    What a linked channel posts comes into its group by itself, so nobody wrote that.
    """
    as_chat = message.sender_chat is not None and message.chat.type in GROUPS
    return as_chat and not message.is_automatic_forward


def words_for(message: Message, me: User) -> str | None:
    """What a group's message says to the bot, its name left out; None when it's not for it.

    It is for the bot when it mentions it, replies to it, or is a command that names it, of which
    only the name counts. A mention alone, in reply to somebody's message, asks what that says.
    """
    text = message.text or message.caption
    sender = message.from_user
    if text is None or message.is_automatic_forward:
        return None
    if not in_the_name_of_a_chat(message) and (sender is None or not is_person(sender)):
        return None
    if message.via_bot is not None and message.via_bot.id == me.id:
        return None
    replied = message.reply_to_message
    if message.ephemeral_message_id is not None and text.startswith("/"):
        return ""  # a command that nobody else saw
    to_me = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    name = f"@{me.username}".casefold()
    for entity in message.entities or message.caption_entities or []:
        said = entity.extract_from(text)
        if entity.type == "bot_command" and said.casefold().endswith(name):
            return ""
        by_id = entity.type == "text_mention" and entity.user is not None
        if (entity.type == "mention" and said.casefold() == name) or (
            by_id and entity.user is not None and entity.user.id == me.id
        ):
            words = " ".join(text.replace(said, " ", 1).split()).strip(" ,，:：")
            if not words and replied is not None and not to_me:
                words = (replied.text or replied.caption or "").strip()
            return words
    return text.strip() if to_me and not text.startswith("/") else None


def personal_command(message: Message) -> str | None:
    """Which of the commands that are about one person a group's message is, if any."""
    said = (message.text or "").split(maxsplit=1)
    name = said[0].partition("@")[0].removeprefix("/") if said else ""
    return name if (message.text or "").startswith("/") and name in PERSONAL else None


def short_answer(answer: Answer, texts: Texts) -> Markup:
    """The answer with its sources as a list, in one message of HTML."""
    whole = len(answer.text) <= SHOWN_ANSWER
    said = body(answer)[0] if whole else escape(shorten(answer.text, SHOWN_ANSWER))
    lines = [said + foot(answer, texts), ""]
    for number, citation in enumerate(answer.citations, start=1):
        place = " · ".join(filter(None, (citation.title, citation.locator)))
        lines.append(f"<i>[{number}] {escape(shorten(place, SHOWN_SOURCE))}</i>")
    return Markup("\n".join(lines))


class GroupPace:
    """Lets as many messages into a group as Telegram takes; the rest wait, a few of them."""

    def __init__(
        self,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._sent: dict[int, deque[float]] = {}
        self._waiting: defaultdict[int, int] = defaultdict(int)

    async def turn(self, group: int) -> bool:
        """Returns when a message may go to the group; False at once when too many wait."""
        if self._waiting[group] >= MAX_WAITING:
            return False
        self._waiting[group] += 1
        try:
            while (seconds := self._taken(group)) > 0:
                await self._sleep(seconds)
        finally:
            self._waiting[group] -= 1
        return True

    def _taken(self, group: int) -> float:
        """Takes a place in the group's minute, or says in how many seconds there is one."""
        now = self._clock()
        for other in [g for g, sent in self._sent.items() if now - sent[-1] >= PERIOD_S]:
            del self._sent[other]
        sent = self._sent.setdefault(group, deque(maxlen=MESSAGES))
        if len(sent) == MESSAGES and now - sent[0] < PERIOD_S:
            return sent[0] + PERIOD_S - now
        sent.append(now)
        return 0.0
