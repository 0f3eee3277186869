"""A bot that is called by its name in a group where it is no member.

https://core.telegram.org/api/bots/guest-mode
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

from aiogram.types import Message

from playground.errors import bad_request
from playground.state import AskedGuest, Group, Persona
from playground.world import Bot, World

GUEST_WAIT = 30.0  # seconds until a guest query can't be answered any more, as an inline query


def say_among_people(
    world: World, bot: Bot, group: Group, speaker: Persona, **content: Any
) -> Message:
    """A message in a group without the bot, which gets it only if it is called by name."""
    message = world.compose(bot, group, speaker.user(), **content)
    world.post(group, message)
    if _calls(message, bot):
        query_id = str(secrets.randbelow(9 * 10**17) + 10**17)
        now = world.clock.monotonic()
        while world.guests and now - next(iter(world.guests.values())).at > GUEST_WAIT:
            del world.guests[next(iter(world.guests))]
        world.guests[query_id] = AskedGuest(bot.id, group.id, message.message_id, now)
        update = message.model_copy(update={"guest_query_id": query_id})
        bot.updates.push("guest_message", update, group.id)
    return message


def _calls(message: Message, bot: Bot) -> bool:
    name = f"@{bot.user.username}".lower()
    return any(
        entity.type == "mention" and entity.extract_from(message.text or "").lower() == name
        for entity in message.entities or []
    )


def inline_message_id(message: Message) -> str:
    """What a bot knows of a message that it sent as a guest."""
    place = f"{message.chat.id}:{message.message_id}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def guest_message(world: World, bot: Bot, inline_id: str) -> tuple[Group, Message]:
    """The message of the id. Raises ApiError 400."""
    try:
        chat_id, _, message_id = base64.urlsafe_b64decode(inline_id).decode().partition(":")
        group = world.group(bot, int(chat_id))
        message = group.messages.get(int(message_id)) if group else None
    except (binascii.Error, ValueError):
        raise bad_request("MESSAGE_ID_INVALID") from None
    if group is None or message is None or message.guest_bot_caller_user is None:
        raise bad_request("MESSAGE_ID_INVALID")
    return group, message
