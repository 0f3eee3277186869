"""The webhook: an update is in the inbox before Telegram gets its answer."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from aiogram import Bot
from aiohttp import web

from bot.inbox import Inbox
from services.redirects import Redirects

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105


class Webhook:
    """aiohttp handler. aiogram's own answers before anything is stored."""

    def __init__(self, inbox: Inbox, secret: str) -> None:
        self.inbox = inbox
        self.secret = secret

    async def __call__(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return web.Response(status=401)
        try:
            payload = await request.json()
        except ValueError:
            return web.Response(status=400)
        if not isinstance(payload, dict) or not isinstance(payload.get("update_id"), int):
            return web.Response(status=400)
        try:
            await self.inbox.receive([payload])
        except Exception as error:
            # Telegram brings it again.
            log.error("An update could not be written down: %s", type(error).__name__)
            return web.Response(status=503)
        return web.Response()


class Redirect:
    """aiohttp handler of `/r/…` beside the webhook: a campaign's link, followed by one person."""

    def __init__(self, redirects: Redirects) -> None:
        self.redirects = redirects

    async def __call__(self, request: web.Request) -> web.Response:
        url = await self.redirects.follow(request.match_info["signed"])
        if url is None:
            return web.Response(status=404)
        # Each time it is asked for here; and the page that it leads to isn't told of whom.
        headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(status=302, headers=headers)


def redirects_at(url: str) -> str:
    """Where redirects are served, of a webhook's address or path.

    Example:
        >>> redirects_at("https://bot.example.org/hook")
        'https://bot.example.org/r/'
    """
    parts = urlsplit(url)
    return urlunsplit((*parts[:2], f"{parts.path.rpartition('/')[0]}/r/", "", ""))


async def serve_webhook(
    bot: Bot,
    inbox: Inbox,
    kinds: Sequence[str],
    redirects: Redirects,
    *,
    url: str,
    host: str,
    port: int,
) -> None:
    """Registers `url` with the Bot API under a fresh secret, for updates of these kinds, and
    serves it and the redirects until cancelled.
    """
    path = urlsplit(url).path or "/"
    secret = secrets.token_urlsafe(32)
    app = web.Application()
    app.router.add_post(path, Webhook(inbox, secret))
    # A HEAD is no person's.
    app.router.add_get(redirects_at(path) + "{signed}", Redirect(redirects), allow_head=False)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await bot.set_webhook(url, secret_token=secret, allowed_updates=list(kinds))
        log.info("Serving %s on %s:%s", path, host, port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
