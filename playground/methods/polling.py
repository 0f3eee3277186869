"""How updates reach the bot, and who the bot is."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aiogram.methods import (
    Close,
    DeleteWebhook,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    LogOut,
    SetWebhook,
)
from aiogram.types import User, WebhookInfo

from playground.errors import ApiError, bad_request
from playground.methods.registry import Context, handles
from playground.plain import Json
from playground.state import Webhook
from playground.updates import WEBHOOK_SET

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@handles(GetMe)
async def get_me(ctx: Context, call: GetMe) -> User:
    """What a bot may do is told only here."""
    powers = {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": True,
        "supports_guest_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return ctx.bot.user.model_copy(update=powers)


@handles(LogOut)
async def log_out(ctx: Context, call: LogOut) -> bool:
    return True


@handles(Close)
async def close(ctx: Context, call: Close) -> bool:
    return True


@handles(GetUpdates)
async def get_updates(ctx: Context, call: GetUpdates) -> list[Json]:
    if ctx.bot.webhook.url:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    allow(ctx, call.allowed_updates)
    limit = min(max(call.limit or 100, 1), 100)
    return await ctx.bot.updates.poll(call.offset or 0, limit, max(0, call.timeout or 0))


def allow(ctx: Context, kinds: list[str] | None) -> None:
    """Remembers which updates the bot wants; an empty list means the usual ones."""
    if kinds is not None and kinds != (ctx.bot.updates.allowed or []):
        ctx.bot.updates.allowed = kinds or None
        ctx.world.save_bot(ctx.bot)


@handles(SetWebhook)
async def set_webhook(ctx: Context, call: SetWebhook) -> bool:
    """Unlike Telegram, plain http is taken: nothing here leaves the machine."""
    secret = call.secret_token
    if secret is not None and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    parts = urlsplit(call.url)
    if call.url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if call.drop_pending_updates:
        drop_pending(ctx)
    allow(ctx, call.allowed_updates)
    ctx.bot.webhook = Webhook(
        url=call.url,
        secret_token=secret,
        max_connections=min(max(call.max_connections or 40, 1), 100),
    )
    if call.url:
        ctx.bot.updates.send_away(WEBHOOK_SET)
    _changed(ctx)
    return True


def _changed(ctx: Context) -> None:
    ctx.world.save_bot(ctx.bot)
    ctx.bot.updates.arrived.set()


@handles(DeleteWebhook)
async def delete_webhook(ctx: Context, call: DeleteWebhook) -> bool:
    if call.drop_pending_updates:
        drop_pending(ctx)
    ctx.bot.webhook = Webhook()
    _changed(ctx)
    return True


def drop_pending(ctx: Context) -> None:
    ctx.bot.updates.confirm(*(pending.id for pending in ctx.bot.updates.waiting()))


@handles(GetWebhookInfo)
async def get_webhook_info(ctx: Context, call: GetWebhookInfo) -> Json:
    hook, updates = ctx.bot.webhook, ctx.bot.updates
    info = WebhookInfo(
        url=hook.url,
        has_custom_certificate=False,
        pending_update_count=len(updates.waiting()),
        max_connections=hook.max_connections if hook.url else None,
        allowed_updates=updates.allowed,
    )
    dated = {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    return {**info.model_dump(exclude_none=True), **dated}
