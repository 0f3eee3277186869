"""Answers that stream onto the screen until their message comes, and the button that stops them.

https://core.telegram.org/bots/api#sendmessagedraft
"""

from __future__ import annotations

from dataclasses import replace

from aiogram.types import MessageGenerationStopped

from playground.errors import PageError
from playground.plain import Json, plain
from playground.state import Chat, Draft
from playground.world import Bot, World


def show_draft(world: World, chat: Chat, draft: Draft) -> None:
    """Shows a draft in place of the one before; one that was just stopped is shown no more."""
    if chat.stopped.get(draft.draft_id, 0.0) <= world.clock.monotonic():
        chat.draft = draft
        world.tell(chat, "draft", draft_json(draft))


def draft_json(draft: Draft) -> Json:
    told = {
        "draft_id": draft.draft_id,
        "text": draft.text,
        "entities": plain(draft.entities),
        "can_stop": draft.can_stop,
    }
    return told if draft.rich_message is None else {**told, "rich_message": draft.rich_message}


def stop(world: World, bot: Bot, chat: Chat, draft_id: int) -> None:
    """The person stops the draft; what is on screen stays if the bot said so. Raises PageError."""
    draft = chat.draft
    if draft is None or draft.draft_id != draft_id or draft.until <= world.clock.monotonic():
        raise PageError(409, "There is no such draft any more.")
    if not draft.can_stop:
        raise PageError(409, "This draft can't be stopped.")
    chat.stopped[draft_id] = draft.until
    chat.draft = replace(draft, can_stop=False) if draft.keep_on_stop else None
    update = MessageGenerationStopped(chat=chat.telegram(), draft_id=draft_id)
    bot.updates.push("stopped_message_generation", update, chat.id)
    kept = {"draft_id": draft_id, "kept": draft.keep_on_stop}
    world.tell(chat, "draft_stopped", kept)
