"""The bot as a process: dispatcher, polling or webhook, and what goes on beside the handlers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.fsm.storage.memory import SimpleEventIsolation

from bot.commands import set_menus
from bot.middlewares.answering import AnswerTaps
from bot.middlewares.groups import OnlyAddressed
from bot.middlewares.inbox import HandledOnce, Inbox
from bot.middlewares.person import PersonMiddleware
from bot.outgoing import Outgoing
from bot.routers import all_routers
from bot.services import Brain, Services, make_services
from bot.webhook import serve_webhook
from storage.repositories import questions

log = logging.getLogger(__name__)

# Handlers that run at the same time; more wait in the inbox.
CONCURRENCY = 64
SETTLE_EVERY_S = 60.0


def make_bot(token: str, api_base: str | None) -> Bot:
    """A Bot for Telegram, or for any server that speaks the Bot API at `api_base`."""
    server = TelegramAPIServer.from_base(api_base.rstrip("/")) if api_base else PRODUCTION
    return Bot(
        token,
        session=AiohttpSession(api=server),
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )


def make_dispatcher(services: Services, inbox: Inbox) -> Dispatcher:
    brain = services.brain
    # Updates of one chat are handled one after the other, in order.
    dispatcher = Dispatcher(events_isolation=SimpleEventIsolation())
    dispatcher.workflow_data.update(services.by_name())
    dispatcher.update.outer_middleware(HandledOnce(inbox))
    dispatcher.update.outer_middleware(OnlyAddressed())
    dispatcher.update.outer_middleware(
        PersonMiddleware(brain.database, brain.settings, brain.clock)
    )
    dispatcher.callback_query.middleware(AnswerTaps())
    dispatcher.include_routers(*all_routers())
    return dispatcher


@asynccontextmanager
async def running_bot(brain: Brain, bot: Bot) -> AsyncIterator[tuple[Dispatcher, Inbox]]:
    """Everything but the way in: takes up what a stop left, now and then what is still owed."""
    services = await make_services(brain, bot)
    inbox = Inbox(brain.database, brain.clock)
    bot.session.middleware(inbox)
    bot.session.middleware(Outgoing(brain.settings.messages_per_second))
    dispatcher = make_dispatcher(services, inbox)
    await set_menus(bot)
    await services.help_desk.abandon()
    await inbox.replay(dispatcher, bot)
    await services.broadcaster.resume()
    settling = asyncio.create_task(_settle_now_and_then(services))
    try:
        yield dispatcher, inbox
    finally:
        settling.cancel()
        await inbox.settle()
        await services.broadcaster.close()
        await services.rewording.close()
        await services.inline_answers.close()
        await asyncio.gather(settling, return_exceptions=True)
        await bot.session.close()


async def poll(brain: Brain, bot: Bot, *, handle_signals: bool = True) -> None:
    """Runs by long polling until stopped. Pending updates are never dropped: some are payments."""
    async with running_bot(brain, bot) as (dispatcher, _):
        await bot.delete_webhook(drop_pending_updates=False)
        polling = asyncio.create_task(
            dispatcher.start_polling(
                bot,
                allowed_updates=dispatcher.resolve_used_update_types(),
                tasks_concurrency_limit=CONCURRENCY,
                handle_signals=handle_signals,
                close_bot_session=False,
            )
        )
        try:
            await asyncio.shield(polling)
        finally:
            # aiogram's own loop goes on when the task that awaits it is cancelled.
            try:
                await dispatcher.stop_polling()
            except RuntimeError:  # it hasn't begun, or has ended
                polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)


async def run_webhook(brain: Brain, bot: Bot, url: str, host: str, port: int) -> None:
    """Serves the webhook behind `url` on host:port until stopped."""
    async with running_bot(brain, bot) as (dispatcher, inbox):
        path = urlsplit(url).path or "/"
        await serve_webhook(dispatcher, bot, inbox, url=url, path=path, host=host, port=port)


async def _settle_now_and_then(services: Services) -> None:
    while True:
        try:
            await services.shop.settle_all()
        except Exception:
            log.exception("Orders could not be settled; the next round tries again")
        try:
            await services.help_desk.catch_up()
        except Exception:
            log.exception("Help requests could not go on; the next round tries again")
        try:
            async with services.brain.database.write() as session:
                await questions.forget_unlinked(session, services.brain.clock())
        except Exception:
            log.exception("Unlinked questions could not be forgotten; the next round tries again")
        await asyncio.sleep(SETTLE_EVERY_S)
