"""Messages in a group between the bot and one member: nobody else sees them, nothing keeps them.

https://core.telegram.org/bots/api#ephemeral-messages-and-commands
"""

from __future__ import annotations

from typing import Any

from aiogram.types import EphemeralMessageParameters, Message, User

from playground.errors import bad_request, query_too_old
from playground.plain import plain
from playground.state import Chat, Ephemeral, Group, Persona
from playground.world import Bot, World

ANSWER_WAIT = 15.0  # seconds from a tap or a command in which any bot may answer
KEPT = 100  # messages of a group; older ones vanish
# How the server words these two was not seen.
GROUPS_ONLY = "ephemeral messages can be sent only in groups and supergroups"
REPLY_MUST_BE_EPHEMERAL = "a reply to an ephemeral message must be an ephemeral message"


def aimed_at(call: Any) -> EphemeralMessageParameters | None:
    """To whom alone a call sends, and on what occasion; the parameters of 10.2 count too."""
    given: EphemeralMessageParameters | None = getattr(call, "ephemeral_message_parameters", None)
    if given is not None:
        return given
    receiver = getattr(call, "receiver_user_id", None)
    if receiver is None:
        return None
    query_id = getattr(call, "callback_query_id", None)
    return EphemeralMessageParameters(receiver_user_id=receiver, callback_query_id=query_id)


def check(
    world: World, bot: Bot, chat: Chat, to: EphemeralMessageParameters, replied_id: int | None
) -> tuple[Group, Persona, Message | None]:
    """The group, who may be told there, and the message that is replied to.

    Raises ApiError 400 when there is no occasion: an administrator needs none, every other bot a
    tap or an ephemeral command of the last seconds.
    """
    if not isinstance(chat, Group):
        raise bad_request(GROUPS_ONLY)
    receiver = chat.member(to.receiver_user_id)
    if receiver is None:
        raise bad_request("USER_NOT_PARTICIPANT")
    replied = None if replied_id is None else _replied(world, chat, receiver, replied_id)
    if to.callback_query_id is not None:
        asked = world.callbacks.get(to.callback_query_id)
        late = asked is None or world.clock.monotonic() - asked.at > ANSWER_WAIT
        if asked is None or late or asked.screen != chat.screen_of(receiver.id):
            raise query_too_old()
        if not asked.message_id and to.replace_callback_query_message:
            raise bad_request("MESSAGE_ID_INVALID")
    elif replied is None and not chat.bot_is_admin:
        raise bad_request("MESSAGE_NOT_COMMAND")
    return chat, receiver, replied


def _replied(world: World, group: Group, receiver: Persona, ephemeral_id: int) -> Message:
    kept = group.ephemeral.get(ephemeral_id)
    incoming = kept is not None and kept.message.from_user == receiver.user()
    if kept is None or not incoming:
        raise bad_request("message to be replied not found")
    if world.clock.monotonic() - kept.at > ANSWER_WAIT:
        raise bad_request("message to be replied not found")
    return kept.message


def post(
    world: World, bot: Bot, group: Group, member: Persona, sender: User, **content: Any
) -> Message:
    """Shows a new message to one member alone."""
    from_bot = sender.id == bot.id
    message = Message(
        message_id=0,
        ephemeral_message_id=next(group.ephemeral_ids),
        date=world.clock.date(),
        chat=group.telegram(),
        from_user=sender,
        receiver_user=member.user() if from_bot else bot.user,
        **content,
    )
    keep(world, group, message, member.id)
    while len(group.ephemeral) > KEPT:
        remove(world, group, next(iter(group.ephemeral)))
    return message


def keep(world: World, group: Group, message: Message, member_id: int) -> None:
    if message.ephemeral_message_id is None:
        raise TypeError("not an ephemeral message")
    at = world.clock.monotonic()
    group.ephemeral[message.ephemeral_message_id] = Ephemeral(message, member_id, at)


def show(
    world: World, group: Group, message: Message, name: str, replaces: int | None = None
) -> None:
    """Tells the screen of the one member; `replaces` is the message that it stands in place of."""
    if message.ephemeral_message_id is None:
        raise TypeError("not an ephemeral message")
    member_id = group.ephemeral[message.ephemeral_message_id].member_id
    data = {"message": plain(message)} | ({"replaces": replaces} if replaces else {})
    world.events.publish(group.screen_of(member_id), name, data)


def remove(world: World, group: Group, ephemeral_id: int) -> None:
    gone = group.ephemeral.pop(ephemeral_id)
    data = {"ephemeral_message_ids": [ephemeral_id]}
    world.events.publish(group.screen_of(gone.member_id), "ephemeral_delete", data)
