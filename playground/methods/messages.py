"""Sending, copying, forwarding and deleting messages."""

from __future__ import annotations

import secrets
from typing import Any

from aiogram.methods import (
    CopyMessage,
    CopyMessages,
    DeleteMessage,
    DeleteMessages,
    ForwardMessage,
    ForwardMessages,
    SendChatAction,
    SendContact,
    SendDice,
    SendLocation,
    SendMessage,
    SendMessageDraft,
    SendVenue,
)
from aiogram.types import (
    Contact,
    Dice,
    LinkPreviewOptions,
    Location,
    Message,
    MessageEntity,
    MessageId,
    MessageOriginUser,
    Venue,
)

from playground.drafts import show_draft
from playground.errors import bad_request
from playground.files import FILE_KINDS
from playground.methods.registry import Context, handles
from playground.methods.sending import body, caption, send, spend
from playground.plain import plain
from playground.state import Chat, Draft

DRAFT_SHOWN = 30.0  # seconds: https://core.telegram.org/bots/api#sendmessagedraft
ACTION_SHOWN = 5.0  # seconds: https://core.telegram.org/bots/api#sendchataction
MAX_BATCH = 100
DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}  # how many faces each has
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
# What a message is made of, apart from where and when it was said.
CONTENT = (
    "text",
    "entities",
    "rich_message",
    "caption",
    "caption_entities",
    *FILE_KINDS,
    "dice",
    "location",
    "venue",
    "contact",
    "link_preview_options",
    "show_caption_above_media",
)


@handles(SendMessage)
async def send_message(ctx: Context, call: SendMessage) -> Message:
    text, found = body(ctx, call.text, call.parse_mode, call.entities)
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    return send(ctx, call, chat, text=text, entities=found, link_preview_options=link_preview(call))


def link_preview(call: Any) -> LinkPreviewOptions | None:
    if call.link_preview_options is not None:
        return LinkPreviewOptions.model_validate(plain(call.link_preview_options))
    disabled = getattr(call, "disable_web_page_preview", None)
    return LinkPreviewOptions(is_disabled=True) if disabled else None


@handles(SendMessageDraft)
async def send_message_draft(ctx: Context, call: SendMessageDraft) -> bool:
    if call.draft_id == 0:
        raise bad_request("draft_id must be non-zero")
    text: str = ""
    found: list[MessageEntity] | None = None
    if call.text:
        text, found = body(ctx, call.text, call.parse_mode, call.entities)
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    until = ctx.world.clock.monotonic() + DRAFT_SHOWN
    stops = bool(call.can_stop), bool(call.keep_on_stop)
    show_draft(ctx.world, chat, Draft(call.draft_id, text, found or [], until, *stops))
    return True


@handles(SendChatAction)
async def send_chat_action(ctx: Context, call: SendChatAction) -> bool:
    if call.action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    chat.action = (call.action, ctx.world.clock.monotonic() + ACTION_SHOWN)
    ctx.world.tell(chat, "action", {"action": call.action, "seconds": ACTION_SHOWN})
    return True


@handles(SendLocation)
async def send_location(ctx: Context, call: SendLocation) -> Message:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    return send(ctx, call, chat, location=place(call))


@handles(SendVenue)
async def send_venue(ctx: Context, call: SendVenue) -> Message:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    spot = place(call)
    venue = Venue(location=spot, title=call.title, address=call.address)
    return send(ctx, call, chat, location=spot, venue=venue)


@handles(SendContact)
async def send_contact(ctx: Context, call: SendContact) -> Message:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    contact = Contact(
        phone_number=call.phone_number, first_name=call.first_name, last_name=call.last_name
    )
    return send(ctx, call, chat, contact=contact)


def place(call: SendLocation | SendVenue) -> Location:
    if abs(call.latitude) > 90 or abs(call.longitude) > 180:
        raise bad_request("wrong geo coordinates specified")
    return Location(latitude=call.latitude, longitude=call.longitude)


@handles(SendDice)
async def send_dice(ctx: Context, call: SendDice) -> Message:
    emoji = call.emoji or "🎲"
    if emoji not in DICE:
        raise bad_request("wrong dice emoji specified")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    value = 1 + secrets.randbelow(DICE[emoji])
    return send(ctx, call, chat, dice=Dice(emoji=emoji, value=value))


@handles(CopyMessage)
async def copy_message(ctx: Context, call: CopyMessage) -> MessageId:
    original = source(ctx, call.from_chat_id, call.message_id, "copy")
    content = copied(original)
    if not content:
        raise bad_request("message can't be copied")
    if call.caption is not None and original.text is None:
        content.update({"caption": None, "caption_entities": None, **caption(ctx, call)})
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    return MessageId(message_id=send(ctx, call, chat, **content).message_id)


@handles(CopyMessages)
async def copy_messages(ctx: Context, call: CopyMessages) -> list[MessageId]:
    sent = _resend(ctx, call, forward=False)
    return [MessageId(message_id=message.message_id) for message in sent]


@handles(ForwardMessage)
async def forward_message(ctx: Context, call: ForwardMessage) -> Message:
    original = source(ctx, call.from_chat_id, call.message_id, "forward")
    if original.has_protected_content or not copied(original):
        raise bad_request("message can't be forwarded")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    return send(ctx, call, chat, **copied(original), forward_origin=origin(original))


@handles(ForwardMessages)
async def forward_messages(ctx: Context, call: ForwardMessages) -> list[MessageId]:
    sent = _resend(ctx, call, forward=True)
    return [MessageId(message_id=message.message_id) for message in sent]


def _resend(ctx: Context, call: CopyMessages | ForwardMessages, forward: bool) -> list[Message]:
    """Messages that can't be found or copied are left out, as Telegram does."""
    origin_chat = ctx.world.known(ctx.bot, call.from_chat_id)
    found = [origin_chat.messages.get(message_id) for message_id in call.message_ids[:MAX_BATCH]]
    originals = [message for message in found if message is not None and copied(message)]
    if not originals:
        raise bad_request(f"there are no messages to {'forward' if forward else 'copy'}")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    spend(ctx, call, chat, len(originals))
    sent = []
    for original in originals:
        extra = {"forward_origin": origin(original)} if forward else {}
        message = ctx.world.compose(
            ctx.bot,
            chat,
            ctx.bot.user,
            **copied(original),
            **extra,
            has_protected_content=call.protect_content or None,
        )
        ctx.world.post(chat, message)
        sent.append(message)
    return sent


def source(ctx: Context, chat_id: int | str, message_id: int, verb: str) -> Message:
    message = ctx.world.known(ctx.bot, chat_id).messages.get(message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


def copied(message: Message) -> dict[str, Any]:
    return {name: value for name in CONTENT if (value := getattr(message, name)) is not None}


def origin(message: Message) -> Any:
    if message.forward_origin is not None:
        return message.forward_origin
    if message.from_user is None:
        raise bad_request("message can't be forwarded")
    return MessageOriginUser(date=message.date, sender_user=message.from_user)


@handles(DeleteMessage)
async def delete_message(ctx: Context, call: DeleteMessage) -> bool:
    chat = ctx.world.known(ctx.bot, call.chat_id)
    _delete(ctx, chat, [call.message_id])
    return True


@handles(DeleteMessages)
async def delete_messages(ctx: Context, call: DeleteMessages) -> bool:
    chat = ctx.world.known(ctx.bot, call.chat_id)
    if len(call.message_ids) > MAX_BATCH:
        raise bad_request("too many message identifiers specified")
    _delete(ctx, chat, [n for n in dict.fromkeys(call.message_ids) if n in chat.messages])
    return True


def _delete(ctx: Context, chat: Chat, message_ids: list[int]) -> None:
    for message_id in message_ids:
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("message to delete not found")
        if (ctx.world.clock.now() - message.date).total_seconds() > 48 * 3600:
            raise bad_request("message can't be deleted for everyone")
    if message_ids:
        ctx.world.remove(chat, message_ids)
