"""What a member of a group does: says, commands, taps."""

from __future__ import annotations

import re
from typing import Any

from aiogram.types import Message

from playground import ephemeral
from playground.errors import PageError
from playground.guests import say_among_people
from playground.person import message_of, tap, written
from playground.state import Ephemeral, Group, Persona, bare
from playground.world import Bot, World

COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?=\s|$)")


class Member:
    """One persona in one group. Every method raises PageError for what a Telegram app would not
    let its user do."""

    def __init__(self, world: World, bot: Bot, group: Group, persona: Persona) -> None:
        if persona not in group.members:
            raise PageError(403, "This persona isn't in the group.")
        self.world = world
        self.bot = bot
        self.group = group
        self.persona = persona

    def say(
        self, text: str, reply_to: int | None = None, reply_to_ephemeral: int | None = None
    ) -> Message:
        """Writes; an ephemeral command, or a reply to what only this member sees, reaches the bot
        alone."""
        shown, found = written(text)
        content: dict[str, Any] = {"text": shown, "entities": found or None}
        if reply_to_ephemeral is not None:
            content["reply_to_message"] = bare(self._ephemeral(reply_to_ephemeral).message)
            return self._whisper(content)
        if reply_to is not None:
            content["reply_to_message"] = bare(message_of(self.group, reply_to))
        if not self.group.has_bot:
            return say_among_people(self.world, self.bot, self.group, self.persona, **content)
        if self._is_ephemeral(shown):
            return self._whisper(content)
        return self.world.hear(self.group, self.persona, **content)

    def _is_ephemeral(self, text: str) -> bool:
        match = COMMAND.match(text)
        name = self.bot.user.username or ""
        if match is None or (match[2] or name).lower() != name.lower():
            return False
        known = self.bot.profile.commands_in_group(
            self.group.id, self.persona.id, self.persona.language_code
        )
        return any(one.command == match[1].lower() and one.is_ephemeral for one in known)

    def _whisper(self, content: dict[str, Any]) -> Message:
        world, group, persona = self.world, self.group, self.persona
        message = ephemeral.post(world, self.bot, group, persona, persona.user(), **content)
        ephemeral.show(world, group, message, "ephemeral")
        self.bot.updates.push("message", message, group.id)
        return message

    def press(self, message_id: int, data: str) -> str:
        """Taps an inline button; the query's id."""
        return self._tap(message_of(self.group, message_id), data)

    def press_ephemeral(self, ephemeral_id: int, data: str) -> str:
        return self._tap(self._ephemeral(ephemeral_id).message, data)

    def _tap(self, message: Message, data: str) -> str:
        return tap(self.world, self.bot, self.group, self.persona, message, data)

    def _ephemeral(self, ephemeral_id: int) -> Ephemeral:
        kept = self.group.ephemeral.get(ephemeral_id)
        if kept is None or kept.member_id != self.persona.id:
            raise PageError(404, f"You see no ephemeral message {ephemeral_id} here.")
        return kept
