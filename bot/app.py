"""The bot as a process: dispatcher, polling or webhook, and what goes on beside the handlers."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode

from bot.commands import set_menus
from bot.inbox import Inbox
from bot.middlewares.answering import AnswerTaps
from bot.middlewares.groups import OnlyAddressed
from bot.middlewares.person import PersonMiddleware
from bot.outgoing import Outgoing
from bot.polling import fetch_updates
from bot.routers import all_routers
from bot.session import Session
from bot.webhook import redirects_at, serve_webhook
from bot.wiring import Services, make_services
from services.answering.asking import forget_unlinked
from services.brain import Brain
from services.damage import Damage
from services.redirects import Redirects
from storage import nursery

log = logging.getLogger(__name__)

SETTLE_EVERY_S = 60.0


def make_bot(token: str, api_base: str | None) -> Bot:
    """A Bot for Telegram, or for any server that speaks the Bot API at `api_base`."""
    server = TelegramAPIServer.from_base(api_base.rstrip("/")) if api_base else PRODUCTION
    return Bot(
        token,
        session=Session(api=server),
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )


def make_dispatcher(services: Services) -> Dispatcher:
    brain = services.brain
    # The inbox sees to it that updates of one chat are handled one after the other.
    dispatcher = Dispatcher()
    dispatcher.workflow_data.update(services.by_name())
    dispatcher.update.outer_middleware(OnlyAddressed())
    dispatcher.update.outer_middleware(
        PersonMiddleware(
            brain.database, brain.settings, brain.clock, services.exchanges, services.forms
        )
    )
    dispatcher.callback_query.middleware(AnswerTaps())
    dispatcher.include_routers(*all_routers())
    return dispatcher


def hold_what_stays() -> None:
    """Takes what is there by now out of the search for garbage: to look through modules and models
    holds everything up for half a second, again and again."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def running_bot(
    brain: Brain, bot: Bot, redirects: Redirects
) -> AsyncIterator[tuple[Inbox, list[str]]]:
    """Everything but the way in: takes up what a stop left, now and then what is still owed.

    Gives the inbox, and the kinds of updates that it wants.
    """
    services = await make_services(brain, bot, redirects)
    bot.session.middleware(Outgoing(brain.settings.messages_per_second))
    dispatcher = make_dispatcher(services)
    inbox = Inbox(brain.database, bot, dispatcher, services.operators, brain.clock)
    hold_what_stays()
    await set_menus(bot)
    await services.help_desk.abandon()
    await inbox.take_up()
    going_on = [
        nursery.start(_settle_now_and_then(services)),
        nursery.start(services.deadlines.watch()),
        nursery.start(services.broadcaster.watch()),
    ]
    try:
        yield inbox, dispatcher.resolve_used_update_types()
    finally:
        for task in going_on:
            task.cancel()
        await inbox.close()
        await services.broadcaster.close()
        await services.rewordings.close()
        await services.inline_answers.close()
        await asyncio.gather(*going_on, return_exceptions=True)
        await bot.session.close()


async def poll(brain: Brain, bot: Bot) -> None:
    """Runs by long polling until cancelled. Pending updates aren't dropped: some are payments.

    Nothing is served, so campaigns' links lead straight to their pages.
    """
    redirects = Redirects(brain.database, brain.settings.link_secret, brain.clock)
    async with running_bot(brain, bot, redirects) as (inbox, kinds):
        await bot.delete_webhook(drop_pending_updates=False)
        await fetch_updates(bot, inbox, kinds)


async def run_webhook(brain: Brain, bot: Bot, url: str, host: str, port: int) -> None:
    """Serves the webhook behind `url`, and campaigns' links beside it, on host:port until
    cancelled."""
    secret, base = brain.settings.link_secret, redirects_at(url)
    redirects = Redirects(brain.database, secret, brain.clock, base)
    async with running_bot(brain, bot, redirects) as (inbox, kinds):
        await serve_webhook(bot, inbox, kinds, redirects, url=url, host=host, port=port)


async def _settle_now_and_then(services: Services) -> None:
    brain = services.brain
    damage = Damage(services.operators, brain.knowledge, brain.recommendations)

    round_: dict[str, Callable[[], Awaitable[object]]] = {
        "Orders could not be settled": services.shop.settle_all,
        "Memberships could not be settled": services.memberships.settle,
        "Charges could not be compared": services.ledger.compare,
        "Help requests could not go on": services.help_desk.catch_up,
        "The admins could not be told": lambda: services.pay_support.tell_admins(brain.clock()),
        "Unlinked questions could not be forgotten": lambda: forget_unlinked(
            brain.database, brain.clock()
        ),
        "Traces of what was deleted could not be wiped": brain.database.wipe_traces,
        "Damage could not be told": damage.tell,
        "Turns of brands could not be told": lambda: services.brand_monitor.tell(
            services.operators
        ),
    }
    while True:
        for failure, work in round_.items():
            try:
                await work()
            except Exception:
                log.exception("%s; the next round tries again", failure)
        await asyncio.sleep(SETTLE_EVERY_S)
