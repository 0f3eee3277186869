"""What only groups, channels, games and businesses have: answered as in a private chat."""

from __future__ import annotations

from typing import Any

from aiogram.methods import (
    AnswerShippingQuery,
    AnswerWebAppQuery,
    ApproveChatJoinRequest,
    BanChatMember,
    BanChatSenderChat,
    CloseForumTopic,
    CreateChatInviteLink,
    CreateForumTopic,
    DeclineChatJoinRequest,
    DeleteChatPhoto,
    DeleteChatStickerSet,
    DeleteForumTopic,
    EditForumTopic,
    ExportChatInviteLink,
    GetBusinessConnection,
    GetCustomEmojiStickers,
    GetForumTopicIconStickers,
    GetStickerSet,
    LeaveChat,
    PromoteChatMember,
    ReopenForumTopic,
    RestrictChatMember,
    SetChatDescription,
    SetChatPermissions,
    SetChatPhoto,
    SetChatStickerSet,
    SetChatTitle,
    TelegramMethod,
    UnbanChatMember,
    UnbanChatSenderChat,
)

from playground.errors import bad_request, query_too_old
from playground.methods.registry import Context, handles

MEMBERS = "chat member status can't be changed in private chats"
SUPERGROUPS = "method is available only for supergroups"
CHANNELS = "method is available for supergroup and channel chats only"
FORUMS = "the chat is not a forum"
LINKS = "can't invite members to a private chat"
IN_PRIVATE: dict[type[TelegramMethod[Any]], str] = {
    ApproveChatJoinRequest: LINKS,
    BanChatMember: MEMBERS,
    BanChatSenderChat: CHANNELS,
    CloseForumTopic: FORUMS,
    CreateChatInviteLink: LINKS,
    CreateForumTopic: FORUMS,
    DeclineChatJoinRequest: LINKS,
    DeleteChatPhoto: "can't change private chat photo",
    DeleteChatStickerSet: SUPERGROUPS,
    DeleteForumTopic: FORUMS,
    EditForumTopic: FORUMS,
    ExportChatInviteLink: LINKS,
    LeaveChat: MEMBERS,
    PromoteChatMember: MEMBERS,
    ReopenForumTopic: FORUMS,
    RestrictChatMember: SUPERGROUPS,
    SetChatDescription: "can't change private chat description",
    SetChatPermissions: "can't change private chat permissions",
    SetChatPhoto: "can't change private chat photo",
    SetChatStickerSet: SUPERGROUPS,
    SetChatTitle: "can't change private chat title",
    UnbanChatMember: CHANNELS,
    UnbanChatSenderChat: CHANNELS,
}


def _refuse(cls: type[TelegramMethod[Any]], reason: str) -> None:
    @handles(cls)
    async def refuse(ctx: Context, call: Any) -> None:
        ctx.world.known(ctx.bot, call.chat_id)
        raise bad_request(reason)


for _cls, _reason in IN_PRIVATE.items():
    _refuse(_cls, _reason)


@handles(AnswerShippingQuery)
async def answer_shipping_query(ctx: Context, call: AnswerShippingQuery) -> bool:
    """Stars buy nothing that is shipped, so there is never a query to answer."""
    raise query_too_old()


@handles(AnswerWebAppQuery)
async def answer_web_app_query(ctx: Context, call: AnswerWebAppQuery) -> bool:
    """The page opens no web apps."""
    raise query_too_old()


@handles(GetStickerSet)
async def get_sticker_set(ctx: Context, call: GetStickerSet) -> None:
    raise bad_request("STICKERSET_INVALID")


@handles(GetCustomEmojiStickers)
async def get_custom_emoji_stickers(ctx: Context, call: GetCustomEmojiStickers) -> list[object]:
    """Ids that are unknown are left out, and all are."""
    return []


@handles(GetForumTopicIconStickers)
async def get_forum_topic_icons(ctx: Context, call: GetForumTopicIconStickers) -> list[object]:
    return []


@handles(GetBusinessConnection)
async def get_business_connection(ctx: Context, call: GetBusinessConnection) -> None:
    raise bad_request("business connection not found")
