"""The webhook: an update is in the inbox before Telegram gets its answer."""

import asyncio
import hmac
import logging
import secrets

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiohttp import web

from bot.middlewares.inbox import Inbox

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105


class Webhook:
    """aiohttp handler. aiogram's own answers before anything is stored."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot, inbox: Inbox, secret: str) -> None:
        self.dispatcher = dispatcher
        self.bot = bot
        self.inbox = inbox
        self.secret = secret
        self._tasks: set[asyncio.Task[object]] = set()

    async def __call__(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return web.Response(status=401)
        update = Update.model_validate(await request.json(), context={"bot": self.bot})
        await self.inbox.receive(self.bot.id, [update])
        task: asyncio.Task[object] = asyncio.create_task(self._handle(update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.Response()

    async def _handle(self, update: Update) -> None:
        try:
            await self.dispatcher.feed_update(self.bot, update)
        except Exception:
            log.exception("Update id=%s failed", update.update_id)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def serve_webhook(
    dispatcher: Dispatcher, bot: Bot, inbox: Inbox, *, url: str, path: str, host: str, port: int
) -> None:
    """Registers `url` with the Bot API under a fresh secret and serves it until cancelled."""
    secret = secrets.token_urlsafe(32)
    webhook = Webhook(dispatcher, bot, inbox, secret)
    app = web.Application()
    app.router.add_post(path, webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await bot.set_webhook(
            url, secret_token=secret, allowed_updates=dispatcher.resolve_used_update_types()
        )
        log.info("Serving %s on %s:%s", path, host, port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        await webhook.close()
