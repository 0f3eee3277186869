"""The bot's commands, menu button, name and descriptions."""

from __future__ import annotations

import re
from typing import Any

from aiogram.methods import (
    DeleteMyCommands,
    GetChatMenuButton,
    GetMyCommands,
    GetMyDescription,
    GetMyName,
    GetMyShortDescription,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDescription,
    SetMyName,
    SetMyShortDescription,
)
from aiogram.types import BotCommand, BotDescription, BotName, BotShortDescription

from playground.errors import bad_request
from playground.methods.registry import Context, handles
from playground.plain import Json, plain
from playground.screen import menu

COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
MAX_COMMANDS = 100
MAX_COMMAND_TEXT = 256  # characters
MAX_NAME, MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION = 64, 512, 120


def _key(ctx: Context, call: Any) -> str:
    """Raises ApiError 400 for a chat that there is not."""
    scope = call.scope
    name = scope.type if scope is not None else "default"
    if scope is not None and getattr(scope, "chat_id", None) is not None:
        name = f"{name}:{ctx.world.known(ctx.bot, scope.chat_id).id}"
    if scope is not None and getattr(scope, "user_id", None) is not None:
        name = f"{name}:{scope.user_id}"
    return f"{name}|{call.language_code or ''}"


def _changed(ctx: Context) -> None:
    ctx.world.save_bot(ctx.bot)
    for chat in list(ctx.world.chats.values()):
        if chat.bot_id == ctx.bot.id:
            ctx.world.tell(chat, "commands", menu(ctx.bot, chat))


@handles(SetMyCommands)
async def set_my_commands(ctx: Context, call: SetMyCommands) -> bool:
    if len(call.commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in call.commands:
        match = COMMAND.fullmatch(command.command)
        if match is None:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= MAX_COMMAND_TEXT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append(command.model_copy(update={"command": match[1]}))
    ctx.bot.profile.commands[_key(ctx, call)] = kept
    _changed(ctx)
    return True


@handles(GetMyCommands)
async def get_my_commands(ctx: Context, call: GetMyCommands) -> list[BotCommand]:
    return ctx.bot.profile.commands.get(_key(ctx, call), [])


@handles(DeleteMyCommands)
async def delete_my_commands(ctx: Context, call: DeleteMyCommands) -> bool:
    ctx.bot.profile.commands.pop(_key(ctx, call), None)
    _changed(ctx)
    return True


@handles(SetChatMenuButton)
async def set_chat_menu_button(ctx: Context, call: SetChatMenuButton) -> bool:
    if call.chat_id is not None:
        ctx.world.known(ctx.bot, call.chat_id)
    key = "" if call.chat_id is None else str(call.chat_id)
    ctx.bot.profile.menu_buttons[key] = plain(call.menu_button) or {"type": "default"}
    _changed(ctx)
    return True


@handles(GetChatMenuButton)
async def get_chat_menu_button(ctx: Context, call: GetChatMenuButton) -> Json:
    button = ctx.bot.profile.menu_button(call.chat_id or 0)
    # What a bot sees as default is the button with its commands.
    return {"type": "commands"} if button["type"] == "default" else button


def _text(texts: dict[str, str], language: str | None) -> str:
    return texts.get(language or "") or texts.get("", "")


def _set_text(
    ctx: Context, texts: dict[str, str], language: str | None, text: str | None, limit: int
) -> bool:
    if len(text or "") > limit:
        raise bad_request(f"the text is longer than {limit} characters")
    texts[language or ""] = text or ""
    ctx.world.save_bot(ctx.bot)
    return True


@handles(SetMyName)
async def set_my_name(ctx: Context, call: SetMyName) -> bool:
    done = _set_text(ctx, ctx.bot.profile.names, call.language_code, call.name, MAX_NAME)
    if call.name and not call.language_code:
        ctx.bot.user = ctx.bot.user.model_copy(update={"first_name": call.name})
        ctx.world.save_bot(ctx.bot)
    return done


@handles(GetMyName)
async def get_my_name(ctx: Context, call: GetMyName) -> BotName:
    name = _text(ctx.bot.profile.names, call.language_code)
    return BotName(name=name or ctx.bot.user.first_name)


@handles(SetMyDescription)
async def set_my_description(ctx: Context, call: SetMyDescription) -> bool:
    texts = ctx.bot.profile.descriptions
    return _set_text(ctx, texts, call.language_code, call.description, MAX_DESCRIPTION)


@handles(GetMyDescription)
async def get_my_description(ctx: Context, call: GetMyDescription) -> BotDescription:
    return BotDescription(description=_text(ctx.bot.profile.descriptions, call.language_code))


@handles(SetMyShortDescription)
async def set_my_short_description(ctx: Context, call: SetMyShortDescription) -> bool:
    texts = ctx.bot.profile.short_descriptions
    return _set_text(ctx, texts, call.language_code, call.short_description, MAX_SHORT_DESCRIPTION)


@handles(GetMyShortDescription)
async def get_my_short_description(
    ctx: Context, call: GetMyShortDescription
) -> BotShortDescription:
    text = _text(ctx.bot.profile.short_descriptions, call.language_code)
    return BotShortDescription(short_description=text)
