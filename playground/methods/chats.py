"""Chats, members, pins and reactions."""

from __future__ import annotations

from aiogram.methods import (
    GetChat,
    GetChatAdministrators,
    GetChatMember,
    GetChatMemberCount,
    GetUserProfilePhotos,
    PinChatMessage,
    SetMessageReaction,
    UnpinAllChatMessages,
    UnpinChatMessage,
)
from aiogram.types import (
    AcceptedGiftTypes,
    ChatFullInfo,
    ChatMemberBanned,
    ChatMemberMember,
    UserProfilePhotos,
)

from playground.errors import bad_request
from playground.methods.registry import Context, handles
from playground.plain import plain
from playground.state import Chat, Group, bare
from playground.world import EPOCH

# https://core.telegram.org/bots/api#reactiontypeemoji
_REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳
❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈
😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀
😡
"""
REACTIONS = set(_REACTIONS.split())
NO_GIFTS = AcceptedGiftTypes(
    unlimited_gifts=False,
    limited_gifts=False,
    unique_gifts=False,
    premium_subscription=False,
    gifts_from_channels=False,
)


@handles(GetChat)
async def get_chat(ctx: Context, call: GetChat) -> ChatFullInfo:
    chat = ctx.world.known(ctx.bot, call.chat_id)
    return ChatFullInfo(
        **plain(chat.telegram()),
        accent_color_id=0,
        max_reaction_count=11,
        accepted_gift_types=NO_GIFTS,
        active_usernames=None if isinstance(chat, Group) else [chat.persona.username],
        pinned_message=chat.messages[chat.pinned[-1]] if chat.pinned else None,
    )


@handles(GetChatMember)
async def get_chat_member(ctx: Context, call: GetChatMember) -> ChatMemberMember | ChatMemberBanned:
    chat = ctx.world.known(ctx.bot, call.chat_id)
    here = chat.members if isinstance(chat, Group) else [chat.persona]
    for persona in here:
        if persona.id == call.user_id:
            return ChatMemberMember(user=persona.user())
    if call.user_id != ctx.bot.id:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if chat.blocked:
        return ChatMemberBanned(user=ctx.bot.user, until_date=EPOCH)
    return ChatMemberMember(user=ctx.bot.user)


@handles(GetChatMemberCount)
async def get_chat_member_count(ctx: Context, call: GetChatMemberCount) -> int:
    chat = ctx.world.known(ctx.bot, call.chat_id)
    return 1 + len(chat.members) if isinstance(chat, Group) else 2


@handles(GetChatAdministrators)
async def get_chat_administrators(ctx: Context, call: GetChatAdministrators) -> list[object]:
    ctx.world.known(ctx.bot, call.chat_id)
    raise bad_request("there are no administrators in the private chat")


@handles(GetUserProfilePhotos)
async def get_user_profile_photos(ctx: Context, call: GetUserProfilePhotos) -> UserProfilePhotos:
    ctx.world.known(ctx.bot, call.user_id)
    return UserProfilePhotos(total_count=0, photos=[])


@handles(PinChatMessage)
async def pin_chat_message(ctx: Context, call: PinChatMessage) -> bool:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise bad_request("message to pin not found")
    _set_pinned(ctx, chat, [*(n for n in chat.pinned if n != call.message_id), call.message_id])
    service = ctx.world.compose(ctx.bot, chat, ctx.bot.user, pinned_message=bare(message))
    ctx.world.post(chat, service)
    return True


@handles(UnpinChatMessage)
async def unpin_chat_message(ctx: Context, call: UnpinChatMessage) -> bool:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    wanted = call.message_id or (chat.pinned[-1] if chat.pinned else None)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    _set_pinned(ctx, chat, [n for n in chat.pinned if n != wanted])
    return True


@handles(UnpinAllChatMessages)
async def unpin_all_chat_messages(ctx: Context, call: UnpinAllChatMessages) -> bool:
    _set_pinned(ctx, ctx.world.reachable(ctx.bot, call.chat_id), [])
    return True


def _set_pinned(ctx: Context, chat: Chat, pinned: list[int]) -> None:
    chat.pinned = pinned
    ctx.world.save_chat(chat)
    ctx.world.tell(chat, "pinned", {"pinned": pinned})


@handles(SetMessageReaction)
async def set_message_reaction(ctx: Context, call: SetMessageReaction) -> bool:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise bad_request("message to react not found")
    given = call.reaction or []
    if len(given) > 1:
        raise bad_request("too many reactions specified")
    emoji = None
    for reaction in given:
        plain_emoji = getattr(reaction, "emoji", "").replace("\ufe0f", "")
        if plain_emoji not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        emoji = plain_emoji
    chat.react(call.message_id, ctx.bot.id, emoji)
    ctx.world.save_chat(chat)
    ctx.world.replace(chat, message)
    return True
