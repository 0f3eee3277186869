"""Updates that no persona's app makes: of channels, of anonymous admins, of Bot APIs to come."""

from __future__ import annotations

from aiogram.types import Message
from pydantic import ValidationError

from playground.errors import ApiError, PageError
from playground.plain import Json
from playground.rich.given import lift_message
from playground.world import Bot, World


def bring(world: World, bot: Bot, kind: str, body: Json) -> tuple[int | None, Json]:
    """Sends the bot an update as it is given: its id, None when the bot has not asked for such,
    and what was sent.

    A message gets an id and a date if it has none. If it can be read and its chat is known, it is
    on screen too. Raises PageError when a message names no chat.
    """
    where = body.get("chat") or body.get("message", {}).get("chat") or body.get("from") or {}
    if not isinstance(where.get("id"), int):
        raise PageError(400, "The update names neither a chat nor a user: give it an id.")
    if kind in ("message", "edited_message"):
        made = {"message_id": bot.message_ids.next(), "date": world.clock.date()}
        body = {**{k: v for k, v in made.items() if k not in body}, **body}
        _show(world, bot, body)
    return bot.updates.push(kind, body, where["id"]), body


def _show(world: World, bot: Bot, body: Json) -> None:
    try:
        message = Message.model_validate(lift_message(body))
        chat = world.known(bot, message.chat.id)
    except (ValidationError, ApiError):
        return
    chat.started = True
    show = world.replace if message.message_id in chat.messages else world.post
    show(chat, message)
